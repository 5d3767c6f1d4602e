"""Mask private persons (徐孝惠 -> 徐某) and everybody's mobile and ID numbers in text that leaves the store.

The store itself contains every name. Code that prints, sends or serves text reads `Masked` values, which
`store.masked_views` creates. docs/privacy.md says who is masked and why. Pure: the caller passes the language rules as
a value, `Rules`.
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
    """A value whose texts are masked. Output functions take this type, so that mypy rejects an unmasked record."""

    value: T

    def map(self, change: Callable[[T], T]) -> Masked[T]:
        """Return the result of `change` as a Masked value. `change` may only select from the value, not add text."""
        return Masked(change(self.value))


def _no_word(text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Rules:
    """Language rules for Chinese names. The program passes them when it opens the store."""

    #: Test for surnames: a mask keeps a surname of two characters (欧阳娜 -> 欧阳某). Without this rule a mask keeps
    #: the first character of a name, or the first two if the name has four characters
    is_surname: Callable[[str], bool] | None = None
    #: test for common words: a given name that is also a word (建国, 平安) is not masked where it occurs alone
    is_word: Callable[[str], bool] = _no_word


NO_RULES = Rules()
#: file: URLs, which `hide_paths` replaces; a URL ends before a blank, bracket, quotation mark, comma or semicolon
_FILE_ADDRESS = re.compile(r"file:/[^\s<>\"'“”（）,，;；]*", re.IGNORECASE)
#: kinds of facts that name a person
_PERSONS = frozenset(kind.name for kind in KINDS.values() if kind.masks)

#: marks of names that do not identify a person, as in 张某, 李女士, 陈婆婆, 赵大爷, 小王
_HIDDEN = re.compile("某|×|X|女士|先生|师傅$|老人$|大[娘妈爷叔伯哥姐]$|[婆奶爷伯叔婶姨嫂]{1,2}$|^[小老阿].$")
#: `_GAP`: characters that may occur within a name (徐 孝惠): blanks and zero-width characters. `_SEP`: characters that
#: may occur between digits: these, hyphens and middle dots
_GAP = r"[\s\u200b-\u200d\u2060\ufeff]"
_SEP = rf"(?:{_GAP}|[-－–—‐‑‒·])"
_DIGIT = r"[0-9０-９]"
#: separators within a mobile number: `_SEP`, and dots, slashes, underscores and brackets. `_is_mobile` accepts numbers
#: with dots, slashes, underscores or brackets only in groups of 3, 4 and 4 digits
_LINK = rf"(?:{_SEP}|[.．/_()（）])"
#: a candidate for a mobile number, checked by `_is_mobile`: an optional country code or 0, then 11 digits that begin
#: with 13 to 19
_PHONE = re.compile(
    rf"(?<!\d)(?<!\d\.)((?:(?:[+＋]|00|００){_SEP}?)?(?:86|８６){_LINK}{{0,4}}[0０]?{_LINK}{{0,2}}|[0０]{_SEP}{{0,2}})?"
    rf"([1１]{_LINK}{{0,3}}[3-9３-９](?:{_LINK}{{0,3}}{_DIGIT}){{9}})(?!\d)"
)
#: a candidate for an ID number, checked by `_is_identity`: 18 characters (GB 11643-1999), or 15 digits on older cards
_IDENTITY = re.compile(
    rf"(?<!\d)[1-9１-９](?:{_SEP}{{0,3}}{_DIGIT}){{16}}{_SEP}{{0,3}}[0-9０-９XxＸｘ](?!\d)"
    rf"|(?<!\d)[1-9１-９](?:{_SEP}{{0,3}}{_DIGIT}){{14}}(?!\d)"
)
#: length of an ID number -> pattern of an ID number with a possible date of birth
_BORN = {
    18: re.compile(r".{6}(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"),
    15: re.compile(r".{8}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"),
}
_SEPARATORS = re.compile(f"{_SEP}+")
_LINKS = re.compile(f"{_LINK}+")


def private_names(facts: Iterable[Fact]) -> frozenset[str]:
    """Return the names of the private persons among these facts."""
    return frozenset(_names(facts, private=True))


def public_names(facts: Iterable[Fact]) -> frozenset[str]:
    """Return the names of the persons among these facts that are not marked as private."""
    return frozenset(_names(facts, private=False))


def _names(facts: Iterable[Fact], *, private: bool) -> list[str]:
    return [
        str(fact.fields["name"])
        for fact in facts
        if fact.kind in _PERSONS and bool(fact.fields.get("private")) is private and fact.fields.get("name")
    ]


def masked_name(name: str, rules: Rules = NO_RULES) -> str:
    """Return a name masked: 张建国 -> 张某, 欧阳娜 -> 欧阳某.

    A name that does not identify a person (陈婆婆, 李女士), or has only one character, is unchanged.
    """
    if len(name) < 2 or _HIDDEN.search(name):
        return name
    return name[: _surname_length(name, rules)] + "某"


def hide_paths(text: str) -> str:
    """Replace file: URLs of saved pages by hashes, because such URLs show folders and user names.

    Earlier versions stored them.
    """
    return _FILE_ADDRESS.sub(lambda found: f"saved:{hashlib.sha256(found[0].encode()).hexdigest()[:32]}", text)


def _surname_length(name: str, rules: Rules) -> int:
    if rules.is_surname is None:
        return 2 if len(name) == 4 and "·" not in name else 1
    return 2 if len(name) > 2 and rules.is_surname(name[:2]) else 1


class Mask:
    """A mask of some private names and of all mobile and ID numbers. Call it with a text to mask that text."""

    def __init__(self, private: Iterable[str] = (), public: Iterable[str] = (), rules: Rules = NO_RULES) -> None:
        """Build the mask. `public`: names that are not masked.

        Without `public`, a private person's given name would be masked inside a public name too (李建军 is private,
        王建军 is not).
        """
        self._shown = {name: name for name in public if len(name) > 1}
        for name in sorted(set(private)):
            shown = masked_name(name, rules)
            if name and shown != name:
                self._shown[name] = shown
                given = name[_surname_length(name, rules) :]
                if len(given) == 2 and "·" not in given and not rules.is_word(given):
                    self._shown.setdefault(given, "某某")
        # 国国国国 must not become 国国某, because that shows another private name, 国国
        for name, shown in self._shown.items():
            if shown != name and any(other in shown for other in self._shown if self._shown[other] != other):
                self._shown[name] = name[0] + "某"
        # Longest first: 张建国 before 张建. A longer name that begins earlier wins over the given name inside it.
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
        """Mask `text` and return the masked text with a map of offsets.

        The map has the offset in `text` for each character of the masked text, and for its end. All characters of a
        mask map to the beginning of the text that the mask replaces.
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
        """Return a URL with its names masked, percent-encoded or not. A file: URL is replaced by a hash.

        Mobile and ID numbers are masked only in a URL with such a name.
        """
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
        """Return facts of `text` with masked texts, and with offsets into the masked text."""
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
        """Return (pattern, replacement) of each step of masking, in order.

        ID numbers come before phone numbers, because an ID number may contain digits that look like a phone number.
        """
        return [(self._names, self._name), (_IDENTITY, _identity), (_PHONE, _phone)]

    def _name(self, match: re.Match[str]) -> str:
        found = re.sub(_GAP, "", match[0])
        if encoded := self._encoded.get(found.upper()):
            return match[0] if self._shown[encoded] == encoded else quote(self._shown[encoded])
        shown = self._shown.get(found, "某")
        return match[0] if shown == found else shown


