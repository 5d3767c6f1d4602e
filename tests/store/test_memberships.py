"""Tests of moved articles (store/memberships.py): the latest membership is effective, older ones stay."""

from __future__ import annotations

import pytest

from store import Store
from store.commit_diff import diff
from store.errors import ConflictError, NotFoundError
from store.export_rows import article_rows
from store.memberships import corrected_stories
from store.near_duplicate_candidates import stored_neighbours
from store.queries import list_articles, period, show, verify
from store.records import Correction, Match, Move
from store.story_comparison import load_comparison
from tests.support.store_samples import T0, article, batch_of, fact, fingerprint, later, put

COPY = Match(0, 1, "repost", 0.9, "90% of it is in the other text")


def stories(store: Store, at: int | None = None) -> dict[int, int | None]:
    """Return the story of each article at the newest Commit, or at the Commit `at`."""
    return {row.id: row.story for row in list_articles(store, at=at)}


@pytest.fixture
def grouped(store: Store) -> Store:
    """Return a store of two Commits, the second of which moves articles.

    Commit 1: articles 1 and 2 in story 1, article 3 in story 2. Commit 2: article 2 in new story 3, article 3 in story 1.
    """
    with batch_of(store) as batch:
        put(batch, article(1), bands=("a",))
        put(batch, article(2), match=Match(1, 1, "copy", 1.0, "all of it"), bands=("a",))
        put(batch, article(3), bands=("a",), facts=(fact(),))
    with batch_of(store, later(1)) as batch:
        batch.move([Move(2, 1, 2, None), Move(3, 2, 1, COPY)])
    assert batch.commit_number == 2
    return store


def test_moved_articles_are_in_their_new_story(grouped: Store) -> None:
    """Lists, stories, neighbours and exports show the latest membership, and the store verifies."""
    assert stories(grouped) == {1: 1, 2: 3, 3: 1}
    assert [copy.revision.article for copy in load_comparison(grouped, 1).copies] == [3]
    assert load_comparison(grouped, 3).representative.article == 2
    view = show(grouped, 3).story
    assert view is not None and view.id == 1 and [copy.relation for copy in view.copies] == ["repost"]
    assert {n.article: n.story for n in stored_neighbours(grouped.database, fingerprint("a"))} == {1: 1, 2: 3, 3: 1}
    assert {row["id"]: row["story"] for row in article_rows(grouped, ruling=None)} == {1: 1, 2: 3, 3: 1}
    assert verify(grouped) == []


def test_earlier_commits_show_the_story_as_it_was(grouped: Store) -> None:
    """At an earlier Commit (`--at`) the earlier membership is shown."""
    assert stories(grouped, 1) == {1: 1, 2: 1, 3: 2}
    assert [copy.revision.article for copy in load_comparison(grouped, 1, at=1).copies] == [2]
    assert load_comparison(grouped, 2, at=1).representative.article == 3


def test_story_that_was_joined_names_the_other(grouped: Store) -> None:
    """If all articles of a story were moved, the error names the story that its first article belongs to now."""
    with pytest.raises(NotFoundError, match="it belongs to story 1"):
        load_comparison(grouped, 2)


def test_moves_are_exported_and_compared_but_no_news(grouped: Store) -> None:
    """An increment and a diff contain moved articles; a digest does not report their stories again."""
    assert [row["id"] for row in article_rows(grouped, ruling=None, since=1)] == [2, 3]
    assert [(view.id, [copy.article for copy in view.copies]) for view in diff(grouped, 1, 2).stories] == [(1, [3])]
    assert period(grouped, 1, 2).features == ()
    assert [view.id for view in period(grouped, 0, 2).features] == [1, 3]


def test_article_returns_to_the_story_that_it_started(grouped: Store) -> None:
    """A story that its first article left, and that is empty now, keeps its number when the article is moved back."""
    with batch_of(grouped, later(2)) as batch:
        batch.move([Move(3, 1, 3, None), Move(2, 3, 3, COPY)])
    assert stories(grouped) == {1: 1, 2: 2, 3: 2}
    assert verify(grouped) == []


def test_moves_planned_for_other_stories_are_refused(grouped: Store) -> None:
    """All moves are refused if a story has changed since they were planned."""
    with pytest.raises(ConflictError, match=r"article 2 .* its story has changed"), batch_of(grouped) as batch:
        batch.move([Move(2, 1, 3, COPY)])
    with batch_of(grouped, later(2)) as batch:
        put(batch, article(4), match=Match(3, 2, "copy", 1.0, "all of it"))
    with pytest.raises(ConflictError, match="out of story 3: another article joined"), batch_of(grouped) as batch:
        batch.move([Move(2, 3, 1, COPY)])
    assert stories(grouped) == {1: 1, 2: 3, 3: 1, 4: 3}


def test_corrected_stories_are_known(grouped: Store) -> None:
    """A story with a corrected fact in any of its articles is listed as corrected."""
    with batch_of(grouped) as batch:
        batch.correct_fact(Correction(3, "force", "民警35人", "民警", "confirm", "reviewer", T0))
    with grouped.database.read() as db:
        assert corrected_stories(db) == {1}
