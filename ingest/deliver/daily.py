"""Build the daily digest and send it through the outbox: the subscription that always exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingest.config.settings import Settings
from ingest.config.subscriptions import DIGEST, Destination, SubscriptionsFile
from ingest.deliver.channels import MakeChannel, make_channel
from ingest.deliver.content import content_of
from ingest.deliver.dispatch import Dispatcher
from ingest.deliver.mail_html import render_mail
from ingest.deliver.subject import summary
from ingest.digest import BuiltDigest, labels_zh, make_digest
from store import Store, outbox
from store.outbox import Delivery, Message

#: channel of the deliveries that programs before the outbox recorded
_OLD_CHANNEL = "smtp"
#: state of a delivery without an answer -> reason why it is not sent
_REASONS = {
    "waiting": "not tried yet",
    "sending": "another process is sending it, or was killed while sending; it is tried again within minutes",
}


@dataclass(frozen=True, slots=True)
class DigestDelivery:
    """The result of sending a digest; `failed` maps each remaining recipient or destination to the reason."""

    sent: tuple[str, ...]
    #: recipients who had the digest before
    already: tuple[str, ...]
    failed: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether every recipient has the digest now."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class DailyDigest:
    """A built digest and the result of sending it."""

    built: BuiltDigest
    #: None when sending was not requested or the settings do not allow it; `unsent` then names the missing setting
    delivery: DigestDelivery | None
    unsent: str = ""

    def __str__(self) -> str:
        """Format the result for the command line: files, headline, counts and failures."""
        lines = [str(self.built)]
        if self.delivery is not None:
            lines.append(
                f"sent to {len(self.delivery.sent)}, {len(self.delivery.already)} had it before, "
                f"{len(self.delivery.failed)} failed"
            )
            lines += [
                f"  {labels_zh.on_one_line(recipient)}: {reason}" for recipient, reason in self.delivery.failed.items()
            ]
        return "\n".join(lines + ([f"not sent: {self.unsent}"] if self.unsent else []))


def daily_digest(
    store: Store,
    settings: Settings,
    subscriptions: SubscriptionsFile,
    *,
    day: date,
    now: datetime,
    folder: Path,
    source_names: Sequence[str],
    send: bool,
    fix: bool = False,
    clock: Callable[[], datetime] | None = None,
    make: MakeChannel = make_channel,
) -> DailyDigest:
    """Build the digest of `day` and, if `send` is true, send it to every recipient who does not have it.

    When `send` is true but no destination is configured, the day stays open unless `fix` is true. Raises UsageError for
    a future day.
    """
    missing = missing_settings(settings, subscriptions) if send else ""
    built = make_digest(
        store,
        settings,
        day=day,
        now=now,
        folder=folder,
        source_names=source_names,
        fix=fix or (send and not missing),
    )
    if not send or missing:
        return DailyDigest(built, None, missing)
    dispatcher = Dispatcher(store, settings, subscriptions, source_names, clock=clock or (lambda: now), make=make)
    return DailyDigest(built, _send(store, settings, subscriptions, built, dispatcher, now))


def missing_settings(settings: Settings, subscriptions: SubscriptionsFile) -> str:
    """Return which setting is missing for sending the digest, "" when none is."""
    if subscriptions.digest.to:
        return ""
    if not settings.smtp.host:
        return "settings.yaml names no mail server (smtp.host), and subscriptions.yaml no destination (digest.to)"
    return "" if settings.digest.recipients else "settings.yaml names no recipients (digest.recipients)"


def digest_mail(settings: Settings) -> Destination:
    """Return the destination of digest.recipients."""
    return Destination(name=DIGEST, kind="mail", recipients=settings.digest.recipients)


def _send(
    store: Store,
    settings: Settings,
    subscriptions: SubscriptionsFile,
    built: BuiltDigest,
    dispatcher: Dispatcher,
    now: datetime,
) -> DigestDelivery:
    message = _message(built, settings, now)
    mail = digest_mail(settings)
    deliveries = dispatcher.deliveries(message, subscriptions.digest.to)
    if settings.smtp.host:
        old = [recipient for recipient in mail.recipients if store.delivered(built.row.day, _OLD_CHANNEL, recipient)]
        for recipient in dict.fromkeys(mail.recipients):
            state, answer = ("sent", "250 OK") if recipient in old else ("waiting", "")
            deliveries.append(
                Delivery(message.id, mail.name, recipient, 1, "", state, 0, now, answer, now)  # type: ignore[arg-type]
            )
    events = [f"article:{story.article}" for story in built.digest.stories]
    if not outbox.enqueue(store, message, deliveries, events=events):
        outbox.add_deliveries(store, deliveries)
    wanted = {(delivery.destination, delivery.recipient) for delivery in deliveries}
    before = _states(store, message.id, wanted)
    outbox.retry_now(store, now, message=message.id)
    dispatcher.deliver(message=message.id, extra=(mail,))
    after = _states(store, message.id, wanted)
    return DigestDelivery(
        tuple(name for name, (state, _) in after.items() if state == "sent" and before[name][0] != "sent"),
        tuple(name for name, (state, _) in before.items() if state == "sent"),
        {name: answer or _REASONS.get(state, state) for name, (state, answer) in after.items() if state != "sent"},
    )


def _message(built: BuiltDigest, settings: Settings, now: datetime) -> Message:
    content: dict[str, Any] = content_of(built.digest)
    news = [part for part in content["sections"] if part["kind"] != "sources"]
    what = summary(content)
    if not news:
        what = "没有新特写" + (f"；{what}" if what else "")
    headline = f"所闻 {built.digest.day.month}月{built.digest.day.day}日：{what}"
    content |= {"headline": headline, "message_id": built.row.message_id}
    if built.digest.since:
        content["note"] = f"自{labels_zh.day_in_words(built.digest.since)}以来"
    content["html"] = render_mail(content, made_at=built.digest.made_at, settings=settings, day=built.digest.day)
    return Message(f"{DIGEST}.{built.row.day}", DIGEST, now, headline, content)


def _states(store: Store, message: str, wanted: set[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return for each recipient, or destination without one, its worst state and the answer."""
    found: dict[str, tuple[str, str]] = {}
    for delivery in outbox.deliveries_of(store, message):
        name = delivery.recipient or delivery.destination
        if (delivery.destination, delivery.recipient) in wanted and found.get(name, ("sent", ""))[0] == "sent":
            found[name] = (delivery.state, delivery.answer)
    return found
