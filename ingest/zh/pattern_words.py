r"""Word lists by name (config/lexicon/facts.txt), and patterns that refer to them: `{:force.nouns}` matches one of the
words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ingest.zh import han

_LIST = re.compile(r"\{:([a-z_.]+)\}")
#: the line before a list in the file, with the name of the list
_HEAD = re.compile(r"\[([a-z_.]+)\]")


class Vocabulary:
    """Word lists by name, and compiled patterns."""

    def __init__(self, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._lists = lists
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._sets: dict[str, frozenset[str]] = {}

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Vocabulary:
        """Return the lists of a file: `[name]` starts a list, and the lines after it contain words separated by blanks.

        Raises ValueError for words before the first list.
        """
        lists: dict[str, list[str]] = {}
        words: list[str] | None = None
        for line in lines:
            if head := _HEAD.fullmatch(line.strip()):
                words = lists.setdefault(head[1], [])
            elif words is None:
                raise ValueError(f"{line.strip()!r} stands before the first [list]")
            else:
                words += line.split()
        return cls({name: tuple(words) for name, words in lists.items()})

    @property
    def names(self) -> frozenset[str]:
        """Names of the lists."""
        return frozenset(self._lists)

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a list. Raises KeyError for an unknown list."""
        return self._lists[name]

    def word_set(self, name: str) -> frozenset[str]:
        """Return the words of a list as a set."""
        found = self._sets.get(name)
        if found is None:
            found = self._sets[name] = frozenset(self._lists[name])
        return found

    def regex(self, pattern: str) -> re.Pattern[str]:
        r"""Return the compiled pattern, with `\p{Han}` as in `han.regex`. Longer words of a list are tried first."""
        compiled = self._patterns.get(pattern)
        if compiled is None:
            source = _LIST.sub(self._alternatives, pattern).replace(r"\p{Han}", han.HAN)
            compiled = self._patterns[pattern] = re.compile(source)
        return compiled

    def _alternatives(self, match: re.Match[str]) -> str:
        words = sorted(self.words(match[1]), key=len, reverse=True)
        return "(?:" + "|".join(map(re.escape, words)) + ")"
