"""Format one statistic in Chinese: metric, value and change if the metric is a noun phrase, else the quoted clause.

A metric is extracted from running text, so it may be a clause (他解开, 全部依法) or end in the middle of a word. Such a
statistic is shown as the whole clause around its quote, which is easier to read. The rules were chosen on the
282 statistics of the five seeds and of other features. Showing a clause instead of a good metric costs little.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ingest.digest import format_zh
from ingest.zh import han
from store.records import Fact

#: maximum characters of a clause shown instead of a metric; for a longer clause the quote is shown. Not measured
CLAUSE = 40
_STOP = "，,。；;：:！!？?\n"
_HAN = r"[\p{Han}]"
#: words that show that a metric is a clause: they occur neither in noun phrases nor in verb phrases such as 走访群众
_CLAUSE = re.compile(
    "[他她我你您咱这那哪某没无零着着说却让把被给将从]|了(?!解)|(?<!现)在|全(?:部|都)|一共|要求|坚持|变成|降[到为]|成了?$|"
    "就|都(?!市)|也|还(?!款)|只|才(?!能)|又|仅|随机|收网"
)
_BEGINS = re.compile(
    "[的和与及里间来去气占比由因按经等内中后下、]|月时间|来自|共?有|如今|当[时天晚]?|每|至今|此后|最(?:多|少)|是|并"
)
_ENDS = re.compile(
    "[的和与及等里内沿当向对由于是有跑写花敲发]$|(?<![时房空车区期])间$|(?<!安)全$|容易$|对口$|后面$|可以$"
)
#: words from the end of a metric to the verb of its change, such as 同比下降 in 刑事警情同比下降
_TO_CHANGE = re.compile(
    r"(?:分别|同比|环比|[较比与][^,，。;；\d]{0,10}|连续[^,，。;；]{1,3}年|再|又|则|[\d.%、和]|了)*"
    "(?:下降|减少|降低|缩短|回落|下滑|压降|压缩|上升|增长|增加|提升|提高|上涨|降幅|增幅)"
)
_SHARE = re.compile(
    "(?:近|约|超过?|逾)?"
    "(?:[一二三四五六七八九十百]+分之[一二三四五六七八九十百点]+|一半|半数|过半|[一二三四五六七八九]成)"
)


def statistic(fact: Fact, text: str, names: Collection[str] = ()) -> tuple[str, bool]:
    """Return the text shown for a statistic, and whether it is a quoted clause.

    `text`: the text the fact was extracted from. `names`: persons of the story; a metric with a name is a clause.
    """
    fields = fact.fields
    metric = re.sub("^其中", "", str(fields.get("metric") or "").strip())
    shown = [metric, _value(fact), _change(fields.get("change"))]
    has_number = fields.get("value") is not None or bool(re.search(r"\d", shown[2]))
    if not has_number or not shown[1] + shown[2] or not _is_metric(metric, fact, text, names):
        return format_zh.quoted(_clause(fact, text)), True
    period = str(fields.get("period") or "")
    when = f"（{period}）" if period and period not in metric else ""
    return " ".join(part for part in shown if part) + when, False


def _is_metric(metric: str, fact: Fact, text: str, names: Collection[str]) -> bool:
    """Return whether a metric can be shown alone: 刑事警情 and 走访群众 can, 他解开 and half a word cannot."""
    if len(metric) < 2 or _CLAUSE.search(metric) or _BEGINS.match(metric) or _ENDS.search(metric):
        return False
    if any(name in metric for name in names if len(name) > 1):
        return False
    quote = fact.quote.removeprefix("其中")
    if not quote.startswith(metric):
        return True
    if fact.fields.get("value") is None and not _TO_CHANGE.match(quote[len(metric) :]):
        return False  # the metric ends inside a word: 辖区总|警情同比下降
    before = text[: fact.start]
    period = str(fact.fields.get("period") or "")
    return not han.search(_HAN + "$", before) or (bool(period) and before.endswith(period))


def _value(fact: Fact) -> str:
    value, unit = fact.fields.get("value"), str(fact.fields.get("unit") or "")
    if value is None:
        return ""
    if unit == "比例" and isinstance(value, int | float):
        quoted = _SHARE.search(fact.quote)
        return quoted[0] if quoted else format_zh.number(round(value * 100, 1), fact.fields.get("approx"), "%")
    return format_zh.number(value, fact.fields.get("approx"), unit)


def _change(change: Any) -> str:
    """Format a change: {"direction": "down", "percent": 45.3} -> 下降 45.3%."""
    if not isinstance(change, Mapping) or not change:
        return ""
    direction = str(change.get("direction") or "")
    verb = {"down": "下降", "up": "上升"}.get(direction, direction)
    percent, points = change.get("percent"), change.get("points")
    if isinstance(percent, int | float):
        times = percent >= 200 and percent % 100 == 0
        return f"{verb} " + (f"{percent / 100:g}倍" if times else f"{percent:g}%")
    return f"{verb} {points:g}个百分点" if isinstance(points, int | float) else verb


def _clause(fact: Fact, text: str) -> str:
    """Return the clause around the quote, or the quote if the clause is too long or `text` does not contain it."""
    if text[fact.start : fact.end] != fact.quote:
        return fact.quote
    start, end = fact.start, fact.end
    while start > max(0, fact.end - CLAUSE) and text[start - 1] not in _STOP:
        start -= 1
    while end < min(len(text), start + CLAUSE) and text[end] not in _STOP:
        end += 1
    whole = (start == 0 or text[start - 1] in _STOP) and (end == len(text) or text[end] in _STOP)
    clause = text[start:end].strip() if whole else fact.quote
    return clause if clause.count("“") == clause.count("”") else clause.strip("“”")
