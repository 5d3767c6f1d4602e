"""Split a message by bytes at paragraph borders, for bots that limit the bytes of a message."""

from __future__ import annotations

import re

#: where a paragraph that is too long is cut, in this order of preference
_BORDERS = (re.compile("(?<=\n)"), re.compile("(?<=[。！？；!?;])"), re.compile("(?<=[，、,）)])"))


def split(text: str, limit: int, *, numbered: bool = True) -> list[str]:
    """Split `text` into parts of at most `limit` bytes of UTF-8.

    Parts end at blank lines; a longer paragraph is cut at line ends, then at sentence ends, then between characters.
    With `numbered`, each of several parts ends with its number, （1/3）. Raises ValueError for a limit under 64 bytes.
    """
    if limit < 64:
        raise ValueError(f"a part of {limit} bytes is too small; the least is 64")
    if _size(text) <= limit:
        return [text]
    # the numbers take bytes too; their length depends on the number of parts
    reserve = _size("\n\n（999/999）") if numbered else 0
    parts = _packed([piece for block in _blocks(text) for piece in _pieces(block, limit - reserve)], limit - reserve)
    if not numbered:
        return parts
    return [f"{part}\n\n（{number}/{len(parts)}）" for number, part in enumerate(parts, start=1)]


def _size(text: str) -> int:
    return len(text.encode("utf-8"))


def _blocks(text: str) -> list[str]:
    return [block for block in re.split("\n{2,}", text) if block.strip()]


def _pieces(block: str, limit: int, level: int = 0) -> list[str]:
    """Cut a block into pieces of at most `limit` bytes."""
    if _size(block) <= limit:
        return [block]
    if level == len(_BORDERS):
        return _by_characters(block, limit)
    pieces: list[str] = []
    for piece in _BORDERS[level].split(block):
        for small in _pieces(piece, limit, level + 1):
            if pieces and _size(pieces[-1]) + _size(small) <= limit:
                pieces[-1] += small
            else:
                pieces.append(small)
    return [piece.strip("\n") for piece in pieces if piece.strip()]


def _by_characters(text: str, limit: int) -> list[str]:
    pieces, start, size = [], 0, 0
    for position, character in enumerate(text):
        width = len(character.encode("utf-8"))
        if size + width > limit:
            pieces.append(text[start:position])
            start, size = position, 0
        size += width
    return [*pieces, text[start:]]


def _packed(pieces: list[str], limit: int) -> list[str]:
    """Join pieces with blank lines as long as they fit."""
    parts: list[str] = []
    for piece in pieces:
        if parts and _size(parts[-1]) + 2 + _size(piece) <= limit:
            parts[-1] += "\n\n" + piece
        else:
            parts.append(piece)
    return parts
