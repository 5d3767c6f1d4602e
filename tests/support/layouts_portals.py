"""List pages of news portals and agencies. See layout_base.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from tests.support.layout_base import CRUMB, FOOT, NAV, Layout, Row, _d, _t, hot, page, rows, undated


def people() -> Layout:
    """Return a page of a national news site: several <ul> of at most five rows, dates in <em>, numbered pages."""
    href = "/n1/{y}/{m}{d}/c42510-3{n}.html"
    made = rows(href)
    lis = [
        f'<li><a href="{r.href}" target=_blank>{_t(r)}</a> <em>[{_d(r, "{y}年{m:02d}月{d:02d}日")}10:10]</em></li>'
        for r in made
    ]
    lists = "".join(f'<ul class="list_16 mt10">{"".join(lis[i : i + 5])}</ul>' for i in range(0, len(lis), 5))
    pager = '<div class="page_n clearfix"><a class="common_current_page">1</a><a href="index2.html">2</a><a href="index3.html">3</a><a href="index2.html">下一页</a></div>'
    body = f'{NAV}{CRUMB}<div class="w1000 ej_content mt30"><div class="fl w655"><div class="ej_list_box clear">{lists}{pager}</div></div><div class="fr w310">{hot(href, "p2_right", "24小时排行")}<div class="pic_box"><a href="/n1/2020/0901/c1-990.html"><img src="a.jpg" alt="图"></a></div></div></div>{FOOT}'
    return Layout(
        "people",
        "http://legal.example.com.cn/GB/42510/index.html",
        page(body),
        made,
        "T10:10+08:00",
        "http://legal.example.com.cn/GB/42510/index2.html",
    )


def agency() -> Layout:
    """Return a page of a news agency: heading, summary, time and a linked picture in each row."""
    made = rows("http://www.example.com/legal/{y}-{m}/{d}/c_1126{n}.htm")
    lis = "".join(
        f'<li class="clearfix"><a href="{r.href}" class="pic"><img src="p.jpg"></a><h3><a href="{r.href}" target="_blank">{_t(r)}</a></h3>'
        f'<p class="summary">近日，记者在采访中了解到，当地公安机关持续推进社区警务工作，群众的安全感和满意度稳步提升。</p><span class="time">{_d(r)} 08:{i:02d}:00</span></li>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<div class="main"><ul class="dataList">{lis}</ul><div class="moreBtn"><a href="javascript:void(0)">加载更多</a></div></div><aside>{hot("/legal/{y}-{m}/{d}/c_11{n}.htm")}</aside>{FOOT}'
    return Layout("agency", "http://www.example.com/legal/index.htm", page(body), made, "*", None, snippets=True)


def regional() -> Layout:
    """Return a page of a regional portal: separator rows, month, day and time without a year, a next-page link 下一页."""
    made = rows("https://news.example.cn/content/646{n}/52/88{n}.html")
    lis = "".join(
        f'<li{" class=odd" if i % 2 else ""}><a href="{r.href}">{_t(r)}</a><span>{_d(r, "{m:02d}-{d:02d}")} 09:30</span></li>'
        + ('<li class="line"></li>' if i % 5 == 4 else "")
        for i, r in enumerate(made)
    )
    body = f'<div class="topbar"><a href="/">返回首页</a></div>{NAV}<div class="content clearfix"><div class="list-left"><ul class="news-list">{lis}</ul><div class="pages"><a href="https://news.example.cn/channel/9.html">首页</a><a href="https://news.example.cn/channel/9_2.html">下一页</a><a href="https://news.example.cn/channel/9_40.html">尾页</a></div></div><div class="list-right">{hot("https://news.example.cn/content/646{n}/50/8{n}.html", "box", "热门点击")}</div></div>{FOOT}'
    return Layout(
        "regional",
        "https://news.example.cn/channel/9.html",
        page(body),
        made,
        "T09:30+08:00",
        "https://news.example.cn/channel/9_2.html",
    )


def front() -> Layout:
    """Return a channel's front page: a headline and three boxes with different classes, without dates."""
    made = undated(rows("/{y}/{m}/{d}/0{n}.shtml"))
    head = f'<div class="headline"><h1><a href="{made[0].href}">{_t(made[0])}</a></h1></div>'

    def box(name: str, part: Sequence[Row]) -> str:
        return (
            f'<div class="{name}"><h2><a href="/{name}/">更多</a></h2><ul>'
            + "".join(f'<li><a href="{r.href}">{_t(r)}</a></li>' for r in part)
            + "</ul></div>"
        )

    body = f'{NAV}<div class="main">{head}{box("yaowen", made[1:5])}{box("jingshi", made[5:9])}{box("fazhi", made[9:])}</div><div class="sidebar">{hot("/{y}/{m}/{d}/0{n}.shtml", "hot")}</div>{FOOT}'
    return Layout("front", "http://www.example.com/shehui/", page(body), made)


