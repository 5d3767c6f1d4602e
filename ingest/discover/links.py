"""Links of a list page: target, title, position.

The decoded markup is parsed once, by libxml2 through lxml. Lists that are hidden from the parser are unwrapped first:
Hanweb's <script type="text/xml"><datastore> contains its rows as CDATA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from ingest.discover.candidate_collector import MAX_MARKUP
from ingest.errors import ExtractError
from ingest.pipeline_types import Page
from ingest.urls import canonical_and_key, document_base, key
from ingest.zh.character_normalization import fold
from ingest.zh.han import is_han

#: maximum links of one page; the largest real list pages have about 2,000
MOST_LINKS = 5_000
#: Maximum elements examined above a link. Real pages are nested about 30 deep; unclosed tags reach libxml2's limit of
#: 2,048. Examining all of them took 16 s for 2,000 links (measured).
DEPTH = 60
_DATASTORE = re.compile(r"<script[^>]*text/xml[^>]*>(.{0,4000000}?)</script>", re.IGNORECASE | re.DOTALL)
_RECORD = re.compile(r"<record>\s*<!\[CDATA\[(.*?)\]\]>\s*</record>", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|bmp|webp|svg|ico|pdf|docx?|xlsx?|pptx?|wps|et|zip|rar|7z|mp[34]|avi|flv|mov|wmv|m3u8|apk|exe"
    r"|css|js|xml|rss|json|txt|ofd|ceb)$",
    re.IGNORECASE,
)
#: target of a link in an event handler: onclick="window.open('/a/1.html')"
_IN_HANDLER = re.compile(r"['\"]((?:https?://|\.{0,2}/)[^'\"\s]{3,500}|[\w\-./]{1,300}\.s?html?)['\"]")
#: elements that some mobile lists use instead of links
_CLICKED = ("li", "div", "dd", "tr")
#: link texts that are not titles
_NO_TITLE = re.compile(
    r"[\[【(（<《]*(?:查看|阅读|浏览|点击|更多|详细|详情|全文|进入|展开|原文|评论|转发|分享|图文|视频|more|detail|read)"
    r"(?:全文|更多|详情|详细|内容|原文|进入|此处|阅读|查看|more)*[\s>»›…\])）】》\d]*",
    re.IGNORECASE,
)
_TITLE_CLASS = re.compile(r"(?:^|[\s_-])(?:title|tit|bt|biaoti|headline|subject|name)(?:$|[\s_\d-])", re.IGNORECASE)
#: text of an element that contains only a date
_STAMP = re.compile(
    r"\s*[\[(（【]?\s*(?:(?:(?:19|20)?\d\d|1[0-4]\d)\s*[年./-]\s*)?\d{1,2}\s*[月./-]\s*\d{1,2}\s*日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?\s*[\])）】]?\s*"
)
#: the title in a tooltip that contains other fields, too: 文章标题：… 作 者：… 更新时间：…
_LABELLED = re.compile(
    r"(?:文章)?标\s*题\s*[:：]\s*(.+?)(?=\s*(?:作\s*者|副\s*标\s*题|(?:更新|发布)?\s*(?:时间|日期)|点击数?|来\s*源)\s*[:：]|$)"
)
_BULLET = re.compile(r"^[\s·•●○■□▪◆◇★☆▶►▸»›>+\-|∙⋅・.]+(?=\S)")
_BLOCKS = ("div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "ul", "li", "section", "article")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

#: maximum number of elements inside a link that are searched for its title. A link that is not closed contains the rest
#: of the page; without this limit, 1,000 such links took 20 s (measured)
MOST_PARTS = 80


@dataclass(slots=True)
class Link:
    """One link of a list page."""

    element: Any
    url: str
    #: URL key: equal for all forms of one URL
    key: str
    title: str
    #: text of a separate date element within the title; "" if there is none
    stamp: str
    #: element that contains the title; it is not searched for a date
    holder: Any
    #: position among the links of the page
    order: int
    #: whether the title is the alternative text of a picture
    pictured: bool = False


def tree_of(page: Page, markup: str) -> Any:
    """Parse the first MAX_MARKUP characters of a page's markup. Raises ExtractError "not-a-feed" on failure."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _unwrapped(markup[:MAX_MARKUP]))
    # huge_tree raises the depth limit of 256. libxml2 drops everything nested deeper, such as rows with unclosed tags.
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ExtractError(page.url, "not-a-feed", f"the list page cannot be parsed: {error}"[:300]) from None
    return tree


