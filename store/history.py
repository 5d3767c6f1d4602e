"""Asking what is known, now or as it was: list, show, log, period, and `verify`, which says what is damaged.

A state is named by a Commit number ("as of N": rows whose commit_no is at most N). Every function reads one snapshot.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from store.errors import StoreError
from store.operational import chunks
from store.records import (
    Article,
    ArticleRow,
    ArticleView,
    Capture,
    Commit,
    Credit,
    Edit,
    Fact,
    OutcomeRow,
    Period,
    Revision,
    Ruling,
    StoryCopy,
    StoryView,
    Verdict,
)
from store.schema import articles, captures, commits, facts, members, outcomes, readings, revisions, stories, verdicts
from store.store import Store
from store.verify import verify

__all__ = ["commit_at", "commits_between", "last_commit", "list_articles", "log", "period", "show", "verify"]

#: outcome codes that say that a site or we failed, shown one by one in a digest
FAILURES = frozenset({
    "error-page", "block-page", "login-page", "unreadable", "undecodable", "not-a-feed", "robots-unavailable",
    "blocked-address", "bad-redirect", "refused", "server-error", "network", "timeout", "too-large",
    "incomplete", "protocol-error", "quarantined", "error",
})  # fmt: skip
#: "as of now": no Commit has a greater number
NOW = 2**62


# --- rows to records -------------------------------------------------------------------------------------------


def read_revision(row: Any) -> Revision:
    content = Article(
        url=row.url, title=row.title, text=row.text, fetched_at=row.fetched_at, published=row.published,
        source=row.source, authors=tuple(Credit(*pair) for pair in json.loads(row.authors)),
        editors=tuple(json.loads(row.editors)), captions=tuple(json.loads(row.captions)),
        original_title=row.original_title, origins=json.loads(row.origins), method=row.method, quality=row.quality)
    return Revision(row.id, row.article, row.number, row.commit_no, row.site, content)


def _verdict(row: Any) -> Verdict:
    return Verdict(row.ruling, row.score, tuple(json.loads(row.reasons)), row.topic)


def _fact(row: Any) -> Fact:
    return Fact(row.kind, row.quote, row.start_at, row.end_at, json.loads(row.fields), row.rule)


def _capture(row: Any) -> Capture:
    return Capture(row.url, row.final_url, row.fetched_at, row.status, row.kind, row.source, row.warc_file,
                   row.byte_offset, row.byte_length, row.payload_digest, row.record_id)


def _commit(row: Any) -> Commit:
    return Commit(row.number, row.made_at, row.program, json.loads(row.rules), json.loads(row.counts), row.digest,
                  row.parent)


# --- the state as of a Commit ----------------------------------------------------------------------------------


def as_of(db: Connection, at: int | None) -> int:
    """The greatest commit_no of a state: `at`, or NOW. Raises StoreError when there is no such Commit yet."""
    if at is None:
        return NOW
    last = db.execute(select(func.coalesce(func.max(commits.c.number), 0))).scalar_one()
    if not 0 <= at <= last:
        raise StoreError(f"asking for the state as of commit {at}: the history has commits 1 to {last}")
    return at


def commit_at(store: Store, moment: datetime) -> int:
    """The newest Commit made at `moment` or before; 0 when there was none: what `at` takes for a date."""
    with store.database.read() as db:
        return int(db.execute(select(func.coalesce(func.max(commits.c.number), 0))
                              .where(commits.c.made_at <= moment)).scalar_one())


def newestread_revision(upto: int) -> ColumnElement[int]:
    """For a select over `articles`: the id of the newest revision as of `upto`."""
    inner = revisions.alias()
    return (select(inner.c.id).where(inner.c.article == articles.c.id, inner.c.commit_no <= upto)
            .order_by(inner.c.number.desc()).limit(1).correlate(articles).scalar_subquery())


def latest_verdict(upto: int) -> ColumnElement[int]:
    """For a select over `revisions`: the id of the verdict that counts as of `upto`."""
    inner = verdicts.alias()
    return (select(func.max(inner.c.id)).where(inner.c.revision == revisions.c.id, inner.c.commit_no <= upto)
            .correlate(revisions).scalar_subquery())


def state(upto: int, *columns: Any) -> Select[Any]:
    """Every article as of `upto`: joined with its newest revision, verdict and membership (those may be null)."""
    return (select(*columns).select_from(articles)
            .join(revisions, revisions.c.id == newestread_revision(upto))
            .outerjoin(verdicts, verdicts.c.id == latest_verdict(upto))
            .outerjoin(members, and_(members.c.article == articles.c.id, members.c.commit_no <= upto))
            .where(articles.c.commit_no <= upto))


ROW = (articles.c.id, articles.c.url, revisions.c.title, articles.c.site, revisions.c.source, revisions.c.published,
        articles.c.first_seen, revisions.c.number, verdicts.c.ruling, verdicts.c.score, members.c.story,
        members.c.relation)


def list_articles(store: Store, *, source: str | None = None, ruling: Ruling | None = None,
                  since: datetime | None = None, limit: int = 100, at: int | None = None) -> list[ArticleRow]:
    """Articles, newest first. `source` is a configured site's name, `since` a moment of first storing, `at` a Commit
    number: the state then (None: now)."""
    with store.database.read() as db:
        chosen = state(as_of(db, at), *ROW).order_by(articles.c.id.desc()).limit(limit)
        return [ArticleRow(*row) for row in db.execute(_narrow(chosen, source, ruling, since))]


def _narrow(chosen: Select[Any], source: str | None, ruling: Ruling | None, since: datetime | None) -> Select[Any]:
    if source is not None:
        chosen = chosen.where(articles.c.site == source)
    if ruling is not None:
        chosen = chosen.where(verdicts.c.ruling == ruling)
    if since is not None:
        chosen = chosen.where(articles.c.first_seen >= since)
    return chosen


def show(store: Store, article_id: int, *, number: int | None = None, at: int | None = None) -> ArticleView:
    """One article with all its revisions; the newest is shown, or revision `number`. `at`: the state as of a Commit.

    Raises StoreError when there is no such article or revision.
    """
    with store.database.read() as db:
        upto = as_of(db, at)
        found = _revisions(db, revisions.c.article == article_id, revisions.c.commit_no <= upto)
        when = "" if at is None else f" as of commit {at}"
        if not found:
            raise StoreError(f"showing article {article_id}: there is none{when}; `suowen list` shows which there are")
        chosen = found[-1] if number is None else next((r for r in found if r.number == number), None)
        if chosen is None:
            raise StoreError(f"showing article {article_id}: it has revisions 1 to {found[-1].number}{when}, "
                             f"not {number}")
        story = db.execute(select(members.c.story).where(
            members.c.article == article_id, members.c.commit_no <= upto)).scalar()
        seen = db.execute(select(captures).where(captures.c.url == chosen.content.url).order_by(captures.c.id))
        return ArticleView(
            chosen, tuple(found), verdicts_of(db, [chosen.id], upto).get(chosen.id),
            facts_of(db, [chosen.id], upto).get(chosen.id, ()),
            None if story is None else story_views(db, [story], upto)[0], tuple(_capture(row) for row in seen))


def _revisions(db: Connection, *where: ColumnElement[bool]) -> list[Revision]:
    rows = db.execute(select(revisions, articles.c.url).join(articles, articles.c.id == revisions.c.article)
                      .where(*where).order_by(revisions.c.article, revisions.c.number))
    return [read_revision(row) for row in rows]


def verdicts_of(db: Connection, ids: Sequence[int], upto: int = NOW) -> dict[int, Verdict]:
    """Revision -> the verdict that counts as of `upto`."""
    found: dict[int, Verdict] = {}
    for part in chunks(ids):
        rows = db.execute(select(verdicts).where(verdicts.c.revision.in_(part), verdicts.c.commit_no <= upto)
                          .order_by(verdicts.c.id))
        found.update((row.revision, _verdict(row)) for row in rows)
    return found


def facts_of(db: Connection, ids: Sequence[int], upto: int = NOW) -> dict[int, tuple[Fact, ...]]:
    """Revision -> the facts of its latest reading as of `upto`."""
    found: dict[int, list[Fact]] = defaultdict(list)
    for part in chunks(ids):
        latest = (select(func.max(readings.c.id).label("id"), readings.c.revision)
                  .where(readings.c.revision.in_(part), readings.c.commit_no <= upto)
                  .group_by(readings.c.revision).subquery())
        rows = db.execute(select(latest.c.revision, facts).join(facts, facts.c.reading == latest.c.id)
                          .order_by(facts.c.reading, facts.c.position))
        for row in rows:
            found[row.revision].append(_fact(row))
    return {revision: tuple(rows) for revision, rows in found.items()}


def story_views(db: Connection, ids: Sequence[int], upto: int = NOW) -> list[StoryView]:
    """Stories as of `upto`, in the order asked, each with its representative's newest revision and its copies."""
    representatives: dict[int, Revision] = {}
    copies: dict[int, list[StoryCopy]] = defaultdict(list)
    for part in chunks(list(dict.fromkeys(ids))):
        rows = db.execute(
            state(upto, revisions, articles.c.url, articles.c.first_seen, members.c.story, members.c.relation,
                   members.c.containment, stories.c.representative)
            .join(stories, stories.c.id == members.c.story).where(members.c.story.in_(part)).order_by(articles.c.id))
        for row in rows:
            if row.article == row.representative:
                representatives[row.story] = read_revision(row)
            else:
                copies[row.story].append(StoryCopy(
                    row.article, row.url, row.title, row.source, row.site, row.relation, row.containment,
                    row.published, row.first_seen))
    shown = [revision.id for revision in representatives.values()]
    ruled, found = verdicts_of(db, shown, upto), facts_of(db, shown, upto)
    unjudged = Verdict("other", 0.0, ("never judged",), "-")
    return [StoryView(number, revision, ruled.get(revision.id, unjudged), found.get(revision.id, ()),
                      tuple(copies[number]))
            for number in ids if (revision := representatives.get(number)) is not None]


