"""Parsers for WARC records: strict for our own files, tolerant for files of other programs."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from ingest.errors import ArchiveError
from ingest.fetch.charset import decode
from ingest.fetch.http_body import BodyError, Exchange, binary, unpack
from ingest.model import Page
from store.records import Capture
from store.warc import LOADER, MAX_RECORD

#: maximum bytes and ratio of a decompressed stored body; fetching applied its own, lower limits. Not measured
MAX_BODY, MAX_RATIO = 64_000_000, 1_000


class RecordError(Exception):
    """The bytes are not a complete, valid record."""


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a file. `data` is its content, None when it is incomplete or damaged."""

    offset: int
    length: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Record:
    """One stored response."""

    exchange: Exchange
    record_id: str
    digest: str
    kind: str
    source: str
    zone: str

    @property
    def whole(self) -> bool:
        """Whether this is a complete page: not truncated, status 200."""
        return self.exchange.cut is None and self.exchange.status == 200

    def capture(self, name: str, offset: int, length: int) -> Capture:
        """Return the row for the store: metadata and location of the record."""
        return Capture(
            url=self.exchange.url,
            final_url=self.exchange.final_url,
            fetched_at=self.exchange.fetched_at,
            status=self.exchange.status,
            kind=self.kind,
            source=self.source,
            warc_file=name,
            offset=offset,
            length=length,
            digest=self.digest,
            record_id=self.record_id,
        )


def members(file: BinaryIO) -> Iterator[Member]:
    """Yield the gzip members from the current position of `file`. The last one may be incomplete (`data` None)."""
    offset, rest = file.tell(), b""
    while True:
        engine = zlib.decompressobj(31)
        pieces: list[bytes] = []
        size = taken = 0
        try:
            while not engine.eof:
                piece = rest or file.read(65_536)
                rest = b""
                if not piece:
                    break
                pieces.append(engine.decompress(piece, MAX_RECORD + 1 - size))
                size += len(pieces[-1])
                taken += len(piece)
                if size > MAX_RECORD:
                    break
        except zlib.error:
            yield Member(offset, taken, None)
            return
        if not engine.eof:
            if taken:
                yield Member(offset, taken, None)
            return
        rest = engine.unused_data
        length = taken - len(rest)
        yield Member(offset, length, b"".join(pieces))
        offset += length


def parse_record(data: bytes) -> Record | None:
    """Parse a response record of our own files; None for a record of another type. Raises RecordError."""
    try:
        raw = LOADER.parse_record_stream(BytesIO(data), known_format="warc")
    except Exception as error:  # warcio raises many exception types on invalid bytes
        raise RecordError(f"not a WARC record: {error}") from error
    if raw.rec_type != "response":
        return None
    get = raw.rec_headers.get_header
    body = raw.raw_stream.read()
    if raw.http_headers is None or raw.raw_stream.limit > 0:
        raise RecordError("the record is shorter than its declared length")
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    if digest != get("WARC-Payload-Digest"):
        raise RecordError(f"the hash of the body is {digest}, the record declares {get('WARC-Payload-Digest')}")
    status, _, reason = raw.http_headers.statusline.partition(" ")
    try:
        exchange = Exchange(
            url=get("Suowen-Requested-URI") or get("WARC-Target-URI"),
            final_url=get("WARC-Target-URI"),
            request_headers=(),
            status=int(status),
            reason=reason,
            headers=tuple(raw.http_headers.headers),
            body=body,
            fetched_at=datetime.fromisoformat(get("WARC-Date")).astimezone(UTC),
            certain=get("Suowen-End") != "uncertain",
            cut=get("WARC-Truncated"),
        )
    except (TypeError, ValueError) as error:
        raise RecordError(f"the record's headers are damaged: {error}") from error
    return Record(
        exchange,
        (get("WARC-Record-ID") or "").strip("<>"),
        digest,
        get("Suowen-Kind") or "article",
        get("Suowen-Source") or "-",
        get("Suowen-Zone") or "Asia/Shanghai",
    )


def page_of(record: Record) -> Page:
    """Return the page of an archived response. Raises ArchiveError when its body cannot be decompressed."""
    exchange = record.exchange
    try:
        content = unpack(exchange.body, exchange.header("content-encoding"), MAX_BODY, MAX_RATIO)
    except BodyError as error:
        raise ArchiveError(f"decompressing the record of {exchange.url}: {error}") from error
    return make_page(exchange, content, record.zone)


def make_page(exchange: Exchange, content: bytes, zone: str) -> Page:
    """Make the Page of a response from its decompressed content. `text` is "" for binary content."""
    content_type = exchange.header("content-type")
    headers = fold_headers(exchange.headers)
    if binary(content, content_type) is not None:
        text, encoding, origin = "", "binary", "default"
    else:
        decoded = decode(content, content_type)
        text, encoding, origin = decoded.text, decoded.encoding, decoded.origin
    # A saved file has a file: URL, which a WARC record cannot have as its target.
    final_url = exchange.url if exchange.url.startswith("file:") else exchange.final_url
    return Page(
        url=exchange.url,
        final_url=final_url,
        status=exchange.status,
        headers=headers,
        content=content,
        text=text,
        encoding=encoding,
        encoding_origin=origin,
        fetched_at=exchange.fetched_at,
        zone=zone,
    )


