"""Find articles whose LSH keys were made by an older method."""

from __future__ import annotations

from sqlalchemy import func, select

from store.schema import fingerprints, revisions
from store.store import Store


def articles_to_rekey(store: Store, method: str, limit: int) -> list[tuple[int, str, str]]:
    """Return (article, title, newest text) of at most `limit` articles whose keys were not made by `method`."""
    newest = select(func.max(revisions.c.number)).where(revisions.c.article == fingerprints.c.article)
    with store.database.read() as db:
        rows = db.execute(
            select(fingerprints.c.article, revisions.c.title, revisions.c.text)
            .join(revisions, revisions.c.article == fingerprints.c.article)
            .where(
                fingerprints.c.method != method, revisions.c.number == newest.correlate(fingerprints).scalar_subquery()
            )
            .order_by(fingerprints.c.article)
            .limit(limit)
        )
        return [(row.article, row.title, row.text) for row in rows]
