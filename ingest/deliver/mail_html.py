"""Render a message as a compact HTML mail: changes first, a feature in a few lines, light and dark, under 102 kB."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ingest.digest.labels_zh import printable
from ingest.digest.render import LIMIT

#: (items of each section, whether quotes are shown), tried in turn until the mail fits; the last always fits
LADDER = ((200, True), (200, False), (100, False), (50, False), (20, False), (5, False))


def render_mail(content: Mapping[str, Any], *, pages: str = "", footer: str = "") -> str:
    """Render the sections of a message.

    `pages`: public URL of `suowen web`; without it each figure keeps its quote. All texts are escaped.
    """
    html = ""
    for most, quotes in LADDER:
        sections = [_shortened(part, most) for part in content.get("sections", ())]
        html = printable(
            _template().render(
                headline=content.get("headline", ""),
                sections=sections,
                quotes=quotes,
                pages=pages.rstrip("/"),
                footer=footer,
            )
        )
        if len(html.encode("utf-8")) <= LIMIT:
            break
    return html


def _shortened(part: Mapping[str, Any], most: int) -> dict[str, Any]:
    return {**part, "items": part["items"][:most], "more": part["more"] + max(0, len(part["items"]) - most)}


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")
