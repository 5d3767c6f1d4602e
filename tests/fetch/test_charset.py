"""Tests of character decoding: choice of the charset, its verification, and the count of lost characters."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch.charset import LABELS, decode, label

STORY = (
    "清晨六点,井口派出所的灯还亮着。副所长李建国端着搪瓷缸,又翻了一遍昨夜的接警记录。辖区面积12.6平方公里,"
    "常住人口三万余人,民警却只有七名。“群众的事,没有小事。”他常对新来的年轻人说。这些年,派出所先后被评为"
    "全国优秀公安基层单位、一级公安派出所,墙上的锦旗一年比一年多。"
)
#: a text of the same kind in traditional characters, as on pages from Hong Kong and Taiwan
STORY_TW = (
    "清晨六點,井口派出所的燈還亮著。副所長李建國端著搪瓷杯,又翻了一遍昨夜的報案記錄。轄區面積十二平方公里,"
    "常住人口三萬餘人,員警卻只有七名。「民眾的事,沒有小事。」他常對新來的年輕人說。"
)


def page(text: str, charset: str | None = None) -> str:
    """Return a page, which declares the charset if one is given."""
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return f"<html><head>{meta}<title>派出所</title></head><body><p>{text}</p></body></html>"


def test_gb2312_label_covers_gb18030_characters() -> None:
    """Pages labelled gb2312 contain GBK and GB18030 characters, which are all decoded (FAULTS E1)."""
    text = page("朱镕基、冯喆、陶喆、䶮、㛃、𠮷、€、·", "gb2312")
    found = decode(text.encode("gb18030"), "text/html; charset=gb2312")
    assert found.text == text
    assert (found.encoding, found.origin, found.replaced) == ("gb18030", "header", 0)


def test_codes_where_python_differs_from_whatwg() -> None:
    """The 20 codes that Python's gb18030 maps differently are decoded as WHATWG requires (FAULTS E1).

    The byte 0x80 is decoded as the euro sign.
    """
    codes = {
        "a3a0": "\u3000", "a6d9": "︐", "a6da": "︒", "a6db": "︑", "a6dc": "︓", "a6dd": "︔", "a6de": "︕",
        "a6df": "︖", "a6ec": "︗", "a6ed": "︘", "a6f3": "︙", "a8bc": "ḿ", "fe59": "龴", "fe61": "龵",
        "fe66": "龶", "fe67": "龷", "fe6d": "龸", "fe7e": "龹", "fe90": "龺", "fea0": "龻",
    }  # fmt: skip
    assert len(codes) == 20
    for code, char in codes.items():
        found = decode(STORY.encode("gb18030") + bytes.fromhex(code), "text/html; charset=gbk")
        assert found.text == STORY + char, code
        assert found.replaced == 0
    euro = decode(STORY.encode("gb18030") + b"100\x80", "text/html; charset=gb2312")
    assert euro.text == STORY + "100€"
    assert euro.replaced == 0


def test_every_two_byte_code_of_gbk_is_decoded() -> None:
    """None of the 23,940 two-byte codes of GBK is lost (FAULTS E1)."""
    pairs = [bytes((a, b)) for a in range(0x81, 0xFF) for b in (*range(0x40, 0x7F), *range(0x80, 0xFF))]
    assert len(pairs) == 23_940
    lost = [p.hex() for p in pairs if "\ufffd" in decode(b"\xb5\xc4" * 500 + p, "text/html; charset=gbk").text]
    assert lost == []


def test_one_bad_byte_costs_one_character() -> None:
    """A single byte 0xFF in a page becomes one U+FFFD (FAULTS E2). trafilatura lost 86 characters of such a page."""
    raw = page(STORY * 20, "gbk").encode("gb18030")
    found = decode(raw[:300] + b"\xff" + raw[300:], "text/html; charset=gbk")
    assert found.encoding == "gb18030"
    assert found.replaced == 1
    assert found.text.replace("\ufffd", "") == page(STORY * 20, "gbk")


@pytest.mark.parametrize("text", ["所1979年建所", "5390万元。市", "崔玉田1985年", STORY[:90]])
def test_label_with_one_error_beats_detection(text: str) -> None:
    """An invalid byte in a short labelled page counts as damage; the page is not detected as Korean (FAULTS E2, E3)."""
    raw = f"<html><body><p>{text}</p>{'<br>' * 40}</body></html>".encode("gbk")
    found = decode(raw[:-20] + b"\xff" + raw[-20:], "text/html; charset=gb2312")
    assert (found.encoding, found.origin, found.replaced) == ("gb18030", "header", 1)
    assert text in found.text


@pytest.mark.parametrize("where", ["header", "meta"])
@pytest.mark.parametrize("text", ["派出所", STORY, "民警走访群众," * 3])
def test_shares_refer_to_non_ascii_text(where: str, text: str) -> None:
    """A page with a wrong label and far more script than text is decoded by its real encoding (FAULTS E3).

    The reason is that failures are counted as a share of the non-ASCII characters, not of all characters.
    """
    page_text = f"<html><head>{'<meta charset=gb2312>' if where == 'meta' else ''}</head><body>{text}"
    page_text += f"<script>{'var a = 1;' * 30_000}</script></body></html>"
    content_type = "text/html; charset=gb2312" if where == "header" else "text/html"
    if text == "派出所":
        page_text = page_text.replace(text, text * 2)
    assert decode(page_text.encode("utf-8"), content_type).text == page_text
    gbk = decode(page_text.encode("gbk"), "text/html; charset=utf-8")
    assert (gbk.text, gbk.encoding) == (page_text, "gb18030")


@pytest.mark.parametrize(
    ("written", "bom", "header", "meta", "encoding", "origin"),
    [
        ("utf-8", b"", "utf-8", None, "utf-8", "header"),
        ("utf-8", b"", None, "utf-8", "utf-8", "meta"),
        ("utf-8", b"", None, None, "utf-8", "detected"),
        ("utf-8", b"\xef\xbb\xbf", "gbk", "gbk", "utf-8", "bom"),
        ("utf-8", b"", "gbk", None, "utf-8", "detected"),
        ("utf-8", b"", "gbk", "utf-8", "utf-8", "detected"),
        ("utf-8", b"", None, "gb2312", "utf-8", "detected"),
        ("utf-8", b"", "big5", "gb2312", "utf-8", "detected"),
        ("utf-8", b"", "iso-8859-1", None, "utf-8", "detected"),
        ("gb18030", b"", "gb2312", None, "gb18030", "header"),
        ("gb18030", b"", None, "gb2312", "gb18030", "meta"),
        ("gb18030", b"", None, None, "gb18030", "detected"),
        ("gb18030", b"", "utf-8", None, "gb18030", "detected"),
        ("gb18030", b"", "utf-8", "gbk", "gb18030", "meta"),
        ("gb18030", b"", "iso-8859-1", "gb2312", "gb18030", "meta"),
        ("gb18030", b"", "iso-8859-1", None, "gb18030", "detected"),
        ("gb18030", b"", None, "utf-8", "gb18030", "detected"),
        ("utf-16-le", b"\xff\xfe", "gbk", None, "utf-16le", "bom"),
        ("utf-16-be", b"\xfe\xff", None, None, "utf-16be", "bom"),
        ("utf-16-le", b"", "utf-16", None, "utf-16le", "header"),
    ],
)
def test_precedence_of_bom_header_meta_and_detection(
    written: str, bom: bytes, header: str | None, meta: str | None, encoding: str, origin: str
) -> None:
    """Labels take precedence in the order BOM, header, meta (FAULTS E3, E4).

    If a label fails, strict UTF-8, the other label and detection are tried.
    """
    text = page(STORY, meta)
    content_type = f"text/html; charset={header}" if header else "text/html"
    found = decode(bom + text.encode(written), content_type)
    assert found.text == text
    assert (found.encoding, found.origin, found.replaced) == (encoding, origin, 0)


@pytest.mark.parametrize("name", ["utf8mb4", "rot13", "utf-7", "utf-8,gbk", "x-user-defined", "idna", "punycode",
                                  "unicode_escape", "base64", "gb2312'", "none", ""])  # fmt: skip
def test_forbidden_labels_are_ignored(name: str) -> None:
    """Unknown labels, also names of Python's own codecs, do not prevent correct decoding (FAULTS E5)."""
    assert label(name) is None or label(name) == "gb18030"
    for written in ("utf-8", "gb18030"):
        text = page(STORY)
        assert decode(text.encode(written), f"text/html; charset={name}").text == text


