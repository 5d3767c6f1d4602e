"""Entries of feeds from the masked views of the store: articles, changed figures, messages of a subscription.

Building the entry of an article takes some 5 ms, most of it masking, so entries are cached. After new commits, an entry
is built again only if a commit changed its article, or if it contains a name that has become private.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ingest.digest import format_zh
from ingest.digest.compose import HEADINGS
from ingest.digest.render import link
from ingest.web.feed_formats import Entry, Line
from ingest.web.view_models import fact_text
from store import Store, masked_views
from store.fact_kinds import KINDS
from store.masking import Masked
from store.outbox import Message
from store.records import ArticleSummary, Fact
from store.search import Filters
from store.station_card import Change, brought_by

#: maximum facts of an entry, in the order of `_SHOWN`; the page of the article shows all
FACTS = 12
#: kinds of facts that an entry shows, in the order of the station card
_SHOWN = [name for name, kind in KINDS.items() if not kind.masks and name not in ("station", "credit")]
#: maximum cached entries of articles, some 6 kB each
_KEPT = 5_000
#: maximum messages of a subscription that are read, newest first
_MESSAGES = 500
#: name space of the ids of entries; a fixed random number
_SPACE = uuid.UUID("5f0c2f0a-9c1e-4f0e-8d53-2f1a7c9b6e44")


class Entries:
    """Builder of entries, with a cache of the entries of articles. Thread-safe."""

    def __init__(self, store: Store, keep: int = _KEPT) -> None:
        self._store, self._keep, self._lock = store, keep, threading.Lock()
        self._commit = 0
        self._built: dict[int, Entry] = {}

    def of_target(self, target: Mapping[str, Any], limit: int) -> list[Entry]:
        """Return at most `limit` entries of a feed, newest first; `ingest.web.feeds` describes `target`."""
        if target["kind"] == "subscription":
            return list(self._messages(str(target["name"]), limit))
        if target["kind"] == "changes":
            return self._changes(target, limit)
        since, until = (date.fromisoformat(target[name]) if target.get(name) else None for name in ("since", "until"))
        filters = Filters(
            target.get("source"), target.get("ruling"), target.get("station"), target.get("place"), since, until
        )
        words = str(target.get("words") or "")
        if not words and filters == Filters():
            return self._articles([row.value.id for row in masked_views.list_articles(self._store, limit=limit)])
        return self._articles(masked_views.newest(self._store, words, filters, limit=limit))

    def _articles(self, ids: Sequence[int]) -> list[Entry]:
        """Return the entries of the articles `ids`, in this order. Articles that are not stored are left out."""
        with self._lock:
            self._forget_changed()
            missing = [number for number in ids if number not in self._built]
            identity = self._identity()
            for summary in masked_views.summaries(self._store, missing):
                self._built[summary.value.revision.article] = article_entry(summary, identity)
            found = [self._built[number] for number in ids if number in self._built]
            while len(self._built) > self._keep:
                del self._built[next(iter(self._built))]
        return found

    def _forget_changed(self) -> None:
        """Remove cached entries that commits since the last call may have changed."""
        last = masked_views.last_commit(self._store)
        if last != self._commit and self._built:
            texts = {number: _text(entry) for number, entry in self._built.items()}
            for number in masked_views.stale(self._store, self._commit, last, texts):
                del self._built[number]
        self._commit = last

    def _changes(self, target: Mapping[str, Any], limit: int) -> list[Entry]:
        """Return the entries of changed figures of stations, the latest stored first."""
        identity = self._identity()
        found = masked_views.newest_changes(self._store, limit, str(target.get("station") or ""))
        stored = masked_views.first_seen(self._store, {brought_by(change.value) for change in found})
        return [change_entry(change, stored[brought_by(change.value)], identity) for change in found]

    def _messages(self, name: str, limit: int) -> Iterator[Entry]:
        """Yield at most `limit` entries of a subscription's messages, newest message first."""
        count = 0
        for message in masked_views.messages(self._store, name, _MESSAGES):
            for entry in message_entries(message):
                if count == limit:
                    return
                count += 1
                yield entry

    def _identity(self) -> Callable[[str], str]:
        """Return the function that derives the id of an entry from its name; an entry has the same id in every feed."""
        first = masked_views.log(self._store, 1, upto=1)
        root = first[0].digest if first else ""
        return lambda name: f"urn:uuid:{uuid.uuid5(_SPACE, f'{root}/{name}')}"


