"""Partitions of the inputs of a backfill: WARC files, parts of them, and groups of byte ranges from a URL index."""

from __future__ import annotations

import glob
import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ingest.backfill.warc_source import RetryPolicy, SourceFile, first_record, is_record_start
from ingest.errors import ArchiveError, UsageError
from ingest.url_list import WARC_ENDINGS

#: bytes of a part of a WARC file. It is small, so that a lost worker loses little work. Estimates, not measured: some
#: 2,000 pages, which take one worker ten seconds
BYTE_RANGE = 64 << 20
#: maximum byte ranges of one partition
RANGES = 200
_LISTS = (".paths", ".paths.gz", ".list", ".txt", ".txt.gz")
#: columns that a URL index must have, as Common Crawl publishes it
COLUMNS = ("url", "warc_filename", "warc_record_offset", "warc_record_length")
#: columns by which the rows of a URL index are chosen, if it has them
CHOSEN_BY = ("url_host_registered_domain", "content_languages", "fetch_time", "fetch_status")
#: date (and time) at which a WARC file was begun, in its name: CC-NEWS-20160826124520-00000.warc.gz. `begun_after` uses
#: the date
_BEGUN = re.compile(r"(?<!\d)(20\d{6})(\d{6})?(?!\d)")


@dataclass(frozen=True, slots=True)
class Choice:
    """Options that choose the records to read."""

    start: date | None = None
    end: date | None = None
    #: registrable domains; empty for all
    domains: tuple[str, ...] = ()
    #: ISO 639-3 code that `content_languages` of an index must contain; rows without `content_languages` pass
    language: str = "zho"
    #: folder or URL to which the relative paths in lists and indexes are appended; None: it is derived from the path or
    #: URL of the list or index (see `below`)
    base: str | None = None


