"""Detection of the article's region: the element and range of blocks that contain it, and the method that found it.

The element of a site rule is used if there is one. Otherwise the search descends from <body> while one child contains
nearly all the prose. The element reached is replaced by a known container with a large part of the element's prose, and
by the first box of prose below the headline if that box begins earlier. Boilerplate is marked first; its prose does
not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from ingest.extract.css_names import NOTHING
from ingest.extract.dom import Block, Document, Node
from ingest.extract.line_kinds import (
    ends_sentence,
    is_about,
    is_boilerplate,
    is_byline,
    is_dead_end,
    is_end,
    is_labelled,
    is_self_description,
)
from ingest.extract.site_rules import Rulebook

#: Minimum prose of a known container, as a share of the prose in the element that the descent from <body> reaches.
#: Measured on the fixtures only.
CONTAINER_SHARE = 0.5
#: The descent continues while one child contains at least this share of its parent's prose. Not measured.
DESCENT_SHARE = 0.8
#: maximum weight of one sentence in characters; the longest sentence of the seed articles has 214
SENTENCE = 300
#: labels of boxes with the key points of the article; a list follows them
_KEY_POINTS = re.compile(
    r"\W*(?:(?:本文|文章|新闻|内容|阅读)?(?:要点|重点|看点|速览|提要)|(?:AI|智能)(?:摘要|速读|总结)|一分钟速[览读]|划重点|重点摘要)\W*"
)
_STOPS = re.compile("[。!?;]")
_WORD = re.compile(r"[^\W_]{1,6}")
_NO_LETTERS = re.compile(r"[\W_]+")
#: Minimum characters of prose with which the first box below the headline is taken for the article; summaries and
#: promotions have fewer. Not measured.
LEAD = 120
#: minimum characters of prose of a folded or paged part of an article; menus and notices have fewer. Not measured.
FOLDED = 80
#: The weight of prose outside `window` (above the headline, below the end mark) is divided by this number. Not
#: measured.
OUTSIDE_DIVISOR = 4
#: minimum characters of prose below the headline before an end mark, a repeated headline or a headline with a dateline
#: ends the window. Not measured.
MIN_PROSE = 60
#: Number of letters by which a repeated line is recognised; number of lines in which the next prose is searched. Not
#: measured.
REPEATED, NEAR = 20, 10
#: Maximum distance in lines between two abstracts of one list; headline, date and reader counts are between them. A
#: larger distance ends the list: on one page, the article begins 13 lines below a column of three abstracts.
ABSTRACT_GAP = 6
#: minimum number of abstracts (lines of prose directly below linked headlines) in a list. Not measured.
ABSTRACTS = 4
#: If more than this number of first-level headings follow the headline, they are headings of the article's sections.
#: Not measured.
SECTIONS = 2
#: An element with more than this share of the page's prose is content despite a weak boilerplate name. Not measured.
WEAK_SHARE = 0.4


@dataclass(slots=True)
class Region:
    """The range of the article, blocks[start:end], within one element, and the method that found it."""

    node: int
    start: int
    end: int
    method: str
    #: prose in the region divided by the prose of the page, 0 to 1; always 1 for a site rule
    share: float


def mark_boilerplate(doc: Document, book: Rulebook) -> None:
    """Set the kind of boilerplate of the blocks that are boilerplate, and compute `doc.window` and `doc.weights`.

    Elements are recognised as boilerplate by their names, tags and styles; key points, lists of abstracts and
    descriptions of the site by their text. The name of an element is ignored if other evidence shows that it contains
    the article, such as the headline or a large share of the prose. Prose outside the window counts less, prose of
    another article not at all.
    """
    raw = [_raw_prose(block) for block in doc.blocks]
    total = [0, *accumulate(raw)]
    whole = total[-1] or 1
    has_title = _nodes_above(doc, [block for block in doc.blocks if block.heading == 1])
    has_headline = _nodes_above(doc, _stated_headings(doc))
    for node in doc.nodes:
        reason = node.name.boilerplate
        weak = node.name.weak
        if reason is None:
            if node.hidden:
                reason, weak = "hidden", True
            elif node.tag in ("nav", "footer", "aside"):
                reason, weak = node.tag, node.tag == "aside"
            else:
                continue
        share = (total[node.end] - total[node.start]) / whole
        weak = weak or reason == "sharing"
        if node.tag == "body" or (node.index in has_title and share > 0.2) or (weak and share > WEAK_SHARE):
            continue
        if weak and node.index in has_headline:
            continue  # a short article with long abstracts below it has a small share of the prose
        if weak and _is_folded_part(doc, node, total):
            continue
        if reason == "footer" and whole > 1 and total[node.start] * 10 < whole:
            # Little text is above the element, so it is not the footer: <h6 class="post-footer"> below the headline.
            continue
        if share > 0.2 and book.container(node.element.get("class"), node.element.get("id")):
            continue
        for block in doc.blocks[node.start : node.end]:
            block.boilerplate = block.boilerplate or reason
    for index in _abstracts(doc.blocks, raw):
        doc.blocks[index].boilerplate = doc.blocks[index].boilerplate or "related"
    for index in _key_points(doc.blocks):
        doc.blocks[index].boilerplate = doc.blocks[index].boilerplate or "keypoints"
    for index in _self_description(doc.blocks):
        doc.blocks[index].boilerplate = doc.blocks[index].boilerplate or "footer"
    first, last = doc.window = window(doc)
    foreign = len(doc.blocks) if doc.another is None else doc.another
    weights = [0]
    for index, block in enumerate(doc.blocks):
        prose = 0 if block.boilerplate or index >= foreign else raw[index]
        weights.append(weights[-1] + (prose if first <= index < last else prose // OUTSIDE_DIVISOR))
    doc.weights = weights


def _abstracts(blocks: list[Block], raw: list[int]) -> list[int]:
    """Return the indices of the blocks that are abstracts of other articles: prose directly below linked headlines.

    They must be in a list of at least ABSTRACTS abstracts. A list ends at other prose or at a gap of more than
    ABSTRACT_GAP lines.
    """
    found: list[int] = []
    run: list[int] = []
    for index, prose in enumerate(raw):
        if prose and _under_link(blocks, index):
            if run and index - run[-1] > ABSTRACT_GAP:
                found += run if len(run) >= ABSTRACTS else []
                run = []
            run.append(index)
        elif prose:
            found += run if len(run) >= ABSTRACTS else []
            run = []
    return found + run if len(run) >= ABSTRACTS else found


def _self_description(blocks: list[Block]) -> list[int]:
    """Return the indices of the blocks in which a site describes itself: the first one and those below in its box.

    Return [] if sentences of the article are below in other boxes, as in an article about a website, or if no sentence
    of the article is above.
    """
    start = next(
        (i for i, block in enumerate(blocks) if block.marks > 1 and block.size > 30 and is_self_description(block.key)),
        None,
    )
    if start is None:
        return []
    box = blocks[start].box
    above, below = (
        [i for i in part if blocks[i].box != box and _is_article_sentence(blocks[i])]
        for part in (range(start), range(start + 1, len(blocks)))
    )
    return [i for i in range(start, len(blocks)) if blocks[i].box == box] if above and not below else []


def _key_points(blocks: list[Block]) -> list[int]:
    """Return the indices of a label of key points (本文要点) and of the 2 to 11 list items below it; [] if fewer follow."""
    for index, block in enumerate(blocks):
        if block.size <= 10 and _KEY_POINTS.fullmatch(block.key):
            found = [index]
            for item in range(index + 1, min(index + 12, len(blocks))):
                if blocks[item].tag != "li":
                    break
                found.append(item)
            return found if len(found) > 2 else []
    return []


def _is_article_sentence(block: Block) -> bool:
    """Return whether a line contains 。 and is not metadata or text of the site (`is_about_article`)."""
    return "。" in block.text and not is_about_article(block)


def _under_link(blocks: list[Block], index: int) -> bool:
    """Return whether the line above is a linked headline. One short line (a date) may be in between."""
    above = blocks[max(0, index - 1)]
    if above.size <= 24 and above.link_share <= 0.8:
        above = blocks[max(0, index - 2)]
    return above.link_share > 0.8 and above.size >= 6 and not is_boilerplate(above.key)


def _is_folded_part(doc: Document, node: Node, total: list[int]) -> bool:
    """Return whether an element that looks like weak boilerplate is a part of the article.

    It must be hidden, an <aside>, or named like pagination (<div class="page">) or navigation.
    It must contain at least FOLDED characters of prose (a quarter of that if a button 展开全文 follows) and few links.
    The element around it must contain at least FOLDED characters of other prose.
    """
    if node.name.boilerplate not in (None, "pager", "navigation") or node.parent < 0:
        return False
    inside = total[node.end] - total[node.start]
    linked = sum(block.links for block in doc.blocks[node.start : node.end])
    around = doc.nodes[node.parent]
    least = FOLDED // 4 if any(map(_unfolds, doc.blocks[node.end : node.end + 1])) else FOLDED
    return inside >= least and linked * 5 < inside and total[around.end] - total[around.start] - inside >= FOLDED


def _unfolds(block: Block) -> bool:
    """Return whether the block is the button that unfolds a folded part: 展开全文, 展开剩余30%."""
    return (
        block.size <= 16 and re.match(r"\W*(?:点击)?(?:展开|显示全|查看全|阅读全|查看剩余|剩余)", block.key) is not None
    )


def window(doc: Document) -> tuple[int, int]:
    """Return the range of blocks in which the article is expected.

    It begins at the headline (`_headline_block`), or at the first block if there is no headline. It ends at the first
    end mark after MIN_PROSE characters of prose, or where a second copy of the article or another article begins, or
    else at the last block. Sets `doc.another` to the block where the copy or the other article begins, or to the end
    mark above the other article.
    """
    headline = _headline_block(doc)
    first = headline or 0
    own = next((i for i, block in enumerate(doc.blocks) if _is_own_heading(block)), None)
    own = own if headline is None else headline
    prose = 0
    mark: int | None = None  # first end mark after any prose
    ended: int | None = None  # first end mark after enough prose
    first_seen: dict[str, int] = {}
    for index in range(first, len(doc.blocks)):
        block = doc.blocks[index]
        if prose and own is not None and index > own and _is_foreign_headline(doc, own, index, mark):
            doc.another = index if mark is None else mark
            return first, min(doc.another, ended or doc.another)
        if ended is not None:
            continue
        if block.boilerplate is None and "。" in block.text:
            prose += block.size
            start = first_seen.setdefault(_beginning(block), index)
            if start < index and block.size >= REPEATED and _repeats_from(doc, start, index, prose):
                doc.another = index
                return first, index
        is_mark = block.size <= 40 and prose > 0 and (is_end(block.key) or is_dead_end(block.key))
        if mark is None and is_mark:
            mark = index
        if prose < MIN_PROSE:
            continue
        if _another_begins(doc, headline, index, prose):
            doc.another = index
            return first, index
        if is_mark:
            ended = index
    return first, len(doc.blocks) if ended is None else ended


def _is_own_heading(block: Block) -> bool:
    """Return whether a block is a first-level heading that may be the headline if no block matches <title>."""
    return block.heading == 1 and block.boilerplate is None and block.link_share < 0.5 and block.size >= 4


def _is_foreign_headline(doc: Document, own: int, index: int, mark: int | None) -> bool:
    """Return whether block `index` is the headline of another article below the text of this article.

    The block must be a heading, or be in an element with a title name. It must not be a part of the page's headline
    (block `own`), must be in another box than the text above it, and prose must follow. `mark`: the first end mark
    (相关阅读) above the block. A linked heading counts as an end mark itself. Without an end mark, both the block and
    the page's headline must be first-level headings, because sections of an article also have headings.
    """
    block = doc.blocks[index]
    node = doc.nodes[block.node] if block.node >= 0 else None
    linked = block.link_share > 0.8 and block.heading > 0
    below_mark = mark is not None
    if linked:
        mark = index  # a linked headline leads to another article, so it counts as an end mark
    titled = block.heading or (3 if node is not None and node.name.field == "title" else 0)
    if not titled or block.boilerplate or not 6 <= block.size <= 130 or ends_sentence(block.key):
        return False
    level = doc.blocks[own].heading or 2
    deepest = 6 if linked and below_mark else max(level, 3)
    if not (titled <= deepest if mark is not None else titled == level == 1):
        return False
    if mark is None and sum(other.heading == 1 for other in doc.blocks[own + 1 :]) > SECTIONS:
        return False  # these are sections of one article with first-level headings
    text = _letters(block.text)
    named = _letters(doc.title + " ".join(doc.metas.get("og:title", [])) + doc.blocks[own].text)
    if len(text) < 4 or text in named or is_byline(block.key):
        return False
    above = next((b for b in reversed(doc.blocks[own:index]) if "。" in b.text and b.boilerplate is None), None)
    if above is None or above.box == block.box:
        return False
    around = doc.nodes[block.box] if block.box >= 0 else None
    if around is not None and around.start <= own < around.end and mark is None:
        return False
    return any("。" in line.text and line.boilerplate is None for line in doc.blocks[index + 1 : index + 1 + 2 * NEAR])


def _headline_block(doc: Document) -> int | None:
    """Return the index of the block that best matches the page's <title>, or og:title if <title> is empty.

    The title must contain the whole text of the block. Long blocks and headings are preferred. Blocks that are mostly
    links, in the footer or among related articles are excluded. Return None if no block matches.
    """
    whole = _letters(doc.title) or _letters(" ".join(doc.metas.get("og:title", [])))
    first: int | None = None
    best = 0.0
    for index, block in enumerate(doc.blocks):
        if not 6 <= block.size <= 130:
            continue
        begun = _WORD.search(block.text)
        if begun is None or begun.group() not in whole:
            continue
        text = _letters(block.text)
        if (
            len(text) < 6
            or len(text) > 100
            or text not in whole
            or block.link_share > 0.8
            or block.boilerplate in ("footer", "related")
        ):
            continue
        score = len(text) + (20 if block.heading == 1 else 10 if block.heading else 0)
        if score > best:
            first, best = index, score
    return first


def _another_begins(doc: Document, headline: int | None, index: int, prose: int) -> bool:
    """Return whether a copy of the article (for phones) or the next article (endless scrolling) begins at `index`.

    There are two kinds of evidence. The first is a repeated headline: the same prose must follow both headlines, and
    at most `prose` characters may follow the second one, because an abstract or a preview may come before the article.
    If no prose is near one of the headlines, the repetition suffices. The second is a heading, or an element with a
    title name, that is followed by a line with a label and a date and by prose.
    """
    block = doc.blocks[index]
    if block.boilerplate or not 6 <= block.size <= 130 or (block.link_share == 1.0 and not block.heading):
        return False
    if headline is not None and index > headline and _letters(block.text) == _letters(doc.blocks[headline].text):
        again, begun = _next_prose(doc, index), _next_prose(doc, headline)
        if again is None or begun is None or (again == begun and _prose_from(doc, index) <= prose):
            return True
    node = doc.nodes[block.node] if block.node >= 0 else None
    if not block.heading and (node is None or node.name.field != "title"):
        return False
    below = doc.blocks[index + 1 : index + 4]
    return any(is_byline(line.key) and is_labelled(line.key) for line in below) and any(
        "。" in line.text and line.boilerplate is None for line in doc.blocks[index + 2 : index + 8]
    )


def _repeats_from(doc: Document, start: int, index: int, prose: int) -> bool:
    """Return whether the text from `start` is repeated from `index`, as some pages do for another screen width.

    Both must be followed by equal lines of prose, and at most `prose` characters may follow `index`. This excludes an
    abstract, which repeats only one line, and a preview, which is shorter than the text below it.
    """
    following = _next_prose(doc, start)
    if following is None or following != _next_prose(doc, index):
        return False
    return _prose_from(doc, index) <= prose


def _prose_from(doc: Document, index: int) -> int:
    """Return the number of characters of prose from block `index` on."""
    return sum(block.size for block in doc.blocks[index:] if block.boilerplate is None and "。" in block.text)


def _next_prose(doc: Document, index: int) -> str | None:
    """Return the beginning of the next line of prose after line `index`; None if there is none within NEAR lines."""
    lines = doc.blocks[index + 1 : index + 1 + NEAR]
    return next((_beginning(line) for line in lines if "。" in line.text and line.size >= REPEATED), None)


def _beginning(block: Block) -> str:
    return _letters(block.text[: 2 * REPEATED])[:REPEATED]


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)


def _stated_headings(doc: Document) -> list[Block]:
    """Return the first-level headings of at least 8 characters that the page's <title> contains."""
    whole = _letters(doc.title)
    return [
        block
        for block in doc.blocks
        if block.heading == 1 and block.size >= 8 and block.link_share < 0.5 and _letters(block.text) in whole
    ]


