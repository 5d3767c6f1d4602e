"""store/history.py and diff.py: any past state, and what lay between two; both databases."""

from __future__ import annotations

import gc
import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from store import Store, StoreError
from store.diff import Diff, diff
from store.export_rows import article_rows
from store.history import commit_at, commits_between, list_articles, log, period, show
from store.records import Fact, Match, OutcomeRow, Revision
from store.stations import changes, stations
from tests.support.store_samples import BRIEF, FEATURE, T0, TEXT, article, batch_of, capture, fact, later, put

EDITED = TEXT.replace("35人", "36人")


@pytest.fixture
def told(store: Store) -> Store:
    """Four Commits: a feature and a brief; a repost; an edit with other facts; another verdict."""
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


def test_list_now_and_then(told: Store) -> None:
    """A list shows newest first, filtered, and as it would have been at any Commit."""
    rows = list_articles(told)
    assert [(row.id, row.ruling, row.story, row.relation, row.revisions) for row in rows] == [
        (3, "feature", 1, "repost", 1),
        (2, "feature", 2, "original", 1),
        (1, "feature", 1, "original", 2),
    ]
    assert [(row.id, row.ruling, row.revisions) for row in list_articles(told, at=1)] == [
        (2, "brief", 1),
        (1, "feature", 1),
    ]
    assert list_articles(told, at=0) == []
    assert [row.id for row in list_articles(told, ruling="brief", at=3)] == [2]
    assert [row.id for row in list_articles(told, since=later(1))] == [3]
    assert list_articles(told, source="other") == []
    assert [row.id for row in list_articles(told, limit=1)] == [3]


def test_any_list_of_any_past_state(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By ruling, site and moment as of any Commit: what going through all that was known then gives, however it is cut
    into pages. Articles are edited and judged to and fro, so that today's ruling says little about then."""
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
    monkeypatch.setattr("store.history._FEWEST", 1)
    for at in (0, 1, 3, 5, 6, None):
        then = [
            row
            for part in range(22)
            for row in list_articles(store, at=at, before=22 - part, limit=1)
            if row.id == 21 - part
        ]
        for held, ruling, source, since in itertools.product(
            (3, 500), ("feature", "brief", "other", None), (None, "site1"), (None, later(4))
        ):
            monkeypatch.setattr("store.history._MOST", held)
            monkeypatch.setattr("store.history.HELD", held)
            wanted = [
                row
                for row in then
                if ruling in (None, row.ruling)
                and source in (None, row.site)
                and (since is None or row.first_seen >= since)
            ]
            asked: dict[str, Any] = {"ruling": ruling, "source": source, "since": since, "at": at}
            assert list_articles(store, **asked) == wanted
            assert list_articles(store, **asked, limit=2, before=12) == [row for row in wanted if row.id < 12][:2]


def test_show_now_and_then(told: Store) -> None:
    """An article is shown at its newest revision, at any revision, and as of any Commit with its copies of then."""
    view = show(told, 1)
    assert (view.revision.number, [f.fields["value"] for f in view.facts]) == (2, [36])
    assert [one.record_id for one in view.captures] == [capture(1).record_id, capture(4).record_id]
    old = show(told, 1, number=1)
    assert (old.revision.content.text, old.facts) == (TEXT, (fact(),))
    then = show(told, 1, at=1)
    assert then.revision.number == 1 and then.story is not None and then.story.copies == ()
    assert [one.record_id for one in then.captures] == [capture(1).record_id]
    assert show(told, 1, at=2).story.copies[0].article == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"article_id": 9}, "there is none"),
        ({"article_id": 3, "at": 1}, "there is none as of commit 1"),
        ({"article_id": 1, "number": 7}, "revisions 1 to 2"),
        ({"article_id": 1, "at": 9}, "commits 1 to 4"),
    ],
)
def test_asking_for_what_is_not_there(told: Store, asked: dict[str, int], said: str) -> None:
    """An impossible question says what there is."""
    with pytest.raises(StoreError, match=said):
        show(told, **asked)  # type: ignore[arg-type]


def test_log_says_what_each_commit_brought(told: Store) -> None:
    """Newest first, with program, rules and counts."""
    newest = log(told, 2)
    assert [(one.number, dict(one.counts)) for one in newest] == [
        (4, {"verdicts": 1}),
        (3, {"captures": 1, "readings": 1, "revisions": 1, "verdicts": 1}),
    ]
    assert (newest[0].program, newest[0].rules, newest[0].at) == (
        "suowen 0.1.0",
        {"read": "1", "facts": "1"},
        later(72),
    )


def test_commits_by_time(told: Store) -> None:
    """A stretch of time is a stretch of Commits: start inclusive, end exclusive; an empty one is empty."""
    assert commits_between(told, later(0), later(24)) == (0, 1)
    assert commits_between(told, later(24), later(72)) == (1, 3)
    assert commits_between(told, later(25), later(26)) == (2, 2)
    assert commits_between(told, later(-9), later(999)) == (0, 4)
    assert (commit_at(told, later(-1)), commit_at(told, later(24)), commit_at(told, later(999))) == (0, 2, 4)


