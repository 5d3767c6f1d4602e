"""Tests of ingest/worker_pool.py: tasks that hang, exhaust memory or crash do not affect other tasks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ingest.config.settings import WorkerSettings
from ingest.errors import ExtractError, FetchError
from ingest.worker_pool import WorkerDied, WorkerPool, WorkerTimeout
from tests.support import worker_tasks as tasks
from tests.support.paths import ROOT

SETTINGS = WorkerSettings(processes=2, deadline=10.0, memory=500_000_000)
QUICK = WorkerSettings(processes=1, deadline=0.4, memory=500_000_000)


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    with WorkerPool(SETTINGS) as pool:
        yield pool


def test_task_runs_in_another_process(workers: WorkerPool) -> None:
    """Tasks run in another process, which is reused for the next task."""
    first = workers.run(tasks.process)
    assert first != os.getpid()
    assert workers.run(tasks.process) == first


def test_large_arguments_and_results(workers: WorkerPool) -> None:
    """Pages and results larger than the buffer of a pipe are passed completely."""
    content = os.urandom(3_000_000)
    assert workers.run(tasks.double, content) == content * 2


def test_hanging_task_is_killed_at_its_deadline() -> None:
    """A task that hangs in C code with blocked signals is killed at its deadline.

    The next task runs at once (FAULTS T2).
    """
    with WorkerPool(QUICK) as pool:
        pool.run(tasks.process)
        started = time.monotonic()
        with pytest.raises(WorkerTimeout, match=r"hang_in_c in a worker: killed after its 0\.4 s"):
            pool.run(tasks.hang_in_c)
        assert 0.35 < time.monotonic() - started < 5.0
        assert pool.run(tasks.length, b"1234") == 4


def test_hanging_task_does_not_delay_others() -> None:
    """While one worker hangs, the other one runs tasks."""
    with WorkerPool(WorkerSettings(processes=2, deadline=3.0, memory=500_000_000)) as pool:
        pool.run(tasks.process)
        hanging = pool.submit(tasks.hang_in_c)
        assert [pool.run(tasks.length, b"12") for _ in range(20)] == [2] * 20
        assert not hanging.done()
        assert isinstance(hanging.exception(), WorkerTimeout)


def test_memory_limit(workers: WorkerPool) -> None:
    """A task that exceeds the memory limit is reported as such, and the memory of the parent does not grow."""
    before = psutil.Process().memory_info().rss
    with pytest.raises(WorkerDied, match="more than its 500 MB of memory"):
        workers.run(tasks.eat_memory)
    assert workers.run(tasks.length, b"1") == 1
    assert psutil.Process().memory_info().rss - before < 50_000_000


def test_result_after_exhausted_memory_is_rejected(workers: WorkerPool) -> None:
    """The result of a parser that hid a MemoryError is rejected, because it may be incomplete."""
    with pytest.raises(WorkerDied, match="more than its 500 MB of memory"):
        workers.run(tasks.eat_and_hide)
    assert workers.run(tasks.length, b"1") == 1


@pytest.mark.parametrize(("task", "cause"), [(tasks.abort, "SIGABRT"), (tasks.leave, "ended with code")])
def test_crash_is_reported_with_its_cause(workers: WorkerPool, task: object, cause: str) -> None:
    """A worker that aborts or exits loses only its own task, and the error states the cause of its end (FAULTS T11)."""
    with pytest.raises(WorkerDied, match=cause):
        workers.run(task)  # type: ignore[arg-type]
    assert workers.run(tasks.length, b"1") == 1


def test_worker_killed_while_idle_loses_no_task() -> None:
    """If an idle worker is killed, for example by the out-of-memory killer, the next task runs in another worker."""
    with WorkerPool(QUICK) as pool:
        os.kill(pool.run(tasks.process), signal.SIGKILL)
        time.sleep(0.1)
        assert pool.run(tasks.length, b"123") == 3


def test_exceptions_are_passed_unchanged(workers: WorkerPool) -> None:
    """SuowenErrors are raised with their fields; other exceptions are raised with the worker's traceback as a note."""
    with pytest.raises(ExtractError) as refused:
        workers.run(tasks.refuse, "http://a.example/1")
    assert (refused.value.url, refused.value.code, refused.value.detail) == (
        "http://a.example/1",
        "too-short",
        "three characters",
    )
    with pytest.raises(FetchError):
        workers.run(tasks.refuse_fetch, "http://a.example/1")
    with pytest.raises(ValueError, match="a bug") as bug:
        workers.run(tasks.stumble)
    assert "stumble" in bug.value.__notes__[0]


def test_unpicklable_error_or_result_is_reported(workers: WorkerPool) -> None:
    """An error that cannot be unpickled or a result that cannot be pickled is reported, and the pool still works."""
    with pytest.raises(RuntimeError, match="Awkward in a worker"):
        workers.run(tasks.awkward)
    with pytest.raises(Exception, match="pickle"):
        workers.run(tasks.unpicklable)
    assert workers.run(tasks.length, b"1") == 1


