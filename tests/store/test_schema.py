"""Tests of store/schema.py, migrations/ and append_only.py: tables are as described, history cannot be rewritten."""

from __future__ import annotations

import contextlib
import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, exc, literal_column, select, text

import store as package
from store import Store, open_store, search_index, search_tokens
from store.database import Database, upgrade
from store.errors import StoreError, WrongStoreError, explain
from store.records import Correction
from store.schema import APPEND_ONLY, REVISIONS, metadata
from tests.support.store_samples import T0, article, batch_of, fact, later, put


def test_migrations_make_exactly_the_tables(bare_url: str, opened: Callable[[str], Store]) -> None:
    """The migrations create exactly the tables of schema.py, on both databases."""
    with opened(bare_url).database.write() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda o, name, kind, *_: (
                    not (kind == "table" and str(name).startswith("search_tokens"))
                )
            },
        )
        assert compare_metadata(context, metadata) == []


def test_known_revisions_are_the_migrations() -> None:
    """REVISIONS is the ordered list of the migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


@pytest.mark.parametrize("table", [table.name for table in APPEND_ONLY])
def test_append_only_tables_refuse_change(store: Store, table: str) -> None:
    """The database refuses UPDATE and DELETE on every append-only table."""
    with batch_of(store) as batch:
        put(batch, article(), number=1, facts=(fact(),))
        batch.correct_fact(Correction(1, "force", "民警7人", "民警", "confirm", "reviewer", T0))
        put(batch, article(2), number=2)
        batch.spelling(2, 1, "one page")
    column = metadata.tables[table].columns.keys()[0]
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        if store.database.path:  # a connection without foreign keys, so that only the trigger can refuse
            with (
                contextlib.closing(sqlite3.connect(store.database.path)) as other,
                pytest.raises(sqlite3.IntegrityError, match="append-only"),
            ):
                other.execute(statement)
            continue
        with pytest.raises(exc.DBAPIError, match="append-only"), store.database._writer.begin() as raw:
            raw.execute(text(statement))


def test_replace_cannot_rewrite_history(lite: Store) -> None:
    """SQLite's INSERT OR REPLACE, which deletes without firing a trigger, is refused by id and by unique key."""
    with batch_of(lite) as batch:
        put(batch, article(), number=1)
    for key in ("id", "url"):
        other = {"id": "url", "url": "id"}[key]
        value = "'x'" if other == "url" else "99"
        columns = "id, commit_no, url, site, first_seen, digest"
        chosen = columns.replace(other, value, 1)
        assert lite.database.path is not None
        with sqlite3.connect(lite.database.path) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(f"INSERT OR REPLACE INTO articles ({columns}) SELECT {chosen} FROM articles")


def test_truncate_is_refused(postgres: str) -> None:
    """PostgreSQL's TRUNCATE, which fires no row trigger, is refused too."""
    with (
        open_store(postgres) as store,
        pytest.raises(exc.DBAPIError, match="append-only"),
        store.database._writer.begin() as raw,
    ):
        raw.execute(text("TRUNCATE articles CASCADE"))


def test_readers_cannot_write(store: Store) -> None:
    """A connection for reading refuses every write."""
    with pytest.raises(package.StoreError), store.database.read() as db:
        db.execute(text("INSERT INTO hosts (host, next_at) VALUES ('a', '2026-01-01')"))


def test_newer_schema_is_refused(bare_url: str) -> None:
    """A store of a newer program version is refused with the reason."""
    with open_store(bare_url) as store, store.database.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongStoreError, match="newer than this program"):
        open_store(bare_url)


def test_database_of_another_program_is_refused(bare_url: str) -> None:
    """A database with tables of another program is refused as a store."""
    database = Database(bare_url)
    with database.write() as db:
        db.execute(text("CREATE TABLE customers (id INTEGER)"))
    database.close()
    with pytest.raises(WrongStoreError, match="holds something else"):
        open_store(bare_url)


