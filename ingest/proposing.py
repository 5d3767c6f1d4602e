"""What an optional model adds to the facts of a feature: asked once a text, within the day's budget, never required.

    rule facts ──▶ cache, else budget ──▶ endpoint ──▶ accept (in a worker) ──▶ rule facts and what the text proves

Off unless settings name an endpoint. Whatever it does, the article is stored with what the rules read: a failure is
logged and counted, and after a few in a row the endpoint is left alone for a while.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from zoneinfo import ZoneInfo

from ingest.errors import FetchError, ReadError
from ingest.facts.proposer import Accepted, accept, cache_key, content_of, kept, merged, messages, request
from ingest.fetch.endpoint import Endpoint
from ingest.model import Examined
from ingest.parts import Parts, in_worker
from store import history
from store.records import Article, ArticleView, Fact

_log = logging.getLogger("suowen.model")


def propose(parts: Parts, examined: Examined) -> Examined:
    """`examined` with the facts that the configured model adds to it; as it is when there is no model or no feature."""
    endpoint = parts.endpoint
    if endpoint is None or examined.verdict.ruling != "feature":
        return examined
    article = examined.article
    answer = _answer(parts, endpoint, article)
    if answer is None:
        return examined
    try:
        accepted = _accepted(parts, endpoint, article, answer, examined.facts)
    except ReadError as error:
        _log.warning("what the model says of %s could not be read: %s", article.url, error.detail)
        return examined
    if accepted.refused:
        _log.info("of what the model says of %s, %d facts are taken, %d refused: %s", article.url,
                  len(accepted.facts), len(accepted.refused), "; ".join(accepted.refused[:3]))  # fmt: skip
    return replace(examined, facts=merged(examined.facts, accepted.facts))


def keep_proposed(parts: Parts, view: ArticleView, examined: Examined) -> Examined:
    """`examined`, read again, with what a model proposed when the article was stored, as far as the text still proves
    it. Nobody is asked."""
    if examined.verdict.ruling != "feature":
        return examined
    before = history.facts_as_read(parts.store, view.revision.id)
    again = kept(examined.article.text, before, examined.facts)
    return replace(examined, facts=merged(examined.facts, again)) if again else examined


def _answer(parts: Parts, endpoint: Endpoint, article: Article) -> str | None:
    """What the model says of an article: as it said before, else asked for. None when it cannot be asked."""
    settings = endpoint.settings
    asked = messages(article.text, title=article.title, published=article.published, kinds=settings.kinds)
    question = request(settings.name, asked, settings.options)
    key = cache_key(question)
    known = parts.store.model_answer(key)
    if known is not None or endpoint.resting():
        return known
    day = parts.now().astimezone(ZoneInfo(parts.config.settings.zone)).date().isoformat()

    def book() -> bool:
        return parts.store.book_request(day, settings.daily_budget)

    if not book():
        _log.info("the model is not asked about %s: the budget of %s is spent", article.url, day)
        return None
    try:
        answer = in_worker(parts, article.url, content_of, endpoint.ask(question, book), endpoint.url)
    except (FetchError, ReadError) as error:
        _log.warning("the model could not be asked about %s: %s", article.url, error.detail)
        parts.store.count_failure(day)
        endpoint.settle(good=False)
        return None
    endpoint.settle(good=True)
    parts.store.keep_answer(key, settings.name, answer, parts.now())
    return answer


def _accepted(
    parts: Parts, endpoint: Endpoint, article: Article, answer: str, known: tuple[Fact, ...]
) -> Accepted:
    """In a worker: what an endpoint says is as foreign as a page."""
    settings = endpoint.settings
    return in_worker(parts, article.url, accept, article.text, answer, settings.name, known,
                     published=article.published, kinds=settings.kinds)  # fmt: skip
