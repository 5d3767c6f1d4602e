"""The scripts of tools/ that contributors run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.paths import GATE, ROOT


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script of tools/."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
    )


def test_a_page_fixture_has_the_extracted_fields(tmp_path: Path) -> None:
    """The page is copied as it is; its card has address, encoding and the fields as extracted; a second one is refused."""
    page = GATE / "extract" / "captions.html"
    made = run(
        "tools/new_page_fixture.py", page, "--name", "case", "--url", "https://a.example/1", "--folder", tmp_path
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "case.html").read_bytes() == page.read_bytes()
    card = json.loads((tmp_path / "case.json").read_text(encoding="utf-8"))
    expected = json.loads((GATE / "extract" / "captions.json").read_text(encoding="utf-8"))
    assert card["url"] == "https://a.example/1" and card["title"] == expected["title"]
    assert len(card["text"]) == len(expected["text"])
    again = run("tools/new_page_fixture.py", page, "--name", "case", "--folder", tmp_path)
    assert again.returncode == 2 and "choose another name" in again.stderr


def test_a_refused_page_becomes_a_card_with_its_outcome(tmp_path: Path) -> None:
    """A login page has an outcome instead of fields."""
    page = GATE / "extract" / "block-captcha.html"
    assert run("tools/new_page_fixture.py", page, "--name", "case", "--folder", tmp_path).returncode == 0
    assert json.loads((tmp_path / "case.json").read_text(encoding="utf-8"))["outcome"] == "block-page"


def test_prose_is_drawn_by_seed() -> None:
    """The same seed draws the same texts, another seed others; each has its place."""
    first, again, other = (run("tools/sample_prose.py", "--count", 5, "--seed", seed).stdout for seed in (1, 1, 2))
    assert first == again != other
    assert first.count(".py:") >= 5
