"""Folding of characters and white space, lines, and sentence spans.

`clean_lines` returns a text in the seed format (docs/DESIGN.md): one paragraph a line, LF, no empty lines, no spaces at
the ends of a line, half-width ASCII, unchanged Chinese punctuation, no invisible characters.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from ingest.fullwidth import WIDE_ASCII

#: all characters of the Unicode category Zs, tab, Hangul fillers and the braille blank
_BLANKS = dict.fromkeys(
    [0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x2800, 0x3000, 0x3164, 0xFFA0], " "
)
#: line ends other than LF: CR, VT, FF, NEL, line and paragraph separator
_BREAKS = dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n")
#: characters without width: soft hyphen, zero-width spaces and joiners, bidi controls, Mongolian vowel separator,
#: fillers, BOM, interlinear and tag characters. Sites insert them against copying; a search does not find text with
#: them.
_INVISIBLE: dict[int, None] = dict.fromkeys(
    [
        0xAD,
        0x034F,
        0x061C,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
        *range(0xE0000, 0xE0080),
    ]
)
#: identity entries for ASCII and Chinese: a lookup of a missing character takes twice as long (2,500 characters: 0.17
#: ms without these entries, 0.09 ms with them)
_COMMON = {
    code: code for code in (*range(0x20, 0x7F), *range(0x2018, 0x2027), *range(0x3001, 0x3100), *range(0x4E00, 0xA000))
}
_FOLD: dict[int, int | str | None] = {**_COMMON, **WIDE_ASCII, **_BLANKS, **_BREAKS, **_INVISIBLE}
#: the folding of one character to one: full-width ASCII to half-width, blanks to the plain space
WIDTH = {chr(code): chr(plain) for code, plain in WIDE_ASCII.items()} | {chr(code): " " for code in _BLANKS}

#: characters that cannot be stored: C0 except tab and LF, DEL, C1, surrogates, non-characters (measured: PostgreSQL
#: refuses NUL, SQLite's length() stops at it, both drivers raise on surrogates, lxml raises on all of them)
_UNSTORABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]+"
)
#: a quick test: a text without a match has no unstorable characters (measured for a page: 0.02 ms instead of 0.27)
_UNUSUAL = re.compile("[^\t\n -~\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd]")
_RUN = re.compile(" {2,}")
_LINE_END = re.compile(r"\r\n?")

#: end of a sentence: a run of end marks (……, ？！) with the closing quotation marks and brackets after it. ";", "!" and
#: "?" are included because folding replaces ；！？ by them
_END = re.compile("[。！？!?；;…]+[」』”’】）)》〉\\]]*")


def storable(text: str) -> str:
    """Return `text` without characters that a database or an XML parser refuses, with LF as line end. Idempotent."""
    text = _LINE_END.sub("\n", text)
    return _UNSTORABLE.sub("", text) if _UNUSUAL.search(text) else text


def fold(text: str) -> str:
    """Return `text` with the characters of the seed format: half-width ASCII, single plain spaces, no invisible
    characters.

    Line breaks of every kind become LF. Idempotent.
    """
    return _RUN.sub(" ", storable(_LINE_END.sub("\n", text).translate(_FOLD)))


def clean_lines(text: str) -> str:
    """Return `text` in the seed format: folded, one paragraph a line, without empty lines and without a final LF.

    Idempotent.
    """
    return "\n".join(line for raw in fold(text).split("\n") if (line := raw.strip(" ")))


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans (start, end) of the sentences of `text`, in order, without white space around them.

    A sentence ends at 。！？!?；;… with the closing quotation marks and brackets after it, and at each line break.
    Each character that is not white space is in exactly one span.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        begin = start
        for end in _ends(line):
            _add(spans, text, begin, start + end)
            begin = start + end
        _add(spans, text, begin, start + len(line))
        start += len(line) + 1
    return spans


def _ends(line: str) -> list[int]:
    """Return the offsets after each sentence end of a line."""
    ends = []
    counted, quotes = 0, 0
    for found in _END.finditer(line):
        end = found.end()
        quotes += line.count('"', counted, end)
        counted = end
        # A straight quotation mark closes if another one is open in this line.
        if line[end : end + 1] == '"' and quotes % 2:
            end += 1
        ends.append(end)
    return ends


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Append the span start:end without white space at its ends, if any text remains."""
    piece = text[start:end]
    inner = piece.strip()
    if inner:
        begin = start + len(piece) - len(piece.lstrip())
        spans.append((begin, begin + len(inner)))


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


class Spans:
    """The union of half-open spans of one text."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def overlaps(self, start: int, end: int) -> bool:
        """Return whether a span contains a character in start:end."""
        place = bisect_right(self._ends, start)
        return place < len(self._starts) and self._starts[place] < end

    def covers(self, place: int) -> bool:
        """Return whether a span contains the character at `place`."""
        return self.overlaps(place, place + 1)
