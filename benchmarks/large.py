"""A large store of synthetic articles, filled behind the store's back: what the other benchmarks measure in.

Every table has the rows that the pipeline would have written (capture, article, revision, verdict, reading, two facts,
story or copy, 32 bands and the fingerprint, outcome, look, search entry), all under one Commit; only the digests of
rows are none. Texts are made of 20,000 sentences, so that the words of such features are in every article, a station's
name in few. A million articles of 250 characters take some minutes and about 5 GB.
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
from synthetic_articles import GLUE, METHOD, NOW, PLACES, WORDS, kin_of, person

from store import open_store, search_tokens
from store.lsh_index import lsh_key
from store.schema import metadata, utc_text
from store.search_index import stretches

#: articles written at a time
CHUNK = 5_000
#: bands an article has of its own, and sites whose articles share one of boilerplate
BANDS, SITES = 31, 15
AT, NONE = utc_text(NOW), b"\0" * 32


def sentences(chance: random.Random, count: int) -> list[tuple[str, frozenset[str]]]:
    """Sentences with their tokens; a sentence ends in a stop, so an article's tokens are the union of theirs."""
    made = []
    for _ in range(count):
        text = (
            "".join(
                chance.choice(WORDS) + (chance.choice(GLUE) if chance.random() < 0.4 else "")
                for _ in range(chance.randint(5, 12))
            )
            + "。"
        )
        made.append((text, frozenset(search_tokens.tokens(search_tokens.fold(text)))))
    return made


def rows(chance: random.Random, pool: list[tuple[str, frozenset[str]]], number: int, length: int) -> dict[str, Any]:
    """One article's rows by table, of `length` sentences beside its first."""
    place = chance.choice(PLACES) + chance.choice(PLACES)
    station, chief, word = f"{place}派出所", person(chance), chance.choice(WORDS)
    title, lead = f"{station}的{word}", f"{station}所长{chief}带领民警{chance.randint(5, 60)}人守护辖区平安。"
    chosen = [pool[int(chance.random() * len(pool))] for _ in range(length)]
    text = lead + "".join(sentence for sentence, _ in chosen)
    day = (NOW - timedelta(days=number % 3000)).date().isoformat()
    ruling, site, city = "feature" if number % 3 == 0 else "other", f"site{number % SITES}", f"市{number % 300}"
    url, names, kin = f"https://news{number % 97}.example.cn/{number}.html", f"{station}\n{chief}", kin_of(number)
    head = search_tokens.fold(f"{title}\n{names}")
    found = search_tokens.tokens(head + " " + search_tokens.fold(lead)) | search_tokens.tokens(head, search_tokens.HEAD)
    found = found.union(
        *(tokens for _, tokens in chosen), search_tokens.station_tags(station), search_tokens.place_tags(city)
    )
    found |= {
        search_tokens.tag(search_tokens.MONTH, day[:7].replace("-", "")),
        search_tokens.tag(search_tokens.ORIGIN, site),
        search_tokens.tag(search_tokens.RULING, ruling),
    }
    at = text.index(chief)
    copied = kin != number
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
        "members": [(number, 1, number, kin, "repost" if copied else "original", kin if copied else None, 1.0, "", NONE)],
        "fingerprints": [(number, f"{kin:064x}", METHOD, NONE * 8)],
        "outcomes": [(1, url, "bench", "stored", "", AT, number)],
        "looks": [(number, AT, None)],
        "search_entries": [(number, number, number, names, day, site, ruling)],
        "search_tokens": [(number, " ".join(found))],
    }  # fmt: skip


def chunks(count: int, length: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Rows by table of `count` articles, CHUNK at a time."""
    chance = random.Random(1)
    pool = sentences(chance, 20_000)
    began = time.perf_counter()
    for first in range(1, count + 1, CHUNK):
        made: dict[str, list[tuple[Any, ...]]] = {}
        for number in range(first, min(first + CHUNK, count + 1)):
            for table, some in rows(chance, pool, number, length).items():
                made.setdefault(table, []).extend(some)
        yield made
        if (first + CHUNK - 1) % 100_000 == 0:
            print(f"   {first + CHUNK - 1:,} after {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def bands(count: int) -> Iterator[list[tuple[int, int]]]:
    """(key, article) in order of keys, a million at a time: BANDS as hashes spread, those of a repost the same as its
    original's, and the one that all articles of a site have."""
    keys = np.random.default_rng(7).integers(-(2**63), 2**63 - 1, size=(count, BANDS + 1), dtype=np.int64)
    for number in range(1, count + 1):
        if (kin := kin_of(number)) != number:
            keys[number - 1] = keys[kin - 1]
    boilerplate = np.array([lsh_key(METHOD, f"site{site}") for site in range(SITES)])
    keys[:, BANDS] = boilerplate[np.arange(1, count + 1) % SITES]
    flat = keys.reshape(-1)
    order = np.argsort(flat, kind="stable")
    for first in range(0, len(order), 1_000_000):
        part = order[first : first + 1_000_000]
        yield list(zip(flat[part].tolist(), (part // (BANDS + 1) + 1).tolist(), strict=True))


def fill(url: str, count: int, length: int = 10) -> None:
    """Make a store of `count` articles of about 40 + 21 * `length` characters."""
    with open_store(url) as store:
        store.start_run(NOW, "bench")
    began = time.perf_counter()
    (_fill_file if url.startswith("sqlite") else _fill_server)(url, count, length)
    print(f"{url}: {count:,} articles in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


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
        for made in chunks(count, length):
            raw.execute("BEGIN")
            for table, some in made.items():
                put(table, some)
            raw.execute("COMMIT")
        for some in bands(count):
            raw.execute("BEGIN")
            put("bands", some)
            raw.execute("COMMIT")
        for _, sql in triggers:
            raw.execute(sql)


def _fill_server(url: str, count: int, length: int) -> None:
    """COPY with triggers and foreign keys off, the index over the words last. As a superuser of the database."""
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
                for one in some:
                    copy.write_row(
                        (one[0], [*map(search_tokens.number, one[1].split()), *stretches(one[0])])
                        if table == "search_tokens"
                        else one
                    )

        put("commits", [_commit(count)])
        for made in chunks(count, length):
            for table, some in made.items():
                put(table, some)
        for some in bands(count):
            put("bands", some)
        raw.execute(
            "CREATE INDEX ix_search_tokens ON search_tokens USING gin (tokens) WITH (gin_pending_list_limit = 16384)"
        )
        raw.commit()
        raw.autocommit = True
        raw.execute("VACUUM ANALYZE")  # as the server does by itself after many inserts
