"""Build the daily digest, a built-in subscription. Send it and the engineer's report through the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.config.load import Config
from ingest.config.settings import Settings
from ingest.config.subscriptions import DIGEST, ENGINEER, Destination, SubscriptionsFile
from ingest.deliver.channel_factory import MakeChannel, make_channel, missing
from ingest.deliver.dispatch import Dispatcher
from ingest.deliver.engineer_message import engineer_content
from ingest.deliver.mail_html import render_mail
from ingest.deliver.message_content import content_of
from ingest.deliver.subject import summary
from ingest.digest import BuiltDigest, Digest, format_zh, labels_zh, make_digest, prune_outcomes
from store import Store, outbox
from store.outbox import Delivery, Message

#: channel of the deliveries recorded by versions without an outbox
_OLD_CHANNEL = "smtp"
#: state of a delivery without an answer -> reason why it has not been sent
_REASONS = {
    "waiting": "not tried yet",
    "sending": "another process is sending it, or was killed while sending; it is tried again within minutes",
}


@dataclass(frozen=True, slots=True)
class DigestDelivery:
    """The result of sending a digest. `failed`: recipient or destination without the digest -> reason."""

    sent: tuple[str, ...]
    #: recipients who had already received the digest
    already: tuple[str, ...]
    failed: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """True if every recipient has the digest now."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class DailyDigest:
    """A built digest and the result of sending it."""

    built: BuiltDigest
    #: None if sending was not requested or a setting is missing
    delivery: DigestDelivery | None
    #: error message that names the missing setting, "" if none is missing
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
                f"  {format_zh.on_one_line(recipient)}: {reason}" for recipient, reason in self.delivery.failed.items()
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
    """Build the digest of `day` and, if `send` is true, send it to every recipient who has not received it.

    Sending freezes the day. If a setting for sending is missing, nothing is sent, the result names the setting, and the
    day is frozen only by `fix` or because it is over (`make_digest`). Raises UsageError for a future day.
    """
    unsent = missing_settings(settings, subscriptions) if send else ""
    built = make_digest(
        store,
        settings,
        day=day,
        now=now,
        folder=folder,
        source_names=source_names,
        fix=fix or (send and not unsent),
    )
    if not send or unsent:
        return DailyDigest(built, None, unsent)
    dispatcher = Dispatcher(store, settings, subscriptions, source_names, clock=clock or (lambda: now), make=make)
    return DailyDigest(built, _send(store, settings, subscriptions, built, dispatcher, now))


def digest_of_day(
    store: Store, config: Config, *, day: date, now: datetime, send: bool, fix: bool = False
) -> DailyDigest:
    """Build the digest of a day as configured and, if `send` is true, send it.

    If the digest is frozen, outcome rows and messages older than their retention period are deleted.
    """
    made = daily_digest(
        store,
        config.settings,
        config.subscriptions,
        day=day,
        now=now,
        folder=config.data / "digests",
        source_names=[source.name for source in config.sources if source.enabled],
        send=send,
        fix=fix,
    )
    if made.built.frozen:
        prune_outcomes(store, config.settings, now)
        outbox.prune_messages(store, now - timedelta(days=config.settings.digest.keep_outcomes_days))
    return made


def missing_settings(settings: Settings, subscriptions: SubscriptionsFile) -> str:
    """Return an error message about the setting that is missing for sending the digest, "" if none is missing."""
    if usable(subscriptions, subscriptions.digest.to) or usable(subscriptions, subscriptions.engineer.to):
        return ""
    if not settings.smtp.host:
        return (
            "settings.yaml names no mail server (smtp.host), and no destination of digest.to in subscriptions.yaml "
            "is complete; `suowen test-channel NAME` names what is missing"
        )
    return "" if settings.digest.recipients else "settings.yaml names no recipients (digest.recipients)"


def usable(subscriptions: SubscriptionsFile, names: Sequence[str]) -> list[str]:
    """Return those of `names` that are complete destinations: no digest is queued for a bot without a URL."""
    found = [destination for name in names if (destination := subscriptions.destination(name))]
    return [destination.name for destination in found if not missing(destination)]


def digest_mail(settings: Settings) -> Destination:
    """Return the mail destination with the addresses of digest.recipients."""
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
    deliveries = dispatcher.deliveries(message, usable(subscriptions, subscriptions.digest.to))
    if settings.smtp.host:
        old = [recipient for recipient in mail.recipients if store.delivered(built.row.day, _OLD_CHANNEL, recipient)]
        for recipient in dict.fromkeys(mail.recipients):
            state, answer = ("sent", "250 OK") if recipient in old else ("waiting", "")
            deliveries.append(
                Delivery(message.id, mail.name, recipient, 1, "", state, 0, now, answer, now)  # type: ignore[arg-type]
            )
    events = [f"article:{story.article}" for story in built.digest.stories]
    sending = [(message, deliveries, events)]
    if to := usable(subscriptions, subscriptions.engineer.to):
        report = _engineers(built, settings, now)
        sending.append((report, dispatcher.deliveries(report, to), []))
    parts = [_deliver(store, dispatcher, mail, *entry, now) for entry in sending if entry[1]]
    return DigestDelivery(
        tuple(name for part in parts for name in part.sent),
        tuple(name for part in parts for name in part.already),
        {name: reason for part in parts for name, reason in part.failed.items()},
    )


def _deliver(
    store: Store,
    dispatcher: Dispatcher,
    mail: Destination,
    message: Message,
    deliveries: Sequence[Delivery],
    events: Sequence[str],
    now: datetime,
) -> DigestDelivery:
    """Send one message to all recipients who have not received it; return the result."""
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


def digest_content(digest: Digest, settings: Settings) -> dict[str, Any]:
    """Return the content of the daily digest. If there is nothing new, the headline says so."""
    content = {**content_of(digest), "pages": settings.pages}
    what = summary(content)
    if not any(part["kind"] != "sources" for part in content["sections"]):
        what = "没有新特写" + (f"；{what}" if what else "")
    content["headline"] = f"所闻 {digest.day.month}月{digest.day.day}日：{what}"
    content["date"] = format_zh.day_in_words(digest.day)
    notes = [f"自{format_zh.day_in_words(digest.since)}以来"] if digest.since else []
    notes += [labels_zh.late(digest.late)] if digest.late else []
    if notes:
        content["note"] = "；".join(notes)
    return content


def _message(built: BuiltDigest, settings: Settings, now: datetime) -> Message:
    content = digest_content(built.digest, settings)
    content["message_id"] = built.row.message_id
    content["html"] = render_mail(content, made_at=built.digest.made_at, settings=settings)
    return Message(f"{DIGEST}.{built.row.day}", DIGEST, now, content["headline"], content)


def _engineers(built: BuiltDigest, settings: Settings, now: datetime) -> Message:
    content = engineer_content(built.digest)
    content["html"] = render_mail(content, made_at=built.digest.made_at, settings=settings)
    return Message(f"{ENGINEER}.{built.row.day}", ENGINEER, now, content["headline"], content)


def _states(store: Store, message: str, wanted: set[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return (state, answer) by recipient, or by destination if that is itself the recipient.

    If a message has several parts, state and answer are those of the first part that was not sent.
    """
    found: dict[str, tuple[str, str]] = {}
    for delivery in outbox.deliveries_of(store, message):
        name = delivery.recipient or delivery.destination
        if (delivery.destination, delivery.recipient) in wanted and found.get(name, ("sent", ""))[0] == "sent":
            found[name] = (delivery.state, delivery.answer)
    return found
