"""Stations as all stored articles describe them: one card per station (store/station_card.py), by name and place.

What many cards are made of is never held together: first it is found out which articles name which station, then the
cards are made a few names at a time. A name and what it was before are of one card, so they are taken together.
"""

from __future__ import annotations

import itertools
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from store.corrections import apply_corrections, corrections_of
from store.errors import NotFoundError
from store.masking import masked, private_names
from store.paging import paged
from store.records import Fact, FactKind
from store.schema import articles, facts, judgements, members, readings, revisions, verdicts
from store.snapshot import last_article, load_fact, resolve_commit, select_state
from store.sql import chunks
from store.station_card import MEASURES, PLACE, Change, Citation, StationCard, StationMention, Value, build_cards
from store.store import Store

#: kinds whose facts name no station: they are the subject's
_OF_SUBJECT = frozenset({"initiative", "statistic", "event"})
#: what changes are made of, and whom they must not name
_CHANGING = ("station", "person", *MEASURES)
#: names that are looked for one by one; of more, all stations are read. Not measured
_MANY = 50
#: articles whose facts are held at a time, unless one name has more
_HELD = 500


def stations(
    store: Store, *, search: str | None = None, place: str | None = None, at: int | None = None
) -> Iterator[StationCard]:
    """The cards of all stations that an article has as its subject, by name, without what else is told of them;
    `search` is part of a name, former ones too, `place` of an authority, district, city or province. `at`: as of a
    Commit."""
    upto = _upto(store, at)
    named = _Named()
    for part in paged(store, select(articles.c.id).where(articles.c.commit_no <= upto)):
        named.note(_told(store, part, upto, ("station",)))
    names = sorted(named.kin(name for name in named if search is None or search in name))
    return (
        card
        for card in _cards(store, named, names, upto, ("station",))
        if card.articles
        and (search is None or any(search in name for name in (card.name, *card.former_names)))
        and (place is None or any(place in part for part in card.place.values()))
    )


def station(store: Store, name: str, *, at: int | None = None) -> list[StationCard]:
    """The cards of the stations of this name, or whose name contains it when none has it exactly; a former name is as
    good. `at`: as of a Commit.

    Raises NotFoundError when no article tells of one.
    """
    return list(each_station(store, name, at=at))


def each_station(store: Store, name: str, *, at: int | None = None) -> Iterator[StationCard]:
    """The same, a few at a time in memory."""
    upto = _upto(store, at)
    named = _naming(store, {name}, upto)
    alike = [name] if name in named else [one for one in named if name in one]
    if not alike:
        raise NotFoundError(
            f"no stored article tells of a station named {name}; `suowen stations` lists those there are"
        )
    return (
        card
        for card in _cards(store, named, sorted(named.kin(alike)), upto)
        if {card.name, *card.former_names}.intersection(alike)
    )


def changes(store: Store, *, since: int = 0, at: int | None = None) -> Iterator[Change]:
    """Figures of stations that a later article gives another value, by station, oldest first; only those that an
    article brought which was first stored after Commit `since`. `at`: as of a Commit."""
    upto = _upto(store, at)
    with store.database.read() as db:
        last = last_article(db, resolve_commit(db, since))
    fresh = _Named()
    known = select(articles.c.id).where(articles.c.commit_no <= upto)
    for part in paged(store, known.where(articles.c.id > last)):
        fresh.note(
            one
            for one in _told(store, part, upto, _CHANGING)
            if any(telling.fact.kind in MEASURES for telling in one.citations)
        )
    names = set(fresh)
    if len(names) <= _MANY:
        named = _naming(store, names, upto)
    else:
        named = _Named()
        for part in paged(store, known):
            named.note(_told(store, part, upto, ("station",)))
    return (
        one
        for card in _cards(store, named, sorted(named.kin(names)), upto, _CHANGING)
        for one in card.changes()
        if any(telling.article > last for telling in one.after.citations)
    )


def _upto(store: Store, at: int | None) -> int:
    with store.database.read() as db:
        return resolve_commit(db, at)


def masked_card(card: StationCard) -> dict[str, Any]:
    """A card as it goes out, JSON values only: card, changes, conflicts; private persons are masked."""
    own = {name: getattr(card, name) for name in ("name", "place", "articles", "former_names")}
    return {
        "card": {**own, "values": [_shown(value) for value in card.values]},
        "changes": [masked_change(one) for one in card.changes()],
        "conflicts": [
            {
                "station": one.station,
                "kind": one.kind,
                "what": one.what,
                "values": [_shown(value) for value in one.values],
            }
            for one in card.conflicts()
        ],
    }


def masked_change(change: Change) -> dict[str, Any]:
    """A change as it goes out."""
    return {
        "station": change.station,
        "kind": change.kind,
        "what": change.what,
        "before": _shown(change.before),
        "after": _shown(change.after),
    }


def _shown(value: Value) -> dict[str, Any]:
    names = frozenset().union(*(one.private for one in value.citations))
    citations = [
        {
            "article": one.article,
            "url": one.url,
            "title": masked(one.title, one.private),
            "date": one.date,
            "published": one.published,
            "fact": masked(asdict(one.fact), one.private),
            "proposed_by": one.fact.proposed_by,
        }
        for one in value.citations
    ]
    return {
        "kind": value.kind,
        "what": masked(value.what, names),
        "value": masked(value.value, names),
        "citations": citations,
    }


# --- which articles name which station ----------------------------------------------------------------------------


