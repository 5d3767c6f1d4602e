"""Tests of the client with a hostile server: each response ends as page or outcome code in bounded time and memory."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.config.settings import FetchSettings
from ingest.errors import FetchError
from ingest.fetch import Archive, Fetched, Fetcher, NotModified, RateLimiter, WarcFile
from ingest.fetch.ssrf_guard import Resolver
from ingest.pipeline_types import OUTCOMES, Source
from store.records import Validators
from tests.support.hostile_server import PAGE, HostileServer, Request, answer, redirect

TEXT = PAGE.decode()


@dataclass
class Clock:
    """Clock that `sleep` advances and that a test may set."""

    now: datetime = datetime(2026, 1, 5, 8, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Setup:
    """A fetcher with its server, clock, archive and rate limiter."""

    folder: Path
    server: HostileServer
    clock: Clock
    archive: Archive
    limiter: RateLimiter
    fetcher: Fetcher
    source: Source

    def get(self, path: str, kind: str = "article", known: Validators | None = None) -> Fetched | NotModified:
        url = path if "://" in path else self.server.url(path)
        return self.fetcher.fetch(url, kind=kind, source=self.source, validators=known)  # type: ignore[arg-type]

    def page(self, path: str, kind: str = "article") -> Fetched:
        found = self.get(path, kind)
        assert isinstance(found, Fetched)
        return found

    def fails(self, path: str, kind: str = "article") -> FetchError:
        with pytest.raises(FetchError) as caught:
            self.get(path, kind)
        assert caught.value.code in OUTCOMES
        assert caught.value.detail.isprintable()
        return caught.value

    def stored(self) -> list[bytes]:
        """Return the decompressed contents of the WARC files, sorted by file name."""
        import gzip

        return [gzip.decompress(path.read_bytes()) for path in sorted(self.folder.glob("*.warc.gz"))]


Make = Callable[..., Setup]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Yield a factory of setups: `make(retries=0, deadline=2)`."""
    made: list[Setup] = []

    def build(
        *,
        resolver: Resolver | None = None,
        cafile: str | None = None,
        server: HostileServer | None = None,
        loopback: bool = True,
        delay: float = 0.0,
        **settings: object,
    ) -> Setup:
        server = (server or HostileServer()).__enter__()
        clock = Clock()
        archive = Archive(tmp_path / f"warc{len(made)}")
        limiter = RateLimiter(clock=clock, sleep=clock.sleep)
        chosen = FetchSettings(**{"retries": 0, "deadline": 20.0, **settings})  # type: ignore[arg-type]
        fetcher = Fetcher(chosen, archive, limiter, clock=clock, sleep=clock.sleep, resolver=resolver, cafile=cafile)
        source = Source("试验", server.url("/"), (), delay=delay, loopback=loopback)
        setup = Setup(archive.folder, server, clock, archive, limiter, fetcher, source)
        made.append(setup)
        return setup

    yield build
    for setup in made:
        setup.fetcher.close()
        setup.archive.close()
        setup.server.__exit__()


# --- valid pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/good",
        "/chunked",
        "/gzip",
        "/gzip-two-members",
        "/deflate",
        "/deflate-raw",
        "/coding-nonsense",
        "/noclen",
        "/redir-utf8",
    ],
)
def test_page_is_fetched_and_archived(make: Make, path: str) -> None:
    """With every valid framing and coding the text is the same, and the archive returns the same Page."""
    setup = make()
    found = setup.page(path)
    assert found.page.text == TEXT
    assert found.complete
    setup.archive.sync()
    capture = found.capture
    assert setup.archive.page(capture.warc_file, capture.offset, capture.length) == found.page
    with WarcFile(setup.folder / capture.warc_file) as warc:
        answers = [warc.read(entry) for entry in warc.entries]
    assert [answer.page.text for answer in answers if answer] == [TEXT]


def test_request_headers(make: Make) -> None:
    """The User-Agent names project and contact; no cookie, credential or conditional header is sent."""
    setup = make(contact="mailto:desk@example.org")
    setup.page("/good")
    for _, headers in setup.server.seen:
        assert headers["user-agent"] == "Suowen/0.1 (+mailto:desk@example.org)"
        assert not {"cookie", "authorization", "proxy-authorization", "if-none-match"} & set(headers)


