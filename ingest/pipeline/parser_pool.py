"""The pool of workers in which untrusted pages are parsed."""

from __future__ import annotations

from ingest.config.settings import WorkerSettings
from ingest.worker_pool import WorkerPool

#: modules and functions that load everything a page needs, before the first worker is forked
PRELOAD = ("ingest.pipeline.cached_tables:load_all", "ingest.discover", "feedparser", "trafilatura")


def parser_pool(settings: WorkerSettings) -> WorkerPool:
    """Return the pool. `with` starts its fork server, which takes some 3 s of processor time.

    A command starts it before it imports the pipeline itself, so that both happen at once.
    """
    return WorkerPool(settings, preload=PRELOAD)
