"""XML sitemaps, their indexes, gzip, Google News and Baidu fields, text sitemaps -> Listed.

An index is followed one level down, on its own site, newest first, as many as the listing allows: an index of an
index is a loop or a mistake (FAULTS F11). One layer of gzip, at most 50 MB of XML: 660 bytes of gzip in gzip make
300 MB (measured there).
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

from ingest.discover.candidates import MOST, Gathered, decoded, described, markup_of
from ingest.discover.claims import line, moment
from ingest.errors import ExtractError
from ingest.model import Listed, Listing, Page, Source
from ingest.urls import canonical, same_site

#: bytes of one sitemap after unpacking: the protocol's own limit (sitemaps.org)
LARGEST = 50_000_000
#: namespaces whose title and date belong to a picture or a video
_MEDIA = ("sitemap-image", "sitemap-video", "sitemap-pagemap")
_DATES = ("publication_date", "pubdate", "pubtime", "publishtime", "lastmod")


class _Entry:
    """One <url> or <sitemap>: where, and what is claimed of it."""

    __slots__ = ("claims", "index", "url")

    def __init__(self, url: str, index: bool, claims: dict[str, str]) -> None:
        self.url, self.index, self.claims = url, index, claims


def read_sitemap(page: Page, listing: Listing, source: Source) -> Listed:
    """The candidates of one sitemap, or the sitemaps of an index; ExtractError "not-a-feed" when it is neither."""
    content, cut = _unpacked(page)
    head = content[:4000].decode("utf-8", "replace")
    if head.startswith(("http://", "https://")):
        return _text_sitemap(page, content.decode("utf-8", "replace"), listing, source, cut)
    if "<!entity" in head.lower():
        raise ExtractError(page.url, "not-a-feed", "the sitemap defines entities of its own; such are refused")
    if "<urlset" not in head and "<sitemapindex" not in head:
        raise ExtractError(page.url, "not-a-feed", f"no sitemap came, but {described(head)}")
    entries, broken = _entries(content)
    if any(e.index for e in entries):
        return _index(page, listing, source, entries, cut or broken)
    return _urls(page, listing, source, entries, cut or broken)


def _unpacked(page: Page) -> tuple[bytes, bool]:
    """The sitemap as UTF-8 without anything before it, out of one layer of gzip; whether it was cut.

    Bytes, because the text of 50 MB would lie in memory four times over (679 MB: measured).
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
        raise ExtractError(page.url, "not-a-feed", "the sitemap is gzip inside gzip; one layer is unpacked")
    if b"encoding=" in content[:200] and b"utf-8" not in content[:200].lower():
        content = decoded(content).encode("utf-8")
    return content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n"), not unpacker.eof


def _entries(content: bytes) -> tuple[list[_Entry], bool]:
    """Every <url> and <sitemap> in order; whether the XML is ill-formed. Memory stays that of one entry."""
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
                found.append(_Entry(url, etree.QName(element).localname == "sitemap", claims))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError:
        return found, True
    return found, len(walk.error_log) > 0


def _claims(element: Any) -> Iterator[tuple[str, str]]:
    """(local name, text) of what stands in an entry, without what belongs to its pictures."""
    for child in element.iterdescendants():
        if not isinstance(child.tag, str) or not child.text or not child.text.strip():
            continue
        name = etree.QName(child)
        if not any(media in (name.namespace or "") for media in _MEDIA):
            yield name.localname.lower(), child.text.strip()[:4000]


def _date(entry: _Entry, now: datetime, zone: str) -> str | None:
    return next((d for k in _DATES if (d := moment(entry.claims.get(k), now, zone))), None)


def _index(page: Page, listing: Listing, source: Source, entries: list[_Entry], broken: bool) -> Listed:
    """The sitemaps of an index, newest first as far as it says. max_pages 0 marks a sitemap found in an index."""
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
    newest = _newest(entries, page.fetched_at, source.zone, MOST)
    stated = {date for _, date in newest}
    # A lastmod that is the same on every page says when the sitemap was made, not when the pages were.
    empty = len(newest) > 5 and len(stated) == 1 and not any("publication_date" in e.claims for e, _ in newest)
    taken = Gathered(source, "sitemap", page.final_url, listing.link_pattern)
    for entry, date in newest:
        if same_site(entry.url, page.final_url) or same_site(entry.url, source.home):
            title = line(entry.claims.get("title") or entry.claims.get("headline"))
            taken.add(entry.url, title, None if empty else date)
    return Listed(taken.candidates(), (), partial=broken or taken.full or len(entries) > MOST)


def _newest(entries: list[_Entry], now: datetime, zone: str, most: int) -> list[tuple[_Entry, str | None]]:
    """The `most` newest entries with their dates, newest first; undated ones after the dated, in their order."""
    dated = [(entry, _date(entry, now, zone)) for entry in entries]
    order = {id(entry): index for index, entry in enumerate(entries)}
    return nlargest(most, dated, key=lambda pair: (_instant(pair[1], zone), -order[id(pair[0])]))


def _instant(date: str | None, zone: str) -> float:
    if date is None:
        return 0.0
    value = datetime.fromisoformat(date)
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).timestamp()


def _text_sitemap(page: Page, text: str, listing: Listing, source: Source, cut: bool) -> Listed:
    taken = Gathered(source, "sitemap", page.final_url, listing.link_pattern)
    broken = False
    for row in text.split():
        if same_site(row, page.final_url) or same_site(row, source.home):
            taken.add(row, None, None)
        else:
            broken = broken or not row.startswith(("http://", "https://"))
        if taken.full:
            break
    return Listed(taken.candidates(), (), partial=cut or broken or taken.full)
