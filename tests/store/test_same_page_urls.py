"""Tests of store/same_page_urls.py: stored articles that are the same page, and how a joined article is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.urls import equal_urls
from store import Store, open_store, queries
from store.commit_diff import diff
from store.errors import ConflictError
from store.export_rows import article_rows
from store.records import Match
from store.same_page_urls import same_page_pairs
from store.search import search
from tests.support.command import run_json, suowen
from tests.support.store_samples import T0, TEXT, article, batch_of, capture, later, put

TARGET = "https://news.example.cn/a/1.html"


@pytest.fixture
def twice(sqlite_url: str) -> Iterator[Store]:
    """Yield a store with one page under two forwarding URLs and their target, and with other articles."""
    pages = [
        ("https://news.example.cn/r/77", f"{TARGET}?utm_source=feed", "同一篇", TEXT),
        (TARGET, TARGET, "同一篇", TEXT),
        ("https://news.example.cn/r/78", TARGET.replace("https:", "http:"), "同一篇", TEXT),
        ("https://news.example.cn/r/79", TARGET, "另一篇", "此页已改作他用,内容与从前无关。"),
        ("https://news.example.cn/r/80", "https://news.example.cn/", "失踪的一篇", "站点把旧网址都转到首页。"),
        ("https://news.example.cn/", "https://news.example.cn/", "首页", "站点把旧网址都转到首页。"),
    ]
    with open_store(sqlite_url) as store:
        with batch_of(store) as batch:
            for number, (url, final, title, text) in enumerate(pages, 1):
                batch.capture(capture(number, url=url, final_url=final))
                match = Match(1, 1, "copy", 1.0, "the same text") if number == 2 else None
                put(batch, article(number, text, url=url, title=title), match=match, bands=(f"{number:08x}",))
        yield store


def test_pairs_share_the_url_that_answered(twice: Store) -> None:
    """URLs that differ only in scheme or tracking parameters are equal.

    Articles that differ in both title and text are not a pair, nor are articles whose URL answered with the home page.
    """
    pairs = same_page_pairs(twice, equal_urls)
    assert [(pair.later, pair.older) for pair in pairs] == [(2, 1), (3, 1)]


def test_joined_article_is_hidden_and_its_url_stands_for_the_older_one(twice: Store) -> None:
    """From the Commit that joins an article to an older one, lists, stories, search and exports lack the newer one.

    Past states and `show` still contain the newer one, its URL leads to the older one, and verify reports no problem.
    """
    before = queries.last_commit(twice)
    pairs = same_page_pairs(twice, equal_urls)
    with batch_of(twice, later(1)) as batch:
        for pair in pairs:
            batch.spelling(pair.later, pair.older, "one page")
    assert sorted(row.id for row in queries.list_articles(twice)) == [1, 4, 5, 6]
    assert len(queries.list_articles(twice, at=before)) == 6
    assert {hit.row.id for hit in search(twice, "冯勇").hits} == {1}
    assert sorted(row["id"] for row in article_rows(twice, ruling=None)) == [1, 4, 5, 6]
    story = queries.show(twice, 1).story
    assert story is not None and story.copies == ()
    assert queries.show(twice, 2).revision.content.title == "同一篇"
    known = twice.known([TARGET])
    assert (known[TARGET].article, known[TARGET].url) == (1, "https://news.example.cn/r/77")
    assert {row.article for row in twice.recent("example", T0, 9)} == {1, 4, 5, 6}
    assert same_page_pairs(twice, equal_urls) == [] and queries.verify(twice) == []


def test_changes_of_a_range_leave_out_an_article_that_was_joined_in_it(twice: Store) -> None:
    """An article that is reclassified and then joined to an older one, both within the range, is not in the diff."""
    before = queries.last_commit(twice)
    old = queries.show(twice, 2).verdict
    assert old is not None
    with batch_of(twice, later(1)) as batch:
        for number in (2, 4):
            batch.verdict(queries.show(twice, number).revision.id, replace(old, ruling="other", score=0.1))
    with batch_of(twice, later(2)) as batch:
        batch.spelling(2, 1, "one page")
    found = diff(twice, before, queries.last_commit(twice))
    assert [change.article for change in found.verdicts] == [4]


def test_only_an_older_article_takes_a_spelling(twice: Store) -> None:
    """An article cannot be joined to a younger article."""
    with pytest.raises(ConflictError, match="name an older article"), batch_of(twice) as batch:
        batch.spelling(1, 2, "the wrong way round")


def test_command_lists_and_joins_once_accepted(twice: Store, sqlite_url: str, tmp_path: Path) -> None:
    """Without --yes (and without a terminal), or with --dry-run, no article is joined; --yes joins all pairs."""
    (tmp_path / "config").mkdir()
    settings = f"store: {sqlite_url}\n"
    (tmp_path / "config" / "settings.yaml").write_text(settings, encoding="utf-8")
    (tmp_path / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    shown = suowen("spellings", "--dry-run", home=tmp_path)
    assert "article 2 is article 1: 同一篇" in shown and "joined" not in shown
    assert "nothing joined; run with --yes" in suowen("spellings", home=tmp_path)
    assert len(run_json("spellings", home=tmp_path)["pairs"]) == 2
    assert "2 articles joined" in suowen("spellings", "--yes", home=tmp_path)
    assert suowen("spellings", "--yes", home=tmp_path) == "no article is stored twice\n"


MOBILE, DESK = "https://m.news.example.cn/wap/123.html", "https://www.news.example.cn/2026/1120/123.html"


@pytest.mark.parametrize(
    ("title", "text", "story", "joined"),
    [
        ("同一篇", TEXT, None, True),
        ("同一篇-手机版", TEXT, None, True),
        ("同一篇", TEXT + "责任编辑:某某", 1, True),
        ("同一篇", "另一篇文章的正文,与上一篇无关。", None, False),
        ("另一篇", TEXT + "另有一段。", 1, False),
    ],
)
def test_stated_address_makes_a_pair(sqlite_url: str, title: str, text: str, story: int | None, joined: bool) -> None:
    """An article is joined to the one whose URL its page states if both share the text, or the title and the story.

    The stated URL alone is not enough, because some sites state one canonical URL on many pages.
    """
    with open_store(sqlite_url) as store, batch_of(store) as batch:
        for number, (url, name, words) in enumerate([(MOBILE, "同一篇", TEXT), (DESK, title, text)], 1):
            batch.capture(capture(number, url=url, final_url=url))
            match = Match(1, story, "copy", 1.0, "nearly the same text") if number == 2 and story else None
            put(batch, article(number, words, url=url, title=name), match=match, bands=(f"{number:08x}",))
    with open_store(sqlite_url) as store:
        pairs = same_page_pairs(store, equal_urls, {1: DESK})
        assert [(pair.later, pair.older, pair.page) for pair in pairs] == ([(2, 1, DESK)] if joined else [])
        assert same_page_pairs(store, equal_urls) == []
