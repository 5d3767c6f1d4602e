"""Facts of kind area: the area of the precinct in square kilometres."""

from __future__ import annotations

import re

from ingest.facts import station_numbers
from ingest.facts.count_context import OTHERS, CountContext, after, before, sentence
from ingest.facts.count_extraction import Count, clause_lead
from ingest.facts.document import Doc
from ingest.facts.rule_engine import RuleSet, When, leave, take
from ingest.zh.numbers import plain
from store.records import Fact

#: size of each unit in square kilometres
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
#: units that are too large for the floor space of a building
_LARGE = ("平方公里", "平方千米", "km²", "km2", "平方km")
#: words before an area that show that it is the area of the precinct
_OWN = re.compile(
    r"辖区(?:总)?面积|管辖面积|辖区(?:陆地|海域|水域|草原)?|管辖|面积|占地|方圆|守护|守着|管着|土地|地界|地盘|摊开|辽阔|水域|担负|承担|巡逻|下辖"
)

_IN_KM2: When[CountContext] = When(lambda c: c.quantity.unit.removeprefix("万") in _LARGE)
_PRECINCT = before(_OWN.pattern) | after(r"^.{0,7}辖") | sentence(station_numbers.PRECINCT.pattern)

RULES: RuleSet[CountContext] = RuleSet(
    "area",
    3,
    "areas",
    leave("of others", OTHERS, "it is the area of a city, a county or a lake", "全县面积【2800平方公里】。"),
    leave(
        "building",
        before(
            r"建筑|占地面积|大楼|用房|新所|老所|平房|办公|展厅|大厅|指挥室|投资|公园|广场|绿化|耕地|林地|水库|湖面|湖区|水面|流域|人均|平均|园区面积|改造|征|拆|种植|场馆|阵地|操场|院子"
        ),
        "it is the area of a building, a park, a field or a lake",
        "辖区里的公园面积【1.2平方公里】。",
    ),
    leave(
        "one beat",
        after(r"^.{0,4}(?:地界上|两个社区|三个社区)"),
        "it is the beat of one officer",
        "守着面积【3平方公里】两个社区。",
    ),
    leave(
        "sea",
        after.starts(r"[\p{Han}]{0,2}(?:海域|水域|海面)") & When(lambda c: c.listed),
        "the land before it is the precinct",
        "管辖11.8平方公里陆地和近【500平方公里】海域。",
    ),
    take(
        "stated",
        _IN_KM2 & _PRECINCT,
        "square kilometres in a sentence about the precinct",
        "方圆【8.3平方公里】都归所里管。",
    ),
    take(
        "guarded",
        before("(?:施业区|管护|管辖)(?:总)?面积[^,。]{0,4}$") & _PRECINCT,
        "the forest or land that the station guards, in any unit",
        "施业区面积【12万公顷】。",
    ),
    take(
        "total",
        before("总面积约?$") & sentence("管辖|辖区"),
        "a total in a sentence about the precinct, in any unit",
        "辖区有三个林场,总面积【12万公顷】。",
    ),
    take(
        "labelled",
        before(r"辖区(?:是|为|有|达|约)+$|(?:辖区|管辖)[\p{Han}]{0,3}面积|管辖(?:陆地|海域|水域|草原|林区)"),
        "the words before it name it the precinct, in any unit",
        "辖区草原面积【12万亩】。",
    ),
    otherwise="nothing says that it is the area of the precinct",
)


def area_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind area, and claim their numbers; the field `value` is in square kilometres."""
    facts: list[Fact] = []
    last_end = 0
    for count in counts:
        quantity = count.quantity
        unit = quantity.unit.removeprefix("万")
        if count.superseded or unit not in _SCALE or quantity.value is None:
            continue
        rule = RULES.decide(CountContext(doc, count, None, listed=last_end > count.sentence[0]))
        if rule.verdict == "leave":
            continue
        words = clause_lead(doc, count)
        first = _OWN.search(words)
        start = quantity.start - (len(words) - first.start()) if first else quantity.start
        last_end = quantity.end
        doc.claims[count.index] = "area"
        value = round(float(quantity.value) * _SCALE[unit] * (10000 if quantity.unit.startswith("万") else 1), 6)
        fields = {
            "station": station_numbers.other_station(doc, count),
            "value": plain(value),
            "approx": quantity.approx,
        }
        facts.append(doc.fact("area", start, quantity.end, RULES.key(rule), fields))
    return facts
