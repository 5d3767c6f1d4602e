"""Failures outside the program: locks, read-only files, full disks and lost servers.

Each failure is reported, and the store contains only complete batches.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc, text
from sqlalchemy.engine import make_url

from store import Store, StoreError, open_store
from store.archive_storage import move, storage_at
from store.backup import backup, restore
from store.errors import StoreBusyError, StoreLostError, StoreUnwritableError, WrongStoreError
from store.export import export
from store.export_delta import export_delta
from store.queries import last_commit, verify
from store.search import reindex
from tests.support.paths import ROOT
from tests.support.store_samples import article, batch_of, put


def test_lock_of_another_program_is_reported(sqlite_url: str) -> None:
    """The write lock of another program is reported after the wait; writing works after its release."""
    with open_store(sqlite_url, wait=0.2) as store:
        assert store.database.path is not None
        other = sqlite3.connect(store.database.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="another process holds it"), batch_of(store) as batch:
            put(batch, article())
        other.execute("ROLLBACK")
        other.close()
        with batch_of(store) as batch:
            put(batch, article())
        assert (last_commit(store), verify(store)) == (1, [])


def test_lock_of_another_writer_is_reported(sqlite_url: str) -> None:
    """If another connection of this program writes for longer than the maximum wait, an error reports that."""
    with open_store(sqlite_url) as first, open_store(sqlite_url, wait=0.2) as second, batch_of(first) as batch:
        put(batch, article())
        with pytest.raises(StoreBusyError, match=r"writing for 0\.2 s"):
            second.start_run(article().fetched_at, "test")


def test_readers_do_not_wait_for_writers(sqlite_url: str) -> None:
    """While another process writes, a reader opens, reads and closes without waiting; the writer then continues."""
    with open_store(sqlite_url) as first, batch_of(first) as batch:
        put(batch, article())
        began = time.monotonic()
        with open_store(sqlite_url) as second:
            assert last_commit(second) == 0
        assert time.monotonic() - began < 10  # in an earlier version, closing waited 30 s for the writer
    with open_store(sqlite_url) as store:
        assert (last_commit(store), verify(store)) == (1, [])


_READ_ONLY = """
import os, sys
sys.path.insert(0, {root!r})
from tests.support.store_samples import *
from store import open_store
from store.queries import list_articles
with open_store({url!r} + ".warm"):
    pass  # imports lazy modules while files can still be read
