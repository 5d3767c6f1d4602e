"""Dates in a text, as precise as stated (2019-07, 1945-11, 2003/2009).

Relative dates and dates without a year are resolved with the publication date or an earlier date in the text; otherwise
their value is None. Impossible dates (2026年2月30日) are rejected.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass, replace

from ingest.zh import han
from ingest.zh.numbers import parse

_DATE = han.regex(
    r"""(?=[\d一二今去前当同次明上世本昨近日第大这那翌])(?<![\d.])(?:
      (?P<y1>(?:19|20)\d\d)年(?:至|到|—{1,2}|-|~)(?P<y2>(?:19|20)\d\d)年(?!\d)
     |(?P<year>(?:19|20)\d\d|[一二][〇零一二三四五六七八九]{3})年(?!代)
       (?:(?P<newyear>元旦)|(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])(?:月(?:份)?|(?=(?:至|到|-)(?:1[0-2]|[1-9])月))
          (?:(?:至|到|—{1,2}|-|~)(?P<month2>1[0-2]|0?[1-9])月(?!\d)
           |(?P<day>3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])[日号](?:至(?P<day2>[0-3]?\d)[日号])?)?)?
       (?P<part>[年月]?[初底中末](?=[,,以起来]|$|[\p{Han}])|上半年|下半年|春节|[春夏秋冬][天季]?)?
     |(?P<ry>今年|去年|大?前年|当年|同年|次年|翌年|第二年|[这那]一?年|明年)
       (?:(?P<rm>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月(?:份)?(?:至(?P<rm2>1[0-2]|[1-9])月)?
          (?:(?P<rd>3[01]|[12]\d|0?[1-9])[日号])?)?
       (?P<rpart>[年月]?[初底中末]|上半年|下半年|春节|元旦|清明节?|端午节?|中秋节?|国庆节?|[春夏秋冬][天季])?
     |(?P<rrange>今年|去年)(?P<r1>1[0-2]|[1-9])(?:至|到|-|—)(?P<r2>1[0-2]|[1-9])月
     |(?P<om>1[0-2]|0?[1-9])月(?:份)?(?P<od>3[01]|[12]\d|0?[1-9])[日号]
     |(?P<near>上个?月|本月)(?:(?P<nd>3[01]|[12]\d|0?[1-9])[日号]|[初中底末])?
     |(?P<iso>(?:19|20)\d\d[-./](?:1[0-2]|0?[1-9])[-./](?:3[01]|[12]\d|0?[1-9]))(?!\d)
     |(?P<lone>1[0-2]|[1-9])月份?(?=[,,底初中末以起]|的一个|间)
     |(?P<range1>1[0-2]|[1-9])(?:至|到|-|—)(?P<range2>1[0-2]|[1-9])月
     |(?P<era>上?世纪(?:[五六七八九三四二]十|\d0)年代[初中末]?|(?:昨天|昨日|昨晚|近日|日前|前不久|第二天)(?:晚上|清晨)?)
    )(?P<time>(?:清晨|凌晨|早上|早晨|上午|中午|下午|傍晚|晚上?|夜里|深夜|晌午)?(?:[0-2]?\d(?:时(?:[0-5]?\d分)?许?|点(?:[0-5]?\d分?|半)?许?|:[0-5]\d))?)""",
    re.VERBOSE,
)
_PUBLISHED = han.regex(
    r"(?=[发时日 12])(?:(?:发布时间|发表时间|(?<![\p{Han}])时间|(?<![\p{Han}])日期|发布于|发布日期)[::]?[ ]*((?:19|20)\d\d)[-年/.](1[0-2]|0?[1-9])[-月/.](3[01]|[12]\d|0?[1-9])"
    r"|^[ ]*((?:19|20)\d\d)[-年/.](1[0-2]|0?[1-9])[-月/.](3[01]|[12]\d|0?[1-9])日?(?![至到—~-])[ ]?(?=\d\d:|[\p{Han}]{0,4}\d{0,2}[ ]*$|来源|[|]))"
    # the last words of a line that names the source: 丹江口融媒 2025年6月5日
    r"|^(?=[^\n]{0,24}(?:融媒|网|报|社|来源|公众号|客户端|发布|电视台|新闻))[^\n,。;!?]{2,30}[ ]((?:19|20)\d\d)[-年/.](1[0-2]|0?[1-9])[-月/.](3[01]|[12]\d|0?[1-9])日?(?=[ ]*$|[ ]+(?:作者|来源|记者|编辑|通讯员|阅读|\d\d:))",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Date:
    """One date in the text; `value` is in ISO 8601, as precise as stated, None if it is unknown."""

    start: int
    end: int
    value: str | None
    #: "absolute", "relative" (今年4月), "month-day" (8月22日, 8月) or "era" (上世纪50年代, 近日)
    form: str
    #: the year, if the text states it
    year: int | None = None
    #: True for a period (今年1至8月, 上半年)
    stretch: bool = False
    #: the word for a part of a year or month (年初, 月底, 上半年); for a relative year without such a word: 今年, 去年 etc.
    part: str = ""


def stated_publication(text: str) -> str | None:
    """Return the publication date stated in a line about the page (时间:2023-05-23 21:37), in ISO 8601, or None."""
    for match in _PUBLISHED.finditer(text):
        year, month, day = (int(group) for group in match.groups() if group)
        if _valid(year, month, day):
            return f"{year:04d}-{month:02d}-{day:02d}"
    return None


def _valid(year: int, month: int, day: int = 1) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _int(words: str | None) -> int | None:
    """Return the value of a year, month or day in Arabic or Chinese numerals; None for "" or None."""
    if not words:
        return None
    value = parse(words)
    return None if value is None else int(value)


def iso(year: int, month: int | None = None, day: int | None = None) -> str | None:
    """Return a date in ISO 8601 (2019, 2019-07 or 2019-07-01), None for an impossible date."""
    if month is None:
        return f"{year:04d}"
    if not _valid(year, month, day or 1):
        return None
    return f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day else "")


def dates(text: str, published: str | None = None) -> list[Date]:
    """Return the dates of `text`, in order. `published` (ISO 8601) resolves 今年, 去年 and dates without a year."""
    base = _base(published)
    found: list[Date] = []
    for match in _DATE.finditer(text):
        date = _date_of(match, base)
        if date is not None:
            found.append(date)
    return _carry(found, text)


def _base(published: str | None) -> tuple[int, int, int] | None:
    """Return (year, month, day) of the publication date, with day 31 if no day is stated; None without a date."""
    match = re.match(r"(\d{4})-(\d\d)(?:-(\d\d))?", published or "")
    return (int(match[1]), int(match[2]), int(match[3] or 31)) if match else None


def _date_of(match: re.Match[str], base: tuple[int, int, int] | None) -> Date | None:
    """Return the date of a match of _DATE, None for an impossible date."""
    start, end = match.span()
    if match["y1"]:
        return Date(start, end, f"{match['y1']}/{match['y2']}", "absolute", int(match["y1"]), True)
    if match["year"]:
        return _absolute(match, start, end)
    if match["iso"]:
        year, month, day = (int(part) for part in re.split(r"[-./]", match["iso"]))
        return Date(start, end, iso(year, month, day), "absolute", year) if _valid(year, month, day) else None
    if match["ry"] or match["rrange"]:
        return _relative(match, start, end, base)
    if match["om"]:
        month, day = int(match["om"]), int(match["od"])
        if not _valid(2020, month, day):
            return None
        value = None
        if base is not None:
            value = iso(_year_of(base, month, day), month, day)
        return Date(start, end, value, "month-day")
    if match["lone"]:
        month = int(match["lone"])
        value = iso(base[0] if month <= base[1] else base[0] - 1, month) if base is not None else None
        return Date(start, end, value, "month-day")
    if match["near"]:
        return _near(match, start, end, base)
    if match["range1"]:
        return Date(start, end, None, "month-day", stretch=True)
    return Date(start, end, None, "era")


#: maximum number of days that a date without a year may be after the publication (1月10日 on a page of January 7); a date
#: further ahead is taken for one in the year before. Not measured
_AHEAD = 14


def _year_of(base: tuple[int, int, int], month: int, day: int) -> int:
    """Return the latest year for which the date is at most _AHEAD days after the publication."""
    published = datetime.date(base[0], base[1], min(base[2], monthrange(*base[:2])[1]))
    latest = published + datetime.timedelta(days=_AHEAD)
    return latest.year if (month, day) <= (latest.month, latest.day) else latest.year - 1


def _near(match: re.Match[str], start: int, end: int, base: tuple[int, int, int] | None) -> Date:
    """Return the date of an expression such as 上个月 or 本月15日; its value is None without a publication date."""
    value = None
    if base is not None:
        year, month = base[0], base[1] - match["near"].startswith("上")
        value = iso(year, month, _int(match["nd"])) if month else iso(year - 1, 12, _int(match["nd"]))
    return Date(start, end, value, "relative")


def _absolute(match: re.Match[str], start: int, end: int) -> Date | None:
    """Return a date with a stated year, None for an impossible date."""
    year = _int(match["year"])
    if year is None or not 1900 <= year <= 2100:
        return None
    month, day = _int(match["month"]), _int(match["day"])
    if match["newyear"]:
        month, day = 1, 1
    value = iso(year, month, day)
    if value is None:
        return None
    if match["month2"]:
        return Date(start, end, f"{value}/{iso(year, int(match['month2']))}", "absolute", year, True)
    return Date(start, end, value, "absolute", year, (match["part"] or "").endswith("半年"), match["part"] or "")


def _relative(match: re.Match[str], start: int, end: int, base: tuple[int, int, int] | None) -> Date | None:
    """Return a date with a relative year, such as 今年4月, 去年 or 当年.

    Its value is None without a publication date, and for words such as 当年 that refer to an earlier date.
    """
    word = match["ry"] or match["rrange"]
    shift = {"今年": 0, "去年": -1, "前年": -2, "大前年": -3, "明年": 1}.get(word)
    value = None
    if base is not None and shift is not None:
        value = iso(base[0] + shift, _int(match["rm"]), _int(match["rd"]))
    stretch = bool(match["rm2"] or match["rrange"]) or (match["rpart"] or "").endswith("半年")
    return Date(start, end, value, "relative", None, stretch, match["rpart"] or word)


class _Breaks:
    """The ends of sentences and paragraphs of a text, to test whether such an end is between two dates."""

    def __init__(self, text: str) -> None:
        self._sentences = [match.start() for match in _SENTENCE_END.finditer(text)]
        self._paragraphs = [place for place in self._sentences if text[place] == "\n"]

    def sentence(self, start: int, end: int) -> bool:
        """Return whether a sentence ends in start:end."""
        return _any_between(self._sentences, start, end)

    def paragraph(self, start: int, end: int) -> bool:
        """Return whether a paragraph ends in start:end."""
        return _any_between(self._paragraphs, start, end)


def _any_between(places: list[int], start: int, end: int) -> bool:
    """Return whether one of the sorted `places` is in start:end."""
    index = bisect_left(places, start)
    return index < len(places) and places[index] < end


def _carry(found: list[Date], text: str) -> list[Date]:
    """Return the dates, with 同年, 次年, 当年10月 and dates without a year resolved by an earlier date in the text."""
    carried: list[Date] = []
    last: Date | None = None
    breaks = _Breaks(text)
    for unresolved in found:
        date = unresolved
        if last is not None and last.year:
            if date.value is None and date.form == "relative":
                date = _same_year(date, last, last.year, text, breaks)
            elif date.form == "month-day" and not date.stretch and not last.stretch:
                date = _month_day(date, last, last.year, text, breaks)
        if date.form == "absolute" and not _compared(text, date):
            last = date
        elif text.startswith(("今年", "明年"), date.start):  # later dates do not refer to `last`
            last = None
        elif date.value and text.startswith(("去年", "前年", "大前年"), date.start):
            last = replace(date, year=int(date.value[:4]))
        carried.append(date)
    return carried


def _same_year(date: Date, last: Date, year: int, text: str, breaks: _Breaks) -> Date:
    """Return a date such as 同年, 次年 or 当年10月 resolved with the year of `last`, other dates unchanged.

    这一年 and 第二年 are resolved only if both dates are in one paragraph.
    """
    word = text[date.start : date.end]
    if word.startswith(("同年", "次年", "翌年")) or (word.startswith("当年") and _month(text, date)):
        pass
    elif not word.startswith(("这", "那", "第")) or breaks.paragraph(last.end, date.start):
        return date
    return replace(date, value=iso(year + word.startswith(("次", "翌", "第")), _month(text, date)))


def _month_day(date: Date, last: Date, year: int, text: str, breaks: _Breaks) -> Date:
    """Return a date without a year, resolved with the year of `last` if the two dates are near each other.

    They are near in one sentence, or in one paragraph and at most _EPISODE days apart. Otherwise, or if the result
    would be earlier than `last`, the date is returned unchanged.
    """
    match = _MONTH_DAY.match(text, date.start)
    value = iso(year, int(match[1]), int(match[2]) if match[2] else None) if match else None
    if not value or value < (last.value or "")[: len(value)]:
        return date
    if not breaks.sentence(last.end, date.start):
        return replace(date, value=value)
    near = len(value) == len(last.value or "") == 10 and _days(value) - _days(last.value or "") <= _EPISODE
    return replace(date, value=value) if near and not breaks.paragraph(last.end, date.start) else date


#: maximum number of days between two dates of one episode; not measured
_EPISODE = 31


def _days(value: str) -> int:
    """Return an approximate day number, with 31 days a month."""
    year, month, day = (int(part) for part in value.split("-"))
    return (year * 12 + month) * 31 + day


def _compared(text: str, date: Date) -> bool:
    """Return whether the date belongs to the earlier figure of a comparison, as in 从2019年的64起下降到9起."""
    return text.startswith("的", date.end) and text.endswith(("从", "由", "较", "比"), 0, date.start)


_MONTH_DAY = re.compile(r"(\d{1,2})月(?:份)?(?:(\d{1,2})[日号])?")
_SENTENCE_END = re.compile("[。!?;\n]")


def _month(text: str, date: Date) -> int | None:
    """Return the month in the text of the date, or None."""
    match = re.search(r"(\d{1,2})月", text[date.start : date.end])
    return int(match[1]) if match else None
