"""Publication dates with the stated precision. Impossible dates are rejected, not corrected.

Chinese forms: 2023年5月6日 21时37分, 2023-05-06 21:37:44, 2023/5/6, 2023.05.06, 二〇二三年五月六日, 23-05-06, 5月6日
(without a year), 昨天 21:37, 3小时前. English forms: Oct 20, 2020 8:30 AM, 20 October 2020.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.zh import han
from ingest.zh.numbers import parse

#: earliest valid year. The latest valid day is one day after the fetch, because of time zones
EARLIEST = 1994


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date found in a text: its position and its ISO form."""

    iso: str
    start: int
    end: int
    matched: str = ""

    @property
    def timed(self) -> bool:
        return "T" in self.iso


_CLOCK = (
    r"(?:\s*[T/,|·]?\s*(?:\(?(?:星期|周)[一二三四五六日天]\)?|\([一二三四五六日天]\)|HKT|CST)?\s*(?P<ap>上午|下午|晚上?|凌晨|中午|AM|PM)?\s*"
    r"(?P<H>[01]?\d|2[0-4])\s*[:时時点點]\s*(?P<M>[0-5]?\d)(?:\s*[:分]\s*(?P<S>[0-5]\d)(?!\d)\s*秒?(?:\.\d+)?|\s*分)?"
    r"(?:\s*(?P<pm>[AP])M\b)?"
)
_OFFSET = r"(?P<Z>\s?Z|\s?[+-]\d\d:?\d\d)?"
_FULL = re.compile(
    r"(?<!\d)(?P<y>19\d\d|20\d\d)(?:\s*[-/.年]\s*|\s+(?=\d{1,2}\s*[-/月]))(?P<m>1[0-2]|0?[1-9])\s*(?:[-/.]|月)\s*(?P<d>3[01]|[12]\d|0?[1-9])(?!\d(?!\d?:)|\s*[万亿千])\s*[日号]?"
    + _CLOCK
    + _OFFSET
    + ")?"
)
_SHORT = re.compile(
    r"(?<![\d年/.:-])(?P<m>1[0-2]|0?[1-9])\s*(?:月|[-/]|(?P<dot>\.))\s*(?P<d>3[01]|[12]\d|0?[1-9])(?![\d.%/-])\s*日?(?:\([^)]{1,3}\))?"
    + _CLOCK
    + ")?"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>19\d\d|20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?:(?P<H>[01]\d|2[0-3])(?P<M>[0-5]\d)(?P<S>[0-5]\d)?)?(?!\d)"
)
_HAN = re.compile(
    r"(?P<y>[二一][〇○零O0一二三四五六七八九]{3})年(?P<m>十[一二]?|[一二三四五六七八九])月(?P<d>三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])日"
)
#: dates in years of the Republic of China, counted from 1911: 民國115年11月20日, 中華民國一一五年十一月二十日
_REPUBLIC = re.compile(
    r"(?:中[華华])?民[國国]\s*(?P<y>\d{2,3}|[〇○零一二三四五六七八九十百]{2,6})\s*年\s*(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])\s*月\s*"
    r"(?P<d>3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])\s*日?"
)
#: the same dates without a label: 115/11/20, 115-11-20 09:30. Years below 100 are not matched, as they look like
#: two-digit years
_REPUBLIC_SHORT = re.compile(
    r"(?<![\d./-])(?P<y>1[0-4]\d)(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=sep)(?P<d>3[01]|[12]\d|0?[1-9])(?!\d|[./-]\d)"
    + _CLOCK
    + ")?"
)
#: dates with the year last, as in Malaysia, Singapore and Hong Kong: 8:50pm 01/11/2024, 22/06/2024 00:12
_DAY_FIRST = re.compile(
    r"(?:(?<!\d)(?P<H>[01]?\d|2[0-3]):(?P<M>[0-5]\d)\s*(?P<ap>[ap])?\.?m?\.?\s+)?"
    r"(?<![\d./-])(?P<d>3[01]|[12]\d|0?[1-9])(?P<sep>[-/.])(?P<m>3[01]|[12]\d|0?[1-9])(?P=sep)(?P<y>(?:19|20)\d\d)(?!\d)"
    r"(?:\s*,?\s*(?P<H2>[01]?\d|2[0-3]):(?P<M2>[0-5]\d)\s*(?P<ap2>[ap])?)?",
    re.I,
)
#: dates as written by java.util.Date.toString(): Sat Jul 01 08:05:09 CST 2023
_JAVA = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<d>[0-3]\d) (?P<clock>\d\d:\d\d:\d\d)(?: CST)? (?P<y>20\d\d)"
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
#: dates of English templates: October 20, 2020; 20 Oct 2020 at 8:30 pm
_ENGLISH = re.compile(
    rf"(?<![a-z\d])(?:(?P<name>{_MONTH})\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s*(?P<name2>{_MONTH}))"
    r",?\s+(?P<y>(?:19|20)\d\d)(?!\d)(?:\s*[,|·-]?\s*(?:at\s+)?(?P<clock>[012]?\d:\d\d(?::\d\d)?)(?:\s*(?P<ap>[ap])\.?m\b)?)?",
    re.I,
)
#: a Chinese month in an English template: 十一月 6th, 2009
_HAN_MONTH = re.compile(
    r"(?P<m>十[一二]?|[一二三四五六七八九])月\s+(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s*,?\s+(?P<y>(?:19|20)\d\d)(?!\d)",
    re.I,
)
#: Chinese labels before a date; they exclude the American order, with the month first
_LABELLED = re.compile(r"(?:时间|日期|更新|发[表布]于?|刊登)\s*:?\s*$")
#: name of a Chinese medium; a date on the same line is then in Chinese order, with the year first
_BESIDE = han.regex(r"[\p{Han}]{2,}(?:网|报|社|台|在线|新闻|频道|之窗)")
#: dates with a two-digit year: 24-03-05 10:21
_YOUNG = re.compile(
    r"(?<![\d/.-])(?P<y>\d\d)(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=sep)(?P<d>3[01]|[12]\d|0?[1-9])(?![\d/.-])"
    + _CLOCK
    + ")?"
)
_AGO = re.compile(r"(?<!\d)(?P<n>\d{1,3}|半)\s*(?P<u>秒钟?|分钟|小时|天|日|个?月)(?:之)?前|(?P<now>刚刚|刚才)")
_DAY = re.compile(r"(?P<w>今天|今日|昨天|昨日|前天)(?:\s*(?P<H>[01]?\d|2[0-3])[:时](?P<M>[0-5]\d))?")
#: replaces the characters that pages use for 〇 in Chinese years
_ZEROS = str.maketrans("○O0", "〇〇〇")
_AGO_UNIT = {
    "秒": timedelta(seconds=1),
    "秒钟": timedelta(seconds=1),
    "分钟": timedelta(minutes=1),
    "小时": timedelta(hours=1),
    "天": timedelta(days=1),
    "日": timedelta(days=1),
}


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone with this name; Asia/Shanghai if the name is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Asia/Shanghai")


