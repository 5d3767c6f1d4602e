"""The station in figures: which numbers describe the station itself, whatever their kind.

A careful reader takes a figure as the station's when its sentence is about the station's reach (辖区, 下辖, 守护着) or
its people (现有民警), and leaves it when somebody acts upon so many (走访, 组织), or another body owns it (全市).
"""

from __future__ import annotations

import re

from ingest.facts.counts import ACTIVITY, OTHER_SCOPE, Count, clause_lead, lead, passage
from ingest.facts.doc import Doc

#: the sentence describes the station's reach
REACH = re.compile(
    r"辖区|下辖|下属(?=[\d一二三四五六七八九十两])|管辖|管着|管的|管(?=[\d一二三四五六七八九十两])|所辖|辖有|派出所管|辖\d|辖[一二三四五六七八九十]|守护着|守着|守卫着|担负着|服务着|承担着|管理着|负责|面积|平方公里|常住|户籍人口|流动人口|实有人口|总人口|这片土地|巡逻路线|沿岸|沿线|线路两侧|岸线|驻地|地处|位于|包括|涵盖"
)
#: a beat: one officer's part, not the station's
BEAT = re.compile(
    r"(?:他|她|两人|二人|两口子|夫妻俩|夫妇|老[一-鿿]|我|自己|民警[一-鿿]{2,3}|[一-鿿]{2,3}一个人)[^,。;]{0,6}(?:负责|分管|包干|管着|管的|守着)|社区民警,?负责|(?:这|那|他的|她的)[两二三四]个(?:社区|村)|责任区|警务区内|社区里|平均[^,。;]{0,6}(?:负责|管着?|服务|守着?)|(?<![一二三四五六七八九十百千零])[每一][名个位](?:社区)?民警(?!工作)"
)
THEN = re.compile(
    r"(?:成立|设立)(?:时|之初|初期|当初)|建所(?:时|之初|初期)|最初|当时|当年|那时|刚成立|起初|早年|刚建|组建(?:时|之初)|曾经|以前|过去"
)
#: another body opens the list, and what follows is its own: 全旗有边境派出所七个,民警一百二十余人
_SCOPED = re.compile(
    r"(?:^|[,;:而])(?:整个[一-鿿]{2,4}[县市区旗州]|[一-鿿]{2,4}[县市区旗州](?=共?现?有派出所)|全[市县区省旗州](?!人民|域)),?[^,。;]{0,2}(?:共|现|有|辖)[^。;]*?\d*[个名家](?:[,、])|整个[一-鿿]{2,4}[县市区旗州],"
)
_OURS = re.compile("派出所|该所|这个所|所里|全所|我所|本所|辖区")


def before(doc: Doc, count: Count) -> str:
    """The sentence before the number's own, in the same paragraph, or ""."""
    start = count.sentence[0]
    if start == 0 or doc.s[start - 1] == "\n":
        return ""
    return doc.s[slice(*doc.sentence(start - 1))]


def ours(doc: Doc, words: str) -> bool:
    """`words` speak of the station: by its name, its short name (城关所) or as 该所."""
    short = doc.main.removesuffix("派出所") + "所" if doc.main else ""
    return bool(_OURS.search(words)) or bool(short and short in words)


def then(doc: Doc, count: Count) -> str | None:
    """The words that place a figure in the past (成立时), or None."""
    match = THEN.search(clause_lead(doc, count))
    return match[0] if match else None


def year(doc: Doc, count: Count) -> str | None:
    """The year that opens the figure's sentence (1998年,派出所有民警37人), or None."""
    for date in doc.dates:
        if date.start >= count.quantity.start:
            break
        if (
            date.start == count.sentence[0]
            and date.form == "absolute"
            and len(doc.s[date.end : count.quantity.start]) <= 16
        ):
            return doc.s[date.start : date.end]
    return None


def foreign(doc: Doc, count: Count) -> bool:
    """The figure belongs to another body: the city, the county, a reservoir, one officer's beat."""
    if count.foreign is None:
        count.foreign = _foreign(doc, count)
    return count.foreign


def _foreign(doc: Doc, count: Count) -> bool:
    words = lead(doc, count, 60)
    scopes = list(_SCOPED.finditer(words))
    if scopes and not ours(doc, words[scopes[-1].end() :]):
        return True
    cut = max(words.rfind(","), 0)
    near = words[cut:].replace("来自全国", "来自各地")
    if OTHER_SCOPE.search(near):
        return True
    beat = BEAT.search(words)
    return beat is not None and not (beat[0][0] in "他她" and "所长" in before(doc, count))


def acted(doc: Doc, count: Count) -> bool:
    """Somebody acts upon so many right before the number."""
    return bool(ACTIVITY.search(clause_lead(doc, count)))


def reach(doc: Doc, count: Count) -> bool:
    """The sentence describes the station's reach."""
    return bool(REACH.search(passage(doc, count.quantity.start))) or tabled(doc, count)


def tabled(doc: Doc, count: Count) -> bool:
    """The figure stands in a table of the station, one label a line: 社区:7个 under 辖区面积:8.3平方公里."""
    return any(start <= count.quantity.start < end for start, end in doc.tables)


def other_station(doc: Doc, count: Count) -> str | None:
    """The station named last before the number in its sentence; the main one when none is."""
    best = None
    for station in doc.stations:
        place = doc.s.rfind(station.name, count.sentence[0], count.quantity.start)
        if place >= 0 and (best is None or place > best[0]):
            best = (place, station.name)
    if best is None:
        return doc.main
    former = {station.name for station in doc.stations if station.former}
    return doc.main if best[1] in former else best[1]
