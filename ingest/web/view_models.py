"""The values of each page from the store, as shown on the page and returned as JSON below /api/.

All texts of articles and messages are read through `store.masked_views`, so that private persons are masked, also in
the whole text of an article. Quotes and offsets refer to the masked text: `quote == text[start:end]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from ingest.digest.compose import FACT_TEXT, HEADINGS
from ingest.digest.statistics_zh import statistic
from ingest.digest.text_diff import Hunk, diff_paragraphs
from ingest.facts import explain
from ingest.pipeline.cached_tables import lexicon
from ingest.record_fact_correction import etags_of
from ingest.web import params
from store import Store, masked_views, outbox
from store.access_keys import list_keys
from store.as_of_queries import NOW
from store.records import Article, ArticleView, Edit, Fact, FactChange, Revision, StoryView, VerdictChange
from store.search import FARTHEST, Filters
from store.station_card_queries import card_values, change_values

Values = dict[str, Any]
T = TypeVar("T")
Params = Mapping[str, str]
RULINGS = ("feature", "brief", "other")
PLACES = {"authority": "隶属", "district": "区县", "city": "城市", "province": "省份"}
#: default and maximum number of rows of a page
ROWS, MOST = 20, 100
#: maximum page of a search; the cost of a page grows with its number (store/search.py)
PAGES = 500
#: maximum changes of each kind in a comparison, maximum station cards on a page; `suowen diff` lists all changes
SHOWN, CARDS = 40, 20
#: maximum characters of a text that is explained on request; explaining such a text takes some 0.2 s
EXPLAINED = 20_000


def articles(store: Store, query: Params) -> Values:
    """List the newest articles. Parameters: `ruling`, `source`, `before` (an article number), `limit`."""
    ruling, source = params.one_of(query, "ruling", RULINGS), params.text(query, "source")
    before, limit = params.number(query, "before") or NOW, params.number(query, "limit", ROWS, most=MOST) or ROWS
    rows = masked_views.list_articles(
        store,
        source=source,
        ruling=ruling,  # type: ignore[arg-type]
        before=before,
        limit=limit + 1,
    )
    more = len(rows) > limit
    return {
        "ruling": ruling,
        "source": source,
        "articles": [asdict(row.value) for row in rows[:limit]],
        "next": rows[limit - 1].value.id if more else None,
    }


def search(store: Store, query: Params) -> Values:
    """Return the hits of a search; `hits` is None without words and filters.

    Parameters: `q`, filters `ruling`, `source`, `station`, `place`, `since`, `until`; `page`, `limit`.
    """
    words = params.text(query, "q", 200) or ""
    filters = Filters(
        params.text(query, "source"),
        params.one_of(query, "ruling", RULINGS),  # type: ignore[arg-type]
        params.text(query, "station"),
        params.text(query, "place"),
        params.day(query, "since"),
        params.day(query, "until"),
    )
    page, limit = (
        params.number(query, "page", 1, most=PAGES) or 1,
        params.number(query, "limit", ROWS, most=MOST) or ROWS,
    )
    values: Values = {"q": words, **asdict(filters), "page": page, "limit": limit, "hits": None}
    if not words and filters == Filters():
        return values
    found = masked_views.search(store, words, filters, limit=limit, offset=(page - 1) * limit).value
    last = len(found.hits) < limit or (not found.more and page * limit >= found.ranked)
    return {
        **values,
        "hits": [asdict(hit) for hit in found.hits],
        "ranked": found.ranked,
        "more": found.more,
        "next": None if last or page == PAGES else page + 1,
    }


def article(store: Store, query: Params, number: int) -> Values:
    """Return everything about one article.

    Parameters: `revision`, default the newest; `explain=1` adds the rule that accepted or rejected each part of the
    text.
    """
    view = masked_views.show(store, number, number=params.number(query, "revision")).value
    revision, content = view.revision, view.revision.content
    newest = revision.number == view.revisions[-1].number
    etags = etags_of(store, revision.id) if newest else {}
    facts, rejected = ([_fact(view, fact, etags) for fact in group] for group in (view.facts, view.rejected))
    return {
        "id": number, "url": content.url, "site": revision.site, "fetched_at": content.fetched_at,
        **{name: getattr(content, name) for name in (
            "title", "original_title", "source", "published", "editors", "captions", "method", "quality")},
        "authors": [asdict(credit) for credit in content.authors],
        "revision": revision.number, "newest": newest, "commit": revision.commit,
        "revisions": [{"number": item.number, "commit": item.commit, "fetched_at": item.content.fetched_at,
                       "title": item.content.title} for item in view.revisions],
        "verdict": asdict(view.verdict) if view.verdict else None, "text": content.text, "facts": facts,
        "rejected": rejected, "corrections": [
            {"at": item.at, **{name: getattr(item, name) for name in ("kind", "quote", "action", "by", "note")}}
            for item in view.corrections],
        "story": _story(view.story) if view.story else None,
        "captures": [asdict(capture) for capture in view.captures],
        "explained": _explained(content) if params.one_of(query, "explain", ("1",)) else None,
    }  # fmt: skip


def _explained(content: Article) -> list[Values]:
    """Return the decisions of the fact rules about the masked text of an article, [] for a text longer than
    `EXPLAINED`.
    """
    if len(content.text) > EXPLAINED:
        return []
    found = explain(content.text, lexicon(None), title=content.title, published=content.published, url=content.url)
    return [{**one.flat(), "heading": HEADINGS[one.kind]} for one in found]


def revisions(store: Store, query: Params, number: int) -> Values:
    """Return the differences between two revisions of an article. Parameters: `from`, `to`; default the last two."""
    known = {revision.number: revision for revision in masked_views.show(store, number).value.revisions}
    to = params.number(query, "to", max(known)) or 1
    chosen = (params.number(query, "from", max(1, to - 1)) or 1, to)
    for missing in (revision for revision in chosen if revision not in known):
        masked_views.show(store, number, number=missing)  # called only to raise NotFoundError
    before, after = (known[revision] for revision in chosen)
    return {"id": number, "url": after.content.url, "newest": max(known), **_changed(before, after)}


def station(store: Store, query: Params) -> Values:
    """Return the cards of at most CARDS stations with `name` as their name or a part of it."""
    name = params.text(query, "name")
    cards = list(islice(masked_views.cards(store, name), CARDS + 1)) if name else []
    shown = [_card(card_values(card.value)) for card in cards[:CARDS]]
    return {"name": name, "more": len(cards) > CARDS, "cards": shown}


def log(store: Store, query: Params) -> Values:
    """List the commits, newest first. Parameters: `before` (a commit number), `limit`."""
    before, limit = params.number(query, "before") or NOW, params.number(query, "limit", ROWS, most=MOST) or ROWS
    found = masked_views.log(store, limit + 1, upto=before - 1)
    return {
        "commits": [asdict(commit) for commit in found[:limit]],
        "next": found[limit - 1].number if len(found) > limit else None,
    }


def changes(store: Store, query: Params) -> Values:
    """Return the changes made by the commits after `from` up to `to`, at most `SHOWN` of each kind.

    Default: the changes made by the last commit.
    """
    last = masked_views.last_commit(store)
    to = params.number(query, "to", last, least=0) or 0
    start = params.number(query, "from", max(0, to - 1), least=0) or 0
    found = masked_views.diff(store, start, to).value
    kinds = ("added", "revised", "verdicts", "facts", "stories")
    parts = {kind: list(islice(iter(getattr(found, kind)), SHOWN + 1)) for kind in kinds}
    shown: dict[str, list[Any]] = {kind: part[:SHOWN] for kind, part in parts.items()}
    return {
        "from": start,
        "to": to,
        "more": [kind for kind, part in parts.items() if len(part) > SHOWN],
        "added": [asdict(row) for row in shown["added"]],
        "revised": [_edit(edit) for edit in shown["revised"]],
        "verdicts": [_verdict_change(change) for change in shown["verdicts"]],
        "facts": [_fact_change(change) for change in shown["facts"]],
        "stories": [_story(view) for view in shown["stories"]],
    }


def stations(store: Store, query: Params) -> Values:
    """List the stations, by name. Parameters: `search`, `place`, `offset`, `limit`."""
    found = masked_views.stations_of(store, search=params.text(query, "search"), place=params.text(query, "place"))
    cards, following = _part(query, (card.value for card in found))
    own = ("name", "place", "articles", "former_names")
    return {"stations": [{name: getattr(card, name) for name in own} for card in cards], "next": following}


def figure_changes(store: Store, query: Params) -> Values:
    """List the changed figures, by station. Parameters: `since` (a commit number), `offset`, `limit`."""
    since, last = params.number(query, "since", 0, least=0) or 0, masked_views.last_commit(store)
    changed, following = _part(query, (change.value for change in masked_views.changes(store, since=since, at=last)))
    return {
        "commit": last,
        "changes": [
            {**shown, **{side: _labelled(shown[side]) for side in ("before", "after")}}
            for shown in map(change_values, changed)
        ],
        "next": following,
    }


def _part(query: Params, rows: Iterator[T]) -> tuple[list[T], int | None]:
    """Return at most `limit` rows from `offset` on, and the offset of the next page, None on the last page."""
    offset = params.number(query, "offset", 0, least=0, most=FARTHEST) or 0
    limit = params.number(query, "limit", ROWS, most=MOST) or ROWS
    found = list(islice(rows, offset, offset + limit + 1))
    return found[:limit], offset + limit if len(found) > limit else None


def story(store: Store, query: Params, number: int) -> Values:
    """Return one story with its copies."""
    return _story(masked_views.story(store, number).value)


def sources(store: Store, query: Params, names: Sequence[str]) -> Values:
    """Return the recent state of the sources with these `names`."""
    return {"sources": [asdict(row) for row in masked_views.health(store, names, datetime.now(UTC)).value]}


def messages(store: Store, query: Params) -> Values:
    """List the subscriptions and the newest deliveries: state, attempts, answer. Parameter: `limit`."""
    limit = params.number(query, "limit", ROWS, most=MOST) or ROWS
    return {
        "subscriptions": [
            {"name": state.name, "covered": state.upto, "checked_at": state.checked_at}
            for state in outbox.subscription_states(store)
        ],
        "deliveries": [
            {
                "message": message.id,
                "subscription": message.subscription,
                "created_at": message.created_at,
                "title": message.title,
                "destination": delivery.destination,
                "recipient": delivery.recipient,
                "part": delivery.part,
                "state": delivery.state,
                "attempts": delivery.attempts,
                "next_try": delivery.next_try if delivery.state in outbox.OPEN else None,
                "answer": delivery.answer,
            }
            for message, delivery in (row.value for row in masked_views.deliveries(store, limit))
        ],
    }


def tokens(store: Store, query: Params) -> Values:
    """List the API tokens and the feeds, without their secrets."""
    now = datetime.now(UTC)
    return {
        kind: [
            {
                "name": key.name,
                "scope": key.scope,
                "made_at": key.made_at,
                "expires_at": key.expires_at,
                "revoked_at": key.revoked_at,
                "valid": key.valid(now),
                **({"target": dict(key.target)} if kind == "feeds" else {}),
            }
            for key in keys
        ]
        for kind, keys in (("tokens", list_keys(store, "token")), ("feeds", list_keys(store, "feed")))
    }


# --- parts of pages -----------------------------------------------------------------------------------------------


def _fact(view: ArticleView, fact: Fact, etags: Mapping[int | None, str]) -> Values:
    people = [str(other.fields.get("name") or "") for other in view.facts if other.kind == "person"]
    shown = fact_text(fact, view.revision.content.text, people)
    return {
        "position": fact.position,
        "kind": fact.kind,
        "heading": HEADINGS[fact.kind],
        "said": shown,
        "quote": fact.quote,
        "start": fact.start,
        "end": fact.end,
        "fields": dict(fact.fields),
        "rule": fact.rule,
        "proposed_by": fact.proposed_by,
        "judged": fact.judged,
        "etag": etags.get(fact.position),
    }


def fact_text(fact: Fact, text: str = "", people: Sequence[str] = ()) -> str:
    """Format a fact; a statistic needs the article's text and the people in it for the best wording."""
    if fact.kind == "statistic":
        return statistic(fact, text, list(people))[0]
    return FACT_TEXT[fact.kind]({**fact.fields, "quote": fact.quote}).strip()


