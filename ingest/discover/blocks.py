"""Which of a page's links are its list: links that stand alike, with dates beside them and titles for names.

Links are put together by the path of elements above them (classes without their numbers), since the rows of one list
stand under one path wherever a CMS cuts it into several <ul>. A row is as much of the page as has no second such link;
in it the date and the snippet are looked for. The block with the best score is the list, and with it whatever is like
it: a headline above it, a second column of the same kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from ingest.discover.claims import find_date
from ingest.discover.links import Link, han, texts
from ingest.model import Page, Source
from ingest.text import fold
from ingest.urls import same_site

#: Han characters from which a link's text is taken for a title; channel names have two to five. Not measured apart.
TITLE_HAN = 6
#: a page's own furniture, whatever stands in it
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|navbar|menu|header|footer|foot|copyright|crumbs?|breadcrumbs?|sidebar|aside|login|search"
    r"|friend\w*|flinks?|yqlj|weblink|sitemap|language|toolbar|share|hots?|hotnews|hot\w*list|rank|ranking|top10|paihang|phb"
    r"|related|relate|recommend|tuijian|tags?|ads?|banner)(?:$|[\s_\d-])",
    re.IGNORECASE,
)
_FURNITURE_TAGS = ("nav", "footer", "aside", "header")
_ASIDE_HEADING = re.compile(r"排行|热点|热门|热榜|热文|热读|点击榜|推荐|相关|友情|链接|猜你|视频|图片|专题|广告")
_STATE = re.compile(r"^(?:odd|even|first|last|active|cur|current|on|hover|selected|clear|clearfix|fl|fr|mt|mb|w|h)?$")
_CONTAINERS = frozenset(["div", "ul", "ol", "dl", "table", "section", "article", "main", "form", "center"])
_COLUMN = re.compile(r"(?:^|/)(?:index|list|default|more|node|channel|column|main|home)[\w\-]*\.\w+$|/$", re.IGNORECASE)
_DATE_AT_END = re.compile(r"[\s\[(（【]*((?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
                          r"|[\[(（]\d{1,2}[-/]\d{1,2}[\])）])[\])）】\s]*$")  # fmt: skip


#: [09-07] or 2019-09-07 before a title; a month and a day without brackets may be the title's own
_DATE_AT_START = re.compile(r"\s*(?:[\[(（【]\s*(?:(?:19|20)\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*[\])）】]"
                            r"|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d\d)?\s)\s*")  # fmt: skip
_TOOLTIP = re.compile(r"(?:时间|日期)[:：]\s*([\d年月日\-/.: ]{6,25})")


@dataclass(slots=True)
class Item:
    """One row of a list."""

    link: Link
    title: str
    date: str | None
    snippet: str | None


@dataclass(slots=True)
class Block:
    """Links that stand alike."""

    items: list[Item]
    #: share of rows with a date, with a title, with a URL that looks like an article's; in furniture, off the site
    dated: float
    titled: float
    articles: float
    furniture: float
    foreign: float
    #: its heading says that it is a hot list or the like
    aside: bool
    shapes: frozenset[str]
    score: float

    @property
    def first(self) -> int:
        return self.items[0].link.order


def found_blocks(links: Sequence[Link], page: Page, source: Source) -> list[Item]:
    """The rows of the page's list, in document order; none when nothing on it looks like a list."""
    groups: dict[tuple[str, ...], list[Link]] = {}
    for link in links:
        if link.title:
            groups.setdefault(_path(link.element), []).append(link)
    blocks = [_block(_articles_of(group), page, source) for group in groups.values()]
    good = [b for b in blocks if _may_be_list(b)]
    if not good:
        return []
    best = max(good, key=lambda b: b.score)
    taken = [b for b in blocks if b is best or _like(b, best)]
    rows = [i for b in taken for i in _own_rows(b) if han(i.title) >= TITLE_HAN or (b is best and i.date)]
    return sorted(rows, key=lambda i: i.link.order)


def _articles_of(group: Sequence[Link]) -> list[Link]:
    """The links of one path without those that lead to columns, when most of them lead to articles.

    A column's name before each title stands on the same path, and would cut every row in two.
    """
    articles = [link for link in group if article_like(link.url)]
    most = len({link.key for link in articles}) * 2 >= len({link.key for link in group})
    return articles if articles and most else list(group)


