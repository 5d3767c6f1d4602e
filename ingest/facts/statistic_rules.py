"""Rules that decide which numbers are statistics: what the station or its people did, had, got or prevented."""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.facts import count_context
from ingest.facts.count_context import CountContext
from ingest.facts.count_extraction import Count, clause_lead, lead, noun_after
from ingest.facts.document import Doc
from ingest.facts.goal_wording import is_goal
from ingest.facts.lazy_property import lazy
from ingest.facts.rule_engine import RuleSet, When, Window, leave, take
from ingest.facts.statistic_metric import metric_of, only_when, own_lead, table_noun
from ingest.facts.worded_statistics import Stat
from ingest.zh import han
from ingest.zh.numbers import Quantity
from ingest.zh.segment import listed

#: units of equipment; numbers with them are accepted with any noun (1部卫星电话)
_GEAR = frozenset(listed("部 台 辆 艘 架 匹 顶 间"))
#: nouns whose numbers are not statistics: parts of a method or a document, times, things of a story (眼神, 梦)
_STRUCTURE = han.regex(
    r"[\p{Han}]{0,3}(?:方面|部分|环节|单元|措施|中心(?!户)|转变|维度|抓手|层面|步骤|阶段|关键|板块|原则|要素|条件|字|问号|回合|角度|大类|特点|亮点|目标|到位|不漏|一律|必须|不准|统一|结合|关口|支点|轮子|难题|瓶颈|时代|世纪|年头|"
    r"夜晚|晚上|星期|月份|昼夜|钟头|学期|季度|春秋|电话|眼神|故事|画面|角落|细节|梦|名字|问题是|心愿)"
)
#: words before an earlier value, which is only the base of a comparison
_REFERENCE = re.compile(r"(?:去年同期|上年同期|(?:上年|去年|前年|此前|过去|原来|以前|[比较]\d{4}年)的)[^,。;\d]{0,4}$")
#: words before a number that is not a statistic: for each person or group (每人), a batch (首批), a selection (从)
_PER = han.regex(
    r"(?=[平每首第夜值至载从这那上其列入前一人])(?:(?:每人|人均|一[个名](?:社区)?(?:民警|人))[^,。;]{0,6}$|平均每?[名个位户村组人家所]|每$|每[名个位户村组][\p{Han}]{0,4}$|首批$|第[一二三四五六七八九十]+批$|夜班|值班[\p{Han}]{0,3}$|至少|载有|(?:从|这|那|上述|其余|列入|入选|前)$)"
)
#: nouns for the staff after (_FORCE_NOUN) and before (_FORCE_BEFORE) the number. Such a number is a statistic only if
#: a word of _PARTY is near: 10名民警…组成, 派驻28名党员民警
_FORCE_NOUN = han.regex("[\\p{Han}]{0,6}(?:民警|辅警|干警|警力|警员|辅警|护边员|官兵)")
_FORCE_BEFORE = re.compile("(?:民警|辅警|干警|警力|警员|护边员|官兵)(?:共|各|有|约)*$")
_PARTY = re.compile(
    r"组成|轮岗|轮班|组织|派驻|选派|抽调|安排|成了|下沉|兼任|每组|配[了备有]?(?=[^,。]{0,4}\d)|专司|专职|专门|考取|联系|结对|驻村|入驻|进驻|对接"
)
#: an approximate number with two numerals side by side, which is not a statistic: 六七十, 七八千
_ROUGH = re.compile("[一二两三四五六七八][二三四五六七八九][十百千万]")
#: words for a few, which are not a statistic: 三两起
_FEW = re.compile("三两|两三|三五|一两")
#: words for rooms and buildings; an area in 平方米 is a statistic only beside one of them
_FLOOR = re.compile(
    "面积|建筑|占地|新建|大楼|用房|平房|大厅|中心|场地|阵地|改造|办公|空间|陈列|荣誉室|指挥室|调解室|院"
)
#: words before a percentage that make it a rate (群众满意度达98.5%), which is a statistic
_RATE = re.compile(r"率|占|比例|满意度|安全感|覆盖|达|程度|以上|见警|指数")
#: maximum floor space of a station, square metres; the largest one of the labelled texts has 12,000
_LARGEST_FLOOR = 100_000
#: minimum amount of money that is a statistic, yuan; not measured
_SMALL_MONEY = 1000


