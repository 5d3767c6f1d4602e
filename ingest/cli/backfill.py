"""Backfill: process years of archives with the pipeline, on this machine or on a cluster."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import outcome_lines, partition_bar, print_json, visible
from ingest.cli.dask_options import Authority, Certificate, ClusterOptions, Insecure, Key
from ingest.cli.interrupt import interruptible
from ingest.config.load import Config
from ingest.errors import UsageError
from ingest.pipeline.cached_tables import check_rules
from ingest.pipeline.context import open_context
from ingest.pipeline_types import Outcome
from ingest.urls import registrable_domain
from store import backfill_state

if TYPE_CHECKING:
    from ingest.backfill.partitions import Choice
    from ingest.backfill.run import Totals
    from store import Store

app = command_group()
#: count of a backfill -> its label in the printed summary
_WORDS = {
    "records": "records",
    "not-chosen": "of other domains or days",
    "no-page": "not pages",
    "dropped": "dropped by the prefilter",
    "passed": "passed it",
    "not-feature": "not features",
    "older": "older than another copy",
    "kept": "kept",
}
#: message if no file or row matches the options
NOTHING_CHOSEN = "no file or row is of these days, domains and language; --domain '*' chooses all domains of an index"


Inputs = Annotated[
    list[str] | None,
    typer.Argument(help="WARC files, folders, patterns, lists of paths, Parquet indexes; local or any fsspec URL."),
]
First = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Pages fetched on this day or later (UTC).")
]
Last = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Pages fetched on this day or before.")
]
Domains = Annotated[
    list[str] | None,
    typer.Option(
        "--domain", help="Pages of this domain; repeat it. * is all. Default of an index: the configured sources."
    ),
]
Language = Annotated[str, typer.Option(help="Language of the rows of an index (ISO 639-3).")]
Base = Annotated[str | None, typer.Option(help="Folder or URL above the paths of a list or an index.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be read, and how much.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Read this many partitions, then stop.")]
Where = Annotated[str, typer.Option("--cluster", help="local, or the scheduler of a Dask cluster: tls://HOST:8786.")]
WorkerCount = Annotated[
    int | None, typer.Option("--workers", min=1, max=256, help="Workers of --cluster local; default: one a core.")
]
Copy = Annotated[bool, typer.Option("--copy", help="Copy kept pages into the archive instead of linking them.")]
KeepAll = Annotated[
    bool, typer.Option("--keep-all", help="Store every article that passes the prefilter, not only features.")
]
Again = Annotated[bool, typer.Option("--again", help="Read done partitions again.")]
Status = Annotated[bool, typer.Option("--status", help="Show all backfills: partitions, rates, what failed.")]


@app.command()
def backfill(
    ctx: typer.Context,
    inputs: Inputs = None,
    first: First = None,
    last: Last = None,
    domains: Domains = None,
    language: Language = "zho",
    base: Base = None,
    dry_run: DryRun = False,
    limit: Limit = None,
    cluster: Where = "local",
    workers: WorkerCount = None,
    ca: Authority = None,
    cert: Certificate = None,
    key: Key = None,
    insecure: Insecure = False,
    copy: Copy = False,
    keep_all: KeepAll = False,
    again: Again = False,
    status: Status = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read years of archived pages: WARC files, or the ranges that a URL index names.

    Called again with the same inputs and options, it continues where it stopped. Exit code 3 when a partition or a page
    could not be read.

    Example: `suowen backfill archive/ --from 2019-01-01`, or `suowen backfill --status`
    """
    config = check_rules(configured(ctx, home))
    if status:
        _print_status(config, as_json)
        return
    if not inputs:
        raise UsageError("nothing to read: name WARC files, folders, lists of paths or indexes, or use --status")
    choice = _choice(config, inputs, first, last, domains, language, base)
    if dry_run:
        _print_plan(inputs, choice, as_json)
        return
    where = ClusterOptions(cluster, workers, ca, cert, key, insecure)
    _run(config, inputs, choice, where, limit=limit, again=again, copy=copy, keep_all=keep_all, as_json=as_json)


def _run(
    config: Config,
    inputs: Sequence[str],
    choice: Choice,
    where: ClusterOptions,
    *,
    limit: int | None,
    again: bool,
    copy: bool,
    keep_all: bool,
    as_json: bool,
) -> None:
    """Plan the job unless it is already planned, process its open partitions, and print the results.

    Exit code 3 if a partition failed or a page could not be read.
    """
    from ingest.backfill.partition_task import ReadOptions
    from ingest.backfill.partitions import partitions as planned
    from ingest.backfill.run import job_key, run_job

    options = {"keep_all": keep_all, "copy": copy, **{name: str(value) for name, value in asdict(choice).items()}}
    reading = ReadOptions(choice.start, choice.end, choice.domains, keep_all, copy)
    with open_context(config, start_workers=False) as context, interruptible(context) as stop:
        store, now = context.store, context.now()
        job = backfill_state.open_job(store, job_key(inputs, options), {"inputs": inputs, **options}, now)
        if not job.planned:
            backfill_state.plan(store, job.id, planned(inputs, choice, reading.retry_policy, _warn), now)
        elif again:
            backfill_state.restart(store, job.id)
        waiting = backfill_state.count_open(store, job.id)
        if not waiting:
            typer.echo(f"backfill {job.id}: {_nothing_open(store, job.id)}", err=as_json)
        with where.opened(config) if waiting else nullcontext() as connected, _Bar(limit or waiting) as progress:
            if connected is None:
                return
            if sys.stderr.isatty() and connected.dashboard:
                typer.echo(f"dashboard: {connected.dashboard}", err=True)
            totals, summary = run_job(context, connected, job.id, progress, reading, limit=limit, stop=stop)
    _print_totals(totals, summary.outcomes, summary.commits, job.id, waiting, as_json)
    if totals.failed or totals.counts["quarantined"] or totals.counts["damaged"]:
        raise typer.Exit(3)


