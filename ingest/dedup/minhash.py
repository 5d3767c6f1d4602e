"""Fingerprint: MinHash over character shingles, banded for an index that outlives the process.

The keys are kept in a database for years, so everything they depend on is named in METHOD: shingle, bands, rows, seed
and the version of the library's algorithm; tests/dedup pins keys of known texts, so that a changed library is noticed
before it meets a stored index.
"""

from __future__ import annotations

import hashlib
import struct

from rensa import RMinHash

from ingest.dedup.normalize import Prepared, prepare
from store.records import Fingerprint

#: (characters of a shingle, bands, rows of a band). The first finds edited copies (5-grams, three rows), the second
#: parts and digests, whose clauses are whole. Measured as the mean chance that a copy shares no key, over 48 texts:
#: digests of a third of the sentences 0.012 (24-grams, 12 rows, beside 36 bands of the first: 0.102), the same with
#: clauses cut out 0.15 (0.45), four sentences of ten dropped and words replaced 0.006 (0.026), the first 30 % 0.0005
#: (0.013), every other kind under 0.0002. No two of 88 unrelated articles of the field share a run of 16
LAYERS = ((5, 24, 3), (16, 24, 1))
_SEED = 20260101

#: changes whenever a stored key could differ
METHOD = (
    "minhash-"
    + "+".join(f"c{size}b{bands}r{rows}" for size, bands, rows in LAYERS)
    + f"@rensa{getattr(RMinHash, 'ALGORITHM_VERSION', 0)}.prepare2"
)


def shingles(body: str, size: int) -> list[str]:
    """Every run of `size` characters of a squashed body.

    One that comes twice changes no minimum; taking it out cost a fifth of the fingerprint's time.
    """
    return [body[i : i + size] for i in range(max(1, len(body) - size + 1))]


def fingerprint(title: str, text: str) -> Fingerprint:
    """Keys under which likely copies of an article are found again.

    A text too short to be told apart has no bands, and its `exact` covers the title too: it is never a candidate.
    """
    return sketch(prepare(title, text))


def sketch(ready: Prepared) -> Fingerprint:
    """The fingerprint of a prepared text."""
    body = ready.body
    if not ready.comparable:
        return Fingerprint(_digest("short\n" + ready.title + "\n" + body), (), METHOD)
    bands = tuple(key for layer in range(len(LAYERS)) for key in _keys(body, layer))
    return Fingerprint(_digest(body), bands, METHOD)


def _keys(body: str, layer: int) -> list[str]:
    """Eighteen hexadecimal digits a band: its number, and 64 bits over its rows."""
    size, bands, rows = LAYERS[layer]
    hashed = RMinHash(bands * rows, _SEED + layer)
    hashed.update(shingles(body, size))
    packed = struct.pack(f">{bands * rows}I", *hashed.digest())
    return [
        f"{layer * 0x80 + band:02x}"
        + hashlib.blake2b(packed[band * rows * 4 : (band + 1) * rows * 4], digest_size=8).hexdigest()
        for band in range(bands)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
