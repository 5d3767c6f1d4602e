"""HTML list pages -> Listed, by the source's link pattern or by finding the list themselves (blocks.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.discover.blocks import Item, found_blocks, items_of
from ingest.discover.claims import line, moment, path_date, plain
from ingest.discover.gather import MOST, Gathered, further, markup_of
from ingest.discover.links import links_of, tree_of
from ingest.discover.paging import next_pages
from ingest.errors import ReadError
from ingest.model import Listed, Listing, Page, Source

_JSONP = re.compile(r"^\s*[\w$.]{1,80}\s*(?:\(|=)\s*(?=[\[{])")
_TITLES = ("title", "docTitle", "headline", "name", "articleTitle", "newsTitle", "LinkTitle", "subject")
_LINKS = (
    "url",
    "link",
    "docpuburl",
    "docPubUrl",
    "href",
    "linkUrl",
    "LinkUrl",
    "articleUrl",
    "pageUrl",
    "web_url",
    "pcUrl",
)
_DATES = ("date", "pubDate", "publishTime", "pubTime", "publish_time", "docRelTime", "time", "pubtime", "publishDate",
          "createTime", "PubTime", "releaseTime", "ptime", "focus_date")  # fmt: skip
_SNIPPETS = ("summary", "description", "brief", "abstract", "digest", "memo", "desc", "content")


def read_list(page: Page, listing: Listing, source: Source) -> Listed:
    """The candidates of one list page and its next page; ReadError "not-a-feed" when no list is found on it."""
    markup = markup_of(page)
    start = _JSONP.sub("", markup[:200], count=1)
    if start.lstrip().startswith(("{", "[")):
        return _json_list(page, markup, listing, source)
    tree = tree_of(page, markup)
    links = links_of(tree, page)
    if listing.link_pattern:
        pattern = re.compile(listing.link_pattern)
        chosen = items_of([link for link in links if pattern.search(link.url)], page, source)
    else:
        chosen = found_blocks(links, page, source)
    taken = Gathered(source, "list", page.final_url)
    for item in chosen:
        _take(taken, item)
    more = next_pages(tree, markup, page, listing)
    if not chosen and not more:
        wanted = f"none of {len(links)} links matches the pattern" if listing.link_pattern else "no list was found"
        raise ReadError(page.url, "not-a-feed", f"{wanted} on the page")
    return Listed(taken.candidates(), more, partial=taken.full or not chosen)


def _take(taken: Gathered, item: Item) -> None:
    date = item.date
    if date is None:
        stated = path_date(item.link.url)
        date = stated.isoformat() if stated else None
    taken.add(item.link.url, line(item.title), date, line(item.snippet))


def _json_list(page: Page, markup: str, listing: Listing, source: Source) -> Listed:
    """A list that a site serves as JSON or JSONP: every object with a title and a link in it, in order."""
    body = _JSONP.sub("", markup, count=1).rstrip().rstrip(";").rstrip().removesuffix(")")
    try:
        data, _ = json.JSONDecoder().raw_decode(body.lstrip())
    except (ValueError, RecursionError) as error:
        raise ReadError(page.url, "not-a-feed", f"the list is JSON that does not parse: {error}"[:300]) from None
    taken = Gathered(source, "list", page.final_url, listing.link_pattern)
    for title, url, date, snippet in _objects(data):
        taken.add(url, plain(title), moment(date, page.fetched_at, source.zone), plain(snippet))
    if not taken.candidates():
        raise ReadError(page.url, "not-a-feed", "the JSON holds no object with a title and a link")
    more = further(str(data["next_url"]), page, listing) if isinstance(data, dict) and data.get("next_url") else ()
    return Listed(taken.candidates(), more, partial=taken.full)


def _objects(data: Any) -> Iterator[tuple[str, str, str | None, str | None]]:
    """(title, url, date, snippet) of every object that has title and URL, in document order, without recursion."""
    stack = [data]
    seen = 0
    while stack and seen < MOST * 40:
        value = stack.pop()
        seen += 1
        if isinstance(value, dict):
            title, url = _first(value, _TITLES), _first(value, _LINKS)
            if title and url and "/" in url:
                yield title, url, _first(value, _DATES), _first(value, _SNIPPETS)
            stack.extend(v for v in reversed(list(value.values())) if isinstance(v, (dict, list)))
        elif isinstance(value, list):
            stack.extend(reversed(value))


def _first(value: dict[str, Any], names: tuple[str, ...]) -> str | None:
    lower = {str(k).lower(): v for k, v in value.items()}
    for name in names:
        found = lower.get(name.lower())
        if isinstance(found, (str, int)) and not isinstance(found, bool) and str(found).strip():
            return str(found)
    return None
