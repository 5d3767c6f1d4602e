"""Soft block detection: recognise a block, login or maintenance page that is served in place of an article.

The wording of such a page is unknown, but the page has two traits (FAULTS H11): it is not the requested article, and
several addresses return the same text. For a stored article, the first trait suffices. A feature is never taken for a
block page, because losing a feature is the worse mistake (docs/DESIGN.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ingest.pipeline.results import Visit
from ingest.pipeline_types import Processed
from ingest.zh.han import is_han
from store.records import Match

#: A page with less than this share of the expected Han bigrams is not the requested page. Measured on 37 articles: two
#: block pages with their own wording had at most 0.08 of a claimed title, and every article's page contains its title
MIN_OVERLAP = 0.2
#: number of leading characters of a stored text that are compared with a page; not measured
COMPARED = 400


def han_overlap(expected: str, page: str) -> float:
    """Return the share of the Han bigrams of `expected` that `page` contains, 0 to 1; 1 if `expected` contains none."""
    wanted = _han_bigrams(expected)
    return len(wanted & _han_bigrams(page)) / len(wanted) if wanted else 1.0


def _han_bigrams(text: str) -> set[str]:
    characters = [character for character in text if is_han(character)]
    return {first + second for first, second in pairwise(characters)}


def block_page_reason(
    processed: Processed, claimed: str | None, stored: str | None, match: Match | None, *, several: bool
) -> str | None:
    """Return the reason why this page is not the requested article, None if it may be the article.

    `claimed` is the title in the listing, `stored` the newest stored text of the article, `match` the stored
    near-duplicate of the page. `several`: whether other addresses of the same batch returned the same text.
    """
    expected = stored[:COMPARED] if stored else claimed
    page = processed.article
    if not expected or processed.verdict.ruling == "feature":
        return None
    if han_overlap(expected, f"{page.title}\n{page.text}") >= MIN_OVERLAP:
        return None
    if stored:
        return f"the page has nothing of the stored article; its title is {page.title[:40]!r}"
    if several or (match is not None and match.relation == "copy"):
        return f"listed as {expected[:40]!r}, but other addresses give the same page, {page.title[:40]!r}"
    return None


def addresses_by_text(visits: Sequence[Visit]) -> Mapping[str, int]:
    """Return for each extracted text the number of addresses among `visits` that returned it."""
    texts = {
        (visit.candidate.url, visit.result.article.text) for visit in visits if isinstance(visit.result, Processed)
    }
    return Counter(text for _, text in texts)
