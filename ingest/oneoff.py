"""One-off ingestion: URLs, saved pages, WARC files and seed texts down the same line as everything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer

from ingest.config import Config
from ingest.errors import ReadError, SuowenError
from ingest.examine import weigh
from ingest.fetch import page_from_file, pages_in
from ingest.fetch.wire import Exchange
from ingest.looking import look_at_page
from ingest.model import Candidate, Outcome, Page, Source
from ingest.parts import IMPORTED, ONE_OFF, PROGRAM, RULES, Look, Parts, Summary, Watch, in_worker
from ingest.pipeline import adopt, running, work_off
from ingest.proposing import propose
from ingest.storing import append
from ingest.urls import canonical, same_site, split
from store.records import Article, Capture, Queued

#: endings of files that hold many pages
WARC_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz")
#: characters of a first line that stands for a title: headlines of the examples have at most 38
TITLE = 40


def add(parts: Parts, urls: Sequence[str], paths: Sequence[Path], watch: Watch) -> Summary:
    """Ingest URLs and files; every one gets its outcome. A configured site's rules and delay hold for its URLs."""
    with running(parts, "add") as summary:
        adopt(parts, summary, watch)
        now = parts.now()
        queued = [Queued(url, source_of(parts.config, url).name, "user", now) for url in urls]
        with parts.store.batch(at=now, program=PROGRAM, rules=RULES) as batch:
            batch.enqueue(queued)
        sources = {source.name: source for source in (*parts.config.sources, ONE_OFF)}
        work_off(parts, queued, sources, summary, watch, parts.nap.stop)
        for path in paths:
            add_file(parts, path, summary, watch)
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
        return split(a)[:3] == split(b)[:3]
    except ValueError:
        return False


def add_file(parts: Parts, path: Path, summary: Summary, watch: Watch) -> None:
    """Ingest a saved page or every page of a WARC file, archived anew so that the store can be rebuilt from its own."""
    pages = saved_pages(parts, path)
    while batch := list(islice(pages, parts.config.settings.batch)):
        watch.planned(len(batch))
        append(parts, [_look(parts, one) for one in batch], summary, watch)


def saved_pages(parts: Parts, path: Path) -> Iterator[Page | Outcome]:
    """The pages of a file; a file that cannot be read ends in an outcome that says why."""
    nameless = Candidate(str(path), ONE_OFF.name, "user")
    try:
        if path.name.lower().endswith(WARC_ENDINGS):
            for page in pages_in(path):
                yield replace(page, url=canonical(page.url))
        else:
            page = page_from_file(path)
            url = parts.workers.run(own_url, page)
            yield replace(page, url=url or page.url, final_url=url or page.final_url)
    except (SuowenError, OSError, ValueError) as error:
        yield Outcome(nameless, getattr(error, "code", "error"), str(error))


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


def _look(parts: Parts, page: Page | Outcome) -> Look:
    if isinstance(page, Outcome):
        return Look(page.candidate, page)
    source = source_of(parts.config, page.url)
    candidate = Candidate(page.url, source.name, "user")
    return look_at_page(parts, page, _archived(parts, page, source), candidate, source)


def _archived(parts: Parts, page: Page, source: Source) -> Capture:
    """A record of a page that we did not fetch ourselves, marked as such."""
    headers = [("Content-Type", page.headers.get("content-type", "text/html")), ("X-Suowen-Saved", "not fetched by us")]
    body = page.content
    exchange = Exchange(page.url, page.final_url, (), page.status, "OK", headers, body, page.fetched_at)
    return parts.archive.write(exchange, kind="article", source=source.name, zone=page.zone)



def add_texts(parts: Parts, texts: Iterable[tuple[str, str]], watch: Watch) -> Summary:
    """Ingest (name, text) pairs, the name one of the seed format: judged, folded, read for facts like any article."""
    with running(parts, "import") as summary:
        named = iter(texts)
        while batch := list(islice(named, parts.config.settings.batch)):
            watch.planned(len(batch))
            append(parts, [_weighed(parts, name, text) for name, text in batch], summary, watch)
    return summary


def _weighed(parts: Parts, name: str, text: str) -> Look:
    """A text without a page: its address is made of its content, its first line stands for the title."""
    candidate = Candidate(f"seed:{name.partition('_')[2].removesuffix('.txt')}", ONE_OFF.name, "user")
    first = text.lstrip().partition("\n")[0]
    title = first if len(first) <= TITLE else first[: TITLE - 1] + "…"
    settings, home = parts.config.settings, parts.config.home
    try:
        article = Article(candidate.url, title, text, parts.now(), origins={"title": "first-line"}, method=IMPORTED)
        examined = in_worker(parts, candidate.url, weigh, article, settings.topic, home)
        return Look(candidate, propose(parts, examined))
    except ValueError as error:
        return Look(candidate, Outcome(candidate, "too-short", f"{name}: {error}"))
    except ReadError as error:
        return Look(candidate, error)
