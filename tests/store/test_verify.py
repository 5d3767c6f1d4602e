"""Tests of store/verify.py: each kind of damage is found and named."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from store import Store, open_store
from store.errors import StoreDamagedError, StoreError
from store.queries import log, show, verify
from store.records import Capture, Correction
from store.schema import APPEND_ONLY, metadata
from tests.support.postgres import database
from tests.support.store_samples import T0, article, batch_of, capture, fact, later, put

BODY = "<html><p>井口派出所</p></html>".encode()

#: URLs of three records; the last one has the form in which an earlier version archived saved pages
ADDRESSES = {1: "https://news.example.cn/a/1.html", 2: "http://news.example.cn/a/2.html", 3: "file:///tmp/saved.html"}


def _member(record_id: str, body: bytes = BODY, url: str = "https://news.example.cn/a/1.html") -> bytes:
    """Return a WARC response record as one gzip member, written by hand."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <{record_id.strip('<>')}>\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: 2026-03-01T08:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n")


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, list[Capture]]:
    """Return a folder with one WARC file of three records, and their captures."""
    folder = tmp_path / "warc"
    folder.mkdir()
    captures, data = [], b""
    for number in (1, 2, 3):
        member = _member(capture(number).record_id, BODY + str(number).encode(), ADDRESSES[number])
        captures.append(
            replace(
                capture(number),
                offset=len(data),
                length=len(member),
                digest="sha256:" + hashlib.sha256(BODY + str(number).encode()).hexdigest(),
            )
        )
        data += member
    (folder / "a.warc.gz").write_bytes(data)
    return folder, captures


def _fill(url: str, archive: tuple[Path, list[Capture]]) -> None:
    """Store three articles in two Commits."""
    folder, captures = archive
    with open_store(url) as store:
        for hour, numbers in enumerate(((1, 2), (3,))):
            with batch_of(store, later(hour)) as batch:
                for number in numbers:
                    place = batch.capture(captures[number - 1])
                    appended = batch.article(article(number), "example", place)
                    batch.facts(appended.revision, [fact()])
                batch.archive_sizes({"a.warc.gz": (folder / "a.warc.gz").stat().st_size})
        assert verify(store, folder) == []


@pytest.fixture
def closed_store(url: str, archive: tuple[Path, list[Capture]]) -> str:
    """Return the URL of a closed store with three articles, on each database."""
    _fill(url, archive)
    return url


@pytest.fixture
def filled(sqlite_url: str, archive: tuple[Path, list[Capture]]) -> Path:
    """Return the SQLite file of a store with three articles."""
    _fill(sqlite_url, archive)
    return Path(sqlite_url.removeprefix("sqlite:///"))


