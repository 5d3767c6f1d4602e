"""Titles of honours: find the parts of a text that may be a title, and decide by rules which ones were awarded."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.facts.document import Doc
from ingest.facts.lazy_property import lazy
from ingest.facts.person_checks import Person
from ingest.facts.rule_engine import Rule, RuleSet, When, Window, leave, take
from ingest.zh import han
from ingest.zh.segment import listed
from ingest.zh.word_search import occurrences

#: verbs of award before a title
_STRONG_VERB = han.regex(
    r"(?=[推列荣获喜斩摘夺捧赢当入评授命跻进确认表记立追拿得颁奖创批上抱领扛揽登戴发选蝉站加])(?:追授为?|追记为?|追认为?|追评为?|批准(?:[他她]|[\p{Han}]{2,3})?(?=为(?:革命)?烈士)|(?:推选|推举|选)为|评[他她它]为|列为(?=[^,。;]{0,20}(?:十佳|优秀|示范|典型|创新)[^,。;]{0,6}(?:案例|项目|单位|做法)”?[,。;])|颁(?=“)|进了?(?=“[^”]{2,10}”[\p{Han}]{0,2}榜)|荣获|荣膺|荣立|荣记|(?:荣誉|奖牌|奖状)[\p{Han}]{0,6}:|获评|获颁|获得|获授|喜获|斩获|摘得|夺得|捧回|赢得|当选|入选|加冕|评选为|评定为|创建为|评为|授予|命名(?:其|该所|它)?为|(?<=[部局厅府委会定])命名(?=[^,。]{0,8}“)|跻身|进了?(?=全[国省市])|确定为|认定为|表彰为|颁发的?(?=“)|记了?过?(?=集体|个人|[一二三]等)|颁发了(?=[^,。]{0,10}“)|上榜(?=[^,。]{0,10}“)|荣登|立(?=集体|个人|[一二三]等)|(?<![破抓查缴捕])获(?=[“全省市])|(?:(?:拿|捧|得)[的了下到过上回来得]+|[抱扛领]回[来了]*|领到了?|[揽摘夺](?:得|获|下|走)了?|[评选]上了?)(?=[^,。“]{0,10}“)|[登站]上了?(?=[^,。“]{0,10}“)|戴上了?(?=[^,。“]{0,4}“)|(?:颁|发|奖|授)给(?=[^,。“]{1,10}“)|颁了(?=[^,。]{0,10}“)|蝉联(?=[^,。]{0,8}“))"
)
#: a merit, a prize or a commendation with its holder (集体: unit, 个人: person) and number, if any: 集体二等功2次, 个人嘉奖
_MERIT = re.compile(
    r"(?=[集个一二三嘉大])(?:(?P<who>集体|个人)(?:记)?)?(?P<grade>[一二三](?:等功|等奖)|(?<=集体)嘉奖|(?<=个人)嘉奖|(?<=次)嘉奖|嘉奖(?=\d|[一二两三四五六七八九十]+次)|(?:(?<=记)|(?<=荣立))大功)(?:(?:也|又|还|就|共)?(?:是|有|记|立|拿|得)?[了过]?(?P<count>(?:\d+|[一二两三四五六七八九十]+)(?:余|多)?[次块枚个]))?"
)
#: the grade of a station, with the body that awarded it: 公安部一级派出所
_GRADE = han.regex(
    r"(?P<by>公安部|全国|省级?|市级?|全省|全市|[\p{Han}]{2,3}省|[\p{Han}]{2,4}市)?(?:命名的?|评定的?|授予的?)?(?P<title>(?:公安部|全国|全省)?[一二]级(?:公安)?派出所)(?!规模|标准|建设)"
)
#: a part of each match of _GRADE that is fast to search; _GRADE is applied only around this part
_GRADE_CORE = re.compile("[一二]级(?:公安)?派出所")
#: maximum length of the words before _GRADE_CORE in _GRADE, characters
_GRADED = 12
#: last words that show that a quotation, or a line of a list, is a title
_TITLE_END = re.compile(
    r"(?:派出所|单位|集体|先锋号|模范|标兵|能手|英模|个人|卫士|红旗手|奖章|奖|支部|窗口|案例|文明岗|示范岗|楷模|家庭|警察|民警|之星|好人|劳动者|文明号|示范所|先锋所|[金银铜]奖|警队|团队|先锋岗|警务室|标杆|"
    r"榜样|人物|示范点|辅警|辅助人员|军人|所长|公务员|工作者|党员|功臣|基地|品牌|典型|集体奖|党组织|称号|青年|先进|卫士|团体|示范所|奖状|奖旗|平安所|满意所|所队|执勤队|单元|先进组织|示范站|委员会|提名奖|银牌|金牌|铜牌|优秀所|十佳所|标杆所|先进所|榜|尖兵|先锋|使者|守护者|奋斗者|调解员|标兵岗|警官|刑警|警长|警星|之家|站区|站所|站点|应急人)$"
)
#: words before (_GOAL) and after (_AFTER_GOAL) a title that show that it is a goal, a candidacy or a nickname
_GOAL = re.compile(
    r"创建(?!为)|争创|打造|争当|目标|候选|推荐|申报|征程|力争|努力|竞选|争取|冲刺|迈进|评选活动|参评|角逐|题中之义|为契机|提名(?!奖)|备选|有望|建设|标准|践行|达标|对标|创(?!新)|再[立拿夺添评]"
)
_AFTER_GOAL = re.compile(
    r"^[”》]?(?:的)?(?:创建|建设|争创|候选|评选|标准|目标|为目标|为契机|打造|之路|活动|工作|精神|经验|评比|创评|申报|竞选|提名(?!奖)|入围|美[誉称名]|[之雅别戏昵]称|[绰外雅]号|口碑|招牌)"
)
#: a total number of honours: 30多项荣誉称号
_TOTAL = han.regex(
    r"(?P<count>(?:\d[\d,.]*|[一二两三四五六七八九十百]+)(?:余|多)?(?:项|个|次|块|面|枚|余项|余个|余次|多项|多个|多次))(?P<title>(?![\p{Han}]{0,6}获此)(?:[\p{Han}]{1,4}、)?[\p{Han}]{0,8}(?:荣誉称号|荣誉|奖项|表彰奖励|表彰|奖励|称号))"
)
#: 称号, 奖牌 and similar words after a quoted title
_AFTERWARDS = re.compile(
    r"^(?:等|和|…)*(?:[\d一二两三四五六七八九十百]+[余多]?[项个块面])?(?:[省市部国]级|国家级)?(?:集体|个人)?(?:荣誉)?(?:称号|荣誉|殊荣|奖牌|奖章|证书|奖杯|牌匾|奖项|锦旗|获得者|标牌|匾牌|的?牌子|的(?:奖牌|牌匾|证书|奖状|奖章|奖杯|铜牌|匾额))"
)
#: a title without quotation marks
_PLAIN_TITLE = han.regex(
    r"(?P<title>[\p{Han}A-Za-z0-9·]{0,20}?(?:优秀公务员|先进工作者|优秀党务工作者|优秀共产党员|先进个人|优秀辅警|先进辅警|优秀民警|优秀人民警察|优秀警务辅助人员|先进集体|先进单位|优秀集体|先进派出所|优秀派出所|先进党支部)|[\p{Han}A-Za-z0-9·]{3,26}?(?:派出所|先进单位|示范单位|优秀单位|模范单位|基层单位|单位|先进集体|模范集体|集体|先进个人|先锋号|英模|标兵|能手|卫士|红旗手|奖章|文明号|维权岗|示范岗|文明岗|先锋岗|示范所|优秀人民警察|人民警察|(?<=五一)劳动奖状|优秀所队|先进基层党组织|先进群防群治组织|先进组织|(?:十佳|优秀|示范|典型)案例|创新应用项目|创新项目|党组织|党支部|劳动模范|道德模范|好人|奖状|奖旗|先进工作者|优秀公务员|优秀辅警|先进辅警|优秀民警|楷模)|[\p{Han}]{4,24}?(?=(?:荣誉)?称号)|[一二]级英(?:雄)?模(?:范)?|(?:革命)?烈士)(?=[、,。;()和及以等称荣…\n]|$|\d|[一二两三四五]块)"
)


_IN_QUOTES = re.compile("“[^”]*”")
#: end of a part of a sentence
_PART_END = re.compile("[,;。]")
#: start of the next award, where the words about the previous award end
_BEFORE_NEXT = re.compile("“|。[去今前]年|[,。;][^,。;“]{0,12}(?:获|授予|评|入选|推荐)")
#: words before the name of an agency that show that it is not the giver of the title (source of a regular expression)
_NOT_GIVEN = r"[\p{Han}]{0,6}(?:参加|召开|举办|开展|学习|组织|按照|推进|报送)"
#: an addition in brackets after a title: “爱民模范集体”(1994年)
ASIDE = re.compile(r"\([^()\n]{1,16}\)")
#: the name of an awarding body before a title (source of a regular expression)
BODY = r"[\p{Han}]{1,12}(?:局|厅|部|委|会|政府|院|总队|支队|总站)"
#: the agency on the certificate, after a title: 落款是公安部, 发牌的是自治区总工会, 是2017年公安部颁的
SIGNED_BY = han.regex(
    rf"[\p{{Han}}“”]{{0,8}},(?:(?:落款|发牌|颁发|授牌|颁奖|盖章)的?(?:单位|机关)?[是为](?P<by>{BODY}|[\p{{Han}}]{{2,8}}[省市区县州])(?=[,。;])"
    rf"|是(?:(?:19|20)\d\d年)?(?P<giver>{BODY}|[\p{{Han}}]{{2,8}}(?:[省市区县州]|地区))(?:(?:19|20)\d\d年)?(?:颁发?|发|授予?|奖|给)的)"
)
#: number of characters after a title in which the agency and the date on its certificate are searched; not measured
SIGNED_REACH = 40


@dataclass(eq=False)
class Title:
    """A part of a text that may be the title of an honour, and the windows of text around it."""

    doc: Doc
    #: how the title is written: quoted, merit, grade, plain, before a name, clause, medal, line or total
    form: str
    title: str
    start: int
    end: int
    #: number of awards of this title, as written beside it
    count: str | None = None
    #: offset of the award verb that has the title as its object; None without one
    verb: int | None = None
    #: whether the quotation ends in a word such as 集体 or 模范, or such a word follows it; True for other forms
    titled: bool = True
    #: words after the quotation that belong to the title
    medal: str = ""
    #: whether an awarded title in its list is the evidence for it; for a merit, also whether an award verb governs the
    #: list or, from a distance, the merit
    listed: bool = False
    #: the awarding body or region that is written with the title (公安部一级派出所)
    level: str | None = None
    #: whether the name of a person or station follows
    named: bool = False
    #: the person named directly after the title
    bearer: str | None = None
    #: agency, date and verb of award as an attribute before the title: 公安部2021年表彰的“…”
    given: re.Match[str] | None = None
    #: offset before which words of a goal are searched: the opening quotation mark, the award verb of a plain title or
    #: the start of a title before a name; -1 for other forms (the search then uses `start`)
    goal_start: int = -1
    #: whether a later title of its list is followed by a word such as 称号
    listed_back: bool = False
    #: span of the number of awards if it precedes the merit or its verb
    count_span: tuple[int, int] | None = None

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @lazy
    def floor(self) -> int:
        """Start offset of the sentence."""
        return self.doc.sentence(self.start)[0]

    @lazy
    def inner(self) -> str:
        """The words inside the quotation marks, or the whole title if it is not quoted."""
        quoted = self.form == "quoted"
        return self.doc.s[self.goal_start + 1 : self.end - len(self.medal) - 1] if quoted else self.title

    @lazy
    def lead(self) -> str:
        """At most forty characters before the quotation or title, within the sentence."""
        place = self.goal_start if self.form == "quoted" else self.start
        return self.doc.s[max(self.floor, place - 40) : place]

    @lazy
    def after(self) -> str:
        """At most sixteen characters after the title and any addition in brackets."""
        aside = ASIDE.match(self.doc.s, self.end)
        place = aside.end() if aside else self.end
        return self.doc.s[place : place + 16]

    @lazy
    def until_next(self) -> str:
        """At most thirty characters after the title, cut at the next award."""
        return _BEFORE_NEXT.split(self.doc.s[self.end : self.end + 30], maxsplit=1)[0]

    @lazy
    def goal_lead(self) -> str:
        """The words before the title that may make it a goal: at most 16 characters, back to a comma or a quotation."""
        start = self.start if self.goal_start < 0 else self.goal_start
        lead = self.doc.s[max(self.doc.sentence(start)[0], start - 16) : start]
        if "”" in lead:
            lead = _IN_QUOTES.sub("”", lead)
        lead = lead[lead.rfind("”") + 1 :] if "“" not in lead else lead
        return lead[max(lead.rfind(","), lead.rfind("、“")) + 1 :]

    @lazy
    def sentence(self) -> str:
        return self.doc.s[slice(*self.doc.sentence(self.start))]

    @property
    def adjacent(self) -> bool:
        """Whether the verb starts at most 16 characters before the title, without a comma between them."""
        return self.verb is not None and self.start - self.verb <= 16 and "," not in self.doc.s[self.verb : self.start]


def _form(*forms: str) -> When[Title]:
    return When(lambda title: title.form in forms)


lead: Window[Title] = Window(lambda c: c.lead)
after: Window[Title] = Window(lambda c: c.after)
title: Window[Title] = Window(lambda c: c.inner)
goal_lead: Window[Title] = Window(lambda c: c.goal_lead)
until_next: Window[Title] = Window(lambda c: c.until_next)
sentence: Window[Title] = Window(lambda c: c.sentence)

#: words that state that the station is on a list of awarded units
_ON_LIST = r"名列其中|位列其中|榜上有名|赫然在列|上榜|入列|获此殊荣"
#: words that state that somebody was elected, and the number of characters after a title in which they are searched;
#: not measured
_ELECTED, _ELECTED_WITHIN = re.compile("当选了|入选了|榜上有名|[票得]数?第一"), 40
#: the number of units in a batch, directly before the title awarded to them: 首批100个
_BATCH = re.compile(r"(?:首批|第[一二三四五六]批)\d+[个家]$")
_QUOTED = _form("quoted")
_TITLED: When[Title] = When(lambda c: c.titled)
_VERB: When[Title] = When(lambda c: c.verb is not None)
_MERITED = _form("merit")
_LISTED: When[Title] = When(lambda c: c.listed)
_NAMED: When[Title] = When(lambda c: c.named)
_GIVEN_BEFORE: When[Title] = When(lambda c: c.given is not None)

RULES: RuleSet[Title] = RuleSet(
    "honour",
    4,
    "titles, merits and grades",
    leave(
        "goal",
        ~_form("total") & (goal_lead(_GOAL.pattern) | When(lambda c: _AFTER_GOAL.match(c.doc.s[c.end : c.end + 8]))),
        "it is a goal, a candidacy or a nickname",
        "派出所获得争创“【枫桥式公安派出所】”的资格。",
        "他在评选中获“【最美民警】”提名。",
    ),
    leave(
        "not yet",
        ~_form("total") & until_next("公示|做不得数|尚未|还没"),
        "it is not yet awarded",
        "派出所入选“【全省优秀公安基层单位】”公示名单。",
    ),
    leave(
        "batch",
        _QUOTED
        & When(lambda c: _BATCH.search(c.doc.s[max(0, c.start - 10) : c.start]))
        & ~sentence("被|获此殊荣|上榜|名列|榜上有名|之一|入选"),
        "it was awarded to many, and the text does not say that this station is one of them",
        "公安部命名首批100个“【枫桥式公安派出所】”。",
    ),
    leave(
        "sentence",
        _QUOTED & (title("^.{31}") | (title("[,。!?、]") & ~_TITLED)),
        "it is a sentence or a list, not a title",
        "派出所获评“【办案快、服务好、作风硬】”称号。",
    ),
    leave(
        "name of a station",
        _QUOTED
        & title("派出所$")
        & lead(r"(?:升格|更名|改名|改称|木牌|挂牌|上书|(?<!命)名为|得名|叫做?)[^,。“”]{0,6}$"),
        "it is the name of a station, not a title",
        "第二块木牌是1986年升格后的“【石头河林业公安派出所】”。",
    ),
    leave(
        "persons times",
        _MERITED & lead("人次[^,。]{0,6}$"),
        "merits of several people are counted together",
        "先后有12人次荣立【三等功】。",
    ),
    leave(
        "standard",
        _form("grade") & (lead("标准|按照|规模|《") | When(lambda c: c.doc.in_quotes(c.start))),
        "it is a standard of building or equipment",
        "按照【一级派出所】建好了新楼。",
    ),
    take(
        "given by",
        _GIVEN_BEFORE,
        "an agency and its verb of award are an attribute before it",
        "走廊里有县公安局评定的“【优秀所队】”。",
    ),
    take(
        "on the list",
        _QUOTED & _TITLED & sentence(_ON_LIST) & lead(r"公布|发布|命名|揭晓|批$"),
        "a list of awards is announced, and the sentence says that the station is on it",
        "省公安厅公布第三批“【枫桥式公安派出所】”,陆桥派出所名列其中。",
    ),
    take(
        "awarded",
        _VERB & (_TITLED | after(_AFTERWARDS.pattern) | When(lambda c: c.adjacent)),
        "a verb of award governs it",
        "派出所先后获评“【执法示范单位】”。",
    ),
    take(
        "in a list",
        _LISTED,
        "another title in its list is awarded",
        "“【三八红旗手】”、“劳动模范”奖牌挂在墙上。",
    ),
    take(
        "before a name",
        _NAMED & (_TITLED | ~_QUOTED),
        "the name of its holder follows",
        "“【全国优秀人民警察】”李中巍是所长。",
    ),
    take(
        "called a title",
        _QUOTED & _TITLED & after(_AFTERWARDS.pattern),
        "称号, 奖牌 or the like follows",
        "“【执法示范单位】”奖牌挂在墙上。",
    ),
    take(
        "ranked",
        _QUOTED
        & _TITLED
        & lead("[是为]$")
        & (
            (lead("是$") & title(r"全国|十[佳大]|百[佳名]|最美|[省市]|年度"))
            | lead("[块面个枚张]是$")
            | (title("(?:好人|红旗手|劳动模范|道德模范)$") & lead(r"[\p{Han}](?:还|也|又|现|曾)[是为]$"))
            | When(lambda c: "年度" in c.medal)
        ),
        "是 before it, and its level or a measure word show that it is a title",
        "他是“【感动山东十佳人物】”。",
    ),
    take(
        "dated",
        _QUOTED & _TITLED & lead(r"\d{4}年(?:[,:]?" + BODY + r"|[\p{Han}]{2,12}|的)?$"),
        "a year stands before it",
        "墙上有2013年的“【执法示范单位】”。",
    ),
    take(
        "entry",
        _QUOTED & _TITLED & lead(r"\d{4}年[,:](?:[\p{Han}]{2,6}[省市区县])?$") & after.starts(r"[;。、\n]|$"),
        "it is an entry of a list of years",
        "2019年,“【先进党支部】”;2020年,大旱。",
    ),
    take(
        "of an agency",
        _QUOTED & _TITLED & lead(rf"(?:^|[,。:、;—有是])(?:{BODY})(?:的|\d{{4}}年度的?)$"),
        "the agency that gave it stands before it with 的 or the year",
        "去年那张最沉,公安部的“【全国特级优秀人民警察】”。",
        "派出所得到不少肯定:南通市公安局2022年度“【标兵单位】”。",
    ),
    take(
        "of an agency in a list",
        _QUOTED
        & _TITLED
        & lead(rf"(?:牌子?|牌匾|奖状|荣誉|证书|锦旗|[”])[,:、](?!{_NOT_GIVEN})(?:{BODY})$")
        & after.starts("[、,。;]"),
        "a list of plaques or titles goes on with the agency that gave it",
        "墙上挂着三块牌子:国家移民管理局“【国门先锋】”、一面旗。",
    ),
    take(
        "given to",
        _QUOTED & _TITLED & lead("[把将]$") & after.starts("”?(?:授予|颁给|颁发给|给|发给)了?(?:[它他她我该]|派出所)"),
        "it is given to somebody",
        "省公安厅又把“【爱民模范集体】”给了它。",
    ),
    take(
        "certified",
        _QUOTED & _TITLED & When(lambda c: SIGNED_BY.match(c.doc.s, c.end, c.end + SIGNED_REACH)),
        "the agency that gave it is named after it",
        "徐青的“【援疆先进个人】”,是和田地区2019年发的。",
    ),
    take(
        "written on it",
        _QUOTED & _TITLED & lead(r"(?:铜牌|奖牌|牌子|牌匾|匾额?|证书|奖状)[^,。“”]{0,4},?上?面?(?:写|刻|印|题)着$"),
        "it is written on a plaque or a certificate",
        "她领回来一块沉甸甸的铜牌,上面写着“【五一巾帼标兵岗】”。",
    ),
    take(
        "elected",
        _QUOTED
        & _TITLED
        & lead(r"评选(?:出)?$")
        & When(lambda c: _ELECTED.search(c.doc.s, c.end, c.end + _ELECTED_WITHIN)),
        "it is the subject of a vote, and the text says that she or he was elected",
        "公安厅评选“【最美辅警】”,村民拉了票。她当选了。",
    ),
    take(
        "after merits",
        _QUOTED
        & _TITLED
        & lead(
            r"(?:[一二三]等功|嘉奖)(?:[\d一二两三四五六七八九十]{1,3}[次枚个块])?[、,和](?:[\p{Han}]{1,4}[省市区县])?$"
        ),
        "it continues a list of merits",
        "箱子里:个人一等功1次、三等功5次,“【全国优秀人民警察】”。",
    ),
    take(
        "stated",
        _QUOTED
        & _TITLED
        & lead(
            r"(?:是|为|系)[\p{Han}]{0,8}(?:全国|公安部|首批|第[一二三四五六]批|[省市]级?)[\p{Han}]{0,6}$|(?:奖牌|荣誉|称号|奖状|证书)(?::|[^,。;“”]{0,8}——)[\p{Han}]{0,6}$|(?:[去今前]年|\d{4}年)[^,。“”]{0,6}(?:公布|命名|评定|评上|到手)的[\p{Han}]{0,10}$"
        ),
        "the words before it name its level or call it an honour",
        "该所是全国首批“【执法示范单位】”。",
    ),
    take(
        "merit shown",
        _MERITED & after.starts("的证书|证书|奖章|的奖章|军功章|的荣誉"),
        "the certificate or medal follows",
        "抽屉里压着【个人三等功】的证书。",
    ),
    take(
        "merit dated",
        _MERITED
        & (
            lead(r"\d{4}年[,:]?" + BODY + "“$")
            | lead(r"(?:[去前今]|\d{4})年的$")
            | When(lambda c: c.start in c.doc.date_ends)
        ),
        "a date or the awarding body stands before it",
        "墙上写着:2024年【集体二等功】。",
    ),
    take(
        "dated behind",
        _form("quoted", "merit", "clause") & _TITLED & after.starts(r",\d{4}年[;。]"),
        "it is an entry of a list, and its year follows",
        "墙上挂着奖章:【个人二等功】,2018年;别的没有。",
    ),
    take(
        "merit counted",
        _MERITED
        & When(lambda c: c.count)
        & (title("集体|个人") | lead(r"(?:外加|还有|另有|[、:])[\d一二两三四五六七八九十]{1,3}[次枚个]$")),
        "merits are counted",
        "网友问起他,查了一下:【个人三等功】2次。",
        "墙上的【集体三等功】也记了两次,证书锁在柜里。",
        "他名下有全国先进工作者,外加一次【二等功】。",
    ),
    take(
        "among the honours",
        _form("quoted", "merit")
        & _TITLED
        & lead(r"(?:荣誉|奖状|奖牌|证书)[^。;:“”]{0,8}[,:](?:[\p{Han}]{1,4}[省市])?$"),
        "it follows a word that introduces the honours",
        "所里的荣誉也不少,【集体二等功】挂在墙上。",
    ),
    take(
        "by its form",
        _form("grade", "plain", "clause", "medal", "line", "total"),
        "level, last word and place in the sentence show that it is a title that was awarded",
        "该所是【公安部一级派出所】。",
    ),
    otherwise="nothing says that it was awarded",
)


#: words after a quotation that belong to the title: “海上枫桥”示范所, “剪纸”一等奖, “感动海南”2022年度人物
_MEDAL = han.regex(
    r"(?:好人)?榜(?![样首])|[\p{Han}]{0,10}?(?:[金银铜]奖|[一二三特]等奖)|提名奖|(?:\d{4})?年度[\p{Han}]{0,4}人物|(?:公安)?派出所(?=[,。;、和及]|称号|$)|示范[所点岗]|(?:优秀|典型|示范)?案例(?:[一二三特]等奖|[金银铜]奖)?|[\p{Han}]{0,4}(?:先进(?:典型|集体|单位|个人|所)|示范单位|优秀单位|标兵(?:单位|集体)?|红旗手(?:标兵|集体)?|劳动奖[章状]|青年奖章(?:集体)?|青年文明号|先锋号|能手|突出(?:集体|单位|个人)|团队)(?=[,。;、和及等称“]|$)"
)


def titles(doc: Doc, persons: list[Person]) -> list[tuple[Title, Rule[Title]]]:
    """Return all awarded titles with the rules that accepted them, ordered by start, longer ones first."""
    found: list[Title] = [*_quoted(doc, persons), *_merits(doc), *_grades(doc), *_plain(doc)]
    found += [*_before_name(doc, persons), *_apposed(doc, persons), *_medals(doc), *_bulleted(doc), *_totals(doc)]
    decided = ((one, RULES.decide(one)) for one in found)
    taken = [(one, rule) for one, rule in decided if rule.verdict == "take"]
    return sorted(taken, key=lambda pair: (pair[0].start, -pair[0].end))


def _quoted(doc: Doc, persons: list[Person]) -> list[Title]:
    """Return the quotations that may be titles; one that only its list shows to be awarded has `listed` set."""
    bearers = _Bearers(doc, persons)
    quotations = (_quotation(doc, start, end) for start, end in doc.quoted)
    found = [one for one in quotations if one.titled or one.verb is not None or one.given is not None]
    # a title directly before the name of a person: “全国优秀人民警察”李中巍
    for one in found:
        one.bearer = bearers.after(one.end) if one.titled else None
        one.named = one.bearer is not None
    rules = [RULES.match(one) for one in found]
    taken = [rule.verdict == "take" for rule in rules]
    goals = [rule.name in ("goal", "not yet", "batch", "sentence") for rule in rules]
    # an accepted title makes the next one of its list acceptable: 先后荣获“甲”“乙”
    for index in range(1, len(found)):
        before, here = found[index - 1], found[index]
        if taken[index - 1] and here.titled and not goals[index] and _chained(doc, before, here):
            here.listed = not taken[index] or here.listed
            taken[index] = True
            here.verb = here.verb if here.verb is not None else before.verb
    # a word after the last title of a list applies to the titles before it: “甲”、“乙”获得者
    for index in range(len(found) - 2, -1, -1):
        here, behind = found[index], found[index + 1]
        called = bool(_AFTERWARDS.match(behind.after[:8])) or behind.listed_back
        if taken[index + 1] and called and here.titled and not goals[index] and _chained(doc, here, behind):
            here.listed = not taken[index] or here.listed
            taken[index] = here.listed_back = True
    return found


#: words between the title of an honour and the role or name of its holder: “最美基层民警”、北京市公安局通州分局…
_OFFICE_BETWEEN = han.regex(r"(?:称号)?(?:获得者)?[、,]?[\p{Han}]{0,30}")


class _Bearers:
    """Finder of the person named directly after a title, or after a title and the person's office."""

    def __init__(self, doc: Doc, persons: list[Person]) -> None:
        self._doc = doc
        self._names = {person.name for person in persons}
        self._sizes = sorted({len(name) for name in self._names}, reverse=True)
        #: start of the quote (role and name) of each officer with a role -> name
        self._roles = {
            person.start: person.name for person in persons if person.roles and person.role_class == "police"
        }

    def after(self, place: int) -> str | None:
        """Return the name at `place`, else that of the first officer whose police unit and role follow, else None."""
        s = self._doc.s
        for size in self._sizes:
            if s[place : place + size] in self._names:
                return s[place : place + size]
        between = _OFFICE_BETWEEN.match(s, place)
        if between is None:
            return None
        for start in range(place + 1, between.end() + 1):
            if start in self._roles and _POLICE_BODY.search(s, place, start):
                return self._roles[start]
        return None


