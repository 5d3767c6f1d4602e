"""Compare two versions of a text by paragraph, with bounded time and output.

A character diff of two long texts takes at least quadratic time (difflib: 18.5 s for 20,000 characters). So whole
paragraphs are compared first, then only the part of a changed paragraph between its common beginning and end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

#: maximum paragraphs compared of each version; the longest seed has 60
PARAGRAPHS = 400
#: maximum characters of both sides together for a character diff; the diff of 600 characters takes 50 ms in the worst
#: case (two alternating words)
CHARACTERS = 600
#: maximum characters shown of the unchanged text around a change, and of one removed or added piece; not measured
AROUND, STRETCH = 18, 160

Mark = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, unchanged, removed or added."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """One changed, removed or added paragraph with its pieces in reading order."""

    what: Literal["changed", "removed", "added"]
    pieces: tuple[Piece, ...]


def diff_paragraphs(before: str, after: str) -> tuple[Hunk, ...]:
    """Return the changed, removed and added paragraphs in reading order, () for equal texts.

    Only the first `PARAGRAPHS` paragraphs are compared.
    """
    old, new = before.split("\n")[:PARAGRAPHS], after.split("\n")[:PARAGRAPHS]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        hunk for what, i, j, k, m in matcher.get_opcodes() if what != "equal" for hunk in _hunks(old[i:j], new[k:m])
    )


def _hunks(old: list[str], new: list[str]) -> Iterator[Hunk]:
    for before, after in zip(old, new, strict=False):
        left, right = _tokens(before), _tokens(after)
        if _is_edit(left, right):
            yield Hunk("changed", tuple(_pieces(left, right)))
        else:
            yield Hunk("removed", (Piece("removed", _short(before)),))
            yield Hunk("added", (Piece("added", _short(after)),))
    for paragraph in old[len(new) :]:
        yield Hunk("removed", (Piece("removed", _short(paragraph)),))
    for paragraph in new[len(old) :]:
        yield Hunk("added", (Piece("added", _short(paragraph)),))


def _tokens(text: str) -> list[str]:
    """Return the characters of a text, with numbers and Latin words whole, so that 12.3 -> 13.2 is one change."""
    return re.findall(r"\d[\d.,]*(?<=\d)%?|[A-Za-z]+|.", text, re.DOTALL)


def _is_edit(before: list[str], after: list[str]) -> bool:
    """Return whether one paragraph is an edit of the other.

    True if their common beginning and common end are at least a third of the shorter paragraph. Also true if both
    paragraphs together have at most `CHARACTERS` tokens, and their similarity ratio is above 0.5. Neither limit was
    measured.
    """
    head, tail = _common_ends(before, after)
    if head + tail >= min(len(before), len(after)) / 3:
        return True
    short = len(before) + len(after) <= CHARACTERS
    return short and SequenceMatcher(None, before, after, autojunk=False).ratio() > 0.5


def _common_ends(before: list[str], after: list[str]) -> tuple[int, int]:
    """Return the lengths of the common beginning and of the common end, which do not overlap."""
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    tail = next((n for n in range(shorter - head) if before[-1 - n] != after[-1 - n]), shorter - head)
    return head, tail


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    head, tail = _common_ends(before, after)
    if head:
        yield Piece("same", ("…" if head > AROUND else "") + "".join(before[max(0, head - AROUND) : head]))
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(left) + len(right) <= CHARACTERS:
        yield from _inner(left, right)
    else:
        yield from _replacement(left, right)
    if tail:
        end = before[len(before) - tail :]
        yield Piece("same", "".join(end[:AROUND]) + ("…" if tail > AROUND else ""))


def _inner(left: list[str], right: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    # a common part of one or two characters inside a change is a coincidence and would make the change harder to read
    blocks = [block for block in matcher.get_matching_blocks() if block.size >= 3 or block.size == 0]
    i = k = 0
    for block in blocks:
        yield from _replacement(left[i : block.a], right[k : block.b])
        if block.size:
            yield Piece("same", _middle("".join(left[block.a : block.a + block.size])))
        i, k = block.a + block.size, block.b + block.size


def _replacement(left: list[str], right: list[str]) -> Iterator[Piece]:
    if left:
        yield Piece("removed", _short("".join(left)))
    if right:
        yield Piece("added", _short("".join(right)))


def _middle(text: str) -> str:
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]}…{text[-AROUND:]}"


def _short(text: str) -> str:
    return text if len(text) <= STRETCH else f"{text[: STRETCH - 40]}……{text[-38:]}"
