"""Back up a store in use, restore a backup, and copy a store between SQLite and PostgreSQL.

A backup is one tar file: manifest.json, suowen.db (SQLite, even for a PostgreSQL store) and warc/NAME for each archive
file, cut off at the size recorded in the store. Moved and linked archive files are not included; their rows keep the
location. A restore checks names, sizes and SHA-256 against the manifest and verifies the database before it puts any
file in place.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Table, func, insert, select

from store import search_index
from store.errors import StoreError, WrongStoreError
from store.private_files import make_folder, private
from store.progress_callback import Progress, ignore_progress
from store.schema import commits, metadata, search_entries
from store.store import Store, open_store
from store.verify import verify

#: version of the tar file's layout
FORMAT = 1
#: maximum number of rows, and of bytes, copied at a time
_ROWS, _BYTES = 500, 1 << 20
_DATABASE, _MANIFEST, _ARCHIVE = "suowen.db", "manifest.json", "warc/"
#: prefix of the temporary folders of a restore; name of the file in them that lists the archive files to put in place
_RESTORE, _PLACED = ".restore-", "placed.json"


def backup(
    store: Store, file: Path, archive_folder: Path | None = None, progress: Progress = ignore_progress
) -> dict[str, Any]:
    """Write a backup of `store`, and of its raw archive, to `file` and return its manifest. Writers are not blocked.

    Raises StoreError if `file` exists or cannot be written, or if an archive file is missing or shorter than the size
    recorded in the store.
    """
    if file.exists():
        raise StoreError(f"backing up to {file}: the file exists; name a new file")
    parent = file.absolute().parent
    try:
        for abandoned in _abandoned(parent, ".backup-"):
            shutil.rmtree(abandoned, ignore_errors=True)
        with _temporary(parent, ".backup-") as folder:
            copy, part = folder / _DATABASE, folder / "part"
            _copy_to_file(store, copy, progress)
            with open_store(f"sqlite:///{copy}") as frozen:
                rows = frozen.archive_rows() if archive_folder else {}
                sizes = {name: size for name, (size, place) in rows.items() if place is None}
                with frozen.database.read() as db:
                    last = db.execute(
                        select(commits.c.number, commits.c.digest).order_by(commits.c.number.desc()).limit(1)
                    ).first()
            manifest = _write(
                part, copy, archive_folder, sizes, (last.number, last.digest) if last else (0, ""), progress
            )
            part.rename(file)
            return manifest
    except OSError as error:
        raise StoreError(f"backing up to {file}: {error.strerror or error}") from error


def restore(
    file: Path, url: str, archive_folder: Path | None = None, progress: Progress = ignore_progress
) -> dict[str, Any]:
    """Restore a backup into an empty store at `url` and return its manifest.

    Archive files are restored into `archive_folder`, which must be empty; without it, they are not restored. Leftovers
    of a killed restore are removed first. Raises StoreError if the store or `archive_folder` is not empty, or if the
    backup is damaged, incomplete or has file names that lead out of its folder.
    """
    try:
        if archive_folder is not None:
            _remove_leftovers(url, archive_folder)
        if archive_folder and archive_folder.exists() and any(archive_folder.iterdir()):
            raise StoreError(f"restoring to {archive_folder}: it is not empty; name a new folder")
        with _temporary(_near(archive_folder), _RESTORE) as folder, tarfile.open(file, "r:") as tar:
            manifest = _manifest(file, tar)
            copy = folder / _DATABASE
            _extract(file, tar, manifest, _DATABASE, copy)
            with open_store(f"sqlite:///{copy}") as frozen:
                if problems := verify(frozen, progress=progress):
                    raise StoreError(f"restoring {file}: its database is damaged: {problems[0]}")
                with _restored_archive(file, tar, manifest, archive_folder), open_store(url) as target:
                    copy_store(frozen, target, progress)
            return manifest
    except (tarfile.TarError, EOFError) as error:
        raise StoreError(f"restoring {file}: it is not a backup, or damaged ({error})") from error
    except OSError as error:
        raise StoreError(
            f"restoring {file}: {error.strerror or error} ({error.filename or archive_folder}); nothing "
            "was put in place"
        ) from error


def _near(folder: Path | None) -> Path | None:
    """Return the nearest existing parent of `folder`, for temporary files on the same disk."""
    return folder and next(parent for parent in folder.absolute().parents if parent.is_dir())


@contextlib.contextmanager
def _temporary(parent: Path | None, prefix: str) -> Iterator[Path]:
    """Make a temporary folder. It is locked during the `with` body and removed after it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _abandoned(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield the temporary folders in `parent` that no process has locked, because their process was killed."""
    for folder in sorted(parent.glob(prefix + "*")) if parent.is_dir() else ():
        with contextlib.suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield folder
            finally:
                os.close(lock)


def _remove_leftovers(url: str, archive_folder: Path) -> None:
    """Remove the temporary folders of killed restores, and the archive files that those restores put in place.

    If the store has rows, the archive files are kept: the restore was killed after it had filled the store, or later
    commands used the store.
    """
    for parent in (archive_folder, *archive_folder.absolute().parents[:2]):
        for folder in _abandoned(parent, _RESTORE):
            placed = folder / _PLACED
            if placed.exists() and _is_empty(url):
                # invalid JSON: the restore was killed while writing the list, before it put any archive file in place
                with contextlib.suppress(ValueError):
                    for name in json.loads(placed.read_bytes()):
                        (archive_folder / Path(str(name)).name).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)


def _is_empty(url: str) -> bool:
    """Return whether the store has no rows, or does not exist yet."""
    try:
        with open_store(url, create=False) as store, store.database.read() as db:
            return not any(
                db.execute(select(func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables
            )
    except WrongStoreError:
        return True


def copy_store(source: Store, target: Store, progress: Progress = ignore_progress) -> None:
    """Copy all rows of `source` except its search index into the empty store `target`, and build the index there.

    The stores may use different databases (SQLite, PostgreSQL). Each store is accessed in one transaction. Raises
    StoreError if `target` is not empty.
    """
    with source.database.read() as old, target.database.write() as new:
        for table in metadata.sorted_tables:
            if new.execute(select(func.count()).select_from(table)).scalar_one():
                raise StoreError(
                    f"copying to {target.database.where}: it is not empty ({table.name} has rows); name a new store"
                )
        for table in metadata.sorted_tables:
            if table is search_entries:
                continue
            done = 0
            for rows, total in _pieces(source, old, table):
                new.execute(insert(table), rows)
                done += len(rows)
                progress(f"{table.name} copied", done, total)
        search_index.reindex(new, progress)


def _pieces(source: Store, old: Connection, table: Table) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Yield (some rows of a table, number of all its rows). Errors name the source store."""
    with source.database.translate_errors():
        total = old.execute(select(func.count()).select_from(table)).scalar_one()
        for rows in old.execution_options(yield_per=_ROWS).execute(select(table)).mappings().partitions():
            yield [dict(row) for row in rows], total


def _copy_to_file(store: Store, copy: Path, progress: Progress) -> None:
    """Copy the store to a SQLite file, as one consistent snapshot."""
    if store.database.sqlite:
        with store.database.read() as db:
            _copy_file(db, copy)
        return
    with open_store(f"sqlite:///{copy}") as target:
        copy_store(store, target, progress)


def _copy_file(db: Connection, copy: Path) -> None:
    """Copy the database by SQLite's online backup in one step, which does not block writers in WAL mode."""
    source = db.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)
    with contextlib.closing(sqlite3.connect(copy)) as target:
        try:
            source.backup(target, pages=-1)
        except sqlite3.Error as error:
            raise StoreError(
                f"copying the database to {copy.parent.parent}: {error}; free space, or name another disk"
            ) from error


