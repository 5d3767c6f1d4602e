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

import pytest

from ingest.config.load import load
from store import open_store, queries

KILLS = 5


def free_port() -> int:
    """Return a free port, so that the demo site has the same address after each kill."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def demo(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start `suowen demo` in its own process group and return the process."""
    command = [sys.executable, "-m", "ingest", "demo", str(folder), "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def run_to_end(folder: Path, port: int) -> float:
    """Run the demo to its end; return the duration in seconds."""
    began = time.monotonic()
    process = demo(folder, port)
    out, error = process.communicate(timeout=100)
    assert process.returncode == 0, (out + error).decode()
    return time.monotonic() - began


@pytest.mark.timeout(300)
def test_five_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """Kill the demo at five random times, also during start-up and digest, then run it to its end.

    The store has the same articles, each once, as after a demo without a kill, and verify reports no problem.
    """
    port = free_port()
    duration = run_to_end(tmp_path / "whole", port)
    chance = random.Random(20261121)
    for _ in range(KILLS):
        process = demo(tmp_path / "killed", port)
        time.sleep(chance.uniform(0.05, duration * 0.95))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    run_to_end(tmp_path / "killed", port)
    whole, killed = articles(tmp_path / "whole"), articles(tmp_path / "killed")
    assert Counter(whole) == Counter(killed), "the same articles, each once"
    assert len(set(killed)) == len(killed) > 5


def articles(folder: Path) -> list[str]:
    """Return the URL of every stored article; fail if verify reports a problem."""
    config = load(folder, {})
    with open_store(config.store_url()) as store:
        assert queries.verify(store, config.data / "warc") == []
        return [row.url for row in queries.list_articles(store, limit=1000)]
