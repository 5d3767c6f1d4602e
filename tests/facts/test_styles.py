"""Facts in other styles: tables of social-media posts, renamings, names that are common words, codes."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon


def fields(text: str, kind: str) -> list[dict[str, Any]]:
    """Return the fields of all facts of `kind`."""
    return [dict(fact.fields) for fact in facts(text, shared_lexicon()) if fact.kind == kind]


def named(text: str, kind: str = "person") -> list[str]:
    """Return the field `name` of all facts of `kind`."""
    return [fact["name"] for fact in fields(text, kind)]


def test_table_about_station() -> None:
    """All figures in lines of label and value describe the station.

    A colon between label and value does not separate them.
    """
    text = "柳泉县公安局站南派出所。\n辖区面积：6.3平方公里\n常住人口：4.2万人\n社区：7个\n行业场所：旅馆64家、网吧5家、KTV 9家\n警力：民警22人 辅警34人\n"
    assert [fact["value"] for fact in fields(text, "area")] == [6.3]
    assert [(fact["category"], fact["value"]) for fact in fields(text, "population")] == [("常住", 42000)]
    assert [(fact["category"], fact["value"]) for fact in fields(text, "division")] == [("社区", 7)]
    assert [(fact["category"], fact["value"]) for fact in fields(text, "premises")] == [
        ("旅馆", 64),
        ("网吧", 5),
        ("KTV", 9),
    ]
    assert [(fact["category"], fact["value"]) for fact in fields(text, "force")] == [("民警", 22), ("辅警", 34)]


def test_table_about_something_else() -> None:
    """Lines of label and value about an information desk are not a table about the station."""
    assert fields("站南派出所旁边是问讯处。\n旅馆：64家\n网吧：5家\n", "premises") == []


@pytest.mark.parametrize(
    ("text", "main", "former"),
    [
        ("1993年，南关派出所更名新街派出所，沿用至今。", "新街派出所", "南关派出所"),
        ("1958年成立时叫红旗公社派出所，1984年改为柳河镇派出所。", "柳河镇派出所", "红旗公社派出所"),
        ("柳溪派出所（原柳溪边防派出所）驻守海岛。", "柳溪派出所", "柳溪边防派出所"),
        ("梅山派出所，1998年由梅山镇派出所更名而来。", "梅山派出所", "梅山镇派出所"),
        ("石桥县公安局城关派出所在老街上。2003年，原城关镇派出所改名城关派出所。", "城关派出所", "城关镇派出所"),
    ],
)
def test_former_names(text: str, main: str, former: str) -> None:
    found = {fact["name"]: fact for fact in fields(text, "station")}
    assert found[main]["main"] and found[former]["former_name_of"] == main and set(found) == {main, former}


def test_merged_stations_are_named_without_former_marker() -> None:
    """In 原城东派出所 the character 原 is not part of the name, in 原种场派出所 it is.

    Names in a list of merged stations (老竹镇、乌石、清泉三家) are found.
    """
    assert set(named("2001年，原城东派出所与城北派出所合并。", "station")) == {"城东派出所", "城北派出所"}
    assert named("原种场派出所成立于1990年。", "station") == ["原种场派出所"]
    found = named("竹溪派出所由老竹镇、乌石、清泉三家并成，编制民警11人。", "station")
    assert set(found) == {"竹溪派出所", "老竹镇派出所", "乌石派出所", "清泉派出所"}


def test_end_of_date_is_not_part_of_station_name() -> None:
    """2016年6月东湖派出所挂牌 does not name 月东湖派出所."""
    assert named("2016年6月东湖派出所挂牌。", "station") == ["东湖派出所"]


def test_station_name_far_after_county() -> None:
    """沂南县融媒体中心记者跟着岸堤派出所 names 岸堤派出所: words after a county are not always part of a name."""
    assert named("沂南县融媒体中心记者跟着岸堤派出所民警赶了一趟集。", "station") == ["岸堤派出所"]


def test_county_missing_from_division_table() -> None:
    """In 白云县, the part 云县 is not the county in Yunnan; 和县 after its province is a county."""
    (unknown,) = fields("白云县公安局城关派出所在老街上。", "station")
    assert (unknown["authority"], unknown["province"]) == ("白云县公安局", None)
    (known,) = fields("安徽省和县公安局城关派出所在老街上。", "station")
    assert known["district"] == "和县"
    (beside,) = fields("云岭县公安局清河分局新街派出所在老街上。", "station")
    assert (beside["authority"], beside["province"]) == ("云岭县公安局清河分局", None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("龙岗派出所所长万里摆摆手，说：“不苦。”", "万里"),
        ("“那一仗打得好。”龙岗派出所副所长边疆说。", "边疆"),
        ("龙岗派出所教导员蓝天，畲族，从警18年。", "蓝天"),
        ("站台上，龙岗派出所民警严冬打了个敬礼。", "严冬"),
    ],
)
def test_name_that_is_a_common_word(text: str, name: str) -> None:
    assert named(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "龙岗派出所民警家属说，家里都支持。",
        "龙岗派出所民警文化程度高。",
        "龙岗派出所民警代表表示感谢。",
        "龙岗派出所民警安慰说没事。",
        "龙岗派出所民警武装巡逻。",
    ],
)
def test_common_word_is_not_a_person(text: str) -> None:
    """A common word after 民警 is not a name if it means people in general (家属, 代表).

    Another common word (安慰, 武装) is not a name unless words that describe a person follow.
    """
    assert named(text) == []


def test_parts_of_words_are_not_persons() -> None:
    """老旺 in 潘老旺, 富池 in 富池水上派出所, 老阿 in 老阿妈, 满九本 and 小年 are not persons."""
    assert named("高坪派出所副所长潘老旺是本地人。大家都找潘老旺，潘老旺也不推。") == ["潘老旺"]
    assert named("富池水上派出所挂牌时，名字叫富池港派出所。富池的老人都记得富池。") == []
    assert named("65岁的老阿妈在高坪派出所门口等。腊月二十三，小年。她的本子记满九本。") == []


def test_names_with_a_middle_dot() -> None:
    """Names with a middle dot are found whole, also after 和 and a title, and if a part is another name (帕提古丽, 古丽)."""
    found = named(
        "高坪派出所教导员陈疆生和民警亚森·卡德尔冲进去，背出了82岁的帕提古丽老人。临别，古丽米热·吐尔逊追出来。"
    )
    assert found == ["陈疆生", "亚森·卡德尔", "帕提古丽", "古丽米热·吐尔逊"]


def test_byline_after_organisation() -> None:
    """In a byline, a name after an organisation is found even if the surname (密) is not in the table of surnames."""
    assert named("高坪派出所的民警散了。\n（沂南县融媒体中心 刘兴 密启航）", "credit") == ["刘兴", "密启航"]


def test_codes_are_not_numbers() -> None:
    """The numbers in K9811次列车, K612处 and 世界500强 are codes."""
    assert fields("高坪派出所民警在K612处拦停了K9811次列车。辖区有世界500强企业。", "statistic") == []


def test_minutes_and_seconds() -> None:
    (fact,) = fields("高坪派出所平均到场时间由9分钟缩短到4分40秒。", "statistic")
    assert (fact["value"], fact["unit"]) == (4.67, "分钟")


def test_people_sent_out_are_not_the_force() -> None:
    """出动警力19人 counts the people sent out on one day, not the force; 民警到位61名 states the force."""
    assert fields("高坪派出所今天出动警力19人。", "force") == []
    assert [fact["value"] for fact in fields("高坪派出所全所民警到位61名，辅警到位20名。", "force")] == [61, 20]


def test_force_list_with_further_group() -> None:
    """A list of the force that starts with 在册 and continues with 外加 is read whole."""
    text = "高坪派出所在册民警二十八名，辅警25名，外加油田方面的护油队员60名。"
    assert [(fact["category"], fact["value"]) for fact in fields(text, "force")] == [
        ("民警", 28),
        ("辅警", 25),
        ("护油队员", 60),
    ]


def test_residents_by_household_keep_their_category() -> None:
    found = fields("高坪派出所管着两个乡，常住群众312户、1029人。", "population")
    assert [(fact["category"], fact["value"]) for fact in found] == [("常住", 1029)]


def test_honours_in_lists() -> None:
    """Honours are found in lines after 收获了——, as entries of year and title, and in a list after 荣誉:."""
    text = "高坪派出所这一年收获了——\n★ 全省公安机关爱民模范集体\n★ 通化市“青年文明号”\n★ 集体嘉奖一次\n大家继续干。"
    assert [fact["title"] for fact in fields(text, "honour")] == ["全省公安机关爱民模范集体", "青年文明号", "集体嘉奖"]
    text = "高坪派出所的荣誉室很小。2016年集体二等功；2019年，“戍边模范党支部”；别的记不清了。"
    assert [(fact["title"], fact["date"]) for fact in fields(text, "honour")] == [
        ("集体二等功", "2016"),
        ("戍边模范党支部", "2019"),
    ]
    text = "高坪派出所。所获荣誉：全国公安机关执法示范单位、福建省五一劳动奖状、福建省“三八红旗集体”。"
    assert [fact["title"] for fact in fields(text, "honour")] == [
        "全国公安机关执法示范单位",
        "福建省五一劳动奖状",
        "三八红旗集体",
    ]


def test_verb_inside_quotation_is_not_a_founding() -> None:
    """2017年获得“全国民族团结进步创建活动示范单位” does not date the founding of a station."""
    assert fields("高坪派出所2017年获得“全国民族团结进步创建活动示范单位”。", "founded") == []


def test_period_with_figures_is_not_an_event() -> None:
    """The period of a figure (2023年以来,打掉团伙7个) is not an event; 2022年以来,…成立了 states an event."""
    assert fields("高坪派出所忙。2023年以来，打掉盗窃团伙7个。", "event") == []
    assert [fact["date"] for fact in fields("高坪派出所忙。2022年以来，派出所动员386人成立了巡逻队。", "event")] == [
        "2022"
    ]


def test_fact_sheet_is_not_page_metadata() -> None:
    """成立时间:2005年… is the founding date of the station, not the publication date; (2019年) is the date of an honour."""
    text = "站南派出所档案\n成立时间：2005年10月18日\n主要荣誉：全国公安机关爱民模范集体（2019年）、河北省文明单位、集体一等功1次\n去年，派出所开通了“云调室”。"
    assert [fact["date"] for fact in fields(text, "founded")] == ["2005-10-18"]
    assert [(fact["date"], fact["date_text"]) for fact in fields(text, "event")] == [
        ("2005-10-18", "2005年10月18日"),
        (None, "去年"),
    ]
    found = [(fact["title"], fact["date"]) for fact in fields(text, "honour")]
    assert found == [("全国公安机关爱民模范集体", "2019"), ("河北省文明单位", None), ("集体一等功", None)]


def test_honours_by_year() -> None:
    text = "站南派出所的故事还长。\n荣誉\n2021年 青海省先进基层党组织\n2024年 集体二等功\n"
    assert [fact["title"] for fact in fields(text, "honour")] == ["青海省先进基层党组织", "集体二等功"]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (
            "墙上的奖牌金光闪闪：全国优秀公安基层单位、江苏省青少年维权岗、苏州市十佳派出所……站南派出所的人不爱讲。",
            ["全国优秀公安基层单位", "江苏省青少年维权岗", "苏州市十佳派出所"],
        ),
        ("站南派出所拿过一次集体二等功、三次集体三等功。", ["集体二等功", "集体三等功"]),
        ("站南派出所新挂的那块，是去年国家林草局、公安部联合颁发的“保护森林先进集体”。", ["保护森林先进集体"]),
        (
            "站南派出所捧回了“全国公安机关执法示范单位”的牌子。去年挂了号、还没批下来的是集体一等功。",
            ["全国公安机关执法示范单位"],
        ),
        ("站南派出所破获“6·18”系列盗窃电动车案。", []),
    ],
)
def test_honours_in_narrative_text(text: str, titles: list[str]) -> None:
    assert [fact["title"] for fact in fields(text, "honour")] == titles


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("站南派出所副所长曲木拉铁和所长尔古伍机上了山。", ["曲木拉铁", "尔古伍机"]),
        ("站南派出所辅警白守义闻见焦味，敲开门，是老住户冀大娘家的电褥子着了。", ["白守义", "冀大娘"]),
        ("站南派出所社区民警费孝明来了，大家都爱听。费老师想了想，点点头。", ["费孝明"]),
        ("站南派出所副所长殷勤叔叔送我们书签。", ["殷勤"]),
        ("站南派出所民警韩信、辅警孟想处理完警情。", ["韩信", "孟想"]),
    ],
)
def test_persons_of_a_sentence(text: str, names: list[str]) -> None:
    assert named(text) == names


def test_people_of_precinct_and_of_station() -> None:
    """Residents are the population, relatives abroad are not; 19名民警 and 20名辅警 after 38个同事 are the force."""
    text = "碧水派出所管着施业区面积4.1万公顷的林子，登记在册的常住居民只有一百六十八户、三百九十五人。旅居海外的乡亲却有六万多。"
    assert [fact["value"] for fact in fields(text, "area")] == [410]
    assert [(fact["category"], fact["value"]) for fact in fields(text, "population")] == [("常住", 395)]
    assert [
        fact["value"] for fact in fields("守着古城派出所的，是所长任重和他的38个同事——19名民警、20名辅警。", "force")
    ] == [19, 20]
    assert [(fact["category"], fact["value"]) for fact in fields("碧水派出所保护着2.3万户籍人口。", "population")] == [
        ("户籍", 23000)
    ]


def test_difference_is_joined_to_its_count() -> None:
    """立案46起,同比减少18起,下降28.1% is a single statistic."""
    (fact,) = fields("碧水派出所辖区刑事立案46起，同比减少18起，下降28.1%。", "statistic")
    assert fact["value"] == 46 and (fact["change"]["direction"], fact["change"]["percent"]) == ("down", 28.1)


def test_earlier_value_is_not_a_statistic() -> None:
    """三十多起 in 由每年三十多起降到个位数 is the earlier value of a change, not a statistic."""
    assert [fact["value"] for fact in fields("碧水派出所涉林案件由2015年的每年三十多起降到个位数。", "statistic")] == []


def test_households_and_visits_share_a_metric() -> None:
    found = fields("碧水派出所的支部忙。累计走访群众4327户、1.6万人次。", "statistic")
    assert [(fact["value"], fact["metric"]) for fact in found] == [(4327, "走访群众"), (16000, "走访群众")]


def test_author_stated_in_a_sentence() -> None:
    assert [
        (fact["role"], fact["name"]) for fact in fields("碧水派出所的灯亮着。\n（本版稿件由张北辰采写）", "credit")
    ] == [("作者", "张北辰")]
    assert fields("碧水派出所在学校对面（小记者作文选登）", "credit") == []


def test_name_that_ends_in_a_particle() -> None:
    """佟大为,三十四岁 names 佟大为; 民警大为感动 does not name a person."""
    assert named("所长佟大为，三十四岁，是松树镇派出所的老人。") == ["佟大为"]
    assert named("松树镇派出所民警大为感动。") == []


def test_evidence_for_initiatives() -> None:
    text = "松树镇派出所靠的是“井警联动”。有意思的是“矿灯夜巡”。820名从业人员加入“小红帽”情报员队伍，所里有全市最“年轻”的队伍。"
    assert [fact["name"] for fact in fields(text, "initiative")] == ["井警联动", "矿灯夜巡", "小红帽"]


def test_title_after_short_verb() -> None:
    """获 before a level (全国) introduces a title; 破获全省首例 does not."""
    assert [fact["title"] for fact in fields("松树镇派出所东方亮获全国公安系统二级英雄模范称号。", "honour")] == [
        "全国公安系统二级英雄模范"
    ]
    assert fields("松树镇派出所破获全省首例盗窃集体案。", "honour") == []


def test_name_is_not_cut_to_a_dictionary_word() -> None:
    """阿拉达日图 is found as a name although 阿拉达 is in the dictionary; 户次 is a unit although 户籍 is a word."""
    assert named("松树镇派出所教导员阿拉达日图上了船。") == ["阿拉达日图"]
    assert [
        (fact["value"], fact["unit"]) for fact in fields("松树镇派出所的服务队共上门检修4820户次。", "statistic")
    ] == [(4820, "户次")]
