"""Facts of kind initiative: methods, mechanisms, squads, rooms and platforms created by the station; not slogans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import islice

from ingest.facts.document import Doc
from ingest.facts.goal_wording import is_goal
from ingest.facts.lazy_property import lazy
from ingest.facts.rule_engine import Rule, RuleSet, When, Window, leave, take
from ingest.zh import han
from store.records import Fact

#: nouns after a quoted name that show an initiative (source of a regular expression)
_SUFFIX = (
    r"工作法|工作模式|治理模式|警务模式|模式|机制|体系|制度|做法|方法|办法|方案|品牌|平台|系统|小程序|微信群|群|工程|行动|专项行动|活动|实践|服务|举措|台账|警务室|警务站|工作站|服务站|驿站|工作室|调解室|"
    r"调解团|调解队|巡逻队|联防队|治安队|志愿队|志愿者|突击队|服务队|先锋队|小分队|小队|小组|联盟|联动|联调|课堂|讲堂|学堂|夜校|热线|信箱|专栏|专区|窗口|岗亭|岗|哨所|地图|手册|指南|档案|警务|巡逻|勤务|队伍|队|"
    r"改革|试点|战法|打法|口诀|清单|通道|码|卡|网络|防线|防控网|阵地|基地|大脑|驾驶舱|合议庭|法庭|议事|恳谈|夜访|走访|宣讲|宣传|直播|播报|广播|快递|超市|银行|存折|积分|新举措|新模式|传统教育|教育|精神|公约|协定|流程|闭环|链条|套餐|沙龙|集市|茶会|专线|图谱|警务车|警务艇"
)
_LONG_SUFFIX = "|".join(word for word in _SUFFIX.split("|") if len(word) >= 2)
#: nouns after a closing quotation mark: one that becomes part of a short name (_JOINED: “三长”联调), and one that names
#: the type of the initiative (_AFTER)
_JOINED = han.regex(rf"(?!的)[\p{{Han}}]{{0,2}}?(?:{_LONG_SUFFIX})(?:平台|系统|机制|模式|体系|队伍)?|(?:{_SUFFIX})")
_AFTER = han.regex(rf"(?:的)?(?:{_SUFFIX})|(?:的)?[\p{{Han}}]{{1,5}}?(?:{_LONG_SUFFIX})")
#: last words that alone show that a name of at least four characters is an initiative (`_shown`)
_SELF = re.compile(
    r"(?:警务室|调解室|工作室|调解组|专班|小组|先锋队|巡逻队|联防队|调解队|宣讲队|志愿队|服务队|小队|夜校|课堂|讲堂|学堂|微课|驿站|工作站|服务站|平台|机制|模式|工作法|工程|勤务|服务|行动|制度|小院|议事会|"
    r"联盟|大脑|手册|地图|热线|哨所|法庭|户籍室|指挥室|窗口|专窗|通道|存折|超市|银行|基金|信箱|清单|台账|档案|沙龙|早餐会|恳谈会|坝坝会|夜话|战法|警务|巡逻|调解团|合作社|一张网|小程序|警务点|警务亭|警务站|一体机|指挥部|"
    r"公约|契约|协定|家谱|手环|茶馆|茶会|客厅|会客厅|小屋|书屋|暖屋|聊吧|说吧|议事|说事|调解庭|审理庭|圆桌|长廊|广场|集市|学院|宣讲团|宣传队|救援队|救援圈|生态圈|朋友圈|警务通|安宿码|电子围栏|"
    r"守望岗|护学岗|警务车|警务艇|宣传车|直通车|专班|代办点|议事厅|帮办群|警民群|议事制|[村楼院巷街]长制|天气预报|(?:反诈|警务|义警|护[林路校渔河村]|搜救|劝导|夜巡|巡护)队|联系卡|连心卡|明白卡|档案室|陈列馆|史馆|展馆|回音壁|心愿墙|积分制?|红黑榜|三字经|三部曲|流程|闭环|广播)$"
)
#: a number before the name, which is then that of things or groups: 5个“乡音调解组”, 10余名“老乡调解员”
_COUNTED = re.compile(r"\d(?:余|多)?[个支名家处间所条套项期批]$")
#: a measure word before the name, which is then that of a work, a tool or a post: 这档“咱厂广播”, 一款“…手环”
_A_PIECE = re.compile("[这那一][款套档本册项支张部条辆台]$")
#: verbs of fighting before a kind of crime: 劝阻“高薪境外务工”23人
_FOUGHT = re.compile("(?:劝阻|打击|抓获|查处|识破|防范|整治)[^,。“”]{0,4}$")
#: words that call a thing, not a person, by the name: 大家叫它“红灯笼”
_IT_IS_CALLED = han.regex("[叫称喊唤][做作]?它[\\p{Han}]{0,2}$")
#: last characters of names of rooms, groups or vehicles; such a name is accepted if it opens a clause: “转岗茶馆”,请企业来招工
_BODY = re.compile("(?:馆|屋|厅|室|吧|站|坊|庭|团|队|社|角|亭|廊|会|点|车|云|码|岗|班)$")
#: a verb after the name, which shows that the name is that of a group: “麦田110”出动112趟
_ACTS = re.compile(
    "(?:也|就|还|共|已|累计|先后)*(?:化解|调解|接待|出动|帮助|处置|收集|受理|接单|接到|说和|调处|开讲|服务|救助|巡逻|托管)"
)
#: a verb of founding or launching before the name of an initiative: 办起“…好管家”
_SET_UP = re.compile("(?:办起|推出|推行|建起|首创|发明|开通|设立|组建|成立|组成)了?[^,。“”]{0,8}$")
#: end of the text before a name that opens a sentence or a clause
_STANDS_FIRST = re.compile("(?:^|[。;!?\n:,])$")
#: a verb of making a film, column or booklet before 《…》
_MADE = han.regex(
    r"(?:签[下订了署]|编[了成出]|录|拍|制作?|推出|开设|开办|创作|编写|编印|写成|打造|发布)[\p{Han}\d]{0,10}(?:短视频|视频|微电影|情景剧|栏目|节目|专栏|微课|歌曲?|快板|小品|漫画|动画|教材|读本|台账|手册)?$"
)
#: a verb of naming before 《…》: 叫《…错题本》
_CALLED_WORK = han.regex("(?:叫|名为|取名|题为|起名)[\\p{Han}]{0,2}$")
#: last words of laws, newspapers and orders in 《…》, which the station did not create
_PRINTED = re.compile("(?:报|刊|法|条例|规定|意见|通知|方案|决定|规则|纲要|报告|办法|通报)$")
#: a verb after the name of a programme or room that was opened: 上线, 挂牌
_RUNS = re.compile("(?:正式|随即)?(?:上线|启用|运行|挂牌|揭牌|投用)")
#: words after the name of a group or a room: a number of people (“老乡调解员”10余名) or 里的
_BORNE = re.compile(r"里的|\d+(?:余|多)?[名人位]")
#: a job after the name, which is then that of a post for helpers: “和为贵”调解员
_POST = han.regex(
    r"(?:调解|宣传|联络|巡逻|网格|信息|宣讲|协管|安全|护学|护林|护河|情报)员|[\p{Han}]{2}队(?!长)|义警|志愿者"
)
#: dictionary frequency above which a name is a common word (流水线); not measured
_WORD = 20
#: last characters of common words, which are not names even when quoted twice
_COMMON = re.compile("[村人声话心情事路病难]$")
#: last words of titles of honours, which are not initiatives
_HONOUR = re.compile(
    "(?:集体|(?:先进|示范|标兵|基层|优秀|模范|文明)单位|先锋党组织|示范站区|派出所|标兵|先进个人|能手|警察|楷模|奖|称号)$"
)
#: verbs of creating or using, and a few other words, before a name (source of a regular expression)
_VERBS = (
    r"推出|推行|推广|创新|首创|发明|独创|创设|创立|创建|打造(?!成)|建立|建成|成立|组建|开展|探索|设立|设置|实施|构建|发起|开通|搭建|形成|总结|提炼|定下|立下|约定|商定|概括|归纳|提出|落实|制定|牵头|办起|搞起|恢复|排出|定为|编出|想出|长成|启动|用好|通过|依托|运用|借助|深化|"
    r"巧用|坚持|实行|实现|开设|开办|推动|做强|擦亮|叫响|取名|名为|叫做?|称为|称之为|命名为?|改成|编成|分成|写出|研发|开发|琢磨出|摸索出|配置|配齐|组织|做了|围绕|讲究|建起|拉起|创办|引入|引进|推进|加入|靠着|采取|升级|"
    r"派出所|有一本|一套|选聘|招募|聘请|带一张|发放|开拓|设了|办了?|试点|组成|变成了|签(?:订|下|署|了)|订(?:立|下)|答案是|法子[是叫]|招数?[是叫]|点子[是叫]|取名|起名|带着|驾着|开着|穿上|佩戴|发出|写成|编写|汇编|录成|拍成|拍摄|担任|聘为|装上|安装|配发|立起|竖起|挂起|编[了的出]?"
)
#: first characters of _VERBS and of the other words in _DOES; a lookahead for them skips most of a text
_FIRSTS = "".join(sorted({verb[0] for verb in _VERBS.split("|")} | set("办用靠推建设搞做开抓以就秘法经有特拿得管出")))
#: a verb of creating or using (or a phrase such as 办法是) before a name
_DOES = re.compile(
    rf"(?=[{_FIRSTS}])(?:(?:{_VERBS})[^,。;!?“”]{{0,24}}$|(?:[办用靠推建设搞做开抓](?:起|出|了|过|着)*(?:一?[个支套项种本])?|以|靠的就?是|(?:有意思|特别|拿手|得意|管用|出彩)的[就还]?是|就是|做法是|办法是|秘诀是|法宝是|经验是)$)"
)
#: verbs after the name of an initiative: 挂牌 (opens), 上线 (goes online), 在这里先试 (is tried here first)
_THEN = han.regex(
    r"(?:在[\p{Han}]{1,6})?(?:正式|随即|随后|应声)?(?:挂牌|开张|上线|运行|启用|落地|先试|推广|铺开|应运而生|诞生|成立|亮相|织密|构建|开到|开进|走红|入驻|进驻|的牌子|揭牌|便是|遍布)"
)
#: a name that consists of a number and a few characters: 五治, 两大阵地, 三个一
_NUMBERED = han.regex(r"[一二两三四五六七八九十\d]+(?:[个大项]?[\p{Han}]{1,3})$")
#: text between two quoted names of a list
_MORE = re.compile(r"”(?:\d+[个处间支名家条套项辆])?(?:、|和|及|与|以及|\+)?“$")
#: direct speech (_SPEECH) and common words and sayings (_ORDINARY)
_SPEECH = re.compile(
    r"[。!?…]$|^[你您他她咱](?!厂|村|社区|家)|我们|[吗呢啊嘛呀哦]|(?<![聊说话茶书水网议])吧|了$|怎么|什么|不知道|一分钱"
)
_ORDINARY = r"^(?:{:initiative.common}|零[\p{Han}]{2,3}|\d0后|互联网\+?|[\p{Han}]{2}之情|[\p{Han}]{2}铝都|[\p{Han}]{1,4}名片|[\p{Han}]{1,4}本领)$"
#: last characters of words for persons (员, 管家), which mostly name a person and not an initiative
_ROLE_LABEL = re.compile(
    r"(?:员|人|者|兵|(?<!大)(?<![牵携握联])手|专家|行家|管家|长|师|哥|姐|妈|叔|爷|娘|儿|侠|神|客|官|姨|通|梦|心|迷|霸|王|星|士)$"
)
#: words before a nickname or a comparison, which is not an initiative: 誉为, 当作
_CALLED = han.regex(
    r"(?:打造成|当作|当(?![年时天地日月晚])|成为|视作|誉为|称赞为?|亲切地?称|外号[—]*|得名|绰号[—]*|荣获|一批|俗称|所谓的?|像|当成|好似|如同|堪称|称得上)[^,。“”]{0,6}$|是(?:一?个|名副其实的|有名的|典型的|出了名的)$|[管喊叫称][他她它您你我][\p{Han}]{0,4}$|(?:从|由)$|(?:把|将)[^,。“”]{1,10}(?:当|视|看)[^,。“”]{0,3}$"
)
#: words that show that a quotation is a slogan, not a name
_SLOGAN = re.compile(r"不上交|不出事|不缺位|不出村|过得硬|为人民服务|人民至上|初心|使命|以人民为中心|第一位|满意")
#: last words of works in 《…》 that the station wrote (manuals, lists)
_TITLED_WORK = re.compile(r"(?:手册|指南|簿|台账|地图|口诀|工作法|档案|清单|操作法|工作法|公约|守则)$")
#: a verb of creating or using and a name without quotation marks
_PLAIN = han.regex(
    r"(?:首创了?|独创了?|推行了?|建立起?了?|打造了?|创新(?:性地)?(?:推出|建立|成立|打造|推行)?了?|推出了?|构建了?|成立了?|组建了?|探索(?:出|推行|建立)?了?|试点的?|运用|通过|利用|依托|开发了?|研发了?|实行了?|"
    r"开展了?(?:为期[一二两三]个月的)?|形成了?|建了|设立了?|开通了?|配合)"
    r"(?:(?:一|\d+)(?:个|支|套|种|项))?(?:[^,。;“”《》的\d]{0,24}(?:的|等|、))?"
    r"(?P<name>(?:\d{1,3}(?![个支名家套项])|[A-Z]{1,4})?(?:(?!的)[\p{Han}+]){2,14}?(?:工作法|联调机制|联动机制|作战机制|调解机制|机制|工作模式|平台|调处体系|防控体系|微信群|工作站|巡逻队|联防队|护校队|宣讲队|巡防队|工作室|调解室|警务站|驿站|一体机|"
    r"专项行动|扫毒行动|整治行动|指挥室))(?=[,。;、“”和及与\n,配对将把在来]|的|$)"
)
#: a general noun phrase after a verb of creating, which is not a name: 长效机制
_GENERIC = han.regex(
    r"^(?:一系列|相关|各项|长效|工作|这种|这一|新|有效|良好|自己|社会|政法|网络|专项|统一|完善|健全|[\p{Han}]{0,2}(?:工作)?)(?:机制|模式|体系|平台|行动)$|^(?:工作|专门|专项|联合|打击|整治)*(?:专班)$|不同|各种|各类|多种|一系列|新(?:机制|模式|平台)|^\\d+[支个]|^为期"
)


#: nouns after a name of several parts: 原则 in “早介入、不拖大”原则
_PARTS_NOUN = han.regex(
    r"(?:[\p{Han}]{0,2})(?:工作法|工作模式|模式|机制|战法|流程|闭环|链条|勤务|做法|服务|原则|规则)|[\p{Han}]{0,12}改革"
)


class Name:
    """A quotation, a 《title》 or a noun phrase that may name an initiative, and the windows of text around it."""

    def __init__(self, doc: Doc, form: str, name: str, start: int, end: int) -> None:
        #: form: quoted, titled or plain; start and end: offsets of the name without quotation marks
        self.doc, self.form, self.name, self.start, self.end = doc, form, name, start, end
        #: whether the name starts inside the quote of a fact of kind honour, or is the title of such a fact
        self.honoured = False
        #: whether the rules accepted the previous quotation of the text
        self.listed = False
        #: whether this name and an earlier name of the text are forms of one name (`_within`)
        self.known = False

    @property
    def span(self) -> tuple[int, int]:
        return (self.start, self.end) if self.form == "plain" else (self.start - 1, self.end + 1)

    @lazy
    def lead(self) -> str:
        """At most thirty-three characters before the opening quotation mark, within the sentence."""
        return self.doc.s[max(self.doc.sentence(self.start)[0], self.start - 34) : self.start - 1]

    @lazy
    def after(self) -> str:
        """The sixteen characters after the closing quotation mark."""
        return self.doc.s[self.end + 1 : self.end + 17]

    @lazy
    def noun(self) -> re.Match[str] | None:
        """The match of a noun for a method, a room or a group after the closing quotation mark, or None."""
        return _AFTER.match(self.doc.s, self.end + 1, min(len(self.doc.s), self.end + 16))

    @lazy
    def joined(self) -> str:
        """The noun after a short quoted word that is part of the name (联调 in “三长”联调), or ""."""
        return _joined(self.doc, self.name, self.end)

    @property
    def frequency(self) -> int:
        """Frequency of the name as a word of the dictionary."""
        return self.doc.words.frequency.get(self.name, 0)


name: Window[Name] = Window(lambda c: c.name)
lead: Window[Name] = Window(lambda c: c.lead)
after: Window[Name] = Window(lambda c: c.after)


def _form(form: str) -> When[Name]:
    return When(lambda c: c.form == form)


def _when(test: Callable[[Name], object]) -> When[Name]:
    return When(test)


#: words before a post that the police gave to helpers: 请一名“寨心人”, 聘请34名老人当“和事佬”, 像他这样的“和事老人”
_INVITED = (
    r"(?:聘请|选聘|聘|邀请|请|选)[来出了]?(?:[\d一二两三四五六七八九十]+余?[名位个])[^,。“”]{0,8}[当任做]?$|这样的$"
)
_PARTS_LEAD = r"(?:约定|定下|立下|讲究|提出|概括成?|总结出?|提炼出?|推行|实行|推出|办法是|做法是|秘诀是|靠|用)$"
#: whether the text also quotes the same characters in another order: 要我调, 我要调
_TURNED: When[Name] = When(lambda c: c.doc.quoted_letters["".join(sorted(c.name))] > 1)
_QUOTED, _PARTS = _form("quoted"), name("[,、]")
_LONG = _when(lambda c: len(c.name) >= 3)
_NOUN = _when(lambda c: c.noun)
_LABEL = name(_ROLE_LABEL.pattern) & ~name("[队团组班]$")
_RARE = _when(lambda c: c.frequency <= _WORD)
_NOUN_OR_THEN = _NOUN | after.starts(_THEN.pattern)
_CREATED = lead(_DOES.pattern)
_WORK = _when(lambda c: _TITLED_WORK.search(c.name) or _made(c.doc, c.start, c.name))

RULES: RuleSet[Name] = RuleSet(
    "initiative",
    4,
    "quotations, titles in 《》 and noun phrases after a verb of creating",
    leave(
        "honour",
        _QUOTED & (_when(lambda c: c.honoured) | (name(_HONOUR.pattern) & ~lead(_IT_IS_CALLED.pattern))),
        "it is the title of an honour",
        "派出所推行“【平安先锋奖】”机制。",
    ),
    leave(
        "goal",
        _QUOTED & _when(lambda c: is_goal(c.doc, c.start, c.end + 1)),
        "it is a goal",
        "明年要再建“【平安驿站】”。",
    ),
    leave(
        "common word",
        _QUOTED & name(_ORDINARY),
        "it is a common word, a saying or a byword",
        "派出所推行“【铁脚板】”工作法。",
    ),
    leave(
        "not a name",
        _QUOTED
        & (
            ~name("^.{2,24}$")
            | name(r"^\d+[·.]\d+$")
            | (name("派出所$") & ~lead(_IT_IS_CALLED.pattern))
            | _when(lambda c: c.doc.heading(c.start))
        ),
        "its length or its form is not that of a name, or it stands in a heading",
        "民警围绕“【8·15】”专案组建工作站。",
    ),
    take(
        "post",
        _QUOTED & _LONG & after.starts(_POST.pattern) & ~name(_SPEECH.pattern) & ~lead("称.{0,3}$"),
        "a post for helpers follows",
        "老支书当上了“【和为贵】”调解员。",
    ),
    leave(
        "byword",
        _QUOTED
        & lead(_CALLED.pattern)
        & ~(lead(_IT_IS_CALLED.pattern) & ~name(_ROLE_LABEL.pattern))
        & ~(name("^.{4}") & name(_SELF.pattern) & lead("[当任]上?了?$"))
        & ~lead(_INVITED),
        "people or things are called or compared so",
        "群众亲切地称之为“【连心桥头】”工作队。",
    ),
    leave(
        "kind of crime",
        _QUOTED & lead(_FOUGHT.pattern) & ~_NOUN,
        "it is a kind of crime or fraud that the police fight",
        "派出所劝阻“【高薪境外务工】”23人。",
    ),
    leave(
        "speech",
        _QUOTED & name(_SPEECH.pattern) & ~_when(lambda c: c.noun and "活动" in c.noun[0]),
        "it is something that somebody said",
        "民警推行“【我们都在呢】”机制。",
    ),
    leave("ship", _QUOTED & after.starts("[号艇轮船]"), "it is the name of a ship", "民警开着“【海鸥一】”号出海。"),
    leave(
        "from and to",
        _QUOTED & (_TURNED | lead("”(?:到|变成?|转为|向|为)$") | after.starts("(?:变|转|到“|走向|变成|转为)")) & ~_NOUN,
        "it is one end of a change",
        "民警靠“【要我调】”变“我要调”。",
    ),
    leave(
        "place",
        _QUOTED & name("[巷街滩湾弄]$") & ~_NOUN,
        "it is the name of a street or a place",
        "居民靠“【团结巷】”走到一起。",
    ),
    leave(
        "slogan of parts",
        _QUOTED
        & _PARTS
        & ~_when(lambda c: _PARTS_NOUN.match(c.doc.s, c.end + 1, c.end + 16))
        & (name(_SLOGAN.pattern) | name("^.{23}|[^,、]{9}") | ~lead(_PARTS_LEAD)),
        "it is a slogan of several parts",
        "派出所推行“【心里时刻装着全村群众,脚下有路】”。",
    ),
    take(
        "of several parts",
        _QUOTED & _PARTS,
        "several parts with a noun behind them or a verb of creating before them",
        "遇到纠纷,按“【早介入、不拖大】”原则处置。",
    ),
    leave(
        "slogan",
        _QUOTED & name(_SLOGAN.pattern) & ~after.starts("工作法|机制|模式"),
        "it is a slogan",
        "派出所推行“【矛盾不上交】”行动。",
    ),
    leave(
        "press",
        _QUOTED & after.starts("(?:系列报道|专栏|栏目|专题|征文|特刊|报道)"),
        "it is a series or a column of the press",
        "本报推出“【乡音入户】”栏目。",
    ),
    take(
        "with its noun",
        _QUOTED
        & _LONG
        & _when(
            lambda c: (
                c.noun
                and re.match(
                    "工作站|警务室|警务站|平台|机制|模式|工作法|工作室|调解室|驿站|制度|队|联盟|小组|服务|项目|工程",
                    c.noun[0],
                )
            )
        ),
        "a noun for a method, a room or a group follows",
        "矛盾靠“【平安娘】”工作室。",
    ),
    leave(
        "aim or saying",
        _QUOTED
        & after.starts("(?:的)?(?:目标|理念|要求|宗旨|承诺|思想|目的|道路|之路|故事|声|难题|问题|心|情|时代|瓶颈|现象)")
        & ~name(_SELF.pattern),
        "it is an aim, a problem or a saying",
        "派出所推行“【群众至亲】”理念。",
    ),
    take(
        "account",
        _QUOTED & _LONG & lead("(?:抖音号|公众号|视频号|快手号|账号|直播间)$"),
        "it is the name of an account or a channel",
        "窗口民警开了个抖音号“【神溪警花】”。",
    ),
    take(
        "became a rule",
        _QUOTED
        & _LONG
        & after.starts(
            "(?:便|就|也)?(?:成了?|成为|变成了?)(?:派出所|所里|全所|这里|辖区)的?(?:规矩|惯例|制度|招牌|品牌|习惯)"
        ),
        "it became a rule of the station",
        "那之后,“【看烟囱】”成了派出所的规矩。",
    ),
    take(
        "named program",
        _QUOTED & name("^.{2}$") & after.starts("[\\p{Han}]{0,4}(?:系统|程序|软件)") & ~name(_NUMBERED.pattern),
        "a short name of a program or a system",
        "派出所开发了“【江眼】”识别程序。",
    ),
    take("joined", _QUOTED & _when(lambda c: c.joined), "a noun that belongs to it follows", "村里有“【三长】”联调。"),
    take(
        "thing or group",
        _QUOTED & _LONG & _when(lambda c: _shown(c.doc, c.start, c.end, c.name, c.lead)),
        "its last word, a number or a verb shows that it is a thing or a group",
        "大家叫它“【红灯笼】”。",
    ),
    take(
        "post introduced",
        _QUOTED
        & _LABEL
        & (
            (lead(_INVITED) & ~lead("劝阻|抓获|打击|[被受]"))
            | lead(r"(?:选聘|招募|聘请|组建|担任|聘为|兼任)[^,。“”]{0,16}$|(?:答案|办法|做法|法子|妙招)是$")
            | after.starts(_RUNS.pattern)
            | (name("长$") & (lead("\\d余?[名位个]$|首批$") | after.starts("上岗")))
        ),
        "people were chosen for it, or it was opened",
        "派出所选聘“【平安娘】”。",
        "派出所给每个寨子请一名“【寨心人】”。",
    ),
    leave("label", _QUOTED & _LABEL, "it is what a person is called", "派出所依托“【平安娘】”。"),
    take(
        "repeated",
        _QUOTED & _LONG & ~name(_COMMON.pattern) & _RARE & _when(lambda c: c.doc.quoted_times[c.name] > 1),
        "the text quotes it more than once",
        "说起“【板凳夜谈】”,老人笑了。\n“板凳夜谈”管用。",
    ),
    take(
        "noun follows",
        _QUOTED & _NOUN_OR_THEN & (_LONG | _when(lambda c: han.match(_SUFFIX, c.doc.s[c.end + 1 : c.end + 6]))),
        "a noun for a method or a verb of opening follows",
        "“【板凳夜谈】”在村里先试。",
    ),
    leave("short", _QUOTED & _NOUN_OR_THEN, "it is too short for a name", "派出所推行“【三进】”的活动。"),
    take(
        "numbered",
        _QUOTED & _CREATED & name.starts(_NUMBERED.pattern),
        "a verb of creating stands before it, and it starts with a number",
        "派出所推行“【五治】”。",
    ),
    take(
        "created",
        _QUOTED
        & _CREATED
        & _LONG
        & ~_when(lambda c: c.frequency > _WORD and c.doc.words.kind(c.name) in ("v", "n", "a", "i", "l", "d", "vn")),
        "a verb of creating stands before it",
        "派出所依托“【乡音入户】”。",
    ),
    take(
        "in a list",
        _QUOTED & ~_CREATED & _when(lambda c: c.listed and _MORE.search(c.doc.s[max(0, c.start - 4) : c.start])),
        "it continues a list of initiatives",
        "派出所推行了管用的“乡音入户”、“【夜访】”。",
    ),
    take(
        "work of the station",
        _form("titled") & name("^.{1,14}$") & _WORK,
        "a film, a handbook or a column that the station made",
        "民警编写了《【平安手册】》。",
    ),
    leave(
        "generic",
        _form("plain") & (name(_GENERIC.pattern) | ~name("^.{4}")),
        "it is a general noun, not a name",
        "派出所建立长效机制、【长效机制】。",
    ),
    leave(
        "told before",
        _form("plain") & (_when(lambda c: c.known) | _when(lambda c: c.doc.in_quotes(c.start))),
        "the text names it already",
        "派出所推行“警民融合联调机制”。派出所建立【融合联调机制】。",
    ),
    take(
        "noun phrase",
        _form("plain"),
        "a noun for a mechanism, a room or an operation after a verb of creating",
        "派出所首创【警民联调机制】。",
    ),
    otherwise="nothing says that it names something which the station made or does",
)


#: maximum number of earlier names that a plain name is compared with; the labelled texts have at most 30
_COMPARED = 100


def initiative_facts(doc: Doc, facts: list[Fact]) -> list[Fact]:
    """Return the facts of kind initiative, each name once.

    Quotations that start inside a fact of kind honour in `facts`, or equal its title, are rejected.
    """
    taken = sorted((f.start, f.end) for f in facts if f.kind == "honour")
    titles = {str(f.fields["title"]) for f in facts if f.kind == "honour"}
    found: list[Fact] = []
    seen: dict[str, None] = {}
    listed = False
    for start, end in doc.quoted:
        one = Name(doc, "quoted", doc.s[start:end].strip(), start, end)
        place = bisect_right(taken, (start, len(doc.s) + 1)) - 1
        one.honoured = (place >= 0 and start < taken[place][1]) or one.name in titles
        one.listed = listed
        rule = RULES.decide(one)
        listed = rule.verdict == "take"
        if listed and one.name not in seen:
            seen.update(dict.fromkeys((one.name, one.name + one.joined)))
            found.append(_fact(doc, rule, one.name + one.joined, start - 1, end + 1 + len(one.joined), True))
    for start, end in doc.titled:
        one = Name(doc, "titled", doc.s[start:end], start, end)
        rule = RULES.decide(one)
        if rule.verdict == "take" and one.name not in seen:
            seen[one.name] = None
            found.append(_fact(doc, rule, one.name, start - 1, end + 1, True))
    for match in _PLAIN.finditer(doc.s):
        words = re.sub("^(?:全[市省县区国])?(?:[头首第]?一?个)", "", match["name"])
        one = Name(doc, "plain", words, match.end("name") - len(words), match.end("name"))
        one.known = any(_within(words, known) for known in islice(reversed(seen), _COMPARED))
        rule = RULES.decide(one)
        if rule.verdict == "take":
            seen[words] = None
            found.append(_fact(doc, rule, words, one.start, one.end, False))
    return found


def _made(doc: Doc, start: int, name: str) -> bool:
    """Return whether the station created 《name》, a film, column or booklet: 录成18集短视频《…》."""
    floor = max(doc.sentence(start)[0], start - 24)
    return bool(
        _MADE.search(doc.s, floor, start - 1) or _CALLED_WORK.search(doc.s, floor, start - 1)
    ) and not _PRINTED.search(name)


def _within(name: str, known: str) -> bool:
    """Return whether one name is a shorter form of the other: 可视化管理平台, 可视化指挥管理平台.

    That is the case if `name` contains `known`, or if `known` has all characters of `name` in the same order.
    """
    rest = iter(known)
    return known in name or all(char in rest for char in name)


def _joined(doc: Doc, name: str, end: int) -> str:
    """Return the noun after a short quoted word if it is part of the name (“三长”联调, “一站式”上门服务), else ""."""
    if not (len(name) == 2 or name.endswith("式")) or _SELF.search(name):
        return ""
    match = _JOINED.match(doc.s, end + 1, min(len(doc.s), end + 8))
    if match and match[0].endswith(("系统", "程序", "软件")) and not _NUMBERED.match(name):
        return ""  # “云哨”预警系统: the noun is not part of the name
    return match[0] if match and match[0] not in ("活动", "精神", "体系", "制度", "专栏", "台账") else ""


def _fact(doc: Doc, rule: Rule[Name], name: str, start: int, end: int, quoted: bool) -> Fact:
    fields = {"name": name, "since": _since(doc, start), "quoted": quoted}
    return doc.fact("initiative", start, end, RULES.key(rule), fields)


def _since(doc: Doc, place: int) -> str | None:
    """Return the last date before `place` in its sentence as an ISO date; None without one or for a period."""
    floor = doc.sentence(place)[0]
    date = doc.date_before(place, floor)
    return date.value if date is not None and date.value and "/" not in date.value else None


def _shown(doc: Doc, start: int, end: int, name: str, lead: str) -> bool:
    """Return whether the end of a name, or the words around the name, show a thing or a group of people."""
    s = doc.s
    if (
        _COUNTED.search(lead)
        or (_A_PIECE.search(lead) and doc.words.frequency.get(name, 0) <= _WORD)
        or _IT_IS_CALLED.search(lead)
    ):
        return True
    if _BODY.search(name) and _STANDS_FIRST.search(s, max(0, start - 2), start - 1):
        return True
    if len(name) >= 4 and _SELF.search(name) and not _ROLE_LABEL.search(name):
        return True
    if _BORNE.match(s, end + 1) or _ACTS.match(s, end + 1):
        return True
    return bool(_SET_UP.search(lead)) and doc.words.frequency.get(name, 0) <= _WORD
