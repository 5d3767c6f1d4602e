"""Comparison of two prepared texts: their containment, and the figures and names exchanged between them.

Similarity cannot separate a repost from the same template about another station (measured: character 4-gram
similarity 0.74 for a repost, 0.72 for the template). Aligned sentences can separate the two: a copy keeps or omits
figures and names, another story replaces them. A figure or name counts as exchanged only when it occurs
nowhere in the other text and its replacement occurs nowhere in the first text. A moved or cut sentence never counts.

`Pair` computes each piece of evidence on first use, so that the cheap pieces can be used first. They often separate two
texts of one template after a few sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import chain

from ingest.dedup.figures import FIGURE, digits, value
from ingest.dedup.names import COMPANY, NOT_PLACE
from ingest.dedup.normalize import MAX_SENTENCES, RUN, NormalizedText, grams, trigram_index
from ingest.zh import han
from ingest.zh.dictionary_words import common_words

#: maximum number of differing sentences that are aligned. Not measured
MAX_DIFFERING = 100
#: minimum number of compared characters before a contained text that may be a later story of the page; fewer may be a
#: dateline or a summary. Not measured
MIN_BEFORE = 60
#: the same minimum when the evidence is the main station, the lead or the names of the contained text, and not a title of
#: its own. Not measured
MIN_STORY_BEFORE = 150
#: maximum share of the page's characters for a later story that has a title of its own but does not begin as a report
#: (`_LEAD`). Not measured
MAX_ITEM = 0.6
#: two titles are those of one article when the longer contains this share of the character pairs of the shorter. Not
#: measured
TITLE_SIMILARITY = 0.6
#: two parts of a page without a common person or place are two stories when they have less than this share of their
#: repeated character pairs in common, dictionary words excluded. Measured on 150 splits of 50 texts: in 75 % of
#: the splits between two stories the parts share less, and in 5 % of the splits within one story
RELATED_SHARE = 0.2
#: minimum number of times one figure replaces another for the exchange to be systematic and not a typing error. Not
#: measured
SYSTEMATIC = 3
#: a day in a lead. Leads that are not similar are aligned only when both name a day. The first
#: sentence of the last half of a text is not a lead; when it was aligned with a lead, one of 82 last halves in
#: benchmarks/dedup.py was not recognised as a copy
_DAY = re.compile(r"[0-9]日")
#: minimum share of a sentence's 3-grams in the sentence aligned with it. Values of 0.3 to 0.5 gave the same decisions
SENTENCE_SIMILARITY = 0.35

#: a possible name of a place, a unit or a person in a replaced range: two to six characters without function words.
#: `plausible_name` does not apply, because such a name need not begin with a surname (大陈屿)
_POSSIBLE_NAME = han.regex(r"(?:(?![的了在是和与把被也都就还不没有我你他她它这那其某])[\p{Han}]){2,6}")

#: a difflib opcode: tag and the bounds in both token lists
Opcode = tuple[str, int, int, int, int]
#: the tokens (characters and whole figures) of two aligned sentences, and the opcodes of their differences
Edit = tuple[list[str], list[str], list[Opcode]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of comparing two texts: the common part, and the evidence that the texts are two stories."""

    #: share (0 to 1) of the first text's characters that lie in runs of RUN characters of the second; and the reverse
    first_in_second: float
    second_in_first: float
    #: number of such characters, in the text with fewer of them
    shared: int
    #: number of equal figures in aligned sentences
    agreeing: int
    #: figures, places and people exchanged in aligned sentences, each once: "35 ↔ 51"
    figures: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    #: names that were certainly exchanged (`_renamed`); may repeat entries of `places` and `people`
    renamed: tuple[str, ...] = ()
    #: figures exchanged SYSTEMATIC times or more, as in two bulletins of one series
    systematic: tuple[str, ...] = ()
    #: two exchanged names, each contained in the title of its own text: "蓝天立 ↔ 费东斌"; "" if there are none
    subject: str = ""
    #: the main stations of both texts when neither text names the other's main station: "A派出所 ↔ B派出所"
    station: str = ""
    #: the reason why the contained text is a later story of a page with several stories, or ""
    second_story: str = ""

    @property
    def containment(self) -> float:
        """The larger of the two shares."""
        return max(self.first_in_second, self.second_in_first)


def compare(first: NormalizedText, second: NormalizedText, least: float = 0.0) -> Comparison:
    """Compare two texts. Figures and names are compared only when the containment reaches `least`."""
    pair = Pair(first, second)
    return pair.comparison() if max(pair.shares) >= least else Comparison(*pair.shares, min(pair.shared), 0)


