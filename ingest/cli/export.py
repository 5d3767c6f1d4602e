"""Export: write the stored articles or their facts to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ingest.cli.common import AtOption, HomeOption, command_group, commit_of, configured, folder_of, opened_store
from ingest.cli.console import watched
from ingest.errors import UsageError
from store import Store, export, export_delta, export_duckdb, export_fact_table
from store.progress_callback import Progress

app = command_group()


@app.command(name="export")
def export_command(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", parser=folder_of, help="Folder to write to; created if missing.")
    ],
    form: Annotated[
        Literal["seeds", "jsonl", "csv", "xlsx", "parquet", "delta", "duckdb"], typer.Option("--format")
    ] = "seeds",
    table: Annotated[
        Literal["facts"] | None,
        typer.Option(help="As csv, xlsx or parquet: one row a fact with a column for each value (docs/codebook.md)."),
    ] = None,
    ruling: Annotated[Literal["feature", "brief", "other", "all"], typer.Option()] = "feature",
    at: AtOption = None,
    since: Annotated[
        int, typer.Option(min=0, metavar="V", help="Only articles changed after this commit (incremental export).")
    ] = 0,
    unmasked: Annotated[
        bool,
        typer.Option("--unmasked", help="With the names of private persons, as published (docs/privacy.md)."),
    ] = False,
    home: HomeOption = None,
) -> None:
    """Write the stored articles as seeds (text files), jsonl, csv, parquet, delta or duckdb.

    With --table facts: one row per fact, as csv, xlsx or parquet. A duckdb export is one database with all tables. A
    delta export is a Delta Lake table with all rulings and one version per commit; a later export adds the new commits.
    With --since V the table starts empty at version V.

    Names of private persons and mobile and ID numbers are masked, except in seeds.

    The same state of the store gives the same bytes (duckdb: the same rows).

    Example: `suowen export out --table facts --format xlsx` or `suowen export out --format jsonl --at 12 --since 9`
    """
    config = configured(ctx, home)
    _check_export(form, table, ruling)
    with opened_store(config) as store, watched() as progress:
        chosen: dict[str, Any] = {"at": commit_of(store, config, at), "since": since, "unmasked": unmasked}
        if form == "delta":
            had, has = export_delta.export_delta(store, folder, **chosen, progress=progress)
            report = f"{folder}: a Delta table at commit {has}, {has - had} of them new"
        else:
            chosen["ruling"] = None if ruling == "all" else ruling
            report = _write_export(store, folder, form, table, chosen, progress)
    typer.echo(report)


def _check_export(form: str, table: str | None, ruling: str) -> None:
    """Raise UsageError for options that exclude each other."""
    if table and form not in ("csv", "xlsx", "parquet"):
        raise UsageError(f"--table {table} goes with --format csv, xlsx or parquet, not {form}")
    if form == "xlsx" and not table:
        raise UsageError("--format xlsx goes with --table facts: the texts of articles do not fit the cells of a sheet")
    if form == "delta" and ruling not in ("feature", "all"):
        raise UsageError(
            "--format delta takes no --ruling: the table has every article that a commit changed; "
            "filter by its column ruling"
        )


def _write_export(
    store: Store, folder: Path, form: Any, table: str | None, chosen: dict[str, Any], progress: Progress
) -> str:
    """Write the export and return the line that reports it."""
    if table:
        count, commit = export_fact_table.export_facts(store, folder, form, **chosen, progress=progress)
        return f"{count} facts at commit {commit} written to {folder / f'facts.{form}'}"
    if form == "duckdb":
        count, commit = export_duckdb.export_duckdb(store, folder, **chosen, progress=progress)
        return f"{count} articles at commit {commit} written to {folder / 'suowen.duckdb'}"
    count = export.export(store, folder, form, **chosen, progress=progress)
    return f"{count} articles written to {folder}"
