"""Station cards over all stored articles, by name and place (store/station_card.py builds one card).

Memory is bounded: a first pass finds the articles that name each station; then cards are built for a few names at a
time. A name and its former names share one card, so they are processed together.
"""

from __future__ import annotations

import itertools
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from store.apply_corrections import apply_corrections, corrections_of
from store.articles_from_archives import late_articles
from store.as_of_queries import last_article, load_fact, resolve_commit, select_state
from store.errors import NotFoundError
from store.fact_kinds import KINDS, MEASURES, FactKind
from store.records import Fact
from store.schema import articles, facts, judgements, members, readings, revisions, verdicts
from store.sql_parameters import chunks, paged_ids
from store.station_card import PLACE, Change, Citation, StationCard, StationMention, Value, brought_by, build_cards
from store.store import Store

#: kinds of facts needed to find changes
_CHANGING = ("station", *MEASURES)
#: maximum number of names whose articles are queried by name; for more names, all articles are read. Not measured
_MANY = 50
#: number of articles at which a group of names is complete; the facts of one group are in memory at a time
_HELD = 500


def stations(
    store: Store, *, search: str | None = None, place: str | None = None, at: int | None = None
) -> Iterator[StationCard]:
    """Yield the cards of all stations that are the subject of an article, sorted by name, with station facts only.

    `search` is a part of a name or former name; `place` is a part of an authority, district, city or province. `at`:
    the state as of a Commit.
    """
    upto = _upto(store, at)
    named = _NameIndex()
    for part in paged_ids(store.database, select(articles.c.id).where(articles.c.commit_no <= upto)):
        named.add(_mentions(store, part, upto, ("station",)))
    names = sorted(named.kin(name for name in named if search is None or search in name))
    return (
        card
        for card in _cards(store, named, names, upto, ("station",))
        if card.articles
        and (search is None or any(search in name for name in (card.name, *card.former_names)))
        and (place is None or any(place in part for part in card.place.values()))
    )


def station(store: Store, name: str, *, at: int | None = None) -> list[StationCard]:
    """Return the cards of the stations whose name or former name is `name` or, if there are none, contains `name`.

    `at`: the state as of a Commit. Raises NotFoundError if no article describes such a station.
    """
    return list(each_station(store, name, at=at))


def each_station(store: Store, name: str, *, at: int | None = None) -> Iterator[StationCard]:
    """Yield the cards that `station` returns, with a few of them in memory at a time."""
    upto = _upto(store, at)
    named = _index_of(store, {name}, upto)
    alike = [name] if name in named else [other for other in named if name in other]
    if not alike:
        raise NotFoundError(
            f"no stored article describes a station named {name}; `suowen stations` lists the known ones"
        )
    return (
        card
        for card in _cards(store, named, sorted(named.kin(alike)), upto)
        if {card.name, *card.former_names}.intersection(alike)
    )


def changes(store: Store, *, since: int = 0, at: int | None = None, news: bool = False) -> Iterator[Change]:
    """Yield the changes of stations' figures that are new after Commit `since`, by station, oldest first.

    A change counts as new after Commit `since` if one of its two sides was first stored after that Commit. So each
    change is new in exactly one range of Commits. `at`: the state as of a Commit. `news`: leave out changes that became
    known with an article from an archive (store/articles_from_archives.py).
    """
    upto = _upto(store, at)
    with store.database.read() as db:
        last = last_article(db, resolve_commit(db, since))
    fresh = _NameIndex()
    known = select(articles.c.id).where(articles.c.commit_no <= upto)
    late: set[int] = set()
    for part in paged_ids(store.database, known.where(articles.c.id > last)):
        if news:
            with store.database.read() as db:
                late |= late_articles(db, part)
        chosen = [article for article in part if article not in late]
        fresh.add(
            mention
            for mention in _mentions(store, chosen, upto, _CHANGING)
            if any(citation.fact.kind in MEASURES for citation in mention.citations)
        )
    names = set(fresh)
    if len(names) <= _MANY:
        named = _index_of(store, names, upto)
    else:
        named = _NameIndex()
        for part in paged_ids(store.database, known):
            named.add(_mentions(store, part, upto, ("station",)))
    return (
        change
        for card in _cards(store, named, sorted(named.kin(names)), upto, _CHANGING)
        for change in _brought(store, card, last, since)
        if brought_by(change) not in late
    )


