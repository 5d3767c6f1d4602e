"""Processing of archived records: prefilter of one record; extraction, classification and facts of one article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.classify import bytes_may_be_feature, text_may_be_feature
from ingest.errors import ExtractError, FetchError
from ingest.fetch.http_body import BodyError, Exchange
from ingest.fetch.warc_parsers import archived_page, foreign_record, stored_content
from ingest.pipeline import cached_tables
from ingest.pipeline.process import NeedsPage, process_pages
from ingest.pipeline_types import Candidate, Processed, SiteRules
from ingest.urls import canonical

#: patterns for the undecoded HTTP header of a record: its end, its status, and the fields that the prefilter needs
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/[\d.]+ +(\d{3})")
_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]*)", re.I | re.M)
_CODING = re.compile(rb"^(?:x-archive-orig-)?content-encoding:[ \t]*([^\r\n]*)", re.I | re.M)
_CHUNKED = re.compile(rb"^transfer-encoding:[ \t]*chunked", re.I | re.M)
#: content types of files that are not pages, such as images and scripts; their records are rejected
_ASSET = re.compile(
    r"\s*(?:image/|audio/|video/|font/|text/css|(?:text|application)/(?:x-)?(?:java|ecma)script|application/(?:pdf|zip))"
)
#: the start of a feed or sitemap; its record is rejected, because it is not a page
_FEED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,500}-->\s*)*<(?:\w+:)?(?:rss|feed|RDF|urlset|sitemapindex)\b"
)
#: number of bytes at the start of a record's block in which the end of the HTTP header is searched
_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Extracted:
    """A processed article, and its pages as they were transferred."""

    processed: Processed
    exchanges: tuple[Exchange, ...] = ()


def rejection_reason(kind: str, block: bytes, topic: str, home: Path | None) -> str | None:
    """Return the reason why a record is not processed, None if it is to be processed.

    "no-page": the HTTP status is not 200, or the record contains no page but, for example, an image or a feed.
    "dropped": the byte prefilter finds that the page cannot be a feature. Any other reason is the code of the BodyError
    with which decoding the body failed. `kind` is the value of the header WARC-Type.
    """
    content: bytes | None = block
    if kind != "resource":
        found = _HEAD_END.search(block, 0, _HEAD)
        head, body = (block[: found.start()], block[found.end() :]) if found else (block[:_HEAD], b"")
        status, type_ = _STATUS.match(head), _TYPE.search(head)
        if status is None or status[1] != b"200":
            return "no-page"
        declared = type_[1].decode("latin-1").lower() if type_ else ""
        if _ASSET.match(declared):
            return "no-page"
        try:
            content = _content(head, body, declared)
        except BodyError as error:
            return error.code
    if content is None or _FEED.match(content[:2_000]):
        return "no-page"
    return None if bytes_may_be_feature(content, cached_tables.topic(topic, home)) else "dropped"


def _content(head: bytes, body: bytes, declared: str) -> bytes:
    if _CHUNKED.search(head):
        body = _without_chunks(body)
    coding = _CODING.search(head)
    return stored_content(body, coding[1].decode("latin-1").strip() if coding else None, declared)


def _without_chunks(body: bytes) -> bytes:
    """Return a chunked body without its chunk sizes.

    Many archives store a body without chunks under a header that says "chunked". Such a body is returned unchanged.
    """
    pieces, at = [], 0
    while found := re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r\n").match(body, at):
        size = int(found[1], 16)
        if size == 0 or found.end() >= len(body):
            break
        pieces.append(body[found.end() : found.end() + size])
        at = found.end() + size + 2
    return b"".join(pieces) if pieces else body


def process_records(
    records: Sequence[bytes],
    rules: SiteRules,
    candidate: Candidate,
    topic: str,
    home: Path | None,
    lost: frozenset[str],
) -> Extracted | NeedsPage | str:
    """Process the records of one article, the first page first.

    Returns NeedsPage if the article has a further page that is neither in `records` nor in `lost` (URLs of missing
    pages), "no-page" if a record is not a page, and "dropped" if the prefilter finds that the first page cannot be a
    feature. Raises ExtractError, FetchError.
    """
    found = [archived_page(foreign_record(record)) for record in records]
    pages = [
        replace(answer.page, url=_address(answer.page.url))
        for answer in found
        if answer is not None and answer.page.text
    ]
    if len(pages) < len(records):
        return "no-page"
    if not text_may_be_feature(pages[0].text, cached_tables.topic(topic, home)):
        return "dropped"
    result = process_pages(pages, rules, candidate, topic, home, lost)
    if isinstance(result, NeedsPage):
        if result.url in lost:
            raise ExtractError(candidate.url, "not-article", f"the text is on a page that is not there: {result.url}")
        return result
    exchanges = [replace(answer.exchange, url=_address(answer.exchange.url)) for answer in found if answer is not None]
    return Extracted(result, tuple(exchanges))


def _address(url: str) -> str:
    try:
        return canonical(url)
    except ValueError as error:
        raise FetchError(url, "bad-url", str(error)) from error


def screen_and_process(
    kind: str,
    block: bytes,
    record: bytes,
    rules: SiteRules,
    candidate: Candidate,
    topic: str,
    home: Path | None,
) -> Extracted | NeedsPage | str:
    """Return the `rejection_reason` of a record; if it has none, return the result of `process_records`.

    Both run in a process that can be killed. This function is used for partitions that killed their worker.
    """
    why = rejection_reason(kind, block, topic, home)
    return why or process_records((record,), rules, candidate, topic, home, frozenset())
