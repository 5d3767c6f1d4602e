"""Facts of kind force: the number of staff of the station (officers, auxiliaries, patrols), in total or by category."""

from __future__ import annotations

import re

from ingest.facts import station_numbers
from ingest.facts.count_context import (
    AFTER_TAKEN,
    CLAUSE_START,
    FACT_SHEET,
    IN_LIST,
    NOUN_AFTER,
    OTHERS,
    CountContext,
    before_noun,
    follows,
    near,
    noun_words,
    passage_,
    previous,
    sentence,
)
from ingest.facts.count_extraction import ACTIVITY, Count, Noun, Nouns, clause_lead
from ingest.facts.document import Doc
from ingest.facts.rule_engine import RuleSet, When, Window, leave, take
from ingest.zh import han
from store.records import Fact

_NOUNS = Nouns(r"{:force.nouns}|护[\p{Han}]队?员|保安(?![队室公服人亭])", "{:force.modifiers}")
#: maximum number of officers, in Chinese numerals after 派出所的, that is rejected as a detail of the story
#: (派出所的三名民警); not measured
_FEW = 3
#: units that count people
_UNITS = ("人", "名", "位", "个", "")
#: words that show that a number is that of the staff of the station: anywhere in the words before the number or in its
#: noun (_STATED), or in the ten characters before the number (_HAVE)
_STATED = r"全所|所里|(?:派出所|该所|我所|这个所)[\p{Han}]{0,8}$|警力|在编|在册|现有|共有|拥有|仅有|只有"
_HAVE = "有|共|配|编|仅|只|全所|所里|拥|警力|派出所|该所|这个所|我所|才|不过|全体|包括|分为|其中|力量|由|组建|设|凭|靠"
#: words before a number of people who are on a task or a shift; such a number is not the staff of the station
_DEPLOYED = (
    ACTIVITY.pattern
    + r"|由[^,。]{0,20}$(?=.*组成)|每(?:班|天|晚|个|名|位|组|社区|村|队)|夜班|值班|轮|成了|带|其余|平均|新来|增援|组成|参战|先后|立即|当晚|迅速|连夜|驻村|驻企|包[村片]|同时|至少|只排|"
    r"有[一二两三四五六]名$|在原来|护送|陪|安保|执勤|巡逻|上岗"
)
#: words before the number that show that it is that of the staff of the station, even beside words of _DEPLOYED
_STAFF = r"全所|在编|现有|共有|警力|组建[^,。]{0,6}$|成立时"

#: words before the number; for the later value of a change, the words before the earlier value; for a number after 分别,
#: its noun
own: Window[CountContext] = Window(lambda c: c.count.before if c.count.change_word or c.count.distributed else c.before)
#: the last ten characters of `own`
own_end: Window[CountContext] = Window(
    lambda c: (c.count.before if c.count.change_word or c.count.distributed else c.before)[-10:]
)
#: the words of `own`, followed by the noun
stated: Window[CountContext] = Window(
    lambda c: (c.count.before if c.count.change_word or c.count.distributed else c.before) + c.noun.words
)
#: at most six characters before the number, not further back than the start of the noun
number_before: Window[CountContext] = Window(
    lambda c: c.doc.s[max(c.noun.start, c.quantity.start - 6) : c.quantity.start]
)
#: verbs of guarding the precinct, after the number of the staff (source of a regular expression)
_WATCHED = r"(?:守着|守护着?|管着|看着|护着|服务着|扛着|撑着|看护着?|要管|要守|怎么[守管护]|如何[守管护])"
_WATCHING = rf"^(?:[、和及,][\d一二两三四五六七八九十]+[名个位](?:辅警|协警)[^,。;]{{0,6}})?,?{_WATCHED}"
#: the number of auxiliaries, which follows that of officers, and a verb of _WATCHED
_PAIR = re.compile(rf"[,、和]\n?[\d一二两三四五六七八九十]+[名个位](?:辅警|协警)[^,。;\n\d]{{0,8}}(?:,\n?)?{_WATCHED}")
_VAGUE = noun_words(r"^(?:{:force.vague})$")
_POLICE = noun_words("^警察$") & sentence.has("派出所", "辅警")
_PRECINCT = station_numbers.PRECINCT.pattern

