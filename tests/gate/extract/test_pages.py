"""Tests of extraction with the saved pages of this folder, one for each template and special case."""

from __future__ import annotations

import pickle
from datetime import datetime

import pytest

from ingest.errors import ExtractError, RedirectError
from ingest.extract import extract, join_pages
from ingest.pipeline_types import Page
from ingest.zh.character_normalization import fold
from tests.support.page_scores import ARTICLES, REFUSED, expected, extract_case, squash, wrong_fields


def test_enough_pages() -> None:
    """The folder contains at least 40 articles, and refused pages with at least five outcome codes."""
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
    """All fields of a page equal those of its card. The text contains the lines listed in the card, but no captions.

    The quality of the text is measured by the gate (tests/gate/baseline.json).
    """
    card, extraction = expected(name), extract_case(name)
    article = extraction.article
    assert wrong_fields(name, extraction) == []
    for line in card.get("lines_have", []):
        assert fold(line) in article.text.split("\n")
    for caption in card.get("captions", []):
        assert squash(caption) in map(squash, article.captions)
        assert fold(caption) not in article.text.split("\n")


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    """Pages without an article are refused with the code of their card and a reason."""
    with pytest.raises(ExtractError) as caught:
        extract_case(name)
    assert caught.value.code == expected(name)["outcome"]
    assert len(caught.value.detail) > 10


@pytest.mark.parametrize("name", [name for name in ARTICLES if "further" in expected(name)])
def test_further_pages_are_found(name: str) -> None:
    """下一页 and page numbers lead to the article's other pages, 余下全文 and 打印 to its full view."""
    extraction = extract_case(name)
    assert list(extraction.further) == expected(name)["further"]
    assert extraction.single_page_url == expected(name).get("whole")


@pytest.mark.parametrize("name", [name for name in REFUSED if "frame" in expected(name)])
def test_frames_are_redirects(name: str) -> None:
    """For a frameset, or a page that consists of a frame, the error names the frame that may contain the text.

    The error keeps its fields when it is pickled.
    """
    with pytest.raises(RedirectError) as caught:
        extract_case(name)
    assert caught.value.at == expected(name)["frame"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.at, again.url, again.code) == (caught.value.at, caught.value.url, "not-article")


def test_two_pages_are_stitched() -> None:
    """A paragraph repeated on the second page is kept once; all others are in order."""
    whole = join_pages([extract_case("two-pages-1"), extract_case("two-pages-2")])
    assert whole.text.split("\n") == [fold(line) for line in expected("two-pages-2")["whole"]]
    assert whole.editors == ("冯倩",)


@pytest.mark.parametrize("name", ARTICLES)
def test_extraction_is_deterministic(name: str) -> None:
    """Extracting a page twice has the same result."""
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
    """A text repeated as a whole is kept once; an abstract or a preview above the text does not remove paragraphs."""
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
