"""The straight line, from a source to a stored revision.

    listings    = fetch(source)                          archived first, conditional, polite
    candidates  = discover(listings)                     in a worker; queued with the listing's validators
    for each candidate, several hosts at once:
        page    = fetch(candidate)                       archived before anyone reads it
        article = read(page)                             in a worker that can be killed; further pages stitched
        verdict = judge(article)
        print   = fingerprint(article)
        facts   = facts(article)                         of features only
    for each batch, the archive synced, in one transaction:
        story   = same(article, neighbours in the store)
        append(capture, article, verdict, story, facts, outcome)

A failure of one candidate travels as a value to its outcome row; anything nobody expected stops the run.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import Protocol

from ingest import __version__
from ingest.config import Config, RecheckSettings
from ingest.discover import read_listing
from ingest.errors import FetchError, ReadError
from ingest.examine import Further, examine, triage
from ingest.fetch import Fetched, Fetcher, NotModified
from ingest.fetch.archive import Archive
from ingest.fetch.pace import Pace
from ingest.model import Candidate, Examined, Listing, Outcome, Page, Source
from ingest.same import match
from ingest.urls import host_of
from ingest.workers import WorkerLost, Workers
from store import Batch, Store, open_store
from store.records import Capture, Known, KnownUrl, OutcomeRow, Queued, Validators

PROGRAM = f"suowen {__version__}"
#: versions of the rules that decide; a change of one makes old verdicts worth replaying
RULES = {"read": "1", "judge": "1", "same": "1", "facts": "1"}

#: outcomes that may be otherwise next time: the candidate stays queued, its next try ever later
TRANSIENT = frozenset(
    {"network", "timeout", "server-error", "paused", "robots-unavailable", "incomplete", "block-page"}
)
#: tries after which even a transient failure is let go until the listing shows the URL again; not measured
MAX_TRIES = 8
#: a URL that turned out to be no article is not fetched again for so long; not measured
REJECTED_FOR = timedelta(days=7)
#: seconds after which a batch is committed though it is not full, so that a slow pass is visible; not measured
BATCH_SECONDS = 5.0
#: articles of one story that a new one is compared with: a comparison takes some 5 ms of the only writer's time
PER_STORY = 3
#: the source of one-off ingestion in records
ONE_OFF = Source(name="-", home="", listings=(), delay=2.0)
#: what a worker has before its first task
PRELOAD = ("ingest.examine:warm", "ingest.discover")


class Watch(Protocol):
    """Whoever follows a run: a progress bar, a log."""

    def planned(self, candidates: int) -> None:
        """So many more candidates will be looked at."""

    def done(self, outcome: Outcome) -> None:
        """One candidate has its outcome."""

    def listed(self, source: str, candidates: int, error: str | None) -> None:
        """One source's listings were read."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a run works with, opened once."""

    config: Config
    store: Store
    archive: Archive
    pace: Pace
    fetcher: Fetcher
    workers: Workers
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        """The clock's time."""
        return self.clock()


@dataclass(frozen=True, slots=True)
class Look:
    """One candidate looked at, not yet stored."""

    candidate: Candidate
    result: Examined | NotModified | FetchError | ReadError | Outcome
    captures: tuple[Capture, ...] = ()
    validators: Validators | None = None


@dataclass(slots=True)
class Summary:
    """What a run did: outcome code -> how many, and the sources whose listings failed."""

    run: int
    outcomes: Counter[str] = field(default_factory=Counter)
    failed_sources: dict[str, str] = field(default_factory=dict)
    #: the first and last commit the run made, None when it had nothing to add
    commits: list[int] = field(default_factory=list)


@contextmanager
def open_parts(config: Config, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Parts]:
    """Open store, archive, fetcher and workers of a working folder, and close them again."""
    config.data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        store = stack.enter_context(open_store(config.store_url()))
        archive = stack.enter_context(Archive(config.data / "warc", config.settings.fetch.warc_size))
        pace = Pace(clock=clock)
        pace.load(store.paces())
        workers = stack.enter_context(Workers(config.settings.workers, preload=PRELOAD))
        fetcher = stack.enter_context(Fetcher(config.settings.fetch, archive, pace, clock=clock, sleep=time.sleep))
        yield Parts(config, store, archive, pace, fetcher, workers, clock)


# --- one candidate --------------------------------------------------------------------------------------------------


