"""A large store of synthetic articles, written directly into the tables, for the other benchmarks.

Every table has the rows that the pipeline would have written (capture, article, revision, verdict, fact run, two facts,
story or copy, 32 bands and the fingerprint, outcome, visit, search entry), all in one commit; only the hashes of rows
are zero. Texts are composed from a pool of 20,000 sentences, so that common words occur in every article and a
station's name in few. A million articles of 250 characters take some minutes and about 5 GB.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from synthetic_articles import GLUE, METHOD, NOW, PLACES, WORDS, original_of, person

from store import open_store, search_tokens
from store.lsh_index import lsh_key
from store.schema import metadata, utc_text
from store.search_index import range_marks

#: number of articles that are generated at a time; on SQLite, also the articles per transaction
CHUNK = 5_000
#: number of bands of an article besides the boilerplate band, which all articles of a site share; number of sites
BANDS, SITES = 31, 15
AT, NONE = utc_text(NOW), b"\0" * 32


def sentences(rng: random.Random, count: int) -> list[tuple[str, frozenset[str]]]:
    """Return sentences with their tokens.

    Each sentence ends in a full stop, so an article's tokens are the union of those of its sentences.
    """
    tables = []
    for _ in range(count):
        text = (
            "".join(
                rng.choice(WORDS) + (rng.choice(GLUE) if rng.random() < 0.4 else "") for _ in range(rng.randint(5, 12))
            )
            + "。"
        )
        tables.append((text, frozenset(search_tokens.tokens(search_tokens.fold(text)))))
    return tables


def rows(rng: random.Random, pool: list[tuple[str, frozenset[str]]], number: int, length: int) -> dict[str, Any]:
    """Return one article's rows by table. Its text has `length` sentences after the first sentence."""
    place = rng.choice(PLACES) + rng.choice(PLACES)
    station, chief, word = f"{place}派出所", person(rng), rng.choice(WORDS)
    title, lead = f"{station}的{word}", f"{station}所长{chief}带领民警{rng.randint(5, 60)}人守护辖区平安。"
    chosen = [pool[int(rng.random() * len(pool))] for _ in range(length)]
    text = lead + "".join(sentence for sentence, _ in chosen)
    day = (NOW - timedelta(days=number % 3000)).date().isoformat()
    ruling, site, city = "feature" if number % 3 == 0 else "other", f"site{number % SITES}", f"市{number % 300}"
    url, names, original = (
        f"https://news{number % 97}.example.cn/{number}.html",
        f"{station}\n{chief}",
        original_of(number),
    )
    head = search_tokens.fold(f"{title}\n{names}")
    tokens = search_tokens.tokens(head + " " + search_tokens.fold(lead)) | search_tokens.tokens(
        head, search_tokens.HEAD
    )
    tokens = tokens.union(
        *(tokens for _, tokens in chosen), search_tokens.station_tags(station), search_tokens.place_tags(city)
    )
    tokens |= {
        search_tokens.tag(search_tokens.MONTH, day[:7].replace("-", "")),
        search_tokens.tag(search_tokens.ORIGIN, site),
        search_tokens.tag(search_tokens.RULING, ruling),
    }
    at = text.index(chief)
    copied = original != number
    return {
        "captures": [(number, url, url, AT, 200, "article", "bench", f"{number // 50_000}.gz", number * 9000, 8000,
                      f"sha256:{number:064x}", f"urn:uuid:{number:032x}", NONE)],
        "articles": [(number, 1, url, site, AT, NONE)],
        "revisions": [(number, 1, number, 1, site, number, title, text, NONE, AT, day, None, "[]", "[]", "[]", None,
                       "{}", "bench", 1.0, NONE)],
        "verdicts": [(number, 1, number, ruling, 0.8, '["派出所 ×9"]', "police-station@1", NONE)],
        "readings": [(number, 1, number, 2, NONE)],
        "facts": [(number, 0, "station", station, 0, len(station), f'{{"city":"{city}","name":"{station}"}}', "bench@1"),
                  (number, 1, "person", chief, at, at + len(chief), f'{{"name":"{chief}"}}', "bench@1")],
        "stories": [] if copied else [(number, 1, number, NONE)],
        "members": [(number, 1, number, original, "repost" if copied else "original", original if copied else None, 1.0, "", NONE)],
        "fingerprints": [(number, f"{original:064x}", METHOD, NONE * 8)],
        "outcomes": [(1, url, "bench", "stored", "", AT, number)],
        "looks": [(number, AT, None)],
        "search_entries": [(number, number, number, names, day, site, ruling)],
        "search_tokens": [(number, " ".join(tokens))],
    }  # fmt: skip


