"""Visit one candidate: fetch its pages, process them, add LLM facts. A failure is part of the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.discover.url_shapes import article_like
from ingest.errors import ExtractError, FetchError
from ingest.fetch import Fetched, NotModified
from ingest.pipeline.context import RunContext, bug_in, run_in_worker
from ingest.pipeline.llm_step import add_llm_facts
from ingest.pipeline.process import NeedsPage, process_pages
from ingest.pipeline.results import Visit
from ingest.pipeline_types import Candidate, Page, Processed, Source
from ingest.urls import key, spellings
from ingest.zh.character_normalization import fold
from store import queries
from store.records import Capture, Validators


def visit_candidate(context: RunContext, candidate: Candidate, source: Source, validators: Validators | None) -> Visit:
    """Fetch and process one candidate with its further pages; return the visit, also for a failure.

    Never raises FetchError or ExtractError.
    """
    captures: list[Capture] = []
    try:
        fetched = context.fetcher.fetch(
            candidate.url,
            kind="article",
            source=source,
            validators=validators,
            address_of=lambda requested, final: _address(context, requested, final),
        )
        if isinstance(fetched, NotModified):
            return Visit(candidate, fetched, (), fetched.validators)
        captures.append(fetched.capture)
        found = replace(candidate, url=fetched.page.url)
        result = _process_all(context, [fetched.page], found, source, captures)
        requested = candidate.url if found.url != candidate.url else None
        visit = Visit(found, result, tuple(captures), fetched.validators, fetched.complete, requested=requested)
        return under_canonical(context, visit)
    except (FetchError, ExtractError) as error:
        return Visit(candidate, error, tuple(captures))
    except Exception as bug:
        return Visit(candidate, bug_in(candidate.url, bug), tuple(captures))


def _address(context: RunContext, requested: str, final: str) -> str:
    """Return the URL of the article behind a redirect: the final URL, unless the article is stored under another one.

    A forwarding URL in a feed is only another URL of the article. A stored article keeps its URL when its site moves.
    """
    choices = (requested, *spellings(final))
    known = context.store.known(choices)
    return next((known[url].url for url in choices if url in known), final)


def under_canonical(context: RunContext, visit: Visit) -> Visit:
    """Return a visit whose article has the canonical URL that its page states; the old URL is kept in `requested`.

    The article keeps the URL that responded in four cases: it is stored under that URL; the canonical URL does not look
    like that of an article; the numbers in the two URLs show different articles; or an article with another title is
    stored under the canonical URL or was visited under it in this run. Some sites state one canonical URL on all pages.
    """
    result, answered = visit.result, visit.candidate.url
    if not isinstance(result, Processed) or not result.canonical or key(result.canonical) == key(answered):
        return visit
    url, title = result.canonical, fold(result.article.title)
    if not article_like(url) or not _names_same(answered, url) or context.store.known([answered]):
        return visit
    stored = next(iter(context.store.known(spellings(url)).values()), None)
    if stored is not None:
        url = stored.url
        if fold(queries.show(context.store, stored.article).revision.content.title) != title:
            return visit
    if context.canonical_titles.setdefault(key(url), title) != title:
        return visit
    return replace(
        visit,
        candidate=replace(visit.candidate, url=url),
        result=replace(result, article=replace(result.article, url=url)),
        captures=tuple(replace(capture, url=url) if capture.url == answered else capture for capture in visit.captures),
        requested=visit.requested or answered,
    )


def _names_same(answered: str, stated: str) -> bool:
    """Return whether a canonical URL may name the article of the URL that responded.

    False if the URLs differ only in their query and the canonical URL lacks a number in the query of `answered`: such a
    number may identify the article. False also if both URLs look like those of articles but share no number.
    """
    (page, _, query), (stated_page, _, kept) = answered.partition("?"), stated.partition("?")
    if key(page) == key(stated_page):
        return all(number in kept for number in re.findall(r"\d{2,}", query))
    path = page.partition("://")[2].partition("/")[2]
    return not article_like(page) or any(number in stated for number in re.findall(r"\d{3,}|[0-9a-f]{8,}", path))


#: function that returns the result of an article's first page, computed in advance, or raises the computation's error
FirstResult = Callable[[], Processed | NeedsPage]
#: function: URL of a further page -> (local copy of this page, its capture), or None if the page must be fetched
LocalPages = Callable[[str], tuple[Page, Capture] | None]


def visit_page(
    context: RunContext,
    page: Page,
    capture: Capture | None,
    candidate: Candidate,
    source: Source,
    local_pages: LocalPages | None = None,
    first: FirstResult | None = None,
) -> Visit:
    """Process a local page (a saved file, an archived record). Further pages are fetched unless `local_pages` returns
    them.

    `first` returns the result of `process_first`, if it was computed in advance. Never raises FetchError or
    ExtractError.
    """
    captures = [capture] if capture else []
    try:
        return Visit(
            candidate, _process_all(context, [page], candidate, source, captures, local_pages, first), tuple(captures)
        )
    except (FetchError, ExtractError) as error:
        return Visit(candidate, error, tuple(captures))
    except Exception as bug:
        return Visit(candidate, bug_in(candidate.url, bug), tuple(captures))


def _process_all(
    context: RunContext,
    pages: list[Page],
    candidate: Candidate,
    source: Source,
    captures: list[Capture],
    local_pages: LocalPages | None = None,
    first: FirstResult | None = None,
) -> Processed:
    """Process the pages, and fetch further pages that extraction needs; an LLM may add facts.

    Raises FetchError, ExtractError.
    """
    lost: frozenset[str] = frozenset()
    while True:
        result = first() if first else _process(context, pages, candidate, source, lost)
        first = None
        if isinstance(result, Processed):
            return add_llm_facts(context, result)
        if local_pages is not None and (local := local_pages(result.url)) is not None:
            captures.append(local[1])
            pages.append(replace(local[0], url=result.url))
            continue
        try:
            fetched = context.fetcher.fetch(result.url, kind="further", source=source)
        except FetchError:
            if not result.optional:
                raise
            lost |= {result.url}
            continue
        assert isinstance(fetched, Fetched), "304 in answer to a request without validators"
        captures.append(fetched.capture)
        pages.append(replace(fetched.page, url=result.url))


def process_first(context: RunContext, page: Page, candidate: Candidate, source: Source) -> Processed | NeedsPage:
    """Process the first page of an article in advance, without storing anything. Raises ExtractError."""
    return _process(context, [page], candidate, source, frozenset())


def _process(
    context: RunContext, pages: Sequence[Page], candidate: Candidate, source: Source, lost: frozenset[str]
) -> Processed | NeedsPage:
    settings, home = context.config.settings, context.config.home
    return run_in_worker(
        context, candidate.url, process_pages, tuple(pages), source.rules, candidate, settings.topic, home, lost
    )
