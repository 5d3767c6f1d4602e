"""Facts of kind premises: companies, shops, schools and other premises in the precinct."""

from __future__ import annotations

import re

from ingest.facts import station_numbers
from ingest.facts.count_context import (
    ACTED_UPON,
    IN_LIST,
    NOUN_AFTER,
    OTHERS,
    PRECINCT_TEXT,
    CountContext,
    before,
    follows,
    near,
    number,
    passage_,
    previous_passage,
    sentence,
)
from ingest.facts.count_extraction import Count, Nouns
from ingest.facts.document import Doc
from ingest.facts.rule_engine import RuleSet, leave, take
from ingest.zh import han
from store.records import Fact

_NOUNS = Nouns(
    r"(?:[\p{Han}]{0,6}?)(?:{:premises.nouns}|[油水机盐]井|[矿药车茶酒农渔林民国外]企)", "{:premises.modifiers}"
)
#: units that count premises
_UNITS = ("家", "个", "所", "处", "艘", "座", "栋", "幢", "户", "间", "条", "口", "")

_DESCRIBED = (
    PRECINCT_TEXT
    | passage_("辖区|面积|人口|行政村")
    | previous_passage("辖区|面积|人口|行政村")
    | before("就有|发展")
    | sentence("全[镇乡岛](?!长)")
)

RULES: RuleSet[CountContext] = RuleSet(
    "premises",
    4,
    "numbers of companies, shops, schools and other premises",
    leave(
        "people of premises",
        NOUN_AFTER & follows.starts("师生|员工|职工|学生|老板|负责人|工人"),
        "the people there are counted, not the premises",
        "辖区有【35家企业】员工来听课。",
    ),
    leave(
        "of others", OTHERS, "they belong to a city, a county or one officer's beat", "辖区所在的全市有【35家企业】。"
    ),
    leave(
        "visited",
        ACTED_UPON | follows.starts(r",[^,。;]{1,6}每(?:学期|年|月|周|季度|天)[^,。;]{0,3}(?:去|上|跑|走|到)"),
        "they are the objects of an action",
        "派出所组织辖区【35家企业】开会。",
        "沿线的【8所小学】,她每学期都去讲一堂课。",
    ),
    leave(
        "built or served",
        before(
            r"为[^,。]{0,10}$|成立|组建|建成|建立|建设|设立|创建|打造|新建|联合|与[^,。]{0,10}$|安装|覆盖|推广|检查|走访|签订|签约|发放|配备|帮助|每[\p{Han}]{1,3}$|至少|关停|取缔|查封|整改|评"
        ),
        "they were built, closed, equipped or served",
        "派出所在辖区联合【35家企业】共治。",
    ),
    leave(
        "one to three",
        number(lambda q: q.han and (q.value or 99) <= 3) & NOUN_AFTER & ~IN_LIST,
        "so few in Chinese numerals is a way of speaking",
        "辖区有【三家企业】最难管。",
    ),
    take("in a list", IN_LIST, "it continues a list of premises", "面积很大。企业35家、【6所学校】。"),
    take(
        "introduced",
        _DESCRIBED
        & near(40)(
            "辖区|内有|共有|有|聚集|分布|登记|沿线|坐落|入驻|云集|汇聚|拥有|包括|涵盖|各类|驻有|容纳|遍布|林立|管辖|下辖|守着|守护着?|管着"
        ),
        "a verb of having stands before it in a text about the precinct",
        "辖区内有【35家企业】。",
    ),
    take(
        "noun first",
        _DESCRIBED & ~NOUN_AFTER,
        "the noun comes first in a text about the precinct",
        "面积很大。【企业35家】。",
    ),
    otherwise="nothing says that they are in the precinct",
)


def premises_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind premises, and claim their numbers. Numbers below 10 need a unit."""
    facts: list[Fact] = []
    previous_end = -100
    for count in counts:
        quantity = count.quantity
        if count.index in doc.claims or count.superseded or quantity.unit not in _UNITS:
            continue
        if not quantity.unit and (quantity.value or 0) < 10:
            continue
        noun = _NOUNS.at(doc, count)
        if noun is None:
            continue
        rule = RULES.decide(CountContext(doc, count, noun, listed=noun.start - previous_end <= 3))
        if rule.verdict == "leave":
            continue
        previous_end = noun.end
        doc.claims[count.index] = "premises"
        fields = {
            "station": station_numbers.other_station(doc, count),
            "category": _category(noun.words),
            "value": quantity.value,
            "approx": quantity.approx,
        }
        facts.append(doc.fact("premises", noun.start, noun.end, RULES.key(rule), fields))
    return facts


def _category(words: str) -> str:
    """Return the category of the premises: their noun without verbs and determiners at its start."""
    words = han.sub(
        r"^[\p{Han}]*(?:派出所|管着|守着|管辖|下辖|坐落着?|分布着?|遍布着?|云集着?)(?=[\p{Han}])", "", words
    )
    return re.sub(
        r"^(?:各类|各种|大小|辖区内?|登记在册|登记|在册|有|共有|聚集着?|拥有|和|及|以及|还有|包括|在这里发展的|的)+",
        "",
        words,
    )
