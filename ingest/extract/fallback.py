"""Second opinions for doubtful pages: trafilatura's, and the density of text in the manner of GNE."""

from __future__ import annotations

import math

from ingest.extract.clean import is_sentence, squash
from ingest.extract.dom import Document

#: trafilatura is not asked about larger pages: it needs 0.1 s for 100 KB and more than 40 s for hostile ones
LARGEST, MOST_ELEMENTS = 600_000, 12_000
#: its caches grow by about 1 MB a page (trafilatura #216): dropped after so many questions
RESET_EVERY = 50

_asked = 0


def trafilatura_lines(doc: Document) -> list[str]:
    """Lines that trafilatura takes for the text; [] when it finds none or the page is too large to ask about."""
    global _asked
    # imported here: it costs half a second, and one page in twenty needs it
    import trafilatura
    from trafilatura.meta import reset_caches

    if len(doc.page.text) > LARGEST or doc.elements > MOST_ELEMENTS or doc.flattened:
        return []
    _asked += 1
    if _asked % RESET_EVERY == 0:
        reset_caches()
    found = trafilatura.extract(doc.page.text, include_comments=False, include_tables=True, favor_recall=True)
    return [line for line in (found or "").split("\n") if line.strip()]


def blocks_of(doc: Document, lines: list[str]) -> list[int]:
    """Indices of the blocks whose text is among `lines`."""
    wanted = {squash(line) for line in lines}
    return [i for i, block in enumerate(doc.blocks) if block.size >= 8 and squash(block.text) in wanted]


def densest(doc: Document) -> int | None:
    """The node with most text for its elements and links, weighed by its sentences' marks (GNE's measure), or None."""
    size, marks, links, sentences = [0], [0], [0], [0]
    for block in doc.blocks:
        alive = block.furniture is None
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
