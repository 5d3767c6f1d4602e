"""Export the store as a DuckDB database: one file with all tables, for SQL, R and pandas (docs/codebook.md).

    articles    newest text, verdict and story        reasons      reasons of the verdict
    facts       the table of facts                    corrections  corrections of facts by people
    revisions   every text that an article had        captures     location of the pages in the raw archive
    stories     story of each article, now and before stations     stations that are the subject of a feature
    changes     figures that a later article changed  commits      history of the store
    columns     meaning of the columns of facts       about        the state to cite

Rows are passed to DuckDB in groups, as Arrow tables, so only a few are in memory at a time. Needs the extra duckdb.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import and_

from store import masked_views, queries
from store import station_card_queries as unmasked_stations
from store.apply_corrections import corrections_of
from store.as_of_queries import load_capture, revisions_where
from store.errors import StoreError
from store.export import placed
from store.export_fact_table import arrow_schema, citation, commit_of, library
from store.export_rows import article_row, states_by_page
from store.fact_export_rows import COLUMNS, Column, Type, facts_of_state
from store.masking import Mask, hide_paths
from store.private_names import masks_for
from store.progress_callback import Progress, ignore_progress
from store.records import Correction, Revision, Ruling
from store.schema import captures, members, revisions
from store.sql_parameters import batched
from store.station_card import StationCard
from store.store import Store

Rows = Iterable[dict[str, Any]]
#: maximum number of rows of one insert, and of Commits read at a time; not measured
GROUP = 2_000
#: memory limit of DuckDB, in addition to this program's own memory
MEMORY = "256MB"


def _table(spec: str) -> tuple[Column, ...]:
    """Return the columns of a table written as "id:integer title"; text is the default type."""
    parts = (word.partition(":") for word in spec.split())
    types: dict[str, Type] = {"integer": "integer", "number": "number", "boolean": "boolean", "": "text"}
    return tuple(Column(name, types[type_], "") for name, _, type_ in parts)


TABLES: dict[str, tuple[Column, ...]] = {
    "articles": _table(
        "id:integer url title published source site authors editors first_seen fetched_at revision:integer "
        "commit:integer ruling score:number story:integer relation text"
    ),
    "facts": COLUMNS,
    "reasons": _table("article:integer number:integer reason"),
    "revisions": _table("article:integer number:integer commit:integer fetched_at title published source text"),
    "stories": _table("story:integer article:integer relation containment:number"),
    "corrections": _table("article:integer kind category quote action by at note fields"),
    "captures": _table(
        "article:integer url final_url fetched_at status:integer kind warc_file offset:integer length:integer digest"
    ),
    "stations": _table("name authority province city district former_names articles:integer"),
    "changes": _table(
        "station kind category before after article_before:integer article_after:integer date_before date_after "
        "quote_before quote_after url_before url_after"
    ),
    "commits": _table("number:integer at program rules counts digest parent"),
    "columns": _table("name type about"),
    "about": _table("commit:integer citation"),
}


def export_duckdb(
    store: Store,
    folder: Path,
    *,
    ruling: Ruling | None = "feature",
    at: int | None = None,
    since: int = 0,
    unmasked: bool = False,
    progress: Progress = ignore_progress,
) -> tuple[int, int]:
    """Write suowen.duckdb into `folder`; return (number of articles, Commit of the state).

    `ruling` and `since` choose the articles, as in other exports. The tables stations, changes and commits always cover
    the whole state. Private persons, mobile and ID numbers are masked unless `unmasked`. Raises StoreError if the
    folder cannot be written, or if DuckDB or pyarrow is missing.
    """
    duckdb, pa = library("duckdb", "duckdb"), library("pyarrow", "duckdb")
    upto = queries.last_commit(store) if at is None else at
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with placed(folder / "suowen.duckdb") as path:
            path.unlink(missing_ok=True)
            with duckdb.connect(str(path), config={"memory_limit": MEMORY, "threads": 1}) as db:
                writer = _Writer(db, pa)
                count = 0
                for page in states_by_page(store, ruling=ruling, at=upto, since=since, progress=progress):
                    count += len(page)
                    for name, rows in _of_articles(store, page, upto, unmasked):
                        writer.add(name, rows)
                writer.add("stations", _stations(store, upto, unmasked))
                writer.add("changes", _changes(store, upto, unmasked))
                writer.add("commits", _commits(store, upto))
                writer.add(
                    "columns", ({name: getattr(column, name) for name in _names("columns")} for column in COLUMNS)
                )
                writer.add("about", [{"commit": upto, "citation": citation(commit_of(store, upto))}])
    except (OSError, duckdb.Error) as error:
        raise StoreError(
            f"exporting to {folder}: {' '.join(str(getattr(error, 'strerror', None) or error).split())}; name a folder "
            "that can be written and has room"
        ) from error
    return count, upto


def _names(table: str) -> list[str]:
    return [column.name for column in TABLES[table]]


class _Writer:
    """Writer that creates the tables of the database and appends rows to them."""

    def __init__(self, db: Any, pa: Any) -> None:
        self._db, self._pa = db, pa
        self._schemas = {name: arrow_schema(pa, columns) for name, columns in TABLES.items()}
        for name, schema in self._schemas.items():
            db.register("rows", schema.empty_table())
            db.execute(f'CREATE TABLE "{name}" AS SELECT * FROM rows')
            db.unregister("rows")

    def add(self, name: str, rows: Rows) -> None:
        """Append rows to a table, a group at a time."""
        for group in batched(rows, GROUP):
            self._db.register("rows", self._pa.Table.from_pylist(group, schema=self._schemas[name]))
            self._db.execute(f'INSERT INTO "{name}" SELECT * FROM rows')
            self._db.unregister("rows")


# --- tables with rows of articles -------------------------------------------------------------------------------


def _of_articles(
    store: Store, page: Sequence[queries.ArticleState], upto: int, unmasked: bool
) -> Iterator[tuple[str, Rows]]:
    """Yield (table, rows) for these articles. All revisions of an article are masked with the same mask."""
    ids = [state[0].article for state in page]
    with store.database.read() as db:
        found = revisions_where(db, revisions.c.article.in_(ids), revisions.c.commit_no <= upto)
        corrections = corrections_of(db, ids, upto)
        joined = db.execute(
            members.select().where(members.c.article.in_(ids), members.c.commit_no <= upto).order_by(members.c.article)
        ).all()
    masks = {} if unmasked else _masks(store, page, found)
    show = {article: masks.get(article, str) for article in ids}
    yield "articles", (_flat(article_row(state, masks.get(state[0].article))) for state in page)
    yield (
        "facts",
        itertools.chain.from_iterable(facts_of_state(state, masks.get(state[0].article), upto) for state in page),
    )
    yield (
        "reasons",
        (
            {"article": revision.article, "number": number, "reason": show[revision.article](reason)}
            for revision, verdict, *_ in page
            if verdict
            for number, reason in enumerate(verdict.reasons, start=1)
        ),
    )
    yield "revisions", (_revision(revision, masks.get(revision.article)) for revision in found)
    yield "stories", ({name: getattr(row, name) for name in _names("stories")} for row in joined)
    yield (
        "corrections",
        (
            _correction(article, entry, show[article])
            for article, entries in sorted(corrections.items())
            for entry in entries
        ),
    )
    yield "captures", _captures(store, {state[0].content.url: state[0].article for state in page}, upto, masks)


def _correction(article: int, entry: Correction, show: Callable[[str], str]) -> dict[str, Any]:
    fields = json.dumps(dict(entry.fields), ensure_ascii=False, sort_keys=True)
    texts = {"category": entry.what, "quote": entry.quote, "by": entry.by, "note": entry.note, "fields": fields}
    shown = {name: show(text) for name, text in texts.items()}
    return {"article": article, "kind": entry.kind, "action": entry.action, "at": entry.at.isoformat(), **shown}


def _captures(store: Store, urls: Mapping[str, int], upto: int, masks: Mapping[int, Mask]) -> list[dict[str, Any]]:
    """Return a row for each fetch of these URLs in the state as of Commit `upto`. `urls`: URL -> article."""
    with store.database.read() as db:
        of_state = and_(captures.c.url.in_(list(urls)), captures.c.id <= queries.sealed_captures(db, upto))
        rows = db.execute(captures.select().where(of_state).order_by(captures.c.id))
        fetched = [load_capture(row) for row in rows]
    shown = []
    for entry in fetched:
        mask = masks.get(urls[entry.url])
        row = {name: getattr(entry, name) for name in _names("captures") if name != "article"}
        row |= {"article": urls[entry.url], "fetched_at": entry.fetched_at.isoformat()}
        shown.append(
            row | {name: mask.url(row[name]) if mask else hide_paths(row[name]) for name in ("url", "final_url")}
        )
    return shown


def _masks(store: Store, page: Sequence[queries.ArticleState], found: Sequence[Revision]) -> dict[int, Mask]:
    """Return the mask of each article by its id. The mask covers the texts of all revisions."""
    texts: dict[int, list[str]] = {state[0].article: [] for state in page}
    for revision in found:
        texts[revision.article] += masked_views.article_texts(revision.content)
    with store.database.read() as db:
        return masks_for(db, texts, store.masking, given={revision.article: facts for revision, _, _, facts in page})


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return an article row whose lists are joined to text."""
    return {
        **{name: row[name] for name in _names("articles")},
        "authors": "; ".join(f"{credit['role']} {credit['name']}".strip() for credit in row["authors"]),
        "editors": "; ".join(row["editors"]),
    }


