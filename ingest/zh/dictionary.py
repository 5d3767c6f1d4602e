"""What jieba's dictionary knows of words of two and three characters: enough to tell a name from a word.

The file is read, not the tokenizer: that one writes a cache into the shared temp folder (docs/FAULTS.md X3) and takes
10 ms for 2,000 characters. Both tables are built at first use (0.3 s) and never change.
"""

from __future__ import annotations

import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

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


@cache
def _rows() -> tuple[tuple[str, str], ...]:
    words, _, tags = entries()
    return tuple((word, tag) for word, tag in zip(words, tags, strict=True) if 2 <= len(word) <= 3)


def entries() -> tuple[list[str], list[str], list[str]]:
    """jieba's 349,046 words, their frequencies and their tags, as three columns: cut in one go, 0.1 s."""
    cells = (Path(quiet_jieba().__file__).parent / "dict.txt").read_text(encoding="utf-8").split()
    return cells[0::3], cells[1::3], cells[2::3]


def quiet_jieba() -> Any:
    """jieba, imported without pkg_resources: 0.42.1 asks for it, warns and slows down where an old setuptools has it,
    and opens its files without it just as well. Its escapes that Python 3.12 warns of are nobody's concern either."""
    missing = object()
    before = sys.modules.get("pkg_resources", missing)
    sys.modules["pkg_resources"] = None  # type: ignore[assignment]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import jieba
    finally:
        if before is missing:
            del sys.modules["pkg_resources"]
        else:
            sys.modules["pkg_resources"] = before  # type: ignore[assignment]
    return jieba
