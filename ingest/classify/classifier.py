"""The verdict: a logistic regression over the features, its threshold, and the largest contributions as reasons."""

from __future__ import annotations

import math

from ingest.classify.byte_prefilter import names_topic
from ingest.classify.document import LOOKED_AT, annotate
from ingest.classify.features import document_features
from ingest.classify.ngram_scores import Feature
from ingest.classify.topic_config import Topic
from ingest.zh.simplify import simplified
from store.records import Ruling, Verdict

#: maximum number of reasons in a verdict; not measured
REASONS = 6
#: absolute contribution below which a feature is not a reason; not measured
LEAST_CONTRIBUTION = 0.15
#: the only reason of a verdict on a text without a word of the unit or its people
_UNNAMED = ("no word of the unit or its people",)


def classify(title: str, text: str, topic: Topic) -> Verdict:
    """Return the verdict on an article: "feature", "brief" (a report of an event in the topic's field) or "other".

    Never raises; an empty text is "other". Deterministic: the same text and topic give the same verdict. A text without
    "<" and without a word of the topic or its field is "other", and its features are not computed. A text without a
    word of the unit or its people is never a feature; its score is 0.
    """
    if "<" not in text and not names_topic(title, text[:LOOKED_AT], topic):
        return Verdict("other", 0.0, _UNNAMED, topic.label)
    document = annotate(title, text, topic)
    features = document_features(document)
    contributions = {name: topic.weights.features.get(name, 0.0) * features[name].value for name in features}
    if not any(map(topic.own.search, (document.title, *document.lines))):
        return Verdict(_brief_or_other(title, text, topic, features), 0.0, _UNNAMED, topic.label)
    score = probability(topic.weights.intercept + sum(contributions.values()))
    ruling: Ruling = "feature" if score >= topic.weights.threshold else _brief_or_other(title, text, topic, features)
    return Verdict(ruling, round(score, 4), _reasons(features, contributions), topic.label)


def probability(log_odds: float) -> float:
    """Return the logistic function of `log_odds`, clamped to -30 ... 30 against overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


#: features of texts that report an event; a brief has a high value of one of them
_EVENT = ("campaign", "incident", "case", "one_day", "assembly")
#: features of texts that do not report an event; in a brief none exceeds the highest value in _EVENT
_NO_REPORT = ("paper", "explain", "opinion", "fiction", "foreign", "rival_leads")
#: minimum of the highest value in _EVENT in a brief. With EVENT and FIELD, 58 of 60 briefs of our own texts are classified
#: as brief, and so are 66 of 264 other texts (mostly notices, meetings and honours of the police)
EVENT = 0.4
#: maximum average number of characters for each word of the field in a brief; measured together with EVENT
FIELD = 250


def _brief_or_other(title: str, text: str, topic: Topic, features: dict[str, Feature]) -> Ruling:
    """Return "brief" if the text reports an event of the topic's field, else "other"."""
    whole = simplified(title + "\n" + text[:LOOKED_AT])
    event = max(features[name].value for name in _EVENT)
    in_field = len(topic.field.findall(whole)) * FIELD >= max(len(whole), 1)
    reported = event >= EVENT and event >= max(features[name].value for name in _NO_REPORT)
    return "brief" if in_field and reported else "other"


def _reasons(features: dict[str, Feature], contributions: dict[str, float]) -> tuple[str, ...]:
    """Return the largest contributions, formatted as "+1.4 depth: evidence"."""
    largest = sorted((-abs(part), name) for name, part in contributions.items() if abs(part) >= LEAST_CONTRIBUTION)
    return tuple(
        f"{contributions[name]:+.1f} {name}{': ' if features[name].evidence else ''}{features[name].evidence}"
        for _, name in largest[:REASONS]
    )
