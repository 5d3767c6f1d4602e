"""Entries of a feed as Atom (RFC 4287) and as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1). Pure."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as Xml
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from ingest import __version__

ATOM, JSON = "application/atom+xml", "application/feed+json"
_NAMESPACE = "http://www.w3.org/2005/Atom"
#: characters that XML 1.0 (section 2.2) does not allow
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an entry: a text, the quote that proves it, the URL that it links to, and the fact as values."""

    text: str
    quote: str = ""
    url: str = ""
    fact: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed; all texts are masked."""

    #: permanent and unique identifier, an IRI
    id: str
    title: str
    #: http or https address of the original article, "" if there is none
    url: str
    published: datetime
    updated: datetime
    #: one paragraph; for an article: publisher, date, first sentence
    summary: str
    lines: tuple[Line, ...] = ()
    tags: tuple[str, ...] = ()
    #: id of the article whose page the entry links to, None if it does not link to a page
    article: int | None = None
    commit: int | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its entries and its addresses."""

    id: str
    title: str
    #: URL of the feed
    url: str
    #: URL of the web pages, with a final slash
    home: str
    updated: datetime
    entries: Sequence[Entry]


def atom(feed: Feed) -> bytes:
    """Return the feed as an Atom document."""
    root = Xml.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "zh-CN"})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", _time(feed.updated))
    _add(root, "link", rel="self", type=ATOM, href=feed.url)
    _add(root, "link", rel="alternate", type="text/html", href=feed.home)
    _add(_add(root, "author"), "name", "所闻")
    _add(root, "generator", "Suowen", version=__version__)
    for entry in feed.entries:
        node = _add(root, "entry")
        _add(node, "id", entry.id)
        _add(node, "title", entry.title)
        _add(node, "published", _time(entry.published))
        _add(node, "updated", _time(entry.updated))
        if entry.url:
            _add(node, "link", rel="alternate", type="text/html", href=entry.url)
        if page := page_of(feed, entry):
            _add(node, "link", rel="related", type="text/html", href=page)
        for tag in entry.tags:
            _add(node, "category", term=tag)
        _add(node, "summary", entry.summary)
        _add(node, "content", html(feed, entry), type="html")
    document: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def json_feed(feed: Feed) -> bytes:
    """Return the feed as a JSON Feed; `_suowen` of an item contains its article, commit and facts with quotes."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "language": "zh-CN",
        "authors": [{"name": "所闻"}],
        "items": [_item(feed, entry) for entry in feed.entries],
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _item(feed: Feed, entry: Entry) -> dict[str, Any]:
    facts = [line.fact for line in entry.lines if line.fact is not None]
    return {
        "id": entry.id,
        **({"url": entry.url} if entry.url else {}),
        "title": entry.title,
        "summary": entry.summary,
        "content_html": html(feed, entry),
        "content_text": text(entry),
        "date_published": _time(entry.published),
        "date_modified": _time(entry.updated),
        **({"tags": list(entry.tags)} if entry.tags else {}),
        "_suowen": {
            "about": "https://www.jsonfeed.org/version/1.1/#extensions",
            "article": entry.article,
            "commit": entry.commit,
            "page": page_of(feed, entry) or None,
            "facts": facts,
        },
    }


def page_of(feed: Feed, entry: Entry) -> str:
    """Return the address of the article's page, "" for an entry without an article."""
    return f"{feed.home}articles/{entry.article}" if entry.article else ""


def html(feed: Feed, entry: Entry) -> str:
    """Return the content of an entry as HTML without scripts or styles."""
    lines = "".join(
        f"<li>{_linked(line)}{f'<br><q>{escape(line.quote)}</q>' if line.quote else ''}</li>" for line in entry.lines
    )
    page = page_of(feed, entry)
    more = f'<p><a href="{escape(page)}">全文和全部事实</a></p>' if page else ""
    return f"<p>{escape(entry.summary)}</p>{f'<ul>{lines}</ul>' if lines else ''}{more}"


def _linked(line: Line) -> str:
    return f'<a href="{escape(line.url)}">{escape(line.text)}</a>' if line.url else escape(line.text)


def text(entry: Entry) -> str:
    """Return the content of an entry as plain text."""
    lines = (f"- {line.text}" + (f"（“{line.quote}”）" if line.quote else "") for line in entry.lines)
    return "\n".join([entry.summary, *lines])


def _add(parent: Xml.Element, name: str, content: str | None = None, /, **attributes: str) -> Xml.Element:
    node = Xml.SubElement(parent, name, {key: _NO_XML.sub("", value) for key, value in attributes.items()})
    node.text = None if content is None else _NO_XML.sub("", content)
    return node


def _time(moment: datetime) -> str:
    """Return a time by RFC 3339, in UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
