"""Names of stations in fixed sentences (benchmarks/stations.py has some 380 names), and words that are not names."""

from __future__ import annotations

import pytest

from ingest.facts import facts
from ingest.facts.document import prepare
from ingest.facts.kinds.station import station_facts
from tests.support.lexicon import shared_lexicon

LEXICON = shared_lexicon()
#: transcribed names, and names that contain verbs, particles and prepositions
NAMES = [
    "解放门",
    "和平里",
    "打浦桥",
    "共和新路",
    "真如",
    "人和",
    "首义路",
    "将台",
    "曹家渡",
    "太升路",
    "等驾坡",
    "跳蹬河",
    "农干桥",
    "红其拉甫边境",
    "打洛边境",
    "八十间房子边境",
    "东台河闸边防",
    "西一路",
    "上地",
    "德胜",
]
FRAMES = (
    "塔城市公安局{}成立于1964年。",
    "{}现有民警9名。",
    "走进{},民警正在值班。",
    "退休民警王建国当过{}所长。",
    "夜访{},灯火通明。",
)


def stations_of(text: str) -> list[object]:
    doc = prepare(text, LEXICON)
    return [fact.fields["name"] for fact in station_facts(doc, LEXICON.places)]


@pytest.mark.parametrize("frame", FRAMES)
def test_name_is_whole(frame: str) -> None:
    found = {name: stations_of(frame.format(name + "派出所")) for name in NAMES}
    assert {name: got for name, got in found.items() if got != [name + "派出所"]} == {}


@pytest.mark.parametrize(
    "text",
    [
        "市公安局加强派出所建设。",
        "分局统筹派出所警力。",
        "市公安局进一步强化派出所基础设施建设。",
        "县公安局下沉派出所警力三成。",
        "来到镇派出所,他说明来意。",
        "老人被送往乡派出所。",
        "联系派出所民警上门。",
        "他当过三年派出所所长。",
        "近日,记者夜访派出所,民警还在忙。",
        "智慧警务解放派出所警力。",
        "时任派出所所长王建国说。",
        "全力支持派出所工作。",
        "市公安局在派出所设立服务站。",
        "驻村民警和派出所联系。",
        "来到所属派出所登记。",
    ],
)
def test_other_words_are_no_name(text: str) -> None:
    assert stations_of("红旗岭镇很远。\n" + text) == []


@pytest.mark.parametrize(
    ("text", "authority", "district"),
    [
        ("白桦滩派出所隶属于阿勒泰边境管理支队。", "阿勒泰边境管理支队", None),
        ("天桥派出所成立于1949年2月,今天归北京市公安局西城分局。", "北京市公安局西城分局", "西城区"),
        ("她考进浙江省丽水市公安局莲都分局,分到了碧湖古镇派出所。", "浙江省丽水市公安局莲都分局", "莲都区"),
    ],
)
def test_authority_beside_the_name(text: str, authority: str, district: str | None) -> None:
    doc = prepare(text, LEXICON)
    [fact] = station_facts(doc, LEXICON.places)
    assert fact.fields["authority"] == authority and fact.fields["district"] == district


def test_county_after_the_short_name_of_a_prefecture() -> None:
    """怒江州, short for 怒江傈僳族自治州, is not an unknown place."""
    doc = prepare("怒江边境管理支队桃花坪边境派出所在怒江州贡山独龙族怒族自治县的最北端。", LEXICON)
    [fact] = station_facts(doc, LEXICON.places)
    assert fact.fields["district"] == "贡山独龙族怒族自治县"


def test_only_county_of_the_city() -> None:
    """The station of 塔城边境管理支队, an authority without a county, has the only county that the text names."""
    doc = prepare("塔城边境管理支队落马坡边境派出所在新疆裕民县的山坡上。", LEXICON)
    [fact] = station_facts(doc, LEXICON.places)
    assert fact.fields["district"] == "裕民县"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("郑州铁路公安处柳坡站派出所建成很早。这个位于河南省民权县的派出所有民警30人。", ("商丘市", "民权县")),
        ("安康铁路公安处云坪站派出所守着陕西省旬阳市境内90公里线路。", ("安康市", "旬阳市")),
        ("牡丹江铁路公安处松岭站派出所沿线有东宁市的6个村屯。", ("牡丹江市", "东宁市")),
        ("福建三明,天刚亮。福州铁路公安处竹口北站派出所民警今天去将乐县赶集。", ("三明市", "将乐县")),
        ("福州铁路公安处竹口北站派出所民警把老人送回将乐县。", (None, None)),
        ("郑州铁路公安处柳坡站派出所有民警30人。郑州铁路局在这里设了小站。", (None, None)),
    ],
)
def test_place_of_a_railway_station(text: str, place: tuple[str | None, str | None]) -> None:
    """The place of a railway's station is the one that the text states, not the seat of the railway police."""
    (station,) = station_facts(prepare(text, LEXICON), LEXICON.places)
    assert (station.fields["city"], station.fields["district"]) == place


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("{}2001年从柳湾街派出所分出来。", "锦江区"),
        ("{}2009年一度与柳湾街派出所合署,后来又分开。", "锦江区"),
        ("{}民警来到柳湾街派出所。", None),
    ],
)
def test_station_that_was_one_with_the_main_station(text: str, district: str | None) -> None:
    whole = "成都市公安局锦江区分局桂花坊派出所灯亮着。" + text.format("桂花坊派出所")
    by_name = {f.fields["name"]: f for f in station_facts(prepare(whole, LEXICON), LEXICON.places)}
    assert by_name["柳湾街派出所"].fields["district"] == district


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("武汉蔡甸柳湾街派出所有位90后女警。", ("柳湾街派出所", "武汉市", "蔡甸区")),
        ("深夜,记者走进南京六合竹镇派出所。", ("竹镇派出所", "南京市", "六合区")),
        ("重庆北碚缙云山派出所民警。", ("缙云山派出所", "重庆市", "北碚区")),
        (
            "现属长沙市高新区管辖的雷锋街道变了样。长沙市公安局雷锋派出所民警说。",
            ("雷锋派出所", "长沙市", "高新区"),
        ),
        (
            "作者:西安市公安局长安分局 孟繁荣\n西安市郭杜派出所的门口摆着小黑板。",
            ("郭杜派出所", "西安市", "长安区"),
        ),
    ],
)
def test_place_without_an_authority(text: str, place: tuple[str, str, str]) -> None:
    (station,) = station_facts(prepare(text, LEXICON), LEXICON.places)
    assert tuple(station.fields[field] for field in ("name", "city", "district")) == place


def test_words_of_a_caption_or_comparison_are_no_part_of_a_name() -> None:
    """正如 before a name is not part of the name, and 图为 before 派出所 is not a name."""
    texts = ("正如桐花江派出所所长汪永刚所言。", "图为派出所民警巡逻。")
    names = [[f.fields["name"] for f in facts(text, shared_lexicon()) if f.kind == "station"] for text in texts]
    assert names == [["桐花江派出所"], []]


def test_authority_of_the_border_guard_is_whole() -> None:
    """The authority has all its parts, such as 总队 or 总站 before 支队."""
    texts = (
        "浙江公安边防总队温州边防支队飞云浦边防派出所的民警。",
        "新疆出入境边防检查总站喀什边境管理支队排云克边境派出所。",
    )
    found = [f.fields["authority"] for text in texts for f in facts(text, shared_lexicon()) if f.kind == "station"]
    assert found == ["浙江公安边防总队温州边防支队", "新疆出入境边防检查总站喀什边境管理支队"]
