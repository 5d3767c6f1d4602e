"""Words of Chinese texts as the search index has them: every character, and every two that stand together.

A text is folded (width, case; anything but letters and digits is a blank) and each run of letters and digits gives its
characters and pairs: 井口派出所 is 井 口 派 出 所 井口 口派 派出 出所. So two characters are found, and one, in any
position, and no dictionary has to know a station's name. A longer term is all its pairs, then looked for in the text.
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

#: longest query taken, in characters; longer ones are slips of the mouse
MAX_QUERY = 200
_SEPARATOR = re.compile(r"[\W_]+")
#: a term in quotation marks of any kind, or a stretch without blanks
_TERM = re.compile(r'["“”「『]([^"“”」』]*)["“”」』]|([^\s"“”「」『』]+)')
#: marks of tokens that are no text: text tokens have one or two characters, these have more
HEAD, RULING, PLACE, STATION, ORIGIN, MONTH = "hh", "rr", "pp", "nn", "ss", "mm"
#: pairs that nearly every article here has: they tell none from another, and walking their lists is what takes time
#: (a station's name among 1,000,000 articles: 31 ms with 派出 and 出所, see benchmarks/search.py for without)
COMMON = frozenset(("派出", "出所", "民警", "公安", "警察", "群众", "社区", "辖区"))
_PLACE_SUFFIXES = ("自治区", "自治州", "自治县", "特别行政区", "省", "市", "区", "县", "盟", "旗")


def level(text: str) -> str:
    """Half width and one case; what is neither letter nor digit stays."""
    # Twice, because folding the case of a few letters undoes the first (NFKC_Casefold does the same).
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fold(text: str) -> str:
    """Half width, one case, one blank for whatever is neither letter nor digit."""
    return _SEPARATOR.sub(" ", level(text)).strip()


def tokens(folded: str, mark: str = "") -> set[str]:
    """Characters and pairs of a folded text."""
    found = set(map("".join, itertools.pairwise(folded)))
    found = {pair for pair in found if " " not in pair}
    found.update(folded)
    found.discard(" ")
    return {mark + token for token in found} if mark else found


def tag(kind: str, value: str) -> str:
    """One token for one value of a filter."""
    if kind == ORIGIN:  # names of sources may hold anything
        return kind + hashlib.sha256(value.encode(errors="replace")).hexdigest()[:12]
    return kind + fold(value).replace(" ", "")


def number(token: str) -> int:
    """A token as PostgreSQL keeps it, eight bytes: comparing them asks no collation, and an entry costs a third less
    than as text (`benchmarks/append.py --server`). Of one or two characters, the text's own, no two have the same; the
    others are 56 bits of their SHA-256, below nought: what PostgreSQL can reckon too (migration 0008)."""
    if len(token) <= 2:
        return functools.reduce(lambda above, character: above << 21 | ord(character), token, 0)
    return -1 - int.from_bytes(hashlib.sha256(token.encode(errors="replace")).digest()[:7], "big")


def place_tags(place: str) -> set[str]:
    """重庆市 is found as 重庆市 and as 重庆."""
    stem = next(
        (place.removesuffix(end) for end in _PLACE_SUFFIXES if place.endswith(end) and len(place) >= len(end) + 2),
        place,
    )
    return {tag(PLACE, place), tag(PLACE, stem)}


def station_tags(name: str) -> set[str]:
    """井口派出所 is found as 井口派出所 and as 井口."""
    return {tag(STATION, name), tag(STATION, name.removesuffix("派出所") or name)}


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed: every term must be there."""

    terms: tuple[str, ...]

    def tokens(self, mark: str = "") -> list[str]:
        """Tokens that an article needs: pairs where there are any, without the common ones where others are left. An
        article with all of them may still lack a term longer than a pair."""
        wanted: dict[str, None] = {}
        for term in self.terms:
            for run in term.split(" "):
                pairs = ["".join(pair) for pair in itertools.pairwise(run)] or [run]
                pairs = [pair for pair in pairs if pair not in COMMON] or pairs
                wanted.update(dict.fromkeys(mark + pair for pair in pairs))
        return list(wanted)

    @property
    def selective(self) -> bool:
        """Whether some token tells articles apart."""
        return not COMMON.issuperset(self.tokens())


def parse(query: str) -> Query:
    """Terms parted by blanks; quotation marks keep a phrase together. Raises StoreError for a query too long."""
    if len(query) > MAX_QUERY:
        raise StoreError(f"searching: {len(query)} characters are too many; {MAX_QUERY} at most")
    folded = (fold(match[1] or match[2] or "") for match in _TERM.finditer(query))
    return Query(tuple(dict.fromkeys(term for term in folded if term)))


@functools.lru_cache(maxsize=20_000)
def _fold_one(character: str) -> str:
    return "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", character).casefold())


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """[start, end) of every occurrence of folded terms in a text as it stands, overlapping ones joined."""
    found: list[tuple[int, int]] = []
    mapped: tuple[str, list[int]] | None = None
    for term in terms:
        direct = [(match.start(), match.end()) for match in re.finditer(re.escape(term), text)]
        if not direct:  # another width, case or blank: look in the folded text and go back
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
    """The folded text, and for each of its characters where it came from."""
    folded: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        for one in _fold_one(character):
            if one != " " or (folded and folded[-1] != " "):
                folded.append(one)
                origin.append(position)
    return "".join(folded), origin
