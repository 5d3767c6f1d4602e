"""Queue of articles for which the optional LLM must be called later: the budget was spent, or there was no answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from store.operational import put
from store.schema import unasked
from store.store import Store


def enqueue(store: Store, url: str, at: datetime) -> None:
    """Queue the article of this URL with the time `at`. An article that is already queued moves to the end."""
    with store.database.write() as db:
        put(db, unasked, {"url": url, "noted_at": at})


def remove(store: Store, url: str) -> None:
    """Remove an article from the queue."""
    with store.database.write() as db:
        db.execute(unasked.delete().where(unasked.c.url == url))


def pending(store: Store, before: datetime) -> list[str]:
    """Return the URLs queued before a time, longest waiting first."""
    with store.database.read() as db:
        return list(
            db.execute(
                select(unasked.c.url).where(unasked.c.noted_at < before).order_by(unasked.c.noted_at, unasked.c.url)
            ).scalars()
        )
