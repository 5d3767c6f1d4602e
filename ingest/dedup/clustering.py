"""Clustering of many articles into stories: longest first, with the texts in a temporary file."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.dedup.minhash import fingerprint
from ingest.dedup.story_decision import find_near_duplicate
from store.records import Match, Neighbour

#: most articles that one is compared with, most of one story among them, and articles at either end of the list of a key
#: that are considered. A store has the limits 50, 3 and 200 (store/lsh_index.py, ingest/pipeline/save.py)
MAX_CANDIDATES = 60
PER_STORY = 5
KEY_DEPTH = 60

#: id, title and text
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The story of one article."""

    key: str
    #: the longest article of the story
    first: str
    #: how it was matched, and with which article; None for `first`. `Match.story` and `Match.article` are numbers in
    #: this clustering
    match: Match | None
    matched: str | None


class Decide(Protocol):
    """Return the story of an article among the candidates, as `find_near_duplicate` does."""

    def __call__(self, title: str, text: str, known: Sequence[Neighbour], /) -> Match | None: ...


def with_keys(rows: Iterable[Row]) -> Iterator[tuple[Row, Sequence[str]]]:
    """Yield each row with its LSH keys."""
    return ((row, fingerprint(*row[1:]).bands) for row in rows)


def group(
    rows: Iterable[tuple[Row, Sequence[str]]],
    decide: Decide = find_near_duplicate,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Iterator[Grouped]:
    """Yield the articles, longest first, each with its story.

    The result does not depend on the order of the rows. `progress` is called with the number of clustered articles and
    of all. The cost grows linearly with the number of rows: an article is compared with at most MAX_CANDIDATES others,
    those that share most keys with it.
    """
    with _Texts() as texts:
        names: list[str] = []
        bands: list[tuple[int, ...]] = []
        lengths = array("Q")
        for (name, title, text), keys in rows:
            texts.append(title, text)
            names.append(name)
            lengths.append(len(text))
            bands.append(tuple(int(key, 16) for key in keys))
        order = sorted(range(len(names)), key=lambda row: (-lengths[row], names[row]))
        index: dict[int, list[int]] = defaultdict(list)
        story: list[int] = []
        for number, row in enumerate(order):
            near = _candidates(index, bands[row], story)
            known = [Neighbour(story[n], n, *texts[order[n]]) for n in near]
            match = decide(*texts[row], known) if known else None
            story.append(number if match is None else match.story)
            for band in bands[row]:
                index[band].append(number)
            progress(number + 1, len(order))
            yield Grouped(
                names[row],
                names[order[story[number]]],
                match,
                None if match is None else names[order[match.article]],
            )


def cluster(rows: Iterable[Row], progress: Callable[[int, int], object] = lambda done, total: None) -> dict[str, str]:
    """Cluster articles into stories: (id, title, text) -> {id: id of the story's longest article}."""
    return {found.key: found.first for found in group(with_keys(rows), progress=progress)}


class _Texts:
    """Titles and texts in a temporary file, read back by number."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._ends = array("Q", [0])

    def __enter__(self) -> _Texts:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, title: str, text: str) -> None:
        """Add the next text. ASCII escapes keep lone surrogates."""
        data = json.dumps((title, text)).encode("ascii")
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __getitem__(self, number: int) -> tuple[str, str]:
        self._file.seek(self._ends[number])
        title, text = json.loads(self._file.read(self._ends[number + 1] - self._ends[number]))
        return title, text


def _candidates(index: Mapping[int, list[int]], bands: Sequence[int], story: Sequence[int]) -> list[int]:
    """Return the numbers of the articles to compare with.

    Of many, those that share most keys are taken, and at most PER_STORY of one story. Of a key that many share, the first
    and the last articles are: the longest, and those of the same length.
    """
    shared: Counter[int] = Counter()
    for band in bands:
        holders = index.get(band, [])
        if len(holders) > 2 * KEY_DEPTH:
            holders = holders[:KEY_DEPTH] + holders[-KEY_DEPTH:]
        shared.update(holders)
    if len(shared) <= MAX_CANDIDATES:
        return sorted(shared)
    chosen: list[int] = []
    per_story: Counter[int] = Counter()
    for number, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        per_story[story[number]] += 1
        if per_story[story[number]] <= PER_STORY:
            chosen.append(number)
        if len(chosen) == MAX_CANDIDATES:
            break
    return sorted(chosen)
