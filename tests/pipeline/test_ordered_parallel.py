"""Tests of parallel processing: a limited number of inputs at a time, with the same outcomes as one by one."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from ingest.pipeline.add_inputs import add, add_texts
from ingest.pipeline.ordered_parallel import in_order
from ingest.pipeline_types import Outcome
from store import queries
from tests.support.archive_pages import feature, mixed, write_warc
from tests.support.runs import opened
from tests.support.small_site import NullProgress


def test_results_come_in_order_while_others_run() -> None:
    """Later inputs are processed while the first one is awaited, `width` at a time, and results come in order.

    The number of inputs started in advance is limited.
    """
    started: list[int] = []
    at_once, most, lock = 0, 0, threading.Lock()

    def slow_first(number: int) -> int:
        nonlocal at_once, most
        with lock:
            started.append(number)
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.2 if number == 0 else 0.01)
        with lock:
            at_once -= 1
        return number * 2

    found = in_order(iter(range(50)), slow_first, width=3, ahead=5)
    item, done = next(found)
    assert (item, done.result()) == (0, 0)
    assert 3 < len(started) <= 9 and most == 3
    assert [done.result() for _, done in found] == [number * 2 for number in range(1, 50)]


def test_an_error_belongs_to_its_input_and_stopping_drops_the_rest() -> None:
    def fails_on_two(number: int) -> int:
        if number == 2:
            raise ValueError("two")
        time.sleep(0.01)
        return number

    before = threading.active_count()
    found = in_order(range(100), fails_on_two, width=2, ahead=4)
    assert [next(found)[1].result() for _ in range(2)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(found)[1].result()
    found.close()  # type: ignore[attr-defined]
    assert threading.active_count() <= before


class Recorded(NullProgress):
    """Progress that records every outcome in order."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str, str]] = []

    def done(self, outcome: Outcome) -> None:
        self.outcomes.append((outcome.candidate.url, outcome.code, outcome.detail))


def ingested(folder: Path, path: Path, width: int) -> tuple[list[tuple[str, str, str]], list[object]]:
    """Add a WARC file twice and some texts.

    Return all outcomes in order, and the stored articles with their stories.
    """
    progress = Recorded()
    with opened(folder, "http://127.0.0.1:9") as context:
        object.__setattr__(context.config.settings.workers, "processes", width)
        for _ in range(2):
            add(context, [], [path], progress)
        add_texts(context, [(f"{n}.txt", feature(n % 5)) for n in range(8)], progress)
        views = [queries.show(context.store, n) for n in queries.article_ids(context.store, since=0)]
        return progress.outcomes, [
            (
                view.revision.content.url,
                view.revision.content.text,
                view.verdict,
                view.facts,
                view.story and view.story.id,
            )
            for view in views
        ]


def test_outcomes_do_not_depend_on_what_is_in_flight(tmp_path: Path) -> None:
    """A WARC file and texts give the same articles, stories and order of outcomes with one worker and with three.

    The file contains an address twice and a repost; their outcomes depend on the order of the inputs.
    """
    rows = mixed(16, 4)
    rows += [(rows[3][0], rows[7][1]), ("http://copy.cn/1.html", rows[3][1])]
    path = write_warc(tmp_path / "a.warc.gz", rows)
    one, three = (ingested(tmp_path / str(width), path, width) for width in (1, 3))
    assert one == three
    codes = [code for _, code, _ in one[0]]
    assert "revised" in codes and "repost" in codes and codes.count("known") >= 17
