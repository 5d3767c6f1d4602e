"""Reader for HTTP bodies: framing checks, size limits, content codings and binary detection.

requests and urllib3 handle connections and headers. The body is read here, because the guarantees of these libraries
about bodies fail with hostile servers (docs/fetching.md lists each limit with its measurement). Three values are
limited: bytes received, bytes after decompression, and the ratio of the two.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Literal

import brotli
import zstandard
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

Cut = Literal["length", "time", "disconnect"]

#: bytes per read; most pages need only one
PIECE = 65_536
#: maximum number of chunks of one body. With this number, the chunks of a body of 16 MB have 320 bytes, less than the
#: buffer of any server; not measured
MAX_CHUNKS = 50_000
#: The requested content codings. br and zstd are decoded too, because some servers send them unrequested and archives
#: of browsers contain them
ACCEPT_ENCODING = "gzip, deflate"
#: registered codings that are not decoded (IANA); any unregistered word ("utf-8", "none") does not count as a coding
_UNSUPPORTED = frozenset({"compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm"})
#: maximum window of zstd as a content coding in bytes (RFC 9659)
_ZSTD_WINDOW = 8 * 1024 * 1024
#: decompressed bytes up to which the ratio is not limited, because a blank page of 20 KB compresses to 60 bytes
_RATIO_FREE = 1_000_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response as transferred: with transfer coding decoded, but content coding not."""

    #: the requested URL
    url: str
    #: the URL of the response after redirects
    final_url: str
    request_headers: Sequence[tuple[str, str]]
    status: int
    reason: str
    #: names and values as received, in their order, decoded as latin-1
    headers: Sequence[tuple[str, str]]
    body: bytes
    fetched_at: datetime
    #: whether the server declared the end of the body; False if only the connection ended, so that the body may be
    #: incomplete
    certain: bool = True
    #: reason for a truncated body (WARC-Truncated); None if the body is complete
    cut: Cut | None = None

    def header(self, name: str) -> str | None:
        """Return the first value of a header by its lower-case name; None if the header is absent."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class BodyError(Exception):
    """A body is incomplete or invalid.

    `code` is an outcome code, `body` the bytes received, `cut` the reason if they are truncated.
    """

    def __init__(self, code: str, detail: str, body: bytes = b"", cut: Cut | None = None) -> None:
        self.code, self.detail, self.body, self.cut = code, detail, body, cut
        super().__init__(detail)


def plain(message: object, limit: int = 200) -> str:
    """Return a server's message as one printable line of at most `limit` characters, not counting escapes."""
    text = " ".join(str(message).split())[:limit]
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def check_framing(headers: Sequence[tuple[str, str]], status: int) -> None:
    """Raise BodyError "protocol-error" if the framing is ambiguous (RFC 9112, section 6) or the status is invalid."""
    lengths = {part.strip() for key, value in headers if key.lower() == "content-length" for part in value.split(",")}
    if len(lengths) > 1 or any(not re.fullmatch(r"[0-9]{1,18}", length) for length in lengths):
        raise BodyError("protocol-error", f"Content-Length is {', '.join(sorted(lengths))!r:.60}")
    codings = [value.strip().lower() for key, value in headers if key.lower() == "transfer-encoding"]
    if codings and codings not in (["chunked"], ["identity"]):
        raise BodyError("protocol-error", f"Transfer-Encoding is {', '.join(codings)!r:.60}")
    if not 200 <= status <= 599:
        raise BodyError("protocol-error", f"the status {status} is not defined")


def read_body(
    raw: HTTPResponse, max_wire: int, enough: int | None = None, refuse: Callable[[bytes], str | None] | None = None
) -> tuple[bytes, bool]:
    """Read a body. Returns (bytes, whether its end was declared).

    A body longer than `enough` bytes is cut to that length without an error, and its end counts as not declared.

    `refuse` is called with the first bytes. If it returns the description of an unwanted type, the rest is not read.

    Raises BodyError: "too-large" for more than `max_wire` bytes (with the bytes so far), "incomplete" if the server
    closed the connection, "protocol-error" for invalid chunks, "not-html" for a refused type.
    """
    pieces: list[bytes] = []
    size, limit = 0, max_wire if enough is None else min(enough, max_wire)
    certain = raw.chunked or raw.length_remaining is not None
    try:
        for piece in _chunks(raw, max_wire) if raw.chunked else _pieces(raw):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                break
            if refuse is not None and size == len(piece) and (kind := refuse(piece)) and raw.length_remaining != 0:
                raise BodyError("not-html", f"the page is {kind}", cut="length")
    except BodyError as error:
        error.body = b"".join(pieces)
        raise
    except (HTTPError, HTTPException, OSError) as error:
        raise BodyError("incomplete", f"the body ended after {size:,} bytes", b"".join(pieces), "disconnect") from error
    body = b"".join(pieces)
    if size > limit:
        if enough is None or max_wire <= enough:
            raise BodyError("too-large", f"more than {max_wire:,} bytes received", body[:limit], "length")
        return body[:limit], False
    return body, certain


