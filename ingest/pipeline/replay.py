"""The archive read again with today's rules: what would change is shown first, and appended only when accepted.

    captures ──archive──▶ pages ──examine──▶ Processed ──compare with the stored──▶ Difference ──accept──▶ append

Nothing is fetched and nothing is overwritten: an accepted difference is a new revision, verdict or reading of facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.errors import ArchiveError, ExtractError
from ingest.facts.llm import merged
from ingest.model import Candidate, Page, Processed, Source
from ingest.pipeline.context import IMPORTED, ONE_OFF, RunContext, run_in_worker
from ingest.pipeline.llm import keep_proposed
from ingest.pipeline.process import NeedsPage, analyse, process_pages
from ingest.versions import PROGRAM, RULES
from store import history
from store.corrections import apply_corrections, carried_over
from store.hashing import canonical
from store.records import Article, ArticleView, Fact, Ruling

#: fields of an article that a person sees, besides title and text
FIELDS = ("published", "source", "authors", "editors", "captions", "original_title")


@dataclass(frozen=True, slots=True)
class Difference:
    """What today's rules make of one stored article that is not what is stored."""

    article: int
    url: str
    title: str
    #: names of the fields that come out otherwise, "text" and "title" among them
    fields: tuple[str, ...] = ()
    ruling_before: Ruling | None = None
    ruling_after: Ruling | None = None
    facts_added: tuple[Fact, ...] = ()
    facts_gone: tuple[Fact, ...] = ()
    #: why it could not be read again; what is stored stays
    problem: str | None = None
    examined: Processed | None = None
    #: the revision that it was compared with
    revision: int = 0

    @property
    def empty(self) -> bool:
        """Nothing came out otherwise."""
        ruled = self.ruling_before == self.ruling_after
        return ruled and not (self.fields or self.facts_added or self.facts_gone or self.problem)


def differences(context: RunContext, *, since: int = 0, reread: bool = True) -> Iterator[Difference]:
    """Every stored article whose newest revision came after commit `since`, examined again; those that differ.

    `reread` False judges and reads facts of the stored texts, without going back to the archive.
    """
    again: Callable[[RunContext, ArticleView], Processed] = _reread if reread else _reweighed
    for number in history.article_ids(context.store, since=since):
        view = history.show(context.store, number)
        try:
            found = compare(view, _carried_over(context, view, keep_proposed(context, view, again(context, view))))
        except (ArchiveError, ExtractError) as error:
            content = view.revision.content
            found = Difference(number, content.url, content.title, problem=str(error))
        if not found.empty:
            yield found


def compare(view: ArticleView, examined: Processed) -> Difference:
    """What differs between what is stored and what today's rules make of it. Pure."""
    old, new = view.revision.content, examined.article
    fields = tuple(name for name in ("title", "text", *FIELDS) if getattr(old, name) != getattr(new, name))
    before = {_identity(fact): fact for fact in view.facts}
    after = {_identity(fact): fact for fact in apply_corrections(examined.facts, view.corrections)[0]}
    return Difference(
        view.revision.article,
        old.url,
        old.title,
        fields,
        view.verdict.ruling if view.verdict else None,
        examined.verdict.ruling,
        tuple(fact for key, fact in after.items() if key not in before),
        tuple(fact for key, fact in before.items() if key not in after),
        examined=examined,
        revision=view.revision.id,
    )


def accept(context: RunContext, found: Sequence[Difference]) -> tuple[int | None, list[Difference]]:
    """Append what came out otherwise, in one batch. (The Commit's number, None when there was nothing to add; those
    whose article got another revision since they were compared: they stay as they are.)"""
    overtaken = []
    with context.store.batch(at=context.now(), program=PROGRAM, rules=RULES) as batch:
        for one in found:
            if one.examined is None:
                continue
            newest = history.show(context.store, one.article).revision
            if newest.id != one.revision:  # its site changed it while a person looked at the difference
                overtaken.append(one)
                continue
            capture = history.capture_of(context.store, one.article)
            appended = batch.article(one.examined.article, newest.site, capture, always=bool(one.fields))
            batch.verdict(appended.revision, one.examined.verdict)
            batch.story(one.article, one.examined.fingerprint, None)
            batch.facts(appended.revision, one.examined.facts)
    return batch.commit_number, overtaken


def _carried_over(context: RunContext, view: ArticleView, examined: Processed) -> Processed:
    """`examined` with the facts that a person confirmed or edited, as far as the text still has their words."""
    before = history.extracted_facts(context.store, view.revision.id)
    again = carried_over(examined.article.text, before, examined.facts, view.corrections)
    return replace(examined, facts=merged(examined.facts, again)) if again else examined


def _identity(fact: Fact) -> tuple[str, str, str]:
    return fact.kind, fact.quote, canonical(dict(fact.fields))


def _reweighed(context: RunContext, view: ArticleView) -> Processed:
    """Judged again and facts read again from the stored text."""
    content = view.revision.content
    return run_in_worker(context, content.url, analyse, content, context.config.settings.topic, context.config.home)


def _reread(context: RunContext, view: ArticleView) -> Processed:
    """Read again from the archived pages, further ones included. Raises ArchiveError when they are not there."""
    content, captures = view.revision.content, [one for one in view.captures if one.status == 200]
    if content.method == IMPORTED:  # it never had a page
        return _reweighed(context, view)
    if not captures:
        raise ArchiveError(f"reading {content.url} again: its page is not in the archive")
    by_name = {source.name: source for source in context.config.sources}
    source = by_name.get(view.revision.site, ONE_OFF)
    newest = captures[-1]
    pages = [context.archive.page(newest.warc_file, newest.offset, newest.length)]
    lost: frozenset[str] = frozenset()
    while True:
        result = _examined(context, pages, view, source, lost)
        if isinstance(result, Processed):
            return replace(result, article=_as_stored(result.article, content))
        further = history.captures_of(context.store, result.url)
        if not further and result.optional:
            lost |= {result.url}
            continue
        if not further:
            raise ArchiveError(f"reading {content.url} again: its further page {result.url} is not in the archive")
        page = context.archive.page(further[-1].warc_file, further[-1].offset, further[-1].length)
        pages.append(replace(page, url=result.url))


def _examined(
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
    """Reading again is no fetch: the article was fetched when it was."""
    return replace(new, url=stored.url, fetched_at=stored.fetched_at)
