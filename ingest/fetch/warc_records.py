"""WARC records -> what they hold: our own strictly, anybody's as well as can be."""

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
from ingest.fetch.http_body import Exchange, WireError, binary, unpack
from ingest.model import Page
from store.records import Capture
from store.warc import LOADER, MAX_RECORD

#: caps on what a stored body may unpack to; fetching held it to its own settings already
MAX_BODY, MAX_RATIO = 64_000_000, 1_000


class RecordError(Exception):
    """The bytes are no whole, sound record."""


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a file: `data` is its content, None when it is torn or damaged."""

    offset: int
    length: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Record:
    """One stored answer."""

    exchange: Exchange
    record_id: str
    digest: str
    kind: str
    source: str
    zone: str

    @property
    def whole(self) -> bool:
        """A complete page: not cut off, not an error."""
        return self.exchange.cut is None and self.exchange.status == 200

    def capture(self, name: str, offset: int, length: int) -> Capture:
        """Where it lies, as a row for the store."""
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
    """The gzip members from where `file` stands to its end. The last one given may be torn (`data` None)."""
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


def record_of(data: bytes) -> Record | None:
    """The answer that one of our own records holds, None for a record of another type. Raises RecordError."""
    try:
        raw = LOADER.parse_record_stream(BytesIO(data), known_format="warc")
    except Exception as error:  # warcio raises a dozen kinds on bytes that are no record
        raise RecordError(f"no WARC record: {error}") from error
    if raw.rec_type != "response":
        return None
    get = raw.rec_headers.get_header
    body = raw.raw_stream.read()
    if raw.http_headers is None or raw.raw_stream.limit > 0:
        raise RecordError("the record is shorter than it says")
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    if digest != get("WARC-Payload-Digest"):
        raise RecordError(f"the body's digest is {digest}, the record says {get('WARC-Payload-Digest')}")
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
    """The page an archived answer is. Raises ArchiveError when its body cannot be unpacked."""
    exchange = record.exchange
    try:
        content = unpack(exchange.body, exchange.header("content-encoding"), MAX_BODY, MAX_RATIO)
    except WireError as error:
        raise ArchiveError(f"unpacking the record of {exchange.url}: {error}") from error
    return page(exchange, content, record.zone)


def page(exchange: Exchange, content: bytes, zone: str) -> Page:
    """The Page of an answer whose content coding is undone: decoded when it is text, `text` "" when it is not."""
    content_type = exchange.header("content-type")
    headers = folded(exchange.headers)
    if binary(content, content_type) is not None:
        text, encoding, origin = "", "binary", "default"
    else:
        decoded = decode(content, content_type)
        text, encoding, origin = decoded.text, decoded.encoding, decoded.origin
    # A saved file has an address of its own, which no WARC record may be about: links are read against it.
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


def folded(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Lower-case names; values of one name joined by commas. The transfer coding is left out: it is undone."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in ("transfer-encoding", "x-archive-orig-transfer-encoding"):
            continue
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


class Unpacked:
    """A gzipped file unpacked piece by piece. warcio takes a torn member for the end; here it is an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._rest = file, b""
        self._engine: zlib._Decompress | None = None
        self._given = 0
        #: where members begin: offset in what is given -> offset in the file
        self.starts: dict[int, int] = {}

    def tell(self) -> int:
        """Bytes given so far."""
        return self._given

    def read(self, size: int = -1) -> bytes:
        """Some more bytes (of any number), none at the end. Raises OSError, zlib.error."""
        while True:
            # 16 KB unpack to 16 MB at most, so that no limit need be set here.
            piece, self._rest = self._rest or self._file.read(16_384), b""
            if not piece:
                if self._engine is None:
                    return b""
                raise OSError("the file is cut short")
            if self._engine is None:
                self.starts[self._given] = self._file.tell() - len(piece)
            engine = self._engine = self._engine or zlib.decompressobj(31)
            out = engine.decompress(piece)
            if engine.eof:
                self._rest, self._engine = engine.unused_data, None
            if out:
                self._given += len(out)
                return out


def raw_records(name: str, file: BinaryIO) -> Iterator[tuple[Any, Unpacked | None]]:
    """warcio's records of a WARC file, gzipped or not, with what unpacks it. Raises ArchiveError where it is damaged.

    A record's body is to be read before the next is asked for.
    """
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    try:
        # warcio reads any text as an older kind of archive.
        if not (Unpacked(file) if packed else file).read(5).startswith(b"WARC/"):
            raise ArchiveError(f"reading {name}: it is no WARC file")
        file.seek(0)
        unpacked = Unpacked(file) if packed else None
        records = ArchiveIterator(unpacked or file)
        for raw in records:
            yield raw, unpacked
            while raw.raw_stream.read(65_536):
                pass
            if getattr(raw.raw_stream, "limit", 0) > 0:
                raise EOFError("the last record is cut short")
            if records.err_count:
                raise EOFError("a record is longer than it says")
            raw.offset = records.get_record_offset()
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, zlib.error) as error:
        raise ArchiveError(f"reading {name}: damaged near byte {file.tell():,}: {error}") from error


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page in somebody's WARC file: as it was on the wire, and decoded."""

    exchange: Exchange
    page: Page


def answers(raw: Any) -> bool:
    """Whether a record is a page with status 200."""
    url = raw.rec_headers.get_header("WARC-Target-URI") or ""
    if raw.rec_type not in ("response", "resource") or not url.startswith(("http://", "https://")):
        return False
    http = raw.http_headers
    return raw.rec_type == "resource" or (http is not None and http.get_statuscode() == "200")


def answer(raw: Any) -> ArchivedPage | None:
    """The page of somebody's WARC record, None for what is no page with status 200."""
    if not answers(raw):
        return None
    get, http, stream = raw.rec_headers.get_header, raw.http_headers, raw.raw_stream
    pairs: list[tuple[str, str]] = list(http.headers) if http is not None else []
    if raw.rec_type == "resource":
        pairs = [("Content-Type", get("Content-Type") or "text/html")]
    elif (http.get_header("transfer-encoding") or "").lower() == "chunked":
        stream = ChunkedDataReader(stream)
    body = _read_at_most(stream, MAX_RECORD)
    try:
        fetched = dated(raw)
        content = unpack(body, dict(folded(pairs)).get("content-encoding"), MAX_BODY, MAX_RATIO)
    except (ValueError, WireError):
        return None
    url = get("WARC-Target-URI")
    certain = get("Suowen-End") != "uncertain"
    exchange = Exchange(requested(raw), url, (), 200, "OK", pairs, body, fetched, certain)
    return ArchivedPage(exchange, page(exchange, content, get("Suowen-Zone") or "Asia/Shanghai"))


def requested(raw: Any) -> str:
    """The address that a record's page was asked for under."""
    return str(raw.rec_headers.get_header("Suowen-Requested-URI") or raw.rec_headers.get_header("WARC-Target-URI"))


def dated(raw: Any) -> datetime:
    """When a record was made. Raises ValueError."""
    made = datetime.fromisoformat(raw.rec_headers.get_header("WARC-Date") or "")
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


def _read_at_most(stream: object, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size < limit and (piece := stream.read(65_536)):  # type: ignore[attr-defined]
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
