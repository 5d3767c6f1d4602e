"""Read one WARC record of this program's archive, for `verify` and for replays."""

from __future__ import annotations

import io
import zlib

from warcio.recordloader import ArcWarcRecordLoader

#: most bytes of one record after decompression: the largest stored body and its headers
MAX_RECORD = 64_000_000


class _Loader(ArcWarcRecordLoader):  # type: ignore[misc]
    """warcio's loader, which parses HTTP headers only in records of http: and https: URLs, extended to file: URLs.

    Archives of the first months store pages saved to a file under their file: URL, with HTTP headers.
    """

    HTTP_SCHEMES = (*ArcWarcRecordLoader.HTTP_SCHEMES, "file:")


LOADER = _Loader(verify_http=False, arc2warc=False)


def payload(member: bytes) -> tuple[str, bytes]:
    """Return (WARC-Record-ID without brackets, payload as transferred) of one gzip member, or of one plain record.

    Raises ValueError, zlib.error or warcio's error when it is not a WARC record.
    """
    record = LOADER.parse_record_stream(io.BytesIO(unpacked(member)), known_format="warc")
    return str(record.rec_headers.get_header("WARC-Record-ID")).strip("<>"), record.raw_stream.read()


def unpacked(member: bytes) -> bytes:
    """Return the bytes of a record from its gzip member; those of an uncompressed file as they are.

    Raises ValueError, zlib.error.
    """
    if not member.startswith(b"\x1f\x8b"):
        return member
    engine = zlib.decompressobj(31)
    data = engine.decompress(member, MAX_RECORD)
    if not engine.eof:
        raise ValueError("it is truncated, or too large for a stored record")
    return data
