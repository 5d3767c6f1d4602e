"""Gate of the extraction: minimum scores on the saved pages of this folder, one per template and special case."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import ExtractError, RedirectError
from ingest.extract import WRITING, extract, stitch
from ingest.model import Extraction, Page
from ingest.zh.text import fold

FOLDER = Path(__file__).parent
#: minimum F1; lower it only in a separate commit that states the reason
EACH_F1, MEAN_F1 = 0.97, 0.995
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))


def expected(name: str) -> dict[str, Any]:
    """Return the page's card."""
    card: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return card


def page_of(name: str, card: dict[str, Any]) -> Page:
    """Return the saved page as fetched at the time of its card."""
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
    return extract(page_of(name, expected(name)))


def squash(text: str | None) -> str:
    return re.sub(r"[\W_]+", "", fold(text or ""))


def f1(text: str, body: list[str], free: list[str]) -> float:
    """Return the character 5-gram F1; grams found only in the free lines are ignored."""

    def grams(lines: list[str]) -> Counter[str]:
        joined = re.sub(r"\s+", "", fold("\n".join(lines)))
        return Counter(joined[i : i + 5] for i in range(max(len(joined) - 4, 1)))

    want, loose, got = grams(body), grams(free), grams([text])
    hit = sum((got & want).values())
    precision = hit / max(sum(got.values()) - sum(((got - want) & loose).values()), 1)
    recall = hit / max(sum(want.values()), 1)
    return 2 * precision * recall / (precision + recall) if hit else 0.0


ARTICLES = [name for name in CASES if "outcome" not in expected(name)]
REFUSED = [name for name in CASES if "outcome" in expected(name)]


def test_enough_pages() -> None:
    """The folder has at least 40 articles and each kind of refusal."""
    assert len(ARTICLES) >= 40
    assert {expected(name)["outcome"] for name in REFUSED} >= {
        "not-article",
        "error-page",
        "block-page",
        "login-page",
        "too-short",
    }


@pytest.mark.parametrize("name", ARTICLES)
def test_body_and_fields(name: str) -> None:
    """The text reaches the minimum F1 against the card, and all fields are equal."""
    card, article = expected(name), extract_case(name).article
    assert f1(article.text, card["text"], card.get("free", [])) >= EACH_F1
    assert squash(article.title) == squash(card["title"])
    if not card.get("published_free"):
        assert article.published == card["published"]
    if not card.get("source_free"):
        assert squash(article.source) == squash(card["source"])
    if not card.get("authors_free"):
        assert sorted(c.name for c in article.authors if c.role in WRITING) == sorted(card["authors"])
    assert sorted(article.editors) == sorted(card["editors"])
    for line in card.get("lines_have", []):
        assert fold(line) in article.text.split("\n")
    for caption in card.get("captions", []):
        assert squash(caption) in map(squash, article.captions)
        assert fold(caption) not in article.text.split("\n")


def test_mean_f1() -> None:
    """The mean F1 of all pages reaches its own, higher minimum."""
    scores = []
    for name in ARTICLES:
        card = expected(name)
        scores.append(f1(extract_case(name).article.text, card["text"], card.get("free", [])))
    assert sum(scores) / len(scores) >= MEAN_F1


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    """Pages without an article are refused with the code of the card and a reason."""
    with pytest.raises(ExtractError) as caught:
        extract_case(name)
    assert caught.value.code == expected(name)["outcome"]
    assert len(caught.value.detail) > 10


@pytest.mark.parametrize("name", [name for name in ARTICLES if "further" in expected(name)])
def test_further_pages_are_found(name: str) -> None:
    """下一页 and page numbers give the article's other pages, 余下全文 and 打印 its full view."""
    extraction = extract_case(name)
    assert list(extraction.further) == expected(name)["further"]
    assert extraction.single_page_url == expected(name).get("whole")


@pytest.mark.parametrize("name", [name for name in REFUSED if "frame" in expected(name)])
def test_frames_are_redirects(name: str) -> None:
    """A frameset, and a page that consists of a frame, give the only frame of their site that may hold the text."""
    with pytest.raises(RedirectError) as caught:
        extract_case(name)
    assert caught.value.at == expected(name)["frame"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.at, again.url, again.code) == (caught.value.at, caught.value.url, "not-article")


def test_two_pages_are_stitched() -> None:
    """A paragraph repeated on the second page is kept once; all others are in order."""
    whole = stitch([extract_case("two-pages-1"), extract_case("two-pages-2")])
    assert whole.text.split("\n") == [fold(line) for line in expected("two-pages-2")["whole"]]
    assert whole.editors == ("冯倩",)


@pytest.mark.parametrize("name", ARTICLES)
def test_extraction_is_deterministic(name: str) -> None:
    """Extracting a page twice gives the same result."""
    assert extract_case(name) == extract_case(name)


LINES = [f"这是第{number}段,民警走进巷子里的第{number}户人家,听老人说起从前的事。" for number in "一二三四五六七八"]


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


@pytest.mark.parametrize(
    ("above", "below", "doubled"),
    [
        (LINES, LINES, False),
        (LINES[:1], LINES, True),
        (LINES[:2], LINES, True),
        ([LINES[0] + LINES[1]], LINES, False),
    ],
    ids=["twice", "abstract", "preview", "abstract in one"],
)
@pytest.mark.parametrize("headline", ["", "<h1>八段巷子里的故事</h1>"], ids=["", "headline again"])
def test_repeated_text_is_kept_once(above: list[str], below: list[str], doubled: bool, headline: str) -> None:
    """A copy for phones is dropped; an abstract or a preview above the text does not remove the text."""
    html = (
        "<title>八段巷子里的故事</title><h1>八段巷子里的故事</h1>"
        f"<div class='a'>{paragraphs(above)}</div>{headline}<div class='b'>{paragraphs(below)}</div>"
    )
    page = Page(
        url="https://a.example.com/1",
        final_url="https://a.example.com/1",
        status=200,
        headers={},
        content=b"",
        text=html,
        encoding="utf-8",
        encoding_origin="meta",
        fetched_at=datetime.fromisoformat("2024-09-01T08:00:00+08:00"),
    )
    text = extract(page).article.text.split("\n")
    want = [fold(line) for line in LINES]
    assert [line for line in dict.fromkeys(text) if line in want] == want
    assert doubled or len(text) == len(set(text))