RULES: RuleSet[CountContext] = RuleSet(
    "force",
    4,
    "numbers of officers, auxiliaries and other staff",
    take(
        "in a list",
        IN_LIST & AFTER_TAKEN,
        "it continues a list of the staff",
        "全所现有民警35人、【辅警21人】。",
    ),
    leave(
        "in a list of others",
        IN_LIST,
        "it continues a list of people who are not the staff",
        "每班民警6名,【辅警12名】。",
    ),
    leave(
        "vague",
        _VAGUE & ~(own("全所|派出所|警力") | _POLICE),
        "人员, 警察 and the like are anybody's until the station is named",
        "商场里有【工作人员12人】。",
    ),
    leave("of others", OTHERS, "they belong to a city, a county or one officer's beat", "全市共有【民警3200人】。"),
    leave(
        "sent out",
        ~NOUN_AFTER & before_noun("(?:出动|投入|调集|抽调|增派|组织|调动)了?$"),
        "they were sent somewhere",
        "派出所出动【警力19人】封控路口。",
    ),
    leave(
        "made up of",
        own("由$") & follows("组成"),
        "they make up a team",
        "突击队由【5名民警】和群众组成。",
    ),
    leave(
        "acting",
        follows.starts(
            "(?:编成|轮岗|轮流|组成|走访|下沉|成了|牵着|赶|赶到|出警|前往|立即|驻守在|入驻|参加|参与|负伤|获|荣立|被评)"
        ),
        "these did something; they are not all there are",
        "派出所【80余名民警】走访了社区。",
    ),
    leave(
        "some of them",
        NOUN_AFTER & before_noun("派出所的$") & When(lambda c: c.quantity.han and (c.quantity.value or 0) <= _FEW),
        "so few of the station's people act in the story",
        "林子里很静。城关派出所的【三名民警】踩着雪走。",
    ),
    take(
        "grown",
        noun_words("^(?:民警|辅警|警力)$")
        & (number_before("(?:增加|增|发展|壮大|扩充)(?:到|至)$") | When(lambda c: c.count.change_word)),
        "the text says how many they have become",
        "民警由9名增加到【61名】。",
        "新楼盖好了,【民警增加到11名】。",
    ),
    take(
        "led",
        NOUN_AFTER & own(r"(?:带着|带领着?|领着|率领?着?)$") & follows(_WATCHING),
        "their chief and they watch over the precinct",
        "所长老周带着【41名民警】、63名辅警守着2.9平方公里的老街。",
    ),
    take(
        "pair at the start",
        NOUN_AFTER & CLAUSE_START & noun_words("^民警$") & When(lambda c: _PAIR.match(c.doc.s, c.span[1])),
        "officers and auxiliaries are counted side by side, and the next clause says what they have to watch over",
        "老街不大。\n【7个民警】,16个辅警,\n管着112个弯。",
    ),
    leave(
        "on duty",
        own(_DEPLOYED) & ~own(_STAFF),
        "a shift, a patrol or reinforcements",
        "派出所每班【6名民警】。",
    ),
    take(
        "stated",
        stated(_STATED) | own_end(_HAVE),
        "the text says that the station has them",
        "现有【民警35人】。",
    ),
    take(
        "fact sheet",
        FACT_SHEET,
        "a line of a table about the station",
        "柳泉派出所\n辖区面积:6.3平方公里\n队伍:【民警22人】\n社区:7个\n",
    ),
    take(
        "of the past",
        When(lambda c: station_numbers.past_words(c.doc, c.count)),
        "the staff at another time",
        "成立时,只算得上三间房。当时【民警5名】。",
    ),
    take(
        "described as a whole",
        follows.starts("里|中,|当中|全是|全都是|都是|均为|平均年龄") & CLAUSE_START,
        "the words after it describe the whole group",
        "【14名辅警】全是本地人。",
    ),
    take(
        "announced",
        near(16)("(?:同事|人马|家当|家底|人手)(?:——|[,:])$"),
        "the words before it announce the staff",
        "老周数了数家当——【19名民警】。",
    ),
    take(
        "both counted",
        ~NOUN_AFTER & passage_.has("民警", "辅警"),
        "officers and auxiliaries are counted side by side, noun first; for people who act the number comes first",
        "【民警13个】,辅警17个。",
    ),
    take(
        "after the precinct",
        previous(_PRECINCT) & sentence.has("民警", "辅警"),
        "the sentence before describes the precinct, this one the people",
        "面积30平方公里。【13名民警】天天见面,还有辅警老王。",
    ),
    take(
        "of the named station",
        When(lambda c: station_numbers.mentions_station(c.doc, c.lead(40))),
        "the station is named before it",
        "在城关派出所,【35名民警】天天见面。",
    ),
    take(
        "in the precinct",
        sentence(_PRECINCT) & ~near(30)(_DEPLOYED),
        "the sentence describes the precinct",
        "【4名民警】守护着整座岛。",
    ),
    otherwise="nothing says that they are the staff of the station",
)


