"""Facts of kind station: name, authority and region of each station, and which one is the subject of the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from ingest.facts.document import Doc
from ingest.facts.rule_engine import left_out
from ingest.zh import han
from ingest.zh.gazetteer import Gazetteer, Region, shorten
from ingest.zh.segment import Segmenter, listed
from ingest.zh.word_search import occurrences
from store.records import Fact

VERSION = "station@4"

_STATION = re.compile(r"派出所")
#: Han characters and middle dots before 派出所, at most 30
_RUN = han.regex(r"[\p{Han}·]{0,30}\Z")
#: a police authority before the name of a station
_AUTHORITY = re.compile(
    r"公安分局|公安局|分局|公安处|公安厅|边境管理(?:支队|大队)|边防(?:支队|大队)|(?:出入境)?(?:边防检查|边检)总站|公安边防|(?:铁路|机场|森林|航运|长航)公安(?:分局|局|处)?|公安机关|公安部门|(?:治安|交警|水警|公安|警务)?(?:总队|支队|大队)(?!长)|(?<=[县市区])局|公安(?!部|单位|机关|部门|系统|民警|干警|战线|楷模|英模)"
)
#: functional zones (开发区, 林区) and words for transport (铁路, 机场) before an authority; neither is an administrative
#: division
_ZONE = han.regex(
    r"(?:[\p{Han}]{2}|国家级?)?(?:高新技术产业|经济技术|高新|经济|经|技术)?(?:开发区|高新区|经开区|新区|示范区|度假区|保税区|风景区|管理区|工业园区|园区|林区|垦区|矿区|港区|航空港区|水上|铁路|机场|地铁|轨道交通|公交)$"
)
#: words directly before the name of a station; single characters come last, so that longer words match first
_BEFORE_NAME = re.compile(
    "正如|图为|原名|曾用名|旧称|来到|走进|走访|夜访|再访|重访|回访|当过|位于|作为|成为|更名为?|改名为?|易名为?|关于|以及|还有|包括|新任|时任|原任|现任|担任|加入|调到|调任|转业到|分配到|跟随|跟着|走近|探访|隶属于?|合并|称为|改称|定名为?|创建|打造|"
    "建设|成立|组建|设立|我们|咱们|他们|就是|每个|这个|那个|那家|这家|此前|今年|去年|目前|如今|近日|日前|昨日|近年来|当天|随后|接到|联系|通知|获得|全国|全省|全市|全县|全区|"
    "优秀|光临|进入|离开|送到|带到|带回|赶到|回到|找到|拨打|命名|授予|记者从|记者在|从|在|是|到|由|向|于|与|让|使|把|被|将|的|了|对|为|据|给|叫|去|受|及|该|我|本|某|(?<!共)和(?![平谐睦顺])"
)
#: words before 派出所 that are not a name
_GENERIC = re.compile(
    r"^(?:|[的在是和个家全各该本某我]|所|基层|城区|农村|乡镇|乡|镇|街道|社区|公安|一线|辖区|边境|边防|边海防|铁路|水上|森林|治安|综合|中心|中小|大型|小型|传统|现代|新型|当地|附近|"
    r"同|隔壁站?|老|新|旧|原|县城|市区|郊区|山区|牧区|海岛|高原|雪域|草原|戈壁|深山|油田|校园|库区|林区|景区|车站|户籍|责任区|全功能|智慧|平安|红色|党建|标准化?|不少|许多|多个?|所有|部分|众多|其他|其它|相关|有关|属地|新时代|新时期|"
    r"(?:海岛|高原|牧区|林区|库区|山区|沿海|内陆|农村|基层|陆地|一线|抵边|城市|乡村|民族|戈壁|草原)(?:边境|边防|水上|森林|铁路|治安|旅游|公安)|"
    r"两个|三个|十大|百佳|五好|十佳|最美|首批|首个|首家|唯一|一级|二级|三级|特级)$|"
    r"(?:枫桥式|式|级|优秀|模范|先进|示范|十佳|百佳|星级|满意|标杆|样板|先锋|标兵|爱民|文明|规范化|名牌|红旗|最美)(?:公安|基层|边防|边境)?$|"
    r"(?:各地|全市|全省|全国|全县|全区|各个?|每个|多个|余个|基层|农村|城区|的|个|家|座|我国|全警)(?:公安|城区|农村|基层|一级)?$"
)
#: the type of a station, the last word of its name before 派出所
_TYPE = re.compile(r"(?:治安|边境|边防|水上|交通|森林|铁路|公安)$")
#: particles that do not occur in a name
_PARTICLES = frozenset("的得都有了着过是没不")
#: characters that seldom start or end a name: verbs, prepositions, pronouns
_LEADING = frozenset(
    "将把对向从在到由让使给为以及和与被是有去来进出回该本我全各每某这那就也都还并如随经据因即若当自打接送带找去跑住守看听说叫请离距近靠设归停比较跟同往"
)
#: first letters of the tags of parts of speech that do not start a name: verbs, adverbs, prepositions, particles,
#: pronouns, measure words, modal particles, interjections, times, conjunctions
_NOT_NAME = "vdpurcqyet"
#: characters that may directly precede a name
_BOUNDS = frozenset("的是和与及、了")
#: last characters of place names; a name that ends in one of them is credible (`_credible`)
_PLACE_END = "路街巷镇乡村桥湖江河山湾洲岛港口城关店庄里坡沟岭坪坝川泉浦滩塘园场屯堡站峰溪海原集寨渡埠堰坳垭嘴墩"
#: the end of the name of another station and a conjunction, directly before a name: 派出所和 in
#: 前炒面胡同派出所和大方家胡同派出所
_COORDINATED = tuple(f"派出所{joint}" for joint in "和与及、")
#: last characters of place names; a verb directly before one of them is part of the name (胜利|路)
_ROAD = "路街巷村镇乡桥湾湖山江河港"
#: words with the name of a station as their object; the name starts directly after them
_LEADS = listed(
    "来到 走进 走访 夜访 再访 重访 回访 探访 走近 当过 时任 原任 现任 新任 担任 位于 调到 调任 转业到 分配到 回到 赶到 进入 离开 "
    "隶属于 更名为 改名为 定名为"
)
#: last characters that are evidence for a name (`_weight`): those of _PLACE_END and others
_NAME_END = frozenset(_PLACE_END + "门台寺庙宫祠井坨闸驾墩殿塔楼阁亭苑园渠堤崖谷关所头坑洼岗棚碑")
#: verbs of moving to a station, or of an office there, between an authority and the name
_MOVES = re.compile("调到|调任|来到|走进|分到|分配到|转业到|赶到|回到|当过|时任|现任|担任")
#: verbs that are also names of many stations
_VERB_NAMES = frozenset(
    listed("解放 建设 团结 胜利 和平 前进 跃进 互助 开发 振兴 复兴 开源 联合 长征 向阳 开拓 创业 爱国")
)
#: verbs and attributes that a name does not contain; the dictionary tags some of the verbs as nouns
_NO_NAMES = re.compile(
    "联系|指导|支持|帮助|领导|管理|服务|配合|协助|参与|组织|要求|部署|检查|督促|指挥|通知|报告|时任|现任|原任|所属|"
    "深化|强化|优化|细化|规范|狠抓|抓实|夯实|做强|做实|建强|健全|完善|撤并|撤销|合并"
)
#: adverbs that the dictionary tags as other parts of speech; a name does not start with an adverb and a verb
_HOW = frozenset(
    listed("全面 大力 全力 合力 着力 努力 重点 深入 扎实 统一 集中 有效 稳步 严格 认真 主动 科学 精准 创新")
)
#: a number with a unit, which is not a name: 三年, 两个
_NUMBERED = re.compile(r"[一二两三四五六七八九十几多数\d]+(?:年|个|家|次|座|级|名|所|天|月|任)")
#: dictionary frequency below which a verb may be the name of a place (擂鼓 205, 遥望 231); the verbs 抽调 (274) and
#: 下沉 (319) are not names
_SELDOM = 250
#: characters that alone are not the name of a station: 镇 in 前往|镇派出所
_GENERIC_END = frozenset("镇乡县街村市区城")
#: words before a former name
_FORMER = re.compile(
    r"(?:先后)?(?:称为|改称|曾用名|原名|原称|前身(?:是|为)|旧称|原为|叫作?|称作)[^。;\n更定现改]{0,30}$"
)
#: words after a former name: 南关派出所更名新华路派出所, 由梅山镇派出所更名而来
_RENAMED = re.compile(r"[^,。;\n派]{0,6}(?:更名|改名|易名|改称|改为|变更为|转隶为|转制为)(?:[而]来|为|成)?")
#: text before a former name in brackets: (原柳溪边防派出所)
_ONCE = re.compile(r"\(原(?:名|称|为)?$")
#: the character of a date directly before a name: 月 in 2016年6月|东湖派出所
_DATE_END = re.compile("[年月日号]")
#: the authority stated after the name: 隶属于阿勒泰边境管理支队, 今天归北京市公安局西城分局, 属重庆市公安局北碚区分局
_BELONGS = han.regex(
    r"[^。;\n]{0,16}?(?:隶属于?|归属?于?|属于?)(?P<authority>[\p{Han}]{2,12}?(?:公安局(?:[\p{Han}]{2,5}分局)?|公安分局|公安处|边境管理(?:支队|大队)))"
)
#: the authority stated in the clause before the name: 考进丽水市公安局莲都分局,分到了碧湖古镇派出所
_EARLIER = han.regex(
    r"(?:考[进入到]|进入|加入|来到|在|分到|分配到|调到|就职于|入职)(?P<authority>[\p{Han}]{2,12}?(?:公安局(?:[\p{Han}]{2,5}分局)?|公安分局|边境管理(?:支队|大队))),(?:后|又|被|再)?(?:分到|分配到|分配在|分在|派到|安排到|任职于|来到|先后在|在)了?\Z"
)
#: words after 派出所 for the resources of a station; a verb before 派出所 is then not a name (解放派出所警力)
_FREED = re.compile("警力|资源|活力|人手|人力|压力|负担|战斗力|潜力|动能")
#: a verb of visiting directly before 派出所, which has no name then
_VISITED = re.compile(r"(?:夜访|走进|走访|探访|再访|重访|回访|来到|走近|夜探|蹲点|驻点|直击|图为)\Z")
#: maximum length of a name, characters, not counting 派出所 (`_build` allows two more); the longest known names have 6
#: (遵义会议会址) and 7 (国际旅游度假区)
_NAME_MAX = 8
#: minimum length of a name, characters, not counting 派出所
_NAME_MIN = 1


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention of a station by its name."""

    name: str
    start: int
    end: int
    #: offset of the authority or the divisions before the name; equal to `start` without either
    authority_start: int
    authority: str | None
    #: administrative divisions before the name, outermost first
    chain: tuple[str, ...]
    #: whether the start of the name is certain
    clear: bool
    former: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """A station of the text: its most informative mention and how often it is mentioned."""

    name: str
    authority: str | None
    region: Region
    main: bool
    mention: Mention
    count: int
    former: bool = False


