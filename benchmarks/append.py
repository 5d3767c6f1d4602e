"""Whether appending costs the same as a store grows: batches of 50 in a small store and in a large one, by turns.

    python benchmarks/append.py                                  1,000 and 1,000,000 articles on SQLite, about 8 GB
    python benchmarks/append.py --server                         the same on PostgreSQL, brought along
    python benchmarks/append.py --url URL URL                    two empty databases

Both stores are filled behind the store's back (benchmarks/large.py) with articles of about 250 characters; measured are
batches of 50 as the pipeline writes them, each article with capture, verdict, facts, neighbours, story and outcome. The
two take turns, so that what else the machine does falls on both.
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
from synthetic_articles import METHOD, NOW, kin_of, make

from store import Store, open_store
from store.records import Capture, Fingerprint, Match, OutcomeRow, Verdict


@dataclass
class Spent:
    """What each batch of a store took, in milliseconds."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def fill(store: Store, chance: random.Random, first: int, count: int, chars: int, run: int) -> float:
    """One batch as the pipeline writes it; seconds from before it to after its Commit, making the texts excepted."""
    made = [make(chance, number, chars) for number in range(first, first + count)]
    began = time.perf_counter()
    with store.batch(at=NOW, program="bench", rules={"read": "1"}) as batch:
        for number, (article, facts) in enumerate(made, first):
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
            # A repost shares bands with the article before; one band of boilerplate is shared by a site's articles.
            kin = kin_of(number)
            bands = (*tuple(f"{kin}:{i}" for i in range(31)), f"site{number % 15}")
            known = batch.neighbours(bands, METHOD)
            same = next((one for one in known if number % 20 == 0), None)
            match = Match(same.story, same.article, "repost", 0.9, "bench") if same else None
            batch.story(appended.article, Fingerprint(f"{kin:064x}", bands, "bench"), match)
            batch.outcome(OutcomeRow(run, article.url, "bench", "stored", "", NOW, appended.article))
            batch.dequeue(article.url)
    return time.perf_counter() - began


def size(store: Store) -> int:
    """Bytes of the database."""
    if store.database.path:
        return sum(
            Path(f"{store.database.path}{end}").stat().st_size
            for end in ("", "-wal")
            if Path(f"{store.database.path}{end}").exists()
        )
    with store.database.read() as db:
        return int(db.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def turns(stores: list[Store], sizes: list[int], chars: int, rounds: int) -> list[Spent]:
    """Batches of 50 into each store by turns; the first of each, which fills caches, is not counted."""
    chance, spent, done = random.Random(3), [Spent() for _ in stores], list(sizes)
    servers = [_server(store) for store in stores]
    for round_ in range(rounds + 1):
        for at, store in enumerate(stores):
            before = processor(servers[at])
            clock = fill(store, chance, done[at] + 1, 50, chars, 1)
            done[at] += 50
            if round_:
                spent[at].clock.append(1000 * clock)
                spent[at].processor.append(1000 * (processor(servers[at]) - before))
    return spent


def _server(store: Store) -> int:
    """The process of the server that works for this store; it stays, for one connection is all that is needed."""
    if store.database.sqlite:
        return 0
    with store.database.read() as db:
        return int(db.execute(text("SELECT pg_backend_pid()")).scalar_one())


def report(urls: list[str], sizes: list[int], chars: int, rounds: int) -> None:
    for url, count in zip(urls, sizes, strict=True):
        large.fill(url, count, max(0, (chars - 40) // 21))
    stores = [open_store(url) for url in urls]
    for store, count, spent in zip(stores, sizes, turns(stores, sizes, chars, rounds), strict=True):
        print(
            f"{count:>10,d} articles: batch of 50 takes median {statistics.median(spent.clock):.0f} ms, 95th percentile "
            f"{sorted(spent.clock)[int(rounds * 0.95)]:.0f} ms, {statistics.mean(spent.processor):.0f} ms of processor; "
            f"{size(store) / count:,.0f} bytes an article; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", nargs=2)
    parser.add_argument("--server", action="store_true", help="a PostgreSQL of its own")
    parser.add_argument("--articles", type=int, nargs=2, default=[1_000, 1_000_000])
    parser.add_argument("--chars", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=40, help="batches measured in each store")
    given = parser.parse_args()
    if given.url:
        report(given.url, given.articles, given.chars, given.rounds)
    elif given.server:
        with postgres(2) as urls:
            report(urls, given.articles, given.chars, given.rounds)
    else:
        with tempfile.TemporaryDirectory() as folder:
            report(
                [f"sqlite:///{folder}/{name}.db" for name in ("small", "large")],
                given.articles,
                given.chars,
                given.rounds,
            )


if __name__ == "__main__":
    main()
