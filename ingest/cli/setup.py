"""Set up: init, demo, sources, check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, folder_of, opened_store
from ingest.cli.console import Follower, local, outcome_lines, print_json, print_table, visible
from ingest.config.load import Config, load, write_starter
from ingest.demo.tour import Tour, tour
from ingest.errors import UsageError
from ingest.pipeline.cached_tables import check_rules
from ingest.pipeline.preview import Preview, preview
from ingest.pipeline_types import Source
from store.records import SourceHealth

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


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Report an OSError during the creation of a working folder as UsageError."""
    try:
        yield
    except OSError as error:
        if error.filename is None:  # the error is not about a file
            raise
        where = f" ({error.filename})" if Path(error.filename) != folder else ""
        raise UsageError(
            f"{folder} cannot become a working folder: {error.strerror or error}{where}; "
            "name a folder that you may write to"
        ) from None


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


@app.command()
def sources(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the configured sources: schedule, last success, new articles per week, health.

    Example: `suowen sources`
    """
    config = configured(ctx, home)
    now = datetime.now(UTC)
    # creates the store: this is often the first command in a new folder
    with opened_store(config, create=True) as store:
        health = {row.name: row for row in store.health([source.name for source in config.sources], now)}
        due = {source.name: store.next_due(source.name) for source in config.sources}
    table = [_source_row(source, health.get(source.name), due[source.name], config, now) for source in config.sources]
    if as_json:
        print_json(table)
        return
    if not table:
        typer.echo(f"no source is configured: write one into {config.home / 'config' / 'sources.yaml'}")
        return
    print_table(tuple(table[0]), (_cut(row) for row in table))


def _cut(row: dict[str, Any]) -> list[str]:
    """Return a row for the table: long cells, such as error messages, are truncated.

    `--json` prints them completely.
    """
    return [str(value) if len(str(value)) <= 60 else str(value)[:59] + "…" for value in row.values()]


def _source_row(
    source: Source, health: SourceHealth | None, due: datetime | None, config: Config, now: datetime
) -> dict[str, Any]:
    """Return the row of a source. `due` is its due time in the store, None for a source that never ran."""
    upcoming = local(due, config.settings.zone) if due and due > now else "due now"
    return {
        "name": source.name,
        "schedule": source.schedule.cron or _span(source.schedule.seconds or 0),
        "next run": upcoming if source.enabled else "",
        "last success": local(health.last_success if health else None, config.settings.zone),
        "new (7 days)": health.new_week if health else 0,
        "checked": source.checked,
        "health": _health(health) if source.enabled else "disabled",
    }


def _span(seconds: int) -> str:
    """Format an interval as in the configuration: 3600 -> "1h"."""
    unit, size = next(
        (unit, size) for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0
    )
    return f"{seconds // size}{unit}"


def _health(health: SourceHealth | None) -> str:
    if health is None or health.last_attempt is None:
        return "never run"
    return f"failing ({health.failures}x): {visible(health.last_error or '')}" if health.last_error else "ok"


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
