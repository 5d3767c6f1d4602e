"""Pages of digital newspapers. See layout_base.py."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.layout_base import Layout, _t, page, rows, undated


def epaper() -> Layout:
    """Return a page of a digital edition: its articles without dates, the list of pages, a link to the next page."""
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


def paper_of_tables() -> Layout:
    """Return a newspaper page of the 2010s: titles in table cells with inline styles, the list of pages in a table."""
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


EPAPER: tuple[Callable[[], Layout], ...] = (
    epaper,
    paper_of_tables,
)
