"""Titles of honours in a text: quoted titles, merits, grades, plain titles and totals, without goals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.facts.doc import Doc
from ingest.facts.person_checks import Person
from ingest.zh import han
from ingest.zh.segment import listed
from ingest.zh.text import occurrences

#: verbs of award
_STRONG_VERB = han.regex(
    r"(?=[荣获喜斩摘夺捧赢当入评授命跻进确认表记立追拿得颁奖])(?:追授为?|追记为?|追认为|荣获|荣膺|荣立|荣记|(?:荣誉|奖牌|奖状)[\p{Han}]{0,6}:|获评|获颁|获得|获授|喜获|斩获|摘得|夺得|捧回|赢得|当选|入选|评选为|评定为|评为|授予|命名为|(?<=[部局厅府委会定])命名(?=[^,。]{0,8}“)|入围|跻身|进了?(?=全[国省市])|确定为|认定为|表彰为|颁发的?(?=“)|记(?=集体|个人|[一二三]等)|立(?=集体|个人|[一二三]等)|(?<![破抓查缴捕])获(?=[“全省市])|(?:拿|捧|得)[的了下到过上]+(?=[^,。]{0,8}“))"
)
#: grades of merit and commendations, of a unit or a person: 集体二等功, 个人嘉奖
_MERIT = re.compile(
    r"(?=[集个一二三嘉])(?:(?P<who>集体|个人)(?:记)?)?(?P<grade>[一二三](?:等功|等奖)|(?<=集体)嘉奖|(?<=个人)嘉奖|嘉奖(?=\d))(?P<count>(?:\d+|[一二两三四五六七八九十]+)(?:余|多)?次)?"
)
#: 公安部一级派出所
_GRADE = han.regex(
    r"(?P<by>公安部|全国|省级?|市级?|全省|全市|[\p{Han}]{2,3}省|[\p{Han}]{2,4}市)?(?:命名的?|评定的?|授予的?)?(?P<title>(?:公安部|全国|全省)?[一二]级(?:公安)?派出所)(?!规模|标准|建设)"
)
_GRADE_CORE = re.compile("[一二]级(?:公安)?派出所")
#: maximum length of the words before _GRADE_CORE in _GRADE, characters
_GRADED = 12
#: last words of a title
_TITLE_END = re.compile(
    r"(?:派出所|单位|集体|先锋号|模范|标兵|能手|英模|个人|卫士|红旗手|奖章|奖|支部|窗口|案例|文明岗|示范岗|楷模|家庭|警察|民警|之星|好人|劳动者|文明号|示范所|先锋所|[金银铜]奖|警队|团队|先锋岗|警务室|标杆|"
    r"榜样|人物|示范点|基地|品牌|典型|集体奖|党组织|称号|青年|先进|卫士|团体|示范所|奖状|奖旗|平安所|满意所|优秀所|十佳所|标杆所|先进所)$"
)
#: words of a goal or a candidacy before (_GOAL) and after (_AFTER_GOAL) a title
_GOAL = re.compile(
    r"创建|争创|打造|争当|目标|候选|推荐|申报|征程|力争|努力|竞选|争取|冲刺|迈进|评选活动|参评|角逐|题中之义|为契机|提名|备选|有望|建设|标准|践行|达标|对标|创|再[立拿夺添评]"
)
_AFTER_GOAL = re.compile(
    r"^[”》]?(?:的)?(?:创建|建设|争创|候选|评选|标准|目标|为目标|为契机|打造|之路|活动|工作|精神|经验|评比|创评|申报|竞选|提名|入围|美[誉称名]|[之雅别戏昵]称|[绰外雅]号|口碑|招牌)"
)
#: end of the name of an awarding body
_ORGANISATION = re.compile(
    r"(?:部|省|市|区|县|厅|局|委|会|府|总队|支队|大队|分局|办|中央|院|处|组织部|团|社|站|镇|街道|群众|居民|媒体|百姓)$"
)
#: 30多项荣誉称号
_TOTAL = han.regex(
    r"(?P<count>(?:\d[\d,.]*|[一二两三四五六七八九十百]+)(?:余|多)?(?:项|个|次|块|面|枚|余项|余个|余次|多项|多个|多次))(?P<title>(?:[\p{Han}]{1,4}、)?[\p{Han}]{0,8}(?:荣誉称号|荣誉|奖项|表彰奖励|表彰|奖励|称号))"
)
#: 称号, 奖牌 and similar words after a quoted title
_AFTERWARDS = re.compile(
    r"^(?:等|和|…)*(?:[\d一二两三四五六七八九十百]+[余多]?[项个块面])?(?:[省市部国]级|国家级)?(?:集体|个人)?(?:荣誉)?(?:称号|荣誉|殊荣|奖牌|牌匾|奖项|锦旗|获得者|标牌|匾牌|的?牌子|的奖牌|的牌匾)"
)
#: a title without quotation marks
_PLAIN_TITLE = han.regex(
    r"(?P<title>[\p{Han}A-Za-z0-9·]{3,26}?(?:派出所|先进单位|示范单位|优秀单位|模范单位|基层单位|单位|先进集体|模范集体|集体|先进个人|先锋号|英模|标兵|能手|卫士|红旗手|奖章|文明号|维权岗|示范岗|文明岗|先锋岗|示范所|优秀人民警察|人民警察|(?<=五一)劳动奖状|优秀所队|先进基层党组织|党组织|党支部|劳动模范|道德模范|好人|奖状|奖旗|先进工作者|楷模)|[\p{Han}]{4,24}?(?=(?:荣誉)?称号)|(?:革命)?烈士)(?=[、,。;()和及以等称荣…\n]|$|\d)"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One title with its offsets and the words that belong to it."""

    title: str
    start: int
    end: int
    by: str | None = None
    count: str | None = None
    verb_start: int | None = None


