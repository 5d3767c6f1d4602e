"""Tests of ingest/atomic_write.py: a write is complete or changes nothing, and leaves no temporary file."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from ingest.atomic_write import atomic_write


def _pid_of_an_ended_process() -> int:
    process = multiprocessing.get_context("fork").Process(target=int)
    process.start()
    process.join()
    assert process.pid is not None
    return process.pid


def test_leftover_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    """A write deletes the temporary file left by a killed process for this target, but not one of a running process."""
    dead, running = f".a.txt.{_pid_of_an_ended_process()}.new", ".a.txt.1.new"
    for name in (dead, running, ".b.txt.77.new", ".a.txt.notes.new"):
        (tmp_path / name).touch()
    with atomic_write(tmp_path / "a.txt") as new:
        new.write_text("渡口", encoding="utf-8")
        assert not (tmp_path / "a.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["a.txt", running, ".b.txt.77.new", ".a.txt.notes.new"]
    )


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    """After an error during a write, the file has its old content and no temporary file is left."""
    (tmp_path / "a.txt").write_text("旧", encoding="utf-8")
    with pytest.raises(RuntimeError), atomic_write(tmp_path / "a.txt") as new:
        new.write_text("新", encoding="utf-8")
        raise RuntimeError
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("a.txt", "旧")]
