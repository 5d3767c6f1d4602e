"""The command itself: options for all, errors to exit codes."""

from __future__ import annotations

import errno
import logging
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ingest import __version__
from ingest.classify import Topic
from ingest.config.load import Config, find_home, load, maybe_home
from ingest.errors import SuowenError, UsageError
from ingest.extract.site_rules import rulebook
from ingest.facts import Knowledge
from store import Store, history, open_store
from store.errors import StoreError

EXIT_CODES = """
Exit codes: 0 done; 1 it failed, the message says why; 2 wrong usage or configuration; 3 done, but part of the
input could not be used (each named); 130 interrupted.
"""

#: what a disk says in the middle of a write, without naming the file
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG})

app = typer.Typer(
    name="suowen",
    help="所闻: watches Chinese news sites for feature articles about police stations (派出所特写) and keeps their "
    "key facts with the words that prove them.\n\nStart with `suowen demo`, or `suowen init DIR`.\n\n" + EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

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


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"suowen {__version__}")
        raise typer.Exit


@app.callback()
def _all(
    context: typer.Context,
    home: HomeOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done, to standard error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = home
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


def configured(context: typer.Context, home: Path | None) -> Config:
    """The configuration of the working folder that the command line, the environment or the place name."""
    return load(find_home(home or context.obj))


def maybe_configured(context: typer.Context, home: Path | None) -> Config | None:
    """The same, or None when nobody names a working folder and the current one is none."""
    named = maybe_home(home or context.obj)
    return load(named) if named else None


def ready(config: Config) -> Config:
    """The same configuration, its topic, rules and tables opened: before anything is fetched, not in the middle of it.

    Raises ConfigError saying what is wrong with them.
    """
    Topic.load(config.settings.topic, config.home)
    rulebook(config.home)
    Knowledge.load(config.home)
    return config


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


def main() -> None:
    """Run the command; every expected error ends in one clear message and its exit code."""
    # their chatter is theirs, not the user's
    for noisy in ("jieba", "trafilatura", "htmldate", "readability", "psycopg"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        app()
    except (SuowenError, StoreError) as error:
        for line in str(error).splitlines():
            typer.echo(f"suowen: {line}", err=True)
        sys.exit(getattr(error, "exit_code", 1))
    except BrokenPipeError:  # the reader of our output (head, less) has gone: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # a disk or a permission, which a person can mend; others are bugs, and loud
        if error.filename is None and error.errno not in _DISK:
            raise
        logging.getLogger("suowen").info("the system refused", exc_info=True)
        typer.echo(f"suowen: {f'{error.filename}: ' if error.filename else ''}{error.strerror or error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("suowen: interrupted", err=True)
        sys.exit(130)


from ingest.cli import ask, ledger, research, trial, web, work  # noqa: E402, F401  (each registers its commands on `app`)
