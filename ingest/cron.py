"""Parser for cron expressions of five fields, and for the aliases @hourly, @daily and so on.

    minute hour day month weekday        "30 6 * * mon-fri"

Weekdays are numbered as in cron: 0 and 7 are Sunday, 1 is Monday. APScheduler counts from Monday as 0 and its
`from_crontab` does not convert the numbers, so that `0 8 * * 1` fires on Tuesdays (measured with 3.11).
As in cron, an expression that restricts both day and weekday fires when either matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: names in the order of `Cron.weekdays`, Monday first
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: greatest number of days of each month (leap year)
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
    #: number that the first name in `names` stands for
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
    """A parsed expression: the matching numbers of each field, ascending; for `*` all numbers."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    #: 0 is Monday, 6 Sunday
    weekdays: tuple[int, ...]
    #: whether day and weekday are both restricted; then a match of one of them is enough
    either: bool


def parse(text: str) -> Cron:
    """Parse a cron expression or an alias. Raises ValueError with a message that names the mistake."""
    texts = ALIASES.get(text.strip().lower(), text).split()
    if len(texts) != len(_FIELDS):
        raise ValueError(
            f"{text!r} has {len(texts)} fields, a cron expression has five: minute hour day "
            'month weekday, as in "30 6 * * mon-fri"'
        )
    minutes, hours, days, months, weekdays = (
        _values(field_text.lower(), field) for field_text, field in zip(texts, _FIELDS, strict=True)
    )
    from_monday = tuple(sorted({(number - 1) % 7 for number in weekdays}))
    restricted = len(days) < 31, len(from_monday) < 7
    if restricted[0] and not restricted[1] and min(days) > max(LENGTHS[month - 1] for month in months):
        raise ValueError(f"{text!r} never occurs: none of its months has a day {min(days)}")
    return Cron(minutes, hours, days, months, from_monday, either=all(restricted))


def _values(text: str, field: _Field) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{field.name} {part!r} is not valid; {_syntax(field)}")
        found.update(_range(match, part, field))
    return tuple(sorted(found))


def _range(match: re.Match[str], part: str, field: _Field) -> range:
    first, last, step = match["first"], match["last"], match["step"]
    if first == "*":
        if last is not None:
            raise ValueError(f"{field.name} {part!r} is not valid; {_syntax(field)}")
        low, high = field.low, min(field.high, 6) if field.name == "weekday" else field.high
    else:
        low = _number(first, part, field)
        high = _number(last, part, field) if last is not None else field.high if step is not None else low
        if last in ("sun", "7") and field.name == "weekday":
            high = 7
    if low > high:
        correct = f"{first}-{field.high},{field.low}-{last}" if not field.names else "its members with commas"
        raise ValueError(f"{field.name} {part!r} runs backwards; write {correct}")
    return range(low, high + 1, _step(step, part, field, high - low))


def _number(text: str, part: str, field: _Field) -> int:
    if text[:3] in field.names and text in _full_names(field, text[:3]):
        number = field.names.index(text[:3]) + field.base
        return number % 7 if field.name == "weekday" else number
    if not text.isdecimal():
        raise ValueError(f"{field.name} {part!r} is not valid; {_syntax(field)}")
    if not field.low <= int(text) <= field.high:
        raise ValueError(f"{field.name} {part!r} is out of range; {_syntax(field)}")
    return int(text)


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
        raise ValueError(f"{field.name} {part!r} has an invalid step; a step is a number from 1, as in */15")
    if int(step) > max(span, 1):
        raise ValueError(
            f"{field.name} {part!r} has a step longer than its range, which cron does not carry over; "
            "for longer intervals give every instead of cron"
        )
    return int(step)


def _syntax(field: _Field) -> str:
    numbers = f"{field.low} to {field.high}"
    if field.name == "weekday":
        numbers += " (0 and 7 are Sunday)"
    names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return f"it takes *, {numbers}{names}, ranges as 1-5, lists as 1,3 and steps as */2"