def _tamper(url: str, *statements: str) -> None:
    """Change rows with triggers and foreign keys disabled, as an attacker with access to the database could."""
    if url.startswith("postgresql"):
        import psycopg

        with psycopg.connect(url.replace("+psycopg", "")) as raw:
            raw.execute("SET session_replication_role = replica")
            for statement in statements:
                raw.execute(statement)
        return
    with sqlite3.connect(url.removeprefix("sqlite:///")) as lite:
        triggers = lite.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            lite.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            lite.execute(statement)
        for _, sql in triggers:
            lite.execute(sql)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE revisions SET title = '改' WHERE id = 2", "revisions row 2: it was changed"),
        ("UPDATE revisions SET text = text || '。' WHERE id = 2", "revisions row 2: title or text"),
        ("UPDATE revisions SET published = '1999' WHERE id = 3", "revisions row 3: it was changed"),
        ("UPDATE articles SET first_seen = '2020-01-01T00:00:00.000000Z' WHERE id = 1", "articles row 1"),
        ("UPDATE facts SET fields = '{\"value\":99}' WHERE reading = 1", "readings row 1: it was changed"),
        ("UPDATE facts SET quote = '民警99人' WHERE reading = 1", "quotes '民警99人'"),
        ("DELETE FROM facts WHERE reading = 2", "readings row 2: it was changed"),
        ("DELETE FROM captures WHERE id = 2", "captures: rows 2 to 2 are missing"),
        ("DELETE FROM captures WHERE id = 3", "commit 2: its digest does not match"),
        ("UPDATE commits SET program = 'other' WHERE number = 1", "commit 1: its digest does not match"),
        ("UPDATE commits SET digest = 'ff' WHERE number = 1", "commit 2: its parent"),
        ("DELETE FROM commits WHERE number = 1", "commits 1 to 1 are missing"),
        ("DELETE FROM commits WHERE number = 2", "commit 2: it is missing"),
        ("DELETE FROM articles WHERE id = 3", "refers to a row of articles"),
        (
            "INSERT INTO articles SELECT 4, 2, url || '4', site, first_seen, digest FROM articles WHERE id = 3",
            "articles row 4: it was changed",
        ),
        ("UPDATE captures SET byte_offset = byte_offset + 1 WHERE id = 1", "capture 1"),
    ],
)
def test_tampered_rows_are_reported(
    closed_store: str, archive: tuple[Path, list[Capture]], statement: str, message: str
) -> None:
    """A changed, missing or added row is reported, and so is a changed or missing Commit."""
    _tamper(closed_store, statement)
    with open_store(closed_store) as store:
        problems = verify(store, archive[0])
    assert any(message in problem for problem in problems), problems


#: SQL expression for another value, by the SQL type of the present value {0}
_OTHER = {"integer": "{0} + 1000", "real": "{0} + 0.5", "text": "{0} || 'x'", "blob": "zeroblob(32)"}


@pytest.mark.parametrize("table", [table.name for table in APPEND_ONLY])
def test_every_column_is_covered(filled: Path, archive: tuple[Path, list[Capture]], table: str) -> None:
    """A change in any column of any append-only table is reported."""
    url = f"sqlite:///{filled}"
    with open_store(url) as store, batch_of(store) as batch:
        put(batch, article(9), facts=(fact(),), bands=("a",))
        where = fact()
        batch.correct_fact(
            Correction(1, where.kind, where.quote, "民警", "edit", "老王", T0, {"value": 36}, "数过", {"value": 35})
        )
    before = filled.read_bytes()
    key = "reading" if table == "facts" else "rowid"
    for column in (column.name for column in metadata.tables[table].columns):
        with contextlib.closing(sqlite3.connect(filled)) as lite:
            row = lite.execute(
                f"SELECT {key}, typeof({column}), {column} FROM {table} WHERE {column} IS NOT NULL"
            ).fetchone()
        if row is None:  # the table is empty, so there is no value to change
            continue
        new = "'2001' || substr({0}, 5)" if str(row[2])[4:11:6] == "-T" else _OTHER[row[1]]
        _tamper(url, f"UPDATE {table} SET {column} = {new.format(column)} WHERE {key} = {row[0]}")
        with open_store(url) as store:
            assert verify(store, archive[0] if table == "captures" else None), f"{table}.{column} was {row[2]!r}"
        filled.write_bytes(before)


def test_unchanged_rows_are_not_reported(closed_store: str, archive: tuple[Path, list[Capture]]) -> None:
    """If one row was changed, only this row is reported."""
    _tamper(closed_store, "UPDATE revisions SET method = 'x' WHERE id = 2")
    with open_store(closed_store) as store:
        assert verify(store, archive[0]) == [
            "revisions row 2: it was changed after it was written (title 井口派出所的一天(2))"
        ]


def test_rewritten_row_with_its_digest_breaks_the_chain(closed_store: str) -> None:
    """If a row is changed together with its own hash, the hash of its Commit reveals that."""
    _tamper(closed_store, "UPDATE articles SET digest = (SELECT digest FROM articles WHERE id = 2) WHERE id = 1")
    with open_store(closed_store) as store:
        assert any("commit 1: its digest" in problem for problem in verify(store))


