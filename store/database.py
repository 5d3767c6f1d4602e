"""Open a database: connections, pragmas, the lock that admits one writer, migrations.

SQLite: WAL, synchronous=FULL, foreign keys, one writing connection, BEGIN IMMEDIATE. Before SQLite 3.51.3 two
connections that wrote or checkpointed at the same time could damage a WAL database (the WAL-reset bug). Therefore a
lock file beside the database admits one writer at a time across processes; it also covers the checkpoint on close.
PostgreSQL: an advisory transaction lock does the same. Writes are short, so a writer rarely waits long.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import QueuePool

from store.errors import StoreBusyError, StoreDamagedError, StoreError, StoreUnwritableError, WrongStoreError, explain
from store.private_files import make_folder
from store.schema import APPLICATION_ID, REVISIONS

try:
    import fcntl
except ImportError:  # Windows: only SQLite's own lock protects the file
    fcntl = None  # type: ignore[assignment]

#: seconds that a writer waits for another writer. A batch of 50 articles takes about 0.1 s; migrating a large store
#: takes longer
WAIT = 30.0
#: seconds that closing waits for a writer. Most writers have finished by then (see `Database.close`). Not measured
CLOSING = 1.0
#: size of the write-ahead log, in pages of 4 kB, at which SQLite checkpoints it. With SQLite's default of 1,000, every
#: second batch of 50 articles made a checkpoint
CHECKPOINT = 4_000
#: libpq parameters, in seconds (tcp_user_timeout in milliseconds). A lost connection is detected after 30 + 3 x 10 s;
#: Linux's default is two hours
_KEEPALIVE = {
    "connect_timeout": 30,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
#: key of the advisory lock that PostgreSQL writers take ("suowen" in ASCII)
ADVISORY = 0x73756F77656E


class WriterLock:
    """Lock that admits one writer at a time: a thread lock, and for processes a locked file beside the database."""

    def __init__(self, path: Path | None, where: str, wait: float) -> None:
        self._thread = threading.RLock()
        self._holder: int | None = None
        self._path, self._where, self._wait = path, where, wait
        self._file: int | None = None

    @contextlib.contextmanager
    def __call__(self, limit: float | None = None) -> Iterator[None]:
        """Hold the lock for the `with` body. Wait for it at most `limit` seconds, and at most the store's `wait`."""
        wait = self._wait if limit is None else min(limit, self._wait)
        if self._holder == threading.get_ident():
            raise StoreError(f"store {self._where}: a batch is open in this thread; use the batch's own methods")
        deadline = time.monotonic() + wait
        if not self._thread.acquire(timeout=wait):
            raise StoreBusyError(f"store {self._where}: another thread has been writing for {self._wait:g} s")
        try:
            self._holder = threading.get_ident()
            self._lock(deadline)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._holder = None
            self._thread.release()

    def _lock(self, deadline: float) -> None:
        if self._path is None or fcntl is None:
            return None
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StoreUnwritableError(
                    f"store {self._where}: the lock file {self._path} cannot be written: "
                    f"{error.strerror}; check the owner and mode of its folder"
                ) from error
        pause = 0.001
        while True:
            try:
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreBusyError(
                        f"store {self._where}: another process has been writing for {self._wait:g} s; "
                        "wait for it to finish, or stop it"
                    ) from None
                time.sleep(pause)
                pause = min(pause * 2, 0.02)

    def close(self) -> None:
        """Close the lock file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _without_secrets(url: str) -> str:
    """Replace passwords and tokens in a database URL by ***, before the host and in parameters such as ?password=."""
    url = re.sub(r"(?<=//)([^/@:]*):(?!\*\*\*@)[^@]*(?=@)", r"\1:***", url)
    return re.sub(r"([?&][^=&]*(?:pass(?!file)|pwd|secret|token)[^=&]*=)[^&]*", r"\1***", url, flags=re.IGNORECASE)


class Database:
    """The connections of one store. `read` and `write` turn database errors into `StoreError`."""

    def __init__(self, url: str | URL, *, wait: float = WAIT, create: bool = True) -> None:
        self._create = create
        try:
            self.url = make_url(url)
        except exc.ArgumentError as error:
            raise WrongStoreError(
                f"store {_without_secrets(str(url))!r}: not a database URL; write sqlite:///data/suowen.db or "
                "postgresql+psycopg://user@host/name"
            ) from error
        self.where = _without_secrets(self.url.render_as_string(hide_password=True))
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.path: Path | None = None
        #: Actual and expected size of a truncated file, as text; "" if the file is complete. The size is checked before
        #: SQLite opens the file, because closing a second handle of the file would release SQLite's locks.
        self._truncation = ""
        if self.sqlite:
            self.path = _sqlite_path(self.url, self.where, create)
            self._truncation = _missing_bytes(self.path, self.where)
            self._writer, self._reader = _sqlite_engines(self.url, self.path, wait)
        else:
            self._writer = self._reader = _server_engine(self.url, self.where, wait)
        lock = self.path.with_name(self.path.name + "-lock") if self.path else None
        self._lock = WriterLock(lock, self.where, wait)

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a read-only connection that sees the same snapshot of the store until the connection is closed."""
        with self.translate_errors(), self._reader.connect() as connection, connection.begin():
            if not self.sqlite:
                # For this transaction only: setting the connection's options would later reset a pooled connection to
                # READ WRITE, even if the server's default is READ ONLY.
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield the writing connection in one transaction, under the writer lock. An exception rolls it back."""
        with self.translate_errors(), self._lock(), self._writer.connect() as connection, connection.begin():
            if not self.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY})
            yield connection

    @contextlib.contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn database errors of this store into `StoreError`.

        `read` and `write` use it; so does code that reads one store while it writes another.
        """
        try:
            yield
        # StoreErrors, and bugs of this program, are raised unchanged
        except (exc.DBAPIError, exc.TimeoutError, UnicodeError) as error:
            raise explain(error, self.where) from error

    def migrate(self, then: Callable[[Connection], object]) -> None:
        """Migrate an empty or older database to this program's schema.

        `then` runs in the same transaction after an older database was migrated. It fills new tables that SQL alone
        cannot fill. Raises WrongStoreError for a database of another program or of a newer version, and for an empty
        database if no store may be created.
        """
        with self.translate_errors():
            try:
                found = self._revision()
            except StoreDamagedError as error:  # SQLite cannot read any row of a truncated file
                if self._truncation:
                    raise StoreDamagedError(
                        f"store {self.where}: the file was truncated: {self._truncation}; "
                        "`suowen restore` restores a backup"
                    ) from error
                raise
            if found == REVISIONS[-1]:
                return
            if found is None and not self._create:
                raise WrongStoreError(
                    f"store {self.where}: the database is empty; `suowen run` creates a store in it, "
                    "or name the right one"
                )
            with self.write() as connection:
                upgrade(connection)
                if found is not None:
                    then(connection)

    def _revision(self) -> str | None:
        """Return the schema revision; None for an empty database."""
        with self.read() as connection:
            tables = set(inspect(connection).get_table_names())
            if not tables:
                return None
            if "alembic_version" not in tables or "commits" not in tables:
                raise WrongStoreError(
                    f"store {self.where}: this database holds something else "
                    f"({', '.join(sorted(tables)[:5])}); name a new or empty one"
                )
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found is None:
            raise WrongStoreError(
                f"store {self.where}: its schema is unknown, because its alembic_version is "
                "empty; `suowen restore` restores a backup"
            )
        if found not in REVISIONS:
            raise WrongStoreError(
                f"store {self.where}: its schema {found} is newer than this program "
                f"(it knows up to {REVISIONS[-1]}); upgrade suowen"
            )
        return str(found)

    def close(self) -> None:
        """Close every connection. The last connection to a SQLite file checkpoints its log, under the writer lock.

        If another process is writing, that process still has a connection and does the checkpoint later.
        """
        if not self.sqlite:
            self._writer.dispose()
            return
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(StoreError):
                stack.enter_context(self._lock(CLOSING))
            self._reader.dispose()
            self._writer.dispose()
        self._lock.close()


