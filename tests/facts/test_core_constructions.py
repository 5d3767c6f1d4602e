"""Sentence constructions of the core kinds of facts, each with a minimal text written for this test."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon


def fields(text: str, kind: str) -> list[dict[str, Any]]:
    """Return the fields of all facts of `kind`."""
    return [dict(fact.fields) for fact in facts(text, shared_lexicon()) if fact.kind == kind]


PEOPLE = [
    ("派出所民警邱唯一,守库已有六年。", ["邱唯一"]),  # the given name 唯一 is also a common word
    ("寨老欧阿贵先开了口:“一起栽。”", ["欧阿贵"]),
    ("那天夜里,守林子的汤建宏没合眼。", ["汤建宏"]),  # a name without a title before it
    ("她叫孟春兰,是青石派出所民警。", ["孟春兰"]),
    ("小鲍大名鲍学勤,今年二十三岁。", ["鲍学勤"]),
    ("葛有田是上坝村人,种了一辈子地。", ["葛有田"]),
    ("请心理咨询师龚淑娟坐诊。", ["龚淑娟"]),
    ("同行的是十佳国门卫士索朗达杰。", ["索朗达杰"]),
    ("教导员佘向前带着全所民警来了。", ["佘向前"]),
    ("黄泥村的何大顺和堂弟闹翻了。", ["何大顺"]),
    ("他叫巴音那木拉,会驯马。", ["巴音那木拉"]),
    ("走失的孩子叫豆豆,六岁。", ["豆豆"]),
    ("通讯员 张琦摄", ["张琦"]),
    ("五保户向大金的电费是他交的。", ["向大金"]),
    ("开烧烤店的个体户吴建军记得清楚。", ["吴建军"]),
    ("那个队长,名叫佟四海。", ["佟四海"]),
    ("三岁女童苗苗在灯会上走失。", ["苗苗"]),
    ("六年级的古丽米热跑来告状。", ["古丽米热"]),
    ("楼上的邓嬢嬢送来泡菜。", ["邓嬢嬢"]),
    ("他带着辅警小蔡、小葛守了二十二个晚上。", ["小蔡", "小葛"]),
    ("前任所长区伟明,倒在防疫一线。", ["区伟明"]),
    ("问:欧所长,人手够吗?\n受访人:欧志豪,派出所所长。", ["欧志豪"]),
    ("羊倌吐尔逊·尼亚孜在沙漠里迷了路。", ["吐尔逊·尼亚孜"]),
    ("副所长柯以恒讲,人手紧。", ["柯以恒"]),
    ("美术评论家尹国强先生来过。", ["尹国强"]),
    ("指导员拓守成告诉记者,站小事多。", ["拓守成"]),
]


@pytest.mark.parametrize(("text", "expected"), PEOPLE)
def test_names_without_usual_title(text: str, expected: list[str]) -> None:
    """Names without a title, introduced names, and names with rare surnames or characters are found whole."""
    assert [fact["name"] for fact in fields(text, "person")] == expected


@pytest.mark.parametrize(
    "text",
    [
        "全镇德高望重的老支书来了。",
        "线路有和德天支线两条。",
        "所长连所在村都没回。",
        "把这把小的给我。",
        "课本里董存瑞、焦裕禄的故事他记得。",
        "派出所管辖石太客专七十公里。",
        "大事小情都找他,大事小情都管。",
        "事后,省卫健委的专家说明了情况。",
        "阿鲁科尔沁和扎鲁特两旗都来人。",
        "辖区有东寺塔、近日楼。",
        "他们挺进古尔班通古特沙漠。",
        "宝力根边境派出所以前归宝力根公社管。",
    ],
)
def test_phrases_are_not_names(text: str) -> None:
    """Phrases, places, railway lines and the names of famous people are not persons of the story."""
    assert fields(text, "person") == []


STATIONS = [
    ("如今派出所有民警11名。", []),
    ("这是全国唯一的海岛边境派出所。", []),
    ("1962年,后营胡同派出所和半亩塘胡同派出所合并。", ["后营胡同派出所", "半亩塘胡同派出所"]),
    ("全县最忙的海游派出所来取经。", ["海游派出所"]),
    ("石莫派出所在大漠里。2003年成立了石莫治安派出所。", ["石莫派出所", "石莫治安派出所"]),
    ("淳安县公安局水上派出所在湖边。", ["水上派出所"]),
    ("老榆树的树龄比派出所大。", []),
    ("瓜州县共有派出所12个、民警161名。", []),
    ("1956年更名通津派出所。", ["通津派出所"]),
    ("最远的管理点距派出所170公里。", []),
    ("邻近的石泉县站派出所派人来取经。", ["石泉县站派出所"]),
]


@pytest.mark.parametrize(("text", "expected"), STATIONS)
def test_start_of_station_name(text: str, expected: list[str]) -> None:
    """Words for a time (如今) are not part of a name, and a type (海岛边境) is not a name.

    Names joined by 和 and names after 的 are found whole.
    """
    assert [fact["name"] for fact in fields(text, "station")] == expected


HONOURS = [
    ("涌现出全国特级优秀人民警察鲁志刚、全省优秀共产党员邢立新等典型。", ["全国特级优秀人民警察", "全省优秀共产党员"]),
    ("顾进贤是第九任所长,浙江省劳动模范。", ["浙江省劳动模范"]),
    ("2022年入选浙江省首批“海上枫桥”示范所。", ["海上枫桥示范所"]),
    (
        "“全国优秀公安基层单位”“青年文明号”……30多项荣誉称号挂满一墙。",
        ["全国优秀公安基层单位", "青年文明号", "荣誉称号"],
    ),
    ("先后获得省、市各项荣誉80余项。", ["荣誉"]),
    ("2023年集体二等功,奖牌挂在值班室。", ["集体二等功"]),
    ("公安部追授他全国公安系统一级英雄模范称号。", ["全国公安系统一级英雄模范"]),
    ("以“全国特级优秀人民警察”邢立新为标杆。民警邢立新说。", ["全国特级优秀人民警察"]),
    (
        "先后被评为全省公安机关爱民先进集体、全市“人民满意集体”、全县政法工作先进单位。",
        ["全省公安机关爱民先进集体", "全市人民满意集体", "全县政法工作先进单位"],
    ),
    ("先后被授予全国工人先锋号、全省公安优秀基层所队。", ["全国工人先锋号", "全省公安优秀基层所队"]),
    ("二级金盾勋章及周年勋章获得者马守信来了。", ["二级金盾勋章", "周年勋章"]),
    (
        "荣获全国先进集体、公安部集体一等功等部级以上荣誉12项、省市级荣誉83项。",
        ["全国先进集体", "集体一等功", "荣誉", "荣誉"],
    ),
    ("涌现出一级英模白海涛、一等功臣陈世永等典型。", ["一级英模", "一等功臣"]),
    ("抽屉里压着三个个人三等功的证书。", ["个人三等功"]),
    (
        "墙上挂着“全国公安机关爱民模范集体”(1994年)、“一级公安派出所”(2005年)的牌子。",
        ["全国公安机关爱民模范集体", "一级公安派出所"],
    ),
    ("2020年被评为全国公安机关“护校安园”工作先进集体。", ["全国公安机关护校安园工作先进集体"]),
    ("集体三等功2次的荣誉也写进了所志。", ["集体三等功"]),
    ("争取三年内再立一个集体一等功。", []),
    ("吕二柱是“感动山东十佳人物”。", ["感动山东十佳人物"]),
    ("先后被评为新时代“枫桥经验”优秀案例。", ["枫桥经验优秀案例"]),
    ("它还是公安部的“一级公安派出所”。", ["一级公安派出所"]),
    ("今年又添一块奖牌:全省“三八红旗手”。", ["全省三八红旗手"]),
    ("获得全国公安队伍技术革新二等奖。", ["全国公安队伍技术革新二等奖"]),
    ("他牺牲后被评为烈士。", ["烈士"]),
    ("2021年获评“示范单位”,今年又被推荐参评“最美名片”,结果还没出来。", ["示范单位"]),
]


@pytest.mark.parametrize(("text", "expected"), HONOURS)
def test_honours_in_unusual_constructions(text: str, expected: list[str]) -> None:
    """Titles are found before a name, in apposition, after a quotation, in open-ended lists and after a date."""
    assert [fact["title"] for fact in fields("青石派出所在城南。" + text, "honour")] == expected


@pytest.mark.parametrize("text", ["小岛由此获得“黄海明珠”的美誉。", "群众送他“活地图”的雅号,他获得“活地图”的雅号。"])
def test_nickname_is_not_an_honour(text: str) -> None:
    """A quotation before 的美誉 or 的雅号 is a nickname, not an honour."""
    assert fields(text, "honour") == []


FIGURES = [
    ("force", "青石派出所不大。民警13个,辅警17个,家家认得。", [("民警", 13), ("辅警", 17)]),
    ("force", "青石派出所的民辅警加起来37个人。", [("民辅警", 37)]),
    ("force", "青石派出所在山上。8名民警里,5名是苗族;14名辅警全是本地人。", [("民警", 8), ("辅警", 14)]),
    (
        "force",
        "县局给青石所添人,民警从19人增加到34人,辅警由40名扩充至76名。青石派出所变了。",
        [("民警", 34), ("辅警", 76)],
    ),
    ("force", "青石派出所条件苦。全旗有边境派出所七个,民警一百二十余人。", []),
    ("force", "青石派出所人不少。民警四十二名辅警六十五名分三班倒。", [("民警", 42), ("辅警", 65)]),
    ("force", "青石派出所在湖上。现在快艇八艘,民警十九、辅警四十五。", [("民警", 19), ("辅警", 45)]),
    ("force", "青石派出所不小。民警、辅警加一起八十九人。", [("民警、辅警", 89)]),
    ("force", "青石派出所三十一名民警,二十四名辅警,守着6个乡镇的37个村庄。", [("民警", 31), ("辅警", 24)]),
    ("force", "青石派出所条件苦。瓜州县共有派出所12个、民警161名。", []),
    ("division", "青石派出所三十一名民警,守着6个乡镇的37个村庄。", [("乡镇", 6), ("村庄", 37)]),
    (
        "division",
        "青石派出所所长岩罕保是傣族。他管的地方有5个村委会、41个村民小组。",
        [("村委会", 5), ("村民小组", 41)],
    ),
    ("division", "青石派出所(瓜州县公安局)管三个移民乡镇,1.9万人。", [("移民乡镇", 3)]),
    ("population", "青石派出所(瓜州县公安局)管三个移民乡镇,1.9万人。", [("总", 19000)]),
    ("population", "青石派出所民警不多,辖区5.6万人、143平方公里。", [("总", 56000)]),
    ("population", "青石派出所守着大山里十四个村、七千来号人。", [("总", 7000)]),
    ("division", "青石派出所下属十二个村民委员会,辖区不小。", [("村民委员会", 12)]),
    ("area", "青石派出所辖区448平方公里。平均下来,一个民警守74平方公里。", [(None, 448)]),
    ("division", "青石派出所村子摊得开,20个行政村61个自然村,户籍人口2.3万人。", [("行政村", 20), ("自然村", 61)]),
    ("division", "青石派出所沿线串起4个乡镇19个村3所中学。", [("乡镇", 4), ("村", 19)]),
    ("population", "青石派出所管0.9平方公里,居民1.1万户、3.3万人。", [("总", 33000)]),
    ("force", "青石派出所全所现有民警七名,其中蒙古族四名、汉族三名;辅警五名。", [("民警", 7), ("辅警", 5)]),
    ("population", "青石派出所管着三个嘎查,在册牧户二百零四户、六百八十三人。", [("总", 683)]),
    ("population", "青石派出所在岛上。人不多,户籍1864人,常住才900人。", [("户籍", 1864), ("常住", 900)]),
    ("population", "青石派出所辖区零点七平方公里,挤着来自全国三十个省份的十一万三千余人。", [("总", 113000)]),
    ("population", "青石派出所辖区不大。白鹭区常住人口则超过二百万。", []),
    ("population", "青石派出所管着八个镇。整个封阳县,有内河航道146公里,人口58万。", []),
    ("division", "青石派出所的一个社区民警,平均只负责不到4个小区。", []),
    ("division", "青石派出所管着一大三小四个岛,周边9个自然寨。", [("岛", 4), ("自然寨", 9)]),
    (
        "premises",
        "青石派出所管着景区一个、民宿四百一十二家、农家乐五百多家。",
        [("景区", 1), ("民宿", 412), ("农家乐", 500)],
    ),
]


@pytest.mark.parametrize(("kind", "text", "expected"), FIGURES)
def test_figures_of_station_and_of_other_bodies(kind: str, text: str, expected: list[tuple[str, int]]) -> None:
    """Figures of the station are found in many constructions; figures of other bodies are not found."""
    assert [(fact.get("category"), fact["value"]) for fact in fields(text, kind)] == expected


def test_area_in_hectares_and_distant_founding_verb() -> None:
    """他们的辖区是…公顷 states an area; 2008年由…后组建 states a founding, although verb and date are far apart."""
    text = "青石派出所2008年由原矿务局公安科整建制移交地方后组建。他们的辖区是1.2万公顷林地。"
    assert [fact["value"] for fact in fields(text, "area")] == [120]
    assert [fact["date"] for fact in fields(text, "founded")] == ["2008"]
    assert [fact["date"] for fact in fields("青石派出所1990年随港口开港而建,不大。", "founded")] == ["1990"]


def test_names_after_dateline_and_same_year() -> None:
    """新华网广州2月24日电(甲 乙) contains two names without a role; 同年 is the year of the previous sentence."""
    text = "新华网广州2月24日电(李幸文 朱皓)1997年,会展中心奠基。同年,青石派出所随之成立。"
    assert [(fact["role"], fact["name"]) for fact in fields(text, "credit")] == [(None, "李幸文"), (None, "朱皓")]
    assert [fact["date"] for fact in fields(text, "founded")] == ["1997"]


def test_year_in_brackets_dates_the_honour() -> None:
    """In “X”(1994年) the year after the title is the honour's date, not another year of the sentence."""
    text = "青石派出所1951年建所,挂着“全国公安机关爱民模范集体”(1994年)、“一级公安派出所”(2005年起连续十五年)的牌子。"
    assert [fact["date"] for fact in fields(text, "honour")] == ["1994", "2005"]


