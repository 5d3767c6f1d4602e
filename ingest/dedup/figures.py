"""Figures of a text: where they stand and what they amount to."""

from __future__ import annotations

import re
from functools import lru_cache

FIGURE = re.compile(r"\d+(?:\.\d+)?(?:万亿|[万亿千百])?|[〇零一二三四五六七八九十百千万两]{2,}(?![年月日]代)")


def figures(text: str) -> list[str]:
    """Return the figures with the character after them: 35人 and 35辆 are two figures."""
    return [text[found.start() : found.end() + 1] for found in FIGURE.finditer(text)]


def tokens(sentence: str) -> list[str]:
    """Split a sentence into characters and whole figures."""
    found_tokens: list[str] = []
    at = 0
    for found in FIGURE.finditer(sentence):
        found_tokens += [*sentence[at : found.start()], found.group()]
        at = found.end()
    return [*found_tokens, *sentence[at:]]


_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


@lru_cache(maxsize=4096)
def value(figure: str) -> float | str:
    """Return the value of a figure with the character after it: 二十人 and 20人 are equal. The text itself when it has none."""
    found = FIGURE.match(figure)
    if not found:
        return figure
    number = found.group()
    if number[0].isdigit():
        plain = re.match(r"[\d.]+", number)
        amount = float(plain.group()) if plain else 0.0
        for unit in number[plain.end() if plain else 0 :]:
            amount *= _UNITS[unit]
        return amount
    if not any(char in _UNITS for char in number):
        return float("".join(str(_DIGITS[char]) for char in number))
    total = section = digit = 0.0
    for char in number:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif _UNITS[char] >= 10_000:
            total, section, digit = (total + section + digit) * _UNITS[char], 0.0, 0.0
        else:
            section, digit = section + (digit or 1.0) * _UNITS[char], 0.0
    return total + section + digit
