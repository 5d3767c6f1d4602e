"""Mutation campaign: the parsers must survive mutated pages, listings, WARC files, texts, URL lists and configurations.

    python -m tests.campaigns.mutations --count 20000 [--seed 1]

Every input must end in a result or in an error class of the program, within the deadline and memory limit of a
worker. Anything else is a violation and is printed with the kind and number of the input. To repeat one input:

    python -m tests.campaigns.mutations --only KIND --seed 1 --number N

Prints the slowest inputs and exits with 1 if there is a violation.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.config.data_files import defaults
from ingest.config.load import load
from ingest.config.settings import WorkerSettings
from ingest.dedup import cluster
from ingest.demo.site_pages import ENTRIES, pages
from ingest.discover import read_listing
from ingest.errors import FetchError, SuowenError
from ingest.fetch.charset import decode
from ingest.fetch.warc_page_index import WarcFile
from ingest.pipeline.process import NeedsPage, analyse, process_pages
from ingest.pipeline_types import Candidate, Listing, Page, SiteRules, Source
from ingest.url_list import parse_lists
from ingest.worker_pool import WorkerLost, WorkerPool
from store.errors import StoreError
from store.records import Article

BASE = "http://demo.example.cn"
AT = datetime(2026, 11, 20, tzinfo=UTC)
SOURCE = Source("demo", BASE + "/", ())
#: fragments that a mutation inserts: markup, scripts, numbers, names and characters that parsers treat specially
FRAGMENTS = tuple(
    text.encode()
    for text in (
        "<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<table><tr><td>", "<div>" * 40,
        "<p><br>" * 30, "<frameset><frame src='/a'>", "<iframe src=x>", "<noscript>", "<base href='//b.cn/x/'>",
        '<meta http-equiv="refresh" content="0;url=/">', '<meta charset="gb2312">', '<a href="http://[">',
        "<a href='javascript:1'>", "&#0;", "&#x110000;", "&nbsp;" * 20, "\0", "\ufeff", "\u202e", "\ud7ff", "𠮷", "　",
        "new Pager({size:total,current:page})", "createPageHTML(9, 0, 'index', 'html')", "var currentPage = 1e9",
        '{"@type":"NewsArticle","datePublished":', "window.__NEXT_DATA__={", "[[[[", "2026年13月45日", "9" * 60,
        "1," * 60, "一二三四五六七八九" * 12, "千万亿" * 12, "他是所长王", "所长", "派出所", "民警", "某某", "记者 张",
        "（责编：", "来源：", "下一页", "“", "”", "‘", "·", "：", "，" * 40, "-" * 40, "=" * 40, "\r", "\n" * 40, "\t" * 40,
        "WARC/1.0\r\n", "Content-Length: -1\r\n", "Content-Length: 99999999999\r\n", "Content-Encoding: br\r\n",
        "WARC-Target-URI: <x>\r\n", "Transfer-Encoding: chunked\r\n", "sources:", "- &a [*a]", "!!python/name:x", "{", "?",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of one mutated input: a result, an error of the program, or a violation."""

    kind: str
    number: int
    outcome: str
    seconds: float
    violation: str | None = None


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return `data` after one to six random edits, cut to twice the length of `data` plus 100,000 bytes."""
    limit = 2 * len(data) + 100_000
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + int(rng.expovariate(1 / 60)))
        edit = rng.choices(range(7), (4, 1, 6, 3, 3, 2, 3))[0]
        if edit == 0:  # delete
            data = data[:start] + data[end:]
        elif edit == 1:  # replace by random bytes
            data = data[:start] + rng.randbytes(end - start) + data[end:]
        elif edit == 2:  # insert a fragment
            data = data[:start] + rng.choice(FRAGMENTS) + data[start:]
        elif edit == 3:  # insert a fragment many times
            data = data[:start] + rng.choice(FRAGMENTS) * rng.choice((10, 100, 1000)) + data[start:]
        elif edit == 4:  # repeat a slice
            data = data[:start] + data[start:end] * rng.choice((2, 20, 400)) + data[end:]
        elif edit == 5:  # truncate
            data = data[: max(start, len(data) // 2)]
        else:  # move a slice
            to = rng.randrange(len(data) + 1)
            piece = data[start:end]
            data = data[:to] + piece + data[to:]
        data = data[:limit]
    return data


@lru_cache(1)
def served() -> tuple[list[bytes], dict[str, bytes]]:
    """Return the article pages and the listings of the demo site."""
    site = pages(BASE, 1)
    articles = [site[entry.path].content for entry in ENTRIES if entry.expected is not None]
    names = ("/rss.xml", "/sitemap.xml", "/sitemap-1.xml.gz", "/jwzx/index.html")
    listings = {name: site[name].content for name in names}
    listings["/sitemap-1.xml.gz"] = gzip.decompress(listings["/sitemap-1.xml.gz"])
    return articles, listings


@lru_cache(1)
def texts() -> list[str]:
    """Return the texts of the example articles in the folder `seeds`."""
    return [path.read_text(encoding="utf-8") for path in sorted((defaults() / "seeds").glob("0*.txt"))]


def warc_of(contents: list[bytes]) -> bytes:
    """Return a WARC file with one response per page."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.0")
    for number, content in enumerate(contents):
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        record = writer.create_warc_record(f"{BASE}/{number}.html", "response", io.BytesIO(content), http_headers=head)
        writer.write_record(record)
    return out.getvalue()


