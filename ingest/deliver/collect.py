"""Collect what a subscription reports: the changes since its last message that pass its saved search.

A new subscription starts at the last commit, so it never reports the whole store. Edits, removals and corrections are
reported for the articles that the subscription has sent. All texts are read through `store.masked_views`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from ingest.config.subscriptions import Subscription
from ingest.deliver.message_content import content_of, item, line, section, sources_section
from ingest.deliver.message_text import first_sentence
from ingest.digest import compose_digest, format_zh, labels_zh
from ingest.digest.compose import FACT_TEXT, HEADINGS, Digest, failing_notice, is_silent, silent_notice
from store import Store, masked_views
from store import outbox as store_outbox
from store.articles_from_archives import is_late
from store.masking import Masked
from store.outbox import SubscriptionState
from store.records import ArticleView, Edit, Fact, SourceHealth, StoryView
from store.search_tokens import fold, parse
from store.station_card import Change

#: failed attempts in a row after which a source is reported. Not measured
FAILURES = 3
#: the search for removals and corrections starts this long before the last check, because a run stores an event only
#: some time after the event, and a check in between misses it. No run takes this long
LATE = timedelta(days=1)
#: maximum corrected articles examined for one message. Not measured
CORRECTED = 200
#: maximum characters of a text that are searched for its first sentence
LEAD_FROM = 400
#: state of a source in the notes of a subscription -> label of the change
_STATES: Mapping[str, str] = {"failing": "抓取失败", "silent": "没有新文章", "": "恢复正常"}
_PLACES = ("province", "city", "district", "authority")


@dataclass(frozen=True, slots=True)
class Collected:
    """The digest, content and events of one message, and the state of the subscription after it."""

    digest: Digest
    content: dict[str, Any]
    #: keys of the reported events
    events: tuple[str, ...]
    state: SubscriptionState

    @property
    def empty(self) -> bool:
        """True if there is nothing to report."""
        return not self.content["sections"]


def first_state(
    store: Store, subscription: Subscription, now: datetime, *, health: Sequence[SourceHealth], silent_days: float
) -> SubscriptionState:
    """Return the state of a new subscription: it covers all commits so far and the present health of the sources."""
    state = SubscriptionState(subscription.name, masked_views.last_commit(store), now, {})
    _, notes = _source_changes(subscription, state, health, now, silent_days, ZoneInfo("UTC"))
    return replace(state, notes=notes)


def collect(
    store: Store,
    subscription: Subscription,
    state: SubscriptionState,
    *,
    zone: str,
    now: datetime,
    health: Sequence[SourceHealth],
    silent_days: float,
) -> Collected:
    """Return what the subscription reports for the time from `state` until now, with its next state."""
    upto = max(state.upto, masked_views.last_commit(store))
    period = masked_views.period(store, state.upto, upto, start=state.checked_at, end=max(now, state.checked_at))
    include = frozenset(subscription.include)
    search = _Search(subscription)
    features = [view for view in period.value.features if search.matches(view)]
    old = {view.id for view in features if _is_old(store, view, state.upto)}
    chosen = [view for view in features if ("reposts" if view.id in old else "features") in include]
    edits = _edits_of_sent(store, subscription, period.value.edits) if "edits" in include else []
    shown = period.map(
        lambda found: replace(found, features=tuple(chosen), edits=tuple(edits), outcomes={}, failures=())
    )
    changes, notes = _source_changes(subscription, state, health, now, silent_days, ZoneInfo(zone))
    digest = compose_digest(
        shown,
        Masked(()),
        day=now.astimezone(ZoneInfo(zone)).date(),
        zone=zone,
        now=now,
        silent_days=silent_days,
        start=state.checked_at,
        known=old,
        figures=list(_figures(store, state.upto, upto, search)) if "figures" in include else [],
    )
    gone = _gone(store, subscription, state.checked_at - LATE, now) if "gone" in include else []
    corrected = _corrected(store, state, upto) if "corrections" in include and upto > state.upto else []
    extra = [
        section("corrections", "更正", [entry for entry, _ in corrected]),
        section("gone", "原文已删除", [entry for entry, _ in gone]),
        changes,
        _other_articles(store, state.upto, upto, subscription, search)
        if "articles" in include
        else section("", "", []),
    ]
    content = content_of(digest, extra)
    events = [f"article:{view.representative.article}" for view in chosen]
    events += [key for _, key in (*gone, *corrected)]
    return Collected(digest, content, tuple(events), SubscriptionState(subscription.name, upto, now, notes))


def _is_old(store: Store, view: StoryView, upto: int) -> bool:
    """Return whether a story already existed at commit `upto`.

    The view contains only the newest revision of its representative, so the first revision may have to be read.
    """
    revision = view.representative
    if revision.commit <= upto:
        return True
    return revision.number > 1 and masked_views.show(store, revision.article).value.revisions[0].commit <= upto


class _Search:
    """The saved search of a subscription, applied to stories and articles."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._terms = parse(subscription.words).terms

    def matches(self, view: StoryView) -> bool:
        """Return whether a story passes all filters."""
        revision = view.representative
        sources = {revision.site, revision.content.source or ""} | {copy.site for copy in view.copies}
        return (
            self._has_words(revision.content.title, revision.content.text, view.facts)
            and self._has_source(sources)
            and self._has_station(view.facts)
            and self._has_place(view.facts)
            and (not self._subscription.facts or any(fact.kind in self._subscription.facts for fact in view.facts))
        )

    def matches_article(self, view: ArticleView) -> bool:
        """Return whether an article passes the filters of words, sources, stations and places."""
        content = view.revision.content
        return (
            self._has_words(content.title, content.text, view.facts)
            and self._has_source({view.revision.site, content.source or ""})
            and self._has_station(view.facts)
            and self._has_place(view.facts)
        )

    def matches_station(self, name: str, place: Mapping[str, str]) -> bool:
        """Return whether a station passes the filters of stations and places."""
        stations_, places = self._subscription.stations, self._subscription.places
        return (not stations_ or any(part in name for part in stations_)) and (
            not places or any(part in value for part in places for value in place.values())
        )

    @property
    def by_text(self) -> bool:
        """True if the subscription filters by words, sources or kinds of facts."""
        return bool(self._terms or self._subscription.sources or self._subscription.facts)

    def _has_words(self, title: str, text: str, facts: Sequence[Fact]) -> bool:
        if not self._terms:
            return True
        names = " ".join(str(fact.fields.get(key) or "") for fact in facts for key in ("name", "title"))
        folded = [fold(part) for part in (title, text, names)]
        return all(any(term in part for part in folded) for term in self._terms)

    def _has_source(self, sources: set[str]) -> bool:
        return not self._subscription.sources or bool(sources.intersection(self._subscription.sources))

    def _has_station(self, facts: Sequence[Fact]) -> bool:
        names = [str(fact.fields.get("name") or "") for fact in facts if fact.kind == "station"]
        wanted = self._subscription.stations
        return not wanted or any(part in name for part in wanted for name in names)

    def _has_place(self, facts: Sequence[Fact]) -> bool:
        wanted = self._subscription.places
        places = [str(fact.fields.get(key) or "") for fact in facts if fact.kind == "station" for key in _PLACES]
        return not wanted or any(part in place for part in wanted for place in places)


