"""Reader of feeds: RSS 0.9x, 1.0 (RDF) and 2.0, and Atom, parsed by feedparser; JSON Feed.

feedparser opens paths and URLs that are passed as str or bytes (docs/FAULTS.md F2), so it always gets a BytesIO. The
content is decoded and passed as UTF-8 with a matching declaration, because feedparser falls back to windows-1252
for a GBK feed that declares UTF-8 (F7). Feeds that define entities are rejected before parsing (F1). feedparser takes
time quadratic in the number of attributes of a tag (F3), so discovery runs in a worker process that can be killed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import feedparser

from ingest.discover.candidate_collector import (
    MAX_CANDIDATES,
    CandidateCollector,
    describe_body,
    markup_of,
    next_listing,
)
from ingest.discover.listing_dates import moment
from ingest.discover.listing_text import SNIPPET_LENGTH, line, plain
from ingest.errors import ExtractError
from ingest.pipeline_types import Listed, Listing, Page, Source

#: names of root elements; "document" is used by Baidu's news protocol, with items as in RSS
_ROOTS = ("rss", "rdf", "feed", "channel", "document")
_ROOT = re.compile(r"<(?:[\w\-]+:)?(rss|rdf|feed|channel|document)[\s>]", re.IGNORECASE)
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:[\w\-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
#: warnings of feedparser that do not make a feed partial: they concern encoding and content type, which are set here
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def read_feed(page: Page, listing: Listing, source: Source) -> Listed:
    """Return the candidates of one feed and its next page (RFC 5005).

    Raises ExtractError "not-a-feed" if the page is not a feed.
    """
    text = markup_of(page)
    if text.startswith(("{", "[")):
        return _json_feed(page, text, listing, source)
    return _xml_feed(page, text, listing, source)


def _xml_feed(page: Page, text: str, listing: Listing, source: Source) -> Listed:
    body, damaged = _from_root(page, text)
    body, cut = _truncated(body)
    try:
        parsed = feedparser.parse(
            BytesIO(('<?xml version="1.0" encoding="utf-8"?>\n' + body).encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": page.final_url},
            # relative links occur only in summaries, of which only the text is stored
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser tolerates malformed feeds, but a hostile feed can make it raise an exception
        detail = f"the feed cannot be parsed: {type(error).__name__}: {error}"
        raise ExtractError(page.url, "not-a-feed", detail[:300]) from error
    if not parsed.version and not parsed.entries and "document" not in body[:2000]:
        raise ExtractError(page.url, "not-a-feed", f"expected a feed, got {describe_body(text)}")
    collected = CandidateCollector(source, "feed", page.final_url, listing.link_pattern)
    for entry in parsed.entries:
        link = _link(entry, page.final_url)
        if link:
            stated = (moment(dict.get(entry, name), page.fetched_at, source.zone) for name in _DATES)
            date = next((d for d in stated if d), None)
            collected.add(link, plain(entry.get("title"), 300), date, plain(entry.get("summary"), SNIPPET_LENGTH))
    bozo = bool(parsed.bozo) and not isinstance(parsed.get("bozo_exception"), _HARMLESS)
    more = _next(parsed.feed.get("links") or (), page, listing)
    return Listed(collected.candidates(), more, partial=bozo or damaged or cut or collected.full)


_DATES = ("published", "updated", "created")


def _from_root(page: Page, text: str) -> tuple[str, bool]:
    """Return (feed from its root element on, whether other text preceded it). Declaration and DTD are removed.

    Raises ExtractError for another root element, or for a DTD that defines entities.
    """
    position, damaged = 0, False
    while skipped := _PROLOG.match(text, position) or _DOCTYPE.match(text, position):
        if "<!entity" in skipped[0].lower():
            raise ExtractError(page.url, "not-a-feed", "the feed declares entities, which are not allowed")
        position = skipped.end()
    rest = text[position:]
    if not _ROOT.match(rest):
        # text before the feed is usually a PHP warning; but an HTML page is not a feed
        found = _ROOT.search(rest[:4000])
        if found is None or re.search(r"<(?:html|head|body)\b|<!doctype html", rest[: found.start()], re.IGNORECASE):
            raise ExtractError(page.url, "not-a-feed", f"expected a feed, got {describe_body(text)}")
        if "<!entity" in rest[: found.start()].lower():
            raise ExtractError(page.url, "not-a-feed", "the feed declares entities, which are not allowed")
        rest, damaged = rest[found.start() :], True
    return rest, damaged


def _truncated(body: str) -> tuple[str, bool]:
    """Return (feed with at most its first MAX_CANDIDATES items, whether items were dropped).

    Feeds list the newest items first.
    """
    ends = [m.end() for m in _ITEM_END.finditer(body)]
    if len(ends) <= MAX_CANDIDATES:
        return body, False
    return body[: ends[MAX_CANDIDATES - 1]] + body[ends[-1] :], True


def _link(entry: Mapping[str, Any], feed: str) -> str | None:
    """Return the URL of the entry's page, None if the entry has none.

    The URL is the first of these: the link of the page before a feed service replaced it, the alternate link, another
    link that is neither an enclosure nor the feed itself, an id that is a URL.
    """
    guid = str(entry.get("id") or "")
    folder, _, name = guid.rpartition("/")
    if entry.get("guidislink") and folder == feed.rpartition("/")[0] and re.fullmatch(r"[\w\-:]+", name):
        # a GUID that is only a number or name: feedparser resolves it against the feed's own URL
        return None
    links = [x for x in entry.get("links") or () if x.get("href")]
    for found in (
        entry.get("feedburner_origlink"),
        next((x["href"] for x in links if x.get("rel") == "alternate" and "html" in x.get("type", "html")), None),
        entry.get("link"),
        next((x["href"] for x in links if x.get("rel") not in ("enclosure", "self")), None),
        guid if guid.startswith(("http://", "https://")) else None,
    ):
        if found and str(found).strip():
            return str(found)
    return None


def _next(links: Sequence[Mapping[str, Any]], page: Page, listing: Listing) -> tuple[Listing, ...]:
    for link in links:
        if link.get("rel") == "next" and link.get("href"):
            return next_listing(str(link["href"]), page, listing)
    return ()


def _json_feed(page: Page, text: str, listing: Listing, source: Source) -> Listed:
    """Return the candidates of a JSON Feed 1 or 1.1 (jsonfeed.org) and its next page. Raises ExtractError."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExtractError(page.url, "not-a-feed", f"expected a feed, got invalid JSON: {error}"[:300]) from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version", "")):
        raise ExtractError(page.url, "not-a-feed", "expected a feed, got JSON that is not a JSON Feed")
    collected = CandidateCollector(source, "feed", page.final_url, listing.link_pattern)
    broken = False
    for item in items[:MAX_CANDIDATES]:
        if not isinstance(item, dict):
            broken = True
            continue
        url = next((u for k in ("url", "id", "external_url") if isinstance(u := item.get(k), str) and "/" in u), None)
        if url is None:
            continue
        stated = item.get("date_published") or item.get("date_modified")
        content = next(
            (c for k in ("summary", "content_text", "content_html") if isinstance(c := item.get(k), str)), None
        )
        title = item.get("title")
        collected.add(
            url,
            line(title) if isinstance(title, str) else None,
            moment(stated, page.fetched_at, source.zone) if isinstance(stated, str) else None,
            plain(content),
        )
    more = next_listing(str(feed["next_url"]), page, listing) if feed.get("next_url") else ()
    return Listed(collected.candidates(), more, partial=broken or collected.full or len(items) > MAX_CANDIDATES)