def _unwrapped(markup: str) -> str:
    """Return the markup with embedded datastores replaced by their rows."""
    if "<datastore" not in markup:
        return markup
    if markup.lstrip()[:200].lower().startswith(("<?xml", "<datastore")):
        return _rows(markup)
    return _DATASTORE.sub(lambda m: _rows(m[1]) if "<datastore" in m[1] else m[0], markup)


def _rows(store: str) -> str:
    rows = _RECORD.findall(store) or [r for r in _CDATA.findall(store) if "dataproxy" not in r]
    return f'<div class="datastore">{"".join(rows)}</div>'


def base_of(tree: Any, page: Page) -> str:
    """Return the base URL of the page's relative links."""
    return document_base((element.get("href") for element in tree.iter("base")), page.final_url)


def links_of(tree: Any, page: Page) -> list[Link]:
    """Return the possible article links in document order, at most MOST_LINKS.

    Links to the page itself and to files (images, PDF) are left out.
    """
    base = base_of(tree, page)
    own = {key(page.url), key(page.final_url)}
    found: list[Link] = []
    for element in tree.iter("a", "area", *_CLICKED):
        if element.tag in _CLICKED and (not element.get("onclick") or next(element.iter("a"), None) is not None):
            continue
        target = _target(element)
        if not target:
            continue
        try:
            url, name = canonical_and_key(target, base)
        except ValueError:
            continue
        if name in own or _NOT_PAGES.search(name.partition("?")[0]):
            continue
        title, stamp, holder = title_of(element)
        pictured = bool(title) and not _has_text(element) and not element.get("title")
        found.append(Link(element, url, name, title, stamp, holder, len(found), pictured))
        if len(found) >= MOST_LINKS:
            break
    return found


def _target(element: Any) -> str:
    """Return the target of a link: its href, or else the URL in a data attribute or event handler; "" if none."""
    href = (element.get("href") or "").strip()
    lower = href[:11].lower()
    if href and not href.startswith("#") and not lower.startswith("javascript:"):
        return "" if lower.startswith(("mailto:", "tel:", "data:", "about:")) else href
    for name in ("data-href", "data-url", "data-link"):
        if element.get(name):
            return str(element.get(name)).strip()
    handler = _IN_HANDLER.search((element.get("onclick") or href)[:2000])
    return handler[1] if handler else ""


def title_of(anchor: Any) -> tuple[str, str, Any]:
    """Return (title of a link, date in the same element, the element).

    The element is a heading inside the link, an element with a title class, the first of several blocks of text that
    has six Han characters, or the link itself. If the text of the element is missing, truncated or not a title, the
    tooltip is the title, or else the alternative text of an area or picture. Title and date may be "".
    """
    holder = _holder(anchor) if len(anchor) else anchor
    title, stamp = _title_text(holder)
    stated = " ".join(fold(str(anchor.get("title") or "")).split())
    if labelled := _LABELLED.match(stated):
        stated = labelled[1]
    if stated and (not title or _NO_TITLE.fullmatch(title) or _is_truncated(title, stated)):
        title = stated
    if not title and anchor.tag == "area":
        title = " ".join(fold(str(anchor.get("alt") or "")).split())
    if not title:
        title = next((t for image in anchor.iter("img") if (t := fold(str(image.get("alt") or "")).strip())), "")
    return ("" if _NO_TITLE.fullmatch(title) else _BULLET.sub("", title)), stamp, holder


