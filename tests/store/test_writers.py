"""Test of eight processes that write at the same time: no article is lost or doubled, and the store verifies."""

from __future__ import annotations

import multiprocessing

from sqlalchemy import text

from store import open_store
from store.queries import last_commit, verify
from store.records import Match
from tests.support.store_samples import T0, TEXT, article, batch_of, fact, put


def _write(url: str, me: int) -> None:
    """Offer 40 articles in batches of five; the previous writer also offers the first 20, the next one the last 20.

    The articles 2n and 2n+1 share an LSH key and are stored as copies. After each batch, try to take a lease.
    """
    with open_store(url) as store:
        for part in range(8):
            with batch_of(store) as batch:
                for number in range(me * 20 + part * 5, me * 20 + part * 5 + 5):
                    band = f"b{number // 2}"
                    known = batch.neighbours((band,), "minhash@1")
                    match = Match(known[0].story, known[0].article, "repost", 1.0, "") if known else None
                    put(
                        batch,
                        article(number, text=TEXT + str(number)),
                        number=number,
                        bands=(band,),
                        match=match,
                        facts=(fact(),),
                    )
            store.take_lease("serve", str(me), T0, 5)


def test_eight_writers_at_once(url: str) -> None:
    """Eight processes offer 180 distinct articles, most of them twice; each is stored once.

    Each pair of copies is one story, even if two processes store them.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["store.store", __name__])
    writers = [processes.Process(target=_write, args=(url, me)) for me in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=100)
    assert [writer.exitcode for writer in writers] == [0] * 8
    with open_store(url) as store:
        with store.database.read() as db:
            count, distinct, stories = db.execute(
                text(
                    "SELECT (SELECT count(*) FROM articles), (SELECT count(DISTINCT url) FROM articles), "
                    "(SELECT count(*) FROM stories)"
                )
            ).one()
        assert (count, distinct, stories) == (180, 180, 90)
        assert verify(store) == []
        assert last_commit(store) <= 64
