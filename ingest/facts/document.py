"""`Doc`: a text in standard characters (`fold`) with its sentences, clauses, numbers, dates and quotations.

The rules of all kinds share one `Doc` for each text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ingest.facts.topic_word_substitution import UnitWords
from ingest.zh import dates as dating
from ingest.zh import han, numbers
from ingest.zh.character_normalization import WIDTH
from ingest.zh.lexicon import Lexicon
from ingest.zh.pattern_words import Vocabulary
from ingest.zh.segment import Segmenter
from ingest.zh.text_spans import Spans
from ingest.zh.word_search import WordIndex
from store.fact_kinds import FactKind
from store.records import Fact

#: characters replaced by one standard form each: full-width ASCII, white space, quotation marks and dots; the length
#: of the text does not change
_FOLDED: dict[str, str] = WIDTH | {"\r": " "} | dict(zip("「」『』﹒•・‧", "“”‘’····", strict=True))
#: end of a sentence (also at a semicolon) or line; also spaces after a Han character, ” or 》 and before a Han
#: character, “, 《 or a digit
_HARD = han.regex(r"[。!?;\n]|……|(?<=[\p{Han}”》])[ ]+(?=[\p{Han}“《\d])")
#: end of a clause, a sentence or a line
_SOFT = han.regex(r"[,:、()\[\]【】]|——|[。!?;\n]|……|(?<=[\p{Han}”》])[ ]+(?=[\p{Han}“《\d])")
#: a quotation in “…”, and a quotation in ‘…’ (_INNER)
_QUOTED = re.compile(r"“([^“”\n]{1,60})”")
_INNER = re.compile(r"‘([^‘’“”\n]{1,30})’")
#: a time of day, whose numbers are not quantities: 8点30分, 9:05, 三点半
_CLOCK = re.compile(
    r"(?=[\d一二三四五六七八九十])(?:(?<!\d)[0-2]?\d(?:点(?:零?[0-5]?\d分|半|钟)|时[0-5]?\d分|:[0-5]\d)(?!\d)|[一二三四五六七八九十]{1,2}点(?:半|钟|多|[一二三四五]?十?[五]?分)?)"
)
#: noise: pinyin in brackets after a character, inserted by some converters of traditional script; zero-width characters
_NOISE = re.compile(r"[(\uff08][a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ]{1,7}[)\uff09]|[\u200b-\u200f\u2060\ufeff\u00ad]")
#: minimum number of matches of _NOISE in a text; fewer may be intended and are kept. Not measured
_NOISY = 3
#: heading of a list of other articles at the end of a page; the text from this heading on is ignored
_TAIL = re.compile(
    r"^[ ]*(?:新闻推荐|相关链接|相关阅读|推荐阅读|延伸阅读|相关新闻|更多新闻|热门推荐|猜你喜欢|阅读下一篇|随机阅读|返回首页)[ ::]*$",
    re.MULTILINE,
)
#: maximum length of a heading line, characters; in the labelled texts headings have at most 20, captions at most 28
_HEADING = 30
#: text after the name of a place: 小学 in 石佛寺小学, 的村子 in 一个叫柳树屯的村子; a lookahead, so that matches may overlap
_PLACE_AFTER = re.compile(
    "(?=(?:嘎查|苏木|小学|中学|幼儿园|街道|社区|车站|火车站|水库|林场|牧场|农场|渡口|煤矿|口岸|[镇乡县旗](?![长上里])|村(?![长里支口医]))|"
    "的(?:一个|这个|那个)?(?:小?[村镇乡岛寨屯山河沟]|村[子庄]|小站|地方|小区|社区|景区|牧场|林场))"
)
#: maximum characters of a name that `place_names` contains; not measured
_PLACE = 16
#: maximum length of a sentence, characters. It limits each search within a sentence if a text has no punctuation. The
#: longest sentence of the labelled texts has 282
_SENTENCE = 400
#: punctuation that a heading does not contain
_STOPS = re.compile("[,。;!?]")
#: length of the parts into which a text is cut, characters, and the minimum number of different characters in a part of
#: prose; in the labelled texts, parts of 400 characters have at least 139
_STRETCH, _DIFFERENT = 400, 24
#: the title of a work in 《…》
_TITLED = re.compile(r"《([^《》\n]{1,60})》")
#: a table: two or more lines of the form 标签:值. _OF_STATION matches in a table about a station
_TABLE = han.regex(r"(?:\n[ ]*[\p{Han}]{2,8}:[^\n。]{1,60}(?=\n|\Z)){2,}")
#: a table of three or more lines that are a noun and its number: 行政村28个
_LINES = han.regex(r"(?:\n[ ]*[\p{Han}、]{2,12}[\d.,]+[万亿]?[余多]?[\p{Han}]{1,4}(?=\n|\Z)){3,}")
_OF_STATION = re.compile("辖区|管辖|面积|人口|警力|民警")
#: minimum share of traditional characters in a text that is converted to simplified script; the labelled texts have at
#: most 0.2 % (simplified script) or at least 25 % (traditional script)
_TRADITIONAL_SHARE = 0.05
#: minimum number of different traditional characters before the share is computed; the shortest traditional text among
#: the labelled ones has 40
_TRADITIONAL_CHARS = 3


@dataclass
class Doc:
    """One text being analysed: `raw` as stored, `s` as the rules read it (`prepare`).

    `origin[i]` is the offset in `raw` of `s[i]`.
    """

    raw: str
    s: str
    words: Segmenter
    vocabulary: Vocabulary
    #: None when `s` and `raw` have equal offsets
    origin: list[int] | None = None
    title: str = ""
    published: str | None = None
    #: the kind that has claimed a number, by the index of the number in `quantities`; no other kind may use the number
    claims: dict[int, str] = field(default_factory=dict)
    #: indexes in `quantities` of the numbers that describe the station; set by `statistic_facts`
    profiled: tuple[int, ...] = ()
    #: name of the main station; set with `stations` by `kinds.station.stations`
    main: str | None = None
    stations: tuple[Any, ...] = ()
    #: decisions of the rules (`rule_engine.Decision`), in order; None if they are not recorded
    decisions: list[Any] | None = None

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        return _cut(_HARD, self.s)

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        return _cut(_SOFT, self.s)

    @cached_property
    def quoted(self) -> list[tuple[int, int]]:
        """Spans of the quotations in “ ” and ‘ ’, without the marks."""
        outer = [match.span(1) for match in _QUOTED.finditer(self.s)]
        inner = [match.span(1) for match in _INNER.finditer(self.s)]
        return sorted(outer + inner)

    @cached_property
    def quoted_times(self) -> Counter[str]:
        """How often the text contains each quotation in “ ”."""
        return Counter(match[1] for match in _QUOTED.finditer(self.s))

    @cached_property
    def quoted_letters(self) -> Counter[str]:
        """Number of different quotations in “ ” by their sorted characters: 要我调 and 我要调 have one key with count 2."""
        return Counter("".join(sorted(quoted)) for quoted in self.quoted_times)

    @cached_property
    def interview(self) -> bool:
        """Whether at least two lines after the first start with 记者:, as the questions of an interview do."""
        return self.s.count("\n记者:") > 1

    @cached_property
    def titled(self) -> list[tuple[int, int]]:
        """Spans of the titles of works in 《 》, without the marks."""
        return [match.span(1) for match in _TITLED.finditer(self.s)]

    @cached_property
    def tables(self) -> list[tuple[int, int]]:
        """Spans of the tables about the station: lines with a label and a value, or with a noun and its number.

        Examples: 辖区面积:8.3平方公里, 行政村28个.
        """
        rows = (*_TABLE.finditer(self.s), *_LINES.finditer(self.s))
        return sorted(match.span() for match in rows if _OF_STATION.search(match[0]))

    @cached_property
    def _station_index(self) -> WordIndex:
        return WordIndex([station.name for station in self.stations], self.s)

    def stations_in(self, *spans: tuple[int, int]) -> list[Any]:
        """Return the stations named inside at least one of `spans`, in the order of `stations`."""
        return [self.stations[number] for number in self._station_index.inside(*spans)]

    @cached_property
    def former_names(self) -> frozenset[str]:
        """Former names of stations."""
        return frozenset(station.name for station in self.stations if station.former)

    @cached_property
    def station_beginnings(self) -> frozenset[str]:
        """The names of the stations and all their prefixes."""
        names = (station.name for station in self.stations)
        return frozenset(name[:size] for name in names for size in range(1, len(name) + 1))

    @cached_property
    def place_names(self) -> frozenset[str]:
        """Possible names of places: the last 1, 2, … _PLACE characters before each match of _PLACE_AFTER."""
        ends = [match.start() for match in _PLACE_AFTER.finditer(self.s)]
        return frozenset(self.s[end - size : end] for end in ends for size in range(1, min(_PLACE, end) + 1))

    @cached_property
    def table_spans(self) -> Spans:
        """The union of `tables`."""
        return Spans(self.tables)

    def date_at(self, place: int) -> dating.Date | None:
        """Return the date that starts at `place`, or None."""
        index = bisect_left(self._date_starts, place)
        return self.dates[index] if index < len(self.dates) and self.dates[index].start == place else None

    @cached_property
    def dates(self) -> list[dating.Date]:
        return dating.dates(self.s, self.published)

    @cached_property
    def quantities(self) -> list[numbers.Quantity]:
        """Numbers with their units, except those of dates and times of day."""
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

    @cached_property
    def quantity_starts(self) -> list[int]:
        """Start offsets of `quantities`."""
        return [quantity.start for quantity in self.quantities]

    def date_before(self, place: int, floor: int) -> dating.Date | None:
        """Return the last date that starts in floor:place, or None. Dates of form "era" (上世纪50年代, 近日) are skipped."""
        index = bisect_left(self._date_starts, place) - 1
        while index >= 0 and self.dates[index].start >= floor:
            if self.dates[index].form != "era":
                return self.dates[index]
            index -= 1
        return None

    @cached_property
    def date_ends(self) -> frozenset[int]:
        """End offsets of the dates."""
        return frozenset(date.end for date in self.dates)

    @cached_property
    def _date_starts(self) -> list[int]:
        return [date.start for date in self.dates]

    def sentence(self, place: int) -> tuple[int, int]:
        """Return the span of the sentence at offset `place`."""
        spans = self.sentences
        return spans[max(bisect_right(self._sentence_starts, place) - 1, 0)] if spans else (0, 0)

    def clause(self, place: int) -> tuple[int, int]:
        """Return the span of the clause at offset `place`."""
        spans = self.clauses
        return spans[max(bisect_right(self._clause_starts, place) - 1, 0)] if spans else (0, 0)

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    @cached_property
    def _clause_starts(self) -> list[int]:
        return [start for start, _ in self.clauses]

    def heading(self, place: int) -> bool:
        """Return whether the line at `place` is a heading or caption: at most _HEADING characters, none of _STOPS."""
        # search only as far as a heading can reach, so that a text without line ends is not scanned for each name
        floor, limit = max(0, place - _HEADING - 1), min(len(self.s), place + _HEADING + 1)
        start = self.s.rfind("\n", floor, place) + 1
        end = self.s.find("\n", place, limit)
        if (start == 0 and floor > 0) or (end < 0 and limit < len(self.s)):
            return False
        line = self.s[start : end if end >= 0 else limit]
        return len(line) <= _HEADING and not _STOPS.search(line)

    @cached_property
    def _quote_starts(self) -> list[int]:
        return [span[0] for span in self.quoted]

    def in_quotes(self, place: int) -> tuple[int, int] | None:
        """Return the span of the quotation around `place`, or None."""
        index = bisect_right(self._quote_starts, place) - 1
        return self.quoted[index] if index >= 0 and place < self.quoted[index][1] else None

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in `raw` of `s[start:end]` without surrounding white space."""
        if self.origin is not None:
            start, end = self.origin[start], self.origin[end - 1] + 1
        while start < end and self.raw[start].isspace():
            start += 1
        while end > start and self.raw[end - 1].isspace():
            end -= 1
        return start, end

    def fact(self, kind: FactKind, start: int, end: int, rule: str, fields: Mapping[str, Any]) -> Fact:
        """Return a fact; its quote is the part of `raw` at `s[start:end]` without surrounding white space."""
        start, end = self.raw_span(start, end)
        return Fact(kind, self.raw[start:end], start, end, fields, rule)


