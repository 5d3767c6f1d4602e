"""A text's measures: numbers between 0 and 1, each with the words it was taken from.

All are shares or saturating rates per sentence, none grows with length: length decides nothing (written judge texts
have equal lengths in all classes, docs/judging.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

from ingest.config import data_file
from ingest.dictionary import common_words, no_names
from ingest.judge.topic import Topic
from ingest.script import simplified, without_glosses
from ingest.text import clean_lines, sentences

#: characters that are looked at: no feature needs more to be known, and time stays bounded
LOOKED_AT = 12_000

_ENUMERATED = re.compile(r"^(?:[一二三四五六七八九十]+[、.]|[(][一二三四五六七八九十\d]+[)]|\d{1,2}[.、])")
_QUOTE = re.compile(r"[“「『\"][^”」』\"]{4,200}[”」』\"]")
#: a line without any of these is a heading, a caption or furniture, no telling
_PUNCTUATED = re.compile("[。,、!?;…“]")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_HAN_TAIL = re.compile("[\u4e00-\u9fff]+$")
_TAG = re.compile(r"<[^<>]{1,80}>")


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one text."""

    value: float
    #: what it was taken from, for people: "石槽河 7 of 9 mentions"
    evidence: str = ""


@dataclass(frozen=True)
class Reading:
    """A text as the measures see it: simplified, folded, cut into sentences, with the names found in it."""

    title: str
    lines: tuple[str, ...]
    sentences: tuple[str, ...]
    #: own name of a unit -> mentions
    units: Counter[str]
    #: named people of the unit -> mentions
    people: Counter[str]
    topic: Topic

    @cached_property
    def body(self) -> str:
        """All sentences, one a line."""
        return "\n".join(self.sentences)


@cache
def _surnames() -> frozenset[str]:
    """Shipped surnames of one character."""
    lines = data_file("lexicon/surnames.txt").decode("utf-8").split("\n")
    return frozenset(char for line in lines if not line.startswith("#") for char in line.strip())


def read(title: str, text: str, topic: Topic) -> Reading:
    """Prepare a text for measuring. An empty title is taken from a short first line without a full stop."""
    body = without_glosses(simplified(clean_lines(_TAG.sub("", text[:LOOKED_AT]))))
    heading = simplified(clean_lines(title)).replace("\n", " ")
    lines = [line for line in body.split("\n") if line]
    if not heading and len(lines) > 1 and len(lines[0]) <= 40 and "。" not in lines[0]:
        heading = lines.pop(0)
    told = [line for line in lines if _PUNCTUATED.search(line) or topic.unit.search(line)] or lines
    pieces = [line[start:end] for line in told for start, end in sentences(line)]
    pieces = [piece for piece in pieces if len(piece) >= 4]
    whole = re.sub("《[^》]{1,30}》", "", heading + "\n" + "\n".join(pieces))
    return Reading(heading, tuple(lines), tuple(pieces), _units(whole, topic), _people(whole, topic), topic)


#: what belongs to a higher office or to the sentence, before a unit's own name
_BEFORE_NAME = re.compile(r".*(?:公安局|分局|公安处|支队|大队|总站|[省市县区旗州盟](?=.{2})|[到在去来回进往从给让叫请被把向跟和与是有了的个间于及])")
_NO_NAME = re.compile(r".*[到在去来回进往从给让叫请被把向跟和与是有了的家座个间所名某一二三四五六七八九十两几多些于及占没找设送报]|.*[门路镇村]口|")


def _units(text: str, topic: Topic) -> Counter[str]:
    """Own names of units, by their last two characters."""
    found: Counter[str] = Counter()
    end = 0
    for word in topic.full.finditer(text):
        before = _HAN_TAIL.search(text, max(end, word.start() - 12), word.start())
        end = word.end()
        if before is None:
            continue
        bare = topic.kind.sub("", before.group())
        bare = re.split(topic.people.pattern, bare)[-1]
        if _NO_NAME.fullmatch(bare) or topic.unnamed.fullmatch(bare):
            continue
        own = _BEFORE_NAME.sub("", bare)
        above = topic.authority is not None and topic.authority.search(bare[: -len(own)] or "")
        if len(own) >= 2 and (above or own[-2:] not in no_names()):
            found[own[-2:]] += 1
    return found


