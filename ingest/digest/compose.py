"""Compose a Digest from a day's Period: select, order and label its contents. No I/O.

Every figure has the quote it was extracted from. The titles, quotes and changes of the period are masked already
(`store.masked_views`). Length limits are applied later, by the channels.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.digest import format_zh, labels_zh, text_diff
from ingest.digest.statistics_zh import statistic
from ingest.digest.text_diff import Hunk, Piece
from store import station_card
from store.fact_kinds import KINDS, Kind
from store.masking import Masked
from store.records import Edit, Fact, OutcomeRow, Period, Revision, SourceHealth, StoryCopy, StoryView
from store.story_comparison import date_order

#: maximum characters shown of the beginning of the text; not measured
LEAD = 110
#: maximum edits that are compared paragraph by paragraph; a redesigned site may change hundreds. Not measured
COMPARED = 40


#: notice for a source whose listings have not been read yet
UNCHECKED = "尚未检查过"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a group: the text of one or more equal facts, and their distinct quotes."""

    text: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Facts of one kind under their heading."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One reposted copy of a story."""

    medium: str
    title: str
    url: str
    #: such as "2026年11月20日"; "" if unknown
    published: str
    relation: str
    #: how much of one text the other contains, in percent: the larger of the two shares
    share: int


@dataclass(frozen=True, slots=True)
class Story:
    """One story with its facts and its copies."""

    article: int
    title: str
    url: str
    #: publisher named on the page (来源), such as 重庆日报, else the name of the configured site
    medium: str
    published: str
    byline: str
    lead: str
    reasons: str
    score: float
    #: name of the main station, the heading of `card`; "" when the story names no station
    station: str
    card: tuple[Group, ...]
    groups: tuple[Group, ...]
    copies: tuple[Copy, ...]
    #: publisher and date of the earliest publication of the story, as text
    first: str


@dataclass(frozen=True, slots=True)
class Change:
    """A stored article that its site has changed."""

    article: int
    title: str
    url: str
    site: str
    #: numbers of the two revisions
    before: int
    after: int
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One value of a changed figure, with the article, date and quote that state it."""

    value: str
    title: str
    url: str
    #: such as "2026年11月20日"
    published: str
    quote: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A station figure that two articles state differently, at least one of them new."""

    station: str
    #: heading and category of the figure, such as "警力 民警" or "辖区"
    what: str
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of fetch failure, with its sources and pages."""

    code: str
    meaning: str
    count: int
    #: (source, number of failures), largest number first
    sources: tuple[tuple[str, int], ...]
    #: (URL, detail in Chinese or "") of every failed page
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A problem of one source."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The content of one day's digest, input of `render_html` and `render_text`."""

    day: date
    made_at: datetime
    #: first day of the range if it is earlier than the day before `day`, else None
    since: date | None
    stories: tuple[Story, ...]
    #: stories of earlier digests that have new copies
    reposted: tuple[Story, ...]
    changes: tuple[Change, ...]
    #: figures of stations that two articles state differently, at least one of them new
    figures: tuple[Figure, ...]
    failures: tuple[Failure, ...]
    failing: tuple[Notice, ...]
    silent: tuple[Notice, ...]
    #: (outcome code, label, number of rows), largest number first; the sum is the number of URL checks
    outcomes: tuple[tuple[str, str, int], ...]
    #: True when outcome rows of this range were deleted after their retention period, so the counts are too low
    pruned: bool = False
    #: number of features read from archives of earlier days; they are stored and not listed
    late: int = 0

    @property
    def total(self) -> int:
        """Number of URL checks."""
        return sum(count for _, _, count in self.outcomes)

    @property
    def copies(self) -> int:
        """Number of copies of the new stories and of the reposted ones."""
        return sum(len(story.copies) for story in self.stories + self.reposted)

    @property
    def headline(self) -> str:
        """One-line summary of the news and of the problems that need attention."""
        parts = [f"新特写 {len(self.stories)} 篇" if self.stories else "没有新特写"]
        if self.reposted:
            parts.append(f"旧稿再转载 {len(self.reposted)} 篇")
        if self.changes:
            parts.append(f"修订 {len(self.changes)} 篇")
        if self.figures:
            parts.append(f"数字有变 {len(self.figures)} 处")
        if self.failing:
            parts.append(f"{len(self.failing)} 个来源失败")
        if self.silent:
            parts.append(f"{len(self.silent)} 个来源无更新")
        return "，".join(parts)


