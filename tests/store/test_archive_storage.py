"""Tests of store/archive_storage.py: moves between folders and fsspec storages.

The rows of the store follow each move, even an interrupted one.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from store import Store, StoreError
from store.archive_storage import LocalStorage, RemoteStorage, move, storage_at
from tests.support.store_samples import batch_of

fsspec = pytest.importorskip("fsspec")
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem  # noqa: E402

NAME, DATA = "suowen-20260301-host-0123456789ab.warc.gz", bytes(range(256)) * 9000


class _Breaking(MemoryFileSystem):  # type: ignore[misc]
    """A simulated server that closes the connection while its first file is transferred."""

    protocol = "breaking"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    left = 1

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        file: Any = super()._open(path, mode, **options)
        if "w" in mode and _Breaking.left:
            _Breaking.left -= 1
            return _Torn(self, path)
        return file


class _Torn(MemoryFile):  # type: ignore[misc]
    def write(self, data: bytes) -> int:
        super().write(data[:1000])
        self.commit()
        raise ConnectionResetError("hung up")


@pytest.fixture(autouse=True)
def _empty_servers() -> None:
    """Clear fsspec's memory storages, which are shared by all tests."""
    MemoryFileSystem.store.clear()
    _Breaking.store.clear()


@pytest.fixture
def home(store: Store, tmp_path: Path) -> Path:
    """Return an archive folder with one file that is registered in the store."""
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / NAME).write_bytes(DATA)
    with batch_of(store) as batch:
        batch.archive_sizes({NAME: len(DATA)})
    return tmp_path / "warc"


def _moved(store: Store, home: Path, where: str) -> list[tuple[str, str | None]]:
    return [(result.name, result.problem) for result in move(store, home, storage_at(where))]


def test_moves_between_storages(store: Store, home: Path, tmp_path: Path) -> None:
    """A file is moved to a folder, to memory, to a file: URL and back; each time it is complete and in one place."""
    stops = [str(tmp_path / "far"), "memory://result", "memory://two/deep", (tmp_path / "near").as_uri(), str(home)]
    before: Any = LocalStorage(home)
    for where in stops:
        assert _moved(store, home, where) == [(NAME, None)]
        place = storage_at(where)
        with place.open(NAME) as file:
            assert file.read() == DATA
        assert place.read(NAME, 1000, 50) == DATA[1000:1050] and place.size(NAME) == len(DATA)
        assert before.size(NAME) is None
        assert store.archive_rows() == {NAME: (len(DATA), None if where == str(home) else place.where)}
        before = place
        assert _moved(store, home, where) == []


def test_interrupted_copy_does_not_block_the_next_move(store: Store, home: Path) -> None:
    """After an interrupted copy the file stays at its old place, and the next move is complete."""
    fsspec.register_implementation("breaking", _Breaking, clobber=True)
    _Breaking.left = 1
    with pytest.raises(StoreError, match=f"hung up; it stays at {home}"):
        _moved(store, home, "breaking://bucket")
    assert (home / NAME).read_bytes() == DATA and store.moved_files() == {}
    assert _moved(store, home, "breaking://bucket") == [(NAME, None)]
    assert storage_at("breaking://bucket").read(NAME, 0, len(DATA)) == DATA


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda place: place.remove(NAME), "is missing"),
        (lambda place: place.put(io.BytesIO(DATA[:-1]), NAME), "verify"),
    ],
)
def test_lost_or_truncated_moved_file_is_not_moved_on(
    store: Store, home: Path, harm: Callable[[RemoteStorage], None], message: str
) -> None:
    """A moved file that is missing or too short is reported and not moved further."""
    assert _moved(store, home, "memory://lossy") == [(NAME, None)]
    harm(storage_at("memory://lossy"))  # type: ignore[arg-type]
    ((_, problem),) = _moved(store, home, str(home))
    assert problem and message in problem and store.moved_files() == {NAME: "memory://lossy"}


def test_concurrent_moves(store: Store, home: Path, tmp_path: Path) -> None:
    """Of two concurrent moves, the second finds the file moved and deletes nothing."""
    first, second = storage_at(str(tmp_path / "first")), storage_at(str(tmp_path / "second"))
    put = LocalStorage.put

    class Slow(LocalStorage):
        def put(self, source: Any, name: str) -> None:
            put(self, source, name)
            assert store.record_move(NAME, first.where, None)

    ((_, problem),) = [(result.name, result.problem) for result in move(store, home, Slow(Path(second.where)))]
    assert problem == "another process moved it meanwhile"
    assert store.moved_files() == {NAME: first.where} and (home / NAME).exists()
