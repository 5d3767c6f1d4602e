"""Read one WARC record, from the archive or from a file that another program wrote, for verify, replay and backfill."""

from __future__ import annotations

import io
import zlib

from warcio.recordloader import ArcWarcRecordLoader

#: maximum number of bytes of one record after decompression; the largest body that is stored fits, with its headers
MAX_RECORD = 64_000_000


class _Loader(ArcWarcRecordLoader):  # type: ignore[misc]
    """warcio's loader, extended to parse HTTP headers in records of file: URLs too, not only of http: and https: URLs.

    Archives written by early versions contain saved pages under their file: URL, with HTTP headers.
    """

    HTTP_SCHEMES = (*ArcWarcRecordLoader.HTTP_SCHEMES, "file:")


LOADER = _Loader(verify_http=False, arc2warc=False)


def payload(member: bytes) -> tuple[str, bytes]:
    """Return (WARC-Record-ID without brackets, payload as transferred) of a gzip member or an uncompressed record.

    Raises ValueError, zlib.error or warcio's error if `member` is not a WARC record.
    """
    record = LOADER.parse_record_stream(io.BytesIO(unpacked(member)), known_format="warc")
    return str(record.rec_headers.get_header("WARC-Record-ID")).strip("<>"), record.raw_stream.read()


def unpacked(member: bytes) -> bytes:
    """Return the bytes of a record from its gzip member. Bytes of an uncompressed record are returned unchanged.

    Raises ValueError or zlib.error if the member cannot be decompressed.
    """
    if not member.startswith(b"\x1f\x8b"):
        return member
    engine = zlib.decompressobj(31)
    data = engine.decompress(member, MAX_RECORD)
    if not engine.eof:
        raise ValueError("it is truncated, or too large for a stored record")
    return data
