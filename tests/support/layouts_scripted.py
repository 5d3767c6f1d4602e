"""Lists that scripts render, and HTML fragments. See layout_base.py."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.support.layout_base import FOOT, NAV, Layout, Row, _d, _t, page, rows


def embedded() -> Layout:
    """Return a page that a script fills: the list is JSON in the page."""
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


def script_array() -> Layout:
    """Return a ministry's page: the list is an array literal in a script, with unusual field names.

    No date is expected.
    """
    made = rows("/zwdt/c{n}/{y}{m}/t{y}{m}{d}_9.html", 11)
    data = [{"aT": r.title, "aPd": _d(r) + " 17:00", "aU": r.href, "aId": i} for i, r in enumerate(made)]
    body = f'{NAV}<div id="newslist"></div><script>var pageSize = 11; var itemObj = {json.dumps(data, ensure_ascii=False)}; render(itemObj);</script>{FOOT}'
    return Layout(
        "script-array", "http://www.example.gov.cn/zwdt/", page(body), tuple(Row(r.href, r.title, None) for r in made)
    )


def ajax_fragment() -> Layout:
    """Return a fragment without <html>, as the AJAX address of a list returns it."""
    made = rows("https://www.example.cn/a/{y}-{m}-{d}/{n}.html", 10)
    body = "".join(
        f'<li data-id="{i}"><h3><a href="{r.href}">{_t(r)}</a></h3><p class="intro">夜里的派出所灯火通明，值班民警一边接电话一边给走失的孩子泡了一碗面，孩子破涕为笑。</p><time>{_d(r)} 06:50</time></li>'
        for i, r in enumerate(made)
    )
    return Layout("fragment", "https://www.example.cn/list/more?page=1", body, made, "T06:50+08:00", snippets=True)


SCRIPTED: tuple[Callable[[], Layout], ...] = (
    embedded,
    script_array,
    ajax_fragment,
)