def page_of(content: bytes, url: str) -> Page:
    """Decode a page as the fetcher does. Raises FetchError if it is undecodable."""
    found = decode(content)
    if found.undecodable:
        raise FetchError(url, "undecodable", "")
    return Page(url, url, 200, {}, content, found.text, found.encoding, found.origin, AT)


def try_page(rng: random.Random) -> str:
    """Extract a mutated page, classify it and find its facts."""
    url = BASE + "/a.html"
    page = page_of(mutated(rng.choice(served()[0]), rng), url)
    result = process_pages([page], SiteRules(), Candidate(url, "demo", "list"), "police-station", None)
    return "needs-page" if isinstance(result, NeedsPage) else result.verdict.ruling


def try_listing(rng: random.Random) -> str:
    """Parse a mutated feed, sitemap or list page."""
    name = rng.choice(sorted(served()[1]))
    kind: Literal["feed", "sitemap", "list"] = "feed" if "rss" in name else "sitemap" if "sitemap" in name else "list"
    page = page_of(mutated(served()[1][name], rng), BASE + name)
    return f"{min(len(read_listing(page, Listing(kind, BASE + name, max_pages=3), SOURCE).candidates), 1)} listed"


def try_warc(rng: random.Random) -> str:
    """Index a WARC file with mutated records or pages, and read each of its pages."""
    contents = rng.sample(served()[0], 3)
    data = mutated(warc_of(contents), rng) if rng.random() < 0.5 else warc_of([mutated(body, rng) for body in contents])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.warc.gz"
        path.write_bytes(gzip.compress(data, 1) if rng.random() < 0.5 else data)
        with WarcFile(path) as file:
            read = [file.read(entry) for entry in file.entries if not entry.problem]
            return "damaged" if file.problem else f"{min(sum(answer is not None for answer in read), 1)} read"


def try_text(rng: random.Random) -> str:
    """Classify a mutated text, find its facts, and cluster it with the original."""
    original = rng.choice(texts())
    text = mutated(original.encode(), rng).decode("utf-8", "replace")
    article = Article(BASE + "/t.html", text.partition("\n")[0][:40], text, AT)
    ruling = analyse(article, "police-station", None).verdict.ruling
    groups = cluster([("a", "", original), ("b", "", text)])
    return f"{ruling}, {len(set(groups.values()))} stories"


def try_list(rng: random.Random) -> str:
    """Parse a mutated list of URLs."""
    lines = "\n".join(f"题目{number} {BASE}/{number}.html" for number in range(20)).encode()
    found = list(parse_lists([("list", mutated(lines, rng).decode("utf-8", "replace").splitlines())]))
    return f"{min(sum(line.problem is not None for line in found), 1)} bad"