def test_period_of_the_first_day(told: Store) -> None:
    """New features with facts and copies as of then, outcomes of those hours, failures apart; briefs are left out."""
    first = period(told, 0, 1)
    assert [(view.id, view.facts, view.copies) for view in first.features] == [(1, (fact(),), ())]
    assert (first.edits, first.outcomes) == ((), {"stored": 1, "timeout": 1})
    assert [(row.url, row.detail) for row in first.failures] == [("https://news.example.cn/bad", "30 s")]


def test_period_of_later_days(told: Store) -> None:
    """A repost brings its story back with the copy; an edit is told as before and after."""
    second, third = period(told, 1, 2), period(told, 2, 3)
    assert [[copy.article for copy in view.copies] for view in second.features] == [[3]]
    assert [(edit.before.number, edit.after.number) for edit in third.edits] == [(1, 2)]
    assert third.features == ()


def test_period_without_commits_still_tells_outcomes(told: Store) -> None:
    """A day on which everything failed makes no Commit and is told by its hours."""
    none = period(told, 4, 4, start=later(60), end=later(90))
    assert (none.features, none.outcomes, len(none.failures)) == ((), {"refused": 1}, 1)


def told_by(changes: Diff) -> dict[str, Any]:
    """Every list of a diff, gone through."""
    return {name: list(getattr(changes, name)) for name in ("added", "revised", "verdicts", "facts", "stories")}


def test_diff_of_two_states(told: Store) -> None:
    """Added, revised, judged otherwise, read otherwise, grown stories: each where it belongs and nowhere else."""
    changed = told_by(diff(told, 1, 4))
    assert [row.id for row in changed["added"]] == [3]
    assert [(edit.before.number, edit.after.number) for edit in changed["revised"]] == [(1, 2)]
    assert [(one.article, one.before, one.after) for one in changed["verdicts"]] == [(2, BRIEF, FEATURE)]
    assert [([f.quote for f in one.removed], [f.quote for f in one.added]) for one in changed["facts"]] == [
        (["民警35人"], ["民警36人"])
    ]
    assert [[copy.article for copy in view.copies] for view in changed["stories"]] == [[3]]
    assert not any(told_by(diff(told, 4, 4)).values())
    assert [row.id for row in diff(told, 0, 1).added] == [1, 2]
    with pytest.raises(StoreError, match="older one first"):
        diff(told, 3, 1)
    with pytest.raises(StoreError, match="commits 1 to 4"):
        diff(told, 1, 9)


def test_diff_is_read_in_pages(told: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few numbers are held, nothing is lost or told twice; nor does it tell what is written meanwhile."""
    with batch_of(told, later(96)) as batch:
        for number in range(4, 9):
            put(batch, article(number, text=f"第{number}篇。"), match=Match(1 + number % 2, 1, "repost", 0.9, ""))
        for number in (1, 2, 3):
            batch.article(article(number, text=f"{EDITED}{number}"), "example", None)
    whole = [told_by(diff(told, *stretch)) for stretch in ((0, 5), (1, 5), (4, 5))]
    monkeypatch.setattr("store.paging.HELD", 1)
    assert [told_by(diff(told, *stretch)) for stretch in ((0, 5), (1, 5), (4, 5))] == whole
    assert [len(rows) for rows in whole[2].values()] == [5, 3, 3, 1, 2]
    changes = diff(told, 4, 5)
    first = next(changes.added)
    with batch_of(told, later(97)) as batch:
        put(batch, article(9))
        batch.article(article(8, text="改了。"), "example", None)
    assert [first, *changes.added] == whole[2]["added"]


def _alive(kinds: tuple[type, ...], told: Iterator[object]) -> int:
    """How many objects of these kinds there are at most while one goes through what is told."""
    most = 0
    gc.collect()
    gc.freeze()  # what was there before is neither counted nor gone through again and again
    for _ in told:
        gc.collect()
        most = max(most, sum(isinstance(one, kinds) for one in gc.get_objects()))
    gc.unfreeze()
    return most


def test_what_is_told_is_not_held(lite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """diff, export, cards and changes of sixty articles hold the revisions and facts of a page of five, or of a card."""
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
    monkeypatch.setattr("store.sql.CHUNK", 5)
    monkeypatch.setattr("store.stations._HELD", 5)
    assert _alive((Revision,), diff(lite, 1, 2).revised) <= 10
    assert _alive((Fact,), diff(lite, 1, 2).facts) <= 20 + 4
    assert _alive((Revision,), article_rows(lite, ruling=None)) <= 5
    assert _alive((Fact,), stations(lite)) <= 12 + 6
    assert _alive((Fact,), changes(lite)) <= 24 + 12
