"""How far long work is: who begins it may watch."""

from __future__ import annotations

from collections.abc import Callable

#: told of what kind how many are done, of how many; of 0 when nobody knows how many there are
Progress = Callable[[str, int, int], object]


def ignore_progress(what: str, done: int, total: int) -> None:
    """Nobody watches."""
