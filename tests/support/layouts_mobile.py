"""Cards, grids and mobile lists, some of them without links. See layout_base.py."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.layout_base import FOOT, NAV, TITLES, Layout, Row, _d, _t, page, rows, undated


def cards() -> Layout:
    """Return a page of a modern portal: each row is a card, and the whole card is one link."""
    made = rows("/a/{y}{m}{d}/{n}.shtml")
    items = "".join(
        f'<a class="card" href="{r.href}"><div class="pic"><img src="1.jpg" alt=""></div><div class="txt"><h4>{_t(r)}</h4><p>清晨的街巷里，社区民警已经骑着车开始了一天的走访，他说每家每户的情况都要装在心里。</p><span class="date">{_d(r, "{y}.{m:02d}.{d:02d}")}</span></div></a>'
        for r in made
    )
    body = f'<header class="header"><nav><a href="/">首页</a><a href="/fazhi/">法治</a></nav></header><main><section class="list">{items}</section><ul class="pagination"><li class="active"><span>1</span></li><li><a href="?page=2">2</a></li><li><a href="?page=3">3</a></li></ul></main><footer><a href="/about.html">关于我们的版权声明</a></footer>'
    return Layout(
        "cards",
        "https://www.example.net/fazhi/",
        page(body),
        made,
        "",
        "https://www.example.net/fazhi/?page=2",
        snippets=True,
    )


def date_inside_link() -> Layout:
    """Return a page of rows with title and date inside the link, and a similar hot list without dates."""
    made = rows("/jingwu/{n}.html")
    items = "".join(
        f'<li><a href="{r.href}"><span class="tit">{_t(r)}</span><span class="time">{_d(r)}</span></a></li>'
        for r in made
    )
    body = f'{NAV}<div class="wrap"><ul class="ul-list">{items}</ul></div><div class="wrap2"><ul class="ul-list">{"".join(f"""<li><a href="/jingwu/{i}.html"><span class="tit">推荐阅读这一篇很长的文章标题</span></a></li>""" for i in range(100, 106))}</ul></div>{FOOT}'
    return Layout("inside", "http://www.example.cn/jingwu/", page(body), made)


def timeline() -> Layout:
    """Return a mobile list with relative times only, so that no date is expected."""
    made = undated(rows("/detail/{n}8.html", 8))
    items = "".join(
        f'<section class="feed-item"><a href="{r.href}"><h3 class="title">{_t(r)}</h3><div class="info"><em>平安号</em><em>{i + 2}小时前</em><em>评论 {i}</em></div></a></section>'
        for i, r in enumerate(made)
    )
    body = f'<div class="tabs"><a href="/ch/1">推荐</a><a href="/ch/2">本地</a></div><div class="feed">{items}</div><a class="app" href="/download.html">下载客户端看更多精彩内容</a>'
    return Layout("timeline", "https://m.example.com/ch/2", page(body), made)


def media_group() -> Layout:
    """Return a media group's app page: links to a share page with ids in the query, source and relative time."""
    made = undated(tuple(Row(f"/h5/share?contentId=88{i}01&type=1", t, None) for i, t in enumerate(TITLES)))
    items = "".join(
        f'<li class="item"><a href="{r.href}"><div class="l"><p class="tt">{_t(r)}</p><p class="ft"><span>融媒中心</span><span>昨天 10:2{i % 10}</span></p></div><img src="t.jpg"></a></li>'
        for i, r in enumerate(made)
    )
    body = f'<div class="top-nav"><a href="/h5/index">首页</a></div><ul class="items">{items}</ul><div class="loading">上拉加载更多</div>'
    return Layout("media-group", "https://m.example.cn/h5/list", page(body), made)


def clickable_rows() -> Layout:
    """Return a mobile list without links: a click handler on each row opens the article."""
    made = rows("/jc/d/99{n}.html")
    items = "".join(f"<li onclick=\"location.href='{r.href}'\"><p>{_t(r)}</p><em>{_d(r)}</em></li>" for r in made)
    return Layout("clickable-rows", "http://m.example.cn/jc/", page(f"{NAV}<ul class=lb>{items}</ul>{FOOT}"), made)


def handlers() -> Layout:
    """Return a page of table rows: the date, then a link that a click handler opens."""
    made = rows("/xxgk/show_{n}.html")
    items = "".join(
        f'<tr class="row{i % 2}"><td class="d">{_d(r, "{y}年{m}月{d}日")}</td><td><a href="javascript:void(0)" onclick="window.open(\'{r.href}\')">{_t(r)}</a></td></tr>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<table class="tab"><tbody>{items}</tbody></table>{FOOT}'
    return Layout("handlers", "http://www.example.gov.cn/xxgk/", page(body), made)


def grid() -> Layout:
    """Return a grid of picture cards: picture link, title link, author, likes, and dates such as 9月28日."""
    made = rows("/story/{n}.html", 9)
    items = "".join(
        f'<div class="col-4"><div class="thumb"><a href="{r.href}"><img src="{i}.jpg"></a></div><div class="cap"><a href="{r.href}" class="name">{_t(r)}</a></div><div class="foot1"><a href="/author/{i + 1000}.html">通讯员小{"张王李赵"[i % 4]}</a><span>{_d(r, "{m}月{d}日")}</span><span>{i * 7}赞</span></div></div>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<div class="grid row">{items}</div><ul class="pager"><li class="active">1</li><li><a href="/story/list-2.html">2</a></li><li><a href="/story/list-3.html">3</a></li></ul>{FOOT}'
    return Layout(
        "grid", "https://www.example.org/story/", page(body), made, "", "https://www.example.org/story/list-2.html"
    )


def utility_classes() -> Layout:
    """Return a page with utility classes: rows as <div>, titles in <p>, the date in a column beside the title."""
    made = rows("/news/detail/{n}", 10)
    items = "".join(
        f'<div class="flex py-4 border-b"><a class="w-3/4 block hover:text-blue" href="{r.href}"><p class="text-lg truncate">{_t(r)}</p></a><div class="w-1/4 text-right text-gray">{_d(r)}</div></div>'
        for r in made
    )
    body = f'<div id="app"><div class="flex h-16"><a href="/">首页</a><a href="/news">资讯</a></div><div class="container mx-auto">{items}</div><div class="flex"><button disabled>上一页</button><a href="/news?page=2">下一页</a></div></div>'
    return Layout("utility", "https://pa.example.cn/news", page(body), made, "", "https://pa.example.cn/news?page=2")


MOBILE: tuple[Callable[[], Layout], ...] = (
    cards,
    date_inside_link,
    timeline,
    media_group,
    clickable_rows,
    handlers,
    grid,
    utility_classes,
)
