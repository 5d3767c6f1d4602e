"""Facts of kind event: what happened on a date."""

from __future__ import annotations

import re

from ingest.facts.doc import Doc
from ingest.zh import han
from ingest.zh.dates import Date
from store.records import Fact

VERSION = "event.dated@3"

#: words of a line about the page, not about the story
_PAGE_LINE = han.regex(
    r"原载|刊于|(?:(?:(?<![\p{Han}])|发布|发表|更新)(?:时间|日期)|来源|编辑|责编)[::]|\d{1,2}:\d\d|原标题"
)
#: words after a relative date that introduce figures
_STATISTICAL = re.compile(r"^(?:以来|上半年|下半年)|同比|环比|共接|累计|共办理|抓获[^,。]{0,10}\d|下降|上升|增长|减少")
#: maximum length of the field `what`, characters; not measured
_WHAT = 30


def event_facts(doc: Doc) -> list[Fact]:
    """Return the facts of kind event; dates about the page itself (发布时间) are skipped."""
    facts: list[Fact] = []
    seen: set[tuple[str | None, int]] = set()
    for date in doc.dates:
        if not _is_event(doc, date):
            continue
        sentence = doc.sentence(date.start)
        if (date.value, sentence[0]) in seen:
            continue
        seen.add((date.value, sentence[0]))
        start, end, what = _what(doc, date, sentence)
        fields = {"date": date.value, "date_text": doc.s[date.start : date.end], "what": what}
        facts.append(doc.fact("event", start, end, VERSION, fields))
    return facts


def _is_event(doc: Doc, date: Date) -> bool:
    """Return whether the date says when something happened."""
    s = doc.s
    if date.form == "era":
        return s[date.start : date.start + 2] in ("上世", "世纪") and not _about_page(doc, date)
    months = date.stretch and (date.form != "absolute" or "-" in (date.value or ""))
    if months or (date.form == "absolute" and date.part.endswith("半年")) or _about_page(doc, date):
        return False
    clause = s[date.end : doc.sentence(date.start)[1]]
    if date.form == "absolute":
        return (
            not s.startswith("度", date.end)
            and s[date.start - 1 : date.start] + s[date.end : date.end + 1] != "()"
            and not _of_a_thing(doc, date)
            and not _limits_figures(s[max(0, date.start - 2) : date.start], clause)
        )
    if re.match(r"[^,。]{0,4}[讯电]", clause):
        return False
    if date.form == "month-day":
        return True
    word = s[date.start : date.end]
    if word in _YEARS:
        return (
            (
                word in ("今年", "去年", "前年", "大前年")
                or (word in ("这一年", "那一年", "那年") and date.value is not None)
            )
            and clause.startswith(",")
            and not re.search(r"\d", clause[:30])
        )
    return not _STATISTICAL.search(clause[:24])


#: words for a year that count as an event only before a comma
_YEARS = frozenset(
    {
        "今年",
        "去年",
        "前年",
        "大前年",
        "当年",
        "同年",
        "次年",
        "翌年",
        "第二年",
        "明年",
        "这一年",
        "那一年",
        "这年",
        "那年",
    }
)


def _about_page(doc: Doc, date: Date) -> bool:
    """Return whether the date stands in a line about the page: its publication, its first print."""
    s = doc.s
    line_end = s.find("\n", date.end)
    line = s[s.rfind("\n", 0, date.start) + 1 : line_end if line_end >= 0 else len(s)]
    if len(line) < _LINE and (_PAGE_LINE.search(line) or _NUMBERS_ONLY.fullmatch(line.strip())):
        return True
    return bool(_LABELLED.search(s, max(0, date.start - 5), date.start))


def _limits_figures(before: str, clause: str) -> bool:
    """Return whether the year only limits or compares figures: 截至2023年, 较2019年, 2023年案件同比下降."""
    if before.endswith(_BOUNDING) or _THIS_PAPER.search(before):
        return True
    if before.endswith("从") and (_UNTIL_NOW.match(clause) or _OLD_FIGURE.match(clause)):
        return True
    return bool(_SINCE.match(clause) or _COMPARED.match(clause) or _CASES.match(clause))