def _taken(doc: Doc, places: Gazetteer) -> list[Mention]:
    """Return the credible mentions of stations in the text, and record why other candidates are rejected."""
    cut = cache(doc.words.segment)
    proper = []
    for hit in _STATION.finditer(doc.s):
        if (read := _mention(doc.s, hit, places, doc.words)) is None:
            continue
        if (mention := _proper(read, doc.s, doc.words, cut)) is not None:
            proper.append(_once(mention, cut))
        else:
            left_out(doc, "station", "word", read.start, read.end)
    mentions = []
    for mention in _without_region(_settle(doc.s, proper), places) + _listed(doc.s):
        if _generic(mention.name) and not _special(mention):
            left_out(doc, "station", "sort", mention.start, mention.end)
        elif _awarded(doc, mention):
            left_out(doc, "station", "honour", mention.start, mention.end)
        else:
            mentions.append(mention)
    named, taken = Counter(mention.name for mention in mentions), []
    for mention in mentions:
        if _credible(mention, named, doc, doc.words):
            taken.append(mention)
        else:
            left_out(doc, "station", "single", mention.start, mention.end)
    return taken


def stations(doc: Doc, places: Gazetteer) -> tuple[Station, ...]:
    """Return the stations named in the text, the main one first. Sets `doc.main` and `doc.stations`.

    Without a station in the text, the result is empty, and `doc.main` is the first station named in the title or None.
    """
    mentions = _taken(doc, places)
    if not mentions:
        titled = [m for m in (_mention(doc.title, hit, places, doc.words) for hit in _STATION.finditer(doc.title)) if m]
        doc.main = next((m.name for m in titled if not _generic(m.name)), None)
        return ()
    counts = Counter(m.name for m in mentions)
    title = Counter({name: 4 for name in counts if name in doc.title})
    first = {name: index for index, name in reversed(list(enumerate(m.name for m in mentions)))}
    former = {m.name for m in mentions if m.former}
    rank = sorted(counts, key=lambda n: (n in former, -(counts[n] + title[n]), first[n]))
    main = rank[0]
    votes = places.context(doc.s)
    by_name: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_name.setdefault(mention.name, []).append(mention)
    found = tuple(_station(name, by_name[name], counts[name], name == main, places, votes) for name in rank)
    offsets = occurrences([s.name for s in found if not s.region.province], doc.s)
    found = tuple(
        s if s.region.province else replace(s, region=_located(doc.s, s.name, offsets, places, votes)) for s in found
    )
    offsets_of = occurrences([s.name for s in found if not s.authority], doc.s)
    if found[0].region.province is None and not _in_unknown_city(found[0], places):
        found = (replace(found[0], region=places.guess(doc.title + "\n" + doc.s)), *found[1:])
    found = tuple(_subordinate(doc.s, s, offsets_of, places, votes) for s in found)
    subject = _on_railway(doc.s, found[0], places) if _RAILWAY.search(found[0].authority or "") else found[0]
    subject = _in_stated_county(doc.s, subject, places)
    found = (_in_zone(doc.s, _in_only_county(doc.s, subject, places)), *found[1:])
    head = found[0].region
    found = tuple(
        s if s.main else _with_region(s, head, s.name in former, _from_one_station(doc.s, s.mention)) for s in found
    )
    doc.main, doc.stations = main, found
    return found


