"""A day's Period -> Digest: what is shown, in what order, in whose words. Pure.

Every figure stands beside the words that prove it. Private persons are masked wherever their name occurs in
a story: title, quotes, changes. Nothing is left out here for its length; `render` shortens what must fit a
mail.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.digest import labels_zh, text_diff
from ingest.digest.statistics_zh import statistic
from ingest.digest.text_diff import Hunk, Piece
from store import masking, station_card
from store.records import Edit, Fact, OutcomeRow, Period, Revision, SourceHealth, StoryCopy, StoryView
from store.stories import by_time

#: characters of a quote that are shown; a fact's quote is a clause, a few are long sentences
QUOTE = 120
#: characters of the text's beginning that are shown
LEAD = 110
#: changes that are told in full; a site's new design may change hundreds, of which a mail shows 20 (render.LADDER)
TOLD = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One fact as shown: what it says and the words it was read from, once for each different place."""

    text: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Facts of one sort under their heading."""

    heading: str
    lines: tuple[Line, ...]
    #: the first to be shortened: figures, events and other stations
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """One more place that told the story."""

    medium: str
    title: str
    url: str
    #: "2026年11月20日" or ""
    published: str
    relation: str
    #: 0 to 100
    share: int


@dataclass(frozen=True, slots=True)
class Story:
    """One story with its facts and everybody who told it."""

    article: int
    title: str
    url: str
    #: "重庆日报", or the configured site's name when the page names no medium
    medium: str
    published: str
    byline: str
    lead: str
    reasons: str
    score: float
    #: rows of the station's card; the name is its heading
    station: str
    card: tuple[Group, ...]
    groups: tuple[Group, ...]
    copies: tuple[Copy, ...]
    #: who published first, as far as dates and 来源 lines say
    first: str


@dataclass(frozen=True, slots=True)
class Change:
    """A known article that its site changed."""

    article: int
    title: str
    url: str
    site: str
    #: numbers of the two versions
    before: int
    after: int
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a changed figure: what it says, who said it when, in which words."""

    value: str
    title: str
    url: str
    #: "2026年11月20日"
    published: str
    quote: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A station's figure that a new article gives another value than an earlier one."""

    station: str
    #: "警力 民警", "辖区"
    what: str
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure with where it happened."""

    code: str
    meaning: str
    count: int
    #: source -> rows, most first
    sources: tuple[tuple[str, int], ...]
    #: (URL, detail)
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What is wrong with a source."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """One day's digest, ready to be rendered."""

    day: date
    made_at: datetime
    #: the day it reaches back to, when that is before yesterday
    since: date | None
    stories: tuple[Story, ...]
    #: known stories that others told again
    retold: tuple[Story, ...]
    changes: tuple[Change, ...]
    #: figures of stations that the new articles give another value
    figures: tuple[Figure, ...]
    failures: tuple[Failure, ...]
    failing: tuple[Notice, ...]
    silent: tuple[Notice, ...]
    #: (code, its meaning, rows), most first; together every URL that was looked at
    outcomes: tuple[tuple[str, str, int], ...]
    #: some of them are so old that they are no longer kept: the counts are too low
    pruned: bool = False

    @property
    def total(self) -> int:
        """URLs looked at."""
        return sum(count for _, _, count in self.outcomes)

    @property
    def copies(self) -> int:
        """Places that told one of the new stories again, or a known one."""
        return sum(len(story.copies) for story in self.stories + self.retold)

    @property
    def headline(self) -> str:
        """One line: what is new, and whether anything needs a person."""
        parts = [f"新特写 {len(self.stories)} 篇" if self.stories else "没有新特写"]
        if self.retold:
            parts.append(f"旧文新转 {len(self.retold)} 篇")
        if self.changes:
            parts.append(f"修订 {len(self.changes)} 篇")
        if self.figures:
            parts.append(f"数字有变 {len(self.figures)} 处")
        if self.failing:
            parts.append(f"{len(self.failing)} 个来源失败")
        if self.silent:
            parts.append(f"{len(self.silent)} 个来源沉默")
        return "，".join(parts)