def test_empty_schema_version_is_damage(url: str) -> None:
    """An empty table alembic_version is reported as damage, not as a store of a newer program version."""
    with open_store(url) as store, store.database.write() as db:
        db.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(WrongStoreError, match="its schema is unknown"):
        open_store(url)


@pytest.mark.parametrize(
    ("url_text", "message"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("nonsense", "not a database URL"),
        ("mysql://localhost/x", "not supported|no driver"),
        ("mongo://localhost/x", "no driver"),
    ],
)
def test_invalid_store_urls_are_reported(url_text: str, message: str) -> None:
    """A URL that is not a valid store URL is reported with the reason."""
    with pytest.raises(WrongStoreError, match=message):
        open_store(url_text)


def test_invalid_store_paths_are_reported(tmp_path: Path) -> None:
    """A store path that is a folder, a text file or below a file is refused, each with its own message."""
    with pytest.raises(WrongStoreError, match="is a folder"):
        open_store(f"sqlite:///{tmp_path}")
    note = tmp_path / "note.txt"
    note.write_text("井口派出所" * 10)
    with pytest.raises(WrongStoreError, match="not a SQLite database"):
        open_store(f"sqlite:///{note}")
    with pytest.raises(WrongStoreError, match="cannot be created"):
        open_store(f"sqlite:///{note}/data/suowen.db")


def test_query_creates_no_store(bare_url: str) -> None:
    """Without `create`, opening a missing or empty database is an error, each time, and creates no table."""
    for _ in range(2):
        with pytest.raises(WrongStoreError, match=r"there is no store yet|the database is empty"):
            open_store(bare_url, create=False)
    open_store(bare_url).close()
    open_store(bare_url, create=False).close()


