"""Detection of a page's list: groups of links at similar positions, with dates beside them and titles as text.

Links are grouped by the path of elements above them: tags, and classes of containers without final numbers. The rows of
a list share this path even if a CMS splits the list into several <ul>. A row is the largest element around a link that
contains no other such link; date and snippet are searched in it. The group with the best score is the list. Similar
groups are added to it: a headline above it, a second column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from ingest.discover.links import Link, above, han, texts
from ingest.discover.list_rows import Item, crowd_of, items_of
from ingest.discover.url_shapes import address_shape, article_like, article_shape, is_about_site, is_special
from ingest.pipeline_types import Page, Source
from ingest.urls import host_of, same_site

#: minimum Han characters of a title; names of channels have two to five. Not measured separately.
TITLE_HAN = 6
#: minimum Han characters of a headline outside the list of a front page. Not measured.
HEADLINE_HAN = 8
#: minimum number of links with a headline and one URL shape, from which the shape is a shape of articles. Not measured.
SHAPE_LINKS = 4
#: Minimum number of blocks with articles outside the list that makes a page a front page: for the root of a host, and
#: for any other page. Real front pages have 20 or more, list pages at most 3.
ROOT_GROUPS, OTHER_GROUPS = 4, 10
#: An element with a larger share of the page's links than this contains most of the page, so the class of the element
#: is not evidence of boilerplate
FRAME_SHARE = 0.6
#: minimum rows of a list whose URLs may have no common shape because they belong to many channels. Not measured.
MIXED_ROWS = 20
#: maximum groups of one page, those with the most links first; the largest page seen had about 120
MOST_GROUPS = 400
#: class names and ids of boilerplate: navigation, header, footer, related links
_BOILERPLATE = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|navbar|menu|header|footer|foot|copyright|crumbs?|breadcrumbs?|sidebar|aside|login|search"
    r"|friend\w*|flinks?|yqlj|weblink|sitemap|language|toolbar|share|hots?|hotnews|hot\w*list|rank|ranking|top10|paihang|phb"
    r"|related|relate|recommend|tuijian|tags?|ads?|banner)(?:$|[\s_\d-])",
    re.IGNORECASE,
)
#: class names of the article list of a tag page, which is not boilerplate: tag-newslist
_TAG_LIST = re.compile(r"(?:^|(?<=\s))tags?[_-](?:news|art(?:icle)?s?|post)[\w-]*", re.IGNORECASE)
#: class names that name another part of the page and say nothing about the element itself: after-ad, no-sidebar
_SWITCH = re.compile(
    r"(?<![\w-])(?:no|not|non|with|without|has|have|after|before|above|below|hide|show|is)[-_][\w-]+", re.I
)
_BOILERPLATE_TAGS = ("nav", "footer", "aside", "header")
_ASIDE_HEADING = re.compile(r"排行|热点|热门|热榜|热文|热读|点击榜|推荐|相关|友情|链接|猜你|视频|图片|专题|广告")
_STATE = re.compile(r"^(?:odd|even|first|last|active|cur|current|on|hover|selected|clear|clearfix|fl|fr|mt|mb|w|h)?$")
_CONTAINERS = frozenset(["div", "ul", "ol", "dl", "table", "section", "article", "main", "form", "center"])


@dataclass(slots=True)
class Block:
    """A group of links at similar positions, with its features as a possible list."""

    items: list[Item]
    #: shares of the rows: with a date, with a title, with an article-like URL, inside boilerplate, on another site
    dated: float
    titled: float
    articles: float
    boilerplate: float
    foreign: float
    #: whether most rows have no date and the heading names another kind of list, such as most-read articles or partner
    #: sites (友情链接)
    aside: bool
    #: URL shapes (`address_shape`) of at least a tenth of the rows
    shapes: frozenset[str]
    score: float

    @property
    def first(self) -> int:
        return self.items[0].link.order


def find_list(links: Sequence[Link], page: Page, source: Source) -> list[Item]:
    """Return the rows of the page's list, with the other articles if the page is a front page, in document order.

    A page whose list is mostly dated does not count as a front page. If the page has neither a list nor the articles
    of a front page, return the articles to which an image map links, or [].
    """
    groups: dict[tuple[str, ...], list[Link]] = {}
    for link in links:
        if link.title:
            groups.setdefault(_path(link.element), []).append(link)
    crowd = crowd_of(links)
    frame = {holder for holder, count in crowd.items() if count > FRAME_SHARE * len(links)}
    largest = sorted(groups.values(), key=len, reverse=True)[:MOST_GROUPS]
    blocks = [_block(_articles_of(group), crowd, page, source, frame) for group in largest]
    good = [b for b in blocks if _may_be_list(b)]
    if not good:
        return sorted(_front_page([], blocks, page), key=lambda i: i.link.order) or _area_articles(links, page)
    best = max(good, key=lambda b: b.score)
    taken = [b for b in blocks if b is best or _belongs_with(b, best)]
    rows = [i for b in taken for i in _own_rows(b) if han(i.title) >= TITLE_HAN or (b is best and _is_row(i))]
    if best.dated < 0.5:
        rows = _front_page(rows, blocks, page)
    rows = [row for row in rows if not is_about_site(row.link.url)]
    return sorted(_without_pictures(rows), key=lambda i: i.link.order)


def _without_pictures(rows: list[Item]) -> list[Item]:
    """Return the rows without links to single pictures (x.html?p=3) of articles that have a row of their own."""
    articles = {row.link.url.partition("?")[0] for row in rows if not row.link.pictured}
    named = {row.link.key for row in rows if not row.link.pictured}
    return [
        row
        for row in rows
        if not row.link.pictured or row.link.key in named or row.link.url.partition("?")[0] not in articles
    ]


def _front_page(rows: list[Item], blocks: Sequence[Block], page: Page) -> list[Item]:
    """Return the rows and the other articles of a front page; for another page, return the rows unchanged.

    A page is a front page if many of its blocks link to articles that are not in the rows: ROOT_GROUPS blocks at the
    root of a host, OTHER_GROUPS elsewhere. Elsewhere there must also be at least as many such articles as rows. Rows of
    a front page that lead to galleries, videos or topics are removed.
    """
    path = urlsplit(page.final_url).path
    root = re.fullmatch(r"/?(?:(?:index|default|home)[\w.]*)?", path) is not None
    parts = [block for block in blocks if root or block.boilerplate < 0.5]
    learned = _article_shapes(parts)
    known = {item.link.key for item in rows}
    found = [
        [
            item
            for item in block.items
            if item.link.key not in known
            and _is_headlined(item)
            and article_like(item.link.url)
            and article_shape(item.link.url) in learned
            and same_site(item.link.url, page.final_url)
        ]
        for block in parts
    ]
    more = {item.link.key: item for items in found for item in items}
    if sum(map(bool, found)) < (ROOT_GROUPS if root else OTHER_GROUPS) or (not root and len(more) < len(rows)):
        return rows
    return [*(row for row in rows if not is_special(row.link.url)), *more.values()]


def _is_headlined(item: Item) -> bool:
    return han(item.title) >= HEADLINE_HAN and not is_special(item.link.url)


def _article_shapes(blocks: Sequence[Block]) -> set[str]:
    """Return the URL shapes that count as shapes of articles.

    A shape counts if SHAPE_LINKS or more of its links have a headline, and these are at least half of its links. Only
    article-like links are counted.
    """
    titled: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for item in {item.link.key: item for block in blocks for item in block.items}.values():
        if not article_like(item.link.url):
            continue
        shape = article_shape(item.link.url)
        total[shape] += 1
        titled[shape] += _is_headlined(item)
    return {shape for shape, count in titled.items() if count >= SHAPE_LINKS and 2 * count >= total[shape]}


def _area_articles(links: Sequence[Link], page: Page) -> list[Item]:
    """Return the articles to which the image map of an e-paper page links, even if an area has no title.

    Returns [] if there are fewer than two.
    """
    areas = {
        link.key: Item(link, link.title, None, None)
        for link in links
        if link.element.tag == "area" and article_like(link.url) and same_site(link.url, page.final_url)
    }
    return list(areas.values()) if len(areas) >= 2 else []


def _is_row(item: Item) -> bool:
    """Return whether an item with a short title belongs to the list."""
    return item.date is not None or (han(item.title) >= 2 and article_like(item.link.url))


def _articles_of(group: Sequence[Link]) -> list[Link]:
    """Return the article links among the links of one path; all links if fewer than half lead to articles.

    Links to columns and comments are removed, because the name of a column before each title would split every row. The
    URL of a column may look like that of an article (list.asp?id=21). Such a column is recognised by its URL shape:
    three or more links have this shape, and none of them has a title of TITLE_HAN characters.
    """
    articles = [link for link in group if article_like(link.url)]
    if len({link.key for link in articles}) * 2 < len({link.key for link in group}):
        return list(group)
    often = Counter(address_shape(link.url) for link in articles)
    titled = {address_shape(link.url) for link in articles if han(link.title) >= TITLE_HAN}
    return [link for link in articles if (shape := address_shape(link.url)) in titled or often[shape] < 3] or articles


def _own_rows(block: Block) -> list[Item]:
    """Return the rows of a block; of a partly dated block only those with a date or in a container that has dates.

    A block is partly dated if at least 30 % but not all of its rows have dates. Its other rows are menus and hot lists
    with the same path.
    """
    if not 0.3 <= block.dated < 1:
        return block.items
    dated: set[Any] = set()
    for item in block.items:
        if item.date is not None:
            dated.update(_containers(item.link.element))
    return [i for i in block.items if i.date is not None or next(iter(_containers(i.link.element)), None) in dated]


def _containers(element: Any) -> list[Any]:
    """Return the containers of a link: elements above it that usually contain many rows.

    These are the two nearest ones, or only the nearest if it is a list element (ul, ol, dl).
    """
    found = list(element.iterancestors("ul", "ol", "dl", "table", "section", "main", "div", "td"))
    return found[:1] if found and found[0].tag in ("ul", "ol", "dl") else found[:2]


def _may_be_list(block: Block) -> bool:
    rows = block.items
    # One or two rows are a list only if they are dated and inside list tags, because article pages have such links too.
    few = block.dated == 1 and block.articles == 1 and all(_in_list_element(i.link.element) for i in rows)
    enough = len(rows) >= 3 or few
    # With dates and titles, the form of the URLs does not matter (/jc/12.html, a title in pinyin).
    listed = block.articles >= 0.3 or (enough and min(block.dated, block.titled) >= 0.8)
    # Links to other sites are accepted as a list only with dates; without dates they are links to partner sites.
    own = block.foreign < 0.5 or block.dated >= 0.8
    return enough and own and block.titled >= 0.5 and listed and block.boilerplate < 0.5


def _in_list_element(element: Any) -> bool:
    return next(element.iterancestors("li", "dd", "dt", "tr"), None) is not None


def _belongs_with(block: Block, best: Block) -> bool:
    """Return whether a block is a part of the page's list, in addition to the best block."""
    if block.boilerplate >= 0.5 or block.titled < 0.6 or block.articles < 0.6 or block.foreign >= 0.5:
        return False
    if best.dated >= 0.5 and block.dated < 0.5:
        # Dates distinguish the list from hot lists beside it. A headline above the list often has no date. If the block
        # without dates is larger, the dated block is a notice board.
        headline = block.first < best.first and len(block.items) <= 3
        larger = len(block.items) > len(best.items) and block.articles >= 0.9 and not block.aside
        return larger or (headline and _same_shapes(block, best))
    return block.dated >= 0.5 or (_same_shapes(block, best) and (best.aside or not block.aside))


