"""Reader of sitemaps: XML, sitemap indexes, gzip, Google News and Baidu fields, text sitemaps.

An index is followed for one level, on its own site only, newest sitemaps first, up to the limit of the listing. An
index within an index is not followed, because it is a loop or a mistake (docs/FAULTS.md F11). The limits are one layer
of gzip and 50 MB of XML: 660 bytes of nested gzip expand to 300 MB (measured).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime
from heapq import nlargest
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from ingest.discover.candidate_collector import MAX_CANDIDATES, CandidateCollector, decoded, describe_body, markup_of
from ingest.discover.listing_dates import moment
from ingest.discover.listing_text import line
from ingest.errors import ExtractError
from ingest.pipeline_types import Listed, Listing, Page, Source
from ingest.urls import canonical, same_site

#: maximum bytes of one sitemap after decompression, which is the limit of the protocol (sitemaps.org)
LARGEST = 50_000_000
#: namespaces of pictures and videos; their titles and dates are not those of the page
_MEDIA = ("sitemap-image", "sitemap-video", "sitemap-pagemap")
_DATES = ("publication_date", "pubdate", "pubtime", "publishtime", "lastmod")


class _Entry:
    """One <url> or <sitemap> element with its claims."""

    __slots__ = ("claims", "index", "url")

    def __init__(self, url: str, index: bool, claims: dict[str, str]) -> None:
        self.url, self.index, self.claims = url, index, claims


def read_sitemap(page: Page, listing: Listing, source: Source) -> Listed:
    """Return the candidates of one sitemap, or the sitemaps of an index.

    Raises ExtractError "not-a-feed" if the page is neither, or declares entities.
    """
    content, cut = _unpacked(page)
    head = content[:4000].decode("utf-8", "replace")
    if head.startswith(("http://", "https://")):
        return _text_sitemap(page, content.decode("utf-8", "replace"), listing, source, cut)
    if "<!entity" in head.lower():
        raise ExtractError(page.url, "not-a-feed", "the sitemap declares entities, which are not allowed")
    if "<urlset" not in head and "<sitemapindex" not in head:
        raise ExtractError(page.url, "not-a-feed", f"expected a sitemap, got {describe_body(head)}")
    entries, broken = _entries(content)
    if any(e.index for e in entries):
        return _index(page, listing, source, entries, cut or broken)
    return _urls(page, listing, source, entries, cut or broken)


def _unpacked(page: Page) -> tuple[bytes, bool]:
    """Return (sitemap as UTF-8 bytes without byte order mark, whether it was truncated). Decompresses at most once.

    Raises ExtractError for damaged gzip, and for gzip inside gzip. Bytes are used because 50 MB as text would take four
    times the memory (679 MB: measured).
    """
    if not page.content.startswith(b"\x1f\x8b"):
        text = markup_of(page)
        return text[:LARGEST].encode("utf-8", "replace"), len(text) > LARGEST
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(page.content, LARGEST)
    except zlib.error as error:
        raise ExtractError(page.url, "not-a-feed", f"the sitemap's gzip is broken: {error}") from None
    if content.startswith(b"\x1f\x8b"):
        raise ExtractError(page.url, "not-a-feed", "the sitemap is gzip inside gzip; only one layer is allowed")
    if b"encoding=" in content[:200] and b"utf-8" not in content[:200].lower():
        content = decoded(content).encode("utf-8")
    return content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n"), not unpacker.eof


def _entries(content: bytes) -> tuple[list[_Entry], bool]:
    """Return (all <url> and <sitemap> entries in order, whether the XML is malformed).

    Only one entry is in memory as XML at a time.
    """
    walk = etree.iterparse(
        BytesIO(content),
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        recover=True,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
    )
    found: list[_Entry] = []
    try:
        for _, element in walk:
            claims = dict(_claims(element))
            url = claims.pop("loc", "")
            if url:
                found.append(_Entry(url, element.tag.rpartition("}")[2] == "sitemap", claims))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError:
        return found, True
    return found, len(walk.error_log) > 0


def _claims(element: Any) -> Iterator[tuple[str, str]]:
    """Yield (local name in lower case, text) of the fields of an entry, except those of its pictures and videos."""
    for child in element.iterdescendants():
        if not isinstance(child.tag, str) or not child.text or not child.text.strip():
            continue
        # etree.QName rejects a tag whose prefix is not declared (news:title); the parser keeps such a tag unchanged
        kind, _, name = child.tag.lstrip("{").replace("}", ":").rpartition(":")
        if f"sitemap-{kind}" not in _MEDIA and not any(media in kind for media in _MEDIA):
            yield name.lower(), child.text.strip()[:4000]


def _date(entry: _Entry, now: datetime, zone: str) -> str | None:
    return next((d for k in _DATES if (d := moment(entry.claims.get(k), now, zone))), None)


def _index(page: Page, listing: Listing, source: Source, entries: list[_Entry], broken: bool) -> Listed:
    """Return the sitemaps of an index as listings with max_pages 0, which marks them as nested.

    Only sitemaps of the same site are returned, at most `listing.max_pages`: those with a date first, newest first.
    """
    found: dict[str, Listing] = {}
    left = False
    for entry, _ in _newest(entries, page.fetched_at, source.zone, len(entries)):
        if len(found) >= listing.max_pages:
            left = True
            break
        try:
            url = canonical(entry.url, page.final_url)
        except ValueError:
            continue
        if entry.index and same_site(url, page.final_url) and url not in (page.url, page.final_url):
            found.setdefault(url, Listing("sitemap", url, listing.link_pattern, None, 0))
    return Listed((), tuple(found.values()), partial=broken or left)


def _urls(page: Page, listing: Listing, source: Source, entries: list[_Entry], broken: bool) -> Listed:
    newest = _newest(entries, page.fetched_at, source.zone, MAX_CANDIDATES)
    stated = {date for _, date in newest}
    # a date that all entries have is the date of the sitemap, not of the pages
    empty = len(newest) > 5 and len(stated) == 1 and not any("publication_date" in e.claims for e, _ in newest)
    collected = CandidateCollector(source, "sitemap", page.final_url, listing.link_pattern)
    for entry, date in newest:
        if same_site(entry.url, page.final_url) or same_site(entry.url, source.home):
            title = line(entry.claims.get("title") or entry.claims.get("headline"))
            collected.add(entry.url, title, None if empty else date)
    return Listed(collected.candidates(), (), partial=broken or collected.full or len(entries) > MAX_CANDIDATES)


def _newest(entries: list[_Entry], now: datetime, zone: str, most: int) -> list[tuple[_Entry, str | None]]:
    """Return the `most` newest entries with their dates, newest first; entries without a date follow in their order."""
    dated = [(entry, _date(entry, now, zone)) for entry in entries]
    order = {id(entry): index for index, entry in enumerate(entries)}
    return nlargest(most, dated, key=lambda pair: (_instant(pair[1], zone), -order[id(pair[0])]))


def _instant(date: str | None, zone: str) -> float:
    if date is None:
        return 0.0
    value = datetime.fromisoformat(date)
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).timestamp()


def _text_sitemap(page: Page, text: str, listing: Listing, source: Source, cut: bool) -> Listed:
    collected = CandidateCollector(source, "sitemap", page.final_url, listing.link_pattern)
    broken = False
    for row in text.split():
        if same_site(row, page.final_url) or same_site(row, source.home):
            collected.add(row, None, None)
        else:
            broken = broken or not row.startswith(("http://", "https://"))
        if collected.full:
            break
    return Listed(collected.candidates(), (), partial=cut or broken or collected.full)