#: nouns for divisions (_PLACES; _PLACE for those of one character); their numbers are statistics only with a verb of
#: _REACHED
_PLACES = han.regex(
    "(?:[\\p{Han}]{0,2}(?:行政|自然)村|村屯|社区(?![\\p{Han}])|乡镇|街道(?![\\p{Han}])|牧民小组|村民小组|居委会|[\\p{Han}]?寨(?![\\p{Han}]))"
)
_PLACE = frozenset(("村", "寨", "乡", "镇", "屯"))
_REACHED = re.compile(
    "包[了下揽]|覆盖|走遍|跑遍|走访|涉及|惠及|联系|包联|建[成起立了]|联合|签|结对|推广|选派|成为|创建|评"
)
#: minimum number in Chinese numerals with a unit of _LOOSE; a smaller one is a way of speaking (两层); not measured
_MANY = 100
_LOOSE = frozenset("批层期班分本块把顶盏节堂对组亩棵株只头回遍斤") | {"公斤"}


#: words after a number that is not a statistic: the rest of a house number (_FLAT), a quoted title (_AWARDED)
_FLAT = re.compile(r"[栋号楼]?\d{0,4}(?:室|单元|号)")
_AWARDED = re.compile(r"“[^”]{2,16}(?:单位|集体|派出所|个人)”")


#: a place before the number of its inhabitants, which is not a statistic: 罗店镇六万八千人
_TOWN = re.compile("(?:[镇乡县市区村岛寨]|街道|社区)(?:共|有|约|近|总共|一共)*$")
#: verbs (and 共) before a number of people whom the police found, helped or caught
_DONE_TO = re.compile(
    "(?:共|救[了出下回]?|找[到回]|抓[了获]?|帮[了助]?|助|劝[返回阻]?|转移|背[了出下]?|送[医回]?|处理|服务)(?:了|来|出|下)*$"
)


def _joins(between: str) -> bool:
    """Return whether the words between two figures make the figures parts of one list."""
    return re.fullmatch("[,、和及与]|以及|还有", between) is not None


#: units that count people, households or times
_HEADS = ("户", "人", "人次", "万人次", "户次")


class Figure(CountContext):
    """A number that no other kind claimed, with all numbers of the text and the statistics found before it."""

    def __init__(self, doc: Doc, counts: list[Count], position: int, found: list[Stat], changed: bool) -> None:
        super().__init__(doc, counts[position], None)
        self.counts, self.position, self._found = counts, position, found
        #: whether the number states by how much something changed
        self.changed = changed
        self.unit = self.quantity.unit.removeprefix("万")
        self.measured = _measured(doc, self.count, self.unit)

    @lazy
    def metric(self) -> tuple[str, int, int]:
        """The metric, with start and end of the quote; a missing metric in a list is that of the previous statistic."""
        metric, start, end = metric_of(self.doc, self.count)
        metric = table_noun(metric)
        last = self._found[-1] if self._found and not metric else None
        return (last.metric if last is not None and self._follows(last) else metric), start, end

    def _follows(self, last: Stat) -> bool:
        """Return whether the number counts the same things as the previous statistic."""
        unit, between = self.quantity.unit, self.doc.s[last.end : self.quantity.start]
        if re.fullmatch("[和、与及]?", between) and (last.unit == unit or last.end == self.quantity.start):
            return True  # a list with one unit: 14起和9起
        if between == "、" and unit in _HEADS and last.unit in _HEADS:
            return True  # the same people in two units: 走访群众4327户、1.6万人次
        when = last.unit == unit and only_when(own_lead(self.doc, self.count))
        # the same figure for another year: 2021年四十起,去年九起
        return bool(when and last.start >= self.count.sentence[0])

    @property
    def noun_behind(self) -> str:
        """The noun directly after the unit."""
        return noun_after(self.doc, self.count)


def _is(test: Callable[[Figure], object]) -> When[Figure]:
    return When(test)


def number(test: Callable[[Quantity], object]) -> When[Figure]:
    """Return the condition that `test` is true for the quantity of the figure."""
    return When(lambda c: test(c.quantity))


def _unit(*units: str) -> When[Figure]:
    return When(lambda c: c.unit in units)


