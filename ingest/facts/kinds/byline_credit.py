"""Facts of kind credit: writers, photographers and editors in bylines, captions and editorial lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from ingest.facts.document import Doc
from ingest.facts.lazy_property import lazy
from ingest.facts.rule_engine import RuleSet, When, Window, leave, take
from ingest.zh import han
from ingest.zh.person_names import PersonNames
from ingest.zh.segment import listed
from ingest.zh.text_spans import Spans
from store.records import Fact

#: rule of credits that are recognised by their form alone: 符国安 摄, (王 茜 王宇蓝), 图/公安部门提供
_BY_FORM = "credit.form@4"

#: roles of reporters, photographers and editors, and labels of their work such as 供图 (source of a regular expression)
_ROLES = (
    r"(?:本报|本网|本刊|本台|首席|全媒体|融媒体|特约|实习|见习|驻站|资深)*(?:记者|通讯员)|实习生|摄影(?:报道|记者)?|文字|撰文|撰稿|采写|供稿|作者|整理|"
    r"(?:责任|值班|执行|本期|见习|网络|新媒体|版面|美术|图片|视频)?编辑|责编|美编|主编|编审|编校|审核|审校|校对|校审|初审|复审|终审|一审|二审|三审|一校|二校|三校|审签|签审|签发|复核|编发|监制|策划|制作|统筹|签发|编发|值班主任|"
    r"摄像|拍摄|供图|图片|文/图|图/文|文图|图文|文(?=[ ]?[/:丨|])|图(?=[ ]?[/:丨|])|文稿|稿件(?=[ ]?[/:丨|])|版式|版面(?=[ ]?[/:丨|])|排版|参与采写|采编|视频(?=[/:])|文案|首图|封面|制图|海报|设计|漫画|出品人?|编导|剪辑"
)
#: the first characters of _ROLES; a lookahead for them skips most of a text
_FIRST = (
    "参排稿采封本首全融特实见驻资记通摄文撰供作整责值执期网新版美图视编主审校初复终一二三监策制统签发拍海设漫出导剪"
)
#: a role and the separator between role and name: a colon or stroke, spaces, or none
_LINE = han.regex(rf"(?=[{_FIRST}])(?P<role>{_ROLES})(?P<mark>[ ]?[/:丨|][ ]?|[ ]+|(?=[\p{{Han}}]))")
#: names in brackets at the end of a paragraph
_BYLINE = han.regex(r"[((](?=[\p{Han} 、]{2,40}[))])((?:[\p{Han}]{1,4}[ 、]?){1,8})[))](?=\s*(?:$|\n))", re.MULTILINE)
#: photographers: at most three names before 摄, 拍摄 or 摄影 (符国安 摄)
_SHOT = han.regex(
    r"(?P<names>[\p{Han}]{2,4}(?:[ 、][\p{Han}]{2,4}){0,2}|[\p{Han}] [\p{Han}])[ ]?(?:摄影(?=[\]))。\n]|$)|(?:摄|拍摄)(?=[\]))。 \n]|$))"
)
#: the supplier of pictures before 提供 or 供图: 图/公安部门提供
_PROVIDED = han.regex(
    r"(?:本文)?(?:配图|图片|图|照片|供图)(?:[ ]?[/:]|均?[^,。;\n]{0,8}?由)[ ]?(?P<name>[\p{Han}]{2,20}?)(?:提供|供图)"
)
#: a supplier of pictures: after 供图 (供图:甲), an organisation after 图 or 图片 (_BY_OFFICE, 图片:梁溪公安), or before
#: 供图 (_SUPPLIES, 甲 供图)
_SUPPLIED = han.regex(r"(?<![\p{Han}])(?P<role>供图)[ :/]+(?P<name>[\p{Han}]{2,16})(?=[\s))\]。]|$)")
_BY_OFFICE = han.regex(
    r"(?<![\p{Han}])图(?:片)?[/:][ ]?(?P<name>[\p{Han}]{2,16}(?:局|所|队|公安|警方|部|委|中心))(?=[\s))\]。]|$)"
)
_SUPPLIES = han.regex(r"(?<![\p{Han}])(?P<name>[\p{Han}]{2,16}?)[ ]?供图(?=[\s))\]。]|$)")
#: end of the name of an organisation or of a word such as 通讯员, which is not the name of a person
_ORGANISATION = re.compile(
    r"(?:局|所|部门|分局|支队|大队|公安|警方|融媒|中心|政府|委|社区|学校|集团|报|社|台|网|工作室|编辑部|受访者|通讯员|单位)$"
)
#: words after a role that are not names
_NOT_NAME = frozenset(
    listed(
        "报道 日前 近日 获悉 从 来到 走进 看到 了解 采访 在 昨日 今日 文图 摄影 编辑 来源 提供 审核 通讯 责任 图片 视频 新闻 时间 版权 所有"
    )
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a credit with its role and offsets."""

    role: str | None
    name: str
    start: int
    end: int
    name_start: int
    organisation: bool = False
    #: name and version of the rule that accepted the credit
    rule: str = _BY_FORM