def _holder(anchor: Any) -> Any:
    parts = list(islice(anchor.iterdescendants(), MOST_PARTS))
    for inner in parts:
        if inner.tag in _HEADINGS and _has_text(inner):
            return inner
    for inner in parts:
        if _titled(inner) and _has_text(inner):
            return inner
    every = [inner for inner in parts if inner.tag in _BLOCKS]
    # Keep the innermost blocks. If a block contains another one, the next block in document order is inside it.
    blocks = [e for e, following in zip_longest(every, every[1:]) if not _contains(e, following) and _has_text(e)]
    return next((e for e in blocks if _is_titular(e)), anchor) if len(blocks) > 1 else anchor


def _contains(element: Any, other: Any) -> bool:
    return other is not None and any(parent is element for parent in above(other))


def _title_text(holder: Any) -> tuple[str, str]:
    """Return (title, date) of a title element: `<br>` and blocks become blanks.

    The date is the text of elements inside the title element that contain only a date.
    """
    pieces: list[str] = []
    stamps: list[str] = []
    for node, text in islice(_pieces(holder), 2 * MOST_PARTS):
        if node is not None and node is not holder and not len(node) and _STAMP.fullmatch(text):
            stamps.append(text)
            continue
        if node is not None and (node.tag == "br" or node.tag in _BLOCKS):
            pieces.append(" ")
        pieces.append(text)
    return " ".join(fold("".join(pieces)).split()), " ".join(stamps)


def _titled(element: Any) -> bool:
    return isinstance(element.tag, str) and _TITLE_CLASS.search(element.get("class") or "") is not None


def _is_truncated(shown: str, stated: str) -> bool:
    """Return whether the stated title (fewer than 300 characters) begins with the shown one without its final dots."""
    start = re.sub(r"[.…·。]+$", "", shown).rstrip()
    return len(stated) >= len(start) and bool(start) and stated.startswith(start) and len(stated) < 300


def _text(element: Any) -> str:
    return " ".join(fold("".join(islice(element.itertext(), 2 * MOST_PARTS))).split())


def _has_text(element: Any) -> bool:
    """Return whether `_text` of the element is not empty, without reading all of it."""
    return any(fold(text).split() for text in islice(element.itertext(), 2 * MOST_PARTS))


def _is_titular(element: Any) -> bool:
    """Return whether an element has at least six Han characters, as a short title has."""
    count = 0
    for text in islice(element.itertext(), 2 * MOST_PARTS):
        count += han(fold(text))
        if count >= 6:
            return True
    return False


def above(element: Any) -> Iterator[Any]:
    """Yield at most DEPTH elements above this one, nearest first."""
    return islice(element.iterancestors(), DEPTH)


def han(text: str) -> int:
    """Return the number of Han characters in `text`, as the length of a Chinese title."""
    return sum(map(is_han, text))


def texts(element: Any, without: Any = None) -> Iterator[str]:
    """Yield the texts below `element` in document order, and the `datetime` attributes of <time> elements.

    Scripts, styles, <noscript> and the subtree `without` are left out.
    """
    for node, text in _pieces(element, without):
        machine = node.get("datetime") if node is not None and node.tag == "time" else None
        if machine:
            # the attribute has the absolute date of a relative text (3天前)
            yield machine
        if text:
            yield text


def _pieces(element: Any, without: Any = None) -> Iterator[tuple[Any, str]]:
    """Yield (element, text before its first child), and (None, text after an element), in document order.

    Scripts, styles, <noscript> and the subtree `without` are left out. Does not use recursion, because pages may be
    nested deeply.
    """
    stack: list[tuple[Any, bool]] = [(element, False)]
    while stack:
        node, tail = stack.pop()
        if tail:
            if node.tail:
                yield None, node.tail
        elif node is not without and node.tag not in ("script", "style", "noscript"):
            yield node, node.text or ""
            for child in reversed(node):
                stack.append((child, True))
                stack.append((child, False))
