"""Run: run, serve."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured
from ingest.cli.console import Follower, print_json
from ingest.cli.interrupt import interruptible
from ingest.cli.print_summary import report
from ingest.config.load import Config
from ingest.deliver.daily_digest import digest_of_day
from ingest.deliver.dispatch import Dispatcher
from ingest.errors import UsageError
from ingest.pipeline.cached_tables import check_rules
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.crawl import run_pass
from ingest.pipeline.results import Summary
from ingest.pipeline_types import Source
from ingest.schedule import service
from ingest.schedule.triggers import due_after

app = command_group()
_log = logging.getLogger("suowen.deliver")


def warn_without_contact(config: Config, chosen: Sequence[Source]) -> None:
    """Warn on standard error if fetch.contact is empty and a chosen source is not on loopback.

    The owner of a visited site should be able to contact the operator.
    """
    if not config.settings.fetch.contact and not all(source.loopback for source in chosen):
        typer.echo(
            "suowen: fetch.contact is empty: the owners of the visited sites cannot reach you; set it to a mail "
            f"address or URL in {config.home / 'config' / 'settings.yaml'}",
            err=True,
        )


@app.command()
def run(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Sources to run, due or not.", show_default=False)] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one pass over the sources that are due, or over the named ones.

    Exit code 3 when a source could not be listed or a page could not be processed.

    Example: `suowen run` or `suowen run cpd rednet`
    """
    config = check_rules(configured(ctx, home))
    with open_context(config) as context:
        chosen = config.named(names) if names else _due(context)
        if not chosen:
            _print_nothing_due(context, as_json)
            return
        warn_without_contact(config, chosen)
        with Follower() as progress, interruptible(context) as stop:
            summary = pass_over(context, chosen, "run", progress, stop)
    report(summary, as_json)
    if summary.failed_sources or summary.problems or summary.outcomes["error"] or summary.outcomes["quarantined"]:
        raise typer.Exit(3)


def pass_over(
    context: RunContext,
    sources: Sequence[Source],
    trigger: str,
    progress: Follower,
    stop: threading.Event | None = None,
) -> Summary:
    """Run one pass, store the next due time of each source, and return the summary."""
    summary = run_pass(context, sources, trigger=trigger, progress=progress, stop=stop)
    for source in sources:
        context.store.set_next_due(source.name, due_after(source, context.now(), summary.unreached))
    return summary


def _due(context: RunContext) -> list[Source]:
    """Return the enabled sources that are due now."""
    due = {source.name: context.store.next_due(source.name) for source in context.config.sources if source.enabled}
    now = context.now()
    return [source for source in context.config.sources if source.name in due and (due[source.name] or now) <= now]


def _print_nothing_due(context: RunContext, as_json: bool) -> None:
    if as_json:  # the same keys as after a pass, so that programs do not need a special case
        print_json(
            {
                "run": None,
                "outcomes": {},
                "commits": [],
                "failed_sources": {},
                "problems": [],
                "offline": False,
                "nothing_due": _nothing_due(context),
            }
        )
    else:
        typer.echo(_nothing_due(context))


def _nothing_due(context: RunContext) -> str:
    enabled = [source for source in context.config.sources if source.enabled]
    if not enabled:
        return "no source is enabled: set enabled: true in config/sources.yaml, or name one: suowen run NAME"
    upcoming = [(context.store.next_due(source.name) or context.now(), source.name) for source in enabled]
    moment, name = min(upcoming)
    shown = moment.astimezone(ZoneInfo(context.config.settings.zone)).strftime("%Y-%m-%d %H:%M")
    return (
        f"nothing is due; next: {name} at {shown} ({context.config.settings.zone}). To run one now: suowen run {name}"
    )


@app.command()
def serve(ctx: typer.Context, home: HomeOption = None) -> None:
    """Run the background service: every source on its schedule, the digest at its hour.

    SIGTERM stops it cleanly.

    Example: `suowen --verbose serve`
    """
    config = check_rules(configured(ctx, home))
    enabled = [source for source in config.sources if source.enabled]
    if not enabled:
        raise UsageError(f"no source is enabled in {config.home / 'config' / 'sources.yaml'}; set enabled: true")
    warn_without_contact(config, enabled)
    with open_context(config) as context:

        def one_pass(sources: Sequence[Source], stop: threading.Event) -> object:
            return run_pass(context, sources, trigger="serve", progress=Follower(quiet=True), stop=stop)

        def one_digest(day: date) -> object:
            # `fix` stores the digest even without a destination: its files are the result
            return digest_of_day(context.store, config, day=day, now=context.now(), send=True, fix=True)

        def messages(stop: threading.Event) -> object:
            names = [source.name for source in config.sources if source.enabled]
            dispatcher = Dispatcher(
                context.store, config.settings, config.subscriptions, names, clock=context.now, stop=stop
            )
            for attempt in dispatcher.run():
                if attempt.state != "sent":
                    _log.warning("%s", attempt)
            return None

        service.serve(context.store, enabled, one_pass, one_digest, config, messages)
