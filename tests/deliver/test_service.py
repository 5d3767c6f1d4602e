"""Tests of the service: a missed digest is sent late, once to each recipient, and messages are sent at intervals."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.config.settings import DigestSettings, Settings
from ingest.config.subscriptions import SubscriptionsFile
from ingest.deliver.daily_digest import daily_digest
from ingest.schedule import service as serving
from ingest.schedule.service import Service
from store import Store
from store.records import DigestRow
from tests.support.smtp_server import Start

TODAY = date(2026, 11, 21)
READERS = ("a@news.example", "b@news.example")


def test_late_digest_with_a_refusal_reaches_each_recipient_once(
    lite: Store, tmp_path: Path, start_smtp: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a late start and a refusal of one recipient at first, each recipient gets one mail (FAULTS S6, G1)."""
    store = lite
    monkeypatch.setattr(serving, "TICK", 0.05)
    monkeypatch.setattr(serving, "RETRY_FIRST", 0.2)
    sink, smtp = start_smtp()
    sink.refuse[READERS[1]] = "451 greylisted"
    settings = Settings(smtp=smtp, digest=DigestSettings(recipients=READERS))
    store.freeze_digest(DigestRow("2026-11-18", 0, 0, datetime(2026, 11, 18, tzinfo=UTC), "<old@suowen.example>"))
    ten = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    offset = ten - datetime.now(UTC)

    def clock() -> datetime:
        return datetime.now(UTC) + offset

    def build(day: date) -> object:
        return daily_digest(
            store,
            settings,
            SubscriptionsFile(),
            day=day,
            now=clock(),
            folder=tmp_path / "digests",
            source_names=[],
            send=True,
        )

    service = Service(
        store, [], lambda sources, stop: None, build, zone="Asia/Shanghai", digest_at="08:00", owner="me", clock=clock
    )
    thread = threading.Thread(target=service.run)
    thread.start()
    end = time.monotonic() + 10
    while sink.reached() != [READERS[0]]:
        assert time.monotonic() < end
        time.sleep(0.02)
    sink.refuse.clear()
    while sink.reached() != list(READERS):
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.6)
    service.stop()
    thread.join(10)
    assert sink.reached() == list(READERS)
    assert len({mail["Message-ID"] for _, mail in sink.mails}) == 1
    body = sink.mails[0][1].get_body(("plain",))
    assert body is not None and "自2026年11月18日" in body.get_content()
    assert clock() - ten < timedelta(minutes=1)


def test_messages_are_sent_again_and_again(lite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service calls `send_messages` at intervals, also after a call raised an exception.

    When the service stops, it sets the stop event that it passes to each call.
    """
    monkeypatch.setattr(serving, "TICK", 0.02)
    monkeypatch.setattr(serving, "MESSAGES", 0.05)
    stops: list[threading.Event] = []

    def send(stop: threading.Event) -> None:
        stops.append(stop)
        if len(stops) == 1:
            raise ValueError("a bug")

    service = Service(
        lite,
        [],
        lambda sources, stop: None,
        lambda day: None,
        zone="Asia/Shanghai",
        digest_at="23:59",
        owner="me",
        send_messages=send,
    )
    thread = threading.Thread(target=service.run)
    thread.start()
    end = time.monotonic() + 20
    while len(stops) < 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    service.stop()
    thread.join(20)
    assert not thread.is_alive() and service.ended and stops[0].is_set()