# the windows of `count_context`, typed for figures
before: Window[Figure] = count_context.before
after: Window[Figure] = count_context.after
clause_after: Window[Figure] = count_context.clause_after
noun_behind: Window[Figure] = Window(lambda c: c.noun_behind)
#: from 12 characters before the number's clause to 24 after the number, inside the sentence; rules search it for verbs
#: of work (走访) and words for a group (组成)
around: Window[Figure] = Window(
    lambda c: c.doc.s[
        max(c.count.sentence[0], c.doc.clause(c.quantity.start)[0] - 12) : min(c.count.sentence[1], c.quantity.end + 24)
    ]
)
sentence_before: Window[Figure] = Window(
    lambda c: c.doc.s[max(c.count.sentence[0], c.quantity.start - 60) : c.quantity.start]
)
_SHARE = _unit("%", "成")
_NO_UNIT = _is(lambda c: not c.unit)
_FRACTION = _NO_UNIT & number(lambda q: q.value is not None and 0 < q.value < 1)
_MEASURED = _is(lambda c: c.measured)
_HAN = number(lambda q: q.han)
# the patterns are tested first, because segmenting the words takes longer
_STAFF = (after.starts(_FORCE_NOUN.pattern) & noun_behind.starts(_FORCE_NOUN.pattern)) | (
    _is(lambda c: _FORCE_BEFORE.search(c.count.before)) & ~noun_behind(".")
)

#: what happened to the people counted (source of a regular expression)
_OUTCOMES = r"^[\p{Han}、]{0,8}(?:获救|脱险|平安|安全|受伤|获奖|立功|入选|就业|落网|到案|归案|自首|被捕|获刑|刑拘|行拘|拘留|戒毒|入群|入会|上岸|当上|聘为|无一伤亡|开了|,(?:无一|全部|全都|一[个人张户]没))"

#: large numbers without a unit; they count visitors, followers or vehicles named before them
_VISITORS = (
    _NO_UNIT
    & number(lambda q: (q.value or 0) >= 1000)
    & before("(?:游客|客流量?|旅客|粉丝|点击量?|浏览量?|车流量?|人流量?)[^,。]{0,3}$")
)

