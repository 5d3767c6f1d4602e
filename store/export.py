"""Export articles as seed-format texts, JSON Lines, CSV or Parquet (Delta tables: store/export_delta.py).

Exports of the same state have the same bytes: articles are sorted by id, and no export date is written. Each file is
written beside its target and then renamed, so that a full disk leaves the previous export intact.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from store import queries
from store.errors import StoreError
from store.export_rows import FACT_COLUMNS, article_rows, flat_facts
from store.progress_callback import Progress, ignore_progress
from store.records import Ruling
from store.store import Store

Format = Literal["seeds", "jsonl", "csv", "parquet"]
_COLUMNS = (
    "id",
    "url",
    "title",
    "published",
    "source",
    "site",
    "authors",
    "editors",
    "first_seen",
    "fetched_at",
    "revision",
    "commit",
    "ruling",
    "score",
    "story",
    "relation",
    "text",
)


def export(
    store: Store,
    folder: Path,
    fmt: Format,
    *,
    ruling: Ruling | None = "feature",
    at: int | None = None,
    since: int = 0,
    copies: bool | None = None,
    unmasked: bool = False,
    progress: Progress = ignore_progress,
) -> int:
    """Write the articles with this ruling (None: all) into `folder`; return their number.

    seeds: one file NNN_<16 hex of the text's SHA-256>.txt per article; jsonl: articles.jsonl with facts inside; csv:
    articles.csv and facts.csv, UTF-8 with BOM; parquet: articles.parquet and facts.parquet (needs pyarrow). CSV cells
    that a spreadsheet would run as formulas begin with an apostrophe.

    `at`: the state as of a Commit. `since`: only articles whose text, verdict, facts, corrections or story changed
    after that Commit. `copies`: include all articles of a story, not only its representative (None: in all formats
    except seeds). Private persons, mobile and ID numbers are masked, except in seeds and with `unmasked`.

    Raises StoreError if the folder cannot be written, or has the seed files of another export.
    """
    writers: dict[str, Callable[[Path, Iterator[dict[str, Any]]], int]] = {
        "seeds": _seeds,
        "jsonl": _jsonl,
        "csv": _csv,
        "parquet": _parquet,
    }
    if fmt not in writers:
        raise StoreError(f"exporting: {fmt!r} is not a format; write one of {', '.join(writers)}")
    with_copies = fmt != "seeds" if copies is None else copies
    # A seed file consists of the text alone and may be imported again; a masked text would be a different text.
    unmasked = unmasked or fmt == "seeds"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        upto = queries.last_commit(store) if at is None else at
        if fmt == "seeds":
            rows = article_rows(store, ruling=ruling, at=upto, since=since, copies=with_copies, unmasked=unmasked)
            _no_other_export(folder, rows)
        return writers[fmt](
            folder,
            article_rows(
                store,
                ruling=ruling,
                at=upto,
                since=since,
                copies=with_copies,
                unmasked=unmasked,
                progress=progress,
            ),
        )
    except OSError as error:
        raise StoreError(f"exporting to {folder}: {error.strerror}; name a folder that can be written") from error


#: name of a seed file: running number, first 16 hex digits of the text's SHA-256
_SEED = re.compile(r"(\d{3,})_([0-9a-f]{16})\.txt")


def _seed_name(number: int, text: str) -> str:
    return f"{number:03d}_{text_hash(text)}.txt"


def text_hash(text: str) -> str:
    """Return the first 16 hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _no_other_export(folder: Path, rows: Iterator[dict[str, Any]]) -> None:
    """Raise StoreError if the folder has seed files that this export does not write.

    Otherwise the files of two exports would look like one export.
    """
    there = sum(1 for _ in _seed_files(folder))
    if there:
        there -= sum((folder / _seed_name(number, row["text"])).exists() for number, row in enumerate(rows))
    if there:
        raise StoreError(
            f"exporting to {folder}: {there} seed files in it belong to another export; name an empty folder"
        )


def _seed_files(folder: Path) -> Iterator[re.Match[str]]:
    with os.scandir(folder) as entries:
        yield from filter(None, (_SEED.fullmatch(entry.name) for entry in entries))


def _seeds(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    number = -1
    for number, row in enumerate(rows):
        with placed(folder / _seed_name(number, row["text"])) as path:
            path.write_bytes(row["text"].encode())
    return number + 1


def seed_texts(folder: Path, failed: Callable[[str], None] | None = None) -> Iterator[tuple[str, str]]:
    """Yield (file name, text) of each seed file in a folder, sorted by number.

    The hashes in the names are not compared with the texts (see `misnamed`).
    A file that cannot be read as UTF-8 is skipped and reported to `failed`; without `failed`, StoreError is raised.
    """
    for name in sorted((match[0] for match in _seed_files(folder)), key=lambda name: (int(name[:-21]), name)):
        path = folder / name
        try:
            yield name, path.read_bytes().decode()
        except (UnicodeDecodeError, OSError) as error:
            not_utf8 = isinstance(error, UnicodeDecodeError)
            why = f"it is not UTF-8 ({error.reason} at byte {error.start})" if not_utf8 else error.strerror  # type: ignore[union-attr]
            if failed is None:
                raise StoreError(f"reading {path}: {why}") from error
            failed(f"{path}: {why}")


def misnamed(name: str, text: str) -> bool:
    """Return whether the hash in a seed file's name differs from the hash of its text.

    If so, the text was changed after the file was named, as in the five example files of the format.
    """
    return name[-20:-4] != text_hash(text)


@contextlib.contextmanager
def placed(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file beside `path`. On success, the temporary file replaces `path`."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _jsonl(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with placed(folder / "articles.jsonl") as path, path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _csv(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with (
        placed(folder / "articles.csv") as first,
        placed(folder / "facts.csv") as second,
        first.open("w", encoding="utf-8-sig", newline="") as main,
        second.open("w", encoding="utf-8-sig", newline="") as beside,
    ):
        articles, facts = csv.writer(main), csv.writer(beside)
        articles.writerow(_COLUMNS)
        facts.writerow(FACT_COLUMNS)
        for row in rows:
            articles.writerow([csv_cell(row[name]) for name in _COLUMNS])
            facts.writerows([csv_cell(fact[name]) for name in FACT_COLUMNS] for fact in flat_facts(row))
            count += 1
    return count


def _parquet(folder: Path, rows: Iterator[dict[str, Any]]) -> int:
    from store import export_delta  # imported here because only this format needs it

    with placed(folder / "articles.parquet") as articles, placed(folder / "facts.parquet") as facts:
        return export_delta.write_parquet(articles, facts, rows)


#: first characters by which spreadsheets recognise a formula (OWASP ASVS 1.2.10)
_FORMULA, _BREAKS = frozenset("=+-@"), ("\t", "\r", "\n")


def _is_formula(text: str) -> bool:
    """Return whether a spreadsheet could read a cell as a formula.

    It could if the first visible character, normalized in width, is =, +, - or @, or if the cell begins with a tab or
    line break.
    """
    first = next((character for character in text if unicodedata.category(character)[0] not in "ZC"), "")
    return text.startswith(_BREAKS) or unicodedata.normalize("NFKC", first) in _FORMULA


def csv_cell(value: Any) -> Any:
    """Return a value for a CSV cell. A list becomes text, and a text that begins like a formula gets an apostrophe.

    The apostrophe keeps a spreadsheet from running the formula.
    """
    if isinstance(value, list):
        value = "; ".join(f"{v['role']} {v['name']}" if isinstance(v, dict) else str(v) for v in value)
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value
