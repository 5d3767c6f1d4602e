"""What runs when: the body of `suowen serve`.

    APScheduler ──fires──▶ names that are due ──▶ main loop ──▶ one pass over all of them, in a thread of its own
                                                     ├──▶ the day's digest, in another
                                                     └──▶ lease renewed, heartbeat written, deadlines kept

APScheduler only ticks: its jobs put a name into a set and are done, so none of them can hang or pile up. When a
source is due is a fact in the database; after a restart, a crash or a change of the clock the plan is made from it
again. One pass runs at a time: it recovers the archive, which a second one would be writing.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import secrets
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from ingest.config.load import Config
from ingest.errors import SuowenError
from ingest.model import Source
from ingest.schedule.lock import AlreadyRunningError, locked
from ingest.schedule.triggers import due_after, jitter_of, trigger_of
from store import Store, StoreError, history

_log = logging.getLogger("suowen.serve")

#: seconds between two looks of the main loop; a stop is noticed as late as that
TICK = 0.5
#: seconds a lease holds without renewal, and between renewals. Who takes over after a crash waits the former.
LEASE, RENEW = 30.0, 10.0
LEASE_NAME = "serve"
#: seconds a pass may take before it is told to stop, and then before it is given up; not measured
PASS_DEADLINE, PASS_GRACE = 3600.0, 120.0
#: seconds for everything to end after a stop was asked for; service managers kill after 10 (docker) or 90 (systemd)
STOP_WITHIN = 9.0
#: seconds until a digest that did not reach everybody is tried again, doubled each time up to the last
RETRY_FIRST, RETRY_LAST = 600.0, 7200.0
#: seconds by which the wall clock may move against the monotonic one before the plan is made anew
CLOCK_STEP = 60.0

RunPass = Callable[[Sequence[Source], threading.Event], object]
MakeDigest = Callable[[date], object]


class StuckError(SuowenError):
    """A pass neither ends nor stops; only ending the process helps, and the service manager starts it again."""


class Service:
    """Runs passes and digests at their times until it is told to stop.

    `run_pass(sources, stop)` does one pass and returns soon after `stop` is set; what it returns may name sources that
    are `unreached` because our own network is down. `make_digest(day)` makes and sends
    the digest of a local day and may be asked again for the same one; what it returns may have a `delivery` that says
    whether it is `complete`. `folder` takes the lock file and the heartbeat.
    """

    def __init__(
        self,
        store: Store,
        sources: Sequence[Source],
        run_pass: RunPass,
        make_digest: MakeDigest,
        *,
        zone: str,
        digest_at: str,
        owner: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        folder: Path | None = None,
        pass_deadline: float = PASS_DEADLINE,
    ) -> None:
        self._store, self._run_pass, self._make_digest = store, run_pass, make_digest
        self._sources = {source.name: source for source in sources if source.enabled}
        self._zone, self._digest_at = ZoneInfo(zone), digest_at
        self._owner, self._clock, self._folder, self._pass_deadline = owner, clock, folder, pass_deadline
        self._scheduler = BackgroundScheduler(
            timezone=self._zone,
            daemon=True,
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._due: set[str] = set()
        self._gathered: frozenset[str] = frozenset()
        self._guard = threading.Lock()
        self._passes, self._digests = _Worker("pass"), _Worker("digest")
        self._pass_stop = threading.Event()
        self._digest_wanted, self._retry_at, self._retry_after = False, 0.0, RETRY_FIRST
        self._stopping = False
        #: whether nothing of ours runs: false between `run` and the end of its threads
        self.ended = True
        self._last: dict[str, str] = {}

    def stop(self) -> None:
        """Ask `run` to end. Safe in a signal handler: it takes no lock."""
        self._stopping = True

    def run(self) -> None:
        """Serve until `stop`; afterwards `ended` says whether everything under way ended in time.

        Raises AlreadyRunningError, StuckError, and SuowenError when the lease is lost to another machine.
        """
        with self._alone() as epoch:
            if epoch is None:
                return
            self._plan()
            self._scheduler.start()
            try:
                self._loop(epoch)
            finally:
                self._scheduler.shutdown(wait=False)
                self.ended = self._wind_down()

    def _loop(self, epoch: int) -> None:
        renew_at = beat_at = 0.0
        renewed, offset = time.monotonic(), self._offset()
        while not self._stopping:
            now = time.monotonic()
            if now >= renew_at:
                renewed, renew_at = self._renew(epoch, renewed), now + RENEW
            if now >= beat_at:
                self._beat()
                beat_at = now + RENEW
            if abs(self._offset() - offset) > CLOCK_STEP:
                _log.warning("the clock was changed by %.0f s: the plan is made anew", self._offset() - offset)
                offset = self._offset()
                self._plan()
            self._tend_passes()
            self._tend_digest()
            time.sleep(TICK)

    def _offset(self) -> float:
        """Distance of the wall clock from the monotonic one: constant unless somebody sets the clock."""
        return self._clock().timestamp() - time.monotonic()

    # --- one instance ---

    @contextmanager
    def _alone(self) -> Iterator[int | None]:
        """Hold the lock of this machine and the lease of the store; the epoch, None when stopped while waiting."""
        with locked(self._folder, self._owner) as dead:
            if dead:
                self._store.release_lease(LEASE_NAME, dead)
            epoch = self._lease()
            try:
                yield epoch
            finally:
                if epoch is not None:
                    with suppress(StoreError):
                        self._store.release_lease(LEASE_NAME, self._owner)

    def _lease(self) -> int | None:
        give_up = time.monotonic() + LEASE + RENEW
        told = False
        while not self._stopping:
            epoch = self._store.take_lease(LEASE_NAME, self._owner, self._clock(), LEASE)
            if epoch is not None:
                return epoch
            if time.monotonic() > give_up:
                raise AlreadyRunningError(
                    "already running: another suowen serve works on this store, on another "
                    "machine or from another folder; stop it first"
                )
            if not told:
                _log.warning("another suowen serve held this store: waiting up to %.0f s whether it is alive", LEASE)
                told = True
            time.sleep(TICK)
        return None

    def _renew(self, epoch: int, renewed: float) -> float:
        """Hold on to the lease; when it was held last."""
        try:
            held = self._store.renew_lease(LEASE_NAME, self._owner, epoch, self._clock(), LEASE)
        except StoreError as error:
            if time.monotonic() - renewed > LEASE:
                raise SuowenError(f"the store could not be reached for {LEASE:.0f} s: {error}") from error
            _log.warning("the lease could not be renewed: %s", error)
            return renewed
        if not held:
            raise SuowenError("another suowen serve took this store over while this one did not answer; this one stops")
        return time.monotonic()

    # --- passes ---

    def _plan(self) -> None:
        """Lay every source's next run, and the digest's, before the scheduler, from what the store knows."""
        now = self._clock()
        for source in self._sources.values():
            due = self._store.next_due(source.name) or now
            # a shorter interval in the configuration, or a clock that was wrong, must not leave it waiting
            self._lay_source(source, min(due, due_after(source, now)) - now)
        hour, minute = self._digest_at.split(":")
        daily = CronTrigger(hour=hour, minute=minute, timezone=self._zone)
        self._lay("digest", daily, daily.get_next_fire_time(None, now) - now, self._want_digest)
        self._catch_up(now)

    def _lay_source(self, source: Source, wait: timedelta) -> None:
        trigger = trigger_of(source.schedule, source.zone, jitter_of(source.schedule))
        self._lay(f"source {source.name}", trigger, wait, partial(self._fire, source.name))

    def _lay(self, name: str, trigger: BaseTrigger, wait: timedelta, job: Callable[[], None]) -> None:
        """Put one job before the scheduler, which goes by the machine's clock: hence a wait, not a moment."""
        first = datetime.now(UTC) + max(timedelta(), wait)
        self._scheduler.add_job(job, trigger, id=name, name=name, next_run_time=first, replace_existing=True)

    def _fire(self, name: str) -> None:
        with self._guard:
            self._due.add(name)

    def _tend_passes(self) -> None:
        took = self._passes.took()
        if took is not None:
            if took > self._pass_deadline and not self._pass_stop.is_set():
                _log.warning("the pass took %.0f s: it is stopped, what is left stays queued", took)
                self._pass_stop.set()
            if took > self._pass_deadline + PASS_GRACE:
                raise StuckError(f"a pass hangs since {took:.0f} s and does not stop")
            return
        with self._guard:
            names = frozenset(self._due)
            quiet = bool(names) and names == self._gathered
            self._gathered = names
            if quiet:
                self._due.clear()
        if quiet:  # nobody joined since the last tick: those who are due at one time share a pass
            self._pass_stop = threading.Event()
            chosen = [self._sources[name] for name in sorted(names)]
            self._passes.start(partial(self._one_pass, chosen, self._pass_stop))

    def _one_pass(self, sources: Sequence[Source], stop: threading.Event) -> None:
        unreached: Collection[str] = ()
        try:
            unreached = getattr(self._run_pass(sources, stop), "unreached", ())
        except (SuowenError, StoreError):
            _log.exception("the pass over %s failed", _names(sources))
        except Exception:
            _log.exception("a bug ended the pass over %s", _names(sources))
            if len(sources) > 1:  # one source's page must not stop the others for ever
                for source in sources:
                    if not stop.is_set():
                        self._one_pass([source], stop)
                return
        self._last["pass"] = self._clock().isoformat(timespec="seconds")
        if self._stopping:
            return  # they stay due: the next start takes them up
        now = self._clock()
        with suppress(StoreError):
            for source in sources:
                due = due_after(source, now, unreached)
                self._store.set_next_due(source.name, due)
                if source.name in unreached:
                    self._lay_source(source, due - now)

    # --- the digest ---

    def _want_digest(self) -> None:
        self._digest_wanted, self._retry_at, self._retry_after = True, 0.0, RETRY_FIRST

    def _catch_up(self, now: datetime) -> None:
        """After a stop over its hour, today's digest is made late; a store with nothing to tell waits for the hour."""
        local = now.astimezone(self._zone)
        if f"{local:%H:%M}" >= self._digest_at and (
            history.last_commit(self._store) or self._store.last_digest("9999-12-31")
        ):
            self._want_digest()

    def _tend_digest(self) -> None:
        if self._digest_wanted and not self._digests.busy() and time.monotonic() >= self._retry_at:
            self._digest_wanted = False
            self._digests.start(self._one_digest)

    def _one_digest(self) -> None:
        day = self._clock().astimezone(self._zone).date()
        try:
            made = self._make_digest(day)
        except Exception:
            _log.exception("the digest of %s could not be made", day)
            self._try_again()
            return
        delivery: Any = getattr(made, "delivery", None)
        if delivery is not None and not delivery.complete:
            for recipient, why in delivery.failed.items():
                _log.warning("the digest of %s did not reach %s: %s", day, recipient, why)
            self._try_again()
        else:
            _log.info("the digest of %s is made", day)
            self._last["digest"] = day.isoformat()

    def _try_again(self) -> None:
        self._retry_at = time.monotonic() + self._retry_after
        self._retry_after = min(RETRY_LAST, self._retry_after * 2)
        self._digest_wanted = True

    # --- the end ---

    def _beat(self) -> None:
        """Say in a file that the loop turns: `at` is the last tick, `busy` what runs since how many seconds."""
        if self._folder is None:
            return
        lanes = (self._passes, self._digests)
        said = {
            "at": self._clock().isoformat(timespec="seconds"),
            "owner": self._owner,
            "last": self._last,
            "busy": {lane.name: round(took) for lane in lanes if (took := lane.took()) is not None},
        }
        path = self._folder / "heartbeat.json"
        try:
            new = path.with_suffix(".new")
            new.write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
            new.replace(path)
        except OSError as error:
            _log.warning("the heartbeat cannot be written: %s", error)

    def _wind_down(self) -> bool:
        self._pass_stop.set()
        end = time.monotonic() + STOP_WITHIN
        ended = [lane.join(max(0.0, end - time.monotonic())) for lane in (self._passes, self._digests)]
        return all(ended)


