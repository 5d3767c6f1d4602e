"""Tests for faults of dedup that were found on real pages, such as ranges, captions, digest pages and drafts."""

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
    """Return whether two texts join. Fails if this depends on which text is stored first."""
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
    """The same range, enumeration, time, large number or date in another notation is not an exchanged figure."""
    assert same_story(BODY.format(first), BODY.format(second))


def test_figures_on_both_sides_of_a_dash_stay_apart() -> None:
    """A dash or 、 between two figures becomes a middle dot, so that they are not read as one figure.

    A thousands separator is removed, and a decimal point stays.
    """
    assert squash("涨了8-9%") == "涨了8·9%" and squash("13、14岁") == "13·14岁"
    assert squash("12,500元") == "12500元" and squash("2.5公里") == "2.5公里"


def test_other_range_is_another_figure() -> None:
    """A range with other bounds counts as an exchanged figure."""
    figures = "摊位费涨了{}-{}%,摊位多了{}个。"
    assert not same_story(BODY.format(figures.format(5, 6, 31)), BODY.format(figures.format(15, 18, 77)))


def test_references_and_access_dates_are_not_compared() -> None:
    """Reference lists that differ in their access dates do not make two stories."""
    references = "\n[1]早市管理指南[EB/OL].(2020-03)[{0}].\n[2]集市志[M].{1}:12-30."
    first = BODY.format("") + references.format("2023-05-01", "2019")
    second = BODY.format("") + references.format("2024-11-30", "2021")
    assert same_story(first, second)
    assert same_story(BODY.format("(访问日期:2023年5月1日)"), BODY.format("(访问日期:2024年8月9日)"))


def test_caption_that_is_its_own_title_joins_its_copy() -> None:
    """A caption that is both title and text is compared; a title repeated above a longer text is not."""
    caption = "民警齐文秀十一月九日清晨在柳荫街早市的新棚子里帮摊主搬运蔬菜,身后是刚刚挂好的灯笼和写着摊位号的木牌,十几位老人围着她说笑,热气从豆浆桶里升起来,照片由街坊拍摄并寄给本报编辑部。"
    assert same_story(caption, caption, (caption, caption))
    assert prepare("早市的灯", "早市的灯\n" + BODY.format("")).squashed[0] != "早市的灯"


def test_second_page_with_the_same_title_joins() -> None:
    """The second page of a report, which names other people than the first, joins the report if the titles agree."""
    title = "大雪封山的三天"
    assert same_story(WINTER + "\n" + EXPERTS, EXPERTS, (title, title))
    assert same_story(WINTER + "\n" + EXPERTS, EXPERTS, (title, title + "(2)"))


def test_items_of_a_digest_page_stay_apart() -> None:
    """A page with several reports joins the story of its first report only, with or without headings."""
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
    """An article with an introduction that names no person joins the copy without the introduction."""
    intro = "编辑推荐:每到岁末,总有一些普通人的面孔留在镜头里,他们不说豪言壮语,只把手边的活计做完,这里选出其中一篇,愿读到的人心里都暖一暖,也请留言说说身边的故事。"
    story = WINTER + "\n" + WINTER.replace("雪", "雨").replace("罗永年", "罗永年师傅")
    assert same_story(intro + "\n" + story, story, ("岁末的面孔", "喇叭声里的名字"))


def test_notice_of_a_site_under_unrelated_titles_stays_apart() -> None:
    """Equal texts without names and figures stay apart if their titles have nothing in common.

    Such a text is a notice of the site.
    """
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
    """A unit with its full name and with its short name (柳荫区人民法院, 柳荫法院) is one place."""
    sentence = "来说情的还有{}的干部和{}的医生。"
    one = BODY.format(sentence.format(first, "北汀区人民医院"))
    other = BODY.format(sentence.format(second, "北汀医院"))
    assert same_story(one, other)


def test_draft_and_final_rule_are_two_stories() -> None:
    """A published rule does not join its draft."""
    rule = "早市的摊位由街道统一编号,摊主凭身份证登记,每户限租一个。" + BODY.format("")
    assert not same_story(rule, rule, ("早市管理办法(征求意见稿)", "早市管理办法"))
    assert same_story(rule, rule, ("早市管理办法", "早市管理办法"))


