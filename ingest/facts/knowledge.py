"""What reading facts needs to know of the world: divisions of China, surnames, given names, traditional characters.

Loading reads small tables only; jieba's dictionary is read when a rule first needs it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from ingest.config import data_file
from ingest.facts.places import Places
from ingest.facts.words import Words


class Knowledge:
    """Tables of config/lexicon, each read when first used. Immutable in effect; share one per process."""

    def __init__(self, home: Path | None = None) -> None:
        self._home = home

    @classmethod
    def load(cls, home: Path | None = None) -> Knowledge:
        """Read the tables. Raises ConfigError when one is missing. Under 0.1 s on the machine it was measured on."""
        knowledge = cls(home)
        _ = (knowledge.places, knowledge.traditional, knowledge.surnames, knowledge.given)
        return knowledge

    def _lines(self, name: str) -> list[str]:
        text = data_file(f"lexicon/{name}", self._home).decode("utf-8")
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    @cached_property
    def places(self) -> Places:
        """The divisions of China."""
        text = data_file("lexicon/divisions.csv", self._home).decode("utf-8")
        return Places((row["code"], row["name"]) for row in csv.DictReader(io.StringIO(text)))

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
    def given(self) -> Mapping[str, tuple[float, float]]:
        """Character -> cost (minus log probability, at most 11) inside a name and at a name's end."""
        rows = (line.split() for line in self._lines("given-names.txt"))
        return {char: (min(-float(inside), 11.0), min(-float(last), 11.0)) for char, inside, last in rows}

    @cached_property
    def words(self) -> Words:
        """Words with frequencies and tags; read when a rule first needs them, about 0.4 s."""
        return Words.load(self._lines("words.txt"))
