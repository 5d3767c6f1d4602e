"""Listings of a source: fetch and parse them, choose the candidates to fetch, queue them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from ingest.config.settings import RecheckSettings
from ingest.discover import read_listing
from ingest.errors import ExtractError, FetchError
from ingest.fetch import NotModified
from ingest.pipeline.context import RunContext, bug_in, run_in_worker
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary
from ingest.pipeline.save import ROWS, store_outcomes
from ingest.pipeline.title_filter_task import triage
from ingest.pipeline_types import Candidate, Listing, Outcome, Source
from ingest.urls import key, spellings
from ingest.versions import PROGRAM, RULES
from store.records import Capture, KnownUrl, Queued, Validators
from store.sql_parameters import batched

T = TypeVar("T")
#: time during which a URL that led to no article is not fetched again; not measured
REJECTED_FOR = timedelta(days=7)


@dataclass(slots=True)
class Listings:
    """Result of fetching the listings of one source in this pass."""

    source: Source
    #: keyed by `urls.key`, so that several spellings of one URL are one candidate
    candidates: dict[str, Candidate] = field(default_factory=dict)
    captures: list[Capture] = field(default_factory=list)
    validators: list[Validators] = field(default_factory=list)
    failures: list[FetchError | ExtractError] = field(default_factory=list)


def list_source(context: RunContext, source: Source, validators: Mapping[str, Validators]) -> Listings:
    """Fetch and parse all listings of a source, with further list pages up to the limit of each listing.

    Failures are collected in the result.
    """
    out = Listings(source)
    today = context.now().astimezone(ZoneInfo(source.zone)).date()
    for listing in source.listings:
        _follow(context, listing.on(today), out, validators)
    return out


def _follow(context: RunContext, first: Listing, out: Listings, validators: Mapping[str, Validators]) -> None:
    pending, seen = [first], {first.url}
    for _ in range(first.max_pages if first.kind == "list" else first.max_pages + 1):
        if not pending:
            return
        listing = pending.pop(0)
        try:
            fetched = context.fetcher.fetch(
                listing.url, kind="listing", source=out.source, validators=validators.get(listing.url)
            )
            if isinstance(fetched, NotModified):
                out.validators.append(fetched.validators)
                continue
            out.captures.append(fetched.capture)
            listed = run_in_worker(context, listing.url, read_listing, fetched.page, listing, out.source)
        except (FetchError, ExtractError) as error:
            out.failures.append(error)
            continue
        except Exception as bug:
            out.failures.append(bug_in(listing.url, bug))
            continue
        # only after parsing: a listing that could not be parsed must not answer 304 next time
        out.validators.append(fetched.validators)
        for candidate in listed.candidates:
            out.candidates.setdefault(key(candidate.url), candidate)
        for more in listed.more:
            if more.url not in seen:
                seen.add(more.url)
                pending.append(more)


def due_again(known: KnownUrl, claimed: str | None, now: datetime, rule: RecheckSettings) -> bool:
    """Return whether a known article is due for a recheck: the listing claims a new date, or enough time has passed.

    The rule (now - last check) >= ratio x age is that of docnow/diffengine: young articles change often, old articles
    rarely. An article is never due within `rule.floor` seconds after its last check, nor later than `rule.until_days`
    days after it was first seen.
    """
    since, age = now - known.last_checked, now - known.first_seen
    if age > timedelta(days=rule.until_days) or since.total_seconds() < rule.floor:
        return False
    if claimed and claimed != known.claimed:
        return True
    return since.total_seconds() >= rule.ratio * age.total_seconds()


def enqueue(context: RunContext, listings: Listings, summary: Summary, progress: RunProgress) -> None:
    """Queue the candidates and rechecks to fetch, and store the outcomes of other candidates and of failed listings.

    The last transaction stores the captures, the validators and whether listing the source succeeded. Then the result
    is added to `summary` and reported.
    """
    source, now = listings.source, context.now()
    error = "; ".join(f"{failure.detail} ({failure.code}: {failure.url})" for failure in listings.failures) or None
    wanted, outcomes = sort_candidates(context, listings, now)
    wanted += rechecks(context, listings, now)
    outcomes += [
        Outcome(Candidate(failure.url, source.name, "listing"), failure.code, failure.detail)
        for failure in listings.failures
    ]
    committed = context.archive.sync(listings.captures)
    # A source may list thousands of articles: their rows are written in several transactions, so that other writers do
    # not wait long. The validators come last: a listing must not answer 304 before all its candidates are queued.
    new = 0
    for queued in batched([_queued(candidate, now) for candidate in wanted], ROWS):
        with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
            new += batch.enqueue(queued)
    store_outcomes(context, outcomes, summary.run, now)
    with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        for capture in listings.captures:
            batch.capture(capture)
        for validators in listings.validators:
            batch.validators(validators)
        if not context.fetcher.offline:  # a failure of our own network must not count against the source
            batch.source_attempt(source.name, now, error, new)
        batch.host_rates(context.rate_limiter.snapshot())
        batch.archive_sizes(committed)
    for outcome in outcomes:
        summary.count(outcome)
    summary.wanted.update((candidate.url, candidate) for candidate in wanted)
    if error:
        summary.failed_sources[source.name] = error
    summary.offline |= context.fetcher.offline
    not_modified = bool(listings.validators) and not (listings.captures or listings.failures)
    summary.not_modified += [source.name] if not_modified else []
    progress.listed(source.name, None if not_modified else len(listings.candidates), error)


def sort_candidates(context: RunContext, listings: Listings, now: datetime) -> tuple[list[Candidate], list[Outcome]]:
    """Return the candidates to fetch, and the outcomes of the others (known, off-topic)."""
    candidates = list(listings.candidates.values())
    urls = [spelling for candidate in candidates for spelling in spellings(candidate.url)]
    known = context.store.known(urls)
    rejected = context.store.rejected(urls)
    fresh: list[Candidate] = []
    wanted: list[Candidate] = []
    outcomes: list[Outcome] = []
    for candidate in candidates:
        seen, refused = _first(known, candidate.url), _first(rejected, candidate.url)
        if seen and due_again(seen, candidate.date, now, context.config.settings.recheck):
            wanted.append(replace(candidate, url=seen.url))
        elif seen:
            outcomes.append(Outcome(candidate, "known", f"stored as article {seen.article}", seen.article))
        elif refused and now - refused.at < REJECTED_FOR:
            outcomes.append(Outcome(candidate, "known", f"visited before: {refused.outcome}"))
        else:
            fresh.append(candidate)
    if listings.source.fetch == "prefilter" and fresh:
        rows = [(candidate.title, candidate.snippet) for candidate in fresh]
        kept = _triaged(context, listings.source, rows)
        outcomes += [Outcome(c, "off-topic", c.title or "") for c, keep in zip(fresh, kept, strict=True) if not keep]
        fresh = [candidate for candidate, keep in zip(fresh, kept, strict=True) if keep]
    return fresh + wanted, outcomes


def _triaged(context: RunContext, source: Source, rows: list[tuple[str | None, str | None]]) -> list[bool]:
    """Return for each (title, snippet) whether the article may be a feature; True for all if the worker fails."""
    try:
        return run_in_worker(context, source.home, triage, rows, context.config.settings.topic, context.config.home)
    except ExtractError:
        return [True] * len(rows)


def _first(found: Mapping[str, T], url: str) -> T | None:
    return next((found[spelling] for spelling in spellings(url) if spelling in found), None)


def rechecks(context: RunContext, listings: Listings, now: datetime) -> list[Candidate]:
    """Return known articles that are due for a recheck but not listed: the listing answered 304 or dropped them.

    Examines at most `budget` (a setting) recent articles of the source.
    """
    rule, source = context.config.settings.recheck, listings.source.name
    since = now - timedelta(days=rule.until_days)
    listed = {spelling for candidate in listings.candidates.values() for spelling in spellings(candidate.url)}
    return [
        Candidate(known.url, source, "recheck")
        for known in context.store.recent(source, since, context.config.settings.budget)
        if known.url not in listed and due_again(known, None, now, rule)
    ]


def _queued(candidate: Candidate, now: datetime) -> Queued:
    return Queued(
        candidate.url, candidate.source, candidate.origin, now, candidate.title, candidate.date, candidate.snippet
    )
