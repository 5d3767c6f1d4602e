"""Tests of dates, titles and snippets that listings state."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.discover.listing_dates import find_date, moment, path_date
from ingest.discover.listing_text import line, plain

#: the time of fetching: 21 October 2020, 11:00 in Shanghai
NOW = datetime(2020, 10, 21, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2019-09-07", "2019-09-07"), ("2019/9/7", "2019-09-07"), ("2019.09.07", "2019-09-07"), ("2019年9月7日", "2019-09-07"),
        ("[2019年09月07日10:10]", "2019-09-07T10:10+08:00"), ("2019-09-07 13:43:45", "2019-09-07T13:43:45+08:00"),
        ("来源:某报 2019-09-07 13:43", "2019-09-07T13:43+08:00"), ("2019-09-07T13:43:45Z", "2019-09-07T13:43:45+00:00"),
        ("20190907", "2019-09-07"), ("19-09-07", "2019-09-07"), ("07 2019-09", "2019-09-07"), ("2019-09 07", "2019-09-07"),
        ("09-07", "2020-09-07"), ("[09/07]", "2020-09-07"), ("(9.7)", "2020-09-07"), ("9月7日 12:30", "2020-09-07T12:30+08:00"),
        # a day without a year is of last year if it would be later than tomorrow, else of this year
        ("12-25", "2019-12-25"), ("10-21", "2020-10-21"), ("10-22", "2020-10-22"), ("02-29", "2020-02-29"),
        # no dates: relative, impossible, unset or future dates, and other numbers
        ("3小时前", None), ("昨天 10:20", None), ("今天", None), ("10:20", None), ("2019-02-30", None), ("2026年13月1日", None),
        ("1970-01-01", None), ("2021-06-01", None), ("0001-01-01", None), ("第07版", None), ("1024次", None), ("2019-9", None),
    ],
)  # fmt: skip
def test_date_forms_of_lists(text: str, iso: str | None) -> None:
    """Each form of a date becomes ISO with its precision; text without a day results in None."""
    assert find_date(text, NOW, "Asia/Shanghai") == iso


def test_new_year() -> None:
    """On New Year's Eve, 01-01 is tomorrow; on New Year's Day, 12-31 was yesterday."""
    eve = datetime(2020, 12, 31, 4, 0, tzinfo=UTC)
    assert find_date("01-01", eve, "Asia/Shanghai") == "2021-01-01"
    assert find_date("12-31", eve.replace(year=2021, month=1, day=1), "Asia/Shanghai") == "2020-12-31"
    assert find_date("02-29", eve.replace(year=2021), "Asia/Shanghai") == "2020-02-29"


def test_year_is_taken_from_the_path() -> None:
    """A month and a day take the year from the URL only if the URL contains the same month and day."""
    assert find_date("09-07", NOW, "Asia/Shanghai", "http://a.cn/2017/0907/1.html") == "2017-09-07"
    assert find_date("09-07", NOW, "Asia/Shanghai", "http://a.cn/2017/0908/1.html") == "2020-09-07"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.cn/n1/2019/0907/c42510-31342435.html", date(2019, 9, 7)),
        ("http://a.cn/t20190907_12.html", date(2019, 9, 7)),
        ("http://a.cn/html/2019-09/07/content_1.htm", date(2019, 9, 7)),
        ("http://a.cn/201909/07/1.html", date(2019, 9, 7)),
        ("http://a.cn/art/2019/9/7/art_1_2.html", date(2019, 9, 7)),
        ("http://a.cn/201909/t20190907_5.htm", date(2019, 9, 7)),
        ("http://a.cn/2019/09/1234.html", None),
        ("http://a.cn/20190930123.html", None),
        ("http://a.cn/2019-13/07/1.htm", None),
        ("http://a.cn/1234567890.html", None),
    ],
)
def test_dates_in_paths(url: str, day: date | None) -> None:
    """Dates in the URL paths of Chinese content systems are read; other numbers are not dates."""
    assert path_date(url) == day


@given(st.text(st.sampled_from("0123456789-/.年月日: T+Z[]()时分前"), max_size=30))
def test_any_text_gives_a_valid_date_or_none(text: str) -> None:
    """Any text results in None or an ISO date of a year from 1994 to the year of fetching."""
    for found in (find_date(text, NOW, "Asia/Shanghai"), moment(text, NOW, "Asia/Shanghai")):
        if found is not None:
            parsed = datetime.fromisoformat(found)
            assert 1994 <= parsed.year <= 2020


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_claimed_texts_are_one_storable_line(text: str) -> None:
    """Titles and snippets of listings become one line that can be stored, not longer than 300 characters."""
    for cleaned in (line(text), plain(text)):
        if cleaned is not None:
            cleaned.encode("utf-8")
            assert cleaned and "\n" not in cleaned and "\x00" not in cleaned and len(cleaned) <= 300


def test_markup_is_removed() -> None:
    """Tags and scripts are removed, block elements separate words, entities are resolved, and a bare < stays."""
    assert plain("<p>清河</p><p>派出所<script>alert(1)</script></p>&amp;nbsp;夜") == "清河 派出所 夜"
    assert plain("5 < 6 且 7 > 3") == "5 < 6 且 7 > 3"
    assert plain("<br/>") is None and plain(None) is None
