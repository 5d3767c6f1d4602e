"""What changed between two states: articles added and revised, verdicts, facts and stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, Table, and_, select
from sqlalchemy.sql.elements import ColumnElement

from store.digests import canonical
from store.errors import StoreError
from store.operational import chunks
from store.records import ArticleRow, Diff, Edit, Fact, FactChange, Revision, StoryView, Verdict, VerdictChange
from store.schema import articles, judgements, members, readings, revisions, stories, verdicts
from store.state import ROW, as_of, facts_of, read_revision, state, story_views, verdicts_of
from store.store import Store


def diff(store: Store, start: int, end: int) -> Diff:
    """What changed from the state as of Commit `start` to that as of `end`. Raises StoreError when one is not there,
    or they are the wrong way round."""
    if start > end:
        raise StoreError(f"comparing commits {start} and {end}: name the older one first")
    with store.database.read() as db:
        as_of(db, end)
        added = db.execute(state(end, *ROW).where(_stretch(articles, start, end))
                           .order_by(articles.c.id))
        revised: list[Edit] = []
        judged: list[VerdictChange] = []
        read: list[FactChange] = []
        for part in chunks(touched(db, start, end)):
            before, after = _known(db, part, start), _known(db, part, end)
            for number, (old, old_verdict, old_facts) in before.items():
                new, verdict, found = after[number]
                about = (number, new.content.url, new.content.title)
                if new.id != old.id:
                    revised.append(Edit(old, new))
                if verdict != old_verdict:
                    judged.append(VerdictChange(*about, old_verdict, verdict))
                gone, came = _without(old_facts, found), _without(found, old_facts)
                if gone or came:
                    read.append(FactChange(*about, gone, came))
        return Diff(start, end, tuple(ArticleRow(*row) for row in added), tuple(revised), tuple(judged), tuple(read),
                    _grown(db, start, end))


def _without(some: Sequence[Fact], others: Sequence[Fact]) -> tuple[Fact, ...]:
    """Those of `some` that `others` do not say; a text that grew moves a fact without changing it."""
    told = {(fact.kind, fact.quote, canonical(dict(fact.fields))) for fact in others}
    return tuple(fact for fact in some if (fact.kind, fact.quote, canonical(dict(fact.fields))) not in told)


def _stretch(table: Table, start: int, end: int) -> ColumnElement[bool]:
    return and_(table.c.commit_no > start, table.c.commit_no <= end)


def touched(db: Connection, start: int, end: int) -> list[int]:
    """Articles with a revision, verdict, reading, membership or judgement of the stretch."""
    found = {row[0] for table in (revisions, members, judgements) for row in db.execute(
        select(table.c.article).where(_stretch(table, start, end)))}
    for table in (verdicts, readings):
        joined = table.join(revisions, revisions.c.id == table.c.revision)
        found |= {row[0] for row in db.execute(
            select(revisions.c.article).select_from(joined).where(_stretch(table, start, end)))}
    return sorted(found)


def _known(
    db: Connection, ids: Sequence[int], upto: int
) -> dict[int, tuple[Revision, Verdict | None, tuple[Fact, ...]]]:
    """Article -> newest revision, verdict and facts as of `upto`, for those of `ids` known then."""
    rows = db.execute(state(upto, revisions, articles.c.url)
                      .where(articles.c.id.in_(ids)).order_by(articles.c.id))
    newest = [read_revision(row) for row in rows]
    shown = [revision.id for revision in newest]
    ruled, found = verdicts_of(db, shown, upto), facts_of(db, shown, upto)
    return {revision.article: (revision, ruled.get(revision.id), found.get(revision.id, ())) for revision in newest}


def _grown(db: Connection, start: int, end: int) -> tuple[StoryView, ...]:
    """Stories known at `start` that gained copies until `end`, with those copies."""
    gained = select(members.c.article, members.c.story).join(stories, stories.c.id == members.c.story).where(
        members.c.commit_no > start, members.c.commit_no <= end, stories.c.commit_no <= start)
    new = {row.article: row.story for row in db.execute(gained)}
    views = story_views(db, sorted(set(new.values())), end)
    return tuple(replace(view, copies=tuple(copy for copy in view.copies if copy.article in new)) for view in views)
