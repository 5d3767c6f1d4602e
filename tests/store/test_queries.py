"""Tests of store/queries.py and diff.py on both databases: past states and their differences."""

from __future__ import annotations

import gc
import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from store import Store, StoreError
from store.commit_diff import Diff, diff
from store.export_rows import article_rows
from store.queries import commit_at, commits_between, list_articles, log, period, show
from store.records import Fact, Match, OutcomeRow, Revision
from store.station_card_queries import changes, stations
from tests.support.store_samples import BRIEF, FEATURE, T0, TEXT, article, batch_of, capture, fact, later, put

EDITED = TEXT.replace("35人", "36人")


@pytest.fixture
def filled(store: Store) -> Store:
    """Store four Commits: a feature and a brief; a repost; an edit with other facts; another verdict."""
    run = store.start_run(T0, "test")
    with batch_of(store, later(0)) as batch:
        put(batch, article(1), number=1, facts=(fact(),))
        put(batch, article(2, text="短讯一则。", source=None), number=2, verdict=BRIEF)
        batch.outcome(OutcomeRow(run, article(1).url, "example", "stored", "", later(0), 1))
        batch.outcome(OutcomeRow(run, "https://news.example.cn/bad", "example", "timeout", "30 s", later(0)))
    with batch_of(store, later(24)) as batch:
        put(batch, article(3), number=3, match=Match(1, 1, "repost", 0.99, "same text"))
    with batch_of(store, later(48)) as batch:
        revised = batch.article(article(1, text=EDITED), "example", batch.capture(capture(4, url=article(1).url)))
        batch.verdict(revised.revision, FEATURE)
        batch.facts(revised.revision, [fact("民警36人", EDITED, value=36)])
    with batch_of(store, later(72)) as batch:
        batch.verdict(2, FEATURE)
        batch.outcome(OutcomeRow(run, "https://news.example.cn/new", "example", "refused", "403", later(72)))
    return store


def test_list_of_present_and_past_states(filled: Store) -> None:
    """A list starts with the newest article and can be filtered. As of a past Commit it has the past rulings."""
    rows = list_articles(filled)
    assert [(row.id, row.ruling, row.story, row.relation, row.revisions) for row in rows] == [
        (3, "feature", 1, "repost", 1),
        (2, "feature", 2, "original", 1),
        (1, "feature", 1, "original", 2),
    ]
    assert [(row.id, row.ruling, row.revisions) for row in list_articles(filled, at=1)] == [
        (2, "brief", 1),
        (1, "feature", 1),
    ]
    assert list_articles(filled, at=0) == []
    assert [row.id for row in list_articles(filled, ruling="brief", at=3)] == [2]
    assert [row.id for row in list_articles(filled, since=later(1))] == [3]
    assert list_articles(filled, source="other") == []
    assert [row.id for row in list_articles(filled, limit=1)] == [3]


