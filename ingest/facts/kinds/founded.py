"""Facts of kind founded: the date when a station was founded."""

from __future__ import annotations

import re

from ingest.facts.document import Doc
from ingest.facts.lazy_property import lazy
from ingest.facts.rule_engine import RuleSet, When, Window, leave, take
from ingest.zh import han
from ingest.zh.dates import Date
from store.records import Fact

#: words of founding after the date: 2016年9月组建的派出所, 是1991年3月8日成立的, 1952年12月1日在…宣布成立, 1949年就有的所
_AFTER = re.compile(
    r"(?:[^,。;\n]{0,14}?(?:而[建设]|建的)(?=[,。])|[^,。;“\n]{0,24}?(?:宣布|宣告|正式|挂牌)*(?:成立|组建|设立|建所|始建|创建(?!为)|创立|诞生|就有[的了]|设所|立所|改为(?=[^,。;“]{0,8}派出所)|挂牌成立|揭牌成立|建立|专设|分设|分出来|挂了?牌(?=[,。的])|揭牌(?=[,。的])|起家(?=[,。])|(?:设下|设起|办起|立起|建下)[了的](?:头|第)一[个家]派出所|升格(?:[为成](?=[^,。;“]{0,6}派出所)|而来|(?=[,。]))|建起了?(?=[^,。;“]{0,4}派出所)|有了(?=[^,。;“]{0,6}派出所)|派出所设[在于]|合并(?:而成|组建|成立)|挂[起上出]了?[^,。;“”]{0,6}牌|(?<=[年月日])挂(?:上去|起来|出来)|派出所(?:并作一处|合二为一)))(?!了?“|的?(?:[^,。;的]{0,4})(?:工作室|队|小组|机制|联盟|站|中心|室|协会|党支部|办公室))"
)
#: words of founding before the date: 成立于, 始建于
_BEFORE = re.compile(
    r"(?:(?<=派出所)建|建(?=于)|成立|始建|组建|设立|创建|创立|诞生|初建|建所|建立|肇始|起源)(?:于|时间(?:是|为|:)|在|:)[^,。;\n]{0,2}$|派出所(?:真正|正式)?(?:挂牌|揭牌|成立|设立|组建|建所)(?:则?要等?到|则?是在?|已经?是|却是在?)$"
)
#: the station as the subject directly before the date, or of a clause that opens the sentence and ends at the date
_SUBJECT = re.compile(
    r"(?:(?:派出所|该所|本所|这个所|(?:\A|,)它)(?:是|于|在|早在)?|\A(?:派出所|该所|它)[^,。;“”]{2,24},)\Z"
)
#: words that a station began to exist or work, after the date; they need a subject of _SUBJECT, because buildings and
#: systems begin so, too
_BEGAN = han.regex(
    r"(?:建成|(?:正式|开始)?(?:成立|组建|设立|运转|运行|办公|接警|开门|开张)|随[\p{Han}]{2,10}?(?:进山|上山|进驻|入驻|进沟|上岛|落户))(?=[,。;])"
)
#: a verb of founding in the next clause or the one after it, after the date and a comma
_SECOND_CLAUSE = re.compile(
    r"(?:[^,。;\n]{0,6}时)?,(?:它[^,。;\n]{0,16}起家(?=[,。])|[^,。;\n]{0,4}派出所[从由自][^,。;“\n]{2,14}?(?:分出来?|划出来?|独立出来|析出|拆分出来)(?:单独|独立)?(?:设立|组建|成立|建所)|[^,。;\n]{0,16}派出所(?:正式|宣告|宣布|挂牌|随之|应运)*(?:成立|组建|诞生|设立|挂牌)(?!了)|(?:[^。;\n“]{0,34},)?[^,。;\n“]{0,26}?(?:派出所(?:(?:就|便|才|也就)算?是?成立|(?:跟着|随之|也)?开张)|挂[起上出]了?[^,。;“”]{0,4}牌|有了派出所|建起了?派出所|派出所(?:并作一处|合二为一))(?![^,。;]{0,6}(?:工作|服务|警务)))"
)


