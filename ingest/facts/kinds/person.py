"""Facts of kind person, found by a role, an age, a word of kinship, a verb of speech or the characters of the name."""

from __future__ import annotations

import re
from collections import Counter

from ingest.facts.document import Doc, places_of
from ingest.facts.kinds.byline_credit import Named
from ingest.facts.name_evidence import shown
from ingest.facts.officer_signs import mark_officers
from ingest.facts.partly_named_persons import by_partial_name
from ingest.facts.person_checks import KIN, Person, distinct, is_person_at, near_police, note, of_station
from ingest.facts.person_groups import by_group
from ingest.facts.roles import EXPERTS, KINSHIP, ROLE, class_of, clean_role, joint_role, whole_role
from ingest.facts.rule_engine import left_out
from ingest.zh import han
from ingest.zh.lexicon import NEVER
from ingest.zh.person_names import STRONG, WEAK, PersonNames
from ingest.zh.segment import listed
from ingest.zh.word_search import occurrences
from store.records import Fact

VERSION = "person.role@4"

#: reduction of the prior cost of a relative's name that starts with the surname of another person: 蓝永福的儿子蓝天佑. Not
#: measured
_FAMILY = 3.0
#: titles of the heads of a station, mostly followed by a name
_HEADS = frozenset(listed("所长 副所长 教导员 副教导员 指导员 副指导员"))
#: prior cost of a name after one of _HEADS; not measured
_HEAD = -4.0
#: the role of an officer whose title the text does not state
_OFFICER = "民警"
#: words between a role and the name after it
_BETWEEN = han.regex(r"(?:[ ]|——|(?:名叫|叫做?|是|换成了|,)(?=[\p{Han}])|“)?")
#: separators between two names of a list: 民警柳定坤、邬志高
_MORE = han.regex(r"(?:[(](?:左|右|中|前|后)[^)]{0,4}[)])?[ ]?(?:[、和与及]|以及)(?:[\p{Han}]{1,3}的)?[ ]?")
#: text after a name that shows a person: words of age or birth, or a note in brackets: (男, …), (左), (化名)
_AGED = re.compile(
    r"(?:今年\d{2}岁|(?:19|20)\d\d年(?:出)?生)|,(?:男|女|今年)?\d{2}岁|\((?:左|右|中|男|女|化名|前|后)[^)]{0,6}\)"
)
#: a role that is stated after a name: 司马青山是第七任所长; 加尔恒是一名护边员
_IS = re.compile(
    rf",?(?:今年)?(?:\d{{2}}岁[,的]?)?(?:就?是|任|担任|现任|当了?|作为|成为|为(?=[^,。;“”\n]{{0,30}}[长员警师导委][,。;]))(?:[^,。;“”\n]{{0,28}}?)(?P<role>(?:社区|户籍|治安|刑侦|驻村|责任区)?(?:{ROLE.pattern}))"
)
#: a verb of speech after a name
_SAYS = han.regex(
    r"(?:(?:笑着|感慨|激动|无奈|动情|感激|坦言|深有感触|欣慰|自豪|高兴|哽咽|介绍|告诉|回忆|解释|坦率|常常?|总|对记者|向记者|对民警|连连|不禁|颇为|深情|也|还|就|便|地)[\p{Han}]{0,3})?"
    r"(?:说道?|介绍|告诉|表示|坦言|回忆|感慨|称|认为|解释|指出|直言|感叹|笑道|说起|承诺|透露|强调|道)(?=[,::。“;“]|$|[\p{Han}])"
)
#: a form of address after a name: 吴先贵老人, 马广田老两口
_ADDRESSED = re.compile("老人|老两口|夫妇|夫妻|女士|先生|大爷|大娘|一家(?=[,。人的])")
#: a description before a name: 57岁的, 1999年出生的, 患有肺结核的, 大阳沟派出所的
_DESCRIBED = han.regex(
    r"(?:岁(?:高龄)?|年?出生|开店|卖[\p{Han}]{1,4}|名叫|患有?[\p{Han}]{1,6}|派出所|窗口|户籍室|大厅|警务室|[穿着][\p{Han}]{0,2}警服|从警[\p{Han}\d]{0,4}|退休|退役|毕业|独居|年级|(?:同为|同是|也是)[\p{Han}]{0,6}警察?|[\p{Han}][村寨屯]|入警[\p{Han}\d]{0,4}|转业|扎根[\p{Han}\d]{0,8})的$"
)
#: a village before a name, which shows that the person is not an officer: 二河屯的赵海江
_VILLAGER = re.compile("[村寨屯组坪湾沟庄]的$")
#: words for the police, which show that a person of their sentence is an officer; 报警 (to call the police), 警情 and 警报
#: are excluded
_POLICE_NEAR = re.compile("民警|派出所|(?<![报反])警(?![情报])")
#: a name followed by an age or a birth: 刘畅1998年出生, 陈绍勤,48岁
_BORN = han.regex(r"[\p{Han}]{2,3},?(?:今年)?(?:\d{2}岁|(?:19|20)\d\d年(?:出)?生)")
#: text after which a name without a title may start
_OPENING = han.regex(r"(?:[的叫,。“”\n;: 后由、和]|(?<=[大本真])名|是(?=[\p{Han}]{2,4},\d{2}岁)|^)(?=[\p{Han}])")
#: a name followed by a word that shows a person; a name without such a word and without a title needs a description
#: (_DESCRIBED) or a word such as 叫 before it
_HINT = han.regex(
    r"(?:[\p{Han}]{2,4}?|[\p{Han}]{1,7}(?:·[\p{Han}]{1,9})+?)(?:,|、|\(|今年|就?是|任|担任|现任|当|作为|成为|为|系|说|介绍|告诉|表示|坦言|回忆|感慨|称|认为|解释|指出|直言|感叹|笑|激动|无奈|动情|感激|深|欣慰|自豪|高兴|"
    r"哽咽|坦率|常|总|对|向|连连|不禁|颇|也|还|就|便|地|道|承诺|透露|强调|老人|老两口|夫|女士|先生|大爷|大娘|一家|\d)"
)
#: the end of an open list of names: 向治刚、蓝燕……
_TRAILING = re.compile(r"(?:……|…|等(?=[人民英先典一,]|\d))")
#: number of characters after a name in which _TRAILING is searched; enough for six names of 15 characters
_LIST = 100
#: an age before a name
_AGE_BEFORE = re.compile(r"(?:\d{1,3}|[一二三四五六七八九]?十[一二三四五六七八九]?)(?:多|来|余)?岁的?$")
#: pen names shared by the writers of a press office, which are not persons: 厦公宣
_COLLECTIVE = han.regex("[\\p{Han}]{1,2}(?:公宣|警[宣轩萱讯]|公轩|公萱|公安|宣传|融媒|政宣|公新)")