def look(parts: Parts, candidate: Candidate, source: Source, validators: Validators | None) -> Look:
    """fetch ▶ examine one candidate, further pages included; a failure is a value."""
    captures: list[Capture] = []
    try:
        fetched = parts.fetcher.fetch(candidate.url, kind="article", source=source, validators=validators)
        if isinstance(fetched, NotModified):
            return Look(candidate, fetched, (), fetched.validators)
        captures.append(fetched.capture)
        result = _examine_all(parts, [fetched.page], candidate, source, captures)
        return Look(candidate, result, tuple(captures), fetched.validators)
    except (FetchError, ReadError) as error:
        return Look(candidate, error, tuple(captures))


def look_at_page(parts: Parts, page: Page, capture: Capture | None, candidate: Candidate, source: Source) -> Look:
    """Examine a page that is already here (a saved file, an archived record), its further pages fetched."""
    captures = [capture] if capture else []
    try:
        return Look(candidate, _examine_all(parts, [page], candidate, source, captures), tuple(captures))
    except (FetchError, ReadError) as error:
        return Look(candidate, error, tuple(captures))


def _examine_all(
    parts: Parts, pages: list[Page], candidate: Candidate, source: Source, captures: list[Capture]
) -> Examined:
    """Examine, fetching further pages as reading asks for them. Raises FetchError, ReadError."""
    while True:
        result = _in_worker(parts, pages, candidate, source)
        if isinstance(result, Examined):
            return result
        fetched = parts.fetcher.fetch(result.url, kind="further", source=source)
        assert isinstance(fetched, Fetched), "asked without validators, answered 304"
        captures.append(fetched.capture)
        pages.append(replace(fetched.page, url=result.url))


def _in_worker(parts: Parts, pages: list[Page], candidate: Candidate, source: Source) -> Examined | Further:
    """A page that kills its worker twice is quarantined (docs/DESIGN.md, Where it runs)."""
    arguments = (tuple(pages), source.rules, candidate, parts.config.settings.topic, parts.config.home)
    for attempt in (1, 2):
        try:
            return parts.workers.run(examine, *arguments)
        except WorkerLost as failure:
            if attempt == 2:
                raise ReadError(candidate.url, "quarantined", f"the page stopped its reader twice: {failure}") from None
    raise AssertionError("unreachable")


# --- listings -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Listings:
    """What one source's listings gave in this pass."""

    source: Source
    candidates: dict[str, Candidate] = field(default_factory=dict)
    captures: list[Capture] = field(default_factory=list)
    validators: list[Validators] = field(default_factory=list)
    failures: list[FetchError | ReadError] = field(default_factory=list)


def list_source(parts: Parts, source: Source, validators: Mapping[str, Validators]) -> Listings:
    """fetch ▶ discover all listings of a source, further list pages up to each listing's limit."""
    out = Listings(source)
    for listing in source.listings:
        _follow(parts, listing, out, validators)
    return out


def _follow(parts: Parts, first: Listing, out: Listings, validators: Mapping[str, Validators]) -> None:
    pending, seen = [first], {first.url}
    for _ in range(first.max_pages if first.kind == "list" else first.max_pages + 1):
        if not pending:
            return
        listing = pending.pop(0)
        try:
            fetched = parts.fetcher.fetch(
                listing.url, kind="listing", source=out.source, validators=validators.get(listing.url)
            )
            out.validators.append(fetched.validators)
            if isinstance(fetched, NotModified):
                continue
            out.captures.append(fetched.capture)
            listed = parts.workers.run(read_listing, fetched.page, listing, out.source)
        except (FetchError, ReadError) as error:
            out.failures.append(error)
            continue
        except WorkerLost as failure:
            out.failures.append(ReadError(listing.url, "quarantined", f"the listing stopped its reader: {failure}"))
            continue
        for candidate in listed.candidates:
            out.candidates.setdefault(candidate.url, candidate)
        for more in listed.more:
            if more.url not in seen:
                seen.add(more.url)
                pending.append(more)


def due_again(known: KnownUrl, claimed: str | None, now: datetime, rule: RecheckSettings) -> bool:
    """Whether a known article is looked at again: its listing claims a new date, or its age asks for it.

    (now - last look) > ratio x age is the rule of docnow/diffengine: young articles change often, old ones seldom.
    """
    since, age = now - known.last_checked, now - known.first_seen
    if age > timedelta(days=rule.until_days) or since.total_seconds() < rule.floor:
        return False
    if claimed and claimed != known.claimed:
        return True
    return since.total_seconds() >= rule.ratio * age.total_seconds()


