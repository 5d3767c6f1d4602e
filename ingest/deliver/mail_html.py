"""Render a message as an HTML mail under 102 kB: changes first, a feature in a few lines, light and dark mode."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ingest.config.settings import Settings
from ingest.deliver.message_text import shortened
from ingest.digest.format_zh import day_in_words, moment, printable

#: maximum bytes of the HTML part (hteumeuleu/email-bugs issue 41: Gmail clips mails over 102 kB)
LIMIT = 100_000
#: (maximum items of each section, whether quotes are shown), tried in turn until the mail fits
LADDER = ((200, True), (200, False), (100, False), (50, False), (20, False), (5, False))

#: beginning of a headline, which is removed because the mail shows the date above the headline
_DATE = re.compile("^所闻(?:周报|运行)? [^：]*：")


def render_mail(content: Mapping[str, Any], *, made_at: datetime, settings: Settings | None = None) -> str:
    """Render the sections of a message. All texts are escaped.

    With `settings.pages` items link to their pages; otherwise the quotes of figures are shown if they fit. `made_at` is
    in the zone of the reader. `content` may have "date" (default: the day of `made_at`), "note", "overview" and "form".
    """
    settings = settings or Settings()
    html = ""
    for most, quotes in LADDER:
        html = printable(
            _template().render(
                title=content.get("headline", ""),
                headline=_DATE.sub("", str(content.get("headline", ""))),
                note=content.get("note", ""),
                overview=content.get("overview", ()),
                sections=shortened(content, most)["sections"],
                quotes=quotes,
                pages=settings.pages.rstrip("/"),
                sender=parseaddr(settings.smtp.sender)[1],
                day=content.get("date") or day_in_words(made_at.date()),
                weekly=content.get("form") == "weekly",
                made_at=moment(made_at),
            )
        )
        if len(html.encode("utf-8")) <= LIMIT:
            break
    return html


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
