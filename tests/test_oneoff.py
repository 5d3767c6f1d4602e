"""One-off ingestion through the command line: real HTTP, real files, real WARCs, a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_site import SmallSite, page

from ingest.config import defaults, load
from ingest.oneoff import source_of
from ingest.parts import ONE_OFF

SEEDS = sorted((defaults() / "seeds").glob("0*.txt"))
FEATURE = SEEDS[1].read_text(encoding="utf-8").split("\n", 1)[1]

CONFIG = """
sources:
  - name: small
    home: {base}/
    list:
      - feed: {base}/rss.xml
    delay: 0
    loopback: true
"""


def suowen(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """One command in `folder`, as a person would give it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SUOWEN_")}
    return subprocess.run([sys.executable, "-m", "ingest", *arguments], cwd=folder, input=given,
                          capture_output=True, timeout=120, env=environment, check=False)  # fmt: skip


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite() as running:
        yield running


def working_folder(folder: Path, base: str) -> Path:
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "sources.yaml").write_text(CONFIG.format(base=base), encoding="utf-8")
    return folder


# --- loopback ----------------------------------------------------------------------------------------------------


def spellings(port: str) -> list[str]:
    hosts = ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "localhost", "[::1]",
             "[::ffff:127.0.0.1]", "127.0.0.2", "0.0.0.0")  # fmt: skip
    return [f"http://{host}:{port}/a.html" for host in hosts]


def test_a_fresh_folder_lets_no_spelling_of_loopback_in(site: SmallSite, tmp_path: Path) -> None:
    """After `suowen init`, no service of this machine is asked for anything, however its address is written."""
    site.pages["/a.html"] = page("两路派出所的枫桥路", FEATURE)
    port = site.base.rpartition(":")[2]
    assert suowen(tmp_path, "init", ".").returncode == 0
    urls = [*spellings(port), "http://127.0.0.1:8765/a.html", "http://2130706433:8765/", "http://0x7f.1/"]
    done = suowen(tmp_path, "add", "--json", *urls)
    outcomes = json.loads(done.stdout)["outcomes"]
    assert done.returncode == 3
    assert sum(site.asked.values()) == 0
    assert set(outcomes) == {"blocked-address"}, (outcomes, done.stderr.decode())


def test_loopback_is_open_to_its_sources_own_origin_only(site: SmallSite, tmp_path: Path) -> None:
    """An enabled source on loopback opens its own scheme, host and port; the port beside it stays shut."""
    site.pages["/a.html"] = page("两路派出所的枫桥路", FEATURE)
    with SmallSite() as other:
        other.pages["/a.html"] = page("两路派出所的枫桥路", FEATURE)
        working_folder(tmp_path, site.base)
        done = suowen(tmp_path, "add", "--json", f"{site.base}/a.html", f"{other.base}/a.html")
        assert json.loads(done.stdout)["outcomes"] == {"stored": 1, "blocked-address": 1}
        assert sum(other.asked.values()) == 0


def test_the_source_of_a_url(tmp_path: Path) -> None:
    """Public sites lend their rules to all their hosts, switched-off ones to none, loopback ones to their origin."""
    text = """
sources:
  - {name: shut, home: "http://127.0.0.1:8765/", list: [{feed: "http://127.0.0.1:8765/f"}], loopback: true, enabled: false}
  - {name: own, home: "http://127.0.0.1:9000/", list: [{feed: "http://127.0.0.1:9000/f"}], loopback: true}
  - {name: public, home: "https://www.example.cn/", list: [{feed: "https://www.example.cn/f"}]}
  - {name: idle, home: "https://www.example.com/", list: [{feed: "https://www.example.com/f"}], enabled: false}
"""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text(text, encoding="utf-8")
    config = load(tmp_path, {})
    for url, name in {
        "http://127.0.0.1:9000/x": "own", "http://127.0.0.1:9001/x": ONE_OFF.name, "http://127.0.0.1/x": ONE_OFF.name,
        "https://127.0.0.1:9000/x": ONE_OFF.name, "http://127.0.0.1:8765/x": ONE_OFF.name,
        "http://gaj.example.cn:8080/x": "public", "https://www.example.com/x": ONE_OFF.name,
        "file:///home/x.html": ONE_OFF.name,
    }.items():  # fmt: skip
        assert source_of(config, url).name == name, url
