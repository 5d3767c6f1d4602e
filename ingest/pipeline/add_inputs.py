"""One-off ingestion: process URLs, saved pages, WARC files and seed texts by the same pipeline as a run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from ingest.config.load import Config
from ingest.errors import ExtractError, FetchError, SuowenError
from ingest.fetch import WarcFile, page_from_file
from ingest.fetch.http_body import Exchange
from ingest.fetch.saved_page import SCHEME, stated_url
from ingest.fetch.warc_page_index import Entry
from ingest.fetch.warc_parsers import ArchivedPage
from ingest.pipeline.context import IMPORTED, ONE_OFF, RunContext, run_in_worker
from ingest.pipeline.crawl import adopt, claimed, leave_queued, running, visit_queued
from ingest.pipeline.llm_step import add_llm_facts
from ingest.pipeline.ordered_parallel import in_order
from ingest.pipeline.process import analyse
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline.save import save
from ingest.pipeline.visit import FirstResult, LocalPages, process_first, visit_page
from ingest.pipeline_types import Candidate, Outcome, Page, Processed, Source
from ingest.url_list import WARC_ENDINGS
from ingest.urls import same_site, split_url
from ingest.versions import PROGRAM, RULES
from store.export import text_hash
from store.queries import captures_of
from store.records import Article, Capture, Queued

#: name of the header that marks archived pages that this program did not fetch
SAVED_HEADER = "X-Suowen-Saved"
#: maximum characters of a first line used as title; the headlines of the example articles have at most 38
TITLE_LENGTH = 40


def add(
    context: RunContext, urls: Sequence[str], paths: Sequence[Path], progress: RunProgress, url: str | None = None
) -> Summary:
    """Ingest URLs and files and return the summary.

    URLs of a configured source use the rules and the delay of that source. `url` is the canonical address of the one
    saved page in `paths`; if it is None, the address that each page states is used.
    """
    with running(context, "add") as summary:
        adopt(context, summary, progress)
        now = context.now()
        queued = [Queued(url, source_of(context.config, url).name, "user", now) for url in urls]
        with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
            batch.enqueue(queued)
        sources = {source.name: source for source in (*context.config.sources, ONE_OFF)}
        with claimed(context, queued) as mine:
            visit_queued(context, mine, sources, summary, progress, context.sleep.stop)
        others = [Candidate(item.url, item.source, item.origin) for item in queued if item not in mine]
        leave_queued(context, others, summary, "another process is fetching it")
        ahead = context.workers.size, context.config.settings.batch
        for path, loaded in in_order(paths, lambda path: _loaded(context, path, url), *ahead):
            add_file(context, path, summary, progress, loaded)
    return summary


def source_of(config: Config, url: str) -> Source:
    """Return the enabled source to whose site a URL belongs, else ONE_OFF, which has no rules."""
    return source_among([source for source in config.sources if source.enabled], url)


def source_among(enabled: Sequence[Source], url: str) -> Source:
    """Return the source among the enabled ones to whose site a URL belongs, else ONE_OFF.

    The permission of a source to visit loopback applies only to URLs of the same origin (scheme, host and port).
    Otherwise one entry for a site on this machine would open all its services to the author of a URL list.
    """
    for source in enabled:
        if _same_origin(source.home, url):
            return source
    return next((source for source in enabled if not source.loopback and same_site(source.home, url)), ONE_OFF)


def _same_origin(a: str, b: str) -> bool:
    """Return whether two URLs have the same scheme, host and port; False if one of them is not a valid URL to fetch."""
    try:
        return split_url(a)[:3] == split_url(b)[:3]
    except ValueError:
        return False


def add_file(
    context: RunContext, path: Path, summary: Summary, progress: RunProgress, loaded: Future[_Loaded | None]
) -> None:
    """Ingest a loaded saved page, or the pages of a WARC file.

    Pages are copied into our own archive, so that the store can be rebuilt from it.
    """
    visits = _visit_warc(context, path) if _is_warc(path) else _visit_file(context, path, loaded)
    while batch := list(islice(visits, context.config.settings.batch)):
        progress.planned(len(batch))
        save(context, batch, summary, progress)


def _is_warc(path: Path) -> bool:
    return path.name.lower().endswith(WARC_ENDINGS)


def _failed(url: str, code: str, detail: str) -> Visit:
    candidate = Candidate(url, ONE_OFF.name, "user")
    return Visit(candidate, Outcome(candidate, code, detail))


def _unreadable(path: Path, error: Exception) -> Visit:
    """Return a visit with the failed outcome of a file.

    The outcome contains the file name without the path, because digests and web pages display outcomes.
    """
    reason = (
        (error.strerror or "cannot be read") if isinstance(error, OSError) else getattr(error, "detail", str(error))
    )
    return _failed(path.name, getattr(error, "code", "error"), reason)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A saved page. `first` is the result of `_processed_ahead` for the page."""

    answer: ArchivedPage
    first: FirstResult | None