def titles(doc: Doc, persons: list[Person]) -> list[Item]:
    """Return all awarded titles, ordered by start, longer ones first."""
    items = [*_quoted(doc, persons), *_merits(doc), *_grades(doc), *_plain(doc), *_before_name(doc, persons)]
    items += [*_apposed(doc), *_medals(doc), *_bulleted(doc), *_totals(doc)]
    return sorted(items, key=lambda item: (item.start, -item.end))


_IN_QUOTES = re.compile("“[^”]*”")
#: end of a part of a sentence
_PART_END = re.compile("[,;。]")
#: the size of a batch before a title: 首批100个
_BATCH = re.compile(r"(?:首批|第[一二三四五六]批)\d+[个家]$")
#: words after a title that is not yet awarded
_NOT_YET = re.compile("公示|做不得数|尚未|还没")
#: start of the next award, where the words about this one end
_BEFORE_NEXT = re.compile("“|。[去今前]年|[,。;][^,。;“]{0,12}(?:获|授予|评|入选|推荐)")


def _goal(doc: Doc, start: int, end: int) -> bool:
    """Return whether the title at start:end is a goal, not awarded: 争创“枫桥式公安派出所”, “最美民警”候选."""
    lead = doc.s[max(doc.sentence(start)[0], start - 16) : start]
    if "”" in lead:
        lead = _IN_QUOTES.sub("”", lead)
    lead = lead[lead.rfind("”") + 1 :] if "“" not in lead else lead
    cut = max(lead.rfind(","), lead.rfind("、“"))
    batch = _BATCH.search(doc.s[max(0, start - 10) : start])
    if batch:
        words = doc.s[slice(*doc.sentence(start))]
        if "被" not in words and not re.search("获此殊荣|上榜|名列|榜上有名|之一|入选", words):
            return True
    if _NOT_YET.search(_BEFORE_NEXT.split(doc.s[end : end + 30], maxsplit=1)[0]):
        return True
    return bool(_GOAL.search(lead[cut + 1 :])) or bool(_AFTER_GOAL.match(doc.s[end : end + 8]))


