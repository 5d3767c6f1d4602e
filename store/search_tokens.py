"""Tokens of Chinese text for the search index: every character and every pair of neighbouring characters.

A text is folded (width and case; a blank for anything but letters and digits). Each run of letters and digits yields
its characters and pairs: 井口派出所 is 井 口 派 出 所 井口 口派 派出 出所. So one or two characters are found at any
position, without a dictionary of station names. A longer term is looked up by all its pairs, then searched in the text.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from store.errors import StoreError

#: longest query in characters; longer ones are pasted by mistake
MAX_QUERY = 200
_SEPARATOR = re.compile(r"[\W_]+")
#: a term in quotation marks of any kind, or a run without blanks
_TERM = re.compile(r'["“”「『]([^"“”」』]*)["“”」』]|([^\s"“”「」『』]+)')
#: prefixes of tokens that are not text: text tokens have one or two characters, these have more
HEAD, RULING, PLACE, STATION, ORIGIN, MONTH = "hh", "rr", "pp", "nn", "ss", "mm"
#: pairs that nearly every article has: they select nothing, and reading their lists takes the time (a station's name
#: among 1,000,000 articles: 31 ms with 派出 and 出所, see benchmarks/search.py for without)
COMMON = frozenset(("派出", "出所", "民警", "公安", "警察", "群众", "社区", "辖区"))
_PLACE_SUFFIXES = ("自治区", "自治州", "自治县", "特别行政区", "省", "市", "区", "县", "盟", "旗")


def level(text: str) -> str:
    """Normalize width and case; characters that are not letters or digits stay."""
    # Twice, because case folding undoes the first normalization of a few letters (as in NFKC_Casefold).
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fold(text: str) -> str:
    """Normalize width and case, with one blank for each run of other characters."""
    return _SEPARATOR.sub(" ", level(text)).strip()


def tokens(folded: str, mark: str = "") -> set[str]:
    """Return the characters and pairs of a folded text, each prefixed with `mark`."""
    found = set(map("".join, itertools.pairwise(folded)))
    found = {pair for pair in found if " " not in pair}
    found.update(folded)
    found.discard(" ")
    return {mark + token for token in found} if mark else found


def tag(kind: str, value: str) -> str:
    """Return the token of a filter value."""
    if kind == ORIGIN:  # a source's name may contain any character
        return kind + hashlib.sha256(value.encode(errors="replace")).hexdigest()[:12]
    return kind + fold(value).replace(" ", "")


def number(token: str) -> int:
    """Return a token as PostgreSQL stores it: eight bytes.

    Numbers compare without a collation, and an entry takes a third less space than as text (`benchmarks/append.py
    --server`). Tokens of one or two characters map to distinct numbers. Longer ones are 56 bits of their SHA-256, below
    zero, which PostgreSQL can compute as well (migration 0008).
    """
    if len(token) <= 2:
        return functools.reduce(lambda above, character: above << 21 | ord(character), token, 0)
    return -1 - int.from_bytes(hashlib.sha256(token.encode(errors="replace")).digest()[:7], "big")


def place_tags(place: str) -> set[str]:
    """Return the tokens under which a place is found: 重庆市 as 重庆市 and as 重庆."""
    stem = next(
        (place.removesuffix(end) for end in _PLACE_SUFFIXES if place.endswith(end) and len(place) >= len(end) + 2),
        place,
    )
    return {tag(PLACE, place), tag(PLACE, stem)}


def station_tags(name: str) -> set[str]:
    """Return the tokens under which a station is found: 井口派出所 as 井口派出所 and as 井口."""
    return {tag(STATION, name), tag(STATION, name.removesuffix("派出所") or name)}


@dataclass(frozen=True, slots=True)
class Query:
    """The terms of a query; an article must contain every one."""

    terms: tuple[str, ...]

    def tokens(self, mark: str = "") -> list[str]:
        """Return the tokens that an article must have.

        They are pairs where there are any, without the common ones if others remain. An article with all of them may
        still lack a term longer than a pair.
        """
        wanted: dict[str, None] = {}
        for term in self.terms:
            for run in term.split(" "):
                pairs = ["".join(pair) for pair in itertools.pairwise(run)] or [run]
                pairs = [pair for pair in pairs if pair not in COMMON] or pairs
                wanted.update(dict.fromkeys(mark + pair for pair in pairs))
        return list(wanted)

    @property
    def selective(self) -> bool:
        """Whether some token is not common to nearly all articles."""
        return not COMMON.issuperset(self.tokens())


def parse(query: str) -> Query:
    """Split a query into terms at blanks; quotation marks keep a phrase together. Raises StoreError when it is too
    long."""
    if len(query) > MAX_QUERY:
        raise StoreError(f"searching: {len(query)} characters are too many; {MAX_QUERY} at most")
    folded = (fold(match[1] or match[2] or "") for match in _TERM.finditer(query))
    return Query(tuple(dict.fromkeys(term for term in folded if term)))


@functools.lru_cache(maxsize=20_000)
def _fold_character(character: str) -> str:
    return "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", character).casefold())


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Return the [start, end) spans of folded terms in an unfolded text, overlapping ones merged."""
    found: list[tuple[int, int]] = []
    mapped: tuple[str, list[int]] | None = None
    for term in terms:
        direct = [(match.start(), match.end()) for match in re.finditer(re.escape(term), text)]
        if not direct:  # another width, case or blank: search the folded text and map back
            mapped = mapped or _mapped(text)
            folded, origin = mapped
            direct = [
                (origin[match.start()], origin[match.end() - 1] + 1) for match in re.finditer(re.escape(term), folded)
            ]
        found.extend(direct)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _mapped(text: str) -> tuple[str, list[int]]:
    """Return the folded text and the offset of origin of each of its characters."""
    folded: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        for letter in _fold_character(character):
            if letter != " " or (folded and folded[-1] != " "):
                folded.append(letter)
                origin.append(position)
    return "".join(folded), origin
