"""Titles and snippets of articles as a listing states them, cleaned to one line of plain text."""

from __future__ import annotations

import html
import re

from ingest.zh.seed_format import clean_lines

#: Maximum length of a title and of a snippet in characters. Headlines of Chinese sites have at most some 60
#: (title and subtitle), but feeds with titles of 20 MB exist (docs/FAULTS.md F8). Not measured further.
TITLE_LENGTH = 300
SNIPPET_LENGTH = 300

_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,4000}>")
_BLOCK = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr|/?h\d)\b[^<>]{0,4000}>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)


def line(text: str | None, length: int = TITLE_LENGTH) -> str | None:
    """Return `text` as one line in the seed format (docs/DESIGN.md), at most `length` characters; None if empty."""
    if not text:
        return None
    cleaned = clean_lines(text[: length * 8]).replace("\n", " ")
    return cleaned[:length].rstrip() or None


def plain(markup: str | None, length: int = SNIPPET_LENGTH) -> str | None:
    """Return the visible text of an HTML fragment as one line of at most `length` characters; None if it is empty."""
    if not markup:
        return None
    text = _HIDDEN.sub(" ", markup[:200_000])
    text = _TAG.sub("", _BLOCK.sub("\n", text))
    # feeds often escape their HTML twice (&amp;nbsp;)
    return line(_TAG.sub("", html.unescape(html.unescape(text))), length)
