"""Faults found on real pages: ranges, dates, references, captions, halves, digest pages, notices, place names, drafts."""

from __future__ import annotations

import pytest

from ingest.dedup import cluster, find_near_duplicate, fingerprint, prepare
from ingest.dedup.normalize import squash
from store.records import Neighbour

BODY = (
    "柳荫街的早市五点开张,卖豆腐的老葛推着车进来,先给值夜的民警留一碗热豆浆。{}"
    "社区民警齐文秀在摊位间走了三年,谁家的秤不准、谁家的孩子没人接,她都记在一个牛皮本上。"
    "入秋以后,早市搬进了棚子,下雨也不必收摊,摊主们说,吵架的少了,搭手的多了。"
)
WINTER = """\
雪下到第二天,山口的车排成了长龙。值班民警罗永年带着辅警给司机送热水,走一趟要踩两个多小时的雪。
一辆货车上坐着抱孩子的母亲,孩子发着烧。罗永年把大衣裹在孩子身上,背到了山下的卫生室。
路通的那天傍晚,司机们按着喇叭从他身边开过去,有人摇下车窗喊他的名字。"""
EXPERTS = """\
道路为什么一下雪就堵?研究交通的冯静之说,山口的弯道建于多年以前,坡度超过了今天的规范。
她建议在弯道前增设加热的路面,把融雪的盐提前撒下去,货车在山下统一装好防滑链再放行。
冯静之还提醒车主,出门之前看一看气象台的预报,后备箱里备好铲子、绳索和够吃两天的干粮。"""
MARKET = """\
据《海港日报》报道,渔业公司的仓库上月清点存货,发现冰鲜带鱼比账面少了四成,保管员却说从未离开岗位。
经理杜启明调看录像,原来是夜里运冰的车顺手带走了货。公司换了门锁,又请来会计重新做账。
工会要求把盘点改为每周一次,由两名职工代表在场签字,董事会答应从下个季度开始照办。"""


def same_story(first: str, second: str, titles: tuple[str, str] = ("", "")) -> bool:
    """Return True when two texts join in both directions."""
    one = find_near_duplicate(titles[0], first, [Neighbour(1, 1, titles[1], second)])
    other = find_near_duplicate(titles[1], second, [Neighbour(1, 1, titles[0], first)])
    assert (one is None) == (other is None)
    return one is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("摊位费涨了5-6%。", "摊位费涨了5%至6%。"),
        ("来帮忙的孩子多是13、14岁。", "来帮忙的孩子多是13到14岁。"),
        ("营业时间是5:30-11:00。", "营业时间是5点30分到11点00分。"),
        ("一年收摊位费12,500元。", "一年收摊位费12500元。"),
        ("一年收摊位费1,2500元。", "一年收摊位费1,2500元。"),
        ("昨天(9日)棚子完工。", "11月9日棚子完工。"),
    ],
)
def test_same_figures_in_other_notation_join(first: str, second: str) -> None:
    """Ranges, enumerations, times, thousands separators and relative dates are not exchanged figures."""
    assert same_story(BODY.format(first), BODY.format(second))


def test_figures_on_both_sides_of_a_dash_stay_apart() -> None:
    """Two figures with punctuation between them are two figures."""
    assert squash("涨了8-9%") == "涨了8·9%" and squash("13、14岁") == "13·14岁"
    assert squash("12,500元") == "12500元" and squash("2.5公里") == "2.5公里"


def test_other_range_is_another_figure() -> None:
    """A range with other bounds is still an exchanged figure."""
    figures = "摊位费涨了{}-{}%,摊位多了{}个。"
    assert not same_story(BODY.format(figures.format(5, 6, 31)), BODY.format(figures.format(15, 18, 77)))


def test_references_and_access_dates_are_not_compared() -> None:
    """Reference lists with other access dates do not make another story."""
    references = "\n[1]早市管理指南[EB/OL].(2020-03)[{0}].\n[2]集市志[M].{1}:12-30."
    first = BODY.format("") + references.format("2023-05-01", "2019")
    second = BODY.format("") + references.format("2024-11-30", "2021")
    assert same_story(first, second)
    assert same_story(BODY.format("(访问日期:2023年5月1日)"), BODY.format("(访问日期:2024年8月9日)"))


