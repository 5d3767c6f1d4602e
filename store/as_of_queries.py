"""Read states of the store as records. The state as of Commit N consists of all rows with a commit_no of at most N."""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, FromClause, Row, Select, and_, bindparam, exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from store.apply_corrections import apply_corrections, corrections_of
from store.errors import NotFoundError, StoreUnwritableError
from store.records import Article, Capture, Commit, Credit, Fact, Revision, StoryCopy, StoryView, Verdict
from store.schema import articles, commits, facts, members, readings, revisions, spellings, stories, verdicts
from store.sql_parameters import chunks

#: upper bound of Commit numbers that selects the present state
NOW = 2**62
T = TypeVar("T")


# --- rows to records -------------------------------------------------------------------------------------------


def _reports_damage(what: str, column: str) -> Callable[[Callable[[Any], T]], Callable[[Any], T]]:
    """Return a decorator with which a row loader raises a StoreUnwritableError that names the row, if it is damaged."""

    def decorate(load: Callable[[Any], T]) -> Callable[[Any], T]:
        @functools.wraps(load)
        def checked(row: Any) -> T:
            try:
                return load(row)
            except (ValueError, TypeError) as error:
                raise StoreUnwritableError(
                    f"reading {what} {getattr(row, column)}: the row is damaged "
                    f"({error}); `suowen verify` lists all damage"
                ) from error

        return checked

    return decorate


@_reports_damage("revision", "id")
def load_revision(row: Any) -> Revision:
    """Return a revision from its row joined with the article's URL."""
    content = Article(
        url=row.url,
        title=row.title,
        text=row.text,
        fetched_at=row.fetched_at,
        published=row.published,
        source=row.source,
        authors=tuple(Credit(*pair) for pair in json.loads(row.authors)),
        editors=tuple(json.loads(row.editors)),
        captions=tuple(json.loads(row.captions)),
        original_title=row.original_title,
        origins=json.loads(row.origins),
        method=row.method,
        quality=row.quality,
    )
    return Revision(row.id, row.article, row.number, row.commit_no, row.site, content)


@_reports_damage("verdict", "id")
def load_verdict(row: Any) -> Verdict:
    """Return a verdict from its row."""
    return Verdict(row.ruling, row.score, tuple(json.loads(row.reasons)), row.topic)


@_reports_damage("a fact of fact run", "reading")
def load_fact(row: Any) -> Fact:
    """Return a fact from its row, as extracted: without corrections."""
    return Fact(row.kind, row.quote, row.start_at, row.end_at, json.loads(row.fields), row.rule, position=row.position)


def load_capture(row: Any) -> Capture:
    """Return a capture from its row."""
    return Capture(
        row.url,
        row.final_url,
        row.fetched_at,
        row.status,
        row.kind,
        row.source,
        row.warc_file,
        row.byte_offset,
        row.byte_length,
        row.payload_digest,
        row.record_id,
    )


@_reports_damage("commit", "number")
def load_commit(row: Any) -> Commit:
    """Return a Commit from its row."""
    return Commit(
        row.number, row.made_at, row.program, json.loads(row.rules), json.loads(row.counts), row.digest, row.parent
    )


# --- the state as of a Commit ----------------------------------------------------------------------------------
# Some of these functions are cached: SQLAlchemy takes longer to build a statement with subqueries (some 1 ms) than
# SQLite to execute it.


def resolve_commit(db: Connection, at: int | None) -> int:
    """Return `at`, or NOW if `at` is None. Commit number 0 stands for the empty state.

    Raises NotFoundError if `at` is negative or greater than the number of the last Commit.
    """
    if at is None:
        return NOW
    last = db.execute(select(func.coalesce(func.max(commits.c.number), 0))).scalar_one()
    if not 0 <= at <= last:
        raise NotFoundError(f"reading the state as of commit {at}: the history has commits 1 to {last}")
    return at


def last_article(db: Connection, upto: int) -> int:
    """Return the greatest article number as of `upto`; 0 without articles. Later Commits add greater numbers."""
    if upto == NOW:
        return db.execute(select(func.max(articles.c.id))).scalar() or 0
    newest = select(func.max(articles.c.commit_no)).where(articles.c.commit_no <= upto).scalar_subquery()
    # "+ 0" makes PostgreSQL read only the articles of Commit `newest`. Without "+ 0", PostgreSQL would scan the primary
    # key backwards from the last article.
    return db.execute(select(func.max(articles.c.id + 0)).where(articles.c.commit_no == newest)).scalar() or 0


