"""Tests of HTML list pages: detection of the list, link patterns, next pages."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ingest.errors import ExtractError
from ingest.pipeline_types import Listed
from ingest.urls import canonical
from ingest.zh.seed_format import clean_lines
from tests.support.layout_base import Layout
from tests.support.layouts import LAYOUTS
from tests.support.listings import listed


def found(layout: Layout, pattern: str | None = None) -> Listed:
    return listed(layout.html, "list", layout.url, pattern=pattern, pages=3)


@pytest.mark.parametrize("make", LAYOUTS, ids=lambda m: m.__name__)
def test_list_is_detected(make: Callable[[], Layout]) -> None:
    """In each layout, the rows with titles and dates and the next page are found.

    Links of navigation and other boilerplate are not candidates.
    """
    layout = make()
    result = found(layout)
    optional = {canonical(href, layout.url) for href in layout.optional}
    got = {c.url: c for c in result.candidates if c.url not in optional}
    wanted = {canonical(row.href, layout.url): row for row in layout.rows}
    assert set(got) == set(wanted)
    for url, row in wanted.items():
        assert got[url].title == clean_lines(row.title).replace("\n", " ")
        assert (got[url].source, got[url].origin) == ("test", "list")
        if row.day:
            stated = "{:d}-{:02d}-{:02d}".format(*row.day)
            date = got[url].date or ""
            assert date.startswith(stated), (date, stated)
            if layout.clock != "*":
                assert (
                    date.replace(":00+08:00", "+08:00" if date.count(":") > 2 else ":00+08:00") == stated + layout.clock
                )
    assert [m.url for m in result.more] == ([layout.next] if layout.next else [])
    assert all(m.max_pages == 2 for m in result.more) and not result.partial
    assert not layout.snippets or all(c.snippet and len(c.snippet) >= 15 for c in result.candidates)


def test_recall_and_precision_over_all_layouts() -> None:
    """Recall and precision over all layouts are at least 0.99; docs/adding-a-source.md states the measured figures."""
    right = wanted = taken = 0
    for make in LAYOUTS:
        layout = make()
        optional = {canonical(href, layout.url) for href in layout.optional}
        got = {c.url for c in found(layout).candidates} - optional
        rows = {canonical(row.href, layout.url) for row in layout.rows}
        right, wanted, taken = right + len(got & rows), wanted + len(rows), taken + len(got)
    assert right / wanted >= 0.99 and right / taken >= 0.99


def test_link_pattern_takes_all_its_matches() -> None:
    """A link pattern selects all its matches, including hot lists and headlines, and no other link."""
    layout = next(make() for make in LAYOUTS if make.__name__ == "people")
    result = found(layout, r"/n1/2020/\d{4}/c42510-\d+\.html$")
    assert len(result.candidates) == 12 + 8
    assert sum(c.date is not None and c.date.endswith("T10:10+08:00") for c in result.candidates) == 12


def test_pattern_without_matches_is_an_error() -> None:
    """A pattern without matches is an error that names the page.

    Otherwise a redesign would be mistaken for a day without news.
    """
    layout = LAYOUTS[0]()
    with pytest.raises(ExtractError, match="matches") as caught:
        found(layout, r"/never/\d+")
    assert caught.value.code == "not-a-feed" and "警务要闻" in str(caught.value)


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>安全验证</title></head><body>访问过于频繁，请稍后再试</body></html>",
        "<html><body><form action='/login'><input name='user'><a href='/reg'>注册</a></form></body></html>",
        "<html><body><h1>404</h1><p>您访问的页面不存在</p><a href='/'>返回首页</a><a href='/map.html'>网站地图</a></body></html>",
        "<html><body><div class='nav'><a href='/a/'>新闻</a><a href='/b/'>服务</a></div></body></html>",
        "just text",
        "   ",
    ],
)
def test_other_pages_are_errors(html: str) -> None:
    """Block pages, login pages, error pages and empty bodies are errors, not empty lists."""
    with pytest.raises(ExtractError) as caught:
        listed(html, "list")
    assert caught.value.code == "not-a-feed"


def rows(count: int = 5) -> str:
    return "".join(
        f"<li><a href='/n/2020{i:04d}.html'>清河派出所的第{i}个夜晚</a><span>2020-09-0{i + 1}</span></li>"
        for i in range(count)
    )


@pytest.mark.parametrize(
    ("pager", "next_url"),
    [
        ("<a href='index_2.html'>下一页</a>", "http://www.example.cn/list/index_2.html"),
        ("<a href='index_2.html'>下一页&gt;&gt;</a>", "http://www.example.cn/list/index_2.html"),
        ("<a href='?page=2' title='下一页'><img alt='下一页' src=x></a>", "http://www.example.cn/list/?page=2"),
        ("<link rel='next' href='/list/p2'>", "http://www.example.cn/list/p2"),
        ("<div><b>1</b> <a href='2.html'>2</a> <a href='3.html'>3</a></div>", "http://www.example.cn/list/2.html"),
        (
            "<ul><li class=cur><a href='#'>1</a></li><li><a href='2.html'>2</a></li><li><a href='3.html'>3</a></li></ul>",
            "http://www.example.cn/list/2.html",
        ),
        ("<script>createPageHTML(5, 0,'index','html');</script>", "http://www.example.cn/list/index_1.html"),
        ("<script>createPageHTML('div1',5,1,'list','shtml',90);</script>", "http://www.example.cn/list/list_2.shtml"),
        ("<script>createPageHTML(1, 0,'index','html');</script>", None),
        ("<script>createPageHTML('div1',5,5,'list','shtml',90);</script>", None),
        (
            "<script>var countPage = 9; var currentPage = 0; var nextPage = currentPage+1; "
            'document.write("<a href=\\"index_" + nextPage + ".html\\">下一页</a>");</script>',
            "http://www.example.cn/list/index_1.html",
        ),
        (
            "<script>Pager({size:25, current:0, prefix:'index',suffix:'htm'});</script>",
            "http://www.example.cn/list/index_1.htm",
        ),
        ("<script>Pager({size:2, current:1, prefix:'index',suffix:'htm'});</script>", None),
        ("<script>new Pager({size:total,current:page,prefix:'index',suffix:'html'})</script>", None),
        (
            "<script>var total = 9, page='0'; new Pager({size:total,current:page,prefix:'index',suffix:'html'})</script>",
            "http://www.example.cn/list/index_1.html",
        ),
        ("<script>var total = ''; new Pager({size:total,current:1e9,prefix:'index'})</script>", None),
        ("<!-- <script>createPageHTML(5, 0,'index','html');</script> -->", None),
        ("<a href='javascript:goPage(2)'>下一页</a>", None),
        ("<a href='http://other.cn/2.html'>下一页</a>", None),
        ("<a href='/list/'>下一页</a>", None),
    ],
)
def test_next_page_is_found(pager: str, next_url: str | None) -> None:
    """下一页, rel=next, page numbers and CMS scripts lead to the next page, but not to another site or the same page."""
    result = listed(f"<html><body><ul>{rows()}</ul>{pager}</body></html>", "list", pages=3)
    assert [m.url for m in result.more] == ([next_url] if next_url else [])


def test_page_limit_counts_down() -> None:
    """With a limit of three pages the next page has a limit of two; with a limit of one there is no next page."""
    html = f"<html><body><ul>{rows()}</ul><a href='2.html'>下一页</a></body></html>"
    assert [m.max_pages for m in listed(html, "list", pages=3).more] == [2]
    assert listed(html, "list", pages=1).more == ()


def test_next_selector_wins() -> None:
    """If the source has a selector for the next page, no other method is used.

    The selector may match an element around the link.
    """
    html = f"<ul>{rows()}</ul><a href='a.html'>下一页</a><p class=n><a href='b.html'>older</a></p>"
    assert [m.url for m in listed(html, "list", selector="p.n", pages=2).more] == ["http://www.example.cn/list/b.html"]
    assert listed(html, "list", selector="p.none a", pages=2).more == ()


def test_next_page_of_a_scripted_second_page() -> None:
    """If a script counts the pages from 0, the page after index_1.html is index_2.html."""
    html = f"<ul>{rows()}</ul><script>createPageHTML(5, 1,'index','html');</script>"
    result = listed(html, "list", "http://www.example.cn/list/index_1.html", pages=2)
    assert [m.url for m in result.more] == ["http://www.example.cn/list/index_2.html"]


def test_redirect_page_is_followed_once() -> None:
    """A meta refresh or script redirect is followed once, even if the limit is one page."""
    for html in (
        "<html><head><meta http-equiv='REFRESH' content='0; URL=html/2020-09/28/node_1.htm'></head></html>",
        "<html><script>window.location.href='html/2020-09/28/node_1.htm';</script></html>",
        '<html><script>location.replace("html/2020-09/28/node_1.htm")</script></html>',
    ):
        first = listed(html, "list", pages=1)
        assert [(m.url, m.max_pages) for m in first.more] == [
            ("http://www.example.cn/list/html/2020-09/28/node_1.htm", 0)
        ]
        with pytest.raises(ExtractError):
            listed(html, "list", pages=0)


def test_frames_are_further_pages() -> None:
    """The frames of a frameset are further pages."""
    result = listed("<html><frameset><frame src='top.html'><frame src='list.html'></frameset></html>", "list")
    assert {m.url for m in result.more} >= {"http://www.example.cn/list/list.html"}


def test_areas_of_a_newspaper_picture_are_articles() -> None:
    """The areas of a newspaper page's image map are articles without titles; links to other pages are not articles."""
    areas = "".join(f"<area coords='1,2' href='content_20{i}.htm'>" for i in range(4))
    html = f"<html><map name=m>{areas}</map><a href='node_1.htm'>第01版</a> <a href='node_2.htm'>下一版</a></html>"
    result = listed(html, "list", "http://www.example.cn/html/2020-09/28/node_1.htm", pages=4)
    assert [(c.url[-15:], c.title, c.date) for c in result.candidates][:1] == [("content_200.htm", None, "2020-09-28")]
    assert len(result.candidates) == 4 and [m.url[-10:] for m in result.more] == ["node_2.htm"]