def _of_a_thing(doc: Doc, date: Date) -> bool:
    """Return whether the year is the age of a thing (一把1956年的铜哨) or a base of comparison (是2019年的两倍)."""
    s = doc.s
    if _USED.match(s, date.end, date.end + 16):
        return True
    return (
        s.startswith("的", date.end)
        and len(date.value or "") == 4
        and bool(_THING_OF.search(s, max(0, date.start - 6), date.start))
    )


#: after the year, and before it, of the age of a thing
_USED = re.compile("[^,。;、“]{0,10}(?:用过|留下|生产|出厂|印制)的")
_THING_OF = re.compile(
    "(?:[一两这那几][把张本枚块台只副件辆部册盏]|找[出来到]|翻[出到开]|拿出|捧出|[是较比与和]|相当于|不到)$"
)
#: maximum length of a line about the page, characters; longer lines are paragraphs. Not measured
_LINE = 60
#: a line of digits, such as a date and a counter
_NUMBERS_ONLY = han.regex(r"[\d\s\-:./年月日]*[\p{Han}]{0,6}\d*")
#: a label of the publication date before the date
_LABELLED = han.regex(r"(?:(?<![\p{Han}])|发布|发表|更新)(?:时间|日期)[::][ ]*\Z")
#: words that limit or compare figures before the year (_BOUNDING, _THIS_PAPER) and after it (the others)
_BOUNDING = ("到", "至", "截止", "较", "比", "由")
_THIS_PAPER = re.compile("[那这][张份本枚块]$")
_SINCE = re.compile(
    r"至今|到现在|以来,?(?![^。;]{0,30}(?:成立|组建|推出|推行|启动|探索|建[立起成]|开展|实行|实施))[^,。;]{0,24}\d"
)
_UNTIL_NOW = re.compile("[^,。]{0,4}(?:到现在|至今|到今天)")
_OLD_FIGURE = re.compile(r"的\d")
_COMPARED = re.compile(r"[^,。;]{0,4}以?来?,?[^,。;]{0,24}(?:同比|环比|较上年|较去年)")
_CASES = re.compile(r"[^,。;]{0,3},?[^,。;]{0,14}(?:案件|警情|发案|立案|案子|这两个数)[^,。;]{0,6}\d")


def _what(doc: Doc, date: Date, sentence: tuple[int, int]) -> tuple[int, int, str]:
    """Return (start and end of the quote, what happened): the clause of the date and, if that is short, the next one."""
    s = doc.s
    clause = doc.clause(date.start)
    start = max(sentence[0], clause[0])
    end = clause[1]
    tail = s[date.end : end].strip(",。;、: ")
    if len(tail) < 8 and end < sentence[1]:
        end = doc.clause(end)[1]
        while s[end - 1] == "、" and end < sentence[1]:  # 被中央宣传部、公安部授予: the list goes on
            end = doc.clause(end)[1]
    end = min(end, sentence[1])
    inside = len(s[start : date.start].strip("于自从在,")) > 1
    if s[start] == "“" and "”" not in s[start:end]:
        start += 1
    words = (s[start:end] if inside else s[date.end : end]).strip(",。;、:()“” ")
    quote_end = end - len(s[start:end]) + len(s[start:end].rstrip(",。;、: "))
    return start, max(quote_end, date.end), _shortened(_LEADING.sub("", words))


#: words after the date that still belong to it: 前后, 的一天, 起
_LEADING = re.compile(
    "^(?:自|于|在|从|到|以来|前后|左右|期间|年?间|起|的[那这]?一[天日夜晚]|[的]?[一个]{0,2}(?:清晨|凌晨|早晨|上午|中午|下午|傍晚|晚上|深夜|夜里)|,)+"
)


def _shortened(words: str) -> str:
    """Return at most _WHAT characters of `words`, cut at the end of a clause if possible."""
    if len(words) <= _WHAT:
        return words
    stop = max(words.rfind(mark, 0, _WHAT) for mark in ",、:")
    return words[:stop] if stop >= _WHAT // 3 else words[:_WHAT]
