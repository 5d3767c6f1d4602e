"""Tests of the scripts of tools/ that contributors run, and of pinned images and locked packages."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import GATE, ROOT


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script of tools/ and return the completed process."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
    )


def test_a_page_fixture_has_the_extracted_fields(tmp_path: Path) -> None:
    """The page is copied unchanged; its card has the address and extracted fields; a second copy is refused."""
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
    """The card of a block page has an outcome instead of fields."""
    page = GATE / "extract" / "block-captcha.html"
    assert run("tools/new_page_fixture.py", page, "--name", "case", "--folder", tmp_path).returncode == 0
    assert json.loads((tmp_path / "case.json").read_text(encoding="utf-8"))["outcome"] == "block-page"


def test_prose_is_drawn_by_seed() -> None:
    """The same seed draws the same texts and another seed others; each text is printed with its file and line."""
    first, again, other = (
        run("tools/sample_prose.py", "--count", 5, "--seed", seed, "ingest/facts").stdout for seed in (1, 1, 2)
    )
    assert first == again != other
    assert first.count(".py:") >= 5


def test_base_images_are_pinned_and_refreshed_by_tag() -> None:
    """Each image in Dockerfile and docker-compose.yml has a digest.

    `pinned` replaces the digest of an image, or adds one if the image has none.
    """
    files = [(ROOT / name).read_text(encoding="utf-8") for name in ("Dockerfile", "docker-compose.yml")]
    images = [line for text in files for line in re.findall(r"(?m)^(?:FROM| +image:) (.*)", text)]
    assert len(images) == 2 and all(re.fullmatch(r"[\w:.-]+@sha256:[0-9a-f]{64}", image) for image in images)
    digest = "sha256:" + "1" * 64
    pinned = runpy.run_path(str(ROOT / "tools" / "pin_images.py"))["pinned"]
    for text in files:
        assert pinned(text, lambda tag: digest).count(digest) == 1
    assert pinned("FROM python:3.12-slim\n", lambda tag: f"{tag}!") == "FROM python:3.12-slim@python:3.12-slim!\n"


def test_image_lock_has_every_dependency_with_hashes() -> None:
    """requirements.lock has each dependency of the image at an allowed version, with hashes, and contains no URL.

    requirements-build.lock has each dependency of the build in the same form.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgresql"]]
    for name in ("requirements.lock", "requirements-build.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text and "index-url" not in text
        locked = dict(re.findall(r"(?m)^([a-z0-9.-]+)(?:\[[a-z,]+\])?==([\w.]+)[^\n]* \\\n    --hash=sha256:", text))
        assert len(locked) == len(re.findall(r"(?m)^[a-z]", text))
        if name == "requirements-build.lock":
            wanted = (ROOT / "requirements-build.in").read_text(encoding="utf-8").splitlines()
        for line in wanted:
            requirement = Requirement(line)
            assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), line
