"""Pages that stand where articles should: a block, login or maintenance page in words that no list of words has.

What such a page cannot hide (FAULTS H11): it is not the article that was asked for, and it answers for several. A
feature is never taken for one: which mistake is worse is said in docs/DESIGN.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ingest.model import Processed
from ingest.pipeline.results import Visit
from store.records import Match

#: share of an expected text's pairs of Han characters below which a page is another one. Measured on 37 articles: two
#: block pages in words of their own had at most 0.08 of a claimed title, every article's page has its title
UNLIKE = 0.2
#: characters of a stored text that stand for all of it
BEGINNING = 400


def held(expected: str, page: str) -> float:
    """Share of the pairs of Han characters in `expected` that `page` has, 0 to 1; 1 when `expected` has none."""
    wanted = _pairs(expected)
    return len(wanted & _pairs(page)) / len(wanted) if wanted else 1.0


def _pairs(text: str) -> set[str]:
    characters = [character for character in text if "\u4e00" <= character <= "\u9fff"]
    return {first + second for first, second in pairwise(characters)}


def block_page_reason(
    examined: Processed, claimed: str | None, stored: str | None, found: Match | None, *, several: bool
) -> str | None:
    """Why this page is not the article that was asked for, None when it may be.

    `claimed` is the title its listing gave, `stored` the newest text of its article, `found` the story it tells
    again, `several` whether other addresses of the same batch gave the same text.
    """
    expected = stored[:BEGINNING] if stored else claimed
    page = examined.article
    if not expected or examined.verdict.ruling == "feature" or held(expected, f"{page.title}\n{page.text}") >= UNLIKE:
        return None
    if stored:
        return f"nothing of the stored article is on the page, which calls itself {page.title[:40]!r}"
    if several or (found is not None and found.relation == "copy"):
        return f"listed as {expected[:40]!r}, but the page, {page.title[:40]!r}, stands at other addresses too"
    return None


def repeated(looks: Sequence[Visit]) -> Mapping[str, int]:
    """Text -> at how many addresses of this batch it was read."""
    read = {(one.candidate.url, one.result.article.text) for one in looks if isinstance(one.result, Processed)}
    return Counter(text for _, text in read)