def _cut(boundary: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Return the consecutive spans of `text`, each of which ends after a match of `boundary` or at the end of the text.

    A span longer than _SENTENCE characters is split.
    """
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
    """Yield the offsets of the non-overlapping occurrences of `word` in `text`.

    `re` is not used: a pattern for each word would evict the patterns of the rules from the cache of `re`.
    """
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + len(word))


def prepare(
    text: str, lexicon: Lexicon, *, title: str = "", published: str | None = None, units: UnitWords | None = None
) -> Doc:
    """Return the `Doc` of `text`: folded and without noise.

    Repetitive parts (`_without_repetition`) and a list of other articles at the end are replaced by line ends. `units`
    contains the words of another topic, which are replaced by the words that the rules contain (派出所). Without
    `published`, the publication date stated in the text is used.
    """
    origin, traditional = None, lexicon.traditional
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
    folded = _without_repetition(folded)
    title = fold(title, traditional)
    if units is not None:
        folded, origin = units.translate(folded, origin)
        title = units.translate(title, None)[0]
    return Doc(
        raw=text,
        s=folded,
        words=lexicon.words,
        vocabulary=lexicon.vocabulary,
        origin=origin,
        title=title,
        published=published or dating.stated_publication(folded),
    )


def _without_repetition(text: str) -> str:
    """Return `text` with line ends instead of each part of _STRETCH characters with few different characters (1,1,1,).

    Such a part is not prose, but the rules would examine each of its numbers and titles.
    """
    if len(text) < _STRETCH:
        return text
    stretches = [text[start : start + _STRETCH] for start in range(0, len(text), _STRETCH)]
    return "".join(
        "\n" * _STRETCH if len(stretch) == _STRETCH and len(set(stretch)) < _DIFFERENT else stretch
        for stretch in stretches
    )


def fold(text: str, traditional: Mapping[int, str]) -> str:
    """Return `text` with the standard forms of _FOLDED and, if it is in traditional script, simplified characters.

    The length does not change.
    """
    chars = set(text)
    # a text has few distinct characters, so this is faster than translating the whole text
    for char in chars & _FOLDED.keys():
        text = text.replace(char, _FOLDED[char])
    differing = [char for char in chars if ord(char) in traditional]
    if len(differing) < _TRADITIONAL_CHARS or sum(map(text.count, differing)) <= _TRADITIONAL_SHARE * len(text):
        return text
    return text.translate(traditional)
