"""Tests of pages that mislead extraction: other articles, summaries, class names, notices. All pages are invented."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from ingest.errors import ExtractError
from ingest.extract import extract
from ingest.extract.css_names import name_of
from ingest.pipeline_types import Extraction, Page
from store.records import Article

OWN = "甲所长的一天:走村入户记"
OTHER = "乙镇派出所夏夜巡逻特写"
TEXT = "“群众的事没有小事。”清晨六点半,所长周立冬已经走在老街的石板路上,他说谁家的灯坏了,所里都要记在本子上。"
MORE = "三年里,他和同事走遍了九个村,调解纠纷八百余起,把小事办到了家门口,群众都叫他老周。"
LONG = "".join(f"<p>第{i}天,施文斌骑着旧摩托车进山,换过四条轮胎,巷口的居民都认得他的车铃声。</p>" for i in range(15))
PLAIN = LONG.replace("<p>", "").replace("</p>", "\n")


def extracted(body: str, head: str = "", url: str = "http://www.example.cn/a/1.html") -> Extraction:
    html = f"<html><head>{head}</head><body>{body}</body></html>"
    moment = datetime.fromisoformat("2026-11-29T10:00:00+08:00")
    return extract(Page(url, url, 200, {}, html.encode(), html, "utf-8", "meta", moment))


def article_of(body: str, head: str = "", url: str = "http://www.example.cn/a/1.html") -> Article:
    return extracted(body, head, url).article


def refusal_of(body: str, head: str = "") -> str:
    with pytest.raises(ExtractError) as caught:
        extracted(body, head)
    return caught.value.code


@pytest.mark.parametrize(
    "below",
    [
        f"<div>热门新闻</div><div id=second><h1>{OTHER}</h1>{LONG}</div>",
        f"<div>相关阅读</div><div id=second><h2>{OTHER}</h2>{LONG}</div>",
        f"<div id=second><h1>{OTHER}</h1>{LONG}</div>",
        f"<div class=more><h3><a href=/b/2.html>{OTHER}</a></h3>{LONG}</div>",
        f"<div>热门新闻</div><div><div class=title>{OTHER}</div>{LONG}</div>",
    ],
)
@pytest.mark.parametrize("head", ["", f"<title>{OWN}-江城网</title>"])
def test_other_article_below_is_not_taken(below: str, head: str) -> None:
    """The longer article with another headline below a short article is not extracted."""
    article = article_of(f"<div id=content><h1>{OWN}</h1><p>{TEXT}</p><p>{MORE}</p>{below}</div>", head)
    assert article.title == OWN
    assert "施文斌" not in article.text and article.text.endswith("老周。")


def state(*articles: tuple[str, str]) -> str:
    data = {"list": [{"title": title, "content": content} for title, content in articles]}
    return f"<script id=__NEXT_DATA__ type='application/json'>{json.dumps(data, ensure_ascii=False)}</script>"


def test_script_article_must_have_the_headline_of_the_page() -> None:
    """An article in a script is ignored if its headline is not that of the page, even if its text is the longest.

    An article in a script with the headline of the page is used.
    """
    assert refusal_of(f"<h2>{OWN}</h2><p>一句话。</p>{state((OTHER, PLAIN))}") == "too-short"
    article = article_of(f"<h2>{OWN}</h2><p>一句话。</p>{state((OTHER, PLAIN * 2), (OWN, PLAIN))}")
    assert (article.title, article.method) == (OWN, "script")
    assert article.text.count("第0天") == 1


SUMMARY = "清晨六点半,所长周立冬已经走在老街的石板路上。他说,群众的事没有小事,谁家的灯坏了、谁家的老人没人照看,所里都要记在本子上,一件一件去办。"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (f"<h1>{OWN}</h1><div class='article-summary summary'><p>{SUMMARY}</p></div>", ""),
        (f"<h1>{OWN}</h1><p>{SUMMARY}……</p>", f"<meta name=description content='{SUMMARY}……'>"),
        (f"<div id=app><h1>{OWN}</h1><p>{SUMMARY}</p></div>", f"<meta name=description content='{SUMMARY}'>"),
        (
            f"<h1>{OWN}</h1><script type='application/json'>{json.dumps({'title': OWN, 'summary': SUMMARY * 2}, ensure_ascii=False)}</script>",
            "",
        ),
    ],
)
def test_summary_is_not_an_article(body: str, head: str) -> None:
    """A page that contains only a summary of the article has the outcome code "summary-only"."""
    assert refusal_of(body, f"<title>{OWN}</title>{head}") == "summary-only"


def test_news_flash_is_an_article() -> None:
    """A short text that is also the page's description is an article if the page is plain HTML."""
    head = f"<title>{OWN}</title><meta name=description content='{SUMMARY}'>"
    assert article_of(f"<h1>{OWN}</h1><div class=content><p>{SUMMARY}</p></div>", head).text == SUMMARY.strip()


