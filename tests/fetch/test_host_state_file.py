"""Tests of host turns, pauses and page claims that several processes share."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.errors import FetchError
from ingest.fetch.host_state_file import SharedHosts
from ingest.fetch.page_claims import PageClaims
from ingest.fetch.rate_limit import RateLimiter
from tests.support.paths import ROOT

#: program that takes two turns of 0.3 s with a delay of 1 s and prints the start and end time of each
VISITOR = """
import sys, time
from pathlib import Path
from ingest.fetch.rate_limit import RateLimiter
from ingest.fetch.host_state_file import SharedHosts
limiter = RateLimiter(shared=SharedHosts(Path(sys.argv[1])))
for _ in range(2):
    with limiter.turn("news.example", 1.0):
        started = time.time()
        time.sleep(0.3)
        print(started, time.time(), flush=True)
"""
#: program that holds the turn of a host and the claim of a page until it is killed
HOLDER = """
import sys, time
from pathlib import Path
from ingest.fetch.page_claims import PageClaims
from ingest.fetch.host_state_file import SharedHosts
hosts, claims = SharedHosts(Path(sys.argv[1])), PageClaims(Path(sys.argv[1] + ".pages"))
assert hosts.try_lock("news.example") and claims.claim("//news.example/1")
print("ready", flush=True)
time.sleep(60)
"""


def start(script: str, path: Path) -> subprocess.Popen[str]:
    """Start a Python process with the path as its argument."""
    command = [sys.executable, "-c", script, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[SharedHosts]:
    """Yield an empty table of hosts."""
    table = SharedHosts(tmp_path / "hosts.state")
    yield table
    table.close()


def test_processes_take_turns_with_the_delay(tmp_path: Path) -> None:
    """Two processes never use a host at the same time; each waits for the delay after the other's request."""
    visitors = [start(VISITOR, tmp_path / "hosts.state") for _ in range(2)]
    turns = sorted(tuple(map(float, line.split())) for v in visitors for line in v.communicate()[0].splitlines())
    assert len(turns) == 4
    assert all(later[0] - earlier[1] >= 0.99 for earlier, later in itertools.pairwise(turns))


def test_killed_process_releases_turn_and_claim(tmp_path: Path, hosts: SharedHosts) -> None:
    """SIGKILL releases the turn and the claim of a process."""
    holder = start(HOLDER, tmp_path / "hosts.state")
    claims = PageClaims(tmp_path / "hosts.state.pages")
    assert holder.stdout is not None and holder.stdout.readline() == "ready\n"
    assert not hosts.try_lock("news.example")
    assert hosts.try_lock("other.example")
    assert not claims.claim("//news.example/1")
    assert claims.claim("//news.example/2")
    holder.kill()
    holder.communicate()
    assert hosts.try_lock("news.example")
    assert claims.claim("//news.example/1")
    claims.close()


def test_pause_holds_for_other_limiters(hosts: SharedHosts) -> None:
    """A long pause recorded by one limiter makes `turn` of another raise "paused".

    After the other limiter reports a successful response, the host is not paused for a new limiter.
    """
    first, second = RateLimiter(shared=hosts), RateLimiter(shared=hosts)
    first.pause("news.example", 600)
    with pytest.raises(FetchError) as caught, second.turn("news.example", 0):
        pass
    assert caught.value.code == "paused"
    second.answered("news.example")
    with RateLimiter(shared=hosts).turn("news.example", 0):
        pass


def test_damaged_state_is_harmless(tmp_path: Path) -> None:
    """Junk in the file and times from a wrong clock cause no wait."""
    path = tmp_path / "hosts.state"
    path.write_bytes(b"\xff" * 2_000_000)
    table = SharedHosts(path)
    started = time.monotonic()
    with RateLimiter(shared=table).turn("news.example", 0):
        pass
    table.write("far.example", datetime.now(UTC) + timedelta(days=900), datetime.now(UTC) + timedelta(days=900))
    with RateLimiter(shared=table).turn("far.example", 0):
        pass
    assert time.monotonic() - started < 1
    table.close()