@pytest.mark.parametrize("table", [table.name for table in APPEND_ONLY])
def test_missing_triggers_are_reported(closed_store: str, table: str) -> None:
    """A table whose triggers were dropped or disabled is reported, and no other table."""
    with open_store(closed_store) as store:
        with store.database.write() as db:
            db.execute(
                text(
                    f"DROP TRIGGER {table}_no_delete"
                    if store.database.sqlite
                    else f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"
                )
            )
        (problem,) = verify(store)
    assert problem.startswith(f"{table}: its triggers")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE OR REPLACE FUNCTION suowen_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE OR REPLACE TRIGGER facts_append_only BEFORE UPDATE OR DELETE ON facts FOR EACH ROW WHEN (false) "
        "EXECUTE FUNCTION suowen_refuse()",
        "CREATE OR REPLACE TRIGGER facts_append_only BEFORE UPDATE OF kind OR DELETE ON facts FOR EACH ROW "
        "EXECUTE FUNCTION suowen_refuse()",
        "CREATE OR REPLACE TRIGGER facts_append_only AFTER UPDATE OR DELETE ON facts FOR EACH ROW "
        "EXECUTE FUNCTION suowen_refuse()",
        "DROP TRIGGER facts_append_only ON facts; CREATE TRIGGER facts_append_only BEFORE UPDATE OR DELETE ON queue "
        "FOR EACH ROW EXECUTE FUNCTION suowen_refuse()",
    ],
)
def test_altered_triggers_are_reported(postgres: str, archive: tuple[Path, list[Capture]], statement: str) -> None:
    """A trigger that has the expected name but refuses less is reported as missing."""
    _fill(postgres, archive)
    with open_store(postgres) as store:
        with store.database.write() as db:
            db.execute(text(statement))
        assert any(problem.startswith("facts: its triggers") for problem in verify(store))


@pytest.mark.parametrize("lost", [4096, 40_000])
def test_truncated_database_file_is_reported(filled: Path, lost: int) -> None:
    """A truncated SQLite file is reported on opening, with the number of missing bytes."""
    size = filled.stat().st_size
    os.truncate(filled, size - lost)
    with pytest.raises(StoreDamagedError, match=f"truncated: it has {size - lost:,} bytes of {size:,}"):
        open_store(f"sqlite:///{filled}")


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("offset", "message"), [(6, "title or text is not what was stored"), (0, "cannot be read back")]
)
def test_flipped_byte_of_a_text_in_the_database_file(filled: Path, offset: int, message: str) -> None:
    """After a flipped bit in a stored text, which may then be invalid UTF-8, the revision is reported."""
    _flip(filled, filled.read_bytes().rindex("下辖11个社区".encode()) + offset)
    with open_store(f"sqlite:///{filled}") as store:
        problems = verify(store)
    assert any(problem.startswith("revisions row") and message in problem for problem in problems), problems


def _append_only_rows(path: Path) -> list[object]:
    """Return every row of the append-only tables as bytes."""
    with sqlite3.connect(path) as raw:
        raw.text_factory = bytes
        # columns of empty tables are not read, because a flipped bit in a column's name changes no row
        return [
            raw.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2").fetchall()
            if raw.execute(f"SELECT count(*) FROM {table.name}").fetchone() != (0,)
            else []
            for table in APPEND_ONLY
        ]


def test_flipped_bits_anywhere_in_the_database_file(filled: Path) -> None:
    """If a flipped bit in the file changes an append-only row, opening the store or verify reports a problem."""
    chance, whole, rows = random.Random(6), filled.read_bytes(), _append_only_rows(filled)
    used = [at for at, byte in enumerate(whole) if byte]
    changed = 0
    for at in chance.sample(used, 150):
        data = bytearray(whole)
        data[at] ^= 1 << chance.randrange(8)
        filled.write_bytes(data)
        try:
            with open_store(f"sqlite:///{filled}", create=False) as store:
                problems = verify(store)
        except StoreError:
            continue
        if not problems:
            assert _append_only_rows(filled) == rows
        changed += bool(problems)
    assert changed > 10