@pytest.mark.parametrize("name", ["no-sidebar", "has-sidebar", "with-comments", "disableAsideSection", "hide-related"])
def test_class_names_that_switch_parts_are_neutral(name: str) -> None:
    """A class that mentions another part of the page (no-sidebar) does not make its element boilerplate."""
    assert name_of(f"news {name}", None).boilerplate is None
    rows = "".join(
        f"<li><a href=/n/{i}.html>某地派出所第{i}次便民活动</a><p>民警走进社区,居民都说好。</p></li>" for i in range(21)
    )
    article = article_of(f"<h1>{OWN}</h1><article class='news {name}'>{LONG}</article><ul>{rows}</ul>")
    assert article.text.count("施文斌") == 15 and "便民" not in article.text


@pytest.mark.parametrize("name", ["comments", "sidebar", "article-comments", "related"])
def test_class_names_of_parts_count(name: str) -> None:
    """A class that names a part of the page (sidebar) makes its element boilerplate."""
    assert name_of(name, None).boilerplate is not None


@pytest.mark.parametrize(
    ("headline", "title"),
    [
        (f"<h1><div>{OWN}</div><div>——江城派出所纪事</div></h1>", f"{OWN} ——江城派出所纪事"),
        (f"<table><tr><td>标 题：</td><td>{OWN}</td></tr></table>", OWN),
        (f"<p>其他 &gt; 头条 &gt; 正文</p><h2>{OWN}</h2>", OWN),
        (f"""<textarea name="gallery-data">{{ "info": {{ "setname":"甲" }} }}</textarea><h2>{OWN}</h2>""", OWN),
        (f"<h1 class=logo><a href=/>江城县公安局</a></h1><h1>{OWN}</h1>", OWN),
    ],
)
def test_headlines(headline: str, title: str) -> None:
    """All lines of a heading belong to the title; labels, breadcrumbs, data and logos do not."""
    article = article_of(f"{headline}<div>2026-11-20 09:30 来源:江城日报</div><div class=content>{LONG}</div>")
    assert article.title == title


@pytest.mark.parametrize(
    "lines",
    [
        ["播放器设置:倍速、清晰度、弹幕、自动播放,快捷键见说明。", "自动播放已开启,可在播放器中关闭弹幕和字幕设置。"],
        ["本站公告:国庆假期暂停服务,给您带来不便,敬请谅解。", "建议您使用最新版浏览器访问本站,以获得更好体验。"],
        ["入群须知:本群禁止发布广告,请改群名片为单位加姓名。", "群规由群主解释,违反群规者移出本群,望群成员遵守。"],
    ],
)
def test_settings_and_notices_are_not_articles(lines: list[str]) -> None:
    """A page with settings, a notice or group rules instead of a text has no article."""
    body = "".join(f"<p>{line}</p>" for line in lines)
    assert refusal_of(f"<h1>{OWN}</h1><div class=content>{body}</div>", f"<title>{OWN}</title>") == "not-article"


def test_paywall_lines_and_editing_marks_are_removed() -> None:
    """Login requests, page marks of content systems and boxes with key points are removed from the text."""
    points = "<p>本文要点</p><ul><li>走遍九个村,调解纠纷八百起</li><li>民警换过四条轮胎,磨坏十一双鞋</li></ul>"
    body = f"<h1>{OWN}</h1><div class=content>{points}<p>{TEXT}</p><p>{MORE}[!--empirenews.page--]</p>{LONG}<p>请订阅或登录后继续阅读全文</p></div>"
    lines = article_of(body).text.split("\n")
    assert lines[:2] == [TEXT, MORE] and len(lines) == 17


def test_noscript_body_is_read() -> None:
    """A text in <noscript> is extracted if there is no other text."""
    article = article_of(f"<h1>{OWN}</h1><div id=root></div><noscript>{LONG}</noscript>", f"<title>{OWN}</title>")
    assert article.text.count("施文斌") == 15


