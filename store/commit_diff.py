"""Differences between two states: added and revised articles, changed verdicts and facts, stories with new copies.

Both states are named by Commits, so concurrent writes do not change the result. The result is read in pages, each in a
snapshot of its own, with at most one page in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, select, union
from sqlalchemy.sql.elements import ColumnElement

from store.as_of_queries import (
    ROW,
    current_member,
    facts_of,
    load_revision,
    resolve_commit,
    select_state,
    story_views,
    verdicts_of,
)
from store.errors import QueryError
from store.hashing import canonical
from store.records import ArticleRow, Edit, Fact, FactChange, StoryView, VerdictChange
from store.schema import articles, judgements, members, readings, revisions, stories, verdicts
from store.sql_parameters import paged_ids
from store.store import Store


@dataclass(frozen=True, slots=True)
class Diff:
    """Changes of the Commits `start` (exclusive) to `end` (inclusive).

    Each iterator is sorted by article or story, reads the store during iteration, and can be used once.
    """

    start: int
    end: int
    added: Iterator[ArticleRow]
    #: edits of articles that existed at `start`
    revised: Iterator[Edit]
    verdicts: Iterator[VerdictChange]
    facts: Iterator[FactChange]
    #: stories that existed at `start` and gained copies, with the new copies only
    stories: Iterator[StoryView]


def diff(store: Store, start: int, end: int) -> Diff:
    """Return the changes between the state as of Commit `start` and the state as of Commit `end`.

    Raises NotFoundError if `end` is greater than the last Commit's number or negative, and QueryError if `start` is
    greater than `end`.
    """
    if start > end:
        raise QueryError(f"comparing commits {start} and {end}: name the older one first")
    with store.database.read() as db:
        resolve_commit(db, end)
    return Diff(
        start,
        end,
        _added(store, start, end),
        _revised(store, start, end),
        _reclassified(store, start, end),
        _fact_changes(store, start, end),
        _grown_stories(store, start, end),
    )


def _between(table: Table, start: int, end: int) -> ColumnElement[bool]:
    return and_(table.c.commit_no > start, table.c.commit_no <= end)


def touched(
    start: int,
    end: int,
    tables: Sequence[Table] = (revisions, verdicts, readings, members, judgements),
) -> Select[Any]:
    """Select the articles that got a row in one of these tables after Commit `start`, up to `end`; unordered."""
    queries = [
        select(table.c.article).where(_between(table, start, end))
        if "article" in table.c
        else select(revisions.c.article)
        .join(table, table.c.revision == revisions.c.id)
        .where(_between(table, start, end))
        for table in tables
    ]
    found = union(*queries).subquery()
    return select(found.c.article)


def _added(store: Store, start: int, end: int) -> Iterator[ArticleRow]:
    for part in paged_ids(store.database, select(articles.c.id).where(_between(articles, start, end))):
        with store.database.read() as db:
            rows = db.execute(select_state(end, *ROW).where(articles.c.id.in_(part)).order_by(articles.c.id)).all()
        yield from (ArticleRow(*row) for row in rows)


def _revised(store: Store, start: int, end: int) -> Iterator[Edit]:
    for part in paged_ids(store.database, touched(start, end, (revisions,))):
        with store.database.read() as db:
            pairs = _both(db, part, start, end, revisions, articles.c.url)
        yield from (
            Edit(load_revision(before), load_revision(after)) for before, after in pairs if after.id != before.id
        )


#: columns for building a VerdictChange or FactChange
_ABOUT = (revisions.c.id, revisions.c.article, articles.c.url, revisions.c.title)


def _reclassified(store: Store, start: int, end: int) -> Iterator[VerdictChange]:
    for part in paged_ids(store.database, touched(start, end, (revisions, verdicts))):
        with store.database.read() as db:
            pairs = _both(db, part, start, end, *_ABOUT)
            olds = verdicts_of(db, [before.id for before, _ in pairs], start)
            news = verdicts_of(db, [after.id for _, after in pairs], end)
        for before, after in pairs:
            old, new = olds.get(before.id), news.get(after.id)
            if old != new:
                yield VerdictChange(after.article, after.url, after.title, old, new)


def _fact_changes(store: Store, start: int, end: int) -> Iterator[FactChange]:
    for part in paged_ids(store.database, touched(start, end, (revisions, readings, judgements))):
        with store.database.read() as db:
            pairs = _both(db, part, start, end, *_ABOUT)
            olds = facts_of(db, [before.id for before, _ in pairs], start)
            news = facts_of(db, [after.id for _, after in pairs], end)
        for before, after in pairs:
            old, new = olds.get(before.id, ()), news.get(after.id, ())
            removed, added = _without(old, new), _without(new, old)
            if removed or added:
                yield FactChange(after.article, after.url, after.title, removed, added)


def _without(some: Sequence[Fact], others: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the facts of `some` that are not in `others`.

    Offsets are not compared, because an edit of the text moves facts.
    """
    known = {(fact.kind, fact.quote, canonical(dict(fact.fields))) for fact in others}
    return tuple(fact for fact in some if (fact.kind, fact.quote, canonical(dict(fact.fields))) not in known)


def _both(db: Connection, part: Sequence[int], start: int, end: int, *columns: Any) -> list[tuple[Row[Any], Row[Any]]]:
    """Return (row before, row after) of the articles known in both states, at their newest revisions.

    An article that became a spelling of another one after `start` is not known in the later state.
    """
    before, after = (
        {
            row.article: row
            for row in db.execute(select_state(upto, *columns).where(articles.c.id.in_(part)).order_by(articles.c.id))
        }
        for upto in (start, end)
    )
    return [(old, after[number]) for number, old in before.items() if number in after]


def _grown_stories(store: Store, start: int, end: int) -> Iterator[StoryView]:
    """Yield the stories that existed at `start` and gained copies up to `end`, with the new copies only."""
    gained = and_(_between(members, start, end), current_member(end))
    new = and_(gained, stories.c.commit_no <= start)
    for part in paged_ids(
        store.database, select(members.c.story).join(stories, stories.c.id == members.c.story).where(new)
    ):
        with store.database.read() as db:
            new_copies = set(db.scalars(select(members.c.article).where(gained, members.c.story.in_(part))))
            views = story_views(db, part, end)
        for view in views:
            yield replace(view, copies=tuple(copy for copy in view.copies if copy.article in new_copies))