def _people(text: str, topic: Topic) -> Counter[str]:
    """Names right behind a role of the unit, and 老/小 with the surname of one of them; with all their mentions."""
    roles, units = topic.people.pattern, topic.unit.pattern
    names: set[str] = set()
    for found in re.finditer(rf"(?:{roles})([\u4e00-\u9fff·]{{2,12}})", text):
        name = _as_name(found.group(1))
        if name:
            names.add(name)
    for found in re.finditer(r"岁的([\u4e00-\u9fff]{2,3})(?=[是,、]|从)", text):
        name = _as_name(found.group(1))
        if name:
            names.add(name)
    for found in re.finditer(rf"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{{2,3}})(?=[,,]?\d{{2}}岁|[,是].{{0,16}}(?:{roles})|在[^,。]{{2,14}}(?:{units}))", text):
        name = _as_name(found.group(1))
        if name:
            names.add(name)
    called = rf"(?:{roles})([老小阿][\u4e00-\u9fff])(?![\u4e00-\u9fff]?[人家])|(?<![\u4e00-\u9fff])([老小][\u4e00-\u9fff])"
    surnames = {name[0] for name in names}
    for behind, alone in re.findall(called, text):
        nickname = behind or alone
        if nickname[1] in _surnames() and (nickname[1] in surnames or (behind and nickname not in common_words())):
            names.add(nickname)
    return Counter({name: text.count(name) for name in names})


def _as_name(run: str) -> str:
    """The name at the beginning of a run of characters behind a role, "" when it begins with none."""
    if "·" in run[:5]:
        return run[:5].split("·")[0] + "·"
    if run[0] not in _surnames() or run[1] in _NEVER or run[:2] in common_words() or run[:3] in common_words():
        return ""
    if run[1:3] in _POLITE or run[1:2] in "某":
        return ""
    if run[0] in _PARTICLES and run[1:3] in common_words():
        return ""
    long = len(run) >= 3 and run[1:3] not in common_words() and run[2] not in _AFTER and run[2] not in _NEVER
    return run[:3] if long else run[:2]


#: what follows a surname where the given name is not told
_POLITE = frozenset(["女士", "先生", "小姐", "大爷", "大妈", "大娘", "奶奶", "爷爷", "阿姨", "大姐", "大叔", "师傅", "婆婆", "老汉"])
#: surnames that are words of their own far more often
_PARTICLES = frozenset("向和于余经常全连时万应能安成查通支关管方都高从同")
#: no given name has these
_NEVER = frozenset("人他她它们了名个的这那里所在不没几起")
#: what follows a name of two characters
_AFTER = frozenset("说在的和与带从把将对向是到又也都就给被已正一介告组常每率")


def _rate(reading: Reading, pattern: re.Pattern[str], full: float) -> Measured:
    """Sentences with a hit, per sentence, 1 from `full` on; evidence: the commonest hits."""
    hits: Counter[str] = Counter()
    touched = 0
    for sentence in reading.sentences:
        found = [hit.group() for hit in pattern.finditer(sentence)]
        hits.update(found)
        touched += bool(found)
    total = len(reading.sentences)
    value = min(1.0, touched / (total + 1) / full) ** 0.5
    words = " ".join(word for word, _ in hits.most_common(5))
    return Measured(value, f"{touched} of {total} sentences: {words}" if touched else "")


def _has_own(reading: Reading, sentence: str) -> bool:
    """Whether a sentence has the unit, its people, or one of them by name."""
    return reading.topic.own.search(sentence) is not None or any(name in sentence for name in reading.people)


