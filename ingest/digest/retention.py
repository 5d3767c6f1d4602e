"""Retention of outcome rows: delete those that are old and that no digest needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.config.settings import Settings
from ingest.digest.digest_range import start_of_range
from store import Store


def prune_outcomes(store: Store, settings: Settings, now: datetime) -> int:
    """Delete outcome rows older than `keep_outcomes_days` days that are not needed any more; return their number.

    Rows counted by the newest frozen digest are kept, because that digest may be sent again. Rows that no digest has
    counted yet are kept too.
    """
    newest = store.last_digest("9999-12-31")
    start = newest and start_of_range(store, newest, ZoneInfo(settings.zone))
    return store.prune_outcomes(min(start, retention_start(settings, now))) if start else 0


def retention_start(settings: Settings, now: datetime) -> datetime:
    """Return the time before which outcome rows are deleted if no digest needs them."""
    return now - timedelta(days=settings.digest.keep_outcomes_days)
