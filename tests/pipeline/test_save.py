"""Saving similar texts: comparison outside the write transaction, chunks of limited size, and the effect of a stop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ingest.dedup import fingerprint
from ingest.fetch.raw_archive import Archive
from ingest.pipeline import save as module
from ingest.pipeline.context import InterruptibleSleep, RunContext
from ingest.pipeline.results import Summary, Visit
from ingest.pipeline.save import save
from ingest.pipeline_types import Candidate, Processed
from store import Store, open_store
from store.queries import list_articles
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


def look_alike(number: int, lines: int = 40) -> str:
    """Return one template filled with the name and figures of station `number`, so that all texts are similar."""
    name = NAMES[number % 16] + NAMES[number * 5 % 16]
    return f"{name}派出所有民警{20 + number}人。\n" + "\n".join(
        f"走访的第{line}站是{chr(0x4E00 + line * 7)}{chr(0x5300 + line * 11)}巷,{name}派出所民警记下{number * 7 + line}件琐事,"
        f"老人说{chr(0x6000 + line * 13)}灯修好了,孩子们{chr(0x7000 + line * 17)}着回家。"
        for line in range(lines)
    )


def visits(numbers: range) -> list[Visit]:
    """Return one visit for each number, with a similar text."""
    found = []
    for number in numbers:
        url, text = f"https://news.example.cn/{number}.html", look_alike(number)
        article = Article(url=url, title=f"走访日记之{number}", text=text, fetched_at=NOW, method="test", quality=1.0)
        processed = Processed(article, Verdict("feature", 0.9, ("test",), "t@1"), fingerprint(article.title, text))
        found.append(Visit(Candidate(url, "example", "listing"), processed))
    return found


class Run:
    """The part of a run that `save` uses, with a real store and archive; records the CPU time of write transactions."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self.transactions, self.sleep = store, list[float](), InterruptibleSleep()
        self.archive, self.store = Archive(folder), self
        self.rate_limiter, self.fetcher = SimpleNamespace(snapshot=tuple), SimpleNamespace(offline=False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def now(self) -> datetime:
        return NOW

    @contextlib.contextmanager
    def batch(self, **options: Any) -> Iterator[Any]:
        with self._store.batch(**options) as batch:
            started = time.process_time()
            yield batch
        self.transactions.append(time.process_time() - started)

    def save(self, found: list[Visit]) -> Summary:
        summary = Summary(self._store.start_run(NOW, "test"))
        save(cast(RunContext, self), found, summary, cast(Any, SimpleNamespace(done=lambda outcome: None)))
        return summary


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Yield a run with ten similar texts in its store."""
    with open_store(f"sqlite:///{tmp_path / 's.db'}", create=True) as store:
        run = Run(store, tmp_path / "warc")
        run.save(visits(range(10)))
        run.transactions.clear()
        yield run
        run.archive.close()


def test_look_alikes_are_compared_outside_the_transaction(run: Run) -> None:
    """Write transactions take less than half of the CPU time, and no text joins the story of a similar one."""
    started = time.process_time()
    run.save(visits(range(10, 20)))
    assert sum(run.transactions) < 0.5 * (time.process_time() - started)
    assert len({row.story for row in list_articles(run._store)}) == 20


def test_long_batches_are_saved_in_chunks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction saves at most MAX_CHARACTERS of text, so that another writer waits for only one chunk."""
    monkeypatch.setattr(module, "MAX_CHARACTERS", 3 * len(look_alike(10)))
    run.save(visits(range(10, 16)))
    assert len(run.transactions) == 2


def test_stop_ends_comparisons_and_keeps_what_was_compared(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a stop the compared visits are saved, and the others are left to the next run."""
    monkeypatch.setattr(module, "STOP_SECONDS", 0.0)
    run.sleep.stop.set()
    summary = run.save(visits(range(10, 16)))
    assert sum(summary.outcomes.values()) == 1 and len(list_articles(run._store)) == 11
