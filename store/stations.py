"""Stations as all stored articles tell them: one card a station, every value with its articles and quotes.

Which mistake is worse: two stations taken for one (there is a 城关派出所 in hundreds of counties) is worse than one
station shown on two cards. So articles meet on a card only when the name is the same and something about the place
(authority, district, city) is known of both and the same, or they tell one story; an article that names no place
stands on a card of its own.

Values that contradict each other stand side by side, oldest first; which is right is the reader's to say. A value is
dated by its article's publication, so that then and now are told apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from store.errors import StoreError
from store.judgements import judgements_of, lay_over
from store.records import Fact, FactKind
from store.schema import articles, facts, judgements, members, readings, revisions, verdicts
from store.state import as_of, read_fact, state
from store.store import Store

#: the parts of a place that tell two stations of one name apart, the most telling first
PLACE = ("authority", "district", "city", "province")
#: kinds whose values change over time, with the fields that name what is measured and the one that holds the value
MEASURES: Mapping[FactKind, tuple[str, ...]] = {
    "founded": ("date",), "area": ("value",), "population": ("value",), "division": ("value",),
    "premises": ("value",), "force": ("value",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telling:
    """One fact as one article tells it."""

    article: int
    url: str
    title: str
    #: when the article was published as far as known, else when it was first stored (ISO date)
    date: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a card with every article that tells it, oldest first."""

    kind: FactKind
    #: what is measured or named: a category, a title, a person's name; "" where the kind says it all
    what: str
    value: Any
    tellings: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A measure that a later article gives another value."""

    station: str
    kind: FactKind
    what: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class StationCard:
    """Everything that the stored articles tell of one station."""

    name: str
    #: authority, district, city, province as far as any article says
    place: Mapping[str, str]
    #: articles whose subject it is
    articles: tuple[int, ...]
    values: tuple[Value, ...]

    def changes(self) -> tuple[Change, ...]:
        """Where a later article gives a measure another value, oldest change first.

        Figures that an article itself places in the past (成立时民警5名) are no value of its day, and two figures of
        one article no change.
        """
        grouped: dict[tuple[FactKind, str], list[Value]] = defaultdict(list)
        for value in self.values:
            now = tuple(telling for telling in value.tellings if not telling.fact.fields.get("period"))
            if value.kind in MEASURES and now:
                grouped[value.kind, value.what].append(replace(value, tellings=now))
        found = [
            Change(self.name, kind, what, before, after)
            for (kind, what), series in grouped.items()
            for before, after in pairwise(sorted(series, key=lambda value: value.tellings[0].date))
            if before.tellings[0].article != after.tellings[0].article
        ]
        return tuple(sorted(found, key=lambda change: change.after.tellings[0].date))


@dataclass(frozen=True, slots=True)
class _Told:
    """One article's telling of one station."""

    name: str
    place: Mapping[str, str]
    story: int | None
    main: bool
    tellings: tuple[Telling, ...]


def stations(store: Store, *, search: str | None = None, place: str | None = None,
             at: int | None = None) -> list[StationCard]:  # fmt: skip
    """The cards of all stations that an article has as its subject, by name; `search` is part of a name, `place` of
    an authority, district, city or province. `at`: as of a Commit."""
    cards = cards_of(_told(store, at=at))
    return [
        card for card in cards
        if card.articles and (search is None or search in card.name)
        and (place is None or any(place in part for part in card.place.values()))
    ]  # fmt: skip


def station(store: Store, name: str, *, at: int | None = None) -> list[StationCard]:
    """The cards of the stations of this name, or whose name contains it when none has it exactly; `at`: as of a Commit.

    Raises StoreError when no article tells of one.
    """
    cards = cards_of(_told(store, name, at=at))
    found = [card for card in cards if card.name == name] or [card for card in cards if name in card.name]
    if not found:
        raise StoreError(f"no stored article tells of a station named {name}; `suowen stations` lists those there are")
    return found


