"""Statistics stated in words: zeros (未发生一起…案件, 零投诉), shares (缩短一半), doublings, changes over years."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.facts.document import Doc
from ingest.facts.goal_wording import is_goal
from ingest.facts.rule_engine import RuleSet, When, Window, leave, take
from ingest.facts.statistic_metric import table_noun
from ingest.zh import han
from ingest.zh.numbers import parse
from ingest.zh.text_spans import Spans

#: (direction of a change, pattern of the verbs for this direction)
_DIRECTION = (
    ("down", re.compile("少|掉|跌|砍|减|骤|缩|压|降|回落|下滑|少了")),
    ("up", re.compile("涨|多|扩|发展|壮大|增|升|提高|上涨|翻番|翻了|多了")),
)
#: words that state a zero: 未发生…, …归零, 零差错
_ZERO = han.regex(
    r"(?=[没未从无为归清零一再“])(?:(?P<head>(?:没有|未|从未|没|无)(?:再)?(?:发生|出现|出过|发)(?:过|了)?(?:一起|一例|一件|一次|任何|1起|有)?|(?<=[年月天、,])无(?![一人法关论非可从须需不]))(?P<what>[^,。;!?\n]{2,50})|(?P<zero>(?:为零|归零|清零|“零发(?:案|生)?”|零发案|零发生|零投诉|零事故|零上访|零越级|零违纪|零失误|零差错|零伤亡)(?:、零[\p{Han}]{2}(?![\p{Han}]))*)|"
    r"(?P<never>(?:没有|未|从未|没|再没有?)再?(?:发生|出现)过?(?=[,。;!”]|$))|"
    r"(?P<none>(?:(?<=[,年月天日来])|(?<=一直|至今|辖区|期间))(?:没有|未|无|零)(?:人员(?:伤亡|受伤|死亡)|新增[\p{Han}]{2,8})|(?<![\p{Han}])零(?:差错|失误|警情|违纪)|(?:没有|无)一(?:[起例件宗]|个?人次?|名)“?[\p{Han}]{2,10}”?|没有一[个名位户家]([\p{Han}]{0,8})(?:意外|事故|受伤|掉队|走失|被骗|上当|上访|伤亡|投诉|反悔|返贫|辍学|再犯|复吸|犯罪)|一[起例件](?:也|都)?没有?(?:了|发生过?|再发生?|出现过?|发过?)?(?=[,。;!”]|$)))"
)
#: a change by a share that is stated in words: 下降近三成
_HALF = re.compile(
    r"(?P<word>下降|减少|降低|缩短|压缩|上升|增长|增加|提升|提高|[掉降跌砍减少涨多](?=了))了?(?:近|约|超过|过|一)?(?P<share>一半|半数|三分之一|三分之二|四分之一|[一两二三四五六七八九]成[一二三四五六七八九]?|一倍|两倍)"
)
#: a rise or fall over several years in a row
_YEARS = re.compile(
    r"(?:连续|连着)(?P<n>\d+|[一二两三四五六七八九十]+)年(?:持续|实现|双|同比)*(?P<word>下降|上升|往下走|增长|减少|走低)"
)
#: words of a doubling (翻番)
_DOUBLE = re.compile(r"翻(?:了?一)?(?:番|倍)")
#: share in words -> percent
_SHARES = {"一半": 50, "半数": 50, "三分之一": 33.33, "三分之二": 66.67, "四分之一": 25, "一倍": 100, "两倍": 200}


@dataclass(slots=True)
class Stat:
    """A statistic. A later number of the text may set `change` and `end`: 18起 in 立案46起,同比减少18起."""

    start: int
    end: int
    metric: str
    value: float | None
    unit: str
    approx: str
    change: dict[str, object] | None
    number_start: int
    #: kind, name and version of the rule that accepted the statistic
    rule: str = ""


def direction(word: str) -> str | None:
    """Return the direction of a verb of change: "up", "down", or None for a neutral verb (变)."""
    return next((way for way, words in _DIRECTION if words.search(word)), None)


def _noun_start(doc: Doc, end: int) -> int:
    """Return the start of the noun that ends at `end`, at most twelve characters back; a verb like 保持 is excluded."""
    start = end
    while start > max(0, end - 12) and han.match("[\\p{Han}“”]", doc.s[start - 1]):
        start -= 1
    kept = _KEPT_BEFORE.match(doc.s, start, end)
    return kept.end() if kept else start


#: words up to a verb like 保持 before a noun, including the verb; they are not part of the noun
_KEPT_BEFORE = han.regex("[\\p{Han}]{0,8}(?:实现|保持|做到)[了着]?(?=[\\p{Han}]{2})")
#: words of a wish near a zero, which is then not a statistic: 追求零事故, 让警情归零
_WISHED = re.compile("追求|目标|让[^,。]{2,6}(?:归零|清零|为零)")
#: a verb like 保持 directly before a zero with its noun (保持了零发案); no noun is searched before the verb
_KEPT = re.compile("(?:保持|实现|连续|做到)[了着]?$")


@dataclass(slots=True)
class _Worded:
    """Words that state a figure without a number (未发生一起, 缩短一半)."""

    doc: Doc
    #: "zero", "share" or "years"
    form: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


#: the words themselves, with eight characters before and four after them
around: Window[_Worded] = Window(lambda c: c.doc.s[max(0, c.start - 8) : c.end + 4])
_ZERO_FORM: When[_Worded] = When(lambda c: c.form == "zero")

WORDS: RuleSet[_Worded] = RuleSet(
    "statistic",
    4,
    "figures in words",
    leave(
        "goal in words",
        When(lambda c: is_goal(c.doc, c.start, c.end)),
        "it is a goal",
        "今年力争【没有发生】一起命案。",
    ),
    leave(
        "heading in words",
        _ZERO_FORM & When(lambda c: c.doc.heading(c.start)),
        "it stands in a heading or a caption",
        "辖区【零发案】\n城关派出所很小。\n",
    ),
    leave("wish", _ZERO_FORM & around(_WISHED.pattern), "it is a wish", "所里追求【零事故】。"),
    leave(
        "share in quotation marks",
        ~_ZERO_FORM & When(lambda c: c.doc.in_quotes(c.start)),
        "it is a part of a saying",
        "大家都说“烦心事【减少了一半】”。",
    ),
    take("zero", _ZERO_FORM, "nothing of the kind happened", "全年【未发生一起命案】。"),
    take(
        "share in words",
        When(lambda c: c.form == "share"),
        "a share in words says how much it changed",
        "出警时间【缩短一半】。",
    ),
    take(
        "years of change",
        When(lambda c: c.form == "years"),
        "it rose or fell for years in a row",
        "警情【连续五年下降】。",
    ),
    otherwise="nothing says what the figure is",
)


def _takes(doc: Doc, form: str, span: tuple[int, int]) -> str | None:
    """Return the key of the rule that accepts a figure in words, or None if a rule rejects it."""
    rule = WORDS.decide(_Worded(doc, form, *span))
    return WORDS.key(rule) if rule.verdict == "take" else None


def zeros(doc: Doc) -> list[Stat]:
    """Return a statistic with value 0 for each zero in words, and for each noun of a list (未发生任何…案件、…事件)."""
    found = []
    for match in _ZERO.finditer(doc.s):
        rule = _takes(doc, "zero", match.span())
        if rule is None:
            continue
        if match["head"]:
            for part in re.finditer(
                r"[^、和及与]*?(?:案件|案|事故|事件|纠纷|火灾|投诉|上访|警情|命案|发案|差错|失误|纰漏|伤亡|火情|险情|意外|(?:盗窃|被盗|诈骗|抢劫|抢夺|溺水|斗殴)(?:案件|案|警情|事件|事故)?)",
                match["what"],
            ):
                end = match.start("what") + part.end()
                found.append(
                    Stat(
                        match.start(),
                        end,
                        part[0].strip("、和及与").removeprefix("无"),
                        0,
                        "起",
                        "exact",
                        None,
                        match.start(),
                        rule,
                    )
                )
                if not re.match("[、和及与]", doc.s[end : end + 1]):
                    break
        elif match["zero"] or match["never"]:
            start, metric = _noun_of_zero(doc, match)
            unit = "起" if match["never"] else ""
            if metric:
                found.append(Stat(start, match.end(), metric, 0, unit, "exact", None, match.start(), rule))
        else:
            unit = next((char for char in match[0] if char in "起例件宗人名"), "")
            metric = _NONE_OF.sub("", match[0])
            found.append(Stat(match.start(), match.end(), metric, 0, unit, "exact", None, match.start(), rule))
    return found


#: words before a noun that negate it: 没有|人员伤亡
_NONE_OF = han.regex("^(?:没有|未|无|零)(?=人员|新增)")


def _noun_of_zero(doc: Doc, match: re.Match[str]) -> tuple[int, str]:
    """Return (start of the quote, metric) of a zero after its noun.

    The metric does not include a period between the noun and the zero. If only a period precedes the zero in its
    clause (连续四年为零), the noun is in the clause before. Without a noun, 零投诉 is the metric itself, and 没有发生 has none.
    """
    end = match.start()
    named = match[0].replace("零", "") if "、零" in match[0] else match[0]
    if _KEPT.search(doc.s, max(0, end - 4), end):
        return end, named
    before = _FOR_YEARS.search(doc.s, max(doc.sentence(end)[0], end - 12), end)
    stop = before.start() if before else end
    start = _noun_start(doc, stop)
    words = _ALREADY.sub("", doc.s[start:stop])
    words = words[words.rfind("的") + 1 :] if before and before[0][0] == "," else words
    words = "" if words.endswith(("派出所", "辖区", "全所", "全镇", "全乡", "所里")) else table_noun(words)
    if words or match["never"]:
        return start, words
    return end, named


#: a period before a zero, and the comma before the period: 盗猎案件|三年|零发案, 盗窃案件|,连续四年|为零
_FOR_YEARS = re.compile(
    ",?(?:已经?|已有)?(?:连续|连着|近|整整)?(?:[一二两三四五六七八九十]+|[0-9]+)(?:年|个?月|天)(?:来|间|里|内)?(?:也|都|再|保持)*$"
)
#: adverbs between a noun and a zero
_ALREADY = re.compile("(?:已经?|也|都|再|又|一直)+$")


def shares(doc: Doc, found: list[Stat]) -> list[Stat]:
    """Return the changes stated in words: 缩短一半, 下降近三成, 翻番, 连续五年下降.

    A share that overlaps a statistic of `found` is left out. A share in the clause after such a statistic, with only a
    base of comparison before the share, is added to the statistic and not returned.
    """
    more = []
    taken = Spans((stat.start, stat.end) for stat in found)
    ends = {stat.end: stat for stat in found}
    for match in [*_HALF.finditer(doc.s), *_DOUBLE.finditer(doc.s)]:
        floor = doc.clause(match.start())[0]
        rule = None if taken.overlaps(*match.span()) else _takes(doc, "share", match.span())
        if rule is None:
            continue
        share = match.groupdict().get("share")
        if share is None:
            percent: float = 100
        else:
            percent = _SHARES.get(share) or _tenths(share)
        start = max(floor, match.start() - 10)
        change: dict[str, object] = {
            "direction": direction(match.groupdict().get("word") or "翻番"),
            "percent": percent,
        }
        if (owner := ends.get(floor - 1)) and not owner.change and _BASE.fullmatch(doc.s, floor, match.start()):
            owner.change, owner.end = change, match.end()  # the share belongs to 153起: 纠纷报警153起,比上年少了四成
            continue
        more.append(
            Stat(start, match.end(), doc.s[start : match.start()], None, "", "exact", change, match.start(), rule)
        )
    for match in _YEARS.finditer(doc.s):
        rule = _takes(doc, "years", match.span())
        if rule is None:
            continue
        start = max(doc.clause(match.start())[0], match.start() - 10)
        way = "up" if match["word"] in ("上升", "增长") else "down"
        more.append(
            Stat(
                start,
                match.end(),
                table_noun(doc.s[start : match.start()]),
                None,
                "",
                "exact",
                {"direction": way, "percent": None},
                match.start(),
                rule,
            )
        )
    return more


#: a base of comparison. If a clause has only this before a change, the change belongs to the figure before the clause
_BASE = re.compile("(?:[较比][^,。;]{0,4}(?:同期|去年|上年|前年|上个?月|往年|以往)|同比|环比)")


def _tenths(share: str) -> int:
    """Return tenths as percent: 30 for 三成, 37 for 三成七."""
    tens, _, ones = share.partition("成")
    return int((parse(tens) or 0) * 10 + (parse(ones) or 0))
