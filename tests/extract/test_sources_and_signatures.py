"""Tests of sources, editors and writers in the forms that Chinese pages use. All pages are invented."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.extract import WRITING, bylines, extract, publisher
from ingest.pipeline_types import Page
from store.records import Article

OWN = "河堤上的周启明"
LINES = [
    "清晨六点,老街还没有醒,民警周启明已经沿着河堤走了两个来回,手里提着一袋刚出锅的包子。",
    "“他每天都来。”卖豆腐的许婶说,前年冬天她家的水管冻裂,就是派出所的人帮着修好的。",
    "这些年,小街上的纠纷少了三成,邻里之间有了矛盾,第一个想到的就是警务室的那盏灯。",
]
TEXT = "".join(f"<p>{line}</p>" for line in LINES)


def article_of(body: str, head: str = "") -> Article:
    html = f"<html><head><title>{OWN}</title>{head}</head><body><h1>{OWN}</h1>{body}</body></html>"
    url = "http://www.example.com/a/1.html"
    moment = datetime.fromisoformat("2024-09-01T10:00:00+08:00")
    return extract(Page(url, url, 200, {}, html.encode(), html, "utf-8", "meta", moment)).article


def dated(line: str, end: str = "", below: str = "") -> Article:
    return article_of(f"<div class=info>{line}</div><div class=text>{TEXT}{end}</div><div class=x>{below}</div>")


def writers(article: Article) -> list[str]:
    return [credit.name for credit in article.authors if credit.role in WRITING]


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("来源/江城日报 编辑/罗小雨", "江城日报"),
        ("来源:“江城日报”", "江城日报"),
        ("来源单位:江城市公安局", "江城市公安局"),
        ("来源媒体:江城日报", "江城日报"),
        ("报送单位:江城市公安局", "江城市公安局"),
        ("发布媒体:江城日报", "江城日报"),
        ("首发:江城网", "江城网"),
        ("转载自江城日报", "江城日报"),
        ("摘自《江城日报》", "江城日报"),
        ("来源:江城日报、江城晚报", "江城日报"),
        ("来源:综合自平安江城、江城日报", "平安江城"),
        ("来源:微信公众号:平安江城", "平安江城"),
        ("来源:@平安江城", "平安江城"),
        ("本文转载自公众号:<a href=/>平安江城</a>(ID:<b>pajc</b>),系授权发布", "平安江城"),
        ("来源:江城日报记者罗小雨", "江城日报"),
        ("来源:江城日报A03版", "江城日报"),
        ("来源:<a href=/>江城</a>日报", "江城日报"),
        ("来源:《江城 <a href=/>户外</a> 杂志》", "江城户外杂志"),
        ("来源:江城网(小贝)", "江城网"),
        ("来源:江城日报(罗小雨)", "江城日报"),
        ("来源:江城网(江城网)", "江城网"),
        ("来源:江城日报(海外版)", "江城日报(海外版)"),
        ("来源:本站原创", None),
        ("来源:本网讯", None),
        ("来源:其他媒体", None),
        ("来源:综合整理", None),
        ("来源:中共江城市委政法委", "中共江城市委政法委"),
        ("来源:江城网·江城日报", "江城网·江城日报"),
    ],
)
def test_labelled_sources(line: str, source: str | None) -> None:
    """The medium is read after every label; of several media the first; 本站原创 and 综合整理 are not media."""
    assert dated(f"2024-06-12 10:00 {line}").source == source


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("2024-06-12 10:00 【江城日报】", "江城日报"),
        ("2024-06-12 江城日报报道", "江城日报"),
        ("2024-06-12 10:00 发布 平安江城", "平安江城"),
        ("江城家园 jiacheng.example.com 2024-06-12", "江城家园"),
        ("2024-06-12 分类:<a href=/c>警营故事</a> 举报", None),
        ("2024-06-12 10:00 Jun", None),
        ("本帖最后由 老江 于 2024-06-12 10:00 编辑", None),
        ("6月12日-6月20日 2024-06-12", None),
        ("聚隆广场营销中心明天开放 2024-06-12", None),
        ("(/<i>8</i>)共<i>8</i>张图片,发表于2024-06-12 15:18", None),
    ],
)
def test_words_beside_a_date(line: str, source: str | None) -> None:
    """Media and accounts beside a date are sources; months, categories, notes of forums and headlines are not."""
    article = dated(line)
    assert (article.source, article.authors) == (source, ())


@pytest.mark.parametrize(
    "end",
    [
        "(据江城日报)",
        "(摘自《江城日报》)",
        "(转载自《江城日报》)",
        "原载《江城日报》",
        "(原载《江城日报》2024年6月12日)",
        "本文转自江城日报",
        "综合自江城日报",
        "综合:江城日报",
        "来源:江城日报、江城晚报",
    ],
)
def test_source_below_the_text(end: str) -> None:
    """A medium named below the text in one of many forms is the source; a medium named in a sentence is not."""
    assert dated("2024-06-12", end=f"<p>{end}</p>").source == "江城日报"
    assert dated("2024-06-12", below=end).source == "江城日报"
    assert dated("2024-06-12", end=f"<p>(据江城日报报道,{LINES[0]})</p>").source is None


def test_medium_beside_a_department() -> None:
    """If 来源 beside the date names a department, the medium after 来源 in the first line of the text is the source.

    An unknown medium in the first line does not replace the department.
    """
    lines = f"<div>来源:宣教中心 2024-06-12 14:59</div><div class=text><p>来源:新华网 记者:罗小雨</p>{TEXT}</div>"
    assert article_of(lines).source == "新华网"
    assert article_of(lines.replace("新华网", "无名小站")).source == "宣教中心"


def test_account_with_a_button() -> None:
    """A name before a button 关注 is an account, even if it has the form of a personal name."""
    box = "<div class=author-info><a class=author-info__name href=/u>管小满</a>{}<time>2024-06-12 23:23</time></div>"
    body = f"{box}<div class=text>{TEXT}</div>"
    followed = article_of(body.replace("{}", "<div>关注</div>"))
    assert (followed.source, writers(followed)) == ("管小满", [])
    plain = article_of(body.replace("{}", ""))
    assert (plain.source, writers(plain)) == (None, ["管小满"])


def test_column_in_the_headline() -> None:
    """A name before 丨 in the headline that is repeated beside the date is the account of the column."""
    title = f"望江亮丨{OWN}"
    html = f"<title>{title}</title><h1>{title}</h1><div>2024-06-12 09:52<span>望江亮</span></div><div>{TEXT}</div>"
    url = "http://www.example.com/a/1.html"
    moment = datetime.fromisoformat("2024-09-01T10:00:00+08:00")
    assert extract(Page(url, url, 200, {}, html.encode(), html, "utf-8", "meta", moment)).article.source == "望江亮"


def test_less_certain_sources() -> None:
    """Without a label, a medium in 《》 before 记者 in a byline and a medium beside a date below the text are sources."""
    byline = dated("2024-06-12", end="<p>作者:《江城日报》记者 罗小雨</p>")
    assert (byline.source, writers(byline)) == ("江城日报", ["罗小雨"])
    assert dated("", below="2024年06月12日 14:37 江城新闻网").source == "江城新闻网"
    assert dated("2024-06-12 江城在线", below="2024年06月12日 14:37 江城新闻网").source == "江城在线"


def test_edition_of_a_newspaper_in_the_byline() -> None:
    """江城日报网络版 beside the date is a medium and takes precedence over the shorter name in brackets at the end."""
    lines = (
        f"<div>江城日报网络版</div><div>2024-06-12 05:39</div><div class=text>{TEXT}</div><div>(来源:江城日报)</div>"
    )
    assert article_of(lines).source == "江城日报网络版"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("编辑/罗小雨 特约专家/钱进", ["罗小雨"]),
        ("栏目编辑:罗小雨 图片编辑:钱进", ["罗小雨"]),
        ("编辑:罗小雨 责任校对:钱进", ["罗小雨"]),
        ("编辑:罗小雨 制作:钱进", ["罗小雨"]),
        ("编辑:罗小雨 审签:钱进", ["罗小雨"]),
        ("编辑 罗小雨 审稿 钱进", ["罗小雨"]),
        ("编辑罗小雨", ["罗小雨"]),
        ("编辑推荐", []),
        ("江城日报记者 钱进编辑 罗小雨", ["罗小雨"]),
        ("责任编辑:罗小雨_luoxiaoyu", ["罗小雨"]),
        ("编辑:长江浪子哥 罗小雨", ["长江浪子哥", "罗小雨"]),
        ("编辑:江城融媒 罗小雨", ["罗小雨"]),
        ("编辑:市公安局 罗小雨", ["罗小雨"]),
        ("编辑:panda33,bingao", []),
    ],
)
def test_editors(text: str, want: list[str]) -> None:
    """Other roles after the editors end the list; logins, offices and media in it are not editors."""
    assert bylines.editors_in(text) == want


def test_editor_in_the_meta_element_of_government_sites() -> None:
    """The meta element `editorname` of government sites names the editor."""
    head = "<meta name=editorname content=罗小雨>"
    assert article_of(f"<div>2024-06-12</div><div>{TEXT}</div>", head).editors == ("罗小雨",)


@pytest.mark.parametrize(
    ("end", "names"),
    [
        ("(石桥镇 罗小雨)", ["罗小雨"]),
        ("(图书馆 罗小雨)", ["罗小雨"]),
        ("(江城派出所 罗小雨 钱进)", ["罗小雨", "钱进"]),
        ("(交警大队:罗小雨)", ["罗小雨"]),
        ("江城市公安局 罗小雨", ["罗小雨"]),
        ("执笔:罗小雨", ["罗小雨"]),
        ("江城日报全媒体记者 罗小雨 通讯员 钱进/文 孙好/图", ["罗小雨", "钱进"]),
        ("江城市公安局 周启明", []),
        ("江城市公安局 办公室", []),
    ],
)
def test_signatures_with_offices(end: str, names: list[str]) -> None:
    """An office may precede the writer in a signature; a person of the story and a department are not writers."""
    assert writers(dated("2024-06-12", end=f"<p>{end}</p>")) == names


@pytest.mark.parametrize(
    ("below", "names"),
    [
        ("(罗小雨、钱进)", ["罗小雨", "钱进"]),
        ("罗小雨/文", ["罗小雨"]),
        ("文、图/罗小雨", ["罗小雨"]),
        ("供稿人:罗小雨", ["罗小雨"]),
        ("(周启明)", []),
        ("(罗小雨 摄)", []),
        ("<a href=/u>罗小雨/文</a>", []),
    ],
)
def test_signatures_below_the_text(below: str, names: list[str]) -> None:
    """A signature in a box below the text names the writers; a link or a person of the story does not."""
    assert writers(dated("2024-06-12", below=below)) == names


def test_writer_after_the_name_of_the_city() -> None:
    """【江城讯】记者罗小雨报道: at the start of the text names the writer."""
    lead = f"<div>2024-06-12</div><div><p>【江城讯】记者罗小雨报道:{LINES[0]}</p>{TEXT}</div>"
    assert writers(article_of(lead)) == ["罗小雨"]


def test_medium_of_the_reporter() -> None:
    """Only a byline with 《》 and a role names the medium of the reporter."""
    assert publisher.reporters_medium("作者:《江城日报》记者 罗小雨") == "江城日报"
    assert publisher.reporters_medium("作者:《河堤旧事》 罗小雨") is None


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("罗小雨/台北报导", ["罗小雨"]),
        ("【罗小雨、钱进/台北报导】", ["罗小雨", "钱进"]),
        ("◎ 记者林和谦/采访报导", ["林和谦"]),
        ("记者罗小雨/鹿港报导", ["罗小雨"]),
        ("作者:罗小雨 江苏南通 职员", ["罗小雨"]),
        ("本版文/记者罗小雨钱进", ["罗小雨", "钱进"]),
        ("彭瑜 罗小雨文/图", ["彭瑜", "罗小雨"]),
        ("罗伯特・史密斯", ["罗伯特・史密斯"]),
        ("作者:罗小雨和钱进", ["罗小雨", "钱进"]),
        ("作者:周一", []),
        ("经济通", []),
    ],
)
def test_bylines_below_the_date(byline: str, names: list[str]) -> None:
    """A line between date and text names the writers, also with the place of the report; 和 may be part of a name."""
    lines = f"<div>2024-06-12 10:00</div><div>{byline}</div><div class=text>{TEXT}</div>"
    assert writers(article_of(lines)) == names


def test_section_between_date_and_medium() -> None:
    """A section (新闻速报) between the date and the medium is not the source; the medium below it is."""
    lines = "<div>2024-06-12</div><div>新闻速报</div><div>{}</div><div class=text>" + TEXT + "</div>"
    assert article_of(lines.format("中央社")).source == "中央社"
    assert article_of(lines.format("江城醒报/罗小雨")).source == "江城醒报"
    assert article_of(lines.format("老街的早晨")).source is None


def test_channel_of_a_portal_beside_a_pen_name() -> None:
    """The channel of a portal (腾讯科技) is the source, not the pen name beside it."""
    assert dated("2024年06月12日10:32<b>腾讯科技</b><i>[微博]</i><b>无忌</b>我要评论(0)").source == "腾讯科技"


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        (f"{OWN} - 江城网", f"江城网 〉检视火线新闻 〉{OWN}"),
        (f"{OWN} - 江城网", f"{OWN} 【08:05】"),
    ],
)
def test_breadcrumbs_and_times_in_headings(title: str, heading: str) -> None:
    """Breadcrumbs before the headline and the time behind it are removed if <title> lacks them."""
    html = f"<title>{title}</title><h2>{heading}</h2><div>2024-06-12</div><div>{TEXT}</div>"
    url = "http://www.example.com/a/1.html"
    moment = datetime.fromisoformat("2024-09-01T10:00:00+08:00")
    assert extract(Page(url, url, 200, {}, html.encode(), html, "utf-8", "meta", moment)).article.title == OWN


def test_headline_that_begins_with_the_name_of_an_institute() -> None:
    """If <title> is the start of a longer line above the text, that line is the headline."""
    title = "江城市淡水水产研究所"
    line = f"{title}召开全体职工大会"
    html = f"<title>{title}</title><div>{line}</div><div>21</div><div>2024年02月</div><div>{TEXT}</div>"
    url = "http://www.example.com/a/1.html"
    moment = datetime.fromisoformat("2024-09-01T10:00:00+08:00")
    assert extract(Page(url, url, 200, {}, html.encode(), html, "utf-8", "meta", moment)).article.title == line


def test_newspaper_of_the_reporter_on_an_epaper() -> None:
    """On an e-paper that does not name itself, the newspaper in the reporter's byline is the source.

    On other pages it is not.
    """
    menu = "<div>2024年06月12日</div><div>{}</div><div>顶点新闻·法制晚报记者罗小雨/文</div>"
    page = f"{menu}<div class=text>{TEXT}</div>"
    assert article_of(page.format("版面导航 本版导航")).source == "法制晚报"
    assert article_of(page.format("字号 打印")).source is None


def test_author_in_the_comment_of_a_content_system_must_be_displayed() -> None:
    """The author in the comment of the 方正 content system is a writer only if the page displays the name."""
    comment = "<!--<founder-author>罗小雨</founder-author>--><!--enpproperty <author>罗小雨</author> /enpproperty-->"
    assert writers(article_of(f"{comment}<div>2024-06-12</div>{TEXT}")) == []
    assert writers(article_of(f"{comment}<div>2024-06-12 罗小雨</div>{TEXT}")) == ["罗小雨"]


@pytest.mark.parametrize(
    "word", ["政务公开", "媒体聚焦", "所队风采", "警界先锋", "社会民生", "法治建设", "基层快讯", "农历五月初七"]
)
def test_sections_beside_a_date(word: str) -> None:
    """Sections of police and government sites beside a date are not sources."""
    assert dated(f"2024-06-12 10:00 {word}").source is None


@pytest.mark.parametrize("account", ["法治江城", "江城交警", "江城反诈"])
def test_accounts_of_the_police(account: str) -> None:
    """Accounts of the police on a line beside the date are sources."""
    lines = f"<div>{account}</div><div>2024-06-12 10:00</div><div class=text>{TEXT}</div>"
    assert article_of(lines).source == account


def test_writer_and_medium_above_the_date() -> None:
    """A line with a writer and the medium names both."""
    lines = f"<div>罗小雨 江城日报</div><div>2024-06-12</div><div class=text>{TEXT}</div>"
    article = article_of(lines)
    assert (article.source, writers(article)) == ("江城日报", ["罗小雨"])


def test_editor_beside_the_date_is_no_writer() -> None:
    """The name after 编辑 in the line of the date is not a writer, even if the field 作者 before it is empty.

    A name beside the date without 编辑 is a writer, even if 责任编辑 below the text names the same person.
    """
    article = dated("2024年06月12日 10:00 来源: 江城日报 作者: 编辑: 罗小雨")
    assert (article.source, writers(article), article.editors) == ("江城日报", [], ("罗小雨",))
    both = dated("2024-06-12 江城日报 罗小雨", below="责任编辑:罗小雨")
    assert (writers(both), both.editors) == (["罗小雨"], ("罗小雨",))


@pytest.mark.parametrize(
    ("end", "names", "editors"),
    [
        ("来源丨江城公安 记者丨罗小雨 责编丨钱进", ["罗小雨"], ("钱进",)),
        ("江城日报 记者:罗小雨 编辑:钱进", ["罗小雨"], ("钱进",)),
        ("编辑 罗小雨/审核 钱进", [], ("罗小雨",)),
        ("(作者单位:江城市公安局 罗小雨)", ["罗小雨"], ()),
        ("□ 罗小雨", ["罗小雨"], ()),
    ],
)
def test_credits_with_bars_and_slashes(end: str, names: list[str], editors: tuple[str, ...]) -> None:
    """Bars and slashes divide roles and names below the text and in its last line."""
    for article in (dated("2024-06-12", end=f"<p>{end}</p>"), dated("2024-06-12", below=end)):
        assert (writers(article), article.editors) == (names, editors)
