"""Sources: list the configured sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import local, print_json, print_table, visible
from ingest.config.load import Config
from ingest.pipeline_types import Source
from store.records import SourceHealth

app = command_group()


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
