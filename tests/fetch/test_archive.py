"""The raw archive: what is written comes back, what a crash leaves is mended, what is damaged is named."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.errors import ArchiveError, FetchError
from ingest.fetch import Archive, WarcFile, page_from_file
from store.records import Capture
from tests.support.archives import AT, TEXT, exchange, pages_of, put, unlike


def only_file(folder: Path) -> Path:
    """The one WARC file there is."""
    [path] = folder.glob("*.warc.gz")
    return path


def test_saved_pages_of_old_archives_come_back(tmp_path: Path) -> None:
    """A record about a file: address, as saved pages once had, is read like any other."""
    with Archive(tmp_path) as archive:
        capture = put(archive, url="file:///tmp/a.html", final_url="file:///tmp/a.html")
        archive.sync()
        assert archive.page(capture.warc_file, capture.offset, capture.length).text == TEXT
        assert unlike(archive, [capture]) == []


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    """Page, capture and record agree; other readers of WARC read it too, digests included."""
    with Archive(tmp_path) as archive:
        captures = [put(archive, n) for n in range(5)]
        sizes = archive.sync()
        page = archive.page(captures[3].warc_file, captures[3].offset, captures[3].length)
        assert page.text == TEXT + "   "
        assert (page.url, page.final_url) == (captures[3].url, captures[3].final_url)
        assert page.fetched_at == AT
        assert unlike(archive, captures) == []
        assert sizes == {captures[0].warc_file: only_file(tmp_path).stat().st_size}
    with only_file(tmp_path).open("rb") as file:
        records = ArchiveIterator(file, check_digests="raise")
        kinds = [record.rec_type for record in records if record.raw_stream.read() is not None]
    assert kinds == ["warcinfo", *["request", "response"] * 5]
    with pytest.raises(ArchiveError):
        Archive(tmp_path).page("../x.warc.gz", 0, 10)


@given(
    st.binary(max_size=2_000),
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z-]{0,20}", fullmatch=True),
            st.text(st.characters(max_codepoint=255), max_size=60),
        ),
        max_size=8,
    ),
    st.text(max_size=30),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_answer_is_one_whole_record(
    tmp_path: Path, body: bytes, headers: list[tuple[str, str]], source: str
) -> None:
    """H16: whatever bytes and header values a server sends, the record is whole and holds no line of the server's."""
    names = {"content-encoding", "transfer-encoding", "content-length", "content-type"}
    headers = [(name, value) for name, value in headers if name.lower() not in names]
    with Archive(tmp_path / "w") as archive:
        capture = archive.write(exchange(0, body, headers=headers), kind="article", source=source)
        archive.sync()
        assert unlike(archive, [capture]) == []
        page = archive.page(capture.warc_file, capture.offset, capture.length)
        assert page.content == body


def test_no_line_of_the_servers_in_a_record(tmp_path: Path) -> None:
    """H16: CR and LF in a header value, a reason, a source's name."""
    with Archive(tmp_path) as archive:
        bad = exchange(0, headers=(("X-A", "1\r\nWARC-Injected: yes\r\n\r\nboo"),), reason="OK\r\nX: y")
        capture = archive.write(bad, kind="article", source="a\r\nWARC-Injected: yes")
        assert unlike(archive, [capture]) == []
    assert b"\nWARC-Injected" not in gzip.decompress(only_file(tmp_path).read_bytes())


def test_one_attempt_one_id(tmp_path: Path) -> None:
    """The id of a piece of work is the same however often it is written: its row cannot be stored twice."""
    with Archive(tmp_path) as archive:
        first, second, third = (
            archive.write(exchange(), kind="article", source="x", attempt=attempt) for attempt in ("u#1", "u#1", "u#2")
        )
    assert first.record_id == second.record_id != third.record_id


def test_files_are_closed_by_size(tmp_path: Path) -> None:
    """A file ends before it would pass its size, also one that an earlier process began; every capture is found."""
    sizes: dict[str, int] = {}
    captures = []
    for _ in range(4):
        with Archive(tmp_path, max_size=4_000) as archive:
            archive.recover(sizes)
            captures += [put(archive, n) for n in range(5)]
            sizes.update(archive.sync())
            assert unlike(archive, captures) == []
    assert all(2_000 < path.stat().st_size <= 4_000 for path in tmp_path.iterdir())
    assert len(sizes) == len(list(tmp_path.iterdir())) >= 4


