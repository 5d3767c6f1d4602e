"""Mapping from full-width ASCII to ASCII, for URLs and for Chinese text."""

from __future__ import annotations

#: table for `str.translate`: full-width ASCII, U+FF01 to U+FF5E, has a constant distance from ASCII
WIDE_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
