"""Collecting candidates of one listing: canonical URLs, one candidate a story, capped; and getting at its text."""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.errors import ExtractError
from ingest.model import Candidate, Listing, Page, Source
from ingest.urls import canonical, forms, same_site

#: candidates taken of one listing. A feed of 100,000 items took 5 s and 117 MB uncapped (FAULTS F8: measured)
MOST = 5000
#: characters of markup that are parsed; 4 MB is where the worst inputs of FAULTS T3 still end within the deadline
MARKUP = 4_000_000


#: a tag longer than this loses its attributes. libxml2's and feedparser's time grows with the square of a tag's
#: attributes: 100,000 on one tag took 152 s in a list page, 20,000 took 13 s in a feed (measured here)
_LONG_TAG = re.compile(r"<([A-Za-z][\w:\-]{0,40})[^<>]{20000,}>?")


class Gathered:
    """Candidates in the order in which they were listed; the same story under several URL forms is one of them."""

    def __init__(self, source: Source, origin: str, base: str, pattern: str | None = None) -> None:
        self.source, self.origin, self.base = source, origin, base
        #: what an article's URL must match
        self.pattern = re.compile(pattern) if pattern else None
        self.full = False
        self._found: dict[str, Candidate] = {}

    def add(self, url: str, title: str | None, date: str | None, snippet: str | None = None) -> None:
        """Take one listed link; a URL we would not fetch is passed over, a second form of a known one adds to it."""
        try:
            form, name = forms(url, self.base)
        except ValueError:
            return
        if self.pattern is not None and not self.pattern.search(form):
            return
        known = self._found.get(name)
        if known is not None:
            title = known.title if len(known.title or "") >= len(title or "") else title
            self._found[name] = replace(known, title=title, date=known.date or date, snippet=known.snippet or snippet)
        elif len(self._found) >= MOST:
            self.full = True
        else:
            self._found[name] = Candidate(form, self.source.name, self.origin, title, date, snippet)

    def candidates(self) -> tuple[Candidate, ...]:
        """Everything taken so far."""
        return tuple(self._found.values())


def further(href: str, page: Page, listing: Listing, *, instead: bool = False) -> tuple[Listing, ...]:
    """The next page of a listing as a Listing of one page fewer; none past the limit, off the site, or itself.

    `instead`: this page has no rows and the next stands in its place, so the last page of the limit may have one
    too. It then has the limit 0 and ends the line, so that pages which send on to each other come to an end.
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
    """The page's text without byte order mark and NULs; raises ExtractError when it has none."""
    text = page.text
    if not text.strip("\ufeff\x00 \t\r\n") and page.content:
        # Servers call feeds and sitemaps octet-stream and worse: the bytes are asked before giving up.
        text = decoded(page.content)
    text = _LONG_TAG.sub(r"<\1>", text.replace("\x00", "").lstrip("\ufeff \t\r\n"))
    if not text:
        raise ExtractError(page.url, "not-a-feed", "the listing is empty")
    return text


def decoded(content: bytes) -> str:
    """UTF-8 when it is, else GB18030 when it is, else nothing."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def described(text: str) -> str:
    """What a body looks like, for the error that says it is no listing."""
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