#: a part of the police at the end of an office before a role: 通州分局内部单位保卫支队|中队长
_POLICE_BODY = han.regex(r"(?:公安|分局|派出所|支队|大队|中队|总队)[\p{Han}]{0,6}\Z")


def _quotation(doc: Doc, start: int, end: int) -> Title:
    """Return the quotation start:end as a title, with the words around it that belong to the title."""
    inner, close = doc.s[start:end], end + 1
    titled = bool(_TITLE_END.search(inner))
    medal = _MEDAL.match(doc.s, close, close + 12)
    if titled and medal and not medal[0].endswith(("奖", "榜")):
        # the quotation is a complete title without the word after it: “工人先锋号”集体
        medal = None
    verb = _governing(doc, doc.sentence(start)[0], start - 1)
    tail = medal[0] if medal else ""
    prefix = _prefix(doc, start - 1)
    begin = start - 1 - len(prefix)
    one = Title(doc, "quoted", prefix + inner + tail, begin, close + len(tail), None, verb, titled or bool(medal), tail)
    one.goal_start = start - 1
    one.given = given_before(doc, begin)
    return one


#: an agency with its verb of award as an attribute before a title, and the date or count between them
_GIVEN = han.regex(
    r"(?:\A|[,。;:、是获有和“”(—\n]|[年月日])(?P<by>(?![年月日是])(?:[\p{Han}、]{1,26}?"
    r"(?:部|省|市|区|县|厅|局|委|会|府|总队|支队|大队|分局|办|中央|院|社|站|联|盟|州|行署|公署|组织)(?:等(?:部门|单位|部委|机关))?|[\p{Han}]{0,10}?[省市县区州部局]里))"
    r"(?P<when>(?:\d{4}年(?:\d{1,2}月)?|连续[一二两三四五六七八九十\d]{1,3}年|刚刚?|联合|共同|先后|于|在|每年|(?:[去今前]年|当年)(?:\d{1,2}月|底|初|春天?|夏天?|秋天?|冬天?)?)*)"
    r"(?:授予|颁发|评定|评选|认定|命名|通报表扬|表扬|表彰|公布|发布|合颁|授|记|奖|颁|发|评|给)(?:给[\p{Han}]{1,6}|一次)?的(?:[\p{Han}\d]{0,14})\Z"
)
#: maximum length of a match of _GIVEN, characters; not measured
_GIVEN_REACH = 60


