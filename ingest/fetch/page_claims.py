"""Claims on pages, so that two processes do not fetch one page at the same time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ingest.fetch.host_state_file import name_hash


class PageClaims:
    """Claims on the pages that this process fetches, so that other processes do not fetch them at the same time.

    A claim is a record lock on one byte of an empty file. It ends with `release`, or when the process ends. Claims do
    not exclude other threads of the same process.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        """Close the file, which releases all claims."""
        os.close(self._file)

    def claim(self, name: str) -> bool:
        """Claim a page by its key; return False while another process has claimed it."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, name_hash(name) >> 2)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Release all claims of this process."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)