def _same_shapes(block: Block, best: Block) -> bool:
    """Return whether most URLs of a block have the shapes of the best block.

    If the best block has rows of many channels, as a ranking of a portal has, the channel does not count.
    """
    same = sum(address_shape(i.link.url) in best.shapes for i in block.items)
    if same < 0.6 * len(block.items) and len(best.items) >= MIXED_ROWS:
        often = Counter(address_shape(i.link.url) for i in best.items).most_common(1)[0][1]
        if often < 0.5 * len(best.items):
            own = {article_shape(i.link.url) for i in best.items}
            same = sum(article_shape(i.link.url) in own for i in block.items)
    return same >= 0.6 * len(block.items)


def _block(
    links: Sequence[Link], crowd: Mapping[Any, int], page: Page, source: Source, frame: Collection[Any] = ()
) -> Block:
    items = items_of(links, crowd, page, source)
    count = len(items)
    dated = sum(i.date is not None for i in items) / count
    titled = sum(han(i.title) >= TITLE_HAN for i in items) / count
    articles = sum(article_like(i.link.url) for i in items) / count
    boilerplate = sum(_in_boilerplate(i.link.element, frame) for i in items) / count
    moved = _moved_to(items)
    sites = [page.final_url, source.home, *moved]
    foreign = sum(not any(same_site(i.link.url, site) for site in sites) for i in items) / count
    shapes = frozenset(
        s for s, n in Counter(address_shape(i.link.url) for i in items).items() if n >= max(1, 0.1 * count)
    )
    aside = dated < 0.5 and _has_aside_heading([i.link.element for i in items])
    length = min(1.0, median(han(i.title) for i in items) / 14)
    pictured = sum(i.link.pictured for i in items) / count
    score = (
        min(count, 30)
        * (1 - 0.8 * pictured)
        * titled
        * length
        * (0.3 + 0.7 * articles)
        * (1 + 2 * dated)
        * (1 - 0.9 * boilerplate)
    )
    if aside or (moved and dated < 0.5 and not same_site(moved[0], page.final_url)):
        # Links to a partner site look like a list that was moved to another domain. Prefer a list with links to this
        # site.
        score *= 0.3
    return Block(items, dated, titled, articles, boilerplate, foreign, aside, shapes, score)


