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

import math
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from queue import SimpleQueue

from ingest.model import Candidate, Outcome, Source
from ingest.pipeline.context import ONE_OFF, RunContext, StoppedError
from ingest.pipeline.listings import enqueue, list_source
from ingest.pipeline.llm import process_queue
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline.save import outcome_row, save
from ingest.pipeline.visit import visit_candidate, visit_page
from ingest.urls import host_of
from ingest.versions import PROGRAM, RULES
from store.records import Queued

#: seconds after which a batch is committed though it is not full, so that a slow pass is visible; not measured
BATCH_SECONDS = 5.0


def run_pass(
    context: RunContext,
    sources: Sequence[Source],
    *,
    trigger: str,
    progress: RunProgress,
    stop: threading.Event | None = None,
) -> Summary:
    """One pass over these sources: adopt what a crash left, list, fetch, read, store. Commits batch by batch."""
    stop = context.sleep.stop = stop or threading.Event()
    begun = context.now()
    with running(context, trigger) as summary:
        adopt(context, summary, progress)
        _discover(context, sources, summary, progress, stop)
        by_name = {source.name: source for source in (*sources, ONE_OFF)}
        queued = context.store.queued(list(by_name), context.now(), limit=100_000)
        chosen = _within_budget(queued, context.config.settings.budget)
        work_off(context, chosen, by_name, summary, progress, stop, host_deadline=context.config.settings.job_deadline)
        leave_queued(context, summary, progress)
        summary.commits += process_queue(context, begun, stop)
    return summary


@contextmanager
def running(context: RunContext, trigger: str) -> Iterator[Summary]:
    """A run in the ledger from its start to its end."""
    run = context.store.start_run(context.now(), trigger)
    try:
        yield Summary(run)
    except StoppedError:  # told to stop while it waited: what is queued stays queued
        return
    finally:
        context.store.finish_run(run, context.now())


def _within_budget(queued: Iterable[Queued], budget: int) -> list[Queued]:
    taken: Counter[str] = Counter()
    chosen = []
    for item in queued:
        taken[item.source] += 1
        if taken[item.source] <= budget:
            chosen.append(item)
    return chosen


def _discover(
    context: RunContext, sources: Sequence[Source], summary: Summary, progress: RunProgress, stop: threading.Event
) -> None:
    """List every source, several hosts at once; queue what is new, each source in one transaction."""
    urls = [listing.url for source in sources for listing in source.listings]
    validators = context.store.validators_of(urls)
    with ThreadPoolExecutor(context.config.settings.fetch.hosts_at_once, "list") as pool:
        jobs = [pool.submit(list_source, context, source, validators) for source in sources if not stop.is_set()]
        for job in jobs:
            try:
                enqueue(context, job.result(), summary, progress)
            except StoppedError:  # its listings are read again by the next pass
                continue


def work_off(
    context: RunContext,
    queued: Sequence[Queued],
    sources: Mapping[str, Source],
    summary: Summary,
    progress: RunProgress,
    stop: threading.Event,
    *,
    host_deadline: float = math.inf,
) -> None:
    """Look at queued candidates, one thread a host at a time, and append them batch by batch.

    What a host's pages leave undone `host_deadline` seconds after its turn began stays queued.
    """
    progress.planned(len(queued))
    validators = context.store.validators_of([item.url for item in queued])
    by_host: dict[str, list[Queued]] = defaultdict(list)
    for item in queued:
        by_host[host_of(item.url)].append(item)
    looks: SimpleQueue[Visit | BaseException | None] = SimpleQueue()

    def visit(items: list[Queued]) -> None:
        # a slow host must not hold up the next pass; its time begins with its turn, however long others took before
        deadline = time.monotonic() + host_deadline
        try:
            for item in items:
                if stop.is_set() or time.monotonic() > deadline:
                    break
                seen = visit_candidate(context, _candidate(item), sources[item.source], validators.get(item.url))
                looks.put(replace(seen, tries=item.tries))
        except StoppedError:
            pass
        except BaseException as bug:
            stop.set()
            looks.put(bug)
        looks.put(None)

    with ThreadPoolExecutor(context.config.settings.fetch.hosts_at_once, "fetch") as pool:
        for items in by_host.values():
            pool.submit(visit, items)
        try:
            for batch in batches(looks, len(by_host), context.config.settings.batch):
                save(context, batch, summary, progress)
        except BaseException:  # what cannot be stored is not worth fetching on
            stop.set()
            raise


def leave_queued(context: RunContext, summary: Summary, progress: RunProgress) -> None:
    """An outcome row for every candidate that this pass listed and left in the queue: over budget, not due, stopped."""
    rest = [Outcome(candidate, "queued", "it waits for a later pass") for candidate in summary.left()]
    now = context.now()
    with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        for outcome in rest:
            batch.outcome(outcome_row(outcome, summary.run, now))
    for outcome in rest:
        summary.count(outcome)


def batches(looks: SimpleQueue[Visit | BaseException | None], open_hosts: int, size: int) -> Iterator[list[Visit]]:
    """Gather looks until `size` are there or BATCH_SECONDS passed; an unexpected error is raised after the rest."""
    gathered: list[Visit] = []
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


def adopt(context: RunContext, summary: Summary, progress: RunProgress) -> None:
    """Take in what lies whole in the archive but never reached the store; the archive cuts its own torn tails."""
    orphans = context.archive.recover(context.store.committed_files())
    summary.problems += context.archive.problems
    by_name = {source.name: source for source in context.config.sources}
    looks = []
    for capture in orphans:
        if capture.kind == "article":
            page = context.archive.page(capture.warc_file, capture.offset, capture.length)
            candidate = Candidate(capture.url, capture.source, "archive")
            looks.append(visit_page(context, page, capture, candidate, by_name.get(capture.source, ONE_OFF)))
    if looks:
        save(context, looks, summary, progress)
    if orphans:  # listings and further pages: their records are known now, what they said is read anew
        committed = context.archive.sync(orphans)
        with context.store.batch(at=context.now(), program=PROGRAM, rules=RULES) as batch:
            for capture in orphans:
                batch.capture(capture)
            batch.archive_sizes(committed)
