"""Parsers for WARC records: strict for files of this program, tolerant for files of other programs."""

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
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from ingest.errors import ArchiveError, FetchError
from ingest.fetch.charset import decode
from ingest.fetch.http_body import BodyError, Exchange, binary, plain, unpack
from ingest.pipeline_types import Page
from store.records import Capture
from store.warc_record import LOADER, MAX_RECORD

#: maximum bytes and ratio of a stored body after decompression; fetching has lower limits of its own. Not measured
MAX_BODY, MAX_RATIO = 64_000_000, 1_000


class RecordError(Exception):
    """The bytes are not a complete, valid record."""


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a file. `data` is its content; None if it is incomplete, damaged or larger than MAX_RECORD."""

    offset: int
    length: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Record:
    """One response record of this program's archive."""

    exchange: Exchange
    record_id: str
    digest: str
    kind: str
    source: str
    zone: str

    @property
    def whole(self) -> bool:
        """Whether this is a complete page: not truncated, with status 200."""
        return self.exchange.cut is None and self.exchange.status == 200

    def capture(self, name: str, offset: int, length: int) -> Capture:
        """Return the Capture for the store: metadata and location of the record."""
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
    """Yield the gzip members from the current position of `file`, up to the first unreadable one (`data` None)."""
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
    """Parse a response record of this program; return None for another type of record. Raises RecordError."""
    try:
        raw = LOADER.parse_record_stream(BytesIO(data), known_format="warc")
    except Exception as error:  # warcio raises exceptions of many types for invalid bytes
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
    """Return the page of an archived response. Raises ArchiveError if its body cannot be decompressed."""
    exchange = record.exchange
    try:
        content = stored_content(exchange.body, exchange.header("content-encoding"), exchange.header("content-type"))
    except BodyError as error:
        raise ArchiveError(f"decompressing the record of {exchange.url}: {error}") from error
    return make_page(exchange, content, record.zone)


def stored_content(body: bytes, coding: str | None, content_type: str | None) -> bytes:
    """Return the decoded body of an archived response. Raises BodyError.

    Archives of browsers and proxies often have a decoded body with its old Content-Encoding, or a compressed body with
    no Content-Encoding or a wrong one. If the content type is text, the first bytes of the body then decide about the
    coding. A text body that is not in the declared coding is returned unchanged.
    """
    text = (content_type or "").lower().startswith("text/")
    own = next((name for magic, name in _CODINGS.items() if text and body.startswith(magic)), None)
    try:
        return unpack(body, coding or own, MAX_BODY, MAX_RATIO)
    except BodyError as error:
        if error.code != "protocol-error":
            raise
        if own and own != coding and "," not in (coding or ""):
            return unpack(body, own, MAX_BODY, MAX_RATIO)
        if len(body) <= MAX_BODY and binary(body, content_type) is None:
            return body
        raise


#: content codings by the first bytes of a body; brotli has none
_CODINGS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def make_page(exchange: Exchange, content: bytes, zone: str) -> Page:
    """Build the Page of a response from its decompressed content. `text` is "" for binary content."""
    content_type = exchange.header("content-type")
    headers = fold_headers(exchange.headers)
    if binary(content, content_type) is not None:
        text, encoding, origin = "", "binary", "default"
    else:
        decoded = decode(content, content_type)
        text, encoding, origin = decoded.text, decoded.encoding, decoded.origin
    # A saved page that states no URL has a saved: URL (in older versions file:). The target URI of its record is only a
    # placeholder (`SAVED_HOST` in add_inputs.py), so the final URL is the requested URL.
    final_url = exchange.url if exchange.url.startswith(("saved:", "file:")) else exchange.final_url
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
    """Return header values by lower-case name; values of a repeated header are joined by commas.

    Transfer-Encoding is left out, because the body is stored decoded.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in ("transfer-encoding", "x-archive-orig-transfer-encoding"):
            continue
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


class GzipReader:
    """Streaming reader of a gzipped file.

    A truncated member is an error; warcio would take it for the end of the file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._rest = file, b""
        self._engine: zlib._Decompress | None = None
        self._given = 0
        #: start of each member: offset in the decompressed stream -> offset in the file
        self.starts: dict[int, int] = {}

    def tell(self) -> int:
        """Return the number of decompressed bytes read so far."""
        return self._given

    def read(self, size: int = -1) -> bytes:
        """Return some more bytes, b"" at the end. `size` is ignored. Raises OSError, zlib.error."""
        while True:
            # 16 KB decompress to at most 16 MB, so a limit is not needed here.
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
    """Yield (warcio record, GzipReader or None if not gzipped) for the records of a WARC file. Raises ArchiveError.

    The body of a record must be read before the next record is requested.
    """
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    try:
        # warcio would take any text for an archive in the older ARC format.
        if not (GzipReader(file) if packed else file).read(5).startswith(b"WARC/"):
            raise ArchiveError(f"reading {name}: it is not a WARC file")
        file.seek(0)
        unpacked = GzipReader(file) if packed else None
        records = ArchiveIterator(unpacked or file)
        records.loader = _TolerantLoader(verify_http=False, arc2warc=False)
        for raw in records:
            yield raw, unpacked
            while raw.raw_stream.read(65_536):
                pass
            if getattr(raw.raw_stream, "limit", 0) > 0:
                raise EOFError("the last record is truncated")
            if records.err_count:
                raise EOFError("a record is longer than its declared length")
            raw.offset = records.get_record_offset()
    except ArchiveError:
        raise
    except Exception as error:  # warcio raises AttributeError, TypeError and others for invalid records
        reason = str(error) or type(error).__name__
        raise ArchiveError(f"reading {name}: damaged near byte {file.tell():,}: {reason}") from error


