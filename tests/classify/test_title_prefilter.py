"""Tests of ingest/classify/title_prefilter.py: it passes features and rejects other subjects."""

from __future__ import annotations

import pytest

from ingest.classify import Topic, title_may_be_feature
from tests.support.classify_samples import samples

TOPIC = Topic.load()


def test_prefilter_keeps_features() -> None:
    """Less than 1 % of the features are rejected, counted over titles alone and titles with a snippet.

    A text about another subject is rejected; an empty title is not.
    """
    inputs = [(s.title, s.text[:80]) for s in samples() if s.label == "feature"]
    inputs += [(title, None) for title, _ in inputs if title]
    lost = [pair for pair in inputs if not title_may_be_feature(pair[0], pair[1], TOPIC)]
    assert len(lost) < 0.01 * len(inputs), lost
    assert not title_may_be_feature("沪指收跌0.3% 两市成交额破万亿", "券商股领跌", TOPIC)
    assert title_may_be_feature("", None, TOPIC)


@pytest.mark.parametrize(
    "title", ["世界超市里的“联合国”", "金牌调解员老吴的二十年", "气温零下四十度,他们在界碑旁过年", "露天电影散场以后"]
)
def test_prefilter_ignores_quoted_and_everyday_words(title: str) -> None:
    """Quoted words and everyday words of another subject do not exclude a title."""
    assert title_may_be_feature(title, None, TOPIC)
    assert not title_may_be_feature(title.replace("“联合国”", "联合国"), None, TOPIC) or "联合国" not in title
