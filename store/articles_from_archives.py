"""Articles from archives: stored long after their page was fetched, and not reported as news."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from store.schema import articles, commits, revisions
from store.sql_parameters import chunks

#: A page stored more than `LATE` after its fetch is assumed to come from an archive. The service stores a page within
#: minutes, and a WARC file added by hand is usually only some days old. Not measured
LATE = timedelta(days=7)


def is_late(fetched: datetime, stored: datetime) -> bool:
    """Return whether a page was stored more than `LATE` after it was fetched."""
    return stored - fetched > LATE


def late_articles(db: Connection, ids: Collection[int]) -> set[int]:
    """Return the articles of `ids` that were stored more than `LATE` after their first text was fetched."""
    found: set[int] = set()
    for part in chunks(sorted(ids)):
        rows = db.execute(
            select(articles.c.id, articles.c.first_seen, revisions.c.fetched_at)
            .join(revisions, revisions.c.article == articles.c.id)
            .where(articles.c.id.in_(part), revisions.c.number == 1)
        )
        found.update(row.id for row in rows if is_late(row.fetched_at, row.first_seen))
    return found


def late_revisions(db: Connection, ids: Collection[int], after: int, upto: int) -> set[int]:
    """Return the articles of `ids` with revisions in the period, all stored more than `LATE` after their fetch.

    The period is the Commits `after` (exclusive) to `upto` (inclusive).
    """
    found: set[int] = set()
    for part in chunks(sorted(ids)):
        rows = db.execute(
            select(revisions.c.article, revisions.c.fetched_at, commits.c.made_at)
            .join(commits, commits.c.number == revisions.c.commit_no)
            .where(revisions.c.article.in_(part), revisions.c.commit_no > after, revisions.c.commit_no <= upto)
        ).all()
        found |= {row.article for row in rows}
        found -= {row.article for row in rows if not is_late(row.fetched_at, row.made_at)}
    return found
