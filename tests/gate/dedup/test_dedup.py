"""Quality floors of near-duplicate detection on hard copies and look-alikes (benchmarks/dedup.py).

A floor is lowered only by a commit that says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from benchmarks import dedup as hard
from ingest.dedup import cluster
from tests.support.paths import ROOT

#: pair precision and pair recall
PRECISION = 1.0
RECALL = 0.95


def test_dedup_reaches_floors() -> None:
    """No pair of different stories is merged, and at least 95 % of the pairs of one story are."""
    rows = hard.build(1, [ROOT / "seeds"], least=330)
    found = cluster((row.id, row.title, row.text) for row in rows)
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[found[row.id]][row.story] += 1
    correct = sum(hard.pairs(n) for group in groups.values() for n in group.values())
    merged = sum(hard.pairs(sum(group.values())) for group in groups.values())
    expected = sum(hard.pairs(n) for n in Counter(row.story for row in rows).values())
    assert correct / merged >= PRECISION, [dict(group) for group in groups.values() if len(group) > 1]
    assert correct / expected >= RECALL