def provincial() -> Layout:
    """Return a page of a provincial newspaper: three columns, the list in the middle, dated notices on the right."""
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
    """Return a page of a police newspaper: pictures with titles, then the list with dates in brackets."""
    made = rows("./{y}{m}/t{y}{m}{d}_9{n}.html", 15)
    pics = "".join(
        f'<li><a href="{r.href}"><img src="{i}.jpg" alt="{escape(r.title)}"></a><p><a href="{r.href}">{_t(r)}</a></p></li>'
        for i, r in enumerate(made[:3])
    )
    items = "".join(f'<dd><a href="{r.href}" target="_blank">{_t(r)}</a> <span>( {_d(r)} )</span></dd>' for r in made)
    body = f'{NAV}<div class="wid"><div class="focus"><ul>{pics}</ul></div><div id="comp_7574657"><dl>{items}</dl><script>var maxPageNum7574657 = 60;</script></div></div>{FOOT}'
    return Layout("police-paper", "http://news.example.com.cn/n3559/", page(body), made)


def rolling_news() -> Layout:
    """Return a page of rolling news: rows of column link, title, and month, day and time; the address has the year."""
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


def legal_front() -> Layout:
    """Return a legal channel's page without dates: carousel, headline and two sub-links, two boxes, videos, ranking."""
    made = undated(rows("/n1/{y}/{m}{d}/c42510-3{n}.html", 14))
    slides = "".join(
        f'<li><a href="{r.href}" target="_blank"><img src="s{i}.jpg" alt="{escape(r.title)}"/></a><div><a href="{r.href}">{_t(r)}</a></div></li>'
        for i, r in enumerate(made[:3])
    )
    head = f'<div class="hdNews clearfix"><h3><a href="{made[3].href}">{_t(made[3])}</a></h3><p class="sub"><a href="{made[4].href}">{_t(made[4])}</a> | <a href="{made[5].href}">{_t(made[5])}</a></p></div>'
    lists = "".join(
        f'<div class="p2j_con0{k}"><ul class="list_14 clearfix">{"".join(f"""<li><a href="{r.href}">{_t(r)}</a></li>""" for r in part)}</ul></div>'
        for k, part in ((1, made[6:10]), (2, made[10:]))
    )
    body = f'{NAV}<div class="focus"><ul>{slides}</ul></div>{head}{lists}<div class="video"><h4>视频</h4><ul><li><a href="/v/88.html"><img src="v.jpg" alt="现场视频"></a></li></ul></div><div class="p2_right">{hot("/n1/{y}/{m}{d}/c42510-2{n}.html", "rank_list")}</div>{FOOT}'
    return Layout("legal-front", "http://legal.example.com.cn/", page(body), made)


def headline() -> Layout:
    """Return an undated headline above a dated list; one row leads to another site."""
    made = rows("/c/{y}-{m}-{d}/{n}.html", 9)
    extra = Row("https://mp.weixin.qq.com/s/AbCdEfGh1234567", "这名社区民警的账本里没有钱", (2020, 9, 1))
    first = Row("/c/2020-09-29/9999.html", "特写:桥头那盏不灭的灯", None)
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a><span class="fr">{_d(r)}</span></li>' for r in (*made, extra))
    body = f'{NAV}<div class="layout"><div class="top1"><h2><a href="{first.href}">{_t(first)}</a></h2><p>夜里十点，茶馆的灯还亮着。社区民警在本子上记下最后一行字，明天还要再去看一次。</p></div><ul class="list3">{items}</ul></div>{hot("/c/{y}-{m}-{d}/{n}.html", "w300 fr", "一周点击")}{FOOT}'
    return Layout("headline", "https://www.example.com/fzxw/", page(body), (first, *made, extra))