def _nodes_above(doc: Document, blocks: list[Block]) -> set[int]:
    """Return the indices of the nodes that contain at least one of the blocks."""
    found: set[int] = set()
    for block in blocks:
        at = block.node
        while at >= 0 and at not in found:
            found.add(at)
            at = doc.nodes[at].parent
    return found


def is_about_article(block: Block) -> bool:
    """Return whether a line is metadata of the article or text of the site (`line_kinds.is_about`).

    The result is cached in the block, because several steps need it.
    """
    if block.about is None:
        block.about = is_about(block.key)
    return block.about


def _raw_prose(block: Block) -> int:
    """Return the weight of a block as prose: its characters outside links, at most SENTENCE for each sentence.

    A line without the end of a sentence counts for a quarter, because it may be a title. The weight is 0 for a line
    without punctuation, for one that is mostly links, and for one about the article or the site.
    """
    if block.marks == 0 or block.link_share > 0.5:
        return 0
    text = block.key
    if is_about_article(block):
        return 0
    size = block.size - block.links
    if "。" not in text and not ends_sentence(text):
        return min(size, SENTENCE) // 4
    # A spam line of 170,000 characters without sentences must not weigh more than one sentence.
    return min(size, SENTENCE * (1 + len(_STOPS.findall(text))))


