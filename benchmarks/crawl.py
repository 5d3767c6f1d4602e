"""Pages per second and peak memory of a crawl over many small hosts, compared with Scrapy and requests.

    python benchmarks/crawl.py                      2,000 pages of 23 KB on 200 hosts, all contenders
    python benchmarks/crawl.py ours scrapy          only these two
    python benchmarks/crawl.py --rounds 3           the median of three alternating rounds

The server runs in its own process on loopback (each address in 127.0.0.0/8 is a host), and each contender in a new
process, whose peak memory is measured. All run without delay between requests. Suowen and Scrapy obey robots.txt (one
more request per host). Work per page:

    requests   fetches only: sixteen threads, one session per host; the cost of the network in Python
    scrapy     fetches only: default concurrency (16, 8 per host), robots.txt obeyed, cookies off
    ours       SSRF guard, robots.txt, rate limit, charset decoding, WARC file synced every hundred pages
    pipeline   the pipeline of `suowen run`: the above, and extraction, classification, dedup, facts, commits

Scrapy is not a dependency of Suowen; install it with `pip install scrapy` to compare.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import queue
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

THREADS = 16
SIZE = 23_000
#: characters of article text per page, as in a feature; the rest of SIZE is navigation, scripts and links
TEXT = 2_400

# --- the server ---------------------------------------------------------------------------------------------------


def bodies(pages: int) -> list[bytes]:
    """Return pages of SIZE bytes with different texts, half of them in GBK but labelled gb2312, half in UTF-8.

    Characters are drawn with the frequencies of the seed articles, so that the text compresses like news. The pages are
    not near-duplicates of each other.
    """
    seeds = (Path(__file__).parent.parent / "seeds").glob("0*.txt")
    characters = [c for path in sorted(seeds) for c in path.read_text("utf-8") if "\u4e00" <= c <= "\u9fff"]
    links = "".join(f'<li><a href="/list/{n}.html" target="_blank">栏目之{n}的新闻标题</a></li>' for n in range(60))
    script = "<script>var config={page:1,channel:'news'};function track(e){return e.target.href}</script>" * 40
    made = []
    for seed in range(pages):
        rng = random.Random(seed)
        charset, label = (("gb18030", "gb2312"), ("utf-8", "utf-8"))[seed % 2]
        lines = ["青石桥派出所民警在辖区走访。"]
        while sum(map(len, lines)) < TEXT:
            clauses = ("".join(rng.choices(characters, k=rng.randint(6, 18))) for _ in range(8))
            lines.append(",".join(clauses) + f"{rng.randint(1, 9999)}件。")
        text = "".join(f'<p style="text-indent:2em">{line}</p>\n' for line in lines)
        page = (
            f'<html><head><meta charset="{label}"><title>派出所里的灯之{seed}</title>{script}</head><body>'
            f'<ul class="nav">{links}</ul><h1>派出所里的灯之{seed}</h1><div class="article">{text}</div>'
        ).encode(charset)
        made.append(page + b"<!--" + b"x" * max(0, SIZE - len(page) - 21) + b"--></body></html>")
    return made


class Site(asyncio.Protocol):
    """Minimal keep-alive HTTP/1.1 server for GET."""

    PAGES: tuple[bytes, ...] = ()
    ROBOTS = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n\r\nUser-agent: *\nDisallow: /private/\n"
    )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            path = head.split(b" ", 2)[1]
            if path == b"/robots.txt":
                answer = self.ROBOTS
            else:
                answer = self.PAGES[int(path.strip(b"/").split(b".")[0]) % len(self.PAGES)]
            self.transport.write(answer)  # type: ignore[attr-defined]


def serve(ready: multiprocessing.Queue[int], pages: int) -> None:
    """Serve until the process is killed. Puts the port into `ready`."""

    async def main() -> None:
        Site.PAGES = tuple(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            for body in bodies(pages)
        )
        server = await asyncio.get_running_loop().create_server(Site, "0.0.0.0", 0, backlog=512)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def urls(port: int, pages: int, hosts: int) -> list[str]:
    """Return the URLs of the pages, distributed over the hosts in turn."""
    names = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(hosts)]
    return [f"http://{names[n % hosts]}:{port}/{n}.html" for n in range(pages)]


# --- the contenders: each fetches URLs and returns the number of pages ----------------------------------------------


def by_host(urls_to_fetch: list[str]) -> queue.SimpleQueue[list[str]]:
    """Return a queue of lists of URLs, one list for each host, so that one thread at a time visits a host."""
    hosts: dict[str, list[str]] = {}
    for url in urls_to_fetch:
        hosts.setdefault(url.split("/")[2], []).append(url)
    work: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    for group in hosts.values():
        work.put(group)
    return work


def in_threads(urls_to_fetch: list[str], get: Callable[[list[str]], int]) -> int:
    """Run `get` over the hosts in THREADS threads and return the sum of its results."""
    work = by_host(urls_to_fetch)

    def run() -> int:
        done = 0
        while True:
            try:
                done += get(work.get_nowait())
            except queue.Empty:
                return done

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(future.result() for future in [pool.submit(run) for _ in range(THREADS)])


def bare_requests(urls_to_fetch: list[str], folder: Path) -> int:
    """Fetch with requests; return the number of pages."""
    import requests

    def get(group: list[str]) -> int:
        with requests.Session() as session:
            session.trust_env = False
            return sum(1 for url in group if session.get(url, timeout=10).content)

    return in_threads(urls_to_fetch, get)


def ours(urls_to_fetch: list[str], folder: Path) -> int:
    """Fetch and archive with Suowen; return the number of pages."""
    from ingest.config.settings import FetchSettings
    from ingest.fetch import Archive, Fetched, Fetcher, RateLimiter
    from ingest.pipeline_types import Source

    source = Source("bench", "http://127.0.0.1/", (), delay=0.0, loopback=True)
    lock, since = threading.Lock(), [0]
    with Archive(folder / "warc") as archive, Fetcher(FetchSettings(), archive, RateLimiter()) as fetcher:

        def get(group: list[str]) -> int:
            done = 0
            for url in group:
                found = fetcher.fetch(url, kind="article", source=source)
                done += isinstance(found, Fetched) and "派出所" in found.page.text
                with lock:
                    since[0] += 1
                    due = since[0] % 100 == 0
                if due:
                    archive.sync()
            return done

        return in_threads(urls_to_fetch, get)


def scrapy(urls_to_fetch: list[str], folder: Path) -> int:
    """Fetch with Scrapy without storing anything; return the number of pages."""
    import scrapy as library
    from scrapy.crawler import CrawlerProcess

    count = [0]

    class Spider(library.Spider):  # type: ignore[misc]
        name = "bench"

        async def start(self):  # type: ignore[no-untyped-def]
            for url in urls_to_fetch:
                yield library.Request(url, dont_filter=True)

        def parse(self, response):  # type: ignore[no-untyped-def]
            count[0] += len(response.body) > 0

    process = CrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": THREADS,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "DOWNLOAD_DELAY": 0,
        }
    )
    process.crawl(Spider)
    process.start()
    return count[0]


def pipeline(urls_to_fetch: list[str], folder: Path) -> int:
    """Run the pipeline of `suowen run` from queued URLs to commits; return the number of articles."""
    from datetime import UTC, datetime

    from ingest.config.load import load
    from ingest.pipeline.context import open_context
    from ingest.pipeline.crawl import running, visit_queued
    from ingest.pipeline_types import Outcome, Source
    from store.records import Queued

    class Nobody:
        def planned(self, candidates: int) -> None: ...

        def done(self, outcome: Outcome) -> None: ...

        def listed(self, source: str, candidates: int, error: str | None) -> None: ...

    source = Source("bench", "http://127.0.0.1/", (), delay=0.0, loopback=True)
    (folder / "config").mkdir()
    (folder / "config" / "sources.yaml").write_text("sources: []\n")
    (folder / "config" / "settings.yaml").write_text(f"fetch: {{hosts_at_once: {THREADS}}}\n")
    queued = [Queued(url, source.name, "user", datetime.now(UTC)) for url in urls_to_fetch]
    with open_context(load(folder)) as context, running(context, "benchmark") as summary:
        visit_queued(context, queued, {source.name: source}, summary, Nobody(), threading.Event())
        articles = {"stored", "repost", "not-feature"}
        return sum(count for code, count in summary.outcomes.items() if code in articles)


#: name of a contender -> its function: (URLs, empty folder) -> number of pages
CONTENDERS: dict[str, Callable[[list[str], Path], int]] = {
    "requests": bare_requests,
    "scrapy": scrapy,
    "ours": ours,
    "pipeline": pipeline,
}

# --- the run ---------------------------------------------------------------------------------------------------------


def run_one(name: str, port: int, pages: int, hosts: int) -> None:
    """Run one contender in this process and print its figures as JSON."""
    urls_to_fetch = urls(port, pages, hosts)
    with tempfile.TemporaryDirectory() as folder:
        started, busy = time.perf_counter(), time.process_time()
        count = CONTENDERS[name](urls_to_fetch, Path(folder))
        seconds, cpu = time.perf_counter() - started, time.process_time() - busy
        stored = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        json.dumps({"pages": count, "seconds": seconds, "cpu": cpu, "peak": peak, "child": children, "stored": stored})
    )


def main() -> int:
    """Compare the contenders named on the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(CONTENDERS)}; default: all")
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--run-one", nargs=2, metavar=("NAME", "PORT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run_one:
        run_one(args.run_one[0], int(args.run_one[1]), args.pages, args.hosts)
        return 0
    names = args.names or list(CONTENDERS)
    if unknown := [name for name in names if name not in CONTENDERS]:
        parser.error(f"unknown contender: {', '.join(unknown)}; known: {', '.join(CONTENDERS)}")
    ready: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ready, args.pages), daemon=True)
    server.start()
    port = ready.get()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(args.rounds):
        for name in names:
            command = [
                sys.executable,
                __file__,
                "--pages",
                str(args.pages),
                "--hosts",
                str(args.hosts),
                "--run-one",
                name,
                str(port),
            ]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ}, check=False)
            if done.returncode:
                print(f"{name}: failed")
                continue
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    server.terminate()
    print(
        f"{args.pages:,} pages of {SIZE // 1000} KB on {args.hosts} hosts, {os.cpu_count()} cores, median of "
        f"{args.rounds}"
    )
    print(f"{'':10}{'pages/s':>9}{'CPU ms/page':>13}{'peak MB':>9}{'count':>7}{'stored MB':>11}")
    for name, rounds in found.items():
        if rounds:
            rate = statistics.median(round_["pages"] / round_["seconds"] for round_ in rounds)
            cpu = statistics.median(1000 * round_["cpu"] / max(1, round_["pages"]) for round_ in rounds)
            peak = max(max(round_["peak"], round_["child"]) for round_ in rounds)
            stored = rounds[-1]["stored"] / 1e6
            print(f"{name:10}{rate:9.0f}{cpu:13.2f}{peak:9.0f}{rounds[-1]['pages']:7.0f}{stored:11.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