def _late(reading: Reading) -> Measured:
    """How much is told before the unit or its people appear: a passing mention comes late."""
    if _title(reading).value:
        return Measured(0.0)
    body = reading.body
    found = reading.topic.own.search(body)
    starts = [body.find(name) for name in reading.people] + [found.start() if found else -1]
    value = min((start for start in starts if start >= 0), default=len(body)) / max(len(body), 1)
    return Measured(value, f"{value:.0%} of the text comes before unit and people" if value > 0.1 else "")


def _title(reading: Reading) -> Measured:
    head = reading.title
    found = reading.topic.unit.search(head) or reading.topic.people.search(head)
    return Measured(float(found is not None), f"the title has {found.group()}" if found else "")


def _one_unit(reading: Reading) -> Measured:
    total = sum(reading.units.values())
    if not total:
        return Measured(0.0)
    name, count = reading.units.most_common(1)[0]
    return Measured(count / total, f"{name}: {count} of {total} mentions of named units")


def _people_named(reading: Reading) -> Measured:
    names = [name for name, _ in reading.people.most_common(4)]
    return Measured(min(len(reading.people), 3) / 3, "named: " + " ".join(names) if names else "")


def _authority(reading: Reading) -> Measured:
    found = reading.topic.authority.search(reading.title + reading.body) if reading.topic.authority else None
    return Measured(float(found is not None), found.group() if found else "")


def _quoted(reading: Reading) -> Measured:
    """Sentences with spoken words."""
    hits = sum(bool(_QUOTE.search(s) and reading.topic.genres["speech"].search(s)) for s in reading.sentences)
    hits = max(hits, sum(s[0] in "“\"" and len(s) > 10 for s in reading.sentences))
    total = len(reading.sentences)
    return Measured(min(1.0, hits / total / 0.2) if total else 0.0, f"{hits} quotations" if hits else "")


def _rival_share(reading: Reading) -> Measured:
    text = reading.title + "\n" + reading.body
    others = reading.topic.rivals.findall(text) if reading.topic.rivals else []
    own = len(reading.topic.unit.findall(text)) + sum(reading.people.values()) / 2
    if not others:
        return Measured(0.0)
    words = " ".join(word for word, _ in Counter(others).most_common(4))
    return Measured(len(others) / (len(others) + own), f"{len(others)} mentions of others: {words}")


def _rival_leads(reading: Reading) -> Measured:
    """Another institution stands in the title, or comes before the unit does."""
    if not reading.topic.rivals:
        return Measured(0.0)
    text = reading.title + "\n" + reading.body
    other, own = reading.topic.rivals.search(text), reading.topic.unit.search(text)
    leads = other is not None and (own is None or other.start() < own.start())
    return Measured(float(leads), f"{other.group()} comes first" if leads and other else "")


def _foreign(reading: Reading) -> Measured:
    """Two or more different words of another police, measured against how often our unit is named."""
    if reading.topic.foreign is None:
        return Measured(0.0)
    text = reading.title + reading.body
    hits = reading.topic.foreign.findall(text)
    kinds = list(dict.fromkeys(hits))
    if len(kinds) < 2:
        return Measured(0.0)
    own = len(reading.topic.unit.findall(text))
    return Measured(min(1.0, 2 * len(hits) / (len(hits) + own)), "another field: " + " ".join(kinds))


def _listed(reading: Reading) -> Measured:
    """Numbered lines and lines that are mere entries."""
    total = len(reading.lines)
    hits = sum(bool(_ENUMERATED.match(line)) for line in reading.lines)
    return Measured(min(1.0, hits / total / 0.4) if total else 0.0, f"{hits} of {total} lines are numbered" if hits else "")


def _card(reading: Reading) -> Measured:
    """Kinds of figures that an index card of the unit would have; three are a card."""
    hits = [found.group() for kind in reading.topic.card if (found := kind.search(reading.body))]
    return Measured(min(1.0, len(hits) / 3), f"{len(hits)} kinds of figures: {' '.join(hits)}" if hits else "")


