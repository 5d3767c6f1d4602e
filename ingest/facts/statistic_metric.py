"""The metric of a statistic (what is counted): quoted name, noun after the unit, or words before the number."""

from __future__ import annotations

import re

from ingest.facts.count_extraction import Count, clause_lead, noun_after
from ingest.facts.document import Doc
from ingest.zh import han
from ingest.zh.segment import listed

#: words between a noun and its number, which are not part of the metric
_LINKS = re.compile(r"(?:共|累计|先后|已经?|达到?|有|为|近|约|超过|只|仅|分别|合计|一共|总|了|过|才|就|便|还)+$")
#: first words of the text before a number; they are not part of the metric
_STARTS = han.regex(
    r"^(?:(?:是|有|为|了|的|来(?![自源])|共|和|及|与|又|也|还|就|再|而|并|且|则|均|都|曾|他们?|她们?|我们?|它的|大家|其中|一共|先后|累计|派出所(?=[\p{Han}]{2})|该所|全所|所里|民警(?=[走化调办处抓破查巡出接救帮送劝追])|到今天|到目前|至今|目前|如今|现在|迄今|截至目前|辖区内?的?)|(?:从|在)?[\p{Han}]{0,8}中(?=[选挑抽推]))+"
)
#: adverbs at the end of a noun, which are cut off: 电动车|免费 in 2.6万辆电动车免费装上芯片
_ENDS = han.regex("(?:免费|全部|全程|同时|联系|集中|统一|每天|轮流|对口|专司|专职|均|都)+[\\p{Han}]?$")
#: nouns of one character that may be the metric: 13个村, 4匹马
_ONE = frozenset("村镇乡寨屯组班队校厂店站矿桥井车船岛库房马牛羊猪狗枪刀树灯门")
#: units of people and events; a verb after them is a predicate (5人获救). After other units a verb is a modifier
#: (9个|驻村警务室)
_PLAIN_UNITS = frozenset(listed("人 名 位 户 次 起 件 人次 户次 条 辆 艘 元 万元"))
#: owners of a number, directly before it; they are not the metric: 派出所9个驻村警务室
_OWNERS = re.compile("(?:派出所|分局|公安局|支队|大队|该所|全所|所里|辖区|全镇|全乡|街道|社区|村里|镇里|县里|中)$")
#: an attribute with 的 before a noun: 不亮的 in 1480盏不亮的旧路灯
_DESCRIBED = han.regex("[\\p{Han}“”A-Za-z]{1,12}?的(?=[\\p{Han}]{2})")
#: characters that show that words before 的 are a predicate, not an attribute
_PREDICATE = re.compile("[是为了过着]")
#: maximum distance between the unit and the end of the noun, characters; not measured
_REACH = 24
#: a period between a noun and its number, which does not separate the two: 噪音投诉一年不到70起
_SPAN = re.compile(
    "(?:平均)?(?:[一半两三四五六七八九十每]|\\d+)(?:年|个?月|周|天|日|晚)(?:里|来|间|下来)?(?:却|就|才|也)?$"
)
#: a clause that ends in 的 and states the metric of the next clause: 被罚扫街的,只有十九人次
_NAMED_BEFORE = han.regex("([\\p{Han}“”]{3,16}的),$")


def metric_of(doc: Doc, count: Count) -> tuple[str, int, int]:
    """Return (metric, quote start, quote end); the metric is "" if the text does not state it.

    A name in quotation marks beside the number comes first, then the noun after the unit, then the words before the
    number. With a unit that ends in 起, 件, 条 or 次, the words before the number take precedence over the noun if they
    have at least four characters and do not end in 的 or 在.
    """
    s, quantity = doc.s, count.quantity
    quoted = doc.in_quotes(quantity.end + 1)
    if quoted and quoted[0] == quantity.end + 1 and quoted[1] - quoted[0] <= 14:
        return s[slice(*quoted)], quantity.start, quoted[1] + 1
    if (
        s[quantity.start - 1 : quantity.start] == "”"
        and (quoted := doc.in_quotes(quantity.start - 2))
        and quoted[1] - quoted[0] <= 14
    ):
        return s[slice(*quoted)], quoted[0] - 1, quantity.end
    head = own_lead(doc, count)
    words = _LINKS.sub("", head)
    after, end = _thing(doc, count, words)
    worked = quantity.unit.endswith(("起", "件", "条", "次")) and len(words) >= 4 and not words.endswith(("的", "在"))
    if after and not worked:
        return after, quantity.start, end
    return _words_before(doc, count, head, words)


