"""Articles whose question to the optional model waits: the budget was spent, or the endpoint did not answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from store.operational import put
from store.schema import unasked
from store.store import Store


def enqueue(store: Store, url: str, at: datetime) -> None:
    """The question about the article of this URL waits since `at`; noted again it goes behind the others."""
    with store.database.write() as db:
        put(db, unasked, {"url": url, "noted_at": at})


def remove(store: Store, url: str) -> None:
    """It waits no more."""
    with store.database.write() as db:
        db.execute(unasked.delete().where(unasked.c.url == url))


def pending(store: Store, before: datetime) -> list[str]:
    """URLs noted before a moment, the longest waiting first."""
    with store.database.read() as db:
        return list(
            db.execute(
                select(unasked.c.url).where(unasked.c.noted_at < before).order_by(unasked.c.noted_at, unasked.c.url)
            ).scalars()
        )
