"""Awards: several dates, titles partly in quotation marks, agencies in several positions, and their holders."""

from __future__ import annotations

import pytest

from ingest.facts import Lexicon, facts

LEXICON = Lexicon.load()
STATION = "如皋市公安局城关派出所不大。"


def honours(text: str) -> list[dict[str, object]]:
    return [fact.flat() for fact in facts(STATION + text, LEXICON) if fact.kind == "honour"]


def test_each_date_of_a_list_is_an_award() -> None:
    """Three dates before one title are three awards; only the first one has the stated count (三次)."""
    found = honours("2012年、2017年和2021年,民警孙德胜三次被县公安局评为“优秀共产党员”。")
    assert [(one["date"], one["count"], one["by"], one["holder"]) for one in found] == [
        ("2012", "三次", "县公安局", "孙德胜"),
        ("2017", None, "县公安局", "孙德胜"),
        ("2021", None, "县公安局", "孙德胜"),
    ]


def test_as_many_dates_as_titles_are_given_in_order() -> None:
    found = honours(
        "2021年4月、2022年12月,派出所先后被郑州市公安局授予“十佳派出所”、被公安部命名为“枫桥式公安派出所”。"
    )
    assert [(one["title"], one["date"]) for one in found] == [
        ("十佳派出所", "2021-04"),
        ("枫桥式公安派出所", "2022-12"),
    ]


@pytest.mark.parametrize(
    ("text", "title", "by"),
    [
        ("2021年,教导员邱珊珊被浙江省妇联授予省“三八”红旗手称号。", "三八红旗手", "浙江省妇联"),
        ("2014年得过省政法委的“平安卫士”奖牌。", "平安卫士", "省政法委"),
        ("省公安厅给派出所记了集体一等功。", "集体一等功", "省公安厅"),
        ("辅警吴桥生牺牲后,省政府追评他为烈士。", "烈士", "省政府"),
        ("她得过不少奖:\n福建省五四青年奖章(2021年,共青团福建省委)\n", "福建省五四青年奖章", "共青团福建省委"),
        ("教导员余丽娟本人是江西省三八红旗手。", "江西省三八红旗手", None),
        ("抽屉里压着“广东省优秀人民警察”奖章。", "广东省优秀人民警察", None),
        ("所长韩昱捧回了上海市五一劳动奖章。", "上海市五一劳动奖章", None),
        ("集体三等功是两次。", "集体三等功", None),
    ],
)
def test_title_and_agency(text: str, title: str, by: str | None) -> None:
    assert (title, by) in [(one["title"], one["by"]) for one in honours(text)]


def test_agency_beside_one_title_is_not_that_of_a_national_one() -> None:
    found = honours("民警郑家驹先后被评为上海市公安局“十佳社区民警”、全国优秀人民警察。")
    assert [one["by"] for one in found] == ["上海市公安局", None]


def test_pronoun_means_whom_the_speaker_speaks_of() -> None:
    found = honours("民警石守信是站区的“活字典”,副所长高胜利这么叫他。三十年里,他荣立二等功2次。")
    assert [one["holder"] for one in found] == ["石守信"]


def test_holder_of_a_police_title_is_an_officer() -> None:
    text = STATION + "侧身让路的多半是赵东宽,51岁。2017年,赵东宽被公安部授予全国公安系统二级英雄模范称号。"
    (person,) = [fact.flat() for fact in facts(text, LEXICON) if fact.kind == "person"]
    assert person["role_class"] == "police" and "private" not in person


def test_neighbour_before_a_paragraph_about_another_stays_masked() -> None:
    text = "珠帘是辖区的盲人阿婆曹金花串的。\n她是城关派出所的教导员。她叫向春梅。"
    persons = {str(fact.fields["name"]): fact.fields for fact in facts(text, LEXICON) if fact.kind == "person"}
    assert persons["曹金花"].get("private") is True
    assert persons["向春梅"]["role_class"] == "police"


def test_name_after_a_title_is_its_holder() -> None:
    """In a row of titles with their holders, each title belongs to the name after it."""
    found = honours("涌现出全国特级优秀人民警察王金柏、全国优秀人民警察李中岳等先进典型。")
    assert [(one["title"], one["holder"]) for one in found] == [
        ("全国特级优秀人民警察", "王金柏"),
        ("全国优秀人民警察", "李中岳"),
    ]


def test_holder_follows_a_title_with_an_office_between() -> None:
    (one,) = honours("2022“最美基层民警”、北京市公安局通州分局内部单位保卫支队综合中队中队长张梁回来了。")
    assert (one["title"], one["holder"]) == ("最美基层民警", "张梁")


def test_station_of_an_office_is_not_the_holder() -> None:
    """周浦派出所第11任所长 names the station as part of the office."""
    (one,) = honours("顾进柏是周浦派出所第11任所长,上海市劳动模范。")
    assert one["holder"] == "顾进柏"


def test_agencies_joined_by_and_are_one_agency_phrase() -> None:
    (one,) = honours("派出所先后被中组部和中宣部联合命名为“人民满意的公务员集体”。")
    assert one["by"] == "中组部和中宣部"
