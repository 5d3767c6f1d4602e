"""Tests of store/export.py and export_delta.py: one state always exports the same bytes, and exports can be read."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import Store, StoreError, open_store
from store.export import csv_cell, export, misnamed, seed_texts
from store.export_delta import export_delta
from store.export_rows import article_rows
from store.queries import verify
from store.records import Match, Ruling, Verdict
from tests.support.store_samples import BRIEF, FEATURE, TEXT, article, batch_of, fact, later, put


@pytest.fixture
def filled(store: Store) -> Store:
    """Store two features, a repost of the first and a brief, then an edit that makes the first a brief."""
    with batch_of(store) as batch:
        put(batch, article(1), facts=(fact(),))
        put(batch, article(2, text=TEXT + "二", title="=HYPERLINK(1)"))
        put(batch, article(3), match=Match(1, 1, "repost", 1.0, ""))
        put(batch, article(4, text="短讯"), verdict=BRIEF)
    with batch_of(store, later(1)) as batch:
        edited = batch.article(article(1, text=TEXT + "改"), "example", None)
        batch.verdict(edited.revision, BRIEF)
    return store


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("fmt", ["seeds", "jsonl", "csv", "parquet"])
def test_same_state_exports_the_same_bytes(filled: Store, tmp_path: Path, fmt: str) -> None:
    """A past state exports the same bytes after later changes, also into the same folder twice."""
    for folder in ("a", "b", "a"):
        assert export(filled, tmp_path / folder, fmt, at=1) == (2 if fmt == "seeds" else 3)  # type: ignore[arg-type]
    with batch_of(filled, later(9)) as batch:
        put(batch, article(9))
    export(filled, tmp_path / "c", fmt, at=1)  # type: ignore[arg-type]
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b") == _bytes(tmp_path / "c")


def test_seed_names_and_texts(filled: Store, tmp_path: Path) -> None:
    """A seed file contains only the text; its name has a running number and the start of the text's SHA-256.

    Reposts and briefs are left out unless they are requested.
    """
    folder = tmp_path / "seeds"
    export(filled, folder, "seeds", at=1)
    digest = hashlib.sha256(TEXT.encode()).hexdigest()[:16]
    assert (folder / f"000_{digest}.txt").read_bytes() == TEXT.encode()
    assert [name[:4] for name in _bytes(folder)] == ["000_", "001_"]
    assert export(filled, tmp_path / "all", "seeds", at=1, ruling=None, copies=True) == 4


def test_seeds_of_another_export_are_not_mixed(filled: Store, tmp_path: Path) -> None:
    """A folder with the seeds of another export is refused and not changed."""
    folder = tmp_path / "seeds"
    export(filled, folder, "seeds", at=1)
    before = _bytes(folder)
    with pytest.raises(StoreError, match="2 seed files in it belong to another export"):
        export(filled, folder, "seeds")
    assert _bytes(folder) == before
    stray = folder / f"007_{'0' * 16}.txt"
    stray.touch()
    with pytest.raises(StoreError, match="1 seed files"):
        export(filled, folder, "seeds", at=1)
    stray.unlink()
    assert export(filled, folder, "seeds", at=1) == 2


@pytest.mark.parametrize("fmt", ["jsonl", "csv", "parquet"])
def test_private_persons_are_masked_in_facts(store: Store, tmp_path: Path, fmt: str) -> None:
    """A private person's name is masked in all facts of an article: as person, as holder and in quotes.

    The text of the row is masked too, unless the caller asks for unmasked rows.
    """
    text = "71岁的居民张建国说,民警李红帮过他。2023年张建国获“县好人”称号。"
    found = (
        fact("居民张建国", text, "person", name="张建国", roles=["居民"], role_class="citizen", private=True),
        fact("民警李红", text, "person", name="李红", roles=["民警"], role_class="police"),
        fact("2023年张建国获“县好人”称号", text, "honour", holder="张建国", title="县好人", date="2023"),
    )
    with batch_of(store) as batch:
        put(batch, article(1, text=text), facts=found)
    export(store, tmp_path, fmt)  # type: ignore[arg-type]
    if fmt == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        shown = str(parquet.read_table(tmp_path / "facts.parquet").to_pylist())
    else:
        data = (tmp_path / ("articles.jsonl" if fmt == "jsonl" else "facts.csv")).read_text(encoding="utf-8-sig")
        shown = str(json.loads(data)["facts"]) if fmt == "jsonl" else data
    assert "张建国" not in shown and "张某" in shown and "李红" in shown
    assert "张建国" not in str(next(article_rows(store, ruling="feature"))["text"])
    assert "张建国" in str(next(article_rows(store, ruling="feature", unmasked=True))["text"])


def test_increments(filled: Store, tmp_path: Path) -> None:
    """`since` exports later changes: new articles, edits, verdicts and fact runs, also if only one of these changed."""

    def ids(since: int) -> list[int]:
        return [row["id"] for row in article_rows(filled, ruling=None, since=since)]

    assert (ids(0), ids(1), ids(2)) == ([1, 2, 3, 4], [1], [])
    with batch_of(filled) as batch:
        batch.facts(2, [fact("民警35人", TEXT)])
    with batch_of(filled) as batch:
        batch.verdict(4, Verdict("other", 0.0, (), "police-station@2"))
    assert (ids(2), ids(3)) == ([2, 4], [4])
    with pytest.raises(StoreError, match="commits 1 to 4"):
        ids(5)


def test_increments_of_stories(filled: Store, tmp_path: Path) -> None:
    """An increment without reposts contains an article that became the representative of its story after `since`.

    The article itself need not have changed. The former representative is left out.
    """

    def ids(since: int, ruling: Ruling | None = "feature") -> list[int]:
        return [row["id"] for row in article_rows(filled, ruling=ruling, since=since, copies=False)]

    assert (ids(0), ids(1), ids(2)) == ([2, 3], [3], [])
    with batch_of(filled) as batch:
        batch.facts(2, [fact("民警35人", TEXT)])
    assert (ids(1), ids(2), ids(2, None)) == ([2, 3], [2], [2])
    with batch_of(filled) as batch:
        batch.verdict(5, FEATURE)
    assert (ids(3), ids(2), ids(1)) == ([1], [1, 2], [1, 2])
    with batch_of(filled) as batch:
        alone = batch.article(article(9, text="无人转载。"), "example", None)
        batch.verdict(alone.revision, FEATURE)
    assert (ids(4), ids(0)) == ([5], [1, 2, 5]), "one that is in no story stands for itself"


def test_csv_cells_are_not_formulas(filled: Store, tmp_path: Path) -> None:
    """A cell that a spreadsheet would execute gets a leading apostrophe; other cells are exported as stored."""
    export(filled, tmp_path, "csv", ruling=None)
    with (tmp_path / "articles.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"][:11] for row in rows[:2]] == ["井口派出所的一天(1)"[:11], "'=HYPERLINK"]
    assert rows[1]["text"] == TEXT + "二"
    assert all(not cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values())


@pytest.mark.parametrize(
    "hidden", ["", " ", "\u3000", "\xa0", "\u2003", "\u200b", "\u2060", "\xad", "\u202e", " \u200b "]
)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢"])
def test_invisible_characters_hide_no_formula(hidden: str, sign: str) -> None:
    """A formula is recognised after invisible characters and with a full-width sign; other text is unchanged."""
    assert csv_cell(f"{hidden}{sign}HYPERLINK(1)") == f"'{hidden}{sign}HYPERLINK(1)"
    assert (
        csv_cell([f"{hidden}{sign}1"]) == f"'{hidden}{sign}1" and csv_cell(f"{hidden}派{sign}") == f"{hidden}派{sign}"
    )
    assert csv_cell(hidden) == hidden and csv_cell(-1) == -1 and csv_cell(None) is None


def test_jsonl_has_facts_with_their_quotes(filled: Store, tmp_path: Path) -> None:
    """Each line is one article with its facts, and the offsets of a fact are those of its quote in the text."""
    export(filled, tmp_path, "jsonl", at=1)
    rows = [json.loads(line) for line in (tmp_path / "articles.jsonl").read_text().splitlines()]
    (found,) = rows[0]["facts"]
    assert rows[0]["text"][found["start"] : found["end"]] == found["quote"] == "民警35人"


def test_parquet_round_trip(filled: Store, tmp_path: Path) -> None:
    """pyarrow reads numbers, texts and nested values back from the exported Parquet files."""
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra pyarrow")
    export(filled, tmp_path, "parquet", ruling=None, at=1)
    rows = pq.read_table(tmp_path / "articles.parquet").to_pylist()
    assert (rows[0]["id"], rows[0]["text"], len(rows)) == (1, TEXT, 4)
    assert rows[0]["authors"] == [{"role": "记者", "name": "李明"}]
    assert pq.read_table(tmp_path / "facts.parquet").to_pylist()[0]["quote"] == "民警35人"


def test_delta_versions_are_commits(filled: Store, tmp_path: Path) -> None:
    """Version N of the Delta table is the history up to Commit N; a second export adds only the later Commits."""
    deltalake = pytest.importorskip("deltalake", reason="needs the extra deltalake")
    folder = tmp_path / "delta"
    assert export_delta(filled, folder) == (0, 2)
    with batch_of(filled, later(2)) as batch:
        put(batch, article(9))
    assert export_delta(filled, folder) == (2, 3)
    assert export_delta(filled, folder) == (3, 3)
    counts = [deltalake.DeltaTable(folder, version=version).to_pyarrow_table().num_rows for version in range(4)]
    assert counts == [0, 4, 5, 6]
    newest = deltalake.DeltaTable(folder).to_pyarrow_table().to_pylist()
    assert max((row["commit"], row["text"]) for row in newest if row["id"] == 1) == (2, TEXT + "改")


def test_delta_statistics_hold_no_text(lite: Store, tmp_path: Path) -> None:
    """The files and the log of a Delta table do not repeat a text as the minimum or maximum of its column."""
    pytest.importorskip("deltalake", reason="needs the extra deltalake")
    text = "".join(chr(0x4E00 + byte) for byte in os.urandom(50_000))
    with batch_of(lite) as batch:
        put(batch, article(1, text=text))
    export_delta(lite, tmp_path / "delta")
    assert sum(path.stat().st_size for path in (tmp_path / "delta").rglob("*") if path.is_file()) < len(text.encode())


def test_delta_up_to_a_commit(filled: Store, tmp_path: Path) -> None:
    """The Delta table can be written up to any Commit and continued later, but not to an older or a missing Commit."""
    deltalake = pytest.importorskip("deltalake", reason="needs the extra deltalake")
    assert export_delta(filled, tmp_path / "delta", at=1) == (0, 1)
    assert deltalake.DeltaTable(tmp_path / "delta").version() == 1
    assert export_delta(filled, tmp_path / "delta") == (1, 2)
    with pytest.raises(StoreError, match="at commit 2, the requested state at 1"):
        export_delta(filled, tmp_path / "delta", at=1)
    with pytest.raises(StoreError, match="has commits 1 to 2"):
        export_delta(filled, tmp_path / "delta", at=3)


def test_delta_table_of_increments(filled: Store, tmp_path: Path) -> None:
    """A Delta table that starts after the Commit `since` has a version for each later Commit, with the Commit's number.

    It has no versions for earlier Commits. It can be continued with the same `since` or without `since`; another
    `since` is refused.
    """
    deltalake = pytest.importorskip("deltalake", reason="needs the extra deltalake")
    folder = tmp_path / "delta"
    for number in (7, 8, 9):
        with batch_of(filled, later(number)) as batch:
            put(batch, article(number, text=f"第{number}篇。"))
    assert export_delta(filled, folder, since=2, at=2) == (2, 2)
    assert deltalake.DeltaTable(folder).to_pyarrow_table().num_rows == 0
    assert export_delta(filled, folder, since=2, at=4) == (2, 4)
    assert export_delta(filled, folder) == (4, 5)
    rows = {
        version: deltalake.DeltaTable(folder, version=version).to_pyarrow_table().to_pylist()
        for version in (2, 3, 4, 5)
    }
    assert {version: sorted((row["id"], row["commit"]) for row in found) for version, found in rows.items()} == {
        2: [],
        3: [(5, 3)],
        4: [(5, 3), (6, 4)],
        5: [(5, 3), (6, 4), (7, 5)],
    }
    assert [(version["version"], version["suowen.commit"]) for version in deltalake.DeltaTable(folder).history()] == [
        (5, "5"),
        (4, "4"),
        (3, "3"),
        (2, "2"),
    ]
    with pytest.raises(Exception, match="No files in log segment"):
        deltalake.DeltaTable(folder, version=1)
    whole = tmp_path / "whole"
    export_delta(filled, whole)
    newer = [row for row in deltalake.DeltaTable(whole).to_pyarrow_table().to_pylist() if row["commit"] > 2]
    assert sorted(newer, key=lambda row: int(row["id"])) == sorted(rows[5], key=lambda row: int(row["id"]))
    for other, since in ((folder, 3), (whole, 2)):
        with pytest.raises(StoreError, match=f"begins after commit {2 if other == folder else 0}, not {since}"):
            export_delta(filled, other, since=since)
    for since, at in ((9, None), (4, 3)):
        with pytest.raises(StoreError, match=r"commits 1 to 5|is at commit 4, the requested state at 3"):
            export_delta(filled, tmp_path / "new", since=since, at=at)


def test_delta_of_a_damaged_store(lite: Store, tmp_path: Path) -> None:
    """An unreadable row is reported and its Commit is not exported; after a repair the export continues."""
    deltalake = pytest.importorskip("deltalake", reason="needs the extra deltalake")
    for number in (1, 2):
        with batch_of(lite, later(number)) as batch:
            put(batch, article(number, text=f"第{number}篇。"))

    def turn(origins: str) -> None:
        with sqlite3.connect(str(lite.database.path)) as raw:
            for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {name}")
            raw.execute("UPDATE revisions SET origins = ? WHERE id = 2", (origins,))

    turn("{")
    with pytest.raises(StoreError, match="reading revision 2"):
        export_delta(lite, tmp_path / "delta")
    assert deltalake.DeltaTable(tmp_path / "delta").version() == 1
    turn('{"title": "rule"}')
    assert export_delta(lite, tmp_path / "delta") == (1, 2)
    assert deltalake.DeltaTable(tmp_path / "delta").to_pyarrow_table().num_rows == 2


def test_concurrent_delta_exports(filled: Store, tmp_path: Path) -> None:
    """Of four concurrent exports one writes all Commits; each other one is refused or finds no new Commit.

    No row is in the table twice.
    """
    deltalake = pytest.importorskip("deltalake", reason="needs the extra deltalake")

    def attempt(_: int) -> str:
        try:
            return str(export_delta(filled, tmp_path / "delta"))
        except StoreError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(attempt, range(4)))
    assert "(0, 2)" in results
    assert all(result in ("(0, 2)", "(2, 2)") or "another export is writing" in result for result in results)
    table = deltalake.DeltaTable(tmp_path / "delta")
    assert (table.version(), table.to_pyarrow_table().num_rows) == (2, 5)


def test_delta_of_another_store_is_refused(filled: Store, tmp_path: Path) -> None:
    """A Delta table of another store's history, or a folder that is not a Delta table, is refused."""
    pytest.importorskip("deltalake", reason="needs the extra deltalake")
    with open_store(f"sqlite:///{tmp_path}/other.db") as other:
        with batch_of(other) as batch:
            put(batch, article(7))
        export_delta(other, tmp_path / "delta")
    with pytest.raises(StoreError, match="another history"):
        export_delta(filled, tmp_path / "delta")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").touch()
    with pytest.raises(StoreError, match="not a Delta table"):
        export_delta(filled, tmp_path / "full")


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).filter(lambda t: bool(t.strip()))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_texts, min_size=1, max_size=5, unique=True))
def test_seeds_round_trip(texts: list[str], tmp_path: Path) -> None:
    """For any texts, the files exported after an import are the same as those imported."""
    base = tmp_path / hashlib.sha256(repr(texts).encode()).hexdigest()
    base.mkdir(exist_ok=True)
    for given_texts, name in ((texts, "one"), (None, "two")):
        (base / f"{name}.db").unlink(missing_ok=True)
        with open_store(f"sqlite:///{base}/{name}.db") as store:
            with batch_of(store) as batch:
                for number, text in enumerate(given_texts or [text for _, text in seed_texts(base / "one")]):
                    put(batch, article(number, text=text))
            export(store, base / name, "seeds")
            assert verify(store) == []
    assert _bytes(base / "one") == _bytes(base / "two")


def test_changed_seed_is_reported(filled: Store, tmp_path: Path) -> None:
    """A seed file whose text does not match its name is read and reported; one that is not UTF-8 is refused."""
    folder = tmp_path / "seeds"
    export(filled, folder, "seeds", at=1)
    changed = min(folder.iterdir())
    assert not any(misnamed(name, text) for name, text in seed_texts(folder))
    changed.write_text(TEXT + "!")
    assert [name for name, text in seed_texts(folder) if misnamed(name, text)] == [changed.name]
    changed.write_bytes("井口".encode("gb18030"))
    with pytest.raises(StoreError, match=f"{changed.name}: it is not UTF-8"):
        list(seed_texts(folder))


def test_file_in_place_of_the_folder_is_reported(filled: Store, tmp_path: Path) -> None:
    """An export is refused with a message if the path is a file, not a folder."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="name a folder"):
        export(filled, tmp_path / "file", "jsonl")