@functools.lru_cache(maxsize=32)
def newest_revision(upto: int) -> ColumnElement[int]:
    """Return a subquery for selects over `articles`: the id of the newest revision as of `upto`."""
    inner = revisions.alias()
    return (
        select(inner.c.id)
        .where(inner.c.article == articles.c.id, inner.c.commit_no <= upto)
        .order_by(inner.c.number.desc())
        .limit(1)
        .correlate(articles)
        .scalar_subquery()
    )


@functools.lru_cache(maxsize=32)
def latest_verdict(upto: int) -> ColumnElement[int]:
    """Return a subquery for selects over `revisions`: the id of the latest verdict as of `upto`."""
    inner = verdicts.alias()
    return (
        select(func.max(inner.c.id))
        .where(inner.c.revision == revisions.c.id, inner.c.commit_no <= upto)
        .correlate(revisions)
        .scalar_subquery()
    )


@functools.lru_cache(maxsize=32)
def current_member(upto: int, rows: FromClause = members) -> ColumnElement[bool]:
    """Return a condition for selects over `members`: the row is the latest of its article as of `upto`.

    `rows`: `members` or an alias of it. The condition is an anti-join, so that the database can still find the rows of
    a story by the index on `members.story`.
    """
    later = members.alias()
    return and_(
        rows.c.commit_no <= upto,
        ~exists()
        .where(later.c.article == rows.c.article, later.c.id > rows.c.id, later.c.commit_no <= upto)
        .correlate(rows),
    )


def select_state(upto: int, *columns: Any) -> Select[Any]:
    """Select every article as of `upto`, with its newest revision, verdict and membership.

    Verdict and membership may be null. Spellings are left out: articles that have the page of an older article under
    another URL (store/same_page_urls.py).
    """
    return (
        select(*columns)
        .select_from(articles)
        .join(revisions, revisions.c.id == newest_revision(upto))
        .outerjoin(verdicts, verdicts.c.id == latest_verdict(upto))
        .outerjoin(members, and_(members.c.article == articles.c.id, current_member(upto)))
        .where(articles.c.commit_no <= upto, ~_hidden(upto))
    )


def _hidden(upto: int) -> ColumnElement[bool]:
    """Return a condition for selects over `articles`: the article is a spelling of another article as of `upto`."""
    return exists().where(spellings.c.article == articles.c.id, spellings.c.commit_no <= upto).correlate(articles)


ROW = (
    articles.c.id,
    articles.c.url,
    revisions.c.title,
    articles.c.site,
    revisions.c.source,
    revisions.c.published,
    articles.c.first_seen,
    revisions.c.number,
    verdicts.c.ruling,
    verdicts.c.score,
    members.c.story,
    members.c.relation,
)


def revisions_where(db: Connection, *where: ColumnElement[bool]) -> list[Revision]:
    """Return the revisions that meet the conditions, sorted by article and number."""
    rows = db.execute(
        select(revisions, articles.c.url)
        .join(articles, articles.c.id == revisions.c.article)
        .where(*where)
        .order_by(revisions.c.article, revisions.c.number)
    )
    return [load_revision(row) for row in rows]


def verdicts_of(db: Connection, ids: Sequence[int], upto: int = NOW) -> dict[int, Verdict]:
    """Return the latest verdict of each revision as of `upto`, by revision id; revisions without one are left out."""
    found: dict[int, Verdict] = {}
    for part in chunks(ids):
        rows = db.execute(
            select(verdicts).where(verdicts.c.revision.in_(part), verdicts.c.commit_no <= upto).order_by(verdicts.c.id)
        )
        found.update((row.revision, load_verdict(row)) for row in rows)
    return found


def facts_of(db: Connection, ids: Sequence[int], upto: int = NOW) -> dict[int, tuple[Fact, ...]]:
    """Return the effective facts of each revision as of `upto`, by revision id: the latest fact run with corrections.

    Revisions without extracted facts are left out.
    """
    return {revision: kept for revision, (kept, _) in corrected_facts_of(db, ids, upto).items()}


def corrected_facts_of(
    db: Connection, ids: Sequence[int], upto: int = NOW
) -> dict[int, tuple[tuple[Fact, ...], tuple[Fact, ...]]]:
    """Return (effective facts, facts that a person rejected) of each revision as of `upto`, by revision id.

    Revisions without extracted facts are left out.
    """
    extracted = extracted_facts_of(db, ids, upto)
    owner: dict[int, int] = {}
    for part in chunks(list(extracted)):
        rows = db.execute(select(revisions.c.id, revisions.c.article).where(revisions.c.id.in_(part)))
        owner.update((row.id, row.article) for row in rows)
    corrections = corrections_of(db, list(owner.values()), upto)
    return {
        revision: apply_corrections(found, corrections.get(owner[revision], ()))
        for revision, found in extracted.items()
    }


