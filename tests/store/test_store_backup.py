"""store/backup.py: there and back, under load, between the databases, and from damaged or hostile files."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from samples import T0, TEXT, article, batch_of, capture, fact, put

from store import Store, StoreError, open_store
from store.backup import backup, copy_store, restore
from store.history import last_commit, list_articles, log, show, verify
from store.records import Queued
from store.search import search


def _fill(store: Store, first: int, count: int) -> None:
    with batch_of(store) as batch:
        for number in range(first, first + count):
            put(batch, article(number, text=TEXT + str(number)), number=number, facts=(fact(),))


def test_round_trip_under_load(lite: Store, tmp_path: Path) -> None:
    """While another thread writes, a backup is one whole state; restored, it has the same history to the digest."""
    _fill(lite, 1, 5)
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            _fill(lite, number, 3)
            number += 3

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup(lite, tmp_path / f"{number}.tar") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    commits = {commit.number: commit.digest for commit in log(lite, 10_000)}
    for number, manifest in enumerate(made):
        with open_store(f"sqlite:///{tmp_path}/back{number}/suowen.db") as back:
            pass
        restore(tmp_path / f"{number}.tar", f"sqlite:///{tmp_path}/back{number}/suowen.db")
        with open_store(f"sqlite:///{tmp_path}/back{number}/suowen.db") as back:
            assert (last_commit(back), log(back)[0].digest) == (manifest["commit"], commits[manifest["commit"]])
            assert verify(back) == []
            assert show(back, 1) == show(lite, 1)


def test_round_trip_on_both_databases(store: Store, url: str, tmp_path: Path) -> None:
    """A backup of either database is a SQLite store with everything, operational rows and search too."""
    _fill(store, 1, 3)
    store.set_next_due("example", T0)
    with batch_of(store) as batch:
        batch.enqueue([Queued("https://news.example.cn/q", "example", "feed", T0)])
    backup(store, tmp_path / "b.tar")
    restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/new/suowen.db")
    with open_store(f"sqlite:///{tmp_path}/new/suowen.db") as back:
        assert list_articles(back) == list_articles(store) and log(back) == log(store)
        assert (back.next_due("example"), back.queued(None, T0, 9)) == (T0, store.queued(None, T0, 9))
        assert search(back, "冯勇") == search(store, "冯勇")
        _fill(back, 9, 1)
        assert verify(back) == []


def test_from_sqlite_to_postgresql(lite: Store, postgres: str) -> None:
    """A store moves to the other database with its digests; a store that has something is not written over."""
    _fill(lite, 1, 3)
    with open_store(postgres) as target:
        copy_store(lite, target)
        assert log(target) == log(lite) and verify(target) == []
        with pytest.raises(StoreError, match="not empty"):
            copy_store(lite, target)


def test_archive_goes_along_up_to_what_is_known(lite: Store, tmp_path: Path) -> None:
    """Archive files are taken up to the committed size, whatever is being appended behind it."""
    folder = tmp_path / "warc"
    folder.mkdir()
    (folder / "a.warc.gz").write_bytes(b"known" + b"being written")
    with batch_of(lite) as batch:
        batch.capture(capture(1, offset=0, length=5))
        batch.committed({"a.warc.gz": 5})
    backup(lite, tmp_path / "b.tar", folder)
    restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/new.db", tmp_path / "warc2")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "warc2").iterdir()] == [("a.warc.gz", b"known")]
    (folder / "a.warc.gz").write_bytes(b"kno")
    with pytest.raises(StoreError, match="shorter than the 5 bytes"):
        backup(lite, tmp_path / "c.tar", folder)
    assert sorted(path.name for path in tmp_path.glob("c.tar*")) == []


def test_nothing_is_written_over(lite: Store, tmp_path: Path) -> None:
    """An existing backup, a store with rows and a folder with files are left alone."""
    _fill(lite, 1, 1)
    backup(lite, tmp_path / "b.tar")
    with pytest.raises(StoreError, match="there already"):
        backup(lite, tmp_path / "b.tar")
    with pytest.raises(StoreError, match="not empty"):
        restore(tmp_path / "b.tar", lite.database.where)
    with pytest.raises(StoreError, match="not empty"):
        restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/x.db", tmp_path)
    with pytest.raises(StoreError, match="No such file"):
        backup(lite, tmp_path / "no" / "b.tar")


def _rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Take a tar apart, change its files, put it together again."""
    with tarfile.open(path) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}  # type: ignore[union-attr]
    change(files)
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))


def _flip(files: dict[str, bytes]) -> None:
    data = bytearray(files["suowen.db"])
    data[len(data) // 2] ^= 1
    files["suowen.db"] = bytes(data)


def _escape(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["warc/../../evil"] = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    files |= {"manifest.json": json.dumps(manifest).encode(), "warc/../../evil": b"x"}


@pytest.mark.parametrize(("change", "said"), [
    (_flip, "damaged"), (_escape, "leads out of its folder"),
    (lambda files: files.pop("manifest.json"), "cut short"), (lambda files: files.pop("suowen.db"), "missing"),
    (lambda files: files.update({"manifest.json": b"{"}), "cannot be read"),
    (lambda files: files.update({"suowen.db": files["suowen.db"] + b"x"}), "not .* bytes long"),
])  # fmt: skip
def test_damaged_and_hostile_backups(lite: Store, tmp_path: Path, change: Callable[[dict[str, bytes]], None],
                                     said: str) -> None:
    """What does not fit its manifest is refused, and nothing is restored."""
    _fill(lite, 1, 2)
    backup(lite, tmp_path / "b.tar")
    _rewrite(tmp_path / "b.tar", change)
    with pytest.raises(StoreError, match=said):
        restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/new/suowen.db", tmp_path / "new" / "warc")
    assert not (tmp_path / "evil").exists()
    with open_store(f"sqlite:///{tmp_path}/new/suowen.db") as target:
        assert last_commit(target) == 0


def test_no_backup_at_all(tmp_path: Path) -> None:
    """A text file is no backup."""
    (tmp_path / "b.tar").write_text("井口派出所" * 1000)
    with pytest.raises(StoreError, match="no backup"):
        restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/new.db")
