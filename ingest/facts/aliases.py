"""Persons known by half a name: 牟婆婆, 杨某, 小夏, 汤老四, 王警官."""

from __future__ import annotations

import re

from ingest.facts.doc import Doc
from ingest.facts.people import KIN, Person, near_police, note
from ingest.facts.roles import CLASS_OF, ROLE
from ingest.zh.lexicon import NEVER
from ingest.zh.person_names import PersonNames

#: the same, tried only where such a word can begin: most of a text is skipped
_KINNED = re.compile(f"(?=[婆奶爷大嬢孃幺阿老师女先小伯姐嫂叔婶娭家妈爸姑])(?:{KIN.pattern})")
_LITTLE = re.compile(
    r"(?P<name>(?:小|阿)(?P<given>[一-鿿]))(?=[,。、;:!?()的说和与在被把向从因一有是利打来去拿都也还就]|$)"
)
_OLD = re.compile(r"(?P<name>(?P<surname>[一-鿿])老[二三四五六七八九大汉幺])(?![年人])")
_VETERAN = re.compile(r"(?P<name>老(?P<surname>[一-鿿]))(?![一-鿿]?[村镇路街])")
_FAMILIAR = re.compile("^(?:叔|哥|姐|嫂|伯|大叔|大哥|大姐|师傅|老师|警官|婶)$")
_MASKED = re.compile(r"(?P<name>(?P<surname>[一-鿿])(?:某某|某))(?![一-鿿]?[区县市镇村局])")
_TITLED = re.compile(
    r"(?=.[副所教指警队局书主律医厂经])(?P<name>(?P<surname>[一-鿿])(?P<title>副?所长|教导员|指导员|警官|队长|局长|书记|主任|律师|医生|厂长|经理))(?![一-鿿]?(?:制|室|岗|任|职|办公))"
)
_KIN_ENDS = frozenset("婆公姨爷奶妈爸哥姐弟妹叔伯婶年寒暑")
#: a word so frequent in the dictionary is meant as one even after a title: 村民小组 (3116); 女孩小雨 (under 300) is a name
_WORD = 1000


def by_half_name(doc: Doc, names: PersonNames, found: dict[str, Person]) -> None:
    """牟婆婆, 杨某, 小夏, 汤老四, 王爷爷: private persons known by half a name; 老陈, 王警官 may be officers."""
    surnames = frozenset(name[0] for name in found if len(name) >= 2 and not KIN.search(name))
    _by_kinship(doc, names, found, surnames)
    _veterans(doc, names, found, surnames)
    _titled(doc, names, found, surnames)
    _little(doc, names, found, surnames)
    _children(doc, names, found)


