"""Query: list, show, search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.text import Text

from ingest.cli.common import (
    MAX_NUMBER,
    AtOption,
    HomeOption,
    JsonOption,
    command_group,
    commit_of,
    configured,
    day_of,
    opened_store,
)
from ingest.cli.console import dated, local, print_json, print_table, visible
from store import queries
from store import search as finding
from store.records import Fact, Hit, Ruling

app = command_group()


@app.command(name="list")
def list_command(
    ctx: typer.Context,
    source: Annotated[str | None, typer.Option(help="Only articles of this source.")] = None,
    ruling: Annotated[Ruling | None, typer.Option(help="Only articles with this ruling.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only articles first stored on or after this day (configured zone)."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the stored articles, newest first.

    Example: `suowen list --ruling feature --since 2026-11-01` or `suowen list --at 12`
    """
    config = configured(ctx, home)
    zone = config.settings.zone
    day = since.replace(tzinfo=ZoneInfo(zone)) if since else None
    with opened_store(config) as store:
        rows = queries.each_article(
            store, source=source, ruling=ruling, since=day, limit=limit, at=commit_of(store, config, at)
        )
        if as_json:
            print_json(rows)
            return
        print_table(
            ("id", "stored", "ruling", "published", "source", "title"),
            (
                (
                    row.id,
                    local(row.first_seen, zone),
                    row.ruling,
                    dated(row.published, zone),
                    row.source or row.site,
                    row.title,
                )
                for row in rows
            ),
        )


@app.command()
def show(
    ctx: typer.Context,
    article: Annotated[int, typer.Argument(max=MAX_NUMBER, help="Article number, as printed by `suowen list`.")],
    number: Annotated[int | None, typer.Option("--revision", help="Number of an earlier revision.")] = None,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one article: text, verdict with reasons, facts with quotes, story, revisions, captures.

    Example: `suowen show 7`, or its earlier state `suowen show 7 --at 2026-11-20`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        view = queries.show(store, article, number=number, at=commit_of(store, config, at))
    if as_json:
        print_json(view)
        return
    content, zone = view.revision.content, config.settings.zone
    typer.echo(f"{visible(content.title)}\n{content.url}")
    origin = content.origins.get("published", "not stated")
    typer.echo(
        f"published {dated(content.published, zone) or 'unknown'} ({origin})  "
        f"source {content.source or 'not stated'}  fetched {local(content.fetched_at, zone)}"
    )
    if content.authors or content.editors:
        people = [f"{credit.role} {credit.name}" for credit in content.authors]
        typer.echo("  ".join([*people, *(f"编辑 {name}" for name in content.editors)]))
    typer.echo(
        f"revision {view.revision.number} of {len(view.revisions)}, commit {view.revision.commit}, "
        f"body by {content.method} (quality {content.quality:.2f})"
    )
    if view.verdict:
        typer.echo(f"ruled {view.verdict.ruling} ({view.verdict.score:.2f}) by {view.verdict.topic}:")
        typer.echo("".join(f"  - {visible(reason)}\n" for reason in view.verdict.reasons), nl=False)
    if view.story:
        typer.echo(
            f"story {view.story.id}: article {view.story.representative.article} and {len(view.story.copies)} copies"
        )
        for copy in view.story.copies:
            typer.echo(f"  {copy.relation} article {copy.article} {copy.source or copy.site} {copy.url}")
    typer.echo("\n" + content.text + "\n")
    if view.facts:
        print_table(
            ("id", "fact", "value", "quote", ""),
            [
                (f"{article}.{f.position}", f.kind, _fields(f.fields), f.quote, _origin(f))
                for f in (*view.facts, *view.rejected)
            ],
        )


def _origin(fact: Fact) -> str:
    """Return who proposed and who corrected a fact; "" for an uncorrected fact of the rules."""
    proposed = f"proposed by {fact.proposed_by}" if fact.proposed_by else None
    return "; ".join(part for part in (proposed, fact.judged) if part)


def _fields(fields: Any) -> str:
    return "; ".join(f"{key} {value}" for key, value in fields.items() if value not in (None, [], "", False))


@app.command(name="search")
def search_command(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help='Words that must all occur; "a phrase" in quotation marks.')],
    source: Annotated[
        str | None, typer.Option(help="Only articles of this configured source, or with this 来源.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only articles published on or after this day.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only articles published on or before this day.")
    ] = None,
    station: Annotated[str | None, typer.Option(help="Only articles about this station: 井口派出所 or 井口.")] = None,
    place: Annotated[str | None, typer.Option(help="Only articles about this place: 重庆市 or 重庆.")] = None,
    ruling: Annotated[Ruling | None, typer.Option(help="Only articles with this ruling.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=finding.LIMIT, help="Hits per page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Page number: page 2 begins after the first LIMIT hits.")] = 1,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find articles by words of their title, text, stations, people or honours, best first.

    One character is enough; width and case do not matter. If very many articles match, some 400 are ranked and the
    others follow, newest first. Example: `suowen search "井口 调解" --place 重庆` or `suowen search 民警 --page 2`
    """
    config = configured(ctx, home)
    filters = finding.Filters(source, ruling, station, place, day_of(since), day_of(until))
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


def _print_hit(console: Console, hit: Hit) -> None:
    row = hit.row
    head = Text(f"{row.id}  ")
    head.append(_marked(row.title, hit.title_marks, "bold"))
    head.append(f"  {row.ruling or 'unclassified'}  {visible(row.source or row.site)}  {(row.published or '')[:10]}")
    console.print(head)
    if hit.snippet:
        console.print(Text("    ").append(_marked(hit.snippet, hit.marks)))


def _marked(text: str, marks: Sequence[tuple[int, int]], style: str = "") -> Text:
    """Return `text` with highlighted hits; control characters are replaced one for one, so that offsets stay valid."""
    shown = Text(visible(text), style)
    for start, end in marks:
        shown.stylize("bold yellow", start, end)
    return shown
