"""Files and folders that only their owner may read, regardless of the umask."""

from __future__ import annotations

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Make a folder with mode 0700, and its missing parents too.

    `Path.mkdir` would create the parents with the umask's mode.
    """
    for parent in reversed(folder.absolute().parents):
        if not parent.exists():
            parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def private(path: str, flags: int) -> int:
    """Open a file, creating it with mode 0600; for use as the `opener` of `open`."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
