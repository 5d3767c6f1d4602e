"""station, stations, story, replay, fact: what the articles tell together, told again, and corrected."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated, Literal

import typer

from ingest.cli.app import AtOption, HomeOption, JsonOption, app, commit_of, configured, opened_store
from ingest.cli.console import print_json, print_table, visible
from ingest.config import Config
from ingest.errors import UsageError
from ingest.parts import PROGRAM, RULES, open_parts
from ingest.replay import Difference, accept, differences
from store import history, stories
from store.judgements import edited_fields
from store.records import Fact, Judgement
from store.stations import Change, StationCard, Value
from store.stations import station as cards_named
from store.stations import stations as all_cards


@app.command()
def stations(
    context: typer.Context,
    search: Annotated[str | None, typer.Option(help="Part of a station's name.")] = None,
    place: Annotated[str | None, typer.Option(help="Part of an authority, district, city or province.")] = None,
    at: AtOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The stations that stored features tell of; with --at as they did then.

    Example: `suowen stations --place 重庆`
    """
    config = configured(context, home)
    with opened_store(config) as store:
        cards = all_cards(store, search=search, place=place, at=commit_of(store, config, at))
    if as_json:
        print_json([{"name": card.name, "place": card.place, "articles": card.articles} for card in cards])
        return
    rows = [(card.name, _place(card), ", ".join(map(str, card.articles))) for card in cards]
    print_table(("station", "place", "articles"), rows)


def _place(card: StationCard) -> str:
    return " ".join(dict.fromkeys(card.place[part] for part in ("province", "city", "district", "authority")
                                  if part in card.place))  # fmt: skip


