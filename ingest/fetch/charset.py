"""Bytes -> text, for Chinese pages: who says which charset, whether that is true, and what was lost.

The order is BOM, HTTP header, the page's own words (meta, XML declaration), strict UTF-8, detection. A label that fails
on more than FAILS of the text loses, and so does every label against Chinese that is valid UTF-8: sites are moved to
UTF-8 and keep their old labels. gb2312 and gbk are read as
gb18030, as every browser does (WHATWG Encoding Standard): real pages labelled gb2312 use characters (镕, 喆, 䶮) that
gb2312 has not. ISO-8859-1 is never a default, utf-7 is never read at all.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

#: share of the characters beyond ASCII that may fail before a label is not believed (FAULTS.md E3)
FAILS = 0.001
#: share of replaced characters, of those beyond ASCII, past which a page counts as undecodable (FAULTS.md E7)
DAMAGED = 0.01
#: bytes searched for a meta element. WHATWG says 1024; Chinese pages carry long comments and scripts above it
PRESCAN = 4_096
#: bytes of non-ASCII text given to detection; not measured, a few hundred Chinese characters are plenty
SAMPLE = 8_192


#: bytes below which Korean and Japanese are not thought of: charset-normalizer takes 60 % of Chinese texts of 8
#: characters and 15 % of those of 20 for Korean, none of 60 and more (300 samples each)
ENOUGH = 240


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with how it was read: `origin` is "bom", "header", "meta", "detected" or "default"."""

    text: str
    encoding: str
    origin: str
    #: characters that could not be read and became U+FFFD
    replaced: int

    @property
    def undecodable(self) -> bool:
        """More than DAMAGED of the text was lost, or a Chinese reading gave private-use characters (wrong charset)."""
        if self.encoding == "replacement":
            return True
        lost = self.replaced
        if self.encoding in _DOUBLE_BYTE and _PRIVATE.search(self.text):
            lost = max(lost, len(_PRIVATE.findall(self.text)))
        return lost > 2 and lost > _beyond_ascii(self.text) * DAMAGED


def _beyond_ascii(text: str) -> int:
    """Characters that a charset can get wrong: shares are of these: a page may be 99 parts script to 1 of text."""
    return len(text) - len(text.encode("ascii", "ignore"))


# WHATWG Encoding Standard, section 4.2: labels of the encodings a news page may come in.
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
    # Encodings by which scripts were smuggled past filters: read as one U+FFFD, as browsers do.
    "replacement": "csiso2022kr hz-gb-2312 hz iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement",
}
LABELS = {label: name for name, labels in _GROUPS.items() for label in labels.split()}
_CODECS = {"shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs", "windows-874": "cp874"}
_DOUBLE_BYTE = frozenset({"gb18030", "big5", "euc-jp", "shift_jis", "euc-kr"})
#: labels that servers send without anybody having meant them
_WEAK = frozenset({"windows-1252", "windows-1254", "iso-8859-15", "iso-8859-2", "windows-1250"})
#: how U+FFFD itself is written: a page that quotes damage is not damaged
_WRITTEN = {"utf-8": b"\xef\xbf\xbd", "gb18030": b"\x84\x31\xa4\x37"}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))

# Where Python's gb18030 (of 2005) differs from the WHATWG index: 20 two-byte codes that Python reads as private use.
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
_HAN = re.compile("[\u3001-\u3011\u4e00-\u9fff\uff00-\uff5e]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")

