"""Words of Chinese with their frequency and part of speech, from jieba's dictionary and config/lexicon/words.txt.

Only short windows are segmented, where a rule needs to know where a name ends: the whole-text part-of-speech tagging
of jieba takes some 60 ms per 2,000 characters and 28 s for 10,000 characters of unpunctuated Han, windows stay bounded.
The cut is our own search for the cheapest words, and tests/facts/test_facts_words.py holds it against jieba's: jieba's
tokenizer wants a second table of every beginning of a word, and with it reading 2,000 characters took 12 % longer
(ratio to the fixed loop of benchmarks/facts.py 0.43 instead of 0.38), which the 8 ms a text may take do not allow. Its
cache file in the shared temp folder is neither read nor written (FAULTS.md X3).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ingest.dictionary import entries

#: longer windows are cut: no rule looks further than this
WINDOW = 32
_LONGEST = 5


def listed(words: str) -> list[str]:
    """A table written as one line of words."""
    return words.split()


class Words:
    """A dictionary: word -> frequency and tag."""

    def __init__(self, frequency: Mapping[str, int], tag: Mapping[str, str]) -> None:
        self.frequency = frequency
        self.tag = tag
        self._log_total = math.log(sum(frequency.values()) or 1)
        self._costs: dict[str, float] = {}
        #: what longer words begin with: where none begins, no longer word is looked up
        self._heads = frozenset(word[:2] for word in frequency)

    @classmethod
    def load(cls, own: Iterable[str] = ()) -> Words:
        """jieba's dict.txt and our own lines "word frequency tag", ours winning. About 0.8 s, 350,000 words."""
        words, counts, kinds = entries()
        frequency = {word: int(count) for word, count in zip(words, counts, strict=True) if len(word) <= _LONGEST}
        tag = {word: kind for word, kind in zip(words, kinds, strict=True) if len(word) <= _LONGEST}
        for line in own:
            word, count, kind = line.split()
            frequency[word], tag[word] = int(count), kind
        return cls(frequency, tag)

    def cost(self, word: str) -> float:
        """Minus log probability of one word; an unknown character costs more than the rarest word."""
        known = self._costs.get(word)
        if known is None:
            count = self.frequency.get(word)
            known = self._log_total - math.log(count) if count else self._log_total + (4.0 if len(word) == 1 else 1e6)
            self._costs[word] = known
        return known

    def segment(self, text: str) -> list[str]:
        """The likeliest cut of `text` (at most WINDOW characters are looked at) into words, as jieba finds it; Latin
        letters and digits that stand together are one word."""
        text = text[:WINDOW]
        _, steps = self._cut(text)
        words: list[str] = []
        place = 0
        while place < len(text):
            word = text[place : place + steps[place]]
            if words and word.isascii() and word.isalnum() and words[-1].isascii() and words[-1].isalnum():
                words[-1] += word
            else:
                words.append(word)
            place += len(word)
        return words

    def prices(self, text: str) -> list[float]:
        """For each place of `text` (at most WINDOW characters) the cost of the cheapest cut from there to its end."""
        return self._cut(text[:WINDOW])[0]

    def _cut(self, text: str) -> tuple[list[float], list[int]]:
        """For each place the cost of the cheapest cut from there to the end, and the length of its first word."""
        frequency, costs, cost, heads, size = self.frequency, self._costs, self.cost, self._heads, len(text)
        best, steps = [0.0] * (size + 1), [1] * size
        for start in range(size - 1, -1, -1):
            alone = costs.get(text[start])
            cheapest = (cost(text[start]) if alone is None else alone) + best[start + 1]
            for end in range(start + 2, min(start + _LONGEST, size) + 1) if text[start : start + 2] in heads else ():
                word = text[start:end]
                if word in frequency:
                    total = cost(word) + best[end]
                    if total <= cheapest:
                        cheapest, steps[start] = total, end - start
            best[start] = cheapest
        return best, steps

    def kind(self, word: str) -> str:
        """Part of speech of a word, "x" when it is unknown."""
        return self.tag.get(word, "x")
