"""Persons named only by a part of their name: 牟婆婆, 杨某, 小夏, 汤老四, 王警官."""

from __future__ import annotations

import re

from ingest.facts.document import Doc
from ingest.facts.person_checks import KIN, Person, near_police, note
from ingest.facts.roles import CLASS_OF, ROLE, class_of, clean_role
from ingest.zh import han
from ingest.zh.lexicon import NEVER
from ingest.zh.person_names import STRONG, PersonNames

#: the pattern KIN after a lookahead for the first characters of its words, which makes the search faster
_KINNED = re.compile(f"(?=[婆奶爷大嬢孃幺阿老师女先小伯姐嫂叔婶姨娭家妈爸姑])(?:{KIN.pattern})")
#: 小 or 阿 with a given name (小夏, 阿珍)
_LITTLE = han.regex(r"(?P<name>(?:小|阿)(?P<given>[\p{Han}]))")
#: 小 with a word for a group or a place, which is not a name after a title: 职工小家, 队员小组
_SMALL_THING = re.compile("小[家组区站屋店院]")
_LITTLE_END = re.compile("[,。、;:!?()的说和与在被把向从因一有是利打来去拿都也还就]|$")
#: a surname with a rank among siblings (汤老四)
_OLD = han.regex(r"(?P<name>(?P<surname>[\p{Han}])老[二三四五六七八九大汉幺])(?![年人])")
#: 老 with a surname (老陈)
_VETERAN = han.regex(r"(?P<name>老(?P<surname>[\p{Han}]))(?![\p{Han}]?[村镇路街])")
#: words after a surname that form a short name: 孟叔 is not a new person if another person has the surname
_FAMILIAR = re.compile("^(?:叔|哥|姐|嫂|伯|大叔|大哥|大姐|师傅|老师|警官|婶)$")
#: a surname with 某 for the masked given name: 杨某, 杨某某
_MASKED = han.regex(r"(?P<name>(?P<surname>[\p{Han}])(?:某某|某))(?![\p{Han}]?[区县市镇村局])")
#: a surname with a title: 王警官, 应所长
_TITLED = han.regex(
    r"(?=.[副所教指警队局书主律医厂经])(?P<name>(?P<surname>[\p{Han}])(?P<title>副?所长|教导员|指导员|警官(?!兵)|队长|局长|书记|主任|律师|医生|厂长|经理))(?![\p{Han}]?(?:制|室|岗|任|职|办公))"
)
#: characters that form a common word with 小 or 阿 (小妹, 阿婆), which is not a name
_KIN_ENDS = frozenset("婆公姨爷奶妈爸哥姐弟妹叔伯婶年寒暑编")
#: end of the text before 小 as an adjective: a measure word (四个小核) or the particle of a verb (仰着小脸)
_COUNTED = re.compile(r"[次篇个只张条幅份块件种家][的]?\Z|[着了过]\Z")
#: dictionary frequency above which 小 with a character is a word even after a title: 小组 in 村民小组 has 3116, 小雨
#: in 女孩小雨 has less than 300
_WORD = 1000


def by_partial_name(doc: Doc, names: PersonNames, found: dict[str, Person]) -> None:
    """Add persons named only in part to `found`. 牟婆婆, 杨某 and 小夏 are citizens.

    The class of 王警官 is that of the title. The class of 老陈 is that of a title before the name; without a title, 老陈
    is an officer if the sentence mentions the police, else a citizen.
    """
    surnames = frozenset(name[0] for name in found if len(name) >= 2 and not KIN.search(name))
    _by_kinship(doc, names, found, surnames)
    _veterans(doc, names, found, surnames)
    _titled(doc, names, found, surnames)
    _little(doc, names, found, surnames)
    _children(doc, names, found)
    _called(doc, found)


