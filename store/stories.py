"""One story as all its articles tell it: who published first, what each copy added or cut, which copy is the best."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select

from store.errors import NotFoundError
from store.records import Relation, Revision
from store.schema import articles, members, revisions, stories
from store.snapshot import load_revision, representative, resolve_commit, select_state, verdicts_of
from store.store import Store


@dataclass(frozen=True, slots=True)
class Copy:
    """One telling of the story, compared with its representative."""

    revision: Revision
    relation: Relation
    #: share of the shorter text found in the longer when it was folded in, and why it was
    containment: float
    why: str
    #: paragraphs it has and the representative has not, and the other way round
    added: tuple[str, ...]
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryComparison:
    """A story with all its citations."""

    id: int
    representative: Revision
    copies: tuple[Copy, ...]
    #: the medium that published first as far as the citations say, and when; None when no telling is dated
    first_publisher: str | None
    first_published: str | None
    #: article number of the fullest telling
    best: int


def load_comparison(
    store: Store, number: int, plain: Callable[[str], str] = str, *, at: int | None = None
) -> StoryComparison:
    """The story of this number; `plain` makes of two writings of a text (its script) one, for comparing alone. `at`: as
    of a Commit.

    Raises NotFoundError when there is none.
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
    if not rows:
        when = "" if at is None else f" as of commit {at}"
        raise NotFoundError(f"showing story {number}: there is none{when}; the stories are 1 to {last or 0}")
    citations = [(load_revision(row), row.relation, row.containment, row.why) for row in rows]
    features = {row.article for row in rows if row.id in ruled and ruled[row.id].ruling == "feature"}
    return compare(number, citations, representative(rows[0].representative, features), plain)


def compare(
    number: int,
    citations: Sequence[tuple[Revision, Relation, float, str]],
    shown: int,
    plain: Callable[[str], str] = str,
) -> StoryComparison:
    """Compare citations with the representative, article number `shown` among them. Pure."""
    stands = next(one[0] for one in citations if one[0].article == shown)
    copies = tuple(
        Copy(revision, relation, containment, why, *_difference(stands, revision, plain))
        for revision, relation, containment, why in citations
        if revision is not stands
    )
    revisions_ = [one[0] for one in citations]
    first = min((one for one in revisions_ if one.content.published), key=_moment, default=None)
    return StoryComparison(
        number,
        stands,
        copies,
        first_publisher=_medium(first) if first else None,
        first_published=first.content.published if first else None,
        best=max(revisions_, key=lambda one: (_fullness(one), -one.article)).article,
    )


def date_order(published: str) -> tuple[str, str]:
    """What dates (ISO) are put in order by: earlier first, a day without an hour after the hours of that day."""
    return published[:10], published[10:] or "~"


def _moment(revision: Revision) -> tuple[tuple[str, str], bool]:
    """In order of time; of one moment, who names another medium as 来源 comes after the one who names itself."""
    return date_order(revision.content.published or ""), revision.content.source not in (None, revision.site)


def _medium(revision: Revision) -> str:
    """来源 outweighs the site that shows the article: a copy names whom it copied."""
    return revision.content.source or revision.site


def _fullness(revision: Revision) -> tuple[int, float]:
    """Characters of sentences; furniture that a copy added has few of them. Then how well it was read."""
    sentences = re.findall(r"[^。！？!?\n]+[。！？!?]", revision.content.text)
    return sum(len(one) for one in sentences), revision.content.quality


def _difference(one: Revision, other: Revision, plain: Callable[[str], str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(what only `other` has, what only `one` has), blanks, punctuation and script aside."""
    return _only_in(other, one, plain), _only_in(one, other, plain)


def _only_in(one: Revision, other: Revision, plain: Callable[[str], str]) -> tuple[str, ...]:
    """Paragraphs, and of those that the other text has in part the sentences that it has not."""
    elsewhere = _bare(plain(other.content.text))
    found: list[str] = []
    for line in one.content.text.split("\n"):
        pieces = re.findall(r"[^。！？!?]*[。！？!?]*[”’」』）)]*", line)
        for missing, run in groupby(pieces, key=lambda piece: _bare(plain(piece)) not in elsewhere):
            found += ["".join(run)] * missing
    return tuple(found)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
