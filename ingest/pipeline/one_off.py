"""One-off ingestion: URLs, saved pages, WARC files and seed texts down the same line as everything else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer

from ingest.config.load import Config
from ingest.errors import ExtractError, SuowenError
from ingest.fetch import WarcFile, page_from_file
from ingest.fetch.http_body import Exchange
from ingest.fetch.warc_file import Entry
from ingest.fetch.warc_records import ArchivedPage
from ingest.model import Candidate, Outcome, Page, Source
from ingest.pipeline.context import IMPORTED, ONE_OFF, RunContext, run_in_worker
from ingest.pipeline.crawl import adopt, running, work_off
from ingest.pipeline.llm import add_llm_facts
from ingest.pipeline.process import analyse
from ingest.pipeline.progress import RunProgress
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline.save import save
from ingest.pipeline.visit import LocalPages, visit_page
from ingest.urls import canonical, same_site, split_url
from ingest.versions import PROGRAM, RULES
from store.export import text_hash
from store.history import captures_of
from store.records import Article, Capture, Queued

#: endings of files that hold many pages
WARC_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz")
#: header of archived answers that came from a file
MARK = "X-Suowen-Saved"
#: characters of a first line that stands for a title: headlines of the examples have at most 38
TITLE = 40


def add(context: RunContext, urls: Sequence[str], paths: Sequence[Path], progress: RunProgress) -> Summary:
    """Ingest URLs and files; every one gets its outcome. A configured site's rules and delay hold for its URLs."""
    with running(context, "add") as summary:
        adopt(context, summary, progress)
        now = context.now()
        queued = [Queued(url, source_of(context.config, url).name, "user", now) for url in urls]
        with context.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
            batch.enqueue(queued)
        sources = {source.name: source for source in (*context.config.sources, ONE_OFF)}
        work_off(context, queued, sources, summary, progress, context.sleep.stop)
        for path in paths:
            add_file(context, path, summary, progress)
    return summary


def source_of(config: Config, url: str) -> Source:
    """The enabled source whose site a URL belongs to, else one without rules.

    A source that may visit loopback hands that right to URLs of its very origin only (scheme, host and port): else
    one entry for a site on this machine would open every service of it to whoever wrote the list.
    """
    enabled = [source for source in config.sources if source.enabled]
    for source in enabled:
        if _same_origin(source.home, url):
            return source
    return next((one for one in enabled if not one.loopback and same_site(one.home, url)), ONE_OFF)


def _same_origin(a: str, b: str) -> bool:
    """Whether two URLs have scheme, host and port in common; False when either is none we would fetch."""
    try:
        return split_url(a)[:3] == split_url(b)[:3]
    except ValueError:
        return False


def add_file(context: RunContext, path: Path, summary: Summary, progress: RunProgress) -> None:
    """Ingest a saved page or every page of a WARC file, archived anew so that the store can be rebuilt from its own."""
    looks = _warc_looks(context, path) if path.name.lower().endswith(WARC_ENDINGS) else _file_look(context, path)
    while batch := list(islice(looks, context.config.settings.batch)):
        progress.planned(len(batch))
        save(context, batch, summary, progress)


def _unread(url: str, code: str, detail: str) -> Visit:
    candidate = Candidate(url, ONE_OFF.name, "user")
    return Visit(candidate, Outcome(candidate, code, detail))


def _file_look(context: RunContext, path: Path) -> Iterator[Visit]:
    """A saved page looked at; a file that cannot be read ends in an outcome that says why."""
    try:
        page = page_from_file(path)
        url = context.workers.run(own_url, page)
    except (SuowenError, OSError, ValueError) as error:
        yield _unread(str(path), getattr(error, "code", "error"), str(error))
        return
    page = replace(page, url=url or page.url, final_url=url or page.final_url)
    headers = [("Content-Type", page.headers.get("content-type", "text/html"))]
    exchange = Exchange(page.url, page.final_url, (), page.status, "OK", headers, page.content, page.fetched_at)
    one = _look(context, ArchivedPage(exchange, page))
    if one is not None:
        yield one


def _warc_looks(context: RunContext, path: Path) -> Iterator[Visit]:
    """The articles of a WARC file looked at, one by one; pages that are parts of them are looked up in the file."""
    try:
        with WarcFile(path) as warc:
            used: set[str] = set()
            newest: dict[str, datetime] = {}
            # First pages before further ones, so that those are known for what they are whatever the file's order.
            for entry in sorted(warc.entries, key=lambda entry: _part(entry.url)):
                yield from _entry_look(context, warc, entry, used, newest)
            if warc.problem:
                yield _unread(str(path), "error", warc.problem)
    except (SuowenError, OSError) as error:
        yield _unread(str(path), getattr(error, "code", "error"), str(error))


#: a page's number where sites write it: x_2.html, x-p3.html, x?page=2
_PART = re.compile(
    r"(?:[_-](?:p|page)?|[?&](?:p|page|pn|pageno|page_no|currpage|cpage|pageindex)=)(\d{1,2})"
    r"(?:\.[a-z]{3,6})?(?:&|$)",
    re.IGNORECASE,
)


def _part(url: str) -> int:
    """The number that the page may have within its article, 0 for none; a wrong guess only delays its turn."""
    found = _PART.search(url)
    return int(found[1]) if found else 0


