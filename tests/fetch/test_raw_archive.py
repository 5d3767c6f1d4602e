"""Tests of the raw archive: writing and reading, recovery after a crash, reports of damage."""

from __future__ import annotations

import base64
import gzip
import io
import os
import quopri
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.errors import ArchiveError, FetchError
from ingest.fetch import Archive, WarcFile, page_from_file
from ingest.fetch.saved_page import stated_url
from store.records import Capture
from tests.support.archives import AT, TEXT, differences, exchange, pages_of, put


def only_file(folder: Path) -> Path:
    """Return the only WARC file of a folder."""
    [path] = folder.glob("*.warc.gz")
    return path


def test_records_of_saved_pages_are_read(tmp_path: Path) -> None:
    """A record with a file: URL, which older versions wrote for saved pages, is read like any other record."""
    with Archive(tmp_path) as archive:
        capture = put(archive, url="file:///tmp/a.html", final_url="file:///tmp/a.html")
        archive.sync()
        assert archive.page(capture.warc_file, capture.offset, capture.length).text == TEXT
        assert differences(archive, [capture]) == []


def test_written_records_are_read_back(tmp_path: Path) -> None:
    """Page, capture and record agree; warcio accepts the file and its digests.

    A name that leads out of the archive folder is refused.
    """
    with Archive(tmp_path) as archive:
        captures = [put(archive, n) for n in range(5)]
        sizes = archive.sync()
        page = archive.page(captures[3].warc_file, captures[3].offset, captures[3].length)
        assert page.text == TEXT + "   "
        assert (page.url, page.final_url) == (captures[3].url, captures[3].final_url)
        assert page.fetched_at == AT
        assert differences(archive, captures) == []
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
    """For any bytes and header values of a server, the record is complete and has no injected line (FAULTS H16)."""
    names = {"content-encoding", "transfer-encoding", "content-length", "content-type"}
    headers = [(name, value) for name, value in headers if name.lower() not in names]
    with Archive(tmp_path / "w") as archive:
        capture = archive.write(exchange(0, body, headers=headers), kind="article", source=source)
        archive.sync()
        assert differences(archive, [capture]) == []
        page = archive.page(capture.warc_file, capture.offset, capture.length)
        assert page.content == body


def test_header_injection_is_prevented(tmp_path: Path) -> None:
    """CR and LF in a header value, a reason phrase and a source name add no line to the record (FAULTS H16)."""
    with Archive(tmp_path) as archive:
        bad = exchange(0, headers=(("X-A", "1\r\nWARC-Injected: yes\r\n\r\nboo"),), reason="OK\r\nX: y")
        capture = archive.write(bad, kind="article", source="a\r\nWARC-Injected: yes")
        assert differences(archive, [capture]) == []
    assert b"\nWARC-Injected" not in gzip.decompress(only_file(tmp_path).read_bytes())


def test_record_id_depends_on_the_attempt(tmp_path: Path) -> None:
    """Two records of one attempt have the same record id, so that the database cannot store the attempt twice."""
    with Archive(tmp_path) as archive:
        first, second, third = (
            archive.write(exchange(), kind="article", source="x", attempt=attempt) for attempt in ("u#1", "u#1", "u#2")
        )
    assert first.record_id == second.record_id != third.record_id


def test_files_are_closed_by_size(tmp_path: Path) -> None:
    """A file is closed before it exceeds the maximum size, even if an earlier archive object began it.

    All captures are found.
    """
    sizes: dict[str, int] = {}
    captures = []
    for _ in range(4):
        with Archive(tmp_path, max_size=4_000) as archive:
            archive.recover(sizes)
            captures += [put(archive, n) for n in range(5)]
            sizes.update(archive.sync())
            assert differences(archive, captures) == []
    assert all(2_000 < path.stat().st_size <= 4_000 for path in tmp_path.iterdir())
    assert len(sizes) == len(list(tmp_path.iterdir())) >= 4


def test_files_are_closed_by_day(tmp_path: Path) -> None:
    """Each file contains the captures of one UTC day; the file name contains that day."""
    with Archive(tmp_path) as archive:
        captures = [put(archive, hour, fetched_at=AT + timedelta(hours=hour)) for hour in range(0, 48, 6)]
        assert differences(archive, captures) == []
    assert {capture.warc_file[:16] for capture in captures} == {f"suowen-2026010{day}-" for day in (5, 6, 7)}
    assert all(f"{capture.fetched_at:%Y%m%d}" in capture.warc_file for capture in captures)
    assert len(list(tmp_path.iterdir())) == 3