def compose(
    period: Period,
    health: Sequence[SourceHealth],
    *,
    day: date,
    zone: str,
    now: datetime,
    silent_days: float,
    start: datetime | None = None,
    known: Collection[int] | None = None,
    private: Mapping[int, Iterable[str]] | None = None,
    figures: Sequence[station_card.Change] = (),
) -> Digest:
    """What `day`'s digest says of a stretch of history.

    `start`: when the stretch began; `known`: stories that were there before it (else those whose shown
    revision is older); `private`: article -> names to mask in it, beside those that the period's own facts
    mark; `figures`: what the new articles changed on their stations' cards.
    """
    local = ZoneInfo(zone)
    masks = _masks(period, private or {})
    if known is None:
        known = {view.id for view in period.features if view.representative.commit <= period.after}
    fresh = sorted(
        (view for view in period.features if view.id not in known),
        key=lambda view: (-view.verdict.score, view.representative.article),
    )
    retold = [_newly_told(view, start) for view in period.features if view.id in known]
    return Digest(
        day=day,
        made_at=now.astimezone(local),
        since=_since(start, day, local),
        stories=tuple(_story(view, masks, local) for view in fresh),
        retold=tuple(replace(_story(view, masks, local), card=(), groups=()) for view in retold),
        changes=tuple(_change(edit, masks, told=n < TOLD) for n, edit in enumerate(period.edits)),
        figures=tuple(map(_figure, figures)),
        failures=_failures(period.failures),
        failing=tuple(_failing(row, local) for row in health if row.last_error is not None),
        silent=tuple(_silent(row, now, local) for row in health if _is_silent(row, now, silent_days)),
        outcomes=tuple(
            (code, labels_zh.OUTCOMES.get(code, code), count)
            for code, count in sorted(period.outcomes.items(), key=lambda item: (-item[1], item[0]))
            if count
        ),
    )


def _since(start: datetime | None, day: date, zone: ZoneInfo) -> date | None:
    """The day the stretch began when that is not the day before: a digest after some days of silence says so."""
    began = start.astimezone(zone).date() if start else day
    return began if began < day - timedelta(days=1) else None


def _newly_told(view: StoryView, start: datetime | None) -> StoryView:
    """A known story with the copies that are new in this stretch, all of them when none can be told apart."""
    new = tuple(copy for copy in view.copies if start is None or copy.first_seen >= start)
    return replace(view, copies=new or view.copies)


def _masks(period: Period, private: Mapping[int, Iterable[str]]) -> dict[int, frozenset[str]]:
    """Article -> names to mask; those of a story hold for all its copies, for they tell of the same people."""
    masks = {article: frozenset(names) for article, names in private.items()}
    for view in period.features:
        articles = [view.representative.article, *(copy.article for copy in view.copies)]
        names = masking.private_names(view.facts).union(*(masks.get(article, ()) for article in articles))
        for article in articles:
            masks[article] = names
    return masks


# --- stories ------------------------------------------------------------------------------------------------


def _story(view: StoryView, masks: Mapping[int, frozenset[str]], zone: ZoneInfo) -> Story:
    revision = view.representative
    content = revision.content
    names = masks.get(revision.article, frozenset())

    def veil(text: str) -> str:
        return masking.mask(labels_zh.on_one_line(text), names)

    main = _main_station(view.facts)
    shown = _Shown(view.facts, content.text, veil)
    copies = sorted(view.copies, key=lambda copy: (copy.published or "9", copy.article))
    return Story(
        article=revision.article,
        title=veil(content.title) or "（无题）",
        url=content.url,
        medium=veil(content.source or revision.site),
        published=labels_zh.dated(content.published or ""),
        byline=veil("、".join(dict.fromkeys(credit.name for credit in content.authors))),
        lead=labels_zh.cut(veil(labels_zh.opening(content.text)[: 4 * LEAD]), LEAD),
        reasons=labels_zh.why(view.verdict.reasons[:4]),
        score=view.verdict.score,
        station=veil(str(main.fields.get("name") or "")) if main else "",
        card=shown.card(main),
        groups=shown.groups(main),
        copies=tuple(_copy(copy, veil) for copy in copies),
        first=veil(_first(revision, copies, zone)),
    )


