"""Where archive files lie when they are not in the archive folder: another folder, or any URL that fsspec knows.

`move` copies a file whole, compares what arrived with what was sent, notes the new place, and only then lets the old
one go; whatever stops it in between, the file is where the store says. Files never move by themselves, and may move on
or back.
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
from urllib.parse import unquote, urlsplit

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

    def put(self, source: BinaryIO, name: str) -> None:
        """Copy a file here, durably: whole under its name, or not at all."""

    def remove(self, name: str) -> None:
        """Let the file go, if it is there."""


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

    def put(self, source: BinaryIO, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / (name + ".part")
        try:
            with part.open("wb") as out:
                shutil.copyfileobj(source, out, _BYTES)
                out.flush()
                os.fsync(out.fileno())
            part.rename(self.folder / name)
            _sync(self.folder)
        finally:
            part.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        _sync(self.folder)


class Remote:
    """What a URL leads to: s3://bucket/warc, sftp://host/folder."""

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

    def put(self, source: BinaryIO, name: str) -> None:
        part = self._at(name + ".part")
        with self._told():
            self._fs.makedirs(self._root, exist_ok=True)
            with self._fs.open(part, "wb") as out:
                shutil.copyfileobj(source, out, _BYTES)
            self._fs.mv(part, self._at(name))

    def remove(self, name: str) -> None:
        with self._told(), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._at(name))


def place_of(where: str) -> Place:
    """The place that a folder or URL names. Raises StoreError when nothing here can reach it."""
    if where.startswith("file://"):  # the disk's own calls, which can make a copy durable
        where = unquote(urlsplit(where).path)
    return Remote(where) if "://" in where else Local(Path(where).expanduser().resolve())


@dataclass(frozen=True, slots=True)
class Move:
    """What became of one archive file."""

    name: str
    size: int
    #: why it stayed where it was; None when it moved
    problem: str | None = None


def move(store: Store, folder: Path, target: Place, *, before: date | None = None) -> Iterator[Move]:
    """Move archive files to `target`, from the archive in `folder` or from wherever they were moved to, one after
    another, rows following; the archive folder itself may be the target. `before`: only files begun before that (UTC)
    day. Gives what became of each file that was not there already.

    Raises StoreError when the target cannot be written.
    """
    home = Local(folder.resolve())
    for name, (committed, place) in store.archive_rows().items():
        begun = _DAY.search(name)
        if before and not (begun and begun[1] < before.strftime("%Y%m%d")):
            continue
        here = home if place is None else place_of(place)
        # What a move that was cut off left in the archive folder goes first.
        steps: list[tuple[Place, Place]] = [(home, here)] if here is not home and home.size(name) is not None else []
        steps += [(here, target)] if here.where != target.where else []
        problem = None
        for source, goal in steps:
            try:
                problem = problem or _move(store, home, name, committed, place, source, goal)
            except OSError as error:
                raise StoreError(f"moving {name} to {goal.where}: {error.strerror or error}; "
                                 f"it stays at {source.where}") from error
        if steps:
            yield Move(name, committed, problem)


def _move(store: Store, home: Local, name: str, committed: int, was: str | None, source: Place,
          goal: Place) -> str | None:
    """Move one file, which the store knows to be at `was`; why it cannot be, or None."""
    try:
        with _held(home.folder / name) if source is home else contextlib.nullcontext():
            size = source.size(name)
            if size is None:
                raise FileNotFoundError(name)
            if size != committed:
                return (f"it has {size:,} bytes and the store knows {committed:,}; " + (
                    "`suowen run` adopts the rest first" if size > committed else "`suowen verify` says what is lost"))
            if goal.size(name) is None:
                with source.open(name) as file:
                    goal.put(file, name)
            if _digest(source, name) != _digest(goal, name):
                return f"{goal.where} has another file of this name, or it did not arrive whole; it was left there"
            if not store.place_file(name, None if goal.where == home.where else goal.where, was):
                return "somebody else moved it meanwhile"
            source.remove(name)
    except FileNotFoundError:
        return f"it is missing at {source.where}; `suowen verify` says what is lost"
    except BlockingIOError:
        return "another process writes it; try again when that is done"
    return None


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """A file of the archive folder, locked as by its writer so that none writes meanwhile. Raises BlockingIOError.

    Once it is gone, a writer that had it open already finds another size than it knows, and begins a file of its own.
    """
    import fcntl  # where it is not there, nobody writes an archive either

    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = os.fstat(file.fileno()).st_size
        yield
        if not path.exists():
            os.ftruncate(file.fileno(), size + 1)


def _digest(place: Place, name: str) -> bytes:
    total = hashlib.sha256()
    with place.open(name) as file:
        while data := file.read(_BYTES):
            total.update(data)
    return total.digest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
