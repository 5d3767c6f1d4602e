"""Search time in a large store: percentiles over 250 queries at 1,000,000 synthetic articles, and time of lists.

python benchmarks/search.py                    creates a SQLite store of a million articles in a temporary folder
python benchmarks/search.py --file kept.db     creates the store in this file, or searches an existing store
python benchmarks/search.py --server           the same on a bundled PostgreSQL
python benchmarks/search.py --url postgresql+psycopg://user@host/empty [--kept]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import large
from append import size
from measure import postgres
from synthetic_articles import queries

from store import Store, open_store
from store.queries import list_articles
from store.search import search


def report(store: Store, rng: random.Random) -> None:
    """Print percentiles of wall-clock and processor time, and the slowest queries."""
    times = []
    for query, filters in queries(rng):
        wall, cpu = time.perf_counter(), time.process_time()
        found = search(store, query, filters)
        times.append(
            (
                1000 * (time.perf_counter() - wall),
                1000 * (time.process_time() - cpu),
                query,
                found.ranked,
                found.more,
                filters,
            )
        )
    for name, column in (("wall clock", 0), ("processor", 1)):
        values = sorted(float(row[column]) for row in times)  # type: ignore[arg-type]
        print(
            f"search, {len(values)} queries, {name}: median {statistics.median(values):.1f} ms, "
            f"95th percentile {values[int(len(values) * 0.95)]:.1f} ms, worst {values[-1]:.1f} ms"
        )
    for wall, cpu, query, ranked, more, filters in sorted(times, key=lambda row: -row[0])[:8]:
        print(
            f"   {wall:7.1f} ms ({cpu:6.1f} processor) {ranked:4d} ranked{'+' if more else ' '} {query!r} "
            f"{ {key: str(getattr(filters, key)) for key in filters.__slots__ if getattr(filters, key)} or '' }"
        )


def report_lists(store: Store) -> None:
    """Print the time of lists with many, few and no matches."""
    filter_sets: tuple[dict[str, Any], ...] = (
        {},
        {"ruling": "feature"},
        {"ruling": "brief"},
        {"source": "site3"},
        {"source": "site3", "ruling": "brief"},
        {"source": "nobody"},
    )
    for filters in filter_sets:
        started = time.perf_counter()
        found = list_articles(store, limit=50, **filters)
        print(f"list {filters}: {len(found)} rows in {1000 * (time.perf_counter() - started):.0f} ms")


def measure(url: str, count: int, *, kept: bool) -> None:
    if not kept:
        large.fill(url, count)
    with open_store(url) as store:
        print(f"{size(store) / count:,.0f} bytes an article; load {os.getloadavg()[0]:.1f}")
        report(store, random.Random(7))
        report(store, random.Random(8))
        report_lists(store)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--url", help="an empty database on a PostgreSQL server, as a superuser of it")
    parser.add_argument("--kept", action="store_true", help="the database of --url was filled by an earlier run")
    parser.add_argument("--server", action="store_true", help="on a bundled PostgreSQL")
    parser.add_argument("--articles", type=int, default=1_000_000)
    args = parser.parse_args()
    if args.url:
        measure(args.url, args.articles, kept=args.kept)
    elif args.server:
        with postgres() as urls:
            measure(urls[0], args.articles, kept=False)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = args.file or Path(folder) / "bench.db"
            measure(f"sqlite:///{path}", args.articles, kept=path.exists())


if __name__ == "__main__":
    main()
