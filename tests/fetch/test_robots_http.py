"""robots.txt over real HTTP: redirects, sizes, codings, and that nothing is fetched without it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.config.settings import FetchSettings
from ingest.errors import FetchError
from ingest.fetch import Archive, Fetcher, RateLimiter
from ingest.model import Source
from tests.support.hostile_server import PATHS, Answer, HostileServer, answer, redirect

FORBID = b"User-agent: *\nDisallow: /"
PLAIN = "Content-Type: text/plain"


@pytest.fixture
def evil() -> Iterator[HostileServer]:
    """A server."""
    with HostileServer() as made:
        yield made


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Fetcher]:
    """A fetcher that does not wait."""
    with Archive(tmp_path / "warc") as archive:
        pace = RateLimiter(sleep=lambda seconds: None)
        yield Fetcher(FetchSettings(retries=1, deadline=1), archive, pace, sleep=lambda seconds: None)


def outcome(gate: Fetcher, evil: HostileServer, path: str = "/good") -> str:
    """ "page", or the failure's code."""
    source = Source("试", evil.url("/"), (), delay=0.0, loopback=True)
    try:
        gate.fetch(evil.url(path), kind="article", source=source)
    except FetchError as error:
        return error.code
    return "page"


@pytest.mark.parametrize(
    ("said", "code"),
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
def test_answers(gate: Fetcher, evil: HostileServer, said: Answer, code: str) -> None:
    """F13, F14, F16: what each answer to /robots.txt means for the page; without leave it is not touched."""
    evil.answers["/robots.txt"] = said
    assert outcome(gate, evil) == code
    assert ("/good" in evil.paths()) is (code == "page")


def test_five_redirects_and_no_more(gate: Fetcher, evil: HostileServer) -> None:
    """F14: RFC 9309 section 2.3.1.2: five are followed, across hosts; the rules bind the host that was asked."""
    with HostileServer("127.0.0.2") as other:
        evil.answers["/robots.txt"] = redirect("/r1")
        for n in range(1, 4):
            evil.answers[f"/r{n}"] = redirect(f"/r{n + 1}")
        evil.answers["/r4"] = redirect(other.url("/there"))
        other.answers["/there"] = answer(FORBID, "200 OK", PLAIN)
        assert outcome(gate, evil) == "robots"
        # The host that only lends the file is not bound by it.
        assert outcome(gate, other) == "page"


def test_a_sixth_redirect_is_too_many(gate: Fetcher, evil: HostileServer) -> None:
    """F14: then nobody can say what is allowed, and we wait."""
    evil.answers["/robots.txt"] = redirect("/r1")
    for n in range(1, 6):
        evil.answers[f"/r{n}"] = redirect(f"/r{n + 1}")
    evil.answers["/r6"] = answer(b"User-agent: *\nAllow: /", "200 OK", PLAIN)
    assert outcome(gate, evil) == "robots-unavailable"


@pytest.mark.parametrize("packed", [False, True])
def test_an_endless_file_is_read_to_its_limit(gate: Fetcher, evil: HostileServer, packed: bool) -> None:
    """F15: the first 500 KiB count, the rest is not downloaded, a bomb is not unpacked further either."""
    body = FORBID + b"\n" + b"# nothing\n" * 3_000_000
    said = answer(gzip.compress(body), "200 OK", PLAIN, "Content-Encoding: gzip") if packed else answer(body)
    evil.answers["/robots.txt"] = said
    assert outcome(gate, evil) == "robots"


def test_it_is_asked_for_once(gate: Fetcher, evil: HostileServer) -> None:
    """One robots.txt serves all pages of a day."""
    for path in ("/good", "/gzip", "/chunked"):
        assert outcome(gate, evil, path) == "page"
    assert [path for path, _ in evil.seen].count("/robots.txt") == 1
