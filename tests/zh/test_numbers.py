"""Numbers: read and written both ways, approximations, ranges, units; cn2an as the oracle where it is right."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.zh.numbers import parse, quantities, spell

cn2an = pytest.importorskip("cn2an", reason="the oracle for Chinese numerals is a development dependency")


@given(st.integers(0, 9999_9999_9999))
def test_what_is_spelled_is_read_back(value: int) -> None:
    """spell and parse are inverse over the whole range news can have."""
    assert parse(spell(value)) == value


@given(st.integers(0, 9999_9999))
def test_cn2an_spells_what_parse_reads(value: int) -> None:
    """An independent writer of Chinese numerals is read to the same value."""
    assert parse(cn2an.an2cn(str(value), "low")) == value


@given(st.integers(1, 9999_9999))
def test_cn2an_reads_what_spell_writes(value: int) -> None:
    """What spell writes, an independent reader reads to the same value."""
    assert cn2an.cn2an(spell(value), "smart") == value


@given(st.integers(1, 99999), st.integers(1, 99))
def test_decimals_with_myriads(whole: int, part: int) -> None:
    """2.2万 is 22000, whatever the digits."""
    value = parse(f"{whole}.{part:02d}万")
    assert value is not None and abs(float(value) - (whole + part / 100) * 10000) < 1e-3


@pytest.mark.parametrize(
    ("words", "value", "approx", "unit"),
    [
        ("1300余家", 1300, "over", "家"),
        ("2.2万余人", 22000, "over", "人"),
        ("10余万人", 100000, "over", "人"),
        ("12万多人", 120000, "over", "人"),
        ("两百余名", 200, "over", "名"),
        ("百余面", 100, "over", "面"),
        ("近百面", 100, "nearly", "面"),
        ("不到20平方米", 20, "nearly", "平方米"),
        ("约1.1万人", 11000, "about", "人"),
        ("1万人以上", 10000, "over", "人"),
        ("30人左右", 30, "about", "人"),
        ("数百家", None, "vague", "家"),
        ("十几个", 10, "over", "个"),
        ("二三十人", 20, "about", "人"),
        ("二十六名", 26, "exact", "名"),
        ("三万六千余人", 36000, "over", "人"),
        ("两成", 2, "exact", "成"),
        ("三分之一", 1 / 3, "exact", ""),
        ("百分之十五", 15, "exact", "%"),
        ("百分之百", 100, "exact", "%"),
        ("12,300元", 12300, "exact", "元"),
        ("98%以上", 98, "over", "%"),
        ("3.5个百分点", 3.5, "exact", "个百分点"),
        ("672万元", 6720000, "exact", "元"),
    ],
)
def test_each_form_of_a_number(words: str, value: float | None, approx: str, unit: str) -> None:
    """The forms that features use are one quantity each, spanning the words."""
    found = quantities(words)
    assert len(found) == 1, found
    one = found[0]
    assert (one.value if value is None else pytest.approx(one.value)) == value
    assert (one.approx, one.unit) == (approx, unit)
    assert (one.start, one.end) == (0, len(words))


def test_a_range_keeps_both_ends() -> None:
    """3至5名 has a lower and an upper end."""
    (one,) = quantities("3至5名")
    assert (one.value, one.high, one.unit) == (3, 5, "名")


@pytest.mark.parametrize("words", ["万家团圆", "一带一路", "千言万语", "半夜", "上千万不要"])
def test_idioms_are_no_numbers(words: str) -> None:
    """Numerals inside set phrases count nothing."""
    assert [q for q in quantities(words) if q.unit] == []


@given(st.text(st.sampled_from("0123456789,.一二十百千万亿零两余多约近人名%至-")))
def test_quantities_cut_the_text_and_never_overlap(text: str) -> None:
    """Whatever is thrown at it: spans lie inside the text, in order, none on another."""
    last = 0
    for one in quantities(text):
        assert last <= one.start <= one.number_start < one.end <= len(text)
        last = one.end


def test_long_digit_runs_stay_linear() -> None:
    """100,000 digits or numerals are read in bounded time (a record number is no count)."""
    for text in ("1" * 100_000, "一" * 100_000, "1," * 50_000, "约近" * 50_000):
        begin = time.process_time()
        quantities(text)
        assert time.process_time() - begin < 5
