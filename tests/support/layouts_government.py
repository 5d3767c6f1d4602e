"""List pages of government content systems. See layout_base.py."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tests.support.layout_base import CRUMB, FOOT, NAV, Layout, Row, _d, _t, page, rows, with_addresses


def government() -> Layout:
    """Return a page of the content system TRS: left menu, date before each link, createPageHTML counting from page 0.

    The titles are truncated; the title attribute of each link has the full title.
    """
    made = rows("./{y}{m}/t{y}{m}{d}_58{n}.html")
    lis = "".join(
        f'<li><span>[{_d(r)}]</span><a href="{r.href}" title="{escape(r.title)}">{_t(r)[:10]}...</a></li>' for r in made
    )
    menu = '<div class="left"><ul class="menu2"><li><a href="../tzgg/">通知公告公示信息</a></li><li><a href="../jwyw/">警务要闻动态信息</a></li><li><a href="../zcfg/">政策法规解读文件</a></li></ul></div>'
    body = f'{NAV}{CRUMB}{menu}<div class="right"><div class="list_con"><ul>{lis}</ul></div><div class="page"><script>createPageHTML(25, 0, "index", "html");</script></div></div>{FOOT}'
    return Layout(
        "government",
        "http://gaj.example.gov.cn/xw/jwyw/",
        page(body),
        made,
        "",
        "http://gaj.example.gov.cn/xw/jwyw/index_1.html",
    )


def ministry() -> Layout:
    """Return a page of another content system: createPageHTML with the name of a <div> and pages counted from 1."""
    made = rows("/jwzx/c10{n}/{y}{m}/4a5f6b7c8d9e4a5f6b7c8d9e{n}.shtml")
    lis = "".join(
        f'<li><a href="{r.href}" title="{escape(r.title)}" target="_blank">{_t(r)}</a><span class="time">{_d(r)}</span></li>'
        for r in made
    )
    body = f"{NAV}<div class='conbox'><ul class='pageList newsList'>{lis}</ul><div id='page_div'></div><script>createPageHTML('page_div',34, 2,'list','shtml',680);</script></div>{FOOT}"
    return Layout(
        "ministry",
        "http://www.example.gov.cn/jwzx/list_2.shtml",
        page(body),
        made,
        "",
        "http://www.example.gov.cn/jwzx/list_3.shtml",
    )


def datastore() -> Layout:
    """Return a page of the content system Hanweb: the rows are CDATA in a script, with the URL of the next page."""
    made = rows("/art/{y}/{m}/{d}/art_1229_59{n}.html")
    records = "".join(
        f"<record><![CDATA[<li><a href='{r.href}' title='{escape(r.title)}' target='_blank'>{_t(r)}</a><span>{_d(r)}</span></li>]]></record>\n"
        for r in made
    )
    script = f'<script type="text/xml"><datastore>\n<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&appid=1&webid=3&path=/&columnid=1229&unitid=212860"></a>]]></nextgroup>\n<recordset>{records}</recordset></datastore></script>'
    body = f'{NAV}{CRUMB}<div class="container"><div class="list-group" id="212860">{script}</div></div>{FOOT}'
    return Layout(
        "datastore",
        "http://gat.example.gov.cn/col/col1229/index.html",
        page(body),
        made,
        "",
        "http://gat.example.gov.cn/module/web/jpage/dataproxy.jsp?page=1&appid=1&webid=3&path=/&columnid=1229&unitid=212860",
    )


def big_day() -> Layout:
    """Return a page of rows with the day in large type and year and month below it."""
    made = rows("/xwzx/{y}/{m}/{d}{n}.html")
    items = "".join(
        f'<div class="item{" first" if i == 0 else ""}"><div class="date"><b>{_d(r, "{d:02d}")}</b><span>{_d(r, "{y}-{m:02d}")}</span></div><div class="con"><h3><a href="{r.href}">{_t(r)}</a></h3><p>为进一步做好辖区安全防范工作，派出所组织警力走村入户，面对面听取群众意见和建议。<a href="{r.href}">[详细]</a></p></div></div>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<div class="list-wrap">{items}</div><div class="pager"><a class="on" href="/xwzx/">1</a><a href="/xwzx/index_2.html">2</a></div>{FOOT}'
    return Layout(
        "big-day",
        "http://www.example.gov.cn/xwzx/",
        page(body),
        made,
        "",
        "http://www.example.gov.cn/xwzx/index_2.html",
        snippets=True,
    )


def campus() -> Layout:
    """Return a page of a content system that numbers list pages downwards: dates with slashes, a class on each link."""
    made = rows("../info/1003/{n}.htm")
    items = "".join(
        f'<li id="line_u10_{i}"><a class="c57797" href="{r.href}" target="_blank" title="{escape(r.title)}">{_t(r)}</a><span class="timestyle">{_d(r, "{y}/{m:02d}/{d:02d}")}</span></li>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<div class="n_list"><ul>{items}</ul><div class="pb_sys_common"><span class="p_no_d">1</span><span class="p_no"><a href="jwdt/41.htm">2</a></span><span class="p_next"><a href="jwdt/41.htm">下页</a></span><span class="p_last"><a href="jwdt/1.htm">尾页</a></span></div></div>{FOOT}'
    return Layout(
        "campus",
        "http://bwc.example.edu.cn/xw/jwdt.htm",
        page(body),
        made,
        "",
        "http://bwc.example.edu.cn/xw/jwdt/41.htm",
    )


def capital() -> Layout:
    """Return a page of a capital's government: rows of title, agency and date; a script makes the page links."""
    made = rows("./{y}{m}/t{y}{m}{d}_24{n}.html", 15)
    items = "".join(
        f'<li class="col-md"><a href="{r.href}" title="{escape(r.title)}" target="_blank">{_t(r)}</a><span class="dept">市公安局某某分局宣传处</span><span>{_d(r)}</span></li>'
        for r in made
    )
    body = f"{NAV}{CRUMB}<div class='listBox'><ul class='list'>{items}</ul><div class='changepage'><script>Pager({{size:50, current:0, prefix:'index',suffix:'html'}});</script></div></div>{FOOT}"
    return Layout(
        "capital",
        "http://gaj.capital.gov.cn/jwxw/",
        page(body),
        made,
        "",
        "http://gaj.capital.gov.cn/jwxw/index_1.html",
    )