def covered(text: NormalizedText, known: frozenset[str]) -> int:
    """Return the number of characters of the body that are in a run contained in `known`."""
    flags = bytes(map(known.__contains__, text.run_list))
    gaps = _GAP.findall(bytes(RUN - 1) + flags + bytes(RUN - 1)) if flags else ()
    return len(text.body) - sum(len(gap) - RUN + 1 for gap in gaps) if flags else 0


#: RUN or more consecutive positions at which no known run starts. A character is not covered when no known run starts at
#: it or at the RUN - 1 positions before it
_GAP = re.compile(rb"\0{%d,}" % RUN)


class Pair:
    """Two prepared texts. Every piece of evidence about them is computed once, on first use."""

    def __init__(self, first: NormalizedText, second: NormalizedText) -> None:
        self.first, self.second = first, second
        self._edits: list[Edit] = []
        self._edit_source = self._make_edits()

    @cached_property
    def _shared_first(self) -> int:
        return covered(self.first, self.second.runs)

    @cached_property
    def _shared_second(self) -> int:
        return covered(self.second, self.first.runs)

    @property
    def shared(self) -> tuple[int, int]:
        """Number of characters of the first text that are in runs of the second, and the reverse."""
        return self._shared_first, self._shared_second

    @property
    def shares(self) -> tuple[float, float]:
        """`shared` divided by the lengths of the texts."""
        return (
            self._shared_first / max(len(self.first.body), 1),
            self._shared_second / max(len(self.second.body), 1),
        )

    def contained(self, least: float) -> bool:
        """Return True when the containment reaches `least`."""
        shorter = "_shared_first" if len(self.first.body) <= len(self.second.body) else "_shared_second"
        length = max(min(len(self.first.body), len(self.second.body)), 1)
        return getattr(self, shorter) / length >= least or max(self.shares) >= least

    @cached_property
    def station(self) -> str:
        """The main stations of both texts when neither text names the other's main station, else ""."""
        return _stations(self.first, self.second)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of aligned sentences: equal ones, similar ones, single sentences between aligned neighbours, and leads.

        The lead of a short report of another day (30日早盘, 3日早盘) shares too little with its counterpart to be aligned
        by similarity.
        """
        second = self.second.sentence_set
        pairs = [(sentence, sentence) for sentence in self.first.squashed[:MAX_SENTENCES] if sentence in second]
        pairs += self._similar
        ours, theirs = self.first.squashed[:MAX_SENTENCES], self.second.squashed[:MAX_SENTENCES]
        known = dict(pairs)
        free = ours and theirs and ours[0] not in known and theirs[0] not in known.values()
        if free and _DAY.search(ours[0]) and _DAY.search(theirs[0]):
            pairs.append((ours[0], theirs[0]))
        return pairs + _between(ours, theirs, known)

    @cached_property
    def _similar(self) -> list[tuple[str, str]]:
        return list(_similar_sentences(self.first, self.second))

    @cached_property
    def agreeing(self) -> int:
        """Number of equal figures in aligned sentences."""
        ours, theirs = self.first.figures, self.second.figures
        return sum(
            len(ours[a]) if a == b else sum((Counter(ours[a]) & Counter(theirs[b])).values()) for a, b in self.pairs
        )

    @cached_property
    def edits(self) -> list[Edit]:
        """The edits between aligned sentences that differ."""
        self._edits += self._edit_source
        return self._edits

    def _make_edits(self) -> Iterator[Edit]:
        for a, b in self.pairs:
            if a != b:
                left, right = self.first.tokens(a), self.second.tokens(b)
                yield left, right, _opcodes(left, right)

    def contradicts_early(self, agreeing_for_one: int, agreeing_per_further: int) -> bool:
        """Return True as soon as the similar sentences prove that the texts are two stories.

        The proof is two exchanged places or people, one exchanged station or company, or more exchanged figures than
        tolerated.
        At least one exchanged figure is tolerated. The number of tolerated figures is computed as if all figures of the
        text with fewer figures agreed: one if they are `agreeing_for_one` or more, and one more for each
        `agreeing_per_further` of them.
        """
        most = min(sum(map(len, text.figures.values())) for text in (self.first, self.second))
        tolerated = max(1, (most >= agreeing_for_one) + most // agreeing_per_further)
        exchanged: dict[str, None] = {}
        names: dict[str, None] = {}
        for a, b in _similar_sentences(self.first, self.second):
            names |= dict.fromkeys((*self._exchanged_places(a, b), *self._exchanged_people(a, b)))
            if names_differ(names):
                return True
            if self.first.figures[a] != self.second.figures[b]:
                left, right = self.first.tokens(a), self.second.tokens(b)
                exchanged |= dict.fromkeys(self._exchanged_figures((left, right, _opcodes(left, right))))
                if len(exchanged) > tolerated:
                    return True
        return False

    def _exchanged_figures(self, edit: Edit) -> Iterator[str]:
        left, right, changes = edit
        for tag, i1, i2, j1, j2 in changes:
            if tag == "replace":
                for old, new in zip(_figures_in(left, i1, i2), _figures_in(right, j1, j2), strict=False):
                    unknown = old not in self.second.figure_set and new not in self.first.figure_set
                    if unknown and value(old) != value(new) and digits(old) != digits(new):
                        yield f"{old} ↔ {new}"

    def _exchanged_places(self, a: str, b: str) -> Iterator[str]:
        ours, theirs = self.first.places[self.first.sentence_of[a]], self.second.places[self.second.sentence_of[b]]
        return _exchange(ours, theirs, self.first.place_set, self.second.place_set)

    def _exchanged_people(self, a: str, b: str) -> Iterator[str]:
        ours, theirs = self.first.people[self.first.sentence_of[a]], self.second.people[self.second.sentence_of[b]]
        return _exchange(ours, theirs, self.first.people_set, self.second.people_set)

    def _in_titles(self, names: str) -> bool:
        """Return True when the first title contains the left name of an exchange and the second title the right one."""
        old, _, new = names.partition(" ↔ ")
        return old in self.first.title and new in self.second.title

    def comparison(self) -> Comparison:
        """Return the full comparison."""
        differing = [(a, b) for a, b in self.pairs if a != b]
        places = tuple(dict.fromkeys(chain.from_iterable(self._exchanged_places(a, b) for a, b in differing)))
        people = tuple(dict.fromkeys(chain.from_iterable(self._exchanged_people(a, b) for a, b in differing)))
        shares = self.shares
        part, page = (self.first, self.second) if shares[0] > shares[1] else (self.second, self.first)
        figures = Counter(chain.from_iterable(map(self._exchanged_figures, self.edits)))
        renamed = _renamed(self.first, self.second, self.edits, [*places, *people])
        return Comparison(
            *shares,
            min(self.shared),
            self.agreeing,
            tuple(figures),
            places,
            people,
            renamed=renamed,
            systematic=tuple(figure for figure, count in figures.items() if count >= SYSTEMATIC),
            subject=next((n for n in (*people, *renamed, *places) if self._in_titles(n)), ""),
            station=self.station,
            second_story=_second_story(part, page),
        )


def names_differ(exchanged: Collection[str]) -> bool:
    """Return whether exchanged names prove another story: two or more, or one station or registered company."""
    return len(exchanged) >= 2 or any("派出所" in names or names.endswith(COMPANY) for names in exchanged)


def _figures_in(tokens: Sequence[str], start: int, end: int) -> list[str]:
    """Return the figures among tokens[start:end], each with the character after it."""
    return [
        token + "".join(tokens[n + 1 : n + 2])[:1]
        for n, token in enumerate(tokens[start:end], start)
        if FIGURE.fullmatch(token)
    ]


def _exchange(
    ours: Sequence[str], theirs: Sequence[str], our_names: frozenset[str], their_names: frozenset[str]
) -> Iterator[str]:
    """Yield one exchange "old ↔ new" if each sentence has a name that the other text does not contain anywhere."""
    if ours and theirs:
        gone, come = sorted(set(ours) - their_names), sorted(set(theirs) - our_names)
        if gone and come:
            yield f"{gone[0]} ↔ {come[0]}"


def _opcodes(left: list[str], right: list[str]) -> list[Opcode]:
    """Return the difflib opcodes of the differences. Common beginnings and ends are cut before the alignment."""
    start, shorter = 0, min(len(left), len(right))
    while start < shorter and left[start] == right[start]:
        start += 1
    end = 0
    while end < shorter - start and left[-1 - end] == right[-1 - end]:
        end += 1
    a, b = left[start : len(left) - end], right[start : len(right) - end]
    codes: Sequence[Opcode]
    if a and b and not set(a).isdisjoint(b):
        codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    elif a or b:
        codes = [("replace" if a and b else "delete" if a else "insert", 0, len(a), 0, len(b))]
    else:
        codes = []
    return [(tag, i1 + start, i2 + start, j1 + start, j2 + start) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _renamed(
    first: NormalizedText, second: NormalizedText, edits: Iterable[Edit], exchanged: Sequence[str]
) -> tuple[str, ...]:
    """Return the names that were certainly exchanged: one name replaces another and nothing else changed there.

    Two words outside the dictionary are such names when one replaces the other twice or more (大陈屿, 红石崖), even
    without a role or a kind of place beside them. The same holds for two words before 派出所, even if the dictionary
    contains them. One replacement suffices for the name of an exchanged place or person. A single different character
    (a typing error), a synonym and an anonymised name (李某) are not renamings.
    """
    found = []
    for (old, new), count in Counter(swap for edit in edits for swap in _swapped(edit)).items():
        if (
            not (_POSSIBLE_NAME.fullmatch(old) and _POSSIBLE_NAME.fullmatch(new))
            or old in second.body
            or new in first.body
        ):
            continue
        unknown = old not in common_words() and new not in common_words()
        stations = old + "派出所" in first.body and new + "派出所" in second.body
        stations = stations and not (NOT_PLACE.fullmatch(old) or NOT_PLACE.fullmatch(new))
        if (count >= 2 and (unknown or stations)) or any(_are_of(old, new, names) for names in exchanged):
            found.append(f"{old} ↔ {new}" + "派出所" * stations)
    return tuple(found)


def _are_of(old: str, new: str, names: str) -> bool:
    """Return True when `old` and `new` are the names in an exchange of places (阳光社区 ↔ 锦绣社区) or people (郑克 ↔ 许云)."""
    left, _, right = names.partition(" ↔ ")
    if len(left) == len(right) == 2:
        return len(old) <= 3 >= len(new) and old.startswith(left) and new.startswith(right)
    return left.startswith(old) and right.startswith(new) and left[len(old) :] == right[len(new) :]


def _swapped(edit: Edit) -> Iterable[tuple[str, str]]:
    """Yield the pairs of changed token ranges, each joined to a string; a string is "" if its text lacks the range.

    Two changes with one token between them count as one, because two names may share a character (石门坎, 红石崖).
    """
    left, right, changes = edit
    i1 = j1 = i2 = j2 = -9
    for _, *here in [*changes, ("", 10**6, 0, 0, 0)]:
        if here[0] - i2 > 1:
            yield "".join(left[max(i1, 0) : max(i2, 0)]), "".join(right[max(j1, 0) : max(j2, 0)])
            i1, j1 = here[0], here[2]
        i2, j2 = here[1], here[3]


def _stations(first: NormalizedText, second: NormalizedText) -> str:
    """Return the main stations of both texts when neither text names the other's main station, else ""."""
    left, right = first.main_station, second.main_station
    return f"{left} ↔ {right}" if left and right and left not in second.stations and right not in first.stations else ""