def test_files_are_closed_by_day(tmp_path: Path) -> None:
    """Each file holds one UTC day's captures and says so in its name, however much room it has."""
    with Archive(tmp_path) as archive:
        captures = [put(archive, hour, fetched_at=AT + timedelta(hours=hour)) for hour in range(0, 48, 6)]
        assert unlike(archive, captures) == []
    assert {capture.warc_file[:16] for capture in captures} == {f"suowen-2026010{day}-" for day in (5, 6, 7)}
    assert all(f"{capture.fetched_at:%Y%m%d}" in capture.warc_file for capture in captures)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_sound_file_is_written_on(tmp_path: Path) -> None:
    """A run an hour leaves one file a day, not 24; without `recover` nobody vouches for a file and a new one begins."""
    committed: dict[str, int] = {}
    for _ in range(3):
        with Archive(tmp_path) as archive:
            assert archive.recover(committed) == []
            put(archive)
            committed.update(archive.sync())
    assert len(committed) == 1
    with Archive(tmp_path) as archive:
        put(archive)
    assert len(list(tmp_path.iterdir())) == 2


def test_threads_write_whole_records(tmp_path: Path) -> None:
    """Many threads, one file: every record is where its capture says."""
    found: list[Capture] = []
    with Archive(tmp_path) as archive:

        def work(start: int) -> None:
            for n in range(20):
                found.append(put(archive, start + n))
                if n % 7 == 0:
                    archive.sync([])

        threads = [threading.Thread(target=work, args=(100 * t,)) for t in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        archive.sync()
        assert len(found) == 120
        assert unlike(archive, found) == []


# --- after a crash ----------------------------------------------------------------------------------------------------


def test_every_cut_is_mended(tmp_path: Path) -> None:
    """D1, D5: cut anywhere behind the committed size, whole records are adopted, the rest is cut, appending is safe."""
    with Archive(tmp_path) as archive:
        known = put(archive, 0)
        committed = archive.sync()
        size = committed[known.warc_file]
        orphans = [put(archive, 1), put(archive, 2)]
        archive.sync()
    path = only_file(tmp_path)
    whole = path.read_bytes()
    ends = [orphan.offset + orphan.length for orphan in orphans]
    for cut in [*range(size, len(whole), 11), *(end + d for end in ends for d in (-1, 0, 1) if end + d <= len(whole))]:
        path.write_bytes(whole[:cut])
        again = Archive(tmp_path)
        adopted = again.recover(committed)
        assert adopted == [o for o, end in zip(orphans, ends, strict=True) if end <= cut], cut
        assert path.stat().st_size == max([size, *(end for end in ends if end <= cut)]), cut
        late = put(again, 3)
        assert late.warc_file == known.warc_file
        sizes = again.sync()
        assert sizes == {known.warc_file: path.stat().st_size}
        assert unlike(again, [known, *adopted, late]) == []
        again.close()
        assert gzip.decompress(path.read_bytes())


def test_junk_behind_the_end_is_cut(tmp_path: Path) -> None:
    """D2: power loss may leave zeros or junk where data should be."""
    for junk in (b"\0" * 5_000, os.urandom(5_000), b"\x1f\x8b\x08" + b"x" * 100):
        folder = tmp_path / str(junk[:1].hex() + str(len(junk)))
        with Archive(folder) as archive:
            known = put(archive)
            committed = archive.sync()
        path = only_file(folder)
        path.write_bytes(path.read_bytes() + junk)
        again = Archive(folder)
        assert again.recover(committed) == []
        assert path.stat().st_size == committed[known.warc_file]
        assert again.problems == []


def test_lost_bytes_are_named(tmp_path: Path) -> None:
    """D2: a file shorter than the database knows, or gone, is reported and never written to again."""
    with Archive(tmp_path) as archive:
        capture = put(archive)
        committed = archive.sync()
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    again = Archive(tmp_path)
    assert again.recover({**committed, "suowen-gone.warc.gz": 7}) == []
    assert len(again.problems) == 2
    assert put(again).warc_file != capture.warc_file
    assert unlike(again, [capture])


def test_an_empty_database_adopts_everything(tmp_path: Path) -> None:
    """The database can be rebuilt: every page comes back once; robots files, errors and cut bodies are no pages."""
    with Archive(tmp_path) as archive:
        pages = [put(archive, n) for n in range(3)]
        archive.write(exchange(7), kind="robots", source="x")
        put(archive, 8, cut="time")
        archive.sync()
    again = Archive(tmp_path)
    assert again.recover({}) == pages
    assert again.sync() == {pages[0].warc_file: only_file(tmp_path).stat().st_size}
    assert again.recover(again.sync() or {pages[0].warc_file: only_file(tmp_path).stat().st_size}) == []


def test_a_commit_ends_before_what_is_still_owed(tmp_path: Path) -> None:
    """A batch that stores some of the pages commits no byte of the others: a crash then adopts those."""
    with Archive(tmp_path) as archive:
        first, second, third = (put(archive, n) for n in range(3))
        sizes = archive.sync([first, third])
        assert sizes[first.warc_file] == first.offset + first.length
        # Read by a second instance, as after a crash; this one's lock is what a living process would hold.
        copy = tmp_path / "copy"
        copy.mkdir()
        (copy / first.warc_file).write_bytes(only_file(tmp_path).read_bytes())
        assert Archive(copy).recover(sizes) == [second, third]
        assert archive.sync([second]) == {first.warc_file: only_file(tmp_path).stat().st_size}


def test_a_file_that_somebody_writes_is_left_alone(tmp_path: Path) -> None:
    """D6: another process's open file is neither adopted from, nor cut, nor written on."""
    with Archive(tmp_path) as archive:
        mine = put(archive)
        archive.sync()
        other = Archive(tmp_path)
        assert other.recover({}) == []
        assert put(other, 1).warc_file != mine.warc_file
        other.close()


KILLED = """
import sys
from pathlib import Path
from tests.support.archives import put
from ingest.fetch import Archive
archive = Archive(Path(sys.argv[1]), max_size=60_000)
for n in range(100_000):
    capture = put(archive, n % 500)
    if n % 3 == 0:
        [(name, size)] = list(archive.sync().items())[-1:]
        print(name, size, capture.offset + capture.length, flush=True)
"""


@pytest.mark.parametrize("after", [0.05, 0.13, 0.3])
def test_kill_dash_nine(tmp_path: Path, after: float) -> None:
    """D1: killed anywhere, what was said to be durable is there, and every file is whole after `recover`."""
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines()
    lines = [line.split() for line in said if len(line.split()) == 3]
    committed = {name: int(size) for name, size, _ in lines}
    assert committed
    archive = Archive(tmp_path)
    adopted = archive.recover(committed)
    assert archive.problems == []
    assert unlike(archive, adopted) == []
    for path in tmp_path.iterdir():
        assert path.stat().st_size >= committed.get(path.name, 0)
        assert len(pages_of(path)) * 500 <= path.stat().st_size
    archive.close()


# --- faults of the disk ----------------------------------------------------------------------------------------------


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.support.archives import put, unlike
from ingest.errors import ArchiveError
from ingest.fetch import Archive
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
archive = Archive(Path(sys.argv[1]))
good = [put(archive, n) for n in range(5)]
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
size = good[-1].offset + good[-1].length
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300, hard))
try:
    put(archive, 6)
