"""The kinds of facts, one object each: fields, Chinese label, unit, and how each kind is used.

Extraction, LLM proposals, corrections, station cards, changes, search, masking, digest, pages and documents read this
table; none has a list of its own. A new kind needs an entry here, its rules in ingest/facts, their call in
ingest/facts/extraction.py, and its row in docs/FACTS.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

FieldType = Literal["text", "number", "flag", "date", "list", "approx", "role_class", "change"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind; its values are JSON values."""

    name: str
    type: FieldType = "text"
    #: an edit may not empty it
    required: bool = False
    #: how the LLM's prompt names it; "" when the LLM is not asked for it
    prompt: str | None = None

    @property
    def asked(self) -> str:
        """The name in the LLM's prompt: the field's own unless `prompt` says otherwise."""
        return self.name if self.prompt is None else self.prompt


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of facts."""

    name: str
    #: heading in mails and on pages
    label: str
    fields: tuple[Field, ...]
    #: the field that says what a fact is about within its kind; "" when the kind says it
    subject: str = ""
    #: unit of `value`, as shown
    unit: str = ""
    #: whether `value` is a figure of the station that may change with time
    measure: bool = False
    #: whether a figure without period and change (锦旗86面) may change with time, too
    may_change: bool = False
    #: whether it is a row of its own on the station's card in a digest
    card_row: bool = False
    #: whether facts without a station belong to the article's main station
    of_main_station: bool = False
    #: whether `subject` is a name that people search for
    searched: bool = False
    #: whether two facts with equal `subject` state the same
    named: bool = False
    #: whether it names a person, who is masked when `private` is true
    masks: bool = False


def _text(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


_STATION, _APPROX = Field("station"), Field("approx", "approx", prompt="")
_CATEGORY, _VALUE = Field("category", required=True), Field("value", "number")
_NAME = Field("name", required=True)
_COUNTED = (_STATION, _CATEGORY, _VALUE, _APPROX)

#: every kind, in the order of a station card
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "station",
            "派出所",
            (
                _NAME,
                *_text("authority", "province", "city", "district"),
                Field("main", "flag", prompt=""),
                Field("former_name_of", prompt=""),
            ),
            subject="name",
            searched=True,
            named=True,
        ),
        Kind("founded", "建所", (_STATION, Field("date", "date")), card_row=True),
        Kind(
            "area",
            "辖区",
            (_STATION, Field("value", "number", prompt="value (km²)"), _APPROX),
            unit="平方公里",
            measure=True,
            card_row=True,
        ),
        Kind("population", "人口", _COUNTED, subject="category", unit="人", measure=True, card_row=True),
        Kind("division", "下辖", _COUNTED, subject="category", unit="个", measure=True, card_row=True),
        Kind("premises", "单位", _COUNTED, subject="category", unit="家", measure=True, card_row=True),
        Kind(
            "force",
            "警力",
            (*_COUNTED, Field("period", prompt="")),
            subject="category",
            unit="人",
            measure=True,
            card_row=True,
        ),
        Kind(
            "honour",
            "荣誉",
            (
                *_text("station", "holder"),
                Field("title", required=True),
                Field("by"),
                Field("date", "date"),
                Field("count", "number"),
                Field("date_text", prompt=""),
            ),
            subject="title",
            searched=True,
            named=True,
        ),
        Kind(
            "person",
            "人物",
            (
                _NAME,
                Field("roles", "list", required=True, prompt="roles []"),
                Field("role_class", "role_class", prompt=""),
                _STATION,
                Field("private", "flag", prompt=""),
            ),
            subject="name",
            searched=True,
            named=True,
            masks=True,
        ),
        Kind(
            "initiative",
            "做法",
            (_NAME, Field("since", "date"), Field("quoted", "flag", prompt="")),
            subject="name",
            of_main_station=True,
            searched=True,
            named=True,
        ),
        Kind(
            "statistic",
            "数字",
            (
                Field("metric", required=True),
                _VALUE,
                Field("unit"),
                _APPROX,
                Field("change", "change", prompt='change {"direction": "up" or "down", "percent"}'),
                Field("period"),
                Field("scope", prompt=""),
            ),
            subject="metric",
            may_change=True,
            of_main_station=True,
        ),
        Kind(
            "event",
            "大事",
            (Field("date", "date"), Field("date_text"), Field("what", required=True)),
            subject="what",
            of_main_station=True,
        ),
        Kind("credit", "署名", (Field("role"), _NAME), subject="name", named=True),
    )
}

if TYPE_CHECKING:
    FactKind = str
else:  # settings are validated against the names
    FactKind = Literal[tuple(KINDS)]


def subject_of(kind: str, fields: Mapping[str, Any]) -> str:
    """Return what a fact with these fields is about within its kind; "" for kinds without a subject."""
    return str(fields.get(KINDS[kind].subject) or "") if kind in KINDS else ""


def names_where(condition: Iterable[Kind]) -> tuple[str, ...]:
    """Return the names of kinds."""
    return tuple(kind.name for kind in condition)


#: kinds whose figures may change with time
MEASURES: tuple[str, ...] = names_where(kind for kind in KINDS.values() if kind.measure or kind.may_change)
