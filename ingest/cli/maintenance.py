"""Maintenance: verify, import, backup, restore, archive, reindex, spellings."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest import urls
from ingest.cli.common import HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import Follower, print_json, print_table, visible, watched
from ingest.cli.jobs import report
from ingest.cli.query import day_of
from ingest.errors import UsageError
from ingest.fetch.warc_parsers import members
from ingest.pipeline.add_inputs import add_texts
from ingest.pipeline.archived_canonical_urls import stated_urls
from ingest.pipeline.context import open_context
from ingest.pipeline.save import rebuild_lsh_keys
from ingest.versions import PROGRAM, RULES
from store import Store, StoreError, archive_storage, export, queries
from store import backup as backups
from store import search as finding
from store.same_page_urls import same_page_pairs
from store.verify import verify_archive

app = command_group()


@app.command()
def verify(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check everything stored: hash chain, quotes against texts, archive records against hashes.

    Exit code 1 when anything is damaged. Example: `suowen verify`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        with watched() as progress:
            problems = queries.verify(store, config.data / "warc", progress)
        commits = queries.last_commit(store)
    if as_json:
        print_json({"commits": commits, "problems": problems})
    else:
        for problem in problems:
            typer.echo(f"! {problem}")
        typer.echo(f"{commits} commits checked: " + (f"{len(problems)} problems" if problems else "no problems"))
    if problems:
        raise typer.Exit(1)


@app.command()
def reindex(ctx: typer.Context, home: HomeOption = None) -> None:
    """Rebuild the search index, and the near-duplicate keys that an older method made.

    The index is updated automatically; rebuild it when it may be damaged or has grown. Example: `suowen reindex`
    """
    with opened_store(configured(ctx, home)) as store:
        with watched() as progress:
            indexed = finding.reindex(store, progress)
        typer.echo(
            f"{indexed} articles indexed, {rebuild_lsh_keys(store, datetime.now(UTC))} with new near-duplicate keys"
        )


@app.command()
def spellings(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the pairs without joining them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Join without confirmation.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Join articles that were stored twice, under two URLs of one page.

    The pairs are shown, and joined once accepted: the URL of the later article becomes a spelling of the older one. A
    pair has the same final URL, or the archived page of one states the URL of the other as its canonical URL.

    Example: `suowen spellings --dry-run`
    """
    with open_context(configured(ctx, home), create=False, start_workers=False) as context:
        store = context.store
        stated, unread = stated_urls(context)
        for problem in unread:
            typer.echo(f"! {visible(problem)}", err=True)
        pairs = same_page_pairs(store, equal_urls, stated)
        accepted = yes and not dry_run
        if not as_json:
            for pair in pairs:
                typer.echo(
                    f"article {pair.later} is article {pair.older}: {visible(pair.title)}\n"
                    f"  {pair.later_url}\n  {pair.older_url}\n  {visible(pair.why)}"
                )
            if pairs and not (yes or dry_run) and sys.stdin.isatty():
                accepted = typer.confirm(f"Make these {len(pairs)} spellings of the older articles?")
        if pairs and accepted:
            with store.batch(at=datetime.now(UTC), program=PROGRAM, rules=RULES) as batch:
                for pair in pairs:
                    batch.spelling(pair.later, pair.older, pair.why)
    if as_json:
        print_json({"pairs": [asdict(pair) for pair in pairs], "joined": accepted and bool(pairs)})
    elif not pairs:
        typer.echo("no article is stored twice")
    elif accepted:
        typer.echo(f"{len(pairs)} articles joined")
    elif not dry_run:
        typer.echo("nothing joined; run with --yes")


def equal_urls(url: str) -> tuple[str, ...]:
    """Return the canonical URL with http and with https, sorted: the result is the same for both schemes."""
    return tuple(sorted(urls.spellings(urls.canonical(url))))


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    archive_too: Annotated[bool, typer.Option("--archive/--no-archive", help="Include the raw archive.")] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the store and the raw archive to one file. Other processes can read and write meanwhile.

    config/ is not included. Example: `suowen backup /backup/suowen-2026-11-20.tar`
    """
    config = configured(ctx, home)
    with opened_store(config) as store, watched() as progress:
        manifest = backups.backup(store, file, config.data / "warc" if archive_too else None, progress)
    _print_manifest(manifest, f"{file} written", as_json)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file written by `suowen backup`.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into a working folder that has no store yet.

    Everything in the backup is checked first.

    Example: `suowen init again && suowen --home again restore /backup/suowen-2026-11-20.tar`
    """
    config = configured(ctx, home)
    if not file.is_file():
        raise UsageError(f"{file}: no such file; name a file written by `suowen backup`")
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


def _print_manifest(manifest: dict[str, Any], done: str, as_json: bool) -> None:
    if as_json:
        print_json(manifest)
        return
    size = sum(entry["size"] for entry in manifest["files"].values())
    typer.echo(
        f"{done}: commit {manifest['commit']} ({manifest['digest'][:12]}), {len(manifest['files']) - 1} archive "
        f"files, {size:,} bytes"
    )


@app.command(name="import")
def import_command(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder of files NNN_<16 hex>.txt, as written by `suowen export`.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a folder of seed-format texts.

    Each text is classified, compared with known stories and searched for facts like any other article.

    The URL of a text is seed:<16 hex of its SHA-256>, so that importing it twice adds nothing; its first line is the
    title. A text that does not match the hash in its file name is reported and imported unchanged. A file that cannot
    be read as UTF-8 is reported, the others are imported, and the exit code is 3. Example: `suowen import out`
    """
    config = configured(ctx, home)
    if not folder.is_dir():
        raise UsageError(f"{folder}: not a folder; name one written by `suowen export --format seeds`")
    files, unread = 0, list[str]()
    # a first pass over all files, to report problems before anything is stored
    for name, text in export.seed_texts(folder, unread.append):
        files += 1
        if export.misnamed(name, text):
            typer.echo(
                f"suowen: {folder / name}: its text does not match the hash in its name; imported unchanged", err=True
            )
    for problem in unread:
        typer.echo(f"suowen: {problem}; not imported", err=True)
    if not files and not unread:
        raise UsageError(f"{folder}: contains no file NNN_<16 hex>.txt; name a folder in the seed format")
    with open_context(config) as context, Follower() as watch:
        summary = add_texts(context, export.seed_texts(folder, lambda problem: None), watch)
    report(summary, as_json)
    if unread or summary.outcomes["error"] or summary.outcomes["quarantined"]:
        raise typer.Exit(3)


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
