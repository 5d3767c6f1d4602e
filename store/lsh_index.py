"""LSH index from the bands of fingerprints to articles, to find near-duplicate candidates.

The index of a batch includes its articles that are not written yet, so that two copies in one batch are found.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text

from store.records import Fingerprint
from store.schema import bands, fingerprints
from store.sql_parameters import array_literal

#: maximum number of neighbours that deduplication compares with one article
NEIGHBOURS = 50
#: Maximum number of articles read per band, newest first. Without this limit, a band of boilerplate that all articles
#: of a site share would slow down every batch (benchmarks/append.py measures both cases).
DEPTH = 200


def lsh_key(method: str, band: str) -> int:
    """Return the stored key of a band: a signed 8-byte number. Equal bands of two methods have different keys."""
    keyed = _keyed(method).copy()
    keyed.update(band.encode())
    return int.from_bytes(keyed.digest(), "big", signed=True)


@lru_cache(maxsize=8)
def _keyed(method: str) -> hashlib.blake2b:
    """Return a hash object that includes `method` already. Cached, because this is half of the work of `lsh_key`."""
    return hashlib.blake2b(digest_size=8, key=method.encode()[:64])


#: Queries for the articles that share the most keys, reading at most DEPTH articles per key. All keys are one parameter
#: (`array_literal`): a UNION of 48 SELECTs with a parameter each took PostgreSQL twice the time, mostly for parsing.
_BEST = {
    "sqlite": text(
        "SELECT b.article AS article, count(*) AS shared FROM json_each(:keys) AS k CROSS JOIN bands AS b "
        "WHERE b.key = k.value AND b.article >= coalesce((SELECT article FROM bands WHERE key = k.value "
        f"ORDER BY article DESC LIMIT 1 OFFSET {DEPTH - 1}), 0) "
        f"GROUP BY b.article ORDER BY count(*) DESC, b.article LIMIT {NEIGHBOURS}"
    ),
    "postgresql": text(
        "SELECT hit.article AS article, count(*) AS shared FROM unnest(CAST(:keys AS bigint[])) AS k(key) "
        f"CROSS JOIN LATERAL (SELECT article FROM bands WHERE key = k.key ORDER BY article DESC LIMIT {DEPTH}) AS hit "
        f"GROUP BY hit.article ORDER BY count(*) DESC, hit.article LIMIT {NEIGHBOURS}"
    ),
}


class LshIndex:
    """View of the LSH index in one batch, with the batch's own changes."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._bands: list[dict[str, int]] = []
        self._fingerprints: list[dict[str, Any]] = []
        self._own: defaultdict[int, list[int]] = defaultdict(list)

    def best(self, keys: Iterable[int]) -> list[tuple[int, int]]:
        """Return at most NEIGHBOURS pairs (article, number of shared bands), most shared bands first."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return []
        dialect = self._db.dialect.name
        rows = self._db.execute(_BEST[dialect], {"keys": array_literal(dialect, wanted)}).all()
        found: Counter[int] = Counter(dict(map(tuple, rows)))
        for key in wanted:
            if key in self._own:
                found.update(self._own[key][-DEPTH:])
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:NEIGHBOURS]

    def put(self, article: int, fingerprint: Fingerprint, *, fresh: bool) -> None:
        """Index an article, replacing its old keys. `fresh` means that the article was never indexed.

        If the article is not `fresh`, the caller must call `flush` first, so that no rows are waiting.
        """
        if not fresh:
            self._delete(article)
        keys = sorted({lsh_key(fingerprint.method, band) for band in fingerprint.bands})
        self._fingerprints.append(
            {"article": article, "exact": fingerprint.exact, "method": fingerprint.method, "keys": _pack(keys)}
        )
        for key in keys:
            self._bands.append({"key": key, "article": article})
            self._own[key].append(article)

    def _delete(self, article: int) -> None:
        packed = self._db.execute(select(fingerprints.c["keys"]).where(fingerprints.c.article == article)).scalar()
        if packed is None:
            return
        statement = bands.delete().where(bands.c.article == bindparam("a"), bands.c.key == bindparam("k"))
        if packed:
            self._db.execute(statement, [{"a": article, "k": key} for key in _unpack(packed)])
        self._db.execute(fingerprints.delete().where(fingerprints.c.article == article))

    def flush(self) -> None:
        """Write the waiting rows."""
        if self._fingerprints:
            self._db.execute(insert(fingerprints), self._fingerprints)
        if self._bands:
            self._db.execute(insert(bands), sorted(self._bands, key=lambda row: row["key"]))
        self._bands, self._fingerprints = [], []
        self._own.clear()


def _pack(keys: Sequence[int]) -> bytes:
    return b"".join(key.to_bytes(8, "big", signed=True) for key in keys)


def _unpack(packed: bytes) -> list[int]:
    return [int.from_bytes(packed[i : i + 8], "big", signed=True) for i in range(0, len(packed), 8)]
