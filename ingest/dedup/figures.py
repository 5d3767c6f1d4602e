"""Figures of a text in digits or Chinese numerals, and their values."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.zh.numbers import parse

FIGURE = re.compile(
    r"\d+(?:\.\d+)?(?:万亿|[万亿百]|千(?![米克瓦卡]))?|[〇零一二三四五六七八九十百千万两]{2,}(?![年月日]代)"
)

_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def figures(text: str) -> list[str]:
    """Return the figures of a text in order, each with the character after it, if any: 35人 and 35辆 are different."""
    return [text[found.start() : found.end() + 1] for found in FIGURE.finditer(text)]


def tokens(sentence: str) -> list[str]:
    """Split a sentence into single characters and whole figures."""
    found_tokens: list[str] = []
    at = 0
    for found in FIGURE.finditer(sentence):
        found_tokens += [*sentence[at : found.start()], found.group()]
        at = found.end()
    return [*found_tokens, *sentence[at:]]


@lru_cache(maxsize=4096)
def value(figure: str) -> float | str:
    """Return the number in a figure such as 二十人 or 20人, or the text of the figure when it cannot be parsed."""
    found = FIGURE.match(figure)
    if not found:
        return figure
    number = parse(found.group())
    return figure if number is None else float(number)


def digits(figure: str) -> str:
    """Return the digits of a figure without its unit (万, 亿); return the whole figure when it has no digits.

    Two texts may write one range with and without its first unit: 5.3亿元至6.8亿元, 5.3至6.8亿元.
    """
    found = _DIGITS.match(figure)
    return found.group() if found else figure
