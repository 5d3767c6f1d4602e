"""Figures of work and means: what was done, counted, raised or brought down; rates and changes; zeros.

Every number that no describing kind has taken is looked at once. Ages, times, distances, parts of a method and flat
numbers are no statistics. A change (同比下降45.3%) joins the count right before it, or stands alone on its metric.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from ingest.facts.counts import OTHER_SCOPE, Count, clause_lead, lead, noun_after
from ingest.facts.draft import Draft
from ingest.facts.words import listed
from store.records import Fact

VERSION = "statistic.count@1"

_COUNTED = frozenset(listed("起 件 条 次 人次 名 人 位 户 家 面 封 个 项 辆 支 艘 笔 场 处 台 元 吨 套 张 份 间 座 所 栋 只 头 块 本 册 部 例 宗 桩 期 趟 对 组 批 枚 把 户次 场次 趟次 起次 "
    "株 棵 班 顶 盏 分 幅 篇 节 堂 倍 平方米 亩 公斤 条次 家次 艇 层 扇  单 列 口人"))
#: parts of a method or a document are no figures
_STRUCTURE = re.compile(
    r"[一-鿿]{0,3}(?:方面|部分|环节|单元|措施|中心(?!户)|转变|维度|抓手|层面|步骤|阶段|关键|板块|原则|要素|条件|字|问号|回合|角度|大类|特点|亮点|目标|到位|不漏|一律|必须|不准|统一|结合|关口|支点|轮子|难题|瓶颈|时代|民族|世纪|年头|"
    r"夜晚|晚上|星期|月份|昼夜|钟头|学期|季度|春秋|电话|眼神|故事|画面|角落|细节|梦|名字|问题是|心愿)"
)
_DIRECTION = (("down", re.compile("减|骤|缩|压|降|回落|下滑|少了")), ("up", re.compile("扩|发展|壮大|增|升|提高|上涨|翻番|翻了|多了")))
_CHANGE = re.compile(
    r"(?P<base>同比|环比|[较比](?:去年|上年|前年|上个月|往年|改革前|以往|\d{4}年)(?:同期)?|与[一-鿿]{2,6}相比)?[一-鿿]{0,4}?(?P<word>下降|减少|降低|缩短|回落|下滑|压降|降幅|压缩|上升|增长|增加|提升|提高|上涨|增幅|攀升|再降|又降|再升)"
    r"(?:了|约|近|幅度|达到?|为|超过?|分别|再|至|到|:)*$"
)
_REFERENCE = re.compile(r"(?:去年同期|上年同期|(?:上年|去年|前年|此前|过去|原来|以前|[比较]\d{4}年)的)[^,。;\d]{0,4}$")
#: each of so many, a batch, a share per head: no count of work
_PER = re.compile(r"平均|每[名个位户村组][一-鿿]{0,4}$|首批$|第[一二三四五六七八九十]+批$|夜班|值班[一-鿿]{0,3}$|至少|载有|(?:从|这|那|上述|其余|列入|入选)$")
#: a number of the station's own people counts only as a party to some work: 10名民警…组成, 派驻28名党员民警
_FORCE_NOUN = re.compile("[一-鿿]{0,6}(?:民警|辅警|干警|警力|警员|辅警|护边员|官兵)")
_FORCE_BEFORE = re.compile("(?:民警|辅警|干警|警力|警员|护边员|官兵)(?:共|各|有|约)*$")
_PARTY = re.compile("组成|轮岗|轮班|组织|派驻|选派|抽调|安排|成了|下沉|兼任|每组")
_FLOOR = re.compile("面积|建筑|占地|新建|大楼|用房|平房|大厅|中心|场地|阵地|改造|办公|空间|陈列|荣誉室|指挥室|调解室|院")
_PERIOD = re.compile(
    r"(?=[今去前开入春近成上下运启实改建当目昨期每连累截第\d一二两三四五六七八九十以])(?:(?:今年|去年|前年)?(?:\d{1,2}(?:至|到|-)\d{1,2}月|上半年|下半年|第?[一二三四]季度)|(?:今年|去年|开年|入汛|入夏|春节|\d{4}年)?以来|近?(?:\d+|[一二两三四五六七八九十]+)余?多?(?:年|个月|天)(?:来|间|里|下来|时间)|"
    r"(?:成立|上线|运行|启用|实施|改革|建成|开展)(?:以来|后|至今)|截至目前|目前|近年来|今年|去年|前年|昨夜|今晚|当天|当晚|期间|每年|每月|每天|\d{4}年(?:\d{1,2}月?(?:至|到|-)\d{1,2}月|\d{1,2}月)?|连续[一二两三四五六七八九十\d]+年|累计)"
)
_ZERO = re.compile(
    r"(?=[没未从无为归清零一])(?:(?P<head>(?:没有|未|从未|没|无)(?:再)?(?:发生|出现|出过|发)(?:过|了)?(?:一起|一例|一件|一次|任何|1起|有)?)(?P<what>[^,。;!?\n]{2,50})|(?P<zero>为零|归零|清零|零发案|零发生|零投诉|零事故|零上访|零越级)|(?P<none>(?<![一-鿿])零(?:差错|失误|警情|违纪)|无一[起例人件名][一-鿿]{2,10}|一[起例件](?:也|都)没有?(?:了|发生过?|再发生?|出现过?|发过?)))"
)
_HALF = re.compile(r"(?P<word>下降|减少|降低|缩短|压缩|上升|增长|增加|提升|提高)了?(?:近|约|超过|过|一)?(?P<share>一半|半数|三分之一|三分之二|四分之一|两成|三成|四成|五成|六成|七成|八成|九成|一成|一倍|两倍)")
_YEARS = re.compile(r"(?:连续|连着)(?P<n>\d+|[一二两三四五六七八九十]+)年(?:持续|实现|双|同比)*(?P<word>下降|上升|往下走|增长|减少|走低)")
_DOUBLE = re.compile(r"翻(?:了?一)?(?:番|倍)")
_SHARES = {"一半": 50, "半数": 50, "三分之一": 33.33, "三分之二": 66.67, "四分之一": 25, "一倍": 100, "两倍": 200}
_RATE = re.compile(r"率|占|比例|满意度|安全感|覆盖|达|程度|以上|见警|指数")
#: so many figures of a station are compared with later mentions; the richest profile of the labelled texts has 11
_PROFILE = 60
_SMALL_MONEY = 1000


@dataclass(slots=True)
class _Stat:
    """A statistic in the making."""

    start: int
    end: int
    metric: str
    value: float | None
    unit: str
    approx: str
    change: dict[str, object] | None
    number_start: int


def statistic_facts(draft: Draft, counts: list[Count]) -> list[Fact]:
    """Facts of kind statistic."""
    found: list[_Stat] = []
    described = (index for index, kind in draft.claims.items() if kind in ("division", "premises", "force", "population"))
    draft.profiled = tuple(islice(described, _PROFILE))
    for position, count in enumerate(counts):
        if count.index in draft.claims or count.superseded:
            continue
        stat = _fewer(draft, count) or _turned(draft, count) or _changed(draft, counts, position, found) or _plain(draft, counts, position, found)
        if stat is not None:
            found.append(stat)
            draft.claims[count.index] = "statistic"
    found += [*_zeros(draft), *_shares(draft, found)]
    facts = []
    for stat in sorted(found, key=lambda s: (s.start, s.end)):
        period = _period(draft, stat.number_start)
        fields = {"metric": stat.metric, "value": stat.value, "unit": stat.unit, "approx": stat.approx, "change": stat.change, "period": period}
        floor = max(draft.sentence(stat.number_start)[0], stat.number_start - 30)
        scope = OTHER_SCOPE.search(draft.s, floor, stat.number_start)
        if scope and not draft.in_quotes(scope.start()):
            fields["scope"] = scope[0]
        facts.append(draft.fact("statistic", stat.start, stat.end, VERSION, fields))
    return facts


def _direction(word: str) -> str:
    return next(way for way, words in _DIRECTION if words.search(word))


def _period(draft: Draft, place: int) -> str | None:
    """The last stretch of time named before the number in its sentence."""
    floor = draft.sentence(place)[0]
    stretches = [match for match in _PERIOD.finditer(draft.s, floor, place) if not _no_period(draft, match)]
    if not stretches:
        return None
    last = stretches[-1]
    start = last.start()
    if last[0].endswith(("以来", "后", "至今")) and last[0][0] in "成上运启实改建开":  # 青少年关爱驿站成立以来
        while start > max(floor, last.start() - 12) and "一" <= draft.s[start - 1] <= "鿿":
            start -= 1
    return draft.s[start : last.end()]


#: what links the noun of a figure to its number
_LINKS = re.compile(r"(?:共|累计|先后|已经?|达到?|有|为|近|约|超过|只|分别|合计|一共|总|了|过)+$")
_LINKS_BEFORE = re.compile(r"^(?:是|有|为|了|共|和|及|与)+")


def _no_period(draft: Draft, match: re.Match[str]) -> bool:
    """较去年同期, 从2019年的: what a figure is held against; 2005年5月挂牌: when the station began."""
    if draft.s.endswith(("建于", "立于"), 0, match.start()):
        return True
    if draft.s.endswith(("较", "比", "从", "由"), 0, match.start()):
        return match[0][-1] == "年" and not match[0].startswith("近")
    return match[0][0] in "12" and bool(_BEGAN.match(draft.s, match.end()))


_BEGAN = re.compile("(?:正式|揭牌|挂牌)?(?:成立|组建|建成|挂牌|揭牌|始建)(?!以来|后|至今)")


def _metric(draft: Draft, count: Count) -> tuple[str, int, int]:
    """(metric, quote start, quote end): the noun after the unit, else the words before the number."""
    s, quantity = draft.s, count.quantity
    if (quoted := draft.in_quotes(quantity.end + 1)) and quoted[0] == quantity.end + 1 and quoted[1] - quoted[0] <= 14:
        return s[slice(*quoted)], quantity.start, quoted[1] + 1
    if s[quantity.start - 1 : quantity.start] == "”" and (quoted := draft.in_quotes(quantity.start - 2)) and quoted[1] - quoted[0] <= 14:
        return s[slice(*quoted)], quoted[0] - 1, quantity.end
    after = noun_after(draft, count)
    head = _lead(draft, count)
    words = _LINKS.sub("", head)
    if len(after) >= 2 and not (quantity.unit.endswith(("起", "件", "条", "次")) and len(words) >= 4):
        return after, quantity.start, quantity.end + len(after)
    own = _LINKS_BEFORE.sub("", head)
    start = quantity.start - len(own)
    if quantity.unit == "平方米" and (room := re.match("的[一-鿿]{2,6}?(?=[,。;、]|$)", s[quantity.end : quantity.end + 8])):
        return room[0][1:], quantity.start, quantity.end + room.end()
    if not words and re.match("共|一共|总共", head):
        words = head
    return (words if own or words == head else "").strip("“”"), start, quantity.end


def _lead(draft: Draft, count: Count, reach: int = 14) -> str:
    """Words right before the number, back to a comma or enumeration comma, at most `reach`."""
    words = clause_lead(draft, count)
    words = words[-max(len(count.before), 0) :] if count.before else ""
    words = words[words.rfind("、") + 1 :] if "、" in words and "等" not in words[words.rfind("、") :] else words
    return words[-reach:] if len(words) > reach else words


def _turned(draft: Draft, count: Count) -> _Stat | None:
    """由平均21分钟缩短为9分钟: the later figure, with its direction; the earlier one is no statistic of its own."""
    if not count.turned or draft.heading(count.quantity.start):
        return None
    quantity = count.quantity
    change: dict[str, object] = {"direction": _direction(count.turned), "percent": None}
    start = count.before_start + max(0, len(count.before) - 12)
    return _Stat(start, quantity.end, count.before[-12:], quantity.value, quantity.unit, quantity.approx, change, quantity.number_start)


_SO_MANY = re.compile(r"(?:较|比|同比|环比)[^,。;\d]{0,8}(?P<word>减少|下降|增加|上升|少|多)了?$")
_SO_MANY_ENDS = frozenset("少降加升多了")


def _fewer(draft: Draft, count: Count) -> _Stat | None:
    """较去年同期减少9起: a change by so many, not a count."""
    words = clause_lead(draft, count)
    match = _SO_MANY.search(words) if words[-1:] in _SO_MANY_ENDS else None
    if not match or count.quantity.unit in ("%", "个百分点", "倍", "") or draft.heading(count.quantity.start):
        return None
    change: dict[str, object] = {"direction": "down" if match["word"] in ("减少", "下降", "少") else "up", "percent": None,
                                 "count": count.quantity.value}  # fmt: skip
    start = count.quantity.start - min(len(words), 14)
    return _Stat(start, count.quantity.end, words[: match.start()][-10:], None, "", count.quantity.approx, change, count.quantity.number_start)


def _changed(draft: Draft, counts: list[Count], position: int, found: list[_Stat]) -> _Stat | None:
    """同比下降45.3%: joined to the count before it, or a statistic of its own."""
    count = counts[position]
    quantity = count.quantity
    words = clause_lead(draft, count)
    if quantity.unit not in ("%", "个百分点", "倍"):
        return None
    change_word = _CHANGE.search(words)
    earlier = counts[position - 1] if position else None
    listed = earlier is not None and re.fullmatch(r"(?:、|和|,)", draft.s[earlier.quantity.end : quantity.start]) is not None and earlier.quantity.unit == quantity.unit
    if not change_word and listed and found and found[-1].change and found[-1].change.get("percent") is not None:
        return _follower(draft, count, found)
    if not change_word:
        return None
    change: dict[str, object] = {"direction": _direction(change_word["word"]), "percent": None}
    if quantity.unit == "个百分点":
        change["points"] = quantity.value
    elif quantity.unit == "倍":
        change["percent"] = None if quantity.value is None else quantity.value * 100
    else:
        change["percent"] = quantity.value
    base = _owner(draft, count, change_word, found)
    if base is not None:
        _join(draft, counts, position, found, change)
        return None
    start = quantity.start - len(_lead(draft, count, 18))
    stop = change_word.start("base") if change_word["base"] else change_word.start("word")
    metric = re.sub(r"(?:同比|环比|比去年同期|较去年同期|分别|今年|则|再|了)*$", "", words[:stop])[-14:]
    value = quantity.value if quantity.unit == "倍" else None
    return _Stat(start, quantity.end, metric, value, "倍" if value is not None else "", quantity.approx, change, quantity.number_start)


def _join(draft: Draft, counts: list[Count], position: int, found: list[_Stat], change: dict[str, object]) -> None:
    """Give the change to the count before it; 14起和9起,同比下降30.5%和41.2% gives each its own, in order."""
    group = [found[-1]]
    while len(found) > len(group) and re.fullmatch("[和、与]", draft.s[found[-len(group) - 1].end : group[0].start] or "x"):
        group.insert(0, found[-len(group) - 1])
    shares = [counts[position]]
    while position + len(shares) < len(counts):
        following = counts[position + len(shares)]
        if following.quantity.unit != "%" or not re.fullmatch("[和、与]", draft.s[shares[-1].quantity.end : following.quantity.start]):
            break
        shares.append(following)
    pairs = list(zip(group, shares, strict=True)) if len(group) == len(shares) else [(found[-1], shares[0])]
    for stat, share in pairs:
        stat.change = change | {"percent": share.quantity.value if share.quantity.unit == "%" else change["percent"]}
        draft.claims[share.index] = "statistic"
    found[-1].end = pairs[-1][1].quantity.end


def _follower(draft: Draft, count: Count, found: list[_Stat]) -> _Stat:
    """The second number of 分别下降15%和20.3%."""
    previous = found[-1]
    change = dict(previous.change or {}) | {"percent": count.quantity.value}
    start = draft.s.rfind("分别", draft.sentence(count.quantity.start)[0], count.quantity.start)
    start = start if start >= 0 and count.quantity.start - start < 30 else previous.start
    return _Stat(start, count.quantity.end, previous.metric, None, "", count.quantity.approx, change, count.quantity.number_start)


def _owner(draft: Draft, count: Count, change: re.Match[str], found: list[_Stat]) -> _Stat | None:
    """The count that a change belongs to: it ends right before, with only 同比 or a base figure between."""
    if not found:
        return None
    last = found[-1]
    between = draft.s[last.end : count.quantity.start]
    if len(between) > 24 or not re.match(r"[,(、]", between) or last.value is None or last.change:
        return None
    middle = re.sub(r"^[,(、]", "", between)
    middle = re.sub(r"(?:较|比|与)(?:去年|上年|前年|上个月|往年|以往|\d{4}年)(?:同期|相比)*的?(?:\d+[起件人次名])?", "", middle)
    middle = re.sub(_CHANGE.pattern, "", middle)
    return last if len(re.sub("分别|同比|环比", "", middle)) <= 1 else None


def _plain(draft: Draft, counts: list[Count], position: int, found: list[_Stat]) -> _Stat | None:
    count = counts[position]
    quantity = count.quantity
    s = draft.s
    if not _counts_something(draft, counts, position):
        return None
    words = clause_lead(draft, count)
    if quantity.unit == "%" or quantity.unit == "成" or (not quantity.unit and quantity.value is not None and 0 < quantity.value < 1):
        if not _RATE.search(words) and not re.match("的(?:警情|案件|纠纷|问题|群众|民警|矛盾|业务|事项)", s[quantity.end : quantity.end + 5]):
            return None
        value = quantity.value if quantity.unit != "成" or quantity.value is None else quantity.value * 10
        if value is not None and not quantity.unit:
            value = round(value, 4)
        lead = _lead(draft, count)
        unit = "%" if quantity.unit in ("%", "成") else "比例"
        return _Stat(quantity.start - len(lead), quantity.end, lead, value, unit, quantity.approx, None, quantity.number_start)
    metric, start, end = _metric(draft, count)
    if not metric and found and re.fullmatch("[和、与及]?", s[found[-1].end : quantity.start]) and (found[-1].unit == quantity.unit or found[-1].end == quantity.start):
        metric = found[-1].metric  # 14起和9起
    if not metric:
        return None
    value = quantity.value
    if quantity.high is not None:
        return None
    unit = quantity.unit
    if unit.startswith("万") and value is not None:
        value, unit = value * 10000, unit[1:]
    return _Stat(start, end, metric, value, unit, quantity.approx, None, quantity.number_start)


_FLAT = re.compile(r"[栋号楼]?\d{0,4}(?:室|单元|号)")
_AWARDED = re.compile(r"“[^”]{2,16}(?:单位|集体|派出所|个人)”")


def _counts_something(draft: Draft, counts: list[Count], position: int) -> bool:
    """Whether a number that no describing kind took is a figure of work or means."""
    count = counts[position]
    quantity, s = count.quantity, draft.s
    unit = quantity.unit.removeprefix("万")
    measured = _measured(draft, count, unit)
    if unit not in ("", "%", "成", "路") and unit not in _COUNTED and not measured:
        return False
    if not unit and not (quantity.value is not None and (0 < quantity.value < 1 or quantity.value >= 1000)):
        return False
    words = clause_lead(draft, count)
    if draft.heading(quantity.start) or _PER.search(words) or _BEAT.search(lead(draft, count, 40)) or _again(draft, count):
        return False
    if s[quantity.start - 1 : quantity.start] in ("第", "·", "-") or _FLAT.match(s, quantity.end):
        return False
    if unit in ("%", "成"):
        return True
    quoted = draft.in_quotes(quantity.start)
    if (quoted and quoted[1] - quoted[0] <= 16) or _REFERENCE.search(words[-8:]) or _STRUCTURE.match(count.after):
        return False
    if not unit:
        return (quantity.value is not None and 0 < quantity.value < 1) or _bare(draft, count)
    if measured:
        return True
    if unit not in _COUNTED or _someone_else(draft, counts, position) or _odd(draft, count, unit, words):
        return False
    return not quantity.han or _han_counts(draft, counts, position)


def _measured(draft: Draft, count: Count, unit: str) -> bool:
    """Units that count only beside their noun: 视频探头1260路, 从警19年, 海岸线23公里."""
    s, end, before = draft.s, count.quantity.end, clause_lead(draft, count)[-8:]
    if unit == "路":
        return bool(re.search("视频|探头|监控|摄像", before) or re.match("高清|视频|监控|摄像|探头", s[end : end + 2]))
    if unit == "年":
        return before.endswith(("从警", "从警已", "从警已有")) or s.startswith(("警龄", "党龄"), end)
    if unit in ("公里", "千米"):
        return bool(_LINE.search(before)) or bool(_LINE_AFTER.match(s, end))
    return False


#: the lines a station looks after have a length
_LINE = re.compile("(?:边境线|海岸线|岸线|界河|国境线|河道|线路|铁路线)(?:总|全)?长?(?:约|近|达)?$")
_LINE_AFTER = re.compile("(?:长的)?(?:边境线|海岸线|岸线|界河|国境线|线路)")


def _someone_else(draft: Draft, counts: list[Count], position: int) -> bool:
    """People who are no figure of work: the station's own without a task, households of a population, averages."""
    count = counts[position]
    quantity, s = count.quantity, draft.s
    noun = noun_after(draft, count)
    own = _FORCE_NOUN.match(noun) or (not noun and _FORCE_BEFORE.search(count.before))
    party = s[max(count.sentence[0], draft.clause(quantity.start)[0] - 12) : min(count.sentence[1], quantity.end + 24)]
    if own and not _PARTY.search(party):
        return True
    if quantity.unit == "户" and s.startswith("、", quantity.end) and position + 1 < len(counts):
        return draft.claims.get(counts[position + 1].index) == "population"
    return noun.endswith("平均") or noun.startswith(("上班族", "船员")) or (quantity.unit == "个" and s.startswith("人", quantity.end))


