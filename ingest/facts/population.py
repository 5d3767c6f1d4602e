"""Facts of kind population: the number of people in the precinct, by category (常住, 户籍, 流动)."""

from __future__ import annotations

import re

from ingest.facts import scope
from ingest.facts.counts import ACTIVITY, GLUE, Count, Noun, Nouns, clause_lead, lead, sentence_of
from ingest.facts.doc import Doc
from ingest.zh import han
from store.records import Fact

VERSION = "population.stated@3"

#: words before 人口 or 群众 that belong to the noun
_MODIFIERS = (
    "实有|实际|管辖|登记|在册|辖区|总|常住|户籍|流动|暂住|外来|务工|流入|服务|管理|居住|各族|农牧民|少数民族|城乡|当地"
)
_PEOPLE = Nouns(r"人口|人员", _MODIFIERS + "|人户分离|境外")
_RESIDENTS = Nouns(
    r"群众|居民|村民|牧民|渔民|农牧民|百姓|老百姓|市民|父老乡亲|乡亲|职工群众|师生|住户|各族群众", _MODIFIERS
)
#: a verb of living or guarding before the number: 住着, 守护着
_LIVING = re.compile(
    r"(?:住着|居住着?|生活着?|聚居着?|常住着?|服务着?|守护着?|守卫着|管着|照看着?|管理着|容纳着|挤着|聚集着?|汇聚着?|栖居着?|人口)(?:的|了|有|近|超过|约)*[^,。;]{0,18}$"
)
#: word in the noun -> category; the first match counts
_CATEGORY = (
    ("常住", "常住"),
    ("户籍", "户籍"),
    ("流动", "流动"),
    ("暂住", "流动"),
    ("外来", "流动"),
    ("务工", "流动"),
    ("流入", "流动"),
    ("实有", "实有"),
    ("实际", "实有"),
    ("管辖", "实有"),
    ("总人口", "总"),
    ("服务", "服务"),
)
#: units that count people
_UNITS = ("人", "名", "位", "", "口人", "号人")
#: minimum population; smaller numbers count a beat, a class or visitors. The smallest population is 6,100 in the
#: labelled texts and about 300 for a border station in published articles
_LEAST = 200
#: 辖区群众78户、196人: the number of households comes first
_HOUSEHOLDS = re.compile(
    r"(?P<who>(?:常住|户籍|实有|流动)?(?:群众|居民|村民|牧民|住户|人口|牧户|农户|渔户))[^,。;、]{0,4}(?:[\d.]+万?|[一二两三四五六七八九十百千零]+)(?:余|多)?户、?$"
)
#: 守着27个行政村、3.4万人: before a number of people without a noun in a list of what the station is responsible for
_MANAGED = re.compile(
    r"(?:面积|管着|管的|管(?=[\d一二三四五六七八九十两])|负责|管辖|守护|下辖|服务着?|守着|辖区|覆盖)[^。;]{0,60}$"
)
#: 户籍1864人,常住才900出头: a category without 人口
_BARE = re.compile(rf"(?:^|[、和])(?P<who>户籍|常住|流动|暂住|实有)(?:人数|[册簿]?上(?:写着|登记的?)?)?{GLUE}$")
#: people who do not live in the precinct
_BY_DAY = re.compile(r"上班族|客流|游客|旅客|在校|学生|党员|志愿者")


def population_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind population."""
    facts = []
    for count in counts:
        if count.index in doc.claims or count.superseded or count.quantity.unit not in _UNITS:
            continue
        noun = _noun(doc, count)
        small = count.quantity.value is not None and count.quantity.value < _LEAST
        if noun is None or (small and not _HOUSEHOLDS.search(doc.s, count.sentence[0], count.quantity.start)):
            continue
        doc.claims[count.index] = "population"
        fields = {
            "station": scope.other_station(doc, count),
            "category": _category(noun.words, doc.s[max(count.sentence[0], noun.start - 30) : noun.start]),
            "value": count.quantity.value,
            "approx": count.quantity.approx,
        }
        facts.append(doc.fact("population", noun.start, noun.end, VERSION, fields))
    return facts


def _noun(doc: Doc, count: Count) -> Noun | None:
    """Return the noun of a number that counts the people of the precinct, or None."""
    quantity = count.quantity
    words = clause_lead(doc, count)
    if scope.of_other_body(doc, count) or _BY_DAY.search(count.after[:8]):
        return None
    bare = _BARE.search(count.before)
    if bare and quantity.unit in ("人", "") and (quantity.value or 0) >= _LEAST:
        return Noun(bare["who"], quantity.start - len(bare[0]), quantity.end, False)
    noun = _PEOPLE.at(doc, count)
    if noun is not None and "人口" in noun.words:
        return noun if quantity.unit or quantity.value is None or quantity.value >= _LEAST else None
    if (
        re.search("海外|在外|外出|旅居", words)
        or ACTIVITY.search(words.replace("来自", ""))
        or re.search("平均|每[名个位]", words)
    ):
        return None
    if noun is not None and re.search("外来|流动|务工|暂住", noun.words) and scope.about_precinct(doc, count):
        return noun
    noun = _RESIDENTS.at(doc, count)
    if noun is not None and (quantity.unit or (quantity.value or 0) >= 1000) and _described(doc, count):
        return noun
    household = _HOUSEHOLDS.search(doc.s, count.sentence[0], quantity.start)
    if household and quantity.unit == "人" and scope.about_precinct(doc, count):
        return Noun(household["who"], household.start(), quantity.end, False)
    if quantity.unit in ("口人", "号人") and scope.about_precinct(doc, count):
        return Noun("人口", quantity.start, quantity.end, True)
    living = _LIVING.search(words)
    counted = quantity.unit in ("人", "口人", "号人") or (not quantity.unit and (quantity.value or 0) >= 1000)
    if living and counted and not han.match(r"[\p{Han}]", doc.s[quantity.end : quantity.end + 1].strip("的")):
        return Noun(living[0], quantity.start - len(living[0]), quantity.end, False)
    if (
        quantity.unit in ("人", "口人", "号人")
        and (quantity.value or 0) >= 1000
        and (count.before[-1:] in ("", "、") or count.before.endswith("辖区"))
        and _MANAGED.search(lead(doc, count, 60))
    ):
        return Noun("", quantity.start, quantity.end, True)
    if (
        quantity.unit == "人"
        and re.search("辖区|守护|守卫|土地|生活|管着", lead(doc, count))
        and doc.s.startswith("的", quantity.end)
    ):
        return Noun("", quantity.start, quantity.end, True)
    return None


def _described(doc: Doc, count: Count) -> bool:
    """Return whether the number of residents stands in a description of the precinct."""
    sentence = sentence_of(doc, count)
    return bool(scope.PRECINCT.search(sentence)) and bool(
        scope.PRECINCT.search(lead(doc, count, 45))
        or re.search("生活|居住|辖区|安宁|平安", count.after + sentence[-12:])
    )


def _category(noun: str, words: str) -> str:
    """Return the category of a population from its noun and the words before it, by default 总."""
    for key, category in _CATEGORY:
        if key in noun:
            return category
    if "常年住" in words or "常住" in words[-6:]:
        return "常住"
    if re.search("守护|服务|守卫|辖区[^,。]{0,3}$", words) and re.match("群众|居民|村民|百姓", noun):
        return "服务"
    return "总"
