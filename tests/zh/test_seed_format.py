"""Tests of ingest/zh/seed_format.py: lines in the seed format."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.config.data_files import defaults
from ingest.zh.seed_format import clean_lines

#: any code points, surrogates included, as in a broken page
anything = st.text(st.characters(exclude_categories=()), max_size=80)
#: spaces, invisible characters, line ends and quotation marks side by side
awkward = st.text(
    st.sampled_from("派出所。！？；…”\"')） \t\n\r\x0b\x85\u2028\xa0\u3000\u200b\ufeff\x00\ud800\ufdd0Ａ：～a;!?"),
    max_size=40,
)


@given(st.one_of(anything, awkward))
def test_clean_lines_has_the_seed_format(text: str) -> None:
    """Each paragraph is one line, without empty lines, spaces at the ends, runs of spaces and full-width ASCII."""
    cleaned = clean_lines(text)
    cleaned.encode("utf-8")
    if cleaned:
        for line in cleaned.split("\n"):
            assert line and line == line.strip() and "  " not in line
    assert not any(0xFF01 <= ord(c) <= 0xFF5E or c in "\x00\t\r\xa0\u3000\u200b\ufeff\u2028\x85" for c in cleaned)


def test_clean_lines_removes_empty_lines_and_final_line_end() -> None:
    """Each paragraph is one line, and the text does not end in LF."""
    assert clean_lines("\n\n　　第一段。\r\n\r\n \t\n　　第二段　\n\n") == "第一段。\n第二段"
    assert clean_lines(" \u3000\n") == ""


@pytest.mark.parametrize("path", sorted((defaults() / "seeds").glob("*.txt")), ids=lambda p: p.name[:3])
def test_clean_lines_removes_only_white_space_from_seeds(path: Path) -> None:
    """Cleaning the seeds changes only white space: empty lines, spaces at line ends and runs of spaces."""
    text = path.read_text("utf-8")
    assert clean_lines(text) == "\n".join(" ".join(x.split()) for x in text.split("\n") if x.strip())
