"""Words of Chinese with their frequency and part of speech, from jieba's dictionary and config/lexicon/words.txt.

Only short windows are segmented, where a rule needs to know where a name ends: the whole-text part-of-speech tagging
of jieba takes some 60 ms per 2,000 characters and 28 s for 10,000 characters of unpunctuated Han, windows stay bounded.
jieba's tokenizer is given its words here and never loads them itself, so that its cache file in the shared temp folder
is neither read nor written (FAULTS.md X3). A loop of our own was up to three times as quick a cut and saved under 1 ms
of 2,000 characters: not worth it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ingest.zh.dictionary import entries, quiet_jieba

#: longer windows are cut: no rule looks further than this
WINDOW = 32
_LONGEST = 5
_HAN = re.compile("[一-鿕]*")


def listed(words: str) -> list[str]:
    """A table written as one line of words."""
    return words.split()


class Segmenter:
    """A dictionary: word -> frequency and tag."""

    def __init__(self, frequency: Mapping[str, int], tag: Mapping[str, str]) -> None:
        self.frequency = frequency
        self.tag = tag
        self._log_total = math.log(sum(frequency.values()) or 1)

    @cached_property
    def _tokenizer(self) -> Any:
        """jieba's tokenizer over these words: its own table wants every beginning of a word as a key too, with 0."""
        table = dict(self.frequency)
        for end in range(1, _LONGEST):
            for beginning in {word[:end] for word in self.frequency if len(word) > end}:
                table.setdefault(beginning, 0)
        tokenizer = quiet_jieba().Tokenizer()
        tokenizer.FREQ, tokenizer.total, tokenizer.initialized = table, sum(self.frequency.values()), True
        return tokenizer

    @classmethod
    def load(cls, own: Iterable[str] = ()) -> Segmenter:
        """jieba's dict.txt and our own lines "word frequency tag", ours winning. About 0.8 s, 350,000 words."""
        words, counts, kinds = entries()
        frequency = {word: int(count) for word, count in zip(words, counts, strict=True) if len(word) <= _LONGEST}
        tag = {word: kind for word, kind in zip(words, kinds, strict=True) if len(word) <= _LONGEST}
        for line in own:
            word, count, kind = line.split()
            frequency[word], tag[word] = int(count), kind
        return cls(frequency, tag)

    def cost(self, word: str) -> float:
        """Minus log probability of one word, as jieba counts it: what is unknown counts as seen once."""
        return self._log_total - math.log(self.frequency.get(word) or 1)

    def segment(self, text: str) -> list[str]:
        """jieba's likeliest cut of `text` (at most WINDOW characters are looked at) into words of these tables."""
        text = text[:WINDOW]
        if not _HAN.fullmatch(text):
            return list(self._tokenizer.cut(text, HMM=False))
        route, words, place = self._route(text), [], 0
        while place < len(text):  # as jieba's cut walks it, which parts Latin words and digits off first
            end = route[place][1] + 1
            words.append(text[place:end])
            place = end
        return words

    def prices(self, text: str) -> list[float]:
        """For each place of `text` (at most WINDOW characters) the cost of jieba's cheapest cut from there to its end."""
        route = self._route(text[:WINDOW])
        return [-route[place][0] for place in range(len(route))]

    def _route(self, text: str) -> dict[int, tuple[float, int]]:
        """jieba's cheapest cut from each place of `text` on: log probability, last place of the first word."""
        route: dict[int, tuple[float, int]] = {}
        self._tokenizer.calc(text, self._tokenizer.get_DAG(text), route)
        return route

    def kind(self, word: str) -> str:
        """Part of speech of a word, "x" when it is unknown."""
        return self.tag.get(word, "x")
