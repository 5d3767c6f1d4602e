"""Character decoding for Chinese pages: choice of the charset, its verification, and a count of lost characters.

The order is BOM, first label, strict UTF-8, second label, detection. The first label is that of the HTTP header, the
second that of the page (meta element, XML declaration). Labels of Western charsets are ignored. A label is rejected if
more than the share FAILS of the non-ASCII characters does not decode with it. Any label is rejected if the bytes are
valid UTF-8 with Chinese text, because sites move to UTF-8 and keep their old labels. gb2312 and gbk are decoded as
gb18030, as in browsers (WHATWG Encoding Standard): real pages labelled gb2312 contain characters (镕, 喆, 䶮) that
gb2312 lacks. ISO-8859-1 is never a default, and utf-7 is never decoded.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from ingest.zh.han import regex

#: A label is rejected if more than this share of the non-ASCII characters does not decode with it (FAULTS.md E3)
FAILS = 0.001
#: A page is undecodable if more than this share of its non-ASCII characters was lost (FAULTS.md E7)
DAMAGED = 0.01
#: bytes searched for a meta element. WHATWG says 1024, but Chinese pages have long comments and scripts before it
PRESCAN = 4_096
#: bytes of non-ASCII text used for detection; not measured, but a few hundred Chinese characters are enough
SAMPLE = 8_192


#: minimum bytes of non-ASCII text for which Korean and Japanese are considered too: 60 characters of at most 4 bytes.
#: charset-normalizer detects Korean in 60 % of Chinese texts of 8 characters and in 15 % of those of 20, but in none of
#: 60 or more (300 samples of each length)
ENOUGH = 240


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text with its encoding.

    `origin` says how the encoding was found: "bom", "header", "meta", "detected" or "default".
    """

    text: str
    encoding: str
    origin: str
    #: number of U+FFFD characters that replaced undecodable bytes
    replaced: int

    @property
    def undecodable(self) -> bool:
        """Whether more than two characters and more than the share DAMAGED of the non-ASCII characters were lost.

        Private-use characters in a double-byte charset count as lost too. True for the encoding "replacement".
        """
        if self.encoding == "replacement":
            return True
        lost = self.replaced
        if self.encoding in _DOUBLE_BYTE and _PRIVATE.search(self.text):
            lost = max(lost, len(_PRIVATE.findall(self.text)))
        return lost > 2 and lost > _non_ascii_count(self.text) * DAMAGED


def _non_ascii_count(text: str) -> int:
    """Return the number of non-ASCII characters.

    Shares of errors are relative to this number, because up to 99 % of a page may be ASCII (markup, scripts).
    """
    return len(text) - len(text.encode("ascii", "ignore"))


# Labels of the encodings that a news page may have (WHATWG Encoding Standard, section 4.2).
_GROUPS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 "
    "cp936 ms936 gb2312-80 windows-936",
    "big5": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso-2022-jp": "csiso2022jp iso-2022-jp",
    "shift_jis": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "euc-kr": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949",
    "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "utf-16be": "unicodefffe utf-16be",
    "windows-1250": "cp1250 windows-1250 x-cp1250",
    "windows-1251": "cp1251 windows-1251 x-cp1251",
    "windows-1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
    "windows-1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 l5 latin5 windows-1254",
    "windows-874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "iso-8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 l2 latin2",
    "iso-8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    # Encodings that were used to smuggle scripts past filters. Such a page is decoded as one U+FFFD, as in browsers.
    "replacement": "csiso2022kr hz-gb-2312 hz iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement",
}
LABELS = {label: name for name, labels in _GROUPS.items() for label in labels.split()}
_CODECS = {"shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs", "windows-874": "cp874"}
_DOUBLE_BYTE = frozenset({"gb18030", "big5", "euc-jp", "shift_jis", "euc-kr"})
#: Western encodings; servers often send their labels by default
_WEAK = frozenset({"windows-1252", "windows-1254", "iso-8859-15", "iso-8859-2", "windows-1250"})
#: Encoded form of U+FFFD. If the page itself contains the character, it is not counted as damage
_ENCODED_FFFD = {"utf-8": b"\xef\xbf\xbd", "gb18030": b"\x84\x31\xa4\x37"}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))

# Python's gb18030 (of 2005) maps 20 codes to private-use characters. This maps them on to those of the WHATWG index.
_FIXES = str.maketrans(
    dict(
        zip(
            "\ue5e5\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7"
            "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864",
            "\u3000\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f"
            "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
            strict=True,
        )
    )
)
_FIXABLE = re.compile("[\ue5e5\ue78d-\ue864]")
_HAN = regex("[\u3001-\u3011\\p{Han}\uff00-\uff5e]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")