def test_former_name_refers_to_station() -> None:
    """原名青石口派出所 states that 青石口派出所 is a former name of 青石派出所."""
    found = {
        fact["name"]: fact.get("former_name_of")
        for fact in fields("青石派出所原名青石口派出所,成立于1958年。青石派出所不大。", "station")
    }
    assert found == {"青石派出所": None, "青石口派出所": "青石派出所"}


def test_built_police_post_is_not_a_founding() -> None:
    """“双城警务站”是2021年跟…派出所合着建的 states no founding of a station; 视频截图 in a credit line is not a name."""
    text = "“双城警务站”是2021年跟上海嘉定公安分局安亭派出所合着建的。\n(见习记者 殷小雨 视频截图)"
    assert fields(text, "founded") == []
    assert [fact["name"] for fact in fields(text, "credit")] == ["殷小雨"]


@pytest.mark.parametrize(
    ("text", "role", "name"),
    [
        ("本报记者 麦合木提江", "记者", "麦合木提江"),
        ("(酒泉日报 张有财 文/图)", "文/图", "张有财"),
        ("图片:梁溪公安", "图片", "梁溪公安"),
    ],
)
def test_credits_of_other_names_and_offices(text: str, role: str, name: str) -> None:
    """Credits with transcribed names, 文/图 after the name, and offices such as 梁溪公安 are found."""
    assert [(fact["role"], fact["name"]) for fact in fields(text, "credit")] == [(role, name)]


