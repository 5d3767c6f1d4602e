"""The task of one partition: from bytes to results. It runs in a worker of the cluster and has no access to the store.

The worker of the cluster screens the records with the byte prefilter. A page that passes is processed in another
process (`ingest.worker_pool`) with a time and a memory limit for each page. That pool starts its processes with
`subprocess`: Dask's workers are daemonic processes of `multiprocessing`, which must not have children of that kind.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from ingest.backfill.article_processing import Extracted, process_records, rejection_reason, screen_and_process
from ingest.backfill.warc_source import RawRecord, RetryPolicy, SourceFile, one_record, records, split_location
from ingest.config.load import Config
from ingest.config.settings import WorkerSettings
from ingest.errors import ArchiveError, ExtractError, FetchError, SuowenError, UsageError
from ingest.fetch.http_body import Exchange
from ingest.pipeline.add_inputs import source_among
from ingest.pipeline.parser_pool import PRELOAD
from ingest.pipeline.process import NeedsPage
from ingest.pipeline_types import Candidate, Processed, Source
from ingest.urls import canonical, key
from ingest.versions import PROGRAM, RULES
from ingest.worker_pool import WorkerLost, WorkerPool, run_twice
from store.records import Capture
from store.warc_record import payload

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger("suowen.backfill")
#: number of failures after which a partition only counts further failures; quarantined pages are always listed
NAMED = 20


@dataclass(frozen=True)
class JobSpec:
    """The configuration that a worker needs before its first partition; `digest` identifies it."""

    #: version of program, rules, Python and code; a worker with another version refuses the job
    program: str
    topic: str
    sources: tuple[Source, ...]
    workers: WorkerSettings
    #: contents of the files in the working folder's config/ that a worker needs, by path below the working folder
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def digest(self) -> str:
        """Hash of all fields, 16 hexadecimal digits."""
        files = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(self.files.items())}
        values = json.dumps([self.program, self.topic, repr(self.sources), repr(self.workers), files])
        return hashlib.sha256(values.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ReadOptions:
    """Options that choose the records to read, the articles to keep and what is returned of them."""

    start: date | None = None
    end: date | None = None
    domains: tuple[str, ...] = ()
    #: keep every article that passes the prefilter, not only features
    keep_all: bool = False
    #: include the pages of kept articles in the result, to copy them into the archive
    copy: bool = False
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True)
class ArticleToStore:
    """One article to store, with the captures or the contents of its pages."""

    candidate: Candidate
    processed: Processed
    captures: tuple[Capture, ...] = ()
    #: the pages of the article as they were transferred, if they are to be copied
    exchanges: tuple[Exchange, ...] = ()
    #: False if a further page of the article, other than an optional one, is not in the partition
    complete: bool = True


@dataclass(slots=True)
class PartitionResult:
    """The result of reading one partition."""

    #: numbers of records, of their bytes, of transferred bytes, of kept articles, and of pages and damages by outcome
    counts: Counter[str] = field(default_factory=Counter)
    kept: list[ArticleToStore] = field(default_factory=list)
    #: the first NAMED failures (damage, pages that could not be read or extracted) and all quarantined pages; one line
    #: for each
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def fail(self, where: str, code: str, detail: str) -> None:
        """Count a failure under its code. List it if a page is quarantined or fewer than NAMED failures are listed."""
        self.counts[code] += 1
        if code == "quarantined" or len(self.failures) < NAMED:
            self.failures.append(f"{code}: {where}: {detail}")


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return the version of program, rules, Python and code; only equal installations have equal versions."""
    from ingest.config.data_files import defaults

    package, config = Path(__file__).parents[1], defaults() / "config"
    total = hashlib.sha256()
    for folder in (package, package.parent / "store", config):
        for path in sorted(
            [*folder.rglob("*.py"), *folder.rglob("*.yaml"), *folder.rglob("*.txt"), *folder.rglob("*.csv")]
        ):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    rules = " ".join(f"{name}{version}" for name, version in sorted(RULES.items()))
    return (
        f"{PROGRAM}, rules {rules}, Python {sys.version_info[0]}.{sys.version_info[1]}, code {total.hexdigest()[:12]}"
    )


def config_files(config: Config) -> dict[str, bytes]:
    """Return the files of a working folder's config/ that a worker needs: topics, lexicon and extraction rules."""
    folder = config.home / "config"
    found = (path for name in ("topics", "lexicon", "extract") for path in sorted((folder / name).rglob("*")))
    return {path.relative_to(config.home).as_posix(): path.read_bytes() for path in found if path.is_file()}


