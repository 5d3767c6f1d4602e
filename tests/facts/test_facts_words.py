"""Words are cut as jieba cuts them, without its graph and its cache file."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.dictionary import quiet_jieba
from ingest.facts import Knowledge
from ingest.facts.words import _LONGEST, Words


@cache
def _words() -> Words:
    return Knowledge.load().words


@cache
def _jieba():
    """jieba's own tokenizer over the same words; it wants every beginning of a word as a key too."""
    frequency = _words().frequency
    table = dict.fromkeys((word[:end] for end in range(1, _LONGEST) for word in frequency if len(word) > end), 0)
    table.update(frequency)
    tokenizer = quiet_jieba().Tokenizer()
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = table, sum(frequency.values()), True
    return tokenizer


PHRASES = ("派出所民警冯勇走访了辖区", "共35名辅警", "ABC2号楼", "巡逻队员", "的", "，", "龘", "枫桥式公安派出所", "扫黑", "12345热线", "研究生命起源")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PHRASES), st.text("中华人民警察是在说有没大小一二三生命研究生起来AB12，。龘", max_size=6)),
                max_size=4).map("".join))  # fmt: skip
def test_cuts_as_jieba_does(text: str) -> None:
    """Fails when our cut of any window differs from jieba's likeliest one."""
    assert _words().segment(text) == list(_jieba().cut(text[:32], HMM=False))


def test_nothing_is_lost() -> None:
    """Fails when the words of a window do not add up to it."""
    text = "民警Li用Wi-Fi核对3.5万条信息"
    assert "".join(_words().segment(text)) == text