def _quoted(doc: Doc, persons: list[Person]) -> list[Item]:
    """Return the quoted titles that an award verb, a date, 称号 or the name of a person shows to be awarded.

    In a list the evidence for one title holds for the others.
    """
    names = {person.name for person in persons}
    sizes = sorted({len(name) for name in names})
    quotations = [_quotation(doc, start, end) for start, end in doc.quoted]
    for quotation in quotations:  # “全国优秀人民警察”李中巍
        quotation.awarded = quotation.awarded or (
            quotation.titled and any(doc.s[quotation.end + 1 : quotation.end + 1 + size] in names for size in sizes)
        )
    for index in range(1, len(quotations)):  # 先后荣获“甲”“乙”: forward
        before, here = quotations[index - 1], quotations[index]
        if before.awarded and here.titled and not here.goal and _chained(doc, before, here):
            here.awarded, here.verb = True, here.verb if here.verb is not None else before.verb
    for index in range(len(quotations) - 2, -1, -1):  # “甲”、“乙”获得者: backward
        here, after = quotations[index], quotations[index + 1]
        if after.awarded and after.decorated and here.titled and not here.goal and _chained(doc, here, after):
            here.awarded = here.decorated = True
    return [_item(doc, quotation) for quotation in quotations if quotation.awarded and not quotation.goal]


@dataclass(slots=True)
class _Quotation:
    """One quotation that may be a title; `verb` is the offset of the award verb, `medal` the words after the quotation
    that belong to the title."""

    start: int
    end: int
    titled: bool
    decorated: bool
    goal: bool
    awarded: bool
    verb: int | None
    medal: str


#: words after a quotation that belong to the title: “海上枫桥”示范所, “剪纸”一等奖
_MEDAL = han.regex(
    r"[金银铜]奖|[一二三特]等奖|(?:公安)?派出所(?=[,。;、和及]|称号|$)|示范[所点岗]|(?:优秀|典型|示范)?案例|[\p{Han}]{0,4}(?:先进(?:典型|集体|单位|个人|所)|示范单位|优秀单位|标兵(?:单位|集体)?|能手|突出(?:集体|单位|个人)|团队)(?=[,。;、和及等称“]|$)"
)
#: an addition in brackets: “爱民模范集体”(1994年)
ASIDE = re.compile(r"\([^()\n]{1,16}\)")
#: a year before a title
_DATED = han.regex(r"\d{4}年(?:的|[\p{Han}]{2,12})?$")
#: an entry of a list that consists of a year and a title: 2019年,“…党支部”
_YEAR_BEFORE, _ENTRY_END = re.compile(r"\d{4}年[,:]$"), re.compile(r"[;。、\n]|$")
#: words of a title that needs only 是 before it
_RANKED = re.compile("全国|十[佳大]|百[佳名]|最美|[省市]")
#: words before a title that state it without an award verb
_IS_ONE = han.regex(
    r"(?:是|为|系)[\p{Han}]{0,8}(?:全国|公安部|首批|第[一二三四五六]批|[省市]级?)[\p{Han}]{0,6}$|(?:奖牌|荣誉|称号|奖状|证书)(?::|[^,。;“”]{0,8}——)[\p{Han}]{0,6}$"
)
#: maximum length of a match of _DATED and _IS_ONE, characters
_BEING = 20


def _quotation(doc: Doc, start: int, end: int) -> _Quotation:
    """Return the quotation start:end with the evidence around it."""
    inner, close = doc.s[start:end], end + 1
    aside = ASIDE.match(doc.s, close)
    after = doc.s[aside.end() if aside else close :][:8]
    floor = doc.sentence(start)[0]
    titled = bool(_TITLE_END.search(inner))
    medal = _MEDAL.match(doc.s, close, close + 12)
    if titled and medal and not medal[0].endswith("奖"):
        medal = None  # “工人先锋号”集体: the title is complete without it
    titled = titled or bool(medal)
    decorated = bool(_AFTERWARDS.match(after))
    goal = (
        _goal(doc, start - 1, close + (len(medal[0]) if medal else 0))
        or len(inner) > 30
        or (bool(_CLAUSEY.search(inner)) and not titled)
    )
    verb = _governing(doc, floor, start - 1)
    awarded = verb is not None and (titled or decorated or _adjacent(doc, verb, start))
    if titled and not awarded:
        lead = doc.s[max(floor, start - 1 - _BEING) : start - 1]
        ranked = _RANKED.search(inner) and lead.endswith("是")  # 吕某是“感动山东十佳人物”
        awarded = (
            decorated
            or bool(ranked)
            or bool(_DATED.search(lead))
            or bool(_YEAR_BEFORE.search(lead) and _ENTRY_END.match(after))
            or bool(_IS_ONE.search(lead))
        )
    return _Quotation(start, end, titled, decorated, goal, awarded, verb, medal[0] if medal else "")


