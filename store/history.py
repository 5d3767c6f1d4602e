"""Asking what is known, now or as it was: list, show, log, period, and `verify`, which says what is damaged.

A state is named by a Commit number ("as of N": rows whose commit_no is at most N). Every function reads one snapshot.
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from store.corrections import corrections_of
from store.diff import touched
from store.errors import NotFoundError
from store.masking import private_names
from store.paging import HELD, paged
from store.records import (
    ArticleRow,
    ArticleView,
    Capture,
    Commit,
    Edit,
    Fact,
    OutcomeRow,
    Period,
    Revision,
    Ruling,
    Verdict,
)
from store.schema import (
    articles,
    captures,
    commits,
    judgements,
    members,
    outcomes,
    readings,
    revisions,
    search_entries,
    verdicts,
)
from store.snapshot import (
    NOW,
    ROW,
    corrected_facts_of,
    extracted_facts_of,
    facts_of,
    last_article,
    load_capture,
    load_commit,
    load_revision,
    resolve_commit,
    revisions_where,
    select_state,
    story_views,
    verdicts_of,
)
from store.sql import chunks
from store.store import Store
from store.verify import verify

__all__ = ["commit_at", "commits_between", "last_commit", "list_articles", "log", "period", "show", "verify"]

#: outcome codes that say that a site or we failed, shown one by one in a digest
FAILURES = frozenset({
    "error-page", "block-page", "login-page", "unreadable", "undecodable", "not-a-feed", "robots-unavailable",
    "blocked-address", "bad-redirect", "refused", "server-error", "network", "timeout", "too-large",
    "incomplete", "protocol-error", "quarantined", "error",
})  # fmt: skip


def list_articles(
    store: Store,
    *,
    source: str | None = None,
    ruling: Ruling | None = None,
    since: datetime | None = None,
    before: int = NOW,
    limit: int = 100,
    at: int | None = None,
) -> list[ArticleRow]:
    """Articles, newest first. `source` is a configured site's name, `since` a moment of first storing, `before` the
    number of an article (older ones only: the next page), `at` a Commit number: the state then (None: now)."""
    return list(each_article(store, source=source, ruling=ruling, since=since, before=before, limit=limit, at=at))


def each_article(
    store: Store,
    *,
    source: str | None = None,
    ruling: Ruling | None = None,
    since: datetime | None = None,
    before: int = NOW,
    limit: int = 100,
    at: int | None = None,
) -> Iterator[ArticleRow]:
    """The same, however many, a few at a time in memory."""
    with store.database.read() as db:
        upto = resolve_commit(db, at)
    asked = _asked(source, since, ruling)

    def rows() -> Iterator[ArticleRow]:
        with store.database.read() as db:
            numbers = _candidates(db, upto, source, ruling, since, before)
            while part := list(itertools.islice(numbers, min(max(limit, _FEWEST), _MOST))):
                found = db.execute(
                    select_state(upto, *ROW).where(articles.c.id.in_(part), *asked).order_by(articles.c.id.desc())
                ).all()
                yield from (ArticleRow(*row) for row in found)

    return itertools.islice(rows(), limit)


#: articles of a list that are read at a time; of candidates, some may not be what is asked for
_FEWEST, _MOST = 100, 500


def _asked(source: str | None, since: datetime | None, ruling: Ruling | None = None) -> list[ColumnElement[bool]]:
    return [
        *([articles.c.site == source] if source is not None else []),
        *([articles.c.first_seen >= since] if since is not None else []),
        *([verdicts.c.ruling == ruling] if ruling is not None else []),
    ]


def _candidates(
    db: Connection, upto: int, source: str | None, ruling: Ruling | None, since: datetime | None, before: int
) -> Iterator[int]:
    """Numbers of articles, newest first, among them all that a list of the state as of `upto` has.

    Only today's rulings have an index. An article that had this ruling then has it today, or was changed since and had
    it once before.
    """
    first = min(before, last_article(db, upto) + 1)
    numbers = _descending(db, _newest(source, ruling, since), first, _MOST)
    if ruling is None or upto == NOW:
        return numbers
    asked = touched(upto, NOW, (revisions, verdicts))
    (article,) = asked.selected_columns
    once = exists().where(
        revisions.c.article == article,
        verdicts.c.revision == revisions.c.id,
        verdicts.c.ruling == ruling,
        verdicts.c.commit_no <= upto,
    )
    changed = _descending(db, asked.where(once), first, HELD)
    return (number for number, _ in itertools.groupby(heapq.merge(numbers, changed, reverse=True)))


def _newest(source: str | None, ruling: Ruling | None, since: datetime | None) -> Select[Any]:
    """Numbers of the articles as they are now. The ruling is asked of the search entries, which have an index over it:
    verdicts say only what was once said of a revision."""
    if ruling is None:
        return select(articles.c.id).where(*_asked(source, since))
    chosen = select(search_entries.c.article).where(search_entries.c.ruling == ruling)
    if source is not None:
        chosen = chosen.where(search_entries.c.site == source)
    if since is not None:
        chosen = chosen.join(articles, articles.c.id == search_entries.c.article).where(*_asked(None, since))
    return chosen


def _descending(db: Connection, asked: Select[Any], before: int, page: int) -> Iterator[int]:
    """The numbers below `before` that a select of one column gives, greatest first, each once."""
    (column,) = asked.selected_columns
    while True:
        numbers = db.execute(asked.where(column < before).order_by(column.desc()).limit(page)).scalars().all()
        yield from numbers
        if len(numbers) < page:
            return
        before = numbers[-1]


def show(store: Store, article_id: int, *, number: int | None = None, at: int | None = None) -> ArticleView:
    """One article with all its revisions; the newest is shown, or revision `number`. `at`: the state as of a Commit.

    Raises NotFoundError when there is no such article or revision.
    """
    with store.database.read() as db:
        upto = resolve_commit(db, at)
        found = revisions_where(db, revisions.c.article == article_id, revisions.c.commit_no <= upto)
        when = "" if at is None else f" as of commit {at}"
        if not found:
            raise NotFoundError(
                f"showing article {article_id}: there is none{when}; `suowen list` shows which there are"
            )
        chosen = found[-1] if number is None else next((r for r in found if r.number == number), None)
        if chosen is None:
            raise NotFoundError(
                f"showing article {article_id}: it has revisions 1 to {found[-1].number}{when}, not {number}"
            )
        story = db.execute(
            select(members.c.story).where(members.c.article == article_id, members.c.commit_no <= upto)
        ).scalar()
        fetched = select(captures).where(captures.c.url == chosen.content.url, captures.c.id <= _sealed(db, at))
        kept, rejected = corrected_facts_of(db, [chosen.id], upto).get(chosen.id, ((), ()))
        said = corrections_of(db, [article_id], upto).get(article_id, [])
        return ArticleView(
            chosen,
            tuple(found),
            verdicts_of(db, [chosen.id], upto).get(chosen.id),
            kept,
            None if story is None else story_views(db, [story], upto)[0],
            tuple(load_capture(row) for row in db.execute(fetched.order_by(captures.c.id))),
            rejected,
            tuple(said),
        )


def _sealed(db: Connection, at: int | None) -> int:
    """The last capture that Commit `at` or one before it sealed; of all, those that wait for theirs too."""
    if at is None:
        return NOW
    return int(db.execute(select(commits.c.captures_upto).where(commits.c.number == at)).scalar() or 0)


def extracted_facts(store: Store, revision: int) -> tuple[Fact, ...]:
    """The facts of a revision's latest reading as they were read, before anything people said of them."""
    with store.database.read() as db:
        return extracted_facts_of(db, [revision]).get(revision, ())


