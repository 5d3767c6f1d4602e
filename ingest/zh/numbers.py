"""Numbers in Chinese news: Arabic, Chinese and mixed, approximate, in ranges, with their units.

`quantities(text)` finds the numbers with their measure words. `parse(words)` returns the value of one number;
`spell(value)` is its inverse, for tests. The package cn2an is not used because it returns no spans and does not support
两百余, 十几, 1.2万余, 近百 and 两成; the tests compare with it.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from string import ascii_letters
from typing import NamedTuple

from ingest.zh.segment import listed

_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3}
_PLACE = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = {"万": 10**4, "亿": 10**8}
_TIMES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}

#: kind of approximation -> words before a number
_BEFORE = {
    "over": ("超过", "超", "逾", "突破", "至少", "最少", "不少于", "多达", "不低于", "破"),
    "nearly": ("将近", "接近", "近", "不到", "不足", "未满", "不超过", "最多", "小于", "低于"),
    "about": ("大约", "约为", "约有", "约", "大概", "差不多", "平均"),
}
_APPROX_OF = {word: kind for kind, words in _BEFORE.items() for word in words if word != "平均"}
_AFTER = {
    "以上": "over",
    "之多": "over",
    "有余": "over",
    "开外": "over",
    "左右": "about",
    "上下": "about",
    "以内": "nearly",
    "以下": "nearly",
}

#: regular expression source of an Arabic number
_ARABIC = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
#: regular expression source of a number in Chinese numerals
_HAN = r"[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?"
#: measure words; a lookahead excludes or requires the characters after some of them
_UNITS = listed(
    "km² km2 平方km 口人 号人 万?平方千米 万?平方公里 万?平方米 万?平米 公顷 万?亩 公里 千米 海里 人次 人份 万人次 余人 人 名 位 个月 个小时 小时 分钟 "
    "个百分点 个 家 户(?!籍) 支 辆 艘 件 起 项 条 面 封 次 间 处 台 座 所 栋 幢 棵 只 头 匹 块 本 册 份 张 套 部 例 宗 桩 场 期 笔 "
    "万元 亿元 元 吨 公斤 千克 斤 克 米 厘米 岁 年 天 日 月 周 倍 成 趟 层 级 站 对 组 批 届 枚 把 根 片 顶 盏 口 路(?=高清|视频|监控|摄像|探头|[,。;、)]) 类 种 步 "
    "道 班 队 扇 堂 节 篇 幅 束 朵 瓶 箱 袋 桶 包 盒 车 分 秒 度 页 字 声 遍 回 轮 代 任 号 眼 家次 车次 人名 族 亿 万 股 艇 架 孔 单 列 门 宅 扇 床 桌 顿 杯 粒 亩 趟次 场次 户次 起次 件次 处次 家庭 课时 点 "
    "株 尾 峰 羽 罐 集 首(?![批次创届个家席]) 具(?![体有备]) 头只 [头航艘架班台寨村校店批组站企项支队路]次"
)
_UNIT = "|".join(
    sorted(
        {unit for unit in _UNITS if unit not in ("亿", "万", "余人", "人名", "万元", "亿元")},
        key=lambda unit: len(unit.partition("(")[0]),
        reverse=True,
    )
)

#: maximum length of one number in characters. A longer run of digits is not a number of the news, and computing its
#: value would take quadratic time. 九千九百九十九亿九千九百九十九万九千九百九十九 has 23
_LONGEST = 64

_QUANTITY = re.compile(
    rf"""(?=[\d零〇一二两三四五六七八九十百千万亿半数几上成超不多低小突至最将接未大约差逾近])(?P<before>超过|不少于|不低于|多达|不超过|低于|小于|突破|至少|最少|最多|将近|接近|不到|不足|未满|大约|约为|约有|大概|差不多|超|逾|近|约)?
    (?:
      (?P<low>{_ARABIC})(?P<lowtimes>[十百千]?[万亿]?)(?:至|到|—{{1,2}}|-|~|～)(?P<high>{_ARABIC})(?P<hightimes>[十百千]?[万亿]?)
     |(?P<arabic>{_ARABIC})(?P<more1>多|余|几)?(?P<times>[十百千]?[万亿]?)(?P<more2>多|余)?
     |(?P<part>[一二三四五六七八九十百]+)分之(?P<of>[一二三四五六七八九十百零点]+)
     |(?P<vague>数|几|上|成)(?P<vtimes>[十百千万亿]+)(?P<vmore>余|多)?
     |(?P<bare>(?<![零〇一二两三四五六七八九十])[百千万])(?P<baremore>余|多)(?P<baremore2>万)?
     |(?P<han>{_HAN})(?P<hmore>余|多|几|来)?(?P<htimes>[百千万亿]{{0,2}})(?P<hmore2>余|多)?
     |(?P<half>半数|一半|半)
    )
    (?P<gap>[ ]?)
    (?P<unit>%|%|‰|(?!人口)(?:{_UNIT}))?
    (?:(?<=成)(?P<tenth>[一二三四五六七八九])(?=[,。;、!左以至到)]|$))?
    (?P<unitmore>多|余)?
    (?P<after>以上|之多|有余|开外|左右|上下|以内|以下)?""",
    re.VERBOSE,
)


class Quantity(NamedTuple):
    """One number with its offsets, value, kind of approximation, and unit ("" without a unit)."""

    start: int
    end: int
    #: start of the number itself, after words such as 近, 约 or 超过
    number_start: int
    #: start of the measure word
    unit_start: int
    value: float | None
    #: kind of approximation: exact, over, nearly, about or vague
    approx: str
    unit: str
    #: False for a number in Arabic numerals
    han: bool = False
    #: upper end of a range; None without a range
    high: float | None = None


def plain(number: Decimal | float) -> float | int:
    """Return `number` as int if it is whole, else as float: 22000, 0.62."""
    value = float(number)
    return int(value) if value.is_integer() else value


def _han_integer(words: str) -> int | None:
    """Return the value of Chinese numerals with 十, 百, 千, 万 or 亿 (三万六千) or of one digit, or None."""
    total = section = digit = 0
    last_place = 1
    pending = False
    for char in words:
        if char in _DIGIT:
            if pending and digit and char not in "零〇":
                return None
            digit, pending = _DIGIT[char], char not in "零〇"
        elif char in _PLACE:
            section += (digit if pending else 1) * _PLACE[char]
            digit, pending, last_place = 0, False, _PLACE[char]
        elif char in _MYRIAD:
            base = section + digit
            total = (total + base) * _MYRIAD[char] if char == "亿" else total + (base or 1) * _MYRIAD[char]
            section = digit = 0
            pending, last_place = False, _MYRIAD[char]
        else:
            return None
    if pending and last_place > 10 and words[-2:-1] and words[-2] not in "零〇" and len(words) > 1:
        # a last digit without a unit counts tenths of the unit before it: 一千五 is 1500, 三万六 is 36000
        return total + section + digit * (last_place // 10)
    return total + section + digit


def _digits(words: str) -> int | None:
    """Return the value of a sequence of at least two Chinese digits (二〇二四), or None."""
    if len(words) > 1 and all(char in _DIGIT for char in words):
        return int("".join(str(_DIGIT[char]) for char in words))
    return None


def parse(words: str) -> Decimal | None:
    """Return the value of one exact number: "36.8", "1,300", "2.2万", "三十六", "两百", "十二点五".

    Returns None if the words are not a number, are two numbers (二三十), or have more than _LONGEST characters.
    """
    words = words.strip().replace(",", "")
    if not words or len(words) > _LONGEST:
        return None
    times = Decimal(1)
    if words[0].isdigit():
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([十百千万亿]*)", words)
        if not match:
            return None
        for char in match[2]:
            times *= _TIMES[char]
        try:
            return Decimal(match[1]) * times
        except InvalidOperation:
            return None
    whole, _, fraction = words.partition("点")
    if (value := _digits(whole)) is None:
        value = _han_integer(whole)
    if value is None:
        return None
    if fraction:
        digits = "".join(str(_DIGIT[char]) for char in fraction if char in _DIGIT)
        return Decimal(f"{value}.{digits}") if len(digits) == len(fraction) else None
    return Decimal(value)


def spell(value: int) -> str:
    """Return `value` (0 to 9999 亿) in Chinese numerals; the inverse of `parse`."""
    if value == 0:
        return "零"
    groups: list[tuple[int, str]] = []
    for unit in ("", "万", "亿"):
        groups.append((value % 10000, unit))
        value //= 10000
    words, gap = "", False
    for group, unit in reversed(groups):
        if group == 0:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _spell_group(group) + unit
        gap = False
    return words[1:] if words.startswith("一十") else words


def _spell_group(group: int) -> str:
    """Return a number below 10,000 in Chinese numerals, "" for 0."""
    words, zero = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, group = divmod(group, place)
        if digit:
            words += ("零" if zero and words else "") + "零一二三四五六七八九"[digit] + name
            zero = False
        else:
            zero = bool(words)
    return words


def _times(words: str | None) -> Decimal:
    """Return the product of multipliers, such as 1000000 for 百万."""
    product = Decimal(1)
    for char in words or "":
        product *= _TIMES[char]
    return product


_NO_MORE = (None,) * 7


def _approx(match: re.Match[str]) -> str:
    """Return the kind of approximation of a match of _QUANTITY."""
    if match["vague"] or match["more1"] == "几" or match["hmore"] == "几":
        return "vague" if match["vague"] else "over"
    more = match.group("more1", "more2", "hmore", "hmore2", "vmore", "baremore", "unitmore")
    if more != _NO_MORE:
        return "over" if match["hmore"] != "来" else "about"
    if match["after"]:
        return _AFTER[match["after"]]
    return _APPROX_OF.get(match["before"] or "", "exact")


def _several(words: str) -> Decimal | None:
    """Return the lower value of an approximation by two digits that differ by 1 or 2 (二三十, 七八百, 三五), or None."""
    if len(words) < 2:
        return None
    match = re.fullmatch(r"([一二两三四五六七八九])([二三四五六七八九])([十百千万]*)", words)
    if match and 0 < _DIGIT[match[2]] - _DIGIT[match[1]] <= 2:
        return Decimal(_DIGIT[match[1]]) * _times(match[3])
    return None


def _value(match: re.Match[str]) -> tuple[Decimal | None, Decimal | None, str]:
    """Return (value, upper end of a range, kind of approximation) of a match of _QUANTITY.

    The value is None for an indefinite number (数百) and for words that are not a number. The upper end is None without
    a range.
    """
    approx = _approx(match)
    if match["low"]:
        high_times = _times(match["hightimes"])
        low_times = _times(match["lowtimes"]) if match["lowtimes"] else high_times
        return _decimal(match["low"]) * low_times, _decimal(match["high"]) * high_times, approx
    if match["arabic"]:
        return _decimal(match["arabic"]) * _times(match["times"]), None, approx
    if match["part"]:
        whole, part = parse(match["part"]), parse(match["of"])
        if whole == 100 and part is not None:
            return part, None, approx
        return (part / whole if whole and part is not None else None), None, approx
    if match["vague"]:
        if match["vague"] == "上" or match["vague"] == "成":
            return parse(match["vtimes"]), None, "over"
        return None, None, "vague"
    if match["bare"]:
        return _times(match["bare"]) * _times(match["baremore2"]), None, "over"
    if match["half"]:
        return Decimal("0.5"), None, approx
    words = match["han"]
    if (several := _several(words)) is not None:
        return several * _times(match["htimes"]), None, "about"
    value = parse(words)
    return (value * _times(match["htimes"]) if value is not None else None), None, approx


def _decimal(words: str) -> Decimal:
    """Return the value of an Arabic number that may contain commas."""
    return Decimal(words.replace(",", ""))


#: characters before 一起 when it means "together", not "one case"
_TOGETHER = ("加", "在", "跟", "同", "和", "与", "凑")
#: letters; a number directly after a letter is part of a name
_LETTERS = frozenset(ascii_letters)
#: the seconds after minutes, as in 4分40秒
_SECONDS = re.compile(r"([1-5]?\d)秒")
#: words after which a number in Chinese numerals is a count even without a measure word, as in 民警十九、辅警四十五
_COUNTED = ("警", "人", "共", "有", "算", "人口", "社区", "村", "起来", "户籍", "常住")
#: words for residents; a number without a measure word after one of them may also end in 十, 百 or 千
_RESIDENTS = ("人口", "户籍", "常住")
#: end of a clause after a number without a measure word
_CLOSED = re.compile(r"[,、。;!)\n]|$")


def _bare_count(text: str, match: re.Match[str]) -> bool:
    """Return whether Chinese numerals without a unit count something, as in 民警十九.

    They must contain 十, 百, 千, 万 or 亿, follow a word of _COUNTED, and precede punctuation or the end of the text. Only
    after a word of _RESIDENTS may they end in 十, 百 or 千.
    """
    words = match["han"]
    residents = len(words) > 2 and text.endswith(_RESIDENTS, 0, match.start())  # may end in 千: 户籍人口两万九千
    return (
        len(words) > 1
        and (residents or words[-1] not in "十百千")
        and any(place in words for place in _TIMES)
        and bool(_CLOSED.match(text, match.end()))
        and text.endswith(_COUNTED, 0, match.start())
    )


def _no_count(text: str, match: re.Match[str]) -> bool:
    """Return whether Chinese numerals, 半, 上, 成 or 几 are part of a phrase, not a number: 加一起, 万家团圆, 一五一十."""
    han, unit = match.group("han", "unit")
    if not han:
        return not unit and bool(match["half"] or match["vague"] in ("上", "成", "几"))
    if han == "一" and unit == "起" and text[match.start() - 1 : match.start()] in _TOGETHER:
        return True  # 一起 means "together", as in 民警、辅警加一起八十九人
    if match["before"] or match["hmore"]:
        return False
    return han in ("万", "千", "亿") or (not unit and not _bare_count(text, match))


def quantities(text: str) -> list[Quantity]:
    """Return the numbers of `text` with their units, in order, without those in names, codes and set phrases.

    The time is linear in the length of the text.
    """
    found = []
    for match in _QUANTITY.finditer(text):
        if match["arabic"]:
            number = match["arabic"]
            if text[match.start() - 1 : match.start()] in _LETTERS or text.startswith("强", match.end()):
                continue  # part of a code or a name: K9811次列车, K612处, S26, 世界500强
            if number[0] == "0" and number[1:2].isdigit():
                continue  # a code: 警号043716
        elif _no_count(text, match):
            continue
        value, high, approx = _value(match)
        if value is None and approx != "vague":
            continue
        if value is not None and match["tenth"]:
            # a digit after 成 (a tenth) is its decimal place: 四成五 is 4.5 成
            value += Decimal(_DIGIT[match["tenth"]]) / 10
        if value is not None and value.adjusted() > 15:
            continue  # not a count but a telephone or record number
        if match["unit"] == "分" and (seconds := _SECONDS.match(text, match.end())) and value is not None:
            found.append(
                _quantity(match, value, high, approx)._replace(
                    unit="分钟", value=round(float(value) + int(seconds[1]) / 60, 2)
                )
            )
            continue  # the value includes the seconds, as in 4分40秒
        found.append(_quantity(match, value, high, approx))
    return found


def _quantity(match: re.Match[str], value: Decimal | None, high: Decimal | None, approx: str) -> Quantity:
    """Return the quantity of a match of _QUANTITY with its computed values."""
    number_start = match.end("before") if match["before"] else match.start()
    unit = match["unit"] or ("%" if match["part"] and parse(match["part"]) == 100 else "")
    unit_start = match.start("unit") if match["unit"] else match.end("gap")
    return Quantity(
        start=match.start(),
        end=match.end(),
        number_start=number_start,
        unit_start=unit_start,
        value=None if value is None else plain(value),
        approx=approx,
        unit=unit,
        han=not (match["arabic"] or match["low"]),
        high=None if high is None else plain(high),
    )
