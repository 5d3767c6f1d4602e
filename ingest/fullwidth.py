"""Full-width ASCII and its half-width form, for URLs and for Chinese text."""

from __future__ import annotations

#: full-width ASCII, U+FF01 to U+FF5E, at a constant distance from ASCII; a table for `str.translate`
WIDE_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
