"""Find agency, date, count and holder of an award: [date][N次]被 AGENCY[、AGENCY] VERB TITLE[、TITLE][N次]."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from ingest.facts.count_extraction import MAX_PARTS
from ingest.facts.document import Doc
from ingest.facts.honour_titles import ASIDE, BODY, SIGNED_BY, SIGNED_REACH, Title
from ingest.facts.lazy_property import lazy
from ingest.facts.person_checks import Person
from ingest.zh import han
from ingest.zh.word_search import WordIndex


@dataclass(slots=True)
class Award:
    """Agency, date, count and holder of one award, as far as the text states them."""

    by: str | None = None
    #: ISO date; None without a date, or if the year of `date_text` is unknown
    date: str | None = None
    date_text: str | None = None
    count: str | None = None
    #: (ISO date, offset) of each date of a list for one title (2012年、2017年和2021年), else empty; each date is one award
    dates: list[tuple[str | None, int]] = field(default_factory=list)
    holder: str | None = None
    #: other persons with the same award: 苑静 beside the holder 付浩 in 苑静、付浩被评为…
    others: list[str] = field(default_factory=list)
    #: spans of the folded text; their numbers belong to the award, so no other kind may use them
    claimed: list[tuple[int, int]] = field(default_factory=list)


class Frames:
    """Finder of the award of each title. A title without an agency or date may take that of the previous title."""

    def __init__(self, doc: Doc, persons: list[Person], titles: list[Title]) -> None:
        self._doc, self._persons, self._titles = doc, persons, titles
        self._starts = [title.start for title in titles]
        #: (name, person) for each person; for a dotted name also (first part, person): 热合曼 of 热合曼·托合提
        self._named = [(person.name, person) for person in persons]
        self._named += [(p.name.split("·")[0], p) for p in persons if len(p.name.split("·")[0]) >= 2 and "·" in p.name]
        self._index = WordIndex([name for name, _ in self._named], doc.s)
        self._last: tuple[Title, Award] | None = None
        #: False if the agency found last is the agent of an award verb (被公安部授予), True if it is stated in another way
        self._beside = False

    def bind(self, title: Title) -> Award:
        """Return agency, date, count and holder of a title. Titles must be given in the order of the text."""
        award = Award(claimed=[(title.start, title.end)])
        self._bind_count(title, award)
        self._bind_agency(title, award)
        self._bind_date(title, award)
        award.holder = self._holder(title)
        if award.holder is not None and title.bearer is None:
            award.others = self._beside_holder(title, award.holder)
        self._last = (title, award)
        return award

    # --- count ----------------------------------------------------------------------------------------------------

    def _bind_count(self, title: Title, award: Award) -> None:
        award.count = title.count
        if title.count:
            award.claimed += [title.count_span] if title.count_span else []
            return
        if title.given is not None and (years := _YEARS.search(title.given["when"])):
            award.count = years["count"]
            return
        start = self._clause_start(title)
        words = self._doc.s[start : title.start]
        if before := _TIMES.search(words) or _YEARS.search(words):
            award.count = before["count"]
            award.claimed.append((start + before.start(), start + before.end()))
        elif behind := _TIMES_AFTER.match(self._doc.s, title.end, title.end + 10):
            award.count = behind["count"]
            award.claimed.append(behind.span())
        elif title.given is not None and (behind := _ENTERED.match(self._doc.s, title.end, title.end + 30)):
            award.count = behind["count"]
            award.claimed.append(behind.span("count"))

    def _clause_start(self, title: Title) -> int:
        """Return the offset after the last comma, semicolon or colon before the award verb (or title, without a verb).

        At most 60 characters of the sentence are searched. If they have no such mark, return their start.
        """
        place = min(title.start, title.start if title.verb is None else title.verb)
        floor = max(title.floor, place - 60)
        return max(floor, *(self._doc.s.rfind(mark, floor, place) + 1 for mark in ",;:"))

    # --- agency ---------------------------------------------------------------------------------------------------

    def _bind_agency(self, title: Title, award: Award) -> None:
        if title.level is not None:
            award.by = title.level
            return
        if (entry := self._entry(title)) and entry["by"]:
            award.by, self._beside = entry["by"], True
            return
        if title.given is not None:
            award.by, self._beside = _without_verb(title.given["by"]), True
            return
        aside = ASIDE.match(self._doc.s, title.end)
        if aside and (given := _GIVEN_ASIDE.search(aside[0])):
            award.by, self._beside = given["by"], True
            return
        if settled := self._certificate(title):
            award.by, self._beside = settled, True
            return
        announced = _ANNOUNCED.search(self._doc.s, title.floor, title.start + 1)
        if announced and title.verb is None:
            award.by, self._beside = _without_verb(announced["by"]), True
            return
        for pattern in (_BESIDE, _REGION):
            if beside := pattern.search(title.lead[-24:].removesuffix("“" if pattern is _BESIDE else "")):
                award.by, self._beside = _without_verb(beside["by"]), True
                return
        quoted = "“" in self._doc.s[title.start - 1 : title.start + 1] and "枫桥式" not in title.title
        if quoted and (level := _LEVEL_OF_QUOTED.search(title.lead[-24:].removesuffix("“"))):
            award.by, self._beside = level["by"], True
            return
        if title.verb is None and (vote := _VOTE.search(title.lead.removesuffix("“"))):
            award.by, self._beside = vote["by"], True
            return
        if title.verb is not None:
            start = max(title.floor, title.verb - 40)
            words = _BETWEEN.sub("", self._doc.s[start : title.verb])
            giving = _GIVING.match(self._doc.s, title.verb)
            match = _PASSIVE.search(words) or (_ACTIVE.search(words) if giving else None)
            by = _without_verb(match["by"].removesuffix("作出决定")) if match else ""
            if by and (_AGENCY_END.search(by) or _SEVERAL.search(by)):
                award.by, self._beside = by, False
                award.claimed.append((start + match.start("by"), title.verb))  # type: ignore[union-attr]
                return
        last = self._last
        if last is not None and title.verb is not None and _AND_ALSO.fullmatch(self._doc.s, last[0].end, title.verb):
            award.by = last[1].by
            return
        if self._last is not None and self._continues(title) and self._last[0].verb == title.verb:
            # the agency directly beside the previous title (“甲”) does not apply to a title with its own level:
            # 评为上海市公安局“甲”、全国优秀人民警察. It does apply to “乙” in 荣获辽宁省“甲”、“乙”
            own_level = self._beside and _LEVEL.match(title.title)
            award.by = None if own_level else self._last[1].by

    def _entry(self, title: Title) -> re.Match[str] | None:
        """Return the match of the year and any agency at the start of the title's line (2023年 省公安厅 “…”), or None."""
        s = self._doc.s
        start = s.rfind("\n", max(0, title.floor - _ENTRY_HEAD), title.floor) + 1
        return _ENTRY.fullmatch(s, start, title.floor) if start else None

    def _continues(self, title: Title) -> bool:
        """Return whether at most a separator of lists is between the previous title and this one."""
        last = self._last
        return last is not None and _LIST_GAP.fullmatch(self._doc.s, last[0].end, title.start) is not None

    # --- date -----------------------------------------------------------------------------------------------------

    def _bind_date(self, title: Title, award: Award) -> None:
        found = self._date(title)
        if found:
            award.date, award.date_text = found
            dates = self._dates_in(title, found[1])
            if not dates:
                return
            first = bisect_right(self._starts, dates[-1][1])
            peers = [one for one in self._titles[first : first + len(dates) + 1] if one.floor == title.floor]
            # one date for each title: 2021年、2022年,先后获评“甲”和“乙”
            if len(peers) == len(dates) and title in peers:
                award.date = dates[peers.index(title)][0]
            else:
                award.date, award.dates = dates[0][0], dates

    def _dates_in(self, title: Title, words: str) -> list[tuple[str | None, int]]:
        """Return (ISO date, offset) of each date in `words` before the title: 2012年、2017年和2021年.

        The list is empty for a single date, or if one of the dates has no ISO date.
        """
        start = self._doc.s.rfind(words, title.floor, title.start)
        dates: list[tuple[str | None, int]] = []
        place = title.start
        while start >= 0 and (date := self._doc.date_before(place, start)) is not None:
            if date.value is None:
                return []
            dates.append((date.value, date.start))
            place = date.start
        return dates[::-1] if len(dates) > 1 else []

    def _date(self, title: Title) -> tuple[str | None, str] | None:
        """Return (ISO date or None, words) of the date of the award, or None.

        The places are searched in this order: the start of the line (`_entry`), the words after the title, the title,
        the part of the sentence before the title (parts end in semicolons). If all are without a date and the title has
        an award verb, a date that opens a preceding part is used (`_opening_date`).
        """
        doc, floor = self._doc, title.floor
        if (entry := self._entry(title)) and (year := doc.date_at(entry.start())) is not None:
            return year.value, doc.s[year.start : year.end]
        aside = ASIDE.match(doc.s, title.end)
        if aside and (beside := doc.date_before(aside.end(), title.end)) is not None:
            return beside.value, doc.s[beside.start : beside.end]
        behind = doc.date_at(title.end + 1) if doc.s[title.end : title.end + 1] == "," else None
        # a date after the title: “首都精神文明单位”,2019年的; 个人二等功,2018年;
        if behind is not None and (
            _OF_IT.match(doc.s, behind.end)
            or (doc.s[behind.end : behind.end + 1] in (";", "。") and doc.date_before(title.start, floor) is None)
        ):
            return behind.value, doc.s[behind.start : behind.end]
        if settled := self._settled(title):
            return settled
        if inside := _YEAR_OF.search(title.medal):
            return inside[1], inside[0]
        if title.given is not None:  # 公安部2021年表彰的“甲”,省公安厅评定的“乙”: the date is not that of 乙
            floor = max(floor, title.start - len(title.given[0]) - _DATE_BEFORE_GIVEN)
            near = doc.date_before(title.start, floor)
            # a date before the agency, unless another title is between: 2019年国家移民管理局评定的“…”
            between = doc.s[near.end : title.start - len(title.given[0])] if near is not None else ""
            if near is None or "”" in between:
                return self._settled(title)
            return near.value, doc.s[near.start : near.end]
        best = doc.date_before(title.start, floor)
        if best is not None and doc.s.startswith(("以来", "起"), best.end):
            return None  # awards of several years: 2018年以来,荣获“甲”、“乙”
        if best is None and title.verb is not None:
            return None if _OTHER_TIMES.search(doc.s, floor, title.start) else self._opening_date(floor)
        last = self._last if self._last is not None and self._last[0].start >= floor else None
        if best is None or doc.s[best.start - 1 : best.start] + doc.s[best.end : best.end + 1] == "()":
            return None  # no date, or a date in brackets, which belongs to the title before it
        if last is not None and best.end <= last[0].start:  # the date precedes an earlier award of the sentence
            if _OTHER_TIMES.search(doc.s, last[0].end, title.start):
                return None
            if han.is_han(doc.s[best.start - 1 : best.start] or "。") and self._another(last, title):
                return None  # the date is that of another person's award: 甲在2024年荣获“…”,乙获得“…”
            known = last[1].date_text
            return (last[1].date, known) if known is not None else None
        first = self._first_of_list(best.start)
        if not self._dates_award(title, floor, first, best.end) or _LIFE.match(doc.s, best.end, title.start):
            return None
        return best.value, doc.s[first : best.end]

    def _another(self, last: tuple[Title, Award], title: Title) -> bool:
        """Return whether a person other than the holder of the previous title is named between the two titles."""
        end = title.start if title.verb is None else title.verb
        named = (name for _, name in self._mentions(last[0].end, end))
        return any(name is not None and name != last[1].holder for name in named)

    def _settled(self, title: Title) -> tuple[str | None, str] | None:
        """Return (ISO date, words) of the date on the certificate, stated after the title (落款是2019年), or None."""
        doc = self._doc
        signed = _SIGNED.match(doc.s, title.end, title.end + SIGNED_REACH)
        date = doc.date_at(signed.end()) if signed else None
        return (date.value, doc.s[date.start : date.end]) if date is not None else None

    def _certificate(self, title: Title) -> str | None:
        """Return the agency on the certificate, stated after the title (落款是公安部; 是2017年公安部颁的), or None."""
        signed = SIGNED_BY.match(self._doc.s, title.end, title.end + SIGNED_REACH)
        return _without_verb(signed["by"] or signed["giver"]) if signed else None

    def _opening_date(self, floor: int) -> tuple[str | None, str] | None:
        """Return (ISO date, words) of a date at the start of a preceding part of the sentence (2024年,…;被评为…), or None.

        The parts before `floor` end in semicolons; at most MAX_PARTS are searched, the nearest first.
        """
        doc = self._doc
        for _ in range(MAX_PARTS):
            if floor == 0 or doc.s[floor - 1] != ";":
                break
            floor = doc.sentence(floor - 1)[0]
            date = doc.date_at(floor)
            if date is not None and date.value is not None and doc.s[date.end : date.end + 1] == ",":
                return date.value, doc.s[date.start : date.end]
        return None

    def _first_of_list(self, start: int) -> int:
        """Return the start of the first date of a list (2014年、2017年和2021年); `start` is the start of its last date."""
        doc = self._doc
        while doc.s[start - 1 : start] in ("、", "和", "及"):
            before = doc.date_before(start, start - 8)
            if before is None or before.end != start - 1:
                break
            start = before.start
        return start

    def _dates_award(self, title: Title, floor: int, start: int, end: int) -> bool:
        """Return whether the date at start:end belongs to the award.

        One of these conditions is sufficient:
        - no comma is between date and title;
        - the clause of the date has at most six other characters (2019年,公安部授予...) or contains a word of award;
        - the date opens the sentence, the title has an award verb, and the clause has no word of founding.
        Dates of other events are rejected: 新华路派出所成立于1950年,...一级公安派出所; 2018年与湖滨派出所合并,为....
        """
        s = self._doc.s
        comma = s.find(",", end, title.start)
        if comma < 0:
            return True
        begin = max(s.rfind(",", floor, start) + 1, s.rfind(":", floor, start) + 1, floor)
        beside = s[begin:start] + s[end:comma]  # the rest of the clause of the date
        if len(beside) <= 6 or _AWARDED.search(beside):
            return True
        return start - floor <= 1 and title.verb is not None and not _FOUNDING.search(beside)

    # --- holder ---------------------------------------------------------------------------------------------------

    def _holder(self, title: Title) -> str | None:
        """Return the name of the awarded person; None for an award of a station or a thing, or an unknown person."""
        if title.bearer is not None:
            return title.bearer
        s = self._doc.s
        after = s[title.end : title.end + 60]
        follow = _HOLDER.match(after)
        if follow:
            rest = after[follow.end() :]
            for person in self._inside(title.end, title.end + 60):
                if 0 <= (place := rest.find(person.name)) <= _TITLES_BETWEEN and _LISTING.fullmatch(rest, 0, place):
                    return person.name
            if han.match("[\\p{Han}]{2}", rest):
                return rest[:3]
        if title.title.startswith("集体") or title.title.endswith(_COLLECTIVE):
            return None
        if itemised := self._itemised(title):
            return itemised
        if owner := self._owner(title):
            return owner
        if title.verb is not None and (given := self._mentions(title.verb, title.start)):
            return given[-1][1]
        if _THING_AWARDED.search(s, title.floor, title.start if title.verb is None else title.verb):
            return None
        if title.verb is not None and _TO_STATION.search(s, max(title.floor, title.verb - 6), title.start):
            return None
        said_of = s[title.verb : title.start] if title.verb is not None else ""
        if said_of and _PRONOUN.search(said_of):
            return self._antecedent(title, title.verb or title.start)
        return self._subject(title)

    def _owner(self, title: Title) -> str | None:
        """Return the name of the person whose certificates or medals the sentence lists (毕世国的奖章擦得锃亮:…), or None."""
        s = self._doc.s
        owned = list(_OWN_AWARDS.finditer(s, title.floor, title.start))
        if not owned:
            return None
        words = owned[-1]["who"]
        known = next((person.name for person in self._persons if words.endswith(person.name)), None)
        if known is None and words[-2:-1] in ("老", "小"):  # 老 or 小 with a surname: 老宫自己的奖状
            known = next((person.name for person in self._persons if person.name[0] == words[-1]), None)
        return known

    def _beside_holder(self, title: Title, holder: str) -> list[str]:
        """Return the persons named directly before the holder in a list that is the subject: 苑静 in 苑静、付浩被评为."""
        s = self._doc.s
        end = title.start if title.verb is None else title.verb
        place = s.rfind(holder, title.floor, end)
        if place < 0 or not _AWARDED_NEXT.match(s, place + len(holder), end):
            return []
        names = sorted((person.name for person in self._inside(title.floor, place)), key=len, reverse=True)
        others: list[str] = []
        while s[place - 1 : place] in ("、", "和", "与"):
            name = next((one for one in names if s.endswith(one, title.floor, place - 1)), None)
            if name is None:
                break
            others.append(name)
            place -= len(name) + 1
        return others

    def _subject(self, title: Title) -> str | None:
        """Return the holder named, or meant by a pronoun, in the clauses before the title; the nearest clause counts.

        Without a name or pronoun, the holder of a merit that opens its line is the main person of the text
        (`_leading`), and the holder of a title that only persons receive is a person named before the sentence
        (`_antecedent`). The result is None for a station or an unknown holder.
        """
        s, floor = self._doc.s, title.floor
        end = title.start
        while end > floor:
            start = max(floor, s.rfind(",", floor, end - 1) + 1, s.rfind("、", floor, end - 1) + 1)
            mentions = self._mentions(start, end)
            pronoun = _PRONOUN.search(s, start, end)
            if pronoun and mentions and s.endswith(mentions[-1][1] or "\n", 0, pronoun.start()):
                pronoun = None  # 本人 belongs to the name before it: 何秀英|本人
            if pronoun and not (mentions and mentions[-1][0] > pronoun.start()):
                return self._antecedent(title, start + (pronoun.start() - start))
            if mentions:
                return mentions[-1][1]
            end = start
        if self._last is not None and self._last[0].start >= floor and self._last[1].holder is None:
            return None  # the station received the last award and also this one: 集体嘉奖四次,2014年得过“平安卫士”奖牌
        if title.form == "merit" and self._opens_line(title):
            return self._leading[0] if self._leading is not None else None
        return self._antecedent(title, floor) if _PERSONAL.search(title.title) else None

    def _opens_line(self, title: Title) -> bool:
        """Return whether at most a short phrase and a verb of merit precede the title in its line: 立二等功1次."""
        s, start = self._doc.s, self._doc.s.rfind("\n", 0, title.start) + 1
        return bool(_VERB_ALONE.fullmatch(s, start, title.start))

    def _mentions(self, start: int, end: int) -> list[tuple[int, str | None]]:
        """Return (offset, name) of each officer or citizen in start:end and (offset, None) of each station, by offset.

        The offset is that of the last mention in start:end. A person of another class is included only if words of
        award follow this mention. A person is left out if this mention is that of an owner or relative (鄢国庆的父亲).
        """
        s = self._doc.s
        found: list[tuple[int, str | None]] = []
        for person in self._inside(start, end):
            name = person.name if s.find(person.name, start, end) >= 0 else person.name.split("·")[0]
            place = s.rfind(name, start, end)
            behind = place + len(name)
            awarded = person.role_class in ("police", "citizen") or _IS_AWARDED.match(s, behind)
            if awarded and place >= 0 and not _OWNED.match(s, behind, behind + 4):
                found.append((place, person.name))
        words = [station.name for station in self._doc.stations_in((start, end))]
        for word in (*words, *_STATION_WORDS):
            if (place := s.rfind(word, start, end)) >= 0 and not _NOT_STATION.match(s, place + len(word)):
                found.append((place, None))
        return sorted(found, key=lambda mention: mention[0])

    def _inside(self, start: int, end: int) -> list[Person]:
        found = [self._named[number][1] for number in self._index.inside((start, end))]
        return list({person.name: person for person in found}.values())

    def _antecedent(self, title: Title, place: int) -> str | None:
        """Return the name of the person meant by a pronoun or by a title without a holder at `place`, or None.

        It is the name of the main person (`_leading`) if named before `place`, else the last officer named in the _BACK
        characters before `place`, else the last citizen named there.
        """
        s = self._doc.s
        placed = []
        for person in self._inside(max(0, place - _BACK), place):
            where = s.rfind(person.name, 0, place)
            behind = where + len(person.name)
            if person.role_class in ("police", "citizen") and not (
                _OWNED.match(s, behind) or _SPEAKS_OF.match(s, behind)
            ):
                placed.append((person.role_class == "police", where, person.name))
        leading = self._leading
        if leading is not None and leading[1] < place:
            return leading[0]
        return max(placed)[2] if placed else None

    @lazy
    def _leading(self) -> tuple[str, int] | None:
        """Name and first offset of the main person of the text, or None.

        This is the most often named citizen if named at least _HERO times and at least twice as often as any officer.
        Otherwise it is the officer named at least three times and at least twice as often as any other officer. 老 or 小
        with the surname counts as a mention.
        """
        s = self._doc.s
        times = self._mentioned("police")
        heroes = [one for one in self._mentioned("citizen")[:1] if one[0] >= _HERO]
        if heroes and (not times or heroes[0][0] >= 2 * times[0][0]):
            return heroes[0][1], s.find(heroes[0][1])
        if not times or times[0][0] < 3 or (len(times) > 1 and times[0][0] < 2 * times[1][0]):
            return None
        return times[0][1], s.find(times[0][1])

    def _mentioned(self, cls: str) -> list[tuple[int, str]]:
        """Return (number of mentions, name) of the persons of a class, most mentions first."""
        s = self._doc.s
        names = [person.name for person in self._persons if person.role_class == cls][:_OFFICERS]
        return sorted(
            (
                (s.count(name) - s.count(f"\n{name}:") + s.count("老" + name[0]) + s.count("小" + name[0]), name)
                for name in names
            ),
            reverse=True,
        )

    def _itemised(self, title: Title) -> str | None:
        """Return the holder of a title in an enumeration (甲和乙,一个是“...”,一个是“...”), or None."""
        if not title.lead.endswith("一个是"):
            return None
        s, floor = self._doc.s, title.floor
        first = s.find("一个是", floor, title.start)
        people = sorted(self._inside(floor, first), key=lambda person: s.rfind(person.name, floor, first))
        number = s.count("一个是", floor, title.start) - 1
        return people[number].name if number < len(people) else None