def force_facts(doc: Doc, counts: list[Count]) -> list[Fact]:
    """Return the facts of kind force, and claim their numbers. A figure of the past has the field `period` (成立时)."""
    facts: list[Fact] = []
    previous_end, previous_taken = -100, False
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
        rule = RULES.decide(CountContext(doc, count, noun, listed=listed, follows_taken=previous_taken))
        previous_end, previous_taken = max(noun.end, quantity.end), rule.verdict == "take"
        if not previous_taken:
            continue
        doc.claims[count.index] = "force"
        for category in _categories(noun):
            fields = {
                "station": station_numbers.other_station(doc, count),
                "category": category,
                "value": quantity.value,
                "approx": quantity.approx,
            }
            if period := station_numbers.past_words(doc, count) or station_numbers.opening_year(doc, count):
                fields["period"] = period
            facts.append(doc.fact("force", noun.start, noun.end, RULES.key(rule), fields))
    return facts


#: the chief counted with the others, directly before the number of all
_WITH_CHIEF = re.compile(
    r"(?:连|加上|算上|包括)(?:所领导|领导|正副所长|所长|他自己|我)在内?,?(?:一共|总共|拢共|共|才|只有?|也就)*$"
)


def _everyone(doc: Doc, count: Count) -> Noun | None:
    """Return the noun 警力 or 民警 for a number that counts the whole staff (所里一共19个人, 只有12个人的派出所), or None."""
    quantity, s = count.quantity, doc.s
    end = quantity.end + (1 if quantity.unit == "个" and s.startswith("人", quantity.end) else 0)
    if end == quantity.end and quantity.unit != "人":
        return None
    lead = clause_lead(doc, count)
    if re.search(r"(?:全所|所里)(?:一共|总共|共|就|只|才)?有?$", lead) or (
        s.startswith("的派出所", end) and re.search("(?:只|仅)有?$", lead)
    ):
        return Noun("警力", quantity.start, end, True)
    # everybody with the chief: 连所领导在内一共66人, after 民警—— or alone
    if with_chief := _WITH_CHIEF.search(lead):
        start = quantity.start - len(with_chief[0])
        return Noun("民警" if re.search(r"民警(?:——|,)\Z", s[max(0, start - 4) : start]) else "警力", start, end, False)
    before = doc.claims.get(count.index - 1) == "force" and doc.quantities[count.index - 1].start >= count.sentence[0]
    # a total after its parts: 民警9人,加上辅警14人,总共23人
    if before and re.fullmatch("总共|一共|拢共|共计|合计|加起来|加在一起", lead):
        return Noun("警力", quantity.start - len(lead), end, False)
    return None


def _joins(between: str) -> bool:
    """Return whether the words between two numbers make them parts of one list."""
    return bool(
        han.fullmatch(
            r"[,、和及与(:;有]{0,3}(?:其中|另有|还有|以及|及|和|有|配有|配备|外加|加上|另配|总共|一共|拢共|共计|合计|加起来)?[,]?(?:[\p{Han}]{2,5}的)?(?:[\p{Han}]{0,4}\([\p{Han}]{1,4}\)[\p{Han}]{0,4})?",
            between,
        )
    )


def _categories(noun: Noun) -> tuple[str, ...]:
    """Return the categories that a noun names: each listed noun if 各 follows (民警、辅警各12名), else the whole noun."""
    words = re.sub(r"^(?:在编|在册|在职|正式|在岗|现有|公安|全体|年轻|专业社区|专职社区|专职|专业)+", "", noun.words)
    if noun.each:
        return tuple(part for part in re.split("[、和及与]|以及", words) if part)
    return (words,)
