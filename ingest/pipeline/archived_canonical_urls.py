"""Canonical URLs that archived pages state, for articles that may be stored twice.

Earlier versions did not store an article under the canonical URL of its page. The database does not contain that URL,
so it is read from the archived page.
"""

from __future__ import annotations

from collections import defaultdict

from ingest.errors import ArchiveError, ExtractError
from ingest.extract import stated_url
from ingest.pipeline.context import RunContext, run_in_worker
from ingest.pipeline.ordered_parallel import in_order
from ingest.urls import key, registrable_domain
from store import queries
from store.same_page_urls import similar_articles


def stated_urls(context: RunContext) -> tuple[dict[int, str], list[str]]:
    """Return (article number -> canonical URL that differs from the stored URL, messages about unreadable pages).

    The canonical URL of an article is the one that its newest archived page states. Only articles that share a title or
    a story with another article are checked, and only if their site has several of them.
    """
    sites: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for article, url in similar_articles(context.store):
        if url.startswith(("http:", "https:")):
            sites[registrable_domain(url)].append((article, url))
    several = [found for group in sites.values() if len(group) > 1 for found in group]
    stated: dict[int, str] = {}
    problems: list[str] = []
    reading = in_order(
        several, lambda found: _stated(context, found[1]), context.workers.size, context.config.settings.batch
    )
    for (article, url), done in reading:
        try:
            canonical = done.result()
        except (ArchiveError, ExtractError) as error:
            problems.append(str(error))
            continue
        if canonical is not None and key(canonical) != key(url):
            stated[article] = canonical
    return stated, problems


def _stated(context: RunContext, url: str) -> str | None:
    """Return the canonical URL that the newest archived page of `url` states, else None.

    Raises ArchiveError, ExtractError.
    """
    captures = queries.captures_of(context.store, url)
    if not captures:  # an imported text has no page
        return None
    newest = captures[-1]
    page = context.archive.page(newest.warc_file, newest.offset, newest.length)
    return run_in_worker(context, url, stated_url, page)
