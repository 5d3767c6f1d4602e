"""demo → store → export, as a new user meets it: the command in a process of its own, its folder looked at after."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.config.data_files import defaults
from ingest.config.load import load
from ingest.demo import Expected, expected
from ingest.demo.seeds import SEEDS
from ingest.zh.text import clean_lines
from tests.support.command import told


def suowen(*arguments: str, home: Path | None = None, code: int = 0) -> str:
    """Run the command; its standard output. Fails when it ends with another code."""
    environ = {**os.environ, "SUOWEN_HOME": str(home)} if home else dict(os.environ)
    done = told(*arguments, env=environ)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tour") / "demo"
    told = suowen("demo", str(folder), "--port", "0")
    assert "first pass" in told and "second pass" in told and str(folder / "data" / "digests") in told
    return folder


@pytest.fixture(scope="module")
def wanted(home: Path) -> dict[str, Expected]:
    return expected(load(home, {}).sources[0].home.rstrip("/"))


def rows(home: Path) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(suowen("list", "--json", "--limit", "1000", home=home))
    return listed


def test_every_page_got_its_outcome(home: Path, wanted: dict[str, Expected]) -> None:
    """Over both passes, each page of the demo became what the demo says it should, and nothing was left out."""
    from store import history, open_store

    config = load(home, {})
    with open_store(config.store_url()) as store:
        period = history.period(store, 0, history.last_commit(store))
    first = Counter(one.outcome for one in wanted.values())
    second = Counter(one.after or "unchanged" for one in wanted.values() if one.text is not None or one.title)
    assert period.outcomes["revised"] == second["revised"] == 1
    for code, count in first.items():
        assert period.outcomes.get(code, 0) >= count, code


def test_texts_are_the_expected_ones(home: Path, wanted: dict[str, Expected]) -> None:
    """Every stored text is, character for character, the article of its page, further pages and edits included."""
    texts = {}
    for row in rows(home):
        shown = json.loads(suowen("show", str(row["id"]), "--json", home=home))
        texts[shown["revision"]["content"]["url"]] = shown["revision"]["content"]["text"]
    for url, one in wanted.items():
        text = one.text_after or one.text
        if text is not None:
            assert texts[url] == text, urlsplit(url).path


def test_the_export_compares_with_the_seeds(home: Path, tmp_path: Path) -> None:
    """All five seeds come back from the store in their own format: the article's lines in order, furniture gone."""
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
    """The same version exports the same bytes."""
    for name in ("a", "b"):
        suowen("export", str(tmp_path / name), "--format", "jsonl", home=home)
    (first,), (second,) = [list((tmp_path / name).iterdir()) for name in ("a", "b")]
    assert first.read_bytes() == second.read_bytes()


def test_the_digest_tells_it(home: Path) -> None:
    """The digest names each feature's title, and a fact's quote, in both forms."""
    (html,) = (home / "data" / "digests").glob("*.html")
    (text,) = (home / "data" / "digests").glob("*.txt")
    stories = {row["story"]: row for row in rows(home) if row["relation"] == "original" and row["ruling"] == "feature"}
    assert len(stories) >= 5
    for row in stories.values():
        assert str(row["title"]).split("——")[0] in text.read_text(encoding="utf-8")
    assert "辖区面积0.62平方公里" in html.read_text(encoding="utf-8")


def test_the_folder_is_an_ordinary_one(home: Path) -> None:
    """Other commands work on it: log, verify, sources; a pass while the site is down fails clearly and harms nothing."""
    assert json.loads(suowen("verify", "--json", home=home)) == {"commits": 2, "problems": []}
    assert len(json.loads(suowen("log", "--json", home=home))) == 2
    assert json.loads(suowen("sources", "--json", home=home))[0]["health"] == "ok"
    before = rows(home)
    suowen("run", "demo", home=home, code=3)
    assert rows(home) == before


def test_a_demo_never_takes_over_a_folder_of_somebody(tmp_path: Path) -> None:
    """A working folder with sources of its own is refused, its files untouched."""
    suowen("init", str(tmp_path))
    before = (tmp_path / "config" / "sources.yaml").read_bytes()
    suowen("demo", str(tmp_path), "--port", "0", code=2)
    assert (tmp_path / "config" / "sources.yaml").read_bytes() == before
