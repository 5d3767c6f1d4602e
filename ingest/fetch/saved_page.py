"""Loader for saved pages: HTML or plain text, gzipped or not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import FetchError
from ingest.fetch.charset import decode
from ingest.fetch.http_body import BodyError, unpack
from ingest.model import Page

#: maximum bytes of a file, of its decompressed content, and ratio of the two; the default limits of fetched pages
MAX_WIRE, MAX_BODY, MAX_RATIO = 8_000_000, 16_000_000, 200


def page_from_file(path: Path, url: str | None = None) -> Page:
    """Load a saved file as a Page. Without `url` the page has the file: URL of the file.

    `fetched_at` is the modification time of the file. Raises FetchError "too-large", "undecodable", and for truncated
    or damaged gzip "incomplete" or "protocol-error"; OSError when the file cannot be read.
    """
    name = url or path.resolve().as_uri()
    with path.open("rb") as file:
        content = file.read(MAX_WIRE + 1)
        changed = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    if len(content) > MAX_WIRE:
        raise FetchError(name, "too-large", f"the file is larger than {MAX_WIRE:,} bytes")
    if content.startswith(b"\x1f\x8b"):
        try:
            content = unpack(content, "gzip", MAX_BODY, MAX_RATIO)
        except BodyError as error:
            raise FetchError(name, error.code, error.detail) from error
    kind = "text/plain" if path.name.removesuffix(".gz").endswith(".txt") else "text/html"
    decoded = decode(content)
    if decoded.undecodable:
        raise FetchError(name, "undecodable", f"{decoded.replaced} characters do not decode as {decoded.encoding}")
    return Page(
        url=name,
        final_url=name,
        status=200,
        headers={"content-type": kind},
        content=content,
        text=decoded.text,
        encoding=decoded.encoding,
        encoding_origin=decoded.origin,
        fetched_at=changed,
    )
