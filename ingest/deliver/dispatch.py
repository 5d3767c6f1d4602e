"""Queue the messages of subscriptions and send those that are due, for `suowen send` and the service.

    subscription due ──collect──▶ content ──queue──▶ outbox ──deliver──▶ channel ──▶ answer stored

Messages are stored before they are sent (store/outbox.py). One destination's failure does not delay the others.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.config.settings import Settings
from ingest.config.subscriptions import DIGEST, Destination, Subscription, SubscriptionsFile
from ingest.deliver.channel import Channel
from ingest.deliver.channel_factory import MakeChannel, make_channel, missing
from ingest.deliver.collect import Collected, collect, first_state
from ingest.deliver.mail_html import render_mail
from ingest.deliver.message_content import item, section
from ingest.deliver.subject import subject
from ingest.deliver.weekly_message import weekly_message
from ingest.digest import format_zh
from ingest.errors import ConfigError, UsageError
from store import Store, masked_views, outbox
from store.outbox import Delivery, Message, State, SubscriptionState
from store.records import SourceHealth

_log = logging.getLogger("suowen.deliver")
#: seconds before the second attempt, doubled for each further attempt up to the maximum. Not measured
BACKOFF_FIRST, BACKOFF_LAST = 60.0, 7200.0
#: time after which an undelivered message expires. Not measured
EXPIRES = timedelta(days=3)
#: seconds for which a delivery is claimed; longer than one attempt of any channel
CLAIM = 300.0
#: number of destinations served at the same time. Not measured
THREADS = 4
#: name of the subscription to which the messages of `suowen test-channel` belong
TEST = "test"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one attempt, for reports."""

    message: str
    destination: str
    recipient: str
    part: int
    state: State
    answer: str

    def __str__(self) -> str:
        """Format the attempt for the log."""
        target = f"{self.destination} {self.recipient}".strip()
        return f"message {self.message} to {target}: {self.state}: {self.answer}"


