"""Raw archive: every fetched page as transferred, in WARC files from which the database can be rebuilt.

Each record is one gzip member. The request is written before its response, so a complete response means a complete
pair. Files are append-only. `sync` makes records durable before the transaction that refers to them. After a crash,
`recover` adopts complete records and truncates the rest (docs/fetching.md, "After a crash").

Each process writes its own files and locks the file that it has open, so several processes may share the folder.
"""

from __future__ import annotations

import bisect
import contextlib
import fcntl
import functools
import hashlib
import io
import os
import re
import socket
import threading
import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.errors import ArchiveError, FetchError
from ingest.fetch.http_body import Exchange
from ingest.fetch.warc_parsers import Record, RecordError, archived_page, foreign_record, members, page_of, parse_record
from ingest.pipeline_types import Page
from store.archive_storage import LocalStorage, storage_at
from store.errors import StoreError
from store.private_files import make_folder
from store.records import Capture
from store.warc_record import unpacked

#: zlib level of the members. Time and size per 23 KB, measured on 40 real news pages: level 1 0.15 ms and 23.9 % of the
#: original size, level 4 0.21 ms and 21.9 %, level 6 0.32 ms and 20.8 %, level 9 (warcio's default) 0.53 ms and 20.7 %
LEVEL = 4
#: bytes that must stay free on the disk, so that the database can commit the fetched pages; not measured
RESERVE = 32_000_000
_NAME = "suowen-"
#: Suffix of an empty marker file. In the file with the same name but without this suffix, the bytes after the committed
#: size must not be trusted
_SUSPECT = ".suspect"
_SPACE = uuid.UUID("6f0f7c1e-6a51-5d0e-9a31-2f0a6f2d6b11")


