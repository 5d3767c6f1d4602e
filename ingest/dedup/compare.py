"""Two prepared texts -> how much of one is in the other, and which figures and names were exchanged between them.

Likeness cannot tell a repost from the same template about another station (measured: character 4-gram likeness 0.74
for a repost, 0.72 for the template). What tells them apart is what stands in the same place of the same sentence: a
copy leaves figures and names out or keeps them, another story exchanges them for others. A figure or name counts as
exchanged only when neither text has the other's anywhere, so that a moved or cut sentence is never taken for one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingest.dedup.normalize import RUN, Prepared
from ingest.zh.dictionary import common_words, no_names

#: a sentence longer than this is aligned by its beginning only: alignment is quadratic (docs/FAULTS.md T5)
LONGEST = 240
#: sentences of a text that are aligned at most, and of those how many that differ
MOST = 400
DIFFERING = 100
#: compared characters before a contained text that may be another story, and no editor's note; not measured
OTHER_STORY = 150
#: share of what two stretches repeat (pairs of characters that are no word) that they have in common, below which
#: they are two stories, when no name is in both: 75 % of pairs of stories, 5 % of two parts of one (150 splits of 50)
STRANGERS = 0.2
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
    r".*[式该本我这那各全某每个的在到和与了是到从把被为向由对让给占驻找请省局]|[全我各本该某一两外城镇辖地都省跨新老主片校园郊山牧林库社小县市][市县区]|.*(?:公安|行政|人民|全国|全市|全省|全县|全区|当地|辖区|附近|基层"
    r"|农村|城区|乡镇|优秀|模范|一级|二级|部分|边境|边防|水上|森林|车站|枫桥式|社区|街道|民营|有限|中心|合作)"
)
#: a place's own name may begin within a word when it ends so: 人民路, 解放桥; a station's unless it ends so: 民警占派出所
_PLACE_ENDS = frozenset(
    "路街道巷里弄桥门口山河江湖湾港村镇乡庄屯堡店集寨岭坪塘沟坝铺沱垭峪峡峰滩洲岛城关场园庙塔崖梁泉井林"
)
_NO_STATION_ENDS = frozenset("进着去来回帮靠守建爱问求催化者里")
#: what may be a name that the patterns above do not know: two to six characters, none that only binds words
_UNKNOWN = re.compile(r"(?:(?![的了在是和与把被也都就还不没有我你他她它这那其某])[\u4e00-\u9fff]){2,6}")

#: two sentences cut into characters and whole figures, and what is not equal of them (difflib's opcodes)
Edit = tuple[list[str], list[str], list[tuple[str, int, int, int, int]]]


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
    #: names among them, and others, that were exchanged beyond doubt
    renamed: tuple[str, ...] = ()
    #: the first text's station is nowhere in the second and the other way round
    station: str = ""
    #: why the shorter text, contained in the longer, stands there behind another story
    behind: str = ""

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
    edits = _edits(pairs)
    agreeing = sum(sum((Counter(_measured_list(a)) & Counter(_measured_list(b))).values()) for a, b in pairs)
    places = _exchanged(first, second, pairs, _places)
    people = _exchanged(first, second, pairs, _people)
    return Comparison(
        *shares,
        min(shared),
        agreeing,
        _figures(first, second, edits),
        places,
        people,
        renamed=_renamed(first, second, edits, [*places, *people]),
        station=_stations(first, second),
        behind=_behind(first, second) if shares[0] > shares[1] else _behind(second, first),
    )


def _figures(first: Prepared, second: Prepared, edits: Iterable[Edit]) -> tuple[str, ...]:
    """Pairs of figures that were exchanged."""
    known = (_measured(first.body), _measured(second.body))
    exchanged: dict[str, None] = {}
    for left, right, changes in edits:
        for tag, i1, i2, j1, j2 in changes:
            replaced = (left[i1 : i2 + 1], right[j1 : j2 + 1]) if tag == "replace" else ((), ())
            for old, new in zip(*(_measured_list("".join(part)) for part in replaced), strict=False):
                if old not in known[1] and new not in known[0] and value(old) != value(new):
                    exchanged[f"{old} ↔ {new}"] = None
    return tuple(exchanged)


def _renamed(first: Prepared, second: Prepared, edits: Iterable[Edit], exchanged: Sequence[str]) -> tuple[str, ...]:
    """Names exchanged beyond doubt: what stands in their place is another name and nothing else was changed there.

    Either words of no dictionary that stand for each other twice or more (大陈屿 here is 红石崖 there: a name is known by
    that without a role or a kind of place beside it), or once those of an exchanged place or person. A single character
    that differs (a typing error), another word for the same and a name made unknown (李某) are no renaming.
    """
    found = []
    for (old, new), count in Counter(swap for edit in edits for swap in _swapped(edit)).items():
        if not (_UNKNOWN.fullmatch(old) and _UNKNOWN.fullmatch(new)) or old in second.body or new in first.body:
            continue
        unknown = old not in common_words() and new not in common_words()
        stations = old + "派出所" in first.body and new + "派出所" in second.body
        stations = stations and not (_NO_PLACE.fullmatch(old) or _NO_PLACE.fullmatch(new))
        if (count >= 2 and (unknown or stations)) or any(_are_of(old, new, names) for names in exchanged):
            found.append(f"{old} ↔ {new}" + "派出所" * stations)
    return tuple(found)


def _are_of(old: str, new: str, names: str) -> bool:
    """Whether an exchange is that of a place (阳光社区 ↔ 锦绣社区) or of a person (郑克 ↔ 许云), and whole."""
    one, _, other = names.partition(" ↔ ")
    if len(one) == len(other) == 2:
        return len(old) <= 3 >= len(new) and old.startswith(one) and new.startswith(other)
    return one.startswith(old) and other.startswith(new) and one[len(old) :] == other[len(new) :]


def _swapped(edit: Edit) -> Iterable[tuple[str, str]]:
    """What stands in each other's place; two changes with one character between them are one, for 石门坎 and 红石崖
    share a character by chance."""
    left, right, changes = edit
    i1 = j1 = i2 = j2 = -9
    for _, *here in [*changes, ("", 10**6, 0, 0, 0)]:
        if here[0] - i2 > 1:
            yield "".join(left[max(i1, 0) : max(i2, 0)]), "".join(right[max(j1, 0) : max(j2, 0)])
            i1, j1 = here[0], here[2]
        i2, j2 = here[1], here[3]


def _measured_list(text: str) -> list[str]:
    """Figures with the character behind them: 35人 and 35辆 are two figures."""
    return [text[found.start() : found.end() + 1] for found in _FIGURE.finditer(text)]


def _measured(text: str) -> set[str]:
    return set(_measured_list(text))


def _edits(pairs: Iterable[tuple[str, str]]) -> list[Edit]:
    """How aligned sentences that differ were changed, figures taken whole."""
    edits: list[Edit] = []
    for a, b in pairs:
        if a != b:
            left, right = _tokens(a[:LONGEST]), _tokens(b[:LONGEST])
            codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
            edits.append((left, right, [code for code in codes if code[0] != "equal"]))
    return edits


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


def _places(sentence: str) -> list[str]:
    """Places and units by name, as often as they come; a sentence with its punctuation, which ends a name."""
    return [found[1] + found[2] for found in _PLACE.finditer(sentence) if _is_name(found)]


def _is_name(found: re.Match[str]) -> bool:
    """Whether the two characters before a kind of place name it: 社区民[警占]派出所 and 山里[农]村 do not."""
    name, kind = found[1], found[2]
    if (name in no_names() and name[-1] not in "路里桥东南西北") or _NO_PLACE.fullmatch(name):  # 两路, 城北 are
        return False
    if len(kind) == 1 and name[-1] + kind in common_words():
        return False
    if found.string[max(found.start() - 1, 0) : found.start()] + name[0] not in common_words():
        return True
    return name[-1] not in _NO_STATION_ENDS if kind == "派出所" else name[-1] in _PLACE_ENDS


def _people(sentence: str) -> list[str]:
    names = (behind or before for behind, before in _PERSON.findall(sentence))
    return [name[:2] for name in names if name[:2] not in common_words()]


def _exchanged(
    first: Prepared, second: Prepared, pairs: Iterable[tuple[str, str]], names_in: Callable[[str], list[str]]
) -> tuple[str, ...]:
    """Names of aligned sentences that were exchanged: neither text has the other's anywhere."""
    differing = [(a, b) for a, b in pairs if a != b]
    if not differing:
        return ()
    written = [dict(zip(text.squashed, text.sentences, strict=True)) for text in (first, second)]
    known = [set().union(*map(names_in, text.sentences)) for text in (first, second)]
    exchanged: dict[str, None] = {}
    for a, b in differing:
        gone = sorted(set(names_in(written[0][a])) - known[1])
        come = sorted(set(names_in(written[1][b])) - known[0])
        if gone and come:
            exchanged[f"{gone[0]} ↔ {come[0]}"] = None
    return tuple(exchanged)


