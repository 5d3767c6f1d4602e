"""People: named by role before or after, by age, by kinship word, by what they say; never bywords or places."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.facts.credit import Named
from ingest.facts.draft import Draft
from ingest.facts.names import NEVER, STRONG, WEAK, Names
from store.records import Fact

VERSION = "person.role@1"

#: titles by class, without their modifiers; the pattern is built longest first and by first character
_TITLES = {
    "police": (
        "所长 副所长 教导员 副教导员 指导员 副指导员 政委 副政委 民警 辅警 女警 警官 警长 交警 特警 刑警 片警 警员 协警 队长 副队长 中队长 副中队长 大队长 副大队长 支队长 副支队长 总队长 探长 值班长 警务室主任 "
        "内勤 户籍员 法制员 局长 副局长 分局长 处长 副处长 政治处主任 教官 警嫂 人民警察 共产党员 党员 一级英模 二级英模 英模 劳动模范 劳模"
    ),
    "official": (
        "书记 副书记 主任 副主任 镇长 副镇长 乡长 区长 副区长 县长 副县长 市长 副市长 村长 市委常委 县委常委 区委常委 村支书 支书 校长 院长 法官 检察官 调解员 网格员 网格长 人大代表 政协委员 会长 理事长 秘书长 园长 "
        "司法所所长 站长"
    ),
    "citizen": (
        "村民 居民 市民 渔民 牧民 农民 群众 老人 老汉 老乡 住户 租户 商户 经营户 店主 摊主 业主 户主 老板 老板娘 店长 司机 驾驶员 车主 乘客 旅客 游客 船主 船老大 渔排主人 主人 志愿者 队员 护边员 护林员 员工 工人 经理 "
        "总经理 董事长 负责人 创始人 护士长 果农 菜农 茶农 瓜农 粮农 棉农 花农 客商 玉商 茶商 药商 菜商 摊贩 小贩 农户 养殖户 种植户 残疾人 代办员 班长 组长 一户 社长 社工 族长 画家 歌手 教练 经营者 创办人 大学生村官 嫌疑人 犯罪嫌疑人 违法人员 律师 医生 护士 "
        "老师 教师 学生 中学生 小学生 男孩 女孩 孩子 儿子 女儿 妻子 丈夫 母亲 父亲 爷爷 奶奶 当事人 受害人 被害人 事主 报警人 求助者 失主 房东 房主 退役军人 退休职工 快递员 外卖员 骑手 保安 保洁员 厂长 徒弟 师父 师傅 同事 "
        "邻居 独居老人 老党员 楼长 楼栋长 小伙 小伙子 姑娘 大学生 创业者 务工人员 来访者 向导 员"
    ),
}
#: what may stand before a title and belongs to it
_MODIFIERS = re.compile(
    r"(?:社区|户籍|驻村|治安|刑侦|值班|出警|年轻|青年|老|女|新|党员|窗口|内勤|责任区|包片|夜班|退休|巡逻|办案|驻所|处警|专职|交通|主办|值守|水上|案件|综合|社区党委|党支部|党委|党总支|总支|党工委|政法委|纪委|镇党委|乡党委|"
    r"村|居|综治办|司法所|妇联|居委会|村委会|街道|镇|乡|区|县|市|办公室|副|市政府|公安局|公司)+$"
)


def _pattern() -> re.Pattern[str]:
    """All titles, those that share a first character together, longer before shorter."""
    words = sorted({word for titles in _TITLES.values() for word in titles.split()}, key=len, reverse=True)
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[0], []).append(word[1:])
    return re.compile("|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in groups.items()))


_ROLE = _pattern()
_CLASS_OF = {word: cls for cls, titles in _TITLES.items() for word in titles.split()}
_ANY_ROLE = _ROLE.pattern
#: words that may stand between a role and the name it introduces
_BETWEEN = re.compile(r"(?:[ ]|——|(?:名叫|叫做?|是|换成了|,)(?=[一-鿿])|“)?")
#: a list goes on: 民警柳定坤、邬志高
_MORE = re.compile(r"[ ]?(?:[、和与及]|以及)(?:[一-鿿]{1,3}的)?[ ]?")
_AGED = re.compile(r"(?:今年\d{2}岁|(?:19|20)\d\d年(?:出)?生)|,(?:男|女|今年)?\d{2}岁|\((?:左|右|中|男|女|化名|前|后)[^)]{0,6}\)")
#: 司马青山是第七任所长; 加尔恒是一名护边员
_IS = re.compile(rf",?(?:今年)?(?:\d{{2}}岁[,的]?)?(?:就?是|任|担任|现任|当了?|作为|成为|为)(?:[^,。;“”\n]{{0,28}}?)(?P<role>(?:社区|户籍|治安|刑侦|驻村|责任区)?(?:{_ANY_ROLE}))")
_SAYS = re.compile(
    r"(?:(?:笑着|感慨|激动|无奈|动情|感激|坦言|深有感触|欣慰|自豪|高兴|哽咽|介绍|告诉|回忆|解释|坦率|常常?|总|对记者|向记者|对民警|连连|不禁|颇为|深情|也|还|就|便|地)[一-鿿]{0,3})?"
    r"(?:说道?|介绍|告诉|表示|坦言|回忆|感慨|称|认为|解释|指出|直言|感叹|笑道|说起|承诺|透露|强调|道)(?=[,::。“;“]|$|[一-鿿])"
)
_KIN = re.compile(
    r"婆婆|奶奶|爷爷|大爷|大妈|大娘|大叔|大姐|大哥|大嫂|阿姨|阿婆|阿公|阿伯|老伯|老太太?|老汉|老人|老师|师傅|女士|先生|小姐|伯伯|(?:姐|嫂|叔|婶|伯)(?![一-鿿]{2})|娭毑|老板|家姆妈|大伯|妈妈|爸爸|姑娘|小伙|老爹|(?:奶|爷)(?![一-鿿])"
)
#: the same, tried only where such a word can begin: most of a text is skipped
_KINNED = re.compile(f"(?=[婆奶爷大阿老师女先小伯姐嫂叔婶娭家妈爸姑])(?:{_KIN.pattern})")
_LITTLE = re.compile(r"(?P<name>(?:小|阿)(?P<given>[一-鿿]))(?=[,。、;:!?()的说和与在被把向从因一有是利打来去拿都也还就]|$)")
_OLD = re.compile(r"(?P<name>(?P<surname>[一-鿿])老[二三四五六七八九大汉幺])(?![年人])")
_VETERAN = re.compile(r"(?P<name>老(?P<surname>[一-鿿]))(?![一-鿿]?[村镇路街])")
#: 吴先贵老人, 马广田老两口
_ADDRESSED = re.compile("老人|老两口|夫妇|夫妻|女士|先生|大爷|大娘|一家(?=[,。人的])")
_FAMILIAR = re.compile("^(?:叔|哥|姐|嫂|伯|大叔|大哥|大姐|师傅|老师|警官|婶)$")
_MASKED = re.compile(r"(?P<name>(?P<surname>[一-鿿])(?:某某|某))(?![一-鿿]?[区县市镇村局])")
_TITLED = re.compile(r"(?P<name>(?P<surname>[一-鿿])(?P<title>副?所长|教导员|指导员|警官|队长|局长|书记|主任|律师|医生|厂长|经理))(?![一-鿿]?(?:制|室|岗|任|职|办公))")
#: 57岁的, 1999年出生的, 患有肺结核的, 大阳沟派出所的: a person's name follows
_DESCRIBED = re.compile(r"(?:岁|年?出生|开店|名叫|患有?[一-鿿]{1,6}|派出所|从警[一-鿿\d]{0,4}|退休|退役|毕业|独居|入警[一-鿿\d]{0,4}|转业|扎根[一-鿿\d]{0,8})的$")
#: 刘畅1998年出生, 陈绍勤,48岁
_BORN = re.compile(r"[一-鿿]{2,3},?(?:今年)?(?:\d{2}岁|(?:19|20)\d\d年(?:出)?生)")
#: after what a name may stand that no title announces
_OPENING = re.compile(r"(?:的|叫|本名|真名|[,。“\n;: 后由、和]|^)(?=[一-鿿])")
#: what can follow a name that nothing before announces, within the reach of a name: only there is a name looked for
_HINT = re.compile(
    r"(?:[一-鿿]{2,4}?|[一-鿿]{1,7}(?:·[一-鿿]{1,9})+?)(?:,|、|\(|今年|就?是|任|担任|现任|当|作为|成为|为|系|说|介绍|告诉|表示|坦言|回忆|感慨|称|认为|解释|指出|直言|感叹|笑|激动|无奈|动情|感激|深|欣慰|自豪|高兴|"
    r"哽咽|坦率|常|总|对|向|连连|不禁|颇|也|还|就|便|地|道|承诺|透露|强调|老人|老两口|夫|女士|先生|大爷|大娘|一家|\d)"
)
#: 向治刚、蓝燕……: a list of names that trails off
_TRAILING = re.compile(r"(?:……|…|等(?=[人民英先典一,]|\d))")
_AGE_BEFORE = re.compile(r"(?:\d{1,3}|[一二三四五六七八九]?十[一二三四五六七八九]?)(?:多|来|余)?岁的?$")
_BYWORD_AFTER = re.compile(r"式|精神|故里|故乡|街道|派出所|镇|村|社区|路|街|学校|小学|中学|广场|公园|县|区|工作室|经验|同志精神|号|集团|公司|山|河|湖|桥|站|大道|组|庄|树|林|花|滩|湾|籍|族|语")
#: pen names of press offices: 厦公宣
_COLLECTIVE = re.compile("[一-鿿]{1,2}(?:公宣|警宣|公轩|公萱|公安|宣传|融媒|政宣|公新)")
_DICTIONARY_OK = ("nr", "nrt", "nrfg", "x", "nz")


@dataclass
class Person:
    """One person as the text gives it."""

    name: str
    start: int
    end: int
    roles: list[str] = field(default_factory=list)
    role_class: str = "citizen"
    weight: int = 0


_KIN_ENDS = frozenset("婆公姨爷奶妈爸哥姐弟妹叔伯婶")
def people(draft: Draft, names: Names, named: list[Named]) -> list[Person]:
    """Everyone the text names, in order of first naming."""
    found: dict[str, Person] = {}
    credit_spans = [(c.start, c.end) for c in named]
    by_role(draft, names, found, credit_spans)
    by_description(draft, names, found)
    by_kin(draft, names, found)
    for credit in named:
        if not credit.organisation and not _COLLECTIVE.fullmatch(credit.name):
            cls = "editor" if credit.role and re.search("编|审|校|监制|签发|策划", credit.role) else "reporter"
            _add(found, credit.name, credit.start, credit.end, credit.role if credit.role != "文/图" else None, cls)
    return sorted(_distinct(found), key=lambda p: p.start)


def person_facts(draft: Draft, persons: list[Person]) -> list[Fact]:
    """Facts of kind person. Victims, minors and private persons carry "private": true."""
    facts = []
    for person in persons:
        fields: dict[str, object] = {"name": person.name, "roles": person.roles, "role_class": person.role_class,
                                     "station": _station(draft, person) if person.role_class == "police" else None}  # fmt: skip
        if person.role_class == "citizen":
            fields["private"] = True
        facts.append(draft.fact("person", person.start, person.end, VERSION, fields))
    return facts


def _station(draft: Draft, person: Person) -> str | None:
    words = draft.s[max(0, person.start - 24) : person.end]
    named = [s for s in draft.stations if s.name in words]
    if named:
        near = max(named, key=lambda s: words.rfind(s.name))
        return draft.main if near.former else near.name
    return draft.main


def _add(found: dict[str, Person], name: str, start: int, end: int, role: str | None, cls: str) -> None:
    person = found.get(name)
    if person is None:
        person = found[name] = Person(name, start, end, [], cls)
    elif person.role_class == "citizen" and cls != "citizen":
        person.role_class = cls
    if role and role not in person.roles:
        if not person.roles and cls != "citizen" and start < person.start + 10**9 and person.role_class == cls and role in ("所长",):
            person.start, person.end = start, end
        person.roles.append(role)
    person.weight += 1


def _distinct(found: dict[str, Person]) -> list[Person]:
    """加尔恒 is 加尔恒·努尔兰; a longer reading of a known name (冯勇介) is dropped."""
    kept = []
    for name, person in found.items():
        longer = [other for other in found if other != name and other.startswith(name) and "·" in other]
        shorter = [other for other in found if other != name and name.startswith(other) and len(other) >= 2
                   and found[other].weight > person.weight and "·" not in name and not _KIN.search(name)]  # fmt: skip
        if not longer and not shorter and not (person.role_class == "police" and _nickname(name, found)):
            kept.append(person)
    return kept


def _nickname(name: str, found: dict[str, Person]) -> bool:
    """小冯 and 老冯 are officer 冯勇, when one is named."""
    if len(name) != 2 or name[0] not in "老小":
        return False
    officers = (other for other, person in found.items() if person.role_class == "police" and len(other) > 1 and other != name)
    return any(other[0] == name[1] and not _KIN.search(other) for other in officers)


def by_role(draft: Draft, names: Names, found: dict[str, Person], skip: list[tuple[int, int]]) -> None:
    """民警滕远舟、邬新亮; 所长冯勇; 社区书记兼主任李志刚; 市委常委、政法委书记乔峻."""
    s = draft.s
    for match in _ROLE.finditer(s):
        role, start = _whole_role(s, match)
        if not role or any(first <= match.start() < last for first, last in skip):
            continue
        cls = _CLASS_OF[match[0]]
        gap = _BETWEEN.match(s, match.end())
        place = gap.end() if gap else match.end()
        if gap and gap[0] in (",", "是", "“") and cls != "police":
            continue
        prior = (0.0 if cls == "police" else STRONG) if not gap or not gap[0] or gap[0] == " " else WEAK
        if cls == "citizen":
            prior += 1.0 if match[0] != "员" else 2.0
        _name_list(draft, names, found, (place, start, _clean_role(role), cls, prior))


def _whole_role(s: str, match: re.Match[str]) -> tuple[str, int]:
    """The title with its modifiers (社区民警, 镇党委书记) and where it begins; "" when it is part of another word."""
    before = s[max(0, match.start() - 12) : match.start()]
    if match[0] == "员":
        word = re.search("[一-鿿]{2}$", before)
        if not word or s[match.end() : match.end() + 1] in ("会", "工", "们", "额", "的"):
            return "", match.start()
        return word[0] + "员", match.start() - 2
    modifiers = _MODIFIERS.search(before) if _CLASS_OF[match[0]] != "citizen" else None
    length = len(modifiers[0]) if modifiers else 0
    return s[match.start() - length : match.end()], match.start() - length


def _name_list(draft: Draft, names: Names, found: dict[str, Person], lead: tuple[int, int, str, str, float]) -> None:
    """The names that a role introduces, one or several (柳定坤、邬志高)."""
    place, start, role, cls, prior = lead
    s, first = draft.s, True
    while place < len(s):
        end = names.at(place, prior=prior)
        if end == place and cls == "police" and first:
            end = _unlisted(draft, names, place)
        if end == place or not _person_there(draft, names, place, end):
            return
        _add(found, s[place:end], start if first else place, end, role, cls)
        if (also := _IS.match(s, end, min(len(s), end + 40))) and (kind := _ROLE.search(also["role"])):
            _add(found, s[place:end], place, end, also["role"], _CLASS_OF[kind[0]])
        first = False
        more = _MORE.match(s, end)
        if not more or names.at(more.end(), prior=STRONG + 1) == more.end():
            return
        place = more.end()


_IDEOGRAPHS = re.compile("[一-鿿]+")


def _unlisted(draft: Draft, names: Names, place: int) -> int:
    """After an officer's title: 小王, or a name whose surname no list has (字辉京) when it recurs."""
    s = draft.s
    if s[place : place + 1] in ("小", "老") and s[place + 1 : place + 2] in names._surnames:
        return place + 2
    for length in (3, 2):
        name = s[place : place + length]
        if len(name) == length and _IDEOGRAPHS.fullmatch(name) and not NEVER & set(name) and s.count(name) >= 3 and name not in names._words.frequency and len(names._words.segment(name)) == length:
            return place + length
    return place


