"""Outbox campaign: senders are killed while they send; no message may be lost, and each kill may cause one duplicate.

    nox -s campaign -- outbox [MESSAGES] [KILLS]

A local webhook without a rate limit answers every fifth request with 500. Each sender process is killed with SIGKILL
at a random time up to 20 ms after its share of the messages has arrived. The full campaign has 10,000 messages and
20 kills.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.config.settings import Settings
from ingest.config.subscriptions import Destination, SubscriptionsFile
from ingest.deliver.channel import Channel
from ingest.deliver.dispatch import Dispatcher
from ingest.deliver.http_post import Poster
from ingest.deliver.webhook import Webhook
from store import open_store, outbox
from store.outbox import Delivery, Message
from tests.support.bot_server import BotServer, webhook

#: duration of a claim and of the first back-off in the campaign, seconds; shorter than in the program
_CLAIM, _BACKOFF = 2.0, 0.2
_FORKS = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Campaign:
    """Result of a campaign: missing messages, repeated arrivals, open deliveries, kills and duration."""

    missing: int
    duplicates: int
    unsettled: int
    kills: int
    seconds: float


def _make(destination: Destination, settings: Settings) -> Channel:
    return Webhook(destination.url, poster=Poster(internal=True))


def _send(url: str, hook: str) -> None:
    """Send until no delivery is open."""
    file = SubscriptionsFile(destinations=(Destination(name="hook", kind="webhook", url=hook, internal=True),))
    with open_store(url) as store:
        dispatcher = Dispatcher(store, Settings(), file, [], make=_make, backoff=_BACKOFF, claim_seconds=_CLAIM)
        while outbox.next_try(store) is not None:
            if not dispatcher.deliver():
                time.sleep(0.05)


def campaign(folder: Path, messages: int, kills: int) -> Campaign:
    """Send `messages` messages, kill the sender `kills` times meanwhile, and return the result."""
    url, began, chance = f"sqlite:///{folder / 'outbox.db'}", time.monotonic(), random.Random(1)
    now = datetime.now(UTC)
    with open_store(url) as store:
        for number in range(messages):
            message = Message(f"m{number:06}", "news", now, "标题", {"sections": []})
            outbox.enqueue(store, message, [Delivery(message.id, "hook", "", 1, "", "waiting", 0, now, "", now)])
    with BotServer(webhook) as server:
        server.before = lambda number: (500, b"", {}) if number % 5 == 0 else None
        step = messages / (kills + 1)
        for number in range(kills):
            sender = _FORKS.Process(target=_send, args=(url, f"{server.base}/hook"))
            sender.start()
            while len(server.accepted) < step * (number + 1) and sender.is_alive():
                time.sleep(0.002)
            time.sleep(chance.random() / 50)
            sender.kill()
            sender.join()
        _send(url, f"{server.base}/hook")
        counts = Counter(number for number, _ in server.accepted)
    with open_store(url) as store:
        unsettled = len(outbox.list_deliveries(store, limit=messages, open_only=True))
    duplicates = sum(counts.values()) - len(counts)
    return Campaign(messages - len(counts), duplicates, unsettled, kills, round(time.monotonic() - began, 1))


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as scratch:
        print(campaign(Path(scratch), *(wanted or [10_000, 20])))
