"""The blocks of the article's element -> its lines: head and tail cut, furniture out, captions and credits apart."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ingest.extract.body import Region, tells_of_article
from ingest.extract.boilerplate import (
    ends_sentence,
    is_byline,
    is_credit,
    is_dateline,
    is_dead_end,
    is_end,
    is_furniture,
    is_legal,
    is_photo_line,
    is_statement,
    marks,
)
from ingest.extract.dom import Block, Document

#: credits of writers stay in the text, where the facts are read from; those of editors are furniture
WRITER = re.compile("记者|通讯员|作者|文字|文[/|:丨]|撰|采写")
_NO_LETTERS = re.compile(r"[\W_]+")
_ARROW_LINK = re.compile(
    r"(?:\[?(?:详情|详细|更多|点击(?:查看|进入|阅读)?|查看|阅读全文|返回.{0,8}首页)[^。]{0,12}>{1,2}\]?|返回.{1,10},?\s*查看更多|>>.{0,12})\s*$"
)


#: lines without marks that may lie between two lines of prose: pictures, subheads, section numbers. Four are seen
#: in the labelled pages; in a known container whose prose is spread over many boxes (微信) nine.
GAP, SCATTERED_GAP = 4, 9
#: a line of so many characters without ends of sentences is no article's, be it a list of names. Not measured.
ENDLESS = 5_000
#: captions with so many times the text's characters are a photo story's text
PHOTO_STORY = 2
#: how much more the box of the first sentence under the headline weighs
FIRST_BOX = 1.5


@dataclass(slots=True)
class Body:
    """The article's lines and what was set apart from them. Indices are of the document's blocks."""

    lines: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    captioned: list[int] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)
    first: int = -1
    last: int = -1


def is_prose(block: Block) -> bool:
    """True for a line that can only be an article's own: long enough, punctuated, not linked."""
    if block.furniture or block.marks == 0 or block.size < 18 or block.link_share > 0.5:
        return False
    if block.reads_like_text is None:
        block.reads_like_text = not is_spam(block.key, block.size) and not tells_of_article(block)
    return block.reads_like_text


def is_spam(text: str, size: int) -> bool:
    """True for a long line without ends of sentences: a paragraph of 900 characters has one in every 300 at least."""
    return size > 900 and size > 300 * (1 + text.count("。") + text.count("!") + text.count("?") + text.count(";"))


def is_clause(block: Block) -> bool:
    """True for a short line with a clause's mark, as self-media break their sentences."""
    return block.furniture is None and block.marks > 0 and block.link_share < 0.5 and not tells_of_article(block)


def ends_article(block: Block) -> bool:
    """True when the site takes over at this line: related reading, disclaimers, comments."""
    if block.ends is None:
        block.ends = is_end(block.key) or is_dead_end(block.key)
    return block.ends


def is_sentence(block: Block) -> bool:
    """True for prose that ends like a sentence: no headline of a list does."""
    return is_prose(block) and ("。" in block.text or ends_sentence(block.text))


