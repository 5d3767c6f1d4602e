"""Console output: tables, JSON, progress bars and log lines."""

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

from ingest.pipeline_types import OUTCOMES, Outcome
from store.progress_callback import Progress

_log = logging.getLogger("suowen.run")


def to_json(value: Any) -> str:
    """Return one line of JSON: dataclasses as objects, times as ISO 8601, non-ASCII text unescaped."""

    def plain(other: Any) -> Any:
        if is_dataclass(other) and not isinstance(other, type):
            return asdict(other)
        return other.isoformat() if isinstance(other, datetime) else str(other)

    return json.dumps(value, ensure_ascii=False, default=plain)


def _printable(text: str) -> str:
    """Return JSON text with escapes for characters that standard output cannot encode, such as an emoji under GBK."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(
            character if _encodes(character, encoding) else json.dumps(character)[1:-1] for character in text
        )
    return text


def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def print_json(value: Any) -> None:
    """Print one JSON value and a line break.

    An iterator, at the top or in a field, is printed as a list item by item, so that only one item is in memory.
    """
    for piece in _pieces(value):
        sys.stdout.write(_printable(piece))
    sys.stdout.write("\n")


def _pieces(value: Any) -> Iterator[str]:
    """Yield the text of `to_json(value)` in pieces."""
    if isinstance(value, Iterator):
        yield "["
        for number, item in enumerate(value):
            yield (", " if number else "") + to_json(item)
        yield "]"
        return
    table = {field.name: getattr(value, field.name) for field in fields(value)} if is_dataclass(value) else value
    if not isinstance(table, dict) or not any(isinstance(part, Iterator) for part in table.values()):
        yield to_json(value)
        return
    for number, (name, part) in enumerate(table.items()):
        yield (", " if number else "{") + f"{to_json(name)}: "
        yield from _pieces(part)
    yield "}"


#: names of table columns whose words are not broken, so that names and times stay readable and can be copied
_UNBROKEN = frozenset({
    "id", "name", "commit", "station", "source", "schedule", "next run", "last success", "checked", "stored",
    "published", "ruling", "at", "kind", "fact", "would fetch", "claimed date", "offsets",
})  # fmt: skip
#: minimum width of the columns that are not in _UNBROKEN, in characters
_MIN_WIDTH = 8


#: maximum rows rendered at a time; maximum bytes of rows in memory, beyond which they are buffered in a file. Not
#: measured
_ROWS, _IN_MEMORY = 500, 1_000_000


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table. Control characters in cells, such as fetched titles, are replaced by spaces (docs/FAULTS.md X1).

    In a file or a pipe each row is one line of any length, unless COLUMNS limits it. In a narrow terminal long columns
    are folded. If that would break names and times, each cell is printed on its own line. Widths depend on all rows, so
    the rows of a long table are buffered in a file.
    """
    natural, longest = [cell_len(name) for name in columns], [_longest(name) for name in columns]
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8") as waiting:
        for row in rows:
            cells = [visible("" if cell is None else str(cell)) for cell in row]
            natural = list(map(max, natural, map(cell_len, cells)))
            longest = list(map(max, longest, map(_longest, cells)))
            waiting.write(json.dumps(cells) + "\n")
        waiting.seek(0)
        _print_rows(columns, natural, longest, map(json.loads, waiting), title)


def _longest(cell: str) -> int:
    """Return the width of the longest word of a cell."""
    return max(map(cell_len, cell.split() or [""]))


def _print_rows(
    columns: Sequence[str], natural: list[int], longest: list[int], rows: Iterator[list[str]], title: str | None
) -> None:
    """Print rows as a table, with folded columns if it is too wide, or with one cell per line if names would break."""
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
    """Print one table, `_ROWS` rows at a time; the borders between the pieces are left out."""
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


def _folded(columns: Sequence[str], natural: list[int], longest: list[int], available: int) -> list[int] | None:
    """Return column widths with a sum of at most `available`; None if names would be broken.

    The widest columns are reduced first.
    """
    least = [
        word if name in _UNBROKEN else min(width, max(_MIN_WIDTH, _longest(name)))
        for name, width, word in zip(columns, natural, longest, strict=True)
    ]
    if sum(least) > available:
        return None
    widths = [max(small, min(width, available)) for small, width in zip(least, natural, strict=True)]
    while sum(widths) > available:
        widest = max((width, number) for number, width in enumerate(widths) if width > least[number])[1]
        widths[widest] -= 1
    return widths


def visible(text: str) -> str:
    """Return `text` with spaces for control characters, so that no title controls the terminal or forges a log line."""
    return "".join(character if character.isprintable() else " " for character in text)


def local(moment: datetime | None, zone: str) -> str:
    """Format a stored time in the configured zone, to the minute; "" for None."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else ""


def dated(published: str | None, zone: str) -> str:
    """Format a publication date as precisely as the article states it: "", a day or a time.

    A time with an offset is converted to the configured zone.
    """
    if not published or len(published) <= 10:
        return published or ""
    try:
        moment = datetime.fromisoformat(published)
    except ValueError:
        return published
    return local(moment, zone) if moment.tzinfo else moment.strftime("%Y-%m-%d %H:%M")


def outcome_lines(outcomes: Counter[str]) -> list[str]:
    """Return one line per outcome code: count, code and meaning, in the order of `OUTCOMES`."""
    return [f"{outcomes[code]:6d}  {code:18s} {meaning}" for code, meaning in OUTCOMES.items() if outcomes[code]]


def _bar(*, quiet: bool = False) -> Bar:
    """Return a progress bar on standard error, disabled if `quiet` or if standard error is not a terminal."""
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


def partition_bar() -> Bar:
    """Return a progress bar that counts partitions."""
    return _bar()


@contextmanager
def watched() -> Iterator[Progress]:
    """Yield a callback that reports the progress of long work: a bar on a terminal, no output otherwise."""
    with _bar() as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)


class Follower:
    """Progress of a run: a progress bar on a terminal, and one log line per outcome."""

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

    def listed(self, source: str, candidates: int | None, error: str | None) -> None:
        """Report that the listings of one source were processed; `candidates` is None if no listing was modified."""
        _log.log(
            logging.WARNING if error else logging.INFO,
            "%s: %s%s",
            source,
            "not modified" if candidates is None else f"{candidates} articles listed",
            f"; {visible(error)}" if error else "",
        )

    def planned(self, candidates: int) -> None:
        """Add `candidates` to the number of candidates to visit."""
        self._planned += candidates
        self._bar.update(self._task, description="fetching", total=self._planned)

    def done(self, outcome: Outcome) -> None:
        """Report the outcome of one candidate."""
        self._bar.advance(self._task)
        _log.info("%s %s %s", outcome.code, outcome.candidate.url, visible(outcome.detail))
