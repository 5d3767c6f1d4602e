"""Tests of the service with real SQLite and real signals: schedules, passes, digests, single instance, shutdown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from ingest.errors import SuowenError
from ingest.pipeline_types import Schedule, Source
from ingest.schedule import service as serving
from ingest.schedule import triggers
from ingest.schedule.lock import AlreadyRunningError
from ingest.schedule.service import Service, StuckError
from ingest.schedule.triggers import next_runs, trigger_of
from store import Store, open_store
from store.records import Article, DigestRow, Verdict
from tests.support.paths import ROOT

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: the present time of the tests: a Saturday, 10:00 in Shanghai
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


# --- schedules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 8 * * 1", ["Mon 11-23 08:00", "Mon 11-30 08:00"]),
        ("0 8 * * 0", ["Sun 11-22 08:00", "Sun 11-29 08:00"]),
        ("0 8 * * 7", ["Sun 11-22 08:00", "Sun 11-29 08:00"]),
        ("30 6 * * mon-fri", ["Mon 11-23 06:30", "Tue 11-24 06:30"]),
        ("*/30 9-10 * * *", ["Sat 11-21 10:30", "Sun 11-22 09:00"]),
        ("0 0 1 * *", ["Tue 12-01 00:00", "Fri 01-01 00:00"]),
        ("0 9 24 * sun", ["Sun 11-22 09:00", "Tue 11-24 09:00"]),
        ("0 10 * * *", ["Sun 11-22 10:00", "Mon 11-23 10:00"]),
        ("0 0 29 2 *", ["Tue 02-29 00:00", "Sun 02-29 00:00"]),
    ],
)
def test_cron_schedule_fires_like_cron(text: str, expected: list[str]) -> None:
    """Triggers number weekdays as cron does, and a rule with day and weekday fires on either (FAULTS C2)."""
    found = next_runs(Schedule(cron=text), "Asia/Shanghai", NOW, 2)
    assert [f"{moment:%a %m-%d %H:%M}" for moment in found] == expected


def test_intervals() -> None:
    """The runs of an interval schedule are one interval apart; the first is one interval from now."""
    assert next_runs(Schedule(seconds=1800), "UTC", NOW, 2) == [NOW + timedelta(minutes=30), NOW + timedelta(hours=1)]


def test_skipped_hour() -> None:
    """If clocks jump from 02:00 to 03:00, a daily run at 02:30 may be left out on that day only (FAULTS S3)."""
    before = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)  # 01:00 in New York, an hour before the jump
    found = next_runs(Schedule(cron="30 2 * * *"), "America/New_York", before, 3)
    assert [moment.day for moment in found] in ([8, 9, 10], [9, 10, 11])


def test_jitter_only_delays() -> None:
    """A run starts at its time or at most `jitter` seconds later, never earlier."""
    trigger = trigger_of(Schedule(cron="0 8 * * *"), "Asia/Shanghai", 60)
    moments = [trigger.get_next_fire_time(None, NOW) for _ in range(50)]
    exact = datetime(2026, 11, 22, 8, 0, tzinfo=SHANGHAI)
    assert all(exact <= moment <= exact + timedelta(seconds=60) for moment in moments)
    assert len(set(moments)) > 10


# --- the service, in a thread -----------------------------------------------------------------------------------


class Log:
    """A record of the passes and digests of a service, in order, with the functions that the service calls."""

    def __init__(self) -> None:
        self.passes: list[list[str]] = []
        self.days: list[date] = []
        self.stops: list[threading.Event] = []

    def run_pass(self, sources: Sequence[Source], stop: threading.Event) -> object:
        self.passes.append(sorted(source.name for source in sources))
        self.stops.append(stop)
        return None

    def make_digest(self, day: date) -> object:
        self.days.append(day)
        return SimpleNamespace(delivery=None)

    def count(self, name: str) -> int:
        return sum(name in names for names in self.passes)


def source(name: str, seconds: int = 3600, **fields: object) -> Source:
    return Source(name, "http://a.example/", (), schedule=Schedule(seconds=seconds), **fields)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'suowen.db'}") as opened:
        yield opened


def service(store: Store, sources: Sequence[Source], log: Log, *, owner: str = "me", **options: object) -> Service:
    settings = {"zone": "Asia/Shanghai", "digest_at": "08:00", **options}
    return Service(
        store,
        sources,
        settings.pop("run_pass", log.run_pass),  # type: ignore[arg-type]
        settings.pop("make_digest", log.make_digest),
        owner=owner,
        **settings,
    )  # type: ignore[arg-type]


@contextmanager
def running(made: Service) -> Iterator[list[BaseException]]:
    """Run the service in a thread during the block; yield a list of the exceptions that it raises."""
    raised: list[BaseException] = []

    def body() -> None:
        try:
            made.run()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield raised
    finally:
        made.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the tick of the main loop."""
    monkeypatch.setattr(serving, "TICK", 0.05)


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until a condition is true; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_new_sources_are_due_at_once_in_one_pass(store: Store) -> None:
    """On its first start, the service runs all enabled sources in one pass and stores their next due times."""
    log = Log()
    began = datetime.now(UTC)
    with running(service(store, [source("甲"), source("乙"), source("丙", enabled=False)], log)):
        until(lambda: store.next_due("甲") is not None and store.next_due("乙") is not None)
    assert log.passes == [["乙", "甲"]]
    due = store.next_due("甲")
    assert due is not None
    assert timedelta(minutes=59) < due - began < timedelta(minutes=62)