_CLAUSE_END = re.compile("[,。;!\n]")


class _Founding:
    """A date with a verb of founding or the name of a founded station, and the windows of text around both."""

    def __init__(self, doc: Doc, date: Date, verb_first: bool, end: int, began: bool = False) -> None:
        self.doc, self.date = doc, date
        #: whether the station is the subject of words such as 建成 or 正式运转 directly after the date
        self.began = began
        #: whether the verb precedes the date (成立于1950年)
        self.verb_first = verb_first
        #: end of the verb (or of the name of the station) after the date; end of the date if the only verb is before it
        self.end = end
        self.start = max(doc.sentence(date.start)[0], date.start - 50)

    @property
    def span(self) -> tuple[int, int]:
        return self.date.start, self.date.end

    @lazy
    def lead(self) -> str:
        """At most fifty characters before the date, within the sentence."""
        return self.doc.s[self.start : self.date.start]

    @lazy
    def tail(self) -> str:
        """The words after the date, up to sixteen characters after the verb, within the sentence."""
        stop = self.doc.sentence(max(self.end - 1, self.date.end - 1))[1]
        return self.doc.s[self.date.end : max(self.end, min(self.end + 16, stop))]

    @lazy
    def what(self) -> str:
        """The words after the date, up to the end of the clause with the verb."""
        stop = _CLAUSE_END.search(self.doc.s, self.end)
        return self.doc.s[self.date.end : stop.start() if stop else len(self.doc.s)]

    @lazy
    def clause(self) -> str:
        """The words between the date and the last comma, full stop or line break before it."""
        lead = self.lead
        return lead[max(lead.rfind(","), lead.rfind("。"), lead.rfind("\n")) + 1 :]

    @lazy
    def named(self) -> str | None:
        """The name of the station nearest to the date (for a former name, that of the main station), or None."""
        named = self.doc.stations_in((self.start, self.date.start), (self.date.end, self.end + 16))
        if not named:
            return None
        near = max(named, key=lambda s: (self.lead.rfind(s.name), -self.tail.find(s.name)))
        return self.doc.main if near.former else str(near.name)


#: words for the station itself
_STATION = r"派出所|该所|本所|我所|我们所|咱们所|咱所|这个所|设所|立所|这家[^,。]{0,8}的?所(?=[,。离是在])|这家所|建所|民警组|分驻所|公安特派"
#: words for other things that are founded: a room, a squad, a company
_ELSE = r"巡逻队|工作室|驿站|调解室|中队|大队|队伍|警务室|协会|联盟|机制|工作站|警务站|服务站|小分队|志愿|公司|专班|小组|支部|基地|中心|学堂|开发区|新区|公安局成立|县城|村"

#: the words after the date up to the end of the clause with the verb
what: Window[_Founding] = Window(lambda c: c.what)
lead: Window[_Founding] = Window(lambda c: c.lead)
tail: Window[_Founding] = Window(lambda c: c.tail)
clause: Window[_Founding] = Window(lambda c: c.clause)
#: the part of `clause` before a verb of founding, or all of `clause` without such a verb
subject: Window[_Founding] = Window(lambda c: re.sub(r"(?:成立|始建|组建|设立|创建|建所).*$", "", c.clause))
#: `clause` without names of stations (工人新村派出所)
nameless: Window[_Founding] = Window(lambda c: han.sub(r"[\p{Han}]{1,10}派出所", "", c.clause))
bare: Window[_Founding] = Window(lambda c: c.clause.strip("是的"))
both: Window[_Founding] = Window(lambda c: c.clause + c.tail)
_VERB_FIRST: When[_Founding] = When(lambda c: c.verb_first)
_BEGINS: When[_Founding] = When(lambda c: c.began)

