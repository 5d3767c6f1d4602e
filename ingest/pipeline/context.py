"""What a run works with, and what it hands on: opened parts, a look at one candidate, the summary of a run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from ingest.config.load import Config
from ingest.errors import ExtractError, SuowenError, UsageError
from ingest.fetch import Fetcher
from ingest.fetch.archive import Archive
from ingest.fetch.llm_client import LlmClient
from ingest.fetch.rate_limit import RateLimiter
from ingest.model import Source
from ingest.versions import PROGRAM
from ingest.workers import WorkerLost, Workers
from store import Store, open_store

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger("suowen.run")
#: the source of one-off ingestion in records
ONE_OFF = Source(name="-", home="", listings=(), delay=2.0)
#: `Article.method` of one that was imported as a text: it has no page in the archive
IMPORTED = "seed"
#: what a worker has before its first task
PRELOAD = ("ingest.pipeline.preload:load_all", "ingest.discover", "feedparser", "trafilatura")


class StoppedError(SuowenError):
    """A wait was cut short because the run is to stop."""


class InterruptibleSleep:
    """Sleeps for the threads of a run, and wakes them with StoppedError when the run is to stop: a host's long
    Crawl-delay must not hold up a service that was told to end."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def __call__(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise StoppedError("stopped while waiting for a host's turn")


@dataclass(frozen=True, slots=True)
class RunContext:
    """Everything a run works with, opened once."""

    config: Config
    store: Store
    archive: Archive
    pace: RateLimiter
    fetcher: Fetcher
    workers: Workers
    clock: Callable[[], datetime]
    sleep: InterruptibleSleep
    #: the optional model, None when it is off
    llm: LlmClient | None = None

    def now(self) -> datetime:
        """The clock's time."""
        return self.clock()


def run_in_worker(context: RunContext, url: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`function(*args)` on what came from `url`, done by a worker.

    Raises what the function raises when that is a SuowenError. A page that kills its worker twice is "quarantined";
    an exception nobody expected is logged with its traceback and becomes the outcome "error", which a command ends
    with 1 for: loud, but no page stops the pages of other sites, nor the same page every later run.
    """
    for attempt in (1, 2):
        try:
            return context.workers.run(function, *args, **kwargs)
        except WorkerLost as lost:
            if attempt == 2:
                raise ExtractError(url, "quarantined", f"the page stopped its reader twice: {lost}") from None
        except SuowenError:
            raise
        except Exception as bug:
            _log.exception("a bug in reading %s", url)
            raise ExtractError(url, "error", f"a bug in reading it: {type(bug).__name__}: {bug}") from bug
    raise AssertionError("unreachable")


@contextmanager
def open_context(
    config: Config,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    store_url: str | None = None,
    archive: Path | None = None,
    create: bool = True,
) -> Iterator[RunContext]:
    """Open store, archive, fetcher and workers of a working folder, and close them again.

    `store_url` and `archive` take the place of the folder's own, for runs that must leave nothing behind. Without
    `create` a store that is not there is an error: what only reads it makes none in the wrong folder.
    """
    sleep = InterruptibleSleep()
    with ExitStack() as stack:
        if store_url is None and create:
            _make_folder(config.data)
        store = stack.enter_context(open_store(store_url or config.store_url(), create=create))
        folder = archive or config.data / "warc"
        opened = stack.enter_context(
            Archive(folder, config.settings.fetch.warc_size, software=PROGRAM, moved_files=store.moved_files)
        )
        pace = RateLimiter(clock=clock, sleep=sleep)
        pace.load(store.host_rates())
        workers = stack.enter_context(Workers(config.settings.workers, preload=PRELOAD))
        fetcher = stack.enter_context(Fetcher(config.settings.fetch, opened, pace, clock=clock, sleep=sleep))
        # A run that must leave nothing behind asks no model either: each question is counted in the store.
        wanted = config.settings.llm.url and store_url is None and archive is None
        llm = LlmClient(config.settings.llm, user_agent=PROGRAM, sleep=sleep) if wanted else None
        yield RunContext(config, store, opened, pace, fetcher, workers, clock, sleep, llm)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UsageError(
            f"{folder}: a file lies where the folder of store and archive should be; move it away, or "
            "name another working folder"
        ) from error