def credited(doc: Doc, names: PersonNames) -> list[Named]:
    """Return the credits of the text; a repeated pair of role and name is returned once."""
    found = _pictures(doc, names)
    taken = Spans((c.name_start, c.end) for c in found)
    for match in _LINE.finditer(doc.s):
        rule = None if taken.covers(match.start()) else RULES.decide(_Line(doc, match))
        if rule is None or rule.verdict == "leave":
            continue
        for name, start, end in _names(doc, names, match.end(), match["mark"] != "", match["mark"] == ""):
            if not taken.overlaps(start, end):
                found.append(Named(_role(match["role"]), name, match.start("role"), end, start, rule=RULES.key(rule)))
    found += _bylines(doc, names, found)
    for match in han.finditer(r"[((]作者单位[::][\p{Han}]{3,20}[ ](?P<name>[\p{Han}]{2,4})[))]", doc.s):
        if names.plausible(match["name"]):
            found.append(Named("作者", match["name"], match.start() + 1, match.end() - 1, match.start("name")))
    found += _dateline(doc, names)
    for match in _WRITTEN.finditer(doc.s):
        if names.plausible(match["name"]):
            found.append(
                Named(_WROTE.get(match["role"], "作者"), match["name"], match.start(), match.end(), match.start("name"))
            )
    for match in _BOTH.finditer(doc.s) if "文/图" in doc.s or "文、图" in doc.s else ():
        if names.plausible(match["name"]):
            found.append(Named("文/图", match["name"], match.start("name"), match.end(), match.start("name")))
    unique: dict[tuple[str | None, str], Named] = {}
    for credit in sorted(found, key=lambda c: c.start):
        unique.setdefault((credit.role, credit.name), credit)
    return list(unique.values())


#: the author of both text and pictures: (酒泉日报 张某 文/图)
_BOTH = han.regex(r"(?<=[ (])(?P<name>[\p{Han}]{2,4})[ ]?文[/、]图(?=[)\s]|$)", re.MULTILINE)
#: the name in a statement about the author: (本版稿件由张某采写)
_WRITTEN = han.regex(
    r"(?:稿件|报道|本文|文章|图片|照片)(?:均|全部)?由(?:本报记者|记者|通讯员)?(?P<name>[\p{Han}]{2,4}?)(?P<role>采写|撰写|整理|拍摄|摄影|摄)(?=[\s)。;,]|$)"
)
#: role of a credit, by its verb of writing or photographing; any other verb means 作者 (author)
_WROTE = {"整理": "整理", "拍摄": "摄影", "摄影": "摄影", "摄": "摄影"}
#: names after a dateline
_DATELINE = han.regex(r"(?:日电?讯?|[\p{Han}][讯电])[ ]?[(](?P<names>[\p{Han}]{2,6}(?:[ 、][\p{Han}]{2,5}){0,3})[)]")


def _dateline(doc: Doc, names: PersonNames) -> list[Named]:
    """Return the names without a role in brackets after a dateline: 新华网广州2月24日电(李某 朱某)."""
    found = []
    for match in _DATELINE.finditer(doc.s):
        words = list(han.finditer("[\\p{Han}]+", match["names"]))
        start = match.start("names")
        if all(names.plausible(word[0]) or names.foreign(word[0]) for word in words):
            found += [
                Named(None, word[0], start + word.start(), start + word.end(), start + word.start()) for word in words
            ]
        # two names without a separator: 日电(孙睿石宣青)
        elif len(words) == 1 and (pair := names.two(words[0][0])):
            place = start
            for name in pair:
                found.append(Named(None, name, place, place + len(name), place))
                place += len(name)
    return found


def credit_facts(doc: Doc, found: list[Named]) -> list[Fact]:
    """Return the facts of kind credit."""
    return [doc.fact("credit", c.start, c.end, c.rule, {"role": c.role, "name": c.name}) for c in found]


