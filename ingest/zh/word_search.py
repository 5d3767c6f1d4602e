"""Search for many words in one text, in time that is linear in the length of the text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

#: maximum characters of a text in which str.count is used: building a table takes 0.2 µs per character, str.count of
#: one word some 1 µs in a text of 2,000 characters
_SHORT = 4_000


class Occurrences:
    """Counter of words in one text; the time is linear in the length of the text for any number of words."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._counted: dict[str, int] = {}
        self._tables: dict[int, dict[str, int]] = {}

    def count(self, words: str) -> int:
        """Return the number of occurrences of `words`, without overlaps, like str.count for a non-empty word."""
        if len(self._text) > _SHORT:
            if len(words) not in self._tables:
                self._tables[len(words)] = self._table(len(words))
            return self._tables[len(words)].get(words, 0)
        if words not in self._counted:
            self._counted[words] = self._text.count(words)
        return self._counted[words]

    def _table(self, size: int) -> dict[str, int]:
        """Return the number of occurrences of each part of the text with `size` characters."""
        counts: dict[str, int] = {}
        ends: dict[str, int] = {}
        for start in range(len(self._text) - size + 1):
            part = self._text[start : start + size]
            if ends.get(part, 0) <= start:
                counts[part] = counts.get(part, 0) + 1
                ends[part] = start + size
        return counts


#: maximum number of words that are searched one by one; for more words, the text is scanned once for each length
_FEW = 50


def occurrences(words: Iterable[str], text: str) -> dict[str, list[int]]:
    """Return the offsets of each of `words` in `text`, including overlapping occurrences.

    The time is linear in the length of the text for any number of words. Words that do not occur are left out.
    """
    wanted = {word for word in words if word}
    found: dict[str, list[int]] = {}
    if len(wanted) <= _FEW:
        for word in wanted:
            start = text.find(word)
            while start >= 0:
                found.setdefault(word, []).append(start)
                start = text.find(word, start + 1)
        return found
    for size in {len(word) for word in wanted}:
        for start in range(len(text) - size + 1):
            if (part := text[start : start + size]) in wanted:
                found.setdefault(part, []).append(start)
    return found


class WordIndex:
    """Index of the offsets of a list of words in one text; it finds the words in a window without searching for each
    word.
    """

    def __init__(self, words: Sequence[str], text: str) -> None:
        self._lengths = [len(word) for word in words]
        places = occurrences(words, text)
        self._places = sorted((start, number) for number, word in enumerate(words) for start in places.get(word, ()))

    def inside(self, *spans: tuple[int, int]) -> list[int]:
        """Return the indexes of the words that occur inside one of `spans`, in ascending order."""
        found: set[int] = set()
        for start, end in spans:
            place = bisect_left(self._places, (start, -1))
            while place < len(self._places) and self._places[place][0] < end:
                offset, number = self._places[place]
                if offset + self._lengths[number] <= end:
                    found.add(number)
                place += 1
        return sorted(found)
