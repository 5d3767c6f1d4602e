"""More list pages in the manner of real Chinese sites, written after the finder was made: its first figures on them
stand in docs/adding-a-source.md. See discover_layouts.py for what a layout is."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from tests.support.layouts import CRUMB, FOOT, NAV, TITLES, Layout, Row, _d, _t, hot, page, rows, undated


def provincial() -> Layout:
    """A provincial paper's portal: three columns, the list in the middle one, notices with dates at the right."""
    made = rows("https://www.example.com.cn/html/{y}{m}/{d}/{n}.html", 20)
    items = "".join(
        f'<li class="clearfix"><i></i><a href="{r.href}" target="_blank">{_t(r)}</a><em>{_d(r, "{m:02d}/{d:02d}")}</em></li>'
        for r in made
    )
    notices = "".join(
        f'<li><a href="/tzgg/{i}.html">关于某某路段封闭施工的通告</a><em>09-0{i}</em></li>' for i in range(1, 6)
    )
    body = f'<div class="head"><ul class="channel"><li><a href="/fz/">法治</a></li><li><a href="/ms/">民生</a></li></ul></div><div class="wrap"><div class="col1"><ul><li><a href="/fz/pfzx/">普法在线平安建设</a></li></ul></div><div class="col2"><ul class="m-list">{items}</ul><div class="m-page"><span>1/20</span><a href="/fz/index_2.html">下页</a></div></div><div class="col3"><div class="m-notice"><h4>通知公告</h4><ul class="notice">{notices}</ul></div></div></div>{FOOT}'
    board = tuple(f"/tzgg/{i}.html" for i in range(1, 6))
    return Layout(
        "provincial",
        "https://www.example.com.cn/fz/index.html",
        page(body),
        made,
        "",
        "https://www.example.com.cn/fz/index_2.html",
        optional=board,
    )


def police_paper() -> Layout:
    """A police paper: pictures with the title under them first, then the list with dates in brackets after the link."""
    made = rows("./{y}{m}/t{y}{m}{d}_9{n}.html", 15)
    pics = "".join(
        f'<li><a href="{r.href}"><img src="{i}.jpg" alt="{escape(r.title)}"></a><p><a href="{r.href}">{_t(r)}</a></p></li>'
        for i, r in enumerate(made[:3])
    )
    items = "".join(f'<dd><a href="{r.href}" target="_blank">{_t(r)}</a> <span>( {_d(r)} )</span></dd>' for r in made)
    body = f'{NAV}<div class="wid"><div class="focus"><ul>{pics}</ul></div><div id="comp_7574657"><dl>{items}</dl><script>var maxPageNum7574657 = 60;</script></div></div>{FOOT}'
    return Layout("police-paper", "http://news.example.com.cn/n3559/", page(body), made)


def wiki_style() -> Layout:
    """Utility classes everywhere, rows as <div>, the date in a sibling column, titles in <p>."""
    made = rows("/news/detail/{n}", 10)
    items = "".join(
        f'<div class="flex py-4 border-b"><a class="w-3/4 block hover:text-blue" href="{r.href}"><p class="text-lg truncate">{_t(r)}</p></a><div class="w-1/4 text-right text-gray">{_d(r)}</div></div>'
        for r in made
    )
    body = f'<div id="app"><div class="flex h-16"><a href="/">首页</a><a href="/news">资讯</a></div><div class="container mx-auto">{items}</div><div class="flex"><button disabled>上一页</button><a href="/news?page=2">下一页</a></div></div>'
    return Layout("utility", "https://pa.example.cn/news", page(body), made, "", "https://pa.example.cn/news?page=2")


def day_groups() -> Layout:
    """Rolling news: a day's heading, then rows with a clock only; the path names the day."""
    made = rows("/gn/{y}/{m}-{d}/930{n}.shtml", 12)
    items = "".join(
        f'<div class="dd_lm">[<a href="/gn.shtml">国内</a>]</div><div class="dd_bt"><a href="{r.href}">{_t(r)}</a></div><div class="dd_time">{r.day[1] if r.day else 0}-{r.day[2] if r.day else 0} 18:3{i % 10}</div>'
        for i, r in enumerate(made)
    )
    wrapped = "".join(f"<li>{x}</li>" for x in items.split('<div class="dd_lm">') if x).replace(
        "<li>[", '<li><div class="dd_lm">['
    )
    body = f'{NAV}<div class="content_list"><ul>{wrapped}</ul></div><div class="pagebox"><span class="current">1</span> <a href="/scroll-news/2.html">2</a> <a href="/scroll-news/3.html">3</a> <a href="/scroll-news/2.html">下一页</a></div>{FOOT}'
    return Layout(
        "rolling",
        "http://www.example.com/scroll-news/1.html",
        page(body),
        made,
        "*",
        "http://www.example.com/scroll-news/2.html",
    )


