"""Reading one WARC record back, for `verify`."""

from __future__ import annotations

import io

from warcio.archiveiterator import ArchiveIterator


def payload(member: bytes) -> tuple[str, bytes]:
    """(WARC-Record-ID without its brackets, payload as it was on the wire) of one gzip member."""
    record = next(iter(ArchiveIterator(io.BytesIO(member))))
    name = str(record.rec_headers.get_header("WARC-Record-ID")).strip("<>")
    return name, record.raw_stream.read()