_PASSING = re.compile(r"^(?:值班|出警|年轻|青年|老|新|驻所|处警)(?=民警|辅警)")


def _clean_role(role: str) -> str:
    return _PASSING.sub("", role)


def _person_there(draft: Draft, names: Names, start: int, end: int) -> bool:
    """What looks like a name is no byword (“马天民式”), place or dictionary word."""
    name, after = draft.s[start:end], draft.s[end : end + 3]
    if _BYWORD_AFTER.match(after):
        return False
    if name[0] in "小老" and len(name) == 2:
        return True
    if any(station.name.removesuffix("派出所") == name for station in draft.stations):
        return False
    kind = names._words.kind(name)
    frequency = names._words.frequency.get(name, 0)
    return kind in _DICTIONARY_OK or frequency < 30 or draft.s.count(name) >= 3


def _may_begin(names: Names, s: str, place: int) -> bool:
    """A surname, a part of a name without one, or a name with a middle dot can begin here."""
    first, two = s[place], s[place : place + 2]
    if first in names._surnames or two in names._parts or two in names._surnames:
        return True
    return "·" in s[place : place + 8] and first not in "叫是由和与对向让把被给跟的"


_ALIAS = re.compile(r"([小阿老]?[一-鿿]{1,3}),(?:本名|真名)$")


