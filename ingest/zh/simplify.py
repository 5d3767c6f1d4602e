"""Conversion of traditional to simplified script, and removal of pinyin glosses.

`simplified` and `without_glosses` serve comparison and classification; stored and quoted text is not converted.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import opencc

from ingest.zh import han

#: variants in machine-converted pages that are missing from the character table of OpenCC
_VARIANTS = {"揹": "背", "著": "着", "妳": "你", "牠": "它", "祂": "他", "喫": "吃", "鬥": "斗", "牀": "床", "衞": "卫"}

#: a pinyin gloss that one family of copying sites leaves after a traditional character: 調(diào)解
_PINYIN = han.regex(r"(?<=[\p{Han}])\([a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüńňǹ]{1,6}\)")


@lru_cache(maxsize=1)
def _table() -> dict[int, int | str]:
    """Return the character table of OpenCC (4,113 rows) with the first form of each row.

    Only single characters are mapped, not phrases: offsets do not change, and new phrases in a later OpenCC do not
    change the result for old texts.
    """
    path = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line)
    table: dict[int, str] = {ord(old): new.split(" ")[0] for old, new in rows if len(old) == 1}
    table |= {ord(old): new for old, new in _VARIANTS.items()}
    for _ in range(2):  # a few rows map to a character that has a row itself
        table = {old: new.translate(table) for old, new in table.items()}
    # Identity entries for simplified characters: a lookup that misses the table takes twice as long.
    return {**{code: code for code in range(0x4E00, 0xA000)}, **table}


def simplified(text: str) -> str:
    """Return `text` in simplified script, character by character; offsets do not change. Idempotent."""
    return text.translate(_table())


def converted(text: str) -> str:
    """Return `text` in simplified script for human readers, converted word by word (乾燥 becomes 干燥, 乾隆 does not change).

    Offsets may change, so use `simplified` for comparison.
    """
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def without_glosses(text: str) -> str:
    """Return the folded `text` without pinyin in brackets after a Han character."""
    return _PINYIN.sub("", text) if "(" in text else text
