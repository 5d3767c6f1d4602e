"""Tests of station cards and story comparison: grouping, changes, conflicts, paragraphs that a copy added or cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records import Article, Fact, Revision
from store.station_card import Citation, StationCard, StationMention, build_cards
from store.story_comparison import compare

AT = datetime(2026, 11, 20, tzinfo=UTC)


def mention(
    article: int,
    name: str,
    date: str,
    place: dict[str, str],
    story: int | None = None,
    *,
    published: bool = True,
    former: str | None = None,
    **counts: Any,
) -> StationMention:
    """Return a mention of a station with its place and a force fact for each category in `counts`.

    A count is a value, or a pair of value and approx.
    """
    facts = [fact("station", name, name=name, main=former is None, **place)]
    for what, count in counts.items():
        value, approx = count if isinstance(count, tuple) else (count, "exact")
        facts.append(fact("force", f"{what}{value}人", station=name, category=what, value=value, approx=approx))
    citations = tuple(Citation(article, f"u{article}", f"t{article}", date, fact, published, story) for fact in facts)
    return StationMention(name, place, story, former is None, citations, former)


def fact(kind: Any, quote: str, **fields: Any) -> Fact:
    return Fact(kind, quote, 0, len(quote), fields, "test@1")


QINGHE = {"authority": "清河县公安局", "district": "清河县", "city": "邢台市", "province": "河北省"}


def test_same_name_elsewhere_is_another_station() -> None:
    """Mentions of 城关派出所 in two counties are on two cards."""
    other = {"authority": "太和县公安局", "district": "太和县", "city": "阜阳市", "province": "安徽省"}
    cards = build_cards([mention(1, "城关派出所", "2020", QINGHE), mention(2, "城关派出所", "2021", other)])
    assert [card.articles for card in cards] == [(1,), (2,)]


def test_mention_without_a_place_has_its_own_card() -> None:
    """A mention without a place is not joined by its name to a card, but by its story."""
    cards = build_cards(
        [
            mention(1, "城关派出所", "2020", QINGHE, story=1),
            mention(2, "城关派出所", "2021", {}),
            mention(3, "城关派出所", "2021", {}, story=1),
        ]
    )
    assert sorted(card.articles for card in cards) == [(1, 3), (2,)]


def test_spellings_of_one_place_agree() -> None:
    """A mention with authority, district, city and province and one with only the district 清河县 share a card."""
    cards = build_cards(
        [mention(1, "城关派出所", "2020", QINGHE), mention(2, "城关派出所", "2021", {"district": "清河县"})]
    )
    assert [card.articles for card in cards] == [(1, 2)]


def test_dated_figures_are_a_change() -> None:
    """35 民警 in 2019 and 41 in 2023 are a change that names both articles, and the card cites both values."""
    (card,) = build_cards(
        [
            mention(2, "城关派出所", "2023-05-01", QINGHE, 民警=41, 辅警=7),
            mention(1, "城关派出所", "2019-03-01", QINGHE, 民警=35, 辅警=7),
        ]
    )
    values = [(v.what, v.value, [t.article for t in v.citations]) for v in card.values if v.kind == "force"]
    assert values == [("民警", 35, [1]), ("民警", 41, [2]), ("辅警", 7, [1, 2])]
    (change,) = card.changes()
    assert (change.before.value, change.after.value) == (35, 41)
    assert change.before.citations[0].fact.quote == "民警35人"
    assert card.conflicts() == ()


def changed(*rows: tuple[Any, ...], **more: Any) -> list[tuple[int, int, int, int]]:
    """Return (value, article, value, article) of each change on the card of the (article, date, 民警) rows."""
    (card,) = build_cards(
        [mention(number, "城关派出所", date, QINGHE, 民警=count, **more) for number, date, count in rows]
    )
    return [
        (change.before.value, change.before.citations[0].article, change.after.value, change.after.citations[0].article)
        for change in card.changes()
    ]


def test_returning_value_is_two_changes() -> None:
    """35, 41 and 35 again are two changes, each with the articles of its own dates."""
    assert changed((1, "2019", 35), (2, "2023", 41), (3, "2025", 35)) == [(35, 1, 41, 2), (41, 2, 35, 3)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (35, (30, "over")),
        ((30, "over"), 35),
        ((40, "nearly"), 38),
        ((40, "about"), 42),
        (34213, 34000),
        ((34000, "over"), 34600),
    ],
)
def test_compatible_figures_are_not_a_change(first: Any, second: Any) -> None:
    """Figures that agree within their approximation are not a change, for example 30余 and 35, or 34213 and 34000."""
    assert changed((1, "2019", first), (2, "2023", second)) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((34000, "over"), (39000, "over")),
        ((30, "over"), 41),
        ((40, "nearly"), 41),
        (34000, 34600),
        (35, 36),
        (12.6, 12.7),
    ],
)
def test_incompatible_figures_are_a_change(first: Any, second: Any) -> None:
    """Figures that differ by more than their approximation are a change, for example 3.4万余 and 3.9万余."""
    assert len(changed((1, "2019", first), (2, "2023", second))) == 1


def test_approximate_figure_hides_no_change() -> None:
    """35, then 30余, then 38: the change starts from the last exact figure."""
    assert changed((1, "2019", 35), (2, "2021", (30, "over")), (3, "2023", 38)) == [(35, 1, 38, 3)]


def test_repost_changes_no_figure() -> None:
    """After 35 (2019) and 41 (2021), a repost of the first article in 2023 is not a change back to 35."""
    (card,) = build_cards(
        [
            mention(1, "城关派出所", "2019", QINGHE, 1, 民警=35),
            mention(2, "城关派出所", "2021", QINGHE, 2, 民警=41),
            mention(3, "城关派出所", "2023", QINGHE, 1, 民警=35),
        ]
    )
    assert [(change.before.value, change.after.value) for change in card.changes()] == [(35, 41)]


def test_statistic_of_the_present_changes() -> None:
    """86 banners and later 103 are a change.

    A figure for a period or for the city, or with a rate of change, is not compared.
    """

    def told(article: int, date: str, value: int, **more: Any) -> StationMention:
        seen = mention(article, "城关派出所", date, QINGHE)
        found = fact("statistic", f"锦旗{value}面", metric="锦旗", value=value, unit="面", approx="exact", **more)
        cited = Citation(article, f"u{article}", f"t{article}", date, found, True, None)
        return replace(seen, citations=(*seen.citations, cited))

    (card,) = build_cards([told(1, "2021", 86), told(2, "2023", 103)])
    (change,) = card.changes()
    assert (change.kind, change.what, change.before.value, change.after.value) == ("statistic", "锦旗", 86, 103)
    for bound in ({"period": "去年"}, {"scope": "全市"}, {"change": {"direction": "up", "percent": 5}}):
        (card,) = build_cards([told(1, "2021", 86), told(2, "2023", 103, **bound)])
        assert card.changes() == ()


def test_figures_of_one_day_or_no_day_conflict() -> None:
    """Figures of one day conflict, and an undated figure conflicts with the newest ones; a conflict is not a change."""
    (card,) = build_cards(
        [
            mention(1, "城关派出所", "2019", QINGHE, 民警=35),
            mention(2, "城关派出所", "2023-08-15", QINGHE, 民警=41),
            mention(3, "城关派出所", "2023-08-15", QINGHE, 民警=38),
            mention(4, "城关派出所", "2026-11-20", QINGHE, published=False, 民警=50),
        ]
    )
    assert [(change.before.value, change.after.value) for change in card.changes()] == [(35, 41), (35, 38)]
    assert [[value.value for value in conflict.values] for conflict in card.conflicts()] == [[41, 38, 50]]
    (card,) = build_cards(
        [mention(2, "城关派出所", "2023", QINGHE, 民警=41), mention(3, "城关派出所", "2023-08", QINGHE, 民警=38)]
    )
    assert card.changes() == () and len(card.conflicts()) == 1, "2023 may be before or after 2023-08"


def test_founding_dates_conflict() -> None:
    """Founding years 1950 and 1962 conflict whatever the dates of the articles; 1950 and 1950-11 agree."""

    def card(*dates: str) -> StationCard:
        rows = [(n, fact("founded", date, station="城关派出所", date=date)) for n, date in enumerate(dates)]
        (one,) = build_cards(
            [
                StationMention(
                    "城关派出所",
                    QINGHE,
                    None,
                    True,
                    (
                        Citation(n, "u", "t", f"201{n}", fact("station", "城关派出所", name="城关派出所", main=True)),
                        Citation(n, "u", "t", f"201{n}", found),
                    ),
                )
                for n, found in rows
            ]
        )
        return one

    (conflict,) = card("1950", "1962").conflicts()
    assert [value.value for value in conflict.values] == ["1950", "1962"]
    assert card("1950", "1950-11").conflicts() == () and card("1950", "1962").changes() == ()


def test_renamed_station_has_one_card() -> None:
    """Mentions under the former name are on the card of the new name; the same former name in another place is not."""
    other = {"district": "太和县", "city": "阜阳市", "province": "安徽省"}
    cards = build_cards(
        [
            mention(1, "南渡口派出所", "2012", QINGHE, 民警=21),
            mention(2, "望江楼派出所", "2019", QINGHE, 5, 民警=35),
            mention(2, "南渡口派出所", "2019", {"city": "邢台市"}, 5, former="望江楼派出所"),
            mention(3, "南渡口派出所", "2015", other, 民警=9),
        ]
    )
    assert [(card.name, card.articles, card.former_names) for card in cards] == [
        ("南渡口派出所", (3,), ()),
        ("望江楼派出所", (1, 2), ("南渡口派出所",)),
    ]
    assert [(change.before.value, change.after.value) for change in cards[1].changes()] == [(21, 35)]


def test_changed_authority_is_listed_twice() -> None:
    """An authority that changed is listed with both values, each with its article."""
    moved = {**QINGHE, "authority": "清河县公安局城区分局"}
    (card,) = build_cards([mention(1, "城关派出所", "2019", QINGHE), mention(2, "城关派出所", "2023", moved)])
    assert [(value.value, value.citations[0].article) for value in card.values if value.what == "authority"] == [
        ("清河县公安局", 1),
        ("清河县公安局城区分局", 2),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"district": "沙县"}, {"district": "长沙县"}),
        ({"authority": "和县公安局"}, {"authority": "泰和县公安局"}),
        ({"authority": "县公安局"}, {"authority": "泰和县公安局"}),
        ({"authority": "公安分局"}, {"authority": "分局"}),
        ({"authority": "邱县公安局", "city": "邯郸市"}, {"authority": "磁县公安局", "city": "邯郸市"}),
    ],
)
def test_similar_names_are_other_places(one: dict[str, str], other: dict[str, str]) -> None:
    """Places differ if one name only ends with the other, if an authority names no place, or if the counties differ."""
    assert len(build_cards([mention(1, "城关派出所", "2020", one), mention(2, "城关派出所", "2021", other)])) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"authority": "渝中区公安分局"}, {"authority": "重庆市公安局渝中区分局"}),
        ({"authority": "丛台公安分局"}, {"authority": "邯郸市公安局丛台区分局"}),
        ({"city": "重庆"}, {"city": "重庆市"}),
    ],
)
def test_equivalent_spellings_of_a_place(one: dict[str, str], other: dict[str, str]) -> None:
    """Spellings that differ in the kind of authority or the last character of a division are the same place."""
    assert len(build_cards([mention(1, "城关派出所", "2020", one), mention(2, "城关派出所", "2021", other)])) == 1


def test_ambiguous_city_links_to_neither() -> None:
    """If 邯郸市 has two 城关派出所, a mention with only the city has its own card; with one, it shares that card."""
    rows = [
        mention(1, "城关派出所", "2020", {"city": "邯郸市", "district": "邱县"}),
        mention(2, "城关派出所", "2020", {"city": "邯郸市", "district": "磁县"}),
        mention(3, "城关派出所", "2020", {"city": "邯郸市"}),
    ]
    assert sorted(card.articles for card in build_cards(rows)) == [(1,), (2,), (3,)]
    assert sorted(card.articles for card in build_cards([rows[2], rows[0]])) == [(1, 3)]


places = st.fixed_dictionaries(
    {}, optional={"district": st.sampled_from(["甲县", "乙县"]), "city": st.sampled_from(["丙市", "丁市"])}
)


@given(st.lists(st.tuples(st.sampled_from(["东门派出所", "西门派出所"]), places), min_size=1, max_size=6))
def test_no_mention_is_lost_or_doubled(rows: list[tuple[str, dict[str, str]]]) -> None:
    """For any mentions, each article is on exactly one card of its name, and no card contains two districts."""
    cards = build_cards([mention(n, name, "2020", place) for n, (name, place) in enumerate(rows)])
    assert sorted(n for card in cards for n in card.articles) == list(range(len(rows)))
    for card in cards:
        assert {rows[n][0] for n in card.articles} == {card.name}
        assert len({rows[n][1]["district"] for n in card.articles if "district" in rows[n][1]}) <= 1, show(card)


def show(card: StationCard) -> str:
    return f"{card.name} {card.place} {card.articles}"


def revision(number: int, text: str, source: str | None, published: str | None) -> Revision:
    return Revision(number, number, 1, 1, "site", Article(f"u{number}", "t", text, AT, published, source))


def test_lines_that_a_copy_added_and_cut() -> None:
    """Lines that only the copy has are listed as added, and lines that only the original has as cut.

    Merged paragraphs are listed as neither.
    """
    original = revision(1, "第一段写到这里。\n第二段写到这里。\n第三段写到这里。", "人民公安报", "2026-05-02")
    copy = revision(2, "某网讯\n第一段写到这里。第二段写到这里。", "人民公安报", "2026-05-01T08:00+08:00")
    seen = compare(7, [(original, "original", 1.0, ""), (copy, "repost", 0.7, "why")], 1)
    assert seen.copies[0].added == ("某网讯",)
    assert seen.copies[0].cut == ("第三段写到这里。",)
    assert seen.best == 1, "the fuller text is the better copy"
    assert (seen.first_publisher, seen.first_published) == ("人民公安报", "2026-05-01T08:00+08:00")


def test_undated_story_has_no_first_publisher() -> None:
    """A story without a dated article has no first publisher."""
    seen = compare(1, [(revision(1, "一句话。", "甲报", None), "original", 1.0, "")], 1)
    assert seen.first_publisher is None and seen.first_published is None
