"""Look up the names to mask in an article: names of private persons in facts of the article, its story or any article.

A person whom one article marks as private is masked in every article that contains the name. The exception is an
article of another story whose facts have a person of that name who is not private, because officers and residents may
share a name.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection, delete, func, insert, select

from store.as_of_queries import NOW, current_member, facts_of, select_state
from store.masking import NO_RULES, Mask, Rules, private_names, public_names
from store.records import Fact
from store.schema import articles, members, revisions
from store.schema import private_names as table
from store.sql_parameters import chunks

#: blanks and zero-width characters that may occur within a name
GAPS = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")


def update(db: Connection, changed: Iterable[int]) -> None:
    """Rewrite the index rows of these articles from the effective facts of all their revisions."""
    for part in chunks(sorted(changed)):
        db.execute(delete(table).where(table.c.article.in_(part)))
        if rows := _rows(db, part):
            db.execute(insert(table), rows)


def rebuild(db: Connection) -> None:
    """Rewrite the whole index."""
    db.execute(delete(table))
    last = db.execute(select(func.coalesce(func.max(articles.c.id), 0))).scalar_one()
    for start in range(1, last + 1, 500):
        update(db, range(start, min(start + 500, last + 1)))


def _rows(db: Connection, part: Sequence[int]) -> list[dict[str, object]]:
    owner = {
        row.id: row.article
        for row in db.execute(select(revisions.c.id, revisions.c.article).where(revisions.c.article.in_(part)))
    }
    found = {
        (owner[revision], name)
        for revision, facts in facts_of(db, list(owner)).items()
        for name in private_names(facts)
        if len(name) > 1
    }
    return [{"article": article, "name": name, "head": name[:2]} for article, name in sorted(found)]


def names_of(db: Connection, ids: Sequence[int]) -> set[str]:
    """Return the names that facts of these articles mark as private."""
    return {
        name
        for part in chunks(ids)
        for name in db.execute(select(table.c.name).where(table.c.article.in_(part)).distinct()).scalars()
    }


def masks_for(
    db: Connection,
    texts: Mapping[int, Iterable[str]],
    rules: Rules = NO_RULES,
    *,
    given: Mapping[int, Sequence[Fact]] = MappingProxyType({}),
) -> dict[int, Mask]:
    """Return the mask of each article by its id. `texts`: article -> the texts that will be displayed.

    `given`: facts of articles that the caller has already loaded. Facts of other articles are loaded if needed.
    """
    written = {article: GAPS.sub("", "\n".join(parts)) for article, parts in texts.items()}
    own = _own_names(db, list(texts))
    for article, facts in given.items():
        own[article] |= private_names(facts)
    elsewhere = _names_in(db, written)
    wanted = {article for article in texts if own.get(article) or any(name in written[article] for name in elsewhere)}
    loaded = _facts(db, [article for article in wanted if article not in given])
    found = {}
    for article in texts:
        public = public_names(given.get(article, loaded.get(article, ())))
        others = {name for name in elsewhere if name in written[article]} - public
        found[article] = Mask(own.get(article, set()) | others, public, rules)
    return found


def _own_names(db: Connection, ids: Sequence[int]) -> defaultdict[int, set[str]]:
    """Return for each article the private names in it and in the other articles of its story."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    mate = members.alias()
    for part in chunks(ids):
        rows = db.execute(select(table.c.article, table.c.name).where(table.c.article.in_(part))).all()
        mates = db.execute(
            select(members.c.article, table.c.name)
            .join(mate, mate.c.story == members.c.story)
            .join(table, table.c.article == mate.c.article)
            .where(members.c.article.in_(part), current_member(NOW), current_member(NOW, mate))
        ).all()
        for article, name in (*rows, *mates):
            found[article].add(name)
    return found


def _names_in(db: Connection, written: Mapping[int, str]) -> list[str]:
    """Return private names of any article that may occur in these texts, longest first."""
    pairs = {first + second for text in written.values() for first, second in itertools.pairwise(text)}
    heads = [pair for pair in pairs if pair.isalpha()]
    found: set[str] = set()
    for part in chunks(sorted(heads)):
        found.update(db.execute(select(table.c.name).where(table.c.head.in_(part)).distinct()).scalars())
    return sorted(found, key=lambda name: (-len(name), name))


def _facts(db: Connection, ids: Sequence[int]) -> dict[int, tuple[Fact, ...]]:
    """Return the facts of each article's newest revision, by article id."""
    newest: dict[int, int] = {}
    for part in chunks(ids):
        chosen = select_state(NOW, articles.c.id, revisions.c.id.label("revision")).where(articles.c.id.in_(part))
        newest.update((row.revision, row.id) for row in db.execute(chosen))
    return {newest[revision]: facts for revision, facts in facts_of(db, list(newest)).items()}
