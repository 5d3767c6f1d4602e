"""The store -> the values of each page. A page shows them and /api/ gives them as JSON: both are masked alike.

Private persons are masked wherever they are named, the whole text of an article included, for whoever reads a page has
asked for no names; quotes and offsets are those of the text as it is given: `quote == text[start:end]`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from ingest.corrections import etag
from ingest.digest.compose import HEADINGS, SAID
from ingest.digest.statistics_zh import statistic
from ingest.digest.text_diff import Hunk, diff_paragraphs
from ingest.web import params
from store import Store, diff, history
from store import search as finding
from store.masking import mask, mask_aligned, masked
from store.records import ArticleRow, ArticleView, Edit, Fact, FactChange, Revision, StoryView, VerdictChange
from store.snapshot import NOW
from store.stations import each_station, outward

Values = dict[str, Any]
Given = Mapping[str, str]
RULINGS = ("feature", "brief", "other")
PLACES = {"authority": "隶属", "district": "区县", "city": "城市", "province": "省份"}
#: rows of a page unless asked for otherwise, and at most
ROWS, MOST = 20, 100
#: pages of a search: going on costs time in proportion (store/search.py)
PAGES = 500
#: changes of each kind that a comparison shows, and cards of stations of like names; `suowen diff` has all
SHOWN, CARDS = 40, 20


def articles(store: Store, given: Given) -> Values:
    """The newest articles, of one ruling or all: `ruling`, `source`, `before` (a number: older ones), `limit`."""
    ruling, source = params.one_of(given, "ruling", RULINGS), params.words(given, "source")
    before, limit = params.number(given, "before") or NOW, params.number(given, "limit", ROWS, most=MOST) or ROWS
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


def search(store: Store, given: Given) -> Values:
    """Hits of `q` that pass `ruling`, `source`, `station`, `place`, `since` and `until`; `page`, `limit`."""
    query = params.words(given, "q", 200) or ""
    filters = finding.Filters(
        params.words(given, "source"),
        params.one_of(given, "ruling", RULINGS),  # type: ignore[arg-type]
        params.words(given, "station"),
        params.words(given, "place"),
        params.day(given, "since"),
        params.day(given, "until"),
    )
    page, limit = (
        params.number(given, "page", 1, most=PAGES) or 1,
        params.number(given, "limit", ROWS, most=MOST) or ROWS,
    )
    shown: Values = {"q": query, **asdict(filters), "page": page, "limit": limit, "hits": None}
    if not query and filters == finding.Filters():
        return shown
    found = finding.search(store, query, filters, limit=limit, offset=(page - 1) * limit)
    last = len(found.hits) < limit or (not found.more and page * limit >= found.ranked)
    return {
        **shown,
        "hits": [asdict(hit) for hit in found.hits],
        "ranked": found.ranked,
        "more": found.more,
        "next": None if last or page == PAGES else page + 1,
    }


def article(store: Store, given: Given, number: int) -> Values:
    """One article, its newest revision or `revision`, with all that is known of it."""
    chosen = params.number(given, "revision")
    view = history.show(store, number, number=chosen)
    names = _names(store, number, view.story)
    revision, content = view.revision, view.revision.content
    newest = revision.number == view.revisions[-1].number
    text, places = mask_aligned(content.text, names)
    etags = {fact.position: etag(fact) for fact in history.facts_as_read(store, revision.id)} if newest else {}
    facts, rejected = (
        [_fact(view, fact, names, text, places, etags) for fact in some] for some in (view.facts, view.rejected)
    )
    return {
        "id": number, "url": content.url, "site": revision.site, "fetched_at": content.fetched_at,
        **masked({name: getattr(content, name) for name in (
            "title", "original_title", "source", "published", "editors", "captions", "method", "quality")}, names),
        "authors": masked([asdict(credit) for credit in content.authors], names),
        "revision": revision.number, "newest": newest, "commit": revision.commit,
        "revisions": [{"number": one.number, "commit": one.commit, "fetched_at": one.content.fetched_at,
                       "title": mask(one.content.title, names)} for one in view.revisions],
        "verdict": masked(asdict(view.verdict), names) if view.verdict else None, "text": text, "facts": facts,
        "rejected": rejected, "corrections": [
            {"at": one.at, **masked({name: getattr(one, name) for name in ("kind", "quote", "action", "by", "note")},
                                    names)} for one in view.corrections],
        "story": _story(view.story, names) if view.story else None,
        "captures": [asdict(one) for one in view.captures],
    }  # fmt: skip


def revisions(store: Store, given: Given, number: int) -> Values:
    """What an article's site changed from revision `from` to revision `to`: the last two unless told otherwise."""
    known = {one.number: one for one in history.show(store, number).revisions}
    to = params.number(given, "to", max(known)) or 1
    before, after = (
        history.show(store, number, number=one).revision
        for one in (params.number(given, "from", max(1, to - 1)) or 1, to)
    )
    names = _names(store, number)
    return {"id": number, "url": after.content.url, "newest": max(known), **_changed(before, after, names)}


def station(store: Store, given: Given) -> Values:
    """The cards of the stations of this `name`, or with it as a part."""
    name = params.words(given, "name")
    cards = list(islice(each_station(store, name), CARDS + 1)) if name else []
    return {"name": name, "more": len(cards) > CARDS, "cards": [_card(outward(card)) for card in cards[:CARDS]]}


def log(store: Store, given: Given) -> Values:
    """The commits, newest first; `before` (a number: older ones), `limit`."""
    before, limit = params.number(given, "before") or NOW, params.number(given, "limit", ROWS, most=MOST) or ROWS
    found = history.log(store, limit + 1, upto=before - 1)
    return {
        "commits": [asdict(one) for one in found[:limit]],
        "next": found[limit - 1].number if len(found) > limit else None,
    }