RULES: RuleSet[Figure] = RuleSet(
    "statistic",
    4,
    "numbers that no other kind took",
    take("change", _is(lambda c: c.changed), "it says how much something rose or fell", "刑事警情同比下降【45.3%】。"),
    leave(
        "other unit",
        ~_unit("", "%", "成", "路") & ~_is(lambda c: _counted(c.doc, c.unit)) & ~_MEASURED,
        "its unit is one of age, time, distance or rank, not of work or equipment",
        "民警救助【83岁】的老人。",
    ),
    leave(
        "bare number",
        _NO_UNIT & ~_FRACTION & ~_is(lambda c: _bare(c.doc, c.count)) & ~_VISITORS,
        "it has no unit, and is small or without a noun",
        "年号是【1368】。",
    ),
    leave(
        "rest of a duration",
        after.starts("半(?:小时|个|钟|月|天|年|里|多)|多?个?(?:小时|钟头|星期)"),
        "it is a duration",
        "民警去年累计巡逻【5个】多小时。",
    ),
    leave(
        "goal",
        _is(lambda c: is_goal(c.doc, c.quantity.start, c.quantity.end)),
        "it is a goal",
        "力争全年化解纠纷【300起】。",
    ),
    leave(
        "heading",
        _is(lambda c: c.doc.heading(c.quantity.start)),
        "it stands in a heading or a caption",
        "化解纠纷【300起】\n城关派出所很小。\n",
    ),
    leave(
        "for each",
        before(_PER.pattern),
        "it is a number for each person or group, a batch or a selection",
        "平均每名民警化解纠纷【30起】。",
    ),
    leave(
        "not yet done",
        before("(?:要|想|打算|准备|愿意|答应)(?:再|先)?(?:给|送|交|转|汇|出)(?:他|她|民警|派出所)?$"),
        "somebody wants to do it",
        "失主要给【10000元】酬谢,民警摆手。",
    ),
    leave(
        "rough in words",
        number(lambda q: q.han and q.approx == "about") & _is(lambda c: _ROUGH.match(c.doc.s, c.quantity.number_start)),
        "two numerals side by side are a way of telling",
        "他刚来时一年要调解纠纷【六七十起】。",
    ),
    leave(
        "only one",
        _is(lambda c: c.doc.s.startswith("一一", c.quantity.number_start) and c.before.endswith("唯")),
        "唯一 stands before it",
        "她是所里唯【一一位】女所长。",
    ),
    leave(
        "a few",
        number(lambda q: q.han) & _is(lambda c: _FEW.match(c.doc.s, c.quantity.number_start)),
        "three or two is a way of telling",
        "全年扒窃报警也就【三两起】。",
    ),
    leave(
        "a part",
        _unit("部") & after.starts("分(?!局)"),
        "it is a part of something",
        "他的收入【一部】分给老人,一部分给孩子。",
    ),
    leave(
        "more than so many",
        _unit("栋", "间", "户") & before("没有?(?:发生|出)过?(?:一[次起场])?[^,。;]{0,4}$"),
        "it says what did not happen",
        "八年没发生过一次烧【3栋】以上的火灾。",
    ),
    leave(
        "demand",
        before("(?:要求|规定|必须|应当|须)[^,。]{0,12}(?:每[年月周天]|至少|不少于)[^,。]{0,6}$"),
        "it is what a rule or an order demands",
        "县局要求每月走访群众【30次】。",
    ),
    leave(
        "comparison",
        before("(?:相当于|约等于|等于|好比|不亚于|像|如同|仿佛)$"),
        "it is a comparison",
        "这片海相当于【2800个】足球场,民警每天巡逻。",
    ),
    leave(
        "awarded to many",
        before("(?:表彰|评选|命名|评出|遴选)[^,。;]{0,14}$"),
        "it is the number of those who were awarded",
        "大会共表彰全国优秀公安局【90个】。",
    ),
    leave(
        "several bodies",
        clause_after("^(?:部委|部门|单位|委办局)"),
        "it is the number of bodies that acted together",
        "民警找来县里【6个】部门联合办公。",
    ),
    leave(
        "in whose eyes",
        clause_after("^[^,。]{0,6}(?:嘴里|口中|口里|眼里|眼中|心里|心中|心目中)"),
        "it says what people call or think of somebody",
        "她是【30000名】村民嘴里的阿莉。",
    ),
    leave("storeys", _unit("层"), "it describes a building", "新建的办公楼共有【7层】。"),
    leave(
        "one beat",
        _is(lambda c: _on_a_beat(c.doc, c.count)) & ~before("{:statistic.work_verbs}"),
        "it describes the beat of one officer",
        "他负责的楼里有【300户】人家。",
    ),
    leave(
        "told before",
        _is(lambda c: _repeats_profile(c.doc, c.count)),
        "it repeats a figure about the station",
        "派出所下辖96个自然村。他去年跑遍了【96个】村。",
    ),
    leave(
        "ordinal or address",
        _is(
            lambda c: (
                c.doc.s[c.quantity.start - 1 : c.quantity.start] in ("第", "·", "-")
                or _FLAT.match(c.doc.s, c.quantity.end)
            )
        ),
        "it is an ordinal, a house number or a part of a name",
        "调解室在第【300次】会议后成立。",
    ),
    leave("range", number(lambda q: q.high is not None), "it is a range", "每天化解纠纷【30至50起】。"),
    leave(
        "before a change",
        after.starts("(?:下降|减少|压降|锐减|骤减|缩短|降|增加|上升|提升)(?:到|至|为)"),
        "it is the earlier value of a change",
        "电诈案件【300起】降到个位数。",
    ),
    take(
        "rate",
        (_SHARE | _FRACTION)
        & (before(_RATE.pattern) | after.starts("的(?:警情|案件|纠纷|问题|群众|民警|矛盾|业务|事项)")),
        "a percentage, with words for a rate before it",
        "群众满意度达【98.5%】。",
    ),
    leave("share of something", _SHARE | _FRACTION, "nothing says what it is a share of", "他把电量用到了【5%】。"),
    leave(
        "quoted",
        _is(lambda c: (quoted := c.doc.in_quotes(c.quantity.start)) and quoted[1] - quoted[0] <= 16),
        "it is a part of a name or a saying",
        "派出所推行“每天走访【10户】”。",
    ),
    leave(
        "earlier value",
        before(_REFERENCE.pattern),
        "it is the earlier value of a comparison",
        "警情比去年同期的【300起】少。",
    ),
    leave(
        "part of a method",
        ~_is(lambda c: c.unit in _GEAR) & clause_after("^" + _STRUCTURE.pattern),
        "it counts the parts of a method or a document, or a time",
        "派出所抓好【300个】方面。",
    ),
    leave(
        "people of a place",
        _unit("人", "口人") & _is(lambda c: _TOWN.search(c.count.before)),
        "it is the population of a place",
        "罗店镇有【68000人】。",
    ),
    leave(
        "households of a population",
        _unit("户")
        & after.starts("、")
        & _is(
            lambda c: (
                c.position + 1 < len(c.counts) and c.doc.claims.get(c.counts[c.position + 1].index) == "population"
            )
        ),
        "the number of people follows",
        "派出所服务群众【1200户】、常住人口4632人。",
    ),
    leave(
        "individuals",
        _unit("个") & after.starts("人") & ~_is(lambda c: _DONE_TO.search(c.count.before)),
        "so many people are told of in the story",
        "走访时【20个】人围着他。",
    ),
    leave(
        "not floor space",
        _unit("平方米")
        & (
            number(lambda q: (q.value or 0) > _LARGEST_FLOOR)
            | ~_is(lambda c: _FLOOR.search(c.before + c.doc.s[c.quantity.end : c.quantity.end + 6]))
        ),
        "it is not the floor space of the station",
        "村里有【3000平方米】水塘。",
    ),
    leave(
        "points of a match",
        _unit("分") & ~before("积分|得分|评分|测评|满意|安全感"),
        "it is a time or a mark",
        "他跑了【100分】。",
    ),
    leave(
        "small sum",
        _unit("元") & number(lambda q: (q.value or 0) < _SMALL_MONEY),
        "it is a small sum of the story",
        "他帮老人垫付【30元】。",
    ),
    leave(
        "places",
        (after.starts(_PLACES.pattern) | _is(lambda c: c.after[:1] in _PLACE and c.noun_behind in _PLACE))
        & ~before(_REACHED.pattern),
        "it counts places, and nothing was done there",
        "派出所去年收到【12个】行政村的信。",
    ),
    leave(
        "way of speaking",
        _is(
            lambda c: (
                c.unit in _LOOSE
                and ((c.quantity.han and (c.quantity.value or 0) < _MANY) or re.search("第|首|一$", c.before[-2:]))
            )
        ),
        "small numbers with this unit are a way of speaking",
        "民警发放了【三十本】册子。",
    ),
    leave(
        "title follows",
        _is(lambda c: _AWARDED.match(c.doc.s, c.quantity.end)) | (_unit("个") & after.starts("派出所中")),
        "it is the number of those who were awarded",
        "县里有【300个】“先进单位”。",
    ),
    leave(
        "small in words",
        _HAN & ~_MEASURED & _is(lambda c: c.unit) & ~_is(lambda c: _han_counts(c.doc, c.counts, c.position)),
        "a small number in Chinese numerals is a way of telling",
        "民警帮助了【三名】老人。",
    ),
    leave(
        "staff without a task",
        _STAFF & ~around(_PARTY.pattern),
        "it counts officers, and not what they did",
        "县里的【300名】民警都知道他。",
    ),
    take(
        "visitors",
        _VISITORS,
        "visitors, followers or vehicles are counted",
        "景区游客近【300万】都要过江。",
    ),
    take(
        "time taken",
        _unit("个") & after.starts("多?月(?:时间)?") & before("(?:用|耗时|历时|用时)$"),
        "a time that the station needed",
        "仅用【8个】多月时间,他就学会了方言。",
    ),
    leave(
        "single thing",
        number(lambda q: q.value == 1 and not q.han) & _unit("套", "项", "支"),
        "it introduces a method or a group",
        "派出所建立了【1套】运行机制。",
    ),
    leave(
        "description",
        after.starts("国家"),
        "it describes the place or a comparison",
        "这里来过【300个】国家的客人,民警接待过。",
    ),
    leave("nothing named", ~_is(lambda c: c.metric[0]), "the text does not name what is counted", "去年,【300起】。"),
    take(
        "measured", _MEASURED, "a length, years of service or cameras beside their noun", "从警【19年】里他没休过年假。"
    ),
    take(
        "in a list",
        _is(lambda c: c._found and _joins(c.doc.s[c._found[-1].end : c.metric[1]])),
        "it continues a list of such figures",
        "所里有传单300份,水果【30箱】和别的东西。",
    ),
    take(
        "work",
        _is(lambda c: c.unit in c.doc.vocabulary.word_set("statistic.work_units")),
        "its unit counts cases, visits or other work",
        "纠纷【300起】压在案头。",
    ),
    take(
        "gear",
        _is(lambda c: c.unit in _GEAR),
        "its unit counts equipment",
        "院里停着【30辆】轿车。",
    ),
    take(
        "named",
        _is(lambda c: c.metric[1] < c.quantity.start and c.doc.s[c.metric[1]] == "“"),
        "a name in quotation marks stands before it",
        "村里的“平安使者”【29名】站在村口。",
    ),
    take("floor space", _unit("平方米"), "the floor space of a building or a room", "老所是一排【380平方米】的平房。"),
    take(
        "staff with a task",
        _STAFF,
        "officers were sent, assigned or put together for a task",
        "工作室挂了牌,【4名】年轻民警成了他的徒弟。",
    ),
    take(
        "other stations",
        noun_behind.starts("(?:公安)?派出所"),
        "the stations of a city or a county; `scope` says whose",
        "【230余个】派出所扎根基层。",
    ),
    take(
        "acted for",
        before("(?:给|为|向|对|替|帮)$"),
        "something was done for them",
        "所里给【37处】容易出事的水湾立了牌子。",
    ),
    take(
        "done or had",
        before("{:statistic.verbs}") | noun_behind("{:statistic.verbs}"),
        "a verb says that the station or its people did, had or got it",
        "他画了【300张】草图。",
    ),
    take(
        "done beside",
        around("{:statistic.work_verbs}"),
        "a verb in the clauses around it says what the station or its people did",
        "沿街【300家】商铺都接入了平台。",
    ),
    take(
        "outcome",
        after(_OUTCOMES),
        "the words behind it say what became of them",
        "船上【38人】平安上岸。",
    ),
    take(
        "own rooms",
        after.starts(r"[\p{Han}]{0,4}(?:警务室|警务站|警务点|工作站|调解室|工作室|驿站|服务站|岗亭|检查站|巡逻队)"),
        "rooms, posts and squads of the station are counted",
        "山下【12个】驻村警务室亮着灯。",
    ),
    take(
        "helpers",
        noun_behind(r"(?:员|者|长|队|义警|志愿者|保安|先生|师|代表|女工|伙计|船老大|骑手)$"),
        "people who help the station are counted",
        "码头上有人招呼,【40名】景区保安。",
    ),
    take(
        "in care",
        noun_behind(
            "老人|老年人|独居|孤寡|残障|残疾|困难|留守|空巢|学生|孩子|儿童|党员|住户|人家|居民|牧民|村民|群众|商户"
        ),
        "people in the care of the station are counted",
        "村口坐着【73位】独居老人。",
    ),
    take(
        "period",
        sentence_before(r"今年|去年|前年|以来|每年|每月|每天|[年月]来|累计|共|先后"),
        "a period or a total stands before it",
        "近年来,老照片【300张】挂在墙上。",
    ),
    take(
        "noun first",
        _is(lambda c: _noun_first(c.doc, c.count)) | (before("[\\p{Han}]{2}$") & clause_after("^$")),
        "the noun comes first, as in a table",
        "感谢信【300张】。",
    ),
    otherwise="nothing says that the station or its people did, had, got or prevented it",
)