def _own_rows(block: Block) -> list[Item]:
    """The rows of a dated block that stand in a container with dates: menus and hot lists of its make have none."""
    if not 0.3 <= block.dated < 1:
        return block.items
    dated: set[Any] = set()
    for item in block.items:
        if item.date is not None:
            dated.update(_containers(item.link.element))
    return [i for i in block.items if i.date is not None or next(iter(_containers(i.link.element)), None) in dated]


def _containers(element: Any) -> list[Any]:
    """The nearest element above a link that holds many rows, as far as its tag tells, and the one above it."""
    found = [above for above in element.iterancestors("ul", "ol", "dl", "table", "section", "main", "div", "td")]
    return found[:1] if found and found[0].tag in ("ul", "ol", "dl") else found[:2]


def _may_be_list(block: Block) -> bool:
    rows = len(block.items)
    enough = rows >= 3 or (block.dated == 1 and block.articles == 1)
    # Links that lead off the site are its list only when they are listed with dates; else they are friendly links.
    own = block.foreign < 0.5 or block.dated >= 0.8
    return enough and own and block.titled >= 0.5 and block.articles >= 0.3 and block.furniture < 0.5


def _like(block: Block, best: Block) -> bool:
    """Whether a block belongs to the page's list as the best one does."""
    if block.furniture >= 0.5 or block.titled < 0.6 or block.articles < 0.6 or block.foreign >= 0.5:
        return False
    if best.dated >= 0.5 and block.dated < 0.5:
        # Dates tell the list from the hot lists beside it. A headline above it often has none; and when the block
        # without dates is much the larger one, the dates were those of a notice board.
        headline = block.first < best.first and len(block.items) <= 3
        return (headline or len(block.items) >= 2 * len(best.items)) and _alike(block, best)
    return block.dated >= 0.5 or (_alike(block, best) and not block.aside)


def _alike(block: Block, best: Block) -> bool:
    same = sum(_shape(i.link.url) in best.shapes for i in block.items)
    return same >= 0.6 * len(block.items)


def _block(links: Sequence[Link], page: Page, source: Source) -> Block:
    items = items_of(links, page, source)
    count = len(items)
    dated = sum(i.date is not None for i in items) / count
    titled = sum(han(i.title) >= TITLE_HAN for i in items) / count
    articles = sum(article_like(i.link.url) for i in items) / count
    furniture = sum(_in_furniture(i.link.element) for i in items) / count
    foreign = (
        sum(not (same_site(i.link.url, page.final_url) or same_site(i.link.url, source.home)) for i in items) / count
    )
    shapes = frozenset(s for s, n in Counter(_shape(i.link.url) for i in items).items() if n >= max(1, 0.1 * count))
    aside = dated < 0.5 and _headed_aside([i.link.element for i in items])
    length = min(1.0, median(han(i.title) for i in items) / 14)
    score = min(count, 30) * titled * length * (0.3 + 0.7 * articles) * (1 + 2 * dated) * (1 - 0.9 * furniture)
    return Block(items, dated, titled, articles, furniture, foreign, aside, shapes, score * (0.3 if aside else 1))


def _headed_aside(elements: Sequence[Any]) -> bool:
    """Whether the heading over these links says that they are much read, recommended, friendly or pictures."""
    above = list(elements[0].iterancestors())
    shared = set(above)
    for element in elements[1:50]:
        shared.intersection_update(element.iterancestors())
    box = next((a for a in above if a in shared), None)
    for _ in range(2):
        if box is None or box.tag in ("body", "html"):
            return False
        before = box.getprevious()
        if before is not None and isinstance(before.tag, str):
            heading = "".join(texts(before)).strip()
            if heading:
                return len(heading) <= 15 and _ASIDE_HEADING.search(heading) is not None
        box = box.getparent()
    return False


def items_of(links: Sequence[Link], page: Page, source: Source) -> list[Item]:
    """The rows around links that stand alike, one a URL, each with what is claimed in it."""
    by_key: dict[str, list[Link]] = {}
    for link in links:
        by_key.setdefault(link.key, []).append(link)
    holders: dict[Any, set[str]] = {}
    for link in links:
        for above in link.element.iterancestors():
            holders.setdefault(above, set()).add(link.key)
    rows = [_row(group, holders, page, source) for group in by_key.values()]
    if sum(item.date is not None for item, _ in rows) * 2 < len(rows):
        _dates_between(rows, holders, page, source)
    return [item for item, _ in rows]