def categories() -> Layout:
    """Return a page of rows with the column's name as a separate link before the title."""
    made = rows("/system/{y}/{m}/{d}/0301{n}.shtml")
    items = "".join(
        f'<li>[<a href="/fz/{i % 3}/">{("法治", "社会", "基层警务通讯")[i % 3]}</a>] <a href="{r.href}" target="_blank">{_t(r)}</a><i>{_d(r)}</i></li>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<div class="roll"><ul>{items}</ul><p class="fy"><a href="/roll/index_1.shtml">上一页</a> <a href="/roll/index_3.shtml">下一页</a></p></div>{FOOT}'
    return Layout(
        "categories",
        "http://roll.example.com.cn/roll/index_2.shtml",
        page(body),
        made,
        "",
        "http://roll.example.com.cn/roll/index_3.shtml",
    )


def two_lists() -> Layout:
    """Return a list in two <ul> with different classes; a block with the date precedes each title."""
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


def notice_board() -> Layout:
    """Return a front page with a long undated list of articles and a short dated notice board."""
    made = undated(rows("/jc/t{y}{m}{d}_6{n}.html"))
    notices = tuple(f"/gg/t2020092{n}_7000.html" for n in range(5))
    board = "".join(
        f'<li><a href="{n}">关于实行交通管制的通告</a><span>09-2{i}</span></li>' for i, n in enumerate(notices)
    )
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a></li>' for r in made)
    body = (
        f"{NAV}<div class=l1><h2>基层</h2><ul>{items}</ul></div><div class=tz><h3>通知公告</h3><ul>{board}</ul></div>"
    )
    body += hot("/jc/t{y}{m}{d}_9{n}.html")
    return Layout("notice-board", "http://www.example.cn/", page(body + FOOT), made, optional=notices)


def headings() -> Layout:
    """Return a page with large undated feature cards in <h3>, which are the list, and a short dated list of notices."""
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


def series() -> Layout:
    """Return the page of a series: rows of date and time, a title with a common beginning, and an English subtitle."""
    made = tuple(Row(r.href, f"走进派出所⑧|{r.title}", r.day) for r in rows("/special/zjpcs/{y}{m}{d}/a{n}.shtml", 8))
    items = "".join(
        f'<div class="news-item"><span class="date">{_d(r, "{y}年{m:02d}月{d:02d}日")} 09:00</span><h2><a href="{r.href}">{_t(r)}</a></h2><div class="en">Into the Police Station</div></div>'
        for r in made
    )
    body = f'<div class="banner"><img src="b.jpg"></div><div class="content">{items}</div><div class="about"><p>本专题由某某网法治频道制作，欢迎各地公安机关来稿，联系邮箱见页脚。</p></div>{FOOT}'
    return Layout("series", "https://www.example.com/special/zjpcs/", page(body), made, "T09:00+08:00")


def paragraphs() -> Layout:
    """Return a page with rows as <p>, the publisher before the date; links above and below are not articles."""
    made = rows("content_2{n}.htm", 14)
    items = "".join(
        f'<p class="row"><a href="{r.href}">{_t(r)}</a>　<span class="src">法治日报</span>　<span class="dt">{_d(r, "{y}年{m}月{d}日")}</span></p>'
        for r in made
    )
    body = f'<div class="m"><p><a href="/index.htm">返回法治频道首页</a></p>{items}<p class="f"><a href="/about.htm">版权与免责声明</a></p></div>'
    return Layout("paragraphs", "http://www.example.com.cn/legal/node_33.htm", page(body), made)


def definitions() -> Layout:
    """Return a page with rows as pairs of <dt> (title) and <dd> (date and publisher) in one <dl>."""
    made = rows("/html/{y}/zhfz_{m}{d}/{n}.html")
    items = "".join(f'<dt><a href="{r.href}">{_t(r)}</a></dt><dd>发布时间：{_d(r)} 来源：某某晚报</dd>' for r in made)
    body = f"{NAV}<div class='box'><h2>综合法治</h2><dl class='fz'>{items}</dl></div>{hot('/html/{y}/zh_{m}{d}/{n}.html')}{FOOT}"
    return Layout("definitions", "http://www.example.cn/zhfz/", page(body), made)


def weblog() -> Layout:
    """Return a page of a blog: rows as <article>, machine-readable dates in <time>, a link 阅读全文 (read more)."""
    made = rows("/{y}/{m}/archives/{n}")
    items = "".join(
        f'<article class="post-{i} post"><h2 class="entry-title"><a href="{r.href}" rel="bookmark">{_t(r)}</a></h2><div class="entry-meta"><time class="entry-date" datetime="{_d(r)}T08:00:00+08:00">3周前</time> <a href="/author/admin/">管理员小编辑</a></div><div class="entry-summary"><p>这篇文章讲的是一座老城里的派出所和它的人们，以及他们每天要面对的那些琐碎小事。</p><a href="{r.href}" class="more-link">阅读全文</a></div></article>'
        for i, r in enumerate(made)
    )
    body = f'<header class="site-header"><a href="/">首页</a></header><main id="main">{items}<nav class="pagination"><span class="page-numbers current">1</span><a class="page-numbers" href="/page/2/">2</a><a class="next page-numbers" href="/page/2/">下一页 »</a></nav></main><aside class="widget-area"><h3>近期文章</h3><ul><li><a href="/2020/08/archives/77">老城里的一个冬天和一封信</a></li></ul></aside>'
    return Layout(
        "weblog",
        "https://blog.example.org/",
        page(body),
        made,
        "T08:00+08:00",
        "https://blog.example.org/page/2/",
        snippets=True,
    )


def traditional() -> Layout:
    """Return a page with navigation in traditional characters, dates with slashes, and ">" as the next-page link."""
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


PORTALS: tuple[Callable[[], Layout], ...] = (
    people,
    agency,
    regional,
    front,
    provincial,
    police_paper,
    rolling_news,
    legal_front,
    headline,
    categories,
    two_lists,
    notice_board,
    headings,
    series,
    paragraphs,
    definitions,
    weblog,
    traditional,
)
