"""The annotated text: simplified, folded, split into sentences, with the units and people named in it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain, pairwise

from ingest.classify.topic_config import Topic
from ingest.zh import han
from ingest.zh.dictionary_words import common_words, words_never_in_names
from ingest.zh.han import is_han
from ingest.zh.lexicon import Lexicon
from ingest.zh.person_names import UNSEEN, masked_name, plausible_name
from ingest.zh.seed_format import clean_lines
from ingest.zh.simplify import simplified, without_glosses
from ingest.zh.text_spans import sentences

#: maximum characters of a text that are classified, to bound the time; no feature in our texts needs more
LOOKED_AT = 12_000

#: minimum log probability of a character at the end of a given name: 姬 has -8.9, 带 -9.3, 接 -9.7. Other values were
#: not measured
LEAST_LOG_PROBABILITY = -9.0
#: punctuation; a line that has none and names no unit is taken for a heading, a caption or boilerplate and is not split
#: into sentences
_PUNCTUATED = re.compile("[。,、!?;…“]")
_NO_HAN = han.regex("[^\\p{Han}]+")
_HAN_TAIL = han.regex("[\\p{Han}]+$")
_TAG = re.compile(r"<[^<>]{1,80}>")
#: a run of more than 32 numerals, longer than any number in a feature; it is cut to 32. Patterns of topics contain
#: repeated numerals ([\d一二三]+), whose search takes quadratic time in the length of a run (12,000 digits: 7.8 s)
_LONG_NUMBER = re.compile(r"([\d一二三四五六七八九十]{32})[\d一二三四五六七八九十]+")


@dataclass(frozen=True)
class ClassifierDocument:
    """A simplified, folded text split into sentences, with the names found in it."""

    title: str
    lines: tuple[str, ...]
    sentences: tuple[str, ...]
    #: last two characters of a unit's name, without its kind -> number of mentions
    units: Counter[str]
    #: name of a person of the unit -> number of mentions
    people: Counter[str]
    topic: Topic

    @cached_property
    def body(self) -> str:
        """All sentences, one per line."""
        return "\n".join(self.sentences)

    @cached_property
    def ngrams(self) -> Counter[str]:
        """Counts of characters and pairs of adjacent characters, without topic words and names."""
        text = self.topic.vocabulary.sub(" ", self.title + "\n" + "\n".join(self.lines))
        for name in (*self.people, *self.units):
            text = text.replace(name, " ")
        plain = _NO_HAN.sub(" ", text)
        found = Counter(chain(plain, map("".join, pairwise(plain))))
        return Counter({ngram: count for ngram, count in found.items() if " " not in ngram})


@cache
def _lexicon() -> Lexicon:
    """Return the shipped lexicon of surnames and given names."""
    return Lexicon()


@cache
def _surnames() -> frozenset[str]:
    """Return the surnames of one character and the first characters of longer ones, as nicknames use them: 老欧."""
    return frozenset(surname[0] for surname in _lexicon().surnames)


def annotate(title: str, text: str, topic: Topic) -> ClassifierDocument:
    """Return a text annotated for classification, without markup and glosses and cut to LOOKED_AT characters.

    If the title is empty, a short first line without a full stop becomes the title.
    """
    body = without_glosses(simplified(clean_lines(_TAG.sub("", text[:LOOKED_AT]))))
    body = _LONG_NUMBER.sub(r"\1", body)
    heading = simplified(clean_lines(title)).replace("\n", " ")
    lines = [line for line in body.split("\n") if line]
    if not heading and len(lines) > 1 and len(lines[0]) <= 40 and "。" not in lines[0]:
        heading = lines.pop(0)
    narrative = [line for line in lines if _PUNCTUATED.search(line) or topic.unit.search(line)] or lines
    pieces = [line[start:end] for line in narrative for start, end in sentences(line)]
    pieces = [piece for piece in pieces if len(piece) >= 4]
    whole = re.sub("《[^》]{1,30}》", "", heading + "\n" + "\n".join(pieces))
    return ClassifierDocument(heading, tuple(lines), tuple(pieces), _units(whole, topic), _people(whole, topic), topic)


#: text up to the last higher office, level of place (市, 县) or function word before the name of a unit; `_units` removes
#: this text. _NO_NAME matches text before a unit that is empty or does not end in a name
_BEFORE_NAME = re.compile(
    r".*(?:公安局|分局|公安处|支队|大队|总站|[省市县区旗州盟](?=.{2})|[到在去来回进往从给让叫请被把向跟和与是有了的个间于及])"
)
_NO_NAME = re.compile(
    r".*[到在去来回进往从给让叫请被把向跟和与是有了的家座个间所名某一二三四五六七八九十两几多些于及占没找设送报由过看着应候时并或才又也都还均只让]|.*[门路镇村]口|"
)


def _units(text: str, topic: Topic) -> Counter[str]:
    """Return the number of mentions of each unit, under the last two characters of its name."""
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
        if len(own) >= 2 and (above or own[-2:] not in words_never_in_names()):
            found[own[-2:]] += 1
    return found


def _people(text: str, topic: Topic) -> Counter[str]:
    """Return the number of mentions of each named person of the unit, in the order of discovery.

    A name follows a role, or precedes an age, a role or the unit. A nickname is a surname after 老 or 小, or, behind a
    role, after 阿. It counts as a further name if it has the surname of a person found here. It also counts if it is not
    a common word and either follows a role or occurs more than twice.
    """
    roles, units = topic.people.pattern, topic.unit.pattern
    certain = han.findall(rf"(?:{roles})([\p{{Han}}·]{{2,12}})", text)
    certain += han.findall(
        rf"(?<![\p{{Han}}])([\p{{Han}}]{{2,3}})(?=[,,]?\d{{2}}岁[^。]{{0,30}}(?:{roles}|{units})|[,是].{{0,16}}(?:{roles})|在[^,。]{{2,14}}(?:{units}))",
        text,
    )
    # an age between role and name, as in 守站的铁警里多了两张新面孔。23岁的顾文超下了夜班
    certain += han.findall(rf"(?:{roles})[^。]{{0,20}}[,。]\n?\d{{2}}岁的([\p{{Han}}·]{{2,12}})", text)
    names = dict.fromkeys(_full_name(name, text) for name in map(_leading_name, certain) if name)
    surnames = {name[0] for name in names}
    called = rf"(?:{roles})([老小阿][\p{{Han}}])(?![\p{{Han}}]?[人家])|(?<![\p{{Han}}])([老小][\p{{Han}}])"
    for behind, alone in han.findall(called, text):
        nickname = behind or alone
        often = behind or text.count(nickname) > 2
        if nickname[1] in _surnames() and (nickname[1] in surnames or (often and nickname not in common_words())):
            names[nickname] = None
    return Counter({name: text.count(name) for name in names})


def _full_name(name: str, text: str) -> str:
    """Return the name lengthened or shortened to the form that the text uses.

    马成 becomes 马成林 if 马成 occurs more than once and 林 always follows. 覃浩数 becomes 覃浩 if at most half of the
    occurrences of 覃浩 are followed by 数.
    """
    if len(name) == 3 and 2 * text.count(name) <= text.count(name[:2]):
        return name[:2]
    if len(name) == 2:
        behind: list[str] = re.findall(rf"{name}(.)", text)
        if len(behind) > 1 and len(set(behind)) == 1 and is_han(behind[0]) and behind[0] not in _AFTER | _NEVER:
            return name + behind[0]
    return name


def _leading_name(run: str) -> str:
    """Return the name at the start of the characters after a role, "" if they do not start with a name.

    Words follow the name without a boundary. Therefore the rules are stricter than in other callers of
    `plausible_name`: a common word at the start excludes a name, the last character must be usual at the end of names,
    and no character of the name may be in _NEVER.
    """
    if "·" in run[:5]:
        return run[:5].split("·")[0] + "·"
    if masked := masked_name(run, _lexicon()):
        return masked
    if run[:2] in common_words() or run[:3] in common_words() or run[1:2] in _NEVER:
        return ""
    if run[1:3] in _POLITE or (run[0] in _PARTICLES and run[1:3] in common_words()):
        return ""
    if run[2:] and run[1:3] not in common_words() and run[2] not in _AFTER and _is_name(run[:3]):
        return run[:3] if run[1] in _lexicon().given else ""
    return run[:2] if _is_name(run[:2]) else ""


def _is_name(word: str) -> bool:
    """Return whether a word is a name that ends in a usual character: 涛 is usual; 做, 接 and 推 are not."""
    cost = _lexicon().given.get(word[-1], UNSEEN)[1]
    return cost <= -LEAST_LOG_PROBABILITY and plausible_name(word, _lexicon(), never=_NEVER)


#: forms of address; a surname before one of them has no given name, so it does not start a full name
_POLITE = frozenset(
    ["女士", "先生", "小姐", "大爷", "大妈", "大娘", "奶奶", "爷爷", "阿姨", "大姐", "大叔", "师傅", "婆婆", "老汉"]
)
#: surnames that are much more often ordinary words; they do not start a name if a common word follows
_PARTICLES = frozenset("向和于余经常全连时万应能安成查通支关管方都高从同")
#: characters that no given name contains
_NEVER = frozenset("某做人他她它们了名个的这那里所在不没几起")
#: characters that often follow a name of two characters; they are not read as its third character
_AFTER = frozenset("说在的和与带从把将对向是到又也都就给被已正一介告组常每率提")