def test_kinship_name_is_not_an_officer() -> None:
    """A person named by kinship (汤阿婆) in a sentence about an officer is a citizen."""
    text = "社区民警沈既明从桥头走过,卖米糕的汤阿婆隔着蒸汽喊他。"
    assert [(fact["name"], fact["role_class"]) for fact in fields(text, "person")] == [
        ("沈既明", "police"),
        ("汤阿婆", "citizen"),
    ]


FOUNDINGS = [
    ("这个成立于1992年的江边小所,换过五任所长。", "1992"),
    ("马路口派出所是个老所,1951年就有了。现辖21个村。", "1951"),
    ("前身是1950年的保卫科公安组,1956年改为派出所。", "1956"),
    ("该所2015年创建为省级执法示范单位。", None),
    ("派出所2022年4月设立“海外警务联络站”。", None),
]


@pytest.mark.parametrize(("text", "date"), FOUNDINGS)
def test_founding_of_the_station(text: str, date: str | None) -> None:
    """A year is a founding date only if the station itself was founded in that year."""
    found = fields("临江市公安局青石派出所在城南。" + text, "founded")
    assert [fact["date"] for fact in found] == ([date] if date else [])


def test_village_in_the_name_of_a_station_is_no_village() -> None:
    """The founding date is found although the name of the station contains 新村 (new village)."""
    assert [fact["date"] for fact in fields("工人新村派出所成立于1956年。", "founded")] == ["1956"]


