"""store/warc_storage.py: archive files at a folder and at what fsspec knows; the rows follow, whatever stops a move."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from store import Store, StoreError
from store.warc_storage import LocalStorage, RemoteStorage, move, storage_at
from tests.support.store_samples import batch_of

fsspec = pytest.importorskip("fsspec")
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem  # noqa: E402

NAME, DATA = "suowen-20260301-host-0123456789ab.warc.gz", bytes(range(256)) * 9000


class _Breaking(MemoryFileSystem):  # type: ignore[misc]
    """A server that hangs up in the middle of the first file it is sent."""

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
    """What fsspec keeps in memory outlives a test."""
    MemoryFileSystem.store.clear()
    _Breaking.store.clear()


@pytest.fixture
def home(store: Store, tmp_path: Path) -> Path:
    """An archive folder with one file that the store knows."""
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / NAME).write_bytes(DATA)
    with batch_of(store) as batch:
        batch.archive_sizes({NAME: len(DATA)})
    return tmp_path / "warc"


def _moved(store: Store, home: Path, where: str) -> list[tuple[str, str | None]]:
    return [(one.name, one.problem) for one in move(store, home, storage_at(where))]


def test_from_place_to_place(store: Store, home: Path, tmp_path: Path) -> None:
    """Folder, memory, another server's folder, home: at each stop the file is there whole, and nowhere else."""
    stops = [str(tmp_path / "far"), "memory://one", "memory://two/deep", (tmp_path / "near").as_uri(), str(home)]
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


def test_server_that_hangs_up(store: Store, home: Path) -> None:
    """A copy cut off in the middle stands in nobody's way: the file stays, and the next move is whole."""
    fsspec.register_implementation("breaking", _Breaking, clobber=True)
    _Breaking.left = 1
    with pytest.raises(StoreError, match=f"hung up; it stays at {home}"):
        _moved(store, home, "breaking://bucket")
    assert (home / NAME).read_bytes() == DATA and store.moved_files() == {}
    assert _moved(store, home, "breaking://bucket") == [(NAME, None)]
    assert storage_at("breaking://bucket").read(NAME, 0, len(DATA)) == DATA


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda place: place.remove(NAME), "is missing"),
        (lambda place: place.put(io.BytesIO(DATA[:-1]), NAME), "verify"),
    ],
)
def test_what_is_lost_where_it_lies(store: Store, home: Path, harm: Callable[[RemoteStorage], None], said: str) -> None:
    """A moved file that is gone or shorter than known is not moved on as if it were whole."""
    assert _moved(store, home, "memory://lossy") == [(NAME, None)]
    harm(storage_at("memory://lossy"))  # type: ignore[arg-type]
    ((_, problem),) = _moved(store, home, str(home))
    assert problem and said in problem and store.moved_files() == {NAME: "memory://lossy"}


def test_two_moves_at_once(store: Store, home: Path, tmp_path: Path) -> None:
    """Who comes second finds it moved, and takes nothing away."""
    first, second = storage_at(str(tmp_path / "first")), storage_at(str(tmp_path / "second"))
    put = LocalStorage.put

    class Slow(LocalStorage):
        def put(self, source: Any, name: str) -> None:
            put(self, source, name)
            assert store.record_move(NAME, first.where, None)

    ((_, problem),) = [(one.name, one.problem) for one in move(store, home, Slow(Path(second.where)))]
    assert problem == "somebody else moved it meanwhile"
    assert store.moved_files() == {NAME: first.where} and (home / NAME).exists()
