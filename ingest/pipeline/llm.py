"""What an optional model adds to the facts of a feature: asked once a text, within the day's budget, never required.

    rule facts ──▶ cache, else budget ──▶ endpoint ──▶ accept (in a worker) ──▶ rule facts and what the text proves

Off unless settings name an endpoint. Whatever it does, the article is stored with what the rules read: a failure is
logged and counted, and after a few in a row the endpoint is left alone for a while. What could not be asked waits, and
is asked at the end of a later pass.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.errors import ExtractError, FetchError
from ingest.facts.llm import accept, cache_key, content_of, kept, merged, messages, request
from ingest.fetch.llm_client import LlmClient
from ingest.model import Processed
from ingest.pipeline.context import RunContext, run_in_worker
from ingest.versions import PROGRAM, RULES
from store import history, llm_queue
from store.records import Article, ArticleView, Fact

_log = logging.getLogger("suowen.model")
#: how long a pass may go on asking what waits: other sources are due meanwhile; not measured
QUEUE_BATCH = timedelta(seconds=120)


def add_llm_facts(context: RunContext, examined: Processed) -> Processed:
    """`examined` with the facts that the configured model adds to it; as it is when there is no model or no feature."""
    endpoint = context.llm
    if endpoint is None or examined.verdict.ruling != "feature":
        return examined
    article = examined.article
    answer = _answer(context, endpoint, article)
    if answer is None:
        llm_queue.enqueue(context.store, article.url, context.now())
        return examined
    return replace(
        examined, facts=merged(examined.facts, _accepted(context, endpoint, article, answer, examined.facts))
    )


def process_queue(context: RunContext, before: datetime, stop: threading.Event) -> list[int]:
    """Ask about stored features whose question waits since `before`, the longest waiting first, as far as the day's
    budget and CATCH_UP go; the Commits made."""
    endpoint, begun, commits = context.llm, context.now(), []
    if endpoint is None:
        return []
    for url in llm_queue.pending(context.store, before):
        if stop.is_set() or endpoint.suspended() or _spent(context, endpoint) or context.now() > begun + QUEUE_BATCH:
            break
        commit = _asked_again(context, endpoint, url)
        commits += [commit] if commit is not None else []
    return commits


def _asked_again(context: RunContext, endpoint: LlmClient, url: str) -> int | None:
    """The question about a stored article, asked now; the Commit that it made."""
    known = context.store.known([url]).get(url)
    view = history.show(context.store, known.article) if known else None
    if view is None or view.verdict is None or view.verdict.ruling != "feature":
        llm_queue.remove(context.store, url)
        return None
    answer = _answer(context, endpoint, view.revision.content)
    if answer is None:
        llm_queue.enqueue(context.store, url, context.now())
        return None
    read = history.extracted_facts(context.store, view.revision.id)
    with context.store.batch(at=context.now(), program=PROGRAM, rules=RULES) as batch:
        batch.facts(view.revision.id, merged(read, _accepted(context, endpoint, view.revision.content, answer, read)))
    llm_queue.remove(context.store, url)
    return batch.commit_number


def _day(context: RunContext) -> str:
    return context.now().astimezone(ZoneInfo(context.config.settings.zone)).date().isoformat()


def _spent(context: RunContext, endpoint: LlmClient) -> bool:
    """Whether today's budget is."""
    return context.store.model_day(_day(context)).requests >= endpoint.settings.daily_budget


def keep_proposed(context: RunContext, view: ArticleView, examined: Processed) -> Processed:
    """`examined`, read again, with what a model proposed when the article was stored, as far as the text still proves
    it. Nobody is asked."""
    if examined.verdict.ruling != "feature":
        return examined
    before = history.extracted_facts(context.store, view.revision.id)
    again = kept(examined.article.text, before, examined.facts)
    return replace(examined, facts=merged(examined.facts, again)) if again else examined


def _answer(context: RunContext, endpoint: LlmClient, article: Article) -> str | None:
    """What the model says of an article: as it said before, else asked for. None when it cannot be asked."""
    settings = endpoint.settings
    asked = messages(article.text, title=article.title, published=article.published, kinds=settings.kinds)
    question = request(settings.name, asked, settings.options)
    key = cache_key(question)
    known = context.store.model_answer(key)
    if known is not None or endpoint.suspended():
        return known
    day = _day(context)

    def book() -> bool:
        return context.store.reserve_request(day, settings.daily_budget)

    if not book():
        _log.info("the model is not asked about %s: the budget of %s is spent", article.url, day)
        return None
    try:
        answer = run_in_worker(context, article.url, content_of, endpoint.post(question, book), endpoint.url)
    except (FetchError, ExtractError) as error:
        _log.warning("the model could not be asked about %s: %s", article.url, error.detail)
        context.store.count_failure(day)
        endpoint.record_result(good=False)
        return None
    endpoint.record_result(good=True)
    context.store.store_answer(key, settings.name, answer, context.now())
    return answer


def _accepted(
    context: RunContext, endpoint: LlmClient, article: Article, answer: str, known: tuple[Fact, ...]
) -> tuple[Fact, ...]:
    """What is taken of an answer. Read in a worker: what an endpoint says is as foreign as a page."""
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
        _log.warning("what the model says of %s could not be read: %s", article.url, error.detail)
        return ()
    if accepted.refused:
        _log.info(
            "of what the model says of %s, %d facts are taken, %d refused: %s",
            article.url,
            len(accepted.facts),
            len(accepted.refused),
            "; ".join(accepted.refused[:3]),
        )
    return accepted.facts
