"""HTTP client: fetches URLs within limits, follows robots.txt and rate limits, and archives every page."""

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
from ingest.fetch.charset import decode
from ingest.fetch.deadline import Watchdog
from ingest.fetch.error_mapping import PermanentError, to_fetch_error
from ingest.fetch.http_body import (
    ACCEPT_ENCODING,
    PIECE,
    BodyError,
    Cut,
    Exchange,
    binary,
    check_framing,
    plain,
    read_body,
    unpack,
)
from ingest.fetch.rate_limit import PATIENCE, RateLimiter, backoff, gap, jitter, retry_after
from ingest.fetch.raw_archive import Archive
from ingest.fetch.robots import MAX_HOPS, MAX_SIZE, Robots, RobotsResponse
from ingest.fetch.ssrf_guard import Connector, GuardedAdapter, Resolver, Target, target
from ingest.fetch.warc_parsers import fold_headers
from ingest.pipeline_types import Page, Source
from ingest.urls import canonical, key, split_url
from store.records import Capture, Validators

_T = TypeVar("_T")
#: kind of a request; "further": for a page of an article after its first
Kind = Literal["article", "further", "listing", "robots"]

#: outcome codes for which a retry may succeed
_TRANSIENT = frozenset({"network", "server-error", "incomplete"})
#: number of consecutive unreachable hosts after which the local network counts as down; not measured
OFFLINE = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: maximum number of open sessions; above it, the least recently used session that is not in use is closed. A session
#: without connections takes 4 KB (measured)
_SESSIONS = 256
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched page, its location in the archive, and the validators for the next request.

    `complete` is False if the body may be incomplete, because it has neither a declared length nor an end mark. Text
    that is missing from such a page must not count as removed from the site.
    """

    page: Page
    capture: Capture
    validators: Validators
    complete: bool = True


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304 response. `validators` are the updated ones, which replace the stored ones."""

    url: str
    at: datetime
    validators: Validators


@dataclass(slots=True)
class _Host:
    """Session of a host, the connector that its connections use, and a lock held during each request."""

    session: requests.Session
    connector: Connector
    lock: threading.Lock


@dataclass(slots=True)
class _RedirectChain:
    """State of one fetch, from the requested URL through its redirects."""

    url: str
    kind: Kind
    source: Source
    extra: tuple[tuple[str, str], ...]
    #: remaining seconds of the deadline; time spent waiting for a host does not count
    left: float
    #: outcome code if an address is invalid: "bad-url", after a redirect "bad-redirect"
    code: str = "bad-url"


