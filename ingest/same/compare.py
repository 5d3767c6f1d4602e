"""Two prepared texts -> how much of one is in the other, and which figures and names were exchanged between them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingest.same.prepare import Prepared

#: a run of so many equal characters counts as taken over
RUN = 6
#: a sentence longer than this is aligned by its beginning only: alignment is quadratic (docs/FAULTS.md T5)
LONGEST = 240

_FIGURE = re.compile(r"\d+(?:\.\d+)?[万亿千百]?|[〇零一二三四五六七八九十百千万两]{2,}")
_STATION = re.compile(r"([\u4e00-\u9fff]{2,12}?)派出所")
#: what may stand before a station's own name
_AUTHORITY = re.compile(r".*(?:公安局|公安分局|分局|公安处|支队|总站|管理局|大队|[省市县区旗州盟])(?=.{2})")
_UNNAMED = re.compile(r".*(?:该|本|这[个家座]?|那[个家座]?|各|全市|全县|全区|全国|公安|式|级|到|在|个|的|和|与|为|是|家|某|以|了|从|被|由|让)$")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two texts have in common, and what speaks against one story."""

    #: share of the first (second) text's characters that lie in runs the other has too, 0 to 1
    first_in_second: float
    second_in_first: float
    #: characters of the shorter text that the other has
    shared: int
    #: figures in aligned sentences that agree
    agreeing: int
    #: "5.8 ↔ 9.1": figures and names in aligned sentences that were exchanged
    figures: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def containment(self) -> float:
        """Share of the text that lies more in the other."""
        return max(self.first_in_second, self.second_in_first)


def grams(text: str, size: int = RUN) -> set[str]:
    """Every run of `size` characters."""
    return {text[i : i + size] for i in range(len(text) - size + 1)}


def covered(text: str, known: set[str]) -> int:
    """Characters of `text` that lie in a run which is in `known`."""
    count = reach = 0
    for i in range(len(text) - RUN + 1):
        if text[i : i + RUN] in known:
            count += i + RUN - max(i, reach)
            reach = i + RUN
    return count


def compare(first: Prepared, second: Prepared) -> Comparison:
    """Compare two texts. Cost: linear in their lengths, but for the sentences that differ a little."""
    one, two = first.body, second.body
    in_one, in_two = grams(one), grams(two)
    shared = (covered(one, in_two), covered(two, in_one))
    agreeing, figures, names = _exchanged(first, second)
    return Comparison(
        shared[0] / max(len(one), 1), shared[1] / max(len(two), 1), min(shared), agreeing, figures, names
    )


def _exchanged(first: Prepared, second: Prepared) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    agreeing = 0
    figures: list[str] = []
    names: list[str] = []
    known = set(second.squashed)
    has = (first.body, second.body)
    values = (set(_FIGURE.findall(has[0])), set(_FIGURE.findall(has[1])))
    for a, b in _aligned(first.squashed, second.squashed):
        if a == b or a in known:
            agreeing += len(_FIGURE.findall(a))
            continue
        for left, right in _replaced(a[:LONGEST], b[:LONGEST]):
            old, new = _FIGURE.findall(left), _FIGURE.findall(right)
            if old and new:
                figures += [
                    f"{x} ↔ {y}" for x, y in zip(old, new, strict=False) if x not in values[1] and y not in values[0]
                ]
        agreeing += len(set(_FIGURE.findall(a)) & set(_FIGURE.findall(b)))
    stations = (_stations(first), _stations(second))
    if stations[0] and stations[1] and not stations[0] & stations[1]:
        names.append(f"{_first(stations[0])} ↔ {_first(stations[1])}")
    return agreeing, tuple(figures), tuple(names)


def _first(names: Iterable[str]) -> str:
    return sorted(names)[0]


def _stations(text: Prepared) -> set[str]:
    found: set[str] = set()
    for sentence in (text.title, *text.squashed):
        for name in _STATION.findall(sentence):
            own = _AUTHORITY.sub("", name)[-4:]
            if len(own) >= 2 and not _UNNAMED.fullmatch(own):
                found.add(own[-2:])
    return found


def _aligned(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """For each sentence of the first text the one of the second that shares most with it, when that is half of it."""
    where: dict[str, set[int]] = defaultdict(set)
    for number, sentence in enumerate(second):
        for gram in grams(sentence, 3):
            where[gram].add(number)
    pairs = []
    for sentence in first:
        votes: Counter[int] = Counter()
        own = grams(sentence, 3)
        for gram in own:
            votes.update(where.get(gram, ()))
        if votes:
            number, count = min(votes.items(), key=lambda item: (-item[1], item[0]))
            if count >= 0.35 * len(own):
                pairs.append((sentence, second[number]))
    return pairs


def _replaced(a: str, b: str) -> list[tuple[str, str]]:
    """Runs exchanged between two sentences, figures taken whole."""
    left, right = _tokens(a), _tokens(b)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [
        ("".join(left[i1:i2]), "".join(right[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag == "replace"
    ]


def _tokens(sentence: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    for found in _FIGURE.finditer(sentence):
        tokens += [*sentence[at : found.start()], found.group()]
        at = found.end()
    return [*tokens, *sentence[at:]]
