"""Tests of further pages of an article: detection of their links, and joining."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract import join_pages
from ingest.extract.pagination import is_sibling
from ingest.pipeline_types import Extraction
from store.records import Article

NOW = datetime(2023, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "other", "same"),
    [
        ("http://a.cn/2023/0506/c1.html", "http://a.cn/2023/0506/c1_2.html", True),
        ("http://a.cn/2023/0506/c1_2.html", "http://a.cn/2023/0506/c1_3.html", True),
        ("http://a.cn/n/2021_01_05_9.shtml", "http://a.cn/n/2021_01_05_9_s.shtml", True),
        ("http://a.cn/show?id=7", "http://a.cn/show?id=7&page=2", True),
        ("http://a.cn/show?id=7", "http://a.cn/show?id=8&page=2", False),
        ("http://a.cn/content/712", "http://a.cn/content/712/2", True),
        ("http://a.cn/x-2.htm", "http://a.cn/x-2.htm", False),
        ("http://a.cn/2023/0506/c1.html", "http://a.cn/2023/0507/c9.html", False),
        ("http://a.cn/2023/0506/c1.html", "http://b.cn/2023/0506/c1_2.html", False),
        ("http://a.cn/news/index.html", "http://a.cn/news/index_2.html", True),
    ],
)
def test_sibling_urls(first: str, other: str, same: bool) -> None:
    """Only the same URL with another page number or the suffix _s is a further page."""
    assert is_sibling(first, other) is same


def page(text: str, **fields: object) -> Extraction:
    return Extraction(Article(url="http://a.cn/1", title="题", text=text, fetched_at=NOW, **fields))  # type: ignore[arg-type]


def test_repeated_paragraphs_are_dropped_and_short_lines_kept() -> None:
    """A paragraph shown on both pages is kept once; a section number that occurs twice is kept twice."""
    one = "三\n第一段写派出所成立的经过,讲得十分详细。\n第二段写派出所的日常工作,也很详细。"
    two = "第二段写派出所的日常工作,也很详细。\n三\n第三段写群众的反映,同样详细。"
    assert join_pages([page(one), page(two)]).text.split("\n") == [
        *one.split("\n"),
        "三",
        "第三段写群众的反映,同样详细。",
    ]


def test_full_view_replaces_the_first_page() -> None:
    """A further page that contains the whole first page replaces the first page."""
    first = "第一段写派出所成立的经过,讲得十分详细,前后都有交代,一处也没有遗漏。"
    whole = first + "\n第二段写派出所的日常工作,也写得很详细,每个人都有名有姓。"
    assert join_pages([page(first), page(whole)]).text == whole


def test_missing_fields_come_from_the_other_pages() -> None:
    """Editors and a date missing on the first page come from a later page; fields of the first page take precedence."""
    joined = join_pages(
        [page("甲", source="本报"), page("乙", source="别报", editors=("张三",), published="2023-05-06")]
    )
    assert (joined.source, joined.editors, joined.published) == ("本报", ("张三",), "2023-05-06")


def test_joining_nothing_is_an_error() -> None:
    """Joining an empty list of pages raises ValueError."""
    with pytest.raises(ValueError, match="at least one"):
        join_pages([])


@given(st.lists(st.text("甲乙丙丁。,", min_size=1, max_size=40), min_size=1, max_size=6))
def test_joining_is_idempotent(lines: list[str]) -> None:
    """Joining an already joined article changes nothing."""
    whole = join_pages([page("\n".join(lines))])
    assert join_pages([Extraction(whole)]).text == whole.text
