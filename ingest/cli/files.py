"""Try on files: extract, classify, facts, cluster. Only `cluster --store` changes stored data."""

from __future__ import annotations

import gzip
import json
import logging
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, BinaryIO, TypeVar, cast

import typer

from ingest.classify import Topic
from ingest.cli.common import HomeOption, JsonOption, command_group, configured, maybe_configured, opened_store
from ingest.cli.console import print_json, print_table, visible, watched
from ingest.config.settings import WorkerSettings
from ingest.dedup import Grouped, find_near_duplicate, fingerprint, group, plan_moves, story_changes
from ingest.errors import ExtractError, FetchError, UsageError
from ingest.extract import WRITING
from ingest.facts import Explanation
from ingest.pipeline.files import FileOptions, article_of, explained_of, facts_of, verdict_of
from ingest.pipeline.preload import check_rules
from ingest.versions import PROGRAM, RULES
from ingest.workers import WorkerLost, Workers
from store import Store
from store.neighbours import protected_stories, started_stories, story_texts
from store.records import Article, Fact, Match, Neighbour, Verdict

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


def _ahead(items: Iterable[T], processes: int, do: Callable[[T], R]) -> Iterator[tuple[T, Future[R]]]:
    """Yield (item, future) in order, with at most `2 * processes` items in progress."""
    waiting: deque[tuple[T, Future[R]]] = deque()
    with ThreadPoolExecutor(processes, "suowen-files") as threads:
        for item in items:
            waiting.append((item, threads.submit(do, item)))
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
        bool, typer.Option("--store", help="Make the stored stories equal to today's rules; corrected ones stay.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --store: print the differences, change nothing.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Group texts that tell the same story.

    Examples: `suowen cluster articles.jsonl --json` prints one line {"id", "cluster"} per text.
    `suowen cluster --store --dry-run` prints which stored stories today's rules would split or join;
    `suowen cluster --store` does it, as a Commit.
    """
    if store == (file is not None):
        raise UsageError("cluster: give either a FILE or --store")
    if dry_run and not store:
        raise UsageError("cluster --dry-run: it belongs to --store; a FILE is only read")
    if store:
        _cluster_store(ctx, home, dry_run=dry_run, as_json=as_json)
        return
    assert file is not None
    bad: list[str] = []
    config = maybe_configured(ctx, home)
    with watched() as report, _Clustering(config.settings.workers if config else WorkerSettings()) as clustering:
        for found in clustering.group(_rows(file, bad), report):
            name, first = json.loads(found.key), json.loads(found.first)
            if as_json:
                print_json({"id": name, "cluster": first})
            else:
                typer.echo(f"{visible(str(first))}\t{visible(str(name))}")
    for problem in bad:
        typer.echo(f"suowen: {visible(problem)}; left out", err=True)
    if bad or clustering.lost:
        raise typer.Exit(3)


class _Clustering:
    """Clustering whose work on texts is done in worker processes, with their deadline and memory limit."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._workers = Workers(settings, preload=("ingest.dedup", "ingest.pipeline.preload:load_classifier"))
        self._processes = settings.processes
        #: number of texts that killed their worker twice; each is a story of its own
        self.lost = 0

    def __enter__(self) -> _Clustering:
        self._workers.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workers.__exit__(kind, error, trace)

    def group(
        self, rows: Iterable[tuple[str, str, str]], report: Callable[[str, int, int], object]
    ) -> Iterator[Grouped]:
        """Yield the articles with their stories."""
        yield from group(self._with_keys(rows), self._decide, lambda done, total: report("clustering", done, total))

    def _with_keys(self, rows: Iterable[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str, str], Sequence[str]]]:
        for row, future in _ahead(rows, self._processes, lambda row: self._run(fingerprint, *row[1:])):
            found = future.result()
            yield row, found.bands if found else ()

    def _decide(self, title: str, text: str, known: Sequence[Neighbour]) -> Match | None:
        return self._run(find_near_duplicate, title, text, known)

    def _run(self, function: Callable[..., R], *arguments: object) -> R | None:
        """Run a function in a worker; None for a text that kills its worker twice."""
        try:
            return self._workers.run(function, *arguments)
        except WorkerLost:
            try:
                return self._workers.run(function, *arguments)
            except WorkerLost as lost:
                self.lost += 1
                typer.echo(f"suowen: {visible(str(arguments[0]))}: it killed its worker twice: {lost.reason}", err=True)
                return None


def _cluster_store(ctx: typer.Context, home: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Print the stories that today's rules split or join, and move the articles unless it is a dry run."""
    config = configured(ctx, home)
    with (
        opened_store(config) as opened,
        watched() as report,
        _Clustering(config.settings.workers) as clustering,
    ):
        protected = protected_stories(opened)
        story_of: dict[int, int] = {}
        grouped = list(clustering.group(_stored_rows(opened, protected, story_of), report))
        changes = story_changes(grouped, story_of)
        moves = [] if dry_run else plan_moves(grouped, story_of, started_stories(opened, list(story_of)))
        commit = None
        if moves:
            with opened.batch(at=datetime.now(UTC), program=PROGRAM, rules=RULES) as batch:
                batch.move(moves)
            commit = batch.commit_number
    for change in changes:
        if as_json:
            print_json({"change": change.change, "stories": change.stories, "articles": change.articles})
        else:
            stories, articles = list(change.stories), [list(part) for part in change.articles]
            typer.echo(f"{change.change} stories {stories}: articles {articles}")
    if as_json:
        if not dry_run:
            print_json({"moved": len(moves), "commit": commit})
        return
    what = "nothing was changed" if commit is None else f"{len(moves)} articles moved, commit {commit}"
    kept = f"; {len(protected)} stories with corrections stay as they are" if protected else ""
    typer.echo(
        f"{len(changes)} differences in {len(set(story_of.values()))} stories of {len(story_of)} articles{kept}; {what}"
    )


def _stored_rows(opened: Store, protected: set[int], story_of: dict[int, int]) -> Iterator[tuple[str, str, str]]:
    """Yield the stored articles outside protected stories, and note their stories in `story_of`."""
    for article, story, title, text in story_texts(opened):
        if story not in protected:
            story_of[article] = story
            yield str(article), title, text


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
