"""Progress of long operations, reported to an optional callback."""

from __future__ import annotations

from collections.abc import Callable

#: callback(what, number done, total); total is 0 when it is unknown
Progress = Callable[[str, int, int], object]


def ignore_progress(what: str, done: int, total: int) -> None:
    """Ignore the report; the default callback."""
