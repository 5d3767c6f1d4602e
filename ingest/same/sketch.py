"""Fingerprint: MinHash over character shingles, banded for an index that outlives the process.

The keys are kept in a database for years, so everything they depend on is named in METHOD: shingle, bands, rows, seed
and the version of the library's algorithm; tests/same pins keys of known texts, so that a changed library is noticed
before it meets a stored index.
"""

from __future__ import annotations

import hashlib

from rensa import RMinHash

from ingest.same.prepare import prepare
from store.records import Fingerprint

#: characters a shingle has
SHINGLE = 5
BANDS = 48
ROWS = 3
_SEED = 20260101

#: changes whenever a stored key could differ
METHOD = f"minhash-c{SHINGLE}-b{BANDS}r{ROWS}@rensa{getattr(RMinHash, 'ALGORITHM_VERSION', 0)}.1"


def shingles(body: str) -> set[str]:
    """Every run of SHINGLE characters of a squashed body."""
    return {body[i : i + SHINGLE] for i in range(len(body) - SHINGLE + 1)}


def fingerprint(title: str, text: str) -> Fingerprint:
    """Keys under which likely copies of an article are found again.

    A text too short to be told apart has no bands, and its `exact` covers the title too: it is never a candidate.
    """
    ready = prepare(title, text)
    body = ready.body
    if not ready.comparable:
        return Fingerprint(_digest("short\n" + ready.title + "\n" + body), (), METHOD)
    sketch = RMinHash(BANDS * ROWS, _SEED)
    sketch.update(sorted(shingles(body)))
    values = sketch.digest()
    bands = tuple(
        f"{band:x}-" + "".join(f"{value:08x}" for value in values[band * ROWS : band * ROWS + ROWS])
        for band in range(BANDS)
    )
    return Fingerprint(_digest(body), bands, METHOD)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