def test_lead_shares_a_key_with_a_long_article() -> None:
    """The first sentences of a long article have their own keys, which a copy of the lead shares."""
    lead = BODY.format("")
    long = (
        lead
        + "\n"
        + "\n".join(f"{chr(0x4E00 + n)}{chr(0x5200 + 3 * n)}巷的门牌换成了第{n}种颜色。" for n in range(900))
    )
    assert set(fingerprint("", lead).bands) & set(fingerprint("", long).bands)
    assert find_near_duplicate("", lead, [Neighbour(1, 1, "", long)]) is not None


BULLETIN = (
    "县防火办昨晚通报,{0}日全县接到火情报告{1}起,出动护林员14人次,没有人员伤亡。"
    "{0}日0时至24时,北山林场报告火情0起,南山林场报告火情2起,东沟林场报告火情0起,西坡林场报告火情1起。"
    "截至{0}日24时,全县设检查站26个,登记进山车辆318辆,劝返携带火种的游客47人,收缴打火机52个。"
    "防火办提醒市民,进山踏青请把打火机留在检查站,看见烟请拨打12119。"
)


def test_bulletins_of_two_days_stay_apart() -> None:
    """If one figure is replaced in several places, the texts are two editions, however many other figures agree."""
    titles = ("全县防火情况通报", "全县防火情况通报")
    assert not same_story(BULLETIN.format(3, 3), BULLETIN.format(4, 3), titles)
    assert same_story(BULLETIN.format(3, 3), BULLETIN.format(3, 4), titles)


INVITATION = """\
柳荫街道邀请您参加“街坊夜话”,本期安排如下。
“街坊夜话”是街道主办的长期活动,话题都是身边的事,既可以用耳朵来听,也可以用口来聊,更欢迎您来交朋友。
主讲人:{0}
时间:2018年{1}(周六)下午3:00至5:00
地点:柳荫街23号楼4层404室(乘车提示见下)
乘车提示:乘307路、331路、375路、630路公交车在柳荫街站下,从南侧正对粮店的大门进去,一直走到最里面,右手边是四层的办公楼,我们在404室。
活动免费,座位有限,请提前到社区警务室登记。"""


def test_invitations_to_two_events_stay_apart() -> None:
    """The time of an event is compared; the time of a page's publication is not."""
    first, second = INVITATION.format("老葛", "3月17日"), INVITATION.format("小齐", "5月26日")
    assert not same_story(first, second, ("邀请参加老葛的讲座", "邀请参加小齐的讲座"))
    published = "时间:2018-03-{} 10:25\n"
    assert same_story(published.format(17) + first, published.format(19) + first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第二批早市摊位开始报名", "第三批早市摊位开始报名"),
        ("2018年早市摊位报名公告", "2019年早市摊位报名公告"),
        ("11月9日早市摊位情况", "12月2日早市摊位情况"),
        ("早市新增6个摊位", "早市新增11个摊位"),
    ],
)
def test_titles_of_two_editions_keep_similar_texts_apart(one: str, other: str) -> None:
    """Numbers, years and days in titles distinguish the editions of a series."""
    first = BODY.format("报名在社区警务室进行。") + WINTER
    second = BODY.format("报名的人请带好身份证。") + WINTER.replace("雪下到第二天", "雪停了").replace("大衣", "棉袄")
    second = second[: len(second) - 30] + "有几位摊主写来了感谢信,信里说的都是小事,读起来却很长。" * 3
    assert not same_story(first, second, (one, other))
    assert same_story(first, second, (one, one))


def test_exchanged_name_in_both_titles_is_another_subject() -> None:
    """If the titles name different persons, the texts differ in subject, even without a role beside the name."""
    notice = "经县里批准,对{0}的问题立案审查。经查,{0}丧失原则,违规收受礼品,利用职务便利为他人谋利。" + BODY.format("")
    titles = ("原站长卢启蒙被处分的通报", "原主任魏长青被处分的通报")
    assert not same_story(notice.format("卢启蒙"), notice.format("魏长青"), titles)