def find_people(doc: Doc, names: PersonNames, named: list[Named]) -> list[Person]:
    """Return the persons of the text, ordered by the start of their quote."""
    found: dict[str, Person] = {}
    credit_spans = [(c.start, c.end) for c in named]
    by_role(doc, names, found, credit_spans)
    by_description(doc, names, found)
    by_group(doc, names, found)
    by_partial_name(doc, names, found)
    by_shape(doc, names, found, credit_spans)
    mark_officers(doc, found)
    for credit in named:
        if not credit.organisation and not _COLLECTIVE.fullmatch(credit.name):
            cls = "editor" if credit.role and re.search("编|审|校|监制|签发|策划", credit.role) else "reporter"
            note(found, credit.name, credit.start, credit.end, credit.role if credit.role != "文/图" else None, cls)
    kept = distinct(found)
    if doc.decisions is not None:
        for name in found.keys() - {person.name for person in kept}:
            left_out(doc, "person", "part", found[name].start, found[name].end)
    return sorted(kept, key=lambda p: p.start)


def person_facts(doc: Doc, persons: list[Person]) -> list[Fact]:
    """Return the facts of kind person.

    Citizens, also victims and minors, have the field "private": true, unless a role is that of an expert (EXPERTS).
    """
    facts = []
    for person in persons:
        fields: dict[str, object] = {
            "name": person.name,
            "roles": person.roles or ([_OFFICER] if person.role_class == "police" else []),
            "role_class": person.role_class,
            "station": _station(doc, person) if person.role_class == "police" else None,
        }
        if person.role_class == "citizen" and not any(role.endswith(tuple(EXPERTS)) for role in person.roles):
            fields["private"] = True
        facts.append(doc.fact("person", person.start, person.end, VERSION, fields))
    return facts


