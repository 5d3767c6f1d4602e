"""Articles stored more than a week after their page was fetched are not news; features among them are counted."""

from __future__ import annotations

from datetime import timedelta

from store import Store
from store.articles_from_archives import LATE
from store.queries import period
from store.records import Match
from store.station_card_queries import changes
from tests.support.store_samples import BRIEF, STATION, T0, TEXT, article, batch_of, fact, later, put

MORE = TEXT.replace("35人", "41人")
YEARS_AGO = T0 - timedelta(days=900)


def test_late_features_are_counted_and_not_listed(store: Store) -> None:
    """A period lists the feature fetched now and counts the one fetched years ago; an old brief is not counted."""
    with batch_of(store, later(1)) as batch:
        put(batch, article(1, fetched_at=YEARS_AGO), number=1)
        put(batch, article(2), number=2)
        put(batch, article(3, fetched_at=YEARS_AGO), number=3, verdict=BRIEF)
    found = period(store, 0, 1)
    assert [view.representative.article for view in found.features] == [2]
    assert found.late == 1


def test_a_new_repost_of_a_late_feature_is_news(store: Store) -> None:
    """If an article fetched recently joins the story of a late article, the story is listed."""
    with batch_of(store, later(1)) as batch:
        put(batch, article(1, fetched_at=YEARS_AGO), number=1)
    with batch_of(store, later(2)) as batch:
        put(batch, article(2), number=2, match=Match(1, 1, "repost", 0.99, "same text"))
    assert period(store, 0, 1).features == ()
    (view,) = period(store, 1, 2).features
    assert [copy.article for copy in view.copies] == [2]
    assert period(store, 1, 2).late == 0


def test_a_late_revision_is_not_an_edit(store: Store) -> None:
    """A revision of a page fetched long ago is stored but is not listed as an edit; one fetched now is listed."""
    with batch_of(store, later(1)) as batch:
        put(batch, article(1, fetched_at=YEARS_AGO), number=1)
    with batch_of(store, later(2)) as batch:
        put(batch, article(1, text=MORE, fetched_at=YEARS_AGO + timedelta(days=1)), number=2)
    with batch_of(store, later(3)) as batch:
        put(batch, article(1, text=MORE + "新警务室已启用。", fetched_at=later(3)), number=3)
    assert period(store, 1, 2).edits == ()
    assert [edit.after.number for edit in period(store, 2, 3).edits] == [3]


def test_the_limit_is_a_week(store: Store) -> None:
    """An article stored exactly LATE after its fetch is news; an article stored one second later is not."""
    with batch_of(store, T0) as batch:
        put(batch, article(1, fetched_at=T0 - LATE), number=1)
        put(batch, article(2, fetched_at=T0 - LATE - timedelta(seconds=1)), number=2)
    found = period(store, 0, 1)
    assert [view.representative.article for view in found.features] == [1]
    assert found.late == 1


def test_changed_figures_of_a_late_article_are_not_news(store: Store) -> None:
    """`changes` yields figures that a late article changed; with `news`, only those of recently fetched articles."""
    now, before = TEXT, MORE
    station = fact("井口派出所", kind=STATION[0], **STATION[1])
    with batch_of(store, later(1)) as batch:
        put(batch, article(1, text=now), number=1, facts=(station, fact("民警35人")))
    with batch_of(store, later(2)) as batch:
        old = article(2, text=before, published="2023-09-01", fetched_at=YEARS_AGO)
        force = fact("民警41人", before, station="井口派出所", category="民警", value=41, approx="exact")
        put(batch, old, number=2, facts=(station, force))
    assert [(change.before.value, change.after.value) for change in changes(store, since=1)] == [(41, 35)]
    assert list(changes(store, since=1, news=True)) == []
    assert len(list(changes(store, news=True))) == 0
    with batch_of(store, later(3)) as batch:
        newer = article(3, text=before, published="2026-03-01", url="https://news.example.cn/a/9.html")
        force = fact("民警41人", before, station="井口派出所", category="民警", value=41, approx="exact")
        put(batch, newer, number=3, facts=(station, force))
    assert [(change.before.value, change.after.value) for change in changes(store, since=2, news=True)] == [(35, 41)]