def test_reports_that_share_much_and_differ_in_title_stay_apart() -> None:
    """A commentary that repeats most of a news item is not its copy; the item with further paragraphs is a copy."""
    news = BODY.format("街道办事处昨天公布了新棚子的名字。")
    comment = news[: len(news) - 40] + EXPERTS + "早市不是小事,棚子不大,盛得下一条街的体面,这是值得学的治理。"
    assert not same_story(news, comment, ("柳荫街早市有了新棚子", "短评:治理要看得见炊烟"))
    assert same_story(news, news + EXPERTS, ("柳荫街早市有了新棚子", "柳荫街早市有了新棚子,专家谈山路"))


def test_lines_of_page_data_with_dates_are_not_compared() -> None:
    """Differences in a line with publication dates, in addresses and in markup do not make two stories."""
    first = "早市的灯\n齐文秀随笔,街道,早市2018年3月12日2019年6月27日0 Minutes\n" + BODY.format("")
    second = "早市的灯\n齐文秀随笔,早市2018年3月13日2019年5月4日0 Minutes\n" + BODY.format("")
    assert same_story(first, second)
    link = '原文<a href="https://a.example.cn/2018/{0}.html">见https://a.example.cn/{0}f{0}?p={0}</a>'
    assert same_story(BODY.format("") + link.format(7441), BODY.format("") + link.format(998))


def test_warnings_of_two_provinces_stay_apart() -> None:
    """If titles and texts name different provinces, the warnings are two stories."""
    warning = "{0}气象台今晨发布大风蓝色预警信号。" + BODY.format("请关好门窗。") + WINTER
    titles = ("江西省发布大风蓝色预警", "湖南省气象台发布大风蓝色预警信号")
    assert not same_story(warning.format("江西省"), warning.format("湖南省"), titles)
    assert same_story(warning.format("江西省"), warning.format("江西省"), titles)


def test_unit_of_thousand_is_not_part_of_the_figure() -> None:
    """20千米 and 20km are the same figure."""
    assert same_story(BODY.format("送菜的车每天跑20千米。"), BODY.format("送菜的车每天跑20km。"))


def test_one_word_that_differs_in_titles_of_one_template_is_another_subject() -> None:
    """If titles differ in one word, and neither text contains the word of the other title, there are two subjects."""
    text = "{0}的代表昨天来到柳荫街。" + BODY.format("") + WINTER
    titles = ("柳荫街接待葛家坪代表团", "柳荫街接待罗山湾代表团")
    assert not same_story(text.format("葛家坪"), text.format("罗山湾"), titles)
    assert same_story(text.format("葛家坪"), text.format("葛家坪"), titles)


BRIEF = (
    "柳荫街道办事处昨天傍晚发布通告,早市的新棚子从下月一日起启用,摊主可以凭旧摊位证换领新证,"
    "换证不收任何费用。老棚子在换证结束以后拆除,拆除期间街口的公交站暂时迁到对面,接送孩子的家长请走北边的巷子。"
)


def test_report_quoted_in_a_page_with_another_title_stays_apart() -> None:
    """A page that quotes a short report under a title about something else is not a copy of the report."""
    lead = "连日来,关于城里吃饭难的议论不少。有人怪油价,有人怪天气,也有人说年轻人不肯早起,说来说去没有定论,倒像是一桩悬案。"
    after = "一碗粥从两块涨到三块,喝粥的人并没有少。可见人们要的不是便宜,是坐下来的那一刻钟。" * 4
    titles = ("柳荫街早市新棚子下月启用", "谁动了我们的早餐")
    assert not same_story(BRIEF, lead + BRIEF + after, titles)
    assert not same_story(BRIEF, BRIEF + after + lead, titles), "the title of the page is not about the report"
    assert same_story(BRIEF, BRIEF + after + lead, (titles[0], "早市新棚子启用,有人想起一碗粥"))


def test_later_part_with_names_of_the_page_joins_under_another_title() -> None:
    """A second half that names the people of the first half joins the article, although the titles differ."""
    first = "民警罗永年在山口值班十一年,每年冬天都要走坏两双棉鞋,司机们叫他老罗,他说叫什么都行,路通了就行。"
    half = WINTER.replace("路通的那天", "民警罗永年记得,路通的那天")
    page = first + "山口的气象站报过三次暴雪,县里的铲车坏了一台,剩下的一台从天黑干到天亮,司机换了四个。" * 2 + half
    assert same_story(half, page, ("喇叭声里的名字", "值守在云端的那些日子"))


