"""Tests of ingest/digest/text_diff.py: readable differences, correct content, bounded time."""

from __future__ import annotations

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.digest.text_diff import diff_paragraphs

TEXTS = st.lists(st.text(alphabet="的一是在不了有和人这。,12", max_size=12), max_size=6).map("\n".join)


def test_equal_texts_have_no_difference() -> None:
    """Equal texts have no changed paragraph."""
    assert diff_paragraphs("一\n二", "一\n二") == ()


def test_number_is_shown_whole() -> None:
    """A change from 12.3% to 13.2% is shown as two numbers, not as changed digits."""
    (hunk,) = diff_paragraphs("刑事警情下降12.3%,连续五年", "刑事警情下降13.2%,连续五年")
    assert [(piece.mark, piece.text) for piece in hunk.pieces] == [
        ("same", "刑事警情下降"),
        ("removed", "12.3%"),
        ("added", "13.2%"),
        ("same", ",连续五年"),
    ]


def test_moved_and_new_paragraphs() -> None:
    """A new paragraph is shown as added and a missing one as removed; unchanged paragraphs are omitted."""
    hunks = diff_paragraphs("甲段在此\n乙段在此\n丙段在此", "甲段在此\n丙段在此\n丁段全新")
    assert [(hunk.what, hunk.pieces[0].text) for hunk in hunks] == [("removed", "乙段在此"), ("added", "丁段全新")]


def test_long_unchanged_text_is_cut() -> None:
    """Only a few characters around a change are shown."""
    (hunk,) = diff_paragraphs("长" * 300 + "旧" + "尾" * 300, "长" * 300 + "新" + "尾" * 300)
    assert [piece.mark for piece in hunk.pieces] == ["same", "removed", "added", "same"]
    assert sum(len(piece.text) for piece in hunk.pieces) < 60


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_pieces_are_parts_of_the_texts(before: str, after: str) -> None:
    """Removed pieces are in the old text, added ones in the new text; different texts have a changed paragraph."""
    hunks = diff_paragraphs(before, after)
    assert bool(hunks) == (before != after)
    for hunk in hunks:
        for piece in hunk.pieces:
            assert piece.mark != "removed" or piece.text in before
            assert piece.mark != "added" or piece.text in after


def test_hostile_texts_take_bounded_time() -> None:
    """Long, many and repetitive paragraphs take less than 15 s together (FAULTS T5).

    2.7 s were measured on a busy machine.
    """
    source = random.Random(1)
    han = [chr(0x4E00 + source.randrange(3000)) for _ in range(4000)]

    def text(paragraphs: int, length: int) -> str:
        return "\n".join("".join(source.choice(han) for _ in range(length)) for _ in range(paragraphs))

    pairs = [
        (text(1, 20_000), text(1, 20_000)),
        (text(400, 300), text(400, 300)),
        ("的" * 20_000, "的" * 10_000 + "了" + "的" * 9_999),
        ("\n".join(["同"] * 5000), "\n".join(["同", "异"] * 2500)),
    ]
    began = time.monotonic()
    for before, after in pairs:
        hunks = diff_paragraphs(before, after)
        assert hunks
        assert all(len(piece.text) <= 200 for hunk in hunks for piece in hunk.pieces)
    assert time.monotonic() - began < 15
