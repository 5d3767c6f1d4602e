"""Facts of kind event: what happened on a date."""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.facts.document import Doc
from ingest.facts.lazy_property import lazy
from ingest.facts.rule_engine import RuleSet, When, Window, leave, take
from ingest.zh import han
from ingest.zh.dates import Date
from store.records import Fact

#: words of a line about the page (source, publication time) instead of the story
_PAGE_LINE = han.regex(
    r"原载|刊于|刊载于|(?:(?:(?<![\p{Han}])|发布|发表|更新)(?:时间|日期)|来源|编辑|责编)[::]|\d{1,2}:\d\d|原标题|\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?[ ]*(?:本报|特约)?(?:记者|通讯员|作者|文/|来源)[ ]"
)
#: maximum length of the field `what`, characters; not measured
_WHAT = 30
#: words for a year; the event must follow the word and a comma
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
#: words that show that a year is that of a thing, or is only compared: after the year (_USED: 1956年生产的) or before it
#: (_THING_OF: 一把1956年的, 相当于2020年的)
_USED = re.compile("[^,。;、“]{0,10}(?:用过|留下|生产|出厂|印制)的")
_THING_OF = re.compile(
    "(?:[一两这那几][把张本枚块台只副件辆部册盏]|找[出来到]|翻[出到开]|拿出|捧出|[是较比与和]|相当于|不到)$"
)
#: maximum length of a line about the page, characters; longer lines are paragraphs. Not measured
_LINE = 60
#: a line of digits, such as a date or a number of readers, with at most six Han characters besides 年, 月
#: and 日
_NUMBERS_ONLY = han.regex(r"[\d\s\-:./年月日]*[\p{Han}]{0,6}\d*")
#: a label such as 发布时间: before a publication date
_LABELLED = han.regex(r"(?:(?<![\p{Han}])|发布|发表|更新)(?:时间|日期)[::][ ]*\Z")
#: words after the year that show that the year only limits or compares figures: 至今, 以来, 同比, or cases with a number
_SINCE = re.compile(
    r"至今|到现在|以来,?(?![^。;]{0,30}(?:成立|组建|推出|推行|启动|探索|建[立起成]|开展|实行|实施))[^,。;]{0,24}\d"
)
_UNTIL_NOW = re.compile("[^,。]{0,4}(?:到现在|至今|到今天)")
_OLD_FIGURE = re.compile(r"的\d")
_COMPARED = re.compile(r"[^,。;]{0,4}以?来?,?[^,。;]{0,24}(?:同比|环比|较上年|较去年)")
_CASES = re.compile(r"[^,。;]{0,3},?[^,。;]{0,14}(?:案件|警情|发案|立案|案子|这两个数)[^,。;]{0,6}\d")


class Dated:
    """A date and the windows of text around it."""

    def __init__(self, doc: Doc, date: Date) -> None:
        self.doc, self.date = doc, date

    @property
    def span(self) -> tuple[int, int]:
        return self.date.start, self.date.end

    @lazy
    def word(self) -> str:
        """The date as written."""
        return self.doc.s[self.date.start : self.date.end]

    @lazy
    def clause(self) -> str:
        """The rest of the sentence after the date."""
        return self.doc.s[self.date.end : self.doc.sentence(self.date.start)[1]]

    @lazy
    def before(self) -> str:
        """At most twelve characters before the date, within the sentence."""
        return self.doc.s[max(self.doc.sentence(self.date.start)[0], self.date.start - 12) : self.date.start]

    @lazy
    def line(self) -> str:
        """The line that contains the date; "" for a line of _LINE characters or more."""
        s, end = self.doc.s, self.doc.s.find("\n", self.date.end, self.date.end + _LINE)
        start = s.rfind("\n", max(0, self.date.start - _LINE), self.date.start) + 1
        if end < 0:
            end = len(s) if len(s) <= self.date.end + _LINE else start + _LINE
        if start == 0 and self.date.start > _LINE:
            return ""
        return s[start:end] if end - start < _LINE else ""


word: Window[Dated] = Window(lambda c: c.word)
clause: Window[Dated] = Window(lambda c: c.clause)
before: Window[Dated] = Window(lambda c: c.before)
line: Window[Dated] = Window(lambda c: c.line.strip())


def _form(*forms: str) -> When[Dated]:
    return When(lambda c: c.date.form in forms)


def _when(test: Callable[[Dated], object]) -> When[Dated]:
    return When(test)


_SHORT_LINE = _when(lambda c: c.line.strip())
_ABSOLUTE, _ERA = _form("absolute"), _form("era")
_RELATIVE = ~_form("absolute", "era", "month-day")
_YEAR_WORD = _RELATIVE & _when(lambda c: c.word in _YEARS)

