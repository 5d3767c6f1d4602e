"""Collect news articles, from a source's listing to a stored revision. `ingest.pipeline.crawl` runs the pipeline."""

__version__ = "0.1.0"
