"""One gate to the net: no module but ingest/fetch may import what opens connections."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

#: modules that open connections, or fetch by themselves when they are given an address
NET = {
    "requests", "urllib3", "urllib.request", "http.client", "socket", "httpx", "aiohttp", "ftplib", "telnetlib",
    "trafilatura.downloads", "pycurl", "asyncio.streams", "smtplib", "imaplib", "poplib", "xmlrpc.client", "websockets",
    "courlan.network", "warcio.capture_http", "tldextract",
}  # fmt: skip
#: functions of libraries we use that fetch by themselves
CALLS = {
    "fetch_url",
    "fetch_response",
    "urlopen",
    "create_connection",
    "open_connection",
    "sitemap_search",
    "find_feed_urls",
    "__import__",
}
#: who may: the gate; the mail, whose server is named by the person who runs this
ALLOWED = {
    "ingest/fetch": NET,
    "ingest/digest": {"smtplib"},
}


def modules() -> Iterator[Path]:
    """Every module of ours."""
    for package in ("ingest", "store"):
        yield from sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST, *, by_name: bool) -> Iterator[tuple[str, int]]:
    """Names of the modules a module imports, wherever in it: by statement, by reaching through a package
    (`import urllib` and then `urllib.request`), or, `by_name`, by a text that names it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}", node.lineno
        elif by_name and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def trespasses(source: str, place: str) -> list[str]:
    """What a module imports or calls that only the gate may."""
    tree = ast.parse(source)
    allowed = next((names for who, names in ALLOWED.items() if place == who or place.startswith(f"{who}/")), set())
    found = [
        f"{place}:{line}: imports {name}"
        for name, line in imported(tree, by_name="import_module" in source)
        for net in NET
        if (name == net or name.startswith(net + ".")) and net not in allowed
    ]
    if not place.startswith("ingest/fetch/"):
        found += [
            f"{place}:{node.lineno}: calls {_called(node)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and (_called(node) in CALLS or _parses_anything(node))
        ]
    return found


def _parses_anything(node: ast.Call) -> bool:
    """Whether feedparser gets something that may be an address or a path: it opens those itself (F2)."""
    to = node.func
    by_feedparser = isinstance(to, ast.Attribute) and isinstance(to.value, ast.Name) and to.value.id == "feedparser"
    given = node.args[0] if node.args else None
    return (
        by_feedparser and _called(node) == "parse" and not (isinstance(given, ast.Call) and _called(given) == "BytesIO")
    )


def test_only_the_gate_speaks_http() -> None:
    """P4, W7: every way out passes the guard, robots.txt, the pace and the archive, because there is one way out."""
    places = [(path.read_text("utf-8"), path.relative_to(ROOT).as_posix()) for path in modules()]
    assert len(places) > 10
    assert [line for source, place in places for line in trespasses(source, place)] == []


@pytest.mark.parametrize("source", [
    "import requests", "import urllib.request", "from urllib import request", "from urllib.request import urlopen",
    "import socket as s", "def f():\n    import http.client", "from http import client", "import urllib3.util",
    "from trafilatura import fetch_url\nfetch_url('http://x')", "import trafilatura.downloads",
    "__import__('requests')", "import urllib\nurllib.request.Request('http://x')", "import http\nhttp.client",
    "import importlib\nimportlib.import_module('requests')", "from importlib import import_module as m\nm({1: 'urllib.request'}[1])",
    "import feedparser\nfeedparser.parse(page.content)", "import smtplib", "from courlan import network",
])  # fmt: skip
def test_the_test_sees(source: str) -> None:
    """Each way to break the rule is found, also inside functions and under other names."""
    assert trespasses(source, "ingest/read/x.py")
    assert trespasses(source, "ingest/fetcher.py"), "a neighbour whose name begins like the gate's is not the gate"


@pytest.mark.parametrize(
    "source",
    [
        "from urllib.parse import urlsplit",
        "import urllib.parse",
        "import http",
        "import feedparser, io\nfeedparser.parse(io.BytesIO(b''))",
    ],
)
def test_the_test_lets_be(source: str) -> None:
    """Taking addresses apart is no fetching."""
    assert trespasses(source, "ingest/read/x.py") == []


def test_no_answer_is_read_as_text_by_requests() -> None:
    """E4: `response.text` means ISO-8859-1 for a page without charset; the client decodes bytes itself."""
    tree = ast.parse((ROOT / "ingest/fetch/client.py").read_text("utf-8"))
    readers = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("text", "content", "apparent_encoding", "json")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("response", "resp", "raw")
    ]
    assert readers == []


def test_certificates_are_always_verified() -> None:
    """N8: nothing in the gate switches verification off, and nothing trusts the environment."""
    for path in sorted((ROOT / "ingest/fetch").glob("*.py")):
        source = path.read_text("utf-8")
        for word in ("verify=False", "CERT_NONE", "_create_unverified_context", "check_hostname = False"):
            assert word not in source, (path, word)
    assert "trust_env = False" in (ROOT / "ingest/fetch/client.py").read_text("utf-8")