def test_flipped_byte_on_the_server(postgres: str, postgres_server: str, archive: tuple[Path, list[Capture]]) -> None:
    """A flipped bit that makes a text on PostgreSQL invalid UTF-8 is reported, and the other rows are checked."""
    import psycopg

    _fill(postgres, archive)
    _tamper(postgres, "UPDATE verdicts SET topic = topic", "UPDATE revisions SET method = 'x' WHERE id = 3")
    with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as raw:
        raw.execute("CHECKPOINT")
        found = raw.execute(
            "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('revisions')"
        ).fetchone()
    assert found is not None
    path = Path(found[0])
    if not path.is_file():
        pytest.skip("the server's files are elsewhere")
    _flip(path, path.read_bytes().rindex("井口派出所的一天(2)".encode()))
    for url in database(postgres_server, postgres.partition("?")[0].rpartition("/")[2] + " STRATEGY file_copy"):
        with open_store(url + "&options=-cignore_checksum_failure%3Don") as store:
            problems = verify(store)
        with open_store(url) as store:  # a server with checksums returns no row of the damaged page
            assert verify(store)
    assert any(problem.startswith("revisions row 2: it cannot be read back") for problem in problems), problems
    assert any(problem.startswith("revisions row 3: it was changed") for problem in problems), problems


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE facts SET fields = '{x'", "a fact of fact run 3"),
        ("UPDATE revisions SET authors = '[' WHERE id = 3", "revision 3"),
        ("UPDATE commits SET rules = '' WHERE number = 2", "commit 2"),
    ],
)
def test_query_of_a_damaged_row_names_it(closed_store: str, statement: str, message: str) -> None:
    """`log` or `show` raises an error that names the damaged row and the command to run."""
    _tamper(closed_store, statement)
    with open_store(closed_store) as store, pytest.raises(StoreError, match=rf"{message}.*suowen verify"):
        log(store)
        show(store, 3)


def test_overwritten_page_of_the_database_file_is_reported(filled: Path) -> None:
    """If parts of several database pages are overwritten, verify or the opening of the store reports the damage."""
    data = bytearray(filled.read_bytes())
    for page in range(2, len(data) // 4096, 3):
        data[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    filled.write_bytes(bytes(data))
    try:
        with open_store(f"sqlite:///{filled}") as store:
            assert verify(store)
    except StoreError as error:
        assert "damaged" in str(error)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.unlink(), "archive file a.warc.gz: it is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-20]), "bytes, the store knows of"),
        (lambda path: _flip(path, 60), "capture 1"),
        (lambda path: path.write_bytes(b"x" + path.read_bytes()), "capture 2"),
    ],
)
def test_damaged_archive(
    filled: Path, archive: tuple[Path, list[Capture]], harm: Callable[[Path], None], message: str
) -> None:
    """A missing, truncated, changed or shifted WARC file is reported with the file or the capture."""
    harm(archive[0] / "a.warc.gz")
    with open_store(f"sqlite:///{filled}") as store:
        problems = verify(store, archive[0])
    assert any(message in problem for problem in problems), problems


def test_replaced_record_is_reported(filled: Path, archive: tuple[Path, list[Capture]]) -> None:
    """Another record in the place of the stored one is reported with the capture."""
    folder, captures = archive
    data = (folder / "a.warc.gz").read_bytes()
    other = _member("urn:uuid:11111111-0000-0000-0000-000000000000", BODY + b"X")
    (folder / "a.warc.gz").write_bytes(
        other.ljust(captures[0].length, b"\0")[: captures[0].length] + data[captures[0].length :]
    )
    with open_store(f"sqlite:///{filled}") as store:
        problems = " ".join(verify(store, folder))
    assert "capture 1" in problems


def test_verify_on_both_databases(store: Store) -> None:
    """verify reports no problem in an undamaged store, also with floats that have no exact decimal form."""
    with batch_of(store) as batch:
        put(batch, article(1, quality=0.1 + 0.2), number=1, facts=(fact(value=0.1, list=[1, 1.0, None, "x"]),))
    assert verify(store) == []