def _stations(first: Prepared, second: Prepared) -> str:
    """The station each text names most, and twice at least, when neither text has the other's."""
    ours, theirs = _station_names(first), _station_names(second)
    one, two = _main(ours), _main(theirs)
    return f"{one} ↔ {two}" if one and two and one not in theirs and two not in ours else ""


def _behind(part: Prepared, page: Prepared) -> str:
    """Why `part`, which the page contains, is the second story of a page with two, "" when nothing says so.

    The first story of such a page is told by it, with another behind; were the second told by it too, they were one.
    """
    told = [covered(one, part.runs) * 2 >= len(one) for one in page.squashed]
    start = next((n for n, (one, own) in enumerate(zip(page.squashed, told, strict=True)) if own and len(one) > RUN), 0)
    size = sum(map(len, page.squashed[:start]))
    if size < OTHER_STORY:
        return ""
    if len(part.title) >= RUN and part.title in page.squashed[: start + 1]:
        return "its title stands inside the other text"
    before = Prepared("", page.sentences[:start], page.squashed[:start])
    return _stations(before, part) or (_strangers(before, part) if size * 3 > len(page.body) else "")


def _strangers(before: Prepared, part: Prepared) -> str:
    """Whether two stretches of one page have nobody, no place and hardly a word of their own in common."""
    names = [{name for one in text.sentences for name in [*_people(one), *_places(one)]} for text in (before, part)]
    if not all(names) or names[0] & names[1]:
        return ""
    pairs = [Counter(pair for one in text.squashed for pair in grams(one, 2)) for text in (before, part)]
    own = [{pair for pair, n in found.items() if n > 1 and pair not in common_words()} for found in pairs]
    shared = len(own[0] & pairs[1].keys() | own[1] & pairs[0].keys())
    return "nobody and no place in common" if shared < STRANGERS * sum(map(len, own)) else ""