def compose_digest(
    period: Masked[Period],
    health: Masked[tuple[SourceHealth, ...]],
    *,
    day: date,
    zone: str,
    now: datetime,
    silent_days: float,
    start: datetime | None = None,
    known: Collection[int] | None = None,
    figures: Sequence[Masked[station_card.Change]] = (),
) -> Digest:
    """Compose the digest of `day` from a period of history.

    `start`: start time of the period. `known`: ids of stories older than the period; None means the stories whose
    representative has no revision in the period. `figures`: changed values of the station cards.
    """
    local = ZoneInfo(zone)
    found = period.value
    if known is None:
        known = {view.id for view in found.features if view.representative.commit <= found.after}
    fresh = sorted(
        (view for view in found.features if view.id not in known),
        key=lambda view: (-view.verdict.score, view.representative.article),
    )
    reposted = [_with_new_copies(view, start) for view in found.features if view.id in known]
    return Digest(
        day=day,
        made_at=now.astimezone(local),
        since=_since(start, day, local),
        stories=tuple(_story(view, local) for view in fresh),
        reposted=tuple(replace(_story(view, local), card=(), groups=()) for view in reposted),
        changes=tuple(_change(edit, compared=n < COMPARED) for n, edit in enumerate(found.edits)),
        figures=tuple(_figure(change.value) for change in figures),
        failures=_failures(found.failures),
        failing=tuple(failing_notice(row, local) for row in health.value if row.last_error is not None),
        silent=tuple(silent_notice(row, now, local) for row in health.value if is_silent(row, now, silent_days)),
        outcomes=tuple(
            (code, labels_zh.OUTCOMES.get(code, code), count)
            for code, count in sorted(found.outcomes.items(), key=lambda item: (-item[1], item[0]))
            if count
        ),
        late=found.late,
    )


def _since(start: datetime | None, day: date, zone: ZoneInfo) -> date | None:
    """Return the first day of the period if it is earlier than the day before `day`, else None."""
    first = start.astimezone(zone).date() if start else day
    return first if first < day - timedelta(days=1) else None


def _with_new_copies(view: StoryView, start: datetime | None) -> StoryView:
    """Return the story with the copies first seen since `start`, or with all copies if none is newer."""
    new = tuple(copy for copy in view.copies if start is None or copy.first_seen >= start)
    return replace(view, copies=new or view.copies)


def _clean(text: str) -> str:
    """Return a text on one line, with full-width punctuation."""
    return format_zh.full_width(format_zh.on_one_line(text))


# --- stories ------------------------------------------------------------------------------------------------


def _story(view: StoryView, zone: ZoneInfo) -> Story:
    revision = view.representative
    content = revision.content
    main = _main_station(view.facts)
    facts = _FactGroups(view.facts, content.text, _clean)
    copies = sorted(view.copies, key=lambda copy: (copy.published or "9", copy.article))
    return Story(
        article=revision.article,
        title=_clean(content.title) or "（无题）",
        url=content.url,
        medium=_clean(content.source or revision.site),
        published=format_zh.dated(content.published or ""),
        byline=_clean("、".join(dict.fromkeys(credit.name for credit in content.authors))),
        lead=format_zh.cut(_clean(format_zh.opening(content.text)[: 4 * LEAD]), LEAD),
        reasons=labels_zh.verdict_summary(view.verdict.reasons[:4]),
        score=view.verdict.score,
        station=_clean(str(main.fields.get("name") or "")) if main else "",
        card=facts.card(main),
        groups=facts.groups(main),
        copies=tuple(_copy(copy) for copy in copies),
        first=_clean(_first(revision, copies, zone)),
    )


