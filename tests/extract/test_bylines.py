"""Tests of names with roles, of dates in many forms, and of publishers with and without a label."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract import bylines, pub_date, publisher

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 5, 20, 12, 0, tzinfo=ZONE)


def authors(text: str) -> list[tuple[str, str]]:
    found = bylines.authors_in_zone(text) or bylines.authors_in_line(text) or bylines.authors_in_tail(text)
    return [(credit.role, credit.name) for credit in found]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("记者 李 亚 饶 果 |", [("记者", "李亚"), ("记者", "饶果")]),
        ("本报记者 陈 东 升 本报通讯员 王 春 芳", [("记者", "陈东升"), ("通讯员", "王春芳")]),
        (
            "□全媒体记者 叶敏 实习生 齐若兰 通讯员 方琪 文/图",
            [("记者", "叶敏"), ("实习生", "齐若兰"), ("通讯员", "方琪")],
        ),
        ("文/通讯员 孙颢源 大连新闻传媒集团记者 安文元 图/公安部门提供", [("通讯员", "孙颢源"), ("记者", "安文元")]),
        ("(记者 苏若谷 阿依努尔 通讯员 邵成)", [("记者", "苏若谷"), ("记者", "阿依努尔"), ("通讯员", "邵成")]),
        ("新京报讯(记者 程一帆)3月12日,记者看到,门口排起了队。", [("记者", "程一帆")]),
        ("中新网重庆5月21日电 (刘贤 王晓婷)清晨六点半,民警出了门。", [("记者", "刘贤"), ("记者", "王晓婷")]),
        ("来源:中国警察网 作者:陈实 通讯员 李强 2023-05-06", [("作者", "陈实"), ("通讯员", "李强")]),
        ("作者:上官岚 宋致宁", [("作者", "上官岚"), ("作者", "宋致宁")]),
        ("【文/观察者网专栏作者 李岩】", [("作者", "李岩")]),
        ("他说,工作还要做下去。(王 茜 王宇蓝)", [("作者", "王茜"), ("作者", "王宇蓝")]),
        ("群众的事再小也是大事。(编译/关靖远)", [("编译", "关靖远")]),
        ("图/文 罗小雨", [("文", "罗小雨")]),
        ("法治晨报全媒体记者 罗小雨 法治晨报通讯员 钱进", [("记者", "罗小雨"), ("通讯员", "钱进")]),
        ("上流新闻-江城晨报记者 罗小雨", [("记者", "罗小雨")]),
        ("供稿:罗小雨", [("作者", "罗小雨")]),
        ("文/图:罗小雨 实习生 钱进", [("作者", "罗小雨"), ("实习生", "钱进")]),
        ("作者:团结县公安局 罗小雨", [("作者", "罗小雨")]),
        ("采写:江都记者 罗小雨", [("记者", "罗小雨")]),
        ("(记者:罗小雨 通讯员:古丽娜尔)", [("记者", "罗小雨"), ("通讯员", "古丽娜尔")]),
        ("By 罗小雨 | Oct 20, 2020", [("作者", "罗小雨")]),
        ("民警发布By-law解读", []),
        ("作者 罗小雨 摄影 钱进", [("作者", "罗小雨")]),
        ("江城晚报记者 罗小雨 摄影报道", [("记者", "罗小雨")]),
        ("江城晚报记者 罗小雨 摄", []),
        ("法治晨报讯 记者罗小雨 通讯员钱进 清晨六点半,民警出了门。", [("记者", "罗小雨"), ("通讯员", "钱进")]),
        ("【江城晚报讯】(罗小雨 钱进)清晨六点半,民警出了门。", [("记者", "罗小雨"), ("记者", "钱进")]),
        ("本报记者罗小雨报道:清晨六点半,民警出了门。", [("记者", "罗小雨")]),
        ("本报讯 记者从公安局获悉,夏季行动已经开始。", []),
        ("他推着车走了。(团结派出所 罗小雨)", [("作者", "罗小雨")]),
        ("他推着车走了。(罗小雨 钱进/文)", [("作者", "罗小雨"), ("作者", "钱进")]),
        ("他推着车走了。(记者 罗小雨 摄影报道)", [("记者", "罗小雨")]),
        ("他推着车走了。(高新区)", []),
        ("他推着车走了。(左二)", []),
        ("来源:江城日报 作者:罗小雨;钱进", [("作者", "罗小雨"), ("作者", "钱进")]),
        ("来源:江城日报 供稿人:罗小雨", [("作者", "罗小雨")]),
        ("来源:江城日报 文/罗小雨", [("作者", "罗小雨")]),
        ("来源:江城日报 记者 罗小雨 共享同盟·江城 钱进", [("记者", "罗小雨")]),
        ("记 者:罗小雨 钱 进", [("记者", "罗小雨"), ("记者", "钱进")]),
        ("高中语文", []),
        ("罗小雨供稿", [("作者", "罗小雨")]),
        ("记者 罗小雨 山东冠县报道", [("记者", "罗小雨")]),
        ("江城晚报记者 罗小雨 广州报道", [("记者", "罗小雨")]),
        ("来源:江城网 作者:罗小雨/台北", [("作者", "罗小雨")]),
        ("作者:罗小雨/江城日报", [("作者", "罗小雨")]),
        ("商报记者罗小雨/文", [("记者", "罗小雨")]),
        ("日报·客户端记者 罗小雨", [("记者", "罗小雨")]),
        ("顶峰新闻·江城商报记者罗小雨/文受访者供图", [("记者", "罗小雨")]),
        ("整合 江城日报·浪花记者 罗小雨", [("记者", "罗小雨")]),
        ("来源:《江城报》、罗小雨 钱进 孙好", [("作者", "罗小雨"), ("作者", "钱进"), ("作者", "孙好")]),
        ("采访记者:央际", [("记者", "央际")]),
        ("作者: Alan Wei 日期:2023-04-10 12:14", [("作者", "Alan Wei")]),
        ("作者:罗小雨钱进", [("作者", "罗小雨"), ("作者", "钱进")]),
        ("作者: 江城谈记者谭飞王艳明闫鹃 稿源:江城网", [("记者", "谭飞"), ("记者", "王艳明"), ("记者", "闫鹃")]),
        ("江城日报全媒体记者罗小雨钱进", [("记者", "罗小雨"), ("记者", "钱进")]),
        ("作者:江城大学历史学院罗小雨", [("作者", "罗小雨")]),
        ("来源 | 江城日报 罗小雨", [("作者", "罗小雨")]),
        ("彭瑜 罗小雨文/图", [("作者", "彭瑜"), ("作者", "罗小雨")]),
        ("他推着车走了。编译/记者 罗小雨 钱进", [("记者", "罗小雨"), ("记者", "钱进")]),
        ("他推着车走了。(罗小雨 发自江城)", [("记者", "罗小雨")]),
        ("他推着车走了。(罗小雨报道)", [("记者", "罗小雨")]),
        ("他推着车走了。(罗小雨/江城新闻)", [("作者", "罗小雨")]),
        ("江城网记者罗小雨5月13日报道:清晨六点半,民警出了门。", [("记者", "罗小雨")]),
        ("江城日报记者罗小雨报道 清晨六点半,民警出了门。", [("记者", "罗小雨")]),
        ("□江城日报 记者 罗小雨 清晨六点半,民警出了门。", [("记者", "罗小雨")]),
        ("江城财经 罗小雨 5月20日,河堤上来了三个人。", [("记者", "罗小雨")]),
        ("记者 罗小雨 清晨六点,民警出了门。", [("记者", "罗小雨")]),
        ("作者:高级工程师", []),
        ("作者:佚名", []),
        ("作者:admin", []),
        ("文章作者:渝北公安", []),
        ("民警上门走访。(杜川 摄)", []),
        ("小花(化名)一家住在这里。", []),
    ],
)
def test_authors(text: str, want: list[tuple[str, str]]) -> None:
    """Writers are read with their roles; offices, photographers in captions and 化名 are not authors."""
    assert authors(text) == want


def test_names_before_the_first_role() -> None:
    """In a bracket that opens a text, names before the first role are reporters.

    Each later name has the role before it.
    """
    found = bylines.authors_in_line("【江城晚报讯】(罗小雨 钱进 通讯员 江公宣)清晨六点半,民警出了门。")
    assert [(credit.role, credit.name) for credit in found] == [
        ("记者", "罗小雨"),
        ("记者", "钱进"),
        ("通讯员", "江公宣"),
    ]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("罗小雨 钱进", ["罗小雨", "钱进"]),
        ("罗小雨", []),
        ("高新区 金水区", []),
        ("平安 法治", []),
        ("罗小雨 两位民警", []),
        ("罗小雨 钱进 台中", ["罗小雨", "钱进"]),
        ("罗小雨 钱进 孙好 彭瑜 谭飞", []),
    ],
)
def test_line_of_names(text: str, want: list[str]) -> None:
    """Two names alone in a line are credits; one name, five names, districts and channels are not."""
    assert [credit.name for credit in bylines.line_of_names(text)] == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("责任编辑:逄成林_NBJ20718", ["逄成林"]),
        ("[责任编辑:朱家岸 PN031]", ["朱家岸"]),
        ("编辑:郭茜 责任编辑:刘朗", ["郭茜", "刘朗"]),
        ("编辑 刘晓舟 校对 李澄", ["刘晓舟"]),
        ("编辑:刘晓舟;责任编辑:李澄", ["刘晓舟", "李澄"]),
        ("编辑:刘晓舟;李澄", ["刘晓舟", "李澄"]),
        ("(刘晓舟 编辑)", ["刘晓舟"]),
        ("江城网编辑:刘晓舟", ["刘晓舟"]),
        ("(证券之星编辑整理)", []),
        ("责任编辑:刘晓舟实习编辑:李澄", ["刘晓舟", "李澄"]),
        ("责任编辑:刘晓舟(实习)", ["刘晓舟"]),
        ("▌编辑:刘晓舟", ["刘晓舟"]),
        ("责任编辑:admin", []),
        ("(责编:初梓萱、邹宇飞)", ["初梓萱", "邹宇飞"]),
        ("(责编:初梓萱(实习生)、邹宇飞)", ["初梓萱", "邹宇飞"]),
        ("选稿:刘晓舟", ["刘晓舟"]),
        ("[责任编辑: 王 小 芳 ]", ["王小芳"]),
        ("责编:Demi Xia", ["Demi Xia"]),
        ("作者:未知 责任编辑:慢慢不是马", ["慢慢不是马"]),
        ("责任编辑:tf017", []),
        ("[责任编辑:PN054]", []),
        ("编辑:实习生 刘晓舟", ["刘晓舟"]),
        ("(松江网编辑 刘晓舟)", ["刘晓舟"]),
        ("编辑:外部自动化", []),
        ("责任编辑:alonliu", []),
        ("编辑:[张三] 审核:李四", ["张三"]),
        ("一审:刘芳 二审:张伟 三审:王强", []),
        ("记者走进编辑部,看到墙上的奖状。", []),
    ],
)
def test_editors(text: str, want: list[str]) -> None:
    """Names after labels such as 责任编辑 and 选稿 are read without staff codes; proofreaders are not editors."""
    assert bylines.editors_in(text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2023年5月6日 21时37分", "2023-05-06T21:37+08:00"),
        ("时间:2023-05-23 21:37:44来源:法律常识", "2023-05-23T21:37:44+08:00"),
        ("2023/5/6 8:46:12", "2023-05-06T08:46:12+08:00"),
        ("发布日期:2023.05.06", "2023-05-06"),
        ("2014-08-2421:30", "2014-08-24T21:30+08:00"),
        ("2023 05 / 18 10:21:37", "2023-05-18T10:21:37+08:00"),
        ("二〇二三年十月二十五日", "2023-10-25"),
        ("二○二三年十月五日", "2023-10-05"),
        ("民国一一十年八月四二日", None),
        ("2023年5月6日下午3:05", "2023-05-06T15:05+08:00"),
        ("2024-05-19T23:30:00Z", "2024-05-20T07:30:00+08:00"),
        ("昨天 21:37", "2024-05-19T21:37+08:00"),
        ("3小时前", "2024-05-20T09:00+08:00"),
        ("半小时前", "2024-05-20T11:30+08:00"),
        ("Sat May 06 08:46:12 CST 2023", "2023-05-06T08:46:12+08:00"),
        ("05/06/2023 08:30", None),
        ("5月6日 08:30", "2024-05-06T08:30+08:00"),
        ("12-28 19:55", "2023-12-28T19:55+08:00"),
        ("2026-02-30", None),
        ("2023年13月", None),
        ("2099-01-01", None),
        ("电话 010-64870663", None),
        ("1/8", "2024-01-08"),
        ("Posted on October 20, 2020 by 褚红梅", "2020-10-20"),
        ("Oct. 20, 2020 at 8:30 pm", "2020-10-20T20:30+08:00"),
        ("20 October 2020", "2020-10-20"),
        ("Marching 20, 2020", None),
        ("[23-03-05 10:21]", "2023-03-05T10:21+08:00"),
        ("98.11.02", "1998-11-02"),
        ("05-03-24 10:21", None),
        ("发表时间:05-03-24 10:21", "2005-03-24T10:21+08:00"),
        ("Thursday, March 14, 2024 - 09:15", "2024-03-14T09:15+08:00"),
        ("12-13-14-15", None),
    ],
)
def test_dates(text: str, want: str | None) -> None:
    """Chinese and English forms of dates are read with the stated precision; impossible and future dates are not."""
    found = pub_date.find(text, NOW, ZONE)
    assert (found.iso if found else None) == want


@given(st.text("零一二三四五六七八九十百〇○O0", max_size=5), st.text("一二三四五六七八九十", max_size=3))
def test_any_chinese_numerals_make_a_date_or_none(year: str, day: str) -> None:
    """Any numerals result in None or in a date that is at most one day in the future."""
    for text in (f"{year}年{day}月{day}日", f"民国{year}年{day}月{day}日", f"2023年{day}月{year}日"):
        found = pub_date.find(text, NOW, ZONE)
        assert found is None or found.iso[:10] <= f"{NOW + timedelta(days=1):%Y-%m-%d}"


@given(st.datetimes(datetime(1995, 1, 1), datetime(2024, 5, 1)))  # noqa: DTZ001
def test_formatted_dates_are_read_unchanged(moment: datetime) -> None:
    """Any date with a time is read unchanged in three common forms."""
    for text in (
        moment.strftime("%Y-%m-%d %H:%M:%S"),
        f"{moment.year}年{moment.month}月{moment.day}日{moment:%H:%M:%S}",
        moment.strftime("%Y/%m/%d %H:%M:%S"),
    ):
        found = pub_date.find(text, NOW, ZONE)
        assert found is not None
        assert found.iso == moment.strftime("%Y-%m-%dT%H:%M:%S+08:00")


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("1662516000", "2022-09-07T10:00:00+08:00"),
        ("1662516000000", "2022-09-07T10:00:00+08:00"),
        ("20230506", "2023-05-06"),
        ("2023-02-17 00:00:00.000", "2023-02-17"),
        ("2023-01-18 10:00:00", "2023-01-18T10:00:00+08:00"),
        ("not a date", None),
    ],
)
def test_machine_dates(value: str, want: str | None) -> None:
    """Epoch seconds, milliseconds and compact dates are read; midnight is read as a date without a time."""
    assert pub_date.from_meta(value, NOW, ZONE) == want


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("http://a.cn/2023/05/06/c1.html", "2023-05-06"),
        ("http://a.cn/n1/2023/0506/c42510-32680001.html", "2023-05-06"),
        ("http://a.cn/xwzx/t20230411_1000001.html", "2023-04-11"),
        ("http://a.cn/html/2023-02/17/content_98012.htm", "2023-02-17"),
        ("http://a.cn/13051999/x.html", None),
    ],
)
def test_dates_in_urls(url: str, want: str | None) -> None:
    """Dates in the path of a URL are read; other numbers are not dates."""
    assert pub_date.from_url(url, NOW) == want


@pytest.mark.parametrize(
    ("pieces", "want"),
    [
        (["2021-03-09 06:12:37 来源:", "央视新闻客户端", "举报"], "央视新闻客户端"),
        (["发布时间:2020-09-02 来源:中国植物学会"], "中国植物学会"),
        (["来源:人民公安报 作者:张洋 编辑:李静"], "人民公安报"),
        (["来源", "CSDN", "|"], "CSDN"),
        (["稿源:荆楚网 2023-05-06 09:00 | 编辑:彭丹"], "荆楚网"),
        (["来源:人民网-重庆频道"], "人民网-重庆频道"),
        (["来源: | 发布时间: 2019-08-06"], ""),
        (["Oct 20, 2020 | Source: 江城时报"], "江城时报"),
        (["文章来源:微信公众号“平安江城” 作者:宣传科"], "平安江城"),
        (["来源:江 城 公 安"], "江城公安"),
        (["警方正在调查资金来源,案件还在办理中。"], None),
    ],
)
def test_labelled_sources(pieces: list[str], want: str | None) -> None:
    """The name after 来源 is read. A label without a name results in "", and 来源 in a sentence in None."""
    assert publisher.labelled(pieces) == want


@pytest.mark.parametrize(
    ("pieces", "date", "want"),
    [
        (["2020年03月05日 06:10", "北京日报"], "2020年03月05日 06:10", "北京日报"),
        (["原创", "羊城晚报", "2020-03-05 14:22:31"], "2020-03-05 14:22:31", "羊城晚报"),
        (["理财课堂", "三脚架", "2020-04-16 09:35"], "2020-04-16 09:35", "三脚架"),
        (["老丁说案 2024-06-11 08:27 河北"], "2024-06-11 08:27", "老丁说案"),
        (["江城观察记者 罗小雨 | 2024年5月1日 10:00"], "2024年5月1日 10:00", "江城观察"),
        (["12 Mar 2023", "5 min read"], "12 Mar 2023", None),
        (["2018-11-20 由 平安江城 发表于新闻"], "2018-11-20", "平安江城"),
        (["2024-02-10 10:11", "大字体", "扫码带走"], "2024-02-10 10:11", None),
        (["2020-10-20", "新闻6"], "2020-10-20", None),
        (["2023-05-06", "张静姝"], "2023-05-06", None),
        (["2023-05-06 04:38", "pm"], "2023-05-06 04:38", None),
        (["建立时间:2023-05-06 11:44"], "2023-05-06 11:44", None),
        (["更新时间 2023年5月6日, 格林尼治标准时间10:41"], "2023年5月6日", None),
        (["已有", "12", "人参与", "2023-05-06"], "2023-05-06", None),
        (["江城网 (2023-05-06 12:26)"], "2023-05-06 12:26", "江城网"),
        (["2023-05-06 江城传媒╱记者罗小雨/东山报导"], "2023-05-06", "江城传媒"),
        (["2023-05-06 江城时报 罗小雨/东山报导"], "2023-05-06", "江城时报"),
        (["2023-05-06", "罗小雨 报导"], "2023-05-06", None),
        (["2023-05-06", "随时随地看新闻", "留言", "资料图"], "2023-05-06", None),
    ],
)
def test_unlabelled_sources(pieces: list[str], date: str, want: str | None) -> None:
    """The publisher beside the date is read; a person, a province or a counter is not a publisher."""
    assert publisher.unlabelled(pieces, date) == want


def test_date_one_day_ahead_is_valid() -> None:
    """A page fetched at 17:00 UTC may have the date of the next day, which has begun in Shanghai.

    A date two days ahead in Shanghai is refused.
    """
    fetched = datetime(2024, 5, 19, 17, 0, tzinfo=UTC)
    assert pub_date.find("2024-05-20", fetched, ZONE) is not None
    assert pub_date.find("2024-05-22", fetched + timedelta(hours=1), ZONE) is None


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("来源:上海发布", "上海发布"),
        ("来源:上海发布 发布时间:2023-05-06", "上海发布"),
        ("来源:法治日报作者:张晨", "法治日报"),
        ("来源:平安重庆(ID:cqga110)", "平安重庆"),
        ("来源:“平安渝中”微信公众号", "“平安渝中”微信公众号"),
        ("来源:新京报我们视频", "新京报我们视频"),
        ("来源:湖北日报网 点击 88 次", "湖北日报网"),
        ("来源:江城网 文章录入:罗小雨", "江城网"),
        ("来源:江城资讯,摘自:东山时报", "江城资讯"),
        ("来源丨(东山检察)江城检察", "江城检察"),
        ("图片来源:受访者", None),
    ],
)
def test_label_words_inside_media_names_are_kept(text: str, want: str | None) -> None:
    """A label word such as 发布 stays in a publisher's name if it is part of the name; labels after the name are cut."""
    assert publisher.labelled([text]) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("(中央社记者罗小雨台北21日电)江城派出所今天表示……", [("记者", "罗小雨")]),
        ("(作者:方敏北京大学教授)", [("作者", "方敏")]),
        ("罗小雨(新华社供本报特稿)", [("作者", "罗小雨")]),
        ("记者陈嘉宁/桃园机场报导", [("记者", "陈嘉宁")]),
        ("警方正在厘清死因。(王立东/台中报导)《江城》关心你", [("记者", "王立东")]),
        ("江城网讯(编译/Rita)江城的派出所……", [("编译", "Rita")]),
        ("图为民警巡逻。江城社记者罗小雨摄 112年2月16日", []),
        ("作者:金羊网", []),
        ("记者 江苏南通", []),
    ],
)
def test_names_beside_places_and_agencies(text: str, want: list[tuple[str, str]]) -> None:
    """A place joined to a name is cut off; places, publishers and photographers are not writers."""
    assert authors(text) == want