def _by_kinship(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """Add surnames with a word of kinship, with 某, or with 老 and a rank among siblings: 牟婆婆, 杨某, 汤老四."""
    s = doc.s
    for start, end in [
        *_kinship_names(names, s),
        *((match.start(), names.masked_end(match.end())) for match in _MASKED.finditer(s)),
        *(match.span() for match in _OLD.finditer(s)),
    ]:
        surname = s[start]
        quoted = doc.in_quotes(start)
        if (
            (quoted and quoted[1] - quoted[0] <= 8)
            or surname in _SELDOM_SURNAME
            or not _is_partial(names, s, start, end)
        ):
            continue
        known = any(
            s[first:last] in found and s[first] != surname
            for first in range(max(0, start - 3), end - 1)
            for last in range(first + 2, end + 1)
        )
        if known or names.words.frequency.get(s[start:end], 0) > 20:
            continue
        if end - start > 2 and names.at(end, prior=STRONG) > end + 1:
            continue  # 阿姨 is a title before a full name: 宿管阿姨|张秀玲
        if surname in surnames and _FAMILIAR.search(s[start + 1 : end]):
            continue  # a short form of another person: 孟叔 when 孟宪岭 is named
        kin = s[start + 1 : end]
        if surname in surnames and any(n[0] == surname and len(n) > 1 and names.count(n + kin) for n in found):
            continue  # a short form of another person: 张阿姨 when 张桂英阿姨 is named
        note(found, s[start:end], start, end, None, "citizen")


def _veterans(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """Add 老陈 if no other person is called 陈, and 老陈 occurs at least twice or follows 的 or a title."""
    s, frequency = doc.s, names.words.frequency
    pairs = {name[place : place + 2] for name in found if len(name) > 2 for place in range(len(name) - 1)}
    for match in _VETERAN.finditer(s):
        start, end = match.span()
        if match["surname"] in surnames or not _is_partial(names, s, start, end, start + 1):
            continue
        if match["surname"] in "阿大小" or match["name"] in pairs:
            continue  # a word of kinship (老阿妈), or a part of another name (老旺 when 潘老旺 is named)
        worded = frequency.get(match["name"], 0) > 50 or frequency.get(s[end - 1 : end + 1], 0) > 50
        titled = ROLE.search(s, max(0, start - 4), start)
        after_title = titled is not None and titled.end() == start and len(titled[0]) > 1
        if worded or (names.count(match["name"]) < 2 and s[start - 1 : start] != "的" and not after_title):
            continue  # a dictionary word, or a single mention without 的 or a title before it
        if titled is not None and after_title:
            note(found, match["name"], start, end, clean_role(titled[0]), class_of(s, titled))
        else:
            note(found, match["name"], start, end, None, "police" if near_police(doc, start) else "citizen")


def _titled(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """Add surnames with a title (王警官, 应所长) if no other person of the text has that surname."""
    for match in _TITLED.finditer(doc.s):
        surname, start, end = match["surname"], match.start(), match.end()
        if surname in surnames or surname in _NO_SURNAME or surname in _SELDOM_SURNAME:
            continue
        if names.words.frequency.get(match["name"], 0) > 3 or not _is_partial(names, doc.s, start, end):
            continue
        note(found, match["name"], start, end, match["title"], CLASS_OF.get(match["title"], "official"))


def _little(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """Add 小 or 阿 with a given name (小夏, 阿珍), except short forms of another person (小冯 of 冯勇)."""
    s = doc.s
    aliases = {alias[1] for alias in han.finditer(r"([小阿老][\p{Han}]),?(?:大名|本名|真名)", s)}
    for match in _LITTLE.finditer(s):
        name, given, (start, end) = match["name"], match["given"], match.span("name")
        if (_COUNTED.search(s, max(0, start - 3), start) or s[end : end + 1] == ":") and names.count(name) < 3:
            continue  # 小 is an adjective (四个小核, 仰着小脸), or a colon follows
        titled = ROLE.search(s, max(0, start - 3), start)
        introduced = titled is not None and titled.end() == start
        named_by_title = introduced and titled is not None and len(titled[0]) > 1
        if not _LITTLE_END.match(s, end) and not (
            named_by_title and names.at(start, prior=STRONG, titled=True) == start
        ):
            continue  # 阿拉|达日图: the start of a longer name
        if (whole := _whole_name(names, s, start, end)) is not None:
            note(found, whole, start - 1, end, None, "citizen")  # 小满 is the given name of 郭小满
            continue
        if any(other.endswith(name) and len(other) == 3 and other not in surnames for other in found):
            continue  # 小满 alone, the given name of 郭小满
        if (
            name in aliases
            or s[start - 2 : start - 1] == "大"
            or given in _KIN_ENDS
            or given in NEVER
            or given in surnames
        ):
            continue
        if names.words.frequency.get(name, 0) > (_WORD if introduced and not _SMALL_THING.match(name) else 20) or not (
            introduced or _begins(names, s, start, end)
        ):
            continue
        role = titled[0] if named_by_title and titled is not None else None
        note(found, name, start, end, role, "citizen")


#: minimum number of mentions at which a surname, 小 or 阿, and a character are one name (郭小满). Fewer mentions may be
#: chance: in the labelled texts, 老 or 小 follows a character that is not its surname at most twice
_WHOLE = 3


def _whole_name(names: PersonNames, s: str, start: int, end: int) -> str | None:
    """Return the full name (郭小满) whose end is s[start:end], if the text has it at least _WHOLE times, else None."""
    whole = s[start - 1 : end] if start else ""
    return whole if whole[:1] in names.surnames and names.count(whole) >= _WHOLE else None


#: a name between 叫 and a word for a sort of person: 一位叫吉克阿妈的老人
_CALLED = han.regex(
    r"一[位个名]名?叫(?:做|作)?(?P<name>(?:(?!的)[\p{Han}·]){2,6})的(?:老人|老汉|老奶奶|老爷爷|小伙子?|姑娘|[男女]孩|孩子|村民|牧民|渔民|妇女|汉子|民警|辅警)"
)


def _called(doc: Doc, found: dict[str, Person]) -> None:
    """Add the persons of _CALLED; remove a name that occurs only as the start of such a name."""
    for match in _CALLED.finditer(doc.s):
        name = match["name"]
        if name in found:
            continue
        for size in range(1, len(name)):
            if name[:size] in found and doc.s.count(name[:size]) == doc.s.count(name):
                del found[name[:size]]
        note(found, name, *match.span("name"), None, "citizen")


#: a doubled character as a child's name, after 叫, 名, 童 or 孩: 豆豆 in 孩子叫豆豆
_DOUBLED = han.regex(r"(?P<cue>[叫名童孩])(?P<name>([\p{Han}])\3)(?=[,。、的在走])")


def _children(doc: Doc, names: PersonNames, found: dict[str, Person]) -> None:
    """Add children with a doubled character as their name: 走失的孩子叫豆豆, 三岁女童苗苗."""
    for match in _DOUBLED.finditer(doc.s):
        if (
            match["cue"] in "童孩"
            and names.words.kind(match["name"])[0] in "dvazx"
            and names.words.frequency.get(match["name"], 0) > 20
        ):
            continue  # the doubled character is an adverb or the like: 女孩偷偷走了
        note(found, match["name"], *match.span("name"), None, "citizen")


def _is_partial(names: PersonNames, s: str, start: int, end: int, surname: int | None = None) -> bool:
    """Return whether a surname is at `surname` (default: `start`) and s[start:end] is not the end of a longer word."""
    return s[start if surname is None else surname] in names.surnames and _begins(names, s, start, end)


#: surnames that usually are another word before a title: 任所长, 代所长, 连所长在内
_NO_SURNAME = frozenset("任代老党团连")
#: surnames that usually are another word before a word of kinship: 向老师说, 和老人, 位老人
_SELDOM_SURNAME = frozenset("向和于从经让对由位都有应常过多老那同单通全能须终国公广双満时明安安别边何文家当如此后万区")


#: words of courtesy that also follow full names: 尹国强先生
_POLITE = ("先生", "女士", "老人", "老师", "师傅")


def _kinship_names(names: PersonNames, s: str) -> list[tuple[int, int]]:
    """Return the spans of names with a word of kinship (牟婆婆), or of a full name before a word of courtesy (尹国强先生)."""
    found = []
    for kin in _KINNED.finditer(s):
        whole = names.ending(kin.start(), floor=max(0, kin.start() - 3)) if kin[0] in _POLITE else kin.start()
        if kin.start() - whole >= 2 and s[whole] not in _SELDOM_SURNAME:
            found.append((whole, kin.start()))  # a full name before a word of courtesy: 尹国强先生
            continue
        full = s[max(0, kin.start() - 2) : kin.start()]
        # whether a common word, mostly an occupation, precedes the surname: 保安|王师傅
        apart = names.words.frequency.get(s[max(0, kin.start() - 3) : kin.start() - 1], 0) > 100
        if full[:1] in names.surnames and names.words.kind(full) in ("nr", "nrt", "nrfg") and not apart:
            continue  # a full name in the dictionary, which is not a short form: 傅雷先生
        if s[max(0, kin.start() - 2) : kin.start()] in names.surnames and kin.start() >= 2:
            found.append((kin.start() - 2, kin.end()))
        elif kin.start() >= 1:
            found.append((kin.start() - 1, kin.end()))
    return found


def _begins(names: PersonNames, s: str, start: int, end: int) -> bool:
    """Return whether s[start:end] is not the end of a longer word."""
    before = s[start - 1] if start else "\n"
    if not han.match(r"[\p{Han}]", before):
        return True
    if (before in names.surnames and before not in "和与及向于从" and s[start] in "小阿") or names.words.frequency.get(
        before + s[start], 0
    ) > 200:
        return False
    longer = s[max(0, start - 6) : end]
    cut = names.words.segment(longer)
    return sum(map(len, cut)) == len(longer) and any(
        sum(map(len, cut[:index])) == len(longer) - (end - start) for index in range(len(cut))
    )
