"""One gate to the net: no module but ingest/fetch may import what opens connections."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: modules that open connections, or fetch by themselves when they are given an address
NET = {
    "requests", "urllib3", "urllib.request", "http.client", "socket", "httpx", "aiohttp", "ftplib", "telnetlib",
    "trafilatura.downloads", "pycurl", "asyncio.streams",
}  # fmt: skip
#: functions of libraries we use that fetch by themselves
CALLS = {
    "fetch_url", "fetch_response", "urlopen", "create_connection", "open_connection", "sitemap_search",
    "find_feed_urls",
}  # fmt: skip
#: who may: the gate; the mail, whose server is named by the person who runs this; the demo's server, which only listens
ALLOWED = {
    "ingest/fetch": NET,
    "ingest/digest": {"smtplib", "socket"},
    "ingest/demo": {"http.server", "socketserver", "socket"},
    "ingest/schedule.py": {"socket"},
    "store": {"socket"},
}


def modules() -> Iterator[Path]:
    """Every module of ours."""
    for package in ("ingest", "store"):
        yield from sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names of the modules a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def trespasses(source: str, place: str) -> list[str]:
    """What a module imports or calls that only the gate may."""
    tree = ast.parse(source)
    allowed = next((names for prefix, names in ALLOWED.items() if place.startswith(prefix)), set())
    found = [
        f"{place}:{line}: imports {name}"
        for name, line in imported(tree)
        for net in NET
        if (name == net or name.startswith(net + ".")) and net not in allowed
    ]
    if not place.startswith("ingest/fetch"):
        found += [
            f"{place}:{node.lineno}: calls {name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for name in [getattr(node.func, "attr", getattr(node.func, "id", ""))]
            if name in CALLS or name == "__import__"
        ]
    return found


def test_only_the_gate_speaks_http() -> None:
    """P4, W7: every way out passes the guard, robots.txt, the pace and the archive, because there is one way out."""
    places = [(path.read_text("utf-8"), path.relative_to(ROOT).as_posix()) for path in modules()]
    assert len(places) > 10
    assert [line for source, place in places for line in trespasses(source, place)] == []


@pytest.mark.parametrize("source", [
    "import requests", "import urllib.request", "from urllib import request", "from urllib.request import urlopen",
    "import socket as s", "def f():\n    import http.client", "from http import client", "import urllib3.util",
    "from trafilatura import fetch_url\nfetch_url('http://x')", "import trafilatura.downloads",
    "__import__('requests')",
])  # fmt: skip
def test_the_test_sees(source: str) -> None:
    """Each way to break the rule is found, also inside functions and under other names."""
    assert trespasses(source, "ingest/read/x.py")


@pytest.mark.parametrize("source", ["from urllib.parse import urlsplit", "import urllib.parse", "import http"])
def test_the_test_lets_be(source: str) -> None:
    """Taking addresses apart is no fetching."""
    assert trespasses(source, "ingest/read/x.py") == []


def test_no_answer_is_read_as_text_by_requests() -> None:
    """E4: `response.text` means ISO-8859-1 for a page without charset; the client decodes bytes itself."""
    tree = ast.parse((ROOT / "ingest/fetch/client.py").read_text("utf-8"))
    readers = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("text", "content", "apparent_encoding", "json")
        and isinstance(node.value, ast.Name) and node.value.id in ("response", "resp", "raw")
    ]  # fmt: skip
    assert readers == []


def test_certificates_are_always_verified() -> None:
    """N8: nothing in the gate switches verification off, and nothing trusts the environment."""
    for path in sorted((ROOT / "ingest/fetch").glob("*.py")):
        source = path.read_text("utf-8")
        for word in ("verify=False", "CERT_NONE", "_create_unverified_context", "check_hostname = False"):
            assert word not in source, (path, word)
    assert "trust_env = False" in (ROOT / "ingest/fetch/client.py").read_text("utf-8")
