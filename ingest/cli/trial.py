"""read, judge, facts, cluster: what the line would do with files, nothing stored."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.app import JsonOption, app
from ingest.cli.console import print_json, print_table, visible
from ingest.errors import ReadError, SuowenError, UsageError
from ingest.facts import Knowledge, facts
from ingest.fetch.files import page_from_file
from ingest.judge import Topic, judge
from ingest.model import ReadRules
from ingest.read import WRITING, read
from ingest.same import cluster
from ingest.script import converted
from store.records import Article

FilesArgument = Annotated[list[Path], typer.Argument(help="HTML or text files; .gz too.", show_default=False)]

_HTML = (".html", ".htm", ".shtml", ".xhtml")


@app.command(name="read")
def read_command(
    files: FilesArgument,
    as_json: JsonOption = False,
    simplify: Annotated[bool, typer.Option("--simplify", help="Traditional script to simplified, by OpenCC.")] = False,
) -> None:
    """Read saved pages as the line would: title, date, source, people, text.

    Example: `suowen read page.html saved/*.html.gz --json`
    """

    def one(path: Path) -> None:
        article = _simplified(_article(path)) if simplify else _article(path)
        row = {
            "path": str(path), "title": article.title, "published": article.published, "source": article.source,
            "authors": [credit.name for credit in article.authors if credit.role in WRITING],
            "editors": list(article.editors),
            "text": article.text, "original_title": article.original_title, "captions": list(article.captions),
            "method": article.method, "quality": article.quality, "origins": dict(article.origins),
        }  # fmt: skip
        if as_json:
            print_json(row)
        else:
            heads = [f"{key}: {row[key]}" for key in ("path", "title", "published", "source", "authors", "editors",
                                                      "method", "quality") if row[key]]  # fmt: skip
            typer.echo("\n".join([*heads, "", article.text, ""]))

    _each(files, one, as_json)


@app.command(name="judge")
def judge_command(
    files: FilesArgument,
    as_json: JsonOption = False,
    topic: Annotated[str, typer.Option(help="The topic file, config/topics/NAME.yaml.")] = "police-station",
) -> None:
    """Say whether files are features about a police station, with score and reasons.

    Example: `suowen judge article.txt --json`
    """
    known = Topic.load(topic, None)

    def one(path: Path) -> None:
        title, text = _title_and_text(path)
        verdict = judge(title, text, known)
        if as_json:
            print_json({"path": str(path), "ruling": verdict.ruling, "score": round(verdict.score, 4),
                        "reasons": list(verdict.reasons), "topic": verdict.topic})  # fmt: skip
        else:
            typer.echo(f"{path}: {verdict.ruling} ({verdict.score:.2f})")
            typer.echo("".join(f"  {visible(reason)}\n" for reason in verdict.reasons))

    _each(files, one, as_json)


@app.command(name="facts")
def facts_command(files: FilesArgument, as_json: JsonOption = False) -> None:
    """Read off key facts with the words that prove them.

    A text file is taken as it stands, so that offsets count into it. Example: `suowen facts seeds/*.txt --json`
    """
    knowledge = Knowledge.load(None)

    def one(path: Path) -> None:
        if _is_html(path):
            article = _article(path)
            found = facts(article.text, knowledge, title=article.title, published=article.published)
        else:
            found = facts(_text(path), knowledge)
        if as_json:
            print_json({"path": str(path), "facts": [fact.flat() for fact in found]})
        else:
            rows = [(fact.kind, "; ".join(f"{k}={v}" for k, v in fact.fields.items() if v is not None), fact.quote,
                     f"{fact.start}-{fact.end}") for fact in found]  # fmt: skip
            print_table(("kind", "fields", "quote", "offsets"), rows, title=str(path))

    _each(files, one, as_json)


@app.command(name="cluster")
def cluster_command(
    file: Annotated[Path, typer.Argument(help='JSON Lines, {"id", "title", "text"} a line.')],
    as_json: JsonOption = False,
) -> None:
    """Tell which texts tell the same story.

    Example: `suowen cluster articles.jsonl --json` prints {"id", "cluster"} a line.
    """
    clusters = cluster(_rows(file))
    for name, group in clusters.items():
        if as_json:
            print_json({"id": name, "cluster": group})
        else:
            typer.echo(f"{visible(group)}\t{visible(name)}")


def _rows(file: Path) -> Iterator[tuple[str, str, str]]:
    with _opened(file) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                yield str(row["id"]), str(row.get("title") or ""), str(row["text"])
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                why = f"{type(error).__name__}: {error}"
                raise UsageError(f'{file}:{number}: not a JSON object with "id", "title" and "text" ({why})') from None


def _opened(file: Path) -> Any:
    try:
        return file.open(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


def _each(files: list[Path], one: Callable[[Path], None], as_json: bool) -> None:
    """Do each file; one that cannot be used is named and the rest done, exit code 3."""
    failed = 0
    for path in files:
        try:
            one(path)
        except OSError as error:
            failed += 1
            typer.echo(f"suowen: {path}: cannot be read: {error.strerror or error}", err=True)
        except SuowenError as error:
            failed += 1
            if as_json and isinstance(error, ReadError):
                print_json({"path": str(path), "outcome": error.code, "detail": error.detail})
            typer.echo(f"suowen: {path}: {error}", err=True)
    if failed:
        sys.exit(3)


def _simplified(article: Article) -> Article:
    names = {"title": article.title, "text": article.text, "source": article.source,
             "original_title": article.original_title}  # fmt: skip
    return replace(
        article, **{name: converted(value) for name, value in names.items() if value},  # type: ignore[arg-type]
        authors=tuple(replace(credit, name=converted(credit.name)) for credit in article.authors),
        editors=tuple(map(converted, article.editors)), captions=tuple(map(converted, article.captions)),
    )  # fmt: skip


def _is_html(path: Path) -> bool:
    return path.name.removesuffix(".gz").lower().endswith(_HTML)


def _article(path: Path) -> Article:
    return read(page_from_file(path), ReadRules()).article


def _title_and_text(path: Path) -> tuple[str, str]:
    if _is_html(path):
        article = _article(path)
        return article.title, article.text
    return "", _text(path)


def _text(path: Path) -> str:
    return page_from_file(path).text
