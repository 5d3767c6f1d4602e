"""Changes, joined to their figure or as statistics of their own: 同比下降45.3%, 由21分钟缩短为9分钟, 较去年同期减少9起."""

from __future__ import annotations

import re

from ingest.facts.count_extraction import Count, clause_lead
from ingest.facts.document import Doc
from ingest.facts.goal_wording import is_goal
from ingest.facts.worded_statistics import Stat, direction
from ingest.zh.numbers import Quantity

#: bases of comparison of a change: 同比, 较去年同期
_BASES = re.compile(
    r"同比|环比|[较比][^,。;\d%]{0,6}(?:同期|去年|上年|前年|上个?月|往年|以往)|[较比][^,。;\d%]{1,8}?前(?!所|列|[十百]名)|[较比]\d{4}年(?:同期)?|与[^,。;%]{2,14}相比"
)
#: a verb of change at the end of the words before a share: 下降 in 同比下降45.3%
_CHANGE = re.compile(
    r"(?P<word>下降|减少|降低|缩短|回落|下滑|压降|降幅|压缩|上升|增长|增加|提升|提高|上涨|增幅|攀升|再降|又降|再升|[降升涨跌](?=了))(?:了|约|近|幅度|达到?|为|超过?|分别|再|至|到|:)*$"
)
#: adverbs between a base of comparison and a change, which are not part of the metric
_HOW = re.compile("(?:分别|均|又|再|大幅|明显|持续|连续|有所|双双|共|各|都|则|也|已|就|整体|总体|累计|了|的|,)+")
#: the owner of a figure at the start of a clause; the owner is not part of the metric
_OWN = re.compile("^(?:该所|我所|全所|派出所|所里|辖区内?)(?:的)?")
#: words at the end of a metric that are not part of it
_TAIL = re.compile(r"(?:同比|环比|比去年同期|较去年同期|分别|今年|则|再|了)*$")
#: words of a change before a count (_BY_COUNT: 较去年同期减少|9起), and the possible last characters of these words, which
#: are tested first (_BY_COUNT_ENDS)
_BY_COUNT = re.compile(r"(?:较|比|同比|环比)[^,。;\d]{0,8}(?P<word>减少|下降|增加|上升|少|多)了?$")
_BY_COUNT_ENDS = frozenset("少降加升多了")
#: units that make a change a share, not a count
_SHARES = ("%", "成", "倍", "个百分点")
#: maximum length of a metric, characters; not measured
_METRIC = 14


def changed(doc: Doc, counts: list[Count], position: int, found: list[Stat]) -> Stat | None:
    """Return the statistic of a number that states a change.

    Return None if the number does not state a change, or if the change was joined to the figure before it (the last of
    `found`).
    """
    count = counts[position]
    return _by_count(doc, count, found) or _replaced(doc, count) or _share(doc, counts, position, found)


def percent_of(quantity: Quantity) -> float | None:
    """Return a share in percent: 45.3 for 45.3%, 70 for 七成, 45 for 四成五, 300 for 三倍.

    Return None for a quantity without a value.
    """
    times = {"成": 10, "倍": 100}.get(quantity.unit, 1)
    return None if quantity.value is None else round(quantity.value * times, 4)


def _replaced(doc: Doc, count: Count) -> Stat | None:
    """Return the statistic of a number that replaces an earlier value (由平均21分钟缩短为9分钟).

    Return None for other numbers and for numbers in headings.
    """
    if not count.change_word or doc.heading(count.quantity.start):
        return None
    quantity = count.quantity
    way = direction(count.change_word)
    if way is None and count.old_value is not None and quantity.value is not None:
        way = "down" if quantity.value < count.old_value else "up"
    change: dict[str, object] = {"direction": way, "percent": None}
    start = count.before_start + max(0, len(count.before) - 12)
    return Stat(
        start,
        quantity.end,
        count.before[-12:],
        quantity.value,
        quantity.unit,
        quantity.approx,
        change,
        quantity.number_start,
    )


def _by_count(doc: Doc, count: Count, found: list[Stat]) -> Stat | None:
    """Return the statistic of a change by a count (较去年同期减少9起).

    Return None for other numbers, for numbers in headings, or if the change was joined to the count before it.
    """
    words = clause_lead(doc, count)
    match = _BY_COUNT.search(words) if words[-1:] in _BY_COUNT_ENDS else None
    if not match or count.quantity.unit in _SHARES or not count.quantity.unit or doc.heading(count.quantity.start):
        return None
    change: dict[str, object] = {
        "direction": "down" if match["word"] in ("减少", "下降", "少") else "up",
        "percent": None,
        "count": count.quantity.value,
    }
    if (
        found
        and not words[: match.start()]
        and not found[-1].change
        and doc.s[found[-1].end : count.quantity.start - len(words)] == ","
    ):
        # the change belongs to the count before the comma: 立案46起,同比减少18起
        found[-1].change, found[-1].end = change, count.quantity.end
        doc.claims[count.index] = "statistic"
        return None
    start = count.quantity.start - min(len(words), 14)
    return Stat(
        start,
        count.quantity.end,
        words[: match.start()][-10:],
        None,
        "",
        count.quantity.approx,
        change,
        count.quantity.number_start,
    )


