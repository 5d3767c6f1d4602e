"""A text prepared for reading facts: folded character for character, cut into sentences and clauses, its numbers,
dates and quotations found once. Every kind reads a Draft and returns facts whose quotes cut the text as given."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ingest.zh import dates as dating
from ingest.zh import numbers
from ingest.zh.segment import Segmenter
from store.records import Fact, FactKind

#: full-width ASCII to half width, blanks to one kind; one character stays one character
_WIDTH: dict[str, str] = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_WIDTH |= dict.fromkeys("\u3000\xa0\u2002\u2003\u2009\t\r", " ")
_WIDTH |= dict(zip("「」『』﹒•・‧", "“”‘’····", strict=True))
_HARD = re.compile(r"[。!?;\n]|……|(?<=[一-鿿”》])[ ]+(?=[一-鿿“《\d])")
_SOFT = re.compile(r"[,:、()\[\]【】]|——|[。!?;\n]|……|(?<=[一-鿿”》])[ ]+(?=[一-鿿“《\d])")
_QUOTED = re.compile(r"“([^“”\n]{1,60})”")
_INNER = re.compile(r"‘([^‘’“”\n]{1,30})’")
_CLOCK = re.compile(
    r"(?=[\d一二三四五六七八九十])(?:(?<!\d)[0-2]?\d(?:点(?:零?[0-5]?\d分|半|钟)|时[0-5]?\d分|:[0-5]\d)(?!\d)|[一二三四五六七八九十]{1,2}点(?:半|钟|多|[一二三四五]?十?[五]?分)?)"
)
#: pinyin in brackets after a character, which some converters of traditional text leave behind, and zero-width marks
_NOISE = re.compile(r"[(\uff08][a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ]{1,7}[)\uff09]|[\u200b-\u200f\u2060\ufeff\u00ad]")
#: so many before they are taken out; single ones may be meant
_NOISY = 3
#: where other articles' headlines begin
_TAIL = re.compile(
    r"^[ ]*(?:新闻推荐|相关链接|相关阅读|推荐阅读|延伸阅读|相关新闻|更多新闻|热门推荐|猜你喜欢|阅读下一篇|随机阅读|返回首页)[ ::]*$",
    re.MULTILINE,
)
#: longest line that is a heading, characters; the longest heading of the labelled texts has 20, captions 28
_HEADING = 30
#: longest sentence read as one, characters: what looks around within a sentence stays bounded on unpunctuated text;
#: the longest sentence of the labelled texts has 282
_SENTENCE = 400
_STOPS = re.compile("[,。;!?]")
_TITLED = re.compile(r"《([^《》\n]{1,60})》")
#: lines with a label each, and what one of them speaks of where they are about a station
_TABLE = re.compile(r"(?:\n[ ]*[一-鿿]{2,8}:[^\n。]{1,60}(?=\n|\Z)){2,}")
_OF_STATION = re.compile("辖区|管辖|面积|人口|警力|民警")
#: a text is taken as traditional Chinese when so large a share of its characters has a simplified form that differs;
#: simplified ones of the labelled texts have at most 0.2 %, traditional ones 25 % and more
_TRADITIONAL_SHARE = 0.05
#: with fewer different ones the share is not even counted; the shortest traditional one of the labelled texts has 40
_TRADITIONAL_CHARS = 3


@dataclass
class Doc:
    """One text under reading: `s` is the folded text, `origin[i]` where its character `i` stands in `raw`."""

    raw: str
    s: str
    words: Segmenter
    #: None when `s` and `raw` have the same offsets
    origin: list[int] | None = None
    title: str = ""
    published: str | None = None
    #: index of a quantity in `quantities` -> the kind that took it
    claims: dict[int, str] = field(default_factory=dict)
    #: quantities that describe the station, once the describing kinds have read
    profiled: tuple[int, ...] = ()
    #: name of the main station, once known
    main: str | None = None
    stations: tuple[Any, ...] = ()

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        return _cut(_HARD, self.s)

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        return _cut(_SOFT, self.s)

    @cached_property
    def quoted(self) -> list[tuple[int, int]]:
        """Spans inside “ ”, without the marks."""
        outer = [match.span(1) for match in _QUOTED.finditer(self.s)]
        inner = [match.span(1) for match in _INNER.finditer(self.s)]
        return sorted(outer + inner)

    @cached_property
    def titled(self) -> list[tuple[int, int]]:
        """Spans inside 《 》, without the marks."""
        return [match.span(1) for match in _TITLED.finditer(self.s)]

    @cached_property
    def tables(self) -> list[tuple[int, int]]:
        """Spans of lines that tell of the station label by label (辖区面积:8.3平方公里), two lines and more."""
        return [match.span() for match in _TABLE.finditer(self.s) if _OF_STATION.search(match[0])]

    @cached_property
    def dates(self) -> list[dating.Date]:
        return dating.dates(self.s, self.published)

    @cached_property
    def quantities(self) -> list[numbers.Quantity]:
        """Numbers that are no part of a date."""
        taken = [(date.start, date.end) for date in self.dates]
        taken += [match.span() for match in _CLOCK.finditer(self.s)]
        taken.sort()
        starts = [start for start, _ in taken]
        kept = []
        for quantity in numbers.quantities(self.s):
            place = bisect_right(starts, quantity.start) - 1
            if place >= 0 and quantity.start < taken[place][1]:
                continue
            if place + 1 < len(taken) and taken[place + 1][0] < quantity.end:
                continue
            kept.append(quantity)
        return kept

    def date_before(self, place: int, floor: int) -> dating.Date | None:
        """The last date, eras left out, that begins in floor:place."""
        index = bisect_left(self._date_starts, place) - 1
        while index >= 0 and self.dates[index].start >= floor:
            if self.dates[index].form != "era":
                return self.dates[index]
            index -= 1
        return None

    @cached_property
    def _date_starts(self) -> list[int]:
        return [date.start for date in self.dates]

    def sentence(self, place: int) -> tuple[int, int]:
        """The sentence that covers `place`."""
        spans = self.sentences
        return spans[max(bisect_right(self._sentence_starts, place) - 1, 0)] if spans else (0, 0)

    def clause(self, place: int) -> tuple[int, int]:
        """The clause that covers `place`."""
        spans = self.clauses
        return spans[max(bisect_right(self._clause_starts, place) - 1, 0)] if spans else (0, 0)

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    @cached_property
    def _clause_starts(self) -> list[int]:
        return [start for start, _ in self.clauses]

    def heading(self, place: int) -> bool:
        """The line of `place` is a heading or caption: short, without comma or full stop."""
        start = self.s.rfind("\n", 0, place) + 1
        end = self.s.find("\n", place)
        line = self.s[start : end if end >= 0 else len(self.s)]
        return len(line) <= _HEADING and not _STOPS.search(line)

    @cached_property
    def _quote_starts(self) -> list[int]:
        return [span[0] for span in self.quoted]

    def in_quotes(self, place: int) -> tuple[int, int] | None:
        index = bisect_right(self._quote_starts, place) - 1
        return self.quoted[index] if index >= 0 and place < self.quoted[index][1] else None

    def fact(self, kind: FactKind, start: int, end: int, rule: str, fields: Mapping[str, Any]) -> Fact:
        """A fact quoting what stands in `raw` for `s[start:end]`, blanks at its ends left out."""
        if self.origin is not None:
            start, end = self.origin[start], self.origin[end - 1] + 1
        while start < end and self.raw[start].isspace():
            start += 1
        while end > start and self.raw[end - 1].isspace():
            end -= 1
        return Fact(kind, self.raw[start:end], start, end, fields, rule)


def _cut(boundary: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """What lies between boundaries, in pieces where it is longer than any real sentence."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*[match.end() for match in boundary.finditer(text)], len(text)]:
        while end - start > _SENTENCE:
            spans.append((start, start + _SENTENCE))
            start += _SENTENCE
        if end > start:
            spans.append((start, end))
        start = end
    return spans


