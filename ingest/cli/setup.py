"""Set up: init, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, folder_of, writing_into
from ingest.cli.console import print_json, print_table, visible
from ingest.config.load import load, write_starter
from ingest.pipeline.cached_tables import check_rules
from ingest.pipeline.preview import Preview, preview

app = command_group()


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", parser=folder_of, help="The working folder; created if missing.")
    ],
) -> None:
    """Write a commented starter configuration into a folder.

    Example: `suowen init watch && cd watch && suowen sources`
    """
    with writing_into(folder):
        written = write_starter(folder)
    for path in written:
        typer.echo(f"wrote {path}")
    if not written:
        typer.echo(f"{folder / 'config'} already has its configuration; nothing was changed")
    config = load(folder.resolve())
    contact = "" if config.settings.fetch.contact else "fetch.contact in config/settings.yaml (it is empty) and "
    typer.echo(
        f"next: edit {contact}config/sources.yaml (no source was tested yet: see the keys `checked`), "
        "then run `suowen check NAME` and `suowen run` in the folder"
    )


@app.command()
def check(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="Name of the source.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try one source: what it lists, what a run would fetch, one article. Nothing is stored.

    Example: `suowen check rednet`
    """
    config = check_rules(configured(ctx, home))
    (chosen,) = config.named([source])
    result = preview(config, chosen)
    if as_json:
        print_json(result)
    else:
        _print_preview(result)
    if result.problems:
        raise typer.Exit(3)


def _print_preview(result: Preview) -> None:
    for problem in result.problems:
        typer.echo(f"! {visible(problem)}")
    wanted = sum(row.plan == "fetch" for row in result.candidates)
    typer.echo(f"{result.source}: {len(result.candidates)} articles listed, a run would fetch {wanted}")
    if result.candidates:
        print_table(
            ("would fetch", "claimed date", "claimed title", "url"),
            [(row.plan, row.date, row.title, row.url) for row in result.candidates[:40]],
        )
    if len(result.candidates) > 40:
        typer.echo(f"… and {len(result.candidates) - 40} more")
    if result.article:
        article, verdict = result.article.article, result.article.verdict
        typer.echo(f"\nextracted: {visible(article.title)}\n  {article.url}")
        authors = ", ".join(credit.name for credit in article.authors)
        metadata = {
            "published": article.published,
            "source": article.source,
            "authors": authors,
            "editors": ", ".join(article.editors),
        }
        typer.echo("  " + "  ".join(f"{name} {visible(value or 'not stated')}" for name, value in metadata.items()))
        typer.echo(f"  body by {article.method}, quality {article.quality:.2f}, {len(article.text)} characters")
        typer.echo(f"  classified {verdict.ruling} ({verdict.score:.2f}): {visible('; '.join(verdict.reasons[:4]))}")
        typer.echo("\n" + article.text[:400] + ("…" if len(article.text) > 400 else ""))
