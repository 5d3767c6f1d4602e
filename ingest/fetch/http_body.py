"""From a response that has begun to a body that is whole, or an honest word for what is wrong with it.

requests and urllib3 are used for connections and headers. The body is read here: what they promise about bodies is
not enough for hostile servers (docs/fetching.md lists each limit with its measurement). Everything is capped: bytes on
the wire, bytes after decompression, and the ratio of the two.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Literal

from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

Cut = Literal["length", "time", "disconnect"]

#: bytes read at a time: most pages come in one piece
PIECE = 65_536
#: chunks of one body: 16 MB in pieces of 320 bytes, smaller than any server's buffer. Not measured on real sites
MAX_CHUNKS = 50_000
#: the content codings we ask for; no other is undone
ACCEPT_ENCODING = "gzip, deflate"
#: codings that a server may name without our asking; a word outside both sets is no coding at all ("utf-8", "none")
_UNASKED = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm"})
#: a body so small may unpack at any ratio: a blank page of 20 KB comes in 60 bytes
_RATIO_FREE = 1_000_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they were on the wire (transfer coding undone, content coding not)."""

    #: what was asked for in the first place, and what answered after redirects
    url: str
    final_url: str
    request_headers: Sequence[tuple[str, str]]
    status: int
    reason: str
    #: names and values as received, in order, decoded as latin-1
    headers: Sequence[tuple[str, str]]
    body: bytes
    fetched_at: datetime
    #: the body ends where the server said it would; False: it ended when the connection did, which proves nothing
    certain: bool = True
    #: why the body is cut short, None when it is not (WARC-Truncated)
    cut: Cut | None = None

    def header(self, name: str) -> str | None:
        """First value of a header, by lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class WireError(Exception):
    """The body could not be had whole: `code` is an outcome, `body` what came of it, `cut` why it ended."""

    def __init__(self, code: str, detail: str, body: bytes = b"", cut: Cut | None = None) -> None:
        self.code, self.detail, self.body, self.cut = code, detail, body, cut
        super().__init__(detail)


def plain(words: object, limit: int = 200) -> str:
    """What a server said, fit for a log line: one line, no control characters, not endless."""
    text = " ".join(str(words).split())[:limit]
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def check_framing(headers: Sequence[tuple[str, str]], status: int) -> None:
    """Raise WireError "protocol-error" where two readers could see different ends of the body (RFC 9112 section 6)."""
    lengths = {part.strip() for key, value in headers if key.lower() == "content-length" for part in value.split(",")}
    if len(lengths) > 1 or any(not re.fullmatch(r"[0-9]{1,18}", length) for length in lengths):
        raise WireError("protocol-error", f"Content-Length is {', '.join(sorted(lengths))!r:.60}")
    codings = [value.strip().lower() for key, value in headers if key.lower() == "transfer-encoding"]
    if codings and codings not in (["chunked"], ["identity"]):
        raise WireError("protocol-error", f"Transfer-Encoding is {', '.join(codings)!r:.60}")
    if not 200 <= status <= 599:
        raise WireError("protocol-error", f"the status {status} has no meaning")


def read_body(
    raw: HTTPResponse, max_wire: int, enough: int | None = None, refuse: Callable[[bytes], str | None] | None = None
) -> tuple[bytes, bool]:
    """The body as sent, and whether its end is certain. Reads `enough` bytes at most when given.

    `refuse` sees the first bytes and may say what the body is that nobody wants the rest of.

    Raises WireError: "too-large" past `max_wire` (with the bytes so far), "incomplete" when the server broke off,
    "protocol-error" for chunks that are none.
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
            if refuse is not None and size == len(piece) and (what := refuse(piece)) and raw.length_remaining != 0:
                raise WireError("not-html", f"the page is {what}", cut="length")
    except WireError as error:
        error.body = b"".join(pieces)
        raise
    except (HTTPError, HTTPException, OSError) as error:
        raise WireError("incomplete", f"the body ended after {size:,} bytes", b"".join(pieces), "disconnect") from error
    body = b"".join(pieces)
    if size > limit:
        if enough is None or max_wire <= enough:
            raise WireError("too-large", f"more than {max_wire:,} bytes on the wire", body[:limit], "length")
        return body[:limit], False
    return body, certain


def _pieces(raw: HTTPResponse) -> Iterator[bytes]:
    while piece := raw.read1(PIECE, decode_content=False):
        yield piece


