"""Saying exactly what is damaged: chain, rows, quotes, the raw archive."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, Table, exc, exists, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from store.errors import StoreBusyError, StoreError, StoreLostError
from store.hashing import FORMAT, commit_hash, commit_header, content_hash, row_hash
from store.progress import Progress, ignore_progress
from store.schema import APPEND_ONLY, VERSIONED, archive_files, captures, commits, facts, metadata, readings, revisions
from store.snapshot import NOW
from store.store import Store
from store.triggers import unprotected
from store.warc_storage import LocalStorage, Storage, UnreachableError, storage_at

#: rows held in memory at a time
_CHUNK = 500
#: rows named of each kind of broken reference
_SHOWN = 20
#: what a row says that is no longer what was written: the database's own error, text that is no UTF-8, a moment that is
#: none, a value of another type
_UNREADABLE = (exc.DBAPIError, StoreError, ValueError, TypeError)


def verify(store: Store, archive_folder: Path | None = None, progress: Progress = ignore_progress) -> list[str]:
    """Every damage found, a sentence each; empty when all is well. With `archive_folder` the raw archive too."""
    checks: list[Callable[[Connection], Iterator[str]]] = [
        _file,
        _references,
        _guards,
        lambda db: _tables(db, progress),
    ]
    if archive_folder is not None:
        checks.append(lambda db: _archive(db, archive_folder, progress))
    return [problem for check in checks for problem in _told_of(store, check)]


def _told_of(store: Store, check: Callable[[Connection], Iterator[str]]) -> Iterator[str]:
    """What a check finds, and where the database broke it off: the checks after it still look at theirs."""
    try:
        with store.database.read() as db:
            yield from check(db)
    except (StoreBusyError, StoreLostError):  # nothing is said of what is kept
        raise
    except StoreError as error:
        yield f"the database cannot be read to its end: {error}"


class _DamagedError(ValueError):
    """The database cannot give this back."""


@contextlib.contextmanager
def _apart(db: Connection) -> Iterator[None]:
    """Questions after whose failure others may still be asked: PostgreSQL answers nothing more in a transaction after
    an error. A connection that is gone is no damage, and stays the error that it is."""
    try:
        with db.begin_nested():
            yield
    except _UNREADABLE as error:
        if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
            raise
        raise _DamagedError(str(error)) from error


def _file(db: Connection) -> Iterator[str]:
    """What SQLite itself finds wrong with its file."""
    if db.dialect.name == "sqlite":
        for row in db.execute(text("PRAGMA integrity_check(20)")):
            if row[0] != "ok":
                yield f"database file: {row[0]}"


def _references(db: Connection) -> Iterator[str]:
    """Foreign keys that lead nowhere, asked for by ourselves: neither database looks again at what it has."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            gone = (
                select(*table.primary_key.columns)
                .where(key.parent.is_not(None), ~exists().where(key.column == key.parent).correlate(table))
                .limit(_SHOWN)
            )
            for row in db.execute(gone):
                name = f"{table.name} row {', '.join(map(str, row))}"
                yield f"{name}: it refers to a row of {key.column.table.name} that is not there"


def _guards(db: Connection) -> Iterator[str]:
    """Tables that no longer refuse to be changed."""
    for name in unprotected(db, (table.name for table in APPEND_ONLY)):
        yield (
            f"{name}: its triggers against UPDATE and DELETE are gone or disabled; rows may have been changed, "
            "compare the last digest of `suowen log` with one kept elsewhere"
        )


def _count(db: Connection, table: Table) -> int:
    """Rows there are; 0, which is nobody knows, where the database cannot count them."""
    try:
        with _apart(db):
            return int(db.execute(select(func.count()).select_from(table)).scalar_one())
    except _DamagedError:
        return 0


def _rows(db: Connection, table: Table) -> Iterator[tuple[int, Any]]:
    """(id, row) in order of id, a few at a time; the row is None where the database cannot give it back."""
    last, key = -1, table.c.number if table is commits else table.c.id
    while True:
        chosen = select(table).where(key > last).order_by(key).limit(_CHUNK)
        try:
            with _apart(db):
                rows = [(row[key.name], row) for row in db.execute(chosen).mappings()]
        except _DamagedError:
            rows = list(_one_by_one(db, table, key, last))
        if not rows:
            return
        yield from rows
        last = rows[-1][0]


def _one_by_one(db: Connection, table: Table, key: ColumnElement[int], last: int) -> Iterator[tuple[int, Any]]:
    """The same rows asked for singly, because one of them is damaged."""
    for number in db.execute(select(key).where(key > last).order_by(key).limit(_CHUNK)).scalars().all():
        try:
            with _apart(db):
                row = db.execute(select(table).where(key == number)).mappings().one()
        except _DamagedError:
            row = None
        yield number, row


def _whole(table: Table, row: Any) -> bool:
    """Whether the row came back, and has what no row of ours lacks: a number that is none would stop the walk."""
    return row is not None and all(
        column.nullable if row[column.name] is None else isinstance(row[column.name], kind)
        for column in table.columns
        for kind in (
            int if isinstance(column.type, Integer) else bytes if isinstance(column.type, LargeBinary) else object,
        )
    )


