"""Tests of the table of facts and of the exports that contain it: CSV, XLSX, Parquet and DuckDB."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from store import Store, StoreError, open_store
from store import export_fact_table as tables
from store.export_duckdb import TABLES, export_duckdb
from store.export_fact_table import export_facts
from store.fact_export_rows import ABOUT, COLUMNS, columns_of, fact_rows, flat
from store.fact_kinds import KINDS
from store.records import Correction, Credit
from tests.support.store_samples import BRIEF, T0, article, batch_of, capture, fact, later, put

TEXT = "渝中区公安分局井口派出所有民警35人。71岁的居民张建国说,去年刑事警情下降45.3%。张建国获“县好人”称号。"
FACTS = (
    fact("井口派出所", TEXT, "station", name="井口派出所", city="重庆市", district="渝中区", main=True),
    fact("民警35人", TEXT, "force", station="井口派出所", category="民警", value=35, approx="exact"),
    fact("居民张建国", TEXT, "person", name="张建国", roles=["居民"], role_class="citizen", private=True),
    fact(
        "刑事警情下降45.3%",
        TEXT,
        "statistic",
        metric="刑事警情",
        value=None,
        change={"direction": "down", "percent": 45.3},
        period="去年",
    ),
    fact("张建国获“县好人”称号", TEXT, "honour", holder="张建国", title="=县好人", date="2023"),
)
LISTED = [
    "station",
    "province",
    "city",
    "district",
    "kind",
    "category",
    "value",
    "unit",
    "approx",
    "date",
    "period",
    "article",
    "title",
    "source",
    "url",
    "quote",
    "start",
    "end",
    "rule",
    "commit",
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Any:
    """Yield a store with a feature (private person, correction), a brief, and a later edit."""
    path = tmp_path_factory.mktemp("facts") / "suowen.db"
    path.write_bytes(empty_file.read_bytes())
    with open_store(f"sqlite:///{path}") as store:
        with batch_of(store) as batch:
            put(batch, article(1, text=TEXT), number=1, facts=FACTS)
            put(batch, article(2, text="短讯" * 9, authors=(Credit("记者", "李明"),)), verdict=BRIEF)
            batch.correct_fact(Correction(1, "force", "民警35人", "民警", "confirm", "老王", T0))
        with batch_of(store, later(1)) as batch:
            put(batch, article(1, text=TEXT + "改"), facts=FACTS)
        yield store


def _csv(folder: Path) -> list[dict[str, str]]:
    with (folder / "facts.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_columns_and_values(filled: Store, tmp_path: Path) -> None:
    """The first columns are the documented ones; each fact fills the columns of its kind.

    A fact has the place of its station.
    """
    assert export_facts(filled, tmp_path, "csv") == (5, 2)
    rows = _csv(tmp_path)
    assert list(rows[0])[: len(LISTED)] == LISTED
    by_kind = {row["kind"]: row for row in rows}
    force = by_kind["force"]
    assert [force[name] for name in LISTED[:9]] == [
        "井口派出所", "", "重庆市", "渝中区", "force", "民警", "35", "人", "exact",
    ]  # fmt: skip
    assert force["judged"] == "confirmed by 老王" and force["commit"] == "2" and force["position"] == "1"
    statistic = by_kind["statistic"]
    assert statistic["station"] == "井口派出所", "a figure without a station is the main station's"
    assert (statistic["category"], statistic["value"], statistic["period"]) == ("刑事警情", "", "去年")
    assert (statistic["change_direction"], statistic["change_percent"]) == ("down", "45.3")
    assert by_kind["honour"]["station"] == "" and by_kind["honour"]["category"] == "'=县好人"
    assert by_kind["person"]["category"] == "张某" and by_kind["person"]["private"] == "true"


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "parquet"])
def test_same_state_gives_the_same_bytes(filled: Store, tmp_path: Path, fmt: Any) -> None:
    """Two exports of one state write the same bytes; datapackage.json names the state and all columns."""
    for folder in ("a", "b"):
        assert export_facts(filled, tmp_path / folder, fmt, at=1) == (5, 1)
    for name in (f"facts.{fmt}", "datapackage.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    described = json.loads((tmp_path / "a" / "datapackage.json").read_text(encoding="utf-8"))
    assert described["version"] == "1" and "commit 1 of 2026-03-01 08:00 UTC" in described["citation"]
    assert [field["name"] for field in described["resources"][0]["schema"]["fields"]] == [
        column.name for column in COLUMNS
    ]


def test_quotes_stand_at_their_offsets(filled: Store) -> None:
    """Masked quotes are at their offsets in the masked text, unmasked quotes at theirs in the unmasked text."""
    from store.export_rows import article_rows

    for unmasked in (False, True):
        (shown,) = article_rows(filled, ruling="feature", unmasked=unmasked)
        rows = list(flat(fact_rows(filled, ruling="feature", unmasked=unmasked)))
        assert rows and all(shown["text"][row["start"] : row["end"]] == row["quote"] for row in rows)
        assert ("张建国" in str(rows)) is unmasked


def test_increments_and_rulings(filled: Store) -> None:
    """`since` and `ruling` select the articles whose facts are exported."""
    assert [row["article"] for row in flat(fact_rows(filled, ruling=None, since=2))] == []
    assert {row["article"] for row in flat(fact_rows(filled, ruling=None, since=1))} == {1}
    assert list(flat(fact_rows(filled, ruling="brief"))) == []


def test_xlsx_in_pandas_and_over_several_sheets(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first sheet contains the facts, with numbers as numbers and without formulas.

    Facts beyond the maximum of a sheet are on the next sheet.
    """
    pandas = pytest.importorskip("pandas")
    export_facts(filled, tmp_path, "xlsx")
    frame = pandas.read_excel(tmp_path / "facts.xlsx")
    assert list(frame.columns) == [column.name for column in COLUMNS] and len(frame) == 5
    assert frame["value"].sum() == 35 and frame["change_percent"].sum() == 45.3
    assert frame.loc[frame["kind"] == "honour", "category"].item() == "=县好人"
    about = pandas.read_excel(tmp_path / "facts.xlsx", sheet_name="about", header=None)
    assert "commit 2 of" in about.iloc[0, 2] and "民警" in about.iloc[:, 2].str.cat(na_rep="")
    monkeypatch.setattr(tables, "SHEET_ROWS", 3)
    export_facts(filled, tmp_path, "xlsx")
    sheets = pandas.read_excel(tmp_path / "facts.xlsx", sheet_name=None)
    assert [len(sheets[name]) for name in ("facts", "facts 2", "facts 3")] == [2, 2, 1]


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "parquet"])
def test_empty_store(lite: Store, tmp_path: Path, fmt: Any) -> None:
    """A store without articles is exported as a table with only its heading."""
    assert export_facts(lite, tmp_path, fmt) == (0, 0)
    assert (tmp_path / f"facts.{fmt}").stat().st_size and "empty store" in (tmp_path / "datapackage.json").read_text()


