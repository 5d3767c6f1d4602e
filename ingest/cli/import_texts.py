"""Import: texts in the seed format, such as `suowen export` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured
from ingest.cli.console import Follower
from ingest.cli.print_summary import report
from ingest.errors import UsageError
from ingest.pipeline.add_inputs import add_texts
from ingest.pipeline.context import open_context
from store import export

app = command_group()


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
