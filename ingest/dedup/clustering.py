"""The decision: which stored story an article belongs to, and clustering of many articles into stories."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ingest.dedup.comparison import Comparison, Pair, compare
from ingest.dedup.minhash import fingerprint_prepared
from ingest.dedup.normalize import Prepared, grams, prepare_cached
from store.records import Match, Neighbour, Relation

#: least share of one text that lies in the other
MIN_CONTAINMENT = 0.72
#: a text shorter than this share of the other is its digest (an abridged copy)
ABRIDGED = 0.35
#: two stories whose containments differ by no more than this contain a text equally
TIE = 0.02
#: agreeing figures needed to tolerate one exchanged figure (a typing error, a corrected count), and to tolerate each
#: further one. An article has 13 to 40 figures; its update or the edition of another year exchanges a fifth and more
FIGURES_FOR_ONE_ERROR = 6
FIGURES_PER_FURTHER_ERROR = 20


#: most articles that one is compared with in `cluster`, most of one story among them, and articles at either end of the
#: list of a key that are considered. A store has the limits 50, 3 and 200 (store/lsh_index.py, ingest/pipeline/save.py)
MAX_CANDIDATES = 60
PER_STORY = 5
KEY_DEPTH = 60

#: a text before normalisation: title and text
_Text = tuple[str, str]

#: most figures of a text that is tested for being a notice of its site; not measured
SHELL_FIGURES = 2


def refusal(comparison: Comparison) -> str:
    """Return the reason why two similar texts are two stories, "" when there is none."""
    if comparison.station:
        return f"another station: {comparison.station}"
    if comparison.second_story:
        return f"behind another story: {comparison.second_story}"
    names = [*comparison.places, *comparison.people, *comparison.renamed]
    if len(names) >= 2 or any("派出所" in name for name in names):
        return f"other names: {', '.join(names[:3])}"
    tolerated = (comparison.agreeing >= FIGURES_FOR_ONE_ERROR) + comparison.agreeing // FIGURES_PER_FURTHER_ERROR
    if len(comparison.figures) > tolerated:
        return f"{len(comparison.figures)} figures exchanged: {', '.join(comparison.figures[:3])}"
    return ""


def contradicts(comparison: Comparison) -> bool:
    """Return True when a refusal applies to the whole story.

    One exchanged figure may be an error of one copy, and a page with two stories says nothing about its neighbours.
    """
    return bool(
        comparison.station
        or comparison.places
        or comparison.people
        or comparison.renamed
        or len(comparison.figures) >= 2
    )


#: a text that is not final: the draft of a rule and the rule are two stories
_DRAFT = re.compile("征求意见稿|公开征求意见|草案|送审稿|讨论稿")


def _draft_and_final(first: Prepared, second: Prepared) -> bool:
    """Return True when one title calls its text a draft and the other article does not contain that word."""
    drafts = [bool(_DRAFT.search(text.title)) for text in (first, second)]
    other = second if drafts[0] else first
    return drafts[0] != drafts[1] and bool(other.title) and not _DRAFT.search(other.body)


def _shell(first: Prepared, second: Prepared) -> bool:
    """Return True for equal notices of a site under unrelated titles.

    Such a text names nobody, no place and no figure, and no pair of characters of either title occurs in it or in the
    other title.
    """
    if first.body != second.body or not first.title or not second.title or first.title == second.title:
        return False
    if first.people_set or first.place_set or len(first.figure_set) > SHELL_FIGURES:
        return False
    return not _related(first.title, second.title) and not any(
        _related(text.title, text.body) for text in (first, second)
    )


def _related(title: str, text: str) -> bool:
    """Return True when a pair of characters of `title` occurs in `text`, the topic's own word aside."""
    return any(gram in text for gram in grams(title.replace("派出所", "\n"), 2) if "\n" not in gram)


class _Result(NamedTuple):
    """The result of comparing a new text with a stored one."""

    #: False when one of the texts is too short
    comparable: bool
    #: None when the cheap evidence already contradicts one story
    comparison: Comparison | None
    #: compared characters of the stored text
    size: int
    relation: Relation


class Comparisons:
    """Results of pairwise comparisons, each computed once.

    What is compared before a transaction need not be compared inside it: pass the same object to
    `find_near_duplicate` both times.
    """

    def __init__(self) -> None:
        self._results: dict[tuple[_Text, _Text], _Result] = {}
        self._of_equal: dict[tuple[str, str, str, str], _Result] = {}
        self._between: dict[tuple[_Text, _Text], Comparison] = {}

    def result(self, new: _Text, old: _Text) -> _Result:
        """Compare a new text with a stored one."""
        key = (new, old)
        if key not in self._results:
            ours, theirs = prepare_cached(*new), prepare_cached(*old)
            equal = (ours.title, ours.body, theirs.title, theirs.body)
            if equal not in self._of_equal:  # exact copies are compared once
                self._of_equal[equal] = _compare(ours, theirs)
            self._results[key] = self._of_equal[equal]
        return self._results[key]

    def between(self, first: _Text, second: _Text) -> Comparison:
        """Compare two stored texts."""
        key = (first, second)
        if key not in self._between:
            self._between[key] = compare(prepare_cached(*first), prepare_cached(*second))
        return self._between[key]


