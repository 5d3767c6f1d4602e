"""Read the input of a new clustering of the stored articles: texts, started stories, stories with corrected facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from store.memberships import corrected_stories, stories_started_by
from store.near_duplicate_candidates import load_neighbours
from store.schema import articles
from store.sql_parameters import chunks
from store.store import Store


def protected_stories(store: Store) -> set[int]:
    """Return the stories with facts that people corrected. A new clustering does not change such stories."""
    with store.database.read() as db:
        return corrected_stories(db)


def started_stories(store: Store, numbers: Sequence[int]) -> dict[int, int]:
    """Return the stories that these articles started, by article id; articles that started no story are left out."""
    with store.database.read() as db:
        return stories_started_by(db, numbers)


def story_texts(store: Store) -> Iterator[tuple[int, int, str, str]]:
    """Yield (article, story, title, newest text) of all articles that are in a story, sorted by article id."""
    with store.database.read() as db:
        for part in chunks(db.scalars(select(articles.c.id).order_by(articles.c.id)).all()):
            found = load_neighbours(db, part)
            yield from ((n.article, n.story, n.title, n.text) for n in (found[a] for a in part if a in found))
