"""Pairwise comparison: containment of two prepared texts, and the figures and names exchanged between them.

Similarity cannot separate a repost from the same template about another station (measured: character 4-gram
similarity 0.74 for a repost, 0.72 for the template). Aligned sentences can: a copy keeps or omits figures and names,
another story replaces them. A figure or name counts as exchanged only when neither text contains the other's anywhere,
so that a moved or cut sentence is never counted.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingest.dedup.normalize import RUN, Prepared
from ingest.zh.dictionary import common_words, no_names

#: only this many characters of a sentence are aligned, because alignment is quadratic (docs/FAULTS.md T5)
MAX_SENTENCE = 240
#: most sentences of a text that are aligned, and most differing sentences among them
MAX_SENTENCES = 400
MAX_DIFFERING = 100
#: least number of compared characters before a contained text to test for a second story; fewer may be an editor's
#: note. Not measured
MIN_STORY_BEFORE = 150
#: two parts of a page without a common name are two stories when they share less than this of their repeated pairs of
#: characters that are not words: true of 75 % of pairs of stories and of 5 % of two parts of one (150 splits of 50)
RELATED_SHARE = 0.2
#: least share of a sentence's 3-grams in the sentence aligned with it (0.3 to 0.5: no change)
SENTENCE_SIMILARITY = 0.35

_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:万亿|[万亿千百])?|[〇零一二三四五六七八九十百千万两]{2,}(?![年月日]代)")
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳鲍史唐费"
    "廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵汪祁毛狄米贝明臧计成戴宋庞熊纪舒屈项祝董梁杜阮"
    "蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房解应宗丁宣邓单杭洪包诸左石崔吉龚程裴陆荣翁"
    "荀惠曲封储靳段富焦巴牧车侯全班仰仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎溥印白怀蒲邰赖卓蔺屠蒙池乔阴能苍双闻翟谭劳冉"
    "桑桂牛寿通边燕尚农温别庄晏柴瞿阎充慕连茹习艾容向古易戈廖终居衡步都耿满匡国文寇广关师巩聂晁勾敖融冷辛阚简饶曾关岳涂"
)
#: a name after a role (所长, 代办员, 民警, 村民, 老师 end in these characters) or before a verb of speaking
_PERSON = re.compile(
    rf"(?<=[员长警官师生民者叫])([{_SURNAMES}][\u4e00-\u9fff]{{1,2}})|([{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=说|介绍|告诉|回忆|坦言)"
)
_PLACE = re.compile(
    r"([\u4e00-\u9fff]{2})(?:边境|边防|水上|森林|车站|铁路|公安|人民|消防|中心)?(派出所|公安分局|公安局|分局|社区|街道|小区|司法所|法庭|救援站|供电所|卫生院|医院|小学|中学|学校|公司|法院"
    r"|大队|中队|支队|[村镇乡])"
)
#: pronouns, function words and common words in the position of a name
_NOT_PLACE = re.compile(
    r".*[式该本我这那各全某每个的在到和与了是到从把被为向由对让给占驻找请省局]|[全我各本该某一两外城镇辖地都省跨新老主片校园郊山牧林库社小县市][市县区]|.*(?:公安|行政|人民|全国|全市|全省|全县|全区|当地|辖区|附近|基层"
    r"|农村|城区|乡镇|优秀|模范|一级|二级|部分|边境|边防|水上|森林|车站|枫桥式|社区|街道|民营|有限|中心|合作)"
)
#: endings with which the name of a place may start inside a word: 人民路, 解放桥. A station's name may, unless it has one
#: of the second set of endings: 民警占派出所
_PLACE_ENDS = frozenset(
    "路街道巷里弄桥门口山河江湖湾港村镇乡庄屯堡店集寨岭坪塘沟坝铺沱垭峪峡峰滩洲岛城关场园庙塔崖梁泉井林"
)
_NOT_STATION_ENDS = frozenset("进着去来回帮靠守建爱问求催化者里")
#: a possible name outside the patterns above: two to six characters without function words
_POSSIBLE_NAME = re.compile(r"(?:(?![的了在是和与把被也都就还不没有我你他她它这那其某])[\u4e00-\u9fff]){2,6}")

#: tokens (characters and whole figures) of two sentences, and the difflib opcodes that are not "equal"
Edit = tuple[list[str], list[str], list[tuple[str, int, int, int, int]]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two texts have in common, and the evidence that they are two stories."""

    #: share of the first (second) text's characters in runs that the other also has, 0 to 1
    first_in_second: float
    second_in_first: float
    #: the smaller of the two character counts
    shared: int
    #: number of equal figures in aligned sentences
    agreeing: int
    #: figures, places and people exchanged in aligned sentences, each once: "35 ↔ 51"
    figures: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    #: names that were certainly exchanged; may repeat entries of the above
    renamed: tuple[str, ...] = ()
    #: the main stations when neither text contains the other's: "A派出所 ↔ B派出所"
    station: str = ""
    #: the reason why the contained text is the second story of a page with two
    second_story: str = ""

    @property
    def containment(self) -> float:
        """The larger of the two shares."""
        return max(self.first_in_second, self.second_in_first)


