"""Show one story: story."""

from __future__ import annotations

from typing import Annotated

import typer

from ingest.cli.common import (
    MAX_NUMBER,
    AtOption,
    HomeOption,
    JsonOption,
    command_group,
    commit_of,
    configured,
    opened_store,
)
from ingest.cli.console import print_json, visible
from ingest.zh.simplify import simplified
from store import story_comparison

app = command_group()


@app.command()
def story(
    ctx: typer.Context,
    number: Annotated[
        int, typer.Argument(max=MAX_NUMBER, help="Story number, as printed by `suowen show` and `suowen list --json`.")
    ],
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one story: who published first, every copy and its similarity, the best copy.

    Example: `suowen story 3`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        seen = story_comparison.load_comparison(store, number, simplified, at=commit_of(store, config, at))
    if as_json:
        print_json(seen)
        return
    shown = seen.representative
    typer.echo(f"story {seen.id}: {visible(shown.content.title)}\n  article {shown.article}  {shown.content.url}")
    by = f"{seen.first_publisher} ({seen.first_published})" if seen.first_publisher else "no article is dated"
    typer.echo(f"first published: {by}\nmost complete: article {seen.best}")
    for copy in seen.copies:
        content = copy.revision.content
        by = f"{content.source or copy.revision.site}  {content.published or ''}"
        typer.echo(f"\n{copy.relation} article {copy.revision.article}  {by}  {copy.containment:.0%} the same")
        typer.echo(f"  {content.url}\n  {copy.why}")
        for sign, lines in (("+", copy.added), ("-", copy.cut)):
            typer.echo("".join(f"  {sign} {visible(line[:100])}\n" for line in lines), nl=False)
