"""Tests of page layouts of Hong Kong, Taiwan and content platforms that mislead extraction. All pages are invented."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from ingest.errors import ExtractError
from ingest.extract import WRITING, extract
from ingest.pipeline_types import Page
from store.records import Article

OWN = "河堤上的周启明"
LINES = [
    "清晨六点,老街还没有醒,民警周启明已经沿着河堤走了两个来回,手里提着一袋刚出锅的包子。",
    "“他每天都来。”卖豆腐的许婶说,前年冬天她家的水管冻裂,就是派出所的人帮着修好的。",
    "这些年,小街上的纠纷少了三成,邻里之间有了矛盾,第一个想到的就是警务室的那盏灯。",
]
TEXT = "".join(f"<p>{line}</p>" for line in LINES)
TRADITIONAL = "".join(
    f"<p>第{number}個晚上,員警為這個長者開門,說過來還要報警,記者從後邊發現這間屋還沒有電。</p>" for number in "一二三"
)
FOREIGN = "".join(
    f"<p>第{number}座城市的交警昨天开会,部署节前的道路检查,要求各队加强巡逻。</p>" for number in "一二三四五六"
)


def article_of(body: str, head: str = "", *, shell: bool = True) -> Article:
    html = f"<html><head>{head}</head><body>{body}</body></html>" if shell else head + body
    url = "http://www.example.com/a/1.html"
    moment = datetime.fromisoformat("2024-09-01T10:00:00+08:00")
    return extract(Page(url, url, 200, {}, html.encode(), html, "utf-8", "meta", moment)).article


def dated(line: str, text: str = TEXT) -> Article:
    return article_of(
        f"<h1>{OWN}</h1><div class=info>{line}</div><div class=text>{text}</div>", f"<title>{OWN}</title>"
    )


def writers(article: Article) -> list[str]:
    return [credit.name for credit in article.authors if credit.role in WRITING]


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("2024-06-12 11:05 <a href=/p>列印</a> 文字大小", None),
        ("2024-06-12 <a href=/hk>港闻</a>", None),
        ("2024-06-12 10:00 赞赏", None),
        ("2024-06-12 10:00 加入最爱", None),
        ("信息来源: 发布日期:2024-06-12 10:00", None),
        ("2024-06-12 Thursday", None),
        ("2024-06-12 6个月)", None),
        ("2024-06-12 本文链接", None),
        ("2024-06-12 10:00 上报快讯/范姜佳钰", "上报快讯"),
        ("2024-06-12 04:29:44<a href=/>39健康网</a>", "39健康网"),
        ("2024-06-12 10:00 望江之声", "望江之声"),
        ("2024-06-12 10:00 <span>在APP内打开</span>", None),
        ("2024-06-12 10:00 字級設定", None),
        ("2024-06-12 10:00 博客", None),
        ("06.12 10:00 望江之声", "望江之声"),
        ("邵启明 江城日报 2024-06-12", "江城日报"),
        ("江城日报·邵启明 2024-06-12 10:00", "江城日报"),
        ("江城财经 邵启明 2024-06-12 10:00", "江城财经"),
    ],
)
def test_words_beside_a_date(line: str, source: str | None) -> None:
    """Buttons, channels and single common words beside a date are not sources; accounts and media are."""
    assert dated(line).source == source


def test_day_in_a_caption_is_no_dateline() -> None:
    """The words before 昨日 in a caption (红山街市:昨日重开…) are not a source."""
    caption = "<div class=pic>红山街市:昨日重开的红山街市已现鼠踪。(周启明摄)</div>"
    assert article_of(f"<h1>{OWN}</h1>{caption}<div class=text>{TEXT}</div>", f"<title>{OWN}</title>").source is None


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("2024-05-12 HKT 09:15", "2024-05-12T09:15+08:00"),
        ("2024年6月12日(三) 09:40", "2024-06-12T09:40+08:00"),
        ("2024-06-12 09:15 PM", "2024-06-12T21:15+08:00"),
        ("2024.06.12 09時30分", "2024-06-12T09:30+08:00"),
    ],
)
def test_times_behind_a_date(line: str, published: str) -> None:
    """A time zone or a weekday may stand between date and time; PM may follow; 时 and 分 may follow hour and minute."""
    assert dated(line).published == published


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("<p>記者︰邵啟明</p>", ["邵啟明"]),
        ("<p>記者﹕邵啟明</p>", ["邵啟明"]),
    ],
)
def test_small_colons_of_traditional_pages(credit: str, names: list[str]) -> None:
    """The vertical and the small colon end a label such as 記者; the text keeps these characters."""
    article = dated("2024-06-12", TRADITIONAL + credit)
    assert writers(article) == names
    assert article.text.endswith(credit[3:-4])


def test_brackets_of_taiwan_leads() -> None:
    """〔記者邵啟明/台北報導〕 names the writer."""
    assert writers(dated("2024-06-12", TRADITIONAL.replace("第一", "〔記者邵啟明/台北報導〕第一"))) == ["邵啟明"]


def test_agency_is_the_source_and_no_writer() -> None:
    """An agency (法新社) in the place of the writer is the source."""
    article = article_of(
        f"<h1>{OWN}</h1><div class=by><div>法新社</div><div>2024年6月12日</div></div><div class=text>{TEXT}</div>",
        f"<title>{OWN}</title><meta name=author content=法新社>",
    )
    assert (article.source, article.authors) == ("法新社", ())


@pytest.mark.parametrize(
    ("end", "names"),
    [
        ("<p>(本文来源:甲市日报 作者:乙研究所主任、研究员周启明)</p>", ["周启明"]),
        ("<p>周启明(作者系某某大学教授)</p>", ["周启明"]),
        ("<p>(作者:某某大学法学院教授周启明)</p>", ["周启明"]),
        ("<p>文|财新 周启明</p>", ["周启明"]),
        ("<p>文丨望江亮特约评论员 周启明</p>", ["周启明"]),
    ],
)
def test_writers_with_offices(end: str, names: list[str]) -> None:
    """A writer is found after offices and before a note about the author; a medium before the name is not a writer."""
    assert writers(dated("2024-06-12", TEXT + end)) == names


def test_source_in_brackets_at_the_end_wins_over_the_account() -> None:
    """(本文来源:甲市日报) names the source; the account of the platform only published the page."""
    account = "<div><span class=source><a href=/u>甲市在线</a></span><span class=time>2024-06-12 08:00</span></div>"
    end = "<p>(本文来源:甲市日报 作者:周启明)</p>"
    page = f"<h1>{OWN}</h1>{account}<div class=text>{TEXT}{end}</div>"
    assert article_of(page, f"<title>{OWN}</title>").source == "甲市日报"


def test_author_of_a_meta_element_must_be_displayed() -> None:
    """The author in a meta element, often the uploader of the page, is a writer only if the page displays the name."""
    head = f"<title>{OWN}</title><meta name=author content=吴小江>"
    assert article_of(f"<h1>{OWN}</h1><p>2024-06-12</p>{TEXT}", head).authors == ()
    assert writers(article_of(f"<h1>{OWN}</h1><p>2024-06-12 吴小江</p>{TEXT}", head)) == ["吴小江"]


@pytest.mark.parametrize("button", ["收藏", "来自", "打印"])
def test_buttons_are_no_editors(button: str) -> None:
    """A button after 编辑 is not an editor; a pen name that is also a word (小鱼) is an editor."""
    assert dated("2024-06-12", f"{TEXT}<p>编辑 {button}</p>").editors == ()
    assert dated("2024-06-12", f"{TEXT}<p>版面编辑:小鱼</p>").editors == ("小鱼",)


@pytest.mark.parametrize(
    "end",
    ["2023-08-19 来源:江岸日报", "2023-08-19", "[2023-08-19 15:39]", "发布时间:2023-08-19 来源:江岸日报 作者:周大海"],
)
def test_date_and_source_in_the_heading_are_cut(end: str) -> None:
    """The publication time, the source and the author at the end of a heading are not part of the title."""
    title = "老街守夜人 十年走遍河堤两岸"
    assert article_of(f"<h2>{title} {end}</h2>{TEXT}", f"<title>{title}</title>").title == title


def test_name_of_the_site_is_no_headline() -> None:
    """If <title> is only the site's name, a line that equals it is a logo; the line above the date is the headline."""
    page = f"甲州广播公司全球资讯网<div>{OWN}</div><div>2014/12/11 18:58 报道</div><div>{TEXT}</div>"
    assert article_of(page, "<title>甲州广播公司全球资讯网</title>").title == OWN


