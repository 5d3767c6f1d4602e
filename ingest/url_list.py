"""A person's list of URLs -> candidates: one URL a line, # comments, bad lines named and the rest kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.errors import UsageError
from ingest.urls import key, url_in_line

#: lines longer than this are no URL: the longest URL followed has 2,083 characters, a title may stand before it
MAX_LINE = 10_000
#: URLs of one list (docs: FAULTS U1); more are refused rather than half done
MAX_URLS = 10_000


#: `Line.place` of what stands on the command line itself
ARGUMENT = "argument"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, or one argument: its URL, or what is wrong with it."""

    #: ARGUMENT, "standard input" or the list's path; `number` counts from 1 in each of them
    place: str
    number: int
    text: str
    url: str | None = None
    problem: str | None = None

    @property
    def location(self) -> str:
        """Where a person finds it: "argument 2", "list.txt:4"."""
        return f"{self.place} {self.number}" if self.place == ARGUMENT else f"{self.place}:{self.number}"


def parse_lists(lists: Iterable[tuple[str, Iterable[str]]]) -> Iterator[Line]:
    """(place, its lines) of each list -> each line that is neither blank nor comment, judged; a URL seen before, in
    whichever list, is named as such."""
    seen: dict[str, Line] = {}
    for place, lines in lists:
        for number, raw in enumerate(lines, 1):
            text = raw.strip().lstrip("\ufeff").strip()
            if text and not text.startswith("#"):
                yield _judged(Line(place, number, text), seen)


def _judged(line: Line, seen: dict[str, Line]) -> Line:
    """The line with its URL or its problem; `seen` takes the first line of each URL."""
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
    """The lines of a list file, UTF-8 or GB18030. Raises UsageError when it cannot be a list."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; give a text file with one URL a line") from None
    return decode_lines(content, str(path))


def decode_lines(content: bytes, name: str) -> list[str]:
    """The lines of a list, UTF-8 or GB18030. Raises UsageError when it cannot be a list."""
    if b"\0" in content[:4096]:
        raise UsageError(f"{name}: is no text file; give one URL a line (for spreadsheets: save as text)")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{name}: is neither UTF-8 nor GB18030 text; give one URL a line")


def accepted_urls(lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """The URLs and the bad lines. Raises UsageError past MAX_URLS."""
    urls = [line.url for line in lines if line.url]
    if len(urls) > MAX_URLS:
        raise UsageError(f"the list has {len(urls)} URLs, at most {MAX_URLS} are taken at once; split it")
    return urls, [line for line in lines if line.problem]


def split_arguments(inputs: Sequence[str]) -> tuple[list[Path], list[str], list[Line]]:
    """Arguments: files that are there, what may be a URL ("" in the place of every other), and what is neither.

    "-" stands for standard input and is none of them.
    """
    paths, bad = [], []
    rest = [""] * len(inputs)
    for index, one in enumerate(inputs):
        if one == "-":
            continue
        problem = None
        if not one.strip():
            problem = "it is empty; name a URL or a file"
        elif "://" in one:
            rest[index] = one
        elif not _there(one):
            problem = "there is no such file, and it is no URL: http:// or https:// is missing"
        elif Path(one).is_dir():
            problem = f"is a folder; name the files in it: {one.rstrip('/')}/*"
        else:
            paths.append(Path(one))
        if problem:
            bad.append(Line(ARGUMENT, index + 1, one, problem=problem))
    return paths, rest, bad


def _there(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # too long for a file's name, or a NUL in it
        return False
