"""Two prepared texts -> how much of one is in the other, and which figures and names were exchanged between them.

Likeness cannot tell a repost from the same template about another station (measured: character 4-gram likeness 0.74
for a repost, 0.72 for the template). What tells them apart is what stands in the same place of the same sentence: a
copy leaves figures and names out or keeps them, another story exchanges them for others. A figure or name counts as
exchanged only when neither text has the other's anywhere, so that a moved or cut sentence is never taken for one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingest.dictionary import common_words, no_names
from ingest.same.prepare import RUN, Prepared

#: a sentence longer than this is aligned by its beginning only: alignment is quadratic (docs/FAULTS.md T5)
LONGEST = 240
#: sentences of a text that are aligned at most, and of those how many that differ
MOST = 400
DIFFERING = 100
#: share of a sentence's 3-grams that another must have to be the same sentence told again (0.3 to 0.5: no change)
ALIKE = 0.35

_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:万亿|[万亿千百])?|[〇零一二三四五六七八九十百千万两]{2,}(?![年月日]代)")
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳鲍史唐费"
    "廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵汪祁毛狄米贝明臧计成戴宋庞熊纪舒屈项祝董梁杜阮"
    "蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房解应宗丁宣邓单杭洪包诸左石崔吉龚程裴陆荣翁"
    "荀惠曲封储靳段富焦巴牧车侯全班仰仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎溥印白怀蒲邰赖卓蔺屠蒙池乔阴能苍双闻翟谭劳冉"
    "桑桂牛寿通边燕尚农温别庄晏柴瞿阎充慕连茹习艾容向古易戈廖终居衡步都耿满匡国文寇广关师巩聂晁勾敖融冷辛阚简饶曾关岳涂"
)
#: a name behind a role (所长, 代办员, 民警, 村民, 老师: they end so), or before a word of speaking
_PERSON = re.compile(
    rf"(?<=[员长警官师生民者叫])([{_SURNAMES}][\u4e00-\u9fff]{{1,2}})|([{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=说|介绍|告诉|回忆|坦言)"
)
_PLACE = re.compile(
    r"([\u4e00-\u9fff]{2})(?:边境|边防|水上|森林|车站|铁路|公安|人民|消防|中心)?(派出所|公安分局|公安局|分局|社区|街道|小区|司法所|法庭|救援站|供电所|卫生院|医院|小学|中学|学校|公司|法院"
    r"|大队|中队|支队|[村镇乡])"
)
#: a pronoun, a function word or a common one where a name would stand
_NO_PLACE = re.compile(
    r".*[式该本我这那各全某每个的在到和与了是到从把被为向由对省市县区局]|.*(?:公安|行政|人民|全国|全市|全省|全县|全区|当地|辖区|附近|基层"
    r"|农村|城区|乡镇|优秀|模范|一级|二级|部分|边境|边防|水上|森林|车站|枫桥式|社区|街道|民营|有限|中心|合作)"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two texts have in common, and what speaks against one story."""

    #: share of the first (second) text's characters that lie in runs the other has too, 0 to 1
    first_in_second: float
    second_in_first: float
    #: characters of the text with the smaller such count
    shared: int
    #: figures and names in aligned sentences that agree
    agreeing: int
    #: "35 ↔ 51": figures in aligned sentences that were exchanged, then places, then people, each once
    figures: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    #: the first text's station is nowhere in the second and the other way round
    station: str = ""

    @property
    def containment(self) -> float:
        """Share of the text that lies more in the other."""
        return max(self.first_in_second, self.second_in_first)


def grams(text: str, size: int = RUN) -> set[str]:
    """Every run of `size` characters."""
    return {text[i : i + size] for i in range(len(text) - size + 1)}


def covered(text: str, known: frozenset[str]) -> int:
    """Characters of `text` that lie in a run which is in `known`."""
    count = reach = 0
    for i in range(len(text) - RUN + 1):
        if text[i : i + RUN] in known:
            count += i + RUN - max(i, reach)
            reach = i + RUN
    return count


def compare(first: Prepared, second: Prepared, least: float = 0.0) -> Comparison:
    """Compare two texts; figures and names are looked at only when the containment reaches `least`.

    Cost: linear in their lengths, but for the sentences that differ a little.
    """
    shared = (covered(first.body, second.runs), covered(second.body, first.runs))
    shares = (shared[0] / max(len(first.body), 1), shared[1] / max(len(second.body), 1))
    if max(shares) < least:
        return Comparison(*shares, min(shared), 0)
    pairs = _aligned(first.squashed[:MOST], second.squashed[:MOST])
    agreeing, figures = _figures(first, second, pairs)
    places = _exchanged(first, second, pairs, _places)
    people = _exchanged(first, second, pairs, _people)
    return Comparison(
        *shares, min(shared), agreeing, figures, places, people, _stations(first, second)
    )


