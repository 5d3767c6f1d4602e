"""Articles in the JSON of a page (scripts, <textarea>, API responses); fields in the HTML comment of the 方正 system.

今日头条, 百家号, 澎湃, 凤凰, 腾讯 and others send the text as JSON in addition to HTML, or instead of it. The search does not use
the structure of any particular site. It looks for the longest string (or list of strings) of Chinese prose. Title,
date, source, author and editor are taken from fields near this string, by the names of the fields (pub_time).
"""

from __future__ import annotations

import contextlib
import html as entities
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ingest.extract.dom import Document
from ingest.zh import han

#: minimum number of Han characters in an article's text
LEAST = 80
#: name of the meta element for the author in the page that `as_html` returns
SCRIPT_AUTHOR = "script-author"
#: Maximum length of a script. Larger ones are libraries or feeds; the largest one seen with an article has 770,000
#: characters.
LARGEST = 1_500_000
#: maximum number of objects and arrays visited in one JSON value
MOST_VALUES = 50_000

_HAN = han.regex("[\\p{Han}]")
_RESPONSE_START = re.compile(r"[\ufeff\s]*(?:[\w$.]{1,60}\(\s*)?(?=[{\[])")
_ENCODED = re.compile(r"\s*%(?:7B|5B)%", re.I)
_ASSIGNED = re.compile(r"(?:=|\(|:)\s*(?=\{\s*[\"'\w])")
_LITERAL = re.compile(
    r"""["']?\b(content|articleContent|article_content|cnt_html|contentHtml|body|html|detail|text|title|time|publish_?[tT]ime|pub[tT]ime|source|mediaName|nickname|author)["']?\s*[:=]\s*(["'])((?:\\.|(?!\2)[^\\\n])*)\2"""
)
#: page state as a string literal: JSON.parse("{\\"title\\":...}")
_PARSED = re.compile(r"""JSON\.parse\(\s*("(?:[^"\\\n]|\\.)*")""")
#: page state of Nuxt: the return value of a function, whose arguments are the values that occur more than once
_FUNCTION = re.compile(r"=\s*\(function\(([\w$,]+)\)\s*\{\s*return\b")
_VARIABLE = re.compile(r"\b(\w{4,20})\s*:\s*([A-Za-z_$][\w$]{0,2})(?=\s*[,}])")
_KEYS = {
    "title": re.compile(r"^(?:title|name|headline|article_?title|news_?title|share_?title)$", re.I),
    "published": re.compile(
        r"^(?:pub(?:lish(?:ed)?)?_?(?:time|date|at|on)|issue_?(?:time|date)|online_?time|publish_?time(?:_?str)?|pub_?time(?:long)?|ptime|news_?time|create_?time|created_?at|display_?time|release_?(?:time|date)|date|time|ctime|date_?published)$",
        re.I,
    ),
    "source": re.compile(
        r"^(?:source|source_?name|media|media_?name|origin|from|copyfrom|account_?name|publisher_?name|detail_?source|author_?name|nick_?name|site_?name)$",
        re.I,
    ),
    "author": re.compile(r"^(?:author|authors|author_?name|writer|reporter|journalist|author_?info)$", re.I),
    "editor": re.compile(r"^(?:editor|editors|editor_?name|respons\w*editor|res_?editor|duty_?editor|ec)$", re.I),
}
#: prefixes that are removed from field names before a comparison with _KEYS: news_source, articleAuthor
_PREFIX = re.compile("^(?:news|article|doc|info|art)_?(?=[a-zA-Z])", re.I)
_PUBLISHED = re.compile("^(?:pub|release|ptime|display|date_?pub)", re.I)
_SUMMARY = re.compile("summary|abstract|digest|^desc(?:ription)?$|intro(?:duction)?$|excerpt|brief|^dek$|zhaiyao", re.I)
_AREAS = {
    "title": ("title",),
    "published": ("time", "date"),
    "source": ("source",),
    "author": ("author",),
    "editor": ("editor",),
}
#: _MOMENT matches a time in a script, _TIME_NAME the name of a publication time directly before it. The time is
#: searched first, because scripts have few times but many names.
_MOMENT = re.compile(r"(?<![\d.])(?:1\d{9}(?:\d{3})?(?!\d)|(?:19|20)\d\d[-/年]\d{1,2}[-/月]\d{1,2}[^\"',;]{0,16})")
_TIME_NAME = re.compile(
    r"""(?:publish_?time|pub_?time|pubdate|publish_?date|create_?time|news_?time|display_time|\bct|\bptime|datePublished)["']?\s*[:=]\s*["']?$""",
    re.I,
)
#: Further names of times and media, which also occur in lists of other articles and in settings of the site. They
#: count only beside the headline.
_NEAR_TIME_NAME = re.compile(
    r"""(?:rela?e?se_?(?:time|date)|input_?time|issue_?(?:time|date)|send_?time|online_?time|post_?time|add_?time|cr_?time|ctime|published_?at|created_?at)["']?\s*[:=]\s*["']?$""",
    re.I,
)
_NEAR_MEDIA = re.compile(
    r"""\b(?:doc|news|info|article|art|pub)?_?(?:source|origin|copy_?from)(?:_?name)?["']?\s*[:=]\s*["']([^"'<>{}\\]{2,30})["']""",
    re.I,
)
#: characters before and after a headline in a script in which _NEAR_TIME_NAME and _NEAR_MEDIA are searched. Not
#: measured
_NEAR = 1500
_MEDIA = re.compile(
    r"""\b(?:media|media_?[nN]ame|source_?[nN]ame|nick_?name|account_?[nN]ame)["']?\s*[:=]\s*(?:\w+\()?["']([^"'<>{}\\]{2,30})["']"""
)
_ENP = re.compile(r"<!--\s*enpproperty\s*(.{0,8000}?)/enpproperty\s*-->", re.S)
_ENP_FIELD = re.compile(r"<(date|author|title|subtitle|introtitle|sourcename|editor)>(.*?)</\1>", re.S)