def _card(shown: Values) -> Values:
    """Return a station card with headings and texts of its values, changes and conflicts."""
    return {
        "card": {**shown["card"], "values": [_labelled(value) for value in shown["card"]["values"]]},
        "changes": [
            {**change, **{side: _labelled(change[side]) for side in ("before", "after")}} for change in shown["changes"]
        ],
        "conflicts": [
            {**conflict, "values": [_labelled(value) for value in conflict["values"]]}
            for conflict in shown["conflicts"]
        ],
    }


def _labelled(value: Values) -> Values:
    """Return a value of a station card with its heading and text."""
    cited = value["citations"][0]["fact"]
    if value["kind"] == "station":  # each part of a station's place is one value
        return {**value, "heading": PLACES.get(value["what"], HEADINGS["station"]), "said": str(value["value"] or "")}
    fact = Fact(cited["kind"], cited["quote"], 0, len(cited["quote"]), cited["fields"], cited["rule"])
    return {**value, "heading": HEADINGS[fact.kind], "said": fact_text(fact)}


def _story(view: StoryView) -> Values:
    shown = view.representative
    return {
        "id": view.id,
        "article": shown.article,
        "title": shown.content.title,
        "url": shown.content.url,
        "source": shown.content.source,
        "site": shown.site,
        "published": shown.content.published,
        "copies": [asdict(copy) for copy in view.copies],
    }


