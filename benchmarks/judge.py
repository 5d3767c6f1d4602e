"""Fit and cross-validate the judge: `python benchmarks/judge.py [--extra FILE.json ...] [--write]`.

Texts: tests/judge/texts/*.txt (ours), and JSON files of {"id", "label", "kind", "title", "text"} given with --extra.
Every text also stands as its first half and its second half, in the same fold as the whole, so that length decides
nothing. Prints recall and precision of features over folds (border texts neutral), per kind of near miss, and the
curve from which the threshold is read, and what the pre-filter loses; --write stores the weights as config/topics/model.yaml.
Needs scikit-learn (development only; at run time the weights are a table).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parent.parent))

from ingest.judge import MEASURES, Topic, may_be_feature, measure

OWN = Path(__file__).parent.parent / "tests" / "judge" / "texts"


@dataclass(frozen=True)
class Sample:
    id: str
    label: str
    kind: str
    title: str
    text: str


def own_samples() -> list[Sample]:
    """Blocks "# kind / title / body" of feature.txt, brief.txt and other.txt."""
    samples = []
    for path in sorted(OWN.glob("*.txt")):
        for number, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n")):
            kind, title, *body = block.split("\n")
            samples.append(
                Sample(f"{path.stem}-{number}", "feature" if path.stem == "feature" else "not", kind[2:],
                       "" if title == "-" else title, "\n".join(body))
            )  # fmt: skip
    seeds = sorted((OWN.parents[2] / "seeds").glob("*.txt"))
    return samples + [Sample(f"seed-{p.stem}", "feature", "seed", "", p.read_text(encoding="utf-8")) for p in seeds]


def extra_samples(path: Path) -> list[Sample]:
    return [
        Sample(o["id"], o["label"], o.get("kind") or o["label"], o.get("title") or "", o["text"])
        for o in json.loads(path.read_text(encoding="utf-8"))
    ]


def halves(sample: Sample) -> list[Sample]:
    lines = sample.text.split("\n")
    if len(lines) < 4:
        return []
    cut = len(lines) // 2
    parts = (lines[:cut], lines[cut:])
    return [Sample(sample.id, sample.label, sample.kind, title, "\n".join(part))
            for title, part in zip((sample.title, ""), parts, strict=True)]  # fmt: skip


def vector(sample: Sample, topic: Topic) -> list[float]:
    return [taken.value for taken in measure(sample.title, sample.text, topic).values()]


def fit(rows: list[list[float]], labels: list[int], weights: list[float], strength: float) -> LogisticRegression:
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit(np.array(rows), np.array(labels), sample_weight=np.array(weights))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", nargs="*", type=Path, default=[])
    parser.add_argument("--test", nargs="*", type=Path, default=[], help="held out: never fitted on")
    parser.add_argument("--topic", default="police-station")
    parser.add_argument("--strength", type=float, default=3.0)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threshold", type=float, default=None)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    topic = Topic.load(args.topic)
    samples = own_samples() + [s for path in args.extra for s in extra_samples(path)]
    samples = [s for s in samples if s.label != "border"]
    table = {id(s): vector(s, topic) for s in samples}
    parts = {id(s): [vector(p, topic) for p in halves(s)] for s in samples}

    def train(chosen: list[Sample]) -> LogisticRegression:
        rows, labels, weights = [], [], []
        for s in chosen:
            label = int(s.label == "feature")
            rows += [table[id(s)], *parts[id(s)]]
            labels += [label] * (1 + len(parts[id(s)]))
            weights += [3.0 if s.kind == "seed" else 1.0, *[0.3] * len(parts[id(s)])]
        return fit(rows, labels, weights, args.strength)

    scores: dict[int, list[float]] = defaultdict(list)
    for repeat in range(args.repeats):
        order = samples[:]
        random.Random(repeat).shuffle(order)
        for fold in range(args.folds):
            held = order[fold :: args.folds]
            inside = {id(s) for s in held}
            model = train([s for s in order if id(s) not in inside])
            for s, p in zip(held, model.predict_proba(np.array([table[id(s)] for s in held]))[:, 1], strict=True):
                scores[id(s)].append(float(p))
    mean = {key: sum(values) / len(values) for key, values in scores.items()}
    print("threshold  recall  precision   (ours)      (extra)")
    for threshold in sorted({*np.arange(0.2, 0.75, 0.05).round(2), args.threshold or 0.39}):
        print(f"{threshold:9.2f}  " + "   ".join(
            curve([s for s in samples if keep(s)], mean, float(threshold))
            for keep in (lambda s: True, lambda s: "-" in s.id, lambda s: "-" not in s.id)))
    threshold = args.threshold or 0.39
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for s in samples:
        hit = mean[id(s)] >= threshold
        kinds[f"{s.label}/{s.kind}"][0] += hit == (s.label == "feature")
        kinds[f"{s.label}/{s.kind}"][1] += 1
    print("\n".join(f"{k:40s} {a}/{b}" for k, (a, b) in sorted(kinds.items()) if a < b))
    if args.errors:
        for s in sorted(samples, key=lambda s: mean[id(s)]):
            if (mean[id(s)] >= threshold) != (s.label == "feature"):
                print(f"{mean[id(s)]:.3f} {s.label} {s.id} {s.kind} {s.title} {s.text[:60]!r}")
    model = train(samples)
    for name, weight in zip(MEASURES, model.coef_[0], strict=True):
        print(f"  {name:14s} {weight:+.2f}")
    print(f"  intercept {model.intercept_[0]:+.2f}")
    for path in args.test:
        held = [s for s in extra_samples(path) if s.label != "border"]
        p = dict(zip(map(id, held), model.predict_proba(np.array([vector(s, topic) for s in held]))[:, 1], strict=True))
        print("held out", path.name, curve(held, p, threshold))
        if args.errors:
            for s in held:
                if (p[id(s)] >= threshold) != (s.label == "feature"):
                    print(f"{p[id(s)]:.3f} {s.label} {s.id} {s.kind} {s.title} {s.text[:60]!r}")
    print(prefiltered(samples, topic))
    if args.write:
        write(model, threshold)


def prefiltered(samples: list[Sample], topic: Topic) -> str:
    """What the pre-filter loses of the features, by title alone and by title and the first 80 characters, and which
    share of the others it keeps from being fetched."""
    asked = [(s.label, s.title, snippet) for s in samples if s.title for snippet in ("", s.text[:80])]
    asked += [(s.label, "", s.text[:80]) for s in samples if not s.title]
    out = [label for label, title, snippet in asked if not may_be_feature(title, snippet, topic)]
    features = sum(label == "feature" for label, *_ in asked)
    lost = out.count("feature")
    return (f"pre-filter: {lost} of {features} features lost ({lost / max(features, 1):.2%}); "
            f"{len(out) - lost} of {len(asked) - features} others not fetched")


def curve(samples: list[Sample], score: dict[int, float], threshold: float) -> str:
    hit = [s for s in samples if score[id(s)] >= threshold]
    good = sum(s.label == "feature" for s in hit)
    return f"R {good / max(sum(s.label == 'feature' for s in samples), 1):.3f} P {good / max(len(hit), 1):.3f}"


def write(model: LogisticRegression, threshold: float) -> None:
    path = Path(__file__).parent.parent / "config" / "topics" / "model.yaml"
    old = Topic.load().model.version
    lines = ["# Written by benchmarks/judge.py --write: the fitted weights of the judge's measures (docs/judging.md).",
             f"version: {old + 1}", f"threshold: {threshold}", f"intercept: {model.intercept_[0]:.4f}", "weights:"]  # fmt: skip
    lines += [f"  {name}: {weight:.4f}" for name, weight in zip(MEASURES, model.coef_[0], strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
