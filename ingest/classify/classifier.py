"""The verdict: a logistic regression over the features, its threshold, and the largest contributions as reasons."""

from __future__ import annotations

import math
import re

from ingest.classify.document import LOOKED_AT, annotate
from ingest.classify.features import document_features
from ingest.classify.ngrams import Feature
from ingest.classify.prefilter import names_topic
from ingest.classify.topic_config import Topic
from ingest.zh.simplify import simplified
from store.records import Ruling, Verdict

#: maximum number of reasons in a verdict, and the absolute contribution below which a feature is not a reason (neither
#: was measured)
REASONS = 6
LEAST_CONTRIBUTION = 0.15
#: the reason of the verdict "other" for a text without a necessary word
_UNNAMED = ("no word of the unit or its people",)


def classify(title: str, text: str, topic: Topic) -> Verdict:
    """Classify an article as "feature", "brief" (in the topic's field, but not a feature) or "other".

    Never raises; an empty text is "other". Deterministic: the same text and topic give the same verdict. A text without
    a word of the topic or of its field is "other" at once, and its features are not computed.
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


#: features of texts that report an event, and features of texts that do not
_EVENT = ("campaign", "incident", "case", "one_day", "assembly")
_NO_REPORT = ("paper", "explain", "opinion", "fiction", "foreign", "rival_leads")
#: minimum value of an event feature in a brief, and maximum characters per word of the field. On our own texts 58 of 60
#: briefs are classified as brief, and so are 66 of 264 others (mostly notices, meetings and honours of the police)
EVENT = 0.4
FIELD = 250


def _brief_or_other(title: str, text: str, topic: Topic, features: dict[str, Feature]) -> Ruling:
    """Return "brief" if the text reports an event of the topic's field, else "other"."""
    whole = simplified(title + "\n" + text[:LOOKED_AT])
    event = max(features[name].value for name in _EVENT)
    in_field = len(topic.field.findall(whole)) * FIELD >= max(len(whole), 1)
    reported = event >= EVENT and event >= max(features[name].value for name in _NO_REPORT)
    return "brief" if in_field and reported else "other"


def _reasons(features: dict[str, Feature], contributions: dict[str, float]) -> tuple[str, ...]:
    """Return the largest contributions as "+1.4 depth: evidence"."""
    largest = sorted((-abs(part), name) for name, part in contributions.items() if abs(part) >= LEAST_CONTRIBUTION)
    return tuple(
        f"{contributions[name]:+.1f} {name}{': ' if features[name].evidence else ''}{features[name].evidence}"
        for _, name in largest[:REASONS]
    )


def may_be_feature(title: str, snippet: str | None, topic: Topic) -> bool:
    """Return whether title and snippet leave a feature possible: the cheap filter before a page is fetched.

    Titles of features are poetic: one in seven names neither station nor officer. So a text is only excluded if it
    names another field and contains none of the topic's words. Words in quotation marks exclude nothing:
    世界超市里的“联合国” is about a market (measurement in docs/classification.md).
    """
    text = simplified(f"{title} {snippet or ''}")
    known = topic.words.prefilter
    plain = _QUOTED.sub("", text)
    return any(word in text for word in known.any) or not any(word in plain for word in known.never)


_QUOTED = re.compile(r"[“「『\"][^”」』\"]{1,20}[”」』\"]")
