"""RSS 0.9x, 1.0 (RDF) and 2.0, Atom, JSON Feed -> Listed. Parsing is feedparser's.

What feedparser gets is never its own choice (FAULTS F2: it opens paths and URLs it is handed, as str or bytes): always
a BytesIO of text that we decoded ourselves, encoded again as UTF-8 under a declaration that says so (F7: it falls back
to windows-1252 for a GBK feed that claims UTF-8). Entities of a feed's own are refused before parsing (F1). Its time
grows with the square of a tag's attributes (F3): the worker in which this runs can be killed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import feedparser

from ingest.discover.candidates import MOST, Gathered, described, further, markup_of
from ingest.discover.claims import SNIPPET_LENGTH, line, moment, plain
from ingest.errors import ExtractError
from ingest.model import Listed, Listing, Page, Source

#: "document" is Baidu's news protocol, whose items are those of RSS
_ROOTS = ("rss", "rdf", "feed", "channel", "document")
_ROOT = re.compile(r"<(?:[\w\-]+:)?(rss|rdf|feed|channel|document)[\s>]", re.IGNORECASE)
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:[\w\-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
#: what feedparser notes of our own doing, not of the feed
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def read_feed(page: Page, listing: Listing, source: Source) -> Listed:
    """The candidates of one feed and its next page (RFC 5005); ExtractError "not-a-feed" when it is none."""
    text = markup_of(page)
    if text.startswith(("{", "[")):
        return _json_feed(page, text, listing, source)
    return _xml_feed(page, text, listing, source)


def _xml_feed(page: Page, text: str, listing: Listing, source: Source) -> Listed:
    body, damaged = _trusted(page, text)
    body, cut = _shortened(body)
    try:
        parsed = feedparser.parse(
            BytesIO(('<?xml version="1.0" encoding="utf-8"?>\n' + body).encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": page.final_url},
            # Links are resolved all the same; this is for those in summaries, of which we keep the text.
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser promises to raise nothing and keeps it for feeds people write, not for those made to break it.
        detail = f"the feed cannot be parsed: {type(error).__name__}: {error}"
        raise ExtractError(page.url, "not-a-feed", detail[:300]) from error
    if not parsed.version and not parsed.entries and "document" not in body[:2000]:
        raise ExtractError(page.url, "not-a-feed", f"no feed came, but {described(text)}")
    taken = Gathered(source, "feed", page.final_url, listing.link_pattern)
    for entry in parsed.entries:
        link = _link(entry, page.final_url)
        if link:
            stated = (moment(dict.get(entry, name), page.fetched_at, source.zone) for name in _DATES)
            date = next((d for d in stated if d), None)
            taken.add(link, plain(entry.get("title"), 300), date, plain(entry.get("summary"), SNIPPET_LENGTH))
    bozo = bool(parsed.bozo) and not isinstance(parsed.get("bozo_exception"), _HARMLESS)
    more = _next(parsed.feed.get("links") or (), page, listing)
    return Listed(taken.candidates(), more, partial=bozo or damaged or cut or taken.full)


_DATES = ("published", "updated", "created")


def _trusted(page: Page, text: str) -> tuple[str, bool]:
    """The feed from its root element on, without declaration and DTD; whether something stood before it.

    Raises ExtractError when the root is no feed's or the DTD defines entities.
    """
    position, damaged = 0, False
    while skipped := _PROLOG.match(text, position) or _DOCTYPE.match(text, position):
        if "<!entity" in skipped[0].lower():
            raise ExtractError(page.url, "not-a-feed", "the feed defines entities of its own; such feeds are refused")
        position = skipped.end()
    rest = text[position:]
    if not _ROOT.match(rest):
        # A warning of the site's PHP before the feed is the usual case; a page of HTML is none.
        found = _ROOT.search(rest[:4000])
        if found is None or re.search(r"<(?:html|head|body)\b|<!doctype html", rest[: found.start()], re.IGNORECASE):
            raise ExtractError(page.url, "not-a-feed", f"no feed came, but {described(text)}")
        if "<!entity" in rest[: found.start()].lower():
            raise ExtractError(page.url, "not-a-feed", "the feed defines entities of its own; such feeds are refused")
        rest, damaged = rest[found.start() :], True
    return rest, damaged


def _shortened(body: str) -> tuple[str, bool]:
    """The feed with its first MOST items; feeds list the newest first."""
    ends = [m.end() for m in _ITEM_END.finditer(body)]
    if len(ends) <= MOST:
        return body, False
    return body[: ends[MOST - 1]] + body[ends[-1] :], True


def _link(entry: Mapping[str, Any], feed: str) -> str | None:
    """The entry's page: the original behind a feed service, the alternate link, or an id that is a URL."""
    guid = str(entry.get("id") or "")
    folder, _, name = guid.rpartition("/")
    if entry.get("guidislink") and folder == feed.rpartition("/")[0] and re.fullmatch(r"[\w\-:]+", name):
        # A GUID that only numbers the entry: feedparser has made a URL beside the feed's own of it.
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
            return further(str(link["href"]), page, listing)
    return ()


def _json_feed(page: Page, text: str, listing: Listing, source: Source) -> Listed:
    """JSON Feed 1 and 1.1 (jsonfeed.org)."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExtractError(
            page.url, "not-a-feed", f"no feed came, but JSON that does not parse: {error}"[:300]
        ) from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version", "")):
        raise ExtractError(page.url, "not-a-feed", "no feed came, but JSON that is no JSON Feed")
    taken = Gathered(source, "feed", page.final_url, listing.link_pattern)
    broken = False
    for item in items[:MOST]:
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
        taken.add(
            url,
            line(title) if isinstance(title, str) else None,
            moment(stated, page.fetched_at, source.zone) if isinstance(stated, str) else None,
            plain(content),
        )
    more = further(str(feed["next_url"]), page, listing) if feed.get("next_url") else ()
    return Listed(taken.candidates(), more, partial=broken or taken.full or len(items) > MOST)
