"""Tests of the inputs of a backfill: files, folders, patterns, lists and URL indexes become partitions."""

from __future__ import annotations

import gzip
import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ingest.backfill import partitions as planning
from ingest.backfill.partitions import Choice, amounts, below, partitions
from ingest.backfill.warc_source import RetryPolicy, SourceFile, records
from ingest.errors import UsageError
from tests.support.archive_pages import mixed, range_server, write_warc

QUICK = RetryPolicy(timeout=1.0, waits=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("archive")
    (made / "crawl" / "2021").mkdir(parents=True)
    for number in range(3):
        name = f"NEWS-2021050{number + 1}080000-0000{number}.warc.gz"
        write_warc(made / "crawl" / "2021" / name, mixed(12, 4, number * 12))
    (made / "crawl" / "notes.md").write_text("not an archive", encoding="utf-8")
    names = sorted(path.relative_to(made).as_posix() for path in made.rglob("*.warc.gz"))
    (made / "crawl" / "warc.paths.gz").write_bytes(gzip.compress("\n".join([*names, ""]).encode()))
    return made


def planned(*inputs: str, choice: Choice = Choice()) -> list[dict[str, Any]]:  # noqa: B008
    return list(partitions(inputs, choice, QUICK, pytest.fail))


def test_file_folder_pattern_and_list_name_the_same_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a pattern and a list of paths lead to the same files; a file named by several inputs is read once."""
    files = sorted(str(path) for path in folder.rglob("*.warc.gz"))
    for given in (str(folder), f"{folder}/**/*.warc.gz", str(folder / "crawl" / "warc.paths.gz")):
        assert [location["file"] for location in planned(given)] == files, given
    assert len(planned(str(folder), files[0])) == 3
    assert amounts(planned(str(folder))) == (3, 3, 0, sum(Path(name).stat().st_size for name in files))
    monkeypatch.chdir(folder / "crawl")
    assert [location["file"] for location in planned("2021")] == files


def test_a_list_is_read_from_a_server_and_its_paths_are_below_its_root(folder: Path) -> None:
    pytest.importorskip("aiohttp")
    with range_server(folder) as server:
        found = planned(f"{server.url}/crawl/warc.paths.gz")
        assert [item["file"].partition("crawl")[0] for item in found] == [f"{server.url}/"] * 3
        assert len(planned(found[0]["file"])) == 1


@pytest.mark.parametrize(
    ("path", "base", "listed", "expected"),
    [
        (
            "crawl-data/a/b.warc.gz",
            None,
            "https://d.org/crawl-data/a/warc.paths.gz",
            "https://d.org/crawl-data/a/b.warc.gz",
        ),
        ("crawl-data/a/b.warc.gz", "s3://bucket/", "/tmp/warc.paths", "s3://bucket/crawl-data/a/b.warc.gz"),
        ("b.warc.gz", None, "/data/x/list.txt", "/data/x/b.warc.gz"),
        ("s3://bucket/b.warc.gz", "/x", "/data/list.txt", "s3://bucket/b.warc.gz"),
        ("/abs/b.warc.gz", None, "/data/list.txt", "/abs/b.warc.gz"),
    ],
)
def test_place_of_a_relative_path(path: str, base: str | None, listed: str, expected: str) -> None:
    assert below(path, base, listed) == expected


def test_files_begun_after_the_last_day_are_not_read(folder: Path) -> None:
    assert len(planned(str(folder), choice=Choice(end=date(2021, 5, 2)))) == 2


def test_a_large_file_is_read_in_stretches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The byte ranges of the partitions cover the file; a file that is a single gzip member is not divided."""
    path = next(folder.rglob("*.warc.gz"))
    monkeypatch.setattr(planning, "BYTE_RANGE", path.stat().st_size // 3)
    found = planned(str(path))
    assert len(found) == 3 and found[0]["start"] == 0 and found[-1]["end"] == path.stat().st_size
    assert all(a["end"] == b["start"] for a, b in pairwise(found))
    one = folder.parent / "one-member.warc.gz"
    one.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    monkeypatch.setattr(planning, "BYTE_RANGE", one.stat().st_size // 3)
    assert len(planned(str(one))) == 1


def test_wrong_inputs_are_named_with_what_would_be_right(folder: Path, tmp_path: Path) -> None:
    for given, why in (
        (str(tmp_path / "none.warc.gz"), "no such file"),
        (str(tmp_path), "contains no WARC file"),
        (f"{folder}/*.zip", "contains no WARC file"),
        (str(tmp_path / "none.paths"), "cannot be read as a list"),
    ):
        with pytest.raises(UsageError, match=why):
            planned(given)


def test_an_index_in_a_storage_without_its_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message about a missing driver of fsspec names the index and the driver."""
    pytest.importorskip("pyarrow")
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(UsageError, match=r"gs://bucket/index\.parquet: .*gcsfs"):
        next(planning.chosen_rows("gs://bucket/index.parquet", Choice()))


def test_an_index_names_the_ranges_of_chosen_rows(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are chosen by domain, language, date and status, and their byte ranges are grouped by file.

    A partition has at most RANGES byte ranges. An index without a necessary column is refused.
    """
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    rows = []
    for path in sorted(folder.rglob("*.warc.gz")):
        file = SourceFile(str(path), QUICK)
        for number, record in enumerate(records(file, 0, None)):
            assert not isinstance(record, str)
            rows.append(
                {
                    "url": record.target,
                    "url_host_registered_domain": f"example{number % 2}.cn",
                    "content_languages": ("zho", "zho,eng", "eng", None)[number % 4],
                    "fetch_time": datetime(2021, 5, 1 + number, 8, tzinfo=UTC),
                    "fetch_status": 404 if number == 11 else 200,
                    "warc_filename": path.relative_to(folder).as_posix(),
                    "warc_record_offset": record.offset,
                    "warc_record_length": record.length,
                }
            )
    index = tmp_path / "part-0.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), index)

    def numbers(**options: Any) -> list[int]:
        found = planned(str(index), choice=Choice(base=str(folder), **options))
        known = {(str(folder / row["warc_filename"]), row["warc_record_offset"]): n % 12 for n, row in enumerate(rows)}
        chosen = [known[item["file"], offset] for item in found for offset, _ in item["ranges"]]
        assert len(chosen) % 3 == 0
        return chosen[: len(chosen) // 3]

    assert numbers(language="") == [*range(11)]
    assert numbers() == [0, 1, 3, 4, 5, 7, 8, 9]
    assert numbers(domains=("example1.cn",)) == [1, 3, 5, 7, 9]
    assert numbers(language="", start=date(2021, 5, 4), end=date(2021, 5, 6)) == [3, 4, 5]
    monkeypatch.setattr(planning, "RANGES", 2)
    assert len(planned(str(index), choice=Choice(base=str(folder)))) == 12
    parquet.write_table(pa.table({"url": ["a"]}), index)
    with pytest.raises(UsageError, match="has no column warc_filename"):
        planned(str(index))
