"""Try on files: extract, classify, facts, cluster; nothing is stored."""

from __future__ import annotations

import gzip
import json
import logging
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar, cast

import typer

from ingest.classify import Topic
from ingest.cli.common import HomeOption, JsonOption, command_group, configured, maybe_configured, opened_store
from ingest.cli.console import print_json, print_table, visible, watched
from ingest.config.settings import WorkerSettings
from ingest.dedup import cluster
from ingest.errors import ExtractError, FetchError, UsageError
from ingest.extract import WRITING
from ingest.facts import Explanation
from ingest.pipeline.files import FileOptions, article_of, explained_of, facts_of, verdict_of
from ingest.pipeline.preload import check_rules
from ingest.workers import WorkerLost, Workers
from store.neighbours import story_texts
from store.records import Article, Fact, Verdict

app = command_group()

_log = logging.getLogger("suowen.files")
R = TypeVar("R")
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

    A text file is not cleaned, so that offsets refer to the file.
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
    tables = "ingest.pipeline.preload:load_facts"
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
    """Return the options for all files: those of the working folder if there is one, else the shipped ones."""
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


def _in_worker(workers: Workers, function: Callable[..., R], path: Path, *others: object) -> R:
    """Run `function(path, ...)` in a worker. Raises ExtractError "quarantined" if the file kills its worker twice."""
    try:
        return workers.run(function, path, *others)
    except WorkerLost:
        try:
            return workers.run(function, path, *others)
        except WorkerLost as lost:
            raise ExtractError(path.name, "quarantined", f"the file killed its worker twice: {lost.reason}") from None


def _process_files(
    files: Sequence[Path],
    settings: WorkerSettings,
    do: Callable[[Workers, Path], R],
    show: Callable[[Path, R], None],
    as_json: bool,
    tables: str = "ingest.pipeline.preload:load_classifier",
) -> None:
    """Process the files in order; report each that fails and go on. Exits with 3 when one failed."""
    failed = 0
    with Workers(settings, preload=("ingest.pipeline.files", tables)) as workers:
        for path, future in _ahead(files, settings.processes, lambda path: do(workers, path)):
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
            except Exception as bug:  # one file never ends the others
                failed += 1
                _log.info("a bug in processing %s", path, exc_info=bug)
                _print_failure(path, "error", f"a bug in processing it: {type(bug).__name__}: {bug}", as_json)
    if failed:
        sys.exit(3)


def _ahead(files: Sequence[Path], processes: int, do: Callable[[Path], R]) -> Iterator[tuple[Path, Future[R]]]:
    """Yield (file, future) in order, with at most `2 * processes` files in progress."""
    waiting: deque[tuple[Path, Future[R]]] = deque()
    with ThreadPoolExecutor(processes, "suowen-files") as threads:
        for path in files:
            waiting.append((path, threads.submit(do, path)))
            if len(waiting) >= 2 * processes:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()


def _print_failure(path: Path, code: str, detail: str, as_json: bool) -> None:
    if as_json:
        print_json({"path": str(path), "outcome": code, "detail": detail})
    typer.echo(f"suowen: {path}: {visible(detail)} ({code})", err=True)


@app.command(name="cluster")
def cluster_command(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help='JSON Lines with {"id", "title", "text"} per line; .gz too.', show_default=False),
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Cluster the stored articles and compare with their stories.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --store: print the differences only.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Group texts that tell the same story.

    Examples: `suowen cluster articles.jsonl --json` prints one line {"id", "cluster"} per text.
    `suowen cluster --store --dry-run` prints which stored stories today's rules would split or join.
    """
    if store == (file is not None):
        raise UsageError("cluster: give either a FILE or --store")
    if store and not dry_run:
        raise UsageError("cluster --store: add --dry-run; the stories of stored articles cannot be changed yet")
    if store:
        _print_story_changes(ctx, home, as_json)
        return
    assert file is not None
    bad: list[str] = []
    with watched() as report:
        groups = cluster(_rows(file, bad), lambda done, total: report("clustering", done, total))
    for key, group in groups.items():
        name, first = json.loads(key), json.loads(group)
        if as_json:
            print_json({"id": name, "cluster": first})
        else:
            typer.echo(f"{visible(str(first))}\t{visible(str(name))}")
    for problem in bad:
        typer.echo(f"suowen: {visible(problem)}; left out", err=True)
    if bad:
        raise typer.Exit(3)


def _print_story_changes(ctx: typer.Context, home: Path | None, as_json: bool) -> None:
    """Print the stories that today's rules would split or join; nothing is changed."""
    with opened_store(configured(ctx, home)) as opened, watched() as report:
        story_of: dict[str, int] = {}

        def rows() -> Iterator[tuple[str, str, str]]:
            for article, story, title, text in story_texts(opened):
                story_of[str(article)] = story
                yield str(article), title, text

        groups = cluster(rows(), lambda done, total: report("clustering", done, total))
    split: dict[int, dict[str, list[int]]] = {}
    joined: dict[str, dict[int, list[int]]] = {}
    for key, group in groups.items():
        split.setdefault(story_of[key], {}).setdefault(group, []).append(int(key))
        joined.setdefault(group, {}).setdefault(story_of[key], []).append(int(key))
    changes: list[dict[str, object]] = [
        {"change": "split", "stories": [story], "articles": [sorted(part) for part in parts.values()]}
        for story, parts in sorted(split.items())
        if len(parts) > 1
    ]
    changes += [
        {"change": "join", "stories": sorted(stories), "articles": [sorted(part) for part in stories.values()]}
        for stories in joined.values()
        if len(stories) > 1
    ]
    for change in changes:
        if as_json:
            print_json(change)
        else:
            typer.echo(f"{change['change']} stories {change['stories']}: articles {change['articles']}")
    if not as_json:
        typer.echo(f"{len(changes)} differences in {len(split)} stories of {len(groups)} articles; nothing was changed")


def _rows(file: Path, bad: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (id as JSON, title, text); as JSON, the ids 1 and "1" stay different. Bad lines are skipped and described
    in `bad`. Raises UsageError for a file that cannot be read.
    """
    seen: dict[str, int] = {}
    for number, raw in _lines(file):
        try:
            row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
            name, title, text = row["id"], row.get("title") or "", row["text"]
            if not isinstance(name, str | int) or isinstance(name, bool) or not isinstance(text, str):
                raise TypeError("the id must be text or a whole number, the text text")
        except UnicodeDecodeError as error:
            bad.append(f"{file}:{number}: not UTF-8 text ({error.reason}); JSON Lines are UTF-8")
            continue
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            why = f"{type(error).__name__}: {error}"
            bad.append(f'{file}:{number}: not a JSON object with "id", "title" and "text" ({why})')
            continue
        key = json.dumps(name, ensure_ascii=False)
        if key in seen:
            bad.append(f"{file}:{number}: line {seen[key]} has the same id {key}; ids must be unique")
            continue
        seen[key] = number
        yield key, str(title), text


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the non-empty lines with their numbers. Raises UsageError for an unreadable file."""
    try:
        with _opened(file) as lines:
            for number, raw in enumerate(lines, 1):
                if raw.strip():
                    yield number, raw
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _opened(file: Path) -> BinaryIO:
    with file.open("rb") as start:
        packed = start.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(file)) if packed else file.open("rb")
