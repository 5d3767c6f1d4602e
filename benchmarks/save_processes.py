"""Time of `suowen add` beside a run that saves look-alikes, and of stopping `suowen serve`, in real processes.

    python benchmarks/save_processes.py [--server] [--pages N] [--characters N]

A site on loopback lists N pages of one template, then N others, then N more. `suowen run` stores the first N. While a
second `suowen run` stores the next N, `suowen add` stores saved pages one after another, each in a process of its own.
`suowen serve` then receives SIGTERM while it stores the last N. Prints the seconds of an `add` on an idle store and
beside the run, and the seconds from SIGTERM to the end of the process.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from measure import postgres
from save_lock import look_alike

ROOT = Path(__file__).parent.parent
PAGE = """<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>
<div class="info">2026-01-05 09:30 来源:示例日报</div><div class="article">{body}</div></body></html>"""
SOURCES = """sources:
  - name: bench
    home: {base}/
    list: [{{feed: {base}/rss.xml}}]
    delay: 0
    every: 10s
    loopback: true
"""


def page(number: int, characters: int) -> bytes:
    """Return the HTML page of look-alike `number`."""
    body = "\n".join(f"<p>{line}</p>" for line in look_alike(number, characters).split("\n"))
    return PAGE.format(title=f"走访日记之{number}", body=body).encode()


class Site:
    """A site of look-alikes on loopback; its feed lists the pages in `listed`."""

    def __init__(self, characters: int) -> None:
        self.listed = range(0)
        self.requests: Counter[int] = Counter()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.answer(self.path, characters)
                self.send_response(200 if body else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, path: str, characters: int) -> bytes:
        """Return the body for a path, empty for an unknown one."""
        if path == "/rss.xml":
            items = "".join(
                f"<item><title>走访日记之{n}</title><link>{self.base}/{n}.html</link></item>" for n in self.listed
            )
            return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()
        number = path.strip("/").removesuffix(".html")
        if not number.isdigit():
            return b""
        self.requests[int(number)] += 1
        return page(int(number), characters)


def command(folder: Path, *words: str) -> list[str]:
    """Return a command line of Suowen for a working folder."""
    return [sys.executable, "-m", "ingest", *words, "--home", str(folder)]


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a command of Suowen and return its process."""
    return subprocess.Popen(
        command(folder, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )


def environment() -> dict[str, str]:
    """Return environment variables with which a process imports Suowen from this checkout."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def add_one(folder: Path, number: int, characters: int) -> float:
    """Store one saved page with `suowen add`; return the seconds it took."""
    saved = folder / f"saved{number}.html"
    saved.write_bytes(page(number, characters))
    url = f"https://beside.example.cn/{number}.html"
    started = time.perf_counter()
    done = subprocess.run(
        command(folder, "add", str(saved), "--url", url), capture_output=True, env=environment(), check=False
    )
    if done.returncode:
        raise SystemExit(f"suowen add failed: {done.stderr.decode(errors='replace')}")
    return time.perf_counter() - started


def until_fetched(site: Site, process: subprocess.Popen[bytes]) -> None:
    """Wait until all listed pages were requested, or until the process has ended."""
    while process.poll() is None and not all(site.requests[n] for n in site.listed):
        time.sleep(0.05)


def measure(url: str, pages: int, characters: int) -> None:
    """Run the processes and print the figures."""
    site = Site(characters)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config").mkdir()
        (folder / "config" / "sources.yaml").write_text(SOURCES.format(base=site.base), encoding="utf-8")
        (folder / "config" / "settings.yaml").write_text(f"store: {url}\n", encoding="utf-8")
        site.listed = range(pages)
        started = time.perf_counter()
        if start(folder, "run", "bench").wait():
            raise SystemExit("the first run failed")
        first = time.perf_counter() - started
        alone = min(add_one(folder, 10_000_000 + n, 2000) for n in range(3))
        site.listed = range(pages, 2 * pages)
        started = time.perf_counter()
        run = start(folder, "run", "bench")
        beside, number = list[float](), 20_000_000
        while run.poll() is None:
            beside.append(add_one(folder, number, 2000))
            number += 1
        second = time.perf_counter() - started
        site.listed = range(2 * pages, 3 * pages)
        serve = start(folder, "serve")
        until_fetched(site, serve)
        time.sleep(0.5)
        if serve.poll() is not None:
            raise SystemExit("suowen serve ended by itself")
        started = time.perf_counter()
        serve.send_signal(signal.SIGTERM)
        code = serve.wait()
        stopped = time.perf_counter() - started
    print(
        f"{pages} pages of {characters:,} characters: runs of {first:.1f} and {second:.1f} s; suowen add alone "
        f"{alone:.2f} s, beside the run {len(beside)} of them, {max(beside):.2f} s at most; suowen serve ended "
        f"{stopped:.2f} s after SIGTERM with exit code {code}"
    )


@contextlib.contextmanager
def database(server: bool) -> Iterator[str]:
    """Yield the URL of an empty store."""
    if server:
        with postgres() as urls:
            yield urls[0]
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", action="store_true", help="a bundled PostgreSQL instead of SQLite")
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--characters", type=int, default=2000)
    options = parser.parse_args()
    with database(options.server) as url:
        measure(url, options.pages, options.characters)


if __name__ == "__main__":
    main()
