"""Tests of the function that decides whether a word may be a person's name."""

from __future__ import annotations

import pytest

from ingest.zh.lexicon import Lexicon
from ingest.zh.person_names import plausible_name

LEXICON = Lexicon()


@pytest.mark.parametrize(
    "word",
    [
        "王伟",
        "丁有福",
        "佘向前",
        "欧阳明",
        "欧阳建国",
        "佟某",
        "佟某某",
        "欧阳某某",
        "王××",
        "吐尔逊·尼亚孜",
        "吐尔逊•尼亚孜",
    ],
)
def test_names(word: str) -> None:
    """A surname with given characters or 某, and a dotted name, are names in a text and in a credit line."""
    assert plausible_name(word, LEXICON)
    assert plausible_name(word, LEXICON, credit=True)


@pytest.mark.parametrize("word", ["王", "王建国庆", "派出所", "欧阳", "王a", "某某", "", "·", "欧阳建国庆"])
def test_other_words(word: str) -> None:
    """A surname alone and words without a surname, with a Latin letter or of a wrong length are not names."""
    assert not plausible_name(word, LEXICON)
    assert not plausible_name(word, LEXICON, credit=True)


def test_credit_line() -> None:
    """Only in a credit line, particles are accepted as given characters, and rare surnames as surnames."""
    assert not plausible_name("张镇", LEXICON)
    assert plausible_name("张镇", LEXICON, credit=True)
    rare = min(LEXICON.credit_surnames - LEXICON.surnames)
    assert not plausible_name(rare + "伟", LEXICON)
    assert plausible_name(rare + "伟", LEXICON, credit=True)


def test_excluded_words_and_characters() -> None:
    """A word that the caller defines as common, or with an excluded character in the given name, is not a name."""
    assert plausible_name("高兴", LEXICON)
    assert not plausible_name("高兴", LEXICON, common=lambda word: word == "高兴")
    assert not plausible_name("王几", LEXICON, never=frozenset("几"))
