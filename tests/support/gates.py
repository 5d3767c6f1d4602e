"""Quality gates: the corpus and the measured figures of each gate, and their floors in tests/gate/baseline.json.

A gate returns figures between 0 and 1 (more is better). For each gate the baseline contains the SHA-256 of its corpus,
so that figures are compared only for the same texts, and a floor for each figure.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import dedup as hard
from ingest.classify import Topic, classify
from ingest.dedup import cluster
from tests.support import fact_scores, page_scores
from tests.support.classify_samples import samples
from tests.support.lexicon import shared_lexicon
from tests.support.paths import GATE, ROOT

BASELINE = GATE / "baseline.json"


@dataclass(frozen=True, slots=True)
class Gate:
    """A stage of the pipeline with its corpus and the function that measures it."""

    name: str
    #: function that returns the files that the figures depend on
    corpus: Callable[[], Iterable[Path]]
    #: function that returns the figures, from 0 to 1, by name
    measure: Callable[[], dict[str, float]]

    def corpus_hash(self) -> str:
        """Return the SHA-256 over names and contents of the corpus files."""
        digest = hashlib.sha256()
        for path in sorted(self.corpus()):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def measure_classify() -> dict[str, float]:
    """Return recall and precision of features, and the share ruled brief among the briefs that are not ruled feature.

    The shipped weights were fitted on these and other texts. The gate therefore detects regressions, but does not
    measure the quality on other texts (docs/classification.md).
    """
    topic = Topic.load()
    count = Counter((s.label, classify(s.title, s.text, topic).ruling) for s in samples())
    found = count["feature", "feature"]
    return {
        "recall": found / sum(n for (label, _), n in count.items() if label == "feature"),
        "precision": found / sum(n for (_, ruling), n in count.items() if ruling == "feature"),
        "briefs": count["brief", "brief"] / (count["brief", "brief"] + count["brief", "other"]),
    }


def measure_dedup() -> dict[str, float]:
    """Return pair precision and recall for the difficult copies and similar texts of benchmarks/dedup.py."""
    rows = hard.build(1, [ROOT / "seeds"], least=330)
    found = cluster((row.id, row.title, row.text) for row in rows)
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[found[row.id]][row.story] += 1
    correct = sum(hard.pairs(n) for group in groups.values() for n in group.values())
    merged = sum(hard.pairs(sum(group.values())) for group in groups.values())
    expected = sum(hard.pairs(n) for n in Counter(row.story for row in rows).values())
    return {"pair_precision": correct / merged, "pair_recall": correct / expected}


def measure_extract() -> dict[str, float]:
    """Return mean and minimum of the body F1 (character 5-grams), and the share of pages with all fields right."""
    extractions = {name: page_scores.extract_case(name) for name in page_scores.ARTICLES}
    scores = []
    for name, extraction in extractions.items():
        card = page_scores.expected(name)
        scores.append(page_scores.f1(extraction.article.text, card["text"], card.get("free", [])))
    right = sum(not page_scores.wrong_fields(name, extraction) for name, extraction in extractions.items())
    return {"body_f1_mean": sum(scores) / len(scores), "body_f1_min": min(scores), "fields": right / len(scores)}


def measure_facts() -> dict[str, float]:
    """Return precision and recall of the core kinds and of the wide kinds on each set of texts."""
    lexicon = shared_lexicon()
    figures = {}
    for corpus in ("texts", "seeds", "hard", "voices"):
        seeds = corpus == "seeds"
        cards = fact_scores.seed_cards() if seeds else fact_scores.cards_of(corpus)
        same = fact_scores.same_seed if seeds else fact_scores.same_written
        for group, kinds in (("core", fact_scores.CORE), ("wide", fact_scores.WIDE)):
            if (corpus, group) != ("hard", "wide"):  # hard.json has only the core kinds
                precision, recall = fact_scores.precision_and_recall(cards, kinds, same, lexicon)
                figures |= {f"{corpus}_{group}_precision": precision, f"{corpus}_{group}_recall": recall}
    return figures


def _seeds() -> list[Path]:
    return list((ROOT / "seeds").glob("*"))


GATES = (
    Gate("classify", lambda: [*(ROOT / "tests/classify/texts").glob("*.txt"), *_seeds()], measure_classify),
    Gate("dedup", lambda: [*(ROOT / "tests/classify/texts").glob("*.txt"), *_seeds()], measure_dedup),
    Gate(
        "extract", lambda: [p for p in (GATE / "extract").iterdir() if p.suffix in (".html", ".json")], measure_extract
    ),
    Gate("facts", lambda: [*(GATE / "facts").glob("*.json"), *_seeds()], measure_facts),
)


def baseline() -> dict[str, Any]:
    """Return the corpus hash, slack and floors of each gate."""
    loaded: dict[str, Any] = json.loads(BASELINE.read_text(encoding="utf-8"))
    return loaded


def below_floor(figures: dict[str, float], floors: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return (figure, floor) by name for the figures below their floor. A missing figure counts as 0."""
    return {name: (figures.get(name, 0.0), floor) for name, floor in floors.items() if figures.get(name, 0.0) < floor}


def updated(pinned: dict[str, Any], corpus: str, figures: dict[str, float], *, lower: bool) -> dict[str, Any]:
    """Return the entry of a gate after `--update`: the new corpus hash and the new floors.

    A floor becomes the figure minus the slack if that is higher. If a figure is below its floor, the floor is lowered
    if `lower` is true; otherwise ValueError is raised.
    """
    below = below_floor(figures, pinned["floors"])
    if below and not lower:
        named = "; ".join(f"{name} {figure:.4f} is below {floor}" for name, (figure, floor) in below.items())
        raise ValueError(f"{named}. Floors are lowered with --update --lower only")
    slack = pinned["slack"]
    floors = {}
    for name, figure in figures.items():
        measured = int((figure - slack) * 1000) / 1000 if figure < 1 or slack else figure
        floors[name] = measured if name in below else max(pinned["floors"].get(name, 0.0), measured)
    return {"corpus": corpus, "slack": slack, "floors": floors}