def _copy(copy: StoryCopy, veil: Callable[[str], str]) -> Copy:
    return Copy(
        veil(copy.source or copy.site),
        veil(copy.title),
        copy.url,
        labels_zh.dated(copy.published or ""),
        labels_zh.RELATIONS.get(copy.relation, copy.relation),
        round(copy.containment * 100),
    )


def _first(revision: Revision, copies: Sequence[StoryCopy], zone: ZoneInfo) -> str:
    """Who was first: the earliest date stated, a day without an hour after the hours of that day; the 来源 line names
    the medium, else the site that showed it."""
    content = revision.content
    told = [
        (content.published or content.fetched_at.astimezone(zone).date().isoformat(), content.source or revision.site)
    ]
    told += [
        (copy.published or copy.first_seen.astimezone(zone).date().isoformat(), copy.source or copy.site)
        for copy in copies
    ]
    when, medium = min(told, key=lambda pair: by_time(pair[0]))
    return f"{medium}（{labels_zh.dated(when)}）"


def _main_station(facts: Sequence[Fact]) -> Fact | None:
    stations = [fact for fact in facts if fact.kind == "station"]
    return next((fact for fact in stations if fact.fields.get("main")), stations[0] if stations else None)


class _Shown:
    """The facts of one story, turned into headed lines; the same statement with several quotes is one line."""

    def __init__(self, facts: Sequence[Fact], text: str, veil: Callable[[str], str]) -> None:
        self.facts, self.text, self.veil = facts, text, veil

    def card(self, main: Fact | None) -> tuple[Group, ...]:
        """The station's own rows, in the order of an index card."""
        name = main.fields.get("name") if main else None
        stations = [fact for fact in self.facts if fact.kind == "station" and fact.fields.get("name") == name]
        own = [fact for fact in self.facts if fact.fields.get("station") in (name, None)]
        rows = [
            self._group("隶属", stations, lambda f: str(f.get("authority") or "")),
            self._group("地区", stations, _place),
            *(
                self._group(HEADINGS[kind], _of(own, kind), SAID[kind])
                for kind in ("founded", "area", "population", "division", "premises", "force")
            ),
        ]
        return tuple(group for group in rows if group is not None)

    def groups(self, main: Fact | None) -> tuple[Group, ...]:
        """Everything else, people by what they are."""
        name = main.fields.get("name") if main else None
        people = _of(self.facts, "person")
        found = [
            self._group("荣誉", _of(self.facts, "honour"), lambda f: _honour(f, name)),
            *(
                self._group(heading, [fact for fact in people if fact.fields.get("role_class") == role], _person)
                for role, heading in (("police", "民警"), ("official", "干部"), ("citizen", "群众"))
            ),
            self._group(HEADINGS["initiative"], _of(self.facts, "initiative"), SAID["initiative"]),
            self._figures(),
            self._group(HEADINGS["event"], _of(self.facts, "event"), SAID["event"], minor=True),
            self._group("也提到", self._elsewhere(main), lambda f: str(f.get("name") or ""), minor=True),
        ]
        return tuple(group for group in found if group is not None)

    def _elsewhere(self, main: Fact | None) -> list[Fact]:
        name = main.fields.get("name") if main else None
        return [fact for fact in _of(self.facts, "station") if fact.fields.get("name") != name]

    def _figures(self) -> Group | None:
        """Figures that say what changed first: of many, they are what is looked for."""
        names = [str(fact.fields.get("name") or "") for fact in _of(self.facts, "person")]
        lines: dict[str, list[str]] = {}
        for fact in sorted(_of(self.facts, "statistic"), key=lambda one: (not one.fields.get("change"), one.start)):
            said, own_words = statistic(fact, self.text, names)
            said = self.veil(said) + labels_zh.origin(fact)
            quote = labels_zh.cut(self.veil(fact.quote), QUOTE)
            if quote not in lines.setdefault(said, []) and not own_words:
                lines[said].append(quote)
        shown = tuple(Line(said, tuple(quotes)) for said, quotes in lines.items())
        return Group("数字", shown, minor=True) if shown else None

    def _group(
        self, heading: str, facts: Sequence[Fact], text: Callable[[Mapping[str, Any]], str], *, minor: bool = False
    ) -> Group | None:
        """In the order of the text. `text` is given a fact's fields with its quote among them."""
        lines: dict[str, list[str]] = {}
        for fact in sorted(facts, key=lambda fact: fact.start):
            said = self.veil(text({**fact.fields, "quote": fact.quote})).strip()
            said += labels_zh.origin(fact) if said else ""
            quote = labels_zh.cut(self.veil(fact.quote), QUOTE)
            if said and quote not in lines.setdefault(said, []):
                lines[said].append(quote)
        shown = tuple(Line(said, tuple(quotes)) for said, quotes in lines.items())
        return Group(heading, shown, minor) if shown else None


