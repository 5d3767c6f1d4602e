"""Outgoing messages: each is stored with its id before it is sent, with one row for each recipient, channel and part.

    enqueue ──▶ waiting ──claim──▶ sending ──settle──▶ sent
                   ▲                  │
                   └── later try ─────┴──▶ refused, expired

A claim expires. Therefore a row whose process was killed while sending is sent again, with the same id: at most one
duplicate per kill. If sending fails for some recipients, only their rows are sent again. A subscription's progress
(`subscriptions.upto_no`) and its message are stored in one transaction, so no message is lost or created twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.hashing import canonical
from store.operational import plain
from store.schema import message_deliveries, messages, sent_events, subscriptions
from store.sql_parameters import chunks
from store.store import Store

State = Literal["waiting", "sending", "sent", "refused", "expired"]
#: answer stored for a delivery whose process ended during sending: the recipient may have received it
INTERRUPTED = "interrupted while it was sent; it may have arrived"
#: states of a delivery that is not finished
OPEN: tuple[State, ...] = ("waiting", "sending")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as stored; its content does not change."""

    #: unique; recipients see it (Message-ID, webhook-id) and can recognise a duplicate by it
    id: str
    subscription: str
    created_at: datetime
    title: str
    #: JSON values from which the channels can build the message again
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of a message for one recipient on one channel."""

    message: str
    destination: str
    #: mail address; "" for a bot or webhook
    recipient: str
    #: counted from 1; parts are sent in this order
    part: int
    #: text of the part; "" if the channel builds it from the message's content
    body: str
    state: State
    attempts: int
    next_try: datetime
    #: last answer of the recipient's server, or the reason why sending failed
    answer: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """Progress of a subscription, and the time of its last check."""

    name: str
    #: number of the last Commit that messages of the subscription cover
    upto: int
    checked_at: datetime
    #: JSON values kept for the next check, such as the health of sources that was reported
    notes: Mapping[str, Any]


def subscription_state(store: Store, name: str) -> SubscriptionState | None:
    """Return the state of a subscription; None if it has not started."""
    with store.database.read() as db:
        row = db.execute(select(subscriptions).where(subscriptions.c.name == name)).first()
    return SubscriptionState(row.name, row.upto_no, row.checked_at, json.loads(row.notes)) if row else None


def subscription_states(store: Store) -> list[SubscriptionState]:
    """Return the states of all subscriptions that have started, by name."""
    with store.database.read() as db:
        rows = db.execute(select(subscriptions).order_by(subscriptions.c.name)).all()
    return [SubscriptionState(row.name, row.upto_no, row.checked_at, json.loads(row.notes)) for row in rows]


def start_subscription(store: Store, state: SubscriptionState) -> SubscriptionState:
    """Store the first state of a subscription, unless a state is stored already; return the stored state."""
    with store.database.write() as db:
        db.execute(_insert(db, subscriptions).on_conflict_do_nothing(), _subscription_row(state))
    stored = subscription_state(store, state.name)
    assert stored is not None
    return stored


def enqueue(
    store: Store,
    message: Message,
    deliveries: Sequence[Delivery],
    *,
    move: tuple[SubscriptionState, SubscriptionState] | None = None,
    events: Iterable[str] = (),
) -> bool:
    """Store a message with its deliveries in one transaction.

    `move`: (the subscription's state from which the message was built, its new state). `events`: keys of the events
    that the message reports, for `known_events`. Returns False and stores nothing if the message id exists or another
    process has changed the subscription's state.
    """
    with store.database.write() as db:
        if db.execute(select(messages.c.id).where(messages.c.id == message.id)).first():
            return False
        if move is not None and not _move(db, *move):
            return False
        db.execute(messages.insert(), _message_row(message))
        if deliveries:
            db.execute(message_deliveries.insert(), [_delivery_row(delivery) for delivery in deliveries])
        rows = [{"subscription": message.subscription, "event": event} for event in dict.fromkeys(events)]
        if rows:
            db.execute(_insert(db, sent_events).on_conflict_do_nothing(), rows)
    return True


def advance(store: Store, before: SubscriptionState, after: SubscriptionState) -> bool:
    """Store a subscription's new state without a message; return False if another process has changed it meanwhile."""
    with store.database.write() as db:
        return _move(db, before, after)


def known_events(store: Store, subscription: str, events: Iterable[str] | None = None) -> set[str]:
    """Return the keys in `events` that the subscription has reported; for None, all keys that it has reported."""
    chosen = select(sent_events.c.event).where(sent_events.c.subscription == subscription)
    with store.database.read() as db:
        if events is None:
            return set(db.execute(chosen).scalars())
        parts = chunks(list(dict.fromkeys(events)))
        return {event for part in parts for event in db.execute(chosen.where(sent_events.c.event.in_(part))).scalars()}


def message_of(store: Store, number: str) -> Message | None:
    """Return the message with this id; None if it does not exist."""
    with store.database.read() as db:
        row = db.execute(select(messages).where(messages.c.id == number)).first()
    return _load_message(row) if row else None


def list_messages(store: Store, subscription: str, limit: int) -> list[Message]:
    """Return the newest messages of a subscription, newest first."""
    chosen = select(messages).where(messages.c.subscription == subscription)
    with store.database.read() as db:
        rows = db.execute(chosen.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(limit)).all()
    return [_load_message(row) for row in rows]


def last_message(store: Store, subscription: str) -> str:
    """Return the id of the newest message of a subscription; "" if it has no message."""
    found = list_messages(store, subscription, 1)
    return found[0].id if found else ""


# --- sending ----------------------------------------------------------------------------------------------------


def due_destinations(store: Store, now: datetime) -> list[str]:
    """Return the names of the destinations that have a delivery due."""
    with store.database.read() as db:
        chosen = select(message_deliveries.c.destination).where(_due(now)).distinct()
        return sorted(db.execute(chosen).scalars())


def next_try(store: Store) -> datetime | None:
    """Return when the next open delivery is due, or the next claim expires; None if no delivery is open."""
    with store.database.read() as db:
        moment: datetime | None = db.execute(
            select(func.min(message_deliveries.c.next_try)).where(message_deliveries.c.state.in_(OPEN))
        ).scalar()
    return moment


def claim(
    store: Store,
    destination: str,
    now: datetime,
    seconds: float,
    *,
    message: str | None = None,
    per_minute: int = 0,
) -> Delivery | None:
    """Claim the oldest due delivery of a destination for `seconds` seconds; return None if no delivery is due.

    Deliveries with an expired claim come before waiting ones. A part is due only after the earlier parts were sent.
    `message`: only deliveries of this message. `per_minute`: return None if all processes together have tried this
    many deliveries of the destination within the last minute; 0 for no limit.
    """
    earlier = message_deliveries.alias()
    blocked = exists().where(
        earlier.c.message == message_deliveries.c.message,
        earlier.c.destination == message_deliveries.c.destination,
        earlier.c.recipient == message_deliveries.c.recipient,
        earlier.c.part < message_deliveries.c.part,
        earlier.c.state != "sent",
    )
    chosen = (
        select(message_deliveries)
        .where(message_deliveries.c.destination == destination, message_deliveries.c.next_try <= now, ~blocked)
        .order_by(
            message_deliveries.c.next_try,
            message_deliveries.c.message,
            message_deliveries.c.recipient,
            message_deliveries.c.part,
        )
        .limit(1)
    )
    if message is not None:
        chosen = chosen.where(message_deliveries.c.message == message)
    with store.database.write() as db:
        # One query per state reads a single row of the index; one query for both states would sort all due rows.
        found = (
            db.execute(chosen.where(message_deliveries.c.state == state)).first() for state in ("sending", "waiting")
        )
        row = next(filter(None, found), None)
        if row is None or (per_minute and _tried(db, destination, now - timedelta(minutes=1))[0] >= per_minute):
            return None
        taken = {
            "state": "sending",
            "attempts": row.attempts + 1,
            "next_try": now + timedelta(seconds=seconds),
            "tried_at": now,
            "changed_at": now,
            "answer": INTERRUPTED if row.state == "sending" else row.answer,
        }
        db.execute(update(message_deliveries).where(*_key(row)).values(**taken))
    return replace(_load_delivery(row), **{name: value for name, value in taken.items() if name != "tried_at"})


def settle(
    store: Store, delivery: Delivery, state: State, answer: str, now: datetime, *, next_try: datetime | None = None
) -> None:
    """Store the result of a claimed delivery, unless another process has claimed it since.

    `next_try`: for the state "waiting", the time of the next attempt. If a part is refused or expired, the later parts
    of the message for this recipient get the same state.
    """
    values = {"state": state, "answer": plain(answer), "changed_at": now, "next_try": next_try or now}
    mine = message_deliveries.c.state == "sending", message_deliveries.c.attempts == delivery.attempts
    with store.database.write() as db:
        changed = db.execute(update(message_deliveries).where(*_key(delivery), *mine).values(**values)).rowcount
        if changed and state in ("refused", "expired"):
            later = (
                message_deliveries.c.message == delivery.message,
                message_deliveries.c.destination == delivery.destination,
                message_deliveries.c.recipient == delivery.recipient,
                message_deliveries.c.part > delivery.part,
            )
            db.execute(update(message_deliveries).where(*later).values(**values))


def postpone(store: Store, destination: str, until: datetime, reason: str = "") -> None:
    """Delay the waiting deliveries of a destination until a time, such as the end of its quiet hours.

    `reason` is stored as their answer.
    """
    values: dict[str, Any] = {"next_try": until} | ({"answer": plain(reason)} if reason else {})
    waiting = message_deliveries.c.destination == destination, message_deliveries.c.state == "waiting"
    with store.database.write() as db:
        earlier = message_deliveries.c.next_try < until
        db.execute(update(message_deliveries).where(*waiting, earlier).values(**values))


def add_deliveries(store: Store, deliveries: Sequence[Delivery]) -> None:
    """Add deliveries to stored messages. Existing deliveries are unchanged."""
    with store.database.write() as db:
        for delivery in deliveries:
            db.execute(_insert(db, message_deliveries).on_conflict_do_nothing(), _delivery_row(delivery))


def retry_now(store: Store, now: datetime, *, message: str | None = None) -> int:
    """Make waiting, refused and expired deliveries due now: all, or those of one message. Returns their number."""
    chosen: ColumnElement[bool] = message_deliveries.c.state.in_(("waiting", "refused", "expired"))
    if message is not None:
        chosen = and_(chosen, message_deliveries.c.message == message)
    with store.database.write() as db:
        return db.execute(update(message_deliveries).where(chosen).values(state="waiting", next_try=now)).rowcount


def attempts_since(store: Store, destination: str, since: datetime) -> tuple[int, datetime | None]:
    """Return (number of deliveries of a destination whose last try was after `since`, time of the first such try)."""
    with store.database.read() as db:
        return _tried(db, destination, since)


def _tried(db: Connection, destination: str, since: datetime) -> tuple[int, datetime | None]:
    chosen = select(func.count(), func.min(message_deliveries.c.tried_at)).where(
        message_deliveries.c.destination == destination, message_deliveries.c.tried_at > since
    )
    row = db.execute(chosen).one()
    return int(row[0]), row[1]


# --- sent messages ----------------------------------------------------------------------------------------------


def list_deliveries(
    store: Store, *, limit: int, open_only: bool = False, subscription: str | None = None
) -> list[tuple[Message, Delivery]]:
    """Return deliveries with their messages, newest message first.

    `open_only`: only deliveries that were not sent, including refused and expired ones.
    """
    chosen = (
        select(messages, *(column.label(f"d_{column.name}") for column in message_deliveries.columns))
        .join(message_deliveries, message_deliveries.c.message == messages.c.id)
        .order_by(
            messages.c.created_at.desc(),
            messages.c.id,
            message_deliveries.c.destination,
            message_deliveries.c.recipient,
            message_deliveries.c.part,
        )
        .limit(limit)
    )
    if open_only:
        chosen = chosen.where(message_deliveries.c.state != "sent")
    if subscription is not None:
        chosen = chosen.where(messages.c.subscription == subscription)
    with store.database.read() as db:
        rows = db.execute(chosen).all()
    return [(_load_message(row), _load_delivery(row, "d_")) for row in rows]


def deliveries_of(store: Store, message: str) -> list[Delivery]:
    """Return all deliveries of a message."""
    chosen = (
        select(message_deliveries)
        .where(message_deliveries.c.message == message)
        .order_by(message_deliveries.c.destination, message_deliveries.c.recipient, message_deliveries.c.part)
    )
    with store.database.read() as db:
        return [_load_delivery(row) for row in db.execute(chosen)]


def prune_messages(store: Store, before: datetime) -> int:
    """Delete messages created before `before` if all their deliveries are finished; return the number deleted."""
    unfinished = exists().where(message_deliveries.c.message == messages.c.id, message_deliveries.c.state.in_(OPEN))
    old = select(messages.c.id).where(messages.c.created_at < before, ~unfinished)
    with store.database.write() as db:
        ids = list(db.execute(old).scalars())
        for part in chunks(ids):
            db.execute(message_deliveries.delete().where(message_deliveries.c.message.in_(part)))
            db.execute(messages.delete().where(messages.c.id.in_(part)))
    return len(ids)


# --- rows -------------------------------------------------------------------------------------------------------


def _insert(db: Connection, table: Table) -> Any:
    return (sqlite if db.dialect.name == "sqlite" else postgresql).insert(table)


def _move(db: Connection, before: SubscriptionState, after: SubscriptionState) -> bool:
    same = (
        subscriptions.c.name == before.name,
        subscriptions.c.upto_no == before.upto,
        subscriptions.c.checked_at == before.checked_at,
    )
    return bool(db.execute(update(subscriptions).where(*same).values(**_subscription_row(after))).rowcount)


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(message_deliveries.c.state.in_(OPEN), message_deliveries.c.next_try <= now)


def _key(row: Any) -> tuple[ColumnElement[bool], ...]:
    return tuple(
        message_deliveries.c[name] == getattr(row, name) for name in ("message", "destination", "recipient", "part")
    )


def _subscription_row(state: SubscriptionState) -> dict[str, Any]:
    return {
        "name": state.name,
        "upto_no": state.upto,
        "checked_at": state.checked_at,
        "notes": canonical(dict(state.notes)),
    }


def _message_row(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "subscription": message.subscription,
        "created_at": message.created_at,
        "title": plain(message.title),
        "content": plain(json.dumps(dict(message.content), ensure_ascii=False)),
    }


def _delivery_row(delivery: Delivery) -> dict[str, Any]:
    return {**asdict(delivery), "body": plain(delivery.body), "answer": plain(delivery.answer), "tried_at": None}


def _load_message(row: Row[Any]) -> Message:
    return Message(row.id, row.subscription, row.created_at, row.title, json.loads(row.content))


def _load_delivery(row: Row[Any], prefix: str = "") -> Delivery:
    return Delivery(**{field.name: getattr(row, prefix + field.name) for field in fields(Delivery)})
