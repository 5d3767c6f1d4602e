"""Two versions of a text -> what a reader is shown of their difference. Paragraph-wise and capped.

A character diff of two long texts takes quadratic time and worse (difflib: 18.5 s for 20,000 characters),
so whole paragraphs are compared first, and inside a changed one only what lies between its common beginning
and end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

#: paragraphs of each version that are compared; the longest of the examples has 60
PARAGRAPHS = 400
#: characters on both sides together that are compared one by one; 600 take 50 ms at worst (two words in turn)
CHARACTERS = 600
#: characters of unchanged text kept around a change, and of one removed or added stretch
AROUND, STRETCH = 18, 160

Mark = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with what became of it."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """One changed paragraph: a word of what happened and its pieces in reading order."""

    what: Literal["changed", "removed", "added"]
    pieces: tuple[Piece, ...]


def diff_paragraphs(before: str, after: str) -> tuple[Hunk, ...]:
    """Changed paragraphs in reading order; none when the texts are equal. Looks at the first 400 paragraphs."""
    old, new = before.split("\n")[:PARAGRAPHS], after.split("\n")[:PARAGRAPHS]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        hunk for what, i, j, k, m in matcher.get_opcodes() if what != "equal" for hunk in _hunks(old[i:j], new[k:m])
    )


def _hunks(old: list[str], new: list[str]) -> Iterator[Hunk]:
    for one, other in zip(old, new, strict=False):
        left, right = _words(one), _words(other)
        if _alike(left, right):
            yield Hunk("changed", tuple(_pieces(left, right)))
        else:
            yield Hunk("removed", (Piece("removed", _short(one)),))
            yield Hunk("added", (Piece("added", _short(other)),))
    for rest in old[len(new) :]:
        yield Hunk("removed", (Piece("removed", _short(rest)),))
    for rest in new[len(old) :]:
        yield Hunk("added", (Piece("added", _short(rest)),))


def _words(text: str) -> list[str]:
    """Characters, but a figure or a Latin word is one: 12.3 that becomes 13.2 is shown as such."""
    return re.findall(r"\d[\d.,]*(?<=\d)%?|[A-Za-z]+|.", text, re.DOTALL)


def _alike(one: list[str], other: list[str]) -> bool:
    """Whether one paragraph is a version of the other: a third of the shorter is common at its ends, or half inside."""
    head, tail = _ends(one, other)
    if head + tail >= min(len(one), len(other)) / 3:
        return True
    return len(one) + len(other) <= CHARACTERS and SequenceMatcher(None, one, other, autojunk=False).ratio() > 0.5


def _ends(one: list[str], other: list[str]) -> tuple[int, int]:
    """Lengths of the common beginning and, beyond it, the common end."""
    shorter = min(len(one), len(other))
    head = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    tail = next((n for n in range(shorter - head) if one[-1 - n] != other[-1 - n]), shorter - head)
    return head, tail


def _pieces(one: list[str], other: list[str]) -> Iterator[Piece]:
    head, tail = _ends(one, other)
    if head:
        yield Piece("same", ("…" if head > AROUND else "") + "".join(one[max(0, head - AROUND) : head]))
    left, right = one[head : len(one) - tail], other[head : len(other) - tail]
    if len(left) + len(right) <= CHARACTERS:
        yield from _inner(left, right)
    else:
        yield from _swap(left, right)
    if tail:
        rest = one[len(one) - tail :]
        yield Piece("same", "".join(rest[:AROUND]) + ("…" if tail > AROUND else ""))


def _inner(left: list[str], right: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    # a common stretch of one or two characters inside a change is chance, and makes it harder to read
    blocks = [block for block in matcher.get_matching_blocks() if block.size >= 3 or block.size == 0]
    i = k = 0
    for block in blocks:
        yield from _swap(left[i : block.a], right[k : block.b])
        if block.size:
            yield Piece("same", _middle("".join(left[block.a : block.a + block.size])))
        i, k = block.a + block.size, block.b + block.size


def _swap(left: list[str], right: list[str]) -> Iterator[Piece]:
    if left:
        yield Piece("removed", _short("".join(left)))
    if right:
        yield Piece("added", _short("".join(right)))


def _middle(text: str) -> str:
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]}…{text[-AROUND:]}"


def _short(text: str) -> str:
    return text if len(text) <= STRETCH else f"{text[: STRETCH - 40]}……{text[-38:]}"