class Runtime:
    """State of a worker between the partitions of one job: its configuration in a folder, and its process pool."""

    def __init__(self, spec: JobSpec) -> None:
        self.spec = spec
        self.home: Path | None = None
        if spec.files:
            self.home = Path(tempfile.mkdtemp(prefix="suowen-config-"))
            for name, data in spec.files.items():
                path = self.home / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        settings = spec.workers.model_copy(update={"processes": 1})
        self.pool = WorkerPool(settings, preload=(*PRELOAD, "ingest.backfill.article_processing"))

    def close(self) -> None:
        """End the pool and remove the folder of the configuration."""
        self.pool.close()
        if self.home is not None:
            shutil.rmtree(self.home, ignore_errors=True)

    def run(self, name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function for the page `name` in the pool.

        Raises ExtractError "quarantined" if the page killed its process twice, "error" for a bug, and the SuowenErrors
        of the function.
        """
        try:
            return run_twice(self.pool, function, *args, **kwargs)
        except WorkerLost as lost:
            raise ExtractError(name, "quarantined", f"the page killed its worker twice: {lost}") from None
        except SuowenError:
            raise
        except Exception as bug:
            _log.error("a bug in processing %s", name, exc_info=bug)
            detail = f"a bug in processing it: {type(bug).__name__}: {bug}"
            raise ExtractError(name, "error", detail) from bug


_runtimes: dict[str, Runtime] = {}
_lock = threading.Lock()


def install(spec: JobSpec) -> str:
    """Install a job in this process, replacing an earlier job; return the digest of the job.

    Raises UsageError if this process has another version than the command.
    """
    if spec.program != fingerprint():
        raise UsageError(f"this worker has {fingerprint()}; the command has {spec.program}: install the same version")
    with _lock:
        if spec.digest not in _runtimes:
            for old in [*_runtimes]:
                _runtimes.pop(old).close()
            _runtimes[spec.digest] = Runtime(spec)
    return spec.digest


def uninstall() -> None:
    """Close the pool of the installed job, and remove the folder of its configuration."""
    with _lock:
        for old in [*_runtimes]:
            _runtimes.pop(old).close()


def runtime(digest: str) -> Runtime:
    """Return the installed job with this digest. Raises UsageError if it is not installed in this process."""
    found = _runtimes.get(digest)
    if found is None:
        raise UsageError("this worker did not get the configuration of the command; restart it, then call it again")
    return found


def run_partition(
    digest: str, location: Mapping[str, Any], options: ReadOptions, careful: bool = False
) -> PartitionResult:
    """Read one partition and return its result. Raises ArchiveError if its file cannot be read.

    With `careful`, the prefilter too runs in a process that can be killed: for a partition that killed its worker.
    """
    return _Partition(runtime(digest), location, options, careful).run()


class _Partition:
    """State of one partition while it is read."""

    def __init__(self, job: Runtime, location: Mapping[str, Any], options: ReadOptions, careful: bool) -> None:
        self.job, self.spec, self.location, self.options, self.careful = job, job.spec, location, options, careful
        self.result = PartitionResult()
        self.file = SourceFile(str(location["file"]), options.retry_policy)
        #: (address, offset, length) of every chosen page, moved into `by_key` when a further page is needed
        self.pages: list[tuple[str, int, int]] = []
        self.by_key: dict[str, tuple[int, int]] | None = None
        self.kept: dict[str, ArticleToStore] = {}
        #: addresses of further pages that are part of an article; they are not kept as articles themselves
        self.used: set[str] = set()

    def run(self) -> PartitionResult:
        began, counts = time.monotonic(), self.result.counts
        for record in self._records():
            if isinstance(record, str):
                self.result.fail(self.file.url, "damaged", record)
                continue
            counts["records"] += 1
            counts["bytes"] += len(record.block)
            if self._wanted(record):
                self._take(record)
        self.result.kept = [kept for url, kept in self.kept.items() if url not in self.used]
        counts["kept"] = len(self.result.kept)
        counts["transferred"] = self.file.transferred
        self.result.seconds = time.monotonic() - began
        return self.result

    def _records(self) -> Iterator[RawRecord | str]:
        if "ranges" not in self.location:
            yield from records(self.file, int(self.location.get("start", 0)), self.location.get("end"))
            return
        for offset, length in self.location["ranges"]:
            try:
                yield one_record(self.file.range(offset, length), offset)
            except ArchiveError as error:
                if offset + length <= self.file.size and "not a WARC record" not in str(error):
                    raise
                yield str(error)

    def _wanted(self, record: RawRecord) -> bool:
        """Return whether a record is to be processed: a whole page, chosen by address and date, not a further page.

        Adds whole chosen pages, also further pages, to `pages`, and counts all other records by reason.
        """
        if not record.target.startswith(("http://", "https://")) or record.kind not in ("", "article", "further"):
            self.result.counts["no-page"] += 1
            return False
        options, day = self.options, record.made.date() if record.made else None
        outside = day is None or (options.start and day < options.start) or (options.end and day > options.end)
        if outside or not in_domains(record.target, options.domains):
            self.result.counts["not-chosen"] += 1
            return False
        if not record.whole:
            self.result.fail(record.target, "incomplete", f"its record at byte {record.offset:,} is truncated")
            return False
        self.pages.append((record.target, record.offset, record.length))
        return record.kind != "further"

    def _take(self, record: RawRecord) -> None:
        spec, home = self.spec, self.job.home
        if not self.careful:
            why = rejection_reason(_kind(record), record.block, spec.topic, home)
            if why is not None:
                self.result.counts[why] += 1
                return
        self.result.counts["passed"] += 1
        try:
            url = canonical(record.target)
        except ValueError as error:
            self.result.fail(record.target, "bad-url", str(error))
            return
        candidate = Candidate(url, source_among(spec.sources, url).name, "archive")
        try:
            self._keep(candidate, record)
        except (ExtractError, FetchError) as error:
            where = f"{url} ({self.file.url}, byte {record.offset:,})"
            self.result.fail(where, error.code, error.detail)

    def _keep(self, candidate: Candidate, record: RawRecord) -> None:
        found, at, complete = self._processed(candidate, record)
        if isinstance(found, str):
            self.result.counts[found] += 1
            return
        article = found.processed.article
        if found.processed.verdict.ruling != "feature" and not self.options.keep_all:
            self.result.counts["not-feature"] += 1
            return
        before = self.kept.get(candidate.url)
        if before is not None and before.processed.article.fetched_at >= article.fetched_at:
            self.result.counts["older"] += 1
            return
        captures = None if self.options.copy else self._captures(candidate, article.fetched_at, at)
        exchanges = found.exchanges if captures is None else ()
        self.kept[candidate.url] = ArticleToStore(candidate, found.processed, captures or (), exchanges, complete)

    def _processed(self, candidate: Candidate, record: RawRecord) -> tuple[Extracted | str, list[_Place], bool]:
        """Process a page with its further pages in this partition.

        Returns the result, the places of the pages, and whether all further pages that are not optional were found.
        """
        data, at, lost, complete = [record.as_bytes()], [_place(record)], set[str](), True
        if self.careful:
            rules = source_among(self.spec.sources, candidate.url).rules
            first = (_kind(record), record.block, data[0], rules, candidate, self.spec.topic, self.job.home)
            result = self.job.run(candidate.url, screen_and_process, *first)
        else:
            result = self._process(candidate, data, lost)
        while isinstance(result, NeedsPage):
            found = self._further(result.url)
            if found is None:
                lost.add(result.url)
                complete = complete and result.optional
            else:
                data.append(found.as_bytes())
                at.append(_place(found))
                self.used.add(canonical(found.target))
            result = self._process(candidate, data, lost)
        return result, at, complete

    def _process(self, candidate: Candidate, data: list[bytes], lost: set[str]) -> Extracted | NeedsPage | str:
        rules = source_among(self.spec.sources, candidate.url).rules
        arguments = (tuple(data), rules, candidate, self.spec.topic, self.job.home, frozenset(lost))
        return self.job.run(candidate.url, process_records, *arguments)

    def _further(self, url: str) -> RawRecord | None:
        """Return the record of a further page, None if it is not in the partition."""
        if self.by_key is None:
            self.by_key = {}
        while self.pages:
            target, offset, length = self.pages.pop()
            try:
                self.by_key.setdefault(key(target), (offset, length))
            except ValueError:
                continue
        found = self.by_key.get(key(url))
        if found is None:
            return None
        return one_record(self._bytes(*found), found[0])

    def _bytes(self, offset: int, length: int) -> bytes:
        """Return the bytes of one record. If the partition comes from a URL index, only these bytes are requested."""
        return self.file.range(offset, length) if "ranges" in self.location else self.file.pread(offset, length)

    def _captures(self, candidate: Candidate, fetched: datetime, at: list[_Place]) -> tuple[Capture, ...] | None:
        """Return capture rows that refer to the pages in this file.

        Returns None if a record cannot be read without the records before it, or has no id.
        """
        rows = []
        for number, (target, offset, length, made) in enumerate(at):
            try:
                record_id, body = payload(self._bytes(offset, length))
            except ArchiveError:  # the storage does not answer any more
                raise
            # the records are not separate gzip members, so this one cannot be read without those before it
            except Exception:
                return None
            if record_id in ("", "None"):
                return None
            rows.append(
                Capture(
                    url=candidate.url if number == 0 else canonical(target),
                    final_url=target,
                    fetched_at=made if number and made else fetched,
                    status=200,
                    kind="further" if number else "article",
                    source=candidate.source,
                    warc_file=self.file.name,
                    offset=offset,
                    length=length,
                    digest="sha256:" + hashlib.sha256(body).hexdigest(),
                    record_id=record_id,
                )
            )
        return tuple(rows)


#: address, offset, length and date of a record
_Place = tuple[str, int, int, datetime | None]


def _place(record: RawRecord) -> _Place:
    return record.target, record.offset, record.length, record.made


def _kind(record: RawRecord) -> str:
    return next((value for name, value in record.headers if name.lower() == "warc-type"), "response")


def in_domains(url: str, domains: tuple[str, ...]) -> bool:
    """Return whether the host of a URL is one of the domains or a subdomain; True if `domains` is empty."""
    if not domains:
        return True
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def place_of(location: Mapping[str, Any]) -> tuple[str, str]:
    """Return (storage, name) of the file of a partition, for `store.archive_storage`."""
    return split_location(str(location["file"]))
