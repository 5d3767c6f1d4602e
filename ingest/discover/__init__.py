"""Listing pages -> candidates: feeds, sitemaps, list pages. Pure: a fetched page in, what it lists out.

    Page + Listing + Source ──▶ feeds.py     RSS 0.9x 1.0 2.0, Atom, JSON Feed
                            ──▶ sitemaps.py  XML, index, gzip, news fields, text
                            ──▶ lists.py     HTML list pages, by pattern or by themselves; paging.py finds the next
                                     │
                                  gather.py  canonical URLs, one candidate a story, caps
                                  claims.py  the title, date and snippet a listing claims

Which mistake is worse: a missed candidate is a missed story, a needless one costs one request. But a listing that
answers with something else must never look like a listing with nothing new: that is an error.
"""

from __future__ import annotations

from ingest.discover.feeds import read_feed
from ingest.discover.lists import read_list
from ingest.discover.sitemaps import read_sitemap
from ingest.model import Listed, Listing, Page, Source

__all__ = ["read_listing"]

_READERS = {"feed": read_feed, "sitemap": read_sitemap, "list": read_list}


def read_listing(page: Page, listing: Listing, source: Source) -> Listed:
    """What a listing page lists: candidates, further listing pages, and whether it was cut short.

    `listing.max_pages` counts down along the further pages. Raises ExtractError with code "not-a-feed" when the page
    is no listing of its kind (an error page, a login, a list without links), so that silence is never "0 new".
    """
    return _READERS[listing.kind](page, listing, source)
