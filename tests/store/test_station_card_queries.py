"""Tests of store/station_card_queries.py on both databases: cards found by name, former name, place and past state.

The last test is about the queue of the LLM.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from store import Store, StoreError, llm_queue, masked_views
from store.queries import last_commit, show
from store.records import Correction, Fact, Match
from store.station_card import StationCard, build_cards
from store.station_card_queries import _mentions, card_values, changes, station, stations
from tests.support.store_samples import BRIEF, FEATURE, T0, article, batch_of, fact, put

#: (publication date, name of the station, number of 民警, former name) of each article
TOLD = (
    ("2012-05-10", "南渡口派出所", 21, None),
    ("2019-03-02", "望江楼派出所", 35, "南渡口派出所"),
    ("2023-08-15", "望江楼派出所", 41, None),
)


def facts_of(text: str, name: str, count: int, former: str | None) -> tuple[Fact, ...]:
    found = [
        fact(name, text, "station", name=name, district="宁津县", main=True),
        fact(f"民警{count}人", text, station=name, category="民警", value=count, approx="exact"),
    ]
    if former:
        found.append(fact(former, text, "station", name=former, district="宁津县", main=False, former_name_of=name))
    return tuple(found)


@pytest.fixture
def filled(store: Store) -> Store:
    """Store the three articles of TOLD in three Commits."""
    for number, (published, name, count, former) in enumerate(TOLD, 1):
        text = f"{name}原名{former},现有民警{count}人。"
        with batch_of(store) as batch:
            put(batch, article(number, text=text, published=published), facts=facts_of(text, name, count, former))
    return store


def test_former_name_leads_to_the_card(filled: Store) -> None:
    """The new name, the former name or a part of either leads to one card with the articles of both names.

    As of a Commit before the renaming, the card has the former name.
    """
    for name in ("望江楼派出所", "南渡口派出所", "望江楼", "南渡"):
        (card,) = station(filled, name)
        assert (card.name, card.articles, card.former_names) == ("望江楼派出所", (1, 2, 3), ("南渡口派出所",))
    assert [card.name for card in station(filled, "南渡口派出所", at=1)] == ["南渡口派出所"]
    assert [card.articles for card in stations(filled, search="南渡口", place="宁津")] == [(1, 2, 3)]
    for name in ("北", "%", "_", "派出所%", '"'):
        with pytest.raises(StoreError, match="no stored article"):
            station(filled, name)


def many_stations(store: Store) -> None:
    """Store thirty articles in many Commits about stations with five names, renamed in chains and rings.

    Some places are incomplete. There are reposts, edits, changed verdicts, and names that a user corrected.
    """
    chance = random.Random(8)
    names = ("东门派出所", "西门派出所", "南门派出所", "北门派出所", "城南门派出所")

    def facts_in(text: str) -> tuple[Fact, ...]:
        found = []
        for name in chance.sample(names, chance.choice((1, 1, 2))):
            place = {
                part: value
                for part, value in (("district", chance.choice(("甲县", "乙县"))), ("city", "丙市"))
                if chance.random() < 0.6
            }
            former = {"former_name_of": chance.choice(names)} if chance.random() < 0.25 else {}
            found += [
                fact(text, text, "station", name=name, main=not found, **place, **former),
                fact(text, text, station=name, category="民警", value=chance.randint(1, 9), approx="exact"),
            ]
        return tuple(found)

    for number in range(6):
        with batch_of(store) as batch:
            for new in range(5 * number, 5 * number + 5):
                text = f"第{new}篇"
                match = Match(1, 1, "repost", 1.0, "") if new % 9 == 4 else None
                put(
                    batch,
                    article(new, text=text, published=f"20{10 + chance.randint(0, 9)}-01-01"),
                    match=match,
                    verdict=BRIEF if new % 11 == 5 else FEATURE,
                    facts=facts_in(text),
                )
        with batch_of(store) as batch:
            old = chance.randrange(5 * number + 1)
            put(batch, article(old, text=f"第{old}篇改"), facts=facts_in(f"第{old}篇改"))
        old = chance.randrange(5 * number + 1) + 1
        named = next((fact for fact in show(store, old).facts if fact.kind == "station"), None)
        if named:
            with batch_of(store) as batch:
                batch.correct_fact(
                    Correction(
                        old,
                        "station",
                        named.quote,
                        named.what,
                        "edit",
                        "老王",
                        T0,
                        {"name": chance.choice(names)},
                        "",
                        named.fields,
                    )
                )


def values_of(cards: Iterable[StationCard]) -> Counter[tuple[str, Any, Any]]:
    """Return the number of changes on the cards with each (station, value before, value after)."""
    return Counter((c.station, c.before.value, c.after.value) for card in cards for c in card.changes())


def test_cards_built_in_groups_are_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards and changes built group by group equal those built from all mentions at once, as of two Commits."""
    many_stations(store)
    monkeypatch.setattr("store.station_card_queries._HELD", 1)
    last = last_commit(store)
    assert sum(len(card.former_names) for card in stations(store)) > 1
    for at in (9, last):
        ids = range(1, 31)
        whole = build_cards(_mentions(store, ids, at))
        light = build_cards(_mentions(store, ids, at, ("station",)))
        assert list(stations(store, at=at)) == [card for card in light if card.articles]
        for part in ("南门", whole[0].name):
            exact = [card for card in whole if part in (card.name, *card.former_names)]
            alike = [card for card in whole if any(part in name for name in (card.name, *card.former_names))]
            assert station(store, part, at=at) == (exact or alike), part
            assert [card.name for card in stations(store, at=at, search=part)] == [
                card.name for card in alike if card.articles
            ]
        for since, many in ((0, 50), (at // 2, 0), (at, 0)):
            monkeypatch.setattr("store.station_card_queries._MANY", many)
            found = [
                (change.station, change.before.value, change.after.value)
                for change in changes(store, since=since, at=at)
            ]
            earlier = build_cards(_mentions(store, ids, since)) if since else []
            assert Counter(found) == values_of(whole) - values_of(earlier)
            assert found or since


def test_changes_by_commit(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """`changes` with `since` returns only changes by articles stored later; an article ruled a brief has no changes."""

    def values(**how: int) -> list[tuple[int, int]]:
        return [(change.before.value, change.after.value) for change in changes(filled, **how)]

    assert values() == [(21, 35), (35, 41)]
    monkeypatch.setattr("store.station_card_queries._MANY", 0)
    assert values() == [(21, 35), (35, 41)], "read all at once"
    assert (values(since=2), values(since=3), values(at=2), values(since=1, at=2)) == (
        [(35, 41)],
        [],
        [(21, 35)],
        [(21, 35)],
    )
    with batch_of(filled) as batch:
        batch.verdict(3, BRIEF)
    assert values() == [(21, 35)]


def test_newest_revision_counts(filled: Store) -> None:
    """A card has the figures of the newest revision; as of an earlier Commit it has those of the older one."""
    text = "望江楼派出所现有民警44人。"
    with batch_of(filled) as batch:
        put(batch, article(3, text=text, published="2023-08-15"), facts=facts_of(text, "望江楼派出所", 44, None))
    assert [(change.before.value, change.after.value) for change in changes(filled)] == [(21, 35), (35, 44)]
    assert [(change.before.value, change.after.value) for change in changes(filled, at=3)] == [(21, 35), (35, 41)]


def test_masked_card_is_json_without_private_names(store: Store) -> None:
    """The JSON form of a card contains no private name, and its citations state article and fact."""
    text = "望江楼派出所民警陪居民张建国看病,电话13812345678。"
    found = (
        fact("望江楼派出所", text, "station", name="望江楼派出所", main=True),
        fact("居民张建国", text, "person", name="张建国", roles=["居民"], private=True),
        fact(text, text, "event", date=None, what="陪张建国看病"),
    )
    with batch_of(store) as batch:
        put(batch, article(1, text=text, title="张建国的锦旗"), facts=found, verdict=FEATURE)
    shown = card_values(next(masked_views.cards(store, "望江楼派出所")).value)
    assert "张建国" not in str(shown) and "13812345678" not in str(shown)
    (event,) = [value for value in shown["card"]["values"] if value["kind"] == "event"]
    assert (event["what"], event["citations"][0]["title"], event["citations"][0]["fact"]["position"]) == (
        "陪张某看病",
        "张某的锦旗",
        2,
    )


def test_llm_queue_order(store: Store) -> None:
    """`pending` returns the articles that wait for the LLM, starting with the one queued first.

    An article that is queued again moves to the end, and a removed article is not returned.
    """
    moments = [T0.replace(minute=minute) for minute in range(4)]
    for moment, url in zip(moments, ("a", "b", "a"), strict=False):
        llm_queue.enqueue(store, url, moment)
    assert llm_queue.pending(store, moments[3]) == ["b", "a"] and llm_queue.pending(store, moments[2]) == ["b"]
    llm_queue.remove(store, "b")
    llm_queue.remove(store, "c")
    assert llm_queue.pending(store, moments[3]) == ["a"]