def _brought(store: Store, card: StationCard, last: int, since: int) -> list[Change]:
    """Return the changes that the card did not have as of Commit `since`.

    `last` is the greatest article number as of that Commit.
    """
    now = card.changes()
    found = [change for change in now if brought_by(change) > last]
    if not found or not last:
        return found
    # A new article whose date is between two others may repeat the value of one of them. Then an old change only gets a
    # new date.
    upto, names = _upto(store, since), {card.name, *card.former_names}
    named = _index_of(store, names, upto)
    cards = _cards(store, named, sorted(named.kin(set(named))), upto, _CHANGING)
    same = (old for old in cards if names.intersection((old.name, *old.former_names)))
    more = Counter(map(_values_of, now))
    more.subtract(_values_of(change) for old in same for change in old.changes())
    fresh: list[Change] = []
    for change in reversed(found):
        if more[_values_of(change)] > 0:
            more[_values_of(change)] -= 1
            fresh.insert(0, change)
    return fresh


def _values_of(change: Change) -> tuple[str, str, str, str]:
    return change.kind, change.what, repr(change.before.value), repr(change.after.value)


def _upto(store: Store, at: int | None) -> int:
    with store.database.read() as db:
        return resolve_commit(db, at)


def card_values(card: StationCard) -> dict[str, Any]:
    """Return a card as JSON values: card, changes, conflicts."""
    own = {name: getattr(card, name) for name in ("name", "place", "articles", "former_names")}
    return {
        "card": {**own, "values": [_value(value) for value in card.values]},
        "changes": [change_values(change) for change in card.changes()],
        "conflicts": [
            {
                "station": conflict.station,
                "kind": conflict.kind,
                "what": conflict.what,
                "values": [_value(value) for value in conflict.values],
            }
            for conflict in card.conflicts()
        ],
    }


def change_values(change: Change) -> dict[str, Any]:
    """Return a change as JSON values."""
    return {
        "station": change.station,
        "kind": change.kind,
        "what": change.what,
        "before": _value(change.before),
        "after": _value(change.after),
    }


def _value(value: Value) -> dict[str, Any]:
    citations = [
        {
            "article": citation.article,
            "url": citation.url,
            "title": citation.title,
            "date": citation.date,
            "published": citation.published,
            "fact": asdict(citation.fact),
            "proposed_by": citation.fact.proposed_by,
        }
        for citation in value.citations
    ]
    return {"kind": value.kind, "what": value.what, "value": value.value, "citations": citations}


# --- articles by station name -------------------------------------------------------------------------------------


