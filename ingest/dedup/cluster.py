"""The decision: which stored story an article belongs to, and clustering of many articles into stories."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.dedup.compare import Comparison, Pair, compare
from ingest.dedup.minhash import fingerprint_prepared
from ingest.dedup.normalize import Prepared, grams, prepare, prepare_cached
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


def find_near_duplicate(title: str, text: str, known: Sequence[Neighbour]) -> Match | None:
    """Return the stored story that an article duplicates, or None.

    `known` are the stored articles that share a band with it (`Fingerprint.bands`). The result does not depend on their
    order. A story with an article that contradicts the new one is never chosen.
    """
    candidates = ((other.story, other.article, prepare_cached(other.title, other.text)) for other in known)
    return _match(prepare_cached(title, text), candidates)


class _Hit(NamedTuple):
    """A stored article that may be joined. The best sorts first; of two that contain the text, the shorter."""

    missing: float
    agreeing: int
    size: int
    story: int
    article: int
    comparison: Comparison
    old: Prepared


def _match(new: Prepared, known: Iterable[tuple[int, int, Prepared]]) -> Match | None:
    if not new.comparable:
        return None
    refused: set[int] = set()
    compared: dict[tuple[str, str], Comparison | None] = {}  # exact copies are compared once
    found: list[_Hit] = []
    for story, article, old in known:
        if not old.comparable:
            continue
        key = (old.title, old.body)
        if key not in compared:
            compared[key] = _compare(new, old)
        comparison = compared[key]
        if comparison is None:
            refused.add(story)
        elif comparison.containment < MIN_CONTAINMENT:
            continue
        elif not refusal(comparison):
            found.append(
                _Hit(1 - comparison.containment, -comparison.agreeing, len(old.body), story, article, comparison, old)
            )
        elif contradicts(comparison):
            refused.add(story)
    hit = _best(sorted(found, key=lambda hit: hit[:5]))
    if hit is None or hit.story in refused:  # no second best: a part of a refused story also fits its look-alike
        return None
    comparison = hit.comparison
    return Match(hit.story, hit.article, _relation(new, hit.old), round(comparison.containment, 4), _why(comparison))


def _compare(new: Prepared, old: Prepared) -> Comparison | None:
    """Compare two texts; None when the cheap evidence already contradicts one story."""
    pair = Pair(new, old)
    if _shell(new, old):
        return Comparison(0.0, 0.0, 0, 0)
    if not pair.contained(MIN_CONTAINMENT):
        return Comparison(*pair.shares, min(pair.shared), 0)
    if (
        pair.station
        or _draft_and_final(new, old)
        or pair.contradicts_early(FIGURES_FOR_ONE_ERROR, FIGURES_PER_FURTHER_ERROR)
    ):
        return None
    return pair.comparison()


def _best(hits: Sequence[_Hit]) -> _Hit | None:
    """Return the hit to join; None when two stories that contradict each other both contain the text."""
    best = hits[0] if hits else None
    for other in hits[1:]:
        if best and other.story != best.story and _ties(best, other):
            between = compare(best.old, other.old)
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


def cluster(rows: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Cluster articles into stories: (id, title, text) -> {id: id of the story's longest article}.

    Articles are taken longest first, so the result does not depend on the order of the rows.
    """
    table = {key: (title, text) for key, title, text in rows}
    order = sorted(table, key=lambda key: (-len(table[key][1]), key))
    index: dict[str, list[int]] = defaultdict(list)
    prepared: list[Prepared] = []
    story: list[int] = []
    for number, key in enumerate(order):
        new = prepare(*table[key])
        bands = fingerprint_prepared(new).bands
        near = sorted({other for band in bands for other in index[band]})
        hit = _match(new, ((story[other], other, prepared[other]) for other in near))
        story.append(number if hit is None else hit.story)
        prepared.append(new)
        for band in bands:
            index[band].append(number)
    return {key: order[story[number]] for number, key in enumerate(order)}
