"""Parser for a user's list of URLs: one URL a line, # comments; bad lines are reported, the others are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.errors import UsageError
from ingest.urls import key, url_in_line

#: maximum characters of a line: a URL has at most 2,083, and a title may precede it. Not measured
MAX_LINE = 10_000
#: maximum URLs of one list (docs/FAULTS.md, U1); a longer list is rejected as a whole
MAX_URLS = 10_000


#: `Line.place` of a command-line argument
ARGUMENT = "argument"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, or one argument, with its URL or its problem."""

    #: ARGUMENT, "standard input" or the path of the list; `number` counts from 1 in each of them
    place: str
    number: int
    text: str
    url: str | None = None
    problem: str | None = None

    @property
    def location(self) -> str:
        """Location for messages: "argument 2", "list.txt:4"."""
        return f"{self.place} {self.number}" if self.place == ARGUMENT else f"{self.place}:{self.number}"


def parse_lists(lists: Iterable[tuple[str, Iterable[str]]]) -> Iterator[Line]:
    """Yield the lines of (place, lines) pairs, without blank lines and comments, each with its URL or its problem.

    A URL that occurred earlier, in any of the lists, is a problem that names the first line.
    """
    seen: dict[str, Line] = {}
    for place, lines in lists:
        for number, raw in enumerate(lines, 1):
            text = raw.strip().lstrip("\ufeff").strip()
            if text and not text.startswith("#"):
                yield _parsed(Line(place, number, text), seen)


def _parsed(line: Line, seen: dict[str, Line]) -> Line:
    """Return the line with its URL or its problem. `seen` maps URL keys to their first line and is updated."""
    if len(line.text) > MAX_LINE:
        return replace(
            line, text=line.text[:80] + "…", problem=f"the line is {len(line.text)} characters long; one URL a line"
        )
    try:
        url = url_in_line(line.text)
    except ValueError as error:
        return replace(line, problem=str(error))
    first = seen.setdefault(key(url), line)
    return replace(line, url=url) if first is line else replace(line, problem=f"the URL of {first.location} again")


def read_list(path: Path) -> list[str]:
    """Return the lines of a list file in UTF-8 or GB18030. Raises UsageError when it is not a readable text file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; give a text file with one URL a line") from None
    return decode_lines(content, str(path))


def decode_lines(content: bytes, name: str) -> list[str]:
    """Return the lines of a list in UTF-8 or GB18030. Raises UsageError when it is not text."""
    if b"\0" in content[:4096]:
        raise UsageError(f"{name}: is not a text file; give one URL a line (for spreadsheets: save as text)")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{name}: is neither UTF-8 nor GB18030 text; save it as UTF-8, one URL a line")


def accepted_urls(lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Return the URLs and the lines with problems. Raises UsageError for more than MAX_URLS."""
    urls = [line.url for line in lines if line.url]
    if len(urls) > MAX_URLS:
        raise UsageError(f"the list has {len(urls)} URLs, the maximum is {MAX_URLS}; split it")
    return urls, [line for line in lines if line.problem]


def split_arguments(inputs: Sequence[str]) -> tuple[list[Path], list[str], list[Line]]:
    """Split arguments into existing files, possible URLs and problems.

    The list of URLs has one entry per argument, "" for an argument that is not a URL, so that positions stay.
    "-" (standard input) is in none of the three.
    """
    paths, bad = [], []
    urls = [""] * len(inputs)
    for index, argument in enumerate(inputs):
        if argument == "-":
            continue
        problem = None
        if not argument.strip():
            problem = "it is empty; name a URL or a file"
        elif "://" in argument:
            urls[index] = argument
        elif not _exists(argument):
            problem = "there is no such file, and it is not a URL: http:// or https:// is missing"
        elif Path(argument).is_dir():
            problem = f"is a folder; name the files in it: {argument.rstrip('/')}/*"
        else:
            paths.append(Path(argument))
        if problem:
            bad.append(Line(ARGUMENT, index + 1, argument, problem=problem))
    return paths, urls, bad


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # a name that is too long or contains NUL
        return False
