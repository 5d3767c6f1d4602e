"""Run: run, add, serve, digest, replay."""

from __future__ import annotations

import itertools
import logging
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ingest.cli.common import MAX_NUMBER, HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import Follower, outcome_lines, print_json, visible
from ingest.cli.dask_options import Authority, Certificate, ClusterOptions, Insecure, Key
from ingest.config.load import Config
from ingest.deliver.daily_digest import digest_of_day
from ingest.deliver.dispatch import Dispatcher
from ingest.errors import UsageError
from ingest.pipeline.add_inputs import WARC_ENDINGS
from ingest.pipeline.add_inputs import add as add_all
from ingest.pipeline.cached_tables import check_rules
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.crawl import run_pass
from ingest.pipeline.replay import Difference, accept, differences
from ingest.pipeline.results import GOOD, Summary
from ingest.pipeline.save import chunks
from ingest.pipeline_types import Outcome, Source
from ingest.schedule import service
from ingest.schedule.triggers import RETRY_AFTER_OFFLINE, due_after
from ingest.url_list import ARGUMENT, Line, accepted_urls, decode_lines, parse_lists, read_list, split_arguments
from ingest.urls import canonical

app = command_group()
_log = logging.getLogger("suowen.deliver")


def warn_without_contact(config: Config, chosen: Sequence[Source]) -> None:
    """Warn on standard error if fetch.contact is empty: site owners should be able to contact the operator."""
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


@contextmanager
def interruptible(context: RunContext) -> Iterator[threading.Event]:
    """Stop the pass on the first Ctrl-C and exit on the second. Yields the event that stops the pass.

    After the first Ctrl-C, fetched pages are stored and the other candidates stay queued; KeyboardInterrupt is raised
    at the end of the pass.
    """
    stop = context.sleep.stop = threading.Event()

    def stop_or_exit(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        typer.echo("suowen: stopping; fetched pages are being stored (Ctrl-C again exits at once)", err=True)
        stop.set()

    before = signal.signal(signal.SIGINT, stop_or_exit)
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


@app.command()
def add(
    ctx: typer.Context,
    inputs: Annotated[
        list[str] | None, typer.Argument(help="URLs, saved HTML files, WARC files; - reads a list from standard input.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A list with one URL per line; # starts a comment.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Address of the one saved page that is named, if the page states none.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest URLs, saved pages or WARC files once.

    They are processed by the same pipeline as a run, with the same outcomes. The address of a saved page (HTML or
    MHTML) is --url, else the address that the page states.

    Exit code 3 when a line was bad or a page could not be fetched.
    Example: `suowen add https://example.cn/a.html saved.html --file list.txt`
    """
    config = check_rules(configured(ctx, home))
    paths, arguments, misnamed = split_arguments(inputs or ())
    lists = [(ARGUMENT, arguments)]
    if "-" in (inputs or ()):
        lists.append(("standard input", decode_lines(sys.stdin.buffer.read(), "standard input")))
    if file is not None:
        lists.append((str(file), read_list(file)))
    urls, bad = accepted_urls(list(parse_lists(lists)))
    bad = misnamed + bad
    if not urls and not paths and not bad:
        raise UsageError("nothing to add: name URLs or files, or give a list with --file LIST or -")
    address = _page_address(url, paths, urls) if url is not None else None
    for line in bad:
        typer.echo(_bad_line(line), err=True)
    progress = _Recorder()
    with open_context(config) as context, progress:
        summary = add_all(context, urls, paths, progress, address)
    report(
        summary,
        as_json,
        {
            "results": [
                {
                    "url": outcome.candidate.url,
                    "outcome": outcome.code,
                    "detail": outcome.detail,
                    "article": outcome.article,
                }
                for outcome in progress.outcomes
            ],
            "bad": [
                {"place": line.place, "line": line.number, "text": line.text, "problem": line.problem} for line in bad
            ],
        },
    )
    failed = sum(count for code, count in summary.outcomes.items() if code not in GOOD)
    if bad or failed:
        raise typer.Exit(3)


class _Recorder(Follower):
    """Follower that records every outcome for the JSON output."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[Outcome] = []

    def done(self, outcome: Outcome) -> None:
        """Record and report the outcome of one candidate."""
        self.outcomes.append(outcome)
        super().done(outcome)


def _page_address(url: str, paths: Sequence[Path], urls: Sequence[str]) -> str:
    """Return the canonical address of --url.

    Raises UsageError for an invalid address, and unless one saved page and nothing else is named.
    """
    if len(paths) != 1 or urls or paths[0].name.lower().endswith(WARC_ENDINGS):
        raise UsageError("--url is the address of one saved page: suowen add --url ADDRESS FILE")
    try:
        return canonical(url)
    except ValueError as error:
        raise UsageError(f"--url {url!r}: {error}") from None


def _bad_line(line: Line) -> str:
    return f"suowen: {line.location}: {visible(line.text[:120])}: {line.problem}"


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
            for some in chunks(waiting, config.settings.batch):
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
    """Return a difference for JSON, without the texts that it would append."""
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