def places_of(word: str, text: str) -> Iterator[int]:
    """Where `word` begins in `text`. Patterns made of a text's own words would fill the cache of `re`, which drops the
    rules' own ones then."""
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + len(word))


def prepare(
    text: str, traditional: Mapping[int, str], words: Segmenter, *, title: str = "", published: str | None = None
) -> Doc:
    """Fold `text` and return its Draft."""
    origin = None
    clean = text
    if len(_NOISE.findall(text)) >= _NOISY:
        kept = [True] * len(text)
        for match in _NOISE.finditer(text):
            kept[match.start() : match.end()] = [False] * (match.end() - match.start())
        origin = [place for place, keep in enumerate(kept) if keep]
        clean = "".join(text[place] for place in origin)
    folded = fold(clean, traditional)
    tail = _TAIL.search(folded)
    if tail:
        folded = folded[: tail.start()] + "\n" * (len(folded) - tail.start())
    return Doc(
        raw=text,
        s=folded,
        words=words,
        origin=origin,
        title=fold(title, traditional),
        published=published or dating.stated_publication(folded),
    )


def fold(text: str, traditional: Mapping[int, str]) -> str:
    """Half-width ASCII, plain blanks and, where a text is traditional, simplified characters; length unchanged."""
    chars = set(text)
    for char in chars & _WIDTH.keys():  # a handful of characters: quicker than translating each place of the text
        text = text.replace(char, _WIDTH[char])
    differing = [char for char in chars if ord(char) in traditional]
    if len(differing) < _TRADITIONAL_CHARS or sum(map(text.count, differing)) <= _TRADITIONAL_SHARE * len(text):
        return text
    return text.translate(traditional)
