"""Classifier features: numbers between 0 and 1, each with the words that are its evidence.

A feature is a yes or no (1 or 0), a share, or a rate or count that reaches its maximum early. So the length of a text
alone never decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from ingest.classify.document import ClassifierDocument, annotate
from ingest.classify.ngram_scores import Feature, portrait_likeness, report_likeness
from ingest.classify.topic_config import Topic

_ENUMERATED = re.compile(r"^(?:[一二三四五六七八九十]+[、.]|[(][一二三四五六七八九十\d]+[)]|\d{1,2}[.、])")
_QUOTE = re.compile(r"[“「『\"][^”」』\"]{4,200}[”」』\"]")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def _rate(document: ClassifierDocument, pattern: re.Pattern[str], full: float) -> Feature:
    """Return the square root of the share of sentences with a hit, scaled to reach 1 at a share of `full`.

    The share is the number of these sentences, divided by the number of all sentences plus one. The evidence lists the
    most frequent hits.
    """
    hits: Counter[str] = Counter()
    matching = 0
    for sentence in document.sentences:
        found = [hit.group() for hit in pattern.finditer(sentence)]
        hits.update(found)
        matching += bool(found)
    total = len(document.sentences)
    value = min(1.0, matching / (total + 1) / full) ** 0.5
    words = " ".join(word for word, _ in hits.most_common(5))
    return Feature(value, f"{matching} of {total} sentences: {words}" if matching else "")


def _has_own(document: ClassifierDocument, sentence: str) -> bool:
    """Return True if a sentence mentions the unit, a role of its people or the name of such a person."""
    return document.topic.own.search(sentence) is not None or any(name in sentence for name in document.people)


def _late(document: ClassifierDocument) -> Feature:
    """Return the share of the text before the first mention of the unit or its people; 0 if the title mentions them.

    A passing mention comes late.
    """
    if _title(document).value:
        return Feature(0.0)
    body = document.body
    found = document.topic.own.search(body)
    starts = [body.find(name) for name in document.people] + [found.start() if found else -1]
    value = min((start for start in starts if start >= 0), default=len(body)) / max(len(body), 1)
    return Feature(value, f"{value:.0%} of the text comes before unit and people" if value > 0.1 else "")


def _title(document: ClassifierDocument) -> Feature:
    head = document.title
    found = document.topic.unit.search(head) or document.topic.people.search(head)
    return Feature(float(found is not None), f"the title has {found.group()}" if found else "")


def _one_unit(document: ClassifierDocument) -> Feature:
    total = sum(document.units.values())
    if not total:
        return Feature(0.0)
    name, count = document.units.most_common(1)[0]
    above = document.topic.authority.pattern if document.topic.authority else "(?!)"
    firm = (
        1.0
        if count > 1 or name in document.title or re.search(rf"(?:{above})[^,。]{{0,8}}{name}", document.body)
        else 0.5
    )
    return Feature(firm * count / total, f"{name}: {count} of {total} mentions of named units")


def _people_named(document: ClassifierDocument) -> Feature:
    names = [name for name, _ in document.people.most_common(4)]
    return Feature(min(len(document.people), 3) / 3, "named: " + " ".join(names) if names else "")


def _authority(document: ClassifierDocument) -> Feature:
    found = document.topic.authority.search(document.title + document.body) if document.topic.authority else None
    return Feature(float(found is not None), found.group() if found else "")


def _quoted(document: ClassifierDocument) -> Feature:
    """Return the share of sentences with quoted speech, scaled to reach 1 at a fifth.

    If more sentences begin with a quotation mark, these are counted instead.
    """
    hits = sum(bool(_QUOTE.search(s) and document.topic.genres["speech"].search(s)) for s in document.sentences)
    hits = max(hits, sum(s[0] in '“"' and len(s) > 10 for s in document.sentences))
    total = len(document.sentences)
    return Feature(min(1.0, hits / total / 0.2) if total else 0.0, f"{hits} quotations" if hits else "")


def _rival_share(document: ClassifierDocument) -> Feature:
    text = document.title + "\n" + document.body
    others = document.topic.rivals.findall(text) if document.topic.rivals else []
    own = len(document.topic.unit.findall(text)) + sum(document.people.values()) / 2
    if not others:
        return Feature(0.0)
    words = " ".join(word for word, _ in Counter(others).most_common(4))
    return Feature(len(others) / (len(others) + own), f"{len(others)} mentions of others: {words}")


def _rival_leads(document: ClassifierDocument) -> Feature:
    """Return 1 if title or text mention another institution, and the unit only later or never; else 0."""
    if not document.topic.rivals:
        return Feature(0.0)
    text = document.title + "\n" + document.body
    other, own = document.topic.rivals.search(text), document.topic.unit.search(text)
    leads = other is not None and (own is None or other.start() < own.start())
    return Feature(float(leads), f"{other.group()} comes first" if leads and other else "")


def _foreign(document: ClassifierDocument) -> Feature:
    """Return the share of foreign police terms among these terms and mentions of a unit, doubled and at most 1.

    The result is 0 if the text has fewer than two different foreign terms.
    """
    if document.topic.foreign is None:
        return Feature(0.0)
    text = document.title + document.body
    hits = document.topic.foreign.findall(text)
    kinds = list(dict.fromkeys(hits))
    if len(kinds) < 2:
        return Feature(0.0)
    own = len(document.topic.unit.findall(text))
    return Feature(min(1.0, 2 * len(hits) / (len(hits) + own)), "another field: " + " ".join(kinds))


def _listed(document: ClassifierDocument) -> Feature:
    """Return the share of numbered lines, scaled to reach 1 at 40 %."""
    total = len(document.lines)
    hits = sum(bool(_ENUMERATED.match(line)) for line in document.lines)
    return Feature(
        min(1.0, hits / total / 0.4) if total else 0.0, f"{hits} of {total} lines are numbered" if hits else ""
    )


def _card(document: ClassifierDocument) -> Feature:
    """Return the number of kinds of index-card figures (area, population, staff), scaled to reach 1 at three."""
    hits = [found.group() for kind in document.topic.card if (found := kind.search(document.body))]
    return Feature(min(1.0, len(hits) / 3), f"{len(hits)} kinds of figures: {' '.join(hits)}" if hits else "")


def _this(document: ClassifierDocument) -> bool:
    """Return True if a single unit is described without its name: 这座只有四个人的派出所."""
    units = "|".join(map(re.escape, document.topic.words.units))
    return re.search(rf"(?:[这有]一?|就是一|唯一的|只有一)[个座家].{{0,12}}(?:{units})", document.body) is not None


def _unanchored(document: ClassifierDocument) -> Feature:
    """Return 1 if the text contains nothing to check: no named unit, authority or figure.

    This is typical of fiction.
    """
    found = document.units or _authority(document).value or _FIGURE.search(document.body)
    return Feature(float(not found), "" if found else "no named unit, no authority, no figure")


def _depth(document: ClassifierDocument) -> Feature:
    """Return the number of different time expressions (years, periods, then and now), scaled to reach 1 at five.

    A brief usually covers one day.
    """
    hits = dict.fromkeys(found.group() for found in document.topic.genres["times"].finditer(document.body))
    return Feature(min(1.0, len(hits) / 5), f"{len(hits)} times: {' '.join(list(hits)[:5])}" if hits else "")


def _one_day(document: ClassifierDocument) -> Feature:
    """Return 1 minus `depth` if the first three sentences contain the date of one day, else 0."""
    opening = "\n".join(document.sentences[:3])
    found = document.topic.genres["day"].search(opening)
    return Feature(1.0 - _depth(document).value if found else 0.0, f"begins with {found.group()}" if found else "")


def _closing(document: ClassifierDocument) -> Feature:
    found = document.topic.genres["ending"].search("\n".join(document.sentences[-2:]))
    return Feature(float(found is not None), f"ends with {found.group()}" if found else "")


def _about(document: ClassifierDocument) -> Feature:
    """Return how much the text is about the unit: mentioned often, early, by name, and without other institutions."""
    total = max(len(document.sentences), 1)
    present = sum(_has_own(document, sentence) for sentence in document.sentences) + _title(document).value
    present = max(0.0, min(1.0, (present - 0.5) / (0.3 * total)))
    early = 1.0 - max(0.0, _late(document).value - 0.15) / 0.85
    named = 1.0 if document.units or document.people else 0.7 if _title(document).value or _this(document) else 0.4
    ours = (1.0 - _rival_share(document).value) * (1.0 - _foreign(document).value)
    value = present * early * named * ours
    return Feature(value, f"present {present:.1f}, early {early:.1f}, named {named:.1f}, not others {ours:.1f}")


def _absent(document: ClassifierDocument) -> Feature:
    """Return how far `about` is below 0.3, scaled to reach 1 at 0. Below 0.3 the unit is only mentioned in passing."""
    about = _about(document)
    return Feature(max(0.0, 1.0 - about.value / 0.3), about.evidence if about.value < 0.3 else "")


#: number of first lines in which the share of dialogue is counted
_HEAD = 6
#: start of a line of dialogue: a quotation of at most 30 characters
_SPOKEN = re.compile(r"[“\"](?=[^”\"\n]{0,30}[”\"])")
#: thoughts and feelings of a hero, which only a narrator of fiction can describe
_THOUGHT = re.compile(
    "心想|暗想|暗自|心里(?:一|咯噔|忽然|像)|心头一|不由得|忍不住想|脑海|脑子里|倒吸一口|心跳|苦笑|冷笑|愣了愣|眯起眼|咬着牙|问自己|攥紧|手心[全都]?是汗|难道|他[到底]{0,2}(?:知不知道|会在哪)|说不出的|轰的一声|当啷|一片空白|吼道"
)


def _dialogue(document: ClassifierDocument) -> Feature:
    """Return the share of the first lines that are dialogue, scaled to reach 1 at a half; 0 for a single such line.

    A novel often begins in the middle of a scene.
    """
    head = [line for line in document.lines if line.strip()][:_HEAD]
    hits = sum(bool(_SPOKEN.match(line.strip())) for line in head)
    return Feature(
        min(1.0, hits / len(head) / 0.5) if hits > 1 else 0.0,
        f"{hits} of {len(head)} first lines are spoken" if hits else "",
    )


def _thoughts(document: ClassifierDocument) -> Feature:
    """Return the rate (`_rate`) of sentences with a hero's thoughts, which reaches 1 at a share of a fifth.

    The result is 0 for fewer than two thoughts.
    """
    found = _rate(document, _THOUGHT, 0.2)
    return found if len(_THOUGHT.findall(document.body)) > 1 else Feature(0.0)


def _genre(key: str, full: float) -> Callable[[ClassifierDocument], Feature]:
    def compute(document: ClassifierDocument) -> Feature:
        return _rate(document, document.topic.genres[key], full)

    return compute


#: name -> function that computes the feature. The second argument of `_genre` is the share of sentences at which the
#: feature reaches 1. These shares were chosen by looking at our own texts; other values were not measured
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
    "told": portrait_likeness,
    "reported": report_likeness,
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
    "dialogue": _dialogue,
    "thoughts": _thoughts,
}


#: features of feature-article style. They are multiplied by `about`, so that only text about the unit counts. Without
#: this a text about a watchmaker beside a police station scored 0.95, one about a veteran visited by officers 0.71
STYLE = ("depth", "quoted", "scene", "habit", "served", "portrait", "card", "initiative")


#: features of the unit, reduced by mentions of other institutions and of a foreign police
UNIT = ("one_unit", "people_named")


def extract_features(title: str, text: str, topic: Topic) -> dict[str, Feature]:
    """Return all features of a text, in the order of FEATURES."""
    return document_features(annotate(title, text, topic))


def document_features(document: ClassifierDocument) -> dict[str, Feature]:
    """Return all features of an annotated text, in the order of FEATURES."""
    features = {name: compute(document) for name, compute in FEATURES.items()}
    about = _about(document).value
    ours = (1.0 - features["rival_share"].value) * (1.0 - features["foreign"].value)
    scaled = dict.fromkeys(STYLE, about) | dict.fromkeys(UNIT, ours)
    return features | {
        name: Feature(features[name].value * factor, features[name].evidence) for name, factor in scaled.items()
    }
