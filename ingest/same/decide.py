"""The decision whether two articles tell one story, and stories out of many articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ingest.same.compare import Comparison, compare
from ingest.same.prepare import Prepared, prepare
from ingest.same.sketch import fingerprint
from store.records import Known, Match, Relation

#: share of the shorter text that must lie in the longer
CONTAINED = 0.72
#: a text shorter than this share of the other is called its digest
DIGEST = 0.35
#: exchanged figures are forgiven (a typing error, a corrected count) when so many others agree for each
FORGIVEN = 6


def refusal(seen: Comparison) -> str:
    """Why two texts that look alike are two stories, "" when nothing speaks against one."""
    if seen.names:
        return f"other names: {seen.names[0]}"
    if seen.figures and seen.agreeing < FORGIVEN * len(seen.figures):
        return f"{len(seen.figures)} figures exchanged: {', '.join(seen.figures[:3])}"
    return ""


def match(title: str, text: str, known: Sequence[Known]) -> Match | None:
    """The story that an article tells again, or None.

    `known` are the stored articles that share a band with it (`Fingerprint.bands`), in any order; the answer does not
    depend on their order. A story one of whose articles contradicts the new one is never chosen.
    """
    new = prepare(title, text)
    if not new.comparable:
        return None
    refused: set[int] = set()
    found: list[tuple[float, int, int, Comparison, Prepared]] = []
    for other in known:
        old = prepare(other.title, other.text)
        if not old.comparable:
            continue
        seen = compare(new, old)
        if seen.containment < CONTAINED:
            continue
        if refusal(seen):
            refused.add(other.story)
        else:
            found.append((-seen.containment, other.story, other.article, seen, old))
    for _, story, article, seen, old in sorted(found, key=lambda item: item[:3]):
        if story not in refused:
            return Match(story, article, _relation(new, old), round(seen.containment, 4), _why(seen))
    return None


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
    story: list[int] = []
    for number, key in enumerate(order):
        title, text = table[key]
        bands = fingerprint(title, text).bands
        near = sorted({other for band in bands for other in index[band]})
        known = [Known(story[other], other, *table[order[other]]) for other in near]
        hit = match(title, text, known)
        story.append(number if hit is None else hit.story)
        for band in bands:
            index[band].append(number)
    return {key: order[story[number]] for number, key in enumerate(order)}