def try_config(rng: random.Random) -> str:
    """Load a mutated configuration."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config").mkdir()
        for file in ("settings.yaml", "sources.yaml"):
            data = (defaults() / "config" / file).read_bytes()
            (folder / "config" / file).write_bytes(mutated(data, rng))
        load(folder, {})
    return "loaded"


#: function and share of the inputs, by kind
KINDS: dict[str, tuple[Callable[[random.Random], str], int]] = {
    "page": (try_page, 8),
    "listing": (try_listing, 4),
    "warc": (try_warc, 2),
    "text": (try_text, 4),
    "list": (try_list, 1),
    "config": (try_config, 1),
}


def attempt(kind: str, seed: int, number: int) -> Result:
    """Create and try one input; called in a worker process."""
    began = time.monotonic()
    violation = None
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # hides the lines that warcio prints about damaged records
            outcome = KINDS[kind][0](random.Random(f"{kind} {seed} {number}"))
    except (SuowenError, StoreError) as error:
        outcome = str(getattr(error, "code", type(error).__name__))
    except Exception as error:  # any other exception is a violation
        outcome = "violation"
        violation = f"{type(error).__name__}: {error}"[:300]
    return Result(kind, number, outcome, time.monotonic() - began, violation)


def inputs(count: int, only: str | None = None) -> Iterator[tuple[str, int]]:
    """Yield (kind, number) for `count` inputs: all of the kind `only`, or of all kinds by their shares."""
    kinds = [kind for kind, (_, share) in KINDS.items() for _ in range(share) if only in (None, kind)]
    for number in range(count):
        yield kinds[number % len(kinds)], number


def campaign(count: int, seed: int = 1, *, only: str | None = None, processes: int = 2) -> Iterator[Result]:
    """Try `count` mutated inputs in worker processes; yield their results in order.

    A worker that is killed at its deadline, runs out of memory or crashes is a violation.
    """
    preload = ("ingest.pipeline.cached_tables:load_all", "ingest.discover", "feedparser", "tests.campaigns.mutations")
    settings = WorkerSettings(processes=processes)

    def run_input(item: tuple[str, int]) -> Result:
        kind, number = item
        try:
            return workers.run(attempt, kind, seed, number)
        except WorkerLost as lost:
            return Result(kind, number, "violation", settings.deadline, str(lost))

    with WorkerPool(settings, preload=preload) as workers, ThreadPoolExecutor(processes) as threads:
        yield from threads.map(run_input, inputs(count, only))


def main() -> int:
    """Run the campaign, or only the input --number, and print the result; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=20_000, help="number of inputs")
    parser.add_argument("--seed", type=int, default=1, help="seed of the mutations")
    parser.add_argument("--only", choices=sorted(KINDS), help="one kind of input")
    parser.add_argument("--number", type=int, help="try one input of --only in this process, with its traceback")
    options = parser.parse_args()
    if options.number is not None:
        print(KINDS[options.only][0](random.Random(f"{options.only} {options.seed} {options.number}")))
        return 0
    began = time.monotonic()
    counts: Counter[tuple[str, str]] = Counter()
    slowest: list[Result] = []
    violations: list[Result] = []
    for result in campaign(options.count, options.seed, only=options.only):
        counts[result.kind, result.outcome] += 1
        slowest = sorted([*slowest, result], key=lambda found: -found.seconds)[:5]
        if result.violation:
            violations.append(result)
            print(f"! {result.kind} {result.number}: {result.violation}", flush=True)
    for (kind, outcome), number in sorted(counts.items()):
        print(f"{number:7d}  {kind:8s} {outcome}")
    print("slowest: " + ", ".join(f"{found.kind} {found.number} {found.seconds:.1f} s" for found in slowest))
    print(f"{sum(counts.values())} inputs, {len(violations)} violations, {time.monotonic() - began:.0f} s")
    return 1 if violations else 0


if __name__ == "__main__":
    from tests.campaigns import mutations  # workers import functions by this name, not from __main__

    sys.exit(mutations.main())