def _chained(doc: Doc, before: _Quotation, here: _Quotation) -> bool:
    """Return whether two quotations are parts of one list."""
    gap = ASIDE.sub("", doc.s[before.end + 1 : here.start - 1])
    if han.fullmatch(r",(?:[\p{Han}]{2,4}[省市区县]|全[国省市]|公安部)[\p{Han}]{0,6}", gap):
        return True
    return len(gap) <= 14 and not re.search("[,。;]", gap) and not _GOAL.search(gap)


def _item(doc: Doc, quotation: _Quotation) -> Item:
    """Return the title of an awarded quotation."""
    start, end, medal = quotation.start, quotation.end, quotation.medal
    lead = doc.s[doc.sentence(start)[0] : start - 1]
    prefix, level = _prefix(doc, start - 1)
    title = prefix + doc.s[start:end] + medal
    # 被公安部评为“甲”和重庆市“乙”: the body before the title takes precedence over the body before the verb
    by = level or _by(doc, quotation.verb, start)
    return Item(title, start - 1 - len(prefix), end + 1 + len(medal), by, _years(lead), quotation.verb)


#: punctuation inside a quotation that is a sentence, not a title
_CLAUSEY = re.compile(r"[,。!?、]")


def _adjacent(doc: Doc, verb: int, start: int) -> bool:
    """Return whether the verb stands right before the quotation."""
    return start - verb <= 16 and "," not in doc.s[verb:start]


def _governing(doc: Doc, floor: int, place: int) -> int | None:
    """Return the offset of the award verb that governs `place`, or None when another clause is between them."""
    best = None
    for match in _STRONG_VERB.finditer(doc.s, max(floor, place - 120), place + 1):
        best = match if match.end() <= place else best
    if best is None:
        return None
    between = _IN_QUOTES.sub("", doc.s[best.end() : place])
    if len(between) > 40 or _PART_END.search(between):
        return None
    return best.start()


def _prefix(doc: Doc, place: int) -> tuple[str, str | None]:
    """Return (words before the quotation that belong to the title, awarding body), each "" or None if missing.

    全国公安系统“二级英模”: 全国公安系统 belongs to the title; 辽宁省“爱民模范单位”: 辽宁省 is the awarding body.
    """
    floor = max(doc.sentence(place)[0], place - 24)
    lead = doc.s[floor:place]
    match = re.search(r"(?:全国|全省|全市)(?:公安系统|公安机关|公安|政法系统|铁路公安|移民管理机构)?$", lead)
    if match:
        return match[0], None
    level = han.search(
        r"(?:^|[、,和为“”了被获评得\d年的])((?:[\p{Han}]{2,4}(?:省|市|区|县|自治区)|公安部)(?:公安[厅局]|公安局)?)(?:首批|第[一二三四五]批)?$",
        lead,
    )
    if level:
        return "", re.sub(r"^(?:年的?|评为|命名为|授予|入选|为|是|获|被|和)", "", level[1])
    return "", None


def _by(doc: Doc, verb: int | None, place: int) -> str | None:
    """Return the awarding body before the verb (被公安部授予, 公安部命名的), or None."""
    if verb is None:
        return None
    lead = doc.s[max(doc.sentence(verb)[0], verb - 24) : verb]
    match = han.search(r"(?:被|由|经|获)([\p{Han}、]{2,20})$", lead) or han.search(
        r"(?:^|[,。;\d日])([\p{Han}]{2,16}(?:作出决定)?)$", lead
    )
    if not match:
        return None
    by = match[1].removesuffix("作出决定")
    return by if _ORGANISATION.search(by) else None


def _years(lead: str) -> str | None:
    """Return the words for several years in a row right before a title (连续三年), or None."""
    match = re.search(r"连续([一二两三四五六七八九十\d]+[年届次])[^,。;]{0,6}$", lead)
    return match[0][: match.end(1) - match.start()] if match else None


#: 3次荣立集体三等功
_TIMES_BEFORE = re.compile(r"((?:\d+|[一二两三四五六七八九十]+)余?次)(?:荣立|荣获|获|立)$")


