"""Tests of robots.txt over HTTP: redirects, sizes, codings, and no request without permission."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.config.settings import FetchSettings
from ingest.errors import FetchError
from ingest.fetch import Archive, Fetcher, RateLimiter
from ingest.pipeline_types import Source
from tests.support.hostile_server import PATHS, Answer, HostileServer, answer, redirect

FORBID = b"User-agent: *\nDisallow: /"
PLAIN = "Content-Type: text/plain"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """Yield a hostile server."""
    with HostileServer() as made:
        yield made


@pytest.fixture
def fetcher(tmp_path: Path) -> Iterator[Fetcher]:
    """Yield a fetcher that does not wait."""
    with Archive(tmp_path / "warc") as archive:
        limiter = RateLimiter(sleep=lambda seconds: None)
        yield Fetcher(FetchSettings(retries=1, deadline=1), archive, limiter, sleep=lambda seconds: None)


def outcome(fetcher: Fetcher, server: HostileServer, path: str = "/good") -> str:
    """Return "page", or the code of the failure."""
    source = Source("试", server.url("/"), (), delay=0.0, loopback=True)
    try:
        fetcher.fetch(server.url(path), kind="article", source=source)
    except FetchError as error:
        return error.code
    return "page"


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (answer(b"", "404 Not Found"), "page"),
        (answer(b"", "403 Forbidden"), "page"),
        (answer(b"", "500 Oops"), "robots-unavailable"),
        (answer(b"", "503 Busy"), "robots-unavailable"),
        (answer(b"", "429 Slow"), "robots-unavailable"),
        (answer(FORBID, "200 OK", PLAIN), "robots"),
        (answer(gzip.compress(FORBID), "200 OK", PLAIN, "Content-Encoding: gzip"), "robots"),
        (answer(b"\xef\xbb\xbf" + FORBID, "200 OK", PLAIN), "robots"),
        (answer(b"<html>welcome</html>"), "page"),
        (answer(b""), "page"),
        (redirect("http://10.0.0.1/robots.txt"), "robots-unavailable"),
        (redirect("file:///x"), "robots-unavailable"),
        (redirect("/robots.txt"), "robots-unavailable"),
        (PATHS["/rst"], "robots-unavailable"),
        (PATHS["/silent"], "robots-unavailable"),
        (PATHS["/status-999"], "robots-unavailable"),
        (PATHS["/drip-head"], "robots-unavailable"),
    ],
)
def test_robots_responses(fetcher: Fetcher, server: HostileServer, response: Answer, code: str) -> None:
    """For each response for robots.txt, the page is requested only if the response allows it (FAULTS F13, F14, F16)."""
    server.answers["/robots.txt"] = response
    assert outcome(fetcher, server) == code
    assert ("/good" in server.paths()) is (code == "page")


def test_five_redirects_are_followed(fetcher: Fetcher, server: HostileServer) -> None:
    """Five redirects are followed, also to other hosts (FAULTS F14).

    The rules apply to the requested host (RFC 9309, 2.3.1.2).
    """
    with HostileServer("127.0.0.2") as other:
        server.answers["/robots.txt"] = redirect("/r1")
        for n in range(1, 4):
            server.answers[f"/r{n}"] = redirect(f"/r{n + 1}")
        server.answers["/r4"] = redirect(other.url("/there"))
        other.answers["/there"] = answer(FORBID, "200 OK", PLAIN)
        assert outcome(fetcher, server) == "robots"
        # The rules do not apply to the host that the redirect led to.
        assert outcome(fetcher, other) == "page"


def test_sixth_redirect_is_not_followed(fetcher: Fetcher, server: HostileServer) -> None:
    """After a sixth redirect the rules are unknown, and the page waits (FAULTS F14)."""
    server.answers["/robots.txt"] = redirect("/r1")
    for n in range(1, 6):
        server.answers[f"/r{n}"] = redirect(f"/r{n + 1}")
    server.answers["/r6"] = answer(b"User-agent: *\nAllow: /", "200 OK", PLAIN)
    assert outcome(fetcher, server) == "robots-unavailable"


@pytest.mark.parametrize("packed", [False, True])
def test_huge_file_is_read_up_to_the_maximum_size(fetcher: Fetcher, server: HostileServer, packed: bool) -> None:
    """Of a robots.txt of 30 MB, plain or gzipped, the rules in the first 500 KiB apply (FAULTS F15)."""
    body = FORBID + b"\n" + b"# nothing\n" * 3_000_000
    response = answer(gzip.compress(body), "200 OK", PLAIN, "Content-Encoding: gzip") if packed else answer(body)
    server.answers["/robots.txt"] = response
    assert outcome(fetcher, server) == "robots"


def test_robots_txt_is_fetched_once(fetcher: Fetcher, server: HostileServer) -> None:
    """robots.txt is fetched once for several pages of a host."""
    for path in ("/good", "/gzip", "/chunked"):
        assert outcome(fetcher, server, path) == "page"
    assert [path for path, _ in server.seen].count("/robots.txt") == 1
