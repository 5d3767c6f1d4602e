"""Units of another topic: replace their words by those that the rules contain; restore the original words in facts.

The rules are written for a 派出所 with a 所长 and 民警. In a text about a fire station, 消防救援站 is replaced by 派出所,
站长 by 所长 and 消防员 by 民警. Every fact quotes the original text, and its fields have the original words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

#: words of the rules for a unit and its people and authority; they replace the words of the topic
_UNIT, _HEAD, _DEPUTY, _MEMBER, _AUTHORITY = "派出所", "所长", "副所长", "民警", "公安局"
#: (first character of a short name for a unit, short name that the rules contain)
_SHORT = (("该", "该所"), ("我", "我所"), ("本", "本所"), ("全", "全所"))
#: roles that the rules contain; they are not replaced
_KNOWN = frozenset(["指导员", "副指导员", "教导员", "副教导员", "民警", "辅警", "所长", "副所长"])


@dataclass(frozen=True)
class UnitWords:
    """The words of a topic for its units and their people (config/topics/NAME.yaml)."""

    units: tuple[str, ...]
    short: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Mapping of each word of the topic to the word that replaces it for the rules."""
        found = dict.fromkeys(self.authority, _AUTHORITY)
        last = {unit[-1] for unit in self.units}
        for person in self.people:
            head = person[-1:] == "长" and person[-2:-1] in last
            if person not in _KNOWN:
                found[person] = _HEAD if head else _MEMBER
            if head:
                found["副" + person] = _DEPUTY
        for short in self.short:
            found[short] = next((word for sign, word in _SHORT if short.startswith(sign)), _UNIT)
            if short.endswith("里"):
                found[short] = "所里"
        return {**found, **dict.fromkeys(self.units, _UNIT)}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(sorted(map(re.escape, self.words), key=len, reverse=True)))

    def translate(self, text: str, origin: list[int] | None) -> tuple[str, list[int] | None]:
        """Return the text with the topic's words replaced by those of the rules, and the offsets of its characters.

        Each character of the result has an offset in the original text. `origin` contains the offsets of the characters
        of `text`, and is None if `text` is the original. The first and last character of a replacement have the offsets
        of the first and last character of the replaced word. If no word is replaced, `text` and `origin` are returned
        unchanged.
        """
        parts: list[str] = []
        offsets: list[int] = []
        place = 0
        for match in self._pattern.finditer(text):
            word = self.words[match[0]]
            parts += (text[place : match.start()], word)
            offsets += range(place, match.start())
            offsets += (min(match.start() + step, match.end() - 1) for step in range(len(word) - 1))
            offsets.append(match.end() - 1)
            place = match.end()
        if not parts:
            return text, origin
        parts.append(text[place:])
        offsets += range(place, len(text))
        return "".join(parts), offsets if origin is None else [origin[offset] for offset in offsets]


def restore_words(value: Any, text: str, raw: str, origin: list[int], words: Mapping[str, str], near: int) -> Any:
    """Return a field of a fact with the words of the original text.

    `text`: the text with the words of the rules. `raw`: the original text. `origin`: the offset in `raw` of each
    character of `text`. `words`: word of the topic -> word of the rules. A value is searched in `text` from the offset
    `near`, then from the start.
    """
    if isinstance(value, list | tuple):
        return type(value)(restore_words(part, text, raw, origin, words, near) for part in value)
    if not isinstance(value, str) or not any(word in value for word in words.values()):
        return value
    place = text.find(value, near)
    place = place if place >= 0 else text.find(value)
    if place >= 0:
        return raw[origin[place] : origin[place + len(value) - 1] + 1]
    for word, written in _written(words.values(), text, raw, origin).items():
        value = value.replace(word, written)
    return value


def _written(words: Iterable[str], text: str, raw: str, origin: list[int]) -> dict[str, str]:
    """Return for each word of the rules its first original form in the text; longer words first."""
    found = {}
    for word in sorted(set(words), key=len, reverse=True):
        place = text.find(word)
        if place >= 0:
            found[word] = raw[origin[place] : origin[place + len(word) - 1] + 1]
    return found