class Dispatcher:
    """Sender of the messages of one working folder: queues and sends them. Several processes may work on one store.

    `clock` returns an aware time. `stop` ends the work between two deliveries. `make` returns the channel of a
    destination.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        subscriptions: SubscriptionsFile,
        source_names: Sequence[str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        stop: threading.Event | None = None,
        make: MakeChannel = make_channel,
        backoff: float = BACKOFF_FIRST,
        claim_seconds: float = CLAIM,
    ) -> None:
        self._store, self._settings, self._file, self._source_names = store, settings, subscriptions, source_names
        self._clock, self._stop, self._make = clock, stop or threading.Event(), make
        self._backoff, self._claim_seconds = backoff, claim_seconds
        self._zone = ZoneInfo(settings.zone)

    def run(self) -> list[Attempt]:
        """Queue the messages of all due subscriptions, then send all due deliveries; return the attempts."""
        for subscription in self._file.subscriptions:
            if self._stop.is_set():
                break
            if self._is_due(subscription):
                self.queue(subscription)
        return self.deliver()

    # --- making messages ----------------------------------------------------------------------------------------

    def subscription(self, name: str) -> Subscription:
        """Return a configured subscription. Raises UsageError for an unknown name."""
        found = next((entry for entry in self._file.subscriptions if entry.name == name), None)
        if found is None:
            known = ", ".join([DIGEST, *(entry.name for entry in self._file.subscriptions)])
            raise UsageError(f"{name}: no such subscription in config/subscriptions.yaml; known: {known}")
        return found

    def collect(self, subscription: Subscription) -> Collected:
        """Collect what a subscription would report now. Stores nothing except the start of a new subscription."""
        now = self._clock()
        health = masked_views.health(self._store, self._source_names, now).value
        silent_days = self._settings.digest.silent_days
        state = outbox.subscription_state(self._store, subscription.name)
        if state is None:
            first = first_state(self._store, subscription, now, health=health, silent_days=silent_days)
            state = outbox.start_subscription(self._store, first)
        return self._collect(subscription, state, now, health)

    def preview(self, subscription: Subscription, since: int | None = None) -> Collected:
        """Collect without storing anything. With `since`, collect everything after this commit, not after the last
        message.

        The content of the result includes its headline.
        """
        now = self._clock()
        health = masked_views.health(self._store, self._source_names, now).value
        state = outbox.subscription_state(self._store, subscription.name)
        if state is None or since is not None:
            state = first_state(
                self._store, subscription, now, health=health, silent_days=self._settings.digest.silent_days
            )
            state = state if since is None else replace(state, upto=since)
        collected = self._collect(subscription, state, now, health)
        return replace(collected, content=self.shown(subscription, collected, state.checked_at))

    def _collect(
        self, subscription: Subscription, state: SubscriptionState, now: datetime, health: Sequence[SourceHealth]
    ) -> Collected:
        return collect(
            self._store,
            subscription,
            state,
            zone=self._settings.zone,
            now=now,
            health=health,
            silent_days=self._settings.digest.silent_days,
        )

    def queue(self, subscription: Subscription) -> Message | None:
        """Store the message of a subscription with its deliveries and return it.

        Returns None if there is nothing to report, or if another process has queued the message.
        """
        collected = self.collect(subscription)
        before = outbox.subscription_state(self._store, subscription.name)
        assert before is not None  # `collect` has stored the state
        if collected.empty:
            outbox.advance(self._store, before, collected.state)
            return None
        message = self._message(subscription, collected, before.checked_at)
        deliveries = self.deliveries(message, subscription.to)
        queued = outbox.enqueue(
            self._store, message, deliveries, move=(before, collected.state), events=collected.events
        )
        return message if queued else None

    def _message(self, subscription: Subscription, collected: Collected, since: datetime) -> Message:
        now = self._clock()
        content = self.shown(subscription, collected, since)
        content["html"] = render_mail(content, made_at=now.astimezone(self._zone), settings=self._settings)
        identity = f"{subscription.name}.{secrets.token_hex(8)}"
        return Message(identity, subscription.name, now, content["headline"], content)

    def shown(self, subscription: Subscription, collected: Collected, since: datetime) -> dict[str, Any]:
        """Return the content of a message with its headline; a weekly subscription has the weekly form."""
        today = self._clock().astimezone(self._zone).date()
        content = {**collected.content, "pages": self._settings.pages}
        if subscription.when.weekday is not None:
            return weekly_message(content, collected.digest, since.astimezone(self._zone).date(), today)
        return {"headline": subject(content, today), **content}

    def deliveries(self, message: Message, destinations: Iterable[str]) -> list[Delivery]:
        """Return the deliveries of a message.

        A destination without a URL gets a delivery too, which waits for the URL. A destination whose channel cannot be
        built gets a refused delivery. Unknown names are ignored.
        """
        found: list[Delivery] = []
        for name in destinations:
            destination = self._file.destination(name)
            if destination is not None:
                found += list(self._of_destination(message, destination))
        return found

    def _of_destination(self, message: Message, destination: Destination) -> Iterator[Delivery]:
        now = self._clock()
        try:
            channel = self._make(destination, self._settings)
        except ConfigError as error:
            _log.warning("%s", error)
            yield Delivery(message.id, destination.name, "", 1, "", "refused", 0, now, str(error), now)
            return
        bodies = channel.parts(dict(message.content))
        for recipient in channel.recipients():
            for part, body in enumerate(bodies, start=1):
                yield Delivery(message.id, destination.name, recipient, part, body, "waiting", 0, now, "", now)

    def _is_due(self, subscription: Subscription) -> bool:
        """Return whether the schedule requires a message now; False while all destinations have quiet hours.

        A new subscription is not due: its start is stored, so that later messages cover what follows.
        """
        local = self._clock().astimezone(self._zone)
        state = outbox.subscription_state(self._store, subscription.name)
        last = subscription.when.last(local)
        if state is not None and last is not None and state.checked_at >= last:
            return False
        if state is None:  # a new subscription: `collect` stores its start, and nothing is reported
            self.collect(subscription)
            return False
        targets = [target for name in subscription.to if (target := self._file.destination(name))]
        return not targets or any(not (target.quiet and target.quiet.until(local)) for target in targets)

    # --- sending ------------------------------------------------------------------------------------------------

    def deliver(
        self, *, message: str | None = None, extra: Sequence[Destination] = (), quiet: bool = True
    ) -> list[Attempt]:
        """Send all due deliveries, or those of one message; `extra`: destinations that are not in the configuration.

        Returns the attempts. Several destinations are served at the same time, each in one thread. `quiet`: observe
        quiet hours.
        """
        known = {destination.name: destination for destination in (*self._file.destinations, *extra)}
        names = [name for name in outbox.due_destinations(self._store, self._clock()) if name in known]
        with ThreadPoolExecutor(THREADS, thread_name_prefix="deliver") as pool:
            found = list(pool.map(lambda name: self._serve(known[name], message, quiet), names))
        return [attempt for attempts in found for attempt in attempts]

    def _serve(self, destination: Destination, message: str | None, quiet: bool) -> list[Attempt]:
        """Send the due deliveries of one destination until none is left, the destination must wait, or `stop` is set.

        Returns the attempts. During quiet hours, and if the channel cannot be built, the deliveries are postponed.
        """
        attempts: list[Attempt] = []
        local = self._clock().astimezone(self._zone)
        if quiet and destination.quiet and (until := destination.quiet.until(local)):
            outbox.postpone(self._store, destination.name, until, f"quiet hours until {until:%H:%M}")
            return attempts
        try:
            channel = self._make(destination, self._settings)
        except ConfigError as error:
            _log.warning("%s", error)
            later = self._clock() + timedelta(seconds=BACKOFF_LAST)
            outbox.postpone(self._store, destination.name, later, str(error))
            return attempts
        try:
            while not self._stop.is_set() and self._within_rate(destination, channel):
                delivery = outbox.claim(
                    self._store,
                    destination.name,
                    self._clock(),
                    self._claim_seconds,
                    message=message,
                    per_minute=channel.per_minute,
                )
                if delivery is None:
                    break
                attempt, pause = self._attempt(channel, delivery)
                attempts.append(attempt)
                if pause is not None:
                    outbox.postpone(self._store, destination.name, pause, attempt.answer)
                    break
        finally:
            close = getattr(channel, "close", None)
            if close is not None:
                close()
        return attempts

    def _within_rate(self, destination: Destination, channel: Channel) -> bool:
        """Return whether the rate limit of the channel allows another attempt now; if not, postpone the deliveries."""
        if not channel.per_minute:
            return True
        now = self._clock()
        count, first = outbox.attempts_since(self._store, destination.name, now - timedelta(minutes=1))
        if count < channel.per_minute or first is None:
            return True
        outbox.postpone(self._store, destination.name, first + timedelta(minutes=1, seconds=1))
        return False

    def _attempt(self, channel: Channel, delivery: Delivery) -> tuple[Attempt, datetime | None]:
        """Send one delivery and store the result.

        Returns the attempt, and the time until which the destination must wait (None if it need not wait).
        """
        message = outbox.message_of(self._store, delivery.message)
        assert message is not None  # a foreign key guarantees that the message exists
        result = channel.send(message, delivery)
        now = self._clock()
        state: State = "sent" if result.state == "sent" else "refused" if result.state == "refused" else "waiting"
        again: datetime | None = None
        if state == "waiting":
            wait = max(min(self._backoff * 2 ** (delivery.attempts - 1), BACKOFF_LAST), result.retry_after or 0.0)
            again = now + timedelta(seconds=wait)
            if again - message.created_at > EXPIRES:
                state, again = "expired", None
        outbox.settle(self._store, delivery, state, result.answer, now, next_try=again)
        attempt = Attempt(
            delivery.message, delivery.destination, delivery.recipient, delivery.part, state, result.answer
        )
        return attempt, again if result.whole else None

    # --- trying a destination -----------------------------------------------------------------------------------

    def test(self, name: str) -> list[Attempt]:
        """Send one line to a destination and return the attempts.

        Raises UsageError for an unknown name, ConfigError if the destination is incomplete.
        """
        destination = self._file.destination(name)
        if destination is None:
            known = ", ".join(entry.name for entry in self._file.destinations) or "none"
            raise UsageError(f"{name}: no such destination in config/subscriptions.yaml; known: {known}")
        if reason := missing(destination):
            raise ConfigError([reason])
        self._make(destination, self._settings)
        now = self._clock()
        words = f"所闻测试消息 {format_zh.moment(now.astimezone(self._zone))}"
        content: dict[str, Any] = {"sections": [section("test", "测试", [item(words)])], "headline": words}
        message = Message(f"{TEST}.{secrets.token_hex(8)}", TEST, now, words, content)
        outbox.enqueue(self._store, message, self.deliveries(message, [name]))
        return self.deliver(message=message.id, quiet=False)
