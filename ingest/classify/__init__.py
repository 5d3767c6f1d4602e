"""Article -> Verdict: is this a feature about a unit of the topic or its people, with reasons a person can check.

Which mistake is worse: a missed feature is worse than a brief in the digest. So the threshold is chosen for recall,
and every verdict keeps its reasons, so that it can be questioned and replayed with another topic.

    Topic      words of config/topics/NAME.yaml, genre words, fitted weights                topic.py
    Reading    a text in sentences, with the units and people that are named in it          reading.py
    Measured   a text's measures, each between 0 and 1 with the words it was taken from     measures.py, wording.py
    judge      a weighted sum of the measures, its threshold, its reasons                   decide.py
"""

from ingest.classify.classifier import classify, may_be_feature
from ingest.classify.features import FEATURES, extract_features
from ingest.classify.topic import Topic

__all__ = ["FEATURES", "Topic", "classify", "extract_features", "may_be_feature"]
