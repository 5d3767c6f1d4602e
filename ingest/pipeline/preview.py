"""A dry run of one source: what it lists, what would be fetched, one article read. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.config.load import Config
from ingest.model import Processed, Source
from ingest.pipeline.context import RunContext, open_context
from ingest.pipeline.listings import Listings, list_source, sort_candidates
from ingest.pipeline.visit import visit_candidate


@dataclass(frozen=True, slots=True)
class Row:
    """One listed article and what a run would do with it."""

    #: "fetch", or the outcome word it would get without a fetch
    plan: str
    url: str
    title: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a dry run found."""

    source: str
    candidates: tuple[Row, ...]
    #: the first article that could be read
    article: Processed | None
    problems: tuple[str, ...]


def preview(config: Config, source: Source, *, tries: int = 3) -> Preview:
    """List `source` and read its first readable article (of at most `tries`), as politely as a run would."""
    with _throwaway(config) as context:
        listings = list_source(context, source, {})
        wanted, outcomes = sort_candidates(context, listings, context.now())
        problems = [str(failure) for failure in listings.failures]
        if not listings.candidates and not problems:
            problems.append("the listings were read but name no article; is the link pattern right?")
        rows = [Row("fetch", one.url, one.title, one.date) for one in wanted]
        rows += [Row(o.code, o.candidate.url, o.candidate.title, o.candidate.date) for o in outcomes]
        article, failures = _first_readable(context, listings, source, tries)
        return Preview(source.name, tuple(rows), article, tuple(problems + ([] if article else failures)))


def _first_readable(
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
def _throwaway(config: Config) -> Iterator[RunContext]:
    """Parts that leave nothing behind: the archive in a temporary folder, the real store only asked."""
    with TemporaryDirectory(prefix="suowen-check-") as folder:
        url = _store_url(config, Path(folder))
        with open_context(config, store_url=url, archive=Path(folder) / "warc") as context:
            yield context


def _store_url(config: Config, folder: Path) -> str:
    """The configured store, or an empty one when there is none yet: a dry run makes no files."""
    url = config.store_url()
    there = not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()
    return url if there else f"sqlite:///{folder / 'empty.db'}"