def _merits(doc: Doc) -> list[Item]:
    """Return merits and commendations: 集体二等功, 三等功10余次."""
    items: list[Item] = []
    who, last_end = None, -100
    dated_ends = {date.end for date in doc.dates}
    for match in _MERIT.finditer(doc.s):
        chained = match.start() - last_end <= 6
        lead = doc.s[max(doc.sentence(match.start())[0], match.start() - 24) : match.start()]
        verb = _STRONG_VERB.search(lead) or re.search("立|记|获|授|拿[过了下]|捧回", lead)
        if (match["grade"].endswith("奖") and not verb) or re.search("人次荣?立?$|人次[^,。]{0,6}$", lead):
            continue
        dated = match.start() in dated_ends  # 2024年集体二等功
        shown = doc.s.startswith(
            ("的证书", "证书", "奖章", "的奖章", "军功章", "的荣誉"), match.end()
        )  # 抽屉里压着个人三等功的证书
        if not (verb or chained or dated or shown or _listed(doc, match)) or _goal(doc, match.start(), match.end()):
            continue
        who = match["who"] or (who if chained else None)
        title = (who or "") + match["grade"]
        count = match["count"]
        if count is None and (times := _TIMES_BEFORE.search(lead)):
            count = times[1]
        verb_start = match.start() - len(lead) + verb.start() if verb and not chained else None
        items.append(Item(title, match.start(), match.end(), _by(doc, verb_start, match.start()), count, verb_start))
        if count and len(items) > 1 and chained and items[-2].count is None:
            joined = doc.s[items[-2].end : match.start()]
            if joined in ("、", "和", "及", "与"):
                items[-2] = Item(
                    items[-2].title, items[-2].start, items[-2].end, items[-2].by, count, items[-2].verb_start
                )
        last_end = match.end()
    return items


def _listed(doc: Doc, merit: re.Match[str]) -> bool:
    """Return whether an award verb governs the list of the merit: 荣获先进集体、集体一等功."""
    return bool(merit["who"]) and _governing(doc, doc.sentence(merit.start())[0], merit.start()) is not None


def _grades(doc: Doc) -> list[Item]:
    """Return the grades of stations without quotation marks: 一级公安派出所."""
    items = []
    graded = (
        _GRADE.search(doc.s, max(0, core.start() - _GRADED), core.end() + 2) for core in _GRADE_CORE.finditer(doc.s)
    )
    for match in filter(None, graded):
        lead = doc.s[max(doc.sentence(match.start())[0], match.start() - 20) : match.start()]
        if (
            doc.in_quotes(match.start())
            or _goal(doc, match.start(), match.end())
            or re.search("标准|按照|规模|《", lead)
        ):
            continue
        title = match["title"]
        by = match["by"]
        if by == "全国":
            title, by = "全国" + title, None
        items.append(Item(title, match.start(), match.end(), by))
    return items


#: a quoted title in a list of plain titles
_AMID = han.regex("[\\p{Han}]{0,6}“[^“”\\n]{1,30}”[\\p{Han}]{0,4}(?=、)")
#: a title in a list after an award verb that starts with a level; its last words do not matter
_LISTED_TITLE = han.regex(
    r"(?P<title>(?![^、,。;]{0,12}(?:等功|嘉奖))(?:全[国省市县区州]|公安部|[\p{Han}]{2,3}[省市])[\p{Han}]{4,20}?)(?=[、,。;]|(?<![一二三特])等)"
)
#: a verb of award with the words between it and a plain title: 授予他…称号, 评为了…
_PLAIN_VERB = han.regex(
    r"(?:荣获|(?<![破抓查缴捕荣喜])获(?=全[国省市区县]|公安部)|(?:荣誉|奖牌|奖状)[\p{Han}]{0,6}:|获评|追授|评选为|评为|命名为|授予|荣膺|表彰为|获得)(?:了|为|[他她它其]们?|该所)?"
)


