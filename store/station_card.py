"""Index cards of stations, from what articles tell of them: what meets on one card, what changed, what contradicts.

Which mistake is worse: two stations taken for one (there is a 城关派出所 in hundreds of counties) is worse than one
station shown on two cards. So articles meet on a card only when the name is the same (or a former name of it) and
something about the place is known of both and the same, or they tell one story; what names no place, or a city where
two stations of that name are known, stands on a card of its own. Pure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

from store.records import Fact, FactKind

#: the parts of a place that tell two stations of one name apart, the most telling first
PLACE = ("authority", "district", "city", "province")
_DIVISIONS = PLACE[1:]
#: kinds whose figures may differ with time
MEASURES: tuple[FactKind, ...] = ("area", "population", "division", "premises", "force")
#: the order of a card
_ORDER = {
    kind: number
    for number, kind in enumerate(
        ("station", "founded", *MEASURES, "honour", "person", "initiative", "statistic", "event", "credit")
    )
}


@dataclass(frozen=True, slots=True)
class Citation:
    """One fact as one article tells it."""

    article: int
    url: str
    title: str
    #: when the article was published (ISO); when it was first stored, where no publication date is known
    date: str
    fact: Fact
    published: bool = True
    story: int | None = None
    #: private persons of the article, masked in what goes out
    private: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a card with every article that tells it, oldest first."""

    kind: FactKind
    #: what is measured or named: a category, a title, a person's name; "" where the kind says it all
    what: str
    value: Any
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A measure that a later article gives another value. Each side has the citations of its day only."""

    station: str
    kind: FactKind
    what: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Conflict:
    """Values of one measure that cannot be told apart by date: of one day, of unknown day, or of what never changes."""

    station: str
    kind: FactKind
    what: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class StationCard:
    """Everything that the stored articles tell of one station."""

    name: str
    #: authority, district, city, province, each as most articles say it; `values` have all with their quotes
    place: Mapping[str, str]
    #: articles whose subject it is
    articles: tuple[int, ...]
    values: tuple[Value, ...]
    former_names: tuple[str, ...] = ()

    def changes(self) -> tuple[Change, ...]:
        """Where a later article gives a measure another value, oldest first.

        Figures that an article itself places in the past (成立时民警5名) are none of its day; copies of a story say
        what the first said; two figures of one article, and figures that may be the same (30余 and 35), are no change.
        """
        found = []
        for (kind, what), told in self._measured():
            base: list[Value] = []
            for moment in _moments([one for one in told if one.published]):
                if not _any_agree(base, moment):
                    found += [Change(self.name, kind, what, old, new) for old in base for new in moment]
                    base = moment
                else:  # 30余 after 35 says nothing new
                    base = [one for one in moment if _is_exact(one)] or base
        return tuple(sorted(found, key=lambda one: one.after.citations[0].date))

    def conflicts(self) -> tuple[Conflict, ...]:
        """Where articles contradict each other and no date says which is now."""
        found = []
        for (kind, what), told in self._measured():
            dated = _moments([one for one in told if one.published]) or [[]]
            undated = _merged(one for one in told if not one.published)
            found += [
                Conflict(self.name, kind, what, tuple(together))
                for together in (*dated[:-1], dated[-1] + undated)
                if _disagree(together)
            ]
        founded = [value for value in self.values if value.kind == "founded"]
        if _disagree(founded):
            found.append(Conflict(self.name, "founded", "", tuple(founded)))
        return tuple(found)

    def _measured(self) -> Iterator[tuple[tuple[FactKind, str], list[Citation]]]:
        """Each measure with one telling a story: the first figure of its first article."""
        grouped: dict[tuple[FactKind, str], dict[tuple[str, int], Citation]] = defaultdict(dict)
        for value in self.values:
            for one in value.citations:
                fields = one.fact.fields
                if value.kind not in MEASURES or fields.get("period") or fields.get("value") is None:
                    continue
                source = ("article", one.article) if one.story is None else ("story", one.story)
                first = grouped[value.kind, value.what].setdefault(source, one)
                if _age(one) < _age(first):
                    grouped[value.kind, value.what][source] = one
        for measure, told in grouped.items():
            yield measure, sorted(told.values(), key=_age)


def _age(one: Citation) -> tuple[bool, str, int, int]:
    """The order of citations: dated ones by date, those of one article as it reads."""
    return not one.published, one.date, one.article, one.fact.start


def _moments(told: Sequence[Citation]) -> list[list[Value]]:
    """Dated citations by date, each moment's values; 2023 and 2023-08 cannot be told apart."""
    moments: list[list[Citation]] = []
    for one in told:
        if moments and one.date.startswith(moments[-1][-1].date):
            moments[-1].append(one)
        else:
            moments.append([one])
    return [_merged(moment) for moment in moments]


