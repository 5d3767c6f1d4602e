"""Membership of articles in stories. An article's latest row in `members` is the effective one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, case, func, select

from store.as_of_queries import NOW, current_member
from store.schema import judgements, members, stories
from store.sql_parameters import chunks


def stories_of_articles(db: Connection, articles: Sequence[int]) -> dict[int, int]:
    """Return the present story of each article by article id; articles without a story are left out."""
    found: dict[int, int] = {}
    for part in chunks(articles):
        chosen = select(members.c.article, members.c.story).where(members.c.article.in_(part), current_member(NOW))
        found.update((row.article, row.story) for row in db.execute(chosen))
    return found


def stories_started_by(db: Connection, articles: Sequence[int]) -> dict[int, int]:
    """Return the story that each article started, by article id, even if the article has moved to another story since.

    Articles that started no story are left out.
    """
    found: dict[int, int] = {}
    for part in chunks(sorted(set(articles))):
        chosen = select(stories.c.representative, stories.c.id).where(stories.c.representative.in_(part))
        found.update((row.representative, row.id) for row in db.execute(chosen))
    return found


def stories_without_their_first(db: Connection, numbers: Sequence[int]) -> list[int]:
    """Return the stories of `numbers` that have articles, but no longer the article that started them."""
    found: list[int] = []
    for part in chunks(sorted(set(numbers))):
        first = func.max(case((members.c.article == stories.c.representative, 1), else_=0))
        chosen = (
            select(stories.c.id)
            .join(members, members.c.story == stories.c.id)
            .where(stories.c.id.in_(part), current_member(NOW))
            .group_by(stories.c.id)
            .having(first == 0)
        )
        found += db.scalars(chosen.order_by(stories.c.id))
    return found


def corrected_stories(db: Connection) -> set[int]:
    """Return the stories that have an article whose facts a person corrected."""
    chosen = select(members.c.story).join(judgements, judgements.c.article == members.c.article)
    return set(db.scalars(chosen.where(current_member(NOW)).distinct()))
