"""Reading one WARC record of our own, for `verify` and for everything that reads the archive again."""

from __future__ import annotations

import io
import zlib

from warcio.recordloader import ArcWarcRecordLoader

#: bytes of one record after decompression: the largest body we store and room for its headers
MAX_RECORD = 64_000_000


class _Loader(ArcWarcRecordLoader):  # type: ignore[misc]
    """warcio's, which looks for an HTTP head in records about http: and https: addresses only. Pages that were saved to
    a file had their file: address in archives of the first months, with a head like any other."""

    HTTP_SCHEMES = (*ArcWarcRecordLoader.HTTP_SCHEMES, "file:")


LOADER = _Loader(verify_http=False, arc2warc=False)


def payload(member: bytes) -> tuple[str, bytes]:
    """(WARC-Record-ID without its brackets, payload as it was on the wire) of one gzip member.

    Raises ValueError, zlib.error or what warcio raises when it is none.
    """
    engine = zlib.decompressobj(31)
    data = engine.decompress(member, MAX_RECORD)
    if not engine.eof:
        raise ValueError("it is cut off, or too large to be ours")
    record = LOADER.parse_record_stream(io.BytesIO(data), known_format="warc")
    return str(record.rec_headers.get_header("WARC-Record-ID")).strip("<>"), record.raw_stream.read()