#: end of a list of stations, and the maximum length of the list, characters; not measured
_SEVERAL_END, _LIST = re.compile("[家个](?:派出所|(?:合并|并|整合)(?:而成|成|组建))"), 60
#: a list of stations before a number with 家 or 个: 白栎、桐木、荔坑、柳坡四家派出所
_SEVERAL = han.regex(
    r"(?P<list>[\p{Han}]{2,5}(?:、[\p{Han}]{2,5}){1,8}?(?:和[\p{Han}]{2,5})?)(?:等)?(?:[两二三四五六七八九十]|\d{1,2})[家个](?:派出所|(?:合并|并|整合)(?:而成|成|组建))"
)


def _listed(text: str) -> list[Mention]:
    """Return a mention for each station of a list (白栎、桐木、荔坑、柳坡四家派出所), with the span of its item."""
    found: list[Mention] = []
    several = (_SEVERAL.search(text, max(0, end.start() - _LIST), end.end()) for end in _SEVERAL_END.finditer(text))
    for match in filter(None, several):
        place = match.start()
        for part in re.split("([、和])", match["list"]):
            if part not in "、和":
                name = re.sub("^.*(?:探访|走访|辖|有|包括|来到|走进|由|将|把)", "", part)
                start = place + len(part) - len(name)
                found.append(Mention(name + "派出所", start, place + len(part), start, None, (), True))
            place += len(part)
    return found


