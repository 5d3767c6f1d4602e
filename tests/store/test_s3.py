"""Archive files on an S3 server (moto on loopback): moves there and back, and failures that lose no file."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from store import Store, StoreError, archive_storage, open_store
from store.archive_storage import UnreachableError, move, storage_at
from tests.support.command import run_json, suowen
from tests.support.s3_server import BreakableProxy, s3_server
from tests.support.store_samples import batch_of

pytest.importorskip("s3fs")
pytest.importorskip("flask_cors", reason="needs moto[s3], flask and flask-cors")

NAME = "suowen-20260301-host-0123456789ab.warc.gz"


@pytest.fixture(scope="module")
def proxy() -> Iterator[BreakableProxy]:
    """Yield a proxy, which a test may break, in front of an S3 server with two buckets."""
    with s3_server("first", "second") as made:
        yield made


@pytest.fixture
def empty_server(proxy: BreakableProxy) -> Iterator[BreakableProxy]:
    """Yield the proxy with empty buckets; after the test, restore a proxy that the test broke."""
    for bucket in ("first", "second"):
        _fs().clear_multipart_uploads(bucket)
        for path in _there(bucket):
            _fs().rm_file(path)
    yield proxy
    proxy.restore()


def _fs() -> Any:
    import s3fs

    return s3fs.S3FileSystem()


def _there(bucket: str) -> list[str]:
    """Return the objects of a bucket and the parts of unfinished uploads."""
    fs = _fs()
    fs.invalidate_cache()
    return [*fs.find(bucket), *(upload["Key"] for upload in fs.list_multipart_uploads(bucket))]


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Path:
    """Return a working folder with some captures."""
    return demo_home


@pytest.fixture
def home(demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo, tmp_path / "home"))


@pytest.fixture
def large(lite: Store, tmp_path: Path) -> Path:
    """Return an archive folder with one file of several blocks, registered in the store."""
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / NAME).write_bytes(os.urandom(20_000_000))
    with batch_of(lite) as batch:
        batch.archive_sizes({NAME: 20_000_000})
    return tmp_path / "warc"


def test_move_to_the_server_and_back(empty_server: BreakableProxy, home: Path) -> None:
    """`suowen archive` moves the files to the server, to another bucket and back, and checks them at each place.

    `verify` and `replay` read the files on the server.
    """
    (path,) = (home / "data" / "warc").iterdir()
    data = path.read_bytes()
    for where, left in (("s3://first/warc", "first"), ("s3://second", "second"), (str(path.parent), "")):
        assert run_json("archive", "--move-to", where, home=home)["moved"] == [path.name]
        (row,) = run_json("archive", "--check", home=home)["files"]
        assert (row["place"], row["bytes"]) == (where if left else None, len(data)) and row["records"] > row["captures"]
        assert [_there("first"), _there("second")] == [
            [f"{where.removeprefix('s3://')}/{path.name}"] if bucket == left else [] for bucket in ("first", "second")
        ]
        assert path.exists() == (not left)
        if left == "first":
            suowen("verify", home=home)
            assert "0 could not be processed again" in suowen("replay", "--dry-run", home=home)
    assert path.read_bytes() == data


def test_file_of_many_blocks_is_moved_whole(empty_server: BreakableProxy, lite: Store, large: Path) -> None:
    """A file of several blocks is moved unchanged, and no part of an upload remains."""
    data = (large / NAME).read_bytes()
    assert [result.problem for result in move(lite, large, storage_at("s3://first/deep/er"))] == [None]
    assert _there("first") == [f"first/deep/er/{NAME}"] and _fs().cat_file(f"first/deep/er/{NAME}") == data
    assert not (large / NAME).exists()
    assert [result.problem for result in move(lite, large, storage_at(str(large)))] == [None]
    assert (large / NAME).read_bytes() == data and _there("first") == []


@pytest.mark.parametrize("after", [0, 9_000_000, 19_000_000])
@pytest.mark.parametrize("silent", [False, True])
def test_server_failing_within_a_move_is_reported(
    empty_server: BreakableProxy, lite: Store, large: Path, monkeypatch: pytest.MonkeyPatch, after: int, silent: bool
) -> None:
    """A move fails with an error within 30 s if the server closes the connection or stops answering.

    This happens at once, or after 9 or 19 of 20 MB. The file is then where the store says, and a move after the
    server's return is complete.
    """
    import s3fs

    monkeypatch.setattr(archive_storage, "TIMEOUT", 2.0)
    # With the default of five retries, each repeated five times, an unreachable server takes 15 s.
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    data = (large / NAME).read_bytes()
    empty_server.break_off(after, silent=silent)
    began = time.monotonic()
    with pytest.raises(StoreError, match=f"it stays at {large}") as error:
        list(move(lite, large, storage_at("s3://first/warc")))
    assert time.monotonic() - began < 30 and ("no answer for 2 s" in str(error.value)) >= silent
    assert (large / NAME).read_bytes() == data and lite.moved_files() == {}
    empty_server.restore()
    assert f"first/warc/{NAME}" not in _there("first")
    assert [result.problem for result in move(lite, large, storage_at("s3://first/warc"))] == [None]
    assert _fs().cat_file(f"first/warc/{NAME}") == data and not (large / NAME).exists()


def test_silent_server_is_queried_once(empty_server: BreakableProxy, home: Path) -> None:
    """If the server does not answer, each of 21 files is reported, without another request for each file."""
    suowen("archive", "--move-to", "s3://first/warc", home=home)
    names = [f"suowen-2026030{day}-host-{number}.warc.gz" for day in range(1, 5) for number in range(5)]
    with open_store(f"sqlite:///{home}/data/suowen.db") as store:
        with batch_of(store) as batch:
            batch.archive_sizes(dict.fromkeys(names, 5))
        assert all(store.record_move(name, "s3://first/warc", None) for name in names)
    soon = "import store.archive_storage; store.archive_storage.TIMEOUT, store.archive_storage._SLOW = 2.0, 1.0"
    for command in ("archive", "verify"):
        empty_server.break_off(0, silent=True)
        output = suowen(command, home=home, code=1, first=soon)
        assert output.count("no answer for 2 s") == 21 and all(name in output for name in names)
        # The accepted connections include the driver's own retries.
        assert "missing" not in output and empty_server.accepted < len(names)


def test_server_going_silent_between_records_is_reported(empty_server: BreakableProxy, home: Path) -> None:
    """If the server stops answering, unread records are reported once for each file, and not as damaged."""
    suowen("archive", "--move-to", "s3://first/warc", home=home)
    broken = (
        "import store.archive_storage; real = store.archive_storage.RemoteStorage.read; seen = []\n"
        "def read(self, *where):\n"
        "    seen.append(where)\n"
        "    if len(seen) > 3: raise store.archive_storage.UnreachableError('gone home')\n"
        "    return real(self, *where)\n"
        "store.archive_storage.RemoteStorage.read = read"
    )
    problems = [line for line in suowen("verify", home=home, code=1, first=broken).splitlines() if "archive" in line]
    assert len(problems) == 1 and "from capture 4 on its records were not checked" in problems[0], problems


def test_wrong_credentials(empty_server: BreakableProxy, home: Path) -> None:
    """Refused or missing credentials are reported, and no file is moved."""

    def refused(**environ: str) -> str:
        told = suowen("archive", "--move-to", "s3://first/warc", home=home, code=1, **environ)
        assert f"it stays at {home}" in told and run_json("archive", home=home)["files"][0]["place"] is None
        return told

    requests.post(f"{empty_server.url}/moto-api/reset-auth", data=b"0", timeout=10)
    try:
        assert "check the credentials" in refused()
    finally:
        requests.post(f"{empty_server.url}/moto-api/reset-auth", data=b"inf", timeout=10)
    assert "credentials" in refused(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", HOME=str(home))
    assert _there("first") == []


def test_missing_bucket(empty_server: BreakableProxy, home: Path) -> None:
    """A bucket with a misspelt name is reported and not created."""
    output = suowen("archive", "--move-to", "s3://frist/warc", home=home, code=1)
    assert "bucket does not exist" in output and "create frist/warc first" in output and f"it stays at {home}" in output
    assert sorted(_fs().ls("", refresh=True)) == ["first", "second"]


@pytest.mark.parametrize(
    ("where", "message", "first"),
    [
        ("s3://first/warc", "s3fs", "sys.modules['s3fs'] = None"),
        (
            "s3://first/warc",
            "pip install 'suowen[archive]'",
            "sys.modules['fsspec'] = sys.modules['fsspec.core'] = None",
        ),
        ("s3://", "name a bucket", ""),
        ("s3:///warc", "name a bucket", ""),
        ("nowhere://x", "nowhere", ""),
        ("file://warc", "three slashes", ""),
        ("sftp://me:secret@host/warc", "without the password", ""),
    ],
)
def test_invalid_urls_are_reported(home: Path, tmp_path: Path, where: str, message: str, first: str) -> None:
    """The exit code is 2 if the driver is missing, the scheme unknown, or the URL incomplete or given with a password."""
    output = suowen("archive", "--move-to", where, home=home, code=2, first=first)
    assert message in output and "secret" not in output
    assert not Path("s3:").exists() and len(list((home / "data" / "warc").iterdir())) == 1


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path, data: _fs().rm_file(path), "it is missing (moved to s3://first)"),
        (lambda path, data: _fs().pipe_file(path, data[:-10]), "bytes, the store knows"),
        (lambda path, data: _fs().pipe_file(path, data[:2000] + bytes([data[2000] ^ 1]) + data[2001:]), "capture 1 "),
    ],
)
def test_lost_or_changed_object_is_reported(empty_server: BreakableProxy, home: Path, harm: Any, message: str) -> None:
    """`verify` and `archive --check` report a missing, truncated or changed object."""
    (path,) = (home / "data" / "warc").iterdir()
    data = path.read_bytes()
    suowen("archive", "--move-to", "s3://first", home=home)
    harm(f"first/{path.name}", data)
    assert message in suowen("verify", home=home, code=1)
    assert run_json("archive", "--check", home=home, code=1)["problems"]


def test_objects_of_other_writers_are_seen(empty_server: BreakableProxy, lite: Store, large: Path) -> None:
    """An object that another program adds or removes after a listing is noticed, because listings are not cached."""
    place = storage_at("s3://first")
    _fs().ls("first")
    assert place.size(NAME) is None
    _fs().pipe_file(f"first/{NAME}", b"another")
    assert place.size(NAME) == 7
    ((_, problem),) = [(result.name, result.problem) for result in move(lite, large, place)]
    assert problem and "another file of this name" in problem and (large / NAME).exists()
    place.remove(NAME)
    place.remove(NAME)
    assert place.size(NAME) is None
    with pytest.raises(UnreachableError, match="create nobucket first"):
        storage_at("s3://nobucket").put((large / NAME).open("rb"), NAME)
