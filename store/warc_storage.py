"""Where archive files lie when they are not in the archive folder: another folder, or any URL that fsspec knows.

`move` copies a file whole, compares what arrived with what was sent, notes the new place, and only then lets the old
one go; whatever stops it in between, the file is where the store says. Files never move by themselves, and may move on
or back.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar, cast
from urllib.parse import unquote, urlsplit

from store.errors import StoreError, WrongStorageError

if TYPE_CHECKING:
    from store.store import Store

#: bytes read at a time from a disk, and sent or asked for at a time over a net (S3 takes no parts under 5 MiB)
_BYTES, _BLOCK = 1 << 20, 8 << 20
#: seconds a far server may take for one answer, as to one block; not measured
PATIENCE = 120.0
#: seconds after which a failure counts as silence, and for how many such a place is not asked again: hundreds of files
#: and thousands of records may lie there. Not measured
_LONG, _REST = 5.0, 60.0
T = TypeVar("T")
#: the (UTC) day in the name of an archive file
_DAY = re.compile(r"-(\d{8})-")


class Storage(Protocol):
    """Somewhere that holds archive files. Raises OSError (FileNotFoundError) like a local disk does."""

    #: its written form, absolute
    where: str
    #: whether what is put here is there when this process has ended
    lasting: bool

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


class LocalStorage:
    """A folder."""

    lasting = True

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


class UnreachableError(OSError):
    """A far place gives no answer, or refuses: whether it has the file cannot be told now."""


class RemoteStorage:
    """Storage behind a URL: s3://bucket/warc, sftp://host/folder.

    Every error but FileNotFoundError is raised as UnreachableError.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.netloc.strip("/"):
            raise WrongStorageError(
                f"archive at {url}: name a bucket or server, as in s3://bucket/warc or sftp://host/folder"
            )
        if parts.password:
            raise WrongStorageError(
                f"archive at {parts.scheme}://{parts.hostname}: the store keeps and shows this URL; "
                "write it without the password (docs/store.md says where that goes)"
            )
        self.where = url.rstrip("/")
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise WrongStorageError(
                f"archive at {url}: fsspec is not installed; pip install 'suowen[archive]'"
            ) from error
        try:
            self._fs, self._root = cast(tuple[Any, str], url_to_fs(self.where))
        except Exception as error:  # nobody knows the protocol, or its driver is not installed, or refuses the URL
            raise WrongStorageError(f"archive at {url}: {_said(error)}") from error
        self._root = self._root.rstrip("/")
        self.lasting = parts.scheme != "memory"
        #: until when (monotonic) it is not asked again, and why
        self._silent: tuple[float, str] = 0.0, ""

    def _asked(self, call: Callable[[], T]) -> T:
        """The answer to a call, waited for in a thread, since some drivers wait for ever and others 400 s (s3fs)."""
        began = time.monotonic()
        if began < self._silent[0]:
            raise UnreachableError(self._silent[1])
        answer: Future[T] = Future()
        threading.Thread(target=_answer, args=(answer, call), daemon=True).start()
        try:
            return answer.result(PATIENCE)
        except FileNotFoundError:
            raise
        except Exception as error:  # a far server's errors are of many kinds
            said = _said(error) if answer.done() else f"no answer for {PATIENCE:g} s"
            if isinstance(error, PermissionError):
                said += "; check the credentials, and what they may do there"
            if time.monotonic() - began > _LONG:
                self._silent = time.monotonic() + _REST, said
            raise UnreachableError(said) from error

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def open(self, name: str) -> BinaryIO:
        size = self._asked(lambda: int(self._info(name)["size"]))
        return cast(BinaryIO, io.BufferedReader(_Stretches(self, name, size), _BLOCK))

    def read(self, name: str, offset: int, length: int) -> bytes:
        return self._asked(lambda: bytes(self._fs.cat_file(self._at(name), start=offset, end=offset + length)))

    def size(self, name: str) -> int | None:
        try:
            return self._asked(lambda: int(self._info(name)["size"]))
        except FileNotFoundError:
            return None

    def _info(self, name: str) -> Any:
        self._fs.invalidate_cache()  # others write there too
        return self._fs.info(self._at(name))

    def put(self, source: BinaryIO, name: str) -> None:
        part = self._at(name + ".part")
        try:
            if self._root.startswith("/"):  # folders are ours to make; a bucket is made by who pays for it
                self._asked(lambda: self._fs.makedirs(self._root, exist_ok=True))
            self._send(source, part)
            self._asked(lambda: self._fs.mv(part, self._at(name)))
        except FileNotFoundError as error:
            raise UnreachableError(f"{_said(error)}; files alone are made there, make {self._root} first") from error

    def _send(self, source: BinaryIO, part: str) -> None:
        out = self._asked(lambda: self._fs.open(part, "wb", block_size=_BLOCK))
        try:
            while data := source.read(_BLOCK):
                self._asked(functools.partial(out.write, data))
            self._asked(out.close)
        except BaseException:  # to close it would send the rest; blocks that arrived must not be kept, nor paid for
            with contextlib.suppress(Exception):
                self._asked(getattr(out, "discard", out.close))
            with contextlib.suppress(AttributeError):
                out.closed = True  # or it is closed once more when it is let go
            raise

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._asked(lambda: self._fs.rm_file(self._at(name)))


