"""Articles of several pages: finding the links to further pages, and joining the extracted pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lxml.cssselect import CSSSelector

from ingest.extract.dom import Document, base_of
from ingest.pipeline_types import Extraction
from ingest.urls import canonical, same_site
from ingest.zh.character_normalization import fold
from ingest.zh.seed_format import clean_lines
from store.records import Article

_NEXT = re.compile(r"^\W*(?:下一?页|下页|后一页|next(?:\s*page)?)\W*$", re.I)
_ALL = re.compile(
    r"^\W*(?:余下全文|阅读全文|显示全文|查看全文|全文阅读|在本页阅读全文|浏览全文|单页(?:阅读|显示)|全部页?)\W*$"
)
_NUMBER = re.compile(r"^\W*\[?(?:第)?\s*(\d{1,2})\s*(?:页)?\]?\W*$")
_PRINT = re.compile(
    r"^\W*(?:(?:友[好善]|可)?(?:打|列)印(?:版本?|(?:本|此|该|当前)?(?:页面?|文章?|新闻)|格式|预览|全文)?|印刷版|"
    r"print(?:er[ -]friendly|able)?(?: version| view| this page)?)\W*$",
    re.I,
)
#: Fast tests before the patterns: one in ten links of a page passes the first, one in a hundred the second
_HINT = re.compile("[页文部印xXtT\\d]")
_WORD = re.compile(r"页|全文|全部|印|(?i:next|print)|^\W*\d{1,2}\W*$")
_PAGE_WORD = re.compile(r"下一?页|后一页|全文|单页|全部|[Nn]ext|^[\W\d]*\d[\W\d]*$")
#: maximum number of further pages of one article
MAX_PAGES = 30


def further_pages(doc: Document, selector: str | None = None) -> tuple[tuple[str, ...], str | None]:
    """Return (URLs of the article's further pages in order, URL of its full view or None).

    A link counts if its text is 下一页, a page number or a label such as 全文, and its URL is this page's URL with a page
    number or the suffix of a full view. Pagination links of comments and lists have other URLs. If `selector` is given,
    the links that it selects are the further pages. If there are further pages but no full view, the printed view is
    returned as full view.
    """
    page, base = doc.page, base_of(doc)
    links = _links(doc) if selector or _may_have_pages(doc) else []
    if selector:
        chosen = [_resolved(element.get("href") or "", base) for element in CSSSelector(selector)(doc.root)]
        ruled = tuple(dict.fromkeys(url for url in chosen if url and url != page.final_url))[:MAX_PAGES]
        return ruled, _printed(page.final_url, base, links) if ruled else None
    further, full = _numbered(page.final_url, base, links)
    return further, full or (_printed(page.final_url, base, links) if further else None)


def _may_have_pages(doc: Document) -> bool:
    """Return whether a line with a link has a word of pagination, or is a row of numbers.

    Most pages have no such line. Examining all links would take a twentieth of the extraction time (measured).
    """
    return any(block.links and _PAGE_WORD.search(block.text) for block in doc.blocks)


def _links(doc: Document) -> list[tuple[str, str]]:
    """Return (text, href) of the links that may lead to another view or page of the article."""
    links: list[tuple[str, str]] = []
    for element in doc.root.iter("a"):
        text = element.text or (element[0].text if len(element) else None)
        if text is None or len(text) > 40 or not _HINT.search(text) or not _WORD.search(text):
            continue
        text, href = fold(text).strip(), element.get("href") or ""
        if len(text) <= 12 and href and not href.startswith(("javascript:", "#")):
            links.append((text, href))
    return links


def _numbered(here: str, base: str, links: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], str | None]:
    """Return (URLs of further pages in order, URL of the full view or None), according to texts and URLs of `links`."""
    full: str | None = None
    numbered: dict[int, str] = {}
    following: str | None = None
    stem, name = _last_part(here), here.partition("?")[0].rpartition("/")[2]
    for text, href in links:
        # Resolving a URL takes a hundred times as long as this test, and rankings of articles (1, 2, 3) are frequent.
        path, query, _ = href.partition("?")
        if not (stem in path or (query and (not path or path.endswith(name))) or "page" in href.lower()):
            continue
        if not (_NEXT.match(text) or _ALL.match(text) or _NUMBER.match(text)):
            continue
        url = _resolved(href, base)
        if url is None or not is_sibling(here, url):
            continue
        if _ALL.match(text):
            full = full or url
        number = _NUMBER.match(text)
        if number and int(number[1]) >= 2:
            numbered.setdefault(int(number[1]), url)
        elif _NEXT.match(text) and following is None:
            following = url
    wanted = [numbered[number] for number in sorted(numbered)]
    if following and following not in wanted:
        wanted.insert(0, following)
    return tuple(dict.fromkeys(url for url in wanted if url != here))[:MAX_PAGES], full


def _printed(here: str, base: str, links: Sequence[tuple[str, str]]) -> str | None:
    """Return the URL of the printed view: a labelled link on the site whose URL identifies the same article."""
    for text, href in links:
        if not _PRINT.match(text):
            continue
        url = _resolved(href, base)
        if url and url != here and same_site(here, url) and not url.lower().endswith(".pdf") and _identifies(here, url):
            return url
    return None


def _identifies(here: str, other: str) -> bool:
    """Return whether `other` contains the identifier of the article at `here`.

    The identifier is the file name, the number at its end, or a value in the query. It must contain a digit.
    """
    path, _, query = re.sub(r"^https?://[^/]+|#.*$", "", here).partition("?")
    name = _last_part(re.sub(r"/(?:index|content)(?:\.[a-z]{3,6})?$", "", path, flags=re.I))
    identifiers = {name, *re.findall(r"\d{3,}$", name), *(value.partition("=")[2] for value in query.split("&"))}
    rest = re.sub(r"^https?://[^/]+", "", other)
    return any(
        re.search(r"\d", word) and re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", rest)
        for word in identifiers
    )


def _last_part(url: str) -> str:
    """Return the last part of the path without extension and page number. It is equal for all pages of an article."""
    part = re.sub(r"[?#].*$", "", url).rstrip("/").rpartition("/")[2]
    return re.sub(r"(?:[_-](?:p|page)?\d{1,2})?(?:\.[a-z]{3,6})?$", "", part, flags=re.I)


def _resolved(href: str, base: str) -> str | None:
    try:
        return canonical(href, base)
    except ValueError:
        return None


def is_sibling(first: str, other: str) -> bool:
    """Return whether `other` is another page of the article at `first`.

    The URLs must be equal except for an added or changed page number (x_2.html, x-3.html, x/2, x?page=2) or the suffix
    of a full view (x_all.html, x_s.html).
    """
    if not same_site(first, other) or first == other:
        return False
    return bool(
        {path for path, _ in _interpretations(first)} & {path for path, number in _interpretations(other) if number}
    )


_ENDING = re.compile(r"(?:[_-](?:p|page)?(\d{1,2}|all|full|s)|/(\d{1,2}))(\.[a-z]{3,6})?$", re.I)
_QUERY = re.compile(r"(?:^|&)(?:p|page|pn|pageno|page_no|currpage|cpage|pageindex|all)=([\w-]*)", re.I)


def _interpretations(url: str) -> list[tuple[str, str]]:
    """Return the possible splits of a URL into (URL without page number, page number).

    The first split removes only the page number in the query: "" if the query has no page parameter, "1" if the
    parameter is empty. If the path ends with a page number or with the suffix of a full view (all, full or s), two more
    splits remove that ending, one with the file extension and one without. Their page number is the number from the
    query followed by the ending.
    """
    rest = re.sub(r"^https?://(?:www\.)?", "", url).split("#")[0]
    path, _, query = rest.partition("?")
    number = ""
    in_query = _QUERY.search(query)
    if in_query:
        number, query = in_query[1] or "1", _QUERY.sub("", query).strip("&")
    found = [(f"{_stem(path)}?{query}", number)]
    ending = _ENDING.search(path)
    if ending:
        stem = path[: ending.start()] + (ending[3] or "")
        found.append((f"{_stem(stem)}?{query}", number + (ending[1] or ending[2])))
        # x/2 may also be the second page of x.html
        found.append((f"{path[: ending.start()]}?{query}", number + (ending[1] or ending[2])))
    return found


def _stem(path: str) -> str:
    return re.sub(r"(?:/index(?:\.[a-z]{3,6})?|/)$", "", path)


def join_pages(extractions: Sequence[Extraction]) -> Article:
    """Join the pages of one article in order. A paragraph that occurs on several pages is kept once.

    If a later page is a full view, only its text is used. Date, source and original title are from the first page that
    states them; authors, editors and captions from all pages; the quality is the lowest; other fields are those of the
    first page. Raises ValueError if `extractions` is empty.
    """
    if not extractions:
        raise ValueError("join_pages needs at least one page")
    articles = [extraction.article for extraction in extractions]
    first = articles[0]
    if len(articles) == 1:
        return first
    whole = [other for other in articles[1:] if holds(other, first)]
    if whole:
        chosen = max(whole, key=lambda article: len(article.text))
        return _joined(first, articles, chosen.text)
    lines: list[str] = []
    seen: set[str] = set()
    for article in articles:
        for line in article.text.split("\n"):
            key = re.sub(r"\W+", "", line)
            # a short line may occur twice (a section number such as 三), but not a paragraph
            if len(key) >= 12 and key in seen:
                continue
            seen.add(key)
            lines.append(line)
    return _joined(first, articles, clean_lines("\n".join(lines)))


def holds(whole: Article, part: Article) -> bool:
    """Return whether `whole` is a full view of the article: longer than `part`, with 80 % or more of its paragraphs."""
    paragraphs = [line for line in part.text.split("\n") if len(line) >= 20]
    inside = set(whole.text.split("\n"))
    return (
        len(whole.text) > len(part.text)
        and bool(paragraphs)
        and sum(line in inside for line in paragraphs) >= 0.8 * len(paragraphs)
    )


def _joined(first: Article, articles: Sequence[Article], text: str) -> Article:
    def filled(values: Iterable[str | None]) -> str | None:
        return next(filter(None, values), None)

    return replace(
        first,
        text=text,
        published=filled(article.published for article in articles),
        source=filled(article.source for article in articles),
        original_title=filled(article.original_title for article in articles),
        authors=tuple(dict.fromkeys(credit for article in articles for credit in article.authors)),
        editors=tuple(dict.fromkeys(name for article in articles for name in article.editors)),
        captions=tuple(dict.fromkeys(line for article in articles for line in article.captions)),
        quality=min(article.quality for article in articles),
    )
