"""Where archive files lie when they are not in the archive folder: another folder, or any URL that fsspec knows.

`move` copies a file whole, compares what arrived with what was sent, notes the new place, and only then lets the old
one go; whatever stops it in between, the file is where the store says. Files never move by themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from store.errors import StoreError

if TYPE_CHECKING:
    from store.store import Store

#: bytes read at a time
_BYTES = 1 << 20
#: the (UTC) day in the name of an archive file
_DAY = re.compile(r"-(\d{8})-")


class Place(Protocol):
    """Somewhere that holds archive files. Raises OSError (FileNotFoundError) like a local disk does."""

    #: its written form, absolute
    where: str

    def open(self, name: str) -> BinaryIO:
        """The file, for reading from the beginning."""

    def read(self, name: str, offset: int, length: int) -> bytes:
        """A stretch of the file."""

    def size(self, name: str) -> int | None:
        """The file's size; None when it is not there."""

    def put(self, path: Path, name: str) -> None:
        """Copy a local file here, durably."""


class Local:
    """A folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.where = folder, str(folder)

    def open(self, name: str) -> BinaryIO:
        return (self.folder / name).open("rb")

    def read(self, name: str, offset: int, length: int) -> bytes:
        with self.open(name) as file:
            file.seek(offset)
            return file.read(length)

    def size(self, name: str) -> int | None:
        try:
            return (self.folder / name).stat().st_size
        except FileNotFoundError:
            return None

    def put(self, path: Path, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / (name + ".part")
        try:
            with path.open("rb") as source, part.open("wb") as out:
                shutil.copyfileobj(source, out, _BYTES)
                out.flush()
                os.fsync(out.fileno())
            part.rename(self.folder / name)
            _sync(self.folder)
        finally:
            part.unlink(missing_ok=True)


class Remote:
    """What a URL leads to: s3://bucket/warc, sftp://host/folder, file:///mnt/warc."""

    def __init__(self, url: str) -> None:
        self.where = url.rstrip("/")
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise StoreError(f"archive at {url}: fsspec is not installed; pip install 'suowen[archive]'") from error
        try:
            self._fs, self._root = cast(tuple[Any, str], url_to_fs(self.where))
        except (ImportError, ValueError) as error:  # a protocol nobody knows, or whose driver is not installed
            raise StoreError(f"archive at {url}: {error}") from error

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """A far server's errors are of many kinds; here all are OSError, its own kinds among them."""
        try:
            yield
        except OSError:
            raise
        except Exception as error:
            raise OSError(f"{type(error).__name__}: {error}") from error

    def open(self, name: str) -> BinaryIO:
        with self._told():
            return cast(BinaryIO, self._fs.open(self._at(name), "rb"))

    def read(self, name: str, offset: int, length: int) -> bytes:
        with self._told():
            return bytes(self._fs.cat_file(self._at(name), start=offset, end=offset + length))

    def size(self, name: str) -> int | None:
        try:
            with self._told():
                return int(self._fs.size(self._at(name)))
        except FileNotFoundError:
            return None

    def put(self, path: Path, name: str) -> None:
        with self._told():
            self._fs.makedirs(self._root, exist_ok=True)
            self._fs.put_file(str(path), self._at(name))


def place_of(where: str) -> Place:
    """The place that a folder or URL names. Raises StoreError when nothing here can reach it."""
    return Remote(where) if "://" in where else Local(Path(where).expanduser().resolve())


@dataclass(frozen=True, slots=True)
class Move:
    """What became of one archive file."""

    name: str
    size: int
    #: why it stayed where it was; None when it moved
    problem: str | None = None


def move(store: Store, folder: Path, target: Place, *, before: date | None = None) -> Iterator[Move]:
    """Move the files of the archive in `folder` to `target`, one after another, rows following; those already
    elsewhere stay. `before`: only files begun before that (UTC) day.

    Raises StoreError when the target is the archive folder, or cannot be written.
    """
    if isinstance(target, Local) and target.folder == folder.resolve():
        raise StoreError(f"moving the archive to {target.where}: it is there; name another folder or a URL")
    for name, (committed, place) in store.archive_rows().items():
        begun = _DAY.search(name)
        if before and not (begun and begun[1] < before.strftime("%Y%m%d")):
            continue
        if place is None or (place == target.where and (folder / name).exists()):
            try:
                problem = _move(store, folder, name, committed, target)
            except OSError as error:
                raise StoreError(f"moving {name} to {target.where}: {error.strerror or error}; "
                                 "it stays where it was") from error
            yield Move(name, committed, problem)


def _move(store: Store, folder: Path, name: str, committed: int, target: Place) -> str | None:
    """Move one file; why it cannot be, or None. Held locked as by its writer, so that none writes meanwhile."""
    import fcntl  # where it is not there, nobody writes an archive either

    try:
        file = (folder / name).open("r+b")
    except FileNotFoundError:
        return "it is missing; `suowen verify` says what is lost"
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return "another process writes it; try again when that is done"
        size = os.fstat(file.fileno()).st_size
        if size != committed:
            return (f"it has {size:,} bytes and the store knows {committed:,}; " + (
                "`suowen run` adopts the rest first" if size > committed else "`suowen verify` says what is lost"))
        sent = _digest(file)
        if target.size(name) is None:
            target.put(folder / name, name)
        with target.open(name) as arrived:
            if _digest(arrived) != sent:
                return f"{target.where} has another file of this name, or it did not arrive whole; it was left there"
        store.place_file(name, target.where)
        (folder / name).unlink()
        # A writer that had opened it before now finds another size than it knows, and begins a file of its own.
        os.ftruncate(file.fileno(), size + 1)
        _sync(folder)
    return None


def _digest(file: BinaryIO) -> bytes:
    total = hashlib.sha256()
    while data := file.read(_BYTES):
        total.update(data)
    return total.digest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
