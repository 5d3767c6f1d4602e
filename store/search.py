"""Search in Chinese text for terms of one character or more.

The database returns the entries that have all tokens (store/search_tokens.py), newest first; a term of three characters
or more is then searched in title, names and text. Hits in title or names (stations, people, honours, initiatives) rank
above hits in the text alone. Both databases run equivalent queries and the ranking is done here, so their results are
equal.

A frequent term matches many articles, and ranking all of them would read most of the store. Therefore only two groups
are ranked: the newest DEPTH matches, and the newest DEPTH matches in title or names. If nearly all articles contain
every term (派出所), only the first group is ranked. `SearchResult.more` reports that there may be other matches; later
pages list them, newest first.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import unquote

from sqlalchemy import BigInteger, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from store import search_index, search_tokens
from store.as_of_queries import NOW, ROW, select_state
from store.errors import QueryError
from store.masking import Rules
from store.private_names import masks_for
from store.progress_callback import Progress, ignore_progress
from store.records import ArticleRow, Hit, Ruling, SearchResult
from store.schema import articles, revisions
from store.sql_parameters import chunks
from store.store import Store

#: maximum number of matches of each group that are ranked; reading 200 articles of 3 kB takes about 10 ms
DEPTH = 200
#: maximum number of candidates examined to find DEPTH matches of a group
EXAMINED = 1000
#: entries read at a time: the entries that are ranked, and one more, which shows whether further entries follow
_STEP = DEPTH + 1
#: maximum number of hits on one page
LIMIT = 1000
#: greatest offset; no store has so many articles
FARTHEST = 100_000_000
#: characters of a snippet, and how many of them come before the first term
SNIPPET, LEAD = 80, 20
#: weight of a term in the title, in the names, and its greatest weight in the text. Chosen by hand, not measured
_TITLE, _NAMES, _TEXT = 8.0, 5.0, 3.0
#: number of candidates of a masked search whose masks are looked up together; maximum number of occurrences read per
#: term; number of characters read on each side of an occurrence, for a term without digits and for a term with digits
_CHECKED, _OCCURRENCES, _AROUND, _AROUND_NUMBER = 50, 5, 8, 40
#: longest range of dates, in months, that is searched by month tokens
_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on an article in addition to the terms; None sets no condition.

    `source` is the name of a configured site or a 来源. `station` and `place` are names (井口派出所 or 井口, 重庆市 or
    重庆). `since` and `until` are dates of publication, both inclusive.
    """

    source: str | None = None
    ruling: Ruling | None = None
    station: str | None = None
    place: str | None = None
    since: date | None = None
    until: date | None = None

    def tokens(self) -> list[str]:
        """Return the tokens that an article must have."""
        kinds = (
            (search_tokens.ORIGIN, self.source),
            (search_tokens.RULING, self.ruling),
            (search_tokens.STATION, self.station),
            (search_tokens.PLACE, self.place),
        )
        return [search_tokens.tag(kind, value) for kind, value in kinds if value is not None]

    def months(self) -> list[str]:
        """Return the tokens of the months from `since` to `until`; an article must have one of them.

        Returns [] if the range is open or longer than `_MONTHS`.
        """
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
class _Candidate:
    entry: int
    article: int
    score: float


def search(
    store: Store,
    query: str,
    filters: Filters = Filters(),
    *,
    limit: int = 20,
    offset: int = 0,
    masked: bool = False,
) -> SearchResult:
    """Return the articles that have every term of `query` and pass `filters`: ranked hits first, then the others.

    Blanks separate terms; quotation marks keep a phrase together. A term is also found inside words. Without terms the
    last changed articles come first. Beyond the ranked hits, the time is proportional to `offset`. Raises QueryError
    for an empty query without filters, for dates in reverse order, and for a `limit` (1 to LIMIT) or `offset` out of
    range; StoreError for a query that is too long.

    Titles, snippets, URLs and sources of hits are always masked. With `masked` the terms are searched in the masked
    texts too, so that a masked name cannot be found by searching for it or for a part of it.
    """
    parsed = _checked(query, filters, limit, offset)
    rules = store.masking if masked else None
    with store.database.read() as db:
        found: dict[int, _Candidate] = {}
        more = False
        for mark in (search_tokens.HEAD, "") if parsed.selective else ("",):
            matches, cut = _newest(_matches(db, parsed, filters, mark, rules))
            found = {match.article: match for match in matches} | found
            more = more or cut
        ranked = sorted(found.values(), key=lambda match: (-match.score, -match.entry))
        shown = ranked[offset : offset + limit]
        if more and len(shown) < limit:
            others = (
                replace(match, score=0.0)
                for match in _matches(db, parsed, filters, rules=rules)
                if match is not None and match.article not in found
            )
            first = max(0, offset - len(ranked))
            shown += itertools.islice(others, first, first + limit - len(shown))
        return SearchResult(_hits(db, shown, parsed, store.masking), len(ranked), more)


