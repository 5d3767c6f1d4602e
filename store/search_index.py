"""Maintain the search index: one entry per article, written in the transaction that changes the article.

A changed article gets a new entry, and its old entry is deleted. An FTS5 index without content cannot delete tokens.
Therefore, in SQLite, the tokens of the old entry remain in the index until `reindex`, but searches ignore them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, exists, func, insert, select, text, union_all

from store import private_names, search_tokens
from store.as_of_queries import NOW, facts_of, select_state
from store.fact_kinds import KINDS
from store.progress_callback import Progress, ignore_progress
from store.records import Fact
from store.schema import articles, judgements, readings, revisions, search_entries, verdicts
from store.sql_parameters import array_literal, chunks

#: articles that `reindex` reads and writes at a time
_CHUNK = 200
_PLACES = ("province", "city", "district")

_SQLITE = text("INSERT INTO search_tokens (rowid, tokens) VALUES (:id, :tokens)")
_POSTGRES = text("INSERT INTO search_tokens (id, tokens) VALUES (:id, CAST(:tokens AS bigint[]))")


def index(db: Connection, changed: Iterable[int]) -> None:
    """Write entries for the current state of these articles."""
    for part in chunks(sorted(changed)):
        _write_entries(db, part)


def _write_entries(db: Connection, part: Sequence[int]) -> None:
    """Write new entries for a few articles, in the given order, replacing their old entries."""
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
    # Read before the old entries are deleted: a number must not be used again, because SQLite's index may still contain
    # its tokens.
    first = db.execute(select(func.coalesce(func.max(search_entries.c.id), 0))).scalar_one() + 1
    old = db.execute(select(search_entries.c.id).where(search_entries.c.article.in_(part))).scalars().all()
    if old:
        db.execute(search_entries.delete().where(search_entries.c.id.in_(old)))
        if not lite:
            db.execute(text("DELETE FROM search_tokens WHERE id = ANY(:old)"), {"old": list(old)})
    entries, tokens = [], []
    for number, article in enumerate((article for article in part if article in rows), first):
        entry, found = _entry(number, rows[article], known.get(rows[article].id, ()))
        entries.append(entry)
        tokens.append(
            {
                "id": number,
                "tokens": " ".join(found)
                if lite
                else array_literal("postgresql", [*map(search_tokens.number, found), *range_marks(number)]),
            }
        )
    if not entries:  # all these articles have become spellings of other articles
        return
    db.execute(insert(search_entries), entries)
    db.execute(_SQLITE if lite else _POSTGRES, tokens)


#: log2 of the number of entries in a range, by level: 4,096, then eight times as many at each level
LEVELS = (12, 15, 18, 21, 24)


def range_mark(level: int, number: int) -> int:
    """Return the token of the range that contains entry `number`, at a level.

    With this token PostgreSQL reads only the matches within one range. A query for "the newest matches" would read all
    matches.
    """
    return 1 << 62 | level << 56 | number >> LEVELS[level]


def range_marks(number: int) -> list[int]:
    """Return the range tokens of an entry at every level."""
    return [range_mark(level, number) for level in range(len(LEVELS))]


def reindex(db: Connection, progress: Progress = ignore_progress) -> int:
    """Rebuild the search index and the index of private names from the versioned tables; return the number of articles.

    Runs in the caller's transaction. Articles are indexed in the order of their last change. New entries therefore sort
    like the old ones and searches return the same results. The database does the sorting; only a few articles are in
    memory.
    """
    if db.dialect.name == "sqlite":
        db.execute(text("INSERT INTO search_tokens (search_tokens) VALUES ('delete-all')"))
    else:
        db.execute(text("DELETE FROM search_tokens"))
    db.execute(search_entries.delete())
    count, total = 0, db.execute(select(func.count()).select_from(articles)).scalar_one()
    for part in db.execute(_changes(), execution_options={"yield_per": _CHUNK}).scalars().partitions():
        _write_entries(db, part)
        count += len(part)
        progress("articles indexed", count, total)
    private_names.rebuild(db)
    return count


def ensure_index(db: Connection) -> None:
    """Build the index if the store has articles but no entries, as in a store that an older program wrote."""
    if db.execute(select(exists(select(articles.c.id)) & ~exists(select(search_entries.c.id)))).scalar_one():
        reindex(db)


def _changes() -> Select[Any]:
    """Select all articles, sorted by the Commit that last changed their entry, then by number."""
    joins = [table.join(revisions, revisions.c.id == table.c.revision) for table in (verdicts, readings)]
    every = union_all(
        *(select(table.c.article, table.c.commit_no) for table in (revisions, judgements)),
        *(select(revisions.c.article, joined.left.c.commit_no).select_from(joined) for joined in joins),
    ).subquery()
    return select(every.c.article).group_by(every.c.article).order_by(func.max(every.c.commit_no), every.c.article)


def _entry(number: int, row: Any, facts: Sequence[Fact]) -> tuple[dict[str, Any], list[str]]:
    """Return (entry, tokens) of an article."""
    names = dict.fromkeys(fact.what for fact in facts if fact.kind in KINDS and KINDS[fact.kind].searched and fact.what)
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
