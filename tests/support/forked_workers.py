"""Fork the fork server of a worker pool from the present process, instead of starting a new interpreter.

Importing this module loads the parsers into the present process, so that workers start 2 s sooner.
tests/test_worker_pool.py tests the start in a new interpreter.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from subprocess import TimeoutExpired

import feedparser  # noqa: F401  loaded by workers at the start, as in ingest.pipeline.parser_pool.PRELOAD
import trafilatura  # noqa: F401

import ingest.discover  # noqa: F401
from ingest import fork_server
from ingest.pipeline.cached_tables import load_all

gc.disable()
load_all()
gc.enable()
gc.freeze()


class _Forked:
    """The part of subprocess.Popen that `ForkServer` uses, for a forked process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise TimeoutExpired("fork server", timeout)
            time.sleep(0.005)
        return code

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def fork_without_interpreter(control: Connection, memory: int, preload: Sequence[str]) -> _Forked:
    """Fork the fork server instead of starting a new interpreter; replaces `fork_server.start_fork_server`."""
    # A collection of the child would otherwise copy the memory of all objects, over 1 GB late in a test session.
    gc.freeze()
    pid = os.fork()
    if pid:
        gc.unfreeze()
        return _Forked(pid)
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        handle = control.fileno()
        # This also closes the other end of `control`. While that end is open here, the fork server does not end with the
        # command.
        os.closerange(3, handle)
        os.closerange(handle + 1, 65536)
        fork_server.serve_forks(handle, memory, preload)
    finally:
        os._exit(1)


def install() -> None:
    """Make this process fork its workers."""
    fork_server.start_fork_server = fork_without_interpreter  # type: ignore[assignment]
