"""Common parts of the commands: options, the working folder, the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ingest.config.load import Config, find_home, load, maybe_home
from ingest.errors import UsageError
from ingest.masking_rules import masking_rules
from store import Store, open_store, queries


def folder_of(text: str) -> Path:
    """Return the folder that an argument names. Raises UsageError for an empty name, which Path takes for "."."""
    if not text.strip():
        raise UsageError("a folder with an empty name: name one, or write . for the current folder")
    return Path(text)


HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        parser=folder_of,
        help="Working folder (with config/ and data/); default: SUOWEN_HOME, else the current one.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
#: largest number accepted on the command line; it fits a signed database column of 64 bits
MAX_NUMBER = 2**62
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="V|DATE", help="Show an earlier state: a commit number, a day (its end), or a time."),
]


def command_group() -> typer.Typer:
    """Return the group on which a module of this package registers its commands (`ingest.cli.main.COMMANDS`)."""
    return typer.Typer(rich_markup_mode="markdown")


def configured(ctx: typer.Context, home: Path | None) -> Config:
    """Load the configuration of the working folder: --home, else SUOWEN_HOME, else the current folder."""
    return load(find_home(home or ctx.obj))


def maybe_configured(ctx: typer.Context, home: Path | None) -> Config | None:
    """Load the configuration like `configured`.

    Returns None if no folder is named and the current one is not a working folder.
    """
    found = maybe_home(home or ctx.obj)
    return load(found) if found else None


def opened_store(config: Config, *, create: bool = False) -> Store:
    """Open the store of a working folder.

    Without `create` a missing store is an error, because an empty result in the wrong folder would be misleading.
    """
    return open_store(config.store_url(), create=create, masking=masking_rules(config.home))


def commit_of(store: Store, config: Config, at: str | None) -> int | None:
    """Return the commit number for `--at`; None without `--at`.

    `--at` is a commit number, a day, a minute or a time with seconds. For a day or minute, the last commit up to its
    end is returned; for a time, the last commit up to this time. Days and times are in the configured zone unless they
    state an offset. Raises UsageError for anything else.
    """
    if at is None or at.isdecimal():
        return None if at is None else int(at)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise UsageError(
            f"--at {at}: write a commit number (`suowen log`), a day such as 2026-11-20, "
            "or a time such as 2026-11-20T08:00"
        ) from None
    if len(at) <= 16:  # up to the end of the day or minute; `suowen log` prints no seconds
        moment += (timedelta(days=1) if len(at) <= 10 else timedelta(minutes=1)) - timedelta.resolution
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(config.settings.zone))
    return queries.commit_at(store, moment)


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Raise UsageError for an OSError about a file during the creation of a working folder."""
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


def day_of(moment: datetime | None) -> date | None:
    """Return the day of a date option, None if the option is not given."""
    return moment.date() if moment else None
