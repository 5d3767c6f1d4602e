"""`Person` (one person of a text), the removal of duplicates, and the tests whether a possible name is a person."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ingest.facts.document import Doc
from ingest.zh import han
from ingest.zh.person_names import PersonNames

#: words after a possible name that show that it is part of a place, an organisation or a phrase with 式 or 精神
_BYWORD_AFTER = re.compile(
    r"[式氏镇街县区山河湖滩湾族籍]|精神|故里|故乡|派出所|村(?!里村外)|社区|路(?![过遇经])|学校|小学|中学|广场|公园|工作室|经验|同志精神|号(?!召)|集团|公司|桥|站(?![在着起了出到成立岗])|大道|"
    r"组(?![织成])|庄(?![重严])|[树林](?![下间])|花(?![了费])|[两三]?旗|沙漠|草原|高原|盆地|水库|隧道|铁路|高速|专线|客专|语(?![重气])"
)
#: words of _BYWORD_AFTER that also exclude a name with a title; 街 does not, as in 民警周志刚街头巡逻
_BYWORD_AFTER_TITLED = han.regex(r"式|(?:同志)?精神(?![\p{Han}])|故里|派出所|工作室|号(?!召)")
#: words of kinship and courtesy after the name of a private person
KIN = han.regex(
    r"婆婆|奶奶|爷爷|嬢嬢|孃孃|小妹|幺妹|大爷|大妈|大娘|大叔|大姐|大哥|大嫂|阿姨|阿婆|阿公|阿伯|老伯|老太太?|老汉|老人|老师|师傅|女士|先生|小姐|伯伯|(?:姐(?!妹)|叔|伯(?![虎乐爵]))(?![\p{Han}]{2})|(?:姨(?![妈父夫太])|婶(?!子)|嫂(?!子))|娭毑|老板|家姆妈|大伯|妈妈|爸爸|姑娘|小伙|老爹|(?:奶|爷)(?![\p{Han}])"
)
#: parts of speech of dictionary words that may be names
_DICTIONARY_OK = ("nr", "nrt", "nrfg", "x", "nz")


@dataclass
class Person:
    """One person of a text; start and end are the span of the quote, weight is the number of mentions."""

    name: str
    start: int
    end: int
    roles: list[str] = field(default_factory=list)
    role_class: str = "citizen"
    weight: int = 0


def note(found: dict[str, Person], name: str, start: int, end: int, role: str | None, cls: str) -> None:
    """Count one mention of a person in `found`; another class replaces "citizen".

    A new role is added. If 所长 is the first role noted for an officer or official, this mention becomes the quote.
    """
    person = found.get(name)
    if person is None:
        person = found[name] = Person(name, start, end, [], cls)
    elif person.role_class == "citizen" and cls != "citizen":
        person.role_class = cls
    if role and role not in person.roles:
        if not person.roles and cls != "citizen" and person.role_class == cls and role == "所长":
            person.start, person.end = start, end
        person.roles.append(role)
    person.weight += 1


def distinct(found: dict[str, Person]) -> list[Person]:
    """Return the persons, each only once.

    Left out are a part of a dotted name (加尔恒 of 加尔恒·努尔兰), a name read too long (冯勇介 beside 冯勇) and
    a short form (欧所长 or, for an officer, 小欧 beside 欧志豪).
    """
    dotted = {name[:size] for name in found if "·" in name for size in range(1, len(name))}
    surnames = Counter(name[0] for name in found if not KIN.search(name))
    officers = Counter(
        name[0]
        for name, person in found.items()
        if person.role_class == "police" and len(name) > 1 and not KIN.search(name)
    )
    dotted |= {name[size:] for name in found if "·" in name for size in range(1, name.index("·"))}
    dotted |= {name.rpartition("·")[2] for name in found if "·" in name}
    return [
        person
        for name, person in found.items()
        if name not in dotted
        and not _too_long(person, found)
        and not _only_titled(person, surnames)
        and not (person.role_class == "police" and _nickname(name, officers))
    ]


def _too_long(person: Person, found: dict[str, Person]) -> bool:
    """Return whether the name starts with another name that has more mentions: 冯勇介 beside 冯勇."""
    name = person.name
    if "·" in name or KIN.search(name):
        return False
    return any(name[:size] in found and found[name[:size]].weight > person.weight for size in range(2, len(name)))


def _only_titled(person: Person, surnames: Counter[str]) -> bool:
    """Return whether the person is named by surname and title (欧所长) and another person has that surname (欧志豪).

    `surnames`: surname -> number of names that do not contain a word of kinship.
    """
    if all(person.name != person.name[0] + role for role in person.roles):
        return False
    return surnames[person.name[0]] > (not KIN.search(person.name))


def _nickname(name: str, officers: Counter[str]) -> bool:
    """Return whether `name` is a short form (小冯, 老冯) of the name of an officer (冯勇).

    `officers`: surname -> number of officers.
    """
    return len(name) == 2 and name[0] in "老小" and officers[name[1]] > (name[0] == name[1])


def is_person_at(doc: Doc, names: PersonNames, start: int, end: int, *, titled: bool = False) -> bool:
    """Return whether s[start:end] names a person, not a phrase (“马天民式”), a place or a dictionary word.

    `titled`: the name follows a title.
    """
    name, after = doc.s[start:end], doc.s[end : end + 4]
    if (_BYWORD_AFTER_TITLED if titled else _BYWORD_AFTER).match(after):
        return False
    if name[0] in "小老" and len(name) == 2:
        return True
    if of_station(doc, name) or (not titled and name in doc.place_names):
        return False
    if not titled and len(name) == 3 and name[1] == "家" and name[2] in _LANDFORMS:
        return False  # a hamlet: 最远的包家山
    if name[-1] == "社" and doc.s.startswith(("报道", "消息", "称", "发"), end):
        return False  # a news agency: 据乌通社报道
    kind = names.words.kind(name)
    frequency = names.words.frequency.get(name, 0)
    if kind[0] == "v" and not titled and names.count(name) < 3:
        return False  # a verb of the dictionary that no title precedes: 养大 in 女孩养大
    return kind in _DICTIONARY_OK or frequency < 30 or names.count(name) >= 3


#: last characters of the names of hamlets after a surname and 家
_LANDFORMS = "山沟坪湾坡岭寨坝塬峪庄村河梁洼屯台集店营桥塘冲垸"


def of_station(doc: Doc, name: str) -> bool:
    """Return whether the name of a station starts with `name`: 富池 of 富池水上派出所."""
    return name in doc.station_beginnings


def near_police(doc: Doc, place: int) -> bool:
    """Return whether the sentence at `place` (with the next one if it ends in ……) mentions the police."""
    start, end = doc.sentence(place)
    if doc.s.endswith("……", start, end):
        end = doc.sentence(min(end, len(doc.s) - 1))[1]
    return bool(re.search("民警|派出所|社区警务|所里", doc.s[start:end]))
