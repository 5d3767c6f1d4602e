"""History: log, diff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from ingest.cli.common import MAX_NUMBER, HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import local, print_json, print_table, visible
from ingest.digest.text_diff import Hunk, diff_paragraphs
from ingest.errors import UsageError
from store import Store, commit_diff, queries
from store.records import Revision

app = command_group()


@app.command()
def log(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1)] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the commits, newest first: time, program and rules, what was added, hash.

    Example: `suowen log --limit 5`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        commits = queries.each_commit(store, limit)
        if as_json:
            print_json(commits)
            return
        print_table(
            ("commit", "at", "by", "rules", "added", "digest"),
            (
                (
                    commit.number,
                    local(commit.at, config.settings.zone),
                    commit.program,
                    " ".join(f"{name} {version}" for name, version in commit.rules.items()),
                    ", ".join(f"{count} {name}" for name, count in commit.counts.items() if count),
                    commit.digest[:12],
                )
                for commit in commits
            ),
        )


#: maximum lines that `diff` prints for each kind of change; --json prints all
SHOWN = 40

T = TypeVar("T")


@app.command(name="diff")
def diff_command(
    ctx: typer.Context,
    numbers: Annotated[
        list[int], typer.Argument(metavar="V1 V2 | ID | ID A B", min=0, max=MAX_NUMBER, help="See above.")
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two commits, or two revisions of an article.

    The number of arguments decides between commits and revisions.

    Two numbers are commits: `suowen diff 3 9` shows what commits 4 to 9 changed: articles added and revised, verdicts,
    facts and stories.

    One or three numbers name an article: `suowen diff 7` compares its last two revisions, `suowen diff 7 1 3` its
    revisions 1 and 3, paragraph by paragraph.
    """
    config = configured(ctx, home)
    if len(numbers) > 3:
        raise UsageError(
            "diff takes V1 V2 (two commits), ID (an article's last two revisions) or ID A B (two of its "
            f"revisions), not {len(numbers)} numbers"
        )
    with opened_store(config) as store:
        if len(numbers) == 2:
            changes = commit_diff.diff(store, *numbers)
            print_json(changes) if as_json else _print_changes(changes)
            return
        before, after = _revisions(store, numbers)
    hunks = diff_paragraphs(before.content.text, after.content.text)
    if as_json:
        print_json(
            {
                "article": before.article,
                "before": before.number,
                "after": after.number,
                "title": [before.content.title, after.content.title],
                "hunks": hunks,
            }
        )
        return
    _print_revisions(before, after, hunks)


def _revisions(store: Store, numbers: Sequence[int]) -> tuple[Revision, Revision]:
    """Return the two revisions named by ID or ID A B. Raises UsageError for a missing revision."""
    found = {revision.number: revision for revision in queries.show(store, numbers[0]).revisions}
    chosen = numbers[1:] or sorted(found)[-2:]
    if len(chosen) < 2:
        raise UsageError(f"article {numbers[0]} has only one revision, so there is nothing to compare")
    for number in chosen:
        if number not in found:
            raise UsageError(f"article {numbers[0]} has revisions 1 to {max(found)}, not {number}")
    return found[chosen[0]], found[chosen[1]]


def _print_revisions(before: Revision, after: Revision, hunks: Sequence[Hunk]) -> None:
    typer.echo(
        f"article {before.article}, revision {before.number} (commit {before.commit}) to {after.number} "
        f"(commit {after.commit})  {after.content.url}"
    )
    for name in ("title", "published", "source", "method"):
        old, new = getattr(before.content, name), getattr(after.content, name)
        if old != new:
            typer.echo(f"{name}: {visible(str(old))} -> {visible(str(new))}")
    console = Console(highlight=False, soft_wrap=True)
    for hunk in hunks:
        line = Text({"changed": "~ ", "removed": "- ", "added": "+ "}[hunk.what])
        for piece in hunk.pieces:
            # brackets besides colours: output may be without colours, and some people cannot distinguish red and green
            shown = {"removed": f"[-{piece.text}-]", "added": f"{{+{piece.text}+}}"}.get(piece.mark, piece.text)
            line.append(visible(shown), {"removed": "red strike", "added": "green"}.get(piece.mark, ""))
        console.print(line)
    if not hunks:
        typer.echo("the texts are the same")


def _print_changes(changes: commit_diff.Diff) -> None:
    added = _first(changes.added, lambda row: [f"+ {row.id} {row.ruling or 'unclassified'}  {row.title}  {row.url}"])
    revised = _first(
        changes.revised,
        lambda edit: [
            f"~ {edit.after.article} revision {edit.before.number} to {edit.after.number}  {edit.after.content.title}  "
            f"(suowen diff {edit.after.article} {edit.before.number} {edit.after.number})"
        ],
    )
    ruled = _first(
        changes.verdicts,
        lambda change: [
            f"~ {change.article} {change.before.ruling if change.before else 'unclassified'} "
            f"-> {change.after.ruling if change.after else 'unclassified'}  {change.title}"
        ],
    )
    facts = _first(
        changes.facts,
        lambda change: [
            f"{sign} {change.article} {fact.kind}: {fact.quote}"
            for sign, side in (("-", change.removed), ("+", change.added))
            for fact in side
        ],
    )
    grown = _first(
        changes.stories,
        lambda view: [
            f"+ story {view.id} {view.representative.content.title}: {copy.relation} article {copy.article} {copy.url}"
            for copy in view.copies
        ],
    )
    typer.echo(
        f"commit {changes.start} to {changes.end}: {added.count} articles added, {revised.count} revised, "
        f"{ruled.count} with another verdict, {facts.count} with other facts, {grown.count} stories "
        "grown"
    )
    _print_block("added", added)
    _print_block("revised", revised)
    _print_block("other verdicts", ruled)
    _print_block("other facts", facts)
    _print_block("stories grown", grown)


@dataclass(slots=True)
class _Block:
    """The printed part of a long list: number of items, number of lines, and the first SHOWN lines."""

    count: int = 0
    lines: int = 0
    shown: list[str] = field(default_factory=list)


def _first(items: Iterable[T], lines_of: Callable[[T], Sequence[str]]) -> _Block:
    """Return the number of the items and of their lines, and the first SHOWN lines."""
    block = _Block()
    for item in items:
        lines = lines_of(item)
        block.count += 1
        block.lines += len(lines)
        block.shown += lines[: SHOWN - len(block.shown)]
    return block


def _print_block(head: str, block: _Block) -> None:
    """Print a block of lines under a heading."""
    if block.lines:
        typer.echo(f"\n{head}:")
    for line in block.shown:
        typer.echo("  " + visible(line))
    if block.lines > SHOWN:
        typer.echo(f"  … and {block.lines - SHOWN} more (--json has all)")