def _figures(first: Prepared, second: Prepared, pairs: Iterable[tuple[str, str]]) -> tuple[int, tuple[str, ...]]:
    """How many figures agree, and the pairs of those that were exchanged."""
    known = (_measured(first.body), _measured(second.body))
    agreeing = 0
    exchanged: dict[str, None] = {}
    for a, b in pairs:
        agreeing += sum((Counter(_measured_list(a)) & Counter(_measured_list(b))).values())
        if a == b:
            continue
        for old, new in _replaced(a[:LONGEST], b[:LONGEST]):
            if old not in known[1] and new not in known[0] and value(old) != value(new):
                exchanged[f"{old} ↔ {new}"] = None
    return agreeing, tuple(exchanged)


def _measured_list(text: str) -> list[str]:
    """Figures with the character behind them: 35人 and 35辆 are two figures."""
    return [text[found.start() : found.end() + 1] for found in _FIGURE.finditer(text)]


def _measured(text: str) -> set[str]:
    return set(_measured_list(text))


def _replaced(a: str, b: str) -> list[tuple[str, str]]:
    """Figures of two sentences that stand in each other's place, with the character behind them."""
    left, right = _tokens(a), _tokens(b)
    pairs: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "replace":
            old = _measured_list("".join(left[i1 : i2 + 1]))
            new = _measured_list("".join(right[j1 : j2 + 1]))
            pairs += zip(old, new, strict=False)
    return pairs


def _tokens(sentence: str) -> list[str]:
    """Characters, a figure taken whole."""
    tokens: list[str] = []
    at = 0
    for found in _FIGURE.finditer(sentence):
        tokens += [*sentence[at : found.start()], found.group()]
        at = found.end()
    return [*tokens, *sentence[at:]]


_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def value(figure: str) -> float | str:
    """What a figure with the character behind it amounts to: 二十人 and 20人 are one. The text itself when unknown."""
    found = _FIGURE.match(figure)
    if not found:
        return figure
    number = found.group()
    if number[0].isdigit():
        plain = re.match(r"[\d.]+", number)
        amount = float(plain.group()) if plain else 0.0
        for unit in number[plain.end() if plain else 0 :]:
            amount *= _UNITS[unit]
        return amount
    if not any(char in _UNITS for char in number):
        return float("".join(str(_DIGITS[char]) for char in number))
    total = section = digit = 0.0
    for char in number:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif _UNITS[char] >= 10_000:
            total, section, digit = (total + section + digit) * _UNITS[char], 0.0, 0.0
        else:
            section, digit = section + (digit or 1.0) * _UNITS[char], 0.0
    return total + section + digit


def _places(sentence: str) -> set[str]:
    return {name + kind for name, kind in _PLACE.findall(sentence) if _is_name(name)}


def _is_name(word: str) -> bool:
    return word not in no_names() and not _NO_PLACE.fullmatch(word)


def _people(sentence: str) -> set[str]:
    names = (behind or before for behind, before in _PERSON.findall(sentence))
    return {name[:2] for name in names if name[:2] not in common_words()}


def _exchanged(
    first: Prepared, second: Prepared, pairs: Iterable[tuple[str, str]], names_in: Callable[[str], set[str]]
) -> tuple[str, ...]:
    """Names of aligned sentences that were exchanged: neither text has the other's anywhere."""
    differing = [(a, b) for a, b in pairs if a != b]
    if not differing:
        return ()
    known = [set().union(*map(names_in, text.squashed)) for text in (first, second)]
    exchanged: dict[str, None] = {}
    for a, b in differing:
        old, new = names_in(a), names_in(b)
        gone, come = sorted(old - known[1]), sorted(new - known[0])
        if gone and come and not old & new:
            exchanged[f"{gone[0]} ↔ {come[0]}"] = None
    return tuple(exchanged)


def _stations(first: Prepared, second: Prepared) -> str:
    """The station each text names most, and twice at least, when neither text has the other's."""
    ours, theirs = _station_names(first), _station_names(second)
    one, two = _main(ours), _main(theirs)
    return f"{one} ↔ {two}" if one and two and one not in theirs and two not in ours else ""


def _station_names(text: Prepared) -> Counter[str]:
    return Counter(
        name + kind
        for sentence in text.squashed
        for name, kind in _PLACE.findall(sentence)
        if kind == "派出所" and _is_name(name)
    )


def _main(names: Counter[str]) -> str:
    if not names:
        return ""
    name, count = min(names.items(), key=lambda item: (-item[1], item[0]))
    return name if count >= 2 else ""


def _aligned(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """For each sentence of the first text the one of the second that shares most with it, when that is enough.

    A sentence that the other text has unchanged is aligned with itself only, and taken from the others' choice.
    """
    left, right = set(first), set(second)
    pairs = [(sentence, sentence) for sentence in first if sentence in right]
    where: dict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(second):
        if sentence not in left:
            for gram in grams(sentence, 3):
                where[gram].append(number)
    for sentence in [sentence for sentence in first if sentence not in right][:DIFFERING]:
        votes: Counter[int] = Counter()
        own = grams(sentence, 3)
        for gram in own:
            votes.update(where.get(gram, ()))
        if votes:
            number, count = min(votes.items(), key=lambda item: (-item[1], item[0]))
            if count >= ALIKE * len(own):
                pairs.append((sentence, second[number]))
    return pairs
