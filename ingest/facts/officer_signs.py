"""People in uniform, recognised in the whole text by stated roles, careers, ranks, colleagues and police honours.

`kinds.person` reads titles directly before a name (民警冯勇). A text may also state later that a person is an officer:
上海小伙舒予白来到红旗岭派出所,当了一名社区民警. Each `OfficerPattern` is one such construction, and a match is a sign.
A person with a sign is an officer and is not masked.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.facts.document import Doc
from ingest.facts.person_checks import KIN, Person
from ingest.facts.roles import clean_role
from ingest.zh import han
from ingest.zh.word_search import occurrences
from store.records import Fact

#: titles of people in uniform, without 所长 of other offices and leaders of civil teams (source of a regular expression)
UNIFORM = (
    r"(?:(?:社区|户籍|治安|刑侦|驻村|责任区|内勤|窗口|巡逻|案件|值班|普通|基层|人民|年轻|青年|优秀|退休|老|新|女|男|第[一二三四五六七八九十\d]+(?:任|警务队))*"
    r"(?:民警|辅警|协警|女警|新警|户籍警|[村乡]警|网格警|[乘骑网水]警|移民管理警察|警察|片警|片儿警|刑警|交警|特警|巡警|警员|警官|警长|副?教导员|副?指导员|副?政委|户籍员|(?<!司法)(?<!研究)(?<!事务)(?<!卫生)(?<!供电)(?<!财政)(?<!国土)(?<!招待)副?所长|"
    r"(?:警务|刑侦|治安|反诈|案侦|巡特警|交警|刑警|处突)(?:[大中支小]?队?副?队长|组副?组长)|副?[大中支总]队长|(?:公安|分|县|市)局(?:党委[\p{Han}]{1,3}、)?(?:原|前|时任|老)?(?:副?局长|政委)))"
)
#: words other than a subject that may be between the start of a clause and its verb (source of a regular expression);
#: limited repetitions bound the backtracking
_WORDS = (
    r"(?:生前|(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?(?:底|初|春天?|夏天?|秋天?|冬天?)?|[去今前]年(?:\d{1,2}月)?(?:底|初|起)?|同年|当年|次年|第二年|后来|随后|之后|此后|如今|现在?|目前|至今|从此|"
    r"[\p{Han}]{0,6}(?:毕业|退役|退伍|转业|结婚|实习)后|毕业|退役|退伍|转业|再|又|并|也|就|还|已经?|早已|先后?|曾经?|刚刚?|一直|便|正式|主动|自愿|依然|仍[然旧]?|,)"
)
_PHRASE = r"(?:[在从由经因以当做]|通过)[^,。;“”想]{2,16}?"
_ADVERB = rf"{_WORDS}{{0,5}}(?:{_PHRASE})?{_WORDS}{{0,2}}"
#: start of a clause without a subject of its own, directly after a name or after a comma, up to its verb
_CLAUSE = rf"(?:\A|,)(?P<adverb>{_ADVERB})"
#: text that must follow a title or an office, which is then the end of a predicate
_END = r"(?=[,。;、:!?)”—…\n ]|\Z|兼|时|后|期间|以来|那|这|至今|之一|了)"
#: verbs of taking up an office
_BECOME = (
    r"(?:(?<=[已还曾原前在今])是|现?为(?=[^,。;]{0,14}(?:民警|辅警|所长))|成为|成了|成长为|当上了?|当了|当过|当|做过|做了|干过|任|担任|出任|接任|升任|兼任|现任|历任|先后任|晋升为?|提拔为|被任命为|任命为|转任|转岗为|转为|招录为|聘为|应聘为|考上了?|考取了?|"
    r"(?:走上|接过|挑起)了?)"
)
#: verbs of joining a police office, before the name of the office
_JOIN = "(?:分到|分配到|分配至|分配来到?|分在|调到|调入|调任|调至|调往|调来|转业到|转业至|转业来到?|考入|考进|考到|考上了?|入职|下派到|选派到|派驻到?|借调到|下沉到|轮岗到|招录到|招进|安排到)"
_OFFICE = "(?:派出所|公安(?:分局|局|处|厅|队伍|机关|系统)|公安|警队|警营|[刑交巡特]警[大中支]?队|边检站|边防|分局)"
_SCHOOL = "(?:警察|警官|公安|刑警)[^,。;“”]{0,4}(?:学院|大学|学校|专科学校)|警校"


@dataclass(frozen=True, slots=True)
class OfficerPattern:
    """One construction that shows a person in uniform; it is searched before or after the mentions of the name."""

    name: str
    #: the words searched. "before": those before the name; "after": those after the name, and after a pronoun
    #: (_PRONOUN) at the start of the next sentence
    where: str
    pattern: re.Pattern[str]
    #: a text with the name in 【】; no other construction matches in it
    example: str


def _sign(name: str, where: str, pattern: str, example: str) -> OfficerPattern:
    return OfficerPattern(name, where, han.regex(pattern), example)


OFFICER_PATTERNS = (
    _sign(
        "is",
        "after",
        rf"\A(?:,?(?:今年)?\d{{2}}岁,)?(?P<adverb>{_ADVERB})(?:就|正)?是[^,。;:“”\n找请]{{0,24}}?(?P<role>{UNIFORM}){_END}",
        "江南小伙【舒予白】正是那年第一个来报到的社区民警。",
    ),
    _sign(
        "became",
        "after",
        rf"{_CLAUSE}{_BECOME}[^,。;:“”\n]{{0,24}}?(?P<role>{UNIFORM}){_END}",
        "上海小伙【舒予白】来到红旗岭派出所,当了一名社区民警。",
    ),
    _sign(
        "joined",
        "after",
        rf"{_CLAUSE}(?:被|申请|报名)?{_JOIN}[^,。;:“”\n]{{0,26}}?{_OFFICE}{_END}",
        "【祁安安】2019年分到蔡甸区公安分局柳湾街派出所,负责三个小区。",
    ),
    _sign(
        "works-at",
        "after",
        rf"{_CLAUSE}(?:来到?|到|进入|走进|回到|进)[^,。;:“”\n]{{0,26}}?{_OFFICE}(?:工作|任职|上班|当|报到|担任|从警|成为|实习)",
        "小镇青年【练云飞】去年到碧湖古镇派出所报到。",
    ),
    _sign(
        "career",
        "after",
        rf"{_CLAUSE}(?:毕业于|从|自)?[^,。;:“”\n儿女父母兄弟姐妹丈妻孙想要梦愿盼当对和给向]{{0,10}}?(?:从警(?!校)|入警|穿[上着过了][^,。;“”]{{0,6}}警服|身着警服|脱下警服|(?:参加|从事)公安工作|警龄|警号|(?:{_SCHOOL})[^,。;“”]{{0,10}}?毕业|(?:警察|警官|公安|刑警)[^,。;“”]{{0,4}}(?:学院|大学)(?=[,。]))",
        "【高振峰】穿了33年警服,2020年退休。",
    ),
    _sign(
        "worked-as",
        "after",
        rf"{_CLAUSE}[^,。;:“”\n]{{0,12}}?,?(?P<role>{UNIFORM})一?[干当做]就?是?了?[\d一二三四五六七八九十]{{1,3}}多?年",
        "轮机手【陶四海】今年58岁,辅警干了24年。",
    ),
    _sign(
        "apposition",
        "after",
        rf"\A[,(](?:(?:男|女|[\p{{Han}}]{{1,4}}族|(?:今年|现年)?\d{{2}}岁|(?:19|20)\d\d年(?:\d{{1,2}}月)?(?:出?生人?)?(?:于[^,。]{{2,8}})?|中共党员|党员|大学[^,。]{{0,4}}),)*[^,。;:“”()\n找请向对是和跟给把让叫见说被与及]{{0,26}}(?P<role>{UNIFORM})(?=[,。;)\n、 ]|\Z)",
        "【宗元亮】,落马坡的第四任所长,牺牲在冰水里。",
    ),
    _sign(
        "rank",
        "after",
        r"\A(?:,[^,。;“”\n]{0,12})*?,(?:[一二三四]级(?:高级)?警长|[一二三]级警[督员司]|警务技术)",
        "居民叫他老蒙。【蒙少华】,52岁,黎族,三级警督,话不多。",
    ),
    _sign(
        "workplace",
        "after",
        r"\A的(?:单位|岗位|办公室|工位|上级)[^。\n]{0,6}[是在][^。\n]{0,30}派出所",
        "【赵东宽】,51岁,街坊都认得。赵东宽的单位,是城东派出所。",
    ),
    _sign(
        "handed-over",
        "after",
        r"\A的班(?=[,。;!])",
        "社区民警庄锦辉接的是前辈【陈伟雄】的班。",
    ),
    _sign(
        "address",
        "after",
        r"\A(?P<role>警官|所长(?!大)|副所长|教导员|指导员|警长)(?![办室的们])",
        "记者找到【厉小川】警官,请他讲讲那晚的事。",
    ),
    _sign(
        "who-is",
        "before",
        rf"(?P<role>{UNIFORM})(?:(?:,[^,。;“”\n]{{2,12}},)?名叫|(?:就|正|还|恰好|也)?(?:是|换成了|(?:一职)?由|,叫))[^,。;:“”\n]{{0,14}}\Z",
        "如今的所长是仁青的儿子【才旦扎西】。",
    ),
    _sign(
        "team-head",
        "before",
        r"(?P<role>(?:反诈|案侦|刑侦|治安|巡控|社区警务|打击办案|涉网|禁毒)(?:小|专)?组副?组长)\Z",
        "“那是他三年的工钱。”反诈组组长【洪景辉】回忆。",
    ),
    _sign(
        "called",
        "before",
        rf"(?P<role>{UNIFORM})(?:[^。\n]{{0,30}}|[^。\n]{{0,6}}。[^。\n]{{0,36}})。\n?[他她]就?(?:名)?叫\Z",
        "柳湾街派出所有位90后女警,大家都夸她。她叫【祁安安】,今年28岁。",
    ),
    _sign(
        "nickname-there",
        "before",
        r"派出所(?:里)?,(?:大家|同事们?|所里人|战友们?)都?(?:管|把|叫|喊|称)\Z",
        "在城东派出所,大家管【叶尔江·木拉提】叫“小叶”。小叶26岁。",
    ),
    _sign(
        "one-of-them",
        "before",
        rf"(?:[两二三四五六七八九十几\d]+[名个位]|一[对群批])(?:[\p{{Han}}\d]{{0,4}}(?:后|岁)的?)?(?P<role>{UNIFORM})(?:[^。“”\n]{{0,16}})(?:,|:|——|和|、)(?:其中)?(?:一[个名位]|另一[个名位])就?[叫是]\Z",
        "飞手是两名95后辅警,一个叫白景凯,一个叫【贺子轩】。",
    ),
    _sign(
        "leads-them",
        "before",
        r"(?:[两二三四五六七八九十几\d]+[名个位])(?:党员|年轻|女|值班|社区)?(?:民警|辅警|警察)[^。\n]{0,40}。\n?(?:其中)?(?:[走跑冲排]在[^,。]{1,6}|领头|带队|打头|领队|为首|带路|殿后|年纪最[大小]|最年[轻长]|领着[^,。]{1,4})的?(?:就|便|正)?是\Z",
        "三名民警踩着没膝的雪往山里走。走在最前头的是【陶春江】,53岁。",
    ),
    _sign(
        "at-the-station",
        "before",
        r"派出所的?(?P<role>值班员|接警员|处警员|巡线员|线路员|指挥员|户籍员|内勤|警务员)\Z",
        "列车停了六分钟,大同南站派出所值班员【常岳】要做三件事。",
    ),
    _sign(
        "surname-first",
        "before",
        rf"(?P<role>{UNIFORM})姓[\p{{Han}}]{{1,2}},(?:大名|名叫|叫)?\Z",
        "老所长姓纪,【纪广才】,打过仗。",
    ),
    _sign(
        "and-described",
        "before",
        rf"(?P<role>{UNIFORM})、[^,。;:“”\n]{{0,12}}(?:岁|后|年|高龄|退伍|转业|入党|毕业)的\Z",
        "红旗岭派出所首批民警、1966年入党的【邱永康】常讲建所初期的故事。",
    ),
    _sign(
        "who-became",
        "before",
        rf"(?:当|任|做|担任|出任)(?P<role>{UNIFORM})的\Z",
        "说这话的人,是去年从市局反诈中心调来当所长的【殷俊川】。",
    ),
    _sign(
        "is-at-the-station",
        "after",
        rf"\A(?:[\p{{Han}}\d]{{1,8}})?,(?:[^,。;:“”\n]{{1,12}},){{0,2}}(?:就|正|也)?是(?:我们|全|该)?(?:所里|所|派出所|警队)[^,。;:“”\n]{{0,20}}?(?P<role>{UNIFORM}){_END}",
        "【胡先川】五十三岁,渔民出身,是所里资格最老的辅警。",
    ),
    _sign(
        "first-head",
        "after",
        rf"{_CLAUSE}(?:成了?|成为|担任|出任|当上?)了?(?:首任|第[一二三四五六七八九十\d]{{1,3}}任)(?P<role>站长|警长|队长)",
        "派出所建起“侨胞警务驿站”,【许珊雅】成了第一任站长。",
    ),
    _sign(
        "new-officers",
        "before",
        r"(?:新警|警校|民警|辅警)[^。\n]{0,40}。?[^。\n]{0,20}[两二三四五几]个(?:“?[\d零]{1,2}后”?)?[,:](?:[^。]{0,14},)?一[个名位](?:名)?[叫是][^,。]{0,5}\Z",
        "新警报到的第一课,是给烈士的墓擦碑。去年擦碑的是两个“00后”,一个叫【靳子昂】。",
    ),
    _sign(
        "parallel",
        "before",
        r"(?:民警|辅警)[\p{Han}]{2,4}[^。\n]{4,60};[^,。;“”\n]{0,10},?(?:患有?[\p{Han}]{1,6}|\d{2}岁|(?:19|20)\d\d年出生|刚[\p{Han}]{1,6})的\Z",
        "民警陈定源整理资料;困难时期,患有肺结核的【徐孝惠】省下牛奶,送给老人。",
    ),
    _sign(
        "took-over",
        "before",
        r"(?:接过|接任|接替)[^,。;“”\n]{0,12}(?P<role>所长|教导员|指导员)[^,。;“”\n]{0,8}(?:是|叫)[^,。;“”\n]{0,10}\Z",
        "接过所长班的是80后的【苟晓亮】。",
    ),
    _sign(
        "officer-named",
        "before",
        rf"(?:的|[那这](?:[名位个])?|[一两几][名位个])(?P<role>{UNIFORM})(?:名叫|名字叫|叫)\Z",
        "救人的民警叫【向洋洋】,28岁,航海专业毕业。向洋洋说,水不深。向洋洋笑了。",
    ),
    _sign(
        "on-duty",
        "before",
        r"(?:派出所|民警|警[车艇情力]|所里)[^\n]{0,40}?[,。](?:[\p{Han}\d]{1,6}的?)?(?:带班|值班|当班|出警|接警|处警|带队出警)的(?:就|正|还)?是?\Z",
        "派出所的电话响了,当晚值班的是【潘永波】。",
    ),
    _sign(
        "at-the-wheel",
        "before",
        r"派出所的[^\n。]{0,14}(?:艇|警车|巡逻车|巡逻船|摩托车|皮卡)[^\n。]{0,12}[。,](?:掌舵|把舵|驾艇|驾船|驾车|开艇|开船|开车|领航)的(?:就|正|还)?是?\Z",
        "鸡冠礁派出所的巡逻艇已经离岸。掌舵的【应哲山】,话不多。",
    ),
)
#: words for a pupil, teacher or colleague before a name, with the person before 的 as `owner` (冯勇 in 冯勇的徒弟)
_COMPANION = han.regex(
    r"(?:(?P<owner>[\p{Han}]{1,4}?)的)?(?:大|二|三|四|小|老|新|关门|首个|另一个|另一名|第一个|头一个|年轻)?(?P<word>徒弟|师傅|师父|搭档|战友|同事|前任|继任者|接班人)(?:名叫|叫|是|就是)?\Z"
)
#: the person from whom somebody learns: 跟周渝江学看水
_PUPIL = han.regex(r"跟着?(?P<owner>[\p{Han}]{2,4}?)学(?![校院生])")
#: words of wishes, pretences and other people; a sign after a name is not evidence if one of these words is between the
#: name and the end of the sign
_NOT_SO = re.compile(
    "冒充|假冒|自称|假扮|不是|没能|想|梦想|希望|立志|要当|将来|长大|志愿|(?:今年|刚刚?|今夏|[这今]年夏天)[^,。]{0,6}考[上入取]|录取|儿子|女儿|丈夫|妻子|父亲|爱人|母亲|哥哥|弟弟|姐姐|妹妹|孙子"
)
#: words of _NOT_SO that exclude not only a sign after a name, but also one before a name
_WISH = re.compile("冒充|假冒|自称|假扮|不是|没能|想|梦想|希望|立志|要当|将来|长大|志愿")
#: the start of a sentence whose subject is a pronoun or 这位 with a noun: 2021年,她从…;
#: 这位90后姑娘的正式身份|是社区民警
_PRONOUN = han.regex(
    r"[\n “]{0,3}(?:(?:[^,。“”\n]{0,12},)?[他她](?![们的])|这[位名个][\p{Han}\d]{0,8}?(?:姑娘|小伙子?|女孩|汉子|女子|男子|年轻人)(?:的(?:正式|真实|另一个|本来)?(?:身份|职业))?)"
)
#: start of a sentence, up to a name that is its subject
_SUBJECT = han.regex(r"\A”?(?:“[^”\n]{0,60}”)?[^,。“”\n民警所帮把对给向为被和与跟让请是]{0,18}\Z")
#: Han characters that may precede a surname with 警官 (找叶警官); after any other Han character, the character before 警官
#: is not a surname (普 in 阿普警官)
_BEFORE_SURNAME = frozenset("的和与是找叫对向跟给把被让请说有到当就连")
#: every match of a sign contains one of these characters; a fast test, because most mentions have none of them nearby
_ANY = re.compile("[警所导政籍队局公边检班组站]")
#: maximum number of mentions of a person that are searched; a feature names its main person some 15 times. The
#: maximum was not measured
_MENTIONS = 40
#: number of characters searched after (_AHEAD) and before (_BEHIND) a mention; not measured
_AHEAD, _BEHIND = 120, 48


def mark_officers(doc: Doc, found: dict[str, Person]) -> None:
    """Set the class "police" and add the role for each person of `found` who has a sign.

    Pupils, teachers and colleagues of an officer and persons addressed as 警官 also become officers, without a role. A
    short form is removed from `found` if the text states the person's real name (see `_real_names`).
    """
    open_ = {n: p for n, p in found.items() if _open(n, p)}
    places = occurrences(found, doc.s)
    named = sorted(place for starts in places.values() for place in starts)
    for name, person in open_.items():
        for match in _signs(doc, name, places.get(name, [])[:_MENTIONS], named):
            _promote(person, match)
    officers = {name for name, person in found.items() if person.role_class == "police"}
    hero = max(found, key=lambda name: (len(places.get(name, ())), -found[name].start), default="")
    for name, person in open_.items():
        if person.role_class == "citizen" and _companion(
            doc, places.get(name, [])[:_MENTIONS], officers, hero in officers
        ):
            person.role_class = "police"
    _addressed(doc, found)
    _real_names(doc, found, places)


#: words before the real name of a person who was first named by a short form (小邵)
_REAL_NAME = re.compile("(?:大名|真名|本名|全名|学名)(?:叫做?|是)?\\Z")


def _real_names(doc: Doc, found: dict[str, Person], places: dict[str, list[int]]) -> None:
    """Give a person introduced by 大名叫 or 真名 the roles of the short form, and remove the short form from `found`.

    小邵——后来我知道他大名叫邵一鸣; 霍婵姐真名霍润婵.
    """
    for name in list(found):
        first = next(iter(places.get(name, ())), None)
        if first is None or len(name) < 2 or not _REAL_NAME.search(doc.s, max(0, first - 4), first):
            continue
        short = next((other for other in _short_forms(name, found) if other in found), None)
        if short is not None:
            known, person = found.pop(short), found[name]
            person.role_class = known.role_class if person.role_class == "citizen" else person.role_class
            person.roles += [role for role in known.roles if role not in person.roles]


def _short_forms(name: str, found: dict[str, Person]) -> list[str]:
    """Return the names in `found` that are short forms of `name`: 小邵 or 老邵, or 霍婵姐 of 霍润婵."""
    return [
        other
        for other in found
        if other != name
        and (other in ("小" + name[0], "老" + name[0]) or (other[0] == name[0] and KIN.search(other, 1) is not None))
    ]


#: words of titles that only people in uniform receive, and of merits (一等功)
_OF_POLICE = re.compile("烈士|人民警察|民警|辅警|公安系统|公安机关|公安楷模|英雄?模|警务|警察|[一二三]等功|国门卫士")


def mark_award_holders(honours: list[Fact], persons: list[Person]) -> None:
    """Make each person without a role an officer if `honours` has a police title or a merit of that person."""
    holders = {
        str(fact.fields["holder"])
        for fact in honours
        if fact.fields["holder"] and _OF_POLICE.search(str(fact.fields["title"]))
    }
    for person in persons:
        if person.name in holders and _open(person.name, person) and not person.roles:
            person.role_class = "police"


def _open(name: str, person: Person) -> bool:
    """Return whether a sign can add something: the person is a citizen, or an officer without a role.

    Names with a word of kinship or with 某, and names of one character, are excluded.
    """
    unknown = person.role_class == "citizen" or (person.role_class == "police" and not person.roles)
    return unknown and len(name) > 1 and not KIN.search(name, 1) and "某" not in name


def _promote(person: Person, match: re.Match[str]) -> None:
    """Make `person` an officer and insert the role that `match` contains, if any, before the other roles."""
    person.role_class = "police"
    role = clean_role(match.groupdict().get("role") or "")
    if role and role not in person.roles:
        person.roles.insert(0, role)


def _signs(doc: Doc, name: str, places: list[int], named: list[int]) -> Iterator[re.Match[str]]:
    """Yield the matches of OFFICER_PATTERNS around the mentions of `name`.

    `named`: sorted offsets of all mentions of persons. A search after a mention ends at the next mention of a person,
    at the end of the sentence or after _AHEAD characters. If the mention is the subject and the only person of its
    sentence, a next sentence that starts with _PRONOUN is searched too.
    """
    s = doc.s
    for place in places:
        start, end = doc.sentence(place)
        last = place + len(name)
        other = bisect_left(named, last)
        limit = min(end, last + _AHEAD, named[other] if other < len(named) else end)
        windows = [s[last:limit]]
        first = bisect_left(named, start)
        alone = named[first] == place and limit == end
        onward = _PRONOUN.match(s, end, min(len(s), end + 20)) if alone and _SUBJECT.match(s[start:place]) else None
        if onward:
            other = bisect_left(named, onward.end())
            limit = named[other] if other < len(named) else len(s)
            windows.append(s[onward.end() : min(doc.sentence(onward.end())[1], onward.end() + _AHEAD, limit)])
        for words in filter(_ANY.search, windows):
            for sign in OFFICER_PATTERNS:
                if sign.where == "after":
                    yield from _holds(sign, words)
        before = s[max(0, place - _BEHIND) : place]
        if s[last : last + 1] != "的" and _ANY.search(before):
            for sign in OFFICER_PATTERNS:
                if sign.where == "before" and (match := sign.pattern.search(before)) and not _WISH.search(match[0]):
                    yield match


def _holds(sign: OfficerPattern, words: str) -> Iterator[re.Match[str]]:
    """Yield the matches of `sign` in the words after a name, up to the first words of _NOT_SO."""
    for match in sign.pattern.finditer(words):
        if _NOT_SO.search(words, 0, match.end()):
            return
        yield match


def _companion(doc: Doc, places: list[int], officers: set[str], about_officer: bool) -> bool:
    """Return whether the person is called the pupil, teacher or colleague of an officer.

    The officer may be named (冯勇的徒弟). `about_officer`: the person whom the text names most is an officer. A pupil
    without a named teacher, or a teacher near 派出所 without a named pupil, belongs to this officer. In other cases
    (同事, 他的搭档), the same sentence or the one before must mention an officer by name or as 老宫 or 宫所长.
    """
    for place in places:
        pupil = _PUPIL.search(doc.s, place, doc.sentence(place)[1])
        if pupil and pupil["owner"] in officers:
            return True
        match = _COMPANION.search(doc.s, max(0, place - 14), place)
        if not match:
            continue
        owner = match["owner"] or ""
        if owner and owner[-1] not in "他她我":
            return any(owner.endswith(officer) for officer in officers)
        if about_officer and match["word"] == "徒弟":
            return True
        start = doc.sentence(place)[0]
        near = doc.s[doc.sentence(max(start - 1, 0))[0] : place]
        if about_officer and match["word"] in ("师傅", "师父") and "派出所" in near:
            return True  # the teacher of the officer whom the text is about: 分配到城关派出所。师傅崔海生58岁
        if any(officer in near for officer in officers) or _short_form_of(officers, near):
            return True
    return False


#: a short form of an officer's name: 老 or 小 with the surname, or the surname with a title
_SHORT_FORM = han.regex(r"[老小](?P<surname>[\p{Han}])|(?P<titled>[\p{Han}])(?:警官|所长|教导员|指导员)")


def _short_form_of(officers: set[str], words: str) -> bool:
    """Return whether `words` contain a short form (老宫, 宫所长) of the name of one of the officers."""
    surnames = {name[0] for name in officers}
    return any((form["surname"] or form["titled"]) in surnames for form in _SHORT_FORM.finditer(words))


def _addressed(doc: Doc, found: dict[str, Person]) -> None:
    """Make a citizen an officer if the text has 警官 after the surname (叶警官) and no other person has this surname."""
    by_surname = Counter(name[0] for name in found if len(name) > 1 and not name.endswith("警官"))
    for match in re.finditer("警官", doc.s):
        surname = doc.s[match.start() - 1 : match.start()]
        before = doc.s[max(0, match.start() - 2) : max(0, match.start() - 1)]
        if by_surname[surname] == 1 and (not han.is_han(before) or before in _BEFORE_SURNAME):
            person = next(p for n, p in found.items() if n[0] == surname and len(n) > 1 and not n.endswith("警官"))
            if person.role_class == "citizen" and not KIN.search(person.name, 1) and "某" not in person.name:
                person.role_class = "police"
