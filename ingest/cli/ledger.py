"""diff, search, reindex, backup, restore, archive, import: the store as a thing to keep, compare and find in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from ingest.cli.app import GREATEST, HomeOption, JsonOption, app, configured, opened_store
from ingest.cli.console import Follower, print_json, print_table, visible, watched
from ingest.cli.work import report
from ingest.digest.text_diff import Hunk, difference
from ingest.errors import UsageError
from ingest.fetch.warc_records import members
from ingest.pipeline.context import open_parts
from ingest.pipeline.one_off import add_texts
from ingest.pipeline.save import rekey
from store import Store, StoreError, diff, export, history, warc_storage
from store import backup as backups
from store import search as finding
from store.records import Hit, Revision, Ruling
from store.verify import verify_archive

#: changed articles of each kind that `diff` prints; --json has all
SHOWN = 40
T = TypeVar("T")

# --- diff --------------------------------------------------------------------------------------------------------


@app.command(name="diff")
def diff_command(
    context: typer.Context,
    numbers: Annotated[
        list[int], typer.Argument(metavar="V1 V2 | ID | ID A B", min=0, max=GREATEST, help="See above.")
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed between two commits, or between two revisions of an article. The number of arguments tells which.

    Two numbers are commits: `suowen diff 3 9` tells what commits 4 to 9 brought: articles added and revised, verdicts,
    facts and stories changed.

    One or three are an article: `suowen diff 7` compares its last two revisions, `suowen diff 7 1 3` its revisions 1
    and 3, paragraph by paragraph.
    """
    config = configured(context, home)
    if len(numbers) > 3:
        raise UsageError(
            "diff takes V1 V2 (two commits), ID (an article's last two revisions) or ID A B (two of its "
            f"revisions), not {len(numbers)} numbers"
        )
    with opened_store(config) as store:
        if len(numbers) == 2:
            changes = diff.diff(store, *numbers)
            print_json(changes) if as_json else _print_changes(changes)
            return
        before, after = _revisions(store, numbers)
    hunks = difference(before.content.text, after.content.text)
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
    """The two revisions that ID or ID A B names."""
    found = {one.number: one for one in history.show(store, numbers[0]).revisions}
    chosen = numbers[1:] or sorted(found)[-2:]
    if len(chosen) < 2:
        raise UsageError(f"article {numbers[0]} has one revision only: there is nothing to compare")
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
            # brackets say what is gone and what came where there are no colours, and for who cannot tell them apart
            shown = {"removed": f"[-{piece.text}-]", "added": f"{{+{piece.text}+}}"}.get(piece.mark, piece.text)
            line.append(visible(shown), {"removed": "red strike", "added": "green"}.get(piece.mark, ""))
        console.print(line)
    if not hunks:
        typer.echo("the texts are the same")


