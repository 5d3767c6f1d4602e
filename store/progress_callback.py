"""Progress of long operations, reported to an optional callback."""

from __future__ import annotations

from collections.abc import Callable

#: function that is called with (what, number done, total); the total is 0 if it is unknown
Progress = Callable[[str, int, int], object]


def ignore_progress(what: str, done: int, total: int) -> None:
    """Ignore the report; the default callback."""
