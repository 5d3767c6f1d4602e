"""What the commands share: options, the working folder, the store."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ingest.config.load import Config, find_home, load, maybe_home
from ingest.errors import UsageError
from store import Store, history, open_store

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Working folder (with config/ and data/); default: SUOWEN_HOME, else the current one."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
#: greater numbers no database keeps
GREATEST = 2**62
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="V|DATE", help="As it was: a commit's number, a day (its end), or a time.")
]


def command_group() -> typer.Typer:
    """Return the group on which a module of this package registers its commands (`ingest.cli.main.COMMANDS`)."""
    return typer.Typer(rich_markup_mode="markdown")


def configured(ctx: typer.Context, home: Path | None) -> Config:
    """The configuration of the working folder that the command line, the environment or the place name."""
    return load(find_home(home or ctx.obj))


def maybe_configured(ctx: typer.Context, home: Path | None) -> Config | None:
    """The same, or None when nobody names a working folder and the current one is none."""
    named = maybe_home(home or ctx.obj)
    return load(named) if named else None


def opened_store(config: Config, *, create: bool = False) -> Store:
    """The store of a working folder. Who only asks makes none: in the wrong folder an empty answer would be a lie."""
    return open_store(config.store_url(), create=create)


def commit_of(store: Store, config: Config, at: str | None) -> int | None:
    """What `--at` names: a commit number, the last commit of a local day or minute, or that of a moment. None for now.

    Raises UsageError when it is none of these.
    """
    if at is None or at.isdecimal():
        return None if at is None else int(at)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise UsageError(
            f"--at {at}: write a commit's number (`suowen log`), a day such as 2026-11-20, "
            "or a time such as 2026-11-20T08:00"
        ) from None
    if len(at) <= 16:  # a day is meant with all that happened on it, and a minute: `suowen log` tells no seconds
        moment += (timedelta(days=1) if len(at) <= 10 else timedelta(minutes=1)) - timedelta.resolution
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(config.settings.zone))
    return history.commit_at(store, moment)
