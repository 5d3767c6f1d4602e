"""Test of Ctrl-C during a pass: the command ends soon, and pages fetched before Ctrl-C are stored."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from ingest.config.load import load
from store import open_store, queries
from tests.support.runs import BRIEF, fill, working_folder
from tests.support.small_site import SmallSite


def test_first_interrupt_stores_and_ends(tmp_path: Path) -> None:
    """With a delay of two seconds between twenty pages, an interrupt ends the command within 15 s.

    The exit code is 130, and at least one page is stored.
    """
    with SmallSite() as site:
        fill(site, {f"/{n}.html": (f"第{n}篇", f"{BRIEF}第{n}次。") for n in range(20)})
        working_folder(tmp_path, site.base)
        sources = tmp_path / "config" / "sources.yaml"
        sources.write_text(sources.read_text().replace("delay: 0", "delay: 2"), encoding="utf-8")
        command = [sys.executable, "-m", "ingest", "run", "small", "--home", str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while sum(count for path, count in site.asked.items() if path[1:2].isdigit()) < 2:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, error = process.communicate(timeout=30)
        assert process.returncode == 130, error.decode()
        assert time.monotonic() - began < 15
        assert "Traceback" not in error.decode()
    with open_store(load(tmp_path, {}).store_url()) as store:
        stored = len(queries.list_articles(store))
        assert 1 <= stored < 20
