"""Tests of content codings: brotli and zstd within the limits, and damaged bodies."""

from __future__ import annotations

import os
from collections.abc import Callable

import brotli
import pytest
import zstandard

from ingest.fetch.http_body import BodyError, unpack

PACKERS: dict[str, Callable[[bytes], bytes]] = {"br": brotli.compress, "zstd": zstandard.compress}


@pytest.mark.parametrize("coding", PACKERS)
@pytest.mark.parametrize("body", [b"x", "派出所".encode() * 50_000, os.urandom(200_000)])
def test_brotli_and_zstd_round_trip(coding: str, body: bytes) -> None:
    """Bodies of one byte, of repeated text and of random bytes are decoded."""
    assert unpack(PACKERS[coding](body), coding.upper(), 10_000_000, 200) == body


@pytest.mark.parametrize("coding", PACKERS)
def test_bombs_end_at_the_limit(coding: str) -> None:
    """A bomb of 100 MB of zeros is decompressed only up to the limit (FAULTS H4)."""
    with pytest.raises(BodyError) as caught:
        unpack(PACKERS[coding](bytes(100_000_000)), coding, 16_000_000, 200)
    assert caught.value.code == "too-large"


@pytest.mark.parametrize("coding", PACKERS)
def test_truncated_and_foreign_bodies(coding: str) -> None:
    """A body without its end is "incomplete", a body in another format is a "protocol-error" (FAULTS H6).

    With `cut_ok` the start of an incomplete body is returned.
    """
    body = os.urandom(300_000)
    packed = PACKERS[coding](body)
    for cut in (1, len(packed) // 2, len(packed) - 1):
        with pytest.raises(BodyError) as caught:
            unpack(packed[:cut], coding, 10_000_000, 200)
        assert caught.value.code == "incomplete"
    assert body.startswith(unpack(packed[: len(packed) // 2], coding, 10_000_000, 200, cut_ok=True))
    with pytest.raises(BodyError) as caught:
        unpack(b"<html>plain text</html>" * 50, coding, 10_000_000, 200)
    assert caught.value.code == "protocol-error"


def test_zstd_frames_and_window() -> None:
    """Several zstd frames are one body (RFC 8878); a window of more than 8 MB is rejected (RFC 9659)."""
    frames = zstandard.compress(b"a" * 1_000) + zstandard.compress(b"b" * 1_000)
    assert unpack(frames, "zstd", 10_000, 200) == b"a" * 1_000 + b"b" * 1_000
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True, write_content_size=False)
    wide = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(BodyError, match="damaged"):
        unpack(wide.compress(os.urandom(100_000)) + wide.flush(), "zstd", 10_000_000, 200)