def test_verified_file_is_appended_to(tmp_path: Path) -> None:
    """Successive runs append to one file. Without `recover` no file counts as verified, and a new file is created."""
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
    """If many threads write to one file, each record is at the offset of its capture."""
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
        assert differences(archive, found) == []


# --- after a crash ----------------------------------------------------------------------------------------------------


def test_truncation_at_any_byte_is_repaired(tmp_path: Path) -> None:
    """After a cut beyond the committed size, complete records are adopted and the rest is truncated (FAULTS D1, D5)."""
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
        assert differences(again, [known, *adopted, late]) == []
        again.close()
        assert gzip.decompress(path.read_bytes())


def test_junk_at_the_end_is_truncated(tmp_path: Path) -> None:
    """Zeros or junk after the committed size, as after a power loss, are truncated (FAULTS D2)."""
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


def test_lost_bytes_are_reported(tmp_path: Path) -> None:
    """A file that is shorter than its committed size, or missing, is reported and not written to again (FAULTS D2)."""
    with Archive(tmp_path) as archive:
        capture = put(archive)
        committed = archive.sync()
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    again = Archive(tmp_path)
    assert again.recover({**committed, "suowen-gone.warc.gz": 7}) == []
    assert len(again.problems) == 2
    assert put(again).warc_file != capture.warc_file
    assert differences(again, [capture])


def test_an_empty_database_adopts_everything(tmp_path: Path) -> None:
    """For an empty database `recover` returns each page of the archive once.

    robots.txt and truncated bodies are not returned.
    """
    with Archive(tmp_path) as archive:
        pages = [put(archive, n) for n in range(3)]
        archive.write(exchange(7), kind="robots", source="x")
        put(archive, 8, cut="time")
        archive.sync()
    again = Archive(tmp_path)
    assert again.recover({}) == pages
    assert again.sync() == {pages[0].warc_file: only_file(tmp_path).stat().st_size}
    assert again.recover(again.sync() or {pages[0].warc_file: only_file(tmp_path).stat().st_size}) == []


def test_committed_size_ends_before_pending_captures(tmp_path: Path) -> None:
    """The committed size ends before the first page that is not stored; `recover` adopts this page and later ones."""
    with Archive(tmp_path) as archive:
        first, second, third = (put(archive, n) for n in range(3))
        sizes = archive.sync([first, third])
        assert sizes[first.warc_file] == first.offset + first.length
        # A second instance gets a copy, as after a crash: the first instance holds the lock of the original file.
        copy = tmp_path / "copy"
        copy.mkdir()
        (copy / first.warc_file).write_bytes(only_file(tmp_path).read_bytes())
        assert Archive(copy).recover(sizes) == [second, third]
        assert archive.sync([second]) == {first.warc_file: only_file(tmp_path).stat().st_size}


def test_open_file_of_another_process_is_skipped(tmp_path: Path) -> None:
    """An open file of another process is not read, truncated or appended to (FAULTS D6)."""
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
def test_sigkill_loses_no_durable_record(tmp_path: Path, after: float) -> None:
    """After SIGKILL, all records reported as durable are in the archive (FAULTS D1).

    `recover` makes every file valid.
    """
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = [process.stdout.readline()]
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        output += process.stdout.read().splitlines()
    lines = [line.split() for line in output if len(line.split()) == 3]
    committed = {name: int(size) for name, size, _ in lines}
    assert committed
    archive = Archive(tmp_path)
    adopted = archive.recover(committed)
    assert archive.problems == []
    assert differences(archive, adopted) == []
    for path in tmp_path.iterdir():
        assert path.stat().st_size >= committed.get(path.name, 0)
        assert len(pages_of(path)) * 500 <= path.stat().st_size
    archive.close()


# --- faults of the disk ----------------------------------------------------------------------------------------------


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.support.archives import put, differences
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
print(differences(archive, good))
"""


def test_failed_write_leaves_the_file_unchanged(tmp_path: Path) -> None:
    """A partly written record is truncated and reported, and writing continues once the disk has space (FAULTS D3)."""
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    stopped, verified = done.stdout.splitlines()
    assert "stopped: writing suowen-" in stopped
    assert verified == "[]"


def test_writing_stops_at_the_reserve(tmp_path: Path) -> None:
    """Below the reserve of free space nothing is written, so that the database can still commit (FAULTS D3)."""
    archive = Archive(tmp_path, reserve=10**18)
    with pytest.raises(ArchiveError, match="free some space"):
        put(archive)
    assert list(tmp_path.iterdir()) == []


def test_failed_fsync_is_not_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After EIO the kernel may have dropped the data: the file is abandoned and none of it is committed (FAULTS D4)."""
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