def _station(doc: Doc, person: Person) -> str | None:
    """Return the last station named in the 24 characters before the person or in the quote of the person.

    Without one, or for a former name, return the main station.
    """
    words = doc.s[max(0, person.start - 24) : person.end]
    named = doc.stations_in((max(0, person.start - 24), person.end))
    if named:
        near = max(named, key=lambda s: words.rfind(s.name))
        return doc.main if near.former else near.name
    return doc.main


def by_role(doc: Doc, names: PersonNames, found: dict[str, Person], skip: list[tuple[int, int]]) -> None:
    """Add the persons named after a title: 民警滕远舟、邬新亮; 社区书记兼主任李志刚; 市委常委、政法委书记乔峻.

    Titles inside a span of `skip` (the credits) are ignored.
    """
    s = doc.s
    skipped = {place for span in skip for place in range(*span)}
    for match in ROLE.finditer(s):
        if match.start() in skipped:
            continue
        gap = _BETWEEN.match(s, match.end())
        place = gap.end() if gap else match.end()
        cls = class_of(s, match)
        if cls != "police" and not names.may_begin(place):
            continue  # most titles have no name, and this is the fastest test
        if _in_word(names, s, match):
            continue
        if gap and gap[0] in (",", "是", "“") and cls != "police":
            continue
        titled = 0.0 if cls == "police" else STRONG
        if cls == "police" and match[0] in _HEADS:
            titled = _HEAD
        prior = titled if not gap or not gap[0] or gap[0] == " " else WEAK
        if cls == "citizen":
            prior += 1.0 if match[0] != "员" else 2.0
            if match[0] in KINSHIP and s[place : place + 1] in {name[0] for name in found}:
                prior -= _FAMILY
        _name_list(doc, names, found, match, place, prior)


def _in_word(names: PersonNames, s: str, title: re.Match[str]) -> bool:
    """Return whether the title, or its last character, is part of a longer word: 主人|公, 派出所|长江大桥, 两处|长度."""
    end, frequency = title.end(), names.words.frequency
    if title[0] == "员" and s.endswith("人", 0, title.start()):
        # 医护人员|连饭 is not a person, but 工作人员|吴军 is
        return names.at(end, prior=WEAK) == end
    if frequency.get(s[title.start() : end + 1], 0) > 0 and len(title[0]) > 1:
        return names.at(end + 1, prior=WEAK) > end + 1 or names.at(end) == end
    split = title[0].endswith("长") and frequency.get(s[end - 1 : end + 1], 0) > 0
    # a dictionary word precedes 长 in 派出所|长江, but not in 学校校|长江
    office = any(frequency.get(s[end - size : end - 1], 0) > 0 for size in (3, 4))
    return split and office and not names.outweighs(end - 1, end)


