"""Tasks for tests/test_worker_pool.py; a worker imports its task by name."""

from __future__ import annotations

import ctypes
import os
import signal
import time

from ingest.errors import ExtractError, FetchError

WARMED: list[int] = []


class Awkward(Exception):  # noqa: N818
    """An exception that can be pickled but not unpickled, because unpickling calls the class with one argument only."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first + second)


def warm() -> None:
    WARMED.append(os.getpid())


def warmed_by() -> list[int]:
    return WARMED


def length(content: bytes) -> int:
    return len(content)


def double(content: bytes) -> bytes:
    return content * 2


def process() -> int:
    return os.getpid()


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def hang_in_c() -> None:
    """Block in C code, as a parser in C may; no Python signal handler can run meanwhile."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    ctypes.CDLL(None).pause()


def eat_memory() -> int:
    return len([bytearray(10_000_000) for _ in range(100_000)])


def eat_and_hide() -> str:
    """Exhaust the memory, catch the MemoryError and return a result, as some parsers do."""
    eaten = []
    try:
        while True:
            eaten.append(bytearray(100_000))
    except MemoryError:
        eaten.clear()
    return "half a tree"


def abort() -> None:
    os.abort()


def leave() -> None:
    raise SystemExit(3)


def refuse(url: str) -> None:
    raise ExtractError(url, "too-short", "three characters")


def refuse_fetch(url: str) -> None:
    raise FetchError(url, "gone", "404")


def stumble() -> None:
    raise ValueError("a bug")


def awkward() -> None:
    raise Awkward("a", "b")


def unpicklable() -> object:
    return lambda: None