# --- the history -----------------------------------------------------------------------------------------------


def log(store: Store, limit: int = 50) -> list[Commit]:
    """Commits, newest first."""
    with store.database.read() as db:
        return [_commit(row) for row in db.execute(select(commits).order_by(commits.c.number.desc()).limit(limit))]


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
    return int(db.execute(select(func.coalesce(func.max(commits.c.number), 0))
                          .where(commits.c.made_at < moment)).scalar_one())


def period(store: Store, after: int, upto: int, *, start: datetime | None = None,
           end: datetime | None = None) -> Period:
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
        failed = db.execute(select(outcomes).where(*window, outcomes.c.outcome.in_(FAILURES))
                            .order_by(outcomes.c.made_at, outcomes.c.url))
        touched = select(members.c.story).where(members.c.commit_no > after, members.c.commit_no <= upto)
        views = story_views(db, [row.story for row in db.execute(touched.distinct().order_by(members.c.story))], upto)
        return Period(
            after, upto, tuple(view for view in views if view.verdict.ruling == "feature"),
            _edits(db, after, upto), {row[0]: row[1] for row in counts}, tuple(OutcomeRow(*row) for row in failed))


def _made_at(db: Connection, number: int) -> datetime | None:
    made: datetime | None = db.execute(select(commits.c.made_at).where(commits.c.number == number)).scalar()
    return made