def _name_list(
    doc: Doc, names: PersonNames, found: dict[str, Person], title: re.Match[str], place: int, prior: float
) -> None:
    """Add the names at `place` after `title`: one name or a list of names (柳定坤、邬志高)."""
    s, first, cls, role, start = doc.s, True, class_of(doc.s, title), "", place
    if s[place : place + 1] in ("和", "与", "及", "向") and ROLE.match(s, place + 1):
        return  # a conjunction and the next title: 退休法官|和|楼栋长
    titled = place == title.end() and (cls != "citizen" or len(title[0]) > 1)
    while place < len(s):
        if cls == "police" and (place == title.end() if first else s[place - 1] == "、"):
            end = _common_word(names, s, place, listed=not first)
        else:
            end = place
        if end == place and first and title[0] in KINSHIP and place == title.end():
            end = _relative(names, s, title.start(), place)
        if end == place:
            end = names.at(place, prior=prior, titled=titled)
            if end == place and cls == "police":
                end = _unusual_name(doc, names, place) if first else _short_name(names, s, place)
            if end == place:
                return
            if not is_person_at(doc, names, place, end, titled=cls == "police" or (titled and cls == "official")):
                left_out(doc, "person", "byword", place, end)
                return
            if cls == "citizen" and s.endswith("——", 0, place) and s[end : end + 1] == "的":
                return  # the name is that of a place: 乌东 in 两寨寨老——乌东|的余老响
            if end - place == 2 and KIN.match(s, end - 1):
                # the second character of the supposed name begins a kinship title: 大 of 冀大 in 住户冀大娘
                return
        if first:  # the words before a title are read only if a name follows; most titles have no name
            role, start = whole_role(s, title)
            if not role:
                return
            role = clean_role(role)
        if first and (cls != "police" or "兼" in s[max(0, start - 16) : start]) and (joined := joint_role(s, start)):
            note(found, s[place:end], start, end, joined, "police")
        note(found, s[place:end], start if first else place, end, role, cls)
        if (also := _IS.match(s, end, min(len(s), end + 40))) and (kind := ROLE.search(s, also.start("role"))):
            note(found, s[place:end], place, end, also["role"], class_of(s, kind))
        first = False
        more = _MORE.match(s, end)
        if not more:
            return
        if not _goes_on(names, s, more.end(), cls):
            return
        place = more.end()
        if ROLE.match(s, place):
            # another title with its own name follows: 和民警亚森·卡德尔
            return


#: words after the name of a relative that is also a word of the dictionary
_AFTER_RELATIVE = re.compile("[,。;也是在从说今当]")


def _relative(names: PersonNames, s: str, title: int, place: int) -> int:
    """Return the end of a relative's name that is also a noun: 田野 in 田贵发的儿子田野; without one, `place`.

    The relative has the surname of the person whose name and 的 precede the title.
    """
    name = s[place : place + 2]
    owner = s[title - 1 : title] == "的" and any(
        s[title - size] == name[:1] and names.at(title - size, prior=STRONG) == title - 1
        for size in (4, 3)
        if size <= title
    )
    noun = owner and names.words.kind(name)[:1] == "n" and _AFTER_RELATIVE.match(s, place + 2)
    return place + 2 if noun else place


def _goes_on(names: PersonNames, s: str, place: int, cls: str) -> bool:
    """Return whether another name of the list starts at `place`; `cls`: class of the title before the list."""
    if names.at(place, prior=STRONG + 1) > place or _short_name(names, s, place) > place:
        return True
    return cls == "police" and s[place - 1] == "、" and _common_word(names, s, place, listed=True) > place


_IDEOGRAPHS = han.regex("[\\p{Han}]+")


def _short_name(names: PersonNames, s: str, place: int) -> int:
    """Return the end of a short name (小王, 老陈) at `place`, or `place` if there is none."""
    return place + 2 if s[place : place + 1] in ("小", "老") and s[place + 1 : place + 2] in names.surnames else place


#: an unknown name with an age or a nationality after it: 队长帕团宽,71岁,景颇族
_TOLD = han.regex(r"(?![叫名是也他她现])[\p{Han}]{2,4}(?=,(?:男|女)?,?(?:今年)?\d{2}岁|,[\p{Han}]{1,4}族[,。])")


def _unusual_name(doc: Doc, names: PersonNames, place: int) -> int:
    """Return the end of a name at `place` after the title of an officer, or `place` if there is none.

    The name is short (小王), an unknown word with an age or a nationality after it (`_TOLD`), or an unknown word that
    the text uses at least three times (字辉京).
    """
    s = doc.s
    if (end := _short_name(names, s, place)) > place:
        return end
    if s[place - 1] not in ",叫" and (told := _TOLD.match(s, place)) and told[0] not in names.words.frequency:
        return told.end()
    for length in (3, 2):
        name = s[place : place + length]
        if (
            len(name) == length
            and _IDEOGRAPHS.fullmatch(name)
            and not NEVER & set(name)
            and names.count(name) >= 3
            and name not in names.words.frequency
            and len(names.words.segment(name)) == length
        ):
            return place + length
    return place


