"""Dry run of one source: its listed articles, the ones that a run would fetch, and one extracted article.

Stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.config.load import Config
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.source_listings import Listings, list_source, sort_candidates
from ingest.pipeline.visit import visit_candidate
from ingest.pipeline_types import Processed, Source


@dataclass(frozen=True, slots=True)
class Row:
    """One listed article with the title and date that its listing states, and the action that a run would take."""

    #: "fetch", or the outcome code of an article that would not be fetched
    plan: str
    url: str
    title: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """Result of a dry run."""

    source: str
    candidates: tuple[Row, ...]
    #: the first article whose extraction succeeded, None if each tried article failed
    article: Processed | None
    problems: tuple[str, ...]


def preview(config: Config, source: Source, *, tries: int = 3) -> Preview:
    """List `source` and try its first `tries` articles until one can be extracted, at the request rate of a run."""
    with _temporary_context(config) as context:
        listings = list_source(context, source, {})
        wanted, outcomes = sort_candidates(context, listings, context.now())
        problems = [str(failure) for failure in listings.failures]
        if not listings.candidates and not problems:
            problems.append("the listings could be parsed but list no article; check the pattern `links`")
        rows = [Row("fetch", candidate.url, candidate.title, candidate.date) for candidate in wanted]
        rows += [Row(o.code, o.candidate.url, o.candidate.title, o.candidate.date) for o in outcomes]
        article, failures = _first_article(context, listings, source, tries)
        return Preview(source.name, tuple(rows), article, tuple(problems + ([] if article else failures)))


def _first_article(
    context: RunContext, listings: Listings, source: Source, tries: int
) -> tuple[Processed | None, list[str]]:
    failures = []
    for candidate in list(listings.candidates.values())[:tries]:
        result = visit_candidate(context, candidate, source, None).result
        if isinstance(result, Processed):
            return result, []
        failures.append(str(result))
    return None, failures


@contextmanager
def _temporary_context(config: Config) -> Iterator[RunContext]:
    """Open a context that changes nothing: its archive is in a temporary folder, and the real store is only read."""
    with TemporaryDirectory(prefix="suowen-check-") as folder:
        url = _store_url(config, Path(folder))
        with open_context(config, store_url=url, archive=Path(folder) / "warc") as context:
            yield context


def _store_url(config: Config, folder: Path) -> str:
    """Return the URL of the configured store, or of an empty temporary store if it does not exist yet."""
    url = config.store_url()
    exists = not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()
    return url if exists else f"sqlite:///{folder / 'empty.db'}"
