"""Facts of kind population: the number of people in the precinct, by category (常住, 户籍, 流动)."""

from __future__ import annotations

import re

from ingest.facts import station_numbers
from ingest.facts.count_context import (
    AFTER_AREA,
    OTHERS,
    PRECINCT_TEXT,
    CountContext,
    after,
    before,
    clause_after,
    near,
    number,
    previous,
    sentence,
)
from ingest.facts.count_extraction import ACTIVITY, GLUE, Count, Noun, Nouns
from ingest.facts.document import Doc
from ingest.facts.lazy_property import lazy
from ingest.facts.rule_engine import RuleSet, When, Window, leave, take
from ingest.zh import han
from store.records import Fact

_PEOPLE = Nouns(
    r"(?:户籍|常住|暂住|流动)(?:[、和与](?:户籍|常住|暂住|流动))+人口|人口|人员",
    "{:population.modifiers}|人户分离|境外",
)
_RESIDENTS = Nouns("{:population.residents}", "{:population.modifiers}")
#: a verb of living or guarding before the number: 住着, 守护着
_LIVING = re.compile(
    r"(?:住着|住(?=了)|居住着?|生活着?|聚居着?|常住着?|服务着?|守护着?|守卫着|管着|照看着?|管理着|容纳着|挤着|聚集着?|汇聚着?|栖居着?|人口)(?:的|了|有|近|超过|约)*[^,。;]{0,18}$"
)
#: a word in the noun and the category for it; the first match counts
_CATEGORY = (
    ("常住", "常住"),
    ("户籍", "户籍"),
    ("流动", "流动"),
    ("暂住", "暂住"),
    ("外来", "外来"),
    ("务工", "务工"),
    ("流入", "流动"),
    ("实有", "实有"),
    ("实际", "实有"),
    ("管辖", "实有"),
    ("总人口", "总"),
    ("服务", "服务"),
)
#: several categories with one number: 户籍、暂住人口加起来11.7万
_SEVERAL = re.compile("((?:户籍|常住|暂住|流动)(?:[、和与](?:户籍|常住|暂住|流动))+)人口")
#: units that count people
_UNITS = ("人", "名", "位", "", "口人", "号人")
#: minimum population; smaller numbers are those of a beat, a class or a group of visitors. The smallest population is
#: 6,100 in the labelled texts and about 300 for a border station in published articles
_LEAST = 200
#: a number of households before the number of people: 辖区群众78户、196人
_HOUSEHOLDS = re.compile(
    r"(?P<who>(?:常住|户籍|实有|流动)?(?:群众|居民|村民|牧民|住户|人口|牧户|农户|渔户))[^,。;、]{0,4}(?:[\d.]+万?|[一二两三四五六七八九十百千零]+)(?:余|多)?户、?$"
)
#: a category without the word 人口: 户籍1864人,常住才900出头
_BARE = re.compile(rf"(?:^|[、和])(?P<who>户籍|常住|流动|暂住|实有)(?:人数|[册簿]?上(?:写着|登记的?)?|在册的?)?{GLUE}$")


class _Inhabitants(CountContext):
    """A number and the nouns for inhabitants that it may count."""

    def __init__(self, doc: Doc, count: Count) -> None:
        super().__init__(doc, count, None)

    @lazy
    def people(self) -> Noun | None:
        """The noun 人口, 人员 or the like beside the number, or None."""
        return _PEOPLE.at(self.doc, self.count)

    @lazy
    def residents(self) -> Noun | None:
        """A noun such as 群众 or 居民 beside the number, or None."""
        return _RESIDENTS.at(self.doc, self.count)

    @lazy
    def bare(self) -> Noun | None:
        """A category without the word 人口 (户籍, 常住) before the number, used as the noun, or None."""
        match = _BARE.search(self.count.before)
        return Noun(match["who"], self.quantity.start - len(match[0]), self.quantity.end, False) if match else None

    @lazy
    def households(self) -> Noun | None:
        """The noun for residents if a number of households precedes the number of people, else None."""
        match = _HOUSEHOLDS.search(self.doc.s, self.count.sentence[0], self.quantity.start)
        return Noun(match["who"], match.start(), self.quantity.end, False) if match else None

    @lazy
    def living(self) -> Noun | None:
        """A verb of living or guarding and the words up to the number, used as the noun, or None."""
        match = _LIVING.search(self.before)
        return Noun(match[0], self.quantity.start - len(match[0]), self.quantity.end, False) if match else None

    def own(self, words: str = "") -> Noun:
        """Return `words` as a noun with the span of the number."""
        return Noun(words, self.quantity.start, self.quantity.end, True)


