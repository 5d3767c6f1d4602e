"""Tests of backfills from object storage (moto on loopback): WARC files, a URL index, and a storage that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store import backfill_state, queries
from tests.support.archive_pages import mixed, write_warc
from tests.support.s3_server import BreakableProxy, s3_server

pytest.importorskip("distributed")
pytest.importorskip("fastwarc")
pytest.importorskip("s3fs")
pytest.importorskip("flask_cors", reason="needs moto[s3], flask and flask-cors")

from ingest.backfill.warc_source import RawRecord, SourceFile, records
from tests.support.backfills import OPTIONS, Silent, run_backfill, store_context

FILES = 3
FEATURES = sorted(url for url, _ in mixed(8 * FILES, 4)[3::4])


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakableProxy]:
    """Yield the proxy of a server with WARC files below s3://pages/crawl-data/a, each with 2 features among 8 pages."""
    import s3fs

    folder = tmp_path_factory.mktemp("warc")
    with s3_server("pages") as proxy:
        for number in range(FILES):
            path = write_warc(folder / f"{number}.warc.gz", mixed(8, 4, number * 8))
            s3fs.S3FileSystem().put_file(str(path), f"pages/crawl-data/a/{number}.warc.gz")
        yield proxy


@pytest.fixture(scope="module")
def client(storage: BreakableProxy) -> Iterator[Any]:
    """Yield the client of a cluster with one worker, which runs in this process."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as running,
    ):
        yield running


def stored(context: Any, folder: Path) -> list[str]:
    """Check that verify reports no problem, and return the URLs of the stored articles, sorted."""
    assert queries.verify(context.store, folder / "warc") == []
    return sorted(
        queries.show(context.store, number).revision.content.url
        for number in queries.article_ids(context.store, since=0)
    )


def test_files_of_a_bucket_are_read_and_linked(client: Any, tmp_path: Path) -> None:
    """The files that match a pattern are read, and their features are stored with links to the files."""
    with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        totals, summary = run_backfill(context, client, ["s3://pages/crawl-data/a/*.warc.gz"])
        assert totals.done == FILES and summary.outcomes == {"stored": 2 * FILES}
        assert stored(context, tmp_path) == FEATURES
        assert context.store.linked_files() == {f"crawl-data/a/{number}.warc.gz" for number in range(FILES)}


def test_an_index_in_the_bucket_names_the_ranges(client: Any, tmp_path: Path) -> None:
    """Only the byte ranges of index rows with Chinese pages are transferred, and only their features are stored."""
    arrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet
    import s3fs

    rows = []
    for number in range(FILES):
        name = f"crawl-data/a/{number}.warc.gz"
        for record in records(SourceFile(f"s3://pages/{name}", OPTIONS.retry_policy), 0, None):
            assert isinstance(record, RawRecord)
            rows.append(
                {
                    "url": record.target,
                    "url_host_registered_domain": "example.cn",
                    "content_languages": "zho" if record.target in FEATURES[:3] else "eng",
                    "fetch_time": datetime(2021, 5, 1, 8, tzinfo=UTC),
                    "fetch_status": 200,
                    "warc_filename": name,
                    "warc_record_offset": record.offset,
                    "warc_record_length": record.length,
                }
            )
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "part-0.parquet")
    s3fs.S3FileSystem().put_file(str(tmp_path / "part-0.parquet"), "pages/crawl-data/index/part-0.parquet")
    with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        totals, summary = run_backfill(context, client, ["s3://pages/crawl-data/index/part-0.parquet"])
        assert summary.outcomes == {"stored": 3} and totals.counts["records"] == 3
        assert totals.counts["transferred"] == sum(
            row["warc_record_length"] for row in rows if row["url"] in FEATURES[:3]
        )
        assert stored(context, tmp_path) == FEATURES[:3]


@pytest.mark.parametrize("silent", [False, True])
def test_a_storage_that_breaks_off_loses_nothing(
    client: Any, storage: BreakableProxy, tmp_path: Path, silent: bool
) -> None:
    """If the storage cuts its answers or hangs, partitions fail with an error that names the file.

    The next call completes them.
    """
    given = ["s3://pages/crawl-data/a/*.warc.gz"]
    with store_context(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as context:
        run_backfill(context, client, given, limit=1)
        storage.break_off(10_000, silent=silent, answers=True)
        try:
            totals, _ = run_backfill(context, client, given, Silent(), limit=2)
        finally:
            storage.restore()
        assert totals.failed >= 1 and "s3://pages/crawl-data/a/" in totals.problems[0][1]
        assert run_backfill(context, client, given)[0].done == totals.failed
        assert backfill_state.statuses(context.store)[0].states == {"done": FILES}
        assert stored(context, tmp_path) == FEATURES
