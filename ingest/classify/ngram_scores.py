"""N-gram classifier: fitted weights of n-grams of one and two characters.

Portraits contain narrative function words (就 里 成了 听); briefs and official papers contain those of reports (将 应
开展 某). The word lists of genre.yaml do not contain these words. Words of the topic and names are removed before
counting, so that the weights describe the genre and also serve another topic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.classify.document import ClassifierDocument

#: log odds at which a feature reaches 1; 4 corresponds to odds of 55 to 1. With 8 the log loss on held-out texts was
#: higher by 0.01
FULL = 4.0


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of one text, between 0 and 1."""

    value: float
    #: what the value was computed from, for display: "槽河: 7 of 9 mentions of named units"
    evidence: str = ""


def ngram_weights(found: Mapping[str, int], known: Mapping[str, float]) -> dict[str, float]:
    """Return the L2-normalised logarithmic counts (1 + ln n) of the n-grams in `known`."""
    logs = {ngram: 1 + math.log(count) for ngram, count in found.items() if ngram in known}
    length = math.hypot(*logs.values()) or 1.0
    return {ngram: value / length for ngram, value in logs.items()}


def shares(odds: float) -> tuple[float, float]:
    """Return the features `told` (worded as a portrait) and `reported` (worded as a report), each from 0 to 1.

    The argument is the log odds that a text is a portrait.
    """
    return min(1.0, max(0.0, odds / FULL)), min(1.0, max(0.0, -odds / FULL))


def portrait_likeness(document: ClassifierDocument) -> Feature:
    """Return the feature `told`: the similarity of the n-grams to those of portraits, from 0 to 1."""
    odds, contributions = _odds(document)
    return Feature(
        shares(odds)[0],
        _evidence(sorted(contributions, key=lambda ngram: (-contributions[ngram], ngram))) if odds > 0 else "",
    )


def report_likeness(document: ClassifierDocument) -> Feature:
    """Return the feature `reported`: the similarity of the n-grams to those of reports, from 0 to 1."""
    odds, contributions = _odds(document)
    return Feature(
        shares(odds)[1],
        _evidence(sorted(contributions, key=lambda ngram: (contributions[ngram], ngram))) if odds < 0 else "",
    )


def _odds(document: ClassifierDocument) -> tuple[float, dict[str, float]]:
    """Return the log odds that a text is a portrait, and the contribution of each n-gram."""
    known = document.topic.weights.ngrams
    amount_of = ngram_weights(document.ngrams, known.weights)
    contributions = {ngram: known.weights[ngram] * amount for ngram, amount in amount_of.items()}
    return known.intercept + sum(contributions.values()), contributions


def _evidence(ranked: list[str]) -> str:
    return "worded with " + " ".join(ranked[:8])
