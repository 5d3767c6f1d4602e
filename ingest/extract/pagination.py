"""Further pages of one article: the links that lead to them, and the joining of what was read from each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lxml.cssselect import CSSSelector

from ingest.extract.dom import Document
from ingest.model import Extraction
from ingest.urls import canonical, same_site
from ingest.zh.text import clean_lines, fold
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
#: cheap tests before the others: one in ten links of a page passes the first, one in a hundred the second
_HINT = re.compile("[页文部印xXtT\\d]")
_WORD = re.compile(r"页|全文|全部|印|(?i:next|print)|^\W*\d{1,2}\W*$")
_LEADS = re.compile(r"下一?页|后一页|全文|单页|全部|[Nn]ext|^[\W\d]*\d[\W\d]*$")
#: pages of one article that are followed at most
MOST = 30


def further_pages(doc: Document, selector: str | None = None) -> tuple[tuple[str, ...], str | None]:
    """URLs of the article's further pages in order, and of a view of the whole when it is one part of several.

    A link counts when it says 下一页 or is one of a row of page numbers, and its URL is this page's with a page
    number in it: page rows of comments and lists lead elsewhere. A printed view counts only beside further pages.
    """
    page = doc.page
    links = _links(doc) if selector or _may_go_on(doc) else []
    if selector:
        chosen = [_resolved(element.get("href") or "", page.final_url) for element in CSSSelector(selector)(doc.root)]
        ruled = tuple(dict.fromkeys(url for url in chosen if url and url != page.final_url))[:MOST]
        return ruled, _printed(page.final_url, links) if ruled else None
    further, full = _numbered(page.final_url, links)
    return further, full or (_printed(page.final_url, links) if further else None)


def _may_go_on(doc: Document) -> bool:
    """True when a line with a link in it has one of the words, or is a row of numbers; most pages have none, and
    looking at their links costs a twentieth of the reading (measured)."""
    return any(block.links and _LEADS.search(block.text) for block in doc.blocks)


def _links(doc: Document) -> list[tuple[str, str]]:
    """(text, href) of the links that may lead to another view or page of the article."""
    links: list[tuple[str, str]] = []
    for element in doc.root.iter("a"):
        text = element.text or (element[0].text if len(element) else None)
        if text is None or len(text) > 40 or not _HINT.search(text) or not _WORD.search(text):
            continue
        text, href = fold(text).strip(), element.get("href") or ""
        if len(text) <= 12 and href and not href.startswith(("javascript:", "#")):
            links.append((text, href))
    return links


def _numbered(here: str, links: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], str | None]:
    """Further pages in order, and the full view."""
    full: str | None = None
    numbered: dict[int, str] = {}
    following: str | None = None
    stem, name = _last_part(here), here.partition("?")[0].rpartition("/")[2]
    for text, href in links:
        # resolving a URL costs a hundred times this test, and ranks of articles (1, 2, 3) are many
        path, asked, _ = href.partition("?")
        if not (stem in path or (asked and (not path or path.endswith(name))) or "page" in href.lower()):
            continue
        if not (_NEXT.match(text) or _ALL.match(text) or _NUMBER.match(text)):
            continue
        url = _resolved(href, here)
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
    return tuple(dict.fromkeys(url for url in wanted if url != here))[:MOST], full


def _printed(here: str, links: Sequence[tuple[str, str]]) -> str | None:
    """The printed view: a link that says so, on the site, whose URL names the article as this page's does."""
    for text, href in links:
        if not _PRINT.match(text):
            continue
        url = _resolved(href, here)
        if url and url != here and same_site(here, url) and not url.lower().endswith(".pdf") and _names(here, url):
            return url
    return None


def _names(here: str, other: str) -> bool:
    """True when what tells the article of `here` from others (the file's name, a number in it or asked for) is in
    `other`."""
    path, _, query = re.sub(r"^https?://[^/]+|#.*$", "", here).partition("?")
    name = _last_part(re.sub(r"/(?:index|content)(?:\.[a-z]{3,6})?$", "", path, flags=re.I))
    told = {name, *re.findall(r"\d{3,}$", name), *(value.partition("=")[2] for value in query.split("&"))}
    rest = re.sub(r"^https?://[^/]+", "", other)
    return any(
        re.search(r"\d", word) and re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", rest)
        for word in told
    )


def _last_part(url: str) -> str:
    """What the URLs of one article's pages share: the last part of the path without ending and page number."""
    part = re.sub(r"[?#].*$", "", url).rstrip("/").rpartition("/")[2]
    return re.sub(r"(?:[_-](?:p|page)?\d{1,2})?(?:\.[a-z]{3,6})?$", "", part, flags=re.I)


def _resolved(href: str, base: str) -> str | None:
    try:
        return canonical(href, base)
    except ValueError:
        return None


def is_sibling(first: str, other: str) -> bool:
    """True when `other` is another page of the article at `first`: the same URL but for a page number added or changed
    (x_2.html, x-3.html, x/2, x?page=2), or for the word of a full view (x_all.html, x_s.html)."""
    if not same_site(first, other) or first == other:
        return False
    return bool({path for path, _ in _readings(first)} & {path for path, number in _readings(other) if number})


_ENDING = re.compile(r"(?:[_-](?:p|page)?(\d{1,2}|all|full|s)|/(\d{1,2}))(\.[a-z]{3,6})?$", re.I)
_QUERY = re.compile(r"(?:^|&)(?:p|page|pn|pageno|page_no|currpage|cpage|pageindex|all)=([\w-]*)", re.I)


def _readings(url: str) -> list[tuple[str, str]]:
    """(URL without a page number, page number): as it stands, and with the number that its end may be."""
    rest = re.sub(r"^https?://(?:www\.)?", "", url).split("#")[0]
    path, _, query = rest.partition("?")
    number = ""
    found = _QUERY.search(query)
    if found:
        number, query = found[1] or "1", _QUERY.sub("", query).strip("&")
    readings = [(f"{_stem(path)}?{query}", number)]
    ending = _ENDING.search(path)
    if ending:
        stem = path[: ending.start()] + (ending[3] or "")
        readings.append((f"{_stem(stem)}?{query}", number + (ending[1] or ending[2])))
        # x/2 is the second page of x.html, too
        readings.append((f"{path[: ending.start()]}?{query}", number + (ending[1] or ending[2])))
    return readings


def _stem(path: str) -> str:
    return re.sub(r"(?:/index(?:\.[a-z]{3,6})?|/)$", "", path)


def stitch(readings: Sequence[Extraction]) -> Article:
    """One article of its pages, in order, what several repeat (head, standfirst, last lines) once.

    Fields are the first page's; what it lacks is taken from the others; editors and authors are all pages' together.
    Raises ValueError on no readings.
    """
    if not readings:
        raise ValueError("stitch needs at least one reading")
    articles = [reading.article for reading in readings]
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
            # a short line may rightly come twice (a section number, 三), a paragraph does not
            if len(key) >= 12 and key in seen:
                continue
            seen.add(key)
            lines.append(line)
    return _joined(first, articles, clean_lines("\n".join(lines)))


def holds(whole: Article, part: Article) -> bool:
    """True when nearly all paragraphs of `part` are in `whole`, which is longer: a full view of the article."""
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