def _share(doc: Doc, counts: list[Count], position: int, found: list[Stat]) -> Stat | None:
    """Return the statistic of a change by a share (同比下降45.3%, 下降七成).

    Return None for other numbers, for goals, or if the change was joined to the count before it.
    """
    count = counts[position]
    quantity = count.quantity
    if quantity.unit not in _SHARES:
        return None
    words = clause_lead(doc, count)
    change_word = _CHANGE.search(words)
    earlier = counts[position - 1] if position else None
    listed = (
        earlier is not None
        and re.fullmatch(r"(?:、|和|,)", doc.s[earlier.quantity.end : quantity.start]) is not None
        and earlier.quantity.unit == quantity.unit
    )
    if not change_word and listed and found and found[-1].change and found[-1].change.get("percent") is not None:
        return _follower(doc, count, found)
    if not change_word or is_goal(doc, quantity.start, quantity.end):
        return None
    change = _change(doc, count, change_word)
    if _owned(doc, count, change_word, change, found):
        _join(doc, counts, position, found, change)
        return None
    metric = _metric(words, change_word)
    start = quantity.start - min(len(_OWN.sub("", words)), 18)
    value = quantity.value if quantity.unit == "倍" else None
    return Stat(
        start,
        quantity.end,
        metric,
        value,
        "倍" if value is not None else "",
        quantity.approx,
        change,
        quantity.number_start,
    )


def _change(doc: Doc, count: Count, word: re.Match[str]) -> dict[str, object]:
    """Return the fields of a change: direction, percent or percentage points, and base of comparison."""
    quantity = count.quantity
    change: dict[str, object] = {"direction": direction(word["word"]), "percent": None}
    if quantity.unit == "个百分点":
        change["points"] = quantity.value
    else:
        change["percent"] = percent_of(quantity)
    bases = _BASES.findall(doc.s, max(count.sentence[0], quantity.start - 30), quantity.start)
    if bases:
        change["base"] = bases[-1]
    return change


def _metric(words: str, change: re.Match[str]) -> str:
    """Return the metric of a change: the words before its verb, without the base of comparison (同比|刑事警情|下降)."""
    bases = list(_BASES.finditer(words, 0, change.start()))
    if not bases:
        return _TAIL.sub("", _OWN.sub("", words[: change.start()]))[-_METRIC:]
    before = _TAIL.sub("", _OWN.sub("", words[: bases[-1].start()]))
    between = _HOW.sub("", words[bases[-1].end() : change.start()])
    return (before + between if len(between) >= 2 else before)[-_METRIC:]


def _join(doc: Doc, counts: list[Count], position: int, found: list[Stat], change: dict[str, object]) -> None:
    """Add the change to the count before it, or several changes to as many counts: 14起和9起,同比下降30.5%和41.2%."""
    shares = [counts[position]]
    while position + len(shares) < len(counts):
        following = counts[position + len(shares)]
        if following.quantity.unit != "%" or not re.fullmatch(
            "[和、与]", doc.s[shares[-1].quantity.end : following.quantity.start]
        ):
            break
        shares.append(following)
    group = [found[-1]]
    apart = "分别" in doc.s[found[-1].end : counts[position].quantity.start]
    while len(group) < len(shares) and len(found) > len(group):
        other = found[-len(group) - 1]
        between = doc.s[other.end : group[0].start]
        if not (
            re.fullmatch("[和、与]", between or "x")
            or (apart and len(between) <= 14 and not re.search("[。;\n]", between))
        ):
            break
        group.insert(0, other)
    pairs = list(zip(group, shares, strict=True)) if len(group) == len(shares) else [(found[-1], shares[0])]
    for stat, share in pairs:
        stat.change = change | {
            "percent": percent_of(share.quantity) if share.quantity.unit == "%" else change["percent"]
        }
        doc.claims[share.index] = "statistic"
    found[-1].end = pairs[-1][1].quantity.end


def _follower(doc: Doc, count: Count, found: list[Stat]) -> Stat:
    """Return the statistic of a further share of the same metric: 20.3% in 分别下降15%和20.3%."""
    previous = found[-1]
    change = dict(previous.change or {}) | {"percent": percent_of(count.quantity)}
    start = doc.s.rfind("分别", doc.sentence(count.quantity.start)[0], count.quantity.start)
    start = start if start >= 0 and count.quantity.start - start < 30 else previous.start
    return Stat(
        start, count.quantity.end, previous.metric, None, "", count.quantity.approx, change, count.quantity.number_start
    )


def _owned(doc: Doc, count: Count, change: re.Match[str], ways: dict[str, object], found: list[Stat]) -> bool:
    """Return whether the change belongs to the last statistic of `found`.

    That is the case if only a base of comparison is between the statistic and the change. A statistic that already has
    a percentage, or a change in the other direction, does not get this change.
    """
    if not found or found[-1].value is None:
        return False
    last = found[-1]
    if last.change and (last.change.get("percent") is not None or last.change["direction"] != ways["direction"]):
        return False
    between = doc.s[last.end : count.quantity.start]
    if len(between) > 28 or not re.match(r"[,(、]", between):
        return False
    middle = re.sub(r"^[,(、]", "", between)
    middle = re.sub(
        r"(?:较|比|与)(?:去年|上年|前年|上个月|往年|以往|\d{4}年)(?:同期|相比)*的?(?:\d+[起件人次名])?(?:相比)?,?",
        "",
        middle,
    )
    middle = _BASES.sub("", middle).replace(change["word"], "")
    return len(re.sub("[了约近达为超过再至到:]|分别|幅度", "", middle)) <= 1