def test_lead_beside_the_headline() -> None:
    """All paragraphs are extracted if the first is in the headline's box and the others are in the next box."""
    picture = "<div><a href=/p.jpg>红山街市:民警在河堤上巡逻,身后是刚刚醒来的老街。(周启明摄)</a></div>"
    page = f"<div class=a><h1>{OWN}</h1><p>{LINES[0]}</p></div><div class=b>{picture}<p>{LINES[1]}</p><p>{LINES[2]}</p></div>"
    assert article_of(page, f"<title>{OWN}</title>").text.split("\n") == LINES


def test_short_article_in_an_element_named_like_pagination() -> None:
    """The element with the headline is kept although its class is `page` and the teasers below it are much longer."""
    cards = "".join(
        f"<div><h4><a href=/n/{i}>第{i}条别处的新闻标题在这里</a></h4>{FOREIGN}</div><div>广告</div>" for i in range(4)
    )
    page = f"<div class=page><h1>{OWN}记</h1><div>2024-06-12</div><p>{LINES[0]}</p></div><h2>你可能还想看</h2>{cards}"
    article = article_of(page, f"<title>{OWN}记</title>")
    assert article.text == LINES[0]


def test_statement_of_a_platform_is_not_text() -> None:
    """A statement of a platform about uploaded content is removed from the end of the text."""
    end = "<div>以上内容(包括图片及视频)为创作者平台用户上传并发布,本平台仅提供信息存储服务</div>"
    assert dated("2024-06-12", TEXT + end).text == "\n".join(LINES)