def test_consent_notice_is_boilerplate() -> None:
    """A cookie notice that is longer than the article is not extracted."""
    notice = "<p>" + "本网站使用必要的缓存文件来保证页面正常显示,继续浏览即表示您同意我们的条款。" * 30 + "</p>"
    article = article_of(f"<div id=cookie-consent>{notice}</div><h1>{OWN}</h1><div class=x>{LONG}</div>")
    assert "缓存" not in article.text


@pytest.mark.parametrize(
    "base", ["<base href='http://www.example.cn/b/'>", "<base target=_blank><base href=/b/><base href=/c/>"]
)
def test_next_page_is_resolved_against_the_base_element(base: str) -> None:
    """Links to further pages are relative to the first <base href>."""
    result = extracted(
        f"<h1>{OWN}</h1><div class=content>{LONG}</div><p><a href='1_2.html'>下一页</a></p>",
        base,
        "http://www.example.cn/b/1.html",
    )
    assert result.further == ("http://www.example.cn/b/1_2.html",)


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("2024-04-29 HKT 11:30", None),
        ("2024-04-29 03:30 AM", None),
        ("2020年9月7日(一) 14:00", None),
        ("2024-04-29 11:30 5 分鐘", None),
        ("2024-04-29 16:30 顶一下", None),
        ("2024-04-29 16:30 2.6万点阅", None),
        ("2024-04-29 16:30 河湾音乐 我要评论(0)", "河湾音乐"),
        ("2024-04-29 16:30 来源:江城报下载客户端独家抢先看", "江城报"),
        ("2024-04-29 16:30 来源:江城号(微信公号)", "江城号"),
        ("2024-04-29 16:30 来源:SRC-423", None),
        ("2024-04-29 16:30 来源:{{source}}", None),
        ("2024-04-29 16:30 来源:转载文章 第1页/共1页 << 上一页 | 下一页 >>", None),
        ("2024-04-29 16:30 来源:半月谈", "半月谈"),
    ],
)
def test_sources_are_media_offices_or_accounts(line: str, source: str | None) -> None:
    """Times, counters, buttons, pagers and placeholders are not publishers."""
    assert article_of(f"<h1>{OWN}</h1><div class=info>{line}</div><div class=content>{LONG}</div>").source == source


@pytest.mark.parametrize(
    ("line", "below", "url", "date"),
    [
        ("发布: 8:50pm 01/11/2024 2.6万点阅", "", "", "2024-11-01T20:50+08:00"),
        ("江城网 09-11-21 13:34", "", "", "2009-11-21T13:34+08:00"),
        ("發布日期:115.03.19", "", "", "2026-03-19"),
        ("中華民國一一五年十一月二十日", "", "", "2026-11-20"),
        ("05-06 08:30 来源:江城报", "", "http://www.example.cn/2013/news/1.html", "2013-05-06T08:30+08:00"),
        ("05-06 08:30 来源:江城报", "<p>网友评论</p><p>老街坊 2014-05-07 10:00</p>", "", "2014-05-06T08:30+08:00"),
        ("05-06 08:30 来源:江城报", "<p>Copyright © 2009-2015 江城网</p>", "", "2015-05-06T08:30+08:00"),
        ("", "<p>隐私政策 更新日期:2025年6月1日</p>", "", None),
    ],
)
def test_dates(line: str, below: str, url: str, date: str | None) -> None:
    """Dates in other orders and calendars are read; a missing year is taken from the URL or the page.

    The date of a privacy policy is ignored.
    """
    body = f"<h1>{OWN}</h1><div class=info>{line}</div><div class=content>{LONG}</div>{below}"
    assert article_of(body, url=url or "http://www.example.cn/a/1.html").published == date


def test_json_ld_date_is_that_of_the_article() -> None:
    """Dates of the site and of comments in JSON-LD are ignored."""
    nodes = [
        {"@type": "WebSite", "datePublished": "2001-01-01"},
        {"@type": "Comment", "datePublished": "2026-11-28"},
        {"@type": ["NewsArticle"], "datePublished": "2026-11-20"},
    ]
    head = f"<script type='application/ld+json'>{json.dumps({'@graph': nodes})}</script>"
    assert article_of(f"<h1>{OWN}</h1><div class=content>{LONG}</div>", head).published == "2026-11-20"


