"""HTML list pages -> Listed, by the source's link pattern or by finding the list themselves (blocks.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ingest.discover.candidates import MARKUP, Gathered, further, markup_of
from ingest.discover.claims import line, moment, path_date, plain
from ingest.discover.embedded_json import JSONP, Claim, claims_of, in_scripts, parsed
from ingest.discover.link_blocks import found_blocks
from ingest.discover.links import MOST_LINKS, links_of, tree_of
from ingest.discover.pagination import framed_pages, moved_page, next_pages
from ingest.discover.rows import Item, crowd_of, items_of
from ingest.errors import ExtractError
from ingest.model import Listed, Listing, Page, Source


def read_list(page: Page, listing: Listing, source: Source) -> Listed:
    """The candidates of one list page and its next page; ExtractError "not-a-feed" when no list is found on it."""
    markup = markup_of(page)
    if JSONP.sub("", markup[:200], count=1).lstrip().startswith(("{", "[")):
        return _json_list(page, markup, listing, source)
    tree = tree_of(page, markup)
    links = links_of(tree, page)
    if listing.link_pattern:
        pattern = re.compile(listing.link_pattern)
        chosen = items_of([link for link in links if pattern.search(link.url)], crowd_of(links), page, source)
    else:
        chosen = found_blocks(links, page, source)
    taken = Gathered(source, "list", page.final_url, listing.link_pattern)
    for item in chosen:
        _take(taken, item)
    if not chosen:
        _take_claims(taken, in_scripts(tree), page, source)
    if taken.candidates():
        more = next_pages(tree, markup, page, listing)
    else:
        # A page without a list may stand for others; that it has a 下一页 would not make it one.
        more = moved_page(tree, page, listing) or framed_pages(tree, page, listing)
    if not taken.candidates() and not more:
        raise ExtractError(page.url, "not-a-feed", _why(len(links), tree, listing))
    cut = taken.full or len(links) >= MOST_LINKS or len(markup) > MARKUP
    return Listed(taken.candidates(), more, partial=cut or not taken.candidates())


def _why(links: int, tree: Any, listing: Listing) -> str:
    """What a person needs to know of a page without a list."""
    title = line("".join(t.text or "" for t in tree.iter("title")), 60) or "no title"
    if listing.link_pattern:
        return f"none of {links} links on the page ({title}) matches {listing.link_pattern!r}"
    return f"no list was found among {links} links on the page ({title})"


def _take(taken: Gathered, item: Item) -> None:
    date = item.date
    if date is None:
        stated = path_date(item.link.url)
        date = stated.isoformat() if stated else None
    taken.add(item.link.url, line(item.title), date, line(item.snippet))


def _take_claims(taken: Gathered, claims: Iterable[Claim], page: Page, source: Source) -> None:
    for claim in claims:
        date = moment(claim.date, page.fetched_at, source.zone)
        taken.add(claim.url, plain(claim.title), date, plain(claim.snippet))


def _json_list(page: Page, markup: str, listing: Listing, source: Source) -> Listed:
    """A list that a site serves as JSON or JSONP: every object with a title and a link in it, in order."""
    try:
        data = parsed(markup)
    except ValueError as error:
        raise ExtractError(page.url, "not-a-feed", f"the list is JSON that does not parse: {error}"[:300]) from None
    taken = Gathered(source, "list", page.final_url, listing.link_pattern)
    _take_claims(taken, claims_of(data), page, source)
    if not taken.candidates():
        raise ExtractError(page.url, "not-a-feed", "the JSON holds no object with a title and a link")
    following = data.get("next_url") if isinstance(data, dict) else None
    more = further(following, page, listing) if isinstance(following, str) else ()
    return Listed(taken.candidates(), more, partial=taken.full)
