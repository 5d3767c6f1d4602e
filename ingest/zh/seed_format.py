"""Lines in the seed format.

A text in the seed format (docs/DESIGN.md) has one paragraph a line, LF, no empty lines, no spaces at the ends of a line,
half-width ASCII, unchanged Chinese punctuation and no invisible characters.
"""

from __future__ import annotations

from ingest.zh.character_normalization import fold


def clean_lines(text: str) -> str:
    """Return `text` in the seed format: folded, one paragraph a line, without empty lines and without a final LF.

    Idempotent.
    """
    return "\n".join(line for raw in fold(text).split("\n") if (line := raw.strip(" ")))
