"""A WARC file as a shelf of pages: which it holds, and any of them by its address."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator

from ingest.errors import ArchiveError
from ingest.fetch.warc_records import ArchivedPage, Unpacked, answer, answers, dated, raw_records, requested
from ingest.urls import canonical, key

#: what a crawl of whole sites has beside pages
_ASSET = re.compile(r"\s*(?:image/|audio/|video/|font/|text/css|(?:text|application)/(?:x-)?(?:java|ecma)script)")
#: a feed or sitemap by its beginning
_FEED = re.compile(
    r"\ufeff?(?:\s|<\?[^>]*>|<!--(?:(?!-->).)*-->)*+<(?:\w+:)?(?:rss|feed|RDF|urlset|sitemapindex)\b", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the file: its address (canonical, or a file's own), when it was fetched, where it lies."""

    url: str
    made: datetime
    offset: int
    #: what our own record says it is, None for somebody else's
    kind: str | None
    #: why `url` is none we would fetch
    problem: str | None = None


class WarcFile:
    """The pages of a WARC file, anybody's, gzipped or not. The file is read once through, then page by page.

    `entries` are its articles as far as can be told without reading them: our own records say what they are; of others
    what is no page (robots.txt, pictures, scripts) is left out. `problem` says where the file is damaged; what is
    before that place is there. Raises OSError when the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.entries: list[Entry] = []
        self.problem: str | None = None
        self._by_key: dict[str, list[Entry]] = defaultdict(list)
        self._file: BinaryIO = path.open("rb")
        try:
            self._index(path.name)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> WarcFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def find(self, url: str, near: datetime) -> Entry | None:
        """The page at an address, of several the one fetched nearest to `near`."""
        try:
            held = self._by_key.get(key(url), ())
        except ValueError:
            return None
        return min(held, key=lambda entry: abs(entry.made - near), default=None)

    def read(self, entry: Entry) -> ArchivedPage | None:
        """The page of an entry; None when it is a feed, or cannot be unpacked. Raises ArchiveError."""
        self._file.seek(entry.offset)
        packed = self._file.read(2) == b"\x1f\x8b"
        self._file.seek(entry.offset)
        try:
            raw = next(iter(ArchiveIterator(Unpacked(self._file) if packed else self._file)))
            found = answer(raw)
        except Exception as error:  # it was read before: the file changed under us, or the disk fails
            raise ArchiveError(f"reading the record at byte {entry.offset:,} again: {error}") from error
        return None if found is None or (entry.kind is None and _FEED.match(found.page.text[:2_000])) else found

    def _index(self, name: str) -> None:
        rows: list[tuple[Entry, bool]] = []
        before: Any = None
        unpacked: Unpacked | None = None
        try:
            for raw, packed in raw_records(name, self._file):
                unpacked = packed
                rows += _rows(before)
                before = raw if answers(raw) else None
        except ArchiveError as error:
            self.problem = str(error)
        rows += _rows(before)
        if unpacked is not None and not all(entry.offset in unpacked.starts for entry, _ in rows):
            self._unpack()
        elif unpacked is not None:
            rows = [(replace(entry, offset=unpacked.starts[entry.offset]), is_page) for entry, is_page in rows]
        for entry, is_page in rows:
            if is_page:
                self.entries.append(entry)
            if entry.kind in (None, "article", "further") and entry.url.startswith("http") and not entry.problem:
                self._by_key[key(entry.url)].append(entry)

    def _unpack(self) -> None:
        """A file compressed as one piece is unpacked once: inside it nothing can be found without reading up to it."""
        plain = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - it is closed with the shelf
        self._file.seek(0)
        try:
            shutil.copyfileobj(Unpacked(self._file), plain)
        except OSError as error:
            self.problem = self.problem or str(error)
        self._file.close()
        self._file = plain


def _rows(raw: Any) -> Iterator[tuple[Entry, bool]]:
    """The entry of a record that was read whole, and whether it may be an article's first page."""
    if raw is None or not hasattr(raw, "offset"):
        return
    kind, url, problem = raw.rec_headers.get_header("Suowen-Kind"), requested(raw), None
    try:
        made = dated(raw)
    except ValueError:
        return
    if not url.startswith("file:"):
        try:
            url = canonical(url)
        except ValueError as error:
            problem = str(error)
    whole = raw.rec_headers.get_header("WARC-Truncated") is None
    is_page = kind == "article" and whole if kind else _may_be_page(raw, url)
    yield Entry(url, made, raw.offset, kind, problem), is_page


def _may_be_page(raw: Any, url: str) -> bool:
    http = raw.http_headers
    declared = http.get_header("content-type") if http is not None else raw.rec_headers.get_header("Content-Type")
    return urlsplit(url).path != "/robots.txt" and not _ASSET.match((declared or "").lower())
