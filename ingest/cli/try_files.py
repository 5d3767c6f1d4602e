"""Commands that process files without storing anything: extract, classify, facts."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ingest.classify import Topic
from ingest.cli.common import HomeOption, JsonOption, command_group, maybe_configured
from ingest.cli.console import print_json, print_table, visible
from ingest.config.settings import WorkerSettings
from ingest.errors import ExtractError, FetchError, UsageError
from ingest.extract import WRITING
from ingest.facts import Explanation
from ingest.pipeline.cached_tables import check_rules
from ingest.pipeline.ordered_parallel import in_order
from ingest.pipeline.try_file import FileOptions, article_of, explained_of, facts_of, verdict_of
from ingest.worker_pool import WorkerLost, WorkerPool, run_twice
from store.records import Article, Fact, Verdict

app = command_group()

_log = logging.getLogger("suowen.files")
R = TypeVar("R")
T = TypeVar("T")
FilesArgument = Annotated[list[Path], typer.Argument(help="HTML or text files; .gz too.", show_default=False)]


@app.command(name="extract")
def extract_command(
    ctx: typer.Context,
    files: FilesArgument,
    source: Annotated[str | None, typer.Option(help="Use the extraction rules of this source.")] = None,
    simplify: Annotated[
        bool, typer.Option("--simplify", help="Convert traditional to simplified characters (OpenCC).")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extract title, date, source, people and text from saved pages.

    Uses the rules of the working folder, if there is one. Example: `suowen extract page.html saved/*.html.gz --json`
    """

    def show(path: Path, article: Article) -> None:
        row = {
            "path": str(path),
            "title": article.title,
            "published": article.published,
            "source": article.source,
            "authors": [credit.name for credit in article.authors if credit.role in WRITING],
            "editors": list(article.editors),
            "text": article.text,
            "original_title": article.original_title,
            "captions": list(article.captions),
            "method": article.method,
            "quality": article.quality,
            "origins": dict(article.origins),
        }
        if as_json:
            print_json(row)
        else:
            keys = ("path", "title", "published", "source", "authors", "editors", "method", "quality")
            heads = [f"{key}: {visible(str(row[key]))}" for key in keys if row[key]]
            typer.echo("\n".join([*heads, "", article.text, ""]))

    options, settings = _options(ctx, home, source=source)
    _process_files(
        files, settings, lambda workers, path: _in_worker(workers, article_of, path, options, simplify), show, as_json
    )