def _second_story(part: NormalizedText, page: NormalizedText) -> str:
    """Return the reason why `part` is a later story of a page with several stories, else "".

    Such a page joins only the story of its first part. If the page also joined the story of another part, the two
    stories would become one.
    """
    start, size = part_start(part, page)
    one_title = similar_titles(part.title, page.title)
    if size < MIN_BEFORE:
        return ""
    around = page.squashed[max(start - 1, 0) : start + 1]
    if (
        len(part.title) >= RUN
        and not one_title
        and any(part.title in sentence[: 2 * len(part.title) + 12] for sentence in around)
    ):
        return "its title stands inside the other text"
    before = NormalizedText("", page.sentences[:start], page.squashed[:start])
    if size >= MIN_STORY_BEFORE and (stations := _stations(before, part)):
        return stations
    return "" if one_title else _unrelated(before, part, page, size)


def part_start(part: NormalizedText, page: NormalizedText) -> tuple[int, int]:
    """Return how many sentences and compared characters of `page` precede a contained text; (0, 0) if not found."""
    start = next((n for n, sentence in enumerate(page.squashed) if len(sentence) > RUN and _is_part(sentence, part)), 0)
    return start, sum(map(len, page.squashed[:start]))


def similar_titles(first: str, second: str) -> bool:
    """Return True when one squashed title contains the other, or most of its character pairs (TITLE_SIMILARITY).

    Return False if one of the titles is empty.
    """
    if not first or not second:
        return False
    if first in second or second in first:
        return True
    ours, theirs = grams(first, 2), grams(second, 2)
    return len(ours & theirs) >= TITLE_SIMILARITY * max(min(len(ours), len(theirs)), 1)