def given_before(doc: Doc, place: int) -> re.Match[str] | None:
    """Return the match of an agency with its verb of award before the title at `place`, or None."""
    start = max(doc.sentence(place)[0], place - _GIVEN_REACH)
    words = doc.s[start:place]
    return _GIVEN.search(words) if "的" in words[-16:] else None


#: words before a quotation that belong to the title: 全国公安系统“二级英模”
_PREFIX = han.regex(
    r"(?:(?:全国|全省|全市)(?:公安系统|公安机关|公安|政法系统|铁路公安|移民管理机构)?|全国[\p{Han}]{2,6}(?:系统|机关|机构))$"
)


def _prefix(doc: Doc, place: int) -> str:
    """Return the words before the quotation mark at `place` that belong to the title, or ""."""
    match = _PREFIX.search(doc.s, max(doc.sentence(place)[0], place - 24), place)
    return match[0] if match else ""


def _chained(doc: Doc, before: Title, here: Title) -> bool:
    """Return whether two quotations are items of one list."""
    gap = ASIDE.sub("", doc.s[before.end - len(before.medal) : here.goal_start])
    if han.fullmatch(r",(?:[\p{Han}]{2,4}[省市区县]|全[国省市]|公安部)[\p{Han}]{0,6}", gap):
        return True
    return len(gap) <= 14 and not re.search("[,。;]", gap) and not _GOAL.search(gap)