def _people(pattern: str) -> When[_Inhabitants]:
    compiled = re.compile(pattern)
    return When(lambda c: c.people is not None and compiled.search(c.people.words))


def _has(noun: str) -> When[_Inhabitants]:
    return When(lambda c: getattr(c, noun) is not None)


def _value(least: int) -> When[CountContext]:
    return number(lambda q: (q.value or 0) >= least)


_HEADS = number(lambda q: q.unit in ("口人", "号人"))
_PERSONS = number(lambda q: q.unit in ("人", "口人", "号人"))
_WITH_UNIT = number(lambda q: q.unit)
_NO_NOUN_FOLLOWS: When[CountContext] = When(
    lambda c: not han.match(r"[\p{Han}]", c.doc.s[c.quantity.end : c.quantity.end + 1].strip("的"))
)
#: the sentence has words about the precinct. They are in the 45 characters before the number, or a word such as 居住 or
#: 安宁 is in the clause after the unit or in the last 12 characters of the sentence
_DESCRIBED: When[CountContext] = sentence(station_numbers.PRECINCT.pattern) & (
    near(45)(station_numbers.PRECINCT.pattern)
    | When(lambda c: re.search("生活|居住|辖区|安宁|平安", c.count.after + c.sentence[-12:]))
)
_FEW: When[_Inhabitants] = number(lambda q: q.value is not None and q.value < _LEAST)
#: the number is directly after a punctuation mark, another number, 辖区 or a noun for a division
_ALONE: When[CountContext] = When(
    lambda c: (
        c.count.before[-1:] in ("", "、")
        or c.count.before.endswith("辖区")
        or c.doc.vocabulary.regex("(?:{:division.nouns}|村)").fullmatch(c.count.before)
    )  # in 8个村1.7万人, the noun before the number belongs to another number
)
#: the noun for residents opens the sentence, before the number
_FIRST_IN_SENTENCE: When[_Inhabitants] = When(
    lambda c: c.residents is not None and not c.residents.after and c.residents.start == c.count.sentence[0]
)
#: the noun for residents opens the sentence, and the previous sentence describes the precinct
_AFTER_PRECINCT = _FIRST_IN_SENTENCE & previous(station_numbers.PRECINCT.pattern)
#: the words before the number without 来自, which states where people are from and not an action
_WITHOUT_ORIGIN: Window[CountContext] = Window(lambda c: c.before.replace("来自", ""))