def _is_part(sentence: str, text: NormalizedText) -> bool:
    """Return True when a squashed sentence occurs in `text`, or at least half of it is in runs of `text`."""
    if sentence in text.sentence_set:
        return True
    return covered(NormalizedText("", (sentence,), (sentence,)), text.runs) * 2 >= len(sentence)


def _unrelated(before: NormalizedText, part: NormalizedText, page: NormalizedText, size: int) -> str:
    """Return a reason when two parts of a page share no person, no place and hardly any unusual word, else "".

    `size` is the number of compared characters of `before`. One of these further conditions must hold:
    - The title of `part` has no character pair in common with that of the page, and `part` begins as a report (`_LEAD`)
      or has at most the share MAX_ITEM of the page's characters.
    - `before` has MIN_STORY_BEFORE or more characters, and `part` begins as a report.
    - `before` has MIN_STORY_BEFORE or more characters and more than a third of the page's, and both parts name people
      or places.
    """
    names = [text.people_set | text.place_set for text in (before, part)]
    if names[0] & names[1]:
        return ""
    own_title = bool(page.title and part.title) and not grams(part.title, 2) & grams(page.title, 2)
    own_lead = bool(part.sentences) and _LEAD.match(part.sentences[0]) is not None
    long = size >= MIN_STORY_BEFORE
    # A part that makes up most of the page may be the article itself, after an editor's introduction.
    item = own_title and (own_lead or len(part.body) <= MAX_ITEM * len(page.body))
    if not (item or (long and (own_lead or (all(names) and size * 3 > len(page.body))))):
        return ""
    pairs = [Counter(chain.from_iterable(grams(sentence, 2) for sentence in text.squashed)) for text in (before, part)]
    own = [{pair for pair, n in found.items() if n > 1 and pair not in common_words()} for found in pairs]
    shared = len(own[0] & pairs[1].keys() | own[1] & pairs[0].keys())
    total = sum(map(len, own))
    # Two short parts may repeat no unusual word (`total` is 0). Then the title or the lead of `part` is the evidence.
    unrelated = shared < RELATED_SHARE * total or (total == 0 and (item or own_lead))
    return "nobody and no place in common" if unrelated else ""


