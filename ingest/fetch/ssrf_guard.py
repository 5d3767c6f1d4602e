"""SSRF guard: checks which URLs may be requested and to which addresses connections are allowed.

The check applies to the address of the socket, not to the name. `GuardedAdapter` resolves a name once, checks every
returned address, and connects to one of these addresses. The name is still used for Host, SNI and certificate. So a
name that resolves to another address later (DNS rebinding) has no effect. Redirects are checked in the same way.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import idna
import requests.adapters
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool

from ingest.errors import FetchError
from ingest.fetch.deadline import SocketDeadline

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: function that returns the addresses of a (host name, port) as text; raises OSError
Lookup = Callable[[str, int], Sequence[str]]

#: maximum URL length in characters, as in Scrapy (docs/fetching.md)
MAX_URL = 2_083
#: ports of other services that must not be reached by an HTTP request (WHATWG Fetch, "bad port")
BAD_PORTS = frozenset(
    (1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
     110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
     531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
     5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080)
)  # fmt: skip

# IANA special-purpose registries. They are listed here because ipaddress.is_global changed between patch releases of
# Python.
_BAD_V4 = [
    (ipaddress.IPv4Network(net), why)
    for net, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
]
# Of IPv6 only global unicast addresses are allowed, without their special-purpose blocks.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_BAD_V6 = [
    (ipaddress.IPv6Network(net), why)
    for net, why in (
        ("::1/128", "loopback"),
        ("fe80::/10", "link-local"),
        ("fc00::/7", "private"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("2620:4f:8000::/48", "AS112"),
        ("64:ff9b:1::/48", "local NAT64"),
    )
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


class Target(NamedTuple):
    """Target of a URL: scheme, host (lower case, without brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port as one string; robots.txt rules apply to an origin."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def target(url: str, code: str = "bad-url") -> Target:
    """Return the target of `url`. Raises FetchError with `code` ("bad-url" or "bad-redirect") for an invalid URL."""
    try:
        return _target(url)
    except ValueError as error:
        raise FetchError(url, code, str(error)) from None


def _target(url: str) -> Target:
    if len(url) > MAX_URL:
        raise ValueError(f"the address has {len(url)} characters, more than {MAX_URL}")
    # Parsers treat these characters differently. A difference between check and use would be a vulnerability.
    if found := _FORBIDDEN.search(url):
        raise ValueError(f"the address contains {found.group()!r}, which is not allowed in a URL")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"only http and https are fetched, not {parts.scheme or 'an address without a scheme'!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address contains a user name or password")
    host = (parts.hostname or "").removesuffix(".")
    if not host.isascii():
        # requests encodes the name in the same way. The rate limit and robots.txt must use the name that requests
        # connects to.
        host = idna.encode(host, uts46=True).decode("ascii")
    if not host or any(not 0 < len(label) < 64 for label in host.split(".")) or len(host) > 253:
        raise ValueError(f"the address has no usable host name ({host[:80]!r})")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or port in BAD_PORTS:
        raise ValueError("the address has a port that is not allowed for web servers")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


def refusal(address: str, loopback: bool = False) -> str | None:
    """Return why connecting to `address` is forbidden; None if it is allowed.

    An IPv4 address embedded in an IPv6 address is checked as IPv4. `loopback` allows loopback addresses.

    >>> refusal("8.8.8.8"), refusal("127.0.0.1"), refusal("127.0.0.1", loopback=True), refusal("::ffff:10.0.0.1")
    (None, 'loopback', None, 'private')
    """
    ip: Address = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip == ipaddress.IPv6Address("::1"):
            return None if loopback else "loopback"
        inner = _inner(ip)
        if inner is None:
            for net6, why in _BAD_V6:
                if ip in net6:
                    return why
            return None if ip in _GLOBAL_V6 else "reserved"
        ip = inner
    for net, why in _BAD_V4:
        if ip in net:
            return None if loopback and why == "loopback" else why
    return None


def _inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address embedded in an IPv6 address, else None.

    Such addresses are IPv4-mapped, NAT64, 6to4, or of the deprecated compatible form.
    """
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip in _NAT64 or ip in _V4_COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def system_lookup(name: str, port: int) -> Sequence[str]:
    """Return the addresses of `name` from the system's resolver, in its order, without duplicates."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class UnknownHostError(OSError):
    """The host name does not exist or has no address."""


