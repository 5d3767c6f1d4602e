"""Facts of kind premises: companies, shops, schools and other premises in the precinct."""

from __future__ import annotations

import re

from ingest.facts import scope
from ingest.facts.counts import Count, Nouns, clause_lead, lead, passage
from ingest.facts.doc import Doc
from ingest.zh import han
from store.records import Fact

VERSION = "premises.stated@3"

_KINDS = (
    "企事业单位|企业单位|重点单位|企业|单位|商铺|商户|商家|店铺|门店|门市|场所|学校|中小学校?|中学|小学|技校|职校|农家乐|客栈|幼儿园|高校|大学|院校|楼宇|写字楼|商务楼|工厂|酒店|酒吧|茶馆|泊位|宾馆|旅馆|旅店|民宿|医院|网吧|KTV|歌厅|餐馆|饭店|"
    "银行网点|银行|网点|客运站|货运站|船舶|船只|渔船|码头|渡口|堆场|市场|商场|商圈|商超|超市|景区|景点|加油站|出租屋|出租房间|出租房屋?|房间|夜市|娱乐场所|养老院|福利院|粮库|油库|变电站|收购点|收购站|仓库|寺庙|寺院|养殖场|合作社|矿山|矿|工地|公司|机构|站点|店|厂|道口|桥梁|隧道|摊位|作坊|工坊|铺面|直播间|[油水机盐]井|综合体|[矿药车茶酒农渔林民国外]企|鱼塘|蚝排|渔排"
)
_NOUNS = Nouns(
    rf"(?:[\p{{Han}}]{{0,6}}?)(?:{_KINDS})",
    "各类|各种|大小|大型|中小型?|规模以上|规上|重点|行业|个体|工商|经营性?|沿街|沿线|娱乐|特种|公共|复杂|内保|辖区内?|登记|在册|在营|高新技术|外资|民营|工业|商贸|物流|废旧品?",
)
#: units that count premises
_UNITS = ("家", "个", "所", "处", "艘", "座", "栋", "幢", "户", "间", "条", "口", "")
#: words before the number that introduce the premises of the precinct
_CUE = re.compile(
    r"辖区|内有|共有|有|聚集|分布|登记|沿线|坐落|入驻|云集|汇聚|拥有|包括|涵盖|各类|驻有|容纳|遍布|林立|管辖|下辖|守着|守护着?|管着"
)
#: words before a number of premises that were built, visited or served, not of those in the precinct
_ACTION = han.regex(
    r"为[^,。]{0,10}$|成立|组建|建成|建立|建设|设立|创建|打造|新建|联合|与[^,。]{0,10}$|安装|覆盖|推广|检查|走访|签订|签约|发放|配备|帮助|每[\p{Han}]{1,3}$|至少|关停|取缔|查封|整改|评"
)


def premises_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind premises."""
    facts: list[Fact] = []
    previous_end = -100
    for count in counts:
        quantity = count.quantity
        if count.index in doc.claims or count.superseded or quantity.unit not in _UNITS:
            continue
        if not quantity.unit and (quantity.value or 0) < 10:
            continue
        noun = _NOUNS.at(doc, count)
        if (
            noun is not None
            and noun.after
            and re.match("师生|员工|职工|学生|老板|负责人|工人", doc.s[noun.end : noun.end + 3])
        ):
            continue
        words = clause_lead(doc, count)
        start = count.sentence[0]
        before = passage(doc, start - 1) if start and doc.s[start - 1] != "\n" else ""
        if noun is None or scope.of_other_body(doc, count) or scope.acted_upon(doc, count) or _ACTION.search(words):
            continue
        described = (
            scope.about_precinct(doc, count)
            or bool(re.search("辖区|面积|人口|行政村", before + passage(doc, quantity.start)))
            or "就有" in words
            or "发展" in words
        )
        listed = noun.start - previous_end <= 3
        if not (listed or (described and (_CUE.search(lead(doc, count, 40)) or not noun.after))):
            continue
        if quantity.han and (quantity.value or 99) <= 3 and noun.after and not listed:
            continue
        previous_end = noun.end
        doc.claims[count.index] = "premises"
        fields = {
            "station": scope.other_station(doc, count),
            "category": _category(noun.words),
            "value": quantity.value,
            "approx": quantity.approx,
        }
        facts.append(doc.fact("premises", noun.start, noun.end, VERSION, fields))
    return facts


def _category(words: str) -> str:
    """Return the noun of the premises without verbs and determiners at its start."""
    words = han.sub(
        r"^[\p{Han}]*(?:派出所|管着|守着|管辖|下辖|坐落着?|分布着?|遍布着?|云集着?)(?=[\p{Han}])", "", words
    )
    return re.sub(
        r"^(?:各类|各种|大小|辖区内?|登记在册|登记|在册|有|共有|聚集着?|拥有|和|及|以及|还有|包括|在这里发展的|的)+",
        "",
        words,
    )
