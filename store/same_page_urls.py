"""Articles that are the same page under two URLs: a feed's forwarding URL, and the URL to which it forwards.

Earlier versions stored such a page twice. `spelling_pairs` finds the pairs. `Batch.spelling` marks the later article as
a spelling of the older one, which hides it from every state from that Commit on. Nothing is deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from store.schema import articles, captures, members, revisions
from store.schema import spellings as spellings_
from store.sql_parameters import chunks
from store.state_rows import NOW, current_member, newest_revision
from store.store import Store


@dataclass(frozen=True, slots=True)
class SpellingPair:
    """A later article that is the same page as an older one."""

    later: int
    later_url: str
    older: int
    older_url: str
    title: str
    #: the URL that returned the page of both
    page: str


@dataclass(frozen=True, slots=True)
class _Member:
    url: str
    title: str
    text: str
    story: int | None


def spelling_pairs(store: Store, spellings_of: Callable[[str], Sequence[str]]) -> list[SpellingPair]:
    """Return the pairs among the stored articles, sorted by the later article.

    `spellings_of` returns the equal forms of a URL; the first one is its key. Two articles are a pair if they have the
    same title or text and the same page: the final URL of one is the URL or final URL of the other. An article is left
    out if its story has other articles, unless both share the story, or if another article is a spelling of it.
    """
    with store.database.read() as db:
        pages = _pages(db, spellings_of)
        chosen = _members(db, sorted({article for group in pages.values() for article in group}))
        kept = set(db.execute(select(spellings_.c.same_as)).scalars())
        pairs: dict[int, SpellingPair] = {}
        for page, group in sorted(pages.items()):
            older, *others = sorted(article for article in group if article in chosen)
            first = chosen[older]
            for later in others:
                found = chosen[later]
                same = found.title == first.title or found.text == first.text
                if same and later not in kept and (found.story == first.story or _alone(db, later, found.story)):
                    pairs.setdefault(later, SpellingPair(later, found.url, older, first.url, found.title, page))
        # A pair must not point to an article that another pair hides.
        return [pair for later, pair in sorted(pairs.items()) if pair.older not in pairs]


def _pages(db: Connection, spellings_of: Callable[[str], Sequence[str]]) -> dict[str, set[int]]:
    """Return the articles stored for each page by the key of its final URL, for pages with several articles."""
    forwarded = (
        select(articles.c.id, captures.c.final_url)
        .join(captures, captures.c.url == articles.c.url)
        .where(captures.c.status == 200, captures.c.kind == "article", captures.c.final_url != captures.c.url)
        .distinct()
    )
    pages: dict[str, set[int]] = defaultdict(set)
    forms: dict[str, str] = {}
    for row in db.execute(forwarded):
        try:
            equal = spellings_of(row.final_url)
        except ValueError:
            continue
        # not for a home page: sites forward requests for missing pages to it
        if equal[0].partition("://")[2].partition("/")[2]:
            pages[equal[0]].add(row.id)
            forms.update(dict.fromkeys(equal, equal[0]))
    for part in chunks(list(forms)):
        for row in db.execute(select(articles.c.id, articles.c.url).where(articles.c.url.in_(part))):
            pages[forms[row.url]].add(row.id)
    return {page: group for page, group in pages.items() if len(group) > 1}


def _members(db: Connection, ids: Sequence[int]) -> dict[int, _Member]:
    """Return URL, newest text and story of each article by article id, for the articles that are not spellings."""
    found: dict[int, _Member] = {}
    hidden = select(spellings_.c.article)
    for part in chunks(ids):
        rows = db.execute(
            select(articles.c.id, articles.c.url, revisions.c.title, revisions.c.text, members.c.story)
            .select_from(articles)
            .join(revisions, revisions.c.id == newest_revision(NOW))
            .outerjoin(members, and_(members.c.article == articles.c.id, current_member(NOW)))
            .where(articles.c.id.in_(part), articles.c.id.not_in(hidden))
        )
        found.update((row.id, _Member(row.url, row.title, row.text, row.story)) for row in rows)
    return found


def _alone(db: Connection, article: int, story: int | None) -> bool:
    """Return whether the story has no article other than `article`."""
    chosen = select(members.c.article).where(members.c.story == story, members.c.article != article)
    other = chosen.where(current_member(NOW)).limit(1)
    return story is None or db.execute(other).first() is None
