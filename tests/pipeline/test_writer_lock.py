"""The writer's lock is held briefly: rows are stored in limited transactions, and no transaction waits for a worker."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import llm_step
from ingest.pipeline.results import Summary
from ingest.pipeline.save import ROWS
from ingest.pipeline.source_listings import Listings, enqueue
from ingest.pipeline_types import Candidate
from store import Store
from tests.support.runs import opened
from tests.support.small_site import NullProgress


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of outcome and candidate rows of each transaction, in order."""
    counts: list[int] = []
    real = Store.batch

    @contextmanager
    def counted(self: Store, **options: Any) -> Iterator[Any]:
        with real(self, **options) as batch:
            counts.append(0)
            outcome, queue = batch.outcome, batch.enqueue

            def count_outcome(row: Any) -> None:
                counts[-1] += 1
                outcome(row)

            def count_queue(found: Any) -> int:
                counts[-1] += len(found)
                return int(queue(found))

            batch.outcome, batch.enqueue = count_outcome, count_queue
            yield batch

    monkeypatch.setattr(Store, "batch", counted)
    return counts


def test_listing_with_many_articles_is_queued_in_several_transactions(tmp_path: Path, rows: list[int]) -> None:
    """5,000 candidates are queued, at most ROWS in one transaction."""
    with opened(tmp_path, "http://127.0.0.1:1") as context:
        (source,) = context.config.sources
        listings = Listings(source)
        for number in range(5000):
            url = f"http://127.0.0.1:1/{number}.html"
            listings.candidates[url] = Candidate(url, source.name, "feed")
        enqueue(context, listings, Summary(context.store.start_run(context.now(), "test")), NullProgress())
        assert sum(rows) == 5000 and max(rows) <= ROWS
        assert len(context.store.queued([source.name], context.now(), limit=10_000)) == 5000


def test_answer_of_the_llm_is_parsed_before_the_transaction() -> None:
    """The source of `_process_queued` calls `_accepted`, which waits for a worker, before the write transaction."""
    source = inspect.getsource(llm_step._process_queued)
    assert source.index("_accepted(") < source.index("store.batch(")