def embedded() -> Layout:
    """A page that its script fills: the list is JSON in the page."""
    made = rows("/news/{y}/{n}.html", 9)
    data = {
        "props": {
            "pageProps": {
                "list": [
                    {"contId": i, "title": r.title, "link": r.href, "publishTime": _d(r) + " 08:00", "pic": "/p/1.jpg"}
                    for i, r in enumerate(made)
                ]
            }
        }
    }
    body = f'<div id="__next"><a href="/">首页</a></div><script id="__NEXT_DATA__" type="application/json">{json.dumps(data, ensure_ascii=False)}</script>'
    return Layout("embedded", "https://www.example.cn/list_26911", page(body), made, "T08:00+08:00")


def numbered() -> Layout:
    """Numbers before the titles, everything in one table row each, no class on the date."""
    made = rows("Article_Show.asp?ArticleID={n}", 10)
    items = "".join(
        f'<tr><td class="main_tdbg"><img src="b.gif">[<a href="Article_Class.asp?ClassID=7">警界风采</a>] <a class="listA" href="{r.href}" title="文章标题：{escape(r.title)}&#13;作    者：佚名&#13;更新时间：{_d(r)} 10:01:00&#13;点击次数：55">{_t(r)}</a></td><td align=right><font color=red>{_d(r)}</font></td></tr>'
        for r in made
    )
    body = f'<table><tr><td>您现在的位置：<a href="/">公安信息网</a> &gt;&gt; <a href="Article_Class.asp?ClassID=7">警界风采</a></td></tr></table><table width=100%>{items}</table><table><tr><td>共 <b>215</b> 篇文章 首页 上一页 <a href="Article_Class.asp?ClassID=7&page=2">下一页</a> <a href="Article_Class.asp?ClassID=7&page=9">尾页</a></td></tr></table>'
    return Layout(
        "numbered",
        "http://www.example.gov.cn/Article_Class.asp?ClassID=7",
        page(body),
        made,
        "",
        "http://www.example.gov.cn/Article_Class.asp?ClassID=7&page=2",
    )


def paragraphs() -> Layout:
    """Each row a <p>, the source before the date, old links above and below."""
    made = rows("content_2{n}.htm", 14)
    items = "".join(
        f'<p class="row"><a href="{r.href}">{_t(r)}</a>　<span class="src">法治日报</span>　<span class="dt">{_d(r, "{y}年{m}月{d}日")}</span></p>'
        for r in made
    )
    body = f'<div class="m"><p><a href="/index.htm">返回法治频道首页</a></p>{items}<p class="f"><a href="/about.htm">版权与免责声明</a></p></div>'
    return Layout("paragraphs", "http://www.example.com.cn/legal/node_33.htm", page(body), made)


def two_lists() -> Layout:
    """Two halves of one list side by side in <ul>s of their own class, dates at the left as a block."""
    made = rows("/col/{y}-{m}-{d}/doc-i{n}.shtml", 16)
    left = "".join(
        f'<li><div class="time"><p>{_d(r, "{d:02d}")}</p><span>{_d(r, "{y}/{m:02d}")}</span></div><a href="{r.href}"><h5>{_t(r)}</h5></a></li>'
        for r in made[:8]
    )
    right = "".join(
        f'<li><div class="time"><p>{_d(r, "{d:02d}")}</p><span>{_d(r, "{y}/{m:02d}")}</span></div><a href="{r.href}"><h5>{_t(r)}</h5></a></li>'
        for r in made[8:]
    )
    body = f'{NAV}{CRUMB}<div class="row"><div class="col-md-6"><ul class="leftlist">{left}</ul></div><div class="col-md-6"><ul class="rightlist">{right}</ul></div></div>{hot("/col/{y}-{m}-{d}/doc-i{n}.shtml", "w25", "大家都在看")}{FOOT}'
    return Layout("two-lists", "http://fz.example.cn/col/", page(body), made)