class _Stream:
    """One table's rows in order of id, each checked as it passes, handed out Commit by Commit: ids grow with Commits,
    so all tables can be walked side by side and no more than a batch is in memory."""

    def __init__(self, db: Connection, table: Table, passed: Callable[[int], None] | None) -> None:
        """`passed` is told the number of each row that was looked at."""
        self._db, self._table, self._rows, self._passed = db, table, _rows(db, table), passed
        self._expected = 1
        self._next: Any = None
        #: what was found wrong and not told yet
        self.problems: list[str] = []
        self._advance()

    def take(self, upto: int) -> list[tuple[int, bytes]]:
        """(Commit, digest) of the rows of Commits up to `upto`; of captures, whose ids are up to it."""
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
            if not _whole(self._table, row):
                self.problems.append(f"{name} row {number}: it cannot be read back")
                continue
            try:
                self.problems.extend(_row(self._db, self._table, row))
            except (ValueError, TypeError) as error:
                self.problems.append(f"{name} row {number}: what belongs to it cannot be read ({error})")
            self._next = row
            return
        self._next = None


def _tables(db: Connection, progress: Progress) -> Iterator[str]:
    """Every row against its digest, every Commit against its rows and its parent."""
    total = _count(db, revisions)

    def checked(number: int) -> None:
        progress("revisions checked", number, total)

    streams = {
        table.name: _Stream(db, table, checked if table is revisions else None) for table in (captures, *VERSIONED)
    }
    orphaned: set[int] = set()
    parent, expected = "", 1
    for number, row in _rows(db, commits):
        if not _whole(commits, row):
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
            yield from _told(stream)
        header = commit_header(
            number, row["made_at"], row["program"], row["rules"], row["counts"], row["captures_upto"], row["parent"]
        )
        if commit_hash(header, rows) != row["digest"]:
            yield f"commit {number}: its digest does not fit its header and rows; one was changed, added or taken out"
        if row["format"] != FORMAT:
            yield f"commit {number}: its digests are of a format {row['format']}, which this program does not know"
        parent, expected = row["digest"], number + 1
    for name, stream in streams.items():
        left = stream.take(NOW)  # captures that no Commit has sealed yet, and rows of Commits that are gone
        orphaned.update(commit for commit, _ in left if name != "captures")
        yield from _told(stream)
    for number in sorted(orphaned):
        yield f"commit {number}: it is missing, rows belong to it"


def _told(stream: _Stream) -> Iterator[str]:
    yield from stream.problems
    stream.problems.clear()


def _row(db: Connection, table: Table, row: Any) -> Iterator[str]:
    parts: list[Any] = []
    if table is readings:
        with _apart(db):
            found = db.execute(select(facts).where(facts.c.reading == row["id"]).order_by(facts.c.position)).mappings()
            parts = [{k: v for k, v in part.items() if k != "reading"} for part in found]
            body = db.execute(select(revisions.c.text).where(revisions.c.id == row["revision"])).scalar()
        yield from _quotes(row["revision"], body, parts)
    if row_hash(table.name, row, parts) != bytes(row["digest"]):
        yield f"{table.name} row {row['id']}: it was changed after it was written{_named(row)}"
    if table is revisions and content_hash(row["title"], row["text"]) != bytes(row["content"]):
        yield f"revisions row {row['id']}: title or text is not what was stored"


def _named(row: Any) -> str:
    for key in ("url", "title", "revision", "article"):
        if row.get(key) is not None:
            return f" ({key} {row[key]})"
    return ""


def _quotes(revision: int, body: str | None, parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if body is None or body[part["start_at"] : part["end_at"]] != part["quote"]:
            yield (
                f"facts of revision {revision}: fact {part['position']} ({part['kind']}) quotes "
                f"{part['quote']!r}, which the text does not have at {part['start_at']}:{part['end_at']}"
            )


def verify_archive(store: Store, folder: Path, progress: Progress = ignore_progress) -> list[str]:
    """What is wrong with the raw archive alone, a sentence each."""
    with store.database.read() as db:
        return list(_archive(db, folder, progress))


def _archive(db: Connection, folder: Path, progress: Progress) -> Iterator[str]:
    """Every capture's record against its payload digest, every file against its committed size, wherever it lies."""
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
    far = functools.cache(storage_at)  # one that gives no answer is not waited for again and again
    for name in sorted(known.keys() | ends.keys()):
        row = known.get(name)
        needed = max(row.committed if row else 0, ends.get(name, 0))
        try:
            place = far(row.place) if row and row.place else LocalStorage(folder)
            size = place.size(name)
        except Exception as error:  # whatever a disk or a far server says
            yield f"archive file {name}: {row.place if row else folder} cannot be asked ({error})"
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
        except UnreachableError as error:  # which says nothing of the records
            place = found.pop(row["warc_file"])
            yield (
                f"archive file {row['warc_file']}: {place.where} cannot be asked ({error}); from capture "
                f"{row['id']} on its records were not checked"
            )


def _record(place: Storage, row: Any) -> Iterator[str]:
    """One WARC record read back: whole, ours, and with the payload that was fetched. Raises UnreachableError."""
    from store.warc import payload  # warcio is needed only here

    where = f"capture {row['id']} ({row['url']}) in {row['warc_file']} at {row['byte_offset']}"
    try:
        member = place.read(row["warc_file"], row["byte_offset"], row["byte_length"])
        record_id, body = payload(member)
    except UnreachableError:
        raise
    except Exception as error:  # whatever a damaged record makes its parser say
        yield f"{where}: the record cannot be read ({error})"
        return
    if record_id.strip("<>") != row["record_id"].strip("<>"):  # WARC writes the id in angle brackets
        yield f"{where}: another record lies there ({record_id}, not {row['record_id']})"
    algorithm, _, wanted = row["payload_digest"].partition(":")
    if algorithm == "sha256" and hashlib.sha256(body).hexdigest() != wanted:
        yield f"{where}: its payload is not what was fetched"
