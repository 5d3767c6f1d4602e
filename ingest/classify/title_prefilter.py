"""Title prefilter: whether the title and snippet of a listing leave a feature possible, before the page is fetched."""

from __future__ import annotations

import re

from ingest.classify.topic_config import Topic
from ingest.zh.simplify import simplified


def title_may_be_feature(title: str, snippet: str | None, topic: Topic) -> bool:
    """Return whether title and snippet leave a feature possible: the cheap filter before a page is fetched.

    Titles of features are poetic: one in seven names neither station nor officer. Therefore a text is only excluded if
    it names another field and contains none of the topic's words. Words in quotation marks exclude nothing:
    世界超市里的“联合国” is about a market (measurement in docs/classification.md).
    """
    text = simplified(f"{title} {snippet or ''}")
    known = topic.words.prefilter
    plain = _QUOTED.sub("", text)
    return any(word in text for word in known.any) or not any(word in plain for word in known.never)


_QUOTED = re.compile(r"[“「『\"][^”」』\"]{1,20}[”」』\"]")
