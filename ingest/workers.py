"""Processes that parse what came from outside, each with a deadline and a memory limit, each dying alone.

    caller's thread ──pipe──▶ worker      one pipe a worker: nothing is shared, so a kill blocks nobody else
           │                    ▲ fork
           └────control pipe──▶ nursery   has imported the parsers, forks workers from itself

A kill and a new fork cost 5 ms together, so workers are made anew often: after every kill, and after `TASKS`
tasks, which bounds what the parsers' caches hold on to. The nursery has one thread, which makes its forks
safe whatever threads its parent runs. It alone kills and reaps, so a process id can never be one that was
given to another process meanwhile. When the parent goes, even by SIGKILL, the nursery reads the end of its
pipe, kills its workers and ends.

Roads not taken: pebble.ProcessPool 5.2 shares one pipe among its workers; there an idle worker that is
killed, or an error that cannot be unpickled, breaks the pool for good (both measured), and deadlines are
looked at every 0.1 s by the adjustable clock. multiprocessing's own forkserver imports the parent's
`__main__` in each worker.
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
import queue
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import Pipe, reduction
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, ParamSpec, TypeVar

from ingest.config.settings import WorkerSettings
from ingest.errors import SuowenError

P = ParamSpec("P")
R = TypeVar("R")

#: tasks a worker does before a fresh one takes its place. Measured: 149 MB after 40 real pages, 152 MB after 240; but
#: caches of trafilatura and lxml were seen to grow by 1 MB a page (trafilatura issue 216). A new fork costs 3 ms.
TASKS = 500
#: seconds the nursery may take for its imports before we call it broken; about 1 s when idle
START = 60.0
#: exit code of a worker that ran out of memory and could say so
NO_MEMORY = 77
#: of prctl(2): the signal a process gets when the one that forked it dies
_PR_SET_PDEATHSIG = 1

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ingest.workers import _nursery; _nursery()"


class WorkerLost(SuowenError):  # noqa: N818 - named for what happened, as its kinds are
    """The process that did a task is gone, and the task with it. Two losses make a page `quarantined`."""

    def __init__(self, task: str, reason: str) -> None:
        self.task, self.reason = task, reason
        super().__init__(f"{task} in a worker: {reason}")

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.task, self.reason)


class WorkerTimeout(WorkerLost):
    """The task took longer than its deadline and was killed."""


class WorkerDied(WorkerLost):
    """The worker died by itself: out of memory, a crash in a parser, a signal."""


class Workers:
    """A pool of `settings.processes` workers. `run` and `submit` may be called from any thread.

    `preload` names modules, or functions as "module:function", that the nursery imports (calls) once, so
    that every worker has them from its first breath: `Workers(settings, preload=("ingest.extract",
    "ingest.facts:warm"))`.
    """

    def __init__(self, settings: WorkerSettings, *, preload: Sequence[str] = (), tasks: int = TASKS) -> None:
        self._settings, self._preload, self._tasks = settings, tuple(preload), tasks
        #: last in, first out: a pass with little to do keeps one worker warm and the others asleep
        self._idle: queue.LifoQueue[_Slot] = queue.LifoQueue()
        self._slots = [_Slot() for _ in range(settings.processes)]
        for slot in self._slots:
            self._idle.put(slot)
        self._guard = threading.Lock()
        self._nursery: _ForkServer | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False

    def __enter__(self) -> Workers:
        with self._guard:
            self._ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`function(*args, **kwargs)` done by a worker; waits for a free one first, which does not count.

        Raises what the function raised, unchanged (a bug has the worker's traceback as a note); WorkerTimeout
        when it took longer than `settings.deadline` seconds, WorkerDied when its process died. Function,
        arguments and result must pickle.
        """
        name = f"{function.__module__}.{function.__qualname__}"
        order = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        slot = self._idle.get()
        try:
            if self._closed:
                raise RuntimeError("these workers are closed")
            fine, value = self._ask(slot, name, order)
        finally:
            self._idle.put(slot)
        if fine:
            return value  # type: ignore[no-any-return]
        raise value

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """`run` without waiting."""
        with self._guard:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._settings.processes, "suowen-worker")
            threads = self._threads
        return threads.submit(lambda: self.run(function, *args, **kwargs))

    def close(self) -> None:
        """Finish what was submitted, then end every process."""
        if self._threads is not None:
            self._threads.shutdown(wait=True)
        for _ in self._slots:
            self._idle.get()
        self._closed = True
        for slot in self._slots:
            slot.close()
            self._idle.put(slot)
        with self._guard:
            if self._nursery is not None:
                self._nursery.close()

    def _ask(self, slot: _Slot, name: str, order: bytes) -> tuple[bool, Any]:
        for _ in range(2):
            pipe = self._pipe(slot)
            try:
                pipe.send_bytes(order)
                break
            except OSError:  # it died idle, before it saw the task: not the task's fault
                self._bury(slot)
        else:
            raise WorkerDied(name, "two workers died before they took it")
        try:
            answer = pipe.recv_bytes() if pipe.poll(self._settings.deadline) else None
        except (EOFError, OSError):
            raise WorkerDied(name, self._bury(slot)) from None
        except BaseException:  # we are interrupted: what the worker says later would answer another task
            self._bury(slot)
            raise
        if answer is None:
            self._bury(slot)
            raise WorkerTimeout(name, f"killed after its {self._settings.deadline:g} s")
        slot.done += 1
        if slot.done >= self._tasks:
            self._bury(slot)
        return _open(name, answer)

    def _pipe(self, slot: _Slot) -> Connection:
        if slot.pipe is None:
            with self._guard:
                slot.pid, slot.pipe, slot.nursery = self._ready().fork()
                slot.done = 0
        return slot.pipe

    def _bury(self, slot: _Slot) -> str:
        """Make sure the slot's process is gone; say what it died of."""
        slot.close()
        with self._guard:
            if slot.nursery is not None and slot.nursery is self._nursery:
                return _cause(self._nursery.end(slot.pid), self._settings.memory)
        return "the process that makes workers had died"

    def _ready(self) -> _ForkServer:
        if self._nursery is None or not self._nursery.alive():
            self._nursery = _ForkServer(self._settings.memory, self._preload)
        return self._nursery


