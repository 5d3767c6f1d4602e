"""Facts of kind honour: title, awarding body, date, count and holder of each award."""

from __future__ import annotations

import re
from bisect import bisect_left

from ingest.facts.doc import Doc
from ingest.facts.honour_titles import ASIDE, Item, titles
from ingest.facts.person_checks import Person
from ingest.zh import han
from ingest.zh.text import WordIndex
from store.records import Fact

VERSION = "honour.award@3"


def honour_facts(doc: Doc, persons: list[Person]) -> list[Fact]:
    """Return the facts of kind honour; an award that repeats title, holder, date and count is skipped."""
    facts: list[Fact] = []
    seen: set[tuple[object, ...]] = set()
    covered = 0
    last: tuple[Item, tuple[str | None, str] | None] | None = None
    starts = [quantity.start for quantity in doc.quantities]
    index = WordIndex([person.name for person in persons], doc.s)
    for item in titles(doc, persons):
        holder = _holder(doc, item, persons, index)
        date = _date(doc, item, last)
        last = (item, date)
        key = (item.title, holder, date[0] if date else None, item.count)
        if item.start < covered or key in seen:
            continue
        seen.add(key)
        covered = item.end
        station = _station(doc, item)
        fields: dict[str, object] = {
            "station": station,
            "holder": holder,
            "title": item.title,
            "by": item.by,
            "date": date[0] if date else None,
            "count": item.count,
        }
        if date and date[0] is None:
            fields["date_text"] = date[1]
        facts.append(doc.fact("honour", _quote_start(doc, item), item.end, VERSION, fields))
        first = bisect_left(starts, item.start)
        doc.claims.update(dict.fromkeys(range(first, bisect_left(starts, item.end)), "honour"))
    return facts


def _quote_start(doc: Doc, item: Item) -> int:
    """Return the start of the quote: the award verb if it stands shortly before the title, else the title."""
    start = item.verb_start
    return (
        start
        if start is not None and item.start - start <= 40 and "。" not in doc.s[start : item.start]
        else item.start
    )


#: words after a date in a person's life, which is not the date of the award: 2009年参加工作,…荣立二等功
_LIFE = re.compile(r"[^,。;“]{0,12}(?:参加工作|从警|入警|入伍|参军|转业|毕业|出生|加入|考入|调[入到任])[^,。;“]{0,12},")


def _date(
    doc: Doc, item: Item, last: tuple[Item, tuple[str | None, str] | None] | None
) -> tuple[str | None, str] | None:
    """Return (ISO date or None, words) of the award: the date in brackets after the title, else the last one before it."""
    floor = doc.sentence(item.start)[0]
    aside = ASIDE.match(doc.s, item.end)
    if aside and (beside := doc.date_before(aside.end(), item.end)) is not None:
        return beside.value, doc.s[beside.start : beside.end]
    best = doc.date_before(item.start, floor)
    if best is None or doc.s[best.start - 1 : best.start] + doc.s[best.end : best.end + 1] == "()":
        return None  # a date in brackets belongs to the title before it
    if not _dates_award(doc, floor, best.start, best.end, item.start):
        return None
    if _LIFE.match(doc.s, best.end, item.start):
        return None
    if last is not None and best.end <= last[0].start < item.start:  # the date belongs to the award before
        return None if "," in doc.s[last[0].end : item.start] else last[1]
    return best.value, doc.s[best.start : best.end]


#: words of award in a clause with a date
_AWARDED = re.compile("[荣获评授予命名表彰]{2}|荣立|摘得|捧回|入选|被|跻身")


def _dates_award(doc: Doc, floor: int, start: int, end: int, title: int) -> bool:
    """Return whether the date at start:end belongs to the award at `title`.

    It does without a comma between them, when it is alone in its clause (2019年,公安部授予...), or when its clause has
    a word of award. 成立于1950年,...一级公安派出所 and 2018年与...合并,为... date something else.
    """
    comma = doc.s.find(",", end, title)
    if comma < 0:
        return True
    begin = max(doc.s.rfind(",", floor, start) + 1, floor)
    beside = doc.s[begin:start] + doc.s[end:comma]
    return len(beside) <= 6 or bool(_AWARDED.search(beside))


def _station(doc: Doc, item: Item) -> str | None:
    """Return the station that was awarded: the last one named before the title in its sentence, else the main one."""
    sentence = doc.sentence(item.start)
    words = doc.s[sentence[0] : sentence[1]]
    later = [
        s
        for s in doc.stations_in(sentence)
        if any(s.name + word in words for word in ("获此殊荣", "上榜", "入选", "榜上有名"))
    ]
    if later:
        return str(later[0].name)
    before = doc.s[sentence[0] : item.start]
    named = [
        s
        for s in doc.stations_in((sentence[0], item.start))
        if not any(s.name + gone in before for gone in ("合并", "撤销", "划入"))
    ]
    if named:
        near = max(named, key=lambda s: doc.s.rfind(s.name, sentence[0], item.start))
        return doc.main if near.former else str(near.name)
    return doc.main


#: other titles between 获得者 and the name, and their maximum length, characters; not measured
_TITLES_BETWEEN, _LISTING = 10, han.regex("[\\p{Han}、]*")


def _holder(doc: Doc, item: Item, persons: list[Person], index: WordIndex) -> str | None:
    """Return the person who was awarded: named right after the title (获得者曾淑俊), or the last one before the verb."""
    after = doc.s[item.end : item.end + 60]
    follow = re.match(r"(?:、?(?:全国|全省)?“[^”]{2,14}”|、)*(?:称号)?获得者", after)
    if follow:
        rest = after[follow.end() :]
        for person in (persons[number] for number in index.inside((item.end, item.end + 60))):
            if 0 <= (place := rest.find(person.name)) <= _TITLES_BETWEEN and _LISTING.fullmatch(rest, 0, place):
                return person.name
        return rest[:3] if han.match("[\\p{Han}]{2}", rest) else None
    if item.title.startswith("集体") or item.title.endswith(("派出所", "集体", "单位", "所", "支部", "党组织")):
        return None
    sentence = doc.sentence(item.start)
    words = doc.s[max(0, sentence[0]) : item.start]
    best, who = -1, None
    for person in (persons[number] for number in index.inside((max(0, sentence[0]), item.start))):
        place = words.rfind(person.name)
        if person.role_class in ("police", "citizen") and place > best:
            best, who = place, person.name
    for station_word in [s.name for s in doc.stations_in((max(0, sentence[0]), item.start))] + [
        "派出所",
        "该所",
        "所里",
    ]:
        if words.rfind(station_word) > best:
            best, who = words.rfind(station_word), None
    if who is None and best < 0 and re.search("个人", item.title):
        earlier = doc.s[max(0, sentence[0] - 150) : sentence[0]]
        near = (persons[number] for number in index.inside((max(0, sentence[0] - 150), sentence[0])))
        placed = [(earlier.rfind(p.name), p.name) for p in near if p.role_class == "police"]
        who = max(placed)[1] if placed else None
    return who
