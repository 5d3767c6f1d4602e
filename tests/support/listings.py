"""Listing pages for tests, without a network."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.discover import read_listing
from ingest.pipeline_types import Listed, Listing, ListingKind, Page, Source

#: fetch time of the pages of `page_of`
NOW = datetime(2020, 10, 1, 4, 0, tzinfo=UTC)


def page_of(text: str, url: str, content: bytes | None = None) -> Page:
    """Return a decoded page; `content` replaces the encoded `text` for binary bodies."""
    return Page(
        url, url, 200, {}, text.encode("utf-8", "replace") if content is None else content, text, "utf-8", "header", NOW
    )


def listed(
    text: str,
    kind: ListingKind,
    url: str = "http://www.example.cn/list/",
    *,
    content: bytes | None = None,
    pattern: str | None = None,
    selector: str | None = None,
    pages: int = 1,
) -> Listed:
    """Return the result of discovery for a body served under `url`."""
    home = "/".join(url.split("/")[:3]) + "/"
    source = Source("test", home, ())
    return read_listing(page_of(text, url, content), Listing(kind, url, pattern, selector, pages), source)
