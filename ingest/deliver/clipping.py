"""Write chosen articles as a clipping (剪报): a .docx file (Office Open XML, ECMA-376) ready to forward."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from ingest.digest import labels_zh
from ingest.digest.compose import FACT_TEXT, HEADINGS
from store.fact_kinds import KINDS
from store.masking import Masked
from store.records import ArticleView, Fact

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
)
#: A4 with margins of 2.5 cm, in twentieths of a point
_CLOSE = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1417" w:right="1417" w:bottom="1417" w:left="1417" w:header="709" w:footer="709" w:gutter="0"/>'
    "</w:sectPr></w:body></w:document>"
)


def write_clipping(path: Path, articles: Iterable[Masked[ArticleView]], made_at: datetime) -> int:
    """Write the articles into a .docx file; return their number. `made_at` is in the zone of the reader.

    The file is written atomically. Raises OSError when it cannot be written.
    """
    count = 0
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", _TYPES)
            archive.writestr("_rels/.rels", _RELATIONS)
            with archive.open("word/document.xml", "w") as document:
                document.write(_OPEN.encode())
                heading = f"所闻剪报 {labels_zh.day_in_words(made_at.date())}"
                document.write(_paragraph(heading, size=36, bold=True).encode())
                for article in articles:
                    count += 1
                    for part in _article(article.value, count > 1):
                        document.write(part.encode("utf-8", "replace"))
                document.write(_CLOSE.encode())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return count


def _article(view: ArticleView, new_page: bool) -> Iterator[str]:
    """Yield the paragraphs of an article: title, origin, facts of the station card with quotes, text."""
    content = view.revision.content
    yield _paragraph(content.title or "（无题）", size=32, bold=True, new_page=new_page)
    authors = "、".join(dict.fromkeys(credit.name for credit in content.authors))
    origin = (content.source or view.revision.site, labels_zh.dated(content.published or ""), authors)
    yield _paragraph(" · ".join(part for part in origin if part), size=20, color="665F54")
    yield _paragraph(content.url, size=18, color="665F54")
    for fact in view.facts:
        if KINDS[fact.kind].card_row and (text := _text(fact)):
            yield _paragraph(f"{HEADINGS[fact.kind]}：{text}（原文：{fact.quote}）", size=20)
    for line in content.text.split("\n"):
        if line.strip():
            yield _paragraph(line, size=24, indent=True)


def _text(fact: Fact) -> str:
    return FACT_TEXT[fact.kind]({**fact.fields, "quote": fact.quote}).strip()


def _paragraph(
    text: str, *, size: int, bold: bool = False, color: str = "", indent: bool = False, new_page: bool = False
) -> str:
    """Return one paragraph; `size` in half points."""
    shown = escape(labels_zh.full_width(labels_zh.on_one_line(text)))
    run = ("<w:b/>" if bold else "") + (f'<w:color w:val="{color}"/>' if color else "") + f'<w:sz w:val="{size}"/>'
    fonts = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体"/>'
    page = "<w:pageBreakBefore/>" if new_page else ""
    first = f'<w:ind w:firstLine="{size * 20}"/>' if indent else ""
    space = '<w:spacing w:after="120" w:line="360" w:lineRule="auto"/>'
    return (
        f"<w:p><w:pPr>{page}{space}{first}</w:pPr><w:r><w:rPr>{fonts}{run}</w:rPr>"
        f'<w:t xml:space="preserve">{shown}</w:t></w:r></w:p>'
    )
