"""Masked views of the store, for mail, pages, feeds, the API and exports.

Functions that read records return them as `Masked`. Private persons and all mobile and ID numbers are masked in titles,
texts, quotes (with offsets that fit the masked text), fields, copies and other revisions. In a URL, numbers are masked
only if it contains a private name. Article ids, times and Commits contain no names and are returned as they are.
Unmasked records come from `store.queries`, `store.search`, `store.commit_diff` and `store.station_card_queries`.
import-linter forbids imports of `store.queries` and `store.commit_diff` in ingest.web, ingest.mcp, ingest.deliver and
the composing modules of ingest.digest. docs/privacy.md says who is masked.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice, starmap
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import unquote

from sqlalchemy import select

from store import commit_diff as unmasked_diff
from store import outbox, queries, station_card_queries
from store import search as unmasked_search
from store.as_of_queries import NOW, story_views
from store.errors import NotFoundError
from store.masking import Mask, Masked, hide_paths
from store.outbox import Delivery, Message
from store.private_names import GAPS, masks_for, names_of
from store.records import (
    Article,
    ArticleRow,
    ArticleSummary,
    ArticleView,
    Capture,
    Commit,
    Correction,
    Credit,
    Edit,
    Fact,
    FactChange,
    OutcomeRow,
    Period,
    Revision,
    Ruling,
    SearchResult,
    SourceHealth,
    StoryCopy,
    StoryView,
    Verdict,
    VerdictChange,
)
from store.schema import articles
from store.search import Filters
from store.sql_parameters import chunks, paged_ids
from store.station_card import Change, Citation, StationCard, Value, brought_by
from store.store import Store

T = TypeVar("T")
_NO_FILTERS = Filters()
#: rows of a diff whose masks are looked up together
_PAGE = 50


# --- reads --------------------------------------------------------------------------------------------------------


def list_articles(
    store: Store, *, source: str | None = None, ruling: Ruling | None = None, before: int = NOW, limit: int = 100
) -> list[Masked[ArticleRow]]:
    """Return articles masked, newest first; parameters as in `queries.list_articles`."""
    rows = queries.list_articles(store, source=source, ruling=ruling, before=before, limit=limit)
    masks = _masks(store, {row.id: _row_texts(row) for row in rows})
    return [Masked(mask_row(row, masks[row.id])) for row in rows]


def show(store: Store, article: int, *, number: int | None = None) -> Masked[ArticleView]:
    """Return one article masked, with all its revisions; parameters as in `queries.show`."""
    view = queries.show(store, article, number=number)
    texts = [part for revision in view.revisions for part in article_texts(revision.content)]
    if view.story:
        texts += _story_texts(view.story)
    return Masked(mask_view(view, _masks(store, {article: texts}, {article: view.facts})[article]))


def search(
    store: Store, query: str, filters: Filters = _NO_FILTERS, *, limit: int = 20, offset: int = 0
) -> Masked[SearchResult]:
    """Search like `search.search`, but in the masked texts, so that a masked name or a part of it is not found."""
    return Masked(unmasked_search.search(store, query, filters, limit=limit, offset=offset, masked=True))


def story(store: Store, number: int) -> Masked[StoryView]:
    """Return one story masked. Raises NotFoundError if it does not exist."""
    with store.database.read() as db:
        found = story_views(db, [number])
    if not found:
        raise NotFoundError(f"showing story {number}: it does not exist")
    article = found[0].representative.article
    masks = _masks(store, {article: _story_texts(found[0])}, {article: found[0].facts})
    return Masked(mask_story(found[0], masks[article]))


def newest(store: Store, query: str, filters: Filters = _NO_FILTERS, *, limit: int = 20) -> list[int]:
    """Return article ids like `search.newest`, but search in the masked texts."""
    return unmasked_search.newest(store, query, filters, limit=limit, masked=True)


def summaries(store: Store, ids: Sequence[int]) -> list[Masked[ArticleSummary]]:
    """Return these articles masked, at their newest revisions, in the order of `ids`. Unknown ids are skipped."""
    found: dict[int, Masked[ArticleSummary]] = {}
    for part in chunks(ids):
        with store.database.read() as db:
            states = queries.article_states(db, part, NOW)
        given = {state[0].article: state[3] for state in states}
        masks = _masks(store, {state[0].article: article_texts(state[0].content) for state in states}, given)
        for revision, verdict, row, facts in states:
            mask = masks[revision.article]
            found[revision.article] = Masked(
                ArticleSummary(
                    mask_revision(revision, mask),
                    verdict and mask_verdict(verdict, mask),
                    mask.facts(facts, revision.content.text),
                    row.first_seen,
                    row.story,
                )
            )
    return [found[number] for number in ids if number in found]


def stale(store: Store, start: int, end: int, texts: Mapping[int, str]) -> set[int]:
    """Return the articles in `texts` whose text is outdated by the Commits `start` (exclusive) to `end` (inclusive).

    `texts`: article -> its masked text, which the caller keeps. A text is outdated if a Commit changed its article, or
    if it contains a name that a changed article marks as private. If a name in the text
    stops being private, the text is not outdated by this.
    """
    changed: set[int] = set()
    for part in paged_ids(store.database, unmasked_diff.touched(start, end)):
        changed.update(part)
    with store.database.read() as db:
        names = names_of(db, sorted(changed))
    plain = {number: GAPS.sub("", unquote(text)) for number, text in texts.items()} if names else {}
    named = {number for number, text in plain.items() if any(name in text for name in names)}
    return changed.intersection(texts) | named


def first_seen(store: Store, ids: Collection[int]) -> dict[int, datetime]:
    """Return the time when each article was first stored, by article id."""
    found: dict[int, datetime] = {}
    with store.database.read() as db:
        for part in chunks(sorted(ids)):
            rows = db.execute(select(articles.c.id, articles.c.first_seen).where(articles.c.id.in_(part)))
            found.update((row.id, row.first_seen) for row in rows)
    return found


def messages(store: Store, subscription: str, limit: int) -> list[Masked[Message]]:
    """Return the newest messages of a subscription, newest first.

    They are masked again, because a name may have become private after the message was stored.
    """
    shown = []
    for message in outbox.list_messages(store, subscription, limit):
        items = [item for part in message.content.get("sections", ()) for item in part["items"]]
        texts = {number: [*strings(item)] for number, item in enumerate([message.title, *items])}
        masks = _masks(store, {-number - 1: part for number, part in texts.items()})
        numbers = iter(range(1, len(items) + 1))
        sections = [
            {**part, "items": [masks[-next(numbers) - 1].value(item) for item in part["items"]]}
            for part in message.content.get("sections", ())
        ]
        shown.append(Masked(replace(message, title=masks[-1](message.title), content={"sections": sections})))
    return shown


def deliveries(store: Store, limit: int) -> list[Masked[tuple[Message, Delivery]]]:
    """Return the newest deliveries, with titles and answers masked again, and without the texts of their messages."""
    rows = outbox.list_deliveries(store, limit=limit)
    texts = {-number: [unquote(message.title), unquote(sent.answer)] for number, (message, sent) in enumerate(rows, 1)}
    masks = _masks(store, texts)
    return [
        Masked(
            (
                replace(message, title=masks[-number](message.title), content={}),
                replace(sent, answer=masks[-number](sent.answer), body=""),
            )
        )
        for number, (message, sent) in enumerate(rows, 1)
    ]


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value. Percent-encoding is decoded, so that names in URLs are found."""
    if isinstance(value, str):
        yield unquote(value)
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in strings(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in strings(part))


