"""How long a host is left alone: arithmetic on values, and the keeper with a clock that only sleeping moves."""

from __future__ import annotations

import doctest
import math
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FetchError
from ingest.fetch import rate_limit as pace_module
from ingest.fetch.rate_limit import CRAWL_DELAY, PAUSE, RateLimiter, backoff, gap, retry_after
from store.records import HostRate

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Clock:
    """Moved by sleeping alone."""

    def __init__(self) -> None:
        self.now, self.slept = NOW, list[float]()

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def test_examples_in_the_docstrings() -> None:
    """The examples are true."""
    assert doctest.testmod(pace_module).failed == 0


@given(st.floats(0, 3600), st.one_of(st.none(), st.floats()))
def test_gap_is_never_shorter_than_ours_nor_endless(delay: float, asked: float | None) -> None:
    """F17: 1e9, inf, nan and -5 in robots.txt are clamped; the source's own delay always holds."""
    seconds = gap(delay, asked)
    assert delay <= seconds <= max(delay, CRAWL_DELAY[1])
    assert math.isfinite(seconds)


@pytest.mark.parametrize(("said", "seconds"), [
    ("120", 120), (" 7 ", 7), ("0", 1), ("99999999", 86_400), ("9" * 5000, 86_400), ("-5", None), ("soon", None),
    ("", None), (None, None), ("1e3", None), ("٣", None), ("Mon, 05 Jan 2026 08:10:00 GMT", 600),
    ("Mon, 05 Jan 2026 07:00:00 GMT", 1), ("Monday, 05-Jan-26 08:10:00 GMT", 600), ("Mon Jan  5 08:10:00 2026", 600),
    ("Mon, 99 Foo 2026 08:10:00 GMT", None),
])  # fmt: skip
def test_retry_after(said: str | None, seconds: float | None) -> None:
    """H9: seconds and all three date forms of RFC 9110, clamped; nonsense is nothing."""
    assert retry_after(said, NOW) == seconds


@given(st.text())
def test_retry_after_never_raises(said: str) -> None:
    """H9: whatever stands there."""
    found = retry_after(said, NOW)
    assert found is None or PAUSE[0] <= found <= PAUSE[1]


@given(st.integers(1, 40), st.floats(0, 300), st.floats(0, 1))
def test_backoff_grows_and_is_bounded(tries: int, base: float, chance: float) -> None:
    """N5: doubled each time, spread by half, never more than a day."""
    assert 0 <= backoff(tries, base, chance) <= PAUSE[1]
    assert backoff(tries + 1, base, chance) >= backoff(tries, base, chance)


def test_a_host_is_left_alone_from_the_end_of_a_visit() -> None:
    """A slow visit does not eat up the delay: it counts from the end."""
    clock = Clock()
    pace = RateLimiter(clock=clock, sleep=clock.sleep)
    with pace.turn("a", 5):
        clock.now += timedelta(seconds=20)
    with pace.turn("a", 5):
        pass
    with pace.turn("b", 5):
        pass
    assert clock.slept == [5]


def test_what_a_run_leaves_the_next_takes_over() -> None:
    """P5: delays and pauses survive a restart; times from a wrong clock are cut to what is allowed."""
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


def test_a_pause_without_a_time_doubles() -> None:
    """H9: a host that says 429 again and again is asked less and less; one good answer settles it."""
    clock = Clock()
    pace = RateLimiter(clock=clock, sleep=clock.sleep)
    assert [pace.pause("a", None) for _ in range(3)] == [30, 60, 120]
    pace.answered("a")
    assert pace.paused("a") == 0
    assert pace.pause("a", None) == 30
    assert max(pace.pause("a", None) for _ in range(30)) == 86_400


def test_a_sleep_that_raises_frees_the_host() -> None:
    """A service that ends interrupts its waiting threads; the host is free for whoever comes next."""

    class StopError(Exception):
        pass

    def stop(seconds: float) -> None:
        raise StopError

    pace = RateLimiter(clock=lambda: NOW, sleep=stop)
    with pace.turn("a", 300):
        pass
    for _ in range(2):
        with pytest.raises(StopError), pace.turn("a", 300):
            pass


def test_a_clock_set_back_stops_nobody() -> None:
    """S4: after the clock went back an hour, a host waits its longest possible delay once, not the hour."""
    clock = Clock()
    pace = RateLimiter(clock=clock, sleep=clock.sleep)
    with pace.turn("a", 5):
        pass
    clock.now -= timedelta(hours=1)
    for _ in range(2):
        with pace.turn("a", 5):
            pass
    assert clock.slept == [300, 5]


def test_threads_take_turns() -> None:
    """One visitor a host at a time, whatever the delay."""
    pace = RateLimiter()
    inside, most = [0], [0]

    def visit() -> None:
        with pace.turn("a", 0):
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
