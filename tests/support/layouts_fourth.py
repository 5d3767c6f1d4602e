"""Ten list pages written after all changes and without looking: the first figures on them stood. See
discover_layouts.py for what a layout is."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from tests.support.layouts import CRUMB, FOOT, NAV, TITLES, Layout, Row, _d, _t, hot, page, rows, undated


def legal_front() -> Layout:
    """A legal channel: picture carousel, headline with two sub-links, three boxes, video box, rankings; no dates."""
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


def paper_site() -> Layout:
    """A digital newspaper of the last decade: titles in cells with inline styles, pages of the paper in a table."""
    made = undated(rows("content_9{n}.htm", 7))
    cells = "".join(
        f'<tr class="wzlb_tr"><td class="arrow"></td><td class="default"><div style="display:inline" id=mp9{i}><a href="{r.href}">{_t(r)}</a></div></td></tr>'
        for i, r in enumerate(made)
    )
    nodes = "".join(
        f'<tr class="bmdh_tr"><td class="default"><a class="rigth_bmdh_href" href="node_{90 + i}.htm">第A{i:02d}版：{n}</a></td><td><a href="../../../images/2020-09/28/0{i}/p.pdf"><img src=pdf.gif></a></td></tr>'
        for i, n in enumerate(("头版要闻报道", "本埠新闻综合", "公安特别报道", "天下时事新闻"), 1)
    )
    body = f'<table><tr><td><map name=pagepicmap>{"".join(f"""<area coords="1" href="{r.href}">""" for r in made)}</map></td><td><table id="btdh">{cells}</table><table id="bmdhTable"><tbody>{nodes}</tbody></table><a id="ed_next" href="node_92.htm">下一版</a></td></tr></table><p>某某晚报 2020年9月28日 星期一</p>'
    return Layout(
        "paper-site",
        "http://epaper.example.com/html/2020-09/28/node_91.htm",
        page(body),
        made,
        "",
        "http://epaper.example.com/html/2020-09/28/node_92.htm",
    )


def capital() -> Layout:
    """A capital's government: rows with agency and number columns, Pager."""
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


def script_array() -> Layout:
    """A ministry's page whose list is an array literal with names of its own."""
    made = rows("/zwdt/c{n}/{y}{m}/t{y}{m}{d}_9.html", 11)
    data = [{"aT": r.title, "aPd": _d(r) + " 17:00", "aU": r.href, "aId": i} for i, r in enumerate(made)]
    body = f'{NAV}<div id="newslist"></div><script>var pageSize = 11; var itemObj = {json.dumps(data, ensure_ascii=False)}; render(itemObj);</script>{FOOT}'
    return Layout(
        "script-array", "http://www.example.gov.cn/zwdt/", page(body), tuple(Row(r.href, r.title, None) for r in made)
    )


def grid() -> Layout:
    """A grid of picture cards: picture link, title link, author, likes, day as 9月28日."""
    made = rows("/story/{n}.html", 9)
    items = "".join(
        f'<div class="col-4"><div class="thumb"><a href="{r.href}"><img src="{i}.jpg"></a></div><div class="cap"><a href="{r.href}" class="name">{_t(r)}</a></div><div class="foot1"><a href="/author/{i + 1000}.html">通讯员小{"张王李赵"[i % 4]}</a><span>{_d(r, "{m}月{d}日")}</span><span>{i * 7}赞</span></div></div>'
        for i, r in enumerate(made)
    )
    body = f'{NAV}<div class="grid row">{items}</div><ul class="pager"><li class="active">1</li><li><a href="/story/list-2.html">2</a></li><li><a href="/story/list-3.html">3</a></li></ul>{FOOT}'
    return Layout(
        "grid", "https://www.example.org/story/", page(body), made, "", "https://www.example.org/story/list-2.html"
    )


def ajax_fragment() -> Layout:
    """A fragment without <html>, as a list's own address serves it."""
    made = rows("https://www.example.cn/a/{y}-{m}-{d}/{n}.html", 10)
    body = "".join(
        f'<li data-id="{i}"><h3><a href="{r.href}">{_t(r)}</a></h3><p class="intro">夜里的派出所灯火通明，值班民警一边接电话一边给走失的孩子泡了一碗面，孩子破涕为笑。</p><time>{_d(r)} 06:50</time></li>'
        for i, r in enumerate(made)
    )
    return Layout("fragment", "https://www.example.cn/list/more?page=1", body, made, "T06:50+08:00", snippets=True)


def county() -> Layout:
    """A county's site: every row a table of its own in a form, image bullets, [MM-DD] before the link, frames of tables."""
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


def series() -> Layout:
    """A series on one station each: titles that begin alike, clock in front, an English subtitle."""
    made = tuple(Row(r.href, f"走进派出所⑧|{r.title}", r.day) for r in rows("/special/zjpcs/{y}{m}{d}/a{n}.shtml", 8))
    items = "".join(
        f'<div class="news-item"><span class="date">{_d(r, "{y}年{m:02d}月{d:02d}日")} 09:00</span><h2><a href="{r.href}">{_t(r)}</a></h2><div class="en">Into the Police Station</div></div>'
        for r in made
    )
    body = f'<div class="banner"><img src="b.jpg"></div><div class="content">{items}</div><div class="about"><p>本专题由某某网法治频道制作，欢迎各地公安机关来稿，联系邮箱见页脚。</p></div>{FOOT}'
    return Layout("series", "https://www.example.com/special/zjpcs/", page(body), made, "T09:00+08:00")


def bureau() -> Layout:
    """A bureau's page with four tabs, each a dated list, one of them shown; all four are its lists."""
    made = rows("/art/{y}/{m}/{d}/art_77_{n}.html", 16)
    tabs = "".join(
        f'<div class="tab-c" style="display:{"block" if k == 0 else "none"}"><ul>{"".join(f"""<li><a href="{r.href}" title="{escape(r.title)}">{_t(r)[:12]}…</a><span>{_d(r, "{m:02d}-{d:02d}")}</span></li>""" for r in made[4 * k : 4 * k + 4])}</ul></div>'
        for k in range(4)
    )
    body = f'{NAV}<div class="tab-h"><span>警务要闻</span><span>基层动态</span></div>{tabs}<div class="zt"><a href="/col/col8801/index.html"><img src="z.jpg" alt="扫黑除恶专项斗争专题专栏"></a></div>{FOOT}'
    return Layout("bureau", "http://gaj.example.gov.cn/col/col77/index.html", page(body), made)


def video_mixed() -> Layout:
    """A stream in which every third row is a video page of another make; dates everywhere."""
    made = rows("/{y}/{m}{d}/{n}.shtml", 9)
    items = "".join(
        f'<li><a href="{r.href}">{_t(r)}</a><em>{_d(r)}</em></li>'
        + (
            f'<li class="video"><a href="/video/{r.day[2] if r.day else 0}/v8{i}.shtml"><i></i>视频丨{TITLES[i]}</a><em>{_d(r)}</em></li>'
            if i % 3 == 0
            else ""
        )
        for i, r in enumerate(made)
    )
    videos = tuple(f"/video/{r.day[2] if r.day else 0}/v8{i}.shtml" for i, r in enumerate(made) if i % 3 == 0)
    body = f"{NAV}<div class='stream'><ul>{items}</ul></div>{FOOT}"
    return Layout("video-mixed", "http://news.example.com/law/", page(body), made, optional=videos)


FOURTH: tuple[Callable[[], Layout], ...] = (
    legal_front,
    paper_site,
    capital,
    script_array,
    grid,
    ajax_fragment,
    county,
    series,
    bureau,
    video_mixed,
)
