"""Facts of kind force: the staff of the station (officers, auxiliaries, patrols) by category, totals and parts."""

from __future__ import annotations

import re

from ingest.facts import scope
from ingest.facts.counts import ACTIVITY, Count, Noun, Nouns, clause_lead, lead, passage, sentence_of
from ingest.facts.doc import Doc
from ingest.zh import han
from store.records import Fact

VERSION = "force.stated@3"

_NOUNS = Nouns(
    r"民警辅警|协辅警|民辅警|民警|辅警|警辅人员|辅助警力|警务辅助人员|警辅|巡防队员|巡防员|巡逻队员|专职巡防队|社区巡防队|巡防队|协管员|协警员?|协勤|文职人员|文职|文员|警力|警务人员|联防队员|联防员|女警|警察|干警|警员|特勤队员|特勤|巡特警|"
    r"专职网格员|护[\p{Han}]队?员|保安员|流管员|人员|工作人员|消防员|治安员|户籍员|内勤|公益律师|驻所律师|战士|官兵|警官|雇员|警务助理|保安(?![队室公服人亭])",
    "在编|在册|在职|正式|在岗|现有|公安|专职|专业|社区|刑侦|治安|户籍|人口|流动人口|党员|年轻|青年|男|女子|女|驻村|一线|边境|工作|全体|合同制|社会|专门|解放军",
)
#: units that count people
_UNITS = ("人", "名", "位", "个", "")
#: words before the number that mean the station has this staff
_HAVE = re.compile(
    r"有|共|配|编|仅|只|全所|所里|拥|警力|派出所|该所|这个所|我所|才|不过|全体|包括|分为|其中|力量|由|组建|设|凭|靠"
)
#: words for people on a task or a shift
_DEPLOYED = re.compile(
    ACTIVITY.pattern
    + r"|由[^,。]{0,20}$(?=.*组成)|每(?:班|天|晚|个|名|位|组|社区|村|队)|夜班|值班|轮|成了|带|其余|平均|新来|增援|组成|参战|先后|立即|当晚|迅速|连夜|驻村|驻企|包[村片]|同时|至少|只排|"
    r"有[一二两三四五六]名$|在原来|护送|陪|安保|执勤|巡逻|上岗"
)
#: before the noun: people who were sent out (出动警力19人)
_SENT = re.compile("(?:出动|投入|调集|抽调|增派|组织|调动)了?$")
#: 所长和他的38个同事——19名民警、20名辅警: words that announce a list of the staff
_STAFF_LIST = re.compile("(?:同事|人马|家当|家底|人手)(?:——|[,:])$")
#: a noun that means the staff without further words
_PLAIN = re.compile("^(?:民警|辅警|警力)$")
#: 8名民警里,5名是苗族; 14名辅警全是本地人: words after the noun that describe the whole group
_PARTS = re.compile("里|中,|当中|全是|全都是|都是|均为|平均年龄")