def _station_names(text: Prepared) -> Counter[str]:
    names = (name for sentence in text.sentences for name in _places(sentence))
    return Counter(name for name in names if name.endswith("派出所"))


def _main(names: Counter[str]) -> str:
    if not names:
        return ""
    name, count = min(names.items(), key=lambda item: (-item[1], item[0]))
    return name if count >= 2 else ""


def _aligned(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """For each sentence of the first text the one of the second that shares most with it, when that is enough, or that
    stands alone between the same neighbours.

    A sentence that the other text has unchanged is aligned with itself only, and taken from the others' choice.
    """
    left, right = set(first), set(second)
    pairs = [(sentence, sentence) for sentence in first if sentence in right]
    pairs += _told_again([one for one in first if one not in right], [one for one in second if one not in left])
    return pairs + _between(first, second, dict(pairs))


def _told_again(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """Sentences that share enough of their 3-grams, DIFFERING at most."""
    where: dict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(second):
        for gram in grams(sentence, 3):
            where[gram].append(number)
    pairs = []
    for sentence in first[:DIFFERING]:
        votes: Counter[int] = Counter()
        own = grams(sentence, 3)
        for gram in own:
            votes.update(where.get(gram, ()))
        if votes:
            number, count = min(votes.items(), key=lambda item: (-item[1], item[0]))
            if count >= ALIKE * len(own):
                pairs.append((sentence, second[number]))
    return pairs


def _between(first: Sequence[str], second: Sequence[str], known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Single sentences of both texts with aligned neighbours, not aligned themselves: the one of a template that has
    most of its own (民警叫郑克勤,今年41岁,从警18年) shares too little with its counterpart."""
    where = {sentence: number for number, sentence in enumerate(second)}
    taken = set(known.values())
    pairs = []
    for before, sentence, after in zip(first, first[1:], first[2:], strict=False):
        at = where.get(known.get(before, ""), -2) + 1
        free = sentence not in known and 0 < at < len(second) - 1 and second[at] not in taken
        if free and known.get(after) == second[at + 1]:
            pairs.append((sentence, second[at]))
    return pairs
