"""Reader of list pages in HTML or JSON.

Links of an HTML page are found by the listing's pattern, or by detection if it has none (link_blocks.py). If no link is
found, JSON in the scripts of the page is searched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

from ingest.discover.candidate_collector import MAX_MARKUP, CandidateCollector, markup_of, next_listing
from ingest.discover.json_lists import JSONP, ListedArticle, in_scripts, listed_articles, parsed
from ingest.discover.link_blocks import find_list
from ingest.discover.links import MOST_LINKS, base_of, links_of, tree_of
from ingest.discover.list_rows import Item, crowd_of, items_of
from ingest.discover.listing_dates import moment, path_date
from ingest.discover.listing_text import line, plain
from ingest.discover.pagination import framed_pages, moved_page, next_pages
from ingest.discover.url_shapes import is_about_site
from ingest.errors import ExtractError
from ingest.pipeline_types import Listed, Listing, Page, Source

_log = logging.getLogger("suowen.discover")


def read_list(page: Page, listing: Listing, source: Source) -> Listed:
    """Return the candidates of one list page and its next page.

    For a page without a list, return the page to which it redirects, or the pages in its frames. Raises ExtractError
    "not-a-feed" if the page has none of these.
    """
    markup = markup_of(page)
    if JSONP.sub("", markup[:200], count=1).lstrip().startswith(("{", "[")):
        return _json_list(page, markup, listing, source)
    tree = tree_of(page, markup)
    links = links_of(tree, page)
    if listing.link_pattern:
        pattern = re.compile(listing.link_pattern)
        chosen = items_of([link for link in links if pattern.search(link.url)], crowd_of(links), page, source)
    else:
        chosen = find_list(links, page, source)
    collected = CandidateCollector(source, "list", base_of(tree, page), listing.link_pattern)
    for item in chosen:
        _collect(collected, item)
    if not chosen:
        listed = (article for article in in_scripts(tree) if not is_about_site(article.url))
        _collect_listed(collected, listed, page, source)
    if collected.candidates():
        try:
            more = next_pages(tree, markup, page, listing)
        except Exception:  # an error in finding the next page must not lose the rows
            _log.exception("a bug in finding the next page of %s", page.url)
            more = ()
    else:
        # A page without a list may lead to the page with the list. A 下一页 link alone is not evidence of a list.
        more = moved_page(tree, page, listing) or framed_pages(tree, page, listing)
    if not collected.candidates() and not more:
        raise ExtractError(page.url, "not-a-feed", _no_list_message(len(links), tree, listing))
    cut = collected.full or len(links) >= MOST_LINKS or len(markup) > MAX_MARKUP
    return Listed(collected.candidates(), more, partial=cut or not collected.candidates())


def _no_list_message(links: int, tree: Any, listing: Listing) -> str:
    """Return the error message for a page without a list."""
    title = line("".join(t.text or "" for t in tree.iter("title")), 60) or "no title"
    if listing.link_pattern:
        return f"none of {links} links on the page ({title}) matches {listing.link_pattern!r}"
    return f"no list was found among {links} links on the page ({title})"


def _collect(collected: CandidateCollector, item: Item) -> None:
    date = item.date
    if date is None:
        stated = path_date(item.link.url)
        date = stated.isoformat() if stated else None
    collected.add(item.link.url, line(item.title), date, line(item.snippet), pictured=item.link.pictured)


def _collect_listed(collected: CandidateCollector, listed: Iterable[ListedArticle], page: Page, source: Source) -> None:
    for article in listed:
        date = moment(article.date, page.fetched_at, source.zone)
        collected.add(article.url, plain(article.title), date, plain(article.snippet))


def _json_list(page: Page, markup: str, listing: Listing, source: Source) -> Listed:
    """Return the candidates of a list in JSON or JSONP, one for each object with title and link, and its next page.

    Raises ExtractError for invalid JSON and for JSON without such an object.
    """
    try:
        data = parsed(markup)
    except ValueError as error:
        raise ExtractError(page.url, "not-a-feed", f"the list is invalid JSON: {error}"[:300]) from None
    collected = CandidateCollector(source, "list", page.final_url, listing.link_pattern)
    _collect_listed(collected, listed_articles(data), page, source)
    if not collected.candidates():
        raise ExtractError(page.url, "not-a-feed", "the JSON has no object with a title and a link")
    following = data.get("next_url") if isinstance(data, dict) else None
    more = next_listing(following, page, listing) if isinstance(following, str) else ()
    return Listed(collected.candidates(), more, partial=collected.full)
