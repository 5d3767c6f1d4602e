"""Tests of the structure of the code: import cycles, names of modules, length of functions, imports between tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT

#: maximum number of lines of a function, so that it fits a screen of 60 lines
LONGEST = 60


@cache
def modules() -> dict[str, ast.Module]:
    """Return the parsed source of every module of ingest and store, by dotted name."""
    found = {}
    for package in ("ingest", "store"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Yield the modules imported anywhere in a module: at its top, in a function, under TYPE_CHECKING."""
    known = modules()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in known:
                    yield submodule
                elif node.module in known:
                    yield node.module


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components with more than one module (Tarjan 1972)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = lowest[name] = len(index)
        stack.append(name)
        for target in graph[name]:
            if target not in index:
                visit(target)
                lowest[name] = min(lowest[name], lowest[target])
            elif target in stack:
                lowest[name] = min(lowest[name], index[target])
        if lowest[name] == index[name]:
            position = stack.index(name)
            component = stack[position:]
            del stack[position:]
            if len(component) > 1:
                found.append(sorted(component))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def test_cycles_are_found() -> None:
    """The search finds a cycle of three modules and no cycle in a chain."""
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert cycles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_no_import_cycle() -> None:
    """No modules import each other in a cycle, by imports in functions and under TYPE_CHECKING included.

    A package that re-exports its modules is not a cycle, because a module in it does not import the package.
    """
    graph = {name: {target for target in imports_of(tree) if target != name} for name, tree in modules().items()}
    assert cycles(graph) == []


def test_no_module_is_named_like_a_function_it_exports() -> None:
    """No package exports a name that one of its modules also has, because the exported name would hide the module.

    For example, `extract` is a function of the package `extract`, so there is no module `extract/extract.py`.
    """
    named = [
        f"{package}.{alias.name}"
        for package, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (ROOT / package.replace(".", "/") / "__init__.py").is_file()
        for alias in node.names
        if f"{package}.{alias.asname or alias.name}" in modules() and node.module != package
    ]
    assert named == []


def test_functions_fit_a_screen() -> None:
    """No function has more than LONGEST lines, not counting its docstring."""
    long = []
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                docstring = node.body[0] if ast.get_docstring(node) is not None else None
                lines = (node.end_lineno or 0) - node.lineno + 1
                if docstring is not None:
                    lines -= (docstring.end_lineno or 0) - docstring.lineno + 1
                if lines > LONGEST:
                    long.append(f"{name}.{node.name}: {lines} lines")
    assert long == []


def test_no_test_imports_a_test() -> None:
    """Tests share code only through tests/support and fixtures, not by importlib or globals()."""
    bad = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = []
            if isinstance(node, ast.ImportFrom):
                targets = [node.module or "", *(alias.name for alias in node.names)]
            elif isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "globals":
                bad.append(f"{path}: globals()")
            bad += [
                f"{path}: {target}"
                for target in targets
                if target.rpartition(".")[2].startswith("test_") or target.partition(".")[0] == "importlib"
            ]
    assert bad == []


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("ingest.web.app", ("requests", "ingest.worker_pool", "trafilatura", "jieba")),
        ("ingest.record_fact_correction", ("requests", "ingest.worker_pool", "trafilatura", "jieba")),
        ("ingest.cli.main", ("requests", "sqlalchemy", "pydantic", "trafilatura", "jieba", "ingest.config.load")),
        ("store", ("sqlalchemy", "ingest")),
    ],
)
def test_modules_load_no_more_than_they_need(module: str, unwanted: tuple[str, ...]) -> None:
    """Importing `module` loads none of the `unwanted` modules, which it does not need."""
    code = f"import {module}, sys; print(*(name for name in {unwanted!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.split() == []


def test_store_is_usable_without_ingest(tmp_path: Path) -> None:
    """The store can be opened without loading any module of ingest."""
    code = (
        f"from store import open_store; import sys; open_store('sqlite:///{tmp_path}/a.db').close()\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'ingest'])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "[]"