def _merged(told: Iterable[Citation]) -> list[Value]:
    """One Value for all that say the same."""
    same: dict[str, list[Citation]] = defaultdict(list)
    for one in told:
        same[repr(_saying(one.fact))].append(one)
    return [
        Value(group[0].fact.kind, group[0].fact.what, value_of(group[0].fact), tuple(group)) for group in same.values()
    ]


def _disagree(values: Sequence[Value]) -> bool:
    """Whether two of them cannot both be true."""
    return any(not _any_agree([one], [other]) for one, other in combinations(values, 2))


def _any_agree(some: Iterable[Value], others: Sequence[Value]) -> bool:
    return any(_agree(one.citations[0].fact, other.citations[0].fact) for one in some for other in others)


def _is_exact(value: Value) -> bool:
    return value.citations[0].fact.fields.get("approx") in (None, "exact")


def _agree(one: Fact, other: Fact) -> bool:
    """Whether both may be true of one moment: 1950 and 1950-11, 30余 and 35, 3.4万 and 34213."""
    if one.kind == "founded":
        early, late = sorted((str(one.fields.get("date")), str(other.fields.get("date"))), key=len)
        return late.startswith(early)
    (low, high), (bottom, top) = _range(one), _range(other)
    return low <= top and bottom <= high


#: how far a number may be from what it says, as a share of it: 近40 from 34, 约 either way, 余 and what was rounded to
#: ten thousands within their last digit and no further: 30余 up to 40, 3.4万余 up to 3.5万. By hand, not measured
_OVER, _NEARLY, _ABOUT, _ROUNDED = 0.35, 0.15, 0.1, 0.015


def _range(fact: Fact) -> tuple[float, float]:
    """Between what a figure may lie."""
    value, approx = float(fact.fields["value"]), fact.fields.get("approx")
    digit = float(Decimal(1).scaleb(int(Decimal(repr(value)).normalize().as_tuple().exponent)))
    if approx == "over":
        return value, value + min(digit, value * _OVER)
    if approx == "nearly":
        return value * (1 - _NEARLY), value
    if approx in ("about", "vague"):
        return value * (1 - _ABOUT), value * (1 + _ABOUT)
    rounded = min(digit / 2, value * _ROUNDED) if value >= 10_000 else 0.0
    return value - rounded, value + rounded


# --- grouping -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StationMention:
    """One article's telling of one station."""

    name: str
    place: Mapping[str, str]
    story: int | None
    main: bool
    citations: tuple[Citation, ...]
    #: the station's name now, when `name` is what it was called
    now: str | None = None


@dataclass(slots=True)
class _Group:
    """Tellings that are of one station, and what decides whether another belongs to them."""

    told: list[StationMention]
    stories: set[int]
    #: each way in which its place is told, once: thousands of articles tell of it in a few
    places: list[Mapping[str, str]]

    def take(self, told: Iterable[StationMention]) -> None:
        """These belong to it."""
        for one in told:
            self.told.append(one)
            if one.story is not None:
                self.stories.add(one.story)
            if one.place not in self.places:
                self.places.append(one.place)


def _group(told: Iterable[StationMention]) -> _Group:
    group = _Group([], set(), [])
    group.take(told)
    return group


def build_cards(told: Iterable[StationMention]) -> list[StationCard]:
    """Group citations into cards, by name."""
    by_name: dict[str, list[_Group]] = defaultdict(list)
    for one in sorted(told, key=lambda one: (-len(one.place), one.citations[0].article)):
        groups = by_name[one.now or one.name]
        home = _home(one, groups)
        if home is None:
            groups.append(_group([one]))
        else:
            home.take([one])
    _rename(by_name)
    return [_card(name, group.told) for name in sorted(by_name) for group in by_name[name]]


def _rename(by_name: dict[str, list[_Group]]) -> None:
    """What is told under a former name goes to the card of the name now, where the place allows it."""
    for name, groups in list(by_name.items()):
        for group in groups:
            for former in sorted({one.name for one in group.told if one.now == name} - {name}):
                for older in list(by_name.get(former, ())):
                    if all(_home(one, [group]) is not None for one in older.told):
                        group.take(older.told)
                        by_name[former].remove(older)