def _moved_to(items: Sequence[Item]) -> list[str]:
    """Return [URL of the host to which nearly all links lead], or []. Some sites publish on a second host."""
    host, most = Counter(host_of(i.link.url) for i in items).most_common(1)[0]
    return [f"http://{host}/"] if most >= 5 and most >= 0.8 * len(items) else []


def _has_aside_heading(elements: Sequence[Any]) -> bool:
    """Return whether the heading above these links names another list, such as most-read articles or partner sites."""
    holders = list(above(elements[0]))
    shared = set(holders)
    for element in elements[1:50]:
        shared.intersection_update(above(element))
    box = next((h for h in holders if h in shared), None)
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


def _path(element: Any) -> tuple[str, ...]:
    """Return the path of elements above a link, with the classes of containers. Rows of one list have the same path.

    Consecutive equal elements count once, because rows whose tags are not closed are nested in each other.
    """
    out = [element.tag]
    for holder in above(element):
        step = holder.tag
        if step in _CONTAINERS:
            names = (re.sub(r"[\d_\-]+$", "", n) for n in (holder.get("class") or "").split()[:6])
            step = f"{step}.{'.'.join(n for n in names if not _STATE.match(n))}"
        if isinstance(step, str) and step != out[-1]:
            out.append(step)
    return tuple(out)


def _in_boilerplate(element: Any, frame: Collection[Any]) -> bool:
    """Return whether the element is inside boilerplate, judged by the tags, classes and ids of the elements above it.

    `frame`: the elements that contain most of the page's links; the search ends there.
    """
    for holder in above(element):
        if holder in frame:
            return False
        if holder.tag in _BOILERPLATE_TAGS:
            return True
        names = f"{holder.get('class') or ''} {holder.get('id') or ''}"
        if holder.tag in ("body", "html"):
            continue
        if _BOILERPLATE.search(_SWITCH.sub("", _TAG_LIST.sub("", names))):
            return True
    return False