def cards_of(told: Iterable[_Told]) -> list[StationCard]:
    """Group tellings into cards. Pure."""
    by_name: dict[str, list[list[_Told]]] = defaultdict(list)
    for one in sorted(told, key=lambda one: (-len(one.place), one.tellings[0].article)):
        groups = by_name[one.name]
        home = next((group for group in groups if _belongs(one, group)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    return [_card(name, group) for name in sorted(by_name) for group in by_name[name]]


def _belongs(one: _Told, group: Sequence[_Told]) -> bool:
    """Something ties it to one of the group, and nothing sets it apart from any of them."""
    if any(one.story is not None and one.story == other.story for other in group):
        return True
    if any(_agreement(one, other, part) is False for other in group for part in PLACE if part != "authority"):
        return False
    return any(_agreement(one, other, part) for other in group for part in PLACE if part != "province")


def _agreement(one: _Told, other: _Told, part: str) -> bool | None:
    """Whether both name the same for a part of their place; None when one of them does not name it."""
    if part not in one.place or part not in other.place:
        return None
    return _agree(one.place[part], other.place[part])


def _agree(one: str, other: str) -> bool:
    """渝中区公安分局 and 重庆市公安局渝中区分局 are written in many ways: parts of one another agree."""
    one, other = (text.replace("公安", "").replace("市局", "") for text in (one, other))
    return one == other or one in other or other in one


def _card(name: str, group: list[_Told]) -> StationCard:
    place: dict[str, str] = {}
    for one in group:
        for part, value in one.place.items():
            place[part] = max(place.get(part, ""), value, key=len)
    values: dict[tuple[FactKind, str, str], list[Telling]] = defaultdict(list)
    for telling in sorted((t for one in group for t in one.tellings), key=lambda t: (t.date, t.article)):
        if telling.fact.kind != "station":
            values[telling.fact.kind, telling.fact.what, repr(value_of(telling.fact))].append(telling)
    series = [Value(kind, what, value_of(told[0].fact), tuple(told)) for (kind, what, _), told in values.items()]
    series.sort(key=lambda value: (_ORDER[value.kind], value.what, value.tellings[0].date))
    subjects = sorted({one.tellings[0].article for one in group if one.main})
    return StationCard(name, {part: place[part] for part in PLACE if part in place}, tuple(subjects), tuple(series))


_ORDER = {kind: number for number, kind in enumerate((
    "station", "founded", "area", "population", "division", "premises", "force", "honour", "person", "initiative",
    "statistic", "event", "credit"))}  # fmt: skip


#: kinds whose facts name no station: they are the subject's
_OF_SUBJECT = frozenset({"initiative", "statistic", "event"})


def value_of(fact: Fact) -> Any:
    """The value a fact gives, for comparing: number, date, roles; None where naming it is all there is."""
    if fact.kind == "person":
        return sorted(fact.fields.get("roles") or ())
    if fact.kind == "statistic":
        return [fact.fields.get("value"), fact.fields.get("change"), fact.fields.get("period")]
    given = (fact.fields.get(field) for field in ("value", "date", "count"))
    return next((value for value in given if value is not None), None)


def _told(store: Store, name: str | None = None, at: int | None = None) -> list[_Told]:
    """What every article that is ruled a feature tells, by its newest revision and latest reading.

    With `name`, whole readings of the articles that name such a station; without, their station facts alone, so that
    a list of all stations holds no more in memory than it shows.
    """
    with store.database.read() as db:
        upto = as_of(db, at)
    latest = (select(readings.c.revision, func.max(readings.c.id).label("id")).where(readings.c.commit_no <= upto)
              .group_by(readings.c.revision).subquery())  # fmt: skip
    heads = (
        state(upto, articles.c.id, articles.c.url, articles.c.first_seen, revisions.c.title, revisions.c.published,
              members.c.story, latest.c.id.label("reading"))
        .join(latest, latest.c.revision == revisions.c.id).where(verdicts.c.ruling == "feature")
    )  # fmt: skip
    naming = facts.c.fields.contains(name or "", autoescape=True)
    wanted = select(facts.c.reading).where(facts.c.kind == "station", naming).union(
        # a name that a person gave stands in no reading
        select(readings.c.id).join(revisions, revisions.c.id == readings.c.revision)
        .join(judgements, judgements.c.article == revisions.c.article)
        .where(judgements.c.kind == "station", judgements.c.fields.contains(name or "", autoescape=True)))
    chosen = select(facts).order_by(facts.c.reading, facts.c.position)
    chosen = chosen.where(facts.c.reading.in_(wanted) if name else facts.c.kind == "station")
    with store.database.read() as db:
        found: dict[int, list[Fact]] = defaultdict(list)
        for row in db.execute(chosen):
            found[row.reading].append(read_fact(row))
        rows = [row for row in db.execute(heads) if row.reading in found]
        said = judgements_of(db, [row.id for row in rows], upto)
    return [told for row in rows for told in _of_article(row, lay_over(found[row.reading], said.get(row.id, ()))[0])]


def _of_article(head: Any, found: Sequence[Fact]) -> list[_Told]:
    date = (head.published or head.first_seen.date().isoformat())[:10]
    out = []
    for fact in (one for one in found if one.kind == "station"):
        name, main = str(fact.fields["name"]), bool(fact.fields.get("main"))
        own = [one for one in found if one is fact or one.fields.get("station") == name
               or (main and one.kind in _OF_SUBJECT and not one.fields.get("station"))]  # fmt: skip
        place = {part: str(fact.fields[part]) for part in PLACE if fact.fields.get(part)}
        tellings = tuple(Telling(head.id, head.url, head.title, date, one) for one in own)
        out.append(_Told(name, place, head.story, main, tellings))
    return out
