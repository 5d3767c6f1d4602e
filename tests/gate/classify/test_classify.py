"""Quality floors of the classifier on its own texts. A floor is lowered only by a commit that says so.

The shipped weights were fitted on these texts among others, so this gate only detects regressions. benchmarks/classify.py
measures the quality on other texts (docs/classification.md).
"""

from __future__ import annotations

from collections import Counter

from ingest.classify import Topic, classify
from tests.support.classify_samples import samples

RECALL = 0.98
PRECISION = 0.93
#: least share of the rejected briefs that are ruled brief and not other
BRIEFS = 0.9


def test_classifier_reaches_floors() -> None:
    """Recall and precision of features, and the share of briefs, reach the floors on tests/classify/texts."""
    topic = Topic.load()
    ruled = [(s, classify(s.title, s.text, topic).ruling) for s in samples()]
    count = Counter((s.label, ruling) for s, ruling in ruled)
    features = sum(n for (label, _), n in count.items() if label == "feature")
    ruled_feature = sum(n for (_, ruling), n in count.items() if ruling == "feature")
    briefs = count["brief", "brief"] + count["brief", "other"]
    wrong = [(s.id, s.title, ruling) for s, ruling in ruled if (s.label == "feature") != (ruling == "feature")]
    assert count["feature", "feature"] / features >= RECALL, wrong
    assert count["feature", "feature"] / ruled_feature >= PRECISION, wrong
    assert count["brief", "brief"] / briefs >= BRIEFS
