"""The store's tree of errors. Each message says what we were doing, what is wrong, and what would be right.

StoreError                 a person can act on it; nothing of the batch that met it was kept
├── WrongStoreError        the URL or file is not a store, or belongs to a newer program
├── WrongStorageError        the URL cannot be where archive files lie: written wrong, or its driver is not installed
├── StoreBusyError         somebody else held the store too long
├── StoreUnwritableError   read-only, disk full, or the files are damaged
│   └── StoreDamagedError  what the database itself cannot make sense of
├── StoreLostError         the connection to the database server broke
├── ConflictError           what was to be stored contradicts what is stored
└── QueryError             what was asked for cannot be
    └── NotFoundError      what was asked for is not there
"""

from __future__ import annotations

import re

from sqlalchemy import exc


class StoreError(Exception):
    """Root of the store's errors; `exit_code` is what the command line ends with."""

    exit_code = 1


class WrongStoreError(StoreError):
    """The URL or file is not a store, or a newer program wrote it."""

    exit_code = 2


class WrongStorageError(StoreError):
    """The URL cannot be where archive files lie."""

    exit_code = 2


class StoreBusyError(StoreError):
    """Somebody else held the store longer than we wait."""


class StoreUnwritableError(StoreError):
    """The database cannot be written: read-only, disk full, damaged."""


class StoreDamagedError(StoreUnwritableError):
    """The database cannot make sense of what it has."""


class StoreLostError(StoreError):
    """The connection to the database server broke; the open batch is not stored."""


class ConflictError(StoreError):
    """What was to be stored contradicts what is stored, or cannot be kept as text."""


class QueryError(StoreError):
    """What was asked for cannot be, whatever the store holds."""


class NotFoundError(QueryError):
    """There is no such article, revision, station, story or Commit."""


#: what PostgreSQL says to a URL that can never work: it is written wrong, or the user lacks a right
_REFUSED = re.compile(
    "password authentication failed|no password supplied|no pg_hba.conf entry|permission denied|"
    'failed to resolve host|could not translate host name|(database|role) ".*" does not exist'
)


def explain(error: exc.SQLAlchemyError | UnicodeError, where: str) -> StoreError:
    """What a database error means for a person. `where` names the store without its password."""
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    low = said.lower()
    if "database is locked" in low or "lock timeout" in low or "database table is locked" in low:
        return StoreBusyError(f"store {where}: another process holds it; wait for it to finish, or end it ({said})")
    if "read-only transaction" in low or "during recovery" in low:
        return StoreUnwritableError(
            f"store {where}: it cannot be written: the server is a standby or has "
            f"default_transaction_read_only set; name the one that takes writing ({said})"
        )
    if "readonly database" in low or "read-only" in low:
        return StoreUnwritableError(
            f"store {where}: it is read-only; check the owner and mode of file "
            f"and folder, which who only reads must be able to write too ({said})"
        )
    if "disk is full" in low or "no space left" in low or "disk i/o error" in low:
        return StoreUnwritableError(
            f"store {where}: the disk took no more; free space and run again, nothing of this batch was kept ({said})"
        )
    if isinstance(error, UnicodeEncodeError):
        return ConflictError(f"store {where}: {error.object!r} is no text that can be kept or asked for")
    # Text that is no UTF-8 comes out of no sound database: we put none in.
    if isinstance(error, UnicodeDecodeError) or "malformed" in low or "not a database" in low:
        return StoreDamagedError(
            f"store {where}: the database file is damaged; `suowen verify` says where, "
            f"`suowen restore` brings a backup back ({said})"
        )
    if "unable to open" in low:
        return WrongStoreError(
            f"store {where}: the file cannot be opened; check that its folder exists and is ours: "
            f"who only reads must be able to write there too, or lay a copy elsewhere ({said})"
        )
    if _REFUSED.search(low):
        return WrongStoreError(
            f"store {where}: the server does not let us in; check host, database, user and password "
            f"(PGPASSWORD or ~/.pgpass) and what the user may do ({said})"
        )
    if isinstance(error, exc.IntegrityError):
        return ConflictError(f"store {where}: a row contradicts what is stored ({said})")
    if isinstance(error, exc.DBAPIError) and (error.connection_invalidated or "connection" in low):
        return StoreLostError(
            f"store {where}: the database server cannot be reached or hung up; "
            f"nothing of this batch was kept, run again ({said})"
        )
    return StoreError(f"store {where}: {said}")