RULES: RuleSet[Dated] = RuleSet(
    "event",
    4,
    "dates",
    leave(
        "about the page",
        (_SHORT_LINE & (line(_PAGE_LINE.pattern) | line("^(?:" + _NUMBERS_ONLY.pattern + ")$")))
        | before(_LABELLED.pattern),
        "the line is about the page: its publication, its first print",
        "派出所很忙。\n发布时间:【2024年5月6日】\n",
    ),
    leave(
        "issue",
        _ABSOLUTE
        & (clause.starts(r"(?:第?\d{1,3}期|第[一二三四五六七八九十]{1,3}期|[ ]?总第)") | before(r"《[^《》]{1,8}》$")),
        "it is the issue of a magazine or a newspaper",
        "(原文见《人民公安》【2024年】第5期)",
    ),
    take("era", _ERA & word("^(?:上世|世纪)"), "a decade of the past century", "【上世纪80年代】,所里只有三间房。"),
    leave(
        "stretch of months",
        _when(lambda c: c.date.stretch and (c.date.form != "absolute" or "-" in (c.date.value or "")))
        | (_ABSOLUTE & _when(lambda c: c.date.part.endswith("半年"))),
        "it is a stretch of time for figures",
        "【2024年1至6月】,派出所化解纠纷。",
    ),
    leave("fiscal year", _ABSOLUTE & clause.starts("度"), "it is a year of accounts", "【2024年】度的报表交了。"),
    leave(
        "in brackets",
        _ABSOLUTE & before(r"\($") & clause.starts(r"\)"),
        "a date in brackets belongs to what stands before it",
        "墙上挂着奖状(【2019年】)。",
    ),
    leave(
        "age of a thing",
        _ABSOLUTE
        & (
            clause.starts(_USED.pattern)
            | (clause.starts("的") & _when(lambda c: len(c.date.value or "") == 4) & before(_THING_OF.pattern))
            | clause.starts("的(?=[,。;、])")
        ),
        "it says how old a thing is, or what is compared",
        "他吹响一把【1956年】的铜哨。",
    ),
    leave(
        "bound of figures",
        _ABSOLUTE
        & (
            before("(?:到|至|截止|较|比|由|[那这][张份本枚块])$")
            | (before("从$") & clause.starts(f"(?:{_UNTIL_NOW.pattern}|{_OLD_FIGURE.pattern})"))
            | clause.starts(f"(?:{_SINCE.pattern}|{_COMPARED.pattern}|{_CASES.pattern}|以前|之前,)")
        ),
        "the year only limits or compares figures",
        "截至【2023年】,警情少了。",
        "【2016年】以前,偷江砂的人多。",
    ),
    take("dated", _ABSOLUTE, "a date with its year", "【2016年9月】,新楼启用。"),
    leave("dateline", clause.starts("[^,。]{0,4}[讯电]"), "it is the dateline of a report", "本报【5月6日】讯"),
    take("day", _form("month-day"), "a day of a month", "【5月6日】,新楼启用。"),
    take(
        "year told of",
        _YEAR_WORD
        & (
            word("^(?:今年|去年|前年|大前年)$")
            | (word("^(?:这一年|那一年|那年)$") & _when(lambda c: c.date.value is not None))
        )
        & clause.starts(r",(?!.{0,28}\d)"),
        "a year before a comma, and what happened then",
        "【去年】,新楼启用。",
    ),
    leave(
        "year of figures", _YEAR_WORD, "the year only dates figures or is a way of telling", "【去年】处置警情52起。"
    ),
    leave(
        "figures of a period",
        clause.starts("(?:以来|上半年|下半年)")
        | clause("^.{0,23}(?:同比|环比|共接|累计|共办理|下降|上升|增长|减少)")
        | clause(r"^.{0,20}抓获[^,。]{0,10}\d"),
        "the time only dates figures",
        "【上个月】,派出所累计走访群众300户。",
    ),
    take("relative", _RELATIVE, "a day or a month that the text or its publication dates", "【上个月】,新楼启用。"),
    otherwise="nothing says that something happened then",
)


def event_facts(doc: Doc) -> list[Fact]:
    """Return the facts of kind event: the dates that the rules accept, each ISO date once in a sentence."""
    facts: list[Fact] = []
    seen: set[tuple[str | None, int]] = set()
    for date in doc.dates:
        rule = RULES.decide(Dated(doc, date))
        sentence = doc.sentence(date.start)
        if rule.verdict == "leave" or (date.value, sentence[0]) in seen:
            continue
        seen.add((date.value, sentence[0]))
        start, end, what = _what(doc, date, sentence)
        fields = {"date": date.value, "date_text": doc.s[date.start : date.end], "what": what}
        facts.append(doc.fact("event", start, end, RULES.key(rule), fields))
    return facts


def _what(doc: Doc, date: Date, sentence: tuple[int, int]) -> tuple[int, int, str]:
    """Return (quote start, quote end, event).

    The quote is the clause of the date; the next clause is added if fewer than eight characters follow the date. The
    event is the quote if two or more characters precede the date in its clause, else the words after the date. Words
    such as 左右 at the start of the event are removed, and the event is cut to _WHAT characters.
    """
    s = doc.s
    clause = doc.clause(date.start)
    start = max(sentence[0], clause[0])
    end = clause[1]
    tail = s[date.end : end].strip(",。;、: ")
    if len(tail) < 8 and end < sentence[1]:
        end = doc.clause(end)[1]
        # a clause that ends in an enumeration comma continues: 被中央宣传部、公安部授予
        while s[end - 1] == "、" and end < sentence[1]:
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
    """Return at most _WHAT characters of `words`, cut at the end of a clause if a third of _WHAT is left."""
    if len(words) <= _WHAT:
        return words
    stop = max(words.rfind(mark, 0, _WHAT) for mark in ",、:")
    return words[:stop] if stop >= _WHAT // 3 else words[:_WHAT]
