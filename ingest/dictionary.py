"""What jieba's dictionary knows of words of two and three characters: enough to tell a name from a word.

The file is read, not the tokenizer: that one writes a cache into the shared temp folder (docs/FAULTS.md X3) and takes
10 ms for 2,000 characters. Both tables are built at first use (0.3 s) and never change.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

#: jieba's tags of names: people, transliterated and foreign people, places, groups, other proper names
_NAMES = ("nr", "nrt", "nrfg", "ns", "nz")


@cache
def common_words() -> frozenset[str]:
    """Words that are no name: 成功, 群众, 带领."""
    return frozenset(word for word, tag in _rows() if tag not in _NAMES)


@cache
def no_names() -> frozenset[str]:
    """Words that cannot be a unit's or a place's own name either: all but nouns, adjectives and the like.

    和平派出所 and 建设派出所 exist, 联合派出所 and 隔壁派出所 are phrases.
    """
    return frozenset(word for word, tag in _rows() if tag[0] not in "najz" and tag != "vn")


def _rows() -> tuple[tuple[str, str], ...]:
    text = files("jieba").joinpath("dict.txt").read_text(encoding="utf-8")
    rows = (line.split(" ") for line in text.splitlines())
    return tuple((word, tag) for word, _, tag in rows if 2 <= len(word) <= 3)
