"""Segmentation returns the cheapest division into words and keeps all characters."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.zh.segment import Segmenter
from tests.support.lexicon import shared_lexicon


@cache
def _words() -> Segmenter:
    return shared_lexicon().words


PHRASES = (
    "派出所民警走访了辖区",
    "名辅警",
    "号楼",
    "巡逻队员",
    "的",
    "枫桥式公安派出所",
    "扫黑",
    "热线",
    "研究生命起源",
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(PHRASES), st.text("中华人民警察是在说有没大小一二三生命研究生起来", max_size=6)),
        max_size=3,
    ).map("".join),
    st.data(),
)
def test_segmentation_is_the_cheapest(text: str, data: st.DataObject) -> None:
    """The segmentation costs as much as `prices` states, and no other division into known words costs less."""
    words = _words()
    text = text[:32]
    price = words.prices(text)[0]
    assert price == pytest.approx(sum(map(words.cost, words.segment(text))))
    other, rest = 0.0, text
    while rest:
        sizes = [1, *(size for size in range(2, 6) if rest[:size] in words.frequency and size <= len(rest))]
        size = data.draw(st.sampled_from(sizes))
        other, rest = other + words.cost(rest[:size]), rest[size:]
    assert price <= other + 1e-9


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("村里老人走访了邻居", "村里 老人 走访 了 邻居"),
        ("研究生命起源", "研究 生命 起源"),
        ("用Wi3核对", "用 Wi3 核对"),
    ],
)
def test_segmentation_of_common_words(text: str, cut: str) -> None:
    """Common words are divided correctly, and a Latin word is not split."""
    assert _words().segment(text) == cut.split()


def test_segmentation_keeps_all_characters() -> None:
    """The joined words are the text."""
    text = "民警Li用Wi-Fi核对3.5万条信息"
    assert "".join(_words().segment(text)) == text