@pytest.mark.parametrize(
    "line",
    ["实时追踪各区情况,立即下载江岸日报App:https://example.com/2Jd", "订阅Telegram最新优惠情报:www.example.com/3be"],
)
def test_promotions_with_an_address_are_not_text(line: str) -> None:
    """A line that offers a download or a subscription and ends with an address is removed."""
    assert dated("2024-06-12", f"{TEXT}<p>{line}</p><p>记者:周大海</p>").text == "\n".join([*LINES, "记者:周大海"])


def test_headline_is_no_line_of_the_text() -> None:
    """The headline above a short text with several captions is the title, and the text starts below it."""
    captions = "".join(f"<p>6月12日,民警周启明在河堤上巡逻,身后是第{n}条街。 甲社记者 李梦 摄</p>" for n in "一二三")
    menu = "".join(f"<li><a href=/n/{i}>别处的第{i}条新闻标题写在这里</a></li>" for i in range(30))
    page = f"<article class=article-content><h1>{OWN}记</h1><div>2024-06-12 14:33·甲社</div><p>{LINES[0]}</p>{captions}</article><ul>{menu}</ul>"
    article = article_of(page, f"<title>{OWN}记-今日新闻</title>")
    assert article.title == f"{OWN}记" and article.text.startswith(LINES[0])


@pytest.mark.parametrize("level", ["h1", "h2"])
def test_other_article_below_a_headline_in_the_first_line(level: str) -> None:
    """The headline may be the first line of the page; a heading below 热点新闻 begins another article, which is removed."""
    page = f"<div id=main><{level}>{OWN}</{level}><p>{LINES[0]}</p><p>{LINES[1]}</p><div>热点新闻</div><div class=b><h3>交警部署节前检查</h3>{FOREIGN}</div></div>"
    assert article_of(page, f"<title>{OWN}</title>").text.split("\n") == LINES[:2]


def test_preview_above_the_repeated_headline() -> None:
    """If the headline is repeated below a preview, the paragraphs below the second headline are in the text."""
    page = f"<div>首页</div><h1>{OWN}记</h1><div class=a><p>{LINES[0]}</p><p>{LINES[1]}</p></div><h1>{OWN}记</h1><div class=b>{TEXT}<p>{LINES[0]}后来的事,谁也没有想到。</p></div>"
    assert LINES[2] in article_of(page, f"<title>{OWN}记</title>").text.split("\n")


def test_page_without_body_tag() -> None:
    """The text of an <article> is found on a page without a <body> tag.

    libxml2 puts elements that HTML 4 does not define into <head> if the <body> tag is missing.
    """
    menu = "".join(f"<li><a href=/n/{i}>别处的第{i}条新闻标题写在这里</a></li>" for i in range(21))
    article = article_of(
        f"<article><h1>{OWN}</h1>{TEXT}</article><ul>{menu}</ul>", f"<title>{OWN}</title>", shell=False
    )
    assert article.text.split("\n") == LINES


