"""Facts of kind division: the number of communities, villages, towns, railway stations and the like in the precinct."""

from __future__ import annotations

from ingest.facts import station_numbers
from ingest.facts.count_context import (
    ACTED_UPON,
    AFTER_AREA,
    IN_LIST,
    NOUN_AFTER,
    OTHERS,
    PRECINCT_TEXT,
    CountContext,
    before,
    follows,
    near,
    number,
    sentence,
)
from ingest.facts.count_extraction import Count, Nouns
from ingest.facts.document import Doc
from ingest.facts.rule_engine import RuleSet, When, leave, take
from store.records import Fact

_NOUNS = Nouns(
    r"村\((?:居|社区)\)(?:委员会)?|社区\(村\)|{:division.nouns}|村(?![\p{Han}]*(?:干部|民|警|里|口))|岛(?![\p{Han}])|组(?![成织建])|社(?![\p{Han}])",
    "{:division.modifiers}",
)
#: units of numbers that count places
_UNITS = ("个", "", "座", "条")

_NUMBER_FIRST: When[CountContext] = When(lambda c: c.noun.after and c.quantity.start == c.count.clause[0])

RULES: RuleSet[CountContext] = RuleSet(
    "division",
    4,
    "numbers of communities, villages, towns and other parts of a precinct",
    leave("of others", OTHERS, "they belong to a city, a county or one officer's beat", "全市下辖【16个街道】。"),
    leave("visited", ACTED_UPON, "they are the objects of an action", "派出所在辖区走访【16个村】。"),
    leave(
        "of whom",
        follows.starts("的|民警|书记|干部|警务")
        & ~follows.starts(r"的(?:治安|管辖|管理|安全|平安|安宁|群众|[\d一二三四五六七八九十])"),
        "they say whose officials or affairs are meant",
        "辖区【16个村】的书记都来了。",
    ),
    leave(
        "one or two",
        number(lambda q: q.han and (q.value or 0) <= 2) & ~before("辖|管了?$") & ~IN_LIST,
        "one or two in Chinese numerals is a way of speaking",
        "所里守着【两个村】。",
    ),
    take(
        "introduced",
        before(
            "辖|下属|挤着|散落|全镇|全乡|包括|包含|涵盖|涉及|沿岸|沿线|覆盖|分布|散居|穿过|途经|共有|共|含|管着?|守着|守护|负责|划分为|分为|由|横跨|地处|聚集着?|有|设"
        )
        & PRECINCT_TEXT,
        "a verb of having or guarding stands before it in a text about the precinct",
        "常住人口6万,分布着【11个社区】。",
    ),
    take("in a list", IN_LIST, "it continues a list of the parts", "常住居民6万,分布着11个社区,【4个村】。"),
    take(
        "in the precinct",
        PRECINCT_TEXT & near(40)("辖|沿线|守护|守着|包括|涉及|管"),
        "the sentence says what the station is responsible for",
        "辖区地广人稀,【27个行政村】。",
    ),
    take("after the area", AFTER_AREA, "the area of the precinct stands before it", "面积30平方公里,【27个行政村】。"),
    take(
        "lived in",
        follows.starts("住着|的?平安|的?安宁|、") & PRECINCT_TEXT,
        "what follows is said of the people or the peace of the precinct",
        "【27个行政村】的安宁由他们守护着。",
    ),
    take(
        "whole town",
        before("全[镇乡岛](?:共|总共|现|共有|下辖|辖)*$") & number(lambda q: (q.value or 0) > 2),
        "the parts of the town are those of the precinct",
        "碧湖是侨乡,全镇【21个村(社区)】种茶。",
    ),
    take(
        "with the population",
        _NUMBER_FIRST & sentence.has("人口") & number(lambda q: (q.value or 0) > 2),
        "the clause starts with it and the population follows",
        "【20个行政村】,总人数报表上有人口2.3万。",
    ),
    take(
        "noun first",
        ~NOUN_AFTER & PRECINCT_TEXT & number(lambda q: (q.value or 0) > 1),
        "the noun comes first in a text about the precinct",
        "面积很大。【社区11个】,常住人口6万。",
    ),
    otherwise="nothing says that they are parts of the precinct",
)


#: types of railway stations, and the counties along a line; they are counted only for stations of the railway police
_RAILWAY_NOUNS = Nouns("县(?![城里域级委])|客运站|货运站|中间站|区段站|编组站|四等站|三等站|客货运?站")


def division_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind division, and claim their numbers.

    The nouns of _RAILWAY_NOUNS are counted only if the authority of the main station contains 铁路 (railway).
    """
    facts: list[Fact] = []
    previous_end = -100
    railway = bool(doc.stations) and "铁路" in (doc.stations[0].authority or "")
    for count in counts:
        quantity = count.quantity
        if count.index in doc.claims or count.superseded or quantity.unit not in _UNITS or quantity.value is None:
            continue
        noun = _NOUNS.at(doc, count) or (_RAILWAY_NOUNS.at(doc, count) if railway else None)
        if noun is None:
            continue
        rule = RULES.decide(CountContext(doc, count, noun, listed=quantity.start - previous_end <= 6))
        if rule.verdict == "leave":
            continue
        previous_end = noun.end
        doc.claims[count.index] = "division"
        fields = {
            "station": station_numbers.other_station(doc, count),
            "category": noun.words,
            "value": quantity.value,
            "approx": quantity.approx,
        }
        facts.append(doc.fact("division", noun.start, noun.end, RULES.key(rule), fields))
    return facts
