"""Run of a backfill: submits partitions to the cluster, appends their results to the store, and records the progress.

Only the client writes to the store. A partition's state changes in the transaction that appends its results. So the
same command can continue after any process was killed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from distributed import CancelledError, Future, KilledWorker, as_completed

from ingest.backfill.dask_cluster import GOES_ON, Cluster, ClusterError, wait_for
from ingest.backfill.partition_task import ArticleToStore, PartitionResult, ReadOptions, place_of, run_partition
from ingest.errors import ArchiveError, SuowenError
from ingest.pipeline.add_inputs import archive_copy, source_among
from ingest.pipeline.context import RunContext
from ingest.pipeline.crawl import running
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline.save import save
from ingest.pipeline_types import Outcome
from ingest.versions import PROGRAM, RULES
from store import Batch, backfill_state
from store.backfill_state import PartitionRow
from store.errors import PartitionTakenError, StoreBusyError, StoreLostError
from store.queries import captures_of

_log = logging.getLogger("suowen.backfill")
#: partitions sent to the cluster for each task that can run at once: one runs while the other waits
AHEAD = 2
#: seconds to wait before each further attempt of a transaction while the database is lost or busy; a restart of the
#: database takes some seconds
RETRIES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)


class BackfillProgress(RunProgress, Protocol):
    """Interface for reporting the progress of a backfill."""

    def partition(self, counts: Mapping[str, int]) -> None:
        """Report that a partition is finished, with its counts, or that it failed, without counts."""


@dataclass(slots=True)
class Totals:
    """Results of one call of the command."""

    done: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    #: (partition, failure of it or of one of its pages), the first hundred
    problems: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False


def job_key(inputs: Sequence[str], options: Mapping[str, Any]) -> str:
    """Return the key of a job; a call with the same inputs and options has the same key."""
    text = json.dumps([list(inputs), dict(options)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def run_job(
    context: RunContext,
    cluster: Cluster,
    job: int,
    progress: BackfillProgress,
    options: ReadOptions,
    *,
    limit: int | None = None,
    stop: threading.Event | None = None,
) -> tuple[Totals, Summary]:
    """Read the open partitions of a job, at most `limit`, and store their results.

    Raises ClusterError if the cluster is lost. Results stored before remain, and the same call continues the job.
    """
    stop, totals = stop or threading.Event(), Totals()
    rows = backfill_state.open_partitions(context.store, job)
    with running(context, "backfill") as summary:
        store = _Store(context, job, summary, progress)
        for row, result in _results(cluster, _limited(rows, limit), options, stop):
            if isinstance(result, PartitionResult):
                store.append(row, result)
                totals.done += 1
                totals.counts.update(result.counts)
                totals.problems += [(backfill_state.describe(row.location), line) for line in result.failures]
            else:
                store.fail(row, result)
                totals.failed += 1
                totals.problems.append((backfill_state.describe(row.location), result))
            del totals.problems[100:]
            progress.partition(result.counts if isinstance(result, PartitionResult) else {})
    totals.stopped = stop.is_set()
    return totals, summary


def _limited(rows: Iterator[PartitionRow], limit: int | None) -> Iterator[PartitionRow]:
    for number, row in enumerate(rows):
        if limit is not None and number >= limit:
            return
        yield row


def _results(
    cluster: Cluster, rows: Iterator[PartitionRow], options: ReadOptions, stop: threading.Event
) -> Iterator[tuple[PartitionRow, PartitionResult | str]]:
    """Yield each partition with its result, or with the reason of its failure.

    The number of partitions submitted at once is bounded (AHEAD). A partition that killed its worker is read once more,
    with `careful`.
    """
    running_: dict[str, tuple[PartitionRow, bool]] = {}
    queue = as_completed(raise_errors=False)

    def submit(row: PartitionRow, careful: bool = False) -> None:
        future = cluster.client.submit(
            run_partition, cluster.digest, row.location, options, careful, pure=False, retries=0
        )
        running_[future.key] = row, careful
        queue.add(future)

    def fill() -> None:
        while len(running_) < AHEAD * max(cluster.width, 1) and not stop.is_set():
            row = next(rows, None)
            if row is None:
                return
            submit(row)

    try:
        fill()
        while running_:
            future = _next(queue, cluster)
            row, careful = running_.pop(future.key)
            result = _result(future, cluster)
            future.release()
            del future
            if isinstance(result, KilledWorker) and not careful:
                _log.warning(
                    "%s killed its worker; reading it in the careful way", backfill_state.describe(row.location)
                )
                submit(row, careful=True)
                continue
            fill()
            yield row, str(result) if isinstance(result, KilledWorker) else result
    finally:
        if cluster.client.status == "running":  # after an interruption, do not wait for running partitions
            cluster.client.cancel([Future(key, cluster.client) for key in running_], force=True)


def _next(queue: Any, cluster: Cluster) -> Future:
    """Return the next finished future. Raises ClusterError if the cluster is lost."""
    waiting: list[Any] = []
    arrived = threading.Event()

    def wait() -> None:
        try:
            waiting.append(next(queue))
        except BaseException as error:
            waiting.append(error)
        arrived.set()

    threading.Thread(target=wait, daemon=True).start()
    wait_for(arrived, cluster.client)
    if isinstance(waiting[0], BaseException):
        raise ClusterError(f"the cluster is lost ({waiting[0]!r}); {GOES_ON}") from waiting[0]
    return waiting[0]


def _result(future: Future, cluster: Cluster) -> PartitionResult | KilledWorker | str:
    try:
        return future.result(timeout=60)
    except KilledWorker as killed:
        return killed
    except ArchiveError as error:
        return str(error)
    except SuowenError as error:  # a worker that started later has another version
        raise ClusterError(str(error)) from error
    except (CancelledError, TimeoutError, OSError) as error:
        raise ClusterError(f"the scheduler of the cluster is gone ({error!r}); {GOES_ON}") from error
    except Exception as bug:
        _log.error("a bug in reading a partition", exc_info=bug)
        return f"a bug in reading it: {type(bug).__name__}: {bug}"


class _Store:
    """Writer of the results of partitions to the store."""

    def __init__(self, context: RunContext, job: int, summary: Summary, progress: BackfillProgress) -> None:
        self._context, self._job, self._summary, self._progress = context, job, summary, progress

    def append(self, row: PartitionRow, result: PartitionResult) -> None:
        """Append the results of a partition that no earlier call has stored, and record the state of the partition."""
        self._tried(row, lambda saved: self._append(row, result, saved))

    def fail(self, row: PartitionRow, why: str) -> None:
        """Record that a partition failed; the next call tries it again."""

        def record(saved: int) -> None:
            with self._context.store.batch(at=self._context.now(), program=PROGRAM, rules=RULES) as batch:
                self._record(batch, row, saved, saved, "failed", Counter(), why, 0.0)

        self._tried(row, record)

    def _tried(self, row: PartitionRow, call: Callable[[int], None]) -> None:
        """Run `call` with the number of stored results; if the database is lost or busy, wait and run `call` again."""
        saved: int | None = row.saved
        for wait in (*RETRIES, None):
            try:
                if saved is None:
                    saved, state = backfill_state.saved_of(self._context.store, self._job, row.number)
                    if state == "done":  # the connection was lost after the transaction had been stored
                        return
                call(saved)
                return
            except (StoreLostError, StoreBusyError) as error:
                if wait is None:
                    raise
                _log.warning("%s; trying again in %g s", error, wait)
                self._context.sleep(wait)
                saved = None

    def _append(self, row: PartitionRow, result: PartitionResult, saved: int) -> None:
        place, name = place_of(row.location)
        kept = result.kept[saved - row.saved :]
        visits = [self._visit(item) for item in kept]
        before = saved

        def within(batch: Batch, count: int) -> None:
            nonlocal before
            for item in kept[before - saved : count]:
                if item.captures:
                    batch.linked_file(name, place, max(capture.offset + capture.length for capture in item.captures))
            done = count == len(kept)
            counts = result.counts if done else Counter[str]()
            detail = "\n".join(result.failures)
            state = "done" if done else "waiting"
            self._record(batch, row, before, saved + count, state, counts, detail, result.seconds)
            before = saved + count

        try:
            if visits:
                self._progress.planned(len(visits))
                save(self._context, visits, self._summary, self._progress, within)
            else:
                with self._context.store.batch(at=self._context.now(), program=PROGRAM, rules=RULES) as batch:
                    within(batch, 0)
        except PartitionTakenError as error:
            _log.warning("%s", error)

    def _visit(self, item: ArticleToStore) -> Visit:
        """Copy the pages of an article into the archive if `item` contains them, and return the visit of the article.

        If the pages are to be copied but the store has this fetch or a later one, the outcome is "known" and nothing is
        copied.
        """
        candidate, fetched = item.candidate, item.processed.article.fetched_at
        captures = list(item.captures)
        if item.exchanges:
            stored = captures_of(self._context.store, candidate.url)
            known = self._context.store.known([candidate.url]).get(candidate.url)
            if known and stored and max(capture.fetched_at for capture in stored) >= fetched:
                why = f"article {known.article}: this fetch of it or a later one is stored"
                return Visit(candidate, Outcome(candidate, "known", why, known.article))
        enabled = [source for source in self._context.config.sources if source.enabled]
        source = source_among(enabled, candidate.url)
        for number, exchange in enumerate(item.exchanges):
            kind = "further" if number else "article"
            captures.append(archive_copy(self._context, exchange, source.zone, source, kind))
        return Visit(candidate, item.processed, tuple(captures), complete=item.complete, archived=True)

    def _record(
        self,
        batch: Batch,
        row: PartitionRow,
        before: int,
        saved: int,
        state: str,
        counts: Mapping[str, int],
        detail: str,
        seconds: float,
    ) -> None:
        batch.backfill_partition(
            self._job,
            row.number,
            before=before,
            saved=saved,
            state=state,
            counts=counts,
            detail=detail,
            seconds=seconds,
            at=self._context.now(),
        )
