"""Parsing of a page into a Document, with one parse and one walk of the tree. A page nested too deeply is parsed twice.

The walk creates blocks and nodes. A block is a visible line: the text between two block boundaries, or a table row. A
node is a block-level element with the range of its blocks. The prose in an element is the difference of two prefix
sums. All steps take linear time.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ingest.errors import ExtractError
from ingest.extract.css_names import NOTHING, Name, name_of, words
from ingest.pipeline_types import Page
from ingest.urls import document_base
from ingest.zh.character_normalization import fold
from ingest.zh.simplify import simplified

#: maximum characters of HTML, not counting inline pictures (docs/FAULTS.md T3)
MAX_HTML = 4_000_000
#: Maximum number of elements. Walking 1,000,000 takes 1.1 s on the development machine, 300,000 0.35 s (measured)
MAX_NODES = 300_000
#: Maximum number of lines. 60,000 paragraphs take 3.8 s on the development machine (measured). A worker has 10 s for a
#: page (WorkerSettings.deadline)
MAX_LINES = 40_000
#: libxml2 silently drops everything nested more than 256 deep (measured); pages near that limit are flattened
DEPTH_LIMIT = 250
#: An <a> around at least so many lines and characters counts as not closed. Not measured; linked cards in lists have at
#: most 5 lines.
LINKED_LINES, LINKED_SIZE = 6, 400

BLOCK = words(
    "address article aside blockquote body center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul video audio object details summary "
    "founder-content option td th caption"
)
#: Maximum characters of <title> and of a stated headline. A <title> that is not closed contains the whole page. The
#: headline rules take quadratic time, which is 10 ms for this length (measured)
MAX_TITLE = 500
SKIP = words("script style noscript template textarea select svg canvas head iframe button map")
#: inline elements; they do not begin a line, and are examined only if they have a class or id
INLINE = words("span font em i u small big sup sub label s strike code ins del")
CLOSING = BLOCK | {"a", "b", "strong"}
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
#: Paragraph-level elements. A box is the element around them: the paragraphs of one article share a box, or have
#: similar boxes.
_PARAGRAPH = words("p h1 h2 h3 h4 h5 h6 li tr td th dd dt pre hr figcaption caption option")

#: The page is tested in ranges of this many bytes: if one of them contains neither < nor >, long tags are searched.
#: A tag of twice this length takes the parser 0.1 s
LONG_TAG = 4_000

_DATA_URI = re.compile(r"data:[\w/+.-]{3,40};base64,[A-Za-z0-9+/=\s]{200,}")
#: A long tag, which may have very many attributes. libxml2 takes quadratic time for them: 92 s for 100,000 (measured).
#: Real tags have fewer than 200
_LONG_TAG = re.compile(rb"<([a-zA-Z][\w:-]*)\s[^<>]{2000,}>")
_ENDS = re.compile(rb"</(?:html|body)\s*>", re.I)
_BODY = re.compile(rb"<(?:body|frameset)\b", re.I)
_SECTION = re.compile(rb"<(?:article|section|main|header|nav|aside|figure)\b", re.I)
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
#: control characters that are removed (all except tab, LF and CR), because the parser stops at some of them
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_HIDDEN = re.compile(r"display\s*:\s*none|(?:left|top|text-indent)\s*:\s*-\d{3,}", re.I)
_TAG = re.compile(rb"</?([a-zA-Z][\w:-]*)[^<>]*>")
_PUNCTUATION = re.compile("[,;:!?。、“”…《》「」]")
_ENTITY = re.compile(r"&(?:nbsp|[lr][ds]quo|emsp|ensp|mdash|hellip|middot|amp|quot|lt|gt|#\d{2,5});")
_TRADITIONAL = re.compile("[來這個們為時說對發後會與開過還從國間編輯責記報區長員]")
_THEIR_SIMPLIFIED = re.compile("[来这个们为时说对发后会与开过还从国间编辑责记报区长员]")
#: Number of traditional characters that make a page traditional: SURE always, LEAST if there are more of them than of
#: their simplified forms. Labelled and fixture pages in simplified script have at most 1; those in traditional script
#: have 25 or more, except one of 88 characters, which has 8 (measured). A menu 繁體 or a quoted line has one or two.
TRADITIONAL_SURE, TRADITIONAL_LEAST = 10, 3
#: maps small and vertical marks and the brackets of pages of Hong Kong and Taiwan to plain ones: 〔記者張三/台北報導〕, 記者︰張三
_SMALL_FORMS = dict(zip(map(ord, "︰﹕﹐﹔﹖﹗﹙﹚〔〕﹝﹞︱∣┃▏"), "::,;?!()()()||||", strict=True))
#: the bars in _SMALL_FORMS, which also follow labels on pages in simplified script: 作者︱张三
_BARS = re.compile("[︱∣┃▏]")
_INDENT = re.compile(r"(?<=[。！？”：；])\s*\u3000\u3000+(?=\S)")
#: end of a paragraph in preformatted text, in which lines may also break within sentences
_BREAK = re.compile(r"\n\s*\n|(?<=[。！？”…])[^\S\n]*\n|\n(?=[^\S\n]{2})")
_SPACES = re.compile(r"\s+")


@dataclass(slots=True)
class Node:
    """A block-level element, with the range of its blocks: `blocks[start:end]`."""

    index: int
    parent: int
    tag: str
    name: Name
    element: Any
    start: int
    end: int
    depth: int
    hidden: bool = False
    #: whether line breaks in the source are line breaks on the page (<pre>, white-space: pre-wrap)
    preformatted: bool = False


@dataclass(slots=True)
class Block:
    """One visible line of the page. `size` is its number of characters without blanks."""

    #: the line, folded (`zh.character_normalization.fold`)
    text: str
    #: `text` in simplified script, character by character, for pattern matching; on most pages the same object as
    #: `text`
    key: str
    #: the line as written, with normalised blanks, for display
    raw: str
    #: (text, whether it is inside a link) for each text node, as written
    written: list[tuple[str, bool]]
    size: int
    #: number of characters inside links
    links: int
    #: number of sentence and clause marks; 0 if at least half of the line is inside links
    marks: int
    #: index of the node of the innermost block-level element; -1 if there is none
    node: int
    #: index of the node of the box: the innermost element around the block that has more than one line and is not
    #: paragraph-level (but may be a <td>, <li> or <dd>)
    box: int
    tag: str
    heading: int
    #: whether a picture, video or frame comes between the previous block and this one
    after_image: bool
    strong: bool
    centred: bool
    #: kind of boilerplate ("comments", "navigation"); None for content
    boilerplate: str | None = None
    #: results of line classification (metadata line, article prose, end mark); None until computed
    about: bool | None = None
    reads_like_text: bool | None = None
    ends: bool | None = None

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """(folded text, whether it is inside a link) for each text node that is not blank, stripped."""
        return [(fold(" ".join(text.split())), linked) for text, linked in self.written if not text.isspace()]

    @property
    def link_share(self) -> float:
        return self.links / self.size if self.size else 0.0


@dataclass(slots=True)
class Mark:
    """An element named like a metadata field (its `kind`) or a <time> ("moment"), and the block where it begins."""

    kind: str
    element: Any
    block: int


@dataclass(slots=True)
class Document:
    """Result of parsing a page. `weights[i]` is the amount of prose in blocks[:i]."""

    page: Page
    root: Any
    title: str
    metas: dict[str, list[str]]
    blocks: list[Block]
    nodes: list[Node]
    marks: list[Mark]
    scripts: list[Any]
    frames: list[Any] = field(default_factory=list)
    images: int = 0
    videos: int = 0
    elements: int = 0
    flattened: bool = False
    #: whether keys of blocks differ from their texts: in traditional script, or with the bars of _BARS
    rewritten: bool = False
    weights: list[int] = field(default_factory=list)
    #: range of blocks in which the article is expected (`body_region.window`); None until computed
    window: tuple[int, int] | None = None
    #: block at which another article, or a second copy of this article, begins (`body_region.window`); None if there is
    #: none
    another: int | None = None

    def prose(self, start: int, end: int) -> int:
        """Return the weight of the prose in blocks[start:end], without boilerplate (`weights`)."""
        return self.weights[end] - self.weights[start]


def base_of(doc: Document) -> str:
    """Return the base URL of the page's relative links: `<base href>`, else the page's URL."""
    return document_base((element.get("href") for element in doc.root.iter("base")), doc.page.final_url)


def document(page: Page) -> Document:
    """Parse `page` and return its Document.

    Raises ExtractError "too-large" above the limits, "unreadable" if the parser finds no element.
    """
    html = _prepared(page)
    root = parse(html)
    if root is None:
        raise ExtractError(page.final_url, "unreadable", "the parser found no element in the page")
    found = _Walk(page, root).run()
    if found is None:
        root = parse(_flattened(html))
        if root is None:
            raise ExtractError(page.final_url, "unreadable", "too deeply nested, and nothing left when flattened")
        found = _Walk(page, root, flattened=True).run()
        assert found is not None
    return found


def parse(html: bytes) -> Any | None:
    """Return the root element of UTF-8 `html`; None if there is none.

    Ignores the encoding that the page declares. Never raises.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, recover=True, no_network=True, huge_tree=False
    )
    try:
        return etree.fromstring(html, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _prepared(page: Page) -> bytes:
    """Return the page as UTF-8, changed so that the parser reads all of it in linear time.

    Removes control characters, the XML declaration, end tags of body and html, and all attributes of tags with very
    many attributes. Adds a missing <body>. If the page is too large, removes inline pictures. Raises ExtractError
    "too-large".
    """
    html = page.text
    if len(html) > MAX_HTML:
        html = _DATA_URI.sub("", html)
    if len(html) > MAX_HTML:
        detail = f"{len(html):,} characters of HTML, at most {MAX_HTML:,} are read"
        raise ExtractError(page.final_url, "too-large", detail)
    content = html.encode("utf-8", "replace").translate(None, _CONTROLS)
    content = _DECLARATION.sub(b"", content)
    # libxml2 drops everything after an early </html> or </body> (measured with 2.14); the parser does not need these
    # tags
    content = _ENDS.sub(b"", content)
    if _BODY.search(content) is None and (first := _SECTION.search(content)):
        # without <body>, libxml2 puts elements that HTML 4 does not know into <head> (measured with 2.14)
        content = content[: first.start()] + b"<body>" + content[first.start() :]
    # Testing each tag takes 1 ms per page; testing only ranges without < and > takes 0.01 ms (measured).
    stretches = (content[at : at + LONG_TAG] for at in range(0, len(content), LONG_TAG))
    if any(b"<" not in stretch and b">" not in stretch for stretch in stretches):
        content = _LONG_TAG.sub(_short_tag, content)
    return content


def _short_tag(found: re.Match[bytes]) -> bytes:
    tag = found.group()
    return b"<" + found.group(1) + b">" if tag.count(b"=") > 200 or tag.count(b" ") > 400 else tag


def _flattened(html: bytes) -> bytes:
    """Return the page with little nesting: most block-level tags replaced by breaks, most inline tags removed."""
    keep = {b"p", b"br", b"title", b"meta", b"script", b"style", b"a", b"h1", b"h2", b"h3", b"head", b"body", b"html"}
    inline = {b"span", b"font", b"b", b"strong", b"i", b"em", b"u", b"img"}

    def flat(found: re.Match[bytes]) -> bytes:
        tag = found.group(1).lower()
        return found.group() if tag in keep else b"" if tag in inline else b"<br>"

    return _TAG.sub(flat, html)


class _Walk:
    """State of one walk over the tree."""

    def __init__(self, page: Page, root: Any, flattened: bool = False) -> None:
        self.doc = Document(page, root, "", {}, [], [], [], [], flattened=flattened)
        self.blocks, self.nodes = self.doc.blocks, self.doc.nodes
        #: text nodes of the current line; always the same list object
        self.pieces: list[tuple[str, bool]] = []
        self.stack: list[int] = []
        self.in_link = 0
        #: first line of each open <a>; -1 for an anchor (<a name>), which is not a link
        self.anchors: list[int] = []
        #: nesting depth of data tables; each of their rows is one line
        self.grid = 0
        self.strong = 0
        self.image = False

    def run(self) -> Document | None:
        """Return the document; None if the nesting reaches DEPTH_LIMIT and the page is not flattened yet."""
        self._head()
        body = self.doc.root.find("body")
        top = body if body is not None else self.doc.root
        deepest = self._walk(top)
        url, lines = self.doc.page.final_url, self.doc.blocks
        if self.doc.elements > MAX_NODES:
            raise ExtractError(url, "too-large", f"more than {MAX_NODES:,} elements")
        self.flush()
        if len(lines) > MAX_LINES:
            raise ExtractError(url, "too-large", f"{len(lines):,} lines, at most {MAX_LINES:,} are read")
        self._boxes()
        self._fold()
        return None if deepest >= DEPTH_LIMIT and not self.doc.flattened else self.doc

    def _head(self) -> None:
        root = self.doc.root
        titles: list[Any] = []
        # One pass for all three tags: each pass over a page of a thousand elements takes 0.3 ms (measured).
        for meta in root.iter("meta", "script", "title"):
            if meta.tag != "meta":
                (self.doc.scripts if meta.tag == "script" else titles).append(meta)
                continue
            key = meta.get("name") or meta.get("property") or meta.get("itemprop") or meta.get("http-equiv")
            content = meta.get("content")
            if key and content and content.strip():
                self.doc.metas.setdefault(key.strip().lower(), []).append(_SPACES.sub(" ", content).strip())
        if titles:
            self.doc.title = _SPACES.sub(" ", "".join(titles[0].itertext())).strip()[:MAX_TITLE]

    def _walk(self, top: Any) -> int:
        """Walk the tree below `top` and return its depth. Stops after MAX_NODES elements.

        The loop does not call functions for each element: three calls would take as long as the parser (measured).
        """
        doc, opens, closes, skip, inline, pieces = self.doc, self._open, self._close, SKIP, INLINE, self.pieces
        flush = self.flush
        walker = etree.iterwalk(top, events=("start", "end"))
        depth = deepest = count = 0
        for event, element in walker:
            tag = element.tag
            if event == "start":
                depth += 1
                count += 1
                if tag in skip:
                    if tag == "iframe":
                        self.image = True
                        doc.frames.append(element)
                    walker.skip_subtree()
                    continue
                if tag == "br":
                    if pieces:
                        flush()
                    continue
                classes, ident = element.get("class"), element.get("id")
                if classes or ident:
                    opens(element, tag, depth, name_of(classes, ident))
                elif tag not in inline:
                    opens(element, tag, depth, NOTHING)
                text = element.text
                if text and (pieces or not text.isspace()):
                    pieces.append((text, self.in_link > 0))
                if depth > deepest:
                    deepest = depth
                if count > MAX_NODES:
                    break
            else:
                depth -= 1
                if tag in CLOSING:
                    closes(tag)
                text = element.tail
                if text and (pieces or not text.isspace()) and element is not top:
                    pieces.append((text, self.in_link > 0))
        doc.elements = count
        return deepest

    def _open(self, element: Any, tag: str, depth: int, name: Name) -> None:
        doc = self.doc
        if tag in BLOCK:
            if self.pieces:
                if self.grid and tag != "tr" and tag != "table":
                    self.pieces.append((" ", False))
                elif tag != "td" and tag != "th":
                    self.flush()
            if tag == "table" and (self.grid or is_grid(element)):
                self.grid += 1
            style = element.get("style")
            hidden = (
                style is not None
                and ("none" in style or ":-" in style or ": -" in style)
                and _HIDDEN.search(style) is not None
            )
            kept = tag == "pre" or (style is not None and "pre-" in style)
            node = Node(
                len(self.nodes),
                self.stack[-1] if self.stack else -1,
                tag,
                name,
                element,
                len(self.blocks),
                -1,
                depth,
                hidden,
                kept,
            )
            self.stack.append(len(self.nodes))
            self.nodes.append(node)
            if tag == "video" or tag == "object":
                doc.videos += 1
                self.image = True
        elif tag == "a":
            links = element.get("href") is not None or not (element.get("name") or element.get("id"))
            self.in_link += links
            self.anchors.append(len(self.blocks) if links else -1)
        elif tag == "b" or tag == "strong":
            self.strong += 1
        elif tag == "img" or tag == "embed" or tag == "amp-img":
            doc.images += 1
            if not self.pieces:
                self.image = True
        if tag == "time" and element.get("datetime"):
            doc.marks.append(Mark("moment", element, len(self.blocks)))
        elif name.field:
            doc.marks.append(Mark(name.field, element, len(self.blocks)))

    def _close(self, tag: str) -> None:
        if tag == "a":
            self._close_anchor()
        elif tag == "b" or tag == "strong":
            self.strong -= 1
        else:
            if self.grid and tag == "table":
                self.flush()
                self.grid -= 1
            if self.pieces and self.grid and tag != "tr":
                self.pieces.append((" ", False))
            elif self.pieces:
                # A short cell is part of its row's line. A long cell, or one of several lines, is a line of its own.
                whole = self.nodes[self.stack[-1]].start == len(self.blocks)
                if (tag == "td" or tag == "th") and whole and sum([len(text) for text, _ in self.pieces]) < 120:
                    self.pieces.append((" ", False))
                else:
                    self.flush()
            self.nodes[self.stack.pop()].end = len(self.blocks)

    def _close_anchor(self) -> None:
        first = self.anchors.pop()
        if first < 0:
            return
        self.in_link -= 1
        inside = self.blocks[first:]
        if len(inside) >= LINKED_LINES and sum([block.links for block in inside]) >= LINKED_SIZE:
            for block in inside:
                block.links = 0

    def flush(self) -> None:
        """End the current line and add its block."""
        if not self.pieces:
            return
        pieces = self.pieces[:]
        self.pieces.clear()
        parts = None
        if self.stack and self.nodes[self.stack[-1]].preformatted:
            parts = _BREAK
        else:
            for number, (text, _) in enumerate(pieces):
                if "\u3000\u3000" in text and (number or "\u3000\u3000" in text.strip()):
                    parts = _INDENT
        if parts is not None:
            for part in _paragraphs(pieces, parts):
                self._add(part)
            return
        self._add(pieces)

    def _add(self, pieces: list[tuple[str, bool]]) -> None:
        if len(pieces) == 1:
            text, linked = pieces[0]
            raw = " ".join(text.split())
            links = len(text.strip()) if linked else 0
        else:
            raw = " ".join("".join([text for text, _ in pieces]).split())
            links = sum([len(text.strip()) for text, linked in pieces if linked])
        if not raw:
            return
        # half of a page's lines are menus (mostly linked); the style of such lines is not used
        plain = links * 2 < len(raw)
        node = self.nodes[self.stack[-1]] if self.stack else None
        element = node.element if node is not None else None
        self.blocks.append(
            Block(
                text=raw,
                key=raw,
                raw=raw,
                written=pieces,
                size=0,
                links=links,
                marks=0,
                node=node.index if node is not None else -1,
                box=-1,
                tag=node.tag if node is not None else "",
                heading=self._heading(node),
                after_image=self.image,
                strong=plain and (self.strong > 0 or _all_strong(element, raw)),
                centred=plain and element is not None and _is_centred(element),
            )
        )
        self.image = False

    def _heading(self, node: Node | None) -> int:
        """Return the level of the heading that contains a line, directly or one element deeper (<h1><div>); else 0."""
        if node is None:
            return 0
        level = HEADINGS.get(node.tag, 0)
        return level or (HEADINGS.get(self.nodes[node.parent].tag, 0) if node.parent >= 0 else 0)

    def _boxes(self) -> None:
        """Set `box` of each block."""
        nodes = self.doc.nodes
        known: dict[int, int] = {}
        for block in self.doc.blocks:
            at = block.node
            path = []
            while (
                at >= 0
                and at not in known
                and nodes[at].parent >= 0
                and (nodes[at].tag in _PARAGRAPH or nodes[at].end - nodes[at].start <= 1)
                and not (nodes[at].tag in ("td", "li", "dd") and nodes[at].end - nodes[at].start > 1)
            ):
                path.append(at)
                at = nodes[at].parent
            block.box = known.get(at, at)
            for step in path:
                known[step] = block.box

    def _unescape(self) -> None:
        """Resolve entities that were escaped twice (&amp;ldquo;)."""
        for block in self.doc.blocks:
            if "&" in block.raw:
                block.raw = " ".join(entities.unescape(block.raw).split())
                block.written = [(entities.unescape(text), linked) for text, linked in block.written]

    def _fold(self) -> None:
        """Fold all lines with one call, which takes a fifth of the time of a call for each line (measured)."""
        blocks = self.doc.blocks
        joined = "\n".join([block.raw for block in blocks])
        if _ENTITY.search(joined):
            self._unescape()
            joined = "\n".join([block.raw for block in blocks])
        folded = fold(joined).split("\n")
        if len(folded) != len(blocks):
            folded = [fold(block.raw).replace("\n", " ") for block in blocks]
        keys = folded
        self.doc.rewritten = _is_traditional(joined[:20_000]) or _BARS.search(joined) is not None
        if self.doc.rewritten:
            keys = for_matching("\n".join(folded)).split("\n")
        for block, line, key in zip(blocks, folded, keys, strict=True):
            block.text = text = line.strip()
            block.key = key.strip() if self.doc.rewritten else text
            block.size = size = len(text) - text.count(" ")
            block.links = links = min(block.links, size)
            if links * 2 < size:
                block.marks = len(_PUNCTUATION.findall(text))


def for_matching(text: str) -> str:
    """Return `text` in simplified script and with plain marks, converted character by character."""
    return simplified(text).translate(_SMALL_FORMS)


def _is_traditional(text: str) -> bool:
    count = len(_TRADITIONAL.findall(text))
    if count >= TRADITIONAL_SURE or count < TRADITIONAL_LEAST:
        return count >= TRADITIONAL_SURE
    return count > len(_THEIR_SIMPLIFIED.findall(text))


def _paragraphs(pieces: list[tuple[str, bool]], parts: re.Pattern[str]) -> list[list[tuple[str, bool]]]:
    """Split text nodes into paragraphs at the pattern `parts` (an indent of two wide blanks, or the end of a line)."""
    found: list[list[tuple[str, bool]]] = [[]]
    before = ""
    for text, linked in pieces:
        # A text node after a picture or <span> also starts a paragraph if it begins with an indent and the text before
        # it ends like a paragraph.
        begins = _INDENT.match(before + text, len(before)) is not None
        for number, part in enumerate(parts.split(text)):
            if number or begins:
                found.append([])
            found[-1].append((part, linked))
            begins = False
        before = text.rstrip()[-1:]
    return [part for part in found if any(not text.isspace() and text for text, _ in part)]


def _length(element: Any, limit: int) -> int:
    """Return the number of characters of text in an element; stops counting above `limit`."""
    size = 0
    for text in element.itertext():
        size += len(text.strip())
        if size > limit:
            break
    return size


def is_grid(table: Any) -> bool:
    """Return whether a table is a data table: no nested table, short cells, and two or more cells in most rows.

    At least two rows must have two or more cells. Examines at most 40 cells.
    """
    rows: Counter[Any] = Counter()
    size = cells = 0
    for number, element in enumerate(table.iter("table", "tr", "td", "th", "img", "a")):
        if number > 120 or cells >= 40:
            break
        if element.tag == "table" and element is not table:
            return False
        if element.tag in ("td", "th"):
            length = _length(element, 80)
            if length > 80:
                return False
            cells += 1
            size += length
            rows[element.getparent()] += 1
    full = sum(1 for count in rows.values() if count >= 2)
    return full >= 2 and full * 3 >= len(rows) * 2 and size >= 4 * cells / 2


def _all_strong(element: Any, text: str) -> bool:
    """Return whether a short line is bold as a whole, as most templates mark subheads.

    Examines only first children: counting all children would take linear time for each line.
    """
    if element is None or len(text) > 60:
        return False
    first = next(element.iterchildren(), None)
    while first is not None and first.tag in ("span", "font", "td", "center"):
        first = next(first.iterchildren(), None)
    return first is not None and first.tag in ("b", "strong") and _length(first, 60) >= len(text) - 1


def _is_centred(element: Any) -> bool:
    if element.tag == "tr":  # a row with a single short cell: the line is that cell
        element = next(element.iterchildren("td"), element)
    align = element.get("align") or ""
    style = element.get("style") or ""
    return align.lower() == "center" or ("center" in style and "text-align" in style) or element.tag == "center"