def test_sources_run_at_their_intervals(store: Store) -> None:
    """A source with an interval of a second runs repeatedly, one with an interval of an hour once."""
    log = Log()
    with running(service(store, [source("快", 1), source("慢", 3600)], log)):
        until(lambda: log.count("快") >= 3)
    assert log.count("慢") == 1


def test_restart_keeps_due_times(store: Store) -> None:
    """Due times are stored: a source due in half an hour waits, one due three days ago runs once (FAULTS S1, S6)."""
    store.set_next_due("后", datetime.now(UTC) + timedelta(minutes=30))
    store.set_next_due("先", datetime.now(UTC) - timedelta(days=3))
    log = Log()
    with running(service(store, [source("先"), source("后")], log)):
        until(lambda: log.count("先") == 1)
        time.sleep(0.4)
    assert log.passes == [["先"]]


def test_due_time_too_far_ahead_is_limited(store: Store) -> None:
    """A stored due time from a wrong clock or a longer interval is limited to one interval from now (FAULTS S4)."""
    store.set_next_due("甲", datetime.now(UTC) + timedelta(days=3650))
    log = Log()
    with running(service(store, [source("甲", 1)], log)):
        until(lambda: log.count("甲") >= 1)


def test_changed_clock_reschedules_sources(store: Store) -> None:
    """After the clock is set back an hour or forward ten years, sources still run at their intervals (FAULTS S4)."""
    log, shift = Log(), [timedelta()]
    made = service(store, [source("甲", 1)], log, clock=lambda: datetime.now(UTC) + shift[0])
    with running(made) as raised:
        for step in (timedelta(hours=-1), timedelta(days=3650), timedelta()):
            shift[0] = step
            seen = log.count("甲")
            until(lambda seen=seen: log.count("甲") >= seen + 2)  # type: ignore[misc]
    assert raised == []


def test_pass_past_its_deadline_is_stopped(store: Store) -> None:
    """A pass that takes too long is stopped, and the next one runs (FAULTS S5)."""
    log = Log()

    def long(sources: Sequence[Source], stop: threading.Event) -> object:
        log.run_pass(sources, stop)
        return stop.wait(30)

    with running(service(store, [source("甲", 1)], log, run_pass=long, pass_deadline=0.5)):
        until(lambda: len(log.passes) >= 2)
    assert log.stops[0].is_set()


