"""URL -> Page over HTTP: polite, bounded, archived before anyone reads it. The one gate to the net."""

from __future__ import annotations

import contextlib
import re
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar
from urllib.parse import quote, urljoin

import certifi
import requests
import urllib3.exceptions
from requests.structures import CaseInsensitiveDict

from ingest.config.settings import FetchSettings
from ingest.errors import FetchError
from ingest.fetch.archive import Archive
from ingest.fetch.charset import decode
from ingest.fetch.deadline import Watchdog
from ingest.fetch.errors import LastingError, explain
from ingest.fetch.http_body import (
    ACCEPT_ENCODING,
    PIECE,
    Cut,
    Exchange,
    WireError,
    binary,
    check_framing,
    plain,
    read_body,
    unpack,
)
from ingest.fetch.rate_limit import PATIENCE, RateLimiter, backoff, gap, jitter, retry_after
from ingest.fetch.robots import MAX_HOPS, MAX_SIZE, Robots, RobotsResponse
from ingest.fetch.ssrf_guard import Connector, GuardedAdapter, Resolver, Target, target
from ingest.fetch.warc_records import folded
from ingest.model import Page, Source
from store.records import Capture, Validators

#: "further": a later page of an article, never an article by itself
_T = TypeVar("_T")
Kind = Literal["article", "further", "listing", "robots"]

#: outcomes that another try may mend
_PASSING = frozenset({"network", "server-error", "incomplete"})
#: so many hosts out of reach in a row mean that our own network is down; not measured
OFFLINE = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: sessions kept; the one longest unused goes first. Measured: a session without connections holds 4 KB
_SESSIONS = 256
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page, where it is archived, and what to ask with next time.

    `complete` is False when nothing proves that the body is whole (no length, no end mark): such a page may add text
    but must not be taken as proof that text was removed.
    """

    page: Page
    capture: Capture
    validators: Validators
    complete: bool = True


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed since `validators` were given; they are to be stored as they are here."""

    url: str
    at: datetime
    validators: Validators


@dataclass(slots=True)
class _Host:
    """One host's session with the door its connections go through."""

    session: requests.Session
    door: Connector
    lock: threading.Lock


@dataclass(slots=True)
class _Trip:
    """One walk from a URL through its redirects to an answer."""

    url: str
    kind: Kind
    source: Source
    extra: tuple[tuple[str, str], ...]
    #: seconds left of the deadline; waiting for a host's turn does not count
    left: float
    #: what an address that is none is called: "bad-url", on a redirect "bad-redirect"
    code: str = "bad-url"