_HEADER = re.compile(r"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;,]*))", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.I)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
#: run of non-ASCII text, used as sample for the detection; second bytes of double-byte charsets may be ASCII
_RUN = re.compile(rb"[\x80-\xff](?:[\x30-\x7e]?[\x80-\xff]){2,}[\x40-\x7e]?")
_META = re.compile(rb"<meta[\s/][^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)


def decode(content: bytes, content_type: str | None = None) -> Decoded:
    """Decode `content`. Never raises: undecodable bytes become U+FFFD and are counted."""
    for bom, name in _BOMS:
        if content.startswith(bom):
            return _decode_as(content[len(bom) :], name, "bom")
    labels: list[tuple[str, str]] = []
    if header_label := _label_of_header(content_type):
        labels.append((header_label, "header"))
    if page_label := _label_of_page(content):
        labels.append((page_label, "meta"))
    if labels and labels[0][0] == "replacement" and content.isascii():
        return _decode_as(content, *labels[0])
    # Servers send a Western label by default, so it is not tried.
    labels.sort(key=lambda label: label[0] in _WEAK)
    if labels and labels[0][0] != "utf-8" and (decoded := _chinese_utf8(content)):
        return decoded
    tried = [_decode_as(content, name, origin) for name, origin in labels[:1] if name not in _WEAK]
    if tried and _plausible(tried[0]):
        return tried[0]
    return _fallback(content, labels, tried)


def _chinese_utf8(content: bytes) -> Decoded | None:
    """Decode bytes that are valid UTF-8 and mostly Chinese, regardless of their label; return None for other bytes.

    A Chinese character has three bytes in UTF-8 and two in GBK, and most pairs of UTF-8 bytes are valid in GBK. So a
    short UTF-8 page with an old label may decode as GBK without an error. The reverse does not occur: GBK bytes that
    are valid UTF-8 decode to two-byte characters (Arabic, Cyrillic), never to Chinese ones.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    han = len(_HAN.findall(text))
    return Decoded(text, "utf-8", "detected", 0) if han >= 4 and han * 2 >= _non_ascii_count(text) else None


def _fallback(content: bytes, labels: list[tuple[str, str]], tried: list[Decoded]) -> Decoded:
    """Decode a text without a plausible label.

    Tries strict UTF-8, then the labels not tried yet, except Western ones. If none of them is plausible, the label with
    the fewest errors among those that are not undecodable is used. If there is none, detected charsets and UTF-8 are
    tried too, and the attempt with the fewest errors is used.
    """
    try:
        return Decoded(content.decode("utf-8"), "utf-8", "default" if content.isascii() else "detected", 0)
    except UnicodeDecodeError:
        pass
    for name, origin in labels[len(tried) :]:
        if name not in _WEAK:
            tried.append(_decode_as(content, name, origin))
            if _plausible(tried[-1]):
                return tried[-1]
    # A label with few errors is better than a detected charset without errors, because short texts fit many charsets.
    if acceptable := [attempt for attempt in tried if not attempt.undecodable]:
        return min(acceptable, key=lambda attempt: attempt.replaced)
    known = {attempt.encoding for attempt in tried}
    tried.extend(_decode_as(content, name, "detected") for name in _detect(content) if name not in known)
    if all(attempt.encoding != "utf-8" for attempt in tried):
        tried.append(_decode_as(content, "utf-8", "default"))
    # In a tie the earlier attempt wins. A Western charset ranks last: it decodes any bytes, so success does not prove
    # much.
    return min(tried, key=lambda attempt: (attempt.encoding in _WEAK, attempt.replaced))


def _plausible(decoded: Decoded) -> bool:
    few_errors = not decoded.replaced or decoded.replaced <= _non_ascii_count(decoded.text) * FAILS
    return few_errors and not decoded.undecodable


def _label_of_header(content_type: str | None) -> str | None:
    found = _HEADER.search(content_type or "")
    return label(next((word for word in found.groups() if word), "")) if found else None


def _label_of_page(content: bytes) -> str | None:
    """Return the encoding that the page declares in an XML declaration, or in a meta element outside comments.

    Returns None if the page does not declare an allowed encoding.
    """
    head = content[:PRESCAN]
    found = _XML.search(head) or _META.search(_COMMENT.sub(b"", head))
    name = label(found.group(1).decode("ascii", "replace")) if found else None
    # The declaration could be read as ASCII, so the page cannot be UTF-16 (WHATWG prescan).
    return "utf-8" if name in ("utf-16le", "utf-16be") else name


def label(word: str) -> str | None:
    """Return the encoding of a label; None if the label is not allowed ("utf-7", "rot13", "utf8mb4")."""
    return LABELS.get(word.strip().lower())


def _detect(content: bytes) -> list[str]:
    """Return likely encodings of a text without a plausible label, most likely first."""
    if content[:512].count(0) * 4 > len(content[:512]):
        return ["utf-16le" if content[1:2] == b"\0" else "utf-16be"]
    runs = b"\n".join(_RUN.findall(content[:200_000]))[:SAMPLE]
    likely = ["gb18030", "big5"] if len(runs) < ENOUGH else ["gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"]
    best = from_bytes(runs, cp_isolation=likely, threshold=0.5).best()
    found = [LABELS.get(best.encoding.replace("_", "-"), best.encoding)] if best is not None else []
    return list(dict.fromkeys([*found, "gb18030"]))


def _decode_as(content: bytes, name: str, origin: str) -> Decoded:
    if name == "replacement":
        return Decoded("\ufffd" if content else "", name, origin, 1 if content else 0)
    codec = _CODECS.get(name, name)
    try:
        text, replaced = content.decode(codec), 0
    except UnicodeDecodeError:
        text = content.decode(codec, _EURO if name == "gb18030" else "replace")
        replaced = text.count("\ufffd") - content.count(_ENCODED_FFFD.get(name, b"\0\0\0\0"))
    if name == "gb18030" and _FIXABLE.search(text):
        text = text.translate(_FIXES)
    return Decoded(text, name, origin, replaced)


def _euro(error: UnicodeError) -> tuple[str, int]:
    """Replace an invalid byte of gb18030 text, as a codec error handler (WHATWG): 0x80 by "€", any other by U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.object[error.start] == 0x80:
        return "€", error.start + 1
    return "\ufffd", error.start + 1


_EURO = "suowen-gb18030"
codecs.register_error(_EURO, _euro)