def _governing(doc: Doc, floor: int, place: int) -> int | None:
    """Return the offset of the last award verb before the title at `place`, or None.

    The result is None if a comma, a semicolon, a full stop or more than 40 characters outside quotation marks are
    between verb and title.
    """
    best = None
    for match in _STRONG_VERB.finditer(doc.s, max(floor, place - 120), place + 1):
        best = match if match.end() <= place else best
    if best is None:
        return None
    between = _IN_QUOTES.sub("", doc.s[best.end() : place])
    if len(between) > 40 or _PART_END.search(between):
        return None
    return best.start()


#: words for a medal or certificate after a merit; a number before the merit then counts medals: 一枚二等功奖章
_CERTIFICATE = re.compile("奖章|证书|军功章|奖牌|勋章|奖状")
#: a count before a merit or before its verb: 3次荣立集体三等功
_TIMES_BEFORE = re.compile(r"((?:\d{1,3}|[一二两三四五六七八九十]{1,3})余?(?:次|[枚个块](?=\Z)))(?:荣立|荣获|获|立)?$")
#: verbs of a merit besides _STRONG_VERB
_MERIT_VERB = re.compile("立|记|获|授|拿[过了下]|捧回|得过|受到?|颁发的")


def _merits(doc: Doc) -> list[Title]:
    """Return merits, prizes and commendations: 集体二等功, 三等功10余次."""
    found: list[Title] = []
    who, last = None, None
    for match in _MERIT.finditer(doc.s):
        chained = last is not None and match.start() - last.end <= 6
        floor = doc.sentence(match.start())[0]
        words = doc.s[max(floor, match.start() - 24) : match.start()]
        begin = match.start() - len(words)
        # the verbs 记 and 立 match only directly before a merit, so its first 4 characters are included
        strong = _STRONG_VERB.finditer(doc.s, begin, match.start() + 4)
        verbs = [one for one in strong if one.end() <= match.start()]
        verbs = verbs or list(_MERIT_VERB.finditer(doc.s, begin, match.start()))
        verb = verbs[-1] if verbs else None
        if match["grade"].endswith("等奖") and not verb and not match["count"]:
            continue
        who = match["who"] or (who if chained else None)
        times = None if match["count"] else _TIMES_BEFORE.search(words)
        if times and times[1][-1] in "枚个块" and _CERTIFICATE.match(doc.s, match.end()):
            times = None  # the number counts medals, not merits: 一枚二等功奖章
        count = match["count"] or (times[1] if times else None)
        place = verb.start() if verb and not chained else None
        governed = bool(match["who"]) and _governing(doc, floor, match.start()) is not None
        one = Title(doc, "merit", (who or "") + match["grade"], match.start(), match.end(), count, place)
        one.count_span = (begin + times.start(1), begin + times.end(1)) if times else None
        one.listed = governed and not verb
        one.given = given_before(doc, match.start())
        if chained and last is not None:
            one.listed = one.listed or RULES.match(last).verdict == "take"
            if count and last.count is None and doc.s[last.end : match.start()] in ("、", "和", "及", "与"):
                last.count = count
        if verb and chained:
            one.listed = True
        found.append(one)
        last = one
    return found


