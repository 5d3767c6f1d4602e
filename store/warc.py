"""Reading one WARC record back, for `verify`."""

from __future__ import annotations

import io

from warcio.archiveiterator import ArchiveIterator


def payload(member: bytes) -> tuple[str, bytes]:
    """(WARC-Record-ID, payload as fetched, transfer and content encodings kept) of a gzip member or a plain record."""
    record = next(iter(ArchiveIterator(io.BytesIO(member))))
    return str(record.rec_headers.get_header("WARC-Record-ID")), record.raw_stream.read()
