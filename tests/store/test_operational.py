"""Tests of store/operational.py on both databases: queue, sources, leases, digests, LLM requests, outcomes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from store import Store, operational
from store.records import DigestRow, HostRate, ModelDay, OutcomeRow, Queued, SourceHealth, Validators
from store.schema import outcomes
from tests.support.store_samples import T0, article, batch_of, later, put

URL = "https://news.example.cn/q/{}.html"


def _queued(number: int, **fields: object) -> Queued:
    defaults = {"url": URL.format(number), "source": "example", "origin": "feed", "first_seen": later(number)}
    return Queued(**{**defaults, **fields})  # type: ignore[arg-type]


def test_queue_keeps_first_seen_and_returns_due_candidates(store: Store) -> None:
    """A candidate is queued once and keeps the time at which it was first seen.

    A postponed candidate is not returned before its time, a removed one never.
    """
    with batch_of(store) as batch:
        assert batch.enqueue([_queued(1), _queued(2, source="other"), _queued(3)]) == 3
        assert batch.enqueue([_queued(1, first_seen=later(9)), _queued(4)]) == 1
    with batch_of(store) as batch:
        batch.postpone(URL.format(1), later(5))
        batch.dequeue(URL.format(3))
    due = store.queued(None, later(4), 10)
    assert [candidate.url for candidate in due] == [URL.format(2), URL.format(4)]
    again = store.queued(["example"], later(5), 10)
    assert [(candidate.url, candidate.tries, candidate.first_seen) for candidate in again] == [
        (URL.format(1), 1, later(1)),
        (URL.format(4), 0, later(4)),
    ]
    assert len(store.queued(None, later(9), 1)) == 1
    assert batch.commit_number is None


def test_dequeue_then_enqueue_in_one_batch_leaves_it_queued(store: Store) -> None:
    """If a URL is removed from the queue and queued again in one batch, the last operation counts."""
    with batch_of(store) as batch:
        batch.enqueue([_queued(1)])
        batch.dequeue(URL.format(1))
        assert batch.enqueue([_queued(1, title="新")]) == 1
    assert [candidate.title for candidate in store.queued(None, later(9), 9)] == ["新"]


def test_validators_are_replaced_and_deleted(store: Store) -> None:
    """The newest validators of a URL are returned; validators stored and then deleted in one batch are not."""
    old, new = Validators(URL.format(1), '"a"', None, 0, T0), Validators(URL.format(1), '"b"', "Sun", 3, later(1))
    with batch_of(store) as batch:
        batch.validators(old)
        batch.validators(Validators(URL.format(2), '"x"'))
    with batch_of(store) as batch:
        batch.validators(new)
    assert store.validators_of([URL.format(1), URL.format(2), URL.format(3)]) == {
        URL.format(1): new,
        URL.format(2): Validators(URL.format(2), '"x"'),
    }
    with batch_of(store) as batch:
        batch.validators(old)
        batch.forget_validators(URL.format(1))
    assert store.validators_of([URL.format(1)]) == {}


def test_host_rates_and_archive_sizes(store: Store) -> None:
    """Host rates and archive sizes are the values stored last."""
    with batch_of(store) as batch:
        batch.host_rates([HostRate("b.cn", later(2)), HostRate("a.cn", later(1), later(3))])
        batch.archive_sizes({"x.warc.gz": 10, "y.warc.gz": 5})
    with batch_of(store) as batch:
        batch.host_rates([HostRate("b.cn", later(4))])
        batch.host_rates([])
        batch.archive_sizes({"x.warc.gz": 30})
    assert store.host_rates() == [HostRate("a.cn", later(1), later(3)), HostRate("b.cn", later(4))]
    assert store.committed_files() == {"x.warc.gz": 30, "y.warc.gz": 5}


def test_health_counts_failures_in_a_row_and_new_articles_of_the_week(store: Store) -> None:
    """Failures are counted until a success; new_week counts articles first stored within the last seven days."""
    with batch_of(store, later(-24 * 8)) as batch:
        put(batch, article(1))
    with batch_of(store, later(0)) as batch:
        put(batch, article(2))
        batch.source_attempt("example", later(0), None, 2)
    for hour in (1, 2):
        with batch_of(store, later(hour)) as batch:
            batch.source_attempt("example", later(hour), "timeout", 0)
    assert store.health(["never", "example"], later(3)) == [
        SourceHealth("never", None, None, None, 0, None, 0),
        SourceHealth("example", later(2), later(0), "timeout", 2, later(0), 1),
    ]
    with batch_of(store, later(4)) as batch:
        batch.source_attempt("example", later(4), None, 0)
    assert store.health(["example"], later(5))[0] == SourceHealth("example", later(4), later(4), None, 0, later(0), 1)


def test_due_time_of_a_source(store: Store) -> None:
    """Storing the due time of a source does not change its health, and an attempt does not change the due time."""
    assert store.next_due("example") is None
    store.set_next_due("example", later(1))
    with batch_of(store) as batch:
        batch.source_attempt("example", later(0), None, 1)
    store.set_next_due("example", later(2))
    assert (store.next_due("example"), store.health(["example"], T0)[0].last_success) == (later(2), later(0))


def test_lease_has_one_holder_and_a_growing_epoch(store: Store) -> None:
    """Another owner gets the lease after expiry or release, with a higher epoch; the former owner cannot renew it."""
    assert store.take_lease("serve", "a", T0, 60) == 1
    assert store.take_lease("serve", "b", later(0.01), 60) is None
    assert store.renew_lease("serve", "a", 1, later(0.01), 3600)
    assert store.take_lease("serve", "b", later(2), 60) == 2
    assert not store.renew_lease("serve", "a", 1, later(2), 60)
    store.release_lease("serve", "a")
    assert store.renew_lease("serve", "b", 2, later(2), 60)
    store.release_lease("serve", "b")
    assert store.take_lease("serve", "a", later(2), 60) == 3


def test_digest_is_frozen_once_and_delivered_once(store: Store) -> None:
    """The first stored range of Commits of a day's digest is kept; a delivery is recorded per channel and recipient."""
    first = DigestRow("2026-03-01", 0, 3, T0, "<1@suowen>")
    assert store.freeze_digest(first) == first
    assert store.freeze_digest(DigestRow("2026-03-01", 0, 9, later(1), "<2@suowen>")) == first
    store.freeze_digest(DigestRow("2026-03-02", 3, 5, later(24), "<3@suowen>"))
    assert store.digest_row("2026-03-01") == first and store.digest_row("2026-02-28") is None
    assert store.last_digest("2026-03-02") == first and store.last_digest("2026-03-01") is None
    assert not store.delivered("2026-03-01", "mail", "a@example.cn")
    store.mark_delivered("2026-03-01", "mail", "a@example.cn", T0)
    store.mark_delivered("2026-03-01", "mail", "a@example.cn", later(1))
    assert store.delivered("2026-03-01", "mail", "a@example.cn")
    assert not store.delivered("2026-03-01", "mail", "b@example.cn")


