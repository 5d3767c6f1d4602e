"""SIGKILL at random times of a demo, then a complete demo: each article is stored once, nothing is damaged."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.config.load import load
from store import open_store, queries

#: number of kills of the demo; tests/campaigns/kills.py kills `suowen run` at many more places
KILLS = 3


def free_port() -> int:
    """Return a free port, so that the demo site has the same address after each kill."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def demo(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start `suowen demo` in its own process group and return the process."""
    command = [sys.executable, "-m", "ingest", "demo", str(folder), "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


@pytest.mark.timeout(300)
def test_three_kills_lose_and_double_nothing(finished_demo: Path, tmp_path: Path) -> None:
    """Kill the demo at three random times between its start and its end, then run it completely.

    The store has the same articles, each once, as after a demo without a kill, and verify reports no problem.
    """
    port = free_port()
    longest = float((finished_demo.parent / "demo.seconds").read_text(encoding="ascii"))
    chance = random.Random(20261121)
    for _ in range(KILLS):
        process = demo(tmp_path, port)
        time.sleep(chance.uniform(0.05, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = demo(tmp_path, port)
    out, error = process.communicate(timeout=100)
    assert process.returncode == 0, (out + error).decode()
    whole, killed = articles(finished_demo), articles(tmp_path)
    assert Counter(whole) == Counter(killed), "the same articles, each once"
    assert len(set(killed)) == len(killed) > 5


def articles(folder: Path) -> list[str]:
    """Return the path of the URL of every stored article; fail if verify reports a problem."""
    config = load(folder, {})
    with open_store(config.store_url()) as store:
        assert queries.verify(store, config.data / "warc") == []
        return [urlsplit(row.url).path for row in queries.list_articles(store, limit=1000)]
