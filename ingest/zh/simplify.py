"""One script for comparing: traditional characters to simplified ones, and pinyin glosses out of copied pages.

Knows no article. Both functions are for comparing and judging only: what is stored and quoted stays as it was.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import opencc

#: variants that OpenCC's table of characters leaves alone, met in pages converted by machine
_VARIANTS = {"揹": "背", "著": "着", "妳": "你", "牠": "它", "祂": "他", "喫": "吃", "鬥": "斗", "牀": "床", "衞": "卫"}

#: "調(diào)解": what one family of copying sites leaves behind a traditional character
_PINYIN = re.compile(r"(?<=[\u3400-\u9fff])\([a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüńňǹ]{1,6}\)")


@lru_cache(maxsize=1)
def _table() -> dict[int, int | str]:
    """OpenCC's own table of single characters (4,113 rows), first choice of each row.

    Characters, not phrases: one character stays one character, so positions are kept, and a table that only maps
    single characters does not change what it makes of an old text when phrases are added to it.
    """
    path = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line)
    table: dict[int, str] = {ord(old): new.split(" ")[0] for old, new in rows if len(old) == 1}
    table |= {ord(old): new for old, new in _VARIANTS.items()}
    for _ in range(2):  # a few rows lead to a character that has a row itself
        table = {old: new.translate(table) for old, new in table.items()}
    # Simplified characters as themselves: one that the table lacks costs twice one that it has.
    return {**{code: code for code in range(0x4E00, 0xA000)}, **table}


def simplified(text: str) -> str:
    """`text` in simplified characters, position by position. Idempotent."""
    return text.translate(_table())


def converted(text: str) -> str:
    """`text` in simplified script as OpenCC writes it, words taken whole (乾燥 -> 干燥, 乾隆 stays), to be read.

    Not for comparing: positions shift where a word changes its length, which `simplified` never does.
    """
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def without_glosses(text: str) -> str:
    """`text` (folded) without pinyin in brackets behind a Chinese character."""
    return _PINYIN.sub("", text) if "(" in text else text