# --- a pass ---------------------------------------------------------------------------------------------------------


def run_pass(
    parts: Parts, sources: Sequence[Source], *, trigger: str, watch: Watch, stop: threading.Event | None = None
) -> Summary:
    """One pass over these sources: adopt what a crash left, list, fetch, read, store. Commits batch by batch."""
    stop = stop or threading.Event()
    with running(parts, trigger) as summary:
        adopt(parts, summary, watch)
        _discover(parts, sources, summary, watch, stop)
        by_name = {source.name: source for source in (*sources, ONE_OFF)}
        queued = parts.store.queued(list(by_name), parts.now(), limit=100_000)
        chosen = _within_budget(queued, parts.config.settings.budget)
        work_off(parts, chosen, by_name, summary, watch, stop)
    return summary


@contextmanager
def running(parts: Parts, trigger: str) -> Iterator[Summary]:
    """A run in the ledger from its start to its end."""
    run = parts.store.start_run(parts.now(), trigger)
    try:
        yield Summary(run)
    finally:
        parts.store.finish_run(run, parts.now())


def _within_budget(queued: Iterable[Queued], budget: int) -> list[Queued]:
    taken: Counter[str] = Counter()
    chosen = []
    for item in queued:
        taken[item.source] += 1
        if taken[item.source] <= budget:
            chosen.append(item)
    return chosen


def _discover(
    parts: Parts, sources: Sequence[Source], summary: Summary, watch: Watch, stop: threading.Event
) -> None:
    """List every source, several hosts at once; queue what is new, each source in one transaction."""
    urls = [listing.url for source in sources for listing in source.listings]
    validators = parts.store.validators_of(urls)
    with ThreadPoolExecutor(parts.config.settings.fetch.hosts_at_once, "list") as pool:
        jobs = [pool.submit(list_source, parts, source, validators) for source in sources if not stop.is_set()]
        for job in jobs:
            enqueue(parts, job.result(), summary, watch)


def enqueue(parts: Parts, listings: Listings, summary: Summary, watch: Watch) -> None:
    """Sort a source's candidates into new, due again, known and off-topic, and store that in one transaction."""
    source, now = listings.source, parts.now()
    error = "; ".join(str(failure) for failure in listings.failures) or None
    wanted, outcomes = sort_candidates(parts, listings, now)
    wanted += rechecks(parts, listings, now)
    outcomes += [
        Outcome(Candidate(failure.url, source.name, "listing"), failure.code, failure.detail)
        for failure in listings.failures
    ]
    committed = parts.archive.sync(listings.captures)
    with parts.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        for capture in listings.captures:
            batch.capture(capture)
        for validators in listings.validators:
            batch.validators(validators)
        new = batch.enqueue([_queued(candidate, now) for candidate in wanted])
        for outcome in outcomes:
            batch.outcome(_row(outcome, summary.run, now))
        batch.attempt(source.name, now, error, new)
        batch.pace(parts.pace.snapshot())
        batch.committed(committed)
    for outcome in outcomes:
        summary.outcomes[outcome.code] += 1
    if error:
        summary.failed_sources[source.name] = error
    watch.listed(source.name, len(listings.candidates), error)


def sort_candidates(parts: Parts, listings: Listings, now: datetime) -> tuple[list[Candidate], list[Outcome]]:
    """Which candidates are worth a fetch, and the outcomes of those that are not."""
    candidates = list(listings.candidates.values())
    urls = [candidate.url for candidate in candidates]
    known = parts.store.known(urls)
    rejected = parts.store.rejected(urls)
    fresh: list[Candidate] = []
    wanted: list[Candidate] = []
    outcomes: list[Outcome] = []
    for candidate in candidates:
        seen, refused = known.get(candidate.url), rejected.get(candidate.url)
        if seen and due_again(seen, candidate.date, now, parts.config.settings.recheck):
            wanted.append(candidate)
        elif seen:
            outcomes.append(Outcome(candidate, "known", f"stored as article {seen.article}", seen.article))
        elif refused and now - refused.at < REJECTED_FOR:
            outcomes.append(Outcome(candidate, "known", f"looked at before: {refused.outcome}"))
        else:
            fresh.append(candidate)
    if listings.source.fetch == "prefilter" and fresh:
        rows = [(candidate.title, candidate.snippet) for candidate in fresh]
        kept = parts.workers.run(triage, rows, parts.config.settings.topic, parts.config.home)
        outcomes += [Outcome(c, "off-topic", c.title or "") for c, keep in zip(fresh, kept, strict=True) if not keep]
        fresh = [candidate for candidate, keep in zip(fresh, kept, strict=True) if keep]
    return fresh + wanted, outcomes