#: error codes of getaddrinfo for a name without an address; Python lacks EAI_NODATA on some systems
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Resolver:
    """Name lookups with a timeout.

    getaddrinfo has no timeout, so each lookup runs in a daemon thread that can be abandoned. `limit` is the maximum
    number of lookups at the same time. Starting such a thread takes 0.1 ms (measured).
    """

    def __init__(self, lookup: Lookup = system_lookup, limit: int = 64) -> None:
        self._lookup, self._free = lookup, threading.BoundedSemaphore(limit)

    def addresses(self, name: str, port: int, seconds: float) -> Sequence[str]:
        """Return the addresses of `name`; an IP address is returned unchanged.

        Raises UnknownHostError if the name does not exist or has no address, OSError if the lookup fails, TimeoutError
        if it takes longer than `seconds`.
        """
        if literal := _literal(name):
            return [literal]
        if not self._free.acquire(timeout=seconds):
            raise TimeoutError("too many name lookups are hanging")
        answer: list[Sequence[str] | BaseException] = []
        done = threading.Event()
        threading.Thread(
            target=self._lookup_into, args=(name, port, answer, done), name=f"dns {name}", daemon=True
        ).start()
        if not done.wait(seconds):
            raise TimeoutError(f"looking up {name} took longer than {seconds:.1f} s")
        if isinstance(answer[0], BaseException):
            if isinstance(answer[0], socket.gaierror) and answer[0].errno in _NO_SUCH_NAME:
                raise UnknownHostError(f"no host is called {name}; check the spelling of the address") from None
            raise OSError(f"looking up {name}: {answer[0]}") from answer[0]
        if not answer[0]:
            raise OSError(f"{name} has no address")
        return answer[0]

    def _lookup_into(
        self, name: str, port: int, answer: list[Sequence[str] | BaseException], done: threading.Event
    ) -> None:
        try:
            answer.append(self._lookup(name, port))
        except (OSError, UnicodeError, ValueError) as error:
            answer.append(error)
        finally:
            self._free.release()
            if not answer:
                answer.append(OSError("the lookup died"))
            done.set()


def _literal(name: str) -> str | None:
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return None


class BlockedAddressError(Exception):
    """A name resolved to a forbidden address.

    Not an OSError, so that libraries do not treat it as a network failure.
    """


class Connector:
    """State shared by the connections of a host: resolver, allowed addresses, deadlines and the current socket."""

    def __init__(self, resolver: Resolver, loopback: bool) -> None:
        self.resolver, self.loopback = resolver, loopback
        #: monotonic deadlines of the connection and of the whole exchange
        self.connect_by = self.end_by = 0.0
        #: whether this exchange opened a new connection instead of reusing one
        self.fresh = False
        #: the deadline that the watchdog watches
        self.deadline = SocketDeadline()

    def refused(self, address: str) -> str | None:
        """Return why connecting to this address is forbidden; None if it is allowed."""
        return refusal(address, self.loopback)

    def connect(self, name: str, port: int, options: Sequence[tuple[int, int, int | bytes]]) -> socket.socket:
        """Connect to a checked address of `name`. Raises BlockedAddressError, TimeoutError, OSError."""
        self.fresh = True
        left = max(0.001, min(self.connect_by, self.end_by) - time.monotonic())
        addresses = self.resolver.addresses(name, port, left)
        for address in addresses:
            if why := self.refused(address):
                raise BlockedAddressError(f"{name} resolves to {address}, which is {why}")
        failed: OSError | None = None
        # IPv4 comes first, and each address gets a share of the time, so that a machine without IPv6 does not spend all
        # of it on IPv6 addresses.
        ordered = sorted(addresses, key=lambda address: ":" in address)
        for tried, address in enumerate(ordered):
            left = min(self.connect_by, self.end_by) - time.monotonic()
            if left <= 0:
                raise failed or TimeoutError(f"no connection to {name} in time")
            try:
                return self._open(address, port, left / (len(ordered) - tried), options)
            except OSError as error:
                failed = error
        raise failed or OSError(f"{name} has no address")

    def _open(
        self, address: str, port: int, seconds: float, options: Sequence[tuple[int, int, int | bytes]]
    ) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(seconds)
            sock.connect((address, port))
            sock.settimeout(max(0.001, self.end_by - time.monotonic()))
        except BaseException:
            sock.close()
            raise
        return sock


class _Guarded(HTTPConnection):
    """Connection that uses the Connector of its host and registers its socket with the deadline."""

    def __init__(self, connector: Connector, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connector = connector
        #: a duplicate of the socket; it stays valid when TLS wraps the original socket and detaches it
        self.handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        sock = self.connector.connect(self._dns_host, self.port or 80, list(self.socket_options or ()))
        self.handle = sock.dup()
        self.connector.deadline.attach(self.handle)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.handle is not None:
            self.connector.deadline.attach(self.handle)
        super().request(*args, **kwargs)

    def close(self) -> None:
        handle, self.handle = self.handle, None
        if handle is not None:
            self.connector.deadline.release(handle)
        super().close()


class _GuardedTls(_Guarded, HTTPSConnection):
    """Guarded connection for https. urllib3 checks certificate and SNI against the host name, not the address."""


class _Pools(PoolManager):
    def __init__(self, connector: Connector, **kwargs: Any) -> None:
        self._connector = connector
        super().__init__(**kwargs)

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        kind = _GuardedTls if scheme == "https" else _Guarded
        pool.ConnectionCls = cast("Any", functools.partial(kind, self._connector))
        return pool


class GuardedAdapter(requests.adapters.HTTPAdapter):
    """Adapter for requests that opens every connection through `connector`. One TLS context serves all hosts.

    By default requests would load the certificate bundle for each connection (50 ms, measured).
    """

    def __init__(self, connector: Connector, context: ssl.SSLContext) -> None:
        self._connector, self._context = connector, context
        super().__init__(pool_connections=4, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = _Pools(
            self._connector, num_pools=connections, maxsize=maxsize, block=block, ssl_context=self._context, **kwargs
        )

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The context always verifies certificates; this keeps `verify` from turning that off.
        conn.cert_reqs = "CERT_REQUIRED"
