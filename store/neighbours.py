"""Read the stored articles that share LSH bands with new ones, outside a write transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from store.lsh_index import LshIndex, load_neighbours, lsh_key
from store.memberships import corrected_stories, stories_started_by
from store.records import Fingerprint, Neighbour
from store.schema import articles
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
            url
            for part in _parts(urls, 500)
            for url in db.scalars(select(articles.c.url).where(articles.c.url.in_(part)))
        }


def protected_stories(store: Store) -> set[int]:
    """Return the stories with corrections by people; later rules do not change such stories."""
    with store.database.read() as db:
        return corrected_stories(db)


def started_stories(store: Store, numbers: Sequence[int]) -> dict[int, int]:
    """Return article -> the story that it started."""
    with store.database.read() as db:
        return stories_started_by(db, numbers)


def story_texts(store: Store) -> Iterator[tuple[int, int, str, str]]:
    """Yield (article, story, title, newest text) of all articles, by article number."""
    with store.database.read() as db:
        for part in batched_ids(db.scalars(select(articles.c.id).order_by(articles.c.id)).all(), 500):
            found = load_neighbours(db, part)
            yield from ((n.article, n.story, n.title, n.text) for n in (found[a] for a in part if a in found))


def batched_ids(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Yield slices of `ids` of at most `size` elements."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _parts(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
