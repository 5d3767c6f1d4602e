"""Parser for a user's list of URLs: one URL per line, # comments. Bad lines are reported; the others are used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.errors import UsageError
from ingest.urls import key, url_in_line

#: maximum characters of a line: a URL has at most 2,083, but a title may precede it. Not measured
MAX_LINE = 10_000
#: maximum URLs of one list (docs/FAULTS.md, U1); a longer list is rejected as a whole
MAX_URLS = 10_000


#: file name suffixes of WARC and ARC files, which contain many pages
WARC_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz")
#: `Line.place` of a command-line argument
ARGUMENT = "argument"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, or one command-line argument, with its URL or its problem."""

    #: ARGUMENT, "standard input" or the path of the list
    place: str
    #: number of the line in its list, or of the argument on the command line, from 1
    number: int
    text: str
    url: str | None = None
    problem: str | None = None

    @property
    def location(self) -> str:
        """Location for messages, such as "argument 2" or "list.txt:4"."""
        return f"{self.place} {self.number}" if self.place == ARGUMENT else f"{self.place}:{self.number}"


def parse_lists(lists: Iterable[tuple[str, Iterable[str]]]) -> Iterator[Line]:
    """Yield the lines of (place, lines) pairs, each with its URL or its problem. Skips blank lines and comments.

    A URL that is repeated, even in another list, is a problem. The problem names the first line with the URL.
    """
    seen: dict[str, Line] = {}
    for place, lines in lists:
        for number, raw in enumerate(lines, 1):
            text = raw.strip().lstrip("\ufeff").strip()
            if text and not text.startswith("#"):
                yield _parsed(Line(place, number, text), seen)


def _parsed(line: Line, seen: dict[str, Line]) -> Line:
    """Return the line with its URL or its problem. `seen` (URL key -> first line with it) is updated."""
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
    """Return the lines of a list file (`decode_lines`). Raises UsageError if the file is not readable text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; give a text file with one URL a line") from None
    return decode_lines(content, str(path))


def decode_lines(content: bytes, name: str) -> list[str]:
    """Return the lines of a list in UTF-8, UTF-16 or GB18030. Raises UsageError if the content is not a list."""
    for magic, kind in _OTHER_KINDS:
        if content.startswith(magic):
            raise UsageError(f"{name}: is {kind}, not a list; give a text file with one URL a line")
    if encoding := _utf16(content):
        try:
            return _checked(content.decode(encoding), name)
        except UnicodeDecodeError:
            raise UsageError(f"{name}: is damaged UTF-16 text; save it as UTF-8, one URL a line") from None
    if b"\0" in content[:4096]:
        raise UsageError(f"{name}: is not a text file; give one URL a line (for spreadsheets: save as text)")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return _checked(content.decode(encoding), name)
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{name}: is neither UTF-8 nor GB18030 text; save it as UTF-8, one URL a line")


#: first bytes of files of other kinds, which users may pass by mistake, with the kind's name
_OTHER_KINDS = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive, or a document or workbook of an office program (for spreadsheets: save as text)"),
    (b"\xd0\xcf\x11\xe0", "a document or workbook of an office program (for spreadsheets: save as text)"),
    (b"{\\rtf", "a rich text document (RTF)"),
    (b"\x1f\x8b", "a compressed file"),
    (b"WARC/", "a WARC file (`suowen add FILE` ingests its pages)"),
)
#: start of a text that is not a list: an HTML page, a feed or sitemap, or a saved page in MHTML
_PAGE = re.compile(
    r"\s*(?:<\?xml|<!doctype|<html|<head|<body|<!--|<rss\b|<feed\b|<urlset\b|"
    r"(?:From|MIME-Version|Snapshot-Content-Location):.*\n)",
    re.IGNORECASE,
)


def _utf16(content: bytes) -> str | None:
    """Return the encoding of UTF-16 text, with or without byte order mark; None if the content is not UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = content[:400]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        # URLs are ASCII. In UTF-16 most characters of a list therefore have a zero byte; GB18030 and UTF-8 text has
        # none.
        if len(head) >= 8 and zeros.count(0) * 2 > len(zeros) and head.count(0) <= len(zeros):
            return encoding
    return None


def _checked(text: str, name: str) -> list[str]:
    """Return the lines of a list. Raises UsageError once for a web page or feed, instead of a problem for each line."""
    text = text.lstrip("\ufeff")
    if _PAGE.match(text):
        raise UsageError(
            f"{name}: is a web page, a feed or a saved page, not a list; ingest a saved page with `suowen add FILE`"
        )
    return text.splitlines()


def accepted_urls(lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Return (URLs, lines with problems). Raises UsageError if there are more than MAX_URLS."""
    urls = [line.url for line in lines if line.url]
    if len(urls) > MAX_URLS:
        raise UsageError(f"the list has {len(urls)} URLs, the maximum is {MAX_URLS}; split it")
    return urls, [line for line in lines if line.problem]


def split_arguments(inputs: Sequence[str]) -> tuple[list[Path], list[str], list[Line]]:
    """Split arguments into existing files, possible URLs and problems.

    The list of URLs has one entry per argument, "" if the argument is not a URL, so that positions in it match the
    arguments. "-" (standard input) is in none of the three results.
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
    except (OSError, ValueError):  # the name is too long or contains NUL
        return False