class _Session(requests.Session):
    """requests reads the body of every redirect, however long it is, even with allow_redirects=False; not this one."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _NoCookies(requests.cookies.RequestsCookieJar):
    """No cookie is kept, none is sent."""

    def set_cookie(self, cookie: object, *args: object, **kwargs: object) -> None:
        return None

    def extract_cookies(self, response: object, request: object) -> None:
        return None


class Fetcher:
    """Fetches URLs into pages. Thread-safe: threads that want the same host take turns.

    `clock` gives aware datetimes and `sleep` takes seconds; both are injected so that tests need not wait. Deadlines
    run on the monotonic clock always. `resolver` and `cafile` exist for tests with names and certificates of their own.
    """

    def __init__(
        self,
        settings: FetchSettings,
        archive: Archive,
        pace: RateLimiter,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        resolver: Resolver | None = None,
        cafile: str | None = None,
    ) -> None:
        self._settings, self._archive, self._pace = settings, archive, pace
        self._clock, self._sleep = clock, sleep
        self._resolver = resolver or Resolver()
        self._context = ssl.create_default_context(cafile=cafile or certifi.where())
        self._watchdog = Watchdog()
        self._lock = threading.Lock()
        #: hosts that could not be reached since the last answer of anybody
        self._unreached: set[str] = set()
        self._hosts: OrderedDict[tuple[str, bool], _Host] = OrderedDict()
        agent = f"{settings.user_agent} (+{settings.contact})" if settings.contact else settings.user_agent
        self._headers = (
            ("User-Agent", agent),
            ("Accept", ACCEPT),
            ("Accept-Encoding", ACCEPT_ENCODING),
            ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.3"),
            ("Connection", "keep-alive"),
        )
        self._robots = Robots(re.split(r"[\s/]", settings.user_agent.strip(), maxsplit=1)[0].lower(), clock)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection. The archive and the pace are the caller's."""
        with self._lock:
            hosts, self._hosts = list(self._hosts.values()), OrderedDict()
        for host in hosts:
            host.session.close()

    def fetch(
        self,
        url: str,
        *,
        kind: Literal["article", "further", "listing"],
        source: Source,
        validators: Validators | None = None,
        attempt: str | None = None,
    ) -> Fetched | NotModified:
        """The page at `url`, or word that it has not changed since `validators`.

        Waits its turn at the host, asks robots.txt, follows redirects through the same gate, tries again after passing
        failures, and writes the answer to the archive before returning. Raises FetchError; its code is an outcome.
        """
        return self._persist(lambda: self._fetch(url, kind, source, validators, attempt))

    @property
    def offline(self) -> bool:
        """The last OFFLINE hosts or more could all not be reached: it is our network that is down, not theirs."""
        return len(self._unreached) >= OFFLINE

    # --- one try ---------------------------------------------------------------------------------------------------

    def _persist(self, action: Callable[[], _T]) -> _T:
        """The result of `action`, tried again with growing pauses after failures that may pass."""
        tries = 0
        while True:
            tries += 1
            try:
                return action()
            except FetchError as error:
                if tries > self._settings.retries or not _passing(error):
                    raise
            self._sleep(backoff(tries, self._settings.backoff, jitter()))

    def _fetch(
        self, url: str, kind: Kind, source: Source, validators: Validators | None, attempt: str | None
    ) -> Fetched | NotModified:
        asked = self._conditions(validators)
        exchange = self._follow(url, kind, source, asked)
        if exchange.status == 304:
            if validators is None or not asked:
                raise FetchError(url, "protocol-error", "304 to a request that named no earlier answer")
            known = replace(
                validators, checks=validators.checks + 1, etag=_short(exchange.header("etag")) or validators.etag
            )
            return NotModified(url, exchange.fetched_at, known)
        return self._keep(exchange, kind, source, attempt)

    def _conditions(self, known: Validators | None) -> tuple[tuple[str, str], ...]:
        """Headers that ask for the page only if it changed; none when a full fetch is due (some always say 304)."""
        settings = self._settings
        if known is None or known.full_at is None or known.checks + 1 >= settings.full_every:
            return ()
        if self._clock() - known.full_at >= timedelta(days=settings.full_after_days):
            return ()
        pairs = (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified))
        return tuple((name, value) for name, value in pairs if value)

    def _follow(self, url: str, kind: Kind, source: Source, extra: Sequence[tuple[str, str]]) -> Exchange:
        """The answer at the end of the redirects. Each hop passes guard, robots.txt and the pace of its own host."""
        trip = _Trip(url, kind, source, tuple(extra), self._settings.deadline)
        here = url
        hops = MAX_HOPS if kind == "robots" else self._settings.max_redirects
        for hop in range(hops + 1):
            where = target(here, trip.code)
            delay = source.delay if kind == "robots" else self._allowed(url, here, where, source)
            try:
                exchange = self._visit(trip, here, where, delay)
            except FetchError as error:
                if kind == "robots" and hop and error.code == "blocked-address":
                    raise FetchError(url, "bad-redirect", error.detail) from error
                raise
            if exchange.status not in _REDIRECTS:
                return self._judged(exchange, where, kind)
            here, trip.code = _next(exchange, here), "bad-redirect"
        raise FetchError(url, "bad-redirect", f"more than {hops} redirects")

    def _allowed(self, url: str, here: str, where: Target, source: Source) -> float:
        """Seconds to leave the host alone after a visit. Raises FetchError where robots.txt keeps us out."""

        def once(robots_url: str) -> RobotsResponse:
            exchange = self._follow(robots_url, "robots", source, ())
            if exchange.status >= 500:
                raise FetchError(robots_url, "server-error", f"the server answered {exchange.status}")
            return RobotsResponse(exchange.status, self._robots_body(exchange, source))

        try:
            delay = self._robots.check(here, where.origin, lambda robots: self._persist(lambda: once(robots)))
        except FetchError as error:
            raise FetchError(url, error.code, error.detail, retry_after=error.retry_after) from error
        return gap(source.delay, delay)

    def _robots_body(self, exchange: Exchange, source: Source) -> bytes:
        if exchange.status != 200:
            return b""
        if len(exchange.body) >= MAX_SIZE:
            exchange = replace(exchange, cut="length")
        self._archive.write(exchange, kind="robots", source=source.name, zone=source.zone, owed=False)
        try:
            return unpack(exchange.body, exchange.header("content-encoding"), MAX_SIZE, 10**6, cut_ok=True)
        except WireError as error:
            raise FetchError(exchange.url, error.code, error.detail) from error

    def _judged(self, exchange: Exchange, where: Target, kind: Kind) -> Exchange:
        """The answer when its status lets us go on, and its host's wishes told to the pace. Raises FetchError."""
        status, url = exchange.status, exchange.url
        if status in (429, 503):
            asked = retry_after(exchange.header("retry-after"), exchange.fetched_at)
            if status == 429 or asked is not None:
                seconds = self._pace.pause(where.host, asked)
                if kind != "robots":
                    raise FetchError(
                        url, "paused", f"{status}: the host asked for {seconds:.0f} s of silence", retry_after=seconds
                    )
        elif status < 500:
            self._pace.answered(where.host)
        if kind == "robots" or status in (200, 203, 304):
            return exchange
        if status in (404, 410):
            raise FetchError(url, "gone", f"the server answered {status}")
        if status >= 500 or status == 408:
            raise FetchError(url, "server-error", f"the server answered {status}")
        if status >= 400:
            raise FetchError(url, "refused", f"the server answered {status}")
        if status >= 300:
            raise FetchError(url, "bad-redirect", f"the server answered {status}, which leads nowhere")
        raise FetchError(url, "protocol-error", f"the server answered {status}, which is no page")

    def _keep(self, exchange: Exchange, kind: Kind, source: Source, attempt: str | None) -> Fetched:
        """Archive the answer, then judge its bytes. Raises FetchError for what cannot be a page."""
        url = exchange.url
        wrong: FetchError | None = None
        content = b""
        try:
            content = unpack(
                exchange.body, exchange.header("content-encoding"), self._settings.max_body, self._settings.max_ratio
            )
        except WireError as error:
            exchange = replace(exchange, cut=error.cut)
            wrong = FetchError(url, error.code, error.detail)
        content_type = exchange.header("content-type")
        what = binary(content, content_type) if wrong is None else None
        text, encoding, origin = "", "binary", "default"
        if what is not None and kind in ("article", "further"):
            wrong = FetchError(url, "not-html", f"the page is {what}")
        elif what is None and wrong is None:
            decoded = decode(content, content_type)
            text, encoding, origin = decoded.text, decoded.encoding, decoded.origin
            if decoded.undecodable:
                wrong = FetchError(
                    url,
                    "undecodable",
                    f"{decoded.replaced:,} of {len(text):,} characters do not decode as {encoding} ({origin})",
                )
        if wrong is not None:
            self._archive.write(exchange, kind=kind, source=source.name, zone=source.zone, owed=False)
            raise wrong
        capture = self._archive.write(exchange, kind=kind, source=source.name, zone=source.zone, attempt=attempt)
        page = Page(
            url=url,
            final_url=exchange.final_url,
            status=exchange.status,
            headers=folded(exchange.headers),
            content=content,
            text=text,
            encoding=encoding,
            encoding_origin=origin,
            fetched_at=exchange.fetched_at,
            zone=source.zone,
        )
        # An end tag is as good a proof as a length, and so is the end mark of a compressed body.
        packed = content is not exchange.body
        complete = exchange.certain or packed or b"</html>" in content[-200:].lower()
        known = Validators(url, full_at=exchange.fetched_at)
        if complete:
            known = replace(
                known, etag=_short(exchange.header("etag")), last_modified=_short(exchange.header("last-modified"))
            )
        return Fetched(page, capture, known, complete)

    # --- one request -----------------------------------------------------------------------------------------------

    def _visit(self, trip: _Trip, here: str, where: Target, delay: float) -> Exchange:
        """Wait for the host, then one request and its answer. The wait is not counted against the deadline."""
        with self._pace.turn(where.host, delay, trip.url):
            if trip.left <= 0:
                raise self._late(trip.url)
            host = self._host(where.host, trip.source.loopback)
            with host.lock:
                now = time.monotonic()
                door = host.door
                door.connect_by, door.end_by = now + min(self._settings.connect_timeout, trip.left), now + trip.left
                self._watchdog.watch(door.leash, door.end_by)
                try:
                    exchange = self._exchange(trip, here, where, host)
                except FetchError as error:
                    if error.code == "network":
                        self._unreached.add(where.host)
                    raise
                finally:
                    self._watchdog.ignore(door.leash)
                    door.leash.reset()
                    trip.left -= time.monotonic() - now
        self._unreached.clear()
        return exchange

    def _exchange(self, trip: _Trip, here: str, where: Target, host: _Host) -> Exchange:
        url, headers = trip.url, (*self._headers, *trip.extra)
        try:
            # Session.prepare_request merges settings, cookies and hooks that are all empty here; it was a fifth of the
            # CPU time of a page (profiled).
            prepared = requests.PreparedRequest()
            prepared.prepare_method("GET")
            prepared.prepare_url(here, None)
            prepared.headers = CaseInsensitiveDict(headers)
            if target(prepared.url or "", trip.code) != where:
                raise ValueError("parsers disagree about its host")
        except (requests.RequestException, ValueError, urllib3.exceptions.HTTPError) as error:
            raise FetchError(url, trip.code, f"no request can be made of it: {plain(error)}") from error
        try:
            response = self._send(prepared, host)
        except Exception as error:
            late = host.door.leash.pulled or time.monotonic() >= host.door.end_by
            raise explain(url, error, self._late(url) if late else None) from error
        try:
            final = here if here.isascii() else prepared.url or here
            return self._answer(trip, final, response, headers, host)
        finally:
            # A connection whose answer was read to its end has gone back to the pool; this cuts every other.
            response.raw.close()

    def _send(self, prepared: requests.PreparedRequest, host: _Host) -> requests.Response:
        host.door.fresh = False
        while True:
            left = max(0.001, host.door.end_by - time.monotonic())
            timeout = (self._settings.connect_timeout, left)
            try:
                return host.session.send(prepared, stream=True, allow_redirects=False, timeout=timeout)
            except requests.exceptions.ConnectionError:
                # A connection kept from an earlier visit may have been closed by the server while it lay idle: that is
                # no failure of the host (RFC 9112 section 9.3.1).
                if host.door.fresh or host.door.leash.pulled:
                    raise

    def _answer(
        self, trip: _Trip, here: str, response: requests.Response, sent: Sequence[tuple[str, str]], host: _Host
    ) -> Exchange:
        raw = response.raw
        headers = tuple(raw.headers.iteritems())
        exchange = Exchange(trip.url, here, sent, raw.status, raw.reason or "", headers, b"", self._clock())
        try:
            check_framing(headers, raw.status)
            if raw.status not in (200, 203, 304):
                _drain(raw)
                return exchange
            enough = MAX_SIZE if trip.kind == "robots" else None
            content_type = exchange.header("content-type")
            pick = trip.kind in ("article", "further") and not exchange.header("content-encoding")
            refuse = (lambda head: binary(head, content_type)) if pick else None
            body, certain = read_body(raw, self._settings.max_wire, enough, refuse)
            if host.door.leash.pulled:
                raise WireError("timeout", "the deadline passed", body, "time")
        except WireError as error:
            raise self._broken(replace(exchange, body=error.body), error, trip, host) from error
        return replace(exchange, body=body, certain=certain)

    def _broken(self, exchange: Exchange, error: WireError, trip: _Trip, host: _Host) -> FetchError:
        """The failure as a FetchError; what came of the body is archived, marked as cut."""
        late = host.door.leash.pulled
        if exchange.body and trip.kind != "robots":
            cut: Cut = "time" if late else error.cut or "disconnect"
            self._archive.write(
                replace(exchange, cut=cut), kind=trip.kind, source=trip.source.name, zone=trip.source.zone, owed=False
            )
        if late:
            return self._late(exchange.url)
        return FetchError(exchange.url, error.code, error.detail)

    def _late(self, url: str) -> FetchError:
        return FetchError(url, "timeout", f"not answered within {self._settings.deadline:g} s")

    def _host(self, name: str, loopback: bool) -> _Host:
        """The session of a host; the connections of a source that may visit loopback are not shared with others."""
        key = (name, loopback)
        with self._lock:
            host = self._hosts.get(key)
            if host is not None:
                self._hosts.move_to_end(key)
                return host
            host = self._hosts[key] = self._new_host(loopback)
            old: list[_Host] = []
            if len(self._hosts) > _SESSIONS:
                # A host that waits for its turn may lose its session here and simply gets another.
                spare = [k for k, h in self._hosts.items() if not h.lock.locked() and k != key]
                old = [self._hosts.pop(k) for k in spare[: len(self._hosts) - _SESSIONS]]
        for gone in old:
            gone.session.close()
        return host

    def _new_host(self, loopback: bool) -> _Host:
        door = Connector(self._resolver, loopback)
        session = _Session()
        session.trust_env = False
        session.headers = CaseInsensitiveDict()
        session.cookies = _NoCookies()
        session.adapters.clear()
        adapter = GuardedAdapter(door, self._context)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return _Host(session, door, threading.Lock())


