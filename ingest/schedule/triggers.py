"""Schedules -> APScheduler triggers and the moments at which sources are due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ingest import cron
from ingest.model import Schedule, Source

#: seconds by which a source's run is put off at random, at most a tenth of its interval, so that not all start at once
JITTER = 60

#: seconds after which sources are tried again that could not be reached because our own network was down; a minute
#: longer than a robots.txt that could not be had is remembered
AGAIN = 660.0


def trigger_of(schedule: Schedule, zone: str, jitter: int | None = None) -> BaseTrigger:
    """APScheduler's trigger for a schedule, in local time of `zone`, put off by at most `jitter` seconds.

    Raises ValueError for a cron expression that `ingest.cron` refuses.
    """
    if schedule.cron is None:
        return IntervalTrigger(seconds=schedule.seconds or 3600, timezone=ZoneInfo(zone), jitter=jitter)
    meaning = cron.parse(schedule.cron)
    days = {"day": _listed(meaning.days)}
    weekdays = {"day_of_week": ",".join(cron.WEEKDAYS[number] for number in meaning.weekdays)}
    common = {
        "minute": _listed(meaning.minutes),
        "hour": _listed(meaning.hours),
        "month": _listed(meaning.months),
        "timezone": ZoneInfo(zone),
        "jitter": jitter,
    }
    if meaning.either:
        return OrTrigger([CronTrigger(**common, **days), CronTrigger(**common, **weekdays)])
    return CronTrigger(**common, **days, **weekdays)


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(str(number) for number in numbers)


def next_runs(schedule: Schedule, zone: str, now: datetime, n: int) -> list[datetime]:
    """The next `n` moments after `now` at which a schedule is due, as local times of `zone`, without jitter."""
    if schedule.cron is None:
        step = timedelta(seconds=schedule.seconds or 3600)
        return [(now + step * (k + 1)).astimezone(ZoneInfo(zone)) for k in range(n)]
    trigger = trigger_of(schedule, zone)
    found: list[datetime] = []
    last, after = None, now.astimezone(ZoneInfo(zone)) + timedelta(microseconds=1)
    while len(found) < n:
        last = trigger.get_next_fire_time(last, after)
        if last is None:
            break
        found.append(last)
        after = last + timedelta(microseconds=1)
    return found


def due_after(source: Source, now: datetime, unreached: Collection[str] = ()) -> datetime:
    """When a source is due after a pass: as its schedule says, or soon when it is among those that our own network
    kept us from; a source of one hour a day must not lose the day."""
    (following,) = next_runs(source.schedule, source.zone, now, 1) or [now + timedelta(days=366)]
    return min(following, now + timedelta(seconds=AGAIN)) if source.name in unreached else following


def jitter_of(schedule: Schedule) -> int | None:
    return min(JITTER, (schedule.seconds or 600) // 10) or None
