"""Fingerprint: MinHash over character shingles, banded for an index that outlives the process.

The keys are kept in a database for years, so everything they depend on is named in METHOD: shingle, bands, rows, seed
and the version of the library's algorithm; tests/same pins keys of known texts, so that a changed library is noticed
before it meets a stored index.
"""

from __future__ import annotations

import hashlib
import struct

from rensa import RMinHash

from ingest.same.prepare import Prepared, prepare
from store.records import Fingerprint

#: (characters of a shingle, bands, rows of a band). The first finds edited copies (5-grams, three rows), the second
#: parts and digests, whose sentences are whole. Measured over three sets of 326 to 460 rows (docs/reposts.md):
#: this pair finds every copy; 48 bands of 3 rows over 5-grams alone miss 2 of 74 first parts; neither makes a candidate
#: of any two of 258 unrelated articles of the field (33,000 pairs)
LAYERS = ((5, 36, 3), (24, 12, 1))
_SEED = 20260101

#: changes whenever a stored key could differ
METHOD = (
    "minhash-" + "+".join(f"c{size}b{bands}r{rows}" for size, bands, rows in LAYERS)
    + f"@rensa{getattr(RMinHash, 'ALGORITHM_VERSION', 0)}.prepare1"
)  # fmt: skip


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
