"""Host state shared between processes: time of the next request and end of the pause, in one file with record locks."""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
from datetime import UTC, datetime
from pathlib import Path

#: number of records. Hosts that share a record also share its lock, so one may wait for the other
SLOTS = 65_536
#: hash of the host, time of the next request, end of the pause (0.0: none), as seconds since the epoch
_RECORD = struct.Struct("<Qdd")


class SharedHosts:
    """Table of host states in a sparse file of 1.5 MB. A lock is released when its process ends, even by SIGKILL.

    POSIX record locks exclude only other processes; threads of this process need a lock of their own. The constructor
    raises OSError if the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        """Close the file, which releases all locks."""
        os.close(self._file)

    def try_lock(self, host: str) -> bool:
        """Lock a host for this process; return False while another process has the lock."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, _RECORD.size, self._offset(host))
        except OSError:
            return False
        return True

    def unlock(self, host: str) -> None:
        """Release the lock of a host."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, _RECORD.size, self._offset(host))

    def read(self, host: str) -> tuple[datetime | None, datetime | None]:
        """Return (time of the next request, end of the pause) of a host; None for a value that is not stored."""
        data = os.pread(self._file, _RECORD.size, self._offset(host))
        if len(data) < _RECORD.size:
            return None, None
        name, next_at, paused = _RECORD.unpack(data)
        if name != name_hash(host):
            return None, None
        return _moment(next_at), _moment(paused)

    def write(self, host: str, next_at: datetime | None, paused_until: datetime | None) -> None:
        """Store the time of the next request and the end of the pause of a host."""
        moments = (next_at, paused_until)
        seconds = [0.0 if moment is None or moment.year < 1971 else moment.timestamp() for moment in moments]
        os.pwrite(self._file, _RECORD.pack(name_hash(host), *seconds), self._offset(host))

    def _offset(self, host: str) -> int:
        return name_hash(host) % SLOTS * _RECORD.size


def name_hash(name: str) -> int:
    """Return a number of 64 bits for the name of a host or the key of a page."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0.0 < seconds < 32_503_680_000.0 else None