def test_media_behind_digits_are_plausible() -> None:
    """A publisher's name may begin with digits; a button beside the date is not a publisher."""
    assert publisher.is_plausible("7706江城网", labelled=False)
    assert not publisher.is_plausible("进入江城网BBS", labelled=False)


def test_chinese_month_in_an_english_template() -> None:
    """A date of a template that translates only the month is read: 十一月 6th, 2009."""
    found = pub_date.find("其它内容 十一月 6th, 2009", NOW, ZONE)
    assert found is not None and found.iso == "2009-11-06"


@pytest.mark.parametrize(
    ("caption", "names"),
    [
        ("民警在走访群众。张三 摄", ["张三"]),
        ("图为民警巡逻。本报记者 李伟 摄", ["李伟"]),
        ("(王小明/摄)", ["王小明"]),
        ("民警入户宣传(通讯员 陈东升 摄)", ["陈东升"]),
        ("刘洋 张敏 摄", ["刘洋", "张敏"]),
        ("小河口派出所供图", []),
        ("民警走访 摄", []),
        ("资料图片 摄", []),
        ("民警拍摄了一段视频", []),
    ],
)
def test_photographers_in_captions(caption: str, names: list[str]) -> None:
    """The end of a caption names the photographer, not a writer; offices are ignored."""
    found = bylines.photographer_of(caption)
    assert [(credit.role, credit.name) for credit in found] == [("摄影", name) for name in names]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("供稿:县公安局", "县公安局"),
        ("供稿单位:团结路派出所 2023-02-14", "团结路派出所"),
        ("(江城县委政法委供稿)", "江城县委政法委"),
        ("供稿:罗小雨", None),
        ("(罗小雨 供稿)", None),
        ("他常年为县报供稿,写了三百多篇。", None),
    ],
)
def test_supplying_office_is_the_source(text: str, want: str | None) -> None:
    """供稿 with an office names the publisher; with a person it does not."""
    assert publisher.supplied(text) == want


def test_long_word_beside_a_date_is_fast() -> None:
    """A word of more than 90 characters beside a date takes less than 0.5 s (no exponential backtracking)."""
    started = process_time()
    publisher.unlabelled(["江城观察记者" + "罗" * 90 + "!", "2024-05-01"], "2024-05-01")
    assert process_time() - started < 0.5