def _passing(error: FetchError) -> bool:
    """Another try may mend it: a short pause that the host asked for is waited out by the pace."""
    if error.code == "paused":
        return error.retry_after is not None and error.retry_after <= PATIENCE
    return error.code in _PASSING and not isinstance(error, LastingError)


def _next(exchange: Exchange, here: str) -> str:
    """Where a redirect leads. Raises FetchError "bad-redirect"."""
    location = exchange.header("location")
    if not location:
        raise FetchError(exchange.url, "bad-redirect", f"the server answered {exchange.status} without saying where to")
    try:
        # http.client reads header bytes as latin-1; an address is UTF-8 or nothing.
        words = location.encode("latin-1").decode("utf-8").strip()
        return urljoin(here, quote(words, safe="!#$%&'()*+,/:;=?@[]~"))
    except (UnicodeError, ValueError) as error:
        raise FetchError(exchange.url, "bad-redirect", f"the redirect leads to no address: {plain(error)}") from error


def _drain(raw: urllib3.HTTPResponse) -> None:
    """Let a connection live on after an error with a small body. Anything larger or without a length is not read."""
    length = raw.length_remaining
    if length is None or raw.chunked or length > (0 if raw.status in _REDIRECTS else PIECE):
        return
    with contextlib.suppress(WireError):
        read_body(raw, PIECE)


def _short(value: str | None) -> str | None:
    """A validator worth keeping: on one line, of a sane length."""
    return value if value and len(value) <= 1_000 and value.isprintable() else None