def _copy(copy: StoryCopy) -> Copy:
    return Copy(
        _clean(copy.source or copy.site),
        _clean(copy.title),
        copy.url,
        format_zh.dated(copy.published or ""),
        labels_zh.RELATIONS.get(copy.relation, copy.relation),
        round(copy.containment * 100),
    )


def _first(revision: Revision, copies: Sequence[StoryCopy], zone: ZoneInfo) -> str:
    """Return the publisher with the earliest date, and this date, as text.

    A date without a time sorts after the times of that day. The publisher is the 来源 line, else the configured site.
    """
    content = revision.content
    published = [
        (content.published or content.fetched_at.astimezone(zone).date().isoformat(), content.source or revision.site)
    ]
    published += [
        (copy.published or copy.first_seen.astimezone(zone).date().isoformat(), copy.source or copy.site)
        for copy in copies
    ]
    when, medium = min(published, key=lambda pair: date_order(pair[0]))
    return f"{medium}（{format_zh.dated(when)}）"


def _main_station(facts: Sequence[Fact]) -> Fact | None:
    stations = [fact for fact in facts if fact.kind == "station"]
    return next((fact for fact in stations if fact.fields.get("main")), stations[0] if stations else None)


class _FactGroups:
    """The facts of one story as groups of lines; equal statements with several quotes become one line."""

    def __init__(self, facts: Sequence[Fact], text: str, clean: Callable[[str], str]) -> None:
        self.facts, self.text, self.clean = facts, text, clean

    def card(self, main: Fact | None) -> tuple[Group, ...]:
        """Return the groups of the main station's card, in the order of a station card."""
        name = main.fields.get("name") if main else None
        stations = [fact for fact in self.facts if fact.kind == "station" and fact.fields.get("name") == name]
        own = [fact for fact in self.facts if fact.fields.get("station") in (name, None)]
        rows = [
            self._group("隶属", stations, lambda f: str(f.get("authority") or "")),
            self._group("地区", stations, _place),
            *(
                self._group(HEADINGS[kind], _of(own, kind), FACT_TEXT[kind])
                for kind, row in KINDS.items()
                if row.card_row
            ),
        ]
        return tuple(group for group in rows if group is not None)

    def groups(self, main: Fact | None) -> tuple[Group, ...]:
        """Return all groups that are not on the card; persons are grouped by role class."""
        name = main.fields.get("name") if main else None
        people = _of(self.facts, "person")
        groups = [
            self._group("荣誉", _of(self.facts, "honour"), lambda f: _honour(f, name)),
            *(
                self._group(heading, [fact for fact in people if fact.fields.get("role_class") == role], _person)
                for role, heading in (("police", "民警"), ("official", "干部"), ("citizen", "群众"))
            ),
            self._group(HEADINGS["initiative"], _of(self.facts, "initiative"), FACT_TEXT["initiative"]),
            self._figures(),
            self._group(HEADINGS["event"], _of(self.facts, "event"), FACT_TEXT["event"]),
            *(self._group(HEADINGS[kind], _of(self.facts, kind), FACT_TEXT[kind]) for kind in _REST),
            self._group("也提到", self._elsewhere(main), lambda f: str(f.get("name") or "")),
        ]
        return tuple(group for group in groups if group is not None)

    def _elsewhere(self, main: Fact | None) -> list[Fact]:
        name = main.fields.get("name") if main else None
        return [fact for fact in _of(self.facts, "station") if fact.fields.get("name") != name]

    def _figures(self) -> Group | None:
        """Return the group of the statistics, None without any.

        Statistics that state a change come first: readers look for these, and long lists are cut.
        """
        names = [str(fact.fields.get("name") or "") for fact in _of(self.facts, "person")]
        lines: dict[str, list[str]] = {}
        for fact in sorted(_of(self.facts, "statistic"), key=lambda fact: (not fact.fields.get("change"), fact.start)):
            shown, is_clause = statistic(fact, self.text, names)
            shown = self.clean(shown) + labels_zh.origin(fact)
            quote = self.clean(fact.quote)
            if quote not in lines.setdefault(shown, []) and not is_clause:
                lines[shown].append(quote)
        found = tuple(Line(shown, tuple(quotes)) for shown, quotes in lines.items())
        return Group("数字", found) if found else None

    def _group(self, heading: str, facts: Sequence[Fact], text: Callable[[Mapping[str, Any]], str]) -> Group | None:
        """Return the group of these facts in text order, None if there is nothing to show.

        `text` formats the fields of a fact, with the quote added as "quote".
        """
        lines: dict[str, list[str]] = {}
        for fact in sorted(facts, key=lambda fact: fact.start):
            shown = self.clean(text({**fact.fields, "quote": fact.quote})).strip()
            shown += labels_zh.origin(fact) if shown else ""
            quote = self.clean(fact.quote)
            if shown and quote not in lines.setdefault(shown, []):
                lines[shown].append(quote)
        found = tuple(Line(shown, tuple(quotes)) for shown, quotes in lines.items())
        return Group(heading, found) if found else None


