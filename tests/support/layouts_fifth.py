"""List pages of a later review: each was missed, or lost rows, when it was first tried. See discover_layouts.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.support.layouts import FOOT, NAV, Layout, Row, _d, _t, hot, page, rows, undated


def _renamed(made: tuple[Row, ...], href: Callable[[int], str]) -> tuple[Row, ...]:
    return tuple(replace(row, href=href(number)) for number, row in enumerate(made))


def short_numbers() -> Layout:
    """A county's own site: articles are numbered from 1, nothing in their addresses tells them from columns."""
    made = _renamed(rows("/"), lambda number: f"/jcdt/{number + 1}.html")
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a><span>{_d(r)}</span></li>' for r in made)
    return Layout("short-numbers", "http://www.example.cn/jcdt/", page(f"{NAV}<ul>{items}</ul>{FOOT}"), made)


def spelled_out() -> Layout:
    """Addresses are titles in pinyin; the day stands before the title."""
    made = _renamed(rows("/"), lambda number: f"/jc/jing-wu-{chr(97 + number)}.html")
    items = "".join(f'<li><span>{_d(r)}</span><a href="{r.href}">{_t(r)}</a></li>' for r in made)
    return Layout("spelled-out", "http://www.example.cn/jc/", page(f"{NAV}<ul class=c>{items}</ul>{FOOT}"), made)


def columns_by_number() -> Layout:
    """An ASP table: column, title cut to eight characters and comments in one cell, all with ids; a talkative tooltip."""
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


def notice_board() -> Layout:
    """A front page: a long list without days, and a short notice board with days, which is no reason to lose it."""
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


def clickable_rows() -> Layout:
    """A mobile list without a single link: each row opens its article from a handler."""
    made = rows("/jc/d/99{n}.html")
    items = "".join(f"<li onclick=\"location.href='{r.href}'\"><p>{_t(r)}</p><em>{_d(r)}</em></li>" for r in made)
    return Layout("clickable-rows", "http://m.example.cn/jc/", page(f"{NAV}<ul class=lb>{items}</ul>{FOOT}"), made)


def columns_names_begin_so() -> Layout:
    """Some file names begin as those of columns do (mainland, homeland, listen)."""
    names = ("mainland", "homeland", "listen", "news")
    made = _renamed(rows("/"), lambda number: f"/a/{names[number % 4]}_{4100 + number}.html")
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a><span>{_d(r)}</span></li>' for r in made)
    return Layout("columns-names-begin-so", "http://www.example.cn/a/", page(f"{NAV}<ul>{items}</ul>{FOOT}"), made)


FIFTH: tuple[Callable[[], Layout], ...] = (
    short_numbers,
    spelled_out,
    columns_by_number,
    notice_board,
    clickable_rows,
    columns_names_begin_so,
)