def newest(
    store: Store, query: str, filters: Filters = Filters(), *, limit: int = 20, masked: bool = False
) -> list[int]:
    """Return the numbers of the articles that `search` finds, in order of their last change, latest first."""
    parsed = _checked(query, filters, limit, 0)
    with store.database.read() as db:
        matches = _matches(db, parsed, filters, rules=store.masking if masked else None)
        return list(itertools.islice((match.article for match in matches if match is not None), limit))


def _checked(query: str, filters: Filters, limit: int, offset: int) -> search_tokens.Query:
    """Return the parsed query. Raises QueryError if the query or its filters cannot be searched."""
    if not 1 <= limit <= LIMIT or not 0 <= offset <= FARTHEST:
        raise QueryError(
            f"searching: limit must be 1 to {LIMIT} and offset 0 to {FARTHEST:,}, not {limit} and {offset}"
        )
    parsed = search_tokens.parse(query)
    if not parsed.terms and filters == Filters():
        raise QueryError(f"searching: {query!r} has no letter or digit; type one character or more")
    if filters.since and filters.until and filters.since > filters.until:
        raise QueryError(f"searching: {filters.since} comes after {filters.until}; name the earlier date first")
    return parsed


def reindex(store: Store, progress: Progress = ignore_progress) -> int:
    """Rebuild the search index; return the number of stored articles."""
    with store.database.write() as db:
        return search_index.reindex(db, progress)


def _newest(matches: Iterator[_Candidate | None]) -> tuple[list[_Candidate], bool]:
    """Return (first DEPTH matches among the first EXAMINED candidates, whether there may be more)."""
    found: list[_Candidate] = []
    for examined, match in enumerate(matches):
        if len(found) == DEPTH or examined == EXAMINED:
            return found, True
        if match is not None:
            found.append(match)
    return found, False


def _matches(
    db: Connection, query: search_tokens.Query, filters: Filters, mark: str = "", rules: Rules | None = None
) -> Iterator[_Candidate | None]:
    """Yield the articles that have the terms, newest first, and None for each candidate that lacks a term.

    `mark`: search_tokens.HEAD searches only title and names. `rules`: yield None also for articles that have a term
    only in words that will be masked. Without terms all candidates are yielded.
    """
    waiting: list[tuple[_Candidate | None, list[list[str]]]] = []
    needs_check = any(len(term) > 2 for term in query.terms)
    # A term without a blank never crosses a separator, so replacing separators (most of folding's time) can be skipped.
    ready = search_tokens.fold if any(" " in term for term in query.terms) else search_tokens.level
    found = _candidates(db, [*query.tokens(mark), *filters.tokens()], filters, with_text=not mark and bool(query.terms))
    if not query.terms:
        yield from (_Candidate(row.id, row.article, 0.0) for row in found)
        return
    for row in found:
        fields = tuple(ready(field) for field in ((row.title, row.names) if mark else (row.title, row.names, row.text)))
        has_all = not needs_check or all(any(term in field for field in fields) for term in query.terms)
        match = _Candidate(row.id, row.article, _score(query.terms, *fields)) if has_all else None
        if rules is None:
            yield match
            continue
        waiting.append((match, _surroundings(query.terms, fields) if match else []))
        if len(waiting) == _CHECKED:
            yield from _visible(db, query.terms, waiting, rules)
            waiting = []
    if rules is not None and waiting:
        yield from _visible(db, query.terms, waiting, rules)


