"""Clustering of many articles into stories, longest article first. The texts are kept in a temporary file."""

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

#: maximum number of articles that one article is compared with. Not measured. A store has the limit 50
#: (store/lsh_index.py)
MAX_CANDIDATES = 60
#: maximum number of articles of one story that one article is compared with. Not measured. A store has the limit 3
#: (ingest/pipeline/save.py)
PER_STORY = 5
#: maximum number of the longest, and of the shortest, articles with one LSH key that are used. Not measured. A store
#: has the limit 200 (store/lsh_index.py)
KEY_DEPTH = 60

#: an article: id, title and text
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Grouped:
    """One article and its story."""

    #: id of the article
    key: str
    #: id of the longest article of the story
    first: str
    #: the match by which the article joined the story; None for `first`. `Match.story` and `Match.article` are
    #: positions in the order of this clustering
    match: Match | None
    #: id of the matched article; None for `first`
    matched: str | None


class MatchFunction(Protocol):
    """Function that returns the match of an article with a candidate, or None, as `find_near_duplicate` does."""

    def __call__(self, title: str, text: str, known: Sequence[Neighbour], /) -> Match | None: ...


def with_keys(rows: Iterable[Row]) -> Iterator[tuple[Row, Sequence[str]]]:
    """Yield each row with its LSH keys."""
    return ((row, fingerprint(*row[1:]).bands) for row in rows)


def group(
    rows: Iterable[tuple[Row, Sequence[str]]],
    decide: MatchFunction = find_near_duplicate,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Iterator[Grouped]:
    """Yield the articles, longest first, each with its story.

    The result does not depend on the order of the rows. `progress` receives the number of articles clustered and the
    total number. An article is compared with at most MAX_CANDIDATES articles that are at least as long (`_candidates`),
    so that the number of comparisons grows linearly with the number of rows.
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
    """Cluster (id, title, text) rows into stories; return {id: id of the longest article of the story}."""
    return {found.key: found.first for found in group(with_keys(rows), progress=progress)}


class _Texts:
    """Titles and texts in a temporary file. `texts[n]` reads back the n-th appended pair, counted from 0."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._ends = array("Q", [0])

    def __enter__(self) -> _Texts:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, title: str, text: str) -> None:
        """Append a title and a text, stored as ASCII JSON, which can represent lone surrogates."""
        data = json.dumps((title, text)).encode("ascii")
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __getitem__(self, number: int) -> tuple[str, str]:
        self._file.seek(self._ends[number])
        title, text = json.loads(self._file.read(self._ends[number + 1] - self._ends[number]))
        return title, text


def _candidates(index: Mapping[int, list[int]], bands: Sequence[int], story: Sequence[int]) -> list[int]:
    """Return the positions of the earlier articles that share a key with an article, in order.

    More than MAX_CANDIDATES are reduced to those that share most keys, with at most PER_STORY of one story. Of a key
    with more than 2 * KEY_DEPTH articles only the first and the last KEY_DEPTH count: the longest ones, and those
    nearest in length.
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
