"""Loader for saved pages: HTML, plain text or MHTML, gzipped or not, and the URL that a saved page states."""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import CloseBoundaryNotFoundDefect
from email.message import Message
from pathlib import Path
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer

from ingest.errors import FetchError
from ingest.fetch.charset import decode
from ingest.fetch.http_body import BodyError, magic_kind, unpack
from ingest.pipeline_types import Page
from ingest.urls import canonical, document_base, same_site

#: maximum bytes of a file, maximum bytes after decompression, and maximum ratio of the two; equal to the defaults for
#: fetched pages
MAX_WIRE, MAX_BODY, MAX_RATIO = 8_000_000, 16_000_000, 200
#: maximum bytes of an MHTML file, which also contains the images of the page; not measured
MAX_MHTML = 64_000_000
#: Scheme of the URL of a saved page that does not state a URL. A hash of the file's path follows: the file remains the
#: same article when its text changes, and no output contains the path
SCHEME = "saved:"

#: characters searched for the comment of the program that saved the page; browsers write it first. Not measured
_HEAD = 8_192
#: comments with the saved URL, by browsers (Mark of the Web), SingleFile and HTTrack
_SAVED_FROM = (
    re.compile(r"<!--\s*saved from url=\(\d+\)\s*(\S+?)\s*-->", re.IGNORECASE),
    re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)", re.IGNORECASE),
    re.compile(r"<!--\s*Mirrored from (\S+) by HTTrack", re.IGNORECASE),
)
#: header fields at the start of a file, by which MHTML (RFC 2557) is recognised: a file with several parts, or with
#: only the page
_FIELDS = rb"\A(?:\xef\xbb\xbf)?\s*(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
_MHTML = re.compile(
    _FIELDS + rb"(?:Content-Type:\s*multipart/related\b|(?:MIME-Version|Content-Transfer-Encoding|Content-Location):)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Document:
    """The page in a file: its bytes, content type, and URL if the file states one."""

    content: bytes
    content_type: str
    location: str | None = None


def page_from_file(path: Path, url: str | None = None) -> Page:
    """Load a saved file as a Page. Its URL is `url`, else the location in an MHTML file, else a hash ("saved:").

    `fetched_at` is the modification time of the file. Raises FetchError "not-html" for PDF, office documents and other
    binary files, "too-large", "undecodable", and "incomplete" or "protocol-error" for truncated or damaged gzip or
    MHTML. Raises OSError if the file cannot be read.
    """
    document = _document(path)
    name = url or _address(document.location) or SCHEME + hashlib.sha256(bytes(path.resolve())).hexdigest()[:32]
    decoded = decode(document.content, document.content_type)
    if decoded.undecodable:
        raise FetchError(path.name, "undecodable", f"{decoded.replaced} characters do not decode as {decoded.encoding}")
    return Page(
        url=name,
        final_url=name,
        status=200,
        headers={"content-type": document.content_type},
        content=document.content,
        text=decoded.text,
        encoding=decoded.encoding,
        encoding_origin=decoded.origin,
        fetched_at=datetime.fromtimestamp(path.stat().st_mtime, tz=UTC),
    )


def stated_url(page: Page) -> str | None:
    """Return the canonical URL that a saved page states; None if it states no fetchable URL.

    The canonical link or og:url of the page is preferred, unless it is a home page or on another site than the URL from
    which the page was saved. Otherwise the URL from which it was saved is returned: `page.url`, or, if that is a hash,
    the URL in a comment of the saving program.
    """
    saved_from = next((url for claim in (page.url, *_comments(page.text)) if (url := _address(claim))), None)
    for claim in _canonical_claims(page.text, saved_from):
        url = _address(claim)
        if url and not _is_home(url) and (saved_from is None or same_site(url, saved_from)):
            return url
    return saved_from


def _document(path: Path) -> _Document:
    with path.open("rb") as file:
        content = file.read(MAX_WIRE + 1)
        if len(content) > MAX_WIRE and _MHTML.match(content[:_HEAD]):
            content += file.read(MAX_MHTML - MAX_WIRE)
            if file.read(1):
                raise FetchError(path.name, "too-large", f"the MHTML file is larger than {MAX_MHTML:,} bytes")
        elif len(content) > MAX_WIRE:
            raise FetchError(path.name, "too-large", f"the file is larger than {MAX_WIRE:,} bytes")
    if content.startswith(b"\x1f\x8b"):
        try:
            content = unpack(content, "gzip", MAX_BODY, MAX_RATIO)
        except BodyError as error:
            raise FetchError(path.name, error.code, error.detail) from error
    if _MHTML.match(content[:_HEAD]):
        return _mhtml_document(path.name, content)
    if kind := magic_kind(content):
        raise FetchError(path.name, "not-html", f"the file is {kind}; save the page as HTML or text")
    text = path.name.lower().removesuffix(".gz").endswith(".txt")
    return _Document(content, "text/plain" if text else "text/html")


def _mhtml_document(name: str, content: bytes) -> _Document:
    """Return the main page of an MHTML file (RFC 2557). Raises FetchError."""
    try:
        message = email.message_from_bytes(content.removeprefix(b"\xef\xbb\xbf").lstrip())
        part = _main_part(message)
        body = part.get_payload(decode=True) if part is not None else None
    # the parser of the standard library raises exceptions of many types for malformed messages
    except Exception as error:
        raise FetchError(name, "protocol-error", f"the MHTML file is damaged: {type(error).__name__}") from error
    if part is None or not isinstance(body, bytes) or not body:
        raise FetchError(name, "incomplete", "the MHTML file contains no page")
    if _is_cut(message, part) and b"</html" not in body[-200:].lower():
        raise FetchError(name, "incomplete", "the MHTML file ends within the page")
    if len(body) > MAX_BODY:
        raise FetchError(name, "too-large", f"the page is larger than {MAX_BODY:,} bytes")
    charset = part.get_content_charset()
    location = part.get("Content-Location") or message.get("Snapshot-Content-Location")
    return _Document(body, f"text/html; charset={charset}" if charset else "text/html", str(location or "").strip())


def _main_part(message: Message) -> Message | None:
    """Return the main page of a multipart message: the HTML part with the saved URL, else the first HTML part.

    Returns None if there is no HTML part.
    """
    pages = [part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")]
    wanted = str(message.get("Snapshot-Content-Location") or "").strip()
    located = (part for part in pages if wanted and str(part.get("Content-Location") or "").strip() == wanted)
    return next(located, pages[0] if pages else None)


def _is_cut(message: Message, part: Message) -> bool:
    """Return whether the last part of a message is `part` and has no end."""
    unended = any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects)
    return unended and list(message.walk())[-1] is part


def _address(claim: str | None) -> str | None:
    """Return the canonical form of a stated URL; None if it is not a web address."""
    if not claim or claim.startswith(SCHEME):
        return None
    try:
        return canonical(claim)
    except ValueError:
        return None


def _comments(text: str) -> Iterator[str]:
    head = text[:_HEAD]
    for pattern in _SAVED_FROM:
        if found := pattern.search(head):
            yield found[1] if "://" in found[1] else f"http://{found[1]}"


def _canonical_claims(text: str, saved_from: str | None) -> Iterator[str]:
    """Yield the URLs that a page states for itself, resolved against its base URL."""
    if "<" not in text:  # Beautiful Soup would warn about a text that looks like a URL or a path
        return
    soup = BeautifulSoup(text, "lxml", parse_only=SoupStrainer(["base", "link", "meta"]))
    base = document_base((str(tag.get("href")) for tag in soup.find_all("base", href=True)), saved_from or "")
    link = soup.find("link", rel="canonical")
    meta = soup.find("meta", property="og:url")
    for claim in (link and link.get("href"), meta and meta.get("content")):
        if claim:
            with suppress(ValueError):
                yield urljoin(base, str(claim).strip())


def _is_home(url: str) -> bool:
    return url.split("://", 1)[1].partition("/")[2] == ""