def test_flipped_bits_are_reported(tmp_path: Path) -> None:
    """A flipped bit in a record is reported with its location, and no page is returned (FAULTS D10)."""
    with Archive(tmp_path) as archive:
        captures = [put(archive, n) for n in range(3)]
    path, capture = only_file(tmp_path), captures[1]
    whole = path.read_bytes()
    archive = Archive(tmp_path)
    for at in range(capture.offset, capture.offset + capture.length, 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        problems = differences(archive, captures)
        # Bytes 4 to 9 of a gzip member are its time, flags and system, which are not checked.
        if 4 <= at - capture.offset <= 9:
            continue
        assert len(problems) == 1, at
        assert f"at {capture.offset:,}" in problems[0]
        with pytest.raises(ArchiveError):
            archive.page(capture.warc_file, capture.offset, capture.length)
    path.unlink()
    assert len(differences(archive, captures)) == 3


def test_differences_finds_a_wrong_offset(tmp_path: Path) -> None:
    """`differences`, which tests of this module use as a check, reports a capture with the offset of another record."""
    with Archive(tmp_path) as archive:
        first, second = put(archive, 1), put(archive, 2)
        assert len(differences(archive, [replace(first, offset=second.offset, length=second.length)])) == 1
        assert differences(archive, [first, second]) == []


def test_impossible_folder_is_reported(tmp_path: Path) -> None:
    """An archive folder below a regular file raises ArchiveError (FAULTS C4)."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="archive folder"):
        Archive(tmp_path / "file" / "warc")


# --- files of other programs -----------------------------------------------------------------------------------------


def foreign(*, packed: bool) -> bytes:
    """Return a WARC file like those of other crawlers, with chunked and gzipped bodies and other record types."""
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
    """The pages of any WARC file with status 200 are decompressed and decoded."""
    path = tmp_path / "x.warc"
    path.write_bytes(foreign(packed=packed))
    pages = pages_of(path)
    assert [page.url for page in pages] == ["http://a.example/1", "http://a.example/2", "http://a.example/5"]
    assert [page.text for page in pages] == [TEXT] * 3


CODED = {
    "br": brotli.compress(TEXT.encode()),
    "zstd": zstandard.compress(TEXT.encode()),
    "gzip": TEXT.encode(),
    "deflate": TEXT.encode(),
    "": gzip.compress(TEXT.encode()),
    "utf-8": TEXT.encode(),
}


def warc_of(*records: tuple[str, bytes, dict[str, str]]) -> bytes:
    """Return a WARC file of the given (URL, body, HTTP headers) with status 200."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    for url, body, headers in records:
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *headers.items()], protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=head))
    return out.getvalue()


@pytest.mark.parametrize("coding", ["br", "gzip", "zstd", ""])
@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_body_under_another_coding_is_known_by_its_first_bytes(
    tmp_path: Path, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    """Bodies in gzip and zstd are recognised by their first bytes and decoded, whatever Content-Encoding says."""
    path = tmp_path / "x.warc.gz"
    headers = {"Content-Encoding": coding} if coding else {}
    path.write_bytes(warc_of(("http://a.example/1", pack(TEXT.encode()), headers)))
    assert [page.text for page in pages_of(path)] == [TEXT]


@pytest.mark.parametrize("coding", CODED)
def test_codings_of_archived_bodies(tmp_path: Path, coding: str) -> None:
    """Bodies in br and zstd are decoded, also in records of this archive.

    A plain body with a coding header, and gzip without one, are read too.
    """
    path = tmp_path / "x.warc.gz"
    path.write_bytes(warc_of(("http://a.example/1", CODED[coding], {"Content-Encoding": coding} if coding else {})))
    assert [page.text for page in pages_of(path)] == [TEXT]
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", coding))
    with Archive(tmp_path / "own") as archive:
        capture = archive.write(exchange(0, CODED[coding], headers=headers), kind="article", source="x")
        archive.sync()
        assert archive.page(capture.warc_file, capture.offset, capture.length).text == TEXT


def test_undecodable_bodies_are_reported(tmp_path: Path) -> None:
    """A truncated, binary or doubly compressed body with a coding header raises FetchError."""
    path = tmp_path / "x.warc.gz"
    noise = bytes(range(256)) * 20
    path.write_bytes(
        warc_of(
            ("http://a.example/cut", brotli.compress(noise)[:-3], {"Content-Encoding": "br"}),
            ("http://a.example/noise", noise, {"Content-Encoding": "gzip"}),
            ("http://a.example/stacked", gzip.compress(gzip.compress(noise)), {"Content-Encoding": "gzip, gzip"}),
        )
    )
    codes = []
    with WarcFile(path) as warc:
        for entry in warc.entries:
            with pytest.raises(FetchError) as caught:
                warc.read(entry)
            codes.append(caught.value.code)
    assert codes == ["incomplete", "protocol-error", "protocol-error"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (rb"WARC-Target-URI: [^\r]*\r\n", b"", "no WARC-Target-URI"),
        (rb"WARC-Date: [^\r]*\r\n", b"WARC-Date: yesterday\r\n", "'yesterday' is not a date"),
        (rb"WARC-Date: [^\r]*\r\n", b"", "is not a date"),
        (rb"HTTP/1.1 200 OK\r\n", b"nothing at all \r\n", "no valid HTTP header"),
    ],
)
def test_invalid_record_does_not_hide_the_others(tmp_path: Path, old: bytes, new: bytes, problem: str) -> None:
    """A response that cannot be a page is listed with its problem, and the records after it are read."""
    members = [gzip.decompress(warc_of((f"http://a.example/{n}", TEXT.encode(), {}))) for n in range(3)]
    members[1] = re.sub(old, new, members[1], count=1)
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"".join(gzip.compress(member) for member in members))
    with WarcFile(path) as warc:
        assert warc.problem is None
        assert [problem in (entry.problem or "") for entry in warc.entries] == [False, True, False]


