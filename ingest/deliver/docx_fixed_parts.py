"""The fixed parts of a clipping's .docx file: content types, relationships, styles, footer, page format."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_NAMES = f'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="{_OFFICE}"'

CONTENT_TYPES = (
    f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>'
    f'<Override PartName="/word/footer1.xml" ContentType="{_WORD}.footer+xml"/></Types>'
)
PACKAGE = (
    f'{_XML}<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
DOCUMENT_OPEN = f"{_XML}<w:document {_NAMES}><w:body>"
#: end of the document with its page format: A4, margins of 2.5 cm, in twentieths of a point
DOCUMENT_CLOSE = (
    '<w:sectPr><w:footerReference w:type="default" r:id="footer"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1417" w:right="1417" w:bottom="1417" w:left="1417" w:header="709" w:footer="709" w:gutter="0"/>'
    "</w:sectPr></w:body></w:document>"
)
#: page number at the foot, in the form — 1 —
FOOTER = (
    f'{_XML}<w:ftr {_NAMES}><w:p><w:pPr><w:pStyle w:val="Origin"/></w:pPr><w:r><w:t xml:space="preserve">— </w:t></w:r>'
    '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    '<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>'
)


def relations(urls: Sequence[str]) -> str:
    """Return the relationships part of the document: styles, footer, and a link for each URL, in order."""
    links = "".join(
        f'<Relationship Id="link{number}" Type="{_OFFICE}/hyperlink" Target={quoteattr(url)} TargetMode="External"/>'
        for number, url in enumerate(urls)
        if url
    )
    return (
        f'{_XML}<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="styles" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="footer" Type="{_OFFICE}/footer" Target="footer1.xml"/>{links}</Relationships>'
    )


def _style(name: str, paragraph: str, run: str, *, title: str = "", default: bool = False) -> str:
    based = "" if default else '<w:basedOn w:val="Normal"/>'
    mark = ' w:default="1"' if default else ""
    return (
        f'<w:style w:type="paragraph"{mark} w:styleId="{name}"><w:name w:val="{title or name}"/>{based}<w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _font(name: str, half_points: int, *, bold: bool = False, color: str = "") -> str:
    return (
        f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{name}"/>'
        + ("<w:b/>" if bold else '<w:b w:val="0"/>')
        + (f'<w:color w:val="{color}"/>' if color else "")
        + f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'
    )


_NO_INDENT = '<w:ind w:firstLine="0" w:firstLineChars="0"/>'
_CENTRED = (
    '<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="atLeast"/>'
    f'{_NO_INDENT}<w:jc w:val="center"/>'
)
_PLAIN = f'<w:spacing w:after="0" w:line="{{line}}" w:lineRule="atLeast"/>{_NO_INDENT}'
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="999999"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)

STYLES = (
    f"{_XML}<w:styles {_NAMES}>"
    + "".join(
        (
            _style(
                "Normal",
                '<w:spacing w:after="0" w:line="560" w:lineRule="atLeast"/>'
                '<w:ind w:firstLine="640" w:firstLineChars="200"/>',
                _font("仿宋", 32),
                default=True,
            ),
            _style(
                "Title", _CENTRED.format(before=0, after=60, line=700), _font("宋体", 52, bold=True, color="A3231C")
            ),
            _style(
                "Heading1",
                "<w:keepNext/>" + _CENTRED.format(before=240, after=120, line=640) + '<w:outlineLvl w:val="0"/>',
                _font("宋体", 44, bold=True),
                title="heading 1",
            ),
            _style(
                "Heading2",
                f'<w:keepNext/><w:spacing w:before="240" w:after="80"/>{_NO_INDENT}<w:outlineLvl w:val="1"/>',
                _font("黑体", 30),
                title="heading 2",
            ),
            _style("Origin", _CENTRED.format(before=0, after=0, line=400), _font("楷体", 28, color="595959")),
            _style("Address", _CENTRED.format(before=0, after=200, line=300), _font("楷体", 20, color="595959")),
            _style("Contents", _PLAIN.format(line=480), _font("仿宋", 30)),
            _style("Cell", _PLAIN.format(line=320), _font("仿宋", 24)),
            '<w:style w:type="table" w:styleId="Facts"><w:name w:val="Facts"/><w:tblPr><w:tblBorders>'
            f"{_BORDERS}</w:tblBorders><w:tblCellMar>"
            '<w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>',
        )
    )
    + "</w:styles>"
)
