"""Save visits: compare with stored articles, then append to the store in short transactions; update the queue."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from ingest.dedup import Comparisons, body_lines, find_near_duplicate
from ingest.errors import FetchError
from ingest.fetch import NotModified
from ingest.fetch.saved_page import SCHEME
from ingest.pipeline.block_pages import addresses_by_text, block_page_reason
from ingest.pipeline.context import RunContext, bug_in
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline_types import Candidate, Outcome, Processed
from ingest.versions import PROGRAM, RULES
from ingest.zh import han
from ingest.zh.character_normalization import fold
from store import Batch, Store
from store.lsh_index import NEIGHBOURS
from store.near_duplicate_candidates import stored_neighbours
from store.queries import stored_urls
from store.records import Article, Match, Neighbour, OutcomeRow
from store.sql_parameters import batched

T = TypeVar("T")
#: outcomes that may change at the next try: the candidate stays queued, with growing delays between tries
TRANSIENT = frozenset({"network", "timeout", "server-error", "incomplete", "block-page", "summary-only"})
#: outcomes that the host causes rather than the page; a visit with such an outcome does not count as a try
WAITING = frozenset({"paused", "robots-unavailable"})
#: tries after which a candidate with transient failures is dequeued until its listing shows it again; not measured
MAX_TRIES = 8
#: spaces beside a Han character, which are ignored when two versions of an article are compared
_HAN_SPACE = han.regex(r"(?<=[\p{Han}]) +| +(?=[\p{Han}])")
#: maximum rows of candidates or outcomes in one transaction, during which other writers wait; not measured
ROWS = 1000
#: maximum articles of one story with which a new article is compared; not measured
PER_STORY = 3
#: seconds of comparisons after which the articles compared so far are saved in a transaction; not measured
COMPARE_SECONDS = 1.0
#: characters of article text at which a transaction is full, so that another writer waits less than half a second. Two
#: pages of 86,000 characters took 1.0 s at a load of 10 on two cores (benchmarks/save_lock.py)
MAX_CHARACTERS = 50_000
#: maximum seconds for which comparisons continue after a stop request; not measured
STOP_SECONDS = 3.0


def save(
    context: RunContext,
    visits: Sequence[Visit],
    summary: Summary,
    progress: RunProgress,
    within: Callable[[Batch, int], None] | None = None,
) -> None:
    """Save visits. The archive is synced to disk before each transaction, because rows refer to archive records.

    `within` is called in each transaction, with the number of visits that are saved once the transaction ends.

    New articles are compared with stored ones before the write transaction, so that other writers do not wait for
    comparisons. After COMPARE_SECONDS of comparisons, or MAX_CHARACTERS of text, the compared articles are saved, and
    the others follow in further transactions. When the run is stopped, comparisons continue for STOP_SECONDS at most.
    Visits that are not saved by then stay in the archive, and the next run adopts them.
    """
    addresses = addresses_by_text(visits)
    known = stored_urls(context.store, [v.result.article.url for v in visits if isinstance(v.result, Processed)])
    stopped: float | None = None
    rest, saved = deque(visits), 0
    while rest:
        comparisons, chunk, characters, started = Comparisons(), list[Visit](), 0, time.monotonic()
        while rest and (not chunk or (characters < MAX_CHARACTERS and time.monotonic() - started < COMPARE_SECONDS)):
            visit = rest.popleft()
            chunk.append(visit)
            if isinstance(visit.result, Processed):
                characters += len(visit.result.article.text)
                if visit.result.article.url not in known:
                    with suppress(Exception):  # a bug is reported when `_save_visit` repeats the comparison
                        _compare_ahead(context.store, visit.result, chunk[:-1], comparisons)
            if context.sleep.stop.is_set():
                stopped = time.monotonic() if stopped is None else stopped
                if time.monotonic() - stopped > STOP_SECONDS:
                    rest.clear()
        saved += len(chunk)
        _save_chunk(context, chunk, addresses, comparisons, summary, progress, _at(within, saved))


def _at(within: Callable[[Batch, int], None] | None, saved: int) -> Callable[[Batch], None] | None:
    return None if within is None else lambda batch: within(batch, saved)


def _compare_ahead(store: Store, new: Processed, earlier: Sequence[Visit], comparisons: Comparisons) -> None:
    """Compare a new article with its stored neighbours and with similar articles of the `earlier` visits.

    The results are kept in `comparisons`, so that the transaction does not compute them again.
    """
    known = limit_per_story(stored_neighbours(store.database, new.fingerprint))
    bands = set(new.fingerprint.bands)
    shared = [
        (-len(bands.intersection(visit.result.fingerprint.bands)), number, visit.result.article)
        for number, visit in enumerate(earlier)
        if isinstance(visit.result, Processed)
    ]
    similar = [article for count, _, article in sorted(shared, key=lambda item: item[:2])[:NEIGHBOURS] if count]
    candidates = [*known, *(Neighbour(-n, -n, article.title, article.text) for n, article in enumerate(similar, 1))]
    find_near_duplicate(new.article.title, new.article.text, candidates, comparisons)


def _save_chunk(
    context: RunContext,
    visits: Sequence[Visit],
    addresses: Mapping[str, int],
    comparisons: Comparisons,
    summary: Summary,
    progress: RunProgress,
    within: Callable[[Batch], None] | None,
) -> None:
    """Sync the archive and save visits in one transaction; then count their outcomes and report the progress."""
    committed = context.archive.sync([capture for visit in visits for capture in visit.captures])
    now = context.now()
    outcomes: list[Outcome] = []
    with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        for visit in visits:
            outcome = _save_visit(batch, visit, now, addresses, comparisons)
            batch.outcome(outcome_row(outcome, summary.run, now))
            _update_queue(batch, visit, outcome, now, offline=context.fetcher.offline)
            outcomes.append(outcome)
        batch.host_rates(context.rate_limiter.snapshot())
        batch.archive_sizes(committed)
        if within is not None:
            within(batch)
    if batch.commit_number is not None:
        summary.commits.append(batch.commit_number)
    for visit, outcome in zip(visits, outcomes, strict=True):
        summary.count(outcome)
        if visit.requested:
            summary.settled.add(visit.requested)
        progress.done(outcome)


def _save_visit(
    batch: Batch, visit: Visit, now: datetime, addresses: Mapping[str, int], comparisons: Comparisons
) -> Outcome:
    """Append one visit and return its outcome.

    `addresses`: text of an article -> number of URLs in the batch that returned this text.
    """
    candidate, result = visit.candidate, visit.result
    if visit.archived and isinstance(result, Processed) and (known := _newer_is_stored(batch, result)) is not None:
        return Outcome(candidate, "known", f"article {known}: this fetch of it or a later one is stored", known)
    capture_ids = [batch.capture(capture) for capture in visit.captures]
    if isinstance(result, Processed):
        if not visit.complete and visit.tries == 0 and _loses_text(batch, result):
            return Outcome(candidate, "incomplete", "text is missing and nothing proves that the page is complete")
        try:  # comparisons come first: if one fails, nothing of the article has been appended
            match, unchanged = _near_duplicate(batch, result, comparisons), _unchanged_article(batch, result.article)
            stored, several = batch.text_of(candidate.url), addresses[result.article.text] > 1
            why = block_page_reason(result, candidate.title, stored, match, several=several)
        except Exception as bug:
            return _failed(batch, candidate, "error", bug_in(candidate.url, bug).detail, now)
        if why:
            return _failed(batch, candidate, "block-page", why, now)
        if visit.validators:
            batch.validators(visit.validators)
        if unchanged is not None:
            batch.record_check(candidate.url, now, candidate.date)
            return Outcome(
                candidate, "unchanged", f"article {unchanged} differs only in what its page added", unchanged
            )
        if (same := _known_by_text(batch, result)) is not None:
            return Outcome(candidate, "known", f"article {same} has this text; the saved page states no address", same)
        return _append_article(batch, candidate, result, capture_ids[0] if capture_ids else None, match, now)
    if isinstance(result, NotModified):
        batch.validators(result.validators)
        batch.record_check(candidate.url, now, candidate.date)
        return Outcome(candidate, "unchanged", "304 Not Modified", batch.article_of(candidate.url))
    if isinstance(result, Outcome):
        return result
    return _failed(batch, candidate, result.code, result.detail, now)


def _failed(batch: Batch, candidate: Candidate, code: str, detail: str, now: datetime) -> Outcome:
    """Return the outcome of a failed visit. The page's validators are deleted, and none of its content is appended."""
    batch.forget_validators(candidate.url)
    known = batch.article_of(candidate.url)
    if known is not None:  # the article's page is gone or broken now: keep the stored text and record the check
        batch.record_check(candidate.url, now, candidate.date)
    return Outcome(candidate, code, detail, known)


