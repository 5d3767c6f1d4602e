"""The blocks of the article's element -> its lines: head and tail cut, furniture out, captions and credits apart."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ingest.read.body import Region
from ingest.read.document import Block, Document
from ingest.read.lines import (
    ends_sentence,
    is_credit,
    is_dead_end,
    is_end,
    is_furniture,
    is_legal,
    is_photo_line,
    marks,
)

_ARROW_LINK = re.compile(r"(?:\[?(?:详情|详细|更多|点击(?:查看|进入|阅读)?|查看|阅读全文|返回.{0,8}首页)[^。]{0,12}>{1,2}\]?|>>.{0,12})\s*$")


@dataclass(slots=True)
class Body:
    """The article's lines and what was set apart from them. Indices are of the document's blocks."""

    lines: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)
    first: int = -1
    last: int = -1


def is_prose(block: Block) -> bool:
    """True for a line that can only be an article's own: long enough, punctuated, not linked."""
    return block.furniture is None and block.marks > 0 and block.size >= 18 and block.link_share < 0.5 and not (
        is_furniture(block.text) or is_end(block.text) or is_legal(block.text) or is_credit(block.text)
    )


def body_of(doc: Document, region: Region, start: int, title: str) -> Body:
    """Read the lines of `region` from block `start` on (the block after the title and dateline).

    Raises nothing; an empty body means that nothing there is an article.
    """
    blocks = doc.blocks
    boxes = Counter(blocks[i].box for i in range(start, region.end) if is_prose(blocks[i]))
    found = Body()
    skipping = False
    pending: list[int] = []
    squashed_title = squash(title)
    for index in range(start, region.end):
        block = blocks[index]
        text = block.text
        if block.furniture or (is_legal(text) and not is_prose(block)):
            continue
        if is_dead_end(text) and found.kept:
            break
        if is_end(text):
            if found.kept:
                skipping = True
                pending.clear()
            continue
        if is_prose(block) or (boxes[block.box] >= 2 and block.marks > 0 and block.link_share < 0.5 and ends_sentence(text)):
            if skipping and boxes[block.box] < 2 and sum(boxes.values()) > 2:
                continue
            skipping = False
            _take(found, blocks, pending, boxes)
            pending = []
            _keep(found, index, block)
        elif skipping or is_furniture(text) or block.link_share > 0.6 or (not found.kept and squash(text) == squashed_title):
            continue
        elif is_credit(text):
            found.credits.append(text)
            pending.append(index)
        else:
            pending.append(index)
    _take(found, blocks, pending, boxes, tail=True)
    if found.kept:
        found.first, found.last = found.kept[0], found.kept[-1]
    return found


def _take(found: Body, blocks: list[Block], pending: list[int], boxes: Counter[int], tail: bool = False) -> None:
    """Decide on the short lines that stood between (or before, or after) lines of prose."""
    edge = tail or not found.kept
    for index in pending:
        block = blocks[index]
        if edge and boxes and not boxes[block.box]:
            continue
        if _is_caption(block):
            found.captions.append(block.text)
            continue
        if is_credit(block.text) and not re.search("记者|通讯员|作者|文[/|:丨]|撰", block.text):
            continue
        _keep(found, index, block)


def _keep(found: Body, index: int, block: Block) -> None:
    text = block.text
    if block.links:
        text = _without_tail_link(block)
    if text:
        found.kept.append(index)
        found.lines.append(text)


def _without_tail_link(block: Block) -> str:
    """The line without a site's own link at its end (返回首页>>, 详情>>)."""
    text = block.text
    for piece, linked in reversed(block.pieces):
        if not piece:
            continue
        if linked and text.endswith(piece) and (piece.endswith(">>") or _ARROW_LINK.search(piece)):
            return text[: -len(piece)].rstrip()
        break
    return text


def _is_caption(block: Block) -> bool:
    text = block.text
    if block.tag == "figcaption" or (block.heading == 0 and block.size <= 80 and is_photo_line(text) and not re.search("记者.{0,20}(?:报道|文/图)", text)):
        return True
    return block.after_image and block.size <= 60 and not ends_sentence(text) and not block.strong and marks(text) <= 3 and (block.centred or block.size > 6)


def squash(text: str) -> str:
    """Letters, digits and characters only, for comparing."""
    return re.sub(r"[\W_]+", "", text)
