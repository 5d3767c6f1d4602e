"""The client against a hostile server: every answer ends in a page or a named outcome, in time and in little memory."""

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
from ingest.model import OUTCOMES, Source
from store.records import Validators
from tests.support.hostile_server import PAGE, HostileServer, Visit, answer, redirect

TEXT = PAGE.decode()


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now: datetime = datetime(2026, 1, 5, 8, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Bench:
    """A fetcher with everything around it."""

    folder: Path
    evil: HostileServer
    clock: Clock
    archive: Archive
    pace: RateLimiter
    fetcher: Fetcher
    source: Source

    def get(self, path: str, kind: str = "article", known: Validators | None = None) -> Fetched | NotModified:
        url = path if "://" in path else self.evil.url(path)
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
        """The archive's text, record by record."""
        import gzip

        return [gzip.decompress(path.read_bytes()) for path in sorted(self.folder.glob("*.warc.gz"))]


Make = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A maker of benches: `make(retries=0, deadline=2)`."""
    made: list[Bench] = []

    def build(
        *,
        resolver: Resolver | None = None,
        cafile: str | None = None,
        evil: HostileServer | None = None,
        loopback: bool = True,
        delay: float = 0.0,
        **settings: object,
    ) -> Bench:
        server = (evil or HostileServer()).__enter__()
        clock = Clock()
        archive = Archive(tmp_path / f"warc{len(made)}")
        pace = RateLimiter(clock=clock, sleep=clock.sleep)
        chosen = FetchSettings(**{"retries": 0, "deadline": 20.0, **settings})  # type: ignore[arg-type]
        fetcher = Fetcher(chosen, archive, pace, clock=clock, sleep=clock.sleep, resolver=resolver, cafile=cafile)
        source = Source("试验", server.url("/"), (), delay=delay, loopback=loopback)
        bench = Bench(archive.folder, server, clock, archive, pace, fetcher, source)
        made.append(bench)
        return bench

    yield build
    for bench in made:
        bench.fetcher.close()
        bench.archive.close()
        bench.evil.__exit__()


# --- what works ------------------------------------------------------------------------------------------------


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
def test_a_whole_page_is_had_and_archived(make: Make, path: str) -> None:
    """Every honest framing and coding gives the same text, and the archive gives the same Page back."""
    bench = make()
    found = bench.page(path)
    assert found.page.text == TEXT
    assert found.complete
    bench.archive.sync()
    capture = found.capture
    assert bench.archive.page(capture.warc_file, capture.offset, capture.length) == found.page
    with WarcFile(bench.folder / capture.warc_file) as warc:
        answers = [warc.read(entry) for entry in warc.entries]
    assert [answer.page.text for answer in answers if answer] == [TEXT]


def test_who_we_are(make: Make) -> None:
    """The User-Agent names project and contact; no cookie, no credentials, no conditional header unasked."""
    bench = make(contact="mailto:desk@example.org")
    bench.page("/good")
    for _, headers in bench.evil.seen:
        assert headers["user-agent"] == "Suowen/0.1 (+mailto:desk@example.org)"
        assert not {"cookie", "authorization", "proxy-authorization", "if-none-match"} & set(headers)


def test_proxies_and_netrc_of_the_environment_are_ignored(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """N4: a service's environment must not send its requests, or its passwords, anywhere."""
    with HostileServer() as recorder:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login u password p\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, recorder.url("/"))
        bench = make()
        bench.page("/good")
        assert recorder.seen == []
        assert all("authorization" not in headers for _, headers in bench.evil.seen)


def test_no_cookie_jar(make: Make) -> None:
    """H15: cookies are neither kept nor sent."""
    bench = make()
    bench.page("/cookies")
    bench.page("/good")
    assert "cookie" not in bench.evil.seen[-1][1]


def test_a_connection_is_used_again(make: Make) -> None:
    """One session a host keeps its connection: ten pages do not need ten handshakes."""
    bench = make()
    for _ in range(10):
        bench.page("/good")
    assert len(bench.evil.paths()) == 10
    assert bench.evil.connections == 1


# --- deadlines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/drip-body", "/drip-body-no-length", "/drip-head", "/drip-chunk-line", "/continue-flood", "/silent"]
)
def test_the_deadline_is_real(make: Make, path: str) -> None:
    """N7: dripped bodies and headers, and floods, end at the deadline; requests' own timeout never fires on them."""
    bench = make(deadline=0.6)
    began = time.monotonic()
    assert bench.fails(path).code == "timeout"
    assert 0.4 < time.monotonic() - began < 4.0  # the drip itself lasts 8


