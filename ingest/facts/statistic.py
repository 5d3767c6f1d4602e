"""Facts of kind statistic: counts of work and equipment, rates, changes and zeros.

Each number not claimed by another kind is examined once. Ages, times, distances, parts of a method and house numbers
are not statistics. A change (同比下降45.3%) is joined to the count right before it, or becomes a statistic of its
own.
"""

from __future__ import annotations

import re
from itertools import islice

from ingest.facts.counts import OTHER_SCOPE, Count, clause_lead, lead, noun_after
from ingest.facts.doc import Doc
from ingest.facts.goals import sought
from ingest.facts.statistic_changes import changed, percent_of
from ingest.facts.statistic_metric import metric_of, only_when, own_lead
from ingest.facts.statistic_words import Stat, shares, zeros
from ingest.zh import han
from ingest.zh.segment import listed
from store.records import Fact

VERSION = "statistic.count@3"

#: units of statistics
_COUNTED = frozenset(
    listed(
        "起 件 条 次 人次 名 人 位 户 家 面 封 个 项 辆 支 艘 笔 场 处 台 元 吨 套 张 份 间 座 所 栋 只 头 块 本 册 部 例 宗 桩 期 趟 对 组 批 枚 把 户次 场次 趟次 起次 "
        "株 棵 班 顶 盏 分 幅 篇 节 堂 倍 平方米 亩 公斤 条次 家次 艇 层 扇 单 列 口人 "
        "株 尾 峰 羽 罐 集 首 具 匹 架 根 桶 杯 瓶 箱 袋 盒 头只 头次 航次 艘次 回 遍 斤"
    )
)
#: the rest of a duration after its number: 3个半小时, 3分半钟, 两年半
_HALF_MORE = re.compile("半(?:小时|个|钟|月|天|年|里|多)")
#: units of equipment; with them the noun does not matter (1部卫星电话)
_GEAR = frozenset(listed("部 台 辆 艘 架 匹 顶 间"))
#: nouns for the parts of a method or a document
_STRUCTURE = han.regex(
    r"[\p{Han}]{0,3}(?:方面|部分|环节|单元|措施|中心(?!户)|转变|维度|抓手|层面|步骤|阶段|关键|板块|原则|要素|条件|字|问号|回合|角度|大类|特点|亮点|目标|到位|不漏|一律|必须|不准|统一|结合|关口|支点|轮子|难题|瓶颈|时代|世纪|年头|"
    r"夜晚|晚上|星期|月份|昼夜|钟头|学期|季度|春秋|电话|眼神|故事|画面|角落|细节|梦|名字|问题是|心愿)"
)
#: words before the earlier value that a figure is compared with
_REFERENCE = re.compile(r"(?:去年同期|上年同期|(?:上年|去年|前年|此前|过去|原来|以前|[比较]\d{4}年)的)[^,。;\d]{0,4}$")
#: words before a number per person, a batch or a selection
_PER = han.regex(
    r"(?=[平每首第夜值至载从这那上其列入前])(?:平均每?[名个位户村组人家所]|每[名个位户村组][\p{Han}]{0,4}$|首批$|第[一二三四五六七八九十]+批$|夜班|值班[\p{Han}]{0,3}$|至少|载有|(?:从|这|那|上述|其余|列入|入选|前)$)"
)
#: nouns for the staff after (_FORCE_NOUN) and before (_FORCE_BEFORE) the number; such a number is a statistic only
#: with a word of _PARTY: 10名民警…组成, 派驻28名党员民警
_FORCE_NOUN = han.regex("[\\p{Han}]{0,6}(?:民警|辅警|干警|警力|警员|辅警|护边员|官兵)")
_FORCE_BEFORE = re.compile("(?:民警|辅警|干警|警力|警员|护边员|官兵)(?:共|各|有|约)*$")
_PARTY = re.compile(
    r"组成|轮岗|轮班|组织|派驻|选派|抽调|安排|成了|下沉|兼任|每组|配[了备有]?(?=[^,。]{0,4}\d)|专司|专职|专门|考取|联系|结对|驻村|入驻|进驻|对接"
)
#: words for rooms and buildings beside an area in 平方米
_FLOOR = re.compile(
    "面积|建筑|占地|新建|大楼|用房|平房|大厅|中心|场地|阵地|改造|办公|空间|陈列|荣誉室|指挥室|调解室|院"
)
#: words for a period
_PERIOD = re.compile(
    r"(?=[今去前开入春近成上下运启实改建当目昨期每连累截第\d一二两三四五六七八九十以])(?:(?:今年|去年|前年)?(?:\d{1,2}(?:至|到|-)\d{1,2}月|上半年|下半年|第?[一二三四]季度)|(?:今年|去年|开年|入汛|入夏|春节|\d{4}年)?以来|近?(?:\d+|[一二两三四五六七八九十]+)余?多?(?:年|个月|天)(?:来|间|里|下来|时间)|"
    r"(?:成立|上线|运行|启用|实施|改革|建成|开展)(?:以来|后|至今)|截至目前|目前|近年来|今年|去年|前年|昨夜|今晚|当天|当晚|期间|每年|每月|每天|\d{4}年(?:\d{1,2}月?(?:至|到|-)\d{1,2}月|\d{1,2}月)?|连续[一二两三四五六七八九十\d]+年|累计)"
)
#: words for a rate before a percentage
_RATE = re.compile(r"率|占|比例|满意度|安全感|覆盖|达|程度|以上|见警|指数")
#: maximum number of figures about the station that later numbers are compared with; the labelled texts have at most 11
_PROFILE = 60
#: minimum amount of money, yuan; not measured
_SMALL_MONEY = 1000