def test_caption_that_is_its_own_title_joins_its_copy() -> None:
    """A text that is repeated as its title is compared; a short repeated title is not."""
    caption = "民警齐文秀十一月九日清晨在柳荫街早市的新棚子里帮摊主搬运蔬菜,身后是刚刚挂好的灯笼和写着摊位号的木牌,十几位老人围着她说笑,热气从豆浆桶里升起来,照片由街坊拍摄并寄给本报编辑部。"
    assert same_story(caption, caption, (caption, caption))
    assert prepare("早市的灯", "早市的灯\n" + BODY.format("")).squashed[0] != "早市的灯"


def test_second_page_with_the_same_title_joins() -> None:
    """The second page of a report about other people joins the whole report when it has its title."""
    title = "大雪封山的三天"
    assert same_story(WINTER + "\n" + EXPERTS, EXPERTS, (title, title))
    assert same_story(WINTER + "\n" + EXPERTS, EXPERTS, (title, title + "(2)"))


def test_items_of_a_digest_page_stay_apart() -> None:
    """A page with several reports joins none that follows its first, with and without a heading, however short the
    first is."""
    brief = BODY.format("")
    for heading in ("", "【延伸阅读】仓库里少了带鱼", "【延伸阅读】\n"):
        page = f"{brief}\n{heading}{MARKET}\n{EXPERTS}\n{WINTER}"
        rows = [
            ("page", "早市搬进棚子", page),
            ("market", "仓库里少了带鱼", MARKET),
            ("experts", "雪后山路该怎么修", EXPERTS),
            ("winter", "喇叭声里的名字", WINTER),
        ]
        assert len(set(cluster(rows).values())) == 4, heading
        found = cluster([*rows, ("first", "早市搬进棚子", brief)])
        assert found["first"] == found["page"], heading


def test_retitled_copy_with_an_introduction_joins() -> None:
    """An introduction that names nobody does not make the article behind it another story."""
    intro = "编辑推荐:每到岁末,总有一些普通人的面孔留在镜头里,他们不说豪言壮语,只把手边的活计做完,这里选出其中一篇,愿读到的人心里都暖一暖,也请留言说说身边的故事。"
    story = WINTER + "\n" + WINTER.replace("雪", "雨").replace("罗永年", "罗永年师傅")
    assert same_story(intro + "\n" + story, story, ("岁末的面孔", "喇叭声里的名字"))


def test_notice_of_a_site_under_unrelated_titles_stays_apart() -> None:
    """An equal text without names and figures under titles that have nothing in common is a notice of the site."""
    notice = "温馨提示:打开声音可以收听全文,点开右下角的图标能够调整字号和背景颜色。内容由用户自行上传,若页面长时间空白,请更换网络后再试一次,也可以在意见箱里写下遇到的情况,我们看到以后会逐条回复。"
    titles = ("守着山口的人", "早市的灯", "一碗热豆浆")
    assert len(set(cluster([(title, title, notice) for title in titles]).values())) == 3
    assert len(set(cluster([(str(n), titles[0], notice) for n in range(3)]).values())) == 1
    assert len(set(cluster([(title, title, WINTER) for title in titles]).values())) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [("柳荫区人民法院", "柳荫法院"), ("石臼县公安局", "石臼公安局"), ("东坪市人民医院", "东坪医院")],
)
def test_full_and_short_names_of_a_unit_are_one_place(first: str, second: str) -> None:
    """The district character of a unit's name is not a part of its own name."""
    sentence = "来说情的还有{}的干部和{}的医生。"
    one = BODY.format(sentence.format(first, "北汀区人民医院"))
    other = BODY.format(sentence.format(second, "北汀医院"))
    assert same_story(one, other)


def test_draft_and_final_rule_are_two_stories() -> None:
    """The published rule does not join its draft."""
    rule = "早市的摊位由街道统一编号,摊主凭身份证登记,每户限租一个。" + BODY.format("")
    assert not same_story(rule, rule, ("早市管理办法(征求意见稿)", "早市管理办法"))
    assert same_story(rule, rule, ("早市管理办法", "早市管理办法"))


def test_lead_shares_a_key_with_a_long_article() -> None:
    """The first sentences of a long article have keys of their own."""
    lead = BODY.format("")
    long = (
        lead
        + "\n"
        + "\n".join(f"{chr(0x4E00 + n)}{chr(0x5200 + 3 * n)}巷的门牌换成了第{n}种颜色。" for n in range(900))
    )
    assert set(fingerprint("", lead).bands) & set(fingerprint("", long).bands)
    assert find_near_duplicate("", lead, [Neighbour(1, 1, "", long)]) is not None