class _Named:
    """Names of stations, with the articles that name them: 8 bytes each. Those tied by a renaming are kin."""

    def __init__(self) -> None:
        self._articles: dict[str, array[int]] = {}
        self._renamed: dict[str, set[str]] = defaultdict(set)

    def __iter__(self) -> Iterator[str]:
        return iter(self._articles)

    def __contains__(self, name: str) -> bool:
        return name in self._articles

    def note(self, told: Iterable[StationMention]) -> None:
        """Take in which stations articles name, now or as they were called before."""
        for one in told:
            for name in filter(None, (one.name, one.now)):
                self._articles.setdefault(name, array("q")).append(one.citations[0].article)
            if one.now:
                self._renamed[one.name].add(one.now)
                self._renamed[one.now].add(one.name)

    def kin(self, names: Iterable[str]) -> set[str]:
        """These names, and all that what they name was called before or is called now."""
        found: set[str] = set()
        more = set(names)
        while more:
            found |= more
            more = {other for name in more for other in self._renamed.get(name, ())} - found
        return found

    def articles(self, names: Iterable[str]) -> list[int]:
        """Numbers of the articles that name one of these."""
        return sorted(set(itertools.chain.from_iterable(self._articles.get(name, ()) for name in names)))

    def groups(self, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Names in their order, as many at a time as `_HELD` articles tell of."""
        group: list[str] = []
        held = 0
        for name in names:
            group.append(name)
            held += len(self._articles.get(name, ()))
            if held >= _HELD:
                yield group
                group, held = [], 0
        yield group


def _naming(store: Store, names: set[str], upto: int) -> _Named:
    """The articles that name stations whose name, now or before, contains one of `names`."""
    named = _Named()
    asked: set[str] = set()
    more = set(names)
    while more:
        for some in chunks(sorted(more)):
            for part in paged(store, _mentioning(some)):
                named.note(_told(store, part, upto, ("station",)))
        asked |= more
        more = named.kin(name for name in named if any(part in name for part in asked)) - asked
    return named


def _mentioning(names: Collection[str]) -> Select[Any]:
    """Articles a reading of which names such stations, or to which a person gave such a name."""
    read = (
        select(revisions.c.article)
        .join(readings, readings.c.revision == revisions.c.id)
        .join(facts, facts.c.reading == readings.c.id)
        .where(facts.c.kind == "station", or_(*(facts.c.fields.contains(one, autoescape=True) for one in names)))
    )
    given = select(judgements.c.article).where(
        judgements.c.kind == "station", or_(*(judgements.c.fields.contains(one, autoescape=True) for one in names))
    )
    found = read.union(given).subquery()
    return select(found.c.article)


# --- what they tell -----------------------------------------------------------------------------------------------


def _cards(
    store: Store, named: _Named, names: Sequence[str], upto: int, kinds: Sequence[FactKind] = ()
) -> Iterator[StationCard]:
    """The cards under these names, in their order, with facts of these kinds, or all; a few in memory."""
    for group in named.groups(names):
        kin = named.kin(group)
        told = [
            one for part in chunks(named.articles(kin)) for one in _told(store, part, upto, kinds) if one.name in kin
        ]
        yield from (card for card in build_cards(told) if card.name in group)


def _told(store: Store, ids: Sequence[int], upto: int, kinds: Sequence[FactKind] = ()) -> list[StationMention]:
    """What those of these articles that are ruled a feature tell, by their newest revision and latest reading."""
    with store.database.read() as db:
        rows = db.execute(_heads(upto).where(articles.c.id.in_(ids))).all()
        found = _facts(db, [row.reading for row in rows], kinds)
        said = corrections_of(db, [row.id for row in rows], upto)
    return [
        told
        for row in rows
        for told in _of_article(row, apply_corrections(found[row.reading], said.get(row.id, ()))[0])
    ]


def _heads(upto: int) -> Select[Any]:
    latest = (
        select(func.max(readings.c.id))
        .where(readings.c.revision == revisions.c.id, readings.c.commit_no <= upto)
        .correlate(revisions)
        .scalar_subquery()
    )
    return select_state(
        upto,
        articles.c.id,
        articles.c.url,
        articles.c.first_seen,
        revisions.c.title,
        revisions.c.published,
        members.c.story,
        latest.label("reading"),
    ).where(verdicts.c.ruling == "feature")


def _facts(db: Connection, ids: Sequence[int | None], kinds: Sequence[FactKind]) -> dict[int | None, list[Fact]]:
    """Reading -> its facts of these kinds, or all."""
    chosen = select(facts).where(facts.c.reading.in_(ids)).order_by(facts.c.reading, facts.c.position)
    found: dict[int | None, list[Fact]] = defaultdict(list)
    for row in db.execute(chosen.where(facts.c.kind.in_(kinds)) if kinds else chosen):
        found[row.reading].append(load_fact(row))
    return found


def _of_article(head: Any, found: Sequence[Fact]) -> list[StationMention]:
    date = (head.published or head.first_seen.date().isoformat())[:10]
    names = private_names(found)
    out = []
    for fact in (one for one in found if one.kind == "station"):
        name, main = str(fact.fields["name"]), bool(fact.fields.get("main"))
        own = [
            one
            for one in found
            if one is fact
            or one.fields.get("station") == name
            or (main and one.kind in _OF_SUBJECT and not one.fields.get("station"))
        ]
        place = {part: str(fact.fields[part]) for part in PLACE if fact.fields.get(part)}
        citations = tuple(
            Citation(head.id, head.url, head.title, date, one, bool(head.published), head.story, names) for one in own
        )
        now = fact.fields.get("former_name_of")
        out.append(StationMention(name, place, head.story, main, citations, str(now) if now and now != name else None))
    return out
