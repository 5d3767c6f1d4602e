"""Station cards: group the statements of articles about a station, and find changes and conflicts.

Merging two stations into one card is worse than showing one station on two cards: there is a 城关派出所 in hundreds of
counties. So a mention is added to a card only if the name is equal (or a former name) and one of two conditions holds:
an article of the card belongs to the same story; or authority, district or city is equal and no part of the place
contradicts (if the district is equal, another authority does not contradict). A mention gets a card of its own if it
matches no card of its name, or if it matches several cards, each only by city. Pure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

from store.fact_kinds import KINDS, MEASURES, FactKind
from store.records import Fact

#: the parts of a place that distinguish stations of the same name, most specific first
PLACE = ("authority", "district", "city", "province")
_DIVISIONS = PLACE[1:]
#: fields of a figure that is not about the station at present: 成立时 (period), 同比下降 (change), 全市 (scope)
_BOUND = ("period", "change", "scope")
#: position of each kind on a card
_ORDER = {name: position for position, name in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Citation:
    """One fact as one article states it."""

    article: int
    url: str
    title: str
    #: date of publication (ISO); if unknown, the date of first storing
    date: str
    fact: Fact
    published: bool = True
    story: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One value on a card, with all citations that state it, oldest first."""

    kind: FactKind
    #: subject of the value: a category, a title, a person's name; "" for a kind without subjects
    what: str
    value: Any
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a figure: a later article states another value. Each side has only the citations of its date."""

    station: str
    kind: FactKind
    what: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Conflict:
    """Contradicting values of one kind and subject: of one date, of an unknown date, or dates of foundation."""

    station: str
    kind: FactKind
    what: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class StationCard:
    """All statements of the stored articles about one station."""

    name: str
    #: authority, district, city and province, each as most articles state it. `values` has all statements with their
    #: quotes
    place: Mapping[str, str]
    #: articles that have the station as their subject
    articles: tuple[int, ...]
    values: tuple[Value, ...]
    former_names: tuple[str, ...] = ()

    def changes(self) -> tuple[Change, ...]:
        """Return the changes of measures between one article and a later one, oldest first.

        Figures of another time (成立时民警5名) or of a larger area, figures with a change (同比下降) and articles
        without a date are ignored. Only the first article of each story counts. Two figures of one article are not a
        change, nor are figures that may be equal (30余 and 35).
        """
        found = []
        for (kind, what), citations in self._measured():
            base: list[Value] = []
            for moment in _moments([citation for citation in citations if citation.published]):
                if not _any_agree(base, moment):
                    found += [Change(self.name, kind, what, old, new) for old in base for new in moment]
                    base = moment
                else:  # 30余 after 35 is not a change; but an exact figure is the better base for the next comparison
                    base = [value for value in moment if _is_exact(value)] or base
        return tuple(sorted(found, key=lambda change: change.after.citations[0].date))

    def conflicts(self) -> tuple[Conflict, ...]:
        """Return the contradictions between articles that cannot be changes, because the dates are equal or unknown.

        Dates of foundation that cannot both be true (unlike 1950 and 1950-11) are always a contradiction.
        """
        found = []
        for (kind, what), citations in self._measured():
            dated = _moments([citation for citation in citations if citation.published]) or [[]]
            undated = _merged(citation for citation in citations if not citation.published)
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
        """Yield each measure with one citation per story: the first figure of the story's first article."""
        grouped: dict[tuple[FactKind, str], dict[tuple[str, int], Citation]] = defaultdict(dict)
        for value in self.values:
            for citation in value.citations:
                fields = citation.fact.fields
                if value.kind not in MEASURES or fields.get("value") is None or any(map(fields.get, _BOUND)):
                    continue
                source = ("article", citation.article) if citation.story is None else ("story", citation.story)
                first = grouped[value.kind, value.what].setdefault(source, citation)
                if _age(citation) < _age(first):
                    grouped[value.kind, value.what][source] = citation
        for measure, by_source in grouped.items():
            yield measure, sorted(by_source.values(), key=_age)


def _age(citation: Citation) -> tuple[bool, str, int, int]:
    """Return the sort key of a citation: dated citations first, by date; citations of one article in text order."""
    return not citation.published, citation.date, citation.article, citation.fact.start


def _moments(dated: Sequence[Citation]) -> list[list[Value]]:
    """Group dated citations by date and return each date's values. 2023 and 2023-08 count as one date."""
    moments: list[list[Citation]] = []
    for citation in dated:
        if moments and citation.date.startswith(moments[-1][-1].date):
            moments[-1].append(citation)
        else:
            moments.append([citation])
    return [_merged(moment) for moment in moments]


