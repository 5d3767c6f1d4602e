"""Officers named in groups: lists before 等几位民警, rosters of a shift, and introductions after words such as 派出所有几位."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.facts.document import Doc
from ingest.facts.person_checks import KIN, Person, is_person_at, note
from ingest.facts.roles import ROLE
from ingest.zh import han
from ingest.zh.person_names import STRONG, WEAK, PersonNames

#: words for officers after a number: 几位社区民警, 8名辅警 (source of a regular expression)
_OFFICERS = r"(?:\d{1,5}|[几一二两三四五六七八九十]{1,4})余?[名位个][\p{Han}]{0,4}?(?:民辅警|民警|辅警|移民管理警察|警察|女警|干警)"
#: the end of a list of officers: 等几位民警, 两名民警, or 还有8名辅警 (only if 是 or 有 precedes the list)
_TAIL = han.regex(rf"(?P<joint>,?还有|,?外加|等)?{_OFFICERS}(?![\p{{Han}}]{{0,3}}(?:家属|家庭))")
#: a word of duty with its names: 带班,马占海;值班,祁小龙、何文
_ROSTER = han.regex(
    r"(?:带班|值班|备勤|当班|值守)(?:领导|民警|辅警)?[,: ](?P<list>[\p{Han}·]{2,12}(?:、[\p{Han}·]{2,12})*)(?=[;。,\n ]|\Z)"
)
#: persons of the station, introduced one after another; `row` is the text that names them: 派出所还有几位“名角”:…
_ROW = han.regex(
    r"(?:派出所|所里|全所|警队|队里|支队|大队|中队)[^。,;:]{0,4}有(?:几|两|三|\d{1,4}|[四五六七八九十]{1,3})[位个名]?[^。,;:]{0,10}(?:——|:)(?P<row>[^。\n]{4,240})"
)
#: a place in `row` (_ROW) where a name may start: its start, or after a quotation, a team, a separator or 叫
_IN_ROW = han.regex(r"(?:\A|[”;、]|[组队室]的|叫)(?=[\p{Han}])")
#: separators of the items of a list
_SEPARATORS = "、和与及"
#: maximum length of a list, characters; not measured
_REACH = 60


def by_group(doc: Doc, names: PersonNames, found: dict[str, Person]) -> None:
    """Add the persons of groups of officers to `found` as officers; a citizen without a role becomes an officer."""
    s = doc.s
    spans: list[tuple[int, int]] = []
    for tail in _TAIL.finditer(s):
        members = list(_list_before(doc, names, found, tail.start()))
        joint = tail["joint"] or ""
        if joint.endswith(("还有", "外加")) and not (
            members and s[members[-1][0] - 1 : members[-1][0]] in ("是", "有")
        ):
            continue
        if len(members) > 1 or (members and joint == "等"):
            spans += members
    for roster in _ROSTER.finditer(s):
        spans += _items(doc, names, found, *roster.span("list"))
    for row in _ROW.finditer(s):
        spans += _row(doc, names, found, *row.span("row"))
    for start, end in spans:
        name = s[start:end]
        if KIN.search(name, 1) or "某" in name:
            continue
        person = found.get(name)
        if person is None:
            note(found, name, start, end, None, "police")
        elif person.role_class == "citizen" and not person.roles:
            person.role_class = "police"


def _is_name(doc: Doc, names: PersonNames, found: dict[str, Person], start: int, end: int) -> bool:
    """Return whether the whole of start:end is a name: one of `found`, one of `names.parts`, or a new name."""
    name = doc.s[start:end]
    return len(name) > 1 and (
        name in found
        or name in names.parts
        or (
            names.at(start, prior=STRONG, limit=end, titled=True) == end
            and is_person_at(doc, names, start, end, titled=True)
        )
    )


def _items(doc: Doc, names: PersonNames, found: dict[str, Person], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the items of a list that are names."""
    place = start
    for part in re.split("([、])", doc.s[start:end]):
        if part != "、" and _is_name(doc, names, found, place, place + len(part)):
            yield place, place + len(part)
        place += len(part)


def _list_before(doc: Doc, names: PersonNames, found: dict[str, Person], end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the names of the list that ends at `end`, the last one first.

    The search stops at an item that is not a name as a whole. A name at the end of this item (带着|佘振湘) is included,
    unless a title directly precedes the name.
    """
    s = doc.s
    floor = max(doc.sentence(end - 1)[0] if end else 0, end - _REACH)
    while end > floor:
        start = max(floor, *(s.rfind(mark, floor, end) + 1 for mark in "、,;:。”是"))
        if not _is_name(doc, names, found, start, end):  # 和 may be part of a name: 孟和
            start = max(start, *(s.rfind(mark, start, end) + 1 for mark in "和与及"))
        if _is_name(doc, names, found, start, end):
            yield start, end
        else:  # the first item follows other words: 带着|佘振湘
            first = names.ending(end, prior=WEAK, floor=start)
            inside = next((size for size in (4, 3, 2) if s[end - size : end] in found and end - size >= start), 0)
            first = end - inside if inside else first
            # `by_role` has already read a name directly after a title
            if first < end and not any(title.end() == first for title in ROLE.finditer(s, max(0, first - 6), first)):
                yield first, end
            return
        if s[start - 1 : start] not in _SEPARATORS or start <= floor:
            return
        end = start - 1


def _row(doc: Doc, names: PersonNames, found: dict[str, Person], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the names in a text that introduces persons one after another (_ROW)."""
    for place in _IN_ROW.finditer(doc.s, start, end):
        last = names.at(place.end(), prior=STRONG, limit=end, titled=True)
        closed = last > place.end() and doc.s[last : last + 1] in ("、", ",", "(", ";", "。", "和")
        if closed and is_person_at(doc, names, place.end(), last, titled=True):
            yield place.end(), last