def rechecks(parts: Parts, listings: Listings, now: datetime) -> list[Candidate]:
    """Known articles that are due again though no listing shows them: it answered 304, or has moved on."""
    rule, source = parts.config.settings.recheck, listings.source.name
    since = now - timedelta(days=rule.until_days)
    return [
        Candidate(known.url, source, "recheck")
        for known in parts.store.recent(source, since, parts.config.settings.budget)
        if known.url not in listings.candidates and due_again(known, None, now, rule)
    ]


def _queued(candidate: Candidate, now: datetime) -> Queued:
    return Queued(candidate.url, candidate.source, candidate.origin, now, candidate.title, candidate.date,
                  candidate.snippet)  # fmt: skip


def work_off(
    parts: Parts,
    queued: Sequence[Queued],
    sources: Mapping[str, Source],
    summary: Summary,
    watch: Watch,
    stop: threading.Event,
) -> None:
    """Look at queued candidates, one thread a host at a time, and append them batch by batch."""
    watch.planned(len(queued))
    validators = parts.store.validators_of([item.url for item in queued])
    by_host: dict[str, list[Queued]] = defaultdict(list)
    for item in queued:
        by_host[host_of(item.url)].append(item)
    looks: SimpleQueue[Look | BaseException | None] = SimpleQueue()

    def visit(items: list[Queued]) -> None:
        try:
            for item in items:
                if stop.is_set():
                    break
                looks.put(look(parts, _candidate(item), sources[item.source], validators.get(item.url)))
        except BaseException as bug:
            stop.set()
            looks.put(bug)
        looks.put(None)

    tries = {item.url: item.tries for item in queued}
    with ThreadPoolExecutor(parts.config.settings.fetch.hosts_at_once, "fetch") as pool:
        for items in by_host.values():
            pool.submit(visit, items)
        for batch in batches(looks, len(by_host), parts.config.settings.batch):
            append(parts, batch, summary, watch, tries)


def batches(looks: SimpleQueue[Look | BaseException | None], open_hosts: int, size: int) -> Iterator[list[Look]]:
    """Gather looks until `size` are there or BATCH_SECONDS passed; an unexpected error is raised after the rest."""
    gathered: list[Look] = []
    began, bug = time.monotonic(), None
    while open_hosts:
        item = looks.get()
        if item is None:
            open_hosts -= 1
        elif isinstance(item, BaseException):
            bug = bug or item
        else:
            gathered.append(item)
        if len(gathered) >= size or (gathered and time.monotonic() - began > BATCH_SECONDS):
            yield gathered
            gathered, began = [], time.monotonic()
    if gathered:
        yield gathered
    if bug:
        raise bug


def _candidate(item: Queued) -> Candidate:
    return Candidate(item.url, item.source, item.origin, item.title, item.date, item.snippet)


# --- storing --------------------------------------------------------------------------------------------------------


def append(parts: Parts, looks: Sequence[Look], summary: Summary, watch: Watch, tries: Mapping[str, int]) -> None:
    """One batch, one transaction: the archive is on disk before the rows that refer to it."""
    committed = parts.archive.sync([capture for one in looks for capture in one.captures])
    now = parts.now()
    outcomes: list[Outcome] = []
    with parts.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        for one in looks:
            outcome = _store(batch, one, now)
            batch.outcome(_row(outcome, summary.run, now))
            _settle(batch, outcome, tries.get(one.candidate.url, 0), now)
            outcomes.append(outcome)
        batch.pace(parts.pace.snapshot())
        batch.committed(committed)
    if batch.commit_number is not None:
        summary.commits.append(batch.commit_number)
    for outcome in outcomes:
        summary.outcomes[outcome.code] += 1
        watch.done(outcome)


