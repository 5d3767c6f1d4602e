"""The pool of workers in which untrusted pages are parsed."""

from __future__ import annotations

from ingest.config.settings import WorkerSettings
from ingest.worker_pool import WorkerPool

#: modules imported and functions called before the first worker is forked, so that no worker has to load their data
PRELOAD = ("ingest.pipeline.cached_tables:load_all", "ingest.discover", "feedparser", "trafilatura")


def parser_pool(settings: WorkerSettings) -> WorkerPool:
    """Return the pool, not started. Entering it with `with` starts its fork server (some 3 s of processor time).

    A command enters it before importing the pipeline, so that the fork server starts during the import.
    """
    return WorkerPool(settings, preload=PRELOAD)
