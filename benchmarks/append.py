"""Cost of appending as a store grows: batches of 50 articles in a small and a large store, alternately.

    python benchmarks/append.py                                  1,000 and 1,000,000 articles on SQLite, about 8 GB
    python benchmarks/append.py --server                         the same on a bundled PostgreSQL
    python benchmarks/append.py --url URL URL                    two empty databases

Both stores are filled directly (benchmarks/large.py) with articles of about 250 characters. The script measures batches
of 50 as the pipeline writes them: each article with capture, verdict, facts, neighbours, story and outcome. The stores
alternate, so that other load on the machine affects both.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import large
from measure import postgres, processor
from sqlalchemy import text
from synthetic_articles import METHOD, NOW, make, original_of

from store import Store, open_store
from store.records import Capture, Fingerprint, Match, OutcomeRow, Verdict


@dataclass
class Timings:
    """Times of the batches of one store in milliseconds: wall-clock time and processor time."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def fill(store: Store, rng: random.Random, first: int, count: int, chars: int, run: int) -> float:
    """Write one batch as the pipeline does. Return the seconds until its commit; generating the texts is not timed."""
    articles = [make(rng, number, chars) for number in range(first, first + count)]
    started = time.perf_counter()
    with store.batch(at=NOW, program="bench", rules={"read": "1"}) as batch:
        for number, (article, facts) in enumerate(articles, first):
            capture = batch.capture(
                Capture(
                    article.url,
                    article.url,
                    NOW,
                    200,
                    "article",
                    "bench",
                    f"{number // 50_000}.gz",
                    number * 9000,
                    8000,
                    f"sha256:{number:064x}",
                    f"urn:uuid:{number:032x}",
                )
            )
            appended = batch.article(article, f"site{number % 15}", capture)
            ruling = "feature" if number % 3 == 0 else "other"
            batch.verdict(appended.revision, Verdict(ruling, 0.8, ("派出所 ×9",), "police-station@1"))
            batch.facts(appended.revision, facts)
            # A repost shares bands with the previous article; one boilerplate band is shared by all articles of a site.
            original = original_of(number)
            bands = (*tuple(f"{original}:{i}" for i in range(31)), f"site{number % 15}")
            known = batch.neighbours(bands, METHOD)
            same = next((neighbour for neighbour in known if number % 20 == 0), None)
            match = Match(same.story, same.article, "repost", 0.9, "bench") if same else None
            batch.story(appended.article, Fingerprint(f"{original:064x}", bands, "bench"), match)
            batch.outcome(OutcomeRow(run, article.url, "bench", "stored", "", NOW, appended.article))
            batch.dequeue(article.url)
    return time.perf_counter() - started


def size(store: Store) -> int:
    """Return the size of the database in bytes."""
    if store.database.path:
        return sum(
            Path(f"{store.database.path}{end}").stat().st_size
            for end in ("", "-wal")
            if Path(f"{store.database.path}{end}").exists()
        )
    with store.database.read() as db:
        return int(db.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def alternate(stores: list[Store], sizes: list[int], chars: int, rounds: int) -> list[Timings]:
    """Write batches of 50 articles into the stores in turn; return the times of each store.

    The first batch of each store fills the caches, and its time is not recorded.
    """
    rng, timings, written = random.Random(3), [Timings() for _ in stores], list(sizes)
    servers = [_server(store) for store in stores]
    for round_ in range(rounds + 1):
        for at, store in enumerate(stores):
            before = processor(servers[at])
            clock = fill(store, rng, written[at] + 1, 50, chars, 1)
            written[at] += 50
            if round_:
                timings[at].clock.append(1000 * clock)
                timings[at].processor.append(1000 * (processor(servers[at]) - before))
    return timings


def _server(store: Store) -> int:
    """Return the process id of the server backend of this store, 0 for SQLite. The store uses a single connection."""
    if store.database.sqlite:
        return 0
    with store.database.read() as db:
        return int(db.execute(text("SELECT pg_backend_pid()")).scalar_one())


def report(urls: list[str], sizes: list[int], chars: int, rounds: int) -> None:
    for url, count in zip(urls, sizes, strict=True):
        large.fill(url, count, max(0, (chars - 40) // 21))
    stores = [open_store(url) for url in urls]
    for store, count, timings in zip(stores, sizes, alternate(stores, sizes, chars, rounds), strict=True):
        print(
            f"{count:>10,d} articles: batch of 50 takes median {statistics.median(timings.clock):.0f} ms, 95th percentile "
            f"{sorted(timings.clock)[int(rounds * 0.95)]:.0f} ms, {statistics.mean(timings.processor):.0f} ms of processor; "
            f"{size(store) / count:,.0f} bytes an article; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", nargs=2)
    parser.add_argument("--server", action="store_true", help="on a bundled PostgreSQL")
    parser.add_argument("--articles", type=int, nargs=2, default=[1_000, 1_000_000])
    parser.add_argument("--chars", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=40, help="batches measured in each store")
    args = parser.parse_args()
    if args.url:
        report(args.url, args.articles, args.chars, args.rounds)
    elif args.server:
        with postgres(2) as urls:
            report(urls, args.articles, args.chars, args.rounds)
    else:
        with tempfile.TemporaryDirectory() as folder:
            report(
                [f"sqlite:///{folder}/{name}.db" for name in ("small", "large")],
                args.articles,
                args.chars,
                args.rounds,
            )


if __name__ == "__main__":
    main()
