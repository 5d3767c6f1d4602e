"""Keeping the search index: one entry an article, written by the transaction that changed the article.

An article that changes gets a new entry; its old one goes. In SQLite the old entry's words stay behind, unreachable,
until `reindex`: an index without content cannot take words out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from store import words
from store.operational import chunks
from store.records import Fact
from store.schema import articles, revisions, search_entries, verdicts
from store.state import NOW, facts_of, state

#: articles indexed at a time by `reindex`
_CHUNK = 200
#: field of a fact, by kind, that people search by name
_NAMES = {"station": "name", "person": "name", "honour": "title", "initiative": "name"}
_PLACES = ("province", "city", "district")

_SQLITE = text("INSERT INTO search_tokens (rowid, tokens) VALUES (:id, :tokens)")
_POSTGRES = text("INSERT INTO search_tokens (id, tokens) VALUES (:id, :tokens)")


def index(db: Connection, changed: Iterable[int]) -> None:
    """Give these articles entries for what is now known of them."""
    lite = db.dialect.name == "sqlite"
    for part in chunks(sorted(changed)):
        rows = db.execute(state(NOW, revisions, articles.c.url, articles.c.first_seen, articles.c.site.label("home"),
                                verdicts.c.ruling).where(articles.c.id.in_(part)).order_by(articles.c.id)).all()
        known = facts_of(db, [row.id for row in rows])
        first = db.execute(select(func.coalesce(func.max(search_entries.c.id), 0))).scalar_one() + 1
        old = db.execute(select(search_entries.c.id).where(search_entries.c.article.in_(part))).scalars().all()
        if old:
            db.execute(search_entries.delete().where(search_entries.c.id.in_(old)))
            if not lite:
                db.execute(text("DELETE FROM search_tokens WHERE id = ANY(:old)"), {"old": list(old)})
        entries, tokens = [], []
        for number, row in enumerate(rows, first):
            entry, found = _entry(number, row, known.get(row.id, ()))
            entries.append(entry)
            tokens.append({"id": number, "tokens": " ".join(found) if lite else found})
        db.execute(insert(search_entries), entries)
        db.execute(_SQLITE if lite else _POSTGRES, tokens)


def reindex(db: Connection) -> int:
    """Make the whole index anew from the versioned tables; how many articles it has. In the caller's transaction."""
    if db.dialect.name == "sqlite":
        db.execute(text("INSERT INTO search_tokens (search_tokens) VALUES ('delete-all')"))
    else:
        db.execute(text("DELETE FROM search_tokens"))
    db.execute(search_entries.delete())
    last, count = 0, 0
    while part := db.execute(select(articles.c.id).where(articles.c.id > last).order_by(articles.c.id)
                             .limit(_CHUNK)).scalars().all():
        index(db, part)
        last, count = part[-1], count + len(part)
    return count


def _entry(number: int, row: Any, facts: Sequence[Fact]) -> tuple[dict[str, Any], list[str]]:
    """An entry and its tokens."""
    names = dict.fromkeys(str(fact.fields[field]) for fact in facts
                          if (field := _NAMES.get(fact.kind)) and fact.fields.get(field))
    published = row.published or ""
    day = published[:10] if len(published) >= 10 else row.first_seen.date().isoformat()
    head = words.fold(row.title + "\n" + "\n".join(names))
    found = words.tokens(head + " " + words.fold(row.text)) | words.tokens(head, words.HEAD)
    found |= {words.tag(words.MONTH, day[:7].replace("-", "")), words.tag(words.ORIGIN, row.home)}
    found |= {words.tag(words.ORIGIN, row.source)} if row.source else set()
    found |= {words.tag(words.RULING, row.ruling)} if row.ruling else set()
    for fact in facts:
        if fact.kind == "station":
            found |= words.station_tags(str(fact.fields.get("name") or ""))
            for field in _PLACES:
                if fact.fields.get(field):
                    found |= words.place_tags(str(fact.fields[field]))
    entry = {"id": number, "article": row.article, "revision": row.id, "names": "\n".join(names), "day": day}
    return entry, list(found)
