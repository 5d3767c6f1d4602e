"""How things are printed: tables, a progress bar or log lines, JSON."""

from __future__ import annotations

import itertools
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.segment import Segments
from rich.table import Table

from ingest.model import OUTCOMES, Outcome
from store.progress import Progress

_log = logging.getLogger("suowen.run")


def to_json(value: Any) -> str:
    """One line of JSON: dataclasses as objects, times as ISO 8601, Chinese as it is."""

    def plain(other: Any) -> Any:
        if is_dataclass(other) and not isinstance(other, type):
            return asdict(other)
        return other.isoformat() if isinstance(other, datetime) else str(other)

    return json.dumps(value, ensure_ascii=False, default=plain)


def print_json(value: Any) -> None:
    """Print one JSON value and a line break. What is an iterator, or a field that is one, is a list that is printed as
    it comes, so that no more than an item of it is held."""
    for piece in _pieces(value):
        sys.stdout.write(piece)
    sys.stdout.write("\n")


def _pieces(value: Any) -> Iterator[str]:
    """`to_json(value)`, piece by piece."""
    if isinstance(value, Iterator):
        yield "["
        for number, item in enumerate(value):
            yield (", " if number else "") + to_json(item)
        yield "]"
        return
    told = {field.name: getattr(value, field.name) for field in fields(value)} if is_dataclass(value) else value
    if not isinstance(told, dict) or not any(isinstance(part, Iterator) for part in told.values()):
        yield to_json(value)
        return
    for number, (name, part) in enumerate(told.items()):
        yield (", " if number else "{") + f"{to_json(name)}: "
        yield from _pieces(part)
    yield "}"


#: columns that name a thing or a moment: broken inside a word they could be neither read nor copied
_WHOLE = frozenset({
    "id", "name", "commit", "station", "source", "schedule", "next run", "last success", "checked", "stored",
    "published", "ruling", "at", "kind", "fact", "would fetch", "claimed date", "offsets",
})  # fmt: skip
#: characters that any other column keeps at least
_LEAST = 8


#: rows of a table that are laid out at a time, and bytes of rows kept in memory until all widths are known
_ROWS, _KEPT = 500, 1_000_000


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table; control characters of fetched titles never reach the terminal (docs: FAULTS X1).

    A file or a pipe gets each row as one line, however long, unless COLUMNS says how wide it may be. In a narrow
    terminal the long columns are folded; when not even that leaves names and times whole, a line a cell is printed.
    Widths depend on all rows: those of a long table wait in a file, not in memory.
    """
    natural, longest = [cell_len(name) for name in columns], [_longest(name) for name in columns]
    with tempfile.SpooledTemporaryFile(_KEPT, "w+", encoding="utf-8") as waiting:
        for row in rows:
            cells = [visible("" if cell is None else str(cell)) for cell in row]
            natural = list(map(max, natural, map(cell_len, cells)))
            longest = list(map(max, longest, map(_longest, cells)))
            waiting.write(json.dumps(cells) + "\n")
        waiting.seek(0)
        _print_rows(columns, natural, longest, map(json.loads, waiting), title)


def _longest(cell: str) -> int:
    """Width of a cell's longest word."""
    return max(map(cell_len, cell.split() or [""]))


def _print_rows(
    columns: Sequence[str], natural: list[int], longest: list[int], rows: Iterator[list[str]], title: str | None
) -> None:
    """Print rows in the widest form that there is room for."""
    console = Console(highlight=False, markup=False)
    wide = sum(natural) + 3 * len(columns) + 1
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, markup=False, width=max(wide, console.width))
    if wide <= console.width:
        _print(console, columns, natural, rows, {"title": title})
    elif folded := _folded(columns, natural, longest, console.width - 2 * (len(columns) - 1)):
        _print(
            console,
            columns,
            folded,
            rows,
            {"title": title, "box": box.SIMPLE_HEAD, "show_edge": False, "pad_edge": False, "padding": (0, 1, 0, 0)},
        )
    else:
        for row in rows:
            lines = (f"{column}: {cell}" for column, cell in zip(columns, row, strict=True) if cell)
            sys.stdout.write("\n".join(lines) + "\n\n")


def _print(
    console: Console, columns: Sequence[str], widths: list[int], rows: Iterator[list[str]], form: dict[str, Any]
) -> None:
    """One table, `_ROWS` rows at a time: each piece leaves out the lines that join it to its neighbours."""
    piece, first = list(itertools.islice(rows, _ROWS)), True
    while piece or first:
        following = list(itertools.islice(rows, _ROWS))
        table = Table(title_justify="left", header_style="bold", show_header=first, **form)
        for column, width in zip(columns, widths, strict=True):
            table.add_column(column, overflow="fold", width=width)
        for row in piece:
            table.add_row(*row)
        edge = int(table.show_edge)
        lines = console.render_lines(table, pad=False, new_lines=True)
        for line in lines[0 if first else edge : len(lines) - edge if following else None]:
            console.print(Segments(line), end="")
        piece, first, form = following, False, {**form, "title": None}


def _folded(columns: Sequence[str], natural: list[int], longest: list[int], room: int) -> list[int] | None:
    """Widths that fit into `room`, taken off the widest columns, or None when names and times would be broken."""
    least = [
        word if name in _WHOLE else min(width, max(_LEAST, _longest(name)))
        for name, width, word in zip(columns, natural, longest, strict=True)
    ]
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


def _bar(*, quiet: bool = False) -> Bar:
    """A progress bar on standard error where that is a terminal."""
    return Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    )


@contextmanager
def watched() -> Iterator[Progress]:
    """What long work may tell its progress to: a bar on a terminal, nothing otherwise."""
    with _bar() as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)


class Follower:
    """Follows a run: a progress bar on a terminal, a log line an outcome otherwise."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar = _bar(quiet=quiet)
        self._task = self._bar.add_task("listing", total=None)
        self._planned = 0

    def __enter__(self) -> Follower:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def listed(self, source: str, candidates: int, error: str | None) -> None:
        """One source's listings were read."""
        _log.log(
            logging.WARNING if error else logging.INFO,
            "%s lists %d articles%s",
            source,
            candidates,
            f"; {visible(error)}" if error else "",
        )

    def planned(self, candidates: int) -> None:
        """So many more candidates will be looked at."""
        self._planned += candidates
        self._bar.update(self._task, description="reading", total=self._planned)

    def done(self, outcome: Outcome) -> None:
        """One candidate has its outcome."""
        self._bar.advance(self._task)
        _log.info("%s %s %s", outcome.code, outcome.candidate.url, visible(outcome.detail))
