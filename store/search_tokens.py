"""Tokens of Chinese text for the search index: every character and every pair of neighbouring characters.

A text is folded first: width and case are normalized, and characters other than letters and digits become a blank. Each
run of letters and digits yields its characters and pairs: 井口派出所 yields 井 口 派 出 所 井口 口派 派出 出所. So a
term of one or two characters is found at any position, without a dictionary of station names. For a longer term, the
index finds the texts that have its pairs (`Query.tokens`); then the term is searched in these texts.
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

#: longest query in characters; a longer text was probably pasted by mistake
MAX_QUERY = 200
_SEPARATOR = re.compile(r"[\W_]+")
#: a term of a query: text in quotation marks of any kind, or characters without blanks
_TERM = re.compile(r'["“”「『]([^"“”」』]*)["“”」』]|([^\s"“”「」『』]+)')
#: Prefixes of tokens: HEAD for tokens of title and names, the others for filters. Tokens with a prefix have at least
#: three characters, so they differ from the tokens of the text
HEAD, RULING, PLACE, STATION, ORIGIN, MONTH = "hh", "rr", "pp", "nn", "ss", "mm"
#: Pairs that nearly every article contains. They exclude few articles, and reading their posting lists takes most of
#: the time: searching a station's name in 1,000,000 articles takes 31 ms with 派出 and 出所 (benchmarks/search.py has
#: the time without them)
COMMON = frozenset(("派出", "出所", "民警", "公安", "警察", "群众", "社区", "辖区"))
_PLACE_SUFFIXES = ("自治区", "自治州", "自治县", "特别行政区", "省", "市", "区", "县", "盟", "旗")


def level(text: str) -> str:
    """Normalize width and case. Characters other than letters and digits are kept."""
    # Twice, because case folding undoes the first normalization of a few letters (as in NFKC_Casefold).
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fold(text: str) -> str:
    """Normalize width and case, and replace each run of characters other than letters and digits by one blank."""
    return _SEPARATOR.sub(" ", level(text)).strip()


def tokens(folded: str, mark: str = "") -> set[str]:
    """Return the characters and pairs of a folded text, each with the prefix `mark`."""
    found = set(map("".join, itertools.pairwise(folded)))
    found = {pair for pair in found if " " not in pair}
    found.update(folded)
    found.discard(" ")
    return {mark + token for token in found} if mark else found


def tag(kind: str, value: str) -> str:
    """Return the token of a filter value."""
    if kind == ORIGIN:  # a source's name may contain any character, so it is hashed
        return kind + hashlib.sha256(value.encode(errors="replace")).hexdigest()[:12]
    return kind + fold(value).replace(" ", "")


def number(token: str) -> int:
    """Return a token as PostgreSQL stores it: a signed 8-byte number.

    Comparing numbers needs no collation, and an entry takes a third less space than with text tokens
    (`benchmarks/append.py --server`). Tokens of one or two characters map to distinct numbers. A longer token maps to a
    negative number with 56 bits of its SHA-256, which PostgreSQL can compute as well (migration 0008).
    """
    if len(token) <= 2:
        return functools.reduce(lambda above, character: above << 21 | ord(character), token, 0)
    return -1 - int.from_bytes(hashlib.sha256(token.encode(errors="replace")).digest()[:7], "big")


def place_tags(place: str) -> set[str]:
    """Return the tokens by which a place is found: 重庆市 by 重庆市 and by 重庆."""
    stem = next(
        (place.removesuffix(end) for end in _PLACE_SUFFIXES if place.endswith(end) and len(place) >= len(end) + 2),
        place,
    )
    return {tag(PLACE, place), tag(PLACE, stem)}


def station_tags(name: str) -> set[str]:
    """Return the tokens by which a station is found: 井口派出所 by 井口派出所 and by 井口."""
    return {tag(STATION, name), tag(STATION, name.removesuffix("派出所") or name)}


@dataclass(frozen=True, slots=True)
class Query:
    """The terms of a query; an article must contain all of them."""

    terms: tuple[str, ...]

    def tokens(self, mark: str = "") -> list[str]:
        """Return the tokens that an article must have.

        For each run of letters and digits in a term these are its pairs, or its only character. Pairs in COMMON are
        left out if the run has others. An article that has all tokens may still lack a term of more than two
        characters.
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
        """Whether the query has a token that is not in `COMMON`."""
        return not COMMON.issuperset(self.tokens())


def parse(query: str) -> Query:
    """Split a query into terms at blanks; quotation marks keep a phrase together.

    Raises StoreError if the query is too long.
    """
    if len(query) > MAX_QUERY:
        raise StoreError(f"searching: {len(query)} characters are too many; {MAX_QUERY} at most")
    folded = (fold(match[1] or match[2] or "") for match in _TERM.finditer(query))
    return Query(tuple(dict.fromkeys(term for term in folded if term)))


@functools.lru_cache(maxsize=20_000)
def _fold_character(character: str) -> str:
    return "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", character).casefold())


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Return the [start, end) spans of folded terms in a text that is not folded.

    Spans that overlap or touch are merged.
    """
    found: list[tuple[int, int]] = []
    mapped: tuple[str, list[int]] | None = None
    for term in terms:
        direct = [(match.start(), match.end()) for match in re.finditer(re.escape(term), text)]
        if not direct:  # the text differs in width, case or blanks: search the folded text and map the spans back
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
    """Return the folded text and, for each of its characters, the offset of the original character."""
    folded: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        for letter in _fold_character(character):
            if letter != " " or (folded and folded[-1] != " "):
                folded.append(letter)
                origin.append(position)
    return "".join(folded), origin
