"""Architecture tests: which packages may import modules that open connections."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

#: modules that open connections, or that fetch when they get a URL; only the packages in ALLOWED may import them
NET = {
    "requests", "urllib3", "urllib.request", "http.client", "socket", "httpx", "aiohttp", "ftplib", "telnetlib",
    "trafilatura.downloads", "pycurl", "asyncio.streams", "smtplib", "imaplib", "poplib", "xmlrpc.client", "websockets",
    "courlan.network", "warcio.capture_http", "tldextract",
}  # fmt: skip
#: functions that open connections, fetch when they get a URL, or import by name; only ingest/fetch may call them
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
#: package -> modules of NET that it may import. ingest/deliver connects to the destinations of the settings, by HTTP,
#: SMTP and sockets
ALLOWED = {
    "ingest/fetch": NET,
    "ingest/deliver": {"requests", "smtplib", "socket", "socket.socket"},
}


def modules() -> Iterator[Path]:
    """Yield every module of the program."""
    for package in ("ingest", "store"):
        yield from sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST, *, by_name: bool) -> Iterator[tuple[str, int]]:
    """Yield the imported modules with line numbers.

    Import statements and attributes of names (`import urllib`, then `urllib.request`) count as imports, and with
    `by_name` every string constant.
    """
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


def violations(source: str, place: str) -> list[str]:
    """Return the imports and calls that are not allowed in a module at `place` (a path in the repository)."""
    tree = ast.parse(source)
    allowed = next(
        (names for package, names in ALLOWED.items() if place == package or place.startswith(f"{package}/")), set()
    )
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
    """Return whether feedparser gets an argument that may be a URL or path; feedparser would open it (FAULTS F2)."""
    to = node.func
    by_feedparser = isinstance(to, ast.Attribute) and isinstance(to.value, ast.Name) and to.value.id == "feedparser"
    argument = node.args[0] if node.args else None
    return (
        by_feedparser
        and _called(node) == "parse"
        and not (isinstance(argument, ast.Call) and _called(argument) == "BytesIO")
    )


def test_only_fetch_opens_connections() -> None:
    """No module has an import or call that is not allowed at its place.

    Guard, robots.txt, rate limit and archive therefore apply to each request for a page.
    """
    sources = [(path.read_text("utf-8"), path.relative_to(ROOT).as_posix()) for path in modules()]
    assert len(sources) > 10
    assert [line for source, place in sources for line in violations(source, place)] == []


@pytest.mark.parametrize("source", [
    "import requests", "import urllib.request", "from urllib import request", "from urllib.request import urlopen",
    "import socket as s", "def f():\n    import http.client", "from http import client", "import urllib3.util",
    "from trafilatura import fetch_url\nfetch_url('http://x')", "import trafilatura.downloads",
    "__import__('requests')", "import urllib\nurllib.request.Request('http://x')", "import http\nhttp.client",
    "import importlib\nimportlib.import_module('requests')", "from importlib import import_module as m\nm({1: 'urllib.request'}[1])",
    "import feedparser\nfeedparser.parse(page.content)", "import smtplib", "from courlan import network",
])  # fmt: skip
def test_violations_are_found(source: str) -> None:
    """Each way to break the rule is found, also inside functions and under an alias."""
    assert violations(source, "ingest/read/x.py")
    assert violations(source, "ingest/fetcher.py"), "a package whose name starts with ingest/fetch is not ingest/fetch"


@pytest.mark.parametrize(
    "source",
    [
        "from urllib.parse import urlsplit",
        "import urllib.parse",
        "import http",
        "import feedparser, io\nfeedparser.parse(io.BytesIO(b''))",
    ],
)
def test_url_parsing_is_allowed(source: str) -> None:
    """Imports that only parse URLs are allowed."""
    assert violations(source, "ingest/read/x.py") == []


def test_requests_does_not_decode_text() -> None:
    """The client does not let requests decode a response; requests uses ISO-8859-1 by default (FAULTS E4).

    It also does not use `content`, `json` or the detected encoding.
    """
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
    """No module of ingest/fetch turns certificate verification off (FAULTS N8).

    The client ignores settings of the environment.
    """
    for path in sorted((ROOT / "ingest/fetch").glob("*.py")):
        source = path.read_text("utf-8")
        for word in ("verify=False", "CERT_NONE", "_create_unverified_context", "check_hostname = False"):
            assert word not in source, (path, word)
    assert "trust_env = False" in (ROOT / "ingest/fetch/client.py").read_text("utf-8")
