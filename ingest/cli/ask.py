"""sources, check, list, show, log, verify, export: asking what is configured and what is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from ingest.cli.app import GREATEST, AtOption, HomeOption, JsonOption, app, commit_of, configured, opened_store, ready
from ingest.cli.console import dated, local, print_json, print_table, visible, watched
from ingest.config.load import Config
from ingest.errors import UsageError
from ingest.model import Source
from ingest.pipeline.preview import Preview, preview
from store import delta, export, history
from store.records import Fact, Ruling, SourceHealth


@app.command()
def sources(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """The configured sources: schedule, last success, new articles per week, health.

    Example: `suowen sources`
    """
    config = configured(context, home)
    now = datetime.now(UTC)
    with opened_store(config, create=True) as store:  # asked first of all in a new folder
        health = {one.name: one for one in store.health([source.name for source in config.sources], now)}
        due = {source.name: store.next_due(source.name) for source in config.sources}
    table = [_source_row(source, health.get(source.name), due[source.name], config, now) for source in config.sources]
    if as_json:
        print_json(table)
        return
    if not table:
        typer.echo(f"no source is configured: write one into {config.home / 'config' / 'sources.yaml'}")
        return
    print_table(tuple(table[0]), (_cut(row) for row in table))


def _cut(row: dict[str, Any]) -> list[str]:
    """A row for people: why a source fails is cut to a few words, `--json` has all of it."""
    return [str(value) if len(str(value)) <= 60 else str(value)[:59] + "…" for value in row.values()]


def _source_row(
    source: Source, health: SourceHealth | None, due: datetime | None, config: Config, now: datetime
) -> dict[str, Any]:
    """`due` is when the store has it due; a source that never ran is, as one whose time has passed."""
    upcoming = local(due, config.settings.zone) if due and due > now else "due now"
    return {
        "name": source.name,
        "schedule": source.schedule.cron or _span(source.schedule.seconds or 0),
        "next run": upcoming if source.enabled else "",
        "last success": local(health.last_success if health else None, config.settings.zone),
        "new (7 days)": health.new_week if health else 0,
        "checked": source.checked,
        "health": _health(health) if source.enabled else "disabled",
    }


def _span(seconds: int) -> str:
    """3600 -> "1h", as the configuration writes it."""
    unit, size = next(
        (unit, size) for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0
    )
    return f"{seconds // size}{unit}"


def _health(health: SourceHealth | None) -> str:
    if health is None or health.last_attempt is None:
        return "never run"
    return f"failing ({health.failures}x): {visible(health.last_error or '')}" if health.last_error else "ok"


@app.command()
def check(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Name of the source.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Dry run of one source: what it lists, what would be fetched, one article read. Nothing is stored.

    Example: `suowen check rednet`
    """
    config = ready(configured(context, home))
    (chosen,) = config.named([source])
    seen = preview(config, chosen)
    if as_json:
        print_json(seen)
    else:
        _print_preview(seen)
    if seen.problems:
        raise typer.Exit(3)


def _print_preview(seen: Preview) -> None:
    for problem in seen.problems:
        typer.echo(f"! {visible(problem)}")
    wanted = sum(row.plan == "fetch" for row in seen.candidates)
    typer.echo(f"{seen.source}: {len(seen.candidates)} articles listed, a run would fetch {wanted}")
    if seen.candidates:
        print_table(
            ("would fetch", "claimed date", "claimed title", "url"),
            [(row.plan, row.date, row.title, row.url) for row in seen.candidates[:40]],
        )
    if len(seen.candidates) > 40:
        typer.echo(f"… and {len(seen.candidates) - 40} more")
    if seen.article:
        article, verdict = seen.article.article, seen.article.verdict
        typer.echo(f"\nread: {visible(article.title)}\n  {article.url}")
        authors = ", ".join(credit.name for credit in article.authors)
        said = {
            "published": article.published,
            "source": article.source,
            "authors": authors,
            "editors": ", ".join(article.editors),
        }
        typer.echo("  " + "  ".join(f"{name} {visible(value or 'not stated')}" for name, value in said.items()))
        typer.echo(f"  body by {article.method}, quality {article.quality:.2f}, {len(article.text)} characters")
        typer.echo(f"  ruled {verdict.ruling} ({verdict.score:.2f}): {visible('; '.join(verdict.reasons[:4]))}")
        typer.echo("\n" + article.text[:400] + ("…" if len(article.text) > 400 else ""))


