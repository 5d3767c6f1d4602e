"""Commands on a store and its copy on PostgreSQL: equal output and exports, and changes that work on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store import open_store
from store.backup import copy_store
from tests.support.command import suowen
from tests.support.postgres import database


@pytest.fixture(scope="module")
def home(demo_home: Path) -> Path:
    """Return a demo folder on SQLite with a rejected fact."""
    fact = json.loads(suowen("show", 1, "--json", home=demo_home))["facts"][0]
    suowen("fact", "reject", f"1.{fact['position']}", home=demo_home)
    return demo_home


def _copied(home: Path, url: str) -> str:
    with open_store(f"sqlite:///{home}/data/suowen.db") as old, open_store(url) as new:
        copy_store(old, new)
    return url


@pytest.fixture(scope="module")
def same_store(home: Path, postgres_server: str, empty_server_store: str) -> Iterator[str]:
    """Yield the URL of a copy of the demo store on PostgreSQL."""
    for url in database(postgres_server, empty_server_store):
        yield _copied(home, url)


@pytest.mark.parametrize(
    "command",
    [
        ["log"],
        ["list", "--at", "1"],
        ["list", "--ruling", "brief", "--since", "2026-01-01"],
        ["show", "1"],
        ["show", "1", "--at", "1"],
        ["diff", "0", "3"],
        ["diff", "2", "3"],
        ["search", "派出所"],
        ["search", "民警 群众", "--ruling", "feature", "--page", "2", "--limit", "3"],
        ["stations"],
        ["story", "1"],
        ["verify"],
        ["archive", "--check"],
    ],
)
def test_queries_print_the_same_on_both_databases(home: Path, same_store: str, command: list[str]) -> None:
    """Query commands, `verify` and `archive --check` print the same JSON on both databases."""
    outputs = [suowen(*command, "--json", home=home, **store) for store in ({}, {"SUOWEN_STORE": same_store})]
    assert outputs[0] == outputs[1] and len(outputs[0]) > 2


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("form", ["seeds", "jsonl", "csv", "parquet"])
def test_exports_are_the_same_bytes(home: Path, same_store: str, tmp_path: Path, form: str) -> None:
    """A past state is exported as the same bytes from both databases, and so is an increment as JSON Lines.

    The increment contains only the article with the rejected fact.
    """
    for stretch in (["--at", "1"], ["--since", "2"])[: 2 if form == "jsonl" else 1]:
        for folder, store in (("a", {}), ("b", {"SUOWEN_STORE": same_store})):
            suowen("export", tmp_path / stretch[0] / folder, "--format", form, *stretch, home=home, **store)
        assert _files(tmp_path / stretch[0] / "a") == _files(tmp_path / stretch[0] / "b") != {}
    if form == "jsonl":
        (line,) = (tmp_path / "--since" / "a" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
        assert json.loads(line)["id"] == 1


def test_commands_that_change_a_store_on_postgresql(home: Path, postgres: str, tmp_path: Path) -> None:
    """Backup, restore, reindex, import, archive and Delta work on PostgreSQL; each result is checked."""
    deltalake = pytest.importorskip("deltalake", reason="needs the extra deltalake")

    server = _copied(home, postgres)

    def as_json(*command: object) -> Any:
        return json.loads(suowen(*command, "--json", home=home, SUOWEN_STORE=server))

    before, found = as_json("list"), as_json("search", "派出所")
    suowen("backup", tmp_path / "all.tar", home=home, SUOWEN_STORE=server)
    other = tmp_path / "other"
    suowen("init", other)
    suowen("restore", tmp_path / "all.tar", home=other)
    assert json.loads(suowen("list", "--json", home=other)) == before
    assert json.loads(suowen("verify", "--json", home=other))["problems"] == []
    assert f"{len(before)} articles indexed" in suowen("reindex", home=home, SUOWEN_STORE=server)
    assert as_json("search", "派出所") == found
    suowen("export", tmp_path / "delta", "--format", "delta", home=home, SUOWEN_STORE=server)
    assert deltalake.DeltaTable(tmp_path / "delta").version() == 3
    suowen("export", tmp_path / "seeds", home=home, SUOWEN_STORE=server)
    assert sum(as_json("import", tmp_path / "seeds")["outcomes"].values()) == len(list((tmp_path / "seeds").iterdir()))
    assert len(as_json("list")) == len(before) + len(list((tmp_path / "seeds").iterdir()))
    for place in (tmp_path / "far", home / "data" / "warc"):
        assert as_json("archive", "--move-to", place)["moved"]
        assert as_json("verify")["problems"] == []