def test_proxies_and_netrc_of_the_environment_are_ignored(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Proxies and .netrc of the environment neither redirect requests nor add credentials (FAULTS N4)."""
    with HostileServer() as recorder:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login u password p\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, recorder.url("/"))
        setup = make()
        setup.page("/good")
        assert recorder.seen == []
        assert all("authorization" not in headers for _, headers in setup.server.seen)


def test_cookies_are_not_stored(make: Make) -> None:
    """Cookies are neither stored nor sent (FAULTS H15)."""
    setup = make()
    setup.page("/cookies")
    setup.page("/good")
    assert "cookie" not in setup.server.seen[-1][1]


def test_connection_is_reused(make: Make) -> None:
    """Ten pages of a host are fetched over one TCP connection."""
    setup = make()
    for _ in range(10):
        setup.page("/good")
    assert len(setup.server.paths()) == 10
    assert setup.server.connections == 1


# --- deadlines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/drip-body", "/drip-body-no-length", "/drip-head", "/drip-chunk-line", "/continue-flood", "/silent"]
)
def test_total_deadline_holds(make: Make, path: str) -> None:
    """Slow bodies, slow headers and floods end at the deadline (FAULTS N7).

    The timeouts of the library `requests` would not end them.
    """
    setup = make(deadline=0.6)
    started = time.monotonic()
    assert setup.fails(path).code == "timeout"
    assert 0.4 < time.monotonic() - started < 4.0  # less than the 8 s during which the server sends


def test_waiting_for_the_host_is_not_part_of_the_deadline(make: Make) -> None:
    """A host with a delay of minutes is fetched even if the deadline is only seconds."""
    setup = make(deadline=5.0, delay=200.0)
    setup.page("/good")
    setup.page("/good")
    assert sum(setup.clock.slept) >= 200


def test_truncated_body_is_archived_as_truncated(make: Make) -> None:
    """The bytes received before the deadline are archived, marked as truncated, and not used as a page."""
    setup = make(deadline=0.5)
    setup.fails("/drip-body")
    setup.archive.sync()
    assert b"WARC-Truncated: time" in setup.stored()[0]
    assert Archive(setup.folder).recover({}) == []


# --- broken connections ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/short", "/rst", "/chunk-short", "/gzip-cut"])
def test_incomplete_body_is_not_a_page(make: Make, path: str) -> None:
    """A body cut by FIN or RST, in a chunk or in a gzip stream has the outcome "incomplete" (FAULTS N9, H6).

    The record is marked as truncated by a disconnection.
    """
    setup = make()
    assert setup.fails(path).code == "incomplete"
    setup.archive.sync()
    assert b"WARC-Truncated: disconnect" in setup.stored()[0]


def test_broken_connection_is_retried(make: Make) -> None:
    """Two failures are retried with growing pauses (FAULTS N5, N9).

    A reused connection that the server has closed does not count as a failure.
    """
    setup = make(retries=2, backoff=1.0)

    def flaky(request: Request) -> None:
        if request.count <= 2:
            request.reset()
        elif request.count == 3:
            request.send(answer(PAGE)[:-100])
        else:
            request.send(answer(PAGE))

    setup.page("/good")
    setup.server.answers["/flaky"] = flaky
    assert setup.page("/flaky").page.text == TEXT
    first, second = setup.clock.slept
    assert 0.5 <= first <= 1.5
    assert 1.0 <= second <= 3.0


def test_closed_port_makes_robots_unavailable(make: Make) -> None:
    """If the connection for robots.txt is refused, its rules are unknown and the page waits (FAULTS N5)."""
    setup = make()
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    error = setup.fails(f"http://127.0.0.1:{port}/x")
    assert error.code == "robots-unavailable"
    assert "refused" in error.detail
    assert error.retry_after


def test_connect_timeout(make: Make) -> None:
    """A TCP handshake that does not complete (full backlog) ends after connect_timeout, not at the deadline (FAULTS N5)."""
    setup = make(connect_timeout=0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        started = time.monotonic()
        error = setup.fails(f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        assert time.monotonic() - started < 3
        assert error.code == "robots-unavailable"
        assert "timed out" in error.detail
        for caller in callers:
            caller.close()


def test_closing_without_a_response_is_a_network_failure(make: Make) -> None:
    """A connection that the server closes before it sends a byte is a network failure (FAULTS N5)."""
    assert make().fails("/hang-up").code == "network"


def test_page_without_a_length_may_be_truncated(make: Make) -> None:
    """A page without a length or an end mark is returned as possibly incomplete (FAULTS H7)."""
    setup = make()
    found = setup.page("/noclen-cut")
    assert not found.complete
    assert found.validators.etag is None


def test_offline_after_consecutive_failures(make: Make) -> None:
    """After five failed name lookups in a row, the fetcher is offline until the next response (FAULTS N6)."""

    def dead(name: str, port: int) -> list[str]:
        raise OSError("Temporary failure in name resolution")

    setup = make(resolver=Resolver(dead))
    for n in range(5):
        assert not setup.fetcher.offline
        setup.fails(f"http://host{n}.example/")
    assert setup.fetcher.offline
    setup.page("/good")
    assert not setup.fetcher.offline


def test_unknown_host_is_named(make: Make) -> None:
    """A name without a DNS entry is reported in one sentence with a remedy."""

    def unknown(name: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    failure = make(resolver=Resolver(unknown)).fails("http://no-such-host.example/1.html")
    assert failure.detail.endswith("no host is called no-such-host.example; check the spelling of the address")


# --- redirects ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/loop", "bad-redirect"),
        ("/redir-file", "bad-redirect"),
        ("/redir-data", "bad-redirect"),
        ("/redir-gbk", "bad-redirect"),
        ("/redir-bracket", "bad-redirect"),
        ("/redir-port", "bad-redirect"),
        ("/redir-label", "bad-redirect"),
        ("/redir-nowhere", "bad-redirect"),
        ("/304", "protocol-error"),
    ],
)
def test_invalid_redirects(make: Make, path: str, code: str) -> None:
    """Loops, other schemes, addresses that break parsers and an unrequested 304 raise FetchError (FAULTS H1, H3)."""
    assert make().fails(path).code == code


@pytest.mark.parametrize("path", ["/redir-private", "/redir-metadata"])
def test_redirect_to_a_private_address_is_blocked(make: Make, path: str) -> None:
    """A redirect to a private address is blocked even if the source allows loopback (FAULTS H1, P4)."""
    assert make().fails(path).code == "blocked-address"


@pytest.mark.parametrize("path", ["/redir-endless", "/redir-bomb"])
def test_redirect_bodies_are_never_read(make: Make, path: str) -> None:
    """The body of a redirect is not read (FAULTS H2). The library `requests` read 3.6 GB of it in 8 s."""
    setup = make()
    setup.page("/good")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    found = setup.page(path)
    assert found.page.text == TEXT
    assert found.page.final_url == setup.server.url("/good")
    assert time.monotonic() - started < 4
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000
    )  # kilobytes; the server is in this process


def test_maximum_number_of_redirects(make: Make) -> None:
    """Five redirects are followed, a sixth is not (FAULTS H1)."""
    setup = make()
    for n in range(6):
        setup.server.answers[f"/hop{n}"] = redirect(f"/hop{n + 1}")
    setup.server.answers["/hop6"] = answer(PAGE)
    assert setup.page("/hop1").page.text == TEXT
    assert setup.fails("/hop0").code == "bad-redirect"


def test_robots_txt_of_a_redirect_target_is_checked(make: Make) -> None:
    """A redirect to a URL that the robots.txt of its host forbids is not followed."""
    setup = make()
    with HostileServer("127.0.0.2") as other:
        other.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /", "200 OK", "Content-Type: text/plain")
        setup.server.answers["/away"] = redirect(other.url("/good"))
        assert setup.fails("/away").code == "robots"
        assert other.paths() == []


# --- hostile answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "code"), [
    ("/bomb", "too-large"), ("/huge", "too-large"), ("/stacked", "protocol-error"), ("/stacked-50", "protocol-error"),
    ("/br", "protocol-error"), ("/zstd", "protocol-error"), ("/gzip-lie", "protocol-error"),
    ("/two-lengths", "protocol-error"), ("/negative-length", "protocol-error"), ("/word-length", "protocol-error"),
    ("/bad-chunk", "protocol-error"), ("/negative-chunk", "protocol-error"), ("/long-chunk", "protocol-error"),
    ("/endless-trailer", "protocol-error"), ("/coding-transfer", "protocol-error"), ("/http09", "protocol-error"),
    ("/many-headers", "protocol-error"), ("/long-header", "protocol-error"), ("/status-999", "protocol-error"),
    ("/status-42", "protocol-error"), ("/garbage", "protocol-error"), ("/204", "protocol-error"),
    ("/tiny-chunks", "too-large"), ("/404", "gone"), ("/410", "gone"), ("/403", "refused"), ("/412", "refused"), ("/500", "server-error"),
    ("/pdf", "not-html"), ("/jpeg", "not-html"), ("/zip.html", "not-html"), ("/stream", "not-html"),
])  # fmt: skip
def test_hostile_responses_have_an_outcome(make: Make, path: str, code: str) -> None:
    """Each response has an outcome within limits of time and memory (FAULTS H4, H5, H8, H13).

    Afterwards another page of the host is fetched.
    """
    setup = make()
    setup.page("/good")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()  # CPU time of client and server; a server that hangs has another outcome code
    error = setup.fails(path)
    assert error.code == code, error.detail
    assert time.process_time() - started < 6
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000
    )  # kilobytes, client and server together
    assert setup.page("/good").page.text == TEXT


def test_5xx_is_retried(make: Make) -> None:
    """A server error is retried, because it may be temporary (FAULTS N5)."""
    setup = make(retries=2)
    assert setup.fails("/500").code == "server-error"
    assert setup.server.paths() == ["/500"] * 3
    setup.server.answers["/once"] = lambda request: request.send(
        answer(b"", "502 Bad Gateway") if request.count == 1 else answer(PAGE)
    )
    assert setup.page("/once").page.text == TEXT


def test_binary_body_is_not_read_to_its_end(make: Make) -> None:
    """A body that is not a page is not downloaded completely, and its record is marked as truncated (FAULTS H13)."""
    setup = make()
    setup.fails("/stream")
    setup.archive.sync()
    assert b"WARC-Truncated: length" in setup.stored()[0]
    assert sum(path.stat().st_size for path in setup.folder.iterdir()) < 100_000


def test_folded_header_is_archived_as_one_line(make: Make) -> None:
    """A folded header is archived as one line; warcio would write the injected line (FAULTS H16).

    A URL with a line break is refused.
    """
    setup = make()
    setup.page("/folded")
    setup.archive.sync()
    assert b"\nWARC-Injected" not in setup.stored()[0].replace(b"\r", b"")
    assert setup.fails(setup.server.url("/good") + "\r\nX: y").code == "bad-url"


def test_gzipped_sitemap_is_returned_as_bytes(make: Make) -> None:
    """A listing may be a gzip file: the content coding is decoded, but the file is not decompressed."""
    import gzip

    setup = make()
    packed = gzip.compress(b"<urlset/>")
    setup.server.answers["/sitemap.xml.gz"] = answer(packed, "200 OK", "Content-Type: application/gzip")
    found = setup.page("/sitemap.xml.gz", "listing")
    assert found.page.content == packed
    assert found.page.text == ""


# --- pauses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "header", "low", "high"),
    [
        ("429 Too Many Requests", "120", 120, 120),
        ("503 Service Unavailable", "120", 120, 120),
        ("429 Too Many Requests", "-5", 30, 30),
        ("429 Too Many Requests", "soon", 30, 30),
        ("429 Too Many Requests", "99999999", 86_400, 86_400),
        ("429 Too Many Requests", "9" * 40, 86_400, 86_400),
        ("429 Too Many Requests", "Mon, 05 Jan 2026 09:00:00 GMT", 3_600, 3_600),
    ],
)
def test_retry_after_pauses_the_host(make: Make, status: str, header: str, low: float, high: float) -> None:
    """Retry-After is clamped to [1 s, 24 h]; for an invalid one the default is used (FAULTS H9).

    During the pause no request is sent.
    """
    setup = make(retries=2)
    setup.server.answers["/busy"] = answer(b"", status, f"Retry-After: {header}")
    error = setup.fails("/busy")
    assert error.code == "paused"
    assert low <= (error.retry_after or 0) <= high
    assert setup.fails("/good").code == "paused"
    assert setup.server.paths() == ["/busy"]
    [row] = setup.limiter.snapshot()
    assert row.host == "127.0.0.1"
    assert row.paused_until == setup.clock.now + timedelta(seconds=low)


def test_a_short_pause_is_waited_out(make: Make) -> None:
    """A pause of three seconds is waited out within the fetch (FAULTS H9)."""
    setup = make(retries=1)
    setup.server.answers["/busy"] = lambda request: request.send(
        answer(b"", "503 Service Unavailable", "Retry-After: 3") if request.count == 1 else answer(PAGE)
    )
    assert setup.page("/busy").page.text == TEXT
    assert sum(setup.clock.slept) == pytest.approx(3, abs=1.5)
    assert setup.clock.now >= Clock.now + timedelta(seconds=2.999)


def test_503_with_invalid_retry_after_is_a_server_error(make: Make) -> None:
    """With an invalid Retry-After the default back-off is used (urllib3 would raise InvalidHeader; FAULTS H9)."""
    setup = make(retries=1)
    setup.server.answers["/busy"] = answer(b"", "503 Service Unavailable", "Retry-After: soon")
    assert setup.fails("/busy").code == "server-error"
    assert len(setup.server.paths()) == 2


def test_delay_belongs_to_the_host(make: Make) -> None:
    """Two sources on one host share its delay; a longer Crawl-delay in robots.txt replaces it."""
    setup = make(delay=2.0)
    setup.server.answers["/robots.txt"] = answer(
        b"User-agent: *\nCrawl-delay: 7\n", "200 OK", "Content-Type: text/plain"
    )
    setup.page("/good")
    setup.page("/gzip")
    other = Source("另一个", setup.server.url("/"), (), delay=1.0, loopback=True)
    setup.fetcher.fetch(setup.server.url("/chunked"), kind="article", source=other)
    # The first pause follows the request for robots.txt, whose Crawl-delay was not known yet.
    assert setup.clock.slept == [2.0, 7.0, 7.0]


# --- conditional requests ------------------------------------------------------------------------------------------


def _conditional(request: Request) -> None:
    same = request.headers.get("if-none-match") == '"v1"'
    request.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n' if same else answer(PAGE, "200 OK", 'ETag: "v1"'))


def test_conditional_request(make: Make) -> None:
    """ETag and Last-Modified are sent with the next request, and the answer 304 results in NotModified."""
    setup = make()
    first = setup.page("/good").validators
    assert (first.etag, first.last_modified) == ('"v1"', "Sat, 07 Sep 2019 05:43:00 GMT")
    setup.server.answers["/good"] = _conditional
    again = setup.get("/good", known=first)
    assert isinstance(again, NotModified)
    assert again.validators.checks == 1
    assert again.validators.full_at == first.full_at
    assert setup.server.seen[-1][1]["if-modified-since"] == "Sat, 07 Sep 2019 05:43:00 GMT"


def test_unconditional_request_is_sent_periodically(make: Make) -> None:
    """Every full_every-th request is unconditional (FAULTS H12).

    So is a request that is sent full_after_days or more after the last complete response.
    """
    setup = make(full_every=4, full_after_days=7)
    setup.server.answers["/good"] = _conditional
    known = setup.page("/good").validators
    kinds = []
    for _ in range(8):
        found = setup.get("/good", known=known)
        kinds.append(type(found).__name__)
        known = found.validators
    assert kinds == ["NotModified", "NotModified", "NotModified", "Fetched"] * 2
    setup.get("/good", known=known)
    setup.clock.now += timedelta(days=7)
    assert isinstance(setup.get("/good", known=known), Fetched)


def test_validators_need_a_complete_body(make: Make) -> None:
    """Validators of a possibly truncated body are dropped, so that no later 304 confirms this body (FAULTS H12)."""
    setup = make()
    setup.server.answers["/open"] = (
        b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n' + PAGE[:-200]
    )
    assert setup.page("/open").validators.etag is None


# --- charset -------------------------------------------------------------------------------------------------------


def test_gbk_page_without_a_label(make: Make) -> None:
    """A GBK page without any label is decoded as Chinese, not as ISO-8859-1 (FAULTS E4)."""
    setup = make()
    text = "<html><body>" + "<p>朱镕基与冯喆走访社区,民警耐心调解纠纷。</p>" * 10 + "</body></html>"
    setup.server.answers["/plain"] = answer(text.encode("gb18030"), "200 OK", "Content-Type: text/html")
    found = setup.page("/plain").page
    assert found.text == text
    assert (found.encoding, found.encoding_origin) == ("gb18030", "detected")


def test_noise_is_undecodable(make: Make) -> None:
    """A page that loses more than 1 % of its characters is undecodable (FAULTS E7)."""
    setup = make()
    body = "<p>派出所</p>".encode() * 50
    noise = b"".join(body[n : n + 30] + b"\xff\xfe\xff\xff" for n in range(0, len(body), 30))
    setup.server.answers["/noise"] = answer(b"<html>" + noise)
    assert setup.fails("/noise").code == "undecodable"


def test_details_are_printable(make: Make) -> None:
    """The message of an error does not contain escape sequences of a server's reply (FAULTS X1)."""
    setup = make()
    setup.server.answers["/ansi"] = b"HTTP/1.1 200 OK\r\nContent-Length: \x1b[31mred\x1b[0m\r\n\r\n"
    setup.server.answers["/ansi2"] = b"\x1b[2J\x1b[31m nonsense \x07\r\n\r\n"
    setup.server.answers["/ansi3"] = redirect(b"http://[\x1b[31m")
    for path in ("/ansi", "/ansi2", "/ansi3"):
        assert "\x1b" not in str(setup.fails(path))


def test_threads_take_turns_at_a_host(make: Make) -> None:
    """Six threads send requests to one host one at a time."""
    setup = make()
    inside: list[int] = []
    most: list[int] = []

    def slow(request: Request) -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        request.send(answer(PAGE))

    setup.server.answers["/slow"] = slow
    threads = [threading.Thread(target=setup.page, args=("/slow",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 6
