"""Tests that the documentation agrees with the code: generated parts, links, index, commands, facts, keys."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from ingest.cli.main import COMMANDS
from ingest.config.settings import Settings
from ingest.config.sources import SourcesFile
from store.fact_kinds import KINDS
from tests.support.paths import DOCS, ROOT

PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings in GitHub's form."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def keys_of(model: type[BaseModel]) -> set[str]:
    """Return the keys of a configuration model and of its nested models."""
    keys = set(model.model_fields)
    for field in model.model_fields.values():
        for inner in [field.annotation, *get_args(field.annotation)]:
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                keys |= keys_of(inner)
    return keys


def test_generated_parts_are_current() -> None:
    """`python tools/generate_docs.py` finds all generated parts up to date."""
    run = subprocess.run(
        [sys.executable, "tools/generate_docs.py", "--check"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    """The target of every relative link is a file of the repository, and its anchor a heading of that file."""
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


def test_every_document_is_in_the_index() -> None:
    """docs/README.md links every page of docs/."""
    index = set(LINK.findall((DOCS / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in DOCS.glob("*.md")} - index - {"README.md"} == set()


def test_every_command_is_in_the_readme_or_commands_page() -> None:
    """docs/commands.md has a paragraph for each command and for nothing else."""
    described = re.findall(r"^\*\*suowen ([a-z-]+)", (DOCS / "commands.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(set(described)) == sorted(entry.name for entry in COMMANDS)


def test_every_kind_of_fact_has_its_row() -> None:
    """The table of docs/FACTS.md has one row for each kind, in the order of the code, with all its fields."""
    text = (DOCS / "FACTS.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z]+) \| ([^|]*)", text, re.MULTILINE))
    assert [kind for kind in rows if kind != "kind"] == list(KINDS)
    for name, kind in KINDS.items():
        words = set(re.findall(r"[a-z_]+", rows[name]))
        assert {field.name for field in kind.fields} - words == set(), name


@pytest.mark.parametrize(
    ("model", "pages"),
    [
        (Settings, ("config/settings.yaml",)),
        (SourcesFile, ("config/sources.yaml", "docs/adding-a-source.md")),
    ],
    ids=["settings", "sources"],
)
def test_every_key_of_the_configuration_is_explained(model: type[BaseModel], pages: tuple[str, ...]) -> None:
    """Each key occurs, as a word, in the shipped file or on its documentation page."""
    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in pages)
    missing = {key for key in keys_of(model) if not re.search(rf"(?<![\w]){key}(?![\w])", text)}
    assert missing == set()
