"""Questions to a model's endpoint over real HTTP on loopback: right, wrong and hostile answers."""

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


def endpoint(server: ChatServer, slept: list[float] | None = None, **more: object) -> LlmClient:
    given = {"url": f"{server.base}/v1", "name": "small", "key": KEY, "deadline": 2.0, "max_size": 100_000, **more}
    return LlmClient(LlmSettings(**given), sleep=(slept if slept is not None else []).append)  # type: ignore[arg-type]


def yes() -> bool:
    return True


def failure(server: ChatServer, chat: Callable[[Chat], None], **more: object) -> FetchError:
    """What `ask` raises when the server does this."""
    server.does = chat
    with pytest.raises(FetchError) as caught:
        endpoint(server, **more).post(b"{}", yes)
    assert KEY not in str(caught.value) and KEY not in repr(caught.value.__cause__)
    return caught.value


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/chat/completions"])
def test_a_question_goes_out_with_the_key_and_its_answer_comes_back(server: ChatServer, path: str) -> None:
    """POST to <url>/chat/completions, JSON, bearer key, no cookies, no proxy of the environment."""
    server.does = lambda chat: chat.answer(200, b'{"choices": []}')
    assert endpoint(server, url=server.base + path).post('{"问": 1}'.encode(), yes) == b'{"choices": []}'
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions" and seen.body == '{"问": 1}'.encode()
    assert seen.headers["authorization"] == f"Bearer {KEY}" and seen.headers["content-type"] == "application/json"
    assert "cookie" not in seen.headers


def test_without_a_key_none_is_sent(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local models need none; proxies and .netrc of the environment are not asked."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.does = lambda chat: chat.answer(200, b"{}")
    endpoint(server, key="").post(b"{}", yes)
    assert "authorization" not in server.seen[0].headers


def test_a_packed_answer_is_unpacked_within_its_bounds(server: ChatServer) -> None:
    """gzip is undone; a bomb is refused."""
    server.does = lambda chat: chat.answer(200, gzip.compress(b"{}"), ("Content-Encoding", "gzip"))
    assert endpoint(server).post(b"{}", yes) == b"{}"
    bomb = gzip.compress(b" " * 5_000_000)
    assert failure(server, lambda c: c.answer(200, bomb, ("Content-Encoding", "gzip"))).code == "too-large"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_refusal_is_tried_once_more(server: ChatServer, status: int) -> None:
    """429 and 5xx: a pause as asked, one more try, no third; the budget is asked for it first."""
    answers = iter([(status, b"no"), (200, b"{}")])
    server.does = lambda chat: chat.answer(*next(answers), ("Retry-After", "3"))
    slept: list[float] = []
    assert endpoint(server, slept).post(b"{}", yes) == b"{}" and slept == [3.0]
    server.does = lambda chat: chat.answer(status, b"no")
    server.seen.clear()
    with pytest.raises(FetchError, match=f"answered {status}"):
        endpoint(server).post(b"{}", yes)
    assert len(server.seen) == 2
    with pytest.raises(FetchError):
        endpoint(server).post(b"{}", lambda: False)
    assert len(server.seen) == 3


def test_a_long_silence_that_is_asked_for_is_not_waited_out(server: ChatServer) -> None:
    """Retry-After of an hour: no second try now."""
    slept: list[float] = []
    server.does = lambda chat: chat.answer(429, b"", ("Retry-After", "3600"))
    with pytest.raises(FetchError):
        endpoint(server, slept).post(b"{}", yes)
    assert len(server.seen) == 1 and slept == []


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 204])
def test_other_answers_are_refusals_and_no_redirect_is_followed(server: ChatServer, status: int) -> None:
    """The key goes where the operator said and nowhere else; what an error says, which may be the key, is not told."""
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
def test_hostile_answers_end_in_time_with_a_name(
    server: ChatServer, chat: Callable[[Chat], None], code: str | tuple[str, ...]
) -> None:
    """Endless, dripping, broken and foreign answers: each a FetchError within the deadline of each try."""
    began = time.monotonic()
    assert failure(server, chat, deadline=1.0).code in code
    assert time.monotonic() - began < 4


def test_an_endpoint_that_is_not_there(server: ChatServer) -> None:
    """A closed port is a network failure after a second try."""
    server.close()
    slept: list[float] = []
    with pytest.raises(FetchError) as caught:
        endpoint(server, slept).post(b"{}", yes)
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
def test_which_addresses_an_endpoint_may_have(url: str, key: str, address: str, blocked: bool) -> None:
    """Own machine and network: yes, it is the operator's word. The key in clear over the net, metadata services: no."""
    door = module._LlmConnector(Resolver(), url.startswith("http:") and bool(key))
    assert (door.refused(address) is not None) == blocked


def test_https_is_verified() -> None:
    """A certificate of nobody we trust ends the matter; of one we trust, the answer comes."""
    authority = trustme.CA()
    with ChatServer(authority.issue_cert("127.0.0.1")) as server, authority.cert_pem.tempfile() as cafile:
        server.does = lambda chat: chat.answer(200, b"{}")
        settings = LlmSettings(url=server.base, name="m", key=KEY, deadline=5)
        with pytest.raises(FetchError, match="TLS"):
            LlmClient(settings, sleep=[].append).post(b"{}", lambda: False)
        assert LlmClient(settings, cafile=cafile).post(b"{}", yes) == b"{}"


def test_failures_in_a_row_give_the_endpoint_rest(server: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    """After three useless answers nothing is asked for a while; one good answer begins the count anew."""
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