def cards(store: Store, name: str, *, at: int | None = None) -> Iterator[Masked[StationCard]]:
    """Yield station cards masked; parameters as in `station_card_queries.each_station`."""
    for card in station_card_queries.each_station(store, name, at=at):
        masks = _masks(store, _citation_texts(card.values))
        yield Masked(replace(card, values=tuple(_mask_value(value, masks) for value in card.values)))


def stations_of(
    store: Store, *, search: str | None = None, place: str | None = None, at: int | None = None
) -> Iterator[Masked[StationCard]]:
    """Yield the masked cards of all stations, with their station facts only.

    The parameters are those of `station_card_queries.stations`.
    """
    for card in station_card_queries.stations(store, search=search, place=place, at=at):
        masks = _masks(store, _citation_texts(card.values))
        yield Masked(replace(card, values=tuple(_mask_value(value, masks) for value in card.values)))


def changes(store: Store, *, since: int = 0, at: int | None = None, news: bool = False) -> Iterator[Masked[Change]]:
    """Yield changed figures of stations masked; parameters as in `station_card_queries.changes`."""
    for change in station_card_queries.changes(store, since=since, at=at, news=news):
        yield mask_change(change, _masks(store, _citation_texts((change.before, change.after))))


def newest_changes(store: Store, limit: int, station: str = "") -> list[Masked[Change]]:
    """Return at most `limit` changed figures of stations whose name contains `station`, greatest `brought_by` first."""
    found = (change for change in station_card_queries.changes(store) if station in change.station)
    chosen = heapq.nlargest(limit, found, key=brought_by)
    masks = _masks(store, _citation_texts(side for change in chosen for side in (change.before, change.after)))
    return [mask_change(change, masks) for change in chosen]


