"""Pool of worker processes that parse untrusted input, each task with a deadline and a memory limit.

    caller's thread ──pipe──▶ worker        one pipe per worker: killing a worker blocks no other
           │                    ▲ fork
           └────control pipe──▶ fork server  has imported the parsers, forks the workers

Killing a worker and forking a new one takes 5 ms. So workers are replaced often: after every kill, and after `TASKS`
tasks, which limits the growth of the parsers' caches. The fork server has only one thread, so its forks are safe even
if the parent process has many. Only the fork server kills and reaps workers, so a signal is never sent to a process id
that the system has reused. If the parent ends, even by SIGKILL, the fork server reads the end of its pipe, kills its
workers and exits.

Rejected alternatives: pebble.ProcessPool 5.2 shares one pipe among its workers. Killing an idle worker, or an error
that cannot be unpickled, breaks that pool permanently (both measured); and it checks deadlines only every 0.1 s, by
wall-clock time. The forkserver of multiprocessing imports the parent's `__main__` in each worker.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, ParamSpec, Protocol, TypeVar

from ingest.config.settings import WorkerSettings
from ingest.errors import SuowenError
from ingest.fork_server import NO_MEMORY, ForkServer

P = ParamSpec("P")
R = TypeVar("R")

#: Number of tasks after which a worker is replaced. Measured: 149 MB after 40 real pages, 152 MB after 240; but caches
#: of trafilatura and lxml can grow by 1 MB per page (trafilatura issue 216). A new fork takes 3 ms.
TASKS = 500


class WorkerLost(SuowenError):  # noqa: N818 - named after the event, as its subclasses are
    """The worker process of a task ended without a result. After two losses a page is `quarantined`."""

    def __init__(self, task: str, reason: str) -> None:
        self.task, self.reason = task, reason
        super().__init__(f"{task} in a worker: {reason}")

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.task, self.reason)


class WorkerTimeout(WorkerLost):
    """The task exceeded its deadline, and its worker was killed."""


class WorkerDied(WorkerLost):
    """The worker died: out of memory, a crash in a parser, or a signal."""


class TaskPool(Protocol):
    """Interface of the pool that processes untrusted content: worker processes of this machine, or a cluster."""

    @property
    def size(self) -> int:
        """Number of tasks that run at the same time."""

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `function(*args, **kwargs)` under a time and a memory limit and return its result."""


