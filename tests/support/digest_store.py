"""Helpers that store articles and failures at given times, for tests of digests and subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from store import Store
from store.records import Fact, Fingerprint, Match, OutcomeRow, Verdict
from tests.support.digest_samples import FACTS, TEXT, article

SHANGHAI = ZoneInfo("Asia/Shanghai")
D20, D21, D22 = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)


def at(day: date, hour: float) -> datetime:
    """Return the time `hour` hours after the start of `day` in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour)


def put(
    store: Store,
    number: int,
    moment: datetime,
    *,
    text: str = TEXT,
    ruling: str = "feature",
    facts: Sequence[Fact] = FACTS,
    match: Match | None = None,
    outcome: str = "stored",
    published: str = "2026-11-20T08:12+08:00",
    title: str = "",
    fetched: datetime | None = None,
) -> int:
    """Store one article in its own batch; return the id of its story.

    Facts without their quote in the text are left out. The fetch time is `fetched`, or `moment` without it.
    """
    stored = article(
        number, text=text, title=title or f"第{number}篇", fetched_at=fetched or moment, published=published
    )
    run = store.start_run(moment, "test")
    with store.batch(at=moment, program="suowen test", rules={}) as batch:
        added = batch.article(stored, "青河网", None)
        batch.verdict(added.revision, Verdict(ruling, 0.9, ("理由",), "t@1"))  # type: ignore[arg-type]
        batch.facts(added.revision, [fact for fact in facts if text[fact.start : fact.end] == fact.quote])
        story = batch.story(added.article, Fingerprint(f"{number}", (), "t@1"), match)
        batch.outcome(OutcomeRow(run, stored.url, "青河网", outcome, "", moment, added.article))
    return story


def put_failure(store: Store, number: int, moment: datetime) -> None:
    """Store the outcome of a failed fetch; this creates no Commit."""
    run = store.start_run(moment, "test")
    with store.batch(at=moment, program="suowen test", rules={}) as batch:
        batch.outcome(OutcomeRow(run, f"https://slow.example/{number}", "慢网", "timeout", "30 s", moment))
