"""The kinds of facts, one object each: fields, Chinese label, unit, and how each kind is used.

Extraction, LLM proposals, corrections, station cards, changes, search, masking, digest, pages and documents all read
`KINDS` instead of keeping lists of their own. A new kind needs an entry here, its rules in ingest/facts, their call in
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
    #: whether the field must have a value, so that an edit cannot empty it
    required: bool = False
    #: the field's name in the LLM's prompt; None: `name`; "": the LLM is not asked for the field
    prompt: str | None = None

    @property
    def asked(self) -> str:
        """Name of the field in the LLM's prompt; "" if the LLM is not asked for it."""
        return self.name if self.prompt is None else self.prompt


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of facts, and how each part of the program uses it."""

    name: str
    #: heading in mails and on pages
    label: str
    fields: tuple[Field, ...]
    #: name of the field with the subject of a fact, such as "name" or "category"; "" for a kind without subjects
    subject: str = ""
    #: unit of `value`, as displayed
    unit: str = ""
    #: whether `value` is a figure about the station that may change with time
    measure: bool = False
    #: whether `value` may change with time although the kind is not a `measure` (锦旗86面). A figure of a fact
    #: with `period`, `change` or `scope` is never compared
    may_change: bool = False
    #: whether the kind has a row of its own on the station's card in a digest
    card_row: bool = False
    #: whether a fact without a station is assigned to the article's main station
    of_main_station: bool = False
    #: whether `subject` is a name that people search for
    searched: bool = False
    #: whether two facts with equal `subject` state the same fact
    named: bool = False
    #: whether the kind names a person, who is masked if `private` is true
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
else:  # settings name kinds too, and are validated against these names
    FactKind = Literal[tuple(KINDS)]


def subject_of(kind: str, fields: Mapping[str, Any]) -> str:
    """Return the subject of a fact with these fields; "" if the kind or the fact has no subject."""
    return str(fields.get(KINDS[kind].subject) or "") if kind in KINDS else ""


def names_where(condition: Iterable[Kind]) -> tuple[str, ...]:
    """Return the names of these kinds."""
    return tuple(kind.name for kind in condition)


#: kinds whose figures may change with time
MEASURES: tuple[str, ...] = names_where(kind for kind in KINDS.values() if kind.measure or kind.may_change)
