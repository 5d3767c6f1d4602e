"""List pages in the manner of real Chinese sites, each with what it lists. Written here; nothing is of a real page.

A layout is a function from rows to HTML: the list in the site's markup among the site's furniture (navigation, hot
lists, picture links, friendly links, footers). `LAYOUTS` names them with the page's own URL and what each row claims.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

TITLES = (
    "清河派出所民警深夜寻回走失老人",
    "“老街坊”调解室:吵了十年的邻居握手言和",
    "一枚铜秤星里的基层警务经验",
    "北塘派出所开展冬季消防安全检查",
    "渡口上的派出所:八年守着一条船",
    "9月7日起这些路段实行交通管制",
    "民警王小满:把山路走成回家的路",
    "反诈宣传进社区 老人学会三不一多",
    "石鼓坪集市添了十八名“秤星调解员”",
    "云岭市公安局举行警营开放日活动",
    "从一张手绘地图看社区警务室的变化",
    "辅警岑大山和他的枣红马",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One article as a list shows it."""

    href: str
    title: str
    #: year, month, day, or None for a layout without dates
    day: tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """One list page: its URL, its HTML, and what a reader of it should find."""

    name: str
    url: str
    html: str
    rows: tuple[Row, ...]
    #: clock time that every row shows, as ISO writes it after the date
    clock: str = ""
    #: the next list page, whole
    next: str | None = None
    snippets: bool = False
    #: links that a reader may take or leave
    optional: tuple[str, ...] = ()


def rows(href: str, count: int = 12) -> tuple[Row, ...]:
    """`count` rows; {y} {m} {d} {n} in `href` become the day and a number."""
    made = []
    for i in range(count):
        y, m, d = 2020, 9 - i // 13, 28 - 2 * (i % 13)
        made.append(
            Row(href.format(y=y, m=f"{m:02d}", d=f"{d:02d}", n=4100 + 37 * i), TITLES[i % len(TITLES)], (y, m, d))
        )
    return tuple(made)


def undated(made: Sequence[Row]) -> tuple[Row, ...]:
    """The rows without their days."""
    return tuple(Row(r.href, r.title, None) for r in made)


def _t(row: Row) -> str:
    return escape(row.title, quote=False)


def _d(row: Row, form: str = "{y}-{m:02d}-{d:02d}") -> str:
    assert row.day is not None
    return form.format(y=row.day[0], m=row.day[1], d=row.day[2])


NAV = """<div class="nav w1000"><ul><li><a href="/">首页</a></li><li><a href="/xw/">新闻中心</a></li><li><a href="/gk/index.html">政府信息公开</a></li>
<li><a href="/fw/">网上办事服务</a></li><li><a href="/hd/">警民互动交流平台</a></li><li><a href="/zt/2020ztzl/">专题专栏</a></li></ul></div>"""
CRUMB = '<div class="path">您现在的位置：<a href="/">首页</a> &gt; <a href="/xw/">新闻中心</a> &gt; <a href="/xw/jw/">警务要闻</a></div>'
FOOT = """<div class="footer"><ul class="link"><li><a href="http://www.gov.example.cn/">中华人民共和国某某部官方网站</a></li><li><a href="http://www.ga.example.cn/">某某省公安厅门户网站</a></li></ul>
<p><a href="/about/1.html">关于我们</a> <a href="/about/2.html">网站地图</a> <a href="http://beian.example.cn/portal?recordcode=50010302000000">某公网安备 50010302000000号</a></p></div>"""


def hot(pattern: str, box: str = "right-hot", heading: str = "热点排行", count: int = 8) -> str:
    """A list of much-read articles beside the list, without dates."""
    items = "".join(
        f'<li><a href="{pattern.format(y=2020, m="07", d="01", n=900 + i)}" title="热文">这座城市的{i + 1}号线终于要开工建设了</a></li>'
        for i in range(count)
    )
    return f'<div class="{box}"><h3>{heading}</h3><ul>{items}</ul></div>'


def page(body: str, title: str = "警务要闻") -> str:
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}-某某网</title></head><body>{body}</body></html>"


