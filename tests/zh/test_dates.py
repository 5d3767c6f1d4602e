"""Dates have the stated precision, are resolved only with a publication date, and are rejected if impossible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.zh.dates import dates, iso, stated_publication


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1945年11月成立", "1945-11"),
        ("2019年11月29日,公安部", "2019-11-29"),
        ("2019年元旦,官兵", "2019-01-01"),
        ("2003年至2009年连续", "2003/2009"),
        ("二〇二二年,独峒", "2022"),
        ("2015年初,全天候", "2015"),
        ("1983年8月5日至9日河水猛涨", "1983-08-05"),
        ("2012年12月5日清晨6时许", "2012-12-05"),
    ],
)
def test_absolute_dates_as_precise_as_stated(text: str, value: str) -> None:
    """Each form of a date with a year has an ISO 8601 value with the stated precision."""
    assert [date.value for date in dates(text)] == [value]


@pytest.mark.parametrize("text", ["2026年2月30日", "2026年13月1日", "2023年4月31日", "13月5日", "2023-02-29"])
def test_impossible_dates_are_rejected(text: str) -> None:
    """An impossible date has no value, or only its year, and is not replaced by a possible date."""
    assert all(date.value is None or date.value in ("2026", "2023") for date in dates(text))
    assert all("-" not in (date.value or "") for date in dates(text))


@pytest.mark.parametrize(
    ("text", "published", "value"),
    [
        ("今年4月底,他们搬了家", "2020-10-20", "2020-04"),
        ("去年,刘璐刚上任", "2020-10-20", "2019"),
        ("8月22日清晨6时,民警", "2019-09-07", "2019-08-22"),
        ("12月30日,民警", "2020-01-05", "2019-12-30"),
        ("3月底,他们搬了家", "2023-05-23T21:37+08:00", "2023-03"),
        ("11月初,他们搬了家", "2023-05-23", "2022-11"),
        ("3月底,他们搬了家", None, None),
        ("今年4月底,他们搬了家", None, None),
        ("8月22日,民警", None, None),
    ],
)
def test_dates_without_year_need_the_publication_date(text: str, published: str | None, value: str | None) -> None:
    """今年, 去年 and dates without a year are resolved with the publication date; without it their value is None."""
    assert [date.value for date in dates(text, published)] == [value]


@pytest.mark.parametrize("published", [None, "2024-09-30"])
def test_stated_year_holds_for_later_dates_of_the_sentence(published: str | None) -> None:
    """2019年7月1日…,8月22日… are in one year; a date in the next sentence, or in an earlier month, is not in 2019."""
    assert [date.value for date in dates("2019年7月1日揭牌,8月22日接到第一起警情", published)] == [
        "2019-07-01",
        "2019-08-22",
    ]
    later = [date.value for date in dates("2019年7月1日揭牌。8月22日清晨", published)]
    assert later == ["2019-07-01", "2024-08-22" if published else None]
    assert dates("2019年7月1日揭牌,3月5日清晨", published)[1].value in (None, "2024-03-05")


@pytest.mark.parametrize(
    ("text", "published", "value"),
    [
        ("1月10日,中国人民警察节", "2026-01-07", "2026-01-10"),
        ("1月2日起,新所启用", "2025-12-31", "2026-01-02"),
        ("1月30日,民警上门", "2026-01-07", "2025-01-30"),
        ("12月28日,民警上门", "2026-01-06", "2025-12-28"),
        ("1月30日,民警上门", "2026-01", "2026-01-30"),
        ("2月29日,民警上门", "2026-03-01", None),
        ("2月29日,民警上门", "2024-03-01", "2024-02-29"),
    ],
)
def test_date_may_be_a_few_days_after_publication(text: str, published: str, value: str | None) -> None:
    """A date without a year may be a few days after the publication; a later one is taken as of the year before."""
    assert [date.value for date in dates(text, published)] == [value]


def test_last_year_holds_for_later_dates_of_the_sentence() -> None:
    """去年3月5日…,3月20日 are both in last year; 今年 ends the effect of an earlier year."""

    def values(text: str) -> list[str | None]:
        """Return the values of the dates of a text published on 2026-05-01."""
        return [date.value for date in dates(text, "2026-05-01")]

    assert values("去年3月5日揭牌,3月20日接到第一起警情。") == ["2025-03-05", "2025-03-20"]
    assert values("去年1月5日揭牌。3月20日接到第一起警情。") == ["2025-01-05", "2026-03-20"]
    assert values("去年揭牌,今年2月5日启用,3月20日搬完。") == ["2025", "2026-02-05", "2026-03-20"]
    assert values("2023年获评,今年2月5日启用,3月20日搬完。") == ["2023", "2026-02-05", "2026-03-20"]


def test_page_may_state_its_publication_date() -> None:
    """Lines with 时间: and lines that consist of a date state the publication date; dates in the story do not."""
    assert stated_publication("|时间:2023-05-23 21:37:44来源:法律常识\n正文") == "2023-05-23"
    assert stated_publication("标题\n\n2020-10-20新闻6\n\n正文") == "2020-10-20"
    assert stated_publication("2019年11月29日,公安部作出决定") is None
    assert stated_publication("标题\n柳湾融媒 2025年6月5日\n正文") == "2025-06-05"
    assert stated_publication("柳湾长安网 2024年11月8日 作者:杨青\n正文") == "2024-11-08"
    assert stated_publication("新闻说 2025年6月5日开会") is None


@given(st.integers(1900, 2100), st.integers(0, 14), st.integers(0, 33))
def test_iso_returns_possible_dates_only(year: int, month: int, day: int) -> None:
    """`iso` returns None exactly for the dates that datetime.date rejects."""
    import datetime

    value = iso(year, month, day) if day else iso(year, month)
    try:
        datetime.date(year, month, day or 1)
    except ValueError:
        assert value is None
    else:
        assert value is not None and value.startswith(f"{year:04d}-{month:02d}")


@given(st.text(st.sampled_from("0123456789年月日今去前至-:.元旦初底、, "), max_size=60))
def test_spans_are_ordered_in_any_text(text: str) -> None:
    """In any text the spans of dates are inside the text, in order and without overlaps."""
    last = 0
    for date in dates(text, "2024-05-01"):
        assert last <= date.start < date.end <= len(text)
        last = date.end
