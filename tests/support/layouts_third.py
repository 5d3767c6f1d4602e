"""List pages with what misleads a finder, each after a habit of real sites. See discover_layouts.py."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tests.support.layouts import FOOT, NAV, Layout, Row, _d, _t, page, rows, undated


def two_a_row() -> Layout:
    """Two articles in each table row, each with its date in the next cell."""
    made = rows("/html/{y}{m}{d}{n}.htm")
    cells = [f'<td><a href="{r.href}">{_t(r)}</a></td><td>{_d(r)}</td>' for r in made]
    body = (
        f"{NAV}<table>{''.join(f'<tr>{a}{b}</tr>' for a, b in zip(cells[::2], cells[1::2], strict=True))}</table>{FOOT}"
    )
    return Layout("two-a-row", "http://www.example.cn/html/", page(body), made)


def short_titles() -> Layout:
    """A literary column: half of the titles have four or five characters, no dates."""
    made = undated(rows("/fukan/{y}{m}/{n}.html"))
    made = tuple(
        Row(r.href, ("桥头灯火", "老所长", "雪夜归人")[i % 3] if i % 2 else r.title, None) for i, r in enumerate(made)
    )
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a></li>' for r in made)
    return Layout(
        "short-titles", "http://www.example.cn/fukan/", page(f'{NAV}<ul class="wenxue">{items}</ul>{FOOT}'), made
    )


def mega_menu() -> Layout:
    """Forty columns with long names and numbers in their addresses, in an element that says nothing; a list of six."""
    made = rows("/p/{n}.html", 6)
    menu = "".join(f'<li><a href="/channel/{26000 + i}">某某区县公安分局基层动态{i}</a></li>' for i in range(40))
    items = "".join(f'<div class="x"><a href="{r.href}">{_t(r)}</a><span>{_d(r)}</span></div>' for r in made)
    return Layout(
        "mega-menu",
        "http://www.example.cn/channel/26999",
        page(f'<div class="c1"><ul>{menu}</ul></div><div class="c2">{items}</div>{FOOT}'),
        made,
    )


def moved_domain() -> Layout:
    """A site that publishes under another domain now, its list undated."""
    made = undated(rows("https://www.example-news.com/legal/{y}{m}{d}/{n}c8d7e6f5a4b3c2d1/c.html"))
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a></li>' for r in made)
    friends = "".join(f'<li><a href="http://www.friend{i}.cn/">某某市人民政府门户网站{i}</a></li>' for i in range(12))
    return Layout(
        "moved-domain",
        "http://www.example.net/legal/",
        page(f'{NAV}<ul class="lst">{items}</ul><ul class="fl">{friends}</ul>'),
        made,
    )


def bare_stamp() -> Layout:
    """Month and day in an element inside the link, without brackets."""
    made = rows("/jfxw/{n}.jhtml")
    items = "".join(f'<li><a href="{r.href}">{_t(r)}<i>{_d(r, "{m:02d}-{d:02d}")}</i></a></li>' for r in made)
    return Layout("bare-stamp", "http://www.example.cn/jfxw/", page(f"{NAV}<ul>{items}</ul>{FOOT}"), made)


def broken_titles() -> Layout:
    """Titles broken with <br>, words in colour, bullets, a picture mark as text beside a whole title attribute."""
    made = tuple(Row(r.href, f"派出所纪事 {r.title}", r.day) for r in rows("/jishi/a{n}.html"))
    items = "".join(
        f'<p>★ <a href="{r.href}"><font color="red">派出所</font>纪事<br>{escape(r.title[6:])}</a> <small>{_d(r)}</small></p>'
        for r in made[:-1]
    )
    last = made[-1]
    items += f'<p>★ <a href="{last.href}" title="{escape(last.title)}">[详情]</a> <small>{_d(last)}</small></p>'
    return Layout(
        "broken-titles", "http://www.example.cn/jishi/", page(f'{NAV}<div class="k">{items}</div>{FOOT}'), made
    )


def dates_first() -> Layout:
    """The date before each link, everything in one cell, parted by <br>."""
    made = rows("/news/{y}/{n}.html")
    items = "<br>".join(f'{_d(r)} <a href="{r.href}">{_t(r)}</a>' for r in made)
    return Layout("dates-first", "http://www.example.cn/news/", page(f"{NAV}<td>{items}</td>{FOOT}"), made)


def spans_first() -> Layout:
    """The date in an element before each link, all in one <div>."""
    made = rows("/news/{y}/{n}.html")
    items = "".join(f'<span class="rq">{_d(r)}</span><a href="{r.href}">{_t(r)}</a>' for r in made)
    return Layout("spans-first", "http://www.example.cn/news/", page(f"{NAV}<div class='q'>{items}</div>{FOOT}"), made)


def story_dates() -> Layout:
    """Summaries that name days, no dates of their own, the address names the day of publication."""
    made = rows("/n/{y}/{m}{d}/c{n}.html")
    items = "".join(
        f'<dl><dt><a href="{r.href}">{_t(r)}</a></dt><dd>1月5日，民警接到老人的电话后立即赶到现场，帮助她找回了走失的孙子。</dd></dl>'
        for r in made
    )
    return Layout(
        "story-dates", "http://www.example.cn/n/", page(f"{NAV}<div class='s'>{items}</div>{FOOT}"), made, snippets=True
    )


def unclosed() -> Layout:
    """Rows whose <div> nobody closed, so that each lies in the one before."""
    made = rows("/u/{n}.html", 40)
    items = "".join(f'<div class="r"><a href="{r.href}">{_t(r)}</a><em>{_d(r)}</em>' for r in made)
    return Layout("unclosed", "http://www.example.cn/u/", page(f"{NAV}<div class='box'>{items}"), made)


THIRD: tuple[Callable[[], Layout], ...] = (
    two_a_row,
    short_titles,
    mega_menu,
    moved_domain,
    bare_stamp,
    broken_titles,
    dates_first,
    spans_first,
    story_dates,
    unclosed,
)
