"""Errors of the store. Each message names the action, what is wrong and what would be right.

StoreError                 a person can act on it; nothing of the failed batch was stored
├── WrongStoreError        the URL or file is not a store, cannot be opened, or belongs to a newer program
├── WrongStorageError      the URL cannot hold archive files: misspelt, or its driver is not installed
├── StoreBusyError         another writer held the store too long
├── StoreUnwritableError   read-only, disk full, or the files are damaged
│   └── StoreDamagedError  the database cannot read its own data
├── StoreLostError         the connection to the database server broke
├── ConflictError          the row to be stored contradicts stored rows
│   └── PartitionTakenError  another process stored this partition of a backfill
└── QueryError             the query is not valid
    └── NotFoundError      the queried object does not exist
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import exc


class StoreError(Exception):
    """Base class of the store's errors; `exit_code` is the exit code of the command line."""

    exit_code = 1


class WrongStoreError(StoreError):
    """The URL or file is not a store or cannot be opened, the server refuses access, or a newer program wrote it."""

    exit_code = 2


class WrongStorageError(StoreError):
    """The URL cannot hold archive files."""

    exit_code = 2


class StoreBusyError(StoreError):
    """Another writer blocked the store for longer than the waiting time."""


class StoreUnwritableError(StoreError):
    """The database cannot be written (read-only, disk full), or one of its rows is damaged."""


class StoreDamagedError(StoreUnwritableError):
    """The database cannot read its own data."""


class StoreLostError(StoreError):
    """The connection to the database server broke; the open batch is not stored."""


class ConflictError(StoreError):
    """The row to be stored contradicts stored rows, or contains text that cannot be stored."""


class PartitionTakenError(ConflictError):
    """Another process has stored results of this partition of a backfill."""


class QueryError(StoreError):
    """The query is not valid in any store."""

    exit_code = 2


class NotFoundError(QueryError):
    """The queried object does not exist: an article, a station, a Commit, an access key."""

    exit_code = 1


#: PostgreSQL's messages for a URL that cannot work: user, password or database is wrong, or the user lacks a right
_REFUSED = re.compile(
    "password authentication failed|no password supplied|no pg_hba.conf entry|permission denied|"
    '(database|role) ".*" does not exist'
)


def explain(error: exc.SQLAlchemyError | UnicodeError, where: str) -> StoreError:
    """Return the StoreError for a database error. `where` names the store without its password."""
    from sqlalchemy import exc  # imported here, because `suowen --help` needs only the classes above

    message = " ".join(str(getattr(error, "orig", None) or error).split())
    low = message.lower()
    if "database is locked" in low or "lock timeout" in low or "database table is locked" in low:
        return StoreBusyError(f"store {where}: another process holds it; wait for it to finish, or stop it ({message})")
    if "read-only transaction" in low or "during recovery" in low:
        return StoreUnwritableError(
            f"store {where}: it cannot be written: the server is a standby or has "
            f"default_transaction_read_only set; name the primary server ({message})"
        )
    if "readonly database" in low or "read-only" in low:
        return StoreUnwritableError(
            f"store {where}: it is read-only; check the owner and mode of file "
            f"and folder; reading needs write access too, for the log ({message})"
        )
    if "disk is full" in low or "no space left" in low or "disk i/o error" in low:
        return StoreUnwritableError(
            f"store {where}: the disk is full or failing; free space and run again, "
            f"nothing of this batch was stored ({message})"
        )
    if isinstance(error, UnicodeEncodeError):
        return ConflictError(f"store {where}: {error.object!r} is not text that can be stored or queried")
    # An undamaged database never returns invalid UTF-8, because only valid UTF-8 is written.
    if isinstance(error, UnicodeDecodeError) or "malformed" in low or "not a database" in low:
        return StoreDamagedError(
            f"store {where}: the database file is damaged; `suowen verify` says where, "
            f"`suowen restore` restores a backup ({message})"
        )
    if "unable to open" in low:
        return WrongStoreError(
            f"store {where}: the file cannot be opened; check that its folder exists and is writable: "
            f"reading needs write access too, or a copy of the file elsewhere ({message})"
        )
    if "failed to resolve host" in low or "could not translate host name" in low:
        return WrongStoreError(
            f"store {where}: no host has this name; check the spelling of the store's URL ({message})"
        )
    if _REFUSED.search(low):
        return WrongStoreError(
            f"store {where}: the server refuses the connection; check host, database, user and password "
            f"(PGPASSWORD or ~/.pgpass) and what the user may do ({message})"
        )
    if isinstance(error, exc.IntegrityError):
        return ConflictError(f"store {where}: a row contradicts what is stored ({message})")
    if isinstance(error, exc.DBAPIError) and (error.connection_invalidated or "connection" in low):
        return StoreLostError(
            f"store {where}: the database server cannot be reached or closed the connection; "
            f"nothing of this batch was stored, run again ({message})"
        )
    return StoreError(f"store {where}: {message}")
