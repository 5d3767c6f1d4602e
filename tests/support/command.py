"""Run the `suowen` command in its own process.

A fork server that has loaded the program forks the process of a command and its workers. This saves approximately one
second for each command, and two more seconds for a command that parses pages. Only a command with preceding code
(`first`) starts a new interpreter.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.kill_points import arm

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "ingest.cli.main",
        "ingest.cli.run",
        "ingest.cli.add",
        "ingest.cli.digest",
        "ingest.cli.replay",
        "ingest.cli.setup",
        "ingest.cli.sources",
        "ingest.cli.demo",
        "ingest.cli.group_stories",
        "ingest.cli.fact",
        "ingest.cli.show_story",
        "ingest.cli.try_files",
        "ingest.cli.maintenance",
        "ingest.cli.archive",
        "ingest.cli.import_texts",
        "ingest.cli.export",
        "tests.support.forked_workers",
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
    """Run the command with `stdin` as standard input. Raises TimeoutExpired if it takes more than `timeout` seconds.

    `kill_at`: arguments of `tests.support.kill_points.arm`.
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
    """Run the command and decode its output to text."""
    done = run(*arguments, cwd=cwd, env=env)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _become_command(
    words: list[str], cwd: str, env: dict[str, str], folder: str, kill_at: tuple[int, Path] | None
) -> None:
    """Run the command in this forked process, with the given arguments, working folder `cwd` and environment.

    The files `in`, `out` and `err` in `folder` are its standard input, output and error.
    """
    os.environ.clear()
    os.environ.update(env)
    for number, name in enumerate(("in", "out", "err")):
        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  multiprocessing has set it to /dev/null
    os.chdir(cwd)
    sys.argv = ["suowen", *words]
    if kill_at is not None:
        arm(*kill_at)
    from ingest.cli.main import main
    from tests.support import forked_workers  # this import loads the parsers, so it must not be in the test process

    forked_workers.install()
    main()


#: program, to be formatted with Python code, that runs this code and then the command
RUN_AFTER = "import sys; sys.argv[0] = 'suowen'\n{}\nfrom ingest.cli.main import main\nmain()"


def suowen(*arguments: object, home: Path | None = None, code: int = 0, first: str = "", **environ: str) -> str:
    """Run the command; return standard output, or standard error if standard output is empty.

    `first` is Python code that runs first in the same process. Fails if the exit code is not `code` or a traceback is
    printed.
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
    """Run the command with --json and return the parsed output. Fails if the exit code is not `code`."""
    return json.loads(suowen(*arguments, "--json", home=home, code=code))
