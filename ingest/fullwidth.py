"""Mapping from full-width ASCII to ASCII, for URLs and for Chinese text."""

from __future__ import annotations

#: table for `str.translate`: U+FF01 to U+FF5E (full-width ASCII) -> U+0021 to U+007E
WIDE_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