def _of(facts: Iterable[Fact], kind: str) -> list[Fact]:
    return [fact for fact in facts if fact.kind == kind]


def _place(fields: Mapping[str, Any]) -> str:
    parts = (str(fields.get(key) or "") for key in ("province", "city", "district"))
    return " ".join(dict.fromkeys(part for part in parts if part))


def _counted(fields: Mapping[str, Any], unit: str) -> str:
    """Format a counted fact: 常住 3.1万余人. An indefinite number is quoted from the text: 商铺 数百家."""
    value = fields.get("value")
    shown = (
        format_zh.vague(str(fields["quote"])) if value is None else format_zh.number(value, fields.get("approx"), unit)
    )
    return f"{fields.get('category') or ''} {shown}".strip() if shown else ""


def _honour(fields: Mapping[str, Any], station: object) -> str:
    holder = fields.get("holder") or fields.get("station")
    count = fields.get("count")
    notes = [
        str(holder) if holder and holder != station else "",
        str(fields.get("by") or ""),
        format_zh.dated(str(fields.get("date") or "")),
    ]
    notes = [note for note in notes if note]
    shown = str(fields.get("title") or "") + (
        f" {format_zh.number(count)}项" if isinstance(count, int) else f" {count}" if count else ""
    )
    return shown + (f"（{'，'.join(notes)}）" if notes else "")


def _person(fields: Mapping[str, Any]) -> str:
    roles = fields.get("roles") or ()
    return f"{fields.get('name') or ''} {'、'.join(str(role) for role in roles)}".strip()


def _initiative(fields: Mapping[str, Any]) -> str:
    since = format_zh.dated(str(fields.get("since") or ""))
    return f"{fields.get('name') or ''}" + (f"（{since}起）" if since else "")


def _event(fields: Mapping[str, Any]) -> str:
    """Return the date of an event, or else its description. The quote is shown beside the result."""
    return format_zh.dated(str(fields.get("date") or "")) or str(fields.get("date_text") or fields.get("what") or "")


def _station(fields: Mapping[str, Any]) -> str:
    notes = [note for note in (_place(fields), str(fields.get("authority") or "")) if note]
    return f"{fields.get('name') or ''}" + (f"（{'，'.join(notes)}）" if notes else "")


#: kinds that `_FactGroups.groups` names one by one or leaves out
_GROUPED = frozenset({"station", "honour", "person", "initiative", "statistic", "event", "credit"})
#: fact kind -> heading
HEADINGS: Mapping[str, str] = {name: kind.label for name, kind in KINDS.items()}


def _plain_text(kind: Kind) -> Callable[[Mapping[str, Any]], str]:
    """Return the default function that formats facts of a kind."""
    if kind.measure:
        return lambda fields: _counted(fields, kind.unit)
    return lambda fields: str(fields.get(kind.subject) or "")


