"""Tests of ingest/deliver/clipping_docx.py: a valid, masked .docx file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from lxml import etree

from ingest.deliver.clipping_docx import write_clipping
from store import Store, masked_views
from tests.support.digest_samples import TEXT
from tests.support.digest_store import D21, at, put

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def texts(path: Path) -> list[str]:
    """Check the relations and styles of a .docx file, and return the texts of its paragraphs."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        parts = {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}
    root = parts["word/document.xml"]
    known = set(parts["word/_rels/document.xml.rels"].xpath("//@Id"))
    assert set(root.xpath("//@*[local-name()='id']")) <= known, "each link and footer has its relation"
    styles = set(parts["word/styles.xml"].xpath("//@*[local-name()='styleId']"))
    used = root.xpath("//*[local-name()='pStyle' or local-name()='tblStyle']/@*")
    assert set(used) <= styles and len(used) > 4
    return ["".join(run.text or "" for run in paragraph.iter(f"{WORD}t")) for paragraph in root.iter(f"{WORD}p")]


def test_clipping_has_text_and_facts_without_private_persons(lite: Store, tmp_path: Path) -> None:
    """The file has titles, publishers, figures with quotes and texts of two articles.

    Private names and phone numbers are masked.
    """
    for number in (1, 2):
        put(lite, number, at(D21, 6 + number))
    path = tmp_path / "剪报.docx"
    assert write_clipping(path, (masked_views.show(lite, number) for number in (1, 2)), at(D21, 9)) == 2
    found = texts(path)
    assert found[:4] == [
        "所闻剪报",
        "2026年11月21日 星期六 共2篇",
        "1. 第1篇（青河日报，2026年11月20日）",
        "2. 第2篇（青河日报，2026年11月20日）",
    ]
    assert "第1篇" in found and "第2篇" in found and "青河日报 2026年11月20日 李亚" in found
    table = found.index("文中数据")
    assert found[table + 1 :][:3] == ["建所", "1958年", "“成立于1958年”"] and "“民警12名”" in found[table:]
    assert not [text for text in found if "张建国" in text or "13812345678" in text]
    assert [path.name for path in tmp_path.glob("*.docx")] == ["剪报.docx"]


@pytest.mark.parametrize("hostile", ["<w:p>&", "]]>", "\x00\x0b\ud800", "\u2028"])
def test_any_text_gives_valid_xml(lite: Store, tmp_path: Path, hostile: str) -> None:
    """Markup and control characters of an article do not break the file."""
    text = TEXT + hostile.encode("utf-8", "replace").decode().replace("\x00", "")
    put(lite, 1, at(D21, 6), text=text)
    path = tmp_path / "x.docx"
    write_clipping(path, [masked_views.show(lite, 1)], at(D21, 9))
    assert len(texts(path)) > 4


def test_failed_write_leaves_nothing(lite: Store, tmp_path: Path) -> None:
    """Writing to a folder that does not exist raises OSError."""
    with pytest.raises(OSError, match="No such file"):
        write_clipping(tmp_path / "nowhere" / "x.docx", [], at(D21, 9))
