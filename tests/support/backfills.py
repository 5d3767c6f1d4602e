"""Helpers for tests of backfills: job specifications, locations of byte ranges, run contexts, and complete runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.backfill.dask_cluster import prepared
from ingest.backfill.partition_task import JobSpec, ReadOptions, fingerprint
from ingest.backfill.partitions import Choice
from ingest.backfill.partitions import partitions as planned
from ingest.backfill.run import Totals, job_key, run_job
from ingest.backfill.warc_source import RetryPolicy
from ingest.config.load import load
from ingest.config.settings import WorkerSettings
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.results import Summary
from store import backfill_state
from tests.support.runs import working_folder
from tests.support.small_site import NullProgress

#: page that needs more memory than `spec` allows, in every parser
HOSTILE = ("<p>南山派出所民警在走访。</p>" * 900_000).encode()
OPTIONS = ReadOptions(retry_policy=RetryPolicy(timeout=1.0, waits=(0.05,)))


def spec(**changes: Any) -> JobSpec:
    """Return a job specification without sources."""
    values: dict[str, Any] = {
        "program": fingerprint(),
        "topic": "police-station",
        "sources": (),
        "workers": WorkerSettings(processes=1, deadline=20, memory=200_000_000),
        "files": {},
    }
    return JobSpec(**{**values, **changes})


def location(path: Path, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """Return the location of a byte range of a file; without `end` the range extends to the end of the file."""
    return {"file": str(path), "start": start, "end": end}


class Silent(NullProgress):
    """Progress listener that counts the finished partitions and calls a function with the count after each."""

    def __init__(self, after: Callable[[int], None] = lambda _: None) -> None:
        self.done_partitions, self._after = 0, after

    def partition(self, counts: Mapping[str, int]) -> None:
        self.done_partitions += 1
        self._after(self.done_partitions)


@contextmanager
def store_context(folder: Path, store_url: str) -> Iterator[RunContext]:
    """Create a working folder and yield its run context, with the given store and an archive in the folder."""
    working_folder(folder, "http://127.0.0.1:9")
    with open_context(load(folder, {}), store_url=store_url, archive=folder / "warc", start_workers=False) as context:
        yield context


def run_backfill(
    context: RunContext,
    client: Any,
    inputs: Sequence[object],
    progress: Silent | None = None,
    *,
    limit: int | None = None,
    again: bool = False,
    **changes: Any,
) -> tuple[Totals, Summary]:
    """Run a backfill as the command does: find or plan the job, process its open partitions, return the results.

    `again` restarts a planned job. `changes` replaces reading options.
    """
    options, names = replace(OPTIONS, **changes), [str(item) for item in inputs]
    job = backfill_state.open_job(context.store, job_key(names, changes), {"inputs": names}, context.now())
    if not job.planned:
        backfill_state.plan(context.store, job.id, planned(names, Choice(), options.retry_policy, print), context.now())
    elif again:
        backfill_state.restart(context.store, job.id)
    return run_job(context, prepared(client, "local", spec()), job.id, progress or Silent(), options, limit=limit)