@dataclass(slots=True)
class EmbeddedArticle:
    """An article from a script. `fields` contains only the fields that were found."""

    content: str
    fields: dict[str, str] = field(default_factory=dict)
    #: whether the text is from a field whose name means a summary
    summary: bool = False

    @property
    def weight(self) -> int:
        return len(_HAN.findall(self.content[:200_000]))


def wrap_api_response(text: str) -> str | None:
    """Return a page whose only script is the API response (JSON or JSONP); None for any other text."""
    begun = _RESPONSE_START.match(text)
    if begun is None:
        return None
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, begun.end())
    except (ValueError, RecursionError):
        return None
    written = json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
    return f'<html><body><script type="application/json">{written}</script></body></html>'


def from_scripts(doc: Document, belongs: Callable[[EmbeddedArticle], bool]) -> EmbeddedArticle | None:
    """Return the longest article in scripts and <textarea> elements for which `belongs` is true.

    Return None if there is none.
    """
    best: EmbeddedArticle | None = None
    for script in doc.scripts:
        text = script.text
        if not text or not LEAST < len(text) < LARGEST:
            continue
        if _ENCODED.match(text):  # 今日头条 percent-encodes its page state
            text = unquote(text.strip())
        for found in _candidates(text, script.get("type") or ""):
            best = _better(best, found, belongs)
    for found in _in_textareas(doc):
        best = _better(best, found, belongs)
    return best


def _better(
    best: EmbeddedArticle | None, found: EmbeddedArticle, belongs: Callable[[EmbeddedArticle], bool]
) -> EmbeddedArticle | None:
    weight = found.weight
    longer = weight >= LEAST and (best is None or weight > best.weight)
    return found if longer and belongs(found) else best


def _in_textareas(doc: Document) -> Iterator[EmbeddedArticle]:
    """Yield the articles in the page's <textarea> elements: those in areas with JSON, and one from the other areas.

    Some sites have one area for each field: article-title, article-content, article-time (环球网).
    """
    fields: dict[str, str] = {}
    content = ""
    for area in doc.root.iter("textarea"):
        text = "".join(area.itertext()).strip()
        if text.startswith(("{", "[")):  # JSON of a gallery or a form, in which the article may be
            with contextlib.suppress(ValueError, RecursionError):
                yield from _in_json(json.loads(text, strict=False))
            continue
        name = f"{area.get('class') or ''} {area.get('id') or ''}".lower()
        if len(_HAN.findall(text[:4000])) >= LEAST // 2 and len(text) > len(content):
            content = text
        elif text and len(text) <= 400:
            for key, words in _AREAS.items():
                if any(word in name for word in words):
                    fields.setdefault(key, re.sub(r"<[^>]+>", "", text))
    if content:
        yield EmbeddedArticle(content, fields)


