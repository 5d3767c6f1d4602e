"""Queries of the present or a past state: list, show, log, period.

A state is named by a Commit number: "as of N" reads the rows whose commit_no is at most N. `article_ids` and
`each_commit` read a new snapshot for each page.
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from store.apply_corrections import corrections_of
from store.articles_from_archives import late_articles, late_revisions
from store.as_of_queries import (
    NOW,
    ROW,
    corrected_facts_of,
    current_member,
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
from store.commit_diff import touched
from store.errors import NotFoundError
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
from store.sql_parameters import HELD, chunks, paged_ids
from store.store import Store
from store.verify import verify

__all__ = ["commit_at", "commits_between", "last_commit", "list_articles", "log", "period", "show", "verify"]

#: outcome codes of failures of the site or of this program, listed one by one in a digest
FAILURES = frozenset({
    "error-page", "block-page", "login-page", "summary-only", "unreadable", "undecodable", "not-a-feed",
    "robots-unavailable", "blocked-address", "bad-redirect", "refused", "server-error", "network", "timeout",
    "too-large", "incomplete", "protocol-error", "quarantined", "error",
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
    """Return articles, newest first.

    `source`: name of a configured site. `since`: only articles first stored at this time or later. `before`: only
    articles with a lower number, for the next page. `at`: Commit number of a past state.
    """
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
    """Yield the articles that `list_articles` returns, for any `limit`, with a few in memory at a time."""
    with store.database.read() as db:
        upto = resolve_commit(db, at)
    conditions = _conditions(source, since, ruling)

    def rows() -> Iterator[ArticleRow]:
        with store.database.read() as db:
            numbers = _candidates(db, upto, source, ruling, since, before)
            while part := list(itertools.islice(numbers, min(max(limit, _FEWEST), _MOST))):
                found = db.execute(
                    select_state(upto, *ROW).where(articles.c.id.in_(part), *conditions).order_by(articles.c.id.desc())
                ).all()
                yield from (ArticleRow(*row) for row in found)

    return itertools.islice(rows(), limit)


#: minimum and maximum number of candidates that a list reads at a time. The minimum applies to small limits too,
#: because some candidates do not meet the conditions
_FEWEST, _MOST = 100, 500


def _conditions(source: str | None, since: datetime | None, ruling: Ruling | None = None) -> list[ColumnElement[bool]]:
    return [
        *([articles.c.site == source] if source is not None else []),
        *([articles.c.first_seen >= since] if since is not None else []),
        *([verdicts.c.ruling == ruling] if ruling is not None else []),
    ]


def _candidates(
    db: Connection, upto: int, source: str | None, ruling: Ruling | None, since: datetime | None, before: int
) -> Iterator[int]:
    """Yield the numbers of all articles that `each_article` returns, and perhaps of others, newest first.

    Only present rulings are indexed. An article that had `ruling` as of `upto` may have lost it by a change after
    `upto`. Therefore the articles changed after `upto` are read too.
    """
    first = min(before, last_article(db, upto) + 1)
    numbers = _descending(db, _newest(source, ruling, since), first, _MOST)
    if ruling is None or upto == NOW:
        return numbers
    changed = touched(upto, NOW, (revisions, verdicts))
    (article,) = changed.selected_columns
    once = exists().where(
        revisions.c.article == article,
        verdicts.c.revision == revisions.c.id,
        verdicts.c.ruling == ruling,
        verdicts.c.commit_no <= upto,
    )
    since_changed = _descending(db, changed.where(once), first, HELD)
    return (number for number, _ in itertools.groupby(heapq.merge(numbers, since_changed, reverse=True)))


def _newest(source: str | None, ruling: Ruling | None, since: datetime | None) -> Select[Any]:
    """Select the numbers of the articles that meet the conditions in the present state.

    The ruling is read from the search entries, which index the present ruling; `verdicts` contains past rulings too.
    """
    if ruling is None:
        return select(articles.c.id).where(*_conditions(source, since))
    chosen = select(search_entries.c.article).where(search_entries.c.ruling == ruling)
    if source is not None:
        chosen = chosen.where(search_entries.c.site == source)
    if since is not None:
        chosen = chosen.join(articles, articles.c.id == search_entries.c.article).where(*_conditions(None, since))
    return chosen


def _descending(db: Connection, query: Select[Any], before: int, page: int) -> Iterator[int]:
    """Yield the numbers below `before` of a one-column select, greatest first, in pages of `page` rows."""
    (column,) = query.selected_columns
    while True:
        numbers = db.execute(query.where(column < before).order_by(column.desc()).limit(page)).scalars().all()
        yield from numbers
        if len(numbers) < page:
            return
        before = numbers[-1]


def show(store: Store, article_id: int, *, number: int | None = None, at: int | None = None) -> ArticleView:
    """Return one article with all its revisions, at its newest revision or at revision `number`.

    `at`: the state as of a Commit. Raises NotFoundError if the article or revision does not exist.
    """
    with store.database.read() as db:
        upto = resolve_commit(db, at)
        found = revisions_where(db, revisions.c.article == article_id, revisions.c.commit_no <= upto)
        when = "" if at is None else f" as of commit {at}"
        if not found:
            raise NotFoundError(
                f"showing article {article_id}: it does not exist{when}; `suowen list` lists the existing ones"
            )
        chosen = (
            found[-1] if number is None else next((revision for revision in found if revision.number == number), None)
        )
        if chosen is None:
            raise NotFoundError(
                f"showing article {article_id}: it has revisions 1 to {found[-1].number}{when}, not {number}"
            )
        story = db.execute(
            select(members.c.story).where(members.c.article == article_id, current_member(upto))
        ).scalar()
        fetched = select(captures).where(captures.c.url == chosen.content.url, captures.c.id <= sealed_captures(db, at))
        kept, rejected = corrected_facts_of(db, [chosen.id], upto).get(chosen.id, ((), ()))
        corrections = corrections_of(db, [article_id], upto).get(article_id, [])
        return ArticleView(
            chosen,
            tuple(found),
            verdicts_of(db, [chosen.id], upto).get(chosen.id),
            kept,
            None if story is None else story_views(db, [story], upto)[0],
            tuple(load_capture(row) for row in db.execute(fetched.order_by(captures.c.id))),
            rejected,
            tuple(corrections),
        )


def sealed_captures(db: Connection, at: int | None) -> int:
    """Return the greatest id of the captures that belong to the state as of Commit `at`.

    For None, captures that no Commit has sealed yet are included.
    """
    if at is None:
        return NOW
    return int(db.execute(select(commits.c.captures_upto).where(commits.c.number == at)).scalar() or 0)


def extracted_facts(store: Store, revision: int) -> tuple[Fact, ...]:
    """Return the facts of a revision's latest fact run, without corrections."""
    with store.database.read() as db:
        return extracted_facts_of(db, [revision]).get(revision, ())


