"""Split a message by bytes at paragraph borders, for bots that limit the bytes of a message."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

#: places where a paragraph that is too long is cut, in this order of preference
_BORDERS = (re.compile("(?<=\n)"), re.compile("(?<=[。！？；!?;])"), re.compile("(?<=[，、,）)])"))


def json_size(text: str) -> int:
    """Return the number of bytes of a text in a JSON string, where a line break or quotation mark takes two."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2


def byte_size(text: str) -> int:
    """Return the number of bytes of a text in UTF-8."""
    return len(text.encode("utf-8", "replace"))


def split(text: str, limit: int, *, numbered: bool = True, size: Callable[[str], int] = byte_size) -> list[str]:
    """Return `text` in parts of at most `limit` bytes, as counted by `size`.

    `size` must be additive: the size of a text is the sum of the sizes of its pieces. Parts end at blank lines. A
    longer paragraph is cut at line ends, then at sentence ends, then at commas, then between characters.

    With `numbered`, each of several parts ends with its number, （1/3）. Raises ValueError for a limit under 64 bytes.
    """
    if limit < 64:
        raise ValueError(f"a part of {limit} bytes is too small; the least is 64")
    if size(text) <= limit:
        return [text]
    # the numbers take bytes too; their length depends on the number of parts
    reserve = size("\n\n（9999/9999）") if numbered else 0
    packing = _Packing(limit - reserve, size)
    parts = packing.joined(piece for block in _blocks(text) for piece in packing.pieces(block))
    if not numbered:
        return parts
    return [f"{part}\n\n（{number}/{len(parts)}）" for number, part in enumerate(parts, start=1)]


def _blocks(text: str) -> list[str]:
    return [block for block in re.split("\n{2,}", text) if block.strip()]


class _Packing:
    """Cutter that divides text into pieces of at most `limit` bytes and joins short pieces."""

    def __init__(self, limit: int, size: Callable[[str], int]) -> None:
        self._limit, self._size = limit, size

    def pieces(self, block: str, level: int = 0) -> list[str]:
        """Return a block as pieces that fit, cut at the borders of `_BORDERS` from `level` on."""
        if self._size(block) <= self._limit:
            return [block]
        if level == len(_BORDERS):
            return self._by_characters(block)
        pieces: list[str] = []
        sizes: list[int] = []
        for piece in _BORDERS[level].split(block):
            for small in self.pieces(piece, level + 1):
                size = self._size(small)
                if pieces and sizes[-1] + size <= self._limit:
                    pieces[-1] += small
                    sizes[-1] += size
                else:
                    pieces.append(small)
                    sizes.append(size)
        return [piece.strip("\n") for piece in pieces if piece.strip()]

    def _by_characters(self, text: str) -> list[str]:
        pieces, start, size = [], 0, 0
        for position, character in enumerate(text):
            width = self._size(character)
            if size + width > self._limit:
                pieces.append(text[start:position])
                start, size = position, 0
            size += width
        return [*pieces, text[start:]]

    def joined(self, pieces: Iterable[str]) -> list[str]:
        """Return the pieces joined by blank lines into parts that fit."""
        parts: list[str] = []
        for piece in pieces:
            if parts and self._size(f"{parts[-1]}\n\n{piece}") <= self._limit:
                parts[-1] += "\n\n" + piece
            else:
                parts.append(piece)
        return parts
