"""The tables of config/lexicon: divisions of China, surnames, given names, traditional characters, words.

Loading reads the small tables only; jieba's dictionary is loaded on first use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from ingest.config.data_files import data_text
from ingest.errors import ConfigError
from ingest.zh.gazetteer import Gazetteer, division_rows
from ingest.zh.pattern_words import Vocabulary
from ingest.zh.segment import Segmenter

#: characters that do not occur in a given name, with exceptions (person_names): particles, pronouns, prepositions,
#: conjunctions, adverbs, verbs of speech, and 镇, 县, 区
NEVER = frozenset(
    "的了着过吗呢吧啊是在有说和与及或但而就都也还又再不没把被让使给对向从到由于因为所以这那哪您你我他她它们个只每各该此其与着呀嘛么某镇县区们"
)
#: maximum cost of a given character in a name without a title. On the labelled texts 7.5 missed 万慧娟, and values
#: above 8.5 found no further names
_USUAL = 8.5
#: surnames that do not start a name without a title, because they are mostly conjunctions, prepositions or the end of a
#: word, as in 和德天支线, 向师生们 and 咨询师万慧娟
_JOINING = frozenset("和于向从师区")
#: last characters of places and organisations, such as 宝华村, 金水湾, 商会 and 卫健委; a name without a title does not end
#: in them
_PLACE_ENDS = frozenset(
    "路街巷镇乡村桥湾岛店庄里坡沟坪坝滩塘园场屯堡站溪寨人家卡车队局所院校区县市楼厂矿会塔阁亭庙寺宫殿碑坊井峡谷洞崖坝渠堤闸行委部办处科股"
)


class Lexicon:
    """The tables of config/lexicon, each read on first use.

    They do not change, so one object can serve a whole process.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._home = home

    @classmethod
    def load(cls, home: Path | None = None) -> Lexicon:
        """Return a lexicon whose small tables are read (measured: less than 0.1 s).

        Raises ConfigError if a file is missing or the word lists are malformed.
        """
        lexicon = cls(home)
        tables = (lexicon.places, lexicon.traditional, lexicon.credit_surnames, lexicon.titled_surnames, lexicon.given)
        _ = (*tables, lexicon.vocabulary)
        return lexicon

    def _lines(self, name: str) -> list[str]:
        """Return the lines of a table without empty lines and comments."""
        text = data_text(f"lexicon/{name}", self._home)
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    @cached_property
    def places(self) -> Gazetteer:
        """Gazetteer of the divisions of China."""
        return Gazetteer(division_rows(data_text("lexicon/divisions.csv", self._home)))

    @cached_property
    def traditional(self) -> Mapping[int, str]:
        """Mapping of the code point of a traditional character to the simplified character."""
        return {ord(line[0]): line[1] for line in self._lines("traditional.txt")}

    @cached_property
    def traditional_variants(self) -> Mapping[int, str]:
        """Mapping of code points to simplified characters, for variants that only comparison and classification
        convert.
        """
        return {ord(line[0]): line[1] for line in self._lines("traditional-variants.txt")}

    @cached_property
    def surnames(self) -> frozenset[str]:
        """Surnames of one and two characters."""
        words: set[str] = set()
        for line in self._lines("surnames.txt"):
            words |= set(line.split()) if " " in line else set(line)
        return frozenset(words)

    @cached_property
    def credit_surnames(self) -> frozenset[str]:
        """`surnames` and further surnames that are accepted only in a credit line, where a name is certain."""
        return self.surnames | {char for line in self._lines("surnames-credits.txt") for char in line}

    @cached_property
    def titled_surnames(self) -> frozenset[str]:
        """`surnames` and further surnames that are accepted only after a title, where a name is expected."""
        return self.surnames | {char for line in self._lines("surnames-titled.txt") for char in line}

    @cached_property
    def parts(self) -> frozenset[str]:
        """Parts of names without a Han surname, such as 扎西, 次仁 and 买买提."""
        return frozenset(word for line in self._lines("names-other.txt") for word in line.split())

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """First characters of surnames and of parts of other names."""
        return frozenset(word[0] for word in self.surnames | self.parts)

    @cached_property
    def given(self) -> Mapping[str, tuple[float, float]]:
        """Mapping of characters to costs (negative log probability, at most 11) inside and at the end of a name."""
        rows = (line.split() for line in self._lines("given-names.txt"))
        return {char: (min(-float(inside), 11.0), min(-float(last), 11.0)) for char, inside, last in rows}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Word lists of the fact rules.

        Raises ConfigError if the file is malformed or lacks a list that the shipped file has.
        """
        name = "lexicon/facts.txt"
        try:
            own = Vocabulary.parse(self._lines("facts.txt"))
        except ValueError as error:
            raise ConfigError([f"config/{name}: {error}"]) from None
        shipped = own if self._home is None else Vocabulary.parse(Lexicon()._lines("facts.txt"))
        if missing := sorted(shipped.names - own.names):
            raise ConfigError([f"config/{name}: the list [{missing[0]}] is missing; the shipped file has it"])
        return own

    @cached_property
    def shape(self) -> re.Pattern[str]:
        """Pattern of a surname and two usual given characters, of which the last is not in _PLACE_ENDS; matches may
        overlap.
        """
        single = "".join(sorted(surname for surname in self.surnames if len(surname) == 1 and surname not in _JOINING))
        inside = "".join(char for char, (cost, _) in self.given.items() if cost <= _USUAL and char not in NEVER)
        last = "".join(
            char for char, (_, cost) in self.given.items() if cost <= _USUAL and char not in NEVER | _PLACE_ENDS
        )
        return re.compile(f"(?=[{single}][{inside}][{last}])")

    @cached_property
    def words(self) -> Segmenter:
        """Segmenter with its dictionary; loading takes 0.3 s."""
        return Segmenter.load(self._lines("words.txt"))
