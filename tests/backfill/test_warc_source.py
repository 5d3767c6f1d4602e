"""Tests of reading WARC files by byte ranges: each record is read once; damage and failing storages are reported."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from ingest.backfill.warc_source import RawRecord, RetryPolicy, SourceFile, one_record, records
from ingest.errors import ArchiveError
from ingest.fetch.warc_parsers import archived_page, foreign_record
from store.warc_record import payload
from tests.support.archive_pages import mixed, range_server, write_warc

pytest.importorskip("fastwarc")
QUICK = RetryPolicy(timeout=1.0, waits=(0.01, 0.01))


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_warc(tmp_path_factory.mktemp("warc") / "a.warc.gz", mixed(30, 7))


def pages(path: str, bounds: list[int | None]) -> list[RawRecord]:
    file = SourceFile(path, QUICK)
    found = [item for start, end in pairwise(bounds) for item in records(file, start or 0, end)]
    assert not [item for item in found if isinstance(item, str)]
    return [item for item in found if isinstance(item, RawRecord)]


def test_records_are_those_of_warcio_with_their_places(warc: Path) -> None:
    """URL, payload and location agree with warcio, and each record can be read by itself."""
    with warc.open("rb") as stream:
        expected = [
            (raw.rec_headers.get_header("WARC-Target-URI"), raw.content_stream().read())
            for raw in ArchiveIterator(stream)
            if raw.rec_type == "response"
        ]
    found = pages(str(warc), [0, None])
    file = SourceFile(str(warc), QUICK)
    assert [record.target for record in found] == [url for url, _ in expected]
    for record, (_, body) in zip(found, expected, strict=True):
        assert payload(file.pread(record.offset, record.length)) == (record.record_id, body)
        page = archived_page(foreign_record(record.as_bytes()))
        assert page is not None and page.page.content == body and page.page.fetched_at == record.made
        assert one_record(file.range(record.offset, record.length), record.offset).block == record.block


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 100_000), max_size=6))
def test_stretches_hold_every_record_once(warc: Path, cuts: list[int]) -> None:
    """Wherever a file is divided, each record is in exactly one byte range, in order."""
    whole = [record.offset for record in pages(str(warc), [0, None])]
    assert [record.offset for record in pages(str(warc), [0, *sorted(cuts), None])] == whole


def test_an_uncompressed_file_is_read(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "plain.warc", mixed(5, 2), packed=False)
    found = pages(str(path), [0, None])
    assert len(found) == 5 and found[0].as_bytes().startswith(b"WARC/1.0\r\n")
    file = SourceFile(str(path), QUICK)
    assert payload(file.pread(found[3].offset, found[3].length))[0] == found[3].record_id


@pytest.mark.parametrize("keep", [0.5, 0.93])
def test_a_truncated_file_gives_its_whole_records_and_says_so(warc: Path, tmp_path: Path, keep: float) -> None:
    path = tmp_path / "cut.warc.gz"
    path.write_bytes(warc.read_bytes()[: int(warc.stat().st_size * keep)])
    *found, problem = records(SourceFile(str(path), QUICK), 0, None)
    whole = [item for item in found if isinstance(item, RawRecord) and item.whole]
    assert 10 < len(whole) < 30
    assert isinstance(problem, str) and "the file ends inside the record at byte" in problem


def test_a_file_that_is_no_archive_is_named_as_that(tmp_path: Path) -> None:
    path = tmp_path / "page.warc.gz"
    path.write_text("<html>not an archive</html>" * 50, encoding="utf-8")
    problems = list(records(SourceFile(str(path), QUICK), 0, None))
    assert len(problems) == 1 and isinstance(problems[0], str)


def test_damage_is_reported_with_its_place(warc: Path, tmp_path: Path) -> None:
    data = bytearray(warc.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path = tmp_path / "damaged.warc.gz"
    path.write_bytes(data)
    *whole, problem = records(SourceFile(str(path), QUICK), 0, None)
    assert isinstance(problem, str) and "damaged near byte" in problem
    assert 5 < len(whole) < 30


def test_ranges_over_http_and_a_storage_that_hangs_cuts_or_ignores_ranges(warc: Path) -> None:
    """Byte ranges over HTTP have the same records as the local file.

    If a server hangs, cuts its answers or ignores ranges, a request is retried, then fails. A missing file is an error.
    """
    pytest.importorskip("aiohttp")
    with range_server(warc.parent) as server:
        url = f"{server.url}/{warc.name}"
        assert [r.offset for r in pages(url, [0, 20_000, None])] == [r.offset for r in pages(str(warc), [0, None])]
        for mode, why in (("hang", "no answer"), ("cut", warc.name), ("whole", "byte ranges")):
            server.mode, before = mode, server.requests
            with pytest.raises(ArchiveError, match=why):
                SourceFile(url, QUICK).range(100, 500)
            assert server.requests - before >= 3, mode
        server.mode = ""
        assert len(SourceFile(url, QUICK).range(100, 500)) == 500
        with pytest.raises(ArchiveError, match="no such file"):
            SourceFile(f"{server.url}/missing.warc.gz", QUICK)
