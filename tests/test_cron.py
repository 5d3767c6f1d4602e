"""Tests of ingest/cron.py: expressions have cron's meaning; the errors about mistakes say what is wrong or valid."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cron import ALIASES, parse

ALL_DAYS, ALL_WEEK = tuple(range(1, 32)), tuple(range(7))


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        ("0 8 * * 1", (0,)),
        ("0 8 * * mon", (0,)),
        ("0 8 * * Monday", (0,)),
        ("0 8 * * 0", (6,)),
        ("0 8 * * 7", (6,)),
        ("0 8 * * sun", (6,)),
        ("0 8 * * 1-5", (0, 1, 2, 3, 4)),
        ("0 8 * * mon-fri", (0, 1, 2, 3, 4)),
        ("0 8 * * 6,0", (5, 6)),
        ("0 8 * * 5-7", (4, 5, 6)),
        ("0 8 * * fri-sun", (4, 5, 6)),
        ("0 8 * * 0-6", ALL_WEEK),
        ("0 8 * * 0-7", ALL_WEEK),
        ("0 8 * * sun-tue", (0, 1, 6)),
        ("0 8 * * */2", (1, 3, 5, 6)),
        ("0 8 * * *", ALL_WEEK),
    ],
)
def test_weekdays(text: str, weekdays: tuple[int, ...]) -> None:
    """Numbers and names of weekdays are read (0 and 7 are Sunday, 1 is Monday; FAULTS C2).

    The result counts from Monday as 0.
    """
    assert parse(text).weekdays == weekdays


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("*/15 * * * *", "minutes", (0, 15, 30, 45)),
        ("5-20/5 * * * *", "minutes", (5, 10, 15, 20)),
        ("10/20 * * * *", "minutes", (10, 30, 50)),
        ("0 6,18 * * *", "hours", (6, 18)),
        ("0 0 1,15 * *", "days", (1, 15)),
        ("0 0 29 2 *", "days", (29,)),
        ("0 0 1 jan,JUL *", "months", (1, 7)),
        ("0 0 1 3-5 *", "months", (3, 4, 5)),
        ("@daily", "hours", (0,)),
        ("@weekly", "weekdays", (6,)),
        ("@hourly", "minutes", (0,)),
    ],
)
def test_fields(text: str, field: str, values: tuple[int, ...]) -> None:
    """Lists, ranges, steps, names and aliases are expanded to values."""
    assert getattr(parse(text), field) == values


def test_day_and_weekday_together_mean_either() -> None:
    """If day and weekday are both restricted, either suffices, as in cron; otherwise the restricted one counts."""
    assert parse("0 0 13 * fri").either
    assert not parse("0 0 13 * *").either
    assert not parse("0 0 * * fri").either


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "has 0 fields"),
        ("0 8 * *", "has 4 fields"),
        ("0 0 8 * * *", "has 6 fields"),
        ("60 * * * *", "0 to 59"),
        ("* 24 * * *", "0 to 23"),
        ("* * 0 * *", "1 to 31"),
        ("* * * 13 *", "1 to 12"),
        ("* * * * 8", "0 and 7 are Sunday"),
        ("x * * * *", "is not valid"),
        ("0 0 ? * 1", "is not valid"),
        ("0 0 L * *", "is not valid"),
        ("0 0 * * 1#2", "is not valid"),
        ("-1 * * * *", "is not valid"),
        ("*-5 * * * *", "is not valid"),
        ("1, * * * *", "is not valid"),
        ("1.5 * * * *", "is not valid"),
        ("１ * * * *", "is not valid"),
        ("22-4 * * * *", "22-59,0-4"),
        ("* * * * fri-mon", "runs backwards"),
        ("*/0 * * * *", "a number from 1"),
        ("*/90 * * * *", "every instead of cron"),
        ("0 0 31 2 *", "never occurs"),
        ("0 0 30-31 2 *", "never occurs"),
        ("0 0 31 4,6,9,11 *", "never occurs"),
        ("@often", "has 1 fields"),
        ("nan * * * *", "is not valid"),
    ],
)
def test_mistakes_are_reported(text: str, hint: str) -> None:
    """Each mistake raises a ValueError that says what is wrong or which values are valid."""
    with pytest.raises(ValueError, match=hint):
        parse(text)


@settings(deadline=None)
@given(st.text(alphabet="0123456789*/-, monfrisua@?L#", max_size=24))
def test_any_text_parses_or_raises_value_error(text: str) -> None:
    """Any text is parsed or raises ValueError; each parsed field has sorted values within its range."""
    try:
        found = parse(text)
    except ValueError as error:
        assert str(error)
        return
    for values, low, high in (
        (found.minutes, 0, 59),
        (found.hours, 0, 23),
        (found.days, 1, 31),
        (found.months, 1, 12),
        (found.weekdays, 0, 6),
    ):
        assert values
        assert list(values) == sorted(set(values))
        assert low <= values[0] <= values[-1] <= high


def test_aliases_parse() -> None:
    """Every alias is a valid expression."""
    for alias in ALIASES:
        parse(alias)
