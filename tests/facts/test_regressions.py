"""Regression tests for faults found on texts that were written after the rules; each has a minimal text."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon


def fields(text: str, kind: str, *, published: str | None = None) -> list[dict[str, Any]]:
    """Return the fields of all facts of `kind`."""
    return [dict(fact.fields) for fact in facts(text, shared_lexicon(), published=published) if fact.kind == kind]


def test_station_name_may_start_with_conjunction() -> None:
    """崇川公安分局和平桥派出所 names 和平桥派出所, not 平桥派出所, because 和 is not always a conjunction."""
    found = fields("这是崇川公安分局和平桥派出所打造的。和平桥派出所成立于1956年6月。", "station")
    assert [(fact["name"], fact["authority"]) for fact in found] == [("和平桥派出所", "崇川公安分局")]


def test_common_word_after_title_is_not_a_person() -> None:
    """小组 in 村民小组 is not a person."""
    assert fields("老窝派出所下辖7个行政村、108个村民小组，常住人口1.6万余人。", "person") == []


@pytest.mark.parametrize("months", ["2024年1月至8月", "2024年1-8月", "今年1至8月"])
def test_range_of_months_is_period_of_figure(months: str) -> None:
    """A range of months is the period of a figure, not an event."""
    text = f"老窝派出所里忙。{months}，辖区刑事警情52起，同比下降31.2%。"
    assert fields(text, "event") == []
    assert [(fact["value"], fact["period"]) for fact in fields(text, "statistic")] == [(52, months)]


def test_base_of_comparison_is_not_the_period() -> None:
    """In 2023年…从2019年的64起下降到9起 the period is 2023, and 2019 is not an event; 同年 is 2023."""
    text = "柏树林派出所在老城。2023年，辖区入室盗窃警情从2019年的64起下降到9起。\n同年，柏树林派出所获评“全国青年文明号”。"
    assert [(fact["value"], fact["period"]) for fact in fields(text, "statistic")] == [(9, "2023年")]
    assert [fact["date"] for fact in fields(text, "honour")] == ["2023"]
    assert "2019" not in [fact["date"] for fact in fields(text, "event")]


def test_area_of_lake_is_not_area_of_precinct() -> None:
    """巢湖水面770平方公里 is the area of the lake."""
    text = "巢湖水面770平方公里。守护这片水域的，是中庙派出所。中庙派出所辖北岸水域186平方公里。"
    assert [fact["value"] for fact in fields(text, "area")] == [186]


def test_quoted_title_is_not_a_scope() -> None:
    """After 获“全国青年文明号”, 收到锦旗57面 is a figure of the station: 全国 in a title does not name another body."""
    text = "中庙派出所获“全国青年文明号”称号，收到锦旗57面。"
    assert [("scope" in fact, fact["value"]) for fact in fields(text, "statistic")] == [(False, 57)]


def test_graduate_of_a_school_is_a_person() -> None:
    """警察学院毕业的张子涵 names the person 张子涵."""
    found = fields("2018年，警察学院毕业的张子涵主动申请来到马鬃山边境派出所。", "person")
    assert [fact["name"] for fact in found] == ["张子涵"]


def test_date_of_career_is_not_date_of_honour() -> None:
    """In 他2009年参加工作,…荣立个人二等功 the year 2009 is not the date of the honour."""
    text = "所长王文涛还在值班。他2009年参加工作，在刑侦岗位干了12年，荣立个人二等功1次。2022年，经八路派出所荣立集体三等功。"
    assert [(fact["title"], fact["date"]) for fact in fields(text, "honour")] == [
        ("个人二等功", None),
        ("集体三等功", "2022"),
    ]


def test_character_of_date_is_not_a_comparison() -> None:
    """In 当年10月创立“瑶乡油锅”调解机制 the character 当 is part of the date, not of 当作."""
    text = "里湖派出所从议事习俗中得到启发，于当年10月创立“瑶乡油锅”调解机制，聘请32名调解员。"
    assert [fact["name"] for fact in fields(text, "initiative")] == ["瑶乡油锅"]


def test_metric_of_change_is_complete() -> None:
    """辖区电诈发案数同比下降27.8%, 破案率上升14.2个百分点: the metric of each change is the whole noun."""
    text = "经八路派出所里忙。辖区电诈发案数同比下降27.8%，破案率上升14.2个百分点。"
    assert [fact["metric"] for fact in fields(text, "statistic")] == ["电诈发案数", "破案率"]


@pytest.mark.parametrize(
    "action",
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
def test_name_before_an_action_is_not_a_place(action: str) -> None:
    """民警周志刚街头巡逻 does not name a street (街), and 民警周志刚组织群众 does not name a group (组)."""
    found = fields(f"清晨,白鹭洲派出所民警周志刚{action}。他是所里的老民警。", "person")
    assert [fact["name"] for fact in found] == ["周志刚"]


@pytest.mark.parametrize("byword", ["式民警", "工作室", "故里"])
def test_byword_is_not_a_person(byword: str) -> None:
    """民警周志刚式民警 and 民警周志刚工作室 do not mention a person."""
    assert fields(f"白鹭洲派出所有了民警周志刚{byword},群众来得多了。", "person") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("塔城边境管理支队落马坡边境派出所成立于1964年。", ["落马坡边境派出所"]),
        ("退休民警王海涛当过牦牛坡派出所所长。", ["牦牛坡派出所"]),
        ("再访枫林渡派出所。", ["枫林渡派出所"]),
        ("隔壁站派出所打来电话。", []),
        ("授予“护民为民模范边防派出所”荣誉称号。", []),
        ("县公安局加强农村派出所建设。", []),
    ],
)
def test_start_of_station_name_after_verbs(text: str, names: list[str]) -> None:
    """落马 in 落马坡边境派出所, after an authority, is part of the name; 再访 and 当过 before a name are not."""
    assert [fact["name"] for fact in fields(text, "station")] == names
