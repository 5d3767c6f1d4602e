"""One candidate: fetch ▶ examine ▶ propose, its further pages included. A failure is a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ingest.errors import ExtractError, FetchError
from ingest.fetch import Fetched, NotModified
from ingest.model import Candidate, Page, Processed, Source
from ingest.pipeline.context import RunContext, run_in_worker
from ingest.pipeline.llm import add_llm_facts
from ingest.pipeline.process import process_pages
from ingest.pipeline.results import Visit
from store.records import Capture, Validators


def visit_candidate(context: RunContext, candidate: Candidate, source: Source, validators: Validators | None) -> Visit:
    """fetch ▶ examine one candidate, further pages included; a failure is a value."""
    captures: list[Capture] = []
    try:
        fetched = context.fetcher.fetch(candidate.url, kind="article", source=source, validators=validators)
        if isinstance(fetched, NotModified):
            return Visit(candidate, fetched, (), fetched.validators)
        captures.append(fetched.capture)
        result = _process_all(context, [fetched.page], candidate, source, captures)
        return Visit(candidate, result, tuple(captures), fetched.validators, fetched.complete)
    except (FetchError, ExtractError) as error:
        return Visit(candidate, error, tuple(captures))


#: gives a further page that is already here, None when it is to be fetched
LocalPages = Callable[[str], tuple[Page, Capture] | None]


def visit_page(
    context: RunContext,
    page: Page,
    capture: Capture | None,
    candidate: Candidate,
    source: Source,
    shelf: LocalPages | None = None,
) -> Visit:
    """Examine a page that is already here (a saved file, an archived record), its further pages fetched unless
    `shelf` has them."""
    captures = [capture] if capture else []
    try:
        return Visit(candidate, _process_all(context, [page], candidate, source, captures, shelf), tuple(captures))
    except (FetchError, ExtractError) as error:
        return Visit(candidate, error, tuple(captures))


def _process_all(
    context: RunContext,
    pages: list[Page],
    candidate: Candidate,
    source: Source,
    captures: list[Capture],
    shelf: LocalPages | None = None,
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
        if shelf is not None and (held := shelf(result.url)) is not None:
            captures.append(held[1])
            pages.append(replace(held[0], url=result.url))
            continue
        try:
            fetched = context.fetcher.fetch(result.url, kind="further", source=source)
        except FetchError:
            if not result.optional:
                raise
            lost |= {result.url}
            continue
        assert isinstance(fetched, Fetched), "asked without validators, answered 304"
        captures.append(fetched.capture)
        pages.append(replace(fetched.page, url=result.url))
