# ruff: noqa: E501 - these are pages, and pages have long lines
"""List pages in the manner of real Chinese sites, each with what it lists. Written here; nothing is of a real page.

A layout is a function from rows to HTML: the list in the site's markup among the site's furniture (navigation, hot
lists, picture links, friendly links, footers). `LAYOUTS` names them with the page's own URL and the date each row shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import batched if False else chain

__all__ = ["LAYOUTS", "Layout", "Row", "rows"]