def _of(facts: Iterable[Fact], kind: str) -> list[Fact]:
    return [fact for fact in facts if fact.kind == kind]


def _place(fields: Mapping[str, Any]) -> str:
    parts = (str(fields.get(key) or "") for key in ("province", "city", "district"))
    return " ".join(dict.fromkeys(part for part in parts if part))


def _counted(fields: Mapping[str, Any], unit: str) -> str:
    """常住 3.1万余人; a number that is not given is shown as the text has it: 商铺 数百家."""
    value = fields.get("value")
    shown = (
        labels_zh.vague(str(fields["quote"])) if value is None else labels_zh.number(value, fields.get("approx"), unit)
    )
    return f"{fields.get('category') or ''} {shown}".strip() if shown else ""


def _honour(fields: Mapping[str, Any], station: object) -> str:
    holder = fields.get("holder") or fields.get("station")
    count = fields.get("count")
    notes = [
        str(holder) if holder and holder != station else "",
        str(fields.get("by") or ""),
        labels_zh.dated(str(fields.get("date") or "")),
    ]
    notes = [note for note in notes if note]
    shown = str(fields.get("title") or "") + (
        f" {labels_zh.number(count)}项" if isinstance(count, int) else f" {count}" if count else ""
    )
    return shown + (f"（{'，'.join(notes)}）" if notes else "")


def _person(fields: Mapping[str, Any]) -> str:
    roles = fields.get("roles") or ()
    return f"{fields.get('name') or ''} {'、'.join(str(role) for role in roles)}".strip()


def _initiative(fields: Mapping[str, Any]) -> str:
    since = labels_zh.dated(str(fields.get("since") or ""))
    return f"{fields.get('name') or ''}" + (f"（{since}起）" if since else "")


def _event(fields: Mapping[str, Any]) -> str:
    """Its date: what happened is told by the quote beside it."""
    return labels_zh.dated(str(fields.get("date") or "")) or str(fields.get("date_text") or fields.get("what") or "")


def _station(fields: Mapping[str, Any]) -> str:
    notes = [note for note in (_place(fields), str(fields.get("authority") or "")) if note]
    return f"{fields.get('name') or ''}" + (f"（{'，'.join(notes)}）" if notes else "")


#: kind -> what a reader calls it
HEADINGS: Mapping[str, str] = {
    "station": "派出所",
    "founded": "建所",
    "area": "辖区",
    "population": "人口",
    "division": "下辖",
    "premises": "单位",
    "force": "警力",
    "honour": "荣誉",
    "person": "人物",
    "initiative": "做法",
    "statistic": "数字",
    "event": "大事",
    "credit": "署名",
}
#: kind -> its fields, the quote among them, in words; a statistic needs its text (statistic.py)
SAID: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "station": _station,
    "founded": lambda f: labels_zh.dated(str(f.get("date") or "")),
    "area": lambda f: labels_zh.number(f.get("value"), unit="平方公里"),
    "population": lambda f: _counted(f, "人"),
    "division": lambda f: _counted(f, "个"),
    "premises": lambda f: _counted(f, "家"),
    "force": lambda f: _counted(f, "人"),
    "honour": lambda f: _honour(f, f.get("station")),
    "person": _person,
    "initiative": _initiative,
    "event": _event,
    "credit": lambda f: " ".join(str(f[part]) for part in ("role", "name") if f.get(part)),
}