def _merged(citations: Iterable[Citation]) -> list[Value]:
    """Return one Value for each group of citations with equal content."""
    same: dict[str, list[Citation]] = defaultdict(list)
    for citation in citations:
        same[repr(_content(citation.fact))].append(citation)
    return [
        Value(group[0].fact.kind, group[0].fact.what, value_of(group[0].fact), tuple(group)) for group in same.values()
    ]


def _disagree(values: Sequence[Value]) -> bool:
    """Return whether two of the values cannot both be true."""
    return any(not _any_agree([one], [other]) for one, other in combinations(values, 2))


def _any_agree(some: Iterable[Value], others: Sequence[Value]) -> bool:
    return any(_agree(one.citations[0].fact, other.citations[0].fact) for one in some for other in others)


def _is_exact(value: Value) -> bool:
    return value.citations[0].fact.fields.get("approx") in (None, "exact")


def _agree(one: Fact, other: Fact) -> bool:
    """Return whether both figures may be true at the same time: 1950 and 1950-11, 30余 and 35, 3.4万 and 34213."""
    if one.kind == "founded":
        early, late = sorted((str(one.fields.get("date")), str(other.fields.get("date"))), key=len)
        return late.startswith(early)
    (low, high), (bottom, top) = _range(one), _range(other)
    return low <= top and bottom <= high


#: How far a figure may differ from its written number at most, as a share of the number: 近40 is at least 34; 约 allows
#: both directions. 余 adds at most one unit of the last digit other than 0 (30余 is at most 40, 3.4万余 at most 3.5万).
#: An exact figure of 10,000 or more may be rounded by half a unit of that digit. Chosen by hand, not measured
_OVER, _NEARLY, _ABOUT, _ROUNDED = 0.35, 0.15, 0.1, 0.015


def _range(fact: Fact) -> tuple[float, float]:
    """Return the least and the greatest number that a figure may mean."""
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
    """One article's mention of one station."""

    name: str
    place: Mapping[str, str]
    story: int | None
    main: bool
    citations: tuple[Citation, ...]
    #: present name of the station, if `name` is a former name
    now: str | None = None


@dataclass(slots=True)
class _Group:
    """Mentions of one station, with the data for deciding whether another mention belongs to it."""

    mentions: list[StationMention]
    stories: set[int]
    #: distinct descriptions of the station's place; even thousands of articles use only a few
    places: list[Mapping[str, str]]

    def add(self, mentions: Iterable[StationMention]) -> None:
        """Add mentions to the group."""
        for mention in mentions:
            self.mentions.append(mention)
            if mention.story is not None:
                self.stories.add(mention.story)
            if mention.place not in self.places:
                self.places.append(mention.place)


def _group(mentions: Iterable[StationMention]) -> _Group:
    group = _Group([], set(), [])
    group.add(mentions)
    return group


def build_cards(mentions: Iterable[StationMention]) -> list[StationCard]:
    """Group mentions into cards, sorted by name."""
    by_name: dict[str, list[_Group]] = defaultdict(list)
    # The most specific places come first, so that mentions with less specific places find their group.
    for mention in sorted(mentions, key=lambda mention: (-len(mention.place), mention.citations[0].article)):
        groups = by_name[mention.now or mention.name]
        group = _matching_group(mention, groups)
        if group is None:
            groups.append(_group([mention]))
        else:
            group.add([mention])
    _merge_former_names(by_name)
    return [_card(name, group.mentions) for name in sorted(by_name) for group in by_name[name]]


def _merge_former_names(by_name: dict[str, list[_Group]]) -> None:
    """Move a group of mentions under a former name to a card of the present name, if each mention matches that card."""
    for name, groups in list(by_name.items()):
        for group in groups:
            for former in sorted({mention.name for mention in group.mentions if mention.now == name} - {name}):
                for older in list(by_name.get(former, ())):
                    if all(_matching_group(mention, [group]) is not None for mention in older.mentions):
                        group.add(older.mentions)
                        by_name[former].remove(older)


def _matching_group(mention: StationMention, groups: Sequence[_Group]) -> _Group | None:
    """Return the group that a mention belongs to; None if it belongs to none of `groups`.

    A mention belongs to a group that has its story; otherwise to a group with its authority or district; otherwise to a
    group with its city, if only one group has that city.
    """
    for group in groups:
        if mention.story in group.stories:
            return group
    ties = [(_tie(mention.place, group), group) for group in groups]
    strong = [group for tie, group in ties if tie == 2]
    weak = [group for tie, group in ties if tie == 1]
    return strong[0] if strong else weak[0] if len(weak) == 1 else None