def test_beat_of_an_officer_is_not_the_precinct() -> None:
    """负责3个小区、2.1万人的社区工作 describes the beat of one officer, not the precinct."""
    text = "她2019年分到青石派出所,负责3个小区、2.1万人的社区工作。"
    assert fields(text, "division") == fields(text, "population") == []


def test_people_of_a_town_and_of_a_list_of_villages() -> None:
    """全镇4.6万人 and 8个村1.7万人 state the population of the precinct."""
    assert [fact["value"] for fact in fields("青石是侨乡,全镇4.6万人里,老人多。", "population")] == [46000]
    text = "派出所管着一个江心洲,面积67平方公里,8个村1.7万人。"
    assert [fact["value"] for fact in fields(text, "population")] == [17000]


AWARDS = [
    ("青石派出所2次被省公安厅记集体三等功。", ("集体三等功", "省公安厅", None, "2次", None)),
    (
        "2020年12月,青石派出所被司法部、公安部等六部门表彰为“全国人民调解工作先进集体”。",
        ("全国人民调解工作先进集体", "司法部、公安部等六部门", "2020-12", None, None),
    ),
    ("青石派出所2015年创建为省级执法示范单位。", ("省级执法示范单位", None, "2015", None, None)),
    ("青石派出所2017年被认定为正规化建设示范派出所。", ("正规化建设示范派出所", None, "2017", None, None)),
    ("民警王建国连续三年被县公安局评为“执法标兵”。", ("执法标兵", "县公安局", None, "连续三年", "王建国")),
    ("青石派出所有两块牌子:一块是“首都精神文明单位”,2019年的。", ("首都精神文明单位", None, "2019", None, None)),
]