class _Worker:
    """Does one thing at a time in a thread of its own, which is no reason for the process to stay alive."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._thread: threading.Thread | None = None
        self._since = 0.0

    def start(self, function: Callable[[], None]) -> None:
        """Begin; only when not busy."""
        self._since = time.monotonic()
        self._thread = threading.Thread(target=function, name=f"suowen-{self.name}", daemon=True)
        self._thread.start()

    def busy(self) -> bool:
        """Whether it is at something."""
        return self._thread is not None and self._thread.is_alive()

    def took(self) -> float | None:
        """Seconds since it began what it is at."""
        return time.monotonic() - self._since if self.busy() else None

    def join(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.busy()


def _names(sources: Sequence[Source]) -> str:
    return ", ".join(source.name for source in sources)


def serve(store: Store, sources: Sequence[Source], run_pass: RunPass, make_digest: MakeDigest, config: Config) -> None:
    """Run the service of a working folder until SIGTERM or SIGINT; ends the process when something does not stop.

    Raises AlreadyRunningError, StuckError, and SuowenError when the store or its lease is lost.
    """
    owner = f"{platform.node()}:{os.getpid()}:{secrets.token_hex(4)}"
    service = Service(
        store,
        sources,
        run_pass,
        make_digest,
        zone=config.settings.zone,
        digest_at=config.settings.digest.at,
        owner=owner,
        folder=config.data,
    )

    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells each tick

    def asked(number: int, frame: object) -> None:
        service.stop()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    _log.info("serving %d sources, digest at %s %s", len(sources), config.settings.digest.at, config.settings.zone)
    try:
        service.run()
    except (SuowenError, StoreError) as error:
        _cut_off(service, 1, str(error))
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _cut_off(service, 0, "stopped")
    _log.info("stopped")


def _cut_off(service: Service, code: int, why: str) -> None:
    """End the process when threads that do not end would keep it; the store stands a kill at any point."""
    if not service.ended:
        _log.critical("%s; what did not end within %.0f s is cut off", why, STOP_WITHIN)
        logging.shutdown()
        os._exit(code)
