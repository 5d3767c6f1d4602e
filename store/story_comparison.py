"""Compare the articles of one story: first publisher, text added or cut by each copy, most complete copy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Select, func, select

from store.as_of_queries import current_member, load_revision, representative, resolve_commit, select_state, verdicts_of
from store.errors import NotFoundError
from store.records import Relation, Revision
from store.schema import articles, members, revisions, stories
from store.store import Store

#: Publication times that differ by at most CLOCK do not decide which medium was first. In 63 of 222 stories with
#: several media, another medium published within two hours of the first
CLOCK = timedelta(hours=2)
#: number of characters at the beginning of a text that may be its dateline (山城晚报讯); not measured
DATELINE = 40
#: number of characters at the end of a text that may be its credit (原载《山城晚报》); not measured
CREDIT = 80
#: values of 来源 that are not the name of a medium
_NO_MEDIUM = re.compile(r"|综合.{0,4}|.{0,2}网络|互联网|网上|转载|原创|佚名|未知|[\w-]+(?:\.[\w-]+)+")
#: phrase with which a newspaper marks its own report
_OWN_REPORT = re.compile("^本报[^。]{0,12}[讯电]|本报(?:首席|见习|实习)?(?:记者|通讯员|讯)")


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of the story, compared with its representative."""

    revision: Revision
    relation: Relation
    #: share of the shorter text that occurs in the longer one; from deduplication, which may have compared the copy
    #: with another article of the story
    containment: float
    #: reason for the match, from deduplication
    why: str
    #: paragraphs or parts of paragraphs that only the copy has
    added: tuple[str, ...]
    #: paragraphs or parts of paragraphs that only the representative has
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryComparison:
    """A story with all its copies."""

    id: int
    representative: Revision
    copies: tuple[Copy, ...]
    #: the medium that published first, judged by the dates and texts of all articles; None if no article has a date
    first_publisher: str | None
    #: earliest date of publication; None if no article has a date
    first_published: str | None
    #: id of the article whose text is the most complete
    best: int


def load_comparison(
    store: Store, number: int, plain: Callable[[str], str] = str, *, at: int | None = None
) -> StoryComparison:
    """Load a story and compare its articles.

    `plain` normalizes texts for the comparison only (traditional to simplified script). `at`: the state as of a Commit.
    Raises NotFoundError if the story does not exist.
    """
    with store.database.read() as db:
        upto = resolve_commit(db, at)
        rows = db.execute(
            select_state(
                upto,
                revisions,
                articles.c.url,
                members.c.relation,
                members.c.containment,
                members.c.why,
                stories.c.representative,
            )
            .join(stories, stories.c.id == members.c.story)
            .where(members.c.story == number)
            .order_by(articles.c.id)
        ).all()
        ruled = verdicts_of(db, [row.id for row in rows], upto)
        last = db.execute(select(func.max(stories.c.id)).where(stories.c.commit_no <= upto)).scalar()
        joined = None if rows else db.scalar(_story_of_first(number, upto))
    if not rows:
        when = "" if at is None else f" as of commit {at}"
        if joined:
            raise NotFoundError(f"showing story {number}: it belongs to story {joined}{when}; show that one")
        raise NotFoundError(f"showing story {number}: it does not exist{when}; the stories are 1 to {last or 0}")
    articles_ = [(load_revision(row), row.relation, row.containment, row.why) for row in rows]
    features = {row.article for row in rows if row.id in ruled and ruled[row.id].ruling == "feature"}
    return compare(number, articles_, representative(rows[0].representative, features), plain)


def _story_of_first(number: int, upto: int) -> Select[tuple[int]]:
    """Select the present story of the article that started story `number`."""
    return (
        select(members.c.story)
        .join(stories, stories.c.representative == members.c.article)
        .where(stories.c.id == number, stories.c.commit_no <= upto, current_member(upto))
    )


def compare(
    number: int,
    articles_: Sequence[tuple[Revision, Relation, float, str]],
    shown: int,
    plain: Callable[[str], str] = str,
) -> StoryComparison:
    """Compare the articles of story `number` with the representative, which is the article with id `shown`. Pure."""
    representative_ = next(revision for revision, *_ in articles_ if revision.article == shown)
    copies = tuple(
        Copy(revision, relation, containment, why, *_difference(representative_, revision, plain))
        for revision, relation, containment, why in articles_
        if revision is not representative_
    )
    revisions_ = [revision for revision, *_ in articles_]
    first = _first_published(revisions_)
    return StoryComparison(
        number,
        representative_,
        copies,
        first_publisher=_first_publisher(first, revisions_) if first else None,
        first_published=first.content.published if first else None,
        best=max(revisions_, key=lambda revision: (_completeness(revision), -revision.article)).article,
    )


