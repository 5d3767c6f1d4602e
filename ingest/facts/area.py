"""Facts of kind area: the area of the precinct in square kilometres."""

from __future__ import annotations

import re

from ingest.facts import scope
from ingest.facts.counts import Count, clause_lead, sentence_of
from ingest.facts.doc import Doc
from ingest.zh import han
from ingest.zh.numbers import plain
from store.records import Fact

VERSION = "area.stated@2"

#: unit -> square kilometres
_SCALE = {
    "km²": 1.0,
    "km2": 1.0,
    "平方km": 1.0,
    "平方公里": 1.0,
    "平方千米": 1.0,
    "公顷": 0.01,
    "亩": 1 / 1500,
    "平方米": 1e-6,
    "平米": 1e-6,
}
#: units that are too large for a building
_LARGE = ("平方公里", "平方千米", "km²", "km2", "平方km")
#: words of the area of a building, a lake or anything else but the precinct
_BUILDING = re.compile(
    r"建筑|占地面积|大楼|用房|新所|老所|平房|办公|展厅|大厅|指挥室|投资|公园|广场|绿化|耕地|林地|水库|湖面|湖区|水面|流域|人均|平均|园区面积|改造|征|拆|种植|场馆|阵地|操场|院子"
)
#: words before the area of the precinct
_OWN = re.compile(
    r"辖区(?:总)?面积|管辖面积|辖区(?:陆地|海域|水域|草原)?|管辖|面积|占地|方圆|守护|守着|管着|土地|地界|地盘|摊开|辽阔|水域|担负|承担|巡逻|下辖"
)
#: words after the area of one officer's beat
_BEAT = re.compile(r"地界上|两个社区|三个社区")


def area_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind area; `value` is in km²."""
    facts: list[Fact] = []
    for count in counts:
        quantity = count.quantity
        unit = quantity.unit.removeprefix("万")
        if count.superseded or unit not in _SCALE or quantity.value is None:
            continue
        scale = _SCALE[unit] * (10000 if quantity.unit.startswith("万") else 1)
        words = clause_lead(doc, count)
        sentence = sentence_of(doc, count)
        after = doc.s[quantity.end : quantity.end + 8]
        if not _of_precinct(unit, words, sentence, after) or scope.of_other_body(doc, count):
            continue
        if han.match("[\\p{Han}]{0,2}(?:海域|水域|海面)", after) and facts and facts[-1].end > count.sentence[0]:
            continue  # 11.8平方公里陆地和近500平方公里海域: only the land is the precinct
        own = list(_OWN.finditer(words))
        start = count.quantity.start - (len(words) - own[0].start()) if own else quantity.start
        doc.claims[count.index] = "area"
        value = round(float(quantity.value) * scale, 6)
        fields = {"station": scope.other_station(doc, count), "value": plain(value), "approx": quantity.approx}
        facts.append(doc.fact("area", start, quantity.end, VERSION, fields))
    return facts


def _of_precinct(unit: str, words: str, sentence: str, after: str) -> bool:
    """Return whether the words around a number of `unit` describe the area of the precinct."""
    if _BUILDING.search(words) or _BEAT.search(after):
        return False
    if unit in _LARGE or re.search("(?:施业区|管护|管辖)(?:总)?面积[^,。]{0,4}$", words):
        return bool(_OWN.search(words) or "辖" in after or scope.PRECINCT.search(sentence))
    if re.search("总面积约?$", words) and re.search("管辖|辖区", sentence):
        return True
    return bool(
        han.search(r"辖区(?:是|为|有|达|约)+$|(?:辖区|管辖)[\p{Han}]{0,3}面积|管辖(?:陆地|海域|水域|草原|林区)", words)
    )
