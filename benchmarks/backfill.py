"""Measure a backfill against `add`, trafilatura and bare iteration over the same files, in one run.

    python benchmarks/backfill.py FILE.warc.gz... [--add PAGES] [--trafilatura PAGES] [--workers 1 2] [--times 10]
        [--before COMMAND]

`--add` and `--trafilatura` measure the first PAGES pages of the first file and print the time extrapolated to all
pages. `--before`: measure `add` of this command, for example of another version of the program. `--times`
reads each file that often, under other names. Start-up of the cluster is printed and not counted, because it does not grow with the input. The
resident memory of the client and of its largest worker is printed after the first partition and at its largest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

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
        self.workers, self.partitions = workers, 0
        #: resident memory in MB of [the client, its largest worker]: after the first partition (`first`), and the
        #: maximum (`most`)
        self.first: list[float] = []
        self.most = [0.0, 0.0]

    def partition(self, counts: Any) -> None:
        """Sample the memory."""
        self.partitions += 1
        now = [resident(os.getpid()), max(map(resident, self.workers))]
        self.first = self.first or now
        self.most = [max(pair) for pair in zip(self.most, now, strict=True)]

    def listed(self, source: str, candidates: int | None, error: str | None) -> None: ...
    def planned(self, candidates: int) -> None: ...
    def done(self, outcome: Any) -> None: ...


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Clock:
    """Timer of wall-clock seconds and of processor seconds of this process.

    Other load on the machine hardly changes the processor seconds.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def seconds(self, part: float = 1.0) -> dict[str, float]:
        """Return the seconds since the start, extrapolated from the share `part` of the work to the whole work."""
        now = time.perf_counter(), time.process_time()
        clock, processor = (b - a for a, b in zip(self._began, now, strict=True))
        return {"seconds": clock / part, "processor": processor / part}


def bare(paths: Sequence[Path]) -> tuple[int, dict[str, float]]:
    """Iterate over the files and decompress every payload; return (pages, seconds)."""
    clock = Clock()
    return sum(map(_pages, paths)), clock.seconds()


def _pages(path: Path) -> int:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    count = 0
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False, record_types=WarcRecordType.any_type):
            body = record.reader.read()
            count += record.record_type == WarcRecordType.response and bool(body)
    return count


def bodies(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield (URL, body) of the first `limit` responses."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as stream:
        for count, record in enumerate(ArchiveIterator(stream, record_types=WarcRecordType.response)):
            if count == limit:
                return
            yield record.headers["WARC-Target-URI"], record.reader.read()


def trafilatura_seconds(path: Path, limit: int, pages: int) -> dict[str, float]:
    """Extract the first `limit` pages with trafilatura; return the seconds, extrapolated to `pages` pages."""
    import trafilatura

    found = list(bodies(path, limit))
    trafilatura.extract(found[0][1])
    clock = Clock()
    for url, body in found:
        trafilatura.bare_extraction(body, url=url, with_metadata=True)
    return clock.seconds(len(found) / pages)


def add_seconds(command: list[str], path: Path, limit: int, pages: int) -> dict[str, float]:
    """Time `add` with a quarter of the first `limit` pages and with all of them, each in a new store.

    Returns the difference in seconds, which excludes the start of the command, extrapolated to `pages` pages.
    """
    from benchmarks.backfill_warc import write

    taken = []
    for size in (limit // 4, limit):
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "part.warc.gz"
            write(part, bodies(path, size))
            env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            subprocess.run([*command, "init", f"{folder}/home"], check=True, capture_output=True, env=env)
            began, processor = time.perf_counter(), _children()
            done = subprocess.run(
                [*command, "--home", f"{folder}/home", "add", str(part)], check=False, capture_output=True, env=env
            )
            taken.append((time.perf_counter() - began, _children() - processor))
            if done.returncode not in (0, 3):
                raise SystemExit(done.stdout.decode() + done.stderr.decode())
    part = (limit - limit // 4) / pages
    clock, processor = (long - short for short, long in zip(*taken, strict=True))
    return {"seconds": clock / part, "processor": processor / part}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _processor(pids: Sequence[int]) -> float:
    """Return the processor seconds of processes and of all their descendants."""
    trees = [
        process for pid in pids for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))
    ]
    return sum(sum(process.cpu_times()[:4]) for process in trees)


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
            started, before, clock = time.perf_counter(), _processor(watch.workers), Clock()
            options = ReadOptions()
            job = backfill_state.open_job(context.store, job_key(inputs, {}), {"inputs": inputs}, context.now())
            backfill_state.plan(
                context.store, job.id, planned(inputs, Choice(), options.retry_policy, print), context.now()
            )
            totals, _ = run_job(context, cluster, job.id, watch, options)
            taken, of_workers = clock.seconds(), _processor(watch.workers) - before
            status = backfill_state.statuses(context.store)[0]
    return {
        "start": started - began,
        "seconds": taken["seconds"],
        "processor, client": taken["processor"],
        "processor, workers": of_workers,
        "seconds in the workers": status.seconds,
        "partitions": watch.partitions,
        "ms a partition": taken["seconds"] / watch.partitions * 1_000,
        "counts": dict(totals.counts),
        "MB of client and worker after the first partition": watch.first,
        "MB at most": watch.most,
    }


def warm(digest: str) -> int:
    """Start the process pool of a worker, which a long backfill does only once; return a process id of the pool."""
    from ingest.backfill.partition_task import runtime

    return runtime(digest).pool.run(os.getpid)


def main() -> None:
    """Measure and print the figures as JSON."""
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
    """Return the figures of all measurements, by name."""
    pages, seconds = bare(paths)
    figures: dict[str, Any] = {"pages": pages, "bare iteration": seconds}
    for workers in options.workers:
        figures[f"{workers} workers"] = backfill_figures(paths, workers)
    if options.trafilatura:
        figures["trafilatura"] = trafilatura_seconds(paths[0], options.trafilatura, pages)
    if options.add:
        figures["add"] = add_seconds(options.before, paths[0], options.add, pages)
    return figures


if __name__ == "__main__":
    main()