class _Session(requests.Session):
    """Session that does not read the bodies of redirects; requests reads them even with allow_redirects=False."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _NoCookies(requests.cookies.RequestsCookieJar):
    """Cookie jar that stores no cookies and sends none."""

    def set_cookie(self, cookie: object, *args: object, **kwargs: object) -> None:
        return None

    def extract_cookies(self, response: object, request: object) -> None:
        return None


class Fetcher:
    """HTTP client for pages. Thread-safe: threads that fetch from the same host take turns.

    `clock` returns aware datetimes and `sleep` takes seconds; tests inject both so that they need not wait. Deadlines
    always use the monotonic clock. `resolver` and `cafile` let tests supply host names and certificates.
    """

    def __init__(
        self,
        settings: FetchSettings,
        archive: Archive,
        limiter: RateLimiter,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        resolver: Resolver | None = None,
        cafile: str | None = None,
    ) -> None:
        self._settings, self._archive, self._limiter = settings, archive, limiter
        self._clock, self._sleep = clock, sleep
        self._resolver = resolver or Resolver()
        self._context = ssl.create_default_context(cafile=cafile or certifi.where())
        self._watchdog = Watchdog()
        self._lock = threading.Lock()
        #: hosts that could not be reached since the last response of any host
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
        """Close all connections. The archive and the rate limiter belong to the caller and stay open."""
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
        address_of: Callable[[str, str], str] | None = None,
    ) -> Fetched | NotModified:
        """Fetch the page at `url`. Returns NotModified if it has not changed since `validators`.

        Waits for the host, checks robots.txt, follows redirects with the same checks, retries after transient failures,
        and writes the response to the archive before returning. `attempt` determines the id of the archive record
        (see `Archive.write`). Raises FetchError, whose code is an outcome code, and ArchiveError if the archive fails.

        `address_of(url, final)` is called if redirects led to the address of another article, `final` (canonical). It
        returns the URL under which the page is archived and returned. In all other cases, this URL is `url`.
        """
        return self._with_retries(lambda: self._fetch(url, kind, source, validators, attempt, address_of))

    @property
    def offline(self) -> bool:
        """Whether the local network seems to be down: at least OFFLINE hosts in a row were unreachable."""
        return len(self._unreached) >= OFFLINE

    # --- one fetch -------------------------------------------------------------------------------------------------

    def _with_retries(self, action: Callable[[], _T]) -> _T:
        """Return the result of `action`, repeating it after transient failures, at most `retries` times.

        The pauses between the tries grow.
        """
        tries = 0
        while True:
            tries += 1
            try:
                return action()
            except FetchError as error:
                if tries > self._settings.retries or not _is_transient(error):
                    raise
            self._sleep(backoff(tries, self._settings.backoff, jitter()))

    def _fetch(
        self,
        url: str,
        kind: Kind,
        source: Source,
        validators: Validators | None,
        attempt: str | None,
        address_of: Callable[[str, str], str] | None,
    ) -> Fetched | NotModified:
        conditions = self._conditions(validators)
        exchange = self._follow(url, kind, source, conditions)
        if exchange.status == 304:
            if validators is None or not conditions:
                raise FetchError(url, "protocol-error", "304 to an unconditional request")
            known = replace(
                validators,
                checks=validators.checks + 1,
                etag=_checked_validator(exchange.header("etag")) or validators.etag,
            )
            return NotModified(url, exchange.fetched_at, known)
        if address_of is not None and (final := _other_address(url, exchange.final_url)):
            exchange = replace(exchange, url=address_of(url, final))
        return self._archived(exchange, kind, source, attempt)

    def _conditions(self, known: Validators | None) -> tuple[tuple[str, str], ...]:
        """Return the headers for a conditional request; () without validators, or if a full fetch is due.

        Full fetches are repeated regularly, because some servers always answer 304.
        """
        settings = self._settings
        if known is None or known.full_at is None or known.checks + 1 >= settings.full_every:
            return ()
        if self._clock() - known.full_at >= timedelta(days=settings.full_after_days):
            return ()
        pairs = (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified))
        return tuple((name, value) for name, value in pairs if value)

    def _follow(self, url: str, kind: Kind, source: Source, extra: Sequence[tuple[str, str]]) -> Exchange:
        """Return the response after following redirects.

        SSRF guard, rate limit and robots.txt apply to each hop; requests for a robots.txt are exempt from robots.txt.
        """
        chain = _RedirectChain(url, kind, source, tuple(extra), self._settings.deadline)
        here = url
        hops = MAX_HOPS if kind == "robots" else self._settings.max_redirects
        for hop in range(hops + 1):
            where = target(here, chain.code)
            delay = source.delay if kind == "robots" else self._check_robots(url, here, where, source)
            try:
                exchange = self._request(chain, here, where, delay)
            except FetchError as error:
                if kind == "robots" and hop and error.code == "blocked-address":
                    raise FetchError(url, "bad-redirect", error.detail) from error
                raise
            if exchange.status not in _REDIRECTS:
                return self._check_status(exchange, where, kind)
            here, chain.code = _redirect_location(exchange, here), "bad-redirect"
        raise FetchError(url, "bad-redirect", f"more than {hops} redirects")

    def _check_robots(self, url: str, here: str, where: Target, source: Source) -> float:
        """Return the seconds between two requests to the host.

        Raises FetchError if robots.txt forbids `here` or cannot be fetched.
        """

        def fetch_robots(robots_url: str) -> RobotsResponse:
            exchange = self._follow(robots_url, "robots", source, ())
            if exchange.status >= 500:
                raise FetchError(robots_url, "server-error", f"the server returned {exchange.status}")
            return RobotsResponse(exchange.status, self._robots_body(exchange, source))

        try:
            delay = self._robots.check(
                here, where.origin, lambda robots: self._with_retries(lambda: fetch_robots(robots))
            )
        except FetchError as error:
            raise FetchError(url, error.code, error.detail, retry_after=error.retry_after) from error
        return gap(source.delay, delay)

    def _robots_body(self, exchange: Exchange, source: Source) -> bytes:
        if exchange.status != 200:
            return b""
        if len(exchange.body) >= MAX_SIZE:
            exchange = replace(exchange, cut="length")
        self._archive.write(exchange, kind="robots", source=source.name, zone=source.zone, pending=False)
        try:
            return unpack(exchange.body, exchange.header("content-encoding"), MAX_SIZE, 10**6, cut_ok=True)
        except BodyError as error:
            raise FetchError(exchange.url, error.code, error.detail) from error

    def _check_status(self, exchange: Exchange, where: Target, kind: Kind) -> Exchange:
        """Return the response if its status is usable, after updating the rate limiter. Raises FetchError otherwise.

        For a robots.txt every status is usable.
        """
        status, url = exchange.status, exchange.url
        if status in (429, 503):
            requested = retry_after(exchange.header("retry-after"), exchange.fetched_at)
            if status == 429 or requested is not None:
                seconds = self._limiter.pause(where.host, requested)
                if kind != "robots":
                    raise FetchError(
                        url, "paused", f"{status}: the host requested a pause of {seconds:.0f} s", retry_after=seconds
                    )
        elif status < 500:
            self._limiter.answered(where.host)
        if kind == "robots" or status in (200, 203, 304):
            return exchange
        if status in (404, 410):
            raise FetchError(url, "gone", f"the server returned {status}")
        if status >= 500 or status == 408:
            raise FetchError(url, "server-error", f"the server returned {status}")
        if status >= 400:
            raise FetchError(url, "refused", f"the server returned {status}")
        if status >= 300:
            raise FetchError(url, "bad-redirect", f"the server returned {status}, a redirect without a target")
        raise FetchError(url, "protocol-error", f"the server returned {status}, which is not a page")

    def _archived(self, exchange: Exchange, kind: Kind, source: Source, attempt: str | None) -> Fetched:
        """Archive the response and return it with its decoded body.

        Raises FetchError, after archiving, if the body cannot be decompressed or decoded, or if an article is binary.
        """
        url = exchange.url
        failure: FetchError | None = None
        content = b""
        try:
            content = unpack(
                exchange.body, exchange.header("content-encoding"), self._settings.max_body, self._settings.max_ratio
            )
        except BodyError as error:
            exchange = replace(exchange, cut=error.cut)
            failure = FetchError(url, error.code, error.detail)
        content_type = exchange.header("content-type")
        binary_type = binary(content, content_type) if failure is None else None
        text, encoding, origin = "", "binary", "default"
        if binary_type is not None and kind in ("article", "further"):
            failure = FetchError(url, "not-html", f"the page is {binary_type}")
        elif binary_type is None and failure is None:
            decoded = decode(content, content_type)
            text, encoding, origin = decoded.text, decoded.encoding, decoded.origin
            if decoded.undecodable:
                failure = FetchError(
                    url,
                    "undecodable",
                    f"{decoded.replaced:,} of {len(text):,} characters do not decode as {encoding} ({origin})",
                )
        if failure is not None:
            self._archive.write(exchange, kind=kind, source=source.name, zone=source.zone, pending=False)
            raise failure
        capture = self._archive.write(exchange, kind=kind, source=source.name, zone=source.zone, attempt=attempt)
        page = Page(
            url=url,
            final_url=exchange.final_url,
            status=exchange.status,
            headers=fold_headers(exchange.headers),
            content=content,
            text=text,
            encoding=encoding,
            encoding_origin=origin,
            fetched_at=exchange.fetched_at,
            zone=source.zone,
        )
        # An end tag, or the end mark of a compressed body, proves completeness as well as a declared length does.
        packed = content is not exchange.body
        complete = exchange.certain or packed or b"</html>" in content[-200:].lower()
        known = Validators(url, full_at=exchange.fetched_at)
        if complete:
            known = replace(
                known,
                etag=_checked_validator(exchange.header("etag")),
                last_modified=_checked_validator(exchange.header("last-modified")),
            )
        return Fetched(page, capture, known, complete)

    # --- one request -----------------------------------------------------------------------------------------------

    def _request(self, chain: _RedirectChain, here: str, where: Target, delay: float) -> Exchange:
        """Wait for the host, then send one request. The wait does not count against the deadline."""
        with self._limiter.turn(where.host, delay, chain.url):
            if chain.left <= 0:
                raise self._timeout_error(chain.url)
            host = self._host(where.host, chain.source.loopback)
            with host.lock:
                now = time.monotonic()
                connector = host.connector
                connector.connect_by, connector.end_by = (
                    now + min(self._settings.connect_timeout, chain.left),
                    now + chain.left,
                )
                self._watchdog.watch(connector.deadline, connector.end_by)
                try:
                    exchange = self._exchange(chain, here, where, host)
                except FetchError as error:
                    if error.code == "network":
                        self._unreached.add(where.host)
                    raise
                finally:
                    self._watchdog.ignore(connector.deadline)
                    connector.deadline.reset()
                    chain.left -= time.monotonic() - now
        self._unreached.clear()
        return exchange

    def _exchange(self, chain: _RedirectChain, here: str, where: Target, host: _Host) -> Exchange:
        url, headers = chain.url, (*self._headers, *chain.extra)
        try:
            # Session.prepare_request also merges settings, cookies and hooks, which are all empty here. Merging took
            # a fifth of the CPU time of a page (profiled).
            prepared = requests.PreparedRequest()
            prepared.prepare_method("GET")
            prepared.prepare_url(here, None)
            prepared.headers = CaseInsensitiveDict(headers)
            if target(prepared.url or "", chain.code) != where:
                raise ValueError("parsers disagree on its host")
        except (requests.RequestException, ValueError, urllib3.exceptions.HTTPError) as error:
            raise FetchError(url, chain.code, f"it cannot be requested: {plain(error)}") from error
        try:
            response = self._send(prepared, host)
        except Exception as error:
            expired = host.connector.deadline.expired or time.monotonic() >= host.connector.end_by
            raise to_fetch_error(url, error, self._timeout_error(url) if expired else None) from error
        try:
            final = here if here.isascii() else prepared.url or here
            return self._answer(chain, final, response, headers, host)
        finally:
            # If the response was read to its end, its connection is already back in the pool. This closes any other
            # connection.
            response.raw.close()

    def _send(self, prepared: requests.PreparedRequest, host: _Host) -> requests.Response:
        host.connector.fresh = False
        while True:
            left = max(0.001, host.connector.end_by - time.monotonic())
            timeout = (self._settings.connect_timeout, left)
            try:
                return host.session.send(prepared, stream=True, allow_redirects=False, timeout=timeout)
            except requests.exceptions.ConnectionError:
                # The server may have closed a reused connection while it was idle. Then try again on another
                # connection, because this is not a failure of the host (RFC 9112, section 9.3.1).
                if host.connector.fresh or host.connector.deadline.expired:
                    raise

    def _answer(
        self,
        chain: _RedirectChain,
        here: str,
        response: requests.Response,
        sent: Sequence[tuple[str, str]],
        host: _Host,
    ) -> Exchange:
        raw = response.raw
        headers = tuple(raw.headers.iteritems())
        exchange = Exchange(chain.url, here, sent, raw.status, raw.reason or "", headers, b"", self._clock())
        try:
            check_framing(headers, raw.status)
            if raw.status not in (200, 203, 304):
                _drain(raw)
                return exchange
            enough = MAX_SIZE if chain.kind == "robots" else None
            content_type = exchange.header("content-type")
            pick = chain.kind in ("article", "further") and not exchange.header("content-encoding")
            refuse = (lambda head: binary(head, content_type)) if pick else None
            body, certain = read_body(raw, self._settings.max_wire, enough, refuse)
            if host.connector.deadline.expired:
                raise BodyError("timeout", "the deadline passed", body, "time")
        except BodyError as error:
            raise self._broken(replace(exchange, body=error.body), error, chain, host) from error
        return replace(exchange, body=body, certain=certain)

    def _broken(self, exchange: Exchange, error: BodyError, chain: _RedirectChain, host: _Host) -> FetchError:
        """Return a FetchError for a body that could not be read.

        A partial body is archived and marked as truncated, unless it is a robots.txt.
        """
        expired = host.connector.deadline.expired
        if exchange.body and chain.kind != "robots":
            cut: Cut = "time" if expired else error.cut or "disconnect"
            self._archive.write(
                replace(exchange, cut=cut),
                kind=chain.kind,
                source=chain.source.name,
                zone=chain.source.zone,
                pending=False,
            )
        if expired:
            return self._timeout_error(exchange.url)
        return FetchError(exchange.url, error.code, error.detail)

    def _timeout_error(self, url: str) -> FetchError:
        return FetchError(url, "timeout", f"no response within {self._settings.deadline:g} s")

    def _host(self, name: str, loopback: bool) -> _Host:
        """Return the session of a host. Sources with and without loopback access do not share connections."""
        key = (name, loopback)
        with self._lock:
            host = self._hosts.get(key)
            if host is not None:
                self._hosts.move_to_end(key)
                return host
            host = self._hosts[key] = self._new_host(loopback)
            old: list[_Host] = []
            if len(self._hosts) > _SESSIONS:
                # A session may be closed while a thread waits to use it; requests then opens a new connection.
                spare = [k for k, h in self._hosts.items() if not h.lock.locked() and k != key]
                old = [self._hosts.pop(k) for k in spare[: len(self._hosts) - _SESSIONS]]
        for gone in old:
            gone.session.close()
        return host

    def _new_host(self, loopback: bool) -> _Host:
        connector = Connector(self._resolver, loopback)
        session = _Session()
        session.trust_env = False
        session.headers = CaseInsensitiveDict()
        session.cookies = _NoCookies()
        session.adapters.clear()
        adapter = GuardedAdapter(connector, self._context)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return _Host(session, connector, threading.Lock())


def _other_address(requested: str, final: str) -> str | None:
    """Return the canonical form of a final URL if it is the address of another article than the requested one.

    Returns None if the two URLs differ only in scheme or spelling, or if the final URL is invalid or a home page, to
    which sites redirect missing articles.
    """
    try:
        url = canonical(final)
        home = split_url(url)[3:] == ("/", "")
        return None if home or key(url) == key(requested) else url
    except ValueError:
        return None


def _is_transient(error: FetchError) -> bool:
    """Return whether a retry may succeed.

    A short pause of the host counts as transient, because the rate limiter waits until it ends.
    """
    if error.code == "paused":
        return error.retry_after is not None and error.retry_after <= PATIENCE
    return error.code in _TRANSIENT and not isinstance(error, PermanentError)


def _redirect_location(exchange: Exchange, here: str) -> str:
    """Return the target of a redirect. Raises FetchError "bad-redirect"."""
    location = exchange.header("location")
    if not location:
        raise FetchError(exchange.url, "bad-redirect", f"the server returned {exchange.status} without a Location")
    try:
        # http.client decodes header bytes as latin-1, but addresses are UTF-8.
        decoded = location.encode("latin-1").decode("utf-8").strip()
        return urljoin(here, quote(decoded, safe="!#$%&'()*+,/:;=?@[]~"))
    except (UnicodeError, ValueError) as error:
        raise FetchError(exchange.url, "bad-redirect", f"the redirect has no valid target: {plain(error)}") from error


def _drain(raw: urllib3.HTTPResponse) -> None:
    """Read and discard a small body of a response that is not a page, so that the connection can be reused.

    A large body, a body without a declared length, and the body of a redirect are not read.
    """
    length = raw.length_remaining
    if length is None or raw.chunked or length > (0 if raw.status in _REDIRECTS else PIECE):
        return
    with contextlib.suppress(BodyError):
        read_body(raw, PIECE)


def _checked_validator(value: str | None) -> str | None:
    """Return a validator if it is printable and at most 1,000 characters long, else None."""
    return value if value and len(value) <= 1_000 and value.isprintable() else None