@pytest.mark.parametrize(("text", "expected"), AWARDS)
def test_award_is_bound_by_its_clause(text: str, expected: tuple[str | None, ...]) -> None:
    """Title, agency, date, count and holder come from the award's clause; its numbers are not statistics."""
    (found,) = fields(text, "honour")
    assert tuple(found[name] for name in ("title", "by", "date", "count", "holder")) == expected
    assert fields(text, "statistic") == []


def test_holder_of_an_award() -> None:
    """他 refers to the officer of the preceding sentence; an opening date applies to all awards of its sentence."""
    text = "所长王建国在村里走了三天。2023年4月,省公安厅追授他“优秀共产党员”称号,民警李晓梅荣立个人二等功一次。"
    found = {fact["title"]: fact for fact in fields(text, "honour")}
    assert (found["优秀共产党员"]["holder"], found["优秀共产党员"]["by"]) == ("王建国", "省公安厅")
    assert (found["个人二等功"]["holder"], found["个人二等功"]["date"]) == ("李晓梅", "2023-04")


def test_plain_titles_of_a_person() -> None:
    """Titles without quotation marks in a list after 评为 are honours of the person."""
    found = fields("民警王建国多次被评为优秀公务员、先进工作者。", "honour")
    assert [(fact["title"], fact["holder"]) for fact in found] == [("优秀公务员", "王建国"), ("先进工作者", "王建国")]
