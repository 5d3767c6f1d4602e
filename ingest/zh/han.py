r"""The definition of a Han character, and regular expressions that support \p{Han} within a character class.

The functions have the names and parameters of those in `re`; in an f-string write \p{{Han}}. Use them for all patterns
of names: other ranges miss rare characters (㵲水派出所, 王𠮷).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

#: contents of a character class: 々, 〇, CJK Unified Ideographs with Extension A, Compatibility Ideographs, and planes 2
#: and 3 (Extensions B to J and the supplement), without the two non-characters at the end of each plane
HAN = "々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fffd\U00030000-\U0003fffd"
_HAN = re.compile(f"[{HAN}]+")


def is_han(text: str) -> bool:
    """Return whether `text` consists of Han characters and is not empty."""
    return _HAN.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    r"""Return the compiled pattern with \p{Han} replaced by the ranges of Han characters."""
    return re.compile(pattern.replace(r"\p{Han}", HAN), flags)


def match(pattern: str, text: str) -> re.Match[str] | None:
    """Return the match of `pattern` at the start of `text`, or None."""
    return regex(pattern).match(text)


def fullmatch(pattern: str, text: str) -> re.Match[str] | None:
    """Return the match of `pattern` with the whole `text`, or None."""
    return regex(pattern).fullmatch(text)


def search(pattern: str, text: str) -> re.Match[str] | None:
    """Return the first match of `pattern` in `text`, or None."""
    return regex(pattern).search(text)


def finditer(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Return the matches of `pattern` in `text`."""
    return regex(pattern).finditer(text)


def findall(pattern: str, text: str) -> list[Any]:
    """Return the matched texts or groups of `pattern` in `text`."""
    return regex(pattern).findall(text)


def sub(pattern: str, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
    """Return `text` with the matches of `pattern` replaced."""
    return regex(pattern).sub(replacement, text)


def split(pattern: str, text: str, maxsplit: int = 0) -> list[str]:
    """Return the parts of `text` between the matches of `pattern`."""
    return regex(pattern).split(text, maxsplit)
