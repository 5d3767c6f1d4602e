"""Reader of WARC records in a file on a disk or at any URL that fsspec supports: whole files, parts, byte ranges."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ingest.errors import ArchiveError
from ingest.fetch.warc_parsers import members
from store.archive_storage import Storage, storage_at
from store.errors import StoreError
from store.warc_record import LOADER, MAX_RECORD, unpacked

#: bytes of one read, from a network or a disk
BLOCK = 8 << 20
#: maximum bytes from the start of a part that are searched for the next record; a gzip member of a page is far shorter
_SEARCHED = 256 << 20
_GZIP = b"\x1f\x8b\x08"
T = TypeVar("T")


def split_location(url: str) -> tuple[str, str]:
    """Return (storage, name) of a file for `store.archive_storage`.

    For a URL, these are scheme and host (s3://bucket), and the path and query; for a path, "/" and the path without its
    first slash.
    """
    if "://" not in url:
        return "/", url.lstrip("/")
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Time limits for a storage: seconds for one answer, and the seconds to wait before each further try."""

    timeout: float = 120.0
    waits: Sequence[float] = (1.0, 5.0, 30.0, 61.0)


class SourceFile(io.RawIOBase):
    """A file that is read by ranges, with repeated tries and a time limit. Raises ArchiveError if it cannot be read."""

    def __init__(self, url: str, retry_policy: RetryPolicy, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = url
        self.place, self.name = split_location(url)
        self._retry_policy, self._sleep = retry_policy, sleep
        try:
            self._storage: Storage = storage_at(self.place, retry_policy.timeout)
        except StoreError as error:
            raise ArchiveError(str(error)) from error
        size = self._tried(lambda: self._storage.size(self.name))
        if size is None:
            raise ArchiveError(f"{url}: no such file")
        self.size, self._offset = size, 0
        self._blocks: list[tuple[int, bytes]] = []
        #: (offset, bytes) of the last range that was read; kept because the record of a kept page is read twice
        self._last = 0, b""
        #: bytes requested from the storage
        self.transferred = 0

    def _tried(self, call: Callable[[], T]) -> T:
        for wait in (*self._retry_policy.waits, None):
            try:
                return call()
            except FileNotFoundError as error:
                raise ArchiveError(f"{self.url}: no such file") from error
            except OSError as error:
                if wait is None or isinstance(error, IsADirectoryError):
                    raise ArchiveError(f"{self.url}: {error.strerror or error}") from error
                self._sleep(wait)
        raise AssertionError("unreachable")

    def pread(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`. Raises ArchiveError if the file ends earlier or cannot be read."""
        pieces = list(self._pieces(offset, length))
        if sum(map(len, pieces)) < length:
            raise ArchiveError(f"{self.url}: the file ends before byte {offset + length:,}")
        return b"".join(pieces)

    def range(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, read with one request (repeated on failure). Raises ArchiveError.

        The last range is kept, so that reading it twice takes one request.
        """
        if self._last[0] != offset or len(self._last[1]) != length:
            self._last = offset, self._tried(lambda: self._whole(offset, length))
            self.transferred += length
        return self._last[1]

    def _pieces(self, offset: int, length: int) -> Iterator[bytes]:
        end = min(offset + length, self.size)
        while offset < end:
            begin, block = self._block(offset // BLOCK * BLOCK)
            piece = block[offset - begin : end - begin]
            yield piece
            offset += len(piece)

    def _block(self, begin: int) -> tuple[int, bytes]:
        """Return the block that starts at `begin`.

        The last two blocks are cached, because records extend over their borders.
        """
        found = next((known for known in self._blocks if known[0] == begin), None)
        if found is None:
            found = begin, self.range(begin, min(BLOCK, self.size - begin))
            self._blocks = [*self._blocks[-1:], found]
        return found

    def _whole(self, offset: int, length: int) -> bytes:
        data = self._storage.read(self.name, offset, length)
        if len(data) != length:  # the answer was cut off, or the server ignores the range
            raise OSError(f"{len(data):,} bytes came for {length:,} from byte {offset:,}; it must support byte ranges")
        return data

    # --- io.RawIOBase, for the reader of records ----------------------------------------------------------------

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._offset

    def seek(self, offset: int, whence: int = 0) -> int:
        self._offset = (0, self._offset, self.size)[whence] + offset
        return self._offset

    def read(self, size: int = -1) -> bytes:
        data = b"".join(self._pieces(self._offset, self.size - self._offset if size < 0 else size))
        self._offset += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One response or resource record of a WARC file: its byte range in the file, headers and block.

    `target` is the WARC-Target-URI, `made` the WARC-Date in UTC or None, `kind` the header Suowen-Kind or "". `whole`
    is False if the block is incomplete.
    """

    offset: int
    length: int
    target: str
    made: datetime | None
    record_id: str
    kind: str
    headers: tuple[tuple[str, str], ...]
    block: bytes
    whole: bool

    def as_bytes(self) -> bytes:
        """Return the record uncompressed, with only the headers that processing needs."""
        lines = [
            f"{name}: {value}"
            for name, value in self.headers
            if name.lower() in _KEPT_HEADERS or name.lower() == "content-type"
        ]
        head = "\r\n".join(["WARC/1.0", *lines, f"Content-Length: {len(self.block)}"])
        return head.encode("utf-8", "replace") + b"\r\n\r\n" + self.block + b"\r\n\r\n"


_KEPT_HEADERS = frozenset(
    f"{prefix}-{name}"
    for prefix, names in (("warc", "type target-uri date record-id"), ("suowen", "requested-uri kind zone end"))
    for name in names.split()
)


def records(file: SourceFile, start: int, end: int | None) -> Iterator[RawRecord | str]:
    """Yield the responses and resources of a part of a WARC file, in order. A str reports damage and is the last item.

    The part consists of the records that begin from byte `start` up to, but not including, byte `end` (None: the end of
    the file). Records whose block is larger than MAX_RECORD bytes are left out. Raises ArchiveError if the file cannot
    be read.
    """
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    begin = first_record(file, start)
    if begin is None or (end is not None and begin >= end):
        return
    file.seek(begin)
    wanted = WarcRecordType.response | WarcRecordType.resource
    waiting: tuple[int, dict[str, str], int, bytes, datetime | None] | None = None
    last: int | None = None
    try:
        for raw in ArchiveIterator(file, parse_http=False, record_types=WarcRecordType.any_type, fsspec_args=False):
            if waiting is not None:
                yield _record(*waiting, raw.stream_pos)
            waiting, last = None, raw.stream_pos
            if end is not None and raw.stream_pos >= end:
                return
            if raw.record_type & wanted and raw.content_length <= MAX_RECORD:
                waiting = raw.stream_pos, dict(raw.headers), raw.content_length, raw.reader.read(), raw.record_date
    except ArchiveError:
        raise
    except Exception as error:  # fastwarc raises different exceptions for damaged data
        yield f"damaged near byte {file.tell():,}: {error or type(error).__name__}"
        return
    if waiting is not None:
        yield _record(*waiting, file.size)
    if problem := _end_problem(file, begin, last):
        yield problem


def _end_problem(file: SourceFile, begin: int, last: int | None) -> str | None:
    """Return a sentence about damage at the end of a file, which fastwarc does not report; None if there is none.

    `last`: offset of the last record; None if no record was found from `begin` on. Only gzip members are checked.
    """
    if last is None:
        return "it is not a WARC file" if begin == 0 and file.size else None
    if file.pread(last, min(2, file.size - last)) != _GZIP[:2]:
        return None
    found = next(members(io.BytesIO(file.pread(last, min(file.size - last, MAX_RECORD)))), None)
    if found is None or found.data is None:
        return f"the file ends inside the record at byte {last:,}"
    if last + found.length < file.size:
        return f"damaged near byte {last + found.length:,}: no record begins there"
    return None


def _record(
    offset: int, headers: dict[str, str], declared: int, block: bytes, made: datetime | None, following: int
) -> RawRecord:
    known = {name.lower(): value for name, value in headers.items()}
    return RawRecord(
        offset,
        following - offset,
        known.get("warc-target-uri", "").strip("<> "),
        made.astimezone(UTC) if made is not None else None,
        known.get("warc-record-id", "").strip("<> "),
        known.get("suowen-kind", ""),
        tuple(headers.items()),
        block,
        len(block) == declared and "warc-truncated" not in known,
    )


def first_record(file: SourceFile, start: int) -> int | None:
    """Return the offset of the first gzip member with a WARC record from `start` on; return None if there is none.

    At most _SEARCHED bytes are searched. For `start` 0, return 0 without reading the file.
    """
    if start == 0:
        return 0
    offset = start
    while offset < min(file.size, start + _SEARCHED):
        window = file.pread(offset, min(1 << 20, file.size - offset))
        at = window.find(_GZIP)
        while at >= 0:
            if is_record_start(file.pread(offset + at, min(4_096, file.size - offset - at))):
                return offset + at
            at = window.find(_GZIP, at + 1)
        if offset + len(window) >= file.size:
            return None
        offset += len(window) - len(_GZIP) + 1
    return None


def is_record_start(data: bytes) -> bool:
    """Return whether `data` begins with a gzip member that contains a WARC record."""
    try:
        return zlib.decompressobj(31).decompress(data, 16).startswith(b"WARC/")
    except zlib.error:
        return False


def one_record(data: bytes, offset: int) -> RawRecord:
    """Return the record in the bytes of a range. Raises ArchiveError if the bytes are not a record.

    The record is parsed with warcio, because starting fastwarc takes longer than parsing one record.
    """
    try:
        raw = LOADER.parse_record_stream(io.BytesIO(unpacked(data)), known_format="warc", no_record_parse=True)
        headers = dict(raw.rec_headers.headers)
        block = raw.raw_stream.read()
        declared = int(raw.rec_headers.get_header("Content-Length") or 0)
        date = raw.rec_headers.get_header("WARC-Date")
        made = datetime.fromisoformat(date) if date else None
    except Exception as error:
        raise ArchiveError(f"byte {offset:,}: not a WARC record ({error})") from error
    if made is not None and made.tzinfo is None:
        made = made.replace(tzinfo=UTC)
    return _record(offset, headers, declared, block, made, offset + len(data))