def test_utf_7_is_never_decoded() -> None:
    """UTF-7 (+ADw-script+AD4-) is not decoded (FAULTS E5)."""
    found = decode(b"<p>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</p>", "text/html; charset=utf-7")
    assert "<script>" not in found.text


@pytest.mark.parametrize("name", ["hz-gb-2312", "iso-2022-cn", "iso-2022-kr"])
def test_hz_and_iso_2022_are_rejected(name: str) -> None:
    """Pages in HZ and ISO-2022 are undecodable, as in browsers (FAULTS E5)."""
    found = decode(b"<p>~{VPND~}</p>", f"text/html; charset={name}")
    assert found.undecodable
    assert found.encoding == "replacement"


def test_big5() -> None:
    """Big5 pages from Hong Kong and Taiwan are decoded with and without a label (FAULTS E5)."""
    text = page(STORY_TW)
    for content_type in ("text/html; charset=big5", "text/html"):
        found = decode(text.encode("big5"), content_type)
        assert found.text == text
        assert found.encoding == "big5"


def test_mixed_encodings_are_decoded_and_counted() -> None:
    """A GBK page with a UTF-8 comment is decoded as GBK; its text is complete, and the page is accepted (FAULTS E6)."""
    raw = page(STORY * 8, "gbk").encode("gb18030") + "<!-- 页面由模板生成 -->".encode()
    found = decode(raw, "text/html")
    assert found.encoding == "gb18030"
    assert STORY in found.text
    assert not found.undecodable


