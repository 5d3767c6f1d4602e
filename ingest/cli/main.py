"""Entry point of `suowen`: the list of commands, common options, and the exit code of each error.

The module of a command is imported when the command is called; `suowen --help` imports none of these modules.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from ingest import __version__
from ingest.errors import SuowenError, UsageError
from store.errors import StoreError


class Entry(NamedTuple):
    """One command: its name, the module of ingest.cli that registers it, its section of `--help`, its summary."""

    name: str
    module: str
    section: str
    summary: str


COMMANDS = (
    Entry("init", "setup", "Set up", "Write a commented starter configuration into a folder."),
    Entry(
        "demo",
        "demo",
        "Set up",
        "Run the whole job twice against a small news site on loopback; write store and digest.",
    ),
    Entry(
        "sources",
        "sources",
        "Set up",
        "List the configured sources: schedule, last success, new articles per week, health.",
    ),
    Entry(
        "check",
        "setup",
        "Set up",
        "Try one source: what it lists, what a run would fetch, one article. Nothing is stored.",
    ),
    Entry("subscriptions", "delivery", "Set up", "List the subscriptions: schedule, filters, destinations, progress."),
    Entry(
        "test-channel", "delivery", "Set up", "Send one line to a destination and show what the other side answered."
    ),
    Entry("run", "run", "Run", "Run one pass over the sources that are due, or over the named ones."),
    Entry("add", "add", "Run", "Ingest URLs, saved pages or WARC files once."),
    Entry("serve", "run", "Run", "Run the background service: every source on its schedule, the digest at its hour."),
    Entry("digest", "digest", "Run", "Write the digest of a day; send it with --send."),
    Entry("send", "delivery", "Run", "Send the message of a subscription now; --dry-run only shows it."),
    Entry("outbox", "delivery", "Run", "List sent and waiting messages with what the other side answered."),
    Entry(
        "replay",
        "replay",
        "Run",
        "Extract the archive again with today's rules and append what differs, once accepted.",
    ),
    Entry(
        "backfill", "backfill", "Run", "Read years of archived pages: WARC files, or the ranges that a URL index names."
    ),
    Entry("web", "web", "Run", "Serve pages and an API over the store, for a browser on this machine."),
    Entry("mcp", "mcp", "Run", "Serve the store to an assistant on this machine (MCP, stdio); read-only."),
    Entry("token", "access", "Run", "Make, list and revoke tokens for programs that use the API."),
    Entry("feed", "access", "Run", "Make, list and revoke secret addresses of Atom and JSON feeds."),
    Entry("list", "query", "Query", "List the stored articles, newest first."),
    Entry(
        "show",
        "query",
        "Query",
        "Show one article: text, verdict with reasons, facts with quotes, story, revisions, captures.",
    ),
    Entry(
        "search",
        "query",
        "Query",
        "Find articles by words of their title, text, stations, people or honours, best first.",
    ),
    Entry(
        "export",
        "export",
        "Query",
        "Write the stored articles as seeds (text files), jsonl, csv, parquet, delta or duckdb.",
    ),
    Entry("clip", "delivery", "Query", "Write articles as a clipping (剪报) in a .docx file, ready to forward."),
    Entry("stations", "stations", "Stations", "List the stations that stored features mention."),
    Entry(
        "station",
        "stations",
        "Stations",
        "Show the card of one station: each value with its articles and quotes, oldest first.",
    ),
    Entry(
        "story",
        "show_story",
        "Stations",
        "Show one story: who published first, every copy and its similarity, the best copy.",
    ),
    Entry(
        "changes",
        "stations",
        "Stations",
        "List figures of stations that a later article changed, with both articles and quotes.",
    ),
    Entry(
        "fact",
        "fact",
        "Stations",
        "Reject, confirm or edit a fact; the correction survives every later extraction.",
    ),
    Entry(
        "log", "commits", "History", "List the commits, newest first: time, program and rules, what was added, hash."
    ),
    Entry("diff", "commits", "History", "Compare two commits, or two revisions of an article."),
    Entry(
        "verify",
        "maintenance",
        "Maintenance",
        "Check everything stored: hash chain, quotes against texts, archive records against hashes.",
    ),
    Entry("import", "import_texts", "Maintenance", "Import a folder of seed-format texts."),
    Entry(
        "backup",
        "maintenance",
        "Maintenance",
        "Write the store and the raw archive to one file. Other processes can read and write meanwhile.",
    ),
    Entry("restore", "maintenance", "Maintenance", "Restore a backup into a working folder that has no store yet."),
    Entry("archive", "archive", "Maintenance", "List the WARC files of the raw archive; check or move them."),
    Entry(
        "reindex",
        "maintenance",
        "Maintenance",
        "Rebuild the search index, and the near-duplicate keys that an older method made.",
    ),
    Entry(
        "spellings",
        "maintenance",
        "Maintenance",
        "Join articles that were stored twice, under two URLs of one page.",
    ),
    Entry("extract", "try_files", "Try on files", "Extract title, date, source, people and text from saved pages."),
    Entry(
        "classify", "try_files", "Try on files", "Classify files as feature, brief or other, with score and reasons."
    ),
    Entry("facts", "try_files", "Try on files", "Extract key facts with the quotes that prove them."),
    Entry("cluster", "group_stories", "Try on files", "Group texts that tell the same story."),
)
_BY_NAME = {entry.name: entry for entry in COMMANDS}
#: former name of a command -> current name
RENAMED = {"read": "extract", "judge": "classify"}

EXIT_CODES = """
Exit codes: 0 done; 1 failed, the message says why; 2 wrong usage or configuration; 3 done, but part of the input
could not be used (each part is named); 130 interrupted.
"""

#: errors of a write to a full, failing or read-only disk, or beyond the size limit of a file; they name no file
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG})


class LazyGroup(TyperGroup):
    """Command group that lists commands from `COMMANDS` and imports the module of a command only when it is called."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands in the order of `--help`."""
        return list(_BY_NAME)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, None for an unknown name. While the help lists commands, return a stub with its summary.

        Raises UsageError for a former name.
        """
        entry = _BY_NAME.get(cmd_name)
        if entry is None:
            if cmd_name in RENAMED:
                raise UsageError(f"`suowen {cmd_name}` is called `suowen {RENAMED[cmd_name]}` now")
            return None
        if self._listing:
            return TyperCommand(name=entry.name, help=entry.summary, rich_help_panel=entry.section)
        return load_command(entry)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help text, the commands grouped by section."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def load_command(entry: Entry) -> Any:
    """Import the module of a command and return the command."""
    module = import_module(f"ingest.cli.{entry.module}")
    return typer.main.get_group(module.app).commands[entry.name]


app = typer.Typer(
    name="suowen",
    cls=LazyGroup,
    help="所闻: watches Chinese news sites for feature articles about police stations (派出所特写) and stores their "
    "key facts with the quotes that prove them.\n\nStart with `suowen demo`, or `suowen init DIR`.\n\n" + EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"suowen {__version__}")
        raise typer.Exit


@app.callback()
def _all(
    ctx: typer.Context,
    home: Annotated[
        str | None,
        typer.Option(
            "--home",
            metavar="DIR",
            help="Working folder (with config/ and data/); default: SUOWEN_HOME, else the current one.",
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log progress to standard error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if home is not None and not str(home).strip():
        raise UsageError("--home with an empty name: name a folder, or write . for the current folder")
    ctx.obj = Path(home) if home is not None else None
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


#: base class of typer's errors about the command line, taken from the public BadParameter, which derives from it
_ClickError: type[Any] = typer.BadParameter.__mro__[2]
#: message of typer about a value -> message that states what is valid
_RIGHT = (
    (re.compile(r"^Invalid value for '?(.+?)'?: (?:Value error, )?"), r"\1: "),
    (re.compile(r"does not match the formats? '%Y-%m-%d'\.?$"), "is not a day; write one such as 2026-11-20"),
    (re.compile(r"Input should be a valid integer.*$"), "must be a whole number, such as 7"),
    (re.compile(r"Input should be a valid number.*$"), "must be a number, such as 2.5"),
    (re.compile(r"Input should be"), "must be"),
)


def _usage(error: Any) -> str:
    """Format a usage error of typer as one sentence that ends with the help command."""
    message = " ".join(str(error.format_message()).split())
    for pattern, right in _RIGHT:
        message = pattern.sub(right, message)
    command = error.ctx.command_path if error.ctx is not None else "suowen"
    return f"{message.rstrip('.')}; see {command} --help"


def main() -> None:
    """Run the command; print an expected error as one message and exit with its code."""
    for stream in (sys.stdout, sys.stderr):  # a character that cannot be encoded must not end the command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    # the warnings of these libraries do not help the user
    for noisy in ("jieba", "trafilatura", "htmldate", "readability", "psycopg"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except _ClickError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # called without its required arguments: show the help
            error.show()
        else:
            typer.echo(f"suowen: {_usage(error)}", err=True)
        sys.exit(2)
    except typer.Abort:
        typer.echo("suowen: interrupted", err=True)
        sys.exit(130)
    except (SuowenError, StoreError) as error:
        for line in str(error).splitlines():
            typer.echo(f"suowen: {line}", err=True)
        sys.exit(getattr(error, "exit_code", 1))
    except BrokenPipeError:  # the reader of the output (head, less) has ended, which is not an error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # an error that neither names a file nor is in _DISK is a bug and keeps its traceback
        if error.filename is None and error.errno not in _DISK:
            raise
        logging.getLogger("suowen").info("error of the operating system", exc_info=True)
        typer.echo(f"suowen: {f'{error.filename}: ' if error.filename else ''}{error.strerror or error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("suowen: interrupted", err=True)
        sys.exit(130)
