"""Facts of kind honour: title, awarding body, date, count and holder of each award."""

from __future__ import annotations

from bisect import bisect_left

from ingest.facts.award_frame import Award, Frames
from ingest.facts.document import Doc
from ingest.facts.honour_titles import RULES, Title, titles
from ingest.facts.person_checks import Person
from store.records import Fact


def honour_facts(doc: Doc, persons: list[Person]) -> list[Fact]:
    """Return the facts of kind honour, and claim the numbers of the awards.

    A title is skipped if it overlaps an accepted one, or if title, holder, date and count equal those of an earlier
    award. A title with several holders or dates has one fact for each holder, and one for each further date.
    """
    facts: list[Fact] = []
    seen: set[tuple[object, ...]] = set()
    covered = 0
    taken = titles(doc, persons)
    frames = Frames(doc, persons, [title for title, _ in taken])
    for title, rule in taken:
        award = frames.bind(title)
        key = (title.title, award.holder, award.date, award.count)
        if title.start < covered or key in seen:
            continue
        seen.add(key)
        covered = title.end
        fields: dict[str, object] = {
            "station": _station(doc, title),
            "holder": award.holder,
            "title": title.title,
            "by": award.by,
            "date": award.date,
            "count": award.count,
        }
        if award.date is None and award.date_text is not None:
            fields["date_text"] = award.date_text
        start = award.dates[0][1] if award.dates else _quote_start(doc, title)
        facts += [
            doc.fact("honour", start, title.end, RULES.key(rule), fields | {"holder": name})
            for name in [*reversed(award.others), award.holder]
        ]
        facts += [
            doc.fact("honour", place, title.end, RULES.key(rule), fields | {"date": date, "count": None})
            for date, place in award.dates[1:]
        ]
        _claim(doc, award)
    return facts


def _claim(doc: Doc, award: Award) -> None:
    """Claim the numbers of the award, so that no other kind takes them (3次被评为, 等18个部委)."""
    for start, end in award.claimed:
        first = bisect_left(doc.quantity_starts, start)
        doc.claims.update(dict.fromkeys(range(first, bisect_left(doc.quantity_starts, end)), "honour"))


def _quote_start(doc: Doc, title: Title) -> int:
    """Return the start of the quote: the start of the award verb if it is near the title, else the start of the title.

    A verb is near if it starts at most 40 characters before the title, without a full stop between them.
    """
    start = title.verb
    near = start is not None and 0 <= title.start - start <= 40 and "。" not in doc.s[start : title.start]
    return start if near and start is not None else title.start


def _station(doc: Doc, title: Title) -> str | None:
    """Return the awarded station.

    This is a station of the sentence with 上榜, 入选 or the like directly after its name, else the last station named
    before the title in the sentence; in the second case, a station with 合并, 撤销 or 划入 directly after its name is left
    out, and a former name stands for the main station. Without such a station, the main station is returned.
    """
    sentence = doc.sentence(title.start)
    words = doc.s[sentence[0] : sentence[1]]
    later = [
        s
        for s in doc.stations_in(sentence)
        if any(s.name + word in words for word in ("获此殊荣", "上榜", "入选", "榜上有名"))
    ]
    if later:
        return str(later[0].name)
    before = doc.s[sentence[0] : title.start]
    named = [
        s
        for s in doc.stations_in((sentence[0], title.start))
        if not any(s.name + gone in before for gone in ("合并", "撤销", "划入"))
    ]
    if named:
        near = max(named, key=lambda s: doc.s.rfind(s.name, sentence[0], title.start))
        return doc.main if near.former else str(near.name)
    return doc.main