def log(store: Store, limit: int = 50, *, upto: int = NOW) -> list[Commit]:
    """Return Commits, newest first. They contain no names, so nothing is masked."""
    return queries.log(store, limit, upto=upto)


def last_commit(store: Store) -> int:
    """Return the newest Commit's number; 0 for an empty store."""
    return queries.last_commit(store)


def commits_between(store: Store, start: datetime, end: datetime) -> tuple[int, int]:
    """Return (after, upto) of the Commits made from `start` (inclusive) to `end` (exclusive)."""
    return queries.commits_between(store, start, end)


def period(
    store: Store, after: int, upto: int, *, start: datetime | None = None, end: datetime | None = None
) -> Masked[Period]:
    """Return the changes of the Commits `after` (exclusive) to `upto` (inclusive), masked; see `queries.period`."""
    found = queries.period(store, after, upto, start=start, end=end)
    texts: dict[int, list[str]] = {}
    for view in found.features:
        texts.setdefault(view.representative.article, []).extend(_story_texts(view))
    for edit in found.edits:
        texts.setdefault(edit.after.article, []).extend(_edit_texts(edit))
    for number, row in enumerate(found.failures, 1):
        texts[-number] = [unquote(row.url), unquote(row.detail)]
    given = {view.representative.article: view.facts for view in found.features}
    return mask_period(found, _masks(store, texts, given))


def diff(store: Store, start: int, end: int) -> Masked[unmasked_diff.Diff]:
    """Return the changes between two Commits; see `commit_diff.diff`. Each change is masked when it is read."""
    found = unmasked_diff.diff(store, start, end)

    def pages(
        rows: Iterator[T], article: Callable[[T], int], texts: Callable[[T], list[str]]
    ) -> Iterator[tuple[T, Mask]]:
        while part := list(islice(rows, _PAGE)):
            masks = _masks(store, {article(row): texts(row) for row in part})
            yield from ((row, masks[article(row)]) for row in part)

    return Masked(
        unmasked_diff.Diff(
            start,
            end,
            starmap(mask_row, pages(found.added, lambda row: row.id, _row_texts)),
            starmap(mask_edit, pages(found.revised, lambda edit: edit.after.article, _edit_texts)),
            starmap(mask_verdict_change, pages(found.verdicts, lambda change: change.article, _verdict_texts)),
            starmap(mask_fact_change, pages(found.facts, lambda change: change.article, _fact_texts)),
            starmap(mask_story, pages(found.stories, lambda view: view.representative.article, _story_texts)),
        )
    )


def health(store: Store, names: Sequence[str], now: datetime) -> Masked[tuple[SourceHealth, ...]]:
    """Return the recent state of these sources like `Store.health`, with their errors masked."""
    rows = store.health(names, now)
    texts = {number: [unquote(row.last_error or "")] for number, row in enumerate(rows)}
    masks = _masks(store, {-number - 1: part for number, part in texts.items()})
    return mask_health(rows, [masks[-number - 1] for number in texts])