#: words after a possible name that only follow persons: actions and attributes
_PERSONAL = han.regex(
    r"[又也正就便]?(?:说(?![明服])|介绍(?!信)|告诉|表示|坦言|回忆|感慨|摆了?摆手|摇了?摇头|点了?点头|笑[着了道]|叹)|[又也]?[打敬拉推扶端牵]了|是[\p{Han}]{2,8}[人族](?=[,。])|"
    r"叔叔|阿姨|[、和与](?:辅警|民警|副?所长|教导员|指导员)|,(?:男|女|\d{2}岁|[\p{Han}]{1,4}族(?=[,。])|从警|(?:19|20)\d\d年)"
)
#: an office, a sex, an age or police service after a word that may be a name or a verb: 施展 is a name in
#: 施展现在是副大队长, but 安慰 is not one in 民警安慰说
_OFFICE_HELD = han.regex(
    r"(?:现在|如今)是[^,。]{0,16}[长员警]|(?:当了?|当上|担任|任)[^,。]{0,12}[长员警](?=[,。])|,(?:男|女|\d{2}岁|从警)"
)
#: words for people after 民警 that are not names: 家属 in 民警家属说, 代表 in 民警代表表示
_PEOPLE = (
    "家属",
    "家人",
    "代表",
    "师傅",
    "师父",
    "老师",
    "干部",
    "同志",
    "同事",
    "徒弟",
    "家长",
    "群众",
    "党员",
    "房东",
)
#: text after the last name of a list; a dictionary word in a list is accepted as its last name only before such text
_AFTER_LIST = re.compile(r"[,。;、)]|等(?![待候])|[在把给向带分赶]")


def _common_word(names: PersonNames, s: str, place: int, *, listed: bool = False) -> int:
    """Return the end of a name at `place` that is also a word of the dictionary (所长万里, 副所长边疆说), else `place`.

    A word of three characters that the dictionary tags as a personal name is accepted without evidence. For any other
    word, the text must show somewhere that the word names a person, or the next item of the list must be such a name or
    have a title. `listed`: the word follows a name of the same list (池浩、季风), which is evidence enough for a noun.
    """
    for length in (3, 2):
        name = s[place : place + length]
        if len(name) < length or name[:1] not in names.surnames or name in _PEOPLE:
            continue
        kind = names.words.kind(name)
        if length == 3 and kind == "nr" and names.at(place) <= place + length:
            return place + length  # an officer with the same name as a person of the dictionary
        if name not in names.words.frequency or ROLE.match(s, place):
            continue
        if (kind[0] in "nstm" and names.cached(_acts, name)) or names.cached(_holds_office, name):
            return place + length
        if kind[0] in "nstmv" and s[place + length : place + length + 1] == "、" and ROLE.match(s, place + length + 1):
            return place + length  # the next item has a title of its own: 民警向往、辅警谭三娃
        if listed and kind[0] in "nst" and _AFTER_LIST.match(s, place + length):
            return place + length
        beside = place + length + 1
        if s[beside - 1 : beside] == "、" and kind[0] in "nstmv" and _common_word(names, s, beside) > beside:
            # a list of two dictionary words (民警施展、章程), the second of which names a person in the text
            return place + length
    return place


def _holds_office(name: str, text: str) -> bool:
    """Return whether the text states an office, a sex, an age or police service directly after `name`."""
    return any(_OFFICE_HELD.match(text, start + len(name)) for start in places_of(name, text))


def _acts(name: str, text: str) -> bool:
    """Return whether the text contains `name` directly before a word that only follows persons."""
    return any(_PERSONAL.match(text, start + len(name)) for start in places_of(name, text))


def _may_begin(names: PersonNames, s: str, place: int) -> bool:
    """Return whether a name can start at `place`: with a surname, a listed part of a name, or as a dotted name."""
    return s[place] in names.beginnings or (
        "·" in s[place : place + 8] and s[place] not in "叫是由和与对向让把被给跟的"
    )


#: a nickname before 大名, 本名 or 真名, which introduce the real name; the nickname is then not a person of its own
_ALIAS = han.regex(r"([小阿老]?[\p{Han}]{1,3}),?(?:大名|本名|真名)$")
#: words that introduce a name: 她叫马玉兰, 名叫…, 小毛大名…
_NAMED = re.compile(r"(?:名叫|叫做|大名|本名|真名|(?:[他她我]|名字|,|。|[一二三]个|一[名位])就?叫)$")
#: a place of origin after a name: 丁有福是下坝村人
_FROM = han.regex(r"(?:就?是|,)[\p{Han}]{1,12}[省市县区旗镇乡村寨屯]人(?=[,。;的])")