def _grades(doc: Doc) -> list[Title]:
    """Return the grades of stations: 一级公安派出所."""
    found = []
    graded = (
        _GRADE.search(doc.s, max(0, core.start() - _GRADED), core.end() + 2) for core in _GRADE_CORE.finditer(doc.s)
    )
    for match in filter(None, graded):
        national = match["by"] == "全国"
        one = Title(doc, "grade", "全国" + match["title"] if national else match["title"], match.start(), match.end())
        one.level = None if national else match["by"]
        found.append(one)
    return found


#: a quoted title between the plain titles of a list
_AMID = han.regex("[\\p{Han}]{0,6}“[^“”\\n]{1,30}”[\\p{Han}]{0,4}(?=、)")
#: a title in a list after an award verb; it starts with a level (全国, 省级) and may end in any word
_LISTED_TITLE = han.regex(
    r"(?P<title>(?![^、,。;]{0,12}(?:等功|嘉奖))(?:全[国省市县区州]|公安部|[\p{Han}]{2,3}[省市]|[省市县]级)[\p{Han}]{4,20}?)(?=[、,。;]|(?<![一二三特])等)"
)
#: a conjunction before the next plain title of a list, which starts with a level: 和省级枫桥式公安派出所
_AND_LEVEL = han.regex(r"[和及与](?=全[国省市区县州]|公安部|[省市部]级|[\p{Han}]{2,3}(?:省|市)(?!公安|委|政府))")
#: an award verb and the words between it and a plain title: 授予他…称号, 评为了…
_PLAIN_VERB = han.regex(
    r"(?=[推列荣捧摘斩夺喜拿获奖评追认创确命授表批现得抱扛领揽选当还戴挂摆收名给发颁])(?:荣获|(?:捧回|摘得|斩获|夺得|喜获|拿下)了?|(?<![破抓查缴捕荣喜])获(?=全[国省市区县]|公安部|[\p{Han}]{2,3}[省市](?!公安|委|政府|[人政]))|(?P<weak>(?:拿|捧|得)[了下到过上回来得]+|[抱扛领]回[来了]*|领到了?|[揽摘夺](?:得|获|下|走)了?|[评选当]上了?|追授(?=[一二]级)|(?:给|发|颁|授|奖)的|还有|戴着|挂着|摆着|收着|(?:名下|荣誉)[^,。;“”:]{0,6}[:,])(?=[一二]级英|全[国省市区县州]|公安部|国家级?|[省市部]级|首都|[一二]级英|[\p{Han}]{2,3}(?:省|自治区|市)(?!公安|委|政府|[人政]))|(?:荣誉|奖牌|奖状)[\p{Han}]{0,6}:|获评|追授|评选为|评定为|认定为|创建为|确定为|评为|命名为|授予|荣膺|表彰为|获得|追评|追认|批准|(?:推选|推举|选)为|列为(?=[^,。;]{0,20}(?:十佳|优秀|示范|典型|创新)[^,。;]{0,6}(?:案例|项目|单位|做法)[,。;])|现为(?=全[国省市]|公安部))(?:了|[他她它其]们?|该所|[\p{Han}]{2,3}(?=为))?为?"
)


