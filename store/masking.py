"""Mask private persons (徐孝惠 -> 徐某) and everybody's mobile and ID numbers in text that leaves the store.

The store itself holds every name. Code that prints, sends or serves reads `Masked` values, which only `store.public`
makes; docs/privacy.md says who is masked and why. Pure: what masking needs to know of the language is a value, `Rules`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote

from store.fact_kinds import KINDS
from store.records import Fact

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Masked(Generic[T]):
    """A value whose texts are masked. Output takes this type, so that mypy refuses an unmasked record."""

    value: T

    def map(self, change: Callable[[T], T]) -> Masked[T]:
        """Return the changed value, which must only select from this one and add no text."""
        return Masked(change(self.value))


def _no_word(text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Rules:
    """What masking knows of Chinese names; the program passes it when it opens the store."""

    #: whether a text is a surname; a mask keeps one of two characters whole (欧阳娜 -> 欧阳某). Without it the first
    #: character is kept, of a name of four characters two
    is_surname: Callable[[str], bool] | None = None
    #: whether a text is a common word: a given name that is one (建国, 平安) is not masked where it occurs alone
    is_word: Callable[[str], bool] = _no_word


NO_RULES = Rules()
#: address of a file, up to a character that no URL has
_FILE_ADDRESS = re.compile(r"file:/[^\s<>\"'“”（）,，;；]*", re.IGNORECASE)
#: kinds of facts that name a person
_PERSONS = frozenset(kind.name for kind in KINDS.values() if kind.masks)

#: names that do not identify a person: 张某, 李女士, 陈婆婆, 赵大爷, 小王
_HIDDEN = re.compile("某|×|X|女士|先生|师傅$|老人$|大[娘妈爷叔伯哥姐]$|[婆奶爷伯叔婶姨嫂]{1,2}$|^[小老阿].$")
#: characters that may stand within a name (徐 孝惠) or between the groups of a number: blanks, hyphens, zero-width ones
_GAP = r"[\s\u200b-\u200d\u2060\ufeff]"
_SEP = rf"(?:{_GAP}|[-－–—‐‑‒·])"
_DIGIT = r"[0-9０-９]"
#: an optional country code, 11 digits from 13 on; a candidate is checked by `_is_grouped`
_PHONE = re.compile(
    rf"(?<![\d.])((?:(?:[+＋]|00|００){_SEP}?)?(?:86|８６){_SEP}{{0,2}})?([1１]{_SEP}?[3-9３-９](?:{_SEP}?{_DIGIT}){{9}})(?!\d)"
)
#: the 18 characters of an ID card, GB 11643-1999, and the 15 of the cards before it; with a plausible date of birth
_IDENTITY = re.compile(
    rf"(?<!\d)[1-9１-９](?:{_SEP}?{_DIGIT}){{16}}{_SEP}?[0-9０-９XxＸｘ](?!\d)"
    rf"|(?<!\d)[1-9１-９](?:{_SEP}?{_DIGIT}){{14}}(?!\d)"
)
_BORN_15 = re.compile(r".{8}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_SEPARATORS = re.compile(_SEP)


def private_names(facts: Iterable[Fact]) -> frozenset[str]:
    """Return the names that facts mark as those of private persons."""
    return frozenset(_names(facts, private=True))


def public_names(facts: Iterable[Fact]) -> frozenset[str]:
    """Return the names of persons that facts give in an official role."""
    return frozenset(_names(facts, private=False))


def _names(facts: Iterable[Fact], *, private: bool) -> list[str]:
    return [
        str(fact.fields["name"])
        for fact in facts
        if fact.kind in _PERSONS and bool(fact.fields.get("private")) is private and fact.fields.get("name")
    ]


def masked_name(name: str, rules: Rules = NO_RULES) -> str:
    """Mask a name: 张建国 -> 张某, 欧阳娜 -> 欧阳某. A name that identifies nobody (陈婆婆, 李女士) is unchanged."""
    if len(name) < 2 or _HIDDEN.search(name):
        return name
    return name[: _surname_length(name, rules)] + "某"


def hide_paths(text: str) -> str:
    """Replace file:/// addresses of saved pages, stored by earlier versions, by hashes: they show folders and users."""
    return _FILE_ADDRESS.sub(lambda found: f"saved:{hashlib.sha256(found[0].encode()).hexdigest()[:32]}", text)


def _surname_length(name: str, rules: Rules) -> int:
    if rules.is_surname is None:
        return 2 if len(name) == 4 and "·" not in name else 1
    return 2 if len(name) > 2 and rules.is_surname(name[:2]) else 1