def commit_at(store: Store, moment: datetime) -> int:
    """Return the number of the newest Commit made at or before `moment`; 0 if there is none.

    Queries by date pass this number as `at`.
    """
    with store.database.read() as db:
        return int(
            db.execute(
                select(func.coalesce(func.max(commits.c.number), 0)).where(commits.c.made_at <= moment)
            ).scalar_one()
        )


def article_ids(store: Store, *, since: int = 0) -> Iterator[int]:
    """Yield the numbers of the articles whose newest revision came after Commit `since`, oldest first."""
    chosen = select_state(NOW, articles.c.id).where(revisions.c.commit_no > since)
    return itertools.chain.from_iterable(paged_ids(store.database, chosen))


def capture_of(store: Store, article: int) -> int | None:
    """Return the id of the capture from which an article's newest revision was extracted; None if it has no capture."""
    with store.database.read() as db:
        return db.execute(select_state(NOW, revisions.c.capture).where(articles.c.id == article)).scalar()


def captures_of(store: Store, url: str) -> list[Capture]:
    """Return all fetches of a URL with status 200, oldest first."""
    chosen = select(captures).where(captures.c.url == url, captures.c.status == 200).order_by(captures.c.id)
    with store.database.read() as db:
        return [load_capture(row) for row in db.execute(chosen)]


# --- Commits ---------------------------------------------------------------------------------------------------


def log(store: Store, limit: int = 50, *, upto: int = NOW) -> list[Commit]:
    """Return Commits, newest first, from `upto` down."""
    chosen = select(commits).where(commits.c.number <= upto).order_by(commits.c.number.desc()).limit(limit)
    with store.database.read() as db:
        return [load_commit(row) for row in db.execute(chosen)]


def each_commit(store: Store, limit: int) -> Iterator[Commit]:
    """Yield the Commits that `log` returns, for any `limit`, with a few in memory at a time."""
    upto = NOW
    while limit > 0 and (found := log(store, min(limit, _MOST), upto=upto)):
        yield from found
        limit, upto = limit - len(found), found[-1].number - 1


def last_commit(store: Store) -> int:
    """Return the newest Commit's number; 0 for an empty store."""
    with store.database.read() as db:
        return int(db.execute(select(func.coalesce(func.max(commits.c.number), 0))).scalar_one())


