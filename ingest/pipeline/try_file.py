"""Extract, classify or find facts in one saved file, without a store.

Every function here runs in a worker process that can be killed: a saved page may be as hostile as a fetched one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from ingest.classify import classify
from ingest.errors import FetchError
from ingest.extract import extract
from ingest.facts import Explanation, explain, facts
from ingest.fetch.saved_page import page_from_file
from ingest.pipeline import cached_tables
from ingest.pipeline_types import SiteRules
from ingest.zh.simplify import converted
from store.records import Article, Fact, Verdict

R = TypeVar("R")

_HTML = (".html", ".htm", ".shtml", ".xhtml", ".mhtml", ".mht")

#: share of control characters above which a file is not a text; not measured. Pages with stray control characters have
#: a far smaller share
_MAX_CONTROLS = 0.01


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Options for one file. `home` is the working folder with word lists and rules; None: the defaults are used."""

    topic: str
    home: Path | None = None
    rules: SiteRules = field(default_factory=SiteRules)


def article_of(path: Path, options: FileOptions, simplify: bool = False) -> Article:
    """Return the article of a saved page. `simplify` converts its text and fields to simplified script.

    Raises FetchError, ExtractError, OSError.
    """
    article = extract(page_from_file(path), options.rules, home=options.home).article
    return _simplified(article) if simplify else article


def verdict_of(path: Path, options: FileOptions) -> Verdict:
    """Return the verdict on a saved page or text. Raises FetchError, ExtractError, OSError."""
    if is_html(path):
        article = article_of(path, options)
        return classify(article.title, article.text, cached_tables.topic(options.topic, options.home))
    return classify("", text_of(path), cached_tables.topic(options.topic, options.home))


def facts_of(path: Path, options: FileOptions) -> tuple[Fact, ...]:
    """Return the facts of a saved page or of a text. A text is not changed, so that offsets refer to the file.

    Raises FetchError, ExtractError, OSError.
    """
    return _searched(facts, path, options)


def explained_of(path: Path, options: FileOptions) -> tuple[Explanation, ...]:
    """Return the decisions of the fact rules about a saved page or a text. Raises the errors of `facts_of`."""
    return _searched(explain, path, options)


def _searched(search: Callable[..., tuple[R, ...]], path: Path, options: FileOptions) -> tuple[R, ...]:
    """Return the result of `facts` or `explain` for a saved page or a text."""
    known, units = cached_tables.lexicon(options.home), cached_tables.unit_words(options.topic, options.home)
    if is_html(path):
        article = article_of(path, options)
        return search(article.text, known, title=article.title, published=article.published, url=str(path), units=units)
    return search(text_of(path), known, url=str(path), units=units)


def is_html(path: Path) -> bool:
    """Return whether a file has the suffix of an HTML page; all other files are texts."""
    return path.name.removesuffix(".gz").lower().endswith(_HTML)


def text_of(path: Path) -> str:
    """Return the text of a text file. Raises FetchError for a file that cannot be loaded or is not a text."""
    page = page_from_file(path)
    controls = sum(character < " " and character not in "\t\n\r\f\v" for character in page.text)
    if controls > _MAX_CONTROLS * len(page.text):
        raise FetchError(path.name, "undecodable", "not a text file; save it as text or HTML")
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