class _NameIndex:
    """Index from station names to the ids of the articles that name them (8 bytes each).

    It also links the former and later names of one station.
    """

    def __init__(self) -> None:
        self._articles: dict[str, array[int]] = {}
        self._renamed: dict[str, set[str]] = defaultdict(set)

    def __iter__(self) -> Iterator[str]:
        return iter(self._articles)

    def __contains__(self, name: str) -> bool:
        return name in self._articles

    def add(self, mentions: Iterable[StationMention]) -> None:
        """Add the stations that articles mention, under their present and former names."""
        for mention in mentions:
            for name in filter(None, (mention.name, mention.now)):
                self._articles.setdefault(name, array("q")).append(mention.citations[0].article)
            if mention.now:
                self._renamed[mention.name].add(mention.now)
                self._renamed[mention.now].add(mention.name)

    def kin(self, names: Iterable[str]) -> set[str]:
        """Return these names with all former and later names of the same stations."""
        found: set[str] = set()
        more = set(names)
        while more:
            found |= more
            more = {other for name in more for other in self._renamed.get(name, ())} - found
        return found

    def articles(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of the articles that name a station by one of `names`."""
        return sorted(set(itertools.chain.from_iterable(self._articles.get(name, ()) for name in names)))

    def groups(self, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield the names in order, in groups; a group is complete when its names have at least `_HELD` articles."""
        group: list[str] = []
        held = 0
        for name in names:
            group.append(name)
            held += len(self._articles.get(name, ()))
            if held >= _HELD:
                yield group
                group, held = [], 0
        yield group


def _index_of(store: Store, names: set[str], upto: int) -> _NameIndex:
    """Return an index of all stations whose present or former name contains one of `names`.

    It includes the other names of these stations.
    """
    named = _NameIndex()
    queried: set[str] = set()
    more = set(names)
    while more:
        for some in chunks(sorted(more)):
            for part in paged_ids(store.database, _mentioning(some)):
                named.add(_mentions(store, part, upto, ("station",)))
        queried |= more
        more = named.kin(name for name in named if any(part in name for part in queried)) - queried
    return named


def _mentioning(names: Collection[str]) -> Select[Any]:
    """Select the articles with a station fact, or a correction of one, whose fields contain one of `names`."""
    extracted = (
        select(revisions.c.article)
        .join(readings, readings.c.revision == revisions.c.id)
        .join(facts, facts.c.reading == readings.c.id)
        .where(facts.c.kind == "station", or_(*(facts.c.fields.contains(name, autoescape=True) for name in names)))
    )
    corrected = select(judgements.c.article).where(
        judgements.c.kind == "station", or_(*(judgements.c.fields.contains(name, autoescape=True) for name in names))
    )
    found = extracted.union(corrected).subquery()
    return select(found.c.article)


# --- mentions in articles -----------------------------------------------------------------------------------------


def _cards(
    store: Store, named: _NameIndex, names: Sequence[str], upto: int, kinds: Sequence[FactKind] = ()
) -> Iterator[StationCard]:
    """Yield the cards with these names, in their order, with facts of `kinds` (empty: all kinds).

    Only a few cards are in memory at a time.
    """
    for group in named.groups(names):
        kin = named.kin(group)
        mentions = [
            mention
            for part in chunks(named.articles(kin))
            for mention in _mentions(store, part, upto, kinds)
            if mention.name in kin
        ]
        yield from (card for card in build_cards(mentions) if card.name in group)


def _mentions(store: Store, ids: Sequence[int], upto: int, kinds: Sequence[FactKind] = ()) -> list[StationMention]:
    """Return the station mentions of the features among `ids`, from the latest fact run with corrections."""
    with store.database.read() as db:
        rows = db.execute(_heads(upto).where(articles.c.id.in_(ids))).all()
        found = _facts(db, [row.reading for row in rows], kinds)
        corrections = corrections_of(db, [row.id for row in rows], upto)
    return [
        mention
        for row in rows
        for mention in _of_article(row, apply_corrections(found[row.reading], corrections.get(row.id, ()))[0])
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
    """Return the facts of `kinds` (empty: all kinds) of each fact run, by the id of the run."""
    chosen = select(facts).where(facts.c.reading.in_(ids)).order_by(facts.c.reading, facts.c.position)
    found: dict[int | None, list[Fact]] = defaultdict(list)
    for row in db.execute(chosen.where(facts.c.kind.in_(kinds)) if kinds else chosen):
        found[row.reading].append(load_fact(row))
    return found


def _of_article(head: Any, found: Sequence[Fact]) -> list[StationMention]:
    """Return one mention for each station that the article's facts name."""
    date = (head.published or head.first_seen.date().isoformat())[:10]
    out = []
    for station in (fact for fact in found if fact.kind == "station"):
        name, main = str(station.fields["name"]), bool(station.fields.get("main"))
        own = [
            fact
            for fact in found
            if fact is station
            or fact.fields.get("station") == name
            or (main and KINDS[fact.kind].of_main_station and not fact.fields.get("station"))
        ]
        place = {part: str(station.fields[part]) for part in PLACE if station.fields.get(part)}
        citations = tuple(
            Citation(head.id, head.url, head.title, date, other, bool(head.published), head.story) for other in own
        )
        now = station.fields.get("former_name_of")
        out.append(StationMention(name, place, head.story, main, citations, str(now) if now and now != name else None))
    return out
