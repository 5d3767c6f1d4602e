"""Headline detection: the heading before the text, checked against <title>, OpenGraph and meta elements."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.extract.body_text import Body, squash
from ingest.extract.dom import HEADINGS, MAX_TITLE, Block, Document
from ingest.extract.line_kinds import is_boilerplate, is_byline, is_credit, is_dateline, is_legal, is_photo_line
from ingest.zh import han
from ingest.zh.simplify import simplified

_SUFFIX = re.compile(r"\s*(?:[-_|—–·»<>]{1,3}|--)\s*")
_SITE = re.compile(
    r"^.{2,14}(?:报|网|数字报|电子报|网络版|电子版|频道|客户端|新闻|在线|之窗|融媒|融媒体|中心|政府|公安局|分局|政法委|委员会|法院|检察院|门户|平台|之声|电视台|博客)$"
)
_BADGE = han.regex(r"^(?:原创|置顶|头条|独家|快讯|图文|视频|推荐)(?=[^,:!|丨\s\p{Han}]|\s)\s*")

#: category before the title of a forum thread, removed if <title> lacks it: [新闻]
_SORTED = re.compile(r"^[\[【][^\]】]{1,6}[\]】]\s*")

#: label before the headline in a table row, which is removed: 标 题: 甲
_LABEL = re.compile(r"^(?:文章|新闻)?标\s*题\s*[:：]\s*")
#: data of a script or form that is displayed as text; a line with such data is not a headline
_DATA = re.compile(
    r"""^\s*[{\[]\s*["'{\[\]}]|["']\s*:\s*["{\[\d]|^\s*["'][\w-]+["']\s*:|\bvar\s+\w+\s*=|function\s*\(|</?[a-z]"""
)
#: publication time at the end of a heading, perhaps followed by the source; it is not part of the headline
_DATED = re.compile(
    r"\s*[\[(【]?\s*(?:(?:发布)?(?:时间|日期)\s*[:：]\s*)?(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d\d(?::\d\d)?)?[\])】]?"
    r"(?:\s*(?:来源|稿源|作者|编辑)\s*[:：]\s*\S{1,24}){0,3}\s*$"
)

#: time of an article at the end of a heading: 甲 【08:05】
_TIMED = re.compile(r"\s*[\[【(]\d{1,2}:\d\d[\])】]\s*$")

#: maximum number of headlines examined per kind of meta element; not measured
MAX_CLAIMS = 5


@dataclass(slots=True)
class Title:
    """The headline, its origin, and the block that displays it (-1: not displayed)."""

    text: str
    origin: str
    block: int
    #: original headline (原标题), if the page states it
    original: str | None = None


def claims(doc: Document) -> list[tuple[str, str]]:
    """Return (origin, headline) for each headline in meta elements and <title>, most reliable first.

    The parts of <title> follow as headlines of the origin "title-part".
    """
    found: list[tuple[str, str]] = []
    for key, origin in (("articletitle", "gov-meta"), ("og:title", "og"), ("twitter:title", "og"), ("title", "meta")):
        found += [(origin, value[:MAX_TITLE]) for value in doc.metas.get(key, ())[:MAX_CLAIMS] if len(value) >= 4]
    if doc.title:
        found.append(("title-tag", without_site(doc.title)))
        found += [("title-part", part.strip()) for part in _SUFFIX.split(doc.title) if len(squash(part)) >= 6]
    return found


def without_site(title: str) -> str:
    """Return a <title> without the names of site and channel after it (rarely before it)."""
    parts = [part for part in _SUFFIX.split(title) if part.strip()]
    if len(parts) < 2:
        return title.strip()
    # a date between the parts shows which part is the headline: 示例日报--2013年02月07日--夜市警民“织网”
    dated = any(_DATED.fullmatch(part) for part in parts[1:-1])
    if (
        len(squash(parts[-1])) > (3 if dated else 6)
        and _SITE.search(parts[0].strip())
        and not _SITE.search(parts[-1].strip())
    ):
        return parts[-1].strip() if dated else title[title.index(parts[0]) + len(parts[0]) :].strip(" -_|—·")
    head = title
    while True:
        cut = [m for m in _SUFFIX.finditer(head) if m.start() > 0]
        if not cut:
            return head.strip()
        last = cut[-1]
        rest, tail = head[: last.start()], head[last.end() :]
        tight = last.group().strip() in ("-", "—", "·") and last.group() == last.group().strip()
        if len(squash(rest)) < 4 or len(tail) > 24 or (tight and len(tail) > 12):
            return head.strip()
        head = rest


def site_parts(title: str) -> list[str]:
    """Return the parts of a <title> after the first one, which are usually names of channels and of the site."""
    return [part.strip() for part in _SUFFIX.split(title)[1:]]


def title_of(doc: Document, before: int, top: int) -> Title | None:
    """Return the headline of the page; None if there is none. The text starts at block `before`.

    The best displayed line from block `top` to `before` is preferred, then a machine-readable headline that is not the
    name of the site, then the nearest line above the text that may be a headline. Otherwise the name of the site or a
    less likely displayed line is returned.
    """
    stated = claims(doc)
    squashed = [(origin, squash(claim)) for origin, claim in stated]
    whole = squash(doc.title)
    best: tuple[float, int] | None = None
    for index in range(max(0, top), min(before + 1, len(doc.blocks))):
        block = doc.blocks[index]
        if not 4 <= block.size <= 120 or (
            block.boilerplate in ("navigation", "related", "comments", "footer") and not block.heading
        ):
            continue
        score = _score(doc, index, before, squashed, whole)
        if score > 0 and (best is None or score >= best[0]):
            best = (score, index)
    if best is not None and best[0] >= 2:
        return Title(_displayed(doc, best[1]), "heading" if doc.blocks[best[1]].heading else "displayed", best[1])
    if stated and not all(names_the_site(value) for _, value in stated):
        longer = _longer(doc, stated[0][1], before, top)
        if longer is not None:
            return Title(_displayed(doc, longer), "displayed", longer)
        return Title(stated[0][1], stated[0][0], -1)
    nearest = _nearest(doc, before, top)
    if nearest is not None:
        return Title(_displayed(doc, nearest), "displayed", nearest)
    if stated:
        return Title(stated[0][1], stated[0][0], -1)
    if best is not None:
        return Title(_displayed(doc, best[1]), "displayed", best[1])
    return None


def _longer(doc: Document, title: str, before: int, top: int) -> int | None:
    """Return the index of a line above the text that begins with `title` and is longer; None if there is none.

    Such a <title> is cut off, or is the name of an institute whose headlines begin with its name.
    """
    start = squash(title)
    lines = range(before, max(-1, top - 1, before - 9), -1)
    return next(
        (
            i
            for i in lines
            if _may_be_headline(doc.blocks[i])
            and squash(doc.blocks[i].text).startswith(start)
            and 6 <= len(start) < len(squash(doc.blocks[i].text)) - 3
        ),
        None,
    )


def names_the_site(title: str) -> bool:
    """Return whether a title has the form of the name of a site or medium, without punctuation: 望江县公安局, 望江日报网络版."""
    title = simplified(title)
    return all(_SITE.search(part) for part in title.split(" ")) and re.search("[,:!?“”《》]", title) is None


def _nearest(doc: Document, before: int, top: int) -> int | None:
    """Return the index of the nearest possible headline above the text; None if there is none.

    Bold lines, headings and elements with a title name are preferred to centred lines, and these to other lines.
    """
    lines = [i for i in range(before, max(-1, top - 1, before - 9), -1) if _may_be_headline(doc.blocks[i])]
    marked = [i for i in lines if doc.blocks[i].heading or doc.blocks[i].strong or _named(doc, i)]
    centred = [i for i in lines if doc.blocks[i].centred]
    return next(iter(marked or centred or lines), None)


def _may_be_headline(block: Block) -> bool:
    text = block.key
    return (
        5 <= block.size <= 60
        and block.boilerplate is None
        and block.link_share < 0.5
        and not text.endswith(("。", ",", ";", ":"))
        and not (is_boilerplate(text) or _is_zone(text) or is_credit(text) or is_legal(text))
        and not (is_photo_line(text) or block.tag == "figcaption" or _is_no_headline(block.text))
        and re.match(r"第?\d|今天是|您", text) is None
    )


def _is_logo(doc: Document, block: Block) -> bool:
    """Return whether a block is the name of the site, as a link or in an element named logo, even if it is a heading."""
    if not names_the_site(block.key):
        return False
    node = doc.nodes[block.node] if block.node >= 0 else None
    names = f"{node.element.get('class') or ''} {node.element.get('id') or ''}" if node is not None else ""
    return block.link_share > 0.8 or re.search(r"logo|sitename|site-name|brand", names, re.I) is not None


def _is_no_headline(text: str) -> bool:
    """Return whether a text cannot be a headline: data of scripts ("info": {), or breadcrumbs (其他 > 头条 > 正文)."""
    if _DATA.search(text):
        return True
    parts = [part.strip() for part in re.split(r"[>»›]+", text)]
    return len(parts) > 2 and (parts[-1] in ("正文", "内容", "详情") or all(len(part) <= 8 for part in parts))


def _score(doc: Document, index: int, before: int, stated: list[tuple[str, str]], whole: str) -> float:
    block = doc.blocks[index]
    text = squash(_LABEL.sub("", block.text))
    if (
        len(text) < 4
        or (text == whole and names_the_site(doc.title))
        or _is_logo(doc, block)
        or _is_no_headline(block.text)
        or is_boilerplate(block.key)
        or is_dateline(block.key)
        or re.match(r"(?:网站|您?的?)?首\s*页\s*[-_>|»:]", block.text)
    ):
        return 0.0
    score = {1: 3.0, 2: 1.5, 3: 1.2, 4: 0.6, 5: 0.4}.get(block.heading, 0.0)
    agrees = 0.0
    for origin, other in stated:
        if text == other and origin == "title-part":
            agrees = max(agrees, 2.5 * min(1.0, len(text) / 8))
        elif text == other:
            agrees = max(agrees, 4.0 * min(1.0, len(text) / 10) * (0.4 if _SITE.search(text) else 1.0))
        elif origin != "title-part" and len(text) >= 6 and other and (text in other or other in text):
            agrees = max(agrees, 3.0 * min(len(text), len(other)) / max(len(text), len(other)))
    if len(text) >= 5 and whole.startswith(text):
        agrees = max(agrees, 3.5)
    score += agrees
    if score == 0 and before - index > 60:
        return 0.0  # a line so far above the text is navigation
    if any(_is_zone(line.key) for line in doc.blocks[index + 1 : index + 4]):
        score += 2.5 if score or block.size >= 8 else 0.0
    if _named(doc, index):
        score += 1.0
    if score == 0:
        return 0.0
    if block.link_share > 0.8:
        score -= 2.0
    # Lines near the text are more likely to be the headline; navigation is far above it.
    return score - min(before - index, 60) / 60


def _is_zone(text: str) -> bool:
    """Return whether a text is the line with date and source below a headline."""
    return len(text) <= 90 and (
        is_dateline(text)
        or is_byline(text)
        or re.match(r"(?:发布)?(?:时间|日期|来源|作者|信息来源|稿源)\s*:", text) is not None
    )


def _named(doc: Document, index: int) -> bool:
    block = doc.blocks[index]
    node = doc.nodes[block.node] if block.node >= 0 else None
    return node is not None and node.name.field == "title"


def _displayed(doc: Document, index: int) -> str:
    """Return the displayed headline.

    Lines are joined if <br> separates them within one heading, or within one element whose whole text is in <title>.
    Labels (标题:), badges (原创) and breadcrumbs before the headline, and a date or time behind it, are removed.
    """
    block = doc.blocks[index]
    parts = [block.raw]
    whole = squash(doc.title)
    for step in (1, -1):
        for other in doc.blocks[index + 1 : index + 3] if step > 0 else doc.blocks[max(0, index - 2) : index][::-1]:
            same = other.node == block.node or _same_heading(doc, block, other)
            if not same or is_byline(other.key) or is_dateline(other.key) or _is_zone(other.key):
                break
            if not squash(other.raw):
                break  # a line of marks (*****) underlines the headline
            joined = [*parts, other.raw] if step > 0 else [other.raw, *parts]
            if not block.heading and squash(" ".join(joined)) not in whole:
                break
            parts = joined
    shown = _BADGE.sub("", _LABEL.sub("", " ".join(parts)))
    unsorted = _SORTED.sub("", shown)
    if unsorted != shown and squash(shown) not in whole and whole.startswith(squash(unsorted)):
        shown = unsorted
    crumbs = re.split("[〉>»›]", shown)
    for plain in (_DATED.sub("", shown), _TIMED.sub("", shown), crumbs[-1].strip()):
        if plain != shown and len(squash(plain)) >= 4 and squash(plain) in whole and squash(shown) not in whole:
            return plain
    return shown


def _same_heading(doc: Document, block: Block, other: Block) -> bool:
    """Return whether two blocks belong to one heading: <h1><div>甲</div><div>乙</div></h1>."""
    if not (block.heading and other.heading) or block.node < 0 or other.node < 0:
        return False
    first, second = doc.nodes[block.node], doc.nodes[other.node]
    headings = [doc.nodes[node.parent] for node in (first, second) if node.parent >= 0 and node.tag not in HEADINGS]
    return len(headings) == 2 and headings[0].index == headings[1].index and headings[0].tag in HEADINGS


_ORIGINAL = re.compile(r"[(【\[]?\s*原标题\s*:\s*(.{4,120}?)\s*[)】\]]?$")


def original_of(doc: Document, body: Body) -> str | None:
    """Return the original headline (原标题) if the page states it near the text, else None."""
    for index in range(max(0, body.first - 12), min(len(doc.blocks), body.last + 8)):
        found = _ORIGINAL.match(doc.blocks[index].text)
        if found:
            return found[1]
    return None