@dataclass(slots=True)
class _Slot:
    """One place for a worker; empty until it is needed and after each death."""

    pipe: Connection | None = None
    pid: int = 0
    done: int = 0
    nursery: _ForkServer | None = field(default=None, repr=False)

    def close(self) -> None:
        if self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.close()
        self.pipe = None


class _ForkServer:
    """The parent's end of the process that forks, kills and reaps workers. Callers hold the pool's lock."""

    def __init__(self, memory: int, preload: Sequence[str]) -> None:
        self.control, theirs = Pipe()
        command = [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(theirs.fileno()), str(memory)]
        # Its own session: a Ctrl-C at the terminal is the parent's to handle, workers finish their page
        # first.
        self.process = subprocess.Popen(
            [*command, *preload],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()

    def alive(self) -> bool:
        return self.process.poll() is None

    def fork(self) -> tuple[int, Connection, _ForkServer]:
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
        """Wait status of the worker after killing it; None when the nursery and so its workers are gone."""
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


def _open(name: str, answer: bytes) -> tuple[bool, Any]:
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


# --- the other side: runs in the nursery and in the workers -------------------------------------------------


def _nursery() -> NoReturn:
    """Import the parsers, then fork and bury workers until the parent goes."""
    control = Connection(int(sys.argv[2]))
    memory = int(sys.argv[3])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a service manager tells everyone; the parent decides when
    logging.getLogger().addHandler(logging.NullHandler())
    gc.disable()  # tables of 350,000 words take half the time to load when the collector does not walk them
    for name in sys.argv[4:]:
        module, _, function = name.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
    gc.enable()
    gc.collect()
    gc.freeze()  # what is loaded stays shared between forks instead of being copied by the collector's marks
    children: set[int] = set()
    with contextlib.suppress(EOFError, OSError):
        while True:
            word, pid = control.recv()
            if word == "fork":
                control.send(_fork(control, memory, children))
            else:
                control.send(_end(pid, children))
    for pid in tuple(children):
        _end(pid, children)
    os._exit(0)


def _fork(control: Connection, memory: int, children: set[int]) -> int:
    handle = reduction.recv_handle(control)
    nursery = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        _die_with(nursery)
        code = 1
        pipe = Connection(handle)  # held here: it must close with the process, or we would be killed before we say why
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
    """Have the kernel kill this process when `parent` is gone: one that hangs would outlive a killed nursery."""
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the end of the pipe must do
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _end(pid: int, children: set[int]) -> int | None:
    """Kill a worker and reap it: its status is that of its own death when it was dead before."""
    if pid not in children:
        return None
    children.discard(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _work(pipe: Connection, memory: int) -> int:
    """Do what comes down the pipe until it closes; returns the exit code."""
    limit = _address_space() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            order = pipe.recv_bytes()
        except (EOFError, OSError):
            return 0
        answer = _answer(order)
        if _starved(limit):
            return NO_MEMORY
        pipe.send_bytes(answer)


def _address_space() -> int:
    """Bytes mapped before any page is seen: 1.1 GB with all parsers loaded, most of it never touched (measured)."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0  # no Linux: the limit is then for both together


def _starved(limit: int) -> bool:
    """Whether this process has been within 1 % of its limit: then some allocation failed, whatever came of it.

    Parsers do not all say so: lxml gives half a tree, or raises XMLSyntaxError "unknown error", and trafilatura gives
    None (measured with 60 and 200 MB). An answer made so is not to be trusted, and the process ends either way.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    peak = status.partition("VmPeak:")[2].split()
    return bool(peak) and int(peak[0]) * 1024 > limit * 0.99


def _answer(order: bytes) -> bytes:
    """Pickled (True, result) or (False, error). Out of memory is no answer: such a worker ends."""
    try:
        function, args, kwargs = pickle.loads(order)
        return pickle.dumps((True, function(*args, **kwargs)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:
        return _wrapped(error)


def _wrapped(error: Exception) -> bytes:
    """The error as pickle, proven to open again; one that does not is told in words."""
    if not isinstance(error, SuowenError):
        error.add_note("in a worker:\n" + traceback.format_exc())
    try:
        data = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(data)
        return data
    except Exception:
        told = RuntimeError(f"{type(error).__name__} in a worker, which cannot be pickled: {error}")
        told.add_note(traceback.format_exc())
        return pickle.dumps((False, told), pickle.HIGHEST_PROTOCOL)
