"""Read any number of ids page by page, with one page in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select

from store.sql_parameters import chunks
from store.store import Store

#: ids in memory at a time, about two megabytes. Each further page scans the index again: 1.5 s for a range of Commits
#: that touched 200,000 articles
HELD = 50_000


def paged(store: Store, query: Select[Any]) -> Iterator[Sequence[int]]:
    """Yield the ids of a one-column select, ascending and distinct, in chunks small enough for one IN (...)."""
    (column,) = query.selected_columns
    last = 0
    while True:
        with store.database.read() as db:
            numbers = db.execute(query.where(column > last).distinct().order_by(column).limit(HELD)).scalars().all()
        yield from chunks(numbers)
        if len(numbers) < HELD:
            return
        last = numbers[-1]
