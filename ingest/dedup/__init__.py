"""Article -> Fingerprint; Fingerprint + known articles -> which story.

Which mistake is worse: a false merge (a station lost behind another's story) is worse than a missed repost (one line
too many in the digest). So likeness alone never merges: figures and names that were exchanged between two alike texts
forbid it, however alike the rest is, and whatever is too short to be told apart stays alone.

    prepare    text -> compared characters: folded, simplified, without furniture          prepare.py
    fingerprint  MinHash over character shingles -> band keys for an index in the database  sketch.py
    compare    two prepared texts -> containment, conflicts of figures and names            compare.py
    match, cluster  the decision                                                            decide.py
"""

from ingest.dedup.cluster import cluster, find_near_duplicate
from ingest.dedup.compare import Comparison, compare
from ingest.dedup.minhash import METHOD, fingerprint
from ingest.dedup.normalize import MIN_CHARACTERS, Prepared, prepare, unadorned

__all__ = [
    "METHOD",
    "MIN_CHARACTERS",
    "Comparison",
    "Prepared",
    "cluster",
    "compare",
    "find_near_duplicate",
    "fingerprint",
    "prepare",
    "unadorned",
]
