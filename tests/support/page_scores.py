"""Scores of extraction for the saved pages of tests/gate/extract; a card beside each page has the expected fields."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from typing import Any

from ingest.extract import WRITING, extract
from ingest.pipeline_types import Extraction, Page
from ingest.zh.character_normalization import fold
from tests.support.paths import GATE

FOLDER = GATE / "extract"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))


def expected(name: str) -> dict[str, Any]:
    """Return the card of a page."""
    card: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return card


ARTICLES = [name for name in CASES if "outcome" not in expected(name)]
REFUSED = [name for name in CASES if "outcome" in expected(name)]


def page_of(name: str, card: dict[str, Any]) -> Page:
    """Return a saved page as if fetched at the time that its card states."""
    content = (FOLDER / f"{name}.html").read_bytes()
    return Page(
        url=card["url"],
        final_url=card["url"],
        status=card.get("status", 200),
        headers={},
        content=content,
        text=content.decode(card["encoding"], "replace"),
        encoding=card["encoding"],
        encoding_origin="meta",
        fetched_at=datetime.fromisoformat(card["fetched_at"]),
    )


def extract_case(name: str) -> Extraction:
    """Extract a saved page. Raises ExtractError if the page is rejected."""
    return extract(page_of(name, expected(name)))


def squash(text: str | None) -> str:
    """Return only the letters and digits of a text, folded, for comparison."""
    return re.sub(r"[\W_]+", "", fold(text or ""))


def f1(text: str, body: list[str], free: list[str]) -> float:
    """Return the F1 of character 5-grams; surplus n-grams of `text` that the lines of `free` contain are ignored."""

    def grams(lines: list[str]) -> Counter[str]:
        joined = re.sub(r"\s+", "", fold("\n".join(lines)))
        return Counter(joined[i : i + 5] for i in range(max(len(joined) - 4, 1)))

    want, loose, got = grams(body), grams(free), grams([text])
    hit = sum((got & want).values())
    precision = hit / max(sum(got.values()) - sum(((got - want) & loose).values()), 1)
    recall = hit / max(sum(want.values()), 1)
    return 2 * precision * recall / (precision + recall) if hit else 0.0


def wrong_fields(name: str, extraction: Extraction) -> list[str]:
    """Return the fields of a page that differ from its card; fields that the card marks as free are not compared."""
    card, article = expected(name), extraction.article
    equal = {
        "title": squash(article.title) == squash(card["title"]),
        "published": bool(card.get("published_free")) or article.published == card["published"],
        "source": bool(card.get("source_free")) or squash(article.source) == squash(card["source"]),
        "authors": bool(card.get("authors_free"))
        or sorted(c.name for c in article.authors if c.role in WRITING) == sorted(card["authors"]),
        "editors": sorted(article.editors) == sorted(card["editors"]),
    }
    return [name for name, right in equal.items() if not right]