def test_text_of_a_site_with_names_under_two_titles_stays_apart() -> None:
    """Equal texts that are unrelated to both of their titles stay apart, also if they name people and have figures.

    Such a text is a notice of the site.
    """
    notice = (
        "本栏目招募专栏作者。您也许是工程师葛文海,每天画图到深夜;您也许是老师齐文秀,每天站在讲台上三个小时。"
        "投稿请附上2000字的大纲,编辑部在15天以内答复,稿费按每千字300元结算,电话0731-5551234。"
    )
    titles = ("柳荫街火灾起因查明", "善后方案公布,柳荫街居民今起登记")
    assert not same_story(notice, notice, titles)
    assert same_story(notice, notice, (titles[0], titles[0]))
    feature = notice.replace("本栏目", "青石派出所。青石派出所")
    assert same_story(feature, feature, titles), "a text that names a station is an article"


def test_edited_version_joins_when_both_titles_fit_both_texts() -> None:
    """Two versions of one article join under titles without common words if both titles fit both texts."""
    shared = WINTER + EXPERTS
    one = "值班民警的手冻得写不了字,记录是后来补的。" * 3 + shared
    other = shared + "县里的收音机那几天只播一件事,谁家的亲戚困在路上,谁就守在收音机跟前不肯睡。" * 3
    titles = ("热水和山下的卫生室", "研究交通的人谈弯道")
    assert same_story(one, other, titles)
    assert not same_story(one, other, ("岁末的面孔", "城里的新闻"))


def test_numbers_of_headings_are_not_figures() -> None:
    """Numbers before headings are not compared: a copy without a section has other numbers and still joins."""
    text = (
        BODY.format("")
        + "\n{0} 换证的手续\n带上旧证和两张照片。\n{1}、领证的地方\n领证在社区警务室。\n{2} 咨询的电话\n打12119。\n"
    )
    assert same_story(text.format("3.1", 2, "3.4"), text.format("2.1", 1, "2.3"))
    assert not same_story(text.format("换证3.1", 2, "3.4"), text.format("换证2.1", 1, "2.3"))
    crowd = BODY.format("") + "\n{0} 名摊主换了新证,{1} 名摊主还在排队。\n"
    assert not same_story(crowd.format(35, 64), crowd.format(51, 78)), "a space after a figure does not make a heading"


BRIDGE = (
    "黄泥渡的木桥昨天夜里被水冲走了。摆渡的老葛天不亮就撑船过来,接走了要上学的孩子。村里说,新桥的石墩已经运到,"
    "等水退下去就开工,赶在秋收以前通行,老桥的木头捞上来给学校做桌椅。"
)


def test_digest_page_joins_only_the_first_story_that_its_title_lists() -> None:
    """A digest page whose title lists the titles of several stories joins only the first of these stories."""
    market, bridge = "柳荫街早市新棚子下月启用", "黄泥渡木桥被水冲走"
    page = f"{market}\n{BRIEF}\n{bridge}\n{BRIDGE}"
    for separator in (" | ", ";|", "-"):
        title = f"{market}{separator}{bridge}"
        assert same_story(BRIEF, page, (market, title))
        assert not same_story(BRIDGE, page, (bridge, title))
    other = f"{bridge}\n{BRIDGE}\n" + BODY.format("")
    assert not same_story(other, page + BODY.format(""), (f"{bridge}|柳荫街的粥棚", f"{market}|{bridge}"))
    assert same_story(BRIEF + BRIDGE, BRIEF + BRIDGE, (f"通报|{market}", f"{market}|柳荫街发布"))


