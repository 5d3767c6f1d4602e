"""Add: ingest URLs, saved pages or WARC files once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured
from ingest.cli.console import Follower, visible
from ingest.errors import UsageError
from ingest.pipeline.parser_pool import parser_pool
from ingest.pipeline_types import Outcome
from ingest.url_list import (
    ARGUMENT,
    WARC_ENDINGS,
    Line,
    accepted_urls,
    decode_lines,
    parse_lists,
    read_list,
    split_arguments,
)
from ingest.urls import canonical

if TYPE_CHECKING:
    from ingest.config.load import Config
    from ingest.pipeline.results import Summary

app = command_group()


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

    Exit code 3 when a line was bad, or a page could not be fetched or extracted.
    Example: `suowen add https://example.cn/a.html saved.html --file list.txt`
    """
    config = configured(ctx, home)
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
    summary = _added(config, urls, paths, progress, address)
    from ingest.cli.print_summary import report
    from ingest.pipeline.results import GOOD

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


def _added(
    config: Config, urls: Sequence[str], paths: Sequence[Path], progress: _Recorder, address: str | None
) -> Summary:
    """Start the workers, then import the pipeline while they load, and add the inputs."""
    with parser_pool(config.settings.workers) as workers:
        from ingest.pipeline.add_inputs import add as add_all
        from ingest.pipeline.cached_tables import check_rules
        from ingest.pipeline.context import open_context

        with open_context(check_rules(config), workers=workers) as context, progress:
            return add_all(context, urls, paths, progress, address)


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
