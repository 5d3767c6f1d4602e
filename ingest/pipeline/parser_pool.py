"""The pool of workers in which untrusted pages are parsed."""

from __future__ import annotations

from ingest.config.settings import WorkerSettings
from ingest.worker_pool import WorkerPool

#: modules and functions that load everything a page needs, before the first worker is forked
PRELOAD = ("ingest.pipeline.cached_tables:load_all", "ingest.discover", "feedparser", "trafilatura")


def parser_pool(settings: WorkerSettings) -> WorkerPool:
    """Return the pool. A `with` statement starts its fork server, which takes some 3 s of processor time.

    A command starts the fork server before it imports the pipeline, so that both happen at the same time.
    """
    return WorkerPool(settings, preload=PRELOAD)
