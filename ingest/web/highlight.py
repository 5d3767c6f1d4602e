"""A text with its facts marked in it, a text with the hits of a search: stretches for a page to show. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text that stands in the same facts throughout."""

    text: str
    #: the facts it stands in, the shortest first
    facts: tuple[Mapping[str, Any], ...] = ()
    #: positions of the facts that begin with it
    begins: tuple[int, ...] = ()


def paragraphs(text: str, facts: Sequence[Mapping[str, Any]]) -> Iterator[list[Stretch]]:
    """The lines of `text`, each cut wherever a fact begins or ends. Facts (start, end, position) may overlap."""
    edges = {edge for fact in facts for edge in (fact["start"], fact["end"])}
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        near = [fact for fact in facts if fact["start"] < end and fact["end"] > start]
        cuts = sorted({start, end} | {edge for edge in edges if start < edge < end})
        yield [_stretch(text, a, b, near, start) for a, b in pairwise(cuts)]
        start = end + 1


def _stretch(text: str, start: int, end: int, near: Sequence[Mapping[str, Any]], line: int) -> Stretch:
    around = sorted(
        (fact for fact in near if fact["start"] <= start and fact["end"] >= end),
        key=lambda fact: (fact["end"] - fact["start"], fact["position"]),
    )
    # A fact whose quote begins with a line break begins with the line after it.
    begins = [fact["position"] for fact in around if fact["start"] == start or start == line == fact["start"] + 1]
    return Stretch(text[start:end], tuple(around), tuple(begins))


def stretches(text: str, marks: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """`text` in stretches, each with whether it is a hit."""
    last = 0
    for start, end in marks:
        if last < start:
            yield text[last:start], False
        yield text[start:end], True
        last = end
    if last < len(text):
        yield text[last:], False