def run_twice(pool: TaskPool, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function in the pool, and once more if its worker is lost. Raises WorkerLost if both workers are lost."""
    try:
        return pool.run(function, *args, **kwargs)
    except WorkerLost:
        return pool.run(function, *args, **kwargs)


class WorkerPool:
    """Pool of `settings.processes` workers. `run` and `submit` are thread-safe.

    `preload` names modules, or functions as "module:function". The fork server imports the modules and calls the
    functions once, so that every worker starts with them loaded. Example:
    `WorkerPool(settings, preload=("ingest.extract", "ingest.pipeline.cached_tables:load_all"))`.
    """

    def __init__(self, settings: WorkerSettings, *, preload: Sequence[str] = (), tasks: int = TASKS) -> None:
        self._settings, self._preload, self._tasks = settings, tuple(preload), tasks
        #: idle slots, last in, first out: if there are few tasks, one worker is reused and the others are not started
        self._idle: queue.LifoQueue[_Slot] = queue.LifoQueue()
        self._slots = [_Slot() for _ in range(settings.processes)]
        for slot in self._slots:
            self._idle.put(slot)
        self._lock = threading.Lock()
        self._fork_server: ForkServer | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False

    def __enter__(self) -> WorkerPool:
        self.start()
        return self

    @property
    def size(self) -> int:
        """Number of tasks that can run at the same time."""
        return self._settings.processes

    def start(self) -> None:
        """Start the fork server. Otherwise the first task starts it."""
        with self._lock:
            self._running_fork_server()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return `function(*args, **kwargs)`, run in a worker.

        Waiting for a free worker does not count against the deadline. Function, arguments and result must be picklable.

        Raises the function's exception. An exception that is not a SuowenError has the worker's traceback as a note. An
        exception that cannot be pickled becomes a RuntimeError. Raises WorkerTimeout after `settings.deadline` seconds,
        WorkerDied if the process ended.
        """
        name = f"{function.__module__}.{function.__qualname__}"
        request = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        slot = self._idle.get()
        try:
            if self._closed:
                raise RuntimeError("these workers are closed")
            succeeded, value = self._run_in(slot, name, request)
        finally:
            self._idle.put(slot)
        if succeeded:
            return value  # type: ignore[no-any-return]
        raise value

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Start `run` in a thread and return its future."""
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._settings.processes, "suowen-worker")
            threads = self._threads
        return threads.submit(lambda: self.run(function, *args, **kwargs))

    def close(self) -> None:
        """Wait for the running and submitted tasks, then end all processes."""
        if self._threads is not None:
            self._threads.shutdown(wait=True)
        for _ in self._slots:
            self._idle.get()
        self._closed = True
        for slot in self._slots:
            slot.close()
            self._idle.put(slot)
        with self._lock:
            if self._fork_server is not None:
                self._fork_server.close()

    def _run_in(self, slot: _Slot, name: str, request: bytes) -> tuple[bool, Any]:
        for _ in range(2):
            pipe = self._pipe(slot)
            try:
                pipe.send_bytes(request)
                break
            except OSError:  # the worker died while it was idle, so this task did not cause it
                self._end_worker(slot)
        else:
            raise WorkerDied(name, "two workers died before they took it")
        try:
            answer = pipe.recv_bytes() if pipe.poll(self._settings.deadline) else None
        except (EOFError, OSError):
            raise WorkerDied(name, self._end_worker(slot)) from None
        except BaseException:  # after an interrupt, a late answer would be read as the answer to the next task
            self._end_worker(slot)
            raise
        if answer is None:
            self._end_worker(slot)
            raise WorkerTimeout(name, f"killed after its {self._settings.deadline:g} s")
        slot.done += 1
        if slot.done >= self._tasks:
            self._end_worker(slot)
        return _unpickle(name, answer)

    def _pipe(self, slot: _Slot) -> Connection:
        if slot.pipe is None:
            with self._lock:
                slot.pid, slot.pipe, slot.fork_server = self._running_fork_server().fork()
                slot.done = 0
        return slot.pipe

    def _end_worker(self, slot: _Slot) -> str:
        """Kill and reap the process of a slot. Returns the cause of its death as text for an error message."""
        slot.close()
        with self._lock:
            if slot.fork_server is not None and slot.fork_server is self._fork_server:
                return _cause(self._fork_server.end(slot.pid), self._settings.memory)
        return "the process that makes workers had died"

    def _running_fork_server(self) -> ForkServer:
        if self._fork_server is None or not self._fork_server.alive():
            self._fork_server = ForkServer(self._settings.memory, self._preload)
        return self._fork_server


@dataclass(slots=True)
class _Slot:
    """State of one worker. `pipe` is None while the worker has no process: before the first task and after a kill."""

    pipe: Connection | None = None
    pid: int = 0
    done: int = 0
    fork_server: ForkServer | None = field(default=None, repr=False)

    def close(self) -> None:
        if self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.close()
        self.pipe = None


def _unpickle(name: str, answer: bytes) -> tuple[bool, Any]:
    try:
        return pickle.loads(answer)  # type: ignore[no-any-return]
    except Exception as error:
        raise RuntimeError(f"the answer of {name} cannot be unpickled: {error!r}") from error


def _cause(status: int | None, memory: int) -> str:
    if status is None:
        return "the process that makes workers has died"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"its process died of {signal.Signals(number).name if number < 65 else number}"
    if os.WEXITSTATUS(status) == NO_MEMORY:
        return f"it needed more than its {memory // 1_000_000} MB of memory"
    return f"its process ended with code {os.WEXITSTATUS(status)}"
