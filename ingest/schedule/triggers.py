"""Schedules of sources: APScheduler triggers, and the times at which sources are due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ingest import cron
from ingest.pipeline_types import Schedule, Source

#: maximum random delay of a run in seconds, at most a tenth of the interval, so that the runs of sources do not
#: coincide
JITTER = 60

#: seconds until a source that was unreachable because our own network was down is tried again. A failed fetch of a
#: robots.txt is cached for 600 s, so the next try must come later
RETRY_AFTER_OFFLINE = 660.0


def trigger_of(schedule: Schedule, zone: str, jitter: int | None = None) -> BaseTrigger:
    """Return APScheduler's trigger for a schedule in local time of `zone`, delayed by at most `jitter` seconds.

    Raises ValueError for a cron expression that `ingest.cron` rejects.
    """
    if schedule.cron is None:
        return IntervalTrigger(seconds=schedule.seconds or 3600, timezone=ZoneInfo(zone), jitter=jitter)
    meaning = cron.parse(schedule.cron)
    days = {"day": _comma_list(meaning.days)}
    weekdays = {"day_of_week": ",".join(cron.WEEKDAYS[number] for number in meaning.weekdays)}
    common = {
        "minute": _comma_list(meaning.minutes),
        "hour": _comma_list(meaning.hours),
        "month": _comma_list(meaning.months),
        "timezone": ZoneInfo(zone),
        "jitter": jitter,
    }
    if meaning.either:
        return OrTrigger([CronTrigger(**common, **days), CronTrigger(**common, **weekdays)])
    return CronTrigger(**common, **days, **weekdays)


def _comma_list(numbers: Sequence[int]) -> str:
    return ",".join(str(number) for number in numbers)


def next_runs(schedule: Schedule, zone: str, now: datetime, n: int) -> list[datetime]:
    """Return the next `n` times after `now` at which a schedule is due, in local time of `zone`, without jitter."""
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
    """Return the time at which a source is due after a pass: by its schedule, or soon if it is one of the `unreached`.

    Sources are unreached if our own network was down: a source with one run a day must not lose that day.
    """
    (following,) = next_runs(source.schedule, source.zone, now, 1) or [now + timedelta(days=366)]
    return min(following, now + timedelta(seconds=RETRY_AFTER_OFFLINE)) if source.name in unreached else following


def jitter_of(schedule: Schedule) -> int | None:
    """Return the maximum random delay of a run in seconds, None for an interval of less than 10 seconds."""
    return min(JITTER, (schedule.seconds or 600) // 10) or None
