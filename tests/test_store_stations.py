"""Station cards and stories: what meets on one card, what never does, what a copy added or cut."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from store.records import Article, Fact, Revision
from store.stations import StationCard, Telling, _Told, cards_of
from store.stories import compare

AT = datetime(2026, 11, 20, tzinfo=UTC)


def told(article: int, name: str, date: str, place: dict[str, str], story: int | None = None, **counts: int) -> _Told:
    """One article's telling of a station: its place, and `force` counts by category."""
    facts = [fact("station", name, name=name, main=True, **place)]
    facts += [fact("force", f"{what}{count}人", station=name, category=what, value=count) for what, count in counts.items()]
    tellings = tuple(Telling(article, f"u{article}", f"t{article}", date, one) for one in facts)
    return _Told(name, place, story, True, tellings)


def fact(kind: Any, quote: str, **fields: Any) -> Fact:
    return Fact(kind, quote, 0, len(quote), fields, "test@1")


QINGHE = {"authority": "清河县公安局", "district": "清河县", "city": "邢台市", "province": "河北省"}


def test_the_same_name_elsewhere_is_another_station() -> None:
    """城关派出所 of two counties stand on two cards, however alike the rest."""
    other = {"authority": "太和县公安局", "district": "太和县", "city": "阜阳市", "province": "安徽省"}
    cards = cards_of([told(1, "城关派出所", "2020", QINGHE), told(2, "城关派出所", "2021", other)])
    assert [card.articles for card in cards] == [(1,), (2,)]


def test_a_name_without_a_place_stands_alone() -> None:
    """An article that says no place joins no card by its name, but does by telling the same story."""
    cards = cards_of([told(1, "城关派出所", "2020", QINGHE, story=1), told(2, "城关派出所", "2021", {}),
                      told(3, "城关派出所", "2021", {}, story=1)])  # fmt: skip
    assert sorted(card.articles for card in cards) == [(1, 3), (2,)]


def test_the_same_place_differently_written_is_one() -> None:
    """清河县公安局 and 河北省清河县 are one place when the district agrees."""
    cards = cards_of([told(1, "城关派出所", "2020", QINGHE), told(2, "城关派出所", "2021", {"district": "清河县"})])
    assert [card.articles for card in cards] == [(1, 2)]


def test_conflicts_stand_side_by_side_and_are_changes() -> None:
    """35 民警 in 2019 and 41 in 2023: both values stay with their articles, and the change names both."""
    (card,) = cards_of([told(2, "城关派出所", "2023-05-01", QINGHE, 民警=41, 辅警=7),
                        told(1, "城关派出所", "2019-03-01", QINGHE, 民警=35, 辅警=7)])  # fmt: skip
    values = [(v.what, v.value, [t.article for t in v.tellings]) for v in card.values]
    assert values == [("民警", 35, [1]), ("民警", 41, [2]), ("辅警", 7, [1, 2])]
    (change,) = card.changes()
    assert (change.before.value, change.after.value) == (35, 41)
    assert change.before.tellings[0].fact.quote == "民警35人"


places = st.fixed_dictionaries({}, optional={
    "district": st.sampled_from(["甲县", "乙县"]), "city": st.sampled_from(["丙市", "丁市"])})  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["东门派出所", "西门派出所"]), places), min_size=1, max_size=6))
def test_no_telling_is_lost_or_doubled(rows: list[tuple[str, dict[str, str]]]) -> None:
    """Whatever meets, every article stands on exactly one card of its name, and no card mixes two districts."""
    cards = cards_of([told(n, name, "2020", place) for n, (name, place) in enumerate(rows)])
    assert sorted(n for card in cards for n in card.articles) == list(range(len(rows)))
    for card in cards:
        assert {rows[n][0] for n in card.articles} == {card.name}
        assert len({rows[n][1]["district"] for n in card.articles if "district" in rows[n][1]}) <= 1, show(card)


def show(card: StationCard) -> str:
    return f"{card.name} {card.place} {card.articles}"


def revision(number: int, text: str, source: str | None, published: str | None) -> Revision:
    return Revision(number, number, 1, 1, "site", Article(f"u{number}", "t", text, AT, published, source))


def test_what_a_copy_added_and_cut() -> None:
    """The copy's own lines are added, the original's missing ones cut; merged paragraphs are neither."""
    original = revision(1, "第一段写到这里。\n第二段写到这里。\n第三段写到这里。", "人民公安报", "2026-05-02")
    copy = revision(2, "某网讯\n第一段写到这里。第二段写到这里。", "人民公安报", "2026-05-01T08:00+08:00")
    seen = compare(7, [(original, "original", 1.0, ""), (copy, "repost", 0.7, "why")], 1)
    assert seen.copies[0].added == ("某网讯",)
    assert seen.copies[0].cut == ("第三段写到这里。",)
    assert seen.best == 1, "the fuller text is the better copy"
    assert (seen.first_publisher, seen.first_published) == ("人民公安报", "2026-05-01T08:00+08:00")


def test_an_undated_story_names_no_first_publisher() -> None:
    """Nothing is invented where no telling is dated."""
    seen = compare(1, [(revision(1, "一句话。", "甲报", None), "original", 1.0, "")], 1)
    assert seen.first_publisher is None and seen.first_published is None