def _row(group: Sequence[Link], holders: dict[Any, set[str]], page: Page, source: Source) -> tuple[Item, Any]:
    best = max(group, key=lambda link: (han(link.title), len(link.title)))
    root = best.element
    for above in best.element.iterancestors():
        if len(holders.get(above, ())) > 1 or above.tag in ("body", "html", "form") or len(above) > 40:
            break
        root = above
    rest = [t for raw in texts(root, without=best.holder) if (t := " ".join(fold(raw).split()))][:60]
    beside = " ".join(t for t in rest if len(t) < 80)
    title, ending = best.title, _DATE_AT_END.search(best.title)
    date = find_date(beside, page.fetched_at, source.zone, best.url)
    opening = _DATE_AT_START.match(title)
    if opening and ending is None and han(title[opening.end() :]) >= 4:
        date = date or find_date(opening[0], page.fetched_at, source.zone, best.url)
        title = title[opening.end() :]
    if date is None:
        # Some CMS put the date into the tooltip: 标题：… 发布时间：2019-9-7
        date = find_date(_stated_time(best.element), page.fetched_at, source.zone, best.url)
    if ending and han(title[: ending.start()]) >= 4:
        date = date or find_date(ending[1], page.fetched_at, source.zone, best.url)
        title = title[: ending.start()]
    snippet = max((t for t in rest if han(t) >= 15), key=len, default=None)
    return Item(best, title.strip(), date, snippet), root


def _stated_time(anchor: Any) -> str:
    found = _TOOLTIP.search(anchor.get("title") or "")
    return found[1] if found else ""


def _dates_between(rows: Sequence[tuple[Item, Any]], holders: dict[Any, set[str]], page: Page, source: Source) -> None:
    """Dates of rows that are no element of their own: <a>, text, <br>, or <dt> with its <dd>."""
    for after in (True, False):
        found = [
            find_date(_beside(root, holders, after), page.fetched_at, source.zone, item.link.url) for item, root in rows
        ]
        if sum(d is not None for d in found) * 2 >= len(rows):
            for (item, _), date in zip(rows, found, strict=True):
                item.date = item.date or date
            return


def _beside(root: Any, holders: dict[Any, set[str]], after: bool) -> str:
    """The text between a row's root and the next row's, or the one before."""
    out = [root.tail or ""] if after else []
    node = root.getnext() if after else root.getprevious()
    for _ in range(6):
        if node is None or node in holders or (node.tag == "a" and node.get("href")):
            if node is not None and not after:
                out.append(node.tail or "")
            break
        out.append(" ".join(texts(node)) if isinstance(node.tag, str) else "")
        out.append(node.tail or "")
        node = node.getnext() if after else node.getprevious()
    return " ".join(fold(t) for t in out)[:300]


def _path(element: Any) -> tuple[str, ...]:
    """The elements above a link, containers with their class: equal for the rows of one list."""
    out = [element.tag]
    for above in element.iterancestors():
        if above.tag in _CONTAINERS:
            names = (re.sub(r"[\d_\-]+$", "", n) for n in (above.get("class") or "").split()[:6])
            out.append(f"{above.tag}.{'.'.join(n for n in names if not _STATE.match(n))}")
        elif isinstance(above.tag, str):
            out.append(above.tag)
    return tuple(out)


def _in_furniture(element: Any) -> bool:
    for above in element.iterancestors():
        if above.tag in _FURNITURE_TAGS:
            return True
        if above.tag not in ("body", "html") and _FURNITURE.search(
            f"{above.get('class') or ''} {above.get('id') or ''}"
        ):
            return True
    return False


def _shape(url: str) -> str:
    """The URL with its numbers taken out: articles of one site have few shapes."""
    parts = urlsplit(url)
    path = re.sub(r"[0-9a-f]{16,}", "H", parts.path)
    names = ",".join(sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair))
    return f"{parts.netloc}{re.sub(r'[0-9]+', 'D', path)}?{names}"


def article_like(url: str) -> bool:
    """Whether a URL looks like an article's: a number or a date in its last parts, and no column's name."""
    parts = urlsplit(url)
    if re.search(r"(?:^|&)\w*id=\w*\d{2,}", parts.query, re.IGNORECASE):
        return True
    tail = "/".join(parts.path.split("/")[-2:])
    if _COLUMN.search(parts.path) and not re.search(r"\d{4}/\d\d|\d{6,}/$", parts.path):
        return False
    return re.search(r"\d{3,}", tail) is not None or re.search(r"[0-9a-f]{12,}|/p/\w{5,}", parts.path) is not None
