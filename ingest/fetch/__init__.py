"""HTTP client, robots.txt, rate limits and raw archive. No other package fetches pages (docs/fetching.md)."""

from ingest.fetch.client import Fetched, Fetcher, NotModified
from ingest.fetch.rate_limit import RateLimiter
from ingest.fetch.raw_archive import Archive
from ingest.fetch.saved_page import page_from_file
from ingest.fetch.warc_page_index import WarcFile

__all__ = ["Archive", "Fetched", "Fetcher", "NotModified", "RateLimiter", "WarcFile", "page_from_file"]