def _edits(db: Connection, after: int, upto: int) -> tuple[Edit, ...]:
    """Articles known before the stretch's end whose text changed in it: the state before, and the newest."""
    changed = [row.article for row in db.execute(
        select(revisions.c.article).where(revisions.c.commit_no > after, revisions.c.commit_no <= upto,
                                          revisions.c.number > 1).distinct().order_by(revisions.c.article))]
    edits: list[Edit] = []
    for part in chunks(changed):
        by_article: Mapping[int, list[Revision]] = defaultdict(list)
        for revision in _revisions(db, revisions.c.article.in_(part), revisions.c.commit_no <= upto):
            by_article[revision.article].append(revision)
        for history in by_article.values():
            before = [revision for revision in history if revision.commit <= after]
            edits.append(Edit(before[-1] if before else history[0], history[-1]))
    return tuple(edits)


def page_of(db: Connection, upto: int, *, after: int, limit: int, ruling: Ruling | None, since: int,
            copies: bool) -> list[tuple[Revision, Verdict | None, Row[Any]]]:
    """Articles with ids past `after` as of `upto`: newest revision, verdict, and a row of first_seen, story, relation.

    `since`: only those whose revision or verdict is newer than that Commit; without `copies` no reposts.
    """
    ruled = [column.label(f"v_{column.name}") for column in verdicts.c]
    chosen = (state(upto, revisions, articles.c.url, articles.c.first_seen, members.c.story, members.c.relation,
                     *ruled).where(articles.c.id > after).order_by(articles.c.id).limit(limit))
    if ruling is not None:
        chosen = chosen.where(verdicts.c.ruling == ruling)
    if since:
        chosen = chosen.where((revisions.c.commit_no > since) | (verdicts.c.commit_no > since))
    if not copies:
        chosen = chosen.where(func.coalesce(members.c.relation, "original") == "original")
    found = []
    for row in db.execute(chosen):
        verdict = None if row.v_id is None else Verdict(row.v_ruling, row.v_score, tuple(json.loads(row.v_reasons)),
                                                        row.v_topic)
        found.append((read_revision(row), verdict, row))
    return found
