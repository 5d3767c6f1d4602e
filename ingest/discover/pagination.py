"""Next page of a list: by the listing's selector, rel=next, 下一页, page numbers, or the script of a government CMS.

Also the target of a page that redirects, and the pages in frames.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from cssselect import SelectorError
from lxml.cssselect import CSSSelector

from ingest.discover.candidate_collector import next_listing
from ingest.discover.links import base_of
from ingest.errors import ExtractError
from ingest.html_redirect import redirect_target
from ingest.pipeline_types import Listing, Page
from ingest.urls import canonical

_NEXT = re.compile(
    r"[\s\[(（<《]*(?:下一页|下页|后一页|后页|下一頁|下頁|下一版|next(?: page)?|›|»|>|→)[\s>»›→\])）》]*", re.IGNORECASE
)
_NEXT_CLASS = re.compile(r"(?:^|[\s_-])next(?:$|[\s_-]|page)", re.IGNORECASE)
_NUMBER = re.compile(r"[\s\[(（第]*(\d{1,4})[\s\])）页]*")
#: call that writes the page links in the TRS CMS: createPageHTML(number of pages, current page from 0, "index",
#: "html"). Other systems pass the id of a div first, and count from 1
_CREATE = re.compile(
    r"createPageHTML\s*\(\s*(?:['\"][^'\"]{0,80}['\"]\s*,\s*)?['\"]?(\d{1,6})['\"]?\s*,\s*['\"]?(\d{1,6})['\"]?\s*,"
    r"\s*['\"]([\w\-./]{1,120})['\"]\s*,\s*['\"](\w{1,8})['\"]",
    re.IGNORECASE,
)
_CREATE_DIV = re.compile(r"createPageHTML\s*\(\s*['\"][^'\"\d][^'\"]{0,80}['\"]\s*,", re.IGNORECASE)
#: number of pages, current page and link to the next page in an inline script of the TRS CMS: var countPage = 25;
#: var currentPage = 0; ... href="index_" + nextPage + ".html"
_COUNT = re.compile(r"\b(?:countPage|pageCount|totalPage|nPageCount)\s*=\s*['\"]?(\d{1,6})", re.IGNORECASE)
_CURRENT = re.compile(r"\b(?:currentPage|nCurrIndex|currPage|curPage)\s*=\s*['\"]?(\d{1,6})", re.IGNORECASE)
_WRITTEN = re.compile(
    r"href=\\?['\"]{1,2}([\w\-./]{0,80}?_)\\?['\"]\s*\+\s*\(?\s*\w*next\w*(?:\s*\+\s*1)?\s*\)?\s*\+\s*['\"]\\?(\.\w{2,6})",
    re.IGNORECASE,
)
#: call that writes the page links: Pager({size:25, current:0, prefix:'index', suffix:'htm'})
_PAGER = re.compile(r"\bPager\(\s*\{([^{}]{10,300})\}")
_OPTION = re.compile(r"(size|current|prefix|suffix)\s*:\s*['\"]?([\w\-./]{1,80})['\"]?", re.IGNORECASE)
#: maximum pieces of text of a link that are read as its label; not measured
_PIECES = 40
_PROXY = re.compile(r"<nextgroup>\s*<!\[CDATA\[\s*<a[^>]*href=['\"]([^'\"]+)['\"]", re.IGNORECASE)


def next_pages(tree: Any, markup: str, page: Page, listing: Listing) -> tuple[Listing, ...]:
    """Return the next list page with `max_pages` one lower; () if there is none or the limit is reached.

    If the listing has a selector, only the selector is used.
    """
    if listing.max_pages <= 1:
        return ()
    base = base_of(tree, page)
    ways = [_selected] if listing.next_selector else [_relation, _labelled, _numbered]
    for way in ways:
        href = way(tree, page, listing)
        if href:
            more = _step(href, base, page, listing)
            if more:
                return more
    if listing.next_selector:
        return ()
    href = _scripted(tree, markup, page)
    return _step(href, base, page, listing) if href else ()


def moved_page(tree: Any, page: Page, listing: Listing) -> tuple[Listing, ...]:
    """Return the target of a page that redirects by <meta> or script, as e-papers do to the first page of the day.

    Returns () for a page without a redirect. The target counts as one page of the limit, so that two pages that
    redirect to each other are not followed forever.
    """
    refreshes = [m.get("content") or "" for m in tree.iter("meta") if (m.get("http-equiv") or "").lower() == "refresh"]
    href = redirect_target(refreshes, [script.text or "" for script in tree.iter("script")])
    return _step(href, base_of(tree, page), page, listing, instead=True) if href else ()


def framed_pages(tree: Any, page: Page, listing: Listing) -> tuple[Listing, ...]:
    """Return the pages in the frames and iframes of a page, at most three."""
    base = base_of(tree, page)
    found: dict[str, Listing] = {}
    for frame in tree.iter("iframe", "frame"):
        for more in _step(frame.get("src") or "", base, page, listing, instead=True):
            found[more.url] = more
    return tuple(found.values())[:3]


def _step(href: str, base: str, page: Page, listing: Listing, *, instead: bool = False) -> tuple[Listing, ...]:
    try:
        return next_listing(canonical(href, base), page, listing, instead=instead)
    except ValueError:
        return ()


def _selected(tree: Any, page: Page, listing: Listing) -> str | None:
    try:
        matches = CSSSelector(listing.next_selector or "a", translator="html")(tree)
    except SelectorError as error:
        raise ExtractError(page.url, "not-a-feed", f"next_selector {listing.next_selector!r}: {error}") from None
    for match in matches:
        for element in match.iter():
            if element.get("href"):
                return str(element.get("href"))
    return None


def _relation(tree: Any, page: Page, listing: Listing) -> str | None:
    for element in tree.iter("link", "a"):
        if "next" in (element.get("rel") or "").lower().split() and _is_followable(element):
            return str(element.get("href"))
    return None


def _labelled(tree: Any, page: Page, listing: Listing) -> str | None:
    """Return the target of the last link labelled 下一页, or else of the first unlabelled link of class next.

    The last link is used because pagination links are below the list, and often above it too.
    """
    found = None
    for element in tree.iter("a"):
        label = _text(element).strip() or element.get("title") or ""
        if not label and element.find(".//img") is not None:
            label = element.find(".//img").get("alt") or ""
        if len(label) < 20 and _is_followable(element):
            if _NEXT.fullmatch(label):
                found = str(element.get("href"))
            elif not label and _NEXT_CLASS.search(element.get("class") or ""):
                found = found or str(element.get("href"))
    return found


def _text(element: Any) -> str:
    """Return the first pieces of text of a link. A link that is not closed contains the rest of the page."""
    return "".join(islice(element.itertext(), _PIECES))


def _is_followable(element: Any) -> bool:
    href = (element.get("href") or "").strip().lower()
    return bool(href) and not href.startswith(("javascript:", "#"))


def _numbered(tree: Any, page: Page, listing: Listing) -> str | None:
    """Return the target of the link after the current page number in a row of links 1 2 3; None if there is none."""
    base = base_of(tree, page)
    rows: dict[Any, dict[int, Any]] = {}
    for element in tree.iter("a"):
        number = _NUMBER.fullmatch(_text(element))
        if number:
            parent = element.getparent()
            row = parent.getparent() if parent is not None and len(parent) == 1 else parent
            if row is not None:
                rows.setdefault(row, {})[int(number[1])] = element
    for row, numbers in rows.items():
        if len(numbers) < 2:
            continue
        following = numbers.get(_current(row, numbers, page, base) + 1)
        if following is not None and _is_followable(following):
            return str(following.get("href"))
    return None


def _current(row: Any, numbers: dict[int, Any], page: Page, base: str) -> int:
    """Return the number of the current page, 0 if it is not found.

    The number is that of a link to this page, of a link without a usable target or of a link with a class such as
    `current`; otherwise a number that is not a link and whose next number is a link.
    """
    for number, element in numbers.items():
        try:
            if canonical(element.get("href") or "", base) in (page.url, page.final_url):
                return number
        except ValueError:
            pass
        if not _is_followable(element) or re.search(
            r"\b(?:cur|current|active|on|now|this|selected)\b", element.get("class") or ""
        ):
            return number
    for node in row.iter():
        if node.tag != "a" and not len(node):
            bare = _NUMBER.fullmatch(node.text or "")
            if bare and int(bare[1]) not in numbers and int(bare[1]) + 1 in numbers:
                return int(bare[1])
        bare = _NUMBER.fullmatch(node.tail or "") if node is not row else _NUMBER.fullmatch(row.text or "")
        if bare and int(bare[1]) not in numbers and int(bare[1]) + 1 in numbers:
            return int(bare[1])
    return 0


def _scripted(tree: Any, markup: str, page: Page) -> str | None:
    """Return the URL of the next page that the page's script would insert; None if there is none."""
    proxy = _PROXY.search(markup)
    if proxy:
        return proxy[1].replace("&amp;", "&")
    # only scripts in the tree, so that calls inside comments do not count
    text = "\n".join((script.text or "")[:100_000] for script in tree.iter("script"))
    call = _CREATE.search(text)
    if call:
        return _created(int(call[1]), int(call[2]), call[3], call[4], page, _CREATE_DIV.match(call[0]) is not None)
    pager = _PAGER.search(text)
    if pager:
        options = {name.lower(): value for name, value in _OPTION.findall(pager[1])}
        here, size = (_number(options.get(name, "0"), text) for name in ("current", "size"))
        if here is None or size is None or here + 1 >= size:
            return None
        following = here + 1
        return f"{options.get('prefix', 'index')}_{following}.{options.get('suffix', 'html')}"
    count, current, written = _COUNT.search(text), _CURRENT.search(text), _WRITTEN.search(text)
    if count and current and written:
        following = int(current[1]) + 1
        return f"{written[1]}{following}{written[2]}" if following < int(count[1]) else None
    return None


def _number(value: str, script: str) -> int | None:
    """Return the number that `value` stands for: digits, or a variable set in `script`; None if it is neither."""
    found = re.fullmatch(r"\d{1,6}", value, re.ASCII)
    if found is None and re.fullmatch(r"[A-Za-z_]\w{0,40}", value, re.ASCII):
        found = re.search(rf"(?<![\w.]){value}\s*=\s*['\"]?(\d{{1,6}})\b", script, re.ASCII)
    return int(found[found.re.groups]) if found else None


def _created(pages: int, current: int, name: str, ending: str, page: Page, from_one: bool) -> str | None:
    """Return the next page of a createPageHTML call; None for the last page.

    `current` counts from 1 if `from_one` is set, or if it is not 0 and missing from this page's URL; else from 0.
    """
    here = page.final_url.partition("?")[0]
    if current >= 1 and not here.endswith(f"{name.rpartition('/')[2]}_{current}.{ending}"):
        from_one = True
    last = pages if from_one else pages - 1
    return f"{name}_{current + 1}.{ending}" if current < last else None