def grams(text: str, size: int = RUN) -> set[str]:
    """Return all distinct runs of `size` characters."""
    return {text[i : i + size] for i in range(len(text) - size + 1)}


def covered(text: str, known: frozenset[str]) -> int:
    """Count the characters of `text` that lie in a run contained in `known`."""
    count = reach = 0
    for i in range(len(text) - RUN + 1):
        if text[i : i + RUN] in known:
            count += i + RUN - max(i, reach)
            reach = i + RUN
    return count


def compare(first: Prepared, second: Prepared, least: float = 0.0) -> Comparison:
    """Compare two texts. Figures and names are compared only when the containment reaches `least`.

    The cost is linear in the lengths of the texts, except for sentences that differ slightly.
    """
    shared = (covered(first.body, second.runs), covered(second.body, first.runs))
    shares = (shared[0] / max(len(first.body), 1), shared[1] / max(len(second.body), 1))
    if max(shares) < least:
        return Comparison(*shares, min(shared), 0)
    pairs = _aligned(first.squashed[:MAX_SENTENCES], second.squashed[:MAX_SENTENCES])
    edits = _edits(pairs)
    agreeing = sum(sum((Counter(_figure_list(a)) & Counter(_figure_list(b))).values()) for a, b in pairs)
    places = _exchanged_names(first, second, pairs, _places)
    people = _exchanged_names(first, second, pairs, _people)
    return Comparison(
        *shares,
        min(shared),
        agreeing,
        _figures(first, second, edits),
        places,
        people,
        renamed=_renamed(first, second, edits, [*places, *people]),
        station=_stations(first, second),
        second_story=_second_story(first, second) if shares[0] > shares[1] else _second_story(second, first),
    )


def _figures(first: Prepared, second: Prepared, edits: Iterable[Edit]) -> tuple[str, ...]:
    """Return the pairs of exchanged figures."""
    known = (_figure_set(first.body), _figure_set(second.body))
    exchanged: dict[str, None] = {}
    for left, right, changes in edits:
        for tag, i1, i2, j1, j2 in changes:
            replaced = (left[i1 : i2 + 1], right[j1 : j2 + 1]) if tag == "replace" else ((), ())
            for old, new in zip(*(_figure_list("".join(part)) for part in replaced), strict=False):
                if old not in known[1] and new not in known[0] and value(old) != value(new):
                    exchanged[f"{old} ↔ {new}"] = None
    return tuple(exchanged)