@pytest.mark.parametrize(
    "page",
    [
        f"<h2><a href=/n/1>{OWN}和他的老街夜晚故事</a>[2014-12-13]</h2><p>{LINES[0]}派员前往现场,当场查获...</p>",
        f"<h1>{OWN}</h1><div class=article-intro><p>{LINES[0]}{LINES[1]}</p></div><a href=/full>查看全文</a>",
    ],
)
def test_abstracts_are_summaries(page: str) -> None:
    """A text that breaks off below a linked headline, and an introduction above 查看全文, are summaries."""
    with pytest.raises(ExtractError) as caught:
        article_of(page, f"<title>{OWN}</title>")
    assert caught.value.code == "summary-only"


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("邵启明", "2024-06-12 10:00", ["邵启明"]),
        ("邵启明 罗小雨", "2024-06-12 10:00", ["邵启明", "罗小雨"]),
        ("2024-06-12 10:00", "邵启明/江城新闻", ["邵启明"]),
        ("<a href=/c/1>方知远</a>", "2024-06-12 10:00", []),
        ("周启明", "2024-06-12 10:00", []),
    ],
)
def test_names_beside_the_dateline(first: str, second: str, names: list[str]) -> None:
    """A line of names beside the date names the writers; a linked name or a person of the story is not a writer."""
    page = f"<h1>{OWN}</h1><div>{first}</div><div>{second}</div><div class=text>{TEXT}</div>"
    assert writers(article_of(page, f"<title>{OWN}</title>")) == names


@pytest.mark.parametrize(("end", "names"), [("邵启明", ["邵启明"]), ("■ 邵启明", ["邵启明"]), ("周启明", [])])
def test_name_alone_below_the_text(end: str, names: list[str]) -> None:
    """One name in the last line is the writer, unless the text mentions this person."""
    assert writers(dated("2024-06-12", TEXT + f"<p>{end}</p>")) == names


def test_list_of_officials_is_no_byline() -> None:
    """A list of officials in the first or last line of the text does not name writers."""
    officials = "<p>罗建国 钱立新 孙志强 彭海涛 谭晓东 邹永红</p>"
    assert writers(dated("2024-06-12", officials + TEXT + officials)) == []


@pytest.mark.parametrize("bar", ["︱", "∣", "┃"])
def test_rare_bars_after_labels(bar: str) -> None:
    """Vertical bars of other forms divide labels and names on pages in simplified script, too; the text keeps them."""
    signed = f"<p>作者{bar}邵启明</p><p>编辑{bar}罗小雨</p><p>来源{bar}江城日报</p>"
    article = dated("2024-06-12", TEXT + signed)
    assert (writers(article), article.editors, article.source) == (["邵启明"], ("罗小雨",), "江城日报")
    assert f"作者{bar}邵启明" in article.text


def test_editor_in_a_box_named_related() -> None:
    """The editor is found below the text in a box whose class is typical of related articles (`relate`)."""
    box = "<div class=relate><div>编辑:罗小雨</div><a href=/a/2.html>另一条街的故事也有人讲</a></div>"
    page = f"<h1>{OWN}</h1><div class=info>2024-06-12</div><div class=text>{TEXT}</div>{box}"
    assert article_of(page, f"<title>{OWN}</title>").editors == ("罗小雨",)


def test_date_below_the_headline_wins_over_a_ticker_above() -> None:
    """Times of other articles in a ticker above the headline are not the publication date."""
    ticker = "".join(f"<li>最新消息 另一条街的第{n}个故事 2024-06-13 18:{n}0</li>" for n in range(1, 6))
    page = f"<ul>{ticker}</ul><h1>{OWN}</h1><div>2024-06-12 10:19</div><div class=text>{TEXT}</div>"
    assert article_of(page, f"<title>{OWN}</title>").published == "2024-06-12T10:19+08:00"


def test_date_with_a_word_below_the_text() -> None:
    """A date with time and the name of a programme below the text is the publication date."""
    page = f"<h1>{OWN}</h1><div class=text>{TEXT}</div><p class=page>(2024-06-12 20:00) 晚间新闻</p>"
    assert article_of(page, f"<title>{OWN}</title>").published == "2024-06-12T20:00+08:00"


def test_cited_newspaper_is_no_source() -> None:
    """A newspaper cited in a footnote is not the source; a newspaper in a line with date and page of an issue is."""
    note = "<p>[4] 罗小雨:《河堤旧事》,《江城日报》2019年10月16日,第6版。</p>"
    assert dated("2024-06-12", TEXT + note).source is None
    assert dated("2024-06-12", TEXT + "<p>《江城日报》(2024年06月12日 第6版)</p>").source == "江城日报"


def test_agency_behind_the_medium() -> None:
    """【世界日報╱法新社華盛頓9日電】 names the medium that prints the report of an agency."""
    head = f"<h1>{OWN}</h1><div>【世界日報╱法新社華盛頓9日電】</div><div>2012.01.12 02:55 am</div>"
    assert article_of(f"{head}<div class=text>{TRADITIONAL}</div>", f"<title>{OWN}</title>").source == "世界日報"


