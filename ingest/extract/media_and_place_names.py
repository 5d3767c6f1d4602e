"""Word lists of the extraction: names of media and of places, from config/lexicon."""

from __future__ import annotations

from functools import cache

from ingest.config.data_files import data_file, data_text
from ingest.extract.css_names import words
from ingest.zh.gazetteer import division_rows, shorten


@cache
def media() -> frozenset[str]:
    """Return the names of media that do not have the usual form of such names (config/lexicon/media.txt)."""
    lines = data_file("lexicon/media.txt").decode("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


#: places in datelines that are not in config/lexicon/divisions.csv
_BEYOND = words(
    "香港 澳门 台湾 台北 新北 桃园 台中 台南 高雄 基隆 新竹 苗栗 彰化 南投 云林 嘉义 屏东 宜兰 花莲 台东 澎湖 金门 连江 华盛顿 纽约 伦敦 巴黎 "
    "东京 莫斯科 柏林 首尔 新加坡 曼谷 布鲁塞尔 日内瓦 联合国 悉尼 开罗 吉隆坡"
)


@cache
def places() -> frozenset[str]:
    """Return full and short names of provinces, cities and counties (config/lexicon/divisions.csv), and _BEYOND."""
    names = {name for _, name in _divisions()}
    return frozenset(names | {shorten(name) for name in names} | _BEYOND)


@cache
def provinces() -> tuple[str, ...]:
    """Return the short names of the provinces."""
    return tuple(sorted(shorten(name) for code, name in _divisions() if len(code) == 2))


def _divisions() -> list[tuple[str, str]]:
    return division_rows(data_text("lexicon/divisions.csv"))


def is_place(text: str) -> bool:
    """Return whether a text is the name of a place.

    It is in `places`, is a short name in `places` with 县 or 市 after it, or begins with a province and ends with a name
    in `places` or with 市, 县 or 区.
    """
    if text in places() or (len(text) == 3 and text[-1] in "县市" and text[:-1] in places()):
        return True
    start = next((name for name in provinces() if text.startswith(name)), None)
    rest = text[len(start) :].removeprefix("省").removeprefix("市") if start else ""
    return rest in places() or rest.endswith(("市", "县", "区"))


def starts_with_place(text: str) -> bool:
    """Return whether a text begins with the name of a place of two to four characters."""
    return any(text[:size] in places() for size in (2, 3, 4))