RULES: RuleSet[_Inhabitants] = RuleSet(
    "population",
    4,
    "numbers of people",
    leave(
        "few",
        _FEW & ~_has("households"),
        "so few people are not a precinct's",
        "辖区人口【120人】。",
    ),
    leave("of others", OTHERS, "they live in a city or a county, or on one officer's beat", "全市常住人口【120万】。"),
    leave(
        "visitors",
        clause_after(r"^.{0,7}(?:上班族|客流|游客|旅客|在校|学生|党员|志愿者)"),
        "they do not live there",
        "流动人口【3000人】多为游客。",
    ),
    take(
        "category",
        _has("bare") & number(lambda q: q.unit in ("人", "")) & _value(_LEAST),
        "常住, 户籍 or 流动 before it stands for the population",
        "户籍1864人,常住【才900】出头。",
    ),
    take(
        "stated",
        _people("人口") & (_WITH_UNIT | number(lambda q: q.value is None) | _value(_LEAST)),
        "人口 stands beside it",
        "【2.2万余常住人口】挤在一起。",
    ),
    leave(
        "abroad",
        before("海外|在外|外出|旅居"),
        "they live elsewhere",
        "辖区旅居海外的群众【3000人】。",
    ),
    leave(
        "acted upon",
        _WITHOUT_ORIGIN(ACTIVITY.pattern),
        "they are the objects of an action",
        "派出所在辖区走访群众【3000人】。",
    ),
    leave(
        "average", before("平均|每[名个位]"), "it is a number for each officer", "辖区里平均一条街的群众有【3000人】。"
    ),
    take(
        "newcomers",
        _people("外来|流动|务工|暂住") & PRECINCT_TEXT,
        "they came to live in the precinct",
        "辖区外来人员【3000人】。",
    ),
    take(
        "residents",
        _has("residents") & (_WITH_UNIT | _value(1000)) & (_AFTER_PRECINCT | _DESCRIBED),
        "residents are counted in a text about the precinct",
        "派出所守护着【3000名群众】。",
        "派出所辖区海域1200平方公里。【渔民4300多人】,靠海吃饭。",
    ),
    take(
        "households",
        _has("households") & number(lambda q: q.unit == "人") & PRECINCT_TEXT,
        "the number of households stands before it",
        "辖区群众78户、【196人】。",
    ),
    take("heads", _HEADS & PRECINCT_TEXT, "口人 and 号人 count inhabitants", "辖区不大,【800口人】。"),
    take(
        "living there",
        _has("living") & (_PERSONS | (number(lambda q: not q.unit) & _value(1000))) & _NO_NOUN_FOLLOWS,
        "a verb of living or guarding stands before it",
        "这条街上住着【3000人】。",
    ),
    take(
        "in a list",
        _PERSONS
        & _value(1000)
        & _ALONE
        & near(60)(
            r"(?:面积|管着|管的|管(?=[\d一二三四五六七八九十两])|负责|管辖|守护|下辖|服务着?|守着|辖区|覆盖)[^。;]{0,60}$"
        ),
        "it continues a list of what the station is responsible for",
        "派出所下辖27个行政村、【3.4万人】。",
    ),
    leave(
        "lacking something",
        after.starts("(?:没有?|无|缺|未|不会|办不了)"),
        "it counts those of them who lack something",
        "碧湖是侨乡,全镇【4000多人】没有户口。",
    ),
    take(
        "after the area",
        _PERSONS & _value(_LEAST) & _ALONE & AFTER_AREA,
        "the area of the precinct stands before it in the same list",
        "城关派出所管多大?\n216平方公里,14个村,【1.6万人】。",
    ),
    take(
        "sum of a list",
        _PERSONS
        & _value(_LEAST)
        & near(24)(r"(?:村|嘎查|苏木|社区|屯|寨|组|乡|镇|街道|居委会)[、,](?:总共|一共|拢共|统共|共|总计|合计)$")
        & PRECINCT_TEXT,
        "it is the sum of the people of the places listed before it",
        "辖区有2个苏木、6个嘎查,总共【1420人】。",
    ),
    take(
        "whole town",
        _PERSONS & before("全[镇乡岛街](?:共|总共|现)?有?$"),
        "the people of the town are the station's to guard",
        "碧湖是侨乡,全镇【4.6万人】里有不少老人。",
    ),
    take(
        "people of the place",
        number(lambda q: q.unit == "人") & near(30)("辖区|守护|守卫|土地|生活|管着") & after.starts("的"),
        "what belongs to so many people is the station's to guard",
        "这片土地上,【3000人】的安宁系于一身。",
    ),
    otherwise="nothing says that they live in the precinct",
)

#: attribute of _Inhabitants with the noun of the number, by the name of the rule; other rules quote the number alone
_NOUN_OF: dict[str, str] = {
    "category": "bare",
    "stated": "people",
    "newcomers": "people",
    "residents": "residents",
    "households": "households",
    "living there": "living",
}


def population_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind population, and claim their numbers."""
    facts = []
    for count in counts:
        if count.index in doc.claims or count.superseded or count.quantity.unit not in _UNITS:
            continue
        candidate = _Inhabitants(doc, count)
        rule = RULES.decide(candidate)
        if rule.verdict == "leave":
            continue
        noun = candidate.own("人口" if rule.name == "heads" else "")
        if rule.name in _NOUN_OF:
            noun = getattr(candidate, _NOUN_OF[rule.name])
        doc.claims[count.index] = "population"
        fields = {
            "station": station_numbers.other_station(doc, count),
            "category": _category(noun.words, doc.s[max(count.sentence[0], noun.start - 30) : noun.start]),
            "value": count.quantity.value,
            "approx": count.quantity.approx,
        }
        facts.append(doc.fact("population", noun.start, noun.end, RULES.key(rule), fields))
    return facts


def _category(noun: str, words: str) -> str:
    """Return the category of a population from its noun and the words before it; the default is 总 (total)."""
    if listed := _SEVERAL.match(noun):
        return listed[1]
    for key, category in _CATEGORY:
        if key in noun:
            return category
    if "常年住" in words or "常住" in words[-6:]:
        return "常住"
    if re.search("守护|服务|守卫|辖区[^,。]{0,3}$", words) and re.match("群众|居民|村民|百姓", noun):
        return "服务"
    return "总"
