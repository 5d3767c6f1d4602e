"""Storage of archive files outside the archive folder: another folder, or any URL that fsspec supports.

`move` copies a whole file, compares the copy with the original, records the new location, and only then deletes the
original. If a move is interrupted, the file is still at the recorded location. Files move only on request, and can be
moved again or back.
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

#: bytes per read from a disk, and bytes per transfer over a network (S3 refuses parts under 5 MiB)
_BYTES, _BLOCK = 1 << 20, 8 << 20
#: seconds to wait for each answer of a server, such as the confirmation of one transferred block; not measured
TIMEOUT = 120.0
#: After a call that failed and took more than `_SLOW` seconds, the storage is not queried for `_RETRY_AFTER` seconds.
#: Otherwise a command that reads thousands of records could wait for the timeout at each record. Not measured
_SLOW, _RETRY_AFTER = 5.0, 60.0
T = TypeVar("T")
#: finds the day (UTC) on which an archive file was begun, in the name of the file
_DAY = re.compile(r"-(\d{8})-")


class Storage(Protocol):
    """A location of archive files. Errors are OSErrors: in `open` and `read`, FileNotFoundError for a missing file."""

    #: absolute path of the folder, or URL
    where: str
    #: whether files are kept when this process ends
    lasting: bool

    def open(self, name: str) -> BinaryIO:
        """Open the file for reading from the beginning."""

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Return `length` bytes of the file from `offset`, or fewer at the end of the file."""

    def size(self, name: str) -> int | None:
        """Return the file's size; None if the file does not exist."""

    def put(self, source: BinaryIO, name: str) -> None:
        """Copy `source` durably to the file `name` of this storage. An interrupted copy leaves no file of this name."""

    def remove(self, name: str) -> None:
        """Delete the file, if it exists."""


class LocalStorage:
    """Storage in a folder."""

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
    """A call to a remote storage failed, for example because the server does not answer or refuses access.

    Whether the storage has the file is therefore unknown.
    """


