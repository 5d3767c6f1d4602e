"""Tests of ingest/zh/character_normalization.py and text_spans.py: folding and sentence spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.zh.character_normalization import fold, storable
from ingest.zh.seed_format import clean_lines
from ingest.zh.text_spans import sentences

#: any code points, surrogates included, as in a broken page
anything = st.text(st.characters(exclude_categories=()), max_size=80)
#: spaces, invisible characters, line ends and quotation marks side by side
awkward = st.text(
    st.sampled_from("派出所。！？；…”\"')） \t\n\r\x0b\x85\u2028\xa0\u3000\u200b\ufeff\x00\ud800\ufdd0Ａ：～a;!?"),
    max_size=40,
)


@given(st.one_of(anything, awkward))
def test_each_function_is_idempotent(text: str) -> None:
    """For any text, applying `storable`, `fold` or `clean_lines` a second time changes nothing."""
    for clean in (storable, fold, clean_lines):
        once = clean(text)
        assert clean(once) == once


@given(anything)
def test_storable_text_can_be_encoded_and_carries_no_control(text: str) -> None:
    """Characters that database drivers refuse are removed; letters and digits are kept."""
    kept = storable(text)
    kept.encode("utf-8")
    assert "\x00" not in kept and "\r" not in kept
    plain = "".join(c for c in text if c.isalnum())
    assert plain == "".join(c for c in kept if c.isalnum())


@given(st.one_of(anything, awkward))
def test_sentences_cover_each_character_once(text: str) -> None:
    """Spans are in order, do not overlap, do not start or end with white space, and omit only white space."""
    spans = sentences(text)
    previous = 0
    for start, end in spans:
        assert previous <= start < end <= len(text)
        assert not text[previous:start].strip() and "\n" not in text[start:end]
        assert text[start:end] == text[start:end].strip()
        previous = end
    assert not text[previous:].strip()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３（）：；！？～", "ABC123():;!?~"),
        ("。、“”《》…—·", "。、“”《》…—·"),
        ("记者\u3000李\xa0\xa0亚", "记者 李 亚"),
        ("派\u200b出\ufeff所\u00ad", "派出所"),
        ("一 \u200b 二", "一 二"),
        ("一\r\n二\r三\u2028四\x0b五", "一\n二\n三\n四\n五"),
        ("￥５０元", "￥50元"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    """Full-width ASCII becomes half-width, runs of spaces become one space, invisible characters are removed.

    Chinese punctuation does not change.
    """
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("他来了。她走了！真的？", ["他来了。", "她走了！", "真的？"]),
        ("“我在。”他说。", ["“我在。”", "他说。"]),
        ("他说:“好!”(笑。)完", ["他说:“好!”", "(笑。)", "完"]),
        ("一;二；三……四", ["一;", "二；", "三……", "四"]),
        ("没有句号\n第二行", ["没有句号", "第二行"]),
        ('他说"好。"她说"行。"', ['他说"好。"', '她说"行。"']),
        ("比例3.5%,同比下降9.5%;其中", ["比例3.5%,同比下降9.5%;", "其中"]),
        ("", []),
    ],
)
def test_sentence_ends(text: str, parts: list[str]) -> None:
    """Sentences end at Chinese end marks with closing quotation marks and brackets, and at line ends."""
    assert [text[start:end] for start, end in sentences(text)] == parts