def _text(entry: Entry) -> str:
    return "\n".join([entry.title, entry.url, entry.summary, *(f"{line.text}\n{line.quote}" for line in entry.lines)])


def article_entry(masked: Masked[ArticleSummary], identity: Callable[[str], str]) -> Entry:
    """Return the entry of an article: publisher, date, first sentence, and its first FACTS facts."""
    summary = masked.value
    content = summary.revision.content
    about = [content.source or summary.revision.site, format_zh.dated(content.published or ""), _lead(content.text)]
    stations = [str(fact.fields.get("name")) for fact in summary.facts if fact.kind == "station"]
    return Entry(
        identity(f"article/{summary.revision.article}"),
        _clean(content.title) or "（无题）",
        link(content.url),
        summary.first_seen,
        max(summary.first_seen, content.fetched_at),
        _clean(" · ".join(part for part in about if part and part != "-")),
        tuple(_fact_lines(summary.facts, content.text)),
        tuple(dict.fromkeys(stations)),
        summary.revision.article,
        summary.revision.commit,
    )


def _lead(text: str) -> str:
    opening = format_zh.opening(text)
    end = min((place for mark in "。！？!?\n" if (place := opening.find(mark)) >= 0), default=len(opening) - 1)
    return format_zh.cut(opening[: end + 1].strip(), 120)


def _fact_lines(facts: Sequence[Fact], text: str) -> Iterator[Line]:
    """Sort the facts whose kind is in `_SHOWN` by its order there, and yield a line for each of the first FACTS."""
    people = [str(fact.fields.get("name") or "") for fact in facts if fact.kind == "person"]
    shown = sorted((fact for fact in facts if fact.kind in _SHOWN), key=lambda fact: _SHOWN.index(fact.kind))
    for fact in shown[:FACTS]:
        values = {
            "kind": fact.kind,
            "quote": fact.quote,
            "start": fact.start,
            "end": fact.end,
            "fields": dict(fact.fields),
        }
        words = f"{HEADINGS[fact.kind]} {_clean(fact_text(fact, text, people))}".strip()
        yield Line(words, _clean(fact.quote), fact=values)


def change_entry(masked: Masked[Change], stored: datetime, identity: Callable[[str], str]) -> Entry:
    """Return the entry of a changed figure with both articles and quotes."""
    change = masked.value
    before, after = change.before.citations[0], change.after.citations[0]
    lines = tuple(
        Line(
            _clean(f"{value.value}：{cited.date} {cited.title}"),
            _clean(cited.fact.quote),
            link(cited.url),
            {
                "article": cited.article,
                "kind": change.kind,
                "quote": cited.fact.quote,
                "fields": dict(cited.fact.fields),
            },
        )
        for value, cited in ((change.before, before), (change.after, after))
    )
    name = f"change/{change.station}/{change.kind}/{change.what}/{before.article}/{after.article}"
    title = f"{change.station} {change.what or HEADINGS[change.kind]} {change.before.value} → {change.after.value}"
    return Entry(
        identity(name),
        _clean(title),
        link(after.url),
        stored,
        stored,
        _clean(title),
        lines,
        (change.station,),
        after.article,
    )


def message_entries(masked: Masked[Message]) -> Iterator[Entry]:
    """Yield the entries of a message, section by section."""
    message = masked.value
    for part in message.content.get("sections", ()):
        for number, item in enumerate(part["items"]):
            figures = [Line(row["text"], row.get("quote", "")) for row in item.get("figures", ())]
            lines = [Line(row["text"], row.get("quote", ""), link(row.get("url", ""))) for row in item["lines"]]
            texts = [line.text for line in lines if line.text and not line.quote and not line.url]
            yield Entry(
                f"urn:uuid:{uuid.uuid5(_SPACE, '/'.join((message.id, part['kind'], str(number))))}",
                _clean(item["title"]) or part["heading"],
                link(item.get("url") or ""),
                message.created_at,
                message.created_at,
                "　".join([part["heading"].rpartition(" ")[0] or part["heading"], *texts[:2]]),
                tuple([line for line in lines if line.quote or line.url] + figures),
                (part["kind"],),
                item.get("article"),
            )


def _clean(text: str) -> str:
    return format_zh.full_width(format_zh.on_one_line(text))