RULES: RuleSet[_Founding] = RuleSet(
    "founded",
    4,
    "dates beside a verb of founding",
    leave(
        "something else",
        ~_VERB_FIRST & ~_BEGINS & what(_ELSE) & ~tail(_STATION),
        "a room, a squad or a company was founded",
        "城关派出所【2016年9月】成立了学堂。",
    ),
    leave(
        "forebear",
        lead(r"前身[,是为叫]{0,3}$")
        & tail.starts(r"[^,。;]{0,6}的[^,。;]{0,16}(?:办公室|特派员|治安室|警务室|公安员|治保会|岗亭|[小班]组)"),
        "an office from which the station came was founded",
        "城关派出所的前身,是【1964年】设立的公安特派员办公室。",
    ),
    leave(
        "part of the station",
        _VERB_FIRST & subject(r"派出所(?!的?前身|真正|正式|始|最早|原|由|于|自|便|就|是|,)[\p{Han}]{3,}$"),
        "a part named after the station was founded",
        "城关派出所女警服务岗成立于【2016年9月】。",
    ),
    leave(
        "something else before",
        nameless(_ELSE),
        "the clause is about a room, a squad or a company",
        "在城关派出所,老周调解室成立于【2016年9月】。",
    ),
    take(
        "built station",
        _VERB_FIRST & tail.starts(r"的[\p{Han}]{0,6}派出所"),
        "the station is what was built then",
        "如皋市公安局城关派出所不大。他守着这家建于【1956年】的派出所。",
    ),
    leave(
        "building",
        clause(r"老派出所|旧楼|大楼|办公楼|用房|(?<!派出所)(?<![始组创初])建于"),
        "a building was built",
        "在城关派出所,办公楼创建于【1986年】。",
    ),
    leave(
        "renamed",
        tail.starts("(?:正式|又)?改为") & ~lead("前身|[组科室]"),
        "a station got another name",
        "城关派出所换了招牌,【1956年】改为东关派出所。",
    ),
    take(
        "of a named station",
        When(lambda c: c.named),
        "a station is named beside it",
        "城关派出所不大,【1986年】组建。",
    ),
    take(
        "plaque",
        ~_VERB_FIRST
        & (tail(r"挂[起上出]了?[^,。;“”]{0,6}牌") | (tail.starts("挂") & lead("牌")))
        & When(lambda c: c.doc.main is not None),
        "the plaque of the station was put up",
        "如皋市公安局城关派出所不大。【1951年3月】,老谢带着4名战友在一间祠堂里挂起木牌。",
    ),
    take(
        "set up before",
        ~_VERB_FIRST & lead(r"(?:改设|改建|升格为|设立|成立|组建)了?派出所,$"),
        "the words before it say that the station was set up",
        "如皋市公安局城关派出所不大。原来的警务站改设派出所,【2023年3月28日】挂牌。",
    ),
    take(
        "upgraded",
        tail(r"升格(?:而来|[,。])|而设[,。]") & When(lambda c: c.doc.main is not None) & ~clause("[市县镇乡区]$"),
        "an office became the station, or the station was set up for a purpose",
        "如皋市公安局城关派出所不大。【2015年】由治安办公室升格而来。",
    ),
    take(
        "of the station",
        both(_STATION) | (_VERB_FIRST & lead(_STATION)),
        "该所, 建所 and the like mean the station",
        "如皋市公安局城关派出所不大。该所成立于【1986年】。",
    ),
    take(
        "of this place",
        _VERB_FIRST & tail.starts(r"的[\p{Han}]{0,8}所(?=[,。、;]|$)"),
        "所 after the date means the station",
        "如皋市公安局城关派出所不大。这个成立于【1992年】的江边小所,换过五任所长。",
    ),
    take(
        "it",
        tail.starts(",它"),
        "the pronoun in the next clause means the station",
        "如皋市公安局城关派出所浮在江上。【1985年7月】,它从一条报废的囤船上起家。",
    ),
    take(
        "began to work",
        _BEGINS & When(lambda c: c.doc.main is not None),
        "the station is the subject, and the words after the date say that it was set up or began to work",
        "如皋市公安局城关派出所不大。它【2015年11月】设立,在街尾。",
        "如皋市公安局城关派出所不大。派出所属如皋市公安局,【2017年9月28日】正式运转。",
    ),
    take(
        "of the sentence",
        ~_VERB_FIRST
        & lead.starts("(?:该所|本所|我所|我们所|咱们所|咱所|这个所)")
        & When(lambda c: c.doc.s[c.end : c.end + 1] in ",。;"),
        "the sentence is about the station, and nothing else was founded",
        "如皋市公安局城关派出所不大。我们所在山脚下,【1948年】就有了。",
    ),
    take(
        "no subject",
        _VERB_FIRST & (~bare(".") | clause(r"^(?:成立|组建|始建|设立)时间:$")) & When(lambda c: c.doc.main is not None),
        "the clause names nothing else, so that the station is meant",
        "如皋市公安局城关派出所\n成立时间:【1986年】\n",
    ),
    otherwise="nothing says that the station was founded then",
)


