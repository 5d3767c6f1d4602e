"""Looks -> the store, one batch a transaction: same ▶ append, and what becomes of each candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ingest.dedup import METHOD, body_lines, find_near_duplicate, fingerprint
from ingest.errors import FetchError
from ingest.fetch import NotModified
from ingest.model import Candidate, Outcome, Processed
from ingest.pipeline.block_pages import block_page_reason, repeated
from ingest.pipeline.context import RunContext
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary, Visit
from ingest.versions import PROGRAM, RULES
from ingest.zh.text import fold
from store import Batch, Store
from store.records import Article, Match, Neighbour, OutcomeRow
from store.rekey import articles_to_rekey

#: outcomes that may be otherwise next time: the candidate stays queued, its next try ever later
TRANSIENT = frozenset({"network", "timeout", "server-error", "incomplete", "block-page"})
#: outcomes that are no try at all
WAITING = frozenset({"paused", "robots-unavailable"})
#: tries after which even a transient failure is let go until the listing shows the URL again; not measured
MAX_TRIES = 8
#: articles of one story that a new one is compared with: a comparison takes some 5 ms of the only writer's time
PER_STORY = 3


def save(context: RunContext, looks: Sequence[Visit], summary: Summary, progress: RunProgress) -> None:
    """One batch, one transaction: the archive is on disk before the rows that refer to it."""
    committed = context.archive.sync([capture for one in looks for capture in one.captures])
    now = context.now()
    outcomes: list[Outcome] = []
    several = repeated(looks)
    with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
        for one in looks:
            outcome = _store(batch, one, now, several)
            batch.outcome(outcome_row(outcome, summary.run, now))
            _settle(batch, one, outcome, now, offline=context.fetcher.offline)
            outcomes.append(outcome)
        batch.host_rates(context.pace.snapshot())
        batch.archive_sizes(committed)
    if batch.commit_number is not None:
        summary.commits.append(batch.commit_number)
    for outcome in outcomes:
        summary.count(outcome)
        progress.done(outcome)


def _store(batch: Batch, one: Visit, now: datetime, several: Mapping[str, int]) -> Outcome:
    """Append one look; its outcome. `several`: at how many addresses of the batch a text was read."""
    capture_ids = [batch.capture(capture) for capture in one.captures]
    if isinstance(one.result, Processed):
        if not one.complete and one.tries == 0 and _shrinks(batch, one.result):
            return Outcome(one.candidate, "incomplete", "text is missing and nothing proves that the page came whole")
        found = _retold(batch, one.result)
        stored, text = batch.text_of(one.candidate.url), one.result.article.text
        if why := block_page_reason(one.result, one.candidate.title, stored, found, several=several[text] > 1):
            return _failed(batch, one.candidate, "block-page", why, now)
        if one.validators:
            batch.validators(one.validators)
        return _store_examined(batch, one.candidate, one.result, capture_ids[0] if capture_ids else None, found, now)
    if isinstance(one.result, NotModified):
        batch.validators(one.result.validators)
        batch.record_check(one.candidate.url, now, one.candidate.date)
        return Outcome(one.candidate, "unchanged", "304 Not Modified", batch.article_of(one.candidate.url))
    if isinstance(one.result, Outcome):
        return one.result
    return _failed(batch, one.candidate, one.result.code, one.result.detail, now)


def _failed(batch: Batch, candidate: Candidate, code: str, detail: str, now: datetime) -> Outcome:
    """Nothing is stored of this look."""
    batch.forget_validators(candidate.url)
    known = batch.article_of(candidate.url)
    if known is not None:  # its page is gone or broken now: what we have stays, and it was looked at
        batch.record_check(candidate.url, now, candidate.date)
    return Outcome(candidate, code, detail, known)


def _shrinks(batch: Batch, examined: Processed) -> bool:
    """Whether the stored article has more text than this reading of it."""
    stored = batch.text_of(examined.article.url)
    return stored is not None and len(examined.article.text) < len(stored)


def _retold(batch: Batch, examined: Processed) -> Match | None:
    """same: the story that a new article tells again, looked for inside the transaction, so that one batch folds its
    own copies; None for a known article, which keeps its story."""
    article = examined.article
    if batch.article_of(article.url) is not None:
        return None
    known = batch.neighbours(examined.fingerprint.bands, examined.fingerprint.method)
    return find_near_duplicate(article.title, article.text, limit_per_story(known))


def _store_examined(
    batch: Batch, candidate: Candidate, examined: Processed, capture: int | None, found: Match | None, now: datetime
) -> Outcome:
    """Append an article with the story it tells again."""
    verdict = examined.verdict
    if (known := _unmoved(batch, examined.article)) is not None:
        batch.record_check(candidate.url, now, candidate.date)
        return Outcome(candidate, "unchanged", f"article {known} reads as before but for what its page added", known)
    appended = batch.article(examined.article, candidate.source, capture)
    batch.record_check(candidate.url, now, candidate.date)
    if appended.change == "unchanged":
        return Outcome(candidate, "unchanged", f"article {appended.article} reads as before", appended.article)
    batch.verdict(appended.revision, verdict)
    story = batch.story(appended.article, examined.fingerprint, found)
    batch.facts(appended.revision, examined.facts)
    judged = f"{verdict.ruling} {verdict.score:.2f}: {'; '.join(verdict.reasons[:4])}"
    if appended.change == "revised":
        return Outcome(candidate, "revised", f"revision {appended.number}; {judged}", appended.article)
    if found:
        why = f"{found.relation} of article {found.article} (story {story}): {found.why}"
        return Outcome(candidate, "repost", why, appended.article)
    return Outcome(candidate, "stored" if verdict.ruling == "feature" else "not-feature", judged, appended.article)


def _unmoved(batch: Batch, article: Article) -> int | None:
    """The known article that differs in nothing but what its page added: a count of views, other stories, width."""
    title, text = batch.title_of(article.url), batch.text_of(article.url)
    if title is None or text is None or (title, text) == (article.title, article.text):
        return None
    before, now = body_lines(title, text), body_lines(article.title, article.text)
    return batch.article_of(article.url) if now and before == now and fold(title) == fold(article.title) else None


def limit_per_story(known: Iterable[Neighbour]) -> list[Neighbour]:
    """At most PER_STORY articles of each story, the likest first: of a hundred copies few are compared."""
    taken: Counter[int] = Counter()
    out = []
    for one in known:
        taken[one.story] += 1
        if taken[one.story] <= PER_STORY:
            out.append(one)
    return out


def rebuild_lsh_keys(store: Store, at: datetime, size: int = 200) -> int:
    """Keys anew for the articles whose keys another method made, which no new copy meets; how many. Stories stay."""
    done = 0
    while rows := articles_to_rekey(store, METHOD, size):
        with store.batch(at=at, program=PROGRAM, rules=RULES) as batch:
            for article, title, text in rows:
                batch.story(article, fingerprint(title, text), None)
        done += len(rows)
    return done


def _settle(batch: Batch, one: Visit, outcome: Outcome, now: datetime, *, offline: bool) -> None:
    """A candidate leaves the queue with its outcome, unless another try may help."""
    url = outcome.candidate.url
    asked = one.result.retry_after if isinstance(one.result, FetchError) else None
    if outcome.code in WAITING or (offline and outcome.code == "network"):
        # nothing was tried: the host asked for silence, its robots.txt could not be had, or our network is down
        batch.postpone(url, now + timedelta(seconds=max(asked or 0.0, 600.0)), counted=False)
    elif outcome.code in TRANSIENT and one.tries + 1 < MAX_TRIES:
        batch.postpone(url, now + timedelta(minutes=10 * 2**one.tries))
    else:
        batch.dequeue(url)
        if outcome.article is None:
            batch.reject(url, outcome.code)


def outcome_row(outcome: Outcome, run: int, now: datetime) -> OutcomeRow:
    """An outcome as the ledger keeps it."""
    return OutcomeRow(
        run, outcome.candidate.url, outcome.candidate.source, outcome.code, outcome.detail, now, outcome.article
    )