def find(
    text: str, fetched: datetime, zone: ZoneInfo, *, relative: bool = True, year: int | None = None
) -> Stamp | None:
    """Return a date in a folded text; None if the text has no valid date.

    Full dates are searched first, then the other forms of dates with a year; of one form, the first date is returned.

    `relative`: accept 昨天, 3小时前, dates with a two-digit year and dates without a year too. A date
    without a year is assigned to `year` (default: the year of the fetch), or to the year before if it would otherwise
    be after the fetch.
    """
    for found in _FULL.finditer(text):
        stamp = _stamp(found, int(found["y"]), zone, fetched)
        if stamp:
            return stamp
    if republic := _republic(text, fetched, zone) or _day_first(text, fetched, zone):
        return republic
    english = _JAVA.search(text) or _ENGLISH.search(text)
    if english:
        stamp = find(_in_figures(english), fetched, zone, relative=False)
        return Stamp(stamp.iso, english.start(), english.end(), english.group()) if stamp else None
    if (mixed := _HAN_MONTH.search(text)) and (
        day := _checked(int(mixed["y"]), _han_number(mixed["m"]), int(mixed["d"]), fetched)
    ):
        return Stamp(day.isoformat(), mixed.start(), mixed.end(), mixed.group())
    if written := _HAN.search(text):
        day = _checked(_han_number(written["y"]), _han_number(written["m"]), _han_number(written["d"]), fetched)
        if day:
            return Stamp(day.isoformat(), written.start(), written.end(), written.group())
    return _relative(text, fetched.astimezone(zone), zone, year) if relative else None


