"""Keeping the search index: one entry an article, written by the transaction that changed the article.

An article that changes gets a new entry; its old one goes. In SQLite the old entry's words stay behind, unreachable,
until `reindex`: an index without content cannot take words out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, exists, func, insert, select, text, union_all

from store import search_tokens
from store.progress import Progress, ignore_progress
from store.records import Fact
from store.schema import articles, judgements, readings, revisions, search_entries, verdicts
from store.snapshot import NOW, facts_of, select_state
from store.sql import array_literal, chunks

#: articles indexed at a time by `reindex`
_CHUNK = 200
#: field of a fact, by kind, that people search by name
_NAMES = {"station": "name", "person": "name", "honour": "title", "initiative": "name"}
_PLACES = ("province", "city", "district")

_SQLITE = text("INSERT INTO search_tokens (rowid, tokens) VALUES (:id, :tokens)")
_POSTGRES = text("INSERT INTO search_tokens (id, tokens) VALUES (:id, CAST(:tokens AS bigint[]))")


def index(db: Connection, changed: Iterable[int]) -> None:
    """Give these articles entries for what is now known of them."""
    for part in chunks(sorted(changed)):
        _put(db, part)


def _put(db: Connection, part: Sequence[int]) -> None:
    """New entries for a few articles, in the order given, in place of those they have."""
    lite = db.dialect.name == "sqlite"
    rows = {
        row.article: row
        for row in db.execute(
            select_state(
                NOW, revisions, articles.c.url, articles.c.first_seen, articles.c.site.label("home"), verdicts.c.ruling
            ).where(articles.c.id.in_(part))
        )
    }
    known = facts_of(db, [row.id for row in rows.values()])
    # Before the old ones go: a number never comes again, for its words may still lie in SQLite's index.
    first = db.execute(select(func.coalesce(func.max(search_entries.c.id), 0))).scalar_one() + 1
    old = db.execute(select(search_entries.c.id).where(search_entries.c.article.in_(part))).scalars().all()
    if old:
        db.execute(search_entries.delete().where(search_entries.c.id.in_(old)))
        if not lite:
            db.execute(text("DELETE FROM search_tokens WHERE id = ANY(:old)"), {"old": list(old)})
    entries, tokens = [], []
    for number, article in enumerate(part, first):
        entry, found = _entry(number, rows[article], known.get(rows[article].id, ()))
        entries.append(entry)
        tokens.append(
            {
                "id": number,
                "tokens": " ".join(found)
                if lite
                else array_literal("postgresql", [*map(search_tokens.number, found), *stretches(number)]),
            }
        )
    db.execute(insert(search_entries), entries)
    db.execute(_SQLITE if lite else _POSTGRES, tokens)


#: entries of a stretch, by level, as powers of two: 4,096 and eight times more each
LEVELS = (12, 15, 18, 21, 24)


def stretch(level: int, number: int) -> int:
    """The mark of the stretch of entries that this one is in, among the numbers of words: PostgreSQL finds what has
    certain words in one stretch without looking at the others, which it does not for the newest that have them."""
    return 1 << 62 | level << 56 | number >> LEVELS[level]


def stretches(number: int) -> list[int]:
    """The marks of an entry at every level."""
    return [stretch(level, number) for level in range(len(LEVELS))]


def reindex(db: Connection, progress: Progress = ignore_progress) -> int:
    """Make the whole index anew from the versioned tables; how many articles it has. In the caller's transaction.

    Articles come in the order in which they were last changed, so that the new entries stand as the old ones did and
    a search answers as before; the database sorts them, a few at a time are in memory.
    """
    if db.dialect.name == "sqlite":
        db.execute(text("INSERT INTO search_tokens (search_tokens) VALUES ('delete-all')"))
    else:
        db.execute(text("DELETE FROM search_tokens"))
    db.execute(search_entries.delete())
    count, total = 0, db.execute(select(func.count()).select_from(articles)).scalar_one()
    for part in db.execute(_changes(), execution_options={"yield_per": _CHUNK}).scalars().partitions():
        _put(db, part)
        count += len(part)
        progress("articles indexed", count, total)
    return count


def ensure_index(db: Connection) -> None:
    """Make the index of a store that was written before there was one."""
    if db.execute(select(exists(select(articles.c.id)) & ~exists(select(search_entries.c.id)))).scalar_one():
        reindex(db)


def _changes() -> Select[Any]:
    """Articles in order of the Commit that changed their entry last, those of one Commit by number."""
    said = [table.join(revisions, revisions.c.id == table.c.revision) for table in (verdicts, readings)]
    every = union_all(
        *(select(table.c.article, table.c.commit_no) for table in (revisions, judgements)),
        *(select(revisions.c.article, joined.left.c.commit_no).select_from(joined) for joined in said),
    ).subquery()
    return select(every.c.article).group_by(every.c.article).order_by(func.max(every.c.commit_no), every.c.article)


def _entry(number: int, row: Any, facts: Sequence[Fact]) -> tuple[dict[str, Any], list[str]]:
    """An entry and its tokens."""
    names = dict.fromkeys(
        str(fact.fields[field]) for fact in facts if (field := _NAMES.get(fact.kind)) and fact.fields.get(field)
    )
    published = row.published or ""
    day = published[:10] if len(published) >= 10 else row.first_seen.date().isoformat()
    head = search_tokens.fold(row.title + "\n" + "\n".join(names))
    found = search_tokens.tokens(head + " " + search_tokens.fold(row.text)) | search_tokens.tokens(
        head, search_tokens.HEAD
    )
    found |= {
        search_tokens.tag(search_tokens.MONTH, day[:7].replace("-", "")),
        search_tokens.tag(search_tokens.ORIGIN, row.home),
    }
    found |= {search_tokens.tag(search_tokens.ORIGIN, row.source)} if row.source else set()
    found |= {search_tokens.tag(search_tokens.RULING, row.ruling)} if row.ruling else set()
    for fact in facts:
        if fact.kind == "station":
            found |= search_tokens.station_tags(str(fact.fields.get("name") or ""))
            for field in _PLACES:
                if fact.fields.get(field):
                    found |= search_tokens.place_tags(str(fact.fields[field]))
    entry = {
        "id": number,
        "article": row.article,
        "revision": row.id,
        "names": "\n".join(names),
        "day": day,
        "site": row.home,
        "ruling": row.ruling,
    }
    return entry, list(found)