def _odd(draft: Draft, count: Count, unit: str, words: str) -> bool:
    """Units that mean something else most of the time: small change, marks of a match, floors, first batches."""
    quantity, s = count.quantity, draft.s
    if unit == "平方米":
        return not _FLOOR.search(words + s[quantity.end : quantity.end + 6])
    if unit == "分":
        return not re.search("积分|得分|评分|满意", words)
    if unit == "元":
        return (quantity.value or 0) < _SMALL_MONEY
    if unit == "次" and _HONOURED.match(s, quantity.end):
        return True
    if unit in _LOOSE and (quantity.han or re.search("第|首|一$", words[-2:])):
        return True
    return bool(_AWARDED.match(s, quantity.end)) or (unit == "个" and s.startswith("派出所中", quantity.end))


_HONOURED = re.compile("荣立|荣获|获|立功|被评")
#: measure words that news uses loosely with small Chinese numerals (一批, 两层)
_LOOSE = frozenset("批层期班分本块把顶盏节堂对组亩棵株只头") | {"公斤"}


def _again(draft: Draft, count: Count) -> bool:
    """The same number of the same things was taken as the station's own before: 96个自然村 … 96个村走完."""
    quantity, s = count.quantity, draft.s
    noun = s[quantity.end : quantity.end + 4]
    for index in draft.profiled:
        other = draft.quantities[index]
        if index != count.index and other.value == quantity.value and other.unit == quantity.unit:
            around = s[other.end : other.end + 6] + s[max(0, other.start - 4) : other.start]
            if any(char in around for char in noun[:2] if re.match("[一-鿿]", char)):
                return True
    return False


