"""Quality floors of the judge on its own texts. A floor falls only by a commit that says so.

The shipped weights were fitted on these texts among others, so this gate shows that nothing broke; what the judge
does on texts it was not fitted on is measured by benchmarks/classify.py (docs/judging.md).
"""

from __future__ import annotations

from collections import Counter

from ingest.classify import Topic, classify
from tests.support.classify_samples import samples

RECALL = 0.98
PRECISION = 0.93
#: brief or other: the field's own items must not be called other
BRIEFS = 0.9


def test_floors() -> None:
    """Recall and precision of features, and briefs named so, on the texts of tests/classify/texts."""
    topic = Topic.load()
    ruled = [(s, classify(s.title, s.text, topic).ruling) for s in samples()]
    count = Counter((s.label, ruling) for s, ruling in ruled)
    features = sum(n for (label, _), n in count.items() if label == "feature")
    called = sum(n for (_, ruling), n in count.items() if ruling == "feature")
    briefs = count["brief", "brief"] + count["brief", "other"]
    wrong = [(s.id, s.title, ruling) for s, ruling in ruled if (s.label == "feature") != (ruling == "feature")]
    assert count["feature", "feature"] / features >= RECALL, wrong
    assert count["feature", "feature"] / called >= PRECISION, wrong
    assert count["brief", "brief"] / briefs >= BRIEFS