# --- changes, failures, sources -----------------------------------------------------------------------------


def _change(edit: Edit, masks: Mapping[int, frozenset[str]], *, told: bool) -> Change:
    before, after = edit.before, edit.after
    names = masks.get(after.article, frozenset())

    def veil(text: str) -> str:
        return masking.mask(labels_zh.on_one_line(text), names)

    texts = (masking.mask(version.content.text, names) for version in (before, after))
    hunks = list(text_diff.diff_paragraphs(*texts)) if told else []
    if before.content.title != after.content.title:
        hunks.insert(
            0,
            Hunk(
                "changed",
                (
                    Piece("same", "题目："),
                    Piece("removed", veil(before.content.title)),
                    Piece("added", veil(after.content.title)),
                ),
            ),
        )
    return Change(
        after.article,
        veil(after.content.title) or "（无题）",
        after.content.url,
        after.site,
        before.number,
        after.number,
        tuple(hunks),
    )


def _figure(change: station_card.Change) -> Figure:
    heading = HEADINGS[change.kind]
    what = heading if not change.what else f"{heading} {change.what}"
    return Figure(change.station, what, _side(change.before), _side(change.after))


def _side(value: station_card.Value) -> Side:
    told = value.citations[0]

    def veil(text: str) -> str:
        return masking.mask(labels_zh.on_one_line(text), told.private)

    shown = labels_zh.number(value.value, told.fact.fields.get("approx"), _UNIT[value.kind])
    return Side(
        shown,
        veil(told.title) or "（无题）",
        told.url,
        labels_zh.dated(told.date),
        labels_zh.cut(veil(told.fact.quote), QUOTE),
    )


#: units of the measures of a station's card
_UNIT: Mapping[str, str] = {"area": "平方公里", "population": "人", "division": "个", "premises": "家", "force": "人"}


def _failures(rows: Sequence[OutcomeRow]) -> tuple[Failure, ...]:
    by_code: dict[str, list[OutcomeRow]] = {}
    for row in rows:
        by_code.setdefault(row.outcome, []).append(row)
    found = []
    for code, group in sorted(by_code.items(), key=lambda item: (-len(item[1]), item[0])):
        sources: dict[str, int] = {}
        for row in group:
            sources[row.source] = sources.get(row.source, 0) + 1
        found.append(
            Failure(
                code,
                labels_zh.OUTCOMES.get(code, code),
                len(group),
                tuple(sorted(sources.items(), key=lambda item: (-item[1], item[0]))),
                tuple(
                    (row.url, masking.mask(labels_zh.cut(labels_zh.on_one_line(row.detail), 160), ())) for row in group
                ),
            )
        )
    return tuple(found)


def _failing(row: SourceHealth, zone: ZoneInfo) -> Notice:
    since = f"，上次成功 {labels_zh.moment(row.last_success.astimezone(zone))}" if row.last_success else "，从未成功过"
    error = masking.mask(labels_zh.failing(row.last_error or "", 200), ())
    return Notice(row.name, f"连续失败 {row.failures} 次{since}：{error}")


def _is_silent(row: SourceHealth, now: datetime, days: float) -> bool:
    """A source that answers and yet lists nothing new: its pages may have changed. One that fails says so itself."""
    if row.last_error is not None or row.last_attempt is None:
        return row.last_attempt is None
    return row.last_new is None or now - row.last_new > timedelta(days=days)


def _silent(row: SourceHealth, now: datetime, zone: ZoneInfo) -> Notice:
    if row.last_attempt is None:
        return Notice(row.name, "还没有查看过")
    if row.last_new is None:
        return Notice(row.name, "能访问，但从未列出新文章")
    last = row.last_new.astimezone(zone)
    return Notice(row.name, f"{(now - row.last_new).days} 天没有新文章（最近一篇 {labels_zh.moment(last)}）")