def find_near_duplicate(
    title: str, text: str, known: Iterable[Neighbour], comparisons: Comparisons | None = None
) -> Match | None:
    """Return the stored story that an article duplicates, or None.

    `known` are the stored articles that share a band with it (`Fingerprint.bands`). The result does not depend on their
    order. A story with an article that contradicts the new one is never chosen. `comparisons` keeps what was compared.
    """
    memo = comparisons or Comparisons()
    new = (title, text)
    refused: set[int] = set()
    found: list[_Hit] = []
    for other in known:
        old = (other.title, other.text)
        result = memo.result(new, old)
        comparison = result.comparison
        if not result.comparable:
            continue
        if comparison is None:
            refused.add(other.story)
        elif comparison.containment < MIN_CONTAINMENT:
            continue
        elif not refusal(comparison):
            missing, agreeing = 1 - comparison.containment, -comparison.agreeing
            found.append(_Hit(missing, agreeing, result.size, other.story, other.article, result, old))
        elif contradicts(comparison):
            refused.add(other.story)
    hit = _best(sorted(found, key=lambda hit: hit[:5]), memo)
    if hit is None or hit.story in refused:  # no second best: a part of a refused story also fits its look-alike
        return None
    comparison = hit.comparison
    return Match(hit.story, hit.article, hit.result.relation, round(comparison.containment, 4), _why(comparison))


class _Hit(NamedTuple):
    """A stored article that may be joined. The best sorts first; of two that contain the text, the shorter."""

    missing: float
    agreeing: int
    size: int
    story: int
    article: int
    result: _Result
    old: _Text

    @property
    def comparison(self) -> Comparison:
        """The comparison with the new text."""
        assert self.result.comparison is not None
        return self.result.comparison


def _compare(new: Prepared, old: Prepared) -> _Result:
    """Compare two texts, the cheap evidence first."""
    size, relation = len(old.body), _relation(new, old)
    if not new.comparable or not old.comparable:
        return _Result(False, None, size, relation)
    pair = Pair(new, old)
    if _shell(new, old):
        return _Result(True, Comparison(0.0, 0.0, 0, 0), size, relation)
    if not pair.contained(MIN_CONTAINMENT):
        return _Result(True, Comparison(*pair.shares, min(pair.shared), 0), size, relation)
    if (
        pair.station
        or _draft_and_final(new, old)
        or pair.contradicts_early(FIGURES_FOR_ONE_ERROR, FIGURES_PER_FURTHER_ERROR)
    ):
        return _Result(True, None, size, relation)
    return _Result(True, pair.comparison(), size, relation)


def _best(hits: Sequence[_Hit], memo: Comparisons) -> _Hit | None:
    """Return the hit to join; None when two stories that contradict each other both contain the text."""
    best = hits[0] if hits else None
    for other in hits[1:]:
        if best and other.story != best.story and _ties(best, other):
            between = memo.between(best.old, other.old)
            if between.second_story:  # one is a page with both stories; the text belongs to the other
                best = min(best, other, key=lambda hit: hit.size)
            elif contradicts(between):
                return None
    return best


def _ties(best: _Hit, other: _Hit) -> bool:
    return other.missing <= best.missing + TIE and other.agreeing <= best.agreeing


def _relation(new: Prepared, old: Prepared) -> Relation:
    if new.body == old.body:
        return "copy"
    return "digest" if len(new.body) < ABRIDGED * len(old.body) else "repost"


def _why(comparison: Comparison) -> str:
    """Return the explanation that is stored with the match."""
    parts = [f"{comparison.containment:.0%} of it is in the other text", f"{comparison.agreeing} figures agree"]
    if comparison.figures:
        parts.append(f"{len(comparison.figures)} differ")
    return ", ".join(parts)


def cluster(
    rows: Iterable[tuple[str, str, str]], progress: Callable[[int, int], object] = lambda done, total: None
) -> dict[str, str]:
    """Cluster articles into stories: (id, title, text) -> {id: id of the story's longest article}.

    Articles are taken longest first, so the result does not depend on the order of the rows. `progress` is called with
    the number of clustered articles and of all. The cost grows linearly with the number of rows: an article is compared
    with at most MAX_CANDIDATES others, those that share most keys with it.
    """
    table = {key: (title, text) for key, title, text in rows}
    order = sorted(table, key=lambda key: (-len(table[key][1]), key))
    index: dict[str, list[int]] = defaultdict(list)
    story: list[int] = []
    for number, key in enumerate(order):
        title, text = table[key]
        bands = fingerprint_prepared(prepare_cached(title, text)).bands
        near = _candidates(index, bands, story)
        hit = find_near_duplicate(title, text, [Neighbour(story[n], n, *table[order[n]]) for n in near])
        story.append(number if hit is None else hit.story)
        for band in bands:
            index[band].append(number)
        progress(number + 1, len(order))
    return {key: order[story[number]] for number, key in enumerate(order)}


def _candidates(index: Mapping[str, list[int]], bands: Sequence[str], story: Sequence[int]) -> list[int]:
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