def _republic(text: str, fetched: datetime, zone: ZoneInfo) -> Stamp | None:
    """Return the first date in a year of the Republic of China; None if there is none."""
    for found in _REPUBLIC.finditer(text):
        year = int(found["y"]) if found["y"].isdigit() else _han_number(found["y"])
        month, day = (int(part) if part.isdigit() else _han_number(part) for part in (found["m"], found["d"]))
        if year and (value := _checked(1911 + year, month, day, fetched)):
            return Stamp(value.isoformat(), found.start(), found.end(), found.group())
    for found in _REPUBLIC_SHORT.finditer(text):
        if stamp := _stamp(found, 1911 + int(found["y"]), zone, fetched):
            return stamp
    return None


def _han_number(written: str) -> int:
    """Return the number written in Chinese digits (一一五) or as a Chinese number (一百一十五); 0 if it is neither."""
    return int(parse(written.translate(_ZEROS)) or 0)


def _day_first(text: str, fetched: datetime, zone: ZoneInfo) -> Stamp | None:
    """Return the first date with the year last, if the numbers or a Chinese label show the order of day and month."""
    for found in _DAY_FIRST.finditer(text):
        day, month = int(found["d"]), int(found["m"])
        if month > 12 >= day:
            day, month = month, day
        elif day <= 12 and not _LABELLED.search(text[: found.start()]):
            continue
        value = _checked(int(found["y"]), month, day, fetched) if month <= 12 else None
        if value is None:
            continue
        clock = next(((found[h], found[m], found[ap]) for h, m, ap in _CLOCKS if found[h]), None)
        iso = value.isoformat()
        if clock:
            hour = int(clock[0]) + (12 if (clock[2] or "").lower() == "p" and int(clock[0]) < 12 else 0)
            moment = datetime(value.year, value.month, value.day, hour, int(clock[1]), tzinfo=zone)
            iso = _iso(value, (moment.hour, moment.minute, None), moment)
        return Stamp(iso, found.start(), found.end(), found.group())
    return None


#: groups of _DAY_FIRST: the time before the date, and the time after it
_CLOCKS = (("H", "M", "ap"), ("H2", "M2", "ap2"))


def is_relative(text: str) -> bool:
    """Return whether a date is relative to the time of reading: 3小时前, 昨天 21:37."""
    return _AGO.search(text) is not None or _DAY.search(text) is not None


def is_english(text: str) -> bool:
    """Return whether a text contains a date in English words."""
    return _ENGLISH.search(text) is not None


def _in_figures(found: re.Match[str]) -> str:
    """Return a date in English words rewritten with numbers: 2020-10-20 PM 8:30."""
    groups = found.groupdict()
    name, day = groups["name"] or groups["name2"], groups["d"] or groups["d2"]
    month = _MONTHS.lower().index(name[:3].lower()) // 3 + 1
    half = f"{groups['ap'].upper()}M" if groups.get("ap") else ""
    return f"{groups['y']}-{month:02}-{int(day):02} {half} {groups['clock'] or ''}".rstrip()


def from_meta(value: str, fetched: datetime, zone: ZoneInfo) -> str | None:
    """Return the ISO form of a machine-readable date; None if it is not valid or more than a day after `fetched`.

    Accepted are all forms with a year that `find` accepts (ISO 8601 and others), the form 20230506, and seconds or
    milliseconds since 1970. A time of day that is written as midnight is left out.
    """
    value = value.strip()
    if re.fullmatch(r"1\d{9}(?:\d{3})?", value):
        seconds = int(value[:10])
        moment = datetime.fromtimestamp(seconds, zone)
        return (
            _iso(moment.date(), (moment.hour, moment.minute, moment.second), moment)
            if moment <= fetched + timedelta(days=1)
            else None
        )
    found = find(value, fetched, zone, relative=False)
    if found:
        # content systems that do not know the time write midnight
        return found.iso[:10] if re.search(r"(?<![\d:])00:00(?::00(?:\.0+)?)?(?=\D*$|[+-])", value) else found.iso
    compact = _COMPACT.search(value)
    if compact:
        stamp = _stamp(compact, int(compact["y"]), zone, fetched)
        return stamp.iso if stamp else None
    return None