def fold_headers(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name, repeated values joined by commas, without the decoded transfer coding."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in ("transfer-encoding", "x-archive-orig-transfer-encoding"):
            continue
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


class GzipReader:
    """Streaming reader of a gzipped file. A truncated member is an error; warcio would take it for the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._rest = file, b""
        self._engine: zlib._Decompress | None = None
        self._given = 0
        #: starts of the members: offset in the decompressed stream -> offset in the file
        self.starts: dict[int, int] = {}

    def tell(self) -> int:
        """Return the number of decompressed bytes read so far."""
        return self._given

    def read(self, size: int = -1) -> bytes:
        """Return some more bytes, b"" at the end; `size` is ignored. Raises OSError, zlib.error."""
        while True:
            # 16 KB decompress to 16 MB at most, so no limit is needed here.
            piece, self._rest = self._rest or self._file.read(16_384), b""
            if not piece:
                if self._engine is None:
                    return b""
                raise OSError("the file is truncated")
            if self._engine is None:
                self.starts[self._given] = self._file.tell() - len(piece)
            engine = self._engine = self._engine or zlib.decompressobj(31)
            out = engine.decompress(piece)
            if engine.eof:
                self._rest, self._engine = engine.unused_data, None
            if out:
                self._given += len(out)
                return out


def raw_records(name: str, file: BinaryIO) -> Iterator[tuple[Any, GzipReader | None]]:
    """Yield the records (warcio) of a WARC file and its GzipReader (None when not gzipped). Raises ArchiveError.

    The body of a record must be read before the next record is requested.
    """
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    try:
        # warcio takes any text for an archive in the older ARC format.
        if not (GzipReader(file) if packed else file).read(5).startswith(b"WARC/"):
            raise ArchiveError(f"reading {name}: it is not a WARC file")
        file.seek(0)
        unpacked = GzipReader(file) if packed else None
        records = ArchiveIterator(unpacked or file)
        for raw in records:
            yield raw, unpacked
            while raw.raw_stream.read(65_536):
                pass
            if getattr(raw.raw_stream, "limit", 0) > 0:
                raise EOFError("the last record is truncated")
            if records.err_count:
                raise EOFError("a record is longer than its declared length")
            raw.offset = records.get_record_offset()
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, zlib.error) as error:
        raise ArchiveError(f"reading {name}: damaged near byte {file.tell():,}: {error}") from error


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page of a WARC file of any origin: the exchange as transferred, and the decoded page."""

    exchange: Exchange
    page: Page


def is_page_record(raw: Any) -> bool:
    """Return whether a record is a response or resource with an http URL and status 200."""
    url = raw.rec_headers.get_header("WARC-Target-URI") or ""
    if raw.rec_type not in ("response", "resource") or not url.startswith(("http://", "https://")):
        return False
    http = raw.http_headers
    return raw.rec_type == "resource" or (http is not None and http.get_statuscode() == "200")


def archived_page(raw: Any) -> ArchivedPage | None:
    """Return the page of a record of any origin; None when it has none or its body cannot be decompressed."""
    if not is_page_record(raw):
        return None
    get, http, stream = raw.rec_headers.get_header, raw.http_headers, raw.raw_stream
    pairs: list[tuple[str, str]] = list(http.headers) if http is not None else []
    if raw.rec_type == "resource":
        pairs = [("Content-Type", get("Content-Type") or "text/html")]
    elif (http.get_header("transfer-encoding") or "").lower() == "chunked":
        stream = ChunkedDataReader(stream)
    body = _read_at_most(stream, MAX_RECORD)
    try:
        fetched = record_date(raw)
        content = unpack(body, dict(fold_headers(pairs)).get("content-encoding"), MAX_BODY, MAX_RATIO)
    except (ValueError, BodyError):
        return None
    url = get("WARC-Target-URI")
    certain = get("Suowen-End") != "uncertain"
    exchange = Exchange(requested_url(raw), url, (), 200, "OK", pairs, body, fetched, certain)
    return ArchivedPage(exchange, make_page(exchange, content, get("Suowen-Zone") or "Asia/Shanghai"))


def requested_url(raw: Any) -> str:
    """Return the URL that was requested for a record."""
    return str(raw.rec_headers.get_header("Suowen-Requested-URI") or raw.rec_headers.get_header("WARC-Target-URI"))


def record_date(raw: Any) -> datetime:
    """Return the date of a record. Raises ValueError."""
    made = datetime.fromisoformat(raw.rec_headers.get_header("WARC-Date") or "")
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


def _read_at_most(stream: object, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size < limit and (piece := stream.read(65_536)):  # type: ignore[attr-defined]
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