def _renamed(first: Prepared, second: Prepared, edits: Iterable[Edit], exchanged: Sequence[str]) -> tuple[str, ...]:
    """Return names that were certainly exchanged: another name replaces them and nothing else changed there.

    Either words outside the dictionary that replace each other twice or more (大陈屿 becomes 红石崖, which needs no role
    or kind of place beside it), or, once, the name of an exchanged place or person. A single different character (a
    typing error), a synonym and an anonymised name (李某) are not renamings.
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
        stations = stations and not (_NOT_PLACE.fullmatch(old) or _NOT_PLACE.fullmatch(new))
        if (count >= 2 and (unknown or stations)) or any(_are_of(old, new, names) for names in exchanged):
            found.append(f"{old} ↔ {new}" + "派出所" * stations)
    return tuple(found)


def _are_of(old: str, new: str, names: str) -> bool:
    """Return True when an exchange is exactly that of a place (阳光社区 ↔ 锦绣社区) or of a person (郑克 ↔ 许云)."""
    left, _, right = names.partition(" ↔ ")
    if len(left) == len(right) == 2:
        return len(old) <= 3 >= len(new) and old.startswith(left) and new.startswith(right)
    return left.startswith(old) and right.startswith(new) and left[len(old) :] == right[len(new) :]


def _swapped(edit: Edit) -> Iterable[tuple[str, str]]:
    """Yield the pairs of stretches that replace each other.

    Two changes with one character between them count as one, because names share characters by chance (石门坎, 红石崖).
    """
    left, right, changes = edit
    i1 = j1 = i2 = j2 = -9
    for _, *here in [*changes, ("", 10**6, 0, 0, 0)]:
        if here[0] - i2 > 1:
            yield "".join(left[max(i1, 0) : max(i2, 0)]), "".join(right[max(j1, 0) : max(j2, 0)])
            i1, j1 = here[0], here[2]
        i2, j2 = here[1], here[3]


def _figure_list(text: str) -> list[str]:
    """Return the figures with the character after them: 35人 and 35辆 are two figures."""
    return [text[found.start() : found.end() + 1] for found in _FIGURE.finditer(text)]


def _figure_set(text: str) -> set[str]:
    return set(_figure_list(text))


def _edits(pairs: Iterable[tuple[str, str]]) -> list[Edit]:
    """Return the edits between aligned sentences that differ. A figure is one token."""
    edits: list[Edit] = []
    for a, b in pairs:
        if a != b:
            left, right = _tokens(a[:MAX_SENTENCE]), _tokens(b[:MAX_SENTENCE])
            codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
            edits.append((left, right, [code for code in codes if code[0] != "equal"]))
    return edits


def _tokens(sentence: str) -> list[str]:
    """Split a sentence into characters and whole figures."""
    tokens: list[str] = []
    at = 0
    for found in _FIGURE.finditer(sentence):
        tokens += [*sentence[at : found.start()], found.group()]
        at = found.end()
    return [*tokens, *sentence[at:]]


_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def value(figure: str) -> float | str:
    """Return the value of a figure with the character after it: 二十人 and 20人 are equal. The text itself when it has none."""
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


def _places(sentence: str) -> list[str]:
    """Return the named places and units of a sentence, with repetitions. The sentence needs its punctuation, which ends a
    name."""
    return [found[1] + found[2] for found in _PLACE.finditer(sentence) if _names_place(found)]


def _names_place(found: re.Match[str]) -> bool:
    """Return True when the two characters before a kind of place are its name. 社区民[警占]派出所 and 山里[农]村 are not."""
    name, kind = found[1], found[2]
    if (name in no_names() and name[-1] not in "路里桥东南西北") or _NOT_PLACE.fullmatch(name):  # 两路, 城北 are
        return False
    if len(kind) == 1 and name[-1] + kind in common_words():
        return False
    if found.string[max(found.start() - 1, 0) : found.start()] + name[0] not in common_words():
        return True
    return name[-1] not in _NOT_STATION_ENDS if kind == "派出所" else name[-1] in _PLACE_ENDS


def _people(sentence: str) -> list[str]:
    names = (behind or before for behind, before in _PERSON.findall(sentence))
    return [name[:2] for name in names if name[:2] not in common_words()]


def _exchanged_names(
    first: Prepared, second: Prepared, pairs: Iterable[tuple[str, str]], names_in: Callable[[str], list[str]]
) -> tuple[str, ...]:
    """Return the names exchanged in aligned sentences: neither text contains the other's anywhere."""
    differing = [(a, b) for a, b in pairs if a != b]
    if not differing:
        return ()
    sentence_of = [dict(zip(text.squashed, text.sentences, strict=True)) for text in (first, second)]
    known = [set().union(*map(names_in, text.sentences)) for text in (first, second)]
    exchanged: dict[str, None] = {}
    for a, b in differing:
        gone = sorted(set(names_in(sentence_of[0][a])) - known[1])
        come = sorted(set(names_in(sentence_of[1][b])) - known[0])
        if gone and come:
            exchanged[f"{gone[0]} ↔ {come[0]}"] = None
    return tuple(exchanged)