def upgrade(connection: Connection, revision: str = REVISIONS[-1]) -> None:
    """Run the migrations up to `revision` inside the connection's transaction."""
    from alembic import command  # slow to import, and needed only for a new or older store
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _sqlite_path(url: URL, where: str, create: bool) -> Path:
    """Return the file path of a SQLite URL. With `create`, a missing file and its folder are created.

    Raises WrongStoreError if the URL does not name a usable file, StoreUnwritableError if the file cannot be created.
    """
    if not url.database or url.database == ":memory:" or url.query:
        raise WrongStoreError(f"store {where}: a store needs a file of its own; write sqlite:///data/suowen.db")
    path = Path(url.database).absolute()
    if path.is_dir():
        raise WrongStoreError(f"store {where}: {path} is a folder; name a file in it, such as {path / 'suowen.db'}")
    if not create and not path.exists():
        raise WrongStoreError(
            f"store {where}: there is no store yet; `suowen run` creates one, or name the right folder"
        )
    if not path.parent.exists():
        try:
            make_folder(path.parent)
        except OSError as error:
            raise WrongStoreError(
                f"store {where}: the folder {path.parent} cannot be created: {error.strerror}"
            ) from error
    if not path.exists():
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise StoreUnwritableError(
                f"store {where}: {path} cannot be created: {error.strerror}; check the owner and mode of its folder"
            ) from error
    return path


