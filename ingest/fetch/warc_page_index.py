"""Index of the pages in a WARC file, and access to a page by its URL."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator

from ingest.errors import ArchiveError, FetchError
from ingest.fetch.warc_parsers import (
    ArchivedPage,
    GzipReader,
    archived_page,
    is_page_record,
    raw_records,
    record_date,
    record_problem,
    requested_url,
)
from ingest.urls import canonical, key

#: content types of records that are not pages: an archive of a whole site also contains images, styles and scripts
_ASSET = re.compile(r"\s*(?:image/|audio/|video/|font/|text/css|(?:text|application)/(?:x-)?(?:java|ecma)script)")
#: start of a feed or sitemap; such a record is not a page
_FEED = re.compile(
    r"\ufeff?(?:\s|<\?[^>]*>|<!--(?:(?!-->).)*-->)*+<(?:\w+:)?(?:rss|feed|RDF|urlset|sitemapindex)\b", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the file: its URL (canonical, or saved: or file:), fetch time and offset."""

    url: str
    made: datetime
    offset: int
    #: kind of the record in this program's files; None in other files
    kind: str | None
    #: why the record is not a usable page; None for a usable page
    problem: str | None = None
    #: outcome code of the problem
    code: str = "bad-url"


class WarcFile:
    """Pages of a WARC file of any origin, gzipped or not. The file is indexed in one pass and then read page by page.

    `entries` are the possible articles: in files of this program the complete records of the kind "article", in other
    files all pages except robots.txt and assets such as images and scripts. Unreadable records are included with their
    problem. `problem` describes damage in the file and its position; pages before it are indexed. Raises OSError if the
    file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
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
        """Return the entry of the page with this URL; of several, the one fetched closest to `near`.

        Returns None if the file has no such page, or if the URL is invalid.
        """
        try:
            entries = self._by_key.get(key(url), ())
        except ValueError:
            return None
        return min(entries, key=lambda entry: abs(entry.made - near), default=None)

    def read(self, entry: Entry) -> ArchivedPage | None:
        """Return the page of an entry; None if the record is not a page, or is a feed in a file of another program.

        Raises FetchError if the body is damaged or has an unsupported coding, ArchiveError if the record is unreadable.
        """
        self._file.seek(entry.offset)
        packed = self._file.read(2) == b"\x1f\x8b"
        self._file.seek(entry.offset)
        try:
            raw = next(iter(ArchiveIterator(GzipReader(self._file) if packed else self._file)))
            found = archived_page(raw)
        except FetchError:
            raise
        # the record could be read during indexing, so the file has changed or the disk fails
        except Exception as error:
            raise ArchiveError(f"reading the record at byte {entry.offset:,} again: {error}") from error
        return None if found is None or (entry.kind is None and _FEED.match(found.page.text[:2_000])) else found

    def _index(self, name: str) -> None:
        rows: list[tuple[Entry, bool]] = []
        before: Any = None
        unpacked: GzipReader | None = None
        try:
            for raw, packed in raw_records(name, self._file):
                unpacked = packed
                rows += _rows(before)
                before = raw if is_page_record(raw) or record_problem(raw) else None
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
        """Decompress a gzip file in which not every record is a member of its own into a temporary file.

        Only the decompressed file can be read from the start of any record.
        """
        plain = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - closed with the WarcFile
        self._file.seek(0)
        try:
            shutil.copyfileobj(GzipReader(self._file), plain)
        except OSError as error:
            self.problem = self.problem or str(error)
        self._file.close()
        self._file = plain


def _rows(raw: Any) -> Iterator[tuple[Entry, bool]]:
    """Yield (entry, whether it may be the first page of an article) for a record, if it was read completely."""
    if raw is None or not hasattr(raw, "offset"):
        return
    kind, url, problem = raw.rec_headers.get_header("Suowen-Kind"), requested_url(raw), record_problem(raw)
    if problem is not None:
        yield Entry(url, datetime.min.replace(tzinfo=UTC), raw.offset, kind, problem, "error"), True
        return
    made = record_date(raw)
    if not url.startswith(("saved:", "file:")):
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
