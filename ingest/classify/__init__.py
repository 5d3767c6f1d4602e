"""Classifier: whether an article is a feature about a unit of the topic or its people, with checkable reasons.

A missed feature is worse than a brief in the digest. Therefore the threshold is chosen for recall. Every verdict is
stored with its reasons, so that a person can check it.

    Topic                 vocabulary, genre patterns and fitted weights                         topic_config.py
    title_may_be_feature  whether title and snippet of a listing leave a feature possible       title_prefilter.py
    bytes_may_be_feature  whether the bytes of a page contain the topic's necessary words       byte_prefilter.py
    ClassifierDocument    a text in sentences, with the units and people named in it            document.py
    Feature               a value between 0 and 1 with its evidence                             features.py, ngram_scores.py
    classify              logistic regression over the features, threshold, reasons             classifier.py
"""

from ingest.classify.byte_prefilter import bytes_may_be_feature, text_may_be_feature
from ingest.classify.classifier import classify
from ingest.classify.features import FEATURES, extract_features
from ingest.classify.title_prefilter import title_may_be_feature
from ingest.classify.topic_config import Topic

__all__ = [
    "FEATURES",
    "Topic",
    "bytes_may_be_feature",
    "classify",
    "extract_features",
    "text_may_be_feature",
    "title_may_be_feature",
]