def _plain(doc: Doc) -> list[Item]:
    """Return titles without quotation marks after an award verb (被评为全国优秀公安基层单位), also in lists with quoted
    ones."""
    items = []
    for verb in _PLAIN_VERB.finditer(doc.s):
        place = verb.end()
        while True:
            quoted = _AMID.match(doc.s, place)
            match = None if quoted else _PLAIN_TITLE.match(doc.s, place) or _LISTED_TITLE.match(doc.s, place)
            if (
                match
                and not match["title"].startswith("的")
                and not _goal(doc, verb.start(), match.end())
                and not re.search("创建|打造", match[0])
            ):
                by = _by(doc, verb.start(), match.start())
                items.append(
                    Item(
                        match["title"],
                        match.start(),
                        match.end(),
                        by,
                        _years(doc.s[verb.start() - 12 : match.start()]),
                        verb.start(),
                    )
                )
            elif not quoted:
                break
            place = (quoted or match).end()  # type: ignore[union-attr]
            aside = ASIDE.match(doc.s, place)
            place = aside.end() if aside else place
            if doc.s[place : place + 1] != "、":
                break
            place += 1
    return items


#: the level that a title without quotation marks and verb must start with (regular expression source)
_LEVELS = r"(?:全国|公安部|国家级?|全[省市区州]|[省市部]级|[\p{Han}]{2,3}(?:省|自治区)|(?<![\p{Han}])[\p{Han}]{2,4}[市区县州])"
#: last words of titles of persons
_PERSONAL = tuple(
    listed(
        "优秀人民警察 优秀共产党员 优秀党务工作者 劳动模范 先进工作者 先进个人 道德模范 英模 英雄模范 三八红旗手 五一劳动奖章 五四奖章 好人 好民警 卫士 楷模 标兵 能手 优秀公务员 优秀社区民警 优秀辅警 最美警察 最美基层民警"
    )
)
#: last words of titles of stations
_COLLECTIVE = ("单位", "集体", "先锋号", "示范所", "文明号", "文明岗")
#: 全国模范公安单位白栎派出所
_STATION_TITLE = han.regex(rf"(?:全国|全省|全市)[\p{{Han}}]{{2,12}}(?:{'|'.join(_COLLECTIVE)})\Z")
#: 全国优秀人民警察李中巍, 首届移民管理系统十大国门卫士索朗达杰
_PERSON_TITLE = han.regex(
    rf"(?:(?:{_LEVELS}|首届|第[一二三四五]届|[十百][大佳])[\p{{Han}}]{{0,12}}?(?:{'|'.join(_PERSONAL)})|[一二]级英(?:雄)?模(?:范)?|[一二三]等功臣)\Z"
)
#: maximum length of a title before a name, characters: a level, at most 12 characters and the longest last word
_TITLE_REACH = 20


def _before_name(doc: Doc, persons: list[Person]) -> list[Item]:
    """Return titles right before a name: 全国模范公安单位白栎派出所, 全国优秀人民警察李中巍."""
    items = []
    named: list[tuple[str, re.Pattern[str], tuple[str, ...]]] = [
        (station.name, _STATION_TITLE, _COLLECTIVE) for station in doc.stations
    ]
    named += [
        (person.name, _PERSON_TITLE, (*_PERSONAL, "功臣"))
        for person in persons
        if person.role_class in ("police", "citizen")
    ]
    offsets = occurrences((name for name, _, _ in named), doc.s)
    for name, title, ends in named:
        for place in offsets.get(name, ()):
            lead = (
                doc.s[max(doc.sentence(place)[0], place - _TITLE_REACH) : place]
                .removesuffix("、")
                .removesuffix("获得者")
            )
            match = title.search(lead) if lead.endswith(ends) else None
            if match and not _goal(doc, place - len(match[0]), place):
                start = doc.s.rfind(match[0], 0, place)
                items.append(
                    Item(match[0], start, place + len(name) if title is _STATION_TITLE else start + len(match[0]))
                )
    return items


#: a title that is a whole clause: its last words, and the whole title
_LONE_END = re.compile(
    rf"(?:{'|'.join((*_PERSONAL, '先进集体', '优秀公安基层单位', '青年文明号', '巾帼文明岗'))})(?=[,:、。;!()\n ]|……|$)"
)
_LONE_TITLE = han.regex(rf"[是为]?(?P<title>{_LEVELS}[\p{{Han}}]{{0,18}})")