def _loaded(context: RunContext, path: Path, url: str | None) -> _Loaded | None:
    """Load a saved page and process it in advance. Return None for a WARC file.

    Raises SuowenError, OSError, ValueError.
    """
    if _is_warc(path):
        return None
    page = run_in_worker(context, path.name, page_from_file, path, url)
    address = url or run_in_worker(context, path.name, stated_url, page)
    page = replace(page, url=address or page.url, final_url=address or page.final_url)
    headers = [("Content-Type", page.headers.get("content-type", "text/html"))]
    exchange = Exchange(page.url, page.final_url, (), page.status, "OK", headers, page.content, page.fetched_at)
    answer = ArchivedPage(exchange, page)
    return _Loaded(answer, _processed_ahead(context, answer))


def _processed_ahead(context: RunContext, answer: ArchivedPage) -> FirstResult | None:
    """Process the first page of an article in advance; return a function that returns the result or raises its error.

    Returns None if the article is stored with this fetch or a later one.
    """
    page = answer.page
    source = source_of(context.config, page.url)
    if _stored_already(context, answer)[0] is not None:
        return None
    try:
        result = process_first(context, page, Candidate(page.url, source.name, "user"), source)
    except ExtractError as error:
        return partial(_raised, error)
    return lambda: result


def _raised(error: ExtractError) -> Processed:
    raise error


def _visit_file(context: RunContext, path: Path, loaded: Future[_Loaded | None]) -> Iterator[Visit]:
    """Visit a saved page and yield the visit: a failed outcome if the file cannot be read.

    Yields nothing for a page that is stored as a further page of an article.
    """
    try:
        found = loaded.result()
    except (SuowenError, OSError, ValueError) as error:
        yield _unreadable(path, error)
        return
    visit = _visit_saved(context, found.answer, first=found.first) if found else None
    if visit is not None:
        problem = visit.result
        # The URL contains a hash instead of the file name, so the name is added to the message.
        if isinstance(problem, ExtractError) and problem.url.startswith(SCHEME):
            visit = replace(visit, result=ExtractError(problem.url, problem.code, f"{path.name}: {problem.detail}"))
        yield visit


def _visit_warc(context: RunContext, path: Path) -> Iterator[Visit]:
    """Yield the visits of the articles of a WARC file; several pages are processed at the same time.

    A further page comes from the same file if the file contains it, else from the site. Defects of the file are yielded
    as failed outcomes.
    """
    try:
        with WarcFile(path) as warc:
            used: set[str] = set()
            newest: dict[str, datetime] = {}
            # First pages come before further pages, whatever their order in the file, because only the first page
            # of an article links to its further pages.
            entries = sorted(warc.entries, key=lambda entry: _page_number(entry.url))
            ahead = context.workers.size, context.config.settings.batch
            read = ((entry, _read(warc, entry)) for entry in entries)
            for (entry, answer), done in in_order(read, lambda item: _first_of(context, item[1]), *ahead):
                yield from _visit_entry(context, warc, entry, answer, done.result(), used, newest)
            if warc.problem:
                yield _failed(path.name, "error", warc.problem)
    except (SuowenError, OSError) as error:
        yield _unreadable(path, error)


