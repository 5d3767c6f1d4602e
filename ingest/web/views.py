"""The values of each page from the store, as shown on the page and returned as JSON below /api/.

Private persons are masked in all texts, including the whole text of an article. Quotes and offsets refer to the masked
text: `quote == text[start:end]`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from ingest.corrections import etag
from ingest.digest.compose import FACT_TEXT, HEADINGS
from ingest.digest.statistics_zh import statistic
from ingest.digest.text_diff import Hunk, diff_paragraphs
from ingest.web import params
from store import Store, diff, history
from store import search as store_search
from store.masking import mask, mask_aligned, masked
from store.records import ArticleRow, ArticleView, Edit, Fact, FactChange, Revision, StoryView, VerdictChange
from store.snapshot import NOW
from store.stations import each_station, masked_card

Values = dict[str, Any]
Params = Mapping[str, str]
RULINGS = ("feature", "brief", "other")
PLACES = {"authority": "隶属", "district": "区县", "city": "城市", "province": "省份"}
#: default and maximum number of rows of a page
ROWS, MOST = 20, 100
#: maximum page of a search; the cost of a page grows with its number (store/search.py)
PAGES = 500
#: maximum changes of each kind in a comparison, maximum station cards on a page; `suowen diff` lists all changes
SHOWN, CARDS = 40, 20


def articles(store: Store, query: Params) -> Values:
    """List the newest articles. Parameters: `ruling`, `source`, `before` (an article number), `limit`."""
    ruling, source = params.one_of(query, "ruling", RULINGS), params.text(query, "source")
    before, limit = params.number(query, "before") or NOW, params.number(query, "limit", ROWS, most=MOST) or ROWS
    rows = history.list_articles(
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
        "articles": _rows(store, rows[:limit]),
        "next": rows[limit - 1].id if more else None,
    }


def search(store: Store, query: Params) -> Values:
    """Search. Parameters: `q`, filters `ruling`, `source`, `station`, `place`, `since`, `until`; `page`, `limit`."""
    words = params.text(query, "q", 200) or ""
    filters = store_search.Filters(
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
    if not words and filters == store_search.Filters():
        return values
    found = store_search.search(store, words, filters, limit=limit, offset=(page - 1) * limit)
    last = len(found.hits) < limit or (not found.more and page * limit >= found.ranked)
    return {
        **values,
        "hits": [asdict(hit) for hit in found.hits],
        "ranked": found.ranked,
        "more": found.more,
        "next": None if last or page == PAGES else page + 1,
    }


def article(store: Store, query: Params, number: int) -> Values:
    """Return everything about one article. Parameter: `revision`, default the newest."""
    chosen = params.number(query, "revision")
    view = history.show(store, number, number=chosen)
    names = _names(store, number, view.story)
    revision, content = view.revision, view.revision.content
    newest = revision.number == view.revisions[-1].number
    text, offsets = mask_aligned(content.text, names)
    etags = {fact.position: etag(fact) for fact in history.extracted_facts(store, revision.id)} if newest else {}
    facts, rejected = (
        [_fact(view, fact, names, text, offsets, etags) for fact in group] for group in (view.facts, view.rejected)
    )
    return {
        "id": number, "url": content.url, "site": revision.site, "fetched_at": content.fetched_at,
        **masked({name: getattr(content, name) for name in (
            "title", "original_title", "source", "published", "editors", "captions", "method", "quality")}, names),
        "authors": masked([asdict(credit) for credit in content.authors], names),
        "revision": revision.number, "newest": newest, "commit": revision.commit,
        "revisions": [{"number": item.number, "commit": item.commit, "fetched_at": item.content.fetched_at,
                       "title": mask(item.content.title, names)} for item in view.revisions],
        "verdict": masked(asdict(view.verdict), names) if view.verdict else None, "text": text, "facts": facts,
        "rejected": rejected, "corrections": [
            {"at": item.at, **masked({name: getattr(item, name) for name in ("kind", "quote", "action", "by", "note")},
                                    names)} for item in view.corrections],
        "story": _story(view.story, names) if view.story else None,
        "captures": [asdict(capture) for capture in view.captures],
    }  # fmt: skip


def revisions(store: Store, query: Params, number: int) -> Values:
    """Compare two revisions of an article. Parameters: `from`, `to`; default the last two."""
    known = {revision.number: revision for revision in history.show(store, number).revisions}
    to = params.number(query, "to", max(known)) or 1
    before, after = (
        history.show(store, number, number=chosen).revision
        for chosen in (params.number(query, "from", max(1, to - 1)) or 1, to)
    )
    names = _names(store, number)
    return {"id": number, "url": after.content.url, "newest": max(known), **_changed(before, after, names)}


def station(store: Store, query: Params) -> Values:
    """Return the cards of the stations whose name is or contains `name`."""
    name = params.text(query, "name")
    cards = list(islice(each_station(store, name), CARDS + 1)) if name else []
    return {"name": name, "more": len(cards) > CARDS, "cards": [_card(masked_card(card)) for card in cards[:CARDS]]}


def log(store: Store, query: Params) -> Values:
    """List the commits, newest first. Parameters: `before` (a commit number), `limit`."""
    before, limit = params.number(query, "before") or NOW, params.number(query, "limit", ROWS, most=MOST) or ROWS
    found = history.log(store, limit + 1, upto=before - 1)
    return {
        "commits": [asdict(commit) for commit in found[:limit]],
        "next": found[limit - 1].number if len(found) > limit else None,
    }


def changes(store: Store, query: Params) -> Values:
    """Return what the commits after `from` up to `to` changed, the first `SHOWN` changes of each kind."""
    last = history.last_commit(store)
    to = params.number(query, "to", last, least=0) or 0
    start = params.number(query, "from", max(0, to - 1), least=0) or 0
    found = diff.diff(store, start, to)
    kinds = ("added", "revised", "verdicts", "facts", "stories")
    parts = {kind: list(islice(iter(getattr(found, kind)), SHOWN + 1)) for kind in kinds}
    shown: dict[str, list[Any]] = {kind: part[:SHOWN] for kind, part in parts.items()}
    names = history.private_persons(store, _articles_of(shown))
    none: frozenset[str] = frozenset()
    return {
        "from": start,
        "to": to,
        "more": [kind for kind, part in parts.items() if len(part) > SHOWN],
        "added": [_row(row, names.get(row.id, none)) for row in shown["added"]],
        "revised": [_edit(edit, names.get(edit.after.article, none)) for edit in shown["revised"]],
        "verdicts": [_verdict_change(change, names.get(change.article, none)) for change in shown["verdicts"]],
        "facts": [_fact_change(change, names.get(change.article, none)) for change in shown["facts"]],
        "stories": [
            _story(view, none.union(*(names.get(number, none) for number in _articles_of_story(view))))
            for view in shown["stories"]
        ],
    }


# --- parts of pages -----------------------------------------------------------------------------------------------


def _names(store: Store, article: int, story: StoryView | None = None) -> frozenset[str]:
    """Return the private persons of all revisions of an article and of the copies of its story."""
    persons = history.private_persons(store, [article, *(_articles_of_story(story) if story else ())])
    return frozenset().union(*persons.values())


def _articles_of_story(view: StoryView) -> list[int]:
    return [view.representative.article, *(copy.article for copy in view.copies)]


def _rows(store: Store, rows: Sequence[ArticleRow]) -> list[Values]:
    names = history.private_persons(store, [row.id for row in rows])
    return [_row(row, names.get(row.id, frozenset())) for row in rows]


def _row(row: ArticleRow, names: frozenset[str]) -> Values:
    return asdict(replace(row, title=mask(row.title, names), source=row.source and mask(row.source, names)))


def _fact(
    view: ArticleView,
    fact: Fact,
    names: frozenset[str],
    text: str,
    offsets: Sequence[int],
    etags: Mapping[int | None, str],
) -> Values:
    """Return a masked fact whose offsets refer to the masked text; `offsets` are those of `mask_aligned`."""
    start = bisect_left(offsets, offsets[bisect_right(offsets, fact.start) - 1])
    end = bisect_left(offsets, fact.end)
    people = [str(other.fields.get("name") or "") for other in view.facts if other.kind == "person"]
    shown = statistic(fact, view.revision.content.text, people)[0] if fact.kind == "statistic" else _fact_text(fact)
    return {
        "position": fact.position,
        "kind": fact.kind,
        "heading": HEADINGS[fact.kind],
        "said": mask(shown, names),
        "quote": text[start:end],
        "start": start,
        "end": end,
        "fields": masked(dict(fact.fields), names),
        "rule": fact.rule,
        "proposed_by": fact.proposed_by,
        "judged": fact.judged,
        "etag": etags.get(fact.position),
    }


def _fact_text(fact: Fact) -> str:
    """Format a fact when its article's text is not at hand."""
    if fact.kind == "statistic":
        return statistic(fact, "")[0]
    return FACT_TEXT[fact.kind]({**fact.fields, "quote": fact.quote}).strip()


