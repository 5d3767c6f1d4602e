"""Run: run, add, serve, digest, replay."""

from __future__ import annotations

import itertools
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ingest.cli.common import GREATEST, HomeOption, JsonOption, command_group, configured
from ingest.cli.console import Follower, outcome_lines, print_json, visible
from ingest.config.load import Config
from ingest.digest import BuiltDigest, make_digest, prune_outcomes
from ingest.errors import UsageError
from ingest.model import Outcome, Source
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.crawl import run_pass
from ingest.pipeline.one_off import add as add_all
from ingest.pipeline.preload import check_rules
from ingest.pipeline.replay import Difference, accept, differences
from ingest.pipeline.results import GOOD, Summary
from ingest.schedule import service
from ingest.schedule.triggers import AGAIN, due_after
from ingest.url_list import ARGUMENT, Line, accepted_urls, decode_lines, parse_lists, read_list, split_arguments

app = command_group()


def warn_of(config: Config, chosen: Sequence[Source]) -> None:
    """Whoever's site is visited should know whom to write to: one line on standard error when nobody is named."""
    if not config.settings.fetch.contact and not all(source.loopback for source in chosen):
        typer.echo(
            "suowen: fetch.contact is empty: the sites that are visited cannot reach you; set it to a mail "
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

    Ends with 3 when a source could not be listed. Example: `suowen run` or `suowen run cpd rednet`
    """
    config = check_rules(configured(ctx, home))
    with open_context(config) as context:
        chosen = config.named(names) if names else _due(context)
        if not chosen:
            _tell_nothing_due(context, as_json)
            return
        warn_of(config, chosen)
        with Follower() as progress, interruptible(context) as stop:
            summary = pass_over(context, chosen, "run", progress, stop)
    report(summary, as_json)
    if summary.outcomes["error"]:
        raise typer.Exit(1)
    if summary.failed_sources or summary.problems:
        raise typer.Exit(3)


@contextmanager
def interruptible(context: RunContext) -> Iterator[threading.Event]:
    """The first Ctrl-C stops the pass: what was fetched is stored, the rest stays queued; the second ends at once."""
    stop = context.sleep.stop = threading.Event()

    def asked(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        typer.echo("suowen: stopping; what was fetched is being stored (Ctrl-C again ends at once)", err=True)
        stop.set()

    before = signal.signal(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
    if stop.is_set():
        raise KeyboardInterrupt


def pass_over(
    context: RunContext,
    sources: Sequence[Source],
    trigger: str,
    progress: Follower,
    stop: threading.Event | None = None,
) -> Summary:
    """One pass, and when each source is due next."""
    summary = run_pass(context, sources, trigger=trigger, progress=progress, stop=stop)
    for source in sources:
        context.store.set_next_due(source.name, due_after(source, context.now(), summary.unreached))
    return summary


def _due(context: RunContext) -> list[Source]:
    due = {source.name: context.store.next_due(source.name) for source in context.config.sources if source.enabled}
    now = context.now()
    return [source for source in context.config.sources if source.name in due and (due[source.name] or now) <= now]


def _tell_nothing_due(context: RunContext, as_json: bool) -> None:
    if as_json:  # the keys of a pass, so that a program needs no second case
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


#: failures named one by one after a pass; the digest and the log name all
SHOWN = 10


def report(summary: Summary, as_json: bool, more: Mapping[str, object] | None = None) -> None:
    """What a run did: a line an outcome, and what failed; `more` goes into the JSON."""
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
    typer.echo("\n".join(outcome_lines(summary.outcomes)) or "nothing was seen")
    if summary.offline:
        typer.echo(
            "! the network is down: no host could be reached; no source is blamed, all are due again in "
            f"{AGAIN / 60:.0f} minutes"
        )
    for name, error in ({} if summary.offline else summary.failed_sources).items():
        typer.echo(f"! {name}: {visible(error)}")
    pages = [outcome for outcome in summary.failures if outcome.candidate.origin != "listing"]  # those stand above
    for outcome in pages[:SHOWN]:
        typer.echo(f"! {outcome.code}: {visible(outcome.candidate.url)}: {visible(outcome.detail)}")
    if len(pages) > SHOWN:
        typer.echo("  and more; `suowen --verbose run` logs each")
    for problem in summary.problems:
        typer.echo(f"! archive: {visible(problem)}")


@app.command()
def add(
    ctx: typer.Context,
    inputs: Annotated[
        list[str] | None, typer.Argument(help="URLs, saved HTML files, WARC files; - reads a list from standard input.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A list, one URL a line, # for comments.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest URLs, saved pages or WARC files once.

    They go through the same pipeline as a run, with the same outcomes.

    Ends with 3 when a line was bad or a page could not be had.
    Example: `suowen add https://example.cn/a.html saved.html --file list.txt`
    """
    config = check_rules(configured(ctx, home))
    paths, given, misnamed = split_arguments(inputs or ())
    lists = [(ARGUMENT, given)]
    if "-" in (inputs or ()):
        lists.append(("standard input", decode_lines(sys.stdin.buffer.read(), "standard input")))
    if file is not None:
        lists.append((str(file), read_list(file)))
    urls, bad = accepted_urls(list(parse_lists(lists)))
    bad = misnamed + bad
    if not urls and not paths and not bad:
        raise UsageError("nothing to add: name URLs or files, or give a list with --file LIST or -")
    for line in bad:
        typer.echo(_complaint(line), err=True)
    progress = _Keeping()
    with open_context(config) as context, progress:
        summary = add_all(context, urls, paths, progress)
    report(
        summary,
        as_json,
        {
            "results": [
                {"url": one.candidate.url, "outcome": one.code, "detail": one.detail, "article": one.article}
                for one in progress.outcomes
            ],
            "bad": [
                {"place": line.place, "line": line.number, "text": line.text, "problem": line.problem} for line in bad
            ],
        },
    )
    failed = sum(count for code, count in summary.outcomes.items() if code not in GOOD)
    if bad or failed:
        raise typer.Exit(3)


class _Keeping(Follower):
    """Keeps every outcome, to be told one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[Outcome] = []

    def done(self, outcome: Outcome) -> None:
        """One candidate has its outcome."""
        self.outcomes.append(outcome)
        super().done(outcome)


def _complaint(line: Line) -> str:
    return f"suowen: {line.location}: {visible(line.text[:120])}: {line.problem}"


@app.command()
def serve(ctx: typer.Context, home: HomeOption = None) -> None:
    """Run the background service: every source on its schedule, the digest at its hour.

    Stops cleanly on SIGTERM.

    Example: `suowen --verbose serve`
    """
    config = check_rules(configured(ctx, home))
    enabled = [source for source in config.sources if source.enabled]
    if not enabled:
        raise UsageError(f"no source is enabled in {config.home / 'config' / 'sources.yaml'}; set enabled: true")
    warn_of(config, enabled)
    with open_context(config) as context:

        def one_pass(sources: Sequence[Source], stop: threading.Event) -> object:
            return run_pass(context, sources, trigger="serve", progress=Follower(quiet=True), stop=stop)

        def one_digest(day: date) -> object:
            return _digest(context, day, send=True, fix=True)  # without a mail server the files are the day's digest

        service.serve(context.store, enabled, one_pass, one_digest, config)


@app.command()
def digest(
    ctx: typer.Context,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Local day; default: today.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Mail it, to each recipient once a day.")] = False,
    home: HomeOption = None,
) -> None:
    """Write the digest of a day; mail it with --send.

    It has the new features with facts and quotes, revisions, reposts, failures and silent sources.

    Example: `suowen digest --date 2026-11-20 --send`
    """
    config = configured(ctx, home)
    with open_context(config, create=False) as context:
        today = context.now().astimezone(ZoneInfo(config.settings.zone)).date()
        made = _digest(context, day.date() if day else today, send=send)
    typer.echo(str(made))
    if made.unsent or (made.delivery is not None and not made.delivery.complete):
        raise typer.Exit(1)


def _digest(context: RunContext, day: date, *, send: bool, fix: bool = False) -> BuiltDigest:
    """Make a day's digest, and let go what was kept only to be counted in one."""
    config: Config = context.config
    made = make_digest(
        context.store,
        config.settings,
        day=day,
        now=context.now(),
        folder=config.data / "digests",
        source_names=[source.name for source in config.sources if source.enabled],
        send=send,
        fix=fix,
    )
    if made.frozen:
        prune_outcomes(context.store, config.settings, context.now())
    return made


@app.command()
def replay(
    ctx: typer.Context,
    since: Annotated[
        int, typer.Option(max=GREATEST, help="Only articles whose newest revision came after this commit.")
    ] = 0,
    classify_only: Annotated[
        bool, typer.Option("--classify", help="Only classify again; do not extract the archive again.")
    ] = False,
    former: Annotated[bool, typer.Option("--judge", hidden=True)] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, accept nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Accept without asking.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extract the archive again with today's rules and append what differs, once accepted.

    With --yes the differences are appended in batches as they are found; else all are shown, then appended together.
    Example: `suowen replay --dry-run`, or after a change of the topic `suowen replay --classify`
    """
    config = configured(ctx, home)
    if former:
        raise UsageError("`suowen replay --judge` is called `suowen replay --classify` now")
    told = _Replayed()
    with open_context(config, create=False) as context:
        found = told.counted(differences(context, since=since, reread=not classify_only))
        if yes and not dry_run:
            found = told.appended(context, found, config.settings.batch)
        if as_json:
            print_json({"differences": map(_difference, found), "commits": told.commits, "overtaken": told.overtaken})
            return
        # texts wait only where there is a person to accept them
        waiting: list[Difference] | None = [] if sys.stdin.isatty() and not (yes or dry_run) else None
        for one in found:
            _print_difference(one)
            if waiting is not None and one.examined is not None:
                waiting.append(one)
        if waiting and typer.confirm(f"Append these {len(waiting)} as a new version?"):
            told.append(context, waiting)
    _print_replayed(told, dry_run)


@dataclass(slots=True)
class _Replayed:
    """What a replay found and did."""

    changed: int = 0
    problems: int = 0
    #: commits appended
    commits: list[int] = field(default_factory=list)
    #: articles that their site changed meanwhile
    overtaken: list[int] = field(default_factory=list)

    def counted(self, found: Iterator[Difference]) -> Iterator[Difference]:
        """The same differences, counted as they pass."""
        for one in found:
            self.changed += one.problem is None
            self.problems += one.problem is not None
            yield one

    def appended(self, context: RunContext, found: Iterator[Difference], size: int) -> Iterator[Difference]:
        """The same differences, accepted in batches of `size` as they pass."""
        while batch := list(itertools.islice(found, size)):
            self.append(context, batch)
            yield from batch

    def append(self, context: RunContext, found: Sequence[Difference]) -> None:
        """Accept these."""
        commit, overtaken = accept(context, found)
        self.commits += [commit] if commit is not None else []
        self.overtaken += [one.article for one in overtaken]


def _difference(one: Difference) -> dict[str, Any]:
    """A difference without the texts that it would append."""
    return {
        name: getattr(one, name)
        for name in (
            "article",
            "url",
            "title",
            "fields",
            "ruling_before",
            "ruling_after",
            "facts_added",
            "facts_gone",
            "problem",
        )
    }


def _print_replayed(told: _Replayed, dry_run: bool) -> None:
    typer.echo(f"{told.changed} articles come out otherwise, {told.problems} could not be read again")
    for article in told.overtaken:
        typer.echo(f"! article {article} got another revision meanwhile and stays; replay again")
    if told.commits:
        typer.echo(f"appended as commit {', '.join(map(str, told.commits))}")
    elif told.changed and not dry_run:
        typer.echo("nothing was changed (accept with --yes)")


def _print_difference(one: Difference) -> None:
    typer.echo(f"article {one.article} {visible(one.title)}")
    if one.problem:
        typer.echo(f"  ! {visible(one.problem)}")
    if one.fields:
        typer.echo(f"  changed: {', '.join(one.fields)}")
    if one.ruling_before != one.ruling_after and one.examined is not None:
        reasons = "; ".join(one.examined.verdict.reasons[:3])
        typer.echo(f"  ruled {one.ruling_before} before, {one.ruling_after} now: {visible(reasons)}")
    for sign, facts in (("+", one.facts_added), ("-", one.facts_gone)):
        for fact in facts:
            typer.echo(f"  {sign} {fact.kind}: {visible(fact.quote)}")
