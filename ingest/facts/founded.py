"""Facts of kind founded: the date when a station was founded."""

from __future__ import annotations

import re

from ingest.facts.doc import Doc
from ingest.zh import han
from store.records import Fact

VERSION = "founded.stated@3"

#: words of founding after the date: 2016年9月组建的派出所, 是1991年3月8日成立的, 1952年12月1日在…宣布成立, 1949年就有的所
_AFTER = re.compile(
    r"(?:[^,。;\n]{0,14}?(?:而建|建的)(?=[,。])|[^,。;“\n]{0,24}?(?:宣布|宣告|正式|挂牌)*(?:成立|组建|设立|建所|始建|创建|创立|诞生|就有[的了]|挂牌成立|揭牌成立|建立|专设|分设|分出来|挂牌(?=[,。的])|揭牌(?=[,。的])))(?!的?(?:[^,。;的]{0,4})(?:工作室|队|小组|机制|联盟|站|中心|室|协会|党支部|办公室))"
)
#: words of founding before the date: 成立于, 始建于
_BEFORE = re.compile(
    r"(?:(?<=派出所)建|成立|始建|组建|设立|创建|创立|诞生|初建|建所|建立|肇始|起源)(?:于|时间(?:是|为|:)|在|:)[^,。;\n]{0,2}$"
)
#: words for the station itself
_STATION = re.compile(
    r"派出所|该所|本所|我所|我们所|咱们所|咱所|这个所|这家[^,。]{0,8}的?所(?=[,。离是在])|这家所|建所|民警组|分驻所|公安特派"
)
#: words for something else that is founded: a room, a squad, a company
_ELSE = re.compile(
    r"巡逻队|工作室|驿站|调解室|中队|大队|队伍|警务室|协会|联盟|机制|工作站|警务站|服务站|小分队|志愿|公司|专班|小组|支部|基地|中心|学堂|开发区|新区|公安局成立|县城|村"
)
#: words for a building
_BUILDING = re.compile(r"老派出所|旧楼|大楼|办公楼|用房|(?<!派出所)(?<![始组创初])建于")
#: a part of the station, named after it, that is founded: …派出所女警巡逻服务队成立于
_OTHER_THING = han.regex(r"派出所(?!的?前身|正式|始|最早|原|由|于|自|便|就|是|,)[\p{Han}]{3,}$")
#: label in a table
_LABEL = re.compile("(?:成立|组建|始建|设立)时间:")
#: after the date and a comma: the station is founded in the second clause
_SECOND_CLAUSE = re.compile(
    r",[^,。;\n]{0,16}派出所(?:正式|宣告|宣布|挂牌|随之|应运)*(?:成立|组建|诞生|设立|挂牌)(?!了)"
)


def founded_facts(doc: Doc) -> list[Fact]:
    """Return the facts of kind founded: the first date stated for each station."""
    facts: list[Fact] = []
    seen: set[str | None] = set()
    for date in doc.dates:
        dated = date.form == "absolute" or doc.s.startswith(("同年", "次年"), date.start)
        if date.value is None or not dated or date.stretch:
            continue
        start, end = doc.sentence(date.start)
        before = doc.s[max(start, date.start - 30) : date.start]
        limit = min(end, date.end + 34)
        after = _AFTER.match(doc.s, date.end, limit) or _SECOND_CLAUSE.match(doc.s, date.end, limit)
        founding = _BEFORE.search(before)
        founding_end = after.end() if after else date.end if founding else _named_after(doc, date.end, end)
        if founding_end is None:
            continue
        station = _subject(doc, start, date.start, date.end, founding_end, bool(founding))
        if station is None or station in seen:
            continue
        seen.add(station)
        quote_start = date.start - (len(before) - founding.start()) if founding else date.start
        quote_end = date.end if founding else founding_end
        facts.append(doc.fact("founded", quote_start, quote_end, VERSION, {"station": station, "date": date.value}))
    return facts


#: 1952年3月,县里决定设立城关派出所: the verb before the name, and the maximum distance of the name from the date,
#: characters; not measured
_FOUNDING_VERB, _NAME_DISTANCE = re.compile("(?:设立|成立|组建)了?"), 40


def _named_after(doc: Doc, start: int, end: int) -> int | None:
    """Return the end of the name of a station founded after the date (1952年3月,县里决定设立城关派出所), or None."""
    for verb in _FOUNDING_VERB.finditer(doc.s, start, min(end, start + _NAME_DISTANCE)):
        for station in doc.stations_in((verb.end(), end)):
            stop = verb.end() + len(station.name)
            if doc.s.startswith(station.name, verb.end()) and stop <= end and doc.s[stop : stop + 1] in ",。;、\n":
                return stop
    return None


def _subject(doc: Doc, start: int, date_start: int, date_end: int, end: int, before: bool) -> str | None:
    """Return the name of the station that was founded, or None if something else was."""
    lead = doc.s[max(start, date_start - 50) : date_start]
    tail = doc.s[date_end : end + 16]
    clause = lead[max(lead.rfind(","), lead.rfind("。"), lead.rfind("\n")) + 1 :]
    if not before and _ELSE.search(tail) and not _STATION.search(tail):
        return None
    if (
        (before and _OTHER_THING.search(re.sub(r"(?:成立|始建|组建|设立|创建|建所).*$", "", clause)))
        or _ELSE.search(clause)
        or _BUILDING.search(clause)
    ):
        return None
    named = doc.stations_in((max(start, date_start - 50), date_start), (date_end, end + 16))
    if named:
        near = max(named, key=lambda s: (lead.rfind(s.name), -tail.find(s.name)))
        return doc.main if near.former else near.name
    if _STATION.search(clause + tail) or (before and _STATION.search(lead)):
        return doc.main
    if before and (not clause.strip("是的") or _LABEL.fullmatch(clause)) and doc.main:
        return doc.main
    return None
