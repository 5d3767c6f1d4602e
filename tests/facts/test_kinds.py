"""Each kind of fact in short sentences in the style of real media, with texts that have and do not have the fact."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.facts import Lexicon, facts
from store.records import Fact
from tests.support.lexicon import shared_lexicon

HEAD = "江苏省如皋市公安局磨头派出所"


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return shared_lexicon()


def extract(lexicon: Lexicon, text: str, kind: str, **kwargs: Any) -> list[Fact]:
    """Return the facts of `kind`."""
    return [fact for fact in facts(text, lexicon, **kwargs) if fact.kind == kind]


STATIONS = [
    (f"{HEAD}成立于1986年。", ("磨头派出所", "江苏省如皋市公安局", "江苏省", "南通市", "如皋市")),
    (
        "记者来到重庆市公安局渝北区分局两路派出所。",
        ("两路派出所", "重庆市公安局渝北区分局", "重庆市", "重庆市", "渝北区"),
    ),
    ("上海市公安局徐汇分局槐荫里派出所民警", ("槐荫里派出所", "上海市公安局徐汇分局", "上海市", "上海市", "徐汇区")),
    ("儋州市公安局椰湾派出所门口停着车", ("椰湾派出所", "儋州市公安局", "海南省", "儋州市", None)),
    ("江津区白栎派出所辅警宋昂", ("白栎派出所", None, "重庆市", "重庆市", "江津区")),
    (
        "云南省大理州巍山县公安局永建派出所院内",
        ("永建派出所", "云南省大理州巍山县公安局", "云南省", "大理白族自治州", "巍山彝族回族自治县"),
    ),
    ("新疆富蕴县红柳坡边境派出所", ("红柳坡边境派出所", None, "新疆维吾尔自治区", "阿勒泰地区", "富蕴县")),
    ("广东省东莞市公安局虎门分局荔坑派出所", ("荔坑派出所", "广东省东莞市公安局虎门分局", "广东省", "东莞市", None)),
]


@pytest.mark.parametrize(("text", "expected"), STATIONS)
def test_station_name_authority_and_region(text: str, expected: tuple[str | None, ...], lexicon: Lexicon) -> None:
    """Name and authority are separate fields; province, city and county come from the division table."""
    (fact,) = extract(lexicon, text, "station")
    assert tuple(fact.fields[name] for name in ("name", "authority", "province", "city", "district")) == expected
    assert fact.fields["main"] is True


@pytest.mark.parametrize(
    "text",
    [
        "将派出所打造成最强作战实体。",
        "全市230余个派出所用房改建。",
        "推动派出所执法办案能力提升。",
        "争创“枫桥式公安派出所”。",
        "她报名参加派出所组织的巡山队。",
        "按照《公安派出所建设标准》一级派出所规模进行建设。",
    ],
)
def test_common_noun_is_not_a_station(text: str, lexicon: Lexicon) -> None:
    """派出所 as a common noun, in a goal or with a grade (一级派出所) is not the name of a station."""
    assert extract(lexicon, text, "station") == []


def test_former_names_and_other_stations_are_not_the_main_one(lexicon: Lexicon) -> None:
    """A former name refers to the same station; a neighbouring station has its own region."""
    text = f"{HEAD}先后称为高明派出所、磨头镇派出所,于2003年正式定名。磨头派出所与如东县公安局岔河派出所建立联防,磨头派出所所长徐进说。"
    by_name = {fact.fields["name"]: fact.fields for fact in extract(lexicon, text, "station")}
    assert [name for name, fields in by_name.items() if fields["main"]] == ["磨头派出所"]
    assert by_name["高明派出所"]["former_name_of"] == "磨头派出所"
    assert (by_name["岔河派出所"]["district"], by_name["岔河派出所"]["main"]) == ("如东县", False)


FIGURES = [
    ("force", "全所现有民警35人、辅警21人。", [("民警", 35), ("辅警", 21)]),
    (
        "force",
        "拥有警力76人(民警35人、辅警21人、巡防队员20人)。",
        [("警力", 76), ("民警", 35), ("辅警", 21), ("巡防队员", 20)],
    ),
    ("force", "所里民警、辅警共63人。", [("民警、辅警", 63)]),
    ("force", "所里民警、辅警各12名。", [("民警", 12), ("辅警", 12)]),
    ("force", "派出所民警、辅警分别为44人和39人。", [("民警", 44), ("辅警", 39)]),
    ("force", "派出所民警由6名增加到43名。", [("民警", 43)]),
    ("force", "民警才30多个,辅警也就20多名。", [("民警", 30), ("辅警", 20)]),
    ("force", "派出所组织80余名民警辅警走访企业20余家。", []),
    ("force", "由10名民警、两名驻所律师组成工作组。", []),
    ("force", "全市418名警力下沉基层。", []),
    ("area", "辖区面积0.62平方公里。", [0.62]),
    ("area", "辖区面积120公顷。", [1.2]),
    ("area", "辖区面积186.5km²,辖14个行政村。", [186.5]),
    ("area", "新楼占地面积6.3亩,总建筑面积1980平方米。", []),
    ("area", "全县面积2300平方公里。", []),
    ("population", "辖区常住人口2.2万余人,流动人口就超过3万。", [("常住", 22000), ("流动", 30000)]),
    ("population", "辖区常住、流动人口分别为8.6万人和1.7万人。", [("常住", 86000), ("流动", 17000)]),
    ("population", "常住人口由1988年的2.3万人增加到如今的15.6万人。", [("常住", 156000)]),
    ("population", "面积216平方公里,18个村(社区)5.2万人。", [("总", 52000)]),
    ("population", "如皋市总人口140万。", []),
    ("population", "派出所冒雨转移群众960余人次。", []),
    ("division", "下辖7个行政村和2个牧场。", [("行政村", 7), ("牧场", 2)]),
    ("division", "辖区有村26个、居委会5个。", [("村", 26), ("居委会", 5)]),
    ("division", "全市929个社区全部实现对口帮扶。", []),
    ("premises", "辖区内有各类企事业单位、场所1300余家。", [("企事业单位、场所", 1300)]),
    ("premises", "为40余家商铺配备对讲机。", []),
    ("premises", "民警走访企业单位20余家。", []),
]


@pytest.mark.parametrize(("kind", "sentence", "expected"), FIGURES)
def test_figures_of_the_station_and_other_figures(
    kind: str, sentence: str, expected: list[Any], lexicon: Lexicon
) -> None:
    """Figures with 共, 各, 分别, 由…增加到 or the noun before the number are found.

    Objects of actions, and figures of other bodies, are not.
    """
    found = extract(lexicon, f"{HEAD}守一方平安。{sentence}", kind)
    got = [
        fact.fields["value"] if kind == "area" else (fact.fields["category"], fact.fields["value"]) for fact in found
    ]
    assert len(got) == len(expected)
    for mine, wanted in zip(got, expected, strict=True):
        if kind == "area":
            assert mine == pytest.approx(wanted)
        else:
            assert wanted[0] in mine[0] and mine[1] == wanted[1]


def test_figure_of_the_past_has_a_period(lexicon: Lexicon) -> None:
    """A figure of the time of founding has the period 成立时."""
    (fact,) = extract(lexicon, f"{HEAD}1994年成立,成立时民警5名。", "force")
    assert (fact.fields["value"], fact.fields["period"]) == (5, "成立时")


FOUNDED = [
    (f"{HEAD}成立于1945年11月。", "1945-11"),
    (f"{HEAD}1983年建所,守着27个村。", "1983"),
    (f"这个2016年9月组建的派出所还新。{HEAD}。", "2016-09"),
    (f"{HEAD}。\n建所时间:1982年3月。", "1982-03"),
    (f"1949年2月,磨头派出所成立,今天归{HEAD}管。", "1949-02"),
    (f"2019年7月,{HEAD}成立了“老徐工作室”。", None),
    (f"{HEAD}。老派出所建于1978年,只有几间瓦房。", None),
    (f"{HEAD}女警巡逻服务队成立于2010年。", None),
]


@pytest.mark.parametrize(("text", "date"), FOUNDED)
def test_founding_of_station_not_of_its_parts(text: str, date: str | None, lexicon: Lexicon) -> None:
    """The founding date of the station is found; that of a studio, a squad or a building is not."""
    found = extract(lexicon, text, "founded")
    assert [fact.fields["date"] for fact in found] == ([date] if date else [])


HONOURS = [
    (
        "先后荣获“全国模范公安派出所”“全国枫桥式公安派出所”等260项荣誉。",
        ["全国模范公安派出所", "全国枫桥式公安派出所", "荣誉"],
    ),
    ("荣立集体二等功、三等功10余次。", ["集体二等功", "集体三等功"]),
    ("2000年,磨头派出所被公安部授予“人民满意公安基层单位”。", ["人民满意公安基层单位"]),
    ("2017年被评为全国优秀公安基层单位。", ["全国优秀公安基层单位"]),
    ("柜里摆着2011年的“全国先进基层党组织”、2019年的“江苏省文明单位”奖牌。", ["全国先进基层党组织", "江苏省文明单位"]),
    ("2018年荣获全国五一劳动奖状,2020年获得省级青年文明号。", ["全国五一劳动奖状", "省级青年文明号"]),
    ("先后被评为全省优秀公安基层单位、市级文明单位。", ["全省优秀公安基层单位", "市级文明单位"]),
    ("3次荣立集体三等功。", ["集体三等功"]),
    ("所里正努力争创市级“枫桥式公安派出所”。", []),
    ("“最美民警”候选:磨头派出所。", []),
    ("省公安厅命名了首批60个“枫桥式公安派出所”,磨头派出所榜上无名。", []),
    ("省政府授予“全省模范单位”的名单还在公示。", []),
]


@pytest.mark.parametrize(("sentence", "titles"), HONOURS)
def test_honours_awarded_not_sought(sentence: str, titles: list[str], lexicon: Lexicon) -> None:
    """Awards in all forms are honours; goals, candidacies, batches and lists under public notice are not."""
    assert [fact.fields["title"] for fact in extract(lexicon, f"{HEAD}。{sentence}", "honour")] == titles


def test_honour_has_body_date_count_and_holder(lexicon: Lexicon) -> None:
    """Awarding body, date, count and holder come from the words around the title."""
    text = f"{HEAD}2019年被公安部授予“人民满意公安基层单位”。所长徐进荣立个人二等功1次。"
    station, person = extract(lexicon, text, "honour")
    assert (station.fields["by"], station.fields["date"], station.fields["holder"]) == ("公安部", "2019", None)
    assert (person.fields["title"], person.fields["count"], person.fields["holder"]) == ("个人二等功", "1次", "徐进")


PEOPLE = [
    ("所长冯勇介绍,民警滕远舟、邬新亮赶到。", ["冯勇", "滕远舟", "邬新亮"]),
    ("陈绍勤,48岁,磨头派出所社区民警。", ["陈绍勤"]),
    ("司马青山是第七任所长。", ["司马青山"]),
    ("教导员古丽娜尔·托合提牵头。", ["古丽娜尔·托合提"]),
    ("副所长索朗多吉带着民警找了6天。", ["索朗多吉"]),
    ("据社区书记兼主任李志刚介绍。", ["李志刚"]),
    ("63岁的毛健和同岁的田志军巡线。", ["毛健", "田志军"]),
    ("住在村里的牟婆婆、杨某和小夏都来了。", ["牟婆婆", "杨某", "小夏"]),
    ("李所长笑了笑,女孩小雨(化名)说不出话。", ["李所长", "小雨"]),
    ("换过17任所长,现任所长也是班主任。", []),
    ("乌兰布拉格边防派出所教导员呼格吉勒图带着官兵。", ["呼格吉勒图"]),
    ("从“马天民式”好民警到今天。", []),
    ("民警高度重视,民警们立即赶到。", []),
    ("民警向老师和老人们宣讲。", []),
]


@pytest.mark.parametrize(("sentence", "names"), PEOPLE)
def test_people_by_role_age_and_kinship(sentence: str, names: list[str], lexicon: Lexicon) -> None:
    """Names of two to four characters, double surnames, minority names and short names are found.

    A name before 式 is not a person.
    """
    found = [fact.fields["name"] for fact in extract(lexicon, f"{HEAD}。{sentence}", "person")]
    assert sorted(found) == sorted(names)


def test_private_persons_are_marked(lexicon: Lexicon) -> None:
    """Citizens are marked as private, officers and officials are not."""
    text = f"{HEAD}所长冯勇扶起牟婆婆,镇党委书记关敏也来了。"
    private = {fact.fields["name"]: fact.fields.get("private", False) for fact in extract(lexicon, text, "person")}
    assert private == {"冯勇": False, "牟婆婆": True, "关敏": False}


CREDITS = [
    ("(记者 韦航 通讯员 谭佳佳)", [("记者", "韦航"), ("通讯员", "谭佳佳")]),
    ("记者 李 亚 饶 果", [("记者", "李亚"), ("记者", "饶果")]),
    (
        "文/通讯员 孙颢源 大连新闻传媒集团记者 安文元 图/公安部门提供",
        [("通讯员", "孙颢源"), ("记者", "安文元"), ("图片", "公安部门")],
    ),
    ("他走了十八年。(王 茜 王宇蓝)", [(None, "王茜"), (None, "王宇蓝")]),
    ("民警在巡逻。 符国安 摄", [("摄影", "符国安")]),
    ("(记者 袁蕾 摄影 胡川)", [("记者", "袁蕾"), ("摄影", "胡川")]),
    ("供稿:竹溪县公安局 石磊", [("供稿", "石磊")]),
    ("总监制|王建 监制|李四光 编审|赵六一", [("监制", "王建"), ("监制", "李四光"), ("编审", "赵六一")]),
    ("责任编辑:林雯晶", [("责任编辑", "林雯晶")]),
    ("所长对记者说,记者看到大厅里没有人。", []),
]


@pytest.mark.parametrize(("line", "expected"), CREDITS)
def test_credits_in_all_forms_of_lines(line: str, expected: list[tuple[str | None, str]], lexicon: Lexicon) -> None:
    """Credits in all forms are found: bylines, spaced names, organisations, names without a role.

    A reporter who appears in a story is not credited.
    """
    found = [
        (fact.fields["role"], fact.fields["name"]) for fact in extract(lexicon, f"{HEAD}的故事。\n{line}", "credit")
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


STATISTICS = [
    ("刑事警情52起,同比下降45.3%。", [(52, {"direction": "down", "percent": 45.3, "base": "同比"})]),
    (
        "全部发案和110刑事警情今年同比分别再下降15%和20.3%。",
        [
            (None, {"direction": "down", "percent": 15, "base": "同比"}),
            (None, {"direction": "down", "percent": 20.3, "base": "同比"}),
        ],
    ),
    (
        "两条街的盗窃警情分别只有14起和9起,同比下降30.5%和41.2%。",
        [
            (14, {"direction": "down", "percent": 30.5, "base": "同比"}),
            (9, {"direction": "down", "percent": 41.2, "base": "同比"}),
        ],
    ),
    ("处警用时由平均21分钟缩短为9分钟。", [(9, {"direction": "down", "percent": None})]),
    ("诈骗发案较去年同期减少6起。", [(None, {"direction": "down", "percent": None, "count": 6})]),
    ("警务半径缩短一半。", [(None, {"direction": "down", "percent": 50})]),
    ("连续六年没有发生一起命案。", [(0, None)]),
    ("强化培训、考核、协作3个单元。", []),
    ("9栋1402室的门开着,他今年81岁,走了15公里。", []),
]


@pytest.mark.parametrize(("sentence", "expected"), STATISTICS)
def test_statistics_with_their_changes(sentence: str, expected: list[Any], lexicon: Lexicon) -> None:
    """Changes are joined to their counts in order, and zeros are found; house numbers are not statistics."""
    found = [
        (fact.fields["value"], fact.fields["change"]) for fact in extract(lexicon, f"{HEAD}。{sentence}", "statistic")
    ]
    assert found == expected


INITIATIVES = [
    ("派出所推行“842智防工作法”。", ["842智防工作法"]),
    ("首创“七铺联防”工作模式。", ["七铺联防"]),
    ("2021年发起“坝坝会”,又办起“候鸟课堂”。", ["坝坝会", "候鸟课堂"]),
    ("在全市首创了警法联调机制。", ["警法联调机制"]),
    ("针对老人实行“一站式”上门服务。", ["一站式上门服务"]),
    ("真正做到“小事不出村、大事不出镇、矛盾不上交”。", []),
    ("群众称他是“活地图”“千里眼”。", []),
    ("弟弟扬言要“同归于尽”。", []),
]


@pytest.mark.parametrize(("sentence", "names"), INITIATIVES)
def test_initiatives_not_slogans(sentence: str, names: list[str], lexicon: Lexicon) -> None:
    """Names with evidence around them are initiatives; sayings, nicknames and direct speech are not."""
    assert [fact.fields["name"] for fact in extract(lexicon, f"{HEAD}。{sentence}", "initiative")] == names


def test_events_are_resolved_with_the_publication_date(lexicon: Lexicon) -> None:
    """今年4月 has an ISO date if the publication date is known; otherwise, the event has only the words of the date."""
    text = f"今年4月,{HEAD}接到一起纠纷的报警。"
    assert [fact.fields["date"] for fact in extract(lexicon, text, "event", published="2020-10-20")] == ["2020-04"]
    (fact,) = extract(lexicon, text, "event")
    assert (fact.fields["date"], fact.fields["date_text"]) == (None, "今年4月")


def test_traditional_text_is_quoted_as_written(lexicon: Lexicon) -> None:
    """Values are in simplified characters, quotes as written; pinyin inserted by converters is skipped."""
    text = "重慶市公安局萬州區分局高筍塘派出所成立於1952年,轄區(qū)面積2.1平方公里,現(xiàn)有民警39人,輔警(jǐng)45人。"
    found = {fact.kind: fact for fact in facts(text, lexicon)}
    assert found["station"].fields["name"] == "高笋塘派出所" and found["station"].quote.endswith("高筍塘派出所")
    assert found["area"].fields["value"] == 2.1 and "轄區(qū)面積" in found["area"].quote
    assert found["founded"].fields["date"] == "1952"