def statistic_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind statistic."""
    found: list[Stat] = []
    first_sentence: dict[tuple[float, str, str], int] = {}
    described = (index for index, kind in doc.claims.items() if kind in ("division", "premises", "force", "population"))
    doc.profiled = tuple(islice(described, _PROFILE))
    for position, count in enumerate(counts):
        if count.index in doc.claims or count.superseded or _HALF_MORE.match(count.after):
            continue
        stat = changed(doc, counts, position, found)
        if stat is None and count.index not in doc.claims:
            stat = _plain(doc, counts, position, found)
        if stat is not None:
            if not _repeats_earlier(doc, stat, first_sentence):
                found.append(stat)
            doc.claims[count.index] = "statistic"
    found += [*zeros(doc), *shares(doc, found)]
    facts = []
    for stat in sorted(found, key=lambda s: (s.start, s.end)):
        period = _period(doc, stat.number_start)
        fields = {
            "metric": stat.metric,
            "value": stat.value,
            "unit": stat.unit,
            "approx": stat.approx,
            "change": stat.change,
            "period": period,
        }
        floor = max(doc.sentence(stat.number_start)[0], stat.number_start - 30)
        scope = OTHER_SCOPE.search(doc.s, floor, stat.number_start)
        if scope and not doc.in_quotes(scope.start()):
            fields["scope"] = scope[0]
        facts.append(doc.fact("statistic", stat.start, stat.end, VERSION, fields))
    return facts


def _repeats_earlier(doc: Doc, stat: Stat, first_sentence: dict[tuple[float, str, str], int]) -> bool:
    """Return whether an earlier sentence has the same number of the same things: 7个警务室 … 在7个警务室.

    `first_sentence`: figure -> start of its first sentence; the figure is added to it.
    """
    if stat.value is None or stat.change:
        return False
    sentence = doc.sentence(stat.number_start)[0]
    return first_sentence.setdefault((stat.value, stat.unit, stat.metric[-2:]), sentence) != sentence


def _period(doc: Doc, place: int) -> str | None:
    """Return the last period named before the number in its sentence, or None."""
    floor = doc.sentence(place)[0]
    periods = [match for match in _PERIOD.finditer(doc.s, floor, place) if not _no_period(doc, match)]
    if not periods:
        return None
    last = periods[-1]
    start = last.start()
    if last[0].endswith(("以来", "后", "至今")) and last[0][0] in "成上运启实改建开":  # 青少年关爱驿站成立以来
        while start > max(floor, last.start() - 12) and han.is_han(doc.s[start - 1]):
            start -= 1
    return doc.s[start : last.end()]


def _no_period(doc: Doc, match: re.Match[str]) -> bool:
    """Return whether the words are a base of comparison (较去年同期, 从2019年的) or a date of founding (2005年5月挂牌)."""
    if doc.s.endswith(("建于", "立于"), 0, match.start()):
        return True
    if doc.s.endswith(("较", "比", "从", "由"), 0, match.start()):
        return match[0][-1] == "年" and not match[0].startswith("近")
    return match[0][0] in "12" and bool(_BEGAN.match(doc.s, match.end()))


#: a verb of founding after a date
_BEGAN = re.compile("(?:正式|揭牌|挂牌)?(?:成立|组建|建成|挂牌|揭牌|始建)(?!以来|后|至今)")


def _plain(doc: Doc, counts: list[Count], position: int, found: list[Stat]) -> Stat | None:
    """Return the statistic of a number that is not a change, or None."""
    count = counts[position]
    quantity = count.quantity
    s = doc.s
    if not _counts_something(doc, counts, position) or sought(doc, quantity.start, quantity.end):
        return None
    words = clause_lead(doc, count)
    if (
        quantity.unit == "%"
        or quantity.unit == "成"
        or (not quantity.unit and quantity.value is not None and 0 < quantity.value < 1)
    ):
        if not _RATE.search(words) and not re.match(
            "的(?:警情|案件|纠纷|问题|群众|民警|矛盾|业务|事项)", s[quantity.end : quantity.end + 5]
        ):
            return None
        value = percent_of(quantity)
        if value is not None and not quantity.unit:
            value = round(value, 4)
        lead = own_lead(doc, count)
        unit = "%" if quantity.unit in ("%", "成") else "比例"
        return Stat(
            quantity.start - len(lead), quantity.end, lead, value, unit, quantity.approx, None, quantity.number_start
        )
    metric, start, end = metric_of(doc, count)
    if (
        not metric
        and found
        and re.fullmatch("[和、与及]?", s[found[-1].end : quantity.start])
        and (found[-1].unit == quantity.unit or found[-1].end == quantity.start)
    ):
        metric = found[-1].metric  # 14起和9起
    if (
        not metric
        and found
        and s[found[-1].end : quantity.start] == "、"
        and quantity.unit in _HEADS
        and found[-1].unit in _HEADS
    ):
        metric = found[-1].metric  # 走访群众4327户、1.6万人次
    if (
        not metric
        and found
        and found[-1].unit == quantity.unit
        and only_when(own_lead(doc, count))
        and found[-1].start >= count.sentence[0]
    ):
        metric = found[-1].metric  # 2021年四十起,去年九起
    if not metric:
        return None
    value = quantity.value
    if quantity.high is not None or _SINCE_THEN.match(s, quantity.end):
        return None
    unit = quantity.unit
    if unit.startswith("万") and value is not None:
        value, unit = value * 10000, unit[1:]
    return Stat(start, end, metric, value, unit, quantity.approx, None, quantity.number_start)


#: units of people
_HEADS = ("户", "人", "人次", "万人次", "户次")
#: words after the earlier value of a change: 每年三十多起|降到个位数
_SINCE_THEN = re.compile("(?:下降|减少|压降|锐减|骤减|缩短|降|增加|上升|提升)(?:到|至|为)")
#: house number after a number (_FLAT), and a quoted title after it (_AWARDED)
_FLAT = re.compile(r"[栋号楼]?\d{0,4}(?:室|单元|号)")
_AWARDED = re.compile(r"“[^”]{2,16}(?:单位|集体|派出所|个人)”")


def _counts_something(doc: Doc, counts: list[Count], position: int) -> bool:
    """Return whether a number that no other kind claimed counts work or equipment."""
    count = counts[position]
    quantity, s = count.quantity, doc.s
    unit = quantity.unit.removeprefix("万")
    measured = _measured(doc, count, unit)
    if unit not in ("", "%", "成", "路") and not _counted(unit) and not measured:
        return False
    if not unit and not (quantity.value is not None and (0 < quantity.value < 1 or quantity.value >= 1000)):
        return False
    words = clause_lead(doc, count)
    if doc.heading(quantity.start) or _PER.search(words) or _on_a_beat(doc, count) or _repeats_profile(doc, count):
        return False
    if s[quantity.start - 1 : quantity.start] in ("第", "·", "-") or _FLAT.match(s, quantity.end):
        return False
    if unit in ("%", "成"):
        return True
    quoted = doc.in_quotes(quantity.start)
    if (quoted and quoted[1] - quoted[0] <= 16) or _REFERENCE.search(words[-8:]):
        return False
    if _STRUCTURE.match(count.after) and unit not in _GEAR:
        return False
    if not unit:
        return (quantity.value is not None and 0 < quantity.value < 1) or _bare(doc, count)
    if measured:
        return True
    if not _counted(unit) or _someone_else(doc, counts, position) or _odd(doc, count, unit, words):
        return False
    return not quantity.han or _han_counts(doc, counts, position)


def _counted(unit: str) -> bool:
    """Return whether the unit is one of statistics; 寨次, 航次 and similar units count visits."""
    return unit in _COUNTED or (len(unit) == 2 and unit[1] == "次")


def _measured(doc: Doc, count: Count, unit: str) -> bool:
    """Return whether a unit of _MEASURES stands beside its noun: 视频探头1260路, 从警19年, 海岸线23公里."""
    if unit not in _MEASURES:
        return False
    s, end, before = doc.s, count.quantity.end, clause_lead(doc, count)[-8:]
    if unit == "路":
        return bool(re.search("视频|探头|监控|摄像", before) or re.match("高清|视频|监控|摄像|探头", s[end : end + 2]))
    if unit == "年":
        return before.endswith(("从警", "从警已", "从警已有")) or s.startswith(("警龄", "党龄"), end)
    if unit in ("公里", "千米", "米"):
        return bool(_LINE.search(before)) or bool(_LINE_AFTER.match(s, end))
    return unit == "分钟" and bool(_AVERAGE.search(clause_lead(doc, count)))


#: units that form a statistic only beside certain nouns
_MEASURES = frozenset(("路", "年", "公里", "千米", "米", "分钟"))
#: nouns before (_LINE) and after (_LINE_AFTER) the length of a border, coast, road or fence
_LINE = han.regex(
    "(?:边境线|海岸线|岸线|界河|国境线|河道|线路|铁路线|防护网|护栏|围栏|隔离栏|光缆|[\\p{Han}]程|累计巡[\\p{Han}]{1,3}|徒步[\\p{Han}]{0,4})(?:总|全)?长?(?:达到?|超过?|约|近|了)?$"
)
_LINE_AFTER = re.compile("(?:长的)?(?:边境线|海岸线|岸线|界河|国境线|线路)")

#: words before an average duration; a single duration is not a statistic
_AVERAGE = han.regex("平均[\\p{Han}]{0,8}(?:时间|用时|耗时|时长|到达|到场|仅需|只需)(?:约|近|仅|只|为|不到)*$")


def _someone_else(doc: Doc, counts: list[Count], position: int) -> bool:
    """Return whether the number counts staff without a task, households of a population or an average."""
    count = counts[position]
    quantity, s = count.quantity, doc.s
    noun = noun_after(doc, count)
    if _FORCE_NOUN.match(noun) or (not noun and _FORCE_BEFORE.search(count.before)):
        party = s[
            max(count.sentence[0], doc.clause(quantity.start)[0] - 12) : min(count.sentence[1], quantity.end + 24)
        ]
        if not _PARTY.search(party):
            return True
    if quantity.unit in ("人", "口人") and _TOWN.search(count.before):
        return True
    if quantity.unit == "户" and s.startswith("、", quantity.end) and position + 1 < len(counts):
        return doc.claims.get(counts[position + 1].index) == "population"
    return noun.endswith("平均") or (
        quantity.unit == "个" and s.startswith("人", quantity.end) and not _DONE_TO.search(count.before)
    )


#: a place before its population: 罗店镇六万八千人
_TOWN = re.compile("(?:[镇乡县市区村岛寨]|街道|社区)(?:共|有|约|近|总共|一共)*$")


#: verbs and 共 before a number of people that is a result of work
_DONE_TO = re.compile(
    "(?:共|救[了出下回]?|找[到回]|抓[了获]?|帮[了助]?|助|劝[返回阻]?|转移|背[了出下]?|送[医回]?|处理|服务)(?:了|来|出|下)*$"
)


def _odd(doc: Doc, count: Count, unit: str, words: str) -> bool:
    """Return whether the unit has another meaning here: small sums, points of a match, floors, first batches."""
    quantity, s = count.quantity, doc.s
    if unit == "平方米":
        return not _FLOOR.search(words + s[quantity.end : quantity.end + 6])
    if unit == "分":
        return not re.search("积分|得分|评分|测评|满意|安全感", words)
    if unit == "元":
        return (quantity.value or 0) < _SMALL_MONEY
    if unit == "次" and _HONOURED.match(s, quantity.end):
        return True
    if (_PLACES.match(s, quantity.end) or noun_after(doc, count) in _PLACE) and not _REACHED.search(words):
        return True
    if unit in _LOOSE and ((quantity.han and (quantity.value or 0) < _MANY) or re.search("第|首|一$", words[-2:])):
        return True
    return bool(_AWARDED.match(s, quantity.end)) or (unit == "个" and s.startswith("派出所中", quantity.end))


#: nouns for divisions, which form a statistic only with a verb of _REACHED
_PLACES = han.regex(
    "(?:[\\p{Han}]{0,2}(?:行政|自然)村|村屯|社区(?![\\p{Han}])|乡镇|街道(?![\\p{Han}])|牧民小组|村民小组|居委会|[\\p{Han}]?寨(?![\\p{Han}]))"
)
_PLACE = frozenset(("村", "寨", "乡", "镇", "屯"))
_REACHED = re.compile(
    "包[了下揽]|覆盖|走遍|跑遍|走访|涉及|惠及|联系|包联|建[成起立了]|联合|签|结对|推广|选派|成为|创建|评"
)
#: verbs after a number of 次 that show honours received, not events
_HONOURED = re.compile("荣立|荣获|获|立功|被评")
#: units that news uses loosely with small Chinese numerals (一批, 两层), and the value from which they count; not measured
_MANY = 100
_LOOSE = frozenset("批层期班分本块把顶盏节堂对组亩棵株只头回遍斤") | {"公斤"}


def _repeats_profile(doc: Doc, count: Count) -> bool:
    """Return whether the number repeats a figure about the station: 96个自然村 … 96个村走完."""
    quantity, s = count.quantity, doc.s
    noun = s[quantity.end : quantity.end + 4]
    for index in doc.profiled:
        other = doc.quantities[index]
        if index != count.index and other.value == quantity.value and other.unit == quantity.unit:
            around = s[other.end : other.end + 6] + s[max(0, other.start - 4) : other.start]
            if any(char in around for char in noun[:2] if han.match("[\\p{Han}]", char)):
                return True
    return False


#: an officer's beat before the number
_BEAT = re.compile(r"(?:他|她|社区民警),?负责[^。;]{0,30}$")


def _on_a_beat(doc: Doc, count: Count) -> bool:
    """Return whether the number describes the beat of one officer: 他负责…."""
    words = lead(doc, count, 40)
    return "负责" in words and bool(_BEAT.search(words))


def _bare(doc: Doc, count: Count) -> bool:
    """Return whether a number without a unit is large and has a noun after it: 12万粉丝."""
    quantity = count.quantity
    if quantity.value is None or quantity.value < 1000 or quantity.han:
        return False
    return (
        bool(han.match(r"[\p{Han}]{2}", doc.s[quantity.end : quantity.end + 2]))
        and "万" in doc.s[quantity.start : quantity.end]
    )


#: a round number that means "many": 一百步, 按错一万次
_ROUND = re.compile("一?[百千万]")


def _han_counts(doc: Doc, counts: list[Count], position: int) -> bool:
    """Return whether a number in Chinese numerals is a statistic: in a list, or large.

    Small ones are mostly narrative (三个人, 两根).
    """
    quantity = counts[position].quantity
    written = doc.s[quantity.number_start : quantity.unit_start]
    if quantity.value is None or "几" in written or (quantity.approx == "exact" and _ROUND.fullmatch(written)):
        return False
    if _noun_first(doc, counts[position]):
        return True
    if quantity.value >= 10 and quantity.unit not in ("个", "年"):
        return True
    if quantity.value >= 20:
        return True
    return any(_beside(doc, counts, position, other) for other in (position - 1, position + 1))


#: between two values of one metric in different years: 2022年二十一起,去年九起
_YEAR_AFTER_YEAR = han.regex(r"^[,、](?:\d{4}年|去年|今年|前年|第[一二三四五]年)[\p{Han}]{0,2}$")


def _beside(doc: Doc, counts: list[Count], position: int, other: int) -> bool:
    """Return whether two numbers are parts of one list: 6名、三名, or equipment between commas: 一艘巡逻艇,两辆电瓶车."""
    quantity = counts[position].quantity
    if not 0 <= other < len(counts) or abs(counts[other].quantity.start - quantity.start) > 12:
        return False
    gap = doc.s[min(quantity.end, counts[other].quantity.end) : max(quantity.start, counts[other].quantity.start)]
    if quantity.unit in _GEAR and counts[other].quantity.unit in _GEAR and re.search("[,、]", gap) and "。" not in gap:
        return True
    if quantity.unit == counts[other].quantity.unit and _YEAR_AFTER_YEAR.search(gap):
        return True
    return (
        "、" in gap
        and not re.search("[,。]", gap)
        and (quantity.value or 0) >= 2
        and quantity.unit in ("名", "起", "件", "人", "家", "支")
    )


def _noun_first(doc: Doc, count: Count) -> bool:
    """Return whether the noun precedes the number and the clause ends after it: 警车两辆."""
    quantity = count.quantity
    if (
        quantity.value is None
        or quantity.value < 2
        or quantity.unit not in ("辆", "台", "间", "名", "起", "次", "艘", "处", "套", "件")
    ):
        return False
    words = doc.s[max(count.before_start, quantity.start - 6) : quantity.start]
    return bool(re.match("[,。;、)]", doc.s[quantity.end : quantity.end + 1])) and bool(
        re.search("(?:车|艇|室|厅|警|员|案|案件|警情|次|机|敲了|每天|只有|仅有|仅)$", words)
    )