def from_url(url: str, fetched: datetime) -> str | None:
    """Return the date in a URL's path (/2023/05/06/, /2023-05/06/, t20230506_, /20230506/); None if there is none."""
    path = url.split("?")[0]
    for pattern in (
        r"/(20\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)",
        r"[/t_-](20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[_./-]|\d{2,})",
        r"/(20\d\d)[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])",
        r"/(20\d\d)/(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])/",
    ):
        found = re.search(pattern, path)
        if found:
            day = _checked(int(found[1]), int(found[2]), int(found[3]), fetched)
            if day:
                return day.isoformat()
    return None


def _checked(year: int, month: int, day: int, fetched: datetime) -> date | None:
    try:
        value = date(year, month, day)
    except ValueError:
        return None
    return value if year >= EARLIEST and value <= fetched.date() + timedelta(days=1) else None


def _stamp(found: re.Match[str], year: int, zone: ZoneInfo, fetched: datetime) -> Stamp | None:
    day = _checked(year, int(found["m"]), int(found["d"]), fetched)
    if day is None:
        return None
    groups = found.groupdict()
    if not groups.get("H"):
        return Stamp(day.isoformat(), found.start(), found.end(), found.group())
    hour, minute = int(groups["H"]), int(groups["M"])
    if (groups.get("ap") in ("下午", "晚", "晚上", "PM") or groups.get("pm") == "P") and hour < 12:
        hour += 12
    if hour >= 24:
        return Stamp(day.isoformat(), found.start(), found.end(), found.group())
    second = int(groups["S"]) if groups.get("S") else None
    moment = datetime(day.year, day.month, day.day, hour, minute, second or 0, tzinfo=zone)
    offset = (groups.get("Z") or "").strip()
    if offset:
        aware = datetime.fromisoformat(
            f"{day.isoformat()}T{hour:02}:{minute:02}:{second or 0:02}"
            f"{'+00:00' if offset == 'Z' else offset[:3] + ':' + offset[-2:]}"
        )
        moment = aware.astimezone(zone)
    return Stamp(
        _iso(moment.date(), (moment.hour, moment.minute, second), moment), found.start(), found.end(), found.group()
    )


def _iso(day: date, clock: tuple[int, int, int | None], moment: datetime) -> str:
    offset = moment.strftime("%z")
    seconds = f":{clock[2]:02}" if clock[2] is not None else ""
    return f"{day.isoformat()}T{clock[0]:02}:{clock[1]:02}{seconds}{offset[:3]}:{offset[3:5]}"


def _relative(text: str, now: datetime, zone: ZoneInfo, base: int | None) -> Stamp | None:
    found = _AGO.search(text)
    if found and (found["now"] or found["u"] in _AGO_UNIT):
        count = 0.5 if found["n"] == "半" else int(found["n"] or 0)
        moment = now - (_AGO_UNIT[found["u"]] * count if found["u"] else timedelta())
        timed = found["now"] or found["u"] in ("分钟", "小时", "秒", "秒钟")
        iso = _iso(moment.date(), (moment.hour, moment.minute, None), moment) if timed else moment.date().isoformat()
        return Stamp(iso, found.start(), found.end(), found.group())
    found = _DAY.search(text)
    if found:
        day = now.date() - timedelta(days={"今": 0, "昨": 1, "前": 2}[found["w"][0]])
        if not found["H"]:
            return Stamp(day.isoformat(), found.start(), found.end(), found.group())
        moment = datetime(day.year, day.month, day.day, int(found["H"]), int(found["M"]), tzinfo=zone)
        return Stamp(_iso(day, (moment.hour, moment.minute, None), moment), found.start(), found.end(), found.group())
    for found in _YOUNG.finditer(text):
        stamp = _stamp(found, _century(found, now), zone, now)
        chinese = _LABELLED.search(text[: found.start()]) or (found["H"] and _BESIDE.search(text))
        if stamp and (chinese or not _is_month_first(found, now)):
            return stamp
    for found in _SHORT.finditer(text):
        if found["dot"] and not found["H"]:
            continue  # 5.20 is a number unless a time follows: 05.20 10:11
        for year in (base, base - 1) if base else (now.year, now.year - 1):
            stamp = _stamp(found, year, zone, now)
            if stamp:
                return stamp
    return None


def _century(found: re.Match[str], now: datetime) -> int:
    year = int(found["y"])
    return year + (2000 if year <= now.year % 100 else 1900)


def _is_month_first(found: re.Match[str], now: datetime) -> bool:
    """Return whether the numbers could also be month, day and year: 05-03-24 could, 24-03-05 could not."""
    return int(found["y"]) <= 12 and int(found["d"]) <= now.year % 100