def _chunks(raw: HTTPResponse, max_wire: int) -> Iterator[bytes]:
    """Chunked bodies, read strictly: urllib3 takes a negative chunk size for "read all there is", however much.

    The size lines count as wire too, and so does the number of chunks: a million of one byte each take 5 s to read.
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
            raise WireError("too-large", f"{wire:,} bytes on the wire in {count:,} chunks", cut="length")
        if not line.endswith(b"\n"):
            raise _broken("the chunked body broke off", len(line) > 1_024)
        word = line.split(b";", 1)[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", word):
            raise _broken(f"{word[:20]!r} is no chunk size", True)
        left = int(word, 16)
        if left == 0:
            break
        while left:
            piece = stream.read(min(left, PIECE))
            if not piece:
                raise _broken("the chunked body broke off", False)
            left -= len(piece)
            wire += len(piece)
            yield piece
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise _broken("a chunk is longer than it says", True)
    for _ in range(100):
        if stream.readline(8_192) in (b"\r\n", b"\n", b""):
            break
    else:
        raise _broken("the chunked body has endless trailers", True)
    # As urllib3 does after the last chunk: the answer is over, the connection may serve the next request.
    response.close()
    raw.release_conn()


def _broken(detail: str, malformed: bool) -> WireError:
    return WireError("protocol-error", detail) if malformed else WireError("incomplete", detail, cut="disconnect")


def unpack(body: bytes, coding: str | None, max_body: int, max_ratio: int, cut_ok: bool = False) -> bytes:
    """`body` with its one content coding undone. Raises WireError.

    "protocol-error" for codings we did not ask for or that do not fit the bytes, "incomplete" when the coding's own end
    is missing (a gzip cut short without a length looks whole to requests), "too-large" past `max_body` or `max_ratio`.
    `cut_ok` gives what can be had of a body that was cut.
    """
    words = [word for part in (coding or "").split(",") if (word := part.strip().lower()) not in ("", "identity")]
    if not words or not body:
        if len(body) > max_body:
            raise WireError("too-large", f"{len(body):,} bytes, more than {max_body:,}")
        return body
    if len(words) > 1:
        raise WireError("protocol-error", f"{len(words)} content codings on top of one another")
    if words[0] in ("gzip", "x-gzip"):
        return _inflate(body, 31, max_body, max_ratio, cut_ok)
    if words[0] == "deflate":
        # RFC 9110 means zlib's format; many servers send the bare stream.
        zlib_format = body[0] & 0x0F == 8 and len(body) > 1 and (body[0] * 256 + body[1]) % 31 == 0
        return _inflate(body, 15 if zlib_format else -15, max_body, max_ratio, cut_ok)
    if words[0] in _UNASKED:
        raise WireError("protocol-error", f"content coding {words[0]!r}, which we did not ask for")
    return body


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
            raise WireError("protocol-error", f"the compressed body is damaged: {error}") from error
        out.append(piece)
        size += len(piece)
        if size > limit and cut_ok:
            break
        if size > limit:
            raise WireError("too-large", f"unpacks to more than {limit:,} bytes from {len(body):,}")
        if not engine.eof:
            if cut_ok:
                break
            raise WireError("incomplete", "the compressed body ends before its end mark", cut="disconnect")
        rest = engine.unused_data
        # A gzip body may have several members; anything else behind the end is padding that browsers ignore too.
        if wbits != 31 or not rest.startswith(b"\x1f\x8b"):
            break
    return b"".join(out)


#: first bytes of what is surely no text
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
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
    """What `content` is when it is no text, by its first bytes rather than by its label; None for text.

    >>> binary(b"%PDF-1.4", "text/html"), binary("<p>警</p>".encode(), "application/pdf")
    ('a PDF', None)
    """
    head = content[:1_024]
    for magic, name in _MAGIC:
        if head.startswith(magic) and (len(magic) > 2 or not _looks_text(head)):
            return name
    if head[4:8] == b"ftyp":
        return "a video"
    if _looks_text(head):
        return None
    declared, _, charset = (content_type or "").lower().partition(";")
    declared = declared.strip()
    if "utf-16" in charset:
        return None
    if _TEXT_TYPES.match(declared) and head.count(0) == 0:
        return None
    return f"bytes that are no text ({declared or 'no type'})"


def _looks_text(head: bytes) -> bool:
    """No control bytes that text in any charset we read has not (UTF-16 has zeros, but begins with its mark)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(head.count(code) for code in range(32) if code not in (9, 10, 12, 13, 27))
    return controls * 100 <= len(head)