def region(doc: Document, book: Rulebook, selected: Any | None = None) -> Region | None:
    """Return the region of the article; None if the page has no prose.

    `selected`: the element of a site rule, whose region is returned even without prose.
    """
    whole = doc.prose(0, len(doc.blocks))
    if selected is not None:
        for node in doc.nodes:
            if node.element is selected:
                return Region(node.index, node.start, node.end, "rule", 1.0)
    if whole == 0:
        return None
    found = _descend(doc, _children(doc), 0, whole)
    method = "density"
    known = _known_container(doc, book, found)
    if known is not None:
        found, method = known
    lead = _lead_box(doc)
    if lead is not None and doc.nodes[lead].start < doc.nodes[found].start:
        found, method = lead, "density"
    node = doc.nodes[found]
    return Region(found, node.start, node.end, method, doc.prose(node.start, node.end) / whole)


def _lead_box(doc: Document) -> int | None:
    """Return the first box below the headline with at least two lines and LEAD characters of prose.

    Return None if there is no such box, if no headline was found, or if the article's window ends with the page.

    The first text below the headline is the article, even if comments below it are longer.
    """
    first, last = doc.window or window(doc)
    if first == 0 or last == len(doc.blocks):
        return None
    size: dict[int, int] = {}
    lines: dict[int, int] = {}
    for index in range(first + 1, last):
        block = doc.blocks[index]
        if "。" in block.text and doc.weights[index + 1] > doc.weights[index]:
            size[block.box] = size.get(block.box, 0) + block.size
            lines[block.box] = lines.get(block.box, 0) + 1
            if size[block.box] >= LEAD and lines[block.box] >= 2:
                return block.box
    return None


