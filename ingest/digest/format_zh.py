"""Format texts, dates, times, numbers and quotes for Chinese readers of the digest, the pages and the messages."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from ingest.zh.han import HAN

WEEKDAYS = "一二三四五六日"


def cut(text: str, length: int) -> str:
    """Return `text` with at most `length` characters; an ellipsis replaces what is cut off."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


#: half-width mark -> full-width mark
_WIDE = dict(zip(",;:!?()", "，；：！？（）", strict=True))
_CJK = f"\u3000-\u303f{HAN}\uff01-\uff60“”‘’—…·"
#: a half-width mark to replace: one beside Chinese text, not the marks in 1,300, 12:30, a URL or Latin text
_NARROW_MARK = re.compile(rf"(?<=[{_CJK}])[,;:!?()]|[,;:!?()](?=[{_CJK}])")


def full_width(text: str) -> str:
    """Return `text` with full-width punctuation beside Chinese characters; the length does not change.

    Stored text has the half-width marks of the seed format, which readers of a page do not expect.
    """
    return _NARROW_MARK.sub(lambda match: _WIDE[match[0]], text)


def opening(text: str) -> str:
    """Return the text from the first line that contains the end of a sentence; the whole text if no line contains one.

    Many articles begin with bylines and subtitles.
    """
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if re.search("[。!?！？]", line)), 0)
    return "\n".join(lines[first:])


def on_one_line(text: str) -> str:
    """Replace line breaks and control characters by spaces, and collapse spaces.

    The result is safe in a header, a list item or a log line.
    """
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", " ", text).split())


def printable(text: str) -> str:
    """Remove characters that are not allowed in a file or mail.

    These are controls other than the line break, line and paragraph separators, and lone surrogates.
    """
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "", text)


def day_in_words(day: date) -> str:
    """Format a date: 2026年11月21日 星期六."""
    return f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def moment(value: datetime) -> str:
    """Format a time in the time zone of `value`: 11月21日 08:00."""
    return f"{value.month}月{value.day}日 {value:%H:%M}"


def dated(text: str) -> str:
    """Format an ISO date as precisely as it is given: "1950" -> 1950年, "2019-09-07T13:43" -> 2019年9月7日.

    Any other text is returned unchanged.
    """
    found = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text)
    if not found:
        return text
    year, month, day = found.groups()
    return f"{year}年" + (f"{int(month)}月" if month else "") + (f"{int(day)}日" if day else "")


_VAGUE = re.compile("(?:[数上成几]|好几|十几|几十)[十百千万亿]+(?:余|多|来)?[个名家户人所栋起件间条位]?|若干|众多|无数")


def vague(quote: str) -> str:
    """Return the indefinite number in a quote (配套企业有数百家 -> 数百家), "" if there is none."""
    found = _VAGUE.search(quote)
    return found[0] if found else ""


def number(value: Any, approx: Any = "exact", unit: str = "") -> str:
    """Format a number the Chinese way: 22000, "over", 人 -> 2.2万余人; 8, "over", 个月 -> 8个月以上.

    A value that is not a number is returned with its unit. The result for None is "".
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value}{unit}"
    if abs(value) >= 100_000_000:
        shown = f"{value / 100_000_000:.4g}亿"
    elif abs(value) >= 10_000 and value % 100 == 0:
        shown = f"{value / 10_000:.6g}万"
    else:
        shown = f"{value:.10g}"
    over = f"{shown}余{unit}" if abs(value) >= 10 and unit != "%" else f"{shown}{unit}以上"
    if re.fullmatch(r"\d*0[万亿]", shown):
        # after a number that ends in 0, 余 precedes 万 or 亿: 3900余万元, but 2.2万余人
        over = f"{shown[:-1]}余{shown[-1]}{unit}"
    return {"over": over, "nearly": f"近{shown}{unit}", "about": f"约{shown}{unit}", "vague": f"约{shown}{unit}"}.get(
        str(approx), f"{shown}{unit}"
    )


def quoted(text: str) -> str:
    """Return a quote in “ ”; quotation marks inside it become ‘ ’ (GB/T 15834)."""
    return f"“{text.replace('“', '‘').replace('”', '’')}”"
