"""Folding, lines, sentences, spans. Knows characters, knows no article.

The seed format (docs/DESIGN.md) is what `clean_lines` writes: one paragraph a line, LF, no empty line, no
blank at a line's ends, full-width ASCII as half-width, Chinese punctuation as it is, nothing invisible.
"""

from __future__ import annotations

import re

#: U+FF01 to U+FF5E are ASCII drawn wide, at a constant distance from it
_WIDE_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
#: every space that Unicode calls one (category Zs), the tab, Hangul fillers and the braille blank
_BLANKS = dict.fromkeys(
    [0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x2800, 0x3000, 0x3164, 0xFFA0], " "
)
#: what ends a line besides LF: CR, VT, FF, NEL, line and paragraph separator
_BREAKS = dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n")
#: drawn with no width: soft hyphen, zero-width spaces and joiners, bidi controls, Mongolian vowel separator,
#: fillers, BOM, interlinear and tag characters. Sites sow them against copying; text with them is not found.
_INVISIBLE: dict[int, None] = dict.fromkeys(
    [
        0xAD,
        0x034F,
        0x061C,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
        *range(0xE0000, 0xE0080),
    ]
)
#: ASCII and what Chinese is written in, each as itself: a character that a table lacks costs twice one that it has
#: (2,500 characters: 0.17 ms without these, 0.09 with)
_COMMON = {
    code: code for code in (*range(0x20, 0x7F), *range(0x2018, 0x2027), *range(0x3001, 0x3100), *range(0x4E00, 0xA000))
}
_FOLD: dict[int, int | str | None] = {**_COMMON, **_WIDE_ASCII, **_BLANKS, **_BREAKS, **_INVISIBLE}

#: what no store keeps whole: C0 but tab and LF, DEL, C1, surrogates, non-characters (PostgreSQL refuses NUL,
#: SQLite's length() stops at it, both drivers raise on surrogates, lxml raises on all of them: measured)
_UNSTORABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]+"
)
#: a text without such a character needs no search for them: 0.02 ms instead of 0.27 for a page (measured)
_UNUSUAL = re.compile("[^\t\n -~\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd]")
_RUN = re.compile(" {2,}")
_LINE_END = re.compile(r"\r\n?")

#: a sentence's end: a run of end marks (…… or ？！) with the closing quotes and brackets that belong to it.
#: ";" is among them because folding makes it of ；, "!" and "?" likewise.
_END = re.compile("[。！？!?；;…]+[」』”’】）)》〉\\]]*")


def storable(text: str) -> str:
    """`text` without what a database or an XML parser refuses; line ends become LF. Idempotent."""
    text = _LINE_END.sub("\n", text)
    return _UNSTORABLE.sub("", text) if _UNUSUAL.search(text) else text


def fold(text: str) -> str:
    """Characters of the seed format: wide ASCII narrow, blanks plain, runs of blanks one, nothing invisible.

    Line breaks of every kind become LF and stay; paragraphs are `clean_lines`' business. Idempotent.
    """
    return _RUN.sub(" ", storable(_LINE_END.sub("\n", text).translate(_FOLD)))


def clean_lines(text: str) -> str:
    """The whole text in the seed format: folded, one paragraph a line, no empty line, none open at the end.

    Idempotent: cleaning a cleaned text changes nothing.
    """
    return "\n".join(line for raw in fold(text).split("\n") if (line := raw.strip(" ")))


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences of `text`, in order, without the blanks around them.

    A sentence ends at 。！？!?；;… with the closing quotes and brackets after it, and at every line break.
    Every character that is no white space lies in exactly one span.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        begin = start
        for end in _ends(line):
            _add(spans, text, begin, start + end)
            begin = start + end
        _add(spans, text, begin, start + len(line))
        start += len(line) + 1
    return spans


def _ends(line: str) -> list[int]:
    """Offsets just past each sentence end in one line."""
    ends = []
    counted, quotes = 0, 0
    for found in _END.finditer(line):
        end = found.end()
        quotes += line.count('"', counted, end)
        counted = end
        # A straight quote says neither opening nor closing: when one is open on this line, it closes.
        if line[end : end + 1] == '"' and quotes % 2:
            end += 1
        ends.append(end)
    return ends


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    inner = piece.strip()
    if inner:
        begin = start + len(piece) - len(piece.lstrip())
        spans.append((begin, begin + len(inner)))
