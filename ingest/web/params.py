"""Parse and validate query parameters and form fields. An invalid value raises a 400 error that names the parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from werkzeug.exceptions import BadRequest
from werkzeug.routing import BaseConverter, ValidationError

#: largest accepted number: fits the integers of both databases
GREATEST = 10**15 - 1


#: parameter -> its label on the pages
LABELS = {
    "ruling": "判定", "source": "来源", "before": "编号上限", "limit": "每页条数", "q": "检索词", "station": "派出所",
    "place": "地区", "since": "起始日期", "until": "截止日期", "page": "页码", "revision": "版本", "to": "结束编号",
    "from": "起始编号", "name": "派出所名称", "action": "操作", "by": "核对人", "note": "备注", "explain": "解释",
}  # fmt: skip


class InvalidParameter(BadRequest):
    """A parameter with an invalid value: the page names it by its label, the API by its name."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{LABELS.get(name, name)}{problem}。")
        self.api_text = f"{name} {problem}"


class Number(BaseConverter):
    """A positive number in a path, such as /articles/7."""

    regex = "[0-9]{1,15}"

    def to_python(self, value: str) -> int:
        """Return the number as int; 0 does not match."""
        if int(value) == 0:
            raise ValidationError
        return int(value)


class Position(BaseConverter):
    """The position of a fact in its article, starting from 0."""

    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        """Return the position as int."""
        return int(value)


class Secret(BaseConverter):
    """A secret in a path: 32 random bytes, base64url."""

    regex = "[A-Za-z0-9_-]{43}"


def text(fields: Mapping[str, str], name: str, longest: int = 100) -> str | None:
    """Return the stripped text, None if it is empty. Raises InvalidParameter if it is too long or not printable."""
    value = fields.get(name, "").strip()
    if len(value) > longest:
        raise InvalidParameter(name, f"最多 {longest} 个字")
    if not value.isprintable():
        raise InvalidParameter(name, "含有不能显示的字符")
    return value or None


def number(
    fields: Mapping[str, str], name: str, default: int | None = None, *, least: int = 1, most: int = GREATEST
) -> int | None:
    """Return an integer from `least` to `most`, `default` if the field is empty. Raises InvalidParameter otherwise."""
    value = fields.get(name, "").strip()
    if not value:
        return default
    if not re.fullmatch("[0-9]{1,15}", value) or not least <= int(value) <= most:
        raise InvalidParameter(name, f"应为 {least} 到 {most} 的整数")
    return int(value)


def day(fields: Mapping[str, str], name: str) -> date | None:
    """Return a date written as 2026-11-21, None if the field is empty. Raises InvalidParameter for anything else."""
    value = fields.get(name, "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else _invalid_day(name)
    except ValueError:
        return _invalid_day(name)


def _invalid_day(name: str) -> date:
    raise InvalidParameter(name, "应写成 2026-11-21 这样的日期")


def one_of(fields: Mapping[str, str], name: str, known: Sequence[str]) -> str | None:
    """Return one of the known values, None if the field is empty. Raises InvalidParameter for anything else."""
    value = fields.get(name, "").strip()
    if value and value not in known:
        raise InvalidParameter(name, f"只能是 {'、'.join(known)}")
    return value or None