except ArchiveError as error:
    print("stopped:", error)
assert archive._open.path.stat().st_size == size
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
good.append(put(archive, 7))
archive.sync()
print(unlike(archive, good))
"""


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """D3: a disk that takes half a record gets it cut off again, says so, and goes on by itself when there is room."""
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    stopped, verified = done.stdout.splitlines()
    assert "stopped: writing suowen-" in stopped
    assert verified == "[]"


def test_a_full_disk_stops_before_it_is_full(tmp_path: Path) -> None:
    """D3: at the low-water mark nothing more is taken, so that the database can still commit."""
    archive = Archive(tmp_path, reserve=10**18)
    with pytest.raises(ArchiveError, match="make room"):
        put(archive)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_fsync_is_never_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D4: after EIO the kernel may have dropped the pages: the file is left, nothing of it is committed."""
    archive = Archive(tmp_path)
    suspect = put(archive)
    real, calls = os.fsync, []

    def broken(handle: int) -> None:
        calls.append(handle)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(ArchiveError, match="fetched again"):
        archive.sync()
    assert len(calls) == 1
    monkeypatch.setattr(os, "fsync", real)
    after = put(archive, 1)
    assert after.warc_file != suspect.warc_file
    assert list(archive.sync()) == [after.warc_file]
    archive.close()
    again = Archive(tmp_path)
    assert again.recover({}) == [after]
    assert len(again.problems) == 1
    assert suspect.warc_file in again.problems[0]