def private_persons(store: Store, numbers: Iterable[int]) -> dict[int, frozenset[str]]:
    """Article -> names that facts of any of its revisions mark as private persons': whom its title, its text and what
    its site changed must not name where they go out (store/masking.py). Articles without any are left out."""
    names: dict[int, frozenset[str]] = defaultdict(frozenset)
    with store.database.read() as db:
        for part in chunks(sorted(set(numbers))):
            owner = {
                row.id: row.article
                for row in db.execute(select(revisions.c.id, revisions.c.article).where(revisions.c.article.in_(part)))
            }
            for revision, found in facts_of(db, list(owner)).items():
                if marked := private_names(found):
                    names[owner[revision]] |= marked
    return dict(names)


def commit_at(store: Store, moment: datetime) -> int:
    """The newest Commit made at `moment` or before; 0 when there was none: what `at` takes for a date."""
    with store.database.read() as db:
        return int(
            db.execute(
                select(func.coalesce(func.max(commits.c.number), 0)).where(commits.c.made_at <= moment)
            ).scalar_one()
        )


def article_ids(store: Store, *, since: int = 0) -> Iterator[int]:
    """Numbers of the articles whose newest revision came after Commit `since`, oldest first."""
    chosen = select_state(NOW, articles.c.id).where(revisions.c.commit_no > since)
    return itertools.chain.from_iterable(paged(store, chosen))


