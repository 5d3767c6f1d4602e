"""Personal names: a test of whether a word may be a name, and a recogniser for the start and end of names in a text.

A name is a surname with one or two given characters or a mask (王某), or consists of known parts, transcription
characters or parts joined by middle dots. The recogniser chooses the end with the lowest cost: the cost of the
characters of the name (by their frequency inside and at the end of names) plus the cost of the cheapest segmentation of
the words after the name, minus a bonus for repetitions in the text.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Set
from functools import lru_cache
from itertools import islice

from ingest.zh import han
from ingest.zh.han import is_han
from ingest.zh.lexicon import NEVER, Lexicon
from ingest.zh.word_search import Occurrences

_HAN = han.regex(r"[\p{Han}]+")
_DOTTED = han.regex(r"[\p{Han}]{1,7}(?:·[\p{Han}]{1,7}){1,3}")
#: characters that replace the given name of a masked person: 张某, 李某某, 王××
_MASK = han.regex(r"(?:某某|某|×{1,2}|X{1,2}|\*{1,2})(?![\p{Han}]?区)")
#: characters that transcribe Mongolian, Tibetan and Turkic names
_SOUNDS = frozenset(
    "麦合敦阿巴特尔拉达帕迪孜瓦莎丹妮米夏乃穆日图木其格乌兰斯琴高娃苏波朝鲁那仁宝音呼吉勒额德布扎西次旺堆多卓玛尼罗旦增嘎贡普洛桑央仁青姆曲珍顿珠加措才让索朗买提艾力古丽努依热曼托吾肯叶江别克沙吐逊玉甫哈孟毕敖塔那雅恩萨登"
)
#: characters that transcribe Mongolian, Tibetan and Turkic names if the name contains a middle dot
_DOTTED_SOUNDS = _SOUNDS | frozenset("不都西伊马斯玛再里")
#: characters that transcribe foreign names; three of them that look like a Chinese name are only a part of a longer
#: name if a fourth one is beside them
FOREIGN = frozenset(
    "阿埃艾奥巴贝比宾波布查达戴丹德迪蒂丁杜厄尔法菲费弗夫盖戈格哈汉赫霍基吉加贾杰卡凯坎考科克肯库奎拉莱兰劳勒雷里利莉琳罗洛马迈曼梅米密默莫姆穆纳娜内尼诺努欧帕佩皮珀普齐奇乔切琼丘瑞萨塞桑森沙圣史斯苏索塔泰坦汤特腾托伍图瓦威韦维温沃乌西希夏肖谢辛休雅亚扬耶伊因约泽扎詹佐翰顿"
    "道金阁"
)
#: characters that transcribe foreign names and are also common in Chinese names
_FOREIGN_ENDS = frozenset("林逊宁恩文曼利娃姬摩茨芬")
#: characters that transcribe Mongolian, Tibetan, Turkic or foreign names
_ANY_SOUND = _SOUNDS | FOREIGN
#: a conjunction between two names with middle dots
_JOINT = re.compile("·[^·]+?(?P<joint>[和与及])[^·]+·")
#: characters of the last part of a name with middle dots
_PART = FOREIGN | _FOREIGN_ENDS | _DOTTED_SOUNDS
#: The part before the first middle dot is taken for a phrase if it has at least this many characters, of which at least
#: two do not transcribe names: 赫敏饰演者艾玛·沃森
_PHRASE_PART = 5
#: maximum characters of the last part of a foreign name
_LONGEST_PART = 7
_SAYING = re.compile("说|介绍|告诉|表示|坦言|回忆|感慨")
#: characters before 钱 that show that 钱 means money and is not a surname
_MONEY = frozenset("元块角毛万千百亿些的零救费还")
#: maps a variant of the middle dot that occurs on pages to the middle dot
_DOTS = str.maketrans("•", "·")
#: prior cost of a name after a title (STRONG) and elsewhere (WEAK); not measured
STRONG, WEAK = 2.0, 6.0
#: particles that occur inside a name of three characters, as in 丁有福 and 佘向前
_INSIDE = frozenset("有向从为以")
#: characters that do not end a name: 石老丙 may be a name, 石老 is not
_NO_END = ("老", "小", "阿")
#: for names such as 王某明: maximum cost of the character after 某 (not measured), and what follows the name in a list
_INNER_MASK, _LISTED = 7.0, re.compile("[、和与及]")
#: words of kinship of one character, which do not start a given name: 黎姨|先醒了
_KIN = frozenset("姨婶嫂")
#: additional cost of a name after a title if its surname counts only there, and of a particle among its given
#: characters (吴再芬, 孟和平). On the labelled texts a particle cost from 2 to 4 gives the same names
RARE_SURNAME, PARTICLE = 1.0, 3.0
#: particles, pronouns and other characters that never occur in a name, even after a title
_HARD = frozenset("的了着过吗呢吧啊是说把被让使你我他她它们个只这哪您呀嘛么某镇县区给")
#: bonus of a name of three characters that the text repeats before different characters, and whose first two characters
#: never occur without the third: 所长殷东来说 and 殷东来荣立. The probability that one given character follows twice is
#: about e^-4
_WHOLE = 4.0
#: number of characters before and after a name in which names of brothers and sisters are searched
_NEAR = 24
#: cost of each character between the start of the words and the start of the name, such as 长 in 派出所长|江涛; not measured
_TITLE_TAIL = 4.0
#: particles that may end a name before a punctuation mark or a verb of speech, as in 佟大为,三十四岁
_AT_END = ("为", "和", "有", "其")
#: a punctuation mark or a verb of speech, before which a name may end in a particle of _AT_END
_CLOSED = re.compile("[,、。(]|说|介绍")
#: part-of-speech tags of jieba for personal names
_NAMES = ("nr", "nrt", "nrfg")
#: part-of-speech tags of single characters that are mainly surnames
_SURNAME_KINDS = ("nr", "zg")
#: additional cost of a surname that is segmented as a word; not measured
_ALONE = 5.0
#: A name without a title is accepted if it costs at least this much less than the same text segmented into words. In the
#: labelled texts, the candidates that cost 0 to 5 less are two phrases (党群联建, 德高望重的); those that cost 5 to 10 less
#: are all names
SPOTTED = 5.0
#: number of characters before a name without a title that are segmented together with the name
_BEHIND = 3
#: dictionary frequency above which an entry counts as a word or as the name of a famous person (董存瑞 has 53, 孔繁森 36,
#: 王建国 12)
_FAMOUS = 20
#: dictionary frequency above which two characters inside or across the border of a name count as a word; not measured
_PAIR = 100
#: number of characters from the start of a name on that are segmented; 8 and 12 give the same names on the labelled
#: texts
_AHEAD = 9
#: maximum number of places in one text at which the cost of a name is computed, so that a text of 200,000 characters of
#: names takes less than 5 s. Of 28 features, none has more than 27 such places in 1,000 characters, 5,400 in 200,000
MAX_WEIGHED = 6_000
#: cost, inside and at the end of a name, of a character missing from the table; the maximum of all costs
UNSEEN = (11.0, 11.0)


@lru_cache(maxsize=8)
def _united(one: frozenset[str], two: frozenset[str]) -> frozenset[str]:
    """Return the union of two tables, cached because the tables are the same for every text."""
    return one | two


def plausible_name(
    word: str,
    lexicon: Lexicon,
    *,
    credit: bool = False,
    never: Set[str] = NEVER,
    common: Callable[[str], bool] = lambda word: False,
) -> bool:
    """Return whether a whole word has the form of a person's name.

    A name has middle dots (吐尔逊·尼亚孜), or is a surname with a mask (佟某某, 王××), or a surname with one or two
    given characters without particles. A surname of two characters alone is a name only if it is also a part of names
    without surname.

    `credit`: the word is in a credit line, where rare surnames count and particles may be given names (张镇). `never`:
    characters that no other given name contains. `common`: test for words that have the form of a name but are none.
    """
    if _DOTTED.fullmatch(word.translate(_DOTS)):
        return True
    surnames = lexicon.credit_surnames if credit else lexicon.surnames
    if len(word) == 2 and word in surnames:
        return word in lexicon.parts
    surname = word[:2] if word[:2] in surnames else word[:1]
    if surname not in surnames:
        return False
    given = word[len(surname) :]
    if _MASK.fullmatch(given):
        return True
    return is_han(given) and len(given) <= 2 and (credit or not has_particle(given, never)) and not common(word)


def masked_name(text: str, lexicon: Lexicon, start: int = 0, limit: int = sys.maxsize) -> str:
    """Return the surname and mask (佟某某) that start at `start` and end by `limit`, "" if there are none."""
    for first in (start + 2, start + 1):
        if text[start:first] in lexicon.surnames and (mask := _MASK.match(text, first, limit)):
            return text[start:first] + mask[0]
    return ""


def has_particle(given: str, never: Set[str] = NEVER, *, closed: bool = False) -> bool:
    """Return whether given characters contain one of `never` in a position where names do not have it.

    `closed`: a punctuation mark or a verb of speech follows; some particles may end a name before it.
    """
    if len(given) == 2 and closed and given[1] in _AT_END:
        given = given[0]
    elif len(given) == 2 and given[0] in _INSIDE:
        given = given[1]
    return not never.isdisjoint(given)


class PersonNames:
    """Recogniser of personal names in one text."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self._lexicon = lexicon
        self.surnames = lexicon.surnames
        self._titled_surnames = lexicon.titled_surnames
        self._given = lexicon.given
        self._occurrences = Occurrences(text)
        self._tested: dict[tuple[Callable[[str, str], bool], str], bool] = {}
        self.words = lexicon.words
        self.parts = lexicon.parts
        self.beginnings = _united(lexicon.beginnings, _SOUNDS)
        self._titled_beginnings = _united(self.beginnings, lexicon.titled_surnames)
        self._shape = lexicon.shape
        self._prices = lru_cache(maxsize=4096)(self.words.prices)
        # cached, because a list of names is read again from each of its names
        self._priced = lru_cache(maxsize=4096)(self._price)
        self._left = MAX_WEIGHED

    def count(self, words: str) -> int:
        """Return the number of occurrences of `words` in the text, without overlaps."""
        return self._occurrences.count(words)

    def cached(self, test: Callable[[str, str], bool], words: str) -> bool:
        """Return test(words, text).

        The result is computed once for each `words`, so that a repeated title is not tested again.
        """
        if (test, words) not in self._tested:
            self._tested[test, words] = test(words, self.text)
        return self._tested[test, words]

    def _own(self, name: str, surname: str) -> float:
        """Return the cost of the characters of a name."""
        given = name[len(surname) :]
        cost = 4.0 if len(surname) == 1 else 2.0
        for char in given[:-1]:
            cost += self._char(char, 0)
        cost += self._char(given[-1], 1)
        return cost + (0.2 if len(given) == 2 else 1.5)

    def _char(self, char: str, last: int) -> float:
        """Return the cost of a given character, plus 1 if it is rare in names, such as 扶 in 冯勇扶起.

        `last`: 1 for the last character of the name, else 0.
        """
        cost = self._given.get(char, UNSEEN)[last]
        return cost + 1.0 if cost > 8.5 else cost

    def _candidates(self, start: int, limit: int, *, titled: bool = False) -> list[tuple[str, str, float]]:
        """Return (name, surname, extra cost) of the possible names that start at `start` and end by `limit`.

        `titled`: a title precedes. Then rare surnames and particles are allowed at an extra cost.
        """
        run = _HAN.match(self.text, start, min(limit, start + 4))
        if not run:
            return []
        if masked_name(self.text, self._lexicon, start + 1, limit) and run[0][:2] not in self.surnames:
            return []  # the surname of a masked name starts one character later: 民警向|杨某
        if self._money(start):
            return []
        surnames = self._titled_surnames if titled else self.surnames
        found = []
        for surname in (run[0][:2], run[0][:1]):
            if surname not in surnames or (len(surname) == 2 and len(run[0]) < 3):
                continue
            rare = 0.0 if surname in self.surnames else RARE_SURNAME
            for given in (1, 2):
                name = run[0][: len(surname) + given]
                chars = name[len(surname) :]
                if len(chars) != given or chars[-1] in _NO_END or chars[0] in _KIN:
                    continue
                if not has_particle(chars, closed=_CLOSED.match(self.text, start + len(name)) is not None):
                    found.append((name, surname, rare))
                elif given == 2 and _HARD.isdisjoint(chars):
                    famous = self.words.kind(name) in _NAMES  # a particle in a famous name: 杨再兴
                    if titled or famous:
                        found.append((name, surname, rare + (0.0 if famous else PARTICLE)))
        return found

    def _begins(self, start: int) -> bool:
        """Return whether a name without a title can start at `start`."""
        return self.text[start : start + 1] in self.beginnings or "·" in self.text[start : start + 8]

    def may_begin(self, start: int) -> bool:
        """Return whether a name after a title can start at `start`; if not, `at` with `titled` returns `start`."""
        char = self.text[start : start + 1]
        return char in self._titled_beginnings or char in FOREIGN or "·" in self.text[start : start + 8]

    def at(self, start: int, *, prior: float = STRONG, limit: int | None = None, titled: bool = False) -> int:
        """Return the end of the name that starts at `start`, or `start` if there is no name.

        `titled`: a title precedes.
        """
        if not (self.may_begin(start) if titled else self._begins(start)):
            return start
        words, ends = self._priced(start, len(self.text) if limit is None else limit, titled)
        return min([(words, start), *((prior + cost, end) for cost, end in ends)])[1]

    def _price(self, start: int, limit: int, titled: bool) -> tuple[float, list[tuple[float, int]]]:
        """Return the cost of reading words instead of a name at `start`, and (cost, end) of the names that start there.

        The cost of a dotted, transcribed or masked name is -inf. After MAX_WEIGHED calls there are no more names.
        """
        self._left -= 1
        if self._left < 0:
            return 0.0, []
        if (dotted := self._dotted(start, limit)) > start:
            return 0.0, [(-math.inf, dotted)]
        if (parts := self._of_parts(start, limit, titled=titled)) > start:
            return 0.0, [(-math.inf, parts)]
        if masked := masked_name(self.text, self._lexicon, start, limit):
            return 0.0, [(-math.inf, self.masked_end(start + len(masked)))]
        candidates = self._candidates(start, limit, titled=titled)
        window = _HAN.match(self.text, start, min(limit, start + _AHEAD))
        if not window or not candidates:
            return 0.0, []
        run = window[0]
        prices = self._prices(run)
        ends: list[tuple[float, int]] = []
        for name, surname, extra in candidates:
            cost = extra + self._own(name, surname) + prices[len(name)]
            known = self.words.kind(name)
            if known in _NAMES:
                cost -= 8.0 if len(name) > 2 else 0.0
            saying = _SAYING.match(self.text, start + len(name)) is not None
            if saying:
                cost -= 3.0
            elif self.words.frequency.get(name, 0) > 50:
                cost += 4.0
            repeats = self.count(name)
            cost -= min(repeats - 1, 3) * 1.5
            shorter = self.count(name[:-1]) - repeats if len(name) > len(surname) + 1 else 0
            if shorter and (shorter := shorter - self._siblings(start, name)) > 0:
                cost += 5.0 * min(shorter, 3)
            elif len(name) == 3 and repeats > self.count(self.text[start : start + 4]) > 0 and len(surname) == 1:
                cost -= _WHOLE
            joint = self.text[start + len(name) - 1 : start + len(name) + 1]
            common = self.words.frequency.get(joint, 0)
            if (
                joint[-1:] not in ("和", "与")
                and not saying
                and common > (50 if self.words.kind(joint) == "v" else 500)
            ):
                cost += 3.0  # the name would split a common word, as in 吴婷正|在
            ends.append((cost, start + len(name)))
        return self._wordwise(run, prices), ends

    def _siblings(self, start: int, name: str) -> int:
        """Return the number of other names near `start` that differ only in the last character: 马占山、被告马占海."""
        near = self.text[max(0, start - _NEAR) : start + _NEAR]
        ends = [part[:1] for part in near.split(name[:-1])[1:]]
        return sum(end not in NEVER and self._given.get(end, UNSEEN)[1] < UNSEEN[1] for end in ends if end != name[-1])

    def outweighs(self, word: int, start: int, *, prior: float = STRONG) -> bool:
        """Return whether a name at `start` costs less than the words that begin before it, at `word`.

        Example: 派出所|长江大桥 does not contain 所长 with the name 江大桥, but 派出所长|江涛|说 contains a name.
        """
        run = _HAN.match(self.text, word, min(len(self.text), word + _AHEAD))
        if not run:
            return True
        words, skipped = self._prices(run[0])[0], start - word
        end = self.at(start, prior=prior, titled=True)
        if end == start or end - word > len(run[0]):
            return False
        name = self.text[start:end]
        surname = name[:2] if name[:2] in self.surnames and len(name) > 2 else name[:1]
        return prior + self._own(name, surname) + self._prices(run[0])[end - word] + skipped * _TITLE_TAIL < words

    def masked_end(self, end: int) -> int:
        """Return the end of a masked name (王某) that ends at `end`, including a given character after the mask (王某明).

        A character that is missing from the dictionary also belongs to the name (王某𠮷): it cannot start a word.
        """
        char = self.text[end : end + 1]
        if not is_han(char):
            return end
        return end + 1 if char not in self.words.frequency or self._inner_mask(end, char) else end

    def _inner_mask(self, end: int, char: str) -> bool:
        """Return whether the mask before `end` is in the middle of a name: 王某明曾因…, 杨某斌和梁某华."""
        if self.text[end - 2 : end] == "某某" or char in NEVER or self._given.get(char, UNSEEN)[1] > _INNER_MASK:
            return False
        times = self.count(self.text[end - 2 : end + 1])
        always = times > 1 and times == self.count(self.text[end - 2 : end])
        return always or _LISTED.match(self.text, end + 1) is not None

    def _wordwise(self, run: str, prices: list[float]) -> float:
        """Return the cost of segmenting `run` into words; a surname as the first word costs extra (刘|唯一)."""
        if self.words.kind(run[0]) not in _SURNAME_KINDS:
            return prices[0]
        longer = [
            self.words.cost(run[:size]) + prices[size]
            for size in range(2, min(len(run), 5) + 1)
            if run[:size] in self.words.frequency
        ]
        return min([self.words.cost(run[0]) + _ALONE + prices[1], *longer])

    def _around_part(self, start: int, limit: int) -> int:
        """Return the end of a name of four characters at `start`, two of which are a known part (昂旺|文扎), else `start`.

        The name must not be followed by a Han character, and the other two characters must not be a common word.
        """
        run = self.text[start : start + 4]
        if start + 4 > limit or not _HAN.fullmatch(run) or _HAN.match(self.text, start + 4):
            return start
        other = run[2:] if run[:2] in self.parts else run[:2] if run[2:] in self.parts else ""
        return start + 4 if other and self.words.frequency.get(other, 0) < _PAIR else start

    def _of_parts(self, start: int, limit: int, *, titled: bool = False) -> int:
        """Return the end of a name of known parts (次仁旺堆) or, if longer, of transcription characters; else `start`.

        A single short part must be followed by punctuation or by a character such as 说 or 在. After a title, a name
        of four characters that consists of one known and one other part is accepted too.
        """
        place, count = start, 0
        while count < 3:
            for length in (4, 3, 2):
                if place + length <= limit and self.text[place : place + length] in self.parts:
                    place, count = place + length, count + 1
                    break
            else:
                break
        if (foreign := self._foreign(start, limit, titled=titled)) > place:
            return foreign
        if titled and count < 2 and (whole := self._around_part(start, limit)) > place:
            return whole
        if (
            count == 1
            and place - start < 3
            and not han.match(r"[^\p{Han}]|[说带和与在从告介表回坦老大阿]|$", self.text[place : place + 1])
        ):
            return start
        return place

    def _foreign(self, start: int, limit: int, *, titled: bool = False) -> int:
        """Return the end of four to six transcription characters (阿拉达日图), or `start`.

        Fewer could be a Han name.
        """
        place = start
        sounds = _ANY_SOUND if titled else _SOUNDS
        while place < min(limit, start + 6) and self.text[place] in sounds:
            place += 1
        return place if place - start >= 4 else start

    def _dotted(self, start: int, limit: int) -> int:
        """Return the end of a name with middle dots, or `start`.

        The last part ends after a known part or transcription characters, else where the cheapest segmentation ends it.
        """
        dotted = _DOTTED.match(self.text, start, limit)
        if not dotted:
            return start
        joint = _JOINT.search(dotted[0])
        if joint and (shorter := _DOTTED.match(self.text, start, start + joint.start("joint"))):
            dotted = shorter  # a conjunction joins two names: 叶尔肯·巴合提|和加尔恒·努尔兰
        first = dotted[0][: dotted[0].index("·")]
        if len(first) >= _PHRASE_PART and sum(char not in FOREIGN | _DOTTED_SOUNDS for char in first) > 1:
            return start
        last = dotted.start() + dotted[0].rfind("·") + 1
        if (known := self._of_parts(last, limit)) > last:
            return known
        if FOREIGN.issuperset(first) or _DOTTED_SOUNDS.issuperset(first):
            end = last
            while end < min(dotted.end(), last + _LONGEST_PART) and self.text[end] in _PART:
                end += 1
            if end - last >= 3 or (end - last == 2 and not is_han(self.text[end : end + 1])):
                return end  # the words after the name begin here: 丹尼尔·雷德克里夫|发长文
        run = self.text[last : min(last + 12, dotted.end())]
        costs = []
        prices = self._prices(run)
        for length in range(1, min(len(run), 7) + 1):
            own = sum(min(self._given.get(char, UNSEEN)) for char in run[:length])
            costs.append((own + prices[length] - 3.0 * (self.count(run[:length]) - 1), last + length))
        return min(costs)[1] if costs else dotted.end()

    def ending(self, end: int, *, prior: float = WEAK, floor: int = 0) -> int:
        """Return the start of the name that ends at `end`, or `end` if there is no name."""
        best = (float("inf"), end)
        for length in (4, 3, 2):
            start = end - length
            if start < floor or (start > 0 and self.at(start, prior=prior, limit=end) != end):
                continue
            name = self.text[start:end]
            surname = name[:2] if name[:2] in self.surnames and length > 2 else name[:1]
            if surname in self.surnames and length > len(surname):
                cost = self._own(name, surname) - 2.0 * min(self.count(name), 3)
                best = min(best, (cost / length, start))
        return best[1]

    def spotted(self, taken: Set[int]) -> list[tuple[int, int]]:
        """Return the spans of names without a title: three characters that cost less than words, or a name with dots.

        Example: 欧金富 in 寨老欧金富先松了口. Three characters that include an offset of `taken` are skipped.
        """
        starts = [match.start() for match in self._shape.finditer(self.text)]
        free = islice((start for start in starts if taken.isdisjoint(range(start, start + 3))), MAX_WEIGHED)
        gains = {start: self._gain(start) for start in free if not self._worded(start)}
        found = [
            (start, start + 3)
            for start, gain in gains.items()
            if gain >= SPOTTED and not any(gains.get(start + shift, gain) > gain for shift in (-2, -1, 1, 2))
        ]
        return found + [(start, end) for start, end in self._dots()]

    def _dots(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of names with a middle dot whose first part is a transcription, as in 羊倌吐尔逊·尼亚孜."""
        for dot in re.finditer("·", self.text):
            start = dot.start()
            while start > 0 and dot.start() - start < 7 and self.text[start - 1] in _DOTTED_SOUNDS:
                start -= 1
            end = self._dotted(start, len(self.text)) if dot.start() - start >= 2 else start
            if end > dot.end():
                yield start, end

    def _money(self, start: int) -> bool:
        """Return whether 钱 at `start` means money and is not a surname, as in 一千元|钱|塞进."""
        return start > 0 and self.text[start] == "钱" and self.text[start - 1] in _MONEY

    def _worded(self, start: int) -> bool:
        """Return whether the three characters at `start` are a word or overlap a common word or a transcription."""
        s, frequency = self.text, self.words.frequency
        if self._money(start) or frequency.get(s[start : start + 3], 0) > _FAMOUS or s[start : start + 2] in self.parts:
            return True
        if _SOUNDS.issuperset(s[max(0, start - 1) : start + 3]):
            return True  # inside a longer name, such as 阿|依努尔
        if s[start + 1 : start + 3] in self.parts:
            return True  # another name, without a surname, starts inside these characters, as in 德|古海来
        pairs = (s[max(0, start - 1) : start + 1], s[start : start + 2], s[start + 2 : start + 4])
        if any(frequency.get(pair, 0) > _PAIR for pair in pairs):
            return True
        given = s[start + 1 : start + 3]
        return frequency.get(given, 0) > _PAIR and self.words.kind(given) not in _NAMES

    def _gain(self, start: int) -> float:
        """Return the advantage in cost of a name at `start` over the cheapest words, with a bonus for repetitions."""
        name = self.text[start : start + 3]
        own = self._own(name, name[0]) - 1.5 * min(self.count(name) - 1, 3)
        # a lower gain if the first two characters also occur alone: 姚明|拉住
        own += 3.0 * min(self.count(name[:2]) - self.count(name), 3)
        if sum(map(self.words.cost, name)) - own < SPOTTED:
            # this difference is an upper bound of the advantage, because the cheapest words cost at most as much as the
            # three single characters
            return 0.0
        floor = max(0, start - _BEHIND)
        run = self.text[floor : start + _AHEAD]
        prices = self._prices(run)
        ahead = self._prices(run[: start - floor])[0] if start > floor else 0.0
        return prices[0] - (ahead + own + prices[start - floor + 3])

    def foreign(self, token: str) -> bool:
        """Return whether a token has at least four characters, all used for transcription: 麦合木提江.

        From five characters on, one other is allowed: 巴依斯古楞.
        """
        return len(token) >= 4 and sum(char not in _ANY_SOUND for char in token) <= (len(token) > 4)

    def two(self, token: str) -> tuple[str, str] | None:
        """Return the two names that are joined in a token (孙睿石宣青), the pair with the lowest cost, or None."""
        pairs = [(token[:size], token[size:]) for size in (2, 3) if 2 <= len(token) - size <= 3]
        pairs = [pair for pair in pairs if all(self.plausible(name) and name[0] in self.surnames for name in pair)]
        costs = {pair: sum(self._own(name, name[0]) for name in pair) for pair in pairs}
        return min(costs, key=lambda pair: costs[pair], default=None)

    def plausible(self, token: str) -> bool:
        """Return whether a token between spaces may be a name.

        Names of famous people in the dictionary are names too.
        """
        return plausible_name(token, self._lexicon, common=self._is_word)

    def _is_word(self, token: str) -> bool:
        """Return whether a token is a common word and not a name in the dictionary."""
        return self.words.frequency.get(token, 0) > _FAMOUS and self.words.kind(token) not in _NAMES
