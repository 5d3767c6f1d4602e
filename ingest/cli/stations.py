"""Stations: stations, station, story, changes, fact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated, Any

import typer

from ingest.cli.common import (
    GREATEST,
    AtOption,
    HomeOption,
    JsonOption,
    command_group,
    commit_of,
    configured,
    opened_store,
)
from ingest.cli.console import print_json, print_table, visible
from ingest.config.load import Config
from ingest.corrections import Action, record_correction
from ingest.errors import UsageError
from ingest.zh.simplify import simplified
from store import stories
from store.stations import changes as all_changes
from store.stations import each_station, masked_card, masked_change
from store.stations import stations as all_cards

app = command_group()


@app.command()
def stations(
    ctx: typer.Context,
    search: Annotated[str | None, typer.Option(help="Part of a station's name.")] = None,
    place: Annotated[str | None, typer.Option(help="Part of an authority, district, city or province.")] = None,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the stations that stored features mention.

    Example: `suowen stations --place 重庆`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        cards = all_cards(store, search=search, place=place, at=commit_of(store, config, at))
        if as_json:
            print_json(
                {"name": card.name, "place": card.place, "articles": card.articles, "former_names": card.former_names}
                for card in cards
            )
            return
        print_table(
            ("station", "place", "articles"),
            ((card.name, _place(card.place), ", ".join(map(str, card.articles))) for card in cards),
        )


def _place(place: Mapping[str, str]) -> str:
    return " ".join(
        dict.fromkeys(place[part] for part in ("province", "city", "district", "authority") if part in place)
    )


@app.command()
def station(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The station's name, or part of it; a former one will do.")],
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the card of one station: each value with its articles and quotes, oldest first.

    What a later article says otherwise is a change; what no date tells apart stands side by side as a conflict.
    Private persons are masked. Example: `suowen station 大阳沟派出所`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        cards = map(masked_card, each_station(store, name, at=commit_of(store, config, at)))
        if as_json:
            print_json(cards)
            return
        for shown in cards:
            _print_card(shown)


def _print_card(shown: dict[str, Any]) -> None:
    card = shown["card"]
    former = f"  formerly {', '.join(card['former_names'])}" if card["former_names"] else ""
    typer.echo(visible(f"{card['name']}  {_place(card['place'])}{former}  ({len(card['articles'])} articles)"))
    rows = [
        (
            value["kind"],
            value["what"],
            _value(value),
            ", ".join(map(_teller, value["citations"])),
            value["citations"][0]["fact"]["quote"],
        )
        for value in card["values"]
    ]
    print_table(("kind", "what", "value", "told by", "quote"), rows)
    for change in shown["changes"]:
        typer.echo(_change_line(change))
    for conflict in shown["conflicts"]:
        sides = " | ".join(
            f"{_value(value)} ({', '.join(map(_teller, value['citations']))})" for value in conflict["values"]
        )
        typer.echo(visible(f"conflict: {conflict['kind']} {conflict['what']} {sides}"))


def _teller(telling: dict[str, Any]) -> str:
    """Which fact says so, when, and whose word it is: 7.12 (2019-03-02)."""
    fact, proposed = telling["fact"], telling["proposed_by"]
    notes = [
        telling["date"] if telling["published"] else f"undated, stored {telling['date']}",
        f"proposed by {proposed}" if proposed else "",
        fact["judged"] or "",
    ]
    return f"{telling['article']}.{fact['position']} ({', '.join(note for note in notes if note)})"


def _value(value: dict[str, Any]) -> str:
    """A value for people: 30 over; 5 (成立时); 所长、教导员."""
    fields, given = value["citations"][0]["fact"]["fields"], value["value"]
    if isinstance(given, list):
        return "、".join(_part(one) for one in given if one is not None)
    approx = fields.get("approx") if fields.get("approx") != "exact" else None
    period = f"({fields['period']})" if fields.get("period") else None
    return " ".join(str(one) for one in (given, approx, period) if one is not None)


def _part(part: object) -> str:
    """A part of a statistic: a number, a period, or its change: down 38.5% 同比."""
    if not isinstance(part, Mapping):
        return str(part)
    shown = [(key, part.get(key)) for key in ("direction", "percent", "points", "count", "base")]
    return " ".join(f"{value}%" if key == "percent" else str(value) for key, value in shown if value is not None)


def _change_line(change: dict[str, Any]) -> str:
    before, after = (f"{_value(change[side])}" for side in ("before", "after"))
    tellers = (", ".join(map(_teller, change[side]["citations"])) for side in ("before", "after"))
    return visible(f"{change['kind']} {change['what']} {before} -> {after}: article {', article '.join(tellers)}")


@app.command()
def changes(
    ctx: typer.Context,
    since: Annotated[int, typer.Option(min=0, metavar="V", help="Only what articles after this commit brought.")] = 0,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List figures of stations that a later article changed, with both articles and quotes.

    For alerts: `suowen changes --since V --json`, V being the last commit of the time before (`suowen log`).
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        found = map(masked_change, all_changes(store, since=since, at=commit_of(store, config, at)))
        if as_json:
            print_json(found)
            return
        for change in found:
            typer.echo(visible(f"{change['station']}  {_change_line(change)}"))


@app.command()
def story(
    ctx: typer.Context,
    number: Annotated[
        int, typer.Argument(max=GREATEST, help="Story number, as `suowen show` and `suowen list --json` print it.")
    ],
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one story: who published first, every copy and its similarity, the best copy.

    Example: `suowen story 3`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        seen = stories.load_comparison(store, number, simplified, at=commit_of(store, config, at))
    if as_json:
        print_json(seen)
        return
    shown = seen.representative
    typer.echo(f"story {seen.id}: {visible(shown.content.title)}\n  article {shown.article}  {shown.content.url}")
    by = f"{seen.first_publisher} ({seen.first_published})" if seen.first_publisher else "no telling is dated"
    typer.echo(f"first published: {by}\nfullest telling: article {seen.best}")
    for copy in seen.copies:
        content = copy.revision.content
        by = f"{content.source or copy.revision.site}  {content.published or ''}"
        typer.echo(f"\n{copy.relation} article {copy.revision.article}  {by}  {copy.containment:.0%} the same")
        typer.echo(f"  {content.url}\n  {copy.why}")
        for sign, lines in (("+", copy.added), ("-", copy.cut)):
            typer.echo("".join(f"  {sign} {visible(line[:100])}\n" for line in lines), nl=False)


fact_app = typer.Typer(
    no_args_is_help=True, help="Reject, confirm or edit a fact; the correction survives every later extraction."
)
app.add_typer(fact_app, name="fact")

FactArgument = Annotated[str, typer.Argument(help="ARTICLE.POSITION, as `suowen show ARTICLE` prints it: 7.12")]
NoteOption = Annotated[str, typer.Option(help="Why.")]
ByOption = Annotated[str, typer.Option(help="Who says so; default: the user name.")]


@fact_app.command()
def reject(
    ctx: typer.Context, identity: FactArgument, note: NoteOption = "", by: ByOption = "", home: HomeOption = None
) -> None:
    """This is no fact: leave it out of cards, digests and exports.

    Example: `suowen fact reject 7.12 --note "a goal"`
    """
    _say(configured(ctx, home), identity, "reject", by, note)


@fact_app.command()
def confirm(
    ctx: typer.Context, identity: FactArgument, note: NoteOption = "", by: ByOption = "", home: HomeOption = None
) -> None:
    """A person has checked this one. Example: `suowen fact confirm 7.12`"""
    _say(configured(ctx, home), identity, "confirm", by, note)


@fact_app.command()
def edit(
    ctx: typer.Context,
    identity: FactArgument,
    changes: Annotated[list[str], typer.Argument(help="FIELD=VALUE, one or more.")],
    note: NoteOption = "",
    by: ByOption = "",
    home: HomeOption = None,
) -> None:
    """The quote is right, the fields are not. Example: `suowen fact edit 7.12 value=41 approx=exact`"""
    given = dict(change.partition("=")[::2] for change in changes)
    if not all("=" in change for change in changes):
        raise UsageError(f"{' '.join(changes)}: write each change as FIELD=VALUE, such as value=41")
    _say(configured(ctx, home), identity, "edit", by, note, given)


def _user() -> str:
    """Who is at the keyboard; a container's user may have no name."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "-"


def _say(
    config: Config,
    identity: str,
    action: Action,
    by: str,
    note: str,
    given: Mapping[str, str] | None = None,
) -> None:
    named = re.fullmatch(r"([0-9]{1,15})\.([0-9]{1,9})", identity)
    if named is None:
        raise UsageError(f"{identity}: no fact is called so; write ARTICLE.POSITION as `suowen show` prints it, 7.12")
    with opened_store(config) as store:
        said = record_correction(
            store,
            int(named[1]),
            int(named[2]),
            action,
            by.strip() or _user(),
            datetime.now(UTC),
            note=note,
            given=given,
        )
    typer.echo(f"{identity} {said.fact.kind} {visible(said.fact.quote)}: {action} kept as commit {said.commit}")
