"""One saved file tried alone: read, judged, or its facts read off, nothing stored. Every function here is done by a
worker that can be killed: a saved page is no less hostile than a fetched one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.classify import classify
from ingest.errors import FetchError
from ingest.extract import extract
from ingest.facts import facts
from ingest.fetch.saved_page import page_from_file
from ingest.model import SiteRules
from ingest.pipeline import preload
from ingest.zh.simplify import converted
from store.records import Article, Fact, Verdict

_HTML = (".html", ".htm", ".shtml", ".xhtml")
#: how office documents, archives, PDF and pictures begin
_NO_TEXT = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"7z\xbc\xaf", b"Rar!")
#: share of control characters above which a file is no text; not measured. A page's stray ones are far below it.
_CONTROLS = 0.01


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What a file is read with: a topic's name, the working folder whose words and rules hold (None for the shipped
    ones), and a source's own rules."""

    topic: str
    home: Path | None = None
    rules: SiteRules = field(default_factory=SiteRules)


def article_of(path: Path, given: FileOptions, simplify: bool = False) -> Article:
    """The article a saved page holds, in simplified script when asked. Raises FetchError,
    ExtractError, OSError."""
    article = extract(page_from_file(path), given.rules, home=given.home).article
    return _simplified(article) if simplify else article


def verdict_of(path: Path, given: FileOptions) -> Verdict:
    """How a page or a text is ruled. Raises FetchError,
    ExtractError, OSError."""
    if is_html(path):
        article = article_of(path, given)
        return classify(article.title, article.text, preload.topic(given.topic, given.home))
    return classify("", text_of(path), preload.topic(given.topic, given.home))


def facts_of(path: Path, given: FileOptions) -> tuple[Fact, ...]:
    """The facts of a page, or of a text as it stands: offsets count into it. Raises FetchError,
    ExtractError, OSError."""
    if is_html(path):
        article = article_of(path, given)
        return facts(article.text, preload.lexicon(given.home), title=article.title, published=article.published)
    return facts(text_of(path), preload.lexicon(given.home))


def is_html(path: Path) -> bool:
    """Whether a file is called a page; everything else is a text."""
    return path.name.removesuffix(".gz").lower().endswith(_HTML)


def text_of(path: Path) -> str:
    """A text file's text. Raises FetchError "undecodable" for a file that is none, such as a .docx."""
    page = page_from_file(path)
    controls = sum(character < " " and character not in "\t\n\r\f\v" for character in page.text)
    if page.content.startswith(_NO_TEXT) or controls > _CONTROLS * len(page.text):
        raise FetchError(page.url, "undecodable", "it is no text but some other kind of file; save it as text or HTML")
    return page.text


def _simplified(article: Article) -> Article:
    names = {
        "title": article.title,
        "text": article.text,
        "source": article.source,
        "original_title": article.original_title,
    }
    return replace(
        article,
        **{name: converted(value) for name, value in names.items() if value},  # type: ignore[arg-type]
        authors=tuple(replace(credit, name=converted(credit.name)) for credit in article.authors),
        editors=tuple(map(converted, article.editors)),
        captions=tuple(map(converted, article.captions)),
    )
