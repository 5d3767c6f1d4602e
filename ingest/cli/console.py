"""How things are printed: tables, a progress bar or log lines, JSON."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.cells import cell_len
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


#: columns that name a thing or a moment: broken inside a word they could be neither read nor copied
_WHOLE = frozenset({
    "id", "name", "commit", "station", "source", "schedule", "next run", "last success", "checked", "stored",
    "published", "ruling", "at", "kind", "fact", "would fetch", "claimed date", "offsets",
})  # fmt: skip
#: characters that any other column keeps at least
_LEAST = 8


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table; control characters of fetched titles never reach the terminal (docs: FAULTS X1).

    A file or a pipe gets each row as one line, however long, unless COLUMNS says how wide it may be. In a narrow
    terminal the long columns are folded; when not even that leaves names and times whole, a line a cell is printed.
    """
    cells = [[visible("" if cell is None else str(cell)) for cell in row] for row in rows]
    console = Console(highlight=False, markup=False)
    natural = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    wide = sum(natural) + 3 * len(columns) + 1
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, markup=False, width=max(wide, console.width))
    if wide <= console.width:
        _print(console, Table(title=title, title_justify="left", header_style="bold"), columns, natural, cells)
        return
    folded = _folded(columns, cells, natural, console.width - 2 * (len(columns) - 1))
    if folded:
        table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, show_edge=False,
                      pad_edge=False, padding=(0, 1, 0, 0))  # fmt: skip
        _print(console, table, columns, folded, cells)
        return
    for row in cells:
        lines = (f"{column}: {cell}" for column, cell in zip(columns, row, strict=True) if cell)
        sys.stdout.write("\n".join(lines) + "\n\n")


def _print(console: Console, table: Table, columns: Sequence[str], widths: list[int], cells: list[list[str]]) -> None:
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, overflow="fold", width=width)
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _folded(columns: Sequence[str], cells: list[list[str]], natural: list[int], room: int) -> list[int] | None:
    """Widths that fit into `room`, taken off the widest columns, or None when names and times would be broken."""
    least = [
        max(cell_len(word) for cell in column for word in (cell.split() or [""])) if name in _WHOLE
        else min(width, max(_LEAST, *map(cell_len, name.split() or [""])))
        for name, width, column in zip(columns, natural, zip(columns, *cells, strict=True), strict=True)
    ]  # fmt: skip
    if sum(least) > room:
        return None
    widths = [max(small, min(width, room)) for small, width in zip(least, natural, strict=True)]
    while sum(widths) > room:
        widest = max((width, number) for number, width in enumerate(widths) if width > least[number])[1]
        widths[widest] -= 1
    return widths


def visible(text: str) -> str:
    """`text` without control characters, so that no fetched title can steer a terminal or forge a log line."""
    return "".join(character if character.isprintable() else " " for character in text)


def local(moment: datetime | None, zone: str) -> str:
    """A stored time in the configured zone, to the minute; "" for none."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else ""


def dated(published: str | None, zone: str) -> str:
    """When an article says it was published, as far as it says so: a day, or a time in the configured zone."""
    if not published or len(published) <= 10:
        return published or ""
    try:
        moment = datetime.fromisoformat(published)
    except ValueError:
        return published
    return local(moment, zone) if moment.tzinfo else moment.strftime("%Y-%m-%d %H:%M")


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
