"""Demo: run the whole job against a small news site on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.common import command_group, folder_of, writing_into
from ingest.cli.console import Follower, outcome_lines
from ingest.demo.tour import Tour, tour

app = command_group()


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", parser=folder_of, help="Working folder to create.")] = Path(
        "suowen-demo"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the demo site; 0 takes a free one.")] = 8765,
) -> None:
    """Run the whole job twice against a small news site on loopback; write store and digest.

    Example: `suowen demo && cd suowen-demo && suowen list`
    """
    with writing_into(folder), Follower() as watch:
        result = tour(folder, port, watch)
    _print_tour(result)


def _print_tour(result: Tour) -> None:
    passes = (("first pass", result.first), ("second pass, after the site edited one page", result.second))
    for title, summary in passes:
        typer.echo(f"{title}:")
        typer.echo("\n".join(outcome_lines(summary.outcomes)))
    home = result.home
    typer.echo(f"\nstore:   {home / 'data' / 'suowen.db'}\narchive: {home / 'data' / 'warc'}\ndigest:  {result.digest}")
    typer.echo(
        f"\nLook around:  cd {home}\n"
        "  suowen list                  stored articles       suowen log       the history\n"
        "  suowen show 1                one article           suowen verify    integrity check\n"
        "  suowen search 渡口           full-text search      suowen stations  the stations\n"
        f"  suowen story {result.story:<3}             a story, its copies  suowen web       all in a browser\n"
        "  suowen export out            seed-format texts     suowen sources   the site as configured\n"
        f"Serve the site again:  python -m ingest.demo --port {result.port}   then  suowen run demo"
    )