def _encodings(name: str) -> list[str]:
    """Return the forms of a name in URLs: percent-encoded UTF-8, and GBK as on older sites."""
    if not name or name.isascii():
        return []
    return [quote(name), *([] if "%3F" in (old := quote(name, encoding="gbk", errors="replace")) else [old])]


def _is_mobile(written: str, *, abroad: bool) -> bool:
    """Return whether eleven digits are written as a mobile number, not as a list of small numbers.

    `abroad`: a country code with + or 00 is before them.
    """
    groups = [len(group) for group in _LINKS.split(written)]
    if re.search(r"[.．/_()（）]", written):
        return groups == [3, 4, 4]
    pairs = groups[0] % 2 == 1 and groups[0] >= 3 and all(group % 2 == 0 for group in groups[1:])
    return abroad or pairs or len(groups) == 11 or all(group >= 3 for group in groups[:-1])


def _phone(match: re.Match[str]) -> str:
    if not _is_mobile(match[2], abroad=(match[1] or "").startswith(("+", "＋", "00", "００"))):
        return match[0]
    digits = _LINKS.sub("", match[2])
    return f"{match[1] or ''}{digits[:3]}****{digits[-4:]}"


def _is_identity(written: str, digits: str) -> bool:
    """Return whether 15 or 18 characters are the number of an ID card.

    The digits must contain a possible date of birth, unless there are 18 characters without separators.
    """
    groups = _SEPARATORS.split(written)
    grouped = all(len(group) >= 3 for group in groups[:-1])
    return grouped and (len(digits) == 18 == len(written) or _BORN[len(digits)].match(digits) is not None)


def _identity(match: re.Match[str]) -> str:
    digits = _SEPARATORS.sub("", match[0])
    if not _is_identity(match[0], digits):
        return match[0]
    return digits[:6] + "*" * (len(digits) - 6)


def mask(text: str, private: Iterable[str] = (), rules: Rules = NO_RULES) -> str:
    """Mask the names in `private`, and all mobile and ID numbers, in `text`."""
    return Mask(private, rules=rules)(text)


def mask_aligned(text: str, private: Iterable[str], rules: Rules = NO_RULES) -> tuple[str, list[int]]:
    """Return what `Mask.aligned` returns for `text` and the names in `private`."""
    return Mask(private, rules=rules).aligned(text)
