"""Spans of a text: its sentences, and unions of spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

#: end of a sentence: a run of end marks (……, ？！) with the closing quotation marks and brackets after it. ";", "!" and
#: "?" are included because folding replaces ；！？ by them
_END = re.compile("[。！？!?；;…]+[」』”’】）)》〉\\]]*")


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
