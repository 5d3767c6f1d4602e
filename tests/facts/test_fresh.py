"""Faults found on texts written after the rules, each in the smallest text that shows it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from ingest.facts import Lexicon, facts


@cache
def _lexicon() -> Lexicon:
    return Lexicon.load()


def fields(text: str, kind: str, *, published: str | None = None) -> list[dict[str, Any]]:
    """The fields of every fact of `kind`."""
    return [dict(fact.fields) for fact in facts(text, _lexicon(), published=published) if fact.kind == kind]


def test_a_station_whose_name_begins_with_and() -> None:
    """崇川公安分局和平桥派出所 is 和平桥, not 平桥; fails when 和 is always a conjunction."""
    found = fields("这是崇川公安分局和平桥派出所打造的。和平桥派出所成立于1956年6月。", "station")
    assert [(one["name"], one["authority"]) for one in found] == [("和平桥派出所", "崇川公安分局")]


def test_a_common_word_is_nobody() -> None:
    """村民小组 names no 小组."""
    assert fields("老窝派出所下辖7个行政村、108个村民小组，常住人口1.6万余人。", "person") == []


@pytest.mark.parametrize("stretch", ["2024年1月至8月", "2024年1-8月", "今年1至8月"])
def test_figures_of_a_stretch_of_months(stretch: str) -> None:
    """The stretch is the figure's period and no event."""
    text = f"老窝派出所里忙。{stretch}，辖区刑事警情52起，同比下降31.2%。"
    assert fields(text, "event") == []
    assert [(one["value"], one["period"]) for one in fields(text, "statistic")] == [(52, stretch)]


def test_what_a_figure_is_held_against_is_not_its_period() -> None:
    """2023年…从2019年的64起下降到9起: the year is 2023, and so is 同年 after it; no event of 2019."""
    text = "柏树林派出所在老城。2023年，辖区入室盗窃警情从2019年的64起下降到9起。\n同年，柏树林派出所获评“全国青年文明号”。"
    assert [(one["value"], one["period"]) for one in fields(text, "statistic")] == [(9, "2023年")]
    assert [one["date"] for one in fields(text, "honour")] == ["2023"]
    assert "2019" not in [one["date"] for one in fields(text, "event")]


def test_the_lake_is_not_the_beat() -> None:
    """巢湖水面770平方公里 is the lake's area."""
    text = "巢湖水面770平方公里。守护这片水域的，是中庙派出所。中庙派出所辖北岸水域186平方公里。"
    assert [one["value"] for one in fields(text, "area")] == [186]


def test_a_title_in_quotes_is_no_scope() -> None:
    """获“全国青年文明号”, 收到锦旗57面: the flags are the station's."""
    text = "中庙派出所获“全国青年文明号”称号，收到锦旗57面。"
    assert [("scope" in one, one["value"]) for one in fields(text, "statistic")] == [(False, 57)]


def test_who_came_from_a_school() -> None:
    """警察学院毕业的张子涵 is a person."""
    found = fields("2018年，警察学院毕业的张子涵主动申请来到马鬃山边境派出所。", "person")
    assert [one["name"] for one in found] == ["张子涵"]


def test_the_date_of_a_life_is_not_the_honours() -> None:
    """他2009年参加工作,…荣立个人二等功: the year is his first of work."""
    text = "所长王文涛还在值班。他2009年参加工作，在刑侦岗位干了12年，荣立个人二等功1次。2022年，经八路派出所荣立集体三等功。"
    assert [(one["title"], one["date"]) for one in fields(text, "honour")] == [
        ("个人二等功", None),
        ("集体三等功", "2022"),
    ]


def test_a_year_is_no_comparison() -> None:
    """当年10月创立“瑶乡油锅”调解机制: 当 is part of the date, not 当作."""
    text = "里湖派出所从议事习俗中得到启发，于当年10月创立“瑶乡油锅”调解机制，聘请32名调解员。"
    assert [one["name"] for one in fields(text, "initiative")] == ["瑶乡油锅"]


def test_the_metric_of_a_rate_is_whole() -> None:
    """辖区电诈发案数同比下降27.8%, 破案率上升14.2个百分点: each with its noun."""
    text = "经八路派出所里忙。辖区电诈发案数同比下降27.8%，破案率上升14.2个百分点。"
    assert [one["metric"] for one in fields(text, "statistic")] == ["电诈发案数", "破案率"]


@pytest.mark.parametrize(
    "done",
    [
        "组织群众疏散",
        "路过时听见哭声",
        "号召大家报名",
        "语重心长地说",
        "山里走访",
        "街头巡逻",
        "经验丰富",
        "站在跳板边",
        "站岗",
        "学校门口护学",
        "社区里走访",
    ],
)
def test_an_officer_before_what_is_done_is_no_place(done: str) -> None:
    """民警周志刚街头巡逻 names no street, 民警周志刚组织群众 no group."""
    found = fields(f"清晨,白鹭洲派出所民警周志刚{done}。他是所里的老民警。", "person")
    assert [one["name"] for one in found] == ["周志刚"]


@pytest.mark.parametrize("byword", ["式民警", "工作室", "故里"])
def test_what_is_named_after_somebody_is_no_person(byword: str) -> None:
    """民警马天民式, 民警周志刚工作室."""
    assert fields(f"白鹭洲派出所有了民警周志刚{byword},群众来得多了。", "person") == []