# --- masking of records -------------------------------------------------------------------------------------------


def _masks(
    store: Store, texts: Mapping[int, Iterable[str]], given: Mapping[int, Sequence[Fact]] = MappingProxyType({})
) -> dict[int, Mask]:
    with store.database.read() as db:
        return masks_for(db, texts, store.masking, given=given)


def _row_texts(row: ArticleRow) -> list[str]:
    return [unquote(row.url), row.title, row.source or ""]


def article_texts(article: Article) -> list[str]:
    """Return the texts of an article in which private names are looked up."""
    authors = [credit.name for credit in article.authors]
    return [
        unquote(article.url),
        article.title,
        article.text,
        article.original_title or "",
        *authors,
        *article.editors,
        *article.captions,
    ]


def _story_texts(view: StoryView) -> list[str]:
    return [
        *article_texts(view.representative.content),
        *(f"{unquote(copy.url)}\n{copy.title}" for copy in view.copies),
    ]


def _verdict_texts(change: VerdictChange) -> list[str]:
    sides = (side for side in (change.before, change.after) if side)
    return [change.title, *(reason for side in sides for reason in side.reasons)]


def _fact_texts(change: FactChange) -> list[str]:
    return [change.title, *(fact.quote for fact in (*change.removed, *change.added))]


def _edit_texts(edit: Edit) -> list[str]:
    return [*article_texts(edit.before.content), *article_texts(edit.after.content)]


def mask_row(row: ArticleRow, mask: Mask) -> ArticleRow:
    """Return a row of an article list masked."""
    return replace(row, url=mask.url(row.url), title=mask(row.title), source=row.source and mask(row.source))


def mask_revision(revision: Revision, mask: Mask) -> Revision:
    """Return a revision masked."""
    content = revision.content
    return replace(
        revision,
        content=replace(
            content,
            url=mask.url(content.url),
            title=mask(content.title),
            text=mask(content.text),
            published=content.published and mask(content.published),
            source=content.source and mask(content.source),
            authors=tuple(Credit(mask(credit.role), mask(credit.name)) for credit in content.authors),
            editors=tuple(map(mask, content.editors)),
            captions=tuple(map(mask, content.captions)),
            original_title=content.original_title and mask(content.original_title),
        ),
    )


def mask_verdict(verdict: Verdict, mask: Mask) -> Verdict:
    """Return a verdict with masked reasons."""
    return replace(verdict, reasons=tuple(map(mask, verdict.reasons)))


def mask_copy(copy: StoryCopy, mask: Mask) -> StoryCopy:
    """Return a copy in a story (another article with the same content) masked."""
    return replace(copy, url=mask.url(copy.url), title=mask(copy.title), source=copy.source and mask(copy.source))


def mask_story(view: StoryView, mask: Mask) -> StoryView:
    """Return a story masked."""
    return replace(
        view,
        representative=mask_revision(view.representative, mask),
        verdict=mask_verdict(view.verdict, mask),
        facts=mask.facts(view.facts, view.representative.content.text),
        copies=tuple(mask_copy(copy, mask) for copy in view.copies),
    )


def _mask_correction(correction: Correction, mask: Mask) -> Correction:
    return replace(
        correction,
        quote=mask(correction.quote),
        what=mask(correction.what),
        by=mask(correction.by),
        note=mask(correction.note),
        fields=mask.value(dict(correction.fields)),
        as_read=mask.value(dict(correction.as_read)),
    )


def _mask_capture(capture: Capture, mask: Mask) -> Capture:
    return replace(capture, url=mask.url(capture.url), final_url=mask.url(capture.final_url))


def mask_view(view: ArticleView, mask: Mask) -> ArticleView:
    """Return an article masked, with its other revisions, facts, corrections, story and captures."""
    text = view.revision.content.text
    return replace(
        view,
        revision=mask_revision(view.revision, mask),
        revisions=tuple(mask_revision(revision, mask) for revision in view.revisions),
        verdict=view.verdict and mask_verdict(view.verdict, mask),
        facts=mask.facts(view.facts, text),
        rejected=mask.facts(view.rejected, text),
        story=view.story and mask_story(view.story, mask),
        captures=tuple(_mask_capture(capture, mask) for capture in view.captures),
        corrections=tuple(_mask_correction(correction, mask) for correction in view.corrections),
    )


