"""Tests of numbers: parsing and spelling, compared with the library cn2an; approximations, ranges and units."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.zh.numbers import parse, quantities, spell

cn2an = pytest.importorskip("cn2an", reason="the oracle for Chinese numerals is a development dependency")


@given(st.integers(0, 9999_9999_9999))
def test_parse_is_inverse_of_spell(value: int) -> None:
    """`parse(spell(value))` is `value` for all numbers less than 10,000 亿."""
    assert parse(spell(value)) == value


@given(st.integers(0, 9999_9999))
def test_parse_agrees_with_cn2an(value: int) -> None:
    """Numerals written by cn2an are parsed to the same value."""
    assert parse(cn2an.an2cn(str(value), "low")) == value


@given(st.integers(1, 9999_9999))
def test_spell_agrees_with_cn2an(value: int) -> None:
    """cn2an parses the result of `spell` to the same value."""
    assert cn2an.cn2an(spell(value), "smart") == value


@given(st.integers(1, 99999), st.integers(1, 99))
def test_decimals_with_myriads(whole: int, part: int) -> None:
    """A decimal before 万 is multiplied by 10,000: 2.2万 is 22000."""
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
def test_forms_of_numbers(words: str, value: float | None, approx: str, unit: str) -> None:
    """Each of these forms is one quantity, and its span is the whole text."""
    found = quantities(words)
    assert len(found) == 1, found
    quantity = found[0]
    assert (quantity.value if value is None else pytest.approx(quantity.value)) == value
    assert (quantity.approx, quantity.unit) == (approx, unit)
    assert (quantity.start, quantity.end) == (0, len(words))


def test_range_has_both_ends() -> None:
    """3至5名 has 3 as its lower and 5 as its upper end."""
    (quantity,) = quantities("3至5名")
    assert (quantity.value, quantity.high, quantity.unit) == (3, 5, "名")


@pytest.mark.parametrize("words", ["万家团圆", "一带一路", "千言万语", "半夜", "上千万不要"])
def test_idioms_are_not_numbers(words: str) -> None:
    """Numerals in set phrases are not quantities with a unit."""
    assert [q for q in quantities(words) if q.unit] == []


@given(st.text(st.sampled_from("0123456789,.一二十百千万亿零两余多约近人名%至-")))
def test_spans_of_quantities_do_not_overlap(text: str) -> None:
    """In any text the spans are inside the text, in order and without overlaps."""
    last = 0
    for quantity in quantities(text):
        assert last <= quantity.start <= quantity.number_start < quantity.end <= len(text)
        last = quantity.end


def test_long_runs_of_digits_take_bounded_time() -> None:
    """100,000 digits or numerals take less than 5 s of processor time."""
    for text in ("1" * 100_000, "一" * 100_000, "1," * 50_000, "约近" * 50_000):
        begin = time.process_time()
        quantities(text)
        assert time.process_time() - begin < 5