def _role(words: str) -> str:
    """Return the standard form of a role: 本报记者 becomes 记者."""
    words = words.strip()
    if words.endswith("记者"):
        return "摄影" if words.startswith("摄影") else words if words.startswith(("实习", "见习")) else "记者"
    if words.endswith("通讯员"):
        return "通讯员"
    return {"供图": "图片", "图": "图片", "摄影报道": "摄影", "拍摄": "摄影"}.get(words, words)


class _Line:
    """A role such as 记者 or 编辑, and the windows of text around it."""

    def __init__(self, doc: Doc, match: re.Match[str]) -> None:
        self.doc = doc
        self.role, self.mark = match["role"], match["mark"]
        self.span = match.span("role")

    @lazy
    def before(self) -> str:
        """At most six characters before the role, within the line."""
        start = self.span[0]
        return self.doc.s[max(0, start - 6, self.doc.s.rfind("\n", max(0, start - 6), start) + 1) : start]

    @lazy
    def apart(self) -> bool:
        """Whether the role is in brackets or at most 11 characters after the start of its line."""
        start = self.span[0]
        return _enclosed(self.doc, start) or start - self.doc.s.rfind("\n", max(0, start - 13), start) <= 12


before: Window[_Line] = Window(lambda c: c.before)
role: Window[_Line] = Window(lambda c: c.role)
_MARKED: When[_Line] = When(lambda c: c.mark.strip())
_GLUED: When[_Line] = When(lambda c: c.mark == "")
_APART: When[_Line] = When(lambda c: c.apart)

RULES: RuleSet[_Line] = RuleSet(
    "credit",
    4,
    "roles of the press before a name",
    leave(
        "reporter in the story",
        before(r"(?:[向对给跟让使朝和与同据问](?:本报|本网)?|看到|告诉|[一两三几多名位个])$"),
        "it is the reporter to whom somebody speaks in the story",
        "所长对【记者】 王建国说。",
    ),
    leave(
        "interviewer",
        _MARKED & role("^记者$") & When(lambda c: c.doc.interview),
        "an interview marks each question so",
        "所长王建国谈心。\n【记者】:听说有个茶室?\n王建国:有。\n记者:遗憾有吗?\n",
    ),
    leave("young reporter", _GLUED & before("小$"), "it is a pupil who writes", "小【记者】王建国作文选登"),
    leave(
        "word of the story",
        _MARKED & role("^(?:图片|编辑|审核|策划|设计)$") & before(r"[\p{Han}]$"),
        "the word before it makes it a part of the story",
        "活动【策划】:王建国",
    ),
    take("marked", _MARKED, "a colon or a stroke stands between role and name", "【编辑】:王建国"),
    take(
        "byline",
        _GLUED & role("(?:记者|通讯员)$") & _APART,
        "role and name stand in brackets or at the start of a line",
        "(【本报记者】王建国 李梅)",
    ),
    take(
        "spaced",
        When(lambda c: c.mark and not c.mark.strip()),
        "a blank stands between role and name",
        "(【记者】 王建国)",
    ),
    otherwise="it stands inside a sentence of the story",
)


def _enclosed(doc: Doc, start: int) -> bool:
    """Return whether `start` is inside round brackets that open in the same line, at most 60 characters earlier."""
    opening = doc.s.rfind("(", max(doc.s.rfind("\n", 0, start) + 1, start - 60), start)
    return opening >= 0 and ")" not in doc.s[opening:start]


def _names(doc: Doc, names: PersonNames, place: int, marked: bool, glued: bool) -> list[tuple[str, int, int]]:
    """Return (name, start, end) of at most eight names at `place`, separated by spaces, commas or 、.

    `marked`: a colon or stroke separates the role from the names; organisations before the first name are then skipped.
    `glued`: the first name follows the role directly.
    """
    s = doc.s
    found: list[tuple[str, int, int]] = []
    while place < len(s) and len(found) < 8:
        if han.match(_ROLES, s[place : place + 12]):
            break
        office = han.match(r"[\p{Han}]{4,16}[ ]", s[place : place + 17]) if marked and not found else None
        if office and _ORGANISATION.search(office[0].strip()):
            place += len(office[0])
            continue
        spaced = han.match(r"([\p{Han}]) ([\p{Han}])(?: ([\p{Han}]))?(?=[ \n,、))|。;\]]|$)", s[place : place + 8])
        token = han.match(r"[\p{Han}·]{2,13}", s[place : place + 13])
        if spaced and spaced[1] in names.surnames:
            name, end = spaced[1] + spaced[2], place + 3
            if spaced[3] and spaced[3] not in names.surnames:
                name, end = name + spaced[3], place + 5
        elif (
            token
            and not (glued and re.match("[,。]", s[place + len(token[0]) :][:1]))
            and _ends_at(s, place + len(token[0]))
            and _is_credited_name(names, token[0], bool(found) or marked)
        ):
            name, end = token[0], place + len(token[0])
        elif (
            glued
            and not found
            and (stop := names.at(place)) > place
            and re.match(r"[ \n)、]|报道|摄|$", s[stop : stop + 2])
        ):
            name, end = s[place:stop], stop
        else:
            break
        found.append((name, place, end))
        gap = han.match(r"[ ]?[、,][ ]?|[ ]+(?=[\p{Han}])", s[end : end + 3])
        if not gap:
            break
        place = end + len(gap[0])
    return found