def _surroundings(terms: tuple[str, ...], fields: tuple[str, ...]) -> list[list[str]]:
    """Return for each term its first occurrences, each with enough text around it to include a whole name or number."""
    found = []
    for term in terms:
        around = _AROUND_NUMBER if any(map(str.isdigit, term)) else _AROUND
        places = itertools.chain.from_iterable(
            ((field, match.start()) for match in re.finditer(re.escape(term), field)) for field in fields
        )
        found.append(
            [
                field[max(0, start - around) : start + len(term) + around]
                for field, start in itertools.islice(places, _OCCURRENCES)
            ]
        )
    return found


def _visible(
    db: Connection, terms: tuple[str, ...], waiting: list[tuple[_Candidate | None, list[list[str]]]], rules: Rules
) -> Iterator[_Candidate | None]:
    """Yield each candidate that still has every term after masking, and None for the others."""
    texts = {
        match.article: [text for texts in found for text in texts] for match, found in waiting if match is not None
    }
    masks = masks_for(db, texts, rules)
    for match, found in waiting:
        if match is None:
            yield None
            continue
        mask = masks[match.article]
        seen = all(any(term in mask(text) for text in texts) for term, texts in zip(terms, found, strict=True))
        yield match if seen else None


def _score(terms: tuple[str, ...], title: str, names: str, body: str = "") -> float:
    """Return the average weight of the terms.

    `body` is empty in a search of title and names alone. There each term weighs at least `_NAMES`, which is more than
    the greatest weight of a term in the text.
    """
    total = 0.0
    for term in terms:
        total += _TITLE if term in title else 0.0
        total += _NAMES if term in names else 0.0
        total += min(_TEXT, math.log2(1 + body.count(term))) if body else 0.0
    return round(total / max(1, len(terms)), 6)


def _candidates(db: Connection, needed: list[str], filters: Filters, *, with_text: bool) -> Iterator[Any]:
    """Yield entries that have all tokens, newest first, read in steps.

    Texts are most of the data, so they are read only `with_text`.
    """
    columns = f"e.id, e.article, e.names, r.title{', r.text' if with_text else ''}"
    found = _sqlite_candidates if db.dialect.name == "sqlite" else _postgres_candidates
    return found(db, columns, needed, filters.months(), _days(filters))


def _days(filters: Filters) -> str:
    """Return the SQL condition on the dates. Inserting them into SQL is safe, because they are `date` objects."""
    tests = [f"AND e.day >= '{filters.since.isoformat()}'"] if filters.since else []
    tests += [f"AND e.day <= '{filters.until.isoformat()}'"] if filters.until else []
    return " ".join(tests)


def _sqlite_candidates(db: Connection, columns: str, needed: list[str], months: list[str], days: str) -> Iterator[Any]:
    """Yield entries from FTS5, greatest number first, in steps of `_STEP` rows."""
    wanted = [f'"{token}"' for token in needed]
    wanted += ["(" + " OR ".join(f'"{month}"' for month in months) + ")"] if months else []
    chosen = f"SELECT {columns} FROM"
    if not wanted:
        statement = text(
            f"{chosen} search_entries e CROSS JOIN revisions r WHERE r.id = e.revision AND e.id < :last "
            f"{days} ORDER BY e.id DESC LIMIT {_STEP}"
        )
    else:
        # CROSS JOIN keeps SQLite from reordering the join. Tokens of replaced entries match no row of search_entries.
        statement = text(
            f"{chosen} search_tokens t CROSS JOIN search_entries e CROSS JOIN revisions r "
            "WHERE search_tokens MATCH :match AND t.rowid < :last AND e.id = t.rowid "
            f"AND r.id = e.revision {days} ORDER BY t.rowid DESC LIMIT {_STEP}"
        )
    parameters: dict[str, Any] = ({"match": " AND ".join(wanted)} if wanted else {}) | {"last": 2**62}
    while rows := db.execute(statement, parameters).all():
        yield from rows
        if len(rows) < _STEP:
            return
        parameters["last"] = rows[-1].id


