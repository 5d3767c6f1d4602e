"""Word segmentation with frequencies and parts of speech from jieba's dictionary and config/lexicon/words.txt.

Only short windows are segmented, where a rule needs the end of a word: jieba's part-of-speech tagging of a whole text
takes about 60 ms for 2,000 characters and 28 s for 10,000 characters without punctuation. This module passes the words
to the tokenizer of jieba, so that the tokenizer neither reads nor writes its cache file in the shared temporary
directory (docs/FAULTS.md X3). An implementation of our own was up to three times as fast, but saved less than 1 ms for
2,000 characters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ingest.zh import han
from ingest.zh.dictionary_words import entries, import_jieba

#: maximum length of a segmented text in characters; no rule needs more
WINDOW = 32
#: maximum length of a word in characters; longer dictionary entries are not loaded
_LONGEST = 5
_HAN = han.regex("[\\p{Han}]*")


def listed(words: str) -> list[str]:
    """Return the words of a string, which are separated by white space."""
    return words.split()


class Segmenter:
    """A dictionary (word -> frequency and tag), and segmentation with this dictionary."""

    def __init__(self, frequency: Mapping[str, int], tag: Mapping[str, str]) -> None:
        self.frequency = frequency
        self.tag = tag
        self._log_total = math.log(sum(frequency.values()) or 1)

    @cached_property
    def _tokenizer(self) -> Any:
        """Tokenizer of jieba with the words of this dictionary.

        Its table also needs each prefix of a word as a key, with frequency 0.
        """
        table = dict(self.frequency)
        for end in range(1, _LONGEST):
            for beginning in {word[:end] for word in self.frequency if len(word) > end}:
                table.setdefault(beginning, 0)
        tokenizer = import_jieba().Tokenizer()
        tokenizer.FREQ, tokenizer.total, tokenizer.initialized = table, sum(self.frequency.values()), True
        return tokenizer

    @classmethod
    def load(cls, own: Iterable[str] = ()) -> Segmenter:
        """Load jieba's dict.txt (350,000 words, 0.3 s) and the lines "word frequency tag" of `own`.

        The words of `own` take precedence.
        """
        words, counts, kinds = entries()
        frequency = {word: int(count) for word, count in zip(words, counts, strict=True) if len(word) <= _LONGEST}
        tag = {word: kind for word, kind in zip(words, kinds, strict=True) if len(word) <= _LONGEST}
        for line in own:
            word, count, kind = line.split()
            frequency[word], tag[word] = int(count), kind
        return cls(frequency, tag)

    def cost(self, word: str) -> float:
        """Return the negative log probability of a word, as in jieba: an unknown word has frequency 1."""
        return self._log_total - math.log(self.frequency.get(word) or 1)

    def segment(self, text: str) -> list[str]:
        """Return the most likely segmentation of the first WINDOW characters of `text`."""
        text = text[:WINDOW]
        if not _HAN.fullmatch(text):
            return list(self._tokenizer.cut(text, HMM=False))
        route, words, place = self._route(text), [], 0
        while place < len(text):  # the same steps as jieba's `cut` after it has split off Latin words and digits
            end = route[place][1] + 1
            words.append(text[place:end])
            place = end
        return words

    def prices(self, text: str) -> list[float]:
        """Return for each offset of `text` (first WINDOW characters) the lowest cost of segmenting the rest."""
        route = self._route(text[:WINDOW])
        return [-route[place][0] for place in range(len(route))]

    def _route(self, text: str) -> dict[int, tuple[float, int]]:
        """Return for each offset (log probability, last offset of the first word) of jieba's best segmentation of the
        rest.
        """
        route: dict[int, tuple[float, int]] = {}
        self._tokenizer.calc(text, self._tokenizer.get_DAG(text), route)
        return route

    def kind(self, word: str) -> str:
        """Return the part of speech of a word, "x" for an unknown word."""
        return self.tag.get(word, "x")
