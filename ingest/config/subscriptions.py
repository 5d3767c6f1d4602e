"""Subscriptions and destinations: every key of config/subscriptions.yaml, its type, default and limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ingest.config import yaml_positions
from ingest.config.settings import StrictModel, TimeOfDay, matching
from ingest.config.validation import ENVIRONMENT, place_of
from store.fact_kinds import FactKind
from store.records import Ruling

Kind = Literal["mail", "wecom", "dingtalk", "feishu", "webhook", "apprise"]
#: kinds of content that a subscription may include
Part = Literal["features", "reposts", "edits", "gone", "corrections", "figures", "sources", "articles"]
#: default of `include`: all kinds of content except "articles", which are articles with another ruling than feature.
#: "sources" means failing and silent sources
PARTS: tuple[Part, ...] = ("features", "reposts", "edits", "gone", "corrections", "figures", "sources")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: prefix of the environment variables for URLs and secrets of destinations
DESTINATION = "SUOWEN_DESTINATION__"
#: name of the daily digest, a subscription that always exists (settings.yaml, digest)
DIGEST = "digest"
#: name of the daily report about failures to the engineer, which is sent with the digest
ENGINEER = "engineer"

_HOUR = r"([01]\d|2[0-3]):[0-5]\d"
Name = Annotated[str, matching(r"[a-z0-9][a-z0-9_-]{0,39}", "lower-case letters, digits, - and _, such as desk")]


class QuietHours(StrictModel):
    """Hours without messages, in the configured zone; they may cross midnight."""

    start: time
    end: time

    def until(self, now: datetime) -> datetime | None:
        """Return the end of the quiet hours if `now` is within them, else None. `now` is in the configured zone."""
        at = now.time().replace(tzinfo=None)
        crossing = self.start > self.end
        if (at >= self.start or at < self.end) if crossing else self.start <= at < self.end:
            day = now.date() + timedelta(days=1 if crossing and at >= self.start else 0)
            return datetime.combine(day, self.end, now.tzinfo)
        return None


def _quiet(value: object) -> object:
    found = re.fullmatch(rf"{_HOUR}-{_HOUR}", value) if isinstance(value, str) else None
    if not found or value is None:
        raise ValueError('must be a span of hours in quotes, such as "22:00-07:00"')
    start, end = (time.fromisoformat(part) for part in str(value).split("-"))
    if start == end:
        raise ValueError("start and end are the same; leave the key out for no quiet hours")
    return {"start": start, "end": end}


class DeliverySchedule(StrictModel):
    """The times of a subscription's messages: at once, daily at an hour, or weekly on a day at an hour."""

    at: TimeOfDay | None = None
    #: 0 for Monday
    weekday: int | None = None

    def last(self, now: datetime) -> datetime | None:
        """Return the latest scheduled time that is not after `now`; None for "at once"."""
        if self.at is None:
            return None
        moment = datetime.combine(now.date(), time.fromisoformat(self.at), now.tzinfo)
        while moment > now or (self.weekday is not None and moment.weekday() != self.weekday):
            moment = datetime.combine(moment.date() - timedelta(days=1), moment.timetz())
        return moment

    def __str__(self) -> str:
        """Format the schedule as in config/subscriptions.yaml."""
        if self.at is None:
            return "at once"
        return f"daily {self.at}" if self.weekday is None else f"weekly {WEEKDAYS[self.weekday]} {self.at}"


def _schedule(value: object) -> object:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if text == "at once":
        return {}
    if daily := re.fullmatch(rf"daily ({_HOUR})", text):
        return {"at": daily[1]}
    if weekly := re.fullmatch(rf"weekly ({'|'.join(WEEKDAYS)}) ({_HOUR})", text):
        return {"at": weekly[2], "weekday": WEEKDAYS.index(weekly[1])}
    raise ValueError('must be "at once", "daily 08:00" or "weekly mon 08:00"')


class Destination(StrictModel):
    """A destination of messages. URLs of bots contain a key, so they are read from the environment only."""

    name: Name
    kind: Kind
    #: mail addresses
    recipients: tuple[str, ...] = ()
    url: str = ""
    secret: str = Field("", repr=False)
    #: allow loopback and private addresses
    internal: bool = False
    quiet: Annotated[QuietHours, BeforeValidator(_quiet)] | None = None