def _tie(place: Mapping[str, str], group: _Group) -> int:
    """Return 2 for the same authority or district, 1 for the same city, 0 for neither or if the places contradict."""
    tie = 0
    for other in group.places:
        # Most comparisons end here, because a name such as 城关派出所 occurs in many places.
        if any(_agreement(place, other, part) is False for part in _DIVISIONS):
            return 0
        authority, district = _agreement(place, other, "authority"), _agreement(place, other, "district")
        if authority is False and not district:
            return 0
        tie = max(tie, 2 if authority or district else 1 if _agreement(place, other, "city") else 0)
    return tie


def _agreement(one: Mapping[str, str], other: Mapping[str, str], part: str) -> bool | None:
    """Return whether a part is the same in both places; None if one lacks it or its authority names no place."""
    if part not in one or part not in other:
        return None
    return (_same_authority if part == "authority" else _same_division)(one[part], other[part])


#: words that occur in the names of many authorities; `_same_authority` compares the names without them
_OFFICE = re.compile("公安|分局|局|处|厅|机关|部门|边境管理|边防|边检|总队|支队|大队|总站")
_DIVISION = "省市区县旗州盟"


def _same_division(one: str, other: str) -> bool:
    """Return whether two names mean the same division: 重庆 and 重庆市 do, 沙县 and 长沙县 do not."""
    short, long = sorted((one, other), key=len)
    return short == long or (long[:-1] == short and long[-1] in _DIVISION)


def _same_authority(one: str, other: str) -> bool | None:
    """Return whether two names mean the same authority; None if one of them names no place (县公安局).

    渝中区公安分局 is 重庆市公安局渝中区分局; 和县公安局 is not 泰和县公安局.
    """
    short, long = sorted((_OFFICE.sub("", text).rstrip(_DIVISION) for text in (one, other)), key=len)
    if not short:
        return None
    above = long.removesuffix(short)
    return long == short or (above != long and (above[-1] in _DIVISION or len(above) > 1))


def _card(name: str, group: Sequence[StationMention]) -> StationCard:
    """Return the card of one station from its mentions."""
    counts = {part: Counter(mention.place[part] for mention in group if part in mention.place) for part in PLACE}
    place = {
        part: max(counter, key=lambda text: (counter[text], len(text))) for part, counter in counts.items() if counter
    }
    grouped: dict[tuple[FactKind, str, str], list[Citation]] = defaultdict(list)
    shown: dict[tuple[FactKind, str, str], Any] = {}
    for citation in sorted((citation for mention in group for citation in mention.citations), key=_age):
        for what, value, content in _entries(citation.fact, name):
            grouped[citation.fact.kind, what, content].append(citation)
            shown.setdefault((citation.fact.kind, what, content), value)
    series = [
        Value(kind, what, shown[kind, what, content], tuple(citations))
        for (kind, what, content), citations in grouped.items()
    ]
    series.sort(key=lambda value: (_ORDER[value.kind], value.what, _age(value.citations[0])))
    former = dict.fromkeys(mention.name for mention in group if mention.name != name)
    subjects = sorted({mention.citations[0].article for mention in group if mention.main})
    return StationCard(name, place, tuple(subjects), tuple(series), tuple(former))


def _entries(fact: Fact, name: str) -> Iterator[tuple[str, Any, str]]:
    """Yield (what, value, key) of a fact. Facts with the same `what` and key state the same value.

    A station fact yields one entry for each part of its place, and one for a former name.
    """
    if fact.kind != "station":
        yield fact.what, value_of(fact), repr(_content(fact))
        return
    if fact.fields.get("name") != name:
        yield "former name", fact.fields.get("name"), repr(fact.fields.get("name"))
    for part in PLACE:
        if fact.fields.get(part):
            yield part, fact.fields[part], repr(fact.fields[part])


def _content(fact: Fact) -> tuple[Any, ...]:
    """Return the properties that are equal if two citations state the same value.

    30余 differs from 30, and a figure at the founding from the same figure now.
    """
    return value_of(fact), fact.fields.get("approx") or "exact", fact.fields.get("period")


def value_of(fact: Fact) -> Any:
    """Return the value of a fact for comparison: number, date or roles; None if the fact only has a name.

    For a statistic with a change or period, return the list of figure, change and period.
    """
    if fact.kind == "person":
        return sorted(fact.fields.get("roles") or ())
    if fact.kind == "statistic" and (fact.fields.get("change") or fact.fields.get("period")):
        return [fact.fields.get("value"), fact.fields.get("change"), fact.fields.get("period")]
    given = (fact.fields.get(field) for field in ("value", "date", "count"))
    return next((value for value in given if value is not None), None)


def brought_by(change: Change) -> int:
    """Return the article by which a change became known.

    Each side has a cited article that was stored first. The change became known by the later stored of these two.
    """
    return max(min(citation.article for citation in side.citations) for side in (change.before, change.after))
