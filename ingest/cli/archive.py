"""Archive: list, check and move the WARC files of the raw archive."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, day_of, opened_store
from ingest.cli.console import print_json, print_table, visible, watched
from ingest.errors import UsageError
from ingest.fetch.warc_parsers import members
from store import Store, StoreError, archive_storage
from store.verify import verify_archive

app = command_group()


@app.command()
def archive(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Read every record and compare it with its hash.")] = False,
    move_to: Annotated[
        str | None,
        typer.Option("--move-to", metavar="FOLDER|URL", help="Move files there: /mnt/warc, s3://bucket/warc."),
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Move only files begun before this (UTC) day.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the WARC files of the raw archive; check or move them.

    With --check every record is read and compared with its hash.

    Every command finds a moved file in its new place; the file may be moved again, or back to data/warc. A URL needs
    fsspec (pip install 'suowen[archive]') and the driver of its protocol. Exit code 1 when a file is missing, damaged
    or unreachable, 3 when a file could not be moved. Example: `suowen archive --move-to /mnt/warc --before 2026-01-01`
    """
    config = configured(ctx, home)
    folder = config.data / "warc"
    if move_to is not None and not move_to.strip():
        raise UsageError("--move-to with an empty name: name a folder, or a URL such as s3://bucket/warc")
    if before and not move_to:
        raise UsageError("--before selects files to move; add --move-to FOLDER or URL")
    with opened_store(config) as store:
        moved = list(archive_storage.move(store, folder, _target(move_to), before=day_of(before))) if move_to else []
        rows = _file_rows(store, folder, check)
        with watched() as progress:
            problems = verify_archive(store, folder, progress) if check else []
    stayed = [f"{file.name} was not moved: {file.problem}" for file in moved if file.problem]
    if as_json:
        print_json(
            {
                "files": rows,
                "moved": [file.name for file in moved if not file.problem],
                "stayed": stayed,
                "problems": problems,
            }
        )
    else:
        _print_archive(rows, len(moved) - len(stayed) if move_to else None, [*stayed, *problems])
    if problems or any(row["bytes"] is None for row in rows):
        raise typer.Exit(1)
    if stayed:
        raise typer.Exit(3)


def _target(where: str) -> archive_storage.Storage:
    """Return the target storage. Raises UsageError for in-memory storage: its files are lost when the command ends."""
    place = archive_storage.storage_at(where)
    if not place.lasting:
        raise UsageError(f"--move-to {where}: files in memory are lost when this command ends; name a folder")
    return place


def _file_rows(store: Store, folder: Path, check: bool) -> list[dict[str, Any]]:
    """Return a row for every archive file that the store records."""
    captures, moved = store.captures_in_files(), store.moved_files()
    opened = functools.cache(archive_storage.storage_at)  # cached, so that an unreachable place is tried only once
    return [
        _file_row(opened, folder, name, captures.get(name, 0), moved.get(name), check)
        for name in sorted({*store.archive_rows(), *captures})
    ]


def _file_row(
    opened: Callable[[str], archive_storage.Storage],
    folder: Path,
    name: str,
    captures: int,
    moved: str | None,
    check: bool,
) -> dict[str, Any]:
    """Return the row of one archive file. With `check` the file is read and its records are counted."""
    row: dict[str, Any] = {"file": name, "bytes": None, "captures": captures, "place": moved}
    try:
        place = opened(moved or str(folder))
        row["bytes"] = place.size(name)
        if check and row["bytes"] is not None:
            with place.open(name) as file:
                row["records"] = sum(member.data is not None for member in members(file))
    except (OSError, StoreError) as error:
        row["error"] = str(error)
    return row


def _print_archive(rows: Sequence[dict[str, Any]], moved: int | None, problems: Sequence[str]) -> None:
    columns = ["file", "bytes", "captures", *(["records"] if any("records" in row for row in rows) else []), "place"]
    for row in rows:  # show the error of an unreachable file, not "missing": the file may exist
        row["shown"] = row.get("error", "missing") if row["bytes"] is None else f"{row['bytes']:,}"
    print_table(columns, [[row["shown"] if name == "bytes" else row.get(name) for name in columns] for row in rows])
    typer.echo(
        f"{len(rows)} files, {sum(row['bytes'] or 0 for row in rows):,} bytes"
        + ("" if moved is None else f"; {moved} moved")
    )
    for problem in problems:
        typer.echo(f"! {visible(problem)}")