def _loses_text(batch: Batch, processed: Processed) -> bool:
    """Return whether the stored article has a longer text than this extraction of it."""
    stored = batch.text_of(processed.article.url)
    return stored is not None and len(processed.article.text) < len(stored)


def _newer_is_stored(batch: Batch, processed: Processed) -> int | None:
    """Return the id of the known article if its newest fetch is not older than this archived page, else None."""
    number = batch.article_of(processed.article.url)
    newest = batch.newest_fetch(processed.article.url) if number is not None else None
    return number if newest is not None and newest >= processed.article.fetched_at else None


def _known_by_text(batch: Batch, processed: Processed) -> int | None:
    """Return the id of a known article with the same text as a saved page without an address, else None.

    Without this check such a page would count as a copy.
    """
    article = processed.article
    if not article.url.startswith(SCHEME) or batch.article_of(article.url) is not None:
        return None
    body = body_lines(article.title, article.text)
    neighbours = batch.neighbours(processed.fingerprint.bands, processed.fingerprint.method)
    same = (known.article for known in neighbours if body and body_lines(known.title, known.text) == body)
    return next(same, None)


def _near_duplicate(batch: Batch, processed: Processed, comparisons: Comparisons) -> Match | None:
    """Return the match of a new article with a known near-duplicate, if there is one.

    Returns None for a known article, which stays in its story.

    Runs inside the transaction, so that copies within one batch are found too. Only articles that were stored since
    `comparisons` was filled are compared here.
    """
    article = processed.article
    if batch.article_of(article.url) is not None:
        return None
    known = batch.neighbours(processed.fingerprint.bands, processed.fingerprint.method)
    return find_near_duplicate(article.title, article.text, limit_per_story(known), comparisons)


