"""Kill points: a process counts its writes and kills itself with SIGKILL at a chosen write.

A write is a file opened for writing, a rename, a removal, a new or removed folder, a hard link, a truncation, an fsync,
a new SQLite connection, an SQL statement other than SELECT and PRAGMA, or a commit. Worker processes do not write, so
their operations are not counted.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

_CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "sqlite3.connect"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def arm(at: int, report: Path) -> None:
    """Count the later writes of this process, store the count in the file `report`, and kill the process at write `at`.

    If `at` is 0, the process is not killed.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    process, lock = os.getpid(), threading.Lock()
    file = os.open(report, os.O_WRONLY | os.O_CREAT)
    count = 0

    def write() -> None:
        nonlocal count
        if os.getpid() != process:
            return
        with lock:
            count += 1
            os.pwrite(file, b"%8d" % count, 0)
            if count == at:
                os.kill(process, signal.SIGKILL)

    def hook(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _CHANGES or (name == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING):
            write()

    def statement(connection: Any, cursor: Any, text: str, *rest: Any) -> None:
        if not text.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            write()

    fsync = os.fsync

    def counted_fsync(descriptor: int) -> None:
        write()
        fsync(descriptor)

    os.fsync = counted_fsync  # type: ignore[assignment]
    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", lambda connection: write())
    sys.addaudithook(hook)
