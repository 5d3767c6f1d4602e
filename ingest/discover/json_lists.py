"""Lists in JSON: a body in JSON or JSONP, or a script of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.discover.links import han

#: maximum number of objects and arrays examined in one JSON value; a list of 5,000 rows has about 5,000
_MOST_VALUES = 400_000
#: maximum characters of one script that are searched; maximum positions in a script from which JSON is parsed
_SCRIPT, _STARTS = 2_000_000, 8
JSONP = re.compile(r"^\s*(?:/\*\*/)?\s*(?:var\s+|let\s+|const\s+)?[\w$.]{1,80}\s*(?:\(|=)\s*(?=[\[{])")
_START = re.compile(r"(?:=|\(|:|^)\s*(?=\[\s*\{|\{\s*\")")
_TITLES = ("title", "doctitle", "headline", "articletitle", "newstitle", "linktitle", "subject", "name")
_LINKS = (
    "url",
    "link",
    "docpuburl",
    "href",
    "linkurl",
    "articleurl",
    "pageurl",
    "weburl",
    "web_url",
    "pcurl",
    "shareurl",
)
_DATES = (
    "date",
    "pubdate",
    "publishtime",
    "pubtime",
    "publish_time",
    "docreltime",
    "publishdate",
    "releasetime",
    "ptime",
    "time",
    "createtime",
)
_SNIPPETS = ("summary", "description", "brief", "abstract", "digest", "memo", "desc")
#: other field names of dates: focus_date, listTime
_DATE_NAME = re.compile(r"(?:date|time|day)(?:_?str)?$|^(?:pub|rel|fb)_?(?:dt|rq|sj)$")
#: a URL in the value of any field, used if no field of _LINKS has one
_ADDRESS = re.compile(
    r"(?:https?:)?//[^\s\"'<>\\]+|/[\w\-./]+\.s?html?\b[^\s\"'<>\\]*|/[\w\-]+/[\w\-./]*\d{3,}[\w\-./?=&]*"
)


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """Title, URL, date and snippet of one object of a list, as written."""

    title: str
    url: str
    date: str | None
    snippet: str | None


def parsed(body: str) -> Any:
    """Parse the JSON of a body, which may be inside a call or an assignment. Raises ValueError."""
    inner = JSONP.sub("", body, count=1).strip()
    try:
        value, _ = json.JSONDecoder().raw_decode(inner)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def in_scripts(tree: Any) -> list[ListedArticle]:
    """Find the JSON value in the scripts that has the most articles and return these; [] if fewer than three."""
    best: list[ListedArticle] = []
    for script in tree.iter("script"):
        text = (script.text or "")[:_SCRIPT]
        if "{" not in text or han(text[:200_000]) < 18:
            continue
        for value in _values(text):
            listed = list(listed_articles(value, strict=True))
            if len(listed) > max(2, len(best)):
                best = listed
    return best


def _values(text: str) -> Iterator[Any]:
    """Yield the outermost JSON values that begin at the first _STARTS likely positions of a script."""
    decoder, position = json.JSONDecoder(), 0
    for _ in range(_STARTS):
        found = _START.search(text, position)
        if found is None:
            return
        try:
            value, position = decoder.raw_decode(text, found.end())
            yield value
        except (ValueError, RecursionError):
            position = found.end() + 1


def listed_articles(value: Any, *, strict: bool = False) -> Iterator[ListedArticle]:
    """Yield a listed article for each object with title and link, in document order.

    With `strict`, the title needs at least six Han characters; the text of another field may replace a shorter title.
    At most _MOST_VALUES objects and arrays are examined.
    """
    stack, seen = [value], 0
    while stack and seen < _MOST_VALUES:
        item = stack.pop()
        seen += 1
        if isinstance(item, dict):
            article = _listed_article(item, strict)
            if article:
                yield article
            stack.extend(v for v in reversed(list(item.values())) if isinstance(v, (dict, list)))
        elif isinstance(item, list):
            stack.extend(reversed(item))


def _listed_article(item: dict[str, Any], strict: bool) -> ListedArticle | None:
    lower = {str(k).lower(): v for k, v in item.items()}
    title = _first(lower, _TITLES)
    if strict and (title is None or han(title) < 6):
        # some CMS use field names of their own (aT, aU), so look for a text that could be a title
        texts = [v for v in item.values() if isinstance(v, str) and han(v) >= 6 and len(v) <= 100]
        title = max(texts, key=han, default=None)
    url = _first(lower, _LINKS)
    if url is None or "/" not in url:
        found = (_ADDRESS.search(v) for v in item.values() if isinstance(v, str) and len(v) < 3000 and v != title)
        url = next(
            (m[0] for m in found if m and not re.search(r"\.(?:jpe?g|png|gif|webp|mp4)\b", m[0], re.IGNORECASE)), None
        )
    if not title or not url:
        return None
    dates = _first(lower, _DATES) or next((str(v) for k, v in lower.items() if _DATE_NAME.search(k) and v), None)
    return ListedArticle(title, url, dates, _first(lower, _SNIPPETS))


def _first(lower: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        found = lower.get(name)
        if isinstance(found, (str, int)) and not isinstance(found, bool) and str(found).strip():
            return str(found)
    return None