def mask_edit(edit: Edit, mask: Mask) -> Edit:
    """Return both sides of an edit masked with the same mask.

    Otherwise a name that the edit removed could be shown in the deleted text.
    """
    return Edit(mask_revision(edit.before, mask), mask_revision(edit.after, mask))


def mask_verdict_change(change: VerdictChange, mask: Mask) -> VerdictChange:
    """Return a changed verdict masked."""
    return replace(
        change,
        url=mask.url(change.url),
        title=mask(change.title),
        before=change.before and mask_verdict(change.before, mask),
        after=change.after and mask_verdict(change.after, mask),
    )


def _mask_fact(fact: Fact, mask: Mask) -> Fact:
    """Return a fact masked without the article's text: only its own quote is known, so `start` is unchanged."""
    quote = mask(fact.quote) or fact.quote
    return replace(fact, quote=quote, end=fact.start + len(quote), fields=mask.value(dict(fact.fields)))


def mask_fact_change(change: FactChange, mask: Mask) -> FactChange:
    """Return changed facts masked."""
    return replace(
        change,
        url=mask.url(change.url),
        title=mask(change.title),
        removed=tuple(_mask_fact(fact, mask) for fact in change.removed),
        added=tuple(_mask_fact(fact, mask) for fact in change.added),
    )


def mask_outcome(row: OutcomeRow, mask: Mask) -> OutcomeRow:
    """Return an outcome masked."""
    return replace(row, url=mask.url(row.url), detail=mask(hide_paths(row.detail)))


def mask_health(rows: Sequence[SourceHealth], masks: Sequence[Mask] = ()) -> Masked[tuple[SourceHealth, ...]]:
    """Return the states of sources with their errors masked.

    `masks`: a mask for each row. Without `masks`, only mobile and ID numbers are masked.
    """
    each = zip(rows, masks or [Mask()] * len(rows), strict=True)
    return Masked(
        tuple(replace(row, last_error=row.last_error and mask(hide_paths(row.last_error))) for row, mask in each)
    )


def mask_period(found: Period, masks: Mapping[int, Mask]) -> Masked[Period]:
    """Return a period masked.

    `masks`: article -> its mask, for each representative and each edited article. The keys -1, -2, ... are for the
    failures, in their order; a failure without a mask has only mobile and ID numbers masked.
    """
    return Masked(
        replace(
            found,
            features=tuple(mask_story(view, masks[view.representative.article]) for view in found.features),
            edits=tuple(mask_edit(edit, masks[edit.after.article]) for edit in found.edits),
            failures=tuple(
                mask_outcome(row, masks.get(-number, Mask())) for number, row in enumerate(found.failures, 1)
            ),
        )
    )


def _citation_texts(values: Iterable[Value]) -> dict[int, list[str]]:
    """Return for each cited article its title, and the quotes and fields of its facts in these values."""
    texts: dict[int, list[str]] = {}
    for value in values:
        for citation in value.citations:
            texts.setdefault(citation.article, []).extend(
                (citation.title, citation.fact.quote, str(citation.fact.fields))
            )
    return texts


def _mask_value(value: Value, masks: Mapping[int, Mask]) -> Value:
    """Return a value of a card masked. The value itself is masked with the mask of its first citation's article."""
    citations = tuple(_mask_citation(citation, masks[citation.article]) for citation in value.citations)
    first = masks[value.citations[0].article]
    return replace(value, what=first(value.what), value=first.value(value.value), citations=citations)


def _mask_citation(citation: Citation, mask: Mask) -> Citation:
    return replace(
        citation, url=mask.url(citation.url), title=mask(citation.title), fact=_mask_fact(citation.fact, mask)
    )


def mask_change(change: Change, masks: Mapping[int, Mask]) -> Masked[Change]:
    """Return a changed figure masked; `masks`: article -> its mask, for each cited article."""
    return Masked(replace(change, before=_mask_value(change.before, masks), after=_mask_value(change.after, masks)))
