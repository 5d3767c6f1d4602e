"""Quality floors of `same` on hard copies and look-alikes (benchmarks/dedup.py). A floor falls only by its own commit."""

from __future__ import annotations

from collections import Counter, defaultdict

from benchmarks import dedup as hard
from ingest.dedup import cluster
from tests.support.paths import ROOT

#: of the pairs put together, how many belong together; of those that belong, how many were
PRECISION = 1.0
RECALL = 0.95


def test_floors() -> None:
    """No pair of two stories is put together; hardly a pair of one is left apart."""
    rows = hard.build(1, [ROOT / "seeds"], least=330)
    found = cluster((row.id, row.title, row.text) for row in rows)
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[found[row.id]][row.story] += 1
    right = sum(hard.pairs(n) for group in groups.values() for n in group.values())
    made = sum(hard.pairs(sum(group.values())) for group in groups.values())
    true = sum(hard.pairs(n) for n in Counter(row.story for row in rows).values())
    assert right / made >= PRECISION, [dict(group) for group in groups.values() if len(group) > 1]
    assert right / true >= RECALL