def _print_changes(changes: diff.Diff) -> None:
    added = _first(changes.added, lambda row: [f"+ {row.id} {row.ruling or 'unjudged'}  {row.title}  {row.url}"])
    revised = _first(
        changes.revised,
        lambda edit: [
            f"~ {edit.after.article} revision {edit.before.number} to {edit.after.number}  {edit.after.content.title}  "
            f"(suowen diff {edit.after.article} {edit.before.number} {edit.after.number})"
        ],
    )
    judged = _first(
        changes.verdicts,
        lambda one: [
            f"~ {one.article} {one.before.ruling if one.before else 'unjudged'} "
            f"-> {one.after.ruling if one.after else 'unjudged'}  {one.title}"
        ],
    )
    read = _first(
        changes.facts,
        lambda one: [
            f"{sign} {one.article} {fact.kind}: {fact.quote}"
            for sign, side in (("-", one.gone), ("+", one.came))
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
        f"{judged.count} judged otherwise, {read.count} with other facts, {grown.count} stories "
        "grown"
    )
    _print_block("added", added)
    _print_block("revised", revised)
    _print_block("judged otherwise", judged)
    _print_block("other facts", read)
    _print_block("stories grown", grown)


@dataclass(slots=True)
class _Block:
    """What is printed of a long list: how many it has, how many lines they take, and the first SHOWN of those."""

    count: int = 0
    lines: int = 0
    shown: list[str] = field(default_factory=list)


def _first(told: Iterable[T], lines_of: Callable[[T], Sequence[str]]) -> _Block:
    """Go through the list and keep what is printed of it."""
    block = _Block()
    for one in told:
        lines = lines_of(one)
        block.count += 1
        block.lines += len(lines)
        block.shown += lines[: SHOWN - len(block.shown)]
    return block


def _print_block(head: str, block: _Block) -> None:
    """A block of lines under a head."""
    if block.lines:
        typer.echo(f"\n{head}:")
    for line in block.shown:
        typer.echo("  " + visible(line))
    if block.lines > SHOWN:
        typer.echo(f"  … and {block.lines - SHOWN} more (--json has all)")


# --- search ------------------------------------------------------------------------------------------------------


@app.command(name="search")
def search_command(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help='Words, all of which must be there; "a phrase" in quotation marks.')],
    source: Annotated[str | None, typer.Option(help="Only of this configured source, or this 来源.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Published on or after.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Published on or before.")] = None,
    station: Annotated[str | None, typer.Option(help="Telling of this station: 井口派出所 or 井口.")] = None,
    place: Annotated[str | None, typer.Option(help="Telling of this place: 重庆市 or 重庆.")] = None,
    ruling: Annotated[Ruling | None, typer.Option(help="Only of this ruling.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=finding.LIMIT, help="Hits a page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page: 2 begins after the first LIMIT hits.")] = 1,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find articles by any stretch of their title, text, stations, people or honours, best first.

    One character is enough; width and case do not matter. Where very many match, some 400 are ranked and the others
    follow them, the newest first. Example: `suowen search "井口 调解" --place 重庆` or `suowen search 民警 --page 2`
    """
    config = configured(context, home)
    filters = finding.Filters(source, ruling, station, place, _day(since), _day(until))
    with opened_store(config) as store:
        found = finding.search(store, query, filters, limit=limit, offset=(page - 1) * limit)
    if as_json:
        print_json(found)
        return
    console = Console(highlight=False, soft_wrap=True)
    for hit in found.hits:
        _print_hit(console, hit)
    first, many = (page - 1) * limit, "more than " if found.more else ""
    shown = f"{first + 1} to {first + len(found.hits)}" if first and found.hits else f"{len(found.hits)} shown"
    typer.echo(f"{shown} of {many}{found.ranked} found")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _print_hit(console: Console, hit: Hit) -> None:
    row = hit.row
    head = Text(f"{row.id}  ")
    head.append(_marked(row.title, hit.title_marks, "bold"))
    head.append(f"  {row.ruling or 'unjudged'}  {visible(row.source or row.site)}  {(row.published or '')[:10]}")
    console.print(head)
    if hit.snippet:
        console.print(Text("    ").append(_marked(hit.snippet, hit.marks)))


def _marked(text: str, marks: Sequence[tuple[int, int]], style: str = "") -> Text:
    """`text` with the hits in it set off; what is not printable goes first, one for one, so offsets stay."""
    shown = Text(visible(text), style)
    for start, end in marks:
        shown.stylize("bold yellow", start, end)
    return shown


@app.command()
def reindex(context: typer.Context, home: HomeOption = None) -> None:
    """Make the search index anew from the stored articles, and the keys by which their copies are found where an older
    program made them by another method; nothing else is touched.

    The index is kept by itself; this is for one that is suspected or has grown. Example: `suowen reindex`
    """
    with opened_store(configured(context, home)) as store:
        with watched() as progress:
            indexed = finding.reindex(store, progress)
        typer.echo(f"{indexed} articles indexed, {rekey(store, datetime.now(UTC))} given new keys")


# --- backup and restore ------------------------------------------------------------------------------------------


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    archive_too: Annotated[bool, typer.Option("--archive/--no-archive", help="The raw archive with it.")] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write store and raw archive into one file, while others go on reading and writing.

    config/ is not in it. Example: `suowen backup /backup/suowen-2026-11-20.tar`
    """
    config = configured(context, home)
    with opened_store(config) as store, watched() as progress:
        manifest = backups.backup(store, file, config.data / "warc" if archive_too else None, progress)
    _print_manifest(manifest, f"{file} written", as_json)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `suowen backup` wrote.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a backup back into a working folder that has no store yet, everything in it checked first.

    Example: `suowen init again && suowen --home again restore /backup/suowen-2026-11-20.tar`
    """
    config = configured(context, home)
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file; name one that `suowen backup` wrote")
    try:
        with watched() as progress:
            manifest = backups.restore(file, config.store_url(), config.data / "warc", progress)
    except StoreError as error:
        if "not empty" in str(error):
            raise StoreError(
                f"{error}\nrestore into a new working folder: suowen init DIR, then suowen --home DIR restore {file}"
            ) from error
        raise
    _print_manifest(manifest, f"{file} restored into {config.data}", as_json)


def _print_manifest(manifest: dict[str, Any], said: str, as_json: bool) -> None:
    if as_json:
        print_json(manifest)
        return
    size = sum(one["size"] for one in manifest["files"].values())
    typer.echo(
        f"{said}: commit {manifest['commit']} ({manifest['digest'][:12]}), {len(manifest['files']) - 1} archive "
        f"files, {size:,} bytes"
    )


# --- import ------------------------------------------------------------------------------------------------------


@app.command(name="import")
def import_command(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder of NNN_<16 hex>.txt, as `suowen export` writes it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a seed-format folder in: each text is judged, compared with known stories and read for facts like any other.

    A text has the address seed:<16 hex of its SHA-256>, so that importing it twice adds nothing; its first line stands
    for the title. A text that is not the one its file was named after is told and taken as it is; nothing is taken in
    when a file is no UTF-8. Example: `suowen import out`
    """
    config = configured(context, home)
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder; name one that `suowen export --format seeds` wrote")
    files = 0
    for name, text in export.seed_texts(folder):  # all of it is read once before anything is stored
        files += 1
        if export.misnamed(name, text):
            typer.echo(f"suowen: {folder / name}: its text is not the one it was named after; taken as it is", err=True)
    if not files:
        raise UsageError(f"{folder}: has no file NNN_<16 hex>.txt; name a folder in the seed format")
    with open_parts(config) as parts, Follower() as watch:
        summary = add_texts(parts, export.seed_texts(folder), watch)
    report(summary, as_json)
    if summary.outcomes["error"] or summary.outcomes["quarantined"]:
        raise typer.Exit(3)


# --- archive -----------------------------------------------------------------------------------------------------


@app.command()
def archive(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Read every record and compare it with its digest.")] = False,
    move_to: Annotated[
        str | None,
        typer.Option("--move-to", metavar="FOLDER|URL", help="Move files there: /mnt/warc, s3://bucket/warc."),
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Move only files begun before this (UTC) day.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The WARC files of the raw archive: size, captures, where each lies; with --check also its records and damage.

    A moved file is found where it is by every command, and may be moved on, or back to data/warc; a URL needs fsspec
    (pip install 'suowen[archive]') and the driver of its protocol. Ends with 1 when a file is missing, damaged or
    cannot be asked for, 3 when one could not be moved.
    Example: `suowen archive --move-to /mnt/warc --before 2026-01-01`
    """
    config = configured(context, home)
    folder = config.data / "warc"
    if before and not move_to:
        raise UsageError("--before chooses files to move; say where with --move-to FOLDER or URL")
    with opened_store(config) as store:
        moved = list(warc_storage.move(store, folder, _target(move_to), before=_day(before))) if move_to else []
        rows = _file_rows(store, folder, check)
        with watched() as progress:
            problems = verify_archive(store, folder, progress) if check else []
    stayed = [f"{one.name} stays: {one.problem}" for one in moved if one.problem]
    if as_json:
        print_json(
            {
                "files": rows,
                "moved": [one.name for one in moved if not one.problem],
                "stayed": stayed,
                "problems": problems,
            }
        )
    else:
        _print_archive(rows, len(moved) - len(stayed) if move_to else None, [*stayed, *problems])
    if problems or any(row["bytes"] is None for row in rows):
        raise typer.Exit(1)
    if stayed:
        raise typer.Exit(3)


def _target(where: str) -> warc_storage.Place:
    """The place to move files to. Raises UsageError for one that ends with this command, and they with it."""
    place = warc_storage.place_of(where)
    if not place.lasting:
        raise UsageError(f"--move-to {where}: what is in memory is gone when this command ends; name a folder")
    return place


def _file_rows(store: Store, folder: Path, check: bool) -> list[dict[str, Any]]:
    """Every archive file that the store knows of."""
    captures, moved = store.captures_in_files(), store.file_places()
    opened = functools.cache(warc_storage.place_of)  # one that gives no answer is not waited for file after file
    return [
        _file_row(opened, folder, name, captures.get(name, 0), moved.get(name), check)
        for name in sorted({*store.archive_rows(), *captures})
    ]


def _file_row(
    opened: Callable[[str], warc_storage.Place], folder: Path, name: str, captures: int, moved: str | None, check: bool
) -> dict[str, Any]:
    """What is known of one archive file; its records are counted by reading all of it."""
    row: dict[str, Any] = {"file": name, "bytes": None, "captures": captures, "place": moved}
    try:
        place = opened(moved or str(folder))
        row["bytes"] = place.size(name)
        if check and row["bytes"] is not None:
            with place.open(name) as file:
                row["records"] = sum(one.data is not None for one in members(file))
    except (OSError, StoreError) as error:
        row["error"] = str(error)
    return row


def _print_archive(rows: Sequence[dict[str, Any]], moved: int | None, problems: Sequence[str]) -> None:
    columns = ["file", "bytes", "captures", *(["records"] if any("records" in row for row in rows) else []), "place"]
    for row in rows:  # a file that cannot be asked for is not known to be missing
        row["shown"] = row.get("error", "missing") if row["bytes"] is None else f"{row['bytes']:,}"
    print_table(columns, [[row["shown"] if name == "bytes" else row.get(name) for name in columns] for row in rows])
    typer.echo(
        f"{len(rows)} files, {sum(row['bytes'] or 0 for row in rows):,} bytes"
        + ("" if moved is None else f"; {moved} moved")
    )
    for problem in problems:
        typer.echo(f"! {visible(problem)}")
