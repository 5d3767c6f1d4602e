"""From the pages of an article to all that can be said of it without the store: read ▶ judge ▶ fingerprint ▶ facts.

Pure, and done in a worker that can be killed: what comes from outside is parsed nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.classify import classify, may_be_feature
from ingest.dedup import fingerprint
from ingest.errors import ExtractError, RedirectError
from ingest.extract import extract, holds, stitch
from ingest.facts import facts
from ingest.model import Candidate, Extraction, Page, Processed, SiteRules
from ingest.pipeline import preload
from store.records import Article

#: further pages of one article at most: the longest seen in site rule collections has 12; not measured
MAX_FURTHER = 20


@dataclass(frozen=True, slots=True)
class NeedsPage:
    """Reading needs this further page of the article first."""

    url: str
    #: a view of the whole: when it cannot be had, the further pages are asked for, `url` being among the `lost`
    optional: bool = False


def process_pages(
    pages: Sequence[Page],
    rules: SiteRules,
    candidate: Candidate,
    topic: str,
    home: Path | None,
    lost: frozenset[str] = frozenset(),
) -> Processed | NeedsPage:
    """read ▶ judge ▶ fingerprint ▶ facts over all pages of one article, or the further page that is missing.

    `lost` are the views of the whole that could not be had. Raises ExtractError when the first page is no article, or
    a further one cannot be read.
    """
    pages = list(pages)
    try:
        readings = [extract(pages[0], rules, home=home)]
    except RedirectError as frame:
        if len(pages) == 1:
            return NeedsPage(frame.at)
        del pages[0]
        readings = [extract(pages[0], rules, home=home)]
    have = {url for page in pages for url in (page.url, page.final_url)} | lost
    whole = readings[0].single_page_url
    if whole and whole not in have:
        return NeedsPage(whole, optional=bool(readings[0].further))
    for page in pages[1:]:
        reading = _further(page, rules, home, optional=page.url == whole and bool(readings[0].further))
        if reading and page.url == whole and holds(reading.article, readings[0].article):
            return analyse(with_claims(stitch([readings[0], reading]), candidate), topic, home)
        if reading and not (page.url == whole and readings[0].further):
            readings.append(reading)
    missing = next((url for reading in readings for url in reading.further if url not in have), None)
    if missing and len(pages) <= MAX_FURTHER:
        return NeedsPage(missing)
    return analyse(with_claims(stitch(readings), candidate), topic, home)


def _further(page: Page, rules: SiteRules, home: Path | None, *, optional: bool) -> Extraction | None:
    """A further page read; None when it cannot be and can be spared. Raises ExtractError."""
    try:
        return extract(page, rules, home=home)
    except ExtractError:
        if not optional:
            raise
        return None


def analyse(article: Article, topic: str, home: Path | None) -> Processed:
    """judge ▶ fingerprint ▶ facts of an article already read."""
    verdict = classify(article.title, article.text, preload.topic(topic, home))
    print_ = fingerprint(article.title, article.text)
    if verdict.ruling != "feature":
        return Processed(article, verdict, print_)
    found = facts(article.text, preload.lexicon(home), title=article.title, published=article.published)
    return Processed(article, verdict, print_, found)


def with_claims(article: Article, candidate: Candidate) -> Article:
    """Fill what the page does not say from what its listing claimed, the origin marked as such."""
    origins = dict(article.origins)
    title, published = article.title, article.published
    if not title and candidate.title:
        title, origins["title"] = candidate.title, "listing"
    if not published and candidate.date:
        published, origins["published"] = candidate.date, "listing"
    return replace(article, url=candidate.url, title=title, published=published, origins=origins)


def triage(rows: Sequence[tuple[str | None, str | None]], topic: str, home: Path | None) -> list[bool]:
    """Whether each (title, snippet) leaves a feature possible."""
    known = preload.topic(topic, home)
    return [may_be_feature(title or "", snippet or "", known) for title, snippet in rows]
