"""A person's list of URLs -> candidates: one URL a line, # comments, bad lines named and the rest kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import UsageError
from ingest.urls import in_line, key

#: lines longer than this are no URL: the longest URL followed has 2,083 characters, a title may stand before it
MAX_LINE = 10_000
#: URLs of one list (docs: FAULTS U1); more are refused rather than half done
MAX_URLS = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: its URL, or what is wrong with it."""

    number: int
    text: str
    url: str | None = None
    problem: str | None = None


def parse_lines(lines: Iterable[str]) -> Iterator[Line]:
    """Each line that is neither blank nor comment, judged; a URL seen before in the list is named as such."""
    seen: dict[str, int] = {}
    for number, raw in enumerate(lines, 1):
        text = raw.strip().lstrip("\ufeff").strip()
        if not text or text.startswith("#"):
            continue
        if len(text) > MAX_LINE:
            yield Line(number, text[:80] + "…", problem=f"the line is {len(text)} characters long; one URL a line")
            continue
        try:
            url = in_line(text)
        except ValueError as error:
            yield Line(number, text, problem=str(error))
            continue
        first = seen.setdefault(key(url), number)
        again = None if first == number else f"the URL of line {first} again"
        yield Line(number, text, None if again else url, again)


def read_list(path: Path) -> list[str]:
    """The lines of a list file, UTF-8 or GB18030. Raises UsageError when it cannot be a list."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; give a text file with one URL a line") from None
    return decoded(content, str(path))


def decoded(content: bytes, name: str) -> list[str]:
    """The lines of a list, UTF-8 or GB18030. Raises UsageError when it cannot be a list."""
    if b"\0" in content[:4096]:
        raise UsageError(f"{name}: is no text file; give one URL a line (for spreadsheets: save as text)")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{name}: is neither UTF-8 nor GB18030 text; give one URL a line")


def checked(lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """The URLs and the bad lines. Raises UsageError past MAX_URLS."""
    urls = [line.url for line in lines if line.url]
    if len(urls) > MAX_URLS:
        raise UsageError(f"the list has {len(urls)} URLs, at most {MAX_URLS} are taken at once; split it")
    return urls, [line for line in lines if line.problem]


def sorted_out(inputs: Sequence[str]) -> tuple[list[Path], list[str], list[Line]]:
    """Arguments: files that are there, what may be a URL, and what is neither, said in a way that helps."""
    paths, rest, bad = [], [], []
    for number, one in enumerate(inputs, 1):
        try:
            there = "://" not in one and one.strip() != "" and Path(one).exists()
        except (OSError, ValueError):  # too long for a file's name, or a NUL in it
            there = False
        if not one.strip():
            bad.append(Line(number, one, problem="it is empty; name a URL or a file"))
        elif there and Path(one).is_dir():
            bad.append(Line(number, one, problem=f"is a folder; name the files in it: {one.rstrip('/')}/*"))
        elif there:
            paths.append(Path(one))
        else:
            rest.append(one)
    return paths, rest, bad