def _home(one: StationMention, groups: Sequence[_Group]) -> _Group | None:
    """The group that `one` belongs to: by its story, by authority or district, by the city when only one could be."""
    for group in groups:
        if one.story in group.stories:
            return group
    ties = [(_tie(one.place, group), group) for group in groups]
    strong = [group for tie, group in ties if tie == 2]
    weak = [group for tie, group in ties if tie == 1]
    return strong[0] if strong else weak[0] if len(weak) == 1 else None


def _tie(place: Mapping[str, str], group: _Group) -> int:
    """2: of one authority or district; 1: of one city; 0: nothing ties it to the group, or something sets it apart."""
    tie = 0
    for other in group.places:
        if any(_agreement(place, other, part) is False for part in _DIVISIONS):  # most end here: 城关派出所 elsewhere
            return 0
        authority, district = _agreement(place, other, "authority"), _agreement(place, other, "district")
        if authority is False and not district:
            return 0
        tie = max(tie, 2 if authority or district else 1 if _agreement(place, other, "city") else 0)
    return tie


def _agreement(one: Mapping[str, str], other: Mapping[str, str], part: str) -> bool | None:
    """Whether both name the same for a part of their place; None when one of them does not name it."""
    if part not in one or part not in other:
        return None
    return (_same_authority if part == "authority" else _same_division)(one[part], other[part])


#: what every authority is called, whosever it is
_OFFICE = re.compile("公安|分局|局|处|厅|机关|部门|边境管理|边防|边检|总队|支队|大队|总站")
_DIVISION = "省市区县旗州盟"


def _same_division(one: str, other: str) -> bool:
    """重庆 and 重庆市; but 沙县 is not 长沙县."""
    short, long = sorted((one, other), key=len)
    return short == long or (long[:-1] == short and long[-1] in _DIVISION)


def _same_authority(one: str, other: str) -> bool | None:
    """渝中区公安分局 and 重庆市公安局渝中区分局 are one, 县公安局 is anybody's, 和县公安局 is not 泰和县公安局's."""
    short, long = sorted((_OFFICE.sub("", text).rstrip(_DIVISION) for text in (one, other)), key=len)
    if not short:
        return None
    above = long.removesuffix(short)
    return long == short or (above != long and (above[-1] in _DIVISION or len(above) > 1))


def _card(name: str, group: Sequence[StationMention]) -> StationCard:
    said = {part: Counter(one.place[part] for one in group if part in one.place) for part in PLACE}
    place = {part: max(told, key=lambda text: (told[text], len(text))) for part, told in said.items() if told}
    grouped: dict[tuple[FactKind, str, str], list[Citation]] = defaultdict(list)
    shown: dict[tuple[FactKind, str, str], Any] = {}
    for telling in sorted((t for one in group for t in one.citations), key=_age):
        for what, value, saying in _sayings(telling.fact, name):
            grouped[telling.fact.kind, what, saying].append(telling)
            shown.setdefault((telling.fact.kind, what, saying), value)
    series = [
        Value(kind, what, shown[kind, what, saying], tuple(citations))
        for (kind, what, saying), citations in grouped.items()
    ]
    series.sort(key=lambda value: (_ORDER[value.kind], value.what, _age(value.citations[0])))
    former = dict.fromkeys(one.name for one in group if one.name != name)
    subjects = sorted({one.citations[0].article for one in group if one.main})
    return StationCard(name, place, tuple(subjects), tuple(series), tuple(former))


def _sayings(fact: Fact, name: str) -> Iterator[tuple[str, Any, str]]:
    """(what, value, the same text for the same saying) of a fact; a station's has one for each part of its place."""
    if fact.kind != "station":
        yield fact.what, value_of(fact), repr(_saying(fact))
        return
    if fact.fields.get("name") != name:
        yield "former name", fact.fields.get("name"), repr(fact.fields.get("name"))
    for part in PLACE:
        if fact.fields.get(part):
            yield part, fact.fields[part], repr(fact.fields[part])


def _saying(fact: Fact) -> tuple[Any, ...]:
    """What makes two citations one value: 30余 is not 30, five when it was founded are not five now."""
    return value_of(fact), fact.fields.get("approx") or "exact", fact.fields.get("period")


def value_of(fact: Fact) -> Any:
    """The value a fact gives, for comparing: number, date, roles; None where naming it is all there is."""
    if fact.kind == "person":
        return sorted(fact.fields.get("roles") or ())
    if fact.kind == "statistic":
        return [fact.fields.get("value"), fact.fields.get("change"), fact.fields.get("period")]
    given = (fact.fields.get(field) for field in ("value", "date", "count"))
    return next((value for value in given if value is not None), None)