def by_description(draft: Draft, names: Names, found: dict[str, Person]) -> None:
    """63岁的毛健, 患有肺结核的徐孝惠; 陈绍勤,48岁,…社区民警; 司马青山是第七任所长; 冯勇介绍; 大阳沟派出所的胡磊和冯成敏."""
    s = draft.s
    for opening in _OPENING.finditer(s):
        place = opening.end()
        if not _may_begin(names, s, place):
            continue
        sure = _DESCRIBED.search(s, max(0, place - 12), place)
        if (not sure and not _HINT.match(s, place)) or _ROLE.match(s, place):
            continue
        end = names.at(place, prior=STRONG if sure or _BORN.match(s, place) else WEAK)
        if end == place or not _person_there(draft, names, place, end) or draft.heading(place):
            continue
        name = s[place:end]
        evidence = _evidence(draft, place, end)
        alias = _ALIAS.search(s, max(0, place - 8), place) if s.endswith("名", 0, place) else None
        if alias:
            found.pop(alias[1][-2:], None)
        if evidence is None and s[end : end + 1] == "、" and _listed(draft, names, place, end):
            evidence = (None, "police" if _near_police(draft, place) else "citizen")
        if evidence is None:
            continue
        role, cls = evidence
        if name in found:
            if role:
                _add(found, name, found[name].start, found[name].end, role, cls)
            continue
        _add(found, name, place, end, role, cls)
        while more := _MORE.match(s, end):
            start = more.end()
            end = names.at(start, prior=STRONG)
            if end == start or not _person_there(draft, names, start, end):
                break
            _add(found, s[start:end], start, end, role, cls)


