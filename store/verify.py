"""Find all damage: in the database file, references, triggers, Commit chain, rows, quotes and raw archive."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, Table, exc, exists, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from store.append_only import unprotected
from store.archive_storage import LocalStorage, Storage, UnreachableError, storage_at
from store.as_of_queries import NOW
from store.errors import StoreBusyError, StoreError, StoreLostError
from store.hashing import FORMAT, commit_hash, commit_header, content_hash, row_hash
from store.progress_callback import Progress, ignore_progress
from store.schema import APPEND_ONLY, VERSIONED, archive_files, captures, commits, facts, metadata, readings, revisions
from store.store import Store

#: maximum number of rows of one table in memory at a time
_CHUNK = 500
#: maximum number of rows reported for each foreign key
_SHOWN = 20
#: errors that a damaged row causes: the database's own, invalid UTF-8, an invalid time, a value of another type
_UNREADABLE = (exc.DBAPIError, StoreError, ValueError, TypeError)


def verify(store: Store, archive_folder: Path | None = None, progress: Progress = ignore_progress) -> list[str]:
    """Return all damage found, one sentence each; [] if there is none.

    With `archive_folder` the raw archive is checked too.
    """
    checks: list[Callable[[Connection], Iterator[str]]] = [
        _file,
        _references,
        _guards,
        lambda db: _tables(db, progress),
    ]
    if archive_folder is not None:
        checks.append(lambda db: _archive(db, archive_folder, progress))
    return [problem for check in checks for problem in _findings(store, check)]


def _findings(store: Store, check: Callable[[Connection], Iterator[str]]) -> Iterator[str]:
    """Yield the findings of a check. A database error that is damage ends only this check and becomes a finding."""
    try:
        with store.database.read() as db:
            yield from check(db)
    except (StoreBusyError, StoreLostError):  # these two are not damage
        raise
    except StoreError as error:
        yield f"the database cannot be read to its end: {error}"


class _DamagedError(ValueError):
    """The database cannot return this row."""


@contextlib.contextmanager
def _guarded(db: Connection) -> Iterator[None]:
    """Run queries in a savepoint and raise errors of damaged rows as _DamagedError.

    Without a savepoint PostgreSQL would refuse all later queries of the transaction. A lost connection is not damage
    and is raised unchanged.
    """
    try:
        with db.begin_nested():
            yield
    except _UNREADABLE as error:
        if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
            raise
        raise _DamagedError(str(error)) from error


def _file(db: Connection) -> Iterator[str]:
    """Yield the problems that SQLite's own checks find in its file."""
    if db.dialect.name == "sqlite":
        for row in db.execute(text("PRAGMA integrity_check(20)")):
            if row[0] != "ok":
                yield f"database file: {row[0]}"


def _references(db: Connection) -> Iterator[str]:
    """Yield a finding for each foreign key whose target row is missing, at most `_SHOWN` for each key column.

    Neither database checks the references of rows that are stored already, so this function queries the rows.
    """
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            dangling = (
                select(*table.primary_key.columns)
                .where(key.parent.is_not(None), ~exists().where(key.column == key.parent).correlate(table))
                .limit(_SHOWN)
            )
            for row in db.execute(dangling):
                name = f"{table.name} row {', '.join(map(str, row))}"
                yield f"{name}: it refers to a row of {key.column.table.name} that does not exist"


def _guards(db: Connection) -> Iterator[str]:
    """Yield a finding for each table whose append-only triggers are missing or disabled."""
    for name in unprotected(db, (table.name for table in APPEND_ONLY)):
        yield (
            f"{name}: its triggers against UPDATE and DELETE are missing or disabled; rows may have been changed, "
            "compare the last digest of `suowen log` with a copy outside the database"
        )


def _count(db: Connection, table: Table) -> int:
    """Return the number of rows; 0 (unknown) if the database cannot count them."""
    try:
        with _guarded(db):
            return int(db.execute(select(func.count()).select_from(table)).scalar_one())
    except _DamagedError:
        return 0


def _rows(db: Connection, table: Table) -> Iterator[tuple[int, Any]]:
    """Yield (id, row) in order of id, with a few rows in memory. The row is None if the database cannot return it."""
    last, key = -1, table.c.number if table is commits else table.c.id
    while True:
        chosen = select(table).where(key > last).order_by(key).limit(_CHUNK)
        try:
            with _guarded(db):
                rows = [(row[key.name], row) for row in db.execute(chosen).mappings()]
        except _DamagedError:
            rows = list(_single_rows(db, table, key, last))
        if not rows:
            return
        yield from rows
        last = rows[-1][0]