_BEAT = re.compile(r"(?:他|她|社区民警),?负责[^。;]{0,30}$")


def _bare(draft: Draft, count: Count) -> bool:
    """A number without a measure word counts only when it is large and a noun follows: 12万粉丝."""
    quantity = count.quantity
    if quantity.value is None or quantity.value < 1000 or quantity.han:
        return False
    return bool(re.match(r"[一-鿿]{2}", draft.s[quantity.end : quantity.end + 2])) and "万" in draft.s[quantity.start : quantity.end]


def _han_counts(draft: Draft, counts: list[Count], position: int) -> bool:
    """Small numbers in Chinese numerals are mostly narrative (三个人, 两根): they count in a list beside another number,
    or when they are large or approximate."""
    quantity = counts[position].quantity
    if quantity.value is None:
        return False
    if _lists_after(draft, counts[position]):
        return True
    if quantity.value >= 10 and quantity.unit not in ("个", "年"):
        return True
    if quantity.value >= 20:
        return True
    for other in (position - 1, position + 1):
        if 0 <= other < len(counts) and abs(counts[other].quantity.start - quantity.start) <= 12 and quantity.value >= 2:
            gap = draft.s[min(quantity.end, counts[other].quantity.end) : max(quantity.start, counts[other].quantity.start)]
            if "、" in gap and not re.search("[,。]", gap):
                return quantity.unit in ("名", "起", "件", "人", "辆", "台", "间", "家", "支")
    return False


