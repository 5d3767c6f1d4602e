"""Tests of the commands sources, list, run, init and export: due times, days of the zone, widths of tables, errors."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest.cli.console import dated, local, print_json, print_table, to_json
from ingest.cli.export import _check_export
from ingest.cli.run import warn_without_contact
from ingest.config.data_files import data_file
from ingest.config.load import load
from ingest.errors import UsageError
from store import export_duckdb, export_fact_table, open_store
from tests.support.command import run_text

NOWHERE = """sources:
  - {name: nowhere, home: https://nowhere.invalid/, delay: 0, list: [{feed: https://nowhere.invalid/rss.xml}]}
"""


def suowen(*arguments: object, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    done = run_text(*arguments, cwd=cwd, env=os.environ | environ)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Path:
    """Return a demo folder whose source has run."""
    return demo_home


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """Create a folder with one source, whose address does not exist."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text(NOWHERE, encoding="utf-8")
    (tmp_path / "config" / "settings.yaml").write_text("fetch: {retries: 0, deadline: 5}\n", encoding="utf-8")
    return tmp_path


def due(home: Path, moment: datetime) -> None:
    """Store `moment` as the due time of the demo source."""
    with open_store(load(home, {}).store_url()) as store:
        store.set_next_due("demo", moment)


def test_next_run_is_the_stored_time(demo: Path) -> None:
    """`sources` prints the stored due time, and "due now" once it has passed."""
    moment = datetime.now(UTC) + timedelta(hours=3, minutes=7)
    due(demo, moment)
    (row,) = json.loads(suowen("sources", "--json", "--home", demo).stdout)
    assert row["next run"] == local(moment, "Asia/Shanghai")
    due(demo, moment - timedelta(hours=4))
    (row,) = json.loads(suowen("sources", "--json", "--home", demo).stdout)
    assert row["next run"] == "due now"


def test_run_with_nothing_due_as_json(demo: Path) -> None:
    """If no source is due, the JSON output has the keys of a run, without values, and the reason."""
    due(demo, datetime.now(UTC) + timedelta(hours=1))
    printed = json.loads(suowen("run", "--json", "--home", demo).stdout)
    assert printed["run"] is None and printed["outcomes"] == {} and "nothing is due" in printed["nothing_due"]


def test_since_is_a_day_of_the_zone(demo: Path) -> None:
    """An article stored now is listed for today, not for tomorrow, in the easternmost and the westernmost zone.

    At any hour the UTC day would be wrong in one of the two zones.
    """
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        today = datetime.now(ZoneInfo(zone)).date()
        for day, some in ((today, True), (today + timedelta(days=1), False)):
            listed = suowen("list", "--json", "--since", day, "--home", demo, SUOWEN_ZONE=zone)
            assert bool(json.loads(listed.stdout)) is some, (zone, day)


def test_published_is_formatted_like_other_times(demo: Path) -> None:
    """The table of `list` has no raw ISO time; in a pipe each row is one line."""
    shown = suowen("list", "--home", demo).stdout
    rows = json.loads(suowen("list", "--json", "--home", demo).stdout)
    assert rows and not re.search(r"\d{4}-\d\d-\d\dT\d", shown)
    assert all(any(row["title"] in line and str(row["id"]) in line for line in shown.splitlines()) for row in rows)


def test_dates_keep_their_precision() -> None:
    """A date without a time is printed as such; a time is printed in the zone to the minute.

    Other text is unchanged.
    """
    assert dated("2026-11-20", "UTC") == "2026-11-20" and dated(None, "UTC") == ""
    assert dated("2026-11-20T23:30:12+08:00", "UTC") == "2026-11-20 15:30"
    assert (
        dated("2026-11-20T23:30:12", "UTC") == "2026-11-20 23:30" and dated("sometime soon", "UTC") == "sometime soon"
    )


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_narrow_table_breaks_no_name(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any width, names and days are not broken; from a width of 80 on, no line is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", str(width))
    names = ["legaldaily-epaper", "people-legal", "派出所特写网"]
    print_table(
        ("name", "next run", "checked", "new (7 days)", "health"),
        [
            (name, "2026-11-21 08:00", "2026-11-20", 12, "failing (3x): 连不上服务器, " + "a long reason " * 4)
            for name in names
        ],
    )
    out = capsys.readouterr().out
    assert all(name in out for name in names) and out.count("2026-11-20") == 3 and out.count("2026-11-21") == 3
    if width >= 80:
        assert max(map(len, out.splitlines())) <= width


@pytest.mark.parametrize("width", ["30", "60", "80", None])
def test_long_table_is_one_table(
    width: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table rendered a few rows at a time has the same bytes as one rendered at once."""

    def printed(rows: int) -> str:
        print_table(
            ("id", "source", "title"),
            ([number, "法治日报", "派出所的一天 " * (number % 7)] for number in range(rows)),
            title="articles",
        )
        return capsys.readouterr().out

    if width:
        monkeypatch.setenv("COLUMNS", width)
    whole = [printed(rows) for rows in range(12)]
    monkeypatch.setattr("ingest.cli.console._ROWS", 3)
    monkeypatch.setattr("ingest.cli.console._IN_MEMORY", 1)
    assert [printed(rows) for rows in range(12)] == whole and "".join(whole).count("派出所的一天") > 99


def test_json_is_streamed(capsys: pytest.CaptureFixture[str]) -> None:
    """An iterator is printed as a list, at the top level or in a field; items before an error are printed."""
    rows = [{"title": "井口"}, {"at": datetime(2026, 1, 1, tzinfo=UTC)}]
    for value, streamed in (
        (rows, iter(rows)),
        ([], iter(())),
        ({"a": 1, "b": rows, "c": []},) * 2,
        ({"a": rows, "b": [], "c": "x"}, {"a": iter(rows), "b": iter(()), "c": "x"}),
    ):
        print_json(streamed)
        assert capsys.readouterr().out == to_json(value) + "\n"
    print_json(_Streamed(7, iter(rows)))
    assert json.loads(capsys.readouterr().out)["rows"][0] == rows[0]

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        print_json(broken())
    assert capsys.readouterr().out == "[1"


@dataclass
class _Streamed:
    number: int
    rows: Iterator[dict[str, Any]]


@pytest.mark.parametrize(
    "arguments", [("init", "afile"), ("demo", "afile"), ("init", "afile/deeper"), ("init", "/proc/x")]
)
def test_error_of_the_system_is_one_sentence(arguments: tuple[str, str], tmp_path: Path) -> None:
    """A file in place of a folder and a folder that cannot be created are reported in one sentence (exit code 2)."""
    (tmp_path / "afile").write_text("x", encoding="utf-8")
    done = suowen(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and "cannot become a working folder" in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1 and arguments[1] in done.stderr


def test_empty_contact_is_reported(nowhere: Path) -> None:
    """With an empty contact, `init` names the key to set, and `run` warns once before it visits a site."""
    done = suowen("init", nowhere / "new")
    assert "fetch.contact" in done.stdout.splitlines()[-1]
    done = suowen("run", "--home", nowhere)
    assert done.stderr.count("fetch.contact is empty") == 1


def test_no_warning_with_a_contact(nowhere: Path, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No warning is printed if a contact is set, or if only loopback addresses are visited."""
    config = load(nowhere, {"SUOWEN_FETCH__CONTACT": "a@example.org"})
    warn_without_contact(config, config.sources)
    warn_without_contact(load(nowhere, {}), load(demo, {}).sources)
    assert capsys.readouterr().err == ""
    warn_without_contact(load(nowhere, {}), load(nowhere, {}).sources)
    assert "fetch.contact" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "key"), [("topics/genre.yaml", "scene:"), ("extract/sites.yaml", "hosts:")])
def test_wrong_word_files_are_reported_before_anything_is_fetched(nowhere: Path, name: str, key: str) -> None:
    """A file of words or rules with a wrong key stops `run` before it creates a store or an archive."""
    path = nowhere / "config" / name
    path.parent.mkdir()
    path.write_text(re.sub(rf"(?m)^(\W*){key}", rf"\1x{key}", data_file(name).decode(), count=1), encoding="utf-8")
    done = suowen("run", "--home", nowhere)
    assert done.returncode == 2 and f"config/{name}" in done.stderr
    assert not (nowhere / "data").exists()


def test_failing_listing_is_reported_once(nowhere: Path) -> None:
    """If a listing fails, `run` prints one line, which names the source.

    `check` then reports that no article was listed.
    """
    ran = suowen("run", "nowhere", "--home", nowhere)
    assert ran.returncode == 3
    assert [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("! ")] == ["nowhere:"]
    checked = suowen("check", "nowhere", "--home", nowhere)
    assert checked.returncode == 3 and "nowhere: 0 articles listed, a run would fetch 0" in checked.stdout


def test_folder_without_sources(nowhere: Path) -> None:
    """If no source is configured, `sources` prints a message instead of an empty table."""
    (nowhere / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    assert "no source is configured: write one into" in suowen("sources", "--home", nowhere).stdout


def test_facts_of_the_demo_open_in_pandas_and_duckdb(demo: Path, tmp_path: Path) -> None:
    """pandas and DuckDB read the demo's table of facts directly; each quote is in the text of its article."""
    pandas, duckdb = pytest.importorskip("pandas"), pytest.importorskip("duckdb")
    done = suowen("export", tmp_path, "--table", "facts", "--format", "csv", "--home", demo)
    assert done.returncode == 0 and re.fullmatch(r"\d{3} facts at commit 2 written to .*facts.csv\n", done.stdout)
    with open_store(load(demo, {}).store_url(), create=False) as store:
        export_fact_table.export_facts(store, tmp_path, "xlsx")
        export_fact_table.export_facts(store, tmp_path, "parquet")
        export_duckdb.export_duckdb(store, tmp_path)
    frames = [
        pandas.read_csv(tmp_path / "facts.csv"),
        pandas.read_excel(tmp_path / "facts.xlsx"),
        pandas.read_parquet(tmp_path / "facts.parquet"),
    ]
    for frame in frames:
        force = frame[(frame["kind"] == "force") & (frame["station"] == "雷锋派出所")]
        assert force.set_index("category")["value"].to_dict() == {
            "民警": 19,
            "辅警": 14,
            "巡防队员": 47,
            "人口协管员": 30,
        }
        assert len(frame) == len(frames[0]) > 400 and frame["commit"].unique().tolist() == [2]
    with duckdb.connect(str(tmp_path / "suowen.duckdb"), read_only=True) as db:
        count, wrong = db.execute(
            'SELECT count(*), count(*) FILTER (substring(text, start + 1, "end" - start) <> quote) '
            "FROM facts JOIN articles ON id = article"
        ).fetchone()
        assert (count, wrong) == (len(frames[0]), 0)
        parquet = db.execute(f"SELECT count(*) FROM '{tmp_path}/facts.parquet' WHERE kind = 'force'").fetchone()
        assert parquet == (int((frames[0]["kind"] == "force").sum()),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--format", "xlsx"), "goes with --table facts"),
        (("--table", "facts"), "goes with --format csv, xlsx or parquet, not seeds"),
        (("--table", "facts", "--format", "duckdb"), "not duckdb"),
        (("--format", "delta", "--ruling", "brief"), "takes no --ruling"),
    ],
)
def test_export_options_that_contradict(options: tuple[str, ...], message: str) -> None:
    """Contradicting options of `export` are refused."""
    given = dict(zip(options[::2], options[1::2], strict=True))
    with pytest.raises(UsageError, match=message):
        _check_export(given.get("--format", "seeds"), given.get("--table"), given.get("--ruling", "feature"))
