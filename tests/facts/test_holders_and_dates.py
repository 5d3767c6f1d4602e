"""Awards: several dates, titles partly in quotation marks, agencies in several positions, and their holders."""

from __future__ import annotations

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon

LEXICON = shared_lexicon()
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
        ("民警韩昱去年登上了“中国好人榜”。", "中国好人榜", None),
        ("去年,民警韩昱戴上了“青海青年五四奖章”。", "青海青年五四奖章", None),
        ("教导员领回一块“五一巾帼标兵岗”。", "五一巾帼标兵岗", None),
        ("2020年,共青团中央等部门颁给所里“全国青年文明号”。", "全国青年文明号", "共青团中央等部门"),
        ("国务院给曹广义颁了“全国劳动模范”证书。", "全国劳动模范", "国务院"),
        ("公安部给城关派出所记集体一等功。", "集体一等功", "公安部"),
        ("去年省公安厅把它评为“公安机关十佳举措示范点”。", "公安机关十佳举措示范点", "省公安厅"),
        ("省公安厅授予该所“红色警营示范点”称号,并记集体二等功。", "集体二等功", "省公安厅"),
        ("最新的是重庆市委政法委今年3月授的“先进集体”。", "先进集体", "重庆市委政法委"),
        ("“爱民模范集体”那一块,落款是公安部,时间是2022年5月。", "爱民模范集体", "公安部"),
        ("省公安厅评选“最美辅警”,村民拉了票。她当选了。", "最美辅警", "省公安厅"),
        ("这个所已拿过全国公安机关爱民模范集体和省级枫桥式公安派出所两块牌子。", "省级枫桥式公安派出所", None),
        ("这个所已拿过全国公安机关爱民模范集体两块牌子。", "全国公安机关爱民模范集体", None),
        ("1984年,民警曾梅当上了全国三八红旗手。", "全国三八红旗手", None),
        ("老所长牺牲,被追认为革命烈士,追授一级英模。", "一级英模", None),
        ("墙上还有全国青年文明号、辽宁省先进集体。", "辽宁省先进集体", None),
        ("民警申永强是安阳市第五届道德模范。", "安阳市第五届道德模范", None),
        ("1953年,民警谢原被省公安厅记大功一次。", "大功", "省公安厅"),
        ("同年,民警佟大年加冕“十佳政法干警”。", "十佳政法干警", None),
        ("民警佟大年说,一张是2017年市里给的首都劳动奖章。", "首都劳动奖章", "市里"),
        ("这个所拿了奖:省版权局与省公安厅合颁的“版权保护示范站点”。", "版权保护示范站点", "省版权局与省公安厅"),
        ("去年还捧了“三秦工匠杯”职工创新赛银奖。", "三秦工匠杯职工创新赛银奖", None),
        ("民警佟大年登上了“龙江好人”榜。", "龙江好人榜", None),
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
    """In 周浦派出所第11任所长, the station is part of the office and not the holder of the award."""
    (one,) = honours("顾进柏是周浦派出所第11任所长,上海市劳动模范。")
    assert one["holder"] == "顾进柏"


def test_agencies_joined_by_and_are_one_agency_phrase() -> None:
    (one,) = honours("派出所先后被中组部和中宣部联合命名为“人民满意的公务员集体”。")
    assert one["by"] == "中组部和中宣部"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "墙上有国家移民管理局颁发的集体二等功奖状,落款是2019年。",
            ("集体二等功", "国家移民管理局", "2019", None),
        ),
        ("最早的一面旗是1959年地区行署奖的“治安红旗单位”。", ("治安红旗单位", "地区行署", "1959", None)),
        ("公安部2023年命名其为“枫桥式公安派出所”。", ("枫桥式公安派出所", "公安部", "2023", None)),
        ("还有自治区公安厅连续五年评定的“优秀基层所队”。", ("优秀基层所队", "自治区公安厅", None, "连续五年")),
        (
            "2023年1月,江苏省公安厅公布第三批“枫桥式公安派出所”,城关派出所名列其中。",
            ("枫桥式公安派出所", "江苏省公安厅", "2023-01", None),
        ),
        ("挂着奖章:全国民族团结进步模范个人,2024年。", ("全国民族团结进步模范个人", None, "2024", None)),
        ("奖牌不少,2005年全国优秀公安基层单位,别的没有。", ("全国优秀公安基层单位", None, "2005", None)),
        ("公安厅给它记过两次集体二等功。", ("集体二等功", None, None, "两次")),
        ("11月,公安部政治部批准给派出所记集体一等功。", ("集体一等功", "公安部政治部", None, None)),
        ("2018年以来,民警孙德胜荣膺“全国优秀人民警察”。", ("全国优秀人民警察", None, None, None)),
        ("贵州省“五一劳动奖章”,2020年;证书在抽屉里。", ("五一劳动奖章", "贵州省", "2020", None)),
    ],
)
def test_agency_date_and_count_around_a_title(text: str, expected: tuple[str | None, ...]) -> None:
    """Agency, date and count are found before and after the title, also in an attribute (国家移民管理局颁发的)."""
    one = honours(text)[0]
    assert (one["title"], one["by"] if expected[1] else None, one["date"], one["count"]) == expected