class Mask:
    """A mask of some private names and of all mobile and ID numbers. Calling it masks one text."""

    def __init__(self, private: Iterable[str] = (), public: Iterable[str] = (), rules: Rules = NO_RULES) -> None:
        """`public`: names that stay, so that a given name is not masked inside one (李建军 is private, 王建军 is
        not)."""
        self._shown = {name: name for name in public if len(name) > 1}
        for name in sorted(set(private)):
            shown = masked_name(name, rules)
            if name and shown != name:
                self._shown[name] = shown
                given = name[_surname_length(name, rules) :]
                if len(given) == 2 and "·" not in given and not rules.is_word(given):
                    self._shown.setdefault(given, "某某")
        for name, shown in self._shown.items():  # 国国某 for 国国国国 would show another private name, 国国
            if shown != name and any(other in shown for other in self._shown if self._shown[other] != other):
                self._shown[name] = name[0] + "某"
        # Longest first: 张建国 before 张建. Longer names before the given name within them, by their earlier start.
        ordered = sorted(self._shown, key=lambda name: (-len(name), name))
        patterns = [rf"{_GAP}{{0,2}}".join(map(re.escape, name)) for name in ordered]
        self._encoded = {code.upper(): name for name in ordered for code in _encodings(name)}
        patterns += [f"(?i:{re.escape(code)})" for code in self._encoded]
        self._names = re.compile("|".join(patterns) or "(?!)")

    def __call__(self, text: str) -> str:
        """Return `text` masked."""
        for pattern, replacement in self._steps():
            text = pattern.sub(replacement, text)
        return text

    def aligned(self, text: str) -> tuple[str, list[int]]:
        """Mask `text` and map offsets.

        Returns the masked text and, for each of its characters and for its end, the offset in `text`. All characters of
        a mask map to the beginning of the masked span.
        """
        offsets = list(range(len(text) + 1))
        for pattern, replacement in self._steps():
            for match in reversed(list(pattern.finditer(text))):
                start, end = match.span()
                shown = replacement(match)
                if shown == match[0]:
                    continue
                text = text[:start] + shown + text[end:]
                offsets[start:end] = [offsets[start]] * len(shown)
        return text, offsets

    def url(self, url: str) -> str:
        """Return a URL masked: a name in it, percent-encoded or not, would give a person away, and so would a path."""
        url = hide_paths(url)
        shown = self._names.sub(self._name, url)
        plain = unquote(shown)
        if self._names.search(plain):
            shown = plain
        elif shown == url:
            return url
        return quote(self(shown), safe=":/?#[]@!$&'()*+,;=%~")

    def value(self, value: Any) -> Any:
        """Return a JSON value with every text in it masked."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {key: self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list | tuple) else value

    def facts(self, facts: Sequence[Fact], text: str) -> tuple[Fact, ...]:
        """Return facts of `text` masked, with the offsets of their quotes in the masked text."""
        from bisect import bisect_left, bisect_right
        from dataclasses import replace

        shown, offsets = self.aligned(text)
        out = []
        for fact in facts:
            start = bisect_left(offsets, offsets[bisect_right(offsets, fact.start) - 1])
            end = max(start + 1, bisect_left(offsets, fact.end))
            out.append(
                replace(fact, quote=shown[start:end], start=start, end=end, fields=self.value(dict(fact.fields)))
            )
        return tuple(out)

    def _steps(self) -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
        """What is masked, in order: ID numbers before phone numbers, which may lie in them."""
        return [(self._names, self._name), (_IDENTITY, _identity), (_PHONE, _phone)]

    def _name(self, match: re.Match[str]) -> str:
        found = re.sub(_GAP, "", match[0])
        if encoded := self._encoded.get(found.upper()):
            return match[0] if self._shown[encoded] == encoded else quote(self._shown[encoded])
        shown = self._shown.get(found, "某")
        return match[0] if shown == found else shown


def _encodings(name: str) -> list[str]:
    """Return a name as URLs contain it: percent-encoded UTF-8, and GBK on older sites."""
    if not name or name.isascii():
        return []
    return [quote(name), *([] if "%3F" in (old := quote(name, encoding="gbk", errors="replace")) else [old])]


def _is_grouped(written: str, least: int) -> bool:
    """Whether a number is written in groups of at least `least` digits, not as a list of small numbers."""
    groups = [group for group in _SEPARATORS.split(written) if group]
    return all(len(group) >= least for group in groups[:-1])


def _phone(match: re.Match[str]) -> str:
    if not _is_grouped(match[2], 3):
        return match[0]
    digits = _SEPARATORS.sub("", match[2])
    return f"{match[1] or ''}{digits[:3]}****{digits[-4:]}"


def _identity(match: re.Match[str]) -> str:
    digits = _SEPARATORS.sub("", match[0])
    if not _is_grouped(match[0], 3) or (len(digits) == 15 and not _BORN_15.match(digits)):
        return match[0]
    return digits[:6] + "*" * (len(digits) - 6)


def mask(text: str, private: Iterable[str] = (), rules: Rules = NO_RULES) -> str:
    """Mask the names of these persons, and all mobile and ID numbers, in `text`."""
    return Mask(private, rules=rules)(text)


def mask_aligned(text: str, private: Iterable[str], rules: Rules = NO_RULES) -> tuple[str, list[int]]:
    """Mask `text` and map offsets, as `Mask.aligned`."""
    return Mask(private, rules=rules).aligned(text)