def test_changed_label_does_not_change_the_text() -> None:
    """If a server changes its label between two fetches, the text stays the same (FAULTS E7)."""
    raw = page(STORY).encode("utf-8")
    assert decode(raw, "text/html; charset=utf-8").text == decode(raw, "text/html; charset=gbk").text


def test_noise_is_undecodable() -> None:
    """A text is undecodable with more than 1 % lost characters or many private-use characters (FAULTS E7)."""
    assert decode(b"<p>" + bytes(range(128, 256)) * 8 + b"</p>", "text/html; charset=utf-8").undecodable
    assert decode(b"<p>" + b"\xaa\xa1\xaa\xa2\xf8\xa1" * 40 + b"</p>", "text/html; charset=gbk").undecodable


def test_quoted_replacement_characters_are_not_damage() -> None:
    """U+FFFD characters in the page itself are text, not damage."""
    text = page("\ufffd" * 50 + STORY)
    assert decode(text.encode(), "text/html; charset=utf-8").replaced == 0
    assert not decode(text.encode("gb18030"), "text/html; charset=gbk").undecodable


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (b'<?xml version="1.0" encoding="gb2312"?><rss>', "gb18030"),
        (b"<meta charset=gbk>", "gb18030"),
        (b"<META HTTP-EQUIV='Content-Type' CONTENT='text/html;charset=gb2312'>", "gb18030"),
        (b'<!-- <meta charset="big5"> --><meta charset="gbk">', "gb18030"),
        (b"<!--" + b" " * 2000 + b'--><meta charset="gbk">', "gb18030"),
    ],
)
def test_declarations_in_the_page(head: bytes, encoding: str) -> None:
    """Meta elements and XML declarations are read in several spellings; those in comments are ignored."""
    found = decode(head + STORY.encode("gb18030"))
    assert (found.encoding, found.origin) == (encoding, "meta")
    assert STORY in found.text


@given(st.binary(max_size=400), st.sampled_from(["", *sorted(set(LABELS.values()))]))
def test_no_bytes_raise(content: bytes, charset: str) -> None:
    """Any bytes with any label are decoded into a text, and lost characters are counted."""
    found = decode(content, f"text/html; charset={charset}")
    assert found.replaced >= 0
    assert found.text.encode("utf-8", "strict") is not None


@settings(max_examples=50)
@given(st.text(st.characters(codec="gb18030", exclude_categories=["Co", "Cs"]), min_size=1))
def test_gb18030_round_trip(text: str) -> None:
    """Any text without private-use characters survives a round trip under the labels gb2312, gbk and gb18030.

    U+1E3F and U+E7C7 are not compared, nor are texts that are decoded by detection instead of the label.
    """
    raw = text.encode("gb18030")
    for name in ("gb2312", "gbk", "gb18030"):
        found = decode(raw, f"text/html; charset={name}")
        if found.encoding == "gb18030" and found.origin == "header":
            assert found.text.translate({0x1E3F: None, 0xE7C7: None}) == text.translate({0x1E3F: None, 0xE7C7: None})


def test_decoding_takes_under_ten_milliseconds() -> None:
    """A labelled page of 23 KB is decoded in less than 10 ms."""
    raw = page(STORY * 60, "gbk").encode("gb18030")
    started = time.perf_counter()
    for _ in range(100):
        decode(raw, "text/html")
    assert (time.perf_counter() - started) / 100 < 0.01
