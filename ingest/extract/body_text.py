"""Body cleaning: selection of the article's lines from the blocks of the region; captions and credits are separated."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ingest.extract.body_region import Region, is_about_article
from ingest.extract.dom import Block, Document
from ingest.extract.line_kinds import (
    ends_sentence,
    is_boilerplate,
    is_byline,
    is_credit,
    is_dateline,
    is_dead_end,
    is_end,
    is_legal,
    is_photo_line,
    is_statement,
    marks,
)

#: Words of a writer's credit. Such credits stay in the text, because fact extraction reads them; other credits do not.
WRITER = re.compile("记者|通讯员|作者|文字|文[/|:丨]|撰|采写")
_NO_LETTERS = re.compile(r"[\W_]+")
#: marks of editors and content systems, removed from the text: [!--empirenews.page--], [nextpage],
#: _ueditor_page_break_tag_
_EDITING = re.compile(
    r"\[!--.{0,40}?--\]|\[/?(?:page|nextpage|page_break|分页)[^\]]{0,40}\]|_ueditor_page_break_tag_|\{page_break\}",
    re.I,
)
_ARROW_LINK = re.compile(
    r"(?:\[?(?:详情|详细|更多|点击(?:查看|进入|阅读)?|查看|阅读全文|返回.{0,8}首页)[^。]{0,12}>{1,2}\]?|返回.{1,10},?\s*查看更多|>>.{0,12})\s*$"
)


#: Maximum number of lines without clause marks between two lines of prose (pictures, subheads, section numbers). GAP:
#: the labelled pages have up to 4. SCATTERED_GAP: a known container whose prose is in many boxes (微信) has up to 9.
GAP, SCATTERED_GAP = 4, 9
#: A line of spam (`is_spam`) is dropped if it has more characters than this. A shorter one may be a list of names. Not
#: measured.
ENDLESS = 5_000
#: The captions of a page are inserted into its text if they are more than this many times as long as the text. Not
#: measured.
PHOTO_STORY = 2
#: If the text between headline and end mark has at least this many characters, text below the end mark in other boxes
#: is ignored, however long. Not measured.
LONG_TEXT = 400
#: factor for the weight of the box with the first sentence below the headline. Not measured.
FIRST_BOX = 1.5


@dataclass(slots=True)
class Body:
    """Lines of the article, its captions and its credits. Credits that name a writer are also in `lines`.

    `kept` and `captioned` are the block indices of `lines` and `captions`. `first` and `last` are the first and last
    index in `kept`, or -1 without text.
    """

    lines: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    captioned: list[int] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)
    first: int = -1
    last: int = -1


def is_prose(block: Block) -> bool:
    """Return whether a line is prose: long, with punctuation, not mostly links, boilerplate, spam or metadata."""
    if block.boilerplate or block.marks == 0 or block.size < 18 or block.link_share > 0.5:
        return False
    if block.reads_like_text is None:
        block.reads_like_text = not is_spam(block.key, block.size) and not is_about_article(block)
    return block.reads_like_text


def is_spam(text: str, size: int) -> bool:
    """Return whether a line has more than 900 characters, and on average fewer than one 。, !, ? or ; per 300 of them.

    Real paragraphs of this length have more such marks.
    """
    return size > 900 and size > 300 * (1 + text.count("。") + text.count("!") + text.count("?") + text.count(";"))


def is_clause(block: Block) -> bool:
    """Return whether a line of any length may be part of a text.

    It must have a clause mark, and not be boilerplate, metadata, text of the site or mostly a link.
    Self-media put each clause of a sentence on its own line.
    """
    return block.boilerplate is None and block.marks > 0 and block.link_share < 0.5 and not is_about_article(block)


def ends_article(block: Block) -> bool:
    """Return whether text of the site begins at this line, such as related reading, a disclaimer or comments."""
    if block.ends is None:
        block.ends = is_end(block.key) or is_dead_end(block.key)
    return block.ends


def is_sentence(block: Block) -> bool:
    """Return whether a line is prose that contains 。 or ends like a sentence, unlike headlines in lists."""
    return is_prose(block) and ("。" in block.text or ends_sentence(block.text))


def span_of(doc: Document, where: Region, start: int) -> tuple[int, int, set[int]]:
    """Return (first block of the article's prose, its last block, boxes that contain it).

    The range starts as the prose of the heaviest box of the region. It is extended to prose before it, but not before
    block `start`, and to prose after it, even outside the region. The extension stops at a gap of other lines, an end mark, a list of
    linked headlines or comments. For a site rule, the range is all prose of the element. Return (-1, -1, set()) if the
    region has no prose.
    """
    blocks = doc.blocks
    stop = len(blocks) if doc.another is None else doc.another
    inside = range(max(start, where.start), min(where.end, stop))
    prose = next(
        filter(None, ([i for i in inside if is_own(blocks[i])] for is_own in (is_sentence, is_prose, is_clause))), []
    )
    if not prose:
        return -1, -1, set()
    if where.method.startswith("rule"):
        return prose[0], prose[-1], {blocks[i].box for i in prose}
    prose = _first_text(doc, prose)
    weight: Counter[int] = Counter()
    for i in prose:
        weight[blocks[i].box] += blocks[i].size
    # The text begins below the headline. With this factor the first box wins against a box of up to 1.5 times its
    # weight.
    weight[blocks[prose[0]].box] = int(weight[blocks[prose[0]].box] * FIRST_BOX)
    main = max(weight, key=lambda box: weight[box])
    seeds = [i for i in prose if blocks[i].box == main]
    scattered = where.method.startswith(("container", "rule")) and weight[main] < 0.6 * sum(weight.values())
    first = _extended(doc, seeds[0], range(seeds[0] - 1, start - 1, -1), SCATTERED_GAP if scattered else GAP)
    last = _extended(doc, seeds[-1], range(seeds[-1] + 1, stop), SCATTERED_GAP if scattered else GAP, where.end)
    return first, last, {blocks[i].box for i in range(first, last + 1) if is_sentence(blocks[i])} | {main}


def _first_text(doc: Document, prose: list[int]) -> list[int]:
    """Return the prose above the end of the window, and the prose below it in the same boxes.

    Return all prose if the window contains only one line of prose, or too little compared with the prose below it.

    The article is the first text below its headline. Other articles follow below an end mark, and may be longer.
    """
    first, last = doc.window or (0, len(doc.blocks))
    if first == 0 or last == len(doc.blocks):
        return prose
    inside = [i for i in prose if first <= i < last]
    boxes = {doc.blocks[i].box for i in inside}
    size = sum(doc.blocks[i].size for i in inside)
    rest = sum(doc.blocks[i].size for i in prose if i >= last)
    if len(inside) < 2 or (size < LONG_TEXT and size < rest / 4):
        return prose
    return [i for i in prose if i < last or doc.blocks[i].box in boxes]


def _extended(doc: Document, edge: int, ahead: range, gap: int, bound: int = -1) -> int:
    """Return the last line of prose in the direction of `ahead` that is connected to the line `edge`.

    The connection ends at an end mark, comments or related reading, at several linked lines, which are a list, and after
    more than `gap` lines without clause marks. Below `bound`, the end of the region, it ends after more than one such
    line; -1 means no bound. One linked line between two similar parts is skipped, because it is an advertisement.
    """
    blocks = doc.blocks
    missed = linked = 0
    for i in ahead:
        block = blocks[i]
        if block.boilerplate in ("comments", "related", "footer") or ends_article(block):
            return edge
        if block.link_share > 0.8 and block.size >= 8:
            linked += 1
            if linked > 1:
                return edge
        elif is_sentence(block) or (i < bound and is_prose(block) and block.box == blocks[edge].box):
            if linked and not (_similar_boxes(doc, blocks[edge].box, block.box) or _is_lead(doc, block, ahead)):
                return edge
            edge, missed, linked = i, 0, 0
        elif block.link_share > 0.5 or not block.marks:
            missed += 1
            if missed > (gap if bound < 0 or i < bound else 1):
                return edge
    return edge


def _is_lead(doc: Document, block: Block, ahead: range) -> bool:
    """Return whether a line found by searching upwards is in a box that also contains the headline.

    The search ends at the headline, so such a box begins at or above the end of the range `ahead`.
    The first paragraph may be beside the headline, and the others in an element below a linked picture.
    """
    return ahead.step < 0 and block.box >= 0 and doc.nodes[block.box].start <= ahead.stop


def _similar_boxes(doc: Document, box: int, other: int) -> bool:
    """Return whether two boxes are the same, or have the same parent and at least two lines of prose each."""
    if box == other:
        return True
    first, second = doc.nodes[box], doc.nodes[other]
    return first.parent == second.parent and all(
        sum(1 for block in doc.blocks[node.start : node.end] if is_sentence(block)) >= 2 for node in (first, second)
    )


def body_of(doc: Document, where: Region, start: int, title: str) -> Body:
    """Return the lines of the article from block `start` on, usually the block after the headline `title`.

    The lines may continue outside the region `where`. The result is empty if the region has no prose.
    """
    blocks = doc.blocks
    found = Body()
    first, last, boxes = span_of(doc, where, start)
    if first < 0:
        return found
    inside = where.start if where.method.startswith("container") else len(blocks)
    headline = squash(title)
    _head(found, blocks, range(start, first), boxes, headline, inside)
    skipping = False
    for index in range(first, last + 1):
        block = blocks[index]
        if block.boilerplate or (index > first and _repeats_headline(block, headline)):
            continue
        if is_end(block.key) and not is_sentence(block):
            if (
                found.kept
                and is_statement(block.key)
                and 2 * sum(blocks[i].size for i in range(index, last + 1)) < sum(blocks[i].size for i in found.kept)
            ):
                break
            skipping = True
            continue
        if is_sentence(block) and (block.box in boxes):
            skipping = False
        elif (
            skipping
            or is_dateline(block.key)
            or is_boilerplate(block.key)
            or is_legal(block.key)
            or (block.link_share > 0.8 and block.box not in boxes)
        ):
            continue
        _line(found, blocks, index)
    _tail(found, blocks, last + 1, where.end if doc.another is None else min(where.end, doc.another), boxes)
    if sum(map(len, found.captions)) > PHOTO_STORY * sum(map(len, found.lines)):
        _use_captions(found)
    if found.kept:
        found.first, found.last = found.kept[0], found.kept[-1]
    return found


def _use_captions(found: Body) -> None:
    """Insert the captions of a photo story into its text, in the order of the page."""
    lines = dict(zip([*found.kept, *found.captioned], [*found.lines, *found.captions], strict=True))
    found.kept = sorted(lines)
    found.lines = [lines[index] for index in found.kept]
    found.captions, found.captioned = [], []


def _head(found: Body, blocks: list[Block], above: range, boxes: set[int], title: str, inside: int) -> None:
    """Keep the lines that are above the first sentence and in a box of the article: a standfirst, a section number.

    The headline `title`, boilerplate, bylines and datelines are left out.
    A bold line directly above the first sentence is kept in any box if its index is at least `inside`, the start of the
    container: in some containers each line has a box of its own.
    """
    for index in above:
        block = blocks[index]
        text = block.key
        own = block.box in boxes or (block.strong and index >= inside and index == above[-1])
        if block.boilerplate or not own or block.link_share > 0.5 or _is_headline(block, title, index < above[0] + 3):
            continue
        if is_boilerplate(text) or is_end(text) or is_legal(text) or is_dateline(text) or is_byline(text):
            continue
        if text.isdigit() and (len(text) > 2 or blocks[index + 1].key.isdigit()):
            continue  # reader or comment counts; a section number is short, and no other number follows it
        _line(found, blocks, index)


def _is_headline(block: Block, title: str, near: bool) -> bool:
    """Return whether a line is the headline `title` or, if the line is `near` the headline, a part of it."""
    text = squash(block.text)
    return text == title or (near and len(text) >= 6 and text in title)


def _repeats_headline(block: Block, title: str) -> bool:
    """Return whether a line inside the text repeats the headline, as alternative texts of pictures do."""
    return abs(block.size - len(title)) <= 8 and len(title) >= 6 and squash(block.text) == title


def _tail(found: Body, blocks: list[Block], start: int, end: int, boxes: set[int]) -> None:
    """Keep the lines in the article's boxes below the last sentence, up to an end mark, comments or related reading."""
    for index in range(start, end):
        block = blocks[index]
        text = block.key
        if is_end(text) or is_dead_end(text) or block.boilerplate in ("comments", "related"):
            break
        if (
            block.boilerplate
            or block.box not in boxes
            or block.link_share > 0.5
            or is_boilerplate(text)
            or is_legal(text)
            or is_dateline(text)
        ):
            continue
        _line(found, blocks, index)


def _line(found: Body, blocks: list[Block], index: int) -> None:
    """Add a line to the text, the captions or the credits.

    A writer's credit is added to both text and credits. A long line of spam is dropped.
    """
    block = blocks[index]
    if block.size > ENDLESS and is_spam(block.key, block.size):
        return
    following = blocks[index + 1] if index + 1 < len(blocks) else None
    if is_sentence(block) and block.size > 60:
        _keep(found, index, block)
    elif is_credit(block.key) and not is_photo_line(block.key):
        found.credits.append(block.key)
        if WRITER.search(block.key):
            _keep(found, index, block)
    elif is_caption(block, following):
        found.captions.append(block.text)
        found.captioned.append(index)
    else:
        _keep(found, index, block)


def _keep(found: Body, index: int, block: Block) -> None:
    text = _EDITING.sub("", block.text).strip() if "[" in block.text or "_" in block.text else block.text
    if block.links:
        text = _without_tail_link(block)
    if text:
        found.kept.append(index)
        found.lines.append(text)


def _without_tail_link(block: Block) -> str:
    """Return the text of a line without a link to another page at its end (返回首页>>, 详情>>)."""
    text = block.text
    for piece, linked in reversed(block.pieces):
        if not piece:
            continue
        if linked and text.endswith(piece) and (piece.endswith(">>") or _ARROW_LINK.search(piece)):
            return text[: -len(piece)].rstrip()
        break
    return text


def is_caption(block: Block, following: Block | None = None) -> bool:
    """Return whether a line is the caption of a picture.

    A caption is a <figcaption>, has the wording of a caption, or is a short line between a picture and text. The
    position is not sufficient if the next line is short too, because self-media put each clause on its own line.
    """
    text = block.key
    if block.tag == "figcaption":
        return True
    if not block.heading and block.size <= 80 and is_photo_line(text) and not re.search("记者.{0,20}报道", text):
        return True
    if (
        not block.after_image
        or block.size > 60
        or block.size < 3
        or block.strong
        or block.heading
        or ends_sentence(text)
    ):
        return False
    if text.endswith(",") or re.fullmatch(r"[\W\d]+", text) or marks(text) > (3 if block.centred else 1):
        return False
    return following is None or following.after_image or following.size >= 30 or bool(following.boilerplate)


def squash(text: str) -> str:
    """Return only the letters and digits of `text`, for comparisons."""
    return _NO_LETTERS.sub("", text)
