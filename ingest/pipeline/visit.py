"""One candidate: fetch ▶ examine ▶ propose, its further pages included. A failure is a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ingest.errors import FetchError, ReadError
from ingest.fetch import Fetched, NotModified
from ingest.model import Candidate, Examined, Page, Source
from ingest.pipeline.context import Parts, in_worker
from ingest.pipeline.llm import propose
from ingest.pipeline.process import examine
from ingest.pipeline.results import Look
from store.records import Capture, Validators


def look(parts: Parts, candidate: Candidate, source: Source, validators: Validators | None) -> Look:
    """fetch ▶ examine one candidate, further pages included; a failure is a value."""
    captures: list[Capture] = []
    try:
        fetched = parts.fetcher.fetch(candidate.url, kind="article", source=source, validators=validators)
        if isinstance(fetched, NotModified):
            return Look(candidate, fetched, (), fetched.validators)
        captures.append(fetched.capture)
        result = _examine_all(parts, [fetched.page], candidate, source, captures)
        return Look(candidate, result, tuple(captures), fetched.validators, fetched.complete)
    except (FetchError, ReadError) as error:
        return Look(candidate, error, tuple(captures))


#: gives a further page that is already here, None when it is to be fetched
Shelf = Callable[[str], tuple[Page, Capture] | None]


def look_at_page(
    parts: Parts, page: Page, capture: Capture | None, candidate: Candidate, source: Source, shelf: Shelf | None = None
) -> Look:
    """Examine a page that is already here (a saved file, an archived record), its further pages fetched unless
    `shelf` has them."""
    captures = [capture] if capture else []
    try:
        return Look(candidate, _examine_all(parts, [page], candidate, source, captures, shelf), tuple(captures))
    except (FetchError, ReadError) as error:
        return Look(candidate, error, tuple(captures))


def _examine_all(
    parts: Parts,
    pages: list[Page],
    candidate: Candidate,
    source: Source,
    captures: list[Capture],
    shelf: Shelf | None = None,
) -> Examined:
    """Examine, fetching further pages as reading asks for them; a model may add facts. Raises FetchError, ReadError."""
    settings, home = parts.config.settings, parts.config.home
    lost: frozenset[str] = frozenset()
    while True:
        result = in_worker(
            parts, candidate.url, examine, tuple(pages), source.rules, candidate, settings.topic, home, lost
        )
        if isinstance(result, Examined):
            return propose(parts, result)
        if shelf is not None and (held := shelf(result.url)) is not None:
            captures.append(held[1])
            pages.append(replace(held[0], url=result.url))
            continue
        try:
            fetched = parts.fetcher.fetch(result.url, kind="further", source=source)
        except FetchError:
            if not result.spare:
                raise
            lost |= {result.url}
            continue
        assert isinstance(fetched, Fetched), "asked without validators, answered 304"
        captures.append(fetched.capture)
        pages.append(replace(fetched.page, url=result.url))