def _nothing_open(store: Store, job: int) -> str:
    """Return the reason why a job has no open partition."""
    planned = next(status.states for status in backfill_state.statuses(store) if status.job.id == job)
    return "every partition is read; --again reads them again" if planned else NOTHING_CHOSEN


def _choice(
    config: Config,
    inputs: Sequence[str],
    first: datetime | None,
    last: datetime | None,
    domains: Sequence[str] | None,
    language: str,
    base: str | None,
) -> Choice:
    from ingest.backfill.partitions import Choice

    start, end = first.date() if first else None, last.date() if last else None
    if start and end and start > end:
        raise UsageError(f"--from {start} is after --to {end}")
    chosen = tuple(sorted({name.lower().strip(".") for name in domains or ()}))
    if not chosen and any(name.lower().endswith(".parquet") for name in inputs):
        chosen = tuple(sorted({registrable_domain(source.home) for source in config.sources if not source.loopback}))
    return Choice(start, end, () if "*" in chosen else chosen, language, base)


def _warn(sentence: str) -> None:
    typer.echo(f"suowen: {visible(sentence)}", err=True)


class _Bar:
    """Progress bar that counts partitions."""

    def __init__(self, total: int) -> None:
        self._bar, self._total, self._counts = partition_bar(), total, Counter[str]()

    def __enter__(self) -> _Bar:
        self._bar.start()
        self._task = self._bar.add_task("starting", total=self._total)
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def listed(self, source: str, candidates: int | None, error: str | None) -> None:
        """Do nothing: a backfill has no listings."""

    def planned(self, candidates: int) -> None:
        """Do nothing: `done` counts the articles when they are stored."""

    def done(self, outcome: Outcome) -> None:
        """Count an article."""
        self._counts[outcome.code] += 1

    def partition(self, counts: Mapping[str, int]) -> None:
        """Count a partition."""
        self._counts["records"] += counts.get("records", 0)
        stored = self._counts["stored"] + self._counts["repost"]
        text = f"{self._counts['records']:,} records, {stored:,} new articles"
        self._bar.update(self._task, advance=1, description=text)


def _print_plan(inputs: Sequence[str], choice: Choice, as_json: bool) -> None:
    from ingest.backfill.partitions import amounts
    from ingest.backfill.partitions import partitions as planned
    from ingest.backfill.warc_source import RetryPolicy

    problems: list[str] = []
    files, count, ranges, size = amounts(planned(inputs, choice, RetryPolicy(), problems.append))
    if as_json:
        print_json({"files": files, "partitions": count, "ranges": ranges, "bytes": size, "problems": problems})
    else:
        groups = f", {ranges:,} ranges" if ranges else ""
        typer.echo(f"{files:,} files in {count:,} partitions{groups}, {size:,} bytes")
        for problem in problems:
            typer.echo(f"! {visible(problem)}")
        if not count and not problems:
            typer.echo(NOTHING_CHOSEN)
    if problems:
        raise typer.Exit(3)


def _print_totals(
    totals: Totals, outcomes: Mapping[str, int], commits: Sequence[int], job: int, waiting: int, as_json: bool
) -> None:
    left = waiting - totals.done
    if as_json:
        print_json(
            {
                "job": job,
                "partitions": {"done": totals.done, "failed": totals.failed, "left": left},
                "counts": dict(totals.counts),
                "outcomes": dict(outcomes),
                "commits": list(commits),
                "problems": [{"partition": where, "problem": why} for where, why in totals.problems],
            }
        )
        return
    typer.echo(f"backfill {job}: {totals.done:,} partitions read" + (f", {left:,} left" if left else ""))
    typer.echo(_counted(totals.counts))
    typer.echo("\n".join(outcome_lines(Counter(outcomes))) or "nothing new was stored")
    for where, why in totals.problems[:10]:
        typer.echo(f"! {visible(where)}: {visible(why)}")
    if len(totals.problems) > 10:
        typer.echo("  and more; `suowen backfill --status` lists them")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[name]:,} {word}" for name, word in _WORDS.items() if counts.get(name)) or "no records"


def _status_row(status: backfill_state.JobStatus) -> dict[str, Any]:
    return {
        "job": asdict(status.job),
        "states": dict(status.states),
        "counts": dict(status.counts),
        "seconds": status.seconds,
        "failed": [{"partition": where, "problem": why} for where, why in status.failed],
    }


def _print_status(config: Config, as_json: bool) -> None:
    with opened_store(config) as store:
        jobs = backfill_state.statuses(store)
    if as_json:
        print_json(map(_status_row, jobs))
        return
    if not jobs:
        typer.echo("no backfill was started yet: suowen backfill INPUT...")
    for status in jobs:
        job, states = status.job, status.states
        rate = status.counts.get("records", 0) / status.seconds if status.seconds else 0
        typer.echo(
            f"backfill {job.id} of {', '.join(map(visible, job.options['inputs']))}\n"
            f"  partitions: {states.get('done', 0):,} done, {states.get('waiting', 0):,} waiting, "
            f"{states.get('failed', 0):,} failed" + ("" if job.planned else "; its plan is not complete")
        )
        typer.echo(f"  {_counted(status.counts)}; {rate:,.0f} records a second and worker")
        for where, why in status.failed[:20]:
            typer.echo(f"  ! {visible(where)}: {visible(why)}")