def _stations(first: Prepared, second: Prepared) -> str:
    """Return the main stations (named most, at least twice) when neither text contains the other's, else ""."""
    ours, theirs = _station_names(first), _station_names(second)
    left, right = _main_name(ours), _main_name(theirs)
    return f"{left} ↔ {right}" if left and right and left not in theirs and right not in ours else ""


def _second_story(part: Prepared, page: Prepared) -> str:
    """Return the reason why `part` is the second story of a page with two, "" when there is none.

    Such a page joins its first story only. If it also joined the second, the two would become one story.
    """
    contained = [covered(sentence, part.runs) * 2 >= len(sentence) for sentence in page.squashed]
    pairs = enumerate(zip(page.squashed, contained, strict=True))
    start = next((n for n, (sentence, own) in pairs if own and len(sentence) > RUN), 0)
    size = sum(map(len, page.squashed[:start]))
    if size < MIN_STORY_BEFORE:
        return ""
    if len(part.title) >= RUN and part.title in page.squashed[: start + 1]:
        return "its title stands inside the other text"
    before = Prepared("", page.sentences[:start], page.squashed[:start])
    return _stations(before, part) or (_unrelated(before, part) if size * 3 > len(page.body) else "")


def _unrelated(before: Prepared, part: Prepared) -> str:
    """Return a reason when two parts of a page share no person, no place and hardly any word of their own, else ""."""
    names = [
        {name for sentence in text.sentences for name in [*_people(sentence), *_places(sentence)]}
        for text in (before, part)
    ]
    if not all(names) or names[0] & names[1]:
        return ""
    pairs = [Counter(pair for sentence in text.squashed for pair in grams(sentence, 2)) for text in (before, part)]
    own = [{pair for pair, n in found.items() if n > 1 and pair not in common_words()} for found in pairs]
    shared = len(own[0] & pairs[1].keys() | own[1] & pairs[0].keys())
    return "nobody and no place in common" if shared < RELATED_SHARE * sum(map(len, own)) else ""


def _station_names(text: Prepared) -> Counter[str]:
    names = (name for sentence in text.sentences for name in _places(sentence))
    return Counter(name for name in names if name.endswith("派出所"))


def _main_name(names: Counter[str]) -> str:
    """Return the most frequent name, "" when none occurs twice."""
    if not names:
        return ""
    name, count = min(names.items(), key=lambda item: (-item[1], item[0]))
    return name if count >= 2 else ""


def _aligned(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """Align the sentences of two texts.

    A sentence is aligned with its equal. Sentences without an equal are aligned with the most similar one, or with the
    one between the same neighbours.
    """
    left, right = set(first), set(second)
    pairs = [(sentence, sentence) for sentence in first if sentence in right]
    pairs += _similar_sentences([own for own in first if own not in right], [own for own in second if own not in left])
    return pairs + _between(first, second, dict(pairs))


def _similar_sentences(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """Align sentences that share enough of their 3-grams, at most MAX_DIFFERING."""
    where: dict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(second):
        for gram in grams(sentence, 3):
            where[gram].append(number)
    pairs = []
    for sentence in first[:MAX_DIFFERING]:
        votes: Counter[int] = Counter()
        own = grams(sentence, 3)
        for gram in own:
            votes.update(where.get(gram, ()))
        if votes:
            number, count = min(votes.items(), key=lambda item: (-item[1], item[0]))
            if count >= SENTENCE_SIMILARITY * len(own):
                pairs.append((sentence, second[number]))
    return pairs


def _between(first: Sequence[str], second: Sequence[str], known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Align single unaligned sentences between aligned neighbours.

    The most individual sentence of a template (民警叫郑克勤,今年41岁,从警18年) shares too little with its counterpart to
    be aligned by similarity.
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
