"""POST requests to bots and webhooks: through the address guard, with one deadline, without redirects."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

import certifi
import requests
from requests.structures import CaseInsensitiveDict

from ingest.errors import FetchError
from ingest.fetch.client import _NoCookies, _Session
from ingest.fetch.deadline import Watchdog
from ingest.fetch.error_mapping import to_fetch_error
from ingest.fetch.http_body import BodyError, read_body
from ingest.fetch.ssrf_guard import BlockedAddressError, Connector, GuardedAdapter, Resolver, refusal, target

#: seconds for a whole request: name lookup, connection, sending, answer. Not measured
DEADLINE = 20.0
#: maximum bytes of an answer; bots answer with some 30 bytes
ANSWER = 64_000
#: kinds of addresses that `internal: true` allows. Link-local addresses, such as cloud metadata servers, stay refused
_INTERNAL = frozenset({"loopback", "private", "carrier-grade NAT"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    status: int
    body: str
    #: seconds from the Retry-After header of the answer
    retry_after: float | None


class _DestinationConnector(Connector):
    """Connector to public addresses, and to internal addresses if the configuration allows them."""

    def __init__(self, resolver: Resolver, internal: bool) -> None:
        super().__init__(resolver, loopback=internal)
        self._internal = internal

    def refused(self, address: str) -> str | None:
        """Return the reason why this address is refused, None if it is allowed."""
        return refused(address, self._internal)


def refused(address: str, internal: bool) -> str | None:
    """Return the reason why a destination must not have this address, None if it may.

    `internal`: whether loopback and private addresses are allowed.
    """
    why = refusal(address)
    if why in _INTERNAL:
        return None if internal else f"{why}; set internal: true if it is a server of your own network"
    return why


def connect(host: str, port: int, seconds: float, *, internal: bool) -> socket.socket:
    """Open a connection to a checked address of `host`, for protocols other than HTTP. Raises OSError.

    `seconds` limits the connecting, and later each operation of the socket.
    """
    connector = _DestinationConnector(Resolver(), internal)
    connector.connect_by = connector.end_by = time.monotonic() + seconds
    try:
        opened = connector.connect(host, port, ())
    except BlockedAddressError as error:
        raise OSError(str(error)) from None
    opened.settimeout(seconds)
    return opened


class Poster:
    """Client for POST requests with a JSON body. Thread-safe: each request has its own connection.

    `internal`: also connect to loopback and private addresses. `resolver` and `cafile` are for tests.
    """

    def __init__(
        self,
        *,
        internal: bool = False,
        deadline: float = DEADLINE,
        resolver: Resolver | None = None,
        cafile: str | None = None,
    ) -> None:
        self._internal, self._deadline = internal, deadline
        self._resolver = resolver or Resolver()
        self._context = ssl.create_default_context(cafile=cafile or certifi.where())
        self._watchdog = Watchdog()

    def post(self, url: str, body: bytes, headers: Mapping[str, str] = {}) -> Answer:
        """Send a JSON body and return the answer, with any HTTP status.

        Raises FetchError for an invalid URL, a refused address, a failed connection, or an answer that is late, too
        long or incomplete.

        The message of an error never contains the path or query of the URL, because they contain the keys of bots.
        """
        where = target(url)
        connector = _DestinationConnector(self._resolver, self._internal)
        connector.connect_by = connector.end_by = time.monotonic() + self._deadline
        late = FetchError(where.origin, "timeout", f"not answered within {self._deadline:g} s")
        with _Session() as session:
            session.trust_env = False
            session.cookies = _NoCookies()
            session.mount(f"{where.scheme}://", GuardedAdapter(connector, self._context))
            self._watchdog.watch(connector.deadline, connector.end_by)
            try:
                return self._exchange(session, connector, url, where.origin, body, headers, late)
            finally:
                self._watchdog.ignore(connector.deadline)
                connector.deadline.reset()

    def _exchange(
        self,
        session: requests.Session,
        connector: Connector,
        url: str,
        origin: str,
        body: bytes,
        headers: Mapping[str, str],
        late: FetchError,
    ) -> Answer:
        prepared = requests.PreparedRequest()
        prepared.prepare_method("POST")
        prepared.prepare_url(url, None)
        prepared.headers = CaseInsensitiveDict(
            {
                "User-Agent": "Suowen",
                "Accept": "application/json",
                "Content-Type": "application/json; charset=utf-8",
                "Connection": "close",
                "Content-Length": str(len(body)),
                **headers,
            }
        )
        prepared.body = body
        try:
            response = session.send(prepared, stream=True, allow_redirects=False, timeout=self._deadline)
        except Exception as error:
            over = connector.deadline.expired or time.monotonic() >= connector.end_by
            raise to_fetch_error(origin, error, late if over else None) from None
        try:
            content, _ = read_body(response.raw, ANSWER, ANSWER)
        except BodyError as error:
            raise late if connector.deadline.expired else FetchError(origin, error.code, error.detail) from None
        finally:
            response.raw.close()
        if connector.deadline.expired:
            raise late
        wait = response.headers.get("Retry-After", "").strip()
        seconds = float(wait[:6]) if wait.isascii() and wait.isdigit() else None
        return Answer(response.status_code, content.decode("utf-8", "replace"), seconds)
