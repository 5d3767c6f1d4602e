"""Replay: process the archived pages again with the current rules; differences are appended once accepted.

    captures ──archive──▶ pages ──process──▶ Processed ──compare with the store──▶ Difference ──accept──▶ append

Replay fetches and overwrites nothing: an accepted difference becomes a new revision, verdict or set of facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.errors import ArchiveError, ExtractError
from ingest.facts import Explanation
from ingest.facts.llm_proposals import merged
from ingest.pipeline.context import IMPORTED, ONE_OFF, RunContext, bug_in, run_in_worker
from ingest.pipeline.llm_step import keep_proposed
from ingest.pipeline.ordered_parallel import in_order
from ingest.pipeline.process import NeedsPage, analyse, explain_article, process_pages
from ingest.pipeline_types import Candidate, Page, Processed, Source
from ingest.versions import PROGRAM, RULES
from store import queries
from store.apply_corrections import apply_corrections, carried_over
from store.hashing import canonical
from store.records import Article, ArticleView, Fact, Ruling

#: compared fields of an article, besides title and text
FIELDS = ("published", "source", "authors", "editors", "captions", "original_title")


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference between a stored article and its result under the current rules."""

    article: int
    url: str
    title: str
    #: names of the fields that differ; "title" and "text" count as fields
    fields: tuple[str, ...] = ()
    ruling_before: Ruling | None = None
    ruling_after: Ruling | None = None
    facts_added: tuple[Fact, ...] = ()
    facts_gone: tuple[Fact, ...] = ()
    #: for each of `facts_gone`: rule and reason of a present decision about its quote; "" without such a decision
    gone_because: tuple[str, ...] = ()
    #: reason why the article could not be processed again, None if it could be
    problem: str | None = None
    processed: Processed | None = None
    #: id of the stored revision that was compared
    revision: int = 0

    @property
    def empty(self) -> bool:
        """True if nothing differs."""
        ruled = self.ruling_before == self.ruling_after
        return ruled and not (self.fields or self.facts_added or self.facts_gone or self.problem)


def differences(context: RunContext, *, since: int = 0, extract: bool = True) -> Iterator[Difference]:
    """Process again every article whose newest revision is newer than commit `since`; yield the differences.

    With `extract` False the stored texts are classified and searched for facts, and the archive is not read. Several
    articles are processed at once; the differences have the order of the articles.
    """
    again: Callable[[RunContext, ArticleView], Processed] = _extract_again if extract else _classify_again

    def difference_of(number: int) -> Difference:
        view = queries.show(context.store, number)
        content = view.revision.content
        try:
            difference = compare(view, _carried_over(context, view, keep_proposed(context, view, again(context, view))))
            return _with_reasons(context, difference)
        except (ArchiveError, ExtractError) as error:
            return Difference(number, content.url, content.title, problem=str(error))
        except Exception as bug:
            return Difference(number, content.url, content.title, problem=str(bug_in(content.url, bug)))

    numbers = queries.article_ids(context.store, since=since)
    for _, done in in_order(numbers, difference_of, context.workers.size, context.config.settings.batch):
        if not (difference := done.result()).empty:
            yield difference


def compare(view: ArticleView, processed: Processed) -> Difference:
    """Return the difference between a stored article and its result under the current rules. Pure."""
    old, new = view.revision.content, processed.article
    fields = tuple(name for name in ("title", "text", *FIELDS) if getattr(old, name) != getattr(new, name))
    before = {_identity(fact): fact for fact in view.facts}
    after = {_identity(fact): fact for fact in apply_corrections(processed.facts, view.corrections)[0]}
    return Difference(
        view.revision.article,
        old.url,
        old.title,
        fields,
        view.verdict.ruling if view.verdict else None,
        processed.verdict.ruling,
        tuple(fact for key, fact in after.items() if key not in before),
        tuple(fact for key, fact in before.items() if key not in after),
        processed=processed,
        revision=view.revision.id,
    )


def _with_reasons(context: RunContext, difference: Difference) -> Difference:
    """Return a difference with `gone_because` filled: why the current rules no longer find the facts that are gone."""
    if not difference.facts_gone or difference.processed is None:
        return difference
    article = difference.processed.article
    settings, home = context.config.settings, context.config.home
    decided = run_in_worker(context, article.url, explain_article, article, settings.topic, home)
    return replace(difference, gone_because=tuple(_reason(fact, decided) for fact in difference.facts_gone))


