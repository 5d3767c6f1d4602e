"""One crawl pass over sources: list them, visit the queued candidates, save the results in batches.

    listings        = fetch(source)                      archived first, conditional, rate-limited
    candidates      = discover(listings)                 in a worker; queued together with the listing's validators
    for each candidate, several hosts in parallel:
        page        = fetch(candidate)                   archived before it is parsed
        article     = extract(page)                      in a worker that can be killed; further pages are joined
        verdict     = classify(article)
        fingerprint = fingerprint(article)
        facts       = facts(article)                     of features only
    for each batch, after the archive is synced, in short transactions:
        match       = find_near_duplicate(article, its neighbours in the store)
        append(capture, article, verdict, story, facts, outcome)

A failed candidate becomes an outcome row, also if a bug caused the failure. An error of the store or the disk stops the
run.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from queue import SimpleQueue
from zoneinfo import ZoneInfo

from ingest.pipeline.context import ONE_OFF, RunContext, StoppedError
from ingest.pipeline.llm_step import process_queue
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline.save import save, store_outcomes
from ingest.pipeline.source_listings import enqueue, list_source
from ingest.pipeline.visit import under_canonical, visit_candidate, visit_page
from ingest.pipeline_types import Candidate, Outcome, Source
from ingest.urls import host_of, key
from ingest.versions import PROGRAM, RULES
from store.records import Queued

#: seconds after which a batch is saved although it is not full, so that a slow pass shows progress; not measured
BATCH_SECONDS = 5.0


def run_pass(
    context: RunContext,
    sources: Sequence[Source],
    *,
    trigger: str,
    progress: RunProgress,
    stop: threading.Event | None = None,
) -> Summary:
    """Run one pass over `sources` and return its summary.

    Pages that an earlier crash left in the archive are stored first; LLM requests that had to wait are sent last.
    Setting `stop` ends the pass early: fetched pages are stored, the other candidates stay queued.
    """
    stop = context.sleep.stop = stop or threading.Event()
    started = context.now()
    with running(context, trigger) as summary:
        adopt(context, summary, progress)
        _list_sources(context, sources, summary, progress, stop)
        by_name = {source.name: source for source in (*sources, ONE_OFF)}
        queued = context.store.queued(list(by_name), context.now(), limit=100_000)
        chosen = _within_budget(queued, context.config.settings.budget)
        with claimed(context, chosen) as claims:
            # Since the queue was read, another process may have stored a page and released its claim.
            still = {item.url for item in context.store.queued(list(by_name), context.now(), limit=100_000)}
            mine = [item for item in claims if item.url in still]
            visit_queued(
                context, mine, by_name, summary, progress, stop, host_deadline=context.config.settings.job_deadline
            )
        leave_queued(context, summary.left(), summary)
        summary.commits += process_queue(context, started, stop)
    return summary


@contextmanager
def running(context: RunContext, trigger: str) -> Iterator[Summary]:
    """Record the start and the end of a run in the store; yield its Summary. A StoppedError in the block is ignored."""
    run = context.store.start_run(context.now(), trigger)
    try:
        yield Summary(run)
    except StoppedError:  # stopped during a wait: queued candidates stay queued
        return
    finally:
        context.store.finish_run(run, context.now())


def _within_budget(queued: Iterable[Queued], budget: int) -> list[Queued]:
    """Return at most `budget` candidates of each source, in the order of the queue."""
    per_source: Counter[str] = Counter()
    chosen = []
    for item in queued:
        per_source[item.source] += 1
        if per_source[item.source] <= budget:
            chosen.append(item)
    return chosen


def _list_sources(
    context: RunContext, sources: Sequence[Source], summary: Summary, progress: RunProgress, stop: threading.Event
) -> None:
    """List the sources, several in parallel, and queue the candidates of each source."""
    now = context.now()
    urls = [
        listing.on(now.astimezone(ZoneInfo(source.zone)).date()).url
        for source in sources
        for listing in source.listings
    ]
    validators = context.store.validators_of(urls)
    with ThreadPoolExecutor(context.config.settings.fetch.hosts_at_once, "list") as pool:
        jobs = [pool.submit(list_source, context, source, validators) for source in sources if not stop.is_set()]
        for job in jobs:
            try:
                enqueue(context, job.result(), summary, progress)
            except StoppedError:  # the next pass fetches the listings of this source again
                continue


def visit_queued(
    context: RunContext,
    queued: Sequence[Queued],
    sources: Mapping[str, Source],
    summary: Summary,
    progress: RunProgress,
    stop: threading.Event,
    *,
    host_deadline: float = math.inf,
) -> None:
    """Visit queued candidates, hosts in parallel and one thread per host, and save the results in batches.

    Once `stop` is set no further visit begins. Candidates of a host that are not visited within `host_deadline` seconds
    after its thread began stay queued.
    """
    progress.planned(len(queued))
    validators = context.store.validators_of([item.url for item in queued])
    by_host: dict[str, list[Queued]] = defaultdict(list)
    for item in queued:
        by_host[host_of(item.url)].append(item)
    visits: SimpleQueue[Visit | BaseException | None] = SimpleQueue()

    def visit_host(items: list[Queued]) -> None:
        # A slow host must not delay the next pass. The deadline starts here, when a thread is free for the host.
        deadline = time.monotonic() + host_deadline
        try:
            for item in items:
                if stop.is_set() or time.monotonic() > deadline:
                    break
                visit = visit_candidate(context, _candidate(item), sources[item.source], validators.get(item.url))
                visits.put(replace(visit, tries=item.tries))
        except StoppedError:
            pass
        except BaseException as bug:
            stop.set()
            visits.put(bug)
        visits.put(None)

    with ThreadPoolExecutor(context.config.settings.fetch.hosts_at_once, "fetch") as pool:
        for items in by_host.values():
            pool.submit(visit_host, items)
        try:
            for batch in batches(visits, len(by_host), context.config.settings.batch):
                save(context, batch, summary, progress)
        except BaseException:  # results can no longer be stored, so stop the fetching threads
            stop.set()
            raise


@contextmanager
def claimed(context: RunContext, queued: Sequence[Queued]) -> Iterator[list[Queued]]:
    """Claim pages for this process while it fetches and stores them. Yields those that no other process has claimed."""
    claims = context.claims
    try:
        yield [item for item in queued if claims is None or claims.claim(key(item.url))]
    finally:
        if claims is not None:
            claims.release()


def leave_queued(
    context: RunContext, candidates: Sequence[Candidate], summary: Summary, detail: str = "waits for a later pass"
) -> None:
    """Store the outcome "queued" for candidates that stay in the queue.

    They exceed the budget, are not due yet, are claimed by another process, or the pass was stopped before their visit.
    """
    rest = [Outcome(candidate, "queued", detail) for candidate in candidates]
    store_outcomes(context, rest, summary.run, context.now())
    for outcome in rest:
        summary.count(outcome)


def batches(visits: SimpleQueue[Visit | BaseException | None], open_hosts: int, size: int) -> Iterator[list[Visit]]:
    """Yield batches of at most `size` visits.

    If more than BATCH_SECONDS have passed since the previous batch, the next item ends the batch early. Ends when
    `open_hosts` threads have put None. The first exception put by a thread is raised after the last batch.
    """
    gathered: list[Visit] = []
    began, bug = time.monotonic(), None
    while open_hosts:
        item = visits.get()
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


def adopt(context: RunContext, summary: Summary, progress: RunProgress) -> None:
    """Store the pages that after a crash are complete in the archive but missing from the store.

    The archive truncates incomplete records.
    """
    orphans = context.archive.recover(context.store.committed_files())
    summary.problems += context.archive.problems
    by_name = {source.name: source for source in context.config.sources}
    # The sizes of the recovered files are recorded with the last batch only. So after another crash, pages that are not
    # stored yet are adopted again.
    recovered = context.archive.sync([])
    articles = (capture for capture in orphans if capture.kind == "article")
    while batch := list(islice(articles, context.config.settings.batch)):
        if context.sleep.stop.is_set():
            return
        visits = []
        for capture in batch:
            page = context.archive.page(capture.warc_file, capture.offset, capture.length)
            candidate = Candidate(capture.url, capture.source, "archive")
            visit = visit_page(context, page, capture, candidate, by_name.get(capture.source, ONE_OFF))
            visits.append(under_canonical(context, visit))
        save(context, visits, summary, progress)
    if orphans and not context.sleep.stop.is_set():
        # Of listings and further pages only the capture rows are stored: the next pass fetches the pages again.
        committed = recovered | context.archive.sync(orphans)
        with context.store.batch(at=context.now(), program=PROGRAM, rules=RULES) as last:
            for capture in orphans:
                last.capture(capture)
            last.archive_sizes(committed)