def _listed(draft: Draft, names: Names, start: int, end: int) -> bool:
    """The name opens a list of names that trails off."""
    place = end
    for _ in range(6):
        if place > end and _TRAILING.match(draft.s, place):
            return True
        if draft.s[place : place + 1] != "、":
            return False
        following = names.at(place + 1, prior=STRONG)
        if following == place + 1:
            return False
        place = following
    return False


def _evidence(draft: Draft, start: int, end: int) -> tuple[str | None, str] | None:
    """Why a name-like word at a clause's start is a person: (role, class), None when nothing says so."""
    s = draft.s
    before = s[max(0, start - 14) : start]
    after = s[end : end + 40]
    is_role = _IS.match(after)
    if is_role:
        role = is_role["role"]
        kind = _ROLE.search(role)
        return role, _CLASS_OF[kind[0]] if kind else "citizen"
    aged = _AGED.match(after)
    if aged:
        later = _ROLE.search(after[: (after.find("。", aged.end()) + 1 or len(after))], aged.end())
        return (_whole_role(after, later)[0], _CLASS_OF[later[0]]) if later else (None, "citizen")
    if _ADDRESSED.match(after):
        return None, "citizen"
    if re.search(r"派出所的$", before):
        return None, "police"
    if _AGE_BEFORE.search(before) or _DESCRIBED.search(before) or re.search(r"(?:名叫|叫做|本名|真名)$", before) or (before.endswith("叫") and "·" in s[start:end]):
        return None, "police" if re.search("民警|派出所|警", draft.s[slice(*draft.sentence(start))]) else "citizen"
    if _SAYS.match(after) and before[-1:] in ",。“\n;: 的" + "”":
        return None, "police" if re.search("派出所|民警|所里", s[end : end + 60]) else "citizen"
    return None


