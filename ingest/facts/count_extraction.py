"""The numbers of a text, each with the noun it counts: before the number (民警35人) or after it (35名民警).

The kinds area, population, division, premises, force and statistic share one list of counts, so that each number is
claimed by one kind only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from ingest.facts.document import Doc
from ingest.zh import han
from ingest.zh.numbers import Quantity
from ingest.zh.segment import listed

#: words between a noun and its number: 民警才20多个, 流动人口就超过3万, 民警、辅警共23人 (source of a regular expression)
GLUE = (
    r"(?:人数|数量|总数|总量|规模|队伍)?(?:[ ]|加起来|加在一起|加一起|合起来|满打满算|拢共|统共|共计|共有|总共|总计|合计|一共|共|各有|各|分别有|分别为|分别|达到了?|达|已有|已达|已|现有|就有|也有|有|为|是|才|却|也|只有|仅有|仅|只|不过|就|剩下|"
    r"超过|多达|近|约|增至|增加到|猛增到|激增到|将近|大约|不足|不到|上|在|升至|保持在|稳定在|到位|配齐|目前|如今|现在|便|更是|还|光|单|:)*"
)
#: punctuation that limits the words before a number (_STOP_BACK); punctuation and numerals that limit the words after
#: the unit (_STOP_AHEAD)
_STOP_BACK = re.compile(r"[,;。:!?()\n“”《》\[\]【】]|——|……")
_STOP_AHEAD = re.compile(r"[,;。:!?、()\n《》\[\]【】|]|——|……|[零一二两三四五六七八九十百千万\d]")
#: words for a body other than the station (a city, a county, another authority); its figures are not the station's
OTHER_SCOPE = han.regex(
    r"全(?:市|县|区|省|国|州|旗|局|分局|疆)(?!人民|域)|我[市县区省国州](?!派出所)|(?:该|本)[市县省]|全市公安|(?:公安局|分局|县局|市局|支队|公安机关)(?:共|现|辖|下辖|有|拥有)|县域|市域|[\p{Han}]{2,3}(?:[市县旗]|(?<![辖社片地矿林库校小园景山新老城郊牧湖业])区)(?:总|常住|户籍)?(?:人口|面积)|水库|世界|各派出所|"
    r"占[\p{Han}]{0,6}总"
)
#: verbs before a number that counts the objects of an action instead of the contents of the precinct
ACTIVITY = han.regex(
    r"出动|出警|组织|抽调|安排|派出(?!所)|派驻|选派|增派|增配|增加|新增|投入|轮岗|带领|带着|走访|发放|检查|排查|整治|下沉|帮扶|帮助|救助|解救|转移|疏散|惠及|抓获|"
    r"服务过|办理|接待|调解|化解|培训|宣传|联系|慰问|招募|发动|动员|吸纳|发展了|指导|督促|清查|巡查|约谈|推送|张贴|采集|登记了|收到|收集|破获|查处|劝阻|挽回|返还|"
    r"配备了?(?=[\p{Han}]{0,4}(?:对讲|装备|钢叉|盾牌))|牺牲|受伤|选出|评选|表彰|召集|邀请|陪同|来自|涉及资金|参加|参与|列席|吸引(?!着|[^,。]{0,14}(?:入驻|落户))|分成|编成(?!是)|收治|送教|为$|向$|给$|对$"
)


@dataclass(slots=True)
class Count:
    """One number with the text around it and its relation to the numbers of its sentence."""

    index: int
    quantity: Quantity
    #: text between the last punctuation mark or number and this number, at most 40 characters, and the offset of that
    #: text; for the later value of a change, the words before the earlier value; for a number after 分别, its noun
    before: str
    before_start: int
    #: text between the unit and the next punctuation mark or number, at most 24 characters, and its offset
    after: str
    after_start: int
    clause: tuple[int, int]
    sentence: tuple[int, int]
    #: whether this number is an earlier value that the next number replaces (9名 in 由9名增加到61名)
    superseded: bool = False
    #: the verb between the earlier value and this one (增加, 缩短); "" without an earlier value
    change_word: str = ""
    #: the earlier value of a change; None if this number is not the later value of one
    old_value: float | None = None
    #: cached result of `clause_lead`
    lead_cache: str | None = None
    #: cached result of `noun_after`
    noun_cache: str | None = None
    #: cached result of `station_numbers.of_other_body`
    other_body: bool | None = None
    #: whether 分别 (respectively), 各有 or 各为 assigns several numbers, this one included, to several nouns
    distributed: bool = False


#: words before the earlier value (由…9名) and before the later value (…增加到61名) of a change
_FROM = re.compile(r"(?:由|从)[^,。;]{0,14}$")
_TO = re.compile(
    r"(?P<word>下降|减少|降低|缩短|压降|压缩|锐减|骤降|骤减|跃升|攀升|缩|压|上升|增长|增加|提升|提高|扩大|扩充|扩编|充实|发展|壮大|扩|降|增|升|减|变)(?:到了?|至|为|成了?)(?:了)?(?:[^,。;\d]{0,6}|[^,。;\d]{0,2}\d{4}年的?)$"
)
#: several nouns and a word that assigns one number to each: 民警、辅警各有42名和51名; 常住、流动人口分别为3万人和1万人
_DISTRIBUTED = han.regex(
    r"(?P<nouns>[\p{Han}()]{2,10}(?:[、和与及][\p{Han}()]{2,10})+?)(?:人数|数量|面积)?(?:分别|各有|各为)(?:有|为|是|达到?|只有|约|近)*$"
)


def extract_counts(doc: Doc) -> list[Count]:
    """Return the counts of all quantities of `doc`, in order."""
    found = []
    last_end = 0
    for index, quantity in enumerate(doc.quantities):
        sentence = doc.sentence(quantity.number_start)
        floor = max(last_end, sentence[0], quantity.start - 40)
        before_start = floor
        for stop in _STOP_BACK.finditer(doc.s, floor, quantity.start):
            # 社区:7个: the words before the colon are the noun
            if stop[0] != ":" or stop.end() != quantity.start:
                before_start = stop.end()
        stop_ahead = _STOP_AHEAD.search(doc.s, quantity.end, min(len(doc.s), quantity.end + 24))
        after_end = stop_ahead.start() if stop_ahead else min(len(doc.s), quantity.end + 24)
        found.append(
            Count(
                index,
                quantity,
                doc.s[before_start : quantity.start],
                before_start,
                doc.s[quantity.end : after_end],
                quantity.end,
                doc.clause(quantity.number_start),
                sentence,
            )
        )
        last_end = quantity.end
    _link_changes(doc, found)
    _distribute(doc, found)
    return found


def _link_changes(doc: Doc, found: list[Count]) -> None:
    """Join the two values of a change (由9名增加到61名): the later value takes the noun of the earlier one."""
    for earlier, later in pairwise(found):
        between = doc.s[earlier.quantity.end : later.quantity.start]
        to = _TO.search(between)
        words = clause_lead(doc, earlier)
        start = _FROM.search(words)
        if to and start and len(between) <= 24 and "。" not in between:
            earlier.superseded, later.change_word, later.old_value = True, to["word"], earlier.quantity.value
            later.before = words[: start.start()]
            later.before_start = earlier.quantity.start - len(words)


def _distribute(doc: Doc, found: list[Count]) -> None:
    """Assign listed nouns to the numbers after 分别, 各有 or 各为, in order, if there is one number for each noun."""
    for index, first in enumerate(found):
        shared = _DISTRIBUTED.search(first.before)
        if not shared:
            continue
        nouns = re.split("[、和与及]", shared["nouns"])
        group = [first]
        for count in found[index + 1 : index + len(nouns)]:
            if not re.fullmatch(r"[、和与及,]", doc.s[group[-1].quantity.end : count.quantity.start]):
                break
            group.append(count)
        if len(group) != len(nouns):
            continue
        tail = re.search(r"(?:人口|案件|警情|民警)$", nouns[-1])
        for noun, count in zip(nouns, group, strict=True):
            count.before = noun if tail is None or noun.endswith(tail[0]) else noun + tail[0]
            count.before_start = first.before_start + shared.start()
            count.distributed = True


#: maximum length of the noun after a unit, characters; not measured
_NOUN = 14


def noun_after(doc: Doc, count: Count) -> str:
    """Return the noun directly after the unit, at most _NOUN characters, or "".

    The noun ends before a verb, a particle or the like, a punctuation mark or a numeral.
    """
    if count.noun_cache is not None:
        return count.noun_cache
    end = count.quantity.end
    stop = _STOP_AHEAD.search(doc.s, end, min(len(doc.s), end + _NOUN))
    run = doc.s[end : stop.start() if stop else min(len(doc.s), end + _NOUN)]
    kept = ""
    cut = doc.words.segment(run)
    for index, word in enumerate(cut):
        kind = doc.words.kind(word)
        verb = kind[0] == "v" and kind != "vn" and not _compound(cut, index)
        if verb and not kept and index + 1 < len(cut) and word in _STATES:
            verb = False
        if (kind[0] in "pcurd" and word != "与") or verb:
            break
        if not (han.is_han(word[0]) or word[0].isalpha()):
            break
        kept += word
    count.noun_cache = kept
    return kept


#: verbs that describe people when they precede a noun: 退休民警, 留守老人
_STATES = frozenset(
    listed(
        "退休 留守 独居 失独 困难 走失 落水 残疾 在校 外来 务工 复员 退役 受骗 受灾 被困 失联 涉案 涉毒 吸毒 参赌 违法"
    )
)


def _compound(cut: list[str], index: int) -> bool:
    """Return whether the verb at `index` and the next word form a compound: 巡逻|车."""
    return index + 1 < len(cut) and cut[index + 1] in _HEADS


#: words that form a compound with a verb before them: 车 in 巡逻|车 (`_compound`)
_HEADS = frozenset(
    listed(
        "车 队 员 站 室 点 器 机 者 率 案 卡 册 船 艇 岗 群 会 组 队员 队伍 人员 案件 线索 信息 设备 工具 力量 终端 系统 窗口 座席 席位 座位 坐席 单 书 证 物资 资金 平台"
    )
)


@dataclass(frozen=True, slots=True)
class Noun:
    """The noun that a number counts, with one span for noun and number together."""

    words: str
    start: int
    end: int
    #: whether the number precedes the noun
    after: bool
    #: whether the number applies to each listed noun (各12名)
    each: bool = False


#: the start of another number directly after a noun
_NUMBERED = re.compile(r"[有共约近]?[\d一二两三四五六七八九十百]")
#: number of characters before a number in which its nouns are searched. They include words such as 共 and 有 between
#: nouns and number; the longest list in the labelled texts has 21
_LISTED = 28


class Nouns:
    """Recogniser of the nouns of one kind beside a number, alone or in a list (民警、辅警).

    `words` and `modifiers` are patterns that may name word lists: `{:force.nouns}`.
    """

    def __init__(self, words: str, modifiers: str = "") -> None:
        noun = f"(?:{modifiers})*(?:{words})"
        nouns = f"{noun}(?:(?:[、和及与等]|以及)(?:各类|各种)?{noun})*"
        self._after = f"(?:[ ]|左右|以上|的)?({nouns})"
        self._before = f"({nouns})({GLUE})$"

    def at(self, doc: Doc, count: Count) -> Noun | None:
        """Return the noun that `count` counts, or None if no noun of this kind is beside it."""
        after = (
            None
            if count.distributed or count.change_word
            else doc.vocabulary.regex(self._after).match(
                doc.s, count.after_start, min(len(doc.s), count.after_start + 40)
            )
        )
        cut = max(0, len(count.before) - _LISTED)
        before = doc.vocabulary.regex(self._before).search(count.before, cut)
        if after and before and _opens(doc, count, before.start(1)) and _NUMBERED.match(doc.s, after.end(1)):
            # 民警四十二名辅警六十五名: the second noun belongs to the second number
            after = None
        if after and after.end(1) > after.start(1):
            return Noun(after[1], count.quantity.start, after.end(1), True)
        if before and (count.change_word or count.distributed):
            return Noun(before[1], count.before_start, count.quantity.end, False)
        if before:
            start = count.before_start + before.start(1)
            return Noun(before[1], start, count.quantity.end, False, "各" in before[2])
        return None


def _opens(doc: Doc, count: Count, place: int) -> bool:
    """Return whether the noun at `place` in `count.before` follows a punctuation mark directly or opens the text."""
    return place == 0 and (count.before_start == 0 or bool(_STOP_BACK.match(doc.s, count.before_start - 1)))


def lead(doc: Doc, count: Count, reach: int = 30) -> str:
    """Return the last `reach` characters before the number, within its sentence."""
    return doc.s[max(count.sentence[0], count.quantity.start - reach) : count.quantity.start]


def sentence_of(doc: Doc, count: Count) -> str:
    """Return the sentence that contains the number."""
    return doc.s[count.sentence[0] : count.sentence[1]]


#: maximum number of preceding parts (ending in a semicolon) that are searched; the labelled texts have at most 7
#: in one sentence
MAX_PARTS = 12


def passage(doc: Doc, place: int) -> str:
    """Return the sentence at offset `place` with the preceding parts that end in a semicolon, at most MAX_PARTS."""
    start, end = doc.sentence(place)
    for _ in range(MAX_PARTS):
        if start == 0 or doc.s[start - 1] != ";":
            break
        start = doc.sentence(start - 1)[0]
    return doc.s[start:end]


def clause_lead(doc: Doc, count: Count) -> str:
    """Return the words between the number and the last punctuation mark (not 、) before it, at most 40 characters."""
    if count.lead_cache is None:
        start = max(count.sentence[0], count.quantity.start - 40)
        for stop in _STOP_BACK.finditer(doc.s, start, count.quantity.start):
            start = stop.end()
        count.lead_cache = doc.s[start : count.quantity.start]
    return count.lead_cache
