"""Facts of kind statistic: counts of work and equipment, rates, changes and zeros.

The numbers that no other kind claimed are examined in order, among the first _NUMBERS of a text. A change
(同比下降45.3%) is joined to the count directly before it, or becomes a statistic of its own.
"""

from __future__ import annotations

import re
from itertools import islice

from ingest.facts.count_extraction import MAX_PARTS, OTHER_SCOPE, Count
from ingest.facts.document import Doc
from ingest.facts.rule_engine import Rule
from ingest.facts.statistic_changes import changed, percent_of
from ingest.facts.statistic_metric import own_lead, table_noun
from ingest.facts.statistic_rules import RULES, Figure
from ingest.facts.worded_statistics import Stat, shares, zeros
from ingest.zh import han
from store.records import Fact

#: the second part of a duration, after the number: 半小时 in 3个半小时, 半钟 in 3分半钟
_HALF_MORE = re.compile("半(?:小时|个|钟|月|天|年|里|多)")
#: a number of at most three figures or Chinese numerals (source of a regular expression)
_N = r"(?:[一二两三四五六七八九十]{1,3}|\d{1,3})"
#: periods (source of a regular expression): a number of years, months or days (两年零五个月, 连着15年, 近五年, 8年 in
#: 8年没发生过, 一年多 in 一年多照看了), the time since a year (从2021年起), the mean of a day, a month or a year (年均)
_SPANS = (
    rf"{_N}年零{_N}个月(?:来|间|里)?|连[着续]{_N}多?(?:年|个[\p{{Han}}]{{1,3}}[期季月]|天)|近{_N}(?:年|个月)(?=[,统共累调化受接办查破处帮救走发没未无])|"
    rf"(?<![\p{{Han}}\d]){_N}年多(?=[\p{{Han}}]{{1,3}}了)|(?<=[有经件案情]){_N}年\Z|从?\d{{4}}年(?:\d{{1,2}}月)?起(?![诉步草])|"
    rf"从警{_N}年(?=,)|(?:日|月|年)均(?!降幅|增幅|下降|增长|递)"
)
#: words that state the period of a statistic: 今年以来, 截至6月底
_PERIOD = han.regex(
    r"(?=[今去前开入春近这成上下运启实改建当目昨期每连累截第自从头过至国如现日月年\d一二两三四五六七八九十以])(?:"
    rf"{_SPANS}|[去今前]年[春夏秋冬](?:天|季)|"
    r"[自从]?\d{4}年(?:\d{1,2}月)?(?:起)?至今|截至(?:\d{4}年|今年|去年)?\d{1,2}月(?:\d{1,2}日|底|初|中旬|末)|\d{4}年全年|[去今前]年全年|这(?:几|些|两|三)年(?:来|间)?|(?:[一两二三四五六七八九十]{1,3}|\d{1,2})年多?来|头(?:一|两|三)个?(?:月|年)|上个月|(?:今年|去年|前年)?(?:\d{1,2}月?(?:至|到|-)\d{1,2}月|上半年|下半年|第?[一二三四]季度)|(?:今年|去年|开年|入汛|入夏|春节|\d{4}年)?以来|近?(?:\d+|[一二两三四五六七八九十]+)余?多?(?:年|个月|天)(?:来|间|里|下来|时间|过去)|这些年|\d{4}年\d{1,2}月以来|"
    r"(?:成立|上线|运行|启用|实施|改革|建成|开展)(?:以来|后|至今|(?:[一二两三四五六七八九十]{1,3}|\d{1,2})(?:个月|年)多?来?(?=,))|过去(?:[一二两三四五六七八九十]{1,3}|\d{1,2})?年(?:里|间|来)?|至今|[去今]冬[今明]春|一年到头|(?:[去今]年)?(?:国庆|春节)(?:期间|假期|长假|七天)|"
    r"(?<![\p{Han}\d])(?:[一二两三四五六七八九十]{1,3}|\d{1,2})年(?:半|多)?(?:[跑干走忙]?下来)?(?=,|[处化调追找办](?:理|解|回|成|结|到|处)|\d)|截至目前|目前|近年来|今年|去年|前年|昨夜|今晚|当天|当晚|期间|每年|每月|每天|\d{4}年(?:\d{1,2}月?(?:至|到|-)\d{1,2}月|\d{1,2}月)?|连续[一二两三四五六七八九十\d]+(?:年|个[\p{Han}]{2,3}[期季])|如今|(?<!到)现在(?!的)|累计)"
)
#: maximum number of figures about the station that later numbers are compared with; the labelled texts have at most 11
_PROFILE = 60
#: maximum number of numbers examined in a text, which bounds the time: 100,000 numbers in 200,000 characters took 7 to
#: 8 s on a busy machine, and 20,000 numbers a fifth of that
_NUMBERS = 20_000


