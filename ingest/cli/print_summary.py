"""Print the summary of a run, for the commands that process articles."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from ingest.cli.console import outcome_lines, print_json, visible
from ingest.pipeline.results import Summary

#: maximum failures printed after a pass; the log lists all
SHOWN = 10


def report(summary: Summary, as_json: bool, more: Mapping[str, object] | None = None) -> None:
    """Print the result of a run: counts by outcome, and the failures.

    `more` contains further keys for the JSON output.
    """
    if as_json:
        print_json(
            {
                "run": summary.run,
                "outcomes": dict(summary.outcomes),
                "commits": summary.commits,
                "failed_sources": summary.failed_sources,
                "problems": summary.problems,
                "offline": summary.offline,
                **(more or {}),
            }
        )
        return
    unchanged = f"not modified: {', '.join(summary.not_modified)}" if summary.not_modified else "no article was listed"
    typer.echo("\n".join(outcome_lines(summary.outcomes)) or unchanged)
    if summary.offline:
        from ingest.schedule.triggers import RETRY_AFTER_OFFLINE  # loads APScheduler

        typer.echo(
            "! the network is down: no host could be reached; this counts against no source, all are due again in "
            f"{RETRY_AFTER_OFFLINE / 60:.0f} minutes"
        )
    for name, error in ({} if summary.offline else summary.failed_sources).items():
        typer.echo(f"! {name}: {visible(error)}")
    pages = [
        outcome for outcome in summary.failures if outcome.candidate.origin != "listing"
    ]  # failed listings have been printed above
    for outcome in pages[:SHOWN]:
        typer.echo(f"! {outcome.code}: {visible(outcome.detail)} ({visible(outcome.candidate.url)})")
    if len(pages) > SHOWN:
        typer.echo("  and more; `suowen --verbose run` logs each")
    for problem in summary.problems:
        typer.echo(f"! archive: {visible(problem)}")
