"""Tests of ingest/url_list.py: problems in a list are reported with their location."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import UsageError
from ingest.url_list import ARGUMENT, MAX_URLS, accepted_urls, decode_lines, parse_lists, read_list, split_arguments


def test_bad_lines_are_reported_with_their_location(tmp_path: Path) -> None:
    """Arguments, lines of standard input and lines of --file are numbered separately.

    A repeated URL is reported with the location of its first occurrence.
    """
    saved = tmp_path / "saved.html"
    saved.write_text("<html>")
    paths, urls, invalid = split_arguments(["-", str(saved), "http://e.cn/1.html", "missing.html", str(tmp_path), ""])
    assert paths == [saved]
    assert [(bad.location, (bad.problem or "")[:22]) for bad in invalid] == [
        ("argument 4", "there is no such file,"),
        ("argument 5", "is a folder; name the "),
        ("argument 6", "it is empty; name a UR"),
    ]
    lists = [
        (ARGUMENT, urls),
        ("standard input", ["# 名单", "", "http://e.cn/2.html", "ftp://e.cn/"]),
        ("list.txt", ["http://e.cn/2.html#top", "https://e.cn/1.html?utm_source=x", "无网址"]),
    ]
    urls, bad = accepted_urls(list(parse_lists(lists)))
    assert urls == ["http://e.cn/1.html", "http://e.cn/2.html"]
    assert [(line.location, line.problem) for line in bad][1:3] == [
        ("list.txt:1", "the URL of standard input:3 again"),
        ("list.txt:2", "the URL of argument 3 again"),
    ]
    assert [line.location for line in bad] == ["standard input:4", "list.txt:1", "list.txt:2", "list.txt:3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_of_windows(encoding: str, end: str) -> None:
    """Lists from Notepad and Excel are read: UTF-8, GB18030, and UTF-16 with and without a byte order mark."""
    lines = ["# 名单", "http://e.cn/1.html 派出所里的灯", "http://e.cn/2.html"]
    decoded = decode_lines(end.join([*lines, ""]).encode(encoding), "list.txt")
    urls, bad = accepted_urls(list(parse_lists([("list.txt", decoded)])))
    assert (urls, bad) == (["http://e.cn/1.html", "http://e.cn/2.html"], [])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<!DOCTYPE html>\n<html>\n<a href='http://e.cn/1.html'>x</a>\n</html>", "web page"),
        ("\ufeff\n <HTML>\n", "web page"),
        ("<?xml version='1.0'?>\n<rss>\n", "a feed"),
        ("From: <Saved by Blink>\nMIME-Version: 1.0\n", "saved page"),
        ("%PDF-1.7\n", "a PDF"),
        ("PK\x03\x04\x14", "office program"),
        ("WARC/1.0\r\n", "a WARC file"),
    ],
)
def test_other_kinds_of_files_give_one_message(content: str, kind: str) -> None:
    """A page, a feed or a document instead of a list is reported in one message, not line by line."""
    with pytest.raises(UsageError, match=kind):
        decode_lines(content.encode(), "list.txt")


def test_invalid_lists_are_rejected(tmp_path: Path) -> None:
    """Binary, missing and too long lists are rejected as a whole, with a message that names the cause or a remedy."""
    (tmp_path / "list.xlsx").write_bytes(b"PK\x03\x04\0\0")
    with pytest.raises(UsageError, match="save as text"):
        read_list(tmp_path / "list.xlsx")
    with pytest.raises(UsageError, match="cannot be read"):
        read_list(tmp_path / "none.txt")
    with pytest.raises(UsageError, match="split it"):
        accepted_urls(list(parse_lists([("list.txt", (f"http://e.cn/{n}.html" for n in range(MAX_URLS + 1)))])))
