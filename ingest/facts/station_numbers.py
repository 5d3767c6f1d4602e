"""Tests that decide whether a number describes the station, shared by the rules of all figure kinds.

A figure describes the station when its sentence is about the precinct (辖区, 下辖, 守护着) or the staff (现有民警). It
does not when the number is the object of an action (走访, 组织) or belongs to another body (全市).
"""

from __future__ import annotations

import re

from ingest.facts.count_extraction import ACTIVITY, OTHER_SCOPE, Count, clause_lead, lead, passage
from ingest.facts.document import Doc
from ingest.zh import han

#: words that show that a sentence describes the precinct
PRECINCT = re.compile(
    r"辖区|管段(?=[东西南北全长,])|下辖|下属(?=[\d一二三四五六七八九十两])|管辖|管着|管的|管(?=[\d一二三四五六七八九十两])|所辖|辖有|派出所管|辖\d|辖[一二三四五六七八九十]|守护着|守着|守卫着|担负着|服务着|承担着|管理着|负责|面积|平方公里|常住|户籍人口|流动人口|实有人口|总人口|这片土地|巡逻路线|沿岸|沿线|线路两侧|岸线|驻地|地处|位于|包括|涵盖"
)
#: words for a beat: the part of the precinct that one officer is responsible for
BEAT = han.regex(
    r"(?:他|她|两人|二人|两口子|夫妻俩|夫妇|老[\p{Han}]|我|自己|民警[\p{Han}]{2,3}|[\p{Han}]{2,3}一个人)[^,。;]{0,6}(?:负责|分管|包干|管着|管的|守着)|社区民警,?负责|(?:这|那|他的|她的)[两二三四]个(?:社区|村)|责任区|警务区内|社区里|平均[^,。;]{0,6}(?:负责|管着?|服务|守着?)|(?<![一二三四五六七八九十百千零])[每一][名个位](?:社区)?民警(?!工作)"
)
#: words for a beat after the number: 负责3个小区、2.1万人的社区工作
_BEAT_AFTER = re.compile("的(?:社区|社区警务|户籍|人口管理)工作")
#: words that state that a figure was true in the past
PAST = re.compile(
    r"(?:成立|设立)(?:时|之初|初期|当初)|建所(?:时|之初|初期)|最初|当时|当年|那时|刚成立|起初|早年|刚建|组建(?:时|之初)|曾经|以前|过去"
)
#: start of a list of figures of another body: 全旗有边境派出所七个,民警一百二十余人
_SCOPED = han.regex(
    r"(?:^|[,;:而])(?:整个[\p{Han}]{2,4}[县市区旗州]|[\p{Han}]{2,4}[县市区旗州](?=共?现?有派出所)|全[市县区省旗州](?!人民|域)),?[^,。;]{0,2}(?:共|现|有|辖)[^。;]*?\d*[个名家](?:[,、])|整个[\p{Han}]{2,4}[县市区旗州],"
)
#: words that mean the station without naming it
_STATION_WORDS = re.compile("派出所|该所|这个所|所里|全所|我所|本所|辖区")


def previous_sentence(doc: Doc, count: Count) -> str:
    """Return the sentence before the number's sentence, or "" at the start of a paragraph."""
    start = count.sentence[0]
    if start == 0 or doc.s[start - 1] == "\n":
        return ""
    return doc.s[slice(*doc.sentence(start - 1))]


def mentions_station(doc: Doc, words: str) -> bool:
    """Return whether `words` refer to the station by its name, its short name (城关所) or a word like 该所."""
    short = doc.main.removesuffix("派出所") + "所" if doc.main else ""
    return bool(_STATION_WORDS.search(words)) or bool(short and short in words)


def past_words(doc: Doc, count: Count) -> str | None:
    """Return the words that state that the number was true in the past (成立时), or None."""
    match = PAST.search(clause_lead(doc, count))
    return match[0] if match else None


def opening_year(doc: Doc, count: Count) -> str | None:
    """Return the date at the start of the number's sentence as written (1998年 in 1998年,派出所有民警37人), or None.

    At most 16 characters may be between the date and the number.
    """
    date = doc.date_at(count.sentence[0])
    if (
        date is not None
        and date.start < count.quantity.start
        and date.form == "absolute"
        and len(doc.s[date.end : count.quantity.start]) <= 16
    ):
        return doc.s[date.start : date.end]
    return None


def of_other_body(doc: Doc, count: Count) -> bool:
    """Return whether the number belongs to another body (a city, a county, a reservoir) or to one officer's beat."""
    if count.other_body is None:
        count.other_body = _compute_other_body(doc, count)
    return count.other_body


def _compute_other_body(doc: Doc, count: Count) -> bool:
    """Compute the result of `of_other_body` without its cache."""
    words = lead(doc, count, 60)
    scopes = list(_SCOPED.finditer(words))
    if scopes and not mentions_station(doc, words[scopes[-1].end() :]):
        return True
    cut = max(words.rfind(","), 0)
    near = words[cut:].replace("来自全国", "来自各地")
    if OTHER_SCOPE.search(near):
        return True
    if _BEAT_AFTER.search(doc.s, count.quantity.end, min(count.sentence[1], count.quantity.end + 16)):
        return True
    beat = BEAT.search(words)
    return beat is not None and not (beat[0][0] in "他她" and "所长" in previous_sentence(doc, count))


def acted_upon(doc: Doc, count: Count) -> bool:
    """Return whether the words of the clause before the number describe an action on the things counted (走访, 组织)."""
    return bool(ACTIVITY.search(clause_lead(doc, count)))


def about_precinct(doc: Doc, count: Count) -> bool:
    """Return whether the passage or table that contains the number is about the precinct."""
    return bool(PRECINCT.search(passage(doc, count.quantity.start))) or in_table(doc, count)


def in_table(doc: Doc, count: Count) -> bool:
    """Return whether the number is in a table about the station, e.g. 社区:7个 below 辖区面积:8.3平方公里."""
    return doc.table_spans.covers(count.quantity.start)


def other_station(doc: Doc, count: Count) -> str | None:
    """Return the last station named before the number in its sentence, else the main station.

    A former name of the main station is replaced by the present name.
    """
    best = None
    for station in doc.stations_in((count.sentence[0], count.quantity.start)):
        place = doc.s.rfind(station.name, count.sentence[0], count.quantity.start)
        if place >= 0 and (best is None or place > best[0]):
            best = (place, station.name)
    if best is None:
        return doc.main
    return doc.main if best[1] in doc.former_names else best[1]
