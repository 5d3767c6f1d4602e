"""List pages of tables and line breaks, in the style of old ASP sites. See layout_base.py."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tests.support.layout_base import FOOT, NAV, Layout, Row, _d, _t, page, rows


def tables() -> Layout:
    """Return a page of an old ASP site: one table for each row, ids in the query, month and day in brackets."""
    made = rows("shownews.asp?id={n}&bigclass=2")
    items = "".join(
        f'<table width="98%" border=0><tr><td width=20 align=center>·</td><td><a href="{r.href}" target=_blank class=black>{_t(r)}</a></td><td width=90><font color=#999999>({_d(r, "{m}-{d}")})</font></td></tr></table>'
        for r in made
    )
    body = f'<table width=780 align=center><tr><td><a href="index.asp">网站首页</a>|<a href="news.asp?id=1">警务新闻</a></td></tr></table><table width=780 align=center><tr><td width=200 valign=top><table><tr><td>图片新闻</td></tr><tr><td><a href="shownews.asp?id=777"><img src="x.jpg"></a></td></tr></table></td><td valign=top>{items}<p align=right>首页 上一页 <a href="news.asp?page=2">下一页</a> <a href="news.asp?page=9">尾页</a></p></td></tr></table><p align=center>版权所有 某某公安局</p>'
    return Layout(
        "tables", "http://www.example.org/news.asp", page(body), made, "", "http://www.example.org/news.asp?page=2"
    )


def line_breaks() -> Layout:
    """Return a page with links and dates in one table cell, separated by <br>."""
    made = rows("../../{y}-{m}/{d}/content_8{n}.htm")
    items = "".join(
        f'·<a href="{r.href}" target=_blank>{_t(r)}</a> <font color=gray>{_d(r, "{y}-{m}-{d}")}</font><br>'
        for r in made
    )
    body = f'<table align=center width=900><tr><td><a href="/">首页</a> <a href="/index/fz.htm">法制新闻频道</a></td></tr><tr><td class="f14">{items}</td></tr><tr><td align=center><strong>1</strong> <a href="node_2_2.htm">2</a> <a href="node_2_3.htm">3</a></td></tr></table>'
    return Layout(
        "breaks",
        "http://www.example.com.cn/index/node_2.htm",
        page(body),
        tuple(Row(r.href, r.title, r.day) for r in made),
        "",
        "http://www.example.com.cn/index/node_2_2.htm",
    )


def nested_tables() -> Layout:
    """Return a page with nested tables without classes, a menu of long names, dates in a separate column."""
    made = rows("/news/view.php?newsid={n}")
    items = "".join(
        f'<tr><td>□</td><td><a href="{r.href}">{_t(r)}</a></td><td>admin</td><td>{300 + i}</td><td>{_d(r)}</td></tr>'
        for i, r in enumerate(made)
    )
    menu = "".join(
        f'<tr><td><a href="/news/list.php?catid={i}">{n}</a></td></tr>'
        for i, n in enumerate(("本局领导班子成员", "内设机构工作职责", "派出所通讯录查询", "户籍业务办理指南"))
    )
    body = f'<table><tr><td><table>{menu}</table></td><td><table><tr><td></td><td>标题</td><td>发布人</td><td>点击</td><td>日期</td></tr>{items}</table><div>共 120 条 <b>1</b> <a href="/news/list.php?catid=2&page=2">2</a> <a href="/news/list.php?catid=2&page=3">3</a> <a href="/news/list.php?catid=2&page=2">下一页</a></div></td></tr></table>'
    return Layout(
        "columns",
        "http://www.example.cn/news/list.php?catid=2",
        page(body),
        made,
        "",
        "http://www.example.cn/news/list.php?catid=2&page=2",
    )


def numbered() -> Layout:
    """Return an old ASP page: one table row for each article, with a bullet and a column link before the title.

    The tooltip of the title has author, time and clicks.
    """
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


def columns_by_number() -> Layout:
    """Return an ASP table: column, truncated title and comments in one cell, all links with ids, and a long tooltip."""
    made = rows("show.asp?id={n}")
    lines = "".join(
        f'<tr><td>[<a href="list.asp?id={i % 3 + 21}">基层</a>] <a href="{r.href}" '
        f'title="文章标题:{_t(r)}&#10;作    者:王某&#10;更新时间:{_d(r)} 8:05:00&#10;点击数:33">{_t(r)[:8]}</a> '
        f'<a href="comment.asp?id={r.href[-4:]}">评论(3)</a></td></tr>'
        for i, r in enumerate(made)
    )
    next_page = '<div><a href="list.asp?id=5&page=2">下一页</a></div>'
    return Layout(
        "columns-by-number",
        "http://www.example.cn/list.asp?id=5",
        page(f"{NAV}<table>{lines}</table>{next_page}{FOOT}"),
        made,
        clock="T08:05+08:00",
        next="http://www.example.cn/list.asp?id=5&page=2",
    )


def two_a_row() -> Layout:
    """Return a page with two articles in each table row, each with its date in the next cell."""
    made = rows("/html/{y}{m}{d}{n}.htm")
    cells = [f'<td><a href="{r.href}">{_t(r)}</a></td><td>{_d(r)}</td>' for r in made]
    body = (
        f"{NAV}<table>{''.join(f'<tr>{a}{b}</tr>' for a, b in zip(cells[::2], cells[1::2], strict=True))}</table>{FOOT}"
    )
    return Layout("two-a-row", "http://www.example.cn/html/", page(body), made)


def dates_first() -> Layout:
    """Return a page with the date before each link, all rows in one table cell, separated by <br>."""
    made = rows("/news/{y}/{n}.html")
    items = "<br>".join(f'{_d(r)} <a href="{r.href}">{_t(r)}</a>' for r in made)
    return Layout("dates-first", "http://www.example.cn/news/", page(f"{NAV}<td>{items}</td>{FOOT}"), made)


TABLES: tuple[Callable[[], Layout], ...] = (
    tables,
    line_breaks,
    nested_tables,
    numbered,
    columns_by_number,
    two_a_row,
    dates_first,
)
