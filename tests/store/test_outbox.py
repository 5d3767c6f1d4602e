"""Tests of store/outbox.py on both databases: claims, parts, retries, subscriptions, concurrency."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store import Store, outbox
from store.outbox import Delivery, Message, SubscriptionState

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def message(number: str = "m1", subscription: str = "daily") -> Message:
    """Return a message with the id `number`."""
    return Message(number, subscription, NOW, "标题", {"sections": [], "headline": "标题"})


def delivery(number: str = "m1", recipient: str = "", part: int = 1, destination: str = "desk") -> Delivery:
    """Return a waiting delivery."""
    return Delivery(number, destination, recipient, part, "正文", "waiting", 0, NOW, "", NOW)


def test_message_is_stored_once(store: Store) -> None:
    """A message id is stored only once, with its deliveries; the content is loaded unchanged."""
    assert outbox.enqueue(store, message(), [delivery()], events=["article:1"])
    assert not outbox.enqueue(store, replace(message(), title="x"), [delivery(part=2)])
    assert outbox.message_of(store, "m1") == message() and outbox.message_of(store, "m2") is None
    assert outbox.deliveries_of(store, "m1") == [delivery()]
    assert (
        outbox.known_events(store, "daily") == {"article:1"} == outbox.known_events(store, "daily", ["article:1", "x"])
    )


def test_claim_and_settle(store: Store) -> None:
    """A claimed delivery can be claimed again only after its claim expires, a sent one never.

    The answer for a valid claim is stored, and the answer for an expired claim is ignored.
    """
    outbox.enqueue(store, message(), [delivery()])
    first = outbox.claim(store, "desk", NOW, 60)
    assert first is not None and (first.state, first.attempts) == ("sending", 1)
    assert outbox.claim(store, "desk", NOW + timedelta(seconds=59), 60) is None
    second = outbox.claim(store, "desk", NOW + timedelta(seconds=60), 60)
    assert second is not None and second.attempts == 2
    outbox.settle(store, first, "sent", "late answer of a lost claim", NOW)
    assert outbox.deliveries_of(store, "m1")[0].state == "sending"
    outbox.settle(store, second, "sent", "0 ok", NOW + timedelta(seconds=61))
    (sent,) = outbox.deliveries_of(store, "m1")
    assert (sent.state, sent.answer) == ("sent", "0 ok")
    assert outbox.claim(store, "desk", NOW + timedelta(days=9), 60) is None
    assert outbox.due_destinations(store, NOW + timedelta(days=9)) == [] and outbox.next_try(store) is None


def test_parts_are_sent_in_order(store: Store) -> None:
    """A later part waits for the earlier parts of its recipient and is refused with them.

    Other recipients are independent.
    """
    rows = [delivery(part=1), delivery(part=2), delivery(recipient="b", part=1)]
    outbox.enqueue(store, message(), rows)
    first = outbox.claim(store, "desk", NOW, 60)
    other = outbox.claim(store, "desk", NOW, 60)
    assert first is not None and other is not None
    assert [(first.recipient, first.part), (other.recipient, other.part)] == [("", 1), ("b", 1)]
    assert outbox.claim(store, "desk", NOW, 60) is None
    outbox.settle(store, first, "waiting", "503", NOW, next_try=NOW + timedelta(seconds=30))
    assert outbox.claim(store, "desk", NOW, 60) is None
    again = outbox.claim(store, "desk", NOW + timedelta(seconds=30), 60)
    assert again is not None and again.part == 1
    outbox.settle(store, again, "refused", "404", NOW)
    assert [(row.part, row.state, row.answer) for row in outbox.deliveries_of(store, "m1") if not row.recipient] == [
        (1, "refused", "404"),
        (2, "refused", "404"),
    ]
    assert outbox.retry_now(store, NOW, message="m1") == 2
    assert [row.state for row in outbox.deliveries_of(store, "m1")] == ["waiting", "waiting", "sending"]


def test_subscription_moves_with_its_message(store: Store) -> None:
    """A message and the subscription's new state are stored together.

    A process with an outdated state stores neither.
    """
    start = outbox.start_subscription(store, SubscriptionState("daily", 4, NOW, {"sources": {"a": "failing"}}))
    assert outbox.start_subscription(store, SubscriptionState("daily", 9, NOW, {})) == start
    after = SubscriptionState("daily", 7, NOW + timedelta(hours=1), {})
    assert outbox.enqueue(store, message("m1"), [delivery("m1")], move=(start, after))
    assert not outbox.enqueue(store, message("m2"), [delivery("m2")], move=(start, after))
    assert outbox.message_of(store, "m2") is None and outbox.subscription_state(store, "daily") == after
    assert not outbox.advance(store, start, after) and outbox.advance(store, after, start)


def test_postponed_and_counted(store: Store) -> None:
    """All waiting deliveries of a destination can be postponed together; attempts of the last minute are counted.

    A claimed delivery is not postponed.
    """
    outbox.enqueue(store, message(), [delivery(recipient=str(number)) for number in range(3)])
    claimed = outbox.claim(store, "desk", NOW, 60)
    assert claimed is not None
    assert outbox.attempts_since(store, "desk", NOW - timedelta(minutes=1)) == (1, NOW)
    outbox.postpone(store, "desk", NOW + timedelta(hours=9))
    # The delivery whose claim has expired can be claimed again.
    assert outbox.claim(store, "desk", NOW + timedelta(hours=8), 60) is not None
    assert outbox.claim(store, "desk", NOW + timedelta(hours=8), 9000) is None
    assert outbox.next_try(store) is not None


def test_old_messages_are_pruned(store: Store) -> None:
    """Old messages with finished deliveries are deleted; their events still count as reported."""
    outbox.enqueue(store, message("m1"), [delivery("m1")], events=["article:1"])
    outbox.enqueue(store, message("m2"), [delivery("m2")])
    claimed = outbox.claim(store, "desk", NOW, 60)
    assert claimed is not None
    outbox.settle(store, claimed, "sent", "ok", NOW)
    assert outbox.prune_messages(store, NOW) == 0
    assert outbox.prune_messages(store, NOW + timedelta(days=1)) == 1
    assert outbox.message_of(store, claimed.message) is None and outbox.known_events(store, "daily") == {"article:1"}


def test_concurrent_claims_are_distinct(store: Store) -> None:
    """Eight threads claim sixty deliveries, each of them once."""
    outbox.enqueue(store, message(), [delivery(recipient=f"{number:02}") for number in range(60)])

    def work(_: int) -> list[str]:
        found = []
        while claimed := outbox.claim(store, "desk", NOW, 600):
            found.append(claimed.recipient)
        return found

    with ThreadPoolExecutor(8) as pool:
        claimed = [name for names in pool.map(work, range(8)) for name in names]
    assert sorted(claimed) == [f"{number:02}" for number in range(60)]


def test_text_that_databases_refuse(store: Store) -> None:
    """NUL and lone surrogates in an answer or a body are replaced instead of refused."""
    outbox.enqueue(store, message(), [replace(delivery(), body="a\x00b\ud800")])
    claimed = outbox.claim(store, "desk", NOW, 60)
    assert claimed is not None and "\x00" not in claimed.body
    outbox.settle(store, claimed, "sent", "\x00\ud800", NOW)
    assert len(outbox.list_deliveries(store, limit=5)) == 1