@app.command(name="list")
def list_command(
    context: typer.Context,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    ruling: Annotated[Ruling | None, typer.Option(help="Only of this ruling.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First stored on or after this day (configured zone).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The stored articles, newest first; with --at as they were then.

    Example: `suowen list --ruling feature --since 2026-11-01` or `suowen list --at 12`
    """
    config = configured(context, home)
    zone = config.settings.zone
    day = since.replace(tzinfo=ZoneInfo(zone)) if since else None
    with opened_store(config) as store:
        rows = history.each_article(
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
    context: typer.Context,
    article: Annotated[int, typer.Argument(max=GREATEST, help="Article number, as `suowen list` prints it.")],
    number: Annotated[int | None, typer.Option("--revision", help="An earlier revision.")] = None,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One article: text, verdict with reasons, facts with quotes, story, revisions, captures.

    Example: `suowen show 7` or, as it was then, `suowen show 7 --at 2026-11-20`
    """
    config = configured(context, home)
    with opened_store(config) as store:
        view = history.show(store, article, number=number, at=commit_of(store, config, at))
    if as_json:
        print_json(view)
        return
    content, zone = view.revision.content, config.settings.zone
    typer.echo(f"{visible(content.title)}\n{content.url}")
    told = content.origins.get("published", "not stated")
    typer.echo(
        f"published {dated(content.published, zone) or 'unknown'} ({told})  "
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
            f"story {view.story.id}, told by article {view.story.representative.article}"
            f" and {len(view.story.copies)} copies"
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
    """Whose word it is, when it is not our rules' alone."""
    proposed = f"proposed by {fact.proposed_by}" if fact.proposed_by else None
    return "; ".join(one for one in (proposed, fact.judged) if one)


def _fields(fields: Any) -> str:
    return "; ".join(f"{key} {value}" for key, value in fields.items() if value not in (None, [], "", False))


@app.command()
def log(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1)] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The history: one row a commit, newest first: when, by which program and rules, what it added, its digest.

    Example: `suowen log --limit 5`
    """
    config = configured(context, home)
    with opened_store(config) as store:
        commits = history.each_commit(store, limit)
        if as_json:
            print_json(commits)
            return
        print_table(
            ("commit", "at", "by", "rules", "added", "digest"),
            (
                (
                    one.number,
                    local(one.at, config.settings.zone),
                    one.program,
                    " ".join(f"{name} {version}" for name, version in one.rules.items()),
                    ", ".join(f"{count} {name}" for name, count in one.counts.items() if count),
                    one.digest[:12],
                )
                for one in commits
            ),
        )


@app.command()
def verify(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check everything kept: digest chain, quotes against texts, archive records against their digests.

    Ends with 1 when anything is damaged. Example: `suowen verify`
    """
    config = configured(context, home)
    with opened_store(config) as store:
        with watched() as progress:
            problems = history.verify(store, config.data / "warc", progress)
        commits = history.last_commit(store)
    if as_json:
        print_json({"commits": commits, "problems": problems})
    else:
        for problem in problems:
            typer.echo(f"! {problem}")
        typer.echo(f"{commits} commits checked: " + (f"{len(problems)} problems" if problems else "all sound"))
    if problems:
        raise typer.Exit(1)


@app.command(name="export")
def export_command(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write; made when it is not there.")],
    form: Annotated[Literal["seeds", "jsonl", "csv", "parquet", "delta"], typer.Option("--format")] = "seeds",
    ruling: Annotated[Literal["feature", "brief", "other", "all"], typer.Option()] = "feature",
    at: AtOption = None,
    since: Annotated[
        int, typer.Option(min=0, metavar="V", help="Only articles changed after this commit: an increment.")
    ] = 0,
    home: HomeOption = None,
) -> None:
    """Write the stored articles: seeds (text files), jsonl, csv, parquet, or delta (a Delta Lake table, one version a
    commit, every ruling, brought up to date each time; with --since V it begins at version V, empty).

    The same state gives the same bytes. Example: `suowen export out --format jsonl --at 12 --since 9`
    """
    config = configured(context, home)
    with opened_store(config) as store:
        if form == "delta":
            if ruling not in ("feature", "all"):
                raise UsageError(
                    "--format delta takes no --ruling: the table has every article that a commit changed; "
                    "choose by its column ruling"
                )
            with watched() as progress:
                had, has = delta.export_delta(
                    store, folder, at=commit_of(store, config, at), since=since, progress=progress
                )
            typer.echo(f"{folder}: a Delta table at commit {has}, {has - had} of them new")
            return
        with watched() as progress:
            count = export.export(
                store,
                folder,
                form,
                ruling=None if ruling == "all" else ruling,
                at=commit_of(store, config, at),
                since=since,
                progress=progress,
            )
    typer.echo(f"{count} articles written to {folder}")
