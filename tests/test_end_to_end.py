"""demo and export as a new user runs them: each command in its own process, then checks of the folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.config.data_files import defaults
from ingest.config.load import load
from ingest.demo import Expected, expected
from ingest.demo.seed_articles import SEEDS
from ingest.zh.seed_format import clean_lines
from tests.support.command import run_text
from tests.support.paths import ROOT


def suowen(*arguments: str, home: Path | None = None, code: int = 0) -> str:
    """Run the command and return its standard output. Fails if the exit code is not `code`."""
    environ = {**os.environ, "SUOWEN_HOME": str(home)} if home else dict(os.environ)
    done = run_text(*arguments, env=environ)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(demo_home: Path) -> Path:
    return demo_home


@pytest.fixture(scope="module")
def wanted(home: Path) -> dict[str, Expected]:
    return expected(load(home, {}).sources[0].home.rstrip("/"))


def rows(home: Path) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(suowen("list", "--json", "--limit", "1000", home=home))
    return listed


def test_demo_prints_its_passes_and_the_folder_of_its_digests(finished_demo: Path) -> None:
    printed = (finished_demo.parent / "demo.txt").read_text(encoding="utf-8")
    assert "first pass" in printed and "second pass" in printed
    assert str(finished_demo / "data" / "digests") in printed


def test_every_page_has_its_expected_outcome(home: Path, wanted: dict[str, Expected]) -> None:
    """Over both passes, each outcome occurs at least as often as the demo expects, and exactly one page is revised."""
    from store import open_store, queries

    config = load(home, {})
    with open_store(config.store_url()) as store:
        period = queries.period(store, 0, queries.last_commit(store))
    first = Counter(page.outcome for page in wanted.values())
    second = Counter(page.after or "unchanged" for page in wanted.values() if page.text is not None or page.title)
    assert period.outcomes["revised"] == second["revised"] == 1
    for code, count in first.items():
        assert period.outcomes.get(code, 0) >= count, code


def test_texts_are_the_expected_texts(home: Path, wanted: dict[str, Expected]) -> None:
    """Each stored text is exactly the article of its page, with further pages and the edit."""
    texts = {}
    for row in rows(home):
        shown = json.loads(suowen("show", str(row["id"]), "--json", home=home))
        texts[shown["revision"]["content"]["url"]] = shown["revision"]["content"]["text"]
    for url, page in wanted.items():
        text = page.text_after or page.text
        if text is not None:
            assert texts[url] == text, urlsplit(url).path


def test_export_equals_the_seeds(home: Path, tmp_path: Path) -> None:
    """The five seeds are exported in the seed format: the lines of the article in order, without boilerplate."""
    suowen("export", str(tmp_path), "--format", "seeds", home=home)
    files = sorted(tmp_path.glob("*.txt"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    for path, text in zip(files, texts, strict=True):
        assert path.name[4:20] == hashlib.sha256(text.encode()).hexdigest()[:16]
        assert clean_lines(text) == text and not text.endswith("\n")
    assert len(SEEDS) == len(list((defaults() / "seeds").glob("0*.txt"))) == 5
    for seed in SEEDS:
        assert seed.text() in texts, f"seed {seed.number} did not come back"


def test_exporting_twice_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    """Two exports of the same state are the same bytes."""
    for name in ("a", "b"):
        suowen("export", str(tmp_path / name), "--format", "jsonl", home=home)
    (first,), (second,) = [list((tmp_path / name).iterdir()) for name in ("a", "b")]
    assert first.read_bytes() == second.read_bytes()


def test_digest_has_features_and_facts(home: Path) -> None:
    """The plain text of the digest contains the title of each feature, and the HTML contains the quote of a fact."""
    (html,) = (home / "data" / "digests").glob("*.html")
    (text,) = (home / "data" / "digests").glob("*.txt")
    stories = {row["story"]: row for row in rows(home) if row["relation"] == "original" and row["ruling"] == "feature"}
    assert len(stories) >= 5
    for row in stories.values():
        assert str(row["title"]).split("——")[0] in text.read_text(encoding="utf-8")
    assert "辖区面积0.62平方公里" in html.read_text(encoding="utf-8")


def test_demo_folder_is_an_ordinary_working_folder(home: Path) -> None:
    """log, verify and sources work in the folder of the demo.

    A pass while the site is down ends with exit code 3 and does not change the list of articles.
    """
    verified = json.loads(suowen("verify", "--json", home=home))
    assert verified["problems"] == []
    assert verified["commits"] >= 2  # two passes; on a busy machine a pass is saved in several batches
    assert len(json.loads(suowen("log", "--json", home=home))) == verified["commits"]
    assert json.loads(suowen("sources", "--json", home=home))[0]["health"] == "ok"
    before = rows(home)
    suowen("run", "demo", home=home, code=3)
    assert rows(home) == before


def test_demo_refuses_a_folder_with_other_sources(tmp_path: Path) -> None:
    """A folder with other sources is refused, and its files do not change."""
    suowen("init", str(tmp_path))
    before = (tmp_path / "config" / "sources.yaml").read_bytes()
    suowen("demo", str(tmp_path), "--port", "0", code=2)
    assert (tmp_path / "config" / "sources.yaml").read_bytes() == before


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_queries_of_the_readme_show_something_on_the_demo(home: Path, page: str) -> None:
    """The demo has results for the search, the station and the story in the README; the story has a copy."""
    commands = re.findall(r"^suowen ((?:search|station|story) \S+)", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    printed = {words.split()[0]: suowen(*words.split(), home=home) for words in commands}
    assert "0 shown" not in printed["search"] and "articles)" in printed["station"]
    assert "% the same" in printed["story"]