def test_flipped_bits_are_named(tmp_path: Path) -> None:
    """D10: any damaged byte of a record is a problem with its place, and no page is made of it."""
    with Archive(tmp_path) as archive:
        captures = [put(archive, n) for n in range(3)]
    path, capture = only_file(tmp_path), captures[1]
    whole = path.read_bytes()
    archive = Archive(tmp_path)
    for at in range(capture.offset, capture.offset + capture.length, 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        problems = unlike(archive, captures)
        # Bytes 4 to 9 of a gzip member are its time and system, which nobody reads.
        if 4 <= at - capture.offset <= 9:
            continue
        assert len(problems) == 1, at
        assert f"at {capture.offset:,}" in problems[0]
        with pytest.raises(ArchiveError):
            archive.page(capture.warc_file, capture.offset, capture.length)
    path.unlink()
    assert len(unlike(archive, captures)) == 3


def test_a_record_in_the_wrong_place_is_told_apart(tmp_path: Path) -> None:
    """A capture that points at another whole record is unlike it: what every test here leans on."""
    with Archive(tmp_path) as archive:
        first, second = put(archive, 1), put(archive, 2)
        assert len(unlike(archive, [replace(first, offset=second.offset, length=second.length)])) == 1
        assert unlike(archive, [first, second]) == []


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """C4: the archive's folder under a file is one clear sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="archive folder"):
        Archive(tmp_path / "file" / "warc")


# --- other people's files --------------------------------------------------------------------------------------------


def foreign(*, packed: bool) -> bytes:
    """A WARC file as another crawler writes it: chunked and gzipped bodies kept as they came, other records between."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    squeezed = gzip.compress(TEXT.encode())
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(squeezed), squeezed)
    for url, status, body, headers in (
        ("http://a.example/1", "200 OK", TEXT.encode("gbk"), [("Content-Type", "text/html; charset=gb2312")]),
        (
            "http://a.example/2",
            "200 OK",
            chunked,
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Transfer-Encoding", "chunked"),
                ("Content-Encoding", "gzip"),
            ],
        ),
        ("http://a.example/3", "404 Not Found", b"no", [("Content-Type", "text/html")]),
        ("dns:a.example", "200 OK", b"x", []),
        ("http://a.example/5", "200 OK", TEXT.encode(), [("Content-Type", "text/html")]),
    ):
        head = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=head))
    return out.getvalue()


@pytest.mark.parametrize("packed", [True, False])
def test_pages_of_a_foreign_file(tmp_path: Path, packed: bool) -> None:
    """Any WARC gives its pages with status 200, unpacked and decoded."""
    path = tmp_path / "x.warc"
    path.write_bytes(foreign(packed=packed))
    pages = pages_of(path)
    assert [page.url for page in pages] == ["http://a.example/1", "http://a.example/2", "http://a.example/5"]
    assert [page.text for page in pages] == [TEXT] * 3


def test_a_damaged_file_gives_what_is_before_the_damage(tmp_path: Path) -> None:
    """A torn WARC says so and has its whole pages, never a silent end (warcio's own reader stops without a word)."""
    whole = foreign(packed=True)
    path = tmp_path / "x.warc.gz"
    for cut in (len(whole) - 3, len(whole) - 200):
        path.write_bytes(whole[:cut])
        with WarcFile(path) as warc:
            assert [entry.url for entry in warc.entries][:2] == ["http://a.example/1", "http://a.example/2"]
            assert warc.problem is not None and "damaged near byte" in warc.problem
    path.write_bytes(b"this is no WARC at all\n" * 50)
    with WarcFile(path) as warc:
        assert warc.entries == [] and warc.problem is not None and "it is no WARC file" in warc.problem


# --- saved pages -----------------------------------------------------------------------------------------------------


def test_saved_pages(tmp_path: Path) -> None:
    """HTML in any charset, plain text, gzip of both; the file's time is when it was fetched."""
    (tmp_path / "a.html").write_bytes(f'<meta charset="gb2312">{TEXT}'.encode("gbk"))
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "c.txt").write_bytes("派出所".encode())
    os.utime(tmp_path / "a.html", (1_700_000_000, 1_700_000_000))
    first = page_from_file(tmp_path / "a.html", "http://news.example/a.html")
    assert TEXT in first.text
    assert first.url == "http://news.example/a.html"
    assert first.fetched_at.timestamp() == 1_700_000_000
    assert page_from_file(tmp_path / "b.html.gz").text == TEXT
    third = page_from_file(tmp_path / "c.txt")
    assert third.headers["content-type"] == "text/plain"
    assert third.url.startswith("file://")


def test_saved_pages_that_are_none(tmp_path: Path) -> None:
    """Bombs, cut gzip and noise end in the same words as on the net."""
    cases = {
        "bomb.html.gz": (gzip.compress(b"\0" * 50_000_000), "too-large"),
        "cut.html.gz": (gzip.compress(TEXT.encode())[:-9], "incomplete"),
        "noise.html": (b"\xff\xfd\xfc" * 500, "undecodable"),
        "large.html": (b"x" * 8_000_001, "too-large"),
    }
    for name, (content, code) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FetchError) as caught:
            page_from_file(tmp_path / name)
        assert caught.value.code == code, name