@app.command(name="classify")
def classify_command(
    ctx: typer.Context,
    files: FilesArgument,
    topic: Annotated[
        str | None,
        typer.Option(help="NAME of a file config/topics/NAME.yaml; default: the topic of the working folder."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Classify files as feature, brief or other, with score and reasons.

    Example: `suowen classify article.txt --json`
    """

    def show(path: Path, verdict: Verdict) -> None:
        if as_json:
            print_json(
                {
                    "path": str(path),
                    "ruling": verdict.ruling,
                    "score": round(verdict.score, 4),
                    "reasons": list(verdict.reasons),
                    "topic": verdict.topic,
                }
            )
        else:
            typer.echo(f"{path}: {verdict.ruling} ({verdict.score:.2f})")
            typer.echo("".join(f"  {visible(reason)}\n" for reason in verdict.reasons))

    options, settings = _options(ctx, home, topic=topic)
    _process_files(files, settings, lambda workers, path: _in_worker(workers, verdict_of, path, options), show, as_json)


@app.command(name="facts")
def facts_command(
    ctx: typer.Context,
    files: FilesArgument,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Print for each number, date, name, title and quotation which rule took or left it."
        ),
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extract key facts with the quotes that prove them.

    The text of a text file is not changed, so that offsets refer to the file.
    Examples: `suowen facts seeds/*.txt --json`, `suowen facts --explain article.txt`
    """

    def show_explained(path: Path, found: tuple[Explanation, ...]) -> None:
        if as_json:
            print_json({"path": str(path), "explained": [one.flat() for one in found]})
        else:
            rows = [
                (f"{one.start}-{one.end}", one.quote, "taken" if one.taken else "left", one.rule, one.why)
                for one in found
            ]
            print_table(("offsets", "part", "", "rule", "because"), rows, title=str(path))

    def show(path: Path, found: tuple[Fact, ...]) -> None:
        if as_json:
            print_json({"path": str(path), "facts": [fact.flat() for fact in found]})
        else:
            rows = [
                (
                    fact.kind,
                    "; ".join(f"{k}={v}" for k, v in fact.fields.items() if v is not None),
                    fact.quote,
                    f"{fact.start}-{fact.end}",
                )
                for fact in found
            ]
            print_table(("kind", "fields", "quote", "offsets"), rows, title=str(path))

    options, settings = _options(ctx, home)
    tables = "ingest.pipeline.cached_tables:load_facts"
    if explain:
        _process_files(
            files,
            settings,
            lambda workers, path: _in_worker(workers, explained_of, path, options),
            show_explained,
            as_json,
            tables,
        )
        return
    _process_files(
        files, settings, lambda workers, path: _in_worker(workers, facts_of, path, options), show, as_json, tables
    )


def _options(
    ctx: typer.Context, home: Path | None, *, topic: str | None = None, source: str | None = None
) -> tuple[FileOptions, WorkerSettings]:
    """Return the options for all files and the worker settings, from the working folder if there is one, else defaults.

    Raises UsageError for an unknown source, and for a source without a working folder.
    """
    config = maybe_configured(ctx, home)
    if config is None:
        if source is not None:
            raise UsageError(f"--source {source}: a source needs a working folder; name it with --home DIR")
        chosen, settings = FileOptions(topic or "police-station"), WorkerSettings()
    else:
        check_rules(config)
        rules = FileOptions("").rules if source is None else config.named([source])[0].rules
        chosen, settings = FileOptions(topic or config.settings.topic, config.home, rules), config.settings.workers
    Topic.load(chosen.topic, chosen.home)
    return chosen, settings


def _in_worker(workers: WorkerPool, function: Callable[..., R], path: Path, *others: object) -> R:
    """Return `function(path, ...)`, run in a worker.

    Raises ExtractError "quarantined" if the file kills its worker twice.
    """
    try:
        return run_twice(workers, function, path, *others)
    except WorkerLost as lost:
        raise ExtractError(path.name, "quarantined", f"the file killed its worker twice: {lost.reason}") from None


def _process_files(
    files: Sequence[Path],
    settings: WorkerSettings,
    do: Callable[[WorkerPool, Path], R],
    show: Callable[[Path, R], None],
    as_json: bool,
    tables: str = "ingest.pipeline.cached_tables:load_classifier",
) -> None:
    """Process the files in order; report each failure and continue. Exits with code 3 if a file failed."""
    failed = 0
    with WorkerPool(settings, preload=("ingest.pipeline.try_file", tables)) as workers:
        for path, future in in_order(files, lambda path: do(workers, path), settings.processes, settings.processes):
            try:
                show(path, future.result())
            except (FetchError, ExtractError) as error:
                failed += 1
                _print_failure(path, error.code, error.detail, as_json)
            except OSError as error:
                if isinstance(error, BrokenPipeError):
                    raise
                failed += 1
                _print_failure(path, "error", f"cannot be read: {error.strerror or error}", as_json)
            except Exception as bug:  # an error in one file must not stop the others
                failed += 1
                _log.info("a bug in processing %s", path, exc_info=bug)
                _print_failure(path, "error", f"a bug in processing it: {type(bug).__name__}: {bug}", as_json)
    if failed:
        sys.exit(3)


def _print_failure(path: Path, code: str, detail: str, as_json: bool) -> None:
    if as_json:
        print_json({"path": str(path), "outcome": code, "detail": detail})
    typer.echo(f"suowen: {path}: {visible(detail)} ({code})", err=True)
