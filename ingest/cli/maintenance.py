"""Maintenance: verify, backup, restore, reindex, spellings."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.common import HomeOption, JsonOption, command_group, configured, opened_store
from ingest.cli.console import print_json, visible, watched
from ingest.errors import UsageError
from ingest.pipeline.archived_canonical_urls import stated_urls
from ingest.pipeline.context import open_context
from ingest.pipeline.rebuild_lsh_keys import rebuild_lsh_keys
from ingest.urls import equal_urls
from ingest.versions import PROGRAM, RULES
from store import StoreError, queries
from store import backup as backups
from store import search as finding
from store.same_page_urls import same_page_pairs

app = command_group()


@app.command()
def verify(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check everything stored: hash chain, quotes against texts, archive records against hashes.

    Exit code 1 when anything is damaged. Example: `suowen verify`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        with watched() as progress:
            problems = queries.verify(store, config.data / "warc", progress)
        commits = queries.last_commit(store)
    if as_json:
        print_json({"commits": commits, "problems": problems})
    else:
        for problem in problems:
            typer.echo(f"! {problem}")
        typer.echo(f"{commits} commits checked: " + (f"{len(problems)} problems" if problems else "no problems"))
    if problems:
        raise typer.Exit(1)


@app.command()
def reindex(ctx: typer.Context, home: HomeOption = None) -> None:
    """Rebuild the search index, and the near-duplicate keys that an older method made.

    The index is updated automatically; rebuild it when it may be damaged or has grown. Example: `suowen reindex`
    """
    with opened_store(configured(ctx, home)) as store:
        with watched() as progress:
            indexed = finding.reindex(store, progress)
        typer.echo(
            f"{indexed} articles indexed, {rebuild_lsh_keys(store, datetime.now(UTC))} with new near-duplicate keys"
        )


@app.command()
def spellings(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the pairs without joining them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Join without confirmation.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Join articles that were stored twice, under two URLs of one page.

    The pairs are shown, and joined once accepted: the URL of the later article becomes a spelling of the older one. The
    articles of a pair have the same final URL, or the archived page of one states the URL of the other as canonical.

    Example: `suowen spellings --dry-run`
    """
    with open_context(configured(ctx, home), create=False, start_workers=False) as context:
        store = context.store
        stated, unread = stated_urls(context)
        for problem in unread:
            typer.echo(f"! {visible(problem)}", err=True)
        pairs = same_page_pairs(store, equal_urls, stated)
        accepted = yes and not dry_run
        if not as_json:
            for pair in pairs:
                typer.echo(
                    f"article {pair.later} is article {pair.older}: {visible(pair.title)}\n"
                    f"  {pair.later_url}\n  {pair.older_url}\n  {visible(pair.why)}"
                )
            if pairs and not (yes or dry_run) and sys.stdin.isatty():
                accepted = typer.confirm(f"Make these {len(pairs)} spellings of the older articles?")
        if pairs and accepted:
            with store.batch(at=datetime.now(UTC), program=PROGRAM, rules=RULES) as batch:
                for pair in pairs:
                    batch.spelling(pair.later, pair.older, pair.why)
    if as_json:
        print_json({"pairs": [asdict(pair) for pair in pairs], "joined": accepted and bool(pairs)})
    elif not pairs:
        typer.echo("no article is stored twice")
    elif accepted:
        typer.echo(f"{len(pairs)} articles joined")
    elif not dry_run:
        typer.echo("nothing joined; run with --yes")


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    archive_too: Annotated[bool, typer.Option("--archive/--no-archive", help="Include the raw archive.")] = True,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the store and the raw archive to one file. Other processes can read and write meanwhile.

    config/ is not included. Example: `suowen backup /backup/suowen-2026-11-20.tar`
    """
    config = configured(ctx, home)
    with opened_store(config) as store, watched() as progress:
        manifest = backups.backup(store, file, config.data / "warc" if archive_too else None, progress)
    _print_manifest(manifest, f"{file} written", as_json)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file written by `suowen backup`.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into a working folder that has no store yet.

    Everything in the backup is checked first.

    Example: `suowen init again && suowen --home again restore /backup/suowen-2026-11-20.tar`
    """
    config = configured(ctx, home)
    if not file.is_file():
        raise UsageError(f"{file}: no such file; name a file written by `suowen backup`")
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


def _print_manifest(manifest: dict[str, Any], done: str, as_json: bool) -> None:
    if as_json:
        print_json(manifest)
        return
    size = sum(entry["size"] for entry in manifest["files"].values())
    typer.echo(
        f"{done}: commit {manifest['commit']} ({manifest['digest'][:12]}), {len(manifest['files']) - 1} archive "
        f"files, {size:,} bytes"
    )
