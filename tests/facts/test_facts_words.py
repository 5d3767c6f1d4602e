"""Words: the cut of a window is the cheapest, and loses nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.dictionary import quiet_jieba
from ingest.facts import Knowledge
from ingest.facts.words import Words


@cache
def _words() -> Words:
    return Knowledge.load().words


@cache
def _oracle() -> Any:
    """jieba's own tokenizer over the same words: its table wants every beginning of a word as a key too, with 0."""
    words = _words().frequency
    table = dict.fromkeys((word[:end] for word in words for end in range(1, len(word))), 0)
    table.update(words)
    tokenizer = quiet_jieba().Tokenizer()
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = table, sum(words.values()), True
    return tokenizer


PHRASES = ("派出所民警走访了辖区", "名辅警", "号楼", "巡逻队员", "的", "枫桥式公安派出所", "扫黑", "热线", "研究生命起源")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PHRASES), st.text("中华人民警察是在说有没大小一二三生命研究生起来", max_size=6)),
                max_size=3).map("".join))  # fmt: skip
def test_the_cheapest_cut_is_jiebas(text: str) -> None:
    """Fails when our search for the cheapest cut cuts otherwise than jieba, whose cut is the oracle."""
    words = _words()
    cut = words.segment(text)
    assert cut == list(_oracle().cut(text, HMM=False))
    assert words.prices(text)[0] == pytest.approx(sum(map(words.cost, cut)))


def test_nothing_is_lost() -> None:
    """Fails when the words of a window do not add up to it."""
    text = "民警Li用Wi-Fi核对3.5万条信息"
    assert "".join(_words().segment(text)) == text
