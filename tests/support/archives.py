"""Helpers that write pages to a raw archive, read them, and compare them with their captures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import ArchiveError
from ingest.fetch import Archive, WarcFile
from ingest.fetch.http_body import Exchange
from ingest.pipeline_types import Page
from store.archive_storage import LocalStorage
from store.records import Capture
from store.warc_record import payload

AT = datetime(2026, 1, 5, 8, 30, 15, 123456, tzinfo=UTC)

TEXT = "<html><head><title>派出所里的灯</title></head><body><p>民警老李走进社区。</p></body></html>"


def exchange(n: int = 0, body: bytes | None = None, **changes: object) -> Exchange:
    """Return an exchange with a page as its response.

    `n` is part of the URLs and the number of blanks after the page. `changes` replaces fields.
    """
    made = Exchange(
        url=f"http://news.example/{n}.html",
        final_url=f"http://news.example/a/{n}.html",
        request_headers=(("User-Agent", "Suowen/0.1"),),
        status=200,
        reason="OK",
        headers=(("Content-Type", "text/html; charset=utf-8"), ("Server", "x")),
        body=TEXT.encode() + b" " * n if body is None else body,
        fetched_at=AT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def put(archive: Archive, n: int = 0, **changes: object) -> Capture:
    """Write the page of `exchange(n)` to the archive and return its capture."""
    return archive.write(exchange(n, **changes), kind="article", source="试验")


def pages_of(path: Path) -> list[Page]:
    """Return every page of a WARC file, without feeds."""
    with WarcFile(path) as warc:
        return [found.page for entry in warc.entries if (found := warc.read(entry))]


def differences(archive: Archive, captures: Iterable[Capture]) -> list[str]:
    """Return one sentence for each capture that cannot be read or whose record differs in id, digest or final URL."""
    found = []
    for capture in captures:
        try:
            page = archive.page(capture.warc_file, capture.offset, capture.length)
        except ArchiveError as error:
            found.append(str(error))
            continue
        record_id, body = payload(LocalStorage(archive.folder).read(capture.warc_file, capture.offset, capture.length))
        is_ = record_id, f"sha256:{hashlib.sha256(body).hexdigest()}", page.final_url
        if is_ != (capture.record_id, capture.digest, capture.final_url):
            found.append(f"{capture.warc_file} at {capture.offset:,}: {is_}, not {capture}")
    return found