def _read(warc: WarcFile, entry: Entry) -> ArchivedPage | FetchError | None:
    """Return the page of an entry or, if it cannot be read, the FetchError; None for a feed or a defective entry."""
    if entry.problem:
        return None
    try:
        answer = warc.read(entry)
    except FetchError as error:
        return error
    return _with_url(answer, entry.url) if answer is not None else None


def _first_of(context: RunContext, answer: ArchivedPage | FetchError | None) -> FirstResult | None:
    return _processed_ahead(context, answer) if isinstance(answer, ArchivedPage) else None


#: number of a further page in the URL of the page, as in x_2.html, x-p3.html or x?page=2
_PAGE_NUMBER = re.compile(
    r"(?:[_-](?:p|page)?|[?&](?:p|page|pn|pageno|page_no|currpage|cpage|pageindex)=)(\d{1,2})"
    r"(?:\.[a-z]{3,6})?(?:&|$)",
    re.IGNORECASE,
)


def _page_number(url: str) -> int:
    """Return the page number in a URL; 0 if the URL has no page number.

    The number only decides the order in which pages are read, so a wrong number does no harm.
    """
    found = _PAGE_NUMBER.search(url)
    return int(found[1]) if found else 0


def _visit_entry(
    context: RunContext,
    warc: WarcFile,
    entry: Entry,
    answer: ArchivedPage | FetchError | None,
    first: FirstResult | None,
    used: set[str],
    newest: dict[str, datetime],
) -> Iterator[Visit]:
    """Visit one record of a WARC file and yield the visit.

    Yields nothing for a feed, for a further page of an article, and for a page of which a fetch at least as new was
    visited before.
    """
    if entry.problem:
        yield _failed(entry.url or f"{warc.name}, byte {entry.offset:,}", entry.code, entry.problem)
        return
    if entry.url in used or (entry.url in newest and entry.made <= newest[entry.url]):
        return  # a further page of another article, or not newer than a fetch of this page that was already visited
    if isinstance(answer, FetchError):
        yield _failed(entry.url, answer.code, answer.detail)
        return
    if answer is None:
        return
    newest[entry.url] = entry.made

    def local_pages(url: str) -> tuple[Page, Capture] | None:
        found = warc.find(url, entry.made)
        try:
            further = warc.read(found) if found else None
        except FetchError:  # return None, so that the page is fetched from the site
            further = None
        if found is None or further is None:
            return None
        used.add(found.url)
        further = _with_url(further, found.url)
        row = _stored(captures_of(context.store, found.url), further.exchange)
        source = source_of(context.config, found.url)
        return further.page, row or archive_copy(context, further.exchange, further.page.zone, source, "further")

    visit = _visit_saved(context, answer, local_pages, first)
    if visit is not None:
        yield visit


def _with_url(answer: ArchivedPage, url: str) -> ArchivedPage:
    """Return an archived page with `url` as its URL."""
    return ArchivedPage(replace(answer.exchange, url=url), replace(answer.page, url=url))


def _visit_saved(
    context: RunContext,
    answer: ArchivedPage,
    local_pages: LocalPages | None = None,
    first: FirstResult | None = None,
) -> Visit | None:
    """Visit a saved page. Return None for a page that is stored as a further page of an article.

    If this fetch of the article or a later one is stored, the page is not processed and the outcome is "known",
    because an older text must not replace a newer one.
    """
    page = answer.page
    source = source_of(context.config, page.url)
    candidate = Candidate(page.url, source.name, "user")
    known, same = _stored_already(context, answer)
    if known is not None:
        return Visit(candidate, known)
    if same and same.kind == "further":
        return None
    capture = same or archive_copy(context, answer.exchange, page.zone, source)
    return visit_page(context, page, capture, candidate, source, local_pages, first)