def _figures(store: Store, after: int, upto: int, search: _Search) -> Iterator[Masked[Change]]:
    """Yield the changed figures of stations that pass the saved search."""
    for change in masked_views.changes(store, since=after, at=upto, news=True):
        station = change.value.station
        cited = masked_views.show(store, change.value.after.citations[0].article).value
        place = next(
            (fact.fields for fact in cited.facts if fact.kind == "station" and fact.fields.get("name") == station), {}
        )
        texts = {key: str(place.get(key) or "") for key in _PLACES}
        if search.matches_station(station, texts) and (not search.by_text or search.matches_article(cited)):
            yield change


def _edits_of_sent(store: Store, subscription: Subscription, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits of articles that the subscription has sent."""
    keys = [f"article:{edit.after.article}" for edit in edits]
    sent = store_outbox.known_events(store, subscription.name, keys)
    return [edit for edit, key in zip(edits, keys, strict=True) if key in sent]


def _gone(
    store: Store, subscription: Subscription, since: datetime, until: datetime
) -> list[tuple[dict[str, Any], str]]:
    """Return (item, event key) for each sent article whose page has disappeared. Each is reported only once."""
    articles = store.gone_articles(since, until)
    keys = [f"{what}:{article}" for article in articles for what in ("article", "gone")]
    known = store_outbox.known_events(store, subscription.name, keys)
    found = []
    for article in articles:
        key = f"gone:{article}"
        if f"article:{article}" in known and key not in known:
            view = masked_views.show(store, article).value
            lead = first_sentence(_clean(format_zh.opening(view.revision.content.text)[:LEAD_FROM]))
            found.append((_article_item(view, line("网站已删除此页；正文和网页存档仍可查阅。", quote=lead)), key))
    return found


def _corrected(store: Store, state: SubscriptionState, upto: int) -> list[tuple[dict[str, Any], str]]:
    """Return (item, event key) for each sent article whose facts a person has corrected since the last message.

    Each correction is reported only once.
    At most CORRECTED articles are examined.
    """
    found = []
    sent = store_outbox.known_events(store, state.name)
    changed = (
        change
        for change in masked_views.diff(store, state.upto, upto).value.facts
        if f"article:{change.article}" in sent
    )
    for change in islice(changed, CORRECTED):
        view = masked_views.show(store, change.article).value
        newest = max((correction.at for correction in view.corrections), default=None)
        if newest is None or newest <= state.checked_at - LATE:
            continue  # facts that changed because other rules extracted them are not corrections
        key = f"corrected:{change.article}:{newest.isoformat()}"
        if key in sent:
            continue
        lines = [
            line(f"{mark}{HEADINGS[fact.kind]} {_fact_text(fact)}".rstrip(), quote=_clean(fact.quote))
            for mark, facts in (("原为：", change.removed), ("更正为：", change.added))
            for fact in facts
        ]
        found.append((_article_item(view, *lines), key))
    return found


def _other_articles(store: Store, after: int, upto: int, subscription: Subscription, search: _Search) -> dict[str, Any]:
    """Return the section of new articles with the rulings listed in the subscription, other than "feature".

    Articles from archives of earlier days are left out.
    """
    entries = []
    for row in masked_views.diff(store, after, upto).value.added if upto > after else ():
        if row.ruling in subscription.rulings and row.ruling != "feature":
            view = masked_views.show(store, row.id).value
            late = is_late(view.revisions[0].content.fetched_at, row.first_seen)
            if search.matches_article(view) and not late:
                entries.append(_article_item(view))
    return section("articles", "其他文章", entries)


def _source_changes(
    subscription: Subscription,
    state: SubscriptionState,
    health: Sequence[SourceHealth],
    now: datetime,
    silent_days: float,
    zone: ZoneInfo,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the section of sources that started to fail, fell silent or work again, and the notes for the next check.

    The section is empty if the subscription does not include "sources", or has filters but names no sources.
    """
    if "sources" not in subscription.include or (subscription.filtered and not subscription.sources):
        return section("sources", "", []), dict(state.notes)
    before: Mapping[str, str] = state.notes.get("sources", {})
    after: dict[str, str] = {}
    changed: dict[str, list[SourceHealth]] = {label: [] for label in _STATES.values()}
    for row in health:
        if subscription.sources and row.name not in subscription.sources:
            continue
        was = before.get(row.name, "")
        now_is = _source_state(row, was, now, silent_days)
        if now_is:
            after[row.name] = now_is
        if now_is != was:
            changed[_STATES[now_is]].append(row)
    items = [entry for label, rows in changed.items() for entry in _source_items(label, rows, now, zone)]
    names = {label: [row.name for row in rows] for label, rows in changed.items()}
    return sources_section(items, names), {**state.notes, "sources": after}


def _source_state(row: SourceHealth, was: str, now: datetime, silent_days: float) -> str:
    """Return the state of a source: "failing", "silent" or "" (works).

    A source that has failed fewer than `FAILURES` times in a row keeps its earlier state `was`.
    """
    if row.last_error is not None:
        return "failing" if row.failures >= FAILURES else was
    return "silent" if row.last_attempt is not None and is_silent(row, now, silent_days) else ""


def _source_items(label: str, rows: Sequence[SourceHealth], now: datetime, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Yield one item for each cause: sources that fail for the same reason are grouped."""
    groups: dict[str, list[SourceHealth]] = {}
    for row in rows:
        cause = labels_zh.source_error(row.last_error or "") if row.last_error is not None else ""
        groups.setdefault(cause, []).append(row)
    for cause, group in groups.items():
        if label == _STATES[""]:
            text = "已恢复正常"
        elif len(group) == 1:
            notice = failing_notice(group[0], zone) if cause else silent_notice(group[0], now, zone)
            text = notice.text
        else:
            text = f"{label}：{cause}" if cause else label
        yield item("、".join(row.name for row in group), lines=[line(text)])


def _article_item(view: ArticleView, *lines: str | dict[str, str]) -> dict[str, Any]:
    content = view.revision.content
    about = f"{_clean(content.source or view.revision.site)} {format_zh.dated(content.published or '')}".rstrip()
    shown = [line(entry) if isinstance(entry, str) else entry for entry in (about, *lines)]
    return item(_clean(content.title) or "（无题）", url=content.url, article=view.revision.article, lines=shown)


def _clean(text: str) -> str:
    return format_zh.full_width(format_zh.on_one_line(text))


def _fact_text(fact: Fact) -> str:
    text = "" if fact.kind == "statistic" else FACT_TEXT[fact.kind]({**fact.fields, "quote": fact.quote}).strip()
    return _clean(text)