def as_html(found: EmbeddedArticle) -> str:
    """Return a plain page with the article of a script, for the regular extraction."""
    body = found.content
    if "&lt;" in body and "<" not in body:
        body = entities.unescape(body)
    if "<" not in body:
        body = "".join(f"<p>{line}</p>" for line in body.splitlines())
    title = entities.escape(re.sub(r"<[^>]+>", "", found.fields.get("title", "")))
    names = {"published": "pubdate", "source": "contentsource", "author": SCRIPT_AUTHOR, "editor": "editor"}
    metas = "".join(
        f'<meta name="{names[key]}" content="{entities.escape(value, quote=True)}">'
        for key, value in found.fields.items()
        if key in names and value
    )
    return f"<html><head><title>{title}</title>{metas}</head><body><h1>{title}</h1><div class='article-content'>{body}</div></body></html>"


def script_dates(doc: Document) -> Iterator[str]:
    """Yield the machine-readable publication dates in the page's scripts, in order.

    Valid JSON-LD is skipped, because it is parsed elsewhere: the type of a node there shows whether the date is that of
    the article.
    """
    for script in doc.scripts:
        text = script.text
        if text and len(text) < LARGEST and not (script.get("type") == "application/ld+json" and _is_json(text)):
            yield from _moments(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _moments(text: str) -> Iterator[str]:
    for found in _MOMENT.finditer(text):
        if _TIME_NAME.search(text, max(0, found.start() - 30), found.start()):
            yield found.group()


def script_sources(doc: Document) -> Iterator[str]:
    """Yield names of media and accounts from scripts that also contain a publication time."""
    for script in doc.scripts:
        text = script.text
        if text and len(text) < LARGEST and next(_moments(text), None):
            for found in _MEDIA.finditer(text):
                if _HAN.search(found[1]):
                    yield found[1]


def fields_beside(doc: Document, headline: str) -> Iterator[tuple[str, str]]:
    """Yield ("published" or "source", value) from fields beside the headline in the page's scripts.

    Pages of apps contain their article as an object in a script: {"topic": "the headline", "relasetime": "2024-05-20",
    "docSource": "..."}.
    """
    if len(headline) < 6:
        return
    for script in doc.scripts:
        text = script.text
        if not text or len(text) >= LARGEST or (at := text.find(headline)) < 0:
            continue
        near = text[max(0, at - _NEAR) : at + _NEAR]
        for moment in _MOMENT.finditer(near):
            if _NEAR_TIME_NAME.search(near, max(0, moment.start() - 30), moment.start()):
                yield "published", moment.group()
        for medium in _NEAR_MEDIA.finditer(near):
            if _HAN.search(medium[1]):
                yield "source", medium[1]


def founder_fields(text: str) -> dict[str, str]:
    """Return the fields of a comment by the 方正 content system (<!--enpproperty ...-->); {} without such a comment."""
    if "enpproperty" not in text:
        return {}
    found = _ENP.search(text)
    if not found:
        return {}
    return {
        key: value
        for key, raw in _ENP_FIELD.findall(found[1])
        if (value := re.sub(r"<[^>]*>|\s+", " ", entities.unescape(raw)).strip())
    }


def _candidates(text: str, kind: str) -> Iterator[EmbeddedArticle]:
    if "json" in kind:
        with contextlib.suppress(ValueError, RecursionError):
            yield from _in_json(json.loads(text, strict=False))
        return
    if not han.search(r"[\p{Han}]{8}|\\u[4-9][0-9a-f]{3}|%E[4-9]", text):
        return
    for quoted in _PARSED.finditer(text):
        with contextlib.suppress(ValueError, RecursionError):
            yield from _in_json(json.loads(json.loads(quoted[1], strict=False), strict=False))
    decoder = json.JSONDecoder(strict=False)
    position, tried, parsed = 0, 0, False
    while tried < 8:
        start = _ASSIGNED.search(text, position)
        if not start:
            break
        tried += 1
        try:
            value, end = decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            position = start.end() + 1
            continue
        parsed = True
        yield from _in_json(value)
        position = end
    if not parsed:
        yield from _literals(text)


def _in_json(data: Any) -> Iterator[EmbeddedArticle]:
    """Yield an article for each long Chinese text in a dict, with the fields of that dict and of the dicts around it."""
    stack: list[tuple[Any, dict[str, str]]] = [(data, {})]
    visited = 0
    while stack and visited < MOST_VALUES:
        value, around = stack.pop()
        visited += 1
        if isinstance(value, dict):
            fields = {**around, **_fields(value)}
            for key, inner in value.items():
                if isinstance(inner, str) and len(inner) >= LEAST and len(_HAN.findall(inner[:4000])) >= LEAST // 2:
                    yield EmbeddedArticle(inner, fields, _SUMMARY.search(str(key)) is not None)
                elif isinstance(inner, list) and (joined := _joined(inner)):
                    yield EmbeddedArticle(joined, fields)
                if isinstance(inner, dict | list):
                    stack.append((inner, fields))
        elif isinstance(value, list):
            stack.extend((inner, around) for inner in value if isinstance(inner, dict | list))


def _fields(value: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    # of several times, prefer the publication time
    for key, raw in sorted(value.items(), key=lambda item: _PUBLISHED.match(str(item[0])) is None):
        inner = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
        if not isinstance(inner, str) or not 1 < len(inner) <= 200 or not isinstance(key, str):
            continue
        for name, pattern in _KEYS.items():
            named = pattern.match(key) or pattern.match(_PREFIX.sub("", key))
            if named and name not in found and (name != "published" or re.search(r"\d{4}|\d{10}", inner)):
                found[name] = inner
    return found


def _joined(items: list[Any]) -> str | None:
    """Return the text of a list of paragraphs ([{"type": "text", "data": "<p>..."}, ...] or plain strings), else None."""
    parts: list[str] = []
    for item in items:
        if isinstance(item, str):
            parts.append(item)
        elif isinstance(item, dict):
            text = next(
                (
                    item[key]
                    for key in ("data", "text", "content", "value", "paragraph")
                    if isinstance(item.get(key), str)
                ),
                None,
            )
            if text and str(item.get("type", "text")) not in ("img", "image", "video"):
                parts.append(text)
    joined = "".join(part if part.lstrip().startswith("<") else f"<p>{part}</p>" for part in parts)
    return joined if len(_HAN.findall(joined[:20_000])) >= LEAST else None


def _literals(text: str) -> Iterator[EmbeddedArticle]:
    """Yield the article in object literals that are not JSON (single quotes, keys without quotes): the longest text."""
    found: dict[str, str] = {}
    content = ""
    for key, _, raw in _LITERAL.findall(text):
        value = _unescaped(raw)
        if len(value) >= LEAST and len(_HAN.findall(value[:4000])) >= LEAST // 2:
            content = max(content, value, key=len)
            continue
        for name, pattern in _KEYS.items():
            if pattern.match(key) and value:
                found.setdefault(name, value)
    if content:
        arguments = _arguments(text)
        for key, name in _VARIABLE.findall(text) if arguments else ():
            for kind, pattern in _KEYS.items():
                if pattern.match(key) and name in arguments:
                    found.setdefault(kind, arguments[name])
        yield EmbeddedArticle(content, found)


def _arguments(text: str) -> dict[str, str]:
    """Return the string arguments of a Nuxt state: (function(a,b){return {source:b}}(null,"..."))."""
    head = _FUNCTION.search(text)
    start = text.rfind("}(", head.end()) if head else -1
    if head is None or start < 0:
        return {}
    listed = (
        re.sub(r"\bvoid 0\b", "null", text[start + 2 : start + 2 + LARGEST // 10]).replace("!0", "1").replace("!1", "0")
    )
    try:
        values = json.loads("[" + listed[: listed.rfind("))")] + "]", strict=False)
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in zip(head[1].split(","), values, strict=False) if isinstance(value, str)}


def _unescaped(raw: str) -> str:
    try:
        value = json.loads(
            '"' + re.sub(r"(?<!\\)\"", r'\\"', raw.replace("\\'", "'").replace("\\x", "\\u00")) + '"', strict=False
        )
    except ValueError:
        value = raw
    value = str(value)
    return entities.unescape(value).strip('"') if "&lt;" in value or "&quot;" in value else value