#: the start of a line of honours with blanks: 2023年 山东省公安厅 “…”
_ENTRY = han.regex(rf"(?:19|20)\d\d年[ ]+(?:(?P<by>{BODY})[ ]+)?")
#: maximum number of characters before a title that are searched for the start of its line. Not measured
_ENTRY_HEAD = 30
#: the number of awards: a count before the verb (N次, _TIMES), a run of years (连续N年, _YEARS), or a count after the
#: title (_TIMES_AFTER)
_TIMES = re.compile(
    r"(?P<count>(?:\d+|[一二两三四五六七八九十]+)余?[次度]|第[二三四五六七八九十]次|[两三四五六](?=获))(?=被|获|荣|受|立|捧|摘|入选|上榜|当选|评)"
)
_YEARS = re.compile(r"(?P<count>连续第?[一二两三四五六七八九十\d]+[年届次])")
_TIMES_AFTER = re.compile(r"(?:称号)?(?P<count>(?:\d+|[一二两三四五六七八九十]+)余?次)")
#: text after a quoted title that states the number of awards: ,该所已经五度入选 after “十佳派出所”
_ENTERED = han.regex(
    r"[”,]?[\p{Han}]{2,14}?(?P<count>(?:\d+|[一二两三四五六七八九十]+)[次度])(?:入选|上榜|获评|当选|捧得|摘得)"
)
#: the awarding agency directly before a title: 2021年贵阳市公安局“...”, 和林芝市公安局集体嘉奖
_BESIDE = han.regex(
    rf"(?:^|[^\p{{Han}}]|[为予评获选得过了的和及年月日])(?P<by>{BODY})(?<!支部)(?:\d{{4}}年度?)?(?:首批|第[一二三四五]批|的)?$"
)
#: a region directly before a title, after 荣获, 和 or the like; it counts as the awarding body: 荣获辽宁省“...”, 和重庆市“...”
_REGION = han.regex(r"(?:^|荣获|和|[:、,;了过])(?P<by>(?![\p{Han}]{0,3}自治区)[\p{Han}]{2,5}(?:省|市|区|县|盟|州))$")
#: a region between another award verb and a quoted title; it counts as the awarding body: 当选阜阳市“最美政法干警”,
#: 被评为自治区“优秀共青团干部”. Titles with 枫桥式 are excluded: in 被评为成都市“枫桥式公安派出所” the region belongs to the
#: title, which without a region is an award of the Ministry
_LEVEL_OF_QUOTED = han.regex(
    r"(?:评为|评选为|当选为?|获评|授予|获得|被授(?!予)|成为|是|[、,]|”、)(?P<by>[\p{Han}]{2,6}自治区|自治区|(?![\p{Han}]{0,3}自治区)[\p{Han}]{2,5}(?:省|市|区|县|盟|州)|北京|上海|天津|重庆)$"
)
#: an agency that announces a list of awards: 江苏省公安厅公布全省第三批“…”
_ANNOUNCED = han.regex(rf"(?:\A|[,。年月日])(?P<by>{BODY})(?:公布|发布|揭晓)的?(?=[\p{{Han}}]{{0,8}}“)")
#: an agency in brackets after a title: 五四青年奖章(2021年,共青团福建省委)
_GIVEN_ASIDE = han.regex(rf"[(,、](?P<by>{BODY})(?:授予|颁发|评定|命名)?\)$")
#: words between the agency and the verb, which are removed before the agency is searched: the recipient (给他们), a date,
#: 联合 (jointly), 先后 (successively)
_BETWEEN = han.regex(
    r"(?:批准|(?<!作出)决定)?(?:(?:又|还|也|曾)(?=[给为]))?(?:[给为向把将](?:[他她它其](?:们|所在的?[\p{Han}]{0,4})?|(?:该|这个)所|[\p{Han}]{0,8}派出所|所里|[\p{Han}]{2,5}))?(?:(?:于|在)?(?:\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|今年|去年|先后|多次|又|还|也|则|随后|再次|正式|联合|共同|分别)+)?$"
)
#: words before a title which show that an earlier date is not the date of the title: 2021年获评“甲”,先后4次荣立集体三等功
_OTHER_TIMES = re.compile(
    "(?:退休|牺牲|转业|从警|入党)前|在职时|生前|先后|此前|连续[一二三四五六七八九十\\d]+|多次|历年|累计"
)
#: the level at the start of a title (全国, 辽宁省); such a title does not take an agency beside the title before it
_LEVEL = han.regex(r"全国|国家|公安部|首都|[\p{Han}]{2,3}(?:省|自治区)")
#: verbs with the awarding body as their subject
_GIVING = re.compile("追授|追记|追认|追评|授予|命名|评|表彰|颁|记|确定|认定|批准")
#: the awarding body directly before the verb: after 被, 由 and the like (_PASSIVE), or as the subject (_ACTIVE)
_PASSIVE = han.regex(r"(?:被|由|经|受到|获(?!评|得|颁|授))(?P<by>(?:(?!被)[\p{Han}、\d]){2,30})$")
_ACTIVE = han.regex(r"(?:^|[,。;:\d日月年是])(?P<by>[\p{Han}、]{2,24})$")
#: end of the name of an awarding body; a match of _PASSIVE or _ACTIVE must end so, or as in _SEVERAL
_AGENCY_END = re.compile(
    r"(?:部|省|市|区|县|厅|局|委|会|府|总队|支队|大队|分局|办|中央|院|处|团|社|站|联|镇|街道|群众|居民|媒体|百姓)$"
)
#: end of a list of several awarding bodies: 等18个部委
_SEVERAL = re.compile(r"等[\d一二两三四五六七八九十多]*(?:个|家)?(?:部门|部委|单位|机关)$")
#: a person as the owner of the awards that follow: 老宫自己的奖状, 王建舟的两本证书——, 文昌荣的家里,…挂着奖章:
_OWN_AWARDS = han.regex(
    r"(?P<who>[\p{Han}·]{2,12}?)(?:(?:自己|本人|个人|名下)的?|的)(?:(?=家里)|[^,。;“”:的]{0,3}?(?:奖状|奖章|证书|荣誉|军功章|奖牌|勋章))[^。;“”]{0,24}?(?:[:—]|里)(?!的)"
)
#: an agency that holds a vote or gives a title: 省公安厅评选|“最美辅警”, 公安部又把|“…”给了它
_VOTE = han.regex(
    rf"(?:^|[,。日月年])(?P<by>{BODY}|[\p{{Han}}]{{2,10}}办)(?:评选(?:出)?|[又也还]?[把将]|[又也还]?(?:送|发|颁|捎|寄)来了?(?:一[块面枚张])?)$"
)
#: words between two titles that the same agency awarded: 授予该所“…”称号,并|记集体二等功
_AND_ALSO = re.compile("”?(?:荣誉)?(?:称号)?,(?:并|还|同时)(?:被|给[他她它]|为其)?")
#: words that make the station the receiver: 把它评为, 颁给所里
_TO_STATION = re.compile("(?:把|将|给|授予|为)(?:它|其|该所|这个所|所里|派出所)")
#: separators between two titles of one list
_LIST_GAP = re.compile("[、和及与]?[“]?")
#: words in the clause of a date that show that the date is that of an award (_AWARDED) or of a founding (_FOUNDING)
_AWARDED = re.compile("[荣获评授予命名表彰]{2}|荣立|摘得|捧回|入选|被|跻身")
_FOUNDING = re.compile("成立|组建|始建|建于|合并|更名|改名|搬")
#: words after a date of a person's career, which is not the date of the award: 2009年参加工作,…荣立二等功
_LIFE = re.compile(r"[^,。;“]{0,12}(?:参加工作|从警|入警|入伍|参军|转业|毕业|出生|加入|考入|调[入到任])[^,。;“]{0,12},")
_OF_IT = re.compile("的(?=[,。;、])")
#: words between a title and the date on its certificate (_SIGNED); number of characters before an agency in which the
#: date of its award is searched (_DATE_BEFORE_GIVEN)
_DATE_BEFORE_GIVEN = 12
_SIGNED = han.regex(
    r"[\p{Han}“”]{0,8},(?:(?:落款|发牌|颁发|授牌|盖章)的?(?:单位)?[是为][\p{Han}]{2,14},)?(?:(?:落款|上面写着|时间|日期)(?:是|为|写着)?|那是|是(?:[\p{Han}]{2,12}(?=(?:19|20)\d\d年[发颁授奖]))?(?=(?:19|20)\d\d年[\p{Han}]{0,16}[的得]))"
)
_YEAR_OF = re.compile(r"(\d{4})年?")
#: text after a title up to 获得者 (holder), with the other titles of its list; the name of the holder may follow
_HOLDER = re.compile(r"(?:、?(?:全国|全省)?“[^”]{2,14}”|、)*(?:称号)?获得者")
#: maximum number of characters between 获得者 and the name of the holder (not measured), and the characters allowed there
_TITLES_BETWEEN, _LISTING = 10, han.regex("[\\p{Han}、]*")
#: last words of titles that stations receive, and words of titles that persons receive
_COLLECTIVE = ("派出所", "集体", "单位", "所", "支部", "党组织", "示范岗", "文明号", "案例")
_PERSONAL = re.compile("个人|卫士|标兵|能手|警察|民警|辅警|党员|劳动模范|英模|楷模|好人|红旗手|功臣")
_VERB_ALONE = han.regex(r"(?:[\p{Han}\d]{0,8}[、,])?(?:曾|先后|多次)?(?:荣立|荣记|立|记)?(?:过|了)?(?:个人)?")
#: a thing in quotation marks that receives the award, which then has no holder: 她领衔的“铁嘴工作室”则在2022年|被…授予
_THING_AWARDED = han.regex(
    r"“[^”]{2,12}(?:工作室|队|驿站|中心|室|站|联盟|团)”(?:则|也|还|又|先后|于|在|\d{4}年|[去今]年)*(?:被[\p{Han}、]{2,20})?\Z"
)
_STATION_WORDS = ("派出所", "该所", "所里")
#: words after 派出所 that mean a person or a part of the station, not the station
_NOT_STATION = re.compile(
    r"(?:的|原|前|老|首任|时任|现任|第?[一二三四五六七八九十\d]{1,3}任|社区|户籍|治安|责任区|驻村|退休)*(?:副?所长|民警|辅警|副?教导员|副?指导员|政委|内勤)"
)
#: words of award directly after a name: 何秀英本人被评为. Without them, a person who is neither an officer nor a citizen
#: (such as an official) is not a holder
_IS_AWARDED = re.compile(
    r"(?:本人|自己|个人)?(?:也|还|则|又|先后|曾|\d{4}年(?:\d{1,2}月)?|[今去前]年(?:\d{1,2}月)?)*(?:被|获|荣|当选|入选|登上|拿|捧|受到)"
)
_PRONOUN = re.compile("[他她](?!们|的)|(?<!其)本人|这位(?=“)")
#: words after a name that make the person only the owner or relative of somebody or something: 鄢国庆的父亲
_OWNED = re.compile(
    r"的(?!时候|话|事迹|名字|照片|故事|(?:[一两二三四五六几\d][本枚张块个])?(?:家[里中]|荣誉|奖|证书|抽屉|床头))|所在"
)
#: words between the last name of a list and the award verb
_AWARDED_NEXT = han.regex(
    "(?:等人?|先后|均|都|双双|分别|同时|也|还|被[\\p{Han}、]{0,16}|[两三四][人名]个?|\\d{4}年)*\\Z"
)
#: words after the name of a person who speaks of somebody else; the pronoun does not mean the speaker: 副所长高胜利这么叫他
_SPEAKS_OF = re.compile("[^,。;“]{0,6}(?:叫|喊|称|夸|评价|形容|介绍|谈起|提起|说起|这样说)[着起到]?[他她](?!们)")
#: maximum number of persons of a class whose mentions are counted; the labelled texts have at most 14 officers
_OFFICERS = 40
#: minimum number of mentions of a citizen who is the main person of the text (`_leading`); not measured
_HERO = 5
#: maximum distance between a pronoun and the person it refers to, characters; not measured
_BACK = 300


def _without_verb(words: str) -> str:
    """Return the agency without a verb or date before it (评为公安部, 是去年国家林草局)."""
    return _BEFORE_AGENCY.sub("", words)


_BEFORE_AGENCY = re.compile(
    "^.*(?:[去今前当]年|年|月|日|评为|评选为|命名为|授予|入选|荣获|获评|获得|获|得过|得了|拿过|拿了|被|由|经|是|有(?!关)|还有|于|为|的|荣立|荣记|记|(?<![部委局厅会院府联处央室])和(?!平|旅游|信息|社会|改革|计划))(?=.{2})"
)