def _plain(doc: Doc) -> list[Title]:
    """Return titles without quotation marks after an award verb (被评为全国优秀公安基层单位).

    The titles may be in a list with quoted ones, which are not returned.
    """
    found = []
    done = 0
    for verb in _PLAIN_VERB.finditer(doc.s):
        place = verb.end()
        while place >= done:  # a list is followed only once, even if it contains several verbs
            quoted = _AMID.match(doc.s, place)
            match = (
                None
                if quoted
                else _PLAIN_TITLE.match(doc.s, place) or (None if verb["weak"] else _LISTED_TITLE.match(doc.s, place))
            )
            if match and _PLAIN_VERB.search(match["title"]):
                break
            if match and not match["title"].startswith("的") and not re.search("创建|打造", match[0]):
                one = Title(doc, "plain", match["title"], match.start(), match.end(), None, verb.start())
                one.goal_start = verb.start()
                one.given = given_before(doc, match.start()) if verb["weak"] else None
                found.append(one)
            elif not quoted and not match:
                break
            place = (quoted or match).end()  # type: ignore[union-attr]
            aside = ASIDE.match(doc.s, place)
            place = done = aside.end() if aside else place
            if doc.s[place : place + 1] != "、" and not _AND_LEVEL.match(doc.s, place):
                break
            place += 1
    return found


