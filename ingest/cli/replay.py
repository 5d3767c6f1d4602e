"""Replay: process the archive again with the current rules, and append the differences once accepted."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer

from ingest.cli.common import MAX_NUMBER, HomeOption, JsonOption, command_group, configured
from ingest.cli.console import print_json, visible
from ingest.cli.dask_options import Authority, Certificate, ClusterOptions, Insecure, Key
from ingest.errors import UsageError
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.replay import Difference, accept, differences
from store.sql_parameters import batched

app = command_group()


@app.command()
def replay(
    ctx: typer.Context,
    since: Annotated[
        int, typer.Option(max=MAX_NUMBER, help="Only articles whose newest revision came after this commit.")
    ] = 0,
    classify_only: Annotated[
        bool, typer.Option("--classify", help="Only classify again; do not extract the archive again.")
    ] = False,
    former: Annotated[bool, typer.Option("--judge", hidden=True)] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change without appending it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Append without confirmation.")] = False,
    cluster: Annotated[
        str | None, typer.Option(help="Process the articles in a Dask cluster: local or tls://HOST:8786.")
    ] = None,
    ca: Authority = None,
    cert: Certificate = None,
    key: Key = None,
    insecure: Insecure = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extract the archive again with today's rules and append what differs, once accepted.

    With --yes differences are appended in batches as they are found. Otherwise all are shown first.
    Example: `suowen replay --dry-run`, or after a change of the topic `suowen replay --classify`
    """
    config = configured(ctx, home)
    if former:
        raise UsageError("`suowen replay --judge` is called `suowen replay --classify` now")
    result = _ReplayResult()
    where = ClusterOptions(cluster, None, ca, cert, key, insecure) if cluster else None
    with open_context(config, create=False, start_workers=where is None) as opened, _in(opened, where) as context:
        found = result.counted(differences(context, since=since, extract=not classify_only))
        if yes and not dry_run:
            found = result.appended(context, found, config.settings.batch)
        if as_json:
            print_json(
                {"differences": map(_difference, found), "commits": result.commits, "overtaken": result.overtaken}
            )
            return
        # differences are kept in memory only if a person can accept them
        waiting: list[Difference] | None = [] if sys.stdin.isatty() and not (yes or dry_run) else None
        for difference in found:
            _print_difference(difference)
            if waiting is not None and difference.processed is not None:
                waiting.append(difference)
        if waiting and typer.confirm(f"Append these {len(waiting)} as new versions?"):
            # in batches, so that other writers do not wait for the whole replay
            for some in batched(waiting, config.settings.batch):
                result.append(context, some)
    _print_result(result, dry_run)


@contextmanager
def _in(context: RunContext, where: ClusterOptions | None) -> Iterator[RunContext]:
    """Yield the context, with the workers of a cluster if one is named."""
    if where is None:
        yield context
        return
    with where.workers(context.config) as workers:
        yield replace(context, workers=workers)


@dataclass(slots=True)
class _ReplayResult:
    """Counts of a replay, and the commits that it appended."""

    changed: int = 0
    problems: int = 0
    #: numbers of the appended commits
    commits: list[int] = field(default_factory=list)
    #: numbers of the articles that a run revised during the replay; their differences are not appended
    overtaken: list[int] = field(default_factory=list)

    def counted(self, found: Iterator[Difference]) -> Iterator[Difference]:
        """Yield the same differences and count them."""
        for difference in found:
            self.changed += difference.problem is None
            self.problems += difference.problem is not None
            yield difference

    def appended(self, context: RunContext, found: Iterator[Difference], size: int) -> Iterator[Difference]:
        """Yield the same differences after appending them in batches of `size`."""
        while batch := list(itertools.islice(found, size)):
            self.append(context, batch)
            yield from batch

    def append(self, context: RunContext, found: Sequence[Difference]) -> None:
        """Append differences in one commit."""
        commit, overtaken = accept(context, found)
        self.commits += [commit] if commit is not None else []
        self.overtaken += [difference.article for difference in overtaken]


def _difference(difference: Difference) -> dict[str, Any]:
    """Return the fields of a difference for JSON. The newly extracted article is left out."""
    return {
        name: getattr(difference, name)
        for name in (
            "article",
            "url",
            "title",
            "fields",
            "ruling_before",
            "ruling_after",
            "facts_added",
            "facts_gone",
            "gone_because",
            "problem",
        )
    }


def _print_result(result: _ReplayResult, dry_run: bool) -> None:
    typer.echo(f"{result.changed} articles differ, {result.problems} could not be processed again")
    for article in result.overtaken:
        typer.echo(f"! article {article} got another revision meanwhile and was not changed; replay again")
    if result.commits:
        typer.echo(f"appended as commit {', '.join(map(str, result.commits))}")
    elif result.changed and not dry_run:
        typer.echo("nothing was changed (append with --yes)")


def _print_difference(difference: Difference) -> None:
    typer.echo(f"article {difference.article} {visible(difference.title)}")
    if difference.problem:
        typer.echo(f"  ! {visible(difference.problem)}")
    if difference.fields:
        typer.echo(f"  changed: {', '.join(difference.fields)}")
    before, after = difference.ruling_before, difference.ruling_after
    if before != after and difference.processed is not None:
        reasons = "; ".join(difference.processed.verdict.reasons[:3])
        typer.echo(f"  ruled {before} before, {after} now: {visible(reasons)}")
    for fact in difference.facts_added:
        typer.echo(f"  + {fact.kind}: {visible(fact.quote)} ({fact.rule})")
    for place, fact in enumerate(difference.facts_gone):
        why = difference.gone_because[place] if difference.gone_because else ""
        typer.echo(f"  - {fact.kind}: {visible(fact.quote)} ({fact.rule}{'; now ' + why if why else ''})")
