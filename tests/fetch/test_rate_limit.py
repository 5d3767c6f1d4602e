"""Tests of the rate limits per host: delay arithmetic, and RateLimiter with a simulated clock."""

from __future__ import annotations

import doctest
import math
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FetchError
from ingest.fetch import rate_limit
from ingest.fetch.rate_limit import CRAWL_DELAY, PAUSE, RateLimiter, backoff, gap, retry_after
from store.records import HostRate

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Clock:
    """Clock that `sleep` advances and that a test may set."""

    def __init__(self) -> None:
        self.now, self.slept = NOW, list[float]()

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def test_examples_in_the_docstrings() -> None:
    """The examples in the docstrings of the module are correct."""
    assert doctest.testmod(rate_limit).failed == 0


@given(st.floats(0, 3600), st.one_of(st.none(), st.floats()))
def test_gap_is_bounded(delay: float, crawl_delay: float | None) -> None:
    """Any Crawl-delay, even inf or nan, is clamped to a finite number, at least the source's delay (FAULTS F17)."""
    seconds = gap(delay, crawl_delay)
    assert delay <= seconds <= max(delay, CRAWL_DELAY[1])
    assert math.isfinite(seconds)


@pytest.mark.parametrize(("header", "seconds"), [
    ("120", 120), (" 7 ", 7), ("0", 1), ("99999999", 86_400), ("9" * 5000, 86_400), ("-5", None), ("soon", None),
    ("", None), (None, None), ("1e3", None), ("٣", None), ("Mon, 05 Jan 2026 08:10:00 GMT", 600),
    ("Mon, 05 Jan 2026 07:00:00 GMT", 1), ("Monday, 05-Jan-26 08:10:00 GMT", 600), ("Mon Jan  5 08:10:00 2026", 600),
    ("Mon, 99 Foo 2026 08:10:00 GMT", None),
])  # fmt: skip
def test_retry_after(header: str | None, seconds: float | None) -> None:
    """Seconds and the three date formats of RFC 9110 are read and clamped.

    An invalid value results in None (FAULTS H9).
    """
    assert retry_after(header, NOW) == seconds


@given(st.text())
def test_retry_after_never_raises(header: str) -> None:
    """Any text is accepted or ignored without an exception (FAULTS H9)."""
    found = retry_after(header, NOW)
    assert found is None or PAUSE[0] <= found <= PAUSE[1]


@given(st.integers(1, 40), st.floats(0, 300), st.floats(0, 1))
def test_backoff_grows_and_is_bounded(tries: int, base: float, chance: float) -> None:
    """The back-off does not shrink from one try to the next and is at most one day (FAULTS N5)."""
    assert 0 <= backoff(tries, base, chance) <= PAUSE[1]
    assert backoff(tries + 1, base, chance) >= backoff(tries, base, chance)


def test_delay_starts_at_the_end_of_a_request() -> None:
    """The delay starts at the end of a request, so that a slow request does not use it up."""
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    with limiter.turn("a", 5):
        clock.now += timedelta(seconds=20)
    with limiter.turn("a", 5):
        pass
    with limiter.turn("b", 5):
        pass
    assert clock.slept == [5]


def test_state_survives_a_restart() -> None:
    """Delays and pauses survive a restart; times from a wrong clock are clamped (FAULTS P5)."""
    clock = Clock()
    first = RateLimiter(clock=clock, sleep=clock.sleep)
    with first.turn("slow", 60):
        pass
    first.pause("busy", 600)
    with first.turn("quick", 0):
        pass
    rows = first.snapshot()
    assert [row.host for row in rows] == ["busy", "slow"]
    second = RateLimiter(clock=clock, sleep=clock.sleep)
    second.load([*rows, HostRate("wrong", NOW + timedelta(days=900), NOW + timedelta(days=900))])
    assert second.paused("busy") == 600
    assert second.paused("wrong") == 86_400
    with second.turn("slow", 0):
        pass
    assert clock.slept == [60]
    with pytest.raises(FetchError) as caught, second.turn("busy", 0):
        pass
    assert caught.value.code == "paused"
    assert caught.value.retry_after == 540


def test_pause_without_a_duration_doubles() -> None:
    """Repeated 429 responses without a duration double the pause; one successful response resets it (FAULTS H9)."""
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    assert [limiter.pause("a", None) for _ in range(3)] == [30, 60, 120]
    limiter.answered("a")
    assert limiter.paused("a") == 0
    assert limiter.pause("a", None) == 30
    assert max(limiter.pause("a", None) for _ in range(30)) == 86_400


def test_interrupted_wait_releases_the_host() -> None:
    """A shutdown interrupts a waiting thread and releases the host for the next thread."""

    class StopError(Exception):
        pass

    def stop(seconds: float) -> None:
        raise StopError

    limiter = RateLimiter(clock=lambda: NOW, sleep=stop)
    with limiter.turn("a", 300):
        pass
    for _ in range(2):
        with pytest.raises(StopError), limiter.turn("a", 300):
            pass


def test_clock_set_back_by_an_hour() -> None:
    """After the clock is set back an hour, a request waits 300 s, the maximum delay, and not an hour (FAULTS S4).

    The next request waits for the delay of the host again.
    """
    clock = Clock()
    limiter = RateLimiter(clock=clock, sleep=clock.sleep)
    with limiter.turn("a", 5):
        pass
    clock.now -= timedelta(hours=1)
    for _ in range(2):
        with limiter.turn("a", 5):
            pass
    assert clock.slept == [300, 5]


def test_threads_take_turns() -> None:
    """A host gets one request at a time, even without a delay."""
    limiter = RateLimiter()
    inside, most = [0], [0]

    def visit() -> None:
        with limiter.turn("a", 0):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.01)
            inside[0] -= 1

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