def _single_rows(db: Connection, table: Table, key: ColumnElement[int], last: int) -> Iterator[tuple[int, Any]]:
    """Yield the next rows read one by one, for a chunk in which a row is damaged."""
    for number in db.execute(select(key).where(key > last).order_by(key).limit(_CHUNK)).scalars().all():
        try:
            with _guarded(db):
                row = db.execute(select(table).where(key == number)).mappings().one()
        except _DamagedError:
            row = None
        yield number, row


def _is_complete(table: Table, row: Any) -> bool:
    """Return whether the row could be read and each required column has a value of its type."""
    return row is not None and all(
        column.nullable if row[column.name] is None else isinstance(row[column.name], kind)
        for column in table.columns
        for kind in (
            int if isinstance(column.type, Integer) else bytes if isinstance(column.type, LargeBinary) else object,
        )
    )


class _Stream:
    """Reader of one table's rows in order of id. It checks each row and returns the rows' hashes Commit by Commit.

    Rows of later Commits have greater ids, so all tables can be read in parallel with the rows of one Commit in memory.
    """

    def __init__(self, db: Connection, table: Table, passed: Callable[[int], None] | None) -> None:
        """Read the first row. `passed` is called with the id of each row after it was read."""
        self._db, self._table, self._rows, self._passed = db, table, _rows(db, table), passed
        self._expected = 1
        self._next: Any = None
        #: findings that were not yielded yet
        self.problems: list[str] = []
        self._advance()

    def take(self, upto: int) -> list[tuple[int, bytes]]:
        """Return (Commit, hash) of the next rows, up to Commit `upto`; for captures (id, hash), up to id `upto`."""
        column = "id" if self._table is captures else "commit_no"
        found = []
        while self._next is not None and self._next[column] <= upto:
            found.append((int(self._next[column]), bytes(self._next["digest"])))
            self._advance()
        return found

    def _advance(self) -> None:
        name = self._table.name
        for number, row in self._rows:
            if number != self._expected:
                self.problems.append(f"{name}: rows {self._expected} to {number - 1} are missing")
            self._expected = number + 1
            if self._passed:
                self._passed(number)
            if not _is_complete(self._table, row):
                self.problems.append(f"{name} row {number}: it cannot be read back")
                continue
            try:
                self.problems.extend(_check_row(self._db, self._table, row))
            except (ValueError, TypeError) as error:
                self.problems.append(f"{name} row {number}: its rows of another table cannot be read ({error})")
            self._next = row
            return
        self._next = None


def _tables(db: Connection, progress: Progress) -> Iterator[str]:
    """Yield findings: missing, unreadable or changed rows, and Commits that do not match their rows or parent."""
    total = _count(db, revisions)

    def checked(number: int) -> None:
        progress("revisions checked", number, total)

    streams = {
        table.name: _Stream(db, table, checked if table is revisions else None) for table in (captures, *VERSIONED)
    }
    orphaned: set[int] = set()
    parent, expected = "", 1
    for number, row in _rows(db, commits):
        if not _is_complete(commits, row):
            yield f"commit {number}: it cannot be read back"
            continue
        if number != expected:
            yield f"commits {expected} to {number - 1} are missing"
        if row["parent"] != parent:
            yield f"commit {number}: its parent's digest is not that of commit {number - 1}"
        rows: dict[str, list[bytes]] = {}
        for name, stream in streams.items():
            taken = stream.take(row["captures_upto"] if name == "captures" else number)
            rows[name] = [digest for commit, digest in taken if name == "captures" or commit == number]
            orphaned.update(commit for commit, _ in taken if name != "captures" and commit != number)
            yield from _drain(stream)
        header = commit_header(
            number, row["made_at"], row["program"], row["rules"], row["counts"], row["captures_upto"], row["parent"]
        )
        if commit_hash(header, rows) != row["digest"]:
            yield f"commit {number}: its digest does not match its header and rows; one was changed, added or removed"
        if row["format"] != FORMAT:
            yield f"commit {number}: its digests are of a format {row['format']}, which this program does not know"
        parent, expected = row["digest"], number + 1
    for name, stream in streams.items():
        left = stream.take(NOW)  # captures that no Commit covers yet, and rows of missing Commits
        orphaned.update(commit for commit, _ in left if name != "captures")
        yield from _drain(stream)
    for number in sorted(orphaned):
        yield f"commit {number}: it is missing, but rows belong to it"


def _drain(stream: _Stream) -> Iterator[str]:
    yield from stream.problems
    stream.problems.clear()