def _children(doc: Document) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in doc.nodes]
    for node in doc.nodes:
        if node.parent >= 0:
            children[node.parent].append(node.index)
    return children


def _weight(doc: Document, node: Node) -> int:
    return doc.prose(node.start, node.end)


def _descend(doc: Document, children: list[list[int]], at: int, whole: int) -> int:
    """Return the node reached by descending from node `at` while one child contains nearly all its prose.

    A child with less prose is also entered if the prose beside it is unrelated. Paragraphs are not entered.
    """
    while True:
        here = _weight(doc, doc.nodes[at])
        best = max(children[at], key=lambda index: _weight(doc, doc.nodes[index]), default=None)
        if best is None or (doc.nodes[best].tag in ("p", "li", "tr", "h1", "h2", "h3", "td") and not children[best]):
            return at
        weight = _weight(doc, doc.nodes[best])
        if weight < DESCENT_SHARE * here and not _siblings_unrelated(doc, children[at], best, weight):
            return at
        if doc.nodes[best].tag == "p":
            return at
        at = best


def _siblings_unrelated(doc: Document, siblings: list[int], best: int, weight: int) -> bool:
    """Return whether the prose beside the best child belongs to other parts of the page.

    Each sibling with prose must consist of links to at least 30 %, or have little prose and not be a paragraph, section,
    heading, quotation or list. The best child alone must be long enough for an article.
    """
    if weight < 150:
        return False
    for index in siblings:
        if index == best:
            continue
        node = doc.nodes[index]
        prose = _weight(doc, node)
        if prose == 0:
            continue
        blocks = doc.blocks[node.start : node.end]
        size = sum(block.size for block in blocks) or 1
        linked = sum(block.links for block in blocks)
        if node.tag in ("p", "section", "blockquote", "h2", "h3", "h4", "ul", "ol") and linked / size < 0.3:
            return False
        if prose > 0.35 * weight and linked / size < 0.3:
            return False
    return True


def _known_container(doc: Document, book: Rulebook, found: int) -> tuple[int, str] | None:
    """Return (index of the node, "container:" and its selector) of the known container with the most prose.

    Return None if no container has CONTAINER_SHARE of the prose of `found`, the node that the descent reached.
    """
    base = _weight(doc, doc.nodes[found])
    best: tuple[int, int, str] | None = None
    for node in doc.nodes:
        weight = doc.weights[node.end] - doc.weights[node.start]
        if weight < CONTAINER_SHARE * base or weight == 0 or node.name is NOTHING or node.tag == "body":
            continue
        selector = book.container(node.element.get("class"), node.element.get("id"))
        if selector is None:
            continue
        # of nested containers, take the innermost one that contains nearly all the prose of the outer ones
        if (
            best is None
            or weight > 1.02 * best[0]
            or (weight >= 0.97 * best[0] and node.depth > doc.nodes[best[1]].depth)
        ):
            best = (weight, node.index, selector)
    if best is None:
        return None
    return best[1], "container:" + best[2]
