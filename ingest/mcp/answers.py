"""Answers to an assistant, from the masked views of the store. Read-only.

Every answer has `commit`, the state of the store that was read. Every fact has its `quote` with `start` and `end` in
the masked text of the article, and the `url`, so that an assistant can cite the fact and a reader can check it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from ingest.deliver.message_content import content_of
from ingest.digest import compose_digest
from ingest.digest.text_diff import diff_paragraphs
from ingest.errors import UsageError
from store import Store, masked_views
from store.fact_kinds import KINDS
from store.masking import Masked
from store.records import Fact, Ruling
from store.search import Filters
from store.station_card import Citation, StationCard, Value

Answer = dict[str, Any]
Facts = Mapping[tuple[int, int | None], Fact]
#: default and maximum rows of an answer; few, because an assistant reads every row
ROWS, MOST = 10, 50
#: maximum characters of a text in an answer; the parameter `start` selects the rest. Not measured
TEXT = 8_000
#: maximum station cards in an answer, values of a card, citations of a value, and facts of an article in a digest. With
#: all values and five citations the card of 两路派出所 in the demo was 93 kB, the digest of nine articles 162 kB
CARDS, VALUES, CITED, FACTS = 5, 30, 2, 8


@dataclass(frozen=True, slots=True)
class Answers:
    """The tools over one store. `source_names` are the configured sources, `zone` is the time zone of days."""

    store: Store
    source_names: Sequence[str]
    zone: str

    def search(
        self,
        words: str = "",
        station: str | None = None,
        place: str | None = None,
        source: str | None = None,
        ruling: Ruling | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int = ROWS,
    ) -> Answer:
        """Find articles. Each hit has an excerpt of its text as `quote` with `start` and `end`."""
        filters = Filters(source or None, ruling, station or None, place or None, since, until)
        found = masked_views.search(self.store, words, filters, limit=_rows(limit)).value
        texts = {summary.value.revision.article: summary.value for summary in
                 masked_views.summaries(self.store, [hit.row.id for hit in found.hits])}  # fmt: skip
        hits = []
        for hit in found.hits:
            text = texts[hit.row.id].revision.content.text
            start = text.replace("\n", " ").find(hit.snippet)
            end = start + len(hit.snippet)
            quote = {"quote": text[start:end], "start": start, "end": end} if start >= 0 and hit.snippet else {}
            hits.append({"article": hit.row.id, **_about(hit.row), **quote})
        return self._answer(hits=hits, more=found.more or found.ranked > len(hits))

    def article(self, article: int, start: int = 0, kinds: list[str] | None = None) -> Answer:
        """Show an article: its text from offset `start` on (8,000 characters; `text_length` says how long it is), the
        verdict with its reasons, and all facts with quotes; `kinds` chooses facts."""
        view = masked_views.show(self.store, article).value
        content = view.revision.content
        end = min(len(content.text), max(0, start) + TEXT)
        facts = [_fact(fact) for fact in view.facts if not kinds or fact.kind in kinds]
        return self._answer(
            article=article,
            title=content.title,
            url=content.url,
            source=content.source or view.revision.site,
            published=content.published,
            authors=[asdict(credit) for credit in content.authors],
            revision=view.revision.number,
            text=content.text[max(0, start) : end],
            text_start=max(0, start),
            text_end=end,
            text_length=len(content.text),
            verdict=asdict(view.verdict) if view.verdict else None,
            facts=facts,
            story=view.story.id if view.story else None,
        )

    def station(self, name: str, kinds: list[str] | None = None) -> Answer:
        """Show what articles state about the stations whose name contains `name`, sorted by kind of fact.

        `kinds`: show only values of these kinds (station, founded, area, population, division, premises, force,
        honour, person, initiative, statistic, event); values in conflict are always shown. `more_values`: number of
        values left out.
        """
        cards = [card.value for card in islice(masked_views.cards(self.store, name), CARDS + 1)]
        chosen = [
            (card, [value for value in card.values if not kinds or value.kind in kinds]) for card in cards[:CARDS]
        ]
        facts = self._facts([value for card, values in chosen for value in (*values[:VALUES], *_conflicting(card))])
        return self._answer(cards=[_card(card, values, facts) for card, values in chosen], more=len(cards) > CARDS)

    def changes(self, since: int = 0, station: str = "", limit: int = ROWS) -> Answer:
        """List figures of stations that a later article changed, both sides with their quotes."""
        found = (change.value for change in masked_views.changes(self.store, since=since))
        chosen = list(islice((change for change in found if station in change.station), _rows(limit) + 1))
        facts = self._facts([side for change in chosen for side in (change.before, change.after)])
        rows = [
            {
                "station": change.station,
                "kind": change.kind,
                "what": change.what,
                "before": _value(change.before, facts),
                "after": _value(change.after, facts),
            }
            for change in chosen[:limit]
        ]
        return self._answer(changes=rows, more=len(chosen) > len(rows))

    def story(self, story: int) -> Answer:
        """Show a story: the article that represents it and every copy with its similarity."""
        view = masked_views.story(self.store, story).value
        content = view.representative.content
        opening = content.text.partition("\n")[0][:200]
        return self._answer(
            story=story,
            article=view.representative.article,
            title=content.title,
            url=content.url,
            source=content.source or view.representative.site,
            published=content.published,
            quote=opening,
            start=0,
            end=len(opening),
            copies=[
                {
                    "article": copy.article,
                    **_about(copy),
                    "relation": copy.relation,
                    "similarity": copy.containment,
                }
                for copy in view.copies
            ],
        )

    def digest(self, day: date | None = None) -> Answer:
        """Show the digest of a day, by default of the day of the newest commit."""
        zone, now = ZoneInfo(self.zone), datetime.now(UTC)
        last = masked_views.log(self.store, 1)
        if day is None:
            day = (last[0].at if last else now).astimezone(zone).date()
        row = self.store.digest_row(day.isoformat())
        begin = datetime.combine(day, time(), zone)
        if row is not None:
            after, upto = row.after, row.upto
        else:
            after, upto = masked_views.commits_between(self.store, begin, begin + timedelta(days=1))
        period = masked_views.period(self.store, after, upto)
        figures = list(masked_views.changes(self.store, since=after, at=upto, news=True)) if upto > after else []
        digest = compose_digest(
            period,
            Masked(()),
            day=day,
            zone=self.zone,
            now=now,
            silent_days=0,
            start=begin,
            known=set(),
            figures=figures,
        )
        quotes = {
            view.representative.article: [_fact(fact) for fact in view.facts if not KINDS[fact.kind].masks][:FACTS]
            for view in period.value.features
        }
        sections = content_of(digest)["sections"]
        for section in sections:
            for item in section["items"]:
                if section["kind"] in ("features", "reposts"):
                    item["facts"] = quotes.get(item["article"], [])
        return self._answer(day=day.isoformat(), after=after, upto=upto, headline=digest.headline, sections=sections)

    def sources(self) -> Answer:
        """List the configured sources: last attempt and success, failures, new articles within a week."""
        rows = masked_views.health(self.store, self.source_names, datetime.now(UTC)).value
        return self._answer(
            sources=[
                {
                    **asdict(row),
                    **{name: _moment(getattr(row, name)) for name in ("last_attempt", "last_success", "last_new")},
                }
                for row in rows
            ]
        )

    def history(self, article: int | None = None, limit: int = ROWS) -> Answer:
        """List the newest commits, or the revisions of an article with the changed paragraphs."""
        if article is None:
            rows = masked_views.log(self.store, _rows(limit))
            return self._answer(
                commits=[
                    {"number": row.number, "at": row.at.isoformat(), "program": row.program,
                     "counts": dict(row.counts), "digest": row.digest}
                    for row in rows
                ]
            )  # fmt: skip
        view = masked_views.show(self.store, article).value
        rows_: list[Answer] = []
        for number, revision in enumerate(view.revisions):
            before = view.revisions[number - 1].content.text if number else revision.content.text
            hunks = diff_paragraphs(before, revision.content.text)
            rows_.append(
                {
                    "revision": revision.number,
                    "commit": revision.commit,
                    "fetched_at": revision.content.fetched_at.isoformat(),
                    "title": revision.content.title,
                    "changed": [asdict(hunk) for hunk in hunks[:MOST]],
                }
            )
        return self._answer(article=article, url=view.revision.content.url, revisions=rows_[-_rows(limit) :])

    def _facts(self, values: Iterable[Value]) -> Facts:
        """Return the facts of the articles that `values` cite, by (article, position).

        Their offsets refer to the masked texts.
        """
        cited = sorted({citation.article for value in values for citation in value.citations[:CITED]})
        return {
            (summary.value.revision.article, fact.position): fact
            for summary in masked_views.summaries(self.store, cited)
            for fact in summary.value.facts
        }

    def _answer(self, **values: Any) -> Answer:
        """Return an answer with the commit to cite."""
        last = masked_views.log(self.store, 1)
        return {"commit": last[0].number if last else 0, "commit_hash": last[0].digest if last else "", **values}


def _rows(limit: int) -> int:
    if not 1 <= limit <= MOST:
        raise UsageError(f"limit {limit}: must be 1 to {MOST}")
    return limit


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _about(row: Any) -> Answer:
    """Return the fields of a row that identify its article."""
    return {
        "title": row.title,
        "url": row.url,
        "source": row.source or row.site,
        "published": row.published,
        **({"ruling": row.ruling} if hasattr(row, "ruling") else {}),
    }


def _fact(fact: Fact) -> Answer:
    """Return a fact with its quote and the offsets of the quote."""
    return {
        "kind": fact.kind,
        "fields": dict(fact.fields),
        "quote": fact.quote,
        "start": fact.start,
        "end": fact.end,
        "rule": fact.rule,
        "position": fact.position,
        **({"judged": fact.judged} if fact.judged else {}),
    }


def _conflicting(card: StationCard) -> list[Value]:
    return [value for conflict in card.conflicts() for value in conflict.values]


def _card(card: StationCard, values: Sequence[Value], facts: Facts) -> Answer:
    return {
        "name": card.name,
        "place": dict(card.place),
        "former_names": list(card.former_names),
        "articles": list(card.articles),
        "values": [_value(value, facts) for value in values[:VALUES]],
        "more_values": max(0, len(values) - VALUES),
        "conflicts": [
            {
                "kind": conflict.kind,
                "what": conflict.what,
                "values": [_value(value, facts) for value in conflict.values],
            }
            for conflict in card.conflicts()
        ],
    }


def _value(value: Value, facts: Facts) -> Answer:
    """Return a value of a card with its first CITED citations."""
    return {
        "kind": value.kind,
        "what": value.what,
        "value": value.value,
        "citations": [_cited(citation, facts) for citation in value.citations[:CITED]],
    }


def _cited(citation: Citation, facts: Facts) -> Answer:
    """Return a citation of a value: the article and the fact."""
    return {
        "article": citation.article,
        "url": citation.url,
        "title": citation.title,
        "date": citation.date,
        **_fact(facts.get((citation.article, citation.fact.position), citation.fact)),
    }
