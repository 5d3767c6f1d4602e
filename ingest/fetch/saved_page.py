"""Saved pages -> Page, for one-off reading of files: HTML or text, gzipped or not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import FetchError
from ingest.fetch.charset import decode
from ingest.fetch.http_body import WireError, unpack
from ingest.model import Page

#: bytes of a saved page, and after decompression; the caps that fetched pages have by default
MAX_WIRE, MAX_BODY, MAX_RATIO = 8_000_000, 16_000_000, 200


def page_from_file(path: Path, url: str | None = None) -> Page:
    """The Page a saved file holds. `url` names the page when known, else the file's own address stands for it.

    `fetched_at` is when the file was last changed. Raises FetchError: "too-large", "incomplete" or "protocol-error" for
    gzip that is cut or damaged, "undecodable"; OSError when the file cannot be read.
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
        except WireError as error:
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