def capture_of(store: Store, article: int) -> int | None:
    """The capture row that an article's newest revision was read from; None for one that came without."""
    with store.database.read() as db:
        return db.execute(select_state(NOW, revisions.c.capture).where(articles.c.id == article)).scalar()


def captures_of(store: Store, url: str) -> list[Capture]:
    """Every fetch of a URL that was answered with a page, oldest first."""
    chosen = select(captures).where(captures.c.url == url, captures.c.status == 200).order_by(captures.c.id)
    with store.database.read() as db:
        return [load_capture(row) for row in db.execute(chosen)]


# --- the history -----------------------------------------------------------------------------------------------


def log(store: Store, limit: int = 50, *, upto: int = NOW) -> list[Commit]:
    """Commits, newest first, from `upto` down."""
    chosen = select(commits).where(commits.c.number <= upto).order_by(commits.c.number.desc()).limit(limit)
    with store.database.read() as db:
        return [load_commit(row) for row in db.execute(chosen)]


def each_commit(store: Store, limit: int) -> Iterator[Commit]:
    """The same, however many, a few at a time in memory."""
    upto = NOW
    while limit > 0 and (found := log(store, min(limit, _MOST), upto=upto)):
        yield from found
        limit, upto = limit - len(found), found[-1].number - 1


def last_commit(store: Store) -> int:
    """The newest Commit's number; 0 for an empty store."""
    with store.database.read() as db:
        return int(db.execute(select(func.coalesce(func.max(commits.c.number), 0))).scalar_one())


def commits_between(store: Store, start: datetime, end: datetime) -> tuple[int, int]:
    """(after, upto), as `period` takes it: Commits made from `start` (inclusive) to `end` (exclusive)."""
    with store.database.read() as db:
        after = _last_before(db, start)
        return after, max(after, _last_before(db, end))


def _last_before(db: Connection, moment: datetime) -> int:
    return int(
        db.execute(select(func.coalesce(func.max(commits.c.number), 0)).where(commits.c.made_at < moment)).scalar_one()
    )


