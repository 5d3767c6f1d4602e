"""Stations as all stored articles tell them: one card a station (store/cards.py), found by name, place and state."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, func, or_, select

from store.cards import MEASURES, PLACE, Change, StationCard, Telling, Told, Value, cards_of
from store.errors import NotThereError
from store.judgements import judgements_of, lay_over
from store.privacy import private_names, veiled
from store.records import Fact
from store.schema import articles, facts, judgements, members, readings, revisions, verdicts
from store.state import as_of, read_fact, state
from store.store import Store

#: kinds whose facts name no station: they are the subject's
_OF_SUBJECT = frozenset({"initiative", "statistic", "event"})
#: what changes are made of, and whom they must not name
_CHANGING = ("station", "person", *MEASURES)
#: names that are looked for one by one; of more, all stations are read. Not measured
_MANY = 50


def stations(store: Store, *, search: str | None = None, place: str | None = None,
             at: int | None = None) -> list[StationCard]:  # fmt: skip
    """The cards of all stations that an article has as its subject, by name; `search` is part of a name, former ones
    too, `place` of an authority, district, city or province. `at`: as of a Commit."""
    cards = cards_of(_told(store, at=at))
    return [
        card for card in cards
        if card.articles and (search is None or any(search in name for name in (card.name, *card.former_names)))
        and (place is None or any(place in part for part in card.place.values()))
    ]  # fmt: skip


def station(store: Store, name: str, *, at: int | None = None) -> list[StationCard]:
    """The cards of the stations of this name, or whose name contains it when none has it exactly; a former name is as
    good. `at`: as of a Commit.

    Raises NotThereError when no article tells of one.
    """
    cards = _cards_of_names(store, {name}, at)
    exact = [card for card in cards if name in (card.name, *card.former_names)]
    found = exact or [card for card in cards if any(name in one for one in (card.name, *card.former_names))]
    if not found:
        raise NotThereError(f"no stored article tells of a station named {name}; "
                            "`suowen stations` lists those there are")
    return found


def changes(store: Store, *, since: int = 0, at: int | None = None) -> list[Change]:
    """Figures of stations that a later article gives another value, by station, oldest first; only those that an
    article brought which was first stored after Commit `since`. `at`: as of a Commit."""
    with store.database.read() as db:
        upto = as_of(db, at)
        fresh = (select(facts.c.fields).join(readings, readings.c.id == facts.c.reading)
                 .join(revisions, revisions.c.id == readings.c.revision)
                 .join(articles, articles.c.id == revisions.c.article)
                 .where(facts.c.kind.in_(MEASURES), articles.c.commit_no > since, articles.c.commit_no <= upto))
        read = map(json.loads, db.execute(fresh).scalars())
        names = {str(fields["station"]) for fields in read if fields.get("station")}
        new = set(db.execute(select(articles.c.id).where(articles.c.commit_no > since)).scalars())
    many = len(names) > _MANY
    cards = cards_of(_told(store, at=at, kinds=_CHANGING)) if many else _cards_of_names(store, names, at)
    return [one for card in cards if names & {card.name, *card.former_names} for one in card.changes()
            if any(telling.article in new for telling in one.after.tellings)]


def outward(card: StationCard) -> dict[str, Any]:
    """A card as it goes out, JSON values only: card, changes, conflicts; private persons are masked."""
    own = {name: getattr(card, name) for name in ("name", "place", "articles", "former_names")}
    return {
        "card": {**own, "values": [_shown(value) for value in card.values]},
        "changes": [shown_change(one) for one in card.changes()],
        "conflicts": [{"station": one.station, "kind": one.kind, "what": one.what,
                       "values": [_shown(value) for value in one.values]} for one in card.conflicts()],
    }  # fmt: skip


def shown_change(change: Change) -> dict[str, Any]:
    """A change as it goes out."""
    return {"station": change.station, "kind": change.kind, "what": change.what, "before": _shown(change.before),
            "after": _shown(change.after)}


def _shown(value: Value) -> dict[str, Any]:
    names = frozenset().union(*(one.private for one in value.tellings))
    tellings = [{
        "article": one.article, "url": one.url, "title": veiled(one.title, one.private), "date": one.date,
        "published": one.published, "fact": veiled(asdict(one.fact), one.private), "proposed_by": one.fact.proposed_by,
    } for one in value.tellings]  # fmt: skip
    return {"kind": value.kind, "what": veiled(value.what, names), "value": veiled(value.value, names),
            "tellings": tellings}


# --- what the articles tell ---------------------------------------------------------------------------------------


def _cards_of_names(store: Store, names: set[str], at: int | None) -> list[StationCard]:
    """Cards of all stations whose name, now or before, contains one of `names`, and of others of the same articles."""
    wanted: set[str] = set()
    more = set(names)
    told: list[Told] = []
    while not more <= wanted:
        wanted |= more
        told = _told(store, wanted, at)
        more = {other for one in told if one.now and any(part in one.name or part in one.now for part in wanted)
                for other in (one.name, one.now)}
    return cards_of(told)


def _told(
    store: Store, names: Collection[str] = (), at: int | None = None, kinds: Sequence[str] = ("station",)
) -> list[Told]:
    """What every article that is ruled a feature tells, by its newest revision and latest reading.

    With `names`, whole readings of the articles that name such stations; without, facts of these kinds alone, so that
    a list of all stations holds no more in memory than it shows.
    """
    with store.database.read() as db:
        upto = as_of(db, at)
        found: dict[int, list[Fact]] = defaultdict(list)
        for row in db.execute(_facts(names, kinds)):
            found[row.reading].append(read_fact(row))
        rows = [row for row in db.execute(_heads(upto)) if row.reading in found]
        said = judgements_of(db, [row.id for row in rows], upto)
    return [told for row in rows for told in _of_article(row, lay_over(found[row.reading], said.get(row.id, ()))[0])]


def _heads(upto: int) -> Select[Any]:
    latest = (select(readings.c.revision, func.max(readings.c.id).label("id")).where(readings.c.commit_no <= upto)
              .group_by(readings.c.revision).subquery())  # fmt: skip
    return (
        state(upto, articles.c.id, articles.c.url, articles.c.first_seen, revisions.c.title, revisions.c.published,
              members.c.story, latest.c.id.label("reading"))
        .join(latest, latest.c.revision == revisions.c.id).where(verdicts.c.ruling == "feature")
    )  # fmt: skip


def _facts(names: Collection[str], kinds: Sequence[str]) -> Select[Any]:
    """Facts of the readings that name these stations; a name that a person gave stands in no reading."""
    chosen = select(facts).order_by(facts.c.reading, facts.c.position)
    if not names:
        return chosen.where(facts.c.kind.in_(kinds))
    read = or_(*(facts.c.fields.contains(name, autoescape=True) for name in names))
    given = or_(*(judgements.c.fields.contains(name, autoescape=True) for name in names))
    wanted = select(facts.c.reading).where(facts.c.kind == "station", read).union(
        select(readings.c.id).join(revisions, revisions.c.id == readings.c.revision)
        .join(judgements, judgements.c.article == revisions.c.article).where(judgements.c.kind == "station", given))
    return chosen.where(facts.c.reading.in_(wanted))


def _of_article(head: Any, found: Sequence[Fact]) -> list[Told]:
    date = (head.published or head.first_seen.date().isoformat())[:10]
    names = private_names(found)
    out = []
    for fact in (one for one in found if one.kind == "station"):
        name, main = str(fact.fields["name"]), bool(fact.fields.get("main"))
        own = [one for one in found if one is fact or one.fields.get("station") == name
               or (main and one.kind in _OF_SUBJECT and not one.fields.get("station"))]  # fmt: skip
        place = {part: str(fact.fields[part]) for part in PLACE if fact.fields.get(part)}
        tellings = tuple(Telling(head.id, head.url, head.title, date, one, bool(head.published), head.story, names)
                         for one in own)
        now = fact.fields.get("former_name_of")
        out.append(Told(name, place, head.story, main, tellings, str(now) if now and now != name else None))
    return out