def test_json_and_jsonp_lists() -> None:
    """Objects of a JSON or JSONP list that have a title and a link are candidates."""
    body = '{"items":[{"title":"清河派出所<b>夜话</b>","url":"/n/1.html","publishTime":"2020-09-07 08:00:00"},{"title":"无链接"}]}'
    for text in (body, f"callback({body});", f"var data = {body};"):
        result = listed(text, "list")
        assert [(c.url, c.title, c.date) for c in result.candidates] == [
            ("http://www.example.cn/n/1.html", "清河派出所夜话", "2020-09-07T08:00:00+08:00")
        ]
    with pytest.raises(ExtractError):
        listed('{"code": 500, "msg": "系统繁忙"}', "list")


def test_url_forms_of_one_story_are_one_candidate() -> None:
    """Links that differ only in tracking parameters, scheme or fragment are one candidate, with title and date."""
    html = """<ul><li><a href="http://www.example.cn/n/20200907.html?from=timeline"><img src=x></a></li>
    <li><a href="https://www.example.cn/n/20200907.html#top">清河派出所的夜晚</a> 09-07</li>
    <li><a href="/n/20200908.html">北塘派出所的清晨</a> 09-08</li><li><a href="/n/20200909.html">望溪派出所的午后</a> 09-09</li></ul>"""
    result = listed(html, "list")
    assert [(c.title, c.date) for c in result.candidates] == [
        ("清河派出所的夜晚", "2020-09-07"),
        ("北塘派出所的清晨", "2020-09-08"),
        ("望溪派出所的午后", "2020-09-09"),
    ]