def people() -> Layout:
    """A national news site: several <ul> of five, dates in <em>, numbered pages."""
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
    """A news agency: heading, summary and clock time in each row, a picture that links too."""
    made = rows("http://www.example.com/legal/{y}-{m}/{d}/c_1126{n}.htm")
    lis = "".join(
        f'<li class="clearfix"><a href="{r.href}" class="pic"><img src="p.jpg"></a><h3><a href="{r.href}" target="_blank">{_t(r)}</a></h3>'
        f'<p class="summary">近日，记者在采访中了解到，当地公安机关持续推进社区警务工作，群众的安全感和满意度稳步提升。</p><span class="time">{_d(r)} 08:{i:02d}:00</span></li>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<div class="main"><ul class="dataList">{lis}</ul><div class="moreBtn"><a href="javascript:void(0)">加载更多</a></div></div><aside>{hot("/legal/{y}-{m}/{d}/c_11{n}.htm")}</aside>{FOOT}'
    return Layout("agency", "http://www.example.com/legal/index.htm", page(body), made, "*", None, snippets=True)


def government() -> Layout:
    """A TRS site: left menu, dates first, cut titles with the whole one in the attribute, createPageHTML from 0."""
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
    """Another CMS of governments: createPageHTML with a div's name, counting from 1."""
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
    """Hanweb: the rows are CDATA in a script, the next page is a data proxy."""
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


def regional() -> Layout:
    """A regional portal: separator rows, month and day with a clock, 下一页."""
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


def cards() -> Layout:
    """A portal of today: the whole card is one link."""
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


def tables() -> Layout:
    """An old ASP site: a table a row, ids in the query, month and day in brackets."""
    made = rows("shownews.asp?id={n}&bigclass=2")
    items = "".join(
        f'<table width="98%" border=0><tr><td width=20 align=center>·</td><td><a href="{r.href}" target=_blank class=black>{_t(r)}</a></td><td width=90><font color=#999999>({_d(r, "{m}-{d}")})</font></td></tr></table>'
        for r in made
    )
    body = f'<table width=780 align=center><tr><td><a href="index.asp">网站首页</a>|<a href="news.asp?id=1">警务新闻</a></td></tr></table><table width=780 align=center><tr><td width=200 valign=top><table><tr><td>图片新闻</td></tr><tr><td><a href="shownews.asp?id=777"><img src="x.jpg"></a></td></tr></table></td><td valign=top>{items}<p align=right>首页 上一页 <a href="news.asp?page=2">下一页</a> <a href="news.asp?page=9">尾页</a></p></td></tr></table><p align=center>版权所有 某某公安局</p>'
    return Layout(
        "tables", "http://www.example.org/news.asp", page(body), made, "", "http://www.example.org/news.asp?page=2"
    )


def definitions() -> Layout:
    """<dt> and <dd> in pairs, side by side in one <dl>."""
    made = rows("/html/{y}/zhfz_{m}{d}/{n}.html")
    items = "".join(f'<dt><a href="{r.href}">{_t(r)}</a></dt><dd>发布时间：{_d(r)} 来源：某某晚报</dd>' for r in made)
    body = f"{NAV}<div class='box'><h2>综合法治</h2><dl class='fz'>{items}</dl></div>{hot('/html/{y}/zh_{m}{d}/{n}.html')}{FOOT}"
    return Layout("definitions", "http://www.example.cn/zhfz/", page(body), made)


def breaks() -> Layout:
    """Links and dates in one cell, parted by <br>."""
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


def epaper() -> Layout:
    """A digital edition: the articles of one page undated, the paper's other pages beside, the next page of the paper."""
    made = undated(rows("content_1{n}.htm", 6))
    items = "".join(f'<li><a href="{r.href}"><div id=mp{i}>{_t(r)}</div></a></li>' for i, r in enumerate(made))
    areas = "".join(f'<area coords="1,{i},9,9" shape="polygon" href="{r.href}">' for i, r in enumerate(made))
    nodes = "".join(
        f'<tr><td><a class="rigth_bmdh_href" href="node_{i}.htm">第{i:02d}版：{n}</a></td></tr>'
        for i, n in enumerate(("要闻综合新闻", "民生社会新闻", "法治特别报道", "副刊文化周末"), 1)
    )
    body = f'<map name="PagePicMap">{areas}</map><div class="title1">标题导航</div><ul class="news">{items}</ul><div>版面导航<table>{nodes}</table></div><div><a class="preart" href="node_2.htm">下一版</a></div><div class="foot">某某日报社版权所有</div>'
    return Layout(
        "epaper",
        "http://paper.example.com/html/2020-09/28/node_1.htm",
        page(body),
        made,
        "",
        "http://paper.example.com/html/2020-09/28/node_2.htm",
    )


def big_day() -> Layout:
    """The day in large type, year and month under it."""
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
    """A CMS that numbers its pages downwards, slashes in dates, a class on each link."""
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


def front() -> Layout:
    """A channel's front page: a headline and three boxes of different make, no dates."""
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


def categories() -> Layout:
    """A column's name as a link of its own before each title."""
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


def weblog() -> Layout:
    """A blog engine: <article>, machine dates in <time>, 阅读全文."""
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


def handlers() -> Layout:
    """Links that only a script opens, the date inside the row before them."""
    made = rows("/xxgk/show_{n}.html")
    items = "".join(
        f'<tr class="row{i % 2}"><td class="d">{_d(r, "{y}年{m}月{d}日")}</td><td><a href="javascript:void(0)" onclick="window.open(\'{r.href}\')">{_t(r)}</a></td></tr>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<table class="tab"><tbody>{items}</tbody></table>{FOOT}'
    return Layout("handlers", "http://www.example.gov.cn/xxgk/", page(body), made)


def inside() -> Layout:
    """Title and date both inside the link; hot list of the same make without date."""
    made = rows("/jingwu/{n}.html")
    items = "".join(
        f'<li><a href="{r.href}"><span class="tit">{_t(r)}</span><span class="time">{_d(r)}</span></a></li>'
        for r in made
    )
    body = f'{NAV}<div class="wrap"><ul class="ul-list">{items}</ul></div><div class="wrap2"><ul class="ul-list">{"".join(f"""<li><a href="/jingwu/{i}.html"><span class="tit">推荐阅读这一篇很长的文章标题</span></a></li>""" for i in range(100, 106))}</ul></div>{FOOT}'
    return Layout("inside", "http://www.example.cn/jingwu/", page(body), made)


def headline() -> Layout:
    """A headline without date above the dated list; one row leads to another site."""
    made = rows("/c/{y}-{m}-{d}/{n}.html", 9)
    extra = Row("https://mp.weixin.qq.com/s/AbCdEfGh1234567", "这名社区民警的账本里没有钱", (2020, 9, 1))
    first = Row("/c/2020-09-29/9999.html", "特写:桥头那盏不灭的灯", None)
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a><span class="fr">{_d(r)}</span></li>' for r in (*made, extra))
    body = f'{NAV}<div class="layout"><div class="top1"><h2><a href="{first.href}">{_t(first)}</a></h2><p>夜里十点，茶馆的灯还亮着。社区民警在本子上记下最后一行字，明天还要再去看一次。</p></div><ul class="list3">{items}</ul></div>{hot("/c/{y}-{m}-{d}/{n}.html", "w300 fr", "一周点击")}{FOOT}'
    return Layout("headline", "https://www.example.com/fzxw/", page(body), (first, *made, extra))


def columns() -> Layout:
    """No class names at all, tables in tables, a menu of long names, dates in a column of their own."""
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


def timeline() -> Layout:
    """A mobile list: relative times only, so nothing is claimed."""
    made = undated(rows("/detail/{n}8.html", 8))
    items = "".join(
        f'<section class="feed-item"><a href="{r.href}"><h3 class="title">{_t(r)}</h3><div class="info"><em>平安号</em><em>{i + 2}小时前</em><em>评论 {i}</em></div></a></section>'
        for i, r in enumerate(made)
    )
    body = f'<div class="tabs"><a href="/ch/1">推荐</a><a href="/ch/2">本地</a></div><div class="feed">{items}</div><a class="app" href="/download.html">下载客户端看更多精彩内容</a>'
    return Layout("timeline", "https://m.example.com/ch/2", page(body), made)


LAYOUTS: tuple[Callable[[], Layout], ...] = (
    people, agency, government, ministry, datastore, regional, cards, tables, definitions, breaks, epaper, big_day, campus,
    front, categories, weblog, handlers, inside, headline, columns, timeline,
)  # fmt: skip