def partitions(
    inputs: Sequence[str], choice: Choice, retry_policy: RetryPolicy, report: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Yield the location of each partition. Raises UsageError for an input that cannot be used.

    A file that was begun after `choice.end` is left out, and a file that is named twice is used once. `report` is
    called with a sentence for each file that cannot be read. Such a file is one partition, so that it can be tried
    again.
    """
    seen: set[str] = set()
    for given in inputs:
        for url in expanded(given, choice, retry_policy):
            if url in seen or begun_after(url, choice.end):
                continue
            seen.add(url)
            if url.lower().endswith(".parquet"):
                yield from _index_partitions(url, choice)
                continue
            try:
                yield from byte_ranges(url, retry_policy)
            except ArchiveError as error:
                report(str(error))
                yield {"file": url}


def expanded(given: str, choice: Choice, retry_policy: RetryPolicy) -> Iterator[str]:
    """Yield the paths or URLs of the files of an input: a file, a folder, a pattern, a list of paths or a URL.

    Raises UsageError if a local input does not exist, a list cannot be read, the files of a storage cannot be listed,
    or a folder or pattern has no WARC file and no Parquet index. A URL of HTTP is not checked.
    """
    if given.lower().endswith(_LISTS):
        yield from _listed(given, choice, retry_policy)
    elif "://" in given:
        yield from _remote(given)
    elif any(character in given for character in "*?["):
        yield from _found(given, map(_absolute, sorted(glob.glob(given, recursive=True))))  # noqa: PTH207
    elif Path(given).is_dir():
        yield from _found(given, (str(path.resolve()) for path in sorted(Path(given).rglob("*")) if path.is_file()))
    elif Path(given).is_file():
        yield str(Path(given).resolve())
    else:
        raise UsageError(
            f"{given}: no such file; name a WARC file, a folder, a list of paths, a Parquet index or a URL"
        )


def _absolute(name: str) -> str:
    return str(Path(name).resolve())


def _found(given: str, names: Iterable[str]) -> Iterator[str]:
    usable = [name for name in names if name.lower().endswith((*WARC_ENDINGS, ".parquet"))]
    if not usable:
        raise UsageError(f"{given}: contains no WARC file ({', '.join(WARC_ENDINGS)}) and no Parquet index")
    yield from usable


def _remote(given: str) -> Iterator[str]:
    """Yield the URL `given` unchanged if its scheme is HTTP or HTTPS, or if it names one file.

    For a folder or pattern in another storage, yield its WARC files and Parquet indexes. Raises UsageError if there are
    none, or if fsspec is missing or cannot list the files.
    """
    pattern = any(character in given for character in "*?[")
    single = given.lower().endswith((*WARC_ENDINGS, ".parquet")) and not pattern
    if single or urlsplit(given).scheme in ("http", "https"):  # "?" in a web address is not a pattern
        yield given
        return
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"{given}: fsspec is not installed; pip install 'suowen[backfill]'") from error
    try:
        system, path = url_to_fs(given)
        names = system.glob(path) if pattern else system.find(path)
        yield from _found(given, (str(system.unstrip_protocol(name)) for name in sorted(names)))
    except (OSError, ValueError, ImportError) as error:
        raise UsageError(f"{given}: {error or type(error).__name__}") from error


def _listed(given: str, choice: Choice, retry_policy: RetryPolicy) -> Iterator[str]:
    """Yield the files in a list of paths, such as warc.paths.gz of Common Crawl: one path per line, # for comments.

    Raises UsageError if the list cannot be read.
    """
    where = given if "://" in given else str(Path(given).resolve())
    try:
        file = SourceFile(where, retry_policy)
        data = file.pread(0, file.size)
        lines = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8").split("\n")
    except (ArchiveError, OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"{given}: cannot be read as a list of paths: {error}") from error
    for line in lines:
        if (path := line.strip()) and not path.startswith("#"):
            yield below(path, choice.base, where)


def below(path: str, base: str | None, listed_in: str) -> str:
    """Return the file path or URL of `path`, which is written in the list or index `listed_in` (a file path or URL).

    URLs and absolute paths are returned unchanged. A relative path is appended to `base`. If `base` is None, the path
    is appended to the part of `listed_in` before the path's first folder (Common Crawl: crawl-data/... in
    https://data.commoncrawl.org/crawl-data/.../warc.paths.gz), or to the folder of `listed_in` if `listed_in` does not
    contain the path's first folder.
    """
    if "://" in path or path.startswith("/"):
        return path
    if base is not None:
        return f"{base.rstrip('/')}/{path}"
    head, found, _ = listed_in.partition(f"/{path.partition('/')[0]}/")
    return f"{head if found and '/' in path else listed_in.rpartition('/')[0]}/{path}"


def begun_after(url: str, end: date | None) -> bool:
    """Return whether a WARC file was begun after the day `end`, according to the last date in its name.

    Return False if the name has no date or `end` is None.
    """
    found = _BEGUN.findall(url.rpartition("/")[2])
    return end is not None and bool(found) and found[-1][0] > f"{end:%Y%m%d}"


def byte_ranges(url: str, retry_policy: RetryPolicy) -> Iterator[dict[str, Any]]:
    """Yield the partitions of one WARC file. Raises ArchiveError if the file cannot be read.

    A file of more than 1.5 times BYTE_RANGE bytes whose records are gzip members is divided into parts of BYTE_RANGE
    bytes; its last part has 0.5 to 1.5 times as many bytes. Any other file is one partition.
    """
    size = SourceFile(url, retry_policy).size
    if size <= BYTE_RANGE * 3 // 2 or not _by_record(url, retry_policy):
        yield {"file": url, "size": size}
        return
    starts = [*range(0, size - BYTE_RANGE // 2, BYTE_RANGE), size]
    for start, end in pairwise(starts):
        yield {"file": url, "start": start, "end": end, "size": end - start}


def _by_record(url: str, retry_policy: RetryPolicy) -> bool:
    """Return whether a file begins with a gzip record, and a second record begins within BYTE_RANGE bytes."""
    file = SourceFile(url, retry_policy)
    if not is_record_start(file.pread(0, min(4_096, file.size))):
        return False
    return (first_record(file, 1) or BYTE_RANGE) < BYTE_RANGE


# --- a URL index ------------------------------------------------------------------------------------------------


def _index_partitions(url: str, choice: Choice) -> Iterator[dict[str, Any]]:
    """Yield the partitions of a Parquet index, by file and offset. Each has at most RANGES byte ranges of one file."""
    rows: dict[str, list[tuple[int, int]]] = {}
    for name, offset, length in chosen_rows(url, choice):
        rows.setdefault(name, []).append((offset, length))
    for name in sorted(rows):
        where = below(name, choice.base, url)
        ranges = sorted(set(rows[name]))
        for start in range(0, len(ranges), RANGES):
            group = ranges[start : start + RANGES]
            yield {"file": where, "ranges": [list(item) for item in group], "size": sum(length for _, length in group)}


def chosen_rows(url: str, choice: Choice) -> Iterator[tuple[str, int, int]]:
    """Yield (WARC file, offset, length) of the rows of an index that match `_filter`.

    Raises UsageError if pyarrow, the driver of the storage or one of COLUMNS is missing, or the index cannot be read.
    """
    try:
        import pyarrow.dataset as arrow
        import pyarrow.fs
    except ImportError as error:
        raise UsageError(f"{url}: an index needs pyarrow; pip install 'suowen[backfill]'") from error
    try:
        system, path = None, url
        if "://" in url:
            from fsspec.core import url_to_fs

            remote, path = url_to_fs(url)
            system = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(remote))
        data = arrow.dataset(path, filesystem=system, format="parquet")
        missing = [name for name in COLUMNS if name not in data.schema.names]
        if missing:
            raise UsageError(
                f"{url}: has no column {', '.join(missing)}; it must have those of Common Crawl's URL index"
            )
        batches = data.to_batches(columns=list(COLUMNS[1:]), filter=_filter(arrow, data.schema, choice))
        for batch in batches:
            for row in batch.to_pylist():
                yield row["warc_filename"], int(row["warc_record_offset"]), int(row["warc_record_length"])
    except ImportError as error:  # fsspec, or the driver of this storage
        raise UsageError(f"{url}: {error}") from error
    except (OSError, ValueError) as error:  # includes the errors of pyarrow
        raise UsageError(f"{url}: cannot be read as a Parquet index: {str(error).partition(chr(10))[0]}") from error


def _filter(arrow: Any, schema: Any, choice: Choice) -> Any:
    """Return the filter expression for rows that match a choice and have the HTTP status 200.

    Conditions on columns that the index does not have are left out. Returns None if no condition remains.
    """
    import pyarrow

    wanted: list[Any] = []
    names = set(schema.names)
    if "fetch_status" in names:
        wanted.append(arrow.field("fetch_status") == 200)
    if choice.domains and "url_host_registered_domain" in names:
        wanted.append(arrow.field("url_host_registered_domain").isin(list(choice.domains)))
    if choice.language and "content_languages" in names:
        column = arrow.field("content_languages")
        wanted.append(column.is_null() | (pyarrow.compute.match_substring(column, choice.language)))
    if "fetch_time" in names:
        zoned = getattr(schema.field("fetch_time").type, "tz", None)
        for day, after in ((choice.start, True), (choice.end, False)):
            if day is None:
                continue
            moment = datetime.combine(day if after else day + timedelta(days=1), time(), UTC if zoned else None)
            column, value = arrow.field("fetch_time"), pyarrow.scalar(moment, type=schema.field("fetch_time").type)
            wanted.append(column >= value if after else column < value)
    total = None
    for one in wanted:
        total = one if total is None else total & one
    return total


def amounts(locations: Iterable[Mapping[str, Any]]) -> tuple[int, int, int, int]:
    """Return (files, partitions, ranges, bytes) of partitions; files of unknown size do not add bytes."""
    files, count, ranges, size = set[str](), 0, 0, 0
    for location in locations:
        files.add(location["file"])
        count += 1
        ranges += len(location.get("ranges", ()))
        size += int(location.get("size") or 0)
    return len(files), count, ranges, size
