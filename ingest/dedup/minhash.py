"""MinHash fingerprints: LSH band keys over character shingles, for a stored index.

The keys are stored for years. METHOD therefore names shingle sizes, bands, rows, the number of lead sentences, the
algorithm version of the library and the version of `prepare`. The version of `prepare` must also be raised when
something else changes the keys (`_SEED`, `LEAD_LENGTH`). tests/dedup pins the keys of known texts, so that a changed library is
noticed before its keys reach a stored index.
"""

from __future__ import annotations

import hashlib
import struct

from rensa import RMinHash

from ingest.dedup.normalize import NormalizedText, prepare
from store.records import Fingerprint

#: (shingle size in characters, bands, rows per band). The first layer finds edited copies. The second finds parts and
#: abridged copies, because their clauses are unchanged. Measured over 48 texts: the mean probability that a copy shares
#: no key, in brackets with 36 bands in the first layer and 12 single rows of 24-grams in the second.
#:   a third of the sentences                                    0.012  (0.102)
#:   a third of the sentences, with clauses removed              0.15   (0.45)
#:   four of ten sentences removed, words replaced               0.006  (0.026)
#:   the first 30 %                                              0.0005 (0.013)
#:   every other kind                                            below 0.0002
#: No two of 88 unrelated articles of the field share a run of 16 characters
LAYERS = ((5, 24, 3), (16, 24, 1))
#: number of sentences that have a key each: the first ones of LEAD_LENGTH or more characters. Without these keys a copy
#: of only the first 200 characters shared no key with 14 % of articles of 2,000 to 3,500 characters, and with 54 % of
#: longer ones
LEAD_SENTENCES = 6
#: minimum number of compared characters of such a sentence
LEAD_LENGTH = 12
_SEED = 20260101

#: name of the method; it must change whenever a stored key could differ
METHOD = (
    "minhash-"
    + "+".join(f"c{size}b{bands}r{rows}" for size, bands, rows in LAYERS)
    + f"+lead{LEAD_SENTENCES}"
    + f"@rensa{getattr(RMinHash, 'ALGORITHM_VERSION', 0)}.prepare6"
)


def shingles(body: str, size: int) -> list[str]:
    """Return every run of `size` characters of a squashed body, or the body itself if it is shorter.

    Repeated runs are kept. They do not change a MinHash, and their removal took a fifth of the fingerprint's time.
    """
    return [body[i : i + size] for i in range(max(1, len(body) - size + 1))]


def fingerprint(title: str, text: str) -> Fingerprint:
    """Return the hash of an article's compared text, and the LSH keys by which likely copies of it are found.

    A text that is too short to compare has no keys, so that it is never a candidate. The hash of such a text also
    covers the title.
    """
    return fingerprint_prepared(prepare(title, text))


def fingerprint_prepared(prepared: NormalizedText) -> Fingerprint:
    """Return the fingerprint of a prepared text."""
    body = prepared.body
    if not prepared.comparable:
        return Fingerprint(_hash("short\n" + prepared.title + "\n" + body), (), METHOD)
    bands = [key for layer in range(len(LAYERS)) for key in _keys(body, layer)]
    return Fingerprint(_hash(body), (*bands, *_lead_keys(prepared)), METHOD)


def _keys(body: str, layer: int) -> list[str]:
    """Return a key for each band of a layer: a byte for layer and band, and a 64-bit hash, in hexadecimal."""
    size, bands, rows = LAYERS[layer]
    hashed = RMinHash(bands * rows, _SEED + layer)
    hashed.update(shingles(body, size))
    packed = struct.pack(f">{bands * rows}I", *hashed.digest())
    return [
        f"{layer * 0x80 + band:02x}"
        + hashlib.blake2b(packed[band * rows * 4 : (band + 1) * rows * 4], digest_size=8).hexdigest()
        for band in range(bands)
    ]


def _lead_keys(prepared: NormalizedText) -> list[str]:
    """Return a key ("f0" and a 64-bit hash in hexadecimal) for each lead sentence; equal sentences have one key.

    Lead sentences are the first LEAD_SENTENCES sentences of LEAD_LENGTH or more characters.
    """
    lead = [sentence for sentence in prepared.squashed if len(sentence) >= LEAD_LENGTH][:LEAD_SENTENCES]
    return [
        "f0" + hashlib.blake2b(sentence.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        for sentence in dict.fromkeys(lead)
    ]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