def span_of(doc: Document, where: Region, start: int) -> tuple[int, int, set[int]]:
    """First and last block of the article's prose, and the boxes that hold it.

    Grown from the box of the region with most prose: what lies between its lines belongs to it, and so does prose
    before and after (past the region's own bounds, too) as long as no gap of other lines, end mark, linked headline
    or comment section parts them.
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
    weight: Counter[int] = Counter()
    for i in prose:
        weight[blocks[i].box] += blocks[i].size
    # the text begins under the headline: its first box needs two thirds of what another has
    weight[blocks[prose[0]].box] = int(weight[blocks[prose[0]].box] * FIRST_BOX)
    main = max(weight, key=lambda box: weight[box])
    seeds = [i for i in prose if blocks[i].box == main]
    scattered = where.method.startswith(("container", "rule")) and weight[main] < 0.6 * sum(weight.values())
    first = _grown(doc, seeds[0], range(seeds[0] - 1, start - 1, -1), SCATTERED_GAP if scattered else GAP)
    last = _grown(doc, seeds[-1], range(seeds[-1] + 1, stop), SCATTERED_GAP if scattered else GAP, where.end)
    return first, last, {blocks[i].box for i in range(first, last + 1) if is_sentence(blocks[i])} | {main}


def _grown(doc: Document, edge: int, ahead: range, gap: int, bound: int = -1) -> int:
    """The last line of prose that follows `edge` in the direction of `ahead` without being parted from it.

    One linked line may stand between when what follows is a part like the one before (an advertisement inside the
    text); more of them are a list.
    """
    blocks = doc.blocks
    missed = linked = 0
    for i in ahead:
        block = blocks[i]
        if block.furniture in ("comments", "related", "footer") or ends_article(block):
            return edge
        if block.link_share > 0.8 and block.size >= 8:
            linked += 1
            if linked > 1:
                return edge
        elif is_sentence(block) or (i < bound and is_prose(block) and block.box == blocks[edge].box):
            if linked and not _alike(doc, blocks[edge].box, block.box):
                return edge
            edge, missed, linked = i, 0, 0
        elif block.link_share > 0.5 or not block.marks:
            missed += 1
            if missed > (gap if bound < 0 or i < bound else 1):
                return edge
    return edge


def _alike(doc: Document, one: int, other: int) -> bool:
    """True for one box, or two with one parent and several sentences each."""
    if one == other:
        return True
    first, second = doc.nodes[one], doc.nodes[other]
    return first.parent == second.parent and all(
        sum(1 for block in doc.blocks[node.start : node.end] if is_sentence(block)) >= 2 for node in (first, second)
    )


def body_of(doc: Document, where: Region, start: int, title: str) -> Body:
    """Read the lines of the region from block `start` on (the block after the title).

    Raises nothing; an empty body means that nothing there is an article.
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
        if block.furniture or (index > first and _repeats_headline(block, headline)):
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
            or is_furniture(block.key)
            or is_legal(block.key)
            or (block.link_share > 0.8 and block.box not in boxes)
        ):
            continue
        _line(found, blocks, index)
    _tail(found, blocks, last + 1, where.end if doc.another is None else min(where.end, doc.another), boxes)
    if sum(map(len, found.captions)) > PHOTO_STORY * sum(map(len, found.lines)):
        _told_in_captions(found)
    if found.kept:
        found.first, found.last = found.kept[0], found.kept[-1]
    return found


def _told_in_captions(found: Body) -> None:
    """Put the captions of a photo story back into its text: they are the text."""
    lines = dict(zip([*found.kept, *found.captioned], [*found.lines, *found.captions], strict=True))
    found.kept = sorted(lines)
    found.lines = [lines[index] for index in found.kept]
    found.captions, found.captioned = [], []


def _head(found: Body, blocks: list[Block], above: range, boxes: set[int], title: str, inside: int) -> None:
    """Short lines above the first sentence that stand in the article's own box (a standfirst, a section number), and
    a bold one over it from line `inside` on, where a container begins whose lines have a box each."""
    for index in above:
        block = blocks[index]
        text = block.key
        own = block.box in boxes or (block.strong and index >= inside and index == above[-1])
        if block.furniture or not own or block.link_share > 0.5 or _is_headline(block, title, index < above[0] + 3):
            continue
        if is_furniture(text) or is_end(text) or is_legal(text) or is_dateline(text) or is_byline(text):
            continue
        if text.isdigit() and (len(text) > 2 or blocks[index + 1].key.isdigit()):
            continue  # counters of readers and comments; a section number is short and alone
        _line(found, blocks, index)


def _is_headline(block: Block, title: str, near: bool) -> bool:
    """True for the headline again, or, `near` its place, for a line of it."""
    text = squash(block.text)
    return text == title or (near and len(text) >= 6 and text in title)


def _repeats_headline(block: Block, title: str) -> bool:
    """True for the headline inside the text, as the texts of pictures repeat it."""
    return abs(block.size - len(title)) <= 8 and len(title) >= 6 and squash(block.text) == title


def _tail(found: Body, blocks: list[Block], start: int, end: int, boxes: set[int]) -> None:
    """Short lines below the last sentence, up to where the site speaks."""
    for index in range(start, end):
        block = blocks[index]
        text = block.key
        if is_end(text) or is_dead_end(text) or block.furniture in ("comments", "related"):
            break
        if (
            block.furniture
            or block.box not in boxes
            or block.link_share > 0.5
            or is_furniture(text)
            or is_legal(text)
            or is_dateline(text)
        ):
            continue
        _line(found, blocks, index)


def _line(found: Body, blocks: list[Block], index: int) -> None:
    """Put one line where it belongs: text, caption or credit."""
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


def is_caption(block: Block, following: Block | None = None) -> bool:
    """True for the line under a picture: marked as one, in words of one, or short and alone between picture and text.

    Where self-media set each clause on a line of its own (the next line is short too), position says nothing.
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
    return following is None or following.after_image or following.size >= 30 or bool(following.furniture)


def squash(text: str) -> str:
    """Letters, digits and characters only, for comparing."""
    return _NO_LETTERS.sub("", text)
