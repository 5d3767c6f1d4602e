"""The lock that lets one `suowen serve` run per data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import UsageError


class AlreadyRunningError(UsageError):
    """Another `suowen serve` uses the same store."""


@contextmanager
def locked(folder: Path | None, owner: str) -> Iterator[str | None]:
    """Hold the file lock `serve.lock` in `folder`; gives the previous owner if its process died, else None.

    The lease of a dead owner may be released. The kernel releases the lock of a process that dies, so a held lock
    belongs to a living process. Raises AlreadyRunningError.
    """
    if folder is None:
        yield None
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "serve.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            process = file.read().partition(" ")[0] or "unknown"
            raise AlreadyRunningError(
                f"already running: suowen serve, process {process} (it holds {path}); stop it first"
            ) from None
        file.seek(0)
        dead = file.read().partition(" ")[2].strip()
        file.truncate(0)
        file.write(f"{os.getpid()} {owner}\n")
        file.flush()
        yield dead or None
        file.truncate(0)
