"""Run the `suowen` command in a process of its own.

A fork server that has loaded it forks each process, which saves about a second of start-up per command.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ingest import workers
from tests.support.kill_points import arm

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "ingest.cli.main",
        "ingest.cli.jobs",
        "ingest.cli.setup",
        "ingest.cli.files",
        "ingest.cli.maintenance",
        "tests.support.preloaded",
    ]
)


def run(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] = os.environ,
    stdin: bytes = b"",
    timeout: float = 120,
    kill_at: tuple[int, Path] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with `stdin` as standard input. Raises TimeoutExpired.

    `kill_at` are the arguments of `tests.support.kill_points.arm`.
    """
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in").write_bytes(stdin)
        settings = (words, str(cwd or Path.cwd()), dict(env), folder, kill_at)
        process = FORKS.Process(target=_become_command, args=settings)
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, timeout)
        out, err = (Path(folder, name).read_bytes() for name in ("out", "err"))
        return subprocess.CompletedProcess(words, process.exitcode, out, err)


def run_text(
    *arguments: object, cwd: Path | None = None, env: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """Run the command; its output is decoded to text."""
    done = run(*arguments, cwd=cwd, env=env)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _become_command(
    words: list[str], cwd: str, env: dict[str, str], folder: str, kill_at: tuple[int, Path] | None
) -> None:
    """Become the command in the forked process."""
    os.environ.clear()
    os.environ.update(env)
    for number, name in enumerate(("in", "out", "err")):
        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  multiprocessing gave it /dev/null
    os.chdir(cwd)
    sys.argv = ["suowen", *words]
    workers.start_fork_server = fork_fork_server  # type: ignore[assignment]
    if kill_at is not None:
        arm(*kill_at)
    from ingest.cli.main import main

    main()


class ForkedServer:
    """The fork server of a worker pool as a fork of its command, which has all parsers and tables loaded.

    The real one is an interpreter of its own that takes 2 s of processor time to load them: `tests/test_workers.py`
    and commands run with `first` start it.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float = 60) -> int:
        """Wait for its end. Raises TimeoutExpired."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("fork server", timeout)
            time.sleep(0.005)
        return code


def fork_fork_server(control: Connection, memory: int, preload: Sequence[str]) -> ForkedServer:
    """Fork the fork server of a worker pool from this process."""
    pid = os.fork()
    if pid:
        return ForkedServer(pid)
    try:
        os.setsid()
        handle = control.fileno()
        os.closerange(3, handle)  # the other end of `control` first of all: its end is the end of the fork server
        os.closerange(handle + 1, min(os.sysconf("SC_OPEN_MAX"), 65_536))
        workers.serve_forks(handle, memory, preload)
    finally:
        os._exit(1)


#: program of a process that runs some code and then the command
RUN_AFTER = "import sys; sys.argv[0] = 'suowen'\n{}\nfrom ingest.cli.main import main\nmain()"


def suowen(*arguments: object, home: Path | None = None, code: int = 0, first: str = "", **environ: str) -> str:
    """Run the command; return standard output, or standard error when that is empty.

    `first` is Python code that runs before in the same process. Fails on another exit code than `code`, or a traceback.
    """
    env = os.environ | environ | ({"SUOWEN_HOME": str(home)} if home else {})
    words = [str(argument) for argument in arguments]
    done = (
        run(*words, env=env)
        if not first
        else subprocess.run(
            [sys.executable, "-c", RUN_AFTER.format(first), *words],
            capture_output=True,
            env=env,
            timeout=100,
            check=False,
        )
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, out + err
    assert "Traceback" not in err, err
    return out or err


def run_json(*arguments: object, home: Path, code: int = 0) -> Any:
    """Run the command with --json and return the parsed output."""
    return json.loads(suowen(*arguments, "--json", home=home, code=code))