#: the beginning of a separate report: 据《…报》报道, 当地时间11月7日, 新华社北京4月3日电
_LEAD = re.compile(
    r"据.{1,20}(?:报道|消息|获悉)|当地时间\d|(?:近日|日前|昨日|\d{1,2}月\d{1,2}日)[,,]|.{2,16}\d{1,2}日(?:电|讯)|本报讯"
)


def _similar_sentences(first: NormalizedText, second: NormalizedText) -> Iterator[tuple[str, str]]:
    """Yield (sentence of `first`, sentence of `second`) pairs that are not equal but share enough 3-grams.

    Sentences that also occur in the other text are left out. At most MAX_DIFFERING sentences of `first` are tried.
    """
    sentences = second.squashed[:MAX_SENTENCES]
    ours, theirs = first.sentence_set, second.sentence_set
    differing = [sentence for sentence in first.squashed[:MAX_SENTENCES] if sentence not in theirs]
    free = [number for number, sentence in enumerate(sentences) if sentence not in ours]
    if not differing or not free:
        return
    # The index of the whole text is cached. For a few sentences a small index is cheaper to build.
    index = second.trigrams if len(free) * 4 > len(sentences) else trigram_index({n: sentences[n] for n in free})
    allowed = set(free)
    for sentence in differing[:MAX_DIFFERING]:
        own = grams(sentence, 3)
        votes = Counter(chain.from_iterable([index[gram] for gram in own if gram in index]))
        ranked = [(-count, number) for number, count in votes.items() if number in allowed]
        if ranked:
            count, number = min(ranked)
            if -count >= SENTENCE_SIMILARITY * len(own):
                yield sentence, sentences[number]


def _between(first: Sequence[str], second: Sequence[str], known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the pairs of single unaligned sentences between aligned neighbours.

    The sentence of a template with most names and figures (民警叫郑克勤,今年41岁,从警18年) shares too little with its
    counterpart to be aligned by similarity.
    """
    where = {sentence: number for number, sentence in enumerate(second)}
    taken = set(known.values())
    pairs = []
    for before, sentence, after in zip(first, first[1:], first[2:], strict=False):
        at = where.get(known.get(before, ""), -2) + 1
        free = sentence not in known and 0 < at < len(second) - 1 and second[at] not in taken
        if free and known.get(after) == second[at + 1]:
            pairs.append((sentence, second[at]))
    return pairs
