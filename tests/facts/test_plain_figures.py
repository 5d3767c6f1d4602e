"""Facts stated in plain wording, each with a minimal text written for this test."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon


def fields(text: str, kind: str) -> list[dict[str, Any]]:
    """Return the fields of all facts of `kind`."""
    return [dict(fact.fields) for fact in facts(text, shared_lexicon()) if fact.kind == kind]


STATION = "如东县公安局栟茶派出所在海边。"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("它2011年9月设立,在老盐场的北头。", "2011-09"),
        ("派出所1979年建成,离县城六十公里。", "1979"),
        ("派出所属如东县公安局,2018年3月6日正式运转。", "2018-03-06"),
        ("派出所真正挂牌要到1963年5月。", "1963-05"),
        ("1986年4月,派出所从海安镇派出所分出来单独设立。", "1986-04"),
        ("它是1951年接管盐警队后设下的头一个派出所。", "1951"),
        ("派出所1974年随筑坝队伍进山,只有三个人。", "1974"),
        ("那条路2009年10月通车时,派出所跟着开张。", "2009-10"),
    ],
)
def test_founding_in_plain_words(text: str, date: str) -> None:
    """A founding has the station as subject and any verb of coming into being, before or after the date."""
    assert [fact["date"] for fact in fields(STATION + text, "founded")] == [date]


@pytest.mark.parametrize("text", ["平台2019年正式运转。", "派出所的新楼2012年建成。", "派出所1979年建成新楼一座。"])
def test_other_things_begin_too(text: str) -> None:
    """The start of a platform or the completion of a building is not a founding."""
    assert fields(STATION + text, "founded") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("盐场不大。\n6个民警,15个辅警,\n管着42公里海堤。", [("民警", 6), ("辅警", 15)]),
        ("所长老魏带着31名民警、44名辅警守着老街。辖区2平方公里。", [("民警", 31), ("辅警", 44)]),
        ("人手不够——连所领导在内一共23人,外加辅警51人。", [("警力", 23), ("辅警", 51)]),
    ],
)
def test_staff_in_plain_words(text: str, expected: list[tuple[str, int]]) -> None:
    """Staff counted with 个, led by their chief, or counted together with the chief are the force."""
    assert [(fact["category"], fact["value"]) for fact in fields(STATION + text, "force")] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("辖区暂住人口近7000人。", [("暂住", 7000)]),
        ("辖区外来务工人员5200人。", [("外来", 5200)]),
        ("辖区立起了9个小区,户籍、暂住人口加起来8.4万。", [("户籍、暂住", 84000)]),
        ("辖区有边境线60公里、3个苏木、7个嘎查,总共1630人。", [("总", 1630)]),
        ("辖区有多大?\n130平方公里,11个村,1.2万人。", [("总", 12000)]),
        ("辖区的常住人口还剩下1.7万,多是老人。", [("常住", 17000)]),
        ("9个社区住了6.3万人。辖区在河东。", [("总", 63000)]),
    ],
)
def test_people_of_the_precinct(text: str, expected: list[tuple[str, int]]) -> None:
    """The category is the word of the text, or 总 for a total. A total may follow the area or the list of places."""
    assert [(fact["category"], fact["value"]) for fact in fields(STATION + text, "population")] == expected


def test_table_of_nouns_and_numbers() -> None:
    """Lines of a noun and its number form a table about the station."""
    text = STATION + "\n先看一组数\n面积38平方公里\n行政村24个\n成衣加工户和网店2600多家\n快递网点54个\n"
    assert [(fact["category"], fact["value"]) for fact in fields(text, "division")] == [("行政村", 24)]
    assert [fact["value"] for fact in fields(text, "premises")] == [2600, 54]


def test_counties_along_a_line() -> None:
    """Counties along the line of a railway station are divisions."""
    text = "南阳铁路公安处邓西站派出所不大。管段长66公里,穿过2个县、13个乡镇。"
    assert [(fact["category"], fact["value"]) for fact in fields(text, "division")] == [("县", 2), ("乡镇", 13)]


def test_premises_of_the_town() -> None:
    """Premises in a sentence about the whole town are in the precinct; those that somebody visits are not counted."""
    text = STATION + "全镇2.1万人,七成与盐有关,盐企、盐厂共有150余家。"
    assert [fact["value"] for fact in fields(text, "premises")] == [150]
    assert fields(STATION + "沿线的9所小学,她每学期都去讲一堂课。", "premises") == []


@pytest.mark.parametrize(
    ("line", "role", "name"),
    [
        ("文稿:卞晓禾", "文稿", "卞晓禾"),
        ("参与采写:卞晓禾", "参与采写", "卞晓禾"),
        ("责任编辑 邵青梅 版式 卞晓禾", "版式", "卞晓禾"),
        ("文 | 海棠工作室 卞晓禾", "文", "卞晓禾"),
    ],
)
def test_roles_of_credits(line: str, role: str, name: str) -> None:
    """Roles of writers and of the layout are found, also if a studio precedes the name."""
    assert (role, name) in [(fact["role"], fact["name"]) for fact in fields(STATION + "\n" + line, "credit")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "所里得到不少肯定:如东县公安局2021年度“标兵单位”,江苏省公安厅2022年度“最美派出所”。",
            [("标兵单位", "如东县公安局", "2021"), ("最美派出所", "江苏省公安厅", "2022")],
        ),
        (
            "墙上挂着两块牌子:国家移民管理局“国门先锋”、共青团江苏省委“青年文明号”。",
            [("国门先锋", "国家移民管理局", None), ("青年文明号", "共青团江苏省委", None)],
        ),
        ("2019年,派出所获南通市委、市政府颁「江海先锋党组织」。", [("江海先锋党组织", "南通市委、市政府", "2019")]),
        ("国家海警局和公安部联合通报表扬的“护海先进集体”挂在墙上。", [("护海先进集体", "国家海警局和公安部", None)]),
        ("江苏省护路办又送来一块“平安海堤示范站区”的牌子。", [("平安海堤示范站区", "江苏省护路办", None)]),
        ("这个办法今年被省民政厅列为全省敬老助老十佳案例。", [("全省敬老助老十佳案例", "省民政厅", None)]),
        (
            "\n荣誉\n2022年 江苏省公安厅 全省公安机关“江海先锋岗”\n2023年 集体嘉奖\n",
            [("江海先锋岗", "江苏省公安厅", "2022"), ("集体嘉奖", None, "2023")],
        ),
    ],
)
def test_agency_and_date_of_plain_awards(text: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    """Agency and year are found directly before the title, in a list, in a line, or with a verb of giving."""
    assert [(fact["title"], fact["by"], fact["date"]) for fact in fields(STATION + text, "honour")] == expected


@pytest.mark.parametrize(
    ("text", "title", "holder"),
    [
        ("民警尤小禾还是“江海好人”。", "江海好人", "尤小禾"),
        ("民警尤小禾去年被推选为南通市劳动模范。", "南通市劳动模范", "尤小禾"),
        ("民警尤小禾记性好。1981年,江苏省公安局评她为“户籍工作模范”。", "户籍工作模范", "尤小禾"),
    ],
)
def test_titles_of_persons_in_plain_words(text: str, title: str, holder: str) -> None:
    """Titles after 还是, 推选为 and 评她为 are honours of the person."""
    assert [(fact["title"], fact["holder"]) for fact in fields(STATION + text, "honour")] == [(title, holder)]


def test_list_is_not_an_award_of_others() -> None:
    """被列为 before an area to be cleaned up (重点整治地区) does not introduce an honour."""
    assert fields(STATION + "该镇被列为全省重点整治地区。", "honour") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("船民卜长河把缆绳系牢。", [("卜长河", "citizen")]),
        ("叫“石榴花调解队”。队长岩旺宽,72岁,傣族。", [("岩旺宽", "citizen")]),
        ("记者见到了江贵生的儿子江山。", [("江贵生", "citizen"), ("江山", "citizen")]),
        ("“桥长”廖土根是坝头村的护林员。", [("廖土根", "citizen")]),
        ("她去给一位叫阿牛阿妈的老人照相。", [("阿牛阿妈", "citizen")]),
        ("顾小暖爱笑。顾小暖会唱歌。门口写着小暖的屋。顾小暖是民警。", [("顾小暖", "police")]),
        ("路太远,派出所就把窗口搬上船。", []),
        ("所长告诉小编,今年不忙。", []),
    ],
)
def test_persons_in_plain_words(text: str, expected: list[tuple[str, str]]) -> None:
    """Names with a quoted role, with an age, beside a relative or of kinship are found; phrases are not names."""
    assert sorted((fact["name"], fact["role_class"]) for fact in fields(text, "person")) == sorted(expected)
