"""Fit and cross-validate the classifier: `python benchmarks/classify.py [--extra FILE.json ...] [--write]`.

Texts: tests/classify/texts/*.txt (ours), and JSON files of {"id", "label", "kind", "title", "text"} from --extra.
Every text is also used as its first and second half, so that length does not decide. Halves, copies and rewordings of
one text (texts that share a part of their 4-grams) are in one fold. Prints recall and precision of features over folds
(borderline texts excluded), the errors per kind of near miss, the curve from which the threshold is chosen, and the
loss of the pre-filter. --write stores the weights as config/topics/weights.yaml. Needs scikit-learn, for development
only; at run time the weights are read from the file.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parent.parent))

from ingest.classify import FEATURES, Topic, title_may_be_feature
from ingest.classify.document import annotate
from ingest.classify.features import document_features
from ingest.classify.ngram_scores import ngram_weights, shares

OWN = Path(__file__).parent.parent / "tests" / "classify" / "texts"
SHIPPED = Path(__file__).parent.parent / "config" / "topics" / "weights.yaml"
THRESHOLD = 0.45
#: number of n-grams that get a weight (the most significant ones), and minimum number of texts that contain such an
#: n-gram. 500 to 3,000 n-grams gave similar results on held-out texts
NGRAMS, MIN_TEXTS = 700, 4
#: inverse regularisation strength of the n-gram fit
NGRAM_STRENGTH = 10.0
#: minimum share of the shorter text's 4-grams, and minimum number of 4-grams, that a text has in common with its copy
#: or rewording
SHARED, SHARED_LEAST = 0.15, 8
Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    id: str
    label: str
    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class Part:
    """A sample, or one half of it, with its features."""

    sample: int
    whole: bool
    feature: bool
    weight: float
    row: list[float]
    ngrams: Counter[str]
    #: True for a portrait of another institution. Its n-grams are like those of features, so the n-gram fit excludes it
    rival: bool


@dataclass(frozen=True)
class Fitted:
    ngrams: dict[str, float]
    intercept: float
    outer: LogisticRegression

    def odds(self, part: Part) -> float:
        return self.intercept + sum(
            self.ngrams[p] * amount for p, amount in ngram_weights(part.ngrams, self.ngrams).items()
        )

    def score(self, part: Part) -> float:
        return float(self.outer.predict_proba(np.array([with_ngram_features(part, self.odds(part))]))[0, 1])


def own_samples() -> list[Sample]:
    """Load the blocks "# kind / title / body" of feature.txt, brief.txt and other.txt, and the seeds."""
    samples = []
    for path in sorted(OWN.glob("*.txt")):
        for number, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n")):
            kind, title, *body = block.split("\n")
            samples.append(
                Sample(
                    f"{path.stem}-{number}",
                    "feature" if path.stem == "feature" else "not",
                    kind[2:],
                    "" if title == "-" else title,
                    "\n".join(body),
                )
            )
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
    return [
        Sample(sample.id, sample.label, sample.kind, title, "\n".join(part))
        for title, part in zip((sample.title, ""), parts, strict=True)
    ]


def parts_of(samples: Sequence[Sample], topic: Topic) -> list[Part]:
    found = []
    for number, sample in enumerate(samples):
        for order, text in enumerate([sample, *halves(sample)]):
            document = annotate(text.title, text.text, topic)
            features = document_features(document)
            if order and sample.label == "feature" and features["absent"].value > 0.5:
                continue  # this half of a feature does not name the unit, so it is not an example of a feature
            weight = 0.3 if order else 3.0 if sample.kind == "seed" else 1.0
            rival = features["rival_leads"].value > 0 or features["rival_share"].value > 0.5
            found.append(
                Part(
                    number,
                    not order,
                    sample.label == "feature",
                    weight,
                    [m.value for m in features.values()],
                    document.ngrams,
                    sample.label != "feature" and rival,
                )
            )
    return found


def with_ngram_features(part: Part, odds: float) -> list[float]:
    """Return the feature values of `part`, with the two n-gram features computed from the log odds `odds`."""
    names = list(FEATURES)
    row = part.row[:]
    row[names.index("told")], row[names.index("reported")] = shares(odds)
    return row


def same_story(samples: Sequence[Sample]) -> list[int]:
    """Return the group number of each sample. Texts that share enough 4-grams form a group.

    A 4-gram of more than twelve texts is not counted.
    """
    grams = [{s.text[at : at + 4] for at in range(len(s.text) - 3)} for s in samples]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, gram in enumerate(grams):
        for ngram in gram:
            holders[ngram].append(number)
    shared = Counter(
        (a, b) for numbers in holders.values() if len(numbers) <= 12 for b in numbers for a in numbers if a < b
    )
    group = list(range(len(samples)))

    def head(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    for (a, b), count in shared.items():
        if count >= max(SHARED_LEAST, SHARED * min(len(grams[a]), len(grams[b]))):
            group[head(b)] = head(a)
    return [head(number) for number in range(len(samples))]


def folds(parts: Iterable[Part], groups: Sequence[int], count: int, seed: int) -> list[set[int]]:
    """Return the groups of samples, divided into `count` folds."""
    order = sorted({groups[part.sample] for part in parts})
    random.Random(seed).shuffle(order)
    return [set(order[fold::count]) for fold in range(count)]


def fit_ngrams(parts: Sequence[Part]) -> tuple[dict[str, float], float]:
    """Fit the n-grams with the highest chi square over whole texts; return their weights and the intercept."""
    parts = [part for part in parts if not part.rival]
    whole = [part for part in parts if part.whole]
    share = sum(part.feature for part in whole) / len(whole)
    texts_with, positive = Counter[str](), Counter[str]()
    for part in whole:
        texts_with.update(part.ngrams.keys())
        positive.update(part.ngrams.keys() if part.feature else ())
    chi_square = {p: (positive[p] - n * share) ** 2 / (n * share) for p, n in texts_with.items() if n >= MIN_TEXTS}
    kept = sorted(chi_square, key=lambda ngram: (-chi_square[ngram], ngram))[:NGRAMS]
    rows = np.zeros((len(parts), len(kept)))
    column = dict(zip(kept, range(len(kept)), strict=True))
    for row, part in zip(rows, parts, strict=True):
        for ngram, amount in ngram_weights(part.ngrams, column).items():
            row[column[ngram]] = amount
    model = logistic(rows, parts, NGRAM_STRENGTH)
    return dict(zip(kept, map(float, model.coef_[0]), strict=True)), float(model.intercept_[0])


def logistic(rows: Rows, parts: Sequence[Part], strength: float) -> LogisticRegression:
    model = LogisticRegression(C=strength, max_iter=3000)
    return model.fit(rows, [part.feature for part in parts], sample_weight=[part.weight for part in parts])


def fit(parts: Sequence[Part], groups: Sequence[int], strength: float) -> Fitted:
    """Fit the n-grams, then the features; return the fitted classifier.

    In the second fit, the n-gram score of a text comes from a fit without that text.
    """
    rows: dict[int, list[float]] = {}
    for held_out in folds(parts, groups, 5, 99):
        ngrams, intercept = fit_ngrams([part for part in parts if groups[part.sample] not in held_out])
        blind = Fitted(ngrams, intercept, LogisticRegression())
        rows |= {
            id(part): with_ngram_features(part, blind.odds(part)) for part in parts if groups[part.sample] in held_out
        }
    outer = logistic(np.array([rows[id(part)] for part in parts]), parts, strength)
    return Fitted(*fit_ngrams(parts), outer)


def validate(parts: list[Part], groups: Sequence[int], args: argparse.Namespace) -> dict[int, float]:
    """Return the mean score of each sample, from models that were fitted without its group."""
    scores: dict[int, list[float]] = defaultdict(list)
    for repeat in range(args.repeats):
        for held_out in folds(parts, groups, args.folds, repeat):
            model = fit([part for part in parts if groups[part.sample] not in held_out], groups, args.strength)
            for part in parts:
                if part.whole and groups[part.sample] in held_out:
                    scores[part.sample].append(model.score(part))
    return {number: sum(values) / len(values) for number, values in scores.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", nargs="*", type=Path, default=[])
    parser.add_argument("--test", nargs="*", type=Path, default=[], help="held-out texts, never fitted on")
    parser.add_argument("--alone", action="store_true", help="only the --extra texts: for a topic of your own")
    parser.add_argument("--topic", default="police-station")
    parser.add_argument("--home", type=Path, default=None, help="the working folder that has the topic")
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--write", nargs="?", type=Path, const=SHIPPED, help="store the weights, as shipped or in FILE")
    args = parser.parse_args()
    topic = Topic.load(args.topic, args.home)
    samples = ([] if args.alone else own_samples()) + [s for path in args.extra for s in extra_samples(path)]
    samples = [s for s in samples if s.label != "border"]
    parts, groups = parts_of(samples, topic), same_story(samples)
    if args.repeats:
        report(samples, validate(parts, groups, args), args)
    model = fit(parts, groups, args.strength)
    for name, weight in zip(FEATURES, model.outer.coef_[0], strict=True):
        print(f"  {name:14s} {weight:+.2f}")
    for path in args.test:
        held_out = [s for s in extra_samples(path) if s.label != "border"]
        score = {part.sample: model.score(part) for part in parts_of(held_out, topic) if part.whole}
        print("held out", path.name, curve(held_out, score, range(len(held_out)), args.threshold))
        print_errors(held_out, score, args)
    print(prefiltered(samples, topic))
    if args.write:
        write(model, args.threshold, topic.weights.version + 1, args.write)


def report(samples: Sequence[Sample], score: dict[int, float], args: argparse.Namespace) -> None:
    """Print recall and precision at several thresholds, and the kinds with errors; with --errors each error too."""
    print("threshold  recall  precision   (ours)      (extra)")
    everyone = range(len(samples))
    ours = [n for n in everyone if "-" in samples[n].id]
    extra = [n for n in everyone if "-" not in samples[n].id]
    for threshold in sorted({*np.arange(0.2, 0.75, 0.05).round(2), args.threshold}):
        print(
            f"{threshold:9.2f}  "
            + "   ".join(curve(samples, score, some, float(threshold)) for some in (everyone, ours, extra))
        )
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for number, s in enumerate(samples):
        kinds[f"{s.label}/{s.kind}"][0] += (score[number] >= args.threshold) == (s.label == "feature")
        kinds[f"{s.label}/{s.kind}"][1] += 1
    print("\n".join(f"{k:40s} {a}/{b}" for k, (a, b) in sorted(kinds.items()) if a < b))
    print_errors(samples, score, args)


def print_errors(samples: Sequence[Sample], score: dict[int, float], args: argparse.Namespace) -> None:
    for number in sorted(score, key=lambda number: score[number]) if args.errors else ():
        s = samples[number]
        if (score[number] >= args.threshold) != (s.label == "feature"):
            print(f"{score[number]:.3f} {s.label} {s.id} {s.kind} {s.title} {s.text[:60]!r}")


def curve(samples: Sequence[Sample], score: dict[int, float], some: Iterable[int], threshold: float) -> str:
    some = list(some)
    hit = [n for n in some if score[n] >= threshold]
    positive = sum(samples[n].label == "feature" for n in hit)
    return f"R {positive / max(sum(samples[n].label == 'feature' for n in some), 1):.3f} P {positive / max(len(hit), 1):.3f}"


def prefiltered(samples: Sequence[Sample], topic: Topic) -> str:
    """Return a line that reports the features lost by the pre-filter, and the other texts that need not be fetched.

    Each text is tested by its title alone and by its title with 80 characters of text; a text without a title is tested
    by these characters alone.
    """
    pairs = [(s.label, s.title, snippet) for s in samples if s.title for snippet in ("", s.text[:80])]
    pairs += [(s.label, "", s.text[:80]) for s in samples if not s.title]
    out = [label for label, title, snippet in pairs if not title_may_be_feature(title, snippet, topic)]
    features = sum(label == "feature" for label, *_ in pairs)
    lost = out.count("feature")
    return (
        f"pre-filter: {lost} of {features} features lost ({lost / max(features, 1):.2%}); "
        f"{len(out) - lost} of {len(pairs) - features} others not fetched"
    )


def write(model: Fitted, threshold: float, version: int, path: Path) -> None:
    lines = [
        "# Written by benchmarks/classify.py --write: the fitted weights of the classifier features (docs/classification.md).",
        f"version: {version}",
        f"threshold: {threshold}",
        f"intercept: {model.outer.intercept_[0]:.4f}",
        "weights:",
    ]
    lines += [f"  {name}: {weight:.4f}" for name, weight in zip(FEATURES, model.outer.coef_[0], strict=True)]
    lines += [
        "# n-grams of one and two characters, the most significant first",
        "wording:",
        f"  intercept: {model.intercept:.4f}",
        "  pieces:",
    ]
    lines += [f"    {ngram}: {weight:.3f}" for ngram, weight in model.ngrams.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