#: fact kind -> function that formats its fields and quote; statistics also need the text (statistics_zh.py)
FACT_TEXT: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    **{name: _plain_text(kind) for name, kind in KINDS.items() if name != "statistic"},
    "station": _station,
    "founded": lambda f: format_zh.dated(str(f.get("date") or "")),
    "area": lambda f: format_zh.number(f.get("value"), unit=KINDS["area"].unit),
    "honour": lambda f: _honour(f, f.get("station")),
    "person": _person,
    "initiative": _initiative,
    "event": _event,
    "credit": lambda f: " ".join(str(f[part]) for part in ("role", "name") if f.get(part)),
}


#: all other kinds that are not on the card; `_FactGroups.groups` adds one group for each
_REST = [name for name, kind in KINDS.items() if not kind.card_row and name not in _GROUPED]


# --- changes, failures, sources -----------------------------------------------------------------------------


def _change(edit: Edit, *, compared: bool) -> Change:
    before, after = edit.before, edit.after
    texts = (version.content.text for version in (before, after))
    hunks = [_with_full_width(hunk) for hunk in text_diff.diff_paragraphs(*texts)] if compared else []
    if before.content.title != after.content.title:
        hunks.insert(
            0,
            Hunk(
                "changed",
                (
                    Piece("same", "标题："),
                    Piece("removed", _clean(before.content.title)),
                    Piece("added", _clean(after.content.title)),
                ),
            ),
        )
    return Change(
        after.article,
        _clean(after.content.title) or "（无题）",
        after.content.url,
        _clean(after.content.source or after.site),
        before.number,
        after.number,
        tuple(hunks),
    )


def _with_full_width(hunk: Hunk) -> Hunk:
    """Return a hunk with full-width punctuation. Before the comparison this would hide changed marks."""
    return Hunk(hunk.what, tuple(Piece(piece.mark, format_zh.full_width(piece.text)) for piece in hunk.pieces))


def _figure(change: station_card.Change) -> Figure:
    heading = HEADINGS[change.kind]
    what = heading if not change.what else f"{heading} {change.what}"
    return Figure(change.station, what, _side(change.before), _side(change.after))


def _side(value: station_card.Value) -> Side:
    citation = value.citations[0]

    unit = KINDS[value.kind].unit or str(citation.fact.fields.get("unit") or "")
    shown = format_zh.number(value.value, citation.fact.fields.get("approx"), unit)
    return Side(
        shown,
        _clean(citation.title) or "（无题）",
        citation.url,
        format_zh.dated(citation.date),
        _clean(citation.fact.quote),
    )


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
                tuple((row.url, labels_zh.failure_detail(row.outcome, row.detail)) for row in group),
            )
        )
    return tuple(found)


def failing_notice(row: SourceHealth, zone: ZoneInfo) -> Notice:
    """Return the notice about a source whose last attempt failed."""
    since = f"，上次成功于{format_zh.moment(row.last_success.astimezone(zone))}" if row.last_success else "，从未成功过"
    return Notice(row.name, f"连续失败{row.failures}次{since}：{labels_zh.source_error(row.last_error or '')}")


def is_silent(row: SourceHealth, now: datetime, days: float) -> bool:
    """Return whether a source can be read but has listed nothing new for `days` days, or never, as after a redesign.

    True also for a source that has not been checked yet; False for a failing source.
    """
    if row.last_error is not None or row.last_attempt is None:
        return row.last_attempt is None
    return row.last_new is None or now - row.last_new > timedelta(days=days)


def silent_notice(row: SourceHealth, now: datetime, zone: ZoneInfo) -> Notice:
    """Return the notice about a source that lists nothing new or has not been checked yet."""
    if row.last_attempt is None:
        return Notice(row.name, UNCHECKED)
    if row.last_new is None:
        return Notice(row.name, "可以访问，但从未列出新文章")
    last = row.last_new.astimezone(zone)
    return Notice(row.name, f"{(now - row.last_new).days}天没有新文章（最近一篇：{format_zh.moment(last)}）")
