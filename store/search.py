"""Finding articles, in Chinese, down to two characters and one.

The database gives the entries that have all tokens (store/search_tokens.py), newest first; a term of three characters
or more is then looked for in the text itself. What is found in title or names (stations, people, honours,
initiatives) comes before what only the text has. Both databases are asked the same, and the ranking is ours: they
answer alike.

A frequent term matches many articles, and ranking them all would read the whole store. So only the newest DEPTH
matches and the newest DEPTH with the terms in title or names are ranked; `SearchResult.more` reports that there are
others. When every term is one that nearly all articles have (派出所), only the newest DEPTH matches are ranked. Later
pages list the others, newest first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from store import search_index, search_tokens
from store.errors import QueryError
from store.masking import mask, private_names
from store.progress import Progress, ignore_progress
from store.records import ArticleRow, Hit, Ruling, SearchResult
from store.schema import articles, revisions
from store.snapshot import NOW, ROW, facts_of, select_state
from store.sql import chunks
from store.store import Store

#: matches ranked of each kind; 200 articles of 3 kB are read in about 10 ms
DEPTH = 200
#: entries read at most to find DEPTH that really have a long term
EXAMINED = 1000
#: entries read at a time: those ranked and the one that says there are more
_STEP = DEPTH + 1
#: hits given at a time, at most
LIMIT = 1000
#: hits that may be passed over: more than any store has
FARTHEST = 100_000_000
#: characters of a snippet, and how many of them before the first hit
SNIPPET, LEAD = 80, 20
#: what a term is worth in the title, in the names, and at most in the text. Chosen by hand, not measured
_TITLE, _NAMES, _TEXT = 8.0, 5.0, 3.0
#: months that a range of dates may have to be looked up by month
_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Filters:
    """What an article must be beside having the terms; None asks for nothing.

    `source` is a configured site's name or 来源, `station` and `place` are names (井口派出所 or 井口, 重庆市 or 重庆),
    `since` and `until` dates of publication, both inclusive.
    """

    source: str | None = None
    ruling: Ruling | None = None
    station: str | None = None
    place: str | None = None
    since: date | None = None
    until: date | None = None

    def tokens(self) -> list[str]:
        """The tokens an article needs for them."""
        kinds = (
            (search_tokens.ORIGIN, self.source),
            (search_tokens.RULING, self.ruling),
            (search_tokens.STATION, self.station),
            (search_tokens.PLACE, self.place),
        )
        return [search_tokens.tag(kind, value) for kind, value in kinds if value is not None]

    def months(self) -> list[str]:
        """Tokens of the months from `since` to `until`, when both are said and not too many; one of them is needed."""
        if self.since is None or self.until is None:
            return []
        first, last = self.since.year * 12 + self.since.month - 1, self.until.year * 12 + self.until.month - 1
        if last - first >= _MONTHS:
            return []
        return [
            search_tokens.tag(search_tokens.MONTH, f"{month // 12:04d}{month % 12 + 1:02d}")
            for month in range(first, last + 1)
        ]


@dataclass(frozen=True, slots=True)
class _Match:
    entry: int
    article: int
    score: float


def search(store: Store, query: str, filters: Filters = Filters(), *, limit: int = 20, offset: int = 0) -> SearchResult:
    """Articles that have every term of `query` and pass `filters`, best first; after the ranked ones the others.

    Terms are parted by blanks, "a phrase" is kept together; a term is found inside words. Without terms the newest
    come first. An `offset` past the ranked hits costs time in proportion. Raises QueryError when nothing is asked, or
    limit (1 to LIMIT) or offset cannot be.
    """
    if not 1 <= limit <= LIMIT or not 0 <= offset <= FARTHEST:
        raise QueryError(
            f"searching: limit must be 1 to {LIMIT} and offset 0 to {FARTHEST:,}, not {limit} and {offset}"
        )
    asked = search_tokens.parse(query)
    if not asked.terms and filters == Filters():
        raise QueryError(f"searching: {query!r} has no letter or digit; type one character or more")
    if filters.since and filters.until and filters.since > filters.until:
        raise QueryError(f"searching: {filters.since} comes after {filters.until}; name the earlier date first")
    with store.database.read() as db:
        found: dict[int, _Match] = {}
        more = False
        for mark in (search_tokens.HEAD, "") if asked.selective else ("",):
            matches, cut = _newest(_matches(db, asked, filters, mark))
            found = {match.article: match for match in matches} | found
            more = more or cut
        ranked = sorted(found.values(), key=lambda match: (-match.score, -match.entry))
        shown = ranked[offset : offset + limit]
        if more and len(shown) < limit:
            others = (
                replace(one, score=0.0)
                for one in _matches(db, asked, filters)
                if one is not None and one.article not in found
            )
            first = max(0, offset - len(ranked))
            shown += itertools.islice(others, first, first + limit - len(shown))
        return SearchResult(_hits(db, shown, asked), len(ranked), more)


def reindex(store: Store, progress: Progress = ignore_progress) -> int:
    """Make the search index anew; how many articles it has."""
    with store.database.write() as db:
        return search_index.reindex(db, progress)


def _newest(matches: Iterator[_Match | None]) -> tuple[list[_Match], bool]:
    """The first DEPTH of them, and whether there may be more."""
    found: list[_Match] = []
    for examined, match in enumerate(matches):
        if len(found) == DEPTH or examined == EXAMINED:
            return found, True
        if match is not None:
            found.append(match)
    return found, False


def _matches(db: Connection, asked: search_tokens.Query, filters: Filters, mark: str = "") -> Iterator[_Match | None]:
    """Everything that has the terms, in the head alone when `mark` says so, newest first; None for a candidate that
    turns out not to."""
    needs_look = any(len(term) > 2 for term in asked.terms)
    # A term without a blank lies within a run of letters: parting the runs (most of folding's time) can be left out.
    ready = search_tokens.fold if any(" " in term for term in asked.terms) else search_tokens.level
    for row in _candidates(db, [*asked.tokens(mark), *filters.tokens()], filters, with_text=not mark):
        fields = tuple(ready(field) for field in ((row.title, row.names) if mark else (row.title, row.names, row.text)))
        has_all = not needs_look or all(any(term in field for field in fields) for term in asked.terms)
        yield _Match(row.id, row.article, _score(asked.terms, *fields)) if has_all else None


def _score(terms: tuple[str, ...], title: str, names: str, body: str = "") -> float:
    """What the terms are worth on average. The text counts only where it was read: what all terms have in the head
    stands above the rest anyway, the newest first."""
    total = 0.0
    for term in terms:
        total += _TITLE if term in title else 0.0
        total += _NAMES if term in names else 0.0
        total += min(_TEXT, math.log2(1 + body.count(term))) if body else 0.0
    return round(total / max(1, len(terms)), 6)


def _candidates(db: Connection, needed: list[str], filters: Filters, *, with_text: bool) -> Iterator[Any]:
    """Entries with all tokens, newest first, a few at a time. Texts are most of the reading, so only when needed."""
    columns = f"e.id, e.article, e.names, r.title{', r.text' if with_text else ''}"
    found = _of_file if db.dialect.name == "sqlite" else _of_server
    return found(db, columns, needed, filters.months(), _days(filters))


def _days(filters: Filters) -> str:
    """The exact test of the dates; they are dates, so their text is safe in SQL."""
    tests = [f"AND e.day >= '{filters.since.isoformat()}'"] if filters.since else []
    tests += [f"AND e.day <= '{filters.until.isoformat()}'"] if filters.until else []
    return " ".join(tests)


def _of_file(db: Connection, columns: str, needed: list[str], months: list[str], days: str) -> Iterator[Any]:
    """FTS5 gives rows in the order of their numbers, the greatest first, without looking at more than are taken."""
    wanted = [f'"{token}"' for token in needed]
    wanted += ["(" + " OR ".join(f'"{month}"' for month in months) + ")"] if months else []
    chosen = f"SELECT {columns} FROM"
    if not wanted:
        statement = text(
            f"{chosen} search_entries e CROSS JOIN revisions r WHERE r.id = e.revision AND e.id < :last "
            f"{days} ORDER BY e.id DESC LIMIT {_STEP}"
        )
    else:
        # CROSS JOIN keeps SQLite from turning the order round. Words left behind by older entries join nothing.
        statement = text(
            f"{chosen} search_tokens t CROSS JOIN search_entries e CROSS JOIN revisions r "
            "WHERE search_tokens MATCH :match AND t.rowid < :last AND e.id = t.rowid "
            f"AND r.id = e.revision {days} ORDER BY t.rowid DESC LIMIT {_STEP}"
        )
    given: dict[str, Any] = ({"match": " AND ".join(wanted)} if wanted else {}) | {"last": 2**62}
    while rows := db.execute(statement, given).all():
        yield from rows
        if len(rows) < _STEP:
            return
        given["last"] = rows[-1].id


def _of_server(db: Connection, columns: str, needed: list[str], months: list[str], days: str) -> Iterator[Any]:
    """An inverted index gives all that have the tokens before the newest are known, so one stretch of entries is asked
    at a time: the newest 4,096 or more, and as long as there are too few in one, the next eight times as many. Whatever
    the words, few hundred matches are looked at for a page. Texts are joined to the newest alone."""
    dated = f"JOIN search_entries e ON e.id = hits.id {days}" if days else ""
    tests = " AND t.tokens @> :needed" if needed else ""
    tests += " AND t.tokens && :months" if months else ""
    statement = text(
        "WITH hits AS MATERIALIZED (SELECT t.id FROM search_tokens t "
        f"WHERE t.tokens && :stretches AND t.id < :last{tests}), "
        f"newest AS MATERIALIZED (SELECT hits.id FROM hits {dated} ORDER BY hits.id DESC LIMIT {_STEP}) "
        f"SELECT {columns} FROM newest JOIN search_entries e ON e.id = newest.id JOIN revisions r ON r.id = e.revision "
        "ORDER BY e.id DESC"
    )
    given: dict[str, Any] = {"needed": list(map(search_tokens.number, needed))} if needed else {}
    given |= {"months": list(map(search_tokens.number, months))} if months else {}
    statement = statement.bindparams(*(bindparam(name, type_=ARRAY(BigInteger)) for name in (*given, "stretches")))
    db.execute(text("SET LOCAL enable_seqscan = off"))  # it would unpack every article's array
    last, level = db.execute(text("SELECT coalesce(max(id), 0) + 1 FROM search_entries")).scalar_one(), 0
    while last > 0:
        size = search_index.LEVELS[level]
        newest = (last - 1) >> size
        marks = [search_index.stretch(level, one << size) for one in (newest - 1, newest) if one >= 0]
        given |= {"last": last, "stretches": marks}
        rows = db.execute(statement, given).all()
        yield from rows
        full = len(rows) == _STEP
        last = rows[-1].id if full else max(0, newest - 1) << size
        level = max(0, level - 1) if full else min(len(search_index.LEVELS) - 1, level + 1)


def _hits(db: Connection, shown: list[_Match], asked: search_tokens.Query) -> tuple[Hit, ...]:
    chosen = select_state(NOW, *ROW, revisions.c.text, revisions.c.id.label("revision"))
    rows = {
        row.id: row
        for part in chunks([match.article for match in shown])
        for row in db.execute(chosen.where(articles.c.id.in_(part)))
    }
    found = facts_of(db, [row.revision for row in rows.values()])
    hits = []
    for match in shown:
        row = rows[match.article]
        names = private_names(found.get(row.revision, ()))
        title = mask(row.title, names)
        snippet, marks = _snippet(mask(row.text, names), asked.terms)
        shown_row = replace(ArticleRow(*row[:-2]), title=title)
        hits.append(Hit(shown_row, match.score, tuple(search_tokens.spans(title, asked.terms)), snippet, marks))
    return tuple(hits)


def _snippet(body: str, terms: tuple[str, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A stretch of the text around the first term found, on one line, with the hits in it."""
    marks = search_tokens.spans(body, terms)
    start = max(0, marks[0][0] - LEAD) if marks else 0
    end = min(len(body), start + SNIPPET)
    inside = tuple((a - start, min(b, end) - start) for a, b in marks if start <= a < end)
    return body[start:end].replace("\n", " "), inside
