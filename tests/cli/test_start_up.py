"""Tests of the start-up: commands import only what they need, so that `--help` and queries start fast.

The tests check which modules are loaded instead of the time, which varies with the load of the machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: modules that are slow to load and that `--help` does not need
SLOW = (
    "requests",
    "sqlalchemy",
    "trafilatura",
    "jieba",
    "pydantic",
    "lxml",
    "flask",
    "apscheduler",
    "ingest.worker_pool",
)
#: modules that only commands that fetch pages, parse pages or schedule runs need
FETCHING = ("requests", "trafilatura", "lxml.html", "feedparser", "apscheduler", "ingest.worker_pool", "ingest.fetch")
#: a program that runs the command and then prints the names of all loaded modules
RUN = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
sys.argv[0] = "suowen"
from ingest.cli.main import main
main()
"""


def loaded(*arguments: str, code: str = RUN) -> set[str]:
    """Run the command in a new process; return the names of all modules that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_no_slow_module(option: str) -> None:
    """`--help` and `--version` import neither slow modules nor the modules of the commands."""
    found = loaded(option)
    assert "ingest.cli.main" in found
    assert not found & set(SLOW)
    assert not [name for name in found if name.startswith("ingest.cli.") and name != "ingest.cli.main"]


def test_queries_load_nothing_of_fetching(tmp_path: Path) -> None:
    """A command that queries the store loads neither HTTP client nor parsers nor the worker pool."""
    loaded("init", str(tmp_path))
    loaded("sources", "--home", str(tmp_path))  # creates the store for the next call
    found = loaded("list", "--home", str(tmp_path))
    assert "store.queries" in found and not found & set(FETCHING)


@pytest.mark.parametrize(
    "module",
    [
        "ingest.cli.web",
        "ingest.web",
        "ingest.web.app",
        "ingest.cli.stations",
        "ingest.cli.fact",
        "ingest.record_fact_correction",
    ],
)
def test_web_and_corrections_load_nothing_of_fetching(module: str) -> None:
    """`suowen web` and corrections load neither HTTP client nor parsers nor the worker pool."""
    found = loaded(code=f"import sys, {module}; print(*sys.modules, file=sys.stderr)")
    assert module in found and not found & set(FETCHING)


def test_add_loads_nothing_of_delivery() -> None:
    """`suowen add` imports neither channels nor digests nor the scheduler; only other commands need them."""
    found = loaded(code="import sys, ingest.cli.add; print(*sys.modules, file=sys.stderr)")
    assert "ingest.cli.add" in found and "apscheduler" not in found
    assert not [name for name in found if name.startswith(("ingest.deliver", "ingest.digest"))]
