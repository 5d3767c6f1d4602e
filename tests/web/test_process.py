"""Tests of the command `suowen web` as a process: token, signals, errors."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from ingest.cli.main import main
from ingest.cli.web import _hosts
from ingest.errors import UsageError
from store import open_store
from store.queries import show, verify
from tests.support.web_samples import add_story


def _home(tmp_path: Path, url: str) -> Path:
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    (home / "config" / "settings.yaml").write_text(f'store: "{url}"\n', encoding="utf-8")
    return home


def _start(home: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ingest", "web", "--home", str(home), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def _line(process: Any, pattern: str) -> str:
    """Return the first group of the first output line that matches `pattern`."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError("".join(lines))


def _poll(base: str, headers: dict[str, str]) -> None:
    """Send requests until the server no longer answers."""
    with contextlib.suppress(requests.RequestException):
        while True:
            requests.get(base + "/station?name=派出所", headers=headers, timeout=20)


def test_start_query_and_stop(tmp_path: Path, sqlite_url: str) -> None:
    """The first start prints the token, the next one only the path of the token's file.

    SIGTERM during requests and SIGINT both stop the server in time with exit code 0. A correction sent just before is
    stored, and verify reports no problem.
    """
    with open_store(sqlite_url) as store:
        add_story(store)
    home = _home(tmp_path, sqlite_url)
    first = _start(home, "--port", "0")
    token, base = _line(first, "token: (.+)"), _line(first, r"(http://127\.0\.0\.1:\d+)/")
    headers = {"Authorization": f"Bearer {token}"}
    clients = [threading.Thread(target=_poll, args=(base, headers)) for _ in range(3)]
    for client in clients:
        client.start()
    answer = requests.post(base + "/api/articles/1/facts/0", headers=headers, json={"action": "confirm"}, timeout=20)
    begun = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert answer.status_code == 200 and first.wait(20) == 0 and time.monotonic() - begun < 10
    for client in clients:
        client.join(20)
    assert "Traceback" not in first.stdout.read() and not (tmp_path / "suowen.db-wal").exists()
    second = _start(home, "--port", "0")
    line = second.stdout.readline()
    assert "web-token" in line and token not in line
    second.send_signal(signal.SIGINT)
    assert second.wait(20) == 0 and "Traceback" not in second.stdout.read()
    with open_store(sqlite_url) as store:
        assert len(show(store, 1).corrections) == 1 and verify(store) == []


def test_configuration_errors(
    tmp_path: Path, sqlite_url: str, lite_web: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing store or a used port is reported with exit code 2.

    If the store is missing, neither a store nor a token is created.
    """
    home = _home(tmp_path, f"sqlite:///{tmp_path / 'none.db'}")

    def failing(*options: str) -> str:
        monkeypatch.setattr(sys, "argv", ["suowen", "web", "--home", str(home), *options])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        return capsys.readouterr().err

    assert "there is no store yet" in failing() and not (tmp_path / "none.db").exists()
    assert not (home / "data" / "web-token").exists()
    (home / "config" / "settings.yaml").write_text(f'store: "{sqlite_url}"\n', encoding="utf-8")
    assert "cannot be listened on" in failing("--port", lite_web.base.rpartition(":")[2])


def test_host_and_public_options() -> None:
    """A loopback address needs no --public; any other needs the full public URL, with a host name or IPv4 address."""
    assert [_hosts(host, "") for host in ("127.0.0.1", "::1", "localhost")] == [[], [], []]
    assert _hosts("0.0.0.0", "https://suowen.example.org") == [] == _hosts("::", "https://suowen.example.org")
    assert _hosts("192.0.2.7", "http://192.0.2.7:8780") == ["192.0.2.7"]
    for host, public in (
        ("0.0.0.0", ""),
        ("192.0.2.7", ""),
        ("127.0.0.1", "suowen.example.org"),
        ("::", "ftp://x"),
        ("0.0.0.0", "https://"),
        ("::", "http://[2001:db8::1]/"),
        ("0.0.0.0", "http://["),
    ):
        with pytest.raises(UsageError):
            _hosts(host, public)
