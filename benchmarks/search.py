"""Searching a large store: percentiles over 250 questions at 1,000,000 synthetic articles, and what lists take.

    python benchmarks/search.py                    makes a SQLite store of a million articles in a temporary folder
    python benchmarks/search.py --file kept.db     makes it there, or searches it when it is there
    python benchmarks/search.py --url postgresql+psycopg://user@host/empty --articles 200000

The store is filled behind the store's back, for speed: rows without captures and with no valid digests, but text,
verdicts and search index as `store.index` writes them.
Texts are made of 20,000 sentences, so that the words of such features are in every article, a station's name in few.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from append import GLUE, NOW, PLACES, WORDS, person, queries, size

from store import Store, open_store, words
from store.history import list_articles
from store.search import search

#: sentences of an article beside its first; about 250 characters in all
SENTENCES = 10


def sentences(chance: random.Random, count: int) -> list[tuple[str, frozenset[str]]]:
    """Sentences with their tokens; a sentence ends in a stop, so an article's tokens are the union of theirs."""
    made = []
    for _ in range(count):
        text = "".join(chance.choice(WORDS) + (chance.choice(GLUE) if chance.random() < 0.4 else "")
                       for _ in range(chance.randint(5, 12))) + "。"
        made.append((text, frozenset(words.tokens(words.fold(text)))))
    return made


def rows(chance: random.Random, pool: list[tuple[str, frozenset[str]]], number: int) -> dict[str, tuple[Any, ...]]:
    """One article's rows by table."""
    place = chance.choice(PLACES) + chance.choice(PLACES)
    station, chief, word = f"{place}派出所", person(chance), chance.choice(WORDS)
    title, lead = f"{station}的{word}", f"{station}所长{chief}带领民警{chance.randint(5, 60)}人守护辖区平安。"
    chosen = [pool[int(chance.random() * len(pool))] for _ in range(SENTENCES)]
    text = lead + "".join(sentence for sentence, _ in chosen)
    day = (NOW - timedelta(days=number % 3000)).date().isoformat()
    ruling = "feature" if number % 3 == 0 else "other"
    names = f"{station}\n{chief}"
    head = words.fold(f"{title}\n{names}")
    found = words.tokens(head + " " + words.fold(lead)) | words.tokens(head, words.HEAD)
    found = found.union(*(tokens for _, tokens in chosen), words.station_tags(station),
                        words.place_tags(f"市{number % 300}"))
    found |= {words.tag(words.MONTH, day[:7].replace("-", "")), words.tag(words.ORIGIN, f"site{number % 15}"),
              words.tag(words.RULING, ruling)}
    at, zero = "2026-01-01T00:00:00.000000Z", b"\0" * 32
    return {
        "articles": (number, 1, f"https://news{number % 97}.example.cn/{number}.html", f"site{number % 15}", at, zero),
        "revisions": (number, 1, number, 1, f"site{number % 15}", None, title, text, zero, at, day, None, "[]", "[]",
                      "[]", None, "{}", "bench", 1.0, zero),
        "verdicts": (number, 1, number, ruling, 0.8, "[]", "bench", zero),
        "search_entries": (number, number, number, names, day, f"site{number % 15}", ruling),
        "search_tokens": (number, " ".join(found))}


def batches(count: int) -> Iterator[list[dict[str, tuple[Any, ...]]]]:
    """Rows of `count` articles, 5,000 at a time."""
    chance = random.Random(1)
    pool = sentences(chance, 20_000)
    began = time.perf_counter()
    for first in range(1, count + 1, 5_000):
        yield [rows(chance, pool, number) for number in range(first, min(first + 5_000, count + 1))]
        if first % 100_000 == 1:
            print(f"   {first + 4_999:,} after {time.perf_counter() - began:.0f} s", flush=True)


def fill_server(url: str, count: int) -> None:
    """Make the store on PostgreSQL: COPY with triggers and foreign keys off, the index over the words last."""
    import psycopg

    with open_store(url), psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("SET session_replication_role = replica")
        raw.execute("SET maintenance_work_mem = '1GB'")
        raw.execute("DROP INDEX ix_search_tokens")
        raw.execute("INSERT INTO commits VALUES (1, '2026-01-01', 'bench', '{}', '{}', 0, 1, 'x', '')")
        for made in batches(count):
            for table in made[0]:
                with raw.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                    for one in made:
                        row = one[table]
                        copy.write_row((row[0], row[1].split()) if table == "search_tokens" else row)
        raw.execute("CREATE INDEX ix_search_tokens ON search_tokens USING gin (tokens) WITH (fastupdate = off)")
        raw.commit()
        raw.autocommit = True
        raw.execute("VACUUM ANALYZE")


def fill(path: Path, count: int) -> None:
    """Make the store."""
    with open_store(f"sqlite:///{path}"):
        pass
    with sqlite3.connect(path, isolation_level=None) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA cache_size=-262144")
        raw.execute("INSERT INTO commits VALUES (1, '2026-01-01T00:00:00.000000Z', 'bench', '{}', '{}', 0, 1, 'x', '')")
        for made in batches(count):
            raw.execute("BEGIN")
            for table in made[0]:
                columns = "(rowid, tokens)" if table == "search_tokens" else ""
                marks = ",".join("?" * len(made[0][table]))
                raw.executemany(f"INSERT INTO {table} {columns} VALUES ({marks})", [one[table] for one in made])
            raw.execute("COMMIT")
        for _, sql in triggers:
            raw.execute(sql)


def report(store: Store, chance: random.Random) -> None:
    """Percentiles of wall clock and of processor time, and the slowest questions."""
    times = []
    for query, filters in queries(chance):
        wall, cpu = time.perf_counter(), time.process_time()
        found = search(store, query, filters)
        times.append((1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu), query, found.ranked,
                      found.more, filters))
    for name, column in (("wall clock", 0), ("processor", 1)):
        values = sorted(float(one[column]) for one in times)  # type: ignore[arg-type]
        print(f"search, {len(values)} questions, {name}: median {statistics.median(values):.1f} ms, "
              f"95th percentile {values[int(len(values) * 0.95)]:.1f} ms, worst {values[-1]:.1f} ms")
    for wall, cpu, query, ranked, more, filters in sorted(times, key=lambda one: -one[0])[:8]:
        print(f"   {wall:7.1f} ms ({cpu:6.1f} processor) {ranked:4d} ranked{'+' if more else ' '} {query!r} "
              f"{ {key: str(getattr(filters, key)) for key in filters.__slots__ if getattr(filters, key)} or ''}")


def report_lists(store: Store) -> None:
    """What a list takes, with many matches, few and none."""
    asked: tuple[dict[str, Any], ...] = ({}, {"ruling": "feature"}, {"ruling": "brief"}, {"source": "site3"},
                                         {"source": "site3", "ruling": "brief"}, {"source": "nobody"})
    for filters in asked:
        began = time.perf_counter()
        found = list_articles(store, limit=50, **filters)
        print(f"list {filters}: {len(found)} rows in {1000 * (time.perf_counter() - began):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--url", help="an empty database on a PostgreSQL server, as a superuser of it")
    parser.add_argument("--articles", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.file or Path(folder) / "bench.db"
        if given.url:
            fill_server(given.url, given.articles)
        elif not path.exists():
            fill(path, given.articles)
        with open_store(given.url or f"sqlite:///{path}") as store:
            print(f"{size(store) / given.articles:,.0f} bytes an article")
            report(store, random.Random(7))
            report(store, random.Random(8))
            report_lists(store)


if __name__ == "__main__":
    main()