def _append_article(
    batch: Batch, candidate: Candidate, processed: Processed, capture: int | None, match: Match | None, now: datetime
) -> Outcome:
    """Append an article with verdict, story and facts, unless it is unchanged, and return the outcome."""
    verdict = processed.verdict
    appended = batch.article(processed.article, candidate.source, capture)
    batch.record_check(candidate.url, now, candidate.date)
    if appended.change == "unchanged":
        return Outcome(candidate, "unchanged", f"article {appended.article} is the same as before", appended.article)
    batch.verdict(appended.revision, verdict)
    story = batch.story(appended.article, processed.fingerprint, match)
    batch.facts(appended.revision, processed.facts)
    judged = f"{verdict.ruling} {verdict.score:.2f}: {'; '.join(verdict.reasons[:4])}"
    if appended.change == "revised":
        return Outcome(candidate, "revised", f"revision {appended.number}; {judged}", appended.article)
    if match:
        why = f"{match.relation} of article {match.article} (story {story}): {match.why}"
        return Outcome(candidate, "repost", why, appended.article)
    return Outcome(candidate, "stored" if verdict.ruling == "feature" else "not-feature", judged, appended.article)


def _unchanged_article(batch: Batch, article: Article) -> int | None:
    """Return the id of the known article if `article` differs from it only in insignificant characters, else None.

    Insignificant are boilerplate (such as a view count or related links), character width, and spaces (&nbsp;) beside
    Han characters.
    """
    title, text = batch.title_of(article.url), batch.text_of(article.url)
    if title is None or text is None or (title, text) == (article.title, article.text):
        return None
    before, now = (
        _HAN_SPACE.sub("", "\n".join(body_lines(*content)))
        for content in ((title, text), (article.title, article.text))
    )
    same_title = _HAN_SPACE.sub("", fold(title)) == _HAN_SPACE.sub("", fold(article.title))
    return batch.article_of(article.url) if now and before == now and same_title else None


def limit_per_story(known: Iterable[Neighbour]) -> list[Neighbour]:
    """Return the first PER_STORY articles of each story, in their order."""
    taken: Counter[int] = Counter()
    limited = []
    for neighbour in known:
        taken[neighbour.story] += 1
        if taken[neighbour.story] <= PER_STORY:
            limited.append(neighbour)
    return limited


def _update_queue(batch: Batch, visit: Visit, outcome: Outcome, now: datetime, *, offline: bool) -> None:
    """Postpone a candidate if another try may succeed, else remove it from the queue.

    A removed URL is recorded as rejected if it has no article, or only leads to an article under another URL.
    """
    url = visit.requested or outcome.candidate.url
    retry_after = visit.result.retry_after if isinstance(visit.result, FetchError) else None
    if outcome.code in WAITING or (offline and outcome.code == "network"):
        # the page is not the cause: the host asked for a pause, its robots.txt was unavailable, or our network is down
        batch.postpone(url, now + timedelta(seconds=max(retry_after or 0.0, 600.0)), counted=False)
    elif outcome.code in TRANSIENT and visit.tries + 1 < MAX_TRIES:
        batch.postpone(url, now + timedelta(minutes=10 * 2**visit.tries))
    else:
        batch.dequeue(url)
        if visit.requested:  # the article's own URL may be in the queue too, from another listing
            batch.dequeue(outcome.candidate.url)
        # a forwarding URL is rejected too, so that the next pass does not fetch it again
        if outcome.article is None or visit.requested:
            batch.reject(url, outcome.code)


def store_outcomes(context: RunContext, outcomes: Sequence[Outcome], run: int, now: datetime) -> None:
    """Store outcomes for which no article was appended, at most ROWS in one transaction."""
    for some in batched(outcomes, ROWS):
        with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
            for outcome in some:
                batch.outcome(outcome_row(outcome, run, now))


def outcome_row(outcome: Outcome, run: int, now: datetime) -> OutcomeRow:
    """Return the row of an outcome for the store."""
    return OutcomeRow(
        run, outcome.candidate.url, outcome.candidate.source, outcome.code, outcome.detail, now, outcome.article
    )