def county() -> Layout:
    """Return a county's page: each row is a table in a form, with an image as bullet and [MM-DD] before the link."""
    made = rows("../view.jsp?newsid={n}&lm=jw", 12)
    items = "".join(
        f'<table width="100%"><tr><td width="4%"><img src="dot.gif"></td><td width="14%">[{_d(r, "{m:02d}-{d:02d}")}]</td><td><a href="{r.href}" target="_blank"><font size="2">{_t(r)}</font></a></td></tr></table>'
        for r in made
    )
    body = f'<table><tr><td><a href="/">首页</a></td><td><a href="/jgsz.jsp?lmid=21">机构设置介绍页</a></td><td><a href="/bszn.jsp?lmid=22">办事指南查询页</a></td></tr></table><form name="f" action="list.jsp">{items}<div>第1页 共8页 <a href="list.jsp?lm=jw&p=2">下页</a> <a href="list.jsp?lm=jw&p=8">末页</a></div></form>'
    return Layout(
        "county",
        "http://www.example.gov.cn/jw/list.jsp?lm=jw",
        page(body),
        made,
        "",
        "http://www.example.gov.cn/jw/list.jsp?lm=jw&p=2",
    )


def bureau() -> Layout:
    """Return a bureau's page with four tabs, each a dated list; all four belong to the result."""
    made = rows("/art/{y}/{m}/{d}/art_77_{n}.html", 16)
    tabs = "".join(
        f'<div class="tab-c" style="display:{"block" if k == 0 else "none"}"><ul>{"".join(f"""<li><a href="{r.href}" title="{escape(r.title)}">{_t(r)[:12]}…</a><span>{_d(r, "{m:02d}-{d:02d}")}</span></li>""" for r in made[4 * k : 4 * k + 4])}</ul></div>'
        for k in range(4)
    )
    body = f'{NAV}<div class="tab-h"><span>警务要闻</span><span>基层动态</span></div>{tabs}<div class="zt"><a href="/col/col8801/index.html"><img src="z.jpg" alt="扫黑除恶专项斗争专题专栏"></a></div>{FOOT}'
    return Layout("bureau", "http://gaj.example.gov.cn/col/col77/index.html", page(body), made)


def bracketed_titles() -> Layout:
    """Return a page of titles with a series name in brackets and blanks, and a [图] mark as a separate link."""
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


def short_numbers() -> Layout:
    """Return a county's page with articles numbered from 1, so that their addresses look like those of columns."""
    made = with_addresses(rows("/"), lambda number: f"/jcdt/{number + 1}.html")
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a><span>{_d(r)}</span></li>' for r in made)
    return Layout("short-numbers", "http://www.example.cn/jcdt/", page(f"{NAV}<ul>{items}</ul>{FOOT}"), made)


GOVERNMENT: tuple[Callable[[], Layout], ...] = (
    government,
    ministry,
    datastore,
    big_day,
    campus,
    capital,
    county,
    bureau,
    bracketed_titles,
    short_numbers,
)
