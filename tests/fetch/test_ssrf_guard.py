"""Tests of the SSRF guard: the address of the connection decides, whatever the spelling of the URL."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from ingest.config.settings import FetchSettings
from ingest.errors import FetchError
from ingest.fetch import Archive, Fetched, Fetcher, RateLimiter
from ingest.fetch.ssrf_guard import Lookup, Resolver, refusal, target
from ingest.pipeline_types import Source
from tests.support.hostile_server import PAGE, HostileServer

OPEN = Source("开", "http://x.example/", (), delay=0.0, loopback=True)
CLOSED = Source("关", "http://x.example/", (), delay=0.0)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Yield an empty archive."""
    with Archive(tmp_path / "warc") as made:
        yield made


def fetcher(archive: Archive, lookup: Lookup | None = None, cafile: str | None = None, **settings: object) -> Fetcher:
    """Return a fetcher that resolves names with `lookup`."""
    chosen = FetchSettings(**{"retries": 0, "deadline": 5.0, **settings})  # type: ignore[arg-type]
    return Fetcher(chosen, archive, RateLimiter(), resolver=Resolver(lookup) if lookup else None, cafile=cafile)


@pytest.mark.parametrize("address", [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "2001::1", "100::1", "5f00::1", "3fff::1",
])  # fmt: skip
def test_special_purpose_addresses_are_refused(address: str) -> None:
    """Private, loopback, link-local, CGNAT, multicast and reserved addresses are refused (FAULTS N1).

    Such IPv4 addresses are also refused if they are embedded in IPv6.
    """
    assert refusal(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "114.114.114.114",
        "223.5.5.5",
        "101.6.6.6",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "2400:3200::1",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_allowed(address: str) -> None:
    """Public addresses are allowed, also through NAT64 and 6to4."""
    assert refusal(address) is None


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_guard_is_at_least_as_strict_as_the_registry(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """The guard refuses every address for which `is_global` of Python's ipaddress is false.

    Addresses that embed an IPv4 address (IPv4-mapped, 6to4, NAT64) are not compared.
    """
    tunnelled = isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.sixtofour)
    if not tunnelled and not address.is_global:
        assert refusal(str(address)) or address in ipaddress.ip_network("64:ff9b::/96")


def test_loopback_allows_only_loopback() -> None:
    """A source that allows loopback cannot connect to other private addresses."""
    assert refusal("127.9.9.9", loopback=True) is None
    assert refusal("::1", loopback=True) is None
    assert refusal("::ffff:127.0.0.1", loopback=True) is None
    for address in ("10.0.0.1", "169.254.169.254", "0.0.0.0", "fe80::1", "100.64.0.1"):
        assert refusal(address, loopback=True)


@pytest.mark.parametrize("host", ["0", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
                                  "127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[fe80::1]",
                                  "[64:ff9b::7f00:1]"])  # fmt: skip
def test_every_spelling_of_a_private_address_is_blocked(archive: Archive, host: str) -> None:
    """The resolved address decides; the server on loopback gets no connection (FAULTS N1)."""
    with HostileServer() as server, pytest.raises(FetchError) as caught:
        fetcher(archive).fetch(f"http://{host}:{server.port}/good", kind="article", source=CLOSED)
    assert caught.value.code == "blocked-address", caught.value
    assert server.connections == 0


def test_dns_rebinding_has_no_effect(archive: Archive) -> None:
    """The name is resolved once, and the request goes to that address with the name as Host (FAULTS N2)."""
    with HostileServer("127.0.0.2") as public:
        answers = iter([["127.0.0.2"], ["10.0.0.1"], ["127.0.0.1"]])
        lookups: list[str] = []

        def lookup(name: str, port: int) -> list[str]:
            lookups.append(name)
            return next(answers)

        found = fetcher(archive, lookup).fetch(f"http://rebind.example:{public.port}/good", kind="article", source=OPEN)
        assert isinstance(found, Fetched)
        assert found.page.text == PAGE.decode()
        assert lookups == ["rebind.example"]
        assert {headers["host"] for _, headers in public.seen} == {f"rebind.example:{public.port}"}


def test_name_with_one_private_address_is_blocked(archive: Archive) -> None:
    """A name with public and private addresses is refused before any connection (FAULTS N3)."""
    started = time.monotonic()
    with pytest.raises(FetchError) as caught:
        fetcher(archive, lambda name, port: ["192.88.98.1", "10.0.0.1"]).fetch(
            "http://both.example/", kind="article", source=CLOSED
        )
    assert caught.value.code == "blocked-address"
    assert time.monotonic() - started < 1


def test_loopback_connection_is_not_shared(archive: Archive) -> None:
    """A reused connection to loopback is used only for sources that allow loopback."""
    with HostileServer() as server:
        client = fetcher(archive)
        client.fetch(server.url("/good"), kind="article", source=OPEN)
        with pytest.raises(FetchError) as caught:
            client.fetch(server.url("/good"), kind="article", source=CLOSED)
        assert caught.value.code == "blocked-address"


def test_hanging_lookup_ends_at_the_deadline(archive: Archive) -> None:
    """A fetch ends at its deadline even if getaddrinfo, which has no timeout, hangs (FAULTS N6)."""
    free = threading.Event()

    def hang(name: str, port: int) -> list[str]:
        free.wait(20)
        return ["127.0.0.1"]

    started = time.monotonic()
    with pytest.raises(FetchError) as caught:
        fetcher(archive, hang, deadline=0.5).fetch("http://slow.example/", kind="article", source=OPEN)
    free.set()
    assert time.monotonic() - started < 2
    assert caught.value.code == "robots-unavailable"
    assert "no response" in caught.value.detail or "looking up" in caught.value.detail


def test_hanging_lookups_are_bounded() -> None:
    """The number of threads waiting for an unresponsive resolver is limited (FAULTS N6)."""
    free = threading.Event()

    def hang(name: str, port: int) -> list[str]:
        free.wait(20)
        return []

    resolver = Resolver(hang, limit=3)
    before = threading.active_count()
    for n in range(6):
        with pytest.raises(TimeoutError):
            resolver.addresses(f"h{n}.example", 80, 0.05)
    assert threading.active_count() - before <= 3
    free.set()


@pytest.mark.parametrize("url", [
    "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "view-source:http://example.org/", "example.org",
    "//example.org/", "http://", "http:///x", "http://user:pass@example.org/", "http://a\\@b.example/", "http://a b/",
    "http://example.org/a\nb", "http://example.org:99999/", "http://example.org:0/", "http://example.org:25/",
    "http://example.org:6379x/", "http://[::1", "http://" + "a" * 64 + ".example/", "http://a..b/",
    "http://example.org/" + "x" * 3000, "http://example.org/\x7f", "",
])  # fmt: skip
def test_invalid_urls_are_not_requested(url: str, archive: Archive) -> None:
    """Invalid and ambiguous URLs have the outcome "bad-url" and are not requested (FAULTS U3, H14)."""
    with pytest.raises(FetchError) as caught:
        fetcher(archive).fetch(url, kind="article", source=OPEN)
    assert caught.value.code == "bad-url"


@given(st.text(max_size=60).map(lambda tail: "http://" + tail))
def test_any_text_is_a_target_or_a_bad_url(url: str) -> None:
    """For any text, `target` returns a host and a port or raises FetchError."""
    try:
        found = target(url)
    except FetchError as error:
        assert error.code == "bad-url"
    else:
        assert found.host and 0 < found.port < 65_536


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://派出所.example/", "xn--79qq01bfji.example"),
        ("http://ｅxample.ORG/", "example.org"),
        ("http://EXAMPLE.org./x", "example.org"),
        ("http://a。example/", "a.example"),
    ],
)
def test_host_is_normalised(url: str, host: str) -> None:
    """Chinese names, full-width letters and dots, case and a final dot are normalised in host names (FAULTS U3, U4)."""
    assert target(url).host == host


