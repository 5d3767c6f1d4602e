"""read: Page -> Reading. The order of the steps, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml.cssselect import CSSSelector

from ingest.errors import ReadError
from ingest.model import Page, Reading, ReadRules
from ingest.read import credits, dates, source, title
from ingest.read.body import Region, mark_furniture, region
from ingest.read.clean import Body, body_of, is_prose, is_sentence, squash
from ingest.read.document import Document, document
from ingest.read.pages import further_pages
from ingest.read.rules import rulebook
from ingest.text import clean_lines, fold
from store.records import Article, Credit

#: characters an article has at least; a news flash of one sentence has 60. Not measured.
SHORTEST = 40
#: blocks around the text in which its dateline and credits are looked for
ABOVE, BELOW = 40, 14


def read(page: Page, rules: ReadRules = ReadRules(), *, home: Path | None = None) -> Reading:  # noqa: B008
    """One page read as an article.

    Raises ReadError whose code says why not: not-article, error-page, block-page, login-page, too-short,
    unreadable, too-large.
    """
    doc = document(page)
    book = rulebook(home)
    site = book.site(page.final_url)
    rules = _merged(rules, site.rules if site else ReadRules())
    mark_furniture(doc, book)
    where = region(doc, book, _first(doc, rules.body))
    if where is None:
        raise ReadError(page.final_url, "unreadable", "no line on the page reads like an article")
    head, start = _headline(doc, where)
    body = body_of(doc, where, start, head.text if head else "")
    text = clean_lines("\n".join(body.lines))
    if len(squash(text)) < SHORTEST:
        raise ReadError(page.final_url, "too-short", f"{len(squash(text))} characters of text, at least {SHORTEST} make an article")
    fields = _Fields(doc, where, body, head, page)
    return Reading(_article(page, head, text, body, where, fields), further_pages(doc))


def _merged(mine: ReadRules, site: ReadRules) -> ReadRules:
    return ReadRules(**{name: getattr(mine, name) or getattr(site, name) for name in ReadRules.__dataclass_fields__})


def _first(doc: Document, selector: str | None) -> Any | None:
    if not selector:
        return None
    found = CSSSelector(selector)(doc.root)
    return found[0] if found else None


def _headline(doc: Document, where: Region) -> tuple[title.Title | None, int]:
    """The headline and the block from which on the text is looked for."""
    first = next((i for i in range(where.start, where.end) if doc.blocks[i].size >= 40 and is_sentence(doc.blocks[i]) and not doc.blocks[i].heading), None)
    if first is None:
        first = next((i for i in range(where.start, where.end) if is_prose(doc.blocks[i]) and not doc.blocks[i].heading), where.start)
    head = title.title_of(doc, first, 0)
    start = where.start
    if head is not None and where.start <= head.block < first:
        start = head.block + 1
    return head, start


class _Fields:
    """Date, source, authors and editors of a page whose body is known."""

    def __init__(self, doc: Document, where: Region, body: Body, head: title.Title | None, page: Page) -> None:
        self.doc, self.body, self.page = doc, body, page
        self.zone = dates.zone_of(page.zone)
        top = head.block if head and head.block >= 0 else max(0, body.first - 12)
        self.top = top
        self.above = [i for i in range(max(0, top - 6), body.first) if i != top]
        self.below = [i for i in range(body.last + 1, min(body.last + 1 + BELOW, len(doc.blocks)))]
        self.origins: dict[str, str] = {}
        self.year = _copyright_year(doc)

    def published(self) -> str | None:
        for origin, value in self._dates():
            if value:
                self.origins["published"] = origin
                return value
        return None

    def _dates(self) -> Iterator[tuple[str, str | None]]:
        fetched, zone = self.page.fetched_at, self.zone
        shown = [(i, stamp) for i in self.above if (stamp := self._stamp(i))]
        plain = [s for i, s in shown if not re.search("更新|修改|截止|截至", self.doc.blocks[i].text[: s.start])]
        best = next((s for s in plain if s.timed), plain[0] if plain else None)
        machine = list(self._machine_dates())
        if best:
            for origin, value in machine:
                if value[:10] == best.iso[:10] and len(value) > len(best.iso):
                    yield origin, value
            yield "dateline", best.iso
        yield from machine
        for i in self.below:
            stamp = self._stamp(i)
            if stamp and re.search("发布|时间|日期|来源", self.doc.blocks[i].text):
                yield "tail", stamp.iso
        if shown:
            yield "dateline", shown[0][1].iso
        yield "url", dates.from_url(self.page.final_url, fetched)

    def _stamp(self, index: int) -> dates.Stamp | None:
        block = self.doc.blocks[index]
        if block.size > 160 or block.furniture in ("comments", "related", "footer"):
            return None
        fetched, zone = self.page.fetched_at, self.zone
        found = dates.find(block.text, fetched, zone, year=self.year)
        return found or dates.find(" ".join(piece for piece, _ in block.pieces), fetched, zone, year=self.year)

    def _machine_dates(self) -> Iterator[tuple[str, str]]:
        fetched, zone = self.page.fetched_at, self.zone
        for key, origin in (("pubdate", "gov-meta"), ("publishdate", "gov-meta"), ("article:published_time", "og"), ("og:release_date", "og"),
                            ("datepublished", "meta"), ("weibo: article:create_at", "meta"), ("publish_time", "meta"), ("firstcreatedtime", "gov-meta")):  # fmt: skip
            for value in self.doc.metas.get(key, ()):
                found = dates.from_meta(fold(value), fetched, zone)
                if found:
                    yield origin, found
        for item in _json_ld(self.doc):
            found = dates.from_meta(str(item.get("datePublished") or item.get("pubDate") or ""), fetched, zone)
            if found:
                yield "json-ld", found

    def source(self) -> str | None:
        for origin, value in self._sources():
            if value and not source.is_empty(value):
                self.origins["source"] = origin
                return value
        return None

    def _sources(self) -> Iterator[tuple[str, str | None]]:
        blocks = self.doc.blocks
        for i in self.above:
            if blocks[i].furniture not in ("comments", "related", "footer"):
                yield "dateline", source.labelled([p for p, _ in blocks[i].pieces] or [blocks[i].text])
        for key in ("contentsource", "source", "mediaid", "article:source"):
            for value in self.doc.metas.get(key, ()):
                yield "gov-meta", source.labelled([fold(value)]) or source.tidy(fold(value))
        for i in self.above:
            stamp = self._stamp(i)
            if stamp and blocks[i].size < 100 and blocks[i].link_share < 0.7 and i >= self.top:
                yield "dateline", source.unlabelled([p for p, _ in blocks[i].pieces], blocks[i].text[stamp.start : stamp.end])
        for mark in self.doc.marks:
            if mark.kind == "source" and abs(mark.block - self.top) < 8:
                text = fold(" ".join("".join(mark.element.itertext()).split()))
                yield "named", source.labelled([text]) or source.tidy(text)
        for i in [*self.body.kept[-3:], *self.below]:
            yield "tail", source.labelled([p for p, _ in blocks[i].pieces] or [blocks[i].text])

    def authors(self) -> tuple[Credit, ...]:
        blocks = self.doc.blocks
        found: list[Credit] = []
        for i in self.above:
            if not blocks[i].furniture:
                match = re.search(r"(?:作\s*者|记\s*者|通讯员|撰文|采写)\s*[:/丨|]?\s*([^|]{2,40})", blocks[i].text)
                if match:
                    found += credits.author_value(match.group() if "记者" in match.group() else match[1])
        texts = self.body.lines
        for text in texts[:4]:
            found += credits.authors_in_line(text)
        for text in texts[-4:]:
            found += credits.authors_in_line(text) if text not in texts[:4] else []
            found += credits.authors_in_tail(text)
        for text in self.body.credits:
            found += credits.authors_in_line(text)
        unique = {credit.name: credit for credit in reversed(found)}
        return tuple(dict.fromkeys(unique[credit.name] for credit in found))

    def editors(self) -> tuple[str, ...]:
        found: list[str] = []
        for i in [*self.above, *self.body.kept[-5:], *self.below]:
            block = self.doc.blocks[i]
            if block.furniture in ("comments", "related"):
                continue
            found += [name for name in credits.editors_in(block.text) if name not in found]
        for text in self.body.credits:
            found += [name for name in credits.editors_in(text) if name not in found]
        return tuple(found)


def _copyright_year(doc: Document) -> int | None:
    """The last year in the page's copyright line: the year of dates that state none, when the page is an old one."""
    for block in reversed(doc.blocks[-40:]):
        found = re.search(r"(?:©|\(C\)|Copyright)\D{0,30}(?:(?:19|20)\d\d\s*[-~至]\s*)?(20\d\d)", block.text, re.I)
        if found:
            return int(found[1])
    return None


def _json_ld(doc: Document) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for script in doc.root.iter("script"):
        if script.get("type") == "application/ld+json" and script.text:
            try:
                data = json.loads(script.text, strict=False)
            except ValueError:
                continue
            items = data if isinstance(data, list) else data.get("@graph", [data]) if isinstance(data, dict) else []
            found += [item for item in items if isinstance(item, dict)]
    return found


def _article(page: Page, head: title.Title | None, text: str, body: Body, where: Region, fields: _Fields) -> Article:
    published, medium = fields.published(), fields.source()
    authors, editors = fields.authors(), fields.editors()
    origins = dict(fields.origins)
    if head:
        origins["title"] = head.origin
    return Article(
        url=page.final_url, title=head.text if head else text.split("\n")[0][:60], text=text, fetched_at=page.fetched_at,
        published=published, source=medium, authors=authors, editors=editors, captions=tuple(body.captions),
        origins=origins, method=where.method, quality=1.0,
    )  # fmt: skip
