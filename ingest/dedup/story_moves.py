"""Differences between stored stories and a new clustering, and the moves of articles that remove the differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ingest.dedup.clustering import Grouped
from store.records import Match, Move


@dataclass(frozen=True, slots=True)
class StoryChange:
    """A stored story that a clustering splits, or several stored stories that a clustering joins."""

    change: Literal["split", "join"]
    #: ids of the stories
    stories: tuple[int, ...]
    #: ids of the articles: of each part of the split story, or of the joined part of each story
    articles: tuple[tuple[int, ...], ...]


def story_changes(grouped: Iterable[Grouped], story_of: Mapping[int, int]) -> list[StoryChange]:
    """Return the stored stories that a clustering splits, then those that it joins.

    `Grouped.key` and `Grouped.first` are article ids of the store in decimal. `story_of` maps each article to its
    story.
    """
    split: dict[int, dict[str, list[int]]] = {}
    joined: dict[str, dict[int, list[int]]] = {}
    for found in grouped:
        article = int(found.key)
        split.setdefault(story_of[article], {}).setdefault(found.first, []).append(article)
        joined.setdefault(found.first, {}).setdefault(story_of[article], []).append(article)
    changes = [
        StoryChange("split", (story,), tuple(tuple(sorted(part)) for part in parts.values()))
        for story, parts in sorted(split.items())
        if len(parts) > 1
    ]
    changes += [
        StoryChange("join", tuple(sorted(stories)), tuple(tuple(sorted(stories[n])) for n in sorted(stories)))
        for stories in joined.values()
        if len(stories) > 1
    ]
    return changes


def plan_moves(grouped: Iterable[Grouped], story_of: Mapping[int, int], started: Mapping[int, int]) -> list[Move]:
    """Return the moves after which each group is one story, ordered by article.

    `started` maps the first article of each story to the story. A group that contains the first articles of some
    stories becomes the oldest of these stories. So a story that loses its first article loses all its articles. A group
    without a first article becomes a new story.
    """
    groups: dict[str, dict[int, Grouped]] = {}
    for found in grouped:
        groups.setdefault(found.first, {})[int(found.key)] = found
    moves: list[Move] = []
    for members in groups.values():
        firsts = [article for article in members if article in started]
        first = min(firsts, key=lambda article: started[article]) if firsts else min(members)
        target = started.get(first)
        moves += [
            Move(article, story_of[article], first, None if article == first else _match(article, members, first))
            for article in members
            if story_of[article] != target
        ]
    return sorted(moves, key=lambda move: move.article)


def _match(article: int, members: Mapping[int, Grouped], first: int) -> Match:
    """Return the match by which an article belongs to its group.

    The longest article of a group has no match of its own. This article receives the match of an article that was
    matched with it (of `first`, if possible), with the relation "copy" or "repost".
    """
    own = members[article]
    if own.match is not None and own.matched is not None:
        return _of(own.match, int(own.matched), own.match.relation)
    others = sorted((number for number, found in members.items() if found.matched == own.key), key=lambda n: n != first)
    match = members[others[0]].match
    assert match is not None
    return _of(match, others[0], "copy" if match.relation == "copy" else "repost")


def _of(match: Match, article: int, relation: Literal["copy", "repost", "digest", "original"]) -> Match:
    return Match(0, article, relation, match.containment, match.why)