def by_description(doc: Doc, names: PersonNames, found: dict[str, Person]) -> None:
    """Add persons without a title before the name: 63岁的毛健; 陈绍勤,48岁,…社区民警; 司马青山是第七任所长; 冯勇介绍."""
    s = doc.s
    surnames = Counter(name[0] for name in found)
    for opening in _OPENING.finditer(s):
        place = opening.end()
        if not _may_begin(names, s, place) and s[place - 1 : place] != "叫":
            continue
        sure = _DESCRIBED.search(s, max(0, place - 12), place)
        introduced = s[place - 1 : place] in ("叫", "名") and (
            _NAMED.search(s, max(0, place - 4), place) or s[place : place + 2] in names.parts
        )
        if (not sure and not introduced and not _HINT.match(s, place)) or ROLE.match(s, place):
            continue
        titled = bool(introduced) and names.may_begin(place)
        end = names.at(place, prior=STRONG if sure or _BORN.match(s, place) else WEAK, titled=titled)
        if end == place:
            continue
        name = s[place:end]
        if reason := _no_person(doc, names, place, end, introduced=bool(introduced)):
            left_out(doc, "person", reason, place, end)
            continue
        evidence = _evidence(doc, place, end)
        alias = _ALIAS.search(s, max(0, place - 8), place) if s.endswith("名", 0, place) else None
        if alias and found.pop(alias[1][-2:], None):
            surnames[alias[1][-2:][0]] -= 1
        if evidence is None and s[end : end + 1] == "、" and _listed(doc, names, place, end):
            evidence = (None, "police" if near_police(doc, place) else "citizen")
        if evidence is None:
            left_out(doc, "person", "evidence", place, end)
            continue
        role, cls = evidence
        # a word of kinship makes the person a citizen even in a sentence about an officer: 卖米糕的汤阿婆
        if role is None and KIN.search(name, 1):
            if surnames[name[0]] - (name in found):
                continue  # a short form of another person: 费老师 when 费孝明 is named
            cls = "citizen"
        if name in found:
            if role:
                note(found, name, found[name].start, found[name].end, role, cls)
            continue
        note(found, name, place, end, role, cls)
        surnames[name[0]] += 1
        while more := _MORE.match(s, end):
            start = more.end()
            end = names.at(start, prior=STRONG)
            if end == start or not is_person_at(doc, names, start, end):
                break
            surnames[s[start]] += s[start:end] not in found
            note(found, s[start:end], start, end, role, cls)


#: a noun that is also a surname, with an adverb and an adjective; the words are not a name: 路太远, 水很深
_FAR = han.regex("[\\p{Han}][太很真更最][远近多少大小高低宽窄长短难深浅贵忙晚早冷热滑陡挤好]")


def _no_person(doc: Doc, names: PersonNames, start: int, end: int, *, introduced: bool) -> str | None:
    """Return the reason why a possible name is not that of a person, else None.

    `introduced`: a word such as 叫 or 名叫 introduces the name.
    """
    if doc.heading(start):
        return "heading"
    if of_station(doc, doc.s[start:end]) or doc.s[start:end] in doc.place_names:
        return "place"
    if not introduced and _FAR.match(doc.s, start, end):
        return "byword"
    return None if introduced or is_person_at(doc, names, start, end) else "byword"


def _listed(doc: Doc, names: PersonNames, start: int, end: int) -> bool:
    """Return whether the name at start:end begins a list of names that ends in …… or 等."""
    if not _TRAILING.search(doc.s, end, end + _LIST):  # the usual case: without such an end, the names need not be read
        return False
    place = end
    for _ in range(6):
        if place > end and _TRAILING.match(doc.s, place):
            return True
        if doc.s[place : place + 1] != "、":
            return False
        following = names.at(place + 1, prior=STRONG)
        if following == place + 1:
            return False
        place = following
    return False


