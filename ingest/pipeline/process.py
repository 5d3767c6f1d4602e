"""Process the pages of an article without the store: extract, join pages, classify, fingerprint, facts.

Pure functions. They run in a worker process that can be killed, because untrusted content is parsed only there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.classify import classify
from ingest.dedup import fingerprint
from ingest.errors import ExtractError, RedirectError
from ingest.extract import extract, holds, join_pages
from ingest.facts import Explanation, explain, facts
from ingest.pipeline import cached_tables
from ingest.pipeline_types import Candidate, Extraction, Page, Processed, SiteRules
from store.records import Article

#: maximum number of further pages of one article; not measured
MAX_FURTHER = 20


@dataclass(frozen=True, slots=True)
class NeedsPage:
    """The next page to fetch for an article: a further page, a single-page view, or the target of an HTML redirect."""

    url: str
    #: True for a single-page view of an article with further pages: if it cannot be fetched, `url` is passed in `lost`,
    #: and the further pages are requested
    optional: bool = False


def process_pages(
    pages: Sequence[Page],
    rules: SiteRules,
    candidate: Candidate,
    topic: str,
    home: Path | None,
    lost: frozenset[str] = frozenset(),
) -> Processed | NeedsPage:
    """Process all pages of one article, or return the next page to fetch.

    `lost` are the URLs of single-page views that could not be fetched. Raises ExtractError if the first page is not an
    article, or if another required page cannot be extracted.
    """
    pages = list(pages)
    try:
        extractions = [extract(pages[0], rules, home=home)]
    except RedirectError as redirect:
        if len(pages) == 1:
            return NeedsPage(redirect.at)
        del pages[0]
        extractions = [extract(pages[0], rules, home=home)]
    have = {url for page in pages for url in (page.url, page.final_url)} | lost
    single_page = extractions[0].single_page_url
    if single_page and single_page not in have:
        return NeedsPage(single_page, optional=bool(extractions[0].further))
    for page in pages[1:]:
        extraction = _further(page, rules, home, optional=page.url == single_page and bool(extractions[0].further))
        if extraction and page.url == single_page and holds(extraction.article, extractions[0].article):
            whole = join_pages([extractions[0], extraction])
            return replace(
                analyse(with_listing_values(whole, candidate), topic, home), canonical=extractions[0].canonical
            )
        if extraction and not (page.url == single_page and extractions[0].further):
            extractions.append(extraction)
    missing = next((url for extraction in extractions for url in extraction.further if url not in have), None)
    if missing and len(pages) <= MAX_FURTHER:
        return NeedsPage(missing)
    processed = analyse(with_listing_values(join_pages(extractions), candidate), topic, home)
    return replace(processed, canonical=extractions[0].canonical)


def _further(page: Page, rules: SiteRules, home: Path | None, *, optional: bool) -> Extraction | None:
    """Extract a further page. If extraction fails, return None for an optional page, else raise ExtractError."""
    try:
        return extract(page, rules, home=home)
    except ExtractError:
        if not optional:
            raise
        return None


def analyse(article: Article, topic: str, home: Path | None) -> Processed:
    """Return an extracted article with its verdict, its fingerprint and, if it is a feature, its facts."""
    verdict = classify(article.title, article.text, cached_tables.topic(topic, home))
    print_ = fingerprint(article.title, article.text)
    if verdict.ruling != "feature":
        return Processed(article, verdict, print_)
    known = cached_tables.lexicon(home)
    units = cached_tables.unit_words(topic, home)
    found = facts(article.text, known, title=article.title, published=article.published, url=article.url, units=units)
    return Processed(article, verdict, print_, found)


def explain_article(article: Article, topic: str, home: Path | None) -> tuple[Explanation, ...]:
    """Return the decisions of the fact rules about an extracted article."""
    known, units = cached_tables.lexicon(home), cached_tables.unit_words(topic, home)
    return explain(article.text, known, title=article.title, published=article.published, url=article.url, units=units)


def with_listing_values(article: Article, candidate: Candidate) -> Article:
    """Return `article` with the URL of `candidate`.

    A title or date that the page does not state is taken from the listing; its origin is then "listing".
    """
    origins = dict(article.origins)
    title, published = article.title, article.published
    if not title and candidate.title:
        title, origins["title"] = candidate.title, "listing"
    if not published and candidate.date:
        published, origins["published"] = candidate.date, "listing"
    return replace(article, url=candidate.url, title=title, published=published, origins=origins)
