"""Measure the time per page of `add`, `import` and `replay --dry-run`, compared with another version of the program.

    python benchmarks/in_flight.py [--pages 120] [--before COMMAND] [--processes 1 2]

Each command processes a quarter of the generated pages or texts, then all of them. The time per page comes from the
difference, which excludes the start of the command. `--before` is the command of another version; without `--before`
only this program is measured, with each number of worker processes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.backfill_warc import made_page, station_text, write


def seconds_of(command: Sequence[str], pages: int, processes: int) -> dict[str, float]:
    """Return the seconds of each command for `pages` pages or texts."""
    random_ = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write(work / "pages.warc.gz", (made_page(number, True, random_) for number in range(pages)))
        (work / "texts").mkdir()
        for number in range(pages):
            title, lines = station_text(number, random_)
            text = "\n".join([title, *lines])
            name = f"{number:04}_{hashlib.sha256(text.encode()).hexdigest()[:16]}.txt"
            (work / "texts" / name).write_text(text, encoding="utf-8")
        steps = (
            ("add", "one", ["add", str(work / "pages.warc.gz")]),
            ("replay", "one", ["replay", "--dry-run"]),
            ("import", "two", ["import", str(work / "texts")]),
        )
        return {name: _seconds(command, work / home, processes, words) for name, home, words in steps}


def _seconds(command: Sequence[str], home: Path, processes: int, words: Sequence[str]) -> float:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env["SUOWEN_WORKERS__PROCESSES"] = str(processes)
    if not home.exists():
        subprocess.run([*command, "init", str(home)], check=True, capture_output=True, env=env)
    began = time.perf_counter()
    done = subprocess.run([*command, "--home", str(home), *words], check=False, capture_output=True, env=env)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{words[0]}: code {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return time.perf_counter() - began


def per_page(command: Sequence[str], pages: int, processes: int) -> dict[str, float]:
    """Return the milliseconds a page of each command."""
    few, many = seconds_of(command, pages // 4, processes), seconds_of(command, pages, processes)
    return {name: (many[name] - few[name]) / (pages - pages // 4) * 1_000 for name in many}


def main() -> None:
    """Measure and print the milliseconds a page as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--processes", type=int, nargs="+", default=[os.cpu_count() or 1])
    parser.add_argument("--before", type=shlex.split, default=[])
    options = parser.parse_args()
    now = ["env", f"PYTHONPATH={Path(__file__).parents[1]}", sys.executable, "-m", "ingest"]
    figures = {f"{number} processes": per_page(now, options.pages, number) for number in options.processes}
    if options.before:
        figures["before"] = per_page(options.before, options.pages, options.processes[-1])
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
