"""Candidates of one listing: canonical URLs, one candidate per URL, limited in number.

Also contains the functions that feeds, sitemaps and HTML lists share: the markup of a page, the next listing page.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.errors import ExtractError
from ingest.pipeline_types import Candidate, Listing, Page, Source
from ingest.urls import canonical, canonical_and_key, same_site

#: maximum candidates of one listing. Without this limit, a feed of 100,000 items took 5 s and 117 MB (measured;
#: docs/FAULTS.md F8)
MAX_CANDIDATES = 5000
#: maximum characters of an HTML list page that are parsed. With this limit, the slowest inputs of
#: docs/FAULTS.md T3 are parsed before the deadline
MAX_MARKUP = 4_000_000


#: A tag longer than 20,000 characters, whose attributes are removed: the time of libxml2 and feedparser is quadratic
#: in the number of attributes. 100,000 of them took 152 s in a list page, 20,000 took 13 s in a feed (measured).
_LONG_TAG = re.compile(r"<([A-Za-z][\w:\-]{0,40})[^<>]{20000,}>?")


class CandidateCollector:
    """Candidates in the order of the listing. Several forms of the same URL are one candidate.

    `full` is True after a candidate was dropped because there were MAX_CANDIDATES.
    """

    def __init__(self, source: Source, origin: str, base: str, pattern: str | None = None) -> None:
        self.source, self.origin, self.base = source, origin, base
        #: pattern that article URLs must match
        self.pattern = re.compile(pattern) if pattern else None
        self.full = False
        self._found: dict[str, Candidate] = {}
        self._pictured: set[str] = set()

    def add(
        self, url: str, title: str | None, date: str | None, snippet: str | None = None, *, pictured: bool = False
    ) -> None:
        """Add one listed link, unless its URL is invalid, does not match the pattern, or MAX_CANDIDATES are reached.

        Another form of a known URL completes the candidate: a longer title replaces its title, a date and a snippet are
        added if they are missing. `pictured`: the title is the alternative text of a picture; any other title replaces
        such a title.
        """
        try:
            form, name = canonical_and_key(url, self.base)
        except ValueError:
            return
        if self.pattern is not None and not self.pattern.search(form):
            return
        known = self._found.get(name)
        if known is not None:
            better = (title is not None and not pictured, len(title or ""))
            before = (known.title is not None and name not in self._pictured, len(known.title or ""))
            if better > before:
                self._pictured.discard(name)
            else:
                title = known.title
            self._found[name] = replace(known, title=title, date=known.date or date, snippet=known.snippet or snippet)
        elif len(self._found) >= MAX_CANDIDATES:
            self.full = True
        else:
            self._found[name] = Candidate(form, self.source.name, self.origin, title, date, snippet)
            if pictured:
                self._pictured.add(name)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the candidates collected so far."""
        return tuple(self._found.values())


def next_listing(href: str, page: Page, listing: Listing, *, instead: bool = False) -> tuple[Listing, ...]:
    """Return the next page of a listing as a Listing with `max_pages` one lower.

    Returns () beyond the page limit, for an invalid URL, for `page` itself and for a page of another site. `instead`:
    `page` has no rows and the next page replaces it. The next page is then returned even at the last page of the limit,
    with the limit 0, which ends chains of pages that redirect to each other.
    """
    if listing.max_pages <= (0 if instead else 1):
        return ()
    try:
        url = canonical(href, page.final_url)
    except ValueError:
        return ()
    if not same_site(url, page.final_url) or url in (page.url, page.final_url):
        return ()
    return (Listing(listing.kind, url, listing.link_pattern, listing.next_selector, listing.max_pages - 1),)


def markup_of(page: Page) -> str:
    """Return the page's text without byte order mark, NUL characters and the attributes of overlong tags.

    A page without text is decoded from its bytes. Raises ExtractError if the text is empty.
    """
    text = page.text
    if not text.strip("\ufeff\x00 \t\r\n") and page.content:
        # Servers send feeds and sitemaps as octet-stream and other binary types, so the page may have no text yet.
        text = decoded(page.content)
    text = _LONG_TAG.sub(r"<\1>", text.replace("\x00", "").lstrip("\ufeff \t\r\n"))
    if not text:
        raise ExtractError(page.url, "not-a-feed", "the listing is empty")
    return text


def decoded(content: bytes) -> str:
    """Return the bytes decoded as UTF-8, or else as GB18030; "" if both fail."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def describe_body(text: str) -> str:
    """Return the name of a body's format, such as "an RSS feed" or "plain text", for error messages."""
    start = text[:2000].lstrip().lower()
    if start.startswith(("{", "[")):
        return "JSON"
    for mark, name in (
        ("<urlset", "a sitemap"),
        ("<sitemapindex", "a sitemap index"),
        ("<rss", "an RSS feed"),
        ("<feed", "an Atom feed"),
        ("<rdf", "an RDF feed"),
        ("<html", "an HTML page"),
        ("<!doctype html", "an HTML page"),
        ("<head", "an HTML page"),
        ("<body", "an HTML page"),
        ("<div", "an HTML fragment"),
        ("<", "some other markup"),
    ):
        if mark in start:
            return name
    return "plain text"