def _write(
    part: Path,
    copy: Path,
    archive_folder: Path | None,
    sizes: dict[str, int],
    last: tuple[int, str],
    progress: Progress,
) -> dict[str, Any]:
    files: dict[str, dict[str, Any]] = {}
    with open(part, "wb", opener=private) as out:  # only the owner may read it, because names are not masked
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            files[_DATABASE] = _add(tar, copy, _DATABASE, copy.stat().st_size)
            for number, (name, size) in enumerate(sorted(sizes.items()), 1):
                progress("archive files written", number, len(sizes))
                assert archive_folder is not None
                files[_ARCHIVE + name] = _add(tar, archive_folder / name, _ARCHIVE + name, size)
            manifest = {"format": FORMAT, "commit": last[0], "digest": last[1], "files": files}
            data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
            info = tarfile.TarInfo(_MANIFEST)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _add(tar: tarfile.TarFile, path: Path, name: str, size: int) -> dict[str, Any]:
    """Add the first `size` bytes of a file to the tar; return its manifest entry."""
    if not path.exists() or path.stat().st_size < size:
        raise StoreError(
            f"backing up {path}: it is missing or shorter than the {size} bytes the store knows; "
            "if `suowen archive` was moving it, run again, else `suowen verify` lists what is lost"
        )
    info = tarfile.TarInfo(name)
    info.size = size
    with path.open("rb") as file:
        hashing = _Hashing(file)
        tar.addfile(info, hashing)
    return {"size": size, "sha256": hashing.total.hexdigest()}