class RemoteStorage:
    """Storage at a URL: s3://bucket/warc, sftp://host/folder.

    Errors of the driver are raised as UnreachableError, except FileNotFoundError in `open` and `read`. The constructor
    raises WrongStorageError if the URL cannot be used or has a password, or if fsspec is not installed.
    """

    def __init__(self, url: str, timeout: float | None = None) -> None:
        self._timeout = TIMEOUT if timeout is None else timeout
        parts = urlsplit(url)
        if not parts.netloc.strip("/"):
            raise WrongStorageError(
                f"archive at {url}: name a bucket or server, as in s3://bucket/warc or sftp://host/folder"
            )
        if parts.password:
            raise WrongStorageError(
                f"archive at {parts.scheme}://{parts.hostname}: the store saves and shows this URL; "
                "write it without the password (docs/store.md says where to put it)"
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
        except Exception as error:  # unknown protocol, missing driver, or refused URL
            raise WrongStorageError(f"archive at {url}: {_message(error)}") from error
        self._root = self._root.rstrip("/")
        self.lasting = parts.scheme != "memory"
        #: (monotonic time until which the storage is not queried, reason)
        self._unreachable: tuple[float, str] = 0.0, ""

    def _call(self, call: Callable[[], T]) -> T:
        """Return the result of a call that runs in a thread, after waiting at most the timeout of the storage.

        The thread limits the wait: some drivers never time out, and s3fs waits 400 s.
        """
        began = time.monotonic()
        if began < self._unreachable[0]:
            raise UnreachableError(self._unreachable[1])
        answer: Future[T] = Future()
        threading.Thread(target=_answer, args=(answer, call), daemon=True).start()
        try:
            return answer.result(self._timeout)
        except FileNotFoundError:
            raise
        except Exception as error:  # each driver raises its own kinds of errors
            message = _message(error) if answer.done() else f"no answer for {self._timeout:g} s"
            if isinstance(error, PermissionError):
                message += "; check the credentials, and what they may do there"
            if time.monotonic() - began > _SLOW:
                self._unreachable = time.monotonic() + _RETRY_AFTER, message
            raise UnreachableError(message) from error

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def open(self, name: str) -> BinaryIO:
        size = self._call(lambda: int(self._info(name)["size"]))
        return cast(BinaryIO, io.BufferedReader(_RangeReader(self, name, size), _BLOCK))

    def read(self, name: str, offset: int, length: int) -> bytes:
        return self._call(lambda: bytes(self._fs.cat_file(self._at(name), start=offset, end=offset + length)))

    def size(self, name: str) -> int | None:
        try:
            return self._call(lambda: int(self._info(name)["size"]))
        except FileNotFoundError:
            return None

    def _info(self, name: str) -> Any:
        self._fs.invalidate_cache()  # other processes may have changed the files
        return self._fs.info(self._at(name))

    def put(self, source: BinaryIO, name: str) -> None:
        part = self._at(name + ".part")
        try:
            if self._root.startswith("/"):  # a folder is created if missing; a bucket is not, because it costs money
                self._call(lambda: self._fs.makedirs(self._root, exist_ok=True))
            self._send(source, part)
            self._call(lambda: self._fs.mv(part, self._at(name)))
        except FileNotFoundError as error:
            raise UnreachableError(
                f"{_message(error)}; only files are created there, create {self._root} first"
            ) from error

    def _send(self, source: BinaryIO, part: str) -> None:
        out = self._call(lambda: self._fs.open(part, "wb", block_size=_BLOCK))
        try:
            while data := source.read(_BLOCK):
                self._call(functools.partial(out.write, data))
            self._call(out.close)
        # discard the uploaded blocks, because they cost money; closing the file, which would send the rest, is the last
        # resort for drivers that cannot discard
        except BaseException:
            with contextlib.suppress(Exception):
                self._call(getattr(out, "discard", out.close))
            with contextlib.suppress(AttributeError):
                out.closed = True  # otherwise the garbage collector would close the file
            raise

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._call(lambda: self._fs.rm_file(self._at(name)))


class _RangeReader(io.RawIOBase):
    """A file in a storage as a readable stream, read by range requests."""

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


def _message(error: Exception) -> str:
    """Return an error as one line. If it is not an OSError, the name of its class comes first."""
    message = str(error.strerror or error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    return message.partition("\n")[0] or type(error).__name__


def storage_at(where: str, timeout: float | None = None) -> Storage:
    """Return the storage at a folder or URL. Raises WrongStorageError if the URL cannot be used.

    `timeout`: seconds to wait for one answer of a server (default TIMEOUT).
    """
    if where.startswith("file:"):  # treated as a folder, because LocalStorage syncs each copy to disk
        parts = urlsplit(where)
        if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
            raise WrongStorageError(
                f"archive at {where}: a folder's URL starts with three slashes, as in file:///mnt/warc"
            )
        where = unquote(parts.path)
    return RemoteStorage(where, timeout) if "://" in where else LocalStorage(Path(where).expanduser().resolve())


@dataclass(frozen=True, slots=True)
class Move:
    """The result of moving one archive file."""

    name: str
    size: int
    #: why the file was not moved; None if it was moved
    problem: str | None = None


def move(store: Store, folder: Path, target: Storage, *, before: date | None = None) -> Iterator[Move]:
    """Move archive files to `target` from their present locations, and update their rows.

    `folder` is the archive folder, which may also be the target. `before`: only files begun before that day (UTC).
    Linked files, which belong to another program, are not moved. Yields a result for each file that was, or had a copy,
    elsewhere than at `target`; if the file is missing, the result has a `problem`. Raises StoreError if a file cannot
    be read, written or deleted.
    """
    home, linked = LocalStorage(folder.resolve()), store.linked_files()
    for name, (committed, place) in store.archive_rows().items():
        if name in linked:
            continue
        begun = _DAY.search(name)
        if before and not (begun and begun[1] < before.strftime("%Y%m%d")):
            continue
        here = home if place is None else storage_at(place)
        # A copy that an interrupted move left in the archive folder is first moved to the recorded location.
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
    """Move one file, whose recorded location is `was`; return the reason if it cannot be moved, otherwise None."""
    try:
        with _file_locked(home.folder / name) if source is home else contextlib.nullcontext():
            size = source.size(name)
            if size is None:
                raise FileNotFoundError(name)
            if size != committed:
                return f"it has {size:,} bytes and the store knows {committed:,}; " + (
                    "`suowen run` adopts the rest first" if size > committed else "`suowen verify` lists what is lost"
                )
            if goal.size(name) is None:
                with source.open(name) as file:
                    goal.put(file, name)
            if _sha256(source, name) != _sha256(goal, name):
                return f"{goal.where} has another file of this name, or the copy is incomplete; it was left there"
            if not store.record_move(name, None if goal.where == home.where else goal.where, was):
                return "another process moved it meanwhile"
            source.remove(name)
    except FileNotFoundError:
        return f"it is missing at {source.where}; `suowen verify` lists what is lost"
    except BlockingIOError:
        return "another process writes it; run again when that is done"
    return None


@contextlib.contextmanager
def _file_locked(path: Path) -> Iterator[None]:
    """Lock a file of the archive folder, so that its writer cannot write. Raises BlockingIOError if it is in use.

    If the `with` body removes the file, one byte is appended to the open file: a process that still has the file open
    notices the changed size and starts a new file.
    """
    import fcntl  # missing on Windows, where no archive files are written

    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = os.fstat(file.fileno()).st_size
        yield
        if not path.exists():
            os.ftruncate(file.fileno(), size + 1)


def _sha256(place: Storage, name: str) -> bytes:
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
