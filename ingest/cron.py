"""Cron expressions: five fields -> the moments they mean. Pure; knows no scheduler.

    minute hour day month weekday        "30 6 * * mon-fri"

Numbers of week days are those of cron: 0 and 7 are Sunday, 1 is Monday. (APScheduler counts from Monday as
0 and its own `from_crontab` takes cron's numbers as they are, so that `0 8 * * 1` fires on Tuesdays;
measured with 3.11.) As in cron, an expression that restricts day and weekday fires when either matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Monday first, the order in which `Cron.weekdays` counts
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: days of each month in a leap year: what can come at all
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\w+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    #: the number that the first of `names` stands for
    base: int = 0


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, MONTHS, 1),
    _Field("weekday", 0, 7, WEEKDAYS, 1),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """What an expression means: ascending numbers, all of them when a field is `*`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    #: 0 is Monday, 6 Sunday
    weekdays: tuple[int, ...]
    #: day and weekday are both restricted: either suffices
    either: bool


def parse(text: str) -> Cron:
    """The meaning of a cron expression. Raises ValueError saying what is wrong and what would be right."""
    words = ALIASES.get(text.strip().lower(), text).split()
    if len(words) != len(_FIELDS):
        raise ValueError(
            f"{text!r} has {len(words)} fields, a cron expression has five: minute hour day "
            'month weekday, as in "30 6 * * mon-fri"'
        )
    minutes, hours, days, months, weekdays = (
        _values(word.lower(), spec) for word, spec in zip(words, _FIELDS, strict=True)
    )
    from_monday = tuple(sorted({(number - 1) % 7 for number in weekdays}))
    restricted = len(days) < 31, len(from_monday) < 7
    if restricted[0] and not restricted[1] and min(days) > max(LENGTHS[month - 1] for month in months):
        raise ValueError(f"{text!r} never comes: no month of those has a day {min(days)}")
    return Cron(minutes, hours, days, months, from_monday, either=all(restricted))


def _values(word: str, field: _Field) -> tuple[int, ...]:
    found: set[int] = set()
    for part in word.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{field.name} {part!r} is not understood; {_right(field)}")
        found.update(_range(match, part, field))
    return tuple(sorted(found))


def _range(match: re.Match[str], part: str, field: _Field) -> range:
    first, last, step = match["first"], match["last"], match["step"]
    if first == "*":
        if last is not None:
            raise ValueError(f"{field.name} {part!r} is not understood; {_right(field)}")
        low, high = field.low, min(field.high, 6) if field.name == "weekday" else field.high
    else:
        low = _number(first, part, field)
        high = _number(last, part, field) if last is not None else field.high if step is not None else low
        if last in ("sun", "7") and field.name == "weekday":
            high = 7
    if low > high:
        right = f"{first}-{field.high},{field.low}-{last}" if not field.names else "its members with commas"
        raise ValueError(f"{field.name} {part!r} runs backwards; write {right}")
    return range(low, high + 1, _step(step, part, field, high - low))


def _number(word: str, part: str, field: _Field) -> int:
    if word[:3] in field.names and word in _full_names(field, word[:3]):
        number = field.names.index(word[:3]) + field.base
        return number % 7 if field.name == "weekday" else number
    if not word.isdecimal():
        raise ValueError(f"{field.name} {part!r} is not understood; {_right(field)}")
    if not field.low <= int(word) <= field.high:
        raise ValueError(f"{field.name} {part!r} is out of range; {_right(field)}")
    return int(word)


def _full_names(field: _Field, short: str) -> tuple[str, ...]:
    full = {
        "mon": "monday",
        "tue": "tuesday",
        "wed": "wednesday",
        "thu": "thursday",
        "fri": "friday",
        "sat": "saturday",
        "sun": "sunday",
    }
    return (short, full[short]) if field.name == "weekday" else (short,)


def _step(step: str | None, part: str, field: _Field, span: int) -> int:
    if step is None:
        return 1
    if not step.isdecimal() or int(step) == 0:
        raise ValueError(f"{field.name} {part!r} has no step one can take; it is a number from 1, as in */15")
    if int(step) > max(span, 1):
        raise ValueError(
            f"{field.name} {part!r} steps over its whole range, so it means something else "
            "than it says; for longer intervals give every instead of cron"
        )
    return int(step)


def _right(field: _Field) -> str:
    numbers = f"{field.low} to {field.high}"
    if field.name == "weekday":
        numbers += " (0 and 7 are Sunday)"
    names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return f"it takes *, {numbers}{names}, ranges as 1-5, lists as 1,3 and steps as */2"
