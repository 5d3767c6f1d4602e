"""Correct facts: fact reject, fact confirm, fact edit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated

import typer

from ingest.cli.common import HomeOption, command_group, configured, opened_store
from ingest.cli.console import visible
from ingest.config.load import Config
from ingest.errors import UsageError
from ingest.record_fact_correction import Action, record_correction

app = command_group()

fact_app = typer.Typer(
    no_args_is_help=True, help="Reject, confirm or edit a fact; the correction survives every later extraction."
)
app.add_typer(fact_app, name="fact")

FactArgument = Annotated[str, typer.Argument(help="ARTICLE.POSITION, as printed by `suowen show ARTICLE`: 7.12")]
NoteOption = Annotated[str, typer.Option(help="Reason, stored with the correction.")]
ByOption = Annotated[str, typer.Option(help="Who makes the correction; default: the user name.")]


@fact_app.command()
def reject(
    ctx: typer.Context, identity: FactArgument, note: NoteOption = "", by: ByOption = "", home: HomeOption = None
) -> None:
    """Reject a fact: it is left out of cards, digests and exports.

    Example: `suowen fact reject 7.12 --note "a goal"`
    """
    _correct(configured(ctx, home), identity, "reject", by, note)


@fact_app.command()
def confirm(
    ctx: typer.Context, identity: FactArgument, note: NoteOption = "", by: ByOption = "", home: HomeOption = None
) -> None:
    """Confirm a fact as checked by a person. Example: `suowen fact confirm 7.12`"""
    _correct(configured(ctx, home), identity, "confirm", by, note)


@fact_app.command()
def edit(
    ctx: typer.Context,
    identity: FactArgument,
    changes: Annotated[list[str], typer.Argument(help="FIELD=VALUE, one or more.")],
    note: NoteOption = "",
    by: ByOption = "",
    home: HomeOption = None,
) -> None:
    """Edit the fields of a fact whose quote is right. Example: `suowen fact edit 7.12 value=41 approx=exact`"""
    fields = dict(change.partition("=")[::2] for change in changes)
    if not all("=" in change for change in changes):
        raise UsageError(f"{' '.join(changes)}: write each change as FIELD=VALUE, such as value=41")
    _correct(configured(ctx, home), identity, "edit", by, note, fields)


def _user() -> str:
    """Return the name of the user, "-" if there is none: the user of a container may have no name."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "-"


def _correct(
    config: Config,
    identity: str,
    action: Action,
    by: str,
    note: str,
    fields: Mapping[str, str] | None = None,
) -> None:
    """Store a correction and print the commit. Raises UsageError if `identity` is not ARTICLE.POSITION."""
    named = re.fullmatch(r"([0-9]{1,15})\.([0-9]{1,9})", identity)
    if named is None:
        raise UsageError(
            f"{identity}: not the number of a fact; write ARTICLE.POSITION as `suowen show` prints it, such as 7.12"
        )
    with opened_store(config) as store:
        recorded = record_correction(
            store,
            int(named[1]),
            int(named[2]),
            action,
            by.strip() or _user(),
            datetime.now(UTC),
            note=note,
            given=fields,
        )
    typer.echo(
        f"{identity} {recorded.fact.kind} {visible(recorded.fact.quote)}: {action} stored as commit {recorded.commit}"
    )
