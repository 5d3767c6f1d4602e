"""Tests of the client of a chat endpoint over HTTP on loopback: valid, invalid and hostile responses."""

from __future__ import annotations

import gzip
import logging
import time
from collections.abc import Callable, Iterator

import pytest
import trustme

from ingest.config.settings import LlmSettings
from ingest.errors import FetchError
from ingest.fetch import llm_client as module
from ingest.fetch.llm_client import LlmClient
from ingest.fetch.ssrf_guard import Resolver
from tests.support.llm_server import Chat, ChatServer

KEY = "sk-never-to-be-seen"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


def client_of(server: ChatServer, slept: list[float] | None = None, **more: object) -> LlmClient:
    """Return a client of the server; its pauses are recorded in `slept`."""
    options = {"url": f"{server.base}/v1", "name": "small", "key": KEY, "deadline": 2.0, "max_size": 100_000, **more}
    return LlmClient(LlmSettings(**options), sleep=(slept if slept is not None else []).append)  # type: ignore[arg-type]


def always() -> bool:
    return True


def failure(server: ChatServer, chat: Callable[[Chat], None], **more: object) -> FetchError:
    """Return the error that `post` raises for this behaviour of the server. Fails if the error contains the key."""
    server.does = chat
    with pytest.raises(FetchError) as caught:
        client_of(server, **more).post(b"{}", always)
    assert KEY not in str(caught.value) and KEY not in repr(caught.value.__cause__)
    return caught.value


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/chat/completions"])
def test_request_and_response(server: ChatServer, path: str) -> None:
    """For each form of the URL, the request is a POST to /v1/chat/completions with JSON and a bearer key.

    It has no cookies.
    """
    server.does = lambda chat: chat.answer(200, b'{"choices": []}')
    assert client_of(server, url=server.base + path).post('{"问": 1}'.encode(), always) == b'{"choices": []}'
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions" and seen.body == '{"问": 1}'.encode()
    assert seen.headers["authorization"] == f"Bearer {KEY}" and seen.headers["content-type"] == "application/json"
    assert "cookie" not in seen.headers


def test_no_key_no_authorization_header(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key no Authorization header is sent; proxies of the environment are ignored."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.does = lambda chat: chat.answer(200, b"{}")
    client_of(server, key="").post(b"{}", always)
    assert "authorization" not in server.seen[0].headers


def test_gzip_response_is_limited(server: ChatServer) -> None:
    """gzip is decoded up to the limit; a decompression bomb is rejected."""
    server.does = lambda chat: chat.answer(200, gzip.compress(b"{}"), ("Content-Encoding", "gzip"))
    assert client_of(server).post(b"{}", always) == b"{}"
    bomb = gzip.compress(b" " * 5_000_000)
    assert failure(server, lambda c: c.answer(200, bomb, ("Content-Encoding", "gzip"))).code == "too-large"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_transient_status_is_retried_once(server: ChatServer, status: int) -> None:
    """After 429 or 5xx the request is retried once, after the requested pause and if `may_retry` allows it."""
    answers = iter([(status, b"no"), (200, b"{}")])
    server.does = lambda chat: chat.answer(*next(answers), ("Retry-After", "3"))
    slept: list[float] = []
    assert client_of(server, slept).post(b"{}", always) == b"{}" and slept == [3.0]
    server.does = lambda chat: chat.answer(status, b"no")
    server.seen.clear()
    with pytest.raises(FetchError, match=f"returned {status}"):
        client_of(server).post(b"{}", always)
    assert len(server.seen) == 2
    with pytest.raises(FetchError):
        client_of(server).post(b"{}", lambda: False)
    assert len(server.seen) == 3


def test_long_retry_after_is_not_waited_out(server: ChatServer) -> None:
    """With a Retry-After of an hour there is no second try."""
    slept: list[float] = []
    server.does = lambda chat: chat.answer(429, b"", ("Retry-After", "3600"))
    with pytest.raises(FetchError):
        client_of(server, slept).post(b"{}", always)
    assert len(server.seen) == 1 and slept == []


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 204])
def test_other_statuses_are_refused_and_redirects_not_followed(server: ChatServer, status: int) -> None:
    """Statuses such as 204, 302 and 404 have the outcome "refused"; redirects are not followed, to protect the key.

    The body of an error is not reported, because it may contain the key.
    """
    error = failure(server, lambda c: c.answer(status, KEY.encode(), ("Location", f"{server.base}/stolen")))
    assert error.code == "refused" and str(status) in error.detail
    assert [seen.path for seen in server.seen] == ["/v1/chat/completions"]