# --- TLS -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a certificate authority."""
    return trustme.CA()


def server_context(cert: trustme.LeafCert) -> ssl.SSLContext:
    """Return a TLS server context with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)
    return context


def fetch_over_tls(archive: Archive, cafile: Path, server: HostileServer, name: str = "news.example") -> Fetched:
    """Fetch a page from the TLS server under `name`."""
    client = fetcher(archive, lambda n, p: ["127.0.0.1"], cafile=str(cafile))
    found = client.fetch(f"https://{name}:{server.port}/good", kind="article", source=OPEN)
    assert isinstance(found, Fetched)
    return found


@pytest.fixture
def cafile(authority: trustme.CA, tmp_path: Path) -> Path:
    """Return the path of the authority's certificate."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_tls_checks_the_name_not_the_address(archive: Archive, authority: trustme.CA, cafile: Path) -> None:
    """A connection to a checked address uses the host name for SNI and certificate verification (FAULTS N2)."""
    with HostileServer(tls=server_context(authority.issue_cert("news.example"))) as server:
        assert fetch_over_tls(archive, cafile, server).page.text == PAGE.decode()
        with pytest.raises(FetchError, match="TLS") as caught:
            fetch_over_tls(archive, cafile, server, "other.example")
        assert caught.value.code == "robots-unavailable"


@pytest.mark.parametrize("fault", ["self-signed", "expired"])
def test_tls_fails_closed(archive: Archive, authority: trustme.CA, cafile: Path, fault: str) -> None:
    """A wrong certificate is an error that is not retried; no page is fetched without verification (FAULTS N8)."""
    if fault == "expired":
        cert = authority.issue_cert("news.example", not_after=datetime.now(UTC) - timedelta(days=1))
    else:
        cert = trustme.CA().issue_cert("news.example")
    slept: list[float] = []
    with HostileServer(tls=server_context(cert)) as server:
        client = Fetcher(
            FetchSettings(retries=2, deadline=5),
            archive,
            RateLimiter(),
            sleep=slept.append,
            resolver=Resolver(lambda n, p: ["127.0.0.1"]),
            cafile=str(cafile),
        )
        with pytest.raises(FetchError, match=r"TLS.*certificate") as caught:
            client.fetch(f"https://news.example:{server.port}/good", kind="article", source=OPEN)
        assert server.seen == []
        assert slept == []
        assert caught.value.code == "robots-unavailable"


def test_stalled_handshake_ends_at_the_deadline(archive: Archive, cafile: Path) -> None:
    """A stalled handshake ends at the deadline (FAULTS N8)."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        client = fetcher(archive, lambda n, p: ["127.0.0.1"], cafile=str(cafile), deadline=0.5)
        with pytest.raises(FetchError) as caught:
            client.fetch(f"https://news.example:{silent.getsockname()[1]}/", kind="article", source=OPEN)
        assert time.monotonic() - started < 2
        assert "no response within" in caught.value.detail