@app.command()
def station(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The station's name, or part of it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything the stored articles tell of one station: each value with its articles and quotes, oldest first.

    Values that contradict each other stand side by side. Example: `suowen station 大阳沟派出所`
    """
    config = configured(context, home)
    with opened_store(config) as store:
        cards = cards_named(store, name)
    if as_json:
        print_json([{"card": card, "changes": card.changes()} for card in cards])
        return
    for card in cards:
        typer.echo(f"{card.name}  {_place(card)}  ({len(card.articles)} articles)")
        print_table(("kind", "what", "value", "told by", "quote"), [_value_row(value) for value in card.values])
        for change in card.changes():
            typer.echo(_change_line(change))


def _value_row(value: Value) -> tuple[object, ...]:
    told = ", ".join(f"{one.article} ({one.date}{_by(one.fact)})" for one in value.tellings)
    return value.kind, value.what, _shown(value), told, value.tellings[0].fact.quote


def _by(fact: Fact) -> str:
    return f", proposed by {fact.proposed_by}" if fact.proposed_by else ""


def _shown(value: Value) -> str:
    if isinstance(value.value, list):
        return "、".join(str(one) for one in value.value if one is not None)
    return "" if value.value is None else str(value.value)


def _change_line(change: Change) -> str:
    before, after = change.before.tellings[-1], change.after.tellings[0]
    return (f"{change.kind} {change.what} {_shown(change.before)} -> {_shown(change.after)}: "
            f"article {before.article} ({before.date}), article {after.article} ({after.date})")  # fmt: skip


@app.command()
def story(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Story number, as `suowen show` and `suowen list --json` print it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One story: who published first, every copy and how much of it is the same, the best copy.

    Example: `suowen story 3`
    """
    config = configured(context, home)
    with opened_store(config) as store:
        seen = stories.told(store, number)
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


@app.command()
def replay(
    context: typer.Context,
    since: Annotated[int, typer.Option(help="Only articles whose newest revision came after this commit.")] = 0,
    judge_only: Annotated[bool, typer.Option("--judge", help="Judge again, do not read the archive again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, accept nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Accept without asking.")] = False,
    home: HomeOption = None,
) -> None:
    """Read the archive again with today's rules, show what comes out otherwise, and append it when accepted.

    Example: `suowen replay --dry-run`, or after a change of the topic `suowen replay --judge`
    """
    config = configured(context, home)
    with open_parts(config) as parts:
        found = []
        for difference in differences(parts, since=since, reread=not judge_only):
            _print_difference(difference)
            found.append(difference)
        changed = [one for one in found if one.examined is not None]
        typer.echo(f"{len(changed)} articles come out otherwise, {len(found) - len(changed)} could not be read again")
        if not changed or dry_run:
            return
        if not yes and not (sys.stdin.isatty() and typer.confirm("Append this as a new version?")):
            typer.echo("nothing was changed (accept with --yes)")
            return
        typer.echo(f"appended as commit {accept(parts, changed)}")


def _print_difference(one: Difference) -> None:
    typer.echo(f"article {one.article} {visible(one.title)}")
    if one.problem:
        typer.echo(f"  ! {visible(one.problem)}")
    if one.fields:
        typer.echo(f"  changed: {', '.join(one.fields)}")
    if one.ruling_before != one.ruling_after and one.examined is not None:
        reasons = "; ".join(one.examined.verdict.reasons[:3])
        typer.echo(f"  ruled {one.ruling_before} before, {one.ruling_after} now: {visible(reasons)}")
    for sign, facts in (("+", one.facts_added), ("-", one.facts_gone)):
        for fact in facts:
            typer.echo(f"  {sign} {fact.kind}: {visible(fact.quote)}")


fact_app = typer.Typer(no_args_is_help=True, help="A person's word on a fact: it survives every later reading.")
app.add_typer(fact_app, name="fact")

FactArgument = Annotated[str, typer.Argument(help="ARTICLE.POSITION, as `suowen show ARTICLE` prints it: 7.12")]
NoteOption = Annotated[str, typer.Option(help="Why.")]
ByOption = Annotated[str, typer.Option(help="Who says so; default: the user name.")]


@fact_app.command()
def reject(context: typer.Context, identity: FactArgument, note: NoteOption = "", by: ByOption = "",
           home: HomeOption = None) -> None:  # fmt: skip
    """This is no fact: leave it out of cards, digests and exports.

    Example: `suowen fact reject 7.12 --note "a goal"`
    """
    _say(configured(context, home), identity, "reject", by, note)


@fact_app.command()
def confirm(context: typer.Context, identity: FactArgument, note: NoteOption = "", by: ByOption = "",
            home: HomeOption = None) -> None:  # fmt: skip
    """A person has checked this one. Example: `suowen fact confirm 7.12`"""
    _say(configured(context, home), identity, "confirm", by, note)


@fact_app.command()
def edit(
    context: typer.Context,
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
    _say(configured(context, home), identity, "edit", by, note, given)


def _user() -> str:
    """Who is at the keyboard; a container's user may have no name."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "-"


def _say(
    config: Config, identity: str, action: Literal["reject", "confirm", "edit"], by: str, note: str,
    given: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    named = re.fullmatch(r"([0-9]{1,15})\.([0-9]{1,9})", identity)
    if named is None:
        raise UsageError(f"{identity}: no fact is called so; write ARTICLE.POSITION as `suowen show` prints it, 7.12")
    article, position = int(named[1]), int(named[2])
    with opened_store(config) as store:
        view = history.show(store, article)
        # The fact as the rules read it: that is what another reading is compared with.
        fact = next((one for one in history.facts_as_read(store, view.revision.id) if one.position == position), None)
        if fact is None:
            raise UsageError(f"{identity}: article {article} has no such fact; `suowen show {article}` lists them")
        now = datetime.now(UTC)
        said = Judgement(article, fact.kind, fact.quote, fact.what, action, by.strip() or _user(), now,
                         edited_fields(fact, given or {}), note, fact.fields)  # fmt: skip
        with store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
            batch.judge_fact(said)
    typer.echo(f"{identity} {fact.kind} {visible(fact.quote)}: {action} kept as commit {batch.commit_number}")