def test_base_element_is_respected() -> None:
    """Relative links are resolved against <base>."""
    html = f"<html><head><base href='http://www.example.cn/other/'></head><ul>{rows()}</ul><a href='2.html'>下一页</a></html>"
    result = listed(html, "list", pages=2)
    assert [m.url for m in result.more] == ["http://www.example.cn/other/2.html"]


@pytest.mark.parametrize(
    "base", ["<base href='http://www.example.cn/other/'>", "<base target=_blank><base href=/other/><base href=/third/>"]
)
def test_current_page_number_and_scripted_rows_are_resolved_against_the_base_element(base: str) -> None:
    """Links in a row of page numbers and addresses in scripts are resolved against the first <base href>."""
    numbers = "<p><a href='../list/'>1</a><a href='p2.html'>2</a><a href='p3.html'>3</a></p>"
    html = f"<html><head>{base}</head><ul>{rows()}</ul>{numbers}</html>"
    result = listed(html, "list", pages=3)
    assert [m.url for m in result.more] == ["http://www.example.cn/other/p2.html"]
    items = ",".join(f'{{"title": "清河派出所的第{i}个夜晚", "url": "a/{i}.html"}}' for i in range(6))
    scripted = listed(f"<html><head>{base}</head><script>var list = [{items}];</script></html>", "list")
    assert [c.url for c in scripted.candidates][:1] == ["http://www.example.cn/other/a/0.html"]


def test_rows_that_are_one_link_are_a_list() -> None:
    """Rows that each consist of one link around blocks are found by their dates.

    The years of the dates are those of the Republic of China.
    """
    items = "".join(
        f"<a href=x/{i}><div>109.03.{19 - i}</div><div>清河派出所的第{i}个夜晚</div><div>點閱 97</div></a>"
        for i in range(6)
    )
    result = listed(f"<html><body><div class=box>{items}</div></body></html>", "list")
    assert [(c.title, c.date) for c in result.candidates][:1] == [("清河派出所的第0个夜晚", "2020-03-19")]
    assert len(result.candidates) == 6


