"""Fallbacks for doubtful pages: trafilatura, and text density as in GNE (GeneralNewsExtractor)."""

from __future__ import annotations

import math

from ingest.extract.body_text import is_sentence, squash
from ingest.extract.dom import Document

#: largest page, in characters and in elements, for trafilatura: it takes 0.1 s for 100 KB, but more than 40 s for
#: hostile pages
LARGEST, MOST_ELEMENTS = 600_000, 12_000
#: Maximum number of blocks for trafilatura, which calls jusText. jusText takes quadratic time in the number of short
#: paragraphs: 0.7 s for 2,500 and 2.2 s for 5,000 of one character (measured). The largest of 88 real pages has 845
#: blocks
MOST_BLOCKS = 2_500
#: calls of trafilatura between two resets of its caches, which grow by about 1 MB per page (trafilatura #216)
RESET_EVERY = 50

_calls = 0


def trafilatura_lines(doc: Document) -> list[str]:
    """Return the lines that trafilatura extracts; [] if it extracts none or the page is too large."""
    global _calls
    # imported here because the import takes half a second, and only one page in twenty needs it
    import trafilatura
    from trafilatura.meta import reset_caches

    if len(doc.page.text) > LARGEST or doc.elements > MOST_ELEMENTS or doc.flattened or len(doc.blocks) > MOST_BLOCKS:
        return []
    _calls += 1
    if _calls % RESET_EVERY == 0:
        reset_caches()
    found = trafilatura.extract(doc.page.text, include_comments=False, include_tables=True, favor_recall=True)
    return [line for line in (found or "").split("\n") if line.strip()]


def blocks_of(doc: Document, lines: list[str]) -> list[int]:
    """Return the indices of the blocks of at least 8 characters whose text is one of `lines`, ignoring punctuation."""
    wanted = {squash(line) for line in lines}
    return [i for i, block in enumerate(doc.blocks) if block.size >= 8 and squash(block.text) in wanted]


def densest(doc: Document) -> int | None:
    """Return the index of the node with the highest text density, weighted by its sentences and marks (as in GNE).

    Return None if no node except paragraphs has at least 60 characters and a sentence.
    """
    size, marks, links, sentences = [0], [0], [0], [0]
    for block in doc.blocks:
        alive = block.boilerplate is None
        size.append(size[-1] + (block.size if alive else 0))
        links.append(links[-1] + (block.links if alive else 0))
        marks.append(marks[-1] + (block.marks if alive else 0))
        sentences.append(sentences[-1] + (1 if alive and is_sentence(block) else 0))
    best: tuple[float, int] | None = None
    for node in doc.nodes:
        chars = size[node.end] - size[node.start]
        if node.tag == "p" or chars < 60 or sentences[node.end] == sentences[node.start]:
            continue
        lines = node.end - node.start
        text = chars - (links[node.end] - links[node.start])
        density = max(text, 0) / max(lines, 1)
        score = (
            density
            * math.log1p(sentences[node.end] - sentences[node.start])
            * math.log1p(marks[node.end] - marks[node.start])
        )
        if best is None or score > best[0]:
            best = (score, node.index)
    return best[1] if best else None