class _Hashing:
    """A readable file that hashes the bytes as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.total = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.total.update(data)
        return data


def _manifest(file: Path, tar: tarfile.TarFile) -> dict[str, Any]:
    """Return the manifest, after checking its form and the file names in it."""
    member = next((entry for entry in tar if entry.name == _MANIFEST), None)
    stream = tar.extractfile(member) if member and member.isreg() and member.size < _BYTES * 16 else None
    if stream is None:
        raise StoreError(f"restoring {file}: it has no {_MANIFEST}; it is not a backup, or was truncated")
    try:
        manifest: dict[str, Any] = json.loads(stream.read())
        names = manifest["files"]
        valid = (
            manifest["format"] == FORMAT
            and _DATABASE in names
            and all(isinstance(entry["size"], int) and isinstance(entry["sha256"], str) for entry in names.values())
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"restoring {file}: its {_MANIFEST} cannot be read ({error!r})") from error
    if not valid:
        raise StoreError(f"restoring {file}: format {manifest['format']} is not known to this program")
    for name in names:
        plain = name.removeprefix(_ARCHIVE)
        if name != _DATABASE and (
            not name.startswith(_ARCHIVE)
            or not plain
            or Path(plain).name != plain
            or plain in (".", "..")
            or "\\" in plain
            or "\0" in plain
        ):
            raise StoreError(f"restoring {file}: it names {name!r}, which leads out of its folder; do not trust it")
    return manifest


def _extract(file: Path, tar: tarfile.TarFile, manifest: dict[str, Any], name: str, to: Path) -> None:
    """Extract one file of the backup, checking its size and SHA-256 against the manifest."""
    wanted = manifest["files"][name]
    member = next((entry for entry in tar.getmembers() if entry.name == name), None)
    stream = tar.extractfile(member) if member and member.isreg() and member.size == wanted["size"] else None
    if stream is None:
        raise StoreError(f"restoring {file}: {name} is missing or not {wanted['size']} bytes long")
    total = hashlib.sha256()
    with open(to, "xb", opener=private) as out:
        while data := stream.read(_BYTES):
            total.update(data)
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    if total.hexdigest() != wanted["sha256"]:
        raise StoreError(f"restoring {file}: {name} is damaged (its SHA-256 is not the manifest's)")


@contextlib.contextmanager
def _restored_archive(
    file: Path, tar: tarfile.TarFile, manifest: dict[str, Any], folder: Path | None
) -> Iterator[None]:
    """Put the archive files in place after checking all of them; remove them again if the `with` body raises."""
    names = [name.removeprefix(_ARCHIVE) for name in manifest["files"] if name.startswith(_ARCHIVE)]
    if folder is None or not names:
        yield
        return
    make_folder(folder)
    with _temporary(folder, _RESTORE) as temporary:
        for name in names:
            _extract(file, tar, manifest, _ARCHIVE + name, temporary / name)
        (temporary / _PLACED).write_text(json.dumps(names), encoding="utf-8")
        try:
            for name in names:
                (temporary / name).rename(folder / name)
            yield
        except BaseException:
            for name in names:
                (folder / name).unlink(missing_ok=True)
            raise
