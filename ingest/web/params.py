"""What a request asks -> values. Whatever cannot be asked is refused here, by name, before the store hears of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from werkzeug.exceptions import BadRequest
from werkzeug.routing import BaseConverter, ValidationError

#: greatest number asked for: any database can compare it
GREATEST = 10**15 - 1


class Number(BaseConverter):
    """A number in an address: /articles/7."""

    regex = "[0-9]{1,15}"

    def to_python(self, value: str) -> int:
        """7; zero is nobody's number."""
        if int(value) == 0:
            raise ValidationError
        return int(value)


class Position(BaseConverter):
    """The place of a fact in its reading, from 0."""

    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        """7"""
        return int(value)


def words(given: Mapping[str, str], name: str, longest: int = 100) -> str | None:
    """What was typed, None for nothing."""
    text = given.get(name, "").strip()
    if len(text) > longest:
        raise BadRequest(f"{name} 最多 {longest} 个字")
    if not text.isprintable():
        raise BadRequest(f"{name} 里有不能显示的字符")
    return text or None


def number(
    given: Mapping[str, str], name: str, default: int | None = None, *, least: int = 1, most: int = GREATEST
) -> int | None:
    """A whole number between `least` and `most`."""
    text = given.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch("[0-9]{1,15}", text) or not least <= int(text) <= most:
        raise BadRequest(f"{name} 要是 {least} 到 {most} 的整数")
    return int(text)


def day(given: Mapping[str, str], name: str) -> date | None:
    """A day as 2026-11-21."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else _no_day(name)
    except ValueError:
        return _no_day(name)


def _no_day(name: str) -> date:
    raise BadRequest(f"{name} 要写成 2026-11-21 这样的日期")


def one_of(given: Mapping[str, str], name: str, known: Sequence[str]) -> str | None:
    """One of the known words, None for nothing."""
    text = given.get(name, "").strip()
    if text and text not in known:
        raise BadRequest(f"{name} 只能是 {'、'.join(known)}")
    return text or None
