"""HTML extraction: the article and its metadata from a fetched page. See docs/extraction.md."""

from ingest.extract.article import extract, stated_url
from ingest.extract.bylines import WRITING
from ingest.extract.pagination import holds, join_pages

__all__ = ["WRITING", "extract", "holds", "join_pages", "stated_url"]
