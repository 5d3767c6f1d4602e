"""Read the stored articles that share LSH bands with new ones, outside a write transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from store.lsh_index import LshIndex, load_neighbours, lsh_key
from store.records import Fingerprint, Neighbour
from store.schema import articles
from store.sql_parameters import chunks
from store.store import Store


def stored_neighbours(store: Store, fingerprint: Fingerprint) -> list[Neighbour]:
    """Return the stored articles that share LSH bands with a fingerprint, most shared bands first, at most 50."""
    keys = [lsh_key(fingerprint.method, band) for band in fingerprint.bands]
    with store.database.read() as db:
        best = [article for article, _ in LshIndex(db).best(keys)]
        found = load_neighbours(db, best) if best else {}
    return [found[article] for article in best if article in found]


def stored_urls(store: Store, urls: Sequence[str]) -> set[str]:
    """Return the URLs of `urls` that belong to stored articles."""
    with store.database.read() as db:
        return {
            url for part in chunks(urls) for url in db.scalars(select(articles.c.url).where(articles.c.url.in_(part)))
        }
