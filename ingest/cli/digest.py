"""Digest: write the digest of a day, and send it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ingest.cli.common import HomeOption, command_group, configured, opened_store
from ingest.deliver.daily_digest import digest_of_day

app = command_group()


@app.command()
def digest(
    ctx: typer.Context,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Local day; default: today.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it; each recipient gets it once a day.")] = False,
    home: HomeOption = None,
) -> None:
    """Write the digest of a day; send it with --send.

    It contains the new features with facts and quotes, revisions, reposts, failures and silent sources.

    Example: `suowen digest --date 2026-11-20 --send`
    """
    config = configured(ctx, home)
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(config.settings.zone)).date()
    with opened_store(config) as store:
        made = digest_of_day(store, config, day=day.date() if day else today, now=now, send=send)
    typer.echo(str(made))
    if made.unsent or (made.delivery is not None and not made.delivery.complete):
        raise typer.Exit(1)