def test_five_hundred_tasks_from_many_threads() -> None:
    """With 500 tasks, each gets its own result, workers are replaced, and the memory of the parent does not grow."""
    page = b"x" * 23_000
    with WorkerPool(SETTINGS, tasks=60) as pool:
        pool.run(tasks.length, page)
        before = psutil.Process().memory_info().rss
        answers = [pool.submit(tasks.length, page[:n]) for n in range(500)]
        assert [a.result() for a in answers] == list(range(500))
        assert psutil.Process().memory_info().rss - before < 30_000_000
        seen = {pool.run(tasks.process) for _ in range(150)}
        assert len(seen) >= 3


def test_overhead_of_a_task() -> None:
    """The overhead of a task with a page of 23 kB is less than 10 ms, also on a busy machine (0.07 ms measured)."""
    page = b"x" * 23_000
    with WorkerPool(SETTINGS) as pool:
        pool.run(tasks.length, page)
        started = time.monotonic()
        for _ in range(200):
            pool.run(tasks.length, page)
        assert (time.monotonic() - started) / 200 < 0.010


def test_preload_runs_once() -> None:
    """A preloaded function runs once, in the fork server, and its result is in every worker."""
    with WorkerPool(SETTINGS, preload=("tests.support.worker_tasks:warm",), tasks=1) as pool:
        seen = [(pool.run(tasks.warmed_by), pool.run(tasks.process)) for _ in range(3)]
    owners = {tuple(warmed) for warmed, _ in seen}
    assert len(owners) == 1
    assert len(next(iter(owners))) == 1
    assert next(iter(owners))[0] not in {process for _, process in seen}


def test_failing_preload_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    """A module to preload that cannot be imported is reported with its traceback."""
    broken = WorkerPool(SETTINGS, preload=("ingest.nowhere",))
    with broken as pool, pytest.raises(RuntimeError, match="lines above"):
        pool.run(tasks.process)
    assert "ingest.nowhere" in capfd.readouterr().err


def test_killed_fork_server_is_replaced() -> None:
    """After the fork server is killed, at most one task is lost; the next tasks run in workers of a new fork server."""
    with WorkerPool(QUICK) as pool:
        pool.run(tasks.process)
        assert pool._fork_server is not None
        pool._fork_server.process.kill()
        pool._fork_server.process.wait()
        results = []
        for _ in range(3):
            try:
                results.append(pool.run(tasks.length, b"12"))
            except WorkerDied:
                results.append(-1)
        assert results[1:] == [2, 2]


def test_hanging_worker_dies_with_its_fork_server() -> None:
    """SIGKILL of the fork server also ends its workers, and the running task is reported as lost."""
    with WorkerPool(WorkerSettings(processes=1, deadline=30, memory=500_000_000)) as pool:
        worker = psutil.Process(pool.run(tasks.process))
        hanging = pool.submit(tasks.hang_in_c)
        time.sleep(0.2)
        assert pool._fork_server is not None
        pool._fork_server.process.kill()
        assert isinstance(hanging.exception(timeout=10), WorkerDied)
        _, alive = psutil.wait_procs([worker], timeout=5)
        assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_close_ends_all_processes() -> None:
    """After the with-block no process of the pool is left."""
    others = set(psutil.Process().children(recursive=True))
    with WorkerPool(QUICK) as pool:
        pool.run(tasks.process)
        family = set(psutil.Process().children(recursive=True)) - others
        assert len(family) == 2
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_sigkill_of_the_parent_ends_all_processes(tmp_path: Path) -> None:
    """SIGKILL of the parent ends the fork server and its workers, even a hanging one."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import threading, time\n"
        "from ingest.config.settings import WorkerSettings\n"
        "from ingest.worker_pool import WorkerPool\n"
        "from tests.support import worker_tasks as tasks\n"
        "pool = WorkerPool(WorkerSettings(processes=2, deadline=60, memory=500_000_000))\n"
        "pool.submit(tasks.hang_in_c)\n"
        "pool.run(tasks.process)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) == 3
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def test_workers_ignore_terminal_signals() -> None:
    """Workers ignore SIGINT and SIGTERM and finish their task, so that only the parent reacts to Ctrl-C."""
    with WorkerPool(SETTINGS) as pool:
        worker = pool.run(tasks.process)
        running = pool.submit(tasks.sleep, 0.5)
        time.sleep(0.1)
        for number in (signal.SIGINT, signal.SIGTERM):
            for child in psutil.Process().children(recursive=True):
                child.send_signal(number)  # the pool of the module's fixture ignores the signal too
        assert running.result() == 0.5
        assert pool.run(tasks.process) == worker


def test_close_waits_for_submitted_tasks() -> None:
    """Submitted tasks are completed when the pool closes; later ones are rejected."""
    pool = WorkerPool(SETTINGS)
    running = [pool.submit(tasks.sleep, 0.2) for _ in range(4)]
    closer = threading.Thread(target=pool.close)
    closer.start()
    assert [r.result() for r in running] == [0.2] * 4
    closer.join(5)
    assert not closer.is_alive()
    with pytest.raises(RuntimeError, match="closed"):
        pool.run(tasks.process)
