"""`Store`: an opened database, with methods for operational rows and `batch` for writing versioned rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType

from sqlalchemy.engine import URL

from store.batch import Batch
from store.database import WAIT, Database
from store.masking import NO_RULES, Rules
from store.operational import Operational
from store.search_index import ensure_index


class Store(Operational):
    """An opened store. Threads may share it: reads run in parallel, writes one at a time."""

    @contextlib.contextmanager
    def batch(self, *, at: datetime, program: str, rules: Mapping[str, str]) -> Iterator[Batch]:
        """Open one transaction and, if it adds versioned rows, one Commit. An exception rolls everything back.

        Raises StoreBusyError if another writer blocks the store for too long, and other StoreErrors (`store.errors`).
        """
        with self.database.write() as connection:
            batch = Batch(connection, at, program, rules)
            yield batch
            batch.finish()

    def close(self) -> None:
        """Close all connections. Using a closed store opens them again."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str | URL, *, wait: float = WAIT, create: bool = True, masking: Rules = NO_RULES) -> Store:
    """Open the store at `url` and migrate an empty or older database to this program's schema.

    `url` is a SQLAlchemy URL: sqlite:///data/suowen.db or postgresql+psycopg://user@host/name. `wait`: seconds to wait
    for another writer. `masking`: language rules for masking names (`store.masked_views`). `create`: whether to create
    a missing store; queries pass False, so that they do not create one in the wrong folder. Raises WrongStoreError,
    StoreBusyError, StoreUnwritableError or StoreLostError.
    """
    database = Database(url, wait=wait, create=create)
    try:
        database.migrate(then=ensure_index)
    except BaseException:
        database.close()
        raise
    return Store(database, masking)