#: a level, with which a title without quotation marks and verb must start (source of a regular expression)
_LEVELS = r"(?:全国|公安部|国家级?|全[省市区州]|[省市部]级|[\p{Han}]{2,3}(?:省|自治区)|(?:(?<![\p{Han}])|(?<=[是为]))[\p{Han}]{2,4}[市区县州])"
#: last words of titles of persons
_PERSONAL = tuple(
    listed(
        "优秀人民警察 优秀共产党员 优秀党务工作者 劳动模范 先进工作者 先进个人 道德模范 英模 英雄模范 三八红旗手 五一劳动奖章 五四奖章 优秀女民警 青年五四奖章 五四青年奖章 好人 好民警 卫士 楷模 标兵 能手 优秀公务员 优秀社区民警 优秀辅警 最美警察 最美基层民警"
    )
)
#: last words of titles of stations
_COLLECTIVE = ("单位", "集体", "先锋号", "示范所", "文明号", "文明岗")
#: a title directly before the name of a station: 全国模范公安单位白栎派出所
_STATION_TITLE = han.regex(rf"(?:全国|全省|全市)[\p{{Han}}]{{2,12}}(?:{'|'.join(_COLLECTIVE)})\Z")
#: a title directly before the name of a person: 全国优秀人民警察李中巍, 首届移民管理系统十大国门卫士索朗达杰
_PERSON_TITLE = han.regex(
    rf"(?:(?:{_LEVELS}|首届|第[一二三四五]届|[十百][大佳])[\p{{Han}}]{{0,12}}?(?:{'|'.join(_PERSONAL)})|[一二]级英(?:雄)?模(?:范)?|[一二三]等功臣)\Z"
)
#: number of characters before a name in which a title is searched; not measured
_TITLE_REACH = 20


def _before_name(doc: Doc, persons: list[Person]) -> list[Title]:
    """Return titles directly before a name: 全国模范公安单位白栎派出所, 全国优秀人民警察李中巍."""
    found = []
    named: list[tuple[str, re.Pattern[str], tuple[str, ...]]] = [
        (station.name, _STATION_TITLE, _COLLECTIVE) for station in doc.stations
    ]
    named += [
        (person.name, _PERSON_TITLE, (*_PERSONAL, "功臣"))
        for person in persons
        if person.role_class in ("police", "citizen")
    ]
    offsets = occurrences((name for name, _, _ in named), doc.s)
    for name, pattern, ends in named:
        for place in offsets.get(name, ()):
            words = doc.s[max(doc.sentence(place)[0], place - _TITLE_REACH) : place]
            words = words.removesuffix("、").removesuffix("获得者")
            match = pattern.search(words) if words.endswith(ends) else None
            if match:
                start = doc.s.rfind(match[0], 0, place)
                end = place + len(name) if pattern is _STATION_TITLE else start + len(match[0])
                one = Title(doc, "before a name", match[0], start, end, named=True)
                one.bearer = name if pattern is _PERSON_TITLE else None
                one.goal_start = place - len(match[0])
                found.append(one)
    return found