def _missing_bytes(path: Path, where: str) -> str:
    """Return the actual and the expected size of a SQLite file that is too short, as text; "" if it is not too short.

    The expected size is the size in the header of the file. A file that is too short is not necessarily damaged: the
    missing pages may be in its log (-wal). Raises WrongStoreError if the file is not a SQLite database,
    StoreUnwritableError if this user may not read it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except PermissionError as error:
        raise StoreUnwritableError(
            f"store {where}: {path} cannot be opened: {error.strerror}; check the owner and mode of the file"
        ) from error
    if head and not head.startswith(b"SQLite format 3"):
        raise WrongStoreError(f"store {where}: {path} is not a SQLite database; name another file")
    expected = int.from_bytes(head[28:32], "big") * int.from_bytes(head[16:18], "big")
    size = path.stat().st_size
    return f"it has {size:,} bytes of {expected:,}" if size < expected else ""


def _sqlite_engines(url: URL, path: Path, wait: float) -> tuple[Engine, Engine]:
    """Return (writing engine with one connection, reading engine whose connections refuse to write)."""

    def opened() -> sqlite3.Connection:
        # mode=rw: if the file was removed while the store is open, report an error and do not create an empty database
        return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=wait, check_same_thread=False)

    writer = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=wait, creator=opened)
    reader = create_engine(url, poolclass=QueuePool, pool_size=4, max_overflow=-1, creator=opened)

    def connected(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
        connection.isolation_level = None  # the driver must not begin transactions; the begin events below do
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    shared = ("foreign_keys=ON", "recursive_triggers=ON", "mmap_size=0")
    event.listen(
        writer,
        "connect",
        lambda c, _: connected(
            c,
            (
                f"application_id={APPLICATION_ID}" if _is_new(c) else "application_id",
                "journal_mode=WAL",
                "synchronous=FULL",
                f"wal_autocheckpoint={CHECKPOINT}",
                "cache_size=-65536",
                *shared,
            ),
        ),
    )
    event.listen(reader, "connect", lambda c, _: connected(c, ("query_only=ON", "cache_size=-16384", *shared)))
    event.listen(writer, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(reader, "begin", lambda c: c.exec_driver_sql("BEGIN"))
    return writer, reader


def _is_new(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def _server_engine(url: URL, where: str, wait: float) -> Engine:
    try:
        engine = create_engine(url, poolclass=QueuePool, pool_pre_ping=True)
    except (exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise WrongStoreError(
            f"store {where}: no driver for {url.drivername}; sqlite and postgresql+psycopg are known "
            "(pip install 'suowen[postgresql]')"
        ) from error
    if engine.dialect.name != "postgresql":
        raise WrongStoreError(
            f"store {where}: {engine.dialect.name} is not supported; sqlite and postgresql+psycopg are"
        )

    def connected(connection: Any, _: object) -> None:
        # Set here, because `lock_timeout` in the connection's `options` would replace the options in the URL.
        connection.execute(f"SET lock_timeout = {int(wait * 1000)}")
        connection.commit()

    event.listen(engine, "connect", connected)
    event.listen(engine, "do_connect", _set_timeouts)
    return engine


def _set_timeouts(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> None:
    """Set libpq's timeouts so that a vanished server is noticed in minutes, not hours; the URL may override them."""
    for name, value in _KEEPALIVE.items():
        parameters.setdefault(name, value)