def _entry_look(
    context: RunContext, warc: WarcFile, entry: Entry, used: set[str], newest: dict[str, datetime]
) -> Iterator[Visit]:
    """The look at one entry; none at what is no article of its own."""
    if entry.problem:
        yield _unread(entry.url, "bad-url", entry.problem)
        return
    if entry.url in used or (entry.url in newest and entry.made <= newest[entry.url]):
        return  # part of another, or the file has a later fetch of it, looked at already
    answer = warc.read(entry)
    if answer is None:
        return
    newest[entry.url] = entry.made

    def shelf(url: str) -> tuple[Page, Capture] | None:
        held = warc.find(url, entry.made)
        further = warc.read(held) if held else None
        if held is None or further is None:
            return None
        used.add(held.url)
        further = _renamed(further, held.url)
        row = _stored(captures_of(context.store, held.url), further.exchange)
        source = source_of(context.config, held.url)
        return further.page, row or _archived(context, further.exchange, further.page.zone, source, "further")

    one = _look(context, _renamed(answer, entry.url), shelf)
    if one is not None:
        yield one


def _renamed(answer: ArchivedPage, url: str) -> ArchivedPage:
    """The same answer under its address in canonical form."""
    return ArchivedPage(replace(answer.exchange, url=url), replace(answer.page, url=url))


def own_url(page: Page) -> str | None:
    """The address a saved page gives itself (link rel=canonical, og:url), None when it gives none we would fetch."""
    soup = BeautifulSoup(page.text, "lxml", parse_only=SoupStrainer(["link", "meta"]))
    link = soup.find("link", rel="canonical")
    meta = soup.find("meta", property="og:url")
    for claim in (link and link.get("href"), meta and meta.get("content")):
        try:
            return canonical(str(claim)) if claim else None
        except ValueError:
            continue
    return None


def _look(context: RunContext, answer: ArchivedPage, shelf: LocalPages | None = None) -> Visit | None:
    """A page that somebody saved, looked at unless this fetch of it or a later one is known: an older text must not
    become the newest. None for what is stored as a further page of an article."""
    page = answer.page
    source = source_of(context.config, page.url)
    candidate = Candidate(page.url, source.name, "user")
    stored = captures_of(context.store, page.url)
    same = _stored(stored, answer.exchange)
    known = context.store.known([page.url]).get(page.url)
    later = max((capture.fetched_at for capture in stored), default=page.fetched_at)
    if known and (same or later > page.fetched_at):
        why = "this very fetch of it is stored" if same else f"a later fetch, of {later:%Y-%m-%d %H:%M} UTC, is stored"
        return Visit(candidate, Outcome(candidate, "known", f"article {known.article}: {why}", known.article))
    if same and same.kind == "further":
        return None
    capture = same or _archived(context, answer.exchange, page.zone, source)
    return visit_page(context, page, capture, candidate, source, shelf)


def _stored(captures: Sequence[Capture], exchange: Exchange) -> Capture | None:
    """The row of this very fetch: same address, same moment, same bytes."""
    digest = "sha256:" + hashlib.sha256(exchange.body).hexdigest()
    same = (one for one in captures if one.fetched_at == exchange.fetched_at and one.digest == digest)
    return next(same, None)


#: stands for the host of saved files in the archive: the digest of a WARC record that is about no web address is taken
#: otherwise by its readers, warcio among them; RFC 6761 keeps .invalid from ever being a host
SAVED = "http://saved.invalid"


def _archived(context: RunContext, exchange: Exchange, zone: str, source: Source, kind: str = "article") -> Capture:
    """A record of a page that we did not fetch ourselves, marked as such."""
    headers = [*exchange.headers]
    if exchange.header(MARK.lower()) is None:
        headers.append((MARK, "not fetched by us"))
    final = exchange.final_url
    if final.startswith("file:"):
        final = SAVED + final.removeprefix("file://")
    exchange = replace(exchange, final_url=final, headers=headers)
    return context.archive.write(exchange, kind=kind, source=source.name, zone=zone)


def add_texts(context: RunContext, texts: Iterable[tuple[str, str]], progress: RunProgress) -> Summary:
    """Ingest (name, text) pairs: judged, folded, read for facts like any article."""
    with running(context, "import") as summary:
        named = iter(texts)
        while batch := list(islice(named, context.config.settings.batch)):
            progress.planned(len(batch))
            save(context, [_weighed(context, name, text) for name, text in batch], summary, progress)
    return summary


def _weighed(context: RunContext, name: str, text: str) -> Visit:
    """A text without a page: its address is made of its content, its first line stands for the title."""
    candidate = Candidate(f"seed:{text_hash(text)}", ONE_OFF.name, "user")
    first = text.lstrip().partition("\n")[0]
    title = first if len(first) <= TITLE else first[: TITLE - 1] + "…"
    settings, home = context.config.settings, context.config.home
    try:
        article = Article(candidate.url, title, text, context.now(), origins={"title": "first-line"}, method=IMPORTED)
        examined = run_in_worker(context, candidate.url, analyse, article, settings.topic, home)
        return Visit(candidate, add_llm_facts(context, examined))
    except ValueError as error:
        return Visit(candidate, Outcome(candidate, "too-short", f"{name}: {error}"))
    except ExtractError as error:
        return Visit(candidate, error)
