"""Visit one candidate: fetch its pages, process them, add LLM facts. A failure is part of the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ingest.errors import ExtractError, FetchError
from ingest.fetch import Fetched, NotModified
from ingest.model import Candidate, Page, Processed, Source
from ingest.pipeline.context import RunContext, bug_in, run_in_worker
from ingest.pipeline.llm import add_llm_facts
from ingest.pipeline.process import process_pages
from ingest.pipeline.results import Visit
from ingest.urls import spellings
from store.records import Capture, Validators


def visit_candidate(context: RunContext, candidate: Candidate, source: Source, validators: Validators | None) -> Visit:
    """Fetch and process one candidate with its further pages. Never raises FetchError or ExtractError."""
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
        return Visit(found, result, tuple(captures), fetched.validators, fetched.complete, requested=requested)
    except (FetchError, ExtractError) as error:
        return Visit(candidate, error, tuple(captures))
    except Exception as bug:
        return Visit(candidate, bug_in(candidate.url, bug), tuple(captures))


def _address(context: RunContext, requested: str, final: str) -> str:
    """Return the URL of the article behind a redirect: the final one, unless the store has it under another.

    A forwarding URL of a feed is only a spelling of the article. A stored article keeps its URL when its site moves.
    """
    choices = (requested, *spellings(final))
    known = context.store.known(choices)
    return next((url for url in choices if url in known), final)


#: returns a further page that is already local, None when it must be fetched
LocalPages = Callable[[str], tuple[Page, Capture] | None]


def visit_page(
    context: RunContext,
    page: Page,
    capture: Capture | None,
    candidate: Candidate,
    source: Source,
    local_pages: LocalPages | None = None,
) -> Visit:
    """Process a local page (a saved file, an archived record); further pages are fetched unless `local_pages` has them.

    Never raises FetchError or ExtractError.
    """
    captures = [capture] if capture else []
    try:
        return Visit(
            candidate, _process_all(context, [page], candidate, source, captures, local_pages), tuple(captures)
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
) -> Processed:
    """Process the pages, fetching further ones as extraction needs them; an LLM may add facts.

    Raises FetchError, ExtractError.
    """
    settings, home = context.config.settings, context.config.home
    lost: frozenset[str] = frozenset()
    while True:
        result = run_in_worker(
            context, candidate.url, process_pages, tuple(pages), source.rules, candidate, settings.topic, home, lost
        )
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
