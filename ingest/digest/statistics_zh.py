"""How one figure of work is shown: as metric, value and change where that reads well, else in its own words. Pure.

A metric is read from running text, so it may be a clause (他解开, 全部依法) or be cut at a word's middle. Such a
figure is shown as the clause it stands in, which always reads as somebody wrote it. What decides was chosen on the
2 × 141 figures of the five seeds and of other features; a clause shown in place of a good metric costs little.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ingest.digest import labels_zh
from store.records import Fact

#: characters of a clause that are shown in place of a metric; a longer one is not: the quote is
CLAUSE = 40
_STOP = "，,。；;：:！!？?\n"
_HAN = r"[\u3400-\u9fff]"
#: words that a clause has and a noun phrase, or 走访群众, has not; a person who acts
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
#: between a metric and the change it is told to have: 刑事警情[同比]下降
_TO_CHANGE = re.compile(
    r"(?:分别|同比|环比|[较比与][^,，。;；\d]{0,10}|连续[^,，。;；]{1,3}年|再|又|则|[\d.%、和]|了)*"
    "(?:下降|减少|降低|缩短|回落|下滑|压降|压缩|上升|增长|增加|提升|提高|上涨|降幅|增幅)"
)
_SHARE = re.compile(
    "(?:近|约|超过?|逾)?"
    "(?:[一二三四五六七八九十百]+分之[一二三四五六七八九十百点]+|一半|半数|过半|[一二三四五六七八九]成)"
)


def statistic(fact: Fact, text: str, names: Collection[str] = ()) -> tuple[str, bool]:
    """What is shown of a figure, and whether it is in the text's own words; "" when there is nothing to show.

    `text`: what the fact was read from; `names`: persons of the story, who make a clause of a metric.
    """
    fields = fact.fields
    metric = re.sub("^其中", "", str(fields.get("metric") or "").strip())
    shown = [metric, _value(fact), _change(fields.get("change"))]
    told = fields.get("value") is not None or bool(re.search(r"\d", shown[2]))
    if not told or not shown[1] + shown[2] or not _is_metric(metric, fact, text, names):
        return f"「{_words(fact, text)}」", True
    period = str(fields.get("period") or "")
    when = f"（{period}）" if period and period not in metric else ""
    return " ".join(part for part in shown if part) + when, False


def _is_metric(metric: str, fact: Fact, text: str, names: Collection[str]) -> bool:
    """Whether a metric stands by itself: 刑事警情, 走访群众, but not 他解开 nor the half of a word."""
    if len(metric) < 2 or _CLAUSE.search(metric) or _BEGINS.match(metric) or _ENDS.search(metric):
        return False
    if any(name in metric for name in names if len(name) > 1):
        return False
    quote = fact.quote.removeprefix("其中")
    if not quote.startswith(metric):
        return True
    if fact.fields.get("value") is None and not _TO_CHANGE.match(quote[len(metric) :]):
        return False  # 辖区总|警情同比下降
    before = text[: fact.start]
    period = str(fact.fields.get("period") or "")
    return not re.search(_HAN + "$", before) or (bool(period) and before.endswith(period))


def _value(fact: Fact) -> str:
    value, unit = fact.fields.get("value"), str(fact.fields.get("unit") or "")
    if value is None:
        return ""
    if unit == "比例" and isinstance(value, int | float):
        quoted = _SHARE.search(fact.quote)
        return quoted[0] if quoted else labels_zh.number(round(value * 100, 1), fact.fields.get("approx"), "%")
    return labels_zh.number(value, fact.fields.get("approx"), unit)


def _change(change: Any) -> str:
    """{"direction": "down", "percent": 45.3} -> 下降 45.3%."""
    if not isinstance(change, Mapping) or not change:
        return ""
    direction = str(change.get("direction") or "")
    said = {"down": "下降", "up": "上升"}.get(direction, direction)
    percent, points = change.get("percent"), change.get("points")
    if isinstance(percent, int | float):
        times = percent >= 200 and percent % 100 == 0
        return f"{said} " + (f"{percent / 100:g}倍" if times else f"{percent:g}%")
    return f"{said} {points:g}个百分点" if isinstance(points, int | float) else said


def _words(fact: Fact, text: str) -> str:
    """The clause around the quote; the quote when the clause is long or the text is not the one it was read from."""
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