class _Stretches(io.RawIOBase):
    """A file of a place, as a stream that asks for one stretch after another."""

    def __init__(self, place: Storage, name: str, size: int) -> None:
        self._place, self._name, self._size, self._offset = place, name, size, 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._offset

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._offset)
        data = self._place.read(self._name, self._offset, length) if length > 0 else b""
        buffer[: len(data)] = data
        self._offset += len(data)
        return len(data)


def _answer(answer: Future[T], call: Callable[[], T]) -> None:
    try:
        answer.set_result(call())
    except BaseException as error:
        answer.set_exception(error)


def _said(error: Exception) -> str:
    """What an error says, in one line; drivers raise kinds of their own, whose name tells more than their words."""
    said = str(error.strerror or error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    return said.partition("\n")[0] or type(error).__name__


def storage_at(where: str) -> Storage:
    """The place that a folder or URL names. Raises WrongStorageError when nothing here can reach it."""
    if where.startswith("file:"):  # the disk's own calls, which can make a copy durable
        parts = urlsplit(where)
        if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
            raise WrongStorageError(
                f"archive at {where}: a folder's URL begins with three slashes, as in file:///mnt/warc"
            )
        where = unquote(parts.path)
    return RemoteStorage(where) if "://" in where else LocalStorage(Path(where).expanduser().resolve())


@dataclass(frozen=True, slots=True)
class Move:
    """What became of one archive file."""

    name: str
    size: int
    #: why it stayed where it was; None when it moved
    problem: str | None = None


def move(store: Store, folder: Path, target: Storage, *, before: date | None = None) -> Iterator[Move]:
    """Move archive files to `target`, from the archive in `folder` or from wherever they were moved to, one after
    another, rows following; the archive folder itself may be the target. `before`: only files begun before that (UTC)
    day. Gives what became of each file that was not there already.

    Raises StoreError when the target cannot be written.
    """
    home = LocalStorage(folder.resolve())
    for name, (committed, place) in store.archive_rows().items():
        begun = _DAY.search(name)
        if before and not (begun and begun[1] < before.strftime("%Y%m%d")):
            continue
        here = home if place is None else storage_at(place)
        # What a move that was cut off left in the archive folder goes first.
        steps: list[tuple[Storage, Storage]] = (
            [(home, here)] if here is not home and home.size(name) is not None else []
        )
        steps += [(here, target)] if here.where != target.where else []
        problem = None
        for source, goal in steps:
            try:
                problem = problem or _move(store, home, name, committed, place, source, goal)
            except OSError as error:
                raise StoreError(
                    f"moving {name} to {goal.where}: {error.strerror or error}; it stays at {source.where}"
                ) from error
        if steps:
            yield Move(name, committed, problem)


def _move(
    store: Store, home: LocalStorage, name: str, committed: int, was: str | None, source: Storage, goal: Storage
) -> str | None:
    """Move one file, which the store knows to be at `was`; why it cannot be, or None."""
    try:
        with _held(home.folder / name) if source is home else contextlib.nullcontext():
            size = source.size(name)
            if size is None:
                raise FileNotFoundError(name)
            if size != committed:
                return f"it has {size:,} bytes and the store knows {committed:,}; " + (
                    "`suowen run` adopts the rest first" if size > committed else "`suowen verify` says what is lost"
                )
            if goal.size(name) is None:
                with source.open(name) as file:
                    goal.put(file, name)
            if _digest(source, name) != _digest(goal, name):
                return f"{goal.where} has another file of this name, or it did not arrive whole; it was left there"
            if not store.record_move(name, None if goal.where == home.where else goal.where, was):
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


def _digest(place: Storage, name: str) -> bytes:
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