class Subscription(StrictModel):
    """A saved search with a schedule and destinations. Empty filters match everything."""

    name: Name
    when: Annotated[DeliverySchedule, BeforeValidator(_schedule)] = DeliverySchedule()
    to: tuple[str, ...]
    #: words that must all occur, as in `suowen search`
    words: str = Field("", max_length=200)
    stations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    #: names of configured sources, or publishers (来源)
    sources: tuple[str, ...] = ()
    #: for "articles": rulings of the articles, other than feature
    rulings: tuple[Ruling, ...] = ()
    #: kinds of facts, of which the story must have at least one
    facts: tuple[FactKind, ...] = ()
    include: tuple[Part, ...] = PARTS

    @property
    def filtered(self) -> bool:
        """True if the subscription filters by words, stations, places, sources or kinds of facts."""
        return bool(self.words or self.stations or self.places or self.sources or self.facts)


class Recipients(StrictModel):
    """Destinations of the daily digest (in addition to digest.recipients of settings.yaml), or of the engineer's
    report.
    """

    to: tuple[str, ...] = ()


class SubscriptionsFile(StrictModel):
    """Model of the file config/subscriptions.yaml."""

    destinations: tuple[Destination, ...] = ()
    digest: Recipients = Recipients()
    engineer: Recipients = Recipients()
    subscriptions: tuple[Subscription, ...] = ()

    def destination(self, name: str) -> Destination | None:
        """Return the destination with this name, None if there is none."""
        return next((entry for entry in self.destinations if entry.name == name), None)


def apply_environment(document: yaml_positions.Document, environ: Mapping[str, str]) -> Iterator[str]:
    """Set URL, secret and `internal` of destinations from the environment, as in SUOWEN_DESTINATION__DESK__URL.

    Yields mistakes, also about secrets in the file.
    """
    rows = document.value.get("destinations") if isinstance(document.value, dict) else None
    entries = {
        str(row.get("name")).upper().replace("-", "_"): (index, row)
        for index, row in enumerate(rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
    }
    for index, row in entries.values():
        where = place_of(document, ("destinations", index))
        variable = f"{DESTINATION}{str(row.get('name')).upper().replace('-', '_')}"
        if row.get("secret"):
            yield f"{where}.secret: no secrets in files; set {variable}__SECRET instead"
        if row.get("url") and row.get("kind") not in (None, "webhook"):
            yield f"{where}.url: this URL holds a key, which does not belong in a file; set {variable}__URL instead"
    for variable in sorted(environ):
        if not variable.startswith(DESTINATION):
            continue
        name, _, key = variable.removeprefix(DESTINATION).rpartition("__")
        if name not in entries or key not in ("URL", "SECRET", "INTERNAL"):
            known = ", ".join(sorted(entries)) or "none"
            yield (
                f"{ENVIRONMENT}{variable}: must be {DESTINATION}NAME__URL, __SECRET or __INTERNAL with the name of a "
                f"destination in config/subscriptions.yaml; known: {known}"
            )
            continue
        index, row = entries[name]
        row[key.lower()] = environ[variable]
        document.places["destinations", index, key.lower()] = f"{ENVIRONMENT}{variable}"


def contradictions(document: yaml_positions.Document) -> Iterator[str]:
    """Yield mistakes that involve several fields or entries.

    These are duplicate names, mail destinations without recipients, and unknown destinations.
    """
    value: Any = document.value if isinstance(document.value, dict) else {}
    tables = {
        key: [row for row in value.get(key) or () if isinstance(row, dict)] for key in ("destinations", "subscriptions")
    }
    names = [str(row.get("name")) for row in tables["destinations"]]
    for key, rows in tables.items():
        seen: set[str] = {DIGEST, ENGINEER} if key == "subscriptions" else set()
        for index, row in enumerate(rows):
            if (name := str(row.get("name"))) in seen:
                yield f"{place_of(document, (key, index, 'name'))}: {name} is used already; names must be unique"
            seen.add(name)
    for index, row in enumerate(tables["destinations"]):
        if row.get("kind") == "mail" and not row.get("recipients"):
            yield f"{place_of(document, ('destinations', index))}: recipients: a mail destination needs at least one"
    targets = [(("subscriptions", index, "to"), row.get("to")) for index, row in enumerate(tables["subscriptions"])]
    for key in (DIGEST, ENGINEER):
        entry = value.get(key)
        targets.append(((key, "to"), entry.get("to") if isinstance(entry, dict) else ()))  # type: ignore[arg-type]
    for path, to in targets:
        for name in to if isinstance(to, list) else ():
            if name not in names:
                known = ", ".join(names) or "none"
                yield f"{place_of(document, path)}: {name}: no such destination; known: {known}"
