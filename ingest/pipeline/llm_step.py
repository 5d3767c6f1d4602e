"""Optional LLM step: facts proposed by a language model are added to those of the rules, within a daily budget.

    rule facts ──▶ cache, else budget ──▶ endpoint ──▶ accept (in a worker) ──▶ rule facts and proven proposals

The step is off unless the settings name an endpoint. The article is always stored with the facts of the rules. A failed
request is logged and counted; after several failures in a row, requests are suspended for a while. An article without
an answer, because its request failed or was not sent, waits in a queue that is processed at the end of a later pass.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.errors import ExtractError, FetchError
from ingest.facts.llm_proposals import accept, cache_key, content_of, kept, merged, messages, request
from ingest.fetch.llm_client import LlmClient
from ingest.pipeline.context import RunContext, run_in_worker
from ingest.pipeline_types import Processed
from ingest.versions import PROGRAM, RULES
from store import llm_queue, queries
from store.records import Article, ArticleView, Fact

_log = logging.getLogger("suowen.model")
#: maximum time that a pass works on the queue, because other sources become due meanwhile; not measured
QUEUE_TIME = timedelta(seconds=120)


def add_llm_facts(context: RunContext, processed: Processed) -> Processed:
    """Return `processed` with the facts that the LLM adds.

    Without an LLM, and for an article that is not a feature, `processed` is returned unchanged. If the LLM gives no
    answer, the article is also queued for a later request.
    """
    endpoint = context.llm
    if endpoint is None or processed.verdict.ruling != "feature":
        return processed
    article = processed.article
    answer = _answer(context, endpoint, article)
    if answer is None:
        llm_queue.enqueue(context.store, article.url, context.now())
        return processed
    return replace(
        processed, facts=merged(processed.facts, _accepted(context, endpoint, article, answer, processed.facts))
    )


def process_queue(context: RunContext, before: datetime, stop: threading.Event) -> list[int]:
    """Get LLM facts for the articles queued before `before`, oldest first; return the numbers of the new commits.

    Ends early when the budget or QUEUE_TIME is used up, requests are suspended, or `stop` is set.
    """
    endpoint, started, commits = context.llm, context.now(), []
    if endpoint is None:
        return []
    for url in llm_queue.pending(context.store, before):
        if stop.is_set() or endpoint.suspended() or _spent(context, endpoint) or context.now() > started + QUEUE_TIME:
            break
        commit = _process_queued(context, endpoint, url)
        commits += [commit] if commit is not None else []
    return commits


def _process_queued(context: RunContext, endpoint: LlmClient, url: str) -> int | None:
    """Append the LLM facts of a queued article; return the number of the new commit, None if nothing was appended.

    If the article is not a stored feature any more, it is removed from the queue. If the LLM does not answer, the
    article is queued again.
    """
    known = context.store.known([url]).get(url)
    view = queries.show(context.store, known.article) if known else None
    if view is None or view.verdict is None or view.verdict.ruling != "feature":
        llm_queue.remove(context.store, url)
        return None
    answer = _answer(context, endpoint, view.revision.content)
    if answer is None:
        llm_queue.enqueue(context.store, url, context.now())
        return None
    known_facts = queries.extracted_facts(context.store, view.revision.id)
    # parsed before the transaction, because parsing may take as long as the deadline of a worker
    accepted = _accepted(context, endpoint, view.revision.content, answer, known_facts)
    with context.store.batch(at=context.now(), program=PROGRAM, rules=RULES) as batch:
        batch.facts(view.revision.id, merged(known_facts, accepted))
    llm_queue.remove(context.store, url)
    return batch.commit_number


def _day(context: RunContext) -> str:
    return context.now().astimezone(ZoneInfo(context.config.settings.zone)).date().isoformat()


def _spent(context: RunContext, endpoint: LlmClient) -> bool:
    """Return whether the request budget of today is used up."""
    return context.store.model_day(_day(context)).requests >= endpoint.settings.daily_budget


def keep_proposed(context: RunContext, view: ArticleView, processed: Processed) -> Processed:
    """Return a processed article with the stored LLM facts whose quotes its text still contains. Sends no request."""
    if processed.verdict.ruling != "feature":
        return processed
    before = queries.extracted_facts(context.store, view.revision.id)
    again = kept(processed.article.text, before, processed.facts)
    return replace(processed, facts=merged(processed.facts, again)) if again else processed


def _answer(context: RunContext, endpoint: LlmClient, article: Article) -> str | None:
    """Return the LLM's answer about an article, from the cache or by a request.

    Returns None if requests are suspended, the budget of the day is used up, or the request failed.
    """
    settings = endpoint.settings
    prompt = messages(article.text, title=article.title, published=article.published, kinds=settings.kinds)
    body = request(settings.name, prompt, settings.options)
    key = cache_key(body)
    cached = context.store.model_answer(key)
    if cached is not None or endpoint.suspended():
        return cached
    day = _day(context)

    def book() -> bool:
        return context.store.reserve_request(day, settings.daily_budget)

    if not book():
        _log.info("no LLM request about %s: the budget of %s is used up", article.url, day)
        return None
    try:
        answer = run_in_worker(context, article.url, content_of, endpoint.post(body, book), endpoint.url)
    except (FetchError, ExtractError) as error:
        _log.warning("the LLM request about %s failed: %s", article.url, error.detail)
        context.store.count_failure(day)
        endpoint.record_result(good=False)
        return None
    endpoint.record_result(good=True)
    context.store.store_answer(key, settings.name, answer, context.now())
    return answer


def _accepted(
    context: RunContext, endpoint: LlmClient, article: Article, answer: str, known: tuple[Fact, ...]
) -> tuple[Fact, ...]:
    """Return those facts of an LLM answer that the article's text proves; an empty tuple for an unparsable answer.

    The answer is parsed in a worker, because it is as untrusted as a page.
    """
    settings = endpoint.settings
    try:
        accepted = run_in_worker(
            context,
            article.url,
            accept,
            article.text,
            answer,
            settings.name,
            known,
            published=article.published,
            kinds=settings.kinds,
        )
    except ExtractError as error:
        _log.warning("the LLM's answer about %s could not be parsed: %s", article.url, error.detail)
        return ()
    if accepted.refused:
        _log.info(
            "LLM facts about %s: %d accepted, %d refused: %s",
            article.url,
            len(accepted.facts),
            len(accepted.refused),
            "; ".join(accepted.refused[:3]),
        )
    return accepted.facts