def _card(shown: Values) -> Values:
    """Add headings and texts to the values of a masked station card."""
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
    """Add heading and text to a value of a station card."""
    cited = value["citations"][0]["fact"]
    if value["kind"] == "station":  # one value for each part of the station's place
        return {**value, "heading": PLACES.get(value["what"], HEADINGS["station"]), "said": str(value["value"] or "")}
    fact = Fact(cited["kind"], cited["quote"], 0, len(cited["quote"]), cited["fields"], cited["rule"])
    return {**value, "heading": HEADINGS[fact.kind], "said": _fact_text(fact)}


def _story(view: StoryView, names: Iterable[str]) -> Values:
    shown = view.representative
    return {
        "id": view.id,
        "article": shown.article,
        "title": mask(shown.content.title, names),
        "url": shown.content.url,
        "source": shown.content.source,
        "site": shown.site,
        "published": shown.content.published,
        "copies": [{**asdict(copy), "title": mask(copy.title, names)} for copy in view.copies],
    }


def _edit(edit: Edit, names: frozenset[str]) -> Values:
    return {"article": edit.after.article, "url": edit.after.content.url, **_changed(edit.before, edit.after, names)}


def _changed(before: Revision, after: Revision, names: frozenset[str]) -> Values:
    """Compare two revisions; `hunks` are changed paragraphs."""
    hunks: tuple[Hunk, ...] = diff_paragraphs(*(mask(revision.content.text, names) for revision in (before, after)))
    return {
        "before": before.number,
        "after": after.number,
        "title": mask(after.content.title, names),
        "title_before": mask(before.content.title, names),
        "hunks": [asdict(hunk) for hunk in hunks],
    }


def _verdict_change(change: VerdictChange, names: frozenset[str]) -> Values:
    return {
        "article": change.article,
        "url": change.url,
        **masked(
            {
                "title": change.title,
                "before": asdict(change.before) if change.before else None,
                "after": asdict(change.after) if change.after else None,
            },
            names,
        ),
    }


def _fact_change(change: FactChange, names: frozenset[str]) -> Values:
    sides = {
        side: [
            {
                "kind": fact.kind,
                "heading": HEADINGS[fact.kind],
                **masked(
                    {"said": _fact_text(fact), "quote": fact.quote, "fields": dict(fact.fields), "judged": fact.judged},
                    names,
                ),
            }
            for fact in facts
        ]
        for side, facts in (("removed", change.removed), ("added", change.added))
    }
    return {"article": change.article, "url": change.url, "title": mask(change.title, names), **sides}


def _articles_of(parts: Mapping[str, Sequence[Any]]) -> Iterator[int]:
    """Yield the numbers of all articles in a comparison."""
    yield from (row.id for row in parts["added"])
    yield from (edit.after.article for edit in parts["revised"])
    yield from (change.article for kind in ("verdicts", "facts") for change in parts[kind])
    yield from (article for view in parts["stories"] for article in _articles_of_story(view))