def _store(batch: Batch, one: Look, now: datetime) -> Outcome:
    """Append one look; its outcome."""
    capture_ids = [batch.capture(capture) for capture in one.captures]
    if isinstance(one.result, Examined):
        if one.validators:
            batch.validators(one.validators)
        return _store_examined(batch, one.candidate, one.result, capture_ids[0] if capture_ids else None, now)
    if isinstance(one.result, NotModified):
        batch.validators(one.result.validators)
        batch.checked(one.candidate.url, now, one.candidate.date)
        return Outcome(one.candidate, "unchanged", "304 Not Modified", batch.knows(one.candidate.url))
    if isinstance(one.result, Outcome):
        return one.result
    batch.forget_validators(one.candidate.url)
    known = batch.knows(one.candidate.url)
    if known is not None:  # its page is gone or broken now: what we have stays, and it was looked at
        batch.checked(one.candidate.url, now, one.candidate.date)
    return Outcome(one.candidate, one.result.code, one.result.detail, known)


def _store_examined(
    batch: Batch, candidate: Candidate, examined: Examined, capture: int | None, now: datetime
) -> Outcome:
    """same ▶ append: the story is looked for inside the transaction, so that one batch folds its own copies."""
    verdict = examined.verdict
    appended = batch.article(examined.article, candidate.source, capture)
    batch.checked(candidate.url, now, candidate.date)
    if appended.change == "unchanged":
        return Outcome(candidate, "unchanged", f"article {appended.article} reads as before", appended.article)
    batch.verdict(appended.revision, verdict)
    known = batch.neighbours(examined.fingerprint.bands, examined.fingerprint.method)
    others = narrowed(one for one in known if one.article != appended.article)
    found = match(examined.article.title, examined.article.text, others) if appended.change == "new" else None
    story = batch.story(appended.article, examined.fingerprint, found)
    batch.facts(appended.revision, examined.facts)
    judged = f"{verdict.ruling} {verdict.score:.2f}: {'; '.join(verdict.reasons[:4])}"
    if appended.change == "revised":
        return Outcome(candidate, "revised", f"revision {appended.number}; {judged}", appended.article)
    if found:
        why = f"{found.relation} of article {found.article} (story {story}): {found.why}"
        return Outcome(candidate, "repost", why, appended.article)
    return Outcome(candidate, "stored" if verdict.ruling == "feature" else "not-feature", judged, appended.article)


def narrowed(known: Iterable[Known]) -> list[Known]:
    """At most PER_STORY articles of each story, the likest first: of a hundred copies few are compared."""
    taken: Counter[int] = Counter()
    out = []
    for one in known:
        taken[one.story] += 1
        if taken[one.story] <= PER_STORY:
            out.append(one)
    return out


def _settle(batch: Batch, outcome: Outcome, tries: int, now: datetime) -> None:
    """A candidate leaves the queue with its outcome, unless another try may help."""
    if outcome.code in TRANSIENT and tries + 1 < MAX_TRIES:
        batch.postpone(outcome.candidate.url, now + timedelta(minutes=10 * 2**tries))
        return
    batch.dequeue(outcome.candidate.url)
    if outcome.article is None:
        batch.reject(outcome.candidate.url, outcome.code)


def _row(outcome: Outcome, run: int, now: datetime) -> OutcomeRow:
    return OutcomeRow(run, outcome.candidate.url, outcome.candidate.source, outcome.code, outcome.detail, now,
                      outcome.article)  # fmt: skip


# --- after a crash --------------------------------------------------------------------------------------------------


def adopt(parts: Parts, summary: Summary, watch: Watch) -> None:
    """Take in what lies whole in the archive but never reached the store; the archive cuts its own torn tails."""
    orphans = parts.archive.recover(parts.store.committed_files())
    by_name = {source.name: source for source in parts.config.sources}
    looks = []
    for capture in orphans:
        if capture.kind == "article":
            page = parts.archive.page(capture.warc_file, capture.offset, capture.length)
            candidate = Candidate(capture.url, capture.source, "archive")
            looks.append(look_at_page(parts, page, capture, candidate, by_name.get(capture.source, ONE_OFF)))
    if not orphans:
        return
    append(parts, looks, summary, watch, {})
    sizes = {name: (parts.archive.folder / name).stat().st_size for name in {one.warc_file for one in orphans}}
    with parts.store.batch(at=parts.now(), program=PROGRAM, rules=RULES) as batch:
        for capture in orphans:
            batch.capture(capture)
        batch.committed(sizes)
