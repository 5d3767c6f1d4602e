"""Maintenance: verify, import, backup, restore, archive, reindex."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import Follower, print_json, print_table, visible, watched
from ingest.cli.jobs import report
from ingest.cli.query import day_of
from ingest.errors import UsageError
from ingest.fetch.warc_records import members
from ingest.pipeline.context import open_context
from ingest.pipeline.one_off import add_texts
from ingest.pipeline.save import rebuild_lsh_keys
from store import Store, StoreError, export, history, warc_storage
from store import backup as backups
from store import search as finding
from store.verify import verify_archive

app = command_group()


@app.command()
def verify(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check everything stored: hash chain, quotes against texts, archive records against hashes.

    Ends with 1 when anything is damaged. Example: `suowen verify`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        with watched() as progress:
            problems = history.verify(store, config.data / "warc", progress)
        commits = history.last_commit(store)
    if as_json:
        print_json({"commits": commits, "problems": problems})
    else:
        for problem in problems:
            typer.echo(f"! {problem}")
        typer.echo(f"{commits} commits checked: " + (f"{len(problems)} problems" if problems else "all sound"))
    if problems:
        raise typer.Exit(1)


@app.command()
def reindex(ctx: typer.Context, home: HomeOption = None) -> None:
    """Rebuild the search index, and the near-duplicate keys that an older method made.

    The index is kept by itself; this is for one that is suspected or has grown. Example: `suowen reindex`
    """
    with opened_store(configured(ctx, home)) as store:
        with watched() as progress:
            indexed = finding.reindex(store, progress)
        typer.echo(f"{indexed} articles indexed, {rebuild_lsh_keys(store, datetime.now(UTC))} given new keys")


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    archive_too: Annotated[bool, typer.Option("--archive/--no-archive", help="The raw archive with it.")] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write store and raw archive into one file, while others go on reading and writing.

    config/ is not in it. Example: `suowen backup /backup/suowen-2026-11-20.tar`
    """
    config = configured(ctx, home)
    with opened_store(config) as store, watched() as progress:
        manifest = backups.backup(store, file, config.data / "warc" if archive_too else None, progress)
    _print_manifest(manifest, f"{file} written", as_json)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `suowen backup` wrote.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into a working folder that has no store yet.

    Everything in the backup is checked first.

    Example: `suowen init again && suowen --home again restore /backup/suowen-2026-11-20.tar`
    """
    config = configured(ctx, home)
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file; name one that `suowen backup` wrote")
    try:
        with watched() as progress:
            manifest = backups.restore(file, config.store_url(), config.data / "warc", progress)
    except StoreError as error:
        if "not empty" in str(error):
            raise StoreError(
                f"{error}\nrestore into a new working folder: suowen init DIR, then suowen --home DIR restore {file}"
            ) from error
        raise
    _print_manifest(manifest, f"{file} restored into {config.data}", as_json)


def _print_manifest(manifest: dict[str, Any], said: str, as_json: bool) -> None:
    if as_json:
        print_json(manifest)
        return
    size = sum(one["size"] for one in manifest["files"].values())
    typer.echo(
        f"{said}: commit {manifest['commit']} ({manifest['digest'][:12]}), {len(manifest['files']) - 1} archive "
        f"files, {size:,} bytes"
    )


@app.command(name="import")
def import_command(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder of NNN_<16 hex>.txt, as `suowen export` writes it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a folder of seed-format texts.

    Each text is classified, compared with known stories and searched for facts like any other.

    A text has the address seed:<16 hex of its SHA-256>, so that importing it twice adds nothing; its first line stands
    for the title. A text that is not the one its file was named after is told and taken as it is; nothing is taken in
    when a file is no UTF-8. Example: `suowen import out`
    """
    config = configured(ctx, home)
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder; name one that `suowen export --format seeds` wrote")
    files = 0
    for name, text in export.seed_texts(folder):  # all of it is read once before anything is stored
        files += 1
        if export.misnamed(name, text):
            typer.echo(f"suowen: {folder / name}: its text is not the one it was named after; taken as it is", err=True)
    if not files:
        raise UsageError(f"{folder}: has no file NNN_<16 hex>.txt; name a folder in the seed format")
    with open_context(config) as context, Follower() as watch:
        summary = add_texts(context, export.seed_texts(folder), watch)
    report(summary, as_json)
    if summary.outcomes["error"] or summary.outcomes["quarantined"]:
        raise typer.Exit(3)


@app.command()
def archive(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Read every record and compare it with its digest.")] = False,
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

    A moved file is found where it is by every command, and may be moved on, or back to data/warc; a URL needs fsspec
    (pip install 'suowen[archive]') and the driver of its protocol. Ends with 1 when a file is missing, damaged or
    cannot be asked for, 3 when one could not be moved.
    Example: `suowen archive --move-to /mnt/warc --before 2026-01-01`
    """
    config = configured(ctx, home)
    folder = config.data / "warc"
    if before and not move_to:
        raise UsageError("--before chooses files to move; say where with --move-to FOLDER or URL")
    with opened_store(config) as store:
        moved = list(warc_storage.move(store, folder, _target(move_to), before=day_of(before))) if move_to else []
        rows = _file_rows(store, folder, check)
        with watched() as progress:
            problems = verify_archive(store, folder, progress) if check else []
    stayed = [f"{one.name} stays: {one.problem}" for one in moved if one.problem]
    if as_json:
        print_json(
            {
                "files": rows,
                "moved": [one.name for one in moved if not one.problem],
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


def _target(where: str) -> warc_storage.Storage:
    """The place to move files to. Raises UsageError for one that ends with this command, and they with it."""
    place = warc_storage.storage_at(where)
    if not place.lasting:
        raise UsageError(f"--move-to {where}: what is in memory is gone when this command ends; name a folder")
    return place


def _file_rows(store: Store, folder: Path, check: bool) -> list[dict[str, Any]]:
    """Every archive file that the store knows of."""
    captures, moved = store.captures_in_files(), store.moved_files()
    opened = functools.cache(warc_storage.storage_at)  # one that gives no answer is not waited for file after file
    return [
        _file_row(opened, folder, name, captures.get(name, 0), moved.get(name), check)
        for name in sorted({*store.archive_rows(), *captures})
    ]


def _file_row(
    opened: Callable[[str], warc_storage.Storage],
    folder: Path,
    name: str,
    captures: int,
    moved: str | None,
    check: bool,
) -> dict[str, Any]:
    """What is known of one archive file; its records are counted by reading all of it."""
    row: dict[str, Any] = {"file": name, "bytes": None, "captures": captures, "place": moved}
    try:
        place = opened(moved or str(folder))
        row["bytes"] = place.size(name)
        if check and row["bytes"] is not None:
            with place.open(name) as file:
                row["records"] = sum(one.data is not None for one in members(file))
    except (OSError, StoreError) as error:
        row["error"] = str(error)
    return row


def _print_archive(rows: Sequence[dict[str, Any]], moved: int | None, problems: Sequence[str]) -> None:
    columns = ["file", "bytes", "captures", *(["records"] if any("records" in row for row in rows) else []), "place"]
    for row in rows:  # a file that cannot be asked for is not known to be missing
        row["shown"] = row.get("error", "missing") if row["bytes"] is None else f"{row['bytes']:,}"
    print_table(columns, [[row["shown"] if name == "bytes" else row.get(name) for name in columns] for row in rows])
    typer.echo(
        f"{len(rows)} files, {sum(row['bytes'] or 0 for row in rows):,} bytes"
        + ("" if moved is None else f"; {moved} moved")
    )
    for problem in problems:
        typer.echo(f"! {visible(problem)}")
