"""Near-duplicate detection: the fingerprint of an article, and the stored story to which the article belongs.

A false merge (a station hidden behind another's story) is worse than a missed repost (one line too many in the digest).
Similarity alone therefore never merges two articles. Other evidence, such as exchanged figures or names, keeps similar
texts apart. A text that is too short to compare is never merged.

    prepare                 text -> compared characters: folded, simplified, without boilerplate     normalize.py
    fingerprint             MinHash over character shingles -> LSH band keys for a database index    minhash.py
    compare                 two prepared texts -> containment, exchanged figures and names           comparison.py
    find_near_duplicate     article, stored articles with a common key -> story to join              story_decision.py
    cluster, group          many articles -> stories                                                 clustering.py
    story_changes           stored stories, a new clustering -> stories that are split or joined     story_moves.py
    plan_moves              stored stories, a new clustering -> moves of articles                    story_moves.py
"""

from ingest.dedup.clustering import Grouped, cluster, group
from ingest.dedup.comparison import Comparison, compare
from ingest.dedup.minhash import METHOD, fingerprint
from ingest.dedup.normalize import MIN_CHARACTERS, NormalizedText, body_lines, prepare
from ingest.dedup.story_decision import Comparisons, find_near_duplicate
from ingest.dedup.story_moves import StoryChange, plan_moves, story_changes

__all__ = [
    "METHOD",
    "MIN_CHARACTERS",
    "Comparison",
    "Comparisons",
    "Grouped",
    "NormalizedText",
    "StoryChange",
    "body_lines",
    "cluster",
    "compare",
    "find_near_duplicate",
    "fingerprint",
    "group",
    "plan_moves",
    "prepare",
    "story_changes",
]
