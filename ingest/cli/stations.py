"""Stations: stations, station, changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ingest.cli.common import AtOption, HomeOption, JsonOption, command_group, commit_of, configured, opened_store
from ingest.cli.console import print_json, print_table, visible
from store import masked_views
from store.station_card_queries import card_values, change_values
from store.station_card_queries import stations as all_cards

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
    name: Annotated[str, typer.Argument(help="Name of the station, or part of it; a former name works too.")],
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the card of one station: each value with its articles and quotes, oldest first.

    A value that a later article contradicts is shown as a change. Contradicting values are shown as a conflict if dates
    do not order them. Private persons are masked. Example: `suowen station 大阳沟派出所`
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        cards = (card_values(card.value) for card in masked_views.cards(store, name, at=commit_of(store, config, at)))
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
            ", ".join(map(_citation, value["citations"])),
            value["citations"][0]["fact"]["quote"],
        )
        for value in card["values"]
    ]
    print_table(("kind", "what", "value", "articles", "quote"), rows)
    for change in shown["changes"]:
        typer.echo(_change_line(change))
    for conflict in shown["conflicts"]:
        sides = " | ".join(
            f"{_value(value)} ({', '.join(map(_citation, value['citations']))})" for value in conflict["values"]
        )
        typer.echo(visible(f"conflict: {conflict['kind']} {conflict['what']} {sides}"))


def _citation(citation: dict[str, Any]) -> str:
    """Format a citation, such as 7.12 (2019-03-02): fact, date, and the author of a proposal or correction."""
    fact, proposed = citation["fact"], citation["proposed_by"]
    notes = [
        citation["date"] if citation["published"] else f"undated, stored {citation['date']}",
        f"proposed by {proposed}" if proposed else "",
        fact["judged"] or "",
    ]
    return f"{citation['article']}.{fact['position']} ({', '.join(note for note in notes if note)})"


def _value(value: dict[str, Any]) -> str:
    """Format a value of a station card: a number with qualifiers, such as 30 over or 5 (成立时), or words."""
    fields, content = value["citations"][0]["fact"]["fields"], value["value"]
    if isinstance(content, list):
        return "、".join(_part(part) for part in content if part is not None)
    approx = fields.get("approx") if fields.get("approx") != "exact" else None
    period = f"({fields['period']})" if fields.get("period") else None
    return " ".join(str(part) for part in (content, approx, period) if part is not None)


def _part(part: object) -> str:
    """Format one part of a statistic: a number, a period, or a change such as down 38.5% 同比."""
    if not isinstance(part, Mapping):
        return str(part)
    shown = [(key, part.get(key)) for key in ("direction", "percent", "points", "count", "base")]
    return " ".join(f"{value}%" if key == "percent" else str(value) for key, value in shown if value is not None)


def _change_line(change: dict[str, Any]) -> str:
    before, after = (f"{_value(change[side])}" for side in ("before", "after"))
    citations = (", ".join(map(_citation, change[side]["citations"])) for side in ("before", "after"))
    return visible(f"{change['kind']} {change['what']} {before} -> {after}: article {', article '.join(citations)}")


@app.command()
def changes(
    ctx: typer.Context,
    since: Annotated[
        int, typer.Option(min=0, metavar="V", help="Only changes that articles after this commit brought.")
    ] = 0,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List figures of stations that a later article changed, with both articles and quotes.

    For alerts: `suowen changes --since V --json`, where V is the last commit of the previous call (`suowen log`).
    """
    config = configured(ctx, home)
    with opened_store(config) as store:
        found_at = commit_of(store, config, at)
        found = (change_values(change.value) for change in masked_views.changes(store, since=since, at=found_at))
        if as_json:
            print_json(found)
            return
        none = True
        for change in found:
            none = False
            typer.echo(visible(f"{change['station']}  {_change_line(change)}"))
        if none:
            typer.echo("no figure of a station changed")