def force_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind force. Figures of the past have a `period` (成立时)."""
    facts: list[Fact] = []
    previous_end, previous_accepted = -100, False
    for count in counts:
        quantity = count.quantity
        if (
            count.index in doc.claims
            or count.superseded
            or quantity.unit not in _UNITS
            or quantity.value is None
            or (quantity.han and quantity.value < 2)
        ):
            continue
        noun = _NOUNS.at(doc, count) or _everyone(doc, count)
        if noun is None:
            continue
        gap = doc.s[previous_end : noun.start] if previous_end > 0 else "。"
        listed = (count.distributed and previous_end > noun.start) or (len(gap) <= 14 and _joins(gap))
        accepted = previous_accepted if listed else _of_station(doc, count, noun)
        previous_end, previous_accepted = max(noun.end, quantity.end), accepted
        if not accepted:
            continue
        doc.claims[count.index] = "force"
        for category in _categories(noun):
            fields = {
                "station": scope.other_station(doc, count),
                "category": category,
                "value": quantity.value,
                "approx": quantity.approx,
            }
            if period := scope.past_words(doc, count) or scope.opening_year(doc, count):
                fields["period"] = period
            facts.append(doc.fact("force", noun.start, noun.end, VERSION, fields))
    return facts


def _everyone(doc: Doc, count: Count) -> Noun | None:
    """Return the noun of a number that counts the whole staff (所里一共19个人, 只有12个人的派出所), or None."""
    quantity, s = count.quantity, doc.s
    end = quantity.end + (1 if quantity.unit == "个" and s.startswith("人", quantity.end) else 0)
    if end == quantity.end and quantity.unit != "人":
        return None
    lead = clause_lead(doc, count)
    if re.search(r"(?:全所|所里)(?:一共|总共|共|就|只|才)?有?$", lead) or (
        s.startswith("的派出所", end) and re.search("(?:只|仅)有?$", lead)
    ):
        return Noun("警力", quantity.start, end, True)
    return None


def _joins(between: str) -> bool:
    """Return whether the words between two numbers make them parts of one list."""
    return bool(
        han.fullmatch(
            r"[,、和及与(:;有]{0,3}(?:其中|另有|还有|以及|及|和|有|配有|配备|外加|加上|另配)?[,]?(?:[\p{Han}]{2,5}的)?(?:[\p{Han}]{0,4}\([\p{Han}]{1,4}\)[\p{Han}]{0,4})?",
            between,
        )
    )


def _categories(noun: Noun) -> tuple[str, ...]:
    """Return the categories of a noun; several when the number holds for each of them (民警、辅警各12名)."""
    words = re.sub(r"^(?:在编|在册|在职|正式|在岗|现有|公安|全体|年轻|专业社区|专职社区|专职|专业)+", "", noun.words)
    if noun.each:
        return tuple(part for part in re.split("[、和及与]|以及", words) if part)
    return (words,)


def _of_station(doc: Doc, count: Count, noun: Noun) -> bool:
    """Return whether the number counts the staff of the station."""
    words = count.before if count.change_word or count.distributed else clause_lead(doc, count)
    sentence = sentence_of(doc, count)
    if noun.words in ("人员", "工作人员", "内勤", "女警", "警察", "保安员") and not (
        re.search("全所|派出所|警力", words) or (noun.words == "警察" and "派出所" in sentence and "辅警" in sentence)
    ):
        return False
    if scope.of_other_body(doc, count):
        return False
    tail = doc.s[noun.end : min(noun.end + 30, count.sentence[1])]
    if not noun.after and _SENT.search(doc.s, max(count.sentence[0], noun.start - 8), noun.start):
        return False  # 出动警力19人
    if re.search(r"由$", words) and re.search("组成", tail):
        return False
    if re.match(
        r"(?:编成|轮岗|轮流|组成|走访|下沉|成了|牵着|赶|赶到|出警|前往|立即|驻守在|入驻|参加|参与|负伤|获|荣立|被评)",
        tail,
    ):
        return False
    own = bool(
        han.search(
            r"全所|所里|(?:派出所|该所|我所|这个所)[\p{Han}]{0,8}$|警力|在编|在册|现有|共有|拥有|仅有|只有",
            words + noun.words,
        )
    ) or bool(_HAVE.search(words[-10:]))
    if _DEPLOYED.search(words) and not re.search("全所|在编|现有|共有|警力|组建[^,。]{0,6}$|成立时", words):
        return False
    if (
        own
        or scope.in_table(doc, count)
        or scope.past_words(doc, count)
        or (count.change_word and _PLAIN.match(noun.words))
    ):
        return True
    if _PARTS.match(tail) and noun.start == count.clause[0]:
        return True
    if _STAFF_LIST.search(lead(doc, count, 16)):
        return True
    if not noun.after and all(who in passage(doc, count.quantity.start) for who in ("民警", "辅警")):
        return True  # 民警13个,辅警17个: for people who act the number comes first (13名民警)
    if scope.PRECINCT.search(scope.previous_sentence(doc, count)) and "民警" in sentence and "辅警" in sentence:
        return True
    return scope.mentions_station(doc, lead(doc, count, 40)) or (
        scope.PRECINCT.search(sentence) is not None
        and len(noun.words) > 0
        and not _DEPLOYED.search(lead(doc, count, 30))
    )
