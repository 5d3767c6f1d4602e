"""The decision whether two articles tell one story, and stories out of many articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.dedup.compare import Comparison, compare
from ingest.dedup.minhash import sketch
from ingest.dedup.normalize import Prepared, prepare
from store.records import Match, Neighbour, Relation

#: share of the shorter text that must lie in the longer
CONTAINED = 0.72
#: a text shorter than this share of the other is called its digest
DIGEST = 0.35
#: two stories whose containments differ by less have a text equally
TIE = 0.02
#: one exchanged figure (a typing error, a corrected count) is forgiven when so many agree, and one more for each
#: further MORE: an article has 13 to 40 figures, its update or another year's edition exchanges a fifth and more
FORGIVEN = 6
MORE = 20


def refusal(seen: Comparison) -> str:
    """Why two texts that look alike are two stories, "" when nothing speaks against one."""
    if seen.station:
        return f"another station: {seen.station}"
    if seen.behind:
        return f"behind another story: {seen.behind}"
    names = [*seen.places, *seen.people, *seen.renamed]
    if len(names) >= 2 or any("派出所" in name for name in names):
        return f"other names: {', '.join(names[:3])}"
    forgiven = (seen.agreeing >= FORGIVEN) + seen.agreeing // MORE
    if len(seen.figures) > forgiven:
        return f"{len(seen.figures)} figures exchanged: {', '.join(seen.figures[:3])}"
    return ""


def contradicts(seen: Comparison) -> bool:
    """Whether a refusal also closes the story's other articles: one exchanged figure may be one copy's own error, and a
    page with two stories is the one that is out of place."""
    return bool(seen.station or seen.places or seen.people or seen.renamed or len(seen.figures) >= 2)


def find_near_duplicate(title: str, text: str, known: Sequence[Neighbour]) -> Match | None:
    """The story that an article tells again, or None.

    `known` are the stored articles that share a band with it (`Fingerprint.bands`), in any order; the answer does not
    depend on their order. A story one of whose articles contradicts the new one is never chosen.
    """
    ready = [(other.story, other.article, prepare(other.title, other.text)) for other in known]
    return _match(prepare(title, text), ready)


class _Hit(NamedTuple):
    """A known article that may be joined; the best sorts first: of two that contain the text, the shorter."""

    missing: float
    agreeing: int
    size: int
    story: int
    article: int
    seen: Comparison
    old: Prepared


def _match(new: Prepared, known: Iterable[tuple[int, int, Prepared]]) -> Match | None:
    if not new.comparable:
        return None
    refused: set[int] = set()
    done: dict[str, Comparison] = {}  # a story's exact copies are compared once
    found: list[_Hit] = []
    for story, article, old in known:
        if not old.comparable:
            continue
        if old.whole not in done:
            done[old.whole] = compare(new, old, CONTAINED)
        seen = done[old.whole]
        if seen.containment < CONTAINED:
            continue
        if not refusal(seen):
            found.append(_Hit(1 - seen.containment, -seen.agreeing, len(old.body), story, article, seen, old))
        elif contradicts(seen):
            refused.add(story)
    hit = _best(sorted(found, key=lambda one: one[:5]))
    if hit is None or hit.story in refused:  # and no second best: what fits a refused story fits its look-alike too
        return None
    seen = hit.seen
    return Match(hit.story, hit.article, _relation(new, hit.old), round(seen.containment, 4), _why(seen))


def _best(hits: Sequence[_Hit]) -> _Hit | None:
    """The hit to join; None when two stories that contradict each other have the text both: nothing says which."""
    best = hits[0] if hits else None
    for other in hits[1:]:
        if best and other.story != best.story and _alike(best, other):
            between = compare(best.old, other.old)
            if between.behind:  # one is a page with both stories: the other is the one that the text is of
                best = min(best, other, key=lambda one: one.size)
            elif contradicts(between):
                return None
    return best


def _alike(best: _Hit, other: _Hit) -> bool:
    return other.missing <= best.missing + TIE and other.agreeing <= best.agreeing


def _relation(new: Prepared, old: Prepared) -> Relation:
    if new.body == old.body:
        return "copy"
    return "digest" if len(new.body) < DIGEST * len(old.body) else "repost"


def _why(seen: Comparison) -> str:
    parts = [f"{seen.containment:.0%} of it is in the other text", f"{seen.agreeing} figures agree"]
    if seen.figures:
        parts.append(f"{len(seen.figures)} differ")
    return ", ".join(parts)


def cluster(rows: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Stories out of many articles at once: (id, title, text) -> {id: id of the story's longest article}.

    Longest first, so the result does not depend on the order of the rows.
    """
    table = {key: (title, text) for key, title, text in rows}
    order = sorted(table, key=lambda key: (-len(table[key][1]), key))
    index: dict[str, list[int]] = defaultdict(list)
    ready: list[Prepared] = []
    story: list[int] = []
    for number, key in enumerate(order):
        new = prepare(*table[key])
        bands = sketch(new).bands
        near = sorted({other for band in bands for other in index[band]})
        hit = _match(new, ((story[other], other, ready[other]) for other in near))
        story.append(number if hit is None else hit.story)
        ready.append(new)
        for band in bands:
            index[band].append(number)
    return {key: order[story[number]] for number, key in enumerate(order)}
