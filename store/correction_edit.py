"""Parse the fields of an edit, which a person typed, by the types that `fact_kinds.KINDS` gives for these fields."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from store.errors import StoreError
from store.fact_kinds import KINDS, FieldType
from store.records import Fact

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
        **{key: _number(json.dumps(number)) for key, number in value.items() if key != "direction"},
    }


#: type of a field -> (description of its values, for error messages; parser)
_PARSERS: Mapping[FieldType, tuple[str, Callable[[str], Any]]] = {
    "text": ("words", str),
    "number": ("a number such as 41", _number),
    "flag": ("true or false", _flag),
    "date": ("a date such as 2019, 2019-07 or 2019-07-01", _date),
    "list": ("words such as 所长、教导员", _list),
    "approx": ("exact, over, nearly, about or vague", _one_of("exact", "over", "nearly", "about", "vague")),
    "role_class": (
        "police, official, citizen, reporter or editor",
        _one_of("police", "official", "citizen", "reporter", "editor"),
    ),
    "change": ('an object such as {"direction": "down", "percent": 12.5}', _change),
}


def parse_edit(fact: Fact, typed: Mapping[str, str]) -> dict[str, object]:
    """Parse FIELD=VALUE pairs of an edit; `null` or an empty value empties a field.

    Raises StoreError for a field that the kind does not have, a value of the wrong type, or an emptied required field.
    """
    fields = {field.name: field for field in KINDS[fact.kind].fields}
    out: dict[str, object] = {}
    for name, text in typed.items():
        if name not in fields:
            raise StoreError(f"editing a {fact.kind} fact: it has no field {name}; it has {', '.join(fields)}")
        if text in ("", "null"):
            if fields[name].required:
                raise StoreError(
                    f"editing a {fact.kind} fact: {name} cannot be empty; `suowen fact reject` removes the fact"
                )
            out[name] = None
            continue
        expected, parse = _PARSERS[fields[name].type]
        try:
            out[name] = parse(text)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise StoreError(f"editing a {fact.kind} fact: {name}={text} is not valid; it takes {expected}") from None
    return out
