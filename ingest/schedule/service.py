"""The service behind `suowen serve`: runs passes, digests and the sending of messages at their times.

    APScheduler ──fires──▶ names of due sources ──▶ main loop ──▶ one pass over all of them, in its own thread
                                                        ├──▶ the digest of the day, in another thread
                                                        ├──▶ messages of subscriptions, in another thread
                                                        └──▶ renews the lease, writes the heartbeat, checks deadlines

The APScheduler jobs only record what is due, so that no job can hang and jobs cannot pile up. The due times of sources
are stored in the database; after a restart, a crash or a change of the clock their jobs are scheduled from these times.
Only one pass runs at a time, because a pass recovers the archive, and must not do so while another pass writes it.
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
from ingest.pipeline_types import Source
from ingest.schedule.lock import AlreadyRunningError, locked
from ingest.schedule.triggers import due_after, jitter_of, trigger_of
from store import Store, StoreError, queries
from store.private_files import private

_log = logging.getLogger("suowen.serve")

#: seconds that the main loop sleeps in each turn; a stop request is noticed after about this time
TICK = 0.5
#: LEASE: seconds for which a lease is valid without renewal; after a crash a successor waits this long. RENEW: seconds
#: between renewals
LEASE, RENEW = 30.0, 10.0
LEASE_NAME = "serve"
#: seconds until a pass is requested to stop, and further seconds until it counts as stuck; not measured
PASS_DEADLINE, PASS_GRACE = 3600.0, 120.0
#: maximum seconds for which a stop waits for the threads; service managers kill after 10 s (docker) or 90 s (systemd)
STOP_WITHIN = 9.0
#: seconds until a digest that failed or did not reach all recipients is tried again, doubled each time up to RETRY_LAST
RETRY_FIRST, RETRY_LAST = 600.0, 7200.0
#: seconds between two checks whether messages of subscriptions must be sent; not measured
MESSAGES = 30.0
#: seconds by which the wall clock may drift from the monotonic clock before all jobs are scheduled again
CLOCK_STEP = 60.0

RunPass = Callable[[Sequence[Source], threading.Event], object]
MakeDigest = Callable[[date], object]
SendMessages = Callable[[threading.Event], object]


class StuckError(SuowenError):
    """A pass is stuck: it did not end after a stop request.

    The process must end; the service manager starts it again.
    """


class Service:
    """The service, which runs passes and digests and sends messages at their times until `stop` is called.

    `run_pass(sources, stop)` does one pass and returns soon after `stop` is set. Its result may have the attribute
    `unreached`: the names of sources that were unreachable because our own network failed. `make_digest(day)` builds
    and sends the digest of a local day and may be called again for the same day. Its result may have the attribute
    `delivery` with `complete` and `failed`. `send_messages(stop)` sends the due messages of subscriptions. `folder` is
    the folder of the lock file and the heartbeat.
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
        send_messages: SendMessages | None = None,
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
        self._due_last_tick: frozenset[str] = frozenset()
        self._due_lock = threading.Lock()
        self._passes, self._digests, self._messages = _Worker("pass"), _Worker("digest"), _Worker("messages")
        self._send_messages, self._messages_at, self._message_stop = send_messages, 0.0, threading.Event()
        self._pass_stop = threading.Event()
        self._digest_wanted, self._retry_at, self._retry_after = False, 0.0, RETRY_FIRST
        self._stopping = False
        #: False if a thread has not ended within STOP_WITHIN seconds after the main loop
        self.ended = True
        self._last: dict[str, str] = {}

    def stop(self) -> None:
        """Request that `run` end. Safe in a signal handler, because it takes no lock."""
        self._stopping = True

    def run(self) -> None:
        """Serve until `stop` is called; afterwards `ended` is True if all threads ended in time.

        Raises AlreadyRunningError, StuckError, and SuowenError if the lease is lost or the store cannot be reached.
        """
        with self._exclusive() as epoch:
            if epoch is None:
                return
            self._schedule_all()
            self._scheduler.start()
            try:
                self._loop(epoch)
            finally:
                self._scheduler.shutdown(wait=False)
                self.ended = self._join_workers()

    def _loop(self, epoch: int) -> None:
        renew_at = beat_at = 0.0
        renewed, offset = time.monotonic(), self._clock_offset()
        while not self._stopping:
            now = time.monotonic()
            if now >= renew_at:
                renewed, renew_at = self._renew(epoch, renewed), now + RENEW
            if now >= beat_at:
                self._write_heartbeat()
                beat_at = now + RENEW
            if abs(self._clock_offset() - offset) > CLOCK_STEP:
                _log.warning(
                    "the clock was changed by %.0f s: all jobs are scheduled again", self._clock_offset() - offset
                )
                offset = self._clock_offset()
                self._schedule_all()
            self._check_pass()
            self._check_digest()
            self._check_messages()
            time.sleep(TICK)

    def _clock_offset(self) -> float:
        """Return wall clock minus monotonic clock: constant unless the clock is set."""
        return self._clock().timestamp() - time.monotonic()

    # --- lock and lease ---

    @contextmanager
    def _exclusive(self) -> Iterator[int | None]:
        """Hold the lock of the folder and the lease of the store.

        Yields the epoch of the lease, None if `stop` was called before the lease was obtained.
        """
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
        give_up_at = time.monotonic() + LEASE + RENEW
        warned = False
        while not self._stopping:
            epoch = self._store.take_lease(LEASE_NAME, self._owner, self._clock(), LEASE)
            if epoch is not None:
                return epoch
            if time.monotonic() > give_up_at:
                raise AlreadyRunningError(
                    "already running: another suowen serve uses this store, on another "
                    "machine or from another folder; stop it first"
                )
            if not warned:
                _log.warning("another suowen serve holds this store: waiting up to %.0f s for its lease to end", LEASE)
                warned = True
            time.sleep(TICK)
        return None

    def _renew(self, epoch: int, renewed: float) -> float:
        """Renew the lease; return the monotonic time of the last renewal.

        Raises SuowenError if the lease is lost, or if the store could not be reached for LEASE seconds.
        """
        try:
            held = self._store.renew_lease(LEASE_NAME, self._owner, epoch, self._clock(), LEASE)
        except StoreError as error:
            if time.monotonic() - renewed > LEASE:
                raise SuowenError(f"the store could not be reached for {LEASE:.0f} s: {error}") from error
            _log.warning("the lease could not be renewed: %s", error)
            return renewed
        if not held:
            raise SuowenError(
                "another suowen serve took this store over because this one did not renew its lease; this one stops"
            )
        return time.monotonic()

    # --- passes ---

    def _schedule_all(self) -> None:
        """Schedule every source and the digest, and request today's digest if it was missed.

        A source is due at its stored due time or at its next scheduled run, whichever is earlier.
        """
        now = self._clock()
        for source in self._sources.values():
            due = self._store.next_due(source.name) or now
            # A stored due time may be too late: the interval was shortened, or the clock was wrong.
            self._schedule_source(source, min(due, due_after(source, now)) - now)
        hour, minute = self._digest_at.split(":")
        daily = CronTrigger(hour=hour, minute=minute, timezone=self._zone)
        self._schedule_job("digest", daily, daily.get_next_fire_time(None, now) - now, self._request_digest)
        self._catch_up(now)

    def _schedule_source(self, source: Source, wait: timedelta) -> None:
        trigger = trigger_of(source.schedule, source.zone, jitter_of(source.schedule))
        self._schedule_job(f"source {source.name}", trigger, wait, partial(self._mark_due, source.name))

    def _schedule_job(self, name: str, trigger: BaseTrigger, wait: timedelta, job: Callable[[], None]) -> None:
        """Schedule a job that first runs after `wait`.

        The scheduler needs a time of the system clock, not of the service's clock.
        """
        first = datetime.now(UTC) + max(timedelta(), wait)
        self._scheduler.add_job(job, trigger, id=name, name=name, next_run_time=first, replace_existing=True)

    def _mark_due(self, name: str) -> None:
        with self._due_lock:
            self._due.add(name)

    def _check_pass(self) -> None:
        running_for = self._passes.running_for()
        if running_for is not None:
            if running_for > self._pass_deadline and not self._pass_stop.is_set():
                _log.warning("the pass took %.0f s: it is stopped, the remaining candidates stay queued", running_for)
                self._pass_stop.set()
            if running_for > self._pass_deadline + PASS_GRACE:
                raise StuckError(f"a pass has been running for {running_for:.0f} s and does not stop")
            return
        with self._due_lock:
            names = frozenset(self._due)
            unchanged = bool(names) and names == self._due_last_tick
            self._due_last_tick = names
            if unchanged:
                self._due.clear()
        # wait for one turn of the main loop without a new due source, so that sources due at the same time share a pass
        if unchanged:
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
            # the bug may concern one source, so the sources run one by one: the others must still run
            if len(sources) > 1:
                for source in sources:
                    if not stop.is_set():
                        self._one_pass([source], stop)
                return
        self._last["pass"] = self._clock().isoformat(timespec="seconds")
        if self._stopping:
            return  # the sources stay due, so the next start of the service runs them
        now = self._clock()
        with suppress(StoreError):
            for source in sources:
                due = due_after(source, now, unreached)
                self._store.set_next_due(source.name, due)
                if source.name in unreached:
                    self._schedule_source(source, due - now)

    # --- the digest ---

    def _request_digest(self) -> None:
        self._digest_wanted, self._retry_at, self._retry_after = True, 0.0, RETRY_FIRST

    def _catch_up(self, now: datetime) -> None:
        """Request today's digest if its time has passed, unless the store contains neither commits nor digests yet."""
        local = now.astimezone(self._zone)
        if f"{local:%H:%M}" >= self._digest_at and (
            queries.last_commit(self._store) or self._store.last_digest("9999-12-31")
        ):
            self._request_digest()

    def _check_digest(self) -> None:
        if self._digest_wanted and not self._digests.busy() and time.monotonic() >= self._retry_at:
            self._digest_wanted = False
            self._digests.start(self._one_digest)

    def _one_digest(self) -> None:
        day = self._clock().astimezone(self._zone).date()
        try:
            made = self._make_digest(day)
        except Exception:
            _log.exception("the digest of %s could not be made", day)
            self._retry_digest()
            return
        delivery: Any = getattr(made, "delivery", None)
        if delivery is not None and not delivery.complete:
            for recipient, why in delivery.failed.items():
                _log.warning("the digest of %s did not reach %s: %s", day, recipient, why)
            self._retry_digest()
        else:
            _log.info("the digest of %s was made", day)
            self._last["digest"] = day.isoformat()

    def _retry_digest(self) -> None:
        self._retry_at = time.monotonic() + self._retry_after
        self._retry_after = min(RETRY_LAST, self._retry_after * 2)
        self._digest_wanted = True

    # --- messages of subscriptions ---

    def _check_messages(self) -> None:
        if self._send_messages is None or self._messages.busy() or time.monotonic() < self._messages_at:
            return
        self._messages_at = time.monotonic() + MESSAGES
        self._messages.start(self._one_sending)

    def _one_sending(self) -> None:
        assert self._send_messages is not None
        try:
            self._send_messages(self._message_stop)
        except Exception:
            _log.exception("the messages of subscriptions could not be sent")
        else:
            self._last["messages"] = self._clock().isoformat(timespec="seconds")

    # --- heartbeat and shutdown ---

    def _write_heartbeat(self) -> None:
        """Write the heartbeat file: `at` is the current time, `busy` maps running work to its duration in seconds."""
        if self._folder is None:
            return
        workers = (self._passes, self._digests, self._messages)
        status = {
            "at": self._clock().isoformat(timespec="seconds"),
            "owner": self._owner,
            "last": self._last,
            "busy": {worker.name: round(busy) for worker in workers if (busy := worker.running_for()) is not None},
        }
        path = self._folder / "heartbeat.json"
        try:
            new = path.with_suffix(".new")
            with open(new, "w", encoding="utf-8", opener=private) as file:
                file.write(json.dumps(status, ensure_ascii=False) + "\n")
            new.replace(path)
        except OSError as error:
            _log.warning("the heartbeat cannot be written: %s", error)

    def _join_workers(self) -> bool:
        self._pass_stop.set()
        self._message_stop.set()
        end = time.monotonic() + STOP_WITHIN
        ended = [
            worker.join(max(0.0, end - time.monotonic())) for worker in (self._passes, self._digests, self._messages)
        ]
        return all(ended)