#: last words of a clause that is only a title (_LONE_END), and such a clause with its subject, if any (_LONE_TITLE)
_LONE_END = re.compile(
    rf"(?:{'|'.join((*_PERSONAL, '先进集体', '模范个人', '突出集体', '模范集体', '先进单位', '示范单位', '文明单位', '优秀公安基层单位', '青年文明号', '巾帼文明岗', '青少年维权岗'))})(?=[,:、。;!()\n ]|……|$)"
)
_LONE_TITLE = han.regex(
    rf"(?:(?P<who>[\p{{Han}}·]{{1,8}}?)??(?:本人|自己)?(?:还|也|曾|现|又|既|则)?(?:是|为|作为))?(?:(?:还有)?\d{{4}}年度?的?(?![获荣被授评入当立]))?(?P<title>{_LEVELS}[\p{{Han}}]{{0,18}})"
)
#: words for the station or a person named before
_SUBJECTS = ("他", "她", "该所", "派出所")


def _apposed(doc: Doc, persons: list[Person]) -> list[Title]:
    """Return titles that are a whole clause, alone or after a known subject.

    Examples: 顾某是第11任所长,上海市劳动模范; 宋某是全省劳动模范.
    """
    found = []
    known = {*_SUBJECTS, *(person.name for person in persons), *(station.name for station in doc.stations)}
    for ending in _LONE_END.finditer(doc.s):
        match = _LONE_TITLE.fullmatch(doc.s, doc.clause(ending.start())[0], ending.end())
        if match and (not match["who"] or any(match["who"].endswith(name) for name in known)):
            found.append(Title(doc, "clause", match["title"], match.start("title"), match.end()))
    return found


#: titles before 获得者 (holder): 二级金盾勋章及周年勋章获得者马某
_MEDALS = han.regex(
    r"(?:^|[、及和是的为])(?P<title>(?:(?![及和是的为])[\p{Han}\d]){2,14}?(?:勋章|奖章|红旗手|称号|奖))(?=[及和、]|$)"
)
#: maximum length of the titles before 获得者, characters; not measured
_HOLDER_REACH = 40


def _medals(doc: Doc) -> list[Title]:
    """Return the orders and medals before 获得者 (holder)."""
    found = []
    for holder in re.finditer("获得者", doc.s):
        floor = max(doc.sentence(holder.start())[0], holder.start() - _HOLDER_REACH)
        floor = max(floor, *(doc.s.rfind(mark, floor, holder.start()) + 1 for mark in ",“”"))
        for match in _MEDALS.finditer(doc.s[floor : holder.start()]):
            start, end = (floor + place for place in match.span("title"))
            found.append(Title(doc, "medal", match["title"], start, end))
    return found


#: the introduction of a list of honours with its lines, each of which starts with a bullet or a year
_BULLETS = re.compile(
    r"(?:(?:获得|获评|收获|奖项)[^\n]{0,8}[—:了]+|荣誉[^\n]{0,6})\n(?P<lines>(?:[ ]*(?:[★☆●◆■▲○◎✓√•*·-]|\d{4}年)[ ]*[^\n]{4,40}(?:\n|\Z))+)"
)
#: a fast test for the lines of _BULLETS; it starts with a literal character, because such patterns are searched fastest
_ANY_BULLET = re.compile(r"\n[ ]*(?:[★☆●◆■▲○◎✓√•*·-]|\d{4}年[ ])")
#: one line of a list that _BULLETS matches
_BULLET = re.compile(r"(?:\d{4}年)?[^\w“\n]*(?P<title>(?:(?!\d*[一二两三四五六七八九十]?次?$)[^\n])+)")
_INNER = re.compile("“([^“”]+)”")


def _bulleted(doc: Doc) -> list[Title]:
    """Return the titles of a list with one honour in each line (这一年的收获——)."""
    found: list[Title] = []
    for block in _BULLETS.finditer(doc.s) if _ANY_BULLET.search(doc.s) else ():
        for line in _BULLET.finditer(doc.s, *block.span("lines")):
            title = _INNER.search(line[0])
            start, end = (line.start() + place for place in (title or line).span(1)) if title else line.span("title")
            if _TITLE_END.search(doc.s, start, end) or _MERIT.fullmatch(doc.s, start, end):
                found.append(Title(doc, "line", doc.s[start:end], start, end))
    return found


#: maximum length of a total with its title, characters; keeps the search linear on long lists of numbers. The longest
#: match of the labelled texts is shorter than 20
_TOTAL_LENGTH = 64


def _totals(doc: Doc) -> list[Title]:
    """Return total numbers of honours: 30多项荣誉称号."""
    found = []
    for match in filter(
        None, (_TOTAL.match(doc.s, count.number_start, count.number_start + _TOTAL_LENGTH) for count in doc.quantities)
    ):
        words = doc.s[max(doc.sentence(match.start())[0], match.start() - 40) : match.start()]
        if doc.s.endswith("……", 0, match.start()) or re.search(
            r"等$|荣获|获得|获评|获|赢得|捧回|收获|斩获|荣誉", words
        ):
            found.append(Title(doc, "total", match["title"], match.start(), match.end(), match["count"]))
    for match in re.finditer(
        r"(?:等|各类|各级|各项|以上|[省市部]级|荣获|获得|获|赢得)(?P<title>荣誉称号|荣誉|奖项|表彰)(?P<count>(?:\d{1,4}|[一二三四五六七八九十百]{1,4})(?:余|多)?[项个次])",
        doc.s,
    ):
        found.append(Title(doc, "total", match["title"], match.start("title"), match.end(), match["count"]))
    return found