def station_facts(doc: Doc, places: Gazetteer) -> list[Fact]:
    """Return the facts of kind station; a former name has the field `former_name_of`."""
    facts = []
    for station in stations(doc, places):
        mention = station.mention
        fields = {
            "name": station.name,
            "authority": station.authority,
            "province": station.region.province,
            "city": station.region.city,
            "district": station.region.district,
            "main": station.main,
        }
        if station.former:
            fields["former_name_of"] = doc.main
        facts.append(doc.fact("station", mention.authority_start, mention.end, VERSION, fields))
    return facts


def _generic(name: str) -> bool:
    """Return whether the words before 派出所 are common words instead of a name (基层派出所)."""
    return bool(_GENERIC.search(name.removesuffix("派出所")))


def _special(mention: Mention) -> bool:
    """Return whether the name is only a type, so that the authority identifies the station: 淳安县公安局水上派出所."""
    return mention.authority is not None and mention.name.removesuffix("派出所") in (
        "水上",
        "森林",
        "交通",
        "旅游",
        "机场",
    )


def _awarded(doc: Doc, mention: Mention) -> bool:
    """Return whether the mention is the title of an honour in quotation marks: “全国枫桥式派出所”."""
    quoted = doc.in_quotes(mention.start)
    return bool(
        quoted
        and quoted[1] == mention.end
        and quoted[0] >= mention.authority_start - 1
        and not doc.s[mention.end + 1 : mention.end + 5].startswith("的")
    )


def _mention(text: str, hit: re.Match[str], places: Gazetteer, words: Segmenter) -> Mention | None:
    """Return the mention that ends with the match `hit` of 派出所, or None if the words before `hit` are not a name."""
    end = hit.end()
    if text[end : end + 2] in ("建设", "标准") and text[hit.start() - 1 : hit.start()] == "安":
        return None
    run_match = _RUN.search(text, max(0, hit.start() - 30), hit.start())
    run = run_match[0] if run_match else ""
    inner = run.rfind("派出所")
    if inner >= 0:
        run = run[inner + 3 :]
        # a name joined to the name of another station: 横泾派出所与浦庄派出所
        if run[:1] in ("与", "和", "及") and len(run) <= _NAME_MAX:
            return _build(text, hit.start() - len(run) + 1, run[1:], 0, 0, None, (), True, end)
    base = hit.start() - len(run)
    if base and text[base - 1].isdigit() and _DATE_END.match(run):
        run, base = run[1:], base + 1
    cut = _authority_end(run, words)
    if not cut and _FREED.match(text, end) and run.endswith(tuple(_VERB_NAMES)):
        return None  # 解放 is a verb here: 智慧警务解放派出所警力
    if _VISITED.search(run):
        return None  # the station has no name: 记者夜访派出所
    if cut:
        authority_start, chain = _authority_start(run, cut, places)
        name = run[cut:]
        return _build(text, base, name, cut, authority_start, run[authority_start:cut], chain, True, end)
    mentions = [(s, e, n) for s, e, n in places.mentions(run) if len(run) - e >= 2]
    if mentions and len(run) - mentions[-1][1] <= _NAME_MAX:
        s, e, _ = mentions[-1]
        chain_parts = [part for _, part in places.chain_before(run, e)]
        start = places.chain_before(run, e)[0][0] if chain_parts else s
        return _build(text, base, run[e:], e, start, None, tuple(chain_parts), True, end)
    if inside := _short_places(run, places):
        start, stop, chain = inside
        return _build(text, base, run[stop:], stop, start, None, chain, True, end)
    town = han.search(r"[\p{Han}]{2,4}(?:街道|镇|乡)(?=[\p{Han}]{2,6}$)", run)
    before = text[base - 1] if base else "\n"
    stop = _last(_BEFORE_NAME, run)
    beside = han.search(r"派出所[和与、及](?=[\p{Han}]{2,7}\Z)", run)
    if beside:
        return _build(text, base, run[beside.end() :], beside.end(), beside.end(), None, (), True, end)
    if town and town.end() > stop and run[town.end() :][:1] not in "的和":
        return _build(text, base, run[town.end() :], town.end(), town.end(), None, (), True, end)
    if stop == 0 and len(run) <= _NAME_MAX:
        return _build(text, base, run, 0, 0, None, (), before in ",。:;!?“‘\n( 、", end)
    return _build(text, base, run[stop:], stop, stop, None, (), run.endswith(_NAMING, 0, stop), end)


#: words of naming; the start of a name directly after one of them is certain
_NAMING = ("更名", "更名为", "改名", "改名为", "易名", "改称", "称为", "原名", "曾用名", "旧称", "定名", "定名为")


def _short_places(run: str, places: Gazetteer) -> tuple[int, int, tuple[str, ...]] | None:
    """Return start, end and names of the divisions before a name (武汉蔡甸 in 武汉蔡甸柳湾街派出所), or None.

    The last division must be inside the one before it: one short name alone is often a word or a part of the name.
    """
    for stop in range(len(run) - 2, max(3, len(run) - _NAME_MAX - 1), -1):
        chain = places.chain_before(run, stop)
        if len(chain) < 2:
            continue
        outer, inner = places.codes(chain[-2][1]), places.codes(chain[-1][1])
        if any(code.startswith(wide) and code != wide for code in inner for wide in outer):
            return chain[0][0], stop, tuple(name for _, name in chain)
    return None