_HEADER = re.compile(r"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;,]*))", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.I)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
#: a stretch of text that is not ASCII: second bytes of the double-byte charsets may be
_RUN = re.compile(rb"[\x80-\xff](?:[\x30-\x7e]?[\x80-\xff]){2,}[\x40-\x7e]?")
_META = re.compile(rb"<meta[\s/][^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)


def decode(content: bytes, content_type: str | None = None) -> Decoded:
    """`content` as text. Never raises: what cannot be read becomes U+FFFD and is counted."""
    for bom, name in _BOMS:
        if content.startswith(bom):
            return _read(content[len(bom) :], name, "bom")
    labels: list[tuple[str, str]] = []
    if said := _of_header(content_type):
        labels.append((said, "header"))
    if said := _of_page(content):
        labels.append((said, "meta"))
    if labels and labels[0][0] == "replacement" and content.isascii():
        return _read(content, *labels[0])
    # A Western label beside a better witness is a server's default that nobody chose.
    labels.sort(key=lambda label: label[0] in _WEAK)
    if labels and labels[0][0] != "utf-8" and (found := _surely_utf8(content)):
        return found
    tried = [_read(content, name, origin) for name, origin in labels[:1] if name not in _WEAK]
    if tried and _holds(tried[0]):
        return tried[0]
    return _second_thoughts(content, labels, tried)


def _surely_utf8(content: bytes) -> Decoded | None:
    """The text when the bytes are UTF-8 beyond doubt, whatever a label says: valid, and it is Chinese that comes out.

    Every three bytes of UTF-8 for a Chinese character are one and a half characters of GBK, often valid ones: a short
    page moved to UTF-8 under its old label would decode without a single error. The reverse accident, GBK that is
    valid UTF-8, gives two-byte characters (Arabic, Cyrillic), never Chinese ones.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    han = len(_HAN.findall(text))
    return Decoded(text, "utf-8", "detected", 0) if han >= 4 and han * 2 >= _beyond_ascii(text) else None


def _second_thoughts(content: bytes, labels: list[tuple[str, str]], tried: list[Decoded]) -> Decoded:
    """No label, or one that fails: strict UTF-8, the other label, detection; the reading that loses least wins."""
    try:
        return Decoded(content.decode("utf-8"), "utf-8", "default" if content.isascii() else "detected", 0)
    except UnicodeDecodeError:
        pass
    for name, origin in labels[len(tried) :]:
        if name not in _WEAK:
            tried.append(_read(content, name, origin))
            if _holds(tried[-1]):
                return tried[-1]
    # A label that is nearly right beats a guess that fits: short texts fit many charsets.
    if mild := [one for one in tried if not one.undecodable]:
        return min(mild, key=lambda one: one.replaced)
    known = {one.encoding for one in tried}
    tried.extend(_read(content, name, "detected") for name in _detect(content) if name not in known)
    tried.extend(_read(content, name, origin) for name, origin in labels if name in _WEAK)
    if all(one.encoding != "utf-8" for one in tried):
        tried.append(_read(content, "utf-8", "default"))
    # An earlier witness wins a tie, and a reading that always succeeds (one byte, one letter) proves nothing.
    return min(tried, key=lambda one: (one.encoding in _WEAK, one.replaced))


def _holds(one: Decoded) -> bool:
    return (not one.replaced or one.replaced <= _beyond_ascii(one.text) * FAILS) and not one.undecodable


def _of_header(content_type: str | None) -> str | None:
    found = _HEADER.search(content_type or "")
    return label(next((word for word in found.groups() if word), "")) if found else None


def _of_page(content: bytes) -> str | None:
    """The page's own word: an XML declaration or a meta element outside of comments."""
    head = content[:PRESCAN]
    found = _XML.search(head) or _META.search(_COMMENT.sub(b"", head))
    name = label(found.group(1).decode("ascii", "replace")) if found else None
    # These words were read as ASCII, so the page is no UTF-16 whatever it says (WHATWG prescan).
    return "utf-8" if name in ("utf-16le", "utf-16be") else name


def label(word: str) -> str | None:
    """Name of the encoding that a label means, None for a label nobody may use ("utf-7", "rot13", "utf8mb4")."""
    return LABELS.get(word.strip().lower())


def _detect(content: bytes) -> list[str]:
    """Likely encodings of a text that names none, likeliest first."""
    if content[:512].count(0) * 4 > len(content[:512]):
        return ["utf-16le" if content[1:2] == b"\0" else "utf-16be"]
    runs = b"\n".join(_RUN.findall(content[:200_000]))[:SAMPLE]
    likely = ["gb18030", "big5"] if len(runs) < ENOUGH else ["gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"]
    best = from_bytes(runs, cp_isolation=likely, threshold=0.5).best()
    found = [LABELS.get(best.encoding.replace("_", "-"), best.encoding)] if best is not None else []
    return list(dict.fromkeys([*found, "gb18030"]))


def _read(content: bytes, name: str, origin: str) -> Decoded:
    if name == "replacement":
        return Decoded("\ufffd" if content else "", name, origin, 1 if content else 0)
    codec = _CODECS.get(name, name)
    try:
        text, replaced = content.decode(codec), 0
    except UnicodeDecodeError:
        text = content.decode(codec, _EURO if name == "gb18030" else "replace")
        replaced = text.count("\ufffd") - content.count(_WRITTEN.get(name, b"\0\0\0\0"))
    if name == "gb18030" and _FIXABLE.search(text):
        text = text.translate(_FIXES)
    return Decoded(text, name, origin, replaced)


def _euro(error: UnicodeError) -> tuple[str, int]:
    """WHATWG gb18030: the byte 0x80 alone is the euro sign; any other byte that does not fit is one U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.object[error.start] == 0x80:
        return "€", error.start + 1
    return "\ufffd", error.start + 1


_EURO = "suowen-gb18030"
codecs.register_error(_EURO, _euro)