os.setgid(65534); os.setuid(65534)
with open_store({url!r}) as store:
    print(len(list_articles(store)), flush=True)
    with batch_of(store) as batch:
        put(batch, article(2))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_read_only_store_is_reported(sqlite_url: str, public_path: Path) -> None:
    """A store in a folder of another user is reported as not readable or as not writable, and is not changed."""
    with open_store(sqlite_url) as store, batch_of(store) as batch:
        put(batch, article(1))
    code = _READ_ONLY.format(root=str(ROOT), url=sqlite_url)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "suowen.db cannot be opened: Permission denied" in done.stderr
    for path in public_path.iterdir():
        path.chmod(0o644)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert any(word in done.stderr for word in ("read-only", "cannot be written", "cannot be opened")), done.stderr
    with open_store(sqlite_url) as store:
        assert last_commit(store) == 1


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Yield the path of a file system of four megabytes."""
    folder = Path(f"/tmp/suowen-small-{os.getpid()}")
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and shutil.which("mount")
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not mounted:
        folder.rmdir()
        pytest.skip("needs root, to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def test_full_disk_is_reported(small_disk: Path) -> None:
    """A disk that fills during a batch is reported.

    Complete batches stay, and writing works again when space is free.
    """
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_500_000)
    with open_store(f"sqlite:///{small_disk}/suowen.db") as store:
        stored = 0
        with pytest.raises(StoreUnwritableError, match="disk"):
            while stored < 100:
                with batch_of(store) as batch:
                    for number in range(10):
                        put(batch, article(stored * 10 + number, text=f"{stored} {number} " + "井口派出所" * 500))
                stored += 1
        assert last_commit(store) == stored > 0
        ballast.unlink()
        with batch_of(store) as batch:
            put(batch, article(9999))
        assert (last_commit(store), verify(store)) == (stored + 1, [])


def test_full_target_disk_is_reported(lite: Store, small_disk: Path, tmp_path: Path) -> None:
    """A disk that fills during backup, export, restore or move is reported, and no partial result stays."""
    (small_disk / "ballast").write_bytes(b"x" * 3_000_000)
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "a.warc.gz").write_bytes(os.urandom(2_000_000))
    with batch_of(lite) as batch:
        batch.archive_sizes({"a.warc.gz": 2_000_000})
        for number in range(300):
            put(batch, article(number, text=f"{number} " + "井口派出所" * 300))
    backup(lite, tmp_path / "whole.tar", tmp_path / "warc")
    (small_disk / "home").mkdir()
    for attempt in (
        lambda: backup(lite, small_disk / "b.tar", tmp_path / "warc"),
        lambda: export(lite, small_disk / "out", "jsonl"),
        lambda: restore(tmp_path / "whole.tar", f"sqlite:///{small_disk}/home/s.db", small_disk / "home" / "warc"),
        lambda: list(move(lite, tmp_path / "warc", storage_at(str(small_disk / "far")))),
    ):
        with pytest.raises(StoreError, match=r"No space left on device|disk is full"):
            attempt()
        assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["ballast"]
    assert verify(lite) == [] and (tmp_path / "warc" / "a.warc.gz").exists()


def test_full_disk_under_a_delta_table(lite: Store, small_disk: Path) -> None:
    """A disk that fills during a Delta export is reported; when space is free, the next export continues the table."""
    for number in range(8):
        with batch_of(lite) as batch:
            noise = "".join(chr(0x4E00 + byte) for byte in os.urandom(100_000))
            put(batch, article(number, text=f"{number} {noise}"))
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 3_400_000)
    with pytest.raises(StoreError, match="No space left on device"):
        export_delta(lite, small_disk / "out")
    ballast.unlink()
    had, has = export_delta(lite, small_disk / "out")
    assert 0 < had < has == 8


def test_empty_delta_log_is_reported(lite: Store, tmp_path: Path) -> None:
    """A Delta log without a version, as after a kill at the very start, is reported."""
    (tmp_path / "out" / "_delta_log").mkdir(parents=True)
    with pytest.raises(StoreError, match="name a new folder"):
        export_delta(lite, tmp_path / "out")


def test_lost_connection_within_a_batch_is_reported(postgres: str, postgres_server: str) -> None:
    """A connection that breaks during a batch is reported, no row is stored, and the next batch works."""
    import psycopg

    with open_store(postgres) as store:
        with pytest.raises(StoreLostError, match="nothing of this batch was stored"), batch_of(store) as batch:
            put(batch, article(1))
            batch._flush()
            with psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = %s AND pid <> pg_backend_pid()",
                    (store.database.url.database,),
                )
            put(batch, article(2))
            batch._flush()
        assert last_commit(store) == 0
        with batch_of(store) as batch:
            put(batch, article(1))
        assert (last_commit(store), verify(store)) == (1, [])


@pytest.mark.parametrize("where", ["database", "role", "url"])
def test_read_only_server_is_reported(postgres: str, postgres_server: str, where: str) -> None:
    """If the database, the role or the URL sets read-only mode, reading works, and writing is refused with a reason.

    A second attempt on the same connections has the same result.
    """
    import psycopg

    name, setting = make_url(postgres).database, "SET default_transaction_read_only = on"
    with open_store(postgres) as store, batch_of(store) as batch:
        put(batch, article(1))
    with psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE reader_{name} SUPERUSER LOGIN")  # type: ignore[call-overload]
        if where != "url":
            admin.execute(f"ALTER {f'DATABASE {name}' if where == 'database' else f'ROLE reader_{name}'} {setting}")  # type: ignore[call-overload]
        url = {
            "database": postgres,
            "role": postgres.replace("postgres:", f"reader_{name}:", 1),
            "url": postgres + "&options=-cdefault_transaction_read_only%3Don",
        }[where]
        with open_store(url) as store:
            for number in range(2, 5):
                assert last_commit(store) == 1 and verify(store) == []
                with pytest.raises(StoreUnwritableError, match="cannot be written"), batch_of(store) as batch:
                    put(batch, article(number))
                with pytest.raises(StoreUnwritableError, match="cannot be written"):
                    store.start_run(article().fetched_at, "test")
        admin.execute(f"DROP ROLE reader_{name}")  # type: ignore[call-overload]


def test_silent_server_counts_as_lost(postgres: str) -> None:
    """Connections are set to end after 60 s without an answer and to probe an idle server after 30 s.

    The URL can set another idle time.
    """
    for url, idle in ((postgres, "30"), (postgres + "&keepalives_idle=77", "77")):
        with open_store(url) as store, store.database.read() as db:
            driver: Any = db.connection.driver_connection
            parameters = driver.info.get_parameters()
        assert (parameters["keepalives_idle"], parameters["tcp_user_timeout"]) == (idle, "60000")


def test_no_store_is_created_on_a_read_only_server(bare_postgres: str) -> None:
    """On a read-only server no store is created, not even a part of it."""
    with pytest.raises(StoreUnwritableError, match="cannot be written"):
        open_store(bare_postgres + "&options=-cdefault_transaction_read_only%3Don")
    with pytest.raises(WrongStoreError, match="the database is empty"):
        open_store(bare_postgres, create=False)


def test_programming_errors_are_not_translated(lite: Store) -> None:
    """A programming error is not reported as a failure of the store; a path that cannot be created is."""
    with pytest.raises(exc.ArgumentError), lite.database.read() as db:
        db.execute(text("SELECT :x"), 5)  # type: ignore[call-overload]
    with pytest.raises(StoreError):
        open_store("sqlite:////proc/nowhere/suowen.db")


def test_waiting_for_a_writer_on_the_server_is_reported(postgres: str) -> None:
    """On PostgreSQL a long wait for another writer is reported, and the options of the URL stay effective."""
    named = postgres + "&options=-capplication_name%3Dother"
    with open_store(postgres) as first, open_store(named, wait=0.2) as second:
        with second.database.read() as db:
            assert db.execute(text("SHOW application_name")).scalar() == "other"
        with batch_of(first) as batch:
            put(batch, article())
            with pytest.raises(StoreBusyError, match="another process holds it"):
                second.start_run(article().fetched_at, "test")


class CutConnection:
    """A proxy in front of the PostgreSQL server; it cuts every connection after a number of bytes to the server."""

    def __init__(self, folder: Path, url: str) -> None:
        parsed = make_url(url)
        self._server = str(parsed.query["host"])
        self.url = parsed.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
        #: number of bytes that may still pass to the server, and number that have passed
        self.left, self.passed = 1 << 60, 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(folder / ".s.PGSQL.5432"))
        self._socket.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._socket.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{self._server}/.s.PGSQL.5432")
            for pair in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, goal: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if counted:
                    self.passed += len(data)
                    self.left -= len(data)
                    if self.left < 0:
                        break
                goal.sendall(data)
        for end in (source, goal):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(postgres: str) -> Iterator[CutConnection]:
    """Yield a proxy in front of the PostgreSQL server.

    The socket of the proxy is not in pytest's folder, as a socket path has at most 107 characters.
    """
    if not str(make_url(postgres).query.get("host", "")).startswith("/"):
        pytest.skip("needs a server on a socket")
    with tempfile.TemporaryDirectory(prefix="proxy-") as folder:
        yield CutConnection(Path(folder), postgres)


def _batch(store: Store, _: Path) -> None:
    with batch_of(store) as batch:
        for number in range(10, 40):
            put(batch, article(number, text=f"{number} " + "井口派出所" * 99), facts=())


#: minimum number of bytes that an operation on a store sends to the server, and its function, by name
_WHILE_CONNECTED: dict[str, tuple[int, Callable[[Store, Path], object]]] = {
    "batch": (100_000, _batch),
    "reindex": (8_000, lambda store, _: reindex(store)),
    "backup": (16_000, lambda store, folder: backup(store, folder / "b.tar", folder / "warc")),
    "export": (3_000, lambda store, folder: export(store, folder / "out", "jsonl")),
    "move": (650, lambda store, folder: list(move(store, folder / "warc", storage_at(str(folder / "far"))))),
    "verify": (15_000, lambda store, folder: verify(store, folder / "warc")),
    "prune": (450, lambda store, _: store.prune_outcomes(article().fetched_at)),
}


@pytest.mark.parametrize("what", _WHILE_CONNECTED)
def test_connection_cut_anywhere_is_reported(proxy: CutConnection, postgres: str, tmp_path: Path, what: str) -> None:
    """A connection cut early, in the middle or late during any operation is reported with the name of the store.

    No partial result stays, and the operation succeeds when repeated.
    """
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "a.warc.gz").write_bytes(b"x" * 1000)
    with open_store(postgres) as sound:
        for number in range(1, 5):
            with batch_of(sound) as batch:
                put(batch, article(number), facts=())
                batch.archive_sizes({"a.warc.gz": 1000})
        before = verify(sound), sound.archive_rows()
    least, act = _WHILE_CONNECTED[what]
    with open_store(proxy.url) as store:
        for part in range(3):
            proxy.left = least * part // 2
            with pytest.raises(StoreLostError, match="cannot be reached or closed the connection") as error:
                act(store, tmp_path)
            assert "dbname" not in str(error.value) and str(make_url(proxy.url).database) in str(error.value)
            assert [path.name for path in tmp_path.rglob("*") if path.is_file() and "far" not in path.parts] == [
                "a.warc.gz"
            ]
            with open_store(postgres) as sound:
                assert (verify(sound), sound.archive_rows()) == before and last_commit(sound) == 4
        proxy.left, proxy.passed = 1 << 60, 0
        act(store, tmp_path)
        assert proxy.passed > least


def test_removed_file_is_reported(sqlite_url: str) -> None:
    """If a SQLite file is removed while the store is open, the next read reports that and creates no empty file."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with open_store(sqlite_url) as store:
        path.rename(path.with_suffix(".away"))
        with store.database.read(), pytest.raises(StoreError, match="cannot be opened"):
            last_commit(store)  # uses another connection, because the first one is in use
        assert not path.exists()
