"""Constructions of statistics, initiatives and events found in texts written after the rules, one sentence each."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon

HEAD = "临溪县公安局柳浦派出所在城南"


def fields(sentence: str, kind: str, *, published: str | None = None) -> list[dict[str, Any]]:
    """Return the fields of all facts of `kind`, in order."""
    return [
        dict(fact.fields)
        for fact in facts(f"{HEAD}。{sentence}", shared_lexicon(), published=published)
        if fact.kind == kind
    ]


FIGURES = [
    # an attribute, a verb or an adverb is beside the noun
    ("所长又挑出21名说话有分量的老支书。", [("老支书", 21)]),
    ("给片区的1480盏不亮的旧路灯换了芯。", [("旧路灯", 1480)]),
    ("目前,柳浦派出所12个驻村警务室全部达标。", [("驻村警务室", 12)]),
    ("为2.6万辆电动车免费装上芯片。", [("电动车", 26000)]),
    ("一人包了14个村。", [("村", 14)]),
    # the metric is stated in the clause before the number, or by a verb after the number of people
    ("真正被罚扫街的,只有二十三人次。", [("真正被罚扫街", 23)]),
    ("起火后,6人全部获救。", [("获救", 6)]),
    # a period is between the noun and its number
    ("河街的噪音投诉一年不到80起。", [("河街的噪音投诉", 80)]),
    ("去年接警2.1万起,平均每天接警58起。", [("接警", 21000), ("平均每天接警", 58)]),
    ("平均到场时间11分钟。", [("平均到场时间", 11)]),
    ("三年累计行程3.2万公里。", [("行程", 32000)]),
    # numbers of equipment (even 1), trees, visits and people
    ("家当是一艘巡逻艇,两辆电瓶车。", [("巡逻艇", 1), ("电瓶车", 2)]),
    ("马帮带着5匹马、1部卫星电话。", [("马", 5), ("卫星电话", 1)]),
    ("补种柳树苗1300株,放流鱼苗22万尾。", [("补种柳树苗", 1300), ("放流鱼苗", 220000)]),
    ("警务点从一个变成了八个。", [("警务点", 8)]),
    ("全镇19个村划成5个片,一片一个哨。", [("划成", 5)]),
    ("走访村屯2600多村次,拼桌调解208回。", [("走访村屯", 2600), ("拼桌调解", 208)]),
    ("手环报警,民警赶去救下来9个人。", [("民警赶去救下来", 9)]),
    ("装了8个智能岗亭。\n夜里,8个智能岗亭都亮着。", [("智能岗亭", 8)]),
    ("市场每天要和一万多名中越客商打交道。", [("中越客商", 10000)]),
    ("镇上的盗窃案子,2021年四十起,去年九起。", [("镇上的盗窃案子", 40), ("镇上的盗窃案子", 9)]),
    ("积分换走大米四千六百斤。", [("积分换走大米", 4600)]),
    ("柳树镇六万八千人。", []),
    ("台风天里,民警背出来4个人。", [("民警背出来", 4)]),
    # zeros stated in words
    ("三年来没有一起错案。", [("没有一起错案", 0)]),
    ("今年一起没有。", [("一起没有", 0)]),
    ("连续五年实现民警零违纪。", [("民警", 0)]),
    ("连续9年无刑事命案、无越级上访。", [("刑事命案", 0), ("越级上访", 0)]),
    ("六年来没有一个孩子出过意外。", [("没有一个孩子出过意外", 0)]),
    ("一年500余场活动没出过差错。", [("活动", 500), ("差错", 0)]),
    ("村里再没有一个人上访。", [("没有一个人上访", 0)]),
]


@pytest.mark.parametrize(("sentence", "expected"), FIGURES)
def test_metric_of_statistics(sentence: str, expected: list[tuple[str, float]]) -> None:
    """Each case has its metrics and values; the comment above a group in FIGURES names the construction."""
    assert [(fact["metric"], fact["value"]) for fact in fields(sentence, "statistic")] == expected


NO_FIGURES = [
    "他走了三里路,敲开五户门,吃了两回闭门羹。",
    "按错一百次,也比没按强。",
    "他陪老人聊了3个半小时。",
    "发言缩短3分半钟。",
    "点赞前10名有礼物。",
    "他一天能跑十几趟。",
    "今年将力争把日均警情控制在35起以内。",
    "明年要再建20个警务室。",
    "他定下目标:民宿警情再降两成,山林火情零发生。",
    "她的心愿是让扒窃警情归零。",
    "全市9个派出所的用房将全部达标。",
]


@pytest.mark.parametrize("sentence", NO_FIGURES)
def test_narrative_counts_times_ranks_and_goals_are_not_statistics(sentence: str) -> None:
    """Counts in a story, durations, ranks and goals are not statistics."""
    assert fields(sentence, "statistic") == []


CHANGES = [
    ("同比刑事警情下降20%。", "刑事警情", {"direction": "down", "percent": 20, "base": "同比"}),
    ("全镇治安警情同比下降四成五。", "全镇治安警情", {"direction": "down", "percent": 45, "base": "同比"}),
    ("越级上访较2020年下降七成。", "越级上访", {"direction": "down", "percent": 70, "base": "较2020年"}),
    ("纠纷警情掉了三分之一。", "纠纷警情", {"direction": "down", "percent": 33.33}),
    ("电诈既遂案件少了三成七。", "电诈既遂案件", {"direction": "down", "percent": 37}),
    ("该所电诈警情较机制运行前下降55%。", "电诈警情", {"direction": "down", "percent": 55, "base": "较机制运行前"}),
]


@pytest.mark.parametrize(("sentence", "metric", "change"), CHANGES)
def test_changes_with_their_metric_and_base(sentence: str, metric: str, change: dict[str, Any]) -> None:
    """Metric, base and change are found in any order; tenths are converted to percent."""
    assert [(fact["metric"], fact["value"], fact["change"]) for fact in fields(sentence, "statistic")] == [
        (metric, None, change)
    ]


def test_share_is_joined_to_changed_figure() -> None:
    """Each share of a list (两成、三成五、四成一) is a change; 从317起降至62起,降幅达80.4% is a single statistic.

    同比分别上升 assigns percentages to the figures of the clauses before it, in order.
    """
    found = fields("涉旅纠纷同比减少两成、三成五、四成一。", "statistic")
    assert [fact["change"]["percent"] for fact in found] == [20, 35, 41]
    (fact,) = fields("发案从2021年的317起降至2024年的62起,降幅达80.4%。", "statistic")
    assert (fact["value"], fact["change"]) == (62, {"direction": "down", "percent": 80.4})
    found = fields("今年破获案件16起,缴获毒品42.37公斤,同比分别上升23.1%和58.4%。", "statistic")
    assert [(fact["value"], fact["change"]["percent"]) for fact in found] == [(16, 23.1), (42.37, 58.4)]


NAMES = [
    ("大家叫它“绿灯笼”,亮了三百次。", ["绿灯笼"]),
    ("这档“老街广播”播了九百期。", ["老街广播"]),
    ("她设计了一款“糖画手环”。", ["糖画手环"]),
    ("41家酒吧签了“十点公约”。", ["十点公约"]),
    ("在旧粮仓里办起“青砖聊吧”。", ["青砖聊吧"]),
    ("推行“三分钟响应、半小时见面”流程。", ["三分钟响应、半小时见面"]),
    ("打造了“蓝帆驿站”2处、“船家调解庭”1处。", ["蓝帆驿站", "船家调解庭"]),
    ("派出所办了两间屋。“转岗茶坊”,请企业来招工;“算账屋”,请律师来算账。", ["转岗茶坊", "算账屋"]),
    ("选了17名老支书当“和为贵”调解员。", ["和为贵"]),
    ("今年8月,“大桥警务通”正式上线。", ["大桥警务通"]),
    ("把绝活录成12集短视频《老丁识贼》。", ["老丁识贼"]),
    ("街坊都喊它“深夜食堂”。", ["深夜食堂"]),
    ("验伤、调解“一趟办”,后来“一趟办”在全县推开。", ["一趟办"]),
    ("依托热线推出“一号管家”服务。", ["一号管家"]),
    ("他有个本子,叫《飞行错题本》。", ["飞行错题本"]),
    ("这里从前是“问题村”,如今没人再提“问题村”。", []),
    ("退休教师来了,“星星托管班”第二天开张。", ["星星托管班"]),
    ("“麦田110”出动一百多趟。", ["麦田110"]),
    ("给独居老人装上了“平安铃”。", ["平安铃"]),
    ("办起“柳浦好管家”,接单两万件。", ["柳浦好管家"]),
    ("几个人编了一本《双语警务对话》。", ["双语警务对话"]),
    ("派出所来了位“90后”。", []),
    ("两间屋组成规范办案的“流水线”。", []),
    ("办案像“流水线”,人人守着“流水线”。", []),
    ("把上岸渔民编成“守泉人”护水队。", ["守泉人"]),
    ("目标是明年实现“一院一警”。", []),
    ("努力创建“全省公安机关爱民模范集体”。", []),
    ("这是个“校园所”。", []),
    ("骗子冒充“买家”以扫码付款的手段行骗。", []),
    ("女儿写了一篇《我的爸爸》。", []),
    ("被乡亲们亲切地称为“马背警察”。", []),
]


@pytest.mark.parametrize(("sentence", "names"), NAMES)
def test_names_of_initiatives(sentence: str, names: list[str]) -> None:
    """Works, agreements, rooms and films of the station are initiatives.

    Goals, honours, nicknames and essays are not.
    """
    assert [fact["name"] for fact in fields(sentence, "initiative")] == names


EVENTS = [
    ("2019年5月建所。当年10月,派出所搬进新楼。", ["2019-05", "2019-10"]),
    ("2008年,所里来了三名大学生。这一年,两个派出所合并。", ["2008", "2008"]),
    ("2021年12月20日,民警出发。12月28日,民警回来。1月30日,他又去了。", ["2021-12-20", "2021-12-28", None]),
    ("他翻出1982年的账本,拿出一把1956年的铜哨,警情是2019年的两倍。", []),
    ("2021年至今,派出所先后获评多项荣誉。", []),
    ("2020年7月的那场洪水,淹了半条街。", ["2020-07"]),
]


@pytest.mark.parametrize(("sentence", "dates"), EVENTS)
def test_dates_of_events(sentence: str, dates: list[str | None]) -> None:
    """A year also applies to 当年10月, 这一年 and later days within a month; the age of a thing is not an event."""
    assert [fact["date"] for fact in fields(sentence, "event")] == dates


def test_near_dates_are_resolved_with_the_publication_date() -> None:
    """大前年 is three years ago, not two; 上个月 and 上月15日 may be in the previous year."""
    sentence = "大前年冬天,桥修好了。上个月,新楼启用。上月15日,民警走访。"
    assert [fact["date"] for fact in fields(sentence, "event", published="2024-01-06")] == [
        "2021",
        "2023-12",
        "2023-12-15",
    ]


def test_description_of_event_excludes_date_and_ends_with_a_clause() -> None:
    """Words that belong to the date are removed from the description, and a long clause is cut at a comma."""
    found = fields(
        "2010年前后,路修通了。2011年5月,民警沿着河滩一路找了整整一夜,终于在一片杨树林里找到了走失的放羊老人。", "event"
    )
    assert [fact["what"] for fact in found] == ["路修通了", "民警沿着河滩一路找了整整一夜"]


EVIDENCE = [
    ("派出所有锦旗86面。", [("锦旗", 86)]),
    ("锦旗已经增加到103面。", [("锦旗", 103)]),
    ("景区每年游客近300万。", [("游客", 3_000_000)]),
    ("辖区刑案多年“零发”。", [("辖区刑案", 0)]),
    ("派出所吸纳保安、店主近200人为“平安哨兵”。", [("店主", 200)]),
    ("大会共表彰全国优秀公安局90个。", []),
    ("该所被团中央、公安部等18个部委联合授予“青少年维权岗”。", []),
    ("这片海约等于2800个足球场。", []),
    ("民警搜了5个多小时。", []),
    ("新办公楼共有7层。", []),
    ("要求各级领导干部每月至少1次深入社区。", []),
    ("3次被县公安局评为“先进党支部”。", []),
]


@pytest.mark.parametrize(("sentence", "expected"), EVIDENCE)
def test_statistic_needs_evidence(sentence: str, expected: list[tuple[str, float]]) -> None:
    """Figures of deeds, possessions, gains or prevented events of the station are statistics; other figures are not."""
    found = fields("碧水派出所在江边。" + sentence, "statistic")
    assert [(fact["metric"], fact["value"]) for fact in found] == expected


def test_date_of_a_magazine_or_a_page_is_no_event() -> None:
    """The issue date of a magazine and the publication date of a page are not events."""
    for line in (
        "(原文见《人民公安》2024年第5期)",
        "发布时间:2024年5月6日",
        "2024-05-06",
        "刊载于2024年5月6日《法治日报》",
    ):
        assert fields("碧水派出所的灯亮着。\n" + line, "event") == [], line


@pytest.mark.parametrize("saying", ["民警的“铁脚板”走遍山村。", "“铿锵玫瑰”守护一方。", "从“要我调”变“我要调”。"])
def test_saying_is_no_initiative(saying: str) -> None:
    """A saying or a nickname in quotation marks is not an initiative."""
    assert fields("碧水派出所在江边。" + saying, "initiative") == []


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("截至6月底,警务室累计接待群众5213人次。", "截至6月底"),
        ("两年多来,警务室接待群众1.3万人次。", "两年多来"),
        ("从2018年至今,警务室接待群众892人次。", "从2018年至今"),
        ("警务室累计接待群众5213人次。", "累计"),
        ("警务室2021年9月开门,至今接待群众5213人次。", "至今"),
        ("六年跑下来,警务室接待群众5213人次。", "六年跑下来"),
        ("三年半,民警调解纠纷317件。", "三年半"),
        ("三年多处理纠纷1267起。", "三年多"),
        ("上线十个月,派出所调解纠纷158起。", "上线十个月"),
        ("去冬今春,民警排除隐患163处。", "去冬今春"),
        ("过去五年,民警调解纠纷317件。", "过去五年"),
        ("今年国庆七天,民警调解纠纷31件。", "今年国庆七天"),
        ("去年同期的31起外,民警调解纠纷17件。", None),
        ("热线开通两年零三个月,接到求助2400条。", "两年零三个月"),
        ("近五年调解纠纷317件。", "近五年"),
        ("今年1月到4月,\n民警调解纠纷317件。", "今年1月到4月"),
        ("从2021年起,民警调解纠纷317件。", "从2021年起"),
        ("目前,派出所年均接警6200起。", "年均"),
        ("派出所2022年画出黄线,如今民警画了186条。", "如今"),
    ],
)
def test_period_of_a_total(text: str, period: str | None) -> None:
    """The period of a total is found in many forms; 累计 is the period only if the sentence states no other one."""
    assert {one["period"] for one in fields(text, "statistic")} == {period}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("她建的“娇娇帮办群”里有1426名居民。", ["娇娇帮办群"]),
        ("他的“渔港天气预报”准时发到群里。", ["渔港天气预报"]),
        ("他后来当上了“德古调解室”的联络员。", ["德古调解室"]),
        ("派出所搞起“小手拉大手”。", ["小手拉大手"]),
        ("教导员和商户们约定“一声号子、三条规矩”。", ["一声号子、三条规矩"]),
        ("他把邮政车改成办公车,牧民叫它“移动派出所”。", ["移动派出所"]),
        ("这套法子后来长成了“楼长议事制”。", ["楼长议事制"]),
        ("派出所签下《沙湖联治公约》。", ["沙湖联治公约"]),
        ("综合指挥室排出“归巢巡线”。", ["归巢巡线"]),
        ("派出所开发了“江眼”识别程序。", ["江眼"]),
        ("派出所劝阻“高薪境外务工”23人。", []),
        ("老百姓管您叫“小丫头”?", []),
    ],
)
def test_names_in_plain_words(text: str, names: list[str]) -> None:
    assert [one["name"] for one in fields("碧水派出所在江边。" + text, "initiative")] == names


@pytest.mark.parametrize(
    ("text", "metric", "period"),
    [
        ("货物被盗案件已经连续6年没有发生。", "货物被盗案件", "连续6年"),
        ("线路上的割电缆案件,连续四年为零。", "割电缆案件", "连续四年"),
        ("砍树案件三年零发案。", "砍树案件", "三年"),
        ("派出所连续9年零投诉、零违纪。", "投诉、违纪", "连续9年"),
        ("辖区连着15年没出过意外。", "意外", "连着15年"),
        ("辖区连续7年没有新增吸毒人员。", "新增吸毒人员", "连续7年"),
        ("去年报警12次,没有人员伤亡。", "人员伤亡", "去年"),
        ("辖区连续500天没有发生入室盗窃。", "入室盗窃", "连续500天"),
    ],
)
def test_zero_with_its_noun_and_period(text: str, metric: str, period: str) -> None:
    """The noun of a zero stands before the period, in the clause before, or after the verb."""
    zeros = [(one["metric"], one["period"]) for one in fields(text, "statistic") if one["value"] == 0]
    assert zeros == [(metric, period)]


@pytest.mark.parametrize(
    "text",
    [
        "她是所里唯一一位女所长,帮助过老人。",
        "现在辖区全年扒窃报警也就三两起。",
        "他资助学生,收入一部分给老人,一部分给孩子。",
        "八年没发生过一次烧3栋以上的事。",
        "去年接报扒窃警情为每百万人次。",
    ],
)
def test_words_with_a_numeral_are_no_statistic(text: str) -> None:
    assert fields(text, "statistic") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("沿线62名“桥长”由村干部担任。", ["桥长"]),
        ("前年4月,首批“楼门长”上岗。", ["楼门长"]),
        ("派出所2022年获得“标兵单位”。", []),
        ("派出所去年打造“平安铁路示范站区”工程。", []),
    ],
)
def test_posts_are_initiatives_and_titles_are_not(text: str, names: list[str]) -> None:
    assert [one["name"] for one in fields("碧水派出所在江边。" + text, "initiative")] == names