def _by_kinship(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """牟婆婆, 杨某, 汤老四."""
    s = doc.s
    for start, end in [
        *_half_names(names, s),
        *(match.span() for pattern in (_MASKED, _OLD) for match in pattern.finditer(s)),
    ]:
        surname = s[start]
        quoted = doc.in_quotes(start)
        if (quoted and quoted[1] - quoted[0] <= 8) or surname in _SELDOM_SURNAME or not _half(names, s, start, end):
            continue
        known = any(name in s[max(0, start - 3) : end] for name in found if len(name) >= 2 and name[0] != surname)
        if known or names.words.frequency.get(s[start:end], 0) > 20:
            continue
        if surname in surnames and _FAMILIAR.search(s[start + 1 : end]):
            continue  # 孟叔 is 孟宪岭
        note(found, s[start:end], start, end, None, "citizen")


def _veterans(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """老陈, named twice or after 的."""
    s, frequency = doc.s, names.words.frequency
    for match in _VETERAN.finditer(s):
        start, end = match.span()
        if match["surname"] in surnames or not _half(names, s, start, end, start + 1):
            continue
        if match["surname"] in "阿大小" or any(match["name"] in name for name in found if len(name) > 2):
            continue  # 老阿妈; 潘老旺 is named whole
        worded = frequency.get(match["name"], 0) > 50 or frequency.get(s[end - 1 : end + 1], 0) > 50
        if worded or (s.count(match["name"]) < 2 and s[start - 1 : start] != "的"):
            continue
        note(found, match["name"], start, end, None, "police" if near_police(doc, start) else "citizen")


def _titled(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """王警官, 应所长: nobody else of that surname is named."""
    for match in _TITLED.finditer(doc.s):
        surname, start, end = match["surname"], match.start(), match.end()
        if surname in surnames or surname in _NO_SURNAME or surname in _SELDOM_SURNAME:
            continue
        if names.words.frequency.get(match["name"], 0) > 3 or not _half(names, doc.s, start, end):
            continue
        note(found, match["name"], start, end, match["title"], CLASS_OF.get(match["title"], "official"))


def _little(doc: Doc, names: PersonNames, found: dict[str, Person], surnames: frozenset[str]) -> None:
    """小夏, 阿珍; 小冯 is 冯勇 where one is named, and who has a real name given is no 小石头."""
    s = doc.s
    aliases = {alias[1] for alias in re.finditer(r"([小阿老][一-鿿]),?(?:大名|本名|真名)", s)}
    for match in _LITTLE.finditer(s):
        name, given, (start, end) = match["name"], match["given"], match.span("name")
        titled = ROLE.search(s, max(0, start - 3), start)
        introduced = titled is not None and titled.end() == start
        if (
            name in aliases
            or s[start - 2 : start - 1] == "大"
            or given in _KIN_ENDS
            or given in NEVER
            or given in surnames
        ):
            continue
        if names.words.frequency.get(name, 0) > (_WORD if introduced else 20) or not (
            introduced or _begins(names, s, start, end)
        ):
            continue
        note(found, name, start, end, None, "citizen")


_TWICE = re.compile(r"(?P<told>[叫名童孩])(?P<name>([一-鿿])\3)(?=[,。、的在走])")


def _children(doc: Doc, names: PersonNames, found: dict[str, Person]) -> None:
    """走失的孩子叫豆豆, 三岁女童苗苗."""
    for match in _TWICE.finditer(doc.s):
        if (
            match["told"] in "童孩"
            and names.words.kind(match["name"])[0] in "dvazx"
            and names.words.frequency.get(match["name"], 0) > 20
        ):
            continue  # 女孩偷偷走了
        note(found, match["name"], *match.span("name"), None, "citizen")


def _half(names: PersonNames, s: str, start: int, end: int, surname: int | None = None) -> bool:
    """A surname stands at `surname` (`start` when not given), and the half name is no tail of a longer word."""
    return s[start if surname is None else surname] in names.surnames and _begins(names, s, start, end)


#: characters that are surnames and stand before a title as another word: 任所长, 代所长, 连所长在内
_NO_SURNAME = frozenset("任代老党团连")
#: surnames that are far oftener another word before a kinship word: 向老师说, 和老人, 位老人
_SELDOM_SURNAME = frozenset("向和于从经让对由位都有应常过多老那同单通全能须终国公广双満时明安安别边何文家当如此后万区")


#: said after whole names as well
_POLITE = ("先生", "女士", "老人", "老师", "师傅")


def _half_names(names: PersonNames, s: str) -> list[tuple[int, int]]:
    """A surname and a kinship word: 牟婆婆."""
    found = []
    for kin in _KINNED.finditer(s):
        whole = names.ending(kin.start(), floor=max(0, kin.start() - 3)) if kin[0] in _POLITE else kin.start()
        if kin.start() - whole >= 2 and s[whole] not in _SELDOM_SURNAME:
            found.append((whole, kin.start()))  # 尹国强先生
            continue
        full = s[max(0, kin.start() - 2) : kin.start()]
        apart = names.words.frequency.get(s[max(0, kin.start() - 3) : kin.start() - 1], 0) > 100  # 保安|王师傅
        if full[:1] in names.surnames and names.words.kind(full) in ("nr", "nrt", "nrfg") and not apart:
            continue  # 傅雷先生
        if s[max(0, kin.start() - 2) : kin.start()] in names.surnames and kin.start() >= 2:
            found.append((kin.start() - 2, kin.end()))
        elif kin.start() >= 1:
            found.append((kin.start() - 1, kin.end()))
    return found


def _begins(names: PersonNames, s: str, start: int, end: int) -> bool:
    """The half name is not the tail of a longer word."""
    before = s[start - 1] if start else "\n"
    if not re.match(r"[一-鿿]", before):
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