#: number of characters after a date in which the verb of founding is searched; not measured
_CLAUSES = 48


def founded_facts(doc: Doc) -> list[Fact]:
    """Return the facts of kind founded: for each station, the first date that the rules accept."""
    facts: list[Fact] = []
    seen: set[str | None] = set()
    for date in doc.dates:
        dated = date.form == "absolute" or doc.s.startswith(
            ("同年", "次年", "当年", "这年", "那年", "翌年"), date.start
        )
        if date.value is None or not dated or date.stretch:
            continue
        start, end = doc.sentence(date.start)
        before = doc.s[max(start, date.start - 30) : date.start]
        limit = min(end, date.end + _CLAUSES)
        after = _AFTER.match(doc.s, date.end, limit) or _SECOND_CLAUSE.match(doc.s, date.end, limit)
        verb = _BEFORE.search(before)
        began = _BEGAN.match(doc.s, date.end, limit) if _SUBJECT.search(before) else None
        after = began or after
        founding_end = after.end() if after else date.end if verb else _named_after(doc, date.end, end)
        if founding_end is None or doc.date_before(founding_end, date.end) is not None:
            continue  # a later date is nearer to the verb: 1987年,公路通了,当年8月建起派出所
        candidate = _Founding(doc, date, bool(verb) and not began, founding_end, bool(began))
        rule = RULES.decide(candidate)
        station = candidate.named or doc.main
        if rule.verdict == "leave" or station is None or station in seen:
            continue
        seen.add(station)
        quote_start = date.start - (len(before) - verb.start()) if verb else date.start
        quote_end = date.end if verb else founding_end
        fields = {"station": station, "date": date.value}
        facts.append(doc.fact("founded", quote_start, quote_end, RULES.key(rule), fields))
    return facts


#: a verb of founding before the name of a station (1952年3月,县里决定设立城关派出所), and the number of characters after the date
#: in which the verb is searched; not measured
_FOUNDING_VERB, _NAME_DISTANCE = re.compile("(?:设立|成立|组建)了?"), 40


def _named_after(doc: Doc, start: int, end: int) -> int | None:
    """Return the end of the first name of a station between a verb of founding and a punctuation mark, or None.

    start:end is the rest of the sentence after the date: 1952年3月,县里决定设立城关派出所.
    """
    for verb in _FOUNDING_VERB.finditer(doc.s, start, min(end, start + _NAME_DISTANCE)):
        for station in doc.stations_in((verb.end(), end)):
            stop = verb.end() + len(station.name)
            if doc.s.startswith(station.name, verb.end()) and stop <= end and doc.s[stop : stop + 1] in ",。;、\n":
                return stop
    return None