def frames() -> Layout:
    """Titles with brackets and blanks, a [图] mark as a link of its own, English month names never."""
    made = tuple(Row(r.href, f"【警营故事】{r.title}", r.day) for r in rows("/jyfc/{n}.jhtml", 10))
    items = "".join(
        f'<div class="li"><a class="img" href="/tu/">[图]</a><a href="{r.href}">　【警营故事】 {escape(r.title[6:])}　</a><b>{_d(r, "{y}.{m:02d}.{d:02d}")}</b></div>'
        for r in made
    )
    body = f'{NAV}<div class="mainlist">{items}</div><div>共87条记录 1/9页 首页 上一页 <a href="/jyfc/index_2.jhtml">下一页</a> <a href="/jyfc/index_9.jhtml">尾页</a></div>{FOOT}'
    fixed = tuple(Row(r.href, "【警营故事】 " + r.title[6:], r.day) for r in made)
    return Layout(
        "marks",
        "http://gaj.example.gov.cn/jyfc/index.jhtml",
        page(body),
        fixed,
        "",
        "http://gaj.example.gov.cn/jyfc/index_2.jhtml",
    )


def headings() -> Layout:
    """Large undated feature cards in <h3>, a dated list of notices smaller than it: the cards are the list."""
    made = undated(rows("/zt/tx/{y}{m}{d}/{n}.html", 12))
    items = "".join(
        f'<div class="feature"><h3><a href="{r.href}">{_t(r)}</a></h3><p>老街的灯一盏盏亮起来，社区民警推着自行车从桥头走过，卖米糕的阿婆喊他进来坐。</p></div>'
        for r in made
    )
    notices = "".join(
        f'<li><a href="/zt/gg/20200{i}01/{i}77.html">本栏目征稿启事与投稿须知</a><span>2020-0{i}-01</span></li>'
        for i in range(6, 9)
    )
    body = f'{NAV}<div class="features">{items}</div><div class="bulletin"><ul>{notices}</ul></div>{FOOT}'
    board = tuple(f"/zt/gg/20200{i}01/{i}77.html" for i in range(6, 9))
    return Layout("headings", "http://www.example.com/zt/tx/", page(body), made, optional=board)


def media_group() -> Layout:
    """A media group's app page: rows link to a share page with ids in the query, source and relative time."""
    made = undated(tuple(Row(f"/h5/share?contentId=88{i}01&type=1", t, None) for i, t in enumerate(TITLES)))
    items = "".join(
        f'<li class="item"><a href="{r.href}"><div class="l"><p class="tt">{_t(r)}</p><p class="ft"><span>融媒中心</span><span>昨天 10:2{i % 10}</span></p></div><img src="t.jpg"></a></li>'
        for i, r in enumerate(made)
    )
    body = f'<div class="top-nav"><a href="/h5/index">首页</a></div><ul class="items">{items}</ul><div class="loading">上拉加载更多</div>'
    return Layout("media-group", "https://m.example.cn/h5/list", page(body), made)


def traditional() -> Layout:
    """Traditional characters, slashes, a next page behind an arrow."""
    made = rows("/society/{y}{m}{d}/{n}", 8)
    items = "".join(
        f'<li><a href="{r.href}" class="picbox"><img alt="x" src="a.png"></a><div><h2><a href="{r.href}">{_t(r)}</a></h2><span class="date">{_d(r, "{y}/{m:02d}/{d:02d}")} 07:15</span></div></li>'
        for r in made
    )
    body = f'<nav><a href="/">首頁</a></nav><ul class="newsrow">{items}</ul><div class="pg"><a href="/society/p2" title="下一頁">&gt;</a></div>'
    return Layout(
        "traditional",
        "https://www.example.hk/society/",
        page(body),
        made,
        "T07:15+08:00",
        "https://www.example.hk/society/p2",
    )


SECOND: tuple[Callable[[], Layout], ...] = (
    provincial,
    police_paper,
    wiki_style,
    day_groups,
    embedded,
    numbered,
    paragraphs,
    two_lists,
    frames,
    headings,
    media_group,
    traditional,
)