def _stored_already(context: RunContext, answer: ArchivedPage) -> tuple[Outcome | None, Capture | None]:
    """Return (outcome, capture) of a saved page.

    The outcome has the code "known" if the article is stored with this fetch or a later one; otherwise it is None. The
    capture is the stored one of this fetch, None if this fetch is not stored.
    """
    page = answer.page
    stored = captures_of(context.store, page.url)
    same = _stored(stored, answer.exchange)
    known = context.store.known([page.url]).get(page.url)
    later = max((capture.fetched_at for capture in stored), default=page.fetched_at)
    if not known or not (same or later > page.fetched_at):
        return None, same
    why = "this fetch of it is stored" if same else f"a later fetch, of {later:%Y-%m-%d %H:%M} UTC, is stored"
    candidate = Candidate(page.url, source_of(context.config, page.url).name, "user")
    return Outcome(candidate, "known", f"article {known.article}: {why}", known.article), same


def _stored(captures: Sequence[Capture], exchange: Exchange) -> Capture | None:
    """Return the one of `captures` that has the same time and the same bytes as `exchange`, else None."""
    digest = "sha256:" + hashlib.sha256(exchange.body).hexdigest()
    return next((row for row in captures if row.fetched_at == exchange.fetched_at and row.digest == digest), None)


#: Beginning of the target URIs of saved files in the archive. They are http addresses, because WARC readers such as
#: warcio compute another digest for other addresses. RFC 6761 reserves .invalid, so the host never exists
SAVED_HOST = "http://saved.invalid"


def archive_copy(context: RunContext, exchange: Exchange, zone: str, source: Source, kind: str = "article") -> Capture:
    """Archive a page that this program did not fetch, marked with SAVED_HEADER; return its capture."""
    headers = [*exchange.headers]
    if exchange.header(SAVED_HEADER.lower()) is None:
        headers.append((SAVED_HEADER, "not fetched by us"))
    final = exchange.final_url
    if final.startswith(SCHEME):
        final = f"{SAVED_HOST}/{final.removeprefix(SCHEME)}"
    elif final.startswith("file:"):
        final = SAVED_HOST + final.removeprefix("file://")
    exchange = replace(exchange, final_url=final, headers=headers)
    return context.archive.write(exchange, kind=kind, source=source.name, zone=zone)


def add_texts(context: RunContext, texts: Iterable[tuple[str, str]], progress: RunProgress) -> Summary:
    """Ingest (name, text) pairs and return the summary of the run.

    Each text is classified, searched for facts if it is a feature, compared with known stories, and stored.
    """
    with running(context, "import") as summary:
        articles = ((name, _text_candidate(text), _article(context, text)) for name, text in texts)
        ahead = context.workers.size, context.config.settings.batch
        found = in_order(articles, lambda item: _analysed(context, item[2]), *ahead)
        visits = (_text_visit(context, name, candidate, done) for (name, candidate, _), done in found)
        while batch := list(islice(visits, context.config.settings.batch)):
            progress.planned(len(batch))
            save(context, batch, summary, progress)
    return summary


def _text_candidate(text: str) -> Candidate:
    return Candidate(f"seed:{text_hash(text)}", ONE_OFF.name, "user")


def _article(context: RunContext, text: str) -> Article | ValueError:
    """Return the article of a text without a page, or the ValueError of a text that cannot be an article.

    The URL is derived from the text. The title is the first line, cut to TITLE_LENGTH characters.
    """
    first = text.lstrip().partition("\n")[0]
    title = first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1] + "…"
    url = _text_candidate(text).url
    try:
        return Article(url, title, text, context.now(), origins={"title": "first-line"}, method=IMPORTED)
    except ValueError as error:
        return error


def _analysed(context: RunContext, article: Article | ValueError) -> Processed:
    if isinstance(article, ValueError):
        raise article
    settings = context.config.settings
    return run_in_worker(context, article.url, analyse, article, settings.topic, context.config.home)


def _text_visit(context: RunContext, name: str, candidate: Candidate, done: Future[Processed]) -> Visit:
    try:
        return Visit(candidate, add_llm_facts(context, done.result()))
    except ValueError as error:
        return Visit(candidate, Outcome(candidate, "too-short", f"{name}: {error}"))
    except ExtractError as error:
        return Visit(candidate, error)
