"""The range of a digest: the commits that it covers, and the period in which it counts outcomes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from store import Store, queries
from store.records import DigestRow


def commit_range(store: Store, day: date, zone: ZoneInfo, now: datetime) -> tuple[int, int]:
    """Return the range (after, upto] of commit numbers for a day that has no stored digest row."""
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    first, last = queries.commits_between(store, start, end)
    if has_later_digest(store, day):
        return first, last  # built after the digest of a later day: covers the commits of its own day only
    before = store.last_digest(day.isoformat())
    if end > now:
        last = queries.last_commit(store)
    after = before.upto if before is not None else 0
    return after, max(last, after)


def has_later_digest(store: Store, day: date) -> bool:
    """Return whether a later day's digest is frozen; that digest then covers this day's commits."""
    latest = store.last_digest("9999-12-31")
    return latest is not None and latest.day > day.isoformat()


def start_of_range(store: Store, row: DigestRow, zone: ZoneInfo) -> datetime | None:
    """Return the start time of the digest's range; None for the first digest, which also counts fetches before any
    commit.
    """
    before = store.last_digest(row.day)
    if before is None and row.after == 0:
        return None
    if before is not None and before.upto == row.after:
        return end_of_range(before, zone)
    return midnight(date.fromisoformat(row.day), zone)


def end_of_range(row: DigestRow, zone: ZoneInfo) -> datetime:
    """Return the time until which a digest counts outcomes: its creation, or the end of its day if that is earlier."""
    return min(row.made_at, midnight(date.fromisoformat(row.day) + timedelta(days=1), zone))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