class _TolerantLoader(ArcWarcRecordLoader):  # type: ignore[misc]
    """warcio's loader, extended to return records that have no WARC-Target-URI or invalid HTTP headers."""

    def load_http_headers(self, rec_type: str, uri: str | None, stream: Any, length: int) -> Any:
        if not uri:
            return None
        try:
            return super().load_http_headers(rec_type, uri, stream, length)
        except (EOFError, StatusAndHeadersParserException):
            return None


def foreign_record(data: bytes) -> Any:
    """Parse the bytes of one record of any origin and return warcio's record. Raises RecordError."""
    try:
        return _TolerantLoader(verify_http=False, arc2warc=False).parse_record_stream(
            BytesIO(data), known_format="warc"
        )
    except Exception as error:  # warcio raises exceptions of many types for invalid bytes
        raise RecordError(f"not a WARC record: {error}") from error


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page of a WARC file of any origin: the exchange as transferred, and the decoded page."""

    exchange: Exchange
    page: Page


def is_page_record(raw: Any) -> bool:
    """Return whether a record has an http or https URL and is a resource, or a response with status 200."""
    if raw.rec_type not in ("response", "resource") or not _target(raw).startswith(("http://", "https://")):
        return False
    http = raw.http_headers
    return raw.rec_type == "resource" or (http is not None and http.get_statuscode() == "200")


def record_problem(raw: Any) -> str | None:
    """Return why a record that may be a page cannot be read as one.

    Returns None if it can be read, or is not a page at all.
    """
    if raw.rec_type == "response" and not _target(raw):
        return "the record has no WARC-Target-URI"
    web = _target(raw).startswith(("http://", "https://"))
    http = raw.http_headers
    if raw.rec_type == "response" and web and not (http is not None and str(http.get_statuscode()).isdigit()):
        return "the record has no valid HTTP header"
    if is_page_record(raw):
        try:
            record_date(raw)
        except ValueError:
            return f"the WARC-Date {plain(raw.rec_headers.get_header('WARC-Date'), 40)!r} is not a date"
    return None


def _target(raw: Any) -> str:
    """Return the target URI of a record; "" if it has none."""
    return str(raw.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")


def archived_page(raw: Any) -> ArchivedPage | None:
    """Return the page of a record of any origin; None if it is not a page or has no valid date.

    Raises FetchError for a body that is damaged, too large or in an unsupported coding.
    """
    if not is_page_record(raw):
        return None
    get, http, stream = raw.rec_headers.get_header, raw.http_headers, raw.raw_stream
    pairs: list[tuple[str, str]] = list(http.headers) if http is not None else []
    if raw.rec_type == "resource":
        pairs = [("Content-Type", get("Content-Type") or "text/html")]
    elif (http.get_header("transfer-encoding") or "").lower() == "chunked":
        stream = ChunkedDataReader(stream)
    body = _read_at_most(stream, MAX_RECORD)
    headers = fold_headers(pairs)
    try:
        fetched = record_date(raw)
        content = stored_content(body, headers.get("content-encoding"), headers.get("content-type"))
    except BodyError as error:
        raise FetchError(requested_url(raw), error.code, error.detail) from error
    except ValueError:
        return None
    url = _target(raw)
    certain = get("Suowen-End") != "uncertain"
    exchange = Exchange(requested_url(raw), url, (), 200, "OK", pairs, body, fetched, certain)
    return ArchivedPage(exchange, make_page(exchange, content, get("Suowen-Zone") or "Asia/Shanghai"))


def requested_url(raw: Any) -> str:
    """Return the URL that was requested when a record was written; its target URI if the record does not state one."""
    return str(raw.rec_headers.get_header("Suowen-Requested-URI") or _target(raw))


def record_date(raw: Any) -> datetime:
    """Return the date of a record in UTC; a date without a time zone is taken as UTC. Raises ValueError."""
    made = datetime.fromisoformat(raw.rec_headers.get_header("WARC-Date") or "")
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


def _read_at_most(stream: object, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size < limit and (piece := stream.read(65_536)):  # type: ignore[attr-defined]
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