def test_waiting_for_a_turn_is_no_part_of_the_deadline(make: Make) -> None:
    """A host with a delay of minutes is still fetched with a deadline of seconds."""
    bench = make(deadline=5.0, delay=200.0)
    bench.page("/good")
    bench.page("/good")
    assert sum(bench.clock.slept) >= 200


def test_a_cut_body_is_archived_as_cut(make: Make) -> None:
    """What came before the deadline is kept, labelled, and never taken for a page."""
    bench = make(deadline=0.5)
    bench.fails("/drip-body")
    bench.archive.sync()
    assert b"WARC-Truncated: time" in bench.stored()[0]
    assert Archive(bench.folder).recover({}) == []


# --- broken connections ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/short", "/rst", "/chunk-short", "/gzip-cut"])
def test_an_incomplete_body_is_no_page(make: Make, path: str) -> None:
    """N9, H6: FIN, RST, a chunk or a gzip stream cut short are "incomplete", archived as such."""
    bench = make()
    assert bench.fails(path).code == "incomplete"
    bench.archive.sync()
    assert b"WARC-Truncated: disconnect" in bench.stored()[0]


def test_a_broken_connection_is_tried_again(make: Make) -> None:
    """N5, N9: two failures, then the page; the pauses between grow. A kept connection that died costs no try."""
    bench = make(retries=2, backoff=1.0)

    def flaky(visit: Visit) -> None:
        if visit.count <= 2:
            visit.reset()
        elif visit.count == 3:
            visit.send(answer(PAGE)[:-100])
        else:
            visit.send(answer(PAGE))

    bench.page("/good")
    bench.evil.answers["/flaky"] = flaky
    assert bench.page("/flaky").page.text == TEXT
    first, second = bench.clock.slept
    assert 0.5 <= first <= 1.5
    assert 1.0 <= second <= 3.0


def test_a_closed_port_is_a_network_failure_of_the_whole_site(make: Make) -> None:
    """N5: refused at robots.txt already, so nobody can say what is allowed: wait."""
    bench = make()
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    error = bench.fails(f"http://127.0.0.1:{port}/x")
    assert error.code == "robots-unavailable"
    assert "refused" in error.detail
    assert error.retry_after


