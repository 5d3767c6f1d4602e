"""Test that kills a writer at random times: committed batches are complete, others store no row, on both databases."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

from sqlalchemy import text

from store import open_store
from store.queries import last_commit, verify
from tests.support.paths import ROOT

#: program that stores batches of ten articles and prints the number of each finished Commit
WRITER = """
import sys
sys.path.insert(0, {root!r})
from tests.support.store_samples import *
from store import open_store
from store.records import OutcomeRow, Queued
with open_store({url!r}) as store:
    run = store.start_run(T0, "test")
    while True:
        first = len(store.known([f"https://news.example.cn/a/{{n}}.html" for n in range(3000)])) + 1
        with batch_of(store) as batch:
            for number in range(first, first + 10):
                text = TEXT + str(number)
                put(batch, article(number, text=text), number=number, bands=("a", str(number)), facts=(fact(),))
                batch.outcome(OutcomeRow(run, article(number).url, "example", "stored", "", T0, number))
        print(batch.commit_number, flush=True)
"""


def test_killed_writer_leaves_whole_batches_only(url: str) -> None:
    """After kill -9 at three random times, every reported Commit exists and the chain of hashes verifies.

    Each table has ten rows for each Commit: articles, captures, revisions, fact runs, memberships and outcomes.
    """
    chance = random.Random(20260301)
    reported = 0
    for _ in range(3):
        code = WRITER.format(root=str(ROOT), url=url)
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            line = writer.stdout.readline()
            assert line, "the writer did not start"
            time.sleep(chance.uniform(0, 0.15))
            writer.send_signal(signal.SIGKILL)
            rest = [line, *writer.stdout.read().splitlines()]
        reported = max([reported, *(int(line) for line in rest if line.strip())])
        with open_store(url) as store:
            newest = last_commit(store)
            assert newest >= reported
            assert verify(store) == []
            with store.database.read() as db:
                counts = [
                    db.execute(text(f"SELECT count(*) FROM {table}")).scalar()
                    for table in ("articles", "captures", "revisions", "readings", "members", "outcomes")
                ]
            assert counts == [newest * 10] * 6
