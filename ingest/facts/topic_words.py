"""Units of another topic: put its words into those that the rules are written in, and the facts back into its own.

The rules speak of a 派出所 with a 所长 and 民警. A text about a fire station is searched with 消防救援站 read as 派出所, 站长
as 所长 and 消防员 as 民警; every fact quotes the text as written, and its names and categories are those of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

#: the words of the rules
_UNIT, _HEAD, _DEPUTY, _MEMBER, _AUTHORITY = "派出所", "所长", "副所长", "民警", "公安局"
#: short names for a unit: the character beside the unit's word, and the word of the rules
_SHORT = (("该", "该所"), ("我", "我所"), ("本", "本所"), ("全", "全所"))
#: people whose role the rules know already
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
        """Word of the topic -> word of the rules."""
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
        """Return the text in the words of the rules, and for each of its characters the offset it comes from.

        `origin` are the offsets of the characters of `text` (None: their places). The first and last character of a
        word come from the first and last one of the word that was written.
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


def own_words(value: Any, text: str, raw: str, origin: list[int], words: Mapping[str, str], near: int) -> Any:
    """Return a field of a fact in the words of the text.

    `text` is the translated text, `raw` the one that was written, `near` the place in `text` from which a value is
    looked for first.
    """
    if isinstance(value, list | tuple):
        return type(value)(own_words(part, text, raw, origin, words, near) for part in value)
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
    """Return for each word of the rules how the text writes it first; longer words first."""
    found = {}
    for word in sorted(set(words), key=len, reverse=True):
        place = text.find(word)
        if place >= 0:
            found[word] = raw[origin[place] : origin[place + len(word) - 1] + 1]
    return found