def _postgres_candidates(
    db: Connection, columns: str, needed: list[str], months: list[str], days: str
) -> Iterator[Any]:
    """Yield entries from PostgreSQL, querying one range of entry numbers after another, newest first.

    An inverted index finds all matches before the newest are known. Therefore the newest 4,096 to 8,192 entries are
    queried first. If a range has too few matches, the next range is eight times as large. So a page reads a few hundred
    matches, even for frequent terms. Texts are joined only to the newest matches.
    """
    dated = f"JOIN search_entries e ON e.id = hits.id {days}" if days else ""
    tests = " AND t.tokens @> :needed" if needed else ""
    tests += " AND t.tokens && :months" if months else ""
    statement = text(
        "WITH hits AS MATERIALIZED (SELECT t.id FROM search_tokens t "
        f"WHERE t.tokens && :ranges AND t.id < :last{tests}), "
        f"newest AS MATERIALIZED (SELECT hits.id FROM hits {dated} ORDER BY hits.id DESC LIMIT {_STEP}) "
        f"SELECT {columns} FROM newest JOIN search_entries e ON e.id = newest.id JOIN revisions r ON r.id = e.revision "
        "ORDER BY e.id DESC"
    )
    parameters: dict[str, Any] = {"needed": list(map(search_tokens.number, needed))} if needed else {}
    parameters |= {"months": list(map(search_tokens.number, months))} if months else {}
    statement = statement.bindparams(*(bindparam(name, type_=ARRAY(BigInteger)) for name in (*parameters, "ranges")))
    # a sequential scan would unpack the token array of every article
    db.execute(text("SET LOCAL enable_seqscan = off"))
    last, level = db.execute(text("SELECT coalesce(max(id), 0) + 1 FROM search_entries")).scalar_one(), 0
    while last > 0:
        size = search_index.LEVELS[level]
        newest = (last - 1) >> size
        marks = [search_index.range_mark(level, part << size) for part in (newest - 1, newest) if part >= 0]
        parameters |= {"last": last, "ranges": marks}
        rows = db.execute(statement, parameters).all()
        yield from rows
        full = len(rows) == _STEP
        last = rows[-1].id if full else max(0, newest - 1) << size
        level = max(0, level - 1) if full else min(len(search_index.LEVELS) - 1, level + 1)


def _hits(db: Connection, shown: list[_Candidate], query: search_tokens.Query, rules: Rules) -> tuple[Hit, ...]:
    """Return the matches as hits, with private persons masked."""
    chosen = select_state(NOW, *ROW, revisions.c.text, revisions.c.id.label("revision"))
    rows = {
        row.id: row
        for part in chunks([match.article for match in shown])
        for row in db.execute(chosen.where(articles.c.id.in_(part)))
    }
    masks = masks_for(db, {row.id: _shown_texts(row, query.terms) for row in rows.values()}, rules)
    hits = []
    for match in shown:
        row = rows[match.article]
        mask = masks[match.article]
        title = mask(row.title)
        snippet, marks = _snippet(mask(row.text), query.terms)
        shown_row = replace(
            ArticleRow(*row[:-2]), url=mask.url(row.url), title=title, source=row.source and mask(row.source)
        )
        hits.append(Hit(shown_row, match.score, tuple(search_tokens.spans(title, query.terms)), snippet, marks))
    return tuple(hits)


def _shown_texts(row: Any, terms: tuple[str, ...]) -> list[str]:
    """Return the texts of an article that a hit may display: the names to mask are looked up only in them.

    Looking up names in the whole article takes most of the time of a search.
    """
    wide = SNIPPET + _AROUND_NUMBER
    places = itertools.chain.from_iterable(
        itertools.islice(search_tokens.spans(row.text, [term]), _OCCURRENCES) for term in terms
    )
    around = (row.text[max(0, start - wide) : end + wide] for start, end in places)
    return [unquote(row.url), row.title, row.source or "", row.text[: 2 * wide], *around]


def _snippet(body: str, terms: tuple[str, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return an excerpt around the first term, as one line, and the spans of the terms in it."""
    marks = search_tokens.spans(body, terms)
    start = max(0, marks[0][0] - LEAD) if marks else 0
    end = min(len(body), start + SNIPPET)
    inside = tuple((a - start, min(b, end) - start) for a, b in marks if start <= a < end)
    return body[start:end].replace("\n", " "), inside
