"""Write chosen articles as a clipping (剪报): a .docx file (Office Open XML, ECMA-376) ready to forward.

The layout follows official documents (GB/T 9704): A4, titles in 宋体 of 22 points, text in 仿宋 of 16 points with lines
of 28 points and two characters of indentation, page numbers at the foot.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ingest.atomic_write import atomic_write
from ingest.deliver.docx_fixed_parts import (
    CONTENT_TYPES,
    DOCUMENT_CLOSE,
    DOCUMENT_OPEN,
    FOOTER,
    PACKAGE,
    STYLES,
    relations,
)
from ingest.digest import format_zh
from ingest.digest.compose import FACT_TEXT, HEADINGS
from ingest.digest.render import link
from store.fact_kinds import KINDS
from store.masking import Masked
from store.records import ArticleView, Fact


def write_clipping(path: Path, articles: Iterable[Masked[ArticleView]], made_at: datetime) -> int:
    """Write the articles into a .docx file; return their number. `made_at` is in the zone of the reader.

    The file is written atomically. Raises OSError when it cannot be written.
    """
    views = [article.value for article in articles]
    urls = list(dict.fromkeys(link(view.revision.content.url) for view in views))
    with atomic_write(path) as new, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", PACKAGE)
        archive.writestr("word/styles.xml", STYLES)
        archive.writestr("word/footer1.xml", FOOTER)
        archive.writestr("word/_rels/document.xml.rels", relations(urls).encode("utf-8", "replace"))
        with archive.open("word/document.xml", "w") as document:
            for part in _document(views, urls, made_at):
                document.write(part.encode("utf-8", "replace"))
    return len(views)


def _document(views: Sequence[ArticleView], urls: Sequence[str], made_at: datetime) -> Iterator[str]:
    yield DOCUMENT_OPEN
    yield _paragraph("所闻剪报", "Title")
    day = format_zh.day_in_words(made_at.date())
    yield _paragraph(f"{day} 共{len(views)}篇" if len(views) > 1 else day, "Origin")
    if len(views) > 1:
        for number, view in enumerate(views, start=1):
            yield _paragraph(f"{number}. {_title(view)}（{'，'.join(_origin(view)[:2])}）", "Contents")
    for number, view in enumerate(views, start=1):
        yield from _article(view, urls, new_page=len(views) > 1 or number > 1)
    yield DOCUMENT_CLOSE


def _article(view: ArticleView, urls: Sequence[str], *, new_page: bool) -> Iterator[str]:
    """Yield an article as XML: title, origin, URL, text, and the facts of the station card with their quotes."""
    content = view.revision.content
    yield _paragraph(_title(view), "Heading1", new_page=new_page)
    yield _paragraph(" ".join(_origin(view)), "Origin")
    yield _address(content.url, urls)
    for line in content.text.split("\n"):
        if line.strip():
            yield _paragraph(line, "")
    rows = [
        (HEADINGS[fact.kind], text, f"“{fact.quote}”")
        for fact in view.facts
        if KINDS[fact.kind].card_row and (text := _text(fact))
    ]
    if rows:
        yield _paragraph("文中数据", "Heading2")
        yield _table(rows)


def _title(view: ArticleView) -> str:
    return format_zh.on_one_line(view.revision.content.title) or "（无题）"


def _origin(view: ArticleView) -> list[str]:
    """Return publisher, date and authors, as far as they are known."""
    content = view.revision.content
    authors = " ".join(dict.fromkeys(credit.name for credit in content.authors))
    parts = (content.source or view.revision.site, format_zh.dated(content.published or ""), authors)
    return [part for part in parts if part]


def _text(fact: Fact) -> str:
    return FACT_TEXT[fact.kind]({**fact.fields, "quote": fact.quote}).strip()


def _shown(text: str) -> str:
    return escape(format_zh.full_width(format_zh.on_one_line(text)))


def _paragraph(text: str, style: str, *, new_page: bool = False) -> str:
    name = f"<w:pStyle w:val={quoteattr(style)}/>" if style else ""
    page = "<w:pageBreakBefore/>" if new_page else ""
    return f'<w:p><w:pPr>{name}{page}</w:pPr><w:r><w:t xml:space="preserve">{_shown(text)}</w:t></w:r></w:p>'


def _address(url: str, urls: Sequence[str]) -> str:
    """Return the paragraph of a URL, as a link if the URL is http or https."""
    run = f'<w:r><w:t xml:space="preserve">{escape(format_zh.on_one_line(url))}</w:t></w:r>'
    if link(url):
        run = f'<w:hyperlink r:id="link{urls.index(link(url))}">{run}</w:hyperlink>'
    return f'<w:p><w:pPr><w:pStyle w:val="Address"/></w:pPr>{run}</w:p>'


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    """Return a table of label, value and quote."""
    widths = (1400, 2900, 4772)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    lines = "".join(
        "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
        + "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(text, "Cell")}</w:tc>'
            for width, text in zip(widths, row, strict=True)
        )
        + "</w:tr>"
        for row in rows
    )
    layout = (
        '<w:tblPr><w:tblStyle w:val="Facts"/><w:tblW w:w="9072" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
    )
    return f"<w:tbl>{layout}<w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>" + _paragraph("", "Cell")