def _check_row(db: Connection, table: Table, row: Any) -> Iterator[str]:
    parts: list[Any] = []
    if table is readings:
        with _guarded(db):
            found = db.execute(select(facts).where(facts.c.reading == row["id"]).order_by(facts.c.position)).mappings()
            parts = [{k: v for k, v in part.items() if k != "reading"} for part in found]
            body = db.execute(select(revisions.c.text).where(revisions.c.id == row["revision"])).scalar()
        yield from _check_quotes(row["revision"], body, parts)
    if row_hash(table.name, row, parts) != bytes(row["digest"]):
        yield f"{table.name} row {row['id']}: it was changed after it was written{_label(row)}"
    if table is revisions and content_hash(row["title"], row["text"]) != bytes(row["content"]):
        yield f"revisions row {row['id']}: title or text is not what was stored"


def _label(row: Any) -> str:
    for key in ("url", "title", "revision", "article"):
        if row.get(key) is not None:
            return f" ({key} {row[key]})"
    return ""


def _check_quotes(revision: int, body: str | None, parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if body is None or body[part["start_at"] : part["end_at"]] != part["quote"]:
            yield (
                f"facts of revision {revision}: fact {part['position']} ({part['kind']}) quotes "
                f"{part['quote']!r}, which the text does not have at {part['start_at']}:{part['end_at']}"
            )


def verify_archive(store: Store, folder: Path, progress: Progress = ignore_progress) -> list[str]:
    """Return all damage of the raw archive, one sentence each."""
    with store.database.read() as db:
        return list(_archive(db, folder, progress))


def _archive(db: Connection, folder: Path, progress: Progress) -> Iterator[str]:
    """Yield damage of archive files and records, also of files that were moved to other storage.

    Each record is compared with its payload digest, and the size of each file with the size recorded in the store.
    """
    known = {row.name: row for row in db.execute(select(archive_files))}
    ends: dict[str, int] = {
        row.warc_file: row.end
        for row in db.execute(
            select(
                captures.c.warc_file, func.max(captures.c.byte_offset + captures.c.byte_length).label("end")
            ).group_by(captures.c.warc_file)
        )
    }
    found: dict[str, Storage] = {}
    open_storage = functools.cache(storage_at)  # cached, so that an unreachable storage is waited for only once
    for name in sorted(known.keys() | ends.keys()):
        row = known.get(name)
        needed = max(row.committed if row else 0, ends.get(name, 0))
        try:
            place = open_storage(row.place) if row and row.place else LocalStorage(folder)
            size = place.size(name)
        except Exception as error:  # a disk, server or driver may raise any error
            yield f"archive file {name}: {row.place if row else folder} cannot be reached ({error})"
            continue
        where = f" (moved to {place.where})" if row and row.place else ""
        if size is None:
            yield f"archive file {name}: it is missing{where}"
            continue
        found[name] = place
        if size < needed:
            yield f"archive file {name}: it has {size} bytes, the store knows of {needed}{where}"
    total = _count(db, captures)
    for number, row in _rows(db, captures):
        progress("archive records checked", number, total)
        if row is None or row["warc_file"] not in found:
            continue
        try:
            yield from _record(found[row["warc_file"]], row)
        except UnreachableError as error:  # this is not damage of the records
            place = found.pop(row["warc_file"])
            yield (
                f"archive file {row['warc_file']}: {place.where} cannot be reached ({error}); from capture "
                f"{row['id']} on its records were not checked"
            )


def _record(place: Storage, row: Any) -> Iterator[str]:
    """Read one WARC record and yield its damage: unreadable, another record, or another payload than was fetched.

    Raises UnreachableError if the storage does not answer.
    """
    from store.warc_record import payload  # imported here because only this check needs warcio

    where = f"capture {row['id']} ({row['url']}) in {row['warc_file']} at {row['byte_offset']}"
    try:
        member = place.read(row["warc_file"], row["byte_offset"], row["byte_length"])
        record_id, body = payload(member)
    except UnreachableError:
        raise
    except Exception as error:  # the parser may raise any error for a damaged record
        yield f"{where}: the record cannot be read ({error})"
        return
    if record_id.strip("<>") != row["record_id"].strip("<>"):  # WARC files have the id in angle brackets
        yield f"{where}: another record is there ({record_id}, not {row['record_id']})"
    algorithm, _, wanted = row["payload_digest"].partition(":")
    if algorithm == "sha256" and hashlib.sha256(body).hexdigest() != wanted:
        yield f"{where}: its payload is not what was fetched"