#: text after 长 that shows that 长 does not end a title: 大 in 林区|长大, 期 in 林区|长期
_GREW = re.compile("大[的于在起]?(?=[,。“])|大[的于在]|期|久")


def _role_in(words: str, start: int) -> tuple[str | None, str]:
    """Return (role, class) of the first title from `start` on; without one, (None, citizen)."""
    for title in ROLE.finditer(words, start):
        if not (title[0].endswith("长") and _GREW.match(words, title.end())):
            return whole_role(words, title)[0], class_of(words, title)
    return None, "citizen"


def _evidence(doc: Doc, start: int, end: int) -> tuple[str | None, str] | None:
    """Return (role, class) of a possible name if the words around it show a person, else None."""
    s = doc.s
    before = s[max(0, start - 14) : start]
    after = s[end : end + 40]
    is_role = _IS.match(after)
    if is_role:
        kind = ROLE.search(s, end + is_role.start("role"))
        return is_role["role"], class_of(s, kind) if kind else "citizen"
    aged = _AGED.match(after)
    if aged:
        return _role_in(after[: (after.find("。", aged.end()) + 1 or len(after))], aged.end())
    if _ADDRESSED.match(after):
        return None, "citizen"
    if re.search(r"派出所的$", before):
        return None, "police"
    if _NAMED.search(before):
        return _role_in(after[: after.find("。") + 1], 0)
    if _FROM.match(after):
        return None, "citizen"
    if _AGE_BEFORE.search(before) or _DESCRIBED.search(before) or (before.endswith("叫") and "·" in s[start:end]):
        if _VILLAGER.search(before):
            return None, "citizen"  # a villager, even if the police are near: 二河屯的赵海江报警
        return None, "police" if _POLICE_NEAR.search(doc.s, *doc.sentence(start)) else "citizen"
    if _SAYS.match(after) and before[-1:] in ",。“\n;: 的" + "”":
        return None, "police" if re.search("派出所|民警|所里", s[end : end + 60]) else "citizen"
    return None


#: the type of a station at the end of its name; the rest is a place: 宝力根 in 宝力根边境派出所
_KIND = han.regex(r"(?<=[\p{Han}]{2})(?:治安|边境|边防|海岸|水上|交通|森林|铁路|旅游)$")
#: words that show that no full name of a person follows: before a place or a railway line (位于普玛江塘乡, 管辖石太客专),
#: or before a surname (老关守塔26年)
_PLACED = han.regex(r"(?:于|在|往|至|赴|管辖|地处|途经|来到|抵达|驻守|前往|(?<![\p{Han}])[老小阿])$")


def by_shape(doc: Doc, names: PersonNames, found: dict[str, Person], credited: list[tuple[int, int]]) -> None:
    """Add names recognised by their characters and by the words around them (`shown`): 寨老欧金富先松了口, 战友黎家豪."""
    s = doc.s
    known = [_KIND.sub("", station.name.removesuffix("派出所")) for station in doc.stations] + [
        name for name in found if len(name) > 1
    ]
    taken = {
        place
        for word, starts in occurrences(known, s).items()
        for start in starts
        for place in range(start, start + len(word))
    }
    taken.update(place for span in credited for place in range(*span))
    taken.update(
        place for count in doc.quantities if count.unit for place in range(count.start, count.end)
    )  # characters of numbers with a unit, which are not part of a name: 记|满九本
    for start, end in names.spotted(taken):
        if reason := _no_shape(doc, names, start, end):
            left_out(doc, "person", reason, start, end)
        else:
            note(found, s[start:end], start, end, None, "citizen")


def _no_shape(doc: Doc, names: PersonNames, start: int, end: int) -> str | None:
    """Return the reason why characters that look like a name are not a name, else None."""
    s = doc.s
    # 员 ends a role, not a name: 管护员|多杰
    if s[end - 1] == "员" or _FAR.match(s, start, end) or not is_person_at(doc, names, start, end):
        return "byword"
    if "·" not in s[start:end] and not shown(doc, names, start, end):
        return "evidence"
    quoted = doc.in_quotes(start)
    if (quoted and quoted[1] - quoted[0] <= 8) or doc.heading(start):
        return "heading"
    return "place" if _PLACED.search(s, max(0, start - 3), start) else None
