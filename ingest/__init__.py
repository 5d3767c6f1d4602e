"""Getting the news: from a source's listing to a stored revision. The line itself is in `ingest.pipeline.crawl`."""

__version__ = "0.1.0"