@pytest.mark.parametrize("logo", ["<h1>江城在线</h1>", ""])
def test_labelled_source_below_wins_over_the_site(logo: str) -> None:
    """来源 below the text wins over the name of the site or of an office beside the date."""
    beside = "江城在线" if logo else "国学院宣传部"
    page = f"{logo}<h2>{OWN}</h2><div>2024-06-12 10:00 {beside}</div><div class=text>{TEXT}</div>"
    article = article_of(page + "<div>编辑:罗小雨 来源:中国新闻网</div>", f"<title>{OWN}</title>")
    assert article.source == "中国新闻网"


def test_fields_beside_the_headline_in_a_script() -> None:
    """Date and source are read from JSON in a script if the JSON also contains the headline of the page."""
    state = {"docid": 12, "topic": OWN, "relasetime": "2024-06-12 10:19:00", "docSource": "江城发布"}
    other = {**state, "topic": "另一条街的故事", "relasetime": "2024-06-13 08:00:00", "docSource": "对岸发布"}
    page = f"<h1>{OWN}</h1><div class=text>{TEXT}</div><script>var news={{}};</script>"

    def read(value: dict[str, object]) -> tuple[str | None, str | None]:
        article = article_of(page.replace("{}", json.dumps(value, ensure_ascii=False)), f"<title>{OWN}</title>")
        return article.published, article.source

    assert read(state) == ("2024-06-12T10:19:00+08:00", "江城发布")
    assert read(other) == (None, None)


@pytest.mark.parametrize(
    ("footer", "published"), [("© 2011~2020 江城", None), ("© 2011~2024 江城", "2024-09-01T07:00+08:00"), ("", None)]
)
def test_relative_date_of_an_old_saved_page(footer: str, published: str | None) -> None:
    """3小时前 is not a date if other dates of the page show that the page is much older than its fetch time."""
    page = f"<h1>{OWN}</h1><div>江城财经 3小时前</div><div class=text>{TEXT}</div>"
    rest = f"<footer>{footer}</footer>" if footer else "<ul><li>另一条街的故事也有人讲 2020-02-07</li></ul>"
    assert article_of(page + rest, f"<title>{OWN}</title>").published == published


BUTTONS = "".join(f"<div>{word}</div>" for word in ("赞", "分享", "微信", "收藏", "举报", "评论", "打赏") * 3)


@pytest.mark.parametrize(
    "below",
    [
        BUTTONS + "<div>责任编辑:罗小雨</div>",
        "<div style='display:none'>责任编辑:罗小雨</div>",
        "<div class=editor>罗小雨</div>",
        "<div>【责任编辑:罗小雨 邮箱:a@example.com】</div>",
        "<div>融媒编辑:罗小雨 字号</div>",
        "<div>编辑:江城融媒 罗小雨</div>",
    ],
)
def test_editors_of_mobile_pages(below: str) -> None:
    """Editors are found below buttons, in hidden lines and in elements of class `editor`; media are not editors."""
    page = f"<h1>{OWN}</h1><div>2024-06-12</div><div class=text>{TEXT}</div>{below}"
    assert article_of(page, f"<title>{OWN}</title>").editors == ("罗小雨",)


def test_account_is_no_writer() -> None:
    """An account of three characters that begins with a surname (江城号) is the source and not a writer."""
    article = dated("<span class=f12>江城号</span> <span>06-12 10:11</span>")
    assert (article.source, writers(article)) == ("江城号", [])


@pytest.mark.parametrize(
    "line",
    [
        "图集",
        "分享工具",
        "本篇新闻热门关键词:",
        "点击进入《河堤上的五月》专题 >> 了解更多",
        "江城新闻已开设专页,让你即时掌握本地新闻、财经消息及天气、交通等生活资讯,与朋友分享![按此 Like]",
    ],
)
def test_lines_of_the_site_below_the_text(line: str) -> None:
    """Names of sharing boxes, keywords, links to topics and invitations are not text."""
    assert dated("2024-06-12", TEXT + f"<p>{line}</p>").text == "\n".join(LINES)


def test_marks_below_the_headline() -> None:
    """A line of stars that underlines the headline is not part of it."""
    page = f"<div class=c>{OWN}<br>**********</div><div>2024-06-12</div><div class=text>{TEXT}</div>"
    assert article_of(page, f"<title>{OWN} **********</title>").title == OWN


@pytest.mark.parametrize("leaf", ["<div>21</div><div>2024年02月</div>", "<div>2024-02</div><div>21</div>"])
def test_date_as_a_calendar_leaf(leaf: str) -> None:
    """The day may be on a line of its own, above or below year and month."""
    page = f"<h1>{OWN}</h1><div class=leaf>{leaf}</div><div class=text>{TEXT}</div>"
    assert article_of(page, f"<title>{OWN}</title>").published == "2024-02-21"
