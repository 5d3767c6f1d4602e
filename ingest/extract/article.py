"""Extraction of the article of one page: the order of the steps, and the estimate of the result's quality.

The steps are: parse the page, check whether it has an article, mark boilerplate, find the region and the headline,
clean the text. If the text is short, <noscript> elements and scripts are searched for an article too. A text of low
quality is compared with trafilatura's, unless a site rule or a script supplied it. Unusable results are refused.
Metadata and links to further pages follow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from lxml.cssselect import CSSSelector
from lxml.etree import _Element

from ingest.errors import ExtractError, RedirectError
from ingest.extract import embedded_json, fallback, title
from ingest.extract.article_fields import Fields
from ingest.extract.body_region import Region, mark_boilerplate, region
from ingest.extract.body_text import Body, body_of, is_prose, is_sentence, squash
from ingest.extract.dom import Block, Document, document
from ingest.extract.line_kinds import is_boilerplate, is_dateline
from ingest.extract.page_type import canonical_url, frame_of, refuse_early, refuse_late
from ingest.extract.pagination import further_pages
from ingest.extract.site_rules import Rulebook, rulebook
from ingest.pipeline_types import Extraction, Page, SiteRules
from ingest.zh.character_normalization import fold
from ingest.zh.seed_format import clean_lines
from store.records import Article

#: minimum number of letters and digits of an article; a news flash of one sentence has about 50. Not measured.
SHORTEST = 30
#: A text of a quality below DOUBT is compared with trafilatura's, unless a site rule or a script supplied it. A text of a
#: quality below FLOOR is "unreadable".
#: Measured: no fixture article scores below 0.5. About 1 in 20 fixture pages was compared when DOUBT was 0.75.
DOUBT, FLOOR = 0.6, 0.25
#: Two headlines are the same if the longer one has at least this share of the shorter one's character pairs. Not
#: measured.
ALIKE = 0.6
#: maximum number of letters and digits of a summary. Not measured; the longest descriptions of the labelled pages have
#: about 200.
SUMMARY = 300
#: Characters of text below which the <noscript> elements and scripts of the page are searched for an article. A page
#: without an article is "too-short" if it has fewer characters outside boilerplate, no list, frame or video, and few
#: pictures.
THIN = 200


#: ids of the <div> in which a script (React, Vue) displays the content of a page; the HTML then lacks the full text
_APP = frozenset(("app", "root", "__next", "__nuxt", "__layout", "main-app"))
_SUMMARY_NAME = re.compile(
    r"(?:^|[\s_-])(?:summary|abstract|zhaiyao|daodu|daoyu|excerpt|news-?desc|art(?:icle)?[_-]?(?:desc|digest))(?:$|[\s_-])",
    re.I,
)
#: class or id of an element with an introduction; the text is only a summary if a link to the whole text follows
_INTRODUCTION_NAME = re.compile(
    r"(?:^|[\s_-])(?:intro(?:duction)?|lead|teaser|preview|desc(?:ription)?|brief)(?:$|[\s_-])", re.I
)
#: number of lines below a text in which a link to the whole text is searched. Not measured.
NEAR_LINK = 4
#: A <noscript> element; group 1 is its content. The possessive quantifiers keep the time linear for a page with 10,000
#: <noscript> tags without an end tag.
_NOSCRIPT = re.compile(r"<noscript\b[^<>]{0,2000}>((?:[^<]++|<(?!/?noscript\b))*+)</noscript\s*>", re.I)


@dataclass(slots=True)
class Attempt:
    """One extraction attempt: the body that was found and its quality (0 to 1)."""

    doc: Document
    where: Region
    head: title.Title | None
    body: Body
    text: str
    quality: float
    #: whether the text is from a script's field whose name means a summary
    summary: bool = False


def extract(page: Page, rules: SiteRules = SiteRules(), *, home: Path | None = None) -> Extraction:  # noqa: B008
    """Extract the article of one page.

    `rules` have priority over the rules for the page's site in the working folder `home`. Raises ExtractError with the
    code not-article, error-page, block-page, login-page, too-short, summary-only, unreadable or too-large. Raises
    RedirectError if the text is in a frame or the page only redirects.
    """
    answer = embedded_json.wrap_api_response(page.text)
    doc = document(replace(page, text=answer) if answer else page)
    book = rulebook(home)
    site = book.site(page.final_url)
    rules = _merged(rules, site.rules if site else SiteRules())
    refusal = _refusal(doc)
    best = _attempt(doc, book, rules, site.host if site else "source")
    if (best is None or len(best.text) < THIN) and (shown := _without_scripts(page)):
        inner = _attempt(shown, book, rules, site.host if site else "source")
        if inner is not None and len(inner.text) > 1.5 * (len(best.text) if best else 0):
            doc, best, refusal = shown, inner, _refusal(shown)
    if best is None or len(best.text) < THIN or refusal:
        best = _from_scripts(doc, book, best)
    if best is None or (refusal and best.doc is doc):
        raise refusal or _unreadable(doc)
    if best.quality < DOUBT and best.doc is doc and not best.where.method.startswith("rule"):
        best = _cross_checked(best)
    _check(best)
    return Extraction(_article(best, rules), *further_pages(doc, rules.next_page), canonical=canonical_url(doc))


def stated_url(page: Page) -> str | None:
    """Return the canonical URL that a page states, if it is on the same site and not a home page; else None.

    Raises ExtractError for a page that cannot be parsed.
    """
    return canonical_url(document(page))


def _without_scripts(page: Page) -> Document | None:
    """Return the page with its <noscript> elements displayed; None if each has at most THIN characters of HTML."""
    if not any(len(found[1]) > THIN for found in _NOSCRIPT.finditer(page.text)):
        return None
    return document(replace(page, text=_NOSCRIPT.sub(r"<div>\1</div>", page.text)))


def _refusal(doc: Document) -> ExtractError | None:
    try:
        refuse_early(doc)
    except ExtractError as error:
        return error
    return None


def _unreadable(doc: Document) -> ExtractError:
    framed = frame_of(doc)
    if framed:
        return RedirectError(doc.page.final_url, framed)
    if doc.videos or doc.images > 3:
        return ExtractError(
            doc.page.final_url, "not-article", f"no text, {doc.videos} videos and {doc.images} pictures"
        )
    linked = sum(1 for block in doc.blocks if block.link_share > 0.5 and block.size >= 6)
    if linked >= 10:
        return ExtractError(doc.page.final_url, "not-article", f"a list: {linked} linked lines and no text")
    size = sum(block.size for block in doc.blocks if not block.boilerplate)
    if size < THIN and not doc.flattened:
        return ExtractError(doc.page.final_url, "too-short", f"{size} characters on the page and no article text")
    return ExtractError(doc.page.final_url, "unreadable", "no line of the page is article text")


def _check(found: Attempt) -> None:
    """Raise ExtractError if the text is not an article, is only a summary, is too short, or has a low quality.

    Raise RedirectError instead if the text is too short or has a low quality, and a frame may contain the article.
    """
    url = found.doc.page.final_url
    refuse_late(found.doc, found.body, found.head is not None and found.head.block not in (-1, *found.body.kept))
    if summary := _summary(found):
        raise ExtractError(url, "summary-only", summary)
    length = len(squash(found.text))
    if (length < SHORTEST or found.quality < FLOOR) and (framed := frame_of(found.doc)):
        raise RedirectError(url, framed)
    if length < SHORTEST and not any(is_sentence(found.doc.blocks[i]) for i in found.body.kept):
        raise _unreadable(found.doc)
    if length < SHORTEST:
        raise ExtractError(url, "too-short", f"the text has {length} characters, the minimum is {SHORTEST}")
    if found.quality < FLOOR:
        raise ExtractError(
            url, "unreadable", f"the quality of the extracted text is {found.quality:.2f}, the minimum is {FLOOR}"
        )


def _summary(found: Attempt) -> str | None:
    """Return why the text is only a summary of the article; None if it is not a summary.

    A summary has at most SUMMARY letters and digits and meets one of these conditions: its elements are named as an
    introduction, and a link to the whole text follows; its script field is named as a summary; its elements are named
    as a summary, and it is not longer than a description of the page that it contains; it is one line that breaks off
    below a linked headline; it nearly equals the page's description, and breaks off or is on a page whose content a
    script inserts. A news flash may equal its description, but is an article.
    """
    doc, text = found.doc, squash(found.text)
    if len(text) > SUMMARY:
        return None
    below = doc.blocks[found.body.last + 1 : found.body.last + 1 + NEAR_LINK] if found.body.kept else []
    if any(map(_leads_to_text, below)) and all(_named_so(doc, i, _INTRODUCTION_NAME) for i in found.body.kept):
        return f"{len(text)} characters in an element named introduction, above a link to the text"
    if found.summary:
        return f"a field with a summary of {len(text)} characters in a script, and no text"
    stated = [
        squash(fold(value)) for key in ("description", "og:description") for value in doc.metas.get(key, ()) if value
    ]
    longer = any(len(value) >= 40 and value in text and len(text) > 1.2 * len(value) for value in stated)
    if not longer and all(_named_so(doc, i, _SUMMARY_NAME) for i in found.body.kept):
        return f"{len(text)} characters in an element named summary, and no text"
    broken = re.search(r"(?:…|\.{3}|\[详细\]|\[全文\])\W*$", found.text) is not None
    head = found.head.block if found.head else -1
    if broken and len(found.body.kept) == 1 and head >= 0 and doc.blocks[head].link_share >= 0.5:
        return f"{len(text)} characters below a linked headline, which break off"
    own = any(
        len(value) >= 40 and (text in value or value in text) and len(text) < 1.2 * len(value) for value in stated
    )
    if own and (broken or any(element.get("id") in _APP for element in doc.root.iter("div"))):
        return f"{len(text)} characters that equal the page's description, and no text"
    return None


def _leads_to_text(block: Block) -> bool:
    """Return whether a line is a link to the whole text: 阅读全文, 查看全文>>."""
    return (
        block.link_share > 0.8
        and re.fullmatch(r"\W*(?:点击)?(?:阅读|查看|浏览|展开)?(?:全文|原文|余下全文)\W*", block.key) is not None
    )


def _named_so(doc: Document, index: int, name: re.Pattern[str]) -> bool:
    """Return whether the class or id of one of the three innermost elements around block `index` matches `name`."""
    at = doc.blocks[index].node
    for _ in range(3):
        if at < 0:
            return False
        element = doc.nodes[at].element
        if name.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            return True
        at = doc.nodes[at].parent
    return False


def _merged(mine: SiteRules, site: SiteRules) -> SiteRules:
    return SiteRules(**{name: getattr(mine, name) or getattr(site, name) for name in SiteRules.__dataclass_fields__})


def _select(doc: Document, selector: str | None) -> list[_Element]:
    return CSSSelector(selector)(doc.root) if selector else []


def _attempt(doc: Document, book: Rulebook, rules: SiteRules, rule_source: str = "source") -> Attempt | None:
    mark_boilerplate(doc, book)
    for selector in rules.remove:
        _remove(doc, _select(doc, selector))
    chosen = _select(doc, rules.body)
    where = region(doc, book, chosen[0] if chosen else None)
    if where is None:
        return None
    if where.method == "rule":
        where.method = f"rule:{rule_source}"
    head, start = _headline(doc, where, rules)
    body = body_of(doc, where, start, head.text if head else "")
    if not body.kept:
        return None
    text = clean_lines("\n".join(body.lines))
    return Attempt(doc, where, head, body, text, _quality(doc, where, head, body, text))


def _remove(doc: Document, elements: list[Any]) -> None:
    gone = set(elements)
    for node in doc.nodes:
        if node.element in gone:
            for block in doc.blocks[node.start : node.end]:
                block.boilerplate = "rule"


def _headline(doc: Document, where: Region, rules: SiteRules) -> tuple[title.Title | None, int]:
    """Return (headline or None, index of the first block in which the text is searched)."""
    span = range(where.start, where.end)
    first = next(
        (i for i in span if doc.blocks[i].size >= 40 and not doc.blocks[i].heading and is_sentence(doc.blocks[i])), None
    )
    if first is None:
        first = next((i for i in span if not doc.blocks[i].heading and is_prose(doc.blocks[i])), where.start)
    head = title.title_of(doc, first, 0)
    named = _select(doc, rules.title)
    if named:
        text = " ".join("".join(named[0].itertext()).split())
        head = title.Title(text, "rule", head.block if head else -1) if text else head
    if head is not None and 0 <= head.block < first:
        return head, head.block + 1
    return head, where.start


def _quality(doc: Document, where: Region, head: title.Title | None, body: Body, text: str) -> float:
    """Return an estimate of the quality, 0 to 1.

    The quality depends on the method that found the region and, without a site rule, on the share of the page's prose
    that is in the body. It is lower if no headline is displayed, if the text is short, or if the text does not contain 。.
    """
    prose = sum(block.size for block in doc.blocks if is_sentence(block)) or 1
    inside = sum(doc.blocks[i].size for i in body.kept if is_sentence(doc.blocks[i]))
    found = {"rule": 1.0, "container": 0.95, "density": 0.85}[where.method.split(":")[0]]
    share = 1.0 if where.method.startswith("rule") else min(1.0, inside / prose / 0.8)
    value = found * (0.5 + 0.5 * share)
    if head is None or head.block < 0:
        value -= 0.1
    if len(text) < 120:
        value -= 0.15
    if not any("。" in line for line in body.lines):
        value -= 0.15
    return round(max(0.0, min(1.0, value)), 3)


def _from_scripts(doc: Document, book: Rulebook, best: Attempt | None) -> Attempt | None:
    """Return the article in a script of the page if it is at least 1.5 times as long as `best`, else `best`.

    `best`: the article in the HTML, or None.
    """
    found = embedded_json.from_scripts(doc, partial(_belongs, doc, best))
    if found is None:
        return best
    page = doc.page
    inner = document(replace(page, text=embedded_json.as_html(found)))
    inner_attempt = _attempt(inner, book, SiteRules())
    if inner_attempt is None or (best is not None and len(inner_attempt.text) < 1.5 * len(best.text)):
        return best
    inner_attempt.where.method = "script"
    inner_attempt.summary = found.summary
    if inner_attempt.head is None or not inner_attempt.head.text:
        inner_attempt.head = title.title_of(doc, len(doc.blocks) - 1, 0)
    inner_attempt.quality = max(inner_attempt.quality, 0.7)
    return inner_attempt


def _belongs(doc: Document, best: Attempt | None, found: embedded_json.EmbeddedArticle) -> bool:
    """Return whether an article in a script is the article of the page.

    The headline of the script's article must be similar to a headline of the page. If the script has no headline, the
    article must contain the beginning of the displayed text. If the page has no headline, or no text for the second
    comparison, the article is accepted. A summary is rejected if the displayed text is long enough for an article.
    """
    if found.summary and best is not None and len(squash(best.text)) >= SHORTEST:
        return False  # the page shows enough text, and a summary is not better
    headlines = [claim for _, claim in title.claims(doc) if not title.names_the_site(claim)]
    headlines += [block.text for block in doc.blocks if block.heading in (1, 2) and block.link_share < 0.5]
    if best is not None and best.head is not None:
        headlines.append(best.head.text)
    named = [squash(headline) for headline in headlines]
    named = [headline for headline in named if len(headline) >= 4]
    stated = squash(fold(found.fields.get("title", "")))
    if named and len(stated) >= 4:
        return any(_alike(stated, headline) for headline in named)
    if best is None or not named:
        return True
    beginning = squash(best.text)[:20]
    return beginning in squash(found.content[:20_000])


def _alike(first: str, second: str) -> bool:
    """Return whether two texts are forms of one headline: one contains the other, or they share most character pairs.

    A contained text must have at least 6 characters or half the length of the other text.
    """
    shorter, longer = sorted((first, second), key=len)
    if shorter in longer:
        return len(shorter) >= 6 or len(shorter) * 2 >= len(longer)
    pairs, others = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (shorter, longer))
    return len(pairs & others) >= ALIKE * len(pairs)


def _cross_checked(found: Attempt) -> Attempt:
    """Check a doubtful result against trafilatura's.

    If trafilatura and the text density agree on a longer text without a list of links, that text is returned. Otherwise
    `found` is returned; its quality is raised if trafilatura agrees with it.
    """
    doc = found.doc
    theirs = fallback.blocks_of(doc, fallback.trafilatura_lines(doc))
    if doc.another is not None:
        theirs = [i for i in theirs if i < doc.another]
    if found.head is not None:
        theirs = [i for i in theirs if i > found.head.block]  # trafilatura may return the headline as a line of text
    theirs = [i for i in theirs if not (is_dateline(doc.blocks[i].key) or is_boilerplate(doc.blocks[i].key))]
    mine = set(found.body.kept)
    if not theirs:
        return found
    shared = sum(doc.blocks[i].size for i in theirs if i in mine)
    total = sum(doc.blocks[i].size for i in theirs) or 1
    own = sum(doc.blocks[i].size for i in mine) or 1
    if shared >= 0.7 * own and total <= 1.3 * own:
        found.quality = min(1.0, found.quality + 0.15)
        return found
    dense = fallback.densest(doc)
    node = doc.nodes[dense] if dense is not None else None
    agree = node is not None and sum(doc.blocks[i].size for i in theirs if node.start <= i < node.end) >= 0.7 * total
    linked = sum(1 for block in doc.blocks[theirs[0] : theirs[-1]] if block.link_share > 0.8 and block.size >= 8)
    if agree and total > 1.3 * own and linked <= 2:
        lines = [doc.blocks[i].text for i in theirs]
        body = replace(found.body, lines=lines, kept=theirs, first=theirs[0], last=theirs[-1])
        where = replace(found.where, method="trafilatura")
        return Attempt(doc, where, found.head, body, clean_lines("\n".join(lines)), max(found.quality, 0.5))
    return found


def _article(found: Attempt, rules: SiteRules) -> Article:
    doc, body, head = found.doc, found.body, found.head
    forced = {}
    for name in ("published", "source", "authors", "editors"):
        chosen = _select(doc, getattr(rules, name))
        if chosen:
            forced[name] = " ".join("".join(chosen[0].itertext()).split())
    fields = Fields(doc, body, head, forced)
    published, medium, authors, editors = fields.published(), fields.source(), fields.authors(), fields.editors()
    origins = dict(fields.origins)
    if head:
        origins["title"] = head.origin
    return Article(
        url=doc.page.final_url,
        title=head.text if head else found.text.split("\n")[0][:60],
        text=found.text,
        fetched_at=doc.page.fetched_at,
        published=published,
        source=medium,
        authors=authors,
        editors=editors,
        captions=tuple(fold(caption) for caption in body.captions),
        original_title=title.original_of(doc, body),
        origins=origins,
        method=found.where.method,
        quality=found.quality,
    )