def _counted(doc: Doc, unit: str) -> bool:
    """Return whether the word list statistic.units contains `unit`, or `unit` is one character with 次 (寨次, 航次)."""
    return unit in doc.vocabulary.word_set("statistic.units") or (len(unit) == 2 and unit[1] == "次")


def _measured(doc: Doc, count: Count, unit: str) -> bool:
    """Return whether the unit is one of _MEASURES and beside words that make it a statistic: 视频探头1260路, 海岸线23公里.

    For 分钟, these are words for an average (平均用时9分钟); for 年, words for years of service (从警9年).
    """
    if unit not in _MEASURES:
        return False
    s, end, before = doc.s, count.quantity.end, clause_lead(doc, count)[-8:]
    if unit == "路":
        return bool(re.search("视频|探头|监控|摄像", before) or re.match("高清|视频|监控|摄像|探头", s[end : end + 2]))
    if unit == "年":
        if s.startswith(("纪念", "荣誉"), end):
            return False  # part of the name of a medal: 从警三十年纪念章
        return before.endswith(("从警", "从警已", "从警已有")) or s.startswith(("警龄", "党龄"), end)
    if unit in ("公里", "千米", "米"):
        return bool(_LINE.search(before)) or bool(_LINE_AFTER.match(s, end))
    return unit == "分钟" and bool(_AVERAGE.search(clause_lead(doc, count)))


