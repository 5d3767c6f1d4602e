"""Sets of words of two and three characters from jieba's dictionary, to distinguish names from words.

The file is read without the tokenizer of jieba. The tokenizer would write a cache into the shared temporary directory
(docs/FAULTS.md X3), and takes 10 ms for 2,000 characters. Both sets are built on first use (0.3 s).
"""

from __future__ import annotations

import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

#: part-of-speech tags of jieba for proper names: people, foreign people, places, others
_NAMES = ("nr", "nrt", "nrfg", "ns", "nz")


@cache
def common_words() -> frozenset[str]:
    """Return the words of two and three characters that are not proper names, such as 成功, 群众 and 带领."""
    return frozenset(word for word, tag in _rows() if tag not in _NAMES)


@cache
def words_never_in_names() -> frozenset[str]:
    """Return the words of two and three characters that cannot be the name of a unit or a place.

    Nouns, verbal nouns, adjectives, descriptive words and abbreviations can be such names, all other words cannot:
    和平派出所 and 建设派出所 are names, 联合派出所 and 隔壁派出所 are phrases.
    """
    return frozenset(word for word, tag in _rows() if tag[0] not in "najz" and tag != "vn")


@cache
def _rows() -> tuple[tuple[str, str], ...]:
    words, _, tags = entries()
    return tuple((word, tag) for word, tag in zip(words, tags, strict=True) if 2 <= len(word) <= 3)


def entries() -> tuple[list[str], list[str], list[str]]:
    """Return jieba's 349,046 words, their frequencies and their tags as three columns (0.1 s)."""
    cells = (Path(import_jieba().__file__).parent / "dict.txt").read_text(encoding="utf-8").split()
    return cells[0::3], cells[1::3], cells[2::3]


def import_jieba() -> Any:
    """Return the module jieba, imported without pkg_resources and without warnings.

    jieba 0.42.1 tries to import pkg_resources but does not need it; the import is slow and warns with an old
    setuptools. jieba's invalid escape sequences cause a SyntaxWarning in Python 3.12.
    """
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
