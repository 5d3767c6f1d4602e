"""Sentences once read wrongly: figures, changes, founding dates, bylines, events and persons."""

from __future__ import annotations

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon

LEXICON = shared_lexicon()
STATION = "如皋市公安局城关派出所不大。"


def found(text: str, kind: str) -> list[dict[str, object]]:
    return [fact.flat() for fact in facts(STATION + text, LEXICON, published="2024-05-06") if fact.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("辖区户籍人口两万九,耕地不少。", "population", 29000),
        ("辖区户籍人口两万九千,耕地不少。", "population", 29000),
        ("派出所现有民警九名、护林员队伍六十二人。", "force", 62),
        ("现有移民管理警察18名、辅警12名。", "force", 18),
        ("辖区面积3平方公里,28个居委。", "division", 28),
        ("辖区面积3平方公里,16个居民区。", "division", 16),
    ],
)
def test_value(text: str, kind: str, value: int) -> None:
    assert value in [fact["value"] for fact in found(text, kind)]


def test_stations_of_a_railway_are_divisions() -> None:
    text = "太原铁路公安局大同铁路公安处大同南站派出所管辖3个客运站、5个货运站。"
    kinds = {fact.kind for fact in facts(text, LEXICON) if fact.kind in ("division", "premises")}
    assert kinds == {"division"}


def test_code_is_no_figure() -> None:
    assert not found("他的警号043716封存了。", "statistic")


def test_number_of_awards_is_no_statistic() -> None:
    assert not found("派出所先后3次荣立集体三等功。", "statistic")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("积米崖派出所,1993年10月成立,守着一座中心渔港。", "1993-10"),
        ("这个所1949年2月就挂了牌,比共和国还大。", "1949-02"),
        ("1971年设所那会儿,全所四个人。", "1971"),
    ],
)
def test_founded(text: str, date: str) -> None:
    assert [fact["date"] for fact in found(text, "founded")] == [date]


def test_names_after_a_dateline_of_a_place() -> None:
    names = [fact["name"] for fact in found("\n卫士网和田讯(依力亚尔 张宗泽)海拔很高。", "credit")]
    assert names == ["依力亚尔", "张宗泽"]


def test_two_names_joined_after_a_dateline() -> None:
    names = [fact["name"] for fact in found("\n新社西宁3月31日电(孙睿石宣青)油田开工。", "credit")]
    assert names == ["孙睿石", "宣青"]


def test_line_of_a_page_is_no_event() -> None:
    text = "人民铁道苑 2023-02-11 记者 焦远\n" + STATION
    assert not [fact for fact in facts(text, LEXICON) if fact.kind == "event"]


def test_change_with_one_character() -> None:
    (figure,) = found("学生被骗警情同比降了63%。", "statistic")
    assert figure["change"] == {"direction": "down", "percent": 63, "base": "同比"}


def test_share_in_words_joins_the_figure_before_it() -> None:
    (figure,) = found("去年,纠纷报警153起,比上年少了四成。", "statistic")
    assert (figure["value"], figure["change"]) == (153, {"direction": "down", "percent": 40})


def test_report_of_a_crime_does_not_make_an_officer() -> None:
    (person,) = found("二河屯的赵海江报警说丢了导航。", "person")
    assert person["role_class"] == "citizen"


def test_team_of_guards_is_not_of_the_police() -> None:
    (person,) = found("“马背哨”护边队的队长朝鲁门,今年51岁。", "person")
    assert person["role_class"] == "citizen" and person["private"] is True


def test_officer_without_a_title_is_called_officer() -> None:
    """The role is 民警 if words around the name (穿了33年警服) show that the person is an officer but state no title."""
    (person,) = found("孙德胜,56岁,穿了33年警服。", "person")
    assert person["roles"] == ["民警"]
