"""Atomic replacement of a file: the new file is written under a temporary name and renamed when it is complete."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`. On success, the file written there replaces `path`.

    Temporary files for `path` are deleted if the process that made them no longer runs.
    """
    _remove_leftovers(path)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        pid = left.name.removesuffix(".new").rpartition(".")[2]
        if pid.isdecimal() and not _runs(int(pid)):
            left.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    """Return whether the process `pid` runs; always True on a system other than POSIX."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # the process exists, but belongs to another user
        return True
    return True