def _build(
    text: str,
    base: int,
    name: str,
    cut: int,
    authority_start: int,
    authority: str | None,
    chain: tuple[str, ...],
    clear: bool,
    end: int,
) -> Mention | None:
    """Return the mention of `name` with 派出所, which ends at `end`, or None if the name is too short or too long.

    `cut` and `authority_start` are relative to `base`. An initial 原 (former) of a name of at least four characters is
    removed.
    """
    if len(name) < _NAME_MIN or len(name) > _NAME_MAX + 2:
        return None
    former = bool(_FORMER.search(text, max(0, base + cut - 40), base + cut)) or bool(_RENAMED.match(text, end))
    if len(name) >= 4 and name.startswith("原"):
        name, cut = name[1:], cut + 1
    former = former or bool(_ONCE.search(text, max(0, base + cut - 4), base + cut))
    return Mention(name + "派出所", base + cut, end, base + authority_start, authority or None, chain, clear, former)


def _last(pattern: re.Pattern[str], run: str) -> int:
    """Return the end of the last match of `pattern` before the last two characters of `run`, or 0."""
    end = 0
    for match in pattern.finditer(run):
        if len(run) - match.end() >= 2:
            end = match.end()
    return end


def _authority_end(run: str, words: Segmenter) -> int:
    """Return the end of the last authority in `run` that is followed by a name, or 0."""
    end = 0
    for match in _AUTHORITY.finditer(run):
        if len(run) - match.end() >= 1:
            end = match.end()
    # 和 is a conjunction in 公安局和…, but part of the name in 分局和平桥
    if end and run[end] in "的在和与对" and len(words.segment(run[end:])[0]) == 1:
        return 0
    return end


def _authority_start(run: str, end: int, places: Gazetteer) -> tuple[int, tuple[str, ...]]:
    """Return the start of the chain of divisions and authorities that ends at `end`, and the divisions of the chain."""
    chain: list[str] = []
    place = end
    while place > 0:
        authority = [m for m in _AUTHORITY.finditer(run, 0, place) if m.end() == place]
        if authority:
            place = authority[0].start()
            continue
        step = places.chain_before(run, place)
        if step:
            chain[:0] = [name for _, name in step]
            place = step[0][0]
            continue
        town = han.search(r"公安局(?=[\p{Han}]{2,4}$)", run[:place])
        # a town, not a county, before 分局: 东莞市公安局虎门分局
        if town and place < end:
            place = town.end()
            continue
        zone = _ZONE.search(run, 0, place) if not chain else None
        if zone and zone.end() == place:
            place = zone.start()
            continue
        break
    stop = _last(_BEFORE_NAME, run[:place])
    # after a city missing from the division table, 清河 (云岭市公安局清河分局) is not the 清河 of the table
    if chain and places.in_unknown_place(run, place):
        return stop, ()
    body = _AUTHORITY.search(run, max(0, end - 8), end)
    # an unknown name before 公安局 belongs to the authority: 跟随某某公安局
    if not chain and body and place == body.start():
        place = stop if place - stop <= 6 else place
    return place, tuple(chain)


