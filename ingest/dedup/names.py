"""Names of provinces, places, units and people in a text, for the comparison of two texts."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.zh import han
from ingest.zh.dictionary_words import common_words, words_never_in_names
from ingest.zh.gazetteer import shorten
from ingest.zh.lexicon import Lexicon
from ingest.zh.person_names import plausible_name

_LEXICON = Lexicon()
#: surnames of one character
_SURNAMES = "".join(sorted(surname for surname in _LEXICON.surnames if len(surname) == 1))
#: a possible name (surname and one or two characters) after the last character of a role (所长, 代办员, 民警, 村民, 老师)
#: or after 叫, or before a verb such as 说 or 回忆
_PERSON = han.regex(
    rf"(?<=[员长警官师生民者叫])([{_SURNAMES}][\p{{Han}}]{{1,2}})|([{_SURNAMES}][\p{{Han}}]{{1,2}})(?=说|介绍|告诉|回忆|坦言)"
)
_PLACE = han.regex(
    r"([\p{Han}]{2})[市县区旗州]?(?:边境|边防|水上|森林|车站|铁路|公安|人民|消防|中心)?(派出所|公安分局|公安局|分局|社区|街道|小区|司法所|法庭|救援站|供电所|卫生院|医院|小学|中学|学校|公司|法院"
    r"|大队|中队|支队|[村镇乡])"
)
#: the registered name of a company: the last characters of its own name, and its legal form. Many companies publish
#: announcements of the same text, in which only this name distinguishes the companies
_COMPANY = han.regex(r"([\p{Han}]{2,4})(?:股份|集团|控股|责任){0,2}(有限(?:责任)?公司)")
#: the end of the legal form, by which the names of companies are recognised
COMPANY = "有限公司"
#: characters before a kind of place that are not a name, so that `places` ignores them: pronouns, function words,
#: common words (该派出所)
NOT_PLACE = re.compile(
    r".*[式该本我这那各全某每个的在到和与了是到从把被为向由对让给占驻找请省局]|[全我各本该某一两外城镇辖地都省跨新老主片校园郊山牧林库社小县市][市县区]|.*(?:公安|行政|人民|全国|全市|全省|全县|全区|当地|辖区|附近|基层"
    r"|农村|城区|乡镇|优秀|模范|一级|二级|部分|边境|边防|水上|森林|车站|枫桥式|社区|街道|民营|有限|中心|合作)"
)
#: Two characters that overlap a word to their left are the name of a place only when they end in one of these (民路
#: in 人民路社区)
_PLACE_ENDS = frozenset(
    "路街道巷里弄桥门口山河江湖湾港村镇乡庄屯堡店集寨岭坪塘沟坝铺沱垭峪峡峰滩洲岛城关场园庙塔崖梁泉井林"
)
#: The name of a station may overlap a word to its left, unless the name ends in one of these (警进
#: in 民警进派出所)
_NOT_STATION_ENDS = frozenset("进着去来回帮靠守建爱问求催化者里")


@lru_cache(maxsize=1)
def province_names() -> frozenset[str]:
    """Return the short names of the provinces (江西, 内蒙古)."""
    return frozenset(shorten(name) for code, name in _LEXICON.places.name_of.items() if len(code) == 2)


def places(sentence: str) -> list[str]:
    """Return the named places and units of a sentence, with repetitions: in order, and then the companies.

    Each consists of two characters of the name and the kind of place; words between them are left out
    (红石崖边境派出所 becomes 石崖派出所). A company has up to four characters (红石崖渔业股份有限公司 becomes 石崖渔业有限公司). The
    sentence must have its punctuation, because punctuation ends a name.
    """
    named = [found[1] + found[2] for found in _PLACE.finditer(sentence) if _names_place(found)]
    return named + [found[1] + COMPANY for found in _COMPANY.finditer(sentence)] if "有限" in sentence else named


def _names_place(found: re.Match[str]) -> bool:
    """Return True when the two characters before a kind of place are its name.

    In 社区民警占派出所, for example, 警占 is not a name.
    """
    name, kind = found[1], found[2]
    if (name in words_never_in_names() and name[-1] not in "路里桥东南西北") or NOT_PLACE.fullmatch(
        name
    ):  # 两路 and 城北 are names of places although the dictionary has them as other words
        return False
    if len(kind) == 1 and name[-1] + kind in common_words():
        return False
    if found.string[max(found.start() - 1, 0) : found.start()] + name[0] not in common_words():
        return True
    return name[-1] not in _NOT_STATION_ENDS if kind == "派出所" else name[-1] in _PLACE_ENDS


def people(sentence: str) -> list[str]:
    """Return the first two characters of each person's name in a sentence, with repetitions."""
    names = (behind or before for behind, before in _PERSON.findall(sentence))
    return [name[:2] for name in names if _is_name(name)]


def _is_name(name: str) -> bool:
    """Return True when two or three characters begin with a person's name.

    The first two characters identify a name, so the end of the name is not searched for. A given name may contain any
    Chinese character, even one that is rare in names (王镇海), but the first two characters must not be a common word.
    """
    beginning = name if name[:2] in _LEXICON.surnames else name[:2]
    return plausible_name(beginning, _LEXICON, never=frozenset(), common=lambda word: word[:2] in common_words())
