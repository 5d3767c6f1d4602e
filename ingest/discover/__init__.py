"""Discovery of candidates in a fetched listing page. Pure functions.

    Page + Listing + Source ──▶ feeds.py       RSS 0.9x 1.0 2.0, Atom, JSON Feed
                            ──▶ sitemaps.py    XML, index, gzip, news fields, text
                            ──▶ html_lists.py  HTML and JSON lists; pagination.py finds the next page
                                     │
                                  candidate_collector.py  canonical URLs, one candidate per URL, limits
                                  listing_dates.py, listing_text.py  stated date, title and snippet

A missed candidate is a missed story, but an unnecessary candidate costs only one request. A page that is not a listing
raises an error, so that it cannot be mistaken for a listing without news.
"""

from __future__ import annotations

from ingest.discover.feeds import read_feed
from ingest.discover.html_lists import read_list
from ingest.discover.sitemaps import read_sitemap
from ingest.pipeline_types import Listed, Listing, Page, Source

__all__ = ["read_listing"]

_READERS = {"feed": read_feed, "sitemap": read_sitemap, "list": read_list}


def read_listing(page: Page, listing: Listing, source: Source) -> Listed:
    """Return the candidates of a listing page, the other listing pages to fetch, and whether the listing is incomplete.

    A following list or feed page gets a `max_pages` one lower than that of `listing`; a sitemap of an index gets 0.
    Raises ExtractError "not-a-feed" if the page is not a listing of the kind `listing.kind` (an error page, a login
    page, a list without links).
    """
    return _READERS[listing.kind](page, listing, source)
