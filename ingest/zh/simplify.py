"""Conversion of traditional to simplified script, and removal of pinyin glosses.

`simplified` and `without_glosses` serve comparison and classification; stored and quoted text is not converted.
"""

from __future__ import annotations

from functools import lru_cache

import opencc

from ingest.zh import han
from ingest.zh.lexicon import Lexicon

#: a pinyin gloss after a traditional character, as some copying sites insert it: 調(diào)解
_PINYIN = han.regex(r"(?<=[\p{Han}])\([a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüńňǹ]{1,6}\)")


@lru_cache(maxsize=1)
def _table() -> dict[int, int | str]:
    """Return the character table of config/lexicon with the variants that only comparison converts.

    Only single characters are mapped, not phrases, so offsets do not change.
    """
    lexicon = Lexicon()
    # Identity entries for simplified characters: a lookup of a missing character takes twice as long.
    return {**{code: code for code in range(0x4E00, 0xA000)}, **lexicon.traditional, **lexicon.traditional_variants}


def simplified(text: str) -> str:
    """Return `text` in simplified script, character by character; offsets do not change. Idempotent."""
    return text.translate(_table())


@lru_cache(maxsize=1)
def _spellings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, simple in _table().items():
        target = chr(simple) if isinstance(simple, int) else simple
        if target != chr(code):
            found.setdefault(target, []).append(chr(code))
    return found


def spellings(character: str) -> tuple[str, ...]:
    """Return a character of the simplified script and every character that `simplified` converts to it."""
    return character, *_spellings().get(character, ())


def converted(text: str) -> str:
    """Return `text` in simplified script for human readers, converted word by word (乾燥 becomes 干燥, 乾隆 does not change).

    Offsets may change, so use `simplified` for comparison.
    """
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def without_glosses(text: str) -> str:
    """Return `text`, which must be folded, without pinyin in brackets after Han characters."""
    return _PINYIN.sub("", text) if "(" in text else text