def _this(reading: Reading) -> bool:
    """One unit is spoken of without its name: 这座只有四个人的派出所."""
    units = "|".join(map(re.escape, reading.topic.words.units))
    return re.search(rf"(?:[这有]一?|就是一|唯一的|只有一)[个座家].{{0,12}}(?:{units})", reading.body) is not None


def _unanchored(reading: Reading) -> Measured:
    """Nothing that could be looked up: no named unit, no authority, no figure. Stories that are made up are so."""
    found = reading.units or _authority(reading).value or _FIGURE.search(reading.body)
    return Measured(float(not found), "" if found else "no named unit, no authority, no figure")


def _about(reading: Reading) -> Measured:
    """How far the telling is about the unit at all: present, from the beginning, by name, and not about others."""
    total = max(len(reading.sentences), 1)
    present = sum(_has_own(reading, sentence) for sentence in reading.sentences) + _title(reading).value
    present = max(0.0, min(1.0, (present - 0.5) / (0.3 * total)))
    early = 1.0 - max(0.0, _late(reading).value - 0.15) / 0.85
    named = 1.0 if reading.units or reading.people else 0.7 if _title(reading).value or _this(reading) else 0.4
    ours = (1.0 - _rival_share(reading).value) * (1.0 - _foreign(reading).value)
    value = present * early * named * ours
    return Measured(value, f"present {present:.1f}, early {early:.1f}, named {named:.1f}, not others {ours:.1f}")


def _genre(key: str, full: float) -> Callable[[Reading], Measured]:
    def taken(reading: Reading) -> Measured:
        return _rate(reading, reading.topic.genres[key], full)

    return taken


#: name -> how it is taken. The second argument of `_genre` is the share of sentences from which it counts full; chosen
#: by eye on the written texts, not swept
MEASURES: dict[str, Callable[[Reading], Measured]] = {
    "one_unit": _one_unit,
    "people_named": _people_named,
    "authority": _authority,
    "unanchored": _unanchored,
    "quoted": _quoted,
    "scene": _genre("scene", 0.5),
    "past": _genre("past", 0.4),
    "habit": _genre("habit", 0.3),
    "served": _genre("served", 0.2),
    "portrait": _genre("portrait", 0.5),
    "initiative": _genre("initiative", 0.3),
    "neighbours": _genre("neighbours", 0.5),
    "card": _card,
    "credit": _genre("credit", 0.2),
    "rival_share": _rival_share,
    "rival_leads": _rival_leads,
    "foreign": _foreign,
    "listed": _listed,
    "incident": _genre("incident", 0.4),
    "case": _genre("case", 0.4),
    "campaign": _genre("campaign", 0.5),
    "dated": _genre("dated", 0.4),
    "paper": _genre("paper", 0.3),
    "explain": _genre("explain", 0.4),
    "opinion": _genre("opinion", 0.4),
    "assembly": _genre("assembly", 0.4),
    "fiction": _genre("fiction", 0.3),
    "nameless": _genre("nameless", 0.4),
}


#: what tells like a feature counts as far as it tells of the unit: multiplied by "about". Without this a watchmaker
#: beside a police station scored 0.95, a veteran whom officers visited 0.71
TOLD = ("quoted", "scene", "past", "habit", "served", "portrait", "neighbours", "card", "credit", "initiative")


#: what speaks of the unit counts as far as it is ours and not another institution's or another police
OURS = ("one_unit", "people_named", "authority")


def measure(title: str, text: str, topic: Topic) -> dict[str, Measured]:
    """All measures of a text, in the order of MEASURES."""
    reading = read(title, text, topic)
    taken = {name: take(reading) for name, take in MEASURES.items()}
    about = _about(reading).value
    ours = (1.0 - taken["rival_share"].value) * (1.0 - taken["foreign"].value)
    scaled = dict.fromkeys(TOLD, about) | dict.fromkeys(OURS, ours)
    return taken | {name: Measured(taken[name].value * by, taken[name].evidence) for name, by in scaled.items()}