def _words_before(doc: Doc, count: Count, head: str, words: str) -> tuple[str, int, int]:
    """Return the result of `metric_of` from the words before the number, or from the clause before them.

    `head`: the words before the number; `words`: the same without linking words at their end. With 平方米, a noun that
    follows the unit and 的 takes precedence: 300平方米的大厅.
    """
    s, quantity = doc.s, count.quantity
    own = _STARTS.sub("", head)
    start = quantity.start - len(own)
    if quantity.unit == "平方米" and (
        room := han.match("的[\\p{Han}]{2,6}?(?=[,。;、]|$)", s[quantity.end : quantity.end + 8])
    ):
        return room[0][1:], quantity.start, quantity.end + room.end()
    words = _STARTS.sub("", words)
    if only_when(own):
        return _clause_before(doc, start), start, quantity.end
    if words and own:
        return words.strip("“”"), start, quantity.end
    if _LINKS.sub("", head) == "" and (
        named := _NAMED_BEFORE.search(
            s, max(count.sentence[0], quantity.start - len(head) - 18), quantity.start - len(head)
        )
    ):
        return named[1].strip("“”").removesuffix("的"), named.start(), quantity.end
    if re.match("共|一共|总共", head):
        return head.strip("“”"), quantity.start - len(head), quantity.end
    return "", start, quantity.end


#: words before a number that state only a time: 2021年四十起
_WHEN = re.compile(
    r"到?(?:\d{4}年|[今去前]年|第[一二三四五]年|上半年|下半年|全年|年均|[年月]?[初中底]|(?:前)?\d{1,2}个?月份?|第?[一二三四]季度)+(?:仅|只有?|还有)?"
)


def only_when(words: str) -> bool:
    """Return whether the words before a number state only a time."""
    return bool(words) and _WHEN.fullmatch(words) is not None


def _clause_before(doc: Doc, start: int) -> str:
    """Return the clause before `start` as the metric if it is short (镇上的盗窃案子,|2021年四十起), else ""."""
    if doc.s[start - 1 : start] not in (",", ":"):
        return ""
    clause = doc.s[slice(*doc.clause(start - 1))].strip(",: ")
    return clause if han.fullmatch("[\\p{Han}“”]{3,16}", clause) else ""


def own_lead(doc: Doc, count: Count, reach: int = 14) -> str:
    """Return the words directly before the number, back to a punctuation mark or number, at most `reach` characters.

    If a period directly precedes the number (一年 in 噪音投诉一年不到70起), the words before the period are included.
    """
    words = clause_lead(doc, count)
    span = _SPAN.search(words) if not count.before else None
    if span and span.start() >= 2:
        return words[-reach:]
    words = words[-max(len(count.before), 0) :] if count.before else ""
    if (
        words[-1:] in ("成", "出", "到") and count.index and doc.quantities[count.index - 1].end == count.before_start
    ):  # 21个|村划成7个: the noun belongs to the first number
        earlier = words[:1] if words[:1] in _ONE else _first_nouns(doc, count.before_start, count.quantity.start)
        words = words.removeprefix(earlier) or words
    words = words[words.rfind("、") + 1 :] if "、" in words and "等" not in words[words.rfind("、") :] else words
    return words[-reach:] if len(words) > reach else words


def _thing(doc: Doc, count: Count, words: str) -> tuple[str, int]:
    """Return (noun or predicate after the unit, its end); ("", end of the unit) if neither is found."""
    s, end = doc.s, count.quantity.end
    # 4个人 has no noun after the unit: its metric is in the words before the number
    if count.quantity.unit == "个" and s.startswith("人", end):
        return "", end
    noun = noun_after(doc, count)
    noun = _trimmed(doc, noun, end)
    if len(noun) >= 2 or (noun in _ONE and not (len(words) >= 2 and doc.words.kind(words[-2:]).startswith("v"))):
        return noun, end + len(noun)
    if not _headless(doc, words):
        return "", end
    limit = min(doc.sentence(count.quantity.start)[1], end + _REACH)
    described = _DESCRIBED.match(s, end, limit) if count.quantity.unit not in ("人", "次", "起", "件") else None
    if described and not _PREDICATE.search(described[0]):
        named = _first_nouns(doc, described.end(), limit)
        return (named, described.end() + len(named)) if named else ("", end)
    if count.quantity.unit in _PLAIN_UNITS and count.quantity.unit not in ("名", "位"):
        return _outcome(doc, count)
    named = _first_nouns(doc, end, limit, verb=True)
    return named, end + len(named)


