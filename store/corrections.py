"""What people said of facts, laid over what the rules read: it survives every later reading and is shown as theirs.

Said of one fact, words add up: an edit keeps what an earlier edit changed, a confirmation what was changed before it.
The latest word decides whether the fact stands. A rejected fact is left out wherever facts are told (cards, digest,
export) and shown apart; a confirmed one stands as it was confirmed, whatever later rules make of its words.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, select

from store.errors import StoreError
from store.hashing import canonical
from store.records import Correction, Fact, FactKind
from store.schema import judgements
from store.sql import chunks


@dataclass(slots=True)
class _Word:
    """What was said of one fact, all in all."""

    action: str
    by: str
    fields: dict[str, Any] = field(default_factory=dict)
    editor: str | None = None

    def over(self, fact: Fact) -> Fact:
        """The fact as it counts."""
        said = {"reject": "rejected", "confirm": "confirmed", "edit": "edited"}[self.action] + f" by {self.by}"
        if self.editor and self.action == "confirm":
            said = f"edited by {self.editor}, {said}"
        return replace(fact, fields={**fact.fields, **self.fields}, judged=said)


def apply_corrections(facts: Iterable[Fact], said: Sequence[Correction]) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """(facts as they count, facts rejected); `said` oldest first. Pure."""
    read = tuple(facts)
    words = _words(read, said)
    named: dict[str, str] = {}
    for number, word in words.items():
        if read[number].kind == "station" and word.fields.get("name"):
            named[str(read[number].fields.get("name"))] = str(word.fields["name"])
    kept: list[Fact] = []
    rejected: list[Fact] = []
    for number, raw in enumerate(read):
        station = named.get(str(raw.fields.get("station")))
        # What was read of a station is told of it by the name that a person gave it.
        fact = raw if station is None else replace(raw, fields={**raw.fields, "station": station})
        found = words.get(number)
        (rejected if found and found.action == "reject" else kept).append(found.over(fact) if found else fact)
    return tuple(kept), tuple(rejected)


def carried_over(
    text: str, before: Sequence[Fact], now: Sequence[Fact], said: Sequence[Correction]
) -> tuple[Fact, ...]:
    """Facts of the reading `before`, as read, that `now` lacks though a person confirmed or edited them and `text`
    still has their quote: they belong to the reading `now`. Pure."""
    told = {_saying(fact) for fact in apply_corrections(now, said)[0]}
    out = []
    for number, word in _words(before, said).items():
        fact = before[number]
        start = fact.start if text[fact.start : fact.end] == fact.quote else text.find(fact.quote)
        again = any(one.matches(fact) and any(map(one.matches, now)) for one in said)
        if word.action != "reject" and start >= 0 and not again and _saying(word.over(fact)) not in told:
            out.append(replace(fact, start=start, end=start + len(fact.quote), position=None))
    return tuple(out)


def _saying(fact: Fact) -> tuple[str, str]:
    return fact.kind, canonical({key: value for key, value in fact.fields.items() if value not in (None, "", [])})


def _words(facts: Sequence[Fact], said: Sequence[Correction]) -> dict[int, _Word]:
    """Which fact -> what was said of it."""
    words: dict[int, _Word] = {}
    for judgement in said:
        for number in _meant(judgement, facts):
            word = words.setdefault(number, _Word(judgement.action, judgement.by))
            word.action, word.by = judgement.action, judgement.by
            if judgement.action == "edit":
                word.fields |= judgement.fields
                word.editor = judgement.by
            elif judgement.action == "confirm":
                word.fields = {**judgement.as_read, **word.fields}
    return words


def _meant(said: Correction, facts: Sequence[Fact]) -> list[int]:
    """Which of `facts` a judgement means: where several have its kind, subject and quote (2019年、2020年获评先进集体),
    those that are most like the one judged."""
    found = [number for number, fact in enumerate(facts) if said.matches(fact)]
    if len(found) < 2 or not said.as_read:
        return found
    alike = {
        number: sum(facts[number].fields.get(key) == value for key, value in said.as_read.items()) for number in found
    }
    return [number for number in found if alike[number] == max(alike.values())]


def corrections_of(db: Connection, articles: Sequence[int], upto: int) -> dict[int, list[Correction]]:
    """Article -> what was said of its facts as of Commit `upto`, oldest first."""
    found: dict[int, list[Correction]] = defaultdict(list)
    for part in chunks(list(dict.fromkeys(articles))):
        rows = db.execute(
            select(judgements)
            .where(judgements.c.article.in_(part), judgements.c.commit_no <= upto)
            .order_by(judgements.c.id)
        )
        for row in rows:
            found[row.article].append(
                Correction(
                    row.article,
                    row.kind,
                    row.quote,
                    row.what,
                    row.action,
                    row.judged_by,
                    row.made_at,
                    json.loads(row.fields),
                    row.note,
                    json.loads(row.as_read or "{}"),
                )
            )
    return found


# --- edits as typed -----------------------------------------------------------------------------------------------

_COUNTED = ("station", "category", "value", "approx")
#: fields that an edit may set, by kind, as docs/FACTS.md lists them
_FIELDS: Mapping[FactKind, tuple[str, ...]] = {
    "station": ("name", "authority", "province", "city", "district", "main", "former_name_of"),
    "founded": ("station", "date"),
    "area": ("station", "value", "approx"),
    "population": _COUNTED,
    "division": _COUNTED,
    "premises": _COUNTED,
    "force": (*_COUNTED, "period"),
    "honour": ("station", "holder", "title", "by", "date", "count", "date_text"),
    "person": ("name", "roles", "role_class", "station", "private"),
    "initiative": ("name", "since", "quoted"),
    "statistic": ("metric", "value", "unit", "approx", "change", "period", "scope"),
    "event": ("date", "date_text", "what"),
    "credit": ("role", "name"),
}
#: fields without which a fact says nothing
_NEEDED = frozenset({"name", "title", "metric", "category", "what", "roles"})
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?(/\d{4}(-\d\d(-\d\d)?)?)?")


def _number(text: str) -> int | float:
    value = json.loads(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError
    return value


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text]


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError
    return text


def _list(text: str) -> list[str]:
    parts = re.split("[、,，;]", text)
    if not all(parts):
        raise ValueError
    return parts


def _one_of(*words: str) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        return words[words.index(text)]

    return chosen


def _change(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict) or value.get("direction") not in ("up", "down"):
        raise ValueError
    return {
        "direction": value["direction"],
        **{key: _number(json.dumps(one)) for key, one in value.items() if key != "direction"},
    }


#: field -> how it is typed, and its reader; any other field is words
_TYPED: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("value", "count"), ("a number such as 41", _number)),
    **dict.fromkeys(("main", "private", "quoted"), ("true or false", _flag)),
    **dict.fromkeys(("date", "since"), ("a date such as 2019, 2019-07 or 2019-07-01", _date)),
    "roles": ("words such as 所长、教导员", _list),
    "approx": ("exact, over, nearly, about or vague", _one_of("exact", "over", "nearly", "about", "vague")),
    "role_class": (
        "police, official, citizen, reporter or editor",
        _one_of("police", "official", "citizen", "reporter", "editor"),
    ),
    "change": ('an object such as {"direction": "down", "percent": 12.5}', _change),
}


def parse_edit(fact: Fact, given: Mapping[str, str]) -> dict[str, object]:
    """FIELD=VALUE as typed -> fields of an edit. `null` or nothing empties a field.

    Raises StoreError for a field that facts of this kind have not, or a value that it cannot have.
    """
    out: dict[str, object] = {}
    for name, text in given.items():
        if name not in _FIELDS[fact.kind]:
            raise StoreError(
                f"editing a {fact.kind} fact: it has no field {name}; it has {', '.join(_FIELDS[fact.kind])}"
            )
        if text in ("", "null"):
            if name in _NEEDED:
                raise StoreError(
                    f"editing a {fact.kind} fact: {name} cannot be empty; `suowen fact reject` takes the fact out"
                )
            out[name] = None
            continue
        wanted, read = _TYPED.get(name, ("words", str))
        try:
            out[name] = read(text)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise StoreError(f"editing a {fact.kind} fact: {name}={text} cannot be; it takes {wanted}") from None
    return out
