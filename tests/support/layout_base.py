"""Invented list pages in the style of real Chinese sites, each with its expected rows.

A layout is a function that returns a page, its URL and the expected title, link and date of each row. The page has
the list in the markup of such a site, among boilerplate: navigation, hot lists, picture links, partner links, footers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    """Expected row of a list: link, title and date of an article."""

    href: str
    title: str
    #: (year, month, day); None for a layout without dates
    day: tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """One list page: its URL, its HTML, and the expected result."""

    name: str
    url: str
    html: str
    rows: tuple[Row, ...]
    #: time after the date in each row, in ISO format ("T10:10+08:00"); "*" for varying times
    clock: str = ""
    #: absolute URL of the next list page; None if there is none
    next: str | None = None
    snippets: bool = False
    #: links that the result may contain or omit
    optional: tuple[str, ...] = ()


def rows(href: str, count: int = 12) -> tuple[Row, ...]:
    """Return `count` rows; {y}, {m}, {d} and {n} in `href` are replaced by the date and a number."""
    made = []
    for i in range(count):
        y, m, d = 2020, 9 - i // 13, 28 - 2 * (i % 13)
        made.append(
            Row(href.format(y=y, m=f"{m:02d}", d=f"{d:02d}", n=4100 + 37 * i), TITLES[i % len(TITLES)], (y, m, d))
        )
    return tuple(made)


def undated(made: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows without their dates."""
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
    """Return the HTML of an undated list of popular articles, to be shown beside the main list."""
    items = "".join(
        f'<li><a href="{pattern.format(y=2020, m="07", d="01", n=900 + i)}" title="热文">这座城市的{i + 1}号线终于要开工建设了</a></li>'
        for i in range(count)
    )
    return f'<div class="{box}"><h3>{heading}</h3><ul>{items}</ul></div>'


def page(body: str, title: str = "警务要闻") -> str:
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}-某某网</title></head><body>{body}</body></html>"


def with_addresses(made: tuple[Row, ...], href: Callable[[int], str]) -> tuple[Row, ...]:
    return tuple(replace(row, href=href(number)) for number, row in enumerate(made))
