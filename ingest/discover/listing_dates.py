"""Dates of articles as a listing states them: in its rows, feeds, sitemaps and URLs.

The dates become ISO 8601 with the stated precision, never rounded. Impossible dates (13月, 30 February, 1970, next
year) and relative dates (3小时前, 昨天) become None.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

#: earliest valid year; sites show 1970 and 0001 for unset fields
FIRST_YEAR = 1994
#: maximum time by which a date may be in the future, because of time zones and of e-papers for the next day
AHEAD = timedelta(days=2)

_YEAR, _MONTH, _DAY = r"((?:19|20)\d\d)", r"(1[0-2]|0?[1-9])", r"(3[01]|[12]\d|0?[1-9])"
_CLOCK = r"(?:\s*[T\s日,，]?\s*([01]?\d|2[0-3])[:：时]([0-5]\d)(?:[:：分]([0-5]\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?"
#: full dates, with or without a time: 2019-09-07, 2019/9/7, 2019.09.07, 2019年9月7日
_FULL = re.compile(rf"(?<!\d){_YEAR}\s*(?:[-/.]|年)\s*{_MONTH}\s*(?:[-/.]|月)\s*{_DAY}(?!\d)\s*[日号]?{_CLOCK}")
#: a day in large type with year and month below or above it: 07 2019-09, 2019-09 07
_DAY_FIRST = re.compile(rf"(?<![\d:./-]){_DAY}\s*[日/]?\s*{_YEAR}\s*[-/.年]\s*{_MONTH}(?!\d|\s*[-/.月]\s*\d)")
_DAY_LAST = re.compile(rf"(?<!\d){_YEAR}\s*[-/.年]\s*{_MONTH}月?\s+{_DAY}(?![\d:])")
#: dates without separators (20190907); they count only if they are the whole text
_COMPACT = re.compile(rf"[\[(（【]?{_YEAR}(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9])[\])）】]?")
#: years of the Republic of China: 115.03.19, 民國115年3月19日
_REPUBLIC = re.compile(
    rf"(?<![\d.:/-])(?:(?:中華|中华)?民[國国]\s*)?(1[0-4]\d)\s*(?:[-/.]|年)\s*{_MONTH}\s*(?:[-/.]|月)\s*{_DAY}(?![\d.])\s*日?{_CLOCK}"
)
#: dates with a two-digit year: 19-09-07
_SHORT_YEAR = re.compile(r"(?<![\d./-])([0-3]\d)([-/.])(1[0-2]|0[1-9])\2(3[01]|[12]\d|0[1-9])(?![\d./-])" + _CLOCK)
#: dates without a year: 09-07, [09/07], 9月7日
_NO_YEAR = re.compile(
    rf"(?<![\d./:-])(?<!年)(?:{_MONTH}\s*月\s*{_DAY}\s*[日号]|{_MONTH}[-/]{_DAY}(?![\d./-]|\s*月)){_CLOCK}"
)
_DOTTED = re.compile(rf"[\[(（【]\s*{_MONTH}\.{_DAY}\s*[\])）】]")
#: a date in a URL: /2019/0907/, /2019-09/07/, /20190907/, /2019/09/07/, t20190907_, /201909/07/
_IN_PATH = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:[-/]?(1[0-2]|0[1-9])[-/]?(3[01]|[12]\d|0[1-9])|[-/]([1-9])[-/]([12]\d|3[01]|[1-9]))(?!\d)"
)
_JAVA = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d\d:\d\d:\d\d) (\S+) (\d{4})")


def find_date(text: str, now: datetime, zone: str, url: str = "") -> str | None:
    """Return the first valid date in `text` in ISO form, most reliable notations first; None if there is none.

    `text` is, for example, the text beside a link, without the title. `now` is the fetch time. A date without a year
    gets the year of the same day in `url`, or else the last year in which the date is not after `now` + AHEAD.
    """
    for clock, parts in _found(text, now, zone, url):
        stated = _iso(*parts, clock, now, zone)
        if stated:
            return stated
    return None


def _found(
    text: str, now: datetime, zone: str, url: str
) -> Iterator[tuple[tuple[str | None, ...], tuple[int, int, int]]]:
    """Yield (clock parts, (year, month, day)) for each date in `text`, most reliable forms first."""
    for m in _FULL.finditer(text):
        yield m.groups()[3:], (int(m[1]), int(m[2]), int(m[3]))
    for m in _DAY_FIRST.finditer(text):
        yield (), (int(m[2]), int(m[3]), int(m[1]))
    for m in _DAY_LAST.finditer(text):
        yield (), (int(m[1]), int(m[2]), int(m[3]))
    whole = _COMPACT.fullmatch(text.strip())
    if whole:
        yield (), (int(whole[1]), int(whole[2]), int(whole[3]))
    for m in _REPUBLIC.finditer(text):
        yield m.groups()[3:], (1911 + int(m[1]), int(m[2]), int(m[3]))
    for m in _SHORT_YEAR.finditer(text):
        yield m.groups()[4:], (2000 + int(m[1]), int(m[3]), int(m[4]))
    for m in [*_NO_YEAR.finditer(text), *_DOTTED.finditer(text)]:
        month, day = (int(g) for g in m.groups()[:4] if g) if m.re is _NO_YEAR else (int(m[1]), int(m[2]))
        yield (m.groups()[4:] if m.re is _NO_YEAR else ()), (_year_of(month, day, now, zone, url), month, day)


def _year_of(month: int, day: int, now: datetime, zone: str, url: str) -> int:
    """Return the year to assume for a date without a year.

    That is the year in `url` if it contains the same month and day, else the last year in which the date is not after
    `now` + AHEAD.
    """
    path = path_date(url)
    if path and path.month == month and path.day == day:
        return path.year
    today = now.astimezone(ZoneInfo(zone)).date()
    for year in range(today.year + 1, today.year - 8, -1):
        with contextlib.suppress(ValueError):
            if date(year, month, day) <= today + AHEAD:
                return year
    return today.year


def _iso(year: int, month: int, day: int, clock: tuple[str | None, ...], now: datetime, zone: str) -> str | None:
    """Return the date in ISO form; None if the date does not exist, is before FIRST_YEAR or too far in the future."""
    hour, minute, second, offset = (*clock, None, None, None, None)[:4]
    try:
        if hour is None or minute is None:
            stated = date(year, month, day)
            moment = datetime(year, month, day, tzinfo=ZoneInfo(zone))
        else:
            tz = datetime.strptime(offset, "%z").tzinfo if offset else ZoneInfo(zone)
            moment = datetime(year, month, day, int(hour), int(minute), int(second or 0), tzinfo=tz)
            stated = None
    except ValueError:
        return None
    if moment.year < FIRST_YEAR or moment > now + AHEAD:
        return None
    if stated is not None:
        return stated.isoformat()
    return moment.isoformat(timespec="seconds" if second else "minutes")


def moment(raw: str | None, now: datetime, zone: str) -> str | None:
    """Return `raw`, a date written in a feed, sitemap or JSON list, in ISO form; None if it is not a valid date.

    Reads RFC 822, ISO 8601, Java's Date.toString, epoch seconds or milliseconds, and the forms of `find_date`. "CST",
    "HKT" and 北京时间 mean `zone`, the zone of the site: CST is China Standard Time in Chinese feeds, but an American
    zone in RFC 822.
    """
    text = (raw or "").strip()[:100]
    if not text:
        return None
    found = find_date(text, now, zone)
    if found:
        return found
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return _aware(datetime.fromtimestamp(int(text[:10]), UTC).astimezone(ZoneInfo(zone)), now)
    java = _JAVA.fullmatch(text)
    if java:
        text = f"{java[2]} {java[1]} {java[5]} {java[3]} {java[4]}"
    text = re.sub(r"\s*(?:\b(?:CST|HKT)\b|北京时间).*$", "", text)
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return _aware(parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(zone)), now)


def _aware(value: datetime, now: datetime) -> str | None:
    if value.year < FIRST_YEAR or value > now + AHEAD:
        return None
    return value.isoformat(timespec="seconds")


def path_date(url: str) -> date | None:
    """Return the first valid date in `url` (/2019/0907/, t20190907_, /2019-09/07/); None if it has none."""
    for m in _IN_PATH.finditer(url):
        try:
            found = date(int(m[1]), int(m[2] or m[4]), int(m[3] or m[5]))
        except ValueError:
            continue
        if found.year >= FIRST_YEAR:
            return found
    return None