def test_hanging_pass_ends_the_service(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a pass ignores its stop, the service ends with an error; a service manager can then restart it (FAULTS S5)."""
    monkeypatch.setattr(serving, "PASS_GRACE", 0.5)
    monkeypatch.setattr(serving, "STOP_WITHIN", 0.3)
    log, release = Log(), threading.Event()

    def deaf(sources: Sequence[Source], stop: threading.Event) -> object:
        return release.wait(20)

    made = service(store, [source("甲")], log, pass_deadline=0.5, run_pass=deaf)
    with running(made) as raised:
        until(lambda: bool(raised))
    release.set()
    assert isinstance(raised[0], StuckError)
    assert not made.ended


@pytest.mark.parametrize("error", [SuowenError("the archive is full"), KeyError("a bug")])
def test_failing_pass_does_not_end_the_service(store: Store, error: Exception) -> None:
    """After any error in a pass the sources run again at their next due time."""
    log = Log()

    def failing(sources: Sequence[Source], stop: threading.Event) -> object:
        log.run_pass(sources, stop)
        raise error

    with running(service(store, [source("甲", 1)], log, run_pass=failing)) as raised:
        until(lambda: log.count("甲") >= 2)
    assert raised == []


def test_network_outage_costs_no_source_its_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that failed because of our own network are due again soon; the others keep their due time (FAULTS N6)."""
    monkeypatch.setattr(triggers, "RETRY_AFTER_OFFLINE", 1.0)
    log = Log()

    def offline(sources: Sequence[Source], stop: threading.Event) -> object:
        log.run_pass(sources, stop)
        return SimpleNamespace(unreached={"日"} if log.count("日") == 1 else set())

    once_a_day = Source("日", "http://a.cn/", (), schedule=Schedule(cron="30 7 * * *"))
    with running(service(store, [once_a_day, source("时")], log, run_pass=offline)):
        until(lambda: log.count("日") == 2)
    assert log.passes == [["日", "时"], ["日"]]
    assert triggers.due_after(once_a_day, NOW, {"日"}) == NOW + timedelta(seconds=1)
    assert triggers.due_after(once_a_day, NOW) > NOW + timedelta(hours=12)


def test_bug_with_one_source_does_not_stop_the_others(store: Store) -> None:
    """After a bug in a pass over several sources, each source runs in its own pass."""
    log, done = Log(), []

    def poisoned(sources: Sequence[Source], stop: threading.Event) -> object:
        log.run_pass(sources, stop)
        if any(source.name == "毒" for source in sources):
            raise KeyError("a bug")
        return done.extend(source.name for source in sources)

    with running(service(store, [source("毒"), source("甲"), source("乙")], log, run_pass=poisoned)):
        until(lambda: sorted(done) == ["乙", "甲"])


# --- the digest ---


def clock_at(hour: float, day: date = date(2026, 11, 21)) -> Callable[[], datetime]:
    """Return a running clock that starts at `hour` of `day` in Shanghai."""
    offset = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + offset


def frozen(store: Store, day: str) -> None:
    """Store a finished digest of `day`."""
    store.freeze_digest(DigestRow(day, 0, 0, NOW, "<x@y>"))


def test_missed_digest_is_made_late_and_once(store: Store) -> None:
    """If the service starts at 10, the missed digest of today is made at once and only once (FAULTS S6)."""
    frozen(store, "2026-11-18")
    log = Log()
    with running(service(store, [], log, clock=clock_at(10))):
        until(lambda: bool(log.days))
        time.sleep(0.4)
    assert log.days == [date(2026, 11, 21)]


@pytest.mark.parametrize(("hour", "earlier"), [(7.5, True), (10, False)])
def test_no_digest_before_its_hour_nor_for_a_new_store(store: Store, hour: float, earlier: bool) -> None:
    """No digest is made before its hour. If the service starts later with an empty store, none is made on that day."""
    if earlier:
        frozen(store, "2026-11-20")
    log = Log()
    with running(service(store, [source("甲")], log, clock=clock_at(hour))):
        until(lambda: bool(log.passes))
        time.sleep(0.4)
    assert log.days == []


def test_first_digest_is_made_late_too(store: Store) -> None:
    """If `suowen run` filled the store and the service starts after the hour, the digest is made on the same day."""
    with store.batch(at=NOW, program="suowen test", rules={}) as batch:
        added = batch.article(Article("http://a.example/1.html", "题目", "正文。", NOW), "甲", None)
        batch.verdict(added.revision, Verdict("feature", 0.9, (), "t@1"))
    log = Log()
    with running(service(store, [], log, clock=clock_at(10))):
        until(lambda: bool(log.days))
    assert log.days == [date(2026, 11, 21)]


def test_digest_is_made_at_its_hour(store: Store) -> None:
    """The digest of a day is made at the set time of day in the configured time zone."""
    log = Log()
    with running(service(store, [], log, clock=clock_at(8 - 1 / 3600))):
        time.sleep(0.2)
        assert log.days == []
        until(lambda: bool(log.days))
    assert log.days == [date(2026, 11, 21)]


def test_digest_that_did_not_reach_everybody_is_retried(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed delivery or an error the digest is made again until each recipient has it (FAULTS G1)."""
    monkeypatch.setattr(serving, "RETRY_FIRST", 0.1)
    frozen(store, "2026-11-20")
    log = Log()
    answers: list[object] = [RuntimeError("a bug"), False, True]

    def partly(day: date) -> object:
        log.make_digest(day)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(delivery=SimpleNamespace(complete=answer, failed={} if answer else {"a@b": "451"}))

    with running(service(store, [], log, clock=clock_at(10), make_digest=partly)):
        until(lambda: len(log.days) == 3)
        time.sleep(0.4)
    assert len(log.days) == 3


# --- one instance ---


def test_second_service_is_refused_at_once(store: Store, tmp_path: Path) -> None:
    """On the same machine a second service is refused at once (FAULTS D6).

    The message names the process that holds the lock.
    """
    heartbeat = tmp_path / "heartbeat.json"
    with running(service(store, [], Log(), folder=tmp_path)):
        until(heartbeat.exists)
        with pytest.raises(AlreadyRunningError, match=f"already running: suowen serve, process {os.getpid()}"):
            service(store, [], Log(), owner="other", folder=tmp_path).run()


def test_lease_of_another_machine_is_respected(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another machine renews its lease, the second service waits, then ends with a clear message."""
    monkeypatch.setattr(serving, "LEASE", 1.0)
    monkeypatch.setattr(serving, "RENEW", 0.3)
    log = Log()
    with running(service(store, [source("甲")], log)):
        until(lambda: bool(log.passes))
        with pytest.raises(AlreadyRunningError, match="already running"):
            service(store, [], Log(), owner="other").run()


def test_lease_of_a_dead_service_is_taken_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a crash the lease expires, and the next service takes it over."""
    monkeypatch.setattr(serving, "LEASE", 1.0)
    store.take_lease(serving.LEASE_NAME, "dead", datetime.now(UTC), 1.0)
    log = Log()
    with running(service(store, [source("甲")], log)):
        until(lambda: bool(log.passes))


def test_service_that_lost_its_lease_stops(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that was suspended while another one took over its lease ends with an error (FAULTS D12)."""
    monkeypatch.setattr(serving, "RENEW", 0.2)
    with running(service(store, [], Log())) as raised:
        until(lambda: store.renew_lease(serving.LEASE_NAME, "me", 1, datetime.now(UTC), 0.001))
        time.sleep(0.01)
        store.take_lease(serving.LEASE_NAME, "other", datetime.now(UTC) + timedelta(hours=1), 3600)
        until(lambda: bool(raised))
    assert "took this store over" in str(raised[0])


def test_heartbeat_has_the_last_tick(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """During a pass the heartbeat file is rewritten and names the work in progress; only its owner can read it."""
    monkeypatch.setattr(serving, "RENEW", 0.2)
    log = Log()

    def long(sources: Sequence[Source], stop: threading.Event) -> object:
        log.run_pass(sources, stop)
        return stop.wait(30)

    def beat() -> dict[str, object]:
        return dict(json.loads((tmp_path / "heartbeat.json").read_text(encoding="utf-8")))

    with running(service(store, [source("甲")], log, run_pass=long, folder=tmp_path)):
        until(lambda: bool(log.passes) and "pass" in beat()["busy"])  # type: ignore[operator]
        first = beat()["at"]
        until(lambda: beat()["at"] != first)
    assert (tmp_path / "heartbeat.json").stat().st_mode & 0o077 == 0


# --- a real process and real signals ----------------------------------------------------------------------------


@contextmanager
def served(
    home: Path,
    every: int = 1,
    takes: float = 0.1,
    manner: str = "heeds",
    hour: str = "23:59",
    within: float = serving.STOP_WITHIN,
) -> Iterator[subprocess.Popen[str]]:
    """Run tests/support/service_process.py with these arguments as a process; kill it at the end."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.support.service_process",
            str(home),
            str(every),
            str(takes),
            manner,
            hour,
            str(within),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_gracefully(tmp_path: Path, number: signal.Signals) -> None:
    """After a signal during a pass, the pass ends and the service exits with 0 within 10 s (FAULTS S8).

    The lease is released, and the sources of the pass are due at the next start.
    """
    with served(tmp_path, takes=60) as process:
        assert line(process) == "pass 乙网 甲网"
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
        assert (process.returncode, out.split()) == (0, ["end"]), err
        assert time.monotonic() - began < 10
    with open_store(f"sqlite:///{tmp_path / 'data' / 'suowen.db'}") as store:
        assert store.take_lease(serving.LEASE_NAME, "next", datetime.now(UTC), 1) is not None
        assert store.next_due("甲网") is None  # the pass was stopped, so the source is due at the next start


def test_pass_that_ignores_its_stop_is_killed(tmp_path: Path) -> None:
    """A pass that ignores its stop delays the exit by at most STOP_WITHIN (9 s; FAULTS S8)."""
    assert serving.STOP_WITHIN < 10
    with served(tmp_path, takes=60, manner="deaf", within=2) as process:
        assert line(process).startswith("pass")
        began = time.monotonic()
        process.terminate()
        _, err = process.communicate(timeout=15)
        assert 1.5 < time.monotonic() - began < 6
        assert process.returncode == 0
        assert "are killed" in err


def test_second_process_exits_with_a_clear_message(tmp_path: Path) -> None:
    """A second `serve` in the same folder ends at once with exit code 2; the first one continues."""
    with served(tmp_path) as first:
        assert line(first).startswith("pass")
        with served(tmp_path) as second:
            _, err = second.communicate(timeout=15)
            assert second.returncode == 2
            assert f"already running: suowen serve, process {first.pid}" in err
        assert line(first) == "end"
        assert line(first).startswith("pass")


def test_start_after_a_kill(tmp_path: Path) -> None:
    """A killed service leaves no lock or lease that would delay the next start (FAULTS S8)."""
    with served(tmp_path, takes=60) as first:
        assert line(first).startswith("pass")
        first.kill()
        first.wait()
    began = time.monotonic()
    with served(tmp_path) as second:
        assert line(second).startswith("pass")
    assert time.monotonic() - began < 10