def test_a_host_that_never_picks_up(make: Make) -> None:
    """N5: with a full backlog the handshake is never answered; connect_timeout ends it, the deadline is not used up."""
    bench = make(connect_timeout=0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        began = time.monotonic()
        error = bench.fails(f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        assert time.monotonic() - began < 3
        assert error.code == "robots-unavailable"
        assert "timed out" in error.detail
        for caller in callers:
            caller.close()


def test_hanging_up_without_an_answer_is_a_network_failure(make: Make) -> None:
    """N5: a server that closes before its first byte."""
    assert make().fails("/hang-up").code == "network"


def test_a_page_without_a_length_may_be_cut(make: Make) -> None:
    """H7: no length and no end mark proves nothing: the page is given, its completeness is not claimed."""
    bench = make()
    found = bench.page("/noclen-cut")
    assert not found.complete
    assert found.validators.etag is None


def test_offline_is_one_state(make: Make) -> None:
    """N6: when every name fails it is our network that is down, and the fetcher says so; one answer ends it."""

    def dead(name: str, port: int) -> list[str]:
        raise OSError("Temporary failure in name resolution")

    bench = make(resolver=Resolver(dead))
    for n in range(5):
        assert not bench.fetcher.offline
        bench.fails(f"http://host{n}.example/")
    assert bench.fetcher.offline
    bench.page("/good")
    assert not bench.fetcher.offline


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
def test_redirects_that_lead_nowhere(make: Make, path: str, code: str) -> None:
    """H1, H3: loops, other schemes, addresses that break parsers: a typed error, never an exception of a library."""
    assert make().fails(path).code == code


@pytest.mark.parametrize("path", ["/redir-private", "/redir-metadata"])
def test_a_redirect_passes_the_same_guard(make: Make, path: str) -> None:
    """H1, P4: a hop to a private address is refused although the source may visit loopback."""
    assert make().fails(path).code == "blocked-address"


@pytest.mark.parametrize("path", ["/redir-endless", "/redir-bomb"])
def test_redirect_bodies_are_never_read(make: Make, path: str) -> None:
    """H2: requests reads them whole (3.6 GB in 8 s, measured); here the page behind comes at once, in no memory."""
    bench = make()
    bench.page("/good")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    found = bench.page(path)
    assert found.page.text == TEXT
    assert found.page.final_url == bench.evil.url("/good")
    assert time.monotonic() - began < 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KB; the server is in this process


def test_as_many_redirects_as_the_settings_say(make: Make) -> None:
    """H1: five hops are followed, the sixth is not."""
    bench = make()
    for n in range(6):
        bench.evil.answers[f"/hop{n}"] = redirect(f"/hop{n + 1}")
    bench.evil.answers["/hop6"] = answer(PAGE)
    assert bench.page("/hop1").page.text == TEXT
    assert bench.fails("/hop0").code == "bad-redirect"


def test_every_hop_asks_the_robots_of_its_host(make: Make) -> None:
    """A redirect to a host that forbids us is forbidden."""
    bench = make()
    with HostileServer("127.0.0.2") as other:
        other.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /", "200 OK", "Content-Type: text/plain")
        bench.evil.answers["/away"] = redirect(other.url("/good"))
        assert bench.fails("/away").code == "robots"
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
def test_hostile_answers_end_in_a_named_outcome(make: Make, path: str, code: str) -> None:
    """H4, H5, H8, H13: in time, in little memory, and the next page of the same host is had."""
    bench = make()
    bench.page("/good")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()  # client and server; one that hangs has another code
    error = bench.fails(path)
    assert error.code == code, error.detail
    assert time.process_time() - began < 6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # KB, client and server together
    assert bench.page("/good").page.text == TEXT


def test_5xx_is_tried_again_and_then_named(make: Make) -> None:
    """N5: a server's own failure may pass."""
    bench = make(retries=2)
    assert bench.fails("/500").code == "server-error"
    assert bench.evil.paths() == ["/500"] * 3
    bench.evil.answers["/once"] = lambda v: v.send(answer(b"", "502 Bad Gateway") if v.count == 1 else answer(PAGE))
    assert bench.page("/once").page.text == TEXT


def test_a_large_file_is_archived_up_to_what_was_read(make: Make) -> None:
    """H13: bytes that are no page are not downloaded to their end, and the record says that it is cut."""
    bench = make()
    bench.fails("/stream")
    bench.archive.sync()
    assert b"WARC-Truncated: length" in bench.stored()[0]
    assert sum(path.stat().st_size for path in bench.folder.iterdir()) < 100_000


def test_no_header_writes_into_the_archive(make: Make) -> None:
    """H16: a folded header becomes one line; warcio would have written the injected one."""
    bench = make()
    bench.page("/folded")
    bench.archive.sync()
    assert b"\nWARC-Injected" not in bench.stored()[0].replace(b"\r", b"")
    assert bench.fails(bench.evil.url("/good") + "\r\nX: y").code == "bad-url"


def test_a_gzipped_sitemap_is_given_as_bytes(make: Make) -> None:
    """A listing may be a gzip file: its bytes are handed on, undecoded; only the content coding is undone."""
    import gzip

    bench = make()
    packed = gzip.compress(b"<urlset/>")
    bench.evil.answers["/sitemap.xml.gz"] = answer(packed, "200 OK", "Content-Type: application/gzip")
    found = bench.page("/sitemap.xml.gz", "listing")
    assert found.page.content == packed
    assert found.page.text == ""


# --- pauses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said", "low", "high"),
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
def test_the_host_is_left_alone_as_long_as_it_asks(make: Make, status: str, said: str, low: float, high: float) -> None:
    """H9: Retry-After, clamped to [1 s, 24 h]; nonsense means our own pause. Nobody asks the host meanwhile."""
    bench = make(retries=2)
    bench.evil.answers["/busy"] = answer(b"", status, f"Retry-After: {said}")
    error = bench.fails("/busy")
    assert error.code == "paused"
    assert low <= (error.retry_after or 0) <= high
    assert bench.fails("/good").code == "paused"
    assert bench.evil.paths() == ["/busy"]
    [pace] = bench.pace.snapshot()
    assert pace.host == "127.0.0.1"
    assert pace.paused_until == bench.clock.now + timedelta(seconds=low)


def test_a_short_pause_is_waited_out(make: Make) -> None:
    """H9: three seconds are not worth a place in the queue."""
    bench = make(retries=1)
    bench.evil.answers["/busy"] = lambda v: v.send(
        answer(b"", "503 Service Unavailable", "Retry-After: 3") if v.count == 1 else answer(PAGE)
    )
    assert bench.page("/busy").page.text == TEXT
    assert sum(bench.clock.slept) == pytest.approx(3, abs=1.5)
    assert bench.clock.now >= Clock.now + timedelta(seconds=2.999)


def test_503_with_nonsense_is_a_server_error(make: Make) -> None:
    """H9: junk in Retry-After is the default back-off, not an exception (urllib3 raises InvalidHeader)."""
    bench = make(retries=1)
    bench.evil.answers["/busy"] = answer(b"", "503 Service Unavailable", "Retry-After: soon")
    assert bench.fails("/busy").code == "server-error"
    assert len(bench.evil.paths()) == 2


def test_the_delay_is_the_hosts(make: Make) -> None:
    """Two sources on one host share its delay; robots.txt's longer Crawl-delay wins."""
    bench = make(delay=2.0)
    bench.evil.answers["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 7\n", "200 OK", "Content-Type: text/plain")
    bench.page("/good")
    bench.page("/gzip")
    other = Source("另一个", bench.evil.url("/"), (), delay=1.0, loopback=True)
    bench.fetcher.fetch(bench.evil.url("/chunked"), kind="article", source=other)
    # robots.txt itself comes before its rules are known.
    assert bench.clock.slept == [2.0, 7.0, 7.0]


# --- conditional requests ------------------------------------------------------------------------------------------


def _conditional(visit: Visit) -> None:
    same = visit.headers.get("if-none-match") == '"v1"'
    visit.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n' if same else answer(PAGE, "200 OK", 'ETag: "v1"'))


def test_asking_again_is_cheap(make: Make) -> None:
    """ETag and Last-Modified come back with the next request; 304 is an answer of its own."""
    bench = make()
    first = bench.page("/good").validators
    assert (first.etag, first.last_modified) == ('"v1"', "Sat, 07 Sep 2019 05:43:00 GMT")
    bench.evil.answers["/good"] = _conditional
    again = bench.get("/good", known=first)
    assert isinstance(again, NotModified)
    assert again.validators.checks == 1
    assert again.validators.full_at == first.full_at
    assert bench.evil.seen[-1][1]["if-modified-since"] == "Sat, 07 Sep 2019 05:43:00 GMT"


def test_a_server_that_always_says_304_is_found_out(make: Make) -> None:
    """H12: every full_every-th look, and every look after full_after_days, is unconditional."""
    bench = make(full_every=4, full_after_days=7)
    bench.evil.answers["/good"] = _conditional
    known = bench.page("/good").validators
    kinds = []
    for _ in range(8):
        found = bench.get("/good", known=known)
        kinds.append(type(found).__name__)
        known = found.validators
    assert kinds == ["NotModified", "NotModified", "NotModified", "Fetched"] * 2
    bench.get("/good", known=known)
    bench.clock.now += timedelta(days=7)
    assert isinstance(bench.get("/good", known=known), Fetched)


def test_validators_need_a_complete_body(make: Make) -> None:
    """H12: a body that may be cut must not be confirmed by a later 304."""
    bench = make()
    bench.evil.answers["/open"] = (
        b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n' + PAGE[:-200]
    )
    assert bench.page("/open").validators.etag is None


# --- charset -------------------------------------------------------------------------------------------------------


def test_no_charset_anywhere(make: Make) -> None:
    """E4: a GBK page without any label is Chinese, not ISO-8859-1."""
    bench = make()
    text = "<html><body>" + "<p>朱镕基与冯喆走访社区,民警耐心调解纠纷。</p>" * 10 + "</body></html>"
    bench.evil.answers["/plain"] = answer(text.encode("gb18030"), "200 OK", "Content-Type: text/html")
    found = bench.page("/plain").page
    assert found.text == text
    assert (found.encoding, found.encoding_origin) == ("gb18030", "detected")


def test_noise_is_undecodable(make: Make) -> None:
    """E7: a page that loses more than one character in a hundred is no version of anything."""
    bench = make()
    body = "<p>派出所</p>".encode() * 50
    noise = b"".join(body[n : n + 30] + b"\xff\xfe\xff\xff" for n in range(0, len(body), 30))
    bench.evil.answers["/noise"] = answer(b"<html>" + noise)
    assert bench.fails("/noise").code == "undecodable"


def test_details_are_safe_to_print(make: Make) -> None:
    """X1: what a server says cannot move the cursor of whoever reads the log."""
    bench = make()
    bench.evil.answers["/ansi"] = b"HTTP/1.1 200 OK\r\nContent-Length: \x1b[31mred\x1b[0m\r\n\r\n"
    bench.evil.answers["/ansi2"] = b"\x1b[2J\x1b[31m nonsense \x07\r\n\r\n"
    bench.evil.answers["/ansi3"] = redirect(b"http://[\x1b[31m")
    for path in ("/ansi", "/ansi2", "/ansi3"):
        assert "\x1b" not in str(bench.fails(path))


def test_one_host_one_visitor_many_hosts_at_once(make: Make) -> None:
    """Threads on one host take turns; other hosts are served meanwhile."""
    bench = make()
    inside: list[int] = []
    most: list[int] = []

    def slow(visit: Visit) -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        visit.send(answer(PAGE))

    bench.evil.answers["/slow"] = slow
    threads = [threading.Thread(target=bench.page, args=("/slow",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 6