def test_lists_of_past_states_match_a_full_scan(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists by ruling, site and time for any Commit equal a full scan, whether they are read in small or large parts.

    Articles are edited and reclassified repeatedly, so that the present ruling often differs from the past one.
    """
    chance = random.Random(5)
    for number in range(7):
        with batch_of(store, later(number)) as batch:
            for new in range(3 * number, 3 * number + 3):
                added = batch.article(article(new), f"site{new % 2}", None)
                if new % 5:
                    batch.verdict(added.revision, chance.choice((FEATURE, BRIEF)))
            for old in chance.sample(range(3 * number + 1), min(3 * number, 4)):
                text = TEXT + chance.choice(("一", "二"))
                changed = (
                    batch.article(article(old, text=text), f"site{old % 2}", None).revision if old % 2 else old + 1
                )
                if old % 7:
                    batch.verdict(changed, chance.choice((FEATURE, BRIEF)))
    monkeypatch.setattr("store.queries._FEWEST", 1)
    for at in (0, 1, 3, 5, 6, None):
        then = [
            row
            for part in range(22)
            for row in list_articles(store, at=at, before=22 - part, limit=1)
            if row.id == 21 - part
        ]
        for page, ruling, source, since in itertools.product(
            (3, 500), ("feature", "brief", "other", None), (None, "site1"), (None, later(4))
        ):
            monkeypatch.setattr("store.queries._MOST", page)
            monkeypatch.setattr("store.queries.HELD", page)
            wanted = [
                row
                for row in then
                if ruling in (None, row.ruling)
                and source in (None, row.site)
                and (since is None or row.first_seen >= since)
            ]
            query: dict[str, Any] = {"ruling": ruling, "source": source, "since": since, "at": at}
            assert list_articles(store, **query) == wanted
            assert list_articles(store, **query, limit=2, before=12) == [row for row in wanted if row.id < 12][:2]


def test_show_present_and_past_states(filled: Store) -> None:
    """`show` returns the newest revision, a revision by number, or the state as of a Commit with its copies then."""
    view = show(filled, 1)
    assert (view.revision.number, [f.fields["value"] for f in view.facts]) == (2, [36])
    assert [capture.record_id for capture in view.captures] == [capture(1).record_id, capture(4).record_id]
    old = show(filled, 1, number=1)
    assert (old.revision.content.text, old.facts) == (TEXT, (fact(),))
    then = show(filled, 1, at=1)
    assert then.revision.number == 1 and then.story is not None and then.story.copies == ()
    assert [capture.record_id for capture in then.captures] == [capture(1).record_id]
    assert show(filled, 1, at=2).story.copies[0].article == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"article_id": 9}, "it does not exist"),
        ({"article_id": 3, "at": 1}, "it does not exist as of commit 1"),
        ({"article_id": 1, "number": 7}, "revisions 1 to 2"),
        ({"article_id": 1, "at": 9}, "commits 1 to 4"),
    ],
)
def test_missing_objects_are_reported(filled: Store, query: dict[str, int], message: str) -> None:
    """A query for a missing article, revision or Commit raises an error that says what is missing or what exists."""
    with pytest.raises(StoreError, match=message):
        show(filled, **query)  # type: ignore[arg-type]


def test_log_of_commits(filled: Store) -> None:
    """The log starts with the newest Commit and contains program, rules and counts."""
    newest = log(filled, 2)
    assert [(commit.number, dict(commit.counts)) for commit in newest] == [
        (4, {"verdicts": 1}),
        (3, {"captures": 1, "readings": 1, "revisions": 1, "verdicts": 1}),
    ]
    assert (newest[0].program, newest[0].rules, newest[0].at) == (
        "suowen 0.1.0",
        {"read": "1", "facts": "1"},
        later(72),
    )


def test_commits_by_time(filled: Store) -> None:
    """A period of time (start inclusive, end exclusive) is a range of Commits, which may be empty."""
    assert commits_between(filled, later(0), later(24)) == (0, 1)
    assert commits_between(filled, later(24), later(72)) == (1, 3)
    assert commits_between(filled, later(25), later(26)) == (2, 2)
    assert commits_between(filled, later(-9), later(999)) == (0, 4)
    assert (commit_at(filled, later(-1)), commit_at(filled, later(24)), commit_at(filled, later(999))) == (0, 2, 4)


def test_period_of_the_first_day(filled: Store) -> None:
    """A period contains the new features with facts and copies, the number of each outcome, and the failures.

    Briefs are left out.
    """
    first = period(filled, 0, 1)
    assert [(view.id, view.facts, view.copies) for view in first.features] == [(1, (fact(),), ())]
    assert (first.edits, first.outcomes) == ((), {"stored": 1, "timeout": 1})
    assert [(row.url, row.detail) for row in first.failures] == [("https://news.example.cn/bad", "30 s")]


def test_period_of_later_days(filled: Store) -> None:
    """The period of a repost contains the story again, with the copy; that of an edit has both revisions."""
    second, third = period(filled, 1, 2), period(filled, 2, 3)
    assert [[copy.article for copy in view.copies] for view in second.features] == [[3]]
    assert [(edit.before.number, edit.after.number) for edit in third.edits] == [(1, 2)]
    assert third.features == ()


def test_period_without_commits_has_outcomes(filled: Store) -> None:
    """A day on which each fetch failed has no Commit; its outcomes are counted by their times."""
    none = period(filled, 4, 4, start=later(60), end=later(90))
    assert (none.features, none.outcomes, len(none.failures)) == ((), {"refused": 1}, 1)


def lists_of(changes: Diff) -> dict[str, Any]:
    """Return all lists of a diff, read to the end."""
    return {name: list(getattr(changes, name)) for name in ("added", "revised", "verdicts", "facts", "stories")}


def test_diff_of_two_states(filled: Store) -> None:
    """Added, revised and reclassified articles, changed facts and grown stories are in separate lists."""
    changed = lists_of(diff(filled, 1, 4))
    assert [row.id for row in changed["added"]] == [3]
    assert [(edit.before.number, edit.after.number) for edit in changed["revised"]] == [(1, 2)]
    assert [(change.article, change.before, change.after) for change in changed["verdicts"]] == [(2, BRIEF, FEATURE)]
    assert [([f.quote for f in change.removed], [f.quote for f in change.added]) for change in changed["facts"]] == [
        (["民警35人"], ["民警36人"])
    ]
    assert [[copy.article for copy in view.copies] for view in changed["stories"]] == [[3]]
    assert not any(lists_of(diff(filled, 4, 4)).values())
    assert [row.id for row in diff(filled, 0, 1).added] == [1, 2]
    with pytest.raises(StoreError, match="older one first"):
        diff(filled, 3, 1)
    with pytest.raises(StoreError, match="commits 1 to 4"):
        diff(filled, 1, 9)


def test_diff_is_read_in_pages(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A diff read in pages of one row has the same rows as one read at once, without rows stored during the reading."""
    with batch_of(filled, later(96)) as batch:
        for number in range(4, 9):
            put(batch, article(number, text=f"第{number}篇。"), match=Match(1 + number % 2, 1, "repost", 0.9, ""))
        for number in (1, 2, 3):
            batch.article(article(number, text=f"{EDITED}{number}"), "example", None)
    whole = [lists_of(diff(filled, *stretch)) for stretch in ((0, 5), (1, 5), (4, 5))]
    monkeypatch.setattr("store.sql_parameters.HELD", 1)
    assert [lists_of(diff(filled, *stretch)) for stretch in ((0, 5), (1, 5), (4, 5))] == whole
    assert [len(rows) for rows in whole[2].values()] == [5, 3, 3, 1, 2]
    changes = diff(filled, 4, 5)
    first = next(changes.added)
    with batch_of(filled, later(97)) as batch:
        put(batch, article(9))
        batch.article(article(8, text="改了。"), "example", None)
    assert [first, *changes.added] == whole[2]["added"]


def _alive(kinds: tuple[type, ...], filled: Iterator[object]) -> int:
    """Return the maximum number of live objects of these kinds during the iteration."""
    most = 0
    gc.collect()
    gc.freeze()  # the scans below skip the objects that exist already
    for _ in filled:
        gc.collect()
        most = max(most, sum(isinstance(item, kinds) for item in gc.get_objects()))
    gc.unfreeze()
    return most


def test_iteration_holds_one_page_in_memory(lite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """While sixty articles are iterated, only a few revisions and facts are in memory at a time.

    Diff and export hold those of one page of five articles; cards and changes hold those of a few cards.
    """
    for more in ("", "后来"):
        with batch_of(lite) as batch:
            for number in range(60):
                name, text = f"井口{number % 30}派出所", f"井口派出所有民警{number}人。{more}"
                put(
                    batch,
                    article(number, text=text, published=f"20{number:02d}"),
                    facts=(
                        fact("井口派出所", text, "station", name=name, main=True, city=more or "甲市"),
                        fact(f"民警{number}人", text, station=name, category="民警", value=number),
                    ),
                )
    monkeypatch.setattr("store.sql_parameters.CHUNK", 5)
    monkeypatch.setattr("store.station_card_queries._HELD", 5)
    assert _alive((Revision,), diff(lite, 1, 2).revised) <= 10
    assert _alive((Fact,), diff(lite, 1, 2).facts) <= 20 + 4
    assert _alive((Revision,), article_rows(lite, ruling=None)) <= 5
    assert _alive((Fact,), stations(lite)) <= 12 + 6
    assert _alive((Fact,), changes(lite)) <= 24 + 12
