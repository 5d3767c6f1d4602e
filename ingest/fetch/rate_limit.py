"""How long to leave a host alone: pure arithmetic first, then `RateLimiter`, which keeps it for every host.

Politeness is owed to a host, never to a source: ten sources on one server share one delay.
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
from store.records import HostRate

#: seconds a robots.txt may ask for between two requests (docs/fetching.md); not measured, Heritrix obeys the same 300
CRAWL_DELAY = (1.0, 300.0)
#: seconds a server may ask us to stay away: a day at most, then we look again
PAUSE = (1.0, 86_400.0)
#: seconds of silence after a 429 that names none, doubled by each further one; not measured, MediaCloud begins with 30
FIRST_PAUSE = 30.0
#: a pause longer than this is not slept out in a fetching thread but reported, so that other hosts go on; not measured
PATIENCE = 10.0


def gap(delay: float, crawl_delay: float | None) -> float:
    """Seconds between two requests to a host: the source's delay, or robots.txt's when that is longer.

    >>> gap(5, None), gap(5, 20), gap(5, 1e9), gap(0, 0.2), gap(5, math.nan), gap(5, -3)
    (5, 20, 300.0, 1.0, 5, 5)
    """
    if crawl_delay is None or math.isnan(crawl_delay) or crawl_delay <= 0:
        return delay
    low, high = CRAWL_DELAY
    return max(delay, min(max(crawl_delay, low), high))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, within PAUSE; None when it is absent or says nothing we understand.

    RFC 9110 section 10.2.3: a number of seconds or an HTTP date. A date that has passed means "soon": the minimum.
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
    """Seconds before the next try after `tries` failed ones: doubled each time, `chance` (0 to 1) spreads it by half.

    >>> [backoff(n, 1.0, 0.5) for n in (1, 2, 3)]
    [1.0, 2.0, 4.0]
    """
    return min(base * 2.0 ** (tries - 1) * (0.5 + chance), PAUSE[1])


@dataclass(slots=True)
class _Host:
    next_at: datetime
    paused_until: datetime | None = None
    #: pauses in a row without a good answer between them
    strikes: int = 0
    #: held while the host is being talked to: one visitor at a time
    turn: threading.Lock = field(default_factory=threading.Lock)


class RateLimiter:
    """When each host may be asked again. Thread-safe.

    `clock` gives aware datetimes, `sleep` takes seconds; a `sleep` that raises stops the waiting thread (that is how a
    service that is told to end does not wait out a delay of five minutes).
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def load(self, paces: Sequence[HostRate]) -> None:
        """Take over what an earlier run left. Times too far ahead (a wrong clock) are cut to what is allowed."""
        now = self._clock()
        for pace in paces:
            host = self._host(pace.host)
            with self._lock:
                host.next_at = min(pace.next_at, now + timedelta(seconds=CRAWL_DELAY[1]))
                if pace.paused_until is not None and pace.paused_until > now:
                    host.paused_until = min(pace.paused_until, now + timedelta(seconds=PAUSE[1]))

    def snapshot(self) -> list[HostRate]:
        """Every host that must still be left alone, to be loaded by the next run."""
        now = self._clock()
        with self._lock:
            return [
                HostRate(name, host.next_at, host.paused_until)
                for name, host in sorted(self._hosts.items())
                if host.next_at > now or (host.paused_until is not None and host.paused_until > now)
            ]

    def paused(self, name: str) -> float:
        """Seconds that the host asked us to stay away, from now; 0.0 when it did not."""
        host, now = self._host(name), self._clock()
        until = host.paused_until
        return max(0.0, (until - now).total_seconds()) if until is not None else 0.0

    def pause(self, name: str, seconds: float | None) -> float:
        """The host asked for silence: `seconds`, or FIRST_PAUSE doubled each time in a row. Gives the seconds set."""
        host = self._host(name)
        with self._lock:
            host.strikes += 1
            asked = FIRST_PAUSE * 2.0 ** min(host.strikes - 1, 12) if seconds is None else seconds
            asked = min(max(asked, PAUSE[0]), PAUSE[1])
            host.paused_until = self._clock() + timedelta(seconds=asked)
            return asked

    def answered(self, name: str) -> None:
        """The host served us: what it asked for earlier is settled."""
        host = self._host(name)
        if host.strikes or host.paused_until is not None:
            with self._lock:
                host.strikes, host.paused_until = 0, None

    @contextmanager
    def turn(self, name: str, seconds: float, url: str = "") -> Iterator[None]:
        """Wait until the host may be asked, keep every other thread off it, and leave it alone for `seconds` after.

        Raises FetchError "paused" at once when the host asked for more silence than PATIENCE.
        """
        host = self._host(name)
        with host.turn:
            self._wait(name, host, url, max(seconds, CRAWL_DELAY[1]))
            try:
                yield
            finally:
                if seconds > 0:
                    after = self._clock() + timedelta(seconds=seconds)
                    with self._lock:
                        host.next_at = max(host.next_at, after)

    def _wait(self, name: str, host: _Host, url: str, most: float) -> None:
        # A loop, because `sleep` may return early and another thread may set a pause meanwhile.
        while True:
            now = self._clock()
            silence = self.paused(name)
            if silence > PATIENCE:
                raise FetchError(
                    url or name,
                    "paused",
                    f"{name} asked for silence, {silence:.0f} s of it are left",
                    retry_after=silence,
                )
            rest = (host.next_at - now).total_seconds()
            if rest > most:
                # No delay is so long: the clock was set back since the last visit.
                host.next_at, rest = now + timedelta(seconds=most), most
            rest = max(rest, silence)
            if rest <= 0:
                return
            self._sleep(rest)

    def _host(self, name: str) -> _Host:
        with self._lock:
            host = self._hosts.get(name)
            if host is None:
                host = self._hosts[name] = _Host(datetime.min.replace(tzinfo=UTC))
            return host


def jitter() -> float:
    """A chance between 0 and 1, so that many clients do not come back at the same moment."""
    return random.random()