def test_dates_of_jsonp_under_any_name() -> None:
    """A date is read from a field with any name (here focus_date)."""
    body = 'law_1({"data":{"list":[{"title":"清河派出所夜话","focus_date":"2020-09-07 08:00:00","url":"/2020/a1.shtml"}]}})'
    assert listed(body, "list").candidates[0].date == "2020-09-07T08:00:00+08:00"


@pytest.mark.parametrize("anchor", ["#p={p}", "?p={p}", ""])
def test_pictures_in_rows_do_not_change_titles(anchor: str) -> None:
    """Rows with three linked pictures keep their titles; the pictures are not separate candidates."""

    def row(i: int) -> str:
        pictures = "".join(
            f"<a href='/a/{700_000 + i}.html{anchor.format(p=p)}'><img alt='第{p}张图片的说明文字很长很长很长'></a>"
            for p in range(3)
        )
        return f"<div class=item><a href='/a/{700_000 + i}.html'>清河派出所第{i}个夜晚</a>{pictures}</div>"

    result = listed(f"<html><body><div>{''.join(map(row, range(1, 7)))}</div></body></html>", "list")
    assert [c.title for c in result.candidates] == [f"清河派出所第{i}个夜晚" for i in range(1, 7)]


def test_front_page_gives_all_its_articles() -> None:
    """The boxes of a front page differ in markup; its articles are found by the common shape of their addresses."""

    def box(name: str, tag: str, first: int) -> str:
        links = "".join(
            f"<{tag}><a href='http://{name}.example.cn/c/{first + i}.html'>{name}城派出所民警第{first + i}次走访</a></{tag}>"
            for i in range(5)
        )
        return f"<div class={name}>{links}<a href='/zt/{first}/'>学习贯彻落实精神专题报道第{first}期</a></div>"

    boxes = "".join(
        box(name, tag, 1000 * n)
        for n, (name, tag) in enumerate(zip("abcdef", ["li", "p", "h3", "dd", "span", "b"], strict=True), 1)
    )
    result = listed(f"<html><body>{boxes}</body></html>", "list", "http://www.example.cn/")
    assert len(result.candidates) == 30
    assert all("/c/" in c.url for c in result.candidates)


def test_front_page_of_channels_with_identifiers_in_addresses() -> None:
    """Articles are found although each has its own identifier and each channel its own host.

    Galleries and books are not candidates.
    """

    def box(tag: str, channel: str, number: int) -> str:
        links = "".join(
            f"<{tag}><a href='http://{channel}.example.cn/{channel}/x/2026-11-2{i}/doc-ify{'abcdef'[number]}sqk{number}126{i}.shtml'>"
            f"{number}城派出所民警第{i}次走访老街</a></{tag}>"
            for i in range(2)
        )
        gallery = f"<a href='http://slide.example.cn/s/slide_{number}_2841_24505{number}.html'>组图：老街派出所的第{number}个清晨</a>"
        book = f"<a href='http://vip.book.example.cn/reader.php?bid=53927{number}'>派出所长篇小说连载之第{number}部</a>"
        return f"<div class=box{channel}><h4>{channel}</h4>{links}{gallery}{book}</div>"

    channels = zip(["news", "mil", "ent", "tech", "edu", "home"], ["li", "p", "h3", "dd", "span", "b"], strict=True)
    boxes = "".join(box(tag, channel, number) for number, (channel, tag) in enumerate(channels))
    result = listed(f"<html><body>{boxes}</body></html>", "list", "http://www.example.cn/")
    assert len(result.candidates) == 12
    assert all("/doc-" in c.url for c in result.candidates)


def test_redirect_inside_a_string_is_ignored() -> None:
    """A script that writes a button with a redirect in a string does not redirect the page."""
    script = """<script>document.write("<a onclick=\\"location.replace('/cs?t=cn')\\">简体</a>")</script>"""
    assert len(listed(f"<html><body>{script}<ul>{rows()}</ul></body></html>", "list").candidates) == 5
    with pytest.raises(ExtractError, match="no list was found"):
        listed(f"<html><body>{script}<p>没有列表</p></body></html>", "list")


def ranked(count: int, day: str, title: str) -> str:
    rows = "".join(
        f"<tr><td><a href='https://ch{i % 9}.example.cn/19/{day}/1{i % 10}/FGK7NCOR000{1000 + i}O.html'>{title}第{i}个夜晚</a></td>"
        f"<td>{9000 - i}</td></tr>"
        for i in range(count)
    )
    return f"<h2>点击排行</h2><table>{rows}</table>"


