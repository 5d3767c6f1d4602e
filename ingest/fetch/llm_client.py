"""Questions to a model's endpoint: one POST through the same bounded gate as everything else (docs/llm.md).

The address comes from the operator's settings, never from a page: it may be on this machine or in a private network,
and no robots.txt is asked. It is not archived: an answer is no source of anything. Redirects are not followed, so that
the key goes where it was meant to go, and over plain http it goes to no public address. The key is in no message.
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
from ingest.fetch.errors import explain
from ingest.fetch.http_body import WireError, check_framing, read_body, unpack
from ingest.fetch.ssrf_guard import Connector, GuardedAdapter, Resolver, refusal, target

_log = logging.getLogger("suowen.model")
#: seconds before the second try, and the longest Retry-After that is waited out; not measured
PAUSE, PATIENCE = 1.0, 20.0
#: failures in a row after which nothing is asked for so many seconds: an endpoint that is down must not cost every
#: article its deadline; not measured
FAILURES, REST = 3, 600.0
#: an unpacked answer is at most so many times as large as the packed one; that of pages (FetchSettings.max_ratio)
RATIO = 200
#: what an operator's endpoint may be and a page's address may not
_OWN = frozenset({"loopback", "private", "carrier-grade NAT"})


class _LlmConnector(Connector):
    """A door to the operator's endpoint."""

    def __init__(self, resolver: Resolver, secret_in_clear: bool) -> None:
        super().__init__(resolver, loopback=True)
        self._secret_in_clear = secret_in_clear

    def refused(self, address: str) -> str | None:
        why = refusal(address)
        if why is None and self._secret_in_clear:
            return "public: over plain http everybody on the way could read the key"
        return None if why in _OWN else why


class LlmClient:
    """Asks one configured endpoint. Thread-safe: every request has a connection of its own.

    `sleep` takes seconds. `resolver` and `cafile` exist for tests with names and certificates of their own.
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
        """So many requests failed one after another that none is made for a while."""
        with self._lock:
            return self._monotonic() < self._rests_until

    def post(self, question: bytes, again: Callable[[], bool]) -> bytes:
        """The body of the answer to a JSON request.

        A second try is made after 429, 5xx and a connection that failed, when `again` says that it may. Raises
        FetchError.
        """
        try:
            return self._try(question)
        except FetchError as error:
            pause = PAUSE if error.retry_after is None else error.retry_after
            if error.code not in ("network", "server-error", "paused") or pause > PATIENCE or not again():
                raise
        self._sleep(pause)
        return self._try(question)

    def record_result(self, *, good: bool) -> None:
        """Say whether an answer was of use. After FAILURES in a row that were not, the endpoint is left alone."""
        with self._lock:
            self._failed = 0 if good else self._failed + 1
            if self._failed >= FAILURES:
                self._failed, self._rests_until = 0, self._monotonic() + REST
                _log.warning(
                    "the model at %s failed %d times in a row; it is not asked for %.0f s",
                    self._where.origin,
                    FAILURES,
                    REST,
                )

    def _try(self, question: bytes) -> bytes:
        """One request. The deadline covers name lookup, connection, sending and the whole answer."""
        door = _LlmConnector(self._resolver, self._where.scheme == "http" and bool(self.settings.key))
        door.connect_by = door.end_by = time.monotonic() + self.settings.deadline
        late = FetchError(self.url, "timeout", f"not answered within {self.settings.deadline:g} s")
        with _Session() as session:
            session.trust_env = False
            session.cookies = _NoCookies()
            session.mount(f"{self._where.scheme}://", GuardedAdapter(door, self._context))
            self._watchdog.watch(door.leash, door.end_by)
            try:
                return self._exchange(session, door, question, late)
            finally:
                self._watchdog.ignore(door.leash)
                door.leash.reset()

    def _exchange(self, session: requests.Session, door: Connector, question: bytes, late: FetchError) -> bytes:
        prepared = requests.PreparedRequest()
        prepared.prepare_method("POST")
        prepared.prepare_url(self.url, None)
        prepared.headers = CaseInsensitiveDict([*self._headers, ("Content-Length", str(len(question)))])
        prepared.body = question
        try:
            response = session.send(prepared, stream=True, allow_redirects=False, timeout=self.settings.deadline)
        except Exception as error:
            over = door.leash.pulled or time.monotonic() >= door.end_by
            raise explain(self.url, error, late if over else None) from None
        try:
            body = self._body(response)
        except WireError as error:
            raise late if door.leash.pulled else FetchError(self.url, error.code, error.detail) from None
        finally:
            response.raw.close()
        if door.leash.pulled:
            raise late
        return body

    def _body(self, response: requests.Response) -> bytes:
        """The answer's bytes. Raises FetchError for a status that is no answer, WireError for a body that is none."""
        raw = response.raw
        headers = tuple(raw.headers.iteritems())
        check_framing(headers, raw.status)
        if raw.status != 200:
            # What an error's body says is not told: some endpoints repeat the key there.
            wait = raw.headers.get("Retry-After", "").strip()
            asked = float(wait[:9]) if wait.isascii() and wait.isdigit() else None
            code = "paused" if raw.status == 429 else "server-error" if raw.status >= 500 else "refused"
            raise FetchError(self.url, code, f"the endpoint answered {raw.status}", retry_after=asked)
        size = self.settings.max_size
        body, _ = read_body(raw, size)
        return unpack(body, raw.headers.get("Content-Encoding"), size, RATIO)