def test_date_of_one_attribute_is_not_that_of_the_next_title() -> None:
    found = honours("公安部2021年表彰的“全国先进集体”,省公安厅评定的“优秀所队”,挤在一张纸上。")
    assert [(one["by"], one["date"]) for one in found] == [("公安部", "2021"), ("省公安厅", None)]


def test_each_person_of_a_list_has_the_award() -> None:
    """One title awarded to two officers is two facts."""
    found = honours("民警苑小静来了,辅警付志浩也来了。苑小静、付志浩被评为“全省抗洪先进个人”。")
    assert [(one["title"], one["holder"]) for one in found] == [
        ("全省抗洪先进个人", "苑小静"),
        ("全省抗洪先进个人", "付志浩"),
    ]


def test_short_form_of_a_dotted_name_is_the_holder() -> None:
    (one,) = honours("所长热合曼·托合提来了。热合曼获得全国公安系统二级英雄模范称号。")
    assert one["holder"] == "热合曼·托合提"


def test_award_of_a_quoted_team_has_no_personal_holder() -> None:
    (one,) = honours("民警覃燕华领衔的“铁嘴工作室”则在2022年被自治区妇联授予“巾帼文明岗”。")
    assert (one["holder"], one["by"], one["date"]) == (None, "自治区妇联", "2022")


def test_pronoun_means_the_person_named_most() -> None:
    """他 refers to the person named most often, although an officer is named once in between."""
    text = "56岁的党固来了。党固把我推上前。党固不念文件。党固让每个人念自己的账。辅警折家驹念案子。党固笑了。那一次,陕西省公安厅给他记了一等功。党固从来不提。"
    assert [one["holder"] for one in honours(text)] == ["党固"]


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("去年,民警邢爱莲当选如皋市“最美警察”。", "如皋市"),
        ("民警邢爱莲被评为自治区“优秀团员”。", "自治区"),
        ("民警邢爱莲是江苏省“五一劳动奖章”的获得者。", "江苏省"),
        ("民警邢爱莲被评为重庆“最美辅警”。", "重庆"),
        ("派出所被评为如皋市“枫桥式公安派出所”。", None),
    ],
)
def test_region_before_a_quoted_title_is_its_agency(text: str, by: str | None) -> None:
    """A region before a quoted title is the awarding agency, except before 枫桥式公安派出所."""
    assert [one["by"] for one in honours(text)] == [by]


@pytest.mark.parametrize("words", ["先后4次荣立集体三等功", "连续三届被评为“文明单位”", "此前被评为“优秀所队”"])
def test_date_of_an_earlier_award_does_not_apply_to_awards_of_several_years(words: str) -> None:
    found = honours(f"2021年,派出所被公安部授予“全国先进集体”,{words}。")
    assert [one["date"] for one in found] == ["2021", None]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("集体三等功拿了两个。", ["两个"]),
        ("墙上还有3个集体二等功。", ["3个"]),
        ("该所曾两度获评市局“先进基层单位”。", ["两度"]),
        ("市公安局每年评一次的“十佳派出所”,城关派出所已经五度入选。", ["五度"]),
        ("抽屉里有一枚个人二等功奖章的证书。", [None]),
        ("民警石守山两获“火车头奖章”。", ["两"]),
        ("派出所被授予“十佳基层所队”,派出所连续第四年获评“先进单位”。", [None, "连续第四年"]),
    ],
)
def test_count_of_an_award(text: str, counts: list[str | None]) -> None:
    assert [one["count"] for one in honours(text)] == counts


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("“爱民模范集体”那一块,落款是公安部,时间是2022年5月。", "2022-05"),
        ("民警祁青立过一次个人二等功,那是2014年抗震救灾时的事。", "2014"),
        ("民警宋青的“援疆先进个人”,是和田地区2019年发的。", "2019"),
        ("民警祁青在2024年荣获省“五一劳动奖章”,民警孟茜获得“女警之星”提名奖。", None),
    ],
)
def test_date_of_the_last_award(text: str, date: str | None) -> None:
    assert honours(text)[-1]["date"] == date


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("老伴刘春霞把民警毕世国的奖章擦得锃亮:一枚个人一等功、两枚三等功。", "毕世国"),
        ("民警宫建章爱笑。老宫自己的奖状,老伴叶桂香收在箱里:个人一等功1次。", "宫建章"),
        ("人民调解员何秀英和村民张旺都在。何秀英本人被评为“全国模范人民调解员”。", "何秀英"),
        ("民警关振东在忙。佟大年的事迹登上了“龙江好人榜”,佟大年是民警。", "佟大年"),
        ("民警佟大年的点子好。去年省公安厅把它评为“十佳举措示范点”。", None),
    ],
)
def test_holder_of_an_award(text: str, holder: str | None) -> None:
    assert {one["holder"] for one in honours(text)} == {holder}


def test_new_name_of_a_station_is_no_award() -> None:
    assert honours("第二块木牌是1986年升格后的“石头河林业公安派出所”。") == []


@pytest.mark.parametrize("text", ["他入围过全省政法系统“改革之星”。", "火锅“立大功”,通缉犯被抓。"])
def test_candidacy_and_saying_are_no_awards(text: str) -> None:
    assert honours(text) == []