def test_missing_server_is_reported(tmp_path: Path) -> None:
    """If no PostgreSQL server is at the address, a StoreError reports that."""
    with pytest.raises(package.StoreError, match="cannot be reached"):
        open_store(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")


@pytest.mark.parametrize(
    ("login", "message"),
    [
        ("postgres@/nowhere", '"nowhere" does not exist'),
        ("nobody:secret@/postgres", '"nobody" does not exist'),
        ("postgres@host.invalid/postgres", "resolve host"),
    ],
)
def test_refused_connection_is_a_setting_error(postgres_server: str, login: str, message: str) -> None:
    """A wrong database, user or host is reported as a wrong setting, without the password."""
    host = "" if "invalid" in login else f"?{postgres_server.partition('?')[2]}"
    with pytest.raises(WrongStoreError, match=message) as caught:
        open_store(f"postgresql+psycopg://{login}{host}")
    right = "check the spelling" if "invalid" in login else "check host, database, user"
    assert right in str(caught.value) and "secret" not in str(caught.value)


def test_standby_server_is_reported() -> None:
    """The error of a standby server says to name the primary server."""
    error = Exception("cannot set transaction read-write mode during recovery")
    assert "name the primary server" in str(explain(exc.DBAPIError(None, None, error), "postgresql://x"))


OLD = Path(__file__).parent / "old"


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_store_of_each_earlier_schema_is_upgraded(bare_url: str, revision: str, tmp_path: Path) -> None:
    """A store of each earlier schema opens with all rows, verifies, and can be listed, searched and written.

    old/REVISION.db.gz contains two articles, an edit and, from 0003 on, a confirmed fact. On PostgreSQL, where each
    upgrade runs all migrations, three stores are upgraded: the oldest, one in the middle and the newest.
    """
    if not bare_url.startswith("sqlite") and revision not in (
        REVISIONS[0],
        REVISIONS[len(REVISIONS) // 2],
        REVISIONS[-2],
    ):
        pytest.skip("upgraded on SQLite only")
    from store.queries import list_articles, show, verify
    from store.search import reindex, search

    _put_old_store(revision, bare_url, tmp_path)
    with open_store(bare_url) as store:
        view = show(store, 1)
        assert view.revision.content.text == article().text.replace("35人", "36人") and len(view.revisions) == 2
        assert [fact.fields["value"] for fact in view.facts] == [36]
        assert [fact.judged for fact in view.facts] == ["confirmed by 老王" if revision >= "0003" else None]
        assert [row.id for row in list_articles(store, ruling="brief")] == [2]
        if not store.database.sqlite:  # the tokens of a SQLite index are not copied to a server
            reindex(store)
        assert [hit.row.id for hit in search(store, "冯勇").hits] == [1]
        with batch_of(store, later(2)) as batch:
            put(batch, article(3), number=4)
        assert verify(store) == []
        with store.database.read() as db:
            assert db.execute(text("SELECT version_num FROM alembic_version")).scalar() == REVISIONS[-1]
            assert db.execute(text("SELECT committed FROM archive_files")).scalar() == 3000


def _put_old_store(revision: str, url: str, folder: Path) -> None:
    """Put the old store of `revision` at `url`.

    On PostgreSQL, the rows of the old SQLite store are copied into tables created by the migrations up to `revision`.
    """
    lite = url.startswith("sqlite")
    path = Path(url.removeprefix("sqlite:///")) if lite else folder / "old.db"
    path.write_bytes(gzip.decompress((OLD / f"{revision}.db.gz").read_bytes()))
    if lite:
        return
    database, old = Database(url), create_engine(f"sqlite:///{path}")
    with database.write() as new, old.connect() as written:
        upgrade(new, revision)
        tables = MetaData()
        tables.reflect(new, only=lambda name, _: name not in ("alembic_version", "search_tokens"))
        for table in tables.sorted_tables:
            types = [metadata.tables[table.name].c[column.name].type for column in table.columns]
            chosen = [
                literal_column(column.name, kind).label(column.name)
                for column, kind in zip(table.columns, types, strict=True)
            ]
            rows = written.execute(select(*chosen).select_from(table)).mappings().all()
            if rows:
                new.execute(metadata.tables[table.name].insert(), [dict(row) for row in rows])
    database.close()
    old.dispose()


def test_migration_converts_tokens_to_the_same_numbers(bare_postgres: str) -> None:
    """Migration 0008 computes the same token numbers in SQL as the index in Python, also for letters and emoji."""
    tokens = [
        "井",
        "井口",
        "a1",
        "é",
        "😀",
        "😀井",
        "hh井口",
        "hh井",
        "rrfeature",
        "pp重庆市",
        "ss0a1b2c3d4e5f",
        "mm202601",
    ]
    database = Database(bare_postgres)
    with database.write() as db:
        upgrade(db, "0007")
        db.execute(text("INSERT INTO search_tokens VALUES (1, :tokens), (70000, '{}')"), {"tokens": tokens})
    with database.write() as db:
        upgrade(db)
        found = db.execute(text("SELECT tokens FROM search_tokens ORDER BY id")).scalars().all()
    database.close()
    assert found == [
        [*map(search_tokens.number, tokens), *search_index.range_marks(1)],
        search_index.range_marks(70000),
    ]
    assert len(set(found[0])) == len(tokens) + len(search_index.LEVELS)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:CANARY@127.0.0.1:1/db",
        "postgresql+psycopg://u:a@127.0.0.1:1/db?password=CANARY",
        "postgresql+psycopg://u@127.0.0.1:1/db?sslmode=require&sslpassword=CANARY&connect_timeout=2",
        "postgresql//u:CANARY@host/db",
        "//u:CANARY@host/db?PASSWORD=CANARY",
    ],
)
def test_store_messages_contain_no_password(url: str) -> None:
    """Passwords before the host and in parameters of a store URL are replaced by *** in error messages."""
    with pytest.raises(StoreError) as caught:
        open_store(url, wait=0.1)
    assert "CANARY" not in str(caught.value) and "***" in str(caught.value)