def _revision(revision: Revision, mask: Mask | None) -> dict[str, Any]:
    shown = revision if mask is None else masked_views.mask_revision(revision, mask)
    content = shown.content
    return {
        "article": shown.article,
        "number": shown.number,
        "commit": shown.commit,
        "fetched_at": content.fetched_at.isoformat(),
        "title": content.title,
        "published": content.published,
        "source": content.source,
        "text": content.text,
    }


# --- tables of the whole state ----------------------------------------------------------------------------------


def _stations(store: Store, upto: int, unmasked: bool) -> Iterator[dict[str, Any]]:
    cards: Iterable[StationCard]
    if unmasked:
        cards = unmasked_stations.stations(store, at=upto)
    else:
        cards = (card.value for card in masked_views.stations_of(store, at=upto))
    for card in cards:
        yield {
            "name": card.name,
            **{part: card.place.get(part) for part in ("authority", "province", "city", "district")},
            "former_names": "; ".join(card.former_names),
            "articles": len(card.articles),
        }


def _changes(store: Store, upto: int, unmasked: bool) -> Iterator[dict[str, Any]]:
    if unmasked:
        found = unmasked_stations.changes(store, at=upto)
    else:
        found = (change.value for change in masked_views.changes(store, at=upto))
    for change in found:
        row: dict[str, Any] = {"station": change.station, "kind": change.kind, "category": change.what}
        for side, value in (("before", change.before), ("after", change.after)):
            cited = value.citations[0]
            row |= {side: str(value.value), f"article_{side}": cited.article, f"date_{side}": cited.date}
            row |= {f"quote_{side}": cited.fact.quote, f"url_{side}": hide_paths(cited.url)}
        yield row


def _commits(store: Store, upto: int) -> Iterator[dict[str, Any]]:
    for first in range(1, upto + 1, GROUP):
        last = min(upto, first + GROUP - 1)
        for commit in reversed(queries.log(store, last - first + 1, upto=last)):
            yield {
                "number": commit.number,
                "at": commit.at.isoformat(),
                "program": commit.program,
                "rules": json.dumps(dict(commit.rules), sort_keys=True),
                "counts": json.dumps(dict(commit.counts), sort_keys=True),
                "digest": commit.digest,
                "parent": commit.parent,
            }
