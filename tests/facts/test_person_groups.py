"""Persons whose class and role follow from their group, their office or another name of theirs."""

from __future__ import annotations

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon

#: text before each sentence, because features name their station
CONTEXT = "红旗岭派出所成立于1956年。\n"


def persons(text: str) -> dict[str, dict[str, object]]:
    """Return the fields of the persons of `text` by name."""
    return {
        str(f.fields["name"]): dict(f.fields) for f in facts(CONTEXT + text, shared_lexicon()) if f.kind == "person"
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("副所长欧惠英带着佘振沅等几位社区民警赶去。", ["欧惠英", "佘振沅"]),
        ("守着这片草原的,是苏赫、敖登、孟和、季国良,还有8名辅警。", ["敖登", "孟和", "季国良"]),
        ("墙上写着:带班,马占原;值班,祁小川、贺文。", ["祁小川", "贺文"]),
        (
            "派出所还有几位“名角”:“反诈爷爷”季援朝,58岁;“追车郎”肖劲柏,专找电动车;夜巡组的彭博、戴志远,一胖一瘦。",
            ["季援朝", "肖劲柏", "彭博", "戴志远"],
        ),
        ("民警季晓军(左)与柳浩威(右)引导旅客出站。", ["柳浩威"]),
    ],
)
def test_members_of_a_group_of_officers_are_officers(text: str, names: list[str]) -> None:
    found = persons(text)
    assert [found[name]["role_class"] for name in names] == ["police"] * len(names)


def test_list_of_residents_before_a_number_of_officers_is_not_promoted() -> None:
    """Residents (村民) named before a number of officers (三名民警) are citizens."""
    found = persons("村民季小满、柳长庚看着三名民警走远。")
    assert all(person["role_class"] == "citizen" for person in found.values())


@pytest.mark.parametrize(
    ("text", "name", "cls", "role"),
    [
        ("南海分局柳湾派出所综合室主任陈瑞珍说,今天不忙。", "陈瑞珍", "police", "主任"),
        ("派出所警务三队队长兼反诈中心主任施晓川带队赶到。", "施晓川", "police", "队长"),
        ("清河县公安局政治部主任王晓川说起他。", "王晓川", "police", "主任"),
        ("户籍窗口的组长苏颖欣推出了新办法。", "苏颖欣", "police", "组长"),
        ("社区党委书记罗红英说,圆桌不大。", "罗红英", "official", "社区党委书记"),
        ("茶叶合作社理事长戴细妹笑了。", "戴细妹", "citizen", "理事长"),
        ("“炕头反诈队”由12名退休职工组成,队长史桂芹当过会计。", "史桂芹", "citizen", "队长"),
        ("在监控里找到孩子的,是视频侦查员卓玮。", "卓玮", "police", "侦查员"),
        ("村警艾山江在村里干了九年。", "艾山江", "police", "村警"),
        ("海外同乡总会秘书长柳文聪回来寻亲。", "柳文聪", "citizen", "秘书长"),
        ("小区业委会主任季兰芝来了。", "季兰芝", "citizen", "主任"),
        ("寨里成立“银角消防巡防队”,每晚四班轮流敲锣。队长季昌吉,68岁。", "季昌吉", "citizen", "队长"),
        ("特警巡防队昼夜值守。队长季昌吉说,人不够。", "季昌吉", "police", "队长"),
        ("民警管着19个院,微信里都是“院长”。院长郎淑兰,教过书。", "郎淑兰", "citizen", "院长"),
        ("嘎查长邵文山递来照片。", "邵文山", "official", "嘎查长"),
        ("退休法官彭国清组了个班子。", "彭国清", "official", "退休法官"),
        ("被救的船工乔守业跪到天亮。", "乔守业", "citizen", "船工"),
        ("法院院长郎淑兰说,先调解。", "郎淑兰", "official", "院长"),
    ],
)
def test_class_of_a_title_follows_its_office(text: str, name: str, cls: str, role: str) -> None:
    person = persons(text)[name]
    assert (person["role_class"], role in person["roles"]) == (cls, True)  # type: ignore[operator]


def test_title_before_the_word_for_police_work_is_no_person() -> None:
    """社区警务室 does not contain 社区警 with the name 务室."""
    assert persons("望江社区警务室的灯亮着。") == {}


def test_role_for_whom_something_is_done_is_not_the_persons() -> None:
    """In 季士琦为社区居民宣传, 居民 is not a role of 季士琦."""
    assert persons("社区民警季士琦为社区居民宣传安全知识。")["季士琦"]["roles"] == ["社区民警"]


def test_real_name_takes_the_role_of_the_short_form() -> None:
    """小邵 and 邵一川, the full name stated later, are one person with the role of 小邵."""
    found = persons("他把地瓜递给辅警小邵。小邵——后来我知道他大名叫邵一川——跑去借热水袋。")
    assert list(found) == ["邵一川"]
    assert found["邵一川"]["roles"] == ["辅警"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("2021年的全国维护妇女儿童权益先进集体。", "童权益"),
        ("坐着的有律师、退休法官和楼栋长。", "和楼栋"),
        ("两寨寨老——乌东的、提香的——都来了。", "乌东"),
        ("最远的包家山到所里要翻三道梁。", "包家山"),
        ("收信人是“后埔乡蔡门王氏”,谁也不认得。", "蔡门王"),
    ],
)
def test_part_of_a_word_or_place_is_no_person(text: str, wrong: str) -> None:
    assert wrong not in persons(text)


def test_captain_of_another_authority_is_an_official() -> None:
    assert persons("劳动监察大队副大队长金妍上了门。")["金妍"]["role_class"] == "official"


def test_name_from_a_title_of_two_words_is_found() -> None:
    """A name that begins with a common word (文昌) is found after two titles, and both are its roles."""
    found = persons("红旗岭派出所民警、芦笙省级非遗传承人文昌荣说,先讲情。")
    assert (found["文昌荣"]["role_class"], found["文昌荣"]["roles"]) == ("police", ["民警", "传承人"])