def statistic_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind statistic, and claim their numbers. Set `doc.profiled` to figures about the station."""
    found: list[Stat] = []
    first_sentence: dict[tuple[float, str, str], int] = {}
    described = (index for index, kind in doc.claims.items() if kind in ("division", "premises", "force", "population"))
    doc.profiled = tuple(islice(described, _PROFILE))
    for position, count in enumerate(counts[:_NUMBERS]):
        if count.index in doc.claims or count.superseded:
            continue
        stat = None if _HALF_MORE.match(count.after) else changed(doc, counts, position, found)
        change = stat is not None or count.index in doc.claims
        figure = Figure(doc, counts, position, found, change)
        rule = RULES.decide(figure)
        if not change and rule.verdict == "take":
            stat = _counted(figure, rule)
        if stat is not None:
            stat.rule = RULES.key(rule)
            if not _repeats_earlier(doc, stat, first_sentence):
                found.append(stat)
            doc.claims[count.index] = "statistic"
    found += [*zeros(doc), *shares(doc, found)]
    return [_fact(doc, stat) for stat in sorted(found, key=lambda s: (s.start, s.end))]


def _fact(doc: Doc, stat: Stat) -> Fact:
    """Return `stat` as a fact, with its period and scope."""
    fields = {
        "metric": stat.metric,
        "value": stat.value,
        "unit": stat.unit,
        "approx": stat.approx,
        "change": stat.change,
        "period": _period(doc, stat.number_start),
    }
    floor = max(doc.sentence(stat.number_start)[0], stat.number_start - 30)
    scope = OTHER_SCOPE.search(doc.s, floor, stat.number_start)
    if scope and not doc.in_quotes(scope.start()):
        fields["scope"] = scope[0]
    return doc.fact("statistic", stat.start, stat.end, stat.rule, fields)


def _counted(figure: Figure, rule: Rule[Figure]) -> Stat:
    """Return the statistic of a number that does not state a change."""
    quantity, count = figure.quantity, figure.count
    if rule.name == "rate":
        value = percent_of(quantity)
        if value is not None and not quantity.unit:
            value = round(value, 4)
        lead = own_lead(figure.doc, count)
        unit = "%" if quantity.unit in ("%", "成") else "比例"
        start, lead = quantity.start - len(lead), table_noun(lead)
        return Stat(start, quantity.end, lead, value, unit, quantity.approx, None, quantity.number_start)
    metric, start, end = figure.metric
    if rule.name == "time taken":
        return Stat(
            quantity.start - 1,
            quantity.end + 2,
            "用时",
            quantity.value,
            "个月",
            quantity.approx,
            None,
            quantity.number_start,
        )
    number, unit = quantity.value, quantity.unit
    if unit.startswith("万") and number is not None:
        number, unit = number * 10000, unit[1:]
    return Stat(start, end, metric, number, unit, quantity.approx, None, quantity.number_start)


def _repeats_earlier(doc: Doc, stat: Stat, first_sentence: dict[tuple[float, str, str], int]) -> bool:
    """Return whether an earlier sentence contains the same number of the same things: 7个警务室 … 在7个警务室.

    `first_sentence` maps (value, unit, last two characters of the metric) to the start of the first sentence with them.
    The values of `stat` are added if they are missing.
    """
    if stat.value is None or stat.change:
        return False
    sentence = doc.sentence(stat.number_start)[0]
    return first_sentence.setdefault((stat.value, stat.unit, stat.metric[-2:]), sentence) != sentence


def _period(doc: Doc, place: int) -> str | None:
    """Return the last period stated before offset `place`, or None. 累计 is returned only without another period.

    The sentence that contains `place` is searched first. If it states no period, the preceding parts that end in a
    semicolon, or in a comma and a line break, are searched.
    """
    floor, periods = doc.sentence(place)[0], []
    for _ in range(MAX_PARTS):  # a period also applies to the parts after a semicolon: 今年以来,…;…
        periods = [match for match in _PERIOD.finditer(doc.s, floor, place) if not _no_period(doc, match, place)]
        if periods or floor == 0 or not doc.s.endswith((";", ",\n"), 0, floor):
            break
        place, floor = floor, doc.sentence(floor - 1)[0]
    if not periods:
        return None
    # 累计 states a total, not a period, beside another period: 截至6月底,累计接待群众5213人次
    last = next((match for match in reversed(periods) if match[0] != "累计"), periods[-1])
    start = last.start()
    # a period that starts with an event includes the subject of the event: 青少年关爱驿站成立以来
    if last[0].endswith(("以来", "后", "至今")) and last[0][0] in "成上运启实改建开":
        while start > max(floor, last.start() - 12) and han.is_han(doc.s[start - 1]):
            start -= 1
    return doc.s[start : last.end()]


def _no_period(doc: Doc, match: re.Match[str], place: int) -> bool:
    """Return whether the words of `match` are not the period of the figure at `place`.

    That is the case for a base of comparison (较去年同期, 从2019年的), a founding date (2005年5月挂牌), and the mean of another
    clause or of an earlier value (由年均6起).
    """
    if match[0] in ("日均", "月均", "年均"):
        return match.start() < doc.clause(place)[0] or doc.s.endswith(("由", "从"), 0, match.start())
    if doc.s.endswith(("建于", "立于"), 0, match.start()) or doc.s.startswith("同期", match.end()):
        return True
    if doc.s.endswith(("较", "比", "从", "由"), 0, match.start()):
        return match[0][-1] == "年" and not match[0].startswith("近")
    return match[0][0] in "12" and bool(_BEGAN.match(doc.s, match.end()))


#: a verb of founding; a date directly before it is not the period of a statistic
_BEGAN = re.compile("(?:正式|揭牌|挂牌)?(?:成立|组建|建成|挂牌|揭牌|始建)(?!以来|后|至今)")