def test_a_damaged_file_gives_what_is_before_the_damage(tmp_path: Path) -> None:
    """A truncated WARC file is reported, and its complete pages are read; the reader of warcio would stop silently.

    A file that is not WARC is reported as such.
    """
    whole = foreign(packed=True)
    path = tmp_path / "x.warc.gz"
    for cut in (len(whole) - 3, len(whole) - 200):
        path.write_bytes(whole[:cut])
        with WarcFile(path) as warc:
            assert [entry.url for entry in warc.entries][:2] == ["http://a.example/1", "http://a.example/2"]
            assert warc.problem is not None and "damaged near byte" in warc.problem
    path.write_bytes(b"this is no WARC at all\n" * 50)
    with WarcFile(path) as warc:
        assert warc.entries == [] and warc.problem is not None and "it is not a WARC file" in warc.problem


# --- saved pages -----------------------------------------------------------------------------------------------------


def test_saved_pages_are_loaded(tmp_path: Path) -> None:
    """HTML in GBK, gzipped HTML and plain text are loaded.

    The fetch time is the modification time of the file. A page without a URL gets one that does not contain the path.
    """
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
    assert third.url.startswith("saved:") and str(tmp_path) not in repr(third)


ARTICLE = "http://news.example.cn/a/1.html"


def mhtml(page: bytes, *, location: str = ARTICLE, encoding: str = "base64") -> bytes:
    """Return an MHTML file as browsers write it: the page, then an image."""
    body = base64.encodebytes(page) if encoding == "base64" else quopri.encodestring(page)
    head = (
        "From: <Saved by Blink>\r\n"
        f"Snapshot-Content-Location: {location}\r\n"
        "Subject: =?utf-8?Q?=E6=B4=BE=E5=87=BA=E6=89=80?=\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--b"\r\n\r\n'
        f"----b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: {encoding}\r\n"
        f"Content-Location: {location}\r\n\r\n"
    )
    image = (
        b"\r\n----b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n----b--\r\n"
    )
    return head.encode() + body + image


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_mhtml_is_loaded(tmp_path: Path, encoding: str, charset: str) -> None:
    """The main page of an MHTML file is decoded, and its Content-Location is the address of the page."""
    text = f'<meta charset="{charset}">{TEXT}'
    (tmp_path / "a.mhtml").write_bytes(mhtml(text.encode(charset), encoding=encoding))
    page = page_from_file(tmp_path / "a.mhtml")
    assert (page.url, stated_url(page)) == (ARTICLE, ARTICLE)
    assert TEXT in page.text
    assert page_from_file(tmp_path / "a.mhtml", "http://b.example/2").url == "http://b.example/2"


def test_mhtml_of_one_part_and_with_a_mark(tmp_path: Path) -> None:
    """An MHTML file may have the page as its body, without parts, and a byte order mark before its header."""
    page = f'<meta charset="utf-8">{TEXT}'.encode()
    single = (
        f"MIME-Version: 1.0\r\nContent-Type: text/html\r\nContent-Location: {ARTICLE}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + base64.encodebytes(page)
    for content in (single, b"\xef\xbb\xbf" + single, b"\xef\xbb\xbf" + mhtml(page)):
        (tmp_path / "a.mht").write_bytes(content)
        loaded = page_from_file(tmp_path / "a.mht")
        assert loaded.url == ARTICLE and TEXT in loaded.text


def test_mhtml_that_ends_within_the_page_is_incomplete(tmp_path: Path) -> None:
    """An MHTML file that ends within the page is refused; a file that ends after the page is loaded."""
    whole = mhtml(f"<html><p>{'派出所的一天。' * 100}</p></html>".encode())
    (tmp_path / "a.mht").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FetchError, match="ends within the page"):
        page_from_file(tmp_path / "a.mht")
    (tmp_path / "a.mht").write_bytes(whole[: whole.index(b"\r\n----b\r\nContent-Type: image")])
    assert "派出所的一天。</p>" in page_from_file(tmp_path / "a.mht").text


