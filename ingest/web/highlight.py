"""Split a text into segments at its facts or at search hits, for highlighting. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text whose characters all belong to the same facts."""

    text: str
    #: the facts that contain the piece, shortest first
    facts: tuple[Mapping[str, Any], ...] = ()
    #: `position` (number within the article) of each fact that starts where the piece starts
    begins: tuple[int, ...] = ()


def paragraphs(text: str, facts: Sequence[Mapping[str, Any]]) -> Iterator[list[Segment]]:
    """Yield the lines of `text`, each split where a fact starts or ends. Facts (start, end, position) may overlap."""
    edges = {edge for fact in facts for edge in (fact["start"], fact["end"])}
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        in_line = [fact for fact in facts if fact["start"] < end and fact["end"] > start]
        cuts = sorted({start, end} | {edge for edge in edges if start < edge < end})
        yield [_segment(text, a, b, in_line, start) for a, b in pairwise(cuts)]
        start = end + 1


def _segment(text: str, start: int, end: int, facts: Sequence[Mapping[str, Any]], line: int) -> Segment:
    around = sorted(
        (fact for fact in facts if fact["start"] <= start and fact["end"] >= end),
        key=lambda fact: (fact["end"] - fact["start"], fact["position"]),
    )
    # A quote that starts with a line break is anchored at the line after it.
    begins = [fact["position"] for fact in around if fact["start"] == start or start == line == fact["start"] + 1]
    return Segment(text[start:end], tuple(around), tuple(begins))


def hit_segments(text: str, hits: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """Split `text` at its hits (start, end); yield (piece, whether it is a hit)."""
    last = 0
    for start, end in hits:
        if last < start:
            yield text[last:start], False
        yield text[start:end], True
        last = end
    if last < len(text):
        yield text[last:], False