@pytest.mark.parametrize(
    ("chat", "code"),
    [
        (lambda c: c.answer(200, b"x" * 200_000), "too-large"),
        (lambda c: c.flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536), "too-large"),
        (lambda c: c.flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), "too-large"),
        (lambda c: c.drip(b"HTTP/1.1 200 OK\r\n\r\n"), "timeout"),
        (lambda c: c.drip(b"HTTP/1.1 200 OK\r\nX-A: "), "timeout"),
        (lambda c: c.drip(b""), "timeout"),
        (lambda c: c.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}"), "incomplete"),
        (lambda c: c.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), "protocol-error"),
        (lambda c: c.raw(b"SSH-2.0-OpenSSH_9.6\r\n"), ("network", "protocol-error")),
        (lambda c: c.raw(b""), "network"),
    ],
)
def test_hostile_responses_end_within_the_deadline(
    server: ChatServer, chat: Callable[[Chat], None], code: str | tuple[str, ...]
) -> None:
    """Endless, slow, truncated and invalid responses raise FetchError within the deadline of each try."""
    started = time.monotonic()
    assert failure(server, chat, deadline=1.0).code in code
    assert time.monotonic() - started < 4


def test_closed_port_is_a_network_failure(server: ChatServer) -> None:
    """A closed port is reported as a network failure after a second try."""
    server.close()
    slept: list[float] = []
    with pytest.raises(FetchError) as caught:
        client_of(server, slept).post(b"{}", always)
    assert caught.value.code == "network" and slept == [module.PAUSE]


@pytest.mark.parametrize(
    ("url", "key", "address", "blocked"),
    [
        ("http://model.example/v1", KEY, "93.184.215.14", True),
        ("http://model.example/v1", KEY, "169.254.169.254", True),
        ("http://model.example/v1", "", "224.0.0.1", True),
        ("http://model.example/v1", KEY, "127.0.0.1", False),
        ("http://model.example/v1", KEY, "10.0.0.7", False),
        ("http://model.example/v1", "", "93.184.215.14", False),
        ("https://model.example/v1", KEY, "93.184.215.14", False),
    ],
)
def test_allowed_addresses(url: str, key: str, address: str, blocked: bool) -> None:
    """Local and private addresses are allowed, and public addresses unless a key would be sent without TLS.

    Metadata services and multicast addresses are blocked.
    """
    connector = module._LlmConnector(Resolver(), url.startswith("http:") and bool(key))
    assert (connector.refused(address) is not None) == blocked


def test_https_is_verified() -> None:
    """A certificate of an unknown authority is refused, one of a trusted authority accepted."""
    authority = trustme.CA()
    with ChatServer(authority.issue_cert("127.0.0.1")) as server, authority.cert_pem.tempfile() as cafile:
        server.does = lambda chat: chat.answer(200, b"{}")
        settings = LlmSettings(url=server.base, name="m", key=KEY, deadline=5)
        with pytest.raises(FetchError, match="TLS"):
            LlmClient(settings, sleep=[].append).post(b"{}", lambda: False)
        assert LlmClient(settings, cafile=cafile).post(b"{}", always) == b"{}"


def test_consecutive_failures_suspend_requests(server: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    """Three unusable responses in a row suspend requests for some time; a usable one resets the count."""
    now = [0.0]
    client = LlmClient(LlmSettings(url=server.base, name="m", key=KEY), monotonic=lambda: now[0])
    with caplog.at_level(logging.DEBUG):
        for good in (False, False, True, False, False):
            client.record_result(good=good)
            assert not client.suspended()
        client.record_result(good=False)
    assert client.suspended()
    now[0] = module.REST
    assert not client.suspended()
    assert "3 times in a row" in caplog.text and KEY not in caplog.text