def test_rejections_are_stored(store: Store) -> None:
    """A rejected URL is stored with its latest outcome and time."""
    for hour, outcome in ((0, "too-short"), (1, "not-article")):
        with batch_of(store, later(hour)) as batch:
            batch.reject(URL.format(1), outcome)
    found = store.rejected([URL.format(1), URL.format(2)])
    assert {url: (rejection.outcome, rejection.at) for url, rejection in found.items()} == {
        URL.format(1): ("not-article", later(1))
    }


def test_many_urls_are_queried_in_chunks(store: Store) -> None:
    """Queries with more URLs than one statement accepts are divided and return all rows."""
    with batch_of(store) as batch:
        put(batch, article(7))
    assert set(store.known([article(n).url for n in range(40_000)])) == {article(7).url}


def test_llm_answer_is_stored_by_its_key(store: Store) -> None:
    """The first answer to a request is kept; characters that databases refuse are replaced."""
    assert store.model_answer("k") is None
    store.store_answer("k", "m", "好\x00\ud800", T0)
    store.store_answer("k", "m", "其他", later(1))
    assert store.model_answer("k") == "好\ufffd?"
    assert store.model_answer("other") is None


def test_requests_are_reserved_up_to_the_daily_limit(store: Store) -> None:
    """Concurrent threads reserve exactly the limit; the next day starts at zero; failures are counted."""
    with ThreadPoolExecutor(4) as pool:
        booked = list(pool.map(lambda _: store.reserve_request("2026-11-21", 5), range(12)))
    assert sum(booked) == 5
    store.count_failure("2026-11-21")
    assert store.model_day("2026-11-21") == ModelDay("2026-11-21", 5, 1)
    assert store.reserve_request("2026-11-22", 5) and not store.reserve_request("2026-11-23", 0)
    assert store.model_day("2026-11-22").requests == 1


def test_outcomes_are_pruned_in_slices(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outcome rows older than a time are deleted in several slices; newer ones stay.

    A period whose outcome rows were all deleted is distinguished from a period that never had any.
    """
    monkeypatch.setattr(operational, "_SLICE", 7)
    for run in range(1, 6):
        assert store.start_run(later(run * 100), "test") == run
        with batch_of(store) as batch:
            for number in range(0 if run == 4 else 10):
                batch.outcome(OutcomeRow(run, URL.format(number), "example", "known", "", later(run * 100 + number)))
    assert store.prune_outcomes(later(100)) == 0
    assert store.prune_outcomes(later(305)) == 25
    with store.database.read() as db:
        kept = db.execute(select(outcomes.c.run, func.count()).group_by(outcomes.c.run).order_by(outcomes.c.run)).all()
    assert [tuple(row) for row in kept] == [(3, 5), (5, 10)]
    assert [store.outcomes_pruned(later(run * 100), later(run * 100 + 50)) for run in range(1, 6)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert store.prune_outcomes(later(9_999)) == 15
    assert store.outcomes_pruned(later(500), later(501)) and not store.outcomes_pruned(later(501), later(999))
