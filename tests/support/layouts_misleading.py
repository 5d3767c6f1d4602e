"""List pages with traits that mislead the detection. See layout_base.py."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tests.support.layout_base import FOOT, NAV, TITLES, Layout, Row, _d, _t, page, rows, undated, with_addresses


def short_titles() -> Layout:
    """Return a literary column without dates; half of its titles have only three or four characters."""
    made = undated(rows("/fukan/{y}{m}/{n}.html"))
    made = tuple(
        Row(r.href, ("桥头灯火", "老所长", "雪夜归人")[i % 3] if i % 2 else r.title, None) for i, r in enumerate(made)
    )
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a></li>' for r in made)
    return Layout(
        "short-titles", "http://www.example.cn/fukan/", page(f'{NAV}<ul class="wenxue">{items}</ul>{FOOT}'), made
    )


def mega_menu() -> Layout:
    """Return a page with a menu of forty numbered columns, in an element without a class, and six listed articles."""
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
    """Return an undated list of a site that publishes under another domain, and twelve partner links."""
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
    """Return a page with month and day in an element inside the link, without brackets."""
    made = rows("/jfxw/{n}.jhtml")
    items = "".join(f'<li><a href="{r.href}">{_t(r)}<i>{_d(r, "{m:02d}-{d:02d}")}</i></a></li>' for r in made)
    return Layout("bare-stamp", "http://www.example.cn/jfxw/", page(f"{NAV}<ul>{items}</ul>{FOOT}"), made)


def broken_titles() -> Layout:
    """Return a page of titles with <br>, coloured words and bullets.

    The last title is only in the title attribute of its link.
    """
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


def spans_first() -> Layout:
    """Return a page with the date in an element before each link, all rows in one <div>."""
    made = rows("/news/{y}/{n}.html")
    items = "".join(f'<span class="rq">{_d(r)}</span><a href="{r.href}">{_t(r)}</a>' for r in made)
    return Layout("spans-first", "http://www.example.cn/news/", page(f"{NAV}<div class='q'>{items}</div>{FOOT}"), made)


def story_dates() -> Layout:
    """Return a page of rows without dates, with summaries that mention other dates.

    The publication date of a row is in its address.
    """
    made = rows("/n/{y}/{m}{d}/c{n}.html")
    items = "".join(
        f'<dl><dt><a href="{r.href}">{_t(r)}</a></dt><dd>1月5日，民警接到老人的电话后立即赶到现场，帮助她找回了走失的孙子。</dd></dl>'
        for r in made
    )
    return Layout(
        "story-dates", "http://www.example.cn/n/", page(f"{NAV}<div class='s'>{items}</div>{FOOT}"), made, snippets=True
    )


def unclosed() -> Layout:
    """Return a page of rows with unclosed <div>, so that each row is nested in the row before it."""
    made = rows("/u/{n}.html", 40)
    items = "".join(f'<div class="r"><a href="{r.href}">{_t(r)}</a><em>{_d(r)}</em>' for r in made)
    return Layout("unclosed", "http://www.example.cn/u/", page(f"{NAV}<div class='box'>{items}"), made)


def mixed_with_videos() -> Layout:
    """Return a dated list in which a link to a video page, with another form of address, follows every third article.

    Discovery may report or omit the video pages.
    """
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


def pinyin_addresses() -> Layout:
    """Return a page with pinyin words instead of numbers in the addresses; the date precedes the title."""
    made = with_addresses(rows("/"), lambda number: f"/jc/jing-wu-{chr(97 + number)}.html")
    items = "".join(f'<li><span>{_d(r)}</span><a href="{r.href}">{_t(r)}</a></li>' for r in made)
    return Layout("spelled-out", "http://www.example.cn/jc/", page(f"{NAV}<ul class=c>{items}</ul>{FOOT}"), made)


def column_like_names() -> Layout:
    """Return a page with file names that look like those of column pages (mainland, homeland, listen, news)."""
    names = ("mainland", "homeland", "listen", "news")
    made = with_addresses(rows("/"), lambda number: f"/a/{names[number % 4]}_{4100 + number}.html")
    items = "".join(f'<li><a href="{r.href}">{_t(r)}</a><span>{_d(r)}</span></li>' for r in made)
    return Layout("columns-names-begin-so", "http://www.example.cn/a/", page(f"{NAV}<ul>{items}</ul>{FOOT}"), made)


MISLEADING: tuple[Callable[[], Layout], ...] = (
    short_titles,
    mega_menu,
    moved_domain,
    bare_stamp,
    broken_titles,
    spans_first,
    story_dates,
    unclosed,
    mixed_with_videos,
    pinyin_addresses,
    column_like_names,
)
