"""Fork server: the process that forks, kills and reaps the workers of a pool, its client, and the loop of a worker.

The design is described in ingest/worker_pool.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import logging
import os
import pickle
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from multiprocessing import Pipe, reduction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from ingest.errors import SuowenError

#: timeout in seconds for an answer of the fork server. The first answer waits for its imports, which take about 1 s on
#: an idle machine
START = 60.0
#: exit code of a worker that ran out of memory and could report it
NO_MEMORY = 77
#: option of prctl(2): the signal sent to a process when its parent dies
_PR_SET_PDEATHSIG = 1
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ingest.fork_server import serve_forks; "
    "serve_forks(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])"
)


class ForkServer:
    """Client of the fork server, the process that forks, kills and reaps workers. Callers hold the pool's lock."""

    def __init__(self, memory: int, preload: Sequence[str]) -> None:
        self.control, theirs = Pipe()
        self.process = start_fork_server(theirs, memory, preload)
        theirs.close()

    def alive(self) -> bool:
        return self.process.poll() is None

    def fork(self) -> tuple[int, Connection, ForkServer]:
        ours, theirs = Pipe()
        try:
            self.control.send(("fork", 0))
            reduction.send_handle(self.control, theirs.fileno(), self.process.pid)
            if not self.control.poll(START):
                self.process.kill()
                raise OSError(f"no answer within {START:g} s")
            return self.control.recv(), ours, self
        except (OSError, EOFError) as error:
            ours.close()
            raise RuntimeError(
                f"no worker process could be started ({error or 'its parent ended'}); the lines above say why"
            ) from error
        finally:
            theirs.close()

    def end(self, pid: int) -> int | None:
        """Kill a worker and return its wait status.

        Returns None if the fork server has ended, does not answer within START seconds, or has no such worker.
        """
        try:
            self.control.send(("end", pid))
            return self.control.recv() if self.control.poll(START) else None
        except (OSError, EOFError):
            return None

    def close(self) -> None:
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_fork_server(control: Connection, memory: int, preload: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the fork server: a separate Python interpreter that forks, kills and reaps workers."""
    command = [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(control.fileno()), str(memory)]
    # The fork server gets a session of its own, so that a Ctrl-C at the terminal reaches only the parent and workers
    # finish their page.
    return subprocess.Popen(
        [*command, *preload],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(control.fileno(),),
        start_new_session=True,
    )


def serve_forks(handle: int, memory: int, preload: Sequence[str]) -> NoReturn:
    """Import the modules and call the functions of `preload`, then fork and end workers on request.

    Never returns: the process exits when the parent closes the control pipe, of which `handle` is the file descriptor.
    """
    control = Connection(handle)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # a service manager signals every process of the service, but the parent decides when this process ends
        signal.signal(number, signal.SIG_IGN)
    logging.getLogger().addHandler(logging.NullHandler())
    gc.disable()  # without garbage collection, loading tables of 350,000 words takes half the time
    for name in preload:
        module, _, function = name.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
    gc.enable()
    gc.collect()
    # The memory of frozen objects stays shared between forks; otherwise the collector's marks would copy it.
    gc.freeze()
    children: set[int] = set()
    with contextlib.suppress(EOFError, OSError):
        while True:
            command, pid = control.recv()
            if command == "fork":
                control.send(_fork(control, memory, children))
            else:
                control.send(_end(pid, children))
    for pid in tuple(children):
        _end(pid, children)
    os._exit(0)


def _fork(control: Connection, memory: int, children: set[int]) -> int:
    handle = reduction.recv_handle(control)
    fork_server = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        _die_with(fork_server)
        code = 1
        # This variable keeps the pipe open until the process exits. The parent kills the worker when the pipe is
        # closed, and a kill before the exit would hide the exit code.
        pipe = Connection(handle)
        try:
            code = _work(pipe, memory)
        except MemoryError:
            code = NO_MEMORY
        finally:
            os._exit(code)
    os.close(handle)
    children.add(pid)
    return pid


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when `parent` ends.

    Otherwise a hanging worker would outlive a killed fork server.
    """
    # Linux only; on other systems a worker ends when its pipe is closed
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _end(pid: int, children: set[int]) -> int | None:
    """Kill and reap a worker. Returns its wait status, or None if `pid` is not a worker.

    If the worker was already dead, the status is the one with which it ended.
    """
    if pid not in children:
        return None
    children.discard(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _work(pipe: Connection, memory: int) -> int:
    """Run the tasks that arrive on `pipe`; return the exit code.

    The code is 0 when the pipe is closed, and NO_MEMORY when a task used up `memory` bytes.
    """
    limit = _address_space() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            request = pipe.recv_bytes()
        except (EOFError, OSError):
            return 0
        answer = _answer(request)
        if _memory_exhausted(limit):
            return NO_MEMORY
        pipe.send_bytes(answer)


def _address_space() -> int:
    """Return the number of bytes mapped before the first task.

    With all parsers loaded that is 1.1 GB, mostly untouched (measured).
    """
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0  # not Linux: the memory limit then includes the memory mapped at start


def _memory_exhausted(limit: int) -> bool:
    """Return whether the peak address space of this process came within 1 % of `limit`.

    An allocation has then probably failed.

    Not all parsers report a failed allocation: lxml returns a partial tree or raises XMLSyntaxError "unknown error",
    trafilatura returns None (measured with limits of 60 and 200 MB). Therefore the caller discards the result and the
    process ends.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    peak = status.partition("VmPeak:")[2].split()
    return bool(peak) and int(peak[0]) * 1024 > limit * 0.99


def _answer(request: bytes) -> bytes:
    """Run a pickled task and return pickled (True, result) or (False, error).

    Raises MemoryError, which ends the worker.
    """
    try:
        function, args, kwargs = pickle.loads(request)
        return pickle.dumps((True, function(*args, **kwargs)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        return _pickled_error(error)


def _pickled_error(error: Exception) -> bytes:
    """Pickle (False, error). An error that is not a SuowenError gets the worker's traceback as a note.

    An error that cannot be pickled and unpickled is replaced by a RuntimeError with its text.
    """
    if not isinstance(error, SuowenError):
        error.add_note("in a worker:\n" + traceback.format_exc())
    try:
        data = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(data)
        return data
    except Exception:
        substitute = RuntimeError(f"{type(error).__name__} in a worker, which cannot be pickled: {error}")
        substitute.add_note(traceback.format_exc())
        return pickle.dumps((False, substitute), pickle.HIGHEST_PROTOCOL)