class _Worker:
    """Runner of one function at a time in a daemon thread, which does not keep the process alive."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._thread: threading.Thread | None = None
        self._since = 0.0

    def start(self, function: Callable[[], None]) -> None:
        """Run `function` in a new thread. Must not be called while busy."""
        self._since = time.monotonic()
        self._thread = threading.Thread(target=function, name=f"suowen-{self.name}", daemon=True)
        self._thread.start()

    def busy(self) -> bool:
        """Return whether a function is running."""
        return self._thread is not None and self._thread.is_alive()

    def running_for(self) -> float | None:
        """Return the seconds for which the current function has been running, None if no function is running."""
        return time.monotonic() - self._since if self.busy() else None

    def join(self, seconds: float) -> bool:
        """Wait at most `seconds` for the function to end; return whether it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.busy()


def _names(sources: Sequence[Source]) -> str:
    return ", ".join(source.name for source in sources)


def serve(
    store: Store,
    sources: Sequence[Source],
    run_pass: RunPass,
    make_digest: MakeDigest,
    config: Config,
    send_messages: SendMessages | None = None,
) -> None:
    """Run the service of a working folder until SIGTERM or SIGINT. Exits the process if a thread does not stop.

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
        send_messages=send_messages,
    )

    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # APScheduler logs every run of a job

    def stop_service(number: int, frame: object) -> None:
        service.stop()

    before = {number: signal.signal(number, stop_service) for number in (signal.SIGTERM, signal.SIGINT)}
    _log.info("serving %d sources, digest at %s %s", len(sources), config.settings.digest.at, config.settings.zone)
    try:
        service.run()
    except (SuowenError, StoreError) as error:
        _exit_if_stuck(service, 1, str(error))
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _exit_if_stuck(service, 0, "stopped")
    _log.info("stopped")


def _exit_if_stuck(service: Service, code: int, why: str) -> None:
    """Exit the process if threads have not ended. This is safe: the store survives a kill at any point."""
    if not service.ended:
        _log.critical("%s; threads that did not end within %.0f s are killed", why, STOP_WITHIN)
        logging.shutdown()
        os._exit(code)
