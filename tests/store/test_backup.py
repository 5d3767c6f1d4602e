"""Tests of store/backup.py: round trips, backups under load, other databases, damaged and hostile files."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.fetch.http_body import Exchange
from ingest.fetch.raw_archive import Archive
from store import Store, StoreError, open_store
from store.backup import backup, copy_store, restore
from store.queries import last_commit, list_articles, log, show, verify
from store.records import Capture, Queued
from store.search import search
from tests.support.store_samples import T0, TEXT, article, batch_of, capture, fact, put


def _fill(store: Store, first: int, count: int) -> None:
    with batch_of(store) as batch:
        for number in range(first, first + count):
            put(batch, article(number, text=TEXT + str(number)), number=number, facts=(fact(),))


def _page(archive: Archive, number: int) -> Capture:
    """Archive one page as a fetch does; return its capture."""
    url = f"https://news.example.cn/a/{number}.html"
    return archive.write(
        Exchange(url, url, (), 200, "OK", (), f"{TEXT}{number}".encode(), T0), kind="article", source="example"
    )


def _write_until(stop: threading.Event, store: Store, folder: Path) -> None:
    """Store pages as a run does until `stop` is set: archive, sync, then rows.

    The archive file keeps growing meanwhile.
    """
    number = 1
    with Archive(folder, max_size=40_000) as archive:
        while not stop.is_set():
            with batch_of(store) as batch:
                captures = [_page(archive, number + more) for more in range(3)]
                batch.archive_sizes(archive.sync(captures))
                for capture in captures:
                    made = article(number, url=capture.url, text=f"{TEXT}{number}", fetched_at=T0)
                    added = batch.article(made, "example", batch.capture(capture))
                    batch.facts(added.revision, [fact()])
                    number += 1


@pytest.mark.parametrize("onto", ["sqlite", "postgresql"])
def test_round_trip_under_load(store: Store, tmp_path: Path, onto: str, bare_postgres: str) -> None:
    """A backup made while another thread archives and stores pages is a consistent state, archive included.

    Restored into either database, it has the history and hashes up to the Commit in its manifest, and every archive
    file that its rows refer to.
    """
    stop = threading.Event()
    writer = threading.Thread(target=_write_until, args=(stop, store, tmp_path / "warc"))
    writer.start()
    try:
        while last_commit(store) < 3:
            assert writer.is_alive()
        made = [backup(store, tmp_path / f"{number}.tar", tmp_path / "warc") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    commits = {commit.number: commit.digest for commit in log(store, 10_000)}
    assert 3 <= made[0]["commit"] <= made[2]["commit"] <= len(commits)
    assert made[0]["commit"] < len(commits), "nothing was written meanwhile"
    number, manifest = 2, made[2]
    url = bare_postgres if onto == "postgresql" else f"sqlite:///{tmp_path}/back/suowen.db"
    restore(tmp_path / f"{number}.tar", url, tmp_path / "back" / "warc")
    with open_store(url) as back:
        assert (last_commit(back), log(back)[0].digest) == (manifest["commit"], commits[manifest["commit"]])
        assert verify(back, tmp_path / "back" / "warc") == []
        assert show(back, 1) == show(store, 1, at=manifest["commit"])
        assert back.committed_files().keys() == {path.name for path in (tmp_path / "back" / "warc").iterdir()}


def test_backup_of_either_database_is_complete(store: Store, url: str, tmp_path: Path) -> None:
    """A backup of either database is restored to SQLite with all rows: operational ones and the search index too."""
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


def test_copy_from_sqlite_to_postgresql(lite: Store, postgres: str) -> None:
    """A SQLite store is copied to PostgreSQL with the same hashes; a target that is not empty is refused."""
    _fill(lite, 1, 3)
    with open_store(postgres) as target:
        copy_store(lite, target)
        assert log(target) == log(lite) and verify(target) == []
        with pytest.raises(StoreError, match="not empty"):
            copy_store(lite, target)


def test_archive_files_are_cut_at_the_committed_size(lite: Store, tmp_path: Path) -> None:
    """A backup contains archive files up to the committed size, without the bytes appended later.

    If a file is shorter than its committed size, no backup is written.
    """
    folder = tmp_path / "warc"
    folder.mkdir()
    (folder / "a.warc.gz").write_bytes(b"known" + b"being written")
    with batch_of(lite) as batch:
        batch.capture(capture(1, offset=0, length=5))
        batch.archive_sizes({"a.warc.gz": 5})
    backup(lite, tmp_path / "b.tar", folder)
    restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/new.db", tmp_path / "warc2")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "warc2").iterdir()] == [("a.warc.gz", b"known")]
    (folder / "a.warc.gz").write_bytes(b"kno")
    with pytest.raises(StoreError, match="shorter than the 5 bytes"):
        backup(lite, tmp_path / "c.tar", folder)
    assert sorted(path.name for path in tmp_path.glob("c.tar*")) == []


def test_existing_targets_are_not_overwritten(lite: Store, tmp_path: Path) -> None:
    """An existing backup file, a store with rows, a folder with files and a missing folder are refused as targets."""
    _fill(lite, 1, 1)
    backup(lite, tmp_path / "b.tar")
    with pytest.raises(StoreError, match="file exists"):
        backup(lite, tmp_path / "b.tar")
    with pytest.raises(StoreError, match="not empty"):
        restore(tmp_path / "b.tar", lite.database.where)
    with pytest.raises(StoreError, match="not empty"):
        restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/x.db", tmp_path)
    with pytest.raises(StoreError, match="No such file"):
        backup(lite, tmp_path / "no" / "b.tar")


def _rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Unpack a tar file, change its contents, and pack it again."""
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_flip, "damaged"),
        (_escape, "leads out of its folder"),
        (lambda files: files.pop("manifest.json"), "was truncated"),
        (lambda files: files.pop("suowen.db"), "missing"),
        (lambda files: files.update({"manifest.json": b"{"}), "cannot be read"),
        (lambda files: files.update({"suowen.db": files["suowen.db"] + b"x"}), "not .* bytes long"),
    ],
)
def test_damaged_and_hostile_backups(
    lite: Store, tmp_path: Path, change: Callable[[dict[str, bytes]], None], message: str
) -> None:
    """A damaged, truncated or hostile backup is refused, and no row is restored."""
    _fill(lite, 1, 2)
    backup(lite, tmp_path / "b.tar")
    _rewrite(tmp_path / "b.tar", change)
    with pytest.raises(StoreError, match=message):
        restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/new/suowen.db", tmp_path / "new" / "warc")
    assert not (tmp_path / "evil").exists()
    with open_store(f"sqlite:///{tmp_path}/new/suowen.db") as target:
        assert last_commit(target) == 0


def test_text_file_is_not_a_backup(tmp_path: Path) -> None:
    """A text file is refused with the message that it is not a backup."""
    (tmp_path / "b.tar").write_text("井口派出所" * 1000)
    with pytest.raises(StoreError, match="not a backup"):
        restore(tmp_path / "b.tar", f"sqlite:///{tmp_path}/new.db")