#: units of numbers that are statistics only beside certain words
_MEASURES = frozenset(("路", "年", "公里", "千米", "米", "分钟"))
#: words before (_LINE) and after (_LINE_AFTER) a length that is a statistic: borders, coasts, roads, fences, patrols,
#: seized goods
_LINE = han.regex(
    "(?:边境线|海岸线|岸线|界河|国境线|河道|线路|铁路线|防护网|护栏|围栏|隔离栏|光缆|[\\p{Han}]程|累计巡[\\p{Han}]{1,3}|徒步[\\p{Han}]{0,4}|行走|骑行|骑马[\\p{Han}]{0,3}|往返|收缴[\\p{Han}]{2,5}|查扣[\\p{Han}]{2,5})(?:总|全)?长?(?:达到?|超过?|约|近|了)?$"
)
_LINE_AFTER = re.compile("(?:长的)?(?:边境线|海岸线|岸线|界河|国境线|线路)")

#: words before an average duration (a single duration is not a statistic)
_AVERAGE = han.regex("平均(?:[\\p{Han}]{0,8}(?:时间|用时|耗时|时长|到达|到场|仅需|只需)(?:约|近|仅|只|为|不到)*)?$")


def _repeats_profile(doc: Doc, count: Count) -> bool:
    """Return whether the number repeats a figure that describes the station: 96个自然村 … 96个村走完."""
    quantity, s = count.quantity, doc.s
    noun = s[quantity.end : quantity.end + 4]
    for index in doc.profiled:
        other = doc.quantities[index]
        if index != count.index and other.value == quantity.value and other.unit == quantity.unit:
            around = s[other.end : other.end + 6] + s[max(0, other.start - 4) : other.start]
            if any(char in around for char in noun[:2] if han.match("[\\p{Han}]", char)):
                return True
    return False


