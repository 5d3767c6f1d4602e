"""Time for which saving look-alikes blocks other writers.

    python benchmarks/save_lock.py [--server] [--pages N] [--characters N]

N pages of one template, each with its own figures and station, are saved in a store that has N others of the same
template. The script prints the processor time, the number of transactions, the longest transaction, the longest time
that another writer waited for the lock, and the time that saving continued after the run was stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from measure import postgres

from ingest.dedup import fingerprint
from ingest.pipeline.context import InterruptibleSleep, RunContext
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline.save import save
from ingest.pipeline_types import Candidate, Outcome, Processed
from store import Store, open_store
from store.records import Article, Verdict

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = [
    "青石",
    "柳荫",
    "石臼",
    "河湾",
    "白塔",
    "松岭",
    "沙洲",
    "平桥",
    "竹坞",
    "霞浦",
    "官渡",
    "云台",
    "枫林",
    "龙泉",
    "双溪",
    "望江",
]


def look_alike(number: int, characters: int) -> str:
    """Return a text of one template about station `number`, with its own figures and names but otherwise the same
    words.
    """
    name = NAMES[number % 16] + NAMES[number // 16 % 16]
    parts, size, line = [f"{name}派出所有民警{20 + number}人,辖{3 + number % 7}个社区。"], 0, 0
    while size < characters:
        parts.append(
            f"走访的第{line}站是{chr(0x4E00 + line * 7 % 9000)}{chr(0x5300 + line * 11 % 9000)}巷,"
            f"{name}派出所民警记下{(number * 7 + line) % 90 + 10}件琐事,"
            f"老人说{chr(0x6000 + line * 13 % 8000)}灯修好了,孩子们{chr(0x7000 + line * 17 % 4000)}着回家。"
        )
        size, line = size + len(parts[-1]), line + 1
    return "\n".join(parts)


def visits(first: int, count: int, characters: int) -> list[Visit]:
    """Return visits of look-alikes, in the form that `save` expects."""
    found = []
    for number in range(first, first + count):
        text = look_alike(number, characters)
        url = f"https://news.example.cn/{number}.html"
        article = Article(url=url, title=f"走访日记之{number}", text=text, fetched_at=NOW, method="bench", quality=1.0)
        verdict = Verdict("feature", 0.9, ("bench",), "bench@1")
        processed = Processed(article, verdict, fingerprint(article.title, text))
        found.append(Visit(Candidate(url, "bench", "listing"), processed))
    return found


class Transactions:
    """Wrapper of a store that records the duration of each write transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.seconds: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextlib.contextmanager
    def batch(self, **options: Any) -> Iterator[Any]:
        """Open a batch of the store and record its duration."""
        with self._store.batch(**options) as batch:
            started = time.perf_counter()
            yield batch
        self.seconds.append(time.perf_counter() - started)


class NoArchive:
    """Replacement for the archive, without any files."""

    def sync(self, _: Sequence[object]) -> Mapping[str, int]:
        return {}


class NoProgress:
    """Progress callbacks that print nothing."""

    def done(self, _: Outcome) -> None:
        pass


def context_of(store: Transactions, sleep: InterruptibleSleep) -> RunContext:
    """Return a run context with only the parts that `save` needs."""
    parts = SimpleNamespace(
        store=store,
        archive=NoArchive(),
        sleep=sleep,
        now=lambda: NOW,
        rate_limiter=SimpleNamespace(snapshot=tuple),
        fetcher=SimpleNamespace(offline=False),
    )
    return cast(RunContext, parts)


def other_writer(url: str, stop: threading.Event, waits: list[float]) -> None:
    """Write repeatedly during the run, like `suowen add`, and record the duration of each write."""
    with open_store(url) as store:
        while not stop.wait(0.05):
            started = time.perf_counter()
            with store.batch(at=NOW, program="beside", rules={}) as batch:
                batch.dequeue("https://nothing.example.cn/")
            waits.append(time.perf_counter() - started)


def measure(url: str, pages: int, characters: int) -> None:
    """Save the pages and print the figures."""
    progress = cast(Any, NoProgress())
    with open_store(url, create=True) as opened:
        known, new, rest = (visits(n * pages, pages, characters) for n in (0, 1, 2))
        save(
            context_of(Transactions(opened), InterruptibleSleep()),
            known,
            Summary(opened.start_run(NOW, "bench")),
            progress,
        )
        waits, done = list[float](), threading.Event()
        beside = threading.Thread(target=other_writer, args=(url, done, waits))
        beside.start()
        store = Transactions(opened)
        clock, processor = time.perf_counter(), time.process_time()
        save(context_of(store, InterruptibleSleep()), new, Summary(opened.start_run(NOW, "bench")), progress)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        done.set()
        beside.join()
        sleep = InterruptibleSleep()
        threading.Timer(0.2, sleep.stop.set).start()
        started = time.perf_counter()
        save(context_of(Transactions(opened), sleep), rest, Summary(opened.start_run(NOW, "bench")), progress)
        stopped = time.perf_counter() - started - 0.2
    print(
        f"{pages} pages of {characters:,} characters: {processor:.2f} s of processor time, {clock:.2f} s by the clock, "
        f"{len(store.seconds)} transactions, the longest {max(store.seconds):.2f} s; another writer waited "
        f"{max(waits, default=0.0):.2f} s at most; saving ended {max(stopped, 0.0):.2f} s after the stop"
    )


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", action="store_true", help="a bundled PostgreSQL instead of SQLite")
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--characters", type=int, default=2000)
    options = parser.parse_args()
    if options.server:
        with postgres() as urls:
            measure(urls[0], options.pages, options.characters)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{Path(folder) / 'bench.db'}", options.pages, options.characters)


if __name__ == "__main__":
    main()
