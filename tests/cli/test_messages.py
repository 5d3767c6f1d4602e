"""Tests of messages: usage errors in one line, output in a small character set, and reports of a pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.config.data_files import decoded
from ingest.config.load import load
from ingest.errors import ConfigError
from ingest.pipeline.cached_tables import check_rules
from store import open_store
from store.records import Article, Verdict
from tests.support.command import suowen
from tests.support.runs import FEATURE, fill, working_folder
from tests.support.small_site import SmallSite


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite() as running:
        yield running


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("list", "--since", "tomorrow"), "--since: 'tomorrow' is not a day; write one such as 2026-11-20"),
        (("digest", "--date", "2026-02-30"), "'2026-02-30' is not a day"),
        (("show", "abc"), "article: must be a whole number"),
        (("list", "--limit", "0"), "--limit: must be greater than or equal to 1"),
        (("list", "--ruling", "none"), "'feature', 'brief', 'other'"),
        (("lst",), "No such command 'lst'"),
        (("list", "--sinc", "x"), "No such option: --sinc"),
        (("show",), "Missing argument 'article'"),
        (("init", ""), "write . for the current folder"),
        (("list", "--home", ""), "write . for the current folder"),
        (("--home", "", "list"), "write . for the current folder"),
        (("export", ""), "write . for the current folder"),
    ],
)
def test_wrong_usage_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    """A usage error is reported in one line, not in a box or a traceback. The exit code is 2."""
    found = suowen(*arguments, code=2)
    assert found.startswith("suowen: ") and found.count("\n") == 1 and expected in found


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("settings.yaml", "zone: Asia/Shanghai\n# 时区\n", 2),
        ("sources.yaml", "# 来源\nsources: []\n", 1),
        ("topics/genre.yaml", "# 体裁\n{}\n", 1),
        ("lexicon/surnames.txt", "王\n李\n", 1),
    ],
)
def test_configuration_in_gbk(tmp_path: Path, name: str, text: str, line: int) -> None:
    """A file in GBK is reported with the line and a remedy; UTF-16 is read only with a byte order mark."""
    home = working_folder(tmp_path, "http://127.0.0.1:1")
    path = home / "config" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("gbk"))
    with pytest.raises(ConfigError) as error:
        check_rules(load(home, {}))
    assert str(error.value) == f"config/{name}:{line}: is not UTF-8 text; it seems to be GBK; save the file as UTF-8"
    with pytest.raises(ConfigError, match="seems to be UTF-16 without a byte order mark"):
        decoded(name, text.encode("utf-16-le") + "录".encode("utf-16-be"))
    assert decoded(name, text.encode("utf-16")) == decoded(name, text.encode("utf-8-sig")) == text


def test_topic_with_a_name_that_no_file_system_takes(tmp_path: Path) -> None:
    """A topic name of 300 characters is reported as an unknown topic, not as an error of the operating system."""
    home = working_folder(tmp_path, "http://127.0.0.1:1")
    (home / "config" / "settings.yaml").write_text(f"topic: {'某' * 300}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"settings\.yaml:1: topic: no such file"):
        load(home, {})


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_output_in_a_small_character_set(tmp_path: Path, encoding: str) -> None:
    """A character that the terminal cannot print is replaced; in JSON it is escaped.

    No command ends with a traceback.
    """
    home = working_folder(tmp_path, "http://127.0.0.1:1")
    (home / "data").mkdir()
    with (
        open_store(load(home, {}).store_url()) as store,
        store.batch(at=datetime(2026, 11, 20, tzinfo=UTC), program="t", rules={}) as batch,
    ):
        article = Article("http://a.example/1", "渡口的灯😀𠮷", "正文😀。", datetime(2026, 11, 20, tzinfo=UTC))
        batch.verdict(batch.article(article, "甲", None).revision, Verdict("feature", 0.9, (), "t@1"))
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    for words in (["list"], ["show", "1"], ["search", "渡口"], ["list", "--json"], ["no-such-😀"]):
        command = [sys.executable, "-m", "ingest", *words, "--home", str(home)]
        done = subprocess.run(command, capture_output=True, env=env, timeout=60, check=False)
        assert b"Traceback" not in done.stderr and done.returncode == (2 if "😀" in words[0] else 0), done.stderr
        if "--json" in words:
            assert [row["title"] for row in json.loads(done.stdout.decode(encoding))] == ["渡口的灯😀𠮷"]


def test_unmodified_listing_is_reported_as_such(site: SmallSite, tmp_path: Path) -> None:
    """A listing whose response is 304 is reported as not modified."""
    fill(site, {"/a.html": ("渡口的灯", FEATURE)})
    home = working_folder(tmp_path, site.base, "{ratio: 10, floor: 3600}")
    assert "1  stored" in suowen("run", home=home)
    assert suowen("run", "small", home=home) == "not modified: small\n"


def test_cause_of_a_failure_comes_before_its_url(site: SmallSite, tmp_path: Path) -> None:
    """A failed page or listing is printed with the reason first."""
    fill(site, {"/a.html": ("渡口的灯", FEATURE), "/gone.html": ("没有了", "")})
    site.pages["/gone.html"] = 404
    home = working_folder(tmp_path, site.base)
    line = next(line for line in suowen("run", home=home).splitlines() if line.startswith("! gone"))
    assert line.index("404") < line.index(site.base)
    site.pages["/rss.xml"] = 500
    line = next(line for line in suowen("run", "small", home=home, code=3).splitlines() if line.startswith("! small"))
    assert line.index("500") < line.index(site.base)
