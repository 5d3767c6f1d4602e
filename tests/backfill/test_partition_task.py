"""Tests of the task of one partition, run in this process: kept and dropped pages, counts and failures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.backfill import partition_task
from ingest.backfill.partition_task import JobSpec, PartitionResult, Runtime, in_domains, run_partition
from ingest.errors import ArchiveError, UsageError
from tests.support.archive_pages import BEGIN, feature_page, mixed, other_page, write_warc
from tests.support.backfills import HOSTILE, OPTIONS, location, spec
from tests.support.small_site import page

pytest.importorskip("fastwarc")


@pytest.fixture(scope="module")
def job() -> Iterator[Runtime]:
    """Yield an installed job, shared by the tests of this module."""
    digest = partition_task.install(spec())
    yield partition_task.runtime(digest)
    partition_task.uninstall()


def read(job: Runtime, path: Path, careful: bool = False, **options: Any) -> PartitionResult:
    """Return the result of the partition that consists of the file `path`; `options` replace values of OPTIONS."""
    return run_partition(job.spec.digest, location(path), dataclasses.replace(OPTIONS, **options), careful)


def test_features_are_kept_and_the_rest_is_counted(job: Runtime, tmp_path: Path) -> None:
    """Every feature is kept with the location of its record; pages without necessary words are dropped unparsed.

    A careful run, which also screens each record in another process, keeps the same articles.
    """
    path = write_warc(tmp_path / "a.warc.gz", mixed(40, 8))
    result = read(job, path)
    assert [kept.candidate.url for kept in result.kept] == [url for url, _ in mixed(40, 8)[7::8]]
    expected = {"records": 40, "dropped": 35, "passed": 5, "kept": 5}
    assert {name: result.counts[name] for name in expected} == expected and result.failures == []
    for kept in result.kept:
        assert kept.processed.verdict.ruling == "feature" and kept.processed.facts
        (capture,) = kept.captures
        assert capture.warc_file == str(path).lstrip("/") and capture.fetched_at == kept.processed.article.fetched_at
    careful = read(job, path, careful=True)
    assert [kept.processed for kept in careful.kept] == [kept.processed for kept in result.kept]
    assert careful.counts["dropped"] == 35


def test_pages_are_chosen_by_day_and_domain(job: Runtime, tmp_path: Path) -> None:
    rows = [(f"http://{host}/{n}.html", feature_page(n)) for n, host in enumerate(["a.cn", "www.b.cn", "bb.cn"])]
    path = write_warc(tmp_path / "a.warc.gz", rows)
    assert [kept.candidate.url for kept in read(job, path, domains=("b.cn",)).kept] == ["http://www.b.cn/1.html"]
    day = BEGIN.date()
    for options, count in (
        ({"start": day, "end": day}, 3),
        ({"start": day + timedelta(1)}, 0),
        ({"end": date(2020, 1, 1)}, 0),
    ):
        result = read(job, path, **options)
        assert (len(result.kept), result.counts["not-chosen"]) == (count, 3 - count), options
    assert in_domains("http://x.b.cn:80/", ("b.cn",)) and not in_domains("http://xb.cn/", ("b.cn",))


def test_the_newest_of_several_fetches_is_kept_in_any_order(job: Runtime, tmp_path: Path) -> None:
    """A URL with several records in a partition is returned once, with its newest capture."""
    rows = [("http://a.cn/1.html", feature_page(1)), ("http://a.cn/1.html", feature_page(2))]
    newest = read(job, write_warc(tmp_path / "a.warc.gz", rows))
    assert "第2盏" in newest.kept[0].processed.article.title and len(newest.kept) == 1
    path = write_warc(tmp_path / "b.warc.gz", rows[:1], begin=BEGIN + timedelta(days=1))
    path.write_bytes(path.read_bytes() + write_warc(tmp_path / "c.warc.gz", rows[1:]).read_bytes())
    older = read(job, path)
    assert "第1盏" in older.kept[0].processed.article.title and older.counts["older"] == 1


def test_an_article_of_two_pages_is_put_together(job: Runtime, tmp_path: Path) -> None:
    """The second page of an article is joined to the first; without the second page the article is incomplete."""
    first = page(
        "守着一湖水的派出所民警", feature_of(3, 0), more='<div class="page"><a href="/n/1_2.html">下一页</a></div>'
    )
    second = page("守着一湖水的派出所民警(2)", feature_of(3, 1))
    rows = [("http://a.cn/n/1_2.html", second), ("http://a.cn/n/1.html", first)]
    (kept,) = read(job, write_warc(tmp_path / "a.warc.gz", rows)).kept
    assert kept.candidate.url == "http://a.cn/n/1.html" and kept.complete and len(kept.captures) == 2
    assert [capture.kind for capture in kept.captures] == ["article", "further"]
    assert feature_of(3, 1).split("\n")[-1] in kept.processed.article.text
    (alone,) = read(job, write_warc(tmp_path / "b.warc.gz", rows[1:])).kept
    assert not alone.complete


def feature_of(number: int, half: int) -> str:
    """Return the first half of a feature, or the second if `half` is 1."""
    from tests.support.archive_pages import feature

    lines = feature(number).split("\n")
    return "\n".join(lines[: len(lines) // 2] if half == 0 else lines[len(lines) // 2 :])


@pytest.mark.parametrize("careful", [False, True])
def test_a_page_that_kills_its_worker_is_quarantined_by_name(job: Runtime, tmp_path: Path, careful: bool) -> None:
    """A page that kills its worker is reported with URL and location; the pages around it are kept."""
    rows = [
        ("http://a.cn/1.html", feature_page(1)),
        ("http://a.cn/bad.html", HOSTILE),
        ("http://a.cn/2.html", feature_page(2)),
    ]
    result = read(job, write_warc(tmp_path / "a.warc.gz", rows), careful)
    assert [kept.candidate.url for kept in result.kept] == ["http://a.cn/1.html", "http://a.cn/2.html"]
    assert result.counts["quarantined"] == 1
    (failure,) = result.failures
    assert "http://a.cn/bad.html" in failure and "a.warc.gz, byte" in failure and "killed its worker twice" in failure


def test_articles_that_are_not_features_are_kept_on_request(job: Runtime, tmp_path: Path) -> None:
    brief = "11月18日,临江县公安局派出所民警破获一起盗窃电动车案,抓获嫌疑人一名,追回被盗电动车三辆。" * 4
    path = write_warc(
        tmp_path / "a.warc.gz", [("http://a.cn/1.html", page("民警破案", brief)), ("http://a.cn/2.html", other_page(1))]
    )
    assert read(job, path).counts["not-feature"] == 1
    assert [kept.processed.verdict.ruling for kept in read(job, path, keep_all=True).kept] == ["brief"]


def test_pages_are_returned_to_be_copied(job: Runtime, tmp_path: Path) -> None:
    """With `copy`, or if the records of a file cannot be read one by one, the result contains the page itself."""
    import gzip

    path = write_warc(tmp_path / "a.warc.gz", mixed(4, 4))
    one = tmp_path / "one-member.warc.gz"
    one.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    for result in (read(job, path, copy=True), read(job, one)):
        (kept,) = result.kept
        assert kept.captures == () and kept.exchanges[0].body == feature_page(3)


def test_damage_and_missing_files(job: Runtime, tmp_path: Path) -> None:
    """Damage in a file is counted and reported, and the pages before it are kept; a missing file is an error."""
    path = write_warc(tmp_path / "a.warc.gz", mixed(40, 4))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    result = read(job, path)
    assert result.counts["damaged"] == 1 and "ends inside the record" in result.failures[-1] and len(result.kept) >= 5
    with pytest.raises(ArchiveError, match="no such file"):
        read(job, tmp_path / "none.warc.gz")


def test_another_version_is_refused() -> None:
    with pytest.raises(UsageError, match="install the same version"):
        partition_task.install(spec(program="suowen 0.0.1"))
    with pytest.raises(UsageError, match="did not get the configuration"):
        run_partition("0" * 16, {"file": "/none"}, OPTIONS)


def test_configuration_travels_with_the_job(tmp_path: Path) -> None:
    """Files of config/ are part of the job's digest; they are unpacked for the worker and deleted when the job ends."""
    files = {"config/topics/fire.yaml": b"name: fire"}
    made: JobSpec = spec(files=files)
    assert made.digest != spec().digest and made.digest != spec(files={"config/topics/fire.yaml": b"name: x"}).digest
    runtime = Runtime(made)
    try:
        assert runtime.home is not None
        assert (runtime.home / "config/topics/fire.yaml").read_bytes() == b"name: fire"
    finally:
        runtime.close()
    assert not runtime.home.exists()