@pytest.mark.parametrize(
    ("head", "address"),
    [
        (f"<!-- saved from url=(0031){ARTICLE} -->", ARTICLE),
        (f"<!--saved from url=(0031){ARTICLE}--><!DOCTYPE html>", ARTICLE),
        (f"<!--\n Page saved with SingleFile \n url: {ARTICLE} \n saved date: Mon Jan 05 2026\n-->", ARTICLE),
        ("<!-- Mirrored from news.example.cn/a/1.html by HTTrack Website Copier/3.x -->", ARTICLE),
        (f'<link rel="canonical" href="{ARTICLE}">', ARTICLE),
        (f'<meta property="og:url" content="{ARTICLE}">', ARTICLE),
        # a canonical link replaces the address that the page was saved from only if both are of the same site
        (f'<!-- saved from url=(0041){ARTICLE}?from=x --><link rel="canonical" href="/a/1.html">', ARTICLE),
        (f'<!-- saved from url=(0031){ARTICLE} --><link rel="canonical" href="http://b.example/1">', ARTICLE),
        (f'<!-- saved from url=(0031){ARTICLE} --><link rel="canonical" href="http://news.example.cn/">', ARTICLE),
        ('<link rel="canonical" href="http://news.example.cn/">', None),
        (
            '<!-- saved from url=(0035)http://news.example.cn/x/y.html --><base target="_blank">'
            '<base href="/a/"><link rel="canonical" href="1.html">',
            ARTICLE,
        ),
        ('<base href="http://news.example.cn/a/"><link rel="canonical" href="1.html">', ARTICLE),
        ('<link rel="canonical" href="1.html">', None),
        ("<!-- saved from url=(0014)about:internet -->", None),
        ("<!-- saved from url=(0020)file:///C:/a/1.html -->", None),
        ("", None),
    ],
)
def test_address_that_a_saved_page_states(tmp_path: Path, head: str, address: str | None) -> None:
    """The address is read from comments of browsers and archivers, canonical links and og:url.

    A home page is ignored.
    """
    (tmp_path / "a.html").write_text(head + TEXT, encoding="utf-8")
    assert stated_url(page_from_file(tmp_path / "a.html")) == address


@pytest.mark.filterwarnings("error")
def test_text_that_is_only_a_url_states_no_address(tmp_path: Path) -> None:
    """A saved text that is only a URL states no address, and the parser prints no warning."""
    (tmp_path / "a.txt").write_text("http://news.example.cn/a/1.html", encoding="utf-8")
    assert stated_url(page_from_file(tmp_path / "a.txt")) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"PK\x03\x04\x14\x00[Content_Types].xml" + b"\0" * 2_000 + b"word/document.xml", "a Word document"),
        (b"PK\x03\x04\x14\x00[Content_Types].xml xl/workbook.xml", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an office document"),
        (b"{\\rtf1\\ansi", "a rich text document"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
    ],
)
def test_binary_files_are_named(tmp_path: Path, content: bytes, kind: str) -> None:
    """PDF, Word and other binary files with the suffix .html are reported with their type."""
    (tmp_path / "page.html").write_bytes(content)
    with pytest.raises(FetchError, match=kind) as caught:
        page_from_file(tmp_path / "page.html")
    assert caught.value.code == "not-html"


def test_invalid_saved_pages_are_reported(tmp_path: Path) -> None:
    """Decompression bombs, large files, truncated gzip, noise and MHTML without a page raise a FetchError."""
    cases = {
        "bomb.html.gz": (gzip.compress(b"\0" * 50_000_000), "too-large"),
        "cut.html.gz": (gzip.compress(TEXT.encode())[:-9], "incomplete"),
        "noise.html": (b"\xff\xfd\xfc" * 500, "undecodable"),
        "large.html": (b"x" * 8_000_001, "too-large"),
        "empty.mhtml": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n", "incomplete"),
    }
    for name, (content, code) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FetchError) as caught:
            page_from_file(tmp_path / name)
        assert caught.value.code == code, name