#: a word so frequent in the dictionary is meant as one even after a title: 村民小组 (3116); 女孩小雨 (under 300) is a name
_WORD = 1000


def by_kin(draft: Draft, names: Names, found: dict[str, Person]) -> None:
    """牟婆婆, 杨某, 小夏, 汤老四, 王爷爷: private persons known by half a name."""
    s = draft.s
    aliases = {alias[1] for alias in re.finditer(r"([小阿老][一-鿿]),(?:本名|真名)", s)}
    surnames = {name[0] for name in found if len(name) >= 2 and not _KIN.search(name)}
    for start, end in [*_half_names(names, s), *((m.start(), m.end()) for p in (_MASKED, _OLD) for m in p.finditer(s))]:
        surname = s[start]
        quoted = draft.in_quotes(start)
        if quoted and quoted[1] - quoted[0] <= 8:
            continue
        if surname not in names._surnames or surname in _SELDOM_SURNAME or not _begins(names, s, start, end):
            continue
        if names._words.frequency.get(s[start:end], 0) > 20 or any(s[start - 3 : end].find(name) >= 0 for name in found if len(name) >= 2 and name[0] != surname):
            continue
        if surname in surnames and _FAMILIAR.search(s[start + 1 : end]):
            continue  # 孟叔 is 孟宪岭
        _add(found, s[start:end], start, end, None, "citizen")
    for match in _VETERAN.finditer(s):
        surname = match["surname"]
        if surname in surnames or surname not in names._surnames or not _begins(names, s, match.start(), match.end()):
            continue
        joint = s[match.end() - 1 : match.end() + 1]
        if names._words.frequency.get(match["name"], 0) > 50 or names._words.frequency.get(joint, 0) > 50 or (s.count(match["name"]) < 2 and s[match.start() - 1 : match.start()] != "的"):
            continue
        _add(found, match["name"], match.start(), match.end(), None, "police" if _near_police(draft, match.start()) else "citizen")
    for match in _TITLED.finditer(s):
        surname = match["surname"]
        another_word = names._words.frequency.get(match["name"], 0) > 3 or surname in "任代老党团" or surname in _SELDOM_SURNAME
        if another_word or surname in surnames or surname not in names._surnames or not _begins(names, s, match.start(), match.end()):
            continue
        _add(found, match["name"], match.start(), match.end(), match["title"], _CLASS_OF.get(match["title"], "official"))
    for match in _LITTLE.finditer(s):
        name, given = match["name"], match["given"]
        titled = _ROLE.search(s, max(0, match.start() - 3), match.start())
        introduced = titled is not None and titled.end() == match.start()
        if names._words.frequency.get(name, 0) > (_WORD if introduced else 20) or given in _KIN_ENDS or (given in surnames and given in names._surnames):
            continue
        if not (titled and titled.end() == match.start()) and not _begins(names, s, match.start(), match.end()):
            continue
        if name in aliases:
            continue
        _add(found, match["name"], match.start(), match.end(), None, "citizen")