def test_later_story_of_a_digest_page_stays_apart_when_its_heading_is_worded_differently() -> None:
    """A later story of a digest page stays apart, also if the page's title names it in other words than its heading."""
    market = "柳荫街早市新棚子下月启用"
    text = BODY.format("研究交通的冯静之说,渡口该修桥了。") + BRIDGE
    page = f"{market}\n{BRIEF}{EXPERTS}\n渡口来信\n{text}"
    assert not same_story(text, page, ("渡口来信", f"{market};大水过后的黄泥渡"))
    assert same_story(text, page, ("渡口来信", "大水过后的黄泥渡;渡口来信")), "its heading is the first in the text"
    assert same_story(text, page, (market, f"{market};大水过后的黄泥渡")), "the title of the first story"


@pytest.mark.parametrize("prefix", ["街巷周报:", "【内容更正】", "街坊看市:"])
def test_weekly_collection_and_corrected_notice_are_not_copies(prefix: str) -> None:
    """A weekly collection does not join the story that its title names, nor a corrected notice the notice."""
    market = "柳荫街早市新棚子下月启用"
    page = BRIEF + EXPERTS + BRIDGE
    assert not same_story(BRIEF + EXPERTS, page, (market, prefix + market))
    assert same_story(BRIEF + EXPERTS, page, (market, "街巷:" + market))


def test_flashes_of_two_days_stay_apart() -> None:
    """Short reports that repeat the same background are two stories if their leads name different days and share no
    words.
    """
    rest = "截至收摊,豆浆、油条和葱饼{}都卖完了。" + BRIDGE
    one = "30日早上,柳荫街的早市挤满了人。" + rest.format("")
    other = "3日一早,街口的棚子里添了新炉子。" + rest.format("又")
    titles = ("柳荫街早市热闹", "柳荫街早市又热闹了")
    assert not same_story(one, other, titles)
    assert same_story(one, other.replace("3日一早", "30日一早"), titles)
    later = other.replace("截至收摊,豆浆、油条和葱饼又都卖完了", "到八点还剩两屉包子")
    assert not same_story(one, later, titles), "no sentence is similar beside the lead"


def test_range_with_one_unit_and_range_with_two_have_equal_figures() -> None:
    """5.3亿元至6.8亿元 and 5.3至6.8亿元 are the same figures."""
    text = WINTER + "县里说,修一条隧道要花{}元,架一座桥要花{}元,两样都做要花{}元。"
    one = text.format("5.3亿元至6.8亿", "3.7亿元至4.2亿", "9万元至11万")
    other = text.format("5.3至6.8亿", "3.7至4.2亿", "9至11万")
    assert same_story(one, other)
    assert not same_story(one, text.format("5.4至6.9亿", "3.8至4.3亿", "8至10万"))


def test_list_of_the_pages_of_an_article_is_not_compared() -> None:
    """Two pages that share only the list of an article's pages are two stories."""
    letters = (EXPERTS + MARKET + WINTER).translate(str.maketrans("", "", "。,、?\n"))
    pages = "".join(f"第{n}页:{letters[n * 20 : n * 20 + 20]}" for n in range(1, 19)) + "\n"
    assert not same_story(pages + BRIDGE, pages + BRIEF)
    assert same_story(pages + BRIDGE + BRIEF, BRIDGE + BRIEF)


def test_two_collections_of_one_day_stay_apart() -> None:
    """Two collections that share most of a story are two stories."""
    one, other = BRIEF + EXPERTS, BRIEF + EXPERTS + BRIDGE + WINTER
    assert not same_story(one, other, ("街坊看市:早市的新棚子", "早市新棚子启用,一周要闻"))
    assert same_story(one, other, ("街坊看市:早市的新棚子", "街坊看市:早市新棚子启用"))


def test_announcements_of_two_companies_stay_apart() -> None:
    """Announcements with one text are two stories if the registered names of the companies differ."""
    text = "{}董事会保证公告的内容真实、准确、完整。" + BRIDGE + EXPERTS
    one, other = text.format("红石崖渔业股份有限公司"), text.format("柳荫街豆制品有限责任公司")
    assert not same_story(one, other)
    assert same_story(one, one.replace("红石崖渔业股份有限公司", "公司"))
    assert same_story(one, one.replace("红石崖渔业股份", "红石崖渔业集团"))


