"""Searching a large store: percentiles over 250 questions at 1,000,000 synthetic articles.

    python benchmarks/search.py                    makes a SQLite store of a million articles in a temporary folder
    python benchmarks/search.py --file kept.db     makes it there, or searches it when it is there

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
from datetime import timedelta
from pathlib import Path
from typing import Any

from append import GLUE, NOW, PLACES, WORDS, person, queries

from store import Store, open_store, words
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
        "search_entries": (number, number, number, names, day),
        "search_tokens": (number, " ".join(found))}


def fill(path: Path, count: int) -> None:
    """Make the store."""
    with open_store(f"sqlite:///{path}"):
        pass
    chance = random.Random(1)
    pool = sentences(chance, 20_000)
    with sqlite3.connect(path, isolation_level=None) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA cache_size=-262144")
        raw.execute("INSERT INTO commits VALUES (1, '2026-01-01T00:00:00.000000Z', 'bench', '{}', '{}', 0, 1, 'x', '')")
        began = time.perf_counter()
        for first in range(1, count + 1, 5_000):
            made = [rows(chance, pool, number) for number in range(first, min(first + 5_000, count + 1))]
            raw.execute("BEGIN")
            for table in made[0]:
                columns = "(rowid, tokens)" if table == "search_tokens" else ""
                marks = ",".join("?" * len(made[0][table]))
                raw.executemany(f"INSERT INTO {table} {columns} VALUES ({marks})", [one[table] for one in made])
            raw.execute("COMMIT")
            if first % 100_000 == 1:
                print(f"   {first + 4_999:,} after {time.perf_counter() - began:.0f} s", flush=True)
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
        values = sorted(one[column] for one in times)
        print(f"search, {len(values)} questions, {name}: median {statistics.median(values):.1f} ms, "
              f"95th percentile {values[int(len(values) * 0.95)]:.1f} ms, worst {values[-1]:.1f} ms")
    for wall, cpu, query, ranked, more, filters in sorted(times, key=lambda one: -one[0])[:8]:
        print(f"   {wall:7.1f} ms ({cpu:6.1f} processor) {ranked:4d} ranked{'+' if more else ' '} {query!r} "
              f"{ {key: str(getattr(filters, key)) for key in filters.__slots__ if getattr(filters, key)} or ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.file or Path(folder) / "bench.db"
        if not path.exists():
            fill(path, given.articles)
        print(f"{path.stat().st_size / given.articles:,.0f} bytes an article")
        with open_store(f"sqlite:///{path}") as store:
            report(store, random.Random(7))
            report(store, random.Random(8))


if __name__ == "__main__":
    main()
