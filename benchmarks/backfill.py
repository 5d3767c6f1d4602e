"""Measure a backfill against `add`, trafilatura and bare iteration over the same file, in one run.

    python benchmarks/backfill.py FILE.warc.gz [--add PAGES] [--trafilatura PAGES] [--workers 1 2] [--before SUOWEN]

`--add` and `--trafilatura` measure the first PAGES pages and print the time extrapolated to all pages of the file.
`--before` is the command of another version of this program for `add`. Start-up of the cluster is printed and not
counted, because it does not grow with the input.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.backfill.dask_cluster import connected, prepared
from ingest.backfill.partition_task import JobSpec, ReadOptions, fingerprint
from ingest.backfill.partitions import Choice
from ingest.backfill.partitions import partitions as planned
from ingest.backfill.run import job_key, run_job
from ingest.config.load import load
from ingest.config.settings import WorkerSettings
from ingest.pipeline.context import open_context
from store import backfill_state


class Quiet:
    """Progress callbacks that print nothing."""

    def listed(self, source: str, candidates: int | None, error: str | None) -> None: ...
    def planned(self, candidates: int) -> None: ...
    def done(self, outcome: Any) -> None: ...
    def partition(self, counts: Any) -> None: ...


def bare(path: Path) -> tuple[int, float]:
    """Iterate over the file and decompress every payload; return (pages, seconds)."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    began, count = time.perf_counter(), 0
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False, record_types=WarcRecordType.any_type):
            body = record.reader.read()
            count += record.record_type == WarcRecordType.response and bool(body)
    return count, time.perf_counter() - began


def bodies(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield (URL, body) of the first `limit` responses."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as stream:
        for count, record in enumerate(ArchiveIterator(stream, record_types=WarcRecordType.response)):
            if count == limit:
                return
            yield record.headers["WARC-Target-URI"], record.reader.read()


def trafilatura_seconds(path: Path, limit: int) -> float:
    """Extract the first `limit` pages with trafilatura; return the seconds per page."""
    import trafilatura

    pages = list(bodies(path, limit))
    trafilatura.extract(pages[0][1])
    began = time.perf_counter()
    for url, body in pages:
        trafilatura.bare_extraction(body, url=url, with_metadata=True)
    return (time.perf_counter() - began) / len(pages)


def add_seconds(command: list[str], path: Path, limit: int) -> float:
    """Add a quarter of the first `limit` pages, then all of them; return the seconds per page from the difference."""
    from benchmarks.backfill_warc import write

    taken = []
    for size in (limit // 4, limit):
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "part.warc.gz"
            write(part, bodies(path, size))
            env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            subprocess.run([*command, "init", f"{folder}/home"], check=True, capture_output=True, env=env)
            began = time.perf_counter()
            done = subprocess.run(
                [*command, "--home", f"{folder}/home", "add", str(part)], check=False, capture_output=True, env=env
            )
            taken.append((size, time.perf_counter() - began))
            if done.returncode not in (0, 3):
                raise SystemExit(done.stderr.decode())
    (few, short), (many, long) = taken
    return (long - short) / (many - few)


def backfill_seconds(path: Path, workers: int) -> tuple[float, float, dict[str, int]]:
    """Backfill the file; return the seconds of start-up, the seconds of the work, and the counts."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "config").mkdir()
        (home / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
        config = load(home, {})
        spec = JobSpec(fingerprint(), "police-station", (), WorkerSettings(), {})
        began = time.perf_counter()
        with open_context(config, start_workers=False) as context, connected("local", workers=workers) as client:
            cluster = prepared(client, "local", spec)
            for _ in client.run(warm, spec.digest).values():
                pass
            started = time.perf_counter()
            options = ReadOptions()
            job = backfill_state.open_job(
                context.store, job_key([str(path)], {}), {"inputs": [str(path)]}, context.now()
            )
            backfill_state.plan(
                context.store, job.id, planned([str(path)], Choice(), options.patience, print), context.now()
            )
            totals, _ = run_job(context, cluster, job.id, Quiet(), options)
            return started - began, time.perf_counter() - started, dict(totals.counts)


def warm(digest: str) -> int:
    """Start the process pool of a worker, which a long backfill does only once; return a process id of the pool."""
    from ingest.backfill.partition_task import runtime

    return runtime(digest).pool.run(os.getpid)


def main() -> None:
    """Measure and print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--add", type=int, default=0)
    parser.add_argument("--trafilatura", type=int, default=0)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--before", nargs="+", default=[str(Path(sys.executable).with_name("suowen"))])
    options = parser.parse_args()
    path = options.file.resolve()
    pages, seconds = bare(path)
    figures: dict[str, Any] = {"pages": pages, "bare iteration": seconds}
    for workers in options.workers:
        start, taken, counts = backfill_seconds(path, workers)
        figures[f"backfill, {workers} workers"] = taken
        figures[f"start of {workers} workers"] = start
        figures["counts"] = counts
    if options.trafilatura:
        figures["trafilatura"] = trafilatura_seconds(path, options.trafilatura) * pages
    if options.add:
        figures["add"] = add_seconds(options.before, path, options.add) * pages
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
