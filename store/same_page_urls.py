"""Articles that are one page under two URLs: a forwarding URL and its target, or a URL and the page's canonical URL.

Earlier versions stored such a page twice. `same_page_pairs` finds the pairs. `Batch.spelling` marks the later article
as a spelling of the older one, which hides it from every state from that Commit on. Nothing is deleted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from store.as_of_queries import NOW, current_member, newest_revision, select_state
from store.schema import articles, captures, members, revisions
from store.schema import spellings as spellings_
from store.sql_parameters import chunks
from store.store import Store


@dataclass(frozen=True, slots=True)
class SamePagePair:
    """A later article that is the same page as an older one."""

    later: int
    later_url: str
    older: int
    older_url: str
    title: str
    #: the URL of the page
    page: str
    #: how it is known that both articles are this page
    why: str


@dataclass(frozen=True, slots=True)
class _Member:
    url: str
    title: str
    text: str
    story: int | None


@dataclass(frozen=True, slots=True)
class _Page:
    """A URL and the articles that may all be the page at this URL."""

    url: str
    articles: frozenset[int]
    #: whether requests for articles were answered from this URL; otherwise pages only state it as their canonical URL
    answered: bool

    @property
    def why(self) -> str:
        return f"both answered from {self.url}" if self.answered else f"the page names {self.url} as its address"

    def joins(self, later: _Member, older: _Member) -> bool:
        """Return whether two articles with this URL are one page.

        A common URL alone does not prove this, because some sites answer many requests from one URL, or state one
        canonical URL on many pages.
        """
        if later.text == older.text:
            return True
        return later.title == older.title and (self.answered or later.story == older.story is not None)


def same_page_pairs(
    store: Store, spellings_of: Callable[[str], Sequence[str]], stated: Mapping[int, str] | None = None
) -> list[SamePagePair]:
    """Return the pairs of stored articles that are the same page, sorted by the later article.

    `spellings_of` returns the equal forms of a URL; the first form serves as key. `stated` maps an article to the
    canonical URL that its page states.

    Two articles are a pair if the request for one was answered from the other's URL, or both requests from the same
    URL, and if their titles or texts are equal. They are also a pair if the page of one states the other's URL, or both
    pages state the same URL, and if their texts are equal, or their titles and stories.

    A pair is left out if its later article is in another story than the older article and that story has further
    articles, or if an article is marked as a spelling of the later article.
    """
    with store.database.read() as db:
        pages = [
            *_pages(db, _forwarded(db), spellings_of, answered=True),
            *_pages(db, (stated or {}).items(), spellings_of, answered=False),
        ]
        chosen = _members(db, sorted({article for page in pages for article in page.articles}))
        kept = set(db.execute(select(spellings_.c.same_as)).scalars())
        pairs: dict[int, SamePagePair] = {}
        for page in pages:
            members_ = [(article, chosen[article]) for article in sorted(page.articles) if article in chosen]
            for later, found in members_[1:]:
                older, first = members_[0]
                alone = found.story == first.story or _alone(db, later, found.story)
                if page.joins(found, first) and later not in kept and alone:
                    pair = SamePagePair(later, found.url, older, first.url, found.title, page.url, page.why)
                    pairs.setdefault(later, pair)
        # a pair never points to an article that another pair hides
        return [pair for later, pair in sorted(pairs.items()) if pair.older not in pairs]


def similar_articles(store: Store) -> list[tuple[int, str]]:
    """Return (id, URL) of each article that has the same title as another article, or is in a story with others."""
    chosen = select_state(NOW, articles.c.id, articles.c.url, revisions.c.title, members.c.story)
    with store.database.read() as db:
        found = db.execute(chosen.order_by(articles.c.id)).all()
    titles = Counter(row.title for row in found)
    stories = Counter(row.story for row in found if row.story is not None)
    return [(row.id, row.url) for row in found if titles[row.title] > 1 or stories[row.story] > 1]


def _forwarded(db: Connection) -> list[tuple[int, str]]:
    """Return (article, final URL) of each article whose request was answered from another URL."""
    chosen = (
        select(articles.c.id, captures.c.final_url)
        .join(captures, captures.c.url == articles.c.url)
        .where(captures.c.status == 200, captures.c.kind == "article", captures.c.final_url != captures.c.url)
        .distinct()
    )
    return [(row.id, row.final_url) for row in db.execute(chosen)]


def _pages(
    db: Connection, urls: Iterable[tuple[int, str]], spellings_of: Callable[[str], Sequence[str]], *, answered: bool
) -> list[_Page]:
    """Return the URLs for which several articles are stored. `urls`: pairs (article, another URL of this article)."""
    pages: dict[str, set[int]] = defaultdict(set)
    forms: dict[str, str] = {}
    shown: dict[str, str] = {}
    for article, url in urls:
        try:
            equal = spellings_of(url)
        except ValueError:
            continue
        if equal[0].partition("://")[2].partition("/")[2]:  # not a home page, where sites send requests for lost pages
            pages[equal[0]].add(article)
            shown.setdefault(equal[0], url)
            forms.update(dict.fromkeys(equal, equal[0]))
    for part in chunks(list(forms)):
        for row in db.execute(select(articles.c.id, articles.c.url).where(articles.c.url.in_(part))):
            pages[forms[row.url]].add(row.id)
    return [_Page(shown[name], frozenset(group), answered) for name, group in sorted(pages.items()) if len(group) > 1]


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
    """Return whether `story` has no article other than `article`, or is None."""
    chosen = select(members.c.article).where(members.c.story == story, members.c.article != article)
    other = chosen.where(current_member(NOW)).limit(1)
    return story is None or db.execute(other).first() is None