def chunks(count: int, length: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Yield the rows by table of `count` articles, CHUNK articles at a time."""
    rng = random.Random(1)
    pool = sentences(rng, 20_000)
    started = time.perf_counter()
    for first in range(1, count + 1, CHUNK):
        tables: dict[str, list[tuple[Any, ...]]] = {}
        for number in range(first, min(first + CHUNK, count + 1)):
            for table, some in rows(rng, pool, number, length).items():
                tables.setdefault(table, []).extend(some)
        yield tables
        if (first + CHUNK - 1) % 100_000 == 0:
            print(f"   {first + CHUNK - 1:,} after {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def bands(count: int) -> Iterator[list[tuple[int, int]]]:
    """Yield (key, article) ordered by key, a million at a time.

    An article has BANDS uniformly distributed keys; a repost has the keys of its original. All articles of a site share
    one further key.
    """
    keys = np.random.default_rng(7).integers(-(2**63), 2**63 - 1, size=(count, BANDS + 1), dtype=np.int64)
    for number in range(1, count + 1):
        if (original := original_of(number)) != number:
            keys[number - 1] = keys[original - 1]
    boilerplate = np.array([lsh_key(METHOD, f"site{site}") for site in range(SITES)])
    keys[:, BANDS] = boilerplate[np.arange(1, count + 1) % SITES]
    flat = keys.reshape(-1)
    order = np.argsort(flat, kind="stable")
    for first in range(0, len(order), 1_000_000):
        part = order[first : first + 1_000_000]
        yield list(zip(flat[part].tolist(), (part // (BANDS + 1) + 1).tolist(), strict=True))


def fill(url: str, count: int, length: int = 10) -> None:
    """Create a store of `count` articles of about 40 + 21 * `length` characters."""
    with open_store(url) as store:
        store.start_run(NOW, "bench")
    started = time.perf_counter()
    (_fill_file if url.startswith("sqlite") else _fill_server)(url, count, length)
    print(f"{url}: {count:,} articles in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def _commit(count: int) -> tuple[Any, ...]:
    return 1, AT, "bench", "{}", "{}", count, 1, "0" * 64, ""


def _fill_file(url: str, count: int, length: int) -> None:
    with sqlite3.connect(Path(url.removeprefix("sqlite:///")), isolation_level=None) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA cache_size=-262144")

        def put(table: str, some: list[tuple[Any, ...]]) -> None:
            names = "(rowid, tokens)" if table == "search_tokens" else ""
            if some:
                raw.executemany(f"INSERT INTO {table} {names} VALUES ({','.join('?' * len(some[0]))})", some)

        put("commits", [_commit(count)])
        for tables in chunks(count, length):
            raw.execute("BEGIN")
            for table, some in tables.items():
                put(table, some)
            raw.execute("COMMIT")
        for some in bands(count):
            raw.execute("BEGIN")
            put("bands", some)
            raw.execute("COMMIT")
        for _, sql in triggers:
            raw.execute(sql)


def _fill_server(url: str, count: int, length: int) -> None:
    """Fill the tables by COPY with triggers and foreign keys disabled; create the token index last.

    Needs a superuser.
    """
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("SET session_replication_role = replica")
        raw.execute("SET maintenance_work_mem = '1GB'")
        raw.execute("DROP INDEX ix_search_tokens")

        def put(table: str, some: list[tuple[Any, ...]]) -> None:
            columns = (
                [column.name for column in metadata.tables[table].columns]
                if table in metadata.tables
                else ["id", "tokens"]
            )
            with raw.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(
                        (row[0], [*map(search_tokens.number, row[1].split()), *range_marks(row[0])])
                        if table == "search_tokens"
                        else row
                    )

        put("commits", [_commit(count)])
        for tables in chunks(count, length):
            for table, some in tables.items():
                put(table, some)
        for some in bands(count):
            put("bands", some)
        raw.execute(
            "CREATE INDEX ix_search_tokens ON search_tokens USING gin (tokens) WITH (gin_pending_list_limit = 16384)"
        )
        raw.commit()
        raw.autocommit = True
        raw.execute("VACUUM ANALYZE")  # autovacuum does the same after many inserts