def _apposed(doc: Doc) -> list[Item]:
    """Return titles that are a whole clause: 顾某是第11任所长,上海市劳动模范."""
    items = []
    for ending in _LONE_END.finditer(doc.s):
        match = _LONE_TITLE.fullmatch(doc.s, doc.clause(ending.start())[0], ending.end())
        if match and not _goal(doc, match.start("title"), match.end()):
            items.append(Item(match["title"], match.start("title"), match.end()))
    return items


#: titles before 获得者: 二级金盾勋章及周年勋章获得者马某
_MEDALS = han.regex(
    r"(?:^|[、及和是的为])(?P<title>(?:(?![及和是的为])[\p{Han}\d]){2,14}?(?:勋章|奖章|红旗手|称号|奖))(?=[及和、]|$)"
)
#: maximum length of the titles before 获得者, characters; not measured
_HOLDER_REACH = 40


def _medals(doc: Doc) -> list[Item]:
    """Return the orders and medals before 获得者."""
    items = []
    for holder in re.finditer("获得者", doc.s):
        floor = max(doc.sentence(holder.start())[0], holder.start() - _HOLDER_REACH)
        floor = max(floor, *(doc.s.rfind(mark, floor, holder.start()) + 1 for mark in ",“”"))
        for match in _MEDALS.finditer(doc.s[floor : holder.start()]):
            start, end = (floor + place for place in match.span("title"))
            if not _goal(doc, start, end):
                items.append(Item(match["title"], start, end))
    return items


#: the words before a list of honours and its lines, each after a bullet or a year
_BULLETS = re.compile(
    r"(?:(?:获得|获评|收获|奖项)[^\n]{0,8}[—:了]+|荣誉[^\n]{0,6})\n(?P<lines>(?:[ ]*(?:[★☆●◆■▲○◎✓√•*·-]|\d{4}年)[ ]*[^\n]{4,40}(?:\n|\Z))+)"
)
#: a quick test for such lines: a pattern that starts with a literal character is searched fastest
_ANY_BULLET = re.compile(r"\n[ ]*(?:[★☆●◆■▲○◎✓√•*·-]|\d{4}年[ ])")
#: one line of the list
_BULLET = re.compile(r"(?:\d{4}年)?[^\w“\n]*(?P<title>(?:(?!\d*[一二两三四五六七八九十]?次?$)[^\n])+)")
_INNER = re.compile("“([^“”]+)”")


def _bulleted(doc: Doc) -> list[Item]:
    """Return the titles of a list with one honour a line (这一年的收获——)."""
    items: list[Item] = []
    for block in _BULLETS.finditer(doc.s) if _ANY_BULLET.search(doc.s) else ():
        for line in _BULLET.finditer(doc.s, *block.span("lines")):
            title = _INNER.search(line[0])
            start, end = (line.start() + place for place in (title or line).span(1)) if title else line.span("title")
            if (_TITLE_END.search(doc.s, start, end) or _MERIT.fullmatch(doc.s, start, end)) and not _goal(
                doc, start, end
            ):
                items.append(Item(doc.s[start:end], start, end))
    return items


#: maximum length of a total with its title, characters; keeps the search linear on long lists of numbers. The longest
#: match of the labelled texts is shorter than 20
_TOTAL_LENGTH = 64


def _totals(doc: Doc) -> list[Item]:
    """Return total numbers of honours: 30多项荣誉称号."""
    items = []
    for match in filter(
        None, (_TOTAL.match(doc.s, count.number_start, count.number_start + _TOTAL_LENGTH) for count in doc.quantities)
    ):
        lead = doc.s[max(doc.sentence(match.start())[0], match.start() - 40) : match.start()]
        if doc.s.endswith("……", 0, match.start()) or re.search(r"等$|荣获|获得|获评|获|赢得|捧回|收获|斩获|荣誉", lead):
            items.append(Item(match["title"], match.start(), match.end(), None, match["count"]))
    for match in re.finditer(
        r"(?:等|各类|各级|各项|以上|[省市部]级|荣获|获得|获|赢得)(?P<title>荣誉称号|荣誉|奖项|表彰)(?P<count>\d+(?:余|多)?[项个次])",
        doc.s,
    ):
        items.append(Item(match["title"], match.start("title"), match.end(), None, match["count"]))
    return items
