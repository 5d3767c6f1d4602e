"""How things are printed: tables, a progress bar or log lines, JSON."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from ingest.model import OUTCOMES, Outcome

_log = logging.getLogger("suowen.run")


def to_json(value: Any) -> str:
    """One line of JSON: dataclasses as objects, times as ISO 8601, Chinese as it is."""

    def plain(other: Any) -> Any:
        if is_dataclass(other) and not isinstance(other, type):
            return asdict(other)
        return other.isoformat() if isinstance(other, datetime) else str(other)

    return json.dumps(value, ensure_ascii=False, default=plain)


def print_json(value: Any) -> None:
    """Print one JSON value and a line break."""
    sys.stdout.write(to_json(value) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table; control characters of fetched titles never reach the terminal (docs: FAULTS X1)."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(visible("" if cell is None else str(cell)) for cell in row))
    Console(highlight=False, markup=False).print(table)


def visible(text: str) -> str:
    """`text` without control characters, so that no fetched title can steer a terminal or forge a log line."""
    return "".join(character if character.isprintable() else " " for character in text)


def local(moment: datetime | None, zone: str) -> str:
    """A stored time in the configured zone, to the minute; "" for none."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else ""


def outcome_lines(outcomes: Counter[str]) -> list[str]:
    """A line an outcome, with what it means, in the order of `OUTCOMES`."""
    return [f"{outcomes[code]:6d}  {code:18s} {meaning}" for code, meaning in OUTCOMES.items() if outcomes[code]]


class Follower:
    """Follows a run: a progress bar on a terminal, a log line an outcome otherwise."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True, disable=quiet or not sys.stderr.isatty(),
        )  # fmt: skip
        self._task = self._bar.add_task("listing", total=None)
        self._planned = 0

    def __enter__(self) -> Follower:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._bar.stop()

    def listed(self, source: str, candidates: int, error: str | None) -> None:
        """One source's listings were read."""
        _log.log(logging.WARNING if error else logging.INFO, "%s lists %d articles%s", source, candidates,
                 f"; {visible(error)}" if error else "")  # fmt: skip

    def planned(self, candidates: int) -> None:
        """So many more candidates will be looked at."""
        self._planned += candidates
        self._bar.update(self._task, description="reading", total=self._planned)

    def done(self, outcome: Outcome) -> None:
        """One candidate has its outcome."""
        self._bar.advance(self._task)
        _log.info("%s %s %s", outcome.code, outcome.candidate.url, visible(outcome.detail))