def commits_between(store: Store, start: datetime, end: datetime) -> tuple[int, int]:
    """Return (after, upto), arguments of `period`, for the Commits made between two times.

    `start` is inclusive, `end` exclusive.
    """
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
    """Return the changes of the Commits `after` (exclusive) to `upto` (inclusive), as of `upto`.

    Outcomes are selected by time, because a run in which every fetch fails makes no Commit. The time range is `start`
    (inclusive) to `end` (exclusive); by default from the time of Commit `after` to the time of Commit `upto` + 1. A
    Commit that does not exist sets no limit.
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
        fresh, late = _stories_with_new_articles(db, after, upto)
        views = story_views(db, fresh, upto)
        return Period(
            after,
            upto,
            tuple(view for view in views if view.verdict.ruling == "feature"),
            _edits(db, after, upto),
            {row[0]: row[1] for row in counts},
            tuple(OutcomeRow(*row) for row in failed),
            sum(_features_among(db, part, upto) for part in chunks(late)),
        )


def _stories_with_new_articles(db: Connection, after: int, upto: int) -> tuple[list[int], list[int]]:
    """Return (stories with a new article, articles left out as late), as of `upto`.

    An article is new if it first entered a story in the period; a later move to another story does not count. If all
    new articles of a story are late (store/articles_from_archives.py), the story is left out and these articles are
    returned.
    """
    first, earlier = members.alias(), members.alias()
    rows = db.execute(
        select(members.c.story, members.c.article)
        .join(first, first.c.article == members.c.article)
        .where(
            first.c.commit_no > after,
            first.c.commit_no <= upto,
            ~exists().where(earlier.c.article == first.c.article, earlier.c.id < first.c.id).correlate(first),
            current_member(upto),
        )
        .distinct()
    ).all()
    late = late_articles(db, [row.article for row in rows])
    fresh = {row.story for row in rows if row.article not in late}
    return sorted(fresh), sorted(row.article for row in rows if row.story not in fresh)


def _features_among(db: Connection, ids: Sequence[int], upto: int) -> int:
    """Return how many of these articles are features as of `upto`."""
    chosen = select_state(upto, func.count()).where(articles.c.id.in_(ids), verdicts.c.ruling == "feature")
    return db.execute(chosen).scalar() or 0


def _made_at(db: Connection, number: int) -> datetime | None:
    made: datetime | None = db.execute(select(commits.c.made_at).where(commits.c.number == number)).scalar()
    return made


def _edits(db: Connection, after: int, upto: int) -> tuple[Edit, ...]:
    """Return the articles that were revised in the period, each with its text before and its newest text.

    The text before is the last revision before the period, or the first revision if there is none. Articles whose new
    revisions are all late (store/articles_from_archives.py) are left out.
    """
    changed = [
        row.article
        for row in db.execute(
            select(revisions.c.article)
            .where(revisions.c.commit_no > after, revisions.c.commit_no <= upto, revisions.c.number > 1)
            .distinct()
            .order_by(revisions.c.article)
        )
    ]
    late = late_revisions(db, changed, after, upto)
    changed = [article for article in changed if article not in late]
    edits: list[Edit] = []
    for part in chunks(changed):
        by_article: Mapping[int, list[Revision]] = defaultdict(list)
        for revision in revisions_where(db, revisions.c.article.in_(part), revisions.c.commit_no <= upto):
            by_article[revision.article].append(revision)
        for history in by_article.values():
            before = [revision for revision in history if revision.commit <= after]
            edits.append(Edit(before[-1] if before else history[0], history[-1]))
    return tuple(edits)


#: state of an article: newest revision, verdict, a row with first_seen, story and relation, facts
ArticleState = tuple[Revision, Verdict | None, Row[Any], tuple[Fact, ...]]


def article_states(
    db: Connection, ids: Sequence[int], upto: int, *, ruling: Ruling | None = None, since: int = 0
) -> list[ArticleState]:
    """Return the states of these articles as of `upto`.

    `since`: only articles whose text, verdict, facts, corrections or story changed after that Commit.
    """
    chosen = _with_verdict(upto).where(articles.c.id.in_(ids))
    if ruling is not None:
        chosen = chosen.where(verdicts.c.ruling == ruling)
    if since:
        extracted = (
            exists()
            .where(readings.c.revision == revisions.c.id, readings.c.commit_no > since, readings.c.commit_no <= upto)
            .correlate(revisions)
        )
        corrected = (
            exists()
            .where(
                judgements.c.article == articles.c.id, judgements.c.commit_no > since, judgements.c.commit_no <= upto
            )
            .correlate(articles)
        )
        newer = or_(*(table.c.commit_no > since for table in (revisions, verdicts, members)))
        chosen = chosen.where(newer | extracted | corrected)
    rows = [_split(row) for row in db.execute(chosen)]
    found = facts_of(db, [revision.id for revision, *_ in rows], upto)
    return [(*row, found.get(row[0].id, ())) for row in rows]


def _with_verdict(upto: int) -> Select[Any]:
    """Select every article as of `upto`, sorted by number, with all columns of its state except the facts."""
    ruled = [column.label(f"v_{column.name}") for column in verdicts.c]
    return select_state(
        upto, revisions, articles.c.url, articles.c.first_seen, members.c.story, members.c.relation, *ruled
    ).order_by(articles.c.id)


def _split(row: Row[Any]) -> tuple[Revision, Verdict | None, Row[Any]]:
    verdict = (
        None if row.v_id is None else Verdict(row.v_ruling, row.v_score, tuple(json.loads(row.v_reasons)), row.v_topic)
    )
    return load_revision(row), verdict, row


def stored_urls(store: Store, urls: Sequence[str]) -> set[str]:
    """Return the URLs of `urls` that belong to stored articles."""
    with store.database.read() as db:
        return {
            url for part in chunks(urls) for url in db.scalars(select(articles.c.url).where(articles.c.url.in_(part)))
        }