def test_ranking_of_many_channels() -> None:
    """The tables of a ranking are one list, although their links go to many channels and their heading is 排行."""
    page = f"<div class=a>{ranked(25, '0612', '清河派出所的')}</div><section>{ranked(25, '0611', '老街警务室的')}</section>"
    assert len(listed(page, "list", "http://news.example.cn/rank/").candidates) == 50


def test_titles_in_addresses() -> None:
    """Rows in two different elements are one list if each address consists of a title and a number."""
    first = "".join(
        f"<li><h3><a href='/清河派出所-民警夜访-第{i}户-0950{i}0233.html'>清河派出所民警夜访第{i}户人家</a></h3></li>"
        for i in range(8)
    )
    second = "".join(
        f"<div><h3><a href='/老街的灯-第{i}个夜晚-0955{i}0233.html'>老街上那盏灯的第{i}个夜晚</a></h3></div>"
        for i in range(5)
    )
    assert len(listed(f"<ul>{first}</ul><div class=two>{second}</div>", "list").candidates) == 13


def test_date_label_before_the_title() -> None:
    """A date with a label before the title is read, also if a class name of the row contains `ad`."""
    rows = "".join(
        f"<div class='row after-ad'><a href='/politics/20190612/GHMECYZUKFBEZAG7DDOI3Z{i}MM/'>"
        f"<span>出版時間: 2019/06/12 1{i}:00</span>清河派出所民警夜訪第{i}戶人家</a></div>"
        for i in range(8)
    )
    found = listed(f"<div>{rows}</div>", "list").candidates
    assert [c.title for c in found] == [f"清河派出所民警夜訪第{i}戶人家" for i in range(8)]
    assert found[3].date == "2019-06-12T13:00+08:00"


def test_dates_of_the_republic_of_china_before_the_title() -> None:
    """A date element in a year of the Republic of China is not part of the title."""
    rows = "".join(
        f"<li><a href='?id=88{i}'><span>108/06/{i + 1:02}</span>清河派出所民警夜访第{i}户人家</a></li>"
        for i in range(8)
    )
    found = listed(f"<ul>{rows}</ul>", "list").candidates
    assert [(c.title, c.date) for c in found] == [
        (f"清河派出所民警夜访第{i}户人家", f"2019-06-{i + 1:02}") for i in range(8)
    ]


def test_front_page_with_channels_of_two_forms() -> None:
    """Articles whose addresses have a folder for the time below the day are found among many without this folder."""

    def block(name: str, host: str, middle: str, count: int) -> str:
        links = "".join(
            f"<a href='https://{host}.example.cn/{middle}/doc-ifxeuwws{name}{4000 + i}.shtml'>{title}</a> "
            for i, title in enumerate(["河堤上的灯", "清河派出所民警夜访的第九户人家"] * (count // 2))
        )
        return f"<div class=b{name}><p>{links}</p></div>"

    page = "".join(block(str(n), f"ch{n}", f"s/{n}/2019-09-1{n}", 8) for n in range(1, 7))
    page += "".join(block(str(n), "fashion", f"b/{n}/2019-09-1{n}/17{n}0", 2) for n in range(7, 9))
    found = {c.url for c in listed(page, "list", "http://www.example.cn/").candidates if "夜访" in (c.title or "")}
    assert sum("fashion" in url for url in found) == 2


def test_pages_about_the_site_are_no_articles() -> None:
    """Links to pages about the site in the foot of a list, or in the JSON of a script, are not candidates."""
    titles = [f"民警在第{n}条街上帮助老人的故事" for n in range(1, 13)]
    about = "<li><a href=/corp/about/intro/>示例新媒体公司情况介绍</a></li>"
    rows = "".join(f"<li><a href=/a/2024/0{n % 9 + 1}/1234{n}.html>{title}</a></li>" for n, title in enumerate(titles))
    shown = listed(f"<html><body><ul>{rows}{about}</ul></body></html>", "list", "https://www.example.com/news/")
    assert len(shown.candidates) == len(titles)
    items = [{"title": title, "url": f"https://www.example.com/c/8xYz{n}ab"} for n, title in enumerate(titles)]
    items.append({"title": "示例新媒体公司情况介绍", "url": "https://www.example.com/corp/about/intro/"})
    script = f"<script>var allData = {json.dumps({'list': items}, ensure_ascii=False)};</script>"
    stated = listed(f"<html><body>{script}</body></html>", "list", "https://www.example.com/news/")
    assert len(stated.candidates) == len(titles)
