"""PostgreSQL databases for tests, one each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator


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
