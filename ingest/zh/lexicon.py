"""What reading facts needs to know of the world: divisions of China, surnames, given names, traditional characters.

Loading reads small tables only; jieba's dictionary is read when a rule first needs it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from ingest.config.data_files import data_file
from ingest.zh.gazetteer import Gazetteer
from ingest.zh.segment import Segmenter

#: characters that never stand in a given name of the news: particles, pronouns, verbs of saying
NEVER = frozenset(
    "的了着过吗呢吧啊是在有说和与及或但而就都也还又再不没把被让使给对向从到由于因为所以这那哪您你我他她它们个只每各该此其与着呀嘛么某镇县区们"
)
#: a given character costs at most so much where a name is looked for without any announcement; 7.5 lost 万慧娟, above
#: 8.5 nothing was gained on the labelled texts
_USUAL = 8.5
#: surnames that far oftener join words: 和德天支线, 向师生们, 咨询师万慧娟
_JOINING = frozenset("和于向从师区")
#: 宝华村, 金水湾, 商会, 卫健委: what ends so is a place or a thing
_PLACE_ENDS = frozenset(
    "路街巷镇乡村桥湾岛店庄里坡沟坪坝滩塘园场屯堡站溪寨人家卡车队局所院校区县市楼厂矿会塔阁亭庙寺宫殿碑坊井峡谷洞崖坝渠堤闸行委部办处科股"
)


class Lexicon:
    """Tables of config/lexicon, each read when first used. Immutable in effect; share one per process."""

    def __init__(self, home: Path | None = None) -> None:
        self._home = home

    @classmethod
    def load(cls, home: Path | None = None) -> Lexicon:
        """Read the tables. Raises ConfigError when one is missing. Under 0.1 s on the machine it was measured on."""
        lexicon = cls(home)
        _ = (lexicon.places, lexicon.traditional, lexicon.surnames, lexicon.given)
        return lexicon

    def _lines(self, name: str) -> list[str]:
        text = data_file(f"lexicon/{name}", self._home).decode("utf-8")
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    @cached_property
    def places(self) -> Gazetteer:
        """The divisions of China."""
        text = data_file("lexicon/divisions.csv", self._home).decode("utf-8")
        return Gazetteer((row["code"], row["name"]) for row in csv.DictReader(io.StringIO(text)))

    @cached_property
    def traditional(self) -> Mapping[int, str]:
        """Traditional character -> simplified, one to one."""
        return {ord(line[0]): line[1] for line in self._lines("traditional.txt")}

    @cached_property
    def surnames(self) -> frozenset[str]:
        """Surnames of one and of two characters."""
        words: set[str] = set()
        for line in self._lines("surnames.txt"):
            words |= set(line.split()) if " " in line else set(line)
        return frozenset(words)

    @cached_property
    def parts(self) -> frozenset[str]:
        """Parts of names without a Han surname (扎西, 次仁, 买买提)."""
        return frozenset(word for line in self._lines("names-other.txt") for word in line.split())

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """Characters that surnames and parts of other names begin with."""
        return frozenset(word[0] for word in self.surnames | self.parts)

    @cached_property
    def given(self) -> Mapping[str, tuple[float, float]]:
        """Character -> cost (minus log probability, at most 11) inside a name and at a name's end."""
        rows = (line.split() for line in self._lines("given-names.txt"))
        return {char: (min(-float(inside), 11.0), min(-float(last), 11.0)) for char, inside, last in rows}

    @cached_property
    def shape(self) -> re.Pattern[str]:
        """A surname and two characters that stand in given names, the last one not where places end; overlapping."""
        single = "".join(sorted(surname for surname in self.surnames if len(surname) == 1 and surname not in _JOINING))
        inside = "".join(char for char, (cost, _) in self.given.items() if cost <= _USUAL and char not in NEVER)
        last = "".join(
            char for char, (_, cost) in self.given.items() if cost <= _USUAL and char not in NEVER | _PLACE_ENDS
        )
        return re.compile(f"(?=[{single}][{inside}][{last}])")

    @cached_property
    def words(self) -> Segmenter:
        """Words with frequencies and tags; read when a rule first needs them, about 0.4 s."""
        return Segmenter.load(self._lines("words.txt"))
