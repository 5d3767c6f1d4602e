"""Tests of store/batch.py on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from store import Store, StoreError, open_store
from store.errors import ConflictError
from store.queries import last_commit, log, show, verify
from store.records import Match, OutcomeRow, Queued
from tests.support.store_samples import (
    BRIEF,
    FEATURE,
    T0,
    TEXT,
    article,
    batch_of,
    capture,
    fact,
    fingerprint,
    later,
    put,
)


def test_same_article_twice_adds_nothing(store: Store) -> None:
    """An article fetched twice with the same title and text is one article, one revision and one Commit.

    Only the time of the last check changes.
    """
    with batch_of(store) as first:
        assert put(first, article(), number=1, facts=(fact(),)).change == "new"
    with batch_of(store, later(1)) as second:
        again = put(second, article(fetched_at=later(1), quality=0.1, source="别处"), number=2)
        assert (again.change, again.number) == ("unchanged", 1)
    assert (first.commit_number, second.commit_number, last_commit(store)) == (1, None, 1)
    assert store.known([article().url])[article().url].last_checked == later(1)


def test_reverted_edit_is_a_revision(store: Store) -> None:
    """A revision is compared with the latest one only: the texts A, B, A make three revisions."""
    for hour, body in enumerate((TEXT, TEXT + "\n补充。", TEXT)):
        with batch_of(store, later(hour)) as batch:
            appended = put(batch, article(text=body, fetched_at=later(hour)))
        assert (appended.number, appended.change) == (hour + 1, "new" if hour == 0 else "revised")
    view = show(store, 1)
    assert [revision.content.text for revision in view.revisions] == [TEXT, TEXT + "\n补充。", TEXT]
    assert verify(store) == []


def test_changed_title_makes_a_revision(store: Store) -> None:
    """A change of only the title makes a revision."""
    with batch_of(store) as batch:
        put(batch, article())
        assert batch.article(article(title="改题"), "example", None).change == "revised"


def test_article_round_trip(store: Store) -> None:
    """Every field of an article, capture, verdict and fact is loaded as it was stored."""
    whole = article(original_title="原题", captions=("民警走访",), published="2019-09-07T13:43+08:00")
    with batch_of(store) as batch:
        put(batch, whole, number=1, facts=(fact(),))
    view = show(store, 1)
    assert view.revision.content == whole
    assert (view.verdict, view.facts) == (FEATURE, (fact(),))
    assert view.captures == (capture(1),)
    assert view.story is not None and view.story.representative == view.revision


def test_exception_rolls_everything_back(store: Store) -> None:
    """A failed batch stores no row, not even operational ones."""
    run = store.start_run(T0, "test")
    with pytest.raises(ZeroDivisionError), batch_of(store) as batch:
        put(batch, article(), number=1)
        batch.enqueue([Queued("https://news.example.cn/q", "example", "feed", T0)])
        batch.outcome(OutcomeRow(run, article().url, "example", "stored", "", T0, 1))
        raise ZeroDivisionError
    assert (last_commit(store), store.known([article().url]), store.queued(None, T0, 9)) == (0, {}, [])


def test_batch_of_operational_rows_makes_no_commit(store: Store) -> None:
    """Outcomes and captures alone create no Commit; the next Commit counts and covers the captures."""
    run = store.start_run(T0, "test")
    with batch_of(store) as batch:
        batch.capture(capture(1, kind="listing"))
        batch.outcome(OutcomeRow(run, "https://news.example.cn/x", "example", "gone", "404", T0))
    assert (batch.commit_number, last_commit(store)) == (None, 0)
    with batch_of(store) as batch:
        put(batch, article(), number=2)
    assert log(store)[0].counts["captures"] == 2
    assert verify(store) == []


def test_capture_is_unique_by_record_id(store: Store) -> None:
    """An archive record is stored as one row, within and across batches.

    A record with the same id but another hash is refused.
    """
    with batch_of(store) as batch:
        first = batch.capture(capture(1))
        assert batch.capture(capture(1)) == first
    with batch_of(store) as batch:
        assert batch.capture(capture(1)) == first
        with pytest.raises(ConflictError, match="other bytes"):
            batch.capture(capture(1, digest="sha256:ff", offset=5))


def test_first_outcome_of_a_url_in_a_run_is_kept(store: Store) -> None:
    """The first outcome of a URL in a run is kept, within a batch and across batches."""
    run = store.start_run(T0, "test")
    for outcome in ("timeout", "stored"):
        with batch_of(store) as batch:
            for _ in range(2):
                batch.outcome(OutcomeRow(run, "https://news.example.cn/x", "example", outcome, "", T0))
    with store.database.read() as db:
        assert db.execute(text("SELECT outcome FROM outcomes")).scalars().all() == ["timeout"]


def test_fact_without_its_quote_in_the_text_is_refused(store: Store) -> None:
    """A fact with a quote that is not in the stored text is refused together with its batch."""
    with pytest.raises(StoreError, match="the text has"), batch_of(store) as batch:
        appended = batch.article(article(text=TEXT.replace("35", "36")), "example", None)
        batch.facts(appended.revision, [fact()])
    assert last_commit(store) == 0


def test_new_verdict_and_fact_run_supersede_the_old(store: Store) -> None:
    """A new verdict or fact run replaces the previous one in views and leaves it in the history.

    A verdict or fact run that is equal to the previous one adds no Commit.
    """
    with batch_of(store) as batch:
        revision = put(batch, article(), facts=(fact(),)).revision
    with batch_of(store) as same:
        same.verdict(revision, FEATURE)
        same.facts(revision, [fact()])
    assert same.commit_number is None
    with batch_of(store) as batch:
        batch.verdict(revision, BRIEF)
        batch.facts(revision, [])
    now, then = show(store, 1), show(store, 1, at=1)
    assert (now.verdict, now.facts) == (BRIEF, ())
    assert (then.verdict, then.facts) == (FEATURE, (fact(),))
    assert verify(store) == []


def test_changed_rule_name_alone_adds_no_fact_run(store: Store) -> None:
    """A fact found again by a rule of another name or version adds no fact run; a changed field adds one."""
    with batch_of(store) as batch:
        revision = put(batch, article(), facts=(fact(),)).revision
    with batch_of(store) as same:
        same.facts(revision, [replace(fact(), rule="force.renamed@9")])
    assert same.commit_number is None and show(store, 1).facts == (fact(),)
    with batch_of(store) as other:
        other.facts(revision, [replace(fact(), fields={**fact().fields, "approx": "over"})])
    assert other.commit_number is not None


def test_neighbours_share_bands_within_and_across_batches(store: Store) -> None:
    """Copies are found whether they are stored already or in the same batch; bands of another method never match."""
    with batch_of(store) as batch:
        put(batch, article(1), bands=("a", "b", "c"))
        put(batch, article(2), bands=("a", "b"))
        assert [known.article for known in batch.neighbours(("a", "b", "c"), "minhash@1")] == [1, 2]
    with batch_of(store) as batch:
        put(batch, article(3), bands=("b", "c", "z"))
        found = batch.neighbours(("b", "c", "z"), "minhash@1")
        assert [known.article for known in found] == [3, 1, 2]
        assert found[1].text == TEXT and found[1].title == article(1).title
        assert batch.neighbours(("a", "b", "c"), "minhash@2") == []
        assert batch.neighbours((), "minhash@1") == []


def test_revision_replaces_bands_and_keeps_the_story(store: Store) -> None:
    """An edited article is found only by its new bands and stays in its story."""
    with batch_of(store) as batch:
        first = put(batch, article(1), bands=("a", "b"))
    with batch_of(store) as batch:
        revised = batch.article(article(1, text=TEXT + "\n新段。"), "example", None)
        assert batch.story(revised.article, fingerprint("b", "x"), None) == 1
        assert [known.text for known in batch.neighbours(("x",), "minhash@1")] == [TEXT + "\n新段。"]
        assert batch.neighbours(("a",), "minhash@1") == []
    with batch_of(store) as batch:
        assert [known.article for known in batch.neighbours(("b",), "minhash@1")] == [first.article]
        assert batch.neighbours(("a",), "minhash@1") == []


def test_repost_joins_its_story(store: Store) -> None:
    """An article stored with a match joins the story of the match as a copy."""
    with batch_of(store) as batch:
        put(batch, article(1), bands=("a",))
        copy = put(batch, article(2), bands=("a",), match=Match(1, 1, "repost", 0.97, "97% of the text"))
    view = show(store, copy.article).story
    assert view is not None and view.id == 1
    assert [(c.article, c.relation, c.containment) for c in view.copies] == [(2, "repost", 0.97)]


def test_match_with_a_missing_story_is_refused(store: Store) -> None:
    """Foreign keys are enforced: membership in a missing story is refused, and no row is stored."""
    with pytest.raises(StoreError), batch_of(store) as batch:
        put(batch, article(1), match=Match(77, 1, "copy", 1.0, ""))
    assert last_commit(store) == 0


@pytest.mark.parametrize("bad", ["井口\x00派出所", "井口\ud800派出所"])
def test_nul_and_lone_surrogates_are_refused(store: Store, bad: str) -> None:
    """NUL and lone surrogates are refused in an article, and accepted in details, errors and queued titles."""
    run = store.start_run(T0, "test")
    with pytest.raises(ConflictError), batch_of(store) as batch:
        batch.article(article(text=bad), "example", None)
    with batch_of(store) as batch:
        batch.outcome(OutcomeRow(run, "https://news.example.cn/x", "example", "error", bad, T0))
        batch.source_attempt("example", T0, bad, 0)
        assert batch.enqueue([Queued("https://news.example.cn/q", "example", "feed", T0, title=bad)]) == 1


def test_nested_batch_is_an_error_not_a_deadlock(store: Store) -> None:
    """A batch inside a batch raises an error at once instead of waiting for itself."""
    with batch_of(store), pytest.raises(StoreError, match="a batch is open"):
        store.start_run(T0, "test")


def test_threads_write_one_after_another(store: Store) -> None:
    """If eight threads store the same ten articles, each article is stored once, and the chain of hashes verifies."""

    def work(offset: int) -> None:
        for number in range(10):
            with batch_of(store) as batch:
                put(batch, article((number + offset) % 10))

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.database.read() as db:
        assert db.execute(text("SELECT count(*) FROM articles")).scalar() == 10
    assert (last_commit(store), verify(store)) == (10, [])


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40).filter(
    lambda value: bool(value.strip())
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.integers(0, 3), _texts, _texts), min_size=1, max_size=12))
def test_revisions_are_the_checks_without_repetitions(edits: list[tuple[int, str, str]], tmp_path: Path) -> None:
    """For any sequence of titles and texts of a URL, the revisions are the sequence without consecutive repetitions."""
    truth: dict[int, list[tuple[str, str]]] = {}
    path = tmp_path / f"{abs(hash(tuple(edits)))}.db"
    path.unlink(missing_ok=True)
    with open_store(f"sqlite:///{path}") as store:
        for number, title, body in edits:
            with batch_of(store) as batch:
                batch.article(article(number, title=title, text=body), "example", None)
            history = truth.setdefault(number, [])
            if not history or history[-1] != (title, body):
                history.append((title, body))
        assert verify(store) == []
        for number, wanted in truth.items():
            view = show(store, store.known([article(number).url])[article(number).url].article)
            assert [(r.content.title, r.content.text) for r in view.revisions] == wanted


def test_reopened_store_continues_the_chain(url: str, opened: Callable[[str], Store]) -> None:
    """In a store that is opened again, numbers and hashes continue from the last Commit."""
    for number in (1, 2):
        with batch_of(opened(url)) as batch:
            put(batch, article(number))
        assert batch.commit_number == number
    newest, first = log(opened(url))
    assert newest.parent == first.digest
