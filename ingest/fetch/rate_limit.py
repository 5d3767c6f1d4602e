"""Rate limiting per host: computation of delays, and `RateLimiter`, which applies them.

The unit is the host, not the source: ten sources on one server share one delay.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ingest.errors import FetchError
from ingest.fetch.host_state_file import SharedHosts
from store.records import HostRate

#: least and greatest accepted Crawl-delay in seconds (docs/fetching.md); not measured, Heritrix has the same maximum
CRAWL_DELAY = (1.0, 300.0)
#: least and greatest seconds of a pause that a server requests; not measured
PAUSE = (1.0, 86_400.0)
#: seconds of the pause after a 429 without Retry-After; each further pause in a row is twice as long; not measured,
#: MediaCloud starts with 30
FIRST_PAUSE = 30.0
#: seconds of the longest pause for which a fetching thread waits. A longer pause becomes an outcome, so that the thread
#: can fetch from other hosts; not measured
PATIENCE = 10.0
#: seconds between two attempts to lock a host while another process has the lock; not measured
POLL = 0.05


def gap(delay: float, crawl_delay: float | None) -> float:
    """Return the seconds between two requests to a host: the delay of the source, or a longer delay of robots.txt.

    The delay of robots.txt is limited to the range CRAWL_DELAY; None, NaN, zero and negative delays are ignored.

    >>> gap(5, None), gap(5, 20), gap(5, 1e9), gap(0, 0.2), gap(5, math.nan), gap(5, -3)
    (5, 20, 300.0, 1.0, 5, 5)
    """
    if crawl_delay is None or math.isnan(crawl_delay) or crawl_delay <= 0:
        return delay
    low, high = CRAWL_DELAY
    return max(delay, min(max(crawl_delay, low), high))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header, limited to the range PAUSE; None if it is absent or invalid.

    RFC 9110, section 10.2.3: a number of seconds or an HTTP date. For a past date the minimum is returned.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        seconds = (when - now).total_seconds()
    return min(max(seconds, PAUSE[0]), PAUSE[1])


def backoff(tries: int, base: float, chance: float) -> float:
    """Return the seconds to wait after `tries` failed tries: doubled with each try, at most PAUSE[1].

    `chance` is a random number from 0 to 1, which varies the wait by up to 50 % in both directions.

    >>> [backoff(n, 1.0, 0.5) for n in (1, 2, 3)]
    [1.0, 2.0, 4.0]
    """
    return min(base * 2.0 ** (tries - 1) * (0.5 + chance), PAUSE[1])


@dataclass(slots=True)
class _Host:
    next_at: datetime
    paused_until: datetime | None = None
    #: number of pauses since the last response that did not request a pause
    strikes: int = 0
    #: lock held during a request, so that a host gets one request at a time
    turn: threading.Lock = field(default_factory=threading.Lock)


class RateLimiter:
    """Rate limiter: one request at a time, delays and pauses for each host. Thread-safe.

    `clock` returns aware datetimes; `sleep` takes seconds. If `sleep` raises, the waiting thread stops, so that a
    service that is shutting down does not wait for a delay of five minutes. With `shared`, other processes
    follow the same limits.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        shared: SharedHosts | None = None,
    ) -> None:
        self._clock, self._sleep, self._shared = clock, sleep, shared
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def load(self, rows: Sequence[HostRate]) -> None:
        """Load the state of an earlier run.

        Times too far in the future (after a wrong clock) are limited to the maximum. Ended pauses are ignored.
        """
        now = self._clock()
        for row in rows:
            host = self._host(row.host)
            with self._lock:
                host.next_at = min(row.next_at, now + timedelta(seconds=CRAWL_DELAY[1]))
                if row.paused_until is not None and row.paused_until > now:
                    host.paused_until = min(row.paused_until, now + timedelta(seconds=PAUSE[1]))

    def snapshot(self) -> list[HostRate]:
        """Return the state of every host whose delay or pause has not ended, for `load` in the next run."""
        now = self._clock()
        with self._lock:
            return [
                HostRate(name, host.next_at, host.paused_until)
                for name, host in sorted(self._hosts.items())
                if host.next_at > now or (host.paused_until is not None and host.paused_until > now)
            ]

    def paused(self, name: str) -> float:
        """Return the remaining seconds of the pause that the host requested; 0.0 if there is none."""
        host, now = self._host(name), self._clock()
        until = host.paused_until
        return max(0.0, (until - now).total_seconds()) if until is not None else 0.0

    def pause(self, name: str, seconds: float | None) -> float:
        """Pause a host for `seconds`, limited to the range PAUSE. Return the seconds of the pause.

        If `seconds` is None, the pause is FIRST_PAUSE, doubled for each further pause in a row.
        """
        host = self._host(name)
        with self._lock:
            host.strikes += 1
            duration = FIRST_PAUSE * 2.0 ** min(host.strikes - 1, 12) if seconds is None else seconds
            duration = min(max(duration, PAUSE[0]), PAUSE[1])
            host.paused_until = self._clock() + timedelta(seconds=duration)
            self._share(name, host, host.paused_until)
            return duration

    def answered(self, name: str) -> None:
        """End the pause of a host after a response that does not request one."""
        host = self._host(name)
        if host.strikes or host.paused_until is not None:
            with self._lock:
                host.strikes, host.paused_until = 0, None
                self._share(name, host, None)

    @contextmanager
    def turn(self, name: str, seconds: float, url: str = "") -> Iterator[None]:
        """Wait until a request to the host is allowed, and exclude other requests to the host in the `with` body.

        After the body, a delay of `seconds` begins. Raises FetchError "paused" if the pause of the host has more than
        PATIENCE seconds left.
        """
        host = self._host(name)
        with host.turn, self._shared_turn(name, host):
            self._wait(name, host, url, max(seconds, CRAWL_DELAY[1]))
            try:
                yield
            finally:
                if seconds > 0:
                    after = self._clock() + timedelta(seconds=seconds)
                    with self._lock:
                        host.next_at = max(host.next_at, after)

    @contextmanager
    def _shared_turn(self, name: str, host: _Host) -> Iterator[None]:
        """Exclude other processes from the host in the `with` body.

        Loads the state that they stored for the host before, and stores the new state afterwards.
        """
        shared = self._shared
        if shared is None:
            yield
            return
        while not shared.try_lock(name):
            self._sleep(POLL)
        try:
            now = self._clock()
            next_at, paused_until = shared.read(name)
            with self._lock:
                if next_at is not None and next_at <= now + timedelta(seconds=CRAWL_DELAY[1]):
                    host.next_at = max(host.next_at, next_at)
                if paused_until is not None and now < paused_until <= now + timedelta(seconds=PAUSE[1]):
                    host.paused_until = max(host.paused_until or paused_until, paused_until)
            yield
        finally:
            stored = shared.read(name)[1]  # another process may have stored a pause in the meantime
            self._share(name, host, max(filter(None, (host.paused_until, stored)), default=None))
            shared.unlock(name)

    def _share(self, name: str, host: _Host, paused_until: datetime | None) -> None:
        """Store the state of a host for other processes. If a later time of the next request is stored, it is kept."""
        if self._shared is not None:
            stored = self._shared.read(name)[0]
            next_at = max(host.next_at, stored) if stored is not None else host.next_at
            latest = self._clock() + timedelta(seconds=CRAWL_DELAY[1])
            self._shared.write(name, min(next_at, latest), paused_until)

    def _wait(self, name: str, host: _Host, url: str, most: float) -> None:
        # In a loop, because `sleep` may return early and another thread may set a pause meanwhile.
        while True:
            now = self._clock()
            pause = self.paused(name)
            if pause > PATIENCE:
                raise FetchError(
                    url or name,
                    "paused",
                    f"{name} requested a pause, {pause:.0f} s of it are left",
                    retry_after=pause,
                )
            wait = (host.next_at - now).total_seconds()
            if wait > most:
                # The wait is longer than any delay, so the clock was set back since the last request.
                host.next_at, wait = now + timedelta(seconds=most), most
            wait = max(wait, pause)
            if wait <= 0:
                return
            self._sleep(wait)

    def _host(self, name: str) -> _Host:
        with self._lock:
            host = self._hosts.get(name)
            if host is None:
                host = self._hosts[name] = _Host(datetime.min.replace(tzinfo=UTC))
            return host


def jitter() -> float:
    """Return a random number from 0 to 1, so that many clients do not retry at the same time."""
    return random.random()