def test_duckdb_has_all_tables(filled: Store, tmp_path: Path) -> None:
    """Each table has the expected number of rows, values are numbers, and the table `about` states the Commit.

    Private names are masked except in an unmasked export.
    """
    duckdb = pytest.importorskip("duckdb")
    assert export_duckdb(filled, tmp_path, ruling=None) == (2, 2)
    with duckdb.connect(str(tmp_path / "suowen.duckdb"), read_only=True) as db:
        counts = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in TABLES}
        assert counts == {
            "articles": 2, "facts": 5, "reasons": 3 - 1, "revisions": 3, "stories": 2, "corrections": 1, "captures": 1,
            "stations": 1, "changes": 0, "commits": 2, "columns": len(COLUMNS), "about": 1,
        }  # fmt: skip
        assert db.execute("SELECT sum(value) FROM facts WHERE kind = 'force'").fetchone() == (35.0,)
        assert db.execute("SELECT citation FROM about").fetchone()[0].startswith("Suowen store, commit 2 of")
        everything = str([db.execute(f'SELECT * FROM "{name}"').fetchall() for name in TABLES])
    assert "张建国" not in everything and "张某" in everything and "老王" in everything
    export_duckdb(filled, tmp_path, unmasked=True, at=1)
    with duckdb.connect(str(tmp_path / "suowen.duckdb"), read_only=True) as db:
        assert "张建国" in str(db.execute("SELECT text FROM revisions").fetchall())
        assert db.execute("SELECT max(number) FROM commits").fetchone() == (1,)


def test_captures_of_later_commits_are_not_in_an_earlier_state(sqlite_url: str, tmp_path: Path) -> None:
    """A capture that was stored after Commit 1 is in an export of the newest state only."""
    duckdb = pytest.importorskip("duckdb")
    with open_store(sqlite_url) as store:
        with batch_of(store) as batch:
            put(batch, article(1), number=1)
        with batch_of(store, later(1)) as batch:
            batch.capture(capture(2, url=article(1).url))
            put(batch, article(2))
        for at, expected in ((1, 1), (None, 2)):
            export_duckdb(store, tmp_path / str(at), at=at, ruling=None)
            with duckdb.connect(str(tmp_path / str(at) / "suowen.duckdb"), read_only=True) as db:
                assert db.execute("SELECT count(*) FROM captures WHERE article = 1").fetchone() == (expected,)


def test_unwritable_folder_and_missing_library(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error about a path that is a file, or about a missing library, says what to do."""
    (tmp_path / "file").touch()
    for write in (
        lambda: export_facts(filled, tmp_path / "file", "csv"),
        lambda: export_duckdb(filled, tmp_path / "file"),
    ):
        with pytest.raises(StoreError, match="name a folder that can be written"):
            write()
    with pytest.raises(StoreError, match=r"nothing_of_this_name is not installed; pip install 'suowen\[xlsx\]'"):
        tables.library("nothing_of_this_name", "xlsx")


def test_every_field_has_a_described_column() -> None:
    """Each field of every kind has a column, and each column has a description."""
    names = {column.name for column in COLUMNS}
    assert len(names) == len(COLUMNS) and all(column.about for column in COLUMNS)
    for kind in KINDS.values():
        assert set(columns_of(kind.name).values()) <= names
        assert {field.name for field in kind.fields} == {key.partition(".")[0] for key in columns_of(kind.name)}
    assert set(ABOUT) <= names