def test_two_numbered_announcements_stay_apart() -> None:
    """Two announcements of one company are two stories if their numbers differ."""
    held = "张敬之持股6年,第1年11万股,第2年12万股,第3年15万股,第4年16万股,第5年17万股,第6年20万股。"
    text = "公告编号:2025-0{}\n" + BODY.format(held) + BRIDGE + WINTER
    titles = ("渔业公司公告", "渔业公司公告")
    assert not same_story(text.format(53), text.format(54), titles)
    assert same_story(text.format(53), text.format(53), titles)


def test_reports_on_two_parts_of_a_trading_day_stay_apart() -> None:
    """A report on the opening of a market and one on its close are two stories."""
    text = BRIEF + EXPERTS
    assert not same_story(text, text + BRIDGE, ("开盘:鱼市低开", "收盘:鱼市走高"))
    assert same_story(text, text + BRIDGE, ("开盘:鱼市低开", "早盘:鱼市低开"))


STANDING = (
    "本号所写的办法只供学习,照着做出了差错由读者自己负责。每周二晚上八点讲一课,听课的人请先在群里报名,"
    "群里不许吵架,不许卖东西。老学员带一位新学员,两个人各得一把修枝剪,剪子坏了可以换一次。新学员头一年交会费,"
    "第二年起不交。缺课三次的要补一篇笔记,笔记写得好的印成小册子,送给镇上的农技站。"
)


def test_articles_of_one_author_about_two_subjects_stay_apart() -> None:
    """Articles that share mostly standard text are two stories if their titles name different subjects."""
    one = f"砂梨树怎样防冻。砂梨树怕倒春寒,开花前要灌一次水。{STANDING}"
    other = f"黄桃树怎样防冻。黄桃树怕倒春寒,开花前要灌一次水。{STANDING}"
    titles = ("果园夜话第一讲:砂梨树的防冻办法", "果园夜话:给黄桃树刷白的时候")
    assert not same_story(one, other, titles)
    assert same_story(one, one + "留言区里有人问起石榴。", (titles[0], "春天来了说说果树"))
    latin = f"{{0}}水泵的阀门容易卡住,先断电再拆。{STANDING}"
    pumps = ("水泵维修:QY65型漏水", "水泵维修:WQD10型不转")
    assert not same_story(latin.format("QY65型"), latin.format("WQD10型"), pumps)
    assert not same_story(STANDING, STANDING + "散会。", pumps), "the name may stand in a picture"


def test_standing_text_under_titles_of_two_articles_stays_apart() -> None:
    """Nearly equal texts that mention neither subject of their two titles are an author's standard text, not copies."""
    titles = ("果树栽培:台风过后怎样扶正倒伏的葡萄架", "果树栽培:怎样看出枇杷叶背面的虫卵")
    assert not same_story(STANDING, STANDING + "散会。", titles)
    assert same_story(STANDING, STANDING + "散会。", (titles[0], "每周二晚上八点讲课,老学员带新学员得修枝剪"))
    assert same_story(STANDING, STANDING + "散会。", (titles[0], "台风过后怎样扶正葡萄架"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("早市摊位报名启事(第19期)", "早市摊位报名启事(第24期)"),
        ("2月早市抽查结果", "11月早市抽查结果"),
        ("早市摊主守则(2.0版)", "早市摊主守则(3.0版)"),
    ],
)
def test_titles_that_differ_only_in_the_edition_keep_equal_texts_apart(one: str, other: str) -> None:
    """Texts that differ only in lines with dates are two stories if the titles differ in edition, month or version."""
    text = BODY.format("报名在社区警务室进行。") + WINTER
    assert not same_story(text + "\n2025年5月24日前", text + "\n2025年6月28日前", (one, other))
    assert same_story(text, text, (one, f"{other},一条街的新规矩")), "an equal text with another title is a copy"


def test_edition_of_a_series_closes_the_story_of_another_edition() -> None:
    """A text of a series without an edition in its title does not put two editions into one story."""
    first, second = BODY.format("") + WINTER + EXPERTS, BODY.format("") + BRIDGE + BRIEF
    both = first + BRIDGE + BRIEF
    rows = [("a", "早市摊主守则", both), ("b", "早市摊主守则(2.0版)", first), ("c", "早市摊主守则(3.0版)", second)]
    found = cluster(rows)
    assert found["b"] != found["c"]
