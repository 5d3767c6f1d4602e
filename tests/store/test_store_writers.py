"""Eight processes writing at once: no article lost or doubled, one unbroken chain, both databases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from store import open_store
from store.history import last_commit, verify

#: each writer offers 60 articles, 40 of which others offer too, in batches of five
WRITER = """
import sys
sys.path.insert(0, {samples!r})
from samples import *
from store import open_store
me = int(sys.argv[1])
with open_store({url!r}) as store:
    for part in range(12):
        with batch_of(store) as batch:
            for number in range(me * 20 + part * 5, me * 20 + part * 5 + 5):
                known = batch.neighbours((f"b{{number // 2}}",), "minhash@1")
                match = Match(known[0].story, known[0].article, "repost", 1.0, "") if known else None
                put(batch, article(number, text=TEXT + str(number)), number=number, bands=(f"b{{number // 2}}",),
                    match=match, facts=(fact(),))
        store.take_lease("serve", str(me), T0, 5)
"""


def test_eight_writers_at_once(url: str) -> None:
    """Eight processes offer 200 distinct articles, most several times; a pair is one story whoever stores it."""
    code = WRITER.format(samples=str(Path(__file__).parent), url=url)
    writers = [subprocess.Popen([sys.executable, "-c", code, str(me)]) for me in range(8)]
    assert [writer.wait(timeout=100) for writer in writers] == [0] * 8
    with open_store(url) as store:
        with store.database.read() as db:
            count, distinct, stories = db.execute(text(
                "SELECT (SELECT count(*) FROM articles), (SELECT count(DISTINCT url) FROM articles), "
                "(SELECT count(*) FROM stories)")).one()
        assert (count, distinct, stories) == (200, 200, 100)
        assert verify(store) == []
        assert last_commit(store) <= 96
