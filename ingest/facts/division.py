"""Facts of kind division: the parts of the precinct (communities, villages, towns, railway stations)."""

from __future__ import annotations

import re

from ingest.facts import scope
from ingest.facts.counts import Count, Nouns, clause_lead, lead
from ingest.facts.doc import Doc
from store.records import Fact

VERSION = "division.stated@3"

_NOUNS = Nouns(
    r"村\((?:居|社区)\)(?:委员会)?|社区\(村\)|社区居委会|社区|行政村|自然村|中心村|村民小组|村居|村社|村庄|渔村|牧业村|农业村|村委会|村民委员会|居委会|居民委员会|居民小组|村(?![\p{Han}]*(?:干部|民|警|里|口))|街道办事处|街道|乡镇|镇街|镇|乡|"
    r"居民小区|住宅小区|小区|网格|警务区|片区|责任区|嘎查村?|苏木|牧场|农场|林场|连队|团场|分场|地铁站|火车站|高铁站|车站|家属院|大院|区间|岛屿|海岛|岛礁|岛(?![\p{Han}])|屯|寨子|自然寨|自然屯|苗寨|侗寨|村寨|组(?![成织建])|社(?![\p{Han}])|楼院|院落",
    "城市|农村|城镇|新建|新型|建制|中心|边境|沿边|少数民族|民族|大型|老旧|封闭式?|开放式?|回迁|安置|商品房|基础|涉农|农业|渔业|牧业|居民|住宅|抵边|移民|偏远",
)
#: words before the number that introduce the parts of the precinct
_CUE = re.compile(
    r"辖|下属|挤着|散落|全镇|全乡|包括|包含|涵盖|涉及|沿岸|沿线|覆盖|分布|共有|共|含|管着?|守着|守护|负责|划分为|分为|由|横跨|地处|聚集着?|有|设"
)
#: units that count places
_UNITS = ("个", "", "座", "条")


def division_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind division."""
    facts: list[Fact] = []
    previous_end = -100
    for count in counts:
        quantity = count.quantity
        if count.index in doc.claims or count.superseded or quantity.unit not in _UNITS or quantity.value is None:
            continue
        noun = _NOUNS.at(doc, count)
        if noun is None or scope.of_other_body(doc, count) or scope.acted_upon(doc, count):
            continue
        follows = doc.s[noun.end : noun.end + 6]
        if follows.startswith(("的", "民警", "书记", "干部", "警务")) and not re.match(
            r"的(?:治安|管辖|管理|安全|平安|安宁|群众|[\d一二三四五六七八九十])", follows
        ):
            continue
        cued = bool(_CUE.search(clause_lead(doc, count))) and scope.about_precinct(doc, count)
        listed = count.quantity.start - previous_end <= 6
        described = scope.about_precinct(doc, count) and bool(
            re.search(r"辖|沿线|守护|包括|涉及|管", lead(doc, count, 40))
        )
        near = bool(re.match(r"(?:住着|的?平安|的?安宁|、)", follows)) and scope.about_precinct(doc, count)
        described = described or any(
            doc.claims.get(j) == "area" and doc.quantities[j].start >= count.sentence[0]
            for j in range(max(0, count.index - 4), count.index)
        )
        populated = (
            noun.after
            and quantity.start == count.clause[0]
            and "人口" in doc.s[slice(*count.sentence)]
            and quantity.value > 2
        )
        near = near or populated  # 20个行政村61个自然村,户籍人口2.3万
        first = not noun.after and scope.about_precinct(doc, count) and quantity.value > 1  # 社区11个
        if not (cued or listed or described or near or first):
            continue
        if (
            quantity.han
            and quantity.value <= 2
            and not re.search("下辖|管辖|辖", clause_lead(doc, count))
            and not listed
        ):
            continue
        previous_end = noun.end
        doc.claims[count.index] = "division"
        fields = {
            "station": scope.other_station(doc, count),
            "category": noun.words,
            "value": quantity.value,
            "approx": quantity.approx,
        }
        facts.append(doc.fact("division", noun.start, noun.end, VERSION, fields))
    return facts