class Archive:
    """Writer of captures to WARC files in `folder`, and reader of these captures. Thread-safe.

    A file is closed before it exceeds `max_size` bytes, and when the (UTC) day changes. Raises ArchiveError if the
    folder cannot be used, the disk is full or a write fails. A failed write leaves the file unchanged.
    """

    def __init__(
        self,
        folder: Path,
        max_size: int = 1_000_000_000,
        *,
        level: int = LEVEL,
        reserve: int = RESERVE,
        software: str = "suowen",
        moved_files: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.folder, self.max_size = folder, max_size
        #: function that returns the moved files: name -> folder or URL of the present location
        self._moved_files = moved_files
        #: opens the storage at a location; cached, so that a location that does not respond is waited for only once
        self._place = functools.cache(storage_at)
        self._level, self._reserve, self._software = level, reserve, software
        self._lock = threading.Lock()
        #: lock that lets only one `sync` run at a time, because a call closes files that another call may be syncing
        self._syncing = threading.Lock()
        self._open: _Segment | None = None
        #: files that are open, not durable yet, or have pending captures, by name
        self._dirty: dict[str, _Segment] = {}
        #: file -> record id -> offset, for captures that were returned but are not stored in the database yet
        self._pending: dict[str, dict[str, int]] = {}
        #: name -> size of files that `recover` verified
        self._sound: dict[str, int] = {}
        #: name -> size of files whose size `recover` changed; emptied by `sync`, which returns these sizes
        self._recovered: dict[str, int] = {}
        #: files whose fsync failed; a marker file beside each one records this for later processes
        self._suspect: set[str] = set()
        #: problems that `recover` could not repair, one sentence each
        self.problems: list[str] = []
        try:
            make_folder(folder)
        except OSError as error:
            raise ArchiveError(f"making the archive folder {folder}: {error.strerror or error}") from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Make all records durable and close the open file."""
        try:
            self.sync()
        finally:
            with self._lock:
                if self._open is not None:
                    self._open.close()
                    self._open = None

    def write(
        self,
        exchange: Exchange,
        *,
        kind: str,
        source: str,
        zone: str = "Asia/Shanghai",
        attempt: str | None = None,
        pending: bool = True,
    ) -> Capture:
        """Append a request and its response. Returns the location of the response, which is durable only after `sync`.

        `attempt` identifies the fetch: equal values give equal record ids. So a page that is written twice has only one
        row in the store. `pending`: whether a row for the record will be stored (see `sync`).
        """
        record_id = f"urn:uuid:{uuid.uuid5(_SPACE, attempt) if attempt else uuid.uuid4()}"
        digest = "sha256:" + hashlib.sha256(exchange.body).hexdigest()
        extra = {"Suowen-Kind": kind, "Suowen-Source": source, "Suowen-Zone": zone}
        extra["Suowen-Requested-URI"] = exchange.url
        if attempt:
            extra["Suowen-Attempt"] = attempt
        if not exchange.certain:
            extra["Suowen-End"] = "uncertain"
        request = self._member(_request_record(exchange, record_id))
        response = self._member(_response_record(exchange, record_id, digest, extra))
        with self._lock:
            segment = self._segment(len(request) + len(response), exchange.fetched_at)
            start = segment.append(request + response)
            offset = start + len(request)
            if pending:
                self._pending.setdefault(segment.name, {})[record_id] = offset
        return Capture(
            url=exchange.url,
            final_url=exchange.final_url,
            fetched_at=exchange.fetched_at,
            status=exchange.status,
            kind=kind,
            source=source,
            warc_file=segment.name,
            offset=offset,
            length=len(response),
            digest=digest,
            record_id=record_id,
        )

    def sync(self, storing: Iterable[Capture] | None = None) -> dict[str, int]:
        """Make all written records durable. Returns file name -> size that the database may now record for the file.

        The result includes the files that `recover` changed, for the transaction that stores the adopted captures.

        `storing`: the captures whose rows the next transaction stores; None means all. If a file has other pending
        captures, its size ends before the first of them, so that `recover` adopts them after a crash. Raises
        ArchiveError if fsync fails. fsync is never retried, because the kernel may have dropped the data: the file is
        abandoned, and nothing written since the last sync counts as stored.
        """
        with self._syncing:
            return self._sync(storing)

    def _sync(self, storing: Iterable[Capture] | None) -> dict[str, int]:
        with self._lock:
            if storing is None:
                self._pending.clear()
            else:
                for capture in storing:
                    self._pending.get(capture.warc_file, {}).pop(capture.record_id, None)
            dirty, sizes = list(self._dirty.values()), self._recovered
            self._recovered = {}
            for segment in dirty:
                sizes[segment.name] = segment.size
        # The lock is not held during fsync, so other threads may append. They only write beyond the recorded sizes.
        for segment in dirty:
            self._make_durable(segment)
        with self._lock:
            for segment in dirty:
                pending = self._pending.get(segment.name)
                if pending:
                    # The request precedes its response, so the size must end before both.
                    sizes[segment.name] = min(sizes[segment.name], segment.before(min(pending.values())))
                if segment.size == segment.synced and not pending and segment is not self._open:
                    self._dirty.pop(segment.name, None)
                    segment.close()
        return sizes

    def _make_durable(self, segment: _Segment) -> None:
        try:
            segment.sync(self.folder)
        except OSError as error:
            with self._lock:
                self._dirty.pop(segment.name, None)
                if self._open is segment:
                    self._open = None
                self._pending.pop(segment.name, None)
            with contextlib.suppress(OSError):
                segment.close()
            # The page cache may contain data that never reaches the disk, so the file must not be adopted later.
            self._suspect.add(segment.name)
            with contextlib.suppress(OSError):
                (self.folder / (segment.name + _SUSPECT)).touch()
            raise ArchiveError(
                f"making {segment.name} durable: {error.strerror or error}; "
                "pages written to it since the last sync must be fetched again"
            ) from error

    def page(self, warc_file: str, offset: int, length: int) -> Page:
        """Return the page of a capture. Raises ArchiveError if the record is missing or damaged."""
        # A path instead of a name means a file of another program, which is used where it is.
        if Path(warc_file).name != warc_file:
            return self._linked_page(warc_file, offset, length)
        return page_of(self._record(warc_file, offset, length))

    def _linked_page(self, warc_file: str, offset: int, length: int) -> Page:
        """Return the page of a record in another program's file, which does not have this program's headers."""
        where = f"{warc_file} at {offset:,}"
        if warc_file not in self._moved_files():
            raise ArchiveError(f"reading {where}: the name leads out of the archive folder")
        try:
            found = archived_page(foreign_record(unpacked(self._read(warc_file, offset, length))))
        except FetchError as error:
            raise ArchiveError(f"reading {where}: {error.detail}") from error
        except (ValueError, zlib.error, RecordError) as error:
            raise ArchiveError(f"reading {where}: {error}") from error
        if found is None:
            raise ArchiveError(f"reading {where}: the record is not a page")
        return found.page

    def _read(self, warc_file: str, offset: int, length: int) -> bytes:
        """Return bytes of an archive file. Raises ArchiveError."""
        where = f"{warc_file} at {offset:,}"
        try:
            return self._bytes(warc_file, offset, length)
        except StoreError as error:
            raise ArchiveError(f"reading {where}: {error}") from error
        except OSError as error:
            raise ArchiveError(f"reading {where}: {error.strerror or error}") from error

    def _record(self, warc_file: str, offset: int, length: int) -> Record:
        where, data = f"{warc_file} at {offset:,}", self._read(warc_file, offset, length)
        found = next(members(io.BytesIO(data)), None)
        if found is None or found.data is None or found.length != length:
            raise ArchiveError(f"reading {where}: there is no complete record of {length:,} bytes")
        try:
            record = parse_record(found.data)
        except RecordError as error:
            raise ArchiveError(f"reading {where}: {error}") from error
        if record is None:
            raise ArchiveError(f"reading {where}: the record is not a response")
        return record

    def _bytes(self, warc_file: str, offset: int, length: int) -> bytes:
        """Return bytes of a file in the folder, or at the location that the file was moved to."""
        try:
            return LocalStorage(self.folder).read(warc_file, offset, length)
        except FileNotFoundError:
            place = self._moved_files().get(warc_file)
            if place is None:
                raise
            return self._place(place).read(warc_file, offset, length)

    def recover(self, committed: Mapping[str, int]) -> list[Capture]:
        """Repair the folder after a crash. `committed`: file name -> size that the database knows.

        Returns the captures of complete records beyond these sizes, which must be stored. Incomplete data at the end of
        a file is truncated. A file that is missing, shorter than its committed size, or whose fsync failed is reported
        in `problems` and never written again: the lost pages must be fetched again. Files that another process writes,
        or that were moved, are skipped.
        """
        adopted: list[Capture] = []
        moved = self._moved_files()
        self._sound, self._recovered = {}, {}
        self.problems = [
            f"{name}: the file is missing; the database knows {size:,} bytes of it"
            for name, size in sorted(committed.items())
            if size and name not in moved and not (self.folder / name).is_file()
        ]
        for path in sorted(self.folder.glob(f"{_NAME}*.warc.gz")):
            if path.name in moved:  # a copy left over from an interrupted move
                continue
            try:
                with path.open("r+b") as file:
                    if _locked(file.fileno()):
                        continue
                    adopted.extend(self._recover(path.name, file, committed.get(path.name, 0)))
            except OSError as error:
                raise ArchiveError(f"recovering {path.name}: {error.strerror or error}") from error
        return adopted

    def _recover(self, name: str, file: io.BufferedRandom, known: int) -> list[Capture]:
        size = os.fstat(file.fileno()).st_size
        if size < known:
            self.problems.append(f"{name}: has {size:,} bytes, the database knows {known:,}: its end is lost")
            return []
        if name in self._suspect or (self.folder / (name + _SUSPECT)).exists():
            self.problems.append(
                f"{name}: the disk failed while it was written; pages beyond byte {known:,} are not "
                "trusted and are fetched again"
            )
            return []
        if size == known:
            self._sound[name] = size
            return []
        captures, whole = [], known
        file.seek(known)
        for member in members(file):
            if member.data is None:
                break
            try:
                record = parse_record(member.data)
            except RecordError:
                break
            if record is None:
                # A request without its response is incomplete; a warcinfo record is complete by itself.
                whole = member.offset + member.length if b"WARC-Type: warcinfo" in member.data[:400] else whole
                continue
            whole = member.offset + member.length
            if record.whole and record.kind in ("article", "further", "listing"):
                captures.append(record.capture(name, member.offset, member.length))
        if whole == 0:
            # The file has no complete record, and the database does not refer to it.
            (self.folder / name).unlink()
            return []
        if whole < size:
            file.truncate(whole)
        # The adopted records may never have been synced.
        os.fsync(file.fileno())
        self._sound[name] = self._recovered[name] = whole
        return captures

    # --- writing ---------------------------------------------------------------------------------------------

    def _member(self, record: object) -> bytes:
        """Serialise a record as one gzip member."""
        out = io.BytesIO()
        _WRITER.write_record_to(out, record)
        engine = zlib.compressobj(self._level, zlib.DEFLATED, 31)
        return engine.compress(out.getbuffer()) + engine.flush()

    def _segment(self, coming: int, now: datetime) -> _Segment:
        """Return the file for the next `coming` bytes.

        Opens another file if none is open, the day changed, or the open file would become too large. The caller holds
        the lock. Raises ArchiveError if the disk has too little space.
        """
        self._check_space(coming)
        day = now.astimezone(UTC).strftime("%Y%m%d")
        segment = self._open
        if segment is not None and (segment.day != day or segment.size + coming > self.max_size):
            # The file stays in `_dirty` until its records are durable.
            self._open = segment = None
        if segment is None:
            segment = self._open = self._begin(day, coming)
        self._dirty[segment.name] = segment
        return segment

    def _begin(self, day: str, coming: int) -> _Segment:
        host = re.sub(r"[^A-Za-z0-9-]+", "-", socket.gethostname())[:40] or "host"
        mine = f"{_NAME}{day}-{host}-"
        # Append to a verified file of the same day, so that hourly runs do not create 24 files a day.
        for name in sorted(name for name, size in self._sound.items() if name.startswith(mine)):
            size = self._sound.pop(name)
            with contextlib.suppress(OSError):
                if 0 < size <= self.max_size - coming:
                    return _Segment(self.folder / name, day, size)
        name = f"{mine}{uuid.uuid4().hex[:12]}.warc.gz"
        try:
            segment = _Segment(self.folder / name, day)
        except OSError as error:
            raise ArchiveError(f"beginning {name} in {self.folder}: {error.strerror or error}") from error
        info = RecordBuilder(warc_version="1.1").create_warcinfo_record(
            name, {"software": self._software, "format": "WARC File Format 1.1", "conformsTo": _CONFORMS}
        )
        segment.append(self._member(info))
        return segment

    def _check_space(self, coming: int) -> None:
        free = os.statvfs(self.folder)
        left = free.f_bavail * free.f_frsize
        if left < self._reserve + coming:
            raise ArchiveError(
                f"the disk of {self.folder} has {left:,} bytes left and {self._reserve:,} must stay "
                "free: free some space, then run again"
            )


_CONFORMS = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


@dataclass(eq=False)
class _Segment:
    """A file open for appending. Raises OSError if its size is not `size` or another process writes it."""

    path: Path
    day: str
    #: present size in bytes; 0 creates a new file
    size: int = 0

    def __post_init__(self) -> None:
        self.name, self.synced, self._new = self.path.name, self.size, self.size == 0
        #: offsets at which a request and response pair ends; a committed size may end only there
        self._ends: list[int] = [self.size]
        flags = os.O_CREAT | os.O_EXCL if self._new else 0
        self._file = os.open(self.path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
        if _locked(self._file) or os.fstat(self._file).st_size != self.size:
            self.close()
            raise OSError(f"{self.name} is in use")

    def append(self, data: bytes) -> int:
        """Append `data` and return its offset. If the write fails, the file is truncated to its old size."""
        start = self.size
        try:
            done = 0
            while done < len(data):
                done += os.pwrite(self._file, memoryview(data)[done:], start + done)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, start)
            raise ArchiveError(f"writing {self.name}: {error.strerror or error}") from error
        self.size += len(data)
        self._ends.append(self.size)
        return start

    def before(self, offset: int) -> int:
        """Return the end of the last pair before `offset`."""
        return self._ends[bisect.bisect_right(self._ends, offset) - 1]

    def sync(self, folder: Path) -> None:
        """Make the file durable with fsync; the first time also the folder, so that the file name is durable too."""
        upto = self.size
        if upto > self.synced:
            os.fsync(self._file)
        if self._new:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            self._new = False
        self.synced = upto

    def close(self) -> None:
        """Close the file, which also releases its lock."""
        if self._file >= 0:
            handle, self._file = self._file, -1
            os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


# --- records -----------------------------------------------------------------------------------------------------


class _Writer(WARCWriter):  # type: ignore[misc]
    """warcio's writer without its own compression, which is fixed at level 9; `Archive` compresses the members."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), gzip=False, warc_version="1.1")

    def write_record_to(self, out: io.BytesIO, record: object) -> None:
        """Write one record uncompressed."""
        self._write_warc_record(out, record)


_WRITER = _Writer()


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """Header lines that are written as the received bytes; warcio would percent-encode non-ASCII characters."""

    def to_ascii_bytes(self, filter_func: object = None) -> bytes:
        text: str = self.to_str(filter_func)
        return (text + "\r\n").encode("latin-1", "replace")


def _clean(value: str) -> str:
    """Replace CR, LF and NUL in a header value by a space, so that a server cannot inject header lines."""
    return re.sub(r"[\r\n\0]+", " ", value)


def _request_record(exchange: Exchange, response_id: str) -> object:
    parts = urlsplit(exchange.final_url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = _Head("", [("Host", parts.netloc), *((name, _clean(value)) for name, value in exchange.request_headers)])
    head.protocol, head.statusline = "GET", f"{_clean(path)} HTTP/1.1"
    return _record(
        "request",
        exchange,
        head,
        b"",
        {
            "WARC-Record-ID": f"<urn:uuid:{uuid.uuid4()}>",
            "WARC-Concurrent-To": f"<{response_id}>",
        },
    )


def _response_record(exchange: Exchange, record_id: str, digest: str, extra: Mapping[str, str]) -> object:
    # The stored body has no transfer coding. Transfer-Encoding is renamed, because it would mislead WARC readers.
    headers = [
        (f"X-Archive-Orig-{name}" if name.lower() == "transfer-encoding" else _clean(name), _clean(value))
        for name, value in exchange.headers
    ]
    head = _Head(f"{exchange.status} {_clean(exchange.reason)}".rstrip(), headers, protocol="HTTP/1.1")
    fields = {"WARC-Record-ID": f"<{record_id}>", "WARC-Payload-Digest": digest}
    if exchange.cut:
        fields["WARC-Truncated"] = exchange.cut
    fields.update((name, _clean(value)) for name, value in extra.items())
    return _record("response", exchange, head, exchange.body, fields)


def _record(kind: str, exchange: Exchange, head: StatusAndHeaders, body: bytes, fields: Mapping[str, str]) -> object:
    block = hashlib.sha256(head.to_ascii_bytes())
    block.update(body)
    stamp = exchange.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return _WRITER.create_warc_record(
        _clean(exchange.final_url),
        kind,
        payload=io.BytesIO(body),
        length=len(body),
        http_headers=head,
        warc_headers_dict={"WARC-Date": stamp, "WARC-Block-Digest": f"sha256:{block.hexdigest()}", **fields},
    )