def _lists_after(draft: Draft, count: Count) -> bool:
    """警车两辆: the noun first, then the number, and there the clause ends."""
    quantity = count.quantity
    if quantity.value is None or quantity.value < 2 or quantity.unit not in ("辆", "台", "间", "名", "起", "次", "艘", "处", "套", "件"):
        return False
    words = draft.s[max(count.before_start, quantity.start - 6) : quantity.start]
    return bool(re.match("[,。;、)]", draft.s[quantity.end : quantity.end + 1])) and bool(re.search("(?:车|艇|室|厅|警|员|案|次|机|敲了|每天)$", words))


def _noun_start(draft: Draft, end: int) -> int:
    """Where the words that end at `end` begin: back to a stop, twelve characters at most."""
    start = end
    while start > max(0, end - 12) and re.match("[一-鿿“”]", draft.s[start - 1]):
        start -= 1
    return start


#: 保持了零发案: the zero says itself what there was none of
_KEPT = re.compile("(?:保持|实现|连续|做到)[了着]?$")


def _zeros(draft: Draft) -> list[_Stat]:
    """未发生任何…案件、…事件: one zero each."""
    found = []
    for match in _ZERO.finditer(draft.s):
        if draft.heading(match.start()) or re.search("追求|目标", draft.s[max(0, match.start() - 4) : match.end() + 4]):
            continue
        if match["head"]:
            for part in re.finditer(r"[^、和及与]*?(?:案件|案|事故|事件|纠纷|火灾|投诉|上访|警情|命案|发案)", match["what"]):
                end = match.start("what") + part.end()
                found.append(_Stat(match.start(), end, part[0].strip("、和及与"), 0, "起", "exact", None, match.start()))
                if not re.match("[、和及与]", draft.s[end : end + 1]):
                    break
        elif match["zero"]:
            start = match.start() if _KEPT.search(draft.s, max(0, match.start() - 4), match.start()) else _noun_start(draft, match.start())
            found.append(_Stat(start, match.end(), draft.s[start : match.start()] or match[0], 0, "", "exact", None, match.start()))
        else:
            found.append(_Stat(match.start(), match.end(), match[0], 0, match[0][2], "exact", None, match.start()))
    return found


def _shares(draft: Draft, found: list[_Stat]) -> list[_Stat]:
    """缩短一半, 下降近三成, 翻番: changes written in words."""
    more = []
    for match in [*_HALF.finditer(draft.s), *_DOUBLE.finditer(draft.s)]:
        floor = draft.clause(match.start())[0]
        if any(stat.start <= match.start() < stat.end for stat in found) or draft.in_quotes(match.start()):
            continue
        share = match.groupdict().get("share")
        if share is None:
            percent: float = 100
        else:
            percent = _SHARES.get(share) or "一二三四五六七八九".find(share[0].replace("两", "二")) * 10 + 10
        start = max(floor, match.start() - 10)
        change: dict[str, object] = {"direction": _direction(match.groupdict().get("word") or "翻番"), "percent": percent}
        more.append(_Stat(start, match.end(), draft.s[start : match.start()], None, "", "exact", change, match.start()))
    for match in _YEARS.finditer(draft.s):
        start = max(draft.clause(match.start())[0], match.start() - 10)
        way = "up" if match["word"] in ("上升", "增长") else "down"
        more.append(_Stat(start, match.end(), draft.s[start : match.start()], None, "", "exact", {"direction": way, "percent": None}, match.start()))
    return more