def _ends_at(s: str, end: int) -> bool:
    """Return whether no Han character, digit or middle dot follows a token that ends at `end`."""
    return end >= len(s) or not han.match(r"[\p{Han}\d·]", s[end])


def _is_credited_name(names: PersonNames, token: str, trusted: bool) -> bool:
    """Return whether a token of a credit line is a name. `trusted`: a mark or another name precedes the token."""
    if token in _NOT_NAME or _ORGANISATION.search(token):
        return False
    if names.plausible(token) or (trusted and token[0] in names.surnames and len(token) <= 3):
        return True
    if names.foreign(token):
        return True
    return 2 <= len(token) <= 4 and token not in names.words.frequency and not _two_words(names, token)


def _two_words(names: PersonNames, token: str) -> bool:
    """Return whether the token consists of two dictionary words of two characters each (视频截图)."""
    cut = names.words.segment(token)
    return len(token) == 4 and len(cut) == 2 and all(len(word) == 2 for word in cut)


def _pictures(doc: Doc, names: PersonNames) -> list[Named]:
    """Return the credits of photographers and of the suppliers of pictures."""
    found = []
    for pattern, sign in (
        (_PROVIDED, "提供"),
        (_PROVIDED, "供图"),
        (_SUPPLIED, "供图"),
        (_BY_OFFICE, "图"),
        (_SUPPLIES, "供图"),
    ):
        for match in pattern.finditer(doc.s) if sign in doc.s else ():
            name = match["name"]
            if pattern is _PROVIDED or _ORGANISATION.search(name) or names.plausible(name):
                found.append(
                    Named("图片", name, match.start(), match.end(), match.start("name"), not names.plausible(name))
                )
    for match in _shots(doc.s):
        words = match["names"]
        if han.fullmatch("[\\p{Han}] [\\p{Han}]", words):
            words_list = [words]
        else:
            words_list = [w for w in re.split("[ 、]", words) if names.plausible(w)]
        for word in words_list:
            start = match.start("names") + match["names"].find(word)
            lead = re.search(r"(?:本报|首席)?记者[ ]?$|通讯员[ ]?$", doc.s[max(0, start - 8) : start])
            begin = start - len(lead[0]) if lead else start
            found.append(Named("摄影", word.replace(" ", ""), begin, match.end(), start))
    return found


def _shots(s: str) -> list[re.Match[str]]:
    """Return, for each 摄 or 拍摄, the first match of _SHOT that starts in the 12 characters before it and contains it."""
    found = []
    for sign in re.finditer("摄|拍摄", s):
        last = None
        for start in range(max(0, sign.start() - 12), sign.start()):
            match = _SHOT.match(s, start, min(len(s), sign.end() + 2)) if han.is_han(s[start]) else None
            if match and match.end() >= sign.end() and (start == 0 or not han.is_han(s[start - 1])):
                last = match
                break
        if last is not None:
            found.append(last)
    return found


def _bylines(doc: Doc, names: PersonNames, known: list[Named]) -> list[Named]:
    """Return the names without a role in brackets at the end of a paragraph: (王 茜 王宇蓝).

    Brackets in which a credit of `known` starts are skipped.
    """
    found = []
    starts = sorted(c.start for c in known)
    for match in _BYLINE.finditer(doc.s):
        if (place := bisect_left(starts, match.start())) < len(starts) and starts[place] < match.end():
            continue
        listed = _names(doc, names, match.start(1), True, False)
        # an office precedes the names: (某县融媒体中心 刘兴 密启航)
        by_office = bool(listed) and listed[0][1] > match.start(1)
        if (
            listed
            and listed[-1][2] >= match.end(1)
            and (by_office or all(names.plausible(name) for name, _, _ in listed))
        ):
            found += [Named(None, name, start, end, start) for name, start, end in listed]
    return found