#: predicates of the people counted: 5人全部获救, 28人次在比武中获奖
_OUTCOME = han.regex(
    "(?:在[\\p{Han}、]{1,14}中|全部|全都|已?先后|均|都|已|被)*(获救|脱险|平安|受伤|获奖|立功|入选|就业|落网|到案|归案|自首|被捕|获刑|判刑|刑拘|行拘|拘留|死亡|遇难|戒毒|上岸)(?![\\p{Han}的]{2})"
)


def _outcome(doc: Doc, count: Count) -> tuple[str, int]:
    """Return (predicate of the people counted, its end); ("", end of the unit) without a predicate."""
    end = count.quantity.end
    match = (
        _OUTCOME.match(doc.s, end, end + _REACH) if count.quantity.unit in ("人", "名", "人次", "户", "个") else None
    )
    return (match[1], match.end()) if match else ("", end)


def _headless(doc: Doc, words: str) -> bool:
    """Return whether no noun for the things counted is directly before the number: 挑出|17名, 派出所|9个."""
    if not words or _OWNERS.search(words):
        return True
    last = doc.words.segment(words[-8:])[-1]
    return not doc.words.kind(last).startswith(("n", "l", "i", "j", "x"))


def _first_nouns(doc: Doc, start: int, limit: int, verb: bool = False) -> str:
    """Return the nouns at `start` with the adjectives before them; with `verb`, one verb may precede them.

    Return "" if the nouns have fewer than two characters.
    """
    kept, nouns = "", 0
    for word in doc.words.segment(re.split("[,。;:!?、()“”\n\\d]", doc.s[start:limit], maxsplit=1)[0]):
        kind = doc.words.kind(word)
        if kind[0] in "nsjl" or kind in ("vn", "an"):
            nouns += len(word)
        elif nouns or not (kind[0] in "abz" or (verb and len(kept) < 2 and kind[0] in "vfd")):
            break
        kept += word
    return _trimmed(doc, kept, start) if nouns >= 2 else ""


def _trimmed(doc: Doc, noun: str, start: int) -> str:
    """Return the noun without adverbs at its end, and without a verb before 了, 过 or 着 (旧路灯换|了)."""
    if len(noun) > 2 and doc.s[start + len(noun) : start + len(noun) + 1] in ("了", "过", "着"):
        noun = noun[:-1]
    return noun[: ends.start()] if (ends := _ENDS.search(noun)) else noun


#: words at the start and end of a metric that a table would omit: 收到|锦旗, 锦旗|已经增加到, 每年|游客
_TABLE_START = han.regex(
    r"^(?:(?:累计|先后|共)?(?:收到|收获|获赠|获得|拥有|现有|已有|配有|配备|共有|设有|仅有|只有|有)[了过]?(?=[\p{Han}“]{2})|其中(?=[\p{Han}]{2})|(?:景区|辖区)?(?:每年|每月|每天|今年|去年|前年)(?:以来|全年)?(?=[\p{Han}]{2})|共(?=[\p{Han}]{3})|[他她]们?(?=[\p{Han}]{2})|近年来?|多年来?|派出所(?=[\p{Han}]{2}))+"
)
_TABLE_END = re.compile(
    "(?:已经?|又|再|还|也|均|都|共)*(?:增加|增|上升|发展|壮大|达|减少|下降|降|累计|积累|超过|突破)(?:到了?|至|为)?了?$|(?:多年|一年|每年|平均|的占|占|的)$"
)


def table_noun(metric: str) -> str:
    """Return the metric without words that a table would omit, or the whole metric if fewer than two would remain."""
    short = _TABLE_END.sub("", _TABLE_START.sub("", metric))
    return short if len(short) >= 2 else metric
