"""Client of an OpenAI-compatible chat endpoint: POST requests with limits, each retried at most once (docs/llm.md).

The URL comes from the operator's settings, never from a page, so it may be local or private, and robots.txt does not
apply. Responses are not archived, because they are not a source. Redirects are not followed, so that the key is sent
only to the configured host. The key is never sent over plain http to a public address, and no message contains it.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable

import certifi
import requests
from requests.structures import CaseInsensitiveDict

from ingest.config.settings import LlmSettings
from ingest.errors import FetchError
from ingest.fetch.client import _NoCookies, _Session
from ingest.fetch.deadline import Watchdog
from ingest.fetch.error_mapping import to_fetch_error
from ingest.fetch.http_body import BodyError, check_framing, read_body, unpack
from ingest.fetch.ssrf_guard import Connector, GuardedAdapter, Resolver, refusal, target

_log = logging.getLogger("suowen.model")
#: seconds before the second try; longest Retry-After, in seconds, that is waited for; not measured
PAUSE, PATIENCE = 1.0, 20.0
#: Number of consecutive failures after which requests are suspended, and seconds of the suspension. Otherwise an
#: endpoint that is down would delay each article by the deadline of a request; not measured
FAILURES, REST = 3, 600.0
#: maximum decompression ratio, as for pages (FetchSettings.max_ratio)
RATIO = 200
#: classes of addresses that are blocked for pages but allowed for the operator's endpoint
_LOCAL = frozenset({"loopback", "private", "carrier-grade NAT"})


class _LlmConnector(Connector):
    """Connector that also allows loopback and private addresses.

    With `secret_in_clear` (the key is sent by plain HTTP) it allows only these.
    """

    def __init__(self, resolver: Resolver, secret_in_clear: bool) -> None:
        super().__init__(resolver, loopback=True)
        self._secret_in_clear = secret_in_clear

    def refused(self, address: str) -> str | None:
        why = refusal(address)
        if why is None and self._secret_in_clear:
            return "public: over plain http the key would be readable on the network"
        return None if why in _LOCAL else why


class LlmClient:
    """Client of one configured endpoint. Thread-safe: every request has a connection of its own.

    `sleep` takes seconds, `monotonic` returns seconds. `resolver` and `cafile` let tests supply host names and
    certificates.
    """

    def __init__(
        self,
        settings: LlmSettings,
        *,
        user_agent: str = "Suowen",
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        resolver: Resolver | None = None,
        cafile: str | None = None,
    ) -> None:
        self.settings = settings
        address = settings.url.removesuffix("/chat/completions")
        self.url = f"{address}/chat/completions"
        self._where = target(self.url)
        self._sleep, self._monotonic = sleep, monotonic
        self._resolver = resolver or Resolver()
        self._context = ssl.create_default_context(cafile=cafile or certifi.where())
        self._watchdog = Watchdog()
        self._lock = threading.Lock()
        self._failed, self._rests_until = 0, float("-inf")
        self._headers = [
            ("User-Agent", user_agent),
            ("Accept", "application/json"),
            ("Accept-Encoding", "gzip"),
            ("Content-Type", "application/json"),
            ("Connection", "close"),
        ]
        if settings.key:
            self._headers.append(("Authorization", f"Bearer {settings.key}"))

    def suspended(self) -> bool:
        """Return whether requests are suspended after consecutive failures; the caller must then not send any."""
        with self._lock:
            return self._monotonic() < self._rests_until

    def post(self, request: bytes, may_retry: Callable[[], bool]) -> bytes:
        """Send a JSON request and return the body of the response.

        Retries once after 429, 5xx or a failed connection, if the pause before the retry is at most PATIENCE seconds
        and `may_retry()` is true. Raises FetchError.
        """
        try:
            return self._try(request)
        except FetchError as error:
            pause = PAUSE if error.retry_after is None else error.retry_after
            if error.code not in ("network", "server-error", "paused") or pause > PATIENCE or not may_retry():
                raise
        self._sleep(pause)
        return self._try(request)

    def record_result(self, *, good: bool) -> None:
        """Record whether a response was usable.

        FAILURES unusable responses in a row suspend requests for REST seconds.
        """
        with self._lock:
            self._failed = 0 if good else self._failed + 1
            if self._failed >= FAILURES:
                self._failed, self._rests_until = 0, self._monotonic() + REST
                _log.warning(
                    "the model at %s failed %d times in a row; requests are suspended for %.0f s",
                    self._where.origin,
                    FAILURES,
                    REST,
                )

    def _try(self, request: bytes) -> bytes:
        """Send one request and return the body of the response.

        The deadline covers name lookup, connection, sending and the whole response.
        """
        connector = _LlmConnector(self._resolver, self._where.scheme == "http" and bool(self.settings.key))
        connector.connect_by = connector.end_by = time.monotonic() + self.settings.deadline
        timeout = FetchError(self.url, "timeout", f"no response within {self.settings.deadline:g} s")
        with _Session() as session:
            session.trust_env = False
            session.cookies = _NoCookies()
            session.mount(f"{self._where.scheme}://", GuardedAdapter(connector, self._context))
            self._watchdog.watch(connector.deadline, connector.end_by)
            try:
                return self._exchange(session, connector, request, timeout)
            finally:
                self._watchdog.ignore(connector.deadline)
                connector.deadline.reset()

    def _exchange(self, session: requests.Session, connector: Connector, request: bytes, timeout: FetchError) -> bytes:
        prepared = requests.PreparedRequest()
        prepared.prepare_method("POST")
        prepared.prepare_url(self.url, None)
        prepared.headers = CaseInsensitiveDict([*self._headers, ("Content-Length", str(len(request)))])
        prepared.body = request
        try:
            response = session.send(prepared, stream=True, allow_redirects=False, timeout=self.settings.deadline)
        except Exception as error:
            over = connector.deadline.expired or time.monotonic() >= connector.end_by
            raise to_fetch_error(self.url, error, timeout if over else None) from None
        try:
            body = self._body(response)
        except BodyError as error:
            raise timeout if connector.deadline.expired else FetchError(self.url, error.code, error.detail) from None
        finally:
            response.raw.close()
        if connector.deadline.expired:
            raise timeout
        return body

    def _body(self, response: requests.Response) -> bytes:
        """Return the body of a 200 response. Raises FetchError for another status, BodyError for a damaged body."""
        raw = response.raw
        headers = tuple(raw.headers.iteritems())
        check_framing(headers, raw.status)
        if raw.status != 200:
            # The body of an error is not reported, because some endpoints repeat the key in it.
            header = raw.headers.get("Retry-After", "").strip()
            wait = float(header[:9]) if header.isascii() and header.isdigit() else None
            code = "paused" if raw.status == 429 else "server-error" if raw.status >= 500 else "refused"
            raise FetchError(self.url, code, f"the endpoint returned {raw.status}", retry_after=wait)
        size = self.settings.max_size
        body, _ = read_body(raw, size)
        return unpack(body, raw.headers.get("Content-Encoding"), size, RATIO)