def _pieces(raw: HTTPResponse) -> Iterator[bytes]:
    while piece := raw.read1(PIECE, decode_content=False):
        yield piece


def _chunks(raw: HTTPResponse, max_wire: int) -> Iterator[bytes]:
    """Yield the data of a chunked body, parsed strictly: urllib3 takes a negative chunk size as "read everything".

    Size lines count as received bytes. The number of chunks is limited, because a million chunks of one byte take 5 s.
    """
    response = raw._original_response
    stream = response.fp if response is not None else None
    if response is None or stream is None:
        return
    wire = count = 0
    while True:
        line = stream.readline(1_026)
        wire, count = wire + len(line) + 2, count + 1
        if wire > max_wire or count > MAX_CHUNKS:
            raise BodyError("too-large", f"{wire:,} bytes received in {count:,} chunks", cut="length")
        if not line.endswith(b"\n"):
            raise _broken("the chunked body is truncated", len(line) > 1_024)
        size = line.split(b";", 1)[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            raise _broken(f"{size[:20]!r} is not a chunk size", True)
        left = int(size, 16)
        if left == 0:
            break
        while left:
            piece = stream.read(min(left, PIECE))
            if not piece:
                raise _broken("the chunked body is truncated", False)
            left -= len(piece)
            wire += len(piece)
            yield piece
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise _broken("a chunk is longer than its declared size", True)
    for _ in range(100):
        if stream.readline(8_192) in (b"\r\n", b"\n", b""):
            break
    else:
        raise _broken("the chunked body has too many trailers", True)
    # As in urllib3 after the last chunk: the response is complete, so the connection can be reused.
    response.close()
    raw.release_conn()


def _broken(detail: str, malformed: bool) -> BodyError:
    return BodyError("protocol-error", detail) if malformed else BodyError("incomplete", detail, cut="disconnect")


def unpack(body: bytes, coding: str | None, max_body: int, max_ratio: int, cut_ok: bool = False) -> bytes:
    """Return `body` with its content coding decoded. With `cut_ok`, a truncated body is decoded as far as possible.

    Raises BodyError: "protocol-error" for a coding that is not supported or does not fit the bytes, "incomplete" if the
    end mark of the coding is missing (requests accepts a truncated gzip body without a length as complete), "too-large"
    for more than `max_body` bytes or a ratio above `max_ratio`.
    """
    codings = [word for part in (coding or "").split(",") if (word := part.strip().lower()) not in ("", "identity")]
    if not codings or not body:
        if len(body) > max_body:
            raise BodyError("too-large", f"{len(body):,} bytes, more than {max_body:,}")
        return body
    if len(codings) > 1:
        raise BodyError("protocol-error", f"{len(codings)} stacked content codings")
    if codings[0] in ("gzip", "x-gzip"):
        return _inflate(body, 31, max_body, max_ratio, cut_ok)
    if codings[0] == "deflate":
        # RFC 9110 defines deflate as the zlib format, but many servers send the raw stream.
        zlib_format = body[0] & 0x0F == 8 and len(body) > 1 and (body[0] * 256 + body[1]) % 31 == 0
        return _inflate(body, 15 if zlib_format else -15, max_body, max_ratio, cut_ok)
    if codings[0] == "br":
        return _join(_brotli_pieces(body), len(body), max_body, max_ratio, cut_ok)
    if codings[0] == "zstd":
        return _join(_zstd_pieces(body), len(body), max_body, max_ratio, cut_ok)
    if codings[0] in _UNSUPPORTED:
        raise BodyError("protocol-error", f"content coding {codings[0]!r}, which is not supported")
    return body


def _join(pieces: Iterator[bytes], packed: int, max_body: int, max_ratio: int, cut_ok: bool) -> bytes:
    """Join decompressed pieces. `packed` is the number of compressed bytes.

    Raises BodyError "too-large" above the limits; with `cut_ok`, the pieces up to the limit or an error are returned.
    """
    limit = min(max_body, max(_RATIO_FREE, packed * max_ratio))
    out: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            out.append(piece)
            size += len(piece)
            if size > limit and not cut_ok:
                raise BodyError("too-large", f"{packed:,} bytes decompress to more than {limit:,}")
            if size > limit:
                break
    except BodyError as error:
        if not cut_ok or error.code == "too-large":
            raise
    return b"".join(out)


def _brotli_pieces(body: bytes) -> Iterator[bytes]:
    """Yield the pieces of a decoded brotli body (RFC 7932). Raises BodyError."""
    engine = brotli.Decompressor()
    rest = body
    try:
        while not engine.is_finished():
            piece = engine.process(rest, output_buffer_limit=PIECE)
            rest = b""
            if piece:
                yield piece
            elif engine.can_accept_more_data() and not engine.is_finished():
                raise BodyError("incomplete", "the compressed body ends before its end mark", cut="disconnect")
    except brotli.error as error:
        raise BodyError("protocol-error", f"the compressed body is damaged: {plain(error)}") from error


def _zstd_pieces(body: bytes) -> Iterator[bytes]:
    """Yield the pieces of a decoded zstd body (RFC 8878), with all its frames. Raises BodyError."""
    rest = body
    while rest:
        engine = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        source = io.BytesIO(rest)
        try:
            # A block decompresses to at most 128 KB (RFC 8878, 3.1.1.2.4), so a short input has a bounded output.
            while not engine.eof and (packed := source.read(256)):
                if piece := engine.decompress(packed):
                    yield piece
        except zstandard.ZstdError as error:
            raise BodyError("protocol-error", f"the compressed body is damaged: {plain(error)}") from error
        if not engine.eof:
            raise BodyError("incomplete", "the compressed body ends before its end mark", cut="disconnect")
        rest = engine.unused_data + source.read()
        if not rest.startswith((b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18")):
            return


def _inflate(body: bytes, wbits: int, max_body: int, max_ratio: int, cut_ok: bool) -> bytes:
    limit = min(max_body, max(_RATIO_FREE, len(body) * max_ratio))
    out: list[bytes] = []
    size, rest = 0, body
    while True:
        engine = zlib.decompressobj(wbits)
        try:
            piece = engine.decompress(rest, limit + 1 - size)
        except zlib.error as error:
            if cut_ok:
                break
            raise BodyError("protocol-error", f"the compressed body is damaged: {error}") from error
        out.append(piece)
        size += len(piece)
        if size > limit and cut_ok:
            break
        if size > limit:
            raise BodyError("too-large", f"{len(body):,} bytes decompress to more than {limit:,}")
        if not engine.eof:
            if cut_ok:
                break
            raise BodyError("incomplete", "the compressed body ends before its end mark", cut="disconnect")
        rest = engine.unused_data
        # A gzip body may have several members. Other bytes after the end are padding; browsers ignore them too.
        if wbits != 31 or not rest.startswith(b"\x1f\x8b"):
            break
    return b"".join(out)


#: magic numbers of binary formats, with descriptions of the formats
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xd0\xcf\x11\xe0", "an office document (.doc, .xls, .ppt)"),
    (b"{\\rtf", "a rich text document (RTF)"),
    (b"bplist00", "a binary property list (.webarchive)"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BM", "a bitmap"),
    (b"RIFF", "a media file"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "a media file"),
    (b"FLV\x01", "a video"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\x00\x01\x00\x00", "a font"),
    (b"SQLite format 3\x00", "a database"),
)
_TEXT_TYPES = re.compile(r"^(text/|application/(xhtml\+xml|xml|json|[\w.+-]+\+(xml|json)|javascript|x-javascript))")


def binary(content: bytes, content_type: str | None) -> str | None:
    """Return a description of binary `content`; None for text. The first bytes count more than the declared type.

    >>> binary(b"%PDF-1.4", "text/html"), binary("<p>警</p>".encode(), "application/pdf")
    ('a PDF', None)
    """
    head = content[:1_024]
    if kind := magic_kind(content):
        return kind
    if _looks_text(head):
        return None
    declared, _, charset = (content_type or "").lower().partition(";")
    declared = declared.strip()
    if "utf-16" in charset:
        return None
    if _TEXT_TYPES.match(declared) and head.count(0) == 0:
        return None
    return f"binary data ({declared or 'no type'})"


def magic_kind(content: bytes) -> str | None:
    """Return a description of the binary format that a magic number identifies; None for text and unknown formats.

    >>> magic_kind(b"%PDF-1.4"), magic_kind(b"{\\\\rtf1 x"), magic_kind(b"<html>")
    ('a PDF', 'a rich text document (RTF)', None)
    """
    head = content[:1_024]
    if head.startswith(b"PK\x03\x04"):
        return next((kind for member, kind in _ZIP_KINDS if member in content), "a ZIP archive or office document")
    for magic, name in _MAGIC:
        if head.startswith(magic) and (len(magic) > 2 or not _looks_text(head)):
            return name
    return "a video" if head[4:8] == b"ftyp" else None


#: members of a ZIP archive that identify document formats, and the formats; member names are not compressed
_ZIP_KINDS = (
    (b"word/document.xml", "a Word document (.docx)"),
    (b"xl/workbook", "an Excel workbook (.xlsx)"),
    (b"ppt/presentation.xml", "a PowerPoint presentation (.pptx)"),
    (b"application/epub+zip", "an e-book (EPUB)"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file"),
    (b"OFD.xml", "an OFD document"),
)


def _looks_text(head: bytes) -> bool:
    """Return whether the bytes look like text: at most 1 % control bytes, or a UTF-16 BOM. Threshold not measured."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(head.count(code) for code in range(32) if code not in (9, 10, 12, 13, 27))
    return controls * 100 <= len(head)
