"""Process several inputs at the same time: threads wait for workers, and results are returned in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(items: Iterable[T], function: Callable[[T], R], width: int, ahead: int) -> Iterator[tuple[T, Future[R]]]:
    """Yield each item with the finished future of `function(item)`, in the order of the items.

    `width` calls run at once, and up to `ahead` more results are computed in advance, so that the threads have work
    while the caller stores results. `items` is read in the caller's thread. When the caller stops early, calls that
    have not begun are dropped.
    """
    waiting: deque[tuple[T, Future[R]]] = deque()
    pool = ThreadPoolExecutor(width, "suowen-ahead")
    try:
        for item in items:
            waiting.append((item, pool.submit(function, item)))
            if len(waiting) > width + ahead:
                yield _finished(waiting.popleft())
        while waiting:
            yield _finished(waiting.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _finished(pair: tuple[T, Future[R]]) -> tuple[T, Future[R]]:
    pair[1].exception()
    return pair