def _settle(text: str, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions with uncertain names replaced by certain names of other mentions.

    The certain name must be in the text at the end of the uncertain name. Former names are not replaced.
    """
    clear = Counter(m.name for m in mentions if m.clear)
    settled = []
    for uncertain in mentions:
        mention = uncertain
        if not mention.clear and not mention.former and text.endswith("派出所", 0, mention.end):
            longer = text[max(0, mention.end - 14) : mention.end]
            inside = [longer[size:] for size in range(len(longer)) if longer[size:] in clear]
            if inside:
                mention = _renamed(mention, max(inside, key=lambda n: (clear[n], len(n))))
        settled.append(mention)
    return settled


def _credible(mention: Mention, mentions: Counter[str], doc: Doc, words: Segmenter) -> bool:
    """Return whether the name is credible as the name of a station.

    A name is credible with an authority or a division before it, as a former name, as an item of a list, in the title,
    if it occurs twice, or after the name of another station. Any other name must look like a place (哈尔滨路, 西彭),
    unlike 老字号 and 工作重心, or be the only mention in the text.
    """
    if (
        mention.authority_start < mention.start
        or mention.former
        or mention.end - mention.start < len(mention.name)
        or mention.name in doc.title
    ):
        return True
    if mentions[mention.name] > 1 or doc.s.endswith(_COORDINATED, 0, mention.start):
        return True
    core = _TYPE.sub("", mention.name.removesuffix("派出所"))
    if not core or len(core) > 6 or core[0] in "第一" or core[:2] in ("首个", "首批", "首家") or core[-1] in "批个名位":
        return False
    return (
        core[-1] in _PLACE_END
        or words.kind(core) in ("ns", "nr", "nrt", "nz")
        or (words.kind(core) == "x" and len(core) <= 4)
        or mentions.total() == 1
    )


def _weight(mention: Mention, text: str, words: Segmenter, cut: list[str]) -> float:
    """Return the weight of the evidence that the whole name is the name of a station; positive if that is likely.

    Evidence for it is, for example, an authority or a verb such as 走进 before the name, a last character typical of
    places, or an unknown word (公安局|落马坡). Evidence against it is a verb (公安局|加强|派出所建设), a particle or a number.
    """
    core = mention.name.removesuffix("派出所")
    bare = _TYPE.sub("", core) or core
    if (
        len(bare) < 2
        or set(core) & _PARTICLES
        or _NUMBERED.match(core)
        or _NO_NAMES.search(core)
        or core[0] in "其此该他她我你"
    ):
        return -5.0
    kind = words.kind(bare)
    weight = 1.5 if mention.clear and mention.authority_start < mention.start else 0.0
    lead = next((word for word in _LEADS if text.endswith(word, 0, mention.start)), "")
    weight += 1.0 if lead else 0.5 if mention.clear else 0.0
    weight += 1.0 if bare != core else 0.0
    if kind == "ns" or bare in _VERB_NAMES:
        return weight + 2.0
    if _done_how(cut, words):
        return -5.0
    verbs = [word for word in cut if len(word) > 1 and _acting(word, words)]
    if bare in verbs or (len(cut) > 1 and cut[-1] in verbs):
        rare = all(words.frequency.get(word, 0) < _SELDOM for word in verbs)
        # a rare verb after an authority may be a name: 公安局|擂鼓派出所
        seldom = rare and mention.authority_start < mention.start
        return weight - (1.5 if seldom else 4.0)
    if bare[-1] in _NAME_END and len(bare) > 2:
        weight += 2.0
    elif kind == "x":
        weight += 1.0
    elif kind[0] in "nlisa":
        weight += 0.5
    if verbs:
        rest = bare.removeprefix(verbs[0])
        weight -= 4.0 if rest in _GENERIC_END and words.frequency.get(verbs[0], 0) >= _SELDOM else 1.0
    if core[0] in _LEADING and kind == "x" and not weight > 2.0:
        weight -= 0.5 if lead or mention.authority_start < mention.start or bare[-1] in _NAME_END else 2.0
    # an end in _LEADING (characters that are mostly verbs or prepositions) counts less against a rare name of two
    # characters if the name follows one of _LEADS or has a certain start: 真如, 人和
    shown = lead or mention.clear
    return weight - (
        (0.5 if shown and words.frequency.get(bare, 0) < 50 and len(bare) == 2 else 3.0)
        if bare[-1] in _LEADING and kind not in ("nz", "nr", "nrt")  # names in the dictionary may end in _LEADING: 永和
        else 0.0
    )


def _done_how(cut: list[str], words: Segmenter) -> bool:
    """Return whether the words `cut` of a name start with an adverb and a verb: 公安局|进一步|强化|派出所建设."""
    # shorter words may be parts of a name: 真如 is segmented into an adverb and a verb
    if len(cut) < 2 or len(cut[0]) < 2 or len(cut[1]) < 2:
        return False
    return (words.kind(cut[0]) in ("d", "ad") or cut[0] in _HOW) and words.kind(cut[1])[0] == "v"


def _acting(word: str, words: Segmenter) -> bool:
    """Return whether `word` is a frequent verbal noun, or has a tag of _NOT_NAME (verb, adverb) and is not rare."""
    kind = words.kind(word)
    common = kind == "vn" and words.frequency.get(word, 0) > 2000
    # the dictionary tags some rare names as verbs and adverbs: 人和, 真如, 悦来
    rare = words.frequency.get(word, 0) < 50
    return common or (kind[0] in _NOT_NAME and kind not in ("vn", "an") and not rare)


def _proper(mention: Mention, text: str, words: Segmenter, segment: Callable[[str], list[str]]) -> Mention | None:
    """Return the mention without verbs and particles before the name, or None if no name is left.

    推动派出所 and 加入了派出所 do not name a station; 新任雷锋派出所 names 雷锋派出所.
    """
    core = mention.name.removesuffix("派出所")
    # the name follows a verb of moving: 刑侦大队|副大队长任上调到|崮前
    if (lead := _last(_MOVES, core)) and len(core) - lead >= 2:
        start = mention.end - len(core) - 3 + lead
        mention = replace(
            mention, name=core[lead:] + "派出所", start=start, authority_start=start, authority=None, chain=()
        )
        core = core[lead:]
    cut = segment(core)
    authority = mention.clear and mention.authority_start < mention.start
    if core.endswith("有") and authority:
        return None  # a number of stations, not a name: 瓜州县共有派出所12个
    if _special(mention) or _weight(mention, text, words, cut) > 0.0:
        return mention
    if authority or core == "夜访" or _NUMBERED.match(core) or _NO_NAMES.search(core):
        return None
    return _trimmed(mention, cut, words)


def _trimmed(mention: Mention, cut: list[str], words: Segmenter) -> Mention | None:
    """Return the mention with only the words of `cut` after the last verb or particle; None if they are not a name."""
    kept: list[str] = []
    for word in reversed(cut):
        kind = words.kind(word)
        if not kept and word in _LEADING:
            return None  # a preposition before 派出所: 最远的管理点距派出所
        if not kept and word in _PLACE_END:
            kept.append(word)  # the last character is part of a place, not a verb: 石泉县站
            continue
        if kind[0] in _NOT_NAME and kind not in ("vn", "an") and not (len(word) >= 3 and kind[0] == "v"):
            if len("".join(kept)) == 1 and kept[0] in _ROAD and kept[0] not in _GENERIC_END:
                kept.insert(0, word)
            elif len("".join(kept)) == 1:
                kept.clear()
            break
        kept.insert(0, word)
    name = "".join(kept)
    if not name or name in _GENERIC_END:
        return None
    if len(name) == len("".join(cut)):
        return mention if words.kind(name) not in ("vn", "v", "b") else None
    start = mention.end - len(name) - 3
    return replace(mention, name=name + "派出所", start=start, authority_start=start)


def _once(mention: Mention, segment: Callable[[str], list[str]]) -> Mention:
    """Return the mention without 原 (former) before the name (原|城东派出所), unless 原 is part of the name (原种场派出所)."""
    core = mention.name.removesuffix("派出所")
    return (
        _renamed(mention, mention.name[1:])
        if len(core) > 2 and core[0] == "原" and segment(core)[0] == "原"
        else mention
    )


def _renamed(mention: Mention, name: str) -> Mention:
    """Return the mention with another `name` that ends at the same offset."""
    start = mention.end - len(name)
    keep = mention.authority_start if mention.authority else start
    return replace(mention, name=name, start=start, authority_start=min(keep, start))


def _without_region(mentions: list[Mention], places: Gazetteer) -> list[Mention]:
    """Move a province or city from the start of a name to the divisions if the text also uses the rest as a name.

    西藏珠峰边境派出所 becomes 珠峰边境派出所. A name with an authority does not change.
    """
    names = {m.name for m in mentions}
    kept = []
    for full in mentions:
        mention = full
        for size in (2, 3):
            rest = full.name[size:]
            if not full.authority and rest in names and full.name[:size] in places.short:
                mention = replace(full, name=rest, start=full.start + size, chain=(full.name[:size], *full.chain))
        kept.append(mention)
    return kept


def _station(name: str, own: list[Mention], count: int, main: bool, places: Gazetteer, votes: Counter[str]) -> Station:
    """Return the station `name` with its most informative mention and the region of its longest chain of divisions."""
    best = max(own, key=lambda m: (bool(m.authority), len(m.chain), -m.start))
    chain = max((m.chain for m in own), key=len)
    return Station(name, best.authority, places.resolve(chain, votes), main, best, count)


def _in_unknown_city(station: Station, places: Gazetteer) -> bool:
    """Return whether the authority names a city that is not in the division table: 云岭市公安局清河分局."""
    authority = station.authority or ""
    return "市" in authority and places.in_unknown_place(authority, authority.index("市") + 1)


#: words after a station's name that state its location; `where` is the place: 位于|中山市古镇镇
_LOCATED = re.compile(r"[^。;\n]{0,10}?(?:位于|地处|坐落[于在]|隶属于?|座落[于在])(?P<where>[^。;\n]{2,30})")


def _located(text: str, name: str, offsets: dict[str, list[int]], places: Gazetteer, votes: Counter[str]) -> Region:
    """Return the region that the text states after the name (海洲派出所位于中山市古镇镇), or an empty region."""
    for start in offsets.get(name, ()):
        match = _LOCATED.match(text, start + len(name))
        where = places.known(match["where"]) if match else []
        if where:
            return places.resolve(where, votes)
    return Region()


def _in_only_county(text: str, station: Station, places: Gazetteer) -> Station:
    """Return the station with the only county of its city that the text names, if its district is unknown.

    Stations of the police of a city or a railway are not changed, because these police have several counties.
    """
    region = station.region
    if region.district or not region.city or re.search("市公安局|铁路|公安处", station.authority or ""):
        return station
    within = tuple(code[:4] if len(code) >= 4 else code for code in places.codes(region.city))
    named = {code for name in places.known(text) for code in places.codes(name) if len(code) == 6}
    branches = (
        places.codes(match["district"])
        for match in _BRANCH.finditer(text)
        if region.city in text[max(0, match.start() - 8) : match.start()]
    )
    named |= {code for codes in branches for code in codes if len(code) == 6 and code.startswith(within)}
    inside = [code for code in named if code.startswith(within)]
    return replace(station, region=places.region(inside[0])) if len(inside) == 1 and within else station


#: a functional zone that governs the place of a station: 现属长沙市高新区管辖的雷锋街道
_GOVERNED = han.regex(
    r"(?:隶?属于?|由|归)(?P<city>[\p{Han}]{2,6}?市)?(?P<zone>[\p{Han}]{0,6}?(?:高新区|经开区|开发区|新区|示范区))(?:管辖|代管|托管)(?:的)?(?P<place>[\p{Han}]{2,6})?"
)


def _in_zone(text: str, station: Station) -> Station:
    """Return the station with a functional zone (高新区, 开发区) as its district.

    The text says that this zone governs the place in the name of the station. Only a station with a city and without a district is changed.
    """
    region, core = station.region, station.name.removesuffix("派出所")
    if region.district or not region.city:
        return station
    for match in _GOVERNED.finditer(text):
        if match["city"] in (None, region.city) and core in (match["place"] or ""):
            return replace(station, region=replace(region, district=match["zone"]))
    return station


def _subordinate(
    text: str, station: Station, offsets: dict[str, list[int]], places: Gazetteer, votes: Counter[str]
) -> Station:
    """Return the station with the authority that the text states after its name or in the clause before its name.

    The station also takes the region of this authority if that region has a district or the station has no region. A
    station that has an authority or is a former name is returned unchanged.
    """
    if station.authority or station.former:
        return station
    for start in offsets.get(station.name, ()):
        match = _BELONGS.match(text, start + len(station.name)) or _EARLIER.search(text, max(0, start - 40), start)
        if match:
            authority = match["authority"]
            head = _AUTHORITY_HEAD.search(authority)
            chain = [name for _, name in places.chain_before(authority, head.start() if head else 0)]
            region = places.resolve([*chain, *_branch(authority, places)], votes)
            better = region.district or not station.region.province
            return replace(
                station, authority=authority, region=region if better and region.province else station.region
            )
    return station


#: the words of an authority that follow its administrative divisions: 公安 in 浙江省丽水市公安局莲都分局
_AUTHORITY_HEAD = re.compile("公安|边境管理|\\Z")
#: a branch of a city's police: 莲都分局
_BRANCH = han.regex(r"公安局(?P<district>[\p{Han}]{2,4}?)(?:区)?分局")


def _branch(authority: str, places: Gazetteer) -> list[str]:
    """Return a list with the district in the name of a branch (莲都) if it is in the division table, else []."""
    match = _BRANCH.search(authority)
    return [match["district"]] if match and places.codes(match["district"]) else []


def _with_region(station: Station, head: Region, former: bool, one: bool) -> Station:
    """Return the station with the region of the main station (`head`).

    A former name of the main station takes the whole region. So does a station without a region that was once `one`
    with the main station. Any other station without a region takes only province and city.
    """
    region = station.region
    if former or (one and region.province is None):
        region = head
    elif region.province is None:
        region = Region(head.province, head.city, None)
    return replace(station, region=region, former=former)


#: words before (_PARTED) and after (_MERGED) the name of a station which once was one with the main station, or shared
#: its rooms: 从|沙岑派出所|分出来, 与|李家窑派出所|合署
_PARTED = re.compile("(?:[从由]|[与和同跟](?:相邻|邻近)?的?)$")
_MERGED = re.compile("(?:中|里)?(?:分出|划出|析出|拆出|分离|分设|分家|独立|单设|合并|合署|整合|并入)")


def _from_one_station(text: str, mention: Mention) -> bool:
    """Return whether the text says that the station was divided from, or joined to, the main station."""
    start = mention.authority_start
    return bool(_MERGED.match(text, mention.end) and _PARTED.search(text, max(0, start - 5), start))


#: the police of a railway; the city in their name is their seat, not the place of the station
_RAILWAY = re.compile("铁路")
#: words before (_AT) and after (_WITHIN) the county in which the station or its precinct is: 守着|旬阳市|境内
_AT = han.regex(
    "(?:位于|地处|坐落[于在]|座落[于在]|扎根在?|驻扎在|驻守在?|守护?着|(?:辖区|管段|管区|沿线)(?:都|全)?[在有是])(?:[\\p{Han}]{2,8}?[省州盟市]|[\\p{Han}]{2,3})?$"
)
_WITHIN = han.regex(
    "境内|的(?:这[个座家所])?派出所|的?(?:这[个座])?(?:小站|车站|站区)|[\\p{Han}]{2,4}[镇乡](?:的|[,。;]|境内)"
)
_MAIN_PLACE = re.compile("位于|地处|坐落|座落|扎根|驻|守|辖区|管段|管区|沿线")


def _stated_counties(text: str, places: Gazetteer) -> set[str]:
    """Return the codes of the counties in which the text says that the station or its precinct is."""
    found: set[str] = set()
    for start, end, name in places.mentions(text):
        codes = [code for code in places.codes(name) if len(code) == 6]
        if len(codes) != 1 or places.in_unknown_place(text, start):
            continue
        at, within = _AT.search(text, max(0, start - 24), start), _WITHIN.match(text, end, min(len(text), end + 8))
        strong = at is not None and _MAIN_PLACE.search(at[0]) is not None
        if strong and (within or re.match("的\\d|的[一两三四五六七八九十]", text[end : end + 2])):
            found.add(codes[0])
    return found


def _in_stated_county(text: str, station: Station, places: Gazetteer) -> Station:
    """Return the station with the county in which the text says that the station or its precinct is.

    Only a station with a city and without a district is changed, and only if the text states one county of this city.
    """
    region = station.region
    if region.district or not region.city:
        return station
    stated = {code for code in _stated_counties(text, places) if places.region(code).city == region.city}
    return replace(station, region=places.region(stated.pop())) if len(stated) == 1 else station


def _on_railway(text: str, station: Station, places: Gazetteer) -> Station:
    """Return the station of a railway with the region that the text states, else without a region.

    The first of these that applies is the region:

    - the only county in which the text says that the station or its precinct is;
    - the only county that the text names, if it is in the city of the police or the text also names the county's city;
    - the unchanged region of the station, if the text names the city of the police outside the name of the police.
    """
    stated = _stated_counties(text, places)
    if len(stated) == 1:
        return replace(station, region=places.region(stated.pop()))
    rest = text.replace(station.authority or "", "")
    city = station.region.city
    named = {code for name in places.known(rest) for code in places.codes(name) if len(code) == 6}
    if len(named) == 1:
        region = places.region(named.pop())
        if region.city and (region.city == city or shorten(region.city) in rest):
            return replace(station, region=region)
    return station if city and _apart(rest, shorten(city)) else replace(station, region=Region())


def _apart(text: str, city: str) -> bool:
    """Return whether the text names the city outside the names of a railway and of its police and other offices."""
    return re.search(city + "(?!铁路|[^,。]{0,4}公安处|客运段|车务段|局)", text) is not None