def date_order(published: str) -> tuple[str, str]:
    """Return the sort key of an ISO date: earlier first; a date without a time sorts after the times of that day."""
    return published[:10], published[10:] or "~"


def _publication_order(revision: Revision) -> tuple[tuple[str, str], bool]:
    """Return the sort key by time. At equal times, an article that names another medium as 来源 sorts last."""
    return date_order(revision.content.published or ""), revision.content.source not in (None, revision.site)


def _first_published(revisions_: Sequence[Revision]) -> Revision | None:
    """Return the article with the earliest date; None if no article has a date."""
    return min((r for r in revisions_ if r.content.published), key=_publication_order, default=None)


def _first_publisher(first: Revision, revisions_: Sequence[Revision]) -> str:
    """Return the medium that published first.

    Only media within CLOCK of the earliest article are considered. The first criterion is the number of sites that name
    a medium (as 来源, in the dateline or in the credit), if it is more than one; then a newspaper whose article calls
    itself 本报; then the time of publication.
    """
    media = {medium for revision in revisions_ if (medium := _named_medium(revision))}
    named: dict[str, set[str]] = {}
    for revision in revisions_:
        text = revision.content.text
        ends = text[:DATELINE] + "\n" + text[-CREDIT:]
        for medium in media:
            if medium == revision.content.source or medium in ends:
                named.setdefault(medium, set()).add(revision.site)

    def order(revision: Revision) -> tuple[int, bool, tuple[tuple[str, str], bool]]:
        sites = len(named.get(_medium(revision), ()))
        own = _medium(revision).endswith("报") and _OWN_REPORT.search(revision.content.text) is not None
        return (-sites if sites > 1 else 0), not own, _publication_order(revision)

    return _medium(min((r for r in revisions_ if _close(first, r)), key=order))


def _close(first: Revision, other: Revision) -> bool:
    """Return whether `other` was published within CLOCK of `first`, or on the same day if one of them has no time."""
    earlier, later = first.content.published, other.content.published
    if not earlier or not later:
        return False
    if len(earlier) <= len("2026-01-01") or len(later) <= len("2026-01-01"):
        return earlier[:10] == later[:10]
    try:
        return abs(datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) <= CLOCK
    except (ValueError, TypeError):  # only one of the two times has a zone, or one is not a time
        return earlier[:10] == later[:10]


def _named_medium(revision: Revision) -> str:
    """Return 来源 if it names a medium, else "". 综合, 网络 and host names are not media."""
    source = revision.content.source or ""
    return "" if _NO_MEDIUM.fullmatch(source) else source


def _medium(revision: Revision) -> str:
    """Return 来源 if it names a medium, else the site. A copy states as 来源 the medium from which it was copied."""
    return _named_medium(revision) or revision.site


def _completeness(revision: Revision) -> tuple[int, float]:
    """Return (characters in sentences, extraction quality) of an article.

    Boilerplate in a copy has few sentences, so it hardly counts.
    """
    sentences = re.findall(r"[^。！？!?\n]+[。！？!?]", revision.content.text)
    return sum(map(len, sentences)), revision.content.quality


def _difference(one: Revision, other: Revision, plain: Callable[[str], str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (text only in `other`, text only in `one`), ignoring blanks, punctuation and script."""
    return _only_in(other, one, plain), _only_in(one, other, plain)


def _only_in(one: Revision, other: Revision, plain: Callable[[str], str]) -> tuple[str, ...]:
    """Return the paragraphs of `one` that are not in `other`.

    If a part of a paragraph is in `other`, only the missing sentences are returned. Blanks, punctuation and script are
    ignored.
    """
    elsewhere = _bare(plain(other.content.text))
    found: list[str] = []
    for line in one.content.text.split("\n"):
        pieces = re.findall(r"[^。！？!?]*[。！？!?]*[”’」』）)]*", line)
        for missing, run in groupby(pieces, key=lambda piece: _bare(plain(piece)) not in elsewhere):
            found += ["".join(run)] * missing
    return tuple(found)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
