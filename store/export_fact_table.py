"""Export the table of facts as CSV, XLSX or Parquet, with a description that names the state to cite.

`datapackage.json` beside the table follows the Data Package standard (https://datapackage.org): columns with types and
meanings, and the Commit. Exports of the same state have the same bytes.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from store import queries
from store.errors import StoreError
from store.export import csv_cell, placed
from store.fact_export_rows import COLUMNS, Column, fact_rows, flat
from store.progress_callback import Progress, ignore_progress
from store.records import Commit, Ruling
from store.sql_parameters import batched
from store.store import Store

TableFormat = Literal["csv", "xlsx", "parquet"]
Rows = Iterator[dict[str, Any]]
#: rows of a Parquet row group; 50,000 articles with 2 facts each took the same memory with 1,000 and with 10,000 rows
GROUP = 5_000
#: limits of a spreadsheet (Microsoft, "Excel specifications and limits"): rows of a sheet, characters of a cell
SHEET_ROWS, CELL = 1_048_576, 32_767
_TYPES: Mapping[str, str] = {"text": "string", "integer": "int64", "number": "float64", "boolean": "bool_"}


def export_facts(
    store: Store,
    folder: Path,
    fmt: TableFormat,
    *,
    ruling: Ruling | None = "feature",
    at: int | None = None,
    since: int = 0,
    unmasked: bool = False,
    progress: Progress = ignore_progress,
) -> tuple[int, int]:
    """Write the facts of the articles with this ruling (None: all) as facts.csv, facts.xlsx or facts.parquet.

    `at` and `since` choose the articles as in `export.export`. Returns (number of facts, Commit of the state). Private
    persons, mobile and ID numbers are masked unless `unmasked`. Raises StoreError if the folder cannot be written or
    the library of the format is missing.
    """
    upto = queries.last_commit(store) if at is None else at
    writers: dict[TableFormat, Callable[[Path, Rows, Commit | None], int]] = {
        "csv": _csv,
        "xlsx": _xlsx,
        "parquet": _parquet,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows = fact_rows(store, ruling=ruling, at=upto, since=since, unmasked=unmasked, progress=progress)
        commit = commit_of(store, upto)
        with placed(folder / f"facts.{fmt}") as path:
            count = writers[fmt](path, flat(rows), commit)
        with placed(folder / "datapackage.json") as path:
            text = json.dumps(package(f"facts.{fmt}", fmt, commit), ensure_ascii=False, indent=1)
            path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"exporting to {folder}: {error.strerror}; name a folder that can be written") from error
    return count, upto


def commit_of(store: Store, number: int) -> Commit | None:
    """Return the Commit with this number; None for 0, the empty state."""
    return next(iter(queries.log(store, 1, upto=number)), None) if number else None


def citation(commit: Commit | None) -> str:
    """Return the text by which a publication cites the state: number, time and hash of the Commit.

    For None, the text names the empty store.
    """
    if commit is None:
        return "Suowen, empty store"
    return f"Suowen store, commit {commit.number} of {commit.at:%Y-%m-%d %H:%M} UTC, SHA-256 {commit.digest}"


def package(name: str, fmt: str, commit: Commit | None) -> dict[str, Any]:
    """Return the description of the table of facts in the file `name`, in the Data Package format."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "suowen-facts",
        "title": "Facts about police stations with the quotes that prove them",
        "version": str(commit.number if commit else 0),
        "citation": citation(commit),
        "resources": [
            {
                "name": "facts",
                "path": name,
                "format": fmt,
                **({"encoding": "utf-8"} if fmt == "csv" else {}),
                "schema": {
                    "fields": [
                        {"name": column.name, "type": "string" if column.type == "text" else column.type,
                         "description": column.about}
                        for column in COLUMNS
                    ]
                },
            }
        ],
    }  # fmt: skip


def _csv(path: Path, rows: Rows, commit: Commit | None) -> int:
    """Write a CSV file in UTF-8 with BOM, by which spreadsheets recognise UTF-8.

    Cells that a spreadsheet would run as formulas begin with an apostrophe.
    """
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in COLUMNS)
        for row in rows:
            writer.writerow([_csv_value(row[column.name]) for column in COLUMNS])
            count += 1
    return count


def _csv_value(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else csv_cell(value)


def _xlsx(path: Path, rows: Rows, commit: Commit | None) -> int:
    """Write a workbook: the facts, the meaning of the columns, and the citation.

    Rows go one by one to a temporary file, so they are not all in memory.
    """
    xlsxwriter = library("xlsxwriter", "xlsx")
    count = 0
    with contextlib.closing(xlsxwriter.Workbook(str(path), {"constant_memory": True})) as book:
        if commit is not None:  # the default, the time of writing, would make exports of the same state differ
            book.set_properties({"title": citation(commit), "created": commit.at.replace(tzinfo=None)})
        head = book.add_format({"bold": True})
        names = [column.name for column in COLUMNS]
        for number, part in enumerate(_pages(rows), start=1):
            sheet, lines = _sheet(book, "facts" if number == 1 else f"facts {number}", names, head), 0
            for lines, row in enumerate(part, start=1):
                _write_row(sheet, lines, [row[name] for name in names])
            sheet.autofilter(0, 0, lines, len(names) - 1)
            count += lines
        about = book.add_worksheet("about")
        for number, line in enumerate(_about_rows(commit)):
            for place, text in enumerate(line):
                about.write_string(number, place, text, head if number == 2 else None)
        about.set_column(0, 0, 18)
        about.set_column(2, 2, 100)
    return count


def _pages(rows: Rows) -> Iterator[Rows]:
    """Yield the rows of each sheet. The first sheet is yielded even if it is empty."""
    first = next(rows, None)
    yield itertools.islice(itertools.chain([first] if first else [], rows), SHEET_ROWS - 1)
    for row in rows:
        yield itertools.chain([row], itertools.islice(rows, SHEET_ROWS - 2))


def _about_rows(commit: Commit | None) -> list[tuple[str, ...]]:
    columns = [(column.name, column.type, column.about) for column in COLUMNS]
    return [("cite", "", citation(commit)), (), ("column", "type", "meaning"), *columns]


def _sheet(book: Any, name: str, names: Iterable[str], head: Any) -> Any:
    """Add a sheet whose heading row is frozen."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(names):
        sheet.set_column(number, number, 40 if column in ("title", "quote", "url") else 14)
        sheet.write_string(0, number, column, head)
    return sheet


def _write_row(sheet: Any, line: int, values: Iterable[Any]) -> None:
    """Write one row. Text is written as a string, so that it is never run as a formula or turned into a link."""
    for number, value in enumerate(values):
        if isinstance(value, bool):
            sheet.write_boolean(line, number, value)
        elif isinstance(value, int | float):
            sheet.write_number(line, number, value)
        elif value is not None:
            sheet.write_string(line, number, value[:CELL])


def _parquet(path: Path, rows: Rows, commit: Commit | None) -> int:
    pa = library("pyarrow", "parquet")
    pq = library("pyarrow.parquet", "parquet")
    schema = arrow_schema(pa, COLUMNS).with_metadata({"citation": citation(commit)})
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in batched(rows, GROUP):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def arrow_schema(pa: Any, columns: Iterable[Column]) -> Any:
    """Return the Arrow schema of these columns."""
    return pa.schema([(column.name, getattr(pa, _TYPES[column.type])()) for column in columns])


def library(name: str, extra: str) -> Any:
    """Import a library that belongs to an extra. Raises StoreError if it is not installed."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise StoreError(f"exporting: {error.name} is not installed; pip install 'suowen[{extra}]'") from error
