"""Measure a backfill against `add`, trafilatura and bare iteration over the same files, in one run.

    python benchmarks/backfill.py FILE.warc.gz... [--add PAGES] [--trafilatura PAGES] [--workers 1 2] [--times 10]
        [--before COMMAND]

`--add` and `--trafilatura` measure the first PAGES pages of the first file and print the time extrapolated to all
pages. `--before` is the command of another version of this program for `add`. `--times` reads each file that often,
under other names. Start-up of the cluster is printed and not counted, because it does not grow with the input. The
resident memory of the client and of its largest worker is printed after the first partition and at its largest.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
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


class Watch:
    """Progress callbacks that sample the memory of this process and of the workers."""

    def __init__(self, workers: Sequence[int]) -> None:
        self._workers, self.partitions = workers, 0
        #: MB of the client and of its largest worker: after the first partition, and at most
        self.first: list[float] = []
        self.most = [0.0, 0.0]

    def partition(self, counts: Any) -> None:
        """Sample the memory."""
        self.partitions += 1
        now = [resident(os.getpid()), max(map(resident, self._workers))]
        self.first = self.first or now
        self.most = [max(pair) for pair in zip(self.most, now, strict=True)]

    def listed(self, source: str, candidates: int | None, error: str | None) -> None: ...
    def planned(self, candidates: int) -> None: ...
    def done(self, outcome: Any) -> None: ...


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


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


def backfill_figures(paths: Sequence[Path], workers: int) -> dict[str, Any]:
    """Backfill the files; return seconds of start-up and of the work, milliseconds a partition, counts and memory."""
    inputs = [str(path) for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "config").mkdir()
        (home / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
        config = load(home, {})
        spec = JobSpec(fingerprint(), "police-station", (), WorkerSettings(), {})
        began = time.perf_counter()
        with open_context(config, start_workers=False) as context, connected("local", workers=workers) as client:
            cluster = prepared(client, "local", spec)
            client.run(warm, spec.digest)
            watch = Watch(list(client.run(os.getpid).values()))
            started = time.perf_counter()
            options = ReadOptions()
            job = backfill_state.open_job(context.store, job_key(inputs, {}), {"inputs": inputs}, context.now())
            backfill_state.plan(
                context.store, job.id, planned(inputs, Choice(), options.patience, print), context.now()
            )
            totals, _ = run_job(context, cluster, job.id, watch, options)
            seconds = time.perf_counter() - started
            status = backfill_state.statuses(context.store)[0]
    return {
        "start": started - began,
        "seconds": seconds,
        "seconds in the workers": status.seconds,
        "partitions": watch.partitions,
        "ms a partition": seconds / watch.partitions * 1_000,
        "counts": dict(totals.counts),
        "MB of client and worker after the first partition": watch.first,
        "MB at most": watch.most,
    }


def warm(digest: str) -> int:
    """Start the process pool of a worker, which a long backfill does only once; return a process id of the pool."""
    from ingest.backfill.partition_task import runtime

    return runtime(digest).pool.run(os.getpid)


def main() -> None:
    """Measure and print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--add", type=int, default=0)
    parser.add_argument("--trafilatura", type=int, default=0)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--before", type=shlex.split, default=[str(Path(sys.executable).with_name("suowen"))])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.files[0].parent) as folder:
        paths = copies(options.files, options.times, Path(folder))
        print(json.dumps(measured(options, paths), indent=1))


def copies(files: Sequence[Path], times: int, folder: Path) -> list[Path]:
    """Return the files, or `times` hard links to each."""
    if times == 1:
        return [path.resolve() for path in files]
    found = []
    for number in range(times):
        for path in files:
            found.append(folder / f"{number}-{path.name}")
            found[-1].hardlink_to(path)
    return found


def measured(options: argparse.Namespace, paths: Sequence[Path]) -> dict[str, Any]:
    """Return all figures."""
    counted = [bare(path) for path in paths]
    pages = sum(count for count, _ in counted)
    figures: dict[str, Any] = {"pages": pages, "bare iteration": sum(seconds for _, seconds in counted)}
    for workers in options.workers:
        figures[f"{workers} workers"] = backfill_figures(paths, workers)
    if options.trafilatura:
        figures["trafilatura"] = trafilatura_seconds(paths[0], options.trafilatura) * pages
    if options.add:
        figures["add"] = add_seconds(options.before, paths[0], options.add) * pages
    return figures


if __name__ == "__main__":
    main()