def changes(store: Store, given: Given) -> Values:
    """What the commits after `from` brought, up to `to`: of each kind the first `SHOWN`."""
    last = history.last_commit(store)
    to = params.number(given, "to", last, least=0) or 0
    start = params.number(given, "from", max(0, to - 1), least=0) or 0
    found = diff.diff(store, start, to)
    kinds = ("added", "revised", "verdicts", "facts", "stories")
    parts = {kind: list(islice(iter(getattr(found, kind)), SHOWN + 1)) for kind in kinds}
    shown: dict[str, list[Any]] = {kind: part[:SHOWN] for kind, part in parts.items()}
    names = history.private_persons(store, _told_of(shown))
    none: frozenset[str] = frozenset()
    return {
        "from": start,
        "to": to,
        "more": [kind for kind, part in parts.items() if len(part) > SHOWN],
        "added": [_row(row, names.get(row.id, none)) for row in shown["added"]],
        "revised": [_edit(edit, names.get(edit.after.article, none)) for edit in shown["revised"]],
        "verdicts": [_judged(one, names.get(one.article, none)) for one in shown["verdicts"]],
        "facts": [_read(one, names.get(one.article, none)) for one in shown["facts"]],
        "stories": [
            _story(view, none.union(*(names.get(one, none) for one in _tellers(view)))) for view in shown["stories"]
        ],
    }


# --- parts of pages -----------------------------------------------------------------------------------------------


def _names(store: Store, article: int, story: StoryView | None = None) -> frozenset[str]:
    """Whom a page about an article must not name: private persons of all its revisions and of its story's copies,
    which tell of the same people."""
    told = history.private_persons(store, [article, *(_tellers(story) if story else ())])
    return frozenset().union(*told.values())


def _tellers(view: StoryView) -> list[int]:
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
    places: Sequence[int],
    etags: Mapping[int | None, str],
) -> Values:
    """A fact as it goes out, its offsets those of the masked text."""
    start = bisect_left(places, places[bisect_right(places, fact.start) - 1])
    end = bisect_left(places, fact.end)
    people = [str(one.fields.get("name") or "") for one in view.facts if one.kind == "person"]
    said = statistic(fact, view.revision.content.text, people)[0] if fact.kind == "statistic" else _said(fact)
    return {
        "position": fact.position,
        "kind": fact.kind,
        "heading": HEADINGS[fact.kind],
        "said": mask(said, names),
        "quote": text[start:end],
        "start": start,
        "end": end,
        "fields": masked(dict(fact.fields), names),
        "rule": fact.rule,
        "proposed_by": fact.proposed_by,
        "judged": fact.judged,
        "etag": etags.get(fact.position),
    }


def _said(fact: Fact) -> str:
    """A fact in words, without the text it was read from."""
    if fact.kind == "statistic":
        return statistic(fact, "")[0]
    return SAID[fact.kind]({**fact.fields, "quote": fact.quote}).strip()


def _card(shown: Values) -> Values:
    """A station's card, masked as it goes out, its values worded."""
    return {
        "card": {**shown["card"], "values": [_worded(value) for value in shown["card"]["values"]]},
        "changes": [{**one, **{side: _worded(one[side]) for side in ("before", "after")}} for one in shown["changes"]],
        "conflicts": [{**one, "values": [_worded(value) for value in one["values"]]} for one in shown["conflicts"]],
    }


def _worded(value: Values) -> Values:
    """A value of a station's card with its heading and words."""
    told = value["citations"][0]["fact"]
    if value["kind"] == "station":  # each part of its place is a value
        return {**value, "heading": PLACES.get(value["what"], HEADINGS["station"]), "said": str(value["value"] or "")}
    fact = Fact(told["kind"], told["quote"], 0, len(told["quote"]), told["fields"], told["rule"])
    return {**value, "heading": HEADINGS[fact.kind], "said": _said(fact)}


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
    """Two revisions side by side; `hunks` are paragraphs, each of pieces that stayed, went or came."""
    hunks: tuple[Hunk, ...] = diff_paragraphs(*(mask(one.content.text, names) for one in (before, after)))
    return {
        "before": before.number,
        "after": after.number,
        "title": mask(after.content.title, names),
        "title_before": mask(before.content.title, names),
        "hunks": [asdict(hunk) for hunk in hunks],
    }


def _judged(one: VerdictChange, names: frozenset[str]) -> Values:
    return {
        "article": one.article,
        "url": one.url,
        **masked(
            {
                "title": one.title,
                "before": asdict(one.before) if one.before else None,
                "after": asdict(one.after) if one.after else None,
            },
            names,
        ),
    }


def _read(one: FactChange, names: frozenset[str]) -> Values:
    sides = {
        side: [
            {
                "kind": fact.kind,
                "heading": HEADINGS[fact.kind],
                **masked(
                    {"said": _said(fact), "quote": fact.quote, "fields": dict(fact.fields), "judged": fact.judged},
                    names,
                ),
            }
            for fact in facts
        ]
        for side, facts in (("gone", one.gone), ("came", one.came))
    }
    return {"article": one.article, "url": one.url, "title": mask(one.title, names), **sides}


def _told_of(parts: Mapping[str, Sequence[Any]]) -> Iterator[int]:
    """Every article that a comparison tells of."""
    yield from (row.id for row in parts["added"])
    yield from (edit.after.article for edit in parts["revised"])
    yield from (one.article for kind in ("verdicts", "facts") for one in parts[kind])
    yield from (article for view in parts["stories"] for article in _tellers(view))