#: words of an officer's beat before the number
_BEAT = re.compile(r"(?:他|她|社区民警),?负责[^。;]{0,30}$")


def _on_a_beat(doc: Doc, count: Count) -> bool:
    """Return whether the number describes the beat of one officer: 他负责3个小区."""
    words = lead(doc, count, 40)
    return "负责" in words and bool(_BEAT.search(words))


def _bare(doc: Doc, count: Count) -> bool:
    """Return whether the number, at least 1,000, has Arabic numerals with 万 and precedes two Han characters: 12万粉丝."""
    quantity = count.quantity
    if quantity.value is None or quantity.value < 1000 or quantity.han:
        return False
    return (
        bool(han.match(r"[\p{Han}]{2}", doc.s[quantity.end : quantity.end + 2]))
        and "万" in doc.s[quantity.start : quantity.end]
    )


#: a round number that stands for "many": 一百步, 按错一万次
_ROUND = re.compile("一?[百千万]")


def _han_counts(doc: Doc, counts: list[Count], position: int) -> bool:
    """Return whether a number in Chinese numerals is a statistic: it is large, part of a list, or follows its noun.

    Other small numbers in Chinese numerals mostly belong to the story (三个人, 两根).
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


#: text between two values of one metric in different years: 2022年二十一起,去年九起
_YEAR_AFTER_YEAR = han.regex(r"^[,、](?:\d{4}年|去年|今年|前年|第[一二三四五]年)[\p{Han}]{0,2}$")


def _beside(doc: Doc, counts: list[Count], position: int, other: int) -> bool:
    """Return whether two numbers are parts of one list: 6名、三名; 一艘巡逻艇,两辆电瓶车; 2022年二十一起,去年九起."""
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
    """Return whether the noun precedes the number and the clause ends after the number: 警车两辆."""
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