#: surnames that are far oftener another word before a kinship word: 向老师说, 和老人, 位老人
_SELDOM_SURNAME = frozenset("向和于从经让对由位都有应常过多老那同单通全能须终国公广双満时明安安别边何文家当如此后万")


def _near_police(draft: Draft, place: int) -> bool:
    start, end = draft.sentence(place)
    return bool(re.search("民警|派出所|社区警务|所里", draft.s[start:end]))


def _half_names(names: Names, s: str) -> list[tuple[int, int]]:
    """A surname and a kinship word: 牟婆婆."""
    found = []
    for kin in _KINNED.finditer(s):
        full = s[max(0, kin.start() - 2) : kin.start()]
        apart = names._words.frequency.get(s[max(0, kin.start() - 3) : kin.start() - 1], 0) > 100  # 保安|王师傅
        if full[:1] in names._surnames and names._words.kind(full) in ("nr", "nrt", "nrfg") and not apart:
            continue  # 傅雷先生
        if s[max(0, kin.start() - 2) : kin.start()] in names._surnames and kin.start() >= 2:
            found.append((kin.start() - 2, kin.end()))
        elif kin.start() >= 1:
            found.append((kin.start() - 1, kin.end()))
    return found


def _begins(names: Names, s: str, start: int, end: int) -> bool:
    """The half name is not the tail of a longer word."""
    before = s[start - 1] if start else "\n"
    if not re.match(r"[一-鿿]", before):
        return True
    if (before in names._surnames and before not in "和与及向于从" and s[start] in "小阿") or names._words.frequency.get(before + s[start], 0) > 200:
        return False
    longer = s[max(0, start - 6) : end]
    cut = names._words.segment(longer)
    return sum(map(len, cut)) == len(longer) and any(
        sum(map(len, cut[:index])) == len(longer) - (end - start) for index in range(len(cut)))  # fmt: skip