@functools.cache
def _facts_of_latest_runs() -> Select[Any]:
    """Return the statement for the facts of each revision's latest fact run. Parameters: `revisions` (ids), `upto`."""
    latest = (
        select(func.max(readings.c.id).label("id"), readings.c.revision)
        .where(
            readings.c.revision.in_(bindparam("revisions", expanding=True)), readings.c.commit_no <= bindparam("upto")
        )
        .group_by(readings.c.revision)
        .subquery()
    )
    return (
        select(latest.c.revision, facts)
        .join(facts, facts.c.reading == latest.c.id)
        .order_by(facts.c.reading, facts.c.position)
    )


def extracted_facts_of(db: Connection, ids: Sequence[int], upto: int = NOW) -> dict[int, tuple[Fact, ...]]:
    """Return the facts of each revision's latest fact run as of `upto`, without corrections, by revision id.

    Revisions without extracted facts are left out.
    """
    found: dict[int, list[Fact]] = defaultdict(list)
    for part in chunks(ids):
        for row in db.execute(_facts_of_latest_runs(), {"revisions": part, "upto": upto}):
            found[row.revision].append(load_fact(row))
    return {revision: tuple(rows) for revision, rows in found.items()}


@functools.lru_cache(maxsize=8)
def _articles_of_stories(upto: int) -> Select[Any]:
    """Return the statement for the articles of some stories as of `upto`. Parameter: `stories` (ids)."""
    return (
        select_state(
            upto,
            revisions,
            articles.c.url,
            articles.c.first_seen,
            members.c.story,
            members.c.relation,
            members.c.containment,
            stories.c.representative,
        )
        .join(stories, stories.c.id == members.c.story)
        .where(members.c.story.in_(bindparam("stories", expanding=True)))
        .order_by(articles.c.id)
    )


def story_views(db: Connection, ids: Sequence[int], upto: int = NOW) -> list[StoryView]:
    """Return the stories as of `upto`, in the order of `ids`. Stories that do not exist are left out.

    Each view has the newest revision of the article that represents the story, and the other articles as copies.
    """
    copies: dict[int, list[Row[Any]]] = defaultdict(list)
    for part in chunks(list(dict.fromkeys(ids))):
        for row in db.execute(_articles_of_stories(upto), {"stories": part}):
            copies[row.story].append(row)
    ruled = verdicts_of(db, [row.id for rows in copies.values() for row in rows], upto)
    chosen: dict[int, Row[Any]] = {}
    for number, story_rows in copies.items():
        features = {row.article for row in story_rows if row.id in ruled and ruled[row.id].ruling == "feature"}
        article = representative(story_rows[0].representative, features)
        chosen.update((number, row) for row in story_rows if row.article == article)
    found = facts_of(db, [row.id for row in chosen.values()], upto)
    no_verdict = Verdict("other", 0.0, ("never classified",), "-")
    return [
        StoryView(
            number,
            load_revision(shown),
            ruled.get(shown.id, no_verdict),
            found.get(shown.id, ()),
            tuple(_copy(row) for row in copies[number] if row is not shown),
        )
        for number in ids
        if (shown := chosen.get(number)) is not None
    ]


def representative(first: int, features: Collection[int]) -> int:
    """Return the article that represents a story. `first`: the article that started it; `features`: its features.

    The representative is `first` if it is in `features` or `features` is empty, otherwise the feature with the smallest
    number. Therefore a newly stored article never replaces a representative that is a feature.
    """
    return first if first in features or not features else min(features)


def representatives(db: Connection, ids: Sequence[int], upto: int = NOW) -> dict[int, int]:
    """Return the article that represents each story as of `upto`, by story id."""
    first: dict[int, int] = {}
    features: dict[int, set[int]] = defaultdict(set)
    for part in chunks(sorted(set(ids))):
        rows = db.execute(
            select_state(upto, members.c.story, members.c.article, stories.c.representative, verdicts.c.ruling)
            .join(stories, stories.c.id == members.c.story)
            .where(members.c.story.in_(part))
        )
        for row in rows:
            first[row.story] = row.representative
            if row.ruling == "feature":
                features[row.story].add(row.article)
    return {story: representative(article, features[story]) for story, article in first.items()}


def _copy(row: Row[Any]) -> StoryCopy:
    return StoryCopy(
        row.article,
        row.url,
        row.title,
        row.source,
        row.site,
        row.relation,
        row.containment,
        row.published,
        row.first_seen,
    )
