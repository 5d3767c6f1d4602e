"""RunContext: the opened store, archive, fetcher, workers and LLM client of a run, and its interruptible sleep."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from ingest.config.load import Config
from ingest.errors import ExtractError, SuowenError, UsageError
from ingest.fetch import Fetcher
from ingest.fetch.host_state_file import SharedHosts
from ingest.fetch.llm_client import LlmClient
from ingest.fetch.page_claims import PageClaims
from ingest.fetch.rate_limit import RateLimiter
from ingest.fetch.raw_archive import Archive
from ingest.masking_rules import masking_rules
from ingest.pipeline.parser_pool import parser_pool
from ingest.pipeline_types import Source
from ingest.versions import PROGRAM
from ingest.worker_pool import TaskPool, WorkerLost, WorkerPool, run_twice
from store import Store, StoreError, open_store
from store.private_files import make_folder

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger("suowen.run")
#: source of one-off articles from sites that are not configured as sources
ONE_OFF = Source(name="-", home="", listings=(), delay=2.0)
#: `Article.method` of an imported text, for which the archive has no page
IMPORTED = "seed"


class StoppedError(SuowenError):
    """A wait was interrupted because the run was requested to stop."""


class InterruptibleSleep:
    """Sleep function for the threads of a run; raises StoppedError in them once `stop` is set.

    Otherwise a service that is stopped would first wait for the end of a host's Crawl-delay.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()

    def __call__(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise StoppedError("stopped while waiting for the next request to a host")


@dataclass(frozen=True, slots=True)
class RunContext:
    """All resources of a run, opened once."""

    config: Config
    store: Store
    archive: Archive
    rate_limiter: RateLimiter
    fetcher: Fetcher
    workers: TaskPool
    clock: Callable[[], datetime]
    sleep: InterruptibleSleep
    #: the optional LLM, None if it is off
    llm: LlmClient | None = None
    #: claims on the pages being fetched, None if the file of claims could not be opened
    claims: PageClaims | None = None
    #: `urls.key` of a canonical URL -> folded title of the first article of this run with that canonical URL
    canonical_titles: dict[str, str] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the current time of the run's clock."""
        return self.clock()


def bug_in(url: str, bug: Exception) -> ExtractError:
    """Log an unexpected exception with its traceback and return an ExtractError "error" about one input.

    A SuowenError is raised again. An error of the store or the disk is raised again too, because no input causes it.
    """
    if isinstance(bug, SuowenError | StoreError | OSError):
        raise bug
    _log.error("a bug in processing %s", url, exc_info=bug)
    return ExtractError(url, "error", f"a bug in processing it: {type(bug).__name__}: {bug}")


def run_in_worker(context: RunContext, url: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `function(*args)` on content of `url` in a worker process and return its result.

    Raises the SuowenError that the function raises. ExtractError "quarantined" means that the page killed its worker
    twice. An OSError or StoreError is raised unchanged. Any other exception is a bug: it is logged with its traceback
    and raised as ExtractError "error", so that one page stops neither the other pages nor later runs.
    """
    try:
        return run_twice(context.workers, function, *args, **kwargs)
    except WorkerLost as lost:
        raise ExtractError(url, "quarantined", f"the page killed its worker twice: {lost}") from None
    except SuowenError:
        raise
    except Exception as bug:
        raise bug_in(url, bug) from bug


@contextmanager
def open_context(
    config: Config,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    store_url: str | None = None,
    archive: Path | None = None,
    create: bool = True,
    start_workers: bool = True,
    workers: WorkerPool | None = None,
) -> Iterator[RunContext]:
    """Open the store, archive, fetcher, workers and LLM client of a working folder, and close them on exit.

    `store_url` and `archive` replace the store and archive of the folder, for runs that must not change the folder.
    With `create` False a missing store is an error, so that a read-only command does not create one in the wrong
    folder. With `start_workers` False the worker processes start with their first task. `workers` is a pool that the
    caller has started and closes.
    """
    sleep = InterruptibleSleep()
    with ExitStack() as stack:
        if store_url is None and create:
            _make_folder(config.data)
        store = stack.enter_context(
            open_store(store_url or config.store_url(), create=create, masking=masking_rules(config.home))
        )
        folder = archive or config.data / "warc"
        opened = stack.enter_context(
            Archive(folder, config.settings.fetch.warc_size, software=PROGRAM, moved_files=store.moved_files)
        )
        shared, claims = _shared_files(config.data, stack)
        rate_limiter = RateLimiter(clock=clock, sleep=sleep, shared=shared)
        rate_limiter.load(store.host_rates())
        if workers is None:
            workers = parser_pool(config.settings.workers)
            stack.callback(workers.close)
            if start_workers:
                workers.start()
        fetcher = stack.enter_context(Fetcher(config.settings.fetch, opened, rate_limiter, clock=clock, sleep=sleep))
        # a run that must not change the folder sends no LLM requests, because each request is counted in the store
        wanted = config.settings.llm.url and store_url is None and archive is None
        llm = LlmClient(config.settings.llm, user_agent=PROGRAM, sleep=sleep) if wanted else None
        yield RunContext(config, store, opened, rate_limiter, fetcher, workers, clock, sleep, llm, claims)


def _shared_files(folder: Path, stack: ExitStack) -> tuple[SharedHosts | None, PageClaims | None]:
    """Open the files through which processes of one working folder share the state of hosts and claim pages.

    Returns (None, None) if a file cannot be opened.
    """
    try:
        shared = SharedHosts(folder / "hosts.state")
        stack.callback(shared.close)
        claims = PageClaims(folder / "pages.lock")
        stack.callback(claims.close)
    except OSError as error:
        _log.debug("hosts are not shared with other processes: %s", error)
        return None, None
    return shared, claims


def _make_folder(folder: Path) -> None:
    try:
        make_folder(folder)
        if os.name == "posix" and folder.stat().st_mode & 0o077:
            _log.info("%s: other users may read this folder; run chmod 700 unless they need to", folder)
    except FileExistsError as error:
        raise UsageError(
            f"{folder} is a file; it must be the folder of store and archive: move the file away, or name another "
            "working folder"
        ) from error
