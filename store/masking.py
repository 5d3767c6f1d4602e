"""Mask private persons (张某) and mobile and ID numbers in everything that leaves the store.

The store itself holds every name. Digests, exports, Delta tables, cards and search excerpts are masked; the full text
of an article, where it is displayed or exported, stays as its page published it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from store.records import Fact

#: surnames of two characters that still occur in the news; of any other name the first character is left
_DOUBLE = re.compile(
    "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|宇文|长孙|司徒|端木|东方|独孤|南宫|西门|"
    "百里|呼延|申屠|轩辕|闻人|拓跋|赫连|澹台|公冶|宗政|濮阳|淳于|单于|太史|钟离"
)
#: names that do not identify a person: 张某, 李女士, 陈婆婆, 赵大爷, 小王
_HIDDEN = re.compile("某|×|X|女士|先生|师傅$|老人$|大[娘妈爷叔伯哥姐]$|[婆奶爷伯叔婶姨嫂]{1,2}$|^[小老阿].$")
_PHONE = re.compile(r"(?<![\d.])(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}\d{3}[\dXx](?!\d)")


def private_names(facts: Iterable[Fact]) -> frozenset[str]:
    """Return the names that facts mark as those of private persons."""
    return frozenset(
        str(fact.fields["name"])
        for fact in facts
        if fact.kind == "person" and fact.fields.get("private") and fact.fields.get("name")
    )


def masked_name(name: str) -> str:
    """Mask a name: 张建国 -> 张某, 欧阳娜 -> 欧阳某. A name that identifies nobody (陈婆婆, 李女士) is unchanged."""
    if len(name) < 2 or _HIDDEN.search(name):
        return name
    return (name[:2] if len(name) > 2 and _DOUBLE.match(name) else name[0]) + "某"


def mask(text: str, private: Iterable[str]) -> str:
    """Mask the names of these persons, and all mobile and ID numbers, in `text`."""
    for hidden, shown in _masks(private):
        text = hidden.sub(shown, text)
    return text


def mask_aligned(text: str, private: Iterable[str]) -> tuple[str, list[int]]:
    """Mask `text` and map offsets.

    Returns the masked text and, for each of its characters and for its end, the offset in `text`. All characters of a
    mask map to the beginning of the masked span.
    """
    offsets = list(range(len(text) + 1))
    for hidden, shown in _masks(private):
        for match in reversed(list(hidden.finditer(text))):
            start, end = match.span()
            mask = match.expand(shown)
            text = text[:start] + mask + text[end:]
            offsets[start:end] = [offsets[start]] * len(mask)
    return text, offsets


def _masks(private: Iterable[str]) -> Iterator[tuple[re.Pattern[str], str]]:
    """Yield (pattern, replacement as a template of `re`) in order of application: 张建国 before 张建."""
    for name in sorted(private, key=lambda name: (-len(name), name)):
        if name and (shown := masked_name(name)) != name:
            yield re.compile(re.escape(name)), shown.replace("\\", r"\\")
    yield _PHONE, r"\1****\2"
    yield _IDENTITY, r"\1************"


def masked(value: Any, private: Iterable[str]) -> Any:
    """Mask every text in `value`, a JSON value."""
    if isinstance(value, str):
        return mask(value, private)
    if isinstance(value, Mapping):
        return {key: masked(item, private) for key, item in value.items()}
    return [masked(item, private) for item in value] if isinstance(value, list | tuple) else value
