"""Cluster: group the texts of a file, or the stored articles with `--store`, into stories."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, BinaryIO, TypeVar, cast

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, maybe_configured, opened_store
from ingest.cli.console import print_json, visible, watched
from ingest.config.settings import WorkerSettings
from ingest.dedup import Grouped, find_near_duplicate, fingerprint, group, plan_moves, story_changes
from ingest.errors import UsageError
from ingest.pipeline.ordered_parallel import in_order
from ingest.versions import PROGRAM, RULES
from ingest.worker_pool import WorkerLost, WorkerPool, run_twice
from store import Store
from store.clustering_input import protected_stories, started_stories, story_texts
from store.records import Match, Neighbour

app = command_group()

R = TypeVar("R")


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
    `suowen cluster --store` applies these changes in one commit.
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
    with watched() as report, Clustering(config.settings.workers if config else WorkerSettings()) as clustering:
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


class Clustering:
    """Clustering in worker processes, with a deadline and a memory limit for each text."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._workers = WorkerPool(settings, preload=("ingest.dedup", "ingest.pipeline.cached_tables:load_classifier"))
        self._processes = settings.processes
        #: number of texts that killed their worker twice; each of them becomes a story of its own
        self.lost = 0

    def __enter__(self) -> Clustering:
        self._workers.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workers.__exit__(kind, error, trace)

    def group(
        self, rows: Iterable[tuple[str, str, str]], report: Callable[[str, int, int], object]
    ) -> Iterator[Grouped]:
        """Yield each text, the longest first, with the longest text of its story."""
        yield from group(self._with_keys(rows), self._decide, lambda done, total: report("clustering", done, total))

    def _with_keys(self, rows: Iterable[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str, str], Sequence[str]]]:
        for row, future in in_order(
            rows, lambda row: self._run(fingerprint, *row[1:]), self._processes, self._processes
        ):
            found = future.result()
            yield row, found.bands if found else ()

    def _decide(self, title: str, text: str, known: Sequence[Neighbour]) -> Match | None:
        return self._run(find_near_duplicate, title, text, known)

    def _run(self, function: Callable[..., R], *arguments: object) -> R | None:
        """Run a function in a worker; return None for a text that kills its worker twice."""
        try:
            return run_twice(self._workers, function, *arguments)
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
        Clustering(config.settings.workers) as clustering,
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
    """Yield the stored articles outside protected stories, and record the story of each in `story_of`."""
    for article, story, title, text in story_texts(opened):
        if story not in protected:
            story_of[article] = story
            yield str(article), title, text


def _rows(file: Path, bad: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (id as JSON, title, text). As JSON, the ids 1 and "1" stay different.

    Bad lines are skipped and described in `bad`. Raises UsageError for a file that cannot be read.
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
    """Yield (line number, line) of the non-empty lines. Raises UsageError for an unreadable file."""
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
