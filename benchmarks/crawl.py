"""Pages per second and peak memory of a pass over many small hosts: ours beside Scrapy and bare requests, in one run.

    python benchmarks/crawl.py                      2,000 pages of 23 KB on 200 hosts, every contender after the other
    python benchmarks/crawl.py ours scrapy          only these
    python benchmarks/crawl.py --rounds 3           the median of three rounds, contenders taking turns

The server runs in processes of its own on loopback (every address in 127.0.0.0/8 is a host of its own), each contender
in a fresh process, so that its peak memory is its own. Politeness is set to no delay for all; robots.txt is obeyed by
ours and by Scrapy (one more request a host). What each does with a page:

    requests   nothing: sixteen threads, a session a host; what the net costs in Python
    scrapy     nothing: default concurrency (16, 8 a host), robots.txt obeyed, cookies off
    ours       guard, robots, pace, decoding of the charset, and the page in a WARC file, synced every hundred pages
    line       the whole line of `suowen run`: ours, and reading, judging, facts and commits

Scrapy is no dependency of Suowen: `pip install scrapy` to compare.
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
#: characters of article text on a page, as a feature has; the rest of SIZE is navigation, script and links
TEXT = 2_400

# --- the server ---------------------------------------------------------------------------------------------------


def bodies(pages: int) -> list[bytes]:
    """Pages of SIZE bytes, half GBK with a gb2312 label, half UTF-8, each with a text of its own.

    The text is drawn from the characters of the example articles, as often as they stand there, so that it compresses
    and folds as news does: no two pages tell one story.
    """
    seeds = (Path(__file__).parent.parent / "seeds").glob("0*.txt")
    characters = [c for path in sorted(seeds) for c in path.read_text("utf-8") if "\u4e00" <= c <= "\u9fff"]
    links = "".join(f'<li><a href="/list/{n}.html" target="_blank">栏目之{n}的新闻标题</a></li>' for n in range(60))
    script = "<script>var config={page:1,channel:'news'};function track(e){return e.target.href}</script>" * 40
    made = []
    for seed in range(pages):
        dice = random.Random(seed)
        charset, label = (("gb18030", "gb2312"), ("utf-8", "utf-8"))[seed % 2]
        lines = ["青石桥派出所民警在辖区走访。"]
        while sum(map(len, lines)) < TEXT:
            clauses = ("".join(dice.choices(characters, k=dice.randint(6, 18))) for _ in range(8))
            lines.append(",".join(clauses) + f"{dice.randint(1, 9999)}件。")
        text = "".join(f'<p style="text-indent:2em">{line}</p>\n' for line in lines)
        page = (
            f'<html><head><meta charset="{label}"><title>派出所里的灯之{seed}</title>{script}</head><body>'
            f'<ul class="nav">{links}</ul><h1>派出所里的灯之{seed}</h1><div class="article">{text}</div>'
        ).encode(charset)
        made.append(page + b"<!--" + b"x" * max(0, SIZE - len(page) - 21) + b"--></body></html>")
    return made


class Site(asyncio.Protocol):
    """Keep-alive HTTP/1.1, as little of it as a GET needs."""

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
    """Serve until killed; says its port."""

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
    """The pages, host after host in turn."""
    names = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(hosts)]
    return [f"http://{names[n % hosts]}:{port}/{n}.html" for n in range(pages)]


# --- the contenders: URLs in, pages had out -------------------------------------------------------------------------


def by_host(wanted: list[str]) -> queue.SimpleQueue[list[str]]:
    """The URLs of each host together: a host is visited by one thread at a time."""
    hosts: dict[str, list[str]] = {}
    for url in wanted:
        hosts.setdefault(url.split("/")[2], []).append(url)
    work: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    for group in hosts.values():
        work.put(group)
    return work


def in_threads(wanted: list[str], get: Callable[[list[str]], int]) -> int:
    """Run `get` over the hosts in THREADS threads; gives the sum of what it gives."""
    work = by_host(wanted)

    def run() -> int:
        done = 0
        while True:
            try:
                done += get(work.get_nowait())
            except queue.Empty:
                return done

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(future.result() for future in [pool.submit(run) for _ in range(THREADS)])


def bare_requests(wanted: list[str], folder: Path) -> int:
    """requests alone."""
    import requests

    def get(group: list[str]) -> int:
        with requests.Session() as session:
            session.trust_env = False
            return sum(1 for url in group if session.get(url, timeout=10).content)

    return in_threads(wanted, get)


def ours(wanted: list[str], folder: Path) -> int:
    """Fetch and archive: everything between a URL and a page on disk."""
    from ingest.config.settings import FetchSettings
    from ingest.fetch import Archive, Fetched, Fetcher, RateLimiter
    from ingest.model import Source

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

        return in_threads(wanted, get)


def scrapy(wanted: list[str], folder: Path) -> int:
    """Scrapy, storing nothing."""
    import scrapy as library
    from scrapy.crawler import CrawlerProcess

    had = [0]

    class Spider(library.Spider):  # type: ignore[misc]
        name = "bench"

        async def start(self):  # type: ignore[no-untyped-def]
            for url in wanted:
                yield library.Request(url, dont_filter=True)

        def parse(self, response):  # type: ignore[no-untyped-def]
            had[0] += len(response.body) > 0

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
    return had[0]


def line(wanted: list[str], folder: Path) -> int:
    """The whole line as `suowen run` goes it, from queued URLs to commits: archived, read, judged, folded, facts."""
    from datetime import UTC, datetime

    from ingest.config.load import load
    from ingest.model import Outcome, Source
    from ingest.pipeline.context import open_context
    from ingest.pipeline.crawl import running, work_off
    from store.records import Queued

    class Nobody:
        def planned(self, candidates: int) -> None: ...

        def done(self, outcome: Outcome) -> None: ...

        def listed(self, source: str, candidates: int, error: str | None) -> None: ...

    source = Source("bench", "http://127.0.0.1/", (), delay=0.0, loopback=True)
    (folder / "config").mkdir()
    (folder / "config" / "sources.yaml").write_text("sources: []\n")
    (folder / "config" / "settings.yaml").write_text(f"fetch: {{hosts_at_once: {THREADS}}}\n")
    queued = [Queued(url, source.name, "user", datetime.now(UTC)) for url in wanted]
    with open_context(load(folder)) as context, running(context, "benchmark") as summary:
        work_off(context, queued, {source.name: source}, summary, Nobody(), threading.Event())
        articles = {"stored", "repost", "not-feature"}
        return sum(count for code, count in summary.outcomes.items() if code in articles)


#: contenders by name, each a function of the URLs and an empty folder
CONTENDERS: dict[str, Callable[[list[str], Path], int]] = {
    "requests": bare_requests,
    "scrapy": scrapy,
    "ours": ours,
    "line": line,
}

# --- the run ---------------------------------------------------------------------------------------------------------


def alone(name: str, port: int, pages: int, hosts: int) -> None:
    """Run one contender in this process and print its figures as JSON."""
    wanted = urls(port, pages, hosts)
    with tempfile.TemporaryDirectory() as folder:
        began, busy = time.perf_counter(), time.process_time()
        had = CONTENDERS[name](wanted, Path(folder))
        seconds, cpu = time.perf_counter() - began, time.process_time() - busy
        stored = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"pages": had, "seconds": seconds, "cpu": cpu, "peak": peak, "child": children, "stored": stored}))


def main() -> int:
    """Compare the contenders named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(CONTENDERS)}; all when none is named")
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--alone", nargs=2, metavar=("NAME", "PORT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.alone:
        alone(chosen.alone[0], int(chosen.alone[1]), chosen.pages, chosen.hosts)
        return 0
    names = chosen.names or list(CONTENDERS)
    if unknown := [name for name in names if name not in CONTENDERS]:
        parser.error(f"no contender is called {', '.join(unknown)}; there are {', '.join(CONTENDERS)}")
    ready: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ready, chosen.pages), daemon=True)
    server.start()
    port = ready.get()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(chosen.rounds):
        for name in names:
            command = [
                sys.executable,
                __file__,
                "--pages",
                str(chosen.pages),
                "--hosts",
                str(chosen.hosts),
                "--alone",
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
        f"{chosen.pages:,} pages of {SIZE // 1000} KB on {chosen.hosts} hosts, {os.cpu_count()} cores, median of "
        f"{chosen.rounds}"
    )
    print(f"{'':10}{'pages/s':>9}{'CPU ms/page':>13}{'peak MB':>9}{'had':>7}{'stored MB':>11}")
    for name, rounds in found.items():
        if rounds:
            rate = statistics.median(one["pages"] / one["seconds"] for one in rounds)
            cpu = statistics.median(1000 * one["cpu"] / max(1, one["pages"]) for one in rounds)
            peak = max(max(one["peak"], one["child"]) for one in rounds)
            stored = rounds[-1]["stored"] / 1e6
            print(f"{name:10}{rate:9.0f}{cpu:13.2f}{peak:9.0f}{rounds[-1]['pages']:7.0f}{stored:11.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
