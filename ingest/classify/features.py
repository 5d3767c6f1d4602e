"""A text's measures: numbers between 0 and 1, each with the words it was taken from.

All are shares or saturating rates per sentence, none grows with length: length decides nothing (written judge texts
have equal lengths in all classes, docs/judging.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from ingest.classify.document import ClassifierDocument, annotate
from ingest.classify.ngrams import Feature, reported, told
from ingest.classify.topic import Topic

_ENUMERATED = re.compile(r"^(?:[一二三四五六七八九十]+[、.]|[(][一二三四五六七八九十\d]+[)]|\d{1,2}[.、])")
_QUOTE = re.compile(r"[“「『\"][^”」』\"]{4,200}[”」』\"]")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def _rate(reading: ClassifierDocument, pattern: re.Pattern[str], full: float) -> Feature:
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
    return Feature(value, f"{touched} of {total} sentences: {words}" if touched else "")


def _has_own(reading: ClassifierDocument, sentence: str) -> bool:
    """Whether a sentence has the unit, its people, or one of them by name."""
    return reading.topic.own.search(sentence) is not None or any(name in sentence for name in reading.people)


def _late(reading: ClassifierDocument) -> Feature:
    """How much is told before the unit or its people appear: a passing mention comes late."""
    if _title(reading).value:
        return Feature(0.0)
    body = reading.body
    found = reading.topic.own.search(body)
    starts = [body.find(name) for name in reading.people] + [found.start() if found else -1]
    value = min((start for start in starts if start >= 0), default=len(body)) / max(len(body), 1)
    return Feature(value, f"{value:.0%} of the text comes before unit and people" if value > 0.1 else "")


def _title(reading: ClassifierDocument) -> Feature:
    head = reading.title
    found = reading.topic.unit.search(head) or reading.topic.people.search(head)
    return Feature(float(found is not None), f"the title has {found.group()}" if found else "")


def _one_unit(reading: ClassifierDocument) -> Feature:
    total = sum(reading.units.values())
    if not total:
        return Feature(0.0)
    name, count = reading.units.most_common(1)[0]
    above = reading.topic.authority.pattern if reading.topic.authority else "(?!)"
    firm = (
        1.0
        if count > 1 or name in reading.title or re.search(rf"(?:{above})[^,。]{{0,8}}{name}", reading.body)
        else 0.5
    )
    return Feature(firm * count / total, f"{name}: {count} of {total} mentions of named units")


def _people_named(reading: ClassifierDocument) -> Feature:
    names = [name for name, _ in reading.people.most_common(4)]
    return Feature(min(len(reading.people), 3) / 3, "named: " + " ".join(names) if names else "")


def _authority(reading: ClassifierDocument) -> Feature:
    found = reading.topic.authority.search(reading.title + reading.body) if reading.topic.authority else None
    return Feature(float(found is not None), found.group() if found else "")


def _quoted(reading: ClassifierDocument) -> Feature:
    """Sentences with spoken words."""
    hits = sum(bool(_QUOTE.search(s) and reading.topic.genres["speech"].search(s)) for s in reading.sentences)
    hits = max(hits, sum(s[0] in '“"' and len(s) > 10 for s in reading.sentences))
    total = len(reading.sentences)
    return Feature(min(1.0, hits / total / 0.2) if total else 0.0, f"{hits} quotations" if hits else "")


def _rival_share(reading: ClassifierDocument) -> Feature:
    text = reading.title + "\n" + reading.body
    others = reading.topic.rivals.findall(text) if reading.topic.rivals else []
    own = len(reading.topic.unit.findall(text)) + sum(reading.people.values()) / 2
    if not others:
        return Feature(0.0)
    words = " ".join(word for word, _ in Counter(others).most_common(4))
    return Feature(len(others) / (len(others) + own), f"{len(others)} mentions of others: {words}")


def _rival_leads(reading: ClassifierDocument) -> Feature:
    """Another institution stands in the title, or comes before the unit does."""
    if not reading.topic.rivals:
        return Feature(0.0)
    text = reading.title + "\n" + reading.body
    other, own = reading.topic.rivals.search(text), reading.topic.unit.search(text)
    leads = other is not None and (own is None or other.start() < own.start())
    return Feature(float(leads), f"{other.group()} comes first" if leads and other else "")


def _foreign(reading: ClassifierDocument) -> Feature:
    """Two or more different words of another police, measured against how often our unit is named."""
    if reading.topic.foreign is None:
        return Feature(0.0)
    text = reading.title + reading.body
    hits = reading.topic.foreign.findall(text)
    kinds = list(dict.fromkeys(hits))
    if len(kinds) < 2:
        return Feature(0.0)
    own = len(reading.topic.unit.findall(text))
    return Feature(min(1.0, 2 * len(hits) / (len(hits) + own)), "another field: " + " ".join(kinds))


def _listed(reading: ClassifierDocument) -> Feature:
    """Numbered lines and lines that are mere entries."""
    total = len(reading.lines)
    hits = sum(bool(_ENUMERATED.match(line)) for line in reading.lines)
    return Feature(
        min(1.0, hits / total / 0.4) if total else 0.0, f"{hits} of {total} lines are numbered" if hits else ""
    )


def _card(reading: ClassifierDocument) -> Feature:
    """Kinds of figures that an index card of the unit would have; three are a card."""
    hits = [found.group() for kind in reading.topic.card if (found := kind.search(reading.body))]
    return Feature(min(1.0, len(hits) / 3), f"{len(hits)} kinds of figures: {' '.join(hits)}" if hits else "")


def _this(reading: ClassifierDocument) -> bool:
    """One unit is spoken of without its name: 这座只有四个人的派出所."""
    units = "|".join(map(re.escape, reading.topic.words.units))
    return re.search(rf"(?:[这有]一?|就是一|唯一的|只有一)[个座家].{{0,12}}(?:{units})", reading.body) is not None


def _unanchored(reading: ClassifierDocument) -> Feature:
    """Nothing that could be looked up: no named unit, no authority, no figure. Stories that are made up are so."""
    found = reading.units or _authority(reading).value or _FIGURE.search(reading.body)
    return Feature(float(not found), "" if found else "no named unit, no authority, no figure")


def _depth(reading: ClassifierDocument) -> Feature:
    """Different times a text speaks of: years, stretches, then and now. A brief has one day."""
    hits = dict.fromkeys(found.group() for found in reading.topic.genres["times"].finditer(reading.body))
    return Feature(min(1.0, len(hits) / 5), f"{len(hits)} times: {' '.join(list(hits)[:5])}" if hits else "")


def _one_day(reading: ClassifierDocument) -> Feature:
    """The beginning is dated to a day, and what follows knows no other time."""
    opening = "\n".join(reading.sentences[:3])
    found = reading.topic.genres["day"].search(opening)
    return Feature(1.0 - _depth(reading).value if found else 0.0, f"begins with {found.group()}" if found else "")


def _closing(reading: ClassifierDocument) -> Feature:
    found = reading.topic.genres["ending"].search("\n".join(reading.sentences[-2:]))
    return Feature(float(found is not None), f"ends with {found.group()}" if found else "")


def _about(reading: ClassifierDocument) -> Feature:
    """How far the telling is about the unit at all: present, from the beginning, by name, and not about others."""
    total = max(len(reading.sentences), 1)
    present = sum(_has_own(reading, sentence) for sentence in reading.sentences) + _title(reading).value
    present = max(0.0, min(1.0, (present - 0.5) / (0.3 * total)))
    early = 1.0 - max(0.0, _late(reading).value - 0.15) / 0.85
    named = 1.0 if reading.units or reading.people else 0.7 if _title(reading).value or _this(reading) else 0.4
    ours = (1.0 - _rival_share(reading).value) * (1.0 - _foreign(reading).value)
    value = present * early * named * ours
    return Feature(value, f"present {present:.1f}, early {early:.1f}, named {named:.1f}, not others {ours:.1f}")


def _absent(reading: ClassifierDocument) -> Feature:
    """The unit is named in passing at most."""
    about = _about(reading)
    return Feature(max(0.0, 1.0 - about.value / 0.3), about.evidence if about.value < 0.3 else "")


def _genre(key: str, full: float) -> Callable[[ClassifierDocument], Feature]:
    def taken(reading: ClassifierDocument) -> Feature:
        return _rate(reading, reading.topic.genres[key], full)

    return taken


#: name -> how it is taken. The second argument of `_genre` is the share of sentences from which it counts full; chosen
#: by eye on the written texts, not swept
FEATURES: dict[str, Callable[[ClassifierDocument], Feature]] = {
    "absent": _absent,
    "one_unit": _one_unit,
    "people_named": _people_named,
    "unanchored": _unanchored,
    "depth": _depth,
    "one_day": _one_day,
    "closing": _closing,
    "quoted": _quoted,
    "scene": _genre("scene", 0.5),
    "habit": _genre("habit", 0.3),
    "served": _genre("served", 0.2),
    "portrait": _genre("portrait", 0.5),
    "initiative": _genre("initiative", 0.3),
    "card": _card,
    "rival_share": _rival_share,
    "rival_leads": _rival_leads,
    "foreign": _foreign,
    "told": told,
    "reported": reported,
    "listed": _listed,
    "incident": _genre("incident", 0.4),
    "case": _genre("case", 0.4),
    "campaign": _genre("campaign", 0.5),
    "paper": _genre("paper", 0.3),
    "explain": _genre("explain", 0.4),
    "opinion": _genre("opinion", 0.4),
    "assembly": _genre("assembly", 0.4),
    "fiction": _genre("fiction", 0.3),
    "nameless": _genre("nameless", 0.4),
}


#: what tells like a feature counts as far as it tells of the unit: multiplied by "about". Without this a watchmaker
#: beside a police station scored 0.95, a veteran whom officers visited 0.71
TOLD = ("depth", "quoted", "scene", "habit", "served", "portrait", "card", "initiative")


#: what speaks of the unit counts as far as it is ours and not another institution's or another police
OURS = ("one_unit", "people_named")


def extract_features(title: str, text: str, topic: Topic) -> dict[str, Feature]:
    """All measures of a text, in the order of FEATURES."""
    return feature(annotate(title, text, topic))


def feature(reading: ClassifierDocument) -> dict[str, Feature]:
    """All measures of a text that is read, in the order of FEATURES."""
    taken = {name: take(reading) for name, take in FEATURES.items()}
    about = _about(reading).value
    ours = (1.0 - taken["rival_share"].value) * (1.0 - taken["foreign"].value)
    scaled = dict.fromkeys(TOLD, about) | dict.fromkeys(OURS, ours)
    return taken | {name: Feature(taken[name].value * by, taken[name].evidence) for name, by in scaled.items()}
