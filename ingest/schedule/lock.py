"""Lock that allows only one `suowen serve` per data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import UsageError
from store.private_files import make_folder, private


class AlreadyRunningError(UsageError):
    """Another `suowen serve` uses the same folder or the same store."""


@contextmanager
def locked(folder: Path | None, owner: str) -> Iterator[str | None]:
    """Hold the file lock `serve.lock` in `folder`; yield the previous owner if its process died, else None.

    The caller may release the lease of a dead owner. The kernel releases the lock of a process that dies, so a held
    lock belongs to a living process. Raises AlreadyRunningError if the lock is held. If `folder` is None, nothing is
    locked.
    """
    if folder is None:
        yield None
        return
    make_folder(folder)
    path = folder / "serve.lock"
    with open(path, "a+", encoding="utf-8", opener=private) as file:
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