def _edit(edit: Edit) -> Values:
    return {"article": edit.after.article, "url": edit.after.content.url, **_changed(edit.before, edit.after)}


def _changed(before: Revision, after: Revision) -> Values:
    """Return the differences between two revisions; `hunks` are the changed paragraphs."""
    hunks: tuple[Hunk, ...] = diff_paragraphs(before.content.text, after.content.text)
    return {
        "before": before.number,
        "after": after.number,
        "title": after.content.title,
        "title_before": before.content.title,
        "hunks": [asdict(hunk) for hunk in hunks],
    }


def _verdict_change(change: VerdictChange) -> Values:
    return {
        "article": change.article,
        "url": change.url,
        "title": change.title,
        "before": asdict(change.before) if change.before else None,
        "after": asdict(change.after) if change.after else None,
    }


def _fact_change(change: FactChange) -> Values:
    sides = {
        side: [
            {
                "kind": fact.kind,
                "heading": HEADINGS[fact.kind],
                "said": fact_text(fact),
                "quote": fact.quote,
                "fields": dict(fact.fields),
                "judged": fact.judged,
            }
            for fact in facts
        ]
        for side, facts in (("gone", change.removed), ("came", change.added))
    }
    return {"article": change.article, "url": change.url, "title": change.title, **sides}