def period(
    store: Store, after: int, upto: int, *, start: datetime | None = None, end: datetime | None = None
) -> Period:
    """What the Commits `after` (exclusive) to `upto` (inclusive) brought, as of `upto`.

    Outcomes belong to moments, not Commits (a pass in which all fails makes none): those from `start` (inclusive) to
    `end` (exclusive) are counted. Without them: since Commit `after` was made, until the one after `upto` was.
    """
    with store.database.read() as db:
        since = start or _made_at(db, after)
        until = end or _made_at(db, upto + 1)
        window = [outcomes.c.made_at >= since] if since else []
        window += [outcomes.c.made_at < until] if until else []
        counts = db.execute(select(outcomes.c.outcome, func.count()).where(*window).group_by(outcomes.c.outcome))
        failed = db.execute(
            select(outcomes)
            .where(*window, outcomes.c.outcome.in_(FAILURES))
            .order_by(outcomes.c.made_at, outcomes.c.url)
        )
        touched = select(members.c.story).where(members.c.commit_no > after, members.c.commit_no <= upto)
        views = story_views(db, [row.story for row in db.execute(touched.distinct().order_by(members.c.story))], upto)
        return Period(
            after,
            upto,
            tuple(view for view in views if view.verdict.ruling == "feature"),
            _edits(db, after, upto),
            {row[0]: row[1] for row in counts},
            tuple(OutcomeRow(*row) for row in failed),
        )


def _made_at(db: Connection, number: int) -> datetime | None:
    made: datetime | None = db.execute(select(commits.c.made_at).where(commits.c.number == number)).scalar()
    return made


def _edits(db: Connection, after: int, upto: int) -> tuple[Edit, ...]:
    """Articles known before the stretch's end whose text changed in it: the state before, and the newest."""
    changed = [
        row.article
        for row in db.execute(
            select(revisions.c.article)
            .where(revisions.c.commit_no > after, revisions.c.commit_no <= upto, revisions.c.number > 1)
            .distinct()
            .order_by(revisions.c.article)
        )
    ]
    edits: list[Edit] = []
    for part in chunks(changed):
        by_article: Mapping[int, list[Revision]] = defaultdict(list)
        for revision in revisions_where(db, revisions.c.article.in_(part), revisions.c.commit_no <= upto):
            by_article[revision.article].append(revision)
        for history in by_article.values():
            before = [revision for revision in history if revision.commit <= after]
            edits.append(Edit(before[-1] if before else history[0], history[-1]))
    return tuple(edits)


#: an article in a state: newest revision, verdict, a row of first_seen, story and relation, facts
ArticleState = tuple[Revision, Verdict | None, Row[Any], tuple[Fact, ...]]


def article_states(
    db: Connection, ids: Sequence[int], upto: int, *, ruling: Ruling | None = None, since: int = 0
) -> list[ArticleState]:
    """Those of these articles that were known as of `upto`; with `since` those whose text, verdict, facts or judgements
    are newer than that Commit."""
    chosen = _full(upto).where(articles.c.id.in_(ids))
    if ruling is not None:
        chosen = chosen.where(verdicts.c.ruling == ruling)
    if since:
        read = (
            exists()
            .where(readings.c.revision == revisions.c.id, readings.c.commit_no > since, readings.c.commit_no <= upto)
            .correlate(revisions)
        )
        judged = (
            exists()
            .where(
                judgements.c.article == articles.c.id, judgements.c.commit_no > since, judgements.c.commit_no <= upto
            )
            .correlate(articles)
        )
        chosen = chosen.where((revisions.c.commit_no > since) | (verdicts.c.commit_no > since) | read | judged)
    rows = [_apart(row) for row in db.execute(chosen)]
    found = facts_of(db, [revision.id for revision, *_ in rows], upto)
    return [(*row, found.get(row[0].id, ())) for row in rows]


def _full(upto: int) -> Select[Any]:
    """Every article with all that is known of it but its facts, in order of id."""
    ruled = [column.label(f"v_{column.name}") for column in verdicts.c]
    return select_state(
        upto, revisions, articles.c.url, articles.c.first_seen, members.c.story, members.c.relation, *ruled
    ).order_by(articles.c.id)


def _apart(row: Row[Any]) -> tuple[Revision, Verdict | None, Row[Any]]:
    verdict = (
        None if row.v_id is None else Verdict(row.v_ruling, row.v_score, tuple(json.loads(row.v_reasons)), row.v_topic)
    )
    return load_revision(row), verdict, row