@pytest.mark.parametrize(
    ("node", "date"),
    [
        ({"@type": "WebSite", "datePublished": "2001-01-01"}, None),
        ({"@type": "Comment", "datePublished": "2026-11-28T10:00:00+08:00"}, None),
        ({"@type": "ItemPage", "mainEntity": {"@type": "NewsArticle", "datePublished": "2026-11-20"}}, "2026-11-20"),
    ],
)
def test_json_ld_without_an_article_of_its_own(node: dict[str, object], date: str | None) -> None:
    """The date of a WebSite or a Comment in JSON-LD is not used; the date of the page's main entity is used."""
    head = f"<script type='application/ld+json'>{json.dumps(node)}</script>"
    assert article_of(f"<h1>{OWN}</h1><div class=content>{LONG}</div>", head).published == date


def test_first_paragraph_below_a_linked_counter_is_not_an_abstract() -> None:
    """The first paragraph is kept although a linked counter is above it and abstracts are above the headline."""
    column = "".join(
        f"<h4><a href=/b/{i}.html>东山派出所夜巡特写之{i}</a></h4><p>{i}号巡逻车开进老街,居民说夜里安心多了。</p>"
        for i in range(3)
    )
    menu = "".join(f"<li><a href=/c/{i}>栏目{i}</a></li>" for i in range(8))
    counter = "<h5><a href=/cmt>0人参与0条评论打印转发</a></h5>"
    article = article_of(
        f"{column}<ul>{menu}</ul><div id=artical><h1>{OWN}</h1>{counter}<p>{TEXT}</p><p>{MORE}</p></div>"
    )
    assert article.text.startswith("“群众的事")


def test_two_paragraphs_below_many_menus_are_an_article() -> None:
    """If the headline is unknown, the menus of a page are not taken for a list around its text."""
    menu = "".join(f"<li><a href=/c/{i}>东山江城栏目第{i}个频道</a></li>" for i in range(150))
    long = "流感疫情终于趋缓,民警上门提醒老人少去人多的地方,还帮三户居民联系了社区医院,把药送到了家门口。" * 6
    menu += "".join(f"<li><a href=/d/{i}>栏目{i}</a></li>" for i in range(45))
    article = article_of(f"<ul>{menu}</ul><p>2026/11/17</p><div><p>{TEXT}</p><p>{long}</p></div>")
    assert article.text.startswith("“群众的事") and "送到了家门口" in article.text


def test_first_paragraph_that_ends_in_dots_is_kept() -> None:
    """A paragraph in its own element that ends in several full stops (.....) is a sentence of the text."""
    first = "在昨天的走访里,周立冬虽然只带了一个本子,却记下了三十七件事,居民们都说这样的本子还要多几本....."
    article = article_of(
        f"<h1>{OWN}</h1><div id=js_content><section><p>{first}</p></section><section>{LONG}</section></div>"
    )
    assert article.text.startswith("在昨天")


@pytest.mark.parametrize(
    "line",
    [
        "版权作品,未经江城网 example.cn 书面授权,严禁转载,违者将被追究法律责任。",
        "版权保护说明:江城网选发有传播价值的内容,如所选内容未能联系到作者本人,请与我们联系。",
        "您所浏览的新闻已过查询时效。建议您加入江城社付费会员找寻您要的新闻。",
    ],
)
def test_notices_below_the_text_are_not_text(line: str) -> None:
    """Copyright notices and paywall lines that end like sentences are removed."""
    article = article_of(f"<div class=article><h1>{OWN}</h1><p>{TEXT}</p><p>{MORE}</p><p>{line}</p></div>")
    assert article.text.endswith("老周。")


def test_licences_in_a_sentence_are_text() -> None:
    """A sentence of the article with 许可证 is not removed as a licence line of the footer."""
    last = "检查中,民警发现这家小店没有办理许可证,当场责令停业。"
    article = article_of(f"<div class=article><h1>{OWN}</h1><p>{TEXT}</p><p>{MORE}</p><p>{last}</p></div>")
    assert article.text.endswith("停业。")


def test_account_of_wechat_yields_to_the_named_source() -> None:
    """来源 below the text names the publisher of a reposted article; the profile's date is not the publication date."""
    profile = "<div class=profile_share><p>微信号 jiangcheng</p><p>江城热线官方公众平台创建于2001年6月1日,是江城有名的网站,每天发布江城的消息,欢迎大家关注我们的平台</p></div>"
    body = f"<h2>{OWN}</h2><div><a id=js_name>江城热线</a>{profile}</div><div id=js_content><p>{TEXT}</p><p>{MORE}</p><p>来源：东山时报</p></div>"
    article = article_of(body + "<script>var ct = '1790000000';</script>")
    assert article.source == "东山时报" and str(article.published)[:4] == "2026"