def _reason(fact: Fact, decided: Sequence[Explanation]) -> str:
    """Return rule and reason of a decision about text that overlaps the quote of a fact, "" without such a decision.

    A decision about the same kind of fact is preferred, then a rejection.
    """
    about = [one for one in decided if one.start < fact.end and fact.start < one.end]
    about.sort(key=lambda one: (one.kind != fact.kind, one.taken, one.start))
    return f"{about[0].rule}: {about[0].why}" if about else ""


def accept(context: RunContext, found: Sequence[Difference]) -> tuple[int | None, list[Difference]]:
    """Append differences in one batch.

    Returns the number of the commit (None if there was nothing to append) and the differences that were not appended
    because their article got another revision after the comparison.
    """
    overtaken = []
    with context.store.batch(at=context.now(), program=PROGRAM, rules=RULES) as batch:
        for difference in found:
            processed = difference.processed
            if processed is None:
                continue
            newest = queries.show(context.store, difference.article).revision
            if newest.id != difference.revision:  # a run revised the article after the comparison
                overtaken.append(difference)
                continue
            capture = queries.capture_of(context.store, difference.article)
            appended = batch.article(processed.article, newest.site, capture, always=bool(difference.fields))
            batch.verdict(appended.revision, processed.verdict)
            batch.story(difference.article, processed.fingerprint, None)
            batch.facts(appended.revision, processed.facts)
    return batch.commit_number, overtaken


def _carried_over(context: RunContext, view: ArticleView, processed: Processed) -> Processed:
    """Return a processed article with the facts that a person confirmed or edited, if their quotes are still in it."""
    before = queries.extracted_facts(context.store, view.revision.id)
    again = carried_over(processed.article.text, before, processed.facts, view.corrections)
    return replace(processed, facts=merged(processed.facts, again)) if again else processed


def _identity(fact: Fact) -> tuple[str, str, str]:
    return fact.kind, fact.quote, canonical(dict(fact.fields))


def _classify_again(context: RunContext, view: ArticleView) -> Processed:
    """Classify the stored text again and find its facts."""
    content = view.revision.content
    return run_in_worker(context, content.url, analyse, content, context.config.settings.topic, context.config.home)


def _extract_again(context: RunContext, view: ArticleView) -> Processed:
    """Process the archived pages again, including further ones. Raises ArchiveError if a page is missing.

    An imported text has no page: it is only classified again and searched for facts.
    """
    content, captures = view.revision.content, [capture for capture in view.captures if capture.status == 200]
    if content.method == IMPORTED:
        return _classify_again(context, view)
    if not captures:
        raise ArchiveError(f"{content.url} cannot be extracted again: its page is not in the archive")
    by_name = {source.name: source for source in context.config.sources}
    source = by_name.get(view.revision.site, ONE_OFF)
    newest = captures[-1]
    pages = [context.archive.page(newest.warc_file, newest.offset, newest.length)]
    lost: frozenset[str] = frozenset()
    while True:
        result = _process_archived(context, pages, view, source, lost)
        if isinstance(result, Processed):
            return replace(result, article=_as_stored(result.article, content))
        further = queries.captures_of(context.store, result.url)
        if not further and result.optional:
            lost |= {result.url}
            continue
        if not further:
            raise ArchiveError(
                f"{content.url} cannot be extracted again: its further page {result.url} is not in the archive"
            )
        page = context.archive.page(further[-1].warc_file, further[-1].offset, further[-1].length)
        pages.append(replace(page, url=result.url))


def _process_archived(
    context: RunContext, pages: Sequence[Page], view: ArticleView, source: Source, lost: frozenset[str]
) -> Processed | NeedsPage:
    content = view.revision.content
    claimed = {name: getattr(content, name) for name, origin in content.origins.items() if origin == "listing"}
    candidate = Candidate(content.url, source.name, "replay", title=claimed.get("title"), date=claimed.get("published"))
    settings = context.config.settings
    home = context.config.home
    return run_in_worker(
        context, content.url, process_pages, tuple(pages), source.rules, candidate, settings.topic, home, lost
    )


def _as_stored(new: Article, stored: Article) -> Article:
    """Return `new` with the URL and fetch time of `stored`, because replay does not fetch pages again."""
    return replace(new, url=stored.url, fetched_at=stored.fetched_at)
